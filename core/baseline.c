/* SPDX-License-Identifier: MIT */
/*
 * What is usual: judged slots -> a baseline an indicator -> the limit in force at this hour.
 *
 * Two things are learned for each hour of the day, weekdays and weekends apart: the mean (decaying
 * sums of events and traffic), and the peak of the very statistic that is judged. The mean alone
 * ignores how far a healthy host swings, the peak alone collapses in hours with hardly an event.
 * No history is kept. What was judged bad is clipped; what stays bad for days is taken over and
 * announced. Beside the hours of the day, two weeks of peaks by hour of the week know the weekly
 * backup. An anchor that rises by a few percent a day keeps slow growth from becoming usual.
 */
#include "stages.h"

#include <math.h>
#include <string.h>

#define CELL_KEEPS   0.93F  /* of a cell's sums, each time it is learned: two weeks */
#define ALL_KEEPS    0.998F /* of the sums over all hours, each hour: three weeks */
#define PEAK_STEP    0.07F
#define READY_HOURS  72
#define WEEK_HOURS   168 /* of strangers and habits: nothing is said of them before */
#define STILL_GROWS  0.4F /* log */
#define CARE         0.4F /* log: more room at first, until the week is over */
#define YOUNG_HOURS  2
#define READY_DAYS   3
#define LEAST_HOUR_S 1200.0 /* of an hour that counts */
#define WEEK_SCALE   16.0F  /* steps of the coded logs for each factor of e */
#define ANCHOR_RISE  0.008F /* most that the anchor rises in an hour: a fifth a day */
#define ANCHOR_ROOM  1.1F   /* log: how far above it the limit may follow, beside the spread */

#define RARE         0.98F  /* the quantile of hourly peaks that is no news at any hour */
#define RARE_ROOM    1.25F  /* times it */
#define BAD_HOUR     0.3F   /* log: most that an hour judged bad teaches above the limit */
#define RARE_ABOVE   0.7F   /* log: above the anchor it is not followed, it may be growth */

/*
 * The promise: where the usual value is well below the threshold, so that the threshold means
 * something, the limit of a host's own indicator is at most PROMISE times it, and twice is seen.
 */
#define PROMISE        1.5F
#define PROMISED_BELOW 0.4F /* of the threshold; between there the limit grows with the usual value: */
#define PROMISED_TIMES 4.2F

/* Where events are rare, a few say more: the bounds lie nearer to the value. */
#define RARE_CAUTION 0.7F
#define RARE_BELOW   0.2 /* of the limit: a mean from where on bounds are as they are */

#define JUMP_LEAST    1.3F /* times the threshold: less is no jump that raises by itself */
#define JUMP_BELOW    0.5F /* of the threshold: a mean below which a jump means something */
#define LASTING_LEAST 1.2F /* times the threshold, */
#define LASTING_TIMES 3.3F /* and times the mean: more must not last for hours */

/* What a profile changes. */
struct tuning {
	float mean_spread; /* how many deviations above the mean are usual */
	float peak_spread; /* how many spreads above the usual peak are usual */
	float factor;      /* log of the least factor above it */
	float own_floor, count_floor, peer_floor; /* of the threshold: nothing below is unusual */
	float habit;       /* times its mean, that a habit of peers (baseline_only) must reach */
	float quick_floor; /* of the threshold: only from there on short windows are believed */
	float first_days[3]; /* times the mean, by origin: before the spread is known */
	bool high;         /* the 0.9 quantile of all peaks is usual at any hour */
};

static const struct tuning tunings[] = {
	[NV_PROFILE_DEFAULT] = { 3, 3, 0.4F, 0.5F, 0.4F, 0.8F, 2.5F, 0.5F, { 3, 8, 8 }, true },
	[NV_PROFILE_STRICT] = { 2, 2, 0.35F, 0.3F, 0.3F, 0.6F, 2, 0.3F, { 2, 4, 5 }, false },
	[NV_PROFILE_LENIENT] = { 5, 4, 0.5F, 0.6F, 0.5F, 0.9F, 3, 0.5F, { 4, 8, 8 }, true },
};

/* The least value that may be called unusual. */
static float floor_of(enum nv_indicator_id id, enum nv_profile profile, double warn)
{
	const struct nv_indicator *indicator = &nv_indicators[id];
	const struct tuning *tuning = &tunings[profile];

	if (indicator->floor > 0)
		return (float)indicator->floor;
	if (indicator->kind == NV_LEVEL)
		return (float)warn;
	if (indicator->origin == NV_STRANGER || (indicator->origin == NV_PEERS && indicator->kind == NV_RATIO))
		return tuning->peer_floor * (float)warn;
	if (indicator->kind == NV_COUNT)
		return nv_largerf(0.8F, tuning->count_floor * (float)warn);
	return tuning->own_floor * (float)warn;
}

