/* SPDX-License-Identifier: MIT */
/*
 * Interfaces in trouble: what is held for a window is reported once, as raise and clear of one key;
 * what the ring gave up is reported again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "queue.c"
#include "ports.c"
#include "watch.c"

#define HOLD_S 60

static struct nv_queue queue;
static struct nv_ports ports;
static struct nv_watch watch;
static struct nv_event past[64]; /* what the engine would keep */
static unsigned past_count;
static bool wanted; /* NotifyScope takes interfaces in */
static struct nv_report report;
static struct nv_if_state interfaces[NV_WATCHED + 8];

static int set_up(void **state)
{
	(void)state;
	memset(&queue, 0, sizeof(queue));
	memset(&ports, 0, sizeof(ports));
	memset(&watch, 0, sizeof(watch));
	past_count = 0;
	wanted = true;
	memset(&report, 0, sizeof(report));
	memset(interfaces, 0, sizeof(interfaces));
	nv_queue_init(&queue);
	report.time_s = 1700000000;
	report.interfaces = interfaces;
	report.interface_count = 2;
	for (unsigned i = 0; i < NV_WATCHED + 8; i++) {
		interfaces[i].index = i + 2;
		interfaces[i].feeds = true;
		interfaces[i].status = NV_OK;
		snprintf(interfaces[i].name, sizeof(interfaces[i].name), "eth%u", i);
		for (unsigned k = 0; k < NV_IF_INDICATORS; k++)
			interfaces[i].verdicts[k].status = NV_OK;
	}
	return 0;
}

static void become(unsigned i, enum nv_status status)
{
	interfaces[i].status = interfaces[i].verdicts[0].status = status;
	snprintf(
		interfaces[i].verdicts[0].text, NV_TEXT_SIZE, "2.1 %% of packets received damaged");
}

static void add_event(void *context, const struct nv_event *seen)
{
	struct nv_event event = *seen;

	(void)context;
	event.number = ++report.last_event;
	event.time_s = report.time_s;
	if (past_count < sizeof(past) / sizeof(past[0]))
		past[past_count++] = event;
	if (event.kind == NV_EVENT_RESET) {
		nv_queue_push_reset(&queue, &event);
		return;
	}
	assert_int_equal(event.kind, NV_EVENT_INTERFACE);
	nv_ports_note(&ports, &event, "eth", wanted);
	if (wanted)
		nv_ports_report(&ports, &queue, false);
}

/* So many seconds, a report every ten. */
static void pass(unsigned seconds)
{
	for (unsigned t = 0; t < seconds; t += 10) {
		nv_watch(&watch, &report, HOLD_S, add_event, NULL);
		if (wanted)
			nv_ports_report(&ports, &queue, false);
		report.time_s += 10;
	}
}

/* Take one notification out of the queue; its key by the interface's index. False: there is none.
 */
static bool take(unsigned *index, enum nv_status *now)
{
	double wait_s;
	static double clock_s;
	const struct nv_notice *notice = nv_queue_next(&queue, clock_s += 10, &wait_s);

	if (!notice)
		return false;
	assert_int_equal(notice->kind, NV_NOTICE_INTERFACE);
	*index = ports.place[notice->port].index;
	*now = notice->event.now;
	nv_queue_sent(&queue);
	nv_queue_acked(&queue, 1);
	return true;
}

static void what_holds_is_told_once(void **state)
{
	unsigned index;
	enum nv_status now;

	(void)state;
	become(1, NV_WARNING);
	pass(HOLD_S);
	assert_false(take(&index, &now));
	pass(10);
	assert_string_equal(nv_queue_flying(&queue, 0)->event.text,
		"interface eth1 warning (was ok): 2.1 % of packets received damaged");
	assert_true(take(&index, &now));
	assert_int_equal(index, 3);
	assert_int_equal(now, NV_WARNING);
	pass(300);
	assert_false(take(&index, &now));
	become(1, NV_CRITICAL);
	pass(HOLD_S + 10);
	assert_true(take(&index, &now));
	assert_int_equal(now, NV_CRITICAL);
	become(1, NV_OK);
	pass(HOLD_S);
	assert_false(take(&index, &now));
	pass(10);
	assert_true(take(&index, &now));
	assert_int_equal(index, 3);
	assert_int_equal(now, NV_OK);
	pass(HOLD_S);
	assert_int_equal(ports.place[0].index, 0);
	assert_int_equal(watch.place[0].index, 0);
	assert_false(take(&index, &now));
}

static void short_trouble_is_not_told(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		become(0, NV_CRITICAL);
		pass(HOLD_S / 2);
		become(0, NV_OK);
		pass(HOLD_S / 2);
	}
	assert_int_equal(queue.count, 0);
}

