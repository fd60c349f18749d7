/* SPDX-License-Identifier: MIT */
/*
 * Tables of interfaces -> interfaces: netstat -i of every system, /proc/net/dev.
 *
 * Cells are taken from the right, because names, networks and addresses may be missing or hold
 * blanks. Of the rows of one interface (one for each address) the one of the link counts.
 */
#include "captures/capture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum column {
	COLUMN_OTHER, /* read over */
	COLUMN_TEXT,  /* names, networks, addresses */
	COLUMN_VALUE, /* COLUMN_VALUE + position in nv_interface.value */
};

#define AT(id) (COLUMN_VALUE + NV_C_##id - NV_C_ifInPkts)

static const struct {
	const char *head;
	uint8_t kind;
} heads[] = { { "Ipkts", AT(ifInPkts) }, { "Ierrs", AT(ifInErrs) }, { "Idrop", AT(ifInDrops) },
	{ "Ibytes", AT(ifInOctets) }, { "Opkts", AT(ifOutPkts) }, { "Oerrs", AT(ifOutErrs) },
	{ "Obytes", AT(ifOutOctets) }, { "Coll", AT(ifCollisions) }, { "Collis", AT(ifCollisions) },
	{ "Colls", AT(ifCollisions) }, { "Drop", AT(ifOutDrops) }, { "Odrop", AT(ifOutDrops) },
	{ "RX-OK", AT(ifInPkts) }, { "RX-ERR", AT(ifInErrs) }, { "RX-DRP", AT(ifInDrops) },
	{ "RX-OVR", AT(ifInOverruns) }, { "TX-OK", AT(ifOutPkts) }, { "TX-ERR", AT(ifOutErrs) },
	{ "TX-DRP", AT(ifOutDrops) }, { "TX-OVR", COLUMN_OTHER }, { "Queue", COLUMN_OTHER },
	{ "Iqdrop", AT(ifInDrops) }, { "Drops", AT(ifOutDrops) },
	/* OpenBSD: errors and drops in one */
	{ "Ifail", AT(ifInErrs) }, { "Ofail", AT(ifOutErrs) } };

static uint8_t kind_of(struct nv_text head)
{
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (nv_is(head, heads[i].head))
			return heads[i].kind;
	return COLUMN_TEXT;
}

bool nv_capture_interface_heading(
	struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = line, word;
	struct nv_table *t = &to->table;

	if (!nv_next_word(&rest, &word) || (!nv_is(word, "Name") && !nv_is(word, "Iface")))
		return false;
	if (!nv_contains(line, "Mtu") && !nv_contains(line, "MTU"))
		return false;
	memset(t, 0, sizeof(*t));
	for (t->columns = 1; t->columns < NV_COLUMNS_MAX && nv_next_word(&rest, &word);
		t->columns++)
		t->kind[t->columns] = kind_of(word);
	t->kind[0] = COLUMN_TEXT;
	if (nv_contains(line, "RX-OK") || nv_starts(all->text, "Iface"))
		to->score[NV_PLATFORM_LINUX] += 5;
	if (nv_contains(line, "Net/Dest"))
		to->score[NV_PLATFORM_SOLARIS] += 5;
	if (nv_contains(line, "Ifail") ||
		(nv_contains(line, "Idrop") && nv_contains(line, "Odrop")))
		to->score[NV_PLATFORM_OPENBSD] += 5;
	else if (nv_contains(line, "Idrop"))
		to->score[NV_PLATFORM_FREEBSD] += 3;
	t->trailing_drop = t->kind[t->columns - 1] == AT(ifOutDrops) && !nv_is(word, "TX-DRP");
	nv_store_heading(to, 0);
	to->mode = NV_GRAMMAR_INTERFACES;
	return true;
}

/* 1.2K 34M 5.6G: humanized, so it is only near the truth. */
static bool humanized(struct nv_text word, uint64_t *value)
{
	static const char units[] = "KMGTPE";
	const char *unit;
	double v = 0, scale = 1;
	bool point = false, digits = false;

	if (word.end - word.at < 2 || word.end - word.at > 8)
		return false;
	unit = strchr(units, word.end[-1]);
	if (!unit || !*unit)
		return false;
	for (const char *p = word.at; p < word.end - 1; p++) {
		if (*p == '.' && !point) {
			point = true;
			continue;
		}
		if (*p < '0' || *p > '9')
			return false;
		digits = true;
		v = v * 10 + (*p - '0');
		scale = point ? scale / 10 : scale;
	}
	for (; unit >= units; unit--)
		v *= 1000;
	v *= scale;
	if (!(v < 0x1p64)) /* 990E: no counter holds that */
		return false;
	*value = (uint64_t)v;
	return digits;
}

