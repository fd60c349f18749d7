/* SPDX-License-Identifier: MIT */
/*
 * What the sampler has for the SNMP thread -> the scene that the tables show, and the queue of
 * notifications. Runs between two turns of the loop, so that no request sees half a change.
 */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>

#include "agent.h"

#include <math.h>
#include <syslog.h>

#define MUTES_S 10 /* as often as the core looks for those that other front ends made */

void nv_look_at_sampler(struct nv_agent *agent)
{
	double idle_s = (double)(nv_mono_ns() - agent->exchange->beat_ns) / 1e9;

	agent->scene.idle_s = fmax(idle_s, 0);
	agent->scene.sampler_dead = idle_s > fmax(3 * agent->scene.view->interval_s, 5) + 1;
}

/* Times of change in sysUpTime, noted when they are seen, so that they stay as they are. */
static void note_changes(struct nv_agent *agent, const struct nv_view *view)
{
	struct nv_scene *scene = &agent->scene;
	uint32_t now = (uint32_t)netsnmp_get_agent_uptime();

	bool gap = view->report.discontinuities >
		agent->discontinuities; /* fewer: another engine counts */
	bool rebooted = view->report.uptime_s < agent->uptime_s - 1;
	if (gap)
		scene->gap_ticks = now;
	if (rebooted)
		scene->stack_ticks = now;
	if (view->interface_count != agent->interface_count)
		scene->rows_ticks = now;
	agent->discontinuities = view->report.discontinuities;
	agent->uptime_s = view->report.uptime_s;
	agent->interface_count = view->interface_count;
}

/* What the manager does not know of interfaces by now. */
static void report_ports(struct nv_agent *agent)
{
	if (!agent->scene.sampler_dead && nv_wanted(&agent->scene, NV_EVENT_INTERFACE))
		nv_ports_report(&agent->ports, &agent->queue, false);
}

static const char *interface_name(const struct nv_view *view, unsigned index)
{
	for (unsigned i = 0; i < view->interface_count; i++)
		if (view->interfaces[i].index == index)
			return view->interfaces[i].name;
	return NULL;
}

static void push(struct nv_agent *agent, const struct nv_event *event)
{
	switch (event->kind) {
	case NV_EVENT_CLASS:
	case NV_EVENT_INDICATOR:
		nv_queue_push(&agent->queue, event);
		return;
	case NV_EVENT_INTERFACE: /* noted already */
		report_ports(agent);
		return;
	case NV_EVENT_RESET:
		nv_queue_push_reset(&agent->queue, event);
		return;
	}
}

/* What is muted, acknowledged or merely noted is nobody's call. */
static bool is_quiet(const struct nv_event *event)
{
	return event->reason == NV_REASON_NOTED || event->reason == NV_REASON_MUTED ||
		event->reason == NV_REASON_ACKNOWLEDGED;
}

/* Into the table, and to whom it may concern. Of what happened before this process nobody is
 * notified.
 */
static void take_event(struct nv_agent *agent, struct nv_event *event)
{
	bool history = event->number <= agent->exchange->history;

	if (!history)
		event->notify = nv_wanted(&agent->scene, event->kind) && !is_quiet(event);
	nv_scene_log(&agent->scene, event);
	if (history) {
		/* What is evident now is of now. */
		nv_scene_logged(&agent->scene, event->number)->evidence =
			(struct nv_trap_evidence){ .port = 0 };
		return;
	}
	if (event->kind == NV_EVENT_INTERFACE)
		nv_ports_note(&agent->ports, event,
			interface_name(agent->scene.view, event->interface), event->notify);
	if (event->notify)
		push(agent, event);
}

/* The core cannot know that it hangs. */
static void watch_sampler(struct nv_agent *agent)
{
	const struct nv_report *report = &agent->scene.view->report;

	if (agent->scene.sampler_dead && !agent->hung) {
		nv_log(LOG_ERR, "no sample for %.0f s: the sampler hangs", agent->scene.idle_s);
		if (nv_wanted(&agent->scene, NV_EVENT_CLASS))
			nv_queue_report_hung(&agent->queue, report);
	} else if (!agent->scene.sampler_dead && agent->hung) {
		nv_log(LOG_NOTICE, "samples arrive again");
		agent->restate = true;
	}
	agent->hung = agent->scene.sampler_dead;
}

void nv_receive(struct nv_agent *agent)
{
	struct nv_event events[NV_QUEUE_TURN];
	unsigned count;
	uint32_t lost = agent->queue.lost;

	agent->scene.view = nv_exchange_take(agent->exchange);
	nv_queue_at(&agent->queue, (double)nv_mono_ns() / 1e9,
		nv_settings_severity(&agent->scene.settings, agent->scene.view->least),
		nv_settings_hold_s(&agent->scene.settings, agent->scene.view->hold_s));
	note_changes(agent, agent->scene.view);
	if ((double)nv_mono_ns() / 1e9 - agent->mutes_read_s >= MUTES_S)
		nv_mutes_refresh(agent);
	while ((count = nv_exchange_events(agent->exchange, events, NV_QUEUE_TURN)) > 0)
		for (unsigned i = 0; i < count; i++)
			take_event(agent, &events[i]);
	if (agent->queue.lost != lost)
		agent->restate = true;
	nv_look_at_sampler(agent);
	watch_sampler(agent);
	report_ports(agent);
	if (!agent->scene.sampler_dead)
		nv_queue_repeat(&agent->queue, &agent->scene.view->report,
			nv_settings_repeat_s(&agent->scene.settings, agent->scene.repeat_s),
			nv_wanted(&agent->scene, NV_EVENT_CLASS),
			nv_wanted(&agent->scene, NV_EVENT_INDICATOR));
	nv_set_save_again(agent);
}
