/* SPDX-License-Identifier: MIT */
/* Pairs of lines, names above values: copies of /proc/net/snmp and /proc/net/netstat -> counters.
 */
#include "captures/capture.h"

#include <stdio.h>
#include <string.h>

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

	if (all->text.at != line.at)
		return false;
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
