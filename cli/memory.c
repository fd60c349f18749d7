/* SPDX-License-Identifier: MIT */
/*
 * What the front ends that run on keep on disk, read alone: events, the last transitions of each;
 * for a report what is usual at this hour, and since when something stands.
 */
#include "nv_memory.h"
#include "cli.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- transitions as text and JSON
 * ------------------------------------------------------------------ */

static void print_json(const struct nv_event *e, const struct nv_event_source *of, bool first)
{
	char buf[2048];
	struct nv_out out = { buf, sizeof(buf), 0 };

	nv_put(&out, "%s\n", first ? "" : ",");
	nv_event_json(&out, e, of);
	fputs(buf, stdout);
}

void cli_print_event(const struct cli *cli, const struct nv_event *e,
	const struct nv_event_source *of, bool first)
{
	const char *front_end = of->front_end;
	time_t at = (time_t)e->time_s;
	struct tm local;
	char when[32] = "-";

	if (cli->json) {
		print_json(e, of, first);
		return;
	}
	if (e->time_s && localtime_r(&at, &local))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &local);
	/* A line an event for who counts and searches; a person on a terminal reads 80 columns. */
	if (isatty(STDOUT_FILENO)) {
		char text[2 * NV_TEXT_SIZE], lead[] = " X ";
		struct nv_out out = { .buf = text, .size = sizeof(text) };

		lead[1] = nv_classes[e->klass].letter;
		nv_put_wrapped(&out, 80, lead, e->text);
		printf("%s%s%s\n%s", when, front_end ? " " : "", front_end ? front_end : "", text);
		return;
	}
	printf("%s %s%s%c %s\n", when, front_end ? front_end : "", front_end ? " " : "",
		nv_classes[e->klass].letter, e->text);
}

/* ---- state files
 * ------------------------------------------------------------------------------------ */

struct nv_state *cli_open_state(const char *path)
{
	struct nv_error err = { 0, "" };
	struct nv_state *state = nv_state_open(path, &err);

	if (err.text[0])
		cli_fail(EXIT_INPUT, "%s", err.text);
	return state;
}

typedef int visit_fn(const struct cli *, const char *path, const char *front_end, void *context);

