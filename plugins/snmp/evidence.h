/* SPDX-License-Identifier: MIT */
/*
 * Who and where, as the notifications and the table of events say it.
 */
#ifndef NV_EVIDENCE_H
#define NV_EVIDENCE_H

#include "netvitals.h"

/* "" and 0: not known. */
struct nv_trap_evidence {
	char gateway[NV_NAME_SIZE], prefix[NV_NAME_SIZE], interface[NV_NAME_SIZE];
	char process[NV_NAME_SIZE];
	unsigned port;
	char text[NV_TEXT_SIZE];
};

/* What the report knows about the event's indicator. An event that clears has none. */
void nv_trap_evidence_find(
	const struct nv_report *, const struct nv_event *, struct nv_trap_evidence *);

#endif
