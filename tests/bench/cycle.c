/* SPDX-License-Identifier: MIT */
/*
 * What one cycle costs: reading the kernel's text, judging it, the walk of the sockets that it
 * saves; against the floor (the same text read and thrown away) and collectd's protocols, in turns,
 * in one process.
 *
 *     bench_cycle text | idle | step TREE | captures FILE... | memory | loop COUNT fast|all
 *
 * Each but step and captures makes its own network namespace. `loop` is for counting system calls
 * from outside: COUNT cycles and nothing else.
 */
#include "captures/capture.h"
#include "engine/engine.h"
#include "engine/live.h"
#include "nv_captures.h"
#include "engine/live.c"
#include "measure.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { TEXT_FILES = FILES, PAGE = 4096 };

static struct nv_live *live, *walking;
static struct nv_snapshot snapshot;
static struct nv_config config;
static char raw[BUFFER_START];

static struct nv_live *open_live(void)
{
	struct nv_error err = { 0, "" };
	struct nv_live *one;

	config.mode = NV_DAEMON;
	one = nv_live_new(&config, &err);
	if (!one) {
		fprintf(stderr, "bench_cycle: %s\n", err.text);
		exit(1);
	}
	return one;
}

/* ---- text
 * ------------------------------------------------------------------------------------------ */

static unsigned first_file, last_file; /* which files a variant is about */

static void read_ours(void)
{
	struct nv_error err = { 0, "" };

	nv_snapshot_clear(&snapshot);
	for (unsigned i = first_file; i < last_file; i++)
		if (!read_file(live, i, &snapshot, &err))
			abort();
}

static void read_floor(void)
{
	for (unsigned i = first_file; i < last_file; i++)
		if (pread(live->fd[i], raw, sizeof(raw), 0) <= 0)
			abort();
}

/* As most programs do: a new descriptor each time, read to the end. */
static void read_opened(void)
{
	for (unsigned i = first_file; i < last_file; i++) {
		int fd = open_file(live, i);

		while (read(fd, raw, sizeof(raw)) > 0)
			;
		close(fd);
	}
}

/* Datagrams that this host hears itself, to an address of lo. */
static void send_around(const char *address, unsigned count)
{
	static char bytes[60000];
	struct ip_mreqn group = { .imr_ifindex = 1 };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int s = socket(AF_INET, SOCK_DGRAM, 0), on = 1;

	inet_pton(AF_INET, address, &to.sin_addr);
	group.imr_multiaddr = to.sin_addr;
	(void)setsockopt(s, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	(void)setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &group, sizeof(group));
	(void)setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group));
	for (unsigned i = 0; i < count; i++)
		(void)sendto(s, bytes, sizeof(bytes), 0, (struct sockaddr *)&to, sizeof(to));
	close(s);
}

/*
 * The text of netstat on a host that was just started fits into the page that the kernel begins
 * with. Counters with more digits bring it to what any host has after some days: the kernel then
 * makes it twice for each new descriptor, and once for one that is kept.
 */
static ssize_t grow_netstat(void)
{
	ssize_t bytes = pread(live->fd[1], raw, sizeof(raw), 0);

	for (unsigned tries = 0; bytes <= PAGE && tries < 4; tries++) {
		send_around("239.1.2.3", 10000);
		send_around("127.255.255.255", 10000);
		bytes = pread(live->fd[1], raw, sizeof(raw), 0);
	}
	return bytes;
}

static void bench_text(void)
{
	struct variant v[4] = { { "six texts", read_ours, 0 },
		{ "raw pread of six", read_floor, 0 },
		{ "open, read, close of six", read_opened, 0 } };
	struct variant p[3] = { { "snmp and netstat", read_ours, 0 },
		{ "raw pread of both", read_floor, 0 }, { "collectd protocols", run_collectd, 0 } };
	struct variant n[2] = { { "netstat", read_ours, 0 },
		{ "open, read, close of netstat", read_opened, 0 } };
	ssize_t netstat_bytes;

	live = open_live();
	first_file = 0;
	last_file = TEXT_FILES;
	read_ours();
	sample_count[1] = HOT; /* a difference of a few per cent */
	measure(v, 3);
	sample_count[1] = COLD;
	check_both("B1 six texts read and parsed, of raw pread", &v[0], &v[1], 1.08);
	last_file = 2;
	if (load_collectd("protocols")) {
		measure(p, 3);
		check_both("B1p snmp and netstat, of collectd protocols", &p[0], &p[2], 0.42);
	} else {
		printf("skip - B1p: /usr/lib/collectd/protocols.so is not installed\n");
	}
	first_file = 1;
	netstat_bytes = grow_netstat();
	if (netstat_bytes > PAGE) {
		printf("# B1n: netstat of %zd bytes\n", netstat_bytes);
		read_ours();
		measure(n, 2);
		check_both("B1n netstat beyond one page, of open, read, close", &n[0], &n[1], 0.48);
	} else {
		printf("skip - B1n: netstat has %zd bytes even after much traffic: not more than one page\n",
			netstat_bytes);
	}
	nv_live_free(live);
}

