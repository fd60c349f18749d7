/* SPDX-License-Identifier: MIT */
/*
 * The one place where systems differ: counters of any system -> counters that mean the same
 * everywhere. What a verdict on them is worth there (noted on that system, hardly counted) stands
 * in the catalog.
 *
 *   what happened, as that system counts -> nv_normalize -> derive -> vector
 *
 * A daemon, a one-shot report and two captures side by side all go through it; Linux, whose names
 * the catalog has, passes nearly untouched.
 */
#ifndef NV_NORMALIZE_H
#define NV_NORMALIZE_H

#include "catalog/snapshot.h"

enum { NV_EQUATION_TERMS = 12 };

/* How a counter comes out of others: catalog/equations.def. */
struct nv_equation {
	uint16_t to;
	struct {
		uint16_t counter;
		int8_t sign;
		bool main;
	} term[NV_EQUATION_TERMS];
};

extern const struct nv_equation nv_equations[];
extern const size_t nv_equation_count;

/* In place: what happened between two instants, or since boot. Before nv_derive. */
void nv_normalize(enum nv_platform, struct nv_delta *);
/* The same of totals since boot, of which some have wrapped. */
void nv_normalize_total(const struct nv_snapshot *, struct nv_delta *);
/* The same of one interface: the vector has its counters, from ifInPkts on, and nothing else. */
void nv_normalize_interface(enum nv_platform, double vector[NV_C_END]);

/*
 * Fills what follows from other totals, marked as NV_FOLLOWS in present[]. from[id]: the counter
 * that it chiefly follows from, 0 for all others.
 */
void nv_equate_totals(struct nv_snapshot *, uint16_t from[NV_C_END]);
/* Totals of 32 bits that cannot be true, because a part of them is larger. 1 in wrapped[]. */
void nv_find_wrapped(const struct nv_snapshot *, uint8_t wrapped[NV_C_END]);
/* Is a share of totals meaningless, because one of its counters has wrapped or is narrower? */
bool nv_share_is_wrapped(
	const struct nv_snapshot *, const uint8_t wrapped[NV_C_END], unsigned indicator);

#endif
