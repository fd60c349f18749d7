/* SPDX-License-Identifier: MIT */
/*
 * What the readers found -> one host's snapshot, with the place in the file that each value is from.
 *
 * IPv4 and IPv6 of one counter add up; a section that is printed again (two commands of one file,
 * netstat beside a copy of /proc) replaces what it said before. At the end: counters that follow
 * from others, zeros that the grammar leaves out, wholes that have wrapped, blocks of nothing but
 * zeros.
 */
#include "capture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct nv_equation nv_equations[] = {
#define MAIN(id)	 { NV_C_##id, 1, true }
#define WITH(id)	 { NV_C_##id, 1, false }
#define TAKE(id)	 { NV_C_##id, -1, false }
#define EQUATION(id, ...) { NV_C_##id, { __VA_ARGS__ } },
#include "catalog/equations.def"
#undef EQUATION
#undef MAIN
#undef WITH
#undef TAKE
};
const size_t nv_equation_count = sizeof(nv_equations) / sizeof(nv_equations[0]);

bool nv_starts(struct nv_text text, const char *with)
{
	size_t length = strlen(with);

	return (size_t)(text.end - text.at) >= length && memcmp(text.at, with, length) == 0;
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
	while (text.end > text.at && (text.end[-1] == ' ' || text.end[-1] == '\t' || text.end[-1] == '\r'))
		text.end--;
	return text;
}

struct nv_text nv_as_text(const char *s)
{
	return (struct nv_text){ s, s + strlen(s) };
}

/* Length of the UTF-8 character at p, 0 if it is none. */
static unsigned utf8(const unsigned char *p, const unsigned char *end)
{
	unsigned n = *p < 0x80 ? 1 : *p >= 0xc2 && *p < 0xe0 ? 2 : *p >= 0xe0 && *p < 0xf0 ? 3
		     : *p >= 0xf0 && *p < 0xf5			  ? 4
								  : 0;

	if (n > (unsigned)(end - p))
		return 0;
	for (unsigned i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if (n == 3 && ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0)))
		return 0;
	if (n == 4 && ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90)))
		return 0;
	return n;
}

void nv_copy_text(char *to, size_t size, struct nv_text from)
{
	const unsigned char *p = (const unsigned char *)from.at, *end = (const unsigned char *)from.end;
	size_t used = 0;

	while (p < end) {
		unsigned n = utf8(p, end);

		if (used + (n ? n : 1) >= size)
			break;
		if (n)
			memcpy(to + used, p, n);
		else
			to[used] = '?';
		used += n ? n : 1;
		p += n ? n : 1;
	}
	to[used] = 0;
}

/* ---- values ------------------------------------------------------------------------------------------ */

void nv_store_class(struct nv_captures *all, enum nv_class_id class)
{
	if (all->line && all->line < all->line_room)
		all->lines[all->line] = class ? nv_classes[class].letter : ' ';
}

void nv_store_heading(struct nv_capture *to, unsigned plane)
{
	to->instance++;
	to->plane = plane;
	to->parent = 0;
	to->parent_name[0] = 0;
}

/* True if the part is new or begins anew, so that its place in the file is to be noted. */
static bool part_set(struct nv_part *part, const struct nv_capture *to, uint64_t value)
{
	unsigned p = to->plane;

	if (part->instance[p] == to->instance && to->instance) {
		part->amount[p] += value;
		return false;
	}
	part->instance[p] = to->instance;
	part->amount[p] = value;
	return true;
}

static void note_place(struct nv_captures *all, struct nv_origin_line *place, struct nv_text label,
	enum nv_class_id class)
{
	size_t length = (size_t)(label.end - label.at);

	place->line = all->line;
	place->file = all->file;
	place->class = (uint8_t)class;
	if (length >= sizeof(place->label))
		length = sizeof(place->label) - 1;
	memcpy(place->label, label.at, length);
	place->label[length] = 0;
}

static void note_family(struct nv_capture *to, enum nv_counter_id id)
{
	const char *name = nv_counters[id].name;

	to->saw_statistics = true;
	if (name[0] == 't')
		to->saw_tcp = true;
	else if (name[0] == 'u')
		to->saw_udp = true;
	else if (name[0] == 'i' && name[1] == 'p')
		to->saw_ip = true;
	else if (name[0] == 'i' && name[1] == 'c')
		to->saw_icmp = true;
}

void nv_store_counter(struct nv_captures *all, struct nv_capture *to, enum nv_counter_id id, uint64_t value,
	struct nv_text label, enum nv_class_id class)
{
	struct nv_part *part = &to->part[id];

	to->numbers_read++;
	if (part_set(part, to, value)) {
		note_place(all, &to->origin[id], label, class);
		note_family(to, id);
	}
	to->snapshot.value[id] = part->amount[0] + part->amount[1];
	to->snapshot.present[id] = 1;
}

