/* SPDX-License-Identifier: MIT */
/*
 * The whole pipeline with made-up hosts: what raises and clears, what never does, and that events,
 * report and numbers agree. One sample every 10 s, a window of 60 s, as by default.
 */
#include "support.h"

struct run {
	struct nv_config config;
	struct nv_engine *engine;
	struct nv_snapshot host;
	struct nv_error err;
};

static struct run run;

static void start(struct run *r)
{
	r->engine = nv_engine_new(&r->config, &r->err);
	if (!r->engine)
		fail_msg("%s", r->err.text);
}

static int begin(void **state)
{
	(void)state;
	memset(&run, 0, sizeof(run));
	nv_config_init(&run.config);
	snprintf(run.config.root, sizeof(run.config.root), "%s", NUMBERED);
	host_init(&run.host);
	return 0;
}

static int end(void **state)
{
	(void)state;
	nv_engine_free(run.engine);
	nv_snapshot_fini(&run.host);
	return 0;
}

static unsigned last_event(void)
{
	return nv_engine_report(run.engine)->last_event;
}

static void feed(void)
{
	assert_int_equal(nv_engine_feed(run.engine, &run.host), 1);
}

/* Ten seconds of traffic, of which lost in a thousand are sent again. */
static void ten_seconds(unsigned lost_per_mille)
{
	host_run(&run.host, 10);
	run.host.value[NV_C_tcpRetransSegs] += 10 * lost_per_mille;
	run.host.value[NV_C_tcpSackRecoveries] += 5 * lost_per_mille;
	feed();
}

static void healthy(unsigned samples)
{
	for (unsigned i = 0; i < samples; i++)
		ten_seconds(0);
}

static enum nv_status status_of(enum nv_class_id class)
{
	return nv_engine_report(run.engine)->classes[class].status;
}

static struct nv_event event_of(uint32_t number)
{
	struct nv_event event;

	assert_int_equal(nv_engine_events(run.engine, number - 1, &event, 1), 1);
	assert_int_equal(event.number, number);
	return event;
}

/* The newest event of the class itself. */
static struct nv_event class_event(enum nv_class_id class)
{
	for (uint32_t n = last_event(); n > 0; n--) {
		struct nv_event event = event_of(n);

		if (event.kind == NV_EVENT_CLASS && event.class == class)
			return event;
	}
	fail_msg("no event of %s", nv_classes[class].name);
	return (struct nv_event){ 0 };
}

/* ---- nothing -------------------------------------------------------------------------------------- */

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
		for (unsigned class = 1; class < NV_CLASS_END; class ++)
			assert_int_equal(status_of((enum nv_class_id)class), NV_OK);
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

/* ---- raise and clear ------------------------------------------------------------------------------- */

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
	/* the indicator told its own story, and nobody is paged twice */
	for (uint32_t n = 1; n <= r->last_event; n++)
		if (event_of(n).indicator == NV_I_tcpRetrans && event_of(n).kind == NV_EVENT_INDICATOR)
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
		bool class_told, indicator_told;
	} modes[] = { { true, NV_SCOPE_CLASS, true, false }, { true, NV_SCOPE_INDICATOR, false, true },
		{ true, NV_SCOPE_BOTH, true, true }, { false, NV_SCOPE_BOTH, false, false } };

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

			classes += e.kind == NV_EVENT_CLASS;
			indicators += e.kind == NV_EVENT_INDICATOR;
			assert_int_equal(e.notify,
				e.kind == NV_EVENT_CLASS ? modes[m].class_told : modes[m].indicator_told);
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
	assert_int_equal(nv_engine_report(run.engine)->verdicts[NV_I_tcpRetrans].status, NV_DISABLED);
}

/* ---- what must never be news ------------------------------------------------------------------------- */

static void to_the_start(void)
{
	for (unsigned id = 1; id < NV_C_END; id++)
		if (nv_counters[id].kind == NV_COUNTER)
			run.host.value[id] = 5;
}

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

static void (*const upsets[])(void) = { to_the_start, asleep, far_away, one_absent, one_back, one_backwards, rebooted };

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
	uint32_t told = last_event();

	for (size_t i = 0; i < COUNT(upsets); i++) {
		host_run(&run.host, 10);
		upsets[i]();
		feed();
		assert_int_equal(status_of(NV_CLASS_LOST), NV_CRITICAL);
		ten_seconds(120);
		assert_int_equal(status_of(NV_CLASS_LOST), NV_CRITICAL);
	}
	assert_int_equal(last_event(), told);
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
			ten_seconds(60);
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
	assert_int_equal(nv_engine_report(run.engine)->verdicts[NV_I_softnetDrops].status, NV_DISABLED);
	assert_int_equal(status_of(NV_CLASS_SYSTEM), NV_OK);
}

