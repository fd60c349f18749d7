/* SPDX-License-Identifier: MIT */
/*
 * What is usual: judged slots -> a baseline an indicator, from which limit.c makes the limits.
 *
 * Two things are learned for each hour of the day, weekdays and weekends apart: the mean (decaying
 * sums of events and traffic), and the peak of the very statistic that is judged. No history is
 * kept. What was judged bad is clipped: an hour that was bad for a short time adds only that the
 * limit stands; what stays bad for days is taken over and announced. Beside the hours of the day,
 * two weeks of peaks by hour of the week know the weekly backup. The constants are held by
 * tests/unit/test_calibration.c, and all together by `make check-judge`.
 */
#include "judge/baseline.h"

#include <math.h>
#include <string.h>

#define CELL_KEEPS   0.93F  /* of a cell's sums, each time it is learned: two weeks */
#define ALL_KEEPS    0.998F /* of the sums over all hours, each hour: three weeks */
#define PEAK_STEP    0.07F
#define STILL_GROWS  0.4F   /* log */
#define LEAST_HOUR_S 1200.0 /* of an hour that counts */
#define ANCHOR_RISE  0.008F /* most that the anchor rises in an hour: a fifth a day */
#define RARE         0.99F  /* the quantile of hourly peaks that is no increase at any hour */
#define RARE_JUMP    0.99F  /* and that of hourly largest jumps */
#define BAD_HOUR     0.3F   /* log: most that an hour judged bad adds above the limit, */
#define BAD_SHARE    4U     /* if it was bad for a quarter of an hour, */
#define BAD_AT_FIRST 2U     /* and in the first days for half an hour */

static void drift(float *value, float target, float step, float most)
{
	float e = target - *value;
	*value += step * (e > most ? most : e < -most ? -most : e);
}

static void learn_spread(struct nv_baseline *b, float distance)
{
	float step = b->hours < 48 ? 0.04F : 0.01F;
	float most = fmaxf(0.6F, 3 * b->spread);
	b->spread += step * (fminf(1.25F * fabsf(distance), most) - b->spread);
}

/* A quantile that follows the large ones at once and forgets them slowly, but not while something
 * is raised. */
static void follow_rare(const struct nv_baseline *b, float quantile, float *rare, float x)
{
	float step = b->hours < 48 ? 0.6F : 0.3F;

	if (x > *rare)
		*rare += fminf(x - *rare, step);
	else if (b->raised_at <= 0)
		*rare -= (1 - quantile) * step;
}

static void learn_peak(struct nv_baseline *b, unsigned cell, float x)
{
	if (b->cell_days[cell]) {
		learn_spread(b, x - b->cell_peak[cell]);
		drift(&b->cell_peak[cell], x,
			fmaxf(1.0F / (float)(b->cell_days[cell] + 1), PEAK_STEP), 3);
	} else {
		b->cell_peak[cell] = x;
	}
	if (!b->hours) {
		b->all_peak = b->high = b->rare = b->anchor = x;
		b->spread = 0.2F;
		return;
	}
	drift(&b->all_peak, x, fmaxf(1.0F / (float)(b->hours + 1), 0.02F), 3);
	float step = b->hours < 48 ? 0.08F : 0.01F;
	b->high += x > b->high ? 0.9F * step : -0.1F * step;
	follow_rare(b, RARE, &b->rare, x);
	if (b->hours < READY_HOURS && x > b->anchor)
		b->anchor = x;
	else
		b->anchor += x > b->anchor ? ANCHOR_RISE * fminf(1, x - b->anchor) : -0.001F;
}

static void learn_sums(struct nv_baseline *b, unsigned cell)
{
	b->cell_k[cell] = CELL_KEEPS * b->cell_k[cell] + b->hour_k;
	b->cell_n[cell] = CELL_KEEPS * b->cell_n[cell] + b->hour_n;
	b->all_k = ALL_KEEPS * b->all_k + b->hour_k;
	b->all_n = ALL_KEEPS * b->all_n + b->hour_n;
}

/* The change has lasted: every hour is lifted to what it brought. */
static void accept(struct nv_baseline *b)
{
	float mean = nv_mean_of(b->bad_k, b->bad_n);

	for (unsigned cell = 0; cell < NV_CELLS; cell++) {
		if (!b->cell_days[cell])
			continue;
		b->cell_peak[cell] = fmaxf(b->cell_peak[cell], b->bad_peak);
		b->cell_k[cell] = fmaxf(b->cell_k[cell], mean * b->cell_n[cell]);
	}
	b->all_k = fmaxf(b->all_k, mean * b->all_n);
	b->all_peak = fmaxf(b->all_peak, b->bad_peak);
	b->high = fmaxf(b->high, b->bad_peak);
	b->rare = fmaxf(b->rare, b->bad_peak);
	b->anchor = fmaxf(b->anchor, b->bad_peak);
	b->bad_hours = b->bad_k = b->bad_n = b->bad_peak = 0;
}

/* A change that still grows has not settled, and what has not settled is not accepted. */
static void count_bad(struct nv_baseline *b, float x)
{
	if (b->raised_at > 0) {
		if (b->bad_hours <= 0 || x > b->bad_peak + STILL_GROWS) {
			b->bad_hours = b->bad_k = b->bad_n = 0;
			b->bad_peak = x;
		}
		b->bad_hours += 1;
	} else if (b->bad_hours > 0.25F) {
		b->bad_hours -= 0.25F;
	} else {
		b->bad_hours = b->bad_k = b->bad_n = b->bad_peak = 0;
	}
}

/* A fault is over in minutes, workload variation is not: what came and went quickly adds
 * nothing above the limit. */
