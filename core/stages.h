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

/* What runs for every sample, side by side in the program: after a pause each page of it has to be found anew. */
#define NV_EACH_SAMPLE __attribute__((hot))

/* ---- scan.c: words and numbers out of a text range --------------------------------------------- */

struct nv_text {
	const char *at, *end;
};

/* Take the next line without its end; CR before LF is dropped. False when the text is used up. */
bool nv_next_line(struct nv_text *text, struct nv_text *line);
/* Take the next run of non-blanks. False at the end of the line. */
bool nv_next_word(struct nv_text *line, struct nv_text *word);
/* The whole word as a number; false if it is none or exceeds 64 bits. "-1" is false. */
bool nv_number(struct nv_text word, uint64_t *value);
bool nv_hex_number(struct nv_text word, uint64_t *value);
bool nv_hex_pair(struct nv_text word, uint64_t *first, uint64_t *second); /* "0A:00000014" */
/* "0100007F:1F90": an address in 32-bit words of a little-endian host, 4 octets or 16, and a port. */
bool nv_hex_end(struct nv_text word, uint8_t address[16], bool *six, uint16_t *port);
bool nv_is(struct nv_text word, const char *name);

/* ---- maths.c: what the judge needs of the mathematical library, without its memory -------------------- */

double nv_ln(double x);       /* natural; NAN below 0, -INFINITY at 0 */
double nv_ln1p(double x);     /* log(1 + x), exact for small x; x > -1 */
double nv_exp(double x);       /* 0 below -708 */
double nv_ln_gamma(double x); /* x > 0 */
double nv_sqrt(double x);      /* 0 below 0 */

/* The same of the floats that a baseline keeps. */
static inline float nv_lnf(float x)
{
	return (float)nv_ln((double)x);
}

static inline float nv_expf(float x)
{
	return (float)nv_exp((double)x);
}

static inline float nv_largerf(float a, float b)
{
	return (float)nv_larger((double)a, (double)b);
}

static inline float nv_smallerf(float a, float b)
{
	return (float)nv_smaller((double)a, (double)b);
}

/* ---- proc_plan.c: text of the kernel, its layout known -> snapshot ---------------------------------- */

#define NV_PLAN_COLUMNS 512

/*
 * What was learned of a file's layout: how many bytes stand before each number, which counter it is, and
 * a sum over all those bytes, names and blanks. Every text is verified by the sum: the names themselves
 * would be seven kilobytes to fetch from memory for each sample.
 */
struct nv_plan {
	uint32_t columns; /* 0: nothing learned */
	struct nv_plan_names {
		uint64_t plain, weighted;
	} names;
	struct nv_plan_column {
		uint16_t gap;     /* bytes behind the number before */
		uint16_t counter; /* enum nv_counter_id; NV_C_NONE: nobody asks for it */
	} column[NV_PLAN_COLUMNS];
};

void nv_plan_forget(struct nv_plan *);
/* One number more: what stands before it, and what it is. False: no room, the text cannot be learned. */
bool nv_plan_column(struct nv_plan *, struct nv_text gap, enum nv_counter_id);
/* False: the text has another layout, or none was learned; nothing is set then. */
bool nv_plan_read(const struct nv_plan *, struct nv_text, struct nv_snapshot *);

/* ---- proc_text.c: text of the kernel, its layout unknown -> snapshot, and the layout ----------------- */

/*
 * Each reads one whole file and sets values that it knows; unknown names are passed over. Returns
 * the number of lines that could not be read (err names the first), 0 if all was well: then the plan
 * is learned.
 */
int nv_read_pairs(struct nv_plan *, enum nv_file, struct nv_text, struct nv_snapshot *, struct nv_error *);
int nv_read_names(struct nv_plan *, enum nv_file, struct nv_text, struct nv_snapshot *, struct nv_error *);
int nv_read_sockstat(struct nv_plan *, enum nv_file, struct nv_text, struct nv_snapshot *, struct nv_error *);
int nv_read_softnet(struct nv_text, struct nv_snapshot *, struct nv_error *);
int nv_read_dev(struct nv_text, struct nv_snapshot *, struct nv_error *);

/* A further interface of that name, all zero. NULL: no memory. */
struct nv_interface *nv_snapshot_interface(struct nv_snapshot *, struct nv_text name);
void nv_snapshot_clear(struct nv_snapshot *); /* forgets values, keeps memory */
void nv_snapshot_fini(struct nv_snapshot *);
int nv_snapshot_copy(struct nv_snapshot *to, const struct nv_snapshot *from); /* -1: no memory */

/* ---- live.c: the kernel, or a recorded tree, and the clocks -------------------------------------- */

struct nv_live;

