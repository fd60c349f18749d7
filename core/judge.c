/* SPDX-License-Identifier: MIT */
/*
 * The daemon's verdict: one reading a slot -> a status with memory.
 *
 * Losses come in clumps, and a clump that fell into one slot stays in the fast window for six
 * evaluations: "twice in a row" protects nobody. Therefore a value is believed no further than its
 * slots agree: what is judged (S) is a lower bound of the value, by the spread of the slots among
 * themselves, the largest over windows of several lengths. A great excess passes the bound of a
 * short window within a minute, a small one, or one of few events, has to last for minutes; one bad
 * second makes its window so uneven that nothing is left of it. Healthy trouble lasts two minutes
 * and a half, and is up to six times as lively as usual: what is not more than that must show at both
 * ends of four minutes and a half.
 *
 * What is usual drifts within the hour, faults begin. Therefore a value has to be news as well, well
 * above the quarter of an hour before; what grew too slowly for that is raised when it has lasted for
 * hours. A status is lowered only after M evaluations well below what raised it. The constants
 * were measured on synthetic weeks (tests/replay).
 */
#include "stages.h"

#include <math.h>
#include <string.h>

#define HYSTERESIS     0.8
#define FRESH          0.5    /* of the limit, that the fast window must show to raise */
#define LOWER_AFTER    30     /* M: evaluations below before it is lowered */
#define LOWER_MOST     720
#define AGAIN_WITHIN_S 7200.0 /* raised again so soon: M is tripled */
#define NOMINAL_SLOT_S 10.0   /* the slot that windows, N and M were measured with */
#define LEAST_SLOTS    3      /* with events, in a window that says anything */
#define ALIKE          0.25   /* of the variance that clumps of a slot each would have: never believed less */
#define RECENT_S       900.0  /* what was before: sums that decay within a quarter of an hour */
#define EPISODE        6.5    /* times the usual and the recent value: healthy trouble goes nearly so far */
#define JUMP           3.5    /* times the recent value: a jump, whatever the swings of a day */
#define LASTS          1080   /* evaluations above that make a lasting change: three hours */
#define LASTS_LESS     4      /* one below takes away as many */

/*
 * A window: how many deviations its bound lies below its value, how much of the bound counts for
 * whom, and how many slots with events it must have: a few that meet by chance are no news. The own
 * faults of a host are believed after a minute; peers have their moods for longer; strangers have to
 * come for minutes on end (see evaluations_to_raise), in short windows.
 */
enum { OWN, PEERS, STRANGERS, WHO };

static const struct {
	uint8_t slots, busy;
	float z, weight[WHO];
} windows[] = {
	{ 5, 4, 2.1F, { 0.7F, 0, 0.8F } },
	{ 7, 0, 0, { 0, 0, 0 } }, /* the newer end */
	{ 8, 4, 1.9F, { 1, 0, 1.1F } },
	{ 12, 5, 1.5F, { 1, 0.8F, 0 } },
	{ 18, 5, 1.4F, { 1, 1, 0 } },
	{ 20, 0, 0, { 0, 0, 0 } }, /* up to where the older end begins: longer between than an episode */
	{ 27, 0, 0, { 0, 0, 0 } },
	{ NV_SLOW, 6, 1.4F, { 1, 1, 0 } },
};
#define WINDOWS    (sizeof(windows) / sizeof(windows[0]))
#define NEWER_END  1 /* windows[] of the newer end, of what is before the older one, of all of it */
#define NEWER_REST 5
#define BOTH_ENDS  6
#define END_Z      1.2F

/*
 * What a profile changes: how far below the value the bounds lie, as a factor on z; how many times the
 * recent value is news; how long strangers and levels must stay, in evaluations. A scan passes in minutes.
 */
struct tuning {
	float z, news;
	uint8_t strangers, level;
};

static const struct tuning tunings[] = {
	[NV_PROFILE_DEFAULT] = { 1, 2.5F, 42, 9 },
	[NV_PROFILE_STRICT] = { 0.8F, 2, 30, 9 },
	[NV_PROFILE_LENIENT] = { 1.3F, 3, 48, 9 },
};

/* Slots longer than the nominal one say more each: as many as the same time takes. */
static unsigned in_slots(unsigned nominal, double slot_s, unsigned least)
{
	if (slot_s <= NOMINAL_SLOT_S)
		return nominal;
	unsigned slots = (unsigned)ceil(nominal * NOMINAL_SLOT_S / slot_s);
	return slots < least ? least : slots;
}

