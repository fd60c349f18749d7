/* SPDX-License-Identifier: MIT */
/*
 * Sentences for verdicts, classes and events: what, both numbers, the window, the limit, the usual
 * value and the side, in that order, so that the first 60 characters suffice for a pager.
 */
#include "report/words.h"
#include "nv_memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <ctype.h>

struct sentence {
	char *text;
	size_t used;
};

static void put_words(struct sentence *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void put_words(struct sentence *s, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(s->text + s->used, NV_TEXT_SIZE - s->used, format, args);
	va_end(args);
	s->used += n < 0 ? 0 : (size_t)n;
	if (s->used >= NV_TEXT_SIZE)
		s->used = NV_TEXT_SIZE - 1;
}

static void say_limits(
	struct sentence *s, const struct nv_indicator *ind, const struct nv_verdict *v)
{
	bool critical = v->status == NV_CRITICAL && !isnan(v->crit) && !isinf(v->crit);
	double limit = critical ? v->crit : v->warn;
	char number[32];

	if (isnan(limit) && isnan(v->usual))
		return;
	put_words(s, " (");
	if (!isnan(limit)) {
		nv_say_limit(ind, limit, number, sizeof(number));
		put_words(s, "%s %s", critical ? "crit" : "warn", number);
	}
	if (!isnan(v->usual)) {
		nv_say_value(ind->kind, nv_is_fraction(ind), v->usual, number, sizeof(number));
		put_words(s, "%susual %s", isnan(limit) ? "" : ", ", number);
	}
	put_words(s, ")");
}

void nv_say_verdict(enum nv_indicator_id id, struct nv_verdict *v)
{
	const struct nv_indicator *ind = &nv_indicators[id];
	struct sentence s = { v->text, 0 };
	char number[32], window[32], label[NV_NAME_SIZE];

	v->text[0] = 0;
	nv_say_duration(v->seconds, window, sizeof(window));
	nv_say_value(ind->kind, nv_is_fraction(ind), v->value, number, sizeof(number));
	if (v->status == NV_DISABLED && isnan(v->numerator)) {
		put_words(&s, "not counted here");
	} else if (v->status == NV_UNKNOWN || isnan(v->numerator)) {
		put_words(&s, "no data: %s", nv_label_alone(ind));
	} else if (ind->kind == NV_COUNT) {
		put_words(&s, "%.0f %s%s in %s", v->numerator,
			nv_label_for(ind, v->numerator, label), strchr(ind->label, ',') ? "," : "",
			isnan(v->seconds) ? "all" : window);
		say_limits(&s, ind, v);
	} else if (nv_is_fraction(ind)) {
		if (isnan(v->value))
			put_words(
				&s, "%s: no traffic, %.0f of 0", nv_label_alone(ind), v->numerator);
		else
			put_words(&s, "%s %s, %.0f of %.0f", number, ind->label, v->numerator,
				v->denominator);
		if (nv_counters[ind->den[0].counter].unit)
			put_words(&s, " %s", nv_counters[ind->den[0].counter].unit);
		if (!isnan(v->seconds) && ind->kind == NV_RATIO)
			put_words(&s, " in %s", window);
		say_limits(&s, ind, v);
	} else {
		put_words(&s, "%s %s", number, nv_label_for(ind, v->value, label));
		say_limits(&s, ind, v);
	}
	/* Held by hysteresis: the numbers of now alone would look like a mistake. */
	if (v->reason == NV_REASON_SUSTAINED && v->max10m > 0 && !(v->max10m <= v->value)) {
		nv_say_value(ind->kind, nv_is_fraction(ind), v->max10m, number, sizeof(number));
		put_words(&s, "; held, %s within 10 min", number);
	} else if (v->reason == NV_REASON_SUSTAINED && !(v->value >= v->warn)) {
		put_words(&s, "; held until it has stayed below for longer");
	}
	if (v->consequence_of)
		put_words(&s, "; a consequence of %s", nv_indicators[v->consequence_of].name);
}

void nv_say_gone(const struct nv_report *r, enum nv_indicator_id id, struct nv_verdict *v)
{
	struct sentence s = { v->text, strlen(v->text) };

	if (nv_indicators[id].only_with != NV_C_listenersGone || !r->listeners_gone)
		return;
	for (unsigned i = 0; i < r->offender_count; i++)
		if (r->offenders[i].indicator == id &&
			strstr(r->offenders[i].text, " had a listener ")) {
			put_words(&s, "; %s", r->offenders[i].text);
			return;
		}
}

static const char *side_words(enum nv_side side)
{
	switch (side) {
	case NV_SIDE_THIS_HOST:
		return "This host";
	case NV_SIDE_PEER:
		return "The peer";
	case NV_SIDE_PATH:
		return "The path";
	case NV_SIDE_UNSOLICITED:
		return "Unsolicited traffic";
	case NV_SIDE_UNKNOWN:
	case NV_SIDE_END:
		break;
	}
	return NULL;
}

void nv_say_mute(const struct nv_report *r, const struct nv_verdict *v, char text[NV_TEXT_SIZE])
{
	const struct nv_mute *mute = v->mute ? &r->mutes[v->mute - 1] : NULL;
	struct sentence s = { text, 0 };
	char when[32] = "";
	struct tm local;
	time_t until;

	text[0] = 0;
	if (!mute) {
		put_words(&s, "by configuration");
		return;
	}
	until = (time_t)mute->until_s;
	if (localtime_r(&until, &local))
		strftime(when, sizeof(when),
			mute->until_s - r->time_s < 6 * 86400 ? "%a %H:%M" : "%Y-%m-%d %H:%M",
			&local);
	put_words(&s, "until %s (%s: %.100s)", when, mute->by, mute->why);
}

/* Of how much there was nothing to say: "0 bad of 38,911 segments". */
static void say_clean(const struct nv_verdict *v, struct sentence *s)
{
	char bad[32], all[32];

	if (!(v->denominator > 0) || isnan(v->numerator))
		return;
	nv_say_grouped(v->numerator, bad, sizeof(bad));
	nv_say_grouped(v->denominator, all, sizeof(all));
	put_words(s, "%s bad of %s segments", bad, all);
}

/* The calm sentence of a class that is ok: what was looked at, or how many are only noted. */
static void say_calm(const struct nv_report *r, enum nv_class_id klass, struct sentence *s)
{
	unsigned noted = 0, muted = 0;
	const struct nv_verdict *last = NULL;
	char until[NV_TEXT_SIZE];

	for (unsigned i = 1; i < NV_I_END; i++) {
		if (!nv_indicator_exists(i) || nv_indicators[i].klass != klass)
			continue;
		noted += r->verdicts[i].reason == NV_REASON_NOTED;
		if (!nv_is_silenced(&r->verdicts[i]))
			continue;
		muted++;
		last = &r->verdicts[i];
	}
	if (noted)
		put_words(s, "%u noted", noted);
	if (muted)
		put_words(s, "%s%u muted", noted ? ", " : "", muted);
	if (!noted && !muted && klass == NV_CLASS_CORRUPTED)
		say_clean(&r->verdicts[NV_I_tcpInChecksum], s);
	if (muted == 1) {
		nv_say_mute(r, last, until);
		put_words(s, " %s", until);
	}
}

void nv_say_class(const struct nv_report *r, enum nv_class_id klass, char text[NV_TEXT_SIZE])
{
	const struct nv_class_state *c = &r->classes[klass];
	struct sentence s = { text, 0 };
	const char *side = side_words(c->side);

	text[0] = 0;
	if (c->worst && nv_is_raised(c->status)) {
		put_words(&s, "%s", r->verdicts[c->worst].text);
		if (side)
			put_words(&s, ". %s", side);
	} else if (c->status == NV_UNKNOWN) {
		put_words(&s,
			!r->samples                              ? "no sample yet"
				: c->hardly_counted && !r->stale ? "this system hardly counts it"
								 : "no data");
	} else {
		say_calm(r, klass, &s);
	}
}

static void say_status(struct sentence *s, enum nv_status status)
{
	const char *name = nv_status_name(status);

	if (nv_is_raised(status))
		for (; *name; name++)
			put_words(s, "%c", toupper((unsigned char)*name));
	else
		put_words(s, "%s", name);
}

const struct nv_offender *nv_event_offender(const struct nv_report *r, const struct nv_event *e)
{
	const struct nv_offender *of_class = NULL;

	if (!nv_is_raised(e->now))
		return NULL;
	for (unsigned i = 0; i < r->offender_count; i++) {
		const struct nv_offender *o = &r->offenders[i];

		if (e->indicator && o->indicator == e->indicator)
			return o;
		if (!of_class && o->klass == e->klass)
			of_class = o;
	}
	return of_class;
}

const struct nv_if_state *nv_event_interface(const struct nv_report *r, const struct nv_event *e)
{
	if (!nv_is_raised(e->now))
		return NULL;
	for (unsigned i = 0; i < r->interface_count * NV_IF_INDICATORS; i++) {
		const struct nv_if_state *interface = &r->interfaces[i / NV_IF_INDICATORS];

		if (nv_if_indicators[i % NV_IF_INDICATORS] == e->indicator && interface->feeds &&
			nv_is_raised(interface->verdicts[i % NV_IF_INDICATORS].status))
			return interface;
	}
	return NULL;
}

void nv_say_event(
	const struct nv_report *r, double lasted_s, double peak, bool shadow, struct nv_event *e)
{
	const struct nv_verdict *v = &r->verdicts[e->indicator];
	struct sentence s = { e->text, 0 };
	const char *side = side_words(e->side);
	char words[32];
	const struct nv_offender *evidence = nv_event_offender(r, e);
	bool cleared = e->now == NV_OK;
	int room;

	e->text[0] = 0;
	put_words(&s, "%s ",
		e->kind == NV_EVENT_CLASS ? nv_classes[e->klass].name
					  : nv_indicators[e->indicator].name);
	say_status(&s, e->now);
	put_words(&s, " (was %s", nv_status_name(e->before));
	if (cleared && !isnan(lasted_s)) {
		nv_say_duration(lasted_s, words, sizeof(words));
		put_words(&s, " %s", words);
	}
	if (cleared && !isnan(peak) && e->indicator) {
		const struct nv_indicator *ind = &nv_indicators[e->indicator];

		nv_say_value(ind->kind, nv_is_fraction(ind), peak, words, sizeof(words));
		put_words(&s, ", peak %s", words);
	}
	put_words(&s, ")");
	if (cleared && e->indicator && v->reason == NV_REASON_ACCEPTED)
		put_words(&s, " accepted as usual, not repaired");
	/* The tail must fit whatever the sentence says. */
	room = (int)(NV_TEXT_SIZE - 1 - s.used) - 40;
	if (e->now == NV_UNKNOWN && r->stale && r->missing[0])
		put_words(&s, ": %.*s", room, r->missing);
	else if (e->indicator && r->verdicts[e->indicator].text[0])
		put_words(&s, ": %.*s", room, v->text);
	if (!cleared && side && e->now != NV_UNKNOWN)
		put_words(&s, ". %s", side);
	room = (int)(NV_TEXT_SIZE - 1 - s.used) - 30;
	if (evidence && room > 20 && !strstr(e->text, evidence->text))
		put_words(&s, ": %.*s", room, evidence->text);
	put_words(&s, ". Event %u%s", e->number, shadow ? " (shadow)" : "");
}
