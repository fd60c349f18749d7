/* SPDX-License-Identifier: MIT */
/*
 * Grammars that carry names instead of sentences -> counters: `name = value` of Solaris, line pairs
 * of /proc/net/snmp and netstat, `Name value` of nstat and snmp6, sockstat, ss -s.
 */
#include "captures/capture.h"

#include <stdio.h>
#include <string.h>

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* ---- Solaris: cells of `name = value`, the value may touch the next name's blanks -------- */

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

/* ---- line pairs of /proc/net/snmp and /proc/net/netstat ---------------------------------- */

static bool store_pair(struct nv_captures *all, struct nv_capture *to, struct nv_text row,
	struct nv_text key, uint64_t value)
{
	char full[NV_NAME_SIZE];
	struct nv_text name;
	int at;

	if (row.end - row.at + (key.end - key.at) >= (ptrdiff_t)sizeof(full))
		return false;
	snprintf(full, sizeof(full), "%.*s%.*s", (int)(row.end - row.at), row.at,
		(int)(key.end - key.at), key.at);
	name = nv_as_text(full);
	at = nv_alias_find(&all->index, all->index.kernel_names, 0, nv_label_hash_text(name));
	if (at >= 0) {
		nv_store_alias(all, to, at, &value, 1, name);
		return true;
	}
	if (nv_is(row, "IcmpMsg") || nv_starts(name, "Icmp6InType") ||
		nv_starts(name, "Icmp6OutType")) {
		full[0] = 'i';
		nv_store_own(all, to, full, value, name, NV_CLASS_NONE);
		return true;
	}
	return false;
}

static bool is_row(struct nv_text word)
{
	return word.end - word.at > 2 && word.end[-1] == ':' && *word.at >= 'A' && *word.at <= 'Z';
}

/* The first line of a pair is kept (it is still in the text), the second reads both. */
bool nv_capture_pairs(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text names = to->names, values = line, row, row_before, key, word;
	bool bad = false;

	to->names.at = to->names.end = NULL;
	if (!nv_next_word(&values, &row) || !is_row(row))
		return false;
	word = values;
	if (!nv_next_word(&word, &key))
		return false;
	if ((*key.at >= 'A' && *key.at <= 'Z') &&
		(nv_is(row, "Ip:") || nv_is(row, "Icmp:") || nv_is(row, "IcmpMsg:") ||
			nv_is(row, "Tcp:") || nv_is(row, "Udp:") || nv_is(row, "UdpLite:") ||
			nv_is(row, "TcpExt:") || nv_is(row, "IpExt:") || nv_is(row, "MPTcpExt:"))) {
		to->names = line;
		return true;
	}
	if (!names.at || !nv_next_word(&names, &row_before) ||
		row_before.end - row_before.at != row.end - row.at ||
		memcmp(row.at, row_before.at, (size_t)(row.end - row.at)) != 0)
		return false;
	row.end--;
	to->mode = NV_GRAMMAR_NONE;
	nv_store_heading(to, 0);
	while (nv_next_word(&names, &key) && nv_next_word(&values, &word)) {
		uint64_t value;

		if (nv_number(word, &value))
			bad = !store_pair(all, to, row, key, value) || bad;
		else if (!nv_is(key, "MaxConn")) /* -1: no limit */
			bad = true;
	}
	to->score[NV_PLATFORM_LINUX] += 10;
	if (bad)
		nv_store_unread(all, to, all->line, line);
	return true;
}

