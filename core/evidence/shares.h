/* SPDX-License-Identifier: MIT */
/* Whose interface it is. */
#ifndef NV_SHARES_H
#define NV_SHARES_H

#include "netvitals.h"

/*
 * For each indicator that breaches the interfaces with the largest shares of it since `before`, two
 * at most. Pure. Returns how many were written.
 */
unsigned nv_interface_shares(const bool wanted[NV_I_END], const struct nv_interface *before,
	unsigned before_count, const struct nv_snapshot *now, struct nv_offender *out,
	unsigned room);

#endif
