/* SPDX-License-Identifier: MIT */
/*
 * Options that only this front end has: AgentXSocket, PingInterval, NotifyRepeat and SnmpWrite.
 * They stand in the same file as the core's, which knows nothing of SNMP.
 */
#include "agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PING_MAX_S 60
#define BLANKS     " \t\r"

void nv_options_init(struct nv_options *options)
{
	memset(options, 0, sizeof(*options));
	options->ping_s = 2;
}

static bool set_seconds(unsigned *to, const char *value, unsigned least, unsigned most)
{
	char *end;
	unsigned long number = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || number < least || number > most)
		return false;
	*to = (unsigned)number;
	return true;
}

static bool set_ping(struct nv_options *options, const char *value)
{
	return set_seconds(&options->ping_s, value, 1, PING_MAX_S);
}

static bool set_repeat(struct nv_options *options, const char *value)
{
	return set_seconds(&options->repeat_s, value, 0, NV_HOLD_MAX_S);
}

static bool set_socket(struct nv_options *options, const char *value)
{
	if (*value == 0 || strlen(value) >= sizeof(options->socket))
		return false;
	strcpy(options->socket, value);
	return true;
}

static bool set_write(struct nv_options *options, const char *value)
{
	return nv_boolean(value, &options->write);
}

static const struct {
	const char *name, *expected;
	bool (*set)(struct nv_options *, const char *value);
} rows[] = {
	{ "PingInterval", "whole seconds from 1 to 60", set_ping },
	{ "NotifyRepeat", "whole seconds from 0 (never) to 86400", set_repeat },
	{ "SnmpWrite", "yes or no", set_write },
	{ "AgentXSocket", "an address such as unix:/run/agentx or a path", set_socket },
};

/* "Option value" -> both, without blanks and quotes. False: no words. */
static bool split(char *line, char **option, char **value)
{
	line += strspn(line, BLANKS);
	*option = line;
	line += strcspn(line, BLANKS);
	if (*line)
		*line++ = 0;
	*value = line + strspn(line, BLANKS);
	size_t length = strlen(*value);
	while (length > 0 && strchr(BLANKS, (*value)[length - 1]))
		(*value)[--length] = 0;
	if (length >= 2 && **value == '"' && (*value)[length - 1] == '"') {
		(*value)[length - 1] = 0;
		(*value)++;
	}
	return **option != 0;
}

void nv_options_read(struct nv_options *options, char *text, size_t length,
	void (*complain)(void *context, enum nv_config_result, const struct nv_error *),
	void *context)
{
	unsigned number = 0;

	for (char *at = text, *end = text + length; at < end; number++) {
		char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t size = (size_t)((newline ? newline : end) - at);
		char line[NV_PATH_SIZE + 64], *option, *value;

		if (size < sizeof(line)) {
			memcpy(line, at, size);
			line[size] = 0;
			bool words = split(line, &option, &value);
			for (size_t i = 0; words && i < sizeof(rows) / sizeof(rows[0]); i++) {
				if (strcasecmp(option, rows[i].name) != 0)
					continue;
				memset(at, ' ', size);
				if (rows[i].set(options, value))
					continue;
				struct nv_error err = { .line = number + 1 };
				snprintf(err.text, sizeof(err.text),
					"%s: \"%.80s\" is refused, expected %s; the value before stays",
					rows[i].name, value, rows[i].expected);
				complain(context, NV_CONFIG_BAD, &err);
			}
		}
		at += size + 1;
	}
}
