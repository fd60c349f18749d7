/* SPDX-License-Identifier: MIT */
/*
 * Two captures of one host, or one -> verdicts and classes: the same stages as live, fed with text.
 *
 * Two captures are refused as a whole when they cannot be of one host between two restarts. What a
 * system counts differently goes through the equations first; what it does not count, or what has
 * wrapped, is no opinion and never ok.
 */
#include "engine/live.h"
#include "engine/comparing.h"
#include "judge/stages.h"
#include "normalize/normalize.h"
#include "nv_captures.h"
#include "text/clean.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the same host, in this order? ------------------------------------------------------- */

static bool same_family(enum nv_platform a, enum nv_platform b)
{
	return a == b || a == NV_PLATFORM_UNKNOWN || b == NV_PLATFORM_UNKNOWN ||
		a == NV_PLATFORM_BSD || b == NV_PLATFORM_BSD;
}

/* web-17 and web-17.example.com */
static bool same_host(const char *a, const char *b)
{
	size_t length = strlen(a) < strlen(b) ? strlen(a) : strlen(b);

	return strncasecmp(a, b, length) == 0 && (!a[length] || a[length] == '.') &&
		(!b[length] || b[length] == '.');
}

static int check_identity(
	const struct nv_capture *before, const struct nv_capture *after, struct nv_error *err)
{
	if (!same_family(before->platform, after->platform)) {
		snprintf(err->text, sizeof(err->text),
			"%.200s is from %s, %.200s from %s: not the same host", before->file,
			nv_platform_titles[before->platform], after->file,
			nv_platform_titles[after->platform]);
		return -1;
	}
	if (before->host[0] && after->host[0] && !same_host(before->host, after->host)) {
		snprintf(err->text, sizeof(err->text),
			"%.200s is from host %s, %.200s from host %s: not the same host",
			before->file, before->host, after->file, after->host);
		return -1;
	}
	if (before->time_s && after->time_s && before->time_s > after->time_s &&
		(before->time_s > 1000000) == (after->time_s > 1000000)) {
		snprintf(err->text, sizeof(err->text),
			"reversed order: %.200s is %" PRId64
			" s younger than %.200s (%s); give the older one first",
			before->file, before->time_s - after->time_s, after->file,
			before->time_from);
		return -1;
	}
	return 0;
}

/* Counters that ran backwards, and whether the other order would fit. */
static int refuse_backwards(const struct nv_capture *before, const struct nv_capture *after,
	unsigned id, unsigned backwards, unsigned forwards, struct nv_error *err)
{
	uint64_t was = before->snapshot.value[id], is = after->snapshot.value[id];
	bool similar = is > was / 2;

	err->line = after->origin[id].line;
	snprintf(err->text, sizeof(err->text),
		"%.200s, line %u: \"%s\" runs backwards, %" PRIu64 " after %" PRIu64
		" in %.200s, line %u: %s",
		after->file, after->origin[id].line, after->origin[id].label, is, was, before->file,
		before->origin[id].line,
		forwards <= backwards / 8 && similar
			? "reversed order? Give the older capture first"
			: forwards > backwards
			? "not the same host"
			: "the host has restarted in between, or it is not the same host");
	return -1;
}

static int take_delta(struct nv_comparison *c, struct nv_error *err)
{
	const struct nv_snapshot *b = &c->before->snapshot, *a = &c->after->snapshot;
	unsigned width = b->width_bits < a->width_bits ? b->width_bits : a->width_bits;
	unsigned worst = 0, backwards = 0, forwards = 0, common = 0;

	for (unsigned id = 1; id < NV_C_END; id++) {
		enum nv_way way;

		if (!a->present[id] || c->after->computed[id] == 1)
			continue;
		if (nv_counters[id].kind == NV_GAUGE) {
			c->delta.count[id] = a->value[id];
			c->delta.valid[id] = 1;
			continue;
		}
		if (!b->present[id] || c->before->computed[id] == 1)
			continue;
		common++;
		way = nv_distance(b->value[id], a->value[id], width, &c->delta.count[id]);
		if (way == NV_WAY_BACKWARDS) {
			backwards++;
			if (!worst || b->value[id] > b->value[worst])
				worst = id;
			continue;
		}
		forwards += a->value[id] != b->value[id];
		c->compared++;
		c->crossed[id] = way == NV_WAY_WRAPPED;
		c->delta.valid[id] = 1;
	}
	c->moved = forwards;
	if (backwards)
		return refuse_backwards(c->before, c->after, worst, backwards, forwards, err);
	if (!common && !a->interface_count && !c->after->saw_sockets) {
		snprintf(err->text, sizeof(err->text),
			"%.200s and %.200s have no counter in common", c->before->file,
			c->after->file);
		return -1;
	}
	return 0;
}

