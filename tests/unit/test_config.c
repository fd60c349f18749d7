/* SPDX-License-Identifier: MIT */
/* Options: every one of them, their edges, what is refused and what the refusal says. */
#include "engine/engine.h"
#include "support.h"

#include <strings.h>
#include <time.h>

static struct nv_config config;

static int begin(void **state)
{
	(void)state;
	nv_config_init(&config);
	return 0;
}

/* ---- single options
 * -------------------------------------------------------------------------------- */

static const struct {
	const char *option, *value;
	bool good;
} plain[] = {
	{ "Interval", "10", true },
	{ "Interval", "0.1", true },
	{ "Interval", "3600", true },
	{ "Interval", ".5", true },
	{ "Interval", "0.09", false },
	{ "Interval", "3600.1", false },
	{ "Interval", "0", false },
	{ "Interval", "-10", false },
	{ "Interval", "ten", false },
	{ "Interval", "10s", false },
	{ "Interval", "", false },
	{ "Interval", "nan", false },
	{ "Interval", "inf", false },
	{ "Interval", "1e400", false },
	{ "Interval", " 10", false },
	{ "Window", "60", true },
	{ "Window", "1", true },
	{ "Window", "0.9", false },
	{ "Window", "3601", false },
	{ "SaveInterval", "10", true },
	{ "SaveInterval", "9.9", false },
	{ "AcceptDays", "0.5", true },
	{ "AcceptDays", "61", false },
	{ "Profile", "strict", true },
	{ "Profile", "LENIENT", true },
	{ "Profile", "default", true },
	{ "Profile", "hard", false },
	{ "Profile", "", false },
	{ "Role", "auto", true },
	{ "Role", "host", true },
	{ "Role", "container", true },
	{ "Role", "router", true },
	{ "Role", "switch", false },
	{ "Root", "/var/lib/netvitals", true },
	{ "Root", "", true },
	{ "StateDir", "/var/lib", true },
	{ "Interfaces", "", true },
	{ "Interfaces", "all", true },
	{ "Interfaces", "/^eth[01]$/", true },
	{ "Interfaces", "eth0", true },
	{ "Interfaces", "! eth0 /^wg/", true },
	{ "Interfaces", "!", false },
	{ "Interfaces", "averyveryverylongname", false },
	{ "Interfaces", "/(/", false },
	{ "Interfaces", "//", false },
	{ "Interfaces", "/eth", false },
	{ "Notify", "true", true },
	{ "Notify", "FALSE", true },
	{ "Notify", "off", true },
	{ "Notify", "1", true },
	{ "Notify", "2", false },
	{ "Notify", "perhaps", false },
	{ "NotifyScope", "class", true },
	{ "NotifyScope", "indicator", true },
	{ "NotifyScope", "Both", true },
	{ "NotifyScope", "none", false },
	{ "NotifyMinSeverity", "unknown", true },
	{ "NotifyMinSeverity", "Warning", true },
	{ "NotifyMinSeverity", "critical", true },
	{ "NotifyMinSeverity", "ok", false },
	{ "NotifyMinSeverity", "", false },
	{ "NotifyHoldTime", "0", true },
	{ "NotifyHoldTime", "86400", true },
	{ "NotifyHoldTime", "86401", false },
	{ "NotifyHoldTime", "-1", false },
	{ "NotifyHoldTime", "1h", false },
	{ "Sockets", "auto", true },
	{ "Sockets", "Unestablished", true },
	{ "Sockets", "none", true },
	{ "Sockets", "all", false },
	{ "Sockets", "", false },
	{ "SocketsBudget", "0.01", true },
	{ "SocketsBudget", "50", true },
	{ "SocketsBudget", "0", false },
	{ "SocketsBudget", "51", false },
	{ "SocketsBudget", "0.1%", false },
	{ "Forensics", "true", true },
	{ "Forensics", "off", true },
	{ "Forensics", "maybe", false },
};

/* A value in range is taken; another leaves the configuration as it was, byte for byte. */
static void every_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(plain); i++) {
		struct nv_config before;
		struct nv_error err = { 0, "" };
		enum nv_config_result result;

		nv_config_init(&config);
		memcpy(&before, &config, sizeof(config));
		result = nv_config_set(&config, NULL, plain[i].option, plain[i].value, &err);
		if ((result == NV_CONFIG_SET) != plain[i].good)
			fail_msg("%s \"%s\": %d %s", plain[i].option, plain[i].value, result,
				err.text);
		if (plain[i].good) {
			assert_string_equal(err.text, "");
			continue;
		}
		assert_int_equal(result, NV_CONFIG_BAD);
		assert_memory_equal(&before, &config, sizeof(config));
		assert_contains(err.text, plain[i].option);
		assert_contains(err.text, plain[i].value);
		assert_contains(err.text, "expected ");
		assert_null(strchr(err.text, '\n'));
	}
}

