/* SPDX-License-Identifier: MIT */
/*
 * The kernel, or a recorded tree, -> snapshot with its clocks. The text files are kept open and
 * read by one pread each into one buffer. A recorded tree (Root) is opened anew each time, since
 * whoever makes it replaces its files; its clock is its own uptime. A series of trees, DIR/0000,
 * DIR/0001 and so on, gives the next tree at each read.
 */
#include "engine/live.h"
#include "evidence/evidence.h"
#include "kernel/kernel.h"
#include "kernel/proc_text.h"
#include "sockets/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_START = 64 * 1024, BUFFER_MAX = 16 * 1024 * 1024 };

/* One row a text file. */
static const struct file {
	enum nv_file id;
	const char *path;
	bool required; /* without it there is no sample */
} files[] = {
	{ NV_FILE_SNMP, "net/snmp", true },
	{ NV_FILE_NETSTAT, "net/netstat", false },
	{ NV_FILE_SNMP6, "net/snmp6", false },
	{ NV_FILE_SOCKSTAT, "net/sockstat", false },
	{ NV_FILE_SOCKSTAT6, "net/sockstat6", false },
	{ NV_FILE_SOFTNET, "net/softnet_stat", false },
};

enum { FILES = sizeof(files) / sizeof(files[0]) };

struct nv_live {
	char root[NV_PATH_SIZE];      /* "" the kernel */
	char tree[NV_PATH_SIZE + 16]; /* the tree of this read */
	bool series;
	unsigned step;
	uint64_t last_ns; /* uptime of the tree read last */
	bool initial_netns;
	int fd[FILES];
	bool worked[FILES];
	struct nv_buffer buffer;
	struct nv_links *links;
	struct nv_slow *slow;
	struct nv_sockets *sockets;
	struct nv_evidence *forensics; /* NULL for recordings */
	double cost_us;
	struct nv_plan plans[FILES];
};

/* ---- files
 * ---------------------------------------------------------------------------------------------- */

