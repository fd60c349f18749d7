/* SPDX-License-Identifier: MIT */
/* Results -> the tables of docs/replay.md. */
#include <math.h>
#include <stdio.h>

#include "nv_config.h"
#include "replay.h"

static const char *const kind_names[INCIDENT_KINDS] = {
	[TWICE] = "twice the threshold, 5 min",
	[FIRST_DAY] = "the same on the first day",
	[FIVE_TIMES] = "five times the usual, 5 min",
	[SMALL_COUNT] = "ten times a small count, 5 min",
	[UNUSUAL_HOUR] = "twice the threshold at night",
	[TWO_AT_ONCE] = "two at once, each",
	[GROWTH] = "doubling per day, before critical",
	[SHIFT] = "five times the usual for good",
};

static double share(unsigned part, unsigned whole)
{
	return whole ? (double)part / whole : (double)NAN;
}

static double per_month(unsigned raises, double months)
{
	return months > 0 ? raises / months : (double)NAN;
}

/* The delay in seconds that this share of the detections did not exceed. */
static double delay(const struct found *f, double part)
{
	unsigned total = 0, sum = 0;

	for (unsigned i = 0; i < DELAYS; i++)
		total += f->delays[i];
	for (unsigned i = 0; i < DELAYS; i++) {
		sum += f->delays[i];
		if (total && sum >= part * total)
			return i * STEP_S;
	}
	return NAN;
}

static void print_rates(const struct result *r)
{
	static const char *const names[GROUPS] = { "all kinds", "internet-facing",
		"overdispersion doubled", "the other generator" };

	printf("## False raises per host-month\n\n"
	       "| hosts | host-months | week 1 | later | classes, week 1 | classes, later |\n|---|---|---|---|---|---|\n");
	for (unsigned g = 0; g < GROUPS; g++) {
		const struct rate *a = &r->week1[g], *b = &r->later[g];
		printf("| %s | %.0f | %.2f | %.2f | %.2f | %.2f |\n", names[g],
			a->months + b->months, per_month(a->raises, a->months),
			per_month(b->raises, b->months), per_month(a->classes, a->months),
			per_month(b->classes, b->months));
	}
	printf("\nWeek 1 of all kinds, and of the internet-facing among them, is that of twice as many hosts. "
	       "%u of %u hosts had no raise in six weeks. Per indicator (week 1, later):",
		r->hosts_without, r->hosts);
	for (unsigned i = 1; i < NV_I_END; i++)
		if (r->per_indicator[0][i] || r->per_indicator[1][i])
			printf(" %s %.2f, %.2f;", nv_indicators[i].name,
				per_month(r->per_indicator[0][i], r->week1[ALL_HOSTS].months),
				per_month(r->per_indicator[1][i], r->later[ALL_HOSTS].months));
	printf("\n\n");
}

/* The smallest scale whose false rate does not exceed ours. */
static unsigned equal_scale(const struct result *r, unsigned rule)
{
	double ours = per_month(r->later[ALL_HOSTS].raises, r->later[ALL_HOSTS].months);
	unsigned s = 0;

	while (s + 1 < SCALES && per_month(r->field_raises[rule][s], r->field_months) > ours)
		s++;
	return s;
}

/* What a rule detects that would not have been there without the incident. */
static double net(unsigned found, unsigned placebo, unsigned cases)
{
	return share(found, cases) - share(placebo, cases);
}

static void print_found(const char *name, const struct found *f, const unsigned equal[FIELD_RULES])
{
	double best = 0, ours = net(f->ours, f->ours_placebo, f->cases);

	if (!f->cases)
		return;
	printf("| %s | %u | %.3f (%.3f) | %.0f, %.0f |", name, f->cases, share(f->ours, f->cases),
		share(f->ours_placebo, f->cases), delay(f, 0.5), delay(f, 0.95));
	for (unsigned rule = 0; rule < FIELD_RULES; rule++) {
		unsigned s = equal[rule];
		printf(" %.2f (%.2f); %.2f (%.2f) |", share(f->field[rule][0], f->cases),
			share(f->field_placebo[rule][0], f->cases),
			share(f->field[rule][s], f->cases),
			share(f->field_placebo[rule][s], f->cases));
		best = fmax(best, net(f->field[rule][s], f->field_placebo[rule][s], f->cases));
	}
	printf(" %+.3f |\n", ours - best);
}

