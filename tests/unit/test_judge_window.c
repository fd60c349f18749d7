/* SPDX-License-Identifier: MIT */
/* The running sum of the window is at any time what adding up its slots gives, levels included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "stages.h"

static void random_slot(struct nv_delta *slot)
{
	nv_delta_clear(slot);
	slot->seconds = 10;
	for (unsigned id = 1; id < NV_C_END; id++) {
		slot->valid[id] = rand() % 4 != 0;
		slot->count[id] = slot->valid[id] ? (uint64_t)(rand() % 1000) : 0;
	}
}

static void test_slide_is_the_sum(void **state)
{
	(void)state;
	static struct nv_delta slots[NV_FAST], sum, entering, want;
	unsigned count = 0, at = 0;

	srand(7);
	for (unsigned round = 0; round < 40; round++) {
		random_slot(&entering);
		nv_delta_slide(&sum, slots, &count, at, &entering);
		at = (at + 1) % NV_FAST;
		assert_int_equal(count, round < NV_FAST ? round + 1 : NV_FAST);
		nv_delta_clear(&want);
		for (unsigned i = 0; i < count; i++)
			nv_delta_add(&want, &slots[i]);
		assert_memory_equal(sum.valid, want.valid, sizeof(sum.valid));
		for (unsigned id = 1; id < NV_C_END; id++)
			assert_int_equal(sum.count[id], want.count[id]);
		assert_true(sum.seconds == want.seconds);
	}
}

/* The short way for the quiet leaves the same memory behind as the long one. */
static void test_quiet_ways_agree(void **state)
{
	(void)state;
	struct nv_memory quick, slow;
	struct nv_limit limit = { .warn = 0.01, .crit = 0.05, .min = 8 };
	struct nv_verdict verdict = { 0 };

	memset(&quick, 0, sizeof(quick));
	memset(&slow, 0, sizeof(slow));
	srand(3);
	for (unsigned i = 0; i < 3000; i++) {
		double num = rand() % 40 == 0 ? rand() % 20 : 0;
		struct nv_reading slot = { .num = num, .den = 1000, .value = num / 1000, .seconds = 10,
			.present = true }, window = slot;
		window.den = 6000;
		if (!nv_judge_idle(NV_I_tcpRetrans, &quick, &slot))
			nv_judge(NV_I_tcpRetrans, &quick, &slot, &window, &limit, 10, 10 * i, &verdict);
		nv_judge(NV_I_tcpRetrans, &slow, &slot, &window, &limit, 10, 10 * i, &verdict);
		assert_int_equal(quick.c_slow, slow.c_slow);
		assert_int_equal(quick.c_fast, slow.c_fast);
		assert_int_equal(quick.run, slow.run);
		assert_true(quick.statistic == slow.statistic && quick.n_sum == slow.n_sum);
		assert_memory_equal(quick.block, slow.block, sizeof(quick.block));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slide_is_the_sum),
		cmocka_unit_test(test_quiet_ways_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
