/* SPDX-License-Identifier: MIT */
/* Bytes from outside -> text that is UTF-8. */
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

void nv_copy_text(char *to, size_t size, struct nv_text from)
{
	size_t used = 0;

	while (from.at < from.end) {
		unsigned n = nv_utf8_length(from.at, (size_t)(from.end - from.at));

		if (used + (n ? n : 1) >= size)
			break;
		if (n)
			memcpy(to + used, from.at, n);
		else
			to[used] = '?';
		used += n ? n : 1;
		from.at += n ? n : 1;
	}
	to[used] = 0;
}
