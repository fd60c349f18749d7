/* SPDX-License-Identifier: MIT */
/*
 * struct nv_state <-> the bytes of a state file. Nothing in a file may lead out of our tables,
 * whoever wrote it: a record that does is left out, alone, and counted.
 */
#include "engine/state_records.h"
#include "text/clean.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Permanent. */
enum record_kind {
	RECORD_ENGINE = 1,
	RECORD_BASELINE = 2,  /* number: of the indicator */
	RECORD_INDICATOR = 3, /* likewise */
	RECORD_CLASS = 4,     /* number: of the class */
	RECORD_EVENT = 5,     /* number: of the event */
};

struct record_header {
	uint32_t kind, number;
	uint64_t size; /* of what follows */
};

/* ---- values that a release may have written ----------------------------------------------------
 */

static bool is_time(int64_t t)
{
	return t >= 0 && t < INT64_C(1) << 40;
}

/* 0: nothing notified yet. */
static bool is_status(unsigned status)
{
	return status <= NV_DISABLED;
}

/* Of an indicator that only another release has, the text says enough. */
static uint16_t known_indicator(unsigned i)
{
	return nv_indicator_exists(i) ? (uint16_t)i : NV_I_NONE;
}

/* A flag is read as the byte that it is: any other value is none. */
static bool is_flag(const bool *flag)
{
	return *(const unsigned char *)flag <= 1;
}

static bool are_numbers(const float *at, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (isnan(at[i]))
			return false;
	return true;
}

static bool accept_engine(uint32_t number, void *record)
{
	const struct nv_saved_engine *x = record;

	(void)number;
	return is_time(x->saved_s) && x->last_event <= UINT32_MAX / 2;
}

/*
 * What is no number would stay so, and nothing would be unusual any more. Where there is no
 * threshold the logs of it are nothing, and nobody asks for them.
 */
static bool accept_baseline(uint32_t number, void *record)
{
	const struct nv_baseline *b = record;
	const float single[] = { b->limit, b->of_warn, b->peak, b->jump_peak, b->raised_at,
		b->hour_k, b->hour_n, b->all_k, b->all_n, b->all_peak, b->bursts, b->spread,
		b->high, b->rare, b->rare_jump, b->anchor, b->bad_hours, b->bad_k, b->bad_n,
		b->bad_peak };

	return !isfinite(nv_indicators[number].warn) ||
		(are_numbers(single, sizeof(single) / sizeof(single[0])) &&
			are_numbers(b->cell_k, NV_CELLS) && are_numbers(b->cell_n, NV_CELLS) &&
			are_numbers(b->cell_peak, NV_CELLS));
}

static bool accept_indicator(uint32_t number, void *record)
{
	const struct nv_saved_indicator *x = record;

	(void)number;
	return is_status(x->reported) && is_time(x->since_s) && is_time(x->raised_s) &&
		!isnan(x->raised_at) && !isnan(x->crit_at);
}

static bool accept_class(uint32_t number, void *record)
{
	struct nv_saved_class *x = record;

	(void)number;
	x->worst_indicator = known_indicator(x->worst_indicator);
	return is_status(x->reported) && is_time(x->since_s) && is_time(x->raised_s);
}

static bool accept_event(uint32_t number, void *record)
{
	struct nv_event *e = record;

	if (e->number != number || !memchr(e->text, 0, sizeof(e->text)) || !is_flag(&e->notify) ||
		!is_time(e->time_s) || (unsigned)e->klass >= NV_CLASS_END ||
		!is_status((unsigned)e->before) || !is_status((unsigned)e->now) ||
		(unsigned)e->side >= NV_SIDE_END || (unsigned)e->reason > NV_REASON_CONSEQUENCE ||
		(unsigned)e->kind > NV_EVENT_RESET)
		return false;
	e->indicator = known_indicator(e->indicator);
	nv_clean_text(e->text); /* another program may have written what is shown */
	return true;
}

