/* SPDX-License-Identifier: MIT */
/*
 * The one-shot report: everything since the first sample, and ten seconds each, which overlap by
 * half so that a short fault lies whole in one of them.
 */
#include "engine/engine.h"

#include <math.h>
#include <string.h>

#define HALF_S 5.0 /* of a slice */

static bool is_worse(enum nv_status a, enum nv_status b)
{
	return nv_worse(a, b) == a && a != b && nv_is_raised(a);
}

static void judge_slice(struct nv_engine *e, const struct nv_delta *sums)
{
	struct nv_reading slice[NV_I_END];
	double vector[NV_C_END];

	nv_read_all(sums, vector, slice);
	for (unsigned i = 1; i < NV_I_END; i++) {
		struct nv_slice *worst = &e->oneshot->worst[i];
		const struct nv_reading *r = &slice[i];
		struct nv_verdict v = { 0 };

		if (!nv_indicator_exists(i) || nv_out_of_play(e, i))
			continue;
		nv_judge_once((enum nv_indicator_id)i, r, &e->limits[i], false, &v);
		if (!worst->status || is_worse(v.status, worst->status) ||
			(v.status == worst->status && r->value > worst->value))
			*worst = (struct nv_slice){ v.status, v.reason, v.unsolicited, r->value,
				r->num, r->den, r->seconds };
	}
}

/* Half a slice is full: with the half before it, it is a whole one. */
static void close_half(struct nv_engine *e)
{
	struct nv_oneshot *o = e->oneshot;

	if (o->have_half) {
		nv_delta_add(&o->half, &o->filling);
		judge_slice(e, &o->half);
	}
	o->half = o->filling;
	o->have_half = true;
	nv_delta_clear(&o->filling);
}

/* All of the time since the first sample, or its worst ten seconds if those are worse. */
void nv_show_whole(
	struct nv_engine *e, const struct nv_delta *sums, bool total, struct nv_report *out)
{
	struct nv_reading whole[NV_I_END];
	double vector[NV_C_END];

	nv_read_all(sums, vector, whole);
	for (unsigned i = 1; i < NV_I_END; i++) {
		struct nv_verdict *v = &out->verdicts[i];
		struct nv_history *h = &e->indicators[i];
		const struct nv_slice *slice = e->oneshot ? &e->oneshot->worst[i] : NULL;

		if (!nv_indicator_exists(i))
			continue;
		if (whole[i].present)
			h->ever = true;
		nv_fill_verdict(&whole[i], &e->limits[i], v);
		v->usual = v->spread = v->max10m = NAN;
		if (nv_out_of_play(e, i)) {
			nv_set_status(v, NV_DISABLED, NV_REASON_NONE);
			continue;
		}
		if (!whole[i].present) {
			nv_set_status(v, NV_UNKNOWN, NV_REASON_MISSING);
			continue;
		}
		nv_judge_once((enum nv_indicator_id)i, &whole[i], &e->limits[i], total, v);
		if (!total && slice && is_worse(slice->status, v->status)) {
			v->status = slice->status;
			v->reason = slice->reason;
			v->unsolicited = slice->unsolicited;
			v->value = slice->value;
			v->numerator = slice->numerator;
			v->denominator = slice->denominator;
			v->seconds = slice->seconds;
		}
		nv_note_foreign(e->shots[e->now].platform, i, v);
		nv_note_normal_work(e->role, i, v);
	}
	nv_find_own_port(vector, sums->seconds, !total, out);
}

void nv_oneshot_step(struct nv_engine *e)
{
	struct nv_delta *filling = &e->oneshot->filling;

	nv_delta_add(filling, &e->step);
	nv_delta_add(&e->window, &e->step);
	nv_show_whole(e, &e->window, false, &e->report);
	if (filling->seconds >= 0.95 * HALF_S)
		close_half(e);
}

/* After a reset or a gap the present slice begins anew. */
void nv_oneshot_forget(struct nv_engine *e)
{
	e->oneshot->have_half = false;
	nv_delta_clear(&e->oneshot->filling);
}
