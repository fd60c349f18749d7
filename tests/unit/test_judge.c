/* SPDX-License-Identifier: MIT */
/*
 * The daemon's verdict as tables of slots: what raises, when, what does not, what lowers.
 * Slots of 10 s; the fast window is the sum of the last six, as the engine makes it.
 */
#include "judged_host.h"

static enum nv_status slot(struct host *host, double num, double den)
{
	return host_slot(host, NO_HOUR, num, den);
}

static void test_plain_loss_raises_within_two_minutes(void **state)
{
	(void)state;
	struct host host;
	host_init(&host, NV_I_tcpRetrans);
	assert_int_equal(slots(&host, 60, 1, 10000), NV_OK);
	unsigned took = until(&host, NV_WARNING, 200, 10000);
	assert_in_range(took, 6, 12);
	assert_int_equal(host.verdict.reason, NV_REASON_THRESHOLD);
	assert_true(host.verdict.numerator > 0);
	assert_true(host.verdict.value > 0.01);
	assert_true(until(&host, NV_CRITICAL, 1000, 10000) <= 12);
}

/* A great excess of many events is believed within a minute and a half, a small one in its time. */
static void test_great_excess_is_believed_sooner(void **state)
{
	(void)state;
	static const struct {
		double lost;
		unsigned from, to;
	} cases[] = { { 1000, 9, 9 }, { 200, 9, 9 }, { 130, 9, 30 }, { 70, 999, 999 } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct host host;
		host_init(&host, NV_I_tcpRetrans);
		slots(&host, 60, 1, 10000);
		assert_in_range(
			until(&host, NV_WARNING, cases[i].lost, 10000), cases[i].from, cases[i].to);
	}
}

/* A fresh daemon waits as long as any: a minute of trouble that ends by itself pages nobody. */
static void test_fresh_daemon_waits_for_a_window(void **state)
{
	(void)state;
	struct host host;
	host_init(&host, NV_I_tcpRetrans);
	assert_int_equal(slots(&host, 8, 1000, 10000), NV_OK);
	assert_in_range(until(&host, NV_WARNING, 1000, 10000), 1, 2);
}

/* However high: over within two minutes and a half, or with many events within one and a half. */
static void test_short_trouble_pages_nobody(void **state)
{
	(void)state;
	static const struct {
		unsigned lossy;
		double lost, of;
		enum nv_status status;
	} cases[] = { { 4, 7, 10, NV_OK }, { 15, 9, 14, NV_OK }, { 8, 9000, 10000, NV_OK },
		{ 24, 4, 10, NV_WARNING }, { 12, 9000, 10000, NV_CRITICAL } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct host host;
		enum nv_status worst = NV_OK;

		host_init(&host, NV_I_tcpRetrans);
		slots(&host, 60, 0, cases[i].of);
		for (unsigned slot = 0; slot < cases[i].lossy + 40; slot++) {
			enum nv_status now = slots(
				&host, 1, slot < cases[i].lossy ? cases[i].lost : 0, cases[i].of);
			worst = now > worst ? now : worst;
		}
		assert_int_equal(worst, cases[i].status);
	}
}

/* Connections that died for want of memory do not come back: told in the first slot. */
static void test_a_burst_without_memory_is_raised_at_once(void **state)
{
	(void)state;
	struct host host;

	host_init(&host, NV_I_tcpAbortMemory);
	slots(&host, 60, 0, NAN);
	assert_int_equal(slots(&host, 1, 72, NAN), NV_WARNING);
}

/* Few events are critical only once they have been for five minutes. */
static void test_few_events_have_to_last_to_be_critical(void **state)
{
	(void)state;
	struct host host;

	host_init(&host, NV_I_tcpRetrans);
	slots(&host, 60, 0, 10);
	assert_in_range(until(&host, NV_WARNING, 3, 10), 16, 24);
	assert_in_range(until(&host, NV_CRITICAL, 3, 10), 26, 32);
}

/* Healthy trouble lasts two minutes and a half; what is merely unusual must last longer. */
static void test_unusual_must_outlast_healthy_trouble(void **state)
{
	(void)state;
	struct host host;
	host_init(&host, NV_I_tcpRetrans);
	host.limit.warn = 0.005;
	host.limit.quick = 0.01;
	host.limit.from_baseline = true;
	for (unsigned round = 0; round < 5; round++) {
		slots(&host, 60, 10, 10000);
		slots(&host, 15, 90, 10000);
	}
	slots(&host, 60, 10, 10000);
	assert_int_equal(host.raises, 0);
	assert_in_range(until(&host, NV_WARNING, 90, 10000), 16, 30);
	assert_int_equal(host.verdict.reason, NV_REASON_BASELINE);
}

static void test_one_clump_is_nothing(void **state)
{
	(void)state;
	struct host host;
	host_init(&host, NV_I_tcpRetrans);
	for (int round = 0; round < 20; round++) {
		slot(&host, 5000, 10000); /* half of all lost, for one slot */
		slots(&host, 29, 0, 10000);
	}
	assert_int_equal(host.raises, 0);
}

