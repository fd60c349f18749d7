/* SPDX-License-Identifier: MIT */
/* What the experiments measure; workers fill one each in shared memory, the parent adds them up. */
#ifndef REPLAY_H
#define REPLAY_H

#include "field.h"

enum incident_kind {
	TWICE,
	FIRST_DAY,
	FIVE_TIMES,
	SMALL_COUNT,
	UNUSUAL_HOUR,
	TWO_AT_ONCE,
	GROWTH,
	SHIFT,
	INCIDENT_KINDS
};

/*
 * Seeds of the tables begin here. Constants were chosen with seeds between 7000 and 70000, from
 * 310000 on and between 600000 and 790000; 110000, 210000, 410000, 510000, 810000 and 950000 and on
 * were looked at once.
 */
#define SEED UINT64_C(910000)

#define DELAYS 64 /* of a step each; the last one collects the rest */

struct found {
	unsigned cases, ours, ours_placebo;
	unsigned field[FIELD_RULES][SCALES], field_placebo[FIELD_RULES][SCALES];
	unsigned delays[DELAYS];
};

struct rate {
	double months;
	unsigned raises, classes, criticals;
};

enum group { ALL_HOSTS, INTERNET_HOSTS, OVERDISPERSED, OTHER_HOSTS, GROUPS };

struct result {
	struct rate week1[GROUPS], later[GROUPS];
	unsigned per_indicator[2][NV_I_END];
	unsigned hosts, hosts_without;
	struct found found[INCIDENT_KINDS];
	struct found twice_many;    /* TWICE where 100 events a minute or more are expected */
	struct found twice_strange; /* of these where a healthy swing comes there less than once a
				       week */
	struct found other[2];      /* the other generator: all but FIVE_TIMES, FIVE_TIMES */
	unsigned shift_once;        /* SHIFT with at most one raise and one clear */
	double field_months;
	unsigned field_raises[FIELD_RULES][SCALES];
	uint64_t steps;
};

/* ours.c */
struct watch {
	struct nv_engine *engine;
	uint32_t after;
	bool raised[NV_I_END];
	int64_t raised_step[NV_I_END];
	unsigned raises[NV_I_END], clears[NV_I_END];
	unsigned indicators, classes, criticals; /* sums of raises */
};

void watch_init(struct watch *, enum nv_profile);
void watch_step(struct watch *, const struct host *);
void watch_fini(struct watch *);

/* experiments.c */
void experiment_false(
	struct result *, unsigned worker, unsigned workers, unsigned scale, enum nv_profile);
/* brief: short incidents alone, for the trade-off of the profiles. */
void experiment_incidents(struct result *, unsigned worker, unsigned workers, unsigned scale,
	bool brief, enum nv_profile);

/* Hosts and incidents of one world, from `seed` on. */
void experiment_world(struct result *, enum world, uint64_t seed, unsigned worker, unsigned workers,
	const unsigned scale[2], enum nv_profile);

/* series.c */
int write_series(uint64_t seed, int days, const char *indicator);

/* table.c */
void print_table(const struct result *, enum nv_profile, double cpu_s);
/* A row for each world that was run, then the mean and the worst. */
void print_worlds(const struct result results[WORLDS]);
/* One row of the trade-off. */
void print_row(const struct result *, enum nv_profile);
/* Exact counts, to be compared with those of another day. */
void print_check(const struct result *, enum nv_profile);

#endif
