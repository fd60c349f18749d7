/* SPDX-License-Identifier: MIT */
/*
 * Memory on disk: what is written comes back; what is truncated, foreign, older or newer is named,
 * set aside and never fatal; a writer that is killed at any time leaves a file that can be read; a
 * status survives a restart and is not reported twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/state_file.h"

static char dir[64], path[96];

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/netvitals-state-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/x.state", dir);
	return 0;
}

static int remove_dir(void **state)
{
	char command[128];
	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

/* Any bytes. */
static int read_back(void *data, size_t size, bool set_aside, struct nv_error *err)
{
	const struct nv_state_reader reader = { data, size, NULL, NULL };

	return nv_state_read(path, &reader, set_aside, err);
}

static void test_comes_back(void **state)
{
	(void)state;
	struct nv_error err = { 0 };
	uint64_t out = 42, in = 0;

	assert_int_equal(read_back(&in, sizeof(in), true, &err), 0);
	assert_int_equal(nv_state_write(path, 1, &out, sizeof(out), &err), 0);
	assert_int_equal(read_back(&in, sizeof(in), true, &err), 1);
	assert_int_equal(in, 42);
}

/* Damage one byte, or cut, and see that it is named and the previous one is used. */
static void damaged(long at, long length, const char *says)
{
	struct nv_error err = { 0 };
	uint64_t out[4] = { 1, 1, 1, 1 }, in[4];
	char bad[120];
	FILE *file;

	assert_int_equal(nv_state_write(path, 7, out, sizeof(out), &err), 0);
	out[0] = 2;
	assert_int_equal(nv_state_write(path, 7, out, sizeof(out), &err), 0);
	if (length >= 0)
		assert_int_equal(truncate(path, length), 0);
	if (at >= 0) {
		file = fopen(path, "r+");
		fseek(file, at, SEEK_SET);
		fputc(0xEE, file);
		fclose(file);
	}
	assert_int_equal(read_back(in, sizeof(in), true, &err), 2);
	assert_non_null(strstr(err.text, says));
	assert_non_null(strstr(err.text, path));
	assert_int_equal(in[0], 1);
	snprintf(bad, sizeof(bad), "%s.bad", path);
	assert_int_equal(access(bad, F_OK), 0);
	assert_int_equal(access(path, F_OK), -1);
	unlink(bad);
}

static void test_damage_is_named(void **state)
{
	(void)state;
	damaged(0, -1, "no state file");
	damaged(8, -1, "byte order");
	damaged(22, -1, "larger");
	damaged(45, -1, "checksum");
	damaged(-1, 3, "is truncated: it has no complete header");
	damaged(-1, 50, "is truncated: it ends too early");
}

static void test_other_versions(void **state)
{
	(void)state;
	struct nv_error err = { 0 };
	uint64_t x = 3;
	char previous[120];

	snprintf(previous, sizeof(previous), "%s.previous", path);
	unlink(previous);
	unlink(path);
	assert_int_equal(nv_state_write(path, 4, &x, sizeof(x), &err), 0);
	assert_null(nv_state_open(path, &err));
	assert_non_null(strstr(err.text, "older release"));
	assert_int_equal(nv_state_write(path, 5, &x, sizeof(x), &err), 0);
	assert_null(nv_state_open(path, &err));
	assert_non_null(strstr(err.text, "other indicators"));
	assert_int_equal(nv_state_write(path, 7, &x, sizeof(x), &err), 0);
	assert_null(nv_state_open(path, &err));
	assert_non_null(strstr(err.text, "newer release"));
	assert_int_equal(nv_state_write(path, 6, &x, sizeof(x), &err), 0);
	assert_null(nv_state_open(path, &err));
	assert_non_null(strstr(err.text, "invalid values"));
	assert_int_equal(read_back(&x, sizeof(x) - 1, false, &err), -1);
	assert_non_null(strstr(err.text, "larger"));
	assert_int_equal(read_back(&x, sizeof(x), false, &err), 1);
}

