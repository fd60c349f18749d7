/* SPDX-License-Identifier: MIT */
/*
 * What a capture shows beside its counters -> findings: limits of the host that are reached, full
 * queues, connections that stand still between two captures, peers to whom much is sent again. A
 * finding raises its class; the counters may say more.
 */
#include "engine/comparing.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void __attribute__((format(printf, 6, 7))) find(struct nv_comparison *c, unsigned klass,
	unsigned indicator, enum nv_status status, enum nv_side side, const char *format, ...)
{
	struct nv_finding *f;
	va_list args;

	if (c->finding_count == NV_FINDINGS)
		return;
	f = &c->findings[c->finding_count++];
	*f = (struct nv_finding){
		.klass = klass, .indicator = indicator, .status = status, .side = side
	};
	va_start(args, format);
	vsnprintf(f->text, sizeof(f->text), format, args);
	va_end(args);
}

/* ---- limits of the host ------------------------------------------------------------------ */

/* Reached at 95 %: what needs more is refused. TCP begins to save at its second number. */
static void look_at_limits(struct nv_comparison *c)
{
	static const struct {
		uint16_t used, limit, klass, indicator;
		const char *text;
	} limits[] = {
		{ NV_C_tcpMemPages, NV_C_tcpMemLimitPages, NV_CLASS_SYSTEM, NV_I_tcpMemory,
			"memory of TCP at its limit, %s of %s pages (net.ipv4.tcp_mem)" },
		{ NV_C_udpMemPages, NV_C_udpMemLimitPages, NV_CLASS_SYSTEM, NV_I_tcpMemory,
			"memory of UDP at its limit, %s of %s pages (net.ipv4.udp_mem)" },
		{ NV_C_tcpSocketsOrphan, NV_C_tcpOrphanLimit, NV_CLASS_SYSTEM, NV_I_tcpMemory,
			"orphaned connections at their limit, %s of %s (net.ipv4.tcp_max_orphans)" },
		{ NV_C_conntrackEntries, NV_C_conntrackLimit, NV_CLASS_SYSTEM, NV_I_conntrackFull,
			"table of tracked connections full, %s of %s (net.netfilter.nf_conntrack_max)" },
		{ NV_C_tcpSocketsTimeWait, NV_C_tcpTimeWaitLimit, NV_CLASS_SYSTEM,
			NV_I_tcpTimeWaitOverflow,
			"connections in TIME_WAIT at their limit, %s of %s (net.ipv4.tcp_max_tw_buckets)" },
	};
	const struct nv_snapshot *s = &c->after->snapshot;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		char used[32], limit[32];
		char text[NV_TEXT_SIZE];

		if (!s->present[limits[i].used] || !s->present[limits[i].limit] ||
			!s->value[limits[i].limit] ||
			(double)s->value[limits[i].used] < 0.95 * (double)s->value[limits[i].limit])
			continue;
		nv_say_grouped((double)s->value[limits[i].used], used, sizeof(used));
		nv_say_grouped((double)s->value[limits[i].limit], limit, sizeof(limit));
		snprintf(text, sizeof(text), limits[i].text, used, limit);
		find(c, limits[i].klass, limits[i].indicator, NV_WARNING, NV_SIDE_THIS_HOST, "%s",
			text);
	}
}

/* ---- frames ----------------------------------------------------------------------------- */

/* A wire that is well damages less than one frame in ten billion; one in ten thousand is a fault.
 */
#define DAMAGED_SHARE 1e-4
#define DAMAGED_LEAST 100

static void look_at_frames(struct nv_comparison *c)
{
	const struct nv_capture *a = c->after, *b = c->before;
	uint64_t frames = a->damaged_frames;
	const struct nv_interface *x = NULL;

	for (unsigned i = 0; i < a->snapshot.interface_count; i++)
		if (strcmp(a->snapshot.interfaces[i].name, a->damaged_name) == 0)
			x = &a->snapshot.interfaces[i];
	if (b && strcmp(b->damaged_name, a->damaged_name) == 0)
		frames -= b->damaged_frames < frames ? b->damaged_frames : frames;
	if (!x || frames < DAMAGED_LEAST || (double)frames < DAMAGED_SHARE * (double)x->value[0])
		return;
	find(c, NV_CLASS_CORRUPTED, NV_I_ifInErrors, NV_WARNING, NV_SIDE_THIS_HOST,
		"%" PRIu64 " frames of %" PRIu64
		" came damaged at %s (checksum, alignment): its cable, module or switch port",
		frames, x->value[0], x->name);
}

