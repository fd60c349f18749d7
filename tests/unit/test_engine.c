/* SPDX-License-Identifier: MIT */
/* The whole pipeline with made-up hosts: what raises and clears, and what never does. */
#include "engine_run.h"

/* ---- nothing
 * -------------------------------------------------------------------------------------- */

static void before_the_second_sample(void **state)
{
	const struct nv_report *r;

	(void)state;
	start(&run);
	r = nv_engine_report(run.engine);
	assert_int_equal(r->status, NV_UNKNOWN);
	assert_int_equal(r->last_event, 0);
	assert_nan(r->verdicts[NV_I_tcpRetrans].value);
	feed();
	assert_int_equal(nv_engine_report(run.engine)->last_event, 0);
}

static void a_healthy_host_is_never_news(void **state)
{
	(void)state;
	start(&run);
	feed();
	for (unsigned i = 0; i < 720; i++) {
		ten_seconds(0);
		for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
			assert_int_equal(status_of((enum nv_class_id)klass), NV_OK);
	}
	assert_int_equal(last_event(), 0);
	assert_int_equal(nv_engine_report(run.engine)->samples, 721);
}

static void an_idle_host_is_ok_without_values(void **state)
{
	const struct nv_report *r;

	(void)state;
	start(&run);
	feed();
	for (unsigned i = 0; i < 60; i++) {
		host_sleep(&run.host, 10);
		feed();
	}
	r = nv_engine_report(run.engine);
	assert_int_equal(r->status, NV_OK);
	assert_int_equal(r->last_event, 0);
	assert_nan(r->verdicts[NV_I_tcpRetrans].value);
	assert_near(r->verdicts[NV_I_tcpRetrans].numerator, 0, 0);
	assert_contains(r->verdicts[NV_I_tcpRetrans].text, "no traffic");
}

/* ---- raise and clear
 * ------------------------------------------------------------------------------- */

/* What creeps up within hours is never change; it is raised all the same, on the second day, and
 * damage at its limit. */
static void what_creeps_up_is_raised(void **state)
{
	(void)state;
	start(&run);
	for (unsigned i = 0; i < 8640; i++) {
		run.host.hour_of_week = (int)(24 + i / 360);
		ten_seconds(1);
	}
	for (unsigned i = 0; i < 3240; i++) {
		run.host.hour_of_week = (int)(48 + i / 360);
		run.host.value[NV_C_tcpInCsumErrors] += i / 80;
		run.host.value[NV_C_tcpInOutOfOrder] += i / 80;
		ten_seconds(1 + (i < 1440 ? i : 1440) / 48);
	}
	assert_int_equal(status_of(NV_CLASS_CORRUPTED), NV_WARNING);
	assert_int_equal(
		nv_engine_report(run.engine)->verdicts[NV_I_tcpRetrans].status, NV_WARNING);
}

/* So many samples with damaged segments, and with segments of its own that come out of order. */
static void damaged(unsigned samples, unsigned segments, unsigned out_of_order)
{
	for (unsigned i = 0; i < samples; i++) {
		run.host.value[NV_C_tcpInCsumErrors] += segments;
		run.host.value[NV_C_tcpInOutOfOrder] += out_of_order;
		healthy(1);
	}
}

/* Anyone can send a segment with a wrong checksum: it means something where own connections suffer.
 * What is raised stands until it is over. */
static void forged_damage_is_noted(void **state)
{
	const struct nv_verdict *v;

	(void)state;
	start(&run);
	healthy(60);
	damaged(360, 500, 0);
	v = &nv_engine_report(run.engine)->verdicts[NV_I_tcpInChecksum];
	assert_int_equal(v->status, NV_OK);
	assert_int_equal(v->reason, NV_REASON_NOTED);
	assert_int_equal(v->side, NV_SIDE_UNSOLICITED);
	assert_int_equal(status_of(NV_CLASS_CORRUPTED), NV_OK);
	assert_int_equal(last_event(), 0);
	damaged(30, 500, 249); /* less than half as many */
	assert_int_equal(status_of(NV_CLASS_CORRUPTED), NV_OK);
	damaged(30, 500, 250);
	assert_int_equal(status_of(NV_CLASS_CORRUPTED), NV_CRITICAL);
	assert_int_equal(v->side, NV_SIDE_PATH);
	damaged(10, 500, 0);
	assert_int_equal(status_of(NV_CLASS_CORRUPTED), NV_CRITICAL);
	healthy(120);
	assert_int_equal(status_of(NV_CLASS_CORRUPTED), NV_OK);
}

