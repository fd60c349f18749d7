/* SPDX-License-Identifier: MIT */
/*
 * Worlds: what else healthy hosts do. Each draws its own priors from wide ranges, so that no
 * constant of the judge can fit one of them; a constant that was chosen on some is looked at on the
 * others (--worlds). All of it is laid over the plain host, whose random numbers stay as they are.
 */
#include "host.h"

#include <math.h>
#include <string.h>

#define PARETO_INDEX 1.1
#define LONGEST_S    150.0
#define SHORTEST_S   4.0

const char *const world_names[WORLDS] = {
	[USUAL] = "usual",
	[HEAVY] = "heavy",
	[BURSTS] = "bursts",
	[ON_OFF] = "onoff",
	[STEPS] = "steps",
	[JOBS] = "jobs",
	[RECONNECTS] = "reconnects",
	[GAPS] = "gaps",
};

/* How often something happens in hours, and the range that sizes are drawn from. */
static const struct {
	double often_h, seldom_h, least_low, least_high, most_low, most_high;
} priors[WORLDS] = {
	[HEAVY] = { 1, 12, 1, 10, 1, 1 },           /* least number of events */
	[BURSTS] = { 2, 24, 2, 5, 5, 60 },          /* factor of the traffic */
	[ON_OFF] = { .5, 8, 1e-4, 3e-2, 1, 1 },     /* traffic while off */
	[STEPS] = { 8, 120, .1, .7, 1.5, 10 },      /* factor of the traffic */
	[JOBS] = { 12, 48, 2, 4, 4, 50 },           /* factor of the traffic */
	[RECONNECTS] = { 12, 200, .05, .3, .3, 3 }, /* connections a segment that was usual */
	[GAPS] = { 3, 60, 1, 3, 4, 60 },            /* steps */
};

static double steps_between(struct host *h)
{
	return exponential(&h->healthy) * h->world.every_steps;
}

void world_init(struct host *h)
{
	struct world_state *w = &h->world;
	struct random *r = &h->healthy;

	w->traffic = w->level = 1;
	if (w->kind == USUAL)
		return;
	w->every_steps = log_uniform(r, priors[w->kind].often_h, priors[w->kind].seldom_h) *
		HOUR_STEPS;
	w->least = log_uniform(r, priors[w->kind].least_low, priors[w->kind].least_high);
	w->most = log_uniform(r, priors[w->kind].most_low, priors[w->kind].most_high);
	w->change = (int64_t)steps_between(h);
	for (unsigned i = 0; w->kind == JOBS && i < JOB_MAX; i++) {
		struct job *job = &w->job[i];
		job->every = uniform(r) < 0.7 ? DAY_STEPS : WEEK_STEPS;
		job->starts = (int64_t)(uniform(r) * (double)job->every);
		job->ends = job->starts + (int64_t)log_uniform(r, 6, 3 * HOUR_STEPS);
		job->factor = log_uniform(r, w->least, w->most);
	}
}

static struct trouble *free_trouble(struct host *h)
{
	for (unsigned i = 0; i < TROUBLES; i++)
		if (h->world.trouble[i].until <= h->step)
			return &h->world.trouble[i];
	return NULL;
}

/* A process that the host's own catalog judges, and how long its trouble lasts: healthy. */
static struct trouble *begin(struct host *h)
{
	struct trouble *t = free_trouble(h);

	if (!t || uniform(&h->healthy) * h->world.every_steps >= 1)
		return NULL;
	do
		t->process = (unsigned)(uniform(&h->healthy) * process_count);
	while (!process_kinds[t->process].indicator);
	double seconds = SHORTEST_S + (LONGEST_S - SHORTEST_S) * uniform(&h->healthy);
	t->from = h->step;
	t->until = h->step + (int64_t)ceil(seconds / STEP_S);
	return t;
}

static void begin_heavy(struct host *h)
{
	struct trouble *t = begin(h);

	if (!t)
		return;
	double events = h->world.least * pow(1 - uniform(&h->healthy), -1 / PARETO_INDEX);
	t->per_step = fmin(events, 1e9) / (double)(t->until - t->from);
}

/* Volume rises, and with it the share that is lost: queues overflow while it lasts. */
static void begin_burst(struct host *h)
{
	struct trouble *t = begin(h);

	if (t)
		t->per_step = log_uniform(&h->healthy, 1e-3, 0.1);
}

static bool in_trouble(const struct host *h)
{
	for (unsigned i = 0; i < TROUBLES; i++)
		if (h->world.trouble[i].until > h->step)
			return true;
	return false;
}

static void move_job(struct host *h, struct job *job)
{
	if (h->step < job->ends)
		return;
	/* An hour earlier or later as a rule; sometimes somebody moves it for good. */
	double by = 2 * uniform(&h->healthy) - 1, hours = uniform(&h->healthy) < 0.1 ? 6 : 0.7;
	int64_t took = job->ends - job->starts;
	job->starts += job->every + (int64_t)(by * hours * HOUR_STEPS);
	if (job->starts <= h->step)
		job->starts = h->step + HOUR_STEPS;
	job->ends = job->starts + (int64_t)((double)took * log_uniform(&h->healthy, 0.7, 1.4)) + 1;
	job->ends = job->ends > job->starts + 4 * HOUR_STEPS ? job->starts + 4 * HOUR_STEPS
							     : job->ends;
}

