/* SPDX-License-Identifier: MIT */
/* Parts of the evidence: the route to an address, packets that say what no counter shows. Private.
 */
#ifndef NV_EVIDENCE_PARTS_H
#define NV_EVIDENCE_PARTS_H

#include "kernel/kernel.h"

#include <pthread.h>
#include <stdatomic.h>

/* ---- route.c: the route that would be used ------------------------------------------------ */

struct nv_route {
	bool local;                                          /* the address is this host's own */
	char gateway[NV_NAME_SIZE], interface[NV_NAME_SIZE]; /* "": none */
};

/* False: there is no route. */
bool nv_route_find(struct nv_netlink *route, const struct nv_links *, unsigned family,
	const uint8_t address[16], struct nv_route *out);
/* " via 10.0.0.1 dev eth1"; "" where there is no route. */
void nv_route_text(const struct nv_route *, char *buf, size_t size);
void nv_route_fill(const struct nv_route *, struct nv_offender *);
/* The way to the remote end that stands in the offender. */
void nv_route_add(struct nv_netlink *route, const struct nv_links *, struct nv_offender *);
/* Fill the offender with the next hop that does not answer; with what is known of the way out. */
void nv_route_blame_hop(const struct nv_links *, const struct nv_next_hop *, struct nv_offender *);
void nv_route_blame_default(
	struct nv_netlink *route, const struct nv_links *, struct nv_offender *);

/* ---- packet_capture.c: packets
 * ------------------------------------------------------------------------- */

enum nv_packet_kind {
	NV_PACKET_RESET_IN,
	NV_PACKET_RESET_OUT,
	NV_PACKET_UNREACHABLE,
	NV_PACKET_KINDS
};

struct nv_packet {
	enum nv_packet_kind kind;
	uint8_t family, code;
	uint8_t remote[16], local[16]; /* for unreachable: of the packet that was not delivered */
	uint8_t sender[16];            /* who says that it is unreachable */
	uint16_t remote_port, local_port;
};

/* The beginning of a packet, from its IP header on. False: it is neither. */
bool nv_packet_parse(const uint8_t *packet, size_t length, bool outgoing, struct nv_packet *);
/* "host unreachable" */
const char *nv_packet_code(const struct nv_packet *);
/* Whose fault that code is: a program that is absent there, or the way. */
enum nv_side nv_packet_side(const struct nv_packet *);
#define NV_PACKETS_MAX 256 /* packets, then it has heard enough */

/* One second of listening. All zero at the start; the thread's own until it is ready. */
struct nv_packet_capture {
	pthread_t thread;
	bool running;
	atomic_bool stop, done;
	int count; /* of heard; -1: not permitted */
	struct nv_packet captured[NV_PACKETS_MAX];
};

/* Returns at once. False: no thread can be had. */
bool nv_packet_capture_start(struct nv_packet_capture *);
/* Whether a second is over that was not asked for yet: count and heard are the caller's. wait:
 * until it is. */
bool nv_packet_capture_ready(struct nv_packet_capture *, bool wait);
/* Listens no more. Takes 50 ms at most. */
void nv_packet_capture_end(struct nv_packet_capture *);

/* ---- packet_groups.c: packets by remote network
 * ------------------------------------------------------ */

#define NV_PACKET_GROUPS_MAX 64

struct nv_packet_group {
	struct nv_packet most; /* the end that outvotes the others */
	uint32_t count, votes;
	bool one_remote;
};

/* All zero at the start, but captured_s, which is NAN. */
struct nv_packet_groups {
	double captured_s; /* CLOCK_MONOTONIC: when it was begun last */
	bool denied;
	uint32_t total[NV_PACKET_KINDS];
	unsigned count;
	struct nv_packet_group group[NV_PACKET_GROUPS_MAX];
	struct nv_packet_capture tap;
};

void nv_packet_groups_add(struct nv_packet_groups *, const struct nv_packet *);
/* The group of that kind with most packets, then the next; NULL at the end. rank from 0. */
const struct nv_packet_group *nv_packet_groups_rank(
	const struct nv_packet_groups *, enum nv_packet_kind, unsigned rank);
/* Whose they are, by which way and at which port, into an offender that is all zero. */
void nv_packet_groups_fill(const struct nv_packet_groups *, const struct nv_packet_group *,
	const struct nv_route *, struct nv_offender *);
/*
 * Listen for a second, unless that was done lately and brought some of each of these kinds (1 <<
 * enum nv_packet_kind). wait: until it is over; otherwise what is heard is there with a later call.
 */
void nv_packet_groups_capture(struct nv_packet_groups *, struct nv_netlink *route, unsigned kinds,
	double mono_s, bool wait);
/*
 * Whose the packets are that were heard last, most first; indicator and class are the caller's.
 * Returns how many were written.
 */
unsigned nv_packet_groups_offenders(const struct nv_packet_groups *, struct nv_netlink *route,
	const struct nv_links *, enum nv_packet_kind, struct nv_offender *out, unsigned room);

#endif
