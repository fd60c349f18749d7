/* SPDX-License-Identifier: MIT */
/* Verdicts -> classes: the worst counts, echoes are reported and change nothing, no cycle of
 * causes. */
#include "judge/stages.h"
#include "support.h"

static struct nv_report report;

static int begin(void **state)
{
	(void)state;
	memset(&report, 0, sizeof(report));
	for (unsigned i = 1; i < NV_I_END; i++) {
		report.verdicts[i].status = nv_indicator_exists(i) ? NV_OK : NV_DISABLED;
		report.verdicts[i].reason = NV_REASON_NONE;
		report.verdicts[i].side = nv_indicators[i].side;
		report.verdicts[i].value = 0;
		report.verdicts[i].warn = 1;
	}
	return 0;
}

static void set(enum nv_indicator_id id, enum nv_status status, double value)
{
	report.verdicts[id].status = status;
	report.verdicts[id].reason = NV_REASON_THRESHOLD;
	report.verdicts[id].value = value;
}

static void the_worst_counts(void **state)
{
	(void)state;
	nv_roll_up(&report);
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		assert_int_equal(report.classes[klass].status, NV_OK);
		assert_int_equal(report.classes[klass].worst, 0);
	}
	assert_int_equal(report.status, NV_OK);
	set(NV_I_tcpDropRetrans, NV_WARNING, 3);
	set(NV_I_tcpSynRetrans, NV_UNKNOWN, NAN);
	set(NV_I_tcpMemory, NV_CRITICAL, 3);
	nv_roll_up(&report);
	assert_int_equal(report.classes[NV_CLASS_LOST].status, NV_WARNING);
	assert_int_equal(report.classes[NV_CLASS_LOST].worst, NV_I_tcpDropRetrans);
	assert_int_equal(report.classes[NV_CLASS_LOST].warnings, 1);
	assert_int_equal(
		report.classes[NV_CLASS_LOST].side, nv_indicators[NV_I_tcpDropRetrans].side);
	assert_int_equal(report.classes[NV_CLASS_SYSTEM].status, NV_CRITICAL);
	assert_int_equal(report.classes[NV_CLASS_SYSTEM].criticals, 1);
	assert_int_equal(report.classes[NV_CLASS_ROUTING].status, NV_OK);
	assert_int_equal(report.status, NV_CRITICAL);
}

static void order_of_badness(void **state)
{
	static const enum nv_status order[] = { NV_OK, NV_UNKNOWN, NV_WARNING, NV_CRITICAL };

	(void)state;
	for (size_t a = 0; a < COUNT(order); a++)
		for (size_t b = 0; b < COUNT(order); b++)
			assert_int_equal(nv_worse(order[a], order[b]), order[a > b ? a : b]);
	assert_int_equal(nv_worse(NV_LEARNING, NV_DISABLED), NV_OK);
	assert_int_equal(nv_worse(NV_LEARNING, NV_UNKNOWN), NV_UNKNOWN);
}

/* A class has four statuses alone: what learns or is disabled does not show in it. */
static void learning_and_disabled_are_ok(void **state)
{
	(void)state;
	set(NV_I_tcpAppAbort, NV_LEARNING, 3);
	set(NV_I_tcpOutReset, NV_DISABLED, NAN);
	nv_roll_up(&report);
	assert_int_equal(report.classes[NV_CLASS_APPLICATION].status, NV_OK);
}

static void nothing_counted_is_unknown(void **state)
{
	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicators[i].klass == NV_CLASS_CORRUPTED)
			report.verdicts[i].status = NV_DISABLED;
	nv_roll_up(&report);
	assert_int_equal(report.classes[NV_CLASS_CORRUPTED].status, NV_UNKNOWN);
	assert_int_equal(report.classes[NV_CLASS_CORRUPTED].reason, NV_REASON_MISSING);
	assert_int_equal(report.classes[NV_CLASS_LOST].status, NV_OK);
	assert_int_equal(report.status, NV_UNKNOWN);
}

static void a_dead_sampler_never_looks_healthy(void **state)
{
	(void)state;
	report.stale = true;
	nv_roll_up(&report);
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
		assert_int_equal(report.classes[klass].status, NV_UNKNOWN);
	assert_int_equal(report.status, NV_UNKNOWN);
}

