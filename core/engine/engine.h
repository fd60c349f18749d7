/* SPDX-License-Identifier: MIT */
/*
 * The engine's own memory, shared by its files alone: engine.c (life, samples),
 * daemon.c and oneshot.c (the two ways to judge), interfaces.c, events.c,
 * memory.c and what it writes (state_records.c, state_file.c), views.c.
 * These are the only files that call the stages.
 */
#ifndef NV_ENGINE_H
#define NV_ENGINE_H

#include "judge/stages.h"
#include "nv_memory.h"

enum { NV_OFFENDERS = 20, NV_SHARES = 4, NV_EVENTS = 256, NV_MINUTES = 10, NV_FAILING_AFTER = 3 };

/* Largest value, or worst status, of each of the last minutes. */
struct nv_minutes {
	int64_t minute[NV_MINUTES];
	float value[NV_MINUTES];
};

/* What was notified last of a class or an indicator. */
struct nv_notified {
	enum nv_status reported; /* 0: nothing */
	int64_t at_s;            /* epoch seconds; 0: not since the start */
	bool held;               /* something has changed since that came too soon to be notified */
};

/* What the engine remembers of one indicator beside the judge. */
struct nv_history {
	double peak;             /* largest value while raised */
	enum nv_status reported; /* status that the last event reported */
	uint16_t missing;        /* samples in a row without data */
	bool ever;               /* was counted at least once */
	bool first_seen;         /* has left zero at least once, and that was reported */
	int64_t since_s, raised_s;
	uint32_t breaches;
	struct nv_notified last_notified;
	enum nv_status acked;      /* status that was acknowledged */
	int64_t ack_s, ack_over_s; /* which acknowledgement; which one has ended */
	struct nv_minutes max;
};

struct nv_class_history {
	struct nv_minutes worst;
	enum nv_status reported;
	int64_t since_s, raised_s;
	uint32_t changes;
	struct nv_notified last_notified;
	uint16_t worst_indicator; /* the worst while it was raised: what a clear is about */
	double peak;
};

/* The interfaces as they were some time ago. */
struct nv_if_past {
	struct nv_interface *at;
	unsigned count, room;
	double age_s;
	bool kept;
};

/* Of all slots since the engine started. */
struct nv_total {
	double num, den;
};

/* Judging with memory: slots of samples, a window of slots, what is usual. */
struct nv_daemon {
	bool learns[NV_I_END]; /* has a baseline */
	struct nv_memory memories[NV_I_END];
	struct nv_baseline baselines[NV_I_END];
	struct nv_total totals[NV_I_END];
	struct nv_delta slots[NV_SLOTS]; /* the last ones; at slot_head that which is filling */
	unsigned slot_head, slot_count;
	double slot_vector[NV_C_END]; /* the last full slot */
	double shown[NV_C_END];       /* the window, as the report shows it */
	double shown_s;
};

/* The worst slice so far of one indicator. */
struct nv_slice {
	enum nv_status status; /* 0: none yet */
	enum nv_reason reason;
	bool unsolicited;
	double value, numerator, denominator, seconds;
};

/* Judging while a person waits: slices of ten seconds, made of two halves. */
struct nv_oneshot {
	struct nv_delta half, filling; /* the full half before, and the one that is filling */
	bool have_half;
	struct nv_slice worst[NV_I_END];
};

/* What is made only when someone reads it: numbers of the quiet, limits in force; then sentences.
 */
enum nv_filled { NV_FILLED_NOTHING, NV_FILLED_NUMBERS, NV_FILLED_TEXTS };

struct nv_engine {
	struct nv_config config;
	struct nv_live *live;
	struct nv_snapshot shots[2];
	unsigned now; /* which of the two is the newest */
	bool have_before;
	double slot_s; /* a sixth of the window, or an interval where that is longer */
	struct nv_limit limits[NV_I_END]; /* as configured, before any baseline */
	enum nv_role role;                /* of this sample */

