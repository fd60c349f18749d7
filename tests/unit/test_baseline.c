/* SPDX-License-Identifier: MIT */
/*
 * What is usual: learned by the hour, shown as learning first; what is bad is not learned, what
 * lasts is accepted, what grows is not followed; clocks that jump update nothing.
 */
#include "judged_host.h"

static void slot(struct host *h, int hour_of_week, double num, double den)
{
	host_slot(h, hour_of_week, num, den);
}

/* A whole hour at about that ratio; every tenth slot a little different. */
static void hour(struct host *h, int hour_of_week, double ratio)
{
	for (unsigned i = 0; i < SLOTS_AN_HOUR; i++)
		slot(h, hour_of_week, floor(10000 * ratio * (i % 10 ? 1 : 1.3)), 10000);
}

static void days(struct host *h, unsigned from_day, unsigned count, double ratio)
{
	for (unsigned day = from_day; day < from_day + count; day++)
		for (unsigned i = 0; i < 24; i++)
			hour(h, (int)(day % 7 * 24 + i), ratio);
}

static void test_learns_and_says_so(void **state)
{
	(void)state;
	struct host h;
	struct nv_limit limit;
	host_init(&h, NV_I_tcpRetrans);
	days(&h, 1, 2, 0.001);
	assert_false(nv_baseline_ready(h.id, &h.baseline));
	days(&h, 3, 2, 0.001);
	assert_true(nv_baseline_ready(h.id, &h.baseline));
	double usual = nv_baseline_usual(h.id, &h.baseline, 30);
	assert_true(usual > 0.0008 && usual < 0.0013);
	nv_baseline_limit(h.id, &h.baseline, &h.limit, &limit);
	assert_true(limit.from_baseline);
	assert_true(limit.warn >= 0.004 &&
		limit.warn <= 0.01); /* below the threshold, not below its floor */
	assert_int_equal(h.raises, 0);
}

static void test_high_usual_is_no_alarm_after_a_week(void **state)
{
	(void)state;
	struct host h;
	host_init(&h, NV_I_tcpInReset); /* judged by its baseline alone */
	days(&h, 1, 6, 0.2);
	assert_int_equal(h.verdict.status, NV_LEARNING);
	days(&h, 7, 3, 0.2);
	assert_int_equal(h.verdict.status, NV_OK);
	assert_int_equal(h.raises, 0);
	hour(&h, 10, 0.99);
	assert_int_equal(h.raises, 0); /* less than five times what is usual */
}

static void test_habit_that_changes(void **state)
{
	(void)state;
	struct host h;
	host_init(&h, NV_I_tcpCloseUnread);
	days(&h, 1, 9, 0.02);
	hour(&h, 72, 0.4);
	assert_int_equal(h.raises, 1);
	assert_int_equal(h.verdict.reason, NV_REASON_BASELINE);
}

static void test_never_learned(void **state)
{
	(void)state;
	struct host h;
	struct nv_limit limit;
	host_init(&h, NV_I_tcpInChecksum);
	days(&h, 1, 12, 0.01);
	nv_baseline_limit(h.id, &h.baseline, &h.limit, &limit);
	assert_true(limit.warn == h.limit.warn);
	assert_int_equal(h.accepted, 0);
	assert_int_equal(h.raises, 1);
	assert_int_equal(h.clears, 0);
}

static void test_lasting_change_is_accepted_once(void **state)
{
	(void)state;
	struct host h;
	host_init(&h, NV_I_tcpRetrans);
	days(&h, 1, 14, 0.004);
	assert_int_equal(h.raises, 0);
	days(&h, 15, 8, 0.03);
	assert_int_equal(h.raises, 1);
	assert_int_equal(h.clears, 1);
	assert_int_equal(h.accepted, 1);
	assert_int_equal(h.verdict.status, NV_OK);
}

