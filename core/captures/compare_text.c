/* SPDX-License-Identifier: MIT */
/*
 * What was found in captures -> the report for a person, in the system's own words: cause and side,
 * then each line of the file with both totals, the difference and the ratio.
 */
#include "captures/compare.h"
#include "normalize/normalize.h"
#include "nv_captures.h"
#include "report/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *status_word(enum nv_status status)
{
	return status == NV_CRITICAL   ? "CRITICAL"
		: status == NV_WARNING ? "WARNING"
		: status == NV_UNKNOWN ? "unknown"
				       : nv_status_name(status);
}

void nv_capture_put_wrapped(struct nv_out *out, const struct nv_style *style, unsigned column,
	unsigned indent, const char *text)
{
	unsigned width = style->width < 40 ? 80 : style->width;
	bool first = true;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (!first && column + 1 + length > width) {
			nv_put(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			nv_put(out, " ");
			column++;
		}
		nv_put(out, "%.*s", (int)length, text);
		column += (unsigned)length;
		text += length;
		text += strspn(text, " ");
		first = false;
	}
	nv_put(out, "\n");
}

static void exact_duration(double seconds, char *buf, size_t size)
{
	double minutes = floor(seconds / 60);

	if (seconds < 120)
		snprintf(buf, size, "%.0f s", seconds);
	else if (minutes < 180)
		snprintf(buf, size, "%.0f min %.0f s", minutes, seconds - minutes * 60);
	else
		snprintf(buf, size, "%.0f h %.0f min", floor(minutes / 60),
			minutes - floor(minutes / 60) * 60);
}

/* ---- head -------------------------------------------------------------------------------- */

const char *nv_capture_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void what_is_in(const struct nv_capture *c, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s%s", c->saw_statistics ? ", statistics" : "",
		c->saw_interfaces ? ", interfaces" : "", c->saw_mbufs ? ", mbufs" : "",
		c->saw_sockets ? ", sockets" : "");
}

/* From when to when, and how that is known. */
static void say_time(const struct nv_comparison *c, char *buf, size_t size)
{
	char duration[80] = "unknown time (give --elapsed SECONDS)";
	bool crossed = false;

	for (unsigned id = 1; id < NV_C_END; id++)
		crossed = crossed || c->crossed[id];
	if (c->same_instant)
		snprintf(duration, sizeof(duration), "the same instant");
	else if (!isnan(c->report.seconds))
		exact_duration(c->report.seconds, duration, sizeof(duration));
	snprintf(buf, size, "%s%s%s%s; same boot%s%s%s", duration,
		isnan(c->report.seconds) ? "" : " (",
		isnan(c->report.seconds) ? "" : c->elapsed_from,
		isnan(c->report.seconds) ? "" : ")",
		c->before->host[0] && c->after->host[0] ? "" : " by its counters",
		crossed ? "; ~ = wrapped at 2^32" : "", nv_role_words(c->report.role));
}

/* Names of files have any length: what does not fit beside them goes below. */
static void put_beside(struct nv_out *out, const struct nv_style *style, const char *first,
	const char *second, const char *text)
{
	size_t width = style->width < 40 ? 80 : style->width;
	size_t names = strlen(first) + (*second ? 1 : 0) + strlen(second);

	nv_put(out, "%s%s%s", first, !*second ? "" : names > width ? "\n  " : " ", second);
	if (names + 2 + strlen(text) <= width)
		nv_put(out, "  %s\n", text);
	else {
		nv_put(out, "\n  ");
		nv_capture_put_wrapped(out, style, 2, 2, text);
	}
}

static void put_head(
	struct nv_out *out, const struct nv_comparison *c, const struct nv_style *style)
{
	char left[NV_PATH_SIZE + 4], parts[80], when[80] = "", time[200];
	unsigned width = style->width < 40 ? 80 : style->width;

