/* SPDX-License-Identifier: MIT */
/*
 * Verdicts -> consequences -> classes. A class is as bad as its worst enabled indicator; an echo is
 * reported as the consequence of what explains it and changes no status.
 */
#include "judge/stages.h"

#include <math.h>

/* Is `cause` itself already reported as a consequence, at any distance, of `consequence`? */
static bool explained_by(const struct nv_report *r, unsigned cause, unsigned consequence)
{
	for (unsigned steps = 0; cause && steps < NV_I_END;
		steps++, cause = r->verdicts[cause].consequence_of)
		if (cause == consequence)
			return true;
	return false;
}

/* A handful of damaged segments does not explain thousands of retransmissions. The five is held by
 * test_roll: a_cause_has_the_size_for_it. */
static bool plausible(
	unsigned cause, const struct nv_verdict *of, const struct nv_verdict *consequence)
{
	return nv_indicators[cause].kind == NV_LEVEL ||
		!(of->numerator * 5 < consequence->numerator);
}

static void mark_consequences(struct nv_report *r)
{
	for (unsigned i = 1; i < NV_I_END; i++)
		r->verdicts[i].consequence_of = 0;
	if (r->own_port && r->verdicts[NV_I_ipUnknownProto].reason == NV_REASON_CONSEQUENCE)
		r->verdicts[NV_I_ipUnknownProto].consequence_of = NV_I_udpNoPort;
	for (unsigned i = 1; i < NV_I_END; i++) {
		const uint16_t *consequences = nv_indicators[i].explains;

		if (!nv_indicator_exists(i) || !nv_is_raised(r->verdicts[i].status))
			continue;
		for (unsigned k = 0; k < NV_EXPLAINS_MAX && consequences[k]; k++) {
			struct nv_verdict *consequence = &r->verdicts[consequences[k]];

			if (nv_is_raised(consequence->status) && !consequence->consequence_of &&
				!explained_by(r, i, consequences[k]) &&
				plausible(i, &r->verdicts[i], consequence))
				consequence->consequence_of = (uint16_t)i;
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

/*
 * Unsolicited packets that come more often than usual are reported, but they affect a class status
 * only beside a sign of the host's own: something else that is raised, or a program that has gone
 * away, where that is what they are evidence of. (Where a person is looking, the plain threshold
 * may speak of them as well.)
 */
static bool only_strangers(const struct nv_report *r, unsigned indicator, bool own_sign)
{
	const struct nv_indicator *ind = &nv_indicators[indicator];
	const struct nv_verdict *v = &r->verdicts[indicator];

	if (ind->only_with == NV_C_listenersGone && r->listeners_gone)
		return false;
	if (indicator == NV_I_udpNoPort && r->own_port)
		return false;
	return ind->origin == NV_UNSOLICITED && !own_sign &&
		(v->reason == NV_REASON_BASELINE || v->reason == NV_REASON_SUSTAINED);
}

static bool has_own_sign(const struct nv_report *r)
{
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_is_raised(r->verdicts[i].status) &&
			nv_indicators[i].origin != NV_UNSOLICITED && !r->verdicts[i].unsolicited)
			return true;
	return false;
}

static void clear_class(struct nv_class_state *c)
{
	c->status = NV_OK;
	c->reason = NV_REASON_NONE;
	c->side = NV_SIDE_UNKNOWN;
	c->worst = 0;
	c->warnings = c->criticals = 0;
}

/* One indicator's part in its class. */
static void colour(struct nv_report *r, unsigned i, bool own_sign)
{
	struct nv_class_state *c = &r->classes[nv_indicators[i].klass];
	const struct nv_verdict *v = &r->verdicts[i];

	if (v->status == NV_OK || nv_is_silenced(v))
		return;
	if (v->status == NV_UNKNOWN && c->status == NV_OK)
		c->reason = NV_REASON_MISSING;
	if (nv_is_raised(v->status) && only_strangers(r, i, own_sign))
		return;
	c->warnings += v->status == NV_WARNING;
	c->criticals += v->status == NV_CRITICAL;
	c->status = nv_worse(c->status, v->status);
	if (nv_is_raised(v->status) && (!c->worst || more_telling(v, &r->verdicts[c->worst])))
		c->worst = (uint16_t)i;
}

static void finish_class(const struct nv_report *r, struct nv_class_state *c, unsigned enabled)
{
	if (!enabled || r->stale) {
		c->status = NV_UNKNOWN;
		c->reason = NV_REASON_MISSING;
	} else if (c->hardly_counted && c->status == NV_OK) {
		c->status = NV_UNKNOWN;
		c->reason = NV_REASON_MISSING;
	} else if (c->worst) {
		c->reason = r->verdicts[c->worst].reason;
		c->side = r->verdicts[c->worst].side;
	}
}

/* ---- sides: who gets the ticket, where the evidence says
 * -------------------------------------------- */

static bool own_way_out_is_bad(const struct nv_report *r)
{
	static const uint16_t own[] = { NV_I_ifOutErrors, NV_I_ifOutDrops, NV_I_ifCollisions,
		NV_I_qdiscDrops };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (nv_is_raised(r->verdicts[own[i]].status))
			return true;
	return false;
}

/* SYNs that were repeated got no answer; an attempt that failed without them was refused. */
static enum nv_side side_of_failed_opens(const struct nv_report *r, enum nv_side otherwise)
{
	double repeats = r->verdicts[NV_I_tcpSynRetrans].numerator;
	double failed = r->verdicts[NV_I_tcpConnectFailed].numerator;

	if (isnan(repeats) || isnan(failed) || failed <= 0)
		return otherwise;
	return repeats >= failed ? NV_SIDE_PATH : NV_SIDE_PEER;
}

/* An open that a router answers is tried again; a datagram that is refused is not. A few are always
 * repeated. */
static enum nv_side side_of_unreachables(const struct nv_report *r, enum nv_side otherwise)
{
	double repeats = r->verdicts[NV_I_tcpSynRetrans].numerator;

	return repeats > 0 && repeats >= r->verdicts[NV_I_icmpInUnreachable].numerator / 2
		? NV_SIDE_PATH
		: otherwise;
}

static enum nv_side side_of_loss(const struct nv_report *r, enum nv_side otherwise)
{
	return own_way_out_is_bad(r) ? NV_SIDE_THIS_HOST : otherwise;
}

static enum nv_side side_of_no_ports(const struct nv_report *r, enum nv_side otherwise)
{
	if (r->own_port)
		return NV_SIDE_THIS_HOST;
	return nv_is_raised(r->verdicts[NV_I_udpNoPort].status) ? otherwise : NV_SIDE_UNSOLICITED;
}

static enum nv_side side_of_resets(const struct nv_report *r, enum nv_side otherwise)
{
	return nv_is_raised(r->verdicts[NV_I_tcpOutReset].status) ? otherwise : NV_SIDE_UNSOLICITED;
}

static const struct {
	uint16_t indicator;
	enum nv_side (*side)(const struct nv_report *r, enum nv_side otherwise);
} sides[] = {
	{ NV_I_tcpConnectFailed, side_of_failed_opens },
	{ NV_I_icmpInUnreachable, side_of_unreachables },
	{ NV_I_tcpRetrans, side_of_loss },
	{ NV_I_tcpTimeouts, side_of_loss },
	{ NV_I_tcpReordering, side_of_loss },
	{ NV_I_udpNoPort, side_of_no_ports },
	{ NV_I_tcpOutReset, side_of_resets },
};

static void find_sides(struct nv_report *r)
{
	for (unsigned i = 1; i < NV_I_END; i++)
		r->verdicts[i].side = r->verdicts[i].unsolicited &&
				!nv_is_raised(r->verdicts[i].status)
			? NV_SIDE_UNSOLICITED
			: nv_indicators[i].side;
	for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++) {
		unsigned id = sides[i].indicator;

		r->verdicts[id].side = sides[i].side(r, nv_indicators[id].side);
	}
}

/* ---- what the counters of one host say together
 * -------------------------------------------------------- */

void nv_find_uncounted(struct nv_report *r, const bool counted[NV_I_END])
{
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
		r->classes[klass].hardly_counted = true;
	for (unsigned i = 1; i < NV_I_END; i++)
		if (counted[i] && nv_indicators[i].essential)
			r->classes[nv_indicators[i].klass].hardly_counted = false;
}

static bool near(double a, double b)
{
	return fabs(a - b) <= 2 + 0.02 * (a > b ? a : b);
}

bool nv_is_own_port(const double vector[NV_C_END])
{
	double ports = vector[NV_C_udpNoPorts], out = vector[NV_C_icmpOutDestUnreachs];
	double in = vector[NV_C_icmpInDestUnreachs];

	return ports >= 20 && !isnan(out) && !isnan(in) && near(out, in) && near(out, ports);
}

void nv_find_own_port(
	const double vector[NV_C_END], double seconds, bool raise, struct nv_report *r)
{
	double ports = vector[NV_C_udpNoPorts], unknown = vector[NV_C_ipInUnknownProtos];
	struct nv_verdict *no_port = &r->verdicts[NV_I_udpNoPort];
	struct nv_verdict *protocol = &r->verdicts[NV_I_ipUnknownProto];

	r->own_port = nv_is_own_port(vector);
	if (!r->own_port)
		return;
	if (raise && no_port->status != NV_DISABLED && !nv_is_raised(no_port->status) &&
		(isnan(seconds) || ports >= 5 * seconds / 60)) {
		no_port->status = NV_WARNING;
		no_port->reason = NV_REASON_THRESHOLD;
	}
	if (near(unknown, ports) && protocol->status != NV_DISABLED) {
		protocol->status = NV_OK;
		protocol->reason = NV_REASON_CONSEQUENCE;
	}
}

void nv_roll_up(struct nv_report *r)
{
	unsigned enabled[NV_CLASS_END] = { 0 };

	mark_consequences(r);
	find_sides(r);
	bool own_sign = has_own_sign(r);
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
		clear_class(&r->classes[klass]);
	for (unsigned i = 1; i < NV_I_END; i++) {
		if (!nv_indicator_exists(i) || r->verdicts[i].status == NV_DISABLED)
			continue;
		enabled[nv_indicators[i].klass]++;
		colour(r, i, own_sign);
	}
	r->status = NV_OK;
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		finish_class(r, &r->classes[klass], enabled[klass]);
		r->status = nv_worse(r->status, r->classes[klass].status);
	}
}

void nv_follow_evidence(struct nv_report *r)
{
	bool seen[NV_I_END] = { false };

	for (unsigned i = 0; i < r->offender_count; i++) {
		const struct nv_offender *o = &r->offenders[i];

		if (o->side == NV_SIDE_UNKNOWN || seen[o->indicator])
			continue;
		seen[o->indicator] = true;
		r->verdicts[o->indicator].side = o->side;
		for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
			if (r->classes[klass].worst == o->indicator)
				r->classes[klass].side = o->side;
	}
}
