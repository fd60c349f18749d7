/* SPDX-License-Identifier: MIT */
/*
 * The ring of notifications, its pace, and what the manager believes. See queue.h for the reasons.
 */
#include "queue.h"

#include <math.h>
#include <stdio.h>

void nv_queue_init(struct nv_queue *queue)
{
	queue->tokens = NV_QUEUE_BURST;
	queue->least = NV_UNKNOWN;
}

unsigned nv_queue_key(const struct nv_event *event)
{
	switch (event->kind) {
	case NV_EVENT_CLASS:
		return (unsigned)event->klass;
	case NV_EVENT_INDICATOR:
		return (unsigned)NV_CLASS_END + event->indicator;
	case NV_EVENT_INTERFACE: /* by its place among the ports */
	case NV_EVENT_RESET:
		return NV_KEYS;
	}
	return NV_KEYS;
}

static struct nv_notice *at(struct nv_queue *queue, unsigned i)
{
	return &queue->ring[(queue->first + i) % NV_QUEUE_ROOM];
}

/* NV_KEYS for what has no state to believe in. */
static unsigned key_of(const struct nv_notice *notice)
{
	if (notice->kind == NV_NOTICE_INTERFACE)
		return NV_KEY_PORTS + notice->port;
	return notice->kind == NV_NOTICE_EVENT ? nv_queue_key(&notice->event) : NV_KEYS;
}

enum nv_status nv_queue_reported(struct nv_queue *queue, unsigned key, bool *waiting)
{
	*waiting = false;
	for (unsigned i = queue->count; i-- > 0;)
		if (key_of(at(queue, i)) == key) {
			*waiting = true;
			return at(queue, i)->event.now;
		}
	return (enum nv_status)queue->believed[key];
}

void nv_queue_forget(struct nv_queue *queue, unsigned key)
{
	queue->believed[key] = 0;
}

/* Take the oldest that is not in flight out of the ring, uncounted if it was an overflow notice. */
static void drop_oldest_waiting(struct nv_queue *queue)
{
	struct nv_notice gone = *at(queue, queue->flying);

	for (unsigned i = queue->flying; i + 1 < queue->count; i++)
		*at(queue, i) = *at(queue, i + 1);
	queue->count--;
	if (gone.kind == NV_NOTICE_OVERFLOW) {
		queue->lost_reported -= gone.lost;
		return;
	}
	queue->lost++;
}

static void append(struct nv_queue *queue, const struct nv_notice *notice)
{
	if (queue->count == NV_QUEUE_ROOM)
		drop_oldest_waiting(queue);
	*at(queue, queue->count) = *notice;
	at(queue, queue->count++)->number = ++queue->last_number;
}

void nv_queue_at(struct nv_queue *queue, double now_s, enum nv_status least, double hold_s)
{
	queue->now_s = now_s;
	if (queue->since_s <= 0)
		queue->since_s = now_s;
	queue->least = least;
	queue->hold_s = hold_s;
}

bool nv_queue_wants(struct nv_queue *queue, unsigned key, enum nv_status before, enum nv_status now)
{
	bool waiting;

	if (key >= NV_KEYS)
		return true;
	double since_s = queue->put_s[key] > 0 ? queue->now_s - queue->put_s[key] : (double)NAN;
	enum nv_due due = nv_due(queue->least, queue->hold_s,
		nv_queue_reported(queue, key, &waiting), since_s, before, now);
	if (due == NV_DUE_LATER)
		queue->held = true;
	return due == NV_DUE_NOW;
}

void nv_queue_put(struct nv_queue *queue, const struct nv_notice *notice)
{
	unsigned key = key_of(notice);

	if (key < NV_KEYS && queue->believed[key] == 0)
		queue->believed[key] = (uint8_t)notice->event.before;
	if (key < NV_KEYS)
		queue->put_s[key] = queue->now_s;
	append(queue, notice);
}

