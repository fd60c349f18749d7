/* SPDX-License-Identifier: MIT */
/* Text from outside: what comes from other people enters by nv_copy_text(). */
#ifndef NV_CLEAN_H
#define NV_CLEAN_H

#include <stdbool.h>
#include <stddef.h>

struct nv_text {
	const char *at, *end;
};

struct nv_text nv_as_text(const char *);

/*
 * The one way by which a name or line from outside (process, unit, interface, host, capture, SET,
 * file) enters a structure: cut at size and at a whole character; what is no UTF-8, controls (C0,
 * DEL, C1), what is not seen and what turns the direction of writing become "?"; a tab and
 * the ends of lines a blank.
 * `to` may be where `from` begins.
 */
void nv_copy_text(char *to, size_t size, struct nv_text from);
void nv_clean_text(char *text);        /* in place */
bool nv_is_clean_text(struct nv_text); /* would nothing be replaced? */

#endif
