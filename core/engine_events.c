/* SPDX-License-Identifier: MIT */
/*
 * What changed: one event a transition, numbered without gaps, with the same sentence for every
 * door. The first status after the start is news only if it is bad.
 */
#include "engine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>


static struct nv_event *new_event(struct nv_engine *e, enum nv_event_kind kind)
{
	struct nv_event *event = &e->events[e->last_event % NV_EVENTS];

	memset(event, 0, sizeof(*event));
	event->number = ++e->last_event;
	event->kind = kind;
	event->time_s = e->report.time_s;
	event->notify = e->config.notify && ((unsigned)e->config.notify_scope & (unsigned)kind) != 0;
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
	event->notify = e->config.notify && (e->config.notify_scope & NV_SCOPE_INDICATOR) != 0;
	snprintf(event->text, sizeof(event->text), "%.220s. Event %u%s", seen->text, number,
		e->config.notify ? "" : " (shadow)");
}

static void fill_event(struct nv_engine *e, struct nv_event *event, uint16_t indicator, double lasted_s, double peak)
{
	struct nv_verdict *v = &e->report.verdicts[indicator];

	event->indicator = indicator;
	if (indicator) {
		nv_dress_verdict(e, indicator);
		nv_say_verdict((enum nv_indicator_id)indicator, v);
		nv_say_gone(&e->report, (enum nv_indicator_id)indicator, v);
	}
	nv_event_fill(event, indicator ? v : NULL);
	nv_say_event(&e->report, lasted_s, peak, !e->config.notify, event);
}

static bool is_news(enum nv_status told, enum nv_status now)
{
	return told != now && (told || nv_is_raised(now));
}

/*
 * Any error is news: damage, errors of an interface, denied memory that leave zero for the first
 * time since boot are told once, as information that nobody is called for.
 */
static void tell_first(struct nv_engine *e, unsigned id)
{
	struct nv_history *h = &e->indicators[id];
	const struct nv_verdict *v = &e->report.verdicts[id];

	if (!nv_indicators[id].never_learned || h->first_seen || !e->memories[id].c_fast || !(v->numerator > 0))
		return;
	h->first_seen = true;
	if (nv_is_raised(v->status))
		return; /* the raise says it all */
	struct nv_event *event = new_event(e, NV_EVENT_INDICATOR);
	event->class = nv_indicators[id].class;
	event->before = event->now = NV_OK;
	event->side = v->side;
	event->reason = NV_REASON_NOTED;
	event->notify = false;
	fill_event(e, event, (uint16_t)id, NAN, NAN);
	snprintf(event->text, sizeof(event->text), "%s for the first time: %.180s. Event %u%s",
		nv_indicators[id].name, v->text, event->number, e->config.notify ? "" : " (shadow)");
}

static void tell_indicator(struct nv_engine *e, unsigned id)
{
	struct nv_verdict *v = &e->report.verdicts[id];
	struct nv_history *h = &e->indicators[id];
	enum nv_status now = nv_is_raised(v->status) || v->status == NV_UNKNOWN ? v->status : NV_OK;
	enum nv_status before = h->told;

	if (nv_is_raised(now) && !(v->value <= h->peak))
		h->peak = v->value;
	if (now == before)
		return;
	h->told = now;
	if (!is_news(before, now))
		return;
	h->since_s = e->report.time_s;
	if (nv_is_raised(now) && !nv_is_raised(before)) {
		h->raised_s = e->report.time_s;
		h->breaches++;
		h->peak = v->value;
	}
	struct nv_event *event = new_event(e, NV_EVENT_INDICATOR);
	event->class = nv_indicators[id].class;
	event->before = before ? before : NV_OK;
	event->now = now;
	event->side = v->side;
	event->reason = v->reason;
	if (nv_is_silenced(v))
		event->notify = false;
	fill_event(e, event, (uint16_t)id, h->raised_s ? (double)(e->report.time_s - h->raised_s) : (double)NAN,
		h->peak);
}

/* What the class was worst by, and how far that went: another one takes its place when the status rises. */
static void see_worst(struct nv_engine *e, unsigned class)
{
	const struct nv_class_state *c = &e->report.classes[class];
	struct nv_class_history *h = &e->classes[class];

	if (!c->worst || !nv_is_raised(c->status))
		return;
	if (!h->worst_indicator || nv_severity(c->status) > nv_severity(h->told)) {
		h->worst_indicator = c->worst;
		h->peak = e->report.verdicts[c->worst].value;
	}
	double value = e->report.verdicts[h->worst_indicator].value;
	if (!(value <= h->peak) && !isnan(value))
		h->peak = value;
}

static void tell_class(struct nv_engine *e, unsigned class)
{
	struct nv_class_state *c = &e->report.classes[class];
	struct nv_class_history *h = &e->classes[class];
	enum nv_status before = h->told;

	see_worst(e, class);
	if (c->status == before)
		return;
	h->told = c->status;
	h->since_s = e->report.time_s;
	if (!is_news(before, c->status) || (before == NV_UNKNOWN && !h->changes && c->status == NV_OK)) {
		return;
	}
	h->changes++;
	if (nv_is_raised(c->status) && !nv_is_raised(before))
		h->raised_s = e->report.time_s;
	struct nv_event *event = new_event(e, NV_EVENT_CLASS);
	event->class = (enum nv_class_id)class;
	event->before = before ? before : NV_OK;
	event->now = c->status;
	event->side = c->side;
	event->reason = c->reason;
	/* A status that stands is about what is worst now, a clear about what was. */
	fill_event(e, event, nv_is_raised(c->status) ? c->worst : h->worst_indicator,
		h->raised_s ? (double)(e->report.time_s - h->raised_s) : (double)NAN, h->peak);
	if (!nv_is_raised(c->status))
		h->worst_indicator = 0;
}

static void tell_worst(struct nv_engine *e, unsigned class)
{
	struct nv_class_history *h = &e->classes[class];
	struct nv_class_state *c = &e->report.classes[class];

	/* The order of severity, not of numbers: unknown is between ok and warning. */
	if (c->status != NV_OK)
		nv_remember(&h->worst, e->report.time_s,
			c->status == NV_UNKNOWN ? 1.5 : (double)(int)c->status);
	double worst = nv_recall(&h->worst, e->report.time_s);
	c->worst10m = isnan(worst)   ? c->status
		      : worst == 1.5 ? NV_UNKNOWN
				     : (enum nv_status)(int)worst;
}

void nv_tell(struct nv_engine *e)
{
	for (unsigned k = 0; !e->look_at_all && k < e->active.count; k++) {
		tell_first(e, e->active.at[k]);
		tell_indicator(e, e->active.at[k]);
	}
	for (unsigned i = 1; e->look_at_all && i < NV_I_END; i++)
		if (nv_indicator_exists(i)) {
			tell_first(e, i);
			tell_indicator(e, i);
		}
	for (unsigned class = 1; class < NV_CLASS_END; class ++) {
		tell_class(e, class);
		e->report.classes[class].since_s = e->classes[class].since_s;
		e->report.classes[class].changes = e->classes[class].changes;
		tell_worst(e, class);
	}
}
