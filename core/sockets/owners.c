/* SPDX-License-Identifier: MIT */
/*
 * Inode of a socket, id of its control group -> process and unit.
 *
 * sock_diag says the id of the control group in which a socket was made; the id is the inode of
 * the group's directory, so the unit can be named without privilege, and only its processes need
 * to be looked through. Where that fails all processes are, for a limited time: those of this
 * network namespace first, and the first files of each before the last ones of any, so that one
 * program with a million files does not use up the time.
 * Source: kernel net/core/sock_diag.c, fs/kernfs; proc(5).
 */
#include "sockets/sockets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DEPTH_MAX   12
#define FIRST_FILES 1024
#define ALL_FILES   UINT_MAX

struct search {
	struct nv_owner *owner;
	unsigned count, missing;
	double end_s;
	bool denied;
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool over(const struct search *search)
{
	return !search->missing || now_s() > search->end_s;
}

/* ---- units
 * ------------------------------------------------------------------------------------------------
 */

static bool ends_with(const char *text, size_t length, const char *end)
{
	size_t n = strlen(end);

	return length >= n && memcmp(text + length - n, end, n) == 0;
}

/* A container's id is 64 digits; 12 of them are what people see. */
static size_t shortened(const char *part, size_t length)
{
	size_t digits = 0, start = 0;

	for (size_t i = 0; i < length; i++) {
		bool hex = (part[i] >= '0' && part[i] <= '9') || (part[i] >= 'a' && part[i] <= 'f');

		if (!hex)
			start = i + 1;
		digits = hex ? i + 1 - start : 0;
		if (digits == 64)
			return start + 12;
	}
	return length;
}

void nv_unit_of_path(const char *path, char unit[NV_NAME_SIZE])
{
	const char *best = "", *part = path;
	size_t best_length = 0;
	bool named = false;

	while (*part) {
		size_t length;

		part += strspn(part, "/");
		length = strcspn(part, "/\n");
		if (!length)
			break;
		/* The innermost unit, or else the innermost group. */
		if (ends_with(part, length, ".service") || ends_with(part, length, ".scope")) {
			named = true;
			best = part;
			best_length = length;
		} else if (!named || shortened(part, length) != length) {
			best = part;
			best_length = length;
		}
		part += length;
	}
	best_length = shortened(best, best_length);
	nv_copy_text(unit, NV_NAME_SIZE, (struct nv_text){ best, best + best_length });
}

static size_t read_small(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (fd >= 0)
		close(fd);
	buf[got > 0 ? got : 0] = 0;
	return got > 0 ? (size_t)got : 0;
}

static void name_process(struct nv_owner *owner, int pid)
{
	char path[64], text[4096], *line;

	owner->pid = pid;
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	read_small(path, text, sizeof(text));
	/* A program names itself as it likes. */
	nv_copy_text(owner->process, sizeof(owner->process),
		(struct nv_text){ text, text + strcspn(text, "\n") });
	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	read_small(path, text, sizeof(text));
	/* "0::/system.slice/nginx.service"; before, one line a controller. */
	line = strstr(text, "0::/");
	if (!line || !line[4] || line[4] == '\n')
		line = strstr(text, ":name=systemd:/");
	if (line)
		nv_unit_of_path(strchr(line, '/'), owner->unit);
}

/* ---- processes
 * ---------------------------------------------------------------------------------------------- */

static void look_through(struct search *search, int pid, unsigned files)
{
	char path[64], link[64];
	struct dirent *entry;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	fds = opendir(path);
	if (!fds) {
		search->denied |= errno == EACCES;
		return;
	}
	while (search->missing && files && (entry = readdir(fds)) != NULL) {
		ssize_t length = readlinkat(dirfd(fds), entry->d_name, link, sizeof(link) - 1);
		unsigned long inode;

		/* The clock is asked now and then. */
		if (--files % 1024 == 0 && over(search))
			break;
		if (length < 9 || memcmp(link, "socket:[", 8) != 0)
			continue;
		link[length] = 0;
		inode = strtoul(link + 8, NULL, 10);
		for (unsigned i = 0; i < search->count; i++) {
			struct nv_owner *owner = &search->owner[i];

			if (owner->pid || !owner->inode || owner->inode != inode)
				continue;
			name_process(owner, pid);
			search->missing--;
		}
	}
	closedir(fds);
}

/* Whether the process lives in this network namespace; where that cannot be seen, it may. */
static bool same_namespace(int pid)
{
	struct stat own, its;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return stat("/proc/thread-self/ns/net", &own) != 0 || stat(path, &its) != 0 ||
		(own.st_dev == its.st_dev && own.st_ino == its.st_ino);
}

static void look_through_all(struct search *search, bool neighbours, unsigned files)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;

	while (processes && !over(search) && (entry = readdir(processes)) != NULL) {
		int pid = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? atoi(entry->d_name)
									     : 0;

		if (pid && same_namespace(pid) == neighbours)
			look_through(search, pid, files);
	}
	if (processes)
		closedir(processes);
}

/* ---- control groups
 * ------------------------------------------------------------------------------------------- */

static void look_through_group(struct search *search, const char *group)
{
	char path[NV_PATH_SIZE + 16];
	FILE *members;
	int pid;

	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	members = fopen(path, "re");
	if (!members)
		return;
	while (!over(search) && fscanf(members, "%d", &pid) == 1)
		if (pid > 0)
			look_through(search, pid, ALL_FILES);
	fclose(members);
}

/* The directories below path whose inodes are asked for. */
static void find_groups(struct search *search, char *path, size_t mount_length, unsigned depth)
{
	size_t length = strlen(path);
	struct dirent *entry;
	struct stat info;
	DIR *directory;

	if (now_s() > search->end_s || depth > DEPTH_MAX || stat(path, &info) != 0)
		return;
	for (unsigned i = 0; i < search->count; i++) {
		struct nv_owner *owner = &search->owner[i];

		if (owner->unit[0] || owner->cgroup != (uint64_t)info.st_ino)
			continue;
		nv_unit_of_path(path + mount_length, owner->unit);
		if (!owner->pid && owner->inode && depth)
			look_through_group(search, path);
	}
	directory = opendir(path);
	while (directory && (entry = readdir(directory)) != NULL) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
			length + strlen(entry->d_name) + 2 > NV_PATH_SIZE)
			continue;
		path[length] = '/';
		strcpy(path + length + 1, entry->d_name);
		find_groups(search, path, mount_length, depth + 1);
		path[length] = 0;
	}
	if (directory)
		closedir(directory);
}

bool nv_owners_find(struct nv_owner *owners, unsigned count, double limit_s)
{
	static const char *const mounts[] = { "/sys/fs/cgroup/unified", "/sys/fs/cgroup" };
	struct search search = { .owner = owners, .count = count, .end_s = now_s() + limit_s };
	char path[NV_PATH_SIZE];

	for (unsigned i = 0; i < count; i++)
		search.missing += owners[i].inode != 0;
	for (unsigned i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", mounts[i]);
		if (access(path, F_OK) != 0)
			continue; /* not mounted, or only the old hierarchies are there */
		snprintf(path, sizeof(path), "%s", mounts[i]);
		find_groups(&search, path, strlen(path), 0);
		break;
	}
	look_through_all(&search, true, FIRST_FILES);
	look_through_all(&search, true, ALL_FILES);
	look_through_all(&search, false, ALL_FILES);
	return !search.denied;
}
