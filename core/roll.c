/* SPDX-License-Identifier: MIT */
/*
 * Verdicts -> consequences -> classes. A class is as bad as its worst enabled indicator; an echo is
 * told as the consequence of what explains it and changes no status.
 */
#include "stages.h"

#include <math.h>

static bool raised(const struct nv_verdict *v)
{
	return v->status == NV_WARNING || v->status == NV_CRITICAL;
}

/* Is `cause` itself already told as a consequence, at any distance, of `echo`? */
static bool explained_by(const struct nv_report *r, unsigned cause, unsigned echo)
{
	for (unsigned steps = 0; cause && steps < NV_I_END; steps++, cause = r->verdicts[cause].consequence_of)
		if (cause == echo)
			return true;
	return false;
}

/* A handful of damaged segments does not explain thousands of retransmissions. */
static bool plausible(unsigned cause, const struct nv_verdict *of, const struct nv_verdict *echo)
{
	return nv_indicators[cause].kind == NV_LEVEL || !(of->numerator * 5 < echo->numerator);
}

static void mark_consequences(struct nv_report *r)
{
	for (unsigned i = 1; i < NV_I_END; i++)
		r->verdicts[i].consequence_of = 0;
	for (unsigned i = 1; i < NV_I_END; i++) {
		const uint16_t *echoes = nv_indicators[i].explains;

		if (!nv_indicator_exists(i) || !raised(&r->verdicts[i]))
			continue;
		for (unsigned k = 0; k < NV_EXPLAINS_MAX && echoes[k]; k++) {
			struct nv_verdict *echo = &r->verdicts[echoes[k]];

			if (raised(echo) && !echo->consequence_of && !explained_by(r, i, echoes[k]) &&
				plausible(i, &r->verdicts[i], echo))
				echo->consequence_of = (uint16_t)i;
		}
	}
}

/* How far beyond its limit: to choose between indicators of the same status. */
static double excess(const struct nv_verdict *v)
{
	double times = v->value / v->warn;

	return isnan(times) ? 0 : times;
}

static bool more_telling(const struct nv_verdict *a, const struct nv_verdict *b)
{
	if (a->status != b->status)
		return a->status == NV_CRITICAL;
	if (!a->consequence_of != !b->consequence_of)
		return !a->consequence_of;
	return excess(a) > excess(b);
}

static void roll_class(struct nv_report *r, enum nv_class_id class)
{
	struct nv_class_state *c = &r->classes[class];
	unsigned enabled = 0;

	c->status = NV_OK;
	c->reason = NV_REASON_NONE;
	c->side = NV_SIDE_UNKNOWN;
	c->worst = 0;
	c->warnings = c->criticals = 0;
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_verdict *v = &r->verdicts[i];

		if (!nv_indicator_exists(i) || nv_indicators[i].class != class || v->status == NV_DISABLED)
			continue;
		enabled++;
		if (v->reason == NV_REASON_MUTED || v->reason == NV_REASON_ACKNOWLEDGED)
			continue;
		c->warnings += v->status == NV_WARNING;
		c->criticals += v->status == NV_CRITICAL;
		if (v->status == NV_UNKNOWN && c->status == NV_OK)
			c->reason = NV_REASON_MISSING;
		c->status = nv_worse(c->status, v->status);
		if (raised(v) && (!c->worst || more_telling(v, &r->verdicts[c->worst])))
			c->worst = (uint16_t)i;
	}
	if (!enabled || r->stale) {
		c->status = NV_UNKNOWN;
		c->reason = NV_REASON_MISSING;
	} else if (c->worst) {
		c->reason = r->verdicts[c->worst].reason;
		c->side = r->verdicts[c->worst].side;
	}
}

void nv_roll_up(struct nv_report *r)
{
	mark_consequences(r);
	r->status = NV_OK;
	for (unsigned class = 1; class < NV_CLASS_END; class ++) {
		roll_class(r, (enum nv_class_id)class);
		r->status = nv_worse(r->status, r->classes[class].status);
	}
}
