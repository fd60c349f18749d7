/* SPDX-License-Identifier: MIT */
/* Reports, counters, events and the catalog as text for people and as JSON, into a buffer of the
 * caller. */
#ifndef NV_NV_PRESENT_H
#define NV_NV_PRESENT_H

#include "netvitals.h"
#include "nv_namespaces.h"
#include "text/out.h"

struct nv_style {
	bool colour;
	bool all;       /* every indicator, not only those worth a line */
	unsigned width; /* columns; 80 */
};

void nv_report_text(struct nv_out *, const struct nv_report *, const struct nv_report *total,
	const struct nv_style *);
void nv_report_json(struct nv_out *, const struct nv_report *);
void nv_offender_json(struct nv_out *, const struct nv_offender *);

/* Other namespaces, worst first: in one line without its end; as a table; as a JSON array. hidden:
 * processes that could not be looked at. */
void nv_namespaces_line(struct nv_out *, const struct nv_namespace *, unsigned count);
void nv_namespaces_text(struct nv_out *, const struct nv_namespace *, unsigned count,
	unsigned hidden, const struct nv_style *);
void nv_namespaces_json(struct nv_out *, const struct nv_namespace *, unsigned count);

/* Who saw an event, and whom the evidence names; NULL: nobody. */
struct nv_event_source {
	const char *host, *front_end;
	const struct nv_offender *offender;
};

/* An event as one line without its end: the same keys wherever events are written. */
void nv_event_json(struct nv_out *, const struct nv_event *, const struct nv_event_source *);
void nv_counters_text(struct nv_out *, const struct nv_snapshot *);
void nv_counters_json(struct nv_out *, const struct nv_snapshot *, const char *platform);
void nv_counters_csv_header(struct nv_out *);
void nv_counters_csv_row(struct nv_out *, const struct nv_snapshot *);

/* Explain a class, a counter, an indicator or netstat's name for a statistic. False: no such name.
 */
bool nv_explain(struct nv_out *, const char *name);

/* The catalog as "mib", "man", "md" or "json". False: no such format. */
bool nv_catalog_write(struct nv_out *, const char *format);

/* A value in people's words: "7.1 %", "212", "0.105 %". Writes at most size bytes. */
void nv_say_value(enum nv_kind, bool fraction, double value, char *buf, size_t size);

/* Its label where no share stands before it. */
const char *nv_label_alone(const struct nv_indicator *);

/* Its label behind a number: "1 packet without a route", "7 packets without a route". */
const char *nv_label_for(const struct nv_indicator *, double number, char buf[NV_NAME_SIZE]);

/* A limit of an indicator: "1 %", "50/min", "any" where one event is one too many, "never". */
void nv_say_limit(const struct nv_indicator *, double limit, char *buf, size_t size);

#endif
