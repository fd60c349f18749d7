/* SPDX-License-Identifier: MIT */
/* The source of sockets, shared by socket_source.c and socket_dump.c. Private to them. */
#ifndef NV_SOCKET_SOURCE_H
#define NV_SOCKET_SOURCE_H

#include "kernel/kernel.h"
#include "sockets/sockets.h"

struct nv_sockets {
	struct nv_tally *tally;
	struct nv_netlink diag;
	bool live;
	bool leave_established;
	char tree[NV_PATH_SIZE];
	double share;
	double looked_s, next_s, whole_s, udp_s; /* when; looked_s NAN: never */
	double whole_cost_us;
	double udp_every_s;
	double per_socket_s;
	uint64_t segments, in_use, time_wait; /* at the last look */
	unsigned bad_lines;
	struct nv_buffer text;
};

/* ---- socket_dump.c: one look, into the tally ----------------------------------------------------
 */

/* ages: ask for tcp_info, which makes each message three times as long. */
int nv_sockets_dump_tcp(
	struct nv_sockets *, enum nv_look, bool ages, double now_s, struct nv_error *);
int nv_sockets_dump_udp(struct nv_sockets *, double now_s, struct nv_error *);
/* The same of a recorded tree. */
int nv_sockets_read_tree(struct nv_sockets *, double now_s, struct nv_error *);

#endif
