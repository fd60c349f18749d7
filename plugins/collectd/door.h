/* SPDX-License-Identifier: MIT */
/*
 * What the files of the collectd plugin share. The way of a sample:
 *
 *     options (collectd.conf) -> source (engine and thread) -> lists (values)
 *                                                           -> notices (notifications, EventLog)
 *
 * Everything here is about collectd; what the numbers mean is known to the core alone.
 */
#ifndef NETVITALS_DOOR_H
#define NETVITALS_DOOR_H

#include <collectd/core/daemon/collectd.h>
#include <collectd/core/daemon/plugin.h>
#include <collectd/core/daemon/utils_complain.h>
#include <collectd/core/utils/common/common.h>

#include <pthread.h>
#include <regex.h>

#include "catalog.h"
#include "netvitals.h"

#define DOOR_NAME "netvitals"

/* ---- options.c: the <Plugin netvitals> block */

enum door_counters { DOOR_COUNTERS_NONE, DOOR_COUNTERS_USED, DOOR_COUNTERS_ALL };

/* One `Interface` line: a name, or a regular expression between slashes. */
struct door_pattern {
	char *name; /* NULL: use the expression */
	regex_t expression;
};

struct door_options {
	struct nv_config engine;
	bool indicators[NV_I_END]; /* dispatched, by number */
	bool usual;
	bool interfaces; /* value lists for each interface */
	bool ignore_selected;
	struct door_pattern *patterns;
	size_t pattern_count;
	enum door_counters counters;
	bool counter_used[NV_C_END]; /* mentioned by a formula of the catalog */
	char event_log[NV_PATH_SIZE];
};

void options_init(struct door_options *);
void options_fini(struct door_options *);
/* Additive: collectd calls it once for each block. Complains and goes on; never refuses. */
void options_read(struct door_options *, const oconfig_item_t *block);
bool options_interface(const struct door_options *, const struct nv_if_state *);

/* ---- lists.c: report -> value lists */

/* report NULL: the source gives nothing: statuses unknown, values NAN. host "": the daemon's. */
void lists_dispatch(const struct door_options *, const char *host, const struct nv_report *,
	const struct nv_snapshot *);
/* "percent" for ratios, "gauge" for all else. */
const char *lists_type(uint16_t indicator);
/* In the unit that the lists have: percent for ratios. */
double lists_value(uint16_t indicator, double value);

/* ---- notices.c: events -> notifications and the event log */

/* Tell the events after number `told`; returns the number of the newest one told. */
uint32_t notices_dispatch(
	const struct door_options *, const char *host, const struct nv_engine *, uint32_t told);
void notices_fini(void);

/* ---- source.c: an engine that is polled in a thread of its own */

struct door_source;

/* options must outlive the source. host "": the daemon's. NULL: no memory or no thread (logged). */
struct door_source *source_new(const struct door_options *, const struct nv_config *,
	const char *host, const char *thread);
/* Ask for a sample, wait for it a moment, dispatch what there is. Never longer than 50 ms. */
void source_read(struct door_source *);
/* Joins the thread; takes NULL. */
void source_free(struct door_source *);

#endif