	what_is_in(c->after, parts, sizeof(parts));
	if (c->after->platform_certain && c->after->kernel[0])
		snprintf(when, sizeof(when), "%s", c->after->kernel);
	else
		snprintf(when, sizeof(when), "%s%s", nv_platform_titles[c->after->platform],
			c->after->platform_given ? "" : " (recognised from the text)");
	snprintf(left, sizeof(left), "%s%s%s%s", c->report.host, c->report.host[0] ? "  " : "",
		when, parts);
	nv_put(out, "%-*.*s %s\n", (int)width - 9, (int)width - 9, left,
		status_word(c->report.status));
	snprintf(left, sizeof(left), "%s%s",
		nv_capture_base_name(c->before ? c->before->file : c->after->file),
		c->before ? " ->" : "");
	if (!c->before) {
		snprintf(time, sizeof(time), "%s%s",
			c->after->saw_statistics || c->after->saw_interfaces || c->after->saw_mbufs
				? "totals since boot: where to look, not what is broken now"
				: "the sockets of one moment",
			nv_role_words(c->report.role));
		put_beside(out, style, left, "", time);
		return;
	}
	say_time(c, time, sizeof(time));
	put_beside(out, style, left, nv_capture_base_name(c->after->file), time);
}

static void put_classes(struct nv_out *out, const struct nv_comparison *c,
	const struct nv_style *style, unsigned order[NV_CLASS_END])
{
	unsigned n = 0;

	for (int level = 3; level >= 0; level--)
		for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
			if (nv_severity(c->report.classes[klass].status) == level)
				order[n++] = klass;
	for (unsigned i = 0; i < n; i++) {
		const struct nv_class_state *s = &c->report.classes[order[i]];

		if (!s->text[0]) {
			nv_put(out, " %c %-11s  %s\n", nv_classes[order[i]].letter,
				nv_classes[order[i]].name, status_word(s->status));
			continue;
		}
		nv_put(out, " %c %-11s  %-8s  ", nv_classes[order[i]].letter,
			nv_classes[order[i]].name, status_word(s->status));
		nv_capture_put_wrapped(out, style, 26, 26, s->text);
	}
}

/* ---- evidence ---------------------------------------------------------------------------- */

struct evidence {
	struct nv_out *out;
	const struct nv_comparison *c;
	const struct nv_style *style;
	bool shown[NV_C_END];
	bool headed;
};

/* The counter as the system prints it, where ours was computed from it. */
static unsigned printed_counter(const struct nv_capture *c, unsigned id)
{
	if (id == NV_C_ipInWirePkts || id == NV_C_tcpInTwiceOf)
		id = c->snapshot.present[NV_C_tcpInSegs] ? NV_C_tcpInSegs : NV_C_ipInReceives;
	if (id == NV_C_tcpOutSegs && c->computed[id] == 1)
		return NV_C_tcpOutPkts;
	if (c->computed[id] == 1 || !c->snapshot.present[id])
		for (size_t i = 0; i < nv_equation_count; i++)
			if (nv_equations[i].to == id)
				for (unsigned k = 0; nv_equations[i].term[k].counter; k++)
					if (nv_equations[i].term[k].main &&
						c->snapshot
							.present[nv_equations[i].term[k].counter])
						return nv_equations[i].term[k].counter;
	return id;
}

static void put_heading(struct evidence *e)
{
	char duration[32] = "difference";

	if (e->headed)
		return;
	e->headed = true;
	if (!e->c->before) {
		nv_put(e->out, "         total    ratio  line in the file\n");
		return;
	}
	if (!isnan(e->c->report.seconds)) {
		duration[0] = '+';
		nv_say_duration(e->c->report.seconds, duration + 1, sizeof(duration) - 1);
	}
	nv_put(e->out, "      before        after %14s    ratio  line in the file\n", duration);
}

