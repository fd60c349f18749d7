/* SPDX-License-Identifier: MIT */
/* Text into a caller's buffer, and numbers where units change. */
#include "text/out.h"
#include "text/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void nv_put(struct nv_out *out, const char *format, ...)
{
	size_t room = out->used < out->size ? out->size - out->used : 0;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(room ? out->buf + out->used : NULL, room, format, args);
	va_end(args);
	if (n > 0)
		out->used += (size_t)n;
}

void nv_put_wrapped(struct nv_out *out, unsigned width, const char *lead, const char *text)
{
	unsigned indent = (unsigned)strlen(lead);
	unsigned column = indent;

	nv_put(out, "%s", lead);
	while (*text) {
		unsigned length = (unsigned)strcspn(text, " ");

		if (column > indent && column + 1 + length > width) {
			nv_put(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			nv_put(out, " ");
			column++;
		}
		nv_put(out, "%.*s", (int)length, text);
		column += length;
		text += length;
		text += strspn(text, " ");
	}
	nv_put(out, "\n");
}

void nv_put_json_string(struct nv_out *out, const char *text)
{
	if (!text) {
		nv_put(out, "null");
		return;
	}
	nv_put(out, "\"");
	for (const char *p = text; *p; p++) {
		unsigned length = nv_utf8_length(p, 4); /* the 0 at the end is part of none */

		if (*p == '"' || *p == '\\')
			nv_put(out, "\\%c", *p);
		else if ((unsigned char)*p < 0x20)
			nv_put(out, "\\u%04x", *p);
		else if (!length)
			nv_put(out, "\\ufffd");
		else
			nv_put(out, "%.*s", (int)length, p);
		p += length > 1 ? length - 1 : 0;
	}
	nv_put(out, "\"");
}

void nv_put_json_number(struct nv_out *out, double value)
{
	if (isnan(value) || isinf(value))
		nv_put(out, "null");
	else if (fabs(value) < 1e15 && value == floor(value))
		nv_put(out, "%.0f", value);
	else if ((double)(float)value == value)
		nv_put(out, "%.7g", value); /* kept in few digits: 0.01 and not 0.00999999978 */
	else
		nv_put(out, "%.9g", value);
}

uint32_t nv_to_ppm(double fraction)
{
	double ppm = fraction * 1e6 + 0.5;

	if (isnan(ppm) || ppm < 0)
		return 0;
	return ppm >= UINT32_MAX ? UINT32_MAX : (uint32_t)ppm;
}

double nv_to_percent(double fraction)
{
	double percent = fraction * 100;

	return percent > 100 ? 100 : percent;
}

void nv_say_grouped(double number, char *buf, size_t size)
{
	char digits[32];
	int length = snprintf(digits, sizeof(digits), "%.0f", number);
	size_t used = 0;

	for (int i = 0; i < length && used + 2 < size; i++) {
		if (i && (length - i) % 3 == 0)
			buf[used++] = ',';
		buf[used++] = digits[i];
	}
	buf[used] = 0;
}

void nv_say_duration(double seconds, char *buf, size_t size)
{
	if (isnan(seconds))
		snprintf(buf, size, "unknown time");
	else if (seconds < 120)
		snprintf(buf, size, "%.*g s", seconds < 1 ? 1 : 3,
			seconds < 1 ? seconds : floor(seconds + 0.5));
	else if (seconds < 2 * 3600)
		snprintf(buf, size, "%.0f min", seconds / 60);
	else if (seconds < 2 * 86400)
		snprintf(buf, size, "%.0f h", seconds / 3600);
	else
		snprintf(buf, size, "%.0f d", seconds / 86400);
}

void nv_octets_say(uint64_t octets, char *buf, size_t size)
{
	if (octets < 10000)
		snprintf(buf, size, "%" PRIu64 " B", octets);
	else if (octets < 10000000)
		snprintf(buf, size, "%.0f kB", (double)octets / 1e3);
	else
		snprintf(buf, size, "%.1f MB", (double)octets / 1e6);
}
