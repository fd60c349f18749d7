/* SPDX-License-Identifier: MIT */
/* Lines, words and checked unsigned numbers out of a text range: no copies, no locale, no signs. */
#include "stages.h"

#include <string.h>

bool nv_next_line(struct nv_text *text, struct nv_text *line)
{
	const char *end;

	if (text->at >= text->end)
		return false;
	end = memchr(text->at, '\n', (size_t)(text->end - text->at));
	line->at = text->at;
	line->end = end ? end : text->end;
	text->at = end ? end + 1 : text->end;
	if (line->end > line->at && line->end[-1] == '\r')
		line->end--;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

bool nv_next_word(struct nv_text *line, struct nv_text *word)
{
	const char *p = line->at;

	while (p < line->end && is_blank(*p))
		p++;
	word->at = p;
	while (p < line->end && !is_blank(*p))
		p++;
	word->end = p;
	line->at = p;
	return word->end > word->at;
}

bool nv_number(struct nv_text word, uint64_t *value)
{
	uint64_t v = 0;

	if (word.at >= word.end)
		return false;
	for (const char *p = word.at; p < word.end; p++) {
		unsigned digit = (unsigned)(*p - '0');

		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*value = v;
	return true;
}

bool nv_hex_number(struct nv_text word, uint64_t *value)
{
	uint64_t v = 0;

	if (word.at >= word.end || word.end - word.at > 16)
		return false;
	for (const char *p = word.at; p < word.end; p++) {
		char c = *p;
		unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
				 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
							: 16u;

		if (digit > 15)
			return false;
		v = v << 4 | digit;
	}
	*value = v;
	return true;
}

bool nv_is(struct nv_text word, const char *name)
{
	size_t length = strlen(name);

	return (size_t)(word.end - word.at) == length && memcmp(word.at, name, length) == 0;
}
