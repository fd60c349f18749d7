/* SPDX-License-Identifier: MIT */
/*
 * Events -> notifications to the master, paced by the queue.
 *
 * A raise and its clear carry the same variables in the same places; the first one names the row
 * (nvClassStatus.NETNS.CLASS or nvIndStatus.NETNS.INDICATOR), which is the key that pairs them.
 */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>

#include "text/clean.h"
#include "agent.h"

#include <math.h>
#include <string.h>

#define RAISED_INDICATOR  1
#define CLEARED_INDICATOR 2
#define RAISED_CLASS      3
#define CLEARED_CLASS     4
#define RAISED_INTERFACE  5
#define CLEARED_INTERFACE 6
#define RESET             7
#define OVERFLOW          8

/* Objects of nvNotifyInfo (1.11). */
enum {
	OLD_STATUS = 1,
	SEQ,
	TIME,
	TEXT,
	CLASS_NAME,
	INDICATOR_NAME,
	SIDE,
	REASON,
	VALUE,
	NUMERATOR,
	DENOMINATOR,
	WINDOW,
	WARN,
	CRIT,
	USUAL,
	GATEWAY,
	PREFIX,
	INTERFACE,
	PORT,
	PROCESS,
	NUMBER
};

static void add(netsnmp_variable_list **list, const oid *tail, size_t tail_length, u_char type,
	const void *value, size_t size)
{
	oid name[MAX_OID_LEN] = { NV_ROOT_OID };
	size_t root = sizeof((oid[]){ NV_ROOT_OID }) / sizeof(oid);

	memcpy(&name[root], tail, tail_length * sizeof(oid));
	snmp_varlist_add_variable(list, name, root + tail_length, type, value, size);
}

static void add_number(netsnmp_variable_list **list, oid object, u_char type, u_long value)
{
	const oid tail[] = { 1, 11, object, 0 };

	add(list, tail, OID_LENGTH(tail), type, &value, sizeof(value));
}

static void add_text(netsnmp_variable_list **list, oid object, const char *text)
{
	const oid tail[] = { 1, 11, object, 0 };

	add(list, tail, OID_LENGTH(tail), ASN_OCTET_STR, text ? text : "", text ? strlen(text) : 0);
}

static void add_time(netsnmp_variable_list **list, int64_t time_s)
{
	const oid tail[] = { 1, 11, TIME, 0 };
	struct nv_value value;

	nv_value_time(&value, time_s);
	add(list, tail, OID_LENGTH(tail), ASN_OCTET_STR, value.bytes, value.length);
}

static netsnmp_variable_list *begin_trap(oid notification)
{
	static const oid trap_oid[] = { 1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0 };
	oid name[] = { NV_ROOT_OID, 0, notification };
	netsnmp_variable_list *list = NULL;

	snmp_varlist_add_variable(
		&list, trap_oid, OID_LENGTH(trap_oid), ASN_OBJECT_ID, name, sizeof(name));
	return list;
}

/* What every notification ends with: its own number, and whose it is. */
static void finish(netsnmp_variable_list **list, const struct nv_agent *agent, uint32_t number)
{
	const oid host[] = { 1, 1, 17, 0 };
	struct nv_value value;

	add_number(list, NUMBER, ASN_UNSIGNED, number);
	nv_value_string(&value, agent->scene.view->report.host, 64);
	add(list, host, OID_LENGTH(host), ASN_OCTET_STR, value.bytes, value.length);
}

/* Not how it stands now under the number of the newest event. */
static bool same(const struct nv_event *row, const struct nv_event *reported)
{
	return row->kind == reported->kind && row->now == reported->now &&
		row->interface == reported->interface &&
		nv_queue_key(row) == nv_queue_key(reported);
}

/* The event's own, as it was when it came; for how things stand now, that of now. */
static struct nv_trap_evidence evidence_of(struct nv_agent *agent, const struct nv_event *event)
{
	const struct nv_logged *row = nv_scene_logged(&agent->scene, event->number);
	struct nv_trap_evidence evidence;

	if (row && same(&row->event, event))
		return row->evidence;
	nv_trap_evidence_find(&agent->scene.view->report, event, &evidence);
	return evidence;
}

/* What an event is about: the row whose status it says, and the notifications of that. */
struct subject {
	oid table, column, instance, raised, cleared;
};

