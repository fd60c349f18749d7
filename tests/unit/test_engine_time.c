/* SPDX-License-Identifier: MIT */
/*
 * Clocks and counters that do strange things while nothing is wrong with the network: no event, no
 * spike, no hour of the baseline in the wrong place; and a fault that stands goes on standing.
 */
#include <time.h>

#include "engine_run.h"

#define HOUR 360 /* samples */

static void expect_calm(void)
{
	const struct nv_report *r = nv_engine_report(run.engine);

	assert_int_equal(r->last_event, 0);
	assert_int_equal(r->status, NV_OK);
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
		assert_int_equal(r->classes[klass].worst10m, NV_OK);
}

/* ---- hours
 * ------------------------------------------------------------------------------------------ */

/* The local hour at which each hour of the run stands, and how many were learned at its end. */
static void hours(const int *each, unsigned count, unsigned learned)
{
	struct nv_usual usual;
	struct nv_state *saved;

	start(&run);
	for (unsigned h = 0; h < count; h++) {
		run.host.hour_of_week = each[h];
		healthy(HOUR);
	}
	expect_calm();
	assert_int_equal(nv_engine_report(run.engine)->discontinuities, 0);
	nv_engine_free(run.engine);
	run.engine = NULL;
	saved = nv_state_open(state_path(), &run.err);
	assert_non_null(saved);
	assert_true(nv_state_usual(saved, NV_I_tcpRetrans, each[0], &usual));
	assert_int_equal(usual.hours, learned);
	nv_state_close(saved);
}

static void summer_begins(void **state)
{
	static const int sunday[] = { 0, 1, 3, 4, 5 }; /* 02:00 is 03:00 */

	(void)state;
	hours(sunday, COUNT(sunday), 4); /* the last one still runs */
}

static void summer_ends(void **state)
{
	static const int sunday[] = { 0, 1, 2, 2, 3, 4 }; /* 03:00 is 02:00 again */

	(void)state;
	hours(sunday, COUNT(sunday), 4); /* two of them in one */
}

