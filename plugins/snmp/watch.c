/* SPDX-License-Identifier: MIT */
/*
 * Interfaces in trouble, held and reported; resets of the counters. See watch.h for the reasons.
 */
#include "text/clean.h"
#include "watch.h"

#include <stdio.h>
#include <string.h>

#define RESET_PAUSE_S 60

static enum nv_status trouble(const struct nv_if_state *interface)
{
	return nv_is_raised(interface->status) && !interface->gone ? interface->status : NV_OK;
}

static bool is_of(const struct nv_watched *at, const struct nv_if_state *interface)
{
	return at->index == interface->index &&
		(at->name[0] == 0 || strcmp(at->name, interface->name) == 0);
}

static const struct nv_if_state *find_interface(
	const struct nv_report *report, const struct nv_watched *at)
{
	for (unsigned i = 0; i < report->interface_count; i++)
		if (is_of(at, &report->interfaces[i]))
			return &report->interfaces[i];
	return NULL;
}

static void see(struct nv_watched *at, enum nv_status status, int64_t now_s, double hold_s)
{
	if (nv_is_raised(status) != nv_is_raised(at->seen))
		at->turned_s = now_s;
	if (status != at->seen)
		at->seen_s = now_s;
	at->seen = status;
	if (at->seen_s > now_s || at->turned_s > now_s)
		at->seen_s = at->turned_s = now_s; /* the clock was set back */
	bool turned = nv_is_raised(at->seen) != nv_is_raised(at->held) &&
		(double)(now_s - at->turned_s) >= hold_s;
	if (at->gone || turned || (double)(now_s - at->seen_s) >= hold_s)
		at->held = at->seen;
}

static bool is_watched(const struct nv_watch *watch, const struct nv_if_state *interface)
{
	for (unsigned i = 0; i < NV_WATCHED; i++)
		if (watch->place[i].index != 0 && is_of(&watch->place[i], interface))
			return true;
	return false;
}

static struct nv_watched *free_place(struct nv_watch *watch)
{
	for (unsigned i = 0; i < NV_WATCHED; i++)
		if (watch->place[i].index == 0)
			return &watch->place[i];
	return NULL;
}

static void begin_watching(
	struct nv_watch *watch, const struct nv_if_state *interface, int64_t now_s)
{
	struct nv_watched *at = free_place(watch);

	if (!at)
		return;
	*at = (struct nv_watched){ .index = interface->index,
		.held = NV_OK,
		.seen = interface->status,
		.seen_s = now_s,
		.turned_s = now_s };
	nv_copy_text(at->name, sizeof(at->name), nv_as_text(interface->name));
}

/* The verdict that its status comes from, or came from when it was last raised; NULL: it is gone.
 */
static const struct nv_verdict *verdict_of(
	struct nv_watched *at, const struct nv_if_state *interface)
{
	if (!interface)
		return NULL;
	for (unsigned k = 0; k < NV_IF_INDICATORS; k++)
		if (nv_is_raised(interface->status) &&
			interface->verdicts[k].status == interface->status) {
			at->indicator = nv_if_indicators[k];
			return &interface->verdicts[k];
		}
	for (unsigned k = 0; k < NV_IF_INDICATORS; k++)
		if (nv_if_indicators[k] == at->indicator)
			return &interface->verdicts[k];
	return NULL;
}

static struct nv_event event_of(
	const struct nv_report *report, struct nv_watched *at, enum nv_status before)
{
	const struct nv_verdict *verdict = verdict_of(at, find_interface(report, at));
	struct nv_event event = { .kind = NV_EVENT_INTERFACE,
		.interface = at->index,
		.indicator = at->indicator,
		.klass = nv_indicators[at->indicator].klass,
		.before = before,
		.now = at->held,
		.side = verdict ? verdict->side : NV_SIDE_UNKNOWN,
		.reason = verdict ? verdict->reason : NV_REASON_NONE };

	nv_event_fill(&event, verdict);
	snprintf(event.text, sizeof(event.text), "interface %.40s %s (was %s): %.150s", at->name,
		nv_status_name(event.now), nv_status_name(before),
		verdict && !at->gone ? verdict->text : "it is gone");
	return event;
}

static void look_at_reset(struct nv_watch *watch, const struct nv_report *report,
	void (*emit)(void *context, const struct nv_event *), void *context)
{
	bool gap = report->discontinuities > watch->discontinuities;
	bool rebooted = report->uptime_s < watch->uptime_s - 1;
	struct nv_event event = { .kind = NV_EVENT_RESET,
		.klass = NV_CLASS_SYSTEM,
		.before = NV_OK,
		.now = NV_OK,
		.side = NV_SIDE_THIS_HOST,
		.reason = NV_REASON_NONE };

	watch->discontinuities = report->discontinuities;
	watch->uptime_s = report->uptime_s;
	if (!gap ||
		(watch->reset_reported && report->time_s >= watch->reset_s &&
			report->time_s - watch->reset_s < RESET_PAUSE_S))
		return;
	watch->reset_reported = true;
	watch->reset_s = report->time_s;
	nv_event_fill(&event, NULL);
	snprintf(event.text, sizeof(event.text), "%s: statuses stay, windows begin anew",
		rebooted
			? "the stack and its counters started over"
			: "counters started over, or the clock says that time was lost between two samples");
	emit(context, &event);
}

void nv_watch_begin(struct nv_watch *watch, const struct nv_report *report)
{
	watch->discontinuities = report->discontinuities;
	watch->uptime_s = report->uptime_s;
}

void nv_watch_resume(struct nv_watch *watch, const struct nv_event *events, unsigned count)
{
	for (unsigned k = 0; k < count; k++) {
		const struct nv_event *event = &events[k];
		struct nv_watched *at = NULL;

		if (event->kind != NV_EVENT_INTERFACE)
			continue;
		for (unsigned i = 0; i < NV_WATCHED; i++)
			if (watch->place[i].index == event->interface)
				at = &watch->place[i];
		if (!at && nv_is_raised(event->now))
			at = free_place(watch);
		if (at)
			*at = (struct nv_watched){
				.index = nv_is_raised(event->now) ? event->interface : 0,
				.held = event->now,
				.seen = event->now,
				.seen_s = event->time_s,
				.turned_s = event->time_s,
				.indicator = event->indicator
			};
	}
}

void nv_watch(struct nv_watch *watch, const struct nv_report *report, double hold_s,
	void (*emit)(void *context, const struct nv_event *), void *context)
{
	if (report->stale)
		return;
	look_at_reset(watch, report, emit, context);
	for (unsigned i = 0; i < NV_WATCHED; i++) {
		struct nv_watched *at = &watch->place[i];
		enum nv_status before = at->held;

		if (at->index == 0)
			continue;
		const struct nv_if_state *interface = find_interface(report, at);
		if (interface && at->name[0] == 0)
			nv_copy_text(at->name, sizeof(at->name), nv_as_text(interface->name));
		at->gone = !interface || interface->gone || !interface->feeds;
		see(at, at->gone ? NV_OK : trouble(interface), report->time_s, hold_s);
		if (at->held != before) {
			struct nv_event event = event_of(report, at, before);
			emit(context, &event);
		}
		if (at->held == NV_OK && at->seen == NV_OK)
			at->index = 0;
	}
	for (unsigned i = 0; i < report->interface_count; i++) {
		const struct nv_if_state *interface = &report->interfaces[i];
		if (interface->feeds && trouble(interface) != NV_OK &&
			!is_watched(watch, interface))
			begin_watching(watch, interface, report->time_s);
	}
}
