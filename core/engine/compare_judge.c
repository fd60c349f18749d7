/* SPDX-License-Identifier: MIT */
/*
 * What happened between two captures -> verdicts, classes, interfaces, offenders. What is not
 * counted, not in the files, or wrapped is no opinion, and a class of which hardly anything is
 * known is unknown.
 */
#include "engine/engine.h"
#include "engine/comparing.h"
#include "judge/profile.h"
#include "report/words.h"
#include "text/clean.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_linux(const struct nv_capture *c)
{
	return c->platform == NV_PLATFORM_LINUX;
}

/* ---- verdicts ---------------------------------------------------------------------------- */

/* Is a share of these counters meaningless because one of them has wrapped, or is narrower? */
static bool is_wrapped(const struct nv_comparison *c, unsigned id)
{
	const struct nv_capture *a = c->after;
	const struct nv_indicator *ind = &nv_indicators[id];
	bool wide = false, wrapped = false;
	double narrow = 0;

	if (c->before || ind->kind != NV_RATIO)
		return false;
	for (unsigned k = 0; k < NV_TERMS_MAX && ind->den[k].counter; k++) {
		uint16_t den = ind->den[k].counter == NV_C_ipInWirePkts ? NV_C_tcpInSegs
									: ind->den[k].counter;

		wrapped = wrapped || a->wrapped[den];
		if (den == NV_C_tcpOutSegs)
			wrapped = wrapped || a->wrapped[NV_C_tcpOutPkts];
		wide = wide || (a->snapshot.present[den] && a->snapshot.value[den] > UINT32_MAX);
	}
	for (unsigned k = 0; k < NV_TERMS_MAX && ind->num[k].counter; k++) {
		wrapped = wrapped || a->wrapped[ind->num[k].counter];
		if (a->snapshot.present[ind->num[k].counter])
			narrow += (double)a->snapshot.value[ind->num[k].counter];
	}
	if (!(narrow > 0))
		return false; /* none is none, whatever the whole is */
	/* Solaris counts segments with 64 bits and retransmissions with 32. */
	return wrapped || (wide && a->snapshot.width_bits == 32 && narrow <= UINT32_MAX);
}

static void absent(struct nv_comparison *c, unsigned id, struct nv_verdict *v)
{
	v->status = NV_DISABLED;
	v->reason = NV_REASON_MISSING;
	v->value = v->numerator = v->denominator = NAN;
	if (c->wrapped[id])
		snprintf(v->text, sizeof(v->text),
			"wrapped: its parts are counted with 32 bits and larger than the whole, no share can be computed; take "
			"two captures within an hour");
	else if (nv_capture_has_part(c->after, id) || !c->after->saw_statistics)
		snprintf(v->text, sizeof(v->text), "%s: %s", nv_label_alone(&nv_indicators[id]),
			nv_capture_has_part(c->after, id) && !nv_capture_only_hidden(c->after, id)
				? "not counted by this system"
				: "not in these files");
	else
		snprintf(v->text, sizeof(v->text), "%s: not in these files",
			nv_label_alone(&nv_indicators[id]));
}

/* BSD family: by bytes, because an empty keepalive probe is a duplicate too. */
static void duplicates_by_bytes(const struct nv_comparison *c, struct nv_reading *r)
{
	double again = c->vector[NV_C_tcpInDupBytes], good = c->vector[NV_C_tcpInInorderBytes];

	if (is_linux(c->after) || isnan(again) || isnan(good))
		return;
	/* Bytes of 32 bits wrap long before packets do. */
	if (!c->before && c->after->snapshot.width_bits == 32 &&
		c->vector[NV_C_tcpInInorderSegs] > 4e7)
		return;
	r->num = again;
	r->den = good + again;
	r->value = r->den > 0 ? again / r->den : (double)NAN;
}

/* Shown and noted: working hosts have 5 to 50 percent of these. */
static bool only_shown(const struct nv_comparison *c, unsigned id)
{
	return id == NV_I_tcpInDupAcks ||
		(!is_linux(c->after) && (id == NV_I_tcpInDuplicates || id == NV_I_tcpInOutOfOrder));
}

