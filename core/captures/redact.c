/* SPDX-License-Identifier: MIT */
/*
 * Text -> the same text with addresses and host names replaced, each always by the same stand-in of
 * the documentation ranges (RFC 5737, 3849, 7042, 2606), so that a report can go into a ticket and
 * still say which two connections share a peer. Loopback and wildcards say nothing and stay.
 */
#include "captures/capture.h"
#include "nv_captures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_IPV4, KIND_IPV6, KIND_MAC, KIND_NAME, KINDS };

struct stand_in {
	enum kind kind;
	unsigned number; /* from 1, of its kind */
	char text[NV_NAME_SIZE];
};

struct nv_redactor {
	struct stand_in *list;
	unsigned count, room;
	unsigned of_kind[KINDS];
};

struct nv_redactor *nv_redactor_new(struct nv_error *err)
{
	struct nv_redactor *r = calloc(1, sizeof(*r));

	if (!r)
		snprintf(err->text, sizeof(err->text), "no memory to redact");
	return r;
}

void nv_redactor_free(struct nv_redactor *r)
{
	if (r)
		free(r->list);
	free(r);
}

/* Number of the stand-in; 0 if there is no memory: then the text is blanked, never shown. */
static unsigned stand_in(struct nv_redactor *r, enum kind kind, struct nv_text text)
{
	struct stand_in *s;

	for (unsigned i = 0; i < r->count; i++)
		if (r->list[i].kind == kind && nv_is(text, r->list[i].text))
			return r->list[i].number;
	if (text.end - text.at >= NV_NAME_SIZE)
		return 0;
	if (!nv_grow(&r->list, &r->room, r->count + 1, sizeof(*r->list)))
		return 0;
	s = &r->list[r->count++];
	s->kind = kind;
	s->number = ++r->of_kind[kind];
	memcpy(s->text, text.at, (size_t)(text.end - text.at));
	s->text[text.end - text.at] = 0;
	return s->number;
}