/* ---- sockets of one moment --------------------------------------------------------------- */

/*
 * A queue holds one more than its backlog. netstat prints no backlog; most are powers of two, so
 * that 129, 1,025 or 4,097 waiting are a full queue.
 */
static bool is_full(const struct nv_saved_socket *s)
{
	uint64_t n = s->recv_q - 1;

	if (strcmp(s->state, "LISTEN") != 0 || !s->queues || !s->recv_q)
		return false;
	if (s->backlog)
		return s->send_q > 0 && s->recv_q > s->send_q;
	return n >= 128 && (n & (n - 1)) == 0;
}

static void look_at_listeners(struct nv_comparison *c)
{
	const struct nv_saved_socket *worst = NULL;
	uint64_t full = 0;

	for (unsigned i = 0; i < c->after->socket_count; i++) {
		const struct nv_saved_socket *s = &c->after->sockets[i];

		if (!is_full(s))
			continue;
		full++;
		worst = !worst || s->recv_q > worst->recv_q ? s : worst;
	}
	if (!worst)
		return;
	find(c, NV_CLASS_APPLICATION, NV_I_tcpListenOverflow, NV_WARNING, NV_SIDE_THIS_HOST,
		"%" PRIu64 " listener%s with a full accept queue at that instant: %s%s%s, %" PRIu64
		" wait",
		full, full == 1 ? "" : "s", worst->local, worst->process[0] ? " " : "",
		worst->process, worst->recv_q);
}

/* As much as the buffer of a socket holds by default (net.core.rmem_default): it is full. */
#define UDP_FULL_BYTES 200000

static void look_at_datagrams(struct nv_comparison *c)
{
	const struct nv_saved_socket *worst = NULL;

	for (unsigned i = 0; i < c->after->socket_count; i++) {
		const struct nv_saved_socket *s = &c->after->sockets[i];

		if (s->proto[0] == 'u' && s->queues && s->recv_q >= UDP_FULL_BYTES &&
			(!worst || s->recv_q > worst->recv_q))
			worst = s;
	}
	if (worst)
		find(c, NV_CLASS_APPLICATION, NV_I_udpInOverflow, NV_WARNING, NV_SIDE_THIS_HOST,
			"%" PRIu64 " bytes of datagrams unread at %s%s%s: its buffer is full",
			worst->recv_q, worst->local, worst->process[0] ? " " : "", worst->process);
}

static unsigned port_of(const char *end)
{
	const char *port = end + strlen(end);

	while (port > end && nv_is_digit(port[-1]))
		port--;
	return port > end && (port[-1] == ':' || port[-1] == '.') ? (unsigned)atoi(port) : 0;
}

/* Local ports for own connections: used up by what is in TIME_WAIT. */
static void look_at_ports(struct nv_comparison *c)
{
	const struct nv_snapshot *s = &c->after->snapshot;
	bool windows = c->after->platform == NV_PLATFORM_WINDOWS;
	unsigned first = windows ? 49152 : 32768, last = windows ? 65535 : 60999, waiting = 0;
	double range = s->present[NV_C_localPorts] ? (double)s->value[NV_C_localPorts]
						   : last - first + 1;

	for (unsigned i = 0; i < c->after->socket_count; i++) {
		const struct nv_saved_socket *x = &c->after->sockets[i];
		unsigned port = port_of(x->local);

		waiting += strcmp(x->state, "TIME_WAIT") == 0 && port >= first && port <= last;
	}
	if (waiting >= 0.8 * range)
		find(c, NV_CLASS_APPLICATION, NV_I_tcpPortsUsed, NV_WARNING, NV_SIDE_THIS_HOST,
			"%u of %.0f local ports are in TIME_WAIT: hardly any is left for new connections",
			waiting, range);
}

