/* SPDX-License-Identifier: MIT */
/*
 * Text of the kernel's /proc/net files -> snapshot.
 *
 * The careful reader finds every number by its name and learns where it stands; the quick reader
 * compares the names with what was learned (memcmp) and takes the numbers by position. A text
 * that differs in one byte of its names goes to the careful reader again, so new, missing and
 * permuted columns and lines of any length are read right. A line that cannot be read is skipped,
 * counted, and the first one named; it never takes the others with it.
 */
#include "stages.h"

#include <stdio.h>
#include <string.h>

static void complain(struct nv_error *err, int *bad, unsigned line, const char *what, struct nv_text word)
{
	if ((*bad)++ > 0 || !err)
		return;
	err->line = line;
	snprintf(err->text, sizeof(err->text), "line %u: %s \"%.*s\"", line, what,
		word.end - word.at > 40 ? 40 : (int)(word.end - word.at), word.at);
}

static enum nv_counter_id find(enum nv_file file, struct nv_text row, struct nv_text key)
{
	for (unsigned i = 1; i < NV_C_END; i++) {
		const struct nv_counter *c = &nv_counters[i];

		if (c->name && c->file == file && c->row && nv_is(key, c->key) && nv_is(row, c->row))
			return (enum nv_counter_id)i;
	}
	return NV_C_NONE;
}

static void set(struct nv_snapshot *to, enum nv_counter_id id, uint64_t value)
{
	to->value[id] = value;
	to->present[id] = 1;
}

/* ---- learning ---------------------------------------------------------------------------------- */

static void plan_forget(struct nv_plan *plan)
{
	plan->names_length = 0;
	plan->columns = 0;
}

/* False if the text is larger than a plan can hold: it is then read carefully every time. */
static bool plan_name(struct nv_plan *plan, struct nv_text name)
{
	size_t length = (size_t)(name.end - name.at);

	if (plan->names_length + length > NV_PLAN_NAMES)
		return false;
	memcpy(plan->names + plan->names_length, name.at, length);
	plan->names_length += (uint32_t)length;
	return true;
}

static bool plan_column(struct nv_plan *plan, enum nv_counter_id id)
{
	if (plan->columns == NV_PLAN_COLUMNS)
		return false;
	plan->counter[plan->columns++] = (uint16_t)id;
	return true;
}

/* What stands between the number before and this one, its length in front, and which counter it is. */
static bool plan_gap(struct nv_plan *plan, struct nv_text gap, enum nv_counter_id id)
{
	uint16_t length = (uint16_t)(gap.end - gap.at);
	char bytes[sizeof(length)];

	memcpy(bytes, &length, sizeof(bytes));
	return gap.end - gap.at <= UINT16_MAX && plan_name(plan, (struct nv_text){ bytes, bytes + sizeof(bytes) }) &&
	       plan_name(plan, gap) && plan_column(plan, id);
}

/* ---- quick reading ------------------------------------------------------------------------------- */

/*
 * The number at *at, blanks before it skipped; -1 (MaxConn) passes with *is_value false. The caller
 * guarantees a byte that is no digit at end, so the loop needs no bound.
 */
static inline bool quick_number(const char **at, uint64_t *value, bool *is_value)
{
	const char *p = *at;
	const char *first;
	uint64_t v = 0;

	while (*p == ' ')
		p++;
	*is_value = *p != '-';
	/* Most counters of a host have never counted: one digit. */
	if ((unsigned)(*p - '0') <= 9 && (p[1] == ' ' || p[1] == '\n')) {
		*value = (unsigned)(*p - '0');
		*at = p + 1;
		return true;
	}
	if (!*is_value)
		p++;
	for (first = p; (unsigned)(*p - '0') <= 9; p++)
		v = v * 10 + (unsigned)(*p - '0');
	if (p == first || p - first > 19) /* 20 digits may overflow: leave it to the careful reader */
		return false;
	if (*p != ' ' && *p != '\n') /* "5-6" is no number */
		return false;
	*value = v;
	*at = p;
	return true;
}

/*
 * The same text between the same numbers, as it was learned: " " mostly, or "\nTcp: RtoAlgorithm ... \nTcp: ",
 * "TCP: inuse ", in snmp6 the end of a line, the next name and the blanks behind it.
 */
static bool quick(const struct nv_plan *plan, struct nv_text text, struct nv_snapshot *to)
{
	const char *p = text.at;
	const char *gap = plan->names;

	if (!plan->names_length || text.end == text.at || text.end[-1] != '\n')
		return false;
	for (uint32_t column = 0; column < plan->columns; column++) {
		uint16_t length;
		uint64_t value;
		bool is_value;

		memcpy(&length, gap, sizeof(length));
		gap += sizeof(length);
		if ((size_t)(text.end - p) <= length || *p != *gap || (length > 1 && memcmp(p, gap, length) != 0) ||
			p[length] == ' ')
			return false;
		p += length;
		if (!quick_number(&p, &value, &is_value))
			return false;
		if (plan->counter[column] && is_value)
			set(to, (enum nv_counter_id)plan->counter[column], value);
		gap += length;
	}
	return p + 1 == text.end;
}

/* ---- careful reading: row pairs -------------------------------------------------------------------- */

