/* SPDX-License-Identifier: MIT */
/*
 * Settings made by SNMP: ranges, overlay, file.
 *
 * The file is text, one line a setting, and ends with a checksum:
 *     netvitals-settings 1
 *     notify 1
 *     tcpRetrans warn 0.02
 *     checksum 1a2b3c4d
 */
#include "nv_memory.h"
#include "text/out.h"
#include "settings.h"
#include "tables.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER    "netvitals-settings 1\n"
#define TEXT_MAX  32768
#define MILLION   1000000.0
#define COUNT_MAX 1000000000u

void nv_settings_init(struct nv_settings *settings)
{
	memset(settings, 0, sizeof(*settings));
	for (unsigned i = 0; i < NV_I_END; i++)
		settings->warn[i] = settings->crit[i] = settings->min[i] = NAN;
}

enum nv_status nv_settings_severity(const struct nv_settings *settings, enum nv_status configured)
{
	return settings->severity ? (enum nv_status)settings->severity : configured;
}

double nv_settings_hold_s(const struct nv_settings *settings, double configured)
{
	return settings->hold_set ? settings->hold_s : configured;
}

double nv_settings_repeat_s(const struct nv_settings *settings, double configured)
{
	return settings->repeat_set ? settings->repeat_s : configured;
}

unsigned nv_settings_log_rows(const struct nv_settings *settings)
{
	return settings->log_rows ? settings->log_rows : NV_LOG_ROWS;
}

bool nv_setting_check(enum nv_setting setting, enum nv_indicator_id id, uint64_t number)
{
	static const struct {
		uint64_t least, most; /* most 0: no number can be set */
	} range[] = {
		[NV_SET_NOTHING] = { 0, 0 },
		[NV_SET_NOTIFY] = { 1, 2 },
		[NV_SET_SCOPE] = { NV_SCOPE_CLASS, NV_SCOPE_BOTH },
		[NV_SET_WARN] = { 0, COUNT_MAX },
		[NV_SET_CRIT] = { 0, COUNT_MAX },
		[NV_SET_MIN] = { 0, COUNT_MAX },
		[NV_SET_ADMIN] = { NV_ADMIN_ENABLED, NV_ADMIN_ACKNOWLEDGED },
		[NV_SET_SEVERITY] = { NV_WARNING, NV_UNKNOWN },
		[NV_SET_HOLD] = { 0, NV_HOLD_MAX_S },
		[NV_SET_REPEAT] = { 0, NV_HOLD_MAX_S },
		[NV_SET_LOG_MAX] = { 1, NV_LOG_ROWS_MAX },
		[NV_SET_FORGET_ALL] = { 1, 2 },
		[NV_SET_FORGET] = { 1, 2 },
		[NV_SET_BASELINE] = { 1, 2 },
		[NV_SET_UNTIL] = { 0, 0 },
		[NV_SET_BY] = { 0, 0 },
		[NV_SET_WHY] = { 0, 0 },
	};
	bool limit = setting == NV_SET_WARN || setting == NV_SET_CRIT;

	if (limit && nv_is_fraction(&nv_indicators[id]))
		return number <= (uint64_t)MILLION;
	return range[setting].most && number >= range[setting].least &&
		number <= range[setting].most;
}

static double limit(enum nv_indicator_id id, uint64_t number)
{
	if (number == 0)
		return NAN;
	return nv_is_fraction(&nv_indicators[id]) ? (double)number / MILLION : (double)number;
}

