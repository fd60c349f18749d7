/* SPDX-License-Identifier: MIT */
/*
 * baseline show | export FILE | import FILE | reset [INDICATOR]: what the doors have learned as usual,
 * by their state files. import and reset want the door to be stopped.
 */
#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int hour_now(void)
{
	time_t now = time(NULL);
	struct tm local;

	return localtime_r(&now, &local) ? 24 * local.tm_wday + local.tm_hour : -1;
}

static void show_text(unsigned i, const struct nv_usual *u)
{
	const struct nv_indicator *indicator = &nv_indicators[i];
	bool fraction = indicator->kind == NV_RATIO || indicator->den[0].counter;
	char usual[32], limit[32];

	nv_say_value(indicator->kind, fraction, u->usual, usual, sizeof(usual));
	nv_say_value(indicator->kind, fraction, u->limit, limit, sizeof(limit));
	printf("%-20s %-8s %6u h  usual %-12s strays x %-6.3g unusual above %s\n", indicator->name,
		u->ready ? "ready" : "learning", u->hours, isnan(u->usual) ? "-" : usual,
		isnan(u->spread) ? 1 : u->spread, isnan(u->limit) ? "-" : limit);
}

static void show_json(unsigned i, const struct nv_usual *u, bool first)
{
	char buf[512];
	struct nv_out out = { buf, sizeof(buf), 0 };

	nv_put(&out, "%s\n{\"name\":\"%s\",\"number\":%u,\"ready\":%s,\"hours\":%u,\"usual\":", first ? "" : ",",
		nv_indicators[i].name, i, u->ready ? "true" : "false", u->hours);
	nv_put_json_number(&out, u->usual);
	nv_put(&out, ",\"spread\":");
	nv_put_json_number(&out, u->spread);
	nv_put(&out, ",\"limit\":");
	nv_put_json_number(&out, u->limit);
	nv_put(&out, "}");
	fputs(buf, stdout);
}

static int show_state(const struct cli *cli, const char *path, const char *door, void *context)
{
	struct nv_error err = { 0, "" };
	struct nv_state *state = nv_state_open(path, &err);
	int *shown = context;
	int hour = hour_now();

	if (!state)
		return cli_fail(EXIT_INPUT, "%s", err.text);
	if (!cli->json)
		printf("%s (%s)\n", door, path);
	for (unsigned i = 1; i < NV_I_END; i++) {
		struct nv_usual usual;

		if (!nv_state_usual(state, i, hour, &usual) || (!usual.hours && !cli->all))
			continue;
		if (cli->json)
			show_json(i, &usual, *shown == 0);
		else
			show_text(i, &usual);
		(*shown)++;
	}
	nv_state_close(state);
	return EXIT_OK;
}

static int show(struct cli *cli)
{
	int shown = 0, status;

	if (cli->json)
		printf("[");
	status = cli_each_state(cli, show_state, &shown);
	if (cli->json)
		printf("\n]\n");
	else if (status == EXIT_OK && !shown)
		printf("nothing is learned yet\n");
	return status;
}

struct change {
	const char *argument; /* file to export to or import from; indicator to forget, NULL for all */
	unsigned done;
};

static int export_state(const struct cli *cli, const char *path, const char *door, void *context)
{
	struct change *change = context;
	struct nv_error err = { 0, "" };
	struct nv_state *state;
	int status;

	(void)cli;
	if (change->done++)
		return cli_fail(EXIT_USAGE, "baseline export: more than one door has a memory; keep one in --state-dir");
	state = nv_state_open(path, &err);
	if (!state)
		return cli_fail(EXIT_INPUT, "%s", err.text);
	status = nv_state_save(state, change->argument, false, &err) < 0 ? cli_fail(EXIT_INPUT, "%s", err.text)
									 : EXIT_OK;
	nv_state_close(state);
	if (status == EXIT_OK)
		printf("%s: memory of %s\n", change->argument, door);
	return status;
}

static int import_state(const struct cli *cli, const char *path, const char *door, void *context)
{
	struct change *change = context;
	struct nv_error err = { 0, "" };
	struct nv_state *state = nv_state_open(change->argument, &err);
	int status = EXIT_OK;

	(void)cli;
	if (!state)
		return cli_fail(EXIT_INPUT, "%s", err.text);
	if (nv_state_save(state, path, true, &err) < 0)
		status = cli_fail(EXIT_INPUT, "%s", err.text);
	else
		printf("%s: %s knows now what %s knows\n", path, door, change->argument);
	nv_state_close(state);
	return status;
}

static int reset_state(const struct cli *cli, const char *path, const char *door, void *context)
{
	struct change *change = context;
	struct nv_error err = { 0, "" };
	struct nv_state *state = nv_state_open(path, &err);
	int status = EXIT_OK;

	(void)cli;
	if (!state)
		return cli_fail(EXIT_INPUT, "%s", err.text);
	for (unsigned i = 1; i < NV_I_END; i++)
		if (!change->argument || nv_indicator_find(change->argument) == i)
			nv_state_forget(state, i);
	if (nv_state_save(state, path, true, &err) < 0)
		status = cli_fail(EXIT_INPUT, "%s", err.text);
	else
		printf("%s: forgotten: %s\n", door, change->argument ? change->argument : "all baselines");
	nv_state_close(state);
	return status;
}

int cli_baseline(struct cli *cli)
{
	const char *what = cli->arg_count ? cli->args[0] : "show";
	struct change change = { cli->arg_count > 1 ? cli->args[1] : NULL, 0 };

	if (strcmp(what, "show") == 0)
		return show(cli);
	if (strcmp(what, "reset") == 0) {
		if (change.argument && !nv_indicator_find(change.argument))
			return cli_fail(EXIT_USAGE, "baseline reset: no indicator is named \"%.60s\"", change.argument);
		return cli_each_state(cli, reset_state, &change);
	}
	if (!change.argument || (strcmp(what, "export") != 0 && strcmp(what, "import") != 0))
		return cli_fail(EXIT_USAGE, "baseline: expected show, export FILE, import FILE or reset [INDICATOR]");
	return cli_each_state(cli, strcmp(what, "export") == 0 ? export_state : import_state, &change);
}
