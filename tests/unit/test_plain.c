/* SPDX-License-Identifier: MIT */
/*
 * Files in a directory that belongs to somebody else: what is no plain file of a known owner is not
 * read and holds up nobody; locks are for their owner; whose mutes are believed.
 */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "engine_run.h"

#include "engine/plain_file.h"
#include "engine/state_file.h"
#include "nv_memory.h"

enum { SOMEBODY = 65534, ANOTHER = 65533 };

static char dir[64];
static struct nv_error err;

static int begin_plain(void **state)
{
	(void)state;
	memset(&err, 0, sizeof(err));
	make_directory(dir);
	return 0;
}

static int end_plain(void **state)
{
	(void)state;
	remove_directory(dir);
	return 0;
}

static const char *in(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void what_is_no_plain_file(void **state)
{
	int fd;

	(void)state;
	put_file(dir, "file", "12345");
	assert_int_equal(nv_open_plain(in("none"), 10, NULL, &err), NV_PLAIN_NONE);
	fd = nv_open_plain(in("file"), 5, NULL, &err);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(nv_open_plain(in("file"), 4, NULL, &err), NV_PLAIN_REFUSED);
	assert_contains(err.text, "larger");
	assert_int_equal(symlink("/dev/zero", in("zero")), 0);
	assert_int_equal(nv_open_plain(in("zero"), 10, NULL, &err), NV_PLAIN_REFUSED);
	assert_contains(err.text, "is a link");
	assert_int_equal(mkfifo(in("fifo"), 0666), 0); /* nobody writes to it: open would wait */
	assert_int_equal(nv_open_plain(in("fifo"), 10, NULL, &err), NV_PLAIN_REFUSED);
	assert_contains(err.text, "no regular file");
	assert_int_equal(nv_open_plain("/dev/zero", 10, NULL, &err), NV_PLAIN_REFUSED);
	assert_int_equal(nv_open_plain(dir, 10, NULL, &err), NV_PLAIN_REFUSED);
}

static void whose_file_it_is(void **state)
{
	int fd;

	(void)state;
	if (geteuid() != 0)
		skip();
	put_file(dir, "file", "12345");
	assert_int_equal(chown(in("file"), SOMEBODY, SOMEBODY), 0);
	assert_int_equal(nv_open_plain(in("file"), 10, NULL, &err), NV_PLAIN_REFUSED);
	assert_contains(err.text, "another user");
	assert_int_equal(chown(dir, SOMEBODY, SOMEBODY), 0);
	fd = nv_open_plain(in("file"), 10, NULL, &err);
	assert_true(fd >= 0);
	close(fd);
}

/* What stands there is not written into, and what is written is for owner and group. */
static void written_anew(void **state)
{
	struct stat info;
	char *text;

	(void)state;
	put_file(dir, "victim", "mine");
	assert_int_equal(symlink("victim", in("mutes.new")), 0);
	assert_int_equal(nv_file_replace(in("mutes"), "text", 4, &err), 0);
	text = slurp(in("victim"), NULL);
	assert_string_equal(text, "mine");
	free(text);
	assert_int_equal(lstat(in("mutes"), &info), 0);
	assert_int_equal(info.st_mode & 07777, 0640);
	assert_true(S_ISREG(info.st_mode));
}

static void locks_are_their_owners(void **state)
{
	struct stat info;
	int fd;

	(void)state;
	put_file(dir, "state.lock", "");
	assert_int_equal(chmod(in("state.lock"), 0644), 0); /* of an older release */
	fd = nv_state_lock(in("state"), &err);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	assert_int_equal(nv_state_lock(in("state"), &err), -1);
	close(fd);
	if (geteuid() != 0)
		return;
	pid_t child = fork();
	if (child == 0)
		_exit(setuid(SOMEBODY) == 0 && open(in("state.lock"), O_RDONLY) < 0 ? 0 : 1);
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Mutes of root and of oneself; of others only of the one who is named. */
static void whose_mutes_are_believed(void **state)
{
	static const char line[] = "mute\ttcpRetrans\t1\t1000\tme\tbecause\n";
	struct nv_mute list[NV_MUTES];

	(void)state;
	if (geteuid() != 0)
		skip();
	put_file(dir, "mutes", line);
	put_file(dir, "mutes.65534", line);
	assert_int_equal(chown(in("mutes.65534"), SOMEBODY, SOMEBODY), 0);
	assert_int_equal(chown(dir, SOMEBODY, SOMEBODY), 0);
	assert_int_equal(nv_mutes_read(dir, NULL, 5, list, NV_MUTES, &err), 1);
	assert_int_equal(nv_mutes_read(dir, "65534", 5, list, NV_MUTES, &err), 2);
	assert_int_equal(nv_mutes_read(dir, "65533", 5, list, NV_MUTES, &err), 1);
	/* The owner of the directory puts his own in the place of root's. */
	assert_int_equal(chown(in("mutes"), SOMEBODY, SOMEBODY), 0);
	assert_int_equal(nv_mutes_read(dir, NULL, 5, list, NV_MUTES, &err), -1);
	assert_contains(err.text, "not believed");
}

/* Somebody holds the lock and lets it go: the memory is there again with the next save. */
static void a_lock_that_is_let_go(void **state)
{
	char lock[600];
	int fd;

	(void)state;
	start(&run);
	run.host.hour_of_week = 50;
	healthy(400);
	run.host.hour_of_week = 51;
	healthy(5);
	nv_engine_free(run.engine);
	snprintf(lock, sizeof(lock), "%s.lock", state_path());
	fd = open(lock, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	start(&run);
	healthy(40);
	assert_int_equal(run.engine->daemon->baselines[NV_I_tcpRetrans].hours, 0);
	close(fd);
	healthy(40);
	assert_int_equal(run.engine->daemon->baselines[NV_I_tcpRetrans].hours, 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin_plain, end_plain)
	const struct CMUnitTest tests[] = {
		CASE(what_is_no_plain_file),
		CASE(whose_file_it_is),
		CASE(written_anew),
		CASE(locks_are_their_owners),
		CASE(whose_mutes_are_believed),
		cmocka_unit_test_setup_teardown(
			a_lock_that_is_let_go, begin_with_memory, end_with_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