void nv_capture_judge(struct nv_comparison *c, const struct nv_config *config, unsigned id)
{
	const struct nv_indicator *ind = &nv_indicators[id];
	struct nv_verdict *v = &c->report.verdicts[id];
	struct nv_limit limit = nv_configured_limit(config, id);
	enum nv_counter_id main = nv_capture_main(c->after, id);
	struct nv_reading r, total;
	bool whole = c->before == NULL;

	nv_read((enum nv_indicator_id)id, c->vector, c->report.seconds, &r);
	if (id == NV_I_tcpInDuplicates)
		duplicates_by_bytes(c, &r);
	nv_fill_verdict(&r, &limit, v);
	v->side = ind->side;
	v->usual = v->spread = v->max10m = NAN;
	nv_read((enum nv_indicator_id)id, c->total, NAN, &total);
	v->total_value = total.present ? total.value : (double)NAN;
	if (main && c->after->origin[main].label[0]) {
		nv_copy_text(c->labels[id], sizeof(c->labels[id]),
			nv_as_text(c->after->origin[main].label));
		v->label = c->labels[id];
	}
	c->wrapped[id] = r.present && is_wrapped(c, id);
	if (!r.present || c->wrapped[id]) {
		absent(c, id, v);
		return;
	}
	nv_judge_once((enum nv_indicator_id)id, &r, &limit, whole, v);
	/* Since an unknown time, a number of events has no rate. */
	if (whole && ind->kind == NV_COUNT && !ind->any && nv_is_raised(v->status))
		nv_set_status(v, NV_OK, NV_REASON_NOTED);
	if (only_shown(c, id) && (nv_is_raised(v->status) || r.value > 0.01))
		nv_set_status(v, NV_OK, NV_REASON_NOTED);
	if (c->same_instant && !nv_is_raised(v->status))
		nv_set_status(v, NV_UNKNOWN, NV_REASON_MISSING);
	if (config->limits[id].disabled)
		nv_set_status(v, NV_DISABLED, NV_REASON_NONE);
	nv_note_normal_work(c->report.role, id, v);
}

/* ---- one cause, told once ---------------------------------------------------------------- */

/* Held by test_capture: nearly_equal_counts_are_one_cause. */
static bool near(double a, double b)
{
	return fabs(a - b) <= 2 + 0.02 * (a > b ? a : b);
}

/* A host that sends to its own closed port: one datagram is counted four times. */
void nv_capture_find_own_port(struct nv_comparison *c)
{
	double ports = c->vector[NV_C_udpNoPorts], out = c->vector[NV_C_icmpOutDestUnreachs];
	double in = c->vector[NV_C_icmpInDestUnreachs], unknown = c->vector[NV_C_ipInUnknownProtos];
	struct nv_verdict *v = &c->report.verdicts[NV_I_ipUnknownProto];

	if (!(ports >= 20) || isnan(out) || isnan(in) || !near(out, in) || !near(out, ports))
		return;
	c->own_port = true;
	c->report.verdicts[NV_I_udpNoPort].side = NV_SIDE_THIS_HOST;
	/* No stranger did this: its own datagrams fail. */
	if (c->before && !nv_is_raised(c->report.verdicts[NV_I_udpNoPort].status) &&
		(isnan(c->report.seconds) || ports >= 5 * c->report.seconds / 60))
		nv_set_status(&c->report.verdicts[NV_I_udpNoPort], NV_WARNING, NV_REASON_THRESHOLD);
	if (near(unknown, ports) && v->status != NV_DISABLED)
		nv_set_status(v, NV_OK, NV_REASON_CONSEQUENCE);
}

static void report_own_port(struct nv_comparison *c)
{
	struct nv_verdict *v = &c->report.verdicts[NV_I_ipUnknownProto];

	if (c->own_port && v->reason == NV_REASON_CONSEQUENCE)
		v->consequence_of = NV_I_udpNoPort;
}

/* ---- classes: what a system hardly counts is never ok ------------------------------------ */

static const uint16_t essential[NV_CLASS_END][8] = {
	[NV_CLASS_LOST] = { NV_I_tcpRetrans },
	[NV_CLASS_CORRUPTED] = { NV_I_tcpInChecksum, NV_I_udpInChecksum, NV_I_ifInErrors },
	[NV_CLASS_ROUTING] = { NV_I_ipNoRoute, NV_I_icmpInUnreachable, NV_I_ipForwardNoRoute },
	[NV_CLASS_APPLICATION] = { NV_I_udpNoPort, NV_I_udpInOverflow, NV_I_tcpListenOverflow,
		NV_I_tcpOutWindowProbe, NV_I_tcpConnectFailed, NV_I_tcpCloseWaitUnread },
	/* Not ipReasmMemory: Windows and /proc/net/snmp alone have nothing else of a system's
	   trouble. */
	[NV_CLASS_SYSTEM] = { NV_I_tcpMemory, NV_I_mbufDenied, NV_I_ifOutErrors,
		NV_I_tcpInAfterWindow, NV_I_tcpDropKeepalive, NV_I_ifOutDrops },
};

