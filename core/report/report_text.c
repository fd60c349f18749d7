/* SPDX-License-Identifier: MIT */
/*
 * The report that a person reads: one screen of 80 columns, worst first. Cause and side, then the
 * evidence, then what to do, then what is noted and what nobody can see.
 */
#include "report/page.h"
#include "report/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* ---- head and classes
 * ------------------------------------------------------------------------------ */

/* What the report covers, and what else was asked. */
static void put_extent(const struct nv_page *p)
{
	const struct nv_report *r = p->report;
	char text[256], duration[32];
	struct nv_out line = { .buf = text, .size = sizeof(text) };

	nv_say_duration(r->seconds, duration, sizeof(duration));
	if (r->total)
		nv_put(&line, "since boot, %s: where to look, not what is broken now", duration);
	else if (isnan(r->seconds))
		nv_put(&line, "no two samples yet");
	else
		nv_put(&line, "last %s, %u samples in %.0f us each", duration, r->samples,
			r->cost_us);
	nv_put(&line, "%s", nv_role_words(r->role));
	if (r->namespaces > 1 && !r->others)
		nv_put(&line, "; %u other network namespace%s on this host %s not included",
			r->namespaces - 1, r->namespaces == 2 ? "" : "s",
			r->namespaces == 2 ? "is" : "are");
	if (r->consulted[0] && !r->total)
		nv_put(&line, "; usual: by %s", r->consulted);
	nv_put_wrapped(p->out, p->style->width, "", text);
}

static void put_head(const struct nv_page *p)
{
	const struct nv_report *r = p->report;
	char system[128], line[256], duration[32], when[64] = "";
	time_t t = (time_t)r->time_s;
	struct tm local;
	bool together;

	nv_say_duration(r->uptime_s, duration, sizeof(duration));
	snprintf(system, sizeof(system), "%s%s%s", r->kernel[0] ? r->kernel : r->platform,
		isnan(r->uptime_s) ? "" : ", up ", isnan(r->uptime_s) ? "" : duration);
	if (r->time_s && localtime_r(&t, &local))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S %Z", &local);
	/* A long name leaves no room for the system beside it. */
	together = strlen(r->host) + 2 + strlen(system) < 40;
	snprintf(line, sizeof(line), "%s%s%s", r->host, together ? "  " : "",
		together ? system : "");
	nv_put(p->out, "%-39.39s ", line);
	nv_put_status(p, r->status, when[0] ? 9 : 0);
	if (when[0])
		nv_put(p->out, " %*.30s", (int)(p->style->width > 50 ? p->style->width - 50 : 0),
			when);
	nv_put(p->out, "\n");
	if (!together)
		nv_put_cut(p, 0, system);
	put_extent(p);
}

/* Class numbers, worst first, otherwise in the order L C R A S. */
static void order_classes(const struct nv_report *r, unsigned order[NV_CLASS_END])
{
	unsigned n = 0;

	for (int level = 3; level >= 0; level--)
		for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
			if (nv_severity(r->classes[klass].status) == level)
				order[n++] = klass;
}

/* What the class line says: the worst indicator in a few words; the evidence stands below. */
static void brief(const struct nv_report *r, unsigned klass, char *buf, size_t size)
{
	const struct nv_class_state *c = &r->classes[klass];
	const struct nv_verdict *v = &r->verdicts[c->worst];
	const struct nv_indicator *ind = &nv_indicators[c->worst];
	char value[32], usual[32], label[NV_NAME_SIZE];

	if (!c->worst || !nv_is_raised(c->status)) {
		snprintf(buf, size, "%s", c->text);
		return;
	}
	nv_say_value(ind->kind, nv_is_fraction(ind), v->value, value, sizeof(value));
	nv_say_value(ind->kind, nv_is_fraction(ind), v->usual, usual, sizeof(usual));
	if (ind->kind == NV_COUNT)
		nv_say_grouped(v->numerator, value, sizeof(value));
	snprintf(buf, size, "%s %s%s%s", value,
		nv_label_for(ind, ind->kind == NV_COUNT ? v->numerator : v->value, label),
		isnan(v->usual) ? "" : ", usually ", isnan(v->usual) ? "" : usual);
}

