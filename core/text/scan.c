/* SPDX-License-Identifier: MIT */
/* Lines, words and checked unsigned numbers out of a text range: no copies, no locale, no signs. */
#include "text/text.h"

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
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0')
			: c >= 'a' && c <= 'f'        ? (unsigned)(c - 'a' + 10)
			: c >= 'A' && c <= 'F'        ? (unsigned)(c - 'A' + 10)
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

bool nv_hex_pair(struct nv_text word, uint64_t *first, uint64_t *second)
{
	const char *colon = memchr(word.at, ':', (size_t)(word.end - word.at));

	return colon && nv_hex_number((struct nv_text){ word.at, colon }, first) &&
		nv_hex_number((struct nv_text){ colon + 1, word.end }, second);
}

bool nv_hex_end(struct nv_text word, uint8_t address[16], bool *six, uint16_t *port)
{
	size_t digits = (size_t)(word.end - word.at);
	uint64_t value;

	memset(address, 0, 16);
	*six = digits == 37;
	if ((digits != 13 && digits != 37) || word.end[-5] != ':')
		return false;
	for (unsigned i = 0; i < (*six ? 4u : 1u); i++) {
		struct nv_text part = { word.at + i * 8, word.at + i * 8 + 8 };

		if (!nv_hex_number(part, &value))
			return false;
		for (unsigned k = 0; k < 4; k++)
			address[i * 4 + k] = (uint8_t)(value >> (8 * k));
	}
	if (!nv_hex_number((struct nv_text){ word.end - 4, word.end }, &value))
		return false;
	*port = (uint16_t)value;
	return true;
}

bool nv_starts(struct nv_text text, const char *with)
{
	size_t length = strlen(with);

	return (size_t)(text.end - text.at) >= length && memcmp(text.at, with, length) == 0;
}

bool nv_begins_with_number(struct nv_text text)
{
	text.at += text.at < text.end && *text.at == '-';
	return text.at < text.end && *text.at >= '0' && *text.at <= '9';
}

bool nv_contains(struct nv_text text, const char *what)
{
	size_t length = strlen(what);

	return length <= (size_t)(text.end - text.at) &&
		memmem(text.at, (size_t)(text.end - text.at), what, length) != NULL;
}

struct nv_text nv_trim(struct nv_text text)
{
	while (text.at < text.end && (*text.at == ' ' || *text.at == '\t'))
		text.at++;
	while (text.end > text.at &&
		(text.end[-1] == ' ' || text.end[-1] == '\t' || text.end[-1] == '\r'))
		text.end--;
	return text;
}

struct nv_text nv_as_text(const char *s)
{
	return (struct nv_text){ s, s + strlen(s) };
}

uint64_t nv_hash(const void *bytes, size_t size)
{
	const uint8_t *at = bytes;
	uint64_t hash = NV_HASH_START;

	for (size_t i = 0; i < size; i++)
		hash = nv_hash_step(hash, at[i]);
	return hash;
}

uint32_t nv_name_hash(struct nv_text text)
{
	uint64_t hash = nv_hash(text.at, (size_t)(text.end - text.at));

	return (uint32_t)(hash ^ hash >> 32);
}
