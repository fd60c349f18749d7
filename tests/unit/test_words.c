/* SPDX-License-Identifier: MIT */
/* Sentences for every indicator in every state: length, order, and no "0" beside an alarm. */
#include "nv_memory.h"
#include "report/words.h"
#include "support.h"

static struct nv_report report;

static bool is_fraction(const struct nv_indicator *ind)
{
	return ind->kind == NV_RATIO || (ind->kind == NV_LEVEL && ind->den[0].counter);
}

/* A plain ASCII sentence that fits, without odd blanks. */
static void assert_sentence(const char *text)
{
	size_t length = strlen(text);

	if (length > 255 || strstr(text, "  ") || (length && text[length - 1] == ' ') ||
		strstr(text, "nan") || strstr(text, "inf ") || strstr(text, "(null)") ||
		strchr(text, '\n') || strstr(text, ".."))
		fail_msg("\"%s\"", text);
}

static void verdict_of(unsigned i, enum nv_status status, double scale)
{
	const struct nv_indicator *ind = &nv_indicators[i];
	struct nv_verdict *v = &report.verdicts[i];

	memset(v, 0, sizeof(*v));
	v->status = status;
	v->reason = NV_REASON_THRESHOLD;
	v->side = ind->side;
	v->warn = isinf(ind->warn) ? (double)NAN : ind->warn;
	v->crit = isinf(ind->crit) ? (double)NAN : ind->crit;
	v->usual = ind->warn / 20;
	v->seconds = 60;
	v->value = ind->warn * scale;
	v->denominator = is_fraction(ind) ? 1e15 : (double)NAN;
	v->numerator = is_fraction(ind) ? v->value * v->denominator : v->value;
}

static void every_verdict_is_a_sentence(void **state)
{
	static const enum nv_status statuses[] = { NV_OK, NV_WARNING, NV_CRITICAL, NV_UNKNOWN,
		NV_LEARNING, NV_DISABLED };
	static const double scales[] = { 0, 1, 7.77, 1e6 };

	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++)
		for (size_t s = 0; nv_indicator_exists(i) && s < COUNT(statuses); s++)
			for (size_t k = 0; k < COUNT(scales); k++) {
				verdict_of(i, statuses[s], scales[k]);
				report.verdicts[i].consequence_of = NV_I_tcpInChecksum;
				nv_say_verdict((enum nv_indicator_id)i, &report.verdicts[i]);
				assert_sentence(report.verdicts[i].text);
				assert_true(report.verdicts[i].text[0] != 0);
			}
}

