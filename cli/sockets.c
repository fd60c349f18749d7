/* SPDX-License-Identifier: MIT */
/*
 * netvitals sockets [--json] [CAPTURE]: queues, states and offenders, of the running kernel or of a
 * saved `netstat -an`, `ss -an`, alone or in a directory. Two looks, a second apart, tell a queue that is stuck from one
 * that is merely not empty.
 */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAUSE_S = 1 };

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

static int take_text(struct nv_sockets *sockets, const char *path, const char *text, size_t length)
{
	struct nv_error err = { 0, "" };
	int status = nv_sockets_capture(sockets, text, length, &err) < 0 ? EXIT_INPUT : EXIT_OK;

	if (err.text[0])
		cli_fail(EXIT_INPUT, "%s: %s", path, err.text);
	return status;
}

/* ---- directories ---------------------------------------------------------------------------------- */

/* The text with the most sockets, since the same ones may be in several. */
struct best {
	char path[NV_PATH_SIZE * 2], *text;
	size_t length;
	uint64_t sockets;
	bool tables; /* copies of /proc/net/tcp and its kin: those of one directory belong together */
};

static uint64_t count_sockets(const char *text, size_t length)
{
	struct nv_error err = { 0, "" };
	struct nv_sockets *sockets = nv_sockets_new("", &err);
	uint64_t count = 0;

	if (sockets && nv_sockets_capture(sockets, text, length, &err) == 0) {
		const struct nv_socket_summary *s = nv_sockets_summary(sockets);

		count = (uint64_t)s->udp[0] + s->udp[1];
		for (unsigned i = 0; i < NV_SOCKET_STATES; i++)
			count += (uint64_t)s->tcp[0][i] + s->tcp[1][i] + s->loopback[i];
	}
	nv_sockets_free(sockets);
	return count;
}

static bool is_table(const char *text, size_t length)
{
	const char *end = memchr(text, '\n', length);

	return end && memmem(text, (size_t)(end - text), "local_address", 13) != NULL;
}

static bool same_directory(const char *a, const char *b)
{
	const char *slash = strrchr(a, '/');

	return slash && strncmp(a, b, (size_t)(slash - a + 1)) == 0 && !strchr(b + (slash - a + 1), '/');
}

static void append(struct best *best, const char *text, size_t length)
{
	char *more = realloc(best->text, best->length + length + 1);

	if (!more)
		return;
	memcpy(more + best->length, text, length);
	more[best->length + length] = '\n';
	best->text = more;
	best->length += length + 1;
}

static int visit(const char *path, void *context)
{
	struct best *best = context;
	size_t length;
	char *text = cli_read_file(path, &length);
	uint64_t count = text ? count_sockets(text, length) : 0;
	bool table = text && is_table(text, length);

	if (count && table && best->tables && same_directory(best->path, path)) {
		append(best, text, length);
		best->sockets += count;
	} else if (count > best->sockets) {
		best->length = 0;
		append(best, text, length);
		best->sockets = count;
		best->tables = table;
		snprintf(best->path, sizeof(best->path), "%s", path);
	}
	free(text);
	return count ? 0 : -1;
}

static int take_directory(struct nv_sockets *sockets, const char *path)
{
	struct best best = { .text = NULL };
	int status;

	if (cli_walk(path, visit, &best) && best.text)
		status = take_text(sockets, best.path, best.text, best.length);
	else
		status = cli_fail(EXIT_INPUT, "%s: no file in this directory holds sockets as netstat -an, ss -an or "
					      "/proc/net/tcp print them", path);
	free(best.text);
	return status;
}

static int take_capture(struct nv_sockets *sockets, const char *path)
{
	size_t length;
	char *text;
	int status;

	if (cli_is_directory(path))
		return take_directory(sockets, path);
	text = cli_read_file(path, &length);
	if (!text)
		return EXIT_INPUT;
	status = take_text(sockets, strcmp(path, "-") == 0 ? "standard input" : path, text, length);
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
