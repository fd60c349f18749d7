/* SPDX-License-Identifier: MIT */
/* Names of what is enumerated, and the order of statuses. */
#include "catalog/status.h"

const char *nv_status_name(enum nv_status status)
{
	switch (status) {
	case NV_OK:
		return "ok";
	case NV_WARNING:
		return "warning";
	case NV_CRITICAL:
		return "critical";
	case NV_UNKNOWN:
		return "unknown";
	case NV_LEARNING:
		return "learning";
	case NV_DISABLED:
		return "disabled";
	}
	return "unknown";
}

const char *nv_event_kind_name(enum nv_event_kind kind)
{
	switch (kind) {
	case NV_EVENT_CLASS:
		return "class";
	case NV_EVENT_INDICATOR:
		return "indicator";
	case NV_EVENT_INTERFACE:
		return "interface";
	case NV_EVENT_RESET:
		return "reset";
	}
	return "indicator";
}

const char *nv_reason_name(enum nv_reason reason)
{
	switch (reason) {
	case NV_REASON_NONE:
		return "none";
	case NV_REASON_THRESHOLD:
		return "threshold";
	case NV_REASON_BASELINE:
		return "baseline";
	case NV_REASON_SUSTAINED:
		return "sustained";
	case NV_REASON_MISSING:
		return "missing";
	case NV_REASON_NOTED:
		return "noted";
	case NV_REASON_MUTED:
		return "muted";
	case NV_REASON_ACKNOWLEDGED:
		return "acknowledged";
	case NV_REASON_ACCEPTED:
		return "accepted";
	case NV_REASON_CONSEQUENCE:
		return "consequence";
	}
	return "none";
}

const char *nv_side_name(enum nv_side side)
{
	switch (side) {
	case NV_SIDE_THIS_HOST:
		return "thisHost";
	case NV_SIDE_PEER:
		return "peer";
	case NV_SIDE_PATH:
		return "path";
	case NV_SIDE_UNSOLICITED:
		return "unsolicited";
	case NV_SIDE_UNKNOWN:
	case NV_SIDE_END:
		break;
	}
	return "unknown";
}

const char *nv_side_lead(enum nv_side side)
{
	switch (side) {
	case NV_SIDE_THIS_HOST:
		return "This host: ";
	case NV_SIDE_PEER:
		return "Peer: ";
	case NV_SIDE_PATH:
		return "Path: ";
	case NV_SIDE_UNSOLICITED:
		return "Unsolicited: ";
	case NV_SIDE_UNKNOWN:
	case NV_SIDE_END:
		break;
	}
	return "";
}

const char *nv_role_words(enum nv_role role)
{
	switch (role) {
	case NV_ROLE_AUTO:
	case NV_ROLE_HOST:
		break;
	case NV_ROLE_CONTAINER:
		return "; role: container host";
	case NV_ROLE_ROUTER:
		return "; role: router";
	}
	return "";
}

const char *nv_source_name(enum nv_source source)
{
	switch (source) {
	case NV_SOURCE_SOCKETS:
		return "sockets";
	case NV_SOURCE_ESTABLISHED:
		return "established";
	case NV_SOURCE_SLOW:
	case NV_SOURCES:
		break;
	}
	return "slow";
}

const char *nv_kind_name(enum nv_kind kind)
{
	switch (kind) {
	case NV_RATIO:
		return "ratio";
	case NV_COUNT:
		return "count";
	case NV_LEVEL:
		return "level";
	}
	return "ratio";
}

int nv_severity(enum nv_status status)
{
	switch (status) {
	case NV_CRITICAL:
		return 3;
	case NV_WARNING:
		return 2;
	case NV_UNKNOWN:
		return 1;
	case NV_OK:
	case NV_LEARNING:
	case NV_DISABLED:
		break;
	}
	return 0;
}

bool nv_is_raised(enum nv_status status)
{
	return status == NV_WARNING || status == NV_CRITICAL;
}

enum nv_status nv_worse(enum nv_status a, enum nv_status b)
{
	enum nv_status worse = nv_severity(b) > nv_severity(a) ? b : a;

	return nv_severity(worse) ? worse : NV_OK;
}
