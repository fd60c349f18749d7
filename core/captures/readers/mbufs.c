/* SPDX-License-Identifier: MIT */
/*
 * Lists and tables of network memory -> counters: netstat -m of BSD family old and new, of AIX by
 * size. What counts is what was denied; the levels are kept under the platform's own names.
 */
#include "captures/capture.h"

#include <string.h>

/* "257/1018/1275" and "576K/3298K/3874K": up to 8 numbers. 0: not of this shape. */
static unsigned slashed(
	struct nv_captures *all, struct nv_text word, uint64_t number[NV_NUMBERS_MAX])
{
	unsigned n = 0;

	if (*word.at == '-')
		return nv_capture_number(all, word, number);
	while (word.at < word.end && n < NV_NUMBERS_MAX) {
		struct nv_text part = word;
		const char *slash = memchr(word.at, '/', (size_t)(word.end - word.at));
		uint64_t scale = 1;

		part.end = slash ? slash : word.end;
		if (part.end > part.at && part.end[-1] == 'K') {
			scale = 1024;
			part.end--;
		}
		if (!nv_number(part, &number[n]))
			return 0;
		number[n++] *= scale;
		word.at = slash ? slash + 1 : word.end;
	}
	return n;
}

/* "(33.5 % in use)" says nothing new. */
static void cut_share(struct nv_text *label)
{
	const char *open = memrchr(label->at, '(', (size_t)(label->end - label->at));

	if (open && nv_contains((struct nv_text){ open, label->end }, "in use)")) {
		label->end = open;
		*label = nv_trim(*label);
	}
}

/* The legend at the end, "(current/cache/total)", or an empty text. */
static struct nv_text cut_legend(struct nv_text *label)
{
	struct nv_text legend = { label->end, label->end };
	const char *open = memrchr(label->at, '(', (size_t)(label->end - label->at));

	if (open && label->end[-1] == ')' && memchr(open, '/', (size_t)(label->end - open))) {
		legend.at = open + 1;
		legend.end = label->end - 1;
		label->end = open;
		*label = nv_trim(*label);
	}
	return legend;
}

static struct nv_text next_legend(struct nv_text *legend)
{
	struct nv_text word = *legend;
	const char *slash = memchr(legend->at, '/', (size_t)(legend->end - legend->at));

	word.end = slash ? slash : legend->end;
	legend->at = slash ? slash + 1 : legend->end;
	return word;
}

static void store_memory(struct nv_captures *all, struct nv_capture *to, int at,
	struct nv_text label, const uint64_t *number, unsigned count, struct nv_text legend)
{
	const struct nv_alias *a = &nv_aliases[at];
	uint16_t id = all->index.to[at][0];
	bool statistics = to->saw_statistics;

	/* What goes on below a table of AIX adds to it; a list begins with its mbufs. */
	if ((to->mode != NV_GRAMMAR_NONE && to->mode != NV_GRAMMAR_MEMORY) || !to->saw_mbufs ||
		strcmp(a->label, "mbufs in use") == 0)
		nv_store_heading(to, 0);
	to->mode = NV_GRAMMAR_NONE;
	to->saw_mbufs = true;
	to->memory_line = all->line;
	if (count > 1 && legend.at >= legend.end)
		legend = nv_as_text("current/total"); /* 4.4BSD and macOS do not say so */
	for (unsigned i = 0; i < count; i++) {
		struct nv_text part = next_legend(&legend);
		char name[NV_NAME_SIZE], more[NV_NAME_SIZE];

		if (id) {
			nv_store_counter(all, to, (enum nv_counter_id)id, number[i], label,
				(enum nv_class_id)a->klass);
			continue;
		}
		if (a->own[0][0])
			nv_copy_text(name, sizeof(name), nv_as_text(a->own[0]));
		else
			nv_own_name("mbuf", "", nv_as_text(a->label), name);
		if (count > 1 && strlen(name) < NV_NAME_SIZE - 12) {
			nv_own_name("", name, part, more);
			memcpy(name, more, sizeof(name));
			name[0] = 'm';
		}
		nv_store_own(all, to, name, number[i], label, (enum nv_class_id)a->klass);
	}
	to->saw_statistics = statistics; /* memory is none of a protocol */
	nv_store_class(all, (enum nv_class_id)a->klass);
}

bool nv_capture_streams_heading(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	(void)line;
	if (!nv_starts(all->text, "streams allocation"))
		return false;
	memset(&to->table, 0, sizeof(to->table));
	nv_store_heading(to, 0);
	to->mode = NV_GRAMMAR_MEMORY;
	to->table.links = true; /* of System V */
	return true;
}

/*
 * "queues 505 616 7727 8": the last number are the requests that failed. SCO goes on with the
 * blocks by size, which are counted in the line of all blocks.
 */
