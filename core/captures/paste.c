/* SPDX-License-Identifier: MIT */
/*
 * Cleans pasted text: which passes it needs is seen from the characters that are in it. Here are
 * the passes over characters; those over lines are in paste_lines.c.
 */
#include "captures/paste.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const nv_paste_words[NV_PASTE_END] = {
#define KIND(id, words) words,
	NV_PASTE_KINDS
#undef KIND
};

#define BIT(kind) (1u << NV_PASTE_##kind)

/* ---- characters -------------------------------------------------------------------------- */

/* Length of an escape of a terminal (ECMA-48), or of a letter that was printed over; 0: none. */
static size_t escape_length(struct nv_text text)
{
	const char *p = text.at + 1;

	if (*text.at != 033 || p >= text.end)
		return 0;
	if (*p == '[') {
		for (p++; p < text.end && (*p < '@' || *p > '~'); p++)
			if (*p == '\n')
				return 0;
	} else if (*p == ']') {
		for (; p < text.end && *p != 007 && *p != '\n'; p++)
			;
	} else if (*p == '(' || *p == ')') {
		p++;
	}
	return p < text.end && *p != '\n' ? (size_t)(p + 1 - text.at) : 0;
}

/* "<br>", "</td>", "<span class=x>": its length, and what it stands for. 0: no tag of a page. */
static size_t tag_length(struct nv_text text, char *stands_for)
{
	static const struct {
		const char *name;
		char stands_for;
	} tags[] = { { "br", '\n' }, { "p", '\n' }, { "tr", '\n' }, { "li", '\n' }, { "td", ' ' },
		{ "th", ' ' }, { "pre", 0 }, { "code", 0 }, { "span", 0 }, { "div", '\n' },
		{ "font", 0 }, { "strong", 0 }, { "em", 0 }, { "b", 0 }, { "i", 0 }, { "u", 0 },
		{ "tt", 0 }, { "samp", 0 }, { "kbd", 0 }, { "a", 0 }, { "table", 0 },
		{ "tbody", 0 }, { "thead", 0 }, { "ul", 0 }, { "ol", 0 }, { "html", 0 },
		{ "body", 0 }, { "blockquote", 0 }, { "mark", 0 }, { "small", 0 } };
	const char *p = text.at + 1, *name, *end;

	p += p < text.end && *p == '/';
	for (name = p; p < text.end && nv_is_letter(*p); p++)
		;
	end = p;
	while (p < text.end && *p != '>' && *p != '<' && *p != '\n' && p - text.at < 200)
		p++;
	if (p >= text.end || *p != '>' || (end < p && *end != ' ' && *end != '/'))
		return 0;
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (strlen(tags[i].name) == (size_t)(end - name) &&
			strncasecmp(tags[i].name, name, (size_t)(end - name)) == 0) {
			*stands_for = tags[i].stands_for;
			return (size_t)(p + 1 - text.at);
		}
	return 0;
}

