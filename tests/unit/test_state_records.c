/* SPDX-License-Identifier: MIT */
/*
 * What state files of other releases say: each form that was ever written is opened, what a newer
 * one knows more is skipped, and a record with invalid values takes nothing with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/state_file.h"
#include "engine/state_records.h"

#define FIXTURES "tests/fixtures/state/"

static struct nv_state *open_whole(const char *path)
{
	struct nv_error err = { 0, "" };
	struct nv_state *s = nv_state_open(path, &err);

	if (!s || err.text[0])
		fail_msg("%s: %s", path, err.text);
	return s;
}

/* tests/fixtures/state/README.md says what they remember. */
static void remembers_all(const char *path)
{
	static struct nv_event events[NV_EVENTS];
	struct nv_state *s = open_whole(path);
	struct nv_usual usual;

	assert_int_equal(nv_state_time(s), 1700360000);
	assert_int_equal(nv_state_events(s, 0, events, NV_EVENTS), 13);
	for (unsigned i = 0; i < 13; i++)
		assert_int_equal(events[i].number, i + 1);
	const struct nv_event *last = &events[12];
	assert_int_equal(last->kind, NV_EVENT_CLASS);
	assert_int_equal(last->klass, NV_CLASS_LOST);
	assert_int_equal(last->indicator, NV_I_tcpRetrans);
	assert_int_equal(last->before, NV_OK);
	assert_int_equal(last->now, NV_WARNING);
	assert_true(last->numerator == 1208 && last->denominator == 70208 && last->notify);
	assert_string_equal(last->text,
		"lost WARNING (was ok): 1.72 % retransmitted, 1208 of 70208 segments in 60 s "
		"(warn 0.5 %, usual 0.0115 %). The path. Event 13");

	assert_true(nv_state_usual(s, NV_I_tcpRetrans, 5, &usual));
	assert_true(usual.ready);
	assert_int_equal(usual.hours, 100);
	assert_true(usual.usual > 0.0001 && usual.usual < 0.00013);
	assert_true(nv_state_usual(s, NV_I_tcpInChecksum, 5, &usual));
	assert_int_equal(usual.hours, 100);

	const struct nv_saved_indicator *retrans = &s->indicators[NV_I_tcpRetrans];
	assert_int_equal(retrans->status, NV_WARNING);
	assert_int_equal(retrans->reported, NV_WARNING);
	assert_int_equal(retrans->hold, 30);
	assert_int_equal(s->indicators[NV_I_tcpInChecksum].seen, 1);
	assert_int_equal(retrans->breaches, 2);
	assert_true(retrans->raised_at > 0 && retrans->raised_at <= 0.01F);
	assert_true(retrans->peak > 0.0172 && retrans->peak < 0.03);
	assert_int_equal(retrans->raised_s, last->time_s);
	const struct nv_saved_class *lost = &s->classes[NV_CLASS_LOST];
	assert_int_equal(lost->reported, NV_WARNING);
	assert_int_equal(lost->worst_indicator, NV_I_tcpRetrans);
	assert_int_equal(lost->changes, 3);
	assert_int_equal(lost->raised_s, last->time_s);
	nv_state_close(s);
}

static void version_5(void **state)
{
	(void)state;
	remembers_all(FIXTURES "version-5.state");
}

static void version_6(void **state)
{
	(void)state;
	remembers_all(FIXTURES "version-6.state");
}

static void newer_release(void **state)
{
	(void)state;
	remembers_all(FIXTURES "newer.state");
}

/* What was read is written, and is the same. */
static void converted_once(void **state)
{
	char to[] = "/tmp/netvitals-records-XXXXXX", previous[64];
	int fd = mkstemp(to);
	struct nv_error err = { 0, "" };
	struct nv_state *s = open_whole(FIXTURES "version-5.state");

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	if (nv_state_save(s, to, false, &err) != 0)
		fail_msg("%s", err.text);
	nv_state_close(s);
	remembers_all(to);
	unlink(to);
	snprintf(previous, sizeof(previous), "%s.previous", to);
	unlink(previous);
}

/* ---- single records ---------------------------------------------------------------------------
 */

static struct nv_state *filled; /* two indicators, a class, 300 events */

static int make_state(void **state)
{
	(void)state;
	filled = calloc(1, sizeof(*filled));
	filled->engine = (struct nv_saved_engine){ 1700000000, 300, 0 };
	filled->baselines[NV_I_tcpRetrans].hours = 42;
	filled->baselines[NV_I_ipNoRoute].hours = 43;
	filled->indicators[NV_I_tcpRetrans].reported = NV_WARNING;
	filled->indicators[NV_I_tcpRetrans].breaches = 7;
	filled->classes[NV_CLASS_LOST].changes = 9;
	for (uint32_t n = 300 - NV_EVENTS + 1; n <= 300; n++) {
		struct nv_event *e = &filled->events[(n - 1) % NV_EVENTS];

		e->number = n;
		e->now = NV_OK;
		e->side = NV_SIDE_PATH;
		e->reason = NV_REASON_THRESHOLD;
	}
	return 0;
}

