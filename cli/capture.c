/* SPDX-License-Identifier: MIT */
/*
 * Commands on saved text: report CAPTURE, report BEFORE AFTER, counters CAPTURE... Files,
 * directories (a sosreport, a copy of /proc) and standard input become captures; all knowledge of
 * what is in them is in the core.
 */
#include "nv_captures.h"
#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- files ------------------------------------------------------------------------------- */

static int add_file(struct nv_captures *to, const char *path)
{
	struct nv_error err = { 0, "" };
	size_t length;
	char *text = cli_read_file(path, &length);
	int result;

	if (!text)
		return -1;
	result = nv_captures_add(
		to, strcmp(path, "-") == 0 ? "standard input" : path, text, length, &err);
	if (result)
		cli_fail(EXIT_INPUT, "%s", err.text);
	free(text);
	return result;
}

/* A tree holds all sorts of files. */
static int add_quietly(const char *path, void *context)
{
	struct nv_error err = { 0, "" };
	size_t length;
	char *text = cli_read_file(path, &length);
	int result;

	if (!text)
		return -1;
	result = nv_captures_add(context, path, text, length, &err);
	free(text);
	return result;
}

struct nv_captures *cli_open_capture(const struct cli *cli, const char *path)
{
	struct nv_error err = { 0, "" };
	struct nv_captures *all = nv_captures_new(cli->platform, &err);
	char mixed[NV_PATH_SIZE * 5];
	int result;

	if (!all) {
		cli_fail(EXIT_USAGE, "--%s", err.text);
		return NULL;
	}
	if (cli_is_directory(path)) {
		/* the directory names the capture, not the first file in it */
		result = nv_captures_add(all, path, "", 0, &err);
		if (result == 0 && cli_walk(path, add_quietly, all) == 0)
			result = -1;
	} else {
		result = add_file(all, path);
	}
	if (result == 0 && nv_captures_finish(all, &err) == 0) {
		if (nv_captures_mixed(all, mixed, sizeof(mixed)))
			cli_fail(EXIT_OK, "%s", mixed);
		return all;
	}
	if (err.text[0])
		cli_fail(EXIT_INPUT, "%s", err.text);
	else if (result && cli_is_directory(path))
		cli_fail(EXIT_INPUT, "%s: no file in this directory can be read as statistics",
			path);
	nv_captures_free(all);
	return NULL;
}

/* ---- output, redacted on request --------------------------------------------------------- */

struct redacted {
	struct nv_redactor *redactor;
	const char *text;
	size_t length;
};

static void write_redacted(struct nv_out *out, const void *context)
{
	const struct redacted *r = context;

	nv_redact(r->redactor, out, r->text, r->length);
}

int cli_print_captures(const struct cli *cli, const struct nv_captures *const *captures,
	unsigned count, void (*write)(struct nv_out *, const void *), const void *context)
{
	struct nv_error err = { 0, "" };
	struct nv_out out = { NULL, 0, 0 };
	struct redacted r = { NULL, NULL, 0 };
	int status = EXIT_INPUT;

	if (!cli->redact)
		return cli_print(write, context);
	r.redactor = nv_redactor_new(&err);
	write(&out, context);
	out.buf = malloc(out.used + 1);
	if (!out.buf || !r.redactor) {
		cli_fail(EXIT_INPUT, "out of memory");
	} else {
		out.size = out.used + 1;
		out.used = 0;
		write(&out, context);
		for (unsigned i = 0; i < count; i++)
			nv_redactor_names(r.redactor, captures[i]);
		r.text = out.buf;
		r.length = out.used;
		status = cli_print(write_redacted, &r);
	}
	free(out.buf);
	nv_redactor_free(r.redactor);
	return status;
}

/* ---- report ------------------------------------------------------------------------------ */

struct compared {
	struct nv_comparison **list;
	unsigned count;
	struct nv_style style;
};

static void write_text(struct nv_out *out, const void *context)
{
	const struct compared *c = context;

	if (c->count > 1)
		nv_comparison_nodes_text(out, c->list, c->count);
	for (unsigned i = 0; i < c->count; i++) {
		if (c->count > 1)
			nv_put(out, "\n");
		nv_comparison_text(out, c->list[i], &c->style);
	}
}

