/* SPDX-License-Identifier: MIT */
/* Cells of `name = value`, whose value may touch the blanks of the next name: netstat -s of Solaris
 * -> counters. */
#include "captures/capture.h"

#include <string.h>

static bool is_name_char(char c)
{
	return nv_is_letter(c) || nv_is_digit(c);
}

static bool next_cell(struct nv_text *line, struct nv_text *name, struct nv_text *value)
{
	const char *equals = memchr(line->at, '=', (size_t)(line->end - line->at));
	const char *p;

	if (!equals)
		return false;
	p = equals;
	while (p > line->at && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	name->end = p;
	while (p > line->at && is_name_char(p[-1]))
		p--;
	name->at = p;
	p = equals + 1;
	while (p < line->end && (*p == ' ' || *p == '\t'))
		p++;
	value->at = p;
	if (p < line->end && *p == '-')
		p++;
	while (p < line->end && is_name_char(*p))
		p++;
	value->end = p;
	line->at = p;
	return name->end > name->at && *name->at >= 'a' && *name->at <= 'z';
}

bool nv_capture_solaris(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	static const char *const groups[] = { "RAWIP", "UDP", "TCP", "IPv4", "IPv6", "ICMPv4",
		"ICMPv6", "SCTP", "SDP", "IP", "ICMP" };
	struct nv_text rest = nv_trim(line), word = { rest.at, rest.at }, name, value;
	uint64_t section = all->index.solaris;
	bool any = false;

	if (!memchr(rest.at, '=', (size_t)(rest.end - rest.at)))
		return false;
	if (to->mode != NV_GRAMMAR_SOLARIS ||
		(rest.at < rest.end && *rest.at >= 'A' && *rest.at <= 'Z')) {
		struct nv_text after = rest;
		bool group = false;

		if (!nv_next_word(&after, &word))
			return false;
		for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
			group = group || nv_is(word, groups[i]);
		if (group)
			rest = after;
		else if (to->mode != NV_GRAMMAR_SOLARIS && !nv_starts(rest, "tcp") &&
			!nv_starts(rest, "udp") && !nv_starts(rest, "ip") &&
			!nv_starts(rest, "icmp") && !nv_starts(rest, "rawip"))
			return false;
	}
	while (next_cell(&rest, &name, &value)) {
		uint64_t number;
		int at = nv_alias_find(&all->index, section, 0, nv_label_hash_text(name));

		if (!any && (to->mode != NV_GRAMMAR_SOLARIS || word.end > word.at)) {
			if (at < 0 && to->mode != NV_GRAMMAR_SOLARIS)
				return false;
			nv_store_heading(to, nv_is(word, "IPv6") || nv_is(word, "ICMPv6"));
			to->protocol = nv_is(word, "TCP") ? NV_PROTOCOL_TCP : NV_PROTOCOL_NONE;
			to->mode = NV_GRAMMAR_SOLARIS;
		}
		any = true;
		bool negative = !nv_is(value, "-1") && nv_is_negative(value, &number);

		if (!negative && !nv_number(value, &number))
			continue; /* -1, "vanj": settings */
		all->negative_line = negative ? all->line : 0;
		if (at >= 0)
			nv_store_alias(all, to, at, &number, 1, name);
		else
			nv_store_unread(all, to, all->line, line);
		to->score[NV_PLATFORM_SOLARIS] += 2;
	}
	return any;
}
