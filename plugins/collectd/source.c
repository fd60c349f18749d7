/* SPDX-License-Identifier: MIT */
/*
 * A source: an engine that a thread of its own polls when the daemon asks for values. The daemon's
 * read threads are few and shared by all plugins, so a kernel or a file that answers slowly must
 * not hold one: the reader waits a moment, and what comes later is dispatched at the next read.
 *
 * The engine has one owner at a time, and the state says who:
 *
 *     IDLE -- reader asks --> WANTED -- thread polls --> DONE -- reader dispatches --> IDLE
 *
 * The thread owns the engine while WANTED, the reader otherwise. Values and notifications leave by
 * the reader alone, while the daemon still takes them.
 */
#include "door.h"

#define PATIENCE_NS (40 * 1000 * 1000)
#define GOODBYE_S   5 /* for a thread that still reads at shutdown */
#define LATE_MAX    3 /* reads without a sample, until nobody may believe the old values */

enum state { IDLE, WANTED, DONE };

struct door_source {
	const struct door_options *options;
	struct nv_config config;
	char host[DATA_MAX_NAME_LEN];

	struct nv_engine *engine; /* NULL until it could be made */
	struct nv_error error;	  /* of the newest poll */
	int result;		  /* of the newest poll */
	uint32_t told;		  /* number of the newest event that was told */
	unsigned late;		  /* reads in a row that found the thread still at work */
	c_complain_t failing, slow;

	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	enum state state;
	bool quit;
};

static void poll_engine(struct door_source *source)
{
	if (!source->engine) {
		source->engine = nv_engine_new(&source->config, &source->error);
		if (!source->engine)
			return;
		/* What was told before a restart is not told again. */
		source->told = nv_engine_report(source->engine)->last_event;
	}
	source->error.text[0] = 0;
	nv_engine_poll(source->engine, &source->error);
}

static void *thread_main(void *context)
{
	struct door_source *source = context;

	pthread_mutex_lock(&source->lock);
	while (!source->quit) {
		if (source->state != WANTED) {
			pthread_cond_wait(&source->changed, &source->lock);
			continue;
		}
		pthread_mutex_unlock(&source->lock);
		poll_engine(source);
		pthread_mutex_lock(&source->lock);
		source->state = DONE;
		pthread_cond_broadcast(&source->changed);
	}
	pthread_mutex_unlock(&source->lock);
	return NULL;
}

/* Call with the lock. True when the thread has finished. */
static bool wait_done(struct door_source *source)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += PATIENCE_NS;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	while (source->state == WANTED)
		if (pthread_cond_timedwait(&source->changed, &source->lock, &until) != 0)
			break;
	return source->state == DONE;
}

static void dispatch(struct door_source *source)
{
	if (source->error.text[0]) /* also when only a part of the sources failed */
		c_complain(LOG_ERR, &source->failing, DOOR_NAME " plugin: %s", source->error.text);
	else
		c_release(LOG_NOTICE, &source->failing,
			DOOR_NAME " plugin: statistics can be read again.");
	if (!source->engine) {
		lists_dispatch(source->options, source->host, NULL, NULL);
		return;
	}
	lists_dispatch(source->options, source->host, nv_engine_report(source->engine),
		nv_engine_snapshot(source->engine));
	source->told =
		notices_dispatch(source->options, source->host, source->engine, source->told);
}

/* The thread is still busy with an earlier request. */
static void too_slow(struct door_source *source)
{
	c_complain(LOG_WARNING, &source->slow,
		DOOR_NAME " plugin: the statistics of the last interval are not read yet.");
	if (++source->late > LATE_MAX)
		lists_dispatch(source->options, source->host, NULL, NULL);
}

/* Call with the lock. */
static void ask(struct door_source *source)
{
	source->state = WANTED;
	pthread_cond_broadcast(&source->changed);
}

void source_read(struct door_source *source)
{
	bool waited, was_late, in_time;

	pthread_mutex_lock(&source->lock);
	waited = source->state == WANTED;
	if (waited && !wait_done(source)) {
		pthread_mutex_unlock(&source->lock);
		too_slow(source);
		return;
	}
	was_late = source->state == DONE;
	pthread_mutex_unlock(&source->lock);
	source->late = 0;
	if (was_late)
		dispatch(source);

	pthread_mutex_lock(&source->lock);
	ask(source);
	in_time = !waited && wait_done(source);
	if (in_time)
		source->state = IDLE;
	pthread_mutex_unlock(&source->lock);
	if (!in_time || was_late) /* one set of values a read; the next one is in step again */
		return;
	c_release(
		LOG_NOTICE, &source->slow, DOOR_NAME " plugin: statistics are read in time again.");
	dispatch(source);
}

struct door_source *source_new(const struct door_options *options, const struct nv_config *config,
	const char *host, const char *thread)
{
	struct door_source *source = calloc(1, sizeof(*source));
	pthread_condattr_t attributes;

	if (!source) {
		ERROR(DOOR_NAME " plugin: out of memory");
		return NULL;
	}
	source->options = options;
	source->config = *config;
	sstrncpy(source->host, host, sizeof(source->host));
	pthread_mutex_init(&source->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&source->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (plugin_thread_create(&source->thread, thread_main, source, thread) != 0) {
		ERROR(DOOR_NAME " plugin: cannot start a thread");
		pthread_cond_destroy(&source->changed);
		pthread_mutex_destroy(&source->lock);
		free(source);
		return NULL;
	}
	return source;
}

/* A thread that sits in the kernel, say on a dead file server, cannot be asked to leave. */
static bool join(pthread_t thread)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += GOODBYE_S;
	if (pthread_timedjoin_np(thread, NULL, &until) == 0)
		return true;
	ERROR(DOOR_NAME " plugin: a source does not answer and is left behind at shutdown.");
	return false;
}

void source_free(struct door_source *source)
{
	if (!source)
		return;
	pthread_mutex_lock(&source->lock);
	source->quit = true;
	pthread_cond_broadcast(&source->changed);
	pthread_mutex_unlock(&source->lock);
	if (!join(source->thread))
		return; /* the daemon is about to end: better a leak than a daemon that hangs */
	nv_engine_free(source->engine);
	pthread_cond_destroy(&source->changed);
	pthread_mutex_destroy(&source->lock);
	free(source);
}