static struct nv_own *own_slot(struct nv_captures *all, struct nv_capture *to, const char *name)
{
	struct nv_own *own;

	for (unsigned i = 0; i < to->own_count; i++)
		if (strcmp(to->own[i].name, name) == 0)
			return &to->own[i];
	if (to->own_count == to->own_room) {
		unsigned room = to->own_room ? to->own_room * 2 : 128;

		if (room > 8192)
			return NULL;
		own = realloc(to->own, room * sizeof(*own));
		if (!own) {
			all->no_memory = true;
			return NULL;
		}
		to->own = own;
		to->own_room = room;
	}
	own = &to->own[to->own_count++];
	memset(own, 0, sizeof(*own));
	snprintf(own->name, sizeof(own->name), "%s", name);
	return own;
}

static void own_set(struct nv_captures *all, struct nv_capture *to, struct nv_own *own, uint64_t value,
	struct nv_text label, enum nv_class_id class)
{
	to->numbers_read++;
	if (part_set(&own->part, to, value))
		note_place(all, &own->origin, label, class);
}

void nv_store_own(struct nv_captures *all, struct nv_capture *to, const char *name, uint64_t value,
	struct nv_text label, enum nv_class_id class)
{
	struct nv_own *own = own_slot(all, to, name);

	to->saw_statistics = true;
	if (own)
		own_set(all, to, own, value, label, class);
}

static void store_own_alias(struct nv_captures *all, struct nv_capture *to, unsigned at, unsigned k,
	uint64_t value, struct nv_text label, enum nv_class_id class)
{
	const struct nv_alias *a = &nv_aliases[at];
	uint16_t *slot = &to->own_of[(at * 2 + to->plane) * 2 + k];
	char name[NV_NAME_SIZE];

	if (!*slot) {
		struct nv_own *own;

		if (a->own[k]) {
			snprintf(name, sizeof(name), "%s", a->own[k]);
		} else {
			bool any = a->label[0] == '*';
			const char *section = strcmp(a->section, "tcp") && to->section_name[0] ? to->section_name
											       : a->section;

			nv_own_name(section, a->parent, any ? label : nv_as_text(a->label), name);
			if (k && strlen(name) < sizeof(name) - 2)
				strcat(name, "2");
		}
		own = own_slot(all, to, name);
		if (!own)
			return;
		*slot = (uint16_t)(own - to->own + 1);
		if (a->label[0] == '*') {
			*slot = 0; /* another word the next time */
			own_set(all, to, own, value, label, class);
			return;
		}
	}
	own_set(all, to, &to->own[*slot - 1], value, label, class);
}

void nv_store_alias(struct nv_captures *all, struct nv_capture *to, int at, const uint64_t *numbers,
	unsigned count, struct nv_text label)
{
	enum nv_class_id class;

	if ((size_t)at >= nv_alias_count) {
		enum nv_counter_id id = (enum nv_counter_id)((size_t)at - nv_alias_count);

		class = (enum nv_class_id)all->index.class_of[id];
		if (count)
			nv_store_counter(all, to, id, numbers[0], label, class);
		nv_store_class(all, class);
		return;
	}
	class = (enum nv_class_id)nv_aliases[at].class;
	for (unsigned k = 0; k < count && k < NV_NUMBERS_MAX; k++) {
		uint16_t id = k < 2 ? all->index.to[at][k] : NV_C_NONE;

		bool counter = id != NV_C_NONE;
		char six[NV_NAME_SIZE];

		if (counter && to->plane)
			id = (uint16_t)nv_counter_v6((enum nv_counter_id)id, six);
		if (counter && !id)
			nv_store_own(all, to, six, numbers[k], label, class);
		else if (id)
			nv_store_counter(all, to, (enum nv_counter_id)id, numbers[k], label, class);
		else
			store_own_alias(all, to, (unsigned)at, k < 2 ? k : 1, numbers[k], label, class);
	}
	nv_store_class(all, class);
	if (all->index.sign[at])
		to->score[all->index.sign[at]] += 2;
}

void nv_store_unread(struct nv_captures *all, struct nv_capture *to, uint32_t line, struct nv_text text)
{
	struct nv_unread *more;

	if (line == all->line && line < all->line_room && line)
		all->lines[line] = '?';
	if (to->unread_count == to->unread_room) {
		unsigned room = to->unread_room ? to->unread_room * 2 : 32;

		if (room > 65536)
			return;
		more = realloc(to->unread, room * sizeof(*more));
		if (!more) {
			all->no_memory = true;
			return;
		}
		to->unread = more;
		to->unread_room = room;
	}
	more = &to->unread[to->unread_count++];
	more->line = line;
	more->file = all->file;
	nv_copy_text(more->text, sizeof(more->text), nv_trim(text));
}