static void set(const char *indicator, const char *option, const char *value)
{
	struct nv_error err = { 0, "" };

	if (nv_config_set(&config, indicator, option, value, &err) != NV_CONFIG_SET)
		fail_msg("%s %s: %s", option, value, err.text);
}

static void values_reach_their_fields(void **state)
{
	(void)state;
	assert_near(config.interval_s, 10, 0);
	assert_near(config.window_s, 60, 0);
	assert_true(config.notify);
	assert_int_equal(config.notify_scope, NV_SCOPE_CLASS);
	set(NULL, "interval", "2.5"); /* case does not matter */
	set(NULL, "WINDOW", "30");
	set(NULL, "Profile", "lenient");
	set(NULL, "Role", "router");
	set(NULL, "Root", "/tmp/r");
	set(NULL, "StateDir", "/tmp/s");
	set(NULL, "Interfaces", "/^en/");
	set(NULL, "Notify", "no");
	set(NULL, "NotifyScope", "both");
	assert_near(config.interval_s, 2.5, 0);
	assert_near(config.window_s, 30, 0);
	assert_int_equal(config.profile, NV_PROFILE_LENIENT);
	assert_int_equal(config.role, NV_ROLE_ROUTER);
	assert_string_equal(config.root, "/tmp/r");
	assert_string_equal(config.state_dir, "/tmp/s");
	assert_string_equal(config.interfaces, "/^en/");
	assert_false(config.notify);
	assert_int_equal(config.notify_scope, NV_SCOPE_BOTH);
	assert_int_equal(config.sockets, NV_SOCKETS_AUTO);
	assert_true(config.forensics);
	set(NULL, "Sockets", "unestablished");
	set(NULL, "Forensics", "false");
	assert_int_equal(config.sockets, NV_SOCKETS_UNESTABLISHED);
	assert_false(config.forensics);
	set(NULL, "Sockets", "none");
	assert_int_equal(config.sockets, NV_SOCKETS_NONE);
	set(NULL, "NotifyScope", "indicator");
	assert_int_equal(config.notify_scope, NV_SCOPE_INDICATOR);
	assert_int_equal(config.notify_least, NV_UNKNOWN);
	assert_true(config.notify_hold_s == 0);
	set(NULL, "NotifyMinSeverity", "critical");
	set(NULL, "NotifyHoldTime", "600");
	assert_int_equal(config.notify_least, NV_CRITICAL);
	assert_near(config.notify_hold_s, 600, 0);
	set(NULL, "NotifyMinSeverity", "unknown");
	assert_int_equal(config.notify_least, NV_UNKNOWN);
}

static void paths_too_long(void **state)
{
	char value[NV_PATH_SIZE + 1];
	struct nv_error err;

	(void)state;
	memset(value, 'x', sizeof(value));
	value[NV_PATH_SIZE] = 0;
	assert_int_equal(nv_config_set(&config, NULL, "Root", value, &err), NV_CONFIG_BAD);
	assert_int_equal(nv_config_set(&config, NULL, "Interfaces", value, &err), NV_CONFIG_BAD);
	assert_string_equal(config.root, "");
	value[NV_PATH_SIZE - 1] = 0;
	set(NULL, "Root", value);
}

/* ---- options of an indicator
 * ------------------------------------------------------------------------- */

