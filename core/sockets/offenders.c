/* SPDX-License-Identifier: MIT */
/* Groups of sockets in trouble -> offenders with their owners, in words. */
#include "sockets/sockets.h"
#include "kernel/kernel.h"

#include <inttypes.h>
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define OWNERS_LIMIT_S  0.5
#define OFFENDERS_SHOWN 16

/* The indicator that a kind of group is evidence of. */
static const uint16_t kinds[NV_GROUP_END] = {
	[NV_GROUP_UNREAD] = NV_I_tcpCloseWaitUnread,
	[NV_GROUP_LEAK] = NV_I_tcpCloseWait,
	[NV_GROUP_LISTEN] = NV_I_tcpListenOverflow,
	[NV_GROUP_NOT_READ] = NV_I_tcpOutZeroWindow,
	[NV_GROUP_PEER_STUCK] = NV_I_tcpOutWindowProbe,
	[NV_GROUP_UNANSWERED] = NV_I_tcpTimeouts,
	[NV_GROUP_SYN_SENT] = NV_I_tcpSynRetrans,
	[NV_GROUP_PORTS] = NV_I_tcpPortsUsed,
	[NV_GROUP_UDP_DROPS] = NV_I_udpInOverflow,
};

/* ---- offenders
 * ------------------------------------------------------------------------------------------- */

static void take_owner(const struct nv_owner *owner, struct nv_offender *o)
{
	o->pid = owner->pid;
	nv_copy_text(o->process, sizeof(o->process), nv_as_text(owner->process));
	nv_copy_text(o->unit, sizeof(o->unit), nv_as_text(owner->unit));
}

/* "; nginx[1532] nginx.service": who holds it, as far as that can be seen. */
static void put_owner(struct nv_out *text, const struct nv_offender *o, const struct nv_socket *s)
{
	if (o->process[0])
		nv_put(text, "; %s[%d]%s%s", o->process, o->pid, o->unit[0] ? " " : "", o->unit);
	else if (o->pid)
		nv_put(text, "; pid %d", o->pid);
	else if (o->unit[0])
		nv_put(text, "; %s", o->unit);
	else if (s->inode)
		nv_put(text, "; uid %u, process not visible", s->uid);
}

/* What is wrong with the connections of a group, and since when. */
static void put_fault(struct nv_out *text, const struct nv_socket_group *g)
{
	char octets[24], age[32] = "";

	nv_octets_say(g->octets, octets, sizeof(octets));
	if (g->oldest_s >= 1) {
		memcpy(age, " for ", 5);
		nv_say_duration(floor(g->oldest_s), age + 5, sizeof(age) - 5);
	}
	switch (g->kind) {
	case NV_GROUP_UNREAD:
		nv_put(text, " in CLOSE_WAIT, %s unread%s", octets, age);
		break;
	case NV_GROUP_LEAK:
		nv_put(text, " in CLOSE_WAIT%s, all read, not closed", age);
		break;
	case NV_GROUP_NOT_READ:
		nv_put(text, ", %s unread%s", octets, age);
		break;
	case NV_GROUP_PEER_STUCK:
		nv_put(text, ", the peer takes nothing%s, %s wait", age, octets);
		break;
	case NV_GROUP_UNANSWERED:
		nv_put(text, ", no answer%s, %s sent again and again", age, octets);
		break;
	case NV_GROUP_LISTEN:
	case NV_GROUP_SYN_SENT:
	case NV_GROUP_PORTS:
	case NV_GROUP_UDP_DROPS:
	case NV_GROUP_END:
		break;
	}
}

static void put_connections(
	struct nv_out *text, const struct nv_socket_group *g, const struct nv_offender *o)
{
	if (g->by_local)
		nv_put(text, ":%u ", g->sample.local_port);
	else
		nv_put(text, "to %s ", o->remote);
	nv_put(text, "%u connection%s", g->count, g->count == 1 ? "" : "s");
	put_fault(text, g);
	if (g->by_local && g->one_remote)
		nv_put(text, ", from %s", o->remote);
}

