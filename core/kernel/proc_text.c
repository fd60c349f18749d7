/* SPDX-License-Identifier: MIT */
/*
 * Text of the kernel's /proc/net files -> snapshot, and the plan by which proc_plan.c reads the
 * next one.
 *
 * Every number is found by its name, so new, missing and permuted columns and lines of any length
 * are read right. A line that cannot be read is skipped, counted, and the first one named; it never
 * takes the others with it.
 */
#include "kernel/proc_text.h"

#include <stdio.h>
#include <string.h>

static void complain(
	struct nv_error *err, int *bad, unsigned line, const char *what, struct nv_text word)
{
	if ((*bad)++ > 0 || !err)
		return;
	err->line = line;
	snprintf(err->text, sizeof(err->text), "line %u: %s \"%.*s\"", line, what,
		word.end - word.at > 40 ? 40 : (int)(word.end - word.at), word.at);
}

static enum nv_counter_id find_counter(enum nv_file file, struct nv_text row, struct nv_text key)
{
	for (unsigned i = 1; i < NV_C_END; i++) {
		const struct nv_counter *c = &nv_counters[i];

		if (c->name && c->file == file && c->row && nv_is(key, c->key) &&
			nv_is(row, c->row))
			return (enum nv_counter_id)i;
	}
	return NV_C_NONE;
}

static void set(struct nv_snapshot *to, enum nv_counter_id id, uint64_t value)
{
	to->value[id] = value;
	to->present[id] = 1;
}

/* ---- row pairs -------------------------------------------------------------------- */

/*
 * One pair of lines. gap: where the number before ended. Returns false if the pair cannot be
 * learned (truncated, or too large).
 */
static bool careful_pair(struct nv_plan *plan, enum nv_file file, struct nv_text row,
	struct nv_text names, struct nv_text values, const char **gap, unsigned line,
	struct nv_snapshot *to, struct nv_error *err, int *bad)
{
	struct nv_text name, word;
	bool clean = true;

	while (nv_next_word(&names, &name)) {
		enum nv_counter_id id = find_counter(file, row, name);
		uint64_t value;

		if (!nv_next_word(&values, &word)) {
			complain(err, bad, line, "no value for", name);
			return false;
		}
		if (nv_number(word, &value)) {
			if (id)
				set(to, id, value);
		} else if (word.at[0] != '-' ||
			!nv_number((struct nv_text){ word.at + 1, word.end }, &value)) {
			complain(err, bad, line, "expected a number, found", word);
			clean = false;
		}
		clean = nv_plan_column(plan, (struct nv_text){ *gap, word.at }, id) && clean;
		*gap = word.end;
	}
	if (nv_next_word(&values, &word)) {
		complain(err, bad, line, "value without a name", word);
		clean = false;
	}
	return clean;
}

int nv_read_pairs(struct nv_plan *plan, enum nv_file file, struct nv_text text,
	struct nv_snapshot *to, struct nv_error *err)
{
	struct nv_text line, header = { NULL, NULL };
	const char *gap = text.at;
	unsigned number = 0;
	bool learned = true;
	int bad = 0;

	nv_plan_forget(plan);
	while (nv_next_line(&text, &line)) {
		struct nv_text row = { line.at,
			memchr(line.at, ':', (size_t)(line.end - line.at)) };
		size_t prefix = row.end ? (size_t)(row.end - row.at) + 1 : 0;

		number++;
		if (!row.end) {
			complain(err, &bad, number, "expected \"Name: ...\", found", line);
			learned = false;
			header.at = NULL;
		} else if (!header.at || (size_t)(header.end - header.at) < prefix ||
			memcmp(header.at, line.at, prefix) != 0) {
			if (header.at) {
				complain(err, &bad, number - 1, "names without values:", header);
				learned = false;
			}
			header = line;
		} else {
			struct nv_text names = { header.at + prefix, header.end };
			struct nv_text values = { line.at + prefix, line.end };

			learned = careful_pair(plan, file, row, names, values, &gap, number, to,
					  err, &bad) &&
				learned;
			header.at = NULL;
		}
	}
	if (header.at)
		complain(err, &bad, number, "names without values:", header);
	if (!learned || bad)
		nv_plan_forget(plan);
	return bad;
}

/* ---- names with a number behind each ---------------------------------------------------- */

int nv_read_names(struct nv_plan *plan, enum nv_file file, struct nv_text text,
	struct nv_snapshot *to, struct nv_error *err)
{
	static const char zero[1];
	const struct nv_text no_row = { zero, zero };
	struct nv_text line, gap = { text.at, text.at };
	unsigned number = 0;
	bool learned = true;
	int bad = 0;

	nv_plan_forget(plan);
	while (nv_next_line(&text, &line)) {
		struct nv_text name, word, rest;
		uint64_t value;
		enum nv_counter_id id;

		number++;
		if (!nv_next_word(&line, &name))
			continue;
		if (!nv_next_word(&line, &word) || !nv_number(word, &value) ||
			nv_next_word(&line, &rest)) {
			complain(err, &bad, number, "expected one number after", name);
			continue;
		}
		id = find_counter(file, no_row, name);
		if (id)
			set(to, id, value);
		gap.end = word.at;
		learned = learned && nv_plan_column(plan, gap, id);
		gap.at = word.end;
	}
	if (!learned || bad)
		nv_plan_forget(plan);
	return bad;
}