/*
 * One look, taken twice: the same date, or none at all, and not one packet more. What copies old
 * text instead of looking must not look healthy.
 */
static bool is_same_instant(const struct nv_comparison *c, double given_s)
{
	const struct nv_capture *b = c->before, *a = c->after;

	if (c->moved)
		return false;
	return b->time_s && a->time_s ? b->time_s == a->time_s : c->compared && isnan(given_s);
}

/* ---- elapsed time ------------------------------------------------------------------------ */

static double elapsed(struct nv_comparison *c, double given_s)
{
	const struct nv_capture *b = c->before, *a = c->after;

	if (c->same_instant)
		return NAN;
	if (!isnan(given_s)) {
		c->elapsed_from = "--elapsed";
		return given_s;
	}
	if (!b->time_s || !a->time_s || (b->time_s > 1000000) != (a->time_s > 1000000) ||
		b->time_s == a->time_s)
		return NAN;
	c->elapsed_from = b->time_from == a->time_from || strcmp(b->time_from, a->time_from) == 0
		? a->time_from
		: "a date line and a file name";
	return (double)(a->time_s - b->time_s);
}

/* ---- from counts to a vector ------------------------------------------------------------- */

static void vector_of(
	const struct nv_snapshot *s, bool total, struct nv_delta *d, double vector[NV_C_END])
{
	if (total)
		nv_normalize_total(s, d);
	else
		nv_normalize(s->platform, d);
	/* Errors of the checksum are among all errors: there are no more of those than of these. */
	if (total && !d->valid[NV_C_tcpInCsumErrors] && d->valid[NV_C_tcpInErrs]) {
		d->count[NV_C_tcpInCsumErrors] = d->count[NV_C_tcpInErrs];
		d->valid[NV_C_tcpInCsumErrors] = 1;
	}
	nv_derive(d, vector);
}

/* What an interface did; false if it cannot be known. */
bool nv_capture_interface_counts(const struct nv_comparison *c, const struct nv_interface *now,
	uint64_t count[NV_IF_VALUES], uint16_t *present)
{
	const struct nv_interface *was;
	bool forward = true;

	*present = now->present;
	memcpy(count, now->value, sizeof(now->value));
	if (!c->before)
		return true;
	was = nv_interface_find(c->before->snapshot.interfaces, c->before->snapshot.interface_count,
		now, (unsigned)(now - c->after->snapshot.interfaces));
	if (!was || c->after->humanized || c->before->humanized)
		return false;
	*present = now->present & was->present;
	for (unsigned i = 0; i < NV_IF_VALUES; i++)
		if (*present & 1u << i)
			forward = nv_distance(was->value[i], now->value[i],
					  c->after->snapshot.width_bits, &count[i]) &&
				forward;
	return forward;
}

static void add_interfaces(struct nv_comparison *c)
{
	for (unsigned i = 0; i < c->after->snapshot.interface_count; i++) {
		const struct nv_interface *x = &c->after->snapshot.interfaces[i];
		uint64_t count[NV_IF_VALUES];
		uint16_t present;

		if (!x->feeds || !nv_capture_interface_counts(c, x, count, &present))
			continue;
		for (unsigned k = 0; k < NV_IF_VALUES; k++)
			if (present & 1u << k) {
				c->compared++;
				c->moved += count[k] != 0;
				c->delta.count[NV_C_ifInPkts + k] += count[k];
				c->delta.valid[NV_C_ifInPkts + k] = 1;
			}
	}
}

/* ---- all of it --------------------------------------------------------------------------- */

