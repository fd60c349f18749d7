/* SPDX-License-Identifier: MIT */
/*
 * What must be recognized among any number of sockets, in a fixed number of places: a connection
 * that is still as it was at the look before, and the destination that has most of them.
 *
 * The places are touched when the tally is made, so that memory is the same for a thousand sockets
 * and for a million. The destination is found by a majority vote in each place (Boyer and Moore,
 * 1981), which is exact enough for one that has a large share of the local ports: a million
 * connections to others leave some four thousand in each.
 */
#include "sockets/sockets.h"

#include <string.h>
#include <sys/socket.h>

#define PROBES 8

uint64_t nv_socket_hash(const void *bytes, size_t length, uint64_t seed)
{
	const unsigned char *at = bytes;
	uint64_t hash = seed ^ UINT64_C(0x9e3779b97f4a7c15);

	while (length) {
		uint64_t word = 0;
		size_t step = length < 8 ? length : 8;

		if (step == 8)
			memcpy(&word, at, 8); /* of a known size: one instruction */
		else
			memcpy(&word, at, step);
		hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
		hash ^= hash >> 32;
		at += step;
		length -= step;
	}
	return hash ? hash : 1;
}

/* Both addresses; of an IPv4 address what follows is zero. */
static uint64_t hash_addresses(const struct nv_socket *s, uint64_t seed)
{
	uint64_t both;

	if (s->family != AF_INET)
		return nv_socket_hash(s->remote, 16, nv_socket_hash(s->local, 16, seed));
	memcpy(&both, s->local, 4);
	memcpy((unsigned char *)&both + 4, s->remote, 4);
	return nv_socket_hash(&both, sizeof(both), seed);
}

/* ---- what was seen before
 * -------------------------------------------------------------------------------- */

static uint64_t socket_key(const struct nv_socket *s)
{
	/* The state is part of it: what was in another state is new to this one. */
	uint64_t state = (uint64_t)s->state << 56;

	if (s->cookie)
		return s->cookie ^ state;
	return hash_addresses(
		       s, (uint64_t)s->local_port << 32 | (uint64_t)s->remote_port << 8 | s->udp) ^
		state;
}

struct nv_watched *nv_places_watch(
	struct nv_tally *t, const struct nv_socket *s, enum nv_look seen_by, bool *is_new)
{
	uint64_t key = socket_key(s);
	uint64_t hash = nv_socket_hash(&key, sizeof(key), 7);
	/* Whoever sends much always has something under way: such a place is given to one that may
	 * be stuck. */
	bool busy = s->state == NV_TCP_ESTABLISHED && !s->udp && !s->receive &&
		!nv_socket_is_blocked(s);
	struct nv_watched *free_one = NULL, *busy_one = NULL;

	for (unsigned i = 0; i < PROBES; i++) {
		struct nv_watched *w = &t->watched[(hash + i) % NV_WATCH_MAX];
		/* The look that was to see it again did not. */
		bool dead = !w->key || ((t->turn[w->seen_by] - w->turn) & NV_TURN_MASK) > 1;

		if (!dead && w->key == key) {
			w->turn = t->turn[w->seen_by] & NV_TURN_MASK;
			w->busy = busy;
			*is_new = false;
			return w;
		}
		if (dead && !free_one)
			free_one = w;
		else if (w->busy && !busy)
			busy_one = w;
	}
	*is_new = true;
	if (!free_one)
		free_one = busy_one;
	if (!free_one)
		return NULL;
	*free_one = (struct nv_watched){ .key = key,
		.since_s = t->now_s,
		.turn = t->turn[seen_by] & NV_TURN_MASK,
		.seen_by = (unsigned)seen_by & 3,
		.busy = busy };
	return free_one;
}

/* ---- the destination of most
 * -------------------------------------------------------------------------------- */

void nv_places_vote(struct nv_tally *t, const struct nv_socket *s)
{
	/* Each of our addresses has the whole range of ports towards a destination. */
	uint64_t key = hash_addresses(s, s->remote_port);
	struct nv_destination *h = &t->destination[key % NV_DESTINATIONS_MAX];

	if (h->look == t->destinations_look && h->key == key) {
		h->votes++;
		h->hits++;
	} else if (h->look != t->destinations_look || --h->votes < 0) {
		*h = (struct nv_destination){ .key = key,
			.votes = 1,
			.hits = 1,
			.look = t->destinations_look,
			.to = { .family = s->family, .port = s->remote_port } };
		memcpy(h->to.address, s->remote, 16);
	}
	if (h->look == t->destinations_look && h->hits > t->most.hits)
		t->most = *h;
}
