/* SPDX-License-Identifier: MIT */
/*
 * baseline show | export FILE | import FILE | reset [INDICATOR]: what the front ends have learned
 * as usual, by their state files. import and reset want the front end to be stopped. mute, ack:
 * what is known and shall not page, until when, by whom and why; all front ends read it within ten
 * seconds.
 */
#include "nv_memory.h"
#include "text/clean.h"
#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
	char usual[32], limit[32];

	nv_say_value(indicator->kind, nv_is_fraction(indicator), u->usual, usual, sizeof(usual));
	nv_say_limit(indicator, u->limit, limit, sizeof(limit));
	printf("%-20s %-8s %6u h  %-12s x %-7.3g %s\n", indicator->name,
		u->ready ? "ready" : "learning", u->hours, usual, isnan(u->spread) ? 1 : u->spread,
		limit);
}

static void show_json(unsigned i, const struct nv_usual *u, bool first)
{
	char buf[512];
	struct nv_out out = { buf, sizeof(buf), 0 };

	nv_put(&out, "%s\n{\"name\":\"%s\",\"number\":%u,\"ready\":%s,\"hours\":%u,\"usual\":",
		first ? "" : ",", nv_indicators[i].name, i, u->ready ? "true" : "false", u->hours);
	nv_put_json_number(&out, u->usual);
	nv_put(&out, ",\"spread\":");
	nv_put_json_number(&out, u->spread);
	nv_put(&out, ",\"limit\":");
	nv_put_json_number(&out, u->limit);
	nv_put(&out, "}");
	fputs(buf, stdout);
}

static int show_state(const struct cli *cli, const char *path, const char *front_end, void *context)
{
	struct nv_state *state = cli_open_state(path);
	int *shown = context;
	int hour = hour_now();

	if (!state)
		return EXIT_INPUT;
	if (!cli->json)
		printf("%s (%s)\n%-20s %-8s %8s  %-12s %-9s %s\n", front_end, path, "indicator", "",
			"learned", "usual now", "strays", "unusual above");
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

static int show_baselines(struct cli *cli)
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
	const char
		*argument; /* file to export to or import from; indicator to forget, NULL for all */
	unsigned done;
};

static int export_state(
	const struct cli *cli, const char *path, const char *front_end, void *context)
{
	struct change *change = context;
	struct nv_error err = { 0, "" };
	struct nv_state *state;
	int status;

	(void)cli;
	if (change->done++)
		return cli_fail(EXIT_USAGE,
			"baseline export: more than one front end has a memory; keep one in --state-dir");
	state = cli_open_state(path);
	if (!state)
		return EXIT_INPUT;
	status = nv_state_save(state, change->argument, false, &err) < 0
		? cli_fail(EXIT_INPUT, "%s", err.text)
		: EXIT_OK;
	nv_state_close(state);
	if (status == EXIT_OK)
		printf("%s: memory of %s\n", change->argument, front_end);
	return status;
}

static int import_state(
	const struct cli *cli, const char *path, const char *front_end, void *context)
{
	struct change *change = context;
	struct nv_error err = { 0, "" };
	struct nv_state *state = cli_open_state(change->argument);
	int status = EXIT_OK;

	(void)cli;
	if (!state)
		return EXIT_INPUT;
	if (nv_state_save(state, path, true, &err) < 0)
		status = cli_fail(EXIT_INPUT, "%s", err.text);
	else
		printf("%s: %s knows now what %s knows\n", path, front_end, change->argument);
	nv_state_close(state);
	return status;
}

static int reset_state(
	const struct cli *cli, const char *path, const char *front_end, void *context)
{
	struct change *change = context;
	struct nv_error err = { 0, "" };
	struct nv_state *state = cli_open_state(path);
	int status = EXIT_OK;

	(void)cli;
	if (!state)
		return EXIT_INPUT;
	for (unsigned i = 1; i < NV_I_END; i++)
		if (!change->argument || nv_indicator_find(change->argument) == i)
			nv_state_forget(state, i);
	if (nv_state_save(state, path, true, &err) < 0)
		status = cli_fail(EXIT_INPUT, "%s", err.text);
	else
		printf("%s: forgotten: %s\n", front_end,
			change->argument ? change->argument : "all baselines");
	nv_state_close(state);
	return status;
}

int cli_baseline(struct cli *cli)
{
	const char *what = cli->arg_count ? cli->args[0] : "show";
	struct change change = { cli->arg_count > 1 ? cli->args[1] : NULL, 0 };

	if (strcmp(what, "show") == 0)
		return show_baselines(cli);
	if (strcmp(what, "reset") == 0) {
		if (change.argument && !nv_indicator_find(change.argument))
			return cli_fail(EXIT_USAGE,
				"baseline reset: no indicator is named \"%.60s\"", change.argument);
		return cli_each_state(cli, reset_state, &change);
	}
	if (!change.argument || (strcmp(what, "export") != 0 && strcmp(what, "import") != 0))
		return cli_fail(EXIT_USAGE,
			"baseline: expected show, export FILE, import FILE or reset [INDICATOR]");
	return cli_each_state(
		cli, strcmp(what, "export") == 0 ? export_state : import_state, &change);
}

