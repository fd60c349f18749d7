/* SPDX-License-Identifier: MIT */
/*
 * What an engine makes of a host after days: unsolicited SYNs, the work of routers and of hosts
 * of containers, a change that lasts. Each day is 8,640 samples, and takes some hundredths of a
 * second.
 */
#include "engine_run.h"

enum { DAY = 8640 };

/* So much in each sample, beside the healthy traffic. */
static struct habit {
	uint16_t id;
	unsigned each;
} habit;

static void sample(void)
{
	host_run(&run.host, 10);
	run.host.hour_of_week = (int)((run.host.mono_ns / 1000000000u / 3600) % 168);
	run.host.value[habit.id] += habit.each;
	feed();
}

static void samples(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		sample();
}

static const struct nv_verdict *verdict(enum nv_indicator_id id)
{
	return &nv_engine_report(run.engine)->verdicts[id];
}

static unsigned class_events(const char *part)
{
	static struct nv_event events[256];
	unsigned count = nv_engine_events(run.engine, 0, events, COUNT(events)), found = 0;

	for (unsigned i = 0; i < count; i++)
		found += events[i].kind == NV_EVENT_CLASS && strstr(events[i].text, part) != NULL;
	return found;
}

/* A server that unsolicited packets scan all day: 1000 datagrams each sample, and forty for closed
 * ports. */
static void unsolicited(void **state)
{
	(void)state;
	start(&run);
	habit = (struct habit){ NV_C_udpNoPorts, 40 };
	samples(360);
	assert_int_equal(verdict(NV_I_udpNoPort)->status, NV_LEARNING);
	assert_int_equal(verdict(NV_I_udpNoPort)->reason, NV_REASON_NOTED);
	samples(8 * DAY);
	assert_int_equal(last_event(), 0);
	/* Ten times as many, for ten minutes: reported, but nobody's fault. */
	habit.each = 600;
	samples(60);
	assert_int_equal(verdict(NV_I_udpNoPort)->status, NV_WARNING);
	assert_int_equal(verdict(NV_I_udpNoPort)->reason, NV_REASON_BASELINE);
	assert_int_equal(status_of(NV_CLASS_APPLICATION), NV_OK);
	assert_int_equal(class_events(""), 0);
	/* The same beside a program that has gone away is. */
	run.host.value[NV_C_listenersGone] = 1;
	samples(2);
	assert_int_equal(status_of(NV_CLASS_APPLICATION), NV_WARNING);
	assert_int_equal(
		nv_engine_report(run.engine)->classes[NV_CLASS_APPLICATION].worst, NV_I_udpNoPort);
	assert_int_equal(class_events("application WARNING"), 1);
	/* It is back. */
	run.host.value[NV_C_listenersGone] = 0;
	samples(2);
	assert_int_equal(status_of(NV_CLASS_APPLICATION), NV_OK);
}

static void make_role(enum nv_role role)
{
	if (role == NV_ROLE_HOST)
		return;
	run.host.value[NV_C_ipForwarding] = 1;
	if (role == NV_ROLE_CONTAINER)
		assert_non_null(nv_snapshot_interface(&run.host, text_of("veth0a1b")));
}

/* Packets that expire: a person is shown them on a host; it is the daily work of the others. */
static void roles(void **state)
{
	static const struct {
		enum nv_role is, reported;
		bool normal;
	} cases[] = {
		{ NV_ROLE_HOST, NV_ROLE_AUTO, false },
		{ NV_ROLE_ROUTER, NV_ROLE_AUTO, true },
		{ NV_ROLE_CONTAINER, NV_ROLE_AUTO, true },
		{ NV_ROLE_ROUTER, NV_ROLE_HOST, false }, /* who knows better says so */
		{ NV_ROLE_HOST, NV_ROLE_ROUTER, true },
	};

	(void)state;
	run.config.mode = NV_ONESHOT;
	for (size_t i = 0; i < COUNT(cases); i++) {
		run.host.value[NV_C_ipForwarding] = 2;
		run.host.interface_count = 1;
		make_role(cases[i].is);
		run.config.role = cases[i].reported;
		start(&run);
		habit = (struct habit){ NV_C_icmpOutTimeExcds, 600 };
		samples(3);
		assert_int_equal(nv_engine_report(run.engine)->role,
			cases[i].reported ? cases[i].reported : cases[i].is);
		assert_int_equal(verdict(NV_I_icmpOutTimeExceeded)->status,
			cases[i].normal ? NV_OK : NV_WARNING);
		assert_int_equal(verdict(NV_I_icmpOutTimeExceeded)->reason,
			cases[i].normal ? NV_REASON_NOTED : NV_REASON_THRESHOLD);
		nv_engine_free(run.engine);
		run.engine = NULL;
	}
}

/* What a router has forwarded in the time that a person looks at was its work, though it forwards
 * no more. */
static void forwarding_ends(void **state)
{
	(void)state;
	run.config.mode = NV_ONESHOT;
	make_role(NV_ROLE_ROUTER);
	start(&run);
	habit = (struct habit){ NV_C_ipForwDatagrams, 5000 };
	samples(2);
	run.host.value[NV_C_ipForwarding] = 2;
	samples(2);
	assert_int_equal(nv_engine_report(run.engine)->role, NV_ROLE_ROUTER);
	assert_int_equal(verdict(NV_I_ipForwarded)->status, NV_OK);
}

/* On a router what expires is judged by what is usual there, and what is forwarded never. */
static void a_router_after_a_week(void **state)
{
	(void)state;
	make_role(NV_ROLE_ROUTER);
	start(&run);
	habit = (struct habit){ NV_C_icmpOutTimeExcds, 60 };
	samples(8 * DAY);
	habit = (struct habit){ NV_C_ipForwDatagrams, 500000 };
	samples(90);
	assert_int_equal(last_event(), 0);
	habit = (struct habit){ NV_C_icmpOutTimeExcds, 6000 };
	samples(90);
	assert_int_equal(verdict(NV_I_icmpOutTimeExceeded)->status, NV_WARNING);
	assert_int_equal(verdict(NV_I_icmpOutTimeExceeded)->reason, NV_REASON_BASELINE);
	assert_int_equal(status_of(NV_CLASS_LOST), NV_OK); /* anyone can do that with packets */
}

/* A path that is worse from one day on, and stays so: raised once, accepted once, then silence. */
static void accepted_not_repaired(void **state)
{
	(void)state;
	start(&run);
	habit = (struct habit){ NV_C_tcpRetransSegs, 5 };
	samples(10 * DAY);
	assert_int_equal(last_event(), 0);
	habit.each = 250;
	samples(360);
	assert_int_equal(status_of(NV_CLASS_LOST), NV_WARNING);
	samples(5 * DAY);
	assert_int_equal(status_of(NV_CLASS_LOST), NV_OK);
	assert_int_equal(class_events("lost WARNING"), 1);
	assert_int_equal(class_events("accepted as usual, not repaired"), 1);
	assert_int_equal(class_events(""), 2);
	samples(2 * DAY);
	assert_int_equal(class_events(""), 2);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(unsolicited),
		CASE(roles),
		CASE(forwarding_ends),
		CASE(a_router_after_a_week),
		CASE(accepted_not_repaired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
