/* SPDX-License-Identifier: MIT */
/* TCP clients: options -> connections that send all the time, or ask, think and close. */
#define _GNU_SOURCE
#include "traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SLOTS_MAX 2048

enum phase { IDLE, CONNECTING, WAITING, THINKING, KEPT };

struct slot {
	enum phase phase;
	unsigned asked;
	uint64_t got;
	int64_t when_ns; /* idle and thinking: until; connecting and waiting: give up */
};

struct talk {
	const struct options *o;
	struct tally *tally;
	unsigned count;
	struct slot slot[SLOTS_MAX];
	struct pollfd polls[SLOTS_MAX];
};

static char buffer[1 << 18];

static int64_t after_ms(double ms)
{
	return clock_ns() + (int64_t)(ms * 1e6);
}

static int begin(const struct options *o, unsigned number)
{
	struct address to, from;

	if (!o->to || !make_address(o->to, o->port, o->spread ? number : 0, &to))
		return -1;
	int fd = open_socket(o, to.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (o->from && make_address(o->from, 0, 0, &from) && bind(fd, &from.any, from.length) < 0)
		fprintf(stderr, "traffic: %s: %s\n", o->from, strerror(errno));
	if (connect(fd, &to.any, to.length) == 0 || errno == EINPROGRESS)
		return fd;
	close(fd);
	return -1;
}

/* ---- bulk
 * ------------------------------------------------------------------------------------------ */

int run_bulk(const struct options *o, struct tally *tally)
{
	static struct pollfd polls[SLOTS_MAX];
	int64_t end = o->seconds > 0 ? after_ms(o->seconds * 1e3) : INT64_MAX;
	unsigned count = o->count < SLOTS_MAX ? o->count : SLOTS_MAX;
	size_t piece = o->each ? o->each : 1 << 16;

	for (unsigned i = 0; i < count; i++) {
		polls[i] = (struct pollfd){ begin(o, i), POLLOUT, 0 };
		tally->opens += polls[i].fd >= 0;
		if (o->each && polls[i].fd >= 0)
			set_number(polls[i].fd, IPPROTO_TCP, TCP_NODELAY, 1);
	}
	say_ready();
	while (!stopped && clock_ns() < end) {
		if (o->each) /* each piece becomes a segment of its own */
			wait_until(after_ms(1));
		if (poll(polls, count, 100) < 1)
			continue;
		for (unsigned i = 0; i < count; i++) {
			if (!polls[i].revents)
				continue;
			ssize_t bytes = send(
				polls[i].fd, buffer, piece, MSG_NOSIGNAL | MSG_DONTWAIT);
			if (bytes > 0) {
				tally->bytes += (uint64_t)bytes;
			} else if (errno != EAGAIN) {
				tally->errors++;
				close(polls[i].fd);
				polls[i].fd = -1;
			}
		}
	}
	for (unsigned i = 0; i < count; i++)
		if (polls[i].fd >= 0)
			close(polls[i].fd);
	return 0;
}

/* ---- talk
 * ------------------------------------------------------------------------------------------ */

static void finish(struct talk *t, unsigned at, bool broken)
{
	const char *end = t->o->end;

	if (!strcmp(end, "keep") && !broken) {
		t->slot[at].phase =
			KEPT; /* nothing more is asked; the end of the program closes it */
		t->polls[at].events = 0;
		return;
	}
	if (!strcmp(end, "rst")) {
		struct linger now = { .l_onoff = 1 };
		setsockopt(t->polls[at].fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	}
	close(t->polls[at].fd);
	t->polls[at] = (struct pollfd){ -1, 0, 0 };
	t->slot[at].phase = IDLE;
	t->slot[at].when_ns = after_ms(t->o->think_ms);
}

static void ask(struct talk *t, unsigned at)
{
	struct slot *slot = &t->slot[at];
	size_t size = t->o->size < sizeof buffer ? t->o->size : sizeof buffer;

	if (size && send(t->polls[at].fd, buffer, size, MSG_NOSIGNAL) < 0) {
		t->tally->errors++;
		finish(t, at, true);
		return;
	}
	if (!strcmp(t->o->end, "half"))
		shutdown(t->polls[at].fd, SHUT_WR);
	slot->asked++;
	slot->got = 0;
	slot->phase = WAITING;
	slot->when_ns = after_ms(t->o->timeout_ms);
	t->polls[at].events = POLLIN;
	if (!t->o->reply)
		finish(t, at, false);
}

static void on_connected(struct talk *t, unsigned at)
{
	int error = 0;
	socklen_t length = sizeof error;

	getsockopt(t->polls[at].fd, SOL_SOCKET, SO_ERROR, &error, &length);
	if (error == ECONNREFUSED)
		t->tally->refused++;
	else if (error == ETIMEDOUT)
		t->tally->timeouts++;
	else if (error)
		t->tally->errors++;
	if (error) {
		finish(t, at, true);
		return;
	}
	t->tally->opens++;
	t->slot[at].asked = 0;
	ask(t, at);
}

static void on_reply(struct talk *t, unsigned at)
{
	struct slot *slot = &t->slot[at];
	ssize_t bytes = recv(t->polls[at].fd, buffer, sizeof buffer, MSG_DONTWAIT);

	if (bytes < 0 && errno == EAGAIN)
		return;
	if (bytes <= 0) {
		t->tally->errors++;
		finish(t, at, true);
		return;
	}
	t->tally->bytes += (uint64_t)bytes;
	slot->got += (uint64_t)bytes;
	if (slot->got < t->o->reply)
		return;
	t->tally->answers++;
	if (t->o->each && slot->asked >= t->o->each) {
		finish(t, at, false);
		return;
	}
	slot->phase = THINKING;
	slot->when_ns = after_ms(t->o->think_ms);
	t->polls[at].events = 0;
}

static void on_time(struct talk *t, unsigned at)
{
	struct slot *slot = &t->slot[at];

	switch (slot->phase) {
	case IDLE:
		t->polls[at] = (struct pollfd){ begin(t->o, at), POLLOUT, 0 };
		if (t->polls[at].fd < 0) {
			t->tally->errors++;
			slot->when_ns = after_ms(t->o->think_ms > 10 ? t->o->think_ms : 10);
			return;
		}
		slot->phase = CONNECTING;
		slot->when_ns = after_ms(t->o->timeout_ms);
		return;
	case THINKING:
		ask(t, at);
		return;
	case CONNECTING:
	case WAITING:
		t->tally->timeouts++;
		finish(t, at, true);
		return;
	case KEPT:
		return;
	}
}

int run_talk(const struct options *o, struct tally *tally)
{
	static struct talk t;
	int64_t start = clock_ns(), end = o->seconds > 0 ? after_ms(o->seconds * 1e3) : INT64_MAX;

	t.o = o;
	t.tally = tally;
	t.count = o->count < SLOTS_MAX ? o->count : SLOTS_MAX;
	for (unsigned i = 0; i < t.count; i++) {
		t.polls[i].fd = -1;
		/* Spread over the first think time, so that they do not march in step. */
		t.slot[i].when_ns = start + (int64_t)(o->think_ms * 1e6 * i / t.count);
	}
	say_ready();
	while (!stopped && clock_ns() < end) {
		int64_t next = clock_ns() + 100000000;

		for (unsigned i = 0; i < t.count; i++) {
			if (t.slot[i].phase != KEPT && t.slot[i].when_ns <= clock_ns())
				on_time(&t, i);
			if (t.slot[i].phase != KEPT && t.slot[i].when_ns < next)
				next = t.slot[i].when_ns;
		}
		int64_t left = next - clock_ns();
		struct timespec wait = { 0, left > 0 ? left : 0 };
		if (ppoll(t.polls, t.count, &wait, NULL) < 1)
			continue;
		for (unsigned i = 0; i < t.count; i++) {
			if (!t.polls[i].revents)
				continue;
			if (t.slot[i].phase == CONNECTING)
				on_connected(&t, i);
			else if (t.slot[i].phase == WAITING)
				on_reply(&t, i);
			else if (t.slot[i].phase == THINKING)
				finish(&t, i, true);
			else
				t.polls[i].fd = -t.polls[i].fd -
					1; /* kept, and the peer has gone */
		}
	}
	for (unsigned i = 0; i < t.count && strcmp(o->end, "keep"); i++)
		if (t.polls[i].fd >= 0)
			finish(&t, i, false);
	return 0;
}
