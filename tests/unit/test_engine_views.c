/* SPDX-License-Identifier: MIT */
/*
 * What others see of an engine: report, totals, events, one-shot reports; restarts; recorded trees
 * that end, fail and come back.
 */
#include "engine_run.h"

/* ---- views
 * ---------------------------------------------------------------------------------------------- */

static void sums_never_decrease(void **state)
{
	double numerator = 0, denominator = 0;

	(void)state;
	start(&run);
	feed();
	for (unsigned i = 0; i < 100; i++) {
		ten_seconds(i % 7);
		if (i % 25 == 24)
			to_the_start();
		const struct nv_verdict *v =
			&nv_engine_report(run.engine)->verdicts[NV_I_tcpRetrans];
		assert_true(v->sum_numerator >= numerator && v->sum_denominator >= denominator);
		numerator = v->sum_numerator;
		denominator = v->sum_denominator;
	}
	assert_true(numerator > 1000 && denominator > 500000);
}

static void the_ring_of_events(void **state)
{
	static struct nv_event events[400];
	struct nv_error err;
	unsigned n;

	(void)state;
	nv_config_set(&run.config, "tcpMemory", "Enabled", "true", &err);
	start(&run);
	feed();
	/* 100 faults on, 100 off: two events each and more than the ring holds */
	for (unsigned i = 0; i < 12000 && last_event() < 300; i++) {
		host_run(&run.host, 10);
		run.host.present[NV_C_tcpRetransSegs] = (i / 8) % 2 == 0;
		feed();
	}
	assert_true(last_event() >= 300);
	n = nv_engine_events(run.engine, 0, events, COUNT(events));
	assert_int_equal(n, 256);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(events[i].number, last_event() - n + 1 + i);
	assert_int_equal(nv_engine_events(run.engine, last_event() - 3, events, COUNT(events)), 3);
	assert_int_equal(events[0].number, last_event() - 2);
	assert_int_equal(nv_engine_events(run.engine, last_event() - 3, events, 2), 2);
	assert_int_equal(nv_engine_events(run.engine, last_event(), events, COUNT(events)), 0);
	assert_int_equal(nv_engine_events(run.engine, last_event() + 7, events, COUNT(events)), 0);
}

static void two_engines_do_not_meet(void **state)
{
	static struct nv_report alone;
	struct run other;

	(void)state;
	start(&run);
	feed();
	for (unsigned i = 0; i < 40; i++)
		ten_seconds(40);
	alone = *nv_engine_report(run.engine);
	end(NULL);
	begin(NULL);
	memset(&other, 0, sizeof(other));
	other.config = run.config;
	host_init(&other.host);
	start(&run);
	start(&other);
	feed();
	nv_engine_feed(other.engine, &other.host);
	for (unsigned i = 0; i < 40; i++) {
		ten_seconds(40);
		host_run(&other.host, 10);
		nv_engine_feed(other.engine, &other.host);
		nv_engine_report(other.engine);
	}
	for (unsigned i = 1; i < NV_I_END; i++)
		assert_memory_equal(&nv_engine_report(run.engine)->verdicts[i], &alone.verdicts[i],
			sizeof(alone.verdicts[i]));
	assert_int_equal(nv_engine_report(other.engine)->status, NV_OK);
	assert_int_equal(nv_engine_report(other.engine)->last_event, 0);
	nv_engine_free(other.engine);
	nv_snapshot_fini(&other.host);
}

static void totals_are_a_hint_and_change_nothing(void **state)
{
	static struct nv_report total;
	static struct nv_report before;

	(void)state;
	for (unsigned id = 1; id < NV_C_END; id++)
		if (nv_counters[id].kind == NV_COUNTER)
			run.host.value[id] = 0;
	run.host.value[NV_C_tcpOutSegs] = 1000000;
	run.host.value[NV_C_tcpRetransSegs] = 900000; /* 45 % since boot */
	start(&run);
	feed();
	healthy(10);
	before = *nv_engine_report(run.engine);
	nv_engine_total(run.engine, &total);
	assert_true(total.total);
	assert_int_equal(total.status, NV_WARNING); /* never critical */
	assert_int_equal(total.classes[NV_CLASS_LOST].worst, NV_I_tcpRetrans);
	assert_near(total.seconds, run.host.uptime_s, 1e-6);
	assert_near(total.verdicts[NV_I_tcpRetrans].value,
		before.verdicts[NV_I_tcpRetrans].total_value, 1e-12);
	assert_int_equal(nv_engine_report(run.engine)->status, NV_OK);
	assert_true(before.verdicts[NV_I_tcpRetrans].value ==
		nv_engine_report(run.engine)->verdicts[NV_I_tcpRetrans].value);
	healthy(30);
	assert_int_equal(last_event(), 0);
}

