/* SPDX-License-Identifier: MIT */
/*
 * Columns of what is counted and remembered: counters, interfaces, events.
 */
#include "netvitals.h"
#include "text/out.h"
#include "columns.h"

#include <math.h>
#include <stdio.h>

/* ---- nvCounterTable -----------------------------------------------------------------------------
 */

#define COUNTER_ID (scene->counters[row])
#define VIEW       (scene->view)

GETTER(counter_name)
{
	STRING(nv_counters[COUNTER_ID].name, 64);
}
GETTER(counter_present)
{
	TRUTH(VIEW->counter_present[COUNTER_ID]);
}
GETTER(counter_kind)
{
	NUMBER(nv_counters[COUNTER_ID].kind == NV_GAUGE ? 2 : 1);
}
GETTER(counter_rate)
{
	NUMBER(VIEW->counter_rate[COUNTER_ID]);
}
GETTER(counter_units)
{
	STRING(nv_counters[COUNTER_ID].unit, 64);
}

/* "TcpRetransSegs", "softnet" and the like: the words that the system itself uses. */
GETTER(counter_source)
{
	const char *key = nv_counters[COUNTER_ID].key;
	STRING(key ? key : "", 64);
}

/* The class of an indicator that it speaks for. */
GETTER(counter_class)
{
	uint8_t klass = scene->counter_class[COUNTER_ID];
	NUMBER(klass == NV_CLASS_NONE ? NV_CLASS_END : klass);
}

GETTER(counter_value)
{
	bool counts = nv_counters[COUNTER_ID].kind == NV_COUNTER &&
		VIEW->counter_present[COUNTER_ID];
	NUMBER(counts ? VIEW->counter[COUNTER_ID] : 0);
}

GETTER(counter_level)
{
	uint64_t level = VIEW->counter[COUNTER_ID];
	if (nv_counters[COUNTER_ID].kind != NV_GAUGE || !VIEW->counter_present[COUNTER_ID])
		level = 0;
	NUMBER(level > UINT32_MAX ? UINT32_MAX : level);
}

static const struct nv_column counter_columns[] = {
	COLUMN(2, NV_OCTETS, "nvCounterName", counter_name),
	COLUMN(3, NV_OCTETS, "nvCounterSource", counter_source),
	COLUMN(4, NV_INTEGER, "nvCounterClass", counter_class),
	COLUMN(5, NV_COUNTER64, "nvCounterValue", counter_value),
	COLUMN(6, NV_GAUGE32, "nvCounterRate", counter_rate),
	COLUMN(7, NV_INTEGER, "nvCounterPresent", counter_present),
	COLUMN(8, NV_INTEGER, "nvCounterKind", counter_kind),
	COLUMN(9, NV_GAUGE32, "nvCounterLevel", counter_level),
	COLUMN(10, NV_OCTETS, "nvCounterUnits", counter_units),
};

static unsigned counter_rows(const struct nv_scene *scene)
{
	return scene->counter_count;
}

static void counter_index(
	const struct nv_scene *scene, unsigned row, unsigned long index[NV_INDEX_MAX])
{
	index[0] = NV_SELF_NETNS;
	index[1] = COUNTER_ID;
}

const struct nv_table nv_counter_table = {
	.arcs = { 1, 6 },
	.index_parts = 2,
	.rows = counter_rows,
	.index = counter_index,
	.columns = counter_columns,
	.column_count = COUNT(counter_columns),
};

/* ---- nvIfTable
 * ------------------------------------------------------------------------------------ */

#define INTERFACE (&VIEW->interfaces[row])

/* The position of an indicator among those of an interface. */
static uint32_t if_ratio(const struct nv_if_state *state, enum nv_indicator_id id)
{
	for (unsigned i = 0; i < NV_IF_INDICATORS; i++)
		if (nv_if_indicators[i] == id)
			return nv_scaled(id, state->verdicts[i].value);
	return 0;
}

