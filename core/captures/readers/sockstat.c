/* SPDX-License-Identifier: MIT */
/* "TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 220" -> counters: copies of /proc/net/sockstat. */
#include "captures/capture.h"

#include <stdio.h>
#include <string.h>

/* One cell: a counter of the catalog, or kept under its own name. */
static void store_cell(struct nv_captures *all, struct nv_capture *to, struct nv_text row,
	struct nv_text key, uint64_t value)
{
	char name[NV_NAME_SIZE], section[16];

	for (unsigned id = 1; id < NV_C_END; id++) {
		const struct nv_counter *c = &nv_counters[id];

		if ((c->file != NV_FILE_SOCKSTAT && c->file != NV_FILE_SOCKSTAT6) ||
			!nv_is(row, c->row) || !nv_is(key, c->key))
			continue;
		nv_store_counter(all, to, (enum nv_counter_id)id, value, key, NV_CLASS_NONE);
		return;
	}
	nv_copy_text(section, sizeof(section), row);
	nv_own_name(section, "", key, name);
	nv_store_own(all, to, name, value, key, NV_CLASS_NONE);
}

bool nv_capture_sockstat(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = line, row, key, word;
	uint64_t value;
	bool any = false;

	if (all->text.at != line.at || !nv_next_word(&rest, &row) || row.end - row.at < 3 ||
		row.end[-1] != ':')
		return false;
	row.end--;
	while (nv_next_word(&rest, &key) && nv_next_word(&rest, &word)) {
		if (!nv_number(word, &value) || !(nv_is_letter(*key.at) || nv_is_digit(*key.at)))
			return any;
		if (!any && !nv_is(key, "inuse") && !nv_is(key, "used"))
			return false;
		if (!any)
			nv_store_heading(to, 0);
		any = true;
		store_cell(all, to, row, key, value);
	}
	if (any)
		to->score[NV_PLATFORM_LINUX] += 5;
	return any;
}