/* Between warning and critical at every view: raised all the same. */
static void wavering_trouble_is_told(void **state)
{
	unsigned index;
	enum nv_status now;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		become(0, i % 2 ? NV_CRITICAL : NV_WARNING);
		pass(10);
	}
	assert_true(take(&index, &now));
	assert_true(nv_is_raised(now));
	assert_false(take(&index, &now));
}

static void others_are_not_watched(void **state)
{
	(void)state;
	interfaces[0].feeds = false;
	become(0, NV_CRITICAL);
	become(1, NV_UNKNOWN);
	pass(200);
	assert_int_equal(queue.count, 0);
}

static void one_that_goes_is_cleared(void **state)
{
	unsigned index;
	enum nv_status now;

	(void)state;
	become(1, NV_WARNING);
	pass(HOLD_S + 10);
	assert_true(take(&index, &now));
	report.interface_count = 1;
	pass(10);
	assert_non_null(strstr(nv_queue_flying(&queue, 0)->event.text, "it is gone"));
	assert_true(take(&index, &now));
	assert_int_equal(index, 3);
	assert_int_equal(now, NV_OK);
}

static void same_index_another_interface(void **state)
{
	unsigned index;
	enum nv_status now;

	(void)state;
	become(1, NV_WARNING);
	pass(HOLD_S + 10);
	assert_true(take(&index, &now));
	snprintf(interfaces[1].name, sizeof(interfaces[1].name), "wan");
	pass(10);
	assert_true(take(&index, &now));
	assert_int_equal(now, NV_OK);
	pass(HOLD_S);
	assert_true(take(&index, &now));
	assert_int_equal(now, NV_WARNING);
	assert_false(take(&index, &now));
}

static void more_than_there_are_places(void **state)
{
	unsigned index, raised = 0, cleared = 0;
	enum nv_status now;

	(void)state;
	report.interface_count = NV_WATCHED + 8;
	for (unsigned i = 0; i < NV_WATCHED + 8; i++)
		become(i, NV_WARNING);
	pass(HOLD_S + 10);
	while (take(&index, &now))
		raised++;
	for (unsigned i = 0; i < NV_WATCHED; i++)
		become(i, NV_OK);
	pass(2 * HOLD_S);
	while (take(&index, &now))
		now == NV_OK ? cleared++ : raised++;
	pass(2 * HOLD_S);
	while (take(&index, &now))
		now == NV_OK ? cleared++ : raised++;
	assert_int_equal(cleared, NV_WATCHED);
	assert_int_equal(raised, NV_WATCHED + 8);
}

/* Events of the core push the raise out of the ring: it comes again when there is room. */
static void what_was_given_up_is_told_again(void **state)
{
	unsigned index, reported = 0;
	enum nv_status now;
	double wait_s, clock_s = 1e6;

	(void)state;
	become(0, NV_WARNING);
	pass(HOLD_S + 10);
	assert_int_equal(queue.count, 1);
	for (unsigned i = 1; i <= NV_QUEUE_ROOM; i++) {
		struct nv_event event = { .number = i,
			.kind = NV_EVENT_CLASS,
			.klass = (enum nv_class_id)1,
			.before = NV_OK,
			.now = NV_WARNING };
		nv_queue_push(&queue, &event);
	}
	assert_int_equal(queue.lost, 1);
	pass(10); /* no room: nothing more is pushed out */
	assert_int_equal(queue.lost, 1);
	while (nv_queue_next(&queue, clock_s += 10, &wait_s)) {
		nv_queue_sent(&queue);
		nv_queue_acked(&queue, 1);
	}
	pass(10);
	while (take(&index, &now))
		reported++;
	assert_int_equal(reported, 1);
	assert_int_equal(now, NV_WARNING);
}

static void all_is_told_after_a_reconnect(void **state)
{
	unsigned index;
	enum nv_status now;

	(void)state;
	become(0, NV_WARNING);
	pass(HOLD_S + 10);
	nv_ports_report(&ports, &queue, true); /* it waits: that is enough */
	assert_true(take(&index, &now));
	assert_false(take(&index, &now));
	nv_ports_report(&ports, &queue, true);
	assert_true(take(&index, &now));
	assert_int_equal(now, NV_WARNING);
}

/* Another process goes on: what it knows is what the engine has kept. */
static void restart(void)
{
	memset(&queue, 0, sizeof(queue));
	memset(&ports, 0, sizeof(ports));
	memset(&watch, 0, sizeof(watch));
	nv_queue_init(&queue);
	nv_watch_begin(&watch, &report);
	nv_watch_resume(&watch, past, past_count);
}

