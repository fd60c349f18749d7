/* SPDX-License-Identifier: MIT */
/*
 * netvitals sockets [--json] [CAPTURE]: queues, states and offenders, of the running kernel or of a
 * saved `netstat -an`, `ss -an`, alone or in a directory. Two looks, a second apart, distinguish a
 * queue that is stuck from one that is merely not empty.
 */
#include "nv_captures.h"
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAUSE_S = 1 };

struct view {
	struct nv_sockets **list;           /* one a node */
	const struct nv_captures *captures; /* NULL: the kernel */
	unsigned count;
	struct nv_style style;
	bool json;
};

static void write_view(struct nv_out *out, const void *context)
{
	const struct view *view = context;

	for (unsigned i = 0; i < view->count; i++) {
		if (view->json) {
			nv_put(out, "%s", view->count == 1 ? "" : i ? ",\n" : "[");
			nv_sockets_json(out, view->list[i]);
			continue;
		}
		if (view->count > 1)
			nv_put(out, "%s%s\n", i ? "\n" : "", nv_captures_node(view->captures, i));
		nv_sockets_text(out, view->list[i], &view->style);
	}
	if (view->json)
		nv_put(out, "%s\n", view->count == 1 ? "" : "]");
}

static void wait_a_moment(const struct cli *cli)
{
	struct timespec left = { .tv_sec = PAUSE_S };

	while (!*cli->stop && nanosleep(&left, &left) != 0)
		;
}

static int read_sockets(const struct cli *cli, struct nv_sockets *sockets)
{
	struct nv_error err = { 0, "" };

	if (nv_sockets_look(sockets, &err) < 0)
		return cli_fail(EXIT_INPUT, "sockets: %s", err.text);
	if (cli->config.root[0])
		return EXIT_OK; /* a recording does not move */
	wait_a_moment(cli);
	if (nv_sockets_look(sockets, &err) < 0)
		return cli_fail(EXIT_INPUT, "sockets: %s", err.text);
	return EXIT_OK;
}

static int take_captures(const struct cli *cli, struct view *view, const char *path)
{
	struct nv_error err = { 0, "" };
	unsigned nodes = nv_captures_count(view->captures);
	int status = EXIT_OK;

	view->list = calloc(nodes, sizeof(*view->list));
	for (; view->list && view->count < nodes && status == EXIT_OK; view->count++) {
		struct nv_sockets *sockets = nv_sockets_new(cli->config.root, &err);
		unsigned count;
		const struct nv_saved_socket *saved = nv_captures_sockets(
			view->captures, view->count, &count);

		view->list[view->count] = sockets;
		if (!sockets || nv_sockets_take(sockets, saved, count, &err) < 0)
			status = EXIT_INPUT;
		if (err.text[0])
			cli_fail(EXIT_INPUT, "%s: %s",
				strcmp(path, "-") == 0 ? "standard input" : path, err.text);
		err.text[0] = 0;
	}
	return view->list ? status : cli_fail(EXIT_INPUT, "out of memory");
}

int cli_sockets(struct cli *cli)
{
	struct nv_error err = { 0, "" };
	struct view view = { .style = cli_style(cli), .json = cli->json };
	struct nv_sockets *live = NULL;
	struct nv_captures *captures = NULL;
	int status;

	if (cli->arg_count > 1)
		return cli_fail(EXIT_USAGE,
			"sockets: expected at most one CAPTURE, found \"%s\" too", cli->args[1]);
	if (cli->arg_count) {
		captures = cli_open_capture(cli, cli->args[0]);
		view.captures = captures;
		status = captures ? take_captures(cli, &view, cli->args[0]) : EXIT_INPUT;
	} else {
		live = nv_sockets_new(cli->config.root, &err);
		status = live ? read_sockets(cli, live)
			      : cli_fail(EXIT_INPUT, "sockets: %s", err.text);
		view.list = &live;
		view.count = live ? 1 : 0;
	}
	if (status == EXIT_OK)
		status = cli_print(write_view, &view);
	for (unsigned i = 0; i < view.count; i++)
		nv_sockets_free(view.list[i]);
	if (captures)
		free(view.list);
	nv_captures_free(captures);
	return status;
}
