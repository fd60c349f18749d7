/* SPDX-License-Identifier: MIT */
/*
 * Blocks of `label = number` and tables of Received and Sent -> counters: netstat -s and -e of
 * Windows, NT to 11. Windows is translated, its numbers keep their order: a block of which no label
 * is known is read by position when its length is that of a known one.
 */
#include "captures/capture.h"

#include <stdio.h>
#include <string.h>

/* Positions in the fixed order of a block, for translations. */
static const uint16_t ip_order[] = { NV_C_ipInReceives, NV_C_ipInHdrErrors, NV_C_ipInAddrErrors,
	NV_C_ipForwDatagrams, NV_C_ipInUnknownProtos, NV_C_ipInDiscards, NV_C_ipInDelivers,
	NV_C_ipOutRequests, NV_C_ipRoutingDiscards, NV_C_ipOutDiscards, NV_C_ipOutNoRoutes,
	NV_C_ipReasmReqds, NV_C_ipReasmOKs, NV_C_ipReasmFails, NV_C_ipFragOKs, NV_C_ipFragFails,
	NV_C_ipFragCreates };
static const uint16_t tcp_order[] = { NV_C_tcpActiveOpens, NV_C_tcpPassiveOpens,
	NV_C_tcpAttemptFails, NV_C_tcpEstabResets, NV_C_tcpCurrEstab, NV_C_tcpInSegs,
	NV_C_tcpOutSegs, NV_C_tcpRetransSegs };
static const uint16_t udp_order[] = { NV_C_udpInDatagrams, NV_C_udpNoPorts, NV_C_udpInErrors,
	NV_C_udpOutDatagrams };
/* Two columns; the order of the echo lines differs between versions: they are not guessed. */
static const uint16_t icmp_order[][2] = { { NV_C_icmpInMsgs, NV_C_icmpOutMsgs },
	{ NV_C_icmpInErrors, NV_C_icmpOutErrors },
	{ NV_C_icmpInDestUnreachs, NV_C_icmpOutDestUnreachs },
	{ NV_C_icmpInTimeExcds, NV_C_icmpOutTimeExcds },
	{ NV_C_icmpInParmProbs, NV_C_icmpOutParmProbs },
	{ NV_C_icmpInSrcQuenchs, NV_C_icmpOutSrcQuenchs },
	{ NV_C_icmpInRedirects, NV_C_icmpOutRedirects } };
static const uint16_t icmp6_order[][2] = { { NV_C_icmp6InMsgs, NV_C_icmp6OutMsgs },
	{ NV_C_icmp6InErrors, NV_C_icmp6OutErrors },
	{ NV_C_icmp6InDestUnreachs, NV_C_icmp6OutDestUnreachs },
	{ NV_C_icmp6InPktTooBigs, NV_C_icmp6OutPktTooBigs },
	{ NV_C_icmp6InTimeExcds, NV_C_icmp6OutTimeExcds },
	{ NV_C_icmp6InParmProblems, NV_C_icmp6OutParmProblems },
	{ NV_C_icmp6InEchos, NV_C_icmp6OutEchos },
	{ NV_C_icmp6InEchoReplies, NV_C_icmp6OutEchoReplies } };

/* Rows are stored when the block is complete, each as if its line were being read. */
static void begin_row(struct nv_captures *all, const struct nv_block *b, unsigned row)
{
	all->line = b->row[row].line;
	all->text = nv_as_text(b->row[row].text);
	all->negative_line = b->row[row].negative ? all->line : 0;
}

static void store_at(
	struct nv_captures *all, struct nv_capture *to, unsigned row, unsigned column, uint16_t id)
{
	const struct nv_block *b = &to->block;
	char six[NV_NAME_SIZE];
	enum nv_counter_id counter = to->plane
		? nv_counter_v6(&all->index, (enum nv_counter_id)id, six)
		: (enum nv_counter_id)id;