	/* How this engine judges: one of the two, the other is NULL. */
	struct nv_daemon *daemon;
	struct nv_oneshot *oneshot;

	struct nv_delta step;   /* the newest distance */
	struct nv_delta window; /* daemon: the slots; one-shot: everything since the first sample */

	struct nv_history indicators[NV_I_END];
	struct nv_class_history classes[NV_CLASS_END];
	struct nv_report report;
	enum nv_filled filled;
	struct nv_offender offenders[NV_OFFENDERS];
	unsigned failing; /* polls in a row that failed */

	struct nv_if_state *interfaces;
	unsigned interface_room;
	struct nv_if_past if_past[2]; /* the older one is what is compared with */

	struct nv_event events[NV_EVENTS];
	uint32_t last_event;

	char state_path[NV_PATH_SIZE + NV_NAME_SIZE]; /* "": no memory on disk */
	struct nv_state *state;                       /* scratch for saving */
	const struct nv_state
		*consulted; /* one-shot: what a front end knows; NULL: nobody was asked */
	int lock_fd;
	uint32_t saved_event; /* newest event that is on disk */
	uint64_t saved_mono_ns;
	bool state_failing, mutes_failing, notice_new;
	struct nv_mute mutes[NV_MUTES];
	unsigned mute_count;
	int64_t mutes_read_s;
	char notice[sizeof(((struct nv_error *)0)->text)];
};

/* engine.c */
bool nv_out_of_play(const struct nv_engine *, unsigned indicator);
void nv_read_all(const struct nv_delta *, double vector[NV_C_END], struct nv_reading out[NV_I_END]);
/* Everything since boot, as the catalog means it. */
void nv_total(const struct nv_snapshot *, struct nv_delta *out);
void nv_fill_verdict(const struct nv_reading *, const struct nv_limit *, struct nv_verdict *);
void nv_set_status(struct nv_verdict *, enum nv_status, enum nv_reason);
/* A habit of that system: shown and never a verdict. */
void nv_note_foreign(enum nv_platform, unsigned indicator, struct nv_verdict *);
void nv_note_normal_work(enum nv_role, unsigned indicator, struct nv_verdict *);
void nv_remember(struct nv_minutes *, int64_t time_s, double value);
double nv_recall(const struct nv_minutes *, int64_t time_s);

/* daemon.c, oneshot.c: one distance more */
void nv_daemon_step(struct nv_engine *);
void nv_daemon_forget(struct nv_engine *, bool evidence);
void nv_fill_details(struct nv_engine *, unsigned indicator);
/* Is there anything to say about it, or is it as quiet as most are most of the time? */
bool nv_is_active(const struct nv_engine *, unsigned indicator);
void nv_oneshot_step(struct nv_engine *);
void nv_oneshot_forget(struct nv_engine *);
void nv_show_whole(struct nv_engine *, const struct nv_delta *, bool total, struct nv_report *);

/* views.c: events above `after` out of a ring, oldest first */
unsigned nv_ring_events(const struct nv_event ring[NV_EVENTS], uint32_t last, uint32_t after,
	struct nv_event *out, unsigned room);

/* interfaces.c */
bool nv_grow_interfaces(struct nv_engine *, unsigned needed);
void nv_track_interfaces(struct nv_engine *, double seconds);
void nv_forget_interfaces(struct nv_engine *);
void nv_judge_interfaces(struct nv_engine *);
void nv_format_interfaces(struct nv_engine *);

/* memory.c: memory on disk */
void nv_open_state(struct nv_engine *);
void nv_save_state(struct nv_engine *);
void nv_close_state(struct nv_engine *);
/* What the consulted front end knows, into the report. */
void nv_fill_from_state(struct nv_engine *);
/* A message for the log. */
void nv_notice(struct nv_engine *, const struct nv_error *);

/* silence.c: what a person has silenced */
void nv_apply_mutes(struct nv_engine *);

/* events.c: what changed since the last sample */
void nv_emit_events(struct nv_engine *);

#endif
