/* SPDX-License-Identifier: MIT */
/*
 * traffic PROGRAM [KEY=VALUE ...]
 *
 * Everyday and ill-behaved users of TCP, UDP and ICMP, one program each, in the network namespace
 * that netns= names. Prints "ready" when it works and one line of JSON, its tally, at its end.
 *
 *   serve   port= how=read|echo|source|stop|slow|noaccept|leak|reset|unread   TCP server
 *   userve  port= how=read|echo|stop                                          UDP server
 *   bulk    to= port= [count= bps= cc= each=OCTETS]        connections that send all the time
 *   talk    to= port= [count= each= size= reply= think= end=fin|rst|keep|half] requests, opens
 *   udp     to= port= rate= size= [how=echo]               datagrams; larger than the MTU:
 * fragments ping    to= rate= [size=]                              echo requests scan kind=tcp|udp
 * to= port=FIRST last=LAST rate=    a port scan by a remote host trace   to= [hops=] traceroute,
 * again and again forge   kind=... to= from= rate=                       packets no stack would
 * send; see forge.c hold                                                   does nothing: keeps the
 * namespace findable
 */
#define _GNU_SOURCE
#include "traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

int64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

void wait_until(int64_t when_ns)
{
	struct timespec t = { when_ns / 1000000000, when_ns % 1000000000 };

	if (!stopped)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

bool make_address(const char *text, unsigned port, unsigned step, struct address *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&out->room;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out->room;

	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		v4->sin_addr.s_addr = htonl(ntohl(v4->sin_addr.s_addr) + step);
		out->length = sizeof *v4;
		return true;
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		v6->sin6_addr.s6_addr[15] = (uint8_t)(v6->sin6_addr.s6_addr[15] + step);
		out->length = sizeof *v6;
		return true;
	}
	fprintf(stderr, "traffic: %s: expected an IPv4 or IPv6 address\n", text);
	return false;
}

void set_number(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof value) < 0)
		fprintf(stderr, "traffic: setsockopt %d %d: %s\n", level, option, strerror(errno));
}

