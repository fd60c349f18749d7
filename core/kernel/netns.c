/* SPDX-License-Identifier: MIT */
/*
 * /proc -> network namespaces, their names, their counters.
 *
 * /proc/PID/net/snmp is readable by everybody and has one inode number a namespace;
 * /proc/PID/ns/net would need the right to trace. Names come from the control group of a process,
 * since the runtimes write there what a container is.
 */
#include "kernel/netns.h"
#include "kernel/kernel.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MAX = 256 * 1024, CGROUP_MAX = 8192 };

/* ---- discovery ------------------------------------------------------------------------------- */

uint64_t nv_netns_inode(const char *pid)
{
	char path[48];
	struct stat about;

	snprintf(path, sizeof(path), "/proc/%.16s/net/snmp", pid);
	return stat(path, &about) == 0 ? (uint64_t)about.st_ino : 0;
}

int nv_netns_walk(void (*take)(void *context, int pid, uint64_t inode), void *context)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	int unseen = 0;

	if (!processes)
		return -1;
	while ((entry = readdir(processes)) != NULL) {
		if (!nv_is_digit(entry->d_name[0]))
			continue;
		uint64_t inode = nv_netns_inode(entry->d_name);

		if (inode)
			take(context, atoi(entry->d_name), inode);
		else
			unseen++;
	}
	closedir(processes);
	return unseen;
}

/* ---- names ----------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void put_name(
	struct nv_netns_name *out, const char *format, ...)
{
	char name[2 * NV_NAME_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	nv_copy_text(out->name, sizeof(out->name), nv_as_text(name));
}

static bool is_hex(struct nv_text text)
{
	for (const char *c = text.at; c < text.end; c++)
		if (!nv_is_digit(*c) && !(*c >= 'a' && *c <= 'f'))
			return false;
	return text.end > text.at;
}

/* The first 64 hexadecimal digits behind `lead`: how runtimes number containers. */
static bool find_container(struct nv_text line, const char *lead, struct nv_text *id)
{
	size_t length = strlen(lead);

	for (const char *c = line.at; c + length + 64 <= line.end; c++) {
		struct nv_text digits = { c + length, c + length + 64 };

		if (memcmp(c, lead, length) == 0 && is_hex(digits)) {
			*id = digits;
			return true;
		}
	}
	return false;
}

/* What stands behind `lead` up to `end` or the end of the line. */
static bool find_word(struct nv_text line, const char *lead, const char *end, struct nv_text *word)
{
	size_t length = strlen(lead);

	for (const char *c = line.at; c + length < line.end; c++) {
		if (memcmp(c, lead, length) != 0)
			continue;
		word->at = c + length;
		for (word->end = word->at; word->end < line.end; word->end++) {
			struct nv_text rest = { word->end, line.end };

			if (nv_starts(rest, end))
				break;
		}
		return word->end > word->at;
	}
	return false;
}

/* Systemd writes a uid with underscores and other bytes as \x2d. */
static void copy_unescaped(char *to, size_t size, struct nv_text from, bool underscores)
{
	char plain[NV_NAME_SIZE];
	size_t used = 0;

	for (const char *c = from.at; c < from.end && used + 1 < sizeof(plain); c++) {
		struct nv_text code = { c + 2, c + 4 };
		uint64_t value;

		if (*c == '\\' && from.end - c >= 4 && c[1] == 'x' && nv_hex_number(code, &value)) {
			plain[used++] = (char)value;
			c += 3;
		} else {
			plain[used++] = underscores && *c == '_' ? '-' : *c;
		}
	}
	nv_copy_text(to, size, (struct nv_text){ plain, plain + used });
}

/* The directories of the kubelet's logs are NAMESPACE_POD_UID. */
static bool find_pod(const char *pods, const char *uid, char name[NV_NAME_SIZE])
{
	DIR *logs = opendir(pods);
	struct dirent *entry;
	bool found = false;

	while (logs && !found && (entry = readdir(logs)) != NULL) {
		const char *first = strchr(entry->d_name, '_'), *last = strrchr(entry->d_name, '_');

		if (!first || last == first || strcmp(last + 1, uid) != 0)
			continue;
		char both[2 * NV_NAME_SIZE];

		snprintf(both, sizeof(both), "%.*s/%.*s", (int)(first - entry->d_name),
			entry->d_name, (int)(last - first - 1), first + 1);
		nv_copy_text(name, NV_NAME_SIZE, nv_as_text(both));
		found = true;
	}
	if (logs)
		closedir(logs);
	return found;
}

static const struct {
	const char *kind, *lead;
} runtimes[] = {
	{ "docker", "docker-" },
	{ "docker", "docker/" },
	{ "podman", "libpod-" },
	{ "cri-o", "crio-" },
	{ "containerd", "cri-containerd-" },
	{ "containerd", "/" },
};

