/* SPDX-License-Identifier: MIT */
/*
 * Notifications that wait for the master: bounded, paced, never forgotten.
 *
 *     events -> nv_queue_push -> [in flight | waiting] -> nv_queue_next -> master -> nv_queue_acked
 *
 * A burst of a few hundred unread notifications makes a subagent and its master block each other
 * for ever, and what is sent while the master is away vanishes without an error. Hence a ring of
 * 256, at most 16 sends a turn, at most 64 unacknowledged, 10 a second after a burst of 50; what is
 * in flight when the master goes away waits again. What does not fit is counted, and what the
 * manager believes about each key is remembered: once there is room again, nv_queue_restate
 * says how things stand, so every raise meets its clear.
 *
 * Pure: time is an argument; one thread.
 */
#ifndef NV_QUEUE_H
#define NV_QUEUE_H

#include "netvitals.h"

#define NV_QUEUE_ROOM       256
#define NV_QUEUE_TURN       16
#define NV_QUEUE_WINDOW     64
#define NV_QUEUE_PER_SECOND 10
#define NV_QUEUE_BURST      50

#define NV_PORTS                                                                                   \
	128 /* interfaces that the manager is notified of: twice those that can be in trouble at a \
	       time */

/* What the manager believes is kept by key: classes first, then indicators, then interfaces. */
#define NV_KEY_PORTS ((unsigned)NV_CLASS_END + (unsigned)NV_I_END)
#define NV_KEYS      (NV_KEY_PORTS + NV_PORTS)

enum nv_notice_kind {
	NV_NOTICE_EVENT,     /* a class, an indicator, a reset */
	NV_NOTICE_INTERFACE, /* an interface, see ports.h */
	NV_NOTICE_OVERFLOW,  /* says how many notifications were lost */
};

struct nv_notice {
	enum nv_notice_kind kind;
	unsigned port;         /* NV_NOTICE_INTERFACE: its place among the ports */
	uint32_t lost;         /* NV_NOTICE_OVERFLOW */
	uint32_t number;       /* from 1, of those that were to be sent, without gaps */
	struct nv_event event; /* text and time of all kinds */
};

struct nv_queue {
	struct nv_notice ring[NV_QUEUE_ROOM];
	unsigned first;  /* oldest that is not acknowledged */
	unsigned flying; /* sent, not acknowledged: the oldest ones */
	unsigned count;  /* flying and waiting */
	double tokens, tokens_at_s;
	uint32_t lost;             /* notifications given up, ever */
	uint32_t last_number;      /* of the newest notification */
	uint32_t lost_reported;    /* of these, those that an overflow notice has reported */
	enum nv_status least;      /* less severe is not reported: unknown, warning, critical */
	double hold_s;             /* least time between two notifications of one key */
	double now_s;              /* as last given to nv_queue_at() */
	double since_s;            /* the first now_s */
	double put_s[NV_KEYS];     /* when something about the key was put in last; 0 never */
	bool held;                 /* something was held back since this was last cleared */
	uint8_t believed[NV_KEYS]; /* what the manager took last about the key: enum nv_status; 0
				      nothing */
};

/* *queue is all zero: a ring that is never used takes no memory. */
void nv_queue_init(struct nv_queue *);

/* NV_KEYS for what has no state, or another key. */
unsigned nv_queue_key(const struct nv_event *);

/*
 * What the manager is going to believe about a key once the ring is empty; 0: it was never reported
 * anything. waiting: something about it is in the ring.
 */
enum nv_status nv_queue_reported(struct nv_queue *, unsigned key, bool *waiting);
/* That key is another thing from now on. */
void nv_queue_forget(struct nv_queue *, unsigned key);

/* What is wanted, and the time: seconds of any clock, more than 0. */
void nv_queue_at(struct nv_queue *, double now_s, enum nv_status least, double hold_s);
/*
 * Whether that is to be reported now: it is severe enough, or the manager believes something that
 * was, and nothing was reported of the key lately. What is held back, a later nv_queue_restate
 * says.
 */
bool nv_queue_wants(struct nv_queue *, unsigned key, enum nv_status before, enum nv_status now);

/* Add one, if it is wanted: sent to the manager in turn. The oldest that is not in flight gives way
 * when the ring is full. */
void nv_queue_push(struct nv_queue *, const struct nv_event *);
/* The stack's counters started over: takes the place of one that still waits. */
void nv_queue_push_reset(struct nv_queue *, const struct nv_event *);
/* The same for any kind, wanted or not. */
void nv_queue_put(struct nv_queue *, const struct nv_notice *);

/*
 * The next to send now, NULL if none may be sent. wait_s: when a token comes, or NAN if only an
 * acknowledgement or a push can help. The notice stays valid until the next push.
 */
const struct nv_notice *nv_queue_next(struct nv_queue *, double now_s, double *wait_s);

/* That notice was handed to the session. */
void nv_queue_sent(struct nv_queue *);

/* The master took the n oldest. */
void nv_queue_acked(struct nv_queue *, unsigned n);

/* The master went away: what was in flight waits again. */
void nv_queue_rewind(struct nv_queue *);

/* The i-th of those in flight, oldest 0. */
const struct nv_notice *nv_queue_flying(const struct nv_queue *, unsigned i);

/*
 * Put in what the manager has missed: keys whose status is not what was reported last. classes:
 * also every class that is not ok and has nothing waiting, for a manager or master that may have
 * forgotten. False: the ring is more than half full, try again later.
 */
bool nv_queue_restate(struct nv_queue *, const struct nv_report *, bool classes);

/*
 * Put in again what is not ok, has nothing waiting, and was put in last repeat_s ago: classes,
 * indicators, as wanted. A manager that missed it, or was away, then knows it.
 */
void nv_queue_repeat(struct nv_queue *, const struct nv_report *, double repeat_s, bool classes,
	bool indicators);

/* The sampler hangs: no class is known any more. What was known is restated once it is back. */
void nv_queue_report_hung(struct nv_queue *, const struct nv_report *);

/* An overflow notice, if notifications were lost and not yet reported, and the ring is empty. */
void nv_queue_report_lost(struct nv_queue *, const struct nv_report *);

#endif