	begin_row(all, b, row);
	if (!counter) {
		nv_store_own(all, to, six, b->row[row].number[column], nv_as_text(b->row[row].text),
			NV_CLASS_NONE);
		return;
	}
	nv_store_counter(all, to, counter, b->row[row].number[column], nv_as_text(b->row[row].text),
		(enum nv_class_id)all->index.class_of[counter]);
	nv_store_class(all, (enum nv_class_id)all->index.class_of[counter]);
}

/* Rows stand below their heading to the right, or have their sign in a column. */
static bool is_set_apart(struct nv_text line, const char *equals)
{
	return line.at < line.end &&
		(*line.at == ' ' || *line.at == '\t' || !equals ||
			(equals - line.at > 2 && equals[-1] == ' ' && equals[-2] == ' '));
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (uint8_t)c >= 0x80;
}

/* Words of some language, not the name of a setting: "net.ipv4.ip_forward = 1". */
static bool is_translation(struct nv_text label)
{
	if (label.at >= label.end || !is_letter(*label.at))
		return false;
	for (const char *p = label.at; p < label.end; p++)
		if (*p == '_' || *p == '"' || *p == ';' ||
			(*p == '.' && p + 1 < label.end && p[1] != ' '))
			return false;
	return true;
}

static unsigned store_by_position(struct nv_captures *all, struct nv_capture *to)
{
	const struct nv_block *b = &to->block;
	const uint16_t *order = NULL;
	unsigned count = 0;

	if (b->row[0].count == 2 && b->rows >= 13) {
		const uint16_t(*pair)[2] = to->plane ? icmp6_order : icmp_order;

		count = to->plane ? sizeof(icmp6_order) / sizeof(icmp6_order[0])
				  : sizeof(icmp_order) / sizeof(icmp_order[0]);
		for (unsigned i = 0; i < count; i++)
			for (unsigned k = 0; k < 2; k++)
				store_at(all, to, i, k, pair[i][k]);
		return count;
	}
	if (b->row[0].count != 1)
		return 0;
	if (b->rows == sizeof(ip_order) / sizeof(ip_order[0])) {
		order = ip_order;
		count = b->rows;
	} else if (b->rows == sizeof(tcp_order) / sizeof(tcp_order[0])) {
		order = tcp_order;
		count = b->rows;
	} else if (b->rows == sizeof(udp_order) / sizeof(udp_order[0])) {
		order = udp_order;
		count = b->rows;
	}
	for (unsigned i = 0; order && i < count; i++)
		store_at(all, to, i, 0, order[i]);
	return count;
}

/* The block is complete: labels first; without any, position. */
void nv_capture_windows_end(struct nv_captures *all, struct nv_capture *to)
{
	struct nv_block *b = &to->block;
	uint32_t line = all->line;
	unsigned done = 0;

	if (b->rows == 0)
		return;
	nv_store_heading(to, b->v6);
	if (b->known == 0)
		done = store_by_position(all, to);
	for (unsigned i = 0; i < b->rows; i++) {
		begin_row(all, b, i);
		if (b->row[i].alias >= 0)
			nv_store_alias(all, to, b->row[i].alias, b->row[i].number, b->row[i].count,
				nv_as_text(b->row[i].text));
		else if (b->known || i >= done)
			nv_store_unread(all, to, b->row[i].line, nv_as_text(b->row[i].text));
	}
	if (b->known > 1 || done)
		to->score[NV_PLATFORM_WINDOWS] += 2 * b->rows;
	all->line = line;
	b->rows = b->known = 0;
}

