/* SPDX-License-Identifier: MIT */
/*
 * The kernel, or a recorded tree, -> snapshot with its clocks. The text files are kept open and
 * read by one pread each into one buffer. A recorded tree (Root) is opened anew each time, since
 * whoever makes it replaces its files; its clock is its own uptime. A series of trees, DIR/0000,
 * DIR/0001 and so on, gives the next tree at each read.
 */
#include "stages.h"
#include "sources.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_START = 64 * 1024, BUFFER_MAX = 16 * 1024 * 1024 };

/* One row a text file; dev only where netlink cannot be had. */
static const struct file {
	enum nv_file id;
	const char *path;
	bool required; /* without it there is no sample */
	bool planned;
} files[] = {
	{ NV_FILE_SNMP, "net/snmp", true, true },
	{ NV_FILE_NETSTAT, "net/netstat", false, true },
	{ NV_FILE_SNMP6, "net/snmp6", false, true },
	{ NV_FILE_SOCKSTAT, "net/sockstat", false, true },
	{ NV_FILE_SOCKSTAT6, "net/sockstat6", false, true },
	{ NV_FILE_SOFTNET, "net/softnet_stat", false, false },
	{ NV_FILE_INTERFACE, "net/dev", false, false },
};

enum { FILES = sizeof(files) / sizeof(files[0]) };

/* Whether an interface feeds a class costs a look into sysfs: once for each name. */
struct feed {
	char name[NV_NAME_SIZE];
	bool feeds;
};

struct nv_live {
	char root[NV_PATH_SIZE]; /* "" the kernel */
	char tree[NV_PATH_SIZE + 16]; /* the tree of this read */
	bool series;
	unsigned step;
	uint64_t last_ns; /* uptime of the tree read last */
	bool initial_netns;
	int fd[FILES];
	bool worked[FILES];
	struct nv_plan *plans[FILES];
	char *buffer;
	size_t size;
	bool all_interfaces, by_pattern;
	regex_t pattern;
	struct feed *feeds;
	unsigned feed_count, feed_room;
	struct nv_links *links;
	struct nv_slow *slow;
	struct nv_sockets *sockets;
	struct nv_forensics *forensics; /* NULL for recordings */
	double cost_us;
};

/* ---- files ---------------------------------------------------------------------------------------------- */

