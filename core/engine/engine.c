/* SPDX-License-Identifier: MIT */
/*
 * Runs the stages, owns their memory, makes the report. A daemon's samples are gathered in slots, a
 * sixth of the window each; a one-shot report sums everything since its first sample.
 */
#include "engine/engine.h"
#include "engine/live.h"
#include "evidence/shares.h"
#include "judge/profile.h"
#include "kernel/kernel.h"
#include "normalize/normalize.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_S 300.0 /* held by test_engine_time: a_gap_of_five_minutes */

/* Not counted on this platform, switched off, or another namespace's business. */
bool nv_out_of_play(const struct nv_engine *e, unsigned id)
{
	return e->config.limits[id].disabled || !e->indicators[id].ever ||
		(nv_indicators[id].host_wide && !e->shots[e->now].initial_netns);
}

/* ---- the last ten minutes ------------------------------------------------------------------ */

void nv_remember(struct nv_minutes *m, int64_t time_s, double value)
{
	int64_t minute = time_s / 60;
	unsigned at = (unsigned)(minute % NV_MINUTES);

	if (isnan(value))
		return;
	if (m->minute[at] != minute) {
		m->minute[at] = minute;
		m->value[at] = (float)value;
	} else if (value > (double)m->value[at]) {
		m->value[at] = (float)value;
	}
}

double nv_recall(const struct nv_minutes *m, int64_t time_s)
{
	int64_t now = time_s / 60;
	double most = NAN;

	/* Minutes that are still to come are of a clock that was set back. */
	for (unsigned i = 0; i < NV_MINUTES; i++)
		if (m->minute[i] && m->minute[i] <= now && m->minute[i] > now - NV_MINUTES &&
			!((double)m->value[i] <= most))
			most = (double)m->value[i];
	return most;
}

/* ---- one indicator ------------------------------------------------------------------------- */
void nv_fill_verdict(const struct nv_reading *r, const struct nv_limit *limit, struct nv_verdict *v)
{
	v->value = r->value;
	v->numerator = r->num;
	v->denominator = r->den;
	v->seconds = r->seconds;
	v->warn = isinf(limit->warn) ? (double)NAN : limit->warn;
	v->crit = isinf(limit->crit) ? (double)NAN : limit->crit;
}

void nv_set_status(struct nv_verdict *v, enum nv_status status, enum nv_reason reason)
{
	v->status = status;
	v->reason = reason;
}

/* Role decides whether forwarding and its companions mean anything without a baseline. */
void nv_note_normal_work(enum nv_role role, unsigned id, struct nv_verdict *v)
{
	bool normal = nv_indicators[id].router_normal &&
		(role == NV_ROLE_ROUTER || role == NV_ROLE_CONTAINER);

	if (normal && nv_is_raised(v->status))
		nv_set_status(v, NV_OK, NV_REASON_NOTED);
}

#define SHOWN_FROM 0.01 /* held by test_normalize: habits_are_noted */

void nv_note_foreign(enum nv_platform platform, unsigned id, struct nv_verdict *v)
{
	if (nv_indicators[id].noted_on & 1u << platform &&
		(nv_is_raised(v->status) || (v->status == NV_OK && v->value > SHOWN_FROM)))
		nv_set_status(v, NV_OK, NV_REASON_NOTED);
}

void nv_total(const struct nv_snapshot *s, struct nv_delta *out)
{
	nv_delta_total(s, out);
	nv_normalize_total(s, out);
}

void nv_read_all(
	const struct nv_delta *sums, double vector[NV_C_END], struct nv_reading out[NV_I_END])
{
	nv_derive(sums, vector);
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i))
			nv_read((enum nv_indicator_id)i, vector, sums->seconds, &out[i]);
}

/* ---- samples ------------------------------------------------------------------------------- */

/* Traffic to a port whose listener exited: who it was is reported even where that alone is no
 * verdict. */
