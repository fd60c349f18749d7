/* SPDX-License-Identifier: MIT */
/*
 * The sources without engine and judgement: reads COUNT times, INTERVAL seconds apart, and prints
 * each reading as one line of JSON. For the tests of the sources in network namespaces.
 *
 *     source_probe [ROOT|-] [COUNT] [INTERVAL] [INDICATOR]
 *     source_probe watch COUNT INTERVAL INTERFACES
 *
 * With INDICATOR, evidence for it is collected as if it breached in every reading. watch: the
 * engine as in a daemon, with a window of ten intervals, and its whole report each time.
 */
#include "engine/engine.h"
#include "engine/live.h"
#include "evidence/evidence.h"
#include "kernel/kernel.h"
#include "sockets/sockets.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void print_evidence(const struct nv_offender *evidence, unsigned count)
{
	static char text[16384];
	struct nv_out out = { text, sizeof(text), 0 };

	for (unsigned i = 0; i < count; i++) {
		nv_put(&out,
			"%s{\"what\":\"%s\",\"remote\":\"%s\",\"local\":\"%s\",\"process\":\"%s\","
			"\"gateway\":\"%s\",\"interface\":\"%s\",\"count\":%" PRIu64 ",\"text\":",
			i ? "," : "", nv_indicators[evidence[i].indicator].name, evidence[i].remote,
			evidence[i].local, evidence[i].process, evidence[i].gateway,
			evidence[i].interface, evidence[i].count);
		nv_put_json_string(&out, evidence[i].text);
		nv_put(&out, "}");
	}
	printf("\"evidence\":[%s],", text);
	text[0] = 0;
}

static void print_reading(const struct nv_snapshot *s, struct nv_sockets *sockets,
	const struct nv_offender *evidence, unsigned evidence_count)
{
	static char text[65536];
	struct nv_out out = { text, sizeof(text), 0 };
	bool first = true;

	printf("{");
	print_evidence(evidence, evidence_count);
	printf("\"values\":{");
	for (unsigned i = 1; i < NV_C_END; i++) {
		if (!nv_counter_exists(i) || !s->present[i])
			continue;
		printf("%s\"%s\":%" PRIu64, first ? "" : ",", nv_counters[i].name, s->value[i]);
		first = false;
	}
	printf("},\"interfaces\":{");
	for (unsigned i = 0; i < s->interface_count; i++)
		printf("%s\"%s\":{\"index\":%u,\"feeds\":%s,\"in\":%" PRIu64 ",\"out\":%" PRIu64
		       "}",
			i ? "," : "", s->interfaces[i].name, s->interfaces[i].index,
			s->interfaces[i].feeds ? "true" : "false", s->interfaces[i].value[0],
			s->interfaces[i].value[NV_C_ifOutPkts - NV_C_ifInPkts]);
	nv_sockets_json(&out, sockets);
	text[out.used < sizeof(text) ? out.used : sizeof(text) - 1] = 0;
	for (char *p = text; *p; p++)
		if (*p == '\n')
			*p = ' '; /* one reading, one line */
	printf("},\"sockets\":%s}\n", text);
	fflush(stdout);
}

static void print_report(struct nv_engine *engine)
{
	static char text[4 << 20];
	struct nv_out out = { text, sizeof(text), 0 };

	nv_report_json(&out, nv_engine_report(engine));
	text[out.used < sizeof(text) ? out.used : sizeof(text) - 1] = 0;
	for (char *p = text; *p; p++)
		if (*p == '\n')
			*p = ' ';
	printf("{\"lastEvent\":%u,\"report\":%s}\n", nv_engine_report(engine)->last_event, text);
	fflush(stdout);
}

static int watch(int count, double interval_s, const char *interfaces)
{
	struct timespec pause = { (time_t)interval_s, (long)(fmod(interval_s, 1) * 1e9) };
	struct nv_error err = { 0, "" };
	struct nv_engine *engine;
	struct nv_config config;

	nv_config_init(&config);
	config.interval_s = interval_s;
	config.window_s = 10 * interval_s;
	snprintf(config.interfaces, sizeof(config.interfaces), "%s", interfaces);
	engine = nv_engine_new(&config, &err);
	for (int i = 0; engine && i < count; i++) {
		if (i)
			nanosleep(&pause, NULL);
		if (nv_engine_poll(engine, &err) >= 0)
			print_report(engine);
	}
	if (err.text[0])
		fprintf(stderr, "source_probe: %s\n", err.text);
	nv_engine_free(engine);
	return err.text[0] != 0;
}

int main(int argc, char **argv)
{
	const char *root = argc > 1 && strcmp(argv[1], "-") != 0 ? argv[1] : "";
	int count = argc > 2 ? atoi(argv[2]) : 1;
	double interval_s = argc > 3 ? strtod(argv[3], NULL) : 1;
	struct timespec pause = { (time_t)interval_s, (long)(fmod(interval_s, 1) * 1e9) };
	struct nv_config config;
	struct nv_snapshot snapshot = { .interfaces = NULL };
	struct nv_error err = { 0, "" };
	struct nv_live *live;
	struct nv_links *links;
	struct nv_slow *slow;
	struct nv_sockets *sockets;
	struct nv_evidence *forensics;
	struct nv_offender evidence[16];
	unsigned evidence_count = 0;
	bool wanted[NV_I_END] = { false };

	if (argc == 5 && strcmp(argv[1], "watch") == 0)
		return watch(count, interval_s, argv[4]);
	if (argc > 4)
		wanted[nv_indicator_find(argv[4])] = true;
	nv_config_init(&config);
	snprintf(config.root, sizeof(config.root), "%s", root);
	live = nv_live_new(&config, &err);
	links = nv_links_new(root, &err);
	slow = nv_slow_new(root, &err);
	sockets = nv_sockets_new(root, &err);
	forensics = nv_evidence_new(true, &err);
	if (!forensics || !live || !links || !slow || !sockets) {
		fprintf(stderr, "source_probe: %s\n", err.text);
		return 1;
	}
	nv_slow_set_interval(slow, 0);
	nv_sockets_set_budget(sockets, 1);
	for (int i = 0; i < count; i++) {
		double mono_s;
		bool sound;

		if (i)
			nanosleep(&pause, NULL);
		/* live gives the text files and the clocks; what it got from the sources is taken
		 * again. */
		if (nv_live_read(live, &snapshot, &err) < 0) {
			fprintf(stderr, "source_probe: %s\n", err.text);
			return 1;
		}
		mono_s = (double)snapshot.mono_ns / 1e9;
		snapshot.interface_count = 0;
		sound = nv_links_read(links, mono_s, &snapshot, &err) == 0 &&
			nv_slow_read(slow, mono_s, &snapshot, &err) == 0 &&
			nv_sockets_read(sockets, mono_s, &snapshot, &err) == 0;
		if (!sound) {
			fprintf(stderr, "source_probe: %s\n", err.text);
			return 1;
		}
		if (argc > 4)
			evidence_count = nv_evidence_collect(forensics,
				&(struct nv_sources){ links, slow, sockets }, wanted, mono_s,
				evidence, sizeof(evidence) / sizeof(evidence[0]));
		print_reading(&snapshot, sockets, evidence, evidence_count);
	}
	nv_live_free(live);
	nv_links_free(links);
	nv_slow_free(slow);
	nv_sockets_free(sockets);
	nv_evidence_free(forensics);
	nv_snapshot_fini(&snapshot);
	return 0;
}
