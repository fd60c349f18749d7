/* SPDX-License-Identifier: MIT */
/* Bytes from outside -> text that is UTF-8, and acts on nothing that shows it. */
#include "text/text.h"

#include <string.h>

unsigned nv_utf8_length(const char *at, size_t room)
{
	const unsigned char *p = (const unsigned char *)at;
	unsigned n = p[0] < 0x80              ? 1
		: p[0] >= 0xc2 && p[0] < 0xe0 ? 2
		: p[0] >= 0xe0 && p[0] < 0xf0 ? 3
		: p[0] >= 0xf0 && p[0] < 0xf5 ? 4
					      : 0;

	if (n > room)
		return 0;
	for (unsigned i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* Longer than need be, halves of UTF-16, beyond Unicode. */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
		(p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

static uint32_t code_point(const unsigned char *p, unsigned length)
{
	static const uint8_t first[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t code = p[0] & first[length];

	for (unsigned i = 1; i < length; i++)
		code = code << 6 | (p[i] & 0x3f);
	return code;
}

/* C0, DEL and C1; what is not seen or turns the direction (UAX 9); line and paragraph separators.
 */
static bool acts(uint32_t code)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = { { 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c },
		{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
		{ 0xfff9, 0xfffb }, { 0xe0000, 0xe007f } };

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i].from && code <= ranges[i].to)
			return true;
	return false;
}

/* Length of the character at `at`, and whether it may stand as it is. */
static unsigned next_character(const char *at, size_t room, bool *good)
{
	unsigned n = nv_utf8_length(at, room);

	*good = n && !acts(code_point((const unsigned char *)at, n));
	return n ? n : 1;
}

void nv_copy_text(char *to, size_t size, struct nv_text from)
{
	size_t used = 0;

	while (from.at < from.end && size) {
		bool good;
		unsigned n = next_character(from.at, (size_t)(from.end - from.at), &good);

		if (used + (good ? n : 1) >= size)
			break;
		if (good)
			memmove(to + used, from.at, n);
		else
			to[used] = *from.at == '\t' || *from.at == '\n' || *from.at == '\r' ? ' '
											    : '?';
		used += good ? n : 1;
		from.at += n;
	}
	if (size)
		to[used] = 0;
}

void nv_clean_text(char *text)
{
	nv_copy_text(text, strlen(text) + 1, nv_as_text(text));
}

bool nv_is_clean_text(struct nv_text text)
{
	bool good = true;

	while (good && text.at < text.end)
		text.at += next_character(text.at, (size_t)(text.end - text.at), &good);
	return good;
}
