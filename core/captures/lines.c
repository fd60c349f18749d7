/* SPDX-License-Identifier: MIT */
/*
 * One line of a saved file -> the reader of the output that it stands in. Headings begin an output;
 * a line that no reader takes, and that looks like a statistic, is kept as not understood.
 */
#include "captures/capture.h"

#include <stdio.h>
#include <string.h>

/* ---- lines ------------------------------------------------------------------------------- */

/* &lt; &gt; &amp; &quot; of web pages and \_ of converters; the line is copied only if it has any.
 */
static struct nv_text unescape(struct nv_captures *all, struct nv_text line)
{
	static const struct {
		const char *escape;
		char c;
	} escapes[] = { { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' },
		{ "&#39;", '\'' }, { "&nbsp;", ' ' }, { "\\_", '_' }, { "\\<", '<' },
		{ "\\>", '>' }, { "\xc2\xa0", ' ' } };
	size_t length = (size_t)(line.end - line.at), used = 0;

	if (!memchr(line.at, '&', length) && !memchr(line.at, '\\', length) &&
		!memchr(line.at, 0xc2, length))
		return line;
	while (line.at < line.end && used < sizeof(all->scratch)) {
		size_t i;

		for (i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
			if (nv_starts(line, escapes[i].escape))
				break;
		if (i < sizeof(escapes) / sizeof(escapes[0])) {
			all->scratch[used++] = escapes[i].c;
			line.at += strlen(escapes[i].escape);
		} else {
			all->scratch[used++] = *line.at++;
		}
	}
	return (struct nv_text){ all->scratch, all->scratch + used };
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "   12 packets sent" without any heading: the file begins in the middle. */
static bool adopt_section(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	static const char *const names[] = { "tcp", "udp", "ip", "icmp" };

	for (unsigned i = 0; i < 4; i++) {
		struct nv_text rest = nv_trim(line), word;
		uint64_t number;

		if (!nv_next_word(&rest, &word) || !nv_capture_number(all, word, &number))
			return false;
		if (nv_alias_find(
			    &all->index, nv_label_hash(names[i]), 0, nv_label_hash_text(rest)) < 0)
			continue;
		to->section = nv_label_hash(names[i]);
		to->section_v4 = 0;
		to->mode = NV_GRAMMAR_BSD;
		snprintf(to->section_name, sizeof(to->section_name), "%s", names[i]);
		nv_store_heading(to, 0);
		return nv_capture_statistic(all, to, line);
	}
	return false;
}

static void number_line(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	switch (to->mode) {
	case NV_GRAMMAR_BSD:
		if (nv_capture_statistic(all, to, line) || nv_capture_mbuf(all, to, line) ||
			nv_capture_context(all, to, line))
			return;
		nv_store_unread(all, to, all->line, line);
		return;
	case NV_GRAMMAR_NETTOOLS:
		if (nv_capture_nettools(all, to, line) || nv_capture_context(all, to, line))
			return;
		nv_store_unread(all, to, all->line, line);
		return;
	case NV_GRAMMAR_SKIP:
		if (nv_capture_mbuf(all, to, line))
			return;
		to->skipped++;
		return;
	case NV_GRAMMAR_SOCKETS:
		if (nv_capture_socket(all, to, line))
			return;
		break;
	case NV_GRAMMAR_WINDOWS:
		if (nv_capture_windows(all, to, line))
			return;
		break;
	case NV_GRAMMAR_NONE:
	case NV_GRAMMAR_INTERFACES:
	case NV_GRAMMAR_DEV:
	case NV_GRAMMAR_NSTAT:
	case NV_GRAMMAR_SNMP6:
	case NV_GRAMMAR_SOLARIS:
	case NV_GRAMMAR_SS:
	case NV_GRAMMAR_MEMORY:
	case NV_GRAMMAR_IFCONFIG:
	case NV_GRAMMAR_JUNOS:
		break;
	}
	if (nv_capture_mbuf(all, to, line) || nv_capture_context(all, to, line))
		return;
	if (!adopt_section(all, to, line))
		nv_capture_socket_alone(all, to, line);
}

/* Lines that begin an output of their own, whatever was before. */
static bool heading(
	struct nv_captures *all, struct nv_capture *to, struct nv_text line, struct nv_text text)
{
	if (nv_capture_ifconfig_heading(to, line))
		return true;
	if (text.end[-1] == ':' && !nv_starts(text, "streams allocation") &&
		nv_capture_section(all, to, line))
		return true;
	switch (*text.at) {
	case 'N':
	case 'I':
		if (nv_starts(text, "Inter-|")) {
			to->mode = NV_GRAMMAR_DEV;
			return true;
		}
		if (nv_capture_interface_heading(all, to, text) ||
			nv_capture_socket_heading(all, to, text))
			return true;
		break;
	case '#':
		if (nv_is(text, "#kernel") ||
			(text.end - text.at > 1 && is_digit(text.at[1]) &&
				nv_contains(text, "sampling_interval"))) {
			nv_store_heading(to, 0);
			to->mode = NV_GRAMMAR_NSTAT;
			return true;
		}
		break;
	case 'P':
		if (nv_capture_junos_heading(to, line))
			return true;
		/* fall through */
	case 'A':
	case 'S':
	case 'L':
	case 'T':
	case 's':
		if (nv_capture_streams_heading(to, text))
			return true;
		if (nv_capture_socket_heading(all, to, text))
			return true;
		if (nv_starts(text, "Total: ") && nv_capture_ss_summary(all, to, text))
			return true;
		break;
	default:
		break;
	}
	return nv_capture_windows_heading(all, to, line);
}

static bool by_mode(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	switch (to->mode) {
	case NV_GRAMMAR_BSD:
		return nv_capture_statistic(all, to, line);
	case NV_GRAMMAR_NETTOOLS:
		return nv_capture_nettools(all, to, line);
	case NV_GRAMMAR_SKIP:
		return *line.at == ' ' || *line.at == '\t';
	case NV_GRAMMAR_WINDOWS:
		return nv_capture_windows(all, to, line);
	case NV_GRAMMAR_INTERFACES:
		return nv_capture_interface(all, to, line);
	case NV_GRAMMAR_DEV:
		return nv_capture_dev(all, to, line);
	case NV_GRAMMAR_SOCKETS:
		return nv_capture_socket(all, to, line);
	case NV_GRAMMAR_SS:
		return nv_capture_ss_summary(all, to, line);
	case NV_GRAMMAR_NSTAT:
	case NV_GRAMMAR_SNMP6:
		return nv_capture_name(all, to, line);
	case NV_GRAMMAR_SOLARIS:
		return nv_capture_solaris(all, to, line);
	case NV_GRAMMAR_MEMORY:
		return nv_capture_mbuf(all, to, line);
	case NV_GRAMMAR_IFCONFIG:
		return nv_capture_ifconfig(all, to, line);
	case NV_GRAMMAR_JUNOS:
		return (*line.at == ' ' || *line.at == '\t') && nv_capture_junos(all, to, line);
	case NV_GRAMMAR_NONE:
		break;
	}
	return false;
}

static bool has_digit(struct nv_text text)
{
	for (const char *p = text.at; p < text.end; p++)
		if (is_digit(*p))
			return true;
	return false;
}

/* Does a line of this table or list look as if it should have been read? */
static bool should_be_read(const struct nv_capture *to, struct nv_text text)
{
	switch (to->mode) {
	case NV_GRAMMAR_BSD:
	case NV_GRAMMAR_NETTOOLS:
	case NV_GRAMMAR_WINDOWS:
	case NV_GRAMMAR_INTERFACES:
	case NV_GRAMMAR_DEV:
	case NV_GRAMMAR_NSTAT:
	case NV_GRAMMAR_SNMP6:
	case NV_GRAMMAR_SOLARIS:
		return has_digit(text);
	case NV_GRAMMAR_SKIP:
	case NV_GRAMMAR_SOCKETS:
	case NV_GRAMMAR_SS:
	case NV_GRAMMAR_MEMORY:
	case NV_GRAMMAR_IFCONFIG:
	case NV_GRAMMAR_JUNOS:
	case NV_GRAMMAR_NONE:
		break;
	}
	return false;
}

static void word_line(
	struct nv_captures *all, struct nv_capture *to, struct nv_text line, struct nv_text text)
{
	bool indented = text.at != line.at;

	if ((to->mode == NV_GRAMMAR_NSTAT || to->mode == NV_GRAMMAR_SNMP6) &&
		nv_capture_name(all, to, line))
		return;
	if ((*text.at == '{' || *text.at == '"') && nv_capture_nstat_json(all, to, text))
		return;
	if (to->mode == NV_GRAMMAR_IFCONFIG && indented && nv_capture_ifconfig(all, to, line))
		return;
	if (to->mode == NV_GRAMMAR_JUNOS && indented && nv_capture_junos(all, to, line))
		return;
	if (heading(all, to, line, text))
		return;
	if (!indented && to->mode != NV_GRAMMAR_SS &&
		(nv_capture_pairs(all, to, line) || nv_capture_sockstat(all, to, line)))
		return;
	if (memchr(text.at, '=', (size_t)(text.end - text.at)) && nv_capture_solaris(all, to, line))
		return;
	if (!indented && nv_capture_context(all, to, line)) {
		nv_capture_section_end(all, to);
		nv_capture_windows_end(all, to);
		to->mode = NV_GRAMMAR_NONE;
		return;
	}
	if (strchr("tTuUECLSFf", *text.at) && to->mode != NV_GRAMMAR_SOCKETS &&
		nv_capture_socket_alone(all, to, line))
		return;
	if (by_mode(all, to, line))
		return;
	if (to->mode == NV_GRAMMAR_SKIP && !indented)
		return;
	if (nv_capture_name(all, to, line))
		return;
	if (nv_capture_mbuf(all, to, line))
		return;
	if (should_be_read(to, text))
		nv_store_unread(all, to, all->line, line);
	else if (indented)
		nv_capture_context(all, to, line);
}

void nv_capture_line(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text text;

	line = unescape(all, line);
	text = nv_trim(line);
	if (text.at >= text.end)
		return;
	line.end = text.end;
	all->text = text;
	if (nv_begins_with_number(text))
		number_line(all, to, line);
	else
		word_line(all, to, line, text);
}
