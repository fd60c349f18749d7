/* SPDX-License-Identifier: MIT */
/*
 * Interfaces as the manager is to know them. See ports.h for the reasons.
 */
#include "text/clean.h"
#include "netvitals.h"
#include "ports.h"

#include <stdio.h>

void nv_ports_note(
	struct nv_ports *ports, const struct nv_event *event, const char *name, bool wanted)
{
	struct nv_port *at = NULL, *unused = NULL;

	for (unsigned i = 0; i < NV_PORTS; i++) {
		struct nv_port *port = &ports->place[i];
		if (port->index == event->interface)
			at = port;
		else if (port->index == 0 && !unused)
			unused = port;
	}
	if (!at && wanted)
		at = unused;
	if (!at)
		return;
	if (at->index == 0)
		at->name[0] = 0;
	at->index = event->interface;
	at->event = *event;
	if (name)
		nv_copy_text(at->name, sizeof(at->name), nv_as_text(name));
}

static void put(
	struct nv_queue *queue, const struct nv_port *port, unsigned place, enum nv_status before)
{
	struct nv_notice notice = {
		.kind = NV_NOTICE_INTERFACE, .port = place, .event = port->event
	};

	notice.event.before = before;
	nv_queue_put(queue, &notice);
}

void nv_ports_report(struct nv_ports *ports, struct nv_queue *queue, bool all)
{
	for (unsigned i = 0; i < NV_PORTS && queue->count <= NV_QUEUE_ROOM / 2; i++) {
		struct nv_port *port = &ports->place[i];
		unsigned key = NV_KEY_PORTS + i;
		bool waiting;

		if (port->index == 0)
			continue;
		enum nv_status reported = nv_queue_reported(queue, key, &waiting);
		enum nv_status before = reported ? reported : port->event.before,
			       now = port->event.now;
		if (before != now || (all && now != NV_OK && !waiting)) {
			if (nv_queue_wants(queue, key, before, now))
				put(queue, port, i, before);
			else if (now == NV_OK && !queue->held)
				port->index = 0; /* it was never severe enough */
		} else if (!waiting && now == NV_OK) {
			nv_queue_forget(queue, key);
			port->index = 0;
		}
	}
}
