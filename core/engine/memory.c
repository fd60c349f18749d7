/* SPDX-License-Identifier: MIT */
/*
 * What outlives the process: baselines, statuses that stand, events; gathered into one block of
 * bytes and back. Windows are not in it: they are of seconds that nobody saw.
 */
#include "engine/engine.h"
#include "engine/live.h"
#include "engine/state_file.h"
#include "text/clean.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATE_VERSION 5
#define STILL_TRUE_S                                                                               \
	900 /* what stood when a front end last saved, at the latest so long ago, stands           \
	     */

struct saved_indicator {
	struct nv_baseline baseline;
	uint8_t status, reported, by_baseline, seen;
	uint16_t hold;
	uint8_t last_notified; /* status that was notified last */
	float raised_at, crit_at;
	double peak;
	int64_t since_s, raised_s;
	uint32_t breaches;
};

struct saved_class {
	uint8_t reported, last_notified;
	uint16_t worst_indicator;
	uint32_t changes;
	int64_t since_s, raised_s;
	double peak;
};

struct nv_state {
	int64_t saved_s;
	uint32_t last_event;
	struct saved_indicator indicators[NV_I_END];
	struct saved_class classes[NV_CLASS_END];
	struct nv_event events[NV_EVENTS];
};

/* ---- engine <-> block
 * ------------------------------------------------------------------------------- */

/* Few have 256 events: what there is none of stays untouched, and takes no memory. */
static unsigned event_count(uint32_t last_event)
{
	return last_event < NV_EVENTS ? last_event : NV_EVENTS;
}

/* s: all zero. */
static void gather(const struct nv_engine *e, struct nv_state *s)
{
	s->saved_s = e->report.time_s;
	s->last_event = e->last_event;
	memcpy(s->events, e->events, event_count(s->last_event) * sizeof(s->events[0]));
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_history *h = &e->indicators[i];
		const struct nv_memory *m = &e->memories[i];
		struct saved_indicator *to = &s->indicators[i];

		to->baseline = e->baselines[i];
		to->status = m->status;
		to->by_baseline = m->by_baseline;
		to->hold = m->hold;
		to->raised_at = m->raised_at;
		to->crit_at = m->crit_at;
		to->reported = (uint8_t)h->reported;
		to->last_notified = (uint8_t)h->last_notified.reported;
		to->seen = h->first_seen;
		to->peak = h->peak;
		to->since_s = h->since_s;
		to->raised_s = h->raised_s;
		to->breaches = h->breaches;
	}
	for (unsigned i = 1; i < NV_CLASS_END; i++) {
		const struct nv_class_history *h = &e->classes[i];

		s->classes[i] = (struct saved_class){ (uint8_t)h->reported,
			(uint8_t)h->last_notified.reported, h->worst_indicator, h->changes,
			h->since_s, h->raised_s, h->peak };
	}
}

/* 0: nothing told yet. */
static bool is_status(unsigned status)
{
	return status <= NV_DISABLED;
}

/* Whoever wrote the file may not have known it yet. */
static enum nv_status reported_last(unsigned status)
{
	return is_status(status) ? (enum nv_status)status : 0;
}

