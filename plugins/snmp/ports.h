/* SPDX-License-Identifier: MIT */
/*
 * Interfaces in trouble: views -> what is to be told of them, by way of the queue.
 *
 *     report.interfaces -> nv_ports_watch (held for a window) -> nv_ports_tell -> queue
 *
 * The core judges an interface by one window, without memory; a notification for each bad second
 * that comes into the window and leaves it would be noise. So a status counts once it has held for
 * the length of the window, up as well as down. Interfaces come and go: each that is in trouble
 * takes a place, and gives it back when the manager knows that all is well.
 *
 * Pure: time is the report's own; one thread.
 */
#ifndef NV_PORTS_H
#define NV_PORTS_H

#include "queue.h"

struct nv_port {
	unsigned index; /* ifIndex; 0: the place is free */
	char name[NV_NAME_SIZE];
	enum nv_status held; /* what stands: ok, warning, critical */
	enum nv_status seen; /* what the newest view says ... */
	int64_t seen_s;      /* ... since then */
	int64_t turned_s;    /* when it was last seen to turn from good to bad or back */
	uint16_t indicator;  /* the last that was raised */
	bool gone;
};

struct nv_ports {
	struct nv_port place[NV_PORTS];
};

/* A new view. Interfaces that feed no class are not watched; what finds no place is not told. */
void nv_ports_watch(struct nv_ports *, const struct nv_report *, double hold_s);

/*
 * Put in what the manager does not know yet; all: also what is raised and has nothing waiting, for a
 * manager or master that may have forgotten. Nothing while the ring is more than half full.
 */
void nv_ports_tell(struct nv_ports *, struct nv_queue *, const struct nv_report *, bool all);

#endif
