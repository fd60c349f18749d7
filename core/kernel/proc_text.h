/* SPDX-License-Identifier: MIT */
/* Text of /proc/net -> snapshot. */
#ifndef NV_PROC_TEXT_H
#define NV_PROC_TEXT_H

#include "catalog/snapshot.h"
#include "text/text.h"

/* ---- proc_plan.c: text of the kernel, its layout known -> snapshot
 * ---------------------------------- */

#define NV_PLAN_COLUMNS 512

/*
 * What was learned of a file's layout: how many bytes stand before each number, which counter it
 * is, and a sum over all those bytes, names and blanks. Every text is verified by the sum: the
 * names themselves would be seven kilobytes to fetch from memory for each sample.
 */
struct nv_plan {
	uint32_t columns; /* 0: nothing learned */
	struct nv_plan_names {
		uint64_t plain, weighted;
	} names;
	struct nv_plan_column {
		uint16_t gap;     /* bytes behind the number before */
		uint16_t counter; /* enum nv_counter_id; NV_C_NONE: nobody asks for it */
	} column[NV_PLAN_COLUMNS];
};

void nv_plan_forget(struct nv_plan *);
/* One number more: what stands before it, and what it is. False: no room, the text cannot be
 * learned. */
bool nv_plan_column(struct nv_plan *, struct nv_text gap, enum nv_counter_id);
/* False: the text has another layout, or none was learned; nothing is set then. */
bool nv_plan_read(const struct nv_plan *, struct nv_text, struct nv_snapshot *);

/* ---- proc_text.c: text of the kernel, its layout unknown -> snapshot, and the layout
 * ----------------- */

/*
 * Each reads one whole file and sets values that it knows; unknown names are passed over. Returns
 * the number of lines that could not be read (err names the first), 0 if all was well: then the
 * plan is learned.
 */
int nv_read_pairs(
	struct nv_plan *, enum nv_file, struct nv_text, struct nv_snapshot *, struct nv_error *);
int nv_read_names(
	struct nv_plan *, enum nv_file, struct nv_text, struct nv_snapshot *, struct nv_error *);
int nv_read_sockstat(
	struct nv_plan *, enum nv_file, struct nv_text, struct nv_snapshot *, struct nv_error *);
int nv_read_softnet(struct nv_text, struct nv_snapshot *, struct nv_error *);
int nv_read_dev(struct nv_text, struct nv_snapshot *, struct nv_error *);

#endif