/* Escapes of web pages and of converters, and blanks that are none. */
static size_t entity_length(struct nv_text text, char *stands_for)
{
	static const struct {
		const char *escape;
		char c;
	} escapes[] = { { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' },
		{ "&#39;", '\'' }, { "&#x27;", '\'' }, { "&apos;", '\'' }, { "&nbsp;", ' ' },
		{ "&#160;", ' ' }, { "\\_", '_' }, { "\\<", '<' }, { "\\>", '>' }, { "\\*", '*' },
		{ "\\#", '#' }, { "\xc2\xa0", ' ' }, { "\xe2\x80\xaf", ' ' },
		{ "\xe2\x80\x89", ' ' }, { "\xe2\x80\x8b", 0 }, { "\xef\xbb\xbf", 0 } };

	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
		if (nv_starts(text, escapes[i].escape)) {
			*stands_for = escapes[i].c;
			return strlen(escapes[i].escape);
		}
	return 0;
}

/* CR LF stays one end of a line, LF CR too; a CR alone is one. */
static unsigned clean_ends(struct nv_text from, struct nv_buffer *to)
{
	const char *lone = NULL;

	for (const char *p = from.at; !lone && p < from.end; p++) {
		p = memchr(p, '\r', (size_t)(from.end - p));
		if (!p)
			break;
		if (p + 1 < from.end && p[1] != '\n')
			lone = p;
	}
	if (!lone)
		return 0;
	for (const char *p = from.at; p < from.end; p++) {
		bool cr = *p == '\r', pair = cr && p + 1 < from.end && p[1] == '\n';
		bool after = cr && p > from.at && p[-1] == '\n';

		if (!cr)
			to->at[to->used++] = *p;
		else if (!pair && !after)
			to->at[to->used++] = '\n';
	}
	return BIT(LINE_ENDS);
}

static unsigned clean_characters(struct nv_text from, struct nv_buffer *to)
{
	unsigned taken = 0;

	while (from.at < from.end) {
		char c = *from.at, stands_for = 0;
		size_t escape = c == 033 ? escape_length(from) : 0;
		size_t length = escape ? escape
			: c == '<'     ? tag_length(from, &stands_for)
			: c == '&' || c == '\\' || (uint8_t)c >= 0xc2
			? entity_length(from, &stands_for)
			: 0;

		if (c == '\b') { /* a letter printed twice, or underlined */
			to->used -= to->used > 0 && to->at[to->used - 1] != '\n';
			from.at++;
			taken |= BIT(COLOURS);
			continue;
		}
		if (!length) {
			to->at[to->used++] = *from.at++;
			continue;
		}
		taken |= escape ? BIT(COLOURS) : BIT(MARKUP);
		from.at += length;
		/* its own end of line follows: one is enough, and numbers of lines stay */
		if (stands_for == '\n' &&
			(from.at >= from.end || *from.at == '\n' || !to->used ||
				to->at[to->used - 1] == '\n'))
			continue;
		if (stands_for)
			to->at[to->used++] = stands_for;
	}
	return taken;
}

/* ---- separators of thousands ------------------------------------------------------------- */

static unsigned digits_at(const char *p, const char *end)
{
	unsigned n = 0;

	while (p < end && nv_is_digit(*p) && n < 5) {
		p++;
		n++;
	}
	return n;
}

/*
 * "15,442,728", "15.442.728", "15'442'728", "15 442 728" at the beginning of a line: how far it
 * goes; p if this is none. 10.100.200.150 is an address.
 */
static const char *grouped_end(const char *p, const char *end, bool first)
{
	unsigned n = digits_at(p, end), groups = 1;
	const char *begin = p;
	bool octets = true;
	char by;

	if (n < 1 || n > 3 || (p += n) >= end)
		return begin;
	by = *p;
	if (by != ',' && by != '\'' && !(first && (by == '.' || by == ' ')))
		return begin;
	while (p < end && *p == by && digits_at(p + 1, end) == 3) {
		octets = octets && (p[1] < '2' || (p[1] == '2' && p[2] < '6'));
		p += 4;
		groups++;
	}
	if (groups < 2 || (by == '.' && groups == 4 && octets) ||
		(p < end && *p == by && by != ' '))
		return begin;
	if (by == '.' || by == ' ') /* a number before words, no row of numbers */
		return p + 1 < end && *p == ' ' && nv_is_letter(p[1]) ? p : begin;
	return p < end && !strchr(" \t\r\n.,;:)|", *p) ? begin : p;
}

static bool has_groups(struct nv_text text)
{
	struct nv_text line;

	while (nv_next_line(&text, &line)) {
		line = nv_trim(line);
		if (line.at < line.end && nv_is_digit(*line.at) &&
			grouped_end(line.at, line.end, true) > line.at)
			return true;
		for (const char *p = line.at; p + 3 < line.end; p++)
			if (((p[1] == ',' || p[1] == '\'') && nv_is_digit(p[0]) &&
				    digits_at(p + 2, line.end) == 3) ||
				(p[0] == '(' && grouped_end(p + 1, line.end, true) > p + 1))
				return true;
	}
	return false;
}

static unsigned clean_groups(struct nv_text from, struct nv_buffer *to)
{
	unsigned taken = 0;
	/* the first word of a line or of a bracket; a word begins here */
	bool first = true, apart = true;

	if (!has_groups(from))
		return 0;
	while (from.at < from.end) {
		const char *end = apart && nv_is_digit(*from.at)
			? grouped_end(from.at, from.end, first)
			: from.at;
		char c = *from.at;

		if (end > from.at) {
			taken = BIT(GROUPS);
			for (; from.at < end; from.at++)
				if (nv_is_digit(*from.at))
					to->at[to->used++] = *from.at;
			first = apart = false;
			continue;
		}
		apart = c == ' ' || c == '\t' || c == '\n' || c == '(' || c == '=' || c == '/';
		first = c == '\n' || c == '(' || (first && (c == ' ' || c == '\t'));
		to->at[to->used++] = c;
		from.at++;
	}
	return taken;
}

/* ---- all passes -------------------------------------------------------------------------- */

/* What a text must contain for a pass to have anything to do; "" always. */
static const struct {
	nv_paste_pass *pass;
	const char *needs;
} passes[] = { { clean_ends, "\r" }, { clean_characters, "\033\b<&\\\xc2\xe2\xef" },
	{ nv_paste_one_line, "" }, { nv_paste_prefix, ":" }, { nv_paste_quotes, ">#|;*%/" },
	{ nv_paste_numbers, "" }, { nv_paste_prefix, ":" }, { nv_paste_quotes, ">#|;*%/" },
	{ nv_paste_indent, "" }, { nv_paste_remarks, "*<>!`\xe2#/-" }, { clean_groups, ",.' " },
	{ nv_paste_wrapped, "" } };

static void note_characters(struct nv_text text, bool has[256])
{
	memset(has, 0, 256);
	for (const char *p = text.at; p < text.end; p++)
		has[(unsigned char)*p] = true;
}

static bool is_needed(const char *needs, const bool has[256])
{
	if (!*needs)
		return true;
	for (; *needs; needs++)
		if (has[(unsigned char)*needs])
			return true;
	return false;
}

bool nv_paste_clean(struct nv_text *text, struct nv_buffer *buffer, unsigned *taken)
{
	struct nv_buffer spare = { NULL, 0, 0 }, swapped;
	bool has[256], ok = true;

	*taken = 0;
	note_characters(*text, has);
	for (size_t i = 0; ok && i < sizeof(passes) / sizeof(passes[0]); i++) {
		size_t room = 2 * (size_t)(text->end - text->at) + 64;
		unsigned took;

		if (!is_needed(passes[i].needs, has))
			continue;
		if (spare.room < room) {
			free(spare.at);
			spare = (struct nv_buffer){ malloc(room), 0, room };
			ok = spare.at != NULL;
			if (!ok)
				break;
		}
		spare.used = 0;
		took = passes[i].pass(*text, &spare);
		if (!took)
			continue;
		*taken |= took;
		swapped = *buffer;
		*buffer = spare;
		spare = swapped;
		*text = (struct nv_text){ buffer->at, buffer->at + buffer->used };
	}
	free(spare.at);
	return ok;
}
