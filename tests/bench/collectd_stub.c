/* SPDX-License-Identifier: MIT */
/*
 * Enough of collectd's daemon to call the read callback of one of its own plugins, in this process:
 * what it reads is measured, what the daemon does with it is not.
 */
#include "measure.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- collectd's side: enough of its daemon for a read callback
 * --------------------------------------------- */

static int (*collectd_read)(void), (*collectd_init)(void);

int plugin_register_read(const char *name, int (*callback)(void));
int plugin_register_init(const char *name, int (*callback)(void));
int plugin_register_config(const char *name, void *callback, const char **keys, int count);
int plugin_dispatch_values(const void *list);
void plugin_log(int level, const char *format, ...);
char *sstrdup(const char *text);
char *sstrerror(int code, char *buf, size_t size);
char *sstrncpy(char *to, const char *from, size_t size);
int strsplit(char *text, char **fields, size_t size);
int ssnprintf(char *to, size_t size, const char *format, ...);
int parse_value(const char *text, void *value, int type);

int plugin_register_read(const char *name, int (*callback)(void))
{
	(void)name;
	collectd_read = callback;
	return 0;
}

int plugin_register_init(const char *name, int (*callback)(void))
{
	(void)name;
	collectd_init = callback;
	return 0;
}

int plugin_register_config(const char *name, void *callback, const char **keys, int count)
{
	(void)name, (void)callback, (void)keys, (void)count;
	return 0;
}

int plugin_dispatch_values(const void *list)
{
	(void)list;
	return 0;
}

void plugin_log(int level, const char *format, ...)
{
	(void)level, (void)format;
}

char *sstrdup(const char *text)
{
	return text ? strdup(text) : NULL;
}

char *sstrerror(int code, char *buf, size_t size)
{
	snprintf(buf, size, "error %d", code);
	return buf;
}

char *sstrncpy(char *to, const char *from, size_t size)
{
	snprintf(to, size, "%s", from);
	return to;
}

int strsplit(char *text, char **fields, size_t size)
{
	size_t count = 0;
	char *rest = NULL;

	for (char *word = strtok_r(text, " \t\r\n", &rest); word && count < size;
		word = strtok_r(NULL, " \t\r\n", &rest))
		fields[count++] = word;
	return (int)count;
}

int ssnprintf(char *to, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(to, size, format, args);
	va_end(args);
	return length;
}

/* Types 0 counter, 1 gauge, 2 derive, 3 absolute; a value is eight bytes of one of these. */
int parse_value(const char *text, void *value, int type)
{
	char *end = NULL;

	if (type == 1)
		*(double *)value = strtod(text, &end);
	else if (type == 2)
		*(int64_t *)value = strtoll(text, &end, 0);
	else
		*(uint64_t *)value = strtoull(text, &end, 0);
	return end == text ? -1 : 0;
}

bool load_collectd(const char *plugin)
{
	char path[128];
	void (*module_register)(void);
	void *library;

	snprintf(path, sizeof(path), "/usr/lib/collectd/%s.so", plugin);
	library = dlopen(path, RTLD_LAZY | RTLD_GLOBAL);
	if (!library)
		return false;
	*(void **)&module_register = dlsym(library, "module_register");
	collectd_read = collectd_init = NULL;
	if (module_register)
		module_register();
	if (collectd_init)
		collectd_init();
	return collectd_read != NULL;
}

void run_collectd(void)
{
	collectd_read();
}
