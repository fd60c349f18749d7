/* SPDX-License-Identifier: MIT */
/* A one-shot report asks the memory of a front end that runs on what is usual, since when, and what
 * was reported. */
#include "nv_present.h"
#include "engine_run.h"

enum { HOUR = 360 };

static struct nv_state
	*front_end; /* what a front end has saved after some days and a fault that stands */
static struct nv_event reported; /* by it */
static char directory[sizeof(run.config.state_dir)];

static void hour(unsigned lost_per_mille)
{
	for (unsigned i = 0; i < HOUR; i++)
		ten_seconds(lost_per_mille);
	run.host.hour_of_week = (run.host.hour_of_week + 1) % 168;
}

/* Some hours of 0.3 % retransmitted, then 12 % until it is reported. */
static void run_frontend(unsigned hours)
{
	start(&run);
	for (unsigned i = 0; i < hours; i++)
		hour(3);
	for (unsigned i = 0; i < 30 && status_of(NV_CLASS_LOST) != NV_CRITICAL; i++)
		ten_seconds(120);
	reported = class_event(NV_CLASS_LOST);
	nv_engine_free(run.engine);
	front_end = nv_state_open(state_path(), &run.err);
	assert_non_null(front_end);
	/* From now on someone looks. */
	memcpy(directory, run.config.state_dir, sizeof(directory));
	run.config.state_dir[0] = run.config.front_end[0] = 0;
	run.config.mode = NV_ONESHOT;
	start(&run);
	nv_engine_consult(run.engine, front_end, "unit");
	feed();
}

static int end_frontend(void **state)
{
	nv_state_close(front_end);
	front_end = NULL;
	memcpy(run.config.state_dir, directory, sizeof(directory));
	return end_with_memory(state);
}

static const char *text_of_report(void)
{
	static char text[8192];
	static struct nv_report total;
	struct nv_out out = { text, sizeof(text), 0 };
	const struct nv_style style = { .width = 80 };
	const struct nv_report *report = nv_engine_report(run.engine);

	nv_engine_total(run.engine, &total);
	nv_report_text(&out, report, &total, &style);
	return text;
}

static void known(void **state)
{
	const struct nv_report *r;
	const struct nv_verdict *v;

	(void)state;
	run_frontend(80);
	assert_int_equal(reported.now, NV_CRITICAL);
	for (unsigned i = 0; i < 3; i++)
		ten_seconds(120);
	r = nv_engine_report(run.engine);
	v = &r->verdicts[NV_I_tcpRetrans];
	assert_int_equal(v->status, NV_CRITICAL);
	assert_int_equal(v->reason, NV_REASON_THRESHOLD); /* it judges nothing */
	assert_near(v->usual, 0.003, 0.0005);
	assert_true(isnan(r->verdicts[NV_I_ipNoRoute].usual) ||
		r->verdicts[NV_I_ipNoRoute].usual < 0.5);
	assert_non_null(strstr(v->text, ", usual 0."));
	assert_true(r->classes[NV_CLASS_LOST].since_s > 0 &&
		r->classes[NV_CLASS_LOST].since_s <= reported.time_s);
	assert_int_equal(r->classes[NV_CLASS_ROUTING].since_s, 0);
	assert_string_equal(r->consulted, "unit");
	assert_true(r->past_count > 0);
	assert_int_equal(r->past[r->past_count - 1].number, reported.number);
	assert_non_null(strstr(text_of_report(), "; usual: by unit\n"));
	assert_non_null(strstr(text_of_report(), "retransmitted, usually 0."));
	assert_non_null(strstr(text_of_report(), "\n today  "));
	assert_non_null(strstr(text_of_report(), " L critical\n"));
}

/* What a front end said long ago is still what is usual, but says nothing of how things stand. */
static void long_ago(void **state)
{
	(void)state;
	run_frontend(80);
	host_sleep(&run.host, 30 * 3600);
	for (unsigned i = 0; i < 3; i++)
		ten_seconds(120);
	assert_near(nv_engine_report(run.engine)->verdicts[NV_I_tcpRetrans].usual, 0.003, 0.0005);
	assert_int_equal(nv_engine_report(run.engine)->classes[NV_CLASS_LOST].since_s, 0);
	assert_null(strstr(text_of_report(), " today "));
}

/* A front end that has not learned enough knows nothing of what is usual. */
static void too_young(void **state)
{
	(void)state;
	run_frontend(5);
	for (unsigned i = 0; i < 3; i++)
		ten_seconds(120);
	assert_true(isnan(nv_engine_report(run.engine)->verdicts[NV_I_tcpRetrans].usual));
	assert_true(nv_engine_report(run.engine)->classes[NV_CLASS_LOST].since_s > 0);
}

/* Since boot is another question: what is usual at this hour, or stands now, is no answer to it. */
static void totals(void **state)
{
	static struct nv_report total;

	(void)state;
	run_frontend(80);
	ten_seconds(120);
	nv_engine_report(run.engine);
	nv_engine_total(run.engine, &total);
	assert_true(isnan(total.verdicts[NV_I_tcpRetrans].usual));
	assert_int_equal(total.classes[NV_CLASS_LOST].since_s, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(known, begin_with_memory, end_frontend),
		cmocka_unit_test_setup_teardown(long_ago, begin_with_memory, end_frontend),
		cmocka_unit_test_setup_teardown(too_young, begin_with_memory, end_frontend),
		cmocka_unit_test_setup_teardown(totals, begin_with_memory, end_frontend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
