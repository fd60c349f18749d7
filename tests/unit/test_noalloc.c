/* SPDX-License-Identifier: MIT */
/*
 * After its start an engine allocates nothing: neither on the live kernel nor on a recorded tree,
 * whatever happens meanwhile. The allocator is wrapped by the linker (rules.mk), so calls out of
 * the core are counted; those of the C library itself are not the core's.
 */
#include "engine/engine.h"
#include "support.h"

#include <time.h>

static unsigned long calls;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *old);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *old);

void *__wrap_malloc(size_t size)
{
	calls++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	calls++;
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	calls++;
	return __real_realloc(old, size);
}

void __wrap_free(void *old)
{
	calls++;
	__real_free(old);
}

/* state: directory of its memory on disk; "" for none. */
static struct nv_engine *engine_with(const char *root, const char *state)
{
	struct nv_config config;
	struct nv_error err = { 0, "" };
	struct nv_engine *engine;

	nv_config_init(&config);
	config.interval_s = 0.1;
	config.window_s = 1;
	snprintf(config.root, sizeof(config.root), "%s", root);
	snprintf(config.state_dir, sizeof(config.state_dir), "%s", state);
	snprintf(config.front_end, sizeof(config.front_end), "unit");
	config.save_interval_s = 3000;
	engine = nv_engine_new(&config, &err);
	if (!engine)
		fail_msg("%s", err.text);
	return engine;
}

static struct nv_engine *engine_of(const char *root)
{
	return engine_with(root, "");
}

static void the_wrapper_counts(void **state)
{
	unsigned long before = calls;

	(void)state;
	nv_engine_free(engine_of(NUMBERED));
	assert_true(calls - before > 10);
}

static void a_thousand_polls_of_this_kernel(void **state)
{
	struct nv_engine *engine = engine_of("");
	const struct timespec pause = { 0, 1000000 };
	struct nv_error err;
	unsigned long before;

	(void)state;
	/* The first two fill what an engine learns once: layouts, tables of interfaces. */
	for (unsigned i = 0; i < 2; i++)
		if (nv_engine_poll(engine, &err) < 0)
			fail_msg("%s", err.text);
	before = calls;
	for (unsigned i = 0; i < 1000; i++) {
		if (nv_engine_poll(engine, &err) < 0)
			fail_msg("%s", err.text);
		nv_engine_report(engine);
		nanosleep(&pause, NULL);
	}
	assert_int_equal(calls - before, 0);
	assert_int_equal(nv_engine_report(engine)->samples, 1002);
	nv_engine_free(engine);
}

static char *text;
static size_t length;

/* The numbered tree with another time, and with numbers that grow now and then run backwards. */
static void next_tree(const char *directory, unsigned step)
{
	char uptime[32];

	for (char *p = text; *p; p++)
		if (p > text && p[-1] == ' ' && *p >= '1' && *p <= '9')
			*p = (char)('1' + step / 120 % 9);
	put_file(directory, "net/snmp", text);
	snprintf(uptime, sizeof(uptime), "%u.00 0\n", 1000 + step);
	put_file(directory, "uptime", uptime);
}

static void a_thousand_polls_of_a_tree(void **state)
{
	char directory[64];
	struct nv_engine *engine;
	struct nv_event events[16];
	struct nv_error err;
	unsigned long before = 0, in_core = 0;

	(void)state;
	text = slurp(NUMBERED "/net/snmp", &length);
	make_directory(directory);
	next_tree(directory, 0);
	put_file(directory, "net/dev", "h\nh\neth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
	engine = engine_of(directory);
	for (unsigned i = 0; i < 1000; i++) {
		if (i != 500)
			next_tree(directory, i);
		before = calls;
		/* once nothing is new; otherwise a sample, though every file but two is missing */
		assert_int_equal(nv_engine_poll(engine, &err), i == 500 ? 0 : 1);
		nv_engine_report(engine);
		nv_engine_events(engine, 0, events, COUNT(events));
		if (i >= 2)
			in_core += calls - before;
	}
	assert_int_equal(in_core, 0);
	nv_engine_free(engine);
	remove_directory(directory);
	free(text);
}

/* Made-up snapshots with a fault that comes and goes: judge, baselines, events, memory on disk. */
static void a_thousand_snapshots(void **state)
{
	char directory[64], notice[NV_TEXT_SIZE];
	struct nv_engine *engine = engine_with(NUMBERED, make_directory(directory));
	struct nv_snapshot host;
	unsigned long before;

	(void)state;
	host_init(&host);
	nv_engine_feed(engine, &host);
	nv_engine_feed(engine, &host);
	before = calls;
	for (unsigned i = 0; i < 1000; i++) {
		host_run(&host, 10);
		host.hour_of_week = (int)(i / 100);
		host.value[NV_C_tcpRetransSegs] += i / 200 % 2 ? 2000 : 0;
		nv_engine_feed(engine, &host);
		nv_engine_report(engine);
	}
	assert_int_equal(calls - before, 0);
	assert_true(nv_engine_report(engine)->last_event > 0);
	assert_false(nv_engine_notice(engine, notice, sizeof(notice))); /* it could be written */
	nv_engine_free(engine);
	nv_snapshot_fini(&host);
	assert_int_not_equal(rmdir(directory), 0); /* and is there */
	remove_directory(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_wrapper_counts),
		cmocka_unit_test(a_thousand_polls_of_this_kernel),
		cmocka_unit_test(a_thousand_polls_of_a_tree),
		cmocka_unit_test(a_thousand_snapshots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
