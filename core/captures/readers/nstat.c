/* SPDX-License-Identifier: MIT */
/* `Name value` lines -> counters: nstat, also as JSON, and copies of /proc/net/snmp6. */
#include "captures/capture.h"

#include <stdio.h>
#include <string.h>

bool nv_capture_name(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	static const char *const rows[] = { "Tcp", "Ip", "Icmp", "Udp", "MPTcpExt" };
	struct nv_text rest = line, name, word;
	uint64_t value;
	bool known = false, negative;
	int at;

	if (!nv_next_word(&rest, &name) || !nv_next_word(&rest, &word))
		return false;
	negative = nv_is_negative(word, &value);
	if (!negative && !nv_number(word, &value))
		return false;
	for (unsigned i = 0; i < 5; i++)
		known = known || nv_starts(name, rows[i]);
	if (!known || name.end[-1] == ':')
		return false;
	if (to->mode != NV_GRAMMAR_NSTAT && to->mode != NV_GRAMMAR_SNMP6) {
		nv_store_heading(to, 0);
		to->mode = NV_GRAMMAR_SNMP6;
	}
	to->score[NV_PLATFORM_LINUX] += 2;
	all->text = line; /* one of many in a line of JSON */
	all->negative_line = negative ? all->line : 0;
	at = nv_alias_find(&all->index, all->index.kernel_names, 0, nv_label_hash_text(name));
	if (at >= 0) {
		nv_store_alias(all, to, at, &value, 1, name);
	} else if (nv_starts(name, "IcmpMsg") || nv_contains(name, "Type")) {
		char own[NV_NAME_SIZE];

		nv_copy_text(own, sizeof(own), name);
		own[0] = 'i';
		nv_store_own(all, to, own, value, name, NV_CLASS_NONE);
	} else {
		nv_store_unread(all, to, all->line, line);
	}
	return true;
}

/* nstat -j: {"kernel":{"IpInReceives":12,"TcpInSegs":13}}, on one line or on many. */
static bool nstat_json(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	const char *at = line.at, *quote;
	bool any = false;

	if (nv_starts(line, "{\"kernel\"")) {
		nv_store_heading(to, 0);
		to->mode = NV_GRAMMAR_NSTAT;
		at += 9;
		any = true;
	} else if (to->mode != NV_GRAMMAR_NSTAT || *at != '"') {
		return false;
	}
	while ((at = memchr(at, '"', (size_t)(line.end - at)))) {
		struct nv_text name = { at + 1, at + 1 }, value;
		char pair[NV_NAME_SIZE + 24];

		quote = memchr(name.at, '"', (size_t)(line.end - name.at));
		if (!quote)
			break;
		name.end = quote;
		at = quote + 1;
		while (at < line.end && (*at == ':' || *at == ' '))
			at++;
		value.at = at;
		at += at < line.end && *at == '-';
		while (at < line.end && *at >= '0' && *at <= '9')
			at++;
		value.end = at;
		if (value.end == value.at || value.end - value.at > 20 ||
			name.end - name.at >= NV_NAME_SIZE)
			continue;
		snprintf(pair, sizeof(pair), "%.*s %.*s", (int)(name.end - name.at), name.at,
			(int)(value.end - value.at), value.at);
		any = nv_capture_name(all, to, nv_as_text(pair)) || any;
	}
	return any;
}

/* "#kernel", "#1700000000.web-17 sampling_interval=1": what nstat prints first. */
bool nv_capture_nstat_heading(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text text = all->text;

	(void)line;
	if (*text.at != '#')
		return nstat_json(all, to, text);
	if (!nv_is(text, "#kernel") &&
		!(text.end - text.at > 1 && nv_is_digit(text.at[1]) &&
			nv_contains(text, "sampling_interval")))
		return false;
	nv_store_heading(to, 0);
	to->mode = NV_GRAMMAR_NSTAT;
	return true;
}
