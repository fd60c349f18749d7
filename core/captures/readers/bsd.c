/* SPDX-License-Identifier: MIT */
/*
 * Sections of `name:` with lines of number and label -> counters: netstat -s of the BSD family, and
 * of Linux (net-tools), whose lines hold the number anywhere.
 *
 * Depth is not trusted (pasted text loses it): the parent is the last line that is known to have
 * lines below it. A line that belongs to two parents is told apart by it alone.
 */
#include "captures/capture.h"

#include <stdio.h>
#include <string.h>

/* ---- sections ---------------------------------------------------------------------------- */

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

_Static_assert(sizeof(sections) / sizeof(sections[0]) <= 64, "sections_seen is too small");

bool nv_capture_saw_section(const struct nv_capture *c, const char *printed)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (strcmp(sections[i].printed, printed) == 0)
			return c->sections_seen >> i & 1;
	return false;
}

void nv_capture_section_end(struct nv_captures *all, struct nv_capture *to)
{
	char text[120];

	if (to->mode == NV_GRAMMAR_SKIP && to->skipped) {
		snprintf(text, sizeof(text), "section %s: %u lines, not read", to->section_name,
			to->skipped);
		nv_store_unread(all, to, to->skipped_line, nv_as_text(text));
	}
	to->skipped = 0;
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
	struct nv_text name = nv_trim(line);
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
		to->sections_seen |= UINT64_C(1) << i;
		to->mode = sections[i].grammar;
		to->section = nv_label_hash(sections[i].section);
		to->section_v4 = strcmp(sections[i].section, "ip6") == 0 ? nv_label_hash("ip")
			: strcmp(sections[i].section, "icmp6") == 0      ? nv_label_hash("icmp")
									 : 0;
		nv_store_heading(to, sections[i].plane);
		to->protocol = sections[i].protocol;
		snprintf(to->section_name, sizeof(to->section_name), "%s", sections[i].name);
		return true;
	}
	if (indented)
		return false;
	nv_capture_section_end(all, to);
	to->mode = NV_GRAMMAR_SKIP;
	to->skipped_line = all->line;
	nv_copy_text(to->section_name, sizeof(to->section_name), name);
	return true;
}

/* ---- lines of the BSD family ------------------------------------------------------------- */

/* Arrows that somebody drew: "249379 <--- data packets", "... packets sent  <==". */
static bool is_arrow(struct nv_text word)
{
	bool head = false;

	if (word.end - word.at < 2)
		return false;
	for (const char *p = word.at; p < word.end; p++) {
		if (!strchr("<>-=", *p))
			return false;
		head = head || *p == '<' || *p == '>';
	}
	return head;
}

static struct nv_text without_arrows(struct nv_text text)
{
	struct nv_text rest = text, word;

	if (!memchr(text.at, '<', (size_t)(text.end - text.at)) &&
		!memchr(text.at, '>', (size_t)(text.end - text.at)))
		return text;
	while (nv_next_word(&rest, &word)) {
		if (!is_arrow(word))
			continue;
		if (word.at == text.at)
			text.at = rest.at; /* before the label */
		else
			text.end = word.at; /* behind it */
		return nv_trim(text);
	}
	return text;
}

static unsigned words_of(struct nv_text text)
{
	struct nv_text word;
	unsigned n = 0;

	while (nv_next_word(&text, &word))
		n++;
	return n;
}

/*
 * "*" below a parent stands for any short name. Types of ICMP have their number last, "#77: 5"; "5
 * in other words" below their histogram begins something else.
 */
static int find_any(const struct nv_captures *all, const struct nv_capture *to,
	struct nv_text label, bool number_last)
{
	struct nv_alias_words words;
	int at;

	if (!to->parent || words_of(label) > 3)
		return -1;
	at = nv_alias_find(&all->index, to->section, to->parent, all->index.any);
	if (at < 0)
		return -1;
	nv_alias_words(&all->index, (unsigned)at, &words);
	return words.label[0] == '*' && (number_last || strcmp(words.section, "icmp") != 0) ? at
											    : -1;
}

static int find_label(struct nv_captures *all, struct nv_capture *to, uint64_t hash)
{
	int at = nv_alias_find(&all->index, to->section, to->parent, hash);

	return at < 0 && to->section_v4
		? nv_alias_find(&all->index, to->section_v4, to->parent, hash)
		: at;
}

static bool store_line(struct nv_captures *all, struct nv_capture *to, uint64_t first,
	struct nv_text label, bool number_last)
{
	struct nv_label read;
	uint64_t numbers[NV_NUMBERS_MAX + 1];
	unsigned count = 0;
	int at;

	nv_label_read(label, false, &read);
	at = find_label(all, to, read.hash);
	if (at < 0)
		at = find_any(all, to, label, number_last);
	if (at < 0)
		return false;
	if (read.negative)
		all->negative_line = all->line;
	numbers[count++] = first;
	for (unsigned k = 0; k < read.count && count < NV_NUMBERS_MAX; k++)
		numbers[count++] = read.number[k];
	nv_store_alias(all, to, at, numbers, count, label);
	to->bsd_text = true;
	if ((size_t)at < nv_alias_count && all->index.parent_key[at])
		to->parent = all->index.parent_key[at];
	return true;
}

/* macOS forgets an end of line: "... fast forwarded)\t\t6531 packets not forwardable". */
static struct nv_text cut_second(struct nv_text *label)
{
	struct nv_text second = { label->end, label->end };

