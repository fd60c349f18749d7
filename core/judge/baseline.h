/* SPDX-License-Identifier: MIT */
/* What learning (baseline.c) and limits (limit.c) share. */
#ifndef NV_BASELINE_H
#define NV_BASELINE_H

#include "judge/stages.h"

#define READY_HOURS 72
#define WEEK_HOURS  168 /* of scans and habits: nothing is said of them before */

/* Least value that may be called unusual; the log of the least factor above what is usual. */
float nv_floor_of(enum nv_indicator_id, enum nv_profile, double warn);
float nv_least_factor(enum nv_profile);

/* Hour of the week -> cell: hour of the day, weekends apart. A weekend that is not learned yet: the
 * weekday's. */
unsigned nv_cell_of(int hour_of_week);
unsigned nv_known_cell(const struct nv_baseline *, unsigned cell);

/* Log of a peak, lowest: log of the least one -> code of a byte, 1 to 255. */
uint8_t nv_encode_peak(float x, float lowest);

/* Events over traffic, 0 without traffic: of all hours; of a cell, drawn towards that of all hours.
 */
float nv_mean_of(float k, float n);
float nv_all_mean(const struct nv_baseline *);
float nv_cell_mean(const struct nv_baseline *, unsigned cell);

/* Has it no threshold of its own, but its baseline's? */
bool nv_by_baseline_only(const struct nv_indicator *);

/* Sets limit, lasting, jump and of_warn for the hour that runs. */
void nv_compute_limit(enum nv_indicator_id, struct nv_baseline *, const struct nv_learning *);

#endif