static void a_person_sees_it_in_five_seconds(void **state)
{
	const struct nv_report *r;

	(void)state;
	run.config.mode = NV_ONESHOT;
	run.config.interval_s = 1;
	start(&run);
	feed();
	for (unsigned i = 0; i < 5; i++) {
		host_run(&run.host, 1);
		run.host.value[NV_C_tcpRetransSegs] += 80;
		feed();
	}
	r = nv_engine_report(run.engine);
	assert_near(r->seconds, 5, 1e-6);
	assert_int_equal(r->classes[NV_CLASS_LOST].status, NV_CRITICAL);
	assert_near(r->verdicts[NV_I_tcpRetrans].numerator, 400, 0);
	assert_near(r->verdicts[NV_I_tcpRetrans].denominator, 5400, 0);
	assert_int_equal(r->verdicts[NV_I_tcpRetrans].reason, NV_REASON_THRESHOLD);
}

/* Ten bad seconds in ten minutes: the whole is fine, the slice is shown. */
static void the_worst_slice_is_shown(void **state)
{
	const struct nv_verdict *v;

	(void)state;
	run.config.mode = NV_ONESHOT;
	run.config.interval_s = 1;
	start(&run);
	feed();
	for (unsigned i = 0; i < 600; i++) {
		host_run(&run.host, 1);
		run.host.value[NV_C_tcpRetransSegs] += i / 10 == 30 ? 40 : 0;
		feed();
	}
	v = &nv_engine_report(run.engine)->verdicts[NV_I_tcpRetrans];
	assert_int_equal(v->status, NV_WARNING);
	assert_near(v->seconds, 10, 1e-6);
	assert_near(v->numerator, 400, 0);
}

/* ---- restarts
 * ------------------------------------------------------------------------------------------------
 */

/* The program ends in the middle of a fault and starts again: nothing is reported twice, all is
 * cleared once. */
static void restart_in_a_fault(void **state)
{
	char directory[64];
	uint32_t reported;

	(void)state;
	snprintf(run.config.state_dir, sizeof(run.config.state_dir), "%s",
		make_directory(directory));
	snprintf(run.config.front_end, sizeof(run.config.front_end), "unit");
	for (int repaired = 0; repaired < 2; repaired++) {
		start(&run);
		feed();
		for (unsigned i = 0; i < 30; i++)
			ten_seconds(120);
		assert_int_equal(status_of(NV_CLASS_LOST), NV_CRITICAL);
		reported = last_event();
		nv_engine_free(run.engine);
		start(&run);
		assert_int_equal(last_event(), reported); /* numbers go on */
		feed();
		for (unsigned i = 0; i < 12 && !repaired; i++) {
			ten_seconds(120);
			assert_int_equal(status_of(NV_CLASS_LOST), NV_CRITICAL);
			assert_int_equal(last_event(), reported);
		}
		for (unsigned i = 0; i < 300 && status_of(NV_CLASS_LOST) != NV_OK; i++)
			ten_seconds(0);
		assert_int_equal(class_event(NV_CLASS_LOST).now, NV_OK);
		assert_int_equal(class_event(NV_CLASS_LOST).indicator, NV_I_tcpRetrans);
		assert_true(last_event() > reported);
		for (uint32_t n = 1; n <= last_event(); n++)
			assert_int_equal(event_of(n).number, n);
		nv_engine_free(run.engine);
		run.engine = NULL;
	}
	remove_directory(directory);
}

/* ---- recorded trees
 * ---------------------------------------------------------------------------------------- */

static void put_tree(const char *directory, const char *step, unsigned uptime_s, unsigned segments,
	unsigned again)
{
	char name[64], text[256];

	snprintf(name, sizeof(name), "%snet/snmp", step);
	snprintf(text, sizeof(text),
		"Ip: Forwarding InReceives OutRequests\nIp: 2 %u %u\n"
		"Tcp: InSegs OutSegs RetransSegs InCsumErrors\nTcp: %u %u %u 0\n",
		segments, segments, segments, segments, again);
	put_file(directory, name, text);
	snprintf(name, sizeof(name), "%suptime", step);
	snprintf(text, sizeof(text), "%u.50 0.00\n", uptime_s);
	put_file(directory, name, text);
	snprintf(name, sizeof(name), "%sstat", step);
	put_file(directory, name, "btime 1700000000\n");
}

