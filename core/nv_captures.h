/* SPDX-License-Identifier: MIT */
/* Captures: saved text of any system, its counters, and what happened between two. */
#ifndef NV_NV_CAPTURES_H
#define NV_NV_CAPTURES_H

#include "nv_sockets.h"

/* ---- captures: saved text of any system --------------------------------------------------------
 */

/*
 * What netstat, nstat, ss and copies of /proc/net of one host have printed: one capture, however
 * many files it is in. Texts whose lines begin with `node-1: ` give one capture a node.
 */
struct nv_captures;

/* platform: its name as in JSON, or NULL to recognize it from the text. NULL and err on failure. */
struct nv_captures *nv_captures_new(const char *platform, struct nv_error *err);
void nv_captures_free(struct nv_captures *); /* takes NULL */
/* Read one more text of the same host. name is for messages and may say the time. -1: not text. */
int nv_captures_add(struct nv_captures *, const char *name, const char *text, size_t length,
	struct nv_error *err);
/* After the last text, before anything is asked. -1: there was nothing in it that can be read. */
int nv_captures_finish(struct nv_captures *, struct nv_error *err);

/*
 * What was taken away before it was read, "quote or comment signs, wrapped lines"; "" nothing. The
 * text that the numbers of lines are of, where its line ends were not the file's: else NULL.
 */
void nv_captures_taken(const struct nv_captures *, char *text, size_t size);
const char *nv_captures_text(const struct nv_captures *, size_t *length);

/* Files of hosts of two systems were put into one capture: text says which. */
bool nv_captures_mixed(const struct nv_captures *, char *text, size_t size);
unsigned nv_captures_count(const struct nv_captures *); /* nodes; 1 for a single host */
const char *nv_captures_node(const struct nv_captures *, unsigned at); /* "" for a single host */
const char *nv_captures_platform(const struct nv_captures *, unsigned at);
const struct nv_snapshot *nv_captures_snapshot(const struct nv_captures *, unsigned at);

const struct nv_saved_socket *nv_captures_sockets(
	const struct nv_captures *, unsigned at, unsigned *count);

/*
 * The letters of the classes that line (from 1) of the last text speaks for, and ? if something in
 * it is not understood: "", "L", "LA" for the many counters of a line of /proc.
 */
void nv_captures_line_letters(
	const struct nv_captures *, unsigned line, char letters[NV_CLASS_END + 1]);

void nv_captures_counters_text(struct nv_out *, const struct nv_captures *, unsigned at);
void nv_captures_counters_json(struct nv_out *, const struct nv_captures *, unsigned at);
/* One row a capture and node; columns: what at least one of them counts. */
void nv_captures_csv(struct nv_out *, const struct nv_captures *const *, unsigned count);

struct nv_comparison;

/*
 * Judge one node of a capture (before NULL: its totals, never above warning) or what happened
 * between two. elapsed_s: given by the user; NAN: from dates in the texts or names of the files.
 * NULL and err if the two are of different hosts, in reversed order, or from before and after a
 * restart. What it returns points into the captures: free it first.
 */
struct nv_comparison *nv_compare(const struct nv_captures *before, const struct nv_captures *after,
	unsigned node, double elapsed_s, const struct nv_config *, struct nv_error *err);
void nv_comparison_free(struct nv_comparison *); /* takes NULL */
const struct nv_report *nv_comparison_report(const struct nv_comparison *);
void nv_comparison_text(struct nv_out *, const struct nv_comparison *, const struct nv_style *);
/* Nodes side by side: the worst of them and who stands out. Only for more than one. */
void nv_comparison_nodes_text(struct nv_out *, struct nv_comparison *const *, unsigned count);

/*
 * The same text with addresses and host names replaced, each always by the same stand-in. The
 * redactor remembers between calls, so that several texts stay consistent.
 */
struct nv_redactor;
struct nv_redactor *nv_redactor_new(struct nv_error *err);
void nv_redactor_free(struct nv_redactor *);                              /* takes NULL */
void nv_redactor_names(struct nv_redactor *, const struct nv_captures *); /* hosts known by name */
void nv_redact(struct nv_redactor *, struct nv_out *, const char *text, size_t length);

#endif
