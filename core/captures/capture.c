/* SPDX-License-Identifier: MIT */
/*
 * Saved text -> captures, one a host or node. A file may hold several outputs, prompts, dates,
 * escapes of a web page, or an end in the middle of a line; each line goes to the reader of the
 * output that it stands in, and what nobody can read is kept with its number, never guessed.
 */
#include "captures/capture.h"
#include "nv_captures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- life -------------------------------------------------------------------------------- */

struct nv_captures *nv_captures_new(const char *platform, struct nv_error *err)
{
	struct nv_captures *all;
	enum nv_platform given = platform ? nv_platform_find(platform) : NV_PLATFORM_UNKNOWN;

	if (given == NV_PLATFORM_END) {
		snprintf(err->text, sizeof(err->text),
			"platform \"%.40s\": expected one of linux freebsd macos netbsd openbsd bsd junos solaris aix "
			"hpux sco windows",
			platform);
		return NULL;
	}
	all = calloc(1, sizeof(*all));
	if (!all) {
		snprintf(err->text, sizeof(err->text), "no memory for captures");
		return NULL;
	}
	all->platform = given;
	nv_alias_index_make(&all->index);
	nv_readers_index(all->begins);
	return all;
}

static void capture_free(struct nv_capture *c)
{
	nv_snapshot_fini(&c->snapshot);
	free(c->own);
	free(c->sockets);
	free(c->unread);
	free(c->own_of);
	free(c);
}

void nv_captures_free(struct nv_captures *all)
{
	if (!all)
		return;
	for (unsigned i = 0; i < all->count; i++)
		capture_free(all->list[i]);
	for (unsigned i = 0; i < all->file_count; i++)
		free(all->files[i]);
	free(all->list);
	free(all->files);
	free(all->lines);
	free(all->pasted.at);
	free(all);
}

/* The capture of that node, made if it is new. NULL: no memory, or far too many nodes. */
static struct nv_capture *capture_of(struct nv_captures *all, struct nv_text node)
{
	uint32_t hash = nv_name_hash(node);
	struct nv_capture *c;

	for (unsigned i = 0; i < all->count; i++)
		if (all->node_hash[i] == hash && nv_is(node, all->list[i]->node))
			return all->list[i];
	if (all->count >= NV_NODES_MAX || node.end - node.at >= NV_NAME_SIZE)
		return NULL;
	if (!nv_grow(&all->list, &all->room, all->count + 1, sizeof(*all->list)))
		return NULL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->own_of = calloc(nv_alias_count * 4, sizeof(*c->own_of));
	if (!c->own_of) {
		free(c);
		return NULL;
	}
	nv_snapshot_clear(&c->snapshot);
	nv_copy_text(c->node, sizeof(c->node), node);
	nv_copy_text(c->host, sizeof(c->host), node);
	c->platform = all->platform;
	c->platform_given = all->platform != NV_PLATFORM_UNKNOWN;
	all->node_hash[all->count] = hash;
	all->list[all->count++] = c;
	return c;
}

/* ---- nodes ------------------------------------------------------------------------------- */

/* "node-1: rest": true if the line begins so. */
static bool node_prefix(struct nv_text line, struct nv_text *node, struct nv_text *rest)
{
	const char *p = line.at, *dash = NULL;

	while (p < line.end && p - line.at < 48 && *p != ':' && *p != ' ' && *p != '\t' &&
		*p != '=') {
		if (*p == '-')
			dash = p;
		p++;
	}
	if (p >= line.end || *p != ':' || !dash || dash == line.at || dash + 1 == p)
		return false;
	for (const char *d = dash + 1; d < p; d++)
		if (!(*d >= '0' && *d <= '9'))
			return false;
	*node = (struct nv_text){ line.at, p };
	rest->at = p + 1 < line.end && p[1] == ' ' ? p + 2 : p + 1;
	rest->end = line.end;
	return true;
}

static bool has_nodes(struct nv_text text)
{
	struct nv_text line, node, rest;
	unsigned with = 0, lines = 0;

	while (lines < 30 && nv_next_line(&text, &line)) {
		if (line.at == line.end)
			continue;
		lines++;
		with += node_prefix(line, &node, &rest);
	}
	return with >= 2 && with * 10 >= lines * 8;
}

/* ---- files ------------------------------------------------------------------------------- */

enum { PARTS_MAX = 4096 };

/* What is read from here on is from this file, or part of one. -1: no memory. */
static int name_part(struct nv_captures *all, const char *name)
{
	if (!nv_grow(&all->files, &all->file_room, all->file_count + 1, sizeof(*all->files)))
		return -1;
	all->files[all->file_count] = strdup(name);
	if (!all->files[all->file_count])
		return -1;
	all->file = (uint16_t)all->file_count++;
	all->is_setting = nv_capture_is_setting(nv_as_text(name));
	return 0;
}

