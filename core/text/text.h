/* SPDX-License-Identifier: MIT */
/* Words and numbers out of a range of text. Knows nothing of networks. */
#ifndef NV_TEXT_H
#define NV_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nv_text {
	const char *at, *end;
};

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
bool nv_is(struct nv_text word, const char *name);

#endif
