/* SPDX-License-Identifier: MIT */
/*
 * The pipeline on one screen, top to bottom. A stage knows the structure before it and the one
 * after it; no stage calls another; engine.c alone calls them. Time is always an argument.
 *
 *   text, netlink -> nv_snapshot -> nv_delta -> nv_sums -> vector -> nv_reading -> nv_verdict
 *                                                                        -> nv_report, nv_event
 */
#ifndef NV_STAGES_H
#define NV_STAGES_H

#include "netvitals.h"

/* ---- delta.c: two snapshots -> what happened between
 * --------------------------------------------- */

/* From one value of a counter to a later one. */
enum nv_way {
	NV_WAY_BACKWARDS,
	NV_WAY_FORWARD,
	NV_WAY_WRAPPED, /* forward over 2^32 */
};

enum nv_way nv_distance(uint64_t before, uint64_t after, unsigned width_bits, uint64_t *count);

enum nv_gap {
	NV_GAP_NONE,
	NV_GAP_STILL,   /* no time has passed */
	NV_GAP_LONG,    /* too long ago to say anything about now */
	NV_GAP_SUSPEND, /* the machine slept in between */
	NV_GAP_RESET,   /* counters went back */
	NV_GAP_TORN,    /* counters came or went: formulas would miss a term */
};

struct nv_if_delta {
	unsigned at; /* position in the snapshot after */
	bool valid;  /* was there before, and ran forward */
	uint64_t count[NV_IF_VALUES];
};

/* Slots in the fast window; one more is being filled. */
#define NV_FAST  6
#define NV_SLOTS (NV_FAST + 1)

/*
 * longest_s: a longer distance is NV_GAP_LONG. Interfaces are summed over those that feed. out:
 * cleared once, or from an earlier call.
 */
enum nv_gap nv_delta(const struct nv_snapshot *before, const struct nv_snapshot *after,
	double longest_s, struct nv_delta *out);

/* The same for one interface; false if it cannot be compared. */
bool nv_delta_interface(const struct nv_interface *before, const struct nv_interface *after,
	unsigned width_bits, uint64_t count[NV_IF_VALUES]);

/* Everything since boot as one delta: the snapshot against zero. */
void nv_delta_total(const struct nv_snapshot *, struct nv_delta *out);

/* Add a delta to a sum of deltas: counters add, gauges keep the larger. */
void nv_delta_add(struct nv_delta *sum, const struct nv_delta *more);
void nv_delta_clear(struct nv_delta *);

/*
 * A ring of NV_SLOTS slots and their sum. The slot `at` is full, and in the sum; the next one, the
 * oldest once there are NV_FAST, leaves the sum and is emptied to be filled.
 */
void nv_delta_slide(
	struct nv_delta *sum, struct nv_delta slots[NV_SLOTS], unsigned *count, unsigned at);

/* ---- derive.c: window sums -> vector of doubles, derived counters included
 * ----------------------- */

/* out[id] is NAN where the counter is absent. Pure. */
void nv_derive(const struct nv_delta *sums, double out[NV_C_END]);

/* ---- reading.c: vector -> one value an indicator
 * --------------------------------------------------- */

struct nv_reading {
	double value; /* NAN: absent, or nothing to relate to */
	double num, den;
	double seconds;
	double share; /* the counter of .share_of in the window; NAN if none */
	double few;   /* the counter of .few; NAN if none */
	double proof; /* the counter of .proof; NAN if none */
	double with;  /* the counter of .only_with; NAN if none */
	double sign;  /* the counter of .sign, less what is usual; NAN if none */
	bool present; /* the main term is counted here */
};

/* Could anyone have sent what is counted, since this host's own traffic shows no sign of it? */
bool nv_is_unsolicited(const struct nv_indicator *, const struct nv_reading *);
void nv_read(
	enum nv_indicator_id, const double vector[NV_C_END], double seconds, struct nv_reading *);

/* Exact one-sided lower bound (Clopper and Pearson) of a fraction, confidence 0.975. n >= k >= 0.
 */
double nv_lower_bound(double k, double n);

/* ---- judge.c: the daemon's verdict, with memory
 * ---------------------------------------------------- */

#define NV_SLOW 30
#define NV_RUN  48

