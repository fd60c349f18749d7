/* SPDX-License-Identifier: MIT */
/*
 * Plain threshold on the last 60 s; absolute count (more than ten a minute, cleared after a quiet
 * hour); mean and three standard deviations of the last day. All see the same readings as ours.
 */
#include "field.h"

#include <math.h>
#include <string.h>

const char *const field_names[FIELD_RULES] = { "plain threshold", "absolute count", "mean + 3 sigma" };

void field_init(struct field *f)
{
	memset(f, 0, sizeof(*f));
	for (unsigned rule = 0; rule < FIELD_RULES; rule++)
		for (unsigned i = 0; i < NV_I_END; i++)
			for (unsigned scale = 0; scale < SCALES; scale++)
				f->last[rule][i][scale] = INT64_MIN / 2;
}

/* How many scales, from the lowest on, the value reaches or (strictly) passes. */
static unsigned scales_reached(double value, double base, double step, bool strictly)
{
	unsigned n = 0;

	for (double factor = 1; n < SCALES; n++, factor *= 2)
		if (strictly ? !(value > base + factor * step) : !(value >= base + factor * step))
			break;
	return n;
}

static void set(struct field *f, enum field_rule rule, unsigned i, unsigned breached, unsigned standing, int64_t step)
{
	for (unsigned scale = 0; scale < breached; scale++)
		f->last[rule][i][scale] = step;
	for (unsigned scale = f->raised[rule][i]; scale < breached; scale++)
		f->raises[rule][scale]++;
	f->raised[rule][i] = (uint8_t)(breached > standing ? breached : standing);
}

static void judge(struct field *f, unsigned i, const struct nv_reading *r, int64_t step)
{
	const struct nv_indicator *indicator = &nv_indicators[i];
	double value = isnan(r->value) ? 0 : r->value;
	unsigned plain = 0, many = 0, sigma = 0, held = f->raised[ABSOLUTE][i];

	if (r->num > 0) {
		plain = scales_reached(value, 0, indicator->warn, false);
		many = scales_reached(r->num, 0, 10, true);
		if (step > HOUR_STEPS && value > f->mean[i])
			sigma = scales_reached(value, f->mean[i],
				3 * sqrt(fmax(0, f->square[i] - f->mean[i] * f->mean[i])), true);
	}
	while (held > many && step - f->last[ABSOLUTE][i][held - 1] > HOUR_STEPS)
		held--;
	set(f, PLAIN, i, plain, 0, step);
	set(f, ABSOLUTE, i, many, held, step);
	set(f, SIGMA, i, sigma, 0, step);
	double a = step < DAY_STEPS ? 1.0 / (double)(step + 1) : 1.0 / DAY_STEPS;
	f->mean[i] += a * (value - f->mean[i]);
	f->square[i] += a * (value * value - f->square[i]);
}

static bool of_interface(unsigned id)
{
	return id >= NV_C_ifInPkts && id < NV_C_ifInPkts + NV_IF_VALUES;
}

/* The counters that this host has: the same in every step. */
static void find_used(struct field *f, const struct nv_snapshot *s)
{
	for (unsigned id = 1; id < NV_C_END; id++) {
		if (!of_interface(id) && !s->present[id])
			continue;
		f->used[f->used_count++] = (uint16_t)id;
		f->sums.valid[id] = 1;
		f->blocks |= UINT64_C(1) << id / NV_BLOCK;
	}
	nv_derive(&f->sums, f->vector);
}

static void read_window(struct field *f, const uint64_t *now, const uint64_t *then)
{
	f->sums.seconds = NV_FAST * STEP_S;
	for (unsigned i = 0; i < f->used_count; i++) {
		unsigned id = f->used[i];
		bool gauge = nv_counters[id].kind == NV_GAUGE;
		f->sums.count[id] = gauge || now[i] < then[i] ? now[i] : now[i] - then[i];
	}
	nv_derive_blocks(&f->sums, f->blocks, f->vector);
}

void field_step(struct field *f, const struct host *h, int64_t step)
{
	const struct nv_snapshot *s = &h->snapshot;
	uint64_t *now = f->ring[f->head];
	bool reboot = false;

	if (!f->used_count)
		find_used(f, s);
	f->head = (f->head + 1) % (NV_FAST + 1);
	const uint64_t *then = f->ring[f->head];
	for (unsigned i = 0; i < f->used_count; i++) {
		unsigned id = f->used[i];
		now[i] = of_interface(id) ? h->interface.value[id - NV_C_ifInPkts] : s->value[id];
		reboot = reboot || (id == NV_C_tcpOutSegs && now[i] < then[i]);
	}
	if (f->filled < NV_FAST) {
		f->filled++;
		return;
	}
	if (reboot) {
		f->filled = 0;
		return;
	}
	read_window(f, now, then);
	for (unsigned i = 1; i < NV_I_END; i++) {
		struct nv_reading r;
		if (!nv_indicator_exists(i))
			continue;
		nv_read((enum nv_indicator_id)i, f->vector, f->sums.seconds, &r);
		if (r.present)
			judge(f, i, &r, step);
	}
}
