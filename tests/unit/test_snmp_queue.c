/* SPDX-License-Identifier: MIT */
/*
 * The queue of notifications: pace, bound, rewind, and the rule that at the end the manager
 * believes what is true, whatever was lost on the way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "netvitals.h"
#include "queue.c"

static struct nv_queue queue;
static struct nv_report report;

static int set_up(void **state)
{
	(void)state;
	memset(&queue, 0, sizeof(queue));
	nv_queue_init(&queue);
	memset(&report, 0, sizeof(report));
	for (unsigned i = 0; i < NV_CLASS_END; i++)
		report.classes[i].status = NV_OK;
	for (unsigned i = 0; i < NV_I_END; i++)
		report.verdicts[i].status = NV_OK;
	return 0;
}

static struct nv_event class_event(
	uint32_t number, unsigned klass, enum nv_status before, enum nv_status now)
{
	return (struct nv_event){ .number = number,
		.kind = NV_EVENT_CLASS,
		.klass = (enum nv_class_id)klass,
		.before = before,
		.now = now,
		.notify = true };
}

static void push(uint32_t number, unsigned klass, enum nv_status before, enum nv_status now)
{
	struct nv_event event = class_event(number, klass, before, now);
	nv_queue_push(&queue, &event);
}

/* Send and acknowledge whatever may go at that time; returns how many, the last one in `last`. */
static unsigned send_all(double now_s, struct nv_notice *last)
{
	const struct nv_notice *notice;
	unsigned sent = 0;
	double wait_s;

	while ((notice = nv_queue_next(&queue, now_s, &wait_s))) {
		*last = *notice;
		nv_queue_sent(&queue);
		nv_queue_acked(&queue, 1);
		sent++;
	}
	return sent;
}

static void order_is_kept(void **state)
{
	double wait_s;

	(void)state;
	push(1, 1, NV_OK, NV_WARNING);
	push(2, 1, NV_WARNING, NV_OK);
	assert_int_equal(nv_queue_next(&queue, 0, &wait_s)->event.number, 1);
	nv_queue_sent(&queue);
	assert_int_equal(nv_queue_next(&queue, 0, &wait_s)->event.number, 2);
	nv_queue_sent(&queue);
	assert_null(nv_queue_next(&queue, 0, &wait_s));
	assert_true(isnan(wait_s));
}

static void window_of_unacknowledged_is_bounded(void **state)
{
	double wait_s;
	unsigned sent = 0;

	(void)state;
	for (unsigned i = 1; i <= 200; i++)
		push(i, 1, NV_OK, NV_WARNING);
	while (nv_queue_next(&queue, sent, &wait_s)) { /* a second each: tokens do not matter */
		nv_queue_sent(&queue);
		sent++;
	}
	assert_int_equal(sent, NV_QUEUE_WINDOW);
	assert_true(isnan(wait_s));
	nv_queue_acked(&queue, 10);
	assert_int_equal(nv_queue_next(&queue, sent, &wait_s)->event.number, NV_QUEUE_WINDOW + 1);
}

static void pace_is_ten_a_second_after_fifty(void **state)
{
	struct nv_notice last;
	double wait_s;

	(void)state;
	for (unsigned i = 1; i <= 250; i++)
		push(i, 1, NV_OK, NV_WARNING);
	assert_int_equal(send_all(100, &last), NV_QUEUE_BURST);
	assert_null(nv_queue_next(&queue, 100, &wait_s));
	assert_true(wait_s > 0.09 && wait_s < 0.11);
	assert_int_equal(send_all(101, &last), NV_QUEUE_PER_SECOND);
	assert_int_equal(send_all(1000, &last), NV_QUEUE_BURST);
}

static void what_was_in_flight_is_sent_again(void **state)
{
	double wait_s;

	(void)state;
	for (unsigned i = 1; i <= 5; i++)
		push(i, 1, NV_OK, NV_WARNING);
	for (unsigned i = 0; i < 3; i++) {
		assert_non_null(nv_queue_next(&queue, 0, &wait_s));
		nv_queue_sent(&queue);
	}
	nv_queue_acked(&queue, 1);
	nv_queue_rewind(&queue);
	assert_int_equal(nv_queue_next(&queue, 0, &wait_s)->event.number, 2);
}