/* ---- where a record lies; NULL: this release has none of that number ----------------------------
 */

static void *place_engine(struct nv_state *s, uint32_t number)
{
	return number == 0 ? &s->engine : NULL;
}

static void *place_baseline(struct nv_state *s, uint32_t number)
{
	return nv_indicator_exists(number) ? &s->baselines[number] : NULL;
}

static void *place_indicator(struct nv_state *s, uint32_t number)
{
	return nv_indicator_exists(number) ? &s->indicators[number] : NULL;
}

static void *place_class(struct nv_state *s, uint32_t number)
{
	return number >= 1 && number < NV_CLASS_END ? &s->classes[number] : NULL;
}

static void *place_event(struct nv_state *s, uint32_t number)
{
	return number >= 1 && number <= UINT32_MAX / 2 ? &s->events[(number - 1) % NV_EVENTS]
						       : NULL;
}

static const struct record_of {
	uint32_t kind;
	const char *name;
	size_t size;
	void *(*place)(struct nv_state *, uint32_t number);
	bool (*accept)(uint32_t number, void *record); /* mends what it can; false: invalid */
} kinds[] = {
	{ RECORD_ENGINE, "time and number of the last event", sizeof(struct nv_saved_engine),
		place_engine, accept_engine },
	{ RECORD_BASELINE, "baseline of indicator", sizeof(struct nv_baseline), place_baseline,
		accept_baseline },
	{ RECORD_INDICATOR, "status of indicator", sizeof(struct nv_saved_indicator),
		place_indicator, accept_indicator },
	{ RECORD_CLASS, "status of class", sizeof(struct nv_saved_class), place_class,
		accept_class },
	{ RECORD_EVENT, "event", sizeof(struct nv_event), place_event, accept_event },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* ---- nv_state -> bytes --------------------------------------------------------------------------
 */

static bool is_empty(const uint8_t *at, size_t size)
{
	return size == 0 || (at[0] == 0 && memcmp(at, at + 1, size - 1) == 0);
}

static size_t put_record(uint8_t *to, const struct record_of *of, uint32_t number, const void *at)
{
	struct record_header header = { of->kind, number, of->size };

	if (!at || is_empty(at, of->size))
		return 0;
	memcpy(to, &header, sizeof(header));
	memcpy(to + sizeof(header), at, of->size);
	return sizeof(header) + of->size;
}

_Static_assert(sizeof(struct record_header) * (2 * NV_I_END + NV_CLASS_END + NV_EVENTS + 1) +
			offsetof(struct nv_state, left_out) <=
		NV_STATE_ROOM,
	"all records must fit");

size_t nv_encode_state(struct nv_state *s)
{
	uint32_t last = s->engine.last_event;
	const struct {
		uint32_t first, last;
	} numbers[KINDS] = { { 0, 0 }, { 1, NV_I_END - 1 }, { 1, NV_I_END - 1 },
		{ 1, NV_CLASS_END - 1 }, { last > NV_EVENTS ? last - NV_EVENTS + 1 : 1, last } };
	size_t used = 0;

	for (unsigned k = 0; k < KINDS; k++)
		for (uint32_t n = numbers[k].first; n <= numbers[k].last; n++)
			used += put_record(s->file + used, &kinds[k], n, kinds[k].place(s, n));
	return used;
}

/* ---- bytes -> nv_state --------------------------------------------------------------------------
 */

static void leave_out(struct nv_state *s, const struct record_of *of, uint32_t number, void *place)
{
	memset(place, 0, of->size);
	if (!s->left_out++)
		snprintf(s->left_out_first, sizeof(s->left_out_first), "%s %u", of->name, number);
}

static void take_record(
	struct nv_state *s, uint32_t kind, uint32_t number, const void *bytes, size_t size)
{
	for (unsigned k = 0; k < KINDS; k++) {
		const struct record_of *of = &kinds[k];
		void *place = of->kind == kind ? of->place(s, number) : NULL;

		if (!place)
			continue;
		memset(place, 0, of->size);
		memcpy(place, bytes, size < of->size ? size : of->size);
		if (!of->accept(number, place))
			leave_out(s, of, number, place);
	}
}

static const char *take_records(struct nv_state *s, const uint8_t *bytes, size_t size)
{
	struct record_header header;

	for (size_t at = 0; at < size; at += header.size) {
		if (size - at < sizeof(header))
			return "contains invalid values: its last record has no complete header";
		memcpy(&header, bytes + at, sizeof(header));
		at += sizeof(header);
		if (header.size > size - at)
			return "contains invalid values: a record is longer than the file";
		take_record(s, header.kind, header.number, bytes + at, (size_t)header.size);
	}
	return NULL;
}

/*
 * Version 5: one block with an array of each, as they lay in the memory of a 64-bit build with
 * these counts. It was written until 2026-12 and never changes.
 */
enum {
	V5_INDICATORS = 74, /* and one class more than there are: both count from 0 */
	V5_CLASSES = 6,
	V5_EVENTS = 256,
	V5_BASELINE = 1068,
	V5_STATUS = 44, /* after the baseline, with a gap of 4 bytes after 16 */
	V5_GAP_AT = 16,
	V5_INDICATOR = 1120,
	V5_HEAD = 16,
	V5_CLASS = 32,
	V5_EVENT = 360,
	V5_SIZE = V5_HEAD + V5_INDICATORS * V5_INDICATOR + V5_CLASSES * V5_CLASS +
		V5_EVENTS * V5_EVENT,
};

static const char *take_block(struct nv_state *s, const uint8_t *bytes, size_t size)
{
	const uint8_t *classes = bytes + V5_HEAD + V5_INDICATORS * V5_INDICATOR;
	const uint8_t *events = classes + V5_CLASSES * V5_CLASS;
	uint8_t status[V5_STATUS];
	uint32_t number;

	if (size != V5_SIZE)
		return "was written by a build with other indicators";
	take_record(s, RECORD_ENGINE, 0, bytes, V5_HEAD - 4);
	for (uint32_t i = 1; i < V5_INDICATORS; i++) {
		const uint8_t *at = bytes + V5_HEAD + i * V5_INDICATOR;

		take_record(s, RECORD_BASELINE, i, at, V5_BASELINE);
		memcpy(status, at + V5_BASELINE, V5_GAP_AT);
		memcpy(status + V5_GAP_AT, at + V5_BASELINE + V5_GAP_AT + 4, V5_STATUS - V5_GAP_AT);
		take_record(s, RECORD_INDICATOR, i, status, sizeof(status));
	}
	for (uint32_t i = 1; i < V5_CLASSES; i++)
		take_record(s, RECORD_CLASS, i, classes + i * V5_CLASS, V5_CLASS);
	for (unsigned i = 0; i < V5_EVENTS; i++) {
		memcpy(&number, events + i * V5_EVENT, sizeof(number));
		take_record(s, RECORD_EVENT, number, events + i * V5_EVENT, V5_EVENT);
	}
	return NULL;
}

const char *nv_decode_state(void *context, uint32_t version, const uint8_t *bytes, size_t size)
{
	struct nv_state *s = context;
	const char *wrong;

	memset(s, 0, offsetof(struct nv_state, file));
	if (version < 5)
		return "was written by an older release";
	if (version > NV_STATE_VERSION)
		return "was written by a newer release";
	wrong = version == 5 ? take_block(s, bytes, size) : take_records(s, bytes, size);
	if (!s->engine.last_event) /* that record was left out */
		for (unsigned i = 0; i < NV_EVENTS; i++)
			if (s->events[i].number > s->engine.last_event)
				s->engine.last_event = s->events[i].number;
	return wrong;
}
