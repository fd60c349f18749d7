/* SPDX-License-Identifier: MIT */
/*
 * Interfaces in trouble, and counters that start over: reports -> events that the core does not
 * make.
 *
 *     report.interfaces -> held for a window -> nv_event -> nv_engine_add_event
 *
 * The core judges an interface by one window, without memory; an event for each bad second that
 * comes into the window and leaves it would be noise. So a status counts once it has held for the
 * length of the window, up as well as down. Interfaces come and go: each that is in trouble takes a
 * place, and gives it back when all is well.
 *
 * Pure: time is the report's own. Belongs to the thread that samples.
 */
#ifndef NV_WATCH_H
#define NV_WATCH_H

#include "netvitals.h"

#define NV_WATCHED 64 /* interfaces in trouble at a time; what finds no place is not reported */

struct nv_watched {
	unsigned index;          /* ifIndex; 0: the place is free */
	char name[NV_NAME_SIZE]; /* "": not known yet, it is of before a restart */
	enum nv_status held;     /* what stands: ok, warning, critical */
	enum nv_status seen;     /* what the newest report says ... */
	int64_t seen_s;          /* ... since then */
	int64_t turned_s;        /* when it was last seen to turn from good to bad or back */
	uint16_t indicator;      /* the last that was raised */
	bool gone;
};

/* All zero at the start. */
struct nv_watch {
	struct nv_watched place[NV_WATCHED];
	uint32_t discontinuities; /* of the report before */
	double uptime_s;
	bool reset_reported;
	int64_t reset_s; /* when a reset was reported last; a clock that keeps jumping is reported
			    once a minute */
};

/* How to go on where an earlier process ended: events of the past, oldest first. */
void nv_watch_resume(struct nv_watch *, const struct nv_event *, unsigned count);

/* Another engine counts from now on: what its first report has counted so far is not new. */
void nv_watch_begin(struct nv_watch *, const struct nv_report *);

/*
 * A new report. emit is called for each event; number, time and notify are the engine's business.
 * Interfaces that are not counted in class status are not watched.
 */
void nv_watch(struct nv_watch *, const struct nv_report *, double hold_s,
	void (*emit)(void *context, const struct nv_event *), void *context);

#endif
