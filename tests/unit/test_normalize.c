/* SPDX-License-Identifier: MIT */
/*
 * One judgement: the same text through the engine, as a front end feeds it, and through two
 * captures side by side. Every fixture of every system, as it is and a minute later, grown in
 * proportion and grown by faults: the same indicators exist, with the same ratios and the same
 * statuses.
 */
#include "captures/compare.h"
#include "engine/engine.h"
#include "nv_captures.h"
#include "support.h"

#include <dirent.h>

#define FIXTURES "tests/fixtures/netstat"

/* How counters move in that minute: the fault adds to every counter that is no sum of traffic. */
enum growth { IN_PROPORTION, WITH_FAULTS, GROWTHS };

static struct nv_captures *read_capture(const char *path)
{
	struct nv_error err = { 0, "" };
	struct nv_captures *all = nv_captures_new(NULL, &err);
	char *text = malloc(1 << 20);
	FILE *file = fopen(path, "r");
	size_t length;

	if (!all || !text || !file)
		fail_msg("%s: cannot be read", path);
	length = fread(text, 1, (1 << 20) - 1, file);
	fclose(file);
	if (nv_captures_add(all, path, text, length, &err) || nv_captures_finish(all, &err))
		fail_msg("%s: %s", path, err.text);
	free(text);
	return all;
}

static void grow_counters(struct nv_snapshot *s, enum growth growth)
{
	for (unsigned id = 1; id < NV_C_END; id++) {
		uint64_t more = s->value[id] / 100;

		if (s->present[id] != NV_COUNTED || nv_counters[id].kind != NV_COUNTER)
			continue;
		if (growth == WITH_FAULTS && s->value[id] < 10000)
			more += 31 + id % 13;
		/* As large as it gets is what it stays: a wrap is the business of other tests. */
		if (s->width_bits == 64 || s->value[id] + more <= UINT32_MAX)
			s->value[id] += more;
	}
	for (unsigned i = 0; i < s->interface_count; i++)
		for (unsigned k = 0; k < NV_IF_VALUES; k++)
			s->interfaces[i].value[k] += s->interfaces[i].value[k] / 100;
}

static struct nv_engine *feed_both(
	const struct nv_config *config, const struct nv_snapshot *was, const struct nv_snapshot *is)
{
	struct nv_error err = { 0, "" };
	struct nv_engine *engine = nv_engine_new(config, &err);
	struct nv_snapshot first = *was, second = *is;

	if (!engine)
		fail_msg("%s", err.text);
	first.initial_netns = second.initial_netns = true;
	first.mono_ns = first.boot_ns = UINT64_C(1000000000000);
	second.mono_ns = second.boot_ns = first.mono_ns + UINT64_C(60000000000);
	first.time_s = 1700000000;
	second.time_s = 1700000060;
	assert_int_equal(nv_engine_feed(engine, &first), 1);
	assert_int_equal(nv_engine_feed(engine, &second), 1);
	return engine;
}

static bool same_number(double a, double b)
{
	return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-9 * fabs(a);
}

static unsigned check_indicators(
	const char *name, const struct nv_report *fed, const struct nv_report *compared)
{
	unsigned alike = 0;

	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_verdict *a = &fed->verdicts[i], *b = &compared->verdicts[i];

		if (!nv_indicator_exists(i))
			continue;
		if (!same_number(a->value, b->value) || a->status != b->status ||
			(a->reason == NV_REASON_NOTED) != (b->reason == NV_REASON_NOTED))
			fail_msg(
				"%s: %s is %g %s (reason %d) when fed, %g %s (reason %d) when compared",
				name, nv_indicators[i].name, a->value, nv_status_name(a->status),
				a->reason, b->value, nv_status_name(b->status), b->reason);
		alike += a->status != NV_DISABLED;
	}
	return alike;
}

static void check_classes(const char *name, const struct nv_report *fed,
	const struct nv_report *compared, const struct nv_comparison *c)
{
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		const struct nv_class_state *a = &fed->classes[klass],
					    *b = &compared->classes[klass];

		bool found = false;

		/* Lists of sockets are looked at by the comparison alone. */
		for (unsigned i = 0; i < c->finding_count; i++)
			found = found || c->findings[i].klass == klass;
		if (found)
			continue;
		if (a->status != b->status || a->worst != b->worst)
			fail_msg("%s: %s is %s when fed, %s when compared", name,
				nv_classes[klass].name, nv_status_name(a->status),
				nv_status_name(b->status));
	}
}