/* A status that nobody can hold any more (no limit raised it) is not taken over. */
static void scatter(struct nv_engine *e, const struct nv_state *s)
{
	e->last_event = e->saved_event = e->report.last_event = s->last_event;
	memcpy(e->events, s->events, event_count(s->last_event) * sizeof(s->events[0]));
	for (unsigned i = 1; i < NV_I_END; i++) {
		struct nv_history *h = &e->indicators[i];
		struct nv_memory *m = &e->memories[i];
		const struct saved_indicator *from = &s->indicators[i];

		e->baselines[i] = from->baseline;
		e->baselines[i].slots = 0; /* the rest of that hour was not seen */
		if (from->status >= NV_WARNING && from->status <= NV_CRITICAL &&
			from->raised_at > 0)
			m->status = from->status;
		m->by_baseline = from->by_baseline;
		m->hold = from->hold;
		m->raised_at = from->raised_at;
		m->crit_at = from->crit_at;
		h->reported = (enum nv_status)from->reported;
		h->last_notified.reported = reported_last(from->last_notified);
		h->first_seen = from->seen;
		h->peak = from->peak;
		h->since_s = from->since_s;
		h->raised_s = from->raised_s;
		h->breaches = from->breaches;
	}
	for (unsigned i = 1; i < NV_CLASS_END; i++) {
		struct nv_class_history *h = &e->classes[i];
		const struct saved_class *from = &s->classes[i];

		h->reported = (enum nv_status)from->reported;
		h->last_notified.reported = reported_last(from->last_notified);
		h->worst_indicator = from->worst_indicator;
		h->changes = from->changes;
		h->since_s = from->since_s;
		h->raised_s = from->raised_s;
		h->peak = from->peak;
	}
}

/* ---- what somebody else's file may hold
 * ------------------------------------------------------------- */

static bool is_time(int64_t t)
{
	return t >= 0 && t < INT64_C(1) << 40;
}

static bool is_indicator(unsigned i)
{
	return i == NV_I_NONE || nv_indicator_exists(i);
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

/* What is no number would stay so, and nothing would be unusual any more. */
static bool is_sound_baseline(const struct nv_baseline *b)
{
	const float single[] = { b->limit, b->of_warn, b->peak, b->jump_peak, b->raised_at,
		b->hour_k, b->hour_n, b->all_k, b->all_n, b->all_peak, b->bursts, b->spread,
		b->high, b->rare, b->rare_jump, b->anchor, b->bad_hours, b->bad_k, b->bad_n,
		b->bad_peak };

	return are_numbers(single, sizeof(single) / sizeof(single[0])) &&
		are_numbers(b->cell_k, NV_CELLS) && are_numbers(b->cell_n, NV_CELLS) &&
		are_numbers(b->cell_peak, NV_CELLS);
}

static bool is_sound_event(const struct nv_event *e)
{
	return memchr(e->text, 0, sizeof(e->text)) && is_flag(&e->notify) && is_time(e->time_s) &&
		is_indicator(e->indicator) && (unsigned)e->klass < NV_CLASS_END &&
		is_status((unsigned)e->before) && is_status((unsigned)e->now) &&
		(unsigned)e->side < NV_SIDE_END && (unsigned)e->reason <= NV_REASON_CONSEQUENCE &&
		(unsigned)e->kind <= NV_EVENT_RESET;
}

/* The checksum is no seal: a file may come from elsewhere, and nothing in it may lead out of our
 * tables. */
static bool is_sound(const void *data)
{
	const struct nv_state *s = data;

	if (!is_time(s->saved_s) || s->last_event > UINT32_MAX / 2)
		return false;
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct saved_indicator *x = &s->indicators[i];

		/* Where there is no threshold the logs of it are nothing, and nobody asks for them.
		 */
		if ((isfinite(nv_indicators[i].warn) && !is_sound_baseline(&x->baseline)) ||
			!is_status(x->reported) || !is_time(x->since_s) || !is_time(x->raised_s) ||
			isnan(x->raised_at) || isnan(x->crit_at))
			return false;
	}
	for (unsigned i = 1; i < NV_CLASS_END; i++) {
		const struct saved_class *x = &s->classes[i];

		if (!is_status(x->reported) || !is_indicator(x->worst_indicator) ||
			!is_time(x->since_s) || !is_time(x->raised_s))
			return false;
	}
	for (unsigned i = 0; i < event_count(s->last_event); i++)
		if (!is_sound_event(&s->events[i]))
			return false;
	return true;
}

/* Another program, or an older release, may have written what is shown. */
static void clean_texts(struct nv_state *s)
{
	for (unsigned i = 0; i < event_count(s->last_event); i++)
		nv_clean_text(s->events[i].text);
}