/* N: of how many evaluations in a row the least counts. The windows do the rest. */
static unsigned evaluations_to_raise(
	const struct nv_indicator *indicator, const struct nv_limit *limit, double slot_s)
{
	const struct tuning *tuning = &tunings[limit->profile];
	unsigned slots = 1;

	if (indicator->any)
		return 1;
	if (indicator->kind == NV_LEVEL)
		slots = in_slots(tuning->level, slot_s, 2);
	else if (indicator->origin == NV_STRANGER)
		slots = in_slots(tuning->strangers, slot_s, 2);
	unsigned sustain = (unsigned)ceil(indicator->sustain_min * 60.0 / slot_s);
	return sustain > slots ? sustain : slots;
}

static void take_over(struct nv_memory *m, unsigned at, double seconds)
{
	float keep = (float)nv_larger(0.5, 1 - seconds / RECENT_S);
	m->recent_k = keep * m->recent_k + m->k[at];
	m->recent_n = keep * m->recent_n + m->n[at];
}

/* The slot that leaves the ring is what was before, unless it was judged bad or carried no verdict. */
static void remember(struct nv_memory *m, unsigned at, double seconds)
{
	if (m->silent)
		m->silent--;
	else if (m->status < NV_WARNING)
		take_over(m, at, seconds);
}

/* Value of the quarter of an hour before, and so many deviations of single events more. */
static double recent_value(const struct nv_memory *m, double deviations)
{
	double k = (double)m->recent_k, n = (double)m->recent_n;

	return n > 0 ? nv_larger(0, k + deviations * nv_sqrt(k)) / n : 0;
}

/* Put the slot into the ring; every sum follows in constant time. */
static void push(struct nv_memory *m, float k, float n, double seconds)
{
	unsigned at = m->head;
	unsigned leaves_fast = at >= NV_FAST ? at - NV_FAST : at + NV_SLOW - NV_FAST;

	remember(m, at, seconds);
	m->n[at] = n;
	m->head = (uint8_t)(at + 1 < NV_SLOW ? at + 1 : 0);
	if (!m->c_slow && k <= 0)
		return;
	m->c_fast = (uint8_t)(m->c_fast - (m->k[leaves_fast] > 0) + (k > 0));
	m->c_slow = (uint8_t)(m->c_slow - (m->k[at] > 0) + (k > 0));
	m->k[at] = k;
}

/* Of a level: what at least three of the last NV_FAST slots had. */
static float third_largest(const struct nv_memory *m)
{
	float first = 0, second = 0, third = 0;

	for (unsigned i = 0, at = m->head; i < NV_FAST; i++) {
		at = at ? at - 1 : NV_SLOW - 1;
		float k = m->k[at];
		if (k > first) {
			third = second;
			second = first;
			first = k;
		} else if (k > second) {
			third = second;
			second = k;
		} else if (k > third) {
			third = k;
		}
	}
	return third;
}

/* ---- the bound -------------------------------------------------------------------------------------- */

/* Sums over some slots: events, traffic, their squares and products. */
struct sums {
	double k, n, kk, kn, nn;
	unsigned slots, seen, busy; /* all; with traffic; with events */
};

static void add_slots(struct sums *x, const struct nv_memory *m, unsigned slots)
{
	unsigned at = (m->head + NV_SLOW - x->slots) % NV_SLOW;

	for (; x->slots < slots; x->slots++) {
		at = at ? at - 1 : NV_SLOW - 1;
		double k = (double)m->k[at], n = (double)m->n[at];

		x->k += k;
		x->n += n;
		x->kk += k * k;
		x->kn += k * n;
		x->nn += n * n;
		x->seen += n > 0;
		x->busy += k > 0;
	}
}

static struct sums without(const struct sums *all, const struct sums *part)
{
	return (struct sums){ all->k - part->k, all->n - part->n, all->kk - part->kk, all->kn - part->kn,
		all->nn - part->nn, all->slots - part->slots, all->seen - part->seen, all->busy - part->busy };
}

/*
 * Value less z standard deviations. The variance is that of the slots around the common value, but
 * at least that of single events, and a quarter of what it is if each slot with events was one clump.
 */