static unsigned cell_of(int hour_of_week)
{
	unsigned day = (unsigned)hour_of_week / 24, hour = (unsigned)hour_of_week % 24;
	return hour + (day == 0 || day == 6 ? 24 : 0);
}

static unsigned neighbour(int hour_of_week, int by)
{
	return (unsigned)((hour_of_week + by + NV_WEEK) % NV_WEEK);
}

/* ---- peaks by hour of the week: coded in a byte ------------------------------------------------------ */

static uint8_t encode(float x, float lowest)
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

/* ---- the limit ------------------------------------------------------------------------------------------ */

static float mean_of(float k, float n)
{
	return n > 0 ? k / n : 0;
}

static float all_mean(const struct nv_baseline *b)
{
	return mean_of(b->all_k + b->hour_k, b->all_n + b->hour_n);
}

/* The mean of a cell, drawn towards that of all hours by the weight of ten events. */
static float cell_mean(const struct nv_baseline *b, unsigned cell)
{
	float all = all_mean(b);
	if (all <= 0)
		return 0;
	return (b->cell_k[cell] + 10) / (b->cell_n[cell] + 10 / all);
}

static float upper(float mean, const struct nv_baseline *b, const struct tuning *tuning)
{
	return mean * (1 + tuning->mean_spread / (float)nv_sqrt((double)nv_largerf(0.1F, b->clumps)));
}

/* A weekend cell that is not learned yet stands back for the weekday's. */
static unsigned known_cell(const struct nv_baseline *b, unsigned cell)
{
	return cell >= 24 && b->cell_days[cell] < READY_DAYS ? cell - 24 : cell;
}

/* The peaks of this hour of the day, and of the week, with a little room. */
static float limit_by_peaks(const struct nv_baseline *b, const struct tuning *tuning, float lowest)
{
	float limit = 0;

	for (int by = -1; by <= 1; by++) {
		unsigned hour = neighbour(b->hour, by);
		unsigned cell = known_cell(b, cell_of((int)hour));
		uint8_t code = of_both_weeks(b, hour);

		if (b->cell_days[cell])
			limit = nv_largerf(limit, nv_expf(b->cell_peak[cell] + tuning->factor));
		if (code > 1)
			limit = nv_largerf(limit, nv_expf(decode(code, lowest) + tuning->factor));
	}
	return limit;
}

static float room_of(const struct nv_baseline *b, const struct tuning *tuning)
{
	return nv_largerf(tuning->factor, tuning->peak_spread * b->spread);
}

/* What natural swings may add to that: by the spread, by the mean, by the peaks of all hours. */
static float limit_by_swings(const struct nv_baseline *b, const struct tuning *tuning)
{
	float room = room_of(b, tuning), limit = 0;

	if (b->hours < WEEK_HOURS)
		room += CARE * (float)(WEEK_HOURS - b->hours) / (WEEK_HOURS - READY_HOURS);
	for (int by = -1; by <= 1; by++) {
		unsigned cell = known_cell(b, cell_of((int)neighbour(b->hour, by)));

		if (!b->cell_days[cell])
			continue;
		limit = nv_largerf(limit, upper(cell_mean(b, cell), b, tuning));
		limit = nv_largerf(limit, nv_expf(b->cell_peak[cell] + room));
	}
	if (tuning->high && b->hours >= 48)
		limit = nv_largerf(limit, nv_largerf(nv_expf(b->high + tuning->factor), nv_expf(b->rare + tuning->factor)));
	/* Where a verdict is rare the peaks know nothing; the slow mean of all hours does. */
	return nv_largerf(nv_smallerf(limit, nv_expf(b->anchor + ANCHOR_ROOM + room)), upper(all_mean(b), b, tuning));
}

/*
 * Where the threshold means something, twice the threshold is seen, whatever the swings: of a host's
 * own indicators and of ratios that peers have a part in.
 */
static bool is_promised(const struct nv_indicator *indicator)
{
	return indicator->origin == NV_OWN ? indicator->kind != NV_LEVEL
					   : indicator->origin == NV_PEERS && indicator->kind == NV_RATIO &&
						     !indicator->baseline_only;
}