void nv_setting_apply(struct nv_settings *settings, enum nv_setting setting,
	enum nv_indicator_id id, uint64_t number)
{
	switch (setting) {
	case NV_SET_NOTHING:
		return;
	case NV_SET_NOTIFY:
		settings->notify = (uint8_t)number;
		return;
	case NV_SET_SCOPE:
		settings->scope = (uint8_t)number;
		return;
	case NV_SET_WARN:
		settings->warn[id] = limit(id, number);
		return;
	case NV_SET_CRIT:
		settings->crit[id] = limit(id, number);
		return;
	case NV_SET_MIN:
		settings->min[id] = number == 0 ? NAN : (double)number;
		return;
	case NV_SET_ADMIN:
		/* What is muted is judged all the same. */
		settings->admin[id] = number == NV_ADMIN_DISABLED ? NV_ADMIN_DISABLED
								  : NV_ADMIN_ENABLED;
		return;
	case NV_SET_SEVERITY:
		settings->severity = (uint8_t)number;
		return;
	case NV_SET_HOLD:
		settings->hold_s = (uint32_t)number;
		settings->hold_set = true;
		return;
	case NV_SET_REPEAT:
		settings->repeat_s = (uint32_t)number;
		settings->repeat_set = true;
		return;
	case NV_SET_LOG_MAX:
		settings->log_rows = (uint16_t)number;
		return;
	case NV_SET_FORGET_ALL:
	case NV_SET_FORGET:
		settings->forget[id] = (uint16_t)(settings->forget[id] + (number == 2));
		return;
	case NV_SET_BASELINE:
		settings->baseline[id] = (uint8_t)number;
		return;
	case NV_SET_UNTIL:
	case NV_SET_BY:
	case NV_SET_WHY:
		return;
	}
}

bool nv_settings_consistent(const struct nv_settings *settings, enum nv_indicator_id id,
	double configured_warn, double configured_crit)
{
	double warn = isnan(settings->warn[id]) ? configured_warn : settings->warn[id];
	double crit = isnan(settings->crit[id]) ? configured_crit : settings->crit[id];

	return !(warn > crit); /* an unknown limit contradicts nothing */
}

void nv_settings_overlay(const struct nv_settings *settings, struct nv_config *config)
{
	if (settings->notify != 0)
		config->notify = settings->notify == 1;
	if (settings->scope != 0)
		config->notify_scope = (enum nv_scope)settings->scope;
	for (unsigned i = 1; i < NV_I_END; i++) {
		struct nv_limits *limits = &config->limits[i];
		if (!isnan(settings->warn[i]))
			limits->warn = settings->warn[i];
		if (!isnan(settings->crit[i]))
			limits->crit = settings->crit[i];
		if (!isnan(settings->min[i]))
			limits->min = settings->min[i];
		if (settings->admin[i] != NV_ADMIN_AS_CONFIGURED)
			limits->disabled = settings->admin[i] == NV_ADMIN_DISABLED;
		if (settings->baseline[i] != 0)
			limits->no_baseline = settings->baseline[i] == 2;
	}
}

/* ---- file
 * ------------------------------------------------------------------------------------------ */

/* FNV-1a: finds damage, not malice. */
static uint32_t checksum(const char *text, size_t length)
{
	uint32_t sum = 2166136261u;

	for (size_t i = 0; i < length; i++)
		sum = (sum ^ (unsigned char)text[i]) * 16777619u;
	return sum;
}

static void put_number(struct nv_out *out, const char *name, const char *what, double value)
{
	if (!isnan(value))
		nv_put(out, "%s %s %.17g\n", name, what, value);
}

static void write_text(const struct nv_settings *settings, struct nv_out *out)
{
	nv_put(out, HEADER);
	if (settings->notify != 0)
		nv_put(out, "notify %u\n", settings->notify);
	if (settings->scope != 0)
		nv_put(out, "scope %u\n", settings->scope);
	if (settings->severity != 0)
		nv_put(out, "severity %u\n", settings->severity);
	if (settings->hold_set)
		nv_put(out, "hold %u\n", settings->hold_s);
	if (settings->repeat_set)
		nv_put(out, "repeat %u\n", settings->repeat_s);
	if (settings->log_rows != 0)
		nv_put(out, "rows %u\n", settings->log_rows);
	for (unsigned i = 1; i < NV_I_END; i++) {
		const char *name = nv_indicators[i].name;
		if (!name)
			continue;
		put_number(out, name, "warn", settings->warn[i]);
		put_number(out, name, "crit", settings->crit[i]);
		put_number(out, name, "min", settings->min[i]);
		if (settings->admin[i] != 0)
			nv_put(out, "%s admin %u\n", name, settings->admin[i]);
		if (settings->baseline[i] != 0)
			nv_put(out, "%s baseline %u\n", name, settings->baseline[i]);
	}
	nv_put(out, "checksum %08x\n", checksum(out->buf, out->used));
}

static int failed(struct nv_error *err, const char *path, const char *what)
{
	err->line = 0;
	snprintf(
		err->text, sizeof(err->text), "%.400s: cannot %s: %s", path, what, strerror(errno));
	return -1;
}