static void describe(struct nv_comparison *c)
{
	struct nv_report *r = &c->report;
	size_t used = 0;
	char *note = r->note;

	nv_copy_text(r->host, sizeof(r->host),
		nv_as_text(c->after->host[0] ? c->after->host
				: c->before  ? c->before->host
					     : ""));
	nv_copy_text(r->kernel, sizeof(r->kernel), nv_as_text(c->after->kernel));
	r->kind = "capture";
	r->platform = nv_platform_names[c->after->platform];
	r->time_s = c->after->snapshot.time_s;
	r->uptime_s = NAN;
	r->sample_age_s = r->cost_us = NAN;
	for (unsigned i = 0; i < NV_SOURCES; i++)
		r->sources[i] = (struct nv_source_state){ (double)NAN, (double)NAN };
	r->total = c->before == NULL;
	r->samples = c->before ? 2 : 1;
	if (c->after->not_available[0])
		used = (size_t)snprintf(note, sizeof(r->note), "%s. ", c->after->not_available);
	if (used < sizeof(r->note))
		snprintf(note + used, sizeof(r->note) - used,
			"Unseen by any counter: UDP lost on its way, silent firewall drops, damage with a right checksum.");
}

static const struct nv_capture *same_node(const struct nv_captures *in, const struct nv_capture *as)
{
	for (unsigned i = 0; i < in->count; i++)
		if (strcmp(in->list[i]->node, as->node) == 0)
			return in->list[i];
	return in->count == 1 && !as->node[0] ? in->list[0] : NULL;
}

static int fill(struct nv_comparison *c, double elapsed_s, const struct nv_config *config,
	struct nv_error *err)
{
	struct nv_delta *all = calloc(1, sizeof(*all));

	if (!all) {
		snprintf(err->text, sizeof(err->text), "no memory");
		return -1;
	}
	c->report.seconds = NAN;
	if (c->before) {
		if (check_identity(c->before, c->after, err) || take_delta(c, err)) {
			free(all);
			return -1;
		}
	} else {
		for (unsigned id = 1; id < NV_C_END; id++) {
			c->delta.count[id] = c->after->snapshot.value[id];
			c->delta.valid[id] = c->after->snapshot.present[id] &&
				c->after->computed[id] != 1;
		}
		c->report.seconds = elapsed_s;
	}
	add_interfaces(c);
	if (c->before) {
		c->same_instant = is_same_instant(c, elapsed_s);
		c->report.seconds = elapsed(c, elapsed_s);
	}
	vector_of(&c->after->snapshot, !c->before, &c->delta, c->vector);
	nv_delta_total(&c->after->snapshot, all);
	vector_of(&c->after->snapshot, true, all, c->total);
	free(all);
	describe(c);
	c->report.role = config->role != NV_ROLE_AUTO ? config->role
						      : nv_guess_role(&c->after->snapshot);
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i))
			nv_capture_judge(c, config, i);
	nv_find_own_port(c->vector, c->report.seconds, c->before, &c->report);
	nv_capture_roll_up(c);
	for (unsigned i = 0; i < c->after->snapshot.interface_count; i++)
		nv_capture_judge_interface(c, config, i);
	c->report.interfaces = c->interfaces;
	c->report.interface_count = c->after->snapshot.interface_count;
	nv_capture_look_at_sockets(c);
	return 0;
}

struct nv_comparison *nv_compare(const struct nv_captures *before, const struct nv_captures *after,
	unsigned node, double elapsed_s, const struct nv_config *config, struct nv_error *err)
{
	struct nv_comparison *c = calloc(1, sizeof(*c));

	if (!c) {
		snprintf(err->text, sizeof(err->text), "no memory to compare");
		return NULL;
	}
	c->before_files = before;
	c->after_files = after;
	c->after = after->list[node];
	c->before = before ? same_node(before, c->after) : NULL;
	if (before && !c->before) {
		snprintf(err->text, sizeof(err->text), "%.200s has no node %s",
			before->list[0]->file, c->after->node);
		free(c);
		return NULL;
	}
	c->interfaces = calloc(c->after->snapshot.interface_count + 1, sizeof(*c->interfaces));
	if (!c->interfaces || fill(c, elapsed_s, config, err)) {
		nv_comparison_free(c);
		return NULL;
	}
	return c;
}

void nv_comparison_free(struct nv_comparison *c)
{
	if (!c)
		return;
	free(c->interfaces);
	free(c);
}

const struct nv_report *nv_comparison_report(const struct nv_comparison *c)
{
	return &c->report;
}