static bool is_number(struct nv_text word, uint64_t *value, bool *dash, bool *human)
{
	*dash = nv_is(word, "-");
	*human = false;
	if (*dash || nv_number(word, value) || nv_is_negative(word, value))
		return true;
	*human = humanized(word, value);
	return *human;
}

bool nv_capture_has_wire(struct nv_text name)
{
	static const char *const without[] = { "lo", "Loopback", "gif", "stf", "utun", "awdl",
		"llw", "p2p", "tun", "tap", "pflog", "pfsync", "enc", "veth", "docker", "virbr",
		"br-", "bridge", "wg", "vmnet", "ppp", "faith", "sl", "dsc", "lsi", "mtun", "pimd",
		"pime", "gre", "ipip", "sit", "dummy", "tailscale", "tunl", "ifb", "teql", "erspan",
		"gretap", "vti", "lxc", "cni", "flannel", "cali", "ip6tnl", "usbus", "anpi", "XHC",
		"VHC", "ap" };

	if (name.end > name.at && name.end[-1] == '*')
		return false; /* down */
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		size_t n = strlen(without[i]);

		if (nv_starts(name, without[i]) &&
			((size_t)(name.end - name.at) == n || name.at[n] < 'a' || name.at[n] > 'z'))
			return false;
	}
	return true;
}

struct nv_interface *nv_capture_interface_of(
	struct nv_capture *to, struct nv_text name, unsigned link, bool exact, bool *is_new)
{
	struct nv_chains *chains = &to->interface_chains;
	uint16_t *at = &chains->head[nv_name_hash(name) % 1024];
	struct nv_interface *x;
	unsigned walked = 0;

	*is_new = false;
	for (; *at && walked < 100; at = &chains->next[*at - 1], walked++) {
		x = &to->snapshot.interfaces[*at - 1];
		if ((!exact || !link || !x->index || x->index == link) && nv_is(name, x->name))
			return x;
	}
	if (*at || to->snapshot.interface_count >= NV_INTERFACES_MAX)
		return NULL;
	x = nv_snapshot_interface(&to->snapshot, name);
	if (!x)
		return NULL;
	*at = (uint16_t)to->snapshot.interface_count;
	*is_new = true;
	x->feeds = nv_capture_has_wire(name);
	return x;
}

static unsigned link_of(struct nv_capture *to, struct nv_text word, bool *is_link)
{
	unsigned link = 0;

	*is_link = nv_starts(word, "<Link") || nv_starts(word, "link#");
	if (*is_link && !to->table.links) /* FreeBSD and macOS number them, older systems of the
					     family do not */
		to->score[*word.at == 'l' ? NV_PLATFORM_AIX : NV_PLATFORM_BSD] +=
			*word.at == 'l' || nv_is(word, "<Link>") ? 2 : 0;
	for (const char *p = word.at; *is_link && p < word.end; p++)
		if (*p >= '0' && *p <= '9' && link < 100000)
			link = link * 10 + (unsigned)(*p - '0');
	return link;
}

/* Split a row; the words that are numbers at its right end are the cells. */
static unsigned split(
	struct nv_text line, struct nv_text words[NV_COLUMNS_MAX], unsigned *first_number)
{
	unsigned n = 0, k;
	uint64_t value;
	bool dash, human;

	while (n < NV_COLUMNS_MAX && nv_next_word(&line, &words[n]))
		n++;
	for (k = n; k > 0 && is_number(words[k - 1], &value, &dash, &human); k--)
		;
	*first_number = k;
	return n;
}

static unsigned value_columns(const struct nv_table *t, unsigned *first)
{
	unsigned last = t->columns;

	while (last > 0 && t->kind[last - 1] == COLUMN_TEXT)
		last--; /* Flg */
	*first = last;
	while (*first > 0 && t->kind[*first - 1] != COLUMN_TEXT)
		--*first;
	return last - *first;
}

static void fill_interface(struct nv_captures *all, struct nv_capture *to, struct nv_interface *x,
	const struct nv_text *cells, unsigned count, unsigned first_column)
{
	for (unsigned i = 0; i < count; i++) {
		uint8_t kind = to->table.kind[first_column + i];
		uint64_t value = 0;
		bool dash, human;

		if (kind < COLUMN_VALUE || !is_number(cells[i], &value, &dash, &human) || dash)
			continue;
		x->value[kind - COLUMN_VALUE] = value;
		x->present = (uint16_t)(x->present | 1u << (kind - COLUMN_VALUE));
		if (*cells[i].at == '-')
			nv_store_negative_interface(all, to, x, kind - COLUMN_VALUE);
		to->humanized = to->humanized || human;
		to->numbers_read++;
		if (value &&
			(kind == AT(ifInErrs) || kind == AT(ifInDrops) ||
				kind == AT(ifInOverruns) || kind == AT(ifOutErrs) ||
				kind == AT(ifOutDrops) || kind == AT(ifCollisions)))
			nv_store_class(all,
				(enum nv_class_id)
					all->index.class_of[NV_C_ifInPkts + kind - COLUMN_VALUE]);
	}
}

