/* SPDX-License-Identifier: MIT */
/* annotate CAPTURE: every line as it is, with the classes that it speaks for in the margin. */
#include "nv_captures.h"
#include "text/clean.h"
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct text {
	struct nv_captures *captures;
	char *text, *name; /* name: above it, of the files of a directory; else NULL */
	size_t length, margin;
};

struct annotated {
	const char *platform;
	struct text *list;
	unsigned count;
};

/* As wide as the line that has the most letters: one for netstat, up to six for copies of /proc. */
static size_t margin_of(const struct text *a)
{
	const char *p = a->text, *end = p + a->length;
	size_t widest = 1;
	char letters[NV_CLASS_END + 1];

	for (unsigned line = 1; p && p < end; line++) {
		nv_captures_line_letters(a->captures, line, letters);
		widest = strlen(letters) > widest ? strlen(letters) : widest;
		p = memchr(p, '\n', (size_t)(end - p));
		p = p ? p + 1 : NULL;
	}
	return widest;
}

/* In a pipe the bytes are those of the file, a terminal is shown them clean. */
static void write_line(struct nv_out *out, const char *line, size_t length, bool shown)
{
	char part[4097];

	for (size_t i = 0; i < length; i += 4096) {
		size_t n = length - i < 4096 ? length - i : 4096;

		if (shown)
			nv_copy_text(
				part, sizeof(part), (struct nv_text){ line + i, line + i + n });
		nv_put(out, "%.*s", (int)n, shown ? part : line + i);
	}
}

static void write_text(struct nv_out *out, const struct text *a)
{
	bool shown = isatty(STDOUT_FILENO);
	const char *p = a->text, *end = p + a->length;
	char letters[NV_CLASS_END + 1];

	for (unsigned line = 1; p < end; line++) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t length = (size_t)((stop ? stop : end) - p);

		nv_captures_line_letters(a->captures, line, letters);
		nv_put(out, "%-*s  ", (int)a->margin, letters);
		write_line(out, p, length, shown);
		nv_put(out, "\n");
		p += length + 1;
	}
}

static void write_all(struct nv_out *out, const void *context)
{
	const struct annotated *a = context;

	for (unsigned i = 0; i < a->count; i++) {
		if (a->list[i].name)
			nv_put(out, "%s==> %s <==\n", i ? "\n" : "", a->list[i].name);
		write_text(out, &a->list[i]);
	}
}

static void forget(struct text *a)
{
	nv_captures_free(a->captures);
	free(a->text);
	free(a->name);
}

/* -1: it cannot be read as statistics; err says why. */
static int add(struct annotated *all, const char *path, char *text, size_t length, bool named,
	struct nv_error *err)
{
	struct text *list = realloc(all->list, (all->count + 1) * sizeof(*list)), *a;
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path, *cleaned;

	if (!list) {
		snprintf(err->text, sizeof(err->text), "out of memory");
		free(text);
		return -1;
	}
	all->list = list;
	a = &list[all->count];
	*a = (struct text){ .text = text, .length = length, .name = named ? strdup(path) : NULL };
	a->captures = nv_captures_new(all->platform, err);
	if (!a->captures || nv_captures_add(a->captures, name, text, length, err) ||
		nv_captures_finish(a->captures, err)) {
		forget(a);
		return -1;
	}
	cleaned = nv_captures_text(a->captures, &length);
	if (cleaned) { /* its lines are not those of the file */
		free(a->text);
		a->text = strndup(cleaned, length);
		a->length = a->text ? strlen(a->text) : 0;
	}
	a->margin = margin_of(a);
	all->count++;
	return 0;
}

/* Of a directory each file by itself; those that hold no statistics are left out. */
static int visit(const char *path, void *context)
{
	struct nv_error err = { 0, "" };
	size_t length;
	char *text = cli_read_file(path, &length);

	return text ? add(context, path, text, length, true, &err) : -1;
}

static int gather_lines(struct annotated *all, const char *path)
{
	struct nv_error err = { 0, "" };
	size_t length;
	char *text;

	if (cli_is_directory(path)) {
		if (cli_walk(path, visit, all))
			return EXIT_OK;
		return cli_fail(EXIT_INPUT,
			"%s: no file in this directory can be read as statistics", path);
	}
	text = cli_read_file(path, &length);
	if (!text)
		return EXIT_INPUT;
	return add(all, path, text, length, false, &err) ? cli_fail(EXIT_INPUT, "%s", err.text)
							 : EXIT_OK;
}

int cli_annotate(struct cli *cli)
{
	struct annotated all = { .platform = cli->platform };
	const struct nv_captures **captures;
	int status;

	if (cli->arg_count != 1)
		return cli_fail(EXIT_USAGE, "annotate: expected one CAPTURE");
	status = gather_lines(&all, cli->args[0]);
	captures = calloc(all.count + 1, sizeof(*captures));
	for (unsigned i = 0; captures && i < all.count; i++)
		captures[i] = all.list[i].captures;
	if (status == EXIT_OK)
		status = captures ? cli_print_captures(cli, captures, all.count, write_all, &all)
				  : cli_fail(EXIT_INPUT, "out of memory");
	for (unsigned i = 0; i < all.count; i++)
		forget(&all.list[i]);
	free(captures);
	free(all.list);
	return status;
}
