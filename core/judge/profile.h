/* SPDX-License-Identifier: MIT */
/* What a profile changes, everywhere in the judge; and the limits that a configuration puts in
 * force. */
#ifndef NV_PROFILE_H
#define NV_PROFILE_H

#include "judge/stages.h"

/* Measured together on synthetic weeks: docs/replay.md. */
struct nv_tuning {
	double limits;  /* factor on the catalog's thresholds, but for what counts at once */
	float z;        /* how far below the value the bounds lie */
	float increase; /* so many times the recent value are an increase */
	uint8_t scan; /* evaluations that unsolicited traffic must stay: a scan passes in minutes */
	uint8_t level;     /* and levels */
	float mean_spread; /* how many deviations above the mean are usual */
	float peak_spread; /* how many spreads above the usual peak are usual */
	float factor;      /* log of the least factor above it */
	float own_floor, count_floor, peer_floor; /* of the threshold: nothing below is unusual */
	float habit;         /* times its mean, that a habit of peers (baseline_only) must reach */
	float quick_floor;   /* of the threshold: only from there on short windows are believed */
	float first_days[3]; /* times the mean, by origin: before the spread is known */
	bool high;           /* the 0.9 quantile of all peaks is usual at any hour */
};

extern const struct nv_tuning nv_tunings[NV_PROFILE_LENIENT + 1];

/* Of the catalog, scaled by the profile, but for what the user wrote. */
struct nv_limit nv_configured_limit(const struct nv_config *, unsigned indicator);

#endif
