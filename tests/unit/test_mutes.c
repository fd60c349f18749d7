/* SPDX-License-Identifier: MIT */
/* Mutes and acknowledgements: stored once, ended by time, by getting worse or by clearing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/engine.h"

#define START 1700000000

static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/netvitals-mutes-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[128];
	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static void add(const char *name, bool acknowledged, int64_t made_s, int64_t until_s)
{
	struct nv_mute mute = {
		.acknowledged = acknowledged, .made_s = made_s, .until_s = until_s
	};
	struct nv_error err = { 0 };

	snprintf(mute.name, sizeof(mute.name), "%s", name);
	strcpy(mute.by, "j\td");
	strcpy(mute.why, "two\nlines");
	assert_int_equal(nv_mutes_add(dir, START, &mute, &err), 0);
}

static void test_kept_and_ended(void **state)
{
	(void)state;
	struct nv_mute list[NV_MUTES];
	struct nv_error err = { 0 };

	assert_int_equal(nv_mutes_read(dir, NULL, START, list, NV_MUTES, &err), 0);
	add("tcpRetrans", false, START, START + 100);
	add("lost", true, START, START + 500);
	add("tcpRetrans", false, START, START + 200);
	assert_int_equal(nv_mutes_read(dir, NULL, START, list, NV_MUTES, &err), 2);
	assert_int_equal(nv_mutes_read(dir, NULL, START + 300, list, NV_MUTES, &err), 1);
	assert_string_equal(list[0].name, "lost");
	assert_true(list[0].acknowledged);
	assert_string_equal(list[0].by, "j d");
	assert_string_equal(list[0].why, "two lines");
}

static uint64_t step, sent, retrans;

static const struct nv_report *run(struct nv_engine *e, unsigned count, unsigned lost)
{
	static struct nv_snapshot s;

	while (count--) {
		step++;
		sent += 10000;
		retrans += lost;
		s.width_bits = 64;
		s.platform = NV_PLATFORM_LINUX;
		s.time_s = START + (int64_t)step * 10;
		s.hour_of_week = -1;
		s.mono_ns = s.boot_ns = (1000 + step * 10) * UINT64_C(1000000000);
		s.value[NV_C_tcpOutSegs] = sent;
		s.value[NV_C_tcpRetransSegs] = retrans;
		s.present[NV_C_tcpOutSegs] = s.present[NV_C_tcpRetransSegs] = 1;
		nv_engine_feed(e, &s);
	}
	return nv_engine_report(e);
}

static void test_no_more_than_fit(void **state)
{
	(void)state;
	struct nv_mute list[NV_MUTES],
		one = { .made_s = START, .until_s = START + 100, .name = "tcpRetrans" };
	struct nv_error err = { 0 };
	char name[NV_NAME_SIZE], others[sizeof(dir)];

	memcpy(others, dir, sizeof(dir));
	assert_int_equal(make_dir(state), 0);
	for (unsigned i = 0; i < NV_MUTES; i++) {
		snprintf(name, sizeof(name), "name%u", i);
		add(name, false, START, START + 100);
	}
	assert_int_equal(nv_mutes_add(dir, START, &one, &err), -1);
	assert_non_null(strstr(err.text, "32 are in force"));
	assert_int_equal(nv_mutes_read(dir, NULL, START, list, NV_MUTES, &err), NV_MUTES);
	add("name7", false, START, START); /* ended: there is room again */
	assert_int_equal(nv_mutes_add(dir, START, &one, &err), 0);
	assert_int_equal(nv_mutes_read(dir, NULL, START, list, NV_MUTES, &err), NV_MUTES);
	assert_int_equal(remove_dir(state), 0);
	memcpy(dir, others, sizeof(dir));
}

static void test_ack_ends_when_it_gets_worse(void **state)
{
	(void)state;
	struct nv_config config;
	struct nv_error err = { 0 };
	const struct nv_report *r;

	nv_config_init(&config);
	strcpy(config.state_dir, dir);
	strcpy(config.front_end, "mutes");
	struct nv_engine *e = nv_engine_new(&config, &err);
	assert_non_null(e);
	r = run(e, 30, 300);
	assert_int_equal(r->classes[NV_CLASS_LOST].status, NV_WARNING);
	add("lost", true, START + 300, START + 100000);
	r = run(e, 5, 300);
	assert_int_equal(r->verdicts[NV_I_tcpRetrans].status, NV_WARNING);
	assert_int_equal(r->verdicts[NV_I_tcpRetrans].reason, NV_REASON_ACKNOWLEDGED);
	assert_int_equal(r->classes[NV_CLASS_LOST].status, NV_OK);
	r = run(e, 30, 2000);
	assert_int_equal(r->verdicts[NV_I_tcpRetrans].status, NV_CRITICAL);
	assert_int_equal(r->classes[NV_CLASS_LOST].status, NV_CRITICAL);
	add("tcpRetrans", false, START + 700, START + 800);
	r = run(e, 5, 2000);
	assert_int_equal(r->classes[NV_CLASS_LOST].status, NV_OK);
	assert_int_equal(r->verdicts[NV_I_tcpRetrans].reason, NV_REASON_MUTED);
	r = run(e, 20, 2000);
	assert_int_equal(r->classes[NV_CLASS_LOST].status, NV_CRITICAL);
	nv_engine_free(e);
}

/* A line of the configuration: shown and counted, but silent, without memory on disk, until it
 * ends. */