static netsnmp_variable_list *about(const struct subject *subject, const struct nv_event *event,
	const struct nv_trap_evidence *evidence)
{
	const oid row[] = { 1, subject->table, 1, subject->column, NV_SELF_NETNS,
		subject->instance };
	u_long status = event->now;
	netsnmp_variable_list *list = begin_trap(
		event->now == NV_OK ? subject->cleared : subject->raised);
	enum nv_indicator_id id = event->indicator;

	add(&list, row, OID_LENGTH(row), ASN_INTEGER, &status, sizeof(status));
	add_number(&list, OLD_STATUS, ASN_INTEGER, event->before);
	add_number(&list, SEQ, ASN_UNSIGNED, event->number);
	add_time(&list, event->time_s);
	add_text(&list, TEXT, event->text);
	add_text(&list, CLASS_NAME, nv_classes[event->klass].name);
	add_text(&list, INDICATOR_NAME, nv_indicators[id].name);
	add_number(&list, SIDE, ASN_INTEGER, nv_side_number(event->side));
	add_number(&list, REASON, ASN_INTEGER, event->reason);
	add_number(&list, VALUE, ASN_GAUGE, nv_scaled(id, event->value));
	add_number(&list, NUMERATOR, ASN_GAUGE, nv_whole(event->numerator));
	add_number(&list, DENOMINATOR, ASN_GAUGE, nv_whole(event->denominator));
	add_number(&list, WINDOW, ASN_GAUGE, nv_whole(event->seconds));
	add_number(&list, WARN, ASN_GAUGE, nv_scaled_limit(id, event->warn));
	add_number(&list, CRIT, ASN_GAUGE, nv_scaled_limit(id, event->crit));
	add_number(&list, USUAL, ASN_GAUGE, nv_scaled_limit(id, event->usual));
	add_text(&list, GATEWAY, evidence->gateway);
	add_text(&list, PREFIX, evidence->prefix);
	add_text(&list, INTERFACE, evidence->interface);
	add_number(&list, PORT, ASN_UNSIGNED, evidence->port);
	add_text(&list, PROCESS, evidence->process);
	return list;
}

static netsnmp_variable_list *of_event(struct nv_agent *agent, const struct nv_event *event)
{
	const struct nv_trap_evidence evidence = evidence_of(agent, event);
	const struct subject klass = { 3, 3, event->klass, RAISED_CLASS, CLEARED_CLASS };
	const struct subject indicator = { 4, 15, event->indicator, RAISED_INDICATOR,
		CLEARED_INDICATOR };

	return about(event->kind == NV_EVENT_CLASS ? &klass : &indicator, event, &evidence);
}

static netsnmp_variable_list *of_interface(
	const struct nv_agent *agent, const struct nv_notice *notice)
{
	const struct nv_port *port = &agent->ports.place[notice->port];
	const struct subject subject = { 7, 3, port->index, RAISED_INTERFACE, CLEARED_INTERFACE };
	struct nv_trap_evidence evidence = { .port = 0 };

	nv_copy_text(evidence.interface, sizeof(evidence.interface), nv_as_text(port->name));
	return about(&subject, &notice->event, &evidence);
}

static netsnmp_variable_list *of_reset(const struct nv_agent *agent, const struct nv_event *event)
{
	const oid time[] = { 1, 2, 1, 5, NV_SELF_NETNS };
	u_long ticks = agent->scene.gap_ticks;
	netsnmp_variable_list *list = begin_trap(RESET);

	add(&list, time, OID_LENGTH(time), ASN_TIMETICKS, &ticks, sizeof(ticks));
	add_number(&list, SEQ, ASN_UNSIGNED, event->number);
	add_time(&list, event->time_s);
	add_text(&list, TEXT, event->text);
	return list;
}

static netsnmp_variable_list *of_overflow(const struct nv_notice *notice, uint32_t lost)
{
	const oid counter[] = { 1, 1, 12, 0 };
	u_long value = lost;
	netsnmp_variable_list *list = begin_trap(OVERFLOW);

	add(&list, counter, OID_LENGTH(counter), ASN_COUNTER, &value, sizeof(value));
	add_number(&list, SEQ, ASN_UNSIGNED, notice->event.number);
	add_time(&list, notice->event.time_s);
	add_text(&list, TEXT, notice->event.text);
	return list;
}

static netsnmp_variable_list *of_notice(struct nv_agent *agent, const struct nv_notice *notice)
{
	switch (notice->kind) {
	case NV_NOTICE_EVENT:
		return notice->event.kind == NV_EVENT_RESET ? of_reset(agent, &notice->event)
							    : of_event(agent, &notice->event);
	case NV_NOTICE_INTERFACE:
		return of_interface(agent, notice);
	case NV_NOTICE_OVERFLOW:
		return of_overflow(notice, agent->queue.lost);
	}
	return NULL;
}