static void limits_of_an_indicator(void **state)
{
	static const struct {
		const char *indicator, *option, *value;
		bool good;
		double warn, crit, min;
	} cases[] = {
		{ "tcpRetrans", "Warning", "2", true, 0.02, NAN, NAN },
		{ "tcpRetrans", "Warning", "2%", true, 0.02, NAN, NAN },
		{ "tcpRetrans", "Warning", "2 %", true, 0.02, NAN, NAN },
		{ "tcpRetrans", "Warning", "100", true, 1, NAN, NAN },
		{ "tcpRetrans", "Warning", "100.1", false, NAN, NAN, NAN },
		{ "tcpRetrans", "Warning", "0", false, NAN, NAN, NAN },
		{ "tcpRetrans", "Warning", "%", false, NAN, NAN, NAN },
		{ "tcpRetrans", "Failure", "0.5", true, NAN, 0.005, NAN },
		{ "tcpRetrans", "Events", "0", true, NAN, NAN, 0 },
		{ "tcpRetrans", "Events", "-1", false, NAN, NAN, NAN },
		{ "tcpRetrans", "Events", "1000000001", false, NAN, NAN, NAN },
		{ "tcpListenOverflow", "Failure", "120", true, NAN, 120, NAN },
		{ "tcpListenOverflow", "Warning", "2%", false, NAN, NAN, NAN },
		{ "tcpPortsUsed", "Warning", "90", true, 0.9, NAN, NAN },
		{ "tcpCloseWait", "Warning", "90", true, 90, NAN, NAN },
		{ "tcpRetrans", "Enabled", "maybe", false, NAN, NAN, NAN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nv_error err = { 0, "" };
		struct nv_limits *l = &config.limits[nv_indicator_find(cases[i].indicator)];
		enum nv_config_result result;

		nv_config_init(&config);
		result = nv_config_set(
			&config, cases[i].indicator, cases[i].option, cases[i].value, &err);
		if ((result == NV_CONFIG_SET) != cases[i].good)
			fail_msg("%s %s %s: %s", cases[i].indicator, cases[i].option,
				cases[i].value, err.text);
		assert_true(isnan(cases[i].warn) ? isnan(l->warn)
						 : fabs(l->warn - cases[i].warn) < 1e-12);
		assert_true(isnan(cases[i].crit) ? isnan(l->crit)
						 : fabs(l->crit - cases[i].crit) < 1e-12);
		assert_true(isnan(cases[i].min) ? isnan(l->min) : l->min == cases[i].min);
		if (!cases[i].good)
			assert_contains(err.text, cases[i].option);
	}
}

static void warning_and_failure_agree(void **state)
{
	struct nv_limits *l = &config.limits[NV_I_tcpRetrans];
	struct nv_error err;

	(void)state;
	/* Both above what the catalog has, in the order in which people write them. */
	set("tcpRetrans", "Warning", "10");
	set("tcpRetrans", "Failure", "20");
	assert_int_equal(
		nv_config_set(&config, "tcpRetrans", "Warning", "21", &err), NV_CONFIG_BAD);
	assert_near(l->warn, 0.1, 1e-12);
	assert_int_equal(nv_config_set(&config, "tcpRetrans", "Failure", "9", &err), NV_CONFIG_BAD);
	assert_near(l->crit, 0.2, 1e-12);
	/* Both below. */
	nv_config_init(&config);
	set("tcpRetrans", "Failure", "0.5");
	set("tcpRetrans", "Warning", "0.2");
	set("tcpRetrans", "Enabled", "false");
	assert_true(l->disabled);
	set("tcpRetrans", "Enabled", "true");
	assert_false(l->disabled);
	assert_true(isnan(config.limits[NV_I_tcpTimeouts].warn));
}

/* What of the two was not configured gives way, in the engine. */
static void limits_in_force_never_contradict(void **state)
{
	static const char *const options[][2] = { { "Warning", "30" }, { "Failure", "0.2" } };

	(void)state;
	for (size_t i = 0; i < COUNT(options); i++)
		for (int profile = NV_PROFILE_DEFAULT; profile <= NV_PROFILE_LENIENT; profile++) {
			struct nv_error err = { 0, "" };
			const struct nv_verdict *v;
			struct nv_engine *e;
			struct nv_snapshot s;

			nv_config_init(&config);
			snprintf(config.root, sizeof(config.root), "%s", NUMBERED);
			config.profile = (enum nv_profile)profile;
			config.mode = NV_ONESHOT;
			set("tcpRetrans", options[i][0], options[i][1]);
			e = nv_engine_new(&config, &err);
			assert_non_null(e);
			host_init(&s);
			nv_engine_feed(e, &s);
			host_run(&s, 10);
			nv_engine_feed(e, &s);
			v = &nv_engine_report(e)->verdicts[NV_I_tcpRetrans];
			assert_true(v->warn <= v->crit);
			assert_near(i ? v->crit : v->warn, i ? 0.002 : 0.3, 1e-9);
			nv_snapshot_fini(&s);
			nv_engine_free(e);
		}
}

/* Lines of one name each make the same list as one line of Interfaces. */
static void one_interface_a_line(void **state)
{
	static const char *const bad[] = { "", "eth0 eth1", "a,b", "!eth0", "/(/", "/eth", "a/b",
		"longer-than-15-chars" };
	struct nv_error err;

	(void)state;
	set(NULL, "Interface", "eth0");
	set(NULL, "Interface", "/^en[0-9]{1,2}$/");
	assert_string_equal(config.interfaces, "eth0 /^en[0-9]{1,2}$/");
	set(NULL, "IgnoreSelected", "true");
	set(NULL, "IgnoreSelected", "true");
	assert_string_equal(config.interfaces, "!eth0 /^en[0-9]{1,2}$/");
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(
			nv_config_set(&config, NULL, "Interface", bad[i], &err), NV_CONFIG_BAD);
		assert_contains(err.text, "Interface: ");
		assert_string_equal(config.interfaces, "!eth0 /^en[0-9]{1,2}$/");
	}
	set(NULL, "IgnoreSelected", "false");
	assert_string_equal(config.interfaces, "eth0 /^en[0-9]{1,2}$/");
	/* In the other order, and after "all". */
	set(NULL, "Interfaces", "all");
	set(NULL, "IgnoreSelected", "false");
	assert_string_equal(config.interfaces, "all");
	set(NULL, "IgnoreSelected", "yes");
	set(NULL, "Interface", "wlan0");
	assert_true(nv_interfaces_valid(config.interfaces));
	assert_string_equal(config.interfaces, "! wlan0");
	nv_config_init(&config);
	for (int i = 0; i < 16; i++)
		set(NULL, "Interface", "eth0");
	assert_int_equal(nv_config_set(&config, NULL, "Interface", "eth0", &err), NV_CONFIG_BAD);
}