static void put_counter(struct evidence *e, unsigned id, const char *ratio, const char *remark)
{
	const struct nv_comparison *c = e->c;
	const char *label = c->after->origin[id].label[0] ? c->after->origin[id].label
							  : nv_counters[id].name;
	char difference[40], words[2 * NV_TEXT_SIZE], figures[NV_TEXT_SIZE];

	if (!id || !c->after->snapshot.present[id] || (e->shown[id] && !ratio[0]))
		return;
	e->shown[id] = true;
	put_heading(e);
	snprintf(words, sizeof(words), "%s%s", label, remark);
	if (!c->before) {
		snprintf(figures, sizeof(figures), "%14" PRIu64 " %8s  ",
			c->after->snapshot.value[id], ratio);
		nv_put_wrapped(e->out, e->style->width, figures, words);
		return;
	}
	nv_say_grouped((double)c->delta.count[id], difference, sizeof(difference));
	if (nv_counters[id].kind == NV_GAUGE)
		snprintf(difference, sizeof(difference), "now");
	snprintf(figures, sizeof(figures), "%12" PRIu64 " %12" PRIu64 "%c %13s %8s  ",
		c->before->snapshot.value[id], c->after->snapshot.value[id],
		c->crossed[id] ? '~' : ' ', difference, ratio);
	nv_put_wrapped(e->out, e->style->width, figures, words);
}

static bool worth_a_line(const struct nv_comparison *c, unsigned id)
{
	const struct nv_verdict *v = &c->report.verdicts[id];

	if (v->status == NV_DISABLED)
		return c->wrapped[id] && v->label;
	if (nv_is_raised(v->status) || v->reason == NV_REASON_NOTED ||
		v->reason == NV_REASON_CONSEQUENCE)
		return true;
	return v->numerator > 0 &&
		(id == NV_I_tcpRetrans || id == NV_I_tcpInOutOfOrder ||
			id == NV_I_tcpInDuplicates || id == NV_I_tcpInDupAcks);
}

static void put_indicator(struct evidence *e, unsigned id)
{
	const struct nv_comparison *c = e->c;
	const struct nv_indicator *ind = &nv_indicators[id];
	const struct nv_verdict *v = &c->report.verdicts[id];
	unsigned main = printed_counter(c->after, nv_capture_main(c->after, id));
	char ratio[32] = "";
	const char *remark = nv_is_raised(v->status) ? ""
		: c->wrapped[id]                     ? " (wrapped)"
		: v->reason == NV_REASON_NOTED       ? " (noted)"
		: v->reason == NV_REASON_CONSEQUENCE ? " (the same again)"
						     : " (ok)";

	if (ind->kind == NV_RATIO) {
		put_counter(e, printed_counter(c->after, ind->den[0].counter), "", "");
		if (!c->wrapped[id])
			nv_say_value(NV_RATIO, true, v->value, ratio, sizeof(ratio));
	}
	put_counter(e, main, ratio, remark);
}

/* Which way the trouble goes: the first thing to know about loss. */
static const char *direction(const struct nv_comparison *c)
{
	const struct nv_verdict *out = &c->report.verdicts[NV_I_tcpRetrans];
	const struct nv_verdict *in = &c->report.verdicts[NV_I_tcpInOutOfOrder];
	bool out_bad = nv_is_raised(out->status) ||
		nv_is_raised(c->report.verdicts[NV_I_tcpDropRetrans].status);
	bool in_bad = in->value > 0.01;

	if (c->wrapped[NV_I_tcpRetrans] || out->status == NV_DISABLED)
		return NULL;
	if (out_bad && !in_bad && in->status != NV_DISABLED)
		return "What it SENDS is lost, what it receives is clean: look at the way out.";
	if (out_bad && in_bad)
		return "Both ways: what it SENDS is lost and what it receives comes with gaps.";
	if (!out_bad && in_bad)
		return "What it RECEIVES comes with gaps, what it sends is clean: look at the way in.";
	return NULL;
}