#define IF_RATIO(name, id)                                                                         \
	GETTER(name)                                                                               \
	{                                                                                          \
		NUMBER(if_ratio(INTERFACE, NV_I_##id));                                            \
	}
#define IF_COUNT(name, id)                                                                         \
	GETTER(name)                                                                               \
	{                                                                                          \
		NUMBER(INTERFACE->value[NV_C_##id - NV_C_ifInPkts]);                               \
	}

GETTER(if_name)
{
	STRING(INTERFACE->name, 64);
}
GETTER(if_text)
{
	STRING(INTERFACE->text, 255);
}
GETTER(if_in_drops)
{
	NUMBER(nv_to_ppm(INTERFACE->in_drops));
}
GETTER(if_feeds)
{
	TRUTH(INTERFACE->feeds);
}
IF_RATIO(if_in_errors, ifInErrors)
IF_RATIO(if_out_errors, ifOutErrors)
IF_RATIO(if_out_drops, ifOutDrops)
IF_RATIO(if_collisions, ifCollisions)
IF_RATIO(if_in_overruns, ifInOverruns)
IF_COUNT(if_in_pkts, ifInPkts)
IF_COUNT(if_in_errs, ifInErrs)
IF_COUNT(if_in_dropped, ifInDrops)
IF_COUNT(if_out_pkts, ifOutPkts)
IF_COUNT(if_out_errs, ifOutErrs)
IF_COUNT(if_out_dropped, ifOutDrops)
IF_COUNT(if_colls, ifCollisions)

GETTER(if_status)
{
	NUMBER(nv_shown_status(scene, INTERFACE->gone ? NV_UNKNOWN : INTERFACE->status));
}

static const struct nv_column interface_columns[] = {
	COLUMN(2, NV_OCTETS, "nvIfName", if_name),
	COLUMN(3, NV_INTEGER, "nvIfStatus", if_status),
	COLUMN(4, NV_GAUGE32, "nvIfInErrRatio", if_in_errors),
	COLUMN(5, NV_GAUGE32, "nvIfInDropRatio", if_in_drops),
	COLUMN(6, NV_GAUGE32, "nvIfOutErrRatio", if_out_errors),
	COLUMN(7, NV_GAUGE32, "nvIfOutDropRatio", if_out_drops),
	COLUMN(8, NV_GAUGE32, "nvIfCollRatio", if_collisions),
	COLUMN(9, NV_COUNTER64, "nvIfInPkts", if_in_pkts),
	COLUMN(10, NV_COUNTER64, "nvIfInErrs", if_in_errs),
	COLUMN(11, NV_COUNTER64, "nvIfInDrops", if_in_dropped),
	COLUMN(12, NV_COUNTER64, "nvIfOutPkts", if_out_pkts),
	COLUMN(13, NV_COUNTER64, "nvIfOutErrs", if_out_errs),
	COLUMN(14, NV_COUNTER64, "nvIfOutDrops", if_out_dropped),
	COLUMN(15, NV_COUNTER64, "nvIfColls", if_colls),
	COLUMN(16, NV_OCTETS, "nvIfText", if_text),
	COLUMN(17, NV_GAUGE32, "nvIfInOverrunRatio", if_in_overruns),
	COLUMN(18, NV_INTEGER, "nvIfFeeds", if_feeds),
};

static unsigned interface_rows(const struct nv_scene *scene)
{
	return VIEW->interface_count;
}

static void interface_index(
	const struct nv_scene *scene, unsigned row, unsigned long index[NV_INDEX_MAX])
{
	index[0] = NV_SELF_NETNS;
	index[1] = INTERFACE->index;
}

const struct nv_table nv_interface_table = {
	.arcs = { 1, 7 },
	.index_parts = 2,
	.rows = interface_rows,
	.index = interface_index,
	.columns = interface_columns,
	.column_count = COUNT(interface_columns),
};

/* ---- nvEventTable
 * ----------------------------------------------------------------------------------- */

#define LOGGED (nv_scene_row(scene, row))
#define EVENT  (&LOGGED->event)

GETTER(event_time)
{
	nv_value_time(out, EVENT->time_s);
}
GETTER(event_netns)
{
	(void)scene, (void)row, NUMBER(NV_SELF_NETNS);
}
GETTER(event_class)
{
	NUMBER(EVENT->klass);
}
GETTER(event_indicator)
{
	NUMBER(EVENT->indicator);
}
GETTER(event_before)
{
	NUMBER(EVENT->before);
}
GETTER(event_now)
{
	NUMBER(EVENT->now);
}
GETTER(event_value)
{
	NUMBER(EVENT->indicator ? nv_scaled(EVENT->indicator, EVENT->value) : 0);
}
GETTER(event_text)
{
	STRING(EVENT->text, 255);
}
GETTER(event_notified)
{
	TRUTH(LOGGED->handed);
}
GETTER(event_kind)
{
	NUMBER(EVENT->kind);
}
GETTER(event_side)
{
	NUMBER(nv_side_number(EVENT->side));
}
GETTER(event_reason)
{
	NUMBER(EVENT->reason);
}
GETTER(event_evidence)
{
	STRING(LOGGED->evidence.text, 255);
}
GETTER(event_wanted)
{
	TRUTH(EVENT->notify);
}
GETTER(event_interface)
{
	NUMBER(EVENT->interface);
}

static const struct nv_column event_columns[] = {
	COLUMN(2, NV_OCTETS, "nvEventTime", event_time),
	COLUMN(3, NV_GAUGE32, "nvEventNetns", event_netns),
	COLUMN(4, NV_INTEGER, "nvEventClass", event_class),
	COLUMN(5, NV_GAUGE32, "nvEventIndicator", event_indicator),
	COLUMN(6, NV_INTEGER, "nvEventOldStatus", event_before),
	COLUMN(7, NV_INTEGER, "nvEventNewStatus", event_now),
	COLUMN(8, NV_GAUGE32, "nvEventValue", event_value),
	COLUMN(9, NV_OCTETS, "nvEventText", event_text),
	COLUMN(10, NV_INTEGER, "nvEventNotified", event_notified),
	COLUMN(11, NV_INTEGER, "nvEventKind", event_kind),
	COLUMN(12, NV_INTEGER, "nvEventSide", event_side),
	COLUMN(13, NV_INTEGER, "nvEventReason", event_reason),
	COLUMN(14, NV_INTEGER, "nvEventWanted", event_wanted),
	COLUMN(15, NV_OCTETS, "nvEventEvidence", event_evidence),
	COLUMN(16, NV_GAUGE32, "nvEventInterface", event_interface),
};

static unsigned event_rows(const struct nv_scene *scene)
{
	return scene->log_count;
}

static void event_index(
	const struct nv_scene *scene, unsigned row, unsigned long index[NV_INDEX_MAX])
{
	index[0] = EVENT->number;
}

const struct nv_table nv_event_table = {
	.arcs = { 1, 10 },
	.index_parts = 1,
	.rows = event_rows,
	.index = event_index,
	.columns = event_columns,
	.column_count = COUNT(event_columns),
};