static int begin_file(struct nv_captures *all, const char *name, struct nv_text text)
{
	size_t lines = 2;
	uint8_t *more;

	for (const char *p = text.at; p < text.end && (p = memchr(p, '\n', (size_t)(text.end - p)));
		p++)
		lines++;
	if (lines > all->line_room) {
		more = realloc(all->lines, lines);
		if (!more)
			return -1;
		all->lines = more;
		all->line_room = lines;
	}
	memset(all->lines, 0, all->line_room);
	all->negative_line = 0;
	if (name_part(all, name))
		return -1;
	all->text_file = all->file;
	return 0;
}

/* What was known of a capture before a part of a text was read. */
struct part_before {
	uint64_t numbers;
	unsigned sockets, unread, score[NV_PLATFORM_END];
};

static void look_before(const struct nv_capture *c, struct part_before *before)
{
	before->numbers = c->numbers_read;
	before->sockets = c->sockets_read;
	before->unread = c->unread_count;
	memcpy(before->score, c->score, sizeof(before->score));
}

static void end_part(
	struct nv_captures *all, struct nv_capture *c, const struct part_before *before)
{
	nv_capture_section_end(all, c);
	nv_capture_windows_end(all, c);
	c->mode = NV_GRAMMAR_NONE;
	c->in.parent = 0;
	c->memory_line = 0;
	c->names.at = c->names.end = NULL;
	nv_capture_settle_sockets(c, 0);
	nv_capture_settle_sockets(c, 1);
	if (!before)
		return;
	nv_capture_note_system(all, c, before->score);
	/* no statistics at all: its lines are nothing that should have been understood */
	for (unsigned i = before->unread; i < c->unread_count; i++)
		c->unread[i].foreign = c->numbers_read == before->numbers &&
			c->sockets_read == before->sockets;
}

/* "==> NAME <==": what tail and head print above the files that they print one after another. */
static bool part_heading(struct nv_captures *all, struct nv_capture *c, struct nv_text line,
	struct part_before *before)
{
	char name[NV_PATH_SIZE * 2];
	struct nv_text part = { line.at + 4, line.end - 4 };
	size_t outer;

	if (line.end - line.at < 9 || memcmp(line.at, "==> ", 4) != 0 ||
		memcmp(line.end - 4, " <==", 4) != 0 || all->file_count >= PARTS_MAX)
		return false;
	end_part(all, c, before);
	snprintf(name, sizeof(name), "%.200s: ", all->files[all->text_file]);
	outer = strlen(name);
	nv_copy_text(name + outer, sizeof(name) - outer, part);
	if (name_part(all, name))
		all->no_memory = true;
	look_before(c, before);
	/* the file of that name in a sosreport: the next line is the host */
	if (part.end - part.at >= 8 && memcmp(part.end - 8, "hostname", 8) == 0) {
		c->dated_file = all->file_count;
		c->dated_line = all->line;
	}
	return true;
}

/* nstat without -z prints no zeros; with it, it prints at least one. */
static void look_for_zeros(struct nv_capture *c, struct nv_text text)
{
	struct nv_text line, name, value;
	unsigned names = 0;

	if (nv_starts(text, "{\"kernel\"") && !nv_contains(text, ":0,") &&
		!nv_contains(text, ":0}")) {
		c->zeros_left_out = true;
		return;
	}
	text.at = memmem(text.at, (size_t)(text.end - text.at), "#kernel", 7);
	if (!text.at)
		return;
	while (nv_next_line(&text, &line))
		if (nv_next_word(&line, &name) && nv_next_word(&line, &value)) {
			names++;
			if (nv_is(value, "0"))
				return;
		}
	c->zeros_left_out = c->zeros_left_out || names > 5;
}

/* Each line to the capture of its host. to: the only one; NULL: a node's name stands before each.
 */
static int read_lines(struct nv_captures *all, struct nv_capture *to, struct nv_text text,
	struct part_before *before, const char *name, struct nv_error *err)
{
	struct nv_text line;

	for (all->line = 1; nv_next_line(&text, &line); all->line++) {
		struct nv_text node, rest = line;
		struct nv_capture *c = to;

		if (!to) {
			c = node_prefix(line, &node, &rest) ? capture_of(all, node) : NULL;
			if (!c)
				continue;
		}
		if (memchr(rest.at, 0, (size_t)(rest.end - rest.at)) && all->line == 1) {
			err->line = 1;
			snprintf(err->text, sizeof(err->text), "%s, line 1: not text (a byte 0)",
				name);
			return -1;
		}
		if (!to || !part_heading(all, c, rest, before))
			nv_capture_line(all, c, rest);
	}
	return 0;
}

static void end_file(struct nv_captures *all, struct nv_capture *to, struct part_before *before,
	const char *name)
{
	all->last_line = all->line - 1;
	for (unsigned i = 0; i < all->count; i++)
		end_part(all, all->list[i], all->list[i] == to ? before : NULL);
	all->line = 0;
	for (unsigned i = 0; i < all->count; i++)
		if (!all->list[i]->file[0])
			nv_copy_text(
				all->list[i]->file, sizeof(all->list[i]->file), nv_as_text(name));
}