struct nv_live *nv_live_new(const struct nv_config *, struct nv_error *);
void nv_live_free(struct nv_live *);
/* 1: snapshot filled; 0: a recording has nothing new; -1: nothing could be read, err says where. */
int nv_live_read(struct nv_live *, struct nv_snapshot *, struct nv_error *);
void nv_live_identity(const struct nv_live *, char host[NV_NAME_SIZE], char kernel[NV_NAME_SIZE]);
/* Network namespaces that have processes, this one among them; 0 unknown, as of a recording. Takes milliseconds. */
unsigned nv_live_namespaces(const struct nv_live *);
/*
 * Who and where, for the indicators that breach: wanted[enum nv_indicator_id]. To be called in each
 * cycle in which something breaches; limits its own rate and time. Returns how many were written.
 */
unsigned nv_live_evidence(struct nv_live *, const bool wanted[NV_I_END], double mono_s,
	struct nv_offender *out, unsigned room);
/* These may breach soon: what takes time to find out is begun. Returns at once. */
void nv_live_listen(struct nv_live *, const bool suspected[NV_I_END], double mono_s);
/* Processor time of the last read, microseconds. */
double nv_live_cost_us(const struct nv_live *);
/* Age and cost of what is not read with every sample, at the last read. */
void nv_live_sources(const struct nv_live *, struct nv_source_state out[NV_SOURCES]);
/* Seconds since the last read, by the same clock that stamps the snapshots. */
double nv_live_age_s(const struct nv_live *, const struct nv_snapshot *last);
/* What this host seems to be, from forwarding and the kinds of its interfaces. Pure. */
enum nv_role nv_guess_role(const struct nv_snapshot *);

/* ---- shares.c: whose interface it is ---------------------------------------------------------------- */

/*
 * For each indicator that breaches the interfaces with the largest shares of it since `before`, two at
 * most. Pure. Returns how many were written.
 */
unsigned nv_interface_shares(const bool wanted[NV_I_END], const struct nv_interface *before,
	unsigned before_count, const struct nv_snapshot *now, struct nv_offender *out, unsigned room);

/* ---- delta.c: two snapshots -> what happened between --------------------------------------------- */

enum nv_gap {
	NV_GAP_NONE,
	NV_GAP_STILL,   /* no time has passed */
	NV_GAP_LONG,    /* too long ago to say anything about now */
	NV_GAP_SUSPEND, /* the machine slept in between */
	NV_GAP_RESET,   /* counters went back */
	NV_GAP_TORN,    /* counters came or went: formulas would miss a term */
};

struct nv_if_delta {
	unsigned at;                   /* position in the snapshot after */
	bool valid;                    /* was there before, and ran forward */
	uint64_t count[NV_IF_VALUES];
};

/* Slots in the fast window; one more is being filled. */
#define NV_FAST  6
#define NV_SLOTS (NV_FAST + 1)

/* A bit a block: most counters do not move between two samples, and a block in which none moved costs nothing. */
#define NV_BLOCKS_ALL (~UINT64_C(0) >> (64 - NV_C_END / NV_BLOCK))

/*
 * Counters: events between the two. Gauges: the value after. valid[] 0: unknown, and then the count
 * is 0. Who sets counts by hand sets `moved` to NV_BLOCKS_ALL.
 */
struct nv_delta {
	uint64_t count[NV_C_END];
	uint8_t valid[NV_C_END];
	double seconds;
	uint64_t moved;   /* a bit a block: clear where all counts are 0 */
	uint64_t changed; /* blocks that nv_derive_changed() has not seen yet */
};

/*
 * longest_s: a longer distance is NV_GAP_LONG. Interfaces are summed over those that feed. out: cleared
 * once, or from an earlier call.
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
 * A ring of NV_SLOTS slots and their running sum. The slot `at` is full, and in the sum; the next one,
 * the oldest once there are NV_FAST, leaves the sum and is emptied to be filled.
 */
void nv_delta_slide(struct nv_delta *sum, struct nv_delta slots[NV_SLOTS], unsigned *count, unsigned at);

/* ---- derive.c: window sums -> vector of doubles, derived counters included ----------------------- */

/* out[id] is NAN where the counter is absent. Pure. */
void nv_derive(const struct nv_delta *sums, double out[NV_C_END]);
/* The same where only these blocks differ from what out[] was made of. */
void nv_derive_blocks(const struct nv_delta *sums, uint64_t blocks, double out[NV_C_END]);
/* The same where out[] was made of the same sums by the last call. */
void nv_derive_changed(struct nv_delta *sums, double out[NV_C_END]);

/* ---- reading.c: vector -> one value an indicator --------------------------------------------------- */

struct nv_reading {
	double value; /* NAN: absent, or nothing to relate to */
	double num, den;
	double seconds;
	double share; /* the counter of .share_of in the window; NAN if none */
	double few;   /* the counter of .few; NAN if none */
	double proof; /* the counter of .proof; NAN if none */
	double with;  /* the counter of .only_with; NAN if none */
	bool present; /* the main term is counted here */
};