/* A host whose habit it is to pass the threshold every day is not raised every day. */
static void test_habit_above_the_threshold(void **state)
{
	(void)state;
	struct host h;
	unsigned first_week = 0;

	host_init(&h, NV_I_tcpRetrans);
	for (unsigned i = 0; i < 21 * 24; i++) {
		hour(&h, (int)(i % NV_WEEK), i % 29 == 13 ? 0.018 : 0.002);
		if (i == NV_WEEK)
			first_week = h.raises;
	}
	assert_in_range(h.raises - first_week, 0, 3);
	hour(&h, 40, 0.06);
	assert_true(h.verdict.status >= NV_WARNING);
}

/* Every 29 hours the ratio is bad for so many slots, for six weeks. Returns the raises of the last
 * one. */
static unsigned raises_of_a_variation(unsigned slots)
{
	struct host h;
	unsigned before = 0;

	host_init(&h, NV_I_tcpRetrans);
	for (unsigned i = 0; i < 42 * 24 * SLOTS_AN_HOUR; i++) {
		unsigned since = (i + 16 * SLOTS_AN_HOUR) % (29 * SLOTS_AN_HOUR);

		slot(&h, (int)(i / SLOTS_AN_HOUR % NV_WEEK), since < slots ? 170 : 30, 10000);
		if (i == 35 * 24 * SLOTS_AN_HOUR)
			before = h.raises;
	}
	return h.raises - before;
}

/* A workload variation of the host that passes the threshold for half an hour becomes known, a
 * fault of minutes does not. */
static void test_moods_become_known_faults_do_not(void **state)
{
	(void)state;
	assert_in_range(raises_of_a_variation(130), 0, 1);
	assert_in_range(raises_of_a_variation(30), 4, 6);
}

/* One day good, one day just below the threshold: however wide it swings, twice the threshold is
 * above the limit. */
static void test_twice_the_threshold_is_promised(void **state)
{
	(void)state;
	struct host h;
	struct nv_limit limit;

	host_init(&h, NV_I_tcpRetrans);
	for (unsigned i = 0; i < 21 * 24; i++) {
		hour(&h, (int)(i % NV_WEEK), i / 24 % 2 ? 0.0095 : 0.0008);
		nv_baseline_limit(h.id, &h.baseline, &h.limit, &limit);
		assert_true(i < NV_WEEK || limit.warn < 0.02);
	}
	assert_int_equal(h.raises, 0);
}

/* In one hour of 29 the ratio drifts up to twice the threshold, and down again. */
static double slow_swing(unsigned i)
{
	double phase = i % (29 * SLOTS_AN_HOUR) / (double)SLOTS_AN_HOUR;

	return 0.0035 * exp(phase < 1 ? 1.75 * sin(3.14159 * phase) : 0);
}

/* What a slow swing reaches every other day is known; a little more is an increase where it comes
 * at once.
 */
static void test_jump_beside_slow_swings(void **state)
{
	(void)state;
	struct host h;

	host_init(&h, NV_I_tcpRetrans);
	unsigned i = 0, first_week = 0;
	for (; i < 14 * 29 * SLOTS_AN_HOUR; i++) {
		slot(&h, (int)(i / SLOTS_AN_HOUR % NV_WEEK), floor(10000 * slow_swing(i)), 10000);
		if (i == NV_WEEK * SLOTS_AN_HOUR)
			first_week = h.raises;
	}
	assert_in_range(h.raises - first_week, 0, 1);
	unsigned before = h.raises;
	for (unsigned end = i + 30, hour_of_week = i / SLOTS_AN_HOUR % NV_WEEK; i < end; i++)
		slot(&h, (int)hour_of_week, 180, 10000);
	assert_int_equal(h.raises, before + 1);
}

/* A share is never more than the whole, and neither is its limit. */
static void test_limit_of_a_share(void **state)
{
	(void)state;
	struct host h;
	struct nv_limit limit;

	host_init(&h, NV_I_tcpTimeouts);
	days(&h, 1, 9, 0.6);
	nv_baseline_limit(h.id, &h.baseline, &h.limit, &limit);
	assert_true(limit.from_baseline);
	assert_true(limit.warn <= 1 && limit.crit <= 1);
}

