/* SPDX-License-Identifier: MIT */
/*
 * What the manager is to know of interfaces: events of watch.h -> queue.
 *
 *     nv_event of an interface -> nv_ports_note -> nv_ports_report -> queue
 *
 * The newest event of each interface in trouble is kept until the manager knows that all is well,
 * so that what the ring gave up, or what a master forgot, can be reported again.
 *
 * Pure; belongs to the thread that speaks SNMP.
 */
#ifndef NV_PORTS_H
#define NV_PORTS_H

#include "queue.h"

struct nv_port {
	unsigned index; /* ifIndex; 0: the place is free */
	char name[NV_NAME_SIZE];
	struct nv_event event; /* how it stands */
};

struct nv_ports {
	struct nv_port place[NV_PORTS];
};

/*
 * An event of an interface, and its name if it is known; what finds no place is not reported.
 * wanted: to be reported; otherwise only what the manager knows of already follows it.
 */
void nv_ports_note(struct nv_ports *, const struct nv_event *, const char *name, bool wanted);

/*
 * Put in what the manager does not know yet; all: also what is raised and has nothing waiting, for
 * a manager or master that may have forgotten. Nothing while the ring is more than half full.
 */
void nv_ports_report(struct nv_ports *, struct nv_queue *, bool all);

#endif