static void full_ring_drops_the_oldest_and_counts(void **state)
{
	double wait_s;
	struct nv_notice last = { .lost = 0 };

	(void)state;
	push(1, 1, NV_OK, NV_WARNING);
	nv_queue_next(&queue, 0, &wait_s);
	nv_queue_sent(&queue); /* in flight: not to be dropped */
	for (unsigned i = 2; i <= 300; i++)
		push(i, 1, NV_OK, NV_WARNING);
	assert_int_equal(queue.count, NV_QUEUE_ROOM);
	assert_int_equal(queue.lost, 300 - NV_QUEUE_ROOM);
	assert_int_equal(nv_queue_flying(&queue, 0)->event.number, 1);
	assert_int_equal(nv_queue_next(&queue, 0, &wait_s)->event.number, 300 - NV_QUEUE_ROOM + 2);
	nv_queue_acked(&queue, 1);
	for (double t = 1; queue.count > 0; t++)
		send_all(t, &last);
	nv_queue_report_lost(&queue, &report);
	assert_int_equal(queue.count, 1);
	send_all(1000, &last);
	assert_int_equal(last.kind, NV_NOTICE_OVERFLOW);
	assert_int_equal(last.lost, 300 - NV_QUEUE_ROOM);
	nv_queue_report_lost(&queue, &report);
	assert_int_equal(queue.count, 0);
}

static void reconnect_tells_classes_that_are_not_ok(void **state)
{
	struct nv_notice last;

	(void)state;
	report.classes[2].status = NV_CRITICAL;
	assert_true(nv_queue_restate(&queue, &report, false));
	assert_int_equal(queue.count, 0);
	assert_true(nv_queue_restate(&queue, &report, true));
	assert_int_equal(queue.count, 1);
	send_all(0, &last);
	assert_int_equal(last.event.klass, 2);
	assert_int_equal(last.event.now, NV_CRITICAL);
	/* Cleared in some other way meanwhile: the clear is owed. */
	report.classes[2].status = NV_OK;
	assert_true(nv_queue_restate(&queue, &report, true));
	assert_int_equal(send_all(1, &last), 1);
	assert_int_equal(last.event.now, NV_OK);
	assert_int_equal(last.event.before, NV_CRITICAL);
	assert_true(nv_queue_restate(&queue, &report, true));
	assert_int_equal(queue.count, 0);
}

static void waiting_event_is_not_told_twice(void **state)
{
	(void)state;
	report.classes[1].status = NV_WARNING;
	push(1, 1, NV_OK, NV_WARNING);
	assert_true(nv_queue_restate(&queue, &report, true));
	assert_int_equal(queue.count, 1);
}

static void learning_and_disabled_are_no_trouble(void **state)
{
	struct nv_event event = {
		.kind = NV_EVENT_INDICATOR, .indicator = 1, .before = NV_OK, .now = NV_CRITICAL
	};
	struct nv_notice last;

	(void)state;
	nv_queue_push(&queue, &event);
	send_all(0, &last);
	report.verdicts[1].status = NV_DISABLED;
	nv_queue_restate(&queue, &report, false);
	assert_int_equal(send_all(1, &last), 1);
	assert_int_equal(last.event.now, NV_OK);
}

/* A sampler that hangs makes all unknown, once; when it is back, how things stand is reported. */
static void hung_sampler_is_told_and_ended(void **state)
{
	struct nv_notice last;

	(void)state;
	push(1, 2, NV_OK, NV_CRITICAL);
	report.classes[2].status = NV_CRITICAL;
	send_all(0, &last);
	nv_queue_report_hung(&queue, &report);
	nv_queue_report_hung(&queue, &report);
	assert_int_equal(queue.count, NV_CLASS_END - 1);
	assert_int_equal(nv_queue_flying(&queue, 1)->event.before, NV_CRITICAL);
	assert_int_equal(nv_queue_flying(&queue, 1)->event.now, NV_UNKNOWN);
	send_all(10, &last);
	nv_queue_report_hung(&queue, &report);
	assert_int_equal(queue.count, 0);
	assert_true(nv_queue_restate(&queue, &report, false));
	assert_int_equal(queue.count, NV_CLASS_END - 1);
	assert_int_equal(nv_queue_flying(&queue, 0)->event.now, NV_OK);
	assert_int_equal(nv_queue_flying(&queue, 1)->event.now, NV_CRITICAL);
}

