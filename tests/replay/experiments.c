/* SPDX-License-Identifier: MIT */
/*
 * The experiments: hosts without incidents (false raises), hosts with incidents and the same hosts
 * without them (detection, placebo), growth and lasting shifts.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nv_config.h"
#include "replay.h"

#define WITHIN      30 /* steps: five minutes */
#define MONTH_STEPS (30.4 * DAY_STEPS)

/* ---- false raises -------------------------------------------------------------------------------
 */

static void run_quiet(struct result *result, uint64_t seed, int weeks, enum group group,
	enum world world, enum nv_profile profile, bool with_field)
{
	static struct host h;
	static struct field field;
	struct host_options options = { .dispersion = group == OVERDISPERSED ? 2 : 1,
		.kind = -1,
		.law = group == OTHER_HOSTS ? OTHER : ONE,
		.world = world };
	struct watch w;
	unsigned first = 0, first_classes = 0, first_criticals = 0;

	host_init(&h, seed, &options);
	watch_init(&w, profile);
	field_init(&field);
	while (h.step < (int64_t)weeks * WEEK_STEPS) {
		host_step(&h);
		watch_step(&w, &h);
		if (with_field)
			field_step(&field, w.engine, h.step);
		if (h.step == WEEK_STEPS) {
			first = w.indicators;
			first_classes = w.classes;
			first_criticals = w.criticals;
			for (unsigned i = 0; group == ALL_HOSTS && i < NV_I_END; i++) {
				result->per_indicator[0][i] += w.raises[i];
				result->per_indicator[1][i] -=
					w.raises[i]; /* all of them are added at the end */
			}
		}
	}
	bool internet = h.kind == INTERNET || h.kind == PROXY;
	for (enum group g = group; g <= group + (group == ALL_HOSTS && internet); g++) {
		result->week1[g].months += WEEK_STEPS / MONTH_STEPS;
		result->week1[g].raises += first;
		result->week1[g].classes += first_classes;
		result->week1[g].criticals += first_criticals;
		result->later[g].months += (double)(weeks - 1) * WEEK_STEPS / MONTH_STEPS;
		result->later[g].raises += w.indicators - first;
		result->later[g].classes += w.classes - first_classes;
		result->later[g].criticals += w.criticals - first_criticals;
	}
	for (unsigned i = 0; group == ALL_HOSTS && i < NV_I_END; i++)
		result->per_indicator[1][i] += w.raises[i];
	if (group == ALL_HOSTS && weeks > 1) {
		result->hosts++;
		result->hosts_without += !w.indicators;
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
		run_quiet(result, SEED + i, 6, ALL_HOSTS, USUAL, profile, i % 10 == 0);
	for (unsigned i = worker; i < scale; i += workers)
		run_quiet(result, SEED + 5000 + i, 1, ALL_HOSTS, USUAL, profile, false);
	for (unsigned i = worker; i < scale / 5; i += workers)
		run_quiet(result, SEED + 10000 + i, 6, OVERDISPERSED, USUAL, profile, false);
	for (unsigned i = worker; i < scale / 5; i += workers)
		run_quiet(result, SEED + 20000 + i, 6, OTHER_HOSTS, USUAL, profile, false);
}

/* ---- incidents
 * ---------------------------------------------------------------------------------------- */

/* Judged by threshold, at once: what twice the threshold is a promise for. */
static bool has_promise(const struct nv_indicator *indicator)
{
	return indicator->origin != NV_UNSOLICITED && !indicator->baseline_only &&
		!indicator->noted && !indicator->sustain_min;
}

/* By the catalog so rare among all segments that it carries no verdict. */
static bool too_rare(
	const struct host *h, const struct nv_indicator *indicator, enum base base, double target)
{
	return indicator->min_share > 0 && base == OPENS &&
		target * h->open_share < 1.2 * indicator->min_share;
}

static bool make(struct host *h, enum incident_kind kind, struct random *r, struct incident *out)
{
	unsigned process = (unsigned)(uniform(r) * process_count);
	const struct process_kind *pk = &process_kinds[process];
	const struct nv_indicator *indicator = &nv_indicators[pk->indicator];
	double usual = host_usual(h, process);

	if (!pk->indicator || indicator->origin == NV_UNSOLICITED ||
		too_rare(h, indicator, pk->base, 2 * indicator->warn))
		return false;
	out->process = process;
	out->expected = 0;
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
		return has_promise(indicator) && isfinite(indicator->crit) &&
			usual < 0.25 * indicator->warn && usual > 1e-7 && pk->base != PER_MINUTE;
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

/* When short incidents happen; kind INCIDENT_KINDS: all in turn. */
struct schedule {
	int64_t from, until, every;
	enum incident_kind kind;
	enum law law;
	enum world world;
};

struct both {
	struct host with, without;
	struct watch ours, placebo;
	struct field field, field_placebo;
};

static void both_init(struct both *b, uint64_t seed, enum law law, enum world world,
	struct incident *incidents, enum nv_profile profile)
{
	struct host_options options = { .dispersion = 1, .kind = -1, .law = law, .world = world };

	host_init(&b->with, seed, &options);
	host_init(&b->without, seed, &options);
	b->with.incidents = incidents;
	watch_init(&b->ours, profile);
	watch_init(&b->placebo, profile);
	field_init(&b->field);
	field_init(&b->field_placebo);
}

static void both_step(struct both *b, bool with_field)
{
	host_step_both(&b->without, &b->with);
	watch_step(&b->ours, &b->with);
	watch_step(&b->placebo, &b->without);
	if (with_field) {
		field_step(&b->field, b->ours.engine, b->with.step);
		field_step(&b->field_placebo, b->placebo.engine, b->without.step);
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
			found->field[rule][s] += b->field.last[rule][indicator][s] >=
				incident->start;
			found->field_placebo[rule][s] +=
				b->field_placebo.last[rule][indicator][s] >= incident->start;
		}
}

#define INCIDENTS_MAX 256
#define AT_ONCE       5 /* that many indicators have an incident at the same time: they do not meet */

/* Up to `most` incidents of different indicators. Returns how many. */
static unsigned draw(struct host *h, enum incident_kind kind, struct random *r,
	struct incident *out, unsigned most)
{
	unsigned n = 0;

	for (unsigned tries = 0; tries < 400 && n < most; tries++) {
		bool twice = false;
		if (!make(h, kind, r, &out[n]))
			continue;
		for (unsigned i = 0; i < n; i++)
			twice = twice ||
				process_kinds[out[i].process].indicator ==
					process_kinds[out[n].process].indicator;
		n += !twice;
	}
	return n;
}

struct plan {
	struct incident incidents[INCIDENTS_MAX];
	enum incident_kind kinds[INCIDENTS_MAX];
	bool was[INCIDENTS_MAX], was_placebo[INCIDENTS_MAX];
	unsigned count, opened, closed;
};

static void plan_short(
	struct plan *plan, struct host *h, struct random *r, const struct schedule *s)
{
	static const enum incident_kind round[] = { TWICE, FIVE_TIMES, SMALL_COUNT, TWICE,
		TWO_AT_ONCE, UNUSUAL_HOUR };
	unsigned turn = 0;

	memset(plan, 0, sizeof(*plan));
	for (int64_t at = s->from; at < s->until && plan->count + AT_ONCE < INCIDENTS_MAX;
		at += s->every, turn++) {
		/* Another kind at each hour of another day. */
		enum incident_kind kind = s->kind < INCIDENT_KINDS
			? s->kind
			: round[(turn + (unsigned)(at / DAY_STEPS)) % 6];
		int64_t start = at + (int64_t)(uniform(r) * 60);
		if (kind == UNUSUAL_HOUR) { /* an hour and more later: at night, not when the backup
					       runs */
			int64_t hour = at % DAY_STEPS / HOUR_STEPS + 1;
			start += HOUR_STEPS + 60;
			if (hour > 5 || hour == h->backup_hour)
				kind = FIVE_TIMES;
		}
		struct incident *first = &plan->incidents[plan->count];
		unsigned n = draw(h, kind, r, first, kind == TWO_AT_ONCE ? 2 : AT_ONCE);
		for (unsigned i = 0; i < n; i++) {
			first[i].start = start;
			first[i].end = start + WITHIN;
			plan->kinds[plan->count + i] = kind;
		}
		plan->count += n;
	}
}

/*
 * The natural swing is normal in the logarithm and moves every five minutes: beyond 3.3 deviations
 * once in 2000 moves, a week. What a host does daily by itself nobody can call an incident by its
 * value.
 */
static bool is_strange(const struct host *h, const struct incident *incident)
{
	return log(incident->target / host_usual(h, incident->process)) >
		3.3 * h->process[incident->process].sd;
}

static void close_incident(struct result *result, const struct both *b, const struct plan *plan,
	unsigned i, enum law law)
{
	const struct incident *incident = &plan->incidents[i];
	unsigned indicator = process_kinds[incident->process].indicator;
	enum incident_kind kind = plan->kinds[i];
	struct found *found = law == OTHER ? &result->other[kind == FIVE_TIMES]
					   : &result->found[kind];

	if (incident->expected < 2)
		return;
	count_found(found, b, incident, indicator, plan->was[i], plan->was_placebo[i]);
	if (law != ONE || kind != TWICE || incident->expected < 100)
		return;
	count_found(
		&result->twice_many, b, incident, indicator, plan->was[i], plan->was_placebo[i]);
	if (is_strange(&b->with, incident))
		count_found(&result->twice_strange, b, incident, indicator, plan->was[i],
			plan->was_placebo[i]);
}

/* Short incidents every few hours; each is looked at when it ends. */
static void run_short(
	struct result *result, uint64_t seed, const struct schedule *s, enum nv_profile profile)
{
	static struct both b;
	static struct plan plan;
	struct random r = { seed };

	both_init(&b, seed, s->law, s->world, plan.incidents, profile);
	plan_short(&plan, &b.with, &r, s);
	b.with.incident_count = plan.count;
	while (b.with.step < s->until + WITHIN) {
		both_step(&b, true);
		for (; plan.opened < plan.count &&
			plan.incidents[plan.opened].start <= b.with.step + 1;
			plan.opened++) {
			unsigned indicator =
				process_kinds[plan.incidents[plan.opened].process].indicator;
			plan.was[plan.opened] = b.ours.raised[indicator];
			plan.was_placebo[plan.opened] = b.placebo.raised[indicator];
		}
		for (; plan.closed < plan.count && plan.incidents[plan.closed].end <= b.with.step;
			plan.closed++)
			close_incident(result, &b, &plan, plan.closed, s->law);
	}
	result->steps += 2 * (uint64_t)b.with.step;
	watch_fini(&b.ours);
	watch_fini(&b.placebo);
}

/* ---- what lasts
 * ------------------------------------------------------------------------------------------ */

struct lasting {
	struct incident incidents[AT_ONCE];
	unsigned raises[AT_ONCE], clears[AT_ONCE];
	bool was[AT_ONCE], was_placebo[AT_ONCE];
	unsigned count;
};

static bool enough_traffic(const struct host *h, const struct incident *incident)
{
	enum base base = process_kinds[incident->process].base;
	double amount = h->peak * (base >= OPENS_ACTIVE ? 0.005 : 1) * 60;

	return base == PER_MINUTE || incident->target * amount > 60;
}

static int by_start(const void *a, const void *b)
{
	const struct incident *x = a, *y = b;
	return x->start < y->start ? -1 : x->start > y->start;
}

static int64_t plan_lasting(struct lasting *plan, struct host *h, struct random *r,
	enum incident_kind kind, int64_t until)
{
	int64_t look_from = kind == GROWTH ? until - 5 * (int64_t)DAY_STEPS
					   : 15 * (int64_t)DAY_STEPS;
	unsigned drawn = draw(h, kind, r, plan->incidents, AT_ONCE);

	plan->count = 0;
	for (unsigned i = 0; i < drawn; i++) {
		struct incident incident = plan->incidents[i];
		if (!enough_traffic(h, &incident))
			continue;
		incident.start = look_from;
		incident.end = until;
		if (kind == GROWTH) {
			double days = log2(incident.target / host_usual(h, incident.process));
			incident.start = until - (int64_t)(fmin(days, 16) * DAY_STEPS);
		}
		plan->incidents[plan->count++] = incident;
	}
	qsort(plan->incidents, plan->count, sizeof(plan->incidents[0]), by_start);
	return look_from;
}

static void run_long(
	struct result *result, uint64_t seed, enum incident_kind kind, enum nv_profile profile)
{
	static struct both b;
	static struct lasting plan;
	struct random r = { seed };
	int64_t until = (kind == GROWTH ? 24 : 29) * (int64_t)DAY_STEPS;

	both_init(&b, seed, ONE, USUAL, plan.incidents, profile);
	int64_t look_from = plan_lasting(&plan, &b.with, &r, kind, until);
	b.with.incident_count = plan.count;
	while (plan.count && b.with.step < until) {
		both_step(&b, true);
		for (unsigned i = 0; b.with.step == look_from && i < plan.count; i++) {
			unsigned indicator = process_kinds[plan.incidents[i].process].indicator;
			plan.was[i] = b.ours.raised[indicator];
			plan.was_placebo[i] = b.placebo.raised[indicator];
			plan.raises[i] = b.ours.raises[indicator];
			plan.clears[i] = b.ours.clears[indicator];
		}
	}
	for (unsigned i = 0; i < plan.count; i++) {
		unsigned indicator = process_kinds[plan.incidents[i].process].indicator;
		struct incident looked = plan.incidents[i];
		looked.start = look_from;
		count_found(&result->found[kind], &b, &looked, indicator, plan.was[i],
			plan.was_placebo[i]);
		result->shift_once += kind == SHIFT &&
			b.ours.raises[indicator] - plan.raises[i] == 1 &&
			b.ours.clears[indicator] - plan.clears[i] <= 1;
		if (getenv("REPLAY_VERBOSE"))
			printf("%s host %d %s usual %g target %g: raises %u clears %u raised %d was %d\n",
				kind == GROWTH ? "growth" : "shift", (int)seed,
				nv_indicators[indicator].name,
				host_usual(&b.with, plan.incidents[i].process),
				plan.incidents[i].target, b.ours.raises[indicator] - plan.raises[i],
				b.ours.clears[indicator] - plan.clears[i], b.ours.raised[indicator],
				plan.was[i]);
	}
	result->steps += 2 * (uint64_t)b.with.step;
	watch_fini(&b.ours);
	watch_fini(&b.placebo);
}

void experiment_incidents(struct result *result, unsigned worker, unsigned workers, unsigned scale,
	bool brief, enum nv_profile profile)
{
	const struct schedule week = { 14 * (int64_t)DAY_STEPS, 21 * (int64_t)DAY_STEPS,
		4 * HOUR_STEPS, INCIDENT_KINDS, ONE, USUAL };
	const struct schedule first_day = { 2 * HOUR_STEPS, DAY_STEPS, HOUR_STEPS * 3 / 2,
		FIRST_DAY, ONE, USUAL };
	struct schedule other = week;

	other.law = OTHER;
	for (unsigned i = worker; i < scale; i += workers)
		run_short(result, SEED + 30000 + i, &week, profile);
	for (unsigned i = worker; !brief && i < 3 * scale; i += workers)
		run_short(result, SEED + 40000 + i, &first_day, profile);
	for (unsigned i = worker; !brief && i < scale / 2; i += workers)
		run_short(result, SEED + 70000 + i, &other, profile);
	for (unsigned i = worker; !brief && i < scale / 3; i += workers)
		run_long(result, SEED + 50000 + i, GROWTH, profile);
	/* On most hosts five times the usual is nothing: those have no case, and are not run. */
	for (unsigned i = worker; !brief && i < scale; i += workers)
		run_long(result, SEED + 60000 + i, SHIFT, profile);
}

/* Six weeks without incidents, and two weeks of which the second has them; and first days. */
void experiment_world(struct result *result, enum world world, uint64_t seed, unsigned worker,
	unsigned workers, const unsigned scale[2], enum nv_profile profile)
{
	const struct schedule week = { 7 * (int64_t)DAY_STEPS, 14 * (int64_t)DAY_STEPS,
		4 * HOUR_STEPS, INCIDENT_KINDS, ONE, world };
	const struct schedule first_day = { 2 * HOUR_STEPS, DAY_STEPS, HOUR_STEPS * 3 / 2,
		FIRST_DAY, ONE, world };

	seed += 1000000 * (uint64_t)world;
	for (unsigned i = worker; i < scale[0]; i += workers)
		run_quiet(result, seed + i, 6, ALL_HOSTS, world, profile, false);
	for (unsigned i = worker; i < scale[1]; i += workers)
		run_short(result, seed + 30000 + i, &week, profile);
	for (unsigned i = worker; i < 2 * scale[1]; i += workers)
		run_short(result, seed + 40000 + i, &first_day, profile);
}