static void muted_ones_do_not_colour(void **state)
{
	static const enum nv_reason quiet[] = { NV_REASON_MUTED, NV_REASON_ACKNOWLEDGED };

	(void)state;
	for (size_t i = 0; i < COUNT(quiet); i++) {
		set(NV_I_tcpRetrans, NV_CRITICAL, 9);
		report.verdicts[NV_I_tcpRetrans].reason = quiet[i];
		nv_roll_up(&report);
		assert_int_equal(report.classes[NV_CLASS_LOST].status, NV_OK);
		assert_int_equal(report.classes[NV_CLASS_LOST].criticals, 0);
	}
}

static void echoes_are_told_and_change_nothing(void **state)
{
	(void)state;
	set(NV_I_tcpRetrans, NV_CRITICAL, 9);
	nv_roll_up(&report);
	assert_int_equal(report.verdicts[NV_I_tcpRetrans].consequence_of, 0);
	set(NV_I_tcpInChecksum, NV_WARNING, 2);
	nv_roll_up(&report);
	assert_int_equal(report.verdicts[NV_I_tcpRetrans].consequence_of, NV_I_tcpInChecksum);
	assert_int_equal(report.verdicts[NV_I_tcpRetrans].status, NV_CRITICAL);
	assert_int_equal(report.classes[NV_CLASS_LOST].status, NV_CRITICAL);
	assert_int_equal(report.classes[NV_CLASS_LOST].worst, NV_I_tcpRetrans);
	/* a cause of the same status is more telling than an echo, however large */
	set(NV_I_tcpReordering, NV_CRITICAL, 2);
	nv_roll_up(&report);
	assert_int_equal(report.classes[NV_CLASS_LOST].worst, NV_I_tcpReordering);
	/* the cause is gone: so is the consequence */
	set(NV_I_tcpInChecksum, NV_OK, 0);
	nv_roll_up(&report);
	assert_int_equal(report.verdicts[NV_I_tcpRetrans].consequence_of, 0);
	assert_int_equal(report.classes[NV_CLASS_LOST].worst, NV_I_tcpRetrans);
}

/* A fifth of what it is to explain is enough, less is not. */
static void a_cause_has_the_size_for_it(void **state)
{
	(void)state;
	set(NV_I_tcpInChecksum, NV_WARNING, 2);
	set(NV_I_tcpRetrans, NV_WARNING, 9);
	report.verdicts[NV_I_tcpInChecksum].numerator = 20;
	report.verdicts[NV_I_tcpRetrans].numerator = 100;
	nv_roll_up(&report);
	assert_int_equal(report.verdicts[NV_I_tcpRetrans].consequence_of, NV_I_tcpInChecksum);
	report.verdicts[NV_I_tcpRetrans].numerator = 101;
	nv_roll_up(&report);
	assert_int_equal(report.verdicts[NV_I_tcpRetrans].consequence_of, 0);
}

static void farthest_beyond_its_limit_is_worst(void **state)
{
	(void)state;
	set(NV_I_tcpDropRetrans, NV_WARNING, 3);
	set(NV_I_tcpReordering, NV_WARNING, 4);
	nv_roll_up(&report);
	assert_int_equal(report.classes[NV_CLASS_LOST].worst, NV_I_tcpReordering);
	report.verdicts[NV_I_tcpReordering].value = NAN;
	nv_roll_up(&report);
	assert_int_equal(report.classes[NV_CLASS_LOST].worst, NV_I_tcpDropRetrans);
}

/* With everything raised, following the causes always ends. */
static void no_cycle_of_causes(void **state)
{
	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i))
			set((enum nv_indicator_id)i, i % 2 ? NV_WARNING : NV_CRITICAL, 2);
	nv_roll_up(&report);
	for (unsigned i = 1; i < NV_I_END; i++) {
		unsigned steps = 0;

		for (unsigned at = i; report.verdicts[at].consequence_of; steps++) {
			at = report.verdicts[at].consequence_of;
			if (steps > NV_I_END)
				fail_msg("%s is its own cause", nv_indicators[i].name);
		}
	}
	assert_int_not_equal(report.verdicts[NV_I_tcpRetrans].consequence_of, 0);
}

/* Who gets the ticket: refused or silent, the own way out, a listener that left or unsolicited
 * packets. */
