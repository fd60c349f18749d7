/* SPDX-License-Identifier: MIT */
/* Private to the files of nv_compare: engine_capture.c judges, capture_text.c tells. */
#ifndef NV_CAPTURE_COMPARE_H
#define NV_CAPTURE_COMPARE_H

#include "capture.h"

enum { NV_CAPTURE_OFFENDERS = 24, NV_CAPTURE_LABEL = 72 };

struct nv_comparison {
	const struct nv_captures *before_files, *after_files;
	const struct nv_capture *before, *after; /* before NULL: totals */
	const char *elapsed_from; /* "date lines", "file names", "--elapsed"; NULL unknown */
	struct nv_delta delta;
	unsigned compared, moved; /* counters that both have, and of them those that grew */
	uint8_t crossed[NV_C_END]; /* wrapped between the two */
	double vector[NV_C_END], total[NV_C_END];
	struct nv_report report;
	struct nv_if_state *interfaces;
	struct nv_offender offenders[NV_CAPTURE_OFFENDERS];
	char labels[NV_I_END][NV_CAPTURE_LABEL];
	uint8_t wrapped[NV_I_END]; /* no share can be told */
	bool same_instant;	   /* nothing can have happened between the two */
	bool own_port;		   /* this host sends UDP to a port of its own that is closed */
	unsigned stuck_receive, stuck_send, loopback_stuck;
};

/* What an interface did; false if it cannot be told. */
bool nv_capture_interface_counts(const struct nv_comparison *, const struct nv_interface *now,
	uint64_t count[NV_IF_VALUES], uint16_t *present);

/* engine_capture_judge.c, in this order */
void nv_capture_judge(struct nv_comparison *, const struct nv_config *, unsigned indicator);
void nv_capture_find_own_port(struct nv_comparison *);
void nv_capture_roll_up(struct nv_comparison *);
void nv_capture_judge_interface(struct nv_comparison *, const struct nv_config *, unsigned at);
void nv_capture_look_at_sockets(struct nv_comparison *); /* engine_capture_sockets.c */

/* capture_text.c: words wrapped at the width, every line after the first indented. */
void nv_capture_put_wrapped(struct nv_out *, const struct nv_style *, unsigned column, unsigned indent, const char *text);
const char *nv_capture_base_name(const char *path);
/* capture_missing.c: where to look next on that system, and what captures do not tell. */
const char *nv_capture_next_command(enum nv_platform, unsigned class);
void nv_capture_put_missing(struct nv_out *, const struct nv_comparison *, const struct nv_style *);

/* The counter that an indicator speaks for and that this capture has; NONE. */
enum nv_counter_id nv_capture_main(const struct nv_capture *, unsigned indicator);
/* Was that part of the statistics in the files at all? */
bool nv_capture_has_part(const struct nv_capture *, unsigned indicator);
/* Absent here although the system counts it. */
bool nv_capture_only_hidden(const struct nv_capture *, unsigned indicator);

#endif