static int open_file(struct nv_live *live, unsigned i)
{
	char path[NV_PATH_SIZE + 64];

	snprintf(path, sizeof(path), "%s/%s", live->tree, files[i].path);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The whole file into the buffer, which grows until a read comes short. -1: errno says why. */
static ssize_t read_whole(struct nv_live *live, int fd)
{
	size_t used = 0;

	for (;;) {
		ssize_t n = pread(fd, live->buffer + used, live->size - used, (off_t)used);
		char *larger;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		used += (size_t)n;
		if (used < live->size)
			return (ssize_t)used;
		if (live->size >= BUFFER_MAX) {
			errno = EFBIG;
			return -1;
		}
		larger = realloc(live->buffer, live->size * 2);
		if (!larger)
			return -1;
		live->buffer = larger;
		live->size *= 2;
	}
}

static int parse(struct nv_live *live, unsigned i, struct nv_text text, struct nv_snapshot *to, struct nv_error *err)
{
	switch (files[i].id) {
	case NV_FILE_SNMP:
	case NV_FILE_NETSTAT:
		return nv_read_pairs(live->plans[i], files[i].id, text, to, err);
	case NV_FILE_SNMP6:
		return nv_read_names(live->plans[i], files[i].id, text, to, err);
	case NV_FILE_SOCKSTAT:
	case NV_FILE_SOCKSTAT6:
		return nv_read_sockstat(live->plans[i], files[i].id, text, to, err);
	case NV_FILE_SOFTNET:
		return nv_read_softnet(text, to, err);
	case NV_FILE_INTERFACE:
		return nv_read_dev(text, to, err);
	case NV_FILE_NONE:
	case NV_FILE_SLOW:
	case NV_FILE_SOCKETS:
	case NV_FILE_END:
		break;
	}
	return 0;
}

/* /proc ends each text with a newline; the quick readers count on it. */
static struct nv_text whole_lines(const char *buffer, size_t length)
{
	return (struct nv_text){ buffer, buffer + length };
}

static void note_failure(struct nv_error *err, const char *tree, const char *path, const char *what)
{
	char detail[NV_TEXT_SIZE];

	if (err->line == 0 && err->text[0])
		return; /* the first one is told */
	snprintf(detail, sizeof(detail), "%s", what);
	snprintf(err->text, sizeof(err->text), "%s/%s: %s", tree, path, detail);
	err->line = 0;
}

/* False: this file gave nothing. */
static bool read_file(struct nv_live *live, unsigned i, struct nv_snapshot *to, struct nv_error *err)
{
	bool keep = !live->root[0];
	int fd = live->fd[i] >= 0 ? live->fd[i] : open_file(live, i);
	struct nv_error first = { 0, "" };
	ssize_t length = fd < 0 ? -1 : read_whole(live, fd);

	if (length <= 0) {
		if (files[i].required || live->worked[i])
			note_failure(err, live->tree, files[i].path,
				length < 0 ? strerror(errno) : "empty, expected counters");
	} else {
		if (parse(live, i, whole_lines(live->buffer, (size_t)length), to, &first) > 0)
			note_failure(err, live->tree, files[i].path, first.text);
		live->worked[i] = true;
	}
	if (fd >= 0 && (!keep || length < 0)) {
		close(fd);
		fd = -1;
	}
	live->fd[i] = fd;
	return length > 0;
}

/* ---- clocks ----------------------------------------------------------------------------------------------- */

static int hour_of_week(int64_t time_s)
{
	time_t t = (time_t)time_s;
	struct tm local;

	return localtime_r(&t, &local) ? 24 * local.tm_wday + local.tm_hour : -1;
}

static uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) != 0)
		return 0;
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void kernel_clocks(struct nv_snapshot *to)
{
	to->mono_ns = clock_ns(CLOCK_MONOTONIC);
	to->boot_ns = clock_ns(CLOCK_BOOTTIME);
	to->uptime_s = (double)to->boot_ns / 1e9;
	to->time_s = (int64_t)(clock_ns(CLOCK_REALTIME) / 1000000000u);
	to->hour_of_week = hour_of_week(to->time_s);
}

/* A small file of the tree; "" if there is none. */
static void read_small(const struct nv_live *live, const char *name, char *buf, size_t size)
{
	char path[NV_PATH_SIZE + 64];
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", live->tree, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, buf, size - 1);
		close(fd);
	}
	buf[n > 0 ? n : 0] = 0;
}

static bool recorded_clocks(struct nv_live *live, struct nv_snapshot *to, struct nv_error *err)
{
	char text[16384];
	const char *btime;
	char *end;
	double uptime_s;

	read_small(live, "uptime", text, sizeof(text));
	uptime_s = strtod(text, &end);
	if (end == text || !(uptime_s >= 0) || uptime_s > 1e10) {
		note_failure(err, live->tree, "uptime", "expected the seconds since boot");
		return false;
	}
	to->uptime_s = uptime_s;
	to->mono_ns = to->boot_ns = (uint64_t)(uptime_s * 1e9);
	read_small(live, "stat", text, sizeof(text));
	btime = strstr(text, "btime ");
	if (btime) {
		to->time_s = (int64_t)(strtod(btime + 6, NULL) + uptime_s);
		to->hour_of_week = hour_of_week(to->time_s);
	}
	return true;
}

/* ---- interfaces: which feed a class -------------------------------------------------------------------------- */

static bool has_hardware(const struct nv_live *live, const char *name)
{
	static const char *const made[] = { "lo", "veth", "br-", "docker", "virbr", "tun", "tap", "wg", "dummy",
		"ifb", "cni", "flannel", "cali", "vxlan", "gre", "sit", "ip6tnl", "lxc", "vnet", NULL };
	char path[NV_NAME_SIZE + 64];

	if (!live->root[0]) {
		snprintf(path, sizeof(path), "/sys/class/net/%s/device", name);
		if (access(path, F_OK) == 0)
			return true;
		snprintf(path, sizeof(path), "/sys/class/net/%s/bonding", name);
		return access(path, F_OK) == 0;
	}
	for (unsigned i = 0; made[i]; i++)
		if (strncmp(name, made[i], strlen(made[i])) == 0)
			return false;
	return true;
}

