/* SPDX-License-Identifier: MIT */
/*
 * What happened between two captures -> verdicts, classes, interfaces, offenders. What is not
 * counted, not in the files, or wrapped is no opinion, and a class of which hardly anything is
 * known is unknown.
 */
#include "engine/engine.h"
#include "engine/comparing.h"
#include "judge/profile.h"
#include "normalize/normalize.h"
#include "report/words.h"
#include "text/clean.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- verdicts ---------------------------------------------------------------------------- */

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

/* Errors were counted, and what they are a share of was not: they are told as a number. */
static void count_alone(struct nv_comparison *c, unsigned id, struct nv_verdict *v)
{
	const struct nv_indicator *ind = &nv_indicators[id];
	double count = 0;
	bool any = false;

	for (unsigned k = 0; k < NV_TERMS_MAX && ind->num[k].counter; k++) {
		double x = c->vector[ind->num[k].counter];

		any = any || (!isnan(x) && ind->num[k].sign > 0);
		count += isnan(x) ? 0 : ind->num[k].sign * x;
	}
	v->numerator = NAN;
	if (!any || ind->kind != NV_RATIO || !(count > 0) ||
		(!ind->never_learned && id != NV_I_udpInOverflow))
		return;
	v->numerator = count;
	v->value = v->denominator = NAN;
	nv_set_status(v, NV_OK, NV_REASON_NOTED);
}

/* What never becomes usual is told from a tenth of its limit on; more errors than one kind of them
 * prove nothing; what must last, and says so since boot, is told as a warning by its share. */
static void note_the_rest(const struct nv_comparison *c, unsigned id, const struct nv_reading *r,
	const struct nv_limit *limit, struct nv_verdict *v)
{
	const struct nv_indicator *ind = &nv_indicators[id];
	bool bound = id == NV_I_tcpInChecksum &&
		!c->after->snapshot.present[NV_C_tcpInCsumErrors] &&
		c->after->platform == NV_PLATFORM_LINUX;

	if (bound && nv_is_raised(v->status))
		nv_set_status(v, NV_OK, NV_REASON_NOTED);
	if (bound || ind->kind != NV_RATIO || !ind->never_learned)
		return;
	if (v->reason == NV_REASON_NOTED && ind->sustain_min && !ind->noted &&
		ind->origin == NV_OWN && !c->before)
		nv_set_status(v, NV_WARNING, NV_REASON_THRESHOLD);
	if (v->status == NV_OK && v->reason == NV_REASON_NONE && r->num >= ind->min &&
		r->value >= limit->warn / 10)
		nv_set_status(v, NV_OK, NV_REASON_NOTED);
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
	c->wrapped[id] = r.present && whole &&
		nv_share_is_wrapped(&c->after->snapshot, c->after->wrapped, id);
	if (!r.present && !c->wrapped[id] && whole)
		count_alone(c, id, v);
	if ((!r.present && !(whole && isfinite(v->numerator))) || c->wrapped[id])
		absent(c, id, v);
	if (!r.present || c->wrapped[id])
		return;
	nv_judge_once((enum nv_indicator_id)id, &r, &limit, whole, v);
	/* Since an unknown time, a number of events has no rate. */
	if (isnan(c->report.seconds) && ind->kind == NV_COUNT && !ind->any)
		nv_capture_relate(c, id, &r, v);
	else if (isnan(c->report.seconds) && v->status == NV_CRITICAL)
		nv_set_status(v, NV_WARNING, NV_REASON_THRESHOLD);
	c->counted[id] = true;
	if (whole)
		note_the_rest(c, id, &r, &limit, v);
	nv_note_foreign(c->after->platform, id, v);
	if (c->same_instant && !nv_is_raised(v->status))
		nv_set_status(v, NV_UNKNOWN, NV_REASON_MISSING);
	if (config->limits[id].disabled)
		nv_set_status(v, NV_DISABLED, NV_REASON_NONE);
	nv_note_normal_work(c->report.role, id, v);
}

/* ---- classes: what a system hardly counts is never ok ------------------------------------ */

static void pending_class(struct nv_comparison *c, unsigned klass)
{
	struct nv_class_state *state = &c->report.classes[klass];
	bool wrapped = false, part = false;

	if (state->status != NV_OK && state->status != NV_UNKNOWN)
		return;
	if (!state->hardly_counted && !c->same_instant)
		return;
	for (unsigned id = 1; id < NV_I_END; id++) {
		if (!nv_indicators[id].essential || nv_indicators[id].klass != klass)
			continue;
		wrapped = wrapped || c->wrapped[id];
		part = part ||
			(nv_capture_has_part(c->after, id) &&
				!nv_capture_only_hidden(c->after, id));
	}
	state->status = NV_UNKNOWN;
	state->reason = NV_REASON_MISSING;
	c->hard_unknown[klass] = !state->hardly_counted || wrapped || c->after->not_available[0];
	snprintf(state->text, sizeof(state->text), "%s",
		!state->hardly_counted ? "the same instant twice: nothing happened between them"
			: wrapped
			? "the counters have wrapped at 2^32: two captures within an hour are needed"
			: c->after->not_available[0] ? c->after->not_available
			: part                       ? "this system hardly counts it"
						     : "not in these files");
}

/* "15.8 % of clients: 144,157 clients turned away, accept queue full" */
static void say_related(struct nv_comparison *c, unsigned id)
{
	struct nv_verdict *v = &c->report.verdicts[id];
	char count[32], share[32];

	if (!(c->related[id] > 0))
		return;
	nv_say_grouped(v->numerator, count, sizeof(count));
	nv_say_value(NV_RATIO, true, c->related[id], share, sizeof(share));
	snprintf(v->text, sizeof(v->text), "%s %s: %s %s", share, c->related_to[id], count,
		nv_label_alone(&nv_indicators[id]));
}

void nv_capture_roll_up(struct nv_comparison *c)
{
	struct nv_report *r = &c->report;

	nv_find_uncounted(r, c->counted);
	nv_roll_up(r);
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i) && r->verdicts[i].status != NV_DISABLED) {
			nv_say_verdict((enum nv_indicator_id)i, &r->verdicts[i]);
			say_related(c, i);
		}
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		nv_say_class(r, (enum nv_class_id)klass, r->classes[klass].text);
		pending_class(c, klass);
	}
	nv_capture_find(c);
	r->status = nv_capture_overall(c);
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
	nv_normalize_interface(c->after->platform, vector);
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
