/* SPDX-License-Identifier: MIT */
/*
 * Every interface by itself: what it did in the present window, judged like a one-shot report.
 * Which of them feed a class is the sources' business; here all are shown.
 */
#include "engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint16_t nv_if_indicators[NV_IF_INDICATORS] = { NV_I_ifInErrors, NV_I_ifOutDrops, NV_I_ifOutErrors,
	NV_I_ifCollisions, NV_I_ifInOverruns };


bool nv_grow_interfaces(struct nv_engine *e, unsigned needed)
{
	struct nv_if_state *states;
	struct nv_interface *first;
	unsigned room = e->interface_room ? e->interface_room : 16;

	if (needed <= e->interface_room)
		return true;
	while (room < needed)
		room *= 2;
	states = realloc(e->interfaces, room * sizeof(*states));
	if (!states)
		return false;
	e->interfaces = states;
	first = realloc(e->if_first, room * sizeof(*first));
	if (!first)
		return false;
	e->if_first = first;
	e->interface_room = room;
	return true;
}

/* The values at the start of the present window; started anew as the window moves on. */
static const struct nv_interface *first_of(const struct nv_engine *e, const struct nv_interface *now, unsigned hint)
{
	for (unsigned i = 0; i < e->if_first_count; i++) {
		const struct nv_interface *x = &e->if_first[(hint + i) % e->if_first_count];

		if (x->index == now->index && strcmp(x->name, now->name) == 0)
			return x;
	}
	return NULL;
}

static void judge_interface(struct nv_engine *e, const struct nv_interface *now, unsigned at, double seconds)
{
	const struct nv_interface *was = first_of(e, now, at);
	struct nv_if_state *state = &e->interfaces[at];
	uint64_t count[NV_IF_VALUES];
	struct nv_delta *d = &e->sums;
	bool valid = was && nv_delta_interface(was, now, e->shots[e->now].width_bits, count);

	memset(state, 0, sizeof(*state));
	snprintf(state->name, sizeof(state->name), "%s", now->name);
	state->index = now->index;
	state->feeds = now->feeds;
	state->status = NV_OK;
	memcpy(state->value, now->value, sizeof(state->value));
	nv_delta_clear(d);
	for (unsigned i = 0; i < NV_IF_VALUES; i++) {
		d->count[NV_C_ifInPkts + i] = valid ? count[i] : 0;
		d->valid[NV_C_ifInPkts + i] = valid && (now->present & 1u << i);
	}
	for (unsigned i = 0; i < NV_C_END; i++)
		e->vector[i] = d->valid[i] ? (double)d->count[i] : (double)NAN;
	for (unsigned i = 0; i < NV_IF_INDICATORS; i++) {
		enum nv_indicator_id id = (enum nv_indicator_id)nv_if_indicators[i];
		struct nv_verdict *v = &state->verdicts[i];
		struct nv_limit limit = nv_limit_of(e, id);
		struct nv_reading r;

		nv_read(id, e->vector, seconds, &r);
		nv_judge_once(id, &r, &limit, false, v);
		nv_fill_verdict(&r, &limit, v);
		v->side = nv_indicators[id].side;
		v->usual = v->spread = v->max10m = v->total_value = NAN;
		state->status = nv_worse(state->status, v->status);
	}
}

void nv_judge_interfaces(struct nv_engine *e)
{
	const struct nv_snapshot *now = &e->shots[e->now];
	double window_s = e->config.mode == NV_ONESHOT ? INFINITY : e->config.window_s;

	if (!nv_grow_interfaces(e, now->interface_count))
		return;
	for (unsigned i = 0; i < now->interface_count; i++)
		judge_interface(e, &now->interfaces[i], i, e->if_seconds);
	e->report.interfaces = e->interfaces;
	e->report.interface_count = now->interface_count;
	if (e->if_first_count && e->if_seconds < window_s)
		return;
	if (now->interface_count)
		memcpy(e->if_first, now->interfaces, now->interface_count * sizeof(*e->if_first));
	e->if_first_count = now->interface_count;
	e->if_seconds = 0;
}

void nv_word_interfaces(struct nv_engine *e)
{
	for (unsigned i = 0; i < e->report.interface_count; i++) {
		struct nv_if_state *state = &e->interfaces[i];

		state->text[0] = 0;
		for (unsigned k = 0; k < NV_IF_INDICATORS; k++) {
			struct nv_verdict *v = &state->verdicts[k];

			nv_say_verdict((enum nv_indicator_id)nv_if_indicators[k], v);
			if (v->status == state->status && nv_is_raised(v->status) && !state->text[0])
				memcpy(state->text, v->text, sizeof(state->text));
		}
	}
}