static void test_configured(void **state)
{
	(void)state;
	struct nv_config config;
	struct nv_error err = { 0 };
	const struct nv_report *r;
	struct nv_event events[8];
	unsigned count, reported = 0;

	nv_config_init(&config);
	config.fed = true;
	config.notify_scope = NV_SCOPE_BOTH;
	config.limits[NV_I_tcpRetrans].muted_until_s = START + (int64_t)(step + 60) * 10;
	struct nv_engine *e = nv_engine_new(&config, &err);
	assert_non_null(e);
	r = run(e, 30, 300);
	assert_int_equal(r->verdicts[NV_I_tcpRetrans].status, NV_WARNING);
	assert_int_equal(r->verdicts[NV_I_tcpRetrans].reason, NV_REASON_MUTED);
	assert_int_equal(r->classes[NV_CLASS_LOST].status, NV_OK);
	count = nv_engine_events(e, 0, events, 8);
	assert_true(count >= 1);
	for (unsigned i = 0; i < count; i++)
		reported += events[i].notify;
	assert_int_equal(reported, 0);
	r = run(e, 35, 300);
	assert_int_equal(r->classes[NV_CLASS_LOST].status, NV_WARNING);
	count = nv_engine_events(e, 0, events, 8);
	assert_true(events[count - 1].notify);
	assert_int_equal(events[count - 1].kind, NV_EVENT_CLASS);
	nv_engine_free(e);
}

/* Without its baseline an indicator has its limit from the first hour to the last, and learns
 * nothing. */
static void test_no_baseline(void **state)
{
	(void)state;
	for (int off = 0; off < 2; off++) {
		struct nv_config config;
		struct nv_error err = { 0 };
		const struct nv_verdict *v;
		static struct nv_snapshot s;

		nv_config_init(&config);
		config.fed = true;
		config.limits[NV_I_tcpRetrans].no_baseline = off;
		struct nv_engine *e = nv_engine_new(&config, &err);
		assert_non_null(e);
		for (uint64_t i = 1; i < 72 * 360; i++) {
			s.width_bits = 64;
			s.platform = NV_PLATFORM_LINUX;
			s.time_s = START + (int64_t)i * 10;
			s.hour_of_week = (int)(i / 360 % 168);
			s.mono_ns = s.boot_ns = i * UINT64_C(10000000000);
			s.value[NV_C_tcpOutSegs] = i * 10000;
			s.value[NV_C_tcpRetransSegs] = i * 20;
			s.present[NV_C_tcpOutSegs] = s.present[NV_C_tcpRetransSegs] = 1;
			nv_engine_feed(e, &s);
		}
		v = &nv_engine_report(e)->verdicts[NV_I_tcpRetrans];
		assert_true(off == (v->usual != v->usual));
		assert_true(off == (v->warn == nv_indicators[NV_I_tcpRetrans].warn));
		nv_engine_free(e);
	}
}

static void test_first_damage_is_news_once(void **state)
{
	(void)state;
	struct nv_config config;
	struct nv_error err = { 0 };
	static struct nv_snapshot s;
	struct nv_event events[4];

	nv_config_init(&config);
	struct nv_engine *e = nv_engine_new(&config, &err);
	assert_non_null(e);
	for (uint64_t i = 1; i < 60; i++) {
		s.width_bits = 64;
		s.platform = NV_PLATFORM_LINUX;
		s.time_s = START + (int64_t)i * 10;
		s.mono_ns = s.boot_ns = i * UINT64_C(10000000000);
		s.value[NV_C_tcpInSegs] = i * 10000;
		s.value[NV_C_tcpInCsumErrors] = i > 20 ? i > 40 ? 2 : 1 : 0;
		s.present[NV_C_tcpInSegs] = s.present[NV_C_tcpInCsumErrors] = 1;
		nv_engine_feed(e, &s);
	}
	assert_int_equal(nv_engine_events(e, 0, events, 4), 1);
	assert_int_equal(events[0].indicator, NV_I_tcpInChecksum);
	assert_int_equal(events[0].reason, NV_REASON_NOTED);
	assert_false(events[0].notify);
	assert_non_null(strstr(events[0].text, "first time"));
	nv_engine_free(e);
}

/* Who owns the directory may have put a pipe or a link there: nobody waits, nothing elsewhere is
 * written. */
static void test_traps_in_the_directory(void **state)
{
	(void)state;
	char own[64] = "/tmp/netvitals-mutes-XXXXXX", path[128], other[128], text[8] = "";
	struct nv_mute list[NV_MUTES],
		mute = { .name = "lost",
			.made_s = START,
			.until_s = START + 100,
			.by = "x",
			.why = "y" };
	struct nv_error err = { 0 };
	FILE *file;

	assert_non_null(mkdtemp(own));
	snprintf(path, sizeof(path), "%s/mutes", own);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(nv_mutes_read(own, NULL, START, list, NV_MUTES, &err), -1);
	assert_int_equal(unlink(path), 0);
	snprintf(other, sizeof(other), "%s/victim", own);
	file = fopen(other, "w");
	assert_non_null(file);
	fputs("kept", file);
	fclose(file);
	snprintf(path, sizeof(path), "%s/mutes.new", own);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(nv_mutes_add(own, START, &mute, &err), 0);
	file = fopen(other, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_string_equal(text, "kept");
	memcpy(path, dir, sizeof(dir));
	memcpy(dir, own, sizeof(dir));
	remove_dir(NULL);
	memcpy(dir, path, sizeof(dir));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept_and_ended),
		cmocka_unit_test(test_no_more_than_fit),
		cmocka_unit_test(test_traps_in_the_directory),
		cmocka_unit_test(test_ack_ends_when_it_gets_worse),
		cmocka_unit_test(test_configured),
		cmocka_unit_test(test_no_baseline),
		cmocka_unit_test(test_first_damage_is_news_once),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
