/* SPDX-License-Identifier: MIT */
/* The socket summary -> offenders with their owners, a table for people, JSON. */
#include "sockets.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define OWNERS_LIMIT_S  0.5
#define OFFENDERS_SHOWN 16

/* What a kind of group means: the indicator that it is evidence of, and its words. */
static const struct {
	uint16_t indicator;
	const char *what; /* after the number of sockets */
} kinds[NV_GROUP_END] = {
	[NV_GROUP_UNREAD] = { NV_I_tcpCloseWaitUnread, "in CLOSE_WAIT with unread data" },
	[NV_GROUP_LEAK] = { NV_I_tcpCloseWait, "in CLOSE_WAIT, closed by the peer alone" },
	[NV_GROUP_LISTEN] = { NV_I_tcpListenOverflow, "accept queue full" },
	[NV_GROUP_NOT_READ] = { NV_I_tcpOutZeroWindow, "with data that is not read" },
	[NV_GROUP_PEER_STUCK] = { NV_I_tcpOutWindowProbe, "whose peer does not read" },
	[NV_GROUP_UNANSWERED] = { NV_I_tcpTimeouts, "whose peer does not answer" },
	[NV_GROUP_SYN_SENT] = { NV_I_tcpSynRetrans, "to open, nobody answers" },
	[NV_GROUP_PORTS] = { NV_I_tcpPortsUsed, "local ports in use to one destination" },
	[NV_GROUP_UDP_DROPS] = { NV_I_udpInOverflow, "datagrams dropped" },
};

static const char *const state_names[NV_SOCKET_STATES] = { NULL, "ESTABLISHED", "SYN_SENT",
	"SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK",
	"LISTEN", "CLOSING" };

void nv_octets_say(uint64_t octets, char *buf, size_t size)
{
	if (octets < 10000)
		snprintf(buf, size, "%" PRIu64 " B", octets);
	else if (octets < 10000000)
		snprintf(buf, size, "%.0f kB", (double)octets / 1e3);
	else
		snprintf(buf, size, "%.1f MB", (double)octets / 1e6);
}

/* ---- offenders ------------------------------------------------------------------------------------------- */

static void say_group(const struct nv_socket_group *g, struct nv_offender *o)
{
	const struct nv_socket *s = &g->sample;
	struct nv_out text = { o->text, sizeof(o->text), 0 };
	char octets[24], age[32] = "", owner[NV_NAME_SIZE + 64] = "";
	const char *plural = g->count == 1 ? "" : "s", *loop = g->loopback ? " (loopback)" : "";

	nv_octets_say(g->octets, octets, sizeof(octets));
	if (g->oldest_s >= 1)
		snprintf(age, sizeof(age), " for %.0f s", g->oldest_s);
	if (o->process[0])
		snprintf(owner, sizeof(owner), "; %s[%d]%s%s", o->process, o->pid,
			o->unit[0] ? " " : "", o->unit);
	else if (o->unit[0])
		snprintf(owner, sizeof(owner), "; %s", o->unit);
	else if (s->inode)
		snprintf(owner, sizeof(owner), "; uid %u, process not visible", s->uid);
	if (g->kind == NV_GROUP_LISTEN)
		nv_put(&text, ":%u accept queue %" PRIu64 " of %u%s", s->local_port,
			g->octets, g->backlog, owner);
	else if (g->kind == NV_GROUP_UDP_DROPS)
		nv_put(&text, ":%u/udp %" PRIu64 " datagrams dropped%s",
			s->local_port, g->octets, owner);
	else if (g->kind == NV_GROUP_PORTS || g->kind == NV_GROUP_SYN_SENT)
		nv_put(&text, "%s %u %s%s%s", o->remote, g->count,
			g->kind == NV_GROUP_PORTS ? kinds[g->kind].what :
			g->count == 1		  ? "attempt to open, nobody answers" :
						    "attempts to open, nobody answers",
			loop, owner);
	else
		nv_put(&text, "%s%s%s %u connection%s %s%s, %s queued%s%s", o->local,
			g->one_remote ? " from " : "", g->one_remote ? o->remote : "", g->count, plural,
			kinds[g->kind].what, age, octets, loop, owner);
}

