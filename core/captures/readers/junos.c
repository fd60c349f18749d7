/* SPDX-License-Identifier: MIT */
/*
 * What Junos shows of a physical interface ("show interfaces extensive") -> interfaces. Framing
 * errors and the like are parts of the errors; logical interfaces count the same packets again.
 */
#include "captures/capture.h"

#include <stdio.h>
#include <string.h>

#define AT(id) (NV_C_##id - NV_C_ifInPkts)

enum { PART_OTHER, PART_TRAFFIC, PART_INPUT, PART_OUTPUT, PARTS };

static const struct {
	uint8_t part;
	const char *begins; /* up to the number: of a line, or behind a comma */
	uint8_t at;
} cells[] = { { PART_TRAFFIC, "Input  bytes  :", AT(ifInOctets) },
	{ PART_TRAFFIC, "Output bytes  :", AT(ifOutOctets) },
	{ PART_TRAFFIC, "Input  packets:", AT(ifInPkts) },
	{ PART_TRAFFIC, "Output packets:", AT(ifOutPkts) }, { PART_INPUT, "Errors:", AT(ifInErrs) },
	{ PART_INPUT, "Drops:", AT(ifInDrops) }, { PART_OUTPUT, "Errors:", AT(ifOutErrs) },
	{ PART_OUTPUT, "Drops:", AT(ifOutDrops) },
	{ PART_OUTPUT, "Collisions:", AT(ifCollisions) } };

bool nv_capture_junos_heading(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	static const char begins[] = "Physical interface: ";
	struct nv_text name = { line.at + sizeof(begins) - 1, line.at + sizeof(begins) - 1 };

	(void)all;
	if (!nv_starts(line, begins))
		return false;
	while (name.end < line.end && *name.end != ',' && *name.end != ' ')
		name.end++;
	if (name.end == name.at || name.end - name.at >= (ptrdiff_t)sizeof(to->table.name))
		return false;
	if (to->mode != NV_GRAMMAR_JUNOS)
		nv_store_heading(to, 0);
	memset(&to->table, 0, sizeof(to->table));
	nv_copy_text(to->table.name, sizeof(to->table.name), name);
	to->mode = NV_GRAMMAR_JUNOS;
	to->score[NV_PLATFORM_JUNOS] += 20;
	return true;
}

static void store_cell(struct nv_captures *all, struct nv_capture *to, uint8_t at, uint64_t value)
{
	bool is_new;
	struct nv_interface *x = nv_capture_interface_of(
		to, nv_as_text(to->table.name), 0, false, &is_new);

	if (!x) {
		nv_store_unread(all, to, all->line, all->text);
		return;
	}
	x->value[at] = value;
	x->present = (uint16_t)(x->present | 1u << at);
	to->numbers_read++;
	to->saw_interfaces = true;
	if (value && at != AT(ifInPkts) && at != AT(ifOutPkts) && at != AT(ifInOctets) &&
		at != AT(ifOutOctets))
		nv_store_class(all, (enum nv_class_id)all->index.class_of[NV_C_ifInPkts + at]);
}

static void read_cell(struct nv_captures *all, struct nv_capture *to, struct nv_text cell)
{
	struct nv_text rest, word;
	uint64_t value;

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		if (cells[i].part != to->table.kind[0] || !nv_starts(cell, cells[i].begins))
			continue;
		rest = (struct nv_text){ cell.at + strlen(cells[i].begins), cell.end };
		if (nv_next_word(&rest, &word) && nv_number(word, &value))
			store_cell(all, to, cells[i].at, value);
		return;
	}
}

bool nv_capture_junos(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	static const char *const parts[PARTS] = { "",
		"Traffic statistics:", "Input errors:", "Output errors:" };
	struct nv_text text = nv_trim(line), cell;

	if (nv_starts(text, "Logical interface"))
		to->table.name[0] = 0;
	if (!to->table.name[0])
		return true;
	if (text.end[-1] == ':') {
		to->table.kind[0] = PART_OTHER;
		for (uint8_t i = 1; i < PARTS; i++)
			if (nv_is(text, parts[i]))
				to->table.kind[0] = i;
		return true;
	}
	while (to->table.kind[0] != PART_OTHER && text.at < text.end) {
		const char *comma = memchr(text.at, ',', (size_t)(text.end - text.at));

		cell = (struct nv_text){ text.at, comma ? comma : text.end };
		read_cell(all, to, nv_trim(cell));
		text.at = comma ? comma + 1 : text.end;
	}
	return true;
}
