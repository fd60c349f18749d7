/* SPDX-License-Identifier: MIT */
/* The rules that the field uses, each with its threshold scaled in steps, on the same series. */
#ifndef REPLAY_FIELD_H
#define REPLAY_FIELD_H

#include "host.h"
#include "stages.h"

enum field_rule { PLAIN, ABSOLUTE, SIGMA, FIELD_RULES };
#define SCALES 16 /* thresholds times 2^0 .. 2^15 */

struct field {
	uint64_t ring[NV_FAST + 1][NV_C_END]; /* of the counters in use */
	uint16_t used[NV_C_END], used_count;  /* that this host has */
	uint64_t blocks;                      /* of vector[], that they are in */
	unsigned head, filled;
	struct nv_delta sums;
	double vector[NV_C_END];
	double mean[NV_I_END], square[NV_I_END];
	int64_t last[FIELD_RULES][NV_I_END][SCALES]; /* last step at which it was raised */
	uint8_t raised[FIELD_RULES][NV_I_END];       /* so many scales from the lowest on are */
	uint32_t raises[FIELD_RULES][SCALES];
};

extern const char *const field_names[FIELD_RULES];

void field_init(struct field *);
void field_step(struct field *, const struct host *, int64_t step);

#endif