/* ---- what stands still between two captures ---------------------------------------------- */

static const struct nv_saved_socket *socket_before(
	const struct nv_comparison *c, const struct nv_saved_socket *now, unsigned hint)
{
	for (unsigned i = 0; i < c->before->socket_count; i++) {
		const struct nv_saved_socket *was =
			&c->before->sockets[(hint + i) % c->before->socket_count];

		if (strcmp(was->local, now->local) == 0 && strcmp(was->remote, now->remote) == 0 &&
			was->proto[0] == now->proto[0])
			return was;
	}
	return NULL;
}

/* As live: a queue that holds the same after three seconds and more has not moved. */
#define STUCK_S 3

static void look_at_stuck(struct nv_comparison *c)
{
	const struct nv_saved_socket *reader = NULL, *taker = NULL;
	unsigned readers = 0, takers = 0;

	if (!c->before || c->same_instant || c->report.seconds < STUCK_S)
		return;
	for (unsigned i = 0; i < c->after->socket_count; i++) {
		const struct nv_saved_socket *now = &c->after->sockets[i], *was;

		if (now->loopback || !now->queues || (!now->recv_q && !now->send_q) ||
			strcmp(now->state, "ESTABLISHED") != 0)
			continue;
		was = socket_before(c, now, i);
		if (!was)
			continue;
		if (now->recv_q && was->recv_q == now->recv_q) {
			readers++;
			reader = !reader || now->recv_q > reader->recv_q ? now : reader;
		} else if (now->send_q && was->send_q == now->send_q) {
			takers++;
			taker = !taker || now->send_q > taker->send_q ? now : taker;
		}
	}
	if (reader)
		find(c, NV_CLASS_APPLICATION, NV_I_tcpOutZeroWindow, NV_WARNING, NV_SIDE_THIS_HOST,
			"%u connection%s stand%s still: %s%s%s has not read %" PRIu64
			" bytes from %s",
			readers, readers == 1 ? "" : "s", readers == 1 ? "s" : "", reader->local,
			reader->process[0] ? " " : "", reader->process, reader->recv_q,
			reader->remote);
	if (taker)
		find(c, NV_CLASS_APPLICATION, NV_I_tcpOutWindowProbe, NV_WARNING, NV_SIDE_PEER,
			"%u connection%s stand%s still: %s has not taken %" PRIu64
			" bytes from %s%s%s",
			takers, takers == 1 ? "" : "s", takers == 1 ? "s" : "", taker->remote,
			taker->send_q, taker->local, taker->process[0] ? " " : "", taker->process);
}

/* ---- what ss -i tells of connections ----------------------------------------------------- */

struct peer {
	const char *remote;
	double sent, again; /* segments of data */
	unsigned connections;
};

enum { PEERS_MAX = 64, PEER_SEGMENTS = 100 };

static struct peer *peer_of(struct peer *list, unsigned *count, const char *remote)
{
	for (unsigned i = 0; i < *count; i++)
		if (strcmp(list[i].remote, remote) == 0)
			return &list[i];
	if (*count == PEERS_MAX)
		return NULL;
	list[*count] = (struct peer){ .remote = remote };
	return &list[(*count)++];
}

/* A share of 1 % of all that these connections have sent, as of all that the host has. */
static void look_at_peers(struct nv_comparison *c)
{
	struct peer list[PEERS_MAX], *worst = NULL;
	double sent = 0, again = 0;
	unsigned count = 0;

	for (unsigned i = 0; i < c->after->socket_count; i++) {
		const struct nv_saved_socket *s = &c->after->sockets[i];
		struct peer *peer;

		if (s->loopback || !(s->out_segs > 0))
			continue;
		sent += s->out_segs;
		again += s->again_segs;
		peer = peer_of(list, &count, s->remote);
		if (!peer)
			continue;
		peer->sent += s->out_segs;
		peer->again += s->again_segs;
		peer->connections++;
	}
	for (unsigned i = 0; i < count; i++)
		if (list[i].sent >= PEER_SEGMENTS && (!worst || list[i].again > worst->again))
			worst = &list[i];
	if (!worst || !(again >= 20) || again < 0.01 * sent)
		return;
	find(c, NV_CLASS_LOST, NV_I_tcpRetrans, NV_WARNING,
		count > 1 && worst->again < 0.5 * again ? NV_SIDE_UNKNOWN : NV_SIDE_PATH,
		"%.3g %% of what went to %s was sent again (%.0f of %.0f segments, %u connection%s)",
		100 * worst->again / worst->sent, worst->remote, worst->again, worst->sent,
		worst->connections, worst->connections == 1 ? "" : "s");
}

