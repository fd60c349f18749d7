/* SPDX-License-Identifier: MIT */
/* Sockets: states, queues, and which are in trouble. */
#ifndef NV_NV_SOCKETS_H
#define NV_NV_SOCKETS_H

#include "nv_present.h"

/* ---- sockets: states, queues, offenders -------------------------------------------------------
 */

#define NV_SOCKET_STATES 12 /* by the kernel's numbers: 1 ESTABLISHED .. 11 CLOSING */

/* What one look at all sockets gives; loopback is counted apart and in nothing else. */
struct nv_socket_summary {
	uint32_t tcp[2][NV_SOCKET_STATES]; /* IPv4, IPv6; without loopback */
	uint32_t loopback[NV_SOCKET_STATES];
	uint64_t receive_octets, send_octets;   /* in the queues of connections */
	uint64_t loopback_octets;               /* in both queues of those over loopback */
	uint32_t close_wait_unread, close_wait; /* of now, data unread or not */
	uint32_t leaked_unread, leaked;         /* of these, longer than a moment */
	uint32_t listeners, listeners_full, not_accepted;
	uint32_t receive_stuck, send_stuck; /* queues that did not move between two looks */
	uint32_t ports_to_one;              /* most sockets to one destination */
	uint32_t udp[2];
	uint64_t udp_octets, udp_drops; /* waiting; dropped since the last look */
	uint32_t listeners_gone;        /* ports that had a listener within the last hour */
	bool established_known;         /* false: those were left in the kernel */
	bool queues_unknown; /* a capture of a system that prints none: what waits is not known */
	bool one_look;       /* of a recording: what is stuck is not known */
	double age_s, cost_us;
};

/* A line of a table of sockets, of any system. */
struct nv_saved_socket {
	char proto[8];                                  /* "tcp4", "udp" */
	char local[NV_NAME_SIZE], remote[NV_NAME_SIZE]; /* as printed */
	char state[16];                                 /* "CLOSE_WAIT"; "" for UDP */
	char process[32];
	int pid;                /* 0 not reported */
	bool queues;            /* were printed */
	bool backlog;           /* send_q of a listener is its backlog */
	bool loopback;          /* both ends on this host */
	uint8_t timer, retries; /* as the kernel numbers them; 0 none, or not reported */
	uint64_t recv_q, send_q;
	/* ss -i; 0: not told */
	double out_segs, again_segs; /* segments of data sent, and sent again */
	double busy_ms, rwnd_limited_ms, sndbuf_limited_ms;
	uint32_t source; /* the core's own: sockets that were printed together */
};

struct nv_sockets;

/* root "": this kernel; else a recorded tree with net/tcp, tcp6, udp, udp6. NULL and err. */
struct nv_sockets *nv_sockets_new(const char *root, struct nv_error *err);
void nv_sockets_free(struct nv_sockets *); /* takes NULL */
/* Look at every socket now, whatever it costs; two looks a second apart distinguish stuck from
 * busy. */
int nv_sockets_look(struct nv_sockets *, struct nv_error *err);
/* Take these instead, of a capture. -1: none under numbers. 0 with a text: some were under names.
 */
int nv_sockets_take(
	struct nv_sockets *, const struct nv_saved_socket *, unsigned count, struct nv_error *err);
const struct nv_socket_summary *nv_sockets_summary(const struct nv_sockets *);
/* Worst first, with process and unit where they can be known; at most room. Returns how many. */
unsigned nv_sockets_offenders(struct nv_sockets *, struct nv_offender *out, unsigned room);
void nv_sockets_text(struct nv_out *, struct nv_sockets *, const struct nv_style *);
void nv_sockets_json(struct nv_out *, struct nv_sockets *);

#endif
