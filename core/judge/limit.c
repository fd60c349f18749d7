/* SPDX-License-Identifier: MIT */
/*
 * What is usual -> the limit in force at this hour, and what must neither last nor come at once.
 *
 * The mean alone ignores how far a healthy host swings, the peak alone collapses in hours with
 * hardly an event: a limit is made of both, for this hour of the day and its neighbours, and of the
 * same hour of the week before. An anchor that rises by a few percent a day keeps slow growth from
 * becoming usual. Each constant is held by its line in tests/unit/test_calibration.c.
 */
#include "judge/baseline.h"
#include "judge/profile.h"

#include <math.h>
#include <string.h>

#define CARE        0.4F /* log: more room at first, until the week is over */
#define YOUNG_HOURS 2
#define READY_DAYS  3
#define WEEK_SCALE  16.0F /* steps of the coded logs for each factor of e */
#define ANCHOR_ROOM 1.1F  /* log: how far above it the limit may follow, beside the spread */

#define RARE_ROOM  1.25F /* times it */
#define RARE_ABOVE 0.7F  /* log: above the anchor it is not followed, it may be growth */

/*
 * The promise: where the usual value is well below the threshold, so that the threshold means
 * something, the limit of a host's own indicator is at most PROMISE times it, and twice is seen.
 */
#define PROMISE 1.5F
#define PROMISED_BELOW                                                                             \
	0.7F /* of the threshold; up to there the limit grows with the usual value: */
#define PROMISED_TIMES 3

/* Where events are rare, a few say more: the bounds lie nearer to the value. */
#define RARE_CAUTION 0.8F
#define RARE_BELOW   0.2 /* of the limit: a mean from where on bounds are as they are */

/*
 * A jump raises by itself: from that many times the threshold and the mean on, and so far above
 * what was before as it does not go by its own. Where the mean is higher than a share of the
 * threshold, it means nothing: the workload of peers varies more, and widest with those whom
 * programs talk to.
 */
#define JUMP_LEAST  1.2F
#define JUMP_MEANS  2.4F
#define JUMP_TIMES  2.0F
#define JUMP_ROOM   1.17F /* times the rare jump */
#define OWN_BELOW   0.6F  /* of the threshold */
#define LOST_BELOW  0.65F
#define PEERS_BELOW 0.5F

#define LASTING_LEAST 1.2F /* times the threshold, */
#define LASTING_TIMES 3.3F /* and times the mean: more must not last for hours */

float nv_least_factor(enum nv_profile profile)
{
	return nv_tunings[profile].factor;
}

/* The least value that may be called unusual. */
float nv_floor_of(enum nv_indicator_id id, enum nv_profile profile, double warn)
{
	const struct nv_indicator *indicator = &nv_indicators[id];
	const struct nv_tuning *tuning = &nv_tunings[profile];

	if (indicator->floor > 0)
		return (float)indicator->floor;
	if (indicator->kind == NV_LEVEL)
		return (float)warn;
	if (indicator->origin == NV_UNSOLICITED ||
		(indicator->origin == NV_PEERS && indicator->kind == NV_RATIO))
		return tuning->peer_floor * (float)warn;
	if (indicator->kind == NV_COUNT)
		return fmaxf(0.8F, tuning->count_floor * (float)warn);
	return tuning->own_floor * (float)warn;
}

unsigned nv_cell_of(int hour_of_week)
{
	unsigned day = (unsigned)hour_of_week / 24, hour = (unsigned)hour_of_week % 24;
	return hour + (day == 0 || day == 6 ? 24 : 0);
}

static unsigned neighbour(int hour_of_week, int by)
{
	return (unsigned)((hour_of_week + by + NV_WEEK) % NV_WEEK);
}

/* ---- peaks by hour of the week: coded in a byte
 * ------------------------------------------------------ */

uint8_t nv_encode_peak(float x, float lowest)
{
	float code = (x - lowest) * WEEK_SCALE + 1.5F;
	return code < 1 ? 1 : code > 255 ? 255 : (uint8_t)code;
}

static float decode(uint8_t code, float lowest)
{
	return lowest + (float)(code - 1) / WEEK_SCALE;
}

/* Usual at this hour of the week is what two weeks had in common. 0: not known of both. */
static uint8_t of_both_weeks(const struct nv_baseline *b, unsigned hour)
{
	uint8_t last = b->week_last[hour], before = b->week_before[hour];
	return last < before ? last : before;
}

/* ---- the limit
 * ------------------------------------------------------------------------------------------ */

float nv_mean_of(float k, float n)
{
	return n > 0 ? k / n : 0;
}

float nv_all_mean(const struct nv_baseline *b)
{
	return nv_mean_of(b->all_k + b->hour_k, b->all_n + b->hour_n);
}

/* The mean of a cell, drawn towards that of all hours by the weight of ten events. */
float nv_cell_mean(const struct nv_baseline *b, unsigned cell)
{
	float all = nv_all_mean(b);
	if (all <= 0)
		return 0;
	return (b->cell_k[cell] + 10) / (b->cell_n[cell] + 10 / all);
}