static void say_group(const struct nv_socket_group *g, struct nv_offender *o)
{
	struct nv_out text = { o->text, sizeof(o->text), 0 };
	const struct nv_socket *s = &g->sample;

	switch (g->kind) {
	case NV_GROUP_LISTEN:
		nv_put(&text, ":%u accept queue %" PRIu64 " of %u", s->local_port, g->octets,
			g->backlog);
		break;
	case NV_GROUP_UDP_DROPS:
		nv_put(&text, ":%u/udp %" PRIu64 " datagrams dropped, not read in time",
			s->local_port, g->octets);
		break;
	case NV_GROUP_PORTS:
		nv_put(&text, "to %s %u local ports in use", o->remote, g->count);
		break;
	case NV_GROUP_SYN_SENT:
		nv_put(&text, "to %s%s %u attempt%s to open, no answer", o->remote,
			g->one_port ? "" : ", several ports,", g->count, g->count == 1 ? "" : "s");
		break;
	case NV_GROUP_UNREAD:
	case NV_GROUP_LEAK:
	case NV_GROUP_NOT_READ:
	case NV_GROUP_PEER_STUCK:
	case NV_GROUP_UNANSWERED:
		put_connections(&text, g, o);
		break;
	case NV_GROUP_END:
		break;
	}
	if (g->loopback)
		nv_put(&text, " (loopback)");
	put_owner(&text, o, s);
}

void nv_listener_blame(
	const struct nv_socket *s, const struct nv_owner *owner, struct nv_offender *o)
{
	struct nv_out text = { o->text, sizeof(o->text), 0 };

	nv_end_say(s->family, s->local, s->local_port, o->local);
	take_owner(owner, o);
	o->count = s->drops;
	nv_put(&text, ":%u accept queue %u of %u, %u turned away since it listens", s->local_port,
		s->receive, s->send, s->drops);
	put_owner(&text, o, s);
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

/* "10.0.0.1:80" where that is one end, "10.0.0.1" where it is one host; "": many. */
static void say_remote(const struct nv_socket_group *g, char buf[NV_NAME_SIZE])
{
	const struct nv_socket *s = &g->sample;

	if (!s->remote_port || (g->by_local && !g->one_remote && g->kind != NV_GROUP_SYN_SENT))
		return;
	nv_end_say(s->family, s->remote, s->remote_port, buf);
	if ((g->by_local && g->count > 1) || (g->kind == NV_GROUP_SYN_SENT && !g->one_port))
		nv_address_say(s->family, s->remote, buf);
}

/* Connections that wait, datagrams that were dropped. */
static bool counts_no_octets(const struct nv_socket_group *g)
{
	return g->kind == NV_GROUP_LISTEN || g->kind == NV_GROUP_UDP_DROPS;
}

static void describe(
	const struct nv_socket_group *g, const struct nv_owner *owner, struct nv_offender *o)
{
	static const uint8_t any[16];
	const struct nv_socket *s = &g->sample;

	memset(o, 0, sizeof(*o));
	o->indicator = kinds[g->kind];
	o->klass = nv_indicators[o->indicator].klass;
	if (s->local_port)
		nv_end_say(s->family, g->one_local ? s->local : any, s->local_port, o->local);
	say_remote(g, o->remote);
	take_owner(owner, o);
	o->bytes = counts_no_octets(g) ? 0 : g->octets;
	o->count = counts_no_octets(g) ? g->octets : g->count;
	say_group(g, o);
}

/* A socket not yet accepted belongs to nobody: its listener does. */
static struct nv_owner holder(const struct nv_tally *t, const struct nv_socket *s)
{
	for (unsigned i = 0; !s->inode && !s->udp && i < t->listener_count; i++)
		if (t->listener[i].port == s->local_port)
			return (struct nv_owner){ .inode = t->listener[i].inode,
				.cgroup = t->listener[i].cgroup };
	return (struct nv_owner){ .inode = s->inode, .cgroup = s->cgroup };
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
		owner[i] = holder(t, &sorted[i]->sample);
		owner[i].pid = sorted[i]->pid;
		nv_copy_text(
			owner[i].process, sizeof(owner[i].process), nv_as_text(sorted[i]->process));
	}
	if (owners && count)
		(void)nv_owners_find(owner, count, OWNERS_LIMIT_S);
	for (unsigned i = 0; i < count; i++)
		describe(sorted[i], &owner[i], &out[i]);
	return count;
}