/* Until a visit is not 0, which is returned. */
static int visit_directory(const struct cli *cli, const char *dir, DIR *list, visit_fn *visit,
	void *context, unsigned *found)
{
	struct dirent *entry;
	int status = EXIT_OK;

	while (status == EXIT_OK && (entry = readdir(list)) != NULL) {
		char path[NV_PATH_SIZE + 300], front_end[NV_NAME_SIZE];
		size_t length = strlen(entry->d_name), dash = strcspn(entry->d_name, "-.");

		if (length < 7 || strcmp(entry->d_name + length - 6, ".state") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		snprintf(front_end, sizeof(front_end), "%.*s", (int)(dash < 32 ? dash : 32),
			entry->d_name);
		(*found)++;
		status = visit(cli, path, front_end, context);
	}
	return status;
}

/* Where nothing else is said: the agent's place, and collectd's own, which is where its plugin
 * keeps its memory. */
static const char *const usual_places[] = { NV_STATE_DIR, "/var/lib/collectd" };

/* trouble: errno of a directory that is there and cannot be read, or that was asked for; otherwise
 * 0. */
static int visit_states(
	const struct cli *cli, visit_fn *visit, void *context, unsigned *found, int *trouble)
{
	const char *given[] = { cli->config.state_dir };
	bool is_given = cli->config.state_dir[0] != 0;
	const char *const *dirs = is_given ? given : usual_places;
	unsigned count = is_given ? 1 : sizeof(usual_places) / sizeof(usual_places[0]);
	int status = EXIT_OK;

	*found = 0;
	*trouble = 0;
	for (unsigned i = 0; i < count && status == EXIT_OK; i++) {
		DIR *list = opendir(dirs[i]);

		if (list) {
			status = visit_directory(cli, dirs[i], list, visit, context, found);
			closedir(list);
		} else if (is_given || errno != ENOENT) {
			*trouble = errno;
		}
	}
	return status;
}

int cli_each_state(const struct cli *cli, visit_fn *visit, void *context)
{
	bool is_given = cli->config.state_dir[0] != 0;
	unsigned found;
	int trouble, status = visit_states(cli, visit, context, &found, &trouble);

	if (status != EXIT_OK || found)
		return status;
	return cli_fail(EXIT_INPUT,
		"%s%s%s: %s (--state-dir DIR names where the front ends keep their memory)",
		is_given ? cli->config.state_dir : usual_places[0], is_given ? "" : " and ",
		is_given ? "" : usual_places[1],
		trouble ? strerror(trouble) : "no state file of any front end");
}

/* ---- the newest of this host
 * -------------------------------------------------------------------------- */

struct newest {
	const char *host;
	struct nv_state *state; /* NULL: none yet */
	char front_end[NV_NAME_SIZE];
};

/* What cannot be read is the business of the front end that wrote it; a report does without. */
static int keep_newest(
	const struct cli *cli, const char *path, const char *front_end, void *context)
{
	struct newest *newest = context;
	struct nv_error err = { 0, "" };
	char name[NV_PATH_SIZE];
	struct nv_state *state;
	size_t length = strlen(path);

	(void)cli;
	snprintf(name, sizeof(name), "/%s-%s.state", front_end, newest->host);
	if (length < strlen(name) || strcmp(path + length - strlen(name), name) != 0)
		return EXIT_OK;
	state = nv_state_open(path, &err);
	if (!state)
		return EXIT_OK;
	if (newest->state && nv_state_time(newest->state) >= nv_state_time(state)) {
		nv_state_close(state);
		return EXIT_OK;
	}
	nv_state_close(newest->state);
	newest->state = state;
	snprintf(newest->front_end, sizeof(newest->front_end), "%s", front_end);
	return EXIT_OK;
}

struct nv_state *cli_newest_state(
	const struct cli *cli, const char *host, char front_end[NV_NAME_SIZE])
{
	struct newest newest = { host, NULL, "" };
	unsigned found;
	int trouble;

	(void)visit_states(cli, keep_newest, &newest, &found, &trouble);
	snprintf(front_end, NV_NAME_SIZE, "%s", newest.front_end);
	return newest.state;
}

/* ---- events
 * ----------------------------------------------------------------------------------------- */

/* The class reported the same in the same breath: once is enough. */
static bool is_reported_by_class(const struct nv_event *e, unsigned rest)
{
	for (unsigned i = 1; e->kind == NV_EVENT_INDICATOR && i < rest && e[i].time_s == e->time_s;
		i++)
		if (e[i].kind == NV_EVENT_CLASS && e[i].indicator == e->indicator &&
			e[i].now == e->now && e->before != e->now)
			return true;
	return false;
}

/* DIR/FRONT_END-HOST.state -> HOST */
static void host_of(const char *path, char host[NV_PATH_SIZE])
{
	const char *slash = strrchr(path, '/');
	const char *dash = strchr(slash ? slash : path, '-');

	snprintf(host, NV_PATH_SIZE, "%s", dash ? dash + 1 : "");
	host[strlen(host) - (dash ? strlen(".state") : 0)] = 0;
}

static int print_state(
	const struct cli *cli, const char *path, const char *front_end, void *context)
{
	static struct nv_event events[256];
	struct nv_state *state = cli_open_state(path);
	unsigned *printed = context;
	char host[NV_PATH_SIZE];
	const struct nv_event_source of = { host, front_end, NULL };

	if (!state)
		return EXIT_INPUT;
	host_of(path, host);
	unsigned n = nv_state_events(state, 0, events, 256);
	for (unsigned i = 0; i < n; i++) {
		if (!cli->json && !cli->all && is_reported_by_class(&events[i], n - i))
			continue;
		cli_print_event(cli, &events[i], &of, *printed == 0);
		(*printed)++;
	}
	nv_state_close(state);
	return EXIT_OK;
}

int cli_events(struct cli *cli)
{
	unsigned printed = 0;
	int status;

	if (cli->json)
		printf("[");
	status = cli_each_state(cli, print_state, &printed);
	if (cli->json)
		printf("\n]\n");
	else if (status == EXIT_OK && !printed)
		printf("no transition is remembered\n");
	return status;
}
