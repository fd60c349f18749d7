/* SPDX-License-Identifier: MIT */
/* The literature's words for a statistic (docs/sources.md) -> our names for it. Only a person who
 * asks needs them. */
#include "catalog/catalog.h"

static const struct {
	const char *words, *names;
} terms[] = {
#define TERM(words_, names_) { words_, names_ },
#include "catalog/terms.def"
#undef TERM
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* The next letter that counts, in small; 0 at the end. The s of a plural does not count. */
static char next_letter(const char **at)
{
	for (const char *p = *at; *p; p++) {
		if (!is_letter(*p) || ((*p == 's' || *p == 'S') && !is_letter(p[1])))
			continue;
		*at = p + 1;
		return *p >= 'A' && *p <= 'Z' ? (char)(*p + ('a' - 'A')) : *p;
	}
	return 0;
}

static bool same_words(const char *a, const char *b)
{
	char x, y;

	do {
		x = next_letter(&a);
		y = next_letter(&b);
	} while (x && x == y);
	return x == y;
}

const char *nv_names_of(const char *words)
{
	for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++)
		if (same_words(terms[i].words, words))
			return terms[i].names;
	return NULL;
}
