/* SPDX-License-Identifier: MIT */
/*
 * The experiments: hosts without incidents (false raises), hosts with incidents and the same hosts
 * without them (detection, placebo), growth and lasting shifts.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay.h"

#define WITHIN 30 /* steps: five minutes */
#define MONTH_STEPS (30.4 * DAY_STEPS)

/* ---- false raises ------------------------------------------------------------------------------- */

static void run_quiet(struct result *result, uint64_t seed, int weeks, enum group group,
	enum nv_profile profile, bool with_field)
{
	static struct host h;
	static struct field field;
	struct host_options options = { .dispersion = group == OVERDISPERSED ? 2 : 1, .kind = -1 };
	struct watch w;
	unsigned first = 0, first_classes = 0;

	host_init(&h, seed, &options);
	watch_init(&w, profile);
	field_init(&field);
	while (h.step < (int64_t)weeks * WEEK_STEPS) {
		host_step(&h);
		watch_step(&w, &h);
		if (with_field)
			field_step(&field, &h, h.step);
		if (h.step == WEEK_STEPS) {
			first = w.indicators;
			first_classes = w.classes;
			for (unsigned i = 0; group == ALL_HOSTS && i < NV_I_END; i++)
				result->per_indicator[0][i] += w.raises[i];
			for (unsigned i = 0; group == ALL_HOSTS && i < NV_I_END; i++)
				result->per_indicator[1][i] -= w.raises[i];
		}
	}
	bool internet = h.kind == INTERNET || h.kind == PROXY;
	for (enum group g = group; g <= group + (group == ALL_HOSTS && internet); g++) {
		result->week1[g].months += WEEK_STEPS / MONTH_STEPS;
		result->week1[g].raises += first;
		result->week1[g].classes += first_classes;
		result->later[g].months += (double)(weeks - 1) * WEEK_STEPS / MONTH_STEPS;
		result->later[g].raises += w.indicators - first;
		result->later[g].classes += w.classes - first_classes;
	}
	if (group == ALL_HOSTS) {
		result->hosts++;
		result->hosts_without += !w.indicators;
		for (unsigned i = 0; i < NV_I_END; i++)
			result->per_indicator[1][i] += w.raises[i];
	}
	if (with_field) {
		result->field_months += weeks * WEEK_STEPS / MONTH_STEPS;
		for (unsigned rule = 0; rule < FIELD_RULES; rule++)
			for (unsigned s = 0; s < SCALES; s++)
				result->field_raises[rule][s] += field.raises[rule][s];
	}
	result->steps += (uint64_t)h.step;
	watch_fini(&w);
}

void experiment_false(struct result *result, unsigned worker, unsigned workers, unsigned scale,
	enum nv_profile profile)
{
	for (unsigned i = worker; i < scale; i += workers)
		run_quiet(result, 10000 + i, 6, ALL_HOSTS, profile, i < scale / 10 + 1);
	for (unsigned i = worker; i < scale / 6 + 1; i += workers)
		run_quiet(result, 20000 + i, 3, OVERDISPERSED, profile, false);
}

/* ---- incidents ---------------------------------------------------------------------------------------- */

/* Judged by threshold, at once: what twice the threshold is a promise for. */
static bool has_promise(const struct nv_indicator *indicator)
{
	return indicator->origin != NV_STRANGER && !indicator->baseline_only && !indicator->noted &&
	       !indicator->sustain_min;
}

static bool make(struct host *h, enum incident_kind kind, struct random *r, struct incident *out)
{
	unsigned process = (unsigned)(uniform(r) * process_count);
	const struct process_kind *pk = &process_kinds[process];
	const struct nv_indicator *indicator = &nv_indicators[pk->indicator];
	double usual = host_usual(h, process);

	if (!pk->indicator || indicator->origin == NV_STRANGER)
		return false;
	out->process = process;
	out->doubling_steps = 0;
	switch (kind) {
	case TWICE:
	case FIRST_DAY:
	case UNUSUAL_HOUR:
	case TWO_AT_ONCE:
		out->target = 2 * indicator->warn;
		return has_promise(indicator) && usual < 0.5 * indicator->warn;
	case FIVE_TIMES:
		out->target = 5 * usual;
		return !indicator->never_learned;
	case SMALL_COUNT:
		out->target = 10 * usual;
		return pk->base == PER_MINUTE && usual > 0.03;
	case GROWTH:
		out->target = indicator->crit;
		out->doubling_steps = DAY_STEPS;
		return has_promise(indicator) && isfinite(indicator->crit) && usual < 0.25 * indicator->warn &&
		       usual > 1e-7 && pk->base != PER_MINUTE;
	case SHIFT:
		out->target = 5 * usual;
		return !indicator->never_learned && 5 * usual > 1.5 * indicator->warn &&
		       usual < indicator->warn;
	case INCIDENT_KINDS:
		break;
	}
	return false;
}

