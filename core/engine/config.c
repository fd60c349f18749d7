/* SPDX-License-Identifier: MIT */
/*
 * `Option value` -> configuration, by one table that is also the manual. A refused value leaves
 * what was there; the message names option, value and what was expected.
 */
#include "nv_config.h"
#include "text/clean.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

struct row;
typedef bool setter(const struct row *row, struct nv_config *config, struct nv_limits *limits,
	const char *value);

struct row {
	struct nv_option option;
	setter *set;
	size_t offset; /* of the field in struct nv_config */
	double low, high;
	const char *const *words; /* of set_word: the value is the place in the list plus .low */
};

static bool plain_number(const char *value, double *number)
{
	char *end;

	if (!((*value >= '0' && *value <= '9') || *value == '.'))
		return false;
	*number = strtod(value, &end);
	return *end == 0 && isfinite(*number);
}

static bool set_number(const struct row *row, struct nv_config *config, struct nv_limits *limits,
	const char *value)
{
	double number;

	(void)limits;
	if (!plain_number(value, &number) || number < row->low || number > row->high)
		return false;
	memcpy((char *)config + row->offset, &number, sizeof(number));
	return true;
}

static const char *const profiles[] = { "default", "strict", "lenient", NULL };
static const char *const roles[] = { "auto", "host", "container", "router", NULL };
static const char *const scopes[] = { "class", "indicator", "both", NULL };
static const char *const severities[] = { "warning", "critical", "unknown", NULL };
static const char *const looked_at[] = { "auto", "unestablished", "none", NULL };

static bool set_word(const struct row *row, struct nv_config *config, struct nv_limits *limits,
	const char *value)
{
	(void)limits;
	for (int i = 0; row->words[i]; i++) {
		int number = i + (int)row->low;

		if (strcasecmp(row->words[i], value) != 0)
			continue;
		memcpy((char *)config + row->offset, &number, sizeof(number));
		return true;
	}
	return false;
}

bool nv_boolean(const char *value, bool *yes)
{
	static const char *const words[] = { "false", "true", "no", "yes", "off", "on", "0", "1",
		NULL };

	for (int i = 0; words[i]; i++)
		if (strcasecmp(words[i], value) == 0) {
			*yes = i % 2 == 1;
			return true;
		}
	return false;
}

static bool set_boolean(const struct row *row, struct nv_config *config, struct nv_limits *limits,
	const char *value)
{
	(void)limits;
	return nv_boolean(value, (bool *)((char *)config + row->offset));
}

/* A text; .high is the room of its field. */
static bool set_text(const struct row *row, struct nv_config *config, struct nv_limits *limits,
	const char *value)
{
	(void)limits;
	if (strlen(value) >= (size_t)row->high)
		return false;
	strcpy((char *)config + row->offset, value);
	return true;
}

static bool take_interfaces(struct nv_config *config, const char *list)
{
	if (strlen(list) >= sizeof(config->interfaces) || !nv_interfaces_valid(list))
		return false;
	strcpy(config->interfaces, list);
	return true;
}

static bool set_interfaces(const struct row *row, struct nv_config *config,
	struct nv_limits *limits, const char *value)
{
	(void)row;
	(void)limits;
	return value[strspn(value, "! \t,")] == 0 && value[0] ? false
							      : take_interfaces(config, value);
}

/* One name or expression more; the list is that of Interfaces. */
static bool add_interface(const struct row *row, struct nv_config *config, struct nv_limits *limits,
	const char *value)
{
	const char *before = strcmp(config->interfaces, "all") == 0 ? "" : config->interfaces;
	char list[NV_TEXT_SIZE + 1];

	(void)row;
	(void)limits;
	if (!value[0] || (value[0] != '/' && strpbrk(value, " \t,!/")) ||
		snprintf(list, sizeof(list), "%s%s%s", before, before[0] ? " " : "", value) >=
			(int)sizeof(list))
		return false;
	return take_interfaces(config, list);
}