int open_socket(const struct options *o, int family, int type, int protocol)
{
	int fd = socket(family, type | SOCK_CLOEXEC, protocol);

	if (fd < 0) {
		fprintf(stderr, "traffic: socket: %s\n", strerror(errno));
		return -1;
	}
	if (o->receive_buffer)
		set_number(fd, SOL_SOCKET, SO_RCVBUF, o->receive_buffer);
	if (o->send_buffer)
		set_number(fd, SOL_SOCKET, SO_SNDBUF, o->send_buffer);
	if ((type & 15) != SOCK_STREAM)
		return fd;
	set_number(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (o->congestion &&
		setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, o->congestion,
			(socklen_t)strlen(o->congestion)) < 0)
		fprintf(stderr, "traffic: congestion control %s: %s\n", o->congestion,
			strerror(errno));
	if (o->bits_per_second > 0)
		set_number(fd, SOL_SOCKET, SO_MAX_PACING_RATE, (int)(o->bits_per_second / 8));
	if (o->keepalive) {
		set_number(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
		set_number(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1);
		set_number(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
		set_number(fd, IPPROTO_TCP, TCP_KEEPCNT, 2);
	}
	return fd;
}

void say_ready(void)
{
	puts("ready");
}

uint16_t checksum(const void *data, size_t bytes, uint32_t sum)
{
	const uint8_t *p = data;

	for (; bytes > 1; p += 2, bytes -= 2)
		sum += (uint32_t)(p[0] << 8 | p[1]);
	if (bytes)
		sum += (uint32_t)p[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

int run_hold(const struct options *o, struct tally *tally)
{
	(void)o;
	(void)tally;
	say_ready();
	while (!stopped)
		pause();
	return 0;
}

static bool set_text(struct options *o, const char *key, const char *value)
{
	const char **texts[] = { &o->netns, &o->to, &o->from, &o->how, &o->kind, &o->end,
		&o->congestion, &o->device };
	static const char *const names[] = { "netns", "to", "from", "how", "kind", "end", "cc",
		"dev" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(key, names[i])) {
			*texts[i] = value;
			return true;
		}
	return false;
}

static bool set_value(struct options *o, const char *key, double value)
{
	struct {
		const char *name;
		unsigned *number;
		double *real;
		int *whole;
	} table[] = {
		{ "port", &o->port, NULL, NULL },
		{ "last", &o->last_port, NULL, NULL },
		{ "count", &o->count, NULL, NULL },
		{ "size", &o->size, NULL, NULL },
		{ "reply", &o->reply, NULL, NULL },
		{ "each", &o->each, NULL, NULL },
		{ "backlog", &o->backlog, NULL, NULL },
		{ "hops", &o->hops, NULL, NULL },
		{ "for", NULL, &o->seconds, NULL },
		{ "think", NULL, &o->think_ms, NULL },
		{ "rate", NULL, &o->rate, NULL },
		{ "bps", NULL, &o->bits_per_second, NULL },
		{ "timeout", NULL, &o->timeout_ms, NULL },
		{ "rcvbuf", NULL, NULL, &o->receive_buffer },
		{ "sndbuf", NULL, NULL, &o->send_buffer },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (strcmp(key, table[i].name))
			continue;
		if (table[i].number)
			*table[i].number = (unsigned)value;
		else if (table[i].real)
			*table[i].real = value;
		else
			*table[i].whole = (int)value;
		return true;
	}
	if (!strcmp(key, "spread"))
		o->spread = value > 0;
	else if (!strcmp(key, "keepalive"))
		o->keepalive = value > 0;
	else if (!strcmp(key, "wait"))
		o->wait = value > 0;
	else
		return false;
	return true;
}

static bool enter(const char *netns)
{
	char path[256];

	snprintf(path, sizeof path, "/var/run/netns/%s", netns);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool done = fd >= 0 && setns(fd, CLONE_NEWNET) == 0;
	if (!done)
		fprintf(stderr, "traffic: %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return done;
}

static void print_tally(const char *program, const struct tally *t)
{
	printf("{\"program\":\"%s\",\"opens\":%llu,\"answers\":%llu,\"refused\":%llu,\"timeouts\":%llu,"
	       "\"errors\":%llu,\"sent\":%llu,\"received\":%llu,\"bytes\":%llu}\n",
		program, (unsigned long long)t->opens, (unsigned long long)t->answers,
		(unsigned long long)t->refused, (unsigned long long)t->timeouts,
		(unsigned long long)t->errors, (unsigned long long)t->sent,
		(unsigned long long)t->received, (unsigned long long)t->bytes);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const struct options *, struct tally *);
	} programs[] = { { "serve", run_serve }, { "userve", run_userve }, { "bulk", run_bulk },
		{ "talk", run_talk }, { "udp", run_udp }, { "ping", run_ping },
		{ "scan", run_scan }, { "trace", run_trace }, { "forge", run_forge },
		{ "hold", run_hold } };
	struct options o = { .how = "read",
		.kind = "",
		.end = "fin",
		.port = 5001,
		.count = 1,
		.size = 100,
		.reply = 100,
		.backlog = 128,
		.hops = 3,
		.rate = 10,
		.timeout_ms = 5000 };
	struct tally tally = { 0 };
	struct sigaction action = { .sa_handler = on_signal };

	setvbuf(stdout, NULL, _IOLBF, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* a driver that was killed leaves nobody behind */
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	for (int i = 2; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (value)
			*value++ = 0;
		if (!value ||
			(!set_text(&o, argv[i], value) &&
				!set_value(&o, argv[i], strtod(value, NULL)))) {
			fprintf(stderr, "traffic: %s: unknown option, expected KEY=VALUE\n",
				argv[i]);
			return 2;
		}
	}
	for (size_t i = 0; argc > 1 && i < sizeof programs / sizeof *programs; i++) {
		if (strcmp(argv[1], programs[i].name))
			continue;
		if (o.netns && !enter(o.netns))
			return 1;
		int status = programs[i].run(&o, &tally);
		print_tally(argv[1], &tally);
		return status;
	}
	fputs("usage: traffic PROGRAM [KEY=VALUE ...]\n", stderr);
	return 2;
}