static void pending_class(struct nv_comparison *c, unsigned klass)
{
	struct nv_class_state *state = &c->report.classes[klass];
	bool wrapped = false, part = false, known = false;

	if (state->status != NV_OK && state->status != NV_UNKNOWN)
		return;
	for (unsigned i = 0; i < 8 && essential[klass][i]; i++) {
		unsigned id = essential[klass][i];

		known = known || c->report.verdicts[id].status != NV_DISABLED;
		wrapped = wrapped || c->wrapped[id];
		part = part ||
			(nv_capture_has_part(c->after, id) &&
				!nv_capture_only_hidden(c->after, id));
	}
	if (known && !c->same_instant)
		return;
	state->status = NV_UNKNOWN;
	state->reason = NV_REASON_MISSING;
	snprintf(state->text, sizeof(state->text), "%s",
		known ? "the same instant twice: nothing happened between them"
			: wrapped
			? "the counters have wrapped at 2^32: two captures within an hour are needed"
			: c->after->not_available[0] ? c->after->not_available
			: part                       ? "this system hardly counts it"
						     : "not in these files");
}

/* The counter of clients turned away need not be in the files; the queue that is full just now is.
 */
static void look_at_listeners(struct nv_comparison *c)
{
	struct nv_class_state *state = &c->report.classes[NV_CLASS_APPLICATION];
	const struct nv_snapshot *s = &c->after->snapshot;
	uint64_t full = s->present[NV_C_tcpListenFull] ? s->value[NV_C_tcpListenFull] : 0;

	if (!full || nv_is_raised(state->status))
		return;
	state->status = NV_WARNING;
	state->reason = NV_REASON_THRESHOLD;
	state->worst = NV_I_tcpListenOverflow;
	state->side = NV_SIDE_THIS_HOST;
	snprintf(state->text, sizeof(state->text),
		"%" PRIu64 " listener%s with a full accept queue at that instant", full,
		full == 1 ? "" : "s");
}

void nv_capture_roll_up(struct nv_comparison *c)
{
	struct nv_report *r = &c->report;

	nv_roll_up(r);
	report_own_port(c);
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i) && r->verdicts[i].status != NV_DISABLED)
			nv_say_verdict((enum nv_indicator_id)i, &r->verdicts[i]);
	r->status = NV_OK;
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		nv_say_class(r, (enum nv_class_id)klass, r->classes[klass].text);
		pending_class(c, klass);
		if (klass == NV_CLASS_APPLICATION)
			look_at_listeners(c);
		r->status = nv_worse(r->status, r->classes[klass].status);
	}
}

/* ---- interfaces ----------------------------------------------------------------- */

void nv_capture_judge_interface(
	struct nv_comparison *c, const struct nv_config *config, unsigned at)
{
	const struct nv_interface *x = &c->after->snapshot.interfaces[at];
	struct nv_if_state *state = &c->interfaces[at];
	double vector[NV_C_END];
	uint64_t count[NV_IF_VALUES];
	uint16_t present;
	bool valid = nv_capture_interface_counts(c, x, count, &present);

	nv_copy_text(state->name, sizeof(state->name), nv_as_text(x->name));
	state->index = x->index;
	state->feeds = x->feeds;
	state->status = c->same_instant ? NV_UNKNOWN : NV_OK;
	memcpy(state->value, x->value, sizeof(state->value));
	for (unsigned i = 0; i < NV_C_END; i++)
		vector[i] = NAN;
	for (unsigned i = 0; valid && i < NV_IF_VALUES; i++)
		if (present & 1u << i)
			vector[NV_C_ifInPkts + i] = (double)count[i];
	if (!is_linux(c->after) && isnan(vector[NV_C_ifInOverruns]))
		vector[NV_C_ifInOverruns] = vector[NV_C_ifInDrops];
	for (unsigned i = 0; i < NV_IF_INDICATORS; i++) {
		enum nv_indicator_id id = (enum nv_indicator_id)nv_if_indicators[i];
		struct nv_verdict *v = &state->verdicts[i];
		struct nv_limit limit = nv_configured_limit(config, id);
		struct nv_reading r;

		nv_read(id, vector, c->report.seconds, &r);
		nv_fill_verdict(&r, &limit, v);
		v->side = nv_indicators[id].side;
		v->usual = v->spread = v->max10m = v->total_value = NAN;
		if (!r.present) {
			absent(c, id, v);
			continue;
		}
		nv_judge_once(id, &r, &limit, c->before == NULL, v);
		if (c->same_instant && !nv_is_raised(v->status))
			nv_set_status(v, NV_UNKNOWN, NV_REASON_MISSING);
		nv_say_verdict(id, v);
		if (nv_is_raised(v->status) &&
			nv_worse(state->status, v->status) != state->status) {
			state->status = v->status;
			snprintf(state->text, sizeof(state->text), "%s", v->text);
		}
	}
}
