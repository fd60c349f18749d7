/* SPDX-License-Identifier: MIT */
/*
 * Which of threshold and baseline spoke: in the first hour nothing is usual yet, and a limit that
 * is the threshold itself is not called a baseline.
 */
#include "engine_run.h"

/* Ten seconds in which this host opens connections of which some are refused. */
static void opens(unsigned opened, unsigned refused)
{
	host_run(&run.host, 10);
	run.host.value[NV_C_tcpActiveOpens] += opened;
	run.host.value[NV_C_tcpAttemptFails] += refused;
	feed();
}

static enum nv_reason reason_of_raise(unsigned id, unsigned lost_per_mille, unsigned refused)
{
	for (unsigned i = 0; i < 60; i++) {
		const struct nv_verdict *v = &nv_engine_report(run.engine)->verdicts[id];

		if (nv_is_raised(v->status) && v->reason != NV_REASON_SUSTAINED)
			return v->reason;
		if (refused)
			opens(refused, refused);
		else
			ten_seconds(lost_per_mille);
	}
	fail_msg("%s is not raised", nv_indicators[id].name);
	return NV_REASON_NONE;
}

static void first_minutes_say_threshold(void **state)
{
	static const enum nv_profile profiles[] = { NV_PROFILE_DEFAULT, NV_PROFILE_STRICT,
		NV_PROFILE_LENIENT };

	(void)state;
	for (size_t i = 0; i < COUNT(profiles); i++) {
		run.config.profile = profiles[i];
		start(&run);
		run.host.hour_of_week = 12;
		assert_int_equal(reason_of_raise(NV_I_tcpRetrans, 80, 0), NV_REASON_THRESHOLD);
		nv_engine_free(run.engine);
		start(&run);
		assert_int_equal(
			reason_of_raise(NV_I_tcpConnectFailed, 0, 200), NV_REASON_THRESHOLD);
		nv_engine_free(run.engine);
		run.engine = NULL;
	}
}

/* What this host always has is not called bad for being there when netvitals comes. */
static void a_little_above_is_no_news_of_the_first_hour(void **state)
{
	(void)state;
	start(&run);
	run.host.hour_of_week = 12;
	for (unsigned i = 0; i < 120; i++) {
		ten_seconds(12);
		assert_false(nv_is_raised(status_of(NV_CLASS_LOST)));
		assert_float_equal(
			nv_engine_report(run.engine)->verdicts[NV_I_tcpRetrans].warn, 0.01, 1e-6);
	}
	assert_int_equal(reason_of_raise(NV_I_tcpRetrans, 20, 0), NV_REASON_THRESHOLD);
}

/* A threshold that the user wrote is a threshold: from the first hour on a little above it is
 * above. */
static void own_limits_say_threshold(void **state)
{
	(void)state;
	run.config.limits[NV_I_tcpRetrans].warn = 0.03;
	run.config.limits[NV_I_tcpRetrans].crit = 0.5;
	start(&run);
	run.host.hour_of_week = 12;
	assert_int_equal(reason_of_raise(NV_I_tcpRetrans, 36, 0), NV_REASON_THRESHOLD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(first_minutes_say_threshold, begin, end),
		cmocka_unit_test_setup_teardown(
			a_little_above_is_no_news_of_the_first_hour, begin, end),
		cmocka_unit_test_setup_teardown(own_limits_say_threshold, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