static void what_a_verdict_says(void **state)
{
	static const struct {
		enum nv_indicator_id id;
		struct nv_verdict v;
		const char *text;
	} cases[] = {
		{ NV_I_tcpRetrans,
			{ .status = NV_CRITICAL,
				.value = 2913.0 / 41230,
				.numerator = 2913,
				.denominator = 41230,
				.seconds = 60,
				.warn = 0.01,
				.crit = 0.05,
				.usual = 0.0006 },
			"7.06 % retransmitted, 2913 of 41230 segments in 60 s (crit 5 %, usual 0.06 %)" },
		{ NV_I_tcpRetrans,
			{ .status = NV_OK,
				.value = 0.00105746,
				.numerator = 249379,
				.denominator = 235829612,
				.seconds = NAN,
				.warn = 0.01,
				.crit = 0.05,
				.usual = NAN },
			"0.105 % retransmitted, 249379 of 235829612 segments (warn 1 %)" },
		{ NV_I_tcpRetrans,
			{ .status = NV_OK,
				.value = NAN,
				.numerator = 0,
				.denominator = 0,
				.seconds = 60,
				.warn = 0.01,
				.crit = 0.05,
				.usual = NAN },
			"retransmitted: no traffic, 0 of 0 segments in 60 s (warn 1 %)" },
		{ NV_I_tcpListenOverflow,
			{ .status = NV_CRITICAL,
				.value = 212,
				.numerator = 212,
				.denominator = NAN,
				.seconds = 60,
				.warn = 5,
				.crit = 50,
				.usual = 0 },
			"212 clients turned away, accept queue full, in 60 s (crit 50/min, usual 0/min)" },
		{ NV_I_ipNoRoute,
			{ .status = NV_WARNING,
				.value = 1,
				.numerator = 1,
				.denominator = NAN,
				.seconds = NAN,
				.warn = 5,
				.crit = NAN,
				.usual = NAN },
			"1 packet without a route in all (warn 5/min)" },
		{ NV_I_udpNoPort,
			{ .status = NV_OK,
				.value = 0.5,
				.numerator = 40,
				.denominator = 80,
				.seconds = 60,
				.warn = 0.01,
				.crit = 0.1,
				.usual = NAN },
			"50 % of UDP datagrams went to a port without a listener, 40 of 80 datagrams in 60 s (warn 1 %)" },
		{ NV_I_tcpCloseWaitUnread,
			{ .status = NV_WARNING,
				.value = 20,
				.numerator = 20,
				.denominator = NAN,
				.seconds = 60,
				.warn = 5,
				.crit = 50,
				.usual = NAN },
			"20 sockets in CLOSE_WAIT with unread data (warn 5)" },
		{ NV_I_tcpRetrans,
			{ .status = NV_DISABLED,
				.value = NAN,
				.numerator = NAN,
				.denominator = NAN,
				.seconds = 60,
				.warn = 0.01,
				.crit = NAN,
				.usual = NAN },
			"not counted here" },
		{ NV_I_tcpRetrans,
			{ .status = NV_UNKNOWN,
				.value = NAN,
				.numerator = NAN,
				.denominator = NAN,
				.seconds = 60,
				.warn = 0.01,
				.crit = NAN,
				.usual = NAN },
			"no data: segments retransmitted" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nv_verdict v = cases[i].v;

		nv_say_verdict(cases[i].id, &v);
		assert_contains(v.text, cases[i].text);
	}
}

/* The first 60 characters: what, before, now. All of it within 255 bytes, with the event's number.
 */
static void every_event_suffices_for_a_pager(void **state)
{
	static const enum nv_status statuses[] = { NV_OK, NV_WARNING, NV_CRITICAL, NV_UNKNOWN };

	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++)
		for (unsigned k = 0; nv_indicator_exists(i) && k < 16; k++)
			for (int of_class = 0; of_class < 2; of_class++) {
				const struct nv_indicator *ind = &nv_indicators[i];
				struct nv_event e = { .number = 4294967295u,
					.indicator = (uint16_t)i,
					.klass = ind->klass,
					.before = statuses[k % 4],
					.now = statuses[k / 4],
					.side = ind->side,
					.kind = of_class ? NV_EVENT_CLASS : NV_EVENT_INDICATOR };
				char first[61], number[32];

				if (e.before == e.now)
					continue;
				verdict_of(i, e.now, 1e3);
				report.verdicts[i].consequence_of = NV_I_icmpInUnreachable;
				nv_say_verdict((enum nv_indicator_id)i, &report.verdicts[i]);
				nv_say_event(&report, 1080, ind->warn * 1e4, false, &e);
				assert_sentence(e.text);
				snprintf(first, sizeof(first), "%.60s", e.text);
				assert_contains(
					first, of_class ? nv_classes[ind->klass].name : ind->name);
				assert_contains(first, nv_status_name(e.before));
				assert_true(
					strncmp(e.text,
						of_class ? nv_classes[ind->klass].name : ind->name,
						4) == 0);
				if (e.now == NV_WARNING)
					assert_contains(first, "WARNING");
				if (e.now == NV_CRITICAL)
					assert_contains(first, "CRITICAL");
				/* By how much, too; 1000 times the limit is a long number. */
				nv_say_value(ind->kind, is_fraction(ind), report.verdicts[i].value,
					number, sizeof(number));
				number[strcspn(number, "/ ")] = 0;
				if (of_class && nv_is_raised(e.now))
					assert_contains(first, number);
				snprintf(number, sizeof(number), "Event %u", e.number);
				assert_contains(e.text, number);
			}
}