/* Warnings are not reported where only criticals are wanted, and yet every raise meets its clear.
 */
static void less_severe_is_not_told(void **state)
{
	struct nv_notice last;

	(void)state;
	nv_queue_at(&queue, 1, NV_CRITICAL, 0);
	push(1, 1, NV_OK, NV_WARNING);
	push(2, 1, NV_WARNING, NV_OK);
	push(3, 2, NV_OK, NV_UNKNOWN);
	assert_int_equal(queue.count, 0);
	report.classes[2].status = NV_UNKNOWN;
	assert_true(nv_queue_restate(&queue, &report, true));
	assert_int_equal(queue.count, 0);
	push(4, 1, NV_OK, NV_WARNING);
	push(5, 1, NV_WARNING, NV_CRITICAL);
	push(6, 1, NV_CRITICAL, NV_WARNING);
	push(7, 1, NV_WARNING, NV_OK);
	assert_int_equal(send_all(2, &last), 3);
	assert_int_equal(last.event.now, NV_OK);
	push(8, 1, NV_OK, NV_WARNING);
	assert_int_equal(queue.count, 0);
	/* A first clear after a restart: what it clears was reported by the process before, or was
	 * not.
	 */
	set_up(NULL);
	nv_queue_at(&queue, 3, NV_CRITICAL, 0);
	push(9, 3, NV_WARNING, NV_OK);
	assert_int_equal(queue.count, 0);
	push(10, 4, NV_CRITICAL, NV_OK);
	assert_int_equal(queue.count, 1);
	assert_int_equal(queue.lost, 0);
	nv_queue_at(&queue, 4, NV_WARNING, 0);
	push(11, 5, NV_OK, NV_UNKNOWN);
	assert_int_equal(queue.count, 1);
	nv_queue_at(&queue, 4, NV_UNKNOWN, 0);
	push(12, 5, NV_OK, NV_UNKNOWN);
	assert_int_equal(queue.count, 2);
}

/* One notification of a thing in so many seconds; then how it stands, if that is an increase. */
static void hold_time_spaces_notifications(void **state)
{
	struct nv_notice last;

	(void)state;
	nv_queue_at(&queue, 1000, NV_UNKNOWN, 60);
	push(1, 1, NV_OK, NV_WARNING);
	push(2, 2, NV_OK, NV_WARNING); /* another thing */
	report.classes[1].status = report.classes[2].status = NV_WARNING;
	assert_int_equal(send_all(0, &last), 2);
	for (unsigned i = 0; i < 5; i++) { /* it flaps */
		nv_queue_at(&queue, 1010 + i, NV_UNKNOWN, 60);
		push(3 + 2 * i, 1, NV_WARNING, NV_OK);
		push(4 + 2 * i, 1, NV_OK, NV_WARNING);
	}
	push(20, 1, NV_WARNING, NV_OK);
	report.classes[1].status = NV_OK;
	assert_int_equal(queue.count, 0);
	assert_true(queue.held);
	assert_true(nv_queue_restate(&queue, &report, false));
	assert_int_equal(queue.count, 0);
	nv_queue_at(&queue, 1061, NV_UNKNOWN, 60);
	queue.held = false;
	assert_true(nv_queue_restate(&queue, &report, false));
	assert_int_equal(send_all(1, &last), 1);
	assert_int_equal(last.event.klass, 1);
	assert_int_equal(last.event.now, NV_OK);
	assert_false(queue.held);
	/* A master that was away is reported what is bad in any case. */
	assert_true(nv_queue_restate(&queue, &report, true));
	assert_int_equal(send_all(2, &last), 1);
	assert_int_equal(last.event.klass, 2);
}

