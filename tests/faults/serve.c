/* SPDX-License-Identifier: MIT */
/* Servers, good and bad: options -> sockets that accept, read, answer, or fail to do so. */
#define _GNU_SOURCE
#include "traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECTIONS_MAX 4096
#define TICK_NS         50000000ll

enum how { READ, CONSEQUENCE, SOURCE, STOP, SLOW, NOACCEPT, LEAK, RESET, UNREAD, HOWS };
static const char *const how_names[HOWS] = { "read", "echo", "source", "stop", "slow", "noaccept",
	"leak", "reset", "unread" };

struct server {
	const struct options *o;
	struct tally *tally;
	enum how how;
	unsigned connections;
	uint64_t got[CONNECTIONS_MAX];
	struct pollfd polls[CONNECTIONS_MAX + 1]; /* [0] is the listener */
};

static char buffer[1 << 18];

/* One socket for both families. */
static int bind_any(const struct options *o, int type)
{
	struct address any;
	int fd = open_socket(o, AF_INET6, type, 0);

	if (fd < 0 || !make_address("::", o->port, 0, &any))
		return -1;
	set_number(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	if (bind(fd, &any.any, any.length) == 0)
		return fd;
	fprintf(stderr, "traffic: port %u: %s\n", o->port, strerror(errno));
	close(fd);
	return -1;
}

static void drop(struct server *s, unsigned at, bool reset)
{
	if (reset) {
		struct linger now = { .l_onoff = 1 };
		setsockopt(s->polls[at + 1].fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	}
	close(s->polls[at + 1].fd);
	s->connections--;
	s->polls[at + 1] = s->polls[s->connections + 1];
	s->got[at] = s->got[s->connections];
}

static void answer(struct server *s, unsigned at, ssize_t bytes)
{
	s->got[at] += (uint64_t)bytes;
	while (s->got[at] >= s->o->size) {
		s->got[at] -= s->o->size;
		size_t length = s->o->reply < sizeof buffer ? s->o->reply : sizeof buffer;
		if (send(s->polls[at + 1].fd, buffer, length, MSG_NOSIGNAL) < 0)
			s->tally->errors++;
		else
			s->tally->answers++;
	}
}

/* False: the connection is gone and another stands in its place. */
static bool on_readable(struct server *s, unsigned at)
{
	struct pollfd *p = &s->polls[at + 1];
	size_t most = s->how == UNREAD ? 1 : sizeof buffer;

	if (s->how == SLOW)
		most = (size_t)(s->o->bits_per_second / 8 * TICK_NS / 1e9);
	ssize_t bytes = recv(p->fd, buffer, most, 0);
	if (bytes > 0) {
		s->tally->bytes += (uint64_t)bytes;
		if (s->how == CONSEQUENCE)
			answer(s, at, bytes);
		if (s->how == SLOW)
			p->events = 0; /* until the next tick */
		if (s->how != RESET && s->how != UNREAD)
			return true;
	} else if (bytes < 0 && errno == EAGAIN) {
		return true;
	} else if (s->how == LEAK && bytes == 0) {
		p->events = 0;
		p->fd = -p->fd - 1; /* poll passes over it; never closed */
		return true;
	}
	drop(s, at, s->how == RESET);
	return false;
}

static void on_connect(struct server *s)
{
	while (s->connections < CONNECTIONS_MAX) {
		int fd = accept4(s->polls[0].fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		s->tally->opens++;
		s->got[s->connections] = 0;
		s->connections++;
		short events = s->how == STOP ? 0 : s->how == SOURCE ? POLLOUT : POLLIN;
		s->polls[s->connections] = (struct pollfd){ fd, events, 0 };
	}
}

static void on_event(struct server *s, unsigned at, int64_t *resume)
{
	struct pollfd *p = &s->polls[at + 1];

	if (s->how == SOURCE && p->revents & POLLOUT) {
		if (recv(p->fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
			s->tally->answers++; /* a question, which changes nothing */
		ssize_t bytes = send(p->fd, buffer, sizeof buffer, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (bytes > 0)
			s->tally->bytes += (uint64_t)bytes;
		else if (errno != EAGAIN)
			drop(s, at, false);
	} else if (p->revents & POLLIN && p->events) {
		on_readable(s, at);
		*resume = *resume ? *resume : clock_ns() + TICK_NS;
	} else if (p->revents & (POLLERR | POLLHUP) && s->how != STOP && s->how != SLOW) {
		drop(s, at, false);
	} else if (p->revents & (POLLERR | POLLHUP)) {
		p->fd = -p->fd - 1;
	}
}

int run_serve(const struct options *o, struct tally *tally)
{
	static struct server s;
	int how = HOWS;

	while (how-- && strcmp(how_names[how], o->how))
		;
	if (how < 0)
		return fprintf(stderr, "traffic: how=%s: unknown\n", o->how), 2;
	s = (struct server){ .o = o, .tally = tally, .how = (enum how)how };
	int fd = bind_any(o, SOCK_STREAM | SOCK_NONBLOCK);
	if (fd < 0 || listen(fd, (int)o->backlog) < 0)
		return 1;
	s.polls[0] = (struct pollfd){ fd, how == NOACCEPT ? 0 : POLLIN, 0 };
	say_ready();
	int64_t end = o->seconds > 0 ? clock_ns() + (int64_t)(o->seconds * 1e9) : INT64_MAX,
		resume = 0;
	while (!stopped && clock_ns() < end) {
		if (poll(s.polls, s.connections + 1, how == SLOW ? 20 : 500) < 0)
			continue;
		if (s.polls[0].revents & POLLIN)
			on_connect(&s);
		for (unsigned i = s.connections; i-- > 0;)
			if (s.polls[i + 1].revents)
				on_event(&s, i, &resume);
		if (how == SLOW && resume && clock_ns() >= resume) {
			for (unsigned i = 0; i < s.connections; i++)
				s.polls[i + 1].events = POLLIN;
			resume = 0;
		}
	}
	return 0;
}

int run_userve(const struct options *o, struct tally *tally)
{
	int fd = bind_any(o, SOCK_DGRAM);
	struct address from;

	if (fd < 0)
		return 1;
	say_ready();
	while (!stopped && !strcmp(o->how, "stop"))
		pause();
	while (!stopped) {
		struct pollfd readable = { fd, POLLIN, 0 };

		if (poll(&readable, 1, 500) < 1)
			continue;
		from.length = sizeof from.room;
		ssize_t bytes = recvfrom(
			fd, buffer, sizeof buffer, MSG_DONTWAIT, &from.any, &from.length);
		if (bytes < 0)
			continue;
		tally->received++;
		tally->bytes += (uint64_t)bytes;
		if (!strcmp(o->how, "echo") &&
			sendto(fd, buffer, (size_t)bytes, 0, &from.any, from.length) > 0)
			tally->answers++;
		if (o->think_ms > 0)
			wait_until(clock_ns() + (int64_t)(o->think_ms * 1e6));
	}
	return 0;
}