static unsigned check_pair(const char *path, enum growth growth, struct nv_config *config)
{
	struct nv_captures *before = read_capture(path), *after = read_capture(path);
	const struct nv_snapshot *was = nv_captures_snapshot(before, 0);
	struct nv_error err = { 0, "" };
	unsigned alike;

	grow_counters(&after->list[0]->snapshot, growth);
	struct nv_engine *engine = feed_both(config, was, nv_captures_snapshot(after, 0));
	struct nv_comparison *c = nv_compare(before, after, 0, 60, config, &err);
	if (!c && !strstr(err.text, "no counter in common"))
		fail_msg("%s: %s", path, err.text);
	if (!c || c->same_instant) { /* nothing but levels in it */
		alike = 0;
	} else {
		const struct nv_report *fed = nv_engine_report(engine);

		alike = check_indicators(path, fed, nv_comparison_report(c));
		check_classes(path, fed, nv_comparison_report(c), c);
	}
	nv_comparison_free(c);
	nv_engine_free(engine);
	nv_captures_free(before);
	nv_captures_free(after);
	return alike;
}

static void one_judgement_for_every_system(void **state)
{
	struct nv_config config;
	DIR *directory = opendir(FIXTURES);
	struct dirent *entry;
	unsigned files = 0, alike = 0;

	(void)state;
	nv_config_init(&config);
	config.mode = NV_ONESHOT;
	config.fed = true;
	config.interval_s = 60;
	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		char path[300];

		snprintf(path, sizeof(path), FIXTURES "/%s", entry->d_name);
		if (!strstr(entry->d_name, ".txt"))
			continue;
		files++;
		for (unsigned growth = 0; growth < GROWTHS; growth++)
			alike += check_pair(path, (enum growth)growth, &config);
	}
	closedir(directory);
	assert_in_range(files, 40, 1000);
	assert_in_range(alike, 20 * files, 1000 * files);
}

/* Evenly growing counters of one system, fed as a front end feeds them. */
static struct nv_snapshot host_of(enum nv_platform platform)
{
	struct nv_snapshot s = { 0 };

	nv_snapshot_clear(&s);
	s.platform = platform;
	s.uptime_s = NAN;
	return s;
}

static void set(struct nv_snapshot *s, enum nv_counter_id id, uint64_t value)
{
	s->value[id] = value;
	s->present[id] = NV_COUNTED;
}

static const struct nv_verdict *verdict_of(struct nv_engine *engine, enum nv_indicator_id indicator)
{
	return &nv_engine_report(engine)->verdicts[indicator];
}

static struct nv_config one_shot(void)
{
	struct nv_config config;

	nv_config_init(&config);
	config.mode = NV_ONESHOT;
	config.fed = true;
	config.interval_s = 60;
	return config;
}

/* Failure 0.5 without a Warning: the one that was written holds, and pulls the other down. */
static void limits_that_were_written_hold_in_both(void **state)
{
	static const char path[] = FIXTURES "/netbsd-2.txt"; /* 0.98 % sent again */
	struct nv_config config = one_shot();
	struct nv_captures *before = read_capture(path), *after = read_capture(path);
	struct nv_error err = { 0, "" };

	(void)state;
	config.limits[NV_I_tcpRetrans].crit = 0.005;
	grow_counters(&after->list[0]->snapshot, IN_PROPORTION);
	struct nv_engine *engine = feed_both(
		&config, nv_captures_snapshot(before, 0), nv_captures_snapshot(after, 0));
	struct nv_comparison *c = nv_compare(before, after, 0, 60, &config, &err);
	const struct nv_verdict *fed = verdict_of(engine, NV_I_tcpRetrans);
	const struct nv_verdict *compared = &nv_comparison_report(c)->verdicts[NV_I_tcpRetrans];

	assert_int_equal(fed->status, NV_CRITICAL);
	assert_int_equal(compared->status, NV_CRITICAL);
	assert_near(fed->warn, 0.005, 0);
	assert_near(compared->warn, 0.005, 0);
	nv_comparison_free(c);
	nv_engine_free(engine);
	nv_captures_free(before);
	nv_captures_free(after);
}

/* One datagram to its own closed port is counted four times: one cause, this host. */
static void own_closed_port_when_fed(void **state)
{
	struct nv_config config = one_shot();
	struct nv_snapshot was = host_of(NV_PLATFORM_FREEBSD), is;

	(void)state;
	set(&was, NV_C_udpInDatagramsAll, 10000);
	set(&was, NV_C_ipInReceives, 20000);
	set(&was, NV_C_udpNoPorts, 100);
	set(&was, NV_C_icmpOutDestUnreachs, 100);
	set(&was, NV_C_icmpInDestUnreachs, 100);
	set(&was, NV_C_ipInUnknownProtos, 100);
	is = was;
	for (unsigned k = 0; k < 2; k++) {
		/* The second time a router says something as well: someone else's port. */
		set(&is, NV_C_udpNoPorts, 200);
		set(&is, NV_C_icmpOutDestUnreachs, 200);
		set(&is, NV_C_icmpInDestUnreachs, k ? 210 : 200);
		set(&is, NV_C_ipInUnknownProtos, 200);
		struct nv_engine *engine = feed_both(&config, &was, &is);
		const struct nv_report *r = nv_engine_report(engine);

		assert_int_equal(r->own_port, k == 0);
		assert_int_equal(r->verdicts[NV_I_udpNoPort].status, k ? NV_OK : NV_WARNING);
		assert_int_equal(r->verdicts[NV_I_udpNoPort].side,
			k ? NV_SIDE_UNSOLICITED : NV_SIDE_THIS_HOST);
		if (k == 0)
			assert_int_equal(
				r->verdicts[NV_I_ipUnknownProto].consequence_of, NV_I_udpNoPort);
		nv_engine_free(engine);
	}
}