static void write_json(struct nv_out *out, const void *context)
{
	const struct compared *c = context;

	for (unsigned i = 0; i < c->count; i++) {
		if (c->count > 1)
			nv_put(out, i ? "," : "[");
		nv_report_json(out, nv_comparison_report(c->list[i]));
	}
	if (c->count > 1)
		nv_put(out, "]\n");
}

static int report(
	const struct cli *cli, const struct nv_captures *before, const struct nv_captures *after)
{
	const struct nv_captures *both[2] = { after, before };
	struct compared c = { .style = cli_style(cli) };
	struct nv_error err = { 0, "" };
	int status = EXIT_OK;

	c.list = calloc(nv_captures_count(after), sizeof(struct nv_comparison *));
	if (!c.list)
		return cli_fail(EXIT_INPUT, "out of memory");
	for (unsigned i = 0; i < nv_captures_count(after) && status == EXIT_OK; i++) {
		c.list[i] = nv_compare(before, after, i, cli->elapsed_s, &cli->config, &err);
		if (!c.list[i])
			status = cli_fail(EXIT_INPUT, "%s", err.text);
		else
			c.count++;
	}
	if (status == EXIT_OK)
		status = cli_print_captures(
			cli, both, before ? 2 : 1, cli->json ? write_json : write_text, &c);
	for (unsigned i = 0; i < c.count; i++)
		nv_comparison_free(c.list[i]);
	free(c.list);
	return status;
}

int cli_report_captures(struct cli *cli)
{
	struct nv_captures *first, *second = NULL;
	int status = EXIT_INPUT;

	if (cli->arg_count > 2)
		return cli_fail(EXIT_USAGE,
			"report: %d captures: expected CAPTURE, or BEFORE AFTER", cli->arg_count);
	first = cli_open_capture(cli, cli->args[0]);
	if (first && cli->arg_count == 2)
		second = cli_open_capture(cli, cli->args[1]);
	if (first && cli->arg_count == 1)
		status = report(cli, NULL, first);
	else if (first && second)
		status = report(cli, first, second);
	nv_captures_free(first);
	nv_captures_free(second);
	return status;
}

/* ---- counters ---------------------------------------------------------------------------- */

struct listed {
	const struct nv_captures **list;
	unsigned count;
};

static void write_counters_text(struct nv_out *out, const void *context)
{
	const struct listed *l = context;

	for (unsigned i = 0; i < l->count; i++)
		for (unsigned n = 0; n < nv_captures_count(l->list[i]); n++)
			nv_captures_counters_text(out, l->list[i], n);
}

static void write_counters_json(struct nv_out *out, const void *context)
{
	const struct listed *l = context;
	unsigned shown = 0;
	bool several = l->count > 1 || nv_captures_count(l->list[0]) > 1;

	for (unsigned i = 0; i < l->count; i++)
		for (unsigned n = 0; n < nv_captures_count(l->list[i]); n++) {
			if (several)
				nv_put(out, shown++ ? ",\n" : "[");
			nv_captures_counters_json(out, l->list[i], n);
		}
	nv_put(out, several ? "]\n" : "\n");
}

static void write_counters_csv(struct nv_out *out, const void *context)
{
	const struct listed *l = context;

	nv_captures_csv(out, l->list, l->count);
}

int cli_counters_captures(struct cli *cli)
{
	struct nv_captures **open = calloc((size_t)cli->arg_count, sizeof(*open));
	struct listed l = { (const struct nv_captures **)open, 0 };
	int status = EXIT_OK;

	if (!open)
		return cli_fail(EXIT_INPUT, "out of memory");
	for (int i = 0; i < cli->arg_count && status == EXIT_OK; i++) {
		open[l.count] = cli_open_capture(cli, cli->args[i]);
		if (open[l.count])
			l.count++;
		else
			status = EXIT_INPUT;
	}
	if (status == EXIT_OK)
		status = cli_print_captures(cli, l.list, l.count,
			cli->csv            ? write_counters_csv
				: cli->json ? write_counters_json
					    : write_counters_text,
			&l);
	for (unsigned i = 0; i < l.count; i++)
		nv_captures_free(open[i]);
	free(open);
	return status;
}