/* ---- the engine's side
 * --------------------------------------------------------------------------------- */

void nv_notice(struct nv_engine *e, const struct nv_error *err)
{
	memcpy(e->notice, err->text, sizeof(e->notice));
	e->notice_new = true;
}

bool nv_engine_notice(struct nv_engine *e, char *text, size_t size)
{
	bool is_new = e->notice_new;

	if (is_new)
		snprintf(text, size, "%s", e->notice);
	e->notice_new = false;
	return is_new;
}

void nv_open_state(struct nv_engine *e)
{
	char host[NV_NAME_SIZE] = "", kernel[NV_NAME_SIZE];
	struct nv_error err = { 0 };

	e->lock_fd = -1;
	if (!e->config.state_dir[0] || !e->config.front_end[0] || e->config.mode != NV_DAEMON)
		return;
	/* Who feeds an engine says in the name of the front end whose memory it is. */
	if (e->live)
		nv_live_identity(e->live, host, kernel);
	if (snprintf(e->state_path, sizeof(e->state_path), "%s/%s%s%s.state", e->config.state_dir,
		    e->config.front_end, e->live ? "-" : "",
		    e->live && !host[0] ? "host" : host) >= (int)sizeof(e->state_path)) {
		e->state_path[0] = 0;
		snprintf(err.text, sizeof(err.text), "StateDir %.100s... is too long",
			e->config.state_dir);
		nv_notice(e, &err);
		return;
	}
	e->state = nv_state_block(sizeof(*e->state));
	e->lock_fd = e->state ? nv_state_lock(e->state_path, &err) : -1;
	if (e->lock_fd == -1) {
		e->state_path[0] = 0; /* judge all the same, without memory */
		nv_notice(e, &err);
		return;
	}
	e->state_failing = e->lock_fd < 0;
	if (e->state_failing)
		nv_notice(e, &err);
	int result = nv_state_read(e->state_path, STATE_VERSION, e->state, sizeof(*e->state),
		is_sound, !e->state_failing, &err);
	if (result > 0) {
		clean_texts(e->state);
		scatter(e, e->state);
	}
	if ((result < 0 || result == 2) && !e->state_failing)
		nv_notice(e, &err);
	nv_state_block_clear(e->state, sizeof(*e->state));
}

/* A disk that could not be written at the start may be by now. */
static bool may_write(struct nv_engine *e, struct nv_error *err)
{
	if (e->lock_fd < 0)
		e->lock_fd = nv_state_lock(e->state_path, err);
	return e->lock_fd >= 0;
}

/* Trouble is told once, and its end. */
static void report_disk(struct nv_engine *e, bool failing, struct nv_error *err)
{
	if (failing != e->state_failing) {
		if (!failing)
			snprintf(err->text, sizeof(err->text), "%.*s is written again",
				NV_PATH_SIZE, e->state_path);
		nv_notice(e, err);
	}
	e->state_failing = failing;
}

static void save(struct nv_engine *e)
{
	struct nv_error err = { 0 };
	bool written;

	gather(e, e->state);
	written = may_write(e, &err) &&
		nv_state_write(e->state_path, STATE_VERSION, e->state, sizeof(*e->state), &err) ==
			0;
	nv_state_block_clear(e->state, sizeof(*e->state));
	report_disk(e, !written, &err);
	e->saved_event = e->last_event;
	e->saved_mono_ns = e->shots[e->now].mono_ns;
}

/* Every SaveInterval, and at once after a transition. */
void nv_save_state(struct nv_engine *e)
{
	uint64_t now = e->shots[e->now].mono_ns;

	if (!e->state_path[0])
		return;
	if (!e->saved_mono_ns)
		e->saved_mono_ns = now;
	if (e->saved_event != e->last_event || now < e->saved_mono_ns ||
		(double)(now - e->saved_mono_ns) / 1e9 >= e->config.save_interval_s)
		save(e);
}

