/* SPDX-License-Identifier: MIT */
/*
 * The one meeting point of the two threads: samples and events go from the sampler to the thread
 * that speaks SNMP.
 *
 *     main thread: engine -> view, events -> nv_exchange_publish
 *                                                 | eventfd
 *     SNMP thread:                   nv_exchange_take -> scene, queue
 *
 * Three views take turns: one is read, one is the newest, one is being written, so neither thread
 * ever waits for more than a pointer's exchange and the copying of events.
 */
#ifndef NV_EXCHANGE_H
#define NV_EXCHANGE_H

#include "netvitals.h"
#include "tables.h"

#include <pthread.h>
#include <stdatomic.h>

#define NV_INBOX_ROOM 1024

struct nv_exchange {
	pthread_mutex_t lock;
	struct nv_view views[3];
	int newest, reading;                  /* -1: none yet */
	struct nv_event inbox[NV_INBOX_ROOM]; /* a ring */
	unsigned inbox_first, inbox_count;
	uint32_t history; /* events up to this number are of before this process; set before the
			     threads run */
	struct nv_settings settings; /* the newest that were set; for the sampler */
	int wake_fd;                 /* eventfd: something to do for the SNMP thread */
	atomic_bool stop;
	_Atomic int64_t beat_ns; /* CLOCK_MONOTONIC: the sampler's last sign of life */
};

/* *exchange is all zero (and stays untouched where it can). -1: the system refuses an eventfd. */
int nv_exchange_init(struct nv_exchange *);
void nv_exchange_fini(struct nv_exchange *);

/* The view that the sampler may write now. */
struct nv_view *nv_exchange_free_view(struct nv_exchange *);

/*
 * These events have happened. Returns how many were taken: fewer than count if the inbox is full;
 * the caller keeps the rest for later. Whoever reads makes room quickly.
 */
unsigned nv_exchange_post(struct nv_exchange *, const struct nv_event *events, unsigned count);

/* That view is the newest now. */
void nv_exchange_publish(struct nv_exchange *, struct nv_view *);

/* The newest view, to be read until the next call; NULL before the first sample. */
const struct nv_view *nv_exchange_take(struct nv_exchange *);

/* Move up to `room` events out of the inbox, oldest first. */
unsigned nv_exchange_events(struct nv_exchange *, struct nv_event *out, unsigned room);

/* Settings go the other way. The sampler is to be woken by SIGUSR2. */
void nv_exchange_put_settings(struct nv_exchange *, const struct nv_settings *);
void nv_exchange_get_settings(struct nv_exchange *, struct nv_settings *);

void nv_exchange_wake(struct nv_exchange *);

int64_t nv_mono_ns(void);

#endif