void nv_queue_push(struct nv_queue *queue, const struct nv_event *event)
{
	struct nv_notice notice = { .kind = NV_NOTICE_EVENT, .event = *event };

	if (nv_queue_wants(queue, key_of(&notice), event->before, event->now))
		nv_queue_put(queue, &notice);
}

void nv_queue_push_reset(struct nv_queue *queue, const struct nv_event *event)
{
	for (unsigned i = queue->flying; i < queue->count; i++)
		if (at(queue, i)->event.kind == NV_EVENT_RESET) {
			at(queue, i)->event = *event;
			return;
		}
	nv_queue_push(queue, event);
}

const struct nv_notice *nv_queue_next(struct nv_queue *queue, double now_s, double *wait_s)
{
	double passed_s = now_s - queue->tokens_at_s;

	*wait_s = NAN;
	if (passed_s > 0) {
		queue->tokens = fmin(
			NV_QUEUE_BURST, queue->tokens + passed_s * NV_QUEUE_PER_SECOND);
		queue->tokens_at_s = now_s;
	}
	if (queue->flying == queue->count || queue->flying >= NV_QUEUE_WINDOW)
		return NULL;
	if (queue->tokens < 1) {
		*wait_s = (1 - queue->tokens) / NV_QUEUE_PER_SECOND;
		return NULL;
	}
	return at(queue, queue->flying);
}

void nv_queue_sent(struct nv_queue *queue)
{
	queue->flying++;
	queue->tokens -= 1;
}

void nv_queue_acked(struct nv_queue *queue, unsigned n)
{
	if (n > queue->flying)
		n = queue->flying;
	for (unsigned i = 0; i < n; i++)
		if (key_of(at(queue, i)) < NV_KEYS)
			queue->believed[key_of(at(queue, i))] = (uint8_t)at(queue, i)->event.now;
	queue->first = (queue->first + n) % NV_QUEUE_ROOM;
	queue->flying -= n;
	queue->count -= n;
}

void nv_queue_rewind(struct nv_queue *queue)
{
	queue->flying = 0;
}

const struct nv_notice *nv_queue_flying(const struct nv_queue *queue, unsigned i)
{
	return &queue->ring[(queue->first + i) % NV_QUEUE_ROOM];
}

/* Only what pages: learning and disabled are no trouble. */
static enum nv_status plain(enum nv_status status)
{
	return status == NV_LEARNING || status == NV_DISABLED ? NV_OK : status;
}

/* How things stand now, in the form of an event. again: whatever was reported lately. */
static void restate(struct nv_queue *queue, const struct nv_report *report, struct nv_event *event,
	enum nv_status before, bool again)
{
	const char *name, *text;

	if (again)
		queue->put_s[nv_queue_key(event)] = 0;

	event->number = report->last_event;
	event->time_s = report->time_s;
	event->before = before ? before : event->now;
	event->notify = true;
	if (event->kind == NV_EVENT_CLASS) {
		const struct nv_class_state *state = &report->classes[event->klass];
		event->indicator = state->worst;
		event->side = state->side;
		event->reason = state->reason;
		name = nv_classes[event->klass].name;
		text = state->text;
	} else {
		const struct nv_verdict *verdict = &report->verdicts[event->indicator];
		event->klass = nv_indicators[event->indicator].klass;
		event->side = verdict->side;
		event->reason = verdict->reason;
		name = nv_indicators[event->indicator].name;
		text = verdict->text;
	}
	nv_event_fill(
		event, event->indicator == NV_I_NONE ? NULL : &report->verdicts[event->indicator]);
	snprintf(event->text, sizeof(event->text), "%.32s %s (as it stands): %.190s", name,
		nv_status_name(event->now), text);
	nv_queue_push(queue, event);
}

