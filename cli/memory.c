/* SPDX-License-Identifier: MIT */
/*
 * What the doors that run on keep on disk, read alone: events, the last transitions of each; for a report
 * what is usual at this hour, and since when something stands.
 */
#include "cli.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- transitions as text and JSON ------------------------------------------------------------------ */

static void print_json(const struct nv_event *e, const char *door, bool first)
{
	char buf[2048];
	struct nv_out out = { buf, sizeof(buf), 0 };

	nv_put(&out, "%s\n{\"event\":%u,\"time\":%lld,\"door\":", first ? "" : ",", e->number, (long long)e->time_s);
	nv_put_json_string(&out, door);
	nv_put(&out, ",\"class\":\"%c\",\"indicator\":", nv_classes[e->class].letter);
	nv_put_json_string(&out, e->indicator ? nv_indicators[e->indicator].name : NULL);
	nv_put(&out, ",\"of\":\"%s\",\"before\":\"%s\",\"now\":\"%s\",\"reason\":\"%s\",\"side\":\"%s\",\"value\":",
		nv_event_kind_name(e->kind), nv_status_name(e->before),
		nv_status_name(e->now), nv_reason_name(e->reason), nv_side_name(e->side));
	nv_put_json_number(&out, e->value);
	nv_put(&out, ",\"numerator\":");
	nv_put_json_number(&out, e->numerator);
	nv_put(&out, ",\"denominator\":");
	nv_put_json_number(&out, e->denominator);
	nv_put(&out, ",\"warn\":");
	nv_put_json_number(&out, e->warn);
	nv_put(&out, ",\"usual\":");
	nv_put_json_number(&out, e->usual);
	nv_put(&out, ",\"told\":%s,\"text\":", e->notify ? "true" : "false");
	nv_put_json_string(&out, e->text);
	nv_put(&out, "}");
	fputs(buf, stdout);
}

void cli_print_event(const struct cli *cli, const struct nv_event *e, const char *door, bool first)
{
	time_t at = (time_t)e->time_s;
	struct tm local;
	char when[32] = "-";

	if (cli->json) {
		print_json(e, door, first);
		return;
	}
	if (e->time_s && localtime_r(&at, &local))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &local);
	printf("%s %s%s%c %s\n", when, door ? door : "", door ? " " : "", nv_classes[e->class].letter, e->text);
}

/* ---- state files ------------------------------------------------------------------------------------ */

static const char *state_dir(const struct cli *cli)
{
	return cli->config.state_dir[0] ? cli->config.state_dir : NV_STATE_DIR;
}

/* Visit state files until a visit is not 0, which is returned. -1: there is no such directory. */
static int visit_states(const struct cli *cli,
	int (*visit)(const struct cli *, const char *path, const char *door, void *context), void *context, unsigned *found)
{
	const char *dir = state_dir(cli);
	DIR *list = opendir(dir);
	struct dirent *entry;
	int status = EXIT_OK;

	*found = 0;
	if (!list)
		return -1;
	while (status == EXIT_OK && (entry = readdir(list)) != NULL) {
		char path[NV_PATH_SIZE + 300], door[NV_NAME_SIZE];
		size_t length = strlen(entry->d_name), dash = strcspn(entry->d_name, "-");

		if (length < 7 || strcmp(entry->d_name + length - 6, ".state") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		snprintf(door, sizeof(door), "%.*s", (int)(dash < 32 ? dash : 32), entry->d_name);
		(*found)++;
		status = visit(cli, path, door, context);
	}
	closedir(list);
	return status;
}

int cli_each_state(const struct cli *cli, int (*visit)(const struct cli *, const char *path,
	const char *door, void *context), void *context)
{
	unsigned found;
	int status = visit_states(cli, visit, context, &found);

	if (status < 0)
		return cli_fail(EXIT_INPUT, "%s: %s (--state-dir DIR names where the doors keep their memory)", state_dir(cli),
			strerror(errno));
	if (status == EXIT_OK && !found)
		return cli_fail(EXIT_INPUT, "%s: no state file of any door", state_dir(cli));
	return status;
}

/* ---- the newest of this host -------------------------------------------------------------------------- */

struct newest {
	const char *host;
	struct nv_state *state; /* NULL: none yet */
	char door[NV_NAME_SIZE];
};

/* What cannot be read is the business of the door that wrote it; a report does without. */
static int keep_newest(const struct cli *cli, const char *path, const char *door, void *context)
{
	struct newest *newest = context;
	struct nv_error err = { 0, "" };
	char name[NV_PATH_SIZE];
	struct nv_state *state;
	size_t length = strlen(path);

	(void)cli;
	snprintf(name, sizeof(name), "/%s-%s.state", door, newest->host);
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
	snprintf(newest->door, sizeof(newest->door), "%s", door);
	return EXIT_OK;
}

struct nv_state *cli_newest_state(const struct cli *cli, const char *host, char door[NV_NAME_SIZE])
{
	struct newest newest = { host, NULL, "" };
	unsigned found;

	(void)visit_states(cli, keep_newest, &newest, &found);
	snprintf(door, NV_NAME_SIZE, "%s", newest.door);
	return newest.state;
}

/* ---- events ----------------------------------------------------------------------------------------- */

static int print_state(const struct cli *cli, const char *path, const char *door, void *context)
{
	static struct nv_event events[256];
	struct nv_error err = { 0, "" };
	struct nv_state *state = nv_state_open(path, &err);
	unsigned *printed = context;

	if (!state)
		return cli_fail(EXIT_INPUT, "%s", err.text);
	unsigned n = nv_state_events(state, 0, events, 256);
	for (unsigned i = 0; i < n; i++, (*printed)++)
		cli_print_event(cli, &events[i], door, *printed == 0);
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
