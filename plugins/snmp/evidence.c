/* SPDX-License-Identifier: MIT */
/*
 * report.offenders and report.interfaces -> one set of evidence for an event, as the core chooses
 * it.
 */
#include "text/clean.h"
#include "evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "10.0.0.1:8080" -> 8080 */
static unsigned port_of(const char *local)
{
	const char *colon = strrchr(local, ':');
	unsigned long port = colon ? strtoul(colon + 1, NULL, 10) : 0;

	return port <= 65535 ? (unsigned)port : 0;
}

static void copy_offender(const struct nv_offender *offender, struct nv_trap_evidence *out)
{
	out->port = port_of(offender->local);
	snprintf(out->prefix, sizeof(out->prefix), "%s", offender->remote);
	snprintf(out->gateway, sizeof(out->gateway), "%s", offender->gateway);
	nv_copy_text(out->interface, sizeof(out->interface), nv_as_text(offender->interface));
	nv_copy_text(out->process, sizeof(out->process),
		nv_as_text(offender->process[0] ? offender->process : offender->unit));
	snprintf(out->text, sizeof(out->text), "%s", offender->text);
}

static void interface_itself(
	const struct nv_report *report, unsigned index, struct nv_trap_evidence *out)
{
	for (unsigned i = 0; i < report->interface_count; i++) {
		const struct nv_if_state *interface = &report->interfaces[i];
		if (interface->index != index)
			continue;
		nv_copy_text(out->interface, sizeof(out->interface), nv_as_text(interface->name));
		snprintf(out->text, sizeof(out->text), "%s", interface->text);
		return;
	}
}

void nv_trap_evidence_find(
	const struct nv_report *report, const struct nv_event *event, struct nv_trap_evidence *out)
{
	const struct nv_offender *offender = nv_event_offender(report, event);
	const struct nv_if_state *interface = nv_event_interface(report, event);

	memset(out, 0, sizeof(*out));
	if (event->kind == NV_EVENT_RESET)
		return;
	if (event->kind == NV_EVENT_INTERFACE) {
		interface_itself(report, event->interface, out);
		return;
	}
	/* An indicator's own notification does not lend the evidence of another one of its class.
	 */
	if (offender && (event->kind == NV_EVENT_CLASS || offender->indicator == event->indicator))
		copy_offender(offender, out);
	if (interface && out->interface[0] == 0)
		nv_copy_text(out->interface, sizeof(out->interface), nv_as_text(interface->name));
	if (interface && out->text[0] == 0)
		snprintf(out->text, sizeof(out->text), "%s", interface->text);
}
