/* SPDX-License-Identifier: MIT */
/*
 * Who is reported what: severity, time between two, and what of it outlives a restart.
 */
#include "engine_run.h"

static void restart(void)
{
	nv_engine_free(run.engine);
	start(&run);
}

static void start_healthy(void)
{
	start(&run);
	feed();
	healthy(30);
}

/* Until the class has that status; how many samples it took. */
static unsigned until(enum nv_status status, unsigned lost_per_mille)
{
	unsigned samples = 0;

	while (status_of(NV_CLASS_LOST) != status && samples < 300) {
		ten_seconds(lost_per_mille);
		samples++;
	}
	assert_int_equal(status_of(NV_CLASS_LOST), status);
	return samples;
}

/* What was reported of the class, as "2>3 3>1 ". */
static const char *reported(void)
{
	static char text[256];
	size_t used = 0;

	text[0] = 0;
	for (uint32_t n = 1; n <= last_event(); n++) {
		struct nv_event event = event_of(n);

		if (event.kind == NV_EVENT_CLASS && event.klass == NV_CLASS_LOST && event.notify)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%d>%d ",
				(int)event.before, (int)event.now);
	}
	return text;
}

static void what_is_due(void **state)
{
	static const struct {
		enum nv_status least;
		double hold_s;
		enum nv_status reported;
		double since_s;
		enum nv_status before, now;
		enum nv_due due;
	} rows[] = {
		{ NV_UNKNOWN, 0, 0, NAN, NV_OK, NV_UNKNOWN, NV_DUE_NOW },
		{ NV_WARNING, 0, 0, NAN, NV_OK, NV_UNKNOWN, NV_DUE_NOT },
		{ NV_WARNING, 0, 0, NAN, NV_UNKNOWN, NV_OK, NV_DUE_NOT },
		{ NV_WARNING, 0, 0, NAN, NV_OK, NV_WARNING, NV_DUE_NOW },
		{ NV_CRITICAL, 0, 0, NAN, NV_OK, NV_WARNING, NV_DUE_NOT },
		{ NV_CRITICAL, 0, 0, NAN, NV_WARNING, NV_CRITICAL, NV_DUE_NOW },
		{ NV_CRITICAL, 0, NV_CRITICAL, 5, NV_CRITICAL, NV_WARNING, NV_DUE_NOW },
		{ NV_CRITICAL, 0, NV_WARNING, 5, NV_WARNING, NV_OK, NV_DUE_NOW },
		{ NV_CRITICAL, 0, NV_OK, 5, NV_WARNING, NV_OK, NV_DUE_NOT },
		{ NV_CRITICAL, 0, 0, NAN, NV_CRITICAL, NV_OK,
			NV_DUE_NOW }, /* raised before a restart */
		{ NV_UNKNOWN, 60, 0, NAN, NV_OK, NV_WARNING, NV_DUE_NOW },
		{ NV_UNKNOWN, 60, NV_WARNING, 59, NV_WARNING, NV_OK, NV_DUE_LATER },
		{ NV_UNKNOWN, 60, NV_WARNING, 60, NV_WARNING, NV_OK, NV_DUE_NOW },
		{ NV_UNKNOWN, 60, NV_WARNING, -5, NV_WARNING, NV_OK,
			NV_DUE_NOW }, /* the clock was set back */
		{ NV_CRITICAL, 60, NV_OK, 5, NV_OK, NV_WARNING, NV_DUE_NOT },
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(rows); i++)
		if (nv_due(rows[i].least, rows[i].hold_s, rows[i].reported, rows[i].since_s,
			    rows[i].before, rows[i].now) != rows[i].due)
			fail_msg("row %u", i);
}

/* A raise that was reported is followed to its clear; what was never severe enough is an event
 * alone.
 */
static void only_what_is_severe_enough(void **state)
{
	(void)state;
	run.config.notify_least = NV_CRITICAL;
	start_healthy();
	until(NV_WARNING, 30);
	assert_string_equal(reported(), "");
	until(NV_OK, 0);
	assert_string_equal(reported(), "");
	assert_contains(class_event(NV_CLASS_LOST).text, "lost ok (was warning");
	healthy(100);
	until(NV_CRITICAL, 300);
	assert_contains(reported(), ">3 ");
	until(NV_OK, 0);
	assert_contains(reported(), ">1 ");
}