/* Half of the time that it had data to send, and ten seconds: who kept it waiting? */
static void look_at_waiting(struct nv_comparison *c)
{
	const struct nv_saved_socket *peer = NULL, *own = NULL;

	for (unsigned i = 0; i < c->after->socket_count; i++) {
		const struct nv_saved_socket *s = &c->after->sockets[i];

		if (s->loopback || s->busy_ms < 10000)
			continue;
		if (s->rwnd_limited_ms * 2 > s->busy_ms)
			peer = !peer || s->rwnd_limited_ms > peer->rwnd_limited_ms ? s : peer;
		if (s->sndbuf_limited_ms * 2 > s->busy_ms)
			own = !own || s->sndbuf_limited_ms > own->sndbuf_limited_ms ? s : own;
	}
	if (peer)
		find(c, NV_CLASS_APPLICATION, NV_I_tcpOutWindowProbe, NV_OK, NV_SIDE_PEER,
			"%s kept %s waiting for its window for %.0f of %.0f s", peer->remote,
			peer->local, peer->rwnd_limited_ms / 1e3, peer->busy_ms / 1e3);
	if (own)
		find(c, NV_CLASS_APPLICATION, NV_I_tcpOutWindowProbe, NV_OK, NV_SIDE_THIS_HOST,
			"the send buffer of %s kept it waiting for %.0f of %.0f s", own->local,
			own->sndbuf_limited_ms / 1e3, own->busy_ms / 1e3);
}

/* ---- its own datagrams ------------------------------------------------------------------- */

/* Most of what it sends by UDP is answered by "unreachable": its target is dead. */
static void look_at_dead_target(struct nv_comparison *c)
{
	double out = c->vector[NV_C_udpOutDatagrams], in = c->vector[NV_C_icmpInDestUnreachs];

	if (!(out >= 100) || !(in >= 0.5 * out) || in > 1.1 * out || c->report.own_port)
		return;
	find(c, NV_CLASS_APPLICATION, NV_I_icmpInUnreachable, NV_WARNING, NV_SIDE_PEER,
		"of %.0f datagrams sent %.0f came back as unreachable: what this host sends to is not there",
		out, in);
}

/* ---- classes ----------------------------------------------------------------------------- */

static void raise(struct nv_comparison *c, const struct nv_finding *f)
{
	struct nv_class_state *state = &c->report.classes[f->klass];

	if (nv_severity(state->status) >= nv_severity(f->status) && state->status != NV_UNKNOWN)
		return;
	state->status = f->status;
	state->reason = NV_REASON_THRESHOLD;
	state->worst = (uint16_t)f->indicator;
	state->side = f->side;
	snprintf(state->text, sizeof(state->text), "%.200s%s", f->text,
		f->side == NV_SIDE_THIS_HOST      ? ". This host"
			: f->side == NV_SIDE_PEER ? ". The peer"
			: f->side == NV_SIDE_PATH ? ". The path"
						  : "");
}

void nv_capture_find(struct nv_comparison *c)
{
	look_at_limits(c);
	look_at_frames(c);
	look_at_listeners(c);
	look_at_datagrams(c);
	look_at_ports(c);
	look_at_stuck(c);
	look_at_peers(c);
	look_at_waiting(c);
	look_at_dead_target(c);
	for (unsigned i = 0; i < c->finding_count; i++)
		if (c->findings[i].status != NV_OK)
			raise(c, &c->findings[i]);
}
