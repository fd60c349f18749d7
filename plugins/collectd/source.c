/* SPDX-License-Identifier: MIT */
/*
 * This host as a source: an engine that the worker's thread polls, and what is published of it. An
 * engine that cannot be made yet is tried again at every read, and all is unknown until then.
 */
#include "frontend.h"

#define LATE_MOST 3 /* reads without a sample, until nobody may believe the old values */

struct frontend_source {
	const struct frontend_options *options;
	struct frontend_worker *worker;
	struct nv_engine *engine;   /* NULL until it could be made */
	struct nv_error error;      /* of the newest poll; "" if all could be read */
	uint32_t reported, written; /* number of the newest event: notified, in the event log */
	c_complain_t failing;
};

static const char *source_name(void *unused)
{
	(void)unused;
	return "statistics";
}

static void source_poll(void *context)
{
	struct frontend_source *source = context;

	if (!source->engine) {
		source->engine = nv_engine_new(&source->options->engine, &source->error);
		if (!source->engine)
			return;
		/* What was reported before a restart is not reported again. */
		source->reported = nv_engine_report(source->engine)->last_event;
		source->written = source->reported;
	}
	source->error.text[0] = 0;
	nv_engine_poll(source->engine, &source->error);
	source->written = notices_write(source->options, "", source->engine, source->written);
}

static void source_give_up(void *context)
{
	const struct frontend_source *source = context;

	lists_dispatch(source->options, "",
		(struct frontend_when){ .interval = source->options->interval }, NULL, NULL);
}

static void source_publish(void *context, cdtime_t asked)
{
	struct frontend_source *source = context;
	struct frontend_when when = { asked, source->options->interval, 0 };

	if (source->error.text[0]) /* also when only a part of the sources failed */
		c_complain(
			LOG_ERR, &source->failing, FRONTEND_NAME " plugin: %s", source->error.text);
	else
		c_release(LOG_NOTICE, &source->failing,
			FRONTEND_NAME " plugin: statistics can be read again.");
	if (!source->engine) {
		source_give_up(source);
		return;
	}
	notices_log(source->engine);
	when.held_us = worker_held_us(source->worker);
	lists_dispatch(source->options, "", when, nv_engine_numbers(source->engine),
		nv_engine_snapshot(source->engine));
	source->reported = notices_dispatch(source->options, "", source->engine, source->reported);
}

static const struct frontend_job source_job = {
	.name = source_name,
	.work = source_poll,
	.publish = source_publish,
	.give_up = source_give_up,
	.late_most = LATE_MOST,
};

struct frontend_source *source_new(const struct frontend_options *options)
{
	struct frontend_source *source = calloc(1, sizeof(*source));

	if (!source) {
		ERROR(FRONTEND_NAME " plugin: out of memory");
		return NULL;
	}
	source->options = options;
	source->worker = worker_new(&source_job, source, FRONTEND_NAME);
	if (!source->worker) {
		free(source);
		return NULL;
	}
	return source;
}

void source_read(struct frontend_source *source)
{
	worker_read(source->worker);
}

void source_look(struct frontend_source *source)
{
	worker_collect(source->worker);
}

void source_free(struct frontend_source *source)
{
	if (!source || !worker_free(source->worker))
		return; /* left behind: the daemon is about to end, and a leak is better than a hang
			 */
	nv_engine_free(source->engine);
	free(source);
}