static double lower_bound(const struct sums *x, double z)
{
	if (x->busy < LEAST_SLOTS || x->n <= 0)
		return 0;
	double value = x->k / x->n;
	double between = nv_larger(0, x->kk - 2 * value * x->kn + value * value * x->nn);
	double variance = nv_larger(between * x->slots / (x->slots - 1),
		nv_larger(x->k, ALIKE * x->k * x->k / x->busy));

	return nv_larger(0, (x->k - z * nv_sqrt(variance)) / x->n);
}

static unsigned who_raises(const struct nv_indicator *indicator)
{
	return indicator->origin == NV_STRANGER ? STRANGERS : indicator->origin == NV_PEERS ? PEERS : OWN;
}

/*
 * The traffic of which the half is believed: that in which the least number of events would be twice
 * the threshold. A share of a handful of opens depends on a single peer; a host's own faults do not.
 */
static double thin_traffic(const struct nv_indicator *indicator, const struct nv_limit *limit)
{
	static const double ratios[WHO] = { 0, 2, 2 }, counts[WHO] = { 0, 0, 1 };
	unsigned who = who_raises(indicator);

	return limit->min / indicator->warn * (indicator->kind == NV_COUNT ? counts[who] : ratios[who]);
}

/* Not where it takes minutes on end: by then it is no news. */
static bool must_be_news(const struct nv_indicator *indicator)
{
	return indicator->kind != NV_LEVEL && !indicator->any && indicator->origin != NV_STRANGER && !indicator->sustain_min;
}

/* From here on short windows are believed: healthy trouble does not reach that far. */
static double beyond_episodes(const struct nv_indicator *indicator, const struct nv_memory *m,
	const struct nv_limit *limit)
{
	if (!must_be_news(indicator))
		return limit->quick;
	return nv_larger(limit->quick, EPISODE * nv_larger(limit->mean, recent_value(m, -1)));
}

