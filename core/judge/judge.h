/* SPDX-License-Identifier: MIT */
/* What the judge knows of its slots: bound.c, for judge.c alone. */
#ifndef NV_JUDGE_H
#define NV_JUDGE_H

#include "judge/stages.h"

/* Sums over some slots: events, traffic, their squares and products. */
struct nv_sums {
	double k, n, kk, nn, kn;
	int64_t busy, seen; /* slots with events; with traffic */
	unsigned slots;     /* all */
};

/* Slots longer than ten seconds say more each: as many as the same time takes, at the least
 * `least`. */
unsigned nv_in_slots(unsigned nominal, double slot_s, unsigned least);

/* One slot more: events, traffic (or minutes), its length. What leaves the ring becomes recent. */
void nv_push(struct nv_memory *, float k, float n, double seconds);
/* Value of the quarter of an hour before the ring, and so many deviations of single events more; 0:
 * none. */
double nv_recent_value(const struct nv_memory *, double deviations);
/* Of a level: what at least three of the last NV_FAST slots had. */
float nv_third_largest(const struct nv_memory *);

/* Must it be well above what was before? Not where it takes minutes on end: by then it is no
 * increase.
 */
bool nv_needs_increase(const struct nv_indicator *);
/* S of a ratio or count. z: factor on the deviations; all: 0 before, the sums over all slots after.
 */
float nv_statistic(const struct nv_indicator *, const struct nv_memory *, const struct nv_limit *,
	double z, double slot_s, struct nv_sums *all);

#endif
