/* SPDX-License-Identifier: MIT */
/*
 * What outlives the process: baselines, statuses that stand, events; gathered into one block of
 * bytes and back. Windows are not in it: they are of seconds that nobody saw.
 */
#include "engine/engine.h"
#include "engine/live.h"
#include "engine/state_file.h"
#include "engine/state_records.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STILL_TRUE_S                                                                               \
	900 /* what stood when a front end last saved, at the latest so long ago, stands           \
	     */

/* ---- engine <-> block
 * ------------------------------------------------------------------------------- */

/* Few have 256 events: what there is none of stays untouched, and takes no memory. */
static void copy_events(struct nv_event *to, const struct nv_event *from, uint32_t last_event)
{
	memcpy(to, from, (last_event < NV_EVENTS ? last_event : NV_EVENTS) * sizeof(*to));
}

/* s: all zero. */
static void fill_state(const struct nv_engine *e, struct nv_state *s)
{
	s->engine.saved_s = e->report.time_s;
	s->engine.last_event = e->last_event;
	copy_events(s->events, e->events, e->last_event);
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_history *h = &e->indicators[i];
		const struct nv_memory *m = &e->daemon->memories[i];
		struct nv_saved_indicator *to = &s->indicators[i];

		s->baselines[i] = e->daemon->baselines[i];
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

		s->classes[i] = (struct nv_saved_class){ (uint8_t)h->reported,
			(uint8_t)h->last_notified.reported, h->worst_indicator, h->changes,
			h->since_s, h->raised_s, h->peak };
	}
}

/* Whoever wrote the file may not have known it yet. */
static enum nv_status reported_last(unsigned status)
{
	return status <= NV_DISABLED ? (enum nv_status)status : 0;
}

/* A status that nobody can hold any more (no limit raised it) is not taken over. */
static void scatter(struct nv_engine *e, const struct nv_state *s)
{
	e->last_event = e->saved_event = e->report.last_event = s->engine.last_event;
	copy_events(e->events, s->events, e->last_event);
	for (unsigned i = 1; i < NV_I_END; i++) {
		struct nv_history *h = &e->indicators[i];
		struct nv_memory *m = &e->daemon->memories[i];
		const struct nv_saved_indicator *from = &s->indicators[i];

		e->daemon->baselines[i] = s->baselines[i];
		e->daemon->baselines[i].slots = 0; /* the rest of that hour was not seen */
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
		const struct nv_saved_class *from = &s->classes[i];

		h->reported = (enum nv_status)from->reported;
		h->last_notified.reported = reported_last(from->last_notified);
		h->worst_indicator = from->worst_indicator;
		h->changes = from->changes;
		h->since_s = from->since_s;
		h->raised_s = from->raised_s;
		h->peak = from->peak;
	}
}

/* ---- one file, read or written
 * --------------------------------------------------------------------------------- */

/* As nv_state_read; err->text is "" unless the file or a part of it was of no use. */
static int read_state(const char *path, struct nv_state *s, bool set_aside, struct nv_error *err)
{
	const struct nv_state_reader reader = { s->file, sizeof(s->file), nv_decode_state, s };
	int result = nv_state_read(path, &reader, set_aside, err);

	if (result == 1 && s->left_out)
		snprintf(err->text, sizeof(err->text),
			"%.*s contains invalid values: left out %u of its records, first the %s",
			NV_PATH_SIZE, path, s->left_out, s->left_out_first);
	return result;
}

static int write_state(const char *path, struct nv_state *s, struct nv_error *err)
{
	return nv_state_write(path, NV_STATE_VERSION, s->file, nv_encode_state(s), err);
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

static void load(struct nv_engine *e)
{
	struct nv_error err = { 0 };

	if (read_state(e->state_path, e->state, !e->state_failing, &err) > 0)
		scatter(e, e->state);
	if (err.text[0] && !e->state_failing)
		nv_notice(e, &err);
	nv_state_block_clear(e->state, sizeof(*e->state));
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
	if (!e->state) {
		e->state_path[0] = 0; /* judge all the same, without memory */
		nv_notice(e, &err);
		return;
	}
	e->state_failing = e->lock_fd < 0;
	if (e->state_failing)
		nv_notice(e, &err);
	/* Someone else's memory as long as he holds it; it is asked for again with each save. */
	if (e->lock_fd != -1)
		load(e);
}

/* A disk that could not be written at the start may be by now, a lock may be free. */
static bool may_write(struct nv_engine *e, struct nv_error *err)
{
	int before = e->lock_fd;

	if (before < 0)
		e->lock_fd = nv_state_lock(e->state_path, err);
	if (before == -1 && e->lock_fd >= 0)
		load(e); /* what was kept, before it is written over */
	return e->lock_fd >= 0;
}

/* Trouble is reported once, and its end. */
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

	written = may_write(e, &err);
	fill_state(e, e->state);
	written = written && write_state(e->state_path, e->state, &err) == 0;
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
	err->text[0] = 0;
	result = read_state(path, s, false, err);
	if (result == 0)
		snprintf(err->text, sizeof(err->text), "%.*s does not exist", NV_PATH_SIZE, path);
	if (result > 0)
		return s;
	free(s);
	return NULL;
}

void nv_state_close(struct nv_state *s)
{
	free(s);
}

int64_t nv_state_time(const struct nv_state *s)
{
	return s->engine.saved_s;
}

unsigned nv_state_events(
	const struct nv_state *s, uint32_t after, struct nv_event *out, unsigned room)
{
	return nv_ring_events(s->events, s->engine.last_event, after, out, room);
}

bool nv_state_usual(
	const struct nv_state *s, unsigned indicator, int hour_of_week, struct nv_usual *out)
{
	if (!nv_indicator_exists(indicator))
		return false;
	const struct nv_baseline *b = &s->baselines[indicator];
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
	memset(&s->baselines[indicator], 0, sizeof(s->baselines[indicator]));
	return true;
}

int nv_state_save(struct nv_state *s, const char *path, bool locked, struct nv_error *err)
{
	int lock = locked ? nv_state_lock(path, err) : -1;
	int result;

	if (locked && lock < 0)
		return -1;
	result = write_state(path, s, err);
	if (lock >= 0)
		close(lock);
	return result;
}

/* ---- a report that asks a front end
 * -------------------------------------------------------------------------- */

void nv_engine_consult(struct nv_engine *e, const struct nv_state *s, const char *front_end)
{
	e->consulted = s;
	e->report.past = e->events; /* a one-shot report says nothing itself */
	e->report.past_count = nv_state_events(s, 0, e->events, NV_EVENTS);
	snprintf(e->report.consulted, sizeof(e->report.consulted), "%s", front_end);
	e->filled = NV_FILLED_NOTHING;
}

void nv_fill_from_state(struct nv_engine *e)
{
	const struct nv_state *s = e->consulted;
	struct nv_report *r = &e->report;
	bool of_now = r->time_s - s->engine.saved_s < STILL_TRUE_S;
	struct nv_usual known;

	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_state_usual(s, i, e->shots[e->now].hour_of_week, &known) && known.ready &&
			r->verdicts[i].status != NV_DISABLED)
			r->verdicts[i].usual = known.usual;
	for (unsigned i = 1; i < NV_CLASS_END; i++)
		if (of_now && nv_is_raised((enum nv_status)s->classes[i].reported))
			r->classes[i].since_s = s->classes[i].raised_s;
}
