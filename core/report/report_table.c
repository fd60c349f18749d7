/* SPDX-License-Identifier: MIT */
/* The table of everything: a line of figures for each indicator and interface, and the sources. */
#include "report/page.h"
#include "report/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *colour_of(enum nv_status status)
{
	switch (status) {
	case NV_CRITICAL:
		return "\033[1;31m";
	case NV_WARNING:
		return "\033[33m";
	case NV_UNKNOWN:
		return "\033[35m";
	case NV_OK:
		return "\033[32m";
	case NV_LEARNING:
	case NV_DISABLED:
		break;
	}
	return "";
}

void nv_put_status(const struct nv_page *p, enum nv_status status, int width)
{
	static const char *const words[] = {
		[NV_OK] = "ok",
		[NV_WARNING] = "WARNING",
		[NV_CRITICAL] = "CRITICAL",
		[NV_UNKNOWN] = "UNKNOWN",
		[NV_LEARNING] = "learning",
		[NV_DISABLED] = "disabled",
	};
	const char *colour = p->style->colour ? colour_of(status) : "";

	nv_put(p->out, "%s%-*s%s", colour, width, words[status], *colour ? "\033[0m" : "");
}

void nv_put_cut(const struct nv_page *p, unsigned column, const char *text)
{
	int room = (int)p->style->width - (int)column;

	if (room > 3 && strlen(text) > (size_t)room)
		nv_put(p->out, "%.*s...\n", room - 3, text);
	else
		nv_put(p->out, "%s\n", text);
}

static bool is_alone(const struct nv_page *p)
{
	return p->report->total || (!p->total && strcmp(p->report->kind, "capture") == 0);
}

/* One line of figures; those that have none say why. The widest stands last. */
static void put_row(const struct nv_page *p, unsigned id)
{
	const struct nv_indicator *ind = &nv_indicators[id];
	const struct nv_verdict *v = &p->report->verdicts[id];
	const double values[] = { v->value, v->warn,
		isnan(v->usual) && p->total ? v->total_value : v->usual };
	char numerator[32], denominator[32], number[32], figures[256];
	struct nv_out line = { .buf = figures, .size = sizeof(figures) };
	const char *why;

	nv_put(p->out, " %c %-19s ", nv_classes[ind->klass].letter, ind->name);
	nv_put_status(p, v->status, 8);
	if (isnan(v->numerator)) {
		why = strchr(v->text, ':'); /* captures: by this system, or not in these files */
		nv_put_cut(p, 31,
			v->status != NV_DISABLED ? " no data"
				: why            ? why + 1
						 : " not counted here");
		return;
	}
	/* Totals have neither a usual value nor one of boot beside them. */
	for (unsigned i = 0; i < sizeof(values) / sizeof(*values) - (is_alone(p) ? 1 : 0); i++) {
		if (i == 1)
			nv_say_limit(ind, values[i], number, sizeof(number));
		else
			nv_say_value(
				ind->kind, nv_is_fraction(ind), values[i], number, sizeof(number));
		nv_put(&line, " %-9s", number);
	}
	nv_say_grouped(v->numerator, numerator, sizeof(numerator));
	nv_say_grouped(v->denominator, denominator, sizeof(denominator));
	if (nv_is_fraction(ind))
		nv_put(&line, " %s of %s", numerator, denominator);
	else
		nv_put(&line, " %s", numerator);
	nv_put_cut(p, 31, figures);
}

void nv_put_everything(const struct nv_page *p)
{
	nv_put(p->out, "\n %-21s %-8s %-9s %-9s %s%s\n", "indicator", "status", "value", "warn",
		is_alone(p)        ? ""
			: p->total ? "boot      "
				   : "usual     ",
		"events");
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
		for (unsigned i = 1; i < NV_I_END; i++)
			if (nv_indicator_exists(i) && nv_indicators[i].klass == klass)
				put_row(p, i);
	for (unsigned i = 0; i < p->report->interface_count; i++) {
		const struct nv_if_state *s = &p->report->interfaces[i];

		nv_put(p->out, " if %-18s ", s->name);
		nv_put_status(p, s->status, 8);
		nv_put(p->out, "  ");
		nv_put_cut(p, 33,
			s->text[0]         ? s->text
				: s->feeds ? "within limits"
					   : "shown only, not counted in class status");
	}
}

/* What reading costs, and how old is what is not read each time. */
void nv_put_sources(const struct nv_page *p)
{
	char text[256] = "";
	struct nv_out line = { .buf = text, .size = sizeof(text) };

	for (unsigned i = 0; i < NV_SOURCES; i++) {
		const struct nv_source_state *s = &p->report->sources[i];

		if (isnan(s->age_s))
			continue;
		nv_put(&line, "%s%s %.0f s ago", line.used ? ", " : "",
			nv_source_name((enum nv_source)i), s->age_s);
		if (!isnan(s->cost_us))
			nv_put(&line, " in %.0f us", s->cost_us);
	}
	if (line.used)
		nv_put_wrapped(p->out, p->style->width, " last read: ", text);
}

void nv_report_everything(struct nv_out *out, const struct nv_report *report,
	const struct nv_report *total, const struct nv_style *style)
{
	const struct nv_page p = { out, report, total, style };

	nv_put_everything(&p);
}