bool nv_settings_writable(const char *path)
{
	char name[NV_PATH_SIZE + NV_NAME_SIZE + 32];

	snprintf(name, sizeof(name), "%s.try", path);
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	close(fd);
	unlink(name);
	return true;
}

int nv_settings_save(const struct nv_settings *settings, const char *path, struct nv_error *err)
{
	char text[TEXT_MAX], name[NV_PATH_SIZE + NV_NAME_SIZE + 32];
	struct nv_out out = { .buf = text, .size = sizeof(text) };

	write_text(settings, &out);
	snprintf(name, sizeof(name), "%s.new", path);
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed(err, name, "write");
	bool written = write(fd, text, out.used) == (ssize_t)out.used && fsync(fd) == 0;
	if (close(fd) != 0 || !written) {
		failed(err, name, "write");
		unlink(name);
		return -1;
	}
	if (rename(name, path) != 0) {
		failed(err, path, "replace");
		unlink(name);
		return -1;
	}
	return 0;
}

/* "word number" of the scalars. */
static bool take_scalar(struct nv_settings *settings, const char *word, unsigned number, bool *good)
{
	static const struct {
		const char *word;
		enum nv_setting setting;
	} scalars[] = { { "notify", NV_SET_NOTIFY }, { "scope", NV_SET_SCOPE },
		{ "severity", NV_SET_SEVERITY }, { "hold", NV_SET_HOLD },
		{ "repeat", NV_SET_REPEAT }, { "rows", NV_SET_LOG_MAX } };

	for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++)
		if (strcmp(word, scalars[i].word) == 0) {
			*good = nv_setting_check(scalars[i].setting, NV_I_NONE, number);
			if (*good)
				nv_setting_apply(settings, scalars[i].setting, NV_I_NONE, number);
			return true;
		}
	return false;
}

static bool take_line(struct nv_settings *settings, const char *line)
{
	char name[NV_NAME_SIZE], what[16];
	double value;
	unsigned number;
	bool good;

	if (sscanf(line, "%63s %u", name, &number) == 2 &&
		take_scalar(settings, name, number, &good))
		return good;
	if (sscanf(line, "%63s %15s %lf", name, what, &value) != 3)
		return false;
	enum nv_indicator_id id = nv_indicator_find(name);
	if (id == NV_I_NONE)
		return true; /* of a version that knows more */
	if (strcmp(what, "warn") == 0)
		settings->warn[id] = value;
	else if (strcmp(what, "crit") == 0)
		settings->crit[id] = value;
	else if (strcmp(what, "min") == 0)
		settings->min[id] = value;
	else if (strcmp(what, "admin") == 0 && nv_setting_check(NV_SET_ADMIN, id, (uint64_t)value))
		nv_setting_apply(settings, NV_SET_ADMIN, id, (uint64_t)value);
	else if (strcmp(what, "baseline") == 0 &&
		nv_setting_check(NV_SET_BASELINE, id, (uint64_t)value))
		nv_setting_apply(settings, NV_SET_BASELINE, id, (uint64_t)value);
	else
		return false;
	return true;
}

int nv_settings_load(struct nv_settings *settings, const char *path, struct nv_error *err)
{
	char text[TEXT_MAX];
	int fd = nv_open_plain(path, sizeof(text), NULL, err);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	nv_settings_init(settings);
	if (fd < 0)
		return fd == NV_PLAIN_NONE ? 0 : -1;
	if (!file) {
		close(fd);
		return failed(err, path, "read");
	}
	size_t length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = 0;
	char *end = length > 0 ? strstr(text, "\nchecksum ") : NULL;
	unsigned sum = end ? (unsigned)strtoul(end + strlen("\nchecksum "), NULL, 16) : 0;
	bool good = end && strncmp(text, HEADER, strlen(HEADER)) == 0 &&
		sum == checksum(text, (size_t)(end + 1 - text));
	if (good)
		end[1] = 0;
	for (char *save, *line = good ? strtok_r(text + strlen(HEADER), "\n", &save) : NULL; line;
		line = strtok_r(NULL, "\n", &save))
		good = take_line(settings, line) && good;
	if (good)
		return 1;
	nv_settings_init(settings);
	err->line = 0;
	snprintf(err->text, sizeof(err->text), "%.400s is damaged and ignored", path);
	return -1;
}
