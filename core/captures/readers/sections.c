/* SPDX-License-Identifier: MIT */
/*
 * Headings `name:` of netstat -s -> which lines follow, and how they are read. A section that
 * netvitals does not read is reported as a whole.
 */
#include "captures/capture.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *printed, *section, *name;
	enum nv_grammar grammar;
	enum nv_protocol protocol;
	unsigned plane;
} sections[] = {
	{ "tcp", "tcp", "tcp", NV_GRAMMAR_BSD, NV_PROTOCOL_TCP, 0 },
	{ "udp", "udp", "udp", NV_GRAMMAR_BSD, NV_PROTOCOL_UDP, 0 },
	{ "ip", "ip", "ip", NV_GRAMMAR_BSD, NV_PROTOCOL_IP, 0 },
	{ "icmp", "icmp", "icmp", NV_GRAMMAR_BSD, NV_PROTOCOL_ICMP, 0 },
	{ "igmp", "igmp", "igmp", NV_GRAMMAR_BSD, NV_PROTOCOL_NONE, 0 },
	{ "arp", "arp", "arp", NV_GRAMMAR_BSD, NV_PROTOCOL_NONE, 0 },
	{ "tcp6", "tcp", "tcp6", NV_GRAMMAR_BSD, NV_PROTOCOL_TCP, 1 },
	{ "udp6", "udp", "udp6", NV_GRAMMAR_BSD, NV_PROTOCOL_UDP, 1 },
	{ "ip6", "ip6", "ip6", NV_GRAMMAR_BSD, NV_PROTOCOL_IP, 1 },
	{ "ipv6", "ip6", "ip6", NV_GRAMMAR_BSD, NV_PROTOCOL_IP, 1 },
	{ "icmp6", "icmp6", "icmp6", NV_GRAMMAR_BSD, NV_PROTOCOL_ICMP, 1 },
	{ "icmpv6", "icmp6", "icmp6", NV_GRAMMAR_BSD, NV_PROTOCOL_ICMP, 1 },
	{ "TCP", "tcp", "tcp", NV_GRAMMAR_BSD, NV_PROTOCOL_TCP, 0 },
	{ "UDP", "udp", "udp", NV_GRAMMAR_BSD, NV_PROTOCOL_UDP, 0 },
	{ "IP", "ip", "ip", NV_GRAMMAR_BSD, NV_PROTOCOL_IP, 0 },
	{ "ICMP", "icmp", "icmp", NV_GRAMMAR_BSD, NV_PROTOCOL_ICMP, 0 },
	{ "IGMP", "igmp", "igmp", NV_GRAMMAR_BSD, NV_PROTOCOL_NONE, 0 },
	{ "ARP", "arp", "arp", NV_GRAMMAR_BSD, NV_PROTOCOL_NONE, 0 },
	{ "IPv6", "ip6", "ip6", NV_GRAMMAR_BSD, NV_PROTOCOL_IP, 1 },
	{ "ICMPv6", "icmp6", "icmp6", NV_GRAMMAR_BSD, NV_PROTOCOL_ICMP, 1 },
	{ "Tcp", "linux Tcp", "Tcp", NV_GRAMMAR_NETTOOLS, NV_PROTOCOL_TCP, 0 },
	{ "Udp", "linux Udp", "Udp", NV_GRAMMAR_NETTOOLS, NV_PROTOCOL_UDP, 0 },
	{ "UdpLite", "linux UdpLite", "UdpLite", NV_GRAMMAR_NETTOOLS, NV_PROTOCOL_UDP, 0 },
	{ "Ip", "linux Ip", "Ip", NV_GRAMMAR_NETTOOLS, NV_PROTOCOL_IP, 0 },
	{ "Icmp", "linux Icmp", "Icmp", NV_GRAMMAR_NETTOOLS, NV_PROTOCOL_ICMP, 0 },
	{ "IcmpMsg", "linux IcmpMsg", "IcmpMsg", NV_GRAMMAR_NETTOOLS, NV_PROTOCOL_ICMP, 0 },
	{ "TcpExt", "linux TcpExt", "TcpExt", NV_GRAMMAR_NETTOOLS, NV_PROTOCOL_TCP, 0 },
	{ "IpExt", "linux IpExt", "IpExt", NV_GRAMMAR_NETTOOLS, NV_PROTOCOL_IP, 0 },
	{ "MPTcpExt", "linux MPTcpExt", "MPTcpExt", NV_GRAMMAR_NETTOOLS, NV_PROTOCOL_TCP, 0 },
	{ "Ip6", "linux Ip6", "Ip6", NV_GRAMMAR_NETTOOLS, NV_PROTOCOL_IP, 0 },
	{ "Icmp6", "linux Icmp6", "Icmp6", NV_GRAMMAR_NETTOOLS, NV_PROTOCOL_ICMP, 0 },
	{ "Udp6", "linux Udp6", "Udp6", NV_GRAMMAR_NETTOOLS, NV_PROTOCOL_UDP, 0 },
	{ "UdpLite6", "linux UdpLite6", "UdpLite6", NV_GRAMMAR_NETTOOLS, NV_PROTOCOL_UDP, 0 },
};

