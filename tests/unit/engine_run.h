/* SPDX-License-Identifier: MIT */
/*
 * An engine and the made-up host that it watches, one sample every 10 s, a window of 60 s, as by
 * default. For the tests of the engine.
 */
#ifndef NV_TEST_ENGINE_RUN_H
#define NV_TEST_ENGINE_RUN_H

#include "engine/engine.h"
#include "support.h"

struct run {
	struct nv_config config;
	struct nv_engine *engine;
	struct nv_snapshot host;
	struct nv_error err;
};

static struct run run;

static inline void start(struct run *r)
{
	r->engine = nv_engine_new(&r->config, &r->err);
	if (!r->engine)
		fail_msg("%s", r->err.text);
}

static inline int begin(void **state)
{
	(void)state;
	memset(&run, 0, sizeof(run));
	nv_config_init(&run.config);
	snprintf(run.config.root, sizeof(run.config.root), "%s", NUMBERED);
	host_init(&run.host);
	return 0;
}

static inline int end(void **state)
{
	(void)state;
	nv_engine_free(run.engine);
	nv_snapshot_fini(&run.host);
	return 0;
}

/* The same of a front end with a memory on disk. */
static inline int begin_with_memory(void **state)
{
	static char directory[64];

	begin(state);
	snprintf(run.config.state_dir, sizeof(run.config.state_dir), "%s",
		make_directory(directory));
	snprintf(run.config.front_end, sizeof(run.config.front_end), "unit");
	return 0;
}

static inline int end_with_memory(void **state)
{
	end(state);
	remove_directory(run.config.state_dir);
	return 0;
}

static inline const char *state_path(void)
{
	static char path[sizeof(run.config.state_dir) + 32];

	snprintf(path, sizeof(path), "%s/unit-numbered.state", run.config.state_dir);
	return path;
}

static inline unsigned last_event(void)
{
	return nv_engine_report(run.engine)->last_event;
}

static inline void feed(void)
{
	assert_int_equal(nv_engine_feed(run.engine, &run.host), 1);
}

/* Ten seconds of traffic, of which lost in a thousand are sent again. */
static inline void ten_seconds(unsigned lost_per_mille)
{
	host_run(&run.host, 10);
	run.host.value[NV_C_tcpRetransSegs] += 10 * lost_per_mille;
	run.host.value[NV_C_tcpSackRecoveries] += 5 * lost_per_mille;
	feed();
}

static inline void healthy(unsigned samples)
{
	for (unsigned i = 0; i < samples; i++)
		ten_seconds(0);
}

static inline enum nv_status status_of(enum nv_class_id klass)
{
	return nv_engine_report(run.engine)->classes[klass].status;
}

static inline struct nv_event event_of(uint32_t number)
{
	struct nv_event event;

	assert_int_equal(nv_engine_events(run.engine, number - 1, &event, 1), 1);
	assert_int_equal(event.number, number);
	return event;
}

/* The newest event of the class itself. */
static inline struct nv_event class_event(enum nv_class_id klass)
{
	for (uint32_t n = last_event(); n > 0; n--) {
		struct nv_event event = event_of(n);

		if (event.kind == NV_EVENT_CLASS && event.klass == klass)
			return event;
	}
	fail_msg("no event of %s", nv_classes[klass].name);
	return (struct nv_event){ 0 };
}

/* All counters as after a restart of the machine. */
static inline void to_the_start(void)
{
	for (unsigned id = 1; id < NV_C_END; id++)
		if (nv_counters[id].kind == NV_COUNTER)
			run.host.value[id] = 5;
}

#endif