void nv_read(enum nv_indicator_id, const double vector[NV_C_END], double seconds, struct nv_reading *);

/*
 * The same for many, in two steps: most are quiet, and of those nothing but the sums is asked. Their terms
 * stand one behind the other, without those that are absent: a third of the catalog, in a few cache lines.
 */
struct nv_formulas {
	unsigned count, terms;
	struct nv_formula {
		uint16_t first;              /* term of num; those of den follow */
		uint8_t indicator, num, den; /* enum nv_indicator_id; numbers of terms */
	} at[NV_I_END];
	int16_t term[2 * NV_TERMS_MAX * NV_I_END]; /* enum nv_counter_id; negative: taken away */
};

/* One indicator more. What is known in one of the two vectors may be known in those that are read later. */
void nv_formulas_add(struct nv_formulas *, enum nv_indicator_id, const double slot[NV_C_END],
	const double window[NV_C_END]);
/* num and den of the formula `at`, and seconds; then all the others. */
void nv_read_sums(const struct nv_formulas *, unsigned at, const double vector[NV_C_END], double seconds,
	struct nv_reading *);
void nv_read_rest(enum nv_indicator_id, const double vector[NV_C_END], struct nv_reading *);

/* Exact one-sided lower bound (Clopper and Pearson) of a fraction, confidence 0.975. n >= k >= 0. */
double nv_lower_bound(double k, double n);

/* ---- judge.c: the daemon's verdict, with memory ---------------------------------------------------- */

#define NV_SLOW 30
#define NV_RUN  48

/*
 * What the judge remembers of one indicator. All zero at the start. A slot is one push of the
 * engine (a sixth of the fast window); the judged statistic S and its sustained minimum R are what
 * a baseline learns.
 */
struct nv_memory {
	/* touched by every evaluation: one cache line */
	uint8_t head, s_head;         /* where the next slot and the next statistic go */
	uint8_t c_fast, c_slow;       /* slots with k > 0 among the last NV_FAST and NV_SLOW */
	uint8_t status;               /* enum nv_status that stands: 0 and NV_OK are ok */
	bool by_baseline;             /* what raised it */
	uint16_t run;                 /* evaluations in a row with S > 0 */
	uint16_t above, above_crit;   /* evaluations in a row with S at or above the limit */
	uint16_t below, below_crit;   /* evaluations in a row below what lowers */
	uint16_t hold;                /* evaluations below that it takes to lower; 0: not set yet */
	float statistic;              /* S of the last evaluation */
	float sustained;              /* R of the last evaluation: the least S of the last N */
	float jump;                   /* how many times what was before and what is usual that is; 0 unknown */
	float raised_at, crit_at;     /* limits that raised */
	uint8_t silent;               /* slots of the ring that carried no verdict: at most that many */
	uint16_t lasting;             /* evaluations above limit.lasting, less four times those below */
	/* touched when there are events */
	float recent_k, recent_n;     /* decaying sums of the slots that left the ring while nothing stood */
	double lowered_mono_s;        /* when it was last lowered; 0 never */
	double k_sum;                 /* events in the ring */
	double share_sum;             /* decaying sum of the share counter, about NV_SLOW slots */
	struct nv_slot {
		float k, n;           /* numerator and denominator (or minutes) */
	} ring[NV_SLOW];
	float s[NV_RUN];              /* judged statistic of the last evaluations */
};

