/* SPDX-License-Identifier: MIT */
/* Links as they come and go -> a table to find them in, by index or by name. */
#include "kernel/links.h"

#include <string.h>

/* Position of the index, or where it belongs. */
static unsigned place(const struct nv_link_table *table, unsigned index)
{
	unsigned low = 0, high = table->count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (table->at[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct nv_link *nv_link_at(const struct nv_link_table *table, unsigned index)
{
	unsigned at = place(table, index);

	return at < table->count && table->at[at].index == index ? &table->at[at] : NULL;
}

const struct nv_link *nv_link_find(struct nv_link_table *table, unsigned index)
{
	unsigned at = table->hint;

	if (at >= table->count || table->at[at].index != index)
		at = place(table, index);
	if (at >= table->count || table->at[at].index != index)
		return NULL;
	table->hint = at + 1;
	return &table->at[at];
}

bool nv_link_insert(struct nv_link_table *table, const struct nv_link *link)
{
	unsigned at = place(table, link->index);

	if (at < table->count && table->at[at].index == link->index) {
		table->at[at] = *link;
		return true;
	}
	if (!nv_grow(&table->at, &table->room, table->count + 1, sizeof(*table->at)))
		return false;
	memmove(&table->at[at + 1], &table->at[at], (table->count - at) * sizeof(*link));
	table->at[at] = *link;
	table->count++;
	return true;
}

void nv_link_remove(struct nv_link_table *table, unsigned index)
{
	unsigned at = place(table, index);

	if (at >= table->count || table->at[at].index != index)
		return;
	table->count--;
	memmove(&table->at[at], &table->at[at + 1], (table->count - at) * sizeof(*table->at));
}

const struct nv_link *nv_link_named(
	const struct nv_link_table *table, const char *name, unsigned hint)
{
	for (unsigned i = 0; i < table->count; i++) {
		const struct nv_link *link = &table->at[(hint + i) % table->count];

		if (strcmp(link->name, name) == 0)
			return link;
	}
	return NULL;
}

const struct nv_link *nv_link_guessed(struct nv_link_table *table, const struct nv_link_rule *rule,
	const char *name, unsigned position)
{
	struct nv_link *link;

	if (!nv_grow(&table->at, &table->room, position + 1, sizeof(*table->at)))
		return NULL;
	link = &table->at[position];
	if (position < table->count && strcmp(link->name, name) == 0)
		return link;
	*link = nv_link_guess(name);
	link->feeds = nv_link_rule_feeds(rule, link);
	table->count = position + 1;
	return link;
}
