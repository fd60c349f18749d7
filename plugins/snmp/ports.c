/* SPDX-License-Identifier: MIT */
/*
 * Interfaces in trouble, held and told. See ports.h for the reasons.
 */
#include "ports.h"

#include <stdio.h>
#include <string.h>

static enum nv_status trouble(const struct nv_if_state *interface)
{
	return nv_is_raised(interface->status) && !interface->gone ? interface->status : NV_OK;
}

static bool is_of(const struct nv_port *port, const struct nv_if_state *interface)
{
	return port->index == interface->index && strcmp(port->name, interface->name) == 0;
}

static const struct nv_if_state *find(const struct nv_report *report, const struct nv_port *port)
{
	for (unsigned i = 0; i < report->interface_count; i++)
		if (is_of(port, &report->interfaces[i]))
			return &report->interfaces[i];
	return NULL;
}

static void see(struct nv_port *port, enum nv_status status, int64_t now_s, double hold_s)
{
	if (nv_is_raised(status) != nv_is_raised(port->seen))
		port->turned_s = now_s;
	if (status != port->seen)
		port->seen_s = now_s;
	port->seen = status;
	if (port->seen_s > now_s || port->turned_s > now_s)
		port->seen_s = port->turned_s = now_s; /* the clock was set back */
	bool turned = nv_is_raised(port->seen) != nv_is_raised(port->held)
		&& (double)(now_s - port->turned_s) >= hold_s;
	if (port->gone || turned || (double)(now_s - port->seen_s) >= hold_s)
		port->held = port->seen;
}

static bool watched(const struct nv_ports *ports, const struct nv_if_state *interface)
{
	for (unsigned i = 0; i < NV_PORTS; i++)
		if (is_of(&ports->place[i], interface))
			return true;
	return false;
}

static void begin(struct nv_ports *ports, const struct nv_if_state *interface, int64_t now_s)
{
	for (unsigned i = 0; i < NV_PORTS; i++) {
		struct nv_port *port = &ports->place[i];
		if (port->index != 0)
			continue;
		*port = (struct nv_port){.index = interface->index, .held = NV_OK, .seen = interface->status,
			.seen_s = now_s, .turned_s = now_s};
		snprintf(port->name, sizeof(port->name), "%s", interface->name);
		return;
	}
}

void nv_ports_watch(struct nv_ports *ports, const struct nv_report *report, double hold_s)
{
	if (report->stale)
		return;
	for (unsigned i = 0; i < NV_PORTS; i++) {
		struct nv_port *port = &ports->place[i];
		if (port->index == 0)
			continue;
		const struct nv_if_state *interface = find(report, port);
		port->gone = !interface || interface->gone || !interface->feeds;
		see(port, port->gone ? NV_OK : trouble(interface), report->time_s, hold_s);
	}
	for (unsigned i = 0; i < report->interface_count; i++) {
		const struct nv_if_state *interface = &report->interfaces[i];
		if (interface->feeds && trouble(interface) != NV_OK && !watched(ports, interface))
			begin(ports, interface, report->time_s);
	}
}

/* The verdict that its status comes from, or came from when it was last raised; NULL: it is gone. */
static const struct nv_verdict *verdict_of(struct nv_port *port, const struct nv_if_state *interface)
{
	if (!interface)
		return NULL;
	for (unsigned k = 0; k < NV_IF_INDICATORS; k++)
		if (nv_is_raised(interface->status) && interface->verdicts[k].status == interface->status) {
			port->indicator = nv_if_indicators[k];
			return &interface->verdicts[k];
		}
	for (unsigned k = 0; k < NV_IF_INDICATORS; k++)
		if (nv_if_indicators[k] == port->indicator)
			return &interface->verdicts[k];
	return NULL;
}

static void tell(struct nv_queue *queue, const struct nv_report *report, struct nv_port *port,
	unsigned place, enum nv_status before)
{
	struct nv_notice notice = {.kind = NV_NOTICE_INTERFACE, .port = place};
	struct nv_event *event = &notice.event;
	const struct nv_verdict *verdict = verdict_of(port, find(report, port));

	event->number = report->last_event;
	event->kind = NV_EVENT_INDICATOR;
	event->time_s = report->time_s;
	event->before = before;
	event->now = port->held;
	event->indicator = port->indicator;
	event->class = nv_indicators[port->indicator].class;
	event->side = verdict ? verdict->side : NV_SIDE_UNKNOWN;
	event->reason = verdict ? verdict->reason : NV_REASON_NONE;
	nv_queue_fill(event, verdict);
	snprintf(event->text, sizeof(event->text), "interface %.40s %s (was %s): %.170s", port->name,
		nv_status_name(event->now), nv_status_name(before), verdict && !port->gone ? verdict->text : "it is gone");
	nv_queue_put(queue, &notice);
}

void nv_ports_tell(struct nv_ports *ports, struct nv_queue *queue, const struct nv_report *report, bool all)
{
	for (unsigned i = 0; i < NV_PORTS && queue->count <= NV_QUEUE_ROOM / 2; i++) {
		struct nv_port *port = &ports->place[i];
		unsigned key = NV_KEY_PORTS + i;
		bool waiting;

		if (port->index == 0)
			continue;
		enum nv_status told = nv_queue_told(queue, key, &waiting);
		enum nv_status before = told == 0 ? NV_OK : told;
		if (before != port->held || (all && port->held != NV_OK && !waiting))
			tell(queue, report, port, i, before);
		else if (!waiting && port->held == NV_OK && port->seen == NV_OK) {
			nv_queue_forget(queue, key);
			port->index = 0;
		}
	}
}