/* What is over is not lowered step by step, with a warning about nothing in between. */
static void the_end_of_a_critical_is_told_once(void **state)
{
	size_t raised;

	(void)state;
	start_healthy();
	until(NV_CRITICAL, 300);
	for (unsigned i = 0; i < 30; i++)
		ten_seconds(300);
	raised = strlen(reported());
	until(NV_OK, 0);
	assert_string_equal(reported() + raised, "3>1 ");
	assert_contains(class_event(NV_CLASS_LOST).text, "lost ok (was critical ");
}

/* The restart between raise and clear changes nothing of that. */
static void a_restart_forgets_no_raise(void **state)
{
	(void)state;
	run.config.notify_least = NV_CRITICAL;
	start_healthy();
	until(NV_CRITICAL, 300);
	until(NV_WARNING, 30);
	assert_contains(reported(), "3>2 ");
	restart();
	feed();
	until(NV_OK, 0);
	assert_contains(reported(), "2>1 ");
}

/* Meanwhile events alone; then how it stands, once, under a number of its own. */
static void not_more_often_than_that(void **state)
{
	uint32_t cleared;

	(void)state;
	run.config.notify_hold_s = 7200;
	start_healthy();
	until(NV_WARNING, 30);
	assert_string_equal(reported(), "1>2 ");
	until(NV_OK, 0);
	cleared = class_event(NV_CLASS_LOST).number;
	assert_string_equal(reported(), "1>2 ");
	healthy(720);
	assert_string_equal(reported(), "1>2 2>1 ");
	assert_true(class_event(NV_CLASS_LOST).number > cleared);
	assert_contains(class_event(NV_CLASS_LOST).text, "lost ok (was warning ");
	assert_int_equal(class_event(NV_CLASS_LOST).indicator, NV_I_tcpRetrans);
	assert_int_equal(nv_engine_report(run.engine)->classes[NV_CLASS_LOST].changes, 2);
}

/* Raised, cleared and raised again while nobody may be reported: there is nothing new to say then.
 */
static void what_comes_back_is_no_news(void **state)
{
	(void)state;
	run.config.notify_hold_s = 7200;
	start_healthy();
	until(NV_WARNING, 30);
	until(NV_OK, 0);
	healthy(100);
	until(NV_WARNING, 30);
	for (unsigned i = 0; i < 720; i++)
		ten_seconds(30);
	assert_string_equal(reported(), "1>2 ");
}

/* Indicators as classes, also when nothing moves any more. */
static void indicators_too(void **state)
{
	unsigned count = 0;

	(void)state;
	run.config.notify_scope = NV_SCOPE_INDICATOR;
	run.config.notify_hold_s = 7200;
	start_healthy();
	until(NV_WARNING, 30);
	until(NV_OK, 0);
	healthy(720);
	for (uint32_t n = 1; n <= last_event(); n++) {
		struct nv_event event = event_of(n);

		if (event.kind == NV_EVENT_INDICATOR && event.indicator == NV_I_tcpRetrans)
			count += event.notify;
	}
	assert_int_equal(count, 2);
}

/* Every kind of event is kept: a memory that holds one is not damaged. */
static void events_of_all_kinds_outlive_it(void **state)
{
	(void)state;
	start(&run);
	feed();
	for (unsigned kind = NV_EVENT_INTERFACE; kind <= NV_EVENT_RESET; kind++) {
		struct nv_event seen = { .kind = (enum nv_event_kind)kind,
			.interface = kind == NV_EVENT_INTERFACE ? 3 : 0,
			.klass = kind == NV_EVENT_INTERFACE ? NV_CLASS_SYSTEM : NV_CLASS_NONE,
			.before = NV_OK,
			.now = kind == NV_EVENT_INTERFACE ? NV_WARNING : NV_OK,
			.text = "seen" };

		nv_engine_add_event(run.engine, &seen);
	}
	restart();
	assert_false(nv_engine_notice(run.engine, run.err.text, sizeof(run.err.text)));
	assert_int_equal(last_event(), 2);
	assert_int_equal(event_of(1).interface, 3);
	assert_int_equal(event_of(2).kind, NV_EVENT_RESET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_due),
		cmocka_unit_test_setup_teardown(only_what_is_severe_enough, begin, end),
		cmocka_unit_test_setup_teardown(the_end_of_a_critical_is_told_once, begin, end),
		cmocka_unit_test_setup_teardown(
			a_restart_forgets_no_raise, begin_with_memory, end_with_memory),
		cmocka_unit_test_setup_teardown(not_more_often_than_that, begin, end),
		cmocka_unit_test_setup_teardown(what_comes_back_is_no_news, begin, end),
		cmocka_unit_test_setup_teardown(indicators_too, begin, end),
		cmocka_unit_test_setup_teardown(
			events_of_all_kinds_outlive_it, begin_with_memory, end_with_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