/* What comes every other day is no news, unless the baseline has grown up to there. */
static float known_rare(const struct nv_baseline *b)
{
	return RARE_ROOM * nv_expf(nv_smallerf(b->rare, b->anchor + RARE_ABOVE));
}

static float promised(const struct nv_indicator *indicator, const struct nv_baseline *b,
	float warn, float limit)
{
	float mean = cell_mean(b, known_cell(b, cell_of(b->hour)));
	float most = nv_largerf(PROMISE * warn, PROMISED_TIMES * mean);

	if (!is_promised(indicator) || mean >= PROMISED_BELOW * warn)
		return limit;
	if (b->hours >= YOUNG_HOURS)
		most = nv_largerf(most, known_rare(b));
	return nv_smallerf(limit, most);
}

/* Before there are three days: careful, and at the threshold at the least. */
static float limit_of_first_days(const struct nv_indicator *indicator, const struct nv_baseline *b,
	const struct tuning *tuning, float warn)
{
	/* In the first hour a fault itself would be most of what was learned: the threshold alone speaks. */
	if (b->hours < 1)
		return warn;
	float limit = nv_largerf(warn, 1.2F * upper(all_mean(b), b, tuning));
	limit = nv_largerf(limit, tuning->first_days[indicator->origin] * all_mean(b));
	if (b->hours >= 2)
		limit = nv_largerf(limit, 1.5F * nv_expf(b->all_peak + nv_largerf(tuning->factor,
					tuning->peak_spread * b->spread)));
	return limit;
}

static bool by_baseline_only(const struct nv_indicator *indicator)
{
	return indicator->origin == NV_STRANGER || indicator->baseline_only;
}

/* A ratio of events that are counted in its denominator as well: never above 1. */
static bool is_part(const struct nv_indicator *indicator)
{
	for (unsigned i = 0; indicator->kind == NV_RATIO && i < NV_TERMS_MAX; i++)
		if (indicator->den[i].counter == indicator->num[0].counter)
			return true;
	return false;
}

/*
 * Beside the limit, once there are days: what must not last for hours, however slowly it came, and
 * what must not come at once. Neither is below what this hour has seen.
 */
static void compute_others(const struct nv_indicator *indicator, struct nv_baseline *b, float warn, float peaks)
{
	float mean = nv_largerf(all_mean(b), cell_mean(b, known_cell(b, cell_of(b->hour))));

	b->lasting = b->jump = 0;
	if (b->hours < READY_HOURS || indicator->origin == NV_STRANGER || indicator->kind == NV_LEVEL)
		return;
	b->lasting = nv_largerf(nv_largerf(LASTING_LEAST * warn, LASTING_TIMES * mean), peaks);
	if (is_promised(indicator) && indicator->kind == NV_RATIO && all_mean(b) < JUMP_BELOW * warn)
		b->jump = nv_largerf(nv_largerf(JUMP_LEAST * warn, known_rare(b)), peaks);
}

static void compute_limit(enum nv_indicator_id id, struct nv_baseline *b, const struct nv_lesson *lesson)
{
	const struct nv_indicator *indicator = &nv_indicators[id];
	const struct tuning *tuning = &tunings[lesson->profile];
	float warn = (float)lesson->warn;
	float floor = floor_of(id, lesson->profile, lesson->warn);
	float limit;

	if (b->hours >= READY_HOURS) {
		limit = promised(indicator, b, warn, limit_by_swings(b, tuning));
		limit = nv_largerf(floor, nv_largerf(limit, limit_by_peaks(b, tuning, nv_lnf(floor / 4))));
		if (!b->cell_days[known_cell(b, cell_of(b->hour))])
			limit = nv_largerf(limit, limit_of_first_days(indicator, b, tuning, warn));
	} else {
		limit = promised(indicator, b, warn, limit_of_first_days(indicator, b, tuning, warn));
		if (indicator->origin != NV_OWN && b->hours < YOUNG_HOURS)
			limit = nv_largerf(limit, isinf(indicator->crit) ? 5 * warn : (float)indicator->crit);
	}
	if (by_baseline_only(indicator))
		limit = nv_largerf(limit, (indicator->origin == NV_STRANGER ? 5 : tuning->habit) *
					     cell_mean(b, known_cell(b, cell_of(b->hour))));
	b->limit = is_part(indicator) ? nv_smallerf(limit, nv_largerf(1, warn)) : limit;
	b->of_warn = warn;
	compute_others(indicator, b, warn, limit_by_peaks(b, tuning, nv_lnf(floor / 4)));
}

/* ---- learning --------------------------------------------------------------------------------------------- */

