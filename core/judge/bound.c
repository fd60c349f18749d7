/* SPDX-License-Identifier: MIT */
/*
 * The ring of the last slots -> how much of their value is believed (S), and what was before.
 *
 * A value is believed no further than its slots agree: S is a lower bound of the value, by the
 * spread of the slots among themselves, the largest over windows of several lengths. Each constant
 * is held by its lines in tests/unit/test_calibration.c.
 */
#include "judge/judge.h"

#include <math.h>

#define NOMINAL_SLOT_S 10.0 /* the slot that windows, N and M were measured with */
#define LEAST_SLOTS    3    /* with events, in a window that says anything */
#define ALIKE                                                                                      \
	0.25 /* of the variance that clumps of a slot each would have: never believed less         \
	      */
#define RECENT_S 900.0 /* what was before: sums that decay within a quarter of an hour */
#define FORGOTTEN                                                                                  \
	1e-30F /* of those sums: where nothing comes for a day they end, and are not dragged along \
		*/
/*
 * Healthy trouble that ends by itself takes up to LIVELIEST. Few events are believed once the time
 * beside the liveliest stretch of that length shows them as well; many sooner, in BUSY slots.
 */
#define LIVELIEST  15   /* slots */
#define OUTLASTING 0.1F /* share of the events that lies beside it, */
#define OUTSIDE    2    /* in so many slots */
#define MANY       150  /* events, in windows[MANY_IN] */
#define BUSY       9
#define MANY_IN    3
#define SHOWING    0.25 /* of the value of the window, that a slot has to have to be one of them */
#define EPISODE    6.5 /* times the usual and the recent value: healthy trouble goes nearly so far */

/*
 * A window: how many deviations its bound lies below its value, how much of the bound counts for
 * whom, and how many slots with events it must have: a few that meet by chance are no news. The own
 * faults of a host are believed in the shorter ones; peers have their moods for longer; strangers
 * have to come for minutes on end (see evaluations_to_raise), in short windows.
 */
enum { OWN, PEERS, ANYONE, WHO };

static const struct {
	uint8_t slots, busy;
	float z, weight[WHO];
} windows[] = {
	{ 5, 4, 2.1F, { 0, 0, 0.8F } },
	{ 7, 0, 0, { 0, 0, 0 } }, /* the newer end */
	{ 8, 4, 1.9F, { 1, 0, 1.1F } },
	{ 12, 5, 1.5F, { 1, 0.8F, 0 } },
	{ 18, 5, 1.4F, { 1, 1, 0 } },
	{ 20, 0, 0, { 0, 0, 0 } }, /* up to where the older end begins: longer between than an
				      episode */
	{ 27, 0, 0, { 0, 0, 0 } },
	{ NV_SLOW, 6, 1.4F, { 1, 1, 0 } },
};
#define WINDOWS (sizeof(windows) / sizeof(windows[0]))
#define NEWER_END                                                                                  \
	1 /* windows[] of the newer end, of what is before the older one, of all of it             \
	   */
#define NEWER_REST 5
#define BOTH_ENDS  6
#define END_Z      1.2F

/* Slots longer than the nominal one say more each: as many as the same time takes. */
unsigned nv_in_slots(unsigned nominal, double slot_s, unsigned least)
{
	if (slot_s <= NOMINAL_SLOT_S)
		return nominal;
	unsigned slots = (unsigned)ceil(nominal * NOMINAL_SLOT_S / slot_s);
	return slots < least ? least : slots;
}

/* Sums of nothing would become numbers that processors are slow with, and stay there. */
static float or_nothing(float sum)
{
	return sum > FORGOTTEN ? sum : 0;
}

/* The slot that leaves the ring is what was before, unless it was judged bad or carried no verdict.
 */
static void remember_slot(struct nv_memory *m, unsigned at, double seconds)
{
	if (m->silent) {
		m->silent--;
		return;
	}
	if (m->status >= NV_WARNING)
		return;
	float keep = seconds <= NOMINAL_SLOT_S ? (float)(1 - NOMINAL_SLOT_S / RECENT_S)
					       : (float)fmax(0.5, 1 - seconds / RECENT_S);
	m->recent_k = or_nothing(keep * m->recent_k + m->ring[at].k);
	m->recent_n = or_nothing(keep * m->recent_n + m->ring[at].n);
}

/* Value of the quarter of an hour before, and so many deviations of single events more. */
double nv_recent_value(const struct nv_memory *m, double deviations)
{
	double k = (double)m->recent_k, n = (double)m->recent_n;

	return n > 0 ? fmax(0, k + deviations * sqrt(k)) / n : 0;
}