/* ---- at the end ------------------------------------------------------------------------------------------ */

void nv_equate(double vector[NV_C_END])
{
	for (size_t i = 0; i < nv_equation_count; i++) {
		const struct nv_equation *e = &nv_equations[i];
		double sum = 0;
		bool any = false;

		if (!isnan(vector[e->to]))
			continue;
		for (unsigned k = 0; k < NV_EQUATION_TERMS && e->term[k].counter; k++) {
			double x = vector[e->term[k].counter];

			if (isnan(x))
				continue;
			any = any || e->term[k].main;
			sum += e->term[k].sign < 0 ? -x : x;
		}
		if (any)
			vector[e->to] = sum < 0 ? 0 : sum;
	}
}

/* The same for the totals, in whole numbers. */
static void equate_totals(struct nv_capture *c)
{
	for (size_t i = 0; i < nv_equation_count; i++) {
		const struct nv_equation *e = &nv_equations[i];
		uint64_t plus = 0, minus = 0;
		bool any = false;

		if (c->snapshot.present[e->to])
			continue;
		for (unsigned k = 0; k < NV_EQUATION_TERMS && e->term[k].counter; k++) {
			uint16_t id = e->term[k].counter;

			if (!c->snapshot.present[id])
				continue;
			if (e->term[k].main && !any)
				c->origin[e->to] = c->origin[id];
			any = any || e->term[k].main;
			*(e->term[k].sign < 0 ? &minus : &plus) += c->snapshot.value[id];
		}
		if (!any)
			continue;
		c->snapshot.value[e->to] = plus > minus ? plus - minus : 0;
		c->snapshot.present[e->to] = 1;
		c->computed[e->to] = 1;
		c->wrapped[e->to] = minus > plus;
	}
}

/* A part that is larger than its whole says that the whole has wrapped. */
static const struct {
	uint16_t part, whole;
} wholes[] = {
#define OF(part, whole) { NV_C_##part, NV_C_##whole }
	OF(tcpOutDataSegs, tcpOutPkts),
	OF(tcpRetransDataSegs, tcpOutPkts),
	OF(tcpOutAckOnly, tcpOutPkts),
	OF(tcpOutWindowUpdates, tcpOutPkts),
	OF(tcpOutControl, tcpOutPkts),
	OF(tcpRetransSegs, tcpOutPkts),
	OF(tcpInAcks, tcpInSegs),
	OF(tcpInDupAcks, tcpInSegs),
	OF(tcpInInorderSegs, tcpInSegs),
	OF(tcpInDupPkts, tcpInSegs),
	OF(tcpInOutOfOrder, tcpInSegs),
	OF(tcpInWindowUpdates, tcpInSegs),
	OF(tcpInInorderSegs, tcpInInorderBytes),
	OF(tcpInDupPkts, tcpInDupBytes),
	OF(tcpOutDataSegs, tcpOutDataBytes),
	OF(udpInDatagrams, udpInDatagramsAll),
	OF(udpNoPorts, udpInDatagramsAll),
	OF(ipReasmReqds, ipInReceives),
	OF(ipReasmOKs, ipReasmReqds),
	OF(ipFragOKs, ipFragCreates),
	OF(icmpInDestUnreachs, icmpInMsgs),
#undef OF
};

static void mark_wrapped(struct nv_capture *c)
{
	const struct nv_snapshot *s = &c->snapshot;

	for (size_t i = 0; i < sizeof(wholes) / sizeof(wholes[0]); i++) {
		uint16_t part = wholes[i].part, whole = wholes[i].whole;

		if (s->present[part] && s->present[whole] && !c->computed[part] &&
			s->value[part] > s->value[whole] && s->value[part] > UINT32_MAX / 16)
			c->wrapped[whole] = 1;
	}
	for (size_t i = 0; i < nv_equation_count; i++) {
		const struct nv_equation *e = &nv_equations[i];

		for (unsigned k = 0; k < NV_EQUATION_TERMS && e->term[k].counter; k++)
			if (c->computed[e->to] == 1 && c->wrapped[e->term[k].counter])
				c->wrapped[e->to] = 1;
	}
}

/* Counters of 32 bits beside others of 64 bits: Solaris. */
static bool is_wide(const struct nv_capture *c)
{
	for (unsigned id = 1; id < NV_C_END; id++)
		if (c->snapshot.present[id] && c->snapshot.value[id] > UINT32_MAX &&
			nv_counters[id].kind == NV_COUNTER)
			return true;
	return false;
}

