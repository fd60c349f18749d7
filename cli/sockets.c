/* SPDX-License-Identifier: MIT */
/*
 * netvitals sockets [--json] [CAPTURE]: queues, states and offenders, of the running kernel or of a
 * saved `netstat -an`, `ss -an`. Two looks, a second apart, tell a queue that is stuck from one
 * that is merely not empty.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAUSE_S = 1, CAPTURE_MAX = 256 * 1024 * 1024 };

struct view {
	struct nv_sockets *sockets;
	struct nv_style style;
	bool json;
};

static void write_view(struct nv_out *out, const void *context)
{
	const struct view *view = context;

	if (view->json) {
		nv_sockets_json(out, view->sockets);
		nv_put(out, "\n");
	} else {
		nv_sockets_text(out, view->sockets, &view->style);
	}
}

static void wait_a_moment(const struct cli *cli)
{
	struct timespec left = { .tv_sec = PAUSE_S };

	while (!*cli->stop && nanosleep(&left, &left) != 0)
		;
}

static int look(const struct cli *cli, struct nv_sockets *sockets)
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

/* The whole file, or standard input for "-". NULL: errno says why. */
static char *read_all(const char *path, size_t *length)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
	size_t room = 65536, used = 0, got;
	char *text = file ? malloc(room) : NULL, *more;

	while (text && (got = fread(text + used, 1, room - used, file)) > 0) {
		used += got;
		if (used < room)
			continue;
		more = room < CAPTURE_MAX ? realloc(text, room * 2) : NULL;
		if (!more) {
			free(text);
			text = NULL;
			errno = ENOMEM;
			break;
		}
		text = more;
		room *= 2;
	}
	if (text && ferror(file)) {
		free(text);
		text = NULL;
	}
	if (file && file != stdin)
		fclose(file);
	*length = used;
	return text;
}

static int take_capture(struct nv_sockets *sockets, const char *path)
{
	struct nv_error err = { 0, "" };
	size_t length;
	char *text = read_all(path, &length);
	int status = EXIT_OK;

	if (!text)
		return cli_fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
	if (nv_sockets_capture(sockets, text, length, &err) < 0)
		status = EXIT_INPUT;
	if (err.text[0])
		cli_fail(EXIT_INPUT, "%s: %s", path, err.text);
	free(text);
	return status;
}

int cli_sockets(struct cli *cli)
{
	struct nv_error err = { 0, "" };
	struct view view = { .style = cli_style(cli), .json = cli->json };
	int status;

	if (cli->arg_count > 1)
		return cli_fail(EXIT_USAGE, "sockets: expected at most one CAPTURE, found \"%s\" too",
			cli->args[1]);
	view.sockets = nv_sockets_new(cli->config.root, &err);
	if (!view.sockets)
		return cli_fail(EXIT_INPUT, "sockets: %s", err.text);
	status = cli->arg_count ? take_capture(view.sockets, cli->args[0]) : look(cli, view.sockets);
	if (status == EXIT_OK)
		status = cli_print(write_view, &view);
	nv_sockets_free(view.sockets);
	return status;
}