static float upper(float mean, const struct nv_baseline *b, const struct nv_tuning *tuning)
{
	return mean * (1 + tuning->mean_spread / (float)sqrt((double)fmaxf(0.1F, b->bursts)));
}

/* A weekend cell that is not learned yet stands back for the weekday's. */
unsigned nv_known_cell(const struct nv_baseline *b, unsigned cell)
{
	return cell >= 24 && b->cell_days[cell] < READY_DAYS ? cell - 24 : cell;
}

/* The peaks of this hour of the day, and of the week, with a little room. */
static float limit_by_peaks(
	const struct nv_baseline *b, const struct nv_tuning *tuning, float lowest)
{
	float limit = 0;

	for (int by = -1; by <= 1; by++) {
		unsigned hour = neighbour(b->hour, by);
		unsigned cell = nv_known_cell(b, nv_cell_of((int)hour));
		uint8_t code = of_both_weeks(b, hour);

		if (b->cell_days[cell])
			limit = fmaxf(limit, expf(b->cell_peak[cell] + tuning->factor));
		if (code > 1)
			limit = fmaxf(limit, expf(decode(code, lowest) + tuning->factor));
	}
	return limit;
}

static float room_of(const struct nv_baseline *b, const struct nv_tuning *tuning)
{
	return fmaxf(tuning->factor, tuning->peak_spread * b->spread);
}

/* What natural swings may add to that: by the spread, by the mean, by the peaks of all hours. */
static float limit_by_swings(const struct nv_baseline *b, const struct nv_tuning *tuning)
{
	float room = room_of(b, tuning), limit = 0;

	if (b->hours < WEEK_HOURS)
		room += CARE * (float)(WEEK_HOURS - b->hours) / (WEEK_HOURS - READY_HOURS);
	for (int by = -1; by <= 1; by++) {
		unsigned cell = nv_known_cell(b, nv_cell_of((int)neighbour(b->hour, by)));

		if (!b->cell_days[cell])
			continue;
		limit = fmaxf(limit, upper(nv_cell_mean(b, cell), b, tuning));
		limit = fmaxf(limit, expf(b->cell_peak[cell] + room));
	}
	if (tuning->high && b->hours >= 48)
		limit = fmaxf(limit,
			fmaxf(expf(b->high + tuning->factor), expf(b->rare + tuning->factor)));
	/* Where a verdict is rare the peaks know nothing; the slow mean of all hours does. */
	return fmaxf(fminf(limit, expf(b->anchor + ANCHOR_ROOM + room)),
		upper(nv_all_mean(b), b, tuning));
}

/*
 * Where the threshold means something, twice the threshold is seen, whatever the swings: of a
 * host's own indicators and of ratios that peers have a part in.
 */
static bool is_promised(const struct nv_indicator *indicator)
{
	return indicator->origin == NV_OWN ? indicator->kind != NV_LEVEL
					   : indicator->origin == NV_PEERS &&
			indicator->kind == NV_RATIO && !indicator->baseline_only;
}

/* What comes twice a week is no increase, unless the baseline has grown up to there. */
static float known_rare(const struct nv_baseline *b)
{
	return RARE_ROOM * expf(fminf(b->rare, b->anchor + RARE_ABOVE));
}

static float promised(
	const struct nv_indicator *indicator, const struct nv_baseline *b, float warn, float limit)
{
	float mean = nv_cell_mean(b, nv_known_cell(b, nv_cell_of(b->hour)));
	float most = fmaxf(PROMISE * warn, PROMISED_TIMES * mean);

	if (!is_promised(indicator) || mean >= PROMISED_BELOW * warn)
		return limit;
	if (b->hours >= YOUNG_HOURS)
		most = fmaxf(most, known_rare(b));
	return fminf(limit, most);
}

/* Before there are three days: careful, and at the threshold at the least. */
static float limit_of_first_days(const struct nv_indicator *indicator, const struct nv_baseline *b,
	const struct nv_tuning *tuning, float warn)
{
	if (b->hours < 1) /* a fault itself would be most of what was learned */
		return warn;
	float limit = fmaxf(warn, 1.2F * upper(nv_all_mean(b), b, tuning));
	limit = fmaxf(limit, tuning->first_days[indicator->origin] * nv_all_mean(b));
	if (b->hours >= YOUNG_HOURS) {
		limit = fmaxf(limit, expf(b->rare + tuning->factor));
		limit = fmaxf(limit, 1.5F * expf(b->all_peak + room_of(b, tuning)));
	}
	return limit;
}

bool nv_by_baseline_only(const struct nv_indicator *indicator)
{
	return indicator->origin == NV_UNSOLICITED || indicator->baseline_only;
}

/* A ratio of events that are counted in its denominator as well: never above 1. */
static bool is_part(const struct nv_indicator *indicator)
{
	for (unsigned i = 0; indicator->kind == NV_RATIO && i < NV_TERMS_MAX; i++)
		if (indicator->den[i].counter == indicator->num[0].counter)
			return true;
	return false;
}