/* ---- the gate before the walk of the sockets
 * -------------------------------------------------------- */

static void cycle(struct nv_live *of)
{
	struct nv_error err;

	if (nv_live_read(of, &snapshot, &err) <= 0)
		abort();
}

static void run_gated(void)
{
	cycle(live);
}

/* The same cycle on a host where nothing can be left out. */
static void run_walking(void)
{
	struct nv_error err;

	cycle(walking);
	nv_sockets_look(walking->sockets, &err);
}

static void listen_somewhere(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int s = socket(AF_INET, SOCK_STREAM, 0);

	if (s < 0 || bind(s, (struct sockaddr *)&any, sizeof(any)) != 0 || listen(s, 8) != 0)
		abort();
}

static void bench_idle(void)
{
	struct variant v[2] = { { "idle cycle, gated", run_gated, 0 },
		{ "idle cycle, with walk", run_walking, 0 } };

	listen_somewhere();
	live = open_live();
	walking = open_live();
	for (unsigned i = 0; i < 3; i++) {
		run_gated();
		run_walking();
	}
	measure(v, 2);
	check("B3i gated cycle, of one with the walk, cold", ratio(&v[0], &v[1], 1), 0.35);
	counting = true;
	for (unsigned i = 0; i < 100; i++)
		run_gated();
	counting = false;
	check("B6 allocations and opened files in 100 cycles", allocations + opens, 0);
	nv_live_free(live);
	nv_live_free(walking);
}

/* ---- one step of the engine
 * ---------------------------------------------------------------------------- */

enum kind { QUIET, SICK };

static struct feeder {
	struct nv_engine *engine;
	struct nv_snapshot last;
	double interval_s;
	enum kind kind;
	unsigned at;
} feeders[4];

enum { STEPS = 200 };

static void advance(struct feeder *f)
{
	uint64_t ns = (uint64_t)(f->interval_s * 1e9);

	f->at++;
	f->last.mono_ns += ns;
	f->last.boot_ns += ns;
	f->last.time_s += (int64_t)f->interval_s;
	f->last.value[NV_C_tcpInSegs] += 20000;
	f->last.value[NV_C_tcpOutSegs] += 20000;
	f->last.value[NV_C_ipInReceives] += 22000;
	f->last.value[NV_C_ipOutRequests] += 22000;
	for (unsigned id = 1; f->kind == SICK && id < NV_C_END; id++)
		if (f->last.present[id] && nv_counters[id].kind == NV_COUNTER)
			f->last.value[id] += (id * 7 + f->at) % 13;
}

/* The clock alone is as dear as a tenth of a step: many at a time. */
static void run_steps(struct feeder *f)
{
	for (unsigned i = 0; i < STEPS; i++) {
		advance(f);
		if (nv_engine_feed(f->engine, &f->last) < 0)
			abort();
	}
}

static void run_feeder_0(void)
{
	run_steps(&feeders[0]);
}

static void run_feeder_1(void)
{
	run_steps(&feeders[1]);
}

static void run_feeder_2(void)
{
	run_steps(&feeders[2]);
}

static void run_reads(void)
{
	for (unsigned i = 0; i < STEPS; i++)
		read_ours();
}