/* S of a ratio or count; all: the sums over all slots. */
static float statistic(const struct nv_indicator *indicator, const struct nv_memory *m,
	const struct nv_limit *limit, double slot_s, struct sums *all)
{
	unsigned who = who_raises(indicator);
	double n0 = thin_traffic(indicator, limit);
	double z = (double)tunings[limit->profile].z * (limit->caution > 0 ? limit->caution : 1);
	double quick = 0, lasting = 0;
	struct sums newer = { 0 }, rest = { 0 };

	for (unsigned w = 0; w < WINDOWS; w++) {
		add_slots(all, m, in_slots(windows[w].slots, slot_s, LEAST_SLOTS));
		if (w == NEWER_END)
			newer = *all;
		if (w == NEWER_REST)
			rest = *all;
		/* Less than the shortest window was seen since the start: too little to compare slots. */
		if (all->k < limit->min || all->seen < in_slots(windows[0].slots, slot_s, LEAST_SLOTS))
			continue;
		double trusted = all->n / (all->n + n0);
		double weight = (double)windows[w].weight[who] * trusted;
		/* Only where the value itself is above what there is already. */
		if (all->busy >= in_slots(windows[w].busy, slot_s, LEAST_SLOTS) && weight * all->k > quick * all->n)
			quick = nv_larger(quick, weight * lower_bound(all, z * (double)windows[w].z));
		if (w == BOTH_ENDS && who != STRANGERS) {
			struct sums older = without(all, &rest);
			lasting = trusted * nv_smaller(lower_bound(&newer, z * (double)END_Z),
						    lower_bound(&older, z * (double)END_Z));
		}
	}
	return (float)(quick < beyond_episodes(indicator, m, limit) ? lasting : nv_larger(quick, lasting));
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

static void raise_to(struct nv_memory *m, const struct nv_limit *limit, double at, double slot_s, double mono_s)
{
	unsigned start = in_slots(LOWER_AFTER, slot_s, 2);
	unsigned most = in_slots(LOWER_MOST, slot_s, 2);
	bool again = m->lowered_mono_s > 0 && mono_s - m->lowered_mono_s < AGAIN_WITHIN_S;
	unsigned hold = again && m->hold ? 3U * m->hold : start;

	m->hold = (uint16_t)(hold > most ? most : hold);
	m->status = NV_WARNING;
	m->raised_at = (float)at;
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
		raise_to(m, limit, limit->warn, slot_s, mono_s);
	else if (m->status < NV_WARNING && fresh && limit->lasting > 0 && m->lasting >= in_slots(LASTS, slot_s, 2))
		raise_to(m, limit, limit->lasting, slot_s, mono_s);
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
	push(m, 0, (float)(ratio ? slot->den : slot->seconds / 60), slot->seconds);
	m->run = m->above = m->above_crit = m->lasting = 0;
	m->statistic = m->sustained = 0;
	return true;
}

/* Events too rare among what they must also be a share of carry no verdict; they are learned. */
static bool too_rare(const struct nv_indicator *indicator, const struct nv_memory *m, double events)
{
	return indicator->min_share > 0 && events < indicator->min_share * m->share_sum;
}

/* S and the plain value that hysteresis looks at. */
static float look(const struct nv_indicator *indicator, const struct nv_memory *m,
	const struct nv_reading *window, const struct nv_limit *limit, double slot_s, struct sums *all,
	double *plain)
{
	float s = statistic(indicator, m, limit, slot_s, all);
	double n = indicator->kind == NV_COUNT ? window->seconds / 60 : window->den;

	if (indicator->any && window->num >= limit->warn)
		s = (float)nv_larger((double)s, window->num);
	if (nv_larger(window->num, all->k) >= limit->min / 2)
		*plain = nv_larger(n > 0 ? window->num / n : 0, all->n > 0 ? all->k / all->n : 0);
	return s;
}

/* What is no news is not raised by it; a jump is, whatever the day has seen. */
static double limit_of_news(const struct nv_memory *m, const struct nv_limit *limit)
{
	double warn = nv_larger(limit->warn, (double)tunings[limit->profile].news * recent_value(m, -1));

	return limit->jump > 0 ? nv_smaller(warn, nv_larger(limit->jump, JUMP * recent_value(m, 1))) : warn;
}

/* The limits for what may be raised by this kind of indicator. */
static struct nv_limit in_force(const struct nv_indicator *indicator, const struct nv_memory *m,
	const struct nv_limit *limit, const struct nv_reading *window, bool speaks)
{
	struct nv_limit force = *limit;

	force.from_baseline = limit->from_baseline &&
		(indicator->origin == NV_STRANGER || indicator->baseline_only ||
			limit->warn > indicator->warn || !(window->value >= indicator->warn));
	if (must_be_news(indicator))
		force.warn = limit_of_news(m, limit);
	if (!speaks) {
		force.warn = INFINITY;
		force.lasting = 0;
	}
	if (!speaks || indicator->origin == NV_STRANGER || indicator->sustain_min)
		force.crit = INFINITY;
	return force;
}

/* Counts how long the recent value has been above what must not last. */
static void watch_lasting(struct nv_memory *m, const struct nv_limit *limit, bool speaks)
{
	if (speaks && limit->lasting > 0 && recent_value(m, -1) >= limit->lasting)
		m->lasting = (uint16_t)(m->lasting + (m->lasting < UINT16_MAX));
	else
		m->lasting = (uint16_t)(m->lasting > LASTS_LESS ? m->lasting - LASTS_LESS : 0);
}

void nv_judge(enum nv_indicator_id id, struct nv_memory *m, const struct nv_reading *slot,
	const struct nv_reading *window, const struct nv_limit *limit, double slot_s, double mono_s,
	struct nv_verdict *out)
{
	const struct nv_indicator *indicator = &nv_indicators[id];
	bool noted = only_noted(indicator, limit);
	struct sums all = { 0 };
	double plain = 0;
	float s = 0;

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
	push(m, (float)k, (float)(isnan(n) ? 0 : n), slot->seconds);
	if (indicator->min_share > 0 && !isnan(slot->share))
		m->share_sum += slot->share - m->share_sum / NV_SLOW;
	if (level) {
		plain = k;
		if (slot->num >= limit->min || window->num >= limit->min)
			s = third_largest(m);
	} else if (m->c_slow || window->num > 0) {
		s = look(indicator, m, window, limit, slot_s, &all, &plain);
	}
	unsigned evaluations = evaluations_to_raise(indicator, limit, slot_s);
	m->statistic = s;
	m->sustained = sustained(m, s, evaluations);
	in_a_row(&m->above, s > 0 && (double)s >= limit->warn);
	in_a_row(&m->above_crit, s > 0 && (double)s >= limit->crit);

	bool speaks = !noted && !too_rare(indicator, m, all.k);
	struct nv_limit force = in_force(indicator, m, limit, window, speaks);
	watch_lasting(m, limit, speaks);
	if (!speaks) {
		m->silent = NV_SLOW;
		m->recent_k = m->recent_n = 0;
	}
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