/* ---- views ---------------------------------------------------------------------------------------------- */

static void sums_never_decrease(void **state)
{
	double numerator = 0, denominator = 0;

	(void)state;
	start(&run);
	feed();
	for (unsigned i = 0; i < 100; i++) {
		ten_seconds(i % 7);
		if (i % 25 == 24)
			to_the_start();
		const struct nv_verdict *v = &nv_engine_report(run.engine)->verdicts[NV_I_tcpRetrans];
		assert_true(v->sum_numerator >= numerator && v->sum_denominator >= denominator);
		numerator = v->sum_numerator;
		denominator = v->sum_denominator;
	}
	assert_true(numerator > 1000 && denominator > 500000);
}

static void the_ring_of_events(void **state)
{
	static struct nv_event events[400];
	struct nv_error err;
	unsigned n;

	(void)state;
	nv_config_set(&run.config, "tcpMemory", "Enabled", "true", &err);
	start(&run);
	feed();
	/* 100 faults on, 100 off: two events each and more than the ring holds */
	for (unsigned i = 0; i < 12000 && last_event() < 300; i++) {
		host_run(&run.host, 10);
		run.host.present[NV_C_tcpRetransSegs] = (i / 8) % 2 == 0;
		feed();
	}
	assert_true(last_event() >= 300);
	n = nv_engine_events(run.engine, 0, events, COUNT(events));
	assert_int_equal(n, 256);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(events[i].number, last_event() - n + 1 + i);
	assert_int_equal(nv_engine_events(run.engine, last_event() - 3, events, COUNT(events)), 3);
	assert_int_equal(events[0].number, last_event() - 2);
	assert_int_equal(nv_engine_events(run.engine, last_event() - 3, events, 2), 2);
	assert_int_equal(nv_engine_events(run.engine, last_event(), events, COUNT(events)), 0);
	assert_int_equal(nv_engine_events(run.engine, last_event() + 7, events, COUNT(events)), 0);
}

static void two_engines_do_not_meet(void **state)
{
	static struct nv_report alone;
	struct run other;

	(void)state;
	start(&run);
	feed();
	for (unsigned i = 0; i < 40; i++)
		ten_seconds(40);
	alone = *nv_engine_report(run.engine);
	end(NULL);
	begin(NULL);
	memset(&other, 0, sizeof(other));
	other.config = run.config;
	host_init(&other.host);
	start(&run);
	start(&other);
	feed();
	nv_engine_feed(other.engine, &other.host);
	for (unsigned i = 0; i < 40; i++) {
		ten_seconds(40);
		host_run(&other.host, 10);
		nv_engine_feed(other.engine, &other.host);
		nv_engine_report(other.engine);
	}
	for (unsigned i = 1; i < NV_I_END; i++)
		assert_memory_equal(&nv_engine_report(run.engine)->verdicts[i], &alone.verdicts[i],
			sizeof(alone.verdicts[i]));
	assert_int_equal(nv_engine_report(other.engine)->status, NV_OK);
	assert_int_equal(nv_engine_report(other.engine)->last_event, 0);
	nv_engine_free(other.engine);
	nv_snapshot_fini(&other.host);
}

static void totals_are_a_hint_and_change_nothing(void **state)
{
	static struct nv_report total;
	static struct nv_report before;

	(void)state;
	for (unsigned id = 1; id < NV_C_END; id++)
		if (nv_counters[id].kind == NV_COUNTER)
			run.host.value[id] = 0;
	run.host.value[NV_C_tcpOutSegs] = 1000000;
	run.host.value[NV_C_tcpRetransSegs] = 900000; /* 45 % since boot */
	start(&run);
	feed();
	healthy(10);
	before = *nv_engine_report(run.engine);
	nv_engine_total(run.engine, &total);
	assert_true(total.total);
	assert_int_equal(total.status, NV_WARNING); /* never critical */
	assert_int_equal(total.classes[NV_CLASS_LOST].worst, NV_I_tcpRetrans);
	assert_near(total.seconds, run.host.uptime_s, 1e-6);
	assert_near(total.verdicts[NV_I_tcpRetrans].value, before.verdicts[NV_I_tcpRetrans].total_value, 1e-12);
	assert_int_equal(nv_engine_report(run.engine)->status, NV_OK);
	assert_true(before.verdicts[NV_I_tcpRetrans].value ==
		    nv_engine_report(run.engine)->verdicts[NV_I_tcpRetrans].value);
	healthy(30);
	assert_int_equal(last_event(), 0);
}

