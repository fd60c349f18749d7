/* SPDX-License-Identifier: MIT */
/*
 * What ifconfig and netstat -ie print -> interfaces: "RX packets:1 errors:2" of old net-tools and
 * "RX packets 1  bytes 2" of new ones. Frame and carrier errors are parts of the errors.
 */
#include "captures/capture.h"

#include <stdio.h>
#include <string.h>

#define AT(id) (NV_C_##id - NV_C_ifInPkts)

/* "eth0: flags=4163<UP>  mtu 1500", "eth0      Link encap:Ethernet". */
bool nv_capture_ifconfig_heading(
	struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = line, name, word;

	if (all->text.at != line.at || !nv_next_word(&rest, &name) || !nv_next_word(&rest, &word))
		return false;
	if (nv_starts(word, "flags=") && name.end[-1] == ':')
		name.end--;
	else if (!nv_is(word, "Link") || !nv_starts(nv_trim(rest), "encap:"))
		return false;
	if (name.end == name.at || name.end - name.at >= (ptrdiff_t)sizeof(to->table.name))
		return false;
	if (to->mode != NV_GRAMMAR_IFCONFIG)
		nv_store_heading(to, 0);
	memset(&to->table, 0, sizeof(to->table));
	nv_copy_text(to->table.name, sizeof(to->table.name), name);
	to->mode = NV_GRAMMAR_IFCONFIG;
	return true;
}

static const struct {
	const char *word;
	uint8_t at[2]; /* received, sent */
	bool fault;
} cells[] = { { "packets", { AT(ifInPkts), AT(ifOutPkts) }, false },
	{ "bytes", { AT(ifInOctets), AT(ifOutOctets) }, false },
	{ "errors", { AT(ifInErrs), AT(ifOutErrs) }, true },
	{ "dropped", { AT(ifInDrops), AT(ifOutDrops) }, true },
	{ "overruns", { AT(ifInOverruns), UINT8_MAX }, true },
	{ "collisions", { AT(ifCollisions), AT(ifCollisions) }, true } };

static void store_cell(struct nv_captures *all, struct nv_capture *to, struct nv_text word,
	unsigned sent, uint64_t value)
{
	struct nv_interface *x;
	bool is_new;

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		uint8_t at = cells[i].at[sent];

		if (!nv_is(word, cells[i].word))
			continue;
		to->numbers_read++;
		if (at == UINT8_MAX)
			return;
		x = nv_capture_interface_of(to, nv_as_text(to->table.name), 0, false, &is_new);
		if (!x) {
			nv_store_unread(all, to, all->line, word);
			return;
		}
		x->value[at] = value;
		x->present = (uint16_t)(x->present | 1u << at);
		to->saw_interfaces = true;
		if (value && cells[i].fault)
			nv_store_class(
				all, (enum nv_class_id)all->index.class_of[NV_C_ifInPkts + at]);
		return;
	}
}

/* The next word ends at a blank or a colon. */
static bool next_cell(struct nv_text *rest, struct nv_text *word)
{
	while (rest->at < rest->end && (*rest->at == ' ' || *rest->at == '\t' || *rest->at == ':'))
		rest->at++;
	word->at = rest->at;
	while (rest->at < rest->end && *rest->at != ' ' && *rest->at != '\t' && *rest->at != ':')
		rest->at++;
	word->end = rest->at;
	return word->end > word->at;
}

bool nv_capture_ifconfig(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = line, word, before = { line.at, line.at };
	unsigned sent = 0;
	bool ours = false;
	uint64_t value;

	if (!to->table.name[0])
		return false;
	while (next_cell(&rest, &word)) {
		if (nv_is(word, "RX") || nv_is(word, "TX") || nv_is(word, "collisions")) {
			sent = *word.at == 'T';
			ours = true;
		}
		if (ours && nv_number(word, &value))
			store_cell(all, to, before, sent, value);
		else if (ours && nv_is_negative(word, &value)) /* Linux counts with 64 bits */
			nv_store_unread(all, to, all->line, line);
		before = word;
	}
	if (ours)
		to->score[NV_PLATFORM_LINUX] += 3;
	return ours;
}
