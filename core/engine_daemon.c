/* SPDX-License-Identifier: MIT */
/*
 * The daemon: samples -> slots -> window, each slot once through the judge. The values shown are
 * those of the window and the slot that is still filling; the statuses are the judge's.
 */
#include "engine.h"

#include <math.h>

/* Status of an indicator without data now: what stood stays for a while, then nobody knows. */
static void judge_missing(struct nv_engine *e, unsigned id, struct nv_verdict *v)
{
	struct nv_history *h = &e->indicators[id];

	if (++h->missing > NV_FAILING_AFTER)
		nv_set_status(v, NV_UNKNOWN, NV_REASON_MISSING);
}

/* Is there anything to say about it, or is it as quiet as most are most of the time? */
static bool is_active(const struct nv_history *h)
{
	return h->memory.c_slow || h->memory.status >= NV_WARNING;
}

/* Both main terms are there; what nv_read() calls present. */
static bool is_counted(const double vector[NV_C_END], unsigned i)
{
	const struct nv_indicator *indicator = &nv_indicators[i];

	return !isnan(vector[indicator->num[0].counter]) &&
	       !(indicator->den[0].counter && isnan(vector[indicator->den[0].counter]));
}

/* By the limits alone, or by what is usual at this hour as well. */
static void limit_now(const struct nv_engine *e, unsigned i, struct nv_limit *limit)
{
	*limit = e->limits[i];
	if (!e->config.limits[i].no_baseline)
		nv_baseline_limit((enum nv_indicator_id)i, &e->indicators[i].baseline, limit, limit);
}

static void judge_active(struct nv_engine *e, unsigned i, const struct nv_reading *slot,
	const struct nv_reading *window)
{
	struct nv_history *h = &e->indicators[i];
	double mono_s = (double)e->shots[e->now].mono_ns / 1e9;
	struct nv_limit limit;

	limit_now(e, i, &limit);
	nv_judge((enum nv_indicator_id)i, &h->memory, slot, window, &limit, e->slot_s, mono_s,
		&e->report.verdicts[i]);
	nv_note_normal_work(nv_role_of(e), i, &e->report.verdicts[i]);
}

/* One indicator: verdict by the limit of this hour, and what this slot teaches. */
static void judge_slot(struct nv_engine *e, unsigned i, const struct nv_reading *slot)
{
	enum nv_indicator_id id = (enum nv_indicator_id)i;
	struct nv_history *h = &e->indicators[i];
	struct nv_verdict *v = &e->report.verdicts[i];
	bool idle = nv_judge_idle(id, &h->memory, slot), learns = !e->config.limits[i].no_baseline;
	struct nv_lesson lesson = {
		.profile = e->config.profile,
		.hour_of_week = e->shots[e->now].hour_of_week,
		.slot_s = e->slot_s,
		.accept_days = e->config.accept_days,
		.warn = e->limits[i].warn,
	};
	struct nv_reading window = *slot;

	h->sum_num += slot->num;
	h->sum_den += isnan(slot->den) ? 0 : slot->den;
	if (!idle || (learns && nv_baseline_is_due(&h->baseline)))
		nv_read(id, e->shown, e->shown_s, &window);
	if (idle)
		nv_set_status(v, learns && nv_baseline_learns(id, &h->baseline) ? NV_LEARNING : NV_OK, NV_REASON_NONE);
	else
		judge_active(e, i, slot, &window);
	if (learns && nv_baseline_learn(id, &h->baseline, &h->memory, &window, &lesson) == NV_LEARNED_ACCEPTED &&
		nv_judge_accept(&h->memory, (double)e->shots[e->now].mono_ns / 1e9))
		nv_set_status(v, NV_OK, NV_REASON_ACCEPTED);
}

/* A full slot: into the ring, and once through the judge. */
static void close_slot(struct nv_engine *e)
{
	struct nv_reading slot;
	double slot_s = e->filling.seconds;

	nv_derive(&e->filling, e->vector);
	if (!e->slot_count)
		nv_delta_clear(&e->window);
	nv_delta_slide(&e->window, e->slots, &e->slot_count, e->slot_head, &e->filling);
	e->slot_head = (e->slot_head + 1) % NV_FAST;
	nv_delta_clear(&e->filling);
	nv_derive(&e->window, e->shown);
	e->shown_s = e->window.seconds;
	for (unsigned i = 1; i < NV_I_END; i++) {
		if (!nv_indicator_exists(i) || nv_out_of_play(e, i) || !is_counted(e->vector, i))
			continue;
		nv_read((enum nv_indicator_id)i, e->vector, slot_s, &slot);
		judge_slot(e, i, &slot);
	}
}

static void fill(struct nv_engine *e, unsigned i)
{
	struct nv_verdict *v = &e->report.verdicts[i];
	struct nv_reading r;

	nv_read((enum nv_indicator_id)i, e->shown, e->shown_s, &r);
	v->value = r.value;
	v->numerator = r.num;
	v->denominator = r.den;
	v->seconds = r.seconds;
}

/* Statuses of now; the numbers of the quiet ones are left to nv_dress_verdict(). */
static void show_window(struct nv_engine *e)
{
	for (unsigned i = 1; i < NV_I_END; i++) {
		struct nv_verdict *v = &e->report.verdicts[i];
		struct nv_history *h = &e->indicators[i];

		if (!nv_indicator_exists(i))
			continue;
		bool counted = is_counted(e->shown, i);
		h->ever = h->ever || counted;
		if (nv_out_of_play(e, i)) {
			nv_set_status(v, NV_DISABLED, NV_REASON_NONE);
		} else if (!counted) {
			judge_missing(e, i, v);
		} else {
			h->missing = 0;
			if (v->status == NV_DISABLED || v->status == NV_UNKNOWN)
				nv_set_status(v, h->memory.status ? (enum nv_status)h->memory.status : NV_OK,
					NV_REASON_NONE);
		}
		if (counted && is_active(h)) {
			fill(e, i);
			nv_remember(&h->max, e->report.time_s, v->value);
		}
	}
}

/* What only a reader of the verdict needs: numbers of the quiet ones, limits in force, usual value. */
void nv_dress_verdict(struct nv_engine *e, unsigned i)
{
	enum nv_indicator_id id = (enum nv_indicator_id)i;
	struct nv_verdict *v = &e->report.verdicts[i];
	const struct nv_history *h = &e->indicators[i];
	bool learns = !e->config.limits[i].no_baseline;
	struct nv_limit limit;

	fill(e, i);
	limit_now(e, i, &limit);
	v->warn = isinf(limit.warn) ? (double)NAN : limit.warn;
	v->crit = isinf(limit.crit) ? (double)NAN : limit.crit;
	v->usual = learns ? nv_baseline_usual(id, &h->baseline, e->shots[e->now].hour_of_week) : (double)NAN;
	v->spread = learns ? nv_baseline_spread(&h->baseline) : (double)NAN;
	v->max10m = nv_recall(&h->max, e->report.time_s);
	if (!(v->max10m >= v->value))
		v->max10m = v->value;
	v->sum_numerator = h->sum_num;
	v->sum_denominator = h->sum_den;
	v->since_s = h->since_s;
	v->breaches = h->breaches;
}

void nv_daemon_step(struct nv_engine *e)
{
	nv_delta_add(&e->filling, &e->step);
	if (e->filling.seconds >= 0.95 * e->slot_s) {
		close_slot(e);
	} else {
		e->sums = e->filling;
		if (e->slot_count)
			nv_delta_add(&e->sums, &e->window);
		nv_derive(&e->sums, e->shown);
		e->shown_s = e->sums.seconds;
	}
	show_window(e);
}