static void nothing_is_told_again_after_a_restart(void **state)
{
	unsigned index;
	enum nv_status now;

	(void)state;
	become(0, NV_WARNING);
	become(1, NV_WARNING);
	pass(HOLD_S + 10);
	assert_true(take(&index, &now) && take(&index, &now));
	become(1, NV_OK);
	pass(HOLD_S + 10);
	assert_true(take(&index, &now));
	restart();
	pass(3 * HOLD_S);
	assert_false(take(&index, &now));
	assert_int_equal(watch.place[0].index, interfaces[0].index);
	become(0, NV_OK);
	pass(HOLD_S + 10);
	assert_true(take(&index, &now));
	assert_int_equal(index, interfaces[0].index);
	assert_int_equal(now, NV_OK);
	assert_false(take(&index, &now));
}

/* What cleared, or went away, while nobody looked. */
static void what_cleared_meanwhile_is_cleared(void **state)
{
	unsigned index;
	enum nv_status now;

	(void)state;
	become(1, NV_CRITICAL);
	pass(HOLD_S + 10);
	assert_true(take(&index, &now));
	restart();
	report.interface_count = 1;
	pass(10);
	assert_int_equal(nv_queue_flying(&queue, 0)->event.before, NV_CRITICAL);
	assert_true(take(&index, &now));
	assert_int_equal(index, 3);
	assert_int_equal(now, NV_OK);
}

/* Nobody wanted to hear of the raise: its clear is no change either, but what was reported is
 * followed.
 */
static void only_what_is_wanted_is_told(void **state)
{
	unsigned index;
	enum nv_status now;

	(void)state;
	wanted = false;
	become(0, NV_WARNING);
	become(1, NV_WARNING);
	pass(HOLD_S + 10);
	become(0, NV_OK);
	pass(HOLD_S + 10);
	assert_int_equal(past_count, 3);
	wanted = true;
	pass(HOLD_S);
	assert_false(take(&index, &now));
	become(1, NV_CRITICAL);
	pass(HOLD_S + 10);
	assert_true(take(&index, &now));
	assert_int_equal(now, NV_CRITICAL);
	wanted = false;
	become(1, NV_OK);
	pass(HOLD_S + 10);
	assert_false(take(&index, &now));
	wanted = true;
	pass(10);
	assert_true(take(&index, &now));
	assert_int_equal(now, NV_OK);
}

static unsigned resets(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < past_count; i++)
		count += past[i].kind == NV_EVENT_RESET;
	return count;
}

static void a_reset_is_told_once_a_minute(void **state)
{
	(void)state;
	report.discontinuities = 3;
	nv_watch_begin(&watch, &report);
	pass(20);
	assert_int_equal(resets(), 0); /* of before */
	for (unsigned i = 0; i < 4; i++) {
		report.discontinuities++;
		pass(10);
	}
	assert_int_equal(resets(), 1);
	pass(30);
	report.discontinuities++;
	report.uptime_s = -5;
	pass(10);
	assert_int_equal(resets(), 2);
	assert_non_null(strstr(past[1].text, "the stack and its counters started over"));
	report.time_s -= 3600; /* the clock is set back: that hour is not waited for */
	report.discontinuities++;
	pass(10);
	assert_int_equal(resets(), 3);
}

static void one_reset_that_waits_is_enough(void **state)
{
	struct nv_event event = { .kind = NV_EVENT_RESET, .number = 1 };

	(void)state;
	nv_queue_push_reset(&queue, &event);
	event.number = 2;
	nv_queue_push_reset(&queue, &event);
	assert_int_equal(queue.count, 1);
	assert_int_equal(nv_queue_flying(&queue, 0)->event.number, 2);
	nv_queue_sent(&queue);
	nv_queue_push_reset(&queue, &event);
	assert_int_equal(queue.count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_holds_is_told_once, set_up),
		cmocka_unit_test_setup(short_trouble_is_not_told, set_up),
		cmocka_unit_test_setup(wavering_trouble_is_told, set_up),
		cmocka_unit_test_setup(others_are_not_watched, set_up),
		cmocka_unit_test_setup(one_that_goes_is_cleared, set_up),
		cmocka_unit_test_setup(same_index_another_interface, set_up),
		cmocka_unit_test_setup(more_than_there_are_places, set_up),
		cmocka_unit_test_setup(what_was_given_up_is_told_again, set_up),
		cmocka_unit_test_setup(all_is_told_after_a_reconnect, set_up),
		cmocka_unit_test_setup(nothing_is_told_again_after_a_restart, set_up),
		cmocka_unit_test_setup(what_cleared_meanwhile_is_cleared, set_up),
		cmocka_unit_test_setup(only_what_is_wanted_is_told, set_up),
		cmocka_unit_test_setup(a_reset_is_told_once_a_minute, set_up),
		cmocka_unit_test_setup(one_reset_that_waits_is_enough, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