/* Was it raised at any time of [start, end]? The raise must not be over before. */
static bool seen(const struct watch *w, unsigned indicator, int64_t start, bool was_raised)
{
	return was_raised || w->raised_step[indicator] >= start;
}

struct both {
	struct host with, without;
	struct watch ours, placebo;
	struct field field, field_placebo;
};

static void both_init(struct both *b, uint64_t seed, struct incident *incidents, unsigned count,
	enum nv_profile profile)
{
	struct host_options options = { .dispersion = 1, .kind = -1 };

	host_init(&b->with, seed, &options);
	host_init(&b->without, seed, &options);
	b->with.incidents = incidents;
	b->with.incident_count = count;
	watch_init(&b->ours, profile);
	watch_init(&b->placebo, profile);
	field_init(&b->field);
	field_init(&b->field_placebo);
}

static void both_step(struct both *b, bool with_field)
{
	host_step(&b->with);
	host_step(&b->without);
	watch_step(&b->ours, &b->with);
	watch_step(&b->placebo, &b->without);
	if (with_field) {
		field_step(&b->field, &b->with, b->with.step);
		field_step(&b->field_placebo, &b->without, b->without.step);
	}
}

static void count_found(struct found *found, const struct both *b, const struct incident *incident,
	unsigned indicator, bool was, bool was_placebo)
{
	bool ours = seen(&b->ours, indicator, incident->start, was);

	found->cases++;
	found->ours += ours;
	found->ours_placebo += seen(&b->placebo, indicator, incident->start, was_placebo);
	if (ours) {
		int64_t delay = was ? 0 : b->ours.raised_step[indicator] - incident->start + 1;
		found->delays[delay < DELAYS ? delay : DELAYS - 1]++;
	}
	for (unsigned rule = 0; rule < FIELD_RULES; rule++)
		for (unsigned s = 0; s < SCALES; s++) {
			found->field[rule][s] += b->field.last[rule][s][indicator] >= incident->start;
			found->field_placebo[rule][s] +=
				b->field_placebo.last[rule][s][indicator] >= incident->start;
		}
}

#define INCIDENTS_MAX 160

/* Short incidents every few hours; each is looked at when it ends. */
static void run_short(struct result *result, uint64_t seed, int64_t from, int64_t every, int64_t until,
	bool first_day, enum nv_profile profile)
{
	static struct both b;
	static struct incident incidents[INCIDENTS_MAX];
	static enum incident_kind kinds[INCIDENTS_MAX];
	static const enum incident_kind round[] = { TWICE, FIVE_TIMES, SMALL_COUNT, TWICE, TWO_AT_ONCE,
		UNUSUAL_HOUR };
	struct random r = { seed };
	unsigned n = 0, turn = 0;

	both_init(&b, seed, incidents, 0, profile);
	for (int64_t at = from; at < until && n + 1 < INCIDENTS_MAX; at += every, turn++) {
		enum incident_kind kind = first_day ? FIRST_DAY : round[turn % 6];
		int64_t start = at + (int64_t)(uniform(&r) * 60);
		if (kind == UNUSUAL_HOUR) /* at night, not when the backup runs */
			start = start / DAY_STEPS * DAY_STEPS + (b.with.backup_hour < 3 ? 5 : 1) * HOUR_STEPS +
				600;
		for (unsigned k = 0; k < (kind == TWO_AT_ONCE ? 2U : 1U); k++) {
			unsigned tries = 0;
			while (tries < 200 && !make(&b.with, kind, &r, &incidents[n]))
				tries++;
			incidents[n].start = start;
			incidents[n].end = start + WITHIN;
			incidents[n].expected = 0;
			kinds[n] = kind;
			n += tries < 200;
		}
	}
	b.with.incident_count = n;
	bool was[INCIDENTS_MAX] = { false }, was_placebo[INCIDENTS_MAX] = { false };
	while (b.with.step < until + WITHIN) {
		both_step(&b, true);
		for (unsigned i = 0; i < n; i++) {
			unsigned indicator = process_kinds[incidents[i].process].indicator;
			if (b.with.step + 1 == incidents[i].start) {
				was[i] = b.ours.raised[indicator];
				was_placebo[i] = b.placebo.raised[indicator];
			}
			if (b.with.step != incidents[i].end || incidents[i].expected < 2)
				continue;
			count_found(&result->found[kinds[i]], &b, &incidents[i], indicator, was[i], was_placebo[i]);
			if (kinds[i] == TWICE && incidents[i].expected >= 100)
				count_found(&result->twice_many, &b, &incidents[i], indicator, was[i],
					was_placebo[i]);
		}
	}
	result->steps += 2 * (uint64_t)b.with.step;
	watch_fini(&b.ours);
	watch_fini(&b.placebo);
}