/* Below this mean a jump means something; of ratios with a promise alone, 0 of others. */
static float jumps_below(const struct nv_indicator *indicator, float warn)
{
	if (!is_promised(indicator) || indicator->kind != NV_RATIO)
		return 0;
	if (indicator->origin == NV_OWN)
		return OWN_BELOW * warn;
	return (indicator->klass == NV_CLASS_LOST ? LOST_BELOW : PEERS_BELOW) * warn;
}

/*
 * Beside the limit: what must not last for hours, however slowly it came, and, once there are days,
 * what must not come at once. Neither is below what this hour has seen.
 */
static void compute_others(const struct nv_indicator *indicator, struct nv_baseline *b, float warn,
	float peaks, float first_days)
{
	float mean = fmaxf(nv_all_mean(b), nv_cell_mean(b, nv_known_cell(b, nv_cell_of(b->hour))));

	b->lasting = b->jump = b->jump_times = 0;
	if (b->hours < 1 || indicator->origin == NV_UNSOLICITED || indicator->kind == NV_LEVEL)
		return;
	b->lasting = fmaxf(LASTING_LEAST * warn, LASTING_TIMES * mean);
	if (b->hours < READY_HOURS) {
		b->lasting = fmaxf(b->lasting, first_days);
		return;
	}
	b->lasting = fmaxf(b->lasting, peaks);
	b->jump_times = fmaxf(JUMP_TIMES, JUMP_ROOM * expf(b->rare_jump));
	float all = nv_all_mean(b);
	if (all < jumps_below(indicator, warn))
		b->jump = fmaxf(fmaxf(JUMP_LEAST * warn, JUMP_MEANS * all), peaks);
}

void nv_compute_limit(
	enum nv_indicator_id id, struct nv_baseline *b, const struct nv_learning *learning)
{
	const struct nv_indicator *indicator = &nv_indicators[id];
	const struct nv_tuning *tuning = &nv_tunings[learning->profile];
	float warn = (float)learning->warn;
	float floor = nv_floor_of(id, learning->profile, learning->warn);
	float peaks = limit_by_peaks(b, tuning, logf(floor / 4));
	float first_days = limit_of_first_days(indicator, b, tuning, warn);
	float limit;

	if (b->hours >= READY_HOURS) {
		limit = promised(indicator, b, warn, limit_by_swings(b, tuning));
		limit = fmaxf(floor, fmaxf(limit, peaks));
		if (!b->cell_days[nv_known_cell(b, nv_cell_of(b->hour))])
			limit = fmaxf(limit, first_days);
	} else {
		limit = promised(indicator, b, warn, first_days);
		if (indicator->origin != NV_OWN && b->hours < YOUNG_HOURS)
			limit = fmaxf(
				limit, isinf(indicator->crit) ? 5 * warn : (float)indicator->crit);
	}
	if (nv_by_baseline_only(indicator))
		limit = fmaxf(limit,
			(indicator->origin == NV_UNSOLICITED ? 5 : tuning->habit) *
				nv_cell_mean(b, nv_known_cell(b, nv_cell_of(b->hour))));
	b->limit = is_part(indicator) ? fminf(limit, fmaxf(1, warn)) : limit;
	b->of_warn = warn;
	compute_others(indicator, b, warn, peaks, first_days);
}

static double caution_at(const struct nv_baseline *b, double mean, double limit)
{
	if (b->hours < YOUNG_HOURS)
		return 1;
	return (double)RARE_CAUTION +
		(1 - (double)RARE_CAUTION) * fmin(1, mean / (RARE_BELOW * limit));
}

void nv_baseline_limit(enum nv_indicator_id id, const struct nv_baseline *b,
	const struct nv_limit *configured, struct nv_limit *out)
{
	const struct nv_indicator *indicator = &nv_indicators[id];
	double configured_warn = configured->warn;

	if (out != configured)
		*out = *configured;
	double mean = b->hours >= YOUNG_HOURS ? (double)nv_all_mean(b) : 0;
	out->quick = configured_warn * (double)nv_tunings[configured->profile].quick_floor;
	out->mean = mean;
	out->caution = caution_at(b, mean, configured_warn);
	out->jump = out->jump_times = out->lasting = 0;
	out->from_baseline = out->learning = out->first_hour = false;
	if (indicator->never_learned || indicator->noted)
		return;
	out->learning = nv_baseline_learns(id, b);
	/* Someone has moved the threshold: it holds until the limit is computed anew. */
	if (b->limit <= 0 || out->learning || b->of_warn != (float)configured_warn)
		return;
	out->threshold = configured_warn;
	out->first_hour = b->hours < 1;
	out->warn = (double)b->limit;
	/* Before an hour is learned nothing is usual, and a float beside the threshold is the
	 * threshold still. */
	out->from_baseline = nv_by_baseline_only(indicator) ||
		(b->hours && b->limit != (float)configured_warn);
	out->caution = caution_at(b, mean, out->warn);
	out->lasting = (double)b->lasting;
	out->jump = (double)b->jump;
	out->jump_times = (double)b->jump_times;
	double crit = 1.5 * out->warn;
	out->crit = fmax(out->crit, is_part(indicator) ? fmin(crit, fmax(1, out->warn)) : crit);
}
