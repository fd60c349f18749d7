/* SPDX-License-Identifier: MIT */
/*
 * What the readers found -> one host's snapshot, with the place in the file that each value is
 * from.
 *
 * IPv4 and IPv6 of one counter add up; a section that is printed again (two commands of one file,
 * netstat beside a copy of /proc) replaces what it said before.
 */
#include "captures/capture.h"

#include <stdio.h>
#include <string.h>

/* ---- values ------------------------------------------------------------------------------ */

void nv_store_class(struct nv_captures *all, enum nv_class_id klass)
{
	if (all->line && all->line < all->line_room && klass)
		all->lines[all->line] = (uint8_t)(all->lines[all->line] | 1u << klass);
}

void nv_store_heading(struct nv_capture *to, unsigned plane)
{
	to->instance++;
	to->plane = plane;
	to->protocol = NV_PROTOCOL_NONE;
	to->in.parent = 0;
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
	enum nv_class_id klass)
{
	place->line = all->line;
	place->file = all->file;
	place->klass = (uint8_t)klass;
	nv_copy_text(place->label, sizeof(place->label), label);
}

static void note_family(struct nv_capture *to, enum nv_counter_id id)
{
	const struct nv_counter *counter = &nv_counters[id];

	/* network memory alone is of no protocol and of no file of Linux */
	to->saw_statistics = to->saw_statistics || counter->protocol || counter->file;
	to->saw_protocol[counter->protocol] = true;
}

/* What this line says waits for the width of the counters. */
static void pending_line(struct nv_captures *all, struct nv_capture *to, enum nv_pending pending);

void nv_store_counter(struct nv_captures *all, struct nv_capture *to, enum nv_counter_id id,
	uint64_t value, struct nv_text label, enum nv_class_id klass)
{
	struct nv_part *part = &to->part[id];

	to->numbers_read++;
	if (part_set(part, to, value)) {
		note_place(all, &to->origin[id], label, klass);
		note_family(to, id);
	}
	to->snapshot.value[id] = part->amount[0] + part->amount[1];
	to->snapshot.present[id] = 1;
	to->negative[id] = all->line && all->line == all->negative_line;
	if (to->negative[id])
		pending_line(all, to,
			nv_counters[id].kind == NV_GAUGE ? NV_PENDING_GAUGE : NV_PENDING_COUNTER);
}

static struct nv_own *own_slot(struct nv_captures *all, struct nv_capture *to, const char *name)
{
	struct nv_chains *chains = &to->own_chains;
	uint16_t *link = &chains->head[nv_name_hash(nv_as_text(name)) % 1024];
	struct nv_own *own;

	for (; *link; link = &chains->next[*link - 1])
		if (strcmp(to->own[*link - 1].name, name) == 0)
			return &to->own[*link - 1];
	if (to->own_count == NV_OWN_MAX)
		return NULL;
	if (!nv_grow(&to->own, &to->own_room, to->own_count + 1, sizeof(*own))) {
		all->no_memory = true;
		return NULL;
	}
	own = &to->own[to->own_count++];
	*link = (uint16_t)to->own_count;
	memset(own, 0, sizeof(*own));
	nv_copy_text(own->name, sizeof(own->name), nv_as_text(name));
	own->protocol = (uint8_t)to->protocol;
	return own;
}

static void own_set(struct nv_captures *all, struct nv_capture *to, struct nv_own *own,
	uint64_t value, struct nv_text label, enum nv_class_id klass)
{
	to->numbers_read++;
	to->saw_statistics = true;
	if (part_set(&own->part, to, value))
		note_place(all, &own->origin, label, klass);
	own->negative = all->line && all->line == all->negative_line;
	if (own->negative)
		pending_line(all, to, NV_PENDING_COUNTER);
}

void nv_store_own(struct nv_captures *all, struct nv_capture *to, const char *name, uint64_t value,
	struct nv_text label, enum nv_class_id klass)
{
	struct nv_own *own = own_slot(all, to, name);

	if (own)
		own_set(all, to, own, value, label, klass);
}

static void store_own_alias(struct nv_captures *all, struct nv_capture *to, unsigned at, unsigned k,
	uint64_t value, struct nv_text label, enum nv_class_id klass)
{
	uint16_t *slot = &to->own_of[(at * 2 + to->plane) * 2 + k];
	char name[NV_NAME_SIZE];

	if (!*slot) {
		const struct nv_alias *a = &nv_aliases[at];
		struct nv_own *own;

		if (a->own[k][0]) {
			snprintf(name, sizeof(name), "%s", a->own[k]);
		} else {
			bool any = a->label[0] == '*';
			const char *section = strcmp(a->section, "tcp") && to->in.name[0]
				? to->in.name
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
			own_set(all, to, own, value, label, klass);
			return;
		}
	}
	own_set(all, to, &to->own[*slot - 1], value, label, klass);
}