bool nv_netns_name_of(struct nv_text cgroup, const char *pods, struct nv_netns_name *out)
{
	struct nv_text line, word;

	while (nv_next_line(&cgroup, &line)) {
		if (nv_contains(line, "kubepods") &&
			(find_word(line, "-pod", ".slice", &word) ||
				find_word(line, "/pod", "/", &word))) {
			out->kind = "pod";
			copy_unescaped(out->id, sizeof(out->id), word, true);
			if (!find_pod(pods, out->id, out->name))
				put_name(out, "pod %.50s", out->id);
			return true;
		}
		for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++)
			if (find_container(line, runtimes[i].lead, &word)) {
				out->kind = runtimes[i].kind;
				nv_copy_text(out->id, sizeof(out->id), word);
				put_name(out, "%s %.12s", out->kind, out->id);
				return true;
			}
		if (find_word(line, "lxc.payload.", "/", &word) ||
			find_word(line, "/lxc/", "/", &word))
			out->kind = "lxc";
		else if (find_word(line, "machine-", ".scope", &word))
			out->kind = "machine";
		else
			continue;
		copy_unescaped(out->name, sizeof(out->name), word, false);
		nv_copy_text(out->id, sizeof(out->id), nv_as_text(out->name));
		return true;
	}
	return false;
}

static size_t read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, size) : -1;

	if (fd >= 0)
		close(fd);
	return n > 0 ? (size_t)n : 0;
}

/* Who may look at ns/net of that process may compare it with what ip(8) has named. */
static bool find_named(int pid, struct nv_netns_name *out)
{
	DIR *named = opendir("/run/netns");
	struct stat own, other;
	struct dirent *entry;
	char path[NV_PATH_SIZE];
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	if (named && stat(path, &own) == 0)
		while (!found && (entry = readdir(named)) != NULL) {
			snprintf(path, sizeof(path), "/run/netns/%s", entry->d_name);
			found = stat(path, &other) == 0 && other.st_ino == own.st_ino &&
				other.st_dev == own.st_dev;
			if (found)
				nv_copy_text(
					out->name, sizeof(out->name), nv_as_text(entry->d_name));
		}
	if (named)
		closedir(named);
	out->kind = "named";
	return found;
}

void nv_netns_name(int pid, struct nv_netns_name *out)
{
	char path[48], text[CGROUP_MAX], comm[NV_NAME_SIZE];
	size_t length;

	memset(out, 0, sizeof(*out));
	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	length = read_text(path, text, sizeof(text));
	if (nv_netns_name_of((struct nv_text){ text, text + length }, "/var/log/pods", out) ||
		find_named(pid, out))
		return;
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	length = read_text(path, text, sizeof(text));
	nv_copy_text(comm, sizeof(comm), nv_trim((struct nv_text){ text, text + length }));
	out->kind = "process";
	put_name(out, "%.40s[%d]", comm, pid);
}

/* ---- counters -------------------------------------------------------------------------------- */

typedef int read_text_of(
	struct nv_plan *, enum nv_file, struct nv_text, struct nv_snapshot *, struct nv_error *);

static const struct {
	enum nv_file id;
	const char *name;
	read_text_of *read;
} texts[] = {
	{ NV_FILE_SNMP, "snmp", nv_read_pairs },
	{ NV_FILE_NETSTAT, "netstat", nv_read_pairs },
	{ NV_FILE_SNMP6, "snmp6", nv_read_names },
	{ NV_FILE_SOCKSTAT, "sockstat", nv_read_sockstat },
	{ NV_FILE_SOCKSTAT6, "sockstat6", nv_read_sockstat },
};

bool nv_netns_read(struct nv_netns_reader *reader, int pid, uint64_t inode, struct nv_snapshot *to,
	struct nv_error *err)
{
	struct nv_buffer *b = &reader->buffer;
	struct stat about;
	char path[48];

	nv_snapshot_clear(to);
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(path, sizeof(path), "/proc/%d/net/%s", pid, texts[i].name);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		bool right = fd >= 0 &&
			(i || (fstat(fd, &about) == 0 && (uint64_t)about.st_ino == inode));
		bool got = right && nv_read_whole(fd, b, TEXT_MAX, NV_END_AT_SHORT) == 0;

		if (fd >= 0)
			close(fd);
		if (!got && i == 0)
			return false;
		struct nv_text text = { b->at, b->at + b->used };

		if (got && !nv_plan_read(&reader->plans[i], text, to))
			texts[i].read(&reader->plans[i], texts[i].id, text, to, err);
	}
	nv_clocks_read(to);
	return true;
}
