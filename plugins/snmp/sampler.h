/* SPDX-License-Identifier: MIT */
/*
 * The engine of this process and how its samples become views.
 */
#ifndef NV_SAMPLER_H
#define NV_SAMPLER_H

#include "exchange.h"
#include "watch.h"

struct nv_sampler {
	struct nv_engine *engine;
	struct nv_config configured; /* by the file */
	struct nv_config config;     /* with what was set by SNMP over it */
	struct nv_exchange *exchange;
	struct nv_watch watch;
	uint16_t forgotten[NV_I_END];    /* of the settings' forget: those that were done */
	uint32_t delay_us, delay_max_us; /* of samples, against their time */
	uint32_t delay_own_max_us; /* the same without what was spent waiting for a processor */
	int64_t waited_ns;         /* for a processor, ever, as of the last look */
	int schedstat_fd;          /* of the thread that samples; -1: not open */
	uint32_t last_number;      /* newest event of the engine that was posted */
	uint32_t number_offset;    /* added to the engine's numbers, so that ours only rise */
	uint32_t posted;           /* newest event posted, ours */
	unsigned to_inject;        /* test hook: events still to be made up */
	bool failing;              /* the source's failure was logged */
	bool partial;              /* so was that of a part of it */
	/* What earlier engines of this process had counted: totals never decrease. */
	double sum_numerator[NV_I_END], sum_denominator[NV_I_END];
	uint32_t breaches[NV_I_END], changes[NV_CLASS_END];
	unsigned samples, failures;
};

/* -1 and err: no engine can be made of the configuration. */
int nv_sampler_init(struct nv_sampler *, const struct nv_config *, const struct nv_settings *,
	struct nv_exchange *, struct nv_error *);
void nv_sampler_fini(struct nv_sampler *);

/* Go on with another configuration; the old one stays if no engine can be made of the new. */
int nv_sampler_reconfigure(struct nv_sampler *, const struct nv_config *,
	const struct nv_settings *, struct nv_error *);

/* Forget the baselines that are to be forgotten and were not yet. */
void nv_sampler_forget(struct nv_sampler *, const struct nv_settings *);

/* Post what is left of to_inject, as far as the inbox takes it. */
void nv_sampler_inject(struct nv_sampler *);

/* A sample begins that much later than it should: to be given before it and, should it be too long,
 * after it. */
void nv_sampler_late(struct nv_sampler *, int64_t late_ns);

/* One sample: poll, publish the view, post the events. 0, or -1 and err if the source fails. */
int nv_sampler_sample(struct nv_sampler *, struct nv_error *);

#endif