static void sides_follow_the_evidence(void **state)
{
	(void)state;
	set(NV_I_tcpConnectFailed, NV_CRITICAL, 1);
	report.verdicts[NV_I_tcpConnectFailed].numerator = 20;
	report.verdicts[NV_I_tcpSynRetrans].numerator = 0;
	set(NV_I_tcpRetrans, NV_WARNING, 2);
	report.verdicts[NV_I_udpNoPort].reason = NV_REASON_NOTED;
	nv_roll_up(&report);
	assert_int_equal(report.verdicts[NV_I_tcpConnectFailed].side, NV_SIDE_PEER);
	assert_int_equal(report.verdicts[NV_I_tcpRetrans].side, NV_SIDE_PATH);
	assert_int_equal(report.verdicts[NV_I_udpNoPort].side, NV_SIDE_UNSOLICITED);
	assert_int_equal(report.classes[NV_CLASS_APPLICATION].side, NV_SIDE_PEER);

	report.verdicts[NV_I_tcpSynRetrans].numerator = 40;
	set(NV_I_ifOutDrops, NV_WARNING, 2);
	set(NV_I_udpNoPort, NV_WARNING, 2);
	nv_roll_up(&report);
	assert_int_equal(report.verdicts[NV_I_tcpConnectFailed].side, NV_SIDE_PATH);
	assert_int_equal(report.verdicts[NV_I_tcpRetrans].side, NV_SIDE_THIS_HOST);
	assert_int_equal(report.verdicts[NV_I_udpNoPort].side, NV_SIDE_THIS_HOST);
}

/* Unreachables: opens that are repeated as often are the path; what was seen says it better. */
static void unreachables_point_where_they_come_from(void **state)
{
	struct nv_offender seen[3] = { { .indicator = NV_I_tcpRetrans },
		{ .indicator = NV_I_icmpInUnreachable, .side = NV_SIDE_PEER },
		{ .indicator = NV_I_icmpInUnreachable, .side = NV_SIDE_PATH } };

	(void)state;
	set(NV_I_icmpInUnreachable, NV_WARNING, 2);
	report.verdicts[NV_I_icmpInUnreachable].numerator = 400;
	report.verdicts[NV_I_tcpSynRetrans].numerator = 3;
	nv_roll_up(&report);
	assert_int_equal(report.verdicts[NV_I_icmpInUnreachable].side, NV_SIDE_UNKNOWN);
	report.verdicts[NV_I_tcpSynRetrans].numerator = 390;
	nv_roll_up(&report);
	assert_int_equal(report.verdicts[NV_I_icmpInUnreachable].side, NV_SIDE_PATH);
	set(NV_I_ipNoRoute, NV_WARNING, 2); /* a sign of the host's own, so that unsolicited packets
					       affects the class status */
	nv_roll_up(&report);
	report.offenders = seen;
	report.offender_count = 3;
	report.classes[NV_CLASS_ROUTING].worst = NV_I_icmpInUnreachable;
	nv_follow_evidence(&report);
	assert_int_equal(report.verdicts[NV_I_icmpInUnreachable].side, NV_SIDE_PEER);
	assert_int_equal(report.classes[NV_CLASS_ROUTING].side, NV_SIDE_PEER);
	assert_int_equal(report.verdicts[NV_I_tcpRetrans].side, NV_SIDE_PATH);
	report.offender_count = 0;
}

/* More unsolicited packets than usual: nobody's fault, but beside a program that has gone away. */
static void strangers_beside_a_vanished_program(void **state)
{
	static const enum nv_indicator_id both[] = { NV_I_udpNoPort, NV_I_icmpInTimeExceeded };

	(void)state;
	for (size_t i = 0; i < COUNT(both); i++) {
		set(both[i], NV_WARNING, 9);
		report.verdicts[both[i]].reason = NV_REASON_BASELINE;
	}
	nv_roll_up(&report);
	assert_int_equal(report.status, NV_OK);
	report.listeners_gone = 1;
	nv_roll_up(&report);
	assert_int_equal(report.classes[NV_CLASS_APPLICATION].status, NV_WARNING);
	assert_int_equal(report.classes[NV_CLASS_APPLICATION].worst, NV_I_udpNoPort);
	assert_int_equal(report.classes[NV_CLASS_LOST].status, NV_OK);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, begin)
	const struct CMUnitTest tests[] = {
		CASE(the_worst_counts),
		CASE(order_of_badness),
		CASE(learning_and_disabled_are_ok),
		CASE(nothing_counted_is_unknown),
		CASE(a_dead_sampler_never_looks_healthy),
		CASE(muted_ones_do_not_colour),
		CASE(echoes_are_told_and_change_nothing),
		CASE(a_cause_has_the_size_for_it),
		CASE(farthest_beyond_its_limit_is_worst),
		CASE(no_cycle_of_causes),
		CASE(sides_follow_the_evidence),
		CASE(unreachables_point_where_they_come_from),
		CASE(strangers_beside_a_vanished_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
