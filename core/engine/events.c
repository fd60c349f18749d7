/* SPDX-License-Identifier: MIT */
/*
 * What changed: one event a transition, numbered without gaps, with the same sentence for every
 * front end. The first status after the start is an increase only if it is bad.
 */
#include "engine/engine.h"
#include "report/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool in_scope(const struct nv_engine *e, unsigned scope)
{
	return e->config.notify && ((unsigned)e->config.notify_scope & scope) != 0;
}

/* ---- severity and time to hold -----------------------------------------------------------------
 */

static double age_s(const struct nv_engine *e, const struct nv_notified *last_notified)
{
	return last_notified->at_s ? (double)(e->report.time_s - last_notified->at_s) : (double)NAN;
}

/* Is it to be notified now? What comes too soon is looked at again by waits_no_more(). */
static bool is_due(struct nv_engine *e, struct nv_notified *last_notified, enum nv_status before,
	enum nv_status now)
{
	enum nv_due due = nv_due(e->config.notify_least, e->config.notify_hold_s,
		last_notified->reported, age_s(e, last_notified), before, now);

	last_notified->held = due == NV_DUE_LATER;
	if (due != NV_DUE_NOW)
		return false;
	last_notified->reported = now;
	last_notified->at_s = e->report.time_s;
	return true;
}

/* The time to hold has passed, and it stands otherwise than whoever was notified believes. */
static bool waits_no_more(
	const struct nv_engine *e, struct nv_notified *last_notified, enum nv_status now)
{
	double age = age_s(e, last_notified);

	if (!last_notified->held || (age >= 0 && age < e->config.notify_hold_s))
		return false;
	last_notified->held = false;
	return now != last_notified->reported;
}

/* ---- events -------------------------------------------------------------------------------------
 */

static struct nv_event *new_event(struct nv_engine *e, enum nv_event_kind kind)
{
	struct nv_event *event = &e->events[e->last_event % NV_EVENTS];

	memset(event, 0, sizeof(*event));
	event->number = ++e->last_event;
	event->kind = kind;
	event->time_s = e->report.time_s;
	e->report.last_event = e->last_event;
	return event;
}

void nv_event_fill(struct nv_event *event, const struct nv_verdict *v)
{
	event->value = event->numerator = event->denominator = event->seconds = NAN;
	event->warn = event->crit = event->usual = NAN;
	if (!v)
		return;
	event->value = v->value;
	event->numerator = v->numerator;
	event->denominator = v->denominator;
	event->seconds = v->seconds;
	event->warn = v->warn;
	event->crit = v->crit;
	event->usual = v->usual;
}

void nv_engine_add_event(struct nv_engine *e, const struct nv_event *seen)
{
	struct nv_event *event = new_event(e, seen->kind);
	uint32_t number = event->number;
	int64_t time_s = event->time_s;

	*event = *seen;
	event->number = number;
	event->time_s = time_s;
	event->notify = in_scope(e, NV_SCOPE_INDICATOR);
	snprintf(event->text, sizeof(event->text), "%.220s. Event %u%s", seen->text, number,
		e->config.notify ? "" : " (shadow)");
}

static void fill_event(struct nv_engine *e, struct nv_event *event, uint16_t indicator,
	double lasted_s, double peak)
{
	struct nv_verdict *v = &e->report.verdicts[indicator];

	event->indicator = indicator;
	if (indicator) {
		nv_fill_details(e, indicator);
		nv_say_verdict((enum nv_indicator_id)indicator, v);
		nv_say_gone(&e->report, (enum nv_indicator_id)indicator, v);
	}
	nv_event_fill(event, indicator ? v : NULL);
	nv_say_event(&e->report, lasted_s, peak, !e->config.notify, event);
}

static bool is_change(enum nv_status reported, enum nv_status now)
{
	return reported != now && (reported || nv_is_raised(now));
}

/*
 * Any error counts as an increase: damage, errors of an interface, denied memory that leave zero
 * for the first time since boot are reported once, as information that nobody is called for.
 */
static void emit_first(struct nv_engine *e, unsigned id)
{
	struct nv_history *h = &e->indicators[id];
	const struct nv_verdict *v = &e->report.verdicts[id];

	if (!nv_indicators[id].never_learned || h->first_seen || !e->daemon->memories[id].c_fast ||
		!(v->numerator > 0))
		return;
	h->first_seen = true;
	if (nv_is_raised(v->status))
		return; /* the raise says it all */
	struct nv_event *event = new_event(e, NV_EVENT_INDICATOR);
	event->klass = nv_indicators[id].klass;
	event->before = event->now = NV_OK;
	event->side = v->side;
	event->reason = NV_REASON_NOTED;
	fill_event(e, event, (uint16_t)id, NAN, NAN);
	struct nv_out out = { .buf = event->text, .size = sizeof(event->text) };
	nv_put(&out, "%s for the first time: %.180s. Event %u%s", nv_indicators[id].name, v->text,
		event->number, e->config.notify ? "" : " (shadow)");
}

