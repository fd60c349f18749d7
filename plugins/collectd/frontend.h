/* SPDX-License-Identifier: MIT */
/*
 * What the files of the collectd plugin share. The way of a sample:
 *
 *     options (collectd.conf) -> source (engine and thread) -> lists (values)
 *                                                           -> notices (notifications, EventLog)
 *
 * Everything here is about collectd; what the numbers mean is known to the core alone.
 */
#ifndef NETVITALS_FRONTEND_H
#define NETVITALS_FRONTEND_H

#include <collectd/core/daemon/collectd.h>
#include <collectd/core/daemon/plugin.h>
#include <collectd/core/daemon/utils_complain.h>
#include <collectd/core/utils/common/common.h>

#include <pthread.h>

#include "netvitals.h"

#define FRONTEND_NAME "netvitals"

/* ---- options.c: the <Plugin netvitals> block */

enum frontend_counters { FRONTEND_COUNTERS_NONE, FRONTEND_COUNTERS_USED, FRONTEND_COUNTERS_ALL };

struct frontend_options {
	struct nv_config engine;
	cdtime_t interval; /* the daemon's, of the values of this host */
	bool state_dir_given;
	bool indicators[NV_I_END]; /* dispatched, by number */
	bool usual;
	bool parts;      /* numerator and denominator beside each value */
	bool self;       /* lists about the plugin */
	bool interfaces; /* value lists for each interface that is counted in class status */
	enum frontend_counters counters;
	bool counter_used[NV_C_END]; /* mentioned by a formula of the catalog */
	char event_log[NV_PATH_SIZE];
};

void options_init(struct frontend_options *);
/* Additive: collectd calls it once for each block. Complains and goes on; never refuses. */
void options_read(struct frontend_options *, const oconfig_item_t *block);
/* All values of a line, with blanks between; false if they are too long. */
bool options_words(const oconfig_item_t *line, char *words, size_t size);
/* After the last block: what depends on the daemon. */
void options_finish(struct frontend_options *);

/* ---- lists.c: report -> value lists */

/* report NULL: the source gives nothing: statuses unknown, values NAN. host "": the daemon's. */
struct frontend_when {
	cdtime_t time;     /* of the sample; 0: now */
	cdtime_t interval; /* 0: the daemon's */
	double held_us;    /* as of worker_held_us() */
};
void lists_dispatch(const struct frontend_options *, const char *host, struct frontend_when,
	const struct nv_report *, const struct nv_snapshot *);
/* "percent" for ratios, "gauge" for all else. */
const char *lists_type(uint16_t indicator);
/* In the unit that the lists have: percent for ratios. */
double lists_value(uint16_t indicator, double value);

/* ---- notices.c: events -> notifications and the event log */

/* Notify of the events after number `reported`; returns the number of the newest one reported. */
uint32_t notices_dispatch(
	const struct frontend_options *, const char *host, struct nv_engine *, uint32_t reported);
/* The same into the event log; may be as slow as its disk. */
uint32_t notices_write(
	const struct frontend_options *, const char *host, struct nv_engine *, uint32_t written);
void notices_fini(void);

/* What an engine says about its memory on disk goes to the log. */
void notices_log(struct nv_engine *);

/* ---- worker.c: slow work in a thread of its own ---- */

struct frontend_job {
	const char *(*name)(void *context);             /* for messages */
	void (*work)(void *context);                    /* in the thread; may be slow */
	void (*publish)(void *context, cdtime_t asked); /* what it brought; in the reader */
	void (*give_up)(void *context); /* there was nothing for late_most reads; in the reader */
	unsigned late_most;
};

struct frontend_worker;

/* NULL: no memory or no thread (logged). */
struct frontend_worker *worker_new(const struct frontend_job *, void *context, const char *thread);
/* Ask for work, wait for it a moment, publish what there is. Never longer than 50 ms. */
void worker_read(struct frontend_worker *);
/* Publish what has come since, if anything. May be called while another thread reads. */
void worker_collect(struct frontend_worker *);
/*
 * For publish: how long a read held its caller at most since this was last asked; NAN before the
 * end of the first.
 */
double worker_held_us(struct frontend_worker *);
/* Joins the thread; takes NULL. False: it hangs and still owns the context, which must stay. */
bool worker_free(struct frontend_worker *);

/* ---- source.c: the engine of this host ---- */

struct frontend_source;

/* options must outlive the source. NULL: no memory or no thread (logged). */
struct frontend_source *source_new(const struct frontend_options *);
void source_read(struct frontend_source *);
/* Between two reads: publish what came too late for the last one. */
void source_look(struct frontend_source *);
void source_free(struct frontend_source *); /* takes NULL */

/* ---- program.c: a program without a shell -> its output ---- */

#define FRONTEND_OUTPUT_MOST (4 << 20) /* octets; more is no netstat output */

struct frontend_program {
	char **arguments; /* the first is an absolute path; ends with NULL */
	char user[64];    /* "": the daemon's own, which then is not root */
	uid_t uid;
	gid_t gid;
	char home[NV_PATH_SIZE];
	double limit_s;
	pthread_mutex_t lock; /* of running: its number is ours as long as it stands here */
	pid_t running;        /* 0: none */
	bool forbidden;       /* no program any more */
};

void program_init(struct frontend_program *); /* all fields 0 but the lock */
/* Finds the user. -1 and err if it may not be run as that. */
int program_check(struct frontend_program *, struct nv_error *err);
/* Its output, which the caller frees. NULL and err: it failed, took too long or wrote too much. */
char *program_run(struct frontend_program *, size_t *length, struct nv_error *err);
/* From another thread: end it now, and start none again. */
void program_forbid(struct frontend_program *);

/* ---- captures.c: saved or freshly printed netstat output of other hosts ---- */

/* One <Capture "name"> block. Complains and goes on. */
void captures_config(const oconfig_item_t *block);
/* Registers one read callback for each. options must stay. */
void captures_init(const struct frontend_options *);
void captures_fini(void);

#endif
