/* SPDX-License-Identifier: MIT */
/*
 * Text of a /proc/net file whose layout has been learned -> snapshot, by position.
 *
 * A layout is what stands between the numbers. It is verified while the numbers are read, in one
 * pass, and nothing is fetched from memory but the text itself and four bytes a number: after a
 * pause of seconds that is what reading costs.
 */
#include "kernel/proc_text.h"

#include <string.h>

void nv_plan_forget(struct nv_plan *plan)
{
	plan->columns = 0;
	plan->names = (struct nv_plan_names){ 0, 0 };
}

/*
 * Fletcher's sum: the weighted one counts each word as often as words follow, so that names that
 * change places are found as well as names that change.
 */
static inline void add_word(struct nv_plan_names *names, uint64_t word)
{
	names->plain += word;
	names->weighted += names->plain;
}

/* Eight bytes at a time; the last eight may overlap with those before. */
static inline void add_gap(struct nv_plan_names *names, const char *at, size_t length)
{
	const char *last;
	uint64_t word = 0;

	if (length < sizeof(word)) {
		for (; length; length--)
			word = word << 8 | (uint8_t)*at++;
		add_word(names, word);
		return;
	}
	for (last = at + length - sizeof(word); at < last; at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		add_word(names, word);
	}
	memcpy(&word, last, sizeof(word));
	add_word(names, word);
}

bool nv_plan_column(struct nv_plan *plan, struct nv_text gap, enum nv_counter_id id)
{
	size_t length = (size_t)(gap.end - gap.at);

	if (plan->columns == NV_PLAN_COLUMNS || length > UINT16_MAX)
		return false;
	add_gap(&plan->names, gap.at, length);
	plan->column[plan->columns++] = (struct nv_plan_column){ (uint16_t)length, (uint16_t)id };
	return true;
}

/*
 * The digits at p. NULL: no number, or one of twenty digits, which may be too large: the careful
 * reader knows. Behind the last number stands a byte that is no digit, so the loop needs no bound.
 */
static inline const char *digits(const char *p, uint64_t *value)
{
	const char *first = p;
	uint64_t v = 0;

	/* Most counters of a host have never counted. */
	if ((unsigned)*p - '0' <= 9 && (p[1] == ' ' || p[1] == '\n')) {
		*value = (unsigned)*p - '0';
		return p + 1;
	}
	for (unsigned digit; (digit = (unsigned)*p - '0') <= 9; p++)
		v = v * 10 + digit;
	*value = v;
	return p > first && p - first < 20 && (*p == ' ' || *p == '\n') ? p : NULL;
}

static bool read_columns(const struct nv_plan *plan, struct nv_text text, struct nv_snapshot *to)
{
	struct nv_plan_names names = { 0, 0 };
	const char *p = text.at;

	if (!plan->columns || text.end == text.at || text.end[-1] != '\n')
		return false;
	for (const struct nv_plan_column *c = plan->column; c < plan->column + plan->columns; c++) {
		bool negative; /* -1: there is none (MaxConn) */
		uint64_t value;

		if ((size_t)(text.end - p) <= c->gap)
			return false;
		add_gap(&names, p, c->gap);
		p += c->gap;
		negative = *p == '-';
		p = digits(p + negative, &value);
		if (!p)
			return false;
		if (c->counter && !negative) {
			to->value[c->counter] = value;
			to->present[c->counter] = 1;
		}
	}
	return p + 1 == text.end && names.plain == plan->names.plain &&
		names.weighted == plan->names.weighted;
}

bool nv_plan_read(const struct nv_plan *plan, struct nv_text text, struct nv_snapshot *to)
{
	if (read_columns(plan, text, to))
		return true;
	/* Numbers were taken for what they are not. */
	for (unsigned i = 0; i < plan->columns; i++)
		to->value[plan->column[i].counter] = to->present[plan->column[i].counter] = 0;
	return false;
}