/* The limits in force for one evaluation. NAN or INFINITY: none. */
struct nv_limit {
	double warn, crit, min;
	double quick;            /* from this value on short windows are believed; 0: always */
	double mean;             /* usual value over all hours; 0 not known */
	double caution;          /* factor on the deviations of the bounds: less where events are rare; 0: 1 */
	double jump;             /* from this value on a jump alone raises; 0: never */
	double jump_times;       /* so many times what was before are a jump; 0 until there are days */
	double lasting;          /* what is above it for hours raises; 0: nothing */
	double threshold;        /* what was configured as warn, where the baseline speaks */
	bool from_baseline;      /* warn is what the baseline calls unusual */
	bool first_hour;         /* no hour is learned yet: nothing is known to be usual */
	bool learning;           /* the baseline is not ready; strangers are noted until it is */
	enum nv_profile profile; /* how much a clump counts, how long it must last */
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

/* ---- baseline.c: what is usual at this hour, and the limit that follows from it --------------------- */

#define NV_CELLS 48  /* hours of the day, those of weekdays first, then those of weekends */
#define NV_WEEK  168 /* hours of the week */

/* What is known of one indicator, about 1.2 kB. All zero at the start. Logs are natural. */
struct nv_baseline {
	/* of the hour that is running: one cache line */
	float limit;                    /* what is unusual now; 0 not computed yet */
	float lasting;                  /* what is unusual if it lasts; 0 nothing */
	float jump, jump_times;         /* what is unusual if it comes at once, 0 nothing; so many times what was before */
	float of_warn;                  /* the threshold that limit was computed with */
	uint16_t slots, bad_slots;      /* seen in this hour, with a status that stood */
	int16_t hour;                   /* of the week; only meaningful with slots > 0 */
	float peak, jump_peak;          /* largest R, and largest jump */
	float raised_at;                /* limit that was broken in this hour; 0 none */
	float hour_k, hour_n;           /* events and traffic */
	uint32_t hours;                 /* learned hours */
	uint16_t minutes;               /* fed into clumps; saturates */
	uint8_t phase;                  /* slots since the sums were last fed */
	float all_k, all_n, all_peak;   /* as below, over all hours */
	float clumps;                   /* mean of slots with events in the fast window */
	float spread;                   /* D: how far peaks lie from what was expected, log */
	float high, rare;               /* 0.9 and 0.98 quantile of hourly peaks, log */
	float rare_jump;                /* 0.99 quantile of the hourly largest jumps, log */
	float anchor;                   /* log of a usual value that follows only slowly */
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
struct nv_lesson {
	enum nv_profile profile;
	int hour_of_week; /* local: 24 * weekday (Sunday 0) + hour; -1 unknown: nothing is learned */
	double slot_s;
	double accept_days;
	double warn; /* configured */
};

/* Once after each nv_judge: what that slot teaches. window: of the fast window. */
enum nv_learned nv_baseline_learn(enum nv_indicator_id, struct nv_baseline *, const struct nv_memory *,
	const struct nv_reading *window, const struct nv_lesson *);

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
/* Will the next nv_baseline_learn look at the window? */
bool nv_baseline_is_due(const struct nv_baseline *);

/* ---- state.c: memory on disk --------------------------------------------------------------------------- */

/*
 * The block that is written is needed for some milliseconds in minutes: its pages, all zero, are the
 * system's between. NULL: no memory.
 */
void *nv_state_block(size_t size);
void nv_state_block_clear(void *block, size_t size);
void nv_state_block_free(void *block, size_t size); /* takes NULL */
/* Replace the file as a whole; the one before stays as PATH.previous. -1: err says why. */
int nv_state_write(const char *path, uint32_t version, const void *data, size_t size, struct nv_error *);
/*
 * 1: read (PATH, or PATH.previous where PATH is missing); 2: PATH is of no use, err says why, and
 * the previous one was read; 0: there is none; -1: none of use, err says why. data is undefined
 * unless positive. is_sound: whether the content is what a release may have written, NULL: not asked.
 * set_aside: rename what is of no use to PATH.bad.
 */
int nv_state_read(const char *path, uint32_t version, void *data, size_t size,
	bool (*is_sound)(const void *data), bool set_aside, struct nv_error *);
/* A descriptor that holds the lock while it is open; -1: somebody else does; -2: no right or no room. */
int nv_state_lock(const char *path, struct nv_error *);

/* ---- oneshot.c: the verdict on one window, no memory ------------------------------------------------ */

/* total: since boot; never above warning, strangers and peers only noted. */
void nv_judge_once(enum nv_indicator_id, const struct nv_reading *, const struct nv_limit *, bool total,
	struct nv_verdict *out);

/* ---- roll.c: verdicts -> classes, echoes -------------------------------------------------------------- */

/* Marks consequences, then computes the classes' status, worst indicator, side and counts. */
void nv_roll_up(struct nv_report *);
/* Evidence that points at a side says more than counters: the first of each indicator decides. */
void nv_follow_evidence(struct nv_report *);

/* ---- words.c: sentences ---------------------------------------------------------------------------------- */

void nv_say_verdict(enum nv_indicator_id, struct nv_verdict *);
/* What the evidence adds to the sentence itself: the program that has gone away. */
void nv_say_gone(const struct nv_report *, enum nv_indicator_id, struct nv_verdict *);
/* Until when, by whom and why; text of NV_TEXT_SIZE. */
void nv_say_mute(const struct nv_report *, const struct nv_verdict *, char text[NV_TEXT_SIZE]);
void nv_say_class(const struct nv_report *, enum nv_class_id, char text[NV_TEXT_SIZE]);
/* shadow: it is kept and nobody is told. */
void nv_say_event(const struct nv_report *, double lasted_s, double peak, bool shadow, struct nv_event *);
/* "60 s", "6 min", "18 h", "212 d". */
void nv_say_duration(double seconds, char *buf, size_t size);

/* ---- report_text.c: one line of figures for every indicator and interface ------------------------ */

void nv_report_everything(struct nv_out *, const struct nv_report *, const struct nv_report *total,
	const struct nv_style *);

#endif
