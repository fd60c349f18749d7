/* SPDX-License-Identifier: MIT */
/*
 * A synthetic host: seed -> absolute counters every 10 s, for weeks, and incidents laid over them.
 *
 * What is healthy comes from one stream of random numbers and what an incident adds from another,
 * so that the same host can be run with and without its incidents (placebo). Nothing here is
 * fitted to real hosts: trust the order of rules more than their figures.
 */
#ifndef REPLAY_HOST_H
#define REPLAY_HOST_H

#include "catalog/snapshot.h"

#define STEP_S     10
#define HOUR_STEPS (3600 / STEP_S)
#define DAY_STEPS  (24 * HOUR_STEPS)
#define WEEK_STEPS (7 * DAY_STEPS)

enum host_kind { IDLE, INTRANET, INTERNET, ROUTER, PROXY, HOST_KINDS };

/* What a process of events is a share of; each is an amount of traffic of the step. */
enum base {
	PER_MINUTE,
	SEGS_OUT,
	SEGS_IN,
	DATA_OUT,
	OPENS_ACTIVE,
	OPENS,
	UDP_IN,
	PKT_IN,
	PKT_OUT,
	FRAGMENTS,
	REPAIRED, /* retransmissions of this step */
	BASES
};

struct process_kind {
	const char *name;
	uint16_t counter, indicator; /* indicator 0: no incident is made of it */
	enum base base;
	float low, high;               /* usual value of ordinary hosts, drawn log-uniform */
	float low_public, high_public; /* of hosts that face the internet */
	uint8_t burst;                 /* largest mean size of a burst */
	bool scanned;                  /* scans raise it */
};

extern const struct process_kind process_kinds[];
extern const unsigned process_count;

#define PROCESSES 48

/*
 * Two generators with the same processes. ONE: bursts of geometric size, swings that drift, days
 * like a cosine. OTHER: few big bursts among many small ones, levels that jump, surges of a minute
 * or two, office hours. Nothing of the judge was chosen by OTHER.
 */
enum law { ONE, OTHER };

struct process {
	double usual, sd, burst;
	double bursts;  /* 1 / burst */
	double per_log; /* 1 / log(1 - bursts); 0 for single events */
	double surge;   /* OTHER: factor of the surges, 1 none */
	int64_t surge_end, level_end;
	double wave, wave_now; /* slow natural swing, log */
	double due;            /* expected bursts until the next one */
	double episode;        /* factor of a healthy episode; 1 none */
	int64_t episode_end;
};

struct random {
	uint64_t state;
};

/* What a world does to a healthy host, drawn once for each host (worlds.c). */
enum world { USUAL, HEAVY, BURSTS, ON_OFF, STEPS, JOBS, RECONNECTS, GAPS, WORLDS };

#define TROUBLES 4 /* episodes at a time */
#define JOB_MAX  3

struct trouble {
	unsigned process;
	int64_t from, until;
	double per_step; /* events; of BURSTS: share of the traffic */
};

struct world_state {
	enum world kind;
	double every_steps; /* mean distance of what happens */
	double least, most; /* sizes, as the world takes them */
	double traffic;     /* factor on the traffic of this step */
	double level;       /* STEPS: factor until the next change */
	bool on;            /* ON_OFF: at work */
	int64_t change;     /* ON_OFF, STEPS: when it ends */
	struct trouble trouble[TROUBLES];
	struct job {
		int64_t starts, ends, every;
		double factor;
	} job[JOB_MAX];
	int64_t gap_until;
	bool gap_zero; /* a gap shows 0, not the last value */
	uint64_t true_value[NV_C_END], shown[NV_C_END];
};

struct incident {
	unsigned process;
	int64_t start, end; /* steps */
	double target;      /* value of the indicator that it brings (events a minute for counts) */
	double doubling_steps; /* grows to target at `end` if > 0 */
	double expected;       /* events a minute at its start, filled by the generator */
};

struct host {
	enum host_kind kind;
	enum law law;
	double peak, depth, weekend,
		phase;     /* traffic: segments a second at the peak, and its shape, */
	double shape;      /* and what that makes of this step */
	double dispersion; /* factor on burst sizes */
	int backup_hour, backup_minutes;
	double backup_factor, backup_now;
	int weekly_hour; /* hour of the week of a bigger backup; -1 none */
	int64_t step;
	int64_t scan_end;
	double scan_rate;
	double udp_share, fragment_share, open_share;
	struct random healthy, injected;
	struct process process[PROCESSES];
	uint64_t base[BASES];       /* traffic of this step */
	struct incident *incidents; /* by start */
	unsigned incident_count, incident_from;
	struct nv_interface interface;
	struct nv_snapshot snapshot;
	struct world_state world;
};

struct host_options {
	double dispersion; /* 1: as described */
	double peak;       /* 0: drawn */
	int kind;          /* -1: drawn */
	enum law law;
	enum world world;
};

void host_init(struct host *, uint64_t seed, const struct host_options *);
/* Advance one step; h->snapshot is the new state. */
void host_step(struct host *);
/* The same of a host without incidents and of one that is it with them: what is healthy is drawn
 * once. */
void host_step_both(struct host *healthy, struct host *struck);
double host_usual(const struct host *, unsigned process);
unsigned process_of(uint16_t indicator);

/* Events of a process; some counters are part of others. */
void count_events(struct host *, unsigned process, uint64_t k, uint64_t base[BASES]);

/* worlds.c */
extern const char *const world_names[WORLDS];
void world_init(struct host *);
/* Before the traffic of a step is known, and after it: what the world adds to it. */
void world_before(struct host *);
void world_after(struct host *);
/* What the recorder shows of a step. */
void world_hide(struct host *);

double uniform(struct random *);
double log_uniform(struct random *, double low, double high);
double exponential(struct random *);

#endif