static void a_clear_says_how_long_and_how_bad(void **state)
{
	struct nv_event e = { .number = 4191,
		.indicator = NV_I_tcpRetrans,
		.klass = NV_CLASS_LOST,
		.before = NV_CRITICAL,
		.now = NV_OK,
		.side = NV_SIDE_PATH,
		.kind = NV_EVENT_CLASS };

	(void)state;
	verdict_of(NV_I_tcpRetrans, NV_OK, 0.07);
	nv_say_verdict(NV_I_tcpRetrans, &report.verdicts[NV_I_tcpRetrans]);
	nv_say_event(&report, 1080, 0.098, false, &e);
	assert_contains(e.text, "lost ok (was critical 18 min, peak 9.8 %): ");
	assert_contains(e.text, ". Event 4191");
	assert_null(strstr(e.text, "path"));
}

/* Labels are in the plural; one is one. */
static void one_is_no_plural(void **state)
{
	char text[NV_NAME_SIZE];

	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_indicator *ind = &nv_indicators[i];

		if (!nv_indicator_exists(i) || is_fraction(ind))
			continue;
		assert_string_equal(nv_label_for(ind, 2, text), ind->label);
		assert_int_equal(strlen(nv_label_for(ind, 1, text)), strlen(ind->label) - 1);
	}
	assert_string_equal(nv_label_for(&nv_indicators[NV_I_icmpInTimeExceeded], 1, text),
		"time exceeded message received");
	assert_string_equal(nv_label_for(&nv_indicators[NV_I_tcpSynFlood], 1, text),
		"SYN that found the SYN queue full");
	assert_string_equal(
		nv_label_for(&nv_indicators[NV_I_tcpRetrans], 1, text), "retransmitted");
}

/* Never "0" while firing: cut to three digits, a value that is not zero does not look like zero. */
static void no_zero_while_firing(void **state)
{
	char text[32];

	(void)state;
	for (double value = 1; value > 1e-9; value /= 1.7)
		for (int fraction = 0; fraction < 2; fraction++) {
			nv_say_value(fraction ? NV_RATIO : NV_COUNT, fraction, value, text,
				sizeof(text));
			if (strtod(text, NULL) == 0 && text[0] != '<')
				fail_msg("%.12g is \"%s\"", value, text);
		}
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_indicator *ind = &nv_indicators[i];

		if (!nv_indicator_exists(i) || isinf(ind->warn))
			continue;
		verdict_of(i, NV_WARNING, 1);
		report.verdicts[i].usual = NAN;
		nv_say_verdict((enum nv_indicator_id)i, &report.verdicts[i]);
		if (strncmp(report.verdicts[i].text, "0 ", 2) == 0 ||
			strstr(report.verdicts[i].text, ": 0 ") ||
			strstr(report.verdicts[i].text, "warn 0 ") ||
			strstr(report.verdicts[i].text, ", 0 of"))
			fail_msg("%s: %s", ind->name, report.verdicts[i].text);
	}
}

