/* SPDX-License-Identifier: MIT */
/*
 * Mutes and acknowledgements: a file of each user in the state directory for all front ends, a line
 * each: kind, name, made, until, by whom, why, separated by tabs. Written as a whole beside and
 * renamed.
 */
#include "engine/plain_file.h"
#include "engine/state_file.h"
#include "nv_memory.h"
#include "text/out.h"
#include "text/text.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LARGEST (NV_MUTES * UINT64_C(1024))

static int fail(struct nv_error *err, const char *what, const char *path)
{
	snprintf(err->text, sizeof(err->text), "%s %.*s: %s", what, NV_PATH_SIZE, path,
		strerror(errno));
	return -1;
}

/*
 * Everyone has a file of his own, "mutes" root and "mutes.UID" the others: who owns the directory
 * can replace any file in it, but not make one that belongs to someone else.
 */
static void path_of(const char *dir, uid_t user, char *path, size_t size)
{
	if (user == 0)
		snprintf(path, size, "%.*s/mutes", NV_PATH_SIZE, dir);
	else
		snprintf(path, size, "%.*s/mutes.%u", NV_PATH_SIZE, dir, (unsigned)user);
}

static void copy_word(char *to, size_t size, const char *from)
{
	nv_copy_text(to, size, nv_as_text(from));
}

static bool read_line(char *line, struct nv_mute *mute)
{
	char *field[6], *rest = line;

	line[strcspn(line, "\n")] = 0;
	for (unsigned i = 0; i < 6; i++) {
		field[i] = strsep(&rest, "\t");
		if (!field[i])
			return false;
	}
	memset(mute, 0, sizeof(*mute));
	mute->acknowledged = strcmp(field[0], "ack") == 0;
	if (!mute->acknowledged && strcmp(field[0], "mute") != 0)
		return false;
	copy_word(mute->name, sizeof(mute->name), field[1]);
	mute->made_s = strtoll(field[2], NULL, 10);
	mute->until_s = strtoll(field[3], NULL, 10);
	copy_word(mute->by, sizeof(mute->by), field[4]);
	copy_word(mute->why, sizeof(mute->why), field[5]);
	return mute->until_s > 0;
}

/* Those of one user, which are believed because the file is his. -1: err says why. */
static int read_of(const char *dir, uid_t user, int64_t now_s, struct nv_mute *out, unsigned room,
	struct nv_error *err)
{
	char path[NV_PATH_SIZE + 32], line[1024];
	unsigned n = 0;
	struct stat info;
	FILE *file;
	int fd;

	path_of(dir, user, path, sizeof(path));
	fd = nv_open_plain(path, LARGEST, &info, err);
	if (fd == NV_PLAIN_NONE)
		return 0;
	if (fd < 0)
		return -1;
	if (info.st_uid != user) {
		snprintf(err->text, sizeof(err->text), "%.*s is not of user %u: it is not believed",
			NV_PATH_SIZE, path, (unsigned)user);
		close(fd);
		return -1;
	}
	file = fdopen(fd, "r");
	if (!file) {
		close(fd);
		return fail(err, "cannot read", path);
	}
	while (n < room && fgets(line, sizeof(line), file))
		if (read_line(line, &out[n]) && out[n].until_s > now_s)
			n++;
	fclose(file);
	return (int)n;
}

/* By name or number. False: nobody is named so. */
static bool find_user(const char *name, uid_t *user)
{
	char *end;
	unsigned long number = strtoul(name, &end, 10);
	const struct passwd *entry;

	if (*name >= '0' && *name <= '9' && !*end && number < UINT32_MAX) {
		*user = (uid_t)number;
		return true;
	}
	entry = getpwnam(name);
	if (entry)
		*user = entry->pw_uid;
	return entry != NULL;
}

int nv_mutes_read(const char *dir, const char *also_from, int64_t now_s, struct nv_mute *out,
	unsigned room, struct nv_error *err)
{
	uid_t users[3] = { 0, geteuid() };
	unsigned count = users[1] ? 2 : 1, n = 0;

	if (also_from && also_from[0] && find_user(also_from, &users[count]))
		count++;
	for (unsigned i = 0; i < count; i++) {
		int more = read_of(dir, users[i], now_s, out + n, room - n, err);

		if (more < 0)
			return -1;
		n += (unsigned)more;
	}
	return (int)n;
}

/* The newer one replaces that of the same name. Returns how many stay. */
static int drop_name(struct nv_mute *list, int n, const char *name)
{
	int kept = 0;

	for (int i = 0; i < n; i++)
		if (strcmp(list[i].name, name) != 0)
			list[kept++] = list[i];
	return kept;
}

static void put_line(struct nv_out *out, const struct nv_mute *mute)
{
	struct nv_mute clean = *mute;

	copy_word(clean.by, sizeof(clean.by), mute->by);
	copy_word(clean.why, sizeof(clean.why), mute->why);
	nv_put(out, "%s\t%s\t%lld\t%lld\t%s\t%s\n", clean.acknowledged ? "ack" : "mute", clean.name,
		(long long)clean.made_s, (long long)clean.until_s, clean.by, clean.why);
}

static int write_all(const char *path, const struct nv_mute *list, int n, const struct nv_mute *one,
	struct nv_error *err)
{
	char text[NV_MUTES * sizeof(struct nv_mute)];
	struct nv_out out = { text, sizeof(text), 0 };

	for (int i = 0; i < n; i++)
		put_line(&out, &list[i]);
	put_line(&out, one);
	return nv_file_replace(
		path, text, out.used < sizeof(text) ? out.used : sizeof(text) - 1, err);
}

int nv_mutes_add(const char *dir, int64_t now_s, const struct nv_mute *mute, struct nv_error *err)
{
	struct nv_mute list[NV_MUTES];
	char path[NV_PATH_SIZE + 32];
	int n, lock, result = -1;

	path_of(dir, geteuid(), path, sizeof(path));
	/* Locked before it is read: two that add at once keep both. */
	lock = nv_state_lock(path, err);
	if (lock < 0)
		return -1;
	n = read_of(dir, geteuid(), now_s, list, NV_MUTES, err);
	if (n < 0)
		goto out;
	n = drop_name(list, n, mute->name);
	if (n == NV_MUTES) {
		snprintf(err->text, sizeof(err->text),
			"%d are in force, the most there can be: end one with --until now",
			NV_MUTES);
		goto out;
	}
	result = write_all(path, list, n, mute, err);
out:
	close(lock);
	return result;
}