static void put_classes(const struct nv_page *p, const unsigned order[NV_CLASS_END])
{
	for (unsigned i = 0; i + 1 < NV_CLASS_END; i++) {
		const struct nv_class_state *c = &p->report->classes[order[i]];
		char since[32] = "", words[NV_TEXT_SIZE];

		nv_put(p->out, " %c %-11s  ", nv_classes[order[i]].letter,
			nv_classes[order[i]].name);
		brief(p->report, order[i], words, sizeof(words));
		if (nv_is_raised(c->status) && c->since_s)
			nv_say_duration(
				(double)(p->report->time_s - c->since_s), since, sizeof(since));
		nv_put_status(p, c->status, words[0] ? 8 : 0);
		if (words[0])
			nv_put(p->out, " %6s  ", since);
		nv_put_cut(p, 32, words);
	}
}

/* ---- indicators
 * --------------------------------------------------------------------------------------- */

static void put_evidence(struct nv_out *out, unsigned id, const struct nv_verdict *v)
{
	const struct nv_indicator *ind = &nv_indicators[id];
	char value[32], numerator[32], denominator[32], window[32], shares[96] = "";

	nv_say_grouped(v->numerator, numerator, sizeof(numerator));
	nv_say_grouped(v->denominator, denominator, sizeof(denominator));
	nv_say_duration(v->seconds, window, sizeof(window));
	nv_say_value(ind->kind, nv_is_fraction(ind), v->value, value, sizeof(value));
	if (ind->kind == NV_COUNT)
		snprintf(value, sizeof(value), "%.30s", numerator);
	if (nv_is_fraction(ind))
		snprintf(shares, sizeof(shares), "%s of %s", numerator, denominator);
	else if (ind->kind == NV_COUNT && !isnan(v->seconds))
		snprintf(shares, sizeof(shares), "in %s", window);
	nv_put(out, " %c %-18s %-9s %-24s", nv_classes[ind->klass].letter, ind->name, value,
		shares);
}

/* Its length without blanks at the end. */
static size_t trimmed(const char *text)
{
	size_t length = strlen(text);

	while (length && text[length - 1] == ' ')
		length--;
	return length;
}

/* column: where it is to begin. */
static void put_limit(const struct nv_page *p, struct nv_out *out, size_t column, unsigned id,
	const struct nv_verdict *v)
{
	const struct nv_indicator *ind = &nv_indicators[id];
	bool critical = v->status == NV_CRITICAL;
	double limit = critical ? v->crit : v->warn;
	char number[32], boot[48];

	if (!isnan(limit)) {
		nv_say_limit(ind, limit, number, sizeof(number));
		nv_put(out, " %s %s", critical ? "crit" : "warn", number);
	}
	if (!isnan(v->usual)) {
		nv_say_value(ind->kind, nv_is_fraction(ind), v->usual, number, sizeof(number));
		nv_put(out, "  usual %s", number);
	} else if (p->total && !p->report->total && !isnan(v->total_value) &&
		ind->kind != NV_LEVEL) {
		nv_say_value(
			ind->kind, nv_is_fraction(ind), v->total_value, number, sizeof(number));
		snprintf(boot, sizeof(boot), "  boot %s", number);
		if (column + out->used + strlen(boot) <= p->style->width) /* whole or not at all */
			nv_put(out, "%s", boot);
	}
}

static void put_offenders(const struct nv_page *p, unsigned id)
{
	for (unsigned i = 0; i < p->report->offender_count; i++)
		if (p->report->offenders[i].indicator == id)
			nv_put_wrapped(
				p->out, p->style->width, "   ", p->report->offenders[i].text);
}

static void put_finding(const struct nv_page *p, unsigned id)
{
	const struct nv_verdict *v = &p->report->verdicts[id];
	char advice[1024], evidence[256], limit[128] = "";
	struct nv_out line = { .buf = evidence, .size = sizeof(evidence) },
		      of = { .buf = limit, .size = sizeof(limit) };

	put_evidence(&line, id, v);
	put_limit(p, &of, line.used, id, v);
	/* What does not fit beside long numbers stands below them. */
	if (line.used + of.used <= p->style->width)
		nv_put(p->out, "%s%s\n", evidence, limit);
	else
		nv_put(p->out, "%.*s\n  %s\n", (int)trimmed(evidence), evidence, limit);
	put_offenders(p, id);
	if (v->label)
		nv_put_wrapped(p->out, p->style->width, "   line: ", v->label);
	if (v->consequence_of) {
		nv_put(p->out, "   a consequence of %s\n", nv_indicators[v->consequence_of].name);
		return;
	}
	snprintf(advice, sizeof(advice), "%s%s", nv_side_lead(v->side), nv_indicators[id].hint);
	nv_put_wrapped(p->out, p->style->width, "   -> ", advice);
}