static void test_too_few_events(void **state)
{
	(void)state;
	struct host host;
	host_init(&host, NV_I_tcpRetrans); /* at least 8 */
	for (int i = 0; i < 300; i++)
		slot(&host, i % 30 == 0, 5);
	assert_int_equal(host.raises, 0);
	/* 20 % of next to nothing for long: the slow window has to see it */
	assert_in_range(until(&host, NV_WARNING, 1, 5), 8, 60);
}

static void test_lowered_only_well_below(void **state)
{
	(void)state;
	struct host host;
	host_init(&host, NV_I_tcpRetrans);
	until(&host, NV_WARNING, 300, 10000);
	assert_int_equal(slots(&host, 200, 90, 10000), NV_WARNING); /* 0.9 %: above 80 % of 1 % */
	assert_int_equal(host.verdict.reason, NV_REASON_SUSTAINED);
	assert_int_equal(slots(&host, 20, 10, 10000), NV_WARNING);
	assert_int_equal(slots(&host, 40, 10, 10000), NV_OK);
	assert_int_equal(host.verdict.reason, NV_REASON_NONE);
	assert_int_equal(host.clears, 1);
}

static void test_critical_goes_down_in_steps(void **state)
{
	(void)state;
	struct host host;
	host_init(&host, NV_I_tcpRetrans);
	assert_int_equal(slots(&host, 30, 900, 10000), NV_CRITICAL);
	assert_int_equal(slots(&host, 60, 200, 10000), NV_WARNING);
	assert_int_equal(slots(&host, 60, 0, 10000), NV_OK);
	assert_int_equal(host.raises, 1);
}

static void test_swing_round_the_threshold(void **state)
{
	(void)state;
	for (unsigned period = 12; period <= 120; period += 4) {
		struct host host;
		host_init(&host, NV_I_tcpRetrans);
		slots(&host, 30, 1, 10000);
		for (unsigned i = 0; i < 360; i++) {
			double phase = 2 * 3.14159265358979 * i / period;
			slot(&host, round(100 * exp(0.2231 * sin(phase))), 10000);
		}
		slots(&host, 200, 1, 10000);
		assert_in_range(host.raises, 0, 1);
		assert_int_equal(host.raises, host.clears);
	}
}

static void test_raised_again_soon_holds_longer(void **state)
{
	(void)state;
	struct host host;
	host_init(&host, NV_I_tcpRetrans);
	until(&host, NV_WARNING, 300, 10000);
	slots(&host, 60, 0, 10000);
	assert_int_equal(host.clears, 1);
	until(&host, NV_WARNING, 300, 10000);
	assert_int_equal(slots(&host, 60, 0, 10000), NV_WARNING);
	assert_int_equal(slots(&host, 60, 0, 10000), NV_OK);
}

static void test_no_traffic_is_ok(void **state)
{
	(void)state;
	struct host host;
	host_init(&host, NV_I_tcpRetrans);
	until(&host, NV_WARNING, 300, 10000);
	assert_int_equal(slots(&host, 20, 0, 0), NV_WARNING);
	assert_int_equal(slots(&host, 40, 0, 0), NV_OK);
	assert_true(isnan(host.verdict.value));
}

static void test_no_opinion_keeps_the_status(void **state)
{
	(void)state;
	struct host host;
	host_init(&host, NV_I_tcpRetrans);
	until(&host, NV_WARNING, 300, 10000);
	assert_int_equal(slots(&host, 500, NAN, NAN), NV_WARNING);
	nv_judge_forget(&host.memory);
	memset(host.slots, 0, sizeof(host.slots));
	assert_int_equal(slots(&host, 6, 0, 10000), NV_WARNING);
	assert_int_equal(slots(&host, 40, 0, 10000), NV_OK);
}

static void test_strangers_wait_for_their_baseline(void **state)
{
	(void)state;
	struct host host;
	host_init(&host, NV_I_udpNoPort);
	host.limit.learning = true;
	assert_int_equal(slots(&host, 100, 5000, 10000), NV_LEARNING);
	assert_int_equal(host.verdict.reason, NV_REASON_NOTED);
	host.limit.learning = false;
	host.limit.from_baseline = true;
	host.limit.warn = 0.7;
	assert_int_equal(slots(&host, 100, 5000, 10000), NV_OK);
	assert_int_equal(slots(&host, 100, 9900, 10000), NV_WARNING); /* never above */
	assert_int_equal(host.verdict.reason, NV_REASON_BASELINE);
}

static void test_noted_never_raises(void **state)
{
	(void)state;
	struct host host;
	host_init(&host, NV_I_icmpInTooBig);
	host.limit.from_baseline = true;
	assert_int_equal(slots(&host, 100, 500, NAN), NV_OK);
	assert_int_equal(host.verdict.reason, NV_REASON_NOTED);
}

static void test_any_breaches_at_once(void **state)
{
	(void)state;
	struct host host;
	host_init(&host, NV_I_tcpMemory);
	assert_int_equal(slot(&host, 0, NAN), NV_OK);
	assert_int_equal(slot(&host, 1, NAN), NV_WARNING);
}