static int open_file(struct nv_live *live, unsigned i)
{
	char path[NV_PATH_SIZE + 64];

	snprintf(path, sizeof(path), "%s/%s", live->tree, files[i].path);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int parse(struct nv_live *live, unsigned i, struct nv_text text, struct nv_snapshot *to,
	struct nv_error *err)
{
	struct nv_plan *plan = &live->plans[i];

	if (files[i].id == NV_FILE_SOFTNET)
		return nv_read_softnet(text, to, err);
	if (nv_plan_read(plan, text, to))
		return 0;
	switch (files[i].id) {
	case NV_FILE_SNMP:
	case NV_FILE_NETSTAT:
		return nv_read_pairs(plan, files[i].id, text, to, err);
	case NV_FILE_SNMP6:
		return nv_read_names(plan, files[i].id, text, to, err);
	case NV_FILE_SOCKSTAT:
	case NV_FILE_SOCKSTAT6:
		return nv_read_sockstat(plan, files[i].id, text, to, err);
	case NV_FILE_SOFTNET:
		return nv_read_softnet(text, to, err);
	case NV_FILE_INTERFACE:
	case NV_FILE_NONE:
	case NV_FILE_SLOW:
	case NV_FILE_SOCKETS:
	case NV_FILE_END:
		break;
	}
	return 0;
}

static void note_failure(struct nv_error *err, const char *tree, const char *path, const char *what)
{
	char detail[NV_TEXT_SIZE];

	if (err->line == 0 && err->text[0])
		return; /* the first one is reported */
	snprintf(detail, sizeof(detail), "%s", what);
	snprintf(err->text, sizeof(err->text), "%s/%s: %s", tree, path, detail);
	err->line = 0;
}

/* False: this file gave nothing. */
static bool read_file(
	struct nv_live *live, unsigned i, struct nv_snapshot *to, struct nv_error *err)
{
	bool keep = !live->root[0];
	int fd = live->fd[i] >= 0 ? live->fd[i] : open_file(live, i);
	struct nv_error first = { 0, "" };
	struct nv_buffer *b = &live->buffer;
	int failed = fd < 0 ? -1 : nv_read_whole(fd, b, BUFFER_MAX, NV_END_AT_SHORT);

	if (failed || !b->used) {
		if (files[i].required || live->worked[i])
			note_failure(err, live->tree, files[i].path,
				failed ? strerror(errno) : "empty, expected counters");
	} else {
		if (parse(live, i, (struct nv_text){ b->at, b->at + b->used }, to, &first) > 0)
			note_failure(err, live->tree, files[i].path, first.text);
		live->worked[i] = true;
	}
	if (fd >= 0 && (!keep || failed)) {
		close(fd);
		fd = -1;
	}
	live->fd[i] = fd;
	return !failed && live->buffer.used;
}

/* ---- one read
 * ----------------------------------------------------------------------------------------------------
 */

/* 0: the series is at its end. */
static int choose_tree(struct nv_live *live)
{
	char path[NV_PATH_SIZE + 32];

	if (!live->root[0])
		return 1;
	if (!live->series)
		return 1;
	snprintf(path, sizeof(path), "%s/%04u/net", live->root, live->step);
	if (access(path, F_OK) != 0)
		return 0;
	snprintf(live->tree, sizeof(live->tree), "%s/%04u", live->root, live->step++);
	if (live->links)
		nv_links_set_tree(live->links, live->tree);
	if (live->slow)
		nv_slow_set_tree(live->slow, live->tree);
	if (live->sockets)
		nv_sockets_set_tree(live->sockets, live->tree);
	return 1;
}

/* What fails beside the texts is reported if nothing else was. */
static void copy_source_error(struct nv_error *err, const struct nv_error *of_source)
{
	if (!err->text[0])
		*err = *of_source;
}

static void read_sources(
	struct nv_live *live, double mono_s, struct nv_snapshot *to, struct nv_error *err)
{
	struct nv_error of[3] = { { 0, "" }, { 0, "" }, { 0, "" } };

	if (live->links && nv_links_read(live->links, mono_s, to, &of[0]) < 0)
		copy_source_error(err, &of[0]);
	if (live->slow && nv_slow_read(live->slow, mono_s, to, &of[1]) < 0)
		copy_source_error(err, &of[1]);
	if (live->sockets && nv_sockets_read(live->sockets, mono_s, to, &of[2]) < 0)
		copy_source_error(err, &of[2]);
}

int nv_live_read(struct nv_live *live, struct nv_snapshot *to, struct nv_error *err)
{
	uint64_t began_ns = nv_clock_ns(CLOCK_THREAD_CPUTIME_ID);
	double mono_s;
	int chosen = choose_tree(live);

	err->line = 0;
	err->text[0] = 0;
	if (chosen <= 0)
		return chosen;
	nv_snapshot_clear(to);
	if (live->root[0] && !nv_clocks_recorded(live->tree, to, err))
		return -1;
	if (live->root[0] && !live->series && to->mono_ns == live->last_ns)
		return 0;
	for (unsigned i = 0; i < FILES; i++)
		if (!read_file(live, i, to, err) && files[i].required)
			return -1;
	if (!live->root[0])
		nv_clocks_read(to);
	to->initial_netns = live->initial_netns;
	mono_s = (double)to->mono_ns / 1e9;
	read_sources(live, mono_s, to, err);
	live->last_ns = to->mono_ns; /* what could not be read is tried again */
	live->cost_us = (double)(nv_clock_ns(CLOCK_THREAD_CPUTIME_ID) - began_ns) / 1e3;
	return 1;
}

/* ---- life
 * --------------------------------------------------------------------------------------------------------
 */

/* A person waits for this report: every source in every cycle, whatever it costs. */
static void look_closely(struct nv_live *live)
{
	if (live->slow)
		nv_slow_set_interval(live->slow, 0);
	if (live->sockets)
		nv_sockets_set_budget(live->sockets, 1);
}

static bool find_tree(struct nv_live *live, struct nv_error *err)
{
	char path[NV_PATH_SIZE + 64];

	if (!live->root[0]) {
		snprintf(live->tree, sizeof(live->tree), "/proc");
	} else {
		snprintf(live->tree, sizeof(live->tree), "%s", live->root);
		snprintf(path, sizeof(path), "%s/0000/net", live->root);
		live->series = access(path, F_OK) == 0;
		snprintf(path, sizeof(path), "%s/net", live->root);
		if (!live->series && access(path, F_OK) != 0) {
			snprintf(err->text, sizeof(err->text),
				"Root \"%s\": expected a tree (net/snmp, uptime) or a series (0000/net/snmp ...)",
				live->root);
			return false;
		}
	}
	snprintf(path, sizeof(path), "%s%s/net/stat/arp_cache", live->tree,
		live->series ? "/0000" : "");
	live->initial_netns = access(path, F_OK) == 0;
	return true;
}

struct nv_live *nv_live_new(const struct nv_config *config, struct nv_error *err)
{
	struct nv_live *live = calloc(1, sizeof(*live));

	err->line = 0;
	err->text[0] = 0;
	if (!live)
		goto memory;
	for (unsigned i = 0; i < FILES; i++)
		live->fd[i] = -1;
	snprintf(live->root, sizeof(live->root), "%s", config->root);
	live->buffer = (struct nv_buffer){ malloc(BUFFER_START), 0, BUFFER_START };
	if (!live->buffer.at)
		goto memory;
	if (!find_tree(live, err))
		goto failed;
	tzset();
	live->links = nv_links_new(live->root[0] ? live->tree : "", err);
	if (live->links && nv_links_choose(live->links, config->interfaces, err) < 0)
		goto failed;
	live->slow = nv_slow_new(live->root[0] ? live->tree : "", err);
	if (config->sockets != NV_SOCKETS_NONE)
		live->sockets = nv_sockets_new(live->root[0] ? live->tree : "", err);
	if (live->sockets)
		nv_sockets_set_budget(live->sockets, config->sockets_percent / 100);
	if (live->sockets && config->sockets == NV_SOCKETS_UNESTABLISHED)
		nv_sockets_leave_established(live->sockets);
	live->forensics = live->root[0] || !config->forensics
		? NULL
		: nv_evidence_new(config->mode == NV_ONESHOT, err);
	if (config->mode == NV_ONESHOT)
		look_closely(live);
	err->text[0] = 0; /* without them the text files still answer */
	return live;
memory:
	snprintf(err->text, sizeof(err->text), "out of memory");
failed:
	nv_live_free(live);
	return NULL;
}

void nv_live_free(struct nv_live *live)
{
	if (!live)
		return;
	for (unsigned i = 0; i < FILES; i++)
		if (live->fd[i] >= 0)
			close(live->fd[i]);
	nv_links_free(live->links);
	nv_slow_free(live->slow);
	nv_sockets_free(live->sockets);
	nv_evidence_free(live->forensics);
	free(live->buffer.at);
	free(live);
}

/* ---- what else is known
 * -------------------------------------------------------------------------------------------- */

void nv_live_identity(
	const struct nv_live *live, char host[NV_NAME_SIZE], char kernel[NV_NAME_SIZE])
{
	nv_host_identity(live->root, live->series, host, kernel);
}

unsigned nv_live_namespaces(const struct nv_live *live)
{
	return live->root[0] ? 0 : nv_count_namespaces();
}

unsigned nv_live_evidence(struct nv_live *live, const bool wanted[NV_I_END], double mono_s,
	struct nv_offender *out, unsigned room)
{
	const struct nv_sources from = { live->links, live->slow, live->sockets };

	return live->forensics
		? nv_evidence_collect(live->forensics, &from, wanted, mono_s, out, room)
		: 0;
}

void nv_live_prepare_evidence(struct nv_live *live, const bool suspected[NV_I_END], double mono_s)
{
	if (live->forensics)
		nv_evidence_prepare(live->forensics, suspected, mono_s);
}

double nv_live_cost_us(const struct nv_live *live)
{
	return live->cost_us;
}

void nv_live_sources(const struct nv_live *live, struct nv_source_state out[NV_SOURCES])
{
	double mono_s = (double)live->last_ns / 1e9;

	for (unsigned i = 0; i < NV_SOURCES; i++)
		out[i] = (struct nv_source_state){ (double)NAN, (double)NAN };
	if (live->sockets)
		nv_sockets_state(live->sockets, mono_s, out);
	if (live->slow)
		out[NV_SOURCE_SLOW] = nv_slow_state(live->slow, mono_s);
}

double nv_live_age_s(const struct nv_live *live, const struct nv_snapshot *last)
{
	if (live->root[0] || !last->mono_ns)
		return 0;
	return (double)(nv_clock_ns(CLOCK_MONOTONIC) - last->mono_ns) / 1e9;
}

enum nv_role nv_guess_role(const struct nv_snapshot *s)
{
	static const char *const containers[] = { "veth", "docker", "br-", "cni", "virbr", "lxc",
		"cali", NULL };

	if (s->platform == NV_PLATFORM_JUNOS)
		return NV_ROLE_ROUTER;
	if (!s->present[NV_C_ipForwarding] || s->value[NV_C_ipForwarding] != 1)
		return NV_ROLE_HOST;
	for (unsigned i = 0; i < s->interface_count; i++)
		for (unsigned k = 0; containers[k]; k++)
			if (strncmp(s->interfaces[i].name, containers[k], strlen(containers[k])) ==
				0)
				return NV_ROLE_CONTAINER;
	return NV_ROLE_ROUTER;
}
