/* SPDX-License-Identifier: MIT */
/*
 * The daemon's verdict: one reading a slot -> a status with memory.
 *
 * Losses come in clumps, and a clump that fell into one slot stays in the fast window for six
 * evaluations: "twice in a row" protects nobody. Therefore a value is believed no further than its
 * slots agree: what is judged (S) is a lower bound of the value, by the spread of the slots among
 * themselves, the largest over windows of several lengths. A minute of trouble that ends
 * by itself pages nobody, however high: many events are believed after a minute and a half, few
 * once they are seen beside the liveliest two minutes and a half. Critical needs many events or
 * five minutes. Healthy trouble is mostly no more than six times as lively as usual: what is not
 * more than that must show at both ends of four minutes and a half.
 *
 * What is usual drifts within the hour, faults begin. Therefore a value has to be news as well,
 * well above the quarter of an hour before; what grew too slowly for that is raised when it has
 * lasted for hours. A status is lowered only after M evaluations well below what raised it. The
 * constants were measured on synthetic weeks (tests/replay); each is held by its line in
 * tests/unit/test_calibration.c, all together by `make check-judge`.
 */
#include "judge/judge.h"
#include "judge/profile.h"

#include <math.h>
#include <string.h>

#define HYSTERESIS     0.8
#define FRESH          0.5 /* of the limit, that the fast window must show to raise */
#define LOWER_AFTER    30  /* M: evaluations below before it is lowered */
#define LOWER_MOST     720
#define AGAIN_WITHIN_S 7200.0 /* raised again so soon: M is tripled */
#define FIRST_HOUR                                                                                 \
	1.4 /* times the limit, that a ratio must reach while nothing is known to be usual */
#define JUMP_EVENTS                                                                                \
	100 /* in the ring, that make a jump where nothing is known of the time before */
#define CRIT_EVENTS 100  /* that make it critical at once; fewer have to last: */
#define CRIT_LASTS  30   /* evaluations above it, five minutes */
#define LASTS       1080 /* evaluations above that make a lasting change: three hours */
#define LASTS_HOLD  180  /* M of what came so slowly: half an hour */
#define LASTS_LESS  4    /* one below takes away as many */

