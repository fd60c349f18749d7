/* SPDX-License-Identifier: MIT */
/* Commands that look at the running kernel, or at a recorded tree: report, namespaces, counters. */
#include "nv_memory.h"
#include "cli.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- sampling
 * ---------------------------------------------------------------------------------------- */

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Until the instant, or a signal: as ping does, what was seen by then is reported. */
static void wait_until(const struct cli *cli, double instant_s)
{
	while (!*cli->stop) {
		double left_s = instant_s - now_s();
		struct timespec t;

		if (left_s <= 0)
			return;
		t.tv_sec = (time_t)left_s;
		t.tv_nsec = (long)((left_s - floor(left_s)) * 1e9);
		nanosleep(&t, NULL);
	}
}

/* Anything longer than two seconds says so, to a person alone. */
static void progress(const struct cli *cli, double left_s)
{
	if (cli->seconds <= 2 || !isatty(STDERR_FILENO))
		return;
	if (left_s > 0)
		fprintf(stderr, "\rsampling, %.0f s left; Ctrl-C reports what was seen ", left_s);
	else
		fprintf(stderr, "\r%60s\r", "");
}

static int poll_once(struct nv_engine *engine, char *complaint, size_t size)
{
	struct nv_error err = { 0, "" };
	int result = nv_engine_poll(engine, &err);

	if (err.text[0] && !complaint[0])
		snprintf(complaint, size, "%s", err.text);
	return result;
}

static void poll_namespaces(struct nv_namespaces *namespaces, char *complaint, size_t size)
{
	struct nv_error err = { 0, "" };

	if (nv_namespaces_poll(namespaces, &err) < 0 && !complaint[0])
		snprintf(complaint, size, "%s", err.text);
}

/* A series of trees is replayed at once, through the judge of the daemons, to its end. */
static int replay_series(struct nv_engine *engine, char *complaint, size_t size)
{
	int result, samples = 0;

	while ((result = poll_once(engine, complaint, size)) == 1)
		samples++;
	return result < 0 && !samples ? -1 : samples;
}

bool cli_is_series(const struct cli *cli)
{
	char path[NV_PATH_SIZE + 16];

	snprintf(path, sizeof(path), "%s/0000/net", cli->config.root);
	return cli->config.root[0] && access(path, F_OK) == 0;
}

/* Every second, so that levels and bursts are seen; the last sample at the very end. */
int cli_sample(const struct cli *cli, struct nv_engine *engine, struct nv_namespaces *namespaces)
{
	char complaint[NV_PATH_SIZE + NV_TEXT_SIZE] = "";
	double began_s = now_s();
	int samples = 0;

	if (cli_is_series(cli)) {
		if (replay_series(engine, complaint, sizeof(complaint)) < 0)
			return cli_fail(EXIT_INPUT, "%s", complaint);
		return EXIT_OK;
	}
	for (double at_s = 0;; at_s += 1) {
		if (at_s > cli->seconds)
			at_s = cli->seconds;
		progress(cli, cli->seconds - at_s);
		wait_until(cli, began_s + at_s);
		samples += poll_once(engine, complaint, sizeof(complaint)) == 1;
		if (namespaces)
			poll_namespaces(namespaces, complaint, sizeof(complaint));
		if (at_s >= cli->seconds || *cli->stop)
			break;
	}
	progress(cli, 0);
	if (!samples)
		return cli_fail(
			EXIT_INPUT, "%s", complaint[0] ? complaint : "nothing could be read");
	if (complaint[0])
		cli_fail(EXIT_INPUT, "%s", complaint);
	return EXIT_OK;
}

/* What a front end has learned and reported of this host stands beside what is seen now. The caller
 * closes it. */
static struct nv_state *ask_frontend(const struct cli *cli, struct nv_engine *engine)
{
	char front_end[NV_NAME_SIZE];
	struct nv_state *state = NULL;

	if (!cli->config.root[0])
		state = cli_newest_state(cli, nv_engine_report(engine)->host, front_end);
	if (state)
		nv_engine_consult(engine, state, front_end);
	return state;
}

struct nv_engine *cli_open_engine(const struct cli *cli)
{
	struct nv_config config = cli->config;
	struct nv_error err = { 0, "" };
	struct nv_engine *engine;

	/* What is muted for the front ends is muted here. */
	if (!config.root[0] && !config.state_dir[0])
		snprintf(config.state_dir, sizeof(config.state_dir), "%s", NV_STATE_DIR);
	config.mode = cli_is_series(cli) ? NV_DAEMON : NV_ONESHOT;
	config.interval_s = 1;
	engine = nv_engine_new(&config, &err);
	if (!engine)
		cli_fail(EXIT_INPUT, "%s", err.text);
	return engine;
}

/* ---- report
 * --------------------------------------------------------------------------------------------- */

struct printed {
	const struct nv_report *report, *total;
	struct nv_style style;
};

static void write_text(struct nv_out *out, const void *context)
{
	const struct printed *p = context;

	nv_report_text(out, p->report, p->total, &p->style);
}

static void write_json(struct nv_out *out, const void *context)
{
	nv_report_json(out, ((const struct printed *)context)->report);
}

/* ---- other namespaces
 * ----------------------------------------------------------------------------------- */

/* Looks at all of them, for that many seconds. NULL: a message was written. */
static struct nv_namespaces *watch_namespaces(const struct cli *cli)
{
	struct nv_error err = { 0, "" };
	struct nv_namespaces *namespaces = nv_namespaces_new(&cli->config, &err);
	char complaint[NV_PATH_SIZE + NV_TEXT_SIZE] = "";
	double began_s = now_s();

