/* SPDX-License-Identifier: MIT */
/* What `ip -s link` prints, with kinds of errors or without, old and new -> interfaces. */
#include "captures/capture.h"

#include <string.h>

#define AT(id)  (NV_C_##id - NV_C_ifInPkts)
#define NOTHING 0xff
#define KIND(n) (NV_IF_VALUES + (n)) /* kinds of loss and of damage, which add up */

enum { OVERRUN, MISSED, FIFO, CRC, FRAME, KINDS };

static const struct {
	const char *head;
	uint8_t at[2]; /* received, sent */
} heads[] = { { "bytes", { AT(ifInOctets), AT(ifOutOctets) } },
	{ "packets", { AT(ifInPkts), AT(ifOutPkts) } },
	{ "errors", { AT(ifInErrs), AT(ifOutErrs) } },
	{ "dropped", { AT(ifInDrops), AT(ifOutDrops) } }, { "overrun", { KIND(OVERRUN), NOTHING } },
	{ "missed", { KIND(MISSED), NOTHING } }, { "fifo", { KIND(FIFO), NOTHING } },
	{ "crc", { KIND(CRC), NOTHING } }, { "frame", { KIND(FRAME), NOTHING } },
	{ "collsns", { NOTHING, AT(ifCollisions) } } };

/* "2: eth0: <BROADCAST,UP> mtu 1500", "3: eth0.5@eth0: <...>" */
bool nv_capture_ip_link_heading(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = all->text, word, name;
	uint64_t index;
	bool is_new;
	struct nv_interface *x;

	(void)line;
	if (!nv_next_word(&rest, &word) || word.end - word.at < 2 || word.end[-1] != ':' ||
		!nv_number((struct nv_text){ word.at, word.end - 1 }, &index) ||
		!nv_next_word(&rest, &name) || name.end[-1] != ':' || !nv_next_word(&rest, &word) ||
		*word.at != '<' || name.end - name.at > (ptrdiff_t)sizeof(to->table.name))
		return false;
	name.end--;
	if (memchr(name.at, '@', (size_t)(name.end - name.at)))
		name.end = memchr(name.at, '@', (size_t)(name.end - name.at));
	if (to->mode != NV_GRAMMAR_IP_LINK)
		nv_store_heading(to, 0);
	memset(&to->table, 0, sizeof(to->table));
	nv_copy_text(to->table.name, sizeof(to->table.name), name);
	x = nv_capture_interface_of(to, name, 0, false, &is_new);
	if (x && is_new)
		x->index = index < 1u << 30 ? (unsigned)index : 0;
	to->mode = NV_GRAMMAR_IP_LINK;
	to->score[NV_PLATFORM_LINUX] += 5;
	return true;
}

/* "RX: bytes packets ...", "TX errors: aborted ...": what the next line holds. */
static bool columns(struct nv_capture *to, struct nv_text line)
{
	struct nv_table *t = &to->table;
	struct nv_text rest = line, word;
	unsigned sent;

	if (!nv_next_word(&rest, &word) || (!nv_starts(word, "RX") && !nv_starts(word, "TX")))
		return false;
	sent = *word.at == 'T';
	if (word.end[-1] != ':' && !nv_next_word(&rest, &word)) /* "RX errors:" */
		return false;
	for (t->columns = 0; t->columns < NV_COLUMNS_MAX && nv_next_word(&rest, &word);
		t->columns++) {
		t->kind[t->columns] = NOTHING;
		for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
			if (nv_is(word, heads[i].head))
				t->kind[t->columns] = heads[i].at[sent];
	}
	return true;
}

/* Kinds stand in one of two tables, or in both: each counts once. */
static bool add_kind(struct nv_capture *to, uint8_t *at, uint64_t *value)
{
	uint64_t *parts = to->table.parts;
	unsigned kind = *at - NV_IF_VALUES;

	if (*at == NOTHING || *at < NV_IF_VALUES)
		return *at != NOTHING;
	parts[kind] = *value > parts[kind] ? *value : parts[kind];
	*at = AT(ifInOverruns);
	*value = parts[OVERRUN] + parts[MISSED] + parts[FIFO];
	if (kind < CRC)
		return true;
	nv_capture_note_damage(to, parts[CRC] + parts[FRAME]);
	return false;
}

bool nv_capture_ip_link(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_table *t = &to->table;
	struct nv_text rest = nv_trim(line), word;
	struct nv_interface *x;
	bool is_new;
	uint64_t value;

	if (columns(to, rest))
		return true;
	if (nv_starts(rest, "link/") || nv_starts(rest, "alias ") || nv_starts(rest, "vf "))
		return true;
	if (!t->columns || !nv_begins_with_number(rest))
		return false;
	x = nv_capture_interface_of(to, nv_as_text(t->name), 0, false, &is_new);
	for (unsigned i = 0; x && i < t->columns && nv_next_word(&rest, &word); i++) {
		uint8_t at = t->kind[i];

		if (!nv_number(word, &value))
			continue;
		to->numbers_read++;
		if (!add_kind(to, &at, &value))
			continue;
		if (!(x->present & 1u << at) || value > x->value[at])
			x->value[at] = value;
		x->present = (uint16_t)(x->present | 1u << at);
		if (value && at != AT(ifInPkts) && at != AT(ifOutPkts) && at != AT(ifInOctets) &&
			at != AT(ifOutOctets))
			nv_store_class(
				all, (enum nv_class_id)all->index.class_of[NV_C_ifInPkts + at]);
	}
	t->columns = 0;
	to->saw_interfaces = true;
	return true;
}
