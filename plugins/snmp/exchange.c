/* SPDX-License-Identifier: MIT */
/*
 * Samples and events from the sampler to the SNMP thread, without either waiting for the other.
 */
#include "exchange.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

int64_t nv_mono_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int nv_exchange_init(struct nv_exchange *exchange)
{
	exchange->newest = exchange->reading = -1;
	nv_settings_init(&exchange->settings);
	exchange->beat_ns = nv_mono_ns();
	exchange->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (exchange->wake_fd < 0)
		return -1;
	pthread_mutex_init(&exchange->lock, NULL);
	return 0;
}

void nv_exchange_fini(struct nv_exchange *exchange)
{
	for (int i = 0; i < 3; i++)
		free(exchange->views[i].interfaces);
	close(exchange->wake_fd);
	pthread_mutex_destroy(&exchange->lock);
}

struct nv_view *nv_exchange_free_view(struct nv_exchange *exchange)
{
	int at = 0;

	pthread_mutex_lock(&exchange->lock);
	while (at == exchange->newest || at == exchange->reading)
		at++;
	pthread_mutex_unlock(&exchange->lock);
	return &exchange->views[at];
}

void nv_exchange_publish(struct nv_exchange *exchange, struct nv_view *view)
{
	pthread_mutex_lock(&exchange->lock);
	exchange->newest = (int)(view - exchange->views);
	pthread_mutex_unlock(&exchange->lock);
}

unsigned nv_exchange_post(
	struct nv_exchange *exchange, const struct nv_event *events, unsigned count)
{
	unsigned taken = 0;

	pthread_mutex_lock(&exchange->lock);
	while (taken < count && exchange->inbox_count < NV_INBOX_ROOM) {
		unsigned at = (exchange->inbox_first + exchange->inbox_count++) % NV_INBOX_ROOM;
		exchange->inbox[at] = events[taken++];
	}
	pthread_mutex_unlock(&exchange->lock);
	return taken;
}

const struct nv_view *nv_exchange_take(struct nv_exchange *exchange)
{
	pthread_mutex_lock(&exchange->lock);
	exchange->reading = exchange->newest;
	pthread_mutex_unlock(&exchange->lock);
	return exchange->reading < 0 ? NULL : &exchange->views[exchange->reading];
}

unsigned nv_exchange_events(struct nv_exchange *exchange, struct nv_event *out, unsigned room)
{
	unsigned count = 0;

	pthread_mutex_lock(&exchange->lock);
	while (count < room && exchange->inbox_count > 0) {
		out[count++] = exchange->inbox[exchange->inbox_first];
		exchange->inbox_first = (exchange->inbox_first + 1) % NV_INBOX_ROOM;
		exchange->inbox_count--;
	}
	pthread_mutex_unlock(&exchange->lock);
	return count;
}

void nv_exchange_put_settings(struct nv_exchange *exchange, const struct nv_settings *settings)
{
	pthread_mutex_lock(&exchange->lock);
	exchange->settings = *settings;
	pthread_mutex_unlock(&exchange->lock);
}

void nv_exchange_get_settings(struct nv_exchange *exchange, struct nv_settings *settings)
{
	pthread_mutex_lock(&exchange->lock);
	*settings = exchange->settings;
	pthread_mutex_unlock(&exchange->lock);
}

void nv_exchange_wake(struct nv_exchange *exchange)
{
	uint64_t one = 1;
	ssize_t written = write(exchange->wake_fd, &one, sizeof(one));

	(void)written; /* full: a wake-up is already due */
}