static bool closed_port_traffic(const struct nv_engine *e, unsigned i)
{
	return e->report.listeners_gone && nv_indicators[i].only_with == NV_C_listenersGone &&
		e->report.verdicts[i].reason == NV_REASON_NOTED;
}

/*
 * Above its limit, but not for long or not surely enough to be raised: whose packets it is takes a
 * second to hear, and has to be known when it is reported.
 */
static void suspect(struct nv_engine *e)
{
	bool suspected[NV_I_END] = { false }, any = false;

	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_verdict *v = &e->report.verdicts[i];

		if (nv_is_active(e, i) && v->status == NV_OK && v->reason == NV_REASON_NONE &&
			v->value >= v->warn && v->numerator >= e->limits[i].min)
			suspected[i] = any = true;
	}
	if (any)
		nv_live_prepare_evidence(
			e->live, suspected, (double)e->shots[e->now].mono_ns / 1e9);
}

/* Evidence is gathered while something is wrong, before the event is emitted. */
static void gather_evidence(struct nv_engine *e)
{
	bool wanted[NV_I_END] = { false }, any = false;
	bool raised = false;

	if (e->live && e->config.mode == NV_DAEMON && !e->report.stale)
		suspect(e);
	e->report.offenders = e->offenders;
	e->report.offender_count = 0;
	for (unsigned i = 1; i < NV_I_END; i++) {
		raised = raised || nv_is_raised(e->report.verdicts[i].status);
		wanted[i] = nv_is_raised(e->report.verdicts[i].status) || closed_port_traffic(e, i);
		any = any || wanted[i];
	}
	if (any && e->live)
		e->report.offender_count = nv_live_evidence(e->live, wanted,
			(double)e->shots[e->now].mono_ns / 1e9, e->offenders,
			NV_OFFENDERS - NV_SHARES);
	if (raised && e->if_past[0].kept)
		e->report.offender_count += nv_interface_shares(wanted, e->if_past[0].at,
			e->if_past[0].count, &e->shots[e->now],
			e->offenders + e->report.offender_count,
			NV_OFFENDERS - e->report.offender_count);
	nv_follow_evidence(&e->report);
}

static void find_uncounted(struct nv_engine *e)
{
	bool counted[NV_I_END];

	for (unsigned i = 0; i < NV_I_END; i++)
		counted[i] = e->indicators[i].ever;
	nv_find_uncounted(&e->report, counted);
}

static void finish_report(struct nv_engine *e, double seconds)
{
	e->report.seconds = seconds;
	e->report.role = e->role;
	nv_apply_mutes(e);
	find_uncounted(e);
	nv_roll_up(&e->report);
	gather_evidence(e);
	if (e->config.mode == NV_DAEMON)
		nv_emit_events(e);
	e->filled = NV_FILLED_NOTHING;
}

/* A distance that means nothing: what stood stays, the window begins anew. */
static void refuse_sample(struct nv_engine *e, enum nv_gap gap)
{
	if (gap == NV_GAP_STILL)
		return;
	e->report.discontinuities++;
	e->report.discontinuity_s = e->report.time_s;
	if (e->config.mode == NV_DAEMON)
		nv_daemon_forget(e, gap != NV_GAP_LONG);
	else
		nv_oneshot_forget(e);
	nv_forget_interfaces(e);
	for (unsigned i = 1; i < NV_I_END; i++)
		e->report.verdicts[i].value = e->report.verdicts[i].numerator =
			e->report.verdicts[i].denominator = NAN;
}

/* What is counted here, and what has happened at some time before. */
static void first_sample(struct nv_engine *e)
{
	struct nv_reading total[NV_I_END];
	double vector[NV_C_END];

	nv_total(&e->shots[e->now], &e->step);
	nv_read_all(&e->step, vector, total);
	for (unsigned i = 1; i < NV_I_END; i++) {
		e->indicators[i].ever = nv_indicator_exists(i) && total[i].present;
		if (e->indicators[i].ever && total[i].num > 0)
			e->indicators[i].first_seen = true;
	}
}