static void test_one_bad_hour_teaches_little(void **state)
{
	(void)state;
	struct host h;
	struct nv_limit before, after;
	host_init(&h, NV_I_tcpRetrans);
	days(&h, 1, 14, 0.001);
	nv_baseline_limit(h.id, &h.baseline, &h.limit, &before);
	hour(&h, 30, 0.2);
	assert_int_equal(h.raises, 1);
	hour(&h, 31, 0.001);
	hour(&h, 32, 0.001);
	nv_baseline_limit(h.id, &h.baseline, &h.limit, &after);
	assert_true(after.warn < 1.6 * before.warn);
}

static void test_growth_is_not_followed(void **state)
{
	(void)state;
	struct host h;
	host_init(&h, NV_I_tcpRetrans);
	days(&h, 1, 14, 0.0005);
	double ratio = 0.0005;
	unsigned day = 15;
	while (ratio < 0.05 && !h.raises) {
		days(&h, day++, 1, ratio);
		ratio *= 2;
	}
	assert_int_equal(h.raises, 1);
	assert_true(ratio <= 0.05);
	days(&h, day, 1, 0.2);
	assert_int_equal(h.clears, 0);
}

/* The same without steps: hour by hour a little more, which no quantile of the last hours may
 * follow. */
static void test_steady_growth_is_not_followed(void **state)
{
	(void)state;
	struct host h;
	host_init(&h, NV_I_tcpRetrans);
	days(&h, 1, 14, 0.0005);
	double ratio = 0.0005;
	for (int i = 0; ratio < 0.05 && !h.raises; i++) {
		hour(&h, (24 + i) % NV_WEEK, ratio);
		ratio *= exp2(1 / 24.0);
	}
	assert_int_equal(h.raises, 1);
	assert_true(ratio <= 0.03);
}

static void test_weekly_backup_is_usual_at_its_hour(void **state)
{
	(void)state;
	struct host h;
	host_init(&h, NV_I_tcpRetrans);
	unsigned third_week = 0;
	for (unsigned week = 0; week < 4; week++)
		for (int i = 0; i < NV_WEEK; i++) {
			unsigned before = h.raises;
			hour(&h, i, i == 3 ? 0.03 : 0.001);
			third_week += week >= 2 ? h.raises - before : 0;
		}
	assert_int_equal(third_week, 0);
	hour(&h, 50, 0.03); /* but not at another hour */
	assert_true(h.raises > 0);
}

static void test_clock_that_is_unknown_or_jumps(void **state)
{
	(void)state;
	struct host h;
	host_init(&h, NV_I_tcpRetrans);
	for (unsigned i = 0; i < 1000; i++)
		slot(&h, -1, 1, 10000);
	assert_int_equal(h.baseline.hours, 0);
	for (int i = 0; i < 1000; i++)
		slot(&h, i % NV_WEEK, 1,
			10000); /* a clock that runs wild adds to what is learned: nothing */
	assert_int_equal(h.baseline.hours, 0);
	assert_int_equal(h.raises, 0);
}

static void test_size(void **state)
{
	(void)state;
	assert_true(sizeof(struct nv_baseline) <= 1200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_learns_and_says_so),
		cmocka_unit_test(test_high_usual_is_no_alarm_after_a_week),
		cmocka_unit_test(test_habit_that_changes),
		cmocka_unit_test(test_never_learned),
		cmocka_unit_test(test_lasting_change_is_accepted_once),
		cmocka_unit_test(test_habit_above_the_threshold),
		cmocka_unit_test(test_moods_become_known_faults_do_not),
		cmocka_unit_test(test_twice_the_threshold_is_promised),
		cmocka_unit_test(test_jump_beside_slow_swings),
		cmocka_unit_test(test_limit_of_a_share),
		cmocka_unit_test(test_one_bad_hour_teaches_little),
		cmocka_unit_test(test_growth_is_not_followed),
		cmocka_unit_test(test_steady_growth_is_not_followed),
		cmocka_unit_test(test_weekly_backup_is_usual_at_its_hour),
		cmocka_unit_test(test_clock_that_is_unknown_or_jumps),
		cmocka_unit_test(test_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
