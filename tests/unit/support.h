/* SPDX-License-Identifier: MIT */
/*
 * What the unit tests of the core share: files of the fixtures, text that ends at an unreadable
 * page, temporary trees, and a made-up host whose snapshots go through the engine.
 */
#ifndef NV_TEST_SUPPORT_H
#define NV_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/snapshot.h"
#include "text/text.h"

#define NUMBERED     "tests/fixtures/proc/numbered"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define assert_near(got, expected, tolerance)                                                      \
	do {                                                                                       \
		double got_ = (got), expected_ = (expected);                                       \
		if (!(fabs(got_ - expected_) <= (tolerance)))                                      \
			fail_msg("%s is %.12g, expected %.12g", #got, got_, expected_);            \
	} while (0)

#define assert_nan(got)                                                                            \
	do {                                                                                       \
		double got_ = (got);                                                               \
		if (!isnan(got_))                                                                  \
			fail_msg("%s is %.12g, expected no opinion", #got, got_);                  \
	} while (0)

#define assert_contains(text, part)                                                                \
	do {                                                                                       \
		if (!strstr((text), (part)))                                                       \
			fail_msg("\"%s\" lacks \"%s\"", (text), (part));                           \
	} while (0)

/* ---- texts -------------------------------------------------------------------------------------
 */

/* A whole file, with an ending 0; the caller frees it. */
static inline char *slurp(const char *path, size_t *length)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	size_t used = 0, n;

	if (!file)
		fail_msg("%s: %s (tests run in the top directory)", path, strerror(errno));
	do {
		text = realloc(text, used + 65537);
		assert_non_null(text);
		n = fread(text + used, 1, 65536, file);
		used += n;
	} while (n > 0);
	fclose(file);
	text[used] = 0;
	if (length)
		*length = used;
	return text;
}

static inline struct nv_text text_of(const char *string)
{
	return (struct nv_text){ string, string + strlen(string) };
}

/* A copy of the text whose last byte is the last that can be read. */
struct guarded {
	char *map;
	size_t size;
	struct nv_text text;
};

static inline struct guarded guard(struct nv_text text)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t length = (size_t)(text.end - text.at);
	size_t room = (length + page - 1) / page * page;
	struct guarded g = { .size = room + page };

	g.map = mmap(NULL, g.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(g.map != MAP_FAILED);
	assert_int_equal(mprotect(g.map + room, page, PROT_NONE), 0);
	g.text.end = g.map + room;
	g.text.at = g.text.end - length;
	memcpy(g.map + room - length, text.at, length);
	return g;
}

static inline void unguard(struct guarded *g)
{
	munmap(g->map, g->size);
}

/* ---- temporary trees
 * ------------------------------------------------------------------------------ */

static inline char *make_directory(char path[64])
{
	strcpy(path, "/tmp/netvitals-unit-XXXXXX");
	if (!mkdtemp(path))
		fail_msg("%s: %s", path, strerror(errno));
	return path;
}

static inline int remove_one(const char *path, const struct stat *s, int type, struct FTW *where)
{
	(void)s;
	(void)type;
	(void)where;
	return remove(path);
}

static inline void remove_directory(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Write directory/name, with the directories on the way. */
static inline void put_file(const char *directory, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	for (char *slash = path + strlen(directory) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		mkdir(path, 0700);
		*slash = '/';
	}
	file = fopen(path, "wb");
	if (!file)
		fail_msg("%s: %s", path, strerror(errno));
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* ---- a made-up host
 * ---------------------------------------------------------------------------------- */

/* Every counter that Linux prints is there; nothing has happened yet. One wire, eth0. */
static inline void host_init(struct nv_snapshot *s)
{
	struct nv_interface *eth0;

	memset(s, 0, sizeof(*s));
	nv_snapshot_clear(s);
	for (unsigned id = 1; id < NV_C_END; id++) {
		const struct nv_counter *c = &nv_counters[id];

		if (!nv_counter_exists(id) || !c->row || c->file == NV_FILE_INTERFACE)
			continue;
		s->present[id] = 1;
		s->value[id] = c->kind == NV_GAUGE ? 0 : 1000000;
	}
	s->value[NV_C_ipForwarding] = 2;
	s->value[NV_C_tcpMemPressurePages] = 100000;
	s->value[NV_C_localPorts] = 28232;
	s->initial_netns = true;
	s->mono_ns = s->boot_ns = UINT64_C(5000000000000);
	s->uptime_s = 5000;
	s->time_s = 1700000000;
	s->hour_of_week = 50;
	eth0 = nv_snapshot_interface(s, text_of("eth0"));
	assert_non_null(eth0);
	eth0->index = 2;
	eth0->feeds = true;
	eth0->present = (1u << NV_IF_VALUES) - 1;
}

static inline void host_sleep(struct nv_snapshot *s, double seconds)
{
	s->mono_ns += (uint64_t)(seconds * 1e9);
	s->boot_ns += (uint64_t)(seconds * 1e9);
	s->uptime_s += seconds;
	s->time_s += (int64_t)seconds;
}

/* A busy healthy host for so many seconds: 1000 segments a second each way, 0.01 % sent again. */
static inline void host_run(struct nv_snapshot *s, unsigned seconds)
{
	static const struct {
		uint16_t id, each_second;
	} traffic[] = {
		{ NV_C_ipInReceives, 1100 },
		{ NV_C_ipInDelivers, 1100 },
		{ NV_C_ipOutRequests, 1100 },
		{ NV_C_ipInNoECTPkts, 1100 },
		{ NV_C_tcpInSegs, 1000 },
		{ NV_C_tcpOutSegs, 1000 },
		{ NV_C_tcpOutDataSegs, 800 },
		{ NV_C_tcpActiveOpens, 5 },
		{ NV_C_tcpPassiveOpens, 5 },
		{ NV_C_udpInDatagrams, 100 },
		{ NV_C_udpOutDatagrams, 100 },
		{ NV_C_icmpInMsgs, 1 },
		{ NV_C_ip6InReceives, 50 },
		{ NV_C_ip6InNoECTPkts, 50 },
		{ NV_C_ip6OutRequests, 50 },
		{ NV_C_softnetProcessed, 1200 },
	};

	host_sleep(s, seconds);
	for (size_t i = 0; i < COUNT(traffic); i++)
		s->value[traffic[i].id] += (uint64_t)traffic[i].each_second * seconds;
	s->value[NV_C_tcpRetransSegs] += seconds / 10;
	for (unsigned i = 0; i < s->interface_count; i++) {
		s->interfaces[i].value[NV_C_ifInPkts - NV_C_ifInPkts] += 1200u * seconds;
		s->interfaces[i].value[NV_C_ifOutPkts - NV_C_ifInPkts] += 1200u * seconds;
	}
}

#endif