void nv_close_state(struct nv_engine *e)
{
	if (e->state_path[0] && e->report.samples)
		save(e);
	if (e->lock_fd >= 0)
		close(e->lock_fd);
	nv_state_block_free(e->state, sizeof(*e->state));
}

/* ---- the file seen from outside
 * ------------------------------------------------------------------------ */

struct nv_state *nv_state_open(const char *path, struct nv_error *err)
{
	struct nv_state *s = malloc(sizeof(*s));
	int result;

	if (!s) {
		snprintf(err->text, sizeof(err->text), "out of memory");
		return NULL;
	}
	result = nv_state_read(path, STATE_VERSION, s, sizeof(*s), is_sound, false, err);
	if (result == 0)
		snprintf(err->text, sizeof(err->text), "%.*s does not exist", NV_PATH_SIZE, path);
	if (result > 0) {
		clean_texts(s);
		return s;
	}
	free(s);
	return NULL;
}

void nv_state_close(struct nv_state *s)
{
	free(s);
}

int64_t nv_state_time(const struct nv_state *s)
{
	return s->saved_s;
}

unsigned nv_state_events(
	const struct nv_state *s, uint32_t after, struct nv_event *out, unsigned room)
{
	return nv_ring_events(s->events, s->last_event, after, out, room);
}

bool nv_state_usual(
	const struct nv_state *s, unsigned indicator, int hour_of_week, struct nv_usual *out)
{
	if (!nv_indicator_exists(indicator))
		return false;
	const struct nv_baseline *b = &s->indicators[indicator].baseline;
	out->hours = b->hours;
	out->ready = nv_baseline_ready((enum nv_indicator_id)indicator, b);
	out->usual = nv_baseline_usual((enum nv_indicator_id)indicator, b, hour_of_week);
	out->spread = nv_baseline_spread(b);
	out->limit = b->limit > 0 && out->ready ? (double)b->limit : (double)NAN;
	return true;
}

bool nv_state_forget(struct nv_state *s, unsigned indicator)
{
	if (!nv_indicator_exists(indicator))
		return false;
	memset(&s->indicators[indicator].baseline, 0, sizeof(s->indicators[indicator].baseline));
	return true;
}

int nv_state_save(const struct nv_state *s, const char *path, bool locked, struct nv_error *err)
{
	int lock = locked ? nv_state_lock(path, err) : -1;
	int result;

	if (locked && lock < 0)
		return -1;
	result = nv_state_write(path, STATE_VERSION, s, sizeof(*s), err);
	if (lock >= 0)
		close(lock);
	return result;
}

/* ---- a report that asks a front end
 * -------------------------------------------------------------------------- */

void nv_engine_consult(struct nv_engine *e, const struct nv_state *s, const char *front_end)
{
	e->consulted = s;
	e->report.past = e->events; /* a one-shot report tells nothing itself */
	e->report.past_count = nv_state_events(s, 0, e->events, NV_EVENTS);
	snprintf(e->report.consulted, sizeof(e->report.consulted), "%s", front_end);
	e->details_filled = e->texts_filled = false;
}

void nv_fill_from_state(struct nv_engine *e)
{
	const struct nv_state *s = e->consulted;
	struct nv_report *r = &e->report;
	bool of_now = r->time_s - s->saved_s < STILL_TRUE_S;
	struct nv_usual known;

	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_state_usual(s, i, e->shots[e->now].hour_of_week, &known) && known.ready &&
			r->verdicts[i].status != NV_DISABLED)
			r->verdicts[i].usual = known.usual;
	for (unsigned i = 1; i < NV_CLASS_END; i++)
		if (of_now && nv_is_raised((enum nv_status)s->classes[i].reported))
			r->classes[i].since_s = s->classes[i].raised_s;
}
