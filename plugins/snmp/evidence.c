/* SPDX-License-Identifier: MIT */
/*
 * report.offenders and report.interfaces -> one set of evidence for an event. The core lists the
 * worst first, so the first that belongs to the event's indicator speaks, else the first of its class.
 */
#include "evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct nv_offender *find(const struct nv_report *report, const struct nv_event *event)
{
	const struct nv_offender *of_class = NULL;

	for (unsigned i = 0; i < report->offender_count; i++) {
		const struct nv_offender *offender = &report->offenders[i];
		if (event->indicator != NV_I_NONE && offender->indicator == event->indicator)
			return offender;
		if (!of_class && offender->class == event->class)
			of_class = offender;
	}
	return event->kind == NV_EVENT_CLASS ? of_class : NULL;
}

/* "10.0.0.1:8080" -> 8080 */
static unsigned port_of(const char *local)
{
	const char *colon = strrchr(local, ':');
	unsigned long port = colon ? strtoul(colon + 1, NULL, 10) : 0;

	return port <= 65535 ? (unsigned)port : 0;
}

static void take(const struct nv_offender *offender, struct nv_evidence *out)
{
	out->port = port_of(offender->local);
	snprintf(out->prefix, sizeof(out->prefix), "%s", offender->remote);
	snprintf(out->gateway, sizeof(out->gateway), "%s", offender->gateway);
	snprintf(out->interface, sizeof(out->interface), "%s", offender->interface);
	snprintf(out->process, sizeof(out->process), "%s",
		offender->process[0] ? offender->process : offender->unit);
	snprintf(out->text, sizeof(out->text), "%s", offender->text);
}

/* The first interface that feeds its class and whose own share of the indicator is raised. */
static void take_interface(const struct nv_report *report, const struct nv_event *event,
	struct nv_evidence *out)
{
	for (unsigned i = 0; i < report->interface_count; i++)
		for (unsigned k = 0; k < NV_IF_INDICATORS; k++) {
			const struct nv_if_state *interface = &report->interfaces[i];
			const struct nv_verdict *verdict = &interface->verdicts[k];
			if (nv_if_indicators[k] != event->indicator || !interface->feeds
				|| (verdict->status != NV_WARNING && verdict->status != NV_CRITICAL))
				continue;
			if (out->interface[0] == 0)
				snprintf(out->interface, sizeof(out->interface), "%s", interface->name);
			if (out->text[0] == 0)
				snprintf(out->text, sizeof(out->text), "%s", interface->text);
			return;
		}
}

void nv_evidence_find(const struct nv_report *report, const struct nv_event *event,
	struct nv_evidence *out)
{
	memset(out, 0, sizeof(*out));
	if (event->now != NV_WARNING && event->now != NV_CRITICAL)
		return;
	const struct nv_offender *offender = find(report, event);
	if (offender)
		take(offender, out);
	take_interface(report, event, out);
}
