/* SPDX-License-Identifier: MIT */
/*
 * Captures on disk -> their texts: a file, standard input, or those files of a directory (a
 * sosreport, a copy of /proc) that may have to do with the network.
 */
#include "cli.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MOST = 256 << 20, DEPTH_MOST = 8, MANY_FILES = 300 };

static unsigned unit_at(const unsigned char *at, bool big)
{
	return big ? (unsigned)at[0] << 8 | at[1] : (unsigned)at[1] << 8 | at[0];
}

static char *put_utf8(char *to, unsigned c)
{
	if (c >= 0x10000) {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
	} else if (c >= 0x800) {
		*to++ = (char)(0xe0 | c >> 12);
	}
	if (c >= 0x800)
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	else if (c >= 0x80)
		*to++ = (char)(0xc0 | c >> 6);
	*to++ = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
	return to;
}

/* Without a mark in front: every other octet of plain text is 0. -1 no, else is it big-endian? */
static int looks_wide(const unsigned char *at, size_t length)
{
	unsigned zeros[2] = { 0, 0 };

	length = length < 400 ? length & ~1u : 400;
	for (size_t i = 0; i < length; i++)
		zeros[i & 1] += at[i] == 0;
	if (length < 8 || (zeros[0] && zeros[1]) || (zeros[0] + zeros[1]) * 20 < length * 9)
		return -1;
	return zeros[0] > 0;
}

/* PowerShell saves what > catches in UTF-16, mostly with a mark in front. NULL: no memory. */
static char *from_utf16(char *text, size_t *length)
{
	const unsigned char *at = (const unsigned char *)text, *end = at + *length;
	bool big = *length >= 2 && at[0] == 0xfe && at[1] == 0xff;
	bool marked = big || (*length >= 2 && at[0] == 0xff && at[1] == 0xfe);
	int guess = marked ? big : looks_wide(at, *length);
	char *wide, *to;

	if (guess < 0)
		return text;
	big = guess;
	wide = to = malloc(*length * 2); /* a unit of two octets becomes three at most */
	for (at += marked ? 2 : 0; wide && end - at >= 2; at += 2) {
		unsigned c = unit_at(at, big);
		unsigned low = c >= 0xd800 && c < 0xdc00 && end - at >= 4 ? unit_at(at + 2, big)
									  : 0;

		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			at += 2;
		} else if (c >= 0xd800 && c < 0xe000) {
			c = 0xfffd; /* half a character */
		}
		to = put_utf8(to, c);
	}
	*length = (size_t)(to - wide);
	free(text);
	return wide;
}

char *cli_read_file(const char *path, size_t *length)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	size_t room = 1 << 16, n;
	char *text = malloc(room);

	*length = 0;
	while (file && text && (n = fread(text + *length, 1, room - *length, file)) > 0) {
		char *more;

		*length += n;
		if (*length < room)
			continue;
		more = room < FILE_MOST ? realloc(text, room * 2) : NULL;
		if (!more) {
			errno = EFBIG;
			break;
		}
		text = more;
		room *= 2;
	}
	if (!file || !text || ferror(file) || *length == room) {
		cli_fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
		free(text);
		text = NULL;
	}
	if (file && file != stdin)
		fclose(file);
	return text ? from_utf16(text, length) : NULL;
}

/* In a large tree (a sosreport) only what has to do with the network, and of this namespace. */
static bool is_wanted(const char *path, bool large)
{
	static const char *const skip[] = { "netns", "/proc/net/route", "/proc/net/arp", ".gz",
		".xz", ".pcap", "/net/unix", "/net/packet", "/net/udplite", "/net/raw" };
	static const char *const want[] = { "netstat", "nstat", "/ss_", "/net/snmp", "/net/dev",
		"/net/sockstat", "/net/tcp", "/net/udp", "hostname", "/date", "uname", "/tcp_mem",
		"/udp_mem", "/tcp_max_orphans", "/tcp_max_tw_buckets", "/ip_local_port_range",
		"/nf_conntrack_", "/softnet_stat", "/ethtool_-S", "/ip_-s", "/tc_-s",
		"/conntrack_-S", "/sysctl_-a" };

	for (size_t i = 0; i < sizeof(skip) / sizeof(skip[0]); i++)
		if (strstr(path, skip[i]))
			return false;
	for (size_t i = 0; large && i < sizeof(want) / sizeof(want[0]); i++)
		if (strstr(path, want[i]))
			return true;
	return !large;
}

static unsigned count_files(const char *path, unsigned depth)
{
	DIR *dir = depth ? opendir(path) : NULL;
	struct dirent *entry;
	unsigned count = 0;

	while (dir && count < MANY_FILES && (entry = readdir(dir))) {
		char name[NV_PATH_SIZE * 2];
		struct stat status;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (lstat(name, &status) == 0)
			count += S_ISDIR(status.st_mode) ? count_files(name, depth - 1) : 1;
	}
	if (dir)
		closedir(dir);
	return count;
}

static int walk(const char *path, bool large, unsigned depth,
	int (*visit)(const char *path, void *context), void *context)
{
	struct dirent **list;
	int count = scandir(path, &list, NULL, alphasort), taken = 0;

	if (count < 0)
		return 0;
	for (int i = 0; i < count; i++) {
		char name[NV_PATH_SIZE * 2];
		struct stat status;

		snprintf(name, sizeof(name), "%s/%s", path, list[i]->d_name);
		if (list[i]->d_name[0] != '.' && lstat(name, &status) == 0) {
			if (S_ISDIR(status.st_mode) && depth)
				taken += walk(name, large, depth - 1, visit, context);
			else if (S_ISREG(status.st_mode) && is_wanted(name, large))
				taken += visit(name, context) == 0;
		}
		free(list[i]);
	}
	free(list);
	return taken;
}

bool cli_is_directory(const char *path)
{
	struct stat status;

	return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

int cli_walk(const char *path, int (*visit)(const char *path, void *context), void *context)
{
	return walk(path, count_files(path, DEPTH_MOST) >= MANY_FILES, DEPTH_MOST, visit, context);
}
