/* SPDX-License-Identifier: MIT */
/* What happened between two snapshots, and when that is not to be trusted. */
#include "judge/stages.h"
#include "support.h"

static struct nv_snapshot before, after;
static struct nv_delta delta;

static int begin(void **state)
{
	(void)state;
	host_init(&before);
	memset(&after, 0, sizeof(after));
	nv_snapshot_copy(&after, &before);
	return 0;
}

static int end(void **state)
{
	(void)state;
	nv_snapshot_fini(&before);
	nv_snapshot_fini(&after);
	return 0;
}

static void events_gauges_seconds(void **state)
{
	(void)state;
	host_run(&after, 10);
	after.value[NV_C_tcpCurrEstab] = 17;
	before.value[NV_C_tcpCurrEstab] = 40;
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_NONE);
	assert_near(delta.seconds, 10, 1e-9);
	assert_int_equal(delta.count[NV_C_tcpInSegs], 10000);
	assert_int_equal(delta.count[NV_C_tcpCurrEstab], 17); /* a level runs both ways */
	assert_int_equal(delta.valid[NV_C_tcpCurrEstab], 1);
	assert_int_equal(delta.count[NV_C_ifInPkts], 12000);
	assert_int_equal(delta.valid[NV_C_ifOutErrs], 1);
	assert_int_equal(delta.valid[NV_C_mbufDenied], 0); /* not counted here: no zero */
}

static void still(void **state)
{
	(void)state;
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_STILL);
}

static void too_long(void **state)
{
	(void)state;
	host_run(&after, 300);
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_NONE);
	host_run(&after, 1);
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_LONG);
}

static void slept(void **state)
{
	(void)state;
	host_run(&after, 10);
	after.boot_ns += UINT64_C(1000000000); /* a second of drift is none */
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_NONE);
	after.boot_ns += UINT64_C(1000000000); /* nor two */
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_NONE);
	after.boot_ns += UINT64_C(1);
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_SUSPEND);
	after.boot_ns += UINT64_C(60000000000);
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_SUSPEND);
}

static void started_anew(void **state)
{
	(void)state;
	after.mono_ns = after.boot_ns = 30000000000;
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_RESET);
}

static void one_counter_backwards_refuses_all(void **state)
{
	(void)state;
	host_run(&after, 10);
	after.value[NV_C_udpNoPorts] = before.value[NV_C_udpNoPorts] - 1;
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_RESET);
}

static void at_the_end_of_64_bits(void **state)
{
	(void)state;
	host_run(&after, 10);
	before.value[NV_C_ipInOctets] = UINT64_MAX - 5;
	after.value[NV_C_ipInOctets] = UINT64_MAX;
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_NONE);
	assert_int_equal(delta.count[NV_C_ipInOctets], 5);
	after.value[NV_C_ipInOctets] = 3; /* nobody lives to see a wrap: a reset */
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_RESET);
}

static void wraps_of_32_bits(void **state)
{
	static const struct {
		uint64_t before, after;
		enum nv_gap gap;
		uint64_t count;
	} cases[] = {
		{ UINT32_MAX - 9, 10, NV_GAP_NONE, 20 }, { UINT32_MAX, 0, NV_GAP_NONE, 1 },
		{ 0, UINT32_MAX, NV_GAP_NONE, UINT32_MAX },
		{ 4290112005, 9346086, NV_GAP_NONE, 14201377 },
		{ 1000, 999, NV_GAP_RESET, 0 }, /* nearly a whole turn: counters were cleared */
		{ UINT64_C(1) << 31, 0, NV_GAP_RESET, 0 }, /* exactly half is doubtful as well */
		{ (UINT64_C(1) << 31) + 1, 0, NV_GAP_NONE, (UINT64_C(1) << 31) - 1 },
		{ (UINT64_C(1) << 33), 5, NV_GAP_RESET, 0 }, /* never was 32 bits */
	};

	(void)state;
	host_run(&after, 10);
	before.width_bits = after.width_bits = 32;
	for (size_t i = 0; i < COUNT(cases); i++) {
		before.value[NV_C_tcpOutSegs] = cases[i].before;
		after.value[NV_C_tcpOutSegs] = cases[i].after;
		assert_int_equal(nv_delta(&before, &after, 300, &delta), cases[i].gap);
		if (cases[i].gap == NV_GAP_NONE)
			assert_int_equal(delta.count[NV_C_tcpOutSegs], cases[i].count);
	}
}

