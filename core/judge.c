/* SPDX-License-Identifier: MIT */
/*
 * The daemon's verdict: one reading a slot -> a status with memory.
 *
 * Losses come in clumps, and a clump that fell into one slot stays in the fast window for six
 * evaluations: "twice in a row" protects nobody. Therefore the unit of evidence is the slot with
 * any event in it, the two largest slots of a window never count for more than the third, the
 * result must hold for N evaluations, and a status is lowered only after M evaluations well
 * below what raised it. The constants were measured on synthetic weeks (tests/replay).
 *
 * Two windows: the fast one (6 slots) sees faults of a minute, the slow one (30 slots) faults so
 * thin that a minute holds hardly an event. S is the larger of both, R the least S of the last N.
 */
#include "stages.h"

#include <math.h>
#include <string.h>

#define HYSTERESIS     0.8
#define FRESH          0.5    /* of the limit, that the fast window must show to raise */
#define LOWER_AFTER    30     /* M: evaluations below before it is lowered */
#define LOWER_MOST     720
#define AGAIN_WITHIN_S 7200.0 /* raised again so soon: M is tripled */
#define NOMINAL_SLOT_S 10.0   /* the slot that N and M were measured with */

/*
 * phi(c): which part of a value remains after taking away chance, if it rests on c clumps: the
 * one-sided Poisson bound with the clump as the unit, (c + z^2/2 - z sqrt(c + z^2/4)) / c with
 * z = 1.64.
 */
static const float phi[NV_SLOW + 1] = {
	0.0000F, 0.2239F, 0.3319F, 0.4007F, 0.4500F, 0.4878F, 0.5181F, 0.5432F, 0.5644F, 0.5827F,
	0.5987F, 0.6129F, 0.6256F, 0.6370F, 0.6473F, 0.6568F, 0.6655F, 0.6736F, 0.6810F, 0.6879F,
	0.6944F, 0.7005F, 0.7062F, 0.7115F, 0.7166F, 0.7214F, 0.7260F, 0.7303F, 0.7344F, 0.7383F,
	0.7421F,
};

/*
 * What a profile changes: from which phi on a value counts in full, and how long it must hold. A
 * scan passes in minutes; strangers have to come for longer than that.
 */
struct tuning {
	float gate;
	uint8_t own, peers, strangers, level;
};

static const struct tuning tunings[] = {
	[NV_PROFILE_DEFAULT] = { 0.55F, 6, 12, 30, 9 },
	[NV_PROFILE_STRICT] = { 0.5F, 6, 12, 24, 9 },
	[NV_PROFILE_LENIENT] = { 0.7F, 8, 15, 32, 9 },
};

/* Slots longer than the nominal one say more each: as many as the same time takes, at least 2. */
static unsigned in_slots(unsigned nominal, double slot_s)
{
	if (slot_s <= NOMINAL_SLOT_S)
		return nominal;
	unsigned slots = (unsigned)ceil(nominal * NOMINAL_SLOT_S / slot_s);
	return slots < 2 ? 2 : slots;
}

static unsigned evaluations_to_raise(
	const struct nv_indicator *indicator, const struct nv_limit *limit, double slot_s)
{
	const struct tuning *tuning = &tunings[limit->profile];
	unsigned nominal = tuning->own;
	if (indicator->any)
		return 1;
	if (indicator->kind == NV_LEVEL)
		nominal = tuning->level;
	else if (indicator->origin == NV_STRANGER)
		nominal = tuning->strangers;
	else if (indicator->origin == NV_PEERS)
		nominal = tuning->peers;
	unsigned slots = in_slots(nominal, slot_s);
	unsigned sustain = (unsigned)ceil(indicator->sustain_min * 60.0 / slot_s);
	return sustain > slots ? sustain : slots;
}

/* What nobody but this host can raise and what has no traffic to relate to is believed sooner. */
static bool is_own_count(const struct nv_indicator *indicator)
{
	return indicator->kind == NV_COUNT && indicator->origin == NV_OWN;
}

/* How much one slot may bring to the slow sum. */
static float slow_most(const struct nv_indicator *indicator)
{
	return is_own_count(indicator) ? 4 : 2;
}

