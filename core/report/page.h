/* SPDX-License-Identifier: MIT */
/* The page that a person reads, shared by its parts: report_text.c, report_table.c. */
#ifndef NV_PAGE_H
#define NV_PAGE_H

#include "nv_present.h"

struct nv_page {
	struct nv_out *out;
	const struct nv_report *report;
	const struct nv_report *total; /* NULL: none */
	const struct nv_style *style;
};

/* The status in its column; bad ones in capitals. Escape codes take no columns. */
void nv_put_status(const struct nv_page *, enum nv_status, int width);
/* One line, cut at the last column; it begins at `column`. */
void nv_put_cut(const struct nv_page *, unsigned column, const char *text);
/* A line of figures for every indicator and interface; what reading costs, and how old it is. */
void nv_put_everything(const struct nv_page *);
void nv_put_sources(const struct nv_page *);

#endif