static void test_no_room_and_no_right(void **state)
{
	(void)state;
	struct nv_error err = { 0 };
	uint64_t x = 3;

	assert_int_equal(nv_state_write("/proc/x.state", 5, &x, sizeof(x), &err), -1);
	assert_non_null(strstr(err.text, "/proc/x.state"));
	static char big[1 << 16];
	if (access("/dev/full", W_OK) == 0) {
		char beside[120];
		snprintf(beside, sizeof(beside), "%s.new", path);
		/* a link in its place is not followed, but replaced */
		assert_int_equal(symlink("/dev/full", beside), 0);
		assert_int_equal(nv_state_write(path, 5, big, sizeof(big), &err), 0);
		assert_int_equal(read_back(big, sizeof(big), false, &err), 1);
	}
	assert_int_equal(nv_state_write(path, 5, &x, sizeof(x), &err), 0);
}

static void test_lock(void **state)
{
	(void)state;
	struct nv_error err = { 0 };
	int held = nv_state_lock(path, &err);

	assert_true(held >= 0);
	assert_int_equal(nv_state_lock(path, &err), -1);
	assert_non_null(strstr(err.text, "in use"));
	close(held);
	held = nv_state_lock(path, &err);
	assert_true(held >= 0);
	close(held);
}

#define BLOCK 30000

/* It is there at every moment of so many nanoseconds. */
static void seen_for(long ns)
{
	struct timespec from, now;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do {
		if (access(path, F_OK) != 0)
			fail_msg("%s: %s while it is replaced", path, strerror(errno));
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - from.tv_sec) * 1000000000 + now.tv_nsec - from.tv_nsec < ns);
}

static void test_killed_at_any_point(void **state)
{
	(void)state;
	static uint64_t block[BLOCK], back[BLOCK];
	struct nv_error err = { 0 };
	uint64_t least = 1;
	long longest_ns = 6000000;

	for (unsigned i = 0; i < BLOCK; i++)
		block[i] = least;
	assert_int_equal(nv_state_write(path, 9, block, sizeof(block), &err), 0);
	for (unsigned round = 0; round < 200; round++) {
		pid_t pid = fork();
		if (pid == 0) {
			for (uint64_t n = least + 1;; n++) {
				for (unsigned i = 0; i < BLOCK; i++)
					block[i] = n;
				nv_state_write(path, 9, block, sizeof(block), &err);
			}
		}
		/* On a slow disk, or beside others, a writer needs longer to get anywhere. */
		if (round % 10 == 9 && least == 1 && longest_ns < 400000000)
			longest_ns *= 2;
		seen_for((long)rand() % longest_ns);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		assert_int_equal(access(path, F_OK), 0);
		assert_int_equal(read_back(back, sizeof(back), false, &err), 1);
		assert_true(back[0] >= least);
		for (unsigned i = 1; i < BLOCK; i++)
			assert_int_equal(back[i], back[0]);
		least = back[0];
	}
	assert_true(least > 1); /* the writers did write, however slow the disk */
}

/* ---- the engine over a restart
 * ------------------------------------------------------------------------- */

static void fill_row(struct nv_snapshot *s, uint64_t step, uint64_t *retrans, bool sick)
{
	*retrans += sick ? 300 : 0;
	s->width_bits = 64;
	s->platform = NV_PLATFORM_LINUX;
	s->initial_netns = true;
	s->time_s = 1700000000 + (int64_t)step * 10;
	s->hour_of_week = 5;
	s->mono_ns = s->boot_ns = (1000 + step * 10) * UINT64_C(1000000000);
	s->value[NV_C_tcpOutSegs] = step * 10000;
	s->value[NV_C_tcpRetransSegs] = *retrans;
	s->present[NV_C_tcpOutSegs] = s->present[NV_C_tcpRetransSegs] = 1;
}