/* Put the slot into the ring; every sum follows in constant time. most: see slow_most(). */
static void push(struct nv_memory *m, float k, float n, float most)
{
	unsigned at = m->head;
	unsigned leaves_fast = at >= NV_FAST ? at - NV_FAST : at + NV_SLOW - NV_FAST;

	m->n_sum += (double)n - (double)m->n[at];
	m->n[at] = n;
	m->head = (uint8_t)(at + 1 < NV_SLOW ? at + 1 : 0);
	if (!m->c_slow && k <= 0)
		return;
	m->c_fast = (uint8_t)(m->c_fast - (m->k[leaves_fast] > 0) + (k > 0));
	m->c_slow = (uint8_t)(m->c_slow - (m->k[at] > 0) + (k > 0));
	uint8_t *block = &m->block[at / NV_FAST];
	*block = (uint8_t)(*block - (uint8_t)nv_smallerf(m->k[at], most) + (uint8_t)nv_smallerf(k, most));
	m->k[at] = k;
}

/* The sum of the last NV_FAST slots; two: the two largest cut down to the third, else one. */
static float winsorized(const struct nv_memory *m, bool two, float *third)
{
	float first = 0, second = 0, sum = 0;
	*third = 0;
	for (unsigned i = 0, at = m->head; i < NV_FAST; i++) {
		at = at ? at - 1 : NV_SLOW - 1;
		float k = m->k[at];
		sum += k;
		if (k > first) {
			*third = second;
			second = first;
			first = k;
		} else if (k > second) {
			*third = second;
			second = k;
		} else if (k > *third) {
			*third = k;
		}
	}
	return two ? sum - first - second + 2 * *third : sum - first + second;
}

/* The slow sum: each slot counts little however much it brought, and the largest fifth no more than the second. */
static unsigned slow_sum(const struct nv_memory *m)
{
	unsigned first = 0, second = 0, sum = 0;
	for (unsigned i = 0; i < NV_BLOCKS; i++) {
		unsigned block = m->block[i];
		sum += block;
		if (block > first) {
			second = first;
			first = block;
		} else if (block > second) {
			second = block;
		}
	}
	return sum - first + second;
}

static float bounded(float value, unsigned clumps, float gate)
{
	return phi[clumps] < gate ? value * phi[clumps] / gate : value;
}

/* How much thin evidence is distrusted; a count needs no traffic to be believed. */
static double thin_evidence(const struct nv_indicator *indicator)
{
	if (indicator->kind == NV_COUNT)
		return indicator->origin == NV_STRANGER ? 1 : 0.1;
	return indicator->origin == NV_OWN ? 0.5 : indicator->origin == NV_PEERS ? 1 : 2;
}

/*
 * S of a ratio or count, and the plain value that hysteresis looks at. n0 pulls thin evidence
 * down: the traffic in which the least number of events would just be the threshold.
 */
static float statistic(const struct nv_indicator *indicator, const struct nv_memory *m,
	const struct nv_reading *window, const struct nv_limit *limit, double *plain)
{
	float third;
	double n_fast = indicator->kind == NV_COUNT ? window->seconds / 60 : window->den;
	double events = window->num;
	double n0 = limit->min / indicator->warn * thin_evidence(indicator);
	float gate = tunings[limit->profile].gate;
	unsigned slow_events = slow_sum(m);
	double fast = 0, slow = 0;

	*plain = 0;
	/* A window sum may be less than its slots': what was taken away came later. */
	if (n_fast > 0) {
		fast = nv_smaller((double)winsorized(m, !is_own_count(indicator), &third), events) / n_fast;
		*plain = nv_larger(0, events / n_fast);
	}
	if (m->n_sum > 0)
		slow = slow_events / m->n_sum;
	*plain = nv_larger(*plain, slow);
	if (nv_larger(events, slow_events) < limit->min)
		return 0;
	if (indicator->min_share > 0) {
		if (events < indicator->min_share * window->share)
			fast = 0;
		if (slow_events < indicator->min_share * m->share_sum)
			slow = 0;
	}
	fast = (double)bounded((float)fast, m->c_fast, gate) * n_fast / (n_fast + n0);
	slow = (double)bounded((float)slow, m->c_slow, gate) * m->n_sum / (m->n_sum + n0);
	return (float)nv_larger(fast, slow);
}

