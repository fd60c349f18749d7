/* SPDX-License-Identifier: MIT */
/*
 * A full disk and one that has become read-only, below an engine that runs on: reported once, its
 * end reported once, nothing lost that was in memory. On a small file system of its own, in a mount
 * namespace of its own; where that is not permitted, skipped.
 */
#include <sched.h>
#include <sys/mount.h>

#include "engine_run.h"

static char disk[64];
static const char *refused; /* why there is no disk */

static int make_disk(void **state)
{
	begin(state);
	make_directory(disk);
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		mount("netvitals", disk, "tmpfs", 0, "size=2m") != 0)
		refused = strerror(errno);
	snprintf(run.config.state_dir, sizeof(run.config.state_dir), "%s", disk);
	snprintf(run.config.front_end, sizeof(run.config.front_end), "unit");
	run.config.save_interval_s = 60;
	return 0;
}

static int remove_disk(void **state)
{
	end(state);
	umount(disk);
	rmdir(disk);
	return 0;
}

static void need_disk(void)
{
	if (refused) {
		print_message("skip: a file system of its own: %s\n", refused);
		skip();
	}
}

static void remount(unsigned long flags)
{
	assert_int_equal(mount("netvitals", disk, "tmpfs", MS_REMOUNT | flags, "size=2m"), 0);
}

static void fill_disk(void)
{
	static char block[4096];
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/other", disk);
	file = fopen(path, "w");
	assert_non_null(file);
	while (fwrite(block, 1, sizeof(block), file) == sizeof(block) && fflush(file) == 0)
		;
	fclose(file);
}

/* Ten minutes of samples, a save each minute; how many messages, and the last of them. */
static unsigned messages(char text[sizeof(run.err.text)])
{
	unsigned count = 0;

	for (unsigned i = 0; i < 60; i++) {
		healthy(1);
		count += nv_engine_notice(run.engine, text, sizeof(run.err.text));
	}
	return count;
}

static struct nv_state *saved(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/unit-numbered.state", disk);
	return nv_state_open(path, &run.err);
}

static void full_then_read_only(void **state)
{
	static void (*const ways[])(void) = { fill_disk, NULL };
	char text[sizeof(run.err.text)], path[96];

	(void)state;
	need_disk();
	start(&run);
	assert_int_equal(messages(text), 0);
	for (unsigned i = 0; i < COUNT(ways); i++) {
		if (ways[i])
			ways[i]();
		else
			remount(MS_RDONLY);
		assert_int_equal(messages(text), 1);
		assert_contains(text, disk);
		assert_contains(text, ways[i] ? "No space left" : "Read-only");
		/* What was there before is still whole. */
		struct nv_state *before = saved();
		if (!before)
			fail_msg("%s", run.err.text);
		nv_state_close(before);
		if (ways[i]) {
			snprintf(path, sizeof(path), "%s/other", disk);
			assert_int_equal(unlink(path), 0);
		} else {
			remount(0);
		}
		assert_int_equal(messages(text), 1);
		assert_contains(text, "written again");
		struct nv_state *after = saved();
		assert_non_null(after);
		assert_true(nv_state_time(after) > run.host.time_s - 120);
		nv_state_close(after);
	}
	assert_int_equal(last_event(), 0);
}

/* Read-only when the engine starts: what is there is used, and it is written as soon as that can
 * be. */
static void read_only_at_the_start(void **state)
{
	char text[sizeof(run.err.text)];

	(void)state;
	need_disk();
	start(&run);
	healthy(12);
	for (unsigned i = 0; i < 18; i++)
		ten_seconds(30);
	assert_int_equal(status_of(NV_CLASS_LOST), NV_WARNING);
	uint32_t reported = last_event();
	assert_true(reported > 0);
	nv_engine_free(run.engine);
	remount(MS_RDONLY);
	start(&run);
	for (unsigned i = 0; i < 12; i++)
		ten_seconds(30);
	assert_int_equal(last_event(), reported); /* remembered: nothing is reported twice */
	assert_true(nv_engine_notice(run.engine, text, sizeof(text)));
	assert_contains(text, "Read-only");
	assert_int_equal(messages(text), 0); /* reported once */
	remount(0);
	assert_int_equal(messages(text), 1);
	assert_contains(text, "written again");
}

/* No directory yet, as before a disk is mounted: judged without memory, written once it is there.
 */
static void no_directory_at_the_start(void **state)
{
	char text[sizeof(run.err.text)];

	(void)state;
	need_disk();
	snprintf(run.config.state_dir, sizeof(run.config.state_dir), "%.32s/later", disk);
	start(&run);
	assert_int_equal(messages(text), 1);
	assert_contains(text, "No such file");
	assert_int_equal(mkdir(run.config.state_dir, 0700), 0);
	assert_int_equal(messages(text), 1);
	assert_contains(text, "written again");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(full_then_read_only, make_disk, remove_disk),
		cmocka_unit_test_setup_teardown(read_only_at_the_start, make_disk, remove_disk),
		cmocka_unit_test_setup_teardown(no_directory_at_the_start, make_disk, remove_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