/* Put the slot into the ring; every sum follows in constant time. */
void nv_push(struct nv_memory *m, float k, float n, double seconds)
{
	unsigned at = m->head;

	remember_slot(m, at, seconds);
	m->ring[at].n = n;
	m->head = (uint8_t)(at + 1 < NV_SLOW ? at + 1 : 0);
	if (!m->c_slow && k <= 0)
		return;
	unsigned leaves_fast = at >= NV_FAST ? at - NV_FAST : at + NV_SLOW - NV_FAST;
	m->c_fast = (uint8_t)(m->c_fast - (m->ring[leaves_fast].k > 0) + (k > 0));
	m->c_slow = (uint8_t)(m->c_slow - (m->ring[at].k > 0) + (k > 0));
	m->k_sum = m->c_slow ? m->k_sum + (double)k - (double)m->ring[at].k : 0;
	m->ring[at].k = k;
}

/* Of a level: what at least three of the last NV_FAST slots had. */
float nv_third_largest(const struct nv_memory *m)
{
	float first = 0, second = 0, third = 0;

	for (unsigned i = 0, at = m->head; i < NV_FAST; i++) {
		at = at ? at - 1 : NV_SLOW - 1;
		float k = m->ring[at].k;
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

/* ---- the bound
 * -------------------------------------------------------------------------------------- */

/* The sums over each of windows[], the shortest first. */
static void sum_up(const struct nv_memory *m, double slot_s, struct nv_sums sums[WINDOWS])
{
	struct nv_sums sum = { 0 };
	unsigned at = m->head;

	for (unsigned w = 0; w < WINDOWS; w++) {
		unsigned all = nv_in_slots(windows[w].slots, slot_s, LEAST_SLOTS);

		for (; sum.slots < all; sum.slots++) {
			at = at ? at - 1 : NV_SLOW - 1;
			double k = (double)m->ring[at].k, n = (double)m->ring[at].n;

			sum.k += k;
			sum.n += n;
			sum.kk += k * k;
			sum.nn += n * n;
			sum.kn += k * n;
			sum.busy += k > 0;
			sum.seen += n > 0;
		}
		sums[w] = sum;
	}
}

static struct nv_sums without(const struct nv_sums *all, const struct nv_sums *part)
{
	return (struct nv_sums){ all->k - part->k, all->n - part->n, all->kk - part->kk,
		all->nn - part->nn, all->kn - part->kn, all->busy - part->busy,
		all->seen - part->seen, all->slots - part->slots };
}

/*
 * Value less z standard deviations. The variance is that of the slots around the common value, but
 * at least that of single events, and a quarter of what it is if each slot with events was one
 * clump.
 */
static double lower_bound(const struct nv_sums *x, double z)
{
	if (x->busy < LEAST_SLOTS || x->n <= 0)
		return 0;
	double value = x->k / x->n;
	double between = fmax(0, x->kk - 2 * value * x->kn + value * value * x->nn);
	double variance = fmax(between * x->slots / (x->slots - 1),
		fmax(x->k, ALIKE * x->k * x->k / (double)x->busy));

	return fmax(0, (x->k - z * sqrt(variance)) / x->n);
}

/* What both ends of the ring have, the newer one and what is older than the rest. */
static double both_ends(const struct nv_sums *all, const struct nv_sums *newer,
	const struct nv_sums *rest, double z)
{
	double bound = lower_bound(newer, z);

	if (bound <= 0)
		return 0;
	struct nv_sums older = without(all, rest);
	return fmin(bound, lower_bound(&older, z));
}

/* Would it be seen without its liveliest stretch? */
static bool outlasts(const struct nv_memory *m, const struct nv_sums *all, double slot_s)
{
	unsigned length = nv_in_slots(LIVELIEST, slot_s, LEAST_SLOTS), busy = 0, busiest = 0;
	float sum = 0, most = 0;

	for (unsigned i = 0; i < NV_SLOW; i++) { /* from the oldest slot on */
		unsigned at = m->head + i < NV_SLOW ? m->head + i : m->head + i - NV_SLOW;

		sum += m->ring[at].k;
		busy += m->ring[at].k > 0;
		if (i >= length) {
			unsigned old = at >= length ? at - length : at + NV_SLOW - length;
			sum -= m->ring[old].k;
			busy -= m->ring[old].k > 0;
		}
		if (sum > most) {
			most = sum;
			busiest = busy;
		}
	}
	return all->k - (double)most >= (double)OUTLASTING * all->k &&
		all->busy >= busiest + OUTSIDE;
}

/* Many events, and most of the time shows them: not a clump beside what is usual. */
static bool has_many(const struct nv_memory *m, const struct nv_sums *x, double slot_s)
{
	unsigned busy = nv_in_slots(BUSY, slot_s, LEAST_SLOTS), showing = 0, at = m->head;

	if (x->k < MANY || x->busy < busy)
		return false;
	double least = SHOWING * x->k / x->n;
	for (unsigned i = 0; i < x->slots; i++) {
		at = at ? at - 1 : NV_SLOW - 1;
		double k = (double)m->ring[at].k;
		showing += k > 0 && k >= least * (double)m->ring[at].n;
	}
	return showing >= busy;
}

static unsigned who_raises(const struct nv_indicator *indicator)
{
	return indicator->origin == NV_UNSOLICITED ? ANYONE
		: indicator->origin == NV_PEERS    ? PEERS
						   : OWN;
}

/*
 * The traffic of which the half is believed: that in which the least number of events would be
 * twice the threshold. A share of a handful of opens depends on a single peer; a host's own faults
 * do not.
 */
static double thin_traffic(const struct nv_indicator *indicator, const struct nv_limit *limit)
{
	static const double ratios[WHO] = { 0, 2, 2 }, counts[WHO] = { 0, 0, 1 };
	unsigned who = who_raises(indicator);

	return limit->min / indicator->warn *
		(indicator->kind == NV_COUNT ? counts[who] : ratios[who]);
}

/* How much of a value is believed beside thin traffic. */
static double trusted(const struct nv_sums *x, double n0)
{
	return n0 > 0 ? x->n / (x->n + n0) : 1;
}

/* Not where it takes minutes on end: by then it is no news. */
bool nv_needs_increase(const struct nv_indicator *indicator)
{
	return indicator->kind != NV_LEVEL && !indicator->any &&
		indicator->origin != NV_UNSOLICITED && !indicator->sustain_min;
}

/* From here on short windows are believed: healthy trouble does not reach that far. */
static double beyond_episodes(const struct nv_indicator *indicator, const struct nv_memory *m,
	const struct nv_limit *limit)
{
	if (!nv_needs_increase(indicator))
		return limit->quick;
	return fmax(limit->quick, EPISODE * fmax(limit->mean, nv_recent_value(m, -1)));
}

/* S of a ratio or count; all: the sums over all slots. */
float nv_statistic(const struct nv_indicator *indicator, const struct nv_memory *m,
	const struct nv_limit *limit, double z, double slot_s, struct nv_sums *all)
{
	unsigned who = who_raises(indicator),
		 least = nv_in_slots(windows[0].slots, slot_s, LEAST_SLOTS);
	double n0 = thin_traffic(indicator, limit);
	if (limit->caution > 0)
		z *= limit->caution;
	double quick = 0, lasting = 0, beyond = beyond_episodes(indicator, m, limit);
	struct nv_sums sums[WINDOWS];

	sum_up(m, slot_s, sums);
	*all = sums[WINDOWS - 1];
	if (m->c_slow < LEAST_SLOTS || m->k_sum < limit->min)
		return 0; /* nothing is believed of any window */
	for (unsigned w = 0; w < WINDOWS; w++) {
		const struct nv_sums *x = &sums[w];
		double weight = (double)windows[w].weight[who];
		/* Less than the shortest window was seen since the start: too little to compare
		 * slots. */
		if ((weight <= 0 && w != BOTH_ENDS) || x->k < limit->min || x->seen < least)
			continue;
		if (w == BOTH_ENDS && who != ANYONE)
			lasting = trusted(x, n0) *
				both_ends(
					x, &sums[NEWER_END], &sums[NEWER_REST], z * (double)END_Z);
		if (weight <= 0 || x->busy < nv_in_slots(windows[w].busy, slot_s, LEAST_SLOTS))
			continue;
		/* Only where the value itself is above what there is already, and what is needed.
		 */
		if (weight * x->k > fmax(quick, beyond) * x->n &&
			(who == ANYONE || has_many(m, &sums[MANY_IN], slot_s) ||
				outlasts(m, all, slot_s)))
			quick = fmax(quick,
				weight * trusted(x, n0) * lower_bound(x, z * (double)windows[w].z));
	}
	return (float)(quick < beyond ? lasting : fmax(quick, lasting));
}
