/* SPDX-License-Identifier: MIT */
/*
 * Every interface by itself: what it did in the present window, judged like a one-shot report.
 * Which of them are counted in class status is the sources' business; here all are shown.
 */
#include "engine/engine.h"
#include "normalize/normalize.h"
#include "report/words.h"
#include "text/memory.h"
#include "text/clean.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool nv_grow_interfaces(struct nv_engine *e, unsigned needed)
{
	for (unsigned i = 0; i < 2; i++)
		if (!nv_grow(&e->if_past[i].at, &e->if_past[i].room, needed,
			    sizeof(*e->if_past[i].at)))
			return false;
	return nv_grow(&e->interfaces, &e->interface_room, needed, sizeof(*e->interfaces));
}

static void keep(struct nv_engine *e, struct nv_if_past *past)
{
	const struct nv_snapshot *now = &e->shots[e->now];

	if (now->interface_count)
		memcpy(past->at, now->interfaces, now->interface_count * sizeof(*past->at));
	past->count = now->interface_count;
	past->age_s = 0;
	past->kept = true;
}

/*
 * Two older tables are kept, half a window apart: what is shown covers half a window to a whole
 * one, and never shrinks to nothing. A one-shot report keeps the first alone.
 */
void nv_track_interfaces(struct nv_engine *e, double seconds)
{
	struct nv_if_past *older = &e->if_past[0], *newer = &e->if_past[1];

	if (!nv_grow_interfaces(e, e->shots[e->now].interface_count))
		return;
	older->age_s += seconds;
	newer->age_s += seconds;
	if (!older->kept)
		keep(e, older);
	if (e->config.mode == NV_ONESHOT)
		return;
	if (!newer->kept) {
		keep(e, newer);
	} else if (newer->age_s >= e->config.window_s / 2) {
		struct nv_if_past swapped = *older;

		*older = *newer;
		*newer = swapped;
		keep(e, newer);
	}
}

/* After a reset or a gap the past means nothing. */
void nv_forget_interfaces(struct nv_engine *e)
{
	e->if_past[0].kept = e->if_past[1].kept = false;
}

/* vector: absent all over but for the counters of an interface. */
static void judge_interface(
	struct nv_engine *e, const struct nv_interface *now, unsigned at, double vector[NV_C_END])
{
	const struct nv_if_past *past = &e->if_past[0];
	const struct nv_interface *was = past->kept
		? nv_interface_find(past->at, past->count, now, at)
		: NULL;
	struct nv_if_state *state = &e->interfaces[at];
	uint64_t count[NV_IF_VALUES];
	bool valid = was && nv_delta_interface(was, now, e->shots[e->now].width_bits, count);

	memset(state, 0, sizeof(*state));
	nv_copy_text(state->name, sizeof(state->name), nv_as_text(now->name));
	state->index = now->index;
	state->feeds = now->feeds;
	state->status = NV_OK;
	memcpy(state->value, now->value, sizeof(state->value));
	for (unsigned i = 0; i < NV_IF_VALUES; i++)
		vector[NV_C_ifInPkts + i] = valid && (now->present & 1u << i) ? (double)count[i]
									      : (double)NAN;
	nv_normalize_interface(e->shots[e->now].platform, vector);
	state->in_drops = vector[NV_C_ifInPkts] > 0 ? vector[NV_C_ifInDrops] / vector[NV_C_ifInPkts]
						    : (double)NAN;
	for (unsigned i = 0; i < NV_IF_INDICATORS; i++) {
		enum nv_indicator_id id = (enum nv_indicator_id)nv_if_indicators[i];
		struct nv_verdict *v = &state->verdicts[i];
		const struct nv_limit *limit = &e->limits[id];
		struct nv_reading r;

		nv_read(id, vector, e->if_past[0].age_s, &r);
		nv_judge_once(id, &r, limit, false, v);
		nv_fill_verdict(&r, limit, v);
		v->side = nv_indicators[id].side;
		v->usual = v->spread = v->max10m = v->total_value = NAN;
		state->status = nv_worse(state->status, v->status);
	}
}

/* Made when someone reads the report: no class and no event depends on it. */
void nv_judge_interfaces(struct nv_engine *e)
{
	const struct nv_snapshot *now = &e->shots[e->now];
	unsigned count = now->interface_count <= e->interface_room ? now->interface_count
								   : e->interface_room;
	double vector[NV_C_END];

	for (unsigned i = 0; i < NV_C_END; i++)
		vector[i] = NAN;
	for (unsigned i = 0; i < count; i++)
		judge_interface(e, &now->interfaces[i], i, vector);
	e->report.interfaces = e->interfaces;
	e->report.interface_count = count;
}

void nv_format_interfaces(struct nv_engine *e)
{
	for (unsigned i = 0; i < e->report.interface_count; i++) {
		struct nv_if_state *state = &e->interfaces[i];

		state->text[0] = 0;
		for (unsigned k = 0; k < NV_IF_INDICATORS; k++) {
			struct nv_verdict *v = &state->verdicts[k];

			nv_say_verdict((enum nv_indicator_id)nv_if_indicators[k], v);
			if (v->status == state->status && nv_is_raised(v->status) &&
				!state->text[0])
				memcpy(state->text, v->text, sizeof(state->text));
		}
	}
}