static bool feeds_class(const struct nv_live *live, const char *name)
{
	if (live->all_interfaces)
		return true;
	if (live->by_pattern)
		return regexec(&live->pattern, name, 0, NULL, 0) == 0;
	return has_hardware(live, name);
}

/* Looked up once for each name; position is a hint, since tables keep their order. */
static bool feeds(struct nv_live *live, const char *name, unsigned position)
{
	struct feed *more;

	for (unsigned i = 0; i < live->feed_count; i++) {
		const struct feed *f = &live->feeds[(position + i) % live->feed_count];

		if (strcmp(f->name, name) == 0)
			return f->feeds;
	}
	if (live->feed_count == live->feed_room) {
		unsigned room = live->feed_room ? live->feed_room * 2 : 32;

		more = realloc(live->feeds, room * sizeof(*more));
		if (!more)
			return false;
		live->feeds = more;
		live->feed_room = room;
	}
	more = &live->feeds[live->feed_count++];
	snprintf(more->name, sizeof(more->name), "%s", name);
	more->feeds = feeds_class(live, name);
	return more->feeds;
}

/* ---- one read ---------------------------------------------------------------------------------------------------- */

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
	if (live->slow)
		nv_slow_set_tree(live->slow, live->tree);
	if (live->sockets)
		nv_sockets_set_tree(live->sockets, live->tree);
	return 1;
}

static void read_interfaces(struct nv_live *live, double mono_s, struct nv_snapshot *to, struct nv_error *err)
{
	if (!live->links || nv_links_read(live->links, mono_s, to, err) < 0) {
		to->interface_count = 0;
		read_file(live, FILES - 1, to, err);
	}
	for (unsigned i = 0; i < to->interface_count; i++)
		to->interfaces[i].feeds = live->links && !live->all_interfaces && !live->by_pattern
						  ? to->interfaces[i].feeds
						  : feeds(live, to->interfaces[i].name, i);
}

int nv_live_read(struct nv_live *live, struct nv_snapshot *to, struct nv_error *err)
{
	uint64_t began_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	double mono_s;
	int chosen = choose_tree(live);

	err->line = 0;
	err->text[0] = 0;
	if (chosen <= 0)
		return chosen;
	nv_snapshot_clear(to);
	if (live->root[0] && !recorded_clocks(live, to, err))
		return -1;
	if (live->root[0] && !live->series && to->mono_ns == live->last_ns)
		return 0;
	for (unsigned i = 0; i + 1 < FILES; i++)
		if (!read_file(live, i, to, err) && files[i].required)
			return -1;
	if (!live->root[0])
		kernel_clocks(to);
	to->initial_netns = live->initial_netns;
	mono_s = (double)to->mono_ns / 1e9;
	read_interfaces(live, mono_s, to, err);
	if (live->slow)
		nv_slow_read(live->slow, mono_s, to, err);
	if (live->sockets)
		nv_sockets_read(live->sockets, mono_s, to, err);
	live->last_ns = to->mono_ns; /* what could not be read is tried again */
	live->cost_us = (double)(clock_ns(CLOCK_THREAD_CPUTIME_ID) - began_ns) / 1e3;
	return 1;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static bool set_pattern(struct nv_live *live, const char *interfaces, struct nv_error *err)
{
	char pattern[NV_TEXT_SIZE];
	size_t length = strlen(interfaces);

	live->all_interfaces = strcmp(interfaces, "all") == 0;
	if (live->all_interfaces || length < 3)
		return true;
	memcpy(pattern, interfaces + 1, length - 2);
	pattern[length - 2] = 0;
	live->by_pattern = regcomp(&live->pattern, pattern, REG_EXTENDED | REG_NOSUB) == 0;
	if (!live->by_pattern)
		snprintf(err->text, sizeof(err->text), "Interfaces: \"%s\" is no regular expression", interfaces);
	return live->by_pattern;
}

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
	snprintf(path, sizeof(path), "%s%s/net/stat/arp_cache", live->tree, live->series ? "/0000" : "");
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
	live->size = BUFFER_START;
	live->buffer = malloc(live->size);
	if (!live->buffer)
		goto memory;
	for (unsigned i = 0; i < FILES; i++) {
		live->plans[i] = files[i].planned ? calloc(1, sizeof(struct nv_plan)) : NULL;
		if (files[i].planned && !live->plans[i])
			goto memory;
	}
	if (!find_tree(live, err) || !set_pattern(live, config->interfaces, err))
		goto failed;
	tzset();
	live->links = live->root[0] ? NULL : nv_links_new(live->root, err);
	live->slow = nv_slow_new(live->root[0] ? live->tree : "", err);
	live->sockets = nv_sockets_new(live->root[0] ? live->tree : "", err);
	live->forensics = live->root[0] ? NULL : nv_forensics_new(err);
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
	for (unsigned i = 0; i < FILES; i++) {
		if (live->fd[i] >= 0)
			close(live->fd[i]);
		free(live->plans[i]);
	}
	if (live->by_pattern)
		regfree(&live->pattern);
	nv_links_free(live->links);
	nv_slow_free(live->slow);
	nv_sockets_free(live->sockets);
	nv_forensics_free(live->forensics);
	free(live->feeds);
	free(live->buffer);
	free(live);
}

