/* SPDX-License-Identifier: MIT */
/* What the slow sources remember, shared by slow.c and slow_hops.c. Private to them. */
#ifndef NV_SLOW_H
#define NV_SLOW_H

#include "kernel/kernel.h"

#define NV_SLOW_INTERVAL_S 60.0
#define NV_SLOW_HOPS_MAX   512
#define NV_SLOW_FAILED_MAX 32
#define NV_SLOW_TEXT_ROOM  131072 /* one row for each of 600 processors */

enum { NV_SLOW_NUMBERS = 15, NV_SLOW_FILLED = 17 };

struct nv_slow {
	struct nv_netlink route;
	char tree[NV_PATH_SIZE];
	bool live;
	int fd[NV_SLOW_NUMBERS];
	struct nv_buffer buffer;
	double interval_s, last_s; /* last_s: NAN before the first reading */
	double cost_s;
	uint64_t value[NV_SLOW_FILLED];
	bool present[NV_SLOW_FILLED];
	/* queues: as dumped last and before, in the order of the dump */
	struct nv_queue *queue, *queue_before;
	unsigned queue_count, queue_before_count, queue_room, queue_before_room, queue_hint;
	uint64_t queue_drops, last_drops, worst_drops; /* last_drops: since the reading before */
	unsigned worst_queue;
	/* next hops of all routes, and those of them that fail */
	struct nv_next_hop hop[NV_SLOW_HOPS_MAX];
	unsigned hop_count;
	bool default6; /* one of them leads to the IPv6 internet */
	struct table {
		double read_s, cost_s;
	} table[2]; /* IPv4, IPv6 */
	bool any_failing;
	struct nv_next_hop failed[NV_SLOW_FAILED_MAX];
	unsigned failed_count;
	bool global6; /* a global IPv6 address */
};

/* One value more of this reading; what is there already is added to. */
void nv_slow_set(struct nv_slow *, uint16_t counter, uint64_t value);
int nv_slow_open(const struct nv_slow *, const char *path);
/* What can be read of it, up to NV_SLOW_TEXT_ROOM bytes; until the next call. */
struct nv_text nv_slow_text(struct nv_slow *, int fd);

/* slow_hops.c: next hops that do not answer, and whether there is IPv6 beyond the own network */
int nv_slow_read_neighbors(struct nv_slow *, double mono_s, struct nv_error *);
void nv_slow_read_inet6(struct nv_slow *, double mono_s);
/* The same of a recorded tree. */
void nv_slow_read_inet6_text(struct nv_slow *);
void nv_slow_read_neighbors_text(struct nv_slow *);

#endif
