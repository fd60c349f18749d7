/* SPDX-License-Identifier: MIT */
/*
 * Ports with a listener, look after look -> listeners that vanished.
 *
 * A datagram for a closed port means little on its own, since remote hosts scan ports; it means
 * much if a program listened there until a moment ago. So the ports are remembered, one bit each.
 */
#include "sockets/sockets.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define GONE_FOR_S 3600.0

void nv_ports_add(uint64_t *set, unsigned port)
{
	set[port / 64] |= UINT64_C(1) << (port % 64);
}

static void remember_gone(struct nv_tally *t, bool udp, unsigned port)
{
	struct nv_gone *to = &t->gone[0];

	if (port >= t->port_low && port <= t->port_high)
		return; /* clients come and go there */

	/* No free place: the one that went first is forgotten. */
	if (t->gone_count < NV_GONE_MAX)
		to = &t->gone[t->gone_count++];
	else
		for (unsigned i = 1; i < NV_GONE_MAX; i++)
			if (t->gone[i].gone_s < to->gone_s)
				to = &t->gone[i];
	*to = (struct nv_gone){ .udp = udp, .port = (uint16_t)port, .gone_s = t->now_s };
}

/* A listener counts as steady when two looks, steady_s apart, both saw it. */
void nv_ports_compare(struct nv_tally *t, struct nv_ports *ports, bool udp)
{
	unsigned kept = 0;

	for (unsigned w = 0; w < NV_PORT_WORDS && ports->looks; w++) {
		uint64_t lost = ports->steady[w] & ~ports->now[w];

		if (!lost)
			continue;
		ports->steady[w] &= ports->now[w];
		for (; lost; lost &= lost - 1)
			remember_gone(t, udp, w * 64 + (unsigned)__builtin_ctzll(lost));
	}
	for (unsigned i = 0; i < t->gone_count; i++)
		if (t->gone[i].udp != udp ||
			(!nv_ports_has(ports->now, t->gone[i].port) &&
				t->now_s - t->gone[i].gone_s < GONE_FOR_S))
			t->gone[kept++] = t->gone[i];
	t->gone_count = kept;
	if (ports->looks && t->now_s - ports->steady_s < t->steady_s)
		return;
	for (unsigned w = 0; w < NV_PORT_WORDS && ports->looks; w++)
		ports->steady[w] |= ports->now[w] & ports->before[w];
	memcpy(ports->before, ports->now, sizeof(ports->before));
	ports->steady_s = t->now_s;
	ports->looks++;
}

bool nv_tally_gone(const struct nv_tally *tally, bool udp, double mono_s, char *buf, size_t size)
{
	const struct nv_gone *newest = NULL;

	for (unsigned i = 0; i < tally->gone_count; i++) {
		const struct nv_gone *g = &tally->gone[i];

		if (g->udp == udp && (!newest || g->gone_s > newest->gone_s))
			newest = g;
	}
	if (!newest)
		return false;
	struct timespec now = { 0 };
	struct tm local = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	time_t until = now.tv_sec - (time_t)(mono_s - newest->gone_s);
	localtime_r(&until, &local);
	snprintf(buf, size, "%s/%u had a listener until %02d:%02d", udp ? "udp" : "tcp",
		newest->port, local.tm_hour, local.tm_min);
	return true;
}
