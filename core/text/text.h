/* SPDX-License-Identifier: MIT */
/* Words and numbers out of a range of text. Knows nothing of networks. */
#ifndef NV_TEXT_H
#define NV_TEXT_H

#include "text/clean.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Take the next line without its end; CR before LF is dropped. False when the text is used up. */
bool nv_next_line(struct nv_text *text, struct nv_text *line);
/* Take the next run of non-blanks. False at the end of the line. */
bool nv_next_word(struct nv_text *line, struct nv_text *word);
/* The whole word as a number; false if it is none or exceeds 64 bits. "-1" is false. */
bool nv_number(struct nv_text word, uint64_t *value);
bool nv_hex_number(struct nv_text word, uint64_t *value);
bool nv_hex_pair(struct nv_text word, uint64_t *first, uint64_t *second); /* "0A:00000014" */
/* "0100007F:1F90": an address in 32-bit words of a little-endian host, 4 octets or 16, and a port.
 */
bool nv_hex_end(struct nv_text word, uint8_t address[16], bool *six, uint16_t *port);

static inline bool nv_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool nv_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool nv_is(struct nv_text word, const char *name);
bool nv_starts(struct nv_text, const char *with);
bool nv_contains(struct nv_text, const char *what);
bool nv_begins_with_number(struct nv_text); /* 5 or -5 */
/* Without the blanks at both ends. */
struct nv_text nv_trim(struct nv_text);

/* Bytes of the UTF-8 character at the beginning of `room` bytes (RFC 3629); 0 if it is none. */
unsigned nv_utf8_length(const char *at, size_t room);
/* FNV-1a over 64 bits, one byte after the other: for tables and damage, not for malice. */
#define NV_HASH_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t nv_hash_step(uint64_t hash, uint8_t byte)
{
	return (hash ^ byte) * UINT64_C(0x100000001b3);
}

uint64_t nv_hash(const void *bytes, size_t size);
uint32_t nv_name_hash(struct nv_text); /* the same, folded */

#endif