static void junos_is_a_router(void **state)
{
	struct nv_config config = one_shot();
	struct nv_snapshot was = host_of(NV_PLATFORM_JUNOS), is = was;
	struct nv_engine *engine = feed_both(&config, &was, &is);

	(void)state;
	assert_int_equal(nv_engine_report(engine)->role, NV_ROLE_ROUTER);
	nv_engine_free(engine);
}

/* The daemon too: BSD's duplicates are shown from a percent on, and never raise anything. */
static void habits_are_noted(void **state)
{
	static const struct {
		enum nv_platform platform;
		uint64_t duplicates; /* of 1,000 in ten seconds */
		bool raised, noted;
	} cases[] = {
		{ NV_PLATFORM_FREEBSD, 300, false, true },
		{ NV_PLATFORM_AIX, 300, false, true },
		{ NV_PLATFORM_FREEBSD, 11, false, true },
		{ NV_PLATFORM_FREEBSD, 9, false, false },
		{ NV_PLATFORM_LINUX, 300, true, false },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nv_snapshot s = host_of(cases[i].platform);
		struct nv_error err = { 0, "" };
		struct nv_config config;
		struct nv_engine *engine;

		nv_config_init(&config);
		config.fed = true;
		s.mono_ns = s.boot_ns = UINT64_C(1000000000000);
		s.time_s = 1700000000;
		engine = nv_engine_new(&config, &err);
		assert_non_null(engine);
		for (unsigned k = 0; k < 60; k++) {
			set(&s, NV_C_tcpInSegs, s.value[NV_C_tcpInSegs] + 1000);
			set(&s, NV_C_ipInReceives, s.value[NV_C_ipInReceives] + 1000);
			set(&s, NV_C_tcpInDupPkts,
				s.value[NV_C_tcpInDupPkts] + cases[i].duplicates);
			s.mono_ns = s.boot_ns = s.mono_ns + UINT64_C(10000000000);
			s.time_s += 10;
			assert_int_equal(nv_engine_feed(engine, &s), 1);
		}
		const struct nv_verdict *v = verdict_of(engine, NV_I_tcpInDuplicates);

		assert_near(v->value, (double)cases[i].duplicates / 1000, 1e-9);
		assert_int_equal(nv_is_raised(v->status), cases[i].raised);
		assert_int_equal(v->reason == NV_REASON_NOTED, cases[i].noted);
		assert_int_equal(nv_engine_report(engine)->last_event != 0, cases[i].raised);
		nv_engine_free(engine);
	}
}

/* By octets where they are counted, by packets since boot where octets of 32 bits have wrapped. */
static void octets_wrap_before_packets(void **state)
{
	static const struct {
		uint8_t width_bits;
		uint64_t packets;
		double share;
	} cases[] = {
		{ 32, 40000000, 0.01 },
		{ 32, 40000001, 0.25 },
		{ 64, 40000001, 0.01 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nv_config config = one_shot();
		struct nv_snapshot s = host_of(NV_PLATFORM_AIX);

		s.width_bits = cases[i].width_bits;
		set(&s, NV_C_tcpInSegs, 100000000);
		set(&s, NV_C_tcpInInorderSegs, cases[i].packets);
		set(&s, NV_C_tcpInDupPkts, 25000000);
		set(&s, NV_C_tcpInInorderBytes, 990000);
		set(&s, NV_C_tcpInDupBytes, 10000);
		struct nv_engine *engine = feed_both(&config, &s, &s);

		assert_near(verdict_of(engine, NV_I_tcpInDuplicates)->total_value, cases[i].share,
			1e-12);
		nv_engine_free(engine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_that_were_written_hold_in_both),
		cmocka_unit_test(own_closed_port_when_fed),
		cmocka_unit_test(junos_is_a_router),
		cmocka_unit_test(habits_are_noted),
		cmocka_unit_test(octets_wrap_before_packets),
		cmocka_unit_test(one_judgement_for_every_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
