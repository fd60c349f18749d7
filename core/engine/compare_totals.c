/* SPDX-License-Identifier: MIT */
/*
 * Counts of which nobody knows in which time they came: since boot, or between two captures without
 * a date. A rate is not to be had; a share of the traffic that they belong to is.
 */
#include "engine/comparing.h"
#include "engine/engine.h"

#include <math.h>
#include <stdio.h>

/* Warning at so much of the traffic. What is not listed is noted. */
#define RELATED_WARN  0.01
#define RELATED_LEAST 20

static const struct {
	uint16_t indicator, of[3];
	const char *words;
} relations[] = {
	{ NV_I_tcpListenOverflow, { NV_C_tcpPassiveOpens }, "of clients" },
	{ NV_I_tcpTimeWaitOverflow, { NV_C_tcpActiveOpens, NV_C_tcpPassiveOpens },
		"of connections" },
	{ NV_I_tcpPruned, { NV_C_tcpInSegs }, "of segments received" },
	{ NV_I_tcpDropRetrans, { NV_C_tcpActiveOpens, NV_C_tcpPassiveOpens }, "of connections" },
	{ NV_I_qdiscDrops, { NV_C_qdiscPackets }, "of packets sent" },
	{ NV_I_conntrackFull, { NV_C_ipInReceives }, "of packets received" },
};

void nv_capture_relate(struct nv_comparison *c, unsigned indicator, const struct nv_reading *r,
	struct nv_verdict *v)
{
	double of = 0;
	unsigned i = 0;

	if (!(r->num > 0))
		return;
	while (i < sizeof(relations) / sizeof(relations[0]) && relations[i].indicator != indicator)
		i++;
	for (unsigned k = 0; i < sizeof(relations) / sizeof(relations[0]) && k < 3; k++)
		if (relations[i].of[k] && !isnan(c->vector[relations[i].of[k]]))
			of += c->vector[relations[i].of[k]];
	/* those that were turned away are not among those that were let in */
	of += indicator == NV_I_tcpListenOverflow || indicator == NV_I_qdiscDrops ? r->num : 0;
	if (!(of > r->num) && !(of > 0 && indicator == NV_I_tcpListenOverflow)) {
		if (nv_is_raised(v->status))
			nv_set_status(v, NV_OK, NV_REASON_NOTED);
		return;
	}
	c->related[indicator] = r->num / of;
	c->related_to[indicator] = relations[i].words;
	if (nv_indicators[indicator].origin == NV_UNSOLICITED || nv_indicators[indicator].noted)
		return;
	if (r->num >= RELATED_LEAST && c->related[indicator] >= RELATED_WARN)
		nv_set_status(v, NV_WARNING, NV_REASON_THRESHOLD);
	else if (nv_is_raised(v->status))
		nv_set_status(v, NV_OK, NV_REASON_NOTED);
}

/* Classes that these files do not show are left out of the whole, unless there are no others. */
enum nv_status nv_capture_overall(const struct nv_comparison *c)
{
	enum nv_status all = NV_OK, shown = NV_OK;
	unsigned known = 0;

	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		const struct nv_class_state *state = &c->report.classes[klass];

		all = nv_worse(all, state->status);
		if (state->status == NV_UNKNOWN && !c->hard_unknown[klass])
			continue;
		known++;
		shown = nv_worse(shown, state->status);
	}
	return known ? shown : all;
}
