/* SPDX-License-Identifier: MIT */
/* Passes over the ends of lines: remarks and emphasis behind them, and lines that were wrapped. */
#include "captures/paste.h"

#include <string.h>

enum { WRAP_SAMPLE = 65536 }; /* bytes that are looked at before lines are joined */

#define BIT(kind) (1u << NV_PASTE_##kind)

/* ---- arrows and remarks ------------------------------------------------------------------ */

/* "<---", "==>", and the arrows of Unicode (U+2190 to U+21FF). */
static bool is_arrow(struct nv_text word)
{
	bool head = false;

	if (word.end - word.at == 3 && (uint8_t)word.at[0] == 0xe2 &&
		((uint8_t)word.at[1] == 0x86 || (uint8_t)word.at[1] == 0x87))
		return true;
	if (word.end - word.at < 2)
		return false;
	for (const char *p = word.at; p < word.end; p++) {
		if (!strchr("<>-=", *p))
			return false;
		head = head || *p == '<' || *p == '>';
	}
	return head;
}

/* A remark behind a statistic: "# look", "// look", "!!!". */
static bool is_remark(struct nv_text word)
{
	if (nv_is(word, "#") || nv_is(word, "//") || is_arrow(word))
		return true;
	for (const char *p = word.at; p < word.end; p++)
		if (*p != '!' && *p != '*' && *p != '^')
			return false;
	return true;
}

/* Signs that emphasize: "**12 packets**", "`12 packets`", "=> 12 packets". */
static struct nv_text without_emphasis(struct nv_text line, bool *took)
{
	struct nv_text text = nv_trim(line), word, rest = text;

	*took = false;
	/* "*** CPU 0 ***" is a title */
	while (text.end - text.at > 3 && !nv_starts(text, "***") &&
		(*text.at == '*' || *text.at == '`') &&
		(text.at[1] == *text.at || text.end[-1] == *text.at)) {
		text.at++;
		*took = true;
	}
	while (*took && text.end > text.at && (text.end[-1] == '*' || text.end[-1] == '`'))
		text.end--;
	/* a mark before a number */
	if (nv_next_word(&rest, &word) && (is_arrow(word) || is_remark(word) || nv_is(word, "-"))) {
		rest = nv_trim(rest);
		if (nv_begins_with_number(rest) && *rest.at != '-') {
			text = rest;
			*took = true;
		}
	}
	return text;
}

static struct nv_text without_remark(struct nv_text line, bool *took)
{
	struct nv_text rest = line, word, first;
	bool number, only;

	*took = false;
	if (!nv_next_word(&rest, &first) || nv_is(first, "==>")) /* the name of a file */
		return line;
	number = nv_begins_with_number(first);
	for (only = true; nv_next_word(&rest, &word); only = false) {
		if (!(number ? is_remark(word) : is_arrow(word)) || (only && !is_arrow(word)))
			continue;
		if (only && number && nv_trim(rest).at < nv_trim(rest).end)
			continue; /* "249379 <--- data packets": the label follows */
		*took = true;
		line.end = word.at;
		return line;
	}
	return line;
}

static bool may_have_remarks(struct nv_text line)
{
	static const bool signs[256] = { ['*'] = true,
		['<'] = true,
		['>'] = true,
		['!'] = true,
		['`'] = true,
		['#'] = true,
		['/'] = true,
		['-'] = true,
		['^'] = true,
		[0xe2] = true };

	for (; line.at < line.end; line.at++)
		if (signs[(unsigned char)*line.at])
			return true;
	return false;
}

unsigned nv_paste_remarks(struct nv_text from, struct nv_buffer *to)
{
	unsigned taken = 0;
	struct nv_text line;

	while (nv_next_line(&from, &line)) {
		bool emphasis = false, remark = false;
		struct nv_text text = line;

		if (nv_starts(nv_trim(line), "```")) { /* a fence */
			line.at = line.end;
			taken = BIT(REMARKS);
		} else if (may_have_remarks(line)) {
			text = without_emphasis(line, &emphasis);
			text = without_remark(emphasis ? text : line, &remark);
		}
		if (emphasis || remark) {
			taken = BIT(REMARKS);
			/* depth of the line as it was */
			for (const char *p = line.at; emphasis && (*p == ' ' || *p == '\t'); p++)
				to->at[to->used++] = *p;
			line = text;
		}
		nv_paste_put_line(to, line);
	}
	return taken;
}

/* ---- wrapped lines ----------------------------------------------------------------------- */

static size_t first_word(struct nv_text line)
{
	struct nv_text word;

	return nv_next_word(&line, &word) ? (size_t)(word.end - word.at) : 0;
}

/* Was this line broken off the one before, which could not hold its first word? */
static bool goes_on(struct nv_text before, struct nv_text line, size_t width)
{
	size_t length = (size_t)(before.end - before.at);

	return length && line.at < line.end && *line.at != ' ' && *line.at != '\t' &&
		line.end[-1] != ':' && (*before.at == ' ' || *before.at == '\t') &&
		length + 1 + first_word(line) > width;
}

static bool is_wrapped(struct nv_text text, size_t *width)
{
	struct nv_text rest, line, before = { NULL, NULL };
	unsigned wrapped = 0, others = 0, indented = 0;

	/* a text of many megabytes is seen from its beginning */
	text.end = text.end - text.at > WRAP_SAMPLE ? text.at + WRAP_SAMPLE : text.end;
	rest = text;
	*width = 0;
	while (nv_next_line(&rest, &line)) {
		size_t length = (size_t)(line.end - line.at);

		*width = length > *width ? length : *width;
		if (*width > 100)
			return false;
	}
	if (*width < 30)
		return false;
	while (nv_next_line(&text, &line)) {
		indented += line.at < line.end && (*line.at == ' ' || *line.at == '\t');
		if (goes_on(before, line, *width))
			wrapped++;
		else if (line.at < line.end && *line.at != ' ' && *line.at != '\t' &&
			line.end[-1] != ':')
			others++;
		before = line;
	}
	return wrapped >= 2 && wrapped >= others && indented > wrapped;
}

/* The rest of a line is put behind it; its own line stays, empty, so that numbers of lines do. */
unsigned nv_paste_wrapped(struct nv_text from, struct nv_buffer *to)
{
	struct nv_text line, before = { NULL, NULL };
	unsigned owed = 0;
	size_t width;

	if (!is_wrapped(from, &width))
		return 0;
	while (nv_next_line(&from, &line)) {
		if (to->used && goes_on(before, line, width)) {
			to->used--;
			to->at[to->used++] = ' ';
			nv_paste_put_line(to, line);
			owed++;
			/* the continuation may itself be continued */
			before = (struct nv_text){ before.at, before.at + (line.end - line.at) };
			continue;
		}
		for (; owed; owed--)
			to->at[to->used++] = '\n';
		nv_paste_put_line(to, line);
		before = line;
	}
	return BIT(WRAPPED);
}
