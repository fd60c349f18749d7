/* SPDX-License-Identifier: MIT */
/* Retransmissions by remote network. Private to the evidence. */
#ifndef NV_NETWORKS_H
#define NV_NETWORKS_H

#include "kernel/kernel.h"
#include "sockets/sockets.h"

#define NV_NETWORKS_MAX 4096
#define NV_REMEMBERED   65536 /* connections whose counters are kept between two collections */

struct nv_network {
	uint64_t key; /* 0: free */
	uint8_t family, address[16];
	uint32_t connections;
	uint64_t retransmitted, sent; /* segments */
	uint8_t example[16];          /* the remote address with most of it */
	uint32_t example_count;
};

struct nv_remembered {
	uint64_t cookie;
	uint32_t retransmitted, sent;
};

struct nv_networks {
	struct nv_network network[NV_NETWORKS_MAX];
	struct nv_remembered before[NV_REMEMBERED], now[NV_REMEMBERED];
	unsigned count;
	bool since_before; /* counts are what happened since the collection before */
	uint64_t retransmitted, sent;
};

/* Begin a collection; what the last one saw is compared with if `compare`. */
void nv_networks_begin(struct nv_networks *, bool compare);
void nv_networks_add(
	struct nv_networks *, const struct nv_socket *, uint32_t retransmitted, uint32_t sent);
/* The network with most retransmissions, then the next; NULL at the end. rank from 0. */
const struct nv_network *nv_networks_rank(const struct nv_networks *, unsigned rank);
/* "10.2.3.0/24". */
void nv_network_say(const struct nv_network *, char buf[NV_NAME_SIZE]);

/* Its share, the route to it, and what the rest has, into an offender that is all zero. */
void nv_network_blame(const struct nv_networks *all, const struct nv_network *,
	struct nv_netlink *route, const struct nv_links *, struct nv_offender *);

#endif
