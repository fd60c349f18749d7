/* SPDX-License-Identifier: MIT */
/*
 * Resets and unreachables of a second -> whose they are, by remote network: /24 or /48. What is
 * forwarded for others is left out.
 */
#include "evidence/networks.h"
#include "evidence/parts.h"
#include "evidence/shares.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* What was heard lately has to do: listening costs something for each packet of the host. */
#define FRESH_S  59.95
#define SILENT_S 9.95 /* where nothing was heard */

static bool same_network(const struct nv_packet *a, const struct nv_packet *b)
{
	return a->kind == b->kind && a->family == b->family &&
		memcmp(a->remote, b->remote, a->family == AF_INET6 ? 6 : 3) == 0;
}

static bool same_end(const struct nv_packet *a, const struct nv_packet *b)
{
	return memcmp(a->remote, b->remote, 16) == 0 && a->code == b->code &&
		(a->remote_port == b->remote_port || a->local_port == b->local_port);
}

void nv_packet_groups_add(struct nv_packet_groups *packets, const struct nv_packet *t)
{
	struct nv_packet_group *g = NULL;

	packets->total[t->kind]++;
	for (unsigned i = 0; i < packets->count && !g; i++)
		if (same_network(&packets->group[i].most, t))
			g = &packets->group[i];
	if (!g) {
		if (packets->count == NV_PACKET_GROUPS_MAX)
			return; /* so many networks: this one counts in the sum alone */
		g = &packets->group[packets->count++];
		*g = (struct nv_packet_group){ .most = *t, .one_remote = true };
	}
	g->count++;
	g->one_remote &= memcmp(g->most.remote, t->remote, 16) == 0;
	/* Majority vote, as for the ports. */
	if (same_end(&g->most, t)) {
		g->votes++;
	} else if (g->votes == 0) {
		g->most = *t;
		g->votes = 1;
	} else {
		g->votes--;
	}
}

const struct nv_packet_group *nv_packet_groups_rank(
	const struct nv_packet_groups *packets, enum nv_packet_kind kind, unsigned rank)
{
	const struct nv_packet_group *last = NULL;

	for (unsigned r = 0; r <= rank; r++) {
		const struct nv_packet_group *best = NULL;

		for (unsigned i = 0; i < packets->count; i++) {
			const struct nv_packet_group *g = &packets->group[i];

			if (g->most.kind != kind ||
				(last &&
					(g->count > last->count ||
						(g->count == last->count && g <= last))))
				continue;
			if (!best || g->count > best->count)
				best = g;
		}
		if (!best)
			return NULL;
		last = best;
	}
	return last;
}

/* The port that a program serves at: the lower one, as a rule. */
static void say_port(const struct nv_packet *t, const char *ours, char *buf, size_t size)
{
	buf[0] = 0;
	if (t->remote_port && t->remote_port < t->local_port)
		snprintf(buf, size, " port %u", t->remote_port);
	else if (t->local_port)
		snprintf(buf, size, "%s :%u", ours, t->local_port);
}

static const struct {
	const char *what, *verb, *one_what, *one_verb, *most, *ours;
} words[NV_PACKET_KINDS] = {
	[NV_PACKET_RESET_IN] = { "resets", "come from", "reset", "comes from", "from", " to our" },
	[NV_PACKET_RESET_OUT] = { "resets", "go to", "reset", "goes to", "to", " from our" },
	[NV_PACKET_UNREACHABLE] = { .ours = " from our" },
};

/* "7 of 9 resets seen come from", "all 9 resets seen come from", "1 reset seen comes from". */
static void put_how_many(struct nv_out *text, unsigned kind, unsigned count, unsigned total)
{
	if (total == 1)
		nv_put(text, "1 %s seen %s", words[kind].one_what, words[kind].one_verb);
	else if (count == total)
		nv_put(text, "all %u %s seen %s", total, words[kind].what, words[kind].verb);
	else
		nv_put(text, "%u of %u %s seen %s", count, total, words[kind].what,
			words[kind].verb);
}

/* 10.77.0.2 answers "host unreachable" for 10.83.7.9 port 53 (via 10.77.0.2 dev va), 7 of 9 seen.
 */
static void put_unreachable(struct nv_out *text, const struct nv_packet_group *g, unsigned total,
	const char *remote, const char *to, const char *port)
{
	char sender[NV_NAME_SIZE];

	nv_address_say(g->most.family, g->most.sender, sender);
	nv_put(text, "%s answers \"%s\" for", sender, nv_packet_code(&g->most));
	if (strcmp(sender, remote) != 0 || !port[0])
		nv_put(text, " %s", remote);
	nv_put(text, "%s", port);
	if (to[0] == ' ')
		nv_put(text, " (%s)", to + 1);
	nv_put(text, ", %u of %u seen", g->count, total);
}