/* R: the least S of the last N evaluations; the ring bounds N, longer runs are counted apart. */
static float sustained(struct nv_memory *m, float s, unsigned evaluations)
{
	if (s <= 0) {
		m->run = 0;
		return 0;
	}
	m->s[m->s_head] = s;
	m->s_head = (uint8_t)((m->s_head + 1) % NV_RUN);
	if (m->run < UINT16_MAX)
		m->run++;
	if (m->run < evaluations)
		return 0;
	unsigned look_back = evaluations < NV_RUN ? evaluations : NV_RUN;
	float least = s;
	for (unsigned i = 0, at = m->s_head; i < look_back; i++) {
		at = at ? at - 1 : NV_RUN - 1;
		if (m->s[at] < least)
			least = m->s[at];
	}
	return least;
}

/* Count in a row, saturating; start again at 0 when the condition fails. */
static void in_a_row(uint16_t *count, bool condition)
{
	*count = condition ? (uint16_t)(*count + (*count < UINT16_MAX)) : 0;
}

static void raise_to(struct nv_memory *m, const struct nv_limit *limit, double slot_s, double mono_s)
{
	unsigned start = in_slots(LOWER_AFTER, slot_s);
	unsigned most = in_slots(LOWER_MOST, slot_s);
	bool again = m->lowered_mono_s > 0 && mono_s - m->lowered_mono_s < AGAIN_WITHIN_S;
	unsigned hold = again && m->hold ? 3U * m->hold : start;

	m->hold = (uint16_t)(hold > most ? most : hold);
	m->status = NV_WARNING;
	m->raised_at = (float)limit->warn;
	m->by_baseline = limit->from_baseline;
	m->below = 0;
}

/*
 * From S and R to the status that stands. plain: what hysteresis looks at. fresh: the fast window
 * still shows it; what is over by now is not raised any more.
 */
static void step(struct nv_memory *m, const struct nv_limit *limit, unsigned evaluations,
	double plain, bool fresh, double slot_s, double mono_s)
{
	bool long_enough = m->above >= evaluations || evaluations <= NV_RUN;
	bool crit_long_enough = m->above_crit >= evaluations || evaluations <= NV_RUN;
	double r = (double)m->sustained;

	if (m->status < NV_WARNING && fresh && r > 0 && r >= limit->warn && long_enough)
		raise_to(m, limit, slot_s, mono_s);
	if (m->status == NV_WARNING && fresh && r > 0 && r >= limit->crit && crit_long_enough) {
		m->status = NV_CRITICAL;
		m->crit_at = (float)limit->crit;
		m->below_crit = 0;
		return;
	}
	if (m->status < NV_WARNING)
		return;
	in_a_row(&m->below, plain < HYSTERESIS * (double)m->raised_at);
	in_a_row(&m->below_crit, plain < HYSTERESIS * (double)m->crit_at);
	if (m->status == NV_CRITICAL && m->below_crit >= m->hold)
		m->status = NV_WARNING;
	if (m->below >= m->hold) {
		m->status = NV_OK;
		m->lowered_mono_s = mono_s;
	}
}

/* Nothing of this kind raises: it is seen and told, or has to wait for its baseline. */
static bool only_noted(const struct nv_indicator *indicator, const struct nv_limit *limit)
{
	if (indicator->noted)
		return true;
	return !limit->from_baseline &&
	       (indicator->origin == NV_STRANGER || indicator->baseline_only);
}

/* The status that stands, in the words of a verdict. */
static void tell(const struct nv_indicator *indicator, const struct nv_memory *m,
	const struct nv_limit *limit, bool noted, struct nv_verdict *out)
{
	out->warn = limit->warn;
	out->crit = limit->crit;
	if (m->status >= NV_WARNING) {
		out->status = (enum nv_status)m->status;
		if ((double)m->statistic < (double)m->raised_at)
			out->reason = NV_REASON_SUSTAINED;
		else
			out->reason = m->by_baseline ? NV_REASON_BASELINE : NV_REASON_THRESHOLD;
		return;
	}
	out->status = noted && limit->learning && !indicator->noted ? NV_LEARNING : NV_OK;
	out->reason = NV_REASON_NONE;
	if (noted && out->numerator >= limit->min && out->value >= indicator->warn)
		out->reason = NV_REASON_NOTED;
}