/*
 * What the judge remembers of one indicator. All zero at the start. A slot is one push of the
 * engine (a sixth of the fast window); the judged statistic S and its sustained minimum R are what
 * a baseline learns.
 */
struct nv_memory {
	/* touched by every evaluation: one cache line */
	uint8_t head, s_head;       /* where the next slot and the next statistic go */
	uint8_t c_fast, c_slow;     /* slots with k > 0 among the last NV_FAST and NV_SLOW */
	uint8_t status;             /* enum nv_status that stands: 0 and NV_OK are ok */
	bool by_baseline;           /* what raised it */
	uint16_t run;               /* evaluations in a row with S > 0 */
	uint16_t above, above_crit; /* evaluations in a row with S at or above the limit */
	uint16_t below, below_crit; /* evaluations in a row below what lowers */
	uint16_t hold;              /* evaluations below that it takes to lower; 0: not set yet */
	float statistic;            /* S of the last evaluation */
	float sustained;            /* R of the last evaluation: the least S of the last N */
	float jump; /* how many times what was before and what is usual that is; 0 unknown */
	float raised_at, crit_at; /* limits that raised */
	uint8_t silent;           /* slots of the ring that carried no verdict: at most that many */
	uint16_t lasting;         /* evaluations above limit.lasting, less four times those below */
	/* touched when there are events */
	float recent_k,
		recent_n; /* decaying sums of the slots that left the ring while nothing stood */
	double lowered_mono_s; /* when it was last lowered; 0 never */
	double k_sum;          /* events in the ring */
	double share_sum;      /* decaying sum of the share counter, about NV_SLOW slots */
	struct nv_slot {
		float k, n; /* numerator and denominator (or minutes) */
	} ring[NV_SLOW];
	float s[NV_RUN]; /* judged statistic of the last evaluations */
};

/* The limits in force for one evaluation. NAN or INFINITY: none. */
struct nv_limit {
	double warn, crit, min;
	double quick;   /* from this value on short windows are believed; 0: always */
	double mean;    /* usual value over all hours; 0 not known */
	double caution; /* factor on the deviations of the bounds: less where events are rare; 0: 1
			 */
	double jump;    /* from this value on a jump alone raises; 0: never */
	double jump_times;  /* so many times what was before are a jump; 0 until there are days */
	double lasting;     /* what is above it for hours raises; 0: nothing */
	double threshold;   /* what was configured as warn, where the baseline speaks */
	bool from_baseline; /* warn is what the baseline calls unusual */
	bool first_hour;    /* no hour is learned yet: nothing is known to be usual */
	bool learning; /* the baseline is not ready; unsolicited packets are noted until it is */
	enum nv_profile profile; /* how much a burst counts, how long it must last */
};

/*
 * One slot more. slot: reading of the slot alone; window: reading of the fast window. slot_s:
 * seconds of a slot. Gives status, reason, value and limits; text and since are the caller's.
 * slot->num NAN: no opinion, what stood stays.
 */
void nv_judge(enum nv_indicator_id, struct nv_memory *, const struct nv_reading *slot,
	const struct nv_reading *window, const struct nv_limit *, double slot_s, double mono_s,
	struct nv_verdict *out);

/*
 * The short way for the quiet: true if the slot brought nothing, the window is empty and nothing
 * stands; the slot is then taken and there is no need for nv_judge.
 */
bool nv_judge_idle(enum nv_indicator_id, struct nv_memory *, const struct nv_reading *slot);

/* Forget the slots (after a reset), keep the status. */
void nv_judge_forget(struct nv_memory *);

/* A lasting change was taken over as usual: what stood on it ends. True if anything did. */
bool nv_judge_accept(struct nv_memory *, double mono_s);

/* ---- baseline.c: what is usual at this hour, and the limit that follows from it
 * --------------------- */

#define NV_CELLS 48  /* hours of the day, those of weekdays first, then those of weekends */
#define NV_WEEK  168 /* hours of the week */

