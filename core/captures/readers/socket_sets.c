/* SPDX-License-Identifier: MIT */
/* Sockets of a capture as a whole -> which of several tables of them counts, and the few counters
 * that come of it. */
#include "captures/capture.h"

#include <string.h>

static bool is_of(const struct nv_saved_socket *s, unsigned udp, uint32_t source)
{
	return (s->proto[0] == 'u') == (udp == 1) && s->source == source;
}

static unsigned count_of(const struct nv_capture *c, unsigned udp, uint32_t source)
{
	unsigned count = 0;

	for (unsigned i = 0; i < c->socket_count; i++)
		count += is_of(&c->sockets[i], udp, source);
	return count;
}

/*
 * The same sockets in several files (netstat beside ss, all beside those that listen): the file
 * with the most of them counts. Twice in one file, with a date between: the later ones.
 */
void nv_capture_settle_sockets(struct nv_capture *c, unsigned udp)
{
	uint32_t *best = &c->socket_source[udp], *now = &c->socket_source_now[udp], loser = *now;
	bool dated = *best >> 16 == *now >> 16 && !(*now >> 31);
	unsigned kept = 0;

	if (!*now || *now == *best)
		return;
	if (!*best || dated || count_of(c, udp, *now) >= count_of(c, udp, *best)) {
		loser = *best;
		*best = *now;
	}
	*now = *best;
	for (unsigned i = 0; loser && i < c->socket_count; i++)
		if (!is_of(&c->sockets[i], udp, loser))
			c->sockets[kept++] = c->sockets[i];
	c->socket_count = loser ? kept : c->socket_count;
}

void nv_capture_socket_sums(struct nv_capture *c)
{
	uint64_t unread = 0, waiting = 0, full = 0, established = 0;
	bool reported = true;
	bool queues =
		!c->socket_count; /* where none are printed, nobody knows what waits in them */

	if (!c->saw_sockets)
		return;
	for (unsigned i = 0; i < c->socket_count; i++) {
		const struct nv_saved_socket *s = &c->sockets[i];

		queues = queues || s->queues;
		reported = reported &&
			(s->state[0] ||
				s->proto[0] == 'u'); /* netstat -T, a language nobody knows here */
		established += strcmp(s->state, "ESTABLISHED") == 0;
		if (strcmp(s->state, "LISTEN") == 0)
			full += s->queues && s->backlog && s->send_q > 0 && s->recv_q > s->send_q;
		if (s->loopback || strcmp(s->state, "CLOSE_WAIT") != 0)
			continue;
		if (s->queues && s->recv_q)
			unread++;
		else
			waiting++;
	}
	c->snapshot.value[NV_C_tcpCloseWaitUnread] = unread;
	c->snapshot.present[NV_C_tcpCloseWaitUnread] = queues && reported;
	c->snapshot.value[NV_C_tcpCloseWait] = waiting;
	c->snapshot.present[NV_C_tcpCloseWait] = reported;
	c->snapshot.value[NV_C_tcpListenFull] = full;
	c->snapshot.present[NV_C_tcpListenFull] = queues && reported;
	if (!c->snapshot.present[NV_C_tcpCurrEstab] && reported) {
		c->snapshot.value[NV_C_tcpCurrEstab] = established;
		c->snapshot.present[NV_C_tcpCurrEstab] = 1;
	}
}