static bool streams_row(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	static const char *const rows[] = { "stream", "streams", "queue", "queues", "mblk", "mblks",
		"dblk", "dblks", "linkblk", "linkblks", "strevent", "strevents", "syncq", "qband" };
	struct nv_text rest = line, name, word;
	uint64_t value = 0;
	unsigned n = 0;

	if (nv_contains(line, "config") && nv_contains(line, "alloc"))
		to->score[NV_PLATFORM_SCO] += 3;
	if (nv_contains(line, "cumulative"))
		to->score[NV_PLATFORM_SOLARIS] += 3;
	if (!nv_next_word(&rest, &name))
		return false;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!nv_is(name, rows[i]))
			continue;
		while (nv_next_word(&rest, &word) && nv_number(word, &value))
			n++;
		if (n < 4 || rest.at < rest.end)
			return false;
		to->saw_mbufs = true;
		to->numbers_read += n - 1;
		nv_store_counter(all, to, NV_C_mbufDenied, value, nv_as_text("allocation failures"),
			NV_CLASS_SYSTEM);
		if (value)
			nv_store_class(all, NV_CLASS_SYSTEM);
		return true;
	}
	return nv_is(name, "class") || nv_contains(line, "config") ||
		nv_contains(line, "current") || nv_contains(line, "cumulative");
}

/* Tables with a column of failures: AIX "By size inuse calls failed ...", streams of System V. */
static bool memory_table(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = line, word;
	struct nv_table *t = &to->table;
	unsigned n = 0;
	bool by_size = true;

	if (nv_starts(line, "Kernel malloc statistics")) {
		memset(t, 0, sizeof(*t));
		nv_store_heading(to, 0);
		to->mode = NV_GRAMMAR_MEMORY;
		to->score[NV_PLATFORM_AIX] += 5;
		return true;
	}
	if (nv_contains(line, "ctotal") && nv_contains(line, "class")) {
		to->score[NV_PLATFORM_MACOS] += 5;
		return true;
	}
	if (nv_contains(line, "inuse") && nv_contains(line, "failed") &&
		nv_contains(line, "calls")) {
		/* one table a processor: they add up */
		if (to->mode != NV_GRAMMAR_MEMORY)
			nv_store_heading(to, 0);
		memset(t, 0, sizeof(*t));
		while (t->columns < NV_COLUMNS_MAX && nv_next_word(&rest, &word)) {
			if (nv_is(word, "By"))
				continue;
			/* by type: the same requests counted once more */
			if (nv_is(word, "type"))
				by_size = false;
			t->kind[t->columns++] = !by_size ? 0
				: nv_is(word, "failed")  ? 1
				: nv_is(word, "delayed") ? 2
							 : 0;
		}
		to->saw_mbufs = true;
		to->mode = NV_GRAMMAR_MEMORY;
		to->score[NV_PLATFORM_AIX] += 5;
		return true;
	}
	if (to->mode != NV_GRAMMAR_MEMORY)
		return false;
	if (t->links)
		return streams_row(all, to, line);
	for (rest = line; n < t->columns && nv_next_word(&rest, &word); n++) {
		uint64_t value;

		if (!nv_number(word, &value))
			return false;
		to->numbers_read++;
		if (t->kind[n])
			nv_store_counter(all, to,
				t->kind[n] == 1 ? NV_C_mbufDenied : NV_C_mbufDelayed, value,
				nv_as_text(t->kind[n] == 1 ? "failed" : "delayed"),
				NV_CLASS_SYSTEM);
	}
	return n > 3;
}

bool nv_capture_mbuf(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = nv_trim(line), word, label, legend;
	uint64_t number[NV_NUMBERS_MAX + 1];
	struct nv_label read;
	unsigned count;
	int at;

	if (memory_table(all, to, line))
		return true;
	label = rest;
	if (!nv_next_word(&label, &word))
		return false;
	count = slashed(all, word, number);
	if (!count)
		return false;
	label = nv_trim(label);
	if (label.at >= label.end)
		return false;
	cut_share(&label);
	legend = cut_legend(&label);
	if (nv_starts(legend, "current/cache"))
		to->score[NV_PLATFORM_FREEBSD] += 2;
	if (nv_starts(legend, "current/peak"))
		to->score[NV_PLATFORM_OPENBSD] += 2;
	if (label.end > label.at && label.end[-1] == ':')
		label.end--;
	nv_label_read(label, false, &read);
	at = nv_alias_find(&all->index, all->index.mbuf, 0, read.hash);
	if (at < 0 || (size_t)at >= nv_alias_count) {
		bool memory = memchr(word.at, '/', (size_t)(word.end - word.at)) &&
			(nv_contains(label, "mbuf") || nv_contains(label, "requests for"));
		bool among = to->mode == NV_GRAMMAR_NONE && to->memory_line &&
			all->line - to->memory_line <= 2;

		if (to->mode == NV_GRAMMAR_SKIP || (!memory && !among))
			return false;
		to->memory_line = all->line;
		nv_store_unread(all, to, all->line, line);
		return true;
	}
	store_memory(all, to, at, label, number, count, legend);
	return true;
}