/* A recorded tree at that second: what the engine takes for the local hour. */
static int local_hour(const char *directory, int64_t time_s)
{
	struct nv_config config;
	struct nv_error err = { 0, "" };
	struct nv_engine *engine;
	char text[64];
	int hour;

	snprintf(text, sizeof(text), "btime %lld\n", (long long)time_s - 5000);
	put_file(directory, "stat", text);
	put_file(directory, "uptime", "5000.00 1.00\n");
	put_file(directory, "net/snmp", "Udp: InDatagrams NoPorts\nUdp: 1 1\n");
	put_file(directory, "net/netstat", "IpExt: InOctets\nIpExt: 1\n");
	nv_config_init(&config);
	snprintf(config.root, sizeof(config.root), "%s", directory);
	engine = nv_engine_new(&config, &err);
	if (!engine || nv_engine_poll(engine, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(nv_engine_time(engine), time_s);
	hour = nv_engine_snapshot(engine)->hour_of_week;
	nv_engine_free(engine);
	return hour;
}

static void the_local_hour_follows_the_law(void **state)
{
	static const struct {
		int64_t time_s;
		int hour;
	} seconds[] = {
		{ 1774745999, 1 }, /* Sunday 2026-03-29 01:59:59 */
		{ 1774746000, 3 }, /* one second later */
		{ 1792889999, 2 }, /* Sunday 2026-10-25 02:59:59, summer */
		{ 1792890000, 2 }, /* one second later: 02:00:00, winter */
		{ 1792893600, 3 },
		{ 1792890000 + 7 * 86400, 2 },
	};
	char directory[64];

	(void)state;
	/* A rule of its own: machines without a database of time zones know it. */
	assert_int_equal(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
	make_directory(directory);
	for (size_t i = 0; i < COUNT(seconds); i++)
		assert_int_equal(local_hour(directory, seconds[i].time_s), seconds[i].hour);
	remove_directory(directory);
	unsetenv("TZ");
	tzset();
}

/* What lies five minutes apart still says something of now; more, and the window begins anew. */
static void a_gap_of_five_minutes(void **state)
{
	static const struct {
		unsigned seconds, refused;
	} cases[] = { { 300, 0 }, { 301, 1 } };

	(void)state;
	start(&run);
	healthy(12);
	for (size_t i = 0; i < COUNT(cases); i++) {
		host_run(&run.host, cases[i].seconds);
		feed();
		assert_int_equal(nv_engine_report(run.engine)->discontinuities, cases[i].refused);
	}
}

/* ---- the wall clock
 * ---------------------------------------------------------------------------------- */

/* Steps of the wall clock alone, healthy before and after. A leap second is a step by one. */
static const int64_t wall_steps[] = { -1, 1, -3600, 3600, -86400, 86400, -40 * 365 * INT64_C(86400),
	10 * 365 * 86400 };

static void steps_of_the_wall_clock(void **state)
{
	(void)state;
	start(&run);
	healthy(30);
	for (size_t i = 0; i < COUNT(wall_steps); i++) {
		run.host.time_s += wall_steps[i];
		run.host.hour_of_week =
			(run.host.hour_of_week + (int)(wall_steps[i] / 3600 % 168) + 168) % 168;
		healthy(30);
		expect_calm();
	}
	assert_int_equal(nv_engine_report(run.engine)->discontinuities, 0);
	assert_near(nv_engine_report(run.engine)->seconds, 60, 1e-6); /* the window went on */
}

/* A fault is seen across a step, reported once, and is not of the last ten minutes for a day. */
static void a_fault_across_a_step(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wall_steps); i++) {
		start(&run);
		healthy(12);
		for (unsigned k = 0; k < 18; k++)
			ten_seconds(30);
		assert_int_equal(status_of(NV_CLASS_LOST), NV_WARNING);
		uint32_t reported = last_event();
		run.host.time_s += wall_steps[i];
		for (unsigned k = 0; k < 18; k++)
			ten_seconds(30);
		assert_int_equal(status_of(NV_CLASS_LOST), NV_WARNING);
		assert_int_equal(last_event(), reported);
		healthy(60);
		assert_int_equal(status_of(NV_CLASS_LOST), NV_OK);
		run.host.time_s -= 86400;
		healthy(1);
		assert_int_equal(
			nv_engine_report(run.engine)->classes[NV_CLASS_LOST].worst10m, NV_OK);
		nv_engine_free(run.engine);
		run.engine = NULL;
	}
}

static void suspended(void **state)
{
	(void)state;
	start(&run);
	healthy(12);
	for (unsigned i = 0; i < 5; i++) {
		/* Eight hours with the lid closed; retransmissions of all that had waited at the
		 * end. */
		run.host.boot_ns += UINT64_C(28800000000000);
		run.host.time_s += 28800;
		run.host.hour_of_week = (run.host.hour_of_week + 8) % 168;
		run.host.value[NV_C_tcpRetransSegs] += 5000;
		run.host.value[NV_C_tcpOutSegs] += 6000;
		healthy(18);
		expect_calm();
		assert_int_equal(nv_engine_report(run.engine)->discontinuities, i + 1);
	}
}

/* ---- counters
 * ------------------------------------------------------------------------------------------ */

static void another_namespace(void **state)
{
	(void)state;
	for (unsigned forward = 0; forward < 2; forward++) {
		start(&run);
		healthy(12);
		run.host.initial_netns = false;
		for (unsigned id = 1; id < NV_C_END; id++)
			if (run.host.present[id] && nv_counters[id].kind == NV_COUNTER)
				run.host.value[id] = forward ? run.host.value[id] + 70000 * (id % 7)
							     : id % 7;
		healthy(18);
		expect_calm();
		assert_int_equal(nv_engine_report(run.engine)->discontinuities, 1);
		nv_engine_free(run.engine);
		run.engine = NULL;
		run.host.initial_netns = true;
	}
}

static void wraps_at_32_bits(void **state)
{
	(void)state;
	run.host.width_bits = 32;
	for (unsigned id = 1; id < NV_C_END; id++)
		if (run.host.present[id] && nv_counters[id].kind == NV_COUNTER)
			run.host.value[id] = UINT32_MAX - 60000 - id;
	start(&run);
	for (unsigned i = 0; i < 60; i++) {
		host_run(&run.host, 10);
		run.host.value[NV_C_tcpRetransSegs] +=
			50; /* half a percent, on both sides of the wrap */
		for (unsigned id = 1; id < NV_C_END; id++)
			run.host.value[id] &= UINT32_MAX;
		feed();
		if (i > 8)
			assert_near(nv_engine_report(run.engine)->verdicts[NV_I_tcpRetrans].value,
				0.0051, 0.0002);
	}
	expect_calm();
	assert_int_equal(nv_engine_report(run.engine)->discontinuities, 0);
}

/* Cards with a past are plugged in, swapped for others of the same name, and pulled. */
static void hot_plugged(void **state)
{
	struct nv_interface *eth1;

	(void)state;
	start(&run);
	healthy(12);
	eth1 = nv_snapshot_interface(&run.host, text_of("eth1"));
	assert_non_null(eth1);
	eth1->feeds = true;
	eth1->present = (1u << NV_IF_VALUES) - 1;
	for (unsigned round = 0; round < 4; round++) {
		run.host.interface_count = 2;
		run.host.interfaces[1].index = 7 + round;
		for (unsigned i = 0; i < NV_IF_VALUES; i++)
			run.host.interfaces[1].value[i] = 1000000 * (round + 1);
		healthy(18);
		expect_calm();
		if (round % 2) {
			run.host.interface_count = 1;
			healthy(18);
			expect_calm();
		}
	}
	/* Seen all the same from then on. */
	for (unsigned i = 0; i < 18; i++) {
		run.host.interface_count = 2;
		run.host.interfaces[1].value[NV_C_ifInErrs - NV_C_ifInPkts] += 900;
		healthy(1);
	}
	assert_true(nv_is_raised(nv_engine_report(run.engine)->verdicts[NV_I_ifInErrors].status));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(summer_begins, begin_with_memory, end_with_memory),
		cmocka_unit_test_setup_teardown(summer_ends, begin_with_memory, end_with_memory),
		CASE(the_local_hour_follows_the_law),
		CASE(a_gap_of_five_minutes),
		CASE(steps_of_the_wall_clock),
		CASE(a_fault_across_a_step),
		CASE(suspended),
		CASE(another_namespace),
		CASE(wraps_at_32_bits),
		CASE(hot_plugged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