/*
 * One pair of lines. gap: where the number before ended. Returns false if the pair cannot be learned
 * (torn, or too large).
 */
static bool careful_pair(struct nv_plan *plan, enum nv_file file, struct nv_text row, struct nv_text names,
	struct nv_text values, const char **gap, unsigned line, struct nv_snapshot *to, struct nv_error *err, int *bad)
{
	struct nv_text name, word;
	bool clean = true;

	while (nv_next_word(&names, &name)) {
		enum nv_counter_id id = find(file, row, name);
		uint64_t value;

		if (!nv_next_word(&values, &word)) {
			complain(err, bad, line, "no value for", name);
			return false;
		}
		if (nv_number(word, &value)) {
			if (id)
				set(to, id, value);
		} else if (word.at[0] != '-' || !nv_number((struct nv_text){ word.at + 1, word.end }, &value)) {
			complain(err, bad, line, "expected a number, found", word);
			clean = false;
		}
		clean = plan_gap(plan, (struct nv_text){ *gap, word.at }, id) && clean;
		*gap = word.end;
	}
	if (nv_next_word(&values, &word)) {
		complain(err, bad, line, "value without a name", word);
		clean = false;
	}
	return clean;
}

int nv_read_pairs(struct nv_plan *plan, enum nv_file file, struct nv_text text, struct nv_snapshot *to,
	struct nv_error *err)
{
	struct nv_text line, header = { NULL, NULL };
	const char *gap = text.at;
	unsigned number = 0;
	bool learned = true;
	int bad = 0;

	if (quick(plan, text, to))
		return 0;
	plan_forget(plan);
	while (nv_next_line(&text, &line)) {
		struct nv_text row = { line.at, memchr(line.at, ':', (size_t)(line.end - line.at)) };
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

			learned = careful_pair(plan, file, row, names, values, &gap, number, to, err, &bad) && learned;
			header.at = NULL;
		}
	}
	if (header.at)
		complain(err, &bad, number, "names without values:", header);
	if (!learned || bad)
		plan_forget(plan);
	return bad;
}

/* ---- careful reading: names with a number behind each ---------------------------------------------------- */

int nv_read_names(struct nv_plan *plan, enum nv_file file, struct nv_text text, struct nv_snapshot *to,
	struct nv_error *err)
{
	static const char zero[1];
	const struct nv_text no_row = { zero, zero };
	struct nv_text line, gap = { text.at, text.at };
	unsigned number = 0;
	bool learned = true;
	int bad = 0;

	if (quick(plan, text, to))
		return 0;
	plan_forget(plan);
	while (nv_next_line(&text, &line)) {
		struct nv_text name, word, rest;
		uint64_t value;
		enum nv_counter_id id;

		number++;
		if (!nv_next_word(&line, &name))
			continue;
		if (!nv_next_word(&line, &word) || !nv_number(word, &value) || nv_next_word(&line, &rest)) {
			complain(err, &bad, number, "expected one number after", name);
			continue;
		}
		id = find(file, no_row, name);
		if (id)
			set(to, id, value);
		gap.end = word.at;
		learned = learned && plan_gap(plan, gap, id);
		gap.at = word.end;
	}
	if (!learned || bad)
		plan_forget(plan);
	return bad;
}

/* The same with the names of a row in front, several on a line. */
int nv_read_sockstat(struct nv_plan *plan, enum nv_file file, struct nv_text text, struct nv_snapshot *to,
	struct nv_error *err)
{
	struct nv_text line, gap = { text.at, text.at };
	unsigned number = 0;
	bool learned = true;
	int bad = 0;

	if (quick(plan, text, to))
		return 0;
	plan_forget(plan);
	while (nv_next_line(&text, &line)) {
		struct nv_text row, key, word;
		uint64_t value;

		number++;
		if (!nv_next_word(&line, &row))
			continue;
		if (row.end[-1] == ':')
			row.end--;
		while (nv_next_word(&line, &key)) {
			enum nv_counter_id id = find(file, row, key);

			if (!nv_next_word(&line, &word) || !nv_number(word, &value)) {
				complain(err, &bad, number, "expected a number after", key);
				continue;
			}
			if (id)
				set(to, id, value);
			gap.end = word.at;
			learned = learned && plan_gap(plan, gap, id);
			gap.at = word.end;
		}
	}
	if (!learned || bad)
		plan_forget(plan);
	return bad;
}

/* ---- small files: always careful ------------------------------------------------------------------------ */

int nv_read_softnet(struct nv_text text, struct nv_snapshot *to, struct nv_error *err)
{
	enum { COLUMNS = 3 };
	uint64_t sum[COLUMNS] = { 0 };
	struct nv_text line, word;
	unsigned number = 0, processors = 0;
	int bad = 0;

	while (nv_next_line(&text, &line)) {
		uint64_t value[COLUMNS];
		unsigned column = 0;

		number++;
		while (column < COLUMNS && nv_next_word(&line, &word) && nv_hex_number(word, &value[column]))
			column++;
		if (column < COLUMNS) {
			complain(err, &bad, number, "expected three hexadecimal numbers in", line);
			continue;
		}
		for (unsigned i = 0; i < COLUMNS; i++)
			sum[i] += value[i];
		processors++;
	}
	for (unsigned i = 0; processors && !bad && i < COLUMNS; i++)
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