/* The same with the names of a row in front, several on a line. */
int nv_read_sockstat(struct nv_plan *plan, enum nv_file file, struct nv_text text,
	struct nv_snapshot *to, struct nv_error *err)
{
	struct nv_text line, gap = { text.at, text.at };
	unsigned number = 0;
	bool learned = true;
	int bad = 0;

	nv_plan_forget(plan);
	while (nv_next_line(&text, &line)) {
		struct nv_text row, key, word;
		uint64_t value;

		number++;
		if (!nv_next_word(&line, &row))
			continue;
		if (row.end[-1] == ':')
			row.end--;
		while (nv_next_word(&line, &key)) {
			enum nv_counter_id id = find_counter(file, row, key);

			if (!nv_next_word(&line, &word) || !nv_number(word, &value)) {
				complain(err, &bad, number, "expected a number after", key);
				continue;
			}
			if (id)
				set(to, id, value);
			gap.end = word.at;
			learned = learned && nv_plan_column(plan, gap, id);
			gap.at = word.end;
		}
	}
	if (!learned || bad)
		nv_plan_forget(plan);
	return bad;
}

/* ---- no names to learn ------------------------------------------------------------------------
 */

/* Digits up to a blank or the end, at most 16; they may have blanks before. */
static inline bool hex_number(const char **at, const char *end, uint64_t *value)
{
	const char *p = *at, *first;
	uint64_t v = 0;

	while (p < end && *p == ' ')
		p++;
	for (first = p; p < end; p++) {
		unsigned digit = (unsigned)*p - '0', letter = (unsigned)*p - 'a';

		if (digit > 9 && letter > 5)
			break;
		v = v << 4 | (digit > 9 ? letter + 10 : digit);
	}
	*at = p;
	*value = v;
	return p > first && p - first <= 16 && (p == end || *p == ' ' || *p == '\n');
}

/* One line a processor, the same in every sample: no words are made of it. */
int nv_read_softnet(struct nv_text text, struct nv_snapshot *to, struct nv_error *err)
{
	enum { COLUMNS = 3 };
	uint64_t sum[COLUMNS] = { 0 };
	const char *p = text.at;
	unsigned number = 0;
	int bad = 0;

	while (p < text.end) {
		struct nv_text line = { p, p };
		uint64_t value[COLUMNS];
		bool sound = true;

		number++;
		for (unsigned i = 0; i < COLUMNS; i++) {
			sound = sound && hex_number(&p, text.end, &value[i]);
			sum[i] += sound ? value[i] : 0;
		}
		while (p < text.end && *p != '\n')
			p++;
		line.end = p++;
		if (!sound)
			complain(err, &bad, number, "expected three hexadecimal numbers in", line);
	}
	for (unsigned i = 0; number && !bad && i < COLUMNS; i++)
		set(to, (enum nv_counter_id)(NV_C_softnetProcessed + (int)i), sum[i]);
	return bad;
}

/* Columns of /proc/net/dev that are ours: position -> value, several positions may add up. */
static const struct {
	uint8_t column, value;
} dev_columns[] = {
	{ 0, NV_C_ifInOctets - NV_C_ifInPkts },
	{ 1, 0 },
	{ 2, NV_C_ifInErrs - NV_C_ifInPkts },
	{ 3, NV_C_ifInDrops - NV_C_ifInPkts },
	{ 4, NV_C_ifInOverruns - NV_C_ifInPkts },
	{ 8, NV_C_ifOutOctets - NV_C_ifInPkts },
	{ 9, NV_C_ifOutPkts - NV_C_ifInPkts },
	{ 10, NV_C_ifOutErrs - NV_C_ifInPkts },
	{ 11, NV_C_ifOutDrops - NV_C_ifInPkts },
	{ 13, NV_C_ifCollisions - NV_C_ifInPkts },
};

static bool dev_line(struct nv_text line, struct nv_interface *to)
{
	enum { COLUMNS = 16 };
	uint64_t value[COLUMNS];
	struct nv_text word;

	for (unsigned i = 0; i < COLUMNS; i++)
		if (!nv_next_word(&line, &word) || !nv_number(word, &value[i]))
			return false;
	for (size_t i = 0; i < sizeof(dev_columns) / sizeof(dev_columns[0]); i++) {
		to->value[dev_columns[i].value] = value[dev_columns[i].column];
		to->present |= (uint16_t)(1u << dev_columns[i].value);
	}
	return true;
}

int nv_read_dev(struct nv_text text, struct nv_snapshot *to, struct nv_error *err)
{
	struct nv_text line;
	unsigned number = 0;
	int bad = 0;

	while (nv_next_line(&text, &line)) {
		struct nv_text word = line;
		const char *colon = memchr(line.at, ':', (size_t)(line.end - line.at));
		struct nv_interface *to_if;

		if (++number <= 2 && !colon)
			continue; /* two lines of headings */
		if (!colon) {
			complain(err, &bad, number, "expected \"name: numbers\", found", line);
			continue;
		}
		word.end = colon;
		while (word.at < word.end && *word.at == ' ')
			word.at++;
		to_if = nv_snapshot_interface(to, word);
		if (!to_if)
			return bad + 1;
		if (!dev_line((struct nv_text){ colon + 1, line.end }, to_if)) {
			complain(err, &bad, number, "expected 16 numbers after", word);
			to->interface_count--;
		}
	}
	return bad;
}