/* Bigger is worse; the kinds are in order of how sure they are. */
static bool worse(const struct nv_socket_group *a, const struct nv_socket_group *b)
{
	if (a->loopback != b->loopback)
		return b->loopback;
	if (a->count != b->count)
		return a->count > b->count;
	return a->kind < b->kind;
}

static void describe(const struct nv_socket_group *g, const struct nv_owner *owner, struct nv_offender *o)
{
	static const uint8_t any[16];
	const struct nv_socket *s = &g->sample;

	memset(o, 0, sizeof(*o));
	o->indicator = kinds[g->kind].indicator;
	o->class = nv_indicators[o->indicator].class;
	if (s->local_port)
		nv_end_say(s->family, g->one_local ? s->local : any, s->local_port, o->local);
	if (s->remote_port)
		nv_end_say(s->family, g->one_remote || g->kind == NV_GROUP_PORTS ||
						    g->kind == NV_GROUP_SYN_SENT ?
					      s->remote :
					      any,
			g->count == 1 || g->kind == NV_GROUP_PORTS || g->kind == NV_GROUP_SYN_SENT ?
				s->remote_port :
				0,
			o->remote);
	o->pid = owner->pid;
	memcpy(o->process, owner->process, sizeof(o->process));
	memcpy(o->unit, owner->unit, sizeof(o->unit));
	o->bytes = g->octets;
	o->count = g->kind == NV_GROUP_LISTEN ? g->octets : g->count;
	say_group(g, o);
}

/* A socket not yet accepted belongs to nobody: its listener does. */
static const struct nv_socket *holder(const struct nv_tally *t, const struct nv_socket *s)
{
	for (unsigned i = 0; !s->inode && !s->udp && i < t->listener_count; i++)
		if (t->listener[i].port == s->local_port)
			return &t->listener[i].socket;
	return s;
}

