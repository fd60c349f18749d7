/* SPDX-License-Identifier: MIT */
/*
 * Namespaces of the kernel -> one verdict each, by the rules of a one-shot report.
 *
 * One engine judges them all in turn; of each there is only its last sample and the sum of what has
 * happened since the first: some ten kilobytes.
 */
#include "nv_namespaces.h"
#include "engine/engine.h"
#include "kernel/netns.h"
#include "normalize/normalize.h"
#include "report/words.h"
#include "text/clean.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_LEAST = 4 };

#define LONGEST_S 300.0 /* as for the host */
#define LEAST_S   0.9   /* less says nothing: the namespace is too new */

struct seen {
	struct nv_namespace public;
	bool read_once;
	struct nv_snapshot before;
	struct nv_delta sums;
};

struct nv_namespaces {
	struct nv_engine *judge;
	struct nv_netns_reader reader;
	struct nv_snapshot now;
	uint64_t own;
	unsigned hidden;
	struct seen **at; /* pointers: sorting moves no sums */
	unsigned count, room;
	struct nv_namespace *list; /* copies of the public parts, worst first */
	unsigned list_room;
	struct nv_report report;
};

/* ---- life ------------------------------------------------------------------------------------ */

struct nv_namespaces *nv_namespaces_new(const struct nv_config *config, struct nv_error *err)
{
	struct nv_namespaces *n;
	struct nv_config fed = *config;

	if (config->root[0]) {
		snprintf(err->text, sizeof(err->text),
			"Root \"%.200s\": a recorded tree is of one network namespace",
			config->root);
		return NULL;
	}
	n = calloc(1, sizeof(*n));
	if (!n)
		goto memory;
	fed.fed = true;
	fed.mode = NV_ONESHOT;
	fed.state_dir[0] = fed.mutes_dir[0] = 0;
	n->judge = nv_engine_new(&fed, err);
	if (!n->judge)
		goto failed;
	n->own = nv_netns_inode("self");
	return n;
memory:
	snprintf(err->text, sizeof(err->text), "out of memory");
failed:
	nv_namespaces_free(n);
	return NULL;
}

void nv_namespaces_free(struct nv_namespaces *n)
{
	if (!n)
		return;
	for (unsigned i = 0; i < n->count; i++) {
		nv_snapshot_fini(&n->at[i]->before);
		free(n->at[i]);
	}
	nv_engine_free(n->judge);
	nv_snapshot_fini(&n->now);
	free(n->reader.buffer.at);
	free(n->at);
	free(n->list);
	free(n);
}

/* ---- samples --------------------------------------------------------------------------------- */

static struct seen *find(const struct nv_namespaces *n, uint64_t inode)
{
	for (unsigned i = 0; i < n->count; i++)
		if (n->at[i]->public.inode == inode)
			return n->at[i];
	return NULL;
}

/* One process: of a namespace that is known, or of a new one, which it leads. */
static void see_process(void *context, int pid, uint64_t inode)
{
	struct nv_namespaces *n = context;
	struct seen *s = inode == n->own ? NULL : find(n, inode);

	if (inode == n->own)
		return;
	if (!s) {
		s = nv_grow(&n->at, &n->room, n->count + 1, sizeof(*n->at)) ? calloc(1, sizeof(*s))
									    : NULL;
		if (!s)
			return; /* no memory: it is not seen */
		n->at[n->count++] = s;
		s->public.inode = inode;
		s->public.gone = true; /* no leader yet */
		nv_delta_clear(&s->sums);
	}
	if (!s->public.processes++)
		s->public.leader = pid;
}

static void name_leader(struct seen *s)
{
	struct nv_netns_name name;

	nv_netns_name(s->public.leader, &name);
	s->public.kind = name.kind;
	nv_copy_text(s->public.name, sizeof(s->public.name), nv_as_text(name.name));
	nv_copy_text(s->public.id, sizeof(s->public.id), nv_as_text(name.id));
}

/* What has happened in it since the last time; a number that is used again begins anew. */
static void read_one(struct nv_namespaces *n, struct seen *s)
{
	struct nv_error of = { 0, "" };
	struct nv_delta step;

	if (!nv_netns_read(&n->reader, s->public.leader, s->public.inode, &n->now, &of)) {
		s->public.gone = true;
		return;
	}
	s->public.gone = false;
	if (s->read_once) {
		enum nv_gap gap = nv_delta(&s->before, &n->now, LONGEST_S, &step);

		if (gap == NV_GAP_NONE) {
			nv_normalize(n->now.platform, &step);
			nv_delta_add(&s->sums, &step);
		} else if (gap != NV_GAP_STILL) {
			nv_delta_clear(&s->sums);
		}
	}
	s->read_once = nv_snapshot_copy(&s->before, &n->now) == 0;
}

