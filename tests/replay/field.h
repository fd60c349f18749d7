/* SPDX-License-Identifier: MIT */
/* The rules that the field uses, each with its threshold scaled in steps, on the same series. */
#ifndef REPLAY_FIELD_H
#define REPLAY_FIELD_H

#include "engine/engine.h"
#include "host.h"

enum field_rule { PLAIN, ABSOLUTE, SIGMA, FIELD_RULES };
#define SCALES     32 /* thresholds times 1, SCALE_STEP, its square .. 2^15.5 */
#define SCALE_STEP M_SQRT2

struct field {
	double mean[NV_I_END], square[NV_I_END];
	int64_t last[FIELD_RULES][NV_I_END][SCALES]; /* last step at which it was raised */
	uint8_t raised[FIELD_RULES][NV_I_END];       /* so many scales from the lowest on are */
	uint32_t raises[FIELD_RULES][SCALES];
};

extern const char *const field_names[FIELD_RULES];

void field_init(struct field *);
/* After the engine has taken that step. */
void field_step(struct field *, const struct nv_engine *, int64_t step);

#endif
