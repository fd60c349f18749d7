/* SPDX-License-Identifier: MIT */
/* Text into a buffer of the caller: words, JSON, numbers for people. */
#ifndef NV_OUT_H
#define NV_OUT_H

#include <stddef.h>
#include <stdint.h>

/*
 * A growing position in a fixed buffer. What does not fit is counted and cut, never overrun;
 * `used` may exceed `size`: then the text is cut and the caller can retry with used + 1 bytes.
 */
struct nv_out {
	char *buf;
	size_t size, used;
};

void nv_put(struct nv_out *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Words of text behind lead, broken before column width; further lines stand under the first word.
 */
void nv_put_wrapped(struct nv_out *, unsigned width, const char *lead, const char *text);
void nv_put_json_string(struct nv_out *, const char *text); /* with quotes; NULL is null */
void nv_put_json_number(struct nv_out *, double value);     /* NAN and infinities are null */

/* 41230 as "41,230": long numbers are compared by eye. */
void nv_say_grouped(double number, char *buf, size_t size);

/* "60 s", "6 min", "18 h", "212 d". */
void nv_say_duration(double seconds, char *buf, size_t size);
/* "12 kB", "3.4 MB". */
void nv_octets_say(uint64_t octets, char *buf, size_t size);

/* Conversion of units at the API: parts per million, saturating at 4294967295; percent, clamped at
 * 100. NAN: 0, NAN. */
uint32_t nv_to_ppm(double fraction);
double nv_to_percent(double fraction);

#endif
