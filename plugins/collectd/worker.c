/* SPDX-License-Identifier: MIT */
/*
 * From the daemon's read callback to a thread of our own and back. The daemon's read threads are
 * few and shared by all plugins, so a kernel, a file or a program that answers slowly must not hold
 * one: the reader asks, waits a moment, and what comes later is published at the next read. At most
 * one request is under way. Two callbacks of the daemon may share a worker: one asks, the other,
 * more often, publishes what came late.
 *
 * What the job works on has one owner at a time, and the state says who:
 *
 *     IDLE -- reader asks --> WANTED -- thread works --> DONE -- reader publishes --> IDLE
 *
 * The thread owns it while WANTED, the reader otherwise. Values and notifications leave by the
 * reader alone, while the daemon still takes them.
 */
#include "frontend.h"

#include <math.h>

#define PATIENCE_NS (40 * 1000 * 1000)
#define GOODBYE_S   5 /* for a thread that still works at shutdown */

enum state { IDLE, WANTED, DONE };

struct frontend_worker {
	const struct frontend_job *job;
	void *context;

	pthread_mutex_t reading; /* of these, and held as long as a read lasts */
	unsigned late;           /* reads in a row that found the thread still at work */
	double held_us;          /* of the longest read since it was last asked for */
	c_complain_t slow;

	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	enum state state;
	cdtime_t asked; /* when the newest work was asked for */
	bool quit;
};

static void *thread_main(void *argument)
{
	struct frontend_worker *worker = argument;

	pthread_mutex_lock(&worker->lock);
	while (!worker->quit) {
		if (worker->state != WANTED) {
			pthread_cond_wait(&worker->changed, &worker->lock);
			continue;
		}
		pthread_mutex_unlock(&worker->lock);
		worker->job->work(worker->context);
		pthread_mutex_lock(&worker->lock);
		worker->state = DONE;
		pthread_cond_broadcast(&worker->changed);
	}
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

/* Call with the lock. True when the thread has finished. */
static bool wait_done(struct frontend_worker *worker)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += PATIENCE_NS;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	while (worker->state == WANTED)
		if (pthread_cond_timedwait(&worker->changed, &worker->lock, &until) != 0)
			break;
	return worker->state == DONE;
}

/* The thread is still busy with an earlier request. */
static void too_slow(struct frontend_worker *worker)
{
	worker->late++;
	if (worker->late <= worker->job->late_most)
		return;
	c_complain(LOG_WARNING, &worker->slow,
		FRONTEND_NAME
		" plugin: %s: nothing new for %u intervals; the source hangs, and all is unknown.",
		worker->job->name(worker->context), worker->late);
	worker->job->give_up(worker->context);
}

/* Call with the lock. */
static void ask(struct frontend_worker *worker)
{
	worker->asked = cdtime();
	worker->state = WANTED;
	pthread_cond_broadcast(&worker->changed);
}

static void collect(struct frontend_worker *worker)
{
	bool is_done;

	pthread_mutex_lock(&worker->lock);
	is_done = worker->state == DONE;
	if (is_done)
		worker->state = IDLE;
	pthread_mutex_unlock(&worker->lock);
	/* After it was given up the lists are already ahead of this one; the next one will do. */
	if (is_done && worker->late <= worker->job->late_most)
		worker->job->publish(worker->context, worker->asked);
}

/* What came late carries the time when it was asked for, so that the next may follow at once. */
static void ask_and_collect(struct frontend_worker *worker)
{
	bool waited, in_time;

	pthread_mutex_lock(&worker->lock);
	waited = worker->state == WANTED;
	if (waited && !wait_done(worker)) {
		pthread_mutex_unlock(&worker->lock);
		too_slow(worker);
		return;
	}
	pthread_mutex_unlock(&worker->lock);
	collect(worker);
	worker->late = 0;
	c_release(LOG_NOTICE, &worker->slow, FRONTEND_NAME " plugin: %s: answers again.",
		worker->job->name(worker->context));

	pthread_mutex_lock(&worker->lock);
	ask(worker);
	in_time = !waited && wait_done(worker);
	pthread_mutex_unlock(&worker->lock);
	if (in_time)
		collect(worker);
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Call with the lock `reading`. */
static void keep_longest(struct frontend_worker *worker, double us)
{
	if (!(us <= worker->held_us))
		worker->held_us = us;
}

void worker_read(struct frontend_worker *worker)
{
	double began_us = now_us();

	pthread_mutex_lock(&worker->reading);
	ask_and_collect(worker);
	keep_longest(worker, now_us() - began_us);
	pthread_mutex_unlock(&worker->reading);
}

void worker_collect(struct frontend_worker *worker)
{
	double began_us = now_us();

	if (pthread_mutex_trylock(&worker->reading) != 0)
		return; /* the read that is under way will do it */
	collect(worker);
	keep_longest(worker, now_us() - began_us);
	pthread_mutex_unlock(&worker->reading);
}

double worker_held_us(struct frontend_worker *worker)
{
	double us = worker->held_us;

	worker->held_us = (double)NAN;
	return us;
}

struct frontend_worker *worker_new(
	const struct frontend_job *job, void *context, const char *thread)
{
	struct frontend_worker *worker = calloc(1, sizeof(*worker));
	pthread_condattr_t attributes;

	if (!worker) {
		ERROR(FRONTEND_NAME " plugin: out of memory");
		return NULL;
	}
	worker->job = job;
	worker->context = context;
	worker->held_us = (double)NAN;
	pthread_mutex_init(&worker->lock, NULL);
	pthread_mutex_init(&worker->reading, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&worker->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (plugin_thread_create(&worker->thread, thread_main, worker, thread) != 0) {
		ERROR(FRONTEND_NAME " plugin: cannot start a thread");
		pthread_cond_destroy(&worker->changed);
		pthread_mutex_destroy(&worker->lock);
		pthread_mutex_destroy(&worker->reading);
		free(worker);
		return NULL;
	}
	return worker;
}

/* A thread that sits in the kernel, say on a dead file server, cannot be asked to leave. */
static bool join(pthread_t thread)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += GOODBYE_S;
	return pthread_timedjoin_np(thread, NULL, &until) == 0;
}

bool worker_free(struct frontend_worker *worker)
{
	if (!worker)
		return true;
	pthread_mutex_lock(&worker->lock);
	worker->quit = true;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
	if (!join(worker->thread)) {
		ERROR(FRONTEND_NAME " plugin: %s: does not answer and is left behind at shutdown.",
			worker->job->name(worker->context));
		return false;
	}
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	pthread_mutex_destroy(&worker->reading);
	free(worker);
	return true;
}
