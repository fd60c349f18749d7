/* SPDX-License-Identifier: MIT */
/* Whose interface it is; what is worth a line. */
#ifndef NV_SHARES_H
#define NV_SHARES_H

#include "netvitals.h"

/* Of all: less is not worth a line. test_evidence holds it: small_shares_are_not_named. */
#define NV_SHARE_MIN 0.2

/*
 * For each indicator that breaches the interfaces with the largest shares of it since `before`, two
 * at most. Pure. Returns how many were written.
 */
unsigned nv_interface_shares(const bool wanted[NV_I_END], const struct nv_interface *before,
	unsigned before_count, const struct nv_snapshot *now, struct nv_offender *out,
	unsigned room);

#endif
