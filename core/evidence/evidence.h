/* SPDX-License-Identifier: MIT */
/* Who and where: evidence while a class is not ok. */
#ifndef NV_EVIDENCE_H
#define NV_EVIDENCE_H

#include "netvitals.h"

/* ---- evidence.c: evidence when a class leaves ok
 * ---------------------------------------------------- */

struct nv_evidence;

/* What evidence is taken from; any may be NULL. */
struct nv_sources {
	struct nv_links *links;
	struct nv_slow *slow;
	struct nv_sockets *sockets;
};

/*
 * Only for the running kernel: a recording keeps no evidence. NULL and err. patient: to collect may
 * take a second, since a person waits for it; otherwise what takes time is there the next time.
 */
struct nv_evidence *nv_evidence_new(bool patient, struct nv_error *);
void nv_evidence_free(struct nv_evidence *);
/*
 * Evidence for the indicators that breach (wanted[enum nv_indicator_id]), most telling first; at
 * most room. To be called in every cycle in which something breaches: it limits itself to one
 * collection in 10 s (the second one 2 s after the first, because two say what happens now) and
 * gives the last evidence in between.
 */
unsigned nv_evidence_collect(struct nv_evidence *, const struct nv_sources *,
	const bool wanted[NV_I_END], double mono_s, struct nv_offender *out, unsigned room);
/* Begin with what takes time for indicators that may be raised soon. Returns at once. */
void nv_evidence_prepare(struct nv_evidence *, const bool suspected[NV_I_END], double mono_s);

#endif