static double job_traffic(struct host *h)
{
	double factor = 1;

	for (unsigned i = 0; i < JOB_MAX; i++) {
		struct job *job = &h->world.job[i];
		move_job(h, job);
		if (h->step >= job->starts && h->step < job->ends)
			factor *= job->factor;
	}
	return fmin(factor, 100);
}

static double switched_traffic(struct host *h)
{
	struct world_state *w = &h->world;

	if (h->step >= w->change) {
		w->on = !w->on;
		/* Idle with single busy minutes, or at work for hours. */
		double steps = w->on && uniform(&h->healthy) < 0.4 ? 1 + 11 * uniform(&h->healthy)
								   : steps_between(h);
		w->change = h->step + 1 + (int64_t)steps;
	}
	return w->on ? 1 : w->least;
}

static double stepped_traffic(struct host *h)
{
	struct world_state *w = &h->world;

	if (h->step >= w->change) {
		w->level = log_uniform(&h->healthy, w->least, w->most);
		w->change = h->step + 1 + (int64_t)steps_between(h);
	}
	return w->level;
}

void world_before(struct host *h)
{
	struct world_state *w = &h->world;

	switch (w->kind) {
	case HEAVY:
		begin_heavy(h);
		break;
	case BURSTS:
		begin_burst(h);
		w->traffic = in_trouble(h) ? log_uniform(&h->healthy, w->least, w->most) : 1;
		break;
	case RECONNECTS: {
		struct trouble *t = begin(h);
		if (t) /* connections that are set up anew, a second */
			t->per_step = h->peak * log_uniform(&h->healthy, w->least, w->most);
		break;
	}
	case ON_OFF:
		w->traffic = switched_traffic(h);
		break;
	case STEPS:
		w->traffic = stepped_traffic(h);
		break;
	case JOBS:
		w->traffic = job_traffic(h);
		break;
	case GAPS:
		if (w->gap_until) /* what really was */
			memcpy(h->snapshot.value, w->true_value, sizeof(w->true_value));
		break;
	case USUAL:
	case WORLDS:
		break;
	}
}

/* The peer is back: all that were connected try, and are refused or unanswered at first. */
static void reconnect(struct host *h, const struct trouble *t)
{
	double part = exp(-3.0 * (double)(h->step - t->from) / (double)(t->until - t->from));
	uint64_t tries = (uint64_t)(t->per_step * part);
	unsigned failed = process_of(NV_I_tcpConnectFailed), again = process_of(NV_I_tcpSynRetrans),
		 reset = process_of(NV_I_tcpInReset);

	h->snapshot.value[NV_C_tcpActiveOpens] += tries;
	h->base[OPENS_ACTIVE] += tries;
	h->base[OPENS] += tries;
	if (h->step == t->from)
		count_events(h, reset, tries, h->base);
	if (part > 0.5)
		count_events(h, failed, (uint64_t)((double)tries * uniform(&h->healthy)), h->base);
	else
		count_events(h, again, tries / 4, h->base);
}

static double amount_of(const struct host *h, unsigned process)
{
	enum base base = process_kinds[process].base;

	return base == PER_MINUTE ? (double)h->base[SEGS_OUT] : (double)h->base[base];
}

void world_after(struct host *h)
{
	struct world_state *w = &h->world;

	for (unsigned i = 0; i < TROUBLES; i++) {
		const struct trouble *t = &w->trouble[i];
		if (t->until <= h->step)
			continue;
		if (w->kind == RECONNECTS) {
			reconnect(h, t);
			continue;
		}
		double amount = amount_of(h, t->process);
		double events = w->kind == BURSTS ? t->per_step * amount : t->per_step;
		if (w->kind == BURSTS && process_kinds[t->process].base == PER_MINUTE)
			events = fmin(events, 500); /* what waits in a queue */
		/* Up to the traffic that there is; spread unevenly over the steps. */
		events = fmin(events * 2 * uniform(&h->healthy), 0.9 * amount);
		count_events(h, t->process, (uint64_t)(events + uniform(&h->healthy)), h->base);
	}
}

void world_hide(struct host *h)
{
	struct world_state *w = &h->world;

	if (w->kind != GAPS)
		return;
	if (!w->gap_until && uniform(&h->healthy) * w->every_steps < 1) {
		w->gap_until = h->step + (int64_t)log_uniform(&h->healthy, w->least, w->most);
		w->gap_zero = uniform(&h->healthy) < 0.5;
		memcpy(w->shown, h->snapshot.value, sizeof(w->shown));
		if (w->gap_zero)
			memset(w->shown, 0, sizeof(w->shown));
	}
	if (!w->gap_until)
		return;
	memcpy(w->true_value, h->snapshot.value, sizeof(w->true_value));
	if (h->step >= w->gap_until)
		w->gap_until = 0;
	else
		memcpy(h->snapshot.value, w->shown, sizeof(w->shown));
}
