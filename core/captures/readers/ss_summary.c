/* SPDX-License-Identifier: MIT */
/* What `ss -s` prints: sockets in all, by state and by family -> counters. */
#include "captures/capture.h"

#include <string.h>

/* The number behind that word: "(estab 3, closed 5, orphaned 0, timewait 5/0)". */
static bool number_behind(struct nv_text line, const char *word, uint64_t *value)
{
	const char *at = memmem(line.at, (size_t)(line.end - line.at), word, strlen(word));
	struct nv_text number;

	if (!at || at == line.at || !strchr("( /", at[-1]))
		return false;
	number.at = at + strlen(word);
	number.at += number.at < line.end && *number.at == ' ';
	for (number.end = number.at; number.end < line.end && nv_is_digit(*number.end);)
		number.end++;
	return nv_number(number, value);
}

/* "Total: 188 (kernel 220)" begins it. */
bool nv_capture_ss_heading(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = all->text, word;
	uint64_t value;

	(void)line;
	if (!nv_next_word(&rest, &word) || !nv_is(word, "Total:") || !nv_next_word(&rest, &word) ||
		!nv_number(word, &value))
		return false;
	nv_store_heading(to, 0);
	to->mode = NV_GRAMMAR_SS;
	nv_store_counter(all, to, NV_C_socketsUsed, value, nv_as_text("Total"), NV_CLASS_NONE);
	to->score[NV_PLATFORM_LINUX] += 5;
	return true;
}

/* "TCP:   22 (estab 3, closed 5, orphaned 0, timewait 5)" */
static void tcp_line(struct nv_captures *all, struct nv_capture *to, struct nv_text rest)
{
	static const struct {
		const char *word;
		uint16_t id;
	} cells[] = { { "estab", NV_C_tcpCurrEstab }, { "orphaned", NV_C_tcpSocketsOrphan },
		{ "timewait", NV_C_tcpSocketsTimeWait } };
	struct nv_text word;
	uint64_t value;

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		if (number_behind(rest, cells[i].word, &value))
			nv_store_counter(all, to, (enum nv_counter_id)cells[i].id, value,
				nv_as_text(cells[i].word), NV_CLASS_NONE);
	if (number_behind(rest, "closed", &value))
		nv_store_own(
			all, to, "tcpSocketsClosed", value, nv_as_text("closed"), NV_CLASS_NONE);
	if (nv_next_word(&rest, &word) && nv_number(word, &value))
		nv_store_own(all, to, "tcpSockets", value, nv_as_text("TCP"), NV_CLASS_NONE);
}

bool nv_capture_ss_summary(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	static const char *const rows[] = { "RAW", "UDP", "TCP", "INET", "FRAG", "*" };
	static const char *const columns[] = { "SocketsTotal", "SocketsIP", "SocketsIPv6" };
	struct nv_text rest = line, word, number;
	char name[NV_NAME_SIZE], row[16];
	bool known = false;
	uint64_t value;

	if (!nv_next_word(&rest, &word))
		return true;
	if (nv_is(word, "TCP:")) {
		tcp_line(all, to, rest);
		return true;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		known = known || nv_is(word, rows[i]);
	if (!known)
		return nv_is(word, "Transport");
	nv_copy_text(row, sizeof(row), nv_is(word, "*") ? nv_as_text("all") : word);
	for (unsigned i = 0; i < 3 && nv_next_word(&rest, &number); i++)
		if (nv_number(number, &value)) {
			nv_own_name(row, columns[i], nv_as_text(""), name);
			nv_store_own(all, to, name, value, word, NV_CLASS_NONE);
		}
	return true;
}
