/* SPDX-License-Identifier: MIT */
/*
 * A text as people paste it -> the text as its system printed it: quotes, numbers of lines, time
 * stamps, tags, colours, tables, wrapped lines. The same for every system. What was taken away is
 * said; a text that needs nothing is not copied.
 */
#ifndef NV_PASTE_H
#define NV_PASTE_H

#include "text/memory.h"
#include "text/text.h"

#define NV_PASTE_KINDS                                                                             \
	KIND(LINE_ENDS, "line ends CR or LF CR")                                                   \
	KIND(COLOURS, "colours of a terminal")                                                     \
	KIND(MARKUP, "tags and escapes of a web page")                                             \
	KIND(ONE_LINE, "lost line ends")                                                           \
	KIND(PREFIX, "the same words before each line")                                            \
	KIND(QUOTE, "quote or comment signs")                                                      \
	KIND(NUMBERS, "numbers of lines")                                                          \
	KIND(TABLE, "bars of a table")                                                             \
	KIND(INDENT, "indentation")                                                                \
	KIND(REMARKS, "arrows and remarks")                                                        \
	KIND(GROUPS, "separators of thousands")                                                    \
	KIND(WRAPPED, "wrapped lines")

enum nv_paste_kind {
#define KIND(id, words) NV_PASTE_##id,
	NV_PASTE_KINDS
#undef KIND
		NV_PASTE_END
};

extern const char *const nv_paste_words[NV_PASTE_END];

/*
 * The text itself, or a cleaned copy of it in the buffer. *taken: a bit for each kind that was
 * taken away. Lines keep their numbers unless their ends were lost or are others. False: no memory.
 */
bool nv_paste_clean(struct nv_text *text, struct nv_buffer *, unsigned *taken);

/* paste_lines.c: passes over lines; from and to never overlap, to has room for twice `from`. Each
 * returns what it took away, 0 if nothing: then `to` is not to be used. */
typedef unsigned nv_paste_pass(struct nv_text from, struct nv_buffer *to);
nv_paste_pass nv_paste_one_line, nv_paste_prefix, nv_paste_quotes, nv_paste_numbers,
	nv_paste_indent, nv_paste_remarks, nv_paste_wrapped;

/* A line of the text with its end into the buffer. */
static inline void nv_paste_put(struct nv_buffer *to, struct nv_text text)
{
	while (text.at < text.end)
		to->at[to->used++] = *text.at++;
}

static inline void nv_paste_put_line(struct nv_buffer *to, struct nv_text line)
{
	nv_paste_put(to, line);
	to->at[to->used++] = '\n';
}

#endif
