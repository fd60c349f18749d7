/* SPDX-License-Identifier: MIT */
/*
 * After the last line of a capture: counters that follow from others, zeros that the grammar leaves
 * out, wholes that have wrapped, blocks of nothing but zeros.
 */
#include "captures/capture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct nv_equation nv_equations[] = {
#define MAIN(id)                                                                                   \
	{                                                                                          \
		NV_C_##id, 1, true                                                                 \
	}
#define WITH(id)                                                                                   \
	{                                                                                          \
		NV_C_##id, 1, false                                                                \
	}
#define TAKE(id)                                                                                   \
	{                                                                                          \
		NV_C_##id, -1, false                                                               \
	}
#define EQUATION(id, ...) { NV_C_##id, { __VA_ARGS__ } },
#include "catalog/equations.def"
#undef EQUATION
#undef MAIN
#undef WITH
#undef TAKE
};
const size_t nv_equation_count = sizeof(nv_equations) / sizeof(nv_equations[0]);

/* ---- at the end -------------------------------------------------------------------------- */

void nv_equate(double vector[NV_C_END])
{
	for (size_t i = 0; i < nv_equation_count; i++) {
		const struct nv_equation *e = &nv_equations[i];
		double sum = 0;
		bool any = false;

		if (!isnan(vector[e->to]))
			continue;
		for (unsigned k = 0; k < NV_EQUATION_TERMS && e->term[k].counter; k++) {
			double x = vector[e->term[k].counter];

			if (isnan(x))
				continue;
			any = any || e->term[k].main;
			sum += e->term[k].sign < 0 ? -x : x;
		}
		if (any)
			vector[e->to] = sum < 0 ? 0 : sum;
	}
}

/* The same for the totals, in whole numbers. */
static void equate_totals(struct nv_capture *c)
{
	for (size_t i = 0; i < nv_equation_count; i++) {
		const struct nv_equation *e = &nv_equations[i];
		uint64_t plus = 0, minus = 0;
		bool any = false;

		if (c->snapshot.present[e->to])
			continue;
		for (unsigned k = 0; k < NV_EQUATION_TERMS && e->term[k].counter; k++) {
			uint16_t id = e->term[k].counter;

			if (!c->snapshot.present[id])
				continue;
			if (e->term[k].main && !any)
				c->origin[e->to] = c->origin[id];
			any = any || e->term[k].main;
			*(e->term[k].sign < 0 ? &minus : &plus) += c->snapshot.value[id];
		}
		if (!any)
			continue;
		c->snapshot.value[e->to] = plus > minus ? plus - minus : 0;
		c->snapshot.present[e->to] = 1;
		c->computed[e->to] = 1;
		c->wrapped[e->to] = minus > plus;
	}
}

/* A part that is larger than its whole says that the whole has wrapped. */
static const struct {
	uint16_t part, whole;
} wholes[] = {
#define OF(part, whole)                                                                            \
	{                                                                                          \
		NV_C_##part, NV_C_##whole                                                          \
	}
	OF(tcpOutDataSegs, tcpOutPkts),
	OF(tcpRetransDataSegs, tcpOutPkts),
	OF(tcpOutAckOnly, tcpOutPkts),
	OF(tcpOutWindowUpdates, tcpOutPkts),
	OF(tcpOutControl, tcpOutPkts),
	OF(tcpRetransSegs, tcpOutPkts),
	OF(tcpInAcks, tcpInSegs),
	OF(tcpInDupAcks, tcpInSegs),
	OF(tcpInInorderSegs, tcpInSegs),
	OF(tcpInDupPkts, tcpInSegs),
	OF(tcpInOutOfOrder, tcpInSegs),
	OF(tcpInWindowUpdates, tcpInSegs),
	OF(tcpInInorderSegs, tcpInInorderBytes),
	OF(tcpInDupPkts, tcpInDupBytes),
	OF(tcpOutDataSegs, tcpOutDataBytes),
	OF(udpInDatagrams, udpInDatagramsAll),
	OF(udpNoPorts, udpInDatagramsAll),
	OF(ipReasmReqds, ipInReceives),
	OF(ipReasmOKs, ipReasmReqds),
	OF(ipFragOKs, ipFragCreates),
	OF(icmpInDestUnreachs, icmpInMsgs),
#undef OF
};

static void mark_wrapped(struct nv_capture *c)
{
	const struct nv_snapshot *s = &c->snapshot;

	for (size_t i = 0; i < sizeof(wholes) / sizeof(wholes[0]); i++) {
		uint16_t part = wholes[i].part, whole = wholes[i].whole;

		if (s->present[part] && s->present[whole] && !c->computed[part] &&
			s->value[part] > s->value[whole] && s->value[part] > UINT32_MAX / 16)
			c->wrapped[whole] = 1;
	}
	for (size_t i = 0; i < nv_equation_count; i++) {
		const struct nv_equation *e = &nv_equations[i];

		for (unsigned k = 0; k < NV_EQUATION_TERMS && e->term[k].counter; k++)
			if (c->computed[e->to] == 1 && c->wrapped[e->term[k].counter])
				c->wrapped[e->to] = 1;
	}
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
		bool wanted = nv_capture_saw_section(c, sections[s].printed) ||
			(kernel && c->zeros_left_out && !sections[s].histogram);

		for (unsigned i = 0; wanted && i < nv_alias_count; i++) {
			uint16_t id = nv_aliases[i].to[0];

			if (!id || c->snapshot.present[id] || c->negative[id])
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
	if (c->platform != NV_PLATFORM_LINUX)
		equate_totals(c);
	if (c->snapshot.width_bits == 32)
		mark_wrapped(c);
	nv_capture_socket_sums(c);
	c->snapshot.time_s = c->time_s;
	c->snapshot.uptime_s = NAN;
}
