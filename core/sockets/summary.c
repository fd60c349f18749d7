/* SPDX-License-Identifier: MIT */
/* What the tally of sockets counts -> counters of the snapshot. */
#include "sockets/sockets.h"

#include <string.h>

static void put(struct nv_snapshot *to, uint16_t counter, uint64_t value)
{
	to->value[counter] = value;
	to->present[counter] = 1;
}

static uint64_t in_state(const struct nv_socket_summary *s, unsigned state)
{
	return (uint64_t)s->tcp[0][state] + s->tcp[1][state] + s->loopback[state];
}

/* Of those that are grouped, which are the ones that stand out. */
static uint64_t oldest_s(const struct nv_tally *t, unsigned kinds)
{
	double most_s = 0;

	for (unsigned i = 0; i < t->group_count; i++)
		if (kinds & 1u << t->group[i].kind && t->group[i].oldest_s > most_s)
			most_s = t->group[i].oldest_s;
	return (uint64_t)most_s;
}

/* Sockets that one host leaves unanswered, of the host with most of them. */
static uint64_t silent_to_one(const struct nv_tally *t)
{
	uint64_t most = 0;

	for (unsigned i = 0; i < t->group_count; i++) {
		const struct nv_socket_group *g = &t->group[i];
		bool silent = g->kind == NV_GROUP_SYN_SENT || g->kind == NV_GROUP_UNANSWERED;

		if (silent && !g->loopback && g->one_remote && g->count > most)
			most = g->count;
	}
	return most;
}

void nv_tally_fill(const struct nv_tally *t, struct nv_snapshot *to)
{
	const struct nv_socket_summary *s = &t->summary;
	uint64_t loopback = 0;

	for (unsigned i = 0; i < NV_SOCKET_STATES; i++)
		loopback += s->loopback[i];
	put(to, NV_C_tcpCloseWaitUnread, s->leaked_unread);
	put(to, NV_C_tcpCloseWait, s->leaked);
	put(to, NV_C_tcpListenFull, s->listeners_full);
	put(to, NV_C_tcpPortsToOne, s->ports_to_one);
	put(to, NV_C_tcpNotAccepted, s->not_accepted);
	put(to, NV_C_tcpSilentToOne, silent_to_one(t));
	put(to, NV_C_tcpListening, s->listeners);
	put(to, NV_C_tcpSynSent, in_state(s, NV_TCP_SYN_SENT));
	put(to, NV_C_tcpSynReceived, in_state(s, NV_TCP_SYN_RECV));
	put(to, NV_C_tcpFinWait,
		in_state(s, NV_TCP_FIN_WAIT1) + in_state(s, NV_TCP_FIN_WAIT2) +
			in_state(s, NV_TCP_CLOSING) + in_state(s, NV_TCP_LAST_ACK));
	put(to, NV_C_tcpReceiveStuck, s->receive_stuck);
	put(to, NV_C_tcpSendStuck, s->send_stuck);
	put(to, NV_C_tcpCloseWaitOldest, oldest_s(t, 1u << NV_GROUP_UNREAD | 1u << NV_GROUP_LEAK));
	put(to, NV_C_tcpStuckOldest,
		oldest_s(t,
			1u << NV_GROUP_NOT_READ | 1u << NV_GROUP_PEER_STUCK |
				1u << NV_GROUP_UNANSWERED));
	if (s->established_known) {
		put(to, NV_C_tcpReceiveQueue, s->receive_octets);
		put(to, NV_C_tcpSendQueue, s->send_octets);
		put(to, NV_C_tcpLoopback, loopback);
	}
	put(to, NV_C_udpReceiveQueue, s->udp_octets);
	put(to, NV_C_listenersGone, s->listeners_gone);
	put(to, NV_C_socketsAge, (uint64_t)s->age_s);
}