static void test_restart_tells_nothing_twice(void **state)
{
	(void)state;
	struct nv_config config;
	struct nv_error err = { 0 };
	static struct nv_snapshot s;
	static struct nv_event events[8];
	uint64_t retrans = 0, step = 1;

	nv_config_init(&config);
	strcpy(config.state_dir, dir);
	strcpy(config.front_end, "test");
	struct nv_engine *e = nv_engine_new(&config, &err);
	assert_non_null(e);
	for (; step < 30; step++) {
		fill_row(&s, step, &retrans, true);
		nv_engine_feed(e, &s);
	}
	assert_int_equal(nv_engine_report(e)->verdicts[NV_I_tcpRetrans].status, NV_WARNING);
	unsigned before = nv_engine_events(e, 0, events, 8);
	assert_int_equal(before, 2); /* indicator and class */
	nv_engine_free(e);

	e = nv_engine_new(&config, &err);
	assert_non_null(e);
	for (unsigned i = 0; i < 4; i++, step++) {
		fill_row(&s, step, &retrans, true);
		nv_engine_feed(e, &s);
	}
	assert_int_equal(nv_engine_report(e)->verdicts[NV_I_tcpRetrans].status, NV_WARNING);
	assert_int_equal(nv_engine_report(e)->classes[NV_CLASS_LOST].status, NV_WARNING);
	assert_int_equal(nv_engine_events(e, 0, events, 8), 2);
	/* what cleared meanwhile is cleared, with the next number */
	for (unsigned i = 0; i < 60; i++, step++) {
		fill_row(&s, step, &retrans, false);
		nv_engine_feed(e, &s);
	}
	assert_int_equal(nv_engine_events(e, 2, events, 8), 2);
	assert_int_equal(events[0].number, 3);
	assert_int_equal(events[0].now, NV_OK);
	nv_engine_free(e);
}

/* Does everything that this file says lead into our tables? */
static void expect_sound(const char *where, size_t at)
{
	static struct nv_event events[300];
	struct nv_error err = { 0 };
	struct nv_state *s = nv_state_open(where, &err);
	unsigned n = s ? nv_state_events(s, 0, events, 300) : 0;

	if (err.text[0] && !strstr(err.text, "contains invalid values"))
		fail_msg("byte %zu: %s", at, err.text);
	for (unsigned i = 0; i < n; i++)
		if (!memchr(events[i].text, 0, NV_TEXT_SIZE) ||
			(unsigned)events[i].klass >= NV_CLASS_END ||
			events[i].indicator >= NV_I_END || (unsigned)events[i].side >= NV_SIDE_END)
			fail_msg("byte %zu: event %u leads out of the tables", at, i);
	if (s)
		nv_state_close(s);
}

/* A file from elsewhere, its checksum in order: wherever its bytes are wild, that record is left
 * out or harmless. */
static void test_wild_content(void **state)
{
	(void)state;
	static uint8_t block[1 << 20];
	unsigned left_out = 0;
	char from[128], to[128];
	struct nv_error err = { 0 };
	glob_t found;
	unsigned refused = 0;
	uint32_t version;
	FILE *file;

	snprintf(
		from, sizeof(from), "%s/test-*.state", dir); /* of the restart above: with events */
	snprintf(to, sizeof(to), "%s/wild.state", dir);
	assert_int_equal(glob(from, 0, NULL, &found), 0);
	file = fopen(found.gl_pathv[0], "rb");
	globfree(&found);
	assert_non_null(file);
	assert_int_equal(fseek(file, 12, SEEK_SET), 0);
	assert_int_equal(fread(&version, sizeof(version), 1, file), 1);
	assert_int_equal(fseek(file, 32, SEEK_SET), 0);
	size_t size = fread(block, 1, sizeof(block), file);
	fclose(file);
	for (size_t at = 0; at + 8 < size; at += 8) {
		uint8_t kept[8];

		memcpy(kept, block + at, 8);
		memset(block + at, 0xff, 8);
		assert_int_equal(nv_state_write(to, version, block, size, &err), 0);
		memcpy(block + at, kept, 8);
		struct nv_state *s = nv_state_open(to, &err);
		refused += !s;
		left_out += s && err.text[0];
		nv_state_close(s);
		expect_sound(to, at);
	}
	assert_true(refused > 0); /* where the sizes of records are */
	assert_true(left_out > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_damage_is_named),
		cmocka_unit_test(test_other_versions),
		cmocka_unit_test(test_no_room_and_no_right),
		cmocka_unit_test(test_lock),
		cmocka_unit_test(test_killed_at_any_point),
		cmocka_unit_test(test_restart_tells_nothing_twice),
		cmocka_unit_test(test_wild_content),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
