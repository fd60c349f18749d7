/* SPDX-License-Identifier: MIT */
/*
 * Plain threshold on the last 60 s; absolute count (more than ten a minute, cleared after a quiet
 * hour); mean and three standard deviations of the last day. All see the readings of our own
 * engine.
 */
#include "field.h"

#include <math.h>
#include <string.h>

const char *const field_names[FIELD_RULES] = { "plain threshold", "absolute count",
	"mean + 3 sigma" };

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

	for (double factor = 1; n < SCALES; n++, factor *= SCALE_STEP)
		if (strictly ? !(value > base + factor * step) : !(value >= base + factor * step))
			break;
	return n;
}

static void set(struct field *f, enum field_rule rule, unsigned i, unsigned breached,
	unsigned standing, int64_t step)
{
	for (unsigned scale = 0; scale < breached; scale++)
		f->last[rule][i][scale] = step;
	for (unsigned scale = f->raised[rule][i]; scale < breached; scale++)
		f->raises[rule][scale]++;
	f->raised[rule][i] = (uint8_t)(breached > standing ? breached : standing);
}

/* One step of an indicator that shows something, or of which something stands. */
static void judge(struct field *f, unsigned i, double num, double value, int64_t step)
{
	const struct nv_indicator *indicator = &nv_indicators[i];
	unsigned plain = 0, many = 0, sigma = 0, held = f->raised[ABSOLUTE][i];

	if (num > 0) {
		plain = scales_reached(value, 0, indicator->warn, false);
		many = scales_reached(num, 0, 10, true);
		if (step > HOUR_STEPS && value > f->mean[i])
			sigma = scales_reached(value, f->mean[i],
				3 * sqrt(fmax(0, f->square[i] - f->mean[i] * f->mean[i])), true);
	}
	while (held > many && step - f->last[ABSOLUTE][i][held - 1] > HOUR_STEPS)
		held--;
	set(f, PLAIN, i, plain, 0, step);
	set(f, ABSOLUTE, i, many, held, step);
	set(f, SIGMA, i, sigma, 0, step);
}

static void learn(struct field *f, const double value[NV_I_END], int64_t step)
{
	double a = step < DAY_STEPS ? 1.0 / (double)(step + 1) : 1.0 / DAY_STEPS;

	for (unsigned i = 0; i < NV_I_END; i++) {
		f->mean[i] += a * (value[i] - f->mean[i]);
		f->square[i] += a * (value[i] * value[i] - f->square[i]);
	}
}

/* Of the last 60 s; a level is what it is now. */
static void read_window(const struct nv_engine *e, double num[NV_I_END], double value[NV_I_END])
{
	for (unsigned i = 1; i < NV_I_END; i++) {
		const double *vector = nv_indicators[i].kind == NV_LEVEL ? e->daemon->slot_vector
									 : e->daemon->shown;
		struct nv_reading r;

		if (!nv_indicator_exists(i) || nv_out_of_play(e, i))
			continue;
		nv_read((enum nv_indicator_id)i, vector, e->daemon->shown_s, &r);
		if (!r.present || !(r.num > 0))
			continue;
		num[i] = r.num;
		value[i] = isnan(r.value) ? 0 : r.value;
	}
}

void field_step(struct field *f, const struct nv_engine *e, int64_t step)
{
	double num[NV_I_END] = { 0 }, value[NV_I_END] = { 0 };

	if (e->daemon->slot_count < NV_FAST)
		return;
	read_window(e, num, value);
	for (unsigned i = 1; i < NV_I_END; i++)
		if (num[i] > 0 || f->raised[PLAIN][i] || f->raised[ABSOLUTE][i] ||
			f->raised[SIGMA][i])
			judge(f, i, num[i], value[i], step);
	learn(f, value, step);
}
