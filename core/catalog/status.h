/* SPDX-License-Identifier: MIT */
/*
 * Statuses, reasons and roles with their names and their order; the sizes of texts; the error that
 * a function which failed fills. The numbers are those of JSON, SNMP and collectd.
 */
#ifndef NV_STATUS_H
#define NV_STATUS_H

#include "catalog/catalog.h"

#define NV_TEXT_SIZE 256 /* the longest sentence and its ending 0 */
#define NV_NAME_SIZE 64
#define NV_PATH_SIZE 512

/* Filled by the function that failed. line is 0 where there is no line. */
struct nv_error {
	unsigned line;
	char text[2 * NV_TEXT_SIZE + NV_PATH_SIZE];
};
/* ---- statuses: the numbers are those of JSON, SNMP and collectd ------------------------------ */

enum nv_status {
	NV_OK = 1,
	NV_WARNING = 2,
	NV_CRITICAL = 3,
	NV_UNKNOWN = 4,
	NV_LEARNING = 5, /* indicators alone */
	NV_DISABLED = 6, /* indicators alone: muted for good, or not counted here */
};

enum nv_reason {
	NV_REASON_NONE = 1,
	NV_REASON_THRESHOLD = 2,
	NV_REASON_BASELINE = 3,
	NV_REASON_SUSTAINED = 4, /* held by hysteresis */
	NV_REASON_MISSING = 5,   /* no data */
	NV_REASON_NOTED = 6,     /* seen, no verdict */
	NV_REASON_MUTED = 7,
	NV_REASON_ACKNOWLEDGED = 8,
	NV_REASON_ACCEPTED = 9,     /* a lasting change that the baseline took over */
	NV_REASON_CONSEQUENCE = 10, /* the consequence of another indicator */
};

enum nv_role { NV_ROLE_AUTO, NV_ROLE_HOST, NV_ROLE_CONTAINER, NV_ROLE_ROUTER };

enum nv_event_kind {
	NV_EVENT_CLASS = 1,
	NV_EVENT_INDICATOR = 2,
	NV_EVENT_INTERFACE = 3, /* these two by nv_engine_add_event() alone */
	NV_EVENT_RESET = 4,     /* counters started over */
};

/* Sources that are not read with every sample; what they said last stands meanwhile. */
enum nv_source {
	NV_SOURCE_SOCKETS,     /* a look at the sockets, or nothing has changed since */
	NV_SOURCE_ESTABLISHED, /* the same with established connections */
	NV_SOURCE_SLOW,        /* queues, neighbours, limits */
	NV_SOURCES
};

/* Names as in JSON: "ok", "threshold", "thisHost", "ratio". Never NULL. */
const char *nv_status_name(enum nv_status);
const char *nv_reason_name(enum nv_reason);
const char *nv_side_name(enum nv_side);
/* "Path: " before a hint; "" where it is unknown. */
const char *nv_side_lead(enum nv_side);
const char *nv_kind_name(enum nv_kind);

/* "class", "indicator", "interface", "reset". */
const char *nv_event_kind_name(enum nv_event_kind);

/* Behind the time that a report covers: "; role: router", "" for a plain host. */
const char *nv_role_words(enum nv_role);
/* "sockets", "established", "slow": as in JSON. */
const char *nv_source_name(enum nv_source);

/* critical 3, warning 2, unknown 1; ok, learning and disabled 0. */
int nv_severity(enum nv_status);
/* Is it warning or critical? */
bool nv_is_raised(enum nv_status);
/* The worse of two: critical > warning > unknown > ok; learning and disabled count as ok. */
enum nv_status nv_worse(enum nv_status, enum nv_status);

#endif
