/* SPDX-License-Identifier: MIT */
/*
 * Connections with their counters -> share of the retransmissions by remote network, /24 or /48.
 *
 * The counters of a connection run since it was opened; two collections say what happens now. A
 * connection that is new at the second one counts whole.
 */
#include "evidence/networks.h"
#include "evidence/parts.h"
#include "text/out.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define PROBES 16

void nv_networks_begin(struct nv_networks *n, bool compare)
{
	memset(n->network, 0, sizeof(n->network));
	if (compare)
		memcpy(n->before, n->now, sizeof(n->before));
	memset(n->now, 0, sizeof(n->now));
	n->since_before = compare;
	n->count = 0;
	n->retransmitted = n->sent = 0;
}

static struct nv_remembered *find_connection(
	struct nv_remembered *table, uint64_t cookie, bool make)
{
	uint64_t hash = nv_socket_hash(&cookie, sizeof(cookie), 3);

	for (unsigned i = 0; i < PROBES; i++) {
		struct nv_remembered *r = &table[(hash + i) % NV_REMEMBERED];

		if (r->cookie == cookie || (make && !r->cookie))
			return r;
		if (!r->cookie)
			return NULL;
	}
	return NULL;
}

static struct nv_network *network_of(struct nv_networks *n, const struct nv_socket *s)
{
	uint8_t address[16] = { 0 };
	uint64_t key;

	memcpy(address, s->remote, s->family == AF_INET6 ? 6 : 3);
	key = nv_socket_hash(address, sizeof(address), s->family);
	for (unsigned i = 0; i < PROBES; i++) {
		struct nv_network *to = &n->network[(key + i) % NV_NETWORKS_MAX];

		if (to->key == key)
			return to;
		if (to->key)
			continue;
		*to = (struct nv_network){ .key = key, .family = s->family };
		memcpy(to->address, address, sizeof(address));
		n->count++;
		return to;
	}
	return NULL; /* thousands of networks: this one counts in the sums alone */
}

void nv_networks_add(
	struct nv_networks *n, const struct nv_socket *s, uint32_t retransmitted, uint32_t sent)
{
	struct nv_remembered *now = find_connection(n->now, s->cookie, true);
	struct nv_remembered *was = n->since_before ? find_connection(n->before, s->cookie, false)
						    : NULL;
	struct nv_network *to;

	if (now)
		*now = (struct nv_remembered){ s->cookie, retransmitted, sent };
	if (was) {
		retransmitted -= was->retransmitted;
		sent -= was->sent;
	}
	n->retransmitted += retransmitted;
	n->sent += sent;
	to = network_of(n, s);
	if (!to)
		return;
	to->connections++;
	to->retransmitted += retransmitted;
	to->sent += sent;
	if (retransmitted >= to->example_count) {
		to->example_count = retransmitted;
		memcpy(to->example, s->remote, sizeof(to->example));
	}
}

const struct nv_network *nv_networks_rank(const struct nv_networks *n, unsigned rank)
{
	const struct nv_network *best = NULL, *limit = NULL;

	for (unsigned r = 0; r <= rank; r++) {
		best = NULL;
		for (unsigned i = 0; i < NV_NETWORKS_MAX; i++) {
			const struct nv_network *x = &n->network[i];

			/* Behind the one ranked before: fewer, or as many at a later place. */
			if (!x->key || !x->retransmitted ||
				(limit &&
					(x->retransmitted > limit->retransmitted ||
						(x->retransmitted == limit->retransmitted &&
							x <= limit))))
				continue;
			if (!best || x->retransmitted > best->retransmitted)
				best = x;
		}
		if (!best)
			return NULL;
		limit = best;
	}
	return best;
}

void nv_network_say(const struct nv_network *n, char buf[NV_NAME_SIZE])
{
	char end[NV_NAME_SIZE];
	size_t length;

	nv_end_say(n->family, n->address, 0, end);
	length = strlen(end) - 2; /* without ":*" */
	if (n->family == AF_INET6)
		snprintf(buf, NV_NAME_SIZE, "%.*s/48", (int)length - 2, end + 1);
	else
		snprintf(buf, NV_NAME_SIZE, "%.*s/24", (int)length, end);
}

void nv_network_blame(const struct nv_networks *all, const struct nv_network *n,
	struct nv_netlink *route, const struct nv_links *links, struct nv_offender *o)
{
	uint64_t rest = all->retransmitted - n->retransmitted, rest_sent = all->sent - n->sent;
	struct nv_out text = { o->text, sizeof(o->text), 0 };
	char to[2 * NV_NAME_SIZE + 16] = "", remainder[96] = "", name[NV_NAME_SIZE];
	struct nv_route way;

	nv_network_say(n, name);
	memcpy(o->remote, name, sizeof(o->remote));
	if (nv_route_find(route, links, n->family, n->example, &way)) {
		nv_route_fill(&way, o);
		nv_route_text(&way, to, sizeof(to));
	}
	o->count = n->connections;
	if (all->count > 1 && rest_sent)
		snprintf(remainder, sizeof(remainder), "; %u other network%s: %.2g %% lost",
			all->count - 1, all->count == 2 ? "" : "s",
			100.0 * (double)rest / (double)rest_sent);
	nv_put(&text, "%.0f %% of it to %s%s (%u connection%s)%s%s",
		100.0 * (double)n->retransmitted / (double)all->retransmitted, name, to,
		n->connections, n->connections == 1 ? "" : "s", remainder,
		all->since_before ? "" : " (counted over the life of the connections)");
}
