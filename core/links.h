/* SPDX-License-Identifier: MIT */
/* One link: what its messages say, and whether it feeds a class. Private to the sources. */
#ifndef NV_LINKS_H
#define NV_LINKS_H

#include "sources.h"

struct nv_link_rule;

struct nv_link_rule *nv_link_rule_new(const char *rule, struct nv_error *);
void nv_link_rule_free(struct nv_link_rule *);
bool nv_link_rule_feeds(const struct nv_link_rule *, const struct nv_link *);

/* What a name alone lets one guess: for texts that name no kinds. */
struct nv_link nv_link_guess(const char *name);

#endif
