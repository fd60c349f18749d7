/* SPDX-License-Identifier: MIT */
/*
 * After the last line of a capture: counters that follow from others, zeros that the grammar leaves
 * out, wholes that have wrapped, blocks of nothing but zeros.
 */
#include "captures/capture.h"
#include "normalize/normalize.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What follows from other totals, and which of them cannot be true. */
static void normalize_totals(struct nv_capture *c)
{
	uint16_t from[NV_C_END] = { 0 };

	if (c->platform != NV_PLATFORM_LINUX)
		nv_equate_totals(&c->snapshot, from);
	for (unsigned id = 1; id < NV_C_END; id++)
		if (from[id]) {
			c->origin[id] = c->origin[from[id]];
			c->computed[id] = 1;
		}
	nv_find_wrapped(&c->snapshot, c->wrapped);
}

/* Counters of 32 bits beside others of 64 bits: Solaris. */
static bool is_wide(const struct nv_capture *c)
{
	for (unsigned id = 1; id < NV_C_END; id++)
		if (c->snapshot.present[id] && c->snapshot.value[id] > UINT32_MAX &&
			nv_counters[id].kind == NV_COUNTER)
			return true;
	return false;
}

static unsigned width_of(const struct nv_capture *c)
{
	switch (c->platform) {
	case NV_PLATFORM_LINUX:
	case NV_PLATFORM_FREEBSD:
	case NV_PLATFORM_NETBSD:
	case NV_PLATFORM_OPENBSD:
		return 64;
	case NV_PLATFORM_SOLARIS:
		return 32;
	case NV_PLATFORM_UNKNOWN:
	case NV_PLATFORM_MACOS:
	case NV_PLATFORM_BSD:
	case NV_PLATFORM_JUNOS:
	case NV_PLATFORM_AIX:
	case NV_PLATFORM_HPUX:
	case NV_PLATFORM_SCO:
	case NV_PLATFORM_WINDOWS:
	case NV_PLATFORM_END:
		break;
	}
	return is_wide(c) ? 64 : 32;
}

/* Protocols of which every line says 0: not counted, or not shown to this user. */
static void drop_empty(struct nv_capture *c, enum nv_protocol protocol, const char *words)
{
	unsigned printed = 0;

	for (unsigned id = 1; id < NV_C_END; id++) {
		if (!c->snapshot.present[id] || nv_counters[id].protocol != protocol ||
			c->origin[id].line == 0)
			continue;
		printed++;
		if (c->snapshot.value[id])
			return;
	}
	for (unsigned i = 0; i < c->own_count; i++)
		if (c->own[i].protocol == protocol &&
			(c->own[i].part.amount[0] || c->own[i].part.amount[1]))
			return;
	/* macOS is known for it; elsewhere a few lines of zeros may well be true */
	if (printed < (c->platform == NV_PLATFORM_MACOS ? 3 : 10))
		return;
	for (unsigned id = 1; id < NV_C_END; id++)
		if (nv_counters[id].protocol == protocol)
			c->snapshot.present[id] = 0;
	snprintf(c->not_available + strlen(c->not_available),
		sizeof(c->not_available) - strlen(c->not_available),
		"%s%s: every counter is 0, so it is not available%s",
		c->not_available[0] ? "; " : "", words,
		c->platform == NV_PLATFORM_MACOS ? " (netstat needs root for it)" : "");
}

/* These lines of IP are printed whatever they are: missing, they were cut off. */
static bool always_printed(unsigned id)
{
	return id == NV_C_ipInReceives || id == NV_C_ipForwDatagrams || id == NV_C_ipInDiscards ||
		id == NV_C_ipInDelivers || id == NV_C_ipOutRequests || id == NV_C_ip6InReceives ||
		id == NV_C_ip6OutForwDatagrams || id == NV_C_ip6InDiscards ||
		id == NV_C_ip6InDelivers || id == NV_C_ip6OutRequests;
}

/* The last counter of a section that was read; the catalog has them in the order of the kernel. */
static unsigned last_of(const struct nv_capture *c, const char *section)
{
	unsigned last = 0;

	for (unsigned i = 0; i < nv_alias_count; i++)
		if (strcmp(nv_aliases[i].section, section) == 0 && nv_aliases[i].to[0] > last &&
			c->snapshot.present[nv_aliases[i].to[0]] &&
			!c->computed[nv_aliases[i].to[0]])
			last = nv_aliases[i].to[0];
	return last;
}

/*
 * Lines that are not printed because they are zero: those of net-tools, those of nstat without -z,
 * the histograms of ICMP everywhere. Only what the grammar leaves out, never what a system may
 * lack.
 */
