/* SPDX-License-Identifier: MIT */
/* What the traffic programs share: options, addresses, clock, the tally that each prints at its
 * end. */
#ifndef FAULTS_TRAFFIC_H
#define FAULTS_TRAFFIC_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct options {
	const char *netns, *to, *from, *how, *kind, *end, *congestion, *device;
	unsigned port, last_port, count, size, reply, each, backlog, hops;
	bool spread, keepalive,
		wait; /* wait: a blocking sender that never loses at its own socket */
	double seconds, think_ms, rate, bits_per_second, timeout_ms;
	int receive_buffer, send_buffer, reuse;
};

struct tally {
	uint64_t opens, answers, refused, timeouts, errors, sent, received, bytes;
};

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_storage room;
	};
	socklen_t length;
};

extern volatile sig_atomic_t stopped; /* set by SIGTERM and SIGINT */

int64_t clock_ns(void);
void wait_until(int64_t when_ns);
/* step: added to the last byte of the address. False: not an address. */
bool make_address(const char *text, unsigned port, unsigned step, struct address *);
int open_socket(const struct options *, int family, int type, int protocol);
void set_number(int fd, int level, int option, int value);
void say_ready(void);
uint16_t checksum(const void *data, size_t bytes, uint32_t sum);

/* The programs. Each runs until its seconds are over or SIGTERM and returns the exit status. */
int run_serve(const struct options *, struct tally *);
int run_userve(const struct options *, struct tally *);
int run_bulk(const struct options *, struct tally *);
int run_talk(const struct options *, struct tally *);
int run_udp(const struct options *, struct tally *);
int run_ping(const struct options *, struct tally *);
int run_scan(const struct options *, struct tally *);
int run_trace(const struct options *, struct tally *);
int run_forge(const struct options *, struct tally *);
int run_hold(const struct options *, struct tally *);

#endif
