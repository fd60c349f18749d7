/* SPDX-License-Identifier: MIT */
/*
 * What a front end sees: configuration, engine, report, events. The core never prints, logs,
 * sleeps or exits; it allocates only in the *_new functions (and when interfaces appear).
 *
 *     config -> engine -> poll, poll, poll ... -> report (all of now) and events (what changed)
 *
 * Units: fractions for ratios (0.01 is 1 percent), events per minute for counts, the level itself
 * for levels; seconds; NAN is "no opinion". All strings end with 0 and are UTF-8.
 * One engine belongs to one thread at a time; any number of engines may live in one process.
 */
#ifndef NV_NETVITALS_H
#define NV_NETVITALS_H

#include "catalog/catalog.h"
#include "catalog/snapshot.h"
#include "catalog/status.h"
#include "nv_config.h"

#define NV_VERSION "0.1.0"

/* ---- report ---------------------------------------------------------------------------------- */

struct nv_verdict {
	enum nv_status status;
	enum nv_reason reason;
	enum nv_side side;
	bool unsolicited;   /* anyone may have sent what is counted: this host's own traffic is well
			     */
	double value;       /* fraction, per minute or level; NAN: no opinion or no traffic */
	double numerator;   /* events in the window, clamped at 0; NAN: absent */
	double denominator; /* NAN: absent or none */
	double seconds;     /* of the window that numerator and denominator come from */
	double total_value; /* since boot (live) or in the whole capture */
	double sum_numerator, sum_denominator; /* since the engine started; never decrease */
	double warn, crit;                     /* the limits in force; NAN where there is none */
	double usual, spread;                  /* of this hour; NAN while unknown */
	double max10m;           /* largest value of the last 10 minutes; NAN if none */
	uint16_t consequence_of; /* enum nv_indicator_id */
	uint16_t mute;   /* its place in the report's mutes, from 1; 0: none, or by configuration */
	int64_t since_s; /* epoch seconds of the last change of status; 0 never */
	uint32_t breaches;       /* times raised since the engine started */
	uint32_t learned_hours;  /* behind usual and spread; 0: nothing is learned of it */
	char text[NV_TEXT_SIZE]; /* one sentence with value, both numbers, window, limit */
	const char *label;       /* as the system prints it, for captures; NULL otherwise */
};

/* Muted or acknowledged: it is reported, and affects no status. */
static inline bool nv_is_silenced(const struct nv_verdict *v)
{
	return v->reason == NV_REASON_MUTED || v->reason == NV_REASON_ACKNOWLEDGED;
}

struct nv_class_state {
	enum nv_status status;
	enum nv_reason reason;
	enum nv_side side;
	uint16_t worst; /* enum nv_indicator_id; 0: none worth naming */
	unsigned warnings, criticals;
	bool hardly_counted;     /* by this system: then unknown, never ok */
	enum nv_status worst10m; /* worst status of the last 10 minutes */
	int64_t since_s;
	uint32_t changes;
	char text[NV_TEXT_SIZE];
};

struct nv_if_state {
	char name[NV_NAME_SIZE];
	unsigned index;
	bool feeds;
	bool gone;       /* vanished; kept for a few samples */
	double in_drops; /* ifInDrops in relation to packets received, in the window: shown, never
			    judged */
	enum nv_status status;
	struct nv_verdict verdicts[NV_IF_INDICATORS]; /* in the order of nv_if_indicators */
	uint64_t value[NV_IF_VALUES];
	char text[NV_TEXT_SIZE];
};

struct nv_offender {
	enum nv_class_id klass;
	enum nv_side side; /* what it says of who is at fault; unknown: nothing */
	uint16_t indicator;
	char local[NV_NAME_SIZE], remote[NV_NAME_SIZE];
	char gateway[NV_NAME_SIZE],
		interface[NV_NAME_SIZE]; /* the way to remote, or the interface at fault */
	int pid;                         /* 0 unknown */
	char process[32], unit[NV_NAME_SIZE];
	uint64_t bytes; /* in its queues; 0 if that is not what is reported */
	uint64_t count; /* of sockets, or of what was dropped or waits */
	char text[NV_TEXT_SIZE];
};

struct nv_source_state {
	double age_s; /* of what it said last, when the newest sample was taken; NAN: nothing yet */
	double cost_us; /* processor time of that, microseconds; NAN unknown */
};

struct nv_namespace;

struct nv_report {
	char host[NV_NAME_SIZE];
	char kernel[NV_NAME_SIZE]; /* "Linux 6.1.0"; "" for captures */
	const char *kind;          /* "live" or "capture" */
	const char *platform;      /* "linux", "freebsd" ... "unknown" */
	int64_t time_s;
	double uptime_s;
	double seconds; /* what the report covers; NAN unknown */
	bool total;     /* since boot */
	enum nv_role role;
	unsigned
		namespaces; /* one-shot: network namespaces here, of which this is one; 0 unknown */
	enum nv_status status; /* the worst class */
	unsigned samples;      /* samples taken since the engine started */
	unsigned failures;     /* samples that failed */
	double sample_age_s;   /* age of the newest sample */
	double cost_us;        /* processor time of the newest sample, microseconds */
	struct nv_source_state sources[NV_SOURCES];
	char missing[160];        /* why there is no sample now, in words; "" if there is one */
	bool stale;               /* the source fails: nothing here is an opinion of now */
	uint32_t discontinuities; /* resets, gaps, suspends seen */
	int64_t discontinuity_s;  /* epoch seconds of the last one; 0 none */
	uint32_t last_event;      /* number of the newest event; 0 none */
	bool own_port;            /* this host sends UDP to a port of its own that is closed */
	unsigned listeners_gone;  /* ports that had a listener within the last hour */
	struct nv_class_state classes[NV_CLASS_END]; /* by class number */
	struct nv_verdict verdicts[NV_I_END];        /* by indicator number */
	const struct nv_if_state *interfaces;        /* owned by the engine */
	unsigned interface_count;
	const struct nv_offender *offenders; /* owned by the engine */
	unsigned offender_count;
	const struct nv_mute *mutes;  /* owned by the engine; verdict.mute counts in it */
	char consulted[NV_NAME_SIZE]; /* the front end that was asked what is usual; "" none */
	const struct nv_event
		*past; /* what that front end has reported, oldest first; owned by the engine */
	unsigned past_count;
	const struct nv_namespace *others; /* other namespaces, worst first, where they were looked
					      at; the caller's; NULL: they were not */
	unsigned other_count;
	char note[NV_TEXT_SIZE]; /* what this report cannot see; "" if nothing */
};