static void values_are_cut_not_rounded(void **state)
{
	static const struct {
		enum nv_kind kind;
		bool fraction;
		double value;
		const char *text;
	} cases[] = {
		{ NV_RATIO, true, 0.00105746, "0.105 %" },
		{ NV_RATIO, true, 0.09998, "9.99 %" },
		{ NV_RATIO, true, 0.01, "1 %" },
		{ NV_RATIO, true, 0.05, "5 %" },
		{ NV_RATIO, true, 0.15, "15 %" },
		{ NV_RATIO, true, 1, "100 %" },
		{ NV_RATIO, true, 0, "0 %" },
		{ NV_RATIO, true, NAN, "-" },
		{ NV_RATIO, true, 0.001, "0.1 %" },
		{ NV_RATIO, true, 0.0006, "0.06 %" },
		{ NV_COUNT, false, 50, "50/min" },
		{ NV_COUNT, false, 1234567, "1234567/min" },
		{ NV_LEVEL, false, 5, "5" },
		{ NV_LEVEL, true, 0.8, "80 %" },
		{ NV_COUNT, false, 2.5, "2.5/min" },
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		nv_say_value(cases[i].kind, cases[i].fraction, cases[i].value, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

/* Where one event is one too many there is no rate: "any", whatever the time. */
static void limits_say_what_they_are(void **state)
{
	static const struct {
		enum nv_indicator_id id;
		double limit;
		const char *text;
	} cases[] = {
		{ NV_I_mbufDenied, 1, "any" },
		{ NV_I_mbufDenied, 0.5, "any" },
		{ NV_I_mbufDenied, 72, "72" },
		{ NV_I_mbufDenied, NAN, "-" },
		{ NV_I_mbufDenied, INFINITY, "never" },
		{ NV_I_tcpRetrans, 0.01, "1 %" },
		{ NV_I_tcpListenOverflow, 50, "50/min" },
		{ NV_I_tcpCloseWaitUnread, 5, "5" },
		{ NV_I_tcpRetrans, NAN, "-" },
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		nv_say_limit(&nv_indicators[cases[i].id], cases[i].limit, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
	verdict_of(NV_I_mbufDenied, NV_WARNING, 72);
	report.verdicts[NV_I_mbufDenied].usual = NAN;
	nv_say_verdict(NV_I_mbufDenied, &report.verdicts[NV_I_mbufDenied]);
	assert_contains(report.verdicts[NV_I_mbufDenied].text, "(warn any");
	assert_null(strstr(report.verdicts[NV_I_mbufDenied].text, "/min"));
}

/* A status that is held says why, also where there is no traffic any more. */
static void what_is_held_says_so(void **state)
{
	struct nv_verdict *v = &report.verdicts[NV_I_tcpConnectFailed];

	(void)state;
	verdict_of(NV_I_tcpConnectFailed, NV_WARNING, 1);
	v->reason = NV_REASON_SUSTAINED;
	v->numerator = v->denominator = 0;
	v->value = NAN;
	v->max10m = 0.5;
	nv_say_verdict(NV_I_tcpConnectFailed, v);
	assert_contains(v->text, "own connection attempts failed: no traffic, 0 of 0");
	assert_int_not_equal(strncmp(v->text, "of ", 3), 0);
	assert_contains(v->text, "; held, 50 % within 10 min");
	v->max10m = NAN;
	nv_say_verdict(NV_I_tcpConnectFailed, v);
	assert_contains(v->text, "; held until it has stayed below for longer");
	v->value = 1;
	nv_say_verdict(NV_I_tcpConnectFailed, v);
	assert_null(strstr(v->text, "held"));
}

static void durations(void **state)
{
	static const struct {
		double seconds;
		const char *text;
	} cases[] = { { NAN, "unknown time" }, { 5, "5 s" }, { 5.004, "5 s" }, { 2.01, "2 s" },
		{ 0.5, "0.5 s" }, { 60, "60 s" }, { 119.4, "119 s" }, { 120, "2 min" },
		{ 1080, "18 min" }, { 7200, "2 h" }, { 3 * 86400, "3 d" },
		{ 212 * 86400.0, "212 d" } };
	char text[32];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		nv_say_duration(cases[i].seconds, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

static void classes(void **state)
{
	char text[NV_TEXT_SIZE];
	struct nv_class_state *lost = &report.classes[NV_CLASS_LOST];

	(void)state;
	memset(&report, 0, sizeof(report));
	lost->status = NV_UNKNOWN;
	nv_say_class(&report, NV_CLASS_LOST, text);
	assert_string_equal(text, "no sample yet");
	report.samples = 5;
	nv_say_class(&report, NV_CLASS_LOST, text);
	assert_string_equal(text, "no data");
	lost->status = NV_OK;
	nv_say_class(&report, NV_CLASS_LOST, text);
	assert_string_equal(text, "");
	report.verdicts[NV_I_tcpSynRetrans].reason = NV_REASON_NOTED;
	report.verdicts[NV_I_tcpRetrans].reason = NV_REASON_MUTED;
	nv_say_class(&report, NV_CLASS_LOST, text);
	assert_string_equal(text, "1 noted, 1 muted by configuration");
	struct nv_mute mute = { .until_s = 1700000000 + 3600, .by = "jd", .why = "CHG4711" };
	report.time_s = 1700000000;
	report.mutes = &mute;
	report.verdicts[NV_I_tcpRetrans].mute = 1;
	nv_say_class(&report, NV_CLASS_LOST, text);
	assert_contains(text, "1 noted, 1 muted until ");
	assert_contains(text, " (jd: CHG4711)");
	lost->status = NV_CRITICAL;
	lost->worst = NV_I_tcpRetrans;
	lost->side = NV_SIDE_PATH;
	verdict_of(NV_I_tcpRetrans, NV_CRITICAL, 7);
	nv_say_verdict(NV_I_tcpRetrans, &report.verdicts[NV_I_tcpRetrans]);
	nv_say_class(&report, NV_CLASS_LOST, text);
	assert_contains(text, "7 % retransmitted");
	assert_contains(text, "The path");
	assert_sentence(text);
}

/* A program that went away is part of the sentence, and of the event only once. */
static void a_program_that_went_away(void **state)
{
	static struct nv_offender gone = { .klass = NV_CLASS_APPLICATION,
		.indicator = NV_I_udpNoPort,
		.text = "udp/514 had a listener until 03:11" };
	struct nv_event e = { .number = 7,
		.indicator = NV_I_udpNoPort,
		.klass = NV_CLASS_APPLICATION,
		.before = NV_OK,
		.now = NV_WARNING,
		.side = NV_SIDE_THIS_HOST,
		.kind = NV_EVENT_CLASS };
	struct nv_verdict *v = &report.verdicts[NV_I_udpNoPort];
	const char *first;

	(void)state;
	report.offenders = &gone;
	report.offender_count = 1;
	for (report.listeners_gone = 0; report.listeners_gone < 2; report.listeners_gone++) {
		verdict_of(NV_I_udpNoPort, NV_WARNING, 0.5);
		nv_say_verdict(NV_I_udpNoPort, v);
		nv_say_gone(&report, NV_I_udpNoPort, v);
		assert_int_equal(strstr(v->text, "; udp/514 had a listener until 03:11") != NULL,
			report.listeners_gone);
	}
	assert_sentence(v->text);
	nv_say_event(&report, NAN, NAN, false, &e);
	first = strstr(e.text, "udp/514");
	assert_non_null(first);
	assert_null(strstr(first + 1, "udp/514"));
	report.offenders = NULL;
	report.offender_count = report.listeners_gone = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verdict_is_a_sentence),
		cmocka_unit_test(what_a_verdict_says),
		cmocka_unit_test(every_event_suffices_for_a_pager),
		cmocka_unit_test(a_clear_says_how_long_and_how_bad),
		cmocka_unit_test(one_is_no_plural),
		cmocka_unit_test(no_zero_while_firing),
		cmocka_unit_test(values_are_cut_not_rounded),
		cmocka_unit_test(limits_say_what_they_are),
		cmocka_unit_test(what_is_held_says_so),
		cmocka_unit_test(durations),
		cmocka_unit_test(classes),
		cmocka_unit_test(a_program_that_went_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