static unsigned width_of(const struct nv_capture *c)
{
	switch (c->platform) {
	case NV_PLATFORM_LINUX:
	case NV_PLATFORM_FREEBSD:
	case NV_PLATFORM_NETBSD:
	case NV_PLATFORM_OPENBSD:
		return 64;
	case NV_PLATFORM_SOLARIS:
		return 32;
	case NV_PLATFORM_UNKNOWN:
	case NV_PLATFORM_MACOS:
	case NV_PLATFORM_BSD:
	case NV_PLATFORM_JUNOS:
	case NV_PLATFORM_AIX:
	case NV_PLATFORM_HPUX:
	case NV_PLATFORM_SCO:
	case NV_PLATFORM_WINDOWS:
	case NV_PLATFORM_END:
		break;
	}
	return is_wide(c) ? 64 : 32;
}

/* Protocols of which every line says 0: not counted, or not shown to this user. */
static void drop_empty(struct nv_capture *c, const char *protocol, const char *words)
{
	size_t n = strlen(protocol);
	unsigned printed = 0;

	for (unsigned id = 1; id < NV_C_END; id++) {
		if (!c->snapshot.present[id] || strncmp(nv_counters[id].name, protocol, n) != 0 ||
			c->origin[id].line == 0)
			continue;
		printed++;
		if (c->snapshot.value[id])
			return;
	}
	for (unsigned i = 0; i < c->own_count; i++)
		if (strncmp(c->own[i].name, protocol, n) == 0 &&
			(c->own[i].part.amount[0] || c->own[i].part.amount[1]))
			return;
	if (printed < 10)
		return;
	for (unsigned id = 1; id < NV_C_END; id++)
		if (strncmp(nv_counters[id].name ? nv_counters[id].name : "", protocol, n) == 0)
			c->snapshot.present[id] = 0;
	snprintf(c->not_available + strlen(c->not_available),
		sizeof(c->not_available) - strlen(c->not_available),
		"%s%s: every counter is 0, so it is not available%s", c->not_available[0] ? "; " : "", words,
		c->platform == NV_PLATFORM_MACOS ? " (netstat needs root for it)" : "");
}

static bool section_seen(const struct nv_capture *c, const char *prefix)
{
	size_t n = strlen(prefix);

	for (unsigned id = 1; id < NV_C_END; id++)
		if (c->snapshot.present[id] && c->origin[id].line && !c->computed[id] &&
			strncmp(nv_counters[id].name, prefix, n) == 0 && nv_counters[id].name[n] >= 'A' &&
			nv_counters[id].name[n] <= 'Z')
			return true;
	return false;
}

/*
 * Lines that are not printed because they are zero: those of net-tools, those of nstat without -z, the
 * histograms of ICMP everywhere. Only what the grammar leaves out, never what a system may lack.
 */
static void fill_zeros(struct nv_capture *c)
{
	static const struct {
		const char *section, *prefix;
		bool linux_text, histogram;
	} sections[] = {
		{ "linux Ip", "ip", true, false },
		{ "linux Ip6", "ip6", true, false },
		{ "linux Tcp", "tcp", true, false },
		{ "linux TcpExt", "tcp", true, false },
		{ "linux Udp", "udp", true, false },
		{ "linux Udp6", "udp6", true, false },
		{ "linux Icmp", "icmp", true, true },
		{ "icmp", "icmp", false, true },
	};

	for (size_t s = 0; s < sizeof(sections) / sizeof(sections[0]); s++) {
		bool wanted = sections[s].linux_text == (c->linux_text || c->zeros_left_out) &&
			      (sections[s].linux_text || c->bsd_text) && section_seen(c, sections[s].prefix);

		for (unsigned i = 0; wanted && i < nv_alias_count; i++) {
			const struct nv_alias *a = &nv_aliases[i];
			uint16_t id = a->to[0];

			if (strcmp(a->section, sections[s].section) != 0 || !id || c->snapshot.present[id] ||
				sections[s].histogram != (a->parent[0] != 0) ||
				nv_counters[id].kind != NV_COUNTER || id == NV_C_udpInCsumErrors ||
				id == NV_C_udp6InCsumErrors)
				continue;
			c->snapshot.present[id] = 1;
			c->snapshot.value[id] = 0;
			c->computed[id] = 2;
		}
	}
}

void nv_capture_finish(struct nv_captures *all, struct nv_capture *c)
{
	nv_capture_section_end(all, c);
	nv_capture_windows_end(all, c);
	c->mode = NV_GRAMMAR_NONE;
	c->snapshot.width_bits = (uint8_t)width_of(c);
	drop_empty(c, "tcp", "TCP");
	fill_zeros(c);
	if (c->platform != NV_PLATFORM_LINUX)
		equate_totals(c);
	if (c->snapshot.width_bits == 32)
		mark_wrapped(c);
	nv_capture_socket_sums(c);
	c->snapshot.time_s = c->time_s;
	c->snapshot.uptime_s = NAN;
}
