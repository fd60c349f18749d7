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


static void window_sums(const struct nv_engine *e, bool with_filling, struct nv_delta *out)
{
	nv_delta_clear(out);
	for (unsigned i = 0; i < e->slot_count; i++)
		nv_delta_add(out, &e->slots[i]);
	if (with_filling && e->filling.seconds > 0)
		nv_delta_add(out, &e->filling);
}

/* One indicator: limit in force at this hour, verdict, and what this slot teaches. */
static void judge_slot(struct nv_engine *e, unsigned i, const struct nv_reading *slot,
	const struct nv_reading *window)
{
	enum nv_indicator_id id = (enum nv_indicator_id)i;
	struct nv_history *h = &e->indicators[i];
	struct nv_verdict *v = &e->report.verdicts[i];
	double mono_s = (double)e->shots[e->now].mono_ns / 1e9;
	struct nv_limit limit = nv_limit_of(e, i), in_force;
	struct nv_lesson lesson = {
		.profile = e->config.profile,
		.hour_of_week = e->shots[e->now].hour_of_week,
		.slot_s = e->slot_s,
		.accept_days = 3,
		.warn = limit.warn,
		.min = limit.min,
	};

	nv_baseline_limit(id, &h->baseline, &limit, &in_force);
	nv_judge(id, &h->memory, slot, window, &in_force, e->slot_s, mono_s, v);
	if (nv_baseline_learn(id, &h->baseline, &h->memory, window, &lesson) == NV_LEARNED_ACCEPTED &&
		nv_judge_accept(&h->memory, mono_s))
		nv_set_status(v, NV_OK, NV_REASON_ACCEPTED);
}

/* A full slot: into the ring, and once through the judge. window: left for the caller to show. */
static void close_slot(struct nv_engine *e, struct nv_reading window[NV_I_END])
{
	struct nv_reading slot[NV_I_END];
	enum nv_role role = nv_role_of(e);

	nv_read_all(e, &e->filling, slot);
	e->slots[e->slot_head] = e->filling;
	e->slot_head = (e->slot_head + 1) % NV_FAST;
	if (e->slot_count < NV_FAST)
		e->slot_count++;
	nv_delta_clear(&e->filling);
	window_sums(e, false, &e->sums);
	nv_read_all(e, &e->sums, window);
	for (unsigned i = 1; i < NV_I_END; i++) {
		struct nv_history *h = &e->indicators[i];

		if (!nv_indicator_exists(i) || nv_out_of_play(e, i) || !slot[i].present)
			continue;
		h->sum_num += slot[i].num;
		h->sum_den += isnan(slot[i].den) ? 0 : slot[i].den;
		judge_slot(e, i, &slot[i], &window[i]);
		nv_note_normal_work(role, i, &e->report.verdicts[i]);
	}
}

/* Values of the window as it is now; the statuses are the judge's. */
static void show_window(struct nv_engine *e, const struct nv_reading window[NV_I_END])
{
	for (unsigned i = 1; i < NV_I_END; i++) {
		struct nv_verdict *v = &e->report.verdicts[i];
		struct nv_history *h = &e->indicators[i];
		const struct nv_reading *r = &window[i];

		if (!nv_indicator_exists(i))
			continue;
		h->ever = h->ever || r->present;
		v->value = r->value;
		v->numerator = r->num;
		v->denominator = r->den;
		v->seconds = r->seconds;
		v->side = nv_indicators[i].side;
		if (nv_out_of_play(e, i)) {
			nv_set_status(v, NV_DISABLED, NV_REASON_NONE);
		} else if (!r->present) {
			judge_missing(e, i, v);
		} else {
			h->missing = 0;
			if (v->status == NV_DISABLED || v->status == NV_UNKNOWN)
				nv_set_status(v, h->memory.status ? (enum nv_status)h->memory.status : NV_OK,
					NV_REASON_NONE);
		}
		nv_remember(&h->max, e->report.time_s, v->value);
	}
}

/* What only a reader of the verdict needs: limits in force, usual value, sums. */
void nv_dress_verdict(struct nv_engine *e, unsigned i)
{
	enum nv_indicator_id id = (enum nv_indicator_id)i;
	struct nv_verdict *v = &e->report.verdicts[i];
	const struct nv_history *h = &e->indicators[i];
	struct nv_limit limit = nv_limit_of(e, i);

	nv_baseline_limit(id, &h->baseline, &limit, &limit);
	v->warn = isinf(limit.warn) ? (double)NAN : limit.warn;
	v->crit = isinf(limit.crit) ? (double)NAN : limit.crit;
	v->usual = nv_baseline_usual(id, &h->baseline, e->shots[e->now].hour_of_week);
	v->spread = nv_baseline_spread(&h->baseline);
	v->max10m = nv_recall(&h->max, e->report.time_s);
	v->sum_numerator = h->sum_num;
	v->sum_denominator = h->sum_den;
	v->since_s = h->since_s;
	v->breaches = h->breaches;
}

void nv_daemon_step(struct nv_engine *e)
{
	struct nv_reading window[NV_I_END];

	nv_delta_add(&e->filling, &e->step);
	if (e->filling.seconds >= 0.95 * e->slot_s) {
		close_slot(e, window);
	} else {
		window_sums(e, true, &e->sums);
		nv_read_all(e, &e->sums, window);
	}
	show_window(e, window);
}
