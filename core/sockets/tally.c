/* SPDX-License-Identifier: MIT */
/*
 * One socket after another -> summary, groups of offenders, vanished listeners. No I/O.
 *
 * Nothing is stored per socket but what must be recognized again (places.c): a queue that does
 * not move, a connection that stays in CLOSE_WAIT.
 */
#include "sockets/sockets.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* A queue of this size fills most windows: its owner keeps the peer waiting. */
#define LARGE_QUEUE     32768u /* held by test_sockets, as all of these */
#define STEADY_S        30.0
#define STUCK_S         3.0
#define SMALL_STUCK_S   10.0 /* a small request may well wait while the program thinks */
#define SYN_RETRIES_MIN 2

bool nv_socket_is_loopback(const struct nv_socket *s)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (s->family == AF_INET)
		return s->local[0] == 127 ||
			(s->remote_port && memcmp(s->local, s->remote, 4) == 0);
	return memcmp(s->local, one, 16) == 0 ||
		(s->remote_port && memcmp(s->local, s->remote, 16) == 0);
}

void nv_socket_unmap(struct nv_socket *s)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	if (s->family != AF_INET6 || memcmp(s->local, prefix, 12) != 0)
		return;
	s->family = AF_INET;
	memmove(s->local, s->local + 12, 4);
	memmove(s->remote, s->remote + 12, 4);
	memset(s->local + 4, 0, 12);
	memset(s->remote + 4, 0, 12);
}

static bool is_outgoing_port(const struct nv_tally *t, unsigned port)
{
	return port >= t->port_low && port <= t->port_high;
}

/* ---- groups
 * ---------------------------------------------------------------------------------------------- */

static bool same_group(const struct nv_socket_group *g, enum nv_group_kind kind,
	const struct nv_socket *s, bool by_local)
{
	if (g->kind != kind || g->sample.udp != s->udp || g->loopback != nv_socket_is_loopback(s))
		return false;
	if (by_local)
		return g->sample.local_port == s->local_port;
	/* A host that does not answer is one, however many of its ports are tried. */
	return (kind == NV_GROUP_SYN_SENT || g->sample.remote_port == s->remote_port) &&
		g->sample.family == s->family && memcmp(g->sample.remote, s->remote, 16) == 0;
}

/* Servers are grouped by their port, clients by their destination. */
static struct nv_socket_group *add_to_group(
	struct nv_tally *t, enum nv_group_kind kind, const struct nv_socket *s, double age_s)
{
	bool by_local = s->udp || s->state == NV_TCP_LISTEN ||
		nv_ports_has(t->tcp_ports.now, s->local_port) ||
		!is_outgoing_port(t, s->local_port);
	struct nv_socket_group *g = NULL;

	for (unsigned i = 0; i < t->group_count && !g; i++)
		if (same_group(&t->group[i], kind, s, by_local))
			g = &t->group[i];
	if (!g) {
		if (t->group_count == NV_GROUPS_MAX)
			return NULL;
		g = &t->group[t->group_count++];
		*g = (struct nv_socket_group){ .kind = kind,
			.sample = *s,
			.by_local = by_local,
			.one_remote = true,
			.one_local = true,
			.one_port = true,
			.loopback = nv_socket_is_loopback(s) };
	}
	g->count++;
	g->octets += s->udp || s->state == NV_TCP_LISTEN ? 0 : (uint64_t)s->receive + s->send;
	if (age_s > g->oldest_s)
		g->oldest_s = age_s;
	g->one_remote &= memcmp(g->sample.remote, s->remote, 16) == 0;
	g->one_local &= memcmp(g->sample.local, s->local, 16) == 0;
	g->one_port &= g->sample.remote_port == s->remote_port;
	if (!g->pid && t->saved) {
		g->pid = t->saved->pid;
		nv_copy_text(g->process, sizeof(g->process), nv_as_text(t->saved->process));
	}
	/* A socket that a program holds names that program; one not yet accepted does not. */
	if (!g->sample.inode && s->inode)
		g->sample = *s;
	return g;
}

/* ---- one socket
 * ---------------------------------------------------------------------------------------------- */

static void add_listener(struct nv_tally *t, const struct nv_socket *s)
{
	struct nv_socket_summary *sum = &t->summary;

	sum->listeners++;
	sum->not_accepted += s->receive;
	nv_ports_add(t->tcp_ports.now, s->local_port);
	if (t->listener_count < NV_LISTENERS_MAX)
		t->listener[t->listener_count++] = (struct nv_listener){
			.port = s->local_port, .inode = s->inode, .cgroup = s->cgroup
		};
	if (s->receive > s->send) {
		struct nv_socket_group *g = add_to_group(t, NV_GROUP_LISTEN, s, 0);

		sum->listeners_full++;
		if (g) {
			g->octets += s->receive;
			g->backlog += s->send;
		}
	}
}