	if (!namespaces) {
		cli_fail(EXIT_INPUT, "%s", err.text);
		return NULL;
	}
	for (double at_s = 0; at_s <= cli->seconds && !*cli->stop; at_s += 1) {
		progress(cli, cli->seconds - at_s);
		wait_until(cli, began_s + at_s);
		poll_namespaces(namespaces, complaint, sizeof(complaint));
	}
	progress(cli, 0);
	if (!complaint[0])
		return namespaces;
	cli_fail(EXIT_INPUT, "%s", complaint);
	nv_namespaces_free(namespaces);
	return NULL;
}

static int report_namespace(const struct cli *cli)
{
	struct printed p = { .style = cli_style(cli) };
	struct nv_namespaces *namespaces = watch_namespaces(cli);
	struct nv_error err = { 0, "" };
	int status = EXIT_INPUT;

	if (!namespaces)
		return status;
	p.report = nv_namespaces_report(namespaces, cli->netns, &err);
	if (p.report)
		status = cli_print(cli->json ? write_json : write_text, &p);
	else
		cli_fail(status, "%s", err.text);
	nv_namespaces_free(namespaces);
	return status;
}

struct listed {
	const struct nv_namespace *all;
	unsigned count, hidden;
	struct nv_style style;
};

static void list_text(struct nv_out *out, const void *context)
{
	const struct listed *l = context;

	nv_namespaces_text(out, l->all, l->count, l->hidden, &l->style);
}

static void list_json(struct nv_out *out, const void *context)
{
	const struct listed *l = context;

	nv_put(out, "{\"netvitals\":1,\"namespaces\":");
	nv_namespaces_json(out, l->all, l->count);
	nv_put(out, "}\n");
}

int cli_namespaces(struct cli *cli)
{
	struct listed l = { .style = cli_style(cli) };
	struct nv_namespaces *namespaces;
	int status;

	if (cli->arg_count > 1 ||
		(cli->arg_count == 1 && !cli_is_seconds(cli->args[0], &cli->seconds)) ||
		cli->seconds < 1 || cli->seconds > 86400)
		return cli_fail(EXIT_USAGE, "namespaces: expected 1 to 86400 SECONDS");
	namespaces = watch_namespaces(cli);
	if (!namespaces)
		return EXIT_INPUT;
	l.all = nv_namespaces_judge(namespaces, &l.count);
	l.hidden = nv_namespaces_hidden(namespaces);
	status = cli_print(cli->json ? list_json : list_text, &l);
	nv_namespaces_free(namespaces);
	return status;
}

int cli_report(struct cli *cli)
{
	static struct nv_report total, shown; /* too large for the stack of small systems */
	struct nv_engine *engine;
	struct nv_namespaces *namespaces;
	struct nv_error err = { 0, "" };
	struct nv_state *front_end;
	struct printed p = { .style = cli_style(cli) };
	int status;

	if (cli->arg_count > 1 ||
		(cli->arg_count == 1 && !cli_is_seconds(cli->args[0], &cli->seconds)))
		return cli_report_captures(cli);
	if (cli->total)
		cli->seconds = 0;
	else if (cli->seconds < 1 || cli->seconds > 86400)
		return cli_fail(
			EXIT_USAGE, "report: %g seconds: expected 1 to 86400", cli->seconds);
	if (cli->netns && cli->total)
		return cli_fail(EXIT_USAGE, "report: --total is not for --netns");
	if (cli->netns)
		return report_namespace(cli);
	engine = cli_open_engine(cli);
	if (!engine)
		return EXIT_INPUT;
	front_end = ask_frontend(cli, engine);
	namespaces = cli->total || cli->config.root[0] ? NULL
						       : nv_namespaces_new(&cli->config, &err);
	status = cli_sample(cli, engine, namespaces);
	if (status == EXIT_OK) {
		shown = *nv_engine_report(engine);
		if (namespaces)
			shown.others = nv_namespaces_judge(namespaces, &shown.other_count);
		p.report = &shown;
		nv_engine_total(engine, &total);
		p.total = &total;
		if (cli->total)
			p.report = &total;
		status = cli_print(cli->json ? write_json : write_text, &p);
	}
	nv_namespaces_free(namespaces);
	nv_engine_free(engine);
	nv_state_close(front_end);
	return status;
}

/* ---- counters
 * --------------------------------------------------------------------------------------------- */

static void counters_text(struct nv_out *out, const void *context)
{
	nv_counters_text(out, context);
}

static void counters_json(struct nv_out *out, const void *context)
{
	nv_counters_json(out, context, "linux");
}

static void counters_csv(struct nv_out *out, const void *context)
{
	nv_counters_csv_header(out);
	nv_counters_csv_row(out, context);
}

int cli_counters(struct cli *cli)
{
	struct nv_engine *engine;
	int status;

	if (cli->arg_count)
		return cli_counters_captures(cli);
	cli->seconds = 0;
	engine = cli_open_engine(cli);
	if (!engine)
		return EXIT_INPUT;
	status = cli_sample(cli, engine, NULL);
	if (status == EXIT_OK)
		status = cli_print(cli->csv ? counters_csv
				: cli->json ? counters_json
					    : counters_text,
			nv_engine_snapshot(engine));
	nv_engine_free(engine);
	return status;
}