static void mute_and_baseline(void **state)
{
	static const char *const bad[] = { "2026-13-01", "2026-1-1", "2026-12-31 10:00", "tomorrow",
		"1969-01-01", "" };
	struct nv_limits *l = &config.limits[NV_I_tcpRetrans];
	struct tm day = { .tm_year = 126, .tm_mon = 11, .tm_mday = 31, .tm_isdst = -1 };
	struct nv_error err;

	(void)state;
	assert_int_equal(l->muted_until_s, 0);
	assert_false(l->no_baseline);
	set("tcpRetrans", "Mute", "true");
	assert_true(l->muted_until_s == INT64_MAX);
	set("tcpRetrans", "Mute", "2026-12-31");
	assert_true(l->muted_until_s == (int64_t)mktime(&day));
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(
			nv_config_set(&config, "tcpRetrans", "Mute", bad[i], &err), NV_CONFIG_BAD);
		assert_contains(err.text, "Mute");
		assert_contains(err.text, bad[i]);
		assert_contains(err.text, "the day when it ends");
		assert_true(l->muted_until_s == (int64_t)mktime(&day));
	}
	set("tcpRetrans", "Mute", "no");
	assert_int_equal(l->muted_until_s, 0);
	set("tcpRetrans", "Baseline", "false");
	assert_true(l->no_baseline);
	set("tcpRetrans", "Baseline", "true");
	assert_false(l->no_baseline);
	assert_int_equal(
		nv_config_set(&config, "tcpRetrans", "Baseline", "never", &err), NV_CONFIG_BAD);
	assert_int_equal(nv_config_set(&config, NULL, "Mute", "true", &err), NV_CONFIG_UNKNOWN);
}

static void unknown_names(void **state)
{
	struct nv_error err = { 0, "" };
	struct nv_config before;

	(void)state;
	memcpy(&before, &config, sizeof(config));
	assert_int_equal(nv_config_set(&config, NULL, "Intervall", "10", &err), NV_CONFIG_UNKNOWN);
	assert_contains(err.text, "Intervall");
	assert_int_equal(
		nv_config_set(&config, "tcpNonsense", "Warning", "1", &err), NV_CONFIG_UNKNOWN);
	assert_contains(err.text, "tcpNonsense");
	/* inside and outside of a block are two worlds */
	assert_int_equal(nv_config_set(&config, NULL, "Warning", "1", &err), NV_CONFIG_UNKNOWN);
	assert_int_equal(
		nv_config_set(&config, "tcpRetrans", "Interval", "1", &err), NV_CONFIG_UNKNOWN);
	assert_int_equal(nv_config_set(&config, NULL, "Interval", "x", NULL),
		NV_CONFIG_BAD); /* err may be NULL */
	assert_memory_equal(&before, &config, sizeof(config));
}

