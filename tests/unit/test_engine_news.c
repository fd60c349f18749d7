/* SPDX-License-Identifier: MIT */
/*
 * Who is told what: severity, time between two, and what of it outlives a restart.
 */
#include "engine_run.h"

static int begin_with_memory(void **state)
{
	static char directory[64];

	begin(state);
	snprintf(run.config.state_dir, sizeof(run.config.state_dir), "%s", make_directory(directory));
	snprintf(run.config.door, sizeof(run.config.door), "unit");
	return 0;
}

static int end_with_memory(void **state)
{
	end(state);
	remove_directory(run.config.state_dir);
	return 0;
}

static void restart(void)
{
	nv_engine_free(run.engine);
	start(&run);
}

/* Every kind of event is kept: a memory that holds one is not damaged. */
static void events_of_all_kinds_outlive_it(void **state)
{
	(void)state;
	start(&run);
	feed();
	for (unsigned kind = NV_EVENT_INTERFACE; kind <= NV_EVENT_RESET; kind++) {
		struct nv_event seen = { .kind = (enum nv_event_kind)kind, .interface = kind == NV_EVENT_INTERFACE ? 3 : 0,
			.class = kind == NV_EVENT_INTERFACE ? NV_CLASS_SYSTEM : NV_CLASS_NONE, .before = NV_OK,
			.now = kind == NV_EVENT_INTERFACE ? NV_WARNING : NV_OK, .text = "seen" };

		nv_engine_add_event(run.engine, &seen);
	}
	restart();
	assert_false(nv_engine_notice(run.engine, run.err.text, sizeof(run.err.text)));
	assert_int_equal(last_event(), 2);
	assert_int_equal(event_of(1).interface, 3);
	assert_int_equal(event_of(2).kind, NV_EVENT_RESET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(events_of_all_kinds_outlive_it, begin_with_memory, end_with_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