/* ---- mute and ack
 * --------------------------------------------------------------------------------------- */

/* "90m", "4h", "3d" from now, "now", "2026-11-23" or "2026-11-23 09:00" local. 0: neither. */
static int64_t parse_until(const char *text, int64_t now)
{
	static const char units[] = "smhd";
	static const int64_t seconds[] = { 1, 60, 3600, 86400 };
	struct tm local;
	char *end;
	double number = strtod(text, &end);
	const char *unit = *end ? strchr(units, *end) : NULL;

	if (strcmp(text, "now") == 0)
		return now;
	if (unit && !end[1] && number > 0 && number < 1e6)
		return now + (int64_t)(number * (double)seconds[unit - units]);
	memset(&local, 0, sizeof(local));
	local.tm_isdst = -1;
	end = strptime(text, "%Y-%m-%d", &local);
	if (end && *end)
		end = strptime(end + 1, "%H:%M", &local);
	return end && !*end ? (int64_t)mktime(&local) : 0;
}

/* Shown for as long as it lasts. False: nothing is left. */
static bool copy_visible(char *to, size_t size, const char *from)
{
	nv_copy_text(to, size, nv_as_text(from));
	return strspn(to, " ") != strlen(to);
}

static bool is_class(const char *name)
{
	for (unsigned i = 1; i < NV_CLASS_END; i++)
		if (strcmp(nv_classes[i].name, name) == 0)
			return true;
	return false;
}

static void list_mutes(const struct nv_mute *list, int n)
{
	for (int i = 0; i < n; i++) {
		time_t at = (time_t)list[i].until_s;
		struct tm local;
		char until[32] = "?", lead[NV_NAME_SIZE + 8], words[2 * NV_TEXT_SIZE],
		     text[4 * NV_TEXT_SIZE];
		struct nv_out out;

		if (localtime_r(&at, &local))
			strftime(until, sizeof(until), "%Y-%m-%d %H:%M", &local);
		snprintf(lead, sizeof(lead), "%-4s %-20s ", list[i].acknowledged ? "ack" : "mute",
			list[i].name);
		snprintf(
			words, sizeof(words), "until %s by %s: %s", until, list[i].by, list[i].why);
		out = (struct nv_out){ .buf = text, .size = sizeof(text) };
		nv_put_wrapped(&out, 80, lead, words);
		fputs(text, stdout);
	}
}

static int silence(struct cli *cli, const char *what, bool acknowledged)
{
	const char *dir = cli->config.state_dir[0] ? cli->config.state_dir : NV_STATE_DIR;
	struct nv_mute list[NV_MUTES], mute = { .acknowledged = acknowledged };
	struct nv_error err = { 0, "" };
	int n;

	mute.made_s = (int64_t)time(NULL);
	if (cli->arg_count == 0) {
		n = nv_mutes_read(dir, cli->config.mutes_from, mute.made_s, list, NV_MUTES, &err);
		if (n < 0)
			return cli_fail(EXIT_INPUT, "%s", err.text);
		list_mutes(list, n);
		if (!n)
			printf("nothing is muted or acknowledged\n");
		return EXIT_OK;
	}
	if (cli->arg_count != 1 || !cli->until || !cli->by || !cli->why)
		return cli_fail(
			EXIT_USAGE, "%s: expected NAME --until WHEN --by WHO --why TEXT", what);
	if (!nv_indicator_find(cli->args[0]) && !is_class(cli->args[0]))
		return cli_fail(EXIT_USAGE, "%s: no indicator or class is named \"%.60s\"", what,
			cli->args[0]);
	mute.until_s = parse_until(cli->until, mute.made_s);
	if (mute.until_s < mute.made_s)
		return cli_fail(EXIT_USAGE,
			"%s: --until is \"%.60s\", expected a time to come: 90m, 4h, 3d or 2026-11-23 09:00; now ends it",
			what, cli->until);
	nv_copy_text(mute.name, sizeof(mute.name), nv_as_text(cli->args[0]));
	if (!copy_visible(mute.by, sizeof(mute.by), cli->by) ||
		!copy_visible(mute.why, sizeof(mute.why), cli->why))
		return cli_fail(
			EXIT_USAGE, "%s: --by and --why: expected a name and a reason", what);
	if (!cli->config.state_dir[0])
		(void)mkdir(dir, 0755); /* no front end may have made it yet */
	if (nv_mutes_add(dir, mute.made_s, &mute, &err) < 0)
		return cli_fail(EXIT_INPUT, "%s", err.text);
	if (mute.until_s > mute.made_s)
		list_mutes(&mute, 1);
	else
		printf("%s is silenced no more\n", mute.name);
	return EXIT_OK;
}

int cli_mute(struct cli *cli)
{
	return silence(cli, "mute", false);
}

int cli_ack(struct cli *cli)
{
	return silence(cli, "ack", true);
}