/* Does the option take what its syntax promises, and nothing beside it? Ranges and lists of words.
 */
static void as_the_syntax_says(const struct nv_option *option)
{
	const char *indicator = option->in_indicator ? "tcpRetrans" : NULL;
	const char *range = strstr(option->syntax, " to ");
	char value[64], *word, *save = NULL;
	double low, high;
	char syntax[256];

	while (range && range > option->syntax && range[-1] != ' ')
		range--;
	if (range && sscanf(range, "%lf to %lf", &low, &high) == 2) {
		for (int i = 0; i < 4; i++) {
			double edge = i < 2 ? low : high,
			       beyond = i % 2 ? (i < 2 ? -0.01 : 0.01) : 0;

			snprintf(value, sizeof(value), "%.2f", edge + beyond);
			if ((nv_config_set(&config, indicator, option->name, value, NULL) ==
				    NV_CONFIG_SET) != (i % 2 == 0))
				fail_msg("%s %s against \"%s\"", option->name, value,
					option->syntax);
		}
	} else if (strchr(option->syntax, '|') && !strchr(option->syntax, '/')) {
		snprintf(syntax, sizeof(syntax), "%s", option->syntax);
		for (word = strtok_r(syntax, " |", &save); word; word = strtok_r(NULL, " |", &save))
			set(indicator, option->name, word);
		assert_int_equal(nv_config_set(&config, indicator, option->name, "nonsense", NULL),
			NV_CONFIG_BAD);
	}
	nv_config_init(&config);
}

/* The table is the manual: what it says is the default is the default, and all of it can be set. */
static void the_table_of_options(void **state)
{
	struct nv_option option;
	unsigned rows = 0;

	(void)state;
	for (; nv_option_get(rows, &option); rows++) {
		struct nv_config before;
		struct nv_error err = { 0, "" };
		size_t length = strlen(option.text);

		assert_true(option.name[0] && option.syntax[0]);
		assert_true(length > 10 && option.text[length - 1] == '.' &&
			!strstr(option.text, "  "));
		as_the_syntax_says(&option);
		if (option.in_indicator || !option.initial[0])
			continue;
		memcpy(&before, &config, sizeof(config));
		if (nv_config_set(&config, NULL, option.name, option.initial, &err) !=
			NV_CONFIG_SET)
			fail_msg("%s: its own default is refused: %s", option.name, err.text);
		assert_memory_equal(&before, &config, sizeof(config));
	}
	assert_true(rows >= 13);
}

/* ---- whole texts
 * -------------------------------------------------------------------------------------- */

static char complaints[4096];

static void complain(void *context, enum nv_config_result result, const struct nv_error *err)
{
	size_t used = strlen(complaints);

	assert_ptr_equal(context, &config);
	snprintf(complaints + used, sizeof(complaints) - used, "%s %u: %s\n",
		result == NV_CONFIG_BAD ? "bad" : "unknown", err->line, err->text);
}

static int read_text(const char *text)
{
	struct guarded g = guard(text_of(text));
	int bad;

	complaints[0] = 0;
	bad = nv_config_read(
		&config, g.text.at, (size_t)(g.text.end - g.text.at), complain, &config);
	unguard(&g);
	return bad;
}

static void a_good_text(void **state)
{
	(void)state;
	assert_int_equal(
		read_text("# netvitals\n\n  Interval 5\r\nRoot \"/srv/a b\"\n\tWindow\t120  \n"
			  "<Indicator \"tcpRetrans\">\n  Warning 2\n  Failure 8\n</Indicator>\n"
			  "<indicator tcpTimeouts>\nEnabled false\n</indicator>\nNotify false"),
		0);
	assert_string_equal(complaints, "");
	assert_near(config.interval_s, 5, 0);
	assert_near(config.window_s, 120, 0);
	assert_string_equal(config.root, "/srv/a b");
	assert_near(config.limits[NV_I_tcpRetrans].warn, 0.02, 1e-12);
	assert_true(config.limits[NV_I_tcpTimeouts].disabled);
	assert_false(config.notify);
	assert_int_equal(read_text(""), 0);
}