static int fail_memory(const char *name, struct nv_error *err)
{
	snprintf(err->text, sizeof(err->text), "%s: no memory", name);
	return -1;
}

static bool is_hostname_file(const char *name)
{
	const char *slash = strrchr(name, '/');

	return strcmp(slash ? slash + 1 : name, "hostname") == 0;
}

int nv_captures_add(struct nv_captures *all, const char *name, const char *bytes, size_t length,
	struct nv_error *err)
{
	struct nv_text text = { bytes, bytes + length }, line, none = { "", NULL };
	struct part_before before;
	struct nv_capture *to = NULL;
	unsigned taken;
	bool nodes;

	none.end = none.at;
	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		text.at += 3;
	if (!nv_paste_clean(&text, &all->pasted, &taken))
		return fail_memory(name, err);
	all->taken |= taken;
	nodes = has_nodes(text);
	if (!nodes)
		to = capture_of(all, none);
	if (begin_file(all, name, text) || (!nodes && !to))
		return fail_memory(name, err);
	if (to && is_hostname_file(name) && nv_next_line(&text, &line)) {
		nv_copy_text(to->host, sizeof(to->host), nv_trim(line));
		return 0;
	}
	if (to) {
		look_for_zeros(to, text);
		look_before(to, &before);
	}
	if (read_lines(all, to, text, &before, name, err))
		return -1;
	end_file(all, to, &before, name);
	return all->no_memory ? fail_memory(name, err) : 0;
}

/* ---- the end: which system, which time --------------------------------------------------- */

/* Beside statistics nobody asks for what stands in files without any. */
static void drop_foreign(struct nv_capture *c)
{
	unsigned left = 0;

	if (!nv_capture_has_anything(c))
		return;
	for (unsigned i = 0; i < c->unread_count; i++)
		if (!c->unread[i].foreign)
			c->unread[left++] = c->unread[i];
	c->unread_count = left;
}

int nv_captures_finish(struct nv_captures *all, struct nv_error *err)
{
	unsigned used = 0;

	if (all->clean_up_done)
		return 0;
	all->clean_up_done = true;
	for (unsigned i = 0; i < all->count; i++) {
		struct nv_capture *c = all->list[i];

		nv_capture_recognize(c);
		drop_foreign(c);
		nv_capture_finish(all, c);
		if (!c->time_s) {
			c->time_s = nv_time_of_name(c->file);
			c->time_from = c->time_s ? "file names" : NULL;
			c->snapshot.time_s = c->time_s > 1000000 ? c->time_s : 0;
		}
		/* a translated text: nothing is known, but every line can be shown */
		used += nv_capture_has_anything(c) || c->unread_count;
	}
	if (used)
		return 0;
	err->line = 1;
	snprintf(err->text, sizeof(err->text),
		"%s, line 1: no statistics found; expected what netstat -s, -i, -m or -an, nstat, ss or /proc/net print",
		all->file_count ? all->files[0] : "nothing");
	return -1;
}

/* ---- views ------------------------------------------------------------------------------- */

unsigned nv_captures_count(const struct nv_captures *all)
{
	return all->count;
}

const struct nv_snapshot *nv_captures_snapshot(const struct nv_captures *all, unsigned at)
{
	return &all->list[at]->snapshot;
}

const struct nv_saved_socket *nv_captures_sockets(
	const struct nv_captures *all, unsigned at, unsigned *count)
{
	*count = all->list[at]->socket_count;
	return all->list[at]->sockets;
}

const char *nv_captures_node(const struct nv_captures *all, unsigned at)
{
	return all->list[at]->node;
}

const char *nv_captures_platform(const struct nv_captures *all, unsigned at)
{
	return nv_platform_names[all->list[at]->platform];
}

void nv_captures_taken(const struct nv_captures *all, char *text, size_t size)
{
	struct nv_out out = { text, size, 0 };

	text[0] = 0;
	for (unsigned i = 0; i < NV_PASTE_END; i++)
		if (all->taken & 1u << i)
			nv_put(&out, "%s%s", out.used ? ", " : "", nv_paste_words[i]);
}

const char *nv_captures_text(const struct nv_captures *all, size_t *length)
{
	const unsigned ends = 1u << NV_PASTE_LINE_ENDS | 1u << NV_PASTE_ONE_LINE |
		1u << NV_PASTE_MARKUP;

	*length = all->pasted.used;
	return all->taken & ends ? all->pasted.at : NULL;
}

void nv_captures_line_letters(
	const struct nv_captures *all, unsigned line, char letters[NV_CLASS_END + 1])
{
	unsigned bits = line < all->line_room ? all->lines[line] : 0;

	for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
		if (bits & 1u << klass)
			*letters++ = nv_classes[klass].letter;
	if (bits & NV_LINE_UNREAD)
		*letters++ = '?';
	*letters = 0;
}