static void run_long(struct result *result, uint64_t seed, enum incident_kind kind, enum nv_profile profile)
{
	static struct both b;
	struct incident incident = { 0 };
	struct random r = { seed };
	unsigned tries = 0;
	int64_t until = (kind == GROWTH ? 24 : 35) * (int64_t)DAY_STEPS;

	both_init(&b, seed, &incident, 1, profile);
	while (tries < 400 && !make(&b.with, kind, &r, &incident))
		tries++;
	unsigned indicator = process_kinds[incident.process].indicator;
	double amount = b.with.peak * (process_kinds[incident.process].base >= OPENS_ACTIVE ? 0.005 : 1) * 60;
	if (tries < 400 && incident.target * amount > 60) {
		incident.end = until;
		incident.start = 15 * (int64_t)DAY_STEPS;
		int64_t look_from = incident.start;
		if (kind == GROWTH) {
			double days = log2(incident.target / host_usual(&b.with, incident.process));
			incident.start = until - (int64_t)(fmin(days, 16) * DAY_STEPS);
			look_from = until - 5 * (int64_t)DAY_STEPS;
		}
		bool was = false, was_placebo = false;
		unsigned raises = 0, clears = 0;
		while (b.with.step < until) {
			both_step(&b, false);
			if (b.with.step == look_from) {
				was = b.ours.raised[indicator];
				was_placebo = b.placebo.raised[indicator];
				raises = b.ours.raises[indicator];
				clears = b.ours.clears[indicator];
			}
		}
		struct incident looked = incident;
		looked.start = look_from;
		count_found(&result->found[kind], &b, &looked, indicator, was, was_placebo);
		result->shift_once += kind == SHIFT && b.ours.raises[indicator] - raises == 1 &&
				      b.ours.clears[indicator] - clears <= 1;
		if (getenv("REPLAY_VERBOSE"))
			printf("%s host %d %s usual %g target %g: raises %u clears %u raised %d was %d\n", kind == GROWTH ? "growth" : "shift",
				(int)seed, nv_indicators[indicator].name, host_usual(&b.with, incident.process),
				incident.target, b.ours.raises[indicator] - raises,
				b.ours.clears[indicator] - clears, b.ours.raised[indicator], was);
		result->steps += 2 * (uint64_t)b.with.step;
	}
	watch_fini(&b.ours);
	watch_fini(&b.placebo);
}

void experiment_incidents(struct result *result, unsigned worker, unsigned workers, unsigned scale,
	enum nv_profile profile)
{
	for (unsigned i = worker; i < scale; i += workers)
		run_short(result, 30000 + i, 14 * (int64_t)DAY_STEPS, 4 * HOUR_STEPS,
			21 * (int64_t)DAY_STEPS, false, profile);
	for (unsigned i = worker; i < 6 * scale; i += workers)
		run_short(result, 40000 + i, 2 * HOUR_STEPS, HOUR_STEPS * 3 / 2, DAY_STEPS, true, profile);
	for (unsigned i = worker; i < scale; i += workers)
		run_long(result, 50000 + i, GROWTH, profile);
	for (unsigned i = worker; i < scale * 2; i += workers)
		run_long(result, 60000 + i, SHIFT, profile);
}