/* What is no configuration is reported once, in visible characters, and fills no log. */
static void what_is_no_text(void **state)
{
	static const char bytes[] = "Window 90\nInterval \0005\nWindow 80\n";
	struct guarded g = guard((struct nv_text){ bytes, bytes + sizeof(bytes) - 1 });
	char many[4000] = "";
	unsigned lines = 0;

	(void)state;
	complaints[0] = 0;
	assert_int_equal(nv_config_read(&config, g.text.at, (size_t)(g.text.end - g.text.at),
				 complain, &config),
		1);
	unguard(&g);
	assert_string_equal(complaints,
		"bad 2: not text (a byte 0), expected lines of Option and value; nothing is taken\n");
	assert_near(config.window_s, 60, 0);

	assert_int_equal(
		read_text("\033[31mColour \033[0m\nInterval \x9b\t\x7fx\nStateD\xc3\xafr 1\n"), 1);
	assert_string_equal(complaints,
		"unknown 1: ?[31mColour: unknown option\n"
		"bad 2: Interval: \"? ?x\" is refused, expected seconds, 0.1 to 3600; the value "
		"before stays\nunknown 3: StateD\xc3\xafr: unknown option\n");

	for (unsigned i = 0; i < 200; i++)
		strcat(many, "Interval x\n");
	assert_int_equal(read_text(many), 200);
	for (const char *p = complaints; *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 21);
	assert_contains(
		complaints, "bad 21: refused too; refused lines below it are not reported\n");
}

static void bad_lines_are_named_and_passed_over(void **state)
{
	(void)state;
	assert_int_equal(
		read_text("Interval ten\nColour blue\nWindow\nWindow 90\n<Nonsense x>\n"), 3);
	assert_contains(complaints, "bad 1: Interval: \"ten\"");
	assert_contains(complaints, "0.1 to 3600");
	assert_contains(complaints, "unknown 2: Colour");
	assert_contains(complaints, "bad 3: Window");
	assert_contains(complaints, "bad 5: ");
	assert_near(config.interval_s, 10, 0);
	assert_near(config.window_s, 90, 0);
	/* of an indicator, which one */
	assert_int_equal(read_text("<Indicator \"tcpRetrans\">\nWarning 101\n</Indicator>\n"), 1);
	assert_contains(complaints,
		"bad 2: tcpRetrans: Warning: \"101\" is refused, expected percent for ratios (above 0, at most 100)");
}

static void a_strange_block_keeps_its_options(void **state)
{
	(void)state;
	assert_int_equal(
		read_text(
			"<Indicator \"tcpNonsense\">\nWarning 2\nFailure 3\n</Indicator>\nWindow 30\n"),
		1);
	assert_string_equal(complaints,
		"bad 1: <Indicator>: \"tcpNonsense\" is refused, expected the name of an indicator "
		"(netvitals catalog lists them); the block is left out\n");
	assert_near(config.window_s, 30, 0);
	/* options of a block that is none are nobody's, not the whole program's */
	nv_config_init(&config);
	assert_true(read_text("<Indicators \"x\">\nInterval 77\n</Indicators>\nWindow 30\n") > 0);
	assert_near(config.interval_s, 10, 0);
	assert_near(config.window_s, 30, 0);
}

static void long_lines(void **state)
{
	char text[3000];

	(void)state;
	memset(text, 'x', sizeof(text));
	snprintf(text + 2000, sizeof(text) - 2000, "\nWindow 30\n");
	assert_int_equal(read_text(text), 1);
	assert_contains(complaints, "bad 1: line is too long");
	assert_near(config.window_s, 30, 0);
	memset(text, ' ', 2000); /* blanks alone are still too long a line */
	assert_int_equal(read_text(text), 1);
}

/* Whatever the text is, reading ends and what is read is valid. */
static void any_bytes(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		char text[256];
		static const char alphabet[] = "<>Indicator/ \"#\n\r\t019.%Interval";

		for (size_t i = 0; i + 1 < sizeof(text); i++) {
			seed = seed * 1103515245u + 12345u;
			text[i] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
		}
		text[sizeof(text) - 1] = 0;
		read_text(text);
		assert_true(config.interval_s >= 0.1 && config.interval_s <= 3600);
	}
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, begin)
	const struct CMUnitTest tests[] = {
		CASE(every_value),
		CASE(values_reach_their_fields),
		CASE(paths_too_long),
		CASE(limits_of_an_indicator),
		CASE(warning_and_failure_agree),
		CASE(limits_in_force_never_contradict),
		CASE(one_interface_a_line),
		CASE(mute_and_baseline),
		CASE(unknown_names),
		CASE(the_table_of_options),
		CASE(a_good_text),
		CASE(what_is_no_text),
		CASE(bad_lines_are_named_and_passed_over),
		CASE(a_strange_block_keeps_its_options),
		CASE(long_lines),
		CASE(any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