static void indicator_event(
	struct nv_engine *e, unsigned id, enum nv_status before, enum nv_status now)
{
	struct nv_verdict *v = &e->report.verdicts[id];
	struct nv_history *h = &e->indicators[id];
	struct nv_event *event = new_event(e, NV_EVENT_INDICATOR);

	event->klass = nv_indicators[id].klass;
	event->before = before;
	event->now = now;
	event->side = v->side;
	event->reason = v->reason;
	event->notify = in_scope(e, NV_SCOPE_INDICATOR) && !nv_is_silenced(v) &&
		is_due(e, &h->last_notified, before, now);
	fill_event(e, event, (uint16_t)id,
		h->raised_s ? (double)(e->report.time_s - h->raised_s) : (double)NAN, h->peak);
}

static void emit_indicator(struct nv_engine *e, unsigned id)
{
	struct nv_verdict *v = &e->report.verdicts[id];
	struct nv_history *h = &e->indicators[id];
	enum nv_status now = nv_is_raised(v->status) || v->status == NV_UNKNOWN ? v->status : NV_OK;
	enum nv_status before = h->reported;

	/* Where nothing is known of the host, its classes say so, and once. */
	if (e->report.stale)
		return;
	if (nv_is_raised(now) && !(v->value <= h->peak))
		h->peak = v->value;
	if (now == before) {
		if (waits_no_more(e, &h->last_notified, now))
			indicator_event(e, id, h->last_notified.reported, now);
		return;
	}
	h->reported = now;
	if (!is_change(before, now))
		return;
	h->since_s = e->report.time_s;
	if (nv_is_raised(now) && !nv_is_raised(before)) {
		h->raised_s = e->report.time_s;
		h->breaches++;
		h->peak = v->value;
	}
	indicator_event(e, id, before ? before : NV_OK, now);
}

/* What the class was worst by, and how far that went: another one takes its place when the status
 * rises. */
static void note_worst_status(struct nv_engine *e, unsigned klass)
{
	const struct nv_class_state *c = &e->report.classes[klass];
	struct nv_class_history *h = &e->classes[klass];

	if (!c->worst || !nv_is_raised(c->status))
		return;
	if (!h->worst_indicator || nv_severity(c->status) > nv_severity(h->reported)) {
		h->worst_indicator = c->worst;
		h->peak = e->report.verdicts[c->worst].value;
	}
	double value = e->report.verdicts[h->worst_indicator].value;
	if (!(value <= h->peak) && !isnan(value))
		h->peak = value;
}

static void class_event(struct nv_engine *e, unsigned klass, enum nv_status before)
{
	const struct nv_class_state *c = &e->report.classes[klass];
	struct nv_class_history *h = &e->classes[klass];
	struct nv_event *event = new_event(e, NV_EVENT_CLASS);

	event->klass = (enum nv_class_id)klass;
	event->before = before;
	event->now = c->status;
	event->side = c->side;
	event->reason = c->reason;
	event->notify = in_scope(e, NV_SCOPE_CLASS) &&
		is_due(e, &h->last_notified, before, c->status);
	/* A status that stands is about what is worst now, a clear about what was. */
	fill_event(e, event, nv_is_raised(c->status) ? c->worst : h->worst_indicator,
		h->raised_s ? (double)(e->report.time_s - h->raised_s) : (double)NAN, h->peak);
	if (!nv_is_raised(c->status) && !h->last_notified.held)
		h->worst_indicator = 0;
}

static void emit_class(struct nv_engine *e, unsigned klass)
{
	struct nv_class_state *c = &e->report.classes[klass];
	struct nv_class_history *h = &e->classes[klass];
	enum nv_status before = h->reported;

	note_worst_status(e, klass);
	if (c->status == before) {
		if (waits_no_more(e, &h->last_notified, c->status))
			class_event(e, klass, h->last_notified.reported);
		return;
	}
	h->reported = c->status;
	h->since_s = e->report.time_s;
	if (!is_change(before, c->status) ||
		(before == NV_UNKNOWN && !h->changes && c->status == NV_OK)) {
		return;
	}
	h->changes++;
	if (nv_is_raised(c->status) && !nv_is_raised(before))
		h->raised_s = e->report.time_s;
	class_event(e, klass, before ? before : NV_OK);
}

static void emit_worst(struct nv_engine *e, unsigned klass)
{
	struct nv_class_history *h = &e->classes[klass];
	struct nv_class_state *c = &e->report.classes[klass];

	/* The order of severity, not of numbers: unknown is between ok and warning. */
	if (c->status != NV_OK)
		nv_remember(&h->worst, e->report.time_s,
			c->status == NV_UNKNOWN ? 1.5 : (double)(int)c->status);
	double worst = nv_recall(&h->worst, e->report.time_s);
	c->worst10m = isnan(worst) ? c->status
		: worst == 1.5     ? NV_UNKNOWN
				   : (enum nv_status)(int)worst;
}

void nv_emit_events(struct nv_engine *e)
{
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i)) {
			emit_first(e, i);
			emit_indicator(e, i);
		}
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		emit_class(e, klass);
		e->report.classes[klass].since_s = e->classes[klass].since_s;
		e->report.classes[klass].changes = e->classes[klass].changes;
		emit_worst(e, klass);
	}
}
