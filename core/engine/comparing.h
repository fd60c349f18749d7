/* SPDX-License-Identifier: MIT */
/* Steps of nv_compare, private to compare*.c. */
#ifndef NV_COMPARING_H
#define NV_COMPARING_H

#include "captures/compare.h"
#include "judge/stages.h"

/* What an interface did; false if it cannot be known. */
bool nv_capture_interface_counts(const struct nv_comparison *, const struct nv_interface *now,
	uint64_t count[NV_IF_VALUES], uint16_t *present);

/* compare_judge.c, in this order */
void nv_capture_judge(struct nv_comparison *, const struct nv_config *, unsigned indicator);
void nv_capture_roll_up(struct nv_comparison *);
void nv_capture_judge_interface(struct nv_comparison *, const struct nv_config *, unsigned at);
/* compare_totals.c: a count since an unknown time, by the traffic that it belongs to; all classes
 */
void nv_capture_relate(
	struct nv_comparison *, unsigned indicator, const struct nv_reading *, struct nv_verdict *);
enum nv_status nv_capture_overall(const struct nv_comparison *);
void nv_capture_find(struct nv_comparison *);            /* compare_findings.c */
void nv_capture_look_at_sockets(struct nv_comparison *); /* compare_sockets.c */

#endif