/* As long as we have watched it, or as long as the kernel knows. */
static double longer(double watched_s, float known_s)
{
	return (double)known_s > watched_s ? (double)known_s : watched_s;
}

static void add_close_wait(struct nv_tally *t, const struct nv_socket *s)
{
	/* The unread FIN counts as one octet: only more than that is data. */
	bool unread = s->receive > 1, is_new, stays;
	struct nv_watched *w = nv_places_watch(t, s, NV_LOOK_TCP_MOST, &is_new);
	double age_s;

	/* The peer may have closed its own half alone: who still sends works, or did until this
	 * look. */
	if (w && !unread && (s->send || (!is_new && w->value))) {
		w->value = s->send;
		w->since_s = t->now_s;
	}
	age_s = w ? t->now_s - w->since_s : 0;
	stays = age_s >= t->stay_s;
	if (nv_socket_is_loopback(s))
		return;
	t->unwatched[unread] += !w;
	t->watched_now += w != NULL;
	t->summary.close_wait_unread += unread;
	t->summary.close_wait += !unread;
	t->summary.leaked_unread += unread && stays;
	t->summary.leaked += !unread && stays;
	if (stays)
		add_to_group(
			t, unread ? NV_GROUP_UNREAD : NV_GROUP_LEAK, s, longer(age_s, s->heard_s));
}

static void add_established(struct nv_tally *t, const struct nv_socket *s)
{
	uint32_t queues = s->receive * 0x9e3779b1u +
		s->send; /* changes whenever one of them does */
	struct nv_watched *w;
	double age_s;
	bool is_new;

	if (!s->receive && !s->send)
		return;
	w = nv_places_watch(t, s, NV_LOOK_TCP_ALL, &is_new);
	if (!w)
		return;
	if (w->value != queues)
		w->since_s = t->now_s;
	w->value = queues;
	age_s = t->now_s - w->since_s;
	if (age_s < (t->stay_s < STUCK_S ? t->stay_s : STUCK_S))
		return;
	/* Not accepted yet: the listener is the one to name. */
	if (s->receive >= LARGE_QUEUE || (s->receive && age_s >= SMALL_STUCK_S)) {
		t->summary.receive_stuck++;
		if (s->inode)
			add_to_group(t, NV_GROUP_NOT_READ, s, longer(age_s, s->received_s));
	}
	if (nv_socket_is_blocked(s)) {
		t->summary.send_stuck++;
		if (s->timer == NV_TIMER_PERSIST)
			add_to_group(t, NV_GROUP_PEER_STUCK, s, longer(age_s, s->sent_s));
		else
			add_to_group(t, NV_GROUP_UNANSWERED, s, longer(age_s, s->heard_s));
	}
}

static void add_udp(struct nv_tally *t, const struct nv_socket *s)
{
	struct nv_socket_group *g;
	struct nv_watched *w;
	uint32_t more;
	bool is_new;

	t->summary.udp[s->family == AF_INET6]++;
	t->summary.udp_octets += s->receive;
	if (!s->remote_port && s->local_port)
		nv_ports_add(t->udp_ports.now, s->local_port);
	if (!s->drops)
		return;
	w = nv_places_watch(t, s, NV_LOOK_UDP, &is_new);
	if (!w)
		return;
	/* New since the last look: it had dropped nothing then. Of the first look nothing is known.
	 */
	more = !is_new ? s->drops - w->value : t->look_s[NV_LOOK_UDP] > 0 ? s->drops : 0;
	w->value = s->drops;
	t->summary.udp_drops += more;
	g = more ? add_to_group(t, NV_GROUP_UDP_DROPS, s, 0) : NULL;
	if (g)
		g->octets += more;
}

void nv_tally_add(struct nv_tally *t, const struct nv_socket *s)
{
	struct nv_socket_summary *sum = &t->summary;
	unsigned state = s->state == NV_TCP_NEW_SYN_RECV ? NV_TCP_SYN_RECV : s->state;
	bool loopback;

	if (s->udp) {
		add_udp(t, s);
		return;
	}
	if (state >= NV_SOCKET_STATES)
		return;
	if (state == NV_TCP_LISTEN) {
		sum->tcp[s->family == AF_INET6][state]++;
		add_listener(t, s);
		return;
	}
	loopback = nv_socket_is_loopback(s);
	if (loopback) {
		sum->loopback[state]++;
		sum->loopback_octets += (uint64_t)s->receive + s->send;
	} else {
		sum->tcp[s->family == AF_INET6][state]++;
		sum->receive_octets += s->receive;
		sum->send_octets += s->send;
	}
	if (!nv_ports_has(t->tcp_ports.now, s->local_port))
		nv_places_vote(t, s);
	if (state == NV_TCP_CLOSE_WAIT)
		add_close_wait(t, s);
	else if (state == NV_TCP_ESTABLISHED && !loopback)
		add_established(t, s);
	else if (state == NV_TCP_SYN_SENT && s->retries >= SYN_RETRIES_MIN)
		add_to_group(t, NV_GROUP_SYN_SENT, s, 0);
}

