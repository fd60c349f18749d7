/* SPDX-License-Identifier: MIT */
/* Links: a table of them, and the rule that says which are counted in class status. Private to the
 * sources. */
#ifndef NV_LINKS_H
#define NV_LINKS_H

#include "kernel/kernel.h"

/* ---- link_rule.c
 * ---------------------------------------------------------------------------------- */

struct nv_link_rule;

struct nv_link_rule *nv_link_rule_new(const char *rule, struct nv_error *);
void nv_link_rule_free(struct nv_link_rule *);
bool nv_link_rule_feeds(const struct nv_link_rule *, const struct nv_link *);

/* What a name alone lets one guess: for texts that name no kinds. */
struct nv_link nv_link_guess(const char *name);

/* ---- link_table.c
 * --------------------------------------------------------------------------------- */

/* Sorted by index; or, where nothing but names is known, in the order of the text. */
struct nv_link_table {
	struct nv_link *at;
	unsigned count, room;
	unsigned hint; /* where the next index is expected */
};

const struct nv_link *nv_link_at(const struct nv_link_table *, unsigned index);
/* The same for one index after another, as a dump has them. */
const struct nv_link *nv_link_find(struct nv_link_table *, unsigned index);
bool nv_link_insert(struct nv_link_table *, const struct nv_link *); /* false: no memory */
void nv_link_remove(struct nv_link_table *, unsigned index);
/* hint: where it is expected. NULL: there is none. */
const struct nv_link *nv_link_named(const struct nv_link_table *, const char *name, unsigned hint);
/* What stands at a position of a text, guessed from its name; remembered for the next time. */
const struct nv_link *nv_link_guessed(
	struct nv_link_table *, const struct nv_link_rule *, const char *name, unsigned position);

#endif