static void print_detection(const struct result *r)
{
	unsigned equal[FIELD_RULES];

	printf("## Detection\n\n"
	       "Share detected within five minutes (growth and shift: while they last), in brackets the placebo: "
	       "the same\ntimes with nothing injected. Field rules: as the field uses them; then with the threshold "
	       "scaled until their\nfalse rate is ours. Lead: ours less the best of these, the placebo subtracted from "
	       "both.\n\n| incident | cases | ours | delay s, median and 95 %% |");
	for (unsigned rule = 0; rule < FIELD_RULES; rule++)
		printf(" %s |", field_names[rule]);
	printf(" lead |\n|---|---|---|---|---|---|---|---|\n");
	for (unsigned rule = 0; rule < FIELD_RULES; rule++)
		equal[rule] = equal_scale(r, rule);
	print_found("twice the threshold, 100 events/min or more", &r->twice_many, equal);
	print_found("of these, healthy swings come there less than once a week", &r->twice_strange,
		equal);
	for (unsigned kind = 0; kind < INCIDENT_KINDS; kind++)
		print_found(kind_names[kind], &r->found[kind], equal);
	print_found("the other generator, threshold", &r->other[0], equal);
	print_found("the other generator, five times the usual", &r->other[1], equal);
	printf("\nShifts with exactly one raise and at most one clear: %u of %u.\n", r->shift_once,
		r->found[SHIFT].cases);
	printf("\nField rules, false raises per host-month as used, and the factor that makes them equal to ours:");
	for (unsigned rule = 0; rule < FIELD_RULES; rule++) {
		unsigned s = equal[rule];
		printf(" %s %.0f, x %.0f (%.2f);", field_names[rule],
			per_month(r->field_raises[rule][0], r->field_months), pow(SCALE_STEP, s),
			per_month(r->field_raises[rule][s], r->field_months));
	}
	printf("\n\n");
}

static const char *const profile_names[] = { "default", "strict", "lenient" };

void print_row(const struct result *r, enum nv_profile profile)
{
	const struct found *twice = &r->found[TWICE], *five = &r->found[FIVE_TIMES];
	const struct rate *a = &r->week1[ALL_HOSTS], *b = &r->later[ALL_HOSTS];

	printf("| %s | %.2f, %.2f | %.2f, %.2f | %.3f (%u) | %.0f | %.3f (%u) |\n",
		profile_names[profile], per_month(a->raises, a->months),
		per_month(b->raises, b->months), per_month(a->classes, a->months),
		per_month(b->classes, b->months), share(twice->ours, twice->cases), twice->cases,
		delay(twice, 0.5), share(five->ours, five->cases), five->cases);
}

static void print_found_exactly(const char *name, const struct found *f)
{
	unsigned steps = 0;

	for (unsigned i = 0; i < DELAYS; i++)
		steps += i * f->delays[i];
	if (f->cases)
		printf("%-34s %4u of %4u detected, %u without; after %u s together\n", name,
			f->ours, f->cases, f->ours_placebo, steps * STEP_S);
}

void print_check(const struct result *r, enum nv_profile profile)
{
	static const char *const names[GROUPS] = { "all kinds", "internet-facing", "overdispersed",
		"other generator" };

	printf("# %s\n", profile_names[profile]);
	for (unsigned g = 0; g < GROUPS; g++)
		if (r->week1[g].months > 0)
			printf("%-34s %4u raises in %.2f months, then %u in %.2f; classes %u, %u\n",
				names[g], r->week1[g].raises, r->week1[g].months,
				r->later[g].raises, r->later[g].months, r->week1[g].classes,
				r->later[g].classes);
	for (unsigned kind = 0; kind < INCIDENT_KINDS; kind++)
		print_found_exactly(kind_names[kind], &r->found[kind]);
	print_found_exactly("twice, 100 events/min or more", &r->twice_many);
}