/* Segments that always come out of order at this hour are no sign of it. */
static void what_is_usual_is_no_sign(void **state)
{
	(void)state;
	start(&run);
	for (unsigned hour = 0; hour < 4; hour++) {
		run.host.hour_of_week = (int)(50 + hour);
		damaged(360, 0, 100);
	}
	damaged(360, 50, 100);
	assert_int_equal(status_of(NV_CLASS_CORRUPTED), NV_OK);
	damaged(60, 50, 140);
	assert_int_equal(status_of(NV_CLASS_CORRUPTED), NV_WARNING);
}

/* Loss raises the class, something lesser goes last: the clear is about the loss. */
static void a_clear_names_what_was_worst(void **state)
{
	struct nv_event cleared;

	(void)state;
	start(&run);
	healthy(60);
	for (unsigned i = 0; i < 150; i++) {
		run.host.value[NV_C_tcpInDupPkts] += i > 40 ? 400 : 0;
		ten_seconds(i < 60 ? 30 : 0);
	}
	assert_int_equal(status_of(NV_CLASS_LOST), NV_WARNING);
	assert_int_equal(
		nv_engine_report(run.engine)->classes[NV_CLASS_LOST].worst, NV_I_tcpInDuplicates);
	healthy(90);
	assert_int_equal(status_of(NV_CLASS_LOST), NV_OK);
	cleared = class_event(NV_CLASS_LOST);
	assert_int_equal(cleared.indicator, NV_I_tcpRetrans);
	assert_contains(cleared.text, "retransmitted");
	assert_contains(cleared.text, "peak 2.9");
}

static void loss_is_raised_and_cleared(void **state)
{
	struct nv_event raised, cleared, indicator = { .number = 0 };
	const struct nv_report *r;
	unsigned samples = 0;

	(void)state;
	start(&run);
	feed();
	healthy(30);
	while (status_of(NV_CLASS_LOST) == NV_OK && samples < 60) {
		ten_seconds(30);
		samples++;
	}
	/* about a window: not from one bad sample, not after minutes */
	assert_in_range(samples, 4, 13);
	r = nv_engine_report(run.engine);
	raised = class_event(NV_CLASS_LOST);
	assert_int_equal(raised.before, NV_OK);
	assert_int_equal(raised.now, NV_WARNING);
	assert_int_equal(raised.indicator, NV_I_tcpRetrans);
	assert_int_equal(raised.side, NV_SIDE_PATH);
	assert_int_equal(raised.time_s, r->time_s);
	assert_true(raised.notify);
	/* the same numbers in event and report */
	assert_true(raised.value == r->verdicts[NV_I_tcpRetrans].value);
	assert_true(raised.numerator == r->verdicts[NV_I_tcpRetrans].numerator);
	assert_true(raised.denominator == r->verdicts[NV_I_tcpRetrans].denominator);
	assert_true(raised.warn == r->verdicts[NV_I_tcpRetrans].warn);
	assert_near(raised.value, raised.numerator / raised.denominator, 1e-12);
	assert_contains(raised.text, "lost WARNING (was ok): ");
	assert_contains(raised.text, r->verdicts[NV_I_tcpRetrans].text);
	assert_contains(r->classes[NV_CLASS_LOST].text, " % retransmitted");
	assert_int_equal(r->classes[NV_CLASS_LOST].worst, NV_I_tcpRetrans);
	assert_int_equal(r->classes[NV_CLASS_LOST].since_s, r->time_s);
	/* the indicator reported its own story, and nobody is paged twice */
	for (uint32_t n = 1; n <= r->last_event; n++)
		if (event_of(n).indicator == NV_I_tcpRetrans &&
			event_of(n).kind == NV_EVENT_INDICATOR)
			indicator = event_of(n);
	assert_int_equal(indicator.now, NV_WARNING);
	assert_false(indicator.notify);
	for (samples = 0; status_of(NV_CLASS_LOST) != NV_OK && samples < 200; samples++)
		ten_seconds(0);
	assert_in_range(samples, 6, 60);
	cleared = class_event(NV_CLASS_LOST);
	assert_int_equal(cleared.before, NV_WARNING);
	assert_int_equal(cleared.now, NV_OK);
	assert_int_equal(cleared.indicator, NV_I_tcpRetrans);
	assert_contains(cleared.text, "lost ok (was warning ");
	assert_contains(cleared.text, "peak 2.");
	assert_int_equal(status_of(NV_CLASS_CORRUPTED), NV_OK);
	for (uint32_t n = 1; n <= last_event(); n++)
		assert_int_equal(event_of(n).number, n);
}

static void heavy_loss_is_critical(void **state)
{
	(void)state;
	start(&run);
	feed();
	healthy(10);
	for (unsigned i = 0; i < 30; i++)
		ten_seconds(120);
	assert_int_equal(status_of(NV_CLASS_LOST), NV_CRITICAL);
	assert_int_equal(class_event(NV_CLASS_LOST).now, NV_CRITICAL);
	assert_true(nv_engine_report(run.engine)->classes[NV_CLASS_LOST].worst10m == NV_CRITICAL);
}