static int poll_once(void)
{
	return nv_engine_poll(run.engine, &run.err);
}

static void a_series_plays_to_its_end(void **state)
{
	char directory[64], step[16];

	(void)state;
	make_directory(directory);
	for (unsigned i = 0; i < 40; i++) {
		snprintf(step, sizeof(step), "%04u/", i);
		put_tree(directory, step, 1000 + 10 * i, 100000 + 10000 * i, 700 * i);
	}
	snprintf(run.config.root, sizeof(run.config.root), "%s", directory);
	start(&run);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(poll_once(), 1);
	assert_int_equal(status_of(NV_CLASS_LOST), NV_CRITICAL);
	assert_int_equal(nv_engine_time(run.engine), 1700000000 + 1390);
	uint32_t reported = last_event();

	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(poll_once(), 0);
	assert_int_equal(
		status_of(NV_CLASS_LOST), NV_CRITICAL); /* the end of a recording is no fault */
	assert_int_equal(last_event(), reported);
	remove_directory(directory);
}

static void a_file_that_vanishes_is_unknown_never_ok(void **state)
{
	char directory[64], path[128];

	(void)state;
	make_directory(directory);
	put_tree(directory, "", 1000, 100000, 0);
	snprintf(run.config.root, sizeof(run.config.root), "%s", directory);
	start(&run);
	for (unsigned i = 0; i < 10; i++) {
		put_tree(directory, "", 1000 + 10 * i, 100000 + 10000 * i, 0);
		assert_int_equal(poll_once(), 1);
	}
	assert_int_equal(poll_once(), 0); /* nothing new */
	assert_int_equal(status_of(NV_CLASS_LOST), NV_OK);
	snprintf(path, sizeof(path), "%s/net/snmp", directory);
	unlink(path);
	for (unsigned i = 0; i < 6; i++) {
		char uptime[32];

		snprintf(uptime, sizeof(uptime), "%u.50 0\n", 1100 + 10 * i);
		put_file(directory, "uptime", uptime);
		assert_int_equal(poll_once(), -1);
		assert_contains(run.err.text, path);
		assert_int_equal(status_of(NV_CLASS_LOST), i < 3 ? NV_OK : NV_UNKNOWN);
		assert_int_equal(nv_engine_report(run.engine)->stale, i >= 3);
	}
	assert_int_equal(nv_engine_report(run.engine)->status, NV_UNKNOWN);
	assert_int_equal(class_event(NV_CLASS_LOST).now, NV_UNKNOWN);
	assert_int_equal(nv_engine_report(run.engine)->failures, 6);
	for (unsigned i = 0; i < 10; i++) {
		put_tree(directory, "", 1200 + 10 * i, 200000 + 10000 * i, 0);
		assert_int_equal(poll_once(), 1);
	}
	assert_int_equal(status_of(NV_CLASS_LOST), NV_OK);
	assert_int_equal(class_event(NV_CLASS_LOST).before, NV_UNKNOWN);
	remove_directory(directory);
}

static void no_such_root(void **state)
{
	(void)state;
	snprintf(run.config.root, sizeof(run.config.root), "/nonexistent/tree");
	run.engine = nv_engine_new(&run.config, &run.err);
	assert_null(run.engine);
	assert_contains(run.err.text, "/nonexistent/tree");
	assert_contains(run.err.text, "expected");
	nv_engine_free(NULL);
}

/* What a front end has seen stands among the others, with the next number. */
static void a_front_end_adds_an_event(void **state)
{
	struct nv_event seen = { .number = 77,
		.kind = NV_EVENT_INTERFACE,
		.interface = 3,
		.klass = NV_CLASS_SYSTEM,
		.before = NV_OK,
		.now = NV_WARNING,
		.text = "interface eth0 warning" };

	(void)state;
	start(&run);
	feed();
	nv_engine_add_event(run.engine, &seen);
	assert_int_equal(last_event(), 1);
	assert_int_equal(event_of(1).interface, 3);
	assert_int_equal(event_of(1).time_s, run.host.time_s);
	assert_false(event_of(1).notify); /* classes alone, by default */
	assert_string_equal(event_of(1).text, "interface eth0 warning. Event 1");
	memset(seen.text, 'x', sizeof(seen.text) - 1);
	run.config.notify_scope = NV_SCOPE_BOTH;
	assert_true(nv_engine_adjust(run.engine, &run.config));
	nv_engine_add_event(run.engine, &seen);
	assert_true(event_of(2).notify);
	assert_contains(event_of(2).text, ". Event 2");
	for (unsigned i = 0; i < 60; i++)
		ten_seconds(80);
	assert_true(last_event() > 2);
	assert_int_equal(event_of(3).number, 3);
}