bool nv_queue_restate(struct nv_queue *queue, const struct nv_report *report, bool classes)
{
	if (queue->count > NV_QUEUE_ROOM / 2)
		return false;
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		struct nv_event event = { .kind = NV_EVENT_CLASS,
			.klass = (enum nv_class_id)klass,
			.now = plain(report->classes[klass].status) };
		bool waiting;
		enum nv_status before = nv_queue_reported(queue, klass, &waiting);
		if ((before != 0 && before != event.now) ||
			(classes && event.now != NV_OK && !waiting))
			restate(queue, report, &event, before, classes);
	}
	for (unsigned i = 1; i < NV_I_END; i++) {
		struct nv_event event = { .kind = NV_EVENT_INDICATOR,
			.indicator = (uint16_t)i,
			.now = plain(report->verdicts[i].status) };
		bool waiting;
		enum nv_status before = nv_queue_reported(queue, nv_queue_key(&event), &waiting);
		if (before != 0 && before != event.now)
			restate(queue, report, &event, before, false);
	}
	return true;
}

/* Whether it is time to say again how that key stands. */
static bool is_due_again(struct nv_queue *queue, unsigned key, enum nv_status now, double repeat_s)
{
	double last_s = queue->put_s[key] > 0 ? queue->put_s[key] : queue->since_s;
	bool waiting;

	nv_queue_reported(queue, key, &waiting);
	return now != NV_OK && !waiting && queue->now_s - last_s >= repeat_s;
}

void nv_queue_repeat(struct nv_queue *queue, const struct nv_report *report, double repeat_s,
	bool classes, bool indicators)
{
	bool waiting;

	if (repeat_s <= 0 || queue->count > NV_QUEUE_ROOM / 2)
		return;
	for (unsigned klass = 1; classes && klass < NV_CLASS_END; klass++) {
		struct nv_event event = { .kind = NV_EVENT_CLASS,
			.klass = (enum nv_class_id)klass,
			.now = plain(report->classes[klass].status) };

		if (is_due_again(queue, klass, event.now, repeat_s))
			restate(queue, report, &event, nv_queue_reported(queue, klass, &waiting),
				true);
	}
	for (unsigned i = 1; indicators && i < NV_I_END; i++) {
		struct nv_event event = { .kind = NV_EVENT_INDICATOR,
			.indicator = (uint16_t)i,
			.now = plain(report->verdicts[i].status) };
		unsigned key = nv_queue_key(&event);

		/* One that was never told of is unknown for good, or muted. */
		if (nv_queue_reported(queue, key, &waiting) > NV_OK &&
			is_due_again(queue, key, event.now, repeat_s))
			restate(queue, report, &event, nv_queue_reported(queue, key, &waiting),
				true);
	}
}

void nv_queue_report_hung(struct nv_queue *queue, const struct nv_report *report)
{
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		struct nv_event event = { .number = report->last_event,
			.kind = NV_EVENT_CLASS,
			.klass = (enum nv_class_id)klass,
			.time_s = report->time_s,
			.now = NV_UNKNOWN,
			.side = NV_SIDE_THIS_HOST,
			.reason = NV_REASON_MISSING };
		bool waiting;
		enum nv_status reported = nv_queue_reported(queue, klass, &waiting);

		if (reported == NV_UNKNOWN)
			continue;
		event.before = reported ? reported : plain(report->classes[klass].status);
		nv_event_fill(&event, NULL);
		snprintf(event.text, sizeof(event.text),
			"%s unknown (was %s): no sample arrives, the sampler hangs",
			nv_classes[klass].name, nv_status_name(event.before));
		nv_queue_push(queue, &event);
	}
}

void nv_queue_report_lost(struct nv_queue *queue, const struct nv_report *report)
{
	struct nv_notice notice = { .kind = NV_NOTICE_OVERFLOW,
		.lost = queue->lost - queue->lost_reported };

	if (queue->count > 0 || notice.lost == 0)
		return;
	notice.event.number = report->last_event;
	notice.event.time_s = report->time_s;
	snprintf(notice.event.text, sizeof(notice.event.text),
		"%u notifications did not fit and were not sent; nvEventTable has the newest events",
		(unsigned)notice.lost);
	queue->lost_reported = queue->lost;
	nv_queue_put(queue, &notice);
}
