/* SPDX-License-Identifier: MIT */
/* Which system a text is from, by what it prints; texts of two systems in one capture are reported
 * apart. */
#include "captures/capture.h"
#include "nv_captures.h"

#include <stdio.h>
#include <string.h>

bool nv_capture_has_anything(const struct nv_capture *c)
{
	return c->saw_statistics || c->saw_interfaces || c->saw_mbufs || c->saw_sockets;
}

static enum nv_platform best_of(
	const unsigned score[NV_PLATFORM_END], const unsigned before[NV_PLATFORM_END])
{
	unsigned best = 0;

	for (unsigned i = 1; i < NV_PLATFORM_END; i++)
		if (score[i] - before[i] > score[best] - before[best])
			best = i;
	return (enum nv_platform)best;
}

/*
 * Hosts that were put into one directory would be added up to one that never was: remember the
 * first system, and the first other one. "bsd" may be any of its family.
 */
void nv_capture_note_system(
	struct nv_captures *all, const struct nv_capture *c, const unsigned before[NV_PLATFORM_END])
{
	const struct nv_origin_line *tcp = &c->origin[NV_C_tcpInSegs];
	enum nv_platform platform = best_of(c->score, before);

	if (!tcp->line || tcp->file != all->file || platform == NV_PLATFORM_UNKNOWN)
		return;
	if (!all->system[0].platform) {
		all->system[0].platform = (uint16_t)platform;
		all->system[0].file = all->file;
	} else if (!all->system[1].platform && platform != all->system[0].platform &&
		platform != NV_PLATFORM_BSD && all->system[0].platform != NV_PLATFORM_BSD) {
		all->system[1].platform = (uint16_t)platform;
		all->system[1].file = all->file;
	}
}

void nv_capture_recognize(struct nv_capture *c)
{
	static const unsigned nothing[NV_PLATFORM_END];

	if (c->platform_given)
		return;
	c->platform = best_of(c->score, nothing);
	/* drivers and walks of SNMP tell nothing of the system */
	if (c->platform == NV_PLATFORM_UNKNOWN && nv_capture_has_anything(c) &&
		(c->in.seen || c->saw_sockets || c->saw_mbufs || c->saw_protocol[NV_PROTOCOL_TCP]))
		c->platform = NV_PLATFORM_BSD;
}

bool nv_captures_mixed(const struct nv_captures *all, char *text, size_t size)
{
	if (!all->system[1].platform)
		return false;
	snprintf(text, size,
		"%s is recognised as %s, %s as %s: expected captures of one host in a directory",
		all->files[all->system[1].file], nv_platform_names[all->system[1].platform],
		all->files[all->system[0].file], nv_platform_names[all->system[0].platform]);
	return true;
}