/* What the host is, and whose namespace this is, may change under a program that runs on. */
static void look_around(struct nv_engine *e)
{
	const struct nv_snapshot *now = &e->shots[e->now];
	enum nv_role role = e->config.role != NV_ROLE_AUTO ? e->config.role : nv_guess_role(now);

	/* One report covers one time: what was a router at some moment of it has forwarded as one.
	 */
	if (e->config.mode == NV_DAEMON || !e->have_before || role != NV_ROLE_HOST)
		e->role = role;
}

static void take_sample(struct nv_engine *e)
{
	const struct nv_snapshot *now = &e->shots[e->now];
	double longest_s = 3 *
		(e->slot_s > e->config.interval_s ? e->slot_s : e->config.interval_s);
	enum nv_gap gap;

	e->report.samples++;
	e->report.stale = false;
	e->report.missing[0] = 0;
	e->report.time_s = now->time_s;
	e->report.uptime_s = now->uptime_s;
	e->report.platform = nv_platform_names[now->platform];
	e->report.listeners_gone = (unsigned)now->value[NV_C_listenersGone];
	e->failing = 0;
	look_around(e);
	if (!e->have_before) {
		e->have_before = true;
		first_sample(e);
		nv_track_interfaces(e, 0);
		return;
	}
	gap = nv_delta(
		&e->shots[!e->now], now, longest_s > LONGEST_S ? longest_s : LONGEST_S, &e->step);
	if (gap != NV_GAP_NONE) {
		refuse_sample(e, gap);
		nv_track_interfaces(e, 0);
		finish_report(e, NAN);
		return;
	}
	nv_normalize(now->platform, &e->step);
	nv_track_interfaces(e, e->step.seconds);
	if (e->config.mode == NV_DAEMON) {
		nv_daemon_step(e);
		finish_report(e, e->daemon->shown_s);
	} else {
		nv_oneshot_step(e);
		finish_report(e, e->window.seconds);
	}
}

static void source_failed(struct nv_engine *e, const char *why)
{
	e->report.failures++;
	snprintf(e->report.missing, sizeof(e->report.missing), "%s", why);
	if (++e->failing <= NV_FAILING_AFTER)
		return;
	e->report.stale = true;
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i) && e->report.verdicts[i].status != NV_DISABLED)
			nv_set_status(&e->report.verdicts[i], NV_UNKNOWN, NV_REASON_MISSING);
	finish_report(e, NAN);
}

int nv_engine_poll(struct nv_engine *e, struct nv_error *err)
{
	int result = nv_live_read(e->live, &e->shots[!e->now], err);

	if (result < 0)
		source_failed(e, err->text);
	if (result <= 0)
		return result;
	e->now = !e->now;
	e->report.cost_us = nv_live_cost_us(e->live);
	nv_live_sources(e->live, e->report.sources);
	take_sample(e);
	nv_save_state(e);
	return 1;
}

int nv_engine_feed(struct nv_engine *e, const struct nv_snapshot *snapshot)
{
	if (nv_snapshot_copy(&e->shots[!e->now], snapshot) < 0)
		return -1;
	e->now = !e->now;
	if (snapshot->hour_of_week < 0)
		e->shots[e->now].hour_of_week = nv_hour_of_week(snapshot->time_s);
	take_sample(e);
	nv_save_state(e);
	return 1;
}

void nv_engine_miss(struct nv_engine *e, int64_t time_s, const char *why)
{
	/* The first sample has not come: nothing is known that could be missing. */
	if (!e->have_before)
		return;
	e->report.time_s = time_s;
	source_failed(e, why);
	nv_save_state(e);
}

/* ---- life ---------------------------------------------------------------------------------- */

