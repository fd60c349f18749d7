/* SPDX-License-Identifier: MIT */
/* The sum of the window is at any time what adding up its slots gives, levels included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "judge/stages.h"

static void random_slot(struct nv_delta *slot)
{
	bool some = rand() % 3 == 0; /* is what is counted another than before? */
	unsigned stands = (unsigned)rand() % 3;

	nv_delta_clear(slot);
	slot->seconds = 10;
	for (unsigned id = 1; id < NV_C_END; id++) {
		slot->valid[id] = some ? rand() % 4 != 0 : 1;
		/* Levels repeat, so that the largest leaves more than once; most stand still. */
		slot->count[id] = slot->valid[id] && (id + stands) % 3 == 0 ? (uint64_t)(rand() % 5)
									    : 0;
	}
}

static void test_slide_is_the_sum(void **state)
{
	(void)state;
	static struct nv_delta slots[NV_SLOTS], sum, entering, want;
	unsigned count = 0, at = 0;

	srand(7);
	nv_delta_clear(&sum);
	for (unsigned round = 0; round < 60; round++) {
		unsigned oldest = round < NV_FAST ? 0 : round + 1 - NV_FAST;

		random_slot(&entering);
		nv_delta_add(&slots[at], &entering);
		nv_delta_add(&sum, &entering);
		nv_delta_slide(&sum, slots, &count, at);
		at = (at + 1) % NV_SLOTS;
		assert_int_equal(count, round < NV_FAST ? round + 1 : NV_FAST);
		nv_delta_clear(&want);
		for (unsigned i = oldest; i <= round; i++)
			nv_delta_add(&want, &slots[i % NV_SLOTS]);
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
		struct nv_reading slot = { .num = num,
			.den = 1000,
			.value = num / 1000,
			.seconds = 10,
			.present = true },
				  window = slot;
		window.den = 6000;
		if (!nv_judge_idle(NV_I_tcpRetrans, &quick, &slot))
			nv_judge(NV_I_tcpRetrans, &quick, &slot, &window, &limit, 10, 10 * i,
				&verdict);
		nv_judge(NV_I_tcpRetrans, &slow, &slot, &window, &limit, 10, 10 * i, &verdict);
		assert_int_equal(quick.c_slow, slow.c_slow);
		assert_int_equal(quick.c_fast, slow.c_fast);
		assert_int_equal(quick.run, slow.run);
		assert_true(quick.statistic == slow.statistic);
		assert_memory_equal(quick.ring, slow.ring, sizeof(quick.ring));
	}
}

/* Days without traffic: what was before them is nothing then, not a value of one. */
static void test_what_was_before_ends(void **state)
{
	(void)state;
	struct nv_memory m;
	struct nv_reading slot = { .num = 0, .den = 1000, .seconds = 10, .present = true };

	memset(&m, 0, sizeof(m));
	m.recent_k = 3;
	m.recent_n = 1000;
	assert_true(nv_judge_idle(NV_I_tcpRetrans, &m, &slot));
	assert_true(m.recent_k > 2 && m.recent_n > 900);
	slot.den = 0;
	for (unsigned i = 0; i < 2 * 8640; i++)
		assert_true(nv_judge_idle(NV_I_tcpRetrans, &m, &slot));
	assert_true(m.recent_k == 0 && m.recent_n == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slide_is_the_sum),
		cmocka_unit_test(test_quiet_ways_agree),
		cmocka_unit_test(test_what_was_before_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