static void test_sustained_needs_minutes_and_stays_warning(void **state)
{
	(void)state;
	struct host host;
	host_init(&host, NV_I_tcpOutZeroWindow); /* 5 minutes in a row */
	slots(&host, 30, 0, 1000);
	assert_int_equal(slots(&host, 28, 300, 1000), NV_OK);
	assert_int_equal(slots(&host, 12, 300, 1000), NV_WARNING);
	assert_int_equal(slots(&host, 60, 900, 1000), NV_WARNING);
}

static void test_level_needs_to_stay(void **state)
{
	(void)state;
	struct host host;
	host_init(&host, NV_I_tcpCloseWaitUnread);
	slot(&host, 500, NAN); /* once, then gone */
	assert_int_equal(slots(&host, 60, 0, NAN), NV_OK);
	assert_int_equal(host.raises, 0);
	assert_in_range(until(&host, NV_WARNING, 20, NAN), 9, 15);
	assert_int_equal(slots(&host, 40, 80, NAN), NV_CRITICAL);
	assert_int_equal(slots(&host, 40, 0, NAN), NV_OK);
}

static void test_repairs_too_rare_among_segments(void **state)
{
	(void)state;
	struct host host;
	struct nv_reading one = {
		.value = 0.9, .num = 90, .den = 100, .seconds = 10, .present = true, .share = 1e7
	};
	struct nv_reading window = {
		.value = 0.9, .num = 540, .den = 600, .seconds = 60, .present = true, .share = 6e7
	};
	host_init(&host, NV_I_tcpTimeouts);
	for (int i = 0; i < 100; i++)
		nv_judge(host.id, &host.memory, &one, &window, &host.limit, 10, 10 * i,
			&host.verdict);
	assert_int_equal(host.verdict.status, NV_OK);
	/* Unless one host is behind them: then they are someone's trouble, however much goes
	 * elsewhere. */
	struct host silent = host;
	window.few = nv_indicators[host.id].few_min;
	for (int i = 0; i < 200; i++)
		nv_judge(silent.id, &silent.memory, &one, &window, &silent.limit, 10, 1000 + 10 * i,
			&silent.verdict);
	assert_int_equal(silent.verdict.status, NV_CRITICAL);
	window.few = nv_indicators[host.id].few_min - 1;
	one.share = 1e3;
	window.share = 6e3;
	for (int i = 0; i < 200; i++)
		nv_judge(host.id, &host.memory, &one, &window, &host.limit, 10, 1000 + 10 * i,
			&host.verdict);
	assert_int_equal(host.verdict.status, NV_CRITICAL);
}

/* What stood for days and was accepted has not "lasted": with the limits of what is usual now it is
 * well. */
static void test_accepted_is_not_raised_for_having_lasted(void **state)
{
	(void)state;
	struct host host;
	host_init(&host, NV_I_tcpRetrans);
	host.limit.lasting = 0.03;
	host.limit.warn = host.limit.crit = 0.5;
	assert_int_equal(
		slots(&host, 200, 900, 10000), NV_OK); /* it came slowly: recent values know it */
	host.limit.warn = 0.01;
	host.limit.lasting = 0.02;
	assert_int_equal(slots(&host, 36 * 360, 900, 10000), NV_WARNING);
	assert_true(nv_judge_accept(&host.memory, host.mono_s));
	host.limit.warn = 0.16;
	host.limit.crit = 0.24;
	host.limit.lasting = 0.12;
	assert_int_equal(slots(&host, 6 * 360, 900, 10000), NV_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_loss_raises_within_two_minutes),
		cmocka_unit_test(test_great_excess_is_believed_sooner),
		cmocka_unit_test(test_fresh_daemon_waits_for_a_window),
		cmocka_unit_test(test_short_trouble_pages_nobody),
		cmocka_unit_test(test_a_burst_without_memory_is_raised_at_once),
		cmocka_unit_test(test_few_events_have_to_last_to_be_critical),
		cmocka_unit_test(test_unusual_must_outlast_healthy_trouble),
		cmocka_unit_test(test_one_clump_is_nothing),
		cmocka_unit_test(test_too_few_events),
		cmocka_unit_test(test_lowered_only_well_below),
		cmocka_unit_test(test_critical_goes_down_in_steps),
		cmocka_unit_test(test_swing_round_the_threshold),
		cmocka_unit_test(test_raised_again_soon_holds_longer),
		cmocka_unit_test(test_no_traffic_is_ok),
		cmocka_unit_test(test_no_opinion_keeps_the_status),
		cmocka_unit_test(test_strangers_wait_for_their_baseline),
		cmocka_unit_test(test_noted_never_raises),
		cmocka_unit_test(test_any_breaches_at_once),
		cmocka_unit_test(test_sustained_needs_minutes_and_stays_warning),
		cmocka_unit_test(test_level_needs_to_stay),
		cmocka_unit_test(test_accepted_is_not_raised_for_having_lasted),
		cmocka_unit_test(test_repairs_too_rare_among_segments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