void nv_redactor_names(struct nv_redactor *r, const struct nv_captures *all)
{
	for (unsigned i = 0; i < all->count; i++) {
		struct nv_text host = nv_as_text(all->list[i]->host);

		if (host.end - host.at > 1 && !all->list[i]->node[0])
			stand_in(r, KIND_NAME, host);
	}
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Four numbers and three points at the start; what follows (a port, a prefix) stays. */
static size_t ipv4_length(struct nv_text token)
{
	const char *p = token.at;

	for (int i = 0; i < 4; i++) {
		const char *start = p;
		int value = 0;

		while (p < token.end && *p >= '0' && *p <= '9' && p - start < 4)
			value = value * 10 + (*p++ - '0');
		if (p == start || value > 255)
			return 0;
		if (i < 3 && (p >= token.end || *p++ != '.'))
			return 0;
	}
	return (size_t)(p - token.at);
}

static size_t mac_length(struct nv_text token)
{
	const char *p = token.at;

	for (int i = 0; i < 6; i++) {
		const char *start = p;

		while (p < token.end && is_hex(*p) && p - start < 3)
			p++;
		if (p == start || p - start > 2)
			return 0;
		if (i < 5 && (p >= token.end || (*p != ':' && *p != '.' && *p != '-')))
			return 0;
		if (i < 5)
			p++;
	}
	return (size_t)(p - token.at);
}

static size_t ipv6_length(struct nv_text token)
{
	const char *p = token.at;
	unsigned colons = 0, digits = 0;
	bool twice = false;

	while (p < token.end && (is_hex(*p) || *p == ':')) {
		if (*p == ':') {
			colons++;
			twice = twice || (p + 1 < token.end && p[1] == ':');
		} else {
			digits++;
		}
		p++;
	}
	while (p > token.at + 2 && p[-1] == ':' && p[-2] != ':')
		p--;
	return colons >= 2 && digits >= 3 && (twice || colons >= 7) ? (size_t)(p - token.at) : 0;
}

/* web-17.example.net, web-17.example.net:443: letters, and points between. */
static size_t name_length(struct nv_text token)
{
	const char *p = token.at, *dot = NULL;
	unsigned dots = 0, letters = 0;

	while (p < token.end && (is_alnum(*p) || *p == '-' || *p == '.' || *p == '_')) {
		if (*p == '.') {
			dots++;
			dot = p;
		} else if (*p < '0' || *p > '9') {
			letters++;
		}
		p++;
	}
	if (dots < 2 || letters < 4 || !dot || dot + 2 >= p)
		return 0;
	for (const char *q = dot + 1; q < p; q++)
		if (*q >= '0' && *q <= '9')
			return p - dot > 6 ? 0 : (size_t)(dot - token.at); /* BSD: name.port */
	return (size_t)(p - token.at);
}

static bool stays(struct nv_text text)
{
	return nv_starts(text, "127.") || nv_is(text, "0.0.0.0") ||
		nv_is(text, "255.255.255.255") || nv_is(text, "::1") || nv_is(text, "::") ||
		nv_starts(text, "224.0.0.") || nv_starts(text, "ff02::");
}

static void put_stand_in(struct nv_out *out, enum kind kind, unsigned number)
{
	static const char *const nets[] = { "192.0.2", "198.51.100", "203.0.113" };

	switch (kind) {
	case KIND_IPV4:
		nv_put(out, "%s.%u", nets[number / 254 % 3], number % 254 + 1);
		return;
	case KIND_IPV6:
		nv_put(out, "2001:db8::%x", number);
		return;
	case KIND_MAC:
		nv_put(out, "00:00:5e:00:%02x:%02x", 0x53 + number / 256 % 128, number % 256);
		return;
	case KIND_NAME:
		nv_put(out, "host-%u.example", number);
		return;
	case KINDS:
		return;
	}
}

static bool known_name(const struct nv_redactor *r, struct nv_text word)
{
	for (unsigned i = 0; i < r->count; i++)
		if (r->list[i].kind == KIND_NAME && nv_is(word, r->list[i].text))
			return true;
	return false;
}

/* What stands at the start of the token, and how long it is; 0: nothing to hide. */
static size_t recognize(const struct nv_redactor *r, struct nv_text token, enum kind *kind)
{
	struct nv_text word = token;
	size_t length;

	while (word.end > word.at && !is_alnum(word.end[-1]))
		word.end--;
	if (known_name(r, word)) {
		*kind = KIND_NAME;
		return (size_t)(word.end - word.at);
	}
	*kind = KIND_IPV4;
	length = ipv4_length(token);
	if (!length) {
		*kind = KIND_MAC;
		length = mac_length(token);
	}
	if (!length) {
		*kind = KIND_IPV6;
		length = ipv6_length(token);
	}
	if (!length) {
		*kind = KIND_NAME;
		length = name_length(token);
	}
	return length;
}

static bool separates(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '"' || c == '(' || c == ')' || c == ',' ||
		c == '[' || c == ']' || c == '=' || c == '/' || c == '@' || c == '>' || c == '<' ||
		c == '%' || c == ';';
}

void nv_redact(struct nv_redactor *r, struct nv_out *out, const char *text, size_t length)
{
	const char *p = text, *end = text + length;

	while (p < end) {
		struct nv_text token = { p, p };
		enum kind kind;
		size_t hide;

		if (separates(*p)) {
			nv_put(out, "%c", *p++);
			continue;
		}
		while (token.end < end && !separates(*token.end))
			token.end++;
		hide = recognize(r, token, &kind);
		if (hide && !stays((struct nv_text){ p, p + hide })) {
			put_stand_in(out, kind, stand_in(r, kind, (struct nv_text){ p, p + hide }));
			p += hide;
		} else {
			hide = 0;
		}
		nv_put(out, "%.*s", (int)(token.end - p), p);
		p = token.end;
	}
}
