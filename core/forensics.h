/* SPDX-License-Identifier: MIT */
/* Parts of the evidence: the way to an address, packets that tell what no counter tells. Private. */
#ifndef NV_FORENSICS_H
#define NV_FORENSICS_H

#include "networks.h"

/* ---- forensics_way.c: the route that would be used ------------------------------------------------ */

struct nv_way {
	bool local; /* the address is this host's own */
	char gateway[NV_NAME_SIZE], interface[NV_NAME_SIZE]; /* "": none */
};

/* False: there is no route. */
bool nv_way_find(struct nv_netlink *route, const struct nv_links *, unsigned family,
	const uint8_t address[16], struct nv_way *out);
/* " via 10.0.0.1 dev eth1"; "" where there is no route. */
void nv_way_say(const struct nv_way *, char *buf, size_t size);
void nv_way_tell(const struct nv_way *, struct nv_offender *);
/* The way to the remote end that stands in the offender. */
void nv_way_add(struct nv_netlink *route, const struct nv_links *, struct nv_offender *);
/* Fill the offender with the next hop that does not answer; with what is known of the way out. */
void nv_way_blame_hop(const struct nv_links *, const struct nv_next_hop *, struct nv_offender *);
void nv_way_blame_default(struct nv_netlink *route, const struct nv_links *, struct nv_offender *);
/* An address without a port: "10.0.0.1", "2001:db8::1". */
void nv_address_say(unsigned family, const uint8_t address[16], char buf[NV_NAME_SIZE]);

/* ---- source_tap.c: packets ------------------------------------------------------------------------- */

enum nv_tap_kind { NV_TAP_RESET_IN, NV_TAP_RESET_OUT, NV_TAP_UNREACHABLE, NV_TAP_KINDS };

struct nv_tapped {
	enum nv_tap_kind kind;
	uint8_t family, code;
	uint8_t remote[16], local[16]; /* for unreachable: of the packet that was not delivered */
	uint8_t teller[16];            /* who says that it is unreachable */
	uint16_t remote_port, local_port;
};

/* The beginning of a packet, from its IP header on. False: it is neither. */
bool nv_tap_parse(const uint8_t *packet, size_t length, bool outgoing, struct nv_tapped *);
/* "host unreachable" */
const char *nv_tap_code(const struct nv_tapped *);
/* Listens until limit_s is over or enough were seen; how many. -1: not permitted. */
int nv_tap_listen(double limit_s, unsigned enough, void (*take)(void *context, const struct nv_tapped *),
	void *context);

/* ---- forensics_tap.c: packets by remote network ------------------------------------------------------ */

#define NV_TAP_GROUPS 64

struct nv_tap_group {
	struct nv_tapped most; /* the end that outvotes the others */
	uint32_t count, votes;
	bool one_remote;
};

/* All zero at the start, but listened_s, which is NAN. */
struct nv_taps {
	double listened_s; /* CLOCK_MONOTONIC */
	bool denied;
	uint32_t total[NV_TAP_KINDS];
	unsigned count;
	struct nv_tap_group group[NV_TAP_GROUPS];
};

void nv_taps_add(struct nv_taps *, const struct nv_tapped *);
/* The group of that kind with most packets, then the next; NULL at the end. rank from 0. */
const struct nv_tap_group *nv_taps_rank(const struct nv_taps *, enum nv_tap_kind, unsigned rank);
/*
 * Listens for a second, unless it has lately and heard some, and tells whose the packets are, most
 * first; indicator and class are the caller's. Returns how many were written.
 */
unsigned nv_taps_collect(struct nv_taps *, struct nv_netlink *route, const struct nv_links *,
	enum nv_tap_kind, double mono_s, struct nv_offender *out, unsigned room);

#endif
