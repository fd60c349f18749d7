/* SPDX-License-Identifier: MIT */
/* Text into a caller's buffer, names of enumerations, and the rims where units change. */
#include "netvitals.h"

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

/* Bytes of the UTF-8 character at p (RFC 3629); 0 if it is none: names of processes may be anything. */
static unsigned utf8_length(const unsigned char *p)
{
	unsigned length = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
							      : p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;

	for (unsigned i = 1; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
		(p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return length;
}

void nv_put_json_string(struct nv_out *out, const char *text)
{
	if (!text) {
		nv_put(out, "null");
		return;
	}
	nv_put(out, "\"");
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		unsigned length = utf8_length(p);

		if (*p == '"' || *p == '\\')
			nv_put(out, "\\%c", *p);
		else if (*p < 0x20)
			nv_put(out, "\\u%04x", *p);
		else if (!length)
			nv_put(out, "\\ufffd");
		else
			nv_put(out, "%.*s", (int)length, (const char *)p);
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

const char *nv_status_name(enum nv_status status)
{
	switch (status) {
	case NV_OK:
		return "ok";
	case NV_WARNING:
		return "warning";
	case NV_CRITICAL:
		return "critical";
	case NV_UNKNOWN:
		return "unknown";
	case NV_LEARNING:
		return "learning";
	case NV_DISABLED:
		return "disabled";
	}
	return "unknown";
}

const char *nv_event_kind_name(enum nv_event_kind kind)
{
	switch (kind) {
	case NV_EVENT_CLASS: return "class";
	case NV_EVENT_INDICATOR: return "indicator";
	case NV_EVENT_INTERFACE: return "interface";
	case NV_EVENT_RESET: return "reset";
	}
	return "indicator";
}

const char *nv_reason_name(enum nv_reason reason)
{
	switch (reason) {
	case NV_REASON_NONE:
		return "none";
	case NV_REASON_THRESHOLD:
		return "threshold";
	case NV_REASON_BASELINE:
		return "baseline";
	case NV_REASON_SUSTAINED:
		return "sustained";
	case NV_REASON_MISSING:
		return "missing";
	case NV_REASON_NOTED:
		return "noted";
	case NV_REASON_MUTED:
		return "muted";
	case NV_REASON_ACKNOWLEDGED:
		return "acknowledged";
	case NV_REASON_ACCEPTED:
		return "accepted";
	case NV_REASON_CONSEQUENCE:
		return "consequence";
	}
	return "none";
}

const char *nv_side_name(enum nv_side side)
{
	switch (side) {
	case NV_SIDE_THIS_HOST:
		return "thisHost";
	case NV_SIDE_PEER:
		return "peer";
	case NV_SIDE_PATH:
		return "path";
	case NV_SIDE_STRANGERS:
		return "strangers";
	case NV_SIDE_UNKNOWN:
	case NV_SIDE_END:
		break;
	}
	return "unknown";
}

const char *nv_side_capitals(enum nv_side side)
{
	switch (side) {
	case NV_SIDE_THIS_HOST:
		return "THIS HOST. ";
	case NV_SIDE_PEER:
		return "THE PEER. ";
	case NV_SIDE_PATH:
		return "THE PATH. ";
	case NV_SIDE_STRANGERS:
		return "STRANGERS. ";
	case NV_SIDE_UNKNOWN:
	case NV_SIDE_END:
		break;
	}
	return "";
}

const char *nv_role_words(enum nv_role role)
{
	switch (role) {
	case NV_ROLE_AUTO:
	case NV_ROLE_HOST:
		break;
	case NV_ROLE_CONTAINER:
		return "; role: container host";
	case NV_ROLE_ROUTER:
		return "; role: router";
	}
	return "";
}

const char *nv_source_name(enum nv_source source)
{
	switch (source) {
	case NV_SOURCE_SOCKETS:
		return "sockets";
	case NV_SOURCE_ESTABLISHED:
		return "established";
	case NV_SOURCE_SLOW:
	case NV_SOURCES:
		break;
	}
	return "slow";
}

const char *nv_kind_name(enum nv_kind kind)
{
	switch (kind) {
	case NV_RATIO:
		return "ratio";
	case NV_COUNT:
		return "count";
	case NV_LEVEL:
		return "level";
	}
	return "ratio";
}

int nv_severity(enum nv_status status)
{
	switch (status) {
	case NV_CRITICAL:
		return 3;
	case NV_WARNING:
		return 2;
	case NV_UNKNOWN:
		return 1;
	case NV_OK:
	case NV_LEARNING:
	case NV_DISABLED:
		break;
	}
	return 0;
}

bool nv_is_raised(enum nv_status status)
{
	return status == NV_WARNING || status == NV_CRITICAL;
}

enum nv_due nv_due(enum nv_status least, double hold_s, enum nv_status told, double since_s, enum nv_status before,
	enum nv_status now)
{
	/* Who was told of trouble is told how it goes on, however mild that is. */
	bool knows = told ? nv_severity(told) > 0 : nv_severity(before) >= nv_severity(least);

	if (nv_severity(now) < nv_severity(least) && !knows)
		return NV_DUE_NOT;
	return since_s >= 0 && since_s < hold_s ? NV_DUE_LATER : NV_DUE_NOW;
}

enum nv_status nv_worse(enum nv_status a, enum nv_status b)
{
	enum nv_status worse = nv_severity(b) > nv_severity(a) ? b : a;

	return nv_severity(worse) ? worse : NV_OK;
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

/* Three digits, cut and not rounded: 0.10574 is 0.105. Then nobody reads "1 %" where it is less. */
void nv_say_value(enum nv_kind kind, bool fraction, double value, char *buf, size_t size)
{
	double scale = 1;
	double x = fraction ? value * 100 : value;
	const char *unit = fraction ? " %" : kind == NV_COUNT ? "/min" : "";
	int decimals = 0;

	if (isnan(value)) {
		snprintf(buf, size, "-");
		return;
	}
	for (; decimals < 6 && x > 0 && x * scale < 99.9999; decimals++)
		scale *= 10;
	/* Limits that were kept as floats stay whole. */
	x = floor(x * scale + nv_smaller(x * scale * 1e-6, 1e-3)) / scale;
	while (decimals > 0 && fabs(x * scale / 10 - floor(x * scale / 10 + 0.5)) < 1e-6) {
		decimals--;
		scale /= 10;
	}
	if (value > 0 && !(x > 0))
		snprintf(buf, size, "<0.000001%s", unit); /* never a zero that is none */
	else
		snprintf(buf, size, "%.*f%s", decimals, x, unit);
}

const char *nv_label_alone(const struct nv_indicator *ind)
{
	return ind->alone ? ind->alone : ind->label;
}

const char *nv_label_for(const struct nv_indicator *ind, double number, char buf[NV_NAME_SIZE])
{
	size_t plural;

	if (nv_is_fraction(ind) || number != 1)
		return ind->label;
	/* The first word that ends with an s is what is counted; the unit tests hold the catalog to that. */
	for (plural = 0; ind->label[plural]; plural++)
		if (ind->label[plural] == 's' && (ind->label[plural + 1] == ' ' || !ind->label[plural + 1]))
			break;
	snprintf(buf, NV_NAME_SIZE, "%.*s%s", (int)plural, ind->label, ind->label[plural] ? ind->label + plural + 1 : "");
	return buf;
}

void nv_say_limit(const struct nv_indicator *ind, double limit, char *buf, size_t size)
{
	if (isinf(limit))
		snprintf(buf, size, "never");
	else if (ind->any && limit <= 1)
		snprintf(buf, size, "any");
	else if (ind->any && !isnan(limit)) /* whatever the time: no rate */
		snprintf(buf, size, "%.0f", limit);
	else
		nv_say_value(ind->kind, nv_is_fraction(ind), limit, buf, size);
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
