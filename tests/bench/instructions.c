/* SPDX-License-Identifier: MIT */
/*
 * One cycle of the engine on recorded text, COUNT times, for a counter of instructions outside:
 *
 *     bench_instructions TREE COUNT
 *
 * The text goes through the same readers as the kernel's, then through delta, judge and report.
 * The difference between two counts is the cycle alone, without start and end.
 */
#include "engine/engine.h"
#include "kernel/proc_text.h"

#include <stdio.h>
#include <stdlib.h>

enum { PLANS = 5, ROOM = 16384 };

static struct text_file {
	enum nv_file id;
	const char *name;
	char text[ROOM];
	size_t length;
} files[] = {
	{ .id = NV_FILE_SNMP, .name = "snmp" },
	{ .id = NV_FILE_NETSTAT, .name = "netstat" },
	{ .id = NV_FILE_SNMP6, .name = "snmp6" },
	{ .id = NV_FILE_SOCKSTAT, .name = "sockstat" },
	{ .id = NV_FILE_SOCKSTAT6, .name = "sockstat6" },
	{ .id = NV_FILE_SOFTNET, .name = "softnet_stat" },
	{ .id = NV_FILE_INTERFACE, .name = "dev" },
};

enum { FILES = sizeof(files) / sizeof(files[0]) };

static struct nv_plan plans[PLANS];
static struct nv_snapshot snapshot;

static int read_all(struct nv_error *err)
{
	int bad = 0;

	for (unsigned i = 0; i < FILES; i++) {
		struct nv_text text = { files[i].text, files[i].text + files[i].length };

		if (i < PLANS && nv_plan_read(&plans[i], text, &snapshot))
			continue;
		if (i < 2)
			bad += nv_read_pairs(&plans[i], files[i].id, text, &snapshot, err);
		else if (i == 2)
			bad += nv_read_names(&plans[i], files[i].id, text, &snapshot, err);
		else if (files[i].id == NV_FILE_SOFTNET)
			bad += nv_read_softnet(text, &snapshot, err);
		else if (files[i].id == NV_FILE_INTERFACE)
			bad += nv_read_dev(text, &snapshot, err);
		else
			bad += nv_read_sockstat(&plans[i], files[i].id, text, &snapshot, err);
	}
	return bad;
}

static int load(const char *tree)
{
	for (unsigned i = 0; i < FILES; i++) {
		char path[4096];
		FILE *file;

		snprintf(path, sizeof(path), "%s/net/%s", tree, files[i].name);
		file = fopen(path, "r");
		if (!file) {
			perror(path);
			return -1;
		}
		files[i].length = fread(files[i].text, 1, sizeof(files[i].text), file);
		fclose(file);
	}
	return 0;
}

/* The next second of a busy host: traffic in every counter of the text. */
static void advance(unsigned at)
{
	snapshot.mono_ns = snapshot.boot_ns = (100000 + (uint64_t)at) * 1000000000u;
	snapshot.time_s = 1700000000 + (int64_t)at;
	snapshot.hour_of_week = 60;
	for (unsigned id = 1; id < NV_C_END; id++)
		if (snapshot.present[id] && nv_counters[id].kind == NV_COUNTER)
			snapshot.value[id] += (uint64_t)at * (id % 3 ? 0 : id % 7);
}

int main(int argc, char **argv)
{
	unsigned count = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	struct nv_error err = { 0, "" };
	struct nv_config config;
	struct nv_engine *engine;

	if (!count) {
		fprintf(stderr, "usage: bench_instructions TREE COUNT\n");
		return 2;
	}
	nv_config_init(&config);
	config.interval_s = 1;
	snprintf(config.root, sizeof(config.root), "%.*s", (int)sizeof(config.root) - 1, argv[1]);
	engine = load(argv[1]) == 0 ? nv_engine_new(&config, &err) : NULL;
	if (!engine) {
		fprintf(stderr, "bench_instructions: %s\n", err.text);
		return 1;
	}
	for (unsigned at = 1; at <= count; at++) {
		nv_snapshot_clear(&snapshot);
		if (read_all(&err) > 0) {
			fprintf(stderr, "bench_instructions: %s\n", err.text);
			return 1;
		}
		advance(at);
		if (nv_engine_feed(engine, &snapshot) < 0)
			return 1;
	}
	nv_snapshot_fini(&snapshot);
	nv_engine_free(engine);
	return 0;
}