/* What is known of one indicator, about 1.2 kB. All zero at the start. Logs are natural. */
struct nv_baseline {
	/* of the hour that is running: one cache line */
	float limit;               /* what is unusual now; 0 not computed yet */
	float lasting;             /* what is unusual if it lasts; 0 nothing */
	float jump, jump_times;    /* what is unusual if it comes at once, 0 nothing; so many times
				      what was before */
	float of_warn;             /* the threshold that limit was computed with */
	uint16_t slots, bad_slots; /* seen in this hour, with a status that stood */
	int16_t hour;              /* of the week; only meaningful with slots > 0 */
	float peak, jump_peak;     /* largest R, and largest jump */
	float raised_at;           /* limit that was broken in this hour; 0 none */
	float hour_k, hour_n;      /* events and traffic */
	uint32_t hours;            /* learned hours */
	uint16_t minutes;          /* fed into bursts; saturates */
	uint8_t phase;             /* slots since the sums were last fed */
	float all_k, all_n, all_peak; /* as below, over all hours */
	float bursts;                 /* mean of slots with events in the fast window */
	float spread;                 /* D: how far peaks lie from what was expected, log */
	float high, rare;             /* 0.9 and 0.98 quantile of hourly peaks, log */
	float rare_jump;              /* 0.99 quantile of the hourly largest jumps, log */
	float anchor;                 /* log of a usual value that follows only slowly */
	float bad_hours, bad_k, bad_n, bad_peak;  /* of a change that may last */
	float cell_k[NV_CELLS], cell_n[NV_CELLS]; /* decaying sums of events and of traffic */
	float cell_peak[NV_CELLS];                /* log of the hour's largest R, averaged */
	uint8_t cell_days[NV_CELLS];              /* times learned; saturates */
	uint8_t week_last[NV_WEEK], week_before[NV_WEEK]; /* coded log of peaks; 0 unknown */
};

enum nv_learned {
	NV_LEARNED_NOTHING,
	NV_LEARNED_HOUR,     /* an hour was closed and taken over */
	NV_LEARNED_ACCEPTED, /* a change that lasted is usual from now on */
};

/* How to learn. */
struct nv_learning {
	enum nv_profile profile;
	int hour_of_week; /* local: 24 * weekday (Sunday 0) + hour; -1 unknown: nothing is learned
			   */
	double slot_s;
	double accept_days;
	double warn; /* configured */
};

/* Once after each nv_judge: what that slot adds to the baseline. window: of the fast window. */
enum nv_learned nv_baseline_learn(enum nv_indicator_id, struct nv_baseline *,
	const struct nv_memory *, const struct nv_reading *window, const struct nv_learning *);

/* From what is configured to what is in force now. `out` may be `configured`. */
void nv_baseline_limit(enum nv_indicator_id, const struct nv_baseline *,
	const struct nv_limit *configured, struct nv_limit *out);

/* Value that is usual at this hour, and how far it strays (factor, at least 1). NAN: unknown. */
double nv_baseline_usual(enum nv_indicator_id, const struct nv_baseline *, int hour_of_week);
double nv_baseline_spread(const struct nv_baseline *);
/* Is it waited for, that is: is nothing said of this indicator before? */
bool nv_baseline_learns(enum nv_indicator_id, const struct nv_baseline *);
/* Long enough learned that the limit is the baseline's? */
bool nv_baseline_ready(enum nv_indicator_id, const struct nv_baseline *);

/* ---- judge_once.c: the verdict on one window, no memory
 * ------------------------------------------------ */

/* total: since boot; never above warning, unsolicited packets and peers only noted. */
void nv_judge_once(enum nv_indicator_id, const struct nv_reading *, const struct nv_limit *,
	bool total, struct nv_verdict *out);

/* ---- roll.c: verdicts -> classes, echoes
 * -------------------------------------------------------------- */

/* Marks consequences, then computes the classes' status, worst indicator, side and counts. */
void nv_roll_up(struct nv_report *);
/* Of each class whether any of its essential indicators is counted at all. Before nv_roll_up. */
void nv_find_uncounted(struct nv_report *, const bool counted[NV_I_END]);
/* Does this host send to a closed port of its own? Then one datagram is counted four times. */
bool nv_is_own_port(const double vector[NV_C_END]);
/*
 * The same for the verdicts on that vector, before nv_roll_up. raise: a person is looking, and its
 * own datagrams fail: a warning.
 */
void nv_find_own_port(
	const double vector[NV_C_END], double seconds, bool raise, struct nv_report *);
/* Evidence that points at a side says more than counters: the first of each indicator decides. */
void nv_follow_evidence(struct nv_report *);

#endif