_Static_assert(sizeof(sections) / sizeof(sections[0]) <= 64, "nv_section.seen is too small");

/* Another output follows: what this section does not say, it has left out. */
void nv_capture_section_close(struct nv_capture *to)
{
	if (to->in.now)
		to->in.closed |= UINT64_C(1) << (to->in.now - 1);
	to->in.now = 0;
}

/* A line of the present section was not understood: what it leaves out may have been there. */
void nv_capture_section_spoil(struct nv_capture *to)
{
	if (to->in.now)
		to->in.spoiled |= UINT64_C(1) << (to->in.now - 1);
}

enum nv_section_end nv_capture_section_left_out(const struct nv_capture *c, const char *printed)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (strcmp(sections[i].printed, printed) == 0 && (c->in.seen >> i & 1))
			return c->in.spoiled >> i & 1   ? NV_SECTION_SPOILED
				: c->in.closed >> i & 1 ? NV_SECTION_WHOLE
							: NV_SECTION_CUT;
	return NV_SECTION_NONE;
}

void nv_capture_section_end(struct nv_captures *all, struct nv_capture *to)
{
	char text[120];

	if (to->mode == NV_GRAMMAR_SKIP && to->in.skipped) {
		snprintf(text, sizeof(text), "section %s: %u lines, not read", to->in.name,
			to->in.skipped);
		nv_store_unread(all, to, to->in.skipped_line, nv_as_text(text));
	}
	to->in.skipped = 0;
}

static bool is_name(struct nv_text word)
{
	if (word.at >= word.end || word.end - word.at > 24)
		return false;
	for (const char *p = word.at; p < word.end; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_' ||
			    *p == '-' || (p > word.at && *p >= '0' && *p <= '9')))
			return false;
	return true;
}

bool nv_capture_section(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text name = all->text;
	bool indented = name.at != line.at;

	if (name.end - name.at < 2 || name.end[-1] != ':')
		return false;
	name.end--;
	if (!is_name(name))
		return false;
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (!nv_is(name, sections[i].printed))
			continue;
		nv_capture_section_end(all, to);
		nv_capture_section_close(to);
		to->in.seen |= UINT64_C(1) << i;
		to->in.now = (unsigned)i + 1;
		to->mode = sections[i].grammar;
		to->in.section = nv_label_hash(sections[i].section);
		to->in.section_v4 = strcmp(sections[i].section, "ip6") == 0 ? nv_label_hash("ip")
			: strcmp(sections[i].section, "icmp6") == 0         ? nv_label_hash("icmp")
									    : 0;
		nv_store_heading(to, sections[i].plane);
		to->protocol = sections[i].protocol;
		nv_copy_text(to->in.name, sizeof(to->in.name), nv_as_text(sections[i].name));
		return true;
	}
	if (indented)
		return false;
	nv_capture_section_end(all, to);
	to->mode = NV_GRAMMAR_SKIP;
	to->in.skipped_line = all->line;
	nv_copy_text(to->in.name, sizeof(to->in.name), name);
	return true;
}

/* A line of a section that is not read: counted; what is of memory may stand below it. */
bool nv_capture_skipped(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	if (!nv_begins_with_number(all->text))
		return all->text.at != line.at;
	if (!nv_capture_mbuf(all, to, line))
		to->in.skipped++;
	return true;
}
