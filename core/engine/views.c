/* SPDX-License-Identifier: MIT */
/*
 * What others see of an engine: its report, which is finished when someone reads it, totals since
 * boot, events.
 */
#include "engine/engine.h"
#include "engine/live.h"
#include "normalize/normalize.h"
#include "report/words.h"

#include <math.h>

static void format_report(struct nv_report *r)
{
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i)) {
			nv_say_verdict((enum nv_indicator_id)i, &r->verdicts[i]);
			nv_say_gone(r, (enum nv_indicator_id)i, &r->verdicts[i]);
		}
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
		nv_say_class(r, (enum nv_class_id)klass, r->classes[klass].text);
}

/* The totals stand beside the window: one more reading, made only when someone looks. */
static void fill_totals(struct nv_engine *e, struct nv_report *r)
{
	const struct nv_snapshot *now = &e->shots[e->now];
	struct nv_reading total[NV_I_END];
	uint8_t wrapped[NV_C_END] = { 0 };
	double vector[NV_C_END];
	struct nv_delta sums;

	nv_total(now, &sums);
	nv_read_all(&sums, vector, total);
	nv_find_wrapped(now, wrapped);
	for (unsigned i = 1; i < NV_I_END; i++)
		r->verdicts[i].total_value = nv_indicator_exists(i) &&
				!nv_share_is_wrapped(now, wrapped, i)
			? total[i].value
			: (double)NAN;
}

const struct nv_report *nv_engine_numbers(struct nv_engine *e)
{
	e->report.sample_age_s = e->live ? nv_live_age_s(e->live, &e->shots[e->now]) : 0;
	if (e->filled >= NV_FILLED_NUMBERS)
		return &e->report;
	for (unsigned i = 1; e->config.mode == NV_DAEMON && i < NV_I_END; i++)
		if (nv_indicator_exists(i))
			nv_fill_details(e, i);
	if (e->consulted)
		nv_fill_from_state(e);
	fill_totals(e, &e->report);
	nv_judge_interfaces(e);
	e->filled = NV_FILLED_NUMBERS;
	return &e->report;
}

const struct nv_report *nv_engine_report(struct nv_engine *e)
{
	nv_engine_numbers(e);
	if (e->filled == NV_FILLED_TEXTS)
		return &e->report;
	format_report(&e->report);
	nv_format_interfaces(e);
	e->filled = NV_FILLED_TEXTS;
	return &e->report;
}

void nv_engine_total(struct nv_engine *e, struct nv_report *out)
{
	struct nv_delta sums;

	*out = e->report;
	out->total = true;
	out->stale = false;
	nv_total(&e->shots[e->now], &sums);
	out->seconds = sums.seconds;
	nv_show_whole(e, &sums, true, out);
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
		out->classes[klass].since_s = 0; /* what stands now says nothing of all the time */
	fill_totals(e, out);
	nv_roll_up(out);
	format_report(out);
}

const struct nv_snapshot *nv_engine_snapshot(const struct nv_engine *e)
{
	return &e->shots[e->now];
}

void nv_engine_rates(const struct nv_engine *e, double per_second[NV_C_END])
{
	const struct nv_delta *window = &e->window;

	for (unsigned i = 0; i < NV_C_END; i++)
		per_second[i] = window->valid[i] && window->seconds > 0 &&
				nv_counters[i].kind == NV_COUNTER
			? (double)window->count[i] / window->seconds
			: (double)NAN;
}

int64_t nv_engine_time(const struct nv_engine *e)
{
	return e->shots[e->now].time_s;
}

unsigned nv_ring_events(const struct nv_event ring[NV_EVENTS], uint32_t last, uint32_t after,
	struct nv_event *out, unsigned room)
{
	uint32_t oldest = last > NV_EVENTS ? last - NV_EVENTS : 0;
	unsigned n = 0;

	for (uint32_t i = after > oldest ? after : oldest; i < last && n < room; i++)
		if (ring[i % NV_EVENTS].number == i + 1) /* not one that a file had damaged */
			out[n++] = ring[i % NV_EVENTS];
	return n;
}

unsigned nv_engine_events(
	const struct nv_engine *e, uint32_t after, struct nv_event *out, unsigned room)
{
	return nv_ring_events(e->events, e->last_event, after, out, room);
}