/* The figures of a world, each the larger the worse. */
enum figure {
	WEEK1,
	LATER,
	KLASSES,
	CRITICALS,
	WITH_ANY,
	MISSED_MANY,
	DELAY_MANY,
	MISSED_ALL,
	MISSED_FIRST,
	MISSED_FIVE,
	FIGURES
};

static void figures_of(const struct result *r, double f[FIGURES])
{
	const struct rate *a = &r->week1[ALL_HOSTS], *b = &r->later[ALL_HOSTS];
	const struct found *many = &r->twice_many, *all = &r->found[TWICE],
			   *first = &r->found[FIRST_DAY], *five = &r->found[FIVE_TIMES];
	double months = a->months + b->months;

	f[WEEK1] = per_month(a->raises, a->months);
	f[LATER] = per_month(b->raises, b->months);
	f[KLASSES] = per_month(a->classes + b->classes, months);
	f[CRITICALS] = per_month(a->criticals + b->criticals, months);
	f[WITH_ANY] = share(r->hosts - r->hosts_without, r->hosts);
	f[MISSED_MANY] = share(many->cases - many->ours, many->cases);
	f[DELAY_MANY] = delay(many, 0.5);
	f[MISSED_ALL] = share(all->cases - all->ours, all->cases);
	f[MISSED_FIRST] = share(first->cases - first->ours, first->cases);
	f[MISSED_FIVE] = share(five->cases - five->ours, five->cases);
}

static void print_figures(const char *name, double months, const double f[FIGURES])
{
	printf("| %s | %.0f | %.2f | %.2f | %.2f | %.2f | %.2f | %.3f | %.0f | %.3f | %.3f | %.3f |\n",
		name, months, f[WEEK1], f[LATER], f[KLASSES], f[CRITICALS], 1 - f[WITH_ANY],
		1 - f[MISSED_MANY], f[DELAY_MANY], 1 - f[MISSED_ALL], 1 - f[MISSED_FIRST],
		1 - f[MISSED_FIVE]);
}

void print_worlds(const struct result results[WORLDS])
{
	double worst[FIGURES] = { 0 }, mean[FIGURES] = { 0 }, months = 0;
	unsigned seen[FIGURES] = { 0 };

	printf("| world | host-months | week 1 | later | classes | critical | hosts without | 100/min | delay s "
	       "| all sizes | first day | five times |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
	for (unsigned w = 0; w < WORLDS; w++) {
		const struct result *r = &results[w];
		double f[FIGURES], of = r->week1[ALL_HOSTS].months + r->later[ALL_HOSTS].months;

		if (!r->steps)
			continue;
		figures_of(r, f);
		print_figures(world_names[w], of, f);
		months += of;
		for (unsigned i = 0; i < FIGURES; i++) {
			if (isnan(f[i]))
				continue;
			seen[i]++;
			mean[i] += f[i];
			worst[i] = fmax(worst[i], f[i]);
		}
	}
	for (unsigned i = 0; i < FIGURES; i++)
		mean[i] = seen[i] ? mean[i] / seen[i] : (double)NAN;
	print_figures("mean", months, mean);
	print_figures("worst of each", months, worst);
}

void print_table(const struct result *r, enum nv_profile profile, double cpu_s)
{
	printf("# Judgement on synthetic weeks: profile %s\n\n"
	       "Written by `make replay`. Synthetic hosts, not fitted to real ones: trust the order more than the "
	       "figures.\nSeeds from %u on, none of which a constant of the judge was chosen with.\n\n",
		profile_names[profile], (unsigned)SEED);
	print_rates(r);
	print_detection(r);
	printf("%.0f host-weeks, %.0f s of processor time, generator and field rules included: %.1f us a step.\n",
		(double)r->steps / WEEK_STEPS, cpu_s, cpu_s * 1e6 / (double)r->steps);
}
