/* SPDX-License-Identifier: MIT */
/* Two captures side by side: engine/compare*.c judge, compare_text.c and missing.c write. */
#ifndef NV_CAPTURE_COMPARE_H
#define NV_CAPTURE_COMPARE_H

#include "captures/capture.h"
#include "catalog/snapshot.h"
#include "nv_present.h"

enum { NV_FINDINGS = 16, NV_CAPTURE_OFFENDERS = 24, NV_CAPTURE_LABEL = 72 };

/* What a capture shows beside its counters. */
struct nv_finding {
	unsigned klass, indicator; /* enum nv_class_id; what it belongs to */
	enum nv_status status;     /* OK: told, and raises nothing */
	enum nv_side side;
	char text[NV_TEXT_SIZE];
};

struct nv_comparison {
	const struct nv_captures *before_files, *after_files;
	const struct nv_capture *before, *after; /* before NULL: totals */
	const char *elapsed_from; /* "date lines", "file names", "--elapsed"; NULL unknown */
	struct nv_delta delta;
	unsigned compared, moved;  /* counters that both have, and of them those that grew */
	uint8_t crossed[NV_C_END]; /* wrapped between the two */
	double vector[NV_C_END], total[NV_C_END];
	struct nv_report report;
	struct nv_if_state *interfaces;
	struct nv_offender offenders[NV_CAPTURE_OFFENDERS];
	char labels[NV_I_END][NV_CAPTURE_LABEL];
	bool counted[NV_I_END];    /* there is something to judge it by */
	uint8_t wrapped[NV_I_END]; /* no share can be computed */
	bool same_instant;         /* nothing can have happened between the two */
	double related[NV_I_END];  /* of a count without a time: share of its traffic; 0 none */
	const char *related_to[NV_I_END];
	bool hard_unknown[NV_CLASS_END]; /* its counters are there and say nothing */
	struct nv_finding findings[NV_FINDINGS];
	unsigned finding_count;
	unsigned stuck_receive, stuck_send, loopback_stuck;
};

/* compare_text.c: words wrapped at the width, every line after the first indented. */
void nv_capture_put_wrapped(struct nv_out *, const struct nv_style *, unsigned column,
	unsigned indent, const char *text);
const char *nv_capture_base_name(const char *path);
/* missing.c: where to look next on that system, and what captures do not say. */
const char *nv_capture_next_command(enum nv_platform, unsigned klass);
void nv_capture_put_missing(struct nv_out *, const struct nv_comparison *, const struct nv_style *);

/* The counter that an indicator speaks for and that this capture has; NONE. */
enum nv_counter_id nv_capture_main(const struct nv_capture *, unsigned indicator);
/* Was that part of the statistics in the files at all? */
bool nv_capture_has_part(const struct nv_capture *, unsigned indicator);
/* Absent here although the system counts it. */
bool nv_capture_only_hidden(const struct nv_capture *, unsigned indicator);

#endif
