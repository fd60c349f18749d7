/* SPDX-License-Identifier: MIT */
/*
 * Memory on disk: bytes <-> a file that is whole or is not there. Written beside, synced, and put
 * in place by rename; the one before stays as PATH.previous. What cannot be used is set aside as
 * PATH.bad with its reason, and the previous one is tried. Nothing here is ever fatal.
 */
#include "engine/state_file.h"
#include "engine/plain_file.h"
#include "text/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* As in memory: the number `order` reveals a file of a machine with another byte order. */
struct header {
	char magic[8];
	uint32_t order, version;
	uint64_t size, checksum;
};

static const char magic[8] = { 'n', 'e', 't', 'v', 'i', 't', 's', '\n' };
#define ORDER   0x01020304U
#define LARGEST (UINT64_C(16) << 20) /* of any release */

static int fail(struct nv_error *err, const char *what, const char *path)
{
	snprintf(err->text, sizeof(err->text), "%s %.*s: %s", what, NV_PATH_SIZE, path,
		strerror(errno));
	return -1;
}

static bool write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size > 0) {
		ssize_t n = write(fd, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

static bool read_all(int fd, void *data, size_t size)
{
	char *at = data;

	while (size > 0) {
		ssize_t n = read(fd, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

/* The rename itself must survive a power cut. A file system that cannot is not asked twice. */
static void sync_directory(const char *path)
{
	char directory[NV_PATH_SIZE + 16];
	char *slash;
	int fd;

	snprintf(directory, sizeof(directory), "%s", path);
	slash = strrchr(directory, '/');
	if (!slash)
		return;
	*slash = 0;
	fd = open(directory[0] ? directory : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

void *nv_state_block(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

void nv_state_block_clear(void *block, size_t size)
{
	if (madvise(block, size, MADV_DONTNEED) != 0)
		memset(block, 0, size);
}

void nv_state_block_free(void *block, size_t size)
{
	if (block)
		munmap(block, size);
}

/* A whole file beside, synced: header may be NULL. */
static int write_beside(const char *beside, const struct header *header, const void *data,
	size_t size, struct nv_error *err)
{
	int fd = nv_create_plain(beside, 0640);
	bool written;

	if (fd < 0)
		return fail(err, "cannot write", beside);
	nv_give_to_directory(fd, beside, header != NULL);
	written = (!header || write_all(fd, header, sizeof(*header))) &&
		write_all(fd, data, size) && fsync(fd) == 0;
	if (close(fd) != 0 || !written) {
		fail(err, "cannot write", beside);
		unlink(beside);
		return -1;
	}
	return 0;
}

/* PATH becomes PATH.previous as well, and stays: no moment has neither. */
static int keep_previous(const char *path, struct nv_error *err)
{
	char previous[NV_PATH_SIZE + 16];

	snprintf(previous, sizeof(previous), "%s.previous", path);
	if (unlink(previous) != 0 && errno != ENOENT)
		return fail(err, "cannot replace", previous);
	/* A file system without links keeps no previous one: the rename alone is whole as well. */
	if (link(path, previous) != 0 && errno != ENOENT && errno != EPERM && errno != EOPNOTSUPP &&
		errno != EMLINK)
		return fail(err, "cannot keep the previous", path);
	return 0;
}

static int put_in_place(const char *beside, const char *path, struct nv_error *err)
{
	if (rename(beside, path) != 0) {
		fail(err, "cannot replace", path);
		unlink(beside);
		return -1;
	}
	sync_directory(path);
	return 0;
}

int nv_file_replace(const char *path, const void *data, size_t size, struct nv_error *err)
{
	char beside[NV_PATH_SIZE + 48];

	snprintf(beside, sizeof(beside), "%s.new", path);
	if (write_beside(beside, NULL, data, size, err))
		return -1;
	return put_in_place(beside, path, err);
}

int nv_state_write(
	const char *path, uint32_t version, const void *data, size_t size, struct nv_error *err)
{
	char beside[NV_PATH_SIZE + 16];
	struct header header = { .order = ORDER, .version = version, .size = size };

	memcpy(header.magic, magic, sizeof(magic));
	header.checksum = nv_hash(data, size);
	snprintf(beside, sizeof(beside), "%s.new", path);
	if (write_beside(beside, &header, data, size, err) || keep_previous(path, err))
		return -1;
	return put_in_place(beside, path, err);
}

/* NULL: well; otherwise what is wrong with it. */
static const char *read_checked(int fd, const struct nv_state_reader *reader)
{
	struct header header;

	if (!read_all(fd, &header, sizeof(header)))
		return "is truncated: it has no complete header";
	if (memcmp(header.magic, magic, sizeof(magic)) != 0)
		return "is no state file of netvitals";
	if (header.order != ORDER)
		return "was written on a machine with another byte order";
	if (header.size > reader->room)
		return "is larger than a state file can be";
	if (!read_all(fd, reader->bytes, (size_t)header.size))
		return "is truncated: it ends too early";
	if (nv_hash(reader->bytes, (size_t)header.size) != header.checksum)
		return "is damaged: its checksum does not fit";
	return reader->decode ? reader->decode(reader->context, header.version, reader->bytes,
					(size_t)header.size)
			      : NULL;
}

/* 1: read; 0: there is none; -1: err says why. wrong: it is the content that is wrong. */
static int read_one(
	const char *path, const struct nv_state_reader *reader, bool *wrong, struct nv_error *err)
{
	int fd = nv_open_plain(path, LARGEST, NULL, err);
	const char *what;

	*wrong = false;
	if (fd < 0)
		return fd == NV_PLAIN_NONE ? 0 : -1;
	what = read_checked(fd, reader);
	close(fd);
	if (!what)
		return 1;
	*wrong = true;
	snprintf(err->text, sizeof(err->text), "%.*s %s", NV_PATH_SIZE, path, what);
	return -1;
}

int nv_state_read(const char *path, const struct nv_state_reader *reader, bool set_aside,
	struct nv_error *err)
{
	char other[NV_PATH_SIZE + 16];
	struct nv_error ignored;
	bool wrong, wrong_too;
	int result = read_one(path, reader, &wrong, err);

	if (result > 0)
		return 1;
	if (wrong && set_aside) {
		snprintf(other, sizeof(other), "%s.bad", path);
		if (rename(path, other) == 0)
			strncat(err->text, "; set aside as .bad",
				sizeof(err->text) - strlen(err->text) - 1);
	}
	snprintf(other, sizeof(other), "%s.previous", path);
	if (read_one(other, reader, &wrong_too, &ignored) > 0) {
		if (result < 0)
			strncat(err->text, "; the previous one is used",
				sizeof(err->text) - strlen(err->text) - 1);
		return result < 0 ? 2 : 1;
	}
	return result;
}

int nv_state_lock(const char *path, struct nv_error *err)
{
	char lock[NV_PATH_SIZE + 16];
	struct stat info;
	int fd;

	snprintf(lock, sizeof(lock), "%s.lock", path);
	/* Not for writing: a file system must not be kept from becoming read-only. */
	/* Whoever can open it can lock it: nobody else. */
	fd = open(lock, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return fail(err, "cannot write", lock) - 1;
	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 1 &&
		(info.st_mode & 077) && (info.st_uid == geteuid() || geteuid() == 0) &&
		fchmod(fd, 0600) != 0)
		errno = 0; /* of a read-only file system: as it is */
	nv_give_to_directory(fd, lock, true);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (errno == EWOULDBLOCK)
		snprintf(err->text, sizeof(err->text), "%.*s is in use by another process",
			NV_PATH_SIZE, path);
	else
		fail(err, "cannot lock", lock);
	close(fd);
	return -1;
}
