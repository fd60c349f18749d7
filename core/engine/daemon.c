/* SPDX-License-Identifier: MIT */
/*
 * The daemon: samples -> slots -> window, each slot once through the judge. The values shown are
 * those of the window and the slot that is still filling; the statuses are the judge's.
 */
#include "engine/engine.h"

#include <math.h>
#include <string.h>

/* Status of an indicator without data now: what stood stays for a while, then nobody knows. */
static void judge_missing(struct nv_engine *e, unsigned id, struct nv_verdict *v)
{
	struct nv_history *h = &e->indicators[id];

	if (++h->missing > NV_FAILING_AFTER)
		nv_set_status(v, NV_UNKNOWN, NV_REASON_MISSING);
}

bool nv_is_active(const struct nv_engine *e, unsigned i)
{
	return e->daemon->memories[i].c_slow || e->daemon->memories[i].status >= NV_WARNING;
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
	if (e->daemon->learns[i])
		nv_baseline_limit((enum nv_indicator_id)i, &e->daemon->baselines[i], limit, limit);
}

/* What is usual of the sign by which own traffic shows that it suffers is no sign. */
static double sign_beyond_usual(
	const struct nv_engine *e, unsigned i, const struct nv_reading *window)
{
	unsigned of = nv_indicators[i].sign_of;
	struct nv_reading sign;

	if (!of || !e->daemon->learns[of])
		return window->sign;
	double usual = nv_baseline_usual(
		(enum nv_indicator_id)of, &e->daemon->baselines[of], e->shots[e->now].hour_of_week);

	nv_read((enum nv_indicator_id)of, e->daemon->shown, e->daemon->shown_s, &sign);
	return isnan(usual) || isnan(sign.den) ? window->sign : window->sign - usual * sign.den;
}

static void judge_active(
	struct nv_engine *e, unsigned i, const struct nv_reading *slot, struct nv_reading *window)
{
	double mono_s = (double)e->shots[e->now].mono_ns / 1e9;
	bool ready = e->daemon->learns[i] &&
		nv_baseline_ready((enum nv_indicator_id)i, &e->daemon->baselines[i]);
	struct nv_limit limit;

	limit_now(e, i, &limit);
	window->sign = sign_beyond_usual(e, i, window);
	nv_judge((enum nv_indicator_id)i, &e->daemon->memories[i], slot, window, &limit, e->slot_s,
		mono_s, &e->report.verdicts[i]);
	nv_note_foreign(e->shots[e->now].platform, i, &e->report.verdicts[i]);
	/* The work of a router is judged by what is usual there; its traffic itself is no fault at
	 * all. */
	if (!ready || nv_indicators[i].router_traffic)
		nv_note_normal_work(e->role, i, &e->report.verdicts[i]);
}

/* One indicator: verdict by the limit of this hour, and what this slot adds to the baseline. */
static void judge_slot(struct nv_engine *e, unsigned i, const struct nv_reading *slot,
	struct nv_learning *learning)
{
	enum nv_indicator_id id = (enum nv_indicator_id)i;
	struct nv_memory *memory = &e->daemon->memories[i];
	struct nv_baseline *baseline = &e->daemon->baselines[i];
	struct nv_verdict *v = &e->report.verdicts[i];
	bool idle = nv_judge_idle(id, memory, slot), learns = e->daemon->learns[i];
	struct nv_reading window;

	e->daemon->totals[i].num += slot->num;
	e->daemon->totals[i].den += isnan(slot->den) ? 0 : slot->den;
	nv_read(id, e->daemon->shown, e->daemon->shown_s, &window);
	if (idle) {
		v->unsolicited = false;
		nv_set_status(v, learns && nv_baseline_learns(id, baseline) ? NV_LEARNING : NV_OK,
			NV_REASON_NONE);
	} else {
		judge_active(e, i, slot, &window);
	}
	learning->warn = e->limits[i].warn;
	if (learns &&
		nv_baseline_learn(id, baseline, memory, &window, learning) == NV_LEARNED_ACCEPTED &&
		nv_judge_accept(memory, (double)e->shots[e->now].mono_ns / 1e9))
		nv_set_status(v, NV_OK, NV_REASON_ACCEPTED);
}

static void derive_shown(struct nv_engine *e)
{
	nv_derive(&e->window, e->daemon->shown);
	e->daemon->shown_s = e->window.seconds;
}

/* A full slot: into the ring, and once through the judge. */
static void close_slot(struct nv_engine *e)
{
	struct nv_learning learning = {
		.profile = e->config.profile,
		.hour_of_week = e->shots[e->now].hour_of_week,
		.slot_s = e->slot_s,
		.accept_days = e->config.accept_days,
	};
	double slot_s = e->daemon->slots[e->daemon->slot_head].seconds;
	struct nv_reading slot;

	nv_derive(&e->daemon->slots[e->daemon->slot_head], e->daemon->slot_vector);
	nv_delta_slide(&e->window, e->daemon->slots, &e->daemon->slot_count, e->daemon->slot_head);
	e->daemon->slot_head = (e->daemon->slot_head + 1) % NV_SLOTS;
	derive_shown(e);
	for (unsigned i = 1; i < NV_I_END; i++) {
		if (!nv_indicator_exists(i) || nv_out_of_play(e, i))
			continue;
		nv_read((enum nv_indicator_id)i, e->daemon->slot_vector, slot_s, &slot);
		if (slot.present)
			judge_slot(e, i, &slot, &learning);
	}
}