unsigned nv_tally_offenders(
	const struct nv_tally *t, bool owners, struct nv_offender *out, unsigned room)
{
	const struct nv_socket_group *sorted[NV_GROUPS_MAX];
	struct nv_owner owner[OFFENDERS_SHOWN];
	unsigned count = t->group_count;

	for (unsigned i = 0; i < count; i++) {
		unsigned at = i;

		for (; at && worse(&t->group[i], sorted[at - 1]); at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = &t->group[i];
	}
	if (count > room)
		count = room;
	if (count > OFFENDERS_SHOWN)
		count = OFFENDERS_SHOWN;
	for (unsigned i = 0; i < count; i++) {
		const struct nv_socket *s = holder(t, &sorted[i]->sample);

		owner[i] = (struct nv_owner) { .inode = s->inode, .cgroup = s->cgroup };
	}
	if (owners && count)
		(void)nv_owners_find(owner, count, OWNERS_LIMIT_S);
	for (unsigned i = 0; i < count; i++)
		describe(sorted[i], &owner[i], &out[i]);
	return count;
}

/* ---- for people ---------------------------------------------------------------------------------------------- */

static void put_states(struct nv_out *out, const struct nv_socket_summary *s)
{
	nv_put(out, "%-12s %9s %9s %9s\n", "TCP state", "IPv4", "IPv6", "loopback");
	for (unsigned i = 1; i < NV_SOCKET_STATES; i++)
		if (s->tcp[0][i] || s->tcp[1][i] || s->loopback[i])
			nv_put(out, "%-12s %9u %9u %9u\n", state_names[i], s->tcp[0][i], s->tcp[1][i],
				s->loopback[i]);
	nv_put(out, "%-12s %9u %9u\n", "UDP", s->udp[0], s->udp[1]);
}

static void put_queues(struct nv_out *out, const struct nv_socket_summary *s)
{
	char receive[24], send[24], loopback[24], udp[24];

	nv_octets_say(s->receive_octets, receive, sizeof(receive));
	nv_octets_say(s->send_octets, send, sizeof(send));
	nv_octets_say(s->loopback_octets, loopback, sizeof(loopback));
	nv_octets_say(s->udp_octets, udp, sizeof(udp));
	nv_put(out, "\nqueues       not read %s, not acknowledged %s, loopback %s, UDP %s\n", receive,
		send, loopback, udp);
	nv_put(out, "stuck        %u not read here, %u not taken by the peer\n", s->receive_stuck,
		s->send_stuck);
	nv_put(out, "CLOSE_WAIT   %u with unread data, %u with everything read\n",
		s->close_wait_unread, s->close_wait);
	nv_put(out, "listeners    %u, %u with a full accept queue; %u connections not yet accepted\n",
		s->listeners, s->listeners_full, s->not_accepted);
	nv_put(out, "ports        %u to the one destination that has most\n", s->ports_to_one);
	if (s->listeners_gone)
		nv_put(out, "gone         %u ports lost their listener within the last hour\n",
			s->listeners_gone);
}

void nv_sockets_text(struct nv_out *out, struct nv_sockets *sockets, const struct nv_style *style)
{
	struct nv_offender offenders[OFFENDERS_SHOWN];
	unsigned count = nv_sockets_offenders(sockets, offenders, OFFENDERS_SHOWN);
	const struct nv_socket_summary *s = nv_sockets_summary(sockets);

	(void)style;
	put_states(out, s);
	put_queues(out, s);
	nv_put(out, count ? "\noffenders\n" : "\nno offenders\n");
	for (unsigned i = 0; i < count; i++)
		nv_put(out, " %c %s\n", nv_classes[offenders[i].class].letter, offenders[i].text);
}

/* ---- JSON ------------------------------------------------------------------------------------------------------ */

static void put_number(struct nv_out *out, const char *key, double value)
{
	nv_put(out, "\"%s\":", key);
	nv_put_json_number(out, value);
	nv_put(out, ",");
}

void nv_sockets_json(struct nv_out *out, struct nv_sockets *sockets)
{
	struct nv_offender offenders[OFFENDERS_SHOWN];
	unsigned count = nv_sockets_offenders(sockets, offenders, OFFENDERS_SHOWN);
	const struct nv_socket_summary *s = nv_sockets_summary(sockets);

	nv_put(out, "{\"netvitals\":1,\"states\":{");
	for (unsigned i = 1; i < NV_SOCKET_STATES; i++)
		nv_put(out, "%s\"%s\":{\"ipv4\":%u,\"ipv6\":%u,\"loopback\":%u}", i > 1 ? "," : "",
			state_names[i], s->tcp[0][i], s->tcp[1][i], s->loopback[i]);
	nv_put(out, "},\"udp\":{\"ipv4\":%u,\"ipv6\":%u},", s->udp[0], s->udp[1]);
	put_number(out, "receiveBytes", (double)s->receive_octets);
	put_number(out, "sendBytes", (double)s->send_octets);
	put_number(out, "loopbackBytes", (double)s->loopback_octets);
	put_number(out, "udpBytes", (double)s->udp_octets);
	put_number(out, "closeWaitUnread", s->close_wait_unread);
	put_number(out, "closeWait", s->close_wait);
	put_number(out, "listeners", s->listeners);
	put_number(out, "listenersFull", s->listeners_full);
	put_number(out, "notAccepted", s->not_accepted);
	put_number(out, "receiveStuck", s->receive_stuck);
	put_number(out, "sendStuck", s->send_stuck);
	put_number(out, "portsToOne", s->ports_to_one);
	put_number(out, "listenersGone", s->listeners_gone);
	put_number(out, "age", s->age_s);
	put_number(out, "costMicroseconds", s->cost_us);
	nv_put(out, "\"offenders\":[");
	for (unsigned i = 0; i < count; i++) {
		nv_put(out, i ? ",\n" : "\n");
		nv_offender_json(out, &offenders[i]);
	}
	nv_put(out, "]}");
}