/* What every option of a file can do at SIGHUP: it takes effect with the next sample, or takes a
 * new engine. */
static void what_takes_a_new_engine(void **state)
{
	static const struct {
		const char *option, *value;
		bool at_once;
	} rows[] = { { "Interval", "7", false }, { "Window", "120", false },
		{ "Profile", "strict", true }, { "Role", "router", true },
		{ "Root", "/elsewhere", false }, { "StateDir", "/elsewhere", false },
		{ "SaveInterval", "60", true }, { "AcceptDays", "9", true },
		{ "Interfaces", "all", false }, { "Sockets", "none", false },
		{ "SocketsBudget", "5", false }, { "Forensics", "false", false },
		{ "Notify", "false", true }, { "NotifyScope", "both", true },
		{ "NotifyMinSeverity", "critical", true }, { "NotifyHoldTime", "60", true } };

	(void)state;
	start(&run);
	for (unsigned i = 0; i < COUNT(rows); i++) {
		struct nv_config changed = run.config;

		assert_int_equal(
			nv_config_set(&changed, NULL, rows[i].option, rows[i].value, &run.err),
			NV_CONFIG_SET);
		if (nv_engine_adjust(run.engine, &changed) != rows[i].at_once)
			fail_msg("%s", rows[i].option);
		assert_true(nv_engine_adjust(run.engine, &run.config));
	}
}

static void rates_of_the_window(void **state)
{
	static double rate[NV_C_END];

	(void)state;
	start(&run);
	feed();
	nv_engine_rates(run.engine, rate);
	assert_true(isnan(rate[NV_C_tcpRetransSegs]));
	for (unsigned i = 0; i < 10; i++)
		ten_seconds(7);
	nv_engine_rates(run.engine, rate);
	assert_true(fabs(rate[NV_C_tcpRetransSegs] - 7.1) < 1e-9);
	assert_true(isnan(rate[NV_C_tcpCurrEstab])); /* a level has none */
	assert_true(isnan(rate[NV_C_NONE]));
	to_the_start();
	ten_seconds(7);
	nv_engine_rates(run.engine, rate);
	assert_false(rate[NV_C_tcpRetransSegs] > 0);
}

static void hours(unsigned count)
{
	for (unsigned i = 0; i < count * 360; i++) {
		run.host.hour_of_week = (int)(50 + i / 360);
		ten_seconds(1);
	}
}

static uint32_t hours_of(enum nv_indicator_id id)
{
	return nv_engine_report(run.engine)->verdicts[id].learned_hours;
}

static void what_is_usual_is_forgotten(void **state)
{
	(void)state;
	run.config.limits[NV_I_tcpSynRetrans].no_baseline = true;
	start(&run);
	feed();
	hours(4);
	assert_in_range(hours_of(NV_I_tcpRetrans), 3, 4);
	assert_int_equal(hours_of(NV_I_tcpRetrans), hours_of(NV_I_tcpTimeouts));
	assert_int_equal(hours_of(NV_I_tcpSynRetrans), 0);
	nv_engine_forget_baseline(run.engine, NV_I_tcpRetrans);
	assert_int_equal(hours_of(NV_I_tcpRetrans), 0);
	assert_in_range(hours_of(NV_I_tcpTimeouts), 3, 4);
	ten_seconds(1);
	assert_int_equal(status_of(NV_CLASS_LOST), NV_OK);
	nv_engine_forget_baseline(run.engine, NV_I_NONE);
	for (unsigned i = 1; i < NV_I_END; i++)
		assert_int_equal(hours_of((enum nv_indicator_id)i), 0);
	hours(2);
	assert_in_range(hours_of(NV_I_tcpRetrans), 1, 2);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(sums_never_decrease),
		CASE(the_ring_of_events),
		CASE(two_engines_do_not_meet),
		CASE(totals_are_a_hint_and_change_nothing),
		CASE(a_person_sees_it_in_five_seconds),
		CASE(the_worst_slice_is_shown),
		CASE(restart_in_a_fault),
		CASE(a_series_plays_to_its_end),
		CASE(a_file_that_vanishes_is_unknown_never_ok),
		CASE(no_such_root),
		CASE(a_front_end_adds_an_event),
		CASE(what_takes_a_new_engine),
		CASE(rates_of_the_window),
		CASE(what_is_usual_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