static void fill(struct nv_engine *e, unsigned i)
{
	struct nv_verdict *v = &e->report.verdicts[i];
	struct nv_reading r;

	nv_read((enum nv_indicator_id)i, e->daemon->shown, e->daemon->shown_s, &r);
	v->value = r.value;
	v->numerator = r.num;
	v->denominator = r.den;
	v->seconds = r.seconds;
}

/* What is counted here, and what is not any more. */
static void settle(struct nv_engine *e)
{
	for (unsigned i = 1; i < NV_I_END; i++) {
		struct nv_verdict *v = &e->report.verdicts[i];
		struct nv_history *h = &e->indicators[i];

		if (!nv_indicator_exists(i))
			continue;
		bool counted = is_counted(e->daemon->shown, i);
		if (counted)
			h->ever = true;
		if (nv_out_of_play(e, i)) {
			nv_set_status(v, NV_DISABLED, NV_REASON_NONE);
		} else if (!counted) {
			judge_missing(e, i, v);
		} else {
			h->missing = 0;
			if (v->status == NV_DISABLED || v->status == NV_UNKNOWN)
				nv_set_status(v,
					e->daemon->memories[i].status
						? (enum nv_status)e->daemon->memories[i].status
						: NV_OK,
					NV_REASON_NONE);
			nv_note_foreign(e->shots[e->now].platform, i, v);
		}
	}
}

/* What only a reader of the verdict needs: numbers of the quiet ones, limits in force, usual value.
 */
void nv_fill_details(struct nv_engine *e, unsigned i)
{
	enum nv_indicator_id id = (enum nv_indicator_id)i;
	struct nv_verdict *v = &e->report.verdicts[i];
	const struct nv_history *h = &e->indicators[i];
	const struct nv_baseline *baseline = &e->daemon->baselines[i];
	bool learns = e->daemon->learns[i];
	struct nv_limit limit;

	fill(e, i);
	limit_now(e, i, &limit);
	v->warn = isinf(limit.warn) ? (double)NAN : limit.warn;
	v->crit = isinf(limit.crit) ? (double)NAN : limit.crit;
	v->usual = learns ? nv_baseline_usual(id, baseline, e->shots[e->now].hour_of_week)
			  : (double)NAN;
	v->spread = learns ? nv_baseline_spread(baseline) : (double)NAN;
	v->max10m = nv_recall(&h->max, e->report.time_s);
	if (!(v->max10m >= v->value))
		v->max10m = v->value;
	v->sum_numerator = e->daemon->totals[i].num;
	v->sum_denominator = e->daemon->totals[i].den;
	v->since_s = h->since_s;
	v->breaches = h->breaches;
	v->learned_hours = learns ? baseline->hours : 0;
}

void nv_engine_forget_baseline(struct nv_engine *e, unsigned indicator)
{
	for (unsigned i = 1; i < NV_I_END; i++)
		if (e->daemon && (indicator == 0 || indicator == i))
			memset(&e->daemon->baselines[i], 0, sizeof(e->daemon->baselines[i]));
	e->saved_mono_ns = UINT64_MAX; /* at the next chance */
	e->filled = NV_FILLED_NOTHING;
}

/* What is known of the windows is of another time, or of another host. */
void nv_daemon_forget(struct nv_engine *e, bool evidence)
{
	e->daemon->slot_count = 0;
	nv_delta_clear(&e->daemon->slots[e->daemon->slot_head]);
	nv_delta_clear(&e->window);
	for (unsigned i = 1; evidence && i < NV_I_END; i++)
		nv_judge_forget(&e->daemon->memories[i]);
	for (unsigned i = 0; i < NV_C_END; i++)
		e->daemon->shown[i] = NAN;
	e->daemon->shown_s = NAN;
}

/* Statuses of now; the numbers of the quiet ones are left to nv_fill_details(). */
void nv_daemon_step(struct nv_engine *e)
{
	struct nv_delta *slot = &e->daemon->slots[e->daemon->slot_head];
	bool judged = slot->seconds + e->step.seconds >= 0.95 * e->slot_s;

	nv_delta_add(slot, &e->step);
	nv_delta_add(&e->window, &e->step);
	if (judged)
		close_slot(e);
	else
		derive_shown(e);
	e->report.own_port = nv_is_own_port(e->daemon->shown);
	settle(e);
	for (unsigned i = 1; i < NV_I_END; i++) {
		if (!nv_indicator_exists(i) || !nv_is_active(e, i) ||
			!is_counted(e->daemon->shown, i))
			continue;
		if (!judged) /* the judge has filled in what it saw */
			fill(e, i);
		nv_remember(&e->indicators[i].max, e->report.time_s, e->report.verdicts[i].value);
	}
}
