/* SPDX-License-Identifier: MIT */
/*
 * replay: a series of `counters --csv` rows -> what the judge would have said, one line a
 * transition.
 */
#include "text/clean.h"
#include "cli.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Those of one engine or file that are newer than `after`. Returns the newest number. */
static uint32_t print_new(
	const struct cli *cli, const struct nv_engine *engine, uint32_t after, unsigned *printed)
{
	const struct nv_event_source of = { NULL, NULL, NULL };
	struct nv_event events[16];
	unsigned n;

	while ((n = nv_engine_events(engine, after, events, 16)) > 0)
		for (unsigned i = 0; i < n; i++) {
			cli_print_event(cli, &events[i], &of, *printed == 0);
			after = events[i].number;
			(*printed)++;
		}
	return after;
}

/* ---- replay
 * ------------------------------------------------------------------------------------------- */

struct series {
	FILE *file;
	const char *name;
	char *line;
	size_t room;
	unsigned number; /* of the line */
	uint16_t column[NV_C_END + 64];
	unsigned columns;
	unsigned stale; /* rows that are not after the one before them */
	double step_s;  /* between rows without a time */
};

/* What stands in someone's file is quoted without what acts on a terminal. */
static const char *quoted(char *word)
{
	nv_clean_text(word);
	return word;
}

static bool next_line(struct series *s)
{
	ssize_t n = getline(&s->line, &s->room, s->file);

	if (n < 0)
		return false;
	while (n > 0 && (s->line[n - 1] == '\n' || s->line[n - 1] == '\r'))
		s->line[--n] = 0;
	s->number++;
	return true;
}

/* The names of the first line; unknown ones are passed over. */
static int read_header(struct series *s)
{
	char *rest, *word;
	unsigned known = 0;

	if (!next_line(s))
		return cli_fail(EXIT_INPUT, "%s: empty", s->name);
	rest = s->line;
	while ((word = strsep(&rest, ",")) != NULL) {
		if (s->columns == sizeof(s->column) / sizeof(s->column[0]))
			return cli_fail(
				EXIT_INPUT, "%s:1: more than %u columns", s->name, s->columns);
		if (s->columns == 0 && strcmp(word, "time") != 0)
			return cli_fail(EXIT_INPUT,
				"%s:1: the first column is \"%.40s\", expected \"time\"", s->name,
				quoted(word));
		s->column[s->columns] = (uint16_t)nv_counter_find(word);
		known += s->column[s->columns++] != NV_C_NONE;
	}
	if (!known)
		return cli_fail(EXIT_INPUT, "%s:1: no counter is known by its name", s->name);
	return EXIT_OK;
}

static bool read_number(const char *word, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(word, &end, 10);
	return *word >= '0' && *word <= '9' && *end == 0 && errno == 0;
}

/* One row into the snapshot; the time of a row without one follows from the row before. */
static int read_row(struct series *s, struct nv_snapshot *snapshot)
{
	char *rest = s->line, *word;
	uint64_t value;

	memset(snapshot->present, 0, sizeof(snapshot->present));
	for (unsigned i = 0; (word = strsep(&rest, ",")) != NULL; i++) {
		if (i >= s->columns)
			return cli_fail(EXIT_INPUT, "%s:%u: more cells than the %u columns",
				s->name, s->number, s->columns);
		if (!*word && i > 0)
			continue;
		if (*word && !read_number(word, &value))
			return cli_fail(EXIT_INPUT,
				"%s:%u: cell %u is \"%.40s\", expected a number", s->name,
				s->number, i + 1, quoted(word));
		if (i == 0) {
			snapshot->time_s = *word ? (int64_t)value
						 : snapshot->time_s + (int64_t)s->step_s;
		} else if (s->column[i]) {
			snapshot->value[s->column[i]] = value;
			snapshot->present[s->column[i]] = 1;
		}
	}
	snapshot->mono_ns = snapshot->boot_ns = (uint64_t)snapshot->time_s * UINT64_C(1000000000);
	return EXIT_OK;
}

/* The first two rows say how often there are any. NULL and a message. */
static struct nv_engine *begin_replay(struct cli *cli, const struct series *s,
	const struct nv_snapshot *first, const struct nv_snapshot *second)
{
	double interval_s = (double)(second->time_s - first->time_s);
	struct nv_engine *engine = NULL;
	struct nv_error err = { 0, "" };

	if (interval_s > 3600) {
		cli_fail(EXIT_INPUT,
			"%s:%u: %.0f s after the row before: expected at most 3600, for a judge that follows",
			s->name, s->number, interval_s);
		return NULL;
	}
	cli->config.interval_s = interval_s;
	engine = nv_engine_new(&cli->config, &err);
	if (!engine)
		cli_fail(EXIT_INPUT, "%s", err.text);
	else
		nv_engine_feed(engine, first);
	return engine;
}

static int run_series(struct cli *cli, struct series *s)
{
	static struct nv_snapshot first, row;
	struct nv_engine *engine = NULL;
	int64_t newest_s = 0;
	uint32_t after = 0;
	unsigned rows = 0, printed = 0;
	int status = read_header(s);

	first.width_bits = row.width_bits = 64;
	first.platform = row.platform = cli->platform ? nv_platform_find(cli->platform)
						      : NV_PLATFORM_LINUX;
	first.initial_netns = row.initial_netns = true;
	first.uptime_s = row.uptime_s = NAN;
	s->step_s = cli->config.interval_s;
	cli->config.fed =
		true; /* what this host's sockets say now is no evidence of what was recorded */
	while (status == EXIT_OK && next_line(s)) {
		if (!*s->line)
			continue;
		status = read_row(s, &row);
		if (status != EXIT_OK)
			break;
		rows++;
		if (rows > 1 && row.time_s <= newest_s) {
			s->stale++;
			continue;
		}
		newest_s = row.time_s;
		if (rows == 1) {
			first = row;
			continue;
		}
		if (!engine) {
			engine = begin_replay(cli, s, &first, &row);
			if (!engine) {
				status = EXIT_INPUT;
				break;
			}
		}
		nv_engine_feed(engine, &row);
		after = print_new(cli, engine, after, &printed);
	}
	nv_engine_free(engine);
	if (status == EXIT_OK && rows < 2)
		status = cli_fail(EXIT_INPUT, "%s: %u rows, expected at least 2", s->name, rows);
	if (status == EXIT_OK && s->stale)
		cli_fail(EXIT_OK, "%s: rows that are not after the one before, passed over: %u",
			s->name, s->stale);
	if (status == EXIT_OK && !cli->json)
		fprintf(stderr, "netvitals: %u rows, %u transitions\n", rows, printed);
	return status;
}

int cli_replay(struct cli *cli)
{
	struct series series = { 0 };
	int status;

	if (cli->arg_count != 1)
		return cli_fail(EXIT_USAGE,
			"replay: one file expected: the rows of `counters --csv`, or - for stdin");
	series.name = cli->args[0];
	series.file = strcmp(series.name, "-") == 0 ? stdin : fopen(series.name, "r");
	if (!series.file)
		return cli_fail(EXIT_INPUT, "%s: %s", series.name, strerror(errno));
	cli->config.mode = NV_DAEMON;
	cli->config.front_end[0] = 0;
	if (cli->json)
		printf("[");
	status = run_series(cli, &series);
	if (cli->json)
		printf("\n]\n");
	if (series.file != stdin)
		fclose(series.file);
	free(series.line);
	return status;
}