static void fill_zeros(struct nv_capture *c)
{
	static const struct {
		const char *section, *printed;
		bool histogram;
	} sections[] = {
		{ "linux Ip", "Ip", false },
		{ "linux Ip6", "Ip6", false },
		{ "linux TcpExt", "TcpExt", false },
		{ "linux Icmp", "Icmp", true },
		{ "icmp", "icmp", true },
	};

	/* A translated text has these lines, but not under these names. */
	if (c->unread_count > 3 && (uint64_t)c->unread_count * 2 > c->numbers_read)
		return;
	for (size_t s = 0; s < sizeof(sections) / sizeof(sections[0]); s++) {
		bool kernel = strncmp(sections[s].section, "linux", 5) == 0;
		enum nv_section_end end = nv_capture_section_left_out(c, sections[s].printed);
		bool left_out = kernel && c->zeros_left_out && !sections[s].histogram;
		bool wanted = left_out || end >= NV_SECTION_CUT;
		unsigned last = !left_out && end == NV_SECTION_CUT && !sections[s].histogram
			? last_of(c, sections[s].section)
			: NV_C_END;

		for (unsigned i = 0; wanted && i < nv_alias_count; i++) {
			uint16_t id = nv_aliases[i].to[0];

			if (!id || c->snapshot.present[id] || c->negative[id] || id > last)
				continue;
			if (strcmp(nv_aliases[i].section, sections[s].section) != 0 ||
				sections[s].histogram != (nv_aliases[i].parent[0] != 0) ||
				nv_counters[id].kind != NV_COUNTER || always_printed(id))
				continue;
			c->snapshot.present[id] = 1;
			c->snapshot.value[id] = 0;
			c->computed[id] = 2;
		}
	}
}

/* IcmpMsg counts by type what Icmp, which netstat -st leaves out, counts by name. */
static void fill_types(struct nv_capture *c)
{
	static const struct {
		const char *type;
		uint16_t id;
	} types[] = { { "InType0", NV_C_icmpInEchoReps }, { "InType3", NV_C_icmpInDestUnreachs },
		{ "InType4", NV_C_icmpInSrcQuenchs }, { "InType5", NV_C_icmpInRedirects },
		{ "InType8", NV_C_icmpInEchos }, { "InType11", NV_C_icmpInTimeExcds },
		{ "InType12", NV_C_icmpInParmProbs }, { "OutType0", NV_C_icmpOutEchoReps },
		{ "OutType3", NV_C_icmpOutDestUnreachs }, { "OutType5", NV_C_icmpOutRedirects },
		{ "OutType8", NV_C_icmpOutEchos }, { "OutType11", NV_C_icmpOutTimeExcds },
		{ "OutType12", NV_C_icmpOutParmProbs } };
	bool any = false;

	for (unsigned i = 0; i < c->own_count; i++) {
		const struct nv_own *own = &c->own[i];
		const char *name = own->name + 7;

		if (strncmp(own->name, "icmpMsg", 7) != 0)
			continue;
		any = true;
		name += *name == '_';
		for (size_t k = 0; k < sizeof(types) / sizeof(types[0]); k++)
			if (strcmp(name, types[k].type) == 0 && !c->snapshot.present[types[k].id]) {
				c->snapshot.present[types[k].id] = 1;
				c->snapshot.value[types[k].id] = own->part.amount[0] +
					own->part.amount[1];
				c->origin[types[k].id] = own->origin;
				c->saw_protocol[NV_PROTOCOL_ICMP] = true;
			}
	}
	/* a type that did not come is not printed */
	for (size_t k = 0; any && k < sizeof(types) / sizeof(types[0]); k++)
		if (!c->snapshot.present[types[k].id]) {
			c->snapshot.present[types[k].id] = 1;
			c->snapshot.value[types[k].id] = 0;
			c->computed[types[k].id] = 2;
		}
}

/*
 * Old kernels and small tools print one number for all errors of UDP. What is known of its parts is
 * taken away; the rest has no cause but a full buffer that is as common by far.
 */
static void fill_datagrams(struct nv_capture *c)
{
	struct nv_snapshot *s = &c->snapshot;
	uint64_t parts = 0;

	if (!s->present[NV_C_udpInErrors] || s->present[NV_C_udpRcvbufErrors])
		return;
	parts += s->present[NV_C_udpInCsumErrors] ? s->value[NV_C_udpInCsumErrors] : 0;
	parts += s->present[NV_C_udpMemErrors] ? s->value[NV_C_udpMemErrors] : 0;
	s->value[NV_C_udpRcvbufErrors] = s->value[NV_C_udpInErrors] > parts
		? s->value[NV_C_udpInErrors] - parts
		: 0;
	s->present[NV_C_udpRcvbufErrors] = 1;
	c->origin[NV_C_udpRcvbufErrors] = c->origin[NV_C_udpInErrors];
}

void nv_capture_finish(struct nv_captures *all, struct nv_capture *c)
{
	nv_capture_section_end(all, c);
	nv_capture_windows_end(all, c);
	c->mode = NV_GRAMMAR_NONE;
	c->snapshot.width_bits = (uint8_t)width_of(c);
	c->snapshot.platform = c->platform;
	nv_store_negatives_end(all, c);
	drop_empty(c, NV_PROTOCOL_TCP, "TCP");
	fill_zeros(c);
	fill_types(c);
	if (c->platform == NV_PLATFORM_LINUX)
		fill_datagrams(c);
	normalize_totals(c);
	nv_capture_socket_sums(c);
	c->snapshot.time_s = c->time_s;
	c->snapshot.uptime_s = NAN;
}