/*
 * Random transitions of all classes, random acknowledgements, outages and floods. When it calms
 * down, the last notification that the manager has of each class says what is true.
 */
/* What stands is said again, no more often than asked, and is no raise; what is ok is not. */
static void what_stands_is_repeated(void **state)
{
	struct nv_notice last = { .number = 0 };

	(void)state;
	nv_queue_at(&queue, 100, NV_UNKNOWN, 0);
	push(7, NV_CLASS_LOST, NV_OK, NV_WARNING);
	assert_int_equal(send_all(100, &last), 1);
	report.classes[NV_CLASS_LOST].status = NV_WARNING;
	report.classes[NV_CLASS_SYSTEM].status = NV_CRITICAL; /* stood before this agent started */
	report.last_event = 9;
	nv_queue_repeat(&queue, &report, 0, true, true);
	for (double at_s = 101; at_s < 160; at_s++) {
		nv_queue_at(&queue, at_s, NV_UNKNOWN, 3600);
		nv_queue_repeat(&queue, &report, 60, true, true);
	}
	assert_int_equal(queue.count, 0);
	nv_queue_at(&queue, 160, NV_UNKNOWN, 3600);
	nv_queue_repeat(&queue, &report, 60, false, true);
	assert_int_equal(queue.count, 0);
	nv_queue_repeat(&queue, &report, 60, true, true);
	nv_queue_repeat(&queue, &report, 60, true, true); /* while they wait: once */
	assert_int_equal(queue.count, 2);
	nv_queue_at(&queue, 230, NV_UNKNOWN, 3600); /* the master is away: none gathers */
	nv_queue_repeat(&queue, &report, 60, true, true);
	nv_queue_at(&queue, 160, NV_UNKNOWN, 3600);
	assert_int_equal(queue.count, 2);
	assert_int_equal(at(&queue, 0)->event.klass, NV_CLASS_LOST);
	assert_int_equal(at(&queue, 0)->event.before, NV_WARNING);
	assert_int_equal(at(&queue, 0)->event.now, NV_WARNING);
	assert_int_equal(at(&queue, 0)->event.number, 9);
	assert_int_equal(at(&queue, 1)->event.before, NV_CRITICAL);
	assert_int_equal(send_all(160, &last), 2);
	assert_int_equal(last.number, 3);
	for (double at_s = 161; at_s < 220; at_s++) {
		nv_queue_at(&queue, at_s, NV_UNKNOWN, 3600);
		nv_queue_repeat(&queue, &report, 60, true, true);
	}
	assert_int_equal(queue.count, 0);
	nv_queue_at(&queue, 220, NV_CRITICAL, 0);
	nv_queue_repeat(&queue, &report, 60, true, true);
	assert_int_equal(queue.count, 2); /* the warning was told: it is followed to its end */
}

/* Numbered as they are put in; one that did not fit leaves the only gap. */
static void notifications_are_numbered(void **state)
{
	struct nv_notice last = { .number = 0 };
	double wait_s;

	(void)state;
	nv_queue_at(&queue, 100, NV_CRITICAL, 0);
	push(5, 1, NV_OK, NV_WARNING); /* an event that is not wanted takes no number */
	push(6, 1, NV_OK, NV_CRITICAL);
	assert_int_equal(nv_queue_next(&queue, 100, &wait_s)->number, 1);
	nv_queue_sent(&queue);
	nv_queue_rewind(&queue);
	assert_int_equal(nv_queue_next(&queue, 100, &wait_s)->number, 1);
	for (unsigned i = 0; i < NV_QUEUE_ROOM; i++)
		push(7 + i, 2, NV_OK, NV_CRITICAL);
	assert_int_equal(queue.lost, 1);
	assert_int_equal(nv_queue_next(&queue, 100, &wait_s)->number, 2);
	assert_true(send_all(200, &last) > 0);
	assert_int_equal(queue.last_number, 1 + NV_QUEUE_ROOM);
}