static void guess_by_name(struct nv_capture *to, struct nv_text name)
{
	if (nv_starts(name, "lan"))
		to->score[NV_PLATFORM_HPUX] += 3;
	if (nv_starts(name, "awdl") || nv_starts(name, "utun") || nv_starts(name, "stf"))
		to->score[NV_PLATFORM_MACOS] += 3;
	if (nv_starts(name, "vtnet") || nv_starts(name, "em") || nv_starts(name, "igb") ||
		nv_starts(name, "ix"))
		to->score[NV_PLATFORM_FREEBSD] += 1;
}

bool nv_capture_interface(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text words[NV_COLUMNS_MAX], name;
	struct nv_table *t = &to->table;
	unsigned first_number, first_column, n = 0, cells,
					     columns = value_columns(t, &first_column), link = 0;
	bool is_new, is_link = false, linux_row = first_column + columns < t->columns;
	struct nv_interface *x;

	if (nv_contains(line, "no statistics available"))
		return true; /* an alias of Linux */
	n = split(line, words, &first_number);
	if (linux_row && n > 1 && first_number == n) { /* Flg is the last word */
		n--;
		for (first_number = n; first_number > 1; first_number--) {
			uint64_t value;

			if (!nv_number(words[first_number - 1], &value))
				break;
		}
	}
	if (n < 3 || columns < 2)
		return false;
	for (unsigned i = 1; i < n && i < 4 && !is_link; i++)
		link = link_of(to, words[i], &is_link);
	cells = n - first_number;
	if (cells > columns) {
		first_number = n - columns;
		cells = columns;
	}
	if (cells + 1 == columns && t->trailing_drop)
		columns = cells; /* macOS prints the heading Drop and no value */
	if (cells != columns)
		return false;
	name = words[0];
	guess_by_name(to, name);
	t->links = t->links || is_link;
	{
		struct nv_text bare = name;

		if (bare.end > bare.at && bare.end[-1] == '*')
			bare.end--;
		x = nv_capture_interface_of(to, bare, link, is_link, &is_new);
		if (!x) {
			nv_store_unread(all, to, all->line, line);
			return true;
		}
		if (!is_new && !is_link && t->links) {
			to->numbers_read += cells;
			return true; /* a further address of it */
		}
		if (is_new) {
			x->index = link;
			x->feeds = nv_capture_has_wire(name);
		}
	}
	to->saw_interfaces = true;
	fill_interface(all, to, x, words + first_number, cells, first_column);
	return true;
}

/* ---- /proc/net/dev: "eth0: 16 numbers" --------------------------------------------------- */

bool nv_capture_dev_heading(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	(void)line;
	if (!nv_starts(all->text, "Inter-|"))
		return false;
	to->mode = NV_GRAMMAR_DEV;
	return true;
}

bool nv_capture_dev(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	static const int columns[16] = { NV_C_ifInOctets, NV_C_ifInPkts, NV_C_ifInErrs,
		NV_C_ifInDrops, NV_C_ifInOverruns, 0, 0, 0, NV_C_ifOutOctets, NV_C_ifOutPkts,
		NV_C_ifOutErrs, NV_C_ifOutDrops, 0, NV_C_ifCollisions, 0, 0 };
	struct nv_text rest = nv_trim(line), name = rest, word;
	const char *colon = memchr(rest.at, ':', (size_t)(rest.end - rest.at));
	struct nv_interface *x;
	uint64_t value[16];
	unsigned n = 0;
	bool is_new;

	if (!colon || colon == rest.at || memchr(rest.at, ' ', (size_t)(colon - rest.at)))
		return false;
	name.end = colon;
	rest.at = colon + 1;
	while (n < 16 && nv_next_word(&rest, &word) && nv_number(word, &value[n]))
		n++;
	if (n < 16)
		return false;
	x = nv_capture_interface_of(to, name, 0, false, &is_new);
	if (!x) {
		nv_store_unread(all, to, all->line, line);
		return true;
	}
	for (unsigned i = 0; i < 16; i++) {
		unsigned at = (unsigned)(columns[i] - NV_C_ifInPkts);

		to->numbers_read++;
		if (!columns[i])
			continue;
		x->value[at] = value[i];
		x->present = (uint16_t)(x->present | 1u << at);
	}
	to->saw_interfaces = true;
	to->score[NV_PLATFORM_LINUX] += 5;
	return true;
}