static void drift(float *value, float target, float step, float most)
{
	float e = target - *value;
	*value += step * (e > most ? most : e < -most ? -most : e);
}

static void learn_spread(struct nv_baseline *b, float distance)
{
	float step = b->hours < 48 ? 0.04F : 0.01F;
	float most = nv_largerf(0.6F, 3 * b->spread);
	b->spread += step * (nv_smallerf(1.25F * fabsf(distance), most) - b->spread);
}

static void learn_peak(struct nv_baseline *b, unsigned cell, float x)
{
	if (b->cell_days[cell]) {
		learn_spread(b, x - b->cell_peak[cell]);
		drift(&b->cell_peak[cell], x, nv_largerf(1.0F / (float)(b->cell_days[cell] + 1), PEAK_STEP), 3);
	} else {
		b->cell_peak[cell] = x;
	}
	if (!b->hours) {
		b->all_peak = b->high = b->rare = b->anchor = x;
		b->spread = 0.2F;
		return;
	}
	drift(&b->all_peak, x, nv_largerf(1.0F / (float)(b->hours + 1), 0.02F), 3);
	float step = b->hours < 48 ? 0.08F : 0.01F;
	b->high += x > b->high ? 0.9F * step : -0.1F * step;
	step = b->hours < 48 ? 0.6F : 0.3F;
	if (x > b->rare)
		b->rare += nv_smallerf(x - b->rare, step);
	else if (b->raised_at <= 0)
		b->rare -= (1 - RARE) * step;
	if (b->hours < READY_HOURS && x > b->anchor)
		b->anchor = x;
	else
		b->anchor += x > b->anchor ? ANCHOR_RISE * nv_smallerf(1, x - b->anchor) : -0.001F;
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
	float mean = mean_of(b->bad_k, b->bad_n);

	for (unsigned cell = 0; cell < NV_CELLS; cell++) {
		if (!b->cell_days[cell])
			continue;
		b->cell_peak[cell] = nv_largerf(b->cell_peak[cell], b->bad_peak);
		b->cell_k[cell] = nv_largerf(b->cell_k[cell], mean * b->cell_n[cell]);
	}
	b->all_k = nv_largerf(b->all_k, mean * b->all_n);
	b->all_peak = nv_largerf(b->all_peak, b->bad_peak);
	b->high = nv_largerf(b->high, b->bad_peak);
	b->rare = nv_largerf(b->rare, b->bad_peak);
	b->anchor = nv_largerf(b->anchor, b->bad_peak);
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

static enum nv_learned close_hour(enum nv_indicator_id id, struct nv_baseline *b,
	const struct nv_lesson *lesson)
{
	float floor = floor_of(id, lesson->profile, lesson->warn);
	float lowest = nv_lnf(floor / 4);
	float x = nv_lnf(nv_largerf(b->peak, floor / 4));
	unsigned cell = cell_of(b->hour);
	enum nv_learned learned = NV_LEARNED_HOUR;

	b->week_before[b->hour] = b->week_last[b->hour];
	b->week_last[b->hour] = encode(x, lowest);
	count_bad(b, x);
	if (b->bad_hours >= 12 * lesson->accept_days && !nv_indicators[id].never_learned) {
		accept(b);
		learned = NV_LEARNED_ACCEPTED;
	} else if (b->raised_at > 0) {
		bool short_of_an_hour = 2 * b->bad_slots < b->slots; /* teaches no more than that the limit stands */
		x = nv_smallerf(x, nv_lnf(b->raised_at) + (short_of_an_hour ? -tunings[lesson->profile].factor : BAD_HOUR));
	}
	learn_peak(b, cell, x);
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
	b->hour_k = b->hour_n = b->peak = b->raised_at = 0;
}

/* Feed one fast window into the sums; a burst counts no more than a few times what is usual. */
static void feed(enum nv_indicator_id id, struct nv_baseline *b, const struct nv_memory *m,
	const struct nv_reading *window)
{
	bool ratio = nv_indicators[id].kind == NV_RATIO;
	float k = (float)(nv_indicators[id].kind == NV_LEVEL ? window->value : window->num);
	float n = ratio ? (float)window->den : nv_indicators[id].kind == NV_LEVEL
					       ? 1
					       : (float)(window->seconds / 60);

	if (isnan(k) || isnan(n))
		return;
	if (m->status >= NV_WARNING) {
		b->bad_k += k;
		b->bad_n += n;
		return;
	}
	b->hour_k += b->hours ? nv_smallerf(k, 3 + 4 * all_mean(b) * n) : k;
	b->hour_n += n;
	b->minutes = (uint16_t)(b->minutes + (b->minutes < 2000));
	b->clumps += ((float)m->c_fast - b->clumps) / (float)b->minutes;
}

enum nv_learned nv_baseline_learn(enum nv_indicator_id id, struct nv_baseline *b,
	const struct nv_memory *m, const struct nv_reading *window, const struct nv_lesson *lesson)
{
	enum nv_learned learned = NV_LEARNED_NOTHING;

	if (lesson->hour_of_week < 0 || lesson->hour_of_week >= NV_WEEK || isnan(window->num))
		return learned;
	bool turned = b->slots && b->hour != lesson->hour_of_week;
	if (turned && b->slots * lesson->slot_s >= LEAST_HOUR_S)
		learned = close_hour(id, b, lesson);
	if (turned || !b->slots)
		open_hour(b, lesson->hour_of_week);
	bool first = !b->slots;
	if (b->slots < UINT16_MAX)
		b->slots++;
	if (m->sustained > b->peak)
		b->peak = m->sustained;
	b->bad_slots = (uint16_t)(b->bad_slots + (m->status >= NV_WARNING && b->bad_slots < UINT16_MAX));
	if (m->status >= NV_WARNING)
		b->raised_at = nv_largerf(b->raised_at, m->raised_at);
	b->phase = (uint8_t)(b->phase + 1);
	if (b->phase >= NV_FAST) {
		b->phase = 0;
		feed(id, b, m, window);
		first = first || b->hours < 24;
	}
	if (first && !nv_indicators[id].never_learned)
		compute_limit(id, b, lesson);
	return learned;
}

/* ---- what others ask ---------------------------------------------------------------------------------------- */

bool nv_baseline_ready(enum nv_indicator_id id, const struct nv_baseline *b)
{
	return b->hours >= (by_baseline_only(&nv_indicators[id]) ? WEEK_HOURS : READY_HOURS);
}

bool nv_baseline_is_due(const struct nv_baseline *b)
{
	return b->phase + 1 >= NV_FAST;
}

bool nv_baseline_learns(enum nv_indicator_id id, const struct nv_baseline *b)
{
	const struct nv_indicator *indicator = &nv_indicators[id];

	return by_baseline_only(indicator) && !indicator->noted && b->hours < WEEK_HOURS;
}

static double caution_at(const struct nv_baseline *b, double mean, double limit)
{
	if (b->hours < YOUNG_HOURS)
		return 1;
	return (double)RARE_CAUTION + (1 - (double)RARE_CAUTION) * nv_smaller(1, mean / (RARE_BELOW * limit));
}

void nv_baseline_limit(enum nv_indicator_id id, const struct nv_baseline *b,
	const struct nv_limit *configured, struct nv_limit *out)
{
	const struct nv_indicator *indicator = &nv_indicators[id];
	double configured_warn = configured->warn;

	if (out != configured)
		*out = *configured;
	double mean = b->hours >= YOUNG_HOURS ? (double)all_mean(b) : 0;
	out->quick = configured_warn * (double)tunings[configured->profile].quick_floor;
	out->mean = mean;
	out->caution = caution_at(b, mean, configured_warn);
	out->jump = out->lasting = 0;
	out->from_baseline = false;
	out->learning = false;
	if (indicator->never_learned || indicator->noted)
		return;
	out->learning = nv_baseline_learns(id, b);
	/* Somebody has moved the threshold: it holds until the limit is computed anew. */
	if (b->limit <= 0 || out->learning || b->of_warn != (float)configured_warn)
		return;
	out->from_baseline = true;
	out->warn = (double)b->limit;
	out->caution = caution_at(b, mean, out->warn);
	out->lasting = (double)b->lasting;
	out->jump = (double)b->jump;
	double crit = 1.5 * out->warn;
	out->crit = nv_larger(out->crit, is_part(indicator) ? nv_smaller(crit, nv_larger(1, out->warn)) : crit);
}

double nv_baseline_usual(enum nv_indicator_id id, const struct nv_baseline *b, int hour_of_week)
{
	(void)id;
	if (b->hours < 1 || hour_of_week < 0 || hour_of_week >= NV_WEEK)
		return NAN;
	unsigned cell = known_cell(b, cell_of(hour_of_week));
	return (double)(b->cell_days[cell] ? cell_mean(b, cell) : all_mean(b));
}

double nv_baseline_spread(const struct nv_baseline *b)
{
	return b->hours < 2 ? (double)NAN : nv_exp((double)b->spread);
}