static void one_bad_second_is_not_news(void **state)
{
	(void)state;
	start(&run);
	feed();
	healthy(30);
	ten_seconds(150); /* 15 % once, in every window of the next minute */
	healthy(60);
	assert_int_equal(last_event(), 0);
}

static void mute_modes(void **state)
{
	static const struct {
		bool notify;
		enum nv_scope scope;
		bool class_reported, indicator_reported;
	} modes[] = { { true, NV_SCOPE_CLASS, true, false },
		{ true, NV_SCOPE_INDICATOR, false, true }, { true, NV_SCOPE_BOTH, true, true },
		{ false, NV_SCOPE_BOTH, false, false } };

	(void)state;
	for (size_t m = 0; m < COUNT(modes); m++) {
		unsigned classes = 0, indicators = 0;

		end(NULL);
		begin(NULL);
		run.config.notify = modes[m].notify;
		run.config.notify_scope = modes[m].scope;
		start(&run);
		feed();
		for (unsigned i = 0; i < 30; i++)
			ten_seconds(100);
		for (uint32_t n = 1; n <= last_event(); n++) {
			struct nv_event e = event_of(n);

			assert_int_equal(strstr(e.text, " (shadow)") != NULL, !modes[m].notify);
			classes += e.kind == NV_EVENT_CLASS;
			indicators += e.kind == NV_EVENT_INDICATOR;
			assert_int_equal(e.notify,
				e.kind == NV_EVENT_CLASS ? modes[m].class_reported
							 : modes[m].indicator_reported);
		}
		assert_true(classes > 0 && indicators > 0);
	}
}

static void options_reach_the_judge(void **state)
{
	struct nv_error err;

	(void)state;
	nv_config_set(&run.config, "tcpRetrans", "Enabled", "false", &err);
	nv_config_set(&run.config, "tcpRetrans", "Warning", "50", &err);
	start(&run);
	feed();
	for (unsigned i = 0; i < 30; i++)
		ten_seconds(100);
	assert_int_equal(status_of(NV_CLASS_LOST), NV_OK);
	assert_int_equal(
		nv_engine_report(run.engine)->verdicts[NV_I_tcpRetrans].status, NV_DISABLED);
}

/* ---- what must never be change
 * ------------------------------------------------------------------------- */

static void asleep(void)
{
	run.host.boot_ns += UINT64_C(3600000000000);
	run.host.value[NV_C_tcpRetransSegs] += 500000; /* whatever happened meanwhile */
}

static void far_away(void)
{
	host_sleep(&run.host, 5000);
	run.host.value[NV_C_tcpRetransSegs] += 500000;
}

static void one_absent(void)
{
	run.host.present[NV_C_tcpInDsackSegs] = 0;
	run.host.value[NV_C_tcpRetransSegs] += 500000;
}

static void one_back(void)
{
	run.host.present[NV_C_tcpInDsackSegs] = 1;
}

static void one_backwards(void)
{
	run.host.value[NV_C_udpNoPorts] = 0;
	run.host.value[NV_C_tcpRetransSegs] += 500000;
}

static void rebooted(void)
{
	run.host.mono_ns = run.host.boot_ns = 40000000000u;
	run.host.uptime_s = 40;
	to_the_start();
}

static void (*const upsets[])(
	void) = { to_the_start, asleep, far_away, one_absent, one_back, one_backwards, rebooted };

static void upsets_give_no_opinion(void **state)
{
	(void)state;
	start(&run);
	feed();
	healthy(30);
	for (size_t i = 0; i < COUNT(upsets); i++) {
		uint32_t before = nv_engine_report(run.engine)->discontinuities;
		const struct nv_report *r;

		host_run(&run.host, 10);
		upsets[i]();
		feed();
		r = nv_engine_report(run.engine);
		assert_int_equal(r->discontinuities, before + 1);
		assert_nan(r->verdicts[NV_I_tcpRetrans].value); /* neither zero nor a spike */
		assert_nan(r->verdicts[NV_I_tcpRetrans].numerator);
		assert_int_equal(r->status, NV_OK);
		healthy(20);
		assert_int_equal(status_of(NV_CLASS_LOST), NV_OK);
		assert_true(nv_engine_report(run.engine)->verdicts[NV_I_tcpRetrans].value < 0.001);
	}
	assert_int_equal(last_event(), 0);
}

static void upsets_leave_a_fault_standing(void **state)
{
	(void)state;
	start(&run);
	feed();
	for (unsigned i = 0; i < 30; i++)
		ten_seconds(120);
	assert_int_equal(status_of(NV_CLASS_LOST), NV_CRITICAL);
	uint32_t reported = last_event();

	for (size_t i = 0; i < COUNT(upsets); i++) {
		host_run(&run.host, 10);
		upsets[i]();
		feed();
		assert_int_equal(status_of(NV_CLASS_LOST), NV_CRITICAL);
		ten_seconds(120);
		assert_int_equal(status_of(NV_CLASS_LOST), NV_CRITICAL);
	}
	assert_int_equal(last_event(), reported);
}

