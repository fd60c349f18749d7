/* SPDX-License-Identifier: MIT */
/* One live host, or a recorded tree: all sources together, and the clocks. */
#ifndef NV_LIVE_H
#define NV_LIVE_H

#include "netvitals.h"

struct nv_live;

struct nv_live *nv_live_new(const struct nv_config *, struct nv_error *);
void nv_live_free(struct nv_live *);
/* 1: snapshot filled; 0: a recording has nothing new; -1: nothing could be read, err says where. */
int nv_live_read(struct nv_live *, struct nv_snapshot *, struct nv_error *);
void nv_live_identity(const struct nv_live *, char host[NV_NAME_SIZE], char kernel[NV_NAME_SIZE]);
/* Network namespaces that have processes, this one among them; 0 unknown, as of a recording. Takes
 * milliseconds. */
unsigned nv_live_namespaces(const struct nv_live *);
/*
 * Who and where, for the indicators that breach: wanted[enum nv_indicator_id]. To be called in each
 * cycle in which something breaches; limits its own rate and time. Returns how many were written.
 */
unsigned nv_live_evidence(struct nv_live *, const bool wanted[NV_I_END], double mono_s,
	struct nv_offender *out, unsigned room);
/* These may breach soon: what takes time to find out is begun. Returns at once. */
void nv_live_prepare_evidence(struct nv_live *, const bool suspected[NV_I_END], double mono_s);
/* Processor time of the last read, microseconds. */
double nv_live_cost_us(const struct nv_live *);
/* Age and cost of what is not read with every sample, at the last read. */
void nv_live_sources(const struct nv_live *, struct nv_source_state out[NV_SOURCES]);
/* Seconds since the last read, by the same clock that stamps the snapshots. */
double nv_live_age_s(const struct nv_live *, const struct nv_snapshot *last);
/* What this host seems to be, from forwarding and the kinds of its interfaces. Pure. */
enum nv_role nv_guess_role(const struct nv_snapshot *);

#endif