bool nv_judge_idle(enum nv_indicator_id id, struct nv_memory *m, const struct nv_reading *slot)
{
	bool ratio = nv_indicators[id].kind == NV_RATIO;

	if (m->c_slow || m->status >= NV_WARNING || !(slot->num <= 0))
		return false;
	push(m, 0, (float)(ratio ? slot->den : slot->seconds / 60), slow_most(&nv_indicators[id]));
	m->run = m->above = m->above_crit = 0;
	m->statistic = m->sustained = 0;
	return true;
}

void nv_judge(enum nv_indicator_id id, struct nv_memory *m, const struct nv_reading *slot,
	const struct nv_reading *window, const struct nv_limit *limit, double slot_s, double mono_s,
	struct nv_verdict *out)
{
	const struct nv_indicator *indicator = &nv_indicators[id];
	bool noted = only_noted(indicator, limit);
	double plain = 0;

	out->value = window->value;
	out->numerator = window->num;
	out->denominator = window->den;
	out->seconds = window->seconds;
	if (isnan(slot->num) || isnan(window->num)) {
		tell(indicator, m, limit, noted, out);
		return;
	}
	bool level = indicator->kind == NV_LEVEL;
	double k = level ? (isnan(slot->value) ? 0 : slot->value) : slot->num;
	double n = indicator->kind == NV_RATIO ? slot->den : slot->seconds / 60;
	push(m, (float)k, (float)(isnan(n) ? 0 : n), slow_most(indicator));
	if (indicator->min_share > 0 && !isnan(slot->share))
		m->share_sum += slot->share - m->share_sum / NV_SLOW;

	float s = 0;
	if (level) {
		winsorized(m, true, &s);
		plain = k;
		if (slot->num < limit->min && window->num < limit->min)
			s = 0;
	} else if (m->c_slow || window->num > 0) {
		s = statistic(indicator, m, window, limit, &plain);
		if (indicator->any && window->num >= limit->warn)
			s = (float)nv_larger((double)s, window->num);
		if (nv_larger(window->num, slow_sum(m)) < limit->min / 2)
			plain = 0;
	}
	unsigned evaluations = evaluations_to_raise(indicator, limit, slot_s);
	m->statistic = s;
	m->sustained = sustained(m, s, evaluations);
	in_a_row(&m->above, s > 0 && (double)s >= limit->warn);
	in_a_row(&m->above_crit, s > 0 && (double)s >= limit->crit);

	struct nv_limit force = *limit;
	force.from_baseline = limit->from_baseline &&
		(indicator->origin == NV_STRANGER || indicator->baseline_only ||
			limit->warn > indicator->warn || !(window->value >= indicator->warn));
	if (noted)
		force.warn = INFINITY;
	if (noted || indicator->origin == NV_STRANGER || indicator->sustain_min)
		force.crit = INFINITY;
	bool fresh = window->num > 0 && window->value >= FRESH * limit->warn;
	step(m, &force, evaluations, plain, fresh, slot_s, mono_s);
	tell(indicator, m, limit, noted, out);
}

void nv_judge_forget(struct nv_memory *m)
{
	struct nv_memory kept = *m;
	memset(m, 0, sizeof(*m));
	m->status = kept.status;
	m->by_baseline = kept.by_baseline;
	m->raised_at = kept.raised_at;
	m->crit_at = kept.crit_at;
	m->hold = kept.hold;
	m->lowered_mono_s = kept.lowered_mono_s;
}

bool nv_judge_accept(struct nv_memory *m, double mono_s)
{
	bool stood = m->status >= NV_WARNING;

	if (stood) {
		m->status = NV_OK;
		m->lowered_mono_s = mono_s;
	}
	return stood;
}