bool nv_capture_windows_heading(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	static const struct {
		const char *begins, *section;
	} known[] = { { "ICMPv6", "windows icmp6" }, { "ICMP", "windows icmp" },
		{ "IPv", "windows ip" }, { "IP ", "windows ip" }, { "TCP", "windows tcp" },
		{ "UDP", "windows udp" }, { "Interface", "windows interface" } };
	struct nv_text heading = nv_trim(line);
	bool english = nv_contains(heading, "Statistics");

	if (nv_contains(heading, "  ") ||
		memchr(heading.at, '\t', (size_t)(heading.end - heading.at)))
		return false; /* a row of a table */
	if (heading.end - heading.at < 8 || heading.end - heading.at > 70 ||
		heading.end[-1] == ':' ||
		memchr(heading.at, '=', (size_t)(heading.end - heading.at)))
		return false;
	if (!english && !is_letter(*heading.at))
		return false; /* the comment of a configuration */
	if (!english &&
		(to->mode != NV_GRAMMAR_WINDOWS || (*heading.at >= '0' && *heading.at <= '9')) &&
		!nv_contains(heading, "tatisti") && !nv_contains(heading, "IPv4") &&
		!nv_contains(heading, "IPv6"))
		return false;
	if (english || nv_contains(heading, "IPv") || nv_contains(heading, "ICMPv") ||
		nv_contains(heading, "tatisti")) {
		nv_capture_windows_end(all, to);
		to->mode = NV_GRAMMAR_WINDOWS;
		to->block.section[0] = 0;
		to->block.v6 = nv_contains(heading, "v6");
		for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (nv_starts(heading, known[i].begins)) {
				snprintf(to->block.section, sizeof(to->block.section), "%s",
					known[i].section);
				break;
			}
		return true;
	}
	return false;
}

/* Two numbers at the end of a row: Received and Sent. */
static unsigned numbers_last(
	struct nv_captures *all, struct nv_text line, struct nv_text *label, uint64_t number[2])
{
	struct nv_text word[2] = { { line.end, line.end }, { line.end, line.end } };
	const char *p = line.end;
	unsigned n = 0;

	while (n < 2) {
		while (p > line.at && (p[-1] == ' ' || p[-1] == '\t'))
			p--;
		word[n].end = p;
		while (p > line.at && p[-1] != ' ' && p[-1] != '\t')
			p--;
		word[n].at = p;
		if (!nv_capture_number(all, word[n], &number[n]))
			break;
		n++;
	}
	if (n == 2) {
		uint64_t sent = number[0];

		number[0] = number[1];
		number[1] = sent;
	}
	label->at = line.at;
	label->end = n ? word[n - 1].at : line.end;
	*label = nv_trim(*label);
	return n;
}

bool nv_capture_windows(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_block *b = &to->block;
	struct nv_text row = nv_trim(line), label = row, value;
	const char *equals = memchr(row.at, '=', (size_t)(row.end - row.at));
	uint64_t number[2];
	unsigned count;

	if (row.at >= row.end)
		return true;
	if (equals) {
		label.end = equals;
		label = nv_trim(label);
		value = nv_trim((struct nv_text){ equals + 1, row.end });
		count = nv_capture_number(all, value, &number[0]) ? 1 : 0;
	} else {
		count = numbers_last(all, row, &label, number);
	}
	if (!count || label.at >= label.end)
		return !equals && b->rows == 0; /* "    Received    Sent" */
	if (b->rows == sizeof(b->row) / sizeof(b->row[0]))
		return false;
	b->row[b->rows].alias = b->section[0]
		? nv_alias_find(
			  &all->index, nv_label_hash(b->section), 0, nv_label_hash_text(label))
		: -1;
	if (b->row[b->rows].alias < 0 && !b->known &&
		(!is_translation(label) || (!b->rows && !is_set_apart(line, equals)))) {
		b->rows = 0; /* no block of statistics, whatever its heading said */
		to->mode = NV_GRAMMAR_NONE;
		return false;
	}
	b->row[b->rows].line = all->line;
	b->row[b->rows].count = count;
	b->row[b->rows].negative = all->negative_line == all->line;
	memcpy(b->row[b->rows].number, number, sizeof(number));
	nv_copy_text(b->row[b->rows].text, sizeof(b->row[0].text), label);
	b->known += b->row[b->rows].alias >= 0;
	b->rows++;
	return true;
}