/* N: of how many evaluations in a row the least counts. The windows do the rest. */
static unsigned evaluations_to_raise(
	const struct nv_indicator *indicator, const struct nv_limit *limit, double slot_s)
{
	const struct nv_tuning *tuning = &nv_tunings[limit->profile];
	unsigned slots = 1;

	if (indicator->any)
		return 1;
	if (indicator->kind == NV_LEVEL)
		slots = nv_in_slots(tuning->level, slot_s, 2);
	else if (indicator->origin == NV_UNSOLICITED)
		slots = nv_in_slots(tuning->scan, slot_s, 2);
	if (!indicator->sustain_min)
		return slots;
	unsigned sustain = (unsigned)ceil(indicator->sustain_min * 60.0 / slot_s);
	return sustain > slots ? sustain : slots;
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

static void raise_to(
	struct nv_memory *m, const struct nv_limit *limit, double at, double slot_s, double mono_s)
{
	unsigned start = nv_in_slots(LOWER_AFTER, slot_s, 2);
	unsigned most = nv_in_slots(LOWER_MOST, slot_s, 2);
	bool again = m->lowered_mono_s > 0 && mono_s - m->lowered_mono_s < AGAIN_WITHIN_S;
	unsigned hold = again && m->hold ? 3U * m->hold : start;

	m->hold = (uint16_t)(hold > most ? most : hold);
	m->status = NV_WARNING;
	m->raised_at = (float)at;
	m->by_baseline = limit->from_baseline;
	m->below = 0;
	m->lasting = 0; /* what is told has lasted; after it ends, the hours count anew */
}

static void raise_lasting(
	struct nv_memory *m, const struct nv_limit *limit, double slot_s, double mono_s)
{
	unsigned hold = nv_in_slots(LASTS_HOLD, slot_s, 2);

	raise_to(m, limit, limit->lasting, slot_s, mono_s);
	if (m->hold < hold)
		m->hold = (uint16_t)hold;
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
		raise_to(m, limit, limit->warn, slot_s, mono_s);
	else if (m->status < NV_WARNING && fresh && limit->lasting > 0 &&
		m->lasting >= nv_in_slots(LASTS, slot_s, 2))
		raise_lasting(m, limit, slot_s, mono_s);
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
	/* What is over goes straight to ok: a warning about nothing would be news to nobody. */
	if (m->status == NV_CRITICAL && m->below_crit >= m->hold && fresh)
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
		(indicator->origin == NV_UNSOLICITED || indicator->baseline_only);
}

/* The status that stands, in the words of a verdict. */
static void fill_verdict(const struct nv_indicator *indicator, const struct nv_memory *m,
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
	nv_push(m, 0, (float)(ratio ? slot->den : slot->seconds / 60), slot->seconds);
	m->run = m->above = m->above_crit = m->lasting = 0;
	m->statistic = m->sustained = m->jump = 0;
	return true;
}

/*
 * Events too rare among what they must also be a share of carry no verdict, unless one host is
 * behind them; they are learned.
 */
static bool too_rare(const struct nv_indicator *indicator, const struct nv_memory *m,
	const struct nv_reading *window, double events)
{
	if (indicator->few && window->few >= indicator->few_min)
		return false;
	return indicator->min_share > 0 && events < indicator->min_share * m->share_sum;
}

/* S and the plain value that hysteresis looks at. */
static float bound_windows(const struct nv_indicator *indicator, const struct nv_memory *m,
	const struct nv_reading *window, const struct nv_limit *limit, double slot_s,
	struct nv_sums *all, double *plain)
{
	if (fmax(window->num, m->k_sum) < limit->min / 2 &&
		!indicator->any) { /* as most of the time */
		all->k = m->k_sum;
		return 0;
	}
	float s = nv_statistic(
		indicator, m, limit, (double)nv_tunings[limit->profile].z, slot_s, all);
	double n = indicator->kind == NV_COUNT ? window->seconds / 60 : window->den;

	if (indicator->any && window->num >= limit->warn)
		s = (float)fmax((double)s, window->num);
	/* No traffic is ok: where nothing was tried for a window, what is left of it in longer ones
	 * is past. */
	bool silent = indicator->kind == NV_RATIO && !(window->num > 0) && !(n > 0);
	if (!silent && fmax(window->num, all->k) >= limit->min / 2)
		*plain = n > 0 ? window->num / n : 0;
	return s;
}

/* How many times what was before, and what is usual, R is. */
static float jump_of(const struct nv_memory *m, const struct nv_limit *limit)
{
	if (m->sustained <= 0 || (m->recent_n <= 0 && m->k_sum < JUMP_EVENTS))
		return 0;
	double before = fmax(limit->mean, nv_recent_value(m, 1));

	return before > 0 ? m->sustained / (float)before : 0;
}

/*
 * What is no news is not raised by it, where it would be raised for lasting; a jump is, of a kind
 * that does not come by itself, whatever values the day has seen. In the first hour a ratio a
 * little above the threshold of the catalog is more often what this host always has than what has
 * just begun. A threshold that the user wrote, or that of another profile, is as strict as was
 * asked for.
 */
static double limit_of_increase(const struct nv_indicator *indicator, const struct nv_memory *m,
	const struct nv_limit *limit)
{
	if (limit->first_hour && indicator->kind == NV_RATIO && limit->threshold == indicator->warn)
		return FIRST_HOUR * limit->warn;
	if (!(limit->lasting > 0))
		return limit->warn;
	double warn = fmax(
		limit->warn, (double)nv_tunings[limit->profile].increase * nv_recent_value(m, -1));
	bool jumped = limit->jump > 0 && (double)m->jump >= limit->jump_times;

	return jumped ? fmin(warn, limit->jump) : warn;
}

/* The limits for what may be raised by this kind of indicator. */
static struct nv_limit in_force(const struct nv_indicator *indicator, const struct nv_memory *m,
	const struct nv_limit *limit, const struct nv_reading *window, double events,
	unsigned crit_lasts, bool speaks)
{
	struct nv_limit force = *limit;

	force.from_baseline = limit->from_baseline &&
		(indicator->origin == NV_UNSOLICITED || indicator->baseline_only ||
			limit->warn > limit->threshold || !(window->value >= limit->threshold));
	if (nv_needs_increase(indicator))
		force.warn = limit_of_increase(indicator, m, limit);
	if (!speaks) {
		force.warn = INFINITY;
		force.lasting = 0;
	}
	if (!speaks || indicator->origin == NV_UNSOLICITED || indicator->sustain_min ||
		(m->above_crit < crit_lasts && events < CRIT_EVENTS))
		force.crit = INFINITY;
	return force;
}

/* Counts how long the recent value has been above what must not last. While a status stands there
 * is no recent value. */
static void watch_lasting(struct nv_memory *m, const struct nv_limit *limit)
{
	if (m->status >= NV_WARNING)
		return;
	if (limit->lasting > 0 && nv_recent_value(m, -1) >= limit->lasting)
		m->lasting = (uint16_t)(m->lasting + (m->lasting < UINT16_MAX));
	else
		m->lasting = (uint16_t)(m->lasting > LASTS_LESS ? m->lasting - LASTS_LESS : 0);
}

void nv_judge(enum nv_indicator_id id, struct nv_memory *m, const struct nv_reading *slot,
	const struct nv_reading *window, const struct nv_limit *limit, double slot_s, double mono_s,
	struct nv_verdict *out)
{
	const struct nv_indicator *indicator = &nv_indicators[id];
	bool unsolicited = m->status < NV_WARNING && nv_is_unsolicited(indicator, window);
	bool noted = unsolicited || only_noted(indicator, limit);
	struct nv_sums all = { 0 };
	double plain = 0;
	float s = 0;

	out->value = window->value;
	out->numerator = window->num;
	out->denominator = window->den;
	out->seconds = window->seconds;
	out->unsolicited = unsolicited;
	if (isnan(slot->num) || isnan(window->num)) {
		fill_verdict(indicator, m, limit, noted, out);
		return;
	}
	bool level = indicator->kind == NV_LEVEL;
	double k = level ? (isnan(slot->value) ? 0 : slot->value) : slot->num;
	double n = indicator->kind == NV_RATIO ? slot->den : slot->seconds / 60;
	nv_push(m, (float)k, (float)(isnan(n) ? 0 : n), slot->seconds);
	if (indicator->min_share > 0 && !isnan(slot->share))
		m->share_sum += slot->share - m->share_sum / NV_SLOW;
	if (level) {
		plain = k;
		if (slot->num >= limit->min || window->num >= limit->min)
			s = nv_third_largest(m);
	} else if (m->c_slow || window->num > 0) {
		s = bound_windows(indicator, m, window, limit, slot_s, &all, &plain);
	}
	unsigned evaluations = evaluations_to_raise(indicator, limit, slot_s);
	m->statistic = s;
	m->sustained = sustained(m, s, evaluations);
	m->jump = nv_needs_increase(indicator) ? jump_of(m, limit) : 0;
	in_a_row(&m->above, s > 0 && (double)s >= limit->warn);
	in_a_row(&m->above_crit, s > 0 && (double)s >= limit->crit);

	bool speaks = !noted && !too_rare(indicator, m, window, all.k);
	struct nv_limit force = in_force(indicator, m, limit, window, fmax(all.k, window->num),
		nv_in_slots(CRIT_LASTS, slot_s, 2), speaks);
	watch_lasting(m, &force);
	/* What carried no verdict is no measure of what is news, until it is known what is usual.
	 */
	if (!speaks && !(limit->mean > 0)) {
		m->silent = NV_SLOW;
		m->recent_k = m->recent_n = 0;
	}
	bool fresh = window->num > 0 && window->value >= FRESH * limit->warn;
	step(m, &force, evaluations, plain, fresh, slot_s, mono_s);
	fill_verdict(indicator, m, limit, noted, out);
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

	/* What was before it is not what is usual now, neither to be news beside nor to have
	 * lasted. */
	m->recent_k = m->recent_n = 0;
	m->lasting = 0;
	if (stood) {
		m->status = NV_OK;
		m->lowered_mono_s = mono_s;
	}
	return stood;
}