/* The master took the n oldest notifications. */
static void acknowledged(struct nv_agent *agent, unsigned n)
{
	for (unsigned i = 0; i < n && i < agent->queue.flying; i++) {
		const struct nv_notice *notice = nv_queue_flying(&agent->queue, i);
		agent->scene.sent++;
		struct nv_logged *row = nv_scene_logged(&agent->scene, notice->event.number);
		if (notice->kind != NV_NOTICE_OVERFLOW && row && same(&row->event, &notice->event))
			row->handed = true;
	}
	nv_queue_acked(&agent->queue, n);
}

/*
 * A notification whose acknowledgement did not come in time was taken all the same if the session
 * still stands two pings later: the stream keeps its order, and the pings were answered.
 */
static void settle(struct nv_agent *agent, double now_s)
{
	const netsnmp_trap_stats *stats = agent->session->trap_stats;

	if (!stats)
		return;
	unsigned long acked = stats->ack_count;
	acknowledged(agent, (unsigned)(acked - agent->acked_seen));
	if (acked > agent->acked_seen || agent->queue.flying == 0)
		agent->doubt_s = 0;
	else if (agent->doubt_s <= 0)
		agent->doubt_s = now_s;
	agent->acked_seen = acked;
	if (agent->doubt_s > 0 && now_s - agent->doubt_s > 2.0 * agent->options.ping_s + 1) {
		acknowledged(agent, agent->queue.flying);
		agent->doubt_s = 0;
	}
}

static void on_timer(unsigned int id, void *context)
{
	struct nv_agent *agent = context;

	(void)id;
	agent->timer_armed = false;
}

static void arm(struct nv_agent *agent, double wait_s)
{
	struct timeval delay = { .tv_usec = (suseconds_t)(fmin(wait_s, 0.9) * 1e6) + 1000 };

	if (agent->timer_armed || isnan(wait_s))
		return;
	agent->timer_armed = snmp_alarm_register_hr(delay, 0, on_timer, agent) != 0;
}

static void restate(struct nv_agent *agent)
{
	const struct nv_report *report = &agent->scene.view->report;

	if (agent->scene.sampler_dead)
		return;
	if (agent->queue.held)
		agent->restate = true;
	agent->queue.held = false;
	if (agent->restate || agent->restate_all) {
		bool classes = agent->restate_all && nv_wanted(&agent->scene, NV_EVENT_CLASS);
		if (!nv_queue_restate(&agent->queue, report, classes))
			return;
		if (agent->restate_all && nv_wanted(&agent->scene, NV_EVENT_INDICATOR))
			nv_ports_report(&agent->ports, &agent->queue, true);
		agent->restate = agent->restate_all = false;
	}
	nv_queue_report_lost(&agent->queue, report);
}

void nv_traps_pump(struct nv_agent *agent)
{
	double now_s = (double)nv_mono_ns() / 1e9, wait_s = NAN;
	unsigned turn = 0;

	if (agent->queue.count == 0 && agent->queue.lost == agent->queue.lost_reported &&
		!agent->restate && !agent->queue.held && !agent->restate_all &&
		agent->scene.pending == 0)
		return; /* as in most turns; pending: what has just been settled is to be shown */
	if (agent->session)
		settle(agent, now_s);
	if (agent->session)
		restate(agent);
	for (; agent->session && turn < NV_QUEUE_TURN; turn++) {
		const struct nv_notice *notice = nv_queue_next(&agent->queue, now_s, &wait_s);
		if (!notice)
			break;
		netsnmp_variable_list *list = of_notice(agent, notice);
		finish(&list, agent, notice->number);
		nv_queue_sent(&agent->queue); /* first: the session may go away while we send */
		send_v2trap(list);
		snmp_free_varbind(list);
	}
	if (turn == NV_QUEUE_TURN)
		nv_exchange_wake(agent->exchange); /* read the socket, then go on */
	if (agent->session && agent->queue.flying > 0 && isnan(wait_s))
		wait_s = 0.9; /* acknowledgements pending are looked at again */
	arm(agent, wait_s);
	agent->scene.lost = agent->queue.lost;
	agent->scene.pending = agent->queue.count;
}

void nv_traps_connected(struct nv_agent *agent)
{
	agent->acked_seen = 0;
	agent->doubt_s = 0;
	if (agent->was_connected)
		agent->restate_all = true;
	agent->was_connected = true;
}

void nv_traps_disconnected(struct nv_agent *agent)
{
	nv_queue_rewind(&agent->queue);
	agent->doubt_s = 0;
}