/* ---- who we are ------------------------------------------------------------------------------------------------------ */

void nv_live_identity(const struct nv_live *live, char host[NV_NAME_SIZE], char kernel[NV_NAME_SIZE])
{
	char text[NV_NAME_SIZE];
	struct utsname name;

	host[0] = kernel[0] = 0;
	if (!live->root[0]) {
		if (uname(&name) == 0) {
			snprintf(host, NV_NAME_SIZE, "%.63s", name.nodename);
			snprintf(kernel, NV_NAME_SIZE, "%.20s %.*s", name.sysname, (int)strcspn(name.release, "-"),
				name.release);
		}
		return;
	}
	read_small(live, live->series ? "0000/sys/kernel/hostname" : "sys/kernel/hostname", text, sizeof(text));
	text[strcspn(text, "\n")] = 0;
	if (!text[0]) {
		const char *slash = strrchr(live->root, '/');

		snprintf(text, sizeof(text), "%.63s", slash && slash[1] ? slash + 1 : live->root);
	}
	snprintf(host, NV_NAME_SIZE, "%s", text);
	snprintf(kernel, NV_NAME_SIZE, "Linux");
}

unsigned nv_live_evidence(struct nv_live *live, const bool wanted[NV_I_END], double mono_s,
	struct nv_offender *out, unsigned room)
{
	const struct nv_sources from = { live->links, live->slow, live->sockets };

	return live->forensics ? nv_forensics_collect(live->forensics, &from, wanted, mono_s, out, room) : 0;
}

double nv_live_cost_us(const struct nv_live *live)
{
	return live->cost_us;
}

double nv_live_age_s(const struct nv_live *live, const struct nv_snapshot *last)
{
	if (live->root[0] || !last->mono_ns)
		return 0;
	return (double)(clock_ns(CLOCK_MONOTONIC) - last->mono_ns) / 1e9;
}

enum nv_role nv_guess_role(const struct nv_snapshot *s)
{
	static const char *const containers[] = { "veth", "docker", "br-", "cni", "virbr", "lxc", "cali", NULL };

	if (!s->present[NV_C_ipForwarding] || s->value[NV_C_ipForwarding] != 1)
		return NV_ROLE_HOST;
	for (unsigned i = 0; i < s->interface_count; i++)
		for (unsigned k = 0; containers[k]; k++)
			if (strncmp(s->interfaces[i].name, containers[k], strlen(containers[k])) == 0)
				return NV_ROLE_CONTAINER;
	return NV_ROLE_ROUTER;
}
