/* SPDX-License-Identifier: MIT */
/* What time it is and whose host: of the running kernel, or of a recorded tree, whose clock is its
 * own uptime. */
#include "kernel/kernel.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

uint64_t nv_clock_ns(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) != 0)
		return 0;
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

double nv_cpu_s(void)
{
	return (double)nv_clock_ns(CLOCK_THREAD_CPUTIME_ID) / 1e9;
}

int nv_hour_of_week(int64_t time_s)
{
	time_t t = (time_t)time_s;
	struct tm local;

	return time_s && localtime_r(&t, &local) ? 24 * local.tm_wday + local.tm_hour : -1;
}

void nv_clocks_read(struct nv_snapshot *to)
{
	to->mono_ns = nv_clock_ns(CLOCK_MONOTONIC);
	to->boot_ns = nv_clock_ns(CLOCK_BOOTTIME);
	to->uptime_s = (double)to->boot_ns / 1e9;
	to->time_s = (int64_t)(nv_clock_ns(CLOCK_REALTIME) / 1000000000u);
	to->hour_of_week = nv_hour_of_week(to->time_s);
}

/* A small file of the tree; "" if there is none. */
static void read_small(const char *tree, const char *name, char *buf, size_t size)
{
	char path[NV_PATH_SIZE + 64];
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", tree, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, buf, size - 1);
		close(fd);
	}
	buf[n > 0 ? n : 0] = 0;
}

bool nv_clocks_recorded(const char *tree, struct nv_snapshot *to, struct nv_error *err)
{
	char text[16384];
	const char *btime;
	char *end;
	double uptime_s;

	read_small(tree, "uptime", text, sizeof(text));
	uptime_s = strtod(text, &end);
	if (end == text || !(uptime_s >= 0) || uptime_s > 1e10) {
		nv_source_fail(err, "%s/uptime: expected the seconds since boot", tree);
		return false;
	}
	to->uptime_s = uptime_s;
	to->mono_ns = to->boot_ns = (uint64_t)(uptime_s * 1e9);
	read_small(tree, "stat", text, sizeof(text));
	btime = strstr(text, "btime ");
	if (btime) {
		to->time_s = (int64_t)(strtod(btime + 6, NULL) + uptime_s);
		to->hour_of_week = nv_hour_of_week(to->time_s);
	}
	return true;
}

void nv_host_identity(
	const char *root, bool series, char host[NV_NAME_SIZE], char kernel[NV_NAME_SIZE])
{
	char text[NV_NAME_SIZE];
	struct utsname name;

	host[0] = kernel[0] = 0;
	if (!root[0]) {
		if (uname(&name) == 0) {
			nv_copy_text(host, NV_NAME_SIZE, nv_as_text(name.nodename));
			snprintf(kernel, NV_NAME_SIZE, "%.20s %.*s", name.sysname,
				(int)strcspn(name.release, "-"), name.release);
			nv_clean_text(kernel);
		}
		return;
	}
	read_small(root, series ? "0000/sys/kernel/hostname" : "sys/kernel/hostname", text,
		sizeof(text));
	text[strcspn(text, "\n")] = 0;
	if (!text[0]) {
		const char *slash = strrchr(root, '/');

		snprintf(text, sizeof(text), "%.63s", slash && slash[1] ? slash + 1 : root);
	}
	nv_copy_text(host, NV_NAME_SIZE, nv_as_text(text));
	snprintf(kernel, NV_NAME_SIZE, "Linux");
}

/* ---- network namespaces
 * ------------------------------------------------------------------------------------ */

/* Numbers of namespaces seen so far; a host with more than this many is reported as having so many.
 */
struct namespaces {
	uint64_t seen[1024];
	unsigned count;
};

static void see_namespace(struct namespaces *all, uint64_t inode)
{
	for (unsigned i = 0; i < all->count; i++)
		if (all->seen[i] == inode)
			return;
	if (all->count < sizeof(all->seen) / sizeof(all->seen[0]))
		all->seen[all->count++] = inode;
}

unsigned nv_count_namespaces(void)
{
	struct namespaces all = { .count = 0 };
	DIR *processes = opendir("/proc");
	struct dirent *entry;

	while (processes && (entry = readdir(processes)) != NULL) {
		char path[32], link[32];
		ssize_t n;

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%.10s/ns/net", entry->d_name);
		n = readlink(path, link, sizeof(link) - 1); /* "net:[4026531840]" */
		link[n > 0 ? n : 0] = 0;
		if (n > 5 && strncmp(link, "net:[", 5) == 0)
			see_namespace(&all, strtoull(link + 5, NULL, 10));
	}
	if (processes)
		closedir(processes);
	return all.count;
}
