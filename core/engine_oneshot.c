/* SPDX-License-Identifier: MIT */
/*
 * The one-shot report: everything since the first sample, and ten seconds each, which overlap by
 * half so that a short fault lies whole in one of them.
 */
#include "engine.h"

#include <math.h>
#include <string.h>

#define HALF_S 5.0 /* of a slice */

static bool is_worse(const struct nv_verdict *a, const struct nv_verdict *b)
{
	return nv_worse(a->status, b->status) == a->status && a->status != b->status && nv_is_raised(a->status);
}

static void judge_slice(struct nv_engine *e, const struct nv_delta *sums)
{
	struct nv_reading slice[NV_I_END];

	nv_read_all(e, sums, slice);
	for (unsigned i = 1; i < NV_I_END; i++) {
		struct nv_history *h = &e->indicators[i];
		struct nv_limit limit = nv_limit_of(e, i);
		struct nv_verdict v;

		if (!nv_indicator_exists(i) || nv_out_of_play(e, i))
			continue;
		memset(&v, 0, sizeof(v));
		nv_judge_once((enum nv_indicator_id)i, &slice[i], &limit, false, &v);
		nv_fill_verdict(&slice[i], &limit, &v);
		if (!h->slice.status || is_worse(&v, &h->slice) ||
			(v.status == h->slice.status && v.value > h->slice.value))
			h->slice = v;
	}
}

/* Half a slice is full: with the half before it, it is a whole one. */
static void close_half(struct nv_engine *e)
{
	struct nv_delta *before = &e->slots[0];

	if (e->slot_count) {
		nv_delta_add(before, &e->filling);
		judge_slice(e, before);
	}
	*before = e->filling;
	e->slot_count = 1;
	nv_delta_clear(&e->filling);
}

/* All of the time since the first sample, or its worst ten seconds if those are worse. */
void nv_show_whole(struct nv_engine *e, const struct nv_delta *sums, bool total, struct nv_report *out)
{
	struct nv_reading whole[NV_I_END];
	enum nv_role role = nv_role_of(e);

	nv_read_all(e, sums, whole);
	for (unsigned i = 1; i < NV_I_END; i++) {
		struct nv_verdict *v = &out->verdicts[i];
		struct nv_history *h = &e->indicators[i];
		struct nv_limit limit = nv_limit_of(e, i);

		if (!nv_indicator_exists(i))
			continue;
		h->ever = h->ever || whole[i].present;
		nv_fill_verdict(&whole[i], &limit, v);
			v->usual = v->spread = v->max10m = NAN;
		if (nv_out_of_play(e, i)) {
			nv_set_status(v, NV_DISABLED, NV_REASON_NONE);
			continue;
		}
		if (!whole[i].present) {
			nv_set_status(v, NV_UNKNOWN, NV_REASON_MISSING);
			continue;
		}
		nv_judge_once((enum nv_indicator_id)i, &whole[i], &limit, total, v);
		if (!total && is_worse(&h->slice, v)) {
			v->status = h->slice.status;
			v->reason = h->slice.reason;
			v->value = h->slice.value;
			v->numerator = h->slice.numerator;
			v->denominator = h->slice.denominator;
			v->seconds = h->slice.seconds;
		}
		nv_note_normal_work(role, i, v);
	}
}

void nv_oneshot_step(struct nv_engine *e)
{
	nv_delta_add(&e->filling, &e->step);
	nv_delta_add(&e->whole, &e->step);
	nv_show_whole(e, &e->whole, false, &e->report);
	if (e->filling.seconds >= 0.95 * HALF_S)
		close_half(e);
}