static void a_person_sees_it_in_five_seconds(void **state)
{
	const struct nv_report *r;

	(void)state;
	run.config.mode = NV_ONESHOT;
	run.config.interval_s = 1;
	start(&run);
	feed();
	for (unsigned i = 0; i < 5; i++) {
		host_run(&run.host, 1);
		run.host.value[NV_C_tcpRetransSegs] += 80;
		feed();
	}
	r = nv_engine_report(run.engine);
	assert_near(r->seconds, 5, 1e-6);
	assert_int_equal(r->classes[NV_CLASS_LOST].status, NV_CRITICAL);
	assert_near(r->verdicts[NV_I_tcpRetrans].numerator, 400, 0);
	assert_near(r->verdicts[NV_I_tcpRetrans].denominator, 5400, 0);
	assert_int_equal(r->verdicts[NV_I_tcpRetrans].reason, NV_REASON_THRESHOLD);
}

/* Ten bad seconds in ten minutes: the whole is fine, the slice is shown. */
static void the_worst_slice_is_shown(void **state)
{
	const struct nv_verdict *v;

	(void)state;
	run.config.mode = NV_ONESHOT;
	run.config.interval_s = 1;
	start(&run);
	feed();
	for (unsigned i = 0; i < 600; i++) {
		host_run(&run.host, 1);
		run.host.value[NV_C_tcpRetransSegs] += i / 10 == 30 ? 40 : 0;
		feed();
	}
	v = &nv_engine_report(run.engine)->verdicts[NV_I_tcpRetrans];
	assert_int_equal(v->status, NV_WARNING);
	assert_near(v->seconds, 10, 1e-6);
	assert_near(v->numerator, 400, 0);
}

/* ---- restarts ------------------------------------------------------------------------------------------------ */

/* The program ends in the middle of a fault and starts again: nothing is told twice, all is cleared once. */
static void restart_in_a_fault(void **state)
{
	char directory[64];
	uint32_t told;

	(void)state;
	snprintf(run.config.state_dir, sizeof(run.config.state_dir), "%s", make_directory(directory));
	snprintf(run.config.door, sizeof(run.config.door), "unit");
	for (int repaired = 0; repaired < 2; repaired++) {
		start(&run);
		feed();
		for (unsigned i = 0; i < 30; i++)
			ten_seconds(120);
		assert_int_equal(status_of(NV_CLASS_LOST), NV_CRITICAL);
		told = last_event();
		nv_engine_free(run.engine);
		start(&run);
		assert_int_equal(last_event(), told); /* numbers go on */
		feed();
		for (unsigned i = 0; i < 12 && !repaired; i++) {
			ten_seconds(120);
			assert_int_equal(status_of(NV_CLASS_LOST), NV_CRITICAL);
			assert_int_equal(last_event(), told);
		}
		for (unsigned i = 0; i < 300 && status_of(NV_CLASS_LOST) != NV_OK; i++)
			ten_seconds(0);
		assert_int_equal(class_event(NV_CLASS_LOST).now, NV_OK);
		assert_int_equal(class_event(NV_CLASS_LOST).indicator, NV_I_tcpRetrans);
		assert_true(last_event() > told);
		for (uint32_t n = 1; n <= last_event(); n++)
			assert_int_equal(event_of(n).number, n);
		nv_engine_free(run.engine);
		run.engine = NULL;
	}
	remove_directory(directory);
}

/* ---- recorded trees ---------------------------------------------------------------------------------------- */