static bool was_bad_for_short(const struct nv_baseline *b)
{
	return b->raised_at > 0 &&
		(b->hours < READY_HOURS ? BAD_AT_FIRST : BAD_SHARE) * b->bad_slots < b->slots;
}

static enum nv_learned close_hour(
	enum nv_indicator_id id, struct nv_baseline *b, const struct nv_learning *learning)
{
	float floor = nv_floor_of(id, learning->profile, learning->warn);
	float lowest = logf(floor / 4);
	float x = logf(fmaxf(b->peak, floor / 4));
	unsigned cell = nv_cell_of(b->hour);
	bool bad_for_short = was_bad_for_short(b);
	enum nv_learned learned = NV_LEARNED_HOUR;

	b->week_before[b->hour] = b->week_last[b->hour];
	b->week_last[b->hour] = nv_encode_peak(x, lowest);
	count_bad(b, x);
	if (b->bad_hours >= 12 * learning->accept_days && !nv_indicators[id].never_learned) {
		accept(b);
		learned = NV_LEARNED_ACCEPTED;
	} else if (b->raised_at > 0) {
		/* Bad for a short time: adds no more than that the limit stands, and nothing of
		 * jumps. */
		x = fminf(x,
			logf(b->raised_at) +
				(bad_for_short ? -nv_least_factor(learning->profile) : BAD_HOUR));
	}
	learn_peak(b, cell, x);
	if (!bad_for_short)
		follow_rare(b, RARE_JUMP, &b->rare_jump, logf(fmaxf(1, b->jump_peak)));
	learn_sums(b, cell);
	b->hours++;
	if (b->cell_days[cell] < UINT8_MAX)
		b->cell_days[cell]++;
	return learned;
}

static void open_hour(struct nv_baseline *b, int hour)
{
	b->hour = (int16_t)hour;
	b->slots = b->bad_slots = 0;
	b->hour_k = b->hour_n = b->peak = b->jump_peak = b->raised_at = 0;
}

/* Feed one fast window into the sums; a burst counts no more than a few times what is usual. */
static void feed_baseline(enum nv_indicator_id id, struct nv_baseline *b, const struct nv_memory *m,
	const struct nv_reading *window)
{
	bool ratio = nv_indicators[id].kind == NV_RATIO;
	float k = (float)(nv_indicators[id].kind == NV_LEVEL ? window->value : window->num);
	float n = ratio                              ? (float)window->den
		: nv_indicators[id].kind == NV_LEVEL ? 1
						     : (float)(window->seconds / 60);

	if (isnan(k) || isnan(n))
		return;
	if (m->status >= NV_WARNING) {
		b->bad_k += k;
		b->bad_n += n;
		return;
	}
	b->hour_k += b->hours ? fminf(k, 3 + 4 * nv_all_mean(b) * n) : k;
	b->hour_n += n;
	b->minutes = (uint16_t)(b->minutes + (b->minutes < 2000));
	b->bursts += ((float)m->c_fast - b->bursts) / (float)b->minutes;
}

enum nv_learned nv_baseline_learn(enum nv_indicator_id id, struct nv_baseline *b,
	const struct nv_memory *m, const struct nv_reading *window,
	const struct nv_learning *learning)
{
	enum nv_learned learned = NV_LEARNED_NOTHING;

	if (learning->hour_of_week < 0 || learning->hour_of_week >= NV_WEEK || isnan(window->num))
		return learned;
	bool turned = b->slots && b->hour != learning->hour_of_week;
	if (turned && b->slots * learning->slot_s >= LEAST_HOUR_S)
		learned = close_hour(id, b, learning);
	if (turned || !b->slots)
		open_hour(b, learning->hour_of_week);
	bool first = !b->slots;
	if (b->slots < UINT16_MAX)
		b->slots++;
	if (m->sustained > b->peak)
		b->peak = m->sustained;
	if (m->jump > b->jump_peak)
		b->jump_peak = m->jump;
	b->bad_slots = (uint16_t)(b->bad_slots +
		(m->status >= NV_WARNING && b->bad_slots < UINT16_MAX));
	if (m->status >= NV_WARNING)
		b->raised_at = fmaxf(b->raised_at, m->raised_at);
	b->phase = (uint8_t)(b->phase + 1);
	if (b->phase >= NV_FAST) {
		b->phase = 0;
		feed_baseline(id, b, m, window);
		first = first || b->hours < 24;
	}
	if (first && !nv_indicators[id].never_learned)
		nv_compute_limit(id, b, learning);
	return learned;
}

/* ---- what others ask
 * ---------------------------------------------------------------------------------------- */

bool nv_baseline_ready(enum nv_indicator_id id, const struct nv_baseline *b)
{
	return b->hours >= (nv_by_baseline_only(&nv_indicators[id]) ? WEEK_HOURS : READY_HOURS);
}

bool nv_baseline_learns(enum nv_indicator_id id, const struct nv_baseline *b)
{
	const struct nv_indicator *indicator = &nv_indicators[id];

	return nv_by_baseline_only(indicator) && !indicator->noted && b->hours < WEEK_HOURS;
}

double nv_baseline_usual(enum nv_indicator_id id, const struct nv_baseline *b, int hour_of_week)
{
	(void)id;
	if (b->hours < 1 || hour_of_week < 0 || hour_of_week >= NV_WEEK)
		return NAN;
	unsigned cell = nv_known_cell(b, nv_cell_of(hour_of_week));
	return (double)(b->cell_days[cell] ? nv_cell_mean(b, cell) : nv_all_mean(b));
}

double nv_baseline_spread(const struct nv_baseline *b)
{
	return b->hours < 2 ? (double)NAN : exp((double)b->spread);
}