static void init_report(struct nv_engine *e)
{
	struct nv_report *r = &e->report;

	r->kind = "live";
	r->platform = "linux";
	r->seconds = r->uptime_s = NAN;
	for (unsigned i = 0; i < NV_SOURCES; i++)
		r->sources[i] = (struct nv_source_state){ (double)NAN, (double)NAN };
	r->status = NV_UNKNOWN;
	for (unsigned i = 0; i < NV_I_END; i++) {
		struct nv_verdict *v = &r->verdicts[i];

		v->status = NV_DISABLED;
		v->reason = NV_REASON_NONE;
		v->value = v->numerator = v->denominator = v->seconds = v->total_value = NAN;
		v->warn = v->crit = v->usual = v->spread = v->max10m = NAN;
	}
	for (unsigned i = 0; i < NV_CLASS_END; i++) {
		r->classes[i].status = r->classes[i].worst10m = NV_UNKNOWN;
		r->classes[i].reason = NV_REASON_MISSING;
	}
	if (e->live)
		nv_live_identity(e->live, r->host, r->kernel);
	if (e->live && e->config.mode == NV_ONESHOT)
		r->namespaces = nv_live_namespaces(e->live);
	snprintf(r->note, sizeof(r->note), "%s",
		"Unseen by any counter: UDP lost on its way, a firewall's silent drop, damage with a right checksum, "
		"network namespaces that are not watched.");
}

static void compute_limits(struct nv_engine *e)
{
	for (unsigned i = 1; i < NV_I_END; i++) {
		e->limits[i] = nv_configured_limit(&e->config, i);
		if (e->daemon)
			e->daemon->learns[i] = !e->config.limits[i].no_baseline;
	}
}

bool nv_engine_adjust(struct nv_engine *e, const struct nv_config *config)
{
	const struct nv_config *now = &e->config;

	if (config->mode != now->mode || config->interval_s != now->interval_s ||
		config->window_s != now->window_s || config->sockets != now->sockets ||
		config->sockets_percent != now->sockets_percent ||
		config->forensics != now->forensics || config->fed != now->fed ||
		strcmp(config->root, now->root) != 0 ||
		strcmp(config->state_dir, now->state_dir) != 0 ||
		strcmp(config->mutes_dir, now->mutes_dir) != 0 ||
		strcmp(config->front_end, now->front_end) != 0 ||
		strcmp(config->interfaces, now->interfaces) != 0)
		return false;
	e->config = *config;
	compute_limits(e);
	return true;
}

/* Only what this way of judging needs. */
static bool make_memory(struct nv_engine *e)
{
	if (e->config.mode == NV_ONESHOT)
		e->oneshot = calloc(1, sizeof(*e->oneshot));
	else
		e->daemon = calloc(1, sizeof(*e->daemon));
	return e->oneshot || e->daemon;
}

struct nv_engine *nv_engine_new(const struct nv_config *config, struct nv_error *err)
{
	struct nv_engine *e = calloc(1, sizeof(*e));

	if (!e) {
		snprintf(err->text, sizeof(err->text), "out of memory");
		return NULL;
	}
	e->config = *config;
	e->lock_fd = -1;
	e->slot_s = config->window_s / NV_FAST;
	if (config->interval_s > e->slot_s)
		e->slot_s = config->interval_s;
	nv_snapshot_clear(&e->shots[0]);
	nv_snapshot_clear(&e->shots[1]);
	e->live = config->fed ? NULL : nv_live_new(config, err);
	if (!e->live && !config->fed)
		goto failed;
	if (!make_memory(e) || !nv_grow_interfaces(e, 16)) {
		snprintf(err->text, sizeof(err->text), "out of memory");
		goto failed;
	}
	compute_limits(e);
	init_report(e);
	nv_open_state(e);
	return e;
failed:
	nv_engine_free(e);
	return NULL;
}

void nv_engine_free(struct nv_engine *e)
{
	if (!e)
		return;
	nv_close_state(e);
	nv_live_free(e->live);
	nv_snapshot_fini(&e->shots[0]);
	nv_snapshot_fini(&e->shots[1]);
	free(e->daemon);
	free(e->oneshot);
	free(e->interfaces);
	free(e->if_past[0].at);
	free(e->if_past[1].at);
	free(e);
}
