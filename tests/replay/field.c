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
		for (unsigned scale = 0; scale < SCALES; scale++)
			for (unsigned i = 0; i < NV_I_END; i++)
				f->last[rule][scale][i] = INT64_MIN / 2;
}

static void set(struct field *f, enum field_rule rule, unsigned scale, unsigned i, bool raised,
	int64_t step)
{
	if (raised) {
		f->raises[rule][scale] += !f->raised[rule][scale][i];
		f->last[rule][scale][i] = step;
	}
	f->raised[rule][scale][i] = raised;
}

static bool any_raised(const struct field *f, unsigned i)
{
	for (unsigned rule = 0; rule < FIELD_RULES; rule++)
		for (unsigned scale = 0; scale < SCALES; scale++)
			if (f->raised[rule][scale][i])
				return true;
	return false;
}

static void judge(struct field *f, unsigned i, const struct nv_reading *r, int64_t step)
{
	const struct nv_indicator *indicator = &nv_indicators[i];
	double value = isnan(r->value) ? 0 : r->value;
	double sd = sqrt(fmax(0, f->square[i] - f->mean[i] * f->mean[i]));
	double factor = 1;

	/* Nothing happened and nothing stands: as most of the time. */
	for (unsigned scale = 0; (r->num > 0 || f->standing[i]) && scale < SCALES; scale++, factor *= 2) {
		set(f, PLAIN, scale, i, value >= factor * indicator->warn && r->num > 0, step);
		bool many = r->num > 10 * factor;
		bool quiet = step - f->last[ABSOLUTE][scale][i] > HOUR_STEPS;
		if (many)
			set(f, ABSOLUTE, scale, i, true, step);
		else if (quiet)
			f->raised[ABSOLUTE][scale][i] = 0;
		set(f, SIGMA, scale, i,
			step > HOUR_STEPS && r->num > 0 && value > f->mean[i] + 3 * factor * sd, step);
	}
	f->standing[i] = r->num > 0 || any_raised(f, i);
	double a = step < DAY_STEPS ? 1.0 / (double)(step + 1) : 1.0 / DAY_STEPS;
	f->mean[i] += a * (value - f->mean[i]);
	f->square[i] += a * (value * value - f->square[i]);
}

void field_step(struct field *f, const struct host *h, int64_t step)
{
	static struct nv_delta sums;
	static double vector[NV_C_END];
	const struct nv_snapshot *s = &h->snapshot;
	uint64_t *now = f->ring[f->head];

	memcpy(now, s->value, sizeof(s->value));
	for (unsigned i = 0; i < NV_IF_VALUES; i++)
		now[NV_C_ifInPkts + i] = h->interface.value[i];
	const uint64_t *then = f->ring[(f->head + 1) % (NV_FAST + 1)];
	f->head = (f->head + 1) % (NV_FAST + 1);
	if (f->filled < NV_FAST) {
		f->filled++;
		return;
	}
	if (now[NV_C_tcpOutSegs] < then[NV_C_tcpOutSegs]) { /* a reboot */
		f->filled = 0;
		return;
	}
	sums.seconds = NV_FAST * STEP_S;
	for (unsigned id = 1; id < NV_C_END; id++) {
		bool gauge = nv_counters[id].kind == NV_GAUGE;
		bool of_if = id >= NV_C_ifInPkts && id < NV_C_ifInPkts + NV_IF_VALUES;
		sums.valid[id] = of_if || s->present[id];
		sums.count[id] = gauge || now[id] < then[id] ? now[id] : now[id] - then[id];
	}
	nv_derive(&sums, vector);
	for (unsigned i = 1; i < NV_I_END; i++) {
		struct nv_reading r;
		if (!nv_indicator_exists(i))
			continue;
		nv_read((enum nv_indicator_id)i, vector, sums.seconds, &r);
		if (r.present)
			judge(f, i, &r, step);
	}
}