static int free_state(void **state)
{
	(void)state;
	free(filled);
	return 0;
}

static struct nv_state *decoded(size_t size)
{
	static struct nv_state back;
	const char *wrong = nv_decode_state(&back, NV_STATE_VERSION, filled->file, size);

	if (wrong)
		fail_msg("%s", wrong);
	return &back;
}

/* Where the n-th record begins. */
static uint8_t *record(unsigned n)
{
	uint8_t *at = filled->file;
	uint64_t size;

	for (; n > 0; n--) {
		memcpy(&size, at + 8, sizeof(size));
		at += 16 + size;
	}
	return at;
}

static void one_bad_record_is_left_out_alone(void **state)
{
	const float nan = NAN;
	size_t size = nv_encode_state(filled);

	(void)state;
	memcpy(record(1) + 16, &nan, sizeof(nan)); /* limit of the baseline of tcpRetrans */
	struct nv_state *s = decoded(size);
	assert_int_equal(s->left_out, 1);
	assert_string_equal(s->left_out_first, "baseline of indicator 1");
	assert_int_equal(s->baselines[NV_I_tcpRetrans].hours, 0);
	assert_int_equal(s->baselines[NV_I_ipNoRoute].hours, 43);
	assert_int_equal(s->indicators[NV_I_tcpRetrans].breaches, 7);
	assert_int_equal(s->classes[NV_CLASS_LOST].changes, 9);
	assert_int_equal(s->engine.last_event, 300);
}

/* Without the record that says so, events go on with the number after the newest. */
static void events_are_counted_on(void **state)
{
	size_t size = nv_encode_state(filled);

	(void)state;
	memset(record(0) + 16, 0xff, 8);
	struct nv_state *s = decoded(size);
	assert_int_equal(s->left_out, 1);
	assert_int_equal(s->engine.last_event, 300);
}

/* An event that was left out is no event of number 0, nor one of long ago. */
static void events_with_a_gap(void **state)
{
	static struct nv_event events[NV_EVENTS];
	size_t size = nv_encode_state(filled);

	(void)state;
	record(6)[16 + 4] = 99; /* kind of event 46: time, 2 baselines, status, class, event 45 */
	struct nv_state *s = decoded(size);
	assert_int_equal(s->left_out, 1);
	assert_string_equal(s->left_out_first, "event 46");
	assert_int_equal(nv_state_events(s, 0, events, NV_EVENTS), NV_EVENTS - 1);
	assert_int_equal(events[0].number, 45);
	assert_int_equal(events[1].number, 47);
}

/* A release that had fewer fields: the rest is as at the start. */
static void shorter_records(void **state)
{
	size_t size = nv_encode_state(filled);
	uint8_t *status = record(3);
	uint64_t length = 4;

	(void)state;
	memcpy(status + 8, &length, sizeof(length));
	memmove(status + 16 + 4, status + 16 + 48, size - (size_t)(status + 64 - filled->file));
	struct nv_state *s = decoded(size - 44);
	assert_int_equal(s->left_out, 0);
	assert_int_equal(s->indicators[NV_I_tcpRetrans].reported, NV_WARNING);
	const uint8_t *rest = (const uint8_t *)&s->indicators[NV_I_tcpRetrans] + 4;
	for (unsigned i = 0; i < 44; i++)
		assert_int_equal(rest[i], 0);
	assert_int_equal(s->classes[NV_CLASS_LOST].changes, 9);
}

static void sizes_that_cannot_be(void **state)
{
	static struct nv_state back;
	size_t size = nv_encode_state(filled);

	(void)state;
	for (size_t cut = 1; cut < 16 + 360; cut++)
		assert_non_null(nv_decode_state(&back, NV_STATE_VERSION, filled->file, size - cut));
	memset(record(0) + 8, 0xff, 8);
	assert_non_null(nv_decode_state(&back, NV_STATE_VERSION, filled->file, size));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_5),
		cmocka_unit_test(version_6),
		cmocka_unit_test(newer_release),
		cmocka_unit_test(converted_once),
		cmocka_unit_test(one_bad_record_is_left_out_alone),
		cmocka_unit_test(events_are_counted_on),
		cmocka_unit_test(events_with_a_gap),
		cmocka_unit_test(shorter_records),
		cmocka_unit_test(sizes_that_cannot_be),
	};
	return cmocka_run_group_tests(tests, make_state, free_state);
}