/* Findings of one class: critical, then warning; causes before consequences. */
static void put_findings(const struct nv_page *p, unsigned klass)
{
	for (int round = 0; round < 4; round++)
		for (unsigned i = 1; i < NV_I_END; i++) {
			const struct nv_verdict *v = &p->report->verdicts[i];

			if (nv_indicator_exists(i) && nv_indicators[i].klass == klass &&
				v->status == (round < 2 ? NV_CRITICAL : NV_WARNING) &&
				!nv_is_silenced(v) && (v->consequence_of != 0) == (round % 2 == 1))
				put_finding(p, i);
		}
}

static void put_noted(const struct nv_page *p)
{
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_verdict *v = &p->report->verdicts[i];
		char line[2 * NV_TEXT_SIZE + NV_NAME_SIZE], mute[NV_TEXT_SIZE] = "";

		if (!nv_indicator_exists(i))
			continue;
		if (nv_is_silenced(v))
			nv_say_mute(p->report, v, mute);
		if (v->reason == NV_REASON_NOTED || mute[0]) {
			snprintf(line, sizeof(line), "%s: %s%s%s", nv_indicators[i].name, v->text,
				mute[0] ? "; muted " : "", mute);
			nv_put_wrapped(p->out, p->style->width,
				v->reason == NV_REASON_NOTED ? " noted  " : " muted  ", line);
		}
	}
}

/* Midnight before that instant, here. */
static int64_t midnight(int64_t time_s)
{
	time_t t = (time_t)time_s;
	struct tm local;

	if (!localtime_r(&t, &local))
		return 0;
	local.tm_hour = local.tm_min = local.tm_sec = 0;
	local.tm_isdst = -1;
	return (int64_t)mktime(&local);
}

/* Two lines of what a front end has reported of the classes since midnight, the newest last. */
static void put_today(const struct nv_page *p)
{
	enum { MOST = 6, A_LINE = 3 };
	const struct nv_report *r = p->report;
	const struct nv_event *shown[MOST];
	unsigned n = 0;
	int64_t from_s = midnight(r->time_s);

	for (unsigned i = r->past_count; i > 0 && n < MOST; i--)
		if (r->past[i - 1].kind == NV_EVENT_CLASS && r->past[i - 1].time_s >= from_s &&
			r->past[i - 1].time_s <= r->time_s)
			shown[n++] = &r->past[i - 1];
	for (unsigned k = 0; k < n; k++) {
		const struct nv_event *e = shown[n - 1 - k];
		time_t t = (time_t)e->time_s;
		struct tm local;
		char when[16] = "";

		if (localtime_r(&t, &local))
			strftime(when, sizeof(when), "%H:%M:%S", &local);
		nv_put(p->out, "%s%s %c %s%s",
			k % A_LINE  ? "  "
				: k ? "        "
				    : " today  ",
			when, nv_classes[e->klass].letter, nv_status_name(e->now),
			k + 1 == n || k % A_LINE + 1 == A_LINE ? "\n" : "");
	}
}

static void put_foot(const struct nv_page *p)
{
	unsigned ok = 0, absent = 0, unknown = 0;

	for (unsigned i = 1; i < NV_I_END; i++) {
		if (!nv_indicator_exists(i))
			continue;
		ok += p->report->verdicts[i].status == NV_OK ||
			p->report->verdicts[i].status == NV_LEARNING;
		absent += p->report->verdicts[i].status == NV_DISABLED;
		unknown += p->report->verdicts[i].status == NV_UNKNOWN;
	}
	nv_put(p->out, " %u ok, %u not counted here", ok, absent);
	if (unknown)
		nv_put(p->out, ", %u without data", unknown);
	nv_put(p->out, ".  netvitals --all | explain NAME\n");
}

void nv_report_text(struct nv_out *out, const struct nv_report *report,
	const struct nv_report *total, const struct nv_style *style)
{
	const struct nv_page p = { out, report, total, style };
	unsigned order[NV_CLASS_END];

	order_classes(report, order);
	put_head(&p);
	put_classes(&p, order);
	if (nv_is_raised(report->status))
		nv_put(out, "\n");
	for (unsigned i = 0; i + 1 < NV_CLASS_END; i++)
		put_findings(&p, order[i]);
	put_noted(&p);
	put_today(&p);
	if (report->other_count) {
		char text[4 * NV_TEXT_SIZE];
		struct nv_out line = { .buf = text, .size = sizeof(text) };

		nv_namespaces_line(&line, report->others, report->other_count);
		nv_put_wrapped(out, style->width, " ", text);
	}
	if (style->all) {
		nv_put_everything(&p);
		nv_put_sources(&p);
		nv_put_wrapped(out, style->width, " ", report->note);
	}
	put_foot(&p);
}
