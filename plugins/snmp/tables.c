/* SPDX-License-Identifier: MIT */
/*
 * Object identifier -> place in a table. Tables are walked column by column, rows in the order of
 * their index; rows are sorted, so both GET and GETNEXT are a binary search.
 *
 * Pure: no Net-SNMP, no clock, no state. The property test compares it with a brute-force model.
 */
#include "netvitals.h"
#include "tables.h"

#include <string.h>

const struct nv_table *const nv_tables[] = {
	&nv_scalar_table,
	&nv_netns_table,
	&nv_class_table,
	&nv_indicator_table,
	&nv_counter_table,
	&nv_interface_table,
	&nv_socket_table,
	&nv_memory_table,
	&nv_event_table,
	&nv_config_table,
	&nv_threshold_table,
};
const unsigned nv_tables_count = sizeof(nv_tables) / sizeof(nv_tables[0]);

/* The order of SNMP: number by number, a prefix before what it begins. */
static int compare(const unsigned long *a, size_t a_length, const unsigned long *b, size_t b_length)
{
	for (size_t i = 0; i < a_length && i < b_length; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return a_length == b_length ? 0 : a_length < b_length ? -1 : 1;
}

/* The first row whose index is above the key, or, with `equal`, not below it. */
static unsigned first_row(const struct nv_table *table, const struct nv_scene *scene,
	const unsigned long *key, size_t length, bool equal)
{
	unsigned low = 0, high = table->rows(scene);

	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		unsigned long index[NV_INDEX_MAX];

		table->index(scene, middle, index);
		int order = compare(index, table->index_parts, key, length);
		if (order > 0 || (equal && order == 0))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* The first column numbered at least `number`; column_count if there is none. */
static unsigned first_column(const struct nv_table *table, unsigned long number)
{
	unsigned at = 0;

	while (at < table->column_count && table->columns[at].number < number)
		at++;
	return at;
}

static void place(const struct nv_table *table, const struct nv_scene *scene, unsigned column,
	unsigned row, struct nv_place *out)
{
	out->column = &table->columns[column];
	out->row = row;
	out->length = 0;
	if (!table->scalars)
		out->suffix[out->length++] = 1;
	out->suffix[out->length++] = out->column->number;
	table->index(scene, row, &out->suffix[out->length]);
	out->length += table->index_parts;
}

enum nv_found nv_find(const struct nv_table *table, const struct nv_scene *scene,
	const unsigned long *suffix, size_t length, struct nv_place *out)
{
	if (!table->scalars) {
		if (length == 0 || suffix[0] != 1)
			return NV_NO_OBJECT;
		suffix++, length--;
	}
	if (length == 0)
		return NV_NO_OBJECT;
	unsigned column = first_column(table, suffix[0]);
	if (column == table->column_count || table->columns[column].number != suffix[0])
		return NV_NO_OBJECT;
	suffix++, length--;

	unsigned row = first_row(table, scene, suffix, length, true);
	if (row == table->rows(scene))
		return NV_NO_INSTANCE;
	unsigned long index[NV_INDEX_MAX];
	table->index(scene, row, index);
	if (compare(index, table->index_parts, suffix, length) != 0)
		return NV_NO_INSTANCE;
	place(table, scene, column, row, out);
	return NV_FOUND;
}

bool nv_find_next(const struct nv_table *table, const struct nv_scene *scene,
	const unsigned long *suffix, size_t length, struct nv_place *out)
{
	unsigned rows = table->rows(scene), column = 0, row = 0;

	if (rows == 0)
		return false;
	if (!table->scalars && length > 0) {
		if (suffix[0] > 1)
			return false;
		if (suffix[0] == 0)
			length = 0;
		else
			suffix++, length--;
	}
	if (length > 0) {
		column = first_column(table, suffix[0]);
		if (column < table->column_count && table->columns[column].number == suffix[0])
			row = first_row(table, scene, suffix + 1, length - 1, false);
		if (row == rows) {
			column++;
			row = 0;
		}
	}
	if (column >= table->column_count)
		return false;
	place(table, scene, column, row, out);
	return true;
}

void nv_scene_init(struct nv_scene *scene)
{
	scene->indicator_count = scene->counter_count = 0;
	nv_counter_classes(scene->counter_class);
	scene->log_room = NV_LOG_ROWS;
	nv_settings_init(&scene->settings);
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i))
			scene->indicators[scene->indicator_count++] = (uint16_t)i;
	for (unsigned i = 1; i < NV_C_END; i++)
		if (nv_counter_exists(i) && nv_counters[i].kind != NV_DERIVED)
			scene->counters[scene->counter_count++] = (uint16_t)i;
}

struct nv_logged *nv_scene_row(const struct nv_scene *scene, unsigned i)
{
	return (struct nv_logged *)(uintptr_t)&scene->log[(scene->log_first + i) % scene->log_room];
}

void nv_scene_log(struct nv_scene *scene, const struct nv_event *event)
{
	if (scene->log_count < scene->log_room)
		scene->log_count++;
	else
		scene->log_first = (scene->log_first + 1) % scene->log_room;
	struct nv_logged *row = nv_scene_row(scene, scene->log_count - 1);
	*row = (struct nv_logged){ .event = *event };
	nv_trap_evidence_find(&scene->view->report, event, &row->evidence);
}

struct nv_logged *nv_scene_logged(struct nv_scene *scene, uint32_t number)
{
	for (unsigned i = scene->log_count; i-- > 0;)
		if (nv_scene_row(scene, i)->event.number == number)
			return nv_scene_row(scene, i);
	return NULL;
}

static void reverse(struct nv_logged *rows, unsigned count)
{
	for (unsigned i = 0; i < count / 2; i++) {
		struct nv_logged one = rows[i];
		rows[i] = rows[count - 1 - i];
		rows[count - 1 - i] = one;
	}
}

void nv_scene_log_resize(struct nv_scene *scene, unsigned rows)
{
	unsigned first = scene->log_first, used = first == 0 ? 0 : scene->log_room;

	if (rows == scene->log_room)
		return;
	/* Turn the ring so that the oldest stands first. */
	reverse(scene->log, first);
	reverse(scene->log + first, used - (used ? first : 0));
	reverse(scene->log, used);
	if (scene->log_count > rows) {
		memmove(scene->log, scene->log + scene->log_count - rows,
			rows * sizeof(scene->log[0]));
		scene->log_count = rows;
	}
	scene->log_first = 0;
	scene->log_room = rows;
}