static void torn(void **state)
{
	(void)state;
	host_run(&after, 10);
	after.present[NV_C_tcpInDsackSegs] = 0;
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_TORN);
	after.present[NV_C_tcpInDsackSegs] = 1;
	before.present[NV_C_tcpInDsackSegs] = 0;
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_TORN);
	before.present[NV_C_tcpInDsackSegs] = 1;
	/* The slow sources come and go on their own: only they are without a value then. */
	before.present[NV_C_conntrackDrops] = 0;
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_NONE);
	assert_int_equal(delta.valid[NV_C_conntrackDrops], 0);
}

static struct nv_interface *interface(
	struct nv_snapshot *s, const char *name, unsigned index, uint64_t packets)
{
	struct nv_interface *i = nv_snapshot_interface(s, text_of(name));

	i->index = index;
	i->feeds = true;
	i->present = (1u << NV_IF_VALUES) - 1;
	i->value[0] = packets;
	return i;
}

static void interfaces_come_and_go(void **state)
{
	(void)state;
	host_run(&after, 10); /* eth0: 12000 packets */
	interface(&after, "eth1", 3, 5000000);
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_NONE);
	assert_int_equal(delta.count[NV_C_ifInPkts], 12000); /* a new one brings its past */
	interface(&before, "eth1", 3, 4000000);
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_NONE);
	assert_int_equal(delta.count[NV_C_ifInPkts], 1012000);
	interface(&before, "eth2", 4, 77); /* gone since */
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_NONE);
	assert_int_equal(delta.count[NV_C_ifInPkts], 1012000);
	before.interfaces[1].index = 9; /* another device of the same name */
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_NONE);
	assert_int_equal(delta.count[NV_C_ifInPkts], 12000);
	before.interfaces[1].index = 3;
	after.interfaces[1].value[0] = 10; /* its driver started anew */
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_NONE);
	assert_int_equal(delta.count[NV_C_ifInPkts], 12000);
	after.interfaces[1].value[0] = 4000001;
	after.interfaces[1].feeds = false; /* shown, but is not counted in class status */
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_NONE);
	assert_int_equal(delta.count[NV_C_ifInPkts], 12000);
}

static void interfaces_in_another_order(void **state)
{
	struct nv_interface swap;

	(void)state;
	interface(&before, "eth1", 3, 100);
	interface(&after, "eth1", 3, 130);
	host_sleep(&after, 10);
	swap = after.interfaces[0];
	after.interfaces[0] = after.interfaces[1];
	after.interfaces[1] = swap;
	assert_int_equal(nv_delta(&before, &after, 300, &delta), NV_GAP_NONE);
	assert_int_equal(delta.count[NV_C_ifInPkts], 30);
}

static void sums_of_deltas(void **state)
{
	struct nv_delta sum, more;

	(void)state;
	nv_delta_clear(&sum);
	nv_delta_clear(&more);
	more.seconds = 10;
	more.count[NV_C_tcpInSegs] = 5;
	more.valid[NV_C_tcpInSegs] = 1;
	more.count[NV_C_tcpCloseWait] = 9;
	more.valid[NV_C_tcpCloseWait] = 1;
	nv_delta_add(&sum, &more);
	more.count[NV_C_tcpCloseWait] = 4;
	nv_delta_add(&sum, &more);
	more.valid[NV_C_tcpCloseWait] = 0;
	more.count[NV_C_tcpCloseWait] = 0;
	nv_delta_add(&sum, &more);
	assert_int_equal(sum.count[NV_C_tcpInSegs], 15);
	assert_int_equal(sum.count[NV_C_tcpCloseWait], 9);
	assert_int_equal(sum.valid[NV_C_tcpCloseWait], 1);
	assert_int_equal(sum.valid[NV_C_tcpOutSegs], 0);
	assert_near(sum.seconds, 30, 0);
}

static void totals_since_boot(void **state)
{
	(void)state;
	before.interfaces[0].value[1] = 12;
	interface(&before, "veth0", 5, 99)->feeds = false;
	nv_delta_total(&before, &delta);
	assert_near(delta.seconds, 5000, 0);
	assert_int_equal(delta.count[NV_C_tcpInSegs], 1000000);
	assert_int_equal(delta.count[NV_C_ifInErrs], 12);
	assert_int_equal(delta.count[NV_C_ifInPkts], 0);
	assert_int_equal(delta.valid[NV_C_mbufDenied], 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(events_gauges_seconds),
		CASE(still),
		CASE(too_long),
		CASE(slept),
		CASE(started_anew),
		CASE(one_counter_backwards_refuses_all),
		CASE(at_the_end_of_64_bits),
		CASE(wraps_of_32_bits),
		CASE(torn),
		CASE(interfaces_come_and_go),
		CASE(interfaces_in_another_order),
		CASE(sums_of_deltas),
		CASE(totals_since_boot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