void nv_packet_groups_fill(const struct nv_packet_groups *packets, const struct nv_packet_group *g,
	const struct nv_route *way, struct nv_offender *o)
{
	const struct nv_packet *most = &g->most;
	struct nv_network network = { .family = most->family };
	char to[NV_NAME_SIZE + 32], end[NV_NAME_SIZE], port[48];
	struct nv_out text = { o->text, sizeof(o->text), 0 };
	unsigned kind = most->kind;

	memcpy(network.address, most->remote, most->family == AF_INET6 ? 6 : 3);
	nv_address_say(most->family, most->remote, end);
	if (g->one_remote)
		memcpy(o->remote, end, sizeof(o->remote));
	else
		nv_network_say(&network, o->remote);
	o->count = g->count;
	nv_route_fill(way, o);
	nv_route_text(way, to, sizeof(to));
	say_port(most, words[kind].ours, port, sizeof(port));
	if (kind == NV_PACKET_UNREACHABLE) {
		o->side = nv_packet_side(most);
		put_unreachable(&text, g, packets->total[kind], o->remote, to, port);
		return;
	}
	put_how_many(&text, kind, g->count, packets->total[kind]);
	nv_put(&text, " %s%s", o->remote, to);
	if (g->one_remote)
		nv_put(&text, "%s%s", !port[0] || g->count == 1 ? "" : ", most", port);
	else
		nv_put(&text, ", most %s %s%s", words[kind].most, end, port);
}

/* ---- one collection
 * --------------------------------------------------------------------------------------- */

static void forget(struct nv_packet_groups *packets)
{
	memset(packets->total, 0, sizeof(packets->total));
	packets->count = 0;
	packets->denied = false;
}

/* What is forwarded for others, or goes on between programs of this host, is nobody's trouble here.
 */
static void take_packets(struct nv_packet_groups *packets, struct nv_netlink *route)
{
	const struct nv_packet *asked = NULL; /* whose local address was looked up last */
	bool ours = false;

	forget(packets);
	packets->denied = packets->tap.count < 0;
	for (int i = 0; i < packets->tap.count; i++) {
		const struct nv_packet *t = &packets->tap.captured[i];
		struct nv_route way;

		if (!asked || asked->family != t->family ||
			memcmp(asked->local, t->local, 16) != 0) {
			asked = t;
			ours = nv_route_find(route, NULL, t->family, t->local, &way) && way.local;
		}
		if (ours && memcmp(t->local, t->remote, 16) != 0)
			nv_packet_groups_add(packets, t);
	}
}

void nv_packet_groups_capture(struct nv_packet_groups *packets, struct nv_netlink *route,
	unsigned kinds, double mono_s, bool wait)
{
	double ago_s = mono_s - packets->captured_s, again_s = FRESH_S;

	for (unsigned kind = 0; kind < NV_PACKET_KINDS; kind++)
		if (kinds & 1u << kind && !packets->total[kind])
			again_s = SILENT_S;
	if (!packets->tap.running && !(ago_s < again_s)) {
		if (!(ago_s < 2 * FRESH_S))
			forget(packets); /* of another incident */
		if (nv_packet_capture_start(&packets->tap))
			packets->captured_s = mono_s;
	}
	if (nv_packet_capture_ready(&packets->tap, wait))
		take_packets(packets, route);
}

unsigned nv_packet_groups_offenders(const struct nv_packet_groups *packets,
	struct nv_netlink *route, const struct nv_links *links, enum nv_packet_kind kind,
	struct nv_offender *out, unsigned room)
{
	unsigned count = 0;

	for (; count < room; count++) {
		const struct nv_packet_group *g = nv_packet_groups_rank(packets, kind, count);
		struct nv_route way;

		if (!g || (double)g->count < NV_SHARE_MIN * (double)packets->total[kind])
			break;
		memset(&out[count], 0, sizeof(out[count]));
		(void)nv_route_find(route, links, g->most.family, g->most.remote, &way);
		nv_packet_groups_fill(packets, g, &way, &out[count]);
	}
	if (packets->denied && room) {
		memset(&out[0], 0, sizeof(out[0]));
		snprintf(out[0].text, sizeof(out[0].text), "%s can only be seen with CAP_NET_RAW",
			kind == NV_PACKET_UNREACHABLE ? "what is unreachable"
						      : "whose the resets are");
		return 1;
	}
	return count;
}