int nv_namespaces_poll(struct nv_namespaces *n, struct nv_error *err)
{
	int hidden;

	for (unsigned i = 0; i < n->count; i++)
		n->at[i]->public.processes = 0;
	hidden = nv_netns_walk(see_process, n);
	if (hidden < 0) {
		snprintf(err->text, sizeof(err->text), "/proc cannot be read");
		return -1;
	}
	n->hidden = (unsigned)hidden;
	for (unsigned i = 0; i < n->count; i++) {
		struct seen *s = n->at[i];

		if (!s->public.processes) {
			s->public.gone = true;
			continue;
		}
		if (!s->public.kind)
			name_leader(s);
		read_one(n, s);
	}
	return 0;
}

unsigned nv_namespaces_hidden(const struct nv_namespaces *n)
{
	return n->hidden;
}

/* ---- verdicts -------------------------------------------------------------------------------- */

/* The report on one: as that of a host of which nothing but these counters is known. */
static void judge(struct nv_namespaces *n, const struct seen *s)
{
	struct nv_engine *e = n->judge;
	struct nv_report *r = &n->report;
	bool counted[NV_I_END];

	*r = e->report;
	nv_copy_text(r->host, sizeof(r->host), nv_as_text(s->public.name));
	r->seconds = s->sums.seconds > 0 ? s->sums.seconds : (double)NAN;
	r->time_s = s->before.time_s;
	r->uptime_s = NAN;
	e->shots[e->now].platform = s->before.platform;
	e->role = NV_ROLE_HOST;
	for (unsigned i = 0; i < NV_I_END; i++)
		e->indicators[i].ever = false;
	nv_show_whole(e, &s->sums, false, r);
	for (unsigned i = 0; i < NV_I_END; i++)
		counted[i] = e->indicators[i].ever;
	nv_find_uncounted(r, counted);
	nv_roll_up(r);
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i))
			nv_say_verdict((enum nv_indicator_id)i, &r->verdicts[i]);
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
		nv_say_class(r, (enum nv_class_id)klass, r->classes[klass].text);
}

static void fill(struct nv_namespaces *n, struct seen *s)
{
	struct nv_namespace *p = &s->public;
	const struct nv_report *r = &n->report;

	p->seconds = s->sums.seconds;
	p->status = NV_UNKNOWN;
	p->klass = NV_CLASS_NONE;
	p->indicator = 0;
	p->value = NAN;
	p->text[0] = 0;
	for (unsigned klass = 0; klass < NV_CLASS_END; klass++)
		p->classes[klass] = NV_UNKNOWN;
	if (p->seconds < LEAST_S)
		return;
	judge(n, s);
	p->status = r->status;
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		const struct nv_class_state *c = &r->classes[klass];

		p->classes[klass] = c->status;
		if (!nv_is_raised(c->status) ||
			(p->klass &&
				nv_worse(p->classes[p->klass], c->status) == p->classes[p->klass]))
			continue;
		p->klass = (enum nv_class_id)klass;
		p->indicator = c->worst;
		p->value = r->verdicts[c->worst].value;
		snprintf(p->text, sizeof(p->text), "%s", c->text);
	}
}

/* Worst first, then by name. */
static int compare(const void *a, const void *b)
{
	const struct nv_namespace *x = a, *y = b;
	int by_status = nv_severity(y->status) - nv_severity(x->status);

	return by_status ? by_status : strcmp(x->name, y->name);
}

const struct nv_namespace *nv_namespaces_judge(struct nv_namespaces *n, unsigned *count)
{
	*count = 0;
	if (!nv_grow(&n->list, &n->list_room, n->count + 1, sizeof(*n->list)))
		return NULL;
	for (unsigned i = 0; i < n->count; i++) {
		if (!n->at[i]->read_once)
			continue; /* it went before it could be looked at */
		fill(n, n->at[i]);
		n->list[(*count)++] = n->at[i]->public;
	}
	qsort(n->list, *count, sizeof(*n->list), compare);
	return n->list;
}

static bool is_meant(const struct nv_namespace *p, const char *which)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", p->leader);
	return strcmp(p->name, which) == 0 || strcmp(pid, which) == 0 ||
		(strlen(which) >= ID_LEAST && strncmp(p->id, which, strlen(which)) == 0);
}

const struct nv_report *nv_namespaces_report(
	struct nv_namespaces *n, const char *which, struct nv_error *err)
{
	const struct seen *found = NULL;

	for (unsigned i = 0; i < n->count; i++) {
		if (!n->at[i]->read_once || !is_meant(&n->at[i]->public, which))
			continue;
		if (found) {
			snprintf(err->text, sizeof(err->text),
				"\"%.100s\" is the name of several network namespaces, %.60s and %.60s among them",
				which, found->public.id, n->at[i]->public.id);
			return NULL;
		}
		found = n->at[i];
	}
	if (!found) {
		snprintf(err->text, sizeof(err->text),
			"no other network namespace \"%.100s\": expected a name, id or process number of `netvitals namespaces`",
			which);
		return NULL;
	}
	judge(n, found);
	return &n->report;
}