static bool set_ignored(const struct row *row, struct nv_config *config, struct nv_limits *limits,
	const char *value)
{
	const char *before = strcmp(config->interfaces, "all") == 0 ? "" : config->interfaces;
	char list[NV_TEXT_SIZE + 1];
	bool ignored;

	(void)row;
	(void)limits;
	if (!nv_boolean(value, &ignored))
		return false;
	if (ignored == (config->interfaces[0] == '!'))
		return true;
	if (snprintf(list, sizeof(list), "%s%s", ignored ? "!" : "", before + !ignored) >=
		(int)sizeof(list))
		return false;
	return take_interfaces(config, list);
}

/* Percent for fractions, with or without the sign; otherwise the number itself. */
static bool limit(const struct nv_indicator *ind, const char *value, double *to)
{
	bool fraction = nv_is_fraction(ind);
	char digits[32];
	size_t length = strlen(value);
	double number;

	if (length >= sizeof(digits))
		return false;
	memcpy(digits, value, length + 1);
	if (fraction && length && digits[length - 1] == '%')
		digits[--length] = 0;
	while (length && digits[length - 1] == ' ')
		digits[--length] = 0;
	if (!plain_number(digits, &number) || number <= 0 || number > (fraction ? 100 : 1e9))
		return false;
	*to = fraction ? number / 100 : number;
	return true;
}

/* The tables below pass the indicator in the configuration's place by its position in limits[]. */
static const struct nv_indicator *indicator_of(
	const struct nv_config *config, const struct nv_limits *limits)
{
	return &nv_indicators[limits - config->limits];
}

static bool set_warning(const struct row *row, struct nv_config *config, struct nv_limits *limits,
	const char *value)
{
	const struct nv_indicator *ind = indicator_of(config, limits);
	double warn;

	(void)row;
	/* Compared with what else was configured; the catalog's own limit gives way to it. */
	if (!limit(ind, value, &warn) || warn > limits->crit)
		return false;
	limits->warn = warn;
	return true;
}

static bool set_failure(const struct row *row, struct nv_config *config, struct nv_limits *limits,
	const char *value)
{
	const struct nv_indicator *ind = indicator_of(config, limits);
	double crit;

	(void)row;
	if (!limit(ind, value, &crit) || crit < limits->warn)
		return false;
	limits->crit = crit;
	return true;
}

static bool set_events(const struct row *row, struct nv_config *config, struct nv_limits *limits,
	const char *value)
{
	double number;

	(void)config;
	if (!plain_number(value, &number) || number < row->low || number > row->high)
		return false;
	limits->min = number;
	return true;
}

static bool set_disabled(const struct row *row, struct nv_config *config, struct nv_limits *limits,
	const char *value)
{
	bool enabled;

	(void)row;
	(void)config;
	if (!nv_boolean(value, &enabled))
		return false;
	limits->disabled = !enabled;
	return true;
}

static bool set_baseline(const struct row *row, struct nv_config *config, struct nv_limits *limits,
	const char *value)
{
	bool used;

	(void)row;
	(void)config;
	if (!nv_boolean(value, &used))
		return false;
	limits->no_baseline = !used;
	return true;
}

/* A day, local time: the mute ends when that day begins. */
static bool set_mute(const struct row *row, struct nv_config *config, struct nv_limits *limits,
	const char *value)
{
	struct tm day = { .tm_isdst = -1 };
	int64_t until_s;
	const char *end;
	bool muted;

	(void)row;
	(void)config;
	if (nv_boolean(value, &muted)) {
		limits->muted_until_s = muted ? INT64_MAX : 0;
		return true;
	}
	end = strptime(value, "%Y-%m-%d", &day);
	if (!end || *end || strlen(value) != strlen("2026-12-31"))
		return false;
	until_s = (int64_t)mktime(&day);
	if (until_s <= 0)
		return false;
	limits->muted_until_s = until_s;
	return true;
}

#define FIELD(name) offsetof(struct nv_config, name)
#define PERCENT_OR                                                                                 \
	"percent for ratios (above 0, at most 100), events per minute for counts, else the level; "