static void open_feeder(unsigned at, const char *tree, double interval_s, enum kind kind)
{
	struct nv_error err = { 0, "" };
	struct feeder *f = &feeders[at];

	snprintf(config.root, sizeof(config.root), "%s", tree);
	config.interval_s = interval_s;
	f->engine = nv_engine_new(&config, &err);
	if (!f->engine || nv_engine_poll(f->engine, &err) <= 0) {
		fprintf(stderr, "bench_cycle: %s\n", err.text);
		exit(1);
	}
	nv_snapshot_copy(&f->last, nv_engine_snapshot(f->engine));
	f->interval_s = interval_s;
	f->kind = kind;
	config.root[0] = 0;
}

static void bench_step(const char *tree)
{
	struct variant v[4] = { { "200 steps each second", run_feeder_0, 0 },
		{ "200 steps each 10 s", run_feeder_1, 0 },
		{ "200 steps each 10 s, sick", run_feeder_2, 0 },
		{ "200 readings of six texts", run_reads, 0 } };

	live = open_live();
	last_file = TEXT_FILES;
	open_feeder(0, tree, 1, QUIET);
	open_feeder(1, tree, 10, QUIET);
	open_feeder(2, tree, 10, SICK);
	read_ours();
	sample_count[0] = sample_count[1] = 15;
	measure(v, 4);
	check("engine step each second, of reading the text it judges", ratio(&v[0], &v[3], 0),
		0.10);
	check("engine step each 10 s, of reading the text it judges", ratio(&v[1], &v[3], 0), 0.25);
	check("engine step each 10 s on a sick host, of reading the text", ratio(&v[2], &v[3], 0),
		0.40);
	check("engine step each second, us", cold_us(&v[0]) / STEPS, 8);
}

/* ---- captures
 * --------------------------------------------------------------------------------------------- */

static char *capture;
static size_t capture_bytes;
static unsigned long lines_seen;

static void run_capture(void)
{
	struct nv_error err = { 0, "" };
	struct nv_captures *captures = nv_captures_new(NULL, &err);

	if (!captures || nv_captures_add(captures, "bench", capture, capture_bytes, &err) < 0)
		abort();
	nv_captures_free(captures);
}

static void run_count_lines(void)
{
	const char *at = capture, *end = capture + capture_bytes;

	for (lines_seen = 0; at && at < end; lines_seen++) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
}

static void bench_capture(const char *path)
{
	struct variant v[2] = { { "capture", run_capture, 0 },
		{ "its lines counted", run_count_lines, 0 } };
	FILE *file = fopen(path, "r");
	long size;

	if (!file || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) <= 0) {
		fprintf(stderr, "bench_cycle: %s: cannot be read\n", path);
		exit(1);
	}
	rewind(file);
	capture = malloc((size_t)size);
	if (!capture)
		abort();
	capture_bytes = fread(capture, 1, (size_t)size, file);
	fclose(file);
	sample_count[1] = 15;
	measure(v, 2);
	printf("# %s: %zu bytes, %lu lines, %.2f us a line, %.1f times the counting of its lines\n",
		path, capture_bytes, lines_seen, cold_us(&v[0]) / (double)lines_seen,
		ratio(&v[0], &v[1], 0));
	free(capture);
}

/* ---- from outside
 * ---------------------------------------------------------------------------------------------- */

static int loop(unsigned count, bool all)
{
	struct nv_error err;

	listen_somewhere();
	live = open_live();
	for (unsigned i = 0; i < count; i++) {
		cycle(live);
		if (all)
			nv_sockets_look(live->sockets, &err);
	}
	nv_live_free(live);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	bool alone = strcmp(what, "step") == 0 || strcmp(what, "captures") == 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	nv_config_init(&config);
	if (!alone && !new_namespace()) {
		printf("skip - %s: a network namespace needs root\n", what);
		return 0;
	}
	if (strcmp(what, "text") == 0)
		bench_text();
	else if (strcmp(what, "idle") == 0)
		bench_idle();
	else if (strcmp(what, "step") == 0 && argc == 3)
		bench_step(argv[2]);
	else if (strcmp(what, "captures") == 0)
		for (int i = 2; i < argc; i++)
			bench_capture(argv[i]);
	else if (strcmp(what, "loop") == 0 && argc == 4)
		return loop((unsigned)strtoul(argv[2], NULL, 10), strcmp(argv[3], "all") == 0);
	else
		return fprintf(stderr,
			       "usage: bench_cycle text | idle | step TREE | captures FILE... | "
			       "loop COUNT fast|all\n"),
		       2;
	return failures != 0;
}