static void manager_ends_up_knowing_the_truth(void **state)
{
	uint64_t random = 99;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		enum nv_status belief[NV_CLASS_END], truth[NV_CLASS_END];
		uint32_t number = 0, delivered = 0, overflows = 0, unwanted = 0;
		unsigned restated = 0;
		double now_s = 0, wait_s;

		set_up(NULL);
		for (unsigned c = 0; c < NV_CLASS_END; c++)
			belief[c] = truth[c] = NV_OK;
		for (unsigned step = 0; step < 400; step++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			unsigned dice = (unsigned)(random >> 40);
			unsigned klass = 1 + dice % 5;
			now_s += 0.05;
			for (unsigned n = dice % 97 == 0 ? 300 : dice % 2; n > 0; n--) {
				enum nv_status next = truth[klass] == NV_OK ? NV_WARNING
					: truth[klass] == NV_WARNING        ? NV_CRITICAL
									    : NV_OK;
				uint32_t before = queue.count + queue.lost;
				push(++number, klass, truth[klass], next);
				if (queue.count + queue.lost ==
					before) { /* it clears what was given up */
					assert_int_equal(next, NV_OK);
					unwanted++;
				}
				truth[klass] = next;
				report.classes[klass].status = next;
			}
			if (dice % 31 == 0)
				nv_queue_rewind(&queue);
			const struct nv_notice *notice = nv_queue_next(&queue, now_s, &wait_s);
			if (notice)
				nv_queue_sent(&queue);
			if (dice % 3 == 0 && queue.flying > 0) {
				notice = nv_queue_flying(&queue, 0);
				if (notice->kind != NV_NOTICE_OVERFLOW)
					belief[notice->event.klass] = notice->event.now;
				delivered++;
				nv_queue_acked(&queue, 1);
			}
		}
		for (unsigned calm = 0; calm < 3; calm++) {
			for (unsigned turn = 0; queue.count > 0; turn++) {
				assert_true(queue.count <= NV_QUEUE_ROOM);
				assert_true(turn <
					NV_QUEUE_ROOM); /* ten a second: some leave each turn */
				now_s += 1;
				nv_queue_rewind(&queue);
				for (unsigned sent = 0; nv_queue_next(&queue, now_s, &wait_s);
					sent++) {
					assert_true(sent < NV_QUEUE_ROOM);
					nv_queue_sent(&queue);
					const struct nv_notice *notice = nv_queue_flying(&queue, 0);
					if (notice->kind == NV_NOTICE_OVERFLOW)
						overflows++;
					else
						belief[notice->event.klass] = notice->event.now;
					delivered++;
					nv_queue_acked(&queue, 1);
				}
			}
			unsigned before = queue.count;
			assert_true(nv_queue_restate(&queue, &report, false));
			restated += queue.count - before;
			nv_queue_report_lost(&queue, &report);
		}
		for (unsigned c = 1; c < NV_CLASS_END; c++)
			assert_int_equal(belief[c], truth[c]);
		assert_int_equal(delivered + queue.lost + unwanted, number + restated + overflows);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(order_is_kept, set_up),
		cmocka_unit_test_setup(window_of_unacknowledged_is_bounded, set_up),
		cmocka_unit_test_setup(pace_is_ten_a_second_after_fifty, set_up),
		cmocka_unit_test_setup(what_was_in_flight_is_sent_again, set_up),
		cmocka_unit_test_setup(full_ring_drops_the_oldest_and_counts, set_up),
		cmocka_unit_test_setup(reconnect_tells_classes_that_are_not_ok, set_up),
		cmocka_unit_test_setup(waiting_event_is_not_told_twice, set_up),
		cmocka_unit_test_setup(learning_and_disabled_are_no_trouble, set_up),
		cmocka_unit_test_setup(hung_sampler_is_told_and_ended, set_up),
		cmocka_unit_test_setup(less_severe_is_not_told, set_up),
		cmocka_unit_test_setup(hold_time_spaces_notifications, set_up),
		cmocka_unit_test_setup(what_stands_is_repeated, set_up),
		cmocka_unit_test_setup(notifications_are_numbered, set_up),
		cmocka_unit_test(manager_ends_up_knowing_the_truth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