static const struct row rows[] = {
	{ { "Interval", "seconds, 0.1 to 3600", "10", "How often the counters are read.", false },
		set_number, FIELD(interval_s), 0.1, 3600, NULL },
	{ { "Window", "seconds, 1 to 3600", "60",
		  "Length of the fast window, which is evaluated six times per length (every 10 s for 60 s). A fault is "
		  "raised after about one window and cleared after five.",
		  false },
		set_number, FIELD(window_s), 1, 3600, NULL },
	{ { "Profile", "default | strict | lenient", "default",
		  "Moves all limits together: strict finds more, lenient disturbs less.", false },
		set_word, FIELD(profile), NV_PROFILE_DEFAULT, 0, profiles },
	{ { "Role", "auto | host | container | router", "auto",
		  "What the host is: forwarding and the counters that come with it are expected on the last two.",
		  false },
		set_word, FIELD(role), NV_ROLE_AUTO, 0, roles },
	{ { "Root", "directory", "",
		  "Read a recorded tree (DIR/net/snmp, DIR/uptime ...) or a series of them (DIR/0000, DIR/0001 "
		  "...) instead of the kernel.",
		  false },
		set_text, FIELD(root), 0, NV_PATH_SIZE, NULL },
	{ { "StateDir", "directory", "", "Where baselines and states are kept over restarts.",
		  false },
		set_text, FIELD(state_dir), 0, NV_PATH_SIZE, NULL },
	{ { "MutesFrom", "a user", "",
		  "Whose mutes are heeded beside those of root and of the user that runs: the agent's, by "
		  "SNMP, are netvitals'.",
		  false },
		set_text, FIELD(mutes_from), 0, NV_NAME_SIZE, NULL },
	{ { "SaveInterval", "seconds, 10 to 86400", "300",
		  "How often the memory is written; it is also written at every transition.",
		  false },
		set_number, FIELD(save_interval_s), 10, 86400, NULL },
	{ { "AcceptDays", "days, 0.5 to 60", "3",
		  "After how long a lasting change is taken over as usual, and announced.", false },
		set_number, FIELD(accept_days), 0.5, 60, NULL },
	{ { "Interfaces", "all | [!] names and /regular expressions/ with blanks between", "",
		  "Which interfaces are counted in the status of a class; without it physical ones and bonds. Behind a "
		  "! stand those to exclude.",
		  false },
		set_interfaces, FIELD(interfaces), 0, 0, NULL },
	{ { "Interface", "a name or a /regular expression/", "",
		  "One interface to count in the status of a class, and then no other is. May be repeated, up to 16 "
		  "times.",
		  false },
		add_interface, FIELD(interfaces), 0, 0, NULL },
	{ { "IgnoreSelected", "true | false", "false",
		  "If true, the interfaces named by Interface are excluded and all other physical ones are used.",
		  false },
		set_ignored, FIELD(interfaces), 0, 0, NULL },
	{ { "Sockets", "auto | unestablished | none", "auto",
		  "Which sockets are read: auto, all, but established ones only as often as SocketsBudget allows; "
		  "unestablished, all but established ones, whose queues stay unknown; none, and indicators that "
		  "need sockets are not judged.",
		  false },
		set_word, FIELD(sockets), NV_SOCKETS_AUTO, 0, looked_at },
	{ { "SocketsBudget", "percent of one processor, 0.01 to 50", "0.1",
		  "What reading sockets may cost on average; the more there are, the less often they are read. What is "
		  "shown says how old it is.",
		  false },
		set_number, FIELD(sockets_percent), 0.01, 50, NULL },
	{ { "Forensics", "true | false", "true",
		  "While something is wrong, gather who and where: program, peer, prefix, interface. It takes "
		  "at most a second each time.",
		  false },
		set_boolean, FIELD(forensics), 0, 0, NULL },
	{ { "Notify", "true | false", "true",
		  "False is a dry run: events are recorded but not sent.", false },
		set_boolean, FIELD(notify), 0, 0, NULL },
	{ { "NotifyScope", "class | indicator | both", "class",
		  "Whose changes are notified: one fault is one page.", false },
		set_word, FIELD(notify_scope), NV_SCOPE_CLASS, 0, scopes },
	{ { "NotifyMinSeverity", "unknown | warning | critical", "unknown",
		  "What is less severe than that is recorded as an event but not notified; unknown is less than "
		  "warning. After a notification, further changes are notified until it is ok again.",
		  false },
		set_word, FIELD(notify_least), NV_WARNING, 0, severities },
	{ { "NotifyHoldTime", "seconds, 0 to 86400", "0",
		  "Least time between two notifications of one class or indicator. Changes meanwhile are recorded as "
		  "events; the status at the end of that time is notified if it differs from the last one notified.",
		  false },
		set_number, FIELD(notify_hold_s), 0, 86400, NULL },
	{ { "Warning", PERCENT_OR "at most Failure", "", "Limit of warning.", true }, set_warning,
		0, 0, 0, NULL },
	{ { "Failure", PERCENT_OR "at least Warning", "", "Limit of critical.", true }, set_failure,
		0, 0, 0, NULL },
	{ { "Events", "number, 0 to 1000000000", "",
		  "Least number of events in a window before any verdict.", true },
		set_events, 0, 0, 1e9, NULL },
	{ { "Mute", "true, false, or the day when it ends as 2026-12-31", "false",
		  "Judged and shown, but it does not affect the status of its class and is not notified.",
		  true },
		set_mute, 0, 0, 0, NULL },
	{ { "Baseline", "true | false", "true",
		  "False: judged by its limits alone, never by what is usual at this hour, which is not learned "
		  "either.",
		  true },
		set_baseline, 0, 0, 0, NULL },
	{ { "Enabled", "true | false", "true", "False takes the indicator out altogether.", true },
		set_disabled, 0, 0, 0, NULL },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

bool nv_option_get(unsigned row, struct nv_option *out)
{
	if (row >= ROWS)
		return false;
	*out = rows[row].option;
	return true;
}

void nv_config_init(struct nv_config *config)
{
	memset(config, 0, sizeof(*config));
	config->mode = NV_DAEMON;
	config->interval_s = 10;
	config->window_s = 60;
	config->save_interval_s = 300;
	config->accept_days = 3;
	config->sockets_percent = 0.1;
	config->notify = true;
	config->notify_scope = NV_SCOPE_CLASS;
	config->notify_least = NV_UNKNOWN;
	config->forensics = true;
	for (unsigned i = 0; i < NV_I_END; i++)
		config->limits[i] = (struct nv_limits){ .warn = NAN, .crit = NAN, .min = NAN };
}

/* What stands in a file is quoted on terminals and in logs: nothing there may act on them. */
static void explain(
	struct nv_error *err, const char *format, const char *a, const char *b, const char *c)
{
	if (!err)
		return;
	snprintf(err->text, sizeof(err->text), format, a, b, c);
	nv_clean_text(err->text);
}

enum nv_config_result nv_config_set(struct nv_config *config, const char *indicator,
	const char *option, const char *value, struct nv_error *err)
{
	struct nv_limits *limits = NULL;

	if (indicator) {
		enum nv_indicator_id id = nv_indicator_find(indicator);

		if (!id) {
			explain(err,
				"<Indicator>: \"%.80s\" is refused, expected the name of an indicator (netvitals catalog lists "
				"them)%s%s",
				indicator, "", "");
			return NV_CONFIG_UNKNOWN;
		}
		limits = &config->limits[id];
	}
	for (unsigned i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];

		if (strcasecmp(row->option.name, option) != 0 ||
			row->option.in_indicator != (limits != NULL))
			continue;
		if (row->set(row, config, limits, value))
			return NV_CONFIG_SET;
		explain(err, "%s: \"%.80s\" is refused, expected %s; the value before stays",
			row->option.name, value, row->option.syntax);
		return NV_CONFIG_BAD;
	}
	explain(err, "%s: unknown option%s%s", option, limits ? " of an Indicator block" : "", "");
	return NV_CONFIG_UNKNOWN;
}