static void put_evidence(struct nv_out *out, const struct nv_comparison *c,
	const struct nv_style *style, unsigned klass)
{
	static const struct {
		uint16_t counter;
		const char *remark; /* labels of systems do not say which direction */
	} chain[] = { { NV_C_udpNoPorts, "" }, { NV_C_icmpOutDestUnreachs, " (sent)" },
		{ NV_C_icmpInDestUnreachs, " (received)" } };
	struct evidence e = { .out = out, .c = c, .style = style };
	const char *way = klass == NV_CLASS_LOST ? direction(c) : NULL;
	bool bad = nv_is_raised(c->report.classes[klass].status), any = false;

	for (unsigned i = 1; i < NV_I_END; i++)
		any = any || (klass == NV_CLASS_APPLICATION && c->report.own_port) ||
			(nv_indicator_exists(i) && nv_indicators[i].klass == klass &&
				worth_a_line(c, i));
	if (!any && !way)
		return;
	nv_put(out, "\n %c  ", nv_classes[klass].letter);
	nv_capture_put_wrapped(out, style, 4, 4,
		way ? way
			: klass == NV_CLASS_APPLICATION && c->report.own_port
			? "This host sends UDP to a closed port of its own."
			: bad ? c->report.classes[klass].text
			      : nv_classes[klass].name);
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i) && nv_indicators[i].klass == klass && worth_a_line(c, i))
			put_indicator(&e, i);
	if (klass == NV_CLASS_APPLICATION && c->report.own_port)
		for (unsigned i = 0; i < sizeof(chain) / sizeof(chain[0]); i++)
			put_counter(&e, chain[i].counter, "", chain[i].remark);
	if (klass == NV_CLASS_APPLICATION && c->report.own_port)
		nv_put_wrapped(out, style->width, "   ",
			"No socket = unreachable sent = unreachable received: one cause, counted again.");
	if (bad) {
		nv_put(out, "   -> Ask for ");
		nv_capture_put_wrapped(
			out, style, 14, 6, nv_capture_next_command(c->after->platform, klass));
	}
}

/* ---- interfaces, sockets ----------------------------------------------------------------- */

static void put_interfaces(
	struct nv_out *out, const struct nv_comparison *c, const struct nv_style *style)
{
	unsigned bad = 0, with = 0;

	for (unsigned i = 0; i < c->report.interface_count; i++) {
		const struct nv_if_state *s = &c->interfaces[i];

		with += s->feeds;
		if (!nv_is_raised(s->status))
			continue;
		bad++;
		nv_put(out, "%s %-10s %-8s  ", bad == 1 ? "\n" : "", s->name,
			status_word(s->status));
		nv_capture_put_wrapped(out, style, 22, 22, s->text);
	}
	if (with && !bad && !c->same_instant)
		nv_put(out, "\n Interfaces: %u with a wire, all within limits\n", with);
}

static void put_sockets(
	struct nv_out *out, const struct nv_comparison *c, const struct nv_style *style)
{
	char stuck[120] = "", within[60] = "", line[240];

	if (!c->after->saw_sockets)
		return;
	if (c->stuck_receive + c->stuck_send)
		snprintf(stuck, sizeof(stuck),
			"; %u with unread, %u with unacknowledged data at that instant%s",
			c->stuck_receive, c->stuck_send,
			c->stuck_receive + c->stuck_send >= 5 ? ": several queues are stuck" : "");
	if (c->loopback_stuck)
		snprintf(within, sizeof(within), "; %u more within the host, normal",
			c->loopback_stuck);
	snprintf(line, sizeof(line), "Sockets: %u%s%s", c->after->socket_count, stuck, within);
	nv_put(out, "\n ");
	nv_capture_put_wrapped(out, style, 1, 3, line);
	for (unsigned i = 0; i < c->report.offender_count && i < 8; i++) {
		nv_put(out, "   ");
		nv_capture_put_wrapped(out, style, 3, 6, c->offenders[i].text);
	}
}

void nv_comparison_text(
	struct nv_out *out, const struct nv_comparison *c, const struct nv_style *style)
{
	unsigned order[NV_CLASS_END];

	put_head(out, c, style);
	put_classes(out, c, style, order);
	for (unsigned i = 0; i + 1 < NV_CLASS_END; i++)
		put_evidence(out, c, style, order[i]);
	put_interfaces(out, c, style);
	put_sockets(out, c, style);
	if (style->all) /* beside the difference what it is in all */
		nv_report_everything(out, &c->report, c->before ? &c->report : NULL, style);
	nv_capture_put_missing(out, c, style);
}