/* ---- events ---------------------------------------------------------------------------------- */

struct nv_event {
	uint32_t number; /* from 1, without gaps, kept over restarts by the state file */
	enum nv_event_kind kind;
	int64_t time_s;
	enum nv_class_id klass;
	uint16_t indicator; /* the one that changed, or the worst of the class; 0 none */
	enum nv_status before, now;
	enum nv_side side;
	enum nv_reason reason;
	double value, numerator, denominator, seconds, warn, crit, usual;
	bool notify; /* a front end is to say it: notifications are on, scope, severity and time
			fit */
	char text[NV_TEXT_SIZE]; /* the same bytes in every front end */
	uint32_t interface;      /* ifIndex of an NV_EVENT_INTERFACE; otherwise 0 */
};

/*
 * The evidence that speaks for an event that was just reported: of its indicator, or else of its
 * class. NULL: none, or nothing is wrong any more. The event's text ends with its words, as far as
 * they fit.
 */
const struct nv_offender *nv_event_offender(const struct nv_report *, const struct nv_event *);
/* The first interface that is counted in class status and whose own share of the event's indicator
 * is raised; NULL: none. */
const struct nv_if_state *nv_event_interface(const struct nv_report *, const struct nv_event *);

enum nv_due {
	NV_DUE_NOT,   /* not severe enough, nor was what was reported before */
	NV_DUE_LATER, /* too soon: how it stands then, if that is not what was reported */
	NV_DUE_NOW,
};

/*
 * Whether a change is to be notified: less severe than `least` is not, and hold_s seconds at least
 * lie between two of the same thing. reported: what was reported last of it, 0: nothing that is
 * known; since_s: how long ago, NAN: never.
 */
enum nv_due nv_due(enum nv_status least, double hold_s, enum nv_status reported, double since_s,
	enum nv_status before, enum nv_status now);

/* ---- engine ---------------------------------------------------------------------------------- */

struct nv_engine;

/* NULL and err on failure. The configuration is copied. */
struct nv_engine *nv_engine_new(const struct nv_config *, struct nv_error *err);
void nv_engine_free(struct nv_engine *); /* takes NULL */

/*
 * Another configuration for a running engine: limits, profile, role and notifications take effect
 * with the next sample, and nothing is forgotten. False, and nothing done, if what is read, how
 * often, or where memory lies differs: that takes a new engine.
 */
bool nv_engine_adjust(struct nv_engine *, const struct nv_config *);

/*
 * Read the source once and judge. 1: a new sample; 0: nothing new (a recording at its end, a clock
 * that stands); -1: the source failed, err says where. The report is up to date after each.
 * err->text is "" unless something could not be read: also beside 1, when only a part failed.
 */
int nv_engine_poll(struct nv_engine *, struct nv_error *err);

/*
 * Judge a snapshot that the caller made. Same results as poll, without a source. An hour of the
 * week that is not given (-1) follows from its time.
 */
int nv_engine_feed(struct nv_engine *, const struct nv_snapshot *);

/*
 * There is nothing to feed in this interval, and why: counts like a poll that fails. time_s: now,
 * seconds since the epoch.
 */
void nv_engine_miss(struct nv_engine *, int64_t time_s, const char *why);

/* Valid until the next call on this engine. Sentences are made here, when someone reads them. */
const struct nv_report *nv_engine_report(struct nv_engine *);
/* The same without its sentences, which cost more than all the rest: their text is an earlier
 * one's. */
const struct nv_report *nv_engine_numbers(struct nv_engine *);
const struct nv_snapshot *nv_engine_snapshot(const struct nv_engine *);
/* Events per second of each counter in the window that is judged; NAN for gauges and what is not
 * known. */
void nv_engine_rates(const struct nv_engine *, double per_second[NV_C_END]);

/* What is usual is learned anew, of one indicator or (0) of all; on disk as soon as it can be
 * written. */
void nv_engine_forget_baseline(struct nv_engine *, unsigned indicator);

/* The newest snapshot judged as totals since boot: never above warning. */
void nv_engine_total(struct nv_engine *, struct nv_report *out);

/* Copy events with a number above `after`, oldest first; at most room. Returns how many. */
unsigned nv_engine_events(
	const struct nv_engine *, uint32_t after, struct nv_event *out, unsigned room);

/*
 * What a front end alone has seen, among the events: it gets the next number, which is reported
 * behind its text. The front end finds it by nv_engine_events, like the others.
 */
void nv_engine_add_event(struct nv_engine *, const struct nv_event *);
/* Numbers of a verdict into an event; NULL: there are none. */
void nv_event_fill(struct nv_event *, const struct nv_verdict *);

/* Epoch seconds by the clock of the source (the recording's own for a Root tree); 0 unknown. */
int64_t nv_engine_time(const struct nv_engine *);

/* A message for the log that was not given before: trouble with the memory on disk. */
bool nv_engine_notice(struct nv_engine *, char *text, size_t size);

#endif
