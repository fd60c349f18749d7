/* SPDX-License-Identifier: MIT */
/*
 * The one way in which a file is opened that stands in a directory of someone else: a regular
 * file, no link to one, no pipe and no device, of root, of the one who asks or of the directory's
 * owner, and no larger than it can be. Nothing there holds up or leads astray whoever reads it.
 */
#include "engine/plain_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(struct nv_error *err, const char *path, const char *why)
{
	snprintf(err->text, sizeof(err->text), "%.*s %s: it is not read", NV_PATH_SIZE, path, why);
	return NV_PLAIN_REFUSED;
}

bool nv_directory_of(const char *path, struct stat *info)
{
	char directory[NV_PATH_SIZE + NV_NAME_SIZE + 32];
	char *slash;

	snprintf(directory, sizeof(directory), "%s", path);
	slash = strrchr(directory, '/');
	if (slash)
		*slash = 0;
	return stat(slash ? directory[0] ? directory : "/" : ".", info) == 0;
}

static const char *what_is_wrong(const char *path, const struct stat *file, uint64_t most)
{
	struct stat directory;

	if (!S_ISREG(file->st_mode))
		return "is no regular file";
	if (file->st_uid != 0 && file->st_uid != geteuid() &&
		!(nv_directory_of(path, &directory) && directory.st_uid == file->st_uid))
		return "belongs to another user";
	if (file->st_size < 0 || (uint64_t)file->st_size > most)
		return "is larger than it can be";
	return NULL;
}

int nv_open_plain(const char *path, uint64_t most, struct stat *info, struct nv_error *err)
{
	struct stat own;
	struct stat *file = info ? info : &own;
	const char *wrong;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 && errno == ENOENT)
		return NV_PLAIN_NONE;
	if (fd < 0 && errno == ELOOP)
		return refuse(err, path, "is a link");
	if (fd < 0 || fstat(fd, file) != 0) {
		snprintf(err->text, sizeof(err->text), "cannot read %.*s: %s", NV_PATH_SIZE, path,
			strerror(errno));
		if (fd >= 0)
			close(fd);
		return NV_PLAIN_REFUSED;
	}
	wrong = what_is_wrong(path, file, most);
	if (!wrong)
		return fd;
	close(fd);
	return refuse(err, path, wrong);
}

int nv_create_plain(const char *path, mode_t mode)
{
	/* Whatever stands there is not written into: another's file, or a link to one. */
	if (unlink(path) != 0 && errno != ENOENT)
		return -1;
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
}

void nv_give_to_directory(int fd, const char *path, bool owner)
{
	struct stat directory, file;

	if (geteuid() != 0 || !nv_directory_of(path, &directory) || fstat(fd, &file) != 0 ||
		!S_ISREG(file.st_mode) || file.st_nlink != 1)
		return;
	/* Where that cannot be, it is root's alone. */
	if (fchown(fd, owner ? directory.st_uid : (uid_t)-1, directory.st_gid) != 0)
		errno = 0;
}