void nv_store_alias(struct nv_captures *all, struct nv_capture *to, int at, const uint64_t *numbers,
	unsigned count, struct nv_text label)
{
	enum nv_class_id klass;

	if ((size_t)at >= nv_alias_count) {
		enum nv_counter_id id = (enum nv_counter_id)((size_t)at - nv_alias_count);

		klass = (enum nv_class_id)all->index.class_of[id];
		if (count)
			nv_store_counter(all, to, id, numbers[0], label, klass);
		nv_store_class(all, klass);
		return;
	}
	klass = (enum nv_class_id)nv_aliases[at].klass;
	for (unsigned k = 0; k < count && k < NV_NUMBERS_MAX; k++) {
		uint16_t id = k < 2 ? all->index.to[at][k] : NV_C_NONE;

		bool counter = id != NV_C_NONE;
		char six[NV_NAME_SIZE];

		if (counter && to->plane)
			id = (uint16_t)nv_counter_v6(&all->index, (enum nv_counter_id)id, six);
		if (counter && !id)
			nv_store_own(all, to, six, numbers[k], label, klass);
		else if (id)
			nv_store_counter(all, to, (enum nv_counter_id)id, numbers[k], label, klass);
		else
			store_own_alias(
				all, to, (unsigned)at, k < 2 ? k : 1, numbers[k], label, klass);
	}
	nv_store_class(all, klass);
	if (all->index.sign[at])
		to->score[all->index.sign[at]] += 2;
}

/* NULL: no memory, or far too many lines. */
static struct nv_unread *new_unread(
	struct nv_captures *all, struct nv_capture *to, uint32_t line, struct nv_text text)
{
	struct nv_unread *more;

	if (to->unread_count == NV_UNREAD_MAX)
		return NULL;
	if (!nv_grow(&to->unread, &to->unread_room, to->unread_count + 1, sizeof(*more))) {
		all->no_memory = true;
		return NULL;
	}
	more = &to->unread[to->unread_count++];
	memset(more, 0, sizeof(*more));
	more->line = line;
	more->file = all->file;
	nv_copy_text(more->text, sizeof(more->text), nv_trim(text));
	return more;
}

static void mark_unread(struct nv_captures *all, uint32_t line)
{
	if (line && line < all->line_room)
		all->lines[line] = (uint8_t)(all->lines[line] | NV_LINE_UNREAD);
}

void nv_store_unread(
	struct nv_captures *all, struct nv_capture *to, uint32_t line, struct nv_text text)
{
	if (line == all->line)
		mark_unread(all, line);
	new_unread(all, to, line, text);
}

/* ---- negative numbers -------------------------------------------------------------------- */

bool nv_is_negative(struct nv_text word, uint64_t *value)
{
	struct nv_text digits = { word.at + 1, word.end };
	uint64_t below;

	if (word.at >= word.end || *word.at != '-' || !nv_number(digits, &below) || !below ||
		below > UINT64_C(1) << 31)
		return false;
	*value = (UINT64_C(1) << 32) - below;
	return true;
}

bool nv_capture_number(struct nv_captures *all, struct nv_text word, uint64_t *value)
{
	if (nv_number(word, value))
		return true;
	if (!nv_is_negative(word, value))
		return false;
	all->negative_line = all->line;
	return true;
}

bool nv_capture_number_last(
	struct nv_captures *all, struct nv_text line, struct nv_text *label, uint64_t *number)
{
	const char *colon = memrchr(line.at, ':', (size_t)(line.end - line.at));
	struct nv_text tail;

	if (!colon)
		return false;
	tail = nv_trim((struct nv_text){ colon + 1, line.end });
	*label = nv_trim((struct nv_text){ line.at, colon });
	return label->end > label->at && nv_capture_number(all, tail, number);
}

static void pending_line(struct nv_captures *all, struct nv_capture *to, enum nv_pending pending)
{
	struct nv_unread *last = to->unread_count ? &to->unread[to->unread_count - 1] : NULL;

	if (!last || !last->pending || last->interface || last->line != all->line ||
		last->file != all->file || !nv_starts(nv_trim(all->text), last->text))
		last = new_unread(all, to, all->line, all->text);
	if (last && last->pending < pending)
		last->pending = (uint8_t)pending;
}

void nv_store_negative_interface(struct nv_captures *all, struct nv_capture *to,
	const struct nv_interface *x, unsigned column)
{
	struct nv_unread *line = new_unread(all, to, all->line, all->text);

	if (!line)
		return;
	line->pending = NV_PENDING_COUNTER;
	line->interface = (uint16_t)(x - to->snapshot.interfaces + 1);
	line->columns = (uint16_t)(1u << column);
}

/* Where counters have 32 bits what was read is right, but for levels. */
static void drop_negatives(struct nv_capture *to, bool narrow)
{
	unsigned left = 0;

	for (unsigned id = 1; id < NV_C_END; id++)
		if (to->negative[id] && (!narrow || nv_counters[id].kind == NV_GAUGE))
			to->snapshot.present[id] = 0;
	for (unsigned i = 0; i < to->own_count; i++)
		if (narrow || !to->own[i].negative)
			to->own[left++] = to->own[i];
	to->own_count = left;
}

void nv_store_negatives_end(struct nv_captures *all, struct nv_capture *to)
{
	bool narrow = to->snapshot.width_bits == 32;
	unsigned left = 0;

	drop_negatives(to, narrow);
	for (unsigned i = 0; i < to->unread_count; i++) {
		struct nv_unread *u = &to->unread[i];

		if (u->pending == NV_PENDING_COUNTER && narrow)
			continue;
		if (u->pending && u->file >= all->text_file)
			mark_unread(all, u->line);
		if (u->interface) {
			struct nv_interface *x = &to->snapshot.interfaces[u->interface - 1];

			x->present = (uint16_t)(x->present & ~u->columns);
		}
		/* several columns of one row are one line */
		if (left && u->interface && to->unread[left - 1].line == u->line &&
			to->unread[left - 1].file == u->file)
			continue;
		to->unread[left++] = *u;
	}
	to->unread_count = left;
}