static void put_tree(const char *directory, const char *step, unsigned uptime_s, unsigned segments, unsigned again)
{
	char name[64], text[256];

	snprintf(name, sizeof(name), "%snet/snmp", step);
	snprintf(text, sizeof(text),
		"Ip: Forwarding InReceives OutRequests\nIp: 2 %u %u\n"
		"Tcp: InSegs OutSegs RetransSegs InCsumErrors\nTcp: %u %u %u 0\n",
		segments, segments, segments, segments, again);
	put_file(directory, name, text);
	snprintf(name, sizeof(name), "%suptime", step);
	snprintf(text, sizeof(text), "%u.50 0.00\n", uptime_s);
	put_file(directory, name, text);
	snprintf(name, sizeof(name), "%sstat", step);
	put_file(directory, name, "btime 1700000000\n");
}

static int poll_once(void)
{
	return nv_engine_poll(run.engine, &run.err);
}

static void a_series_plays_to_its_end(void **state)
{
	char directory[64], step[16];

	(void)state;
	make_directory(directory);
	for (unsigned i = 0; i < 40; i++) {
		snprintf(step, sizeof(step), "%04u/", i);
		put_tree(directory, step, 1000 + 10 * i, 100000 + 10000 * i, 700 * i);
	}
	snprintf(run.config.root, sizeof(run.config.root), "%s", directory);
	start(&run);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(poll_once(), 1);
	assert_int_equal(status_of(NV_CLASS_LOST), NV_CRITICAL);
	assert_int_equal(nv_engine_time(run.engine), 1700000000 + 1390);
	uint32_t told = last_event();

	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(poll_once(), 0);
	assert_int_equal(status_of(NV_CLASS_LOST), NV_CRITICAL); /* the end of a recording is no fault */
	assert_int_equal(last_event(), told);
	remove_directory(directory);
}

static void a_file_that_vanishes_is_unknown_never_ok(void **state)
{
	char directory[64], path[128];

	(void)state;
	make_directory(directory);
	put_tree(directory, "", 1000, 100000, 0);
	snprintf(run.config.root, sizeof(run.config.root), "%s", directory);
	start(&run);
	for (unsigned i = 0; i < 10; i++) {
		put_tree(directory, "", 1000 + 10 * i, 100000 + 10000 * i, 0);
		assert_int_equal(poll_once(), 1);
	}
	assert_int_equal(poll_once(), 0); /* nothing new */
	assert_int_equal(status_of(NV_CLASS_LOST), NV_OK);
	snprintf(path, sizeof(path), "%s/net/snmp", directory);
	unlink(path);
	for (unsigned i = 0; i < 6; i++) {
		char uptime[32];

		snprintf(uptime, sizeof(uptime), "%u.50 0\n", 1100 + 10 * i);
		put_file(directory, "uptime", uptime);
		assert_int_equal(poll_once(), -1);
		assert_contains(run.err.text, path);
		assert_int_equal(status_of(NV_CLASS_LOST), i < 3 ? NV_OK : NV_UNKNOWN);
		assert_int_equal(nv_engine_report(run.engine)->stale, i >= 3);
	}
	assert_int_equal(nv_engine_report(run.engine)->status, NV_UNKNOWN);
	assert_int_equal(class_event(NV_CLASS_LOST).now, NV_UNKNOWN);
	assert_int_equal(nv_engine_report(run.engine)->failures, 6);
	for (unsigned i = 0; i < 10; i++) {
		put_tree(directory, "", 1200 + 10 * i, 200000 + 10000 * i, 0);
		assert_int_equal(poll_once(), 1);
	}
	assert_int_equal(status_of(NV_CLASS_LOST), NV_OK);
	assert_int_equal(class_event(NV_CLASS_LOST).before, NV_UNKNOWN);
	remove_directory(directory);
}

static void no_such_root(void **state)
{
	(void)state;
	snprintf(run.config.root, sizeof(run.config.root), "/nonexistent/tree");
	run.engine = nv_engine_new(&run.config, &run.err);
	assert_null(run.engine);
	assert_contains(run.err.text, "/nonexistent/tree");
	assert_contains(run.err.text, "expected");
	nv_engine_free(NULL);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(before_the_second_sample),
		CASE(a_healthy_host_is_never_news),
		CASE(an_idle_host_is_ok_without_values),
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
		CASE(sums_never_decrease),
		CASE(the_ring_of_events),
		CASE(two_engines_do_not_meet),
		CASE(totals_are_a_hint_and_change_nothing),
		CASE(a_person_sees_it_in_five_seconds),
		CASE(the_worst_slice_is_shown),
		CASE(restart_in_a_fault),
		CASE(a_series_plays_to_its_end),
		CASE(a_file_that_vanishes_is_unknown_never_ok),
		CASE(no_such_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