	for (const char *p = label->at; p + 2 < label->end; p++)
		if (*p == '\t' && p > label->at && p[1] == '\t' && p[2] >= '0' && p[2] <= '9') {
			second.at = p + 2;
			label->end = p;
			*label = nv_trim(*label);
			break;
		}
	return second;
}

/* "echo reply: 12": the number stands last, behind a colon. */
static bool number_last(
	struct nv_captures *all, struct nv_text line, struct nv_text *label, uint64_t *number)
{
	const char *colon = memrchr(line.at, ':', (size_t)(line.end - line.at));
	struct nv_text tail;

	if (!colon)
		return false;
	tail = nv_trim((struct nv_text){ colon + 1, line.end });
	*label = nv_trim((struct nv_text){ line.at, colon });
	return label->end > label->at && nv_capture_number(all, tail, number);
}

bool nv_capture_statistic(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = nv_trim(line), word, label, second;
	uint64_t number;

	if (rest.at >= rest.end)
		return true;
	label = rest;
	if (nv_next_word(&label, &word) && nv_capture_number(all, word, &number)) {
		label = without_arrows(nv_trim(label));
		second = cut_second(&label);
		if (label.at >= label.end)
			return false;
		if (!store_line(all, to, number, label, false))
			return false;
		return second.at >= second.end || nv_capture_statistic(all, to, second);
	}
	if (number_last(all, rest, &label, &number))
		return store_line(all, to, number, label, true);
	if (nv_begins_with_number(rest))
		return false;
	/* "Input histogram:", "Output packet histogram:" */
	if (nv_contains(rest, "istogram") &&
		(nv_starts(rest, "Input") || nv_starts(rest, "Output")))
		to->parent = nv_label_hash(
			*rest.at == 'I' ? "Input histogram" : "Output histogram");
	else
		to->parent = nv_label_hash_text(rest);
	return true;
}

/* ---- lines of net-tools ------------------------------------------------------------------ */

/* "TCPLossProbes: 12": a name of the kernel in a section that is a row of it. */
static bool store_kernel_name(
	struct nv_captures *all, struct nv_capture *to, struct nv_text name, uint64_t value)
{
	char full[NV_NAME_SIZE];
	int at;

	if (memchr(name.at, ' ', (size_t)(name.end - name.at)) || name.end - name.at > 40)
		return false;
	snprintf(
		full, sizeof(full), "%s%.*s", to->section_name, (int)(name.end - name.at), name.at);
	at = nv_alias_find(&all->index, all->index.kernel_names, 0, nv_label_hash(full));
	if (at < 0 && to->section_name[0] == 'I' && memcmp(full, to->section_name, 6) == 0)
		at = nv_alias_find(
			&all->index, all->index.kernel_names, 0, nv_label_hash_text(name));
	if (at >= 0) {
		nv_store_alias(all, to, at, &value, 1, name);
		return true;
	}
	if ((strcmp(to->section_name, "IcmpMsg") == 0 || strcmp(to->section_name, "Icmp6") == 0) &&
		(nv_starts(name, "InType") || nv_starts(name, "OutType"))) {
		snprintf(full, sizeof(full), "%s_%.*s",
			strcmp(to->section_name, "Icmp6") ? "icmpMsg" : "icmp6",
			(int)(name.end - name.at), name.at);
		nv_store_own(all, to, full, value, name, NV_CLASS_NONE);
		nv_store_class(all, NV_CLASS_NONE);
		return true;
	}
	return false;
}

/* The older family prints `Tcp:` too: Junos. */
static bool store_as_bsd(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	uint64_t section = to->section;
	struct nv_text lower = nv_as_text(to->section_name), rest = nv_trim(line), word;

	if (!nv_is(lower, "Tcp") && !nv_is(lower, "Udp") && !nv_is(lower, "Ip") &&
		!nv_is(lower, "Icmp"))
		return false;
	if (!nv_next_word(&rest, &word) || !nv_begins_with_number(word))
		return false;
	to->section = nv_label_hash(to->section_name); /* case does not matter */
	to->mode = NV_GRAMMAR_BSD;
	if (nv_capture_statistic(all, to, line))
		return true;
	to->section = section;
	to->mode = NV_GRAMMAR_NETTOOLS;
	return false;
}

bool nv_capture_nettools(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = nv_trim(line), label;
	struct nv_label read;
	uint64_t number;
	int at = -1;

	if (rest.at >= rest.end || nv_starts(rest, "error parsing"))
		return true;
	if (rest.end[-1] == ':') {
		rest.end--;
		to->parent = nv_label_hash_text(rest);
		return true;
	}
	if (number_last(all, rest, &label, &number)) {
		nv_label_read(label, false, &read);
		at = nv_alias_find(&all->index, to->section, to->parent, read.hash);
		if (at < 0 && store_kernel_name(all, to, label, number)) {
			to->score[NV_PLATFORM_LINUX] += 2;
			return true;
		}
		read.number[0] = number;
		read.count = 1;
	}
	if (at < 0) {
		label = rest;
		nv_label_read(rest, true, &read);
		at = nv_alias_find(&all->index, to->section, 0, read.hash);
	}
	if (at < 0 || !read.count)
		return store_as_bsd(all, to, line);
	if (read.negative)
		all->negative_line = all->line;
	if (nv_begins_with_number(label)) { /* "12 segments received": the words alone */
		struct nv_text word;

		nv_next_word(&label, &word);
		label = nv_trim(label);
	}
	nv_store_alias(all, to, at, read.number, 1, label);
	to->score[NV_PLATFORM_LINUX] += 2;
	to->linux_text = true;
	return true;
}