/* ---- one name a line: nstat, snmp6 ------------------------------------------------------- */

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
bool nv_capture_nstat_json(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
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

/* ---- /proc/net/sockstat: "TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 220" -------------------- */

bool nv_capture_sockstat(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = line, row, key, word;
	uint64_t value;
	bool any = false;

	if (!nv_next_word(&rest, &row) || row.end - row.at < 3 || row.end[-1] != ':')
		return false;
	row.end--;
	while (nv_next_word(&rest, &key) && nv_next_word(&rest, &word)) {
		bool found = false;

		if (!nv_number(word, &value) || !is_name_char(*key.at))
			return any;
		if (!any && !nv_is(key, "inuse") && !nv_is(key, "used"))
			return false;
		if (!any)
			nv_store_heading(to, 0);
		any = true;
		for (unsigned id = 1; id < NV_C_END && !found; id++) {
			const struct nv_counter *c = &nv_counters[id];

			if ((c->file != NV_FILE_SOCKSTAT && c->file != NV_FILE_SOCKSTAT6) ||
				!nv_is(row, c->row) || !nv_is(key, c->key))
				continue;
			nv_store_counter(
				all, to, (enum nv_counter_id)id, value, key, NV_CLASS_NONE);
			found = true;
		}
		if (!found) {
			char name[NV_NAME_SIZE], section[16];

			nv_copy_text(section, sizeof(section), row);
			nv_own_name(section, "", key, name);
			nv_store_own(all, to, name, value, key, NV_CLASS_NONE);
		}
	}
	if (any)
		to->score[NV_PLATFORM_LINUX] += 5;
	return any;
}

/* ---- ss -s ------------------------------------------------------------------------------- */

static bool after(struct nv_text line, const char *word, uint64_t *value)
{
	struct nv_text key;

	for (const char *p = line.at; p < line.end; p++)
		if (*p == '(' || *p == ',' || *p == '/') {
			struct nv_text rest = { p + 1, line.end }, number;

			if (!nv_next_word(&rest, &key) || !nv_is(key, word) ||
				!nv_next_word(&rest, &number))
				continue;
			while (number.end > number.at &&
				(number.end[-1] < '0' || number.end[-1] > '9'))
				number.end--;
			for (const char *d = number.at; d < number.end; d++)
				if (*d == '/') {
					number.end = d;
					break;
				}
			return nv_number(number, value);
		}
	return false;
}

bool nv_capture_ss_summary(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = line, word, number;
	uint64_t value;

	if (nv_starts(line, "Total: ")) {
		rest.at += 7;
		if (!nv_next_word(&rest, &number) || !nv_number(number, &value))
			return false;
		nv_store_heading(to, 0);
		to->mode = NV_GRAMMAR_SS;
		nv_store_counter(
			all, to, NV_C_socketsUsed, value, nv_as_text("Total"), NV_CLASS_NONE);
		to->score[NV_PLATFORM_LINUX] += 5;
		return true;
	}
	if (to->mode != NV_GRAMMAR_SS)
		return false;
	if (nv_starts(line, "TCP:")) {
		static const struct {
			const char *word;
			uint16_t id;
		} cells[] = { { "estab", NV_C_tcpCurrEstab }, { "orphaned", NV_C_tcpSocketsOrphan },
			{ "timewait", NV_C_tcpSocketsTimeWait } };

		for (unsigned i = 0; i < 3; i++)
			if (after(line, cells[i].word, &value))
				nv_store_counter(all, to, (enum nv_counter_id)cells[i].id, value,
					nv_as_text(cells[i].word), NV_CLASS_NONE);
		if (after(line, "closed", &value))
			nv_store_own(all, to, "tcpSocketsClosed", value, nv_as_text("closed"),
				NV_CLASS_NONE);
		rest.at += 4;
		if (nv_next_word(&rest, &number) && nv_number(number, &value))
			nv_store_own(
				all, to, "tcpSockets", value, nv_as_text("TCP"), NV_CLASS_NONE);
		return true;
	}
	if (!nv_next_word(&rest, &word))
		return true;
	if (nv_is(word, "Transport"))
		return true;
	if (nv_is(word, "RAW") || nv_is(word, "UDP") || nv_is(word, "TCP") || nv_is(word, "INET") ||
		nv_is(word, "FRAG") || nv_is(word, "*")) {
		static const char *const columns[] = { "SocketsTotal", "SocketsIP", "SocketsIPv6" };
		char name[NV_NAME_SIZE], row[16];

		nv_copy_text(row, sizeof(row), nv_is(word, "*") ? nv_as_text("all") : word);
		for (unsigned i = 0; i < 3 && nv_next_word(&rest, &number); i++)
			if (nv_number(number, &value)) {
				nv_own_name(row, columns[i], nv_as_text(""), name);
				nv_store_own(all, to, name, value, word, NV_CLASS_NONE);
			}
		return true;
	}
	return false;
}