/* Half of the evidence was seen before a reset, half after it: the two halves make no whole. */
static void evidence_begins_anew(void **state)
{
	(void)state;
	start(&run);
	feed();
	healthy(30);
	for (unsigned i = 0; i < 20; i++) {
		for (unsigned k = 0; k < 4; k++)
			ten_seconds(25);
		host_run(&run.host, 10);
		to_the_start();
		feed();
	}
	assert_int_equal(last_event(), 0);
}

static void time_that_stands_still(void **state)
{
	(void)state;
	start(&run);
	feed();
	healthy(10);
	double value = nv_engine_report(run.engine)->verdicts[NV_I_tcpRetrans].value;

	for (unsigned i = 0; i < 5; i++)
		feed();
	assert_true(nv_engine_report(run.engine)->verdicts[NV_I_tcpRetrans].value == value);
	assert_int_equal(nv_engine_report(run.engine)->discontinuities, 0);
}

static void counters_that_vanish_are_unknown_never_ok(void **state)
{
	unsigned samples = 0;

	(void)state;
	start(&run);
	feed();
	healthy(10);
	for (unsigned id = 1; id < NV_C_END; id++)
		if (nv_counters[id].file == NV_FILE_NETSTAT || nv_counters[id].file == NV_FILE_SNMP)
			run.host.present[id] = 0;
	while (status_of(NV_CLASS_LOST) != NV_UNKNOWN && samples < 20) {
		ten_seconds(0);
		samples++;
		assert_true(samples > 3 || last_event() == 0); /* three samples of patience */
	}
	assert_in_range(samples, 4, 6);
	assert_int_equal(class_event(NV_CLASS_LOST).now, NV_UNKNOWN);
	for (unsigned i = 0; i < 10; i++) {
		ten_seconds(0);
		assert_int_equal(status_of(NV_CLASS_LOST), NV_UNKNOWN);
	}
	for (unsigned id = 1; id < NV_C_END; id++)
		if (nv_counters[id].file == NV_FILE_NETSTAT || nv_counters[id].file == NV_FILE_SNMP)
			run.host.present[id] = 1;
	healthy(3);
	assert_int_equal(status_of(NV_CLASS_LOST), NV_OK);
	assert_int_equal(class_event(NV_CLASS_LOST).before, NV_UNKNOWN);
}

static void three_hundred_veth_come_and_go(void **state)
{
	char name[16];

	(void)state;
	start(&run);
	feed();
	healthy(10);
	for (unsigned i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "veth%u", i);
		struct nv_interface *x = nv_snapshot_interface(&run.host, text_of(name));

		x->index = 10 + i;
		x->present = (1u << NV_IF_VALUES) - 1;
		for (unsigned k = 0; k < NV_IF_VALUES; k++)
			x->value[k] = 1000000;
	}
	healthy(10);
	assert_int_equal(nv_engine_report(run.engine)->interface_count, 301);
	assert_string_equal(nv_engine_report(run.engine)->interfaces[300].name, "veth299");
	run.host.interface_count = 1;
	healthy(10);
	assert_int_equal(nv_engine_report(run.engine)->interface_count, 1);
	assert_int_equal(last_event(), 0);
}

static void other_namespaces_do_not_judge_the_host(void **state)
{
	(void)state;
	run.host.initial_netns = false;
	start(&run);
	feed();
	for (unsigned i = 0; i < 30; i++) {
		host_run(&run.host, 10);
		run.host.value[NV_C_softnetDropped] += 9000;
		feed();
	}
	assert_int_equal(
		nv_engine_report(run.engine)->verdicts[NV_I_softnetDrops].status, NV_DISABLED);
	assert_int_equal(status_of(NV_CLASS_SYSTEM), NV_OK);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(before_the_second_sample),
		CASE(a_healthy_host_is_never_news),
		CASE(an_idle_host_is_ok_without_values),
		CASE(what_creeps_up_is_raised),
		CASE(forged_damage_is_noted),
		CASE(what_is_usual_is_no_sign),
		CASE(a_clear_names_what_was_worst),
		CASE(loss_is_raised_and_cleared),
		CASE(heavy_loss_is_critical),
		CASE(one_bad_second_is_not_news),
		CASE(mute_modes),
		CASE(options_reach_the_judge),
		CASE(upsets_give_no_opinion),
		CASE(upsets_leave_a_fault_standing),
		CASE(evidence_begins_anew),
		CASE(time_that_stands_still),
		CASE(counters_that_vanish_are_unknown_never_ok),
		CASE(three_hundred_veth_come_and_go),
		CASE(other_namespaces_do_not_judge_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
