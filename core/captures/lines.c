/* SPDX-License-Identifier: MIT */
/*
 * One line of a saved file -> the reader of the output that it stands in. Which outputs there are,
 * and in which order they are asked, is the table readers.def.
 */
#include "captures/capture.h"

#include <string.h>

enum { NV_FIRST = 1, NV_INDENTED = 2, NV_NUMBERS = 4 };

typedef bool read_line(struct nv_captures *, struct nv_capture *, struct nv_text line);

static const struct reader {
	read_line *by[NV_STAGES], *read;
	const char *at[NV_STAGES];
	unsigned flags;
} readers[] = {
#define HEADING(f, at_)                 .by[NV_STAGE_HEADING] = f, .at[NV_STAGE_HEADING] = at_,
#define EARLY(f, at_)                   .by[NV_STAGE_EARLY] = f, .at[NV_STAGE_EARLY] = at_,
#define LATE(f, at_)                    .by[NV_STAGE_LATE] = f, .at[NV_STAGE_LATE] = at_,
#define READ(f)                         .read = f,
#define READER(mode, functions, flags_) [NV_GRAMMAR_##mode] = { functions.flags = flags_ },
#include "captures/readers.def"
#undef HEADING
#undef EARLY
#undef LATE
#undef READ
#undef READER
};

_Static_assert(NV_GRAMMAR_END <= 64, "a bit a reader");

static bool may_begin(const char *at, unsigned char c)
{
	bool number = nv_is_digit((char)c) || c == '-';

	if (strcmp(at, "") == 0)
		return true;
	if (strcmp(at, "^0") == 0)
		return !number;
	return strcmp(at, "0") == 0 ? number : c && strchr(at, c) != NULL;
}

void nv_readers_index(uint64_t begins[NV_STAGES][256])
{
	for (unsigned stage = 0; stage < NV_STAGES; stage++)
		for (unsigned i = 0; i < NV_GRAMMAR_END; i++)
			for (unsigned c = 0; readers[i].by[stage] && c < 256; c++)
				if (may_begin(readers[i].at[stage], (unsigned char)c))
					begins[stage][c] |= UINT64_C(1) << i;
}

static bool ask(
	struct nv_captures *all, struct nv_capture *to, enum nv_stage stage, struct nv_text line)
{
	uint64_t left = all->begins[stage][(unsigned char)*all->text.at];

	for (; left; left &= left - 1)
		if (readers[__builtin_ctzll(left)].by[stage](all, to, line))
			return true;
	return false;
}

static bool has_digit(struct nv_text text)
{
	for (const char *p = text.at; p < text.end; p++)
		if (nv_is_digit(*p))
			return true;
	return false;
}

/* "TCPSomethingNew: 12": a counter that newer kernels have, whole and understood as far as may be.
 */
static bool is_name_and_number(struct nv_text text)
{
	struct nv_text name, number;

	return nv_next_word(&text, &name) && name.end[-1] == ':' && nv_next_word(&text, &number) &&
		nv_begins_with_number(number) && nv_trim(text).at >= text.end;
}

/* Does the present output take it? */
static bool is_its_own(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	const struct reader *reader = &readers[to->mode];
	bool indented = all->text.at != line.at;

	return reader->read && (indented || !(reader->flags & NV_INDENTED)) &&
		reader->read(all, to, line);
}

void nv_capture_line(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	all->text = nv_trim(line);
	if (all->text.at >= all->text.end)
		return;
	line.end = all->text.end;
	if ((readers[to->mode].flags & NV_FIRST) && is_its_own(all, to, line))
		return;
	if (ask(all, to, NV_STAGE_HEADING, line) || ask(all, to, NV_STAGE_EARLY, line) ||
		is_its_own(all, to, line) || ask(all, to, NV_STAGE_LATE, line))
		return;
	if (!(readers[to->mode].flags & NV_NUMBERS) || !has_digit(all->text))
		return;
	nv_store_unread(all, to, all->line, line);
	if (!is_name_and_number(all->text))
		nv_capture_section_spoil(to);
}
