/* SPDX-License-Identifier: MIT */
/* UDP and ICMP clients, port scans and traceroute: options -> datagrams at a given rate. */
#define _GNU_SOURCE
#include "traffic.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char buffer[1 << 16];

static int64_t beginning, sent_so_far;

/* Waits for the turn of the next packet at the rate asked for. False: it is time to stop. */
static bool next_turn(const struct options *o)
{
	if (!beginning)
		beginning = clock_ns();
	wait_until(beginning + (int64_t)((double)sent_so_far++ / o->rate * 1e9));
	return !stopped &&
		(o->seconds <= 0 || (double)(clock_ns() - beginning) < o->seconds * 1e9) &&
		(o->each == 0 || sent_so_far <= o->each);
}

int run_udp(const struct options *o, struct tally *tally)
{
	struct address to, from;
	size_t size = o->size < 65000 ? o->size : 65000;

	if (!o->to || !make_address(o->to, o->port, 0, &to))
		return 2;
	int fd = open_socket(o, to.any.sa_family, SOCK_DGRAM, 0);
	if (fd < 0)
		return 1;
	set_number(fd, SOL_SOCKET, SO_BROADCAST, 1);
	if (o->from && make_address(o->from, 0, 0, &from) && bind(fd, &from.any, from.length) < 0)
		fprintf(stderr, "traffic: %s: %s\n", o->from, strerror(errno));
	say_ready();
	for (unsigned i = 0; next_turn(o); i++) {
		make_address(o->to, o->port, o->spread ? i % o->count : 0, &to);
		if (sendto(fd, buffer, size, o->wait ? 0 : MSG_DONTWAIT, &to.any, to.length) < 0)
			tally->errors++;
		else
			tally->sent++;
		while (recv(fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
			tally->received++;
	}
	return 0;
}

/* Whatever else the raw socket hears is not counted. */
static bool is_echo_reply(bool v6, ssize_t bytes)
{
	size_t at = v6 ? 0 : (size_t)(buffer[0] & 15) * 4;

	return bytes > (ssize_t)at &&
		(uint8_t)buffer[at] == (v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY);
}

int run_ping(const struct options *o, struct tally *tally)
{
	struct address to;

	if (!o->to || !make_address(o->to, 0, 0, &to))
		return 2;
	bool v6 = to.any.sa_family == AF_INET6;
	int fd = open_socket(
		o, to.any.sa_family, SOCK_RAW, v6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP);
	if (fd < 0)
		return 1;
	say_ready();
	size_t size = (o->size < 1400 ? o->size : 1400) + sizeof(struct icmphdr);
	for (uint16_t sequence = 0; next_turn(o); sequence++) {
		struct icmphdr *echo = (struct icmphdr *)buffer;

		memset(buffer, 0, size);
		echo->type = v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
		echo->un.echo.id = htons((uint16_t)getpid());
		echo->un.echo.sequence = htons(sequence);
		echo->checksum = v6 ? 0 : checksum(buffer, size, 0);
		make_address(o->to, 0, o->spread ? sequence % o->count : 0, &to);
		if (sendto(fd, buffer, size, MSG_DONTWAIT, &to.any, to.length) < 0)
			tally->errors++;
		else
			tally->sent++;
		for (ssize_t bytes; (bytes = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0;)
			tally->received += is_echo_reply(v6, bytes);
	}
	return 0;
}

int run_scan(const struct options *o, struct tally *tally)
{
	unsigned last = o->last_port > o->port ? o->last_port : o->port + 99;
	bool tcp = strcmp(o->kind, "udp") != 0;
	struct address to;

	say_ready();
	for (unsigned port = o->port; next_turn(o); port = port < last ? port + 1 : o->port) {
		if (!o->to || !make_address(o->to, port, 0, &to))
			return 2;
		int fd = open_socket(o, to.any.sa_family, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
		if (fd < 0)
			return 1;
		struct timeval patience = { 0, 200000 };
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
		if (connect(fd, &to.any, to.length) == 0 && tcp)
			tally->answers++;
		else if (!tcp)
			send(fd, buffer, 20, MSG_DONTWAIT);
		tally->sent++;
		close(fd);
	}
	return 0;
}

int run_trace(const struct options *o, struct tally *tally)
{
	struct address to;

	if (!o->to || !make_address(o->to, 33434, 0, &to))
		return 2;
	bool v6 = to.any.sa_family == AF_INET6;
	int fd = open_socket(o, to.any.sa_family, SOCK_DGRAM, 0);
	if (fd < 0)
		return 1;
	say_ready();
	for (unsigned i = 0; next_turn(o); i++) {
		set_number(fd, v6 ? (int)IPPROTO_IPV6 : (int)IPPROTO_IP,
			v6 ? IPV6_UNICAST_HOPS : IP_TTL, (int)(1 + i / 3 % o->hops));
		make_address(o->to, 33434 + i % (3 * o->hops), 0, &to);
		if (sendto(fd, buffer, 32, MSG_DONTWAIT, &to.any, to.length) < 0)
			tally->errors++;
		else
			tally->sent++;
	}
	return 0;
}