/* ---- a look begins and ends
 * ---------------------------------------------------------------------------------- */

void nv_tally_init(struct nv_tally *t)
{
	memset(t, 0, sizeof(*t));
	t->stay_s = STUCK_S;
	t->steady_s = STEADY_S;
	t->port_low = 32768;
	t->port_high = 60999;
}

static bool is_established(const struct nv_socket_group *g)
{
	return g->kind == NV_GROUP_NOT_READ || g->kind == NV_GROUP_PEER_STUCK ||
		g->kind == NV_GROUP_UNANSWERED;
}

/* The look about to begin finds its own groups again; the others stay. */
static void forget_groups(struct nv_tally *t, enum nv_look look)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < t->group_count; i++) {
		const struct nv_socket_group *g = &t->group[i];

		if (g->sample.udp != (look == NV_LOOK_UDP) ||
			(look == NV_LOOK_TCP_MOST && is_established(g)))
			t->group[kept++] = *g;
	}
	t->group_count = kept;
}

void nv_tally_begin(struct nv_tally *t, enum nv_look look, double now_s)
{
	struct nv_socket_summary *sum = &t->summary;
	struct nv_socket_summary was = *sum;

	t->look = look;
	t->now_s = now_s;
	t->watched_now = t->unwatched[0] = t->unwatched[1] = 0;
	*sum = (struct nv_socket_summary){ .age_s = 0 };
	if (look == NV_LOOK_UDP) {
		*sum = was;
		sum->udp[0] = sum->udp[1] = 0;
		sum->udp_octets = sum->udp_drops = 0;
		t->turn[NV_LOOK_UDP]++;
		memset(t->udp_ports.now, 0, sizeof(t->udp_ports.now));
		forget_groups(t, look);
		return;
	}
	memcpy(sum->udp, was.udp, sizeof(sum->udp));
	sum->udp_octets = was.udp_octets;
	sum->udp_drops = was.udp_drops;
	/* Established ones are seen only by a whole look: their entries outlive the others. */
	if (look != NV_LOOK_LISTENERS)
		t->turn[NV_LOOK_TCP_MOST]++;
	if (look == NV_LOOK_TCP_ALL)
		t->turn[NV_LOOK_TCP_ALL]++;
	if (look == NV_LOOK_TCP_MOST) {
		sum->receive_stuck = was.receive_stuck;
		sum->send_stuck = was.send_stuck;
	}
	sum->ports_to_one = look == NV_LOOK_TCP_MOST ? was.ports_to_one : 0;
	if (look != NV_LOOK_LISTENERS) {
		t->destinations_look++;
		t->most = (struct nv_destination){ .hits = 0 };
	}
	memset(t->tcp_ports.now, 0, sizeof(t->tcp_ports.now));
	t->listener_count = 0;
	forget_groups(t, look);
}

static void name_most_used_ports(struct nv_tally *t)
{
	const struct nv_destination *most = &t->most;
	struct nv_socket_group *g;

	/* Without the established ones this is a lower bound. */
	if (most->hits > t->summary.ports_to_one || t->look == NV_LOOK_TCP_ALL)
		t->summary.ports_to_one = most->hits;
	if (most->hits < (t->port_high - t->port_low + 1) / 2 || t->group_count == NV_GROUPS_MAX)
		return;
	g = &t->group[t->group_count++];
	*g = (struct nv_socket_group){ .kind = NV_GROUP_PORTS,
		.count = most->hits,
		.sample = { .family = most->to.family, .remote_port = most->to.port } };
	memcpy(g->sample.remote, most->to.address, 16);
}

/* For those that found no place, the share of those that did is the best guess. */
static void count_unwatched(struct nv_tally *t)
{
	struct nv_socket_summary *s = &t->summary;
	double share;

	if (!t->watched_now)
		return;
	share = (double)(s->leaked_unread + s->leaked) / (double)t->watched_now;
	s->leaked_unread += (uint32_t)(share * t->unwatched[1]);
	s->leaked += (uint32_t)(share * t->unwatched[0]);
}

void nv_tally_end(struct nv_tally *t)
{
	t->look_s[t->look] = t->now_s;
	if (t->look == NV_LOOK_TCP_ALL)
		t->look_s[NV_LOOK_TCP_MOST] = t->now_s;
	if (t->look == NV_LOOK_UDP) {
		nv_ports_compare(t, &t->udp_ports, true);
	} else {
		nv_ports_compare(t, &t->tcp_ports, false);
		count_unwatched(t);
		if (t->look != NV_LOOK_LISTENERS)
			name_most_used_ports(t);
		t->summary.established_known = t->look != NV_LOOK_TCP_MOST;
	}
	t->summary.listeners_gone = t->gone_count;
}
