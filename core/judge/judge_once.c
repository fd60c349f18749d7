/* SPDX-License-Identifier: MIT */
/*
 * The verdict on one window, without memory: a person is looking.
 *
 * A ratio breaches when its exact one-sided lower bound exceeds the threshold; a count when there
 * are at least warn events a minute and at least those of one minute; a level when it is reached.
 * Totals since boot say where to look, never that something is broken now: warning at the most,
 * and only what the host itself is to blame for.
 */
#include "judge/stages.h"

#include <math.h>

static bool breaches(const struct nv_indicator *ind, const struct nv_reading *r, double limit)
{
	if (isnan(limit) || isinf(limit))
		return false;
	switch (ind->kind) {
	case NV_RATIO:
		return nv_lower_bound(r->num, r->den) > limit ||
			(r->num >= r->den && r->value > limit);
	case NV_COUNT: {
		double minutes = isnan(r->seconds) ? 1 : r->seconds / 60;

		return r->num >= limit * (ind->any || minutes < 1 ? 1 : minutes);
	}
	case NV_LEVEL:
		return r->value >= limit;
	}
	return false;
}

/* Can this reading carry a verdict at all? */
static bool significant(const struct nv_indicator *ind, const struct nv_reading *r, double min)
{
	if (!r->present || isnan(r->value) || r->num < min || r->num <= 0)
		return isnan(r->value) && r->present && ind->kind == NV_COUNT && r->num >= min;
	if (ind->few && r->few >= ind->few_min)
		return true;
	/* The cast rounds: processors that multiply with more digits (i387) must decide the same.
	 */
	return !(
		ind->min_share > 0 && r->share > 0 && r->num < (double)(ind->min_share * r->share));
}

/* Evidence from elsewhere makes up for a share that much other traffic has thinned out. */
static bool proven(const struct nv_indicator *ind, const struct nv_reading *r)
{
	return ind->proof && r->proof >= ind->proof_min;
}

static bool only_noted(const struct nv_indicator *ind, const struct nv_reading *r, bool total)
{
	/* Someone sends SYNs: that means something only where a program has gone away. */
	if (ind->only_with && !(r->with > 0))
		return true;
	/* What must last to mean anything cannot be judged from a total. */
	return ind->noted || ind->baseline_only ||
		(total && (ind->origin != NV_OWN || ind->sustain_min > 0));
}

void nv_judge_once(enum nv_indicator_id id, const struct nv_reading *r,
	const struct nv_limit *limit, bool total, struct nv_verdict *out)
{
	const struct nv_indicator *ind = &nv_indicators[id];
	bool unsolicited = nv_is_unsolicited(ind, r);
	bool capped = total || ind->origin == NV_UNSOLICITED || unsolicited || ind->sustain_min > 0;

	out->status = NV_OK;
	out->reason = NV_REASON_NONE;
	out->unsolicited = unsolicited;
	if (!significant(ind, r, limit->min) || !(breaches(ind, r, limit->warn) || proven(ind, r)))
		return;
	if (only_noted(ind, r, total)) {
		out->reason = NV_REASON_NOTED;
		return;
	}
	out->reason = NV_REASON_THRESHOLD;
	out->status = !capped && breaches(ind, r, limit->crit) ? NV_CRITICAL : NV_WARNING;
}
