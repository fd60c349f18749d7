/* SPDX-License-Identifier: MIT */
/* The command: options, dispatch and help from two tables; the commands are in the other files. */
#include "nv_captures.h"
#include "cli.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

/* ---- commands
 * -------------------------------------------------------------------------------------- */

static const struct command {
	const char *name;
	int (*run)(struct cli *);
	int most; /* arguments; -1: variadic */
	const char *arguments, *text;
} commands[] = {
	{ "report", cli_report, -1, "[SECONDS|FILE [AFTER]]",
		"what is wrong now: the next SECONDS (default 5), worst first" },
	{ "counters", cli_counters, -1, "[CAPTURE...]", "normalized counters since boot" },
	{ "annotate", cli_annotate, -1, "CAPTURE", "the capture with L C R A S in the margin" },
	{ "sockets", cli_sockets, -1, "[CAPTURE]", "states, queues, offenders and their programs" },
	{ "namespaces", cli_namespaces, -1, "[SECONDS]",
		"other network namespaces of this host, worst first" },
	{ "check", cli_check, -1, "[SECONDS]", "for Nagios: one line, perfdata, exit 0 1 2 3" },
	{ "replay", cli_replay, -1, "SERIES",
		"what the judge would have said on rows of `counters --csv`" },
	{ "events", cli_events, 0, "", "the last transitions of the plugin and the agent" },
	{ "baseline", cli_baseline, 2, "[show|export FILE|import FILE|reset [NAME]]",
		"what is learned as usual" },
	{ "mute", cli_mute, -1, "[NAME --until WHEN --by WHO --why TEXT]",
		"do not notify about a known problem; no NAME: the list" },
	{ "ack", cli_ack, -1, "[NAME --until WHEN --by WHO --why TEXT]",
		"as mute, until it gets worse or clears" },
	{ "explain", cli_explain, -1, "[NAME]",
		"an indicator, a counter, a class, or netstat's name for one" },
	{ "catalog", cli_catalog, -1, "",
		"the list of all indicators and counters, as --format=md|man|mib|json" },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* ---- options
 * --------------------------------------------------------------------------------------- */

/* The core names the option as files spell it and says that the value before stays: not so here. */
static int core_option(struct cli *cli, const char *name, const char *option, const char *value)
{
	struct nv_error err = { 0, "" };
	const char *complaint;

	if (nv_config_set(&cli->config, NULL, option, value, &err) == NV_CONFIG_SET)
		return EXIT_OK;
	complaint = strchr(err.text, ':');
	complaint = complaint ? complaint : err.text;
	return cli_fail(EXIT_USAGE, "--%s%.*s", name, (int)strcspn(complaint, ";"), complaint);
}

static int set_platform(struct cli *cli, const char *value)
{
	struct nv_error err = { 0, "" };
	struct nv_captures *captures = nv_captures_new(value, &err);

	if (!captures)
		return cli_fail(EXIT_USAGE, "--%s", err.text);
	nv_captures_free(captures);
	cli->platform = value;
	return EXIT_OK;
}

static int set_elapsed(struct cli *cli, const char *value)
{
	char *end;

	cli->elapsed_s = strtod(value, &end);
	if (end == value || *end || !(cli->elapsed_s > 0) || isinf(cli->elapsed_s))
		return cli_fail(EXIT_USAGE, "--elapsed %s: expected seconds above 0", value);
	return EXIT_OK;
}

/* What a command looks at: an option may belong to one of them alone. */
enum { LIVE = 1, CAPTURES = 2, SERIES = 4, BOTH = LIVE | CAPTURES };

#define CORE(option) NULL, option, 0
#define AT(member)   NULL, NULL, offsetof(struct cli, member)

static const struct option {
	const char *name;
	const char *value; /* NULL: takes none */
	/* One of three: a function, the name of an option of the core, or the place of a flag or a
	 * word. */
	int (*set)(struct cli *, const char *value);
	const char *core;
	size_t at;
	const char *commands; /* that heed it, a blank behind each */
	int of;               /* looking at what */
	const char *text;
} options[] = {
	{ "json", NULL, AT(json),
		"report counters sockets namespaces replay events baseline catalog ", BOTH,
		"for programs" },
	{ "csv", NULL, AT(csv), "counters ", BOTH, "counters: one row a sample or capture" },
	{ "all", NULL, AT(all), "report events baseline ", BOTH,
		"every indicator, interface, event" },
	{ "total", NULL, AT(total), "report ", BOTH, "report: since boot (never above warning)" },
	{ "root", "DIR", CORE("root"), "report counters sockets check ", LIVE,
		"a recorded tree, or a series of them, instead of the kernel" },
	{ "role", "host|container|router", CORE("role"), "report check replay ", BOTH,
		"instead of guessing" },
	{ "interfaces", "all|[!]NAMES", CORE("interfaces"), "report counters check replay ", LIVE,
		"which interfaces are counted in class status" },
	{ "profile", "strict|default|lenient", CORE("profile"), "report namespaces check replay ",
		BOTH, "moves all limits" },
	{ "platform", "NAME", set_platform, NULL, 0, "report counters annotate replay ",
		CAPTURES | SERIES, "captures, series: the system, if the text does not say" },
	{ "elapsed", "SECONDS", set_elapsed, NULL, 0, "report ", CAPTURES,
		"captures: time between two of them" },
	{ "redact", NULL, AT(redact), "report counters annotate ", CAPTURES,
		"captures: replace addresses and host names" },
	{ "window", "SECONDS", CORE("window"), "report replay ", SERIES,
		"series: length of the window" },
	{ "state-dir", "DIR", CORE("statedir"), "report check events baseline mute ack ", LIVE,
		"where the front ends keep their memory" },
	{ "netns", "NAME|ID|PID", AT(netns), "report ", LIVE,
		"report: on another network namespace" },
	{ "format", "md|man|mib|json", AT(format), "catalog ", BOTH, "catalog" },
	{ "until", "WHEN", AT(until), "mute ack ", BOTH, "mute, ack: end" },
	{ "by", "WHO", AT(by), "mute ack ", BOTH, "mute, ack: name" },
	{ "why", "TEXT", AT(why), "mute ack ", BOTH, "mute, ack: reason" },
};

enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

/* ---- help
 * ------------------------------------------------------------------------------------------ */

/* What it is called, and beside it, or below if that is long, what it does. */
static void put_help(struct nv_out *out, const char *name, const char *arguments, const char *text)
{
	enum { COLUMN = 35, WIDTH = 80 };
	char head[96], lead[COLUMN + 1];
	bool beside = snprintf(head, sizeof(head), "  %-8s %s ", name, arguments) <= COLUMN;

	if (!beside)
		nv_put(out, "  %-8s %s\n", name, arguments);
	snprintf(lead, sizeof(lead), "%-*.*s", COLUMN, COLUMN, beside ? head : "");
	nv_put_wrapped(out, WIDTH, lead, text);
}

static void write_usage(struct nv_out *out, const void *context)
{
	char name[32];

	(void)context;
	nv_put(out, "usage: netvitals [COMMAND] [OPTION...] [ARGUMENT...]\n\n");
	for (unsigned i = 0; i < COMMANDS; i++)
		put_help(out, commands[i].name, commands[i].arguments, commands[i].text);
	nv_put(out, "\noptions:\n");
	for (unsigned i = 0; i < OPTIONS; i++) {
		snprintf(name, sizeof(name), "--%s", options[i].name);
		put_help(out, name, options[i].value ? options[i].value : "", options[i].text);
	}
	put_help(out, "--help", "", "this; --version prints the version");
	nv_put(out, "\nWithout a command: report. Exit 0; 1 input that cannot be read; 2 usage.\n");
}

static int usage(void)
{
	return cli_print(write_usage, NULL);
}

/* ---- command line
 * ------------------------------------------------------------------------------------- */

static int set_option(struct cli *cli, const struct option *option, const char *value)
{
	void *to = (char *)cli + option->at;

	if (option->set)
		return option->set(cli, value);
	if (option->core)
		return core_option(cli, option->name, option->core, value);
	if (option->value)
		*(const char **)to = value;
	else
		*(bool *)to = true;
	return EXIT_OK;
}

static int one_option(struct cli *cli, char **argv, int argc, int *at)
{
	const char *name = strncmp(argv[*at], "--", 2) == 0 ? argv[*at] + 2 : "";
	size_t length = strcspn(name, "=");

	for (unsigned i = 0; i < OPTIONS; i++) {
		const char *value = NULL;

		if (strlen(options[i].name) != length ||
			strncmp(options[i].name, name, length) != 0)
			continue;
		if (!options[i].value && name[length])
			return cli_fail(EXIT_USAGE, "--%s: \"%s\" is too much, it takes no value",
				options[i].name, name + length + 1);
		if (options[i].value && name[length] == '=')
			value = name + length + 1;
		else if (options[i].value && *at + 1 < argc)
			value = argv[++*at];
		if (options[i].value && !value)
			return cli_fail(
				EXIT_USAGE, "--%s: expected %s", options[i].name, options[i].value);
		cli->given |= 1u << i;
		return set_option(cli, &options[i], value);
	}
	return cli_fail(EXIT_USAGE, "%s: unknown option; netvitals --help lists them", argv[*at]);
}

/* One dash and more: no option of ours begins so; "-" alone is standard input. */
static bool is_option(const char *arg)
{
	return arg[0] == '-' && arg[1];
}

static const struct command *find_command(const char *name)
{
	for (unsigned i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* A word that is no command is SECONDS, a file, or a typo. */
static bool is_missing(const char *word)
{
	double seconds;

	return strcmp(word, "-") != 0 && !cli_is_seconds(word, &seconds) &&
		access(word, F_OK) != 0 && errno == ENOENT;
}

static bool heeds(const struct command *command, const struct option *option)
{
	const char *at = option->commands;
	size_t length = strlen(command->name);

	while (*at && (strncmp(at, command->name, length) != 0 || at[length] != ' '))
		at += strcspn(at, " ") + 1;
	return *at != 0;
}

/* Are these arguments of report, counters, sockets or annotate captures? */
static bool has_captures(const struct command *command, const struct cli *cli)
{
	double seconds;

	if (command->run == cli_report)
		return cli->arg_count > 1 ||
			(cli->arg_count == 1 && !cli_is_seconds(cli->args[0], &seconds));
	return command->run == cli_annotate ||
		(cli->arg_count && (command->run == cli_counters || command->run == cli_sockets));
}

/* A bit of each that the command looks at. */
static int looks_at(const struct command *command, const struct cli *cli)
{
	if (has_captures(command, cli))
		return CAPTURES;
	return command->run == cli_replay || (command->run == cli_report && cli_is_series(cli))
		? LIVE | SERIES
		: LIVE;
}

/* What would be ignored was meant: better refused than a report that is not what it seems. */
static int refuse_strays(const struct command *command, const struct cli *cli)
{
	int of = looks_at(command, cli);

	for (unsigned i = 0; i < OPTIONS; i++) {
		if (!(cli->given & 1u << i))
			continue;
		if (!heeds(command, &options[i]))
			return cli_fail(EXIT_USAGE, "%s takes no --%s, which is for %.*s",
				command->name, options[i].name,
				(int)strlen(options[i].commands) - 1, options[i].commands);
		if (!(options[i].of & of))
			return cli_fail(EXIT_USAGE, "%s: --%s is for %s", command->name,
				options[i].name,
				options[i].of == SERIES  ? "a series"
					: of == CAPTURES ? "what is not a capture"
							 : "captures");
	}
	if (cli->csv && cli->json)
		return cli_fail(
			EXIT_USAGE, "%s: --csv and --json: expected one of them", command->name);
	if (cli->total && (cli->arg_count > 1 || (cli->arg_count && of != CAPTURES)))
		return cli_fail(EXIT_USAGE,
			"%s: --total: expected at most one capture, and no time", command->name);
	if (command->most >= 0 && cli->arg_count > command->most)
		return cli_fail(EXIT_USAGE, "%s: \"%s\" is one argument too many", command->name,
			cli->args[command->most]);
	return EXIT_OK;
}

/* What could not be written was not said: a full disk is no success. */
static int finish(const struct command *command, struct cli *cli)
{
	int status = refuse_strays(command, cli);

	if (status != EXIT_OK)
		return command->run == cli_check ? cli_check_misused() : status;
	status = command->run(cli);
	if ((fflush(stdout) == 0 && !ferror(stdout)) || status == EXIT_INPUT)
		return status;
	cli_fail(EXIT_INPUT, "cannot write to standard output");
	return command->run == cli_check ? cli_check_misused() : EXIT_INPUT;
}

enum { GO_ON = -1 };

/* --help and --version end it, other options are set. GO_ON, or how it ends. */
static int heed_option(struct cli *cli, char **argv, int argc, int *at)
{
	if (strcmp(argv[*at], "--help") == 0 || strcmp(argv[*at], "-h") == 0)
		return usage();
	if (strcmp(argv[*at], "--version") == 0)
		return printf("netvitals %s\n", NV_VERSION) > 0 ? EXIT_OK : EXIT_INPUT;
	int status = one_option(cli, argv, argc, at);

	return status == EXIT_OK ? GO_ON : status;
}

/* The command, options and what is left, in any order. GO_ON, or how it ends. */
static int read_line(struct cli *cli, const struct command **command, char **argv, int argc)
{
	bool options_over = false;

	for (int i = 1; i < argc; i++) {
		int status = GO_ON;

		if (!options_over && strcmp(argv[i], "--") == 0)
			options_over = true;
		else if (!options_over && is_option(argv[i]))
			status = heed_option(cli, argv, argc, &i);
		else if (!*command && !cli->arg_count && find_command(argv[i]))
			*command = find_command(argv[i]);
		else
			cli->args[cli->arg_count++] = argv[i];
		if (status != GO_ON)
			return status;
	}
	return GO_ON;
}

int main(int argc, char **argv)
{
	struct cli cli = { .seconds = 5, .elapsed_s = NAN, .stop = &stopped };
	const struct command *command = NULL;
	/* The second time it ends, whatever it waits for. */
	struct sigaction action = { .sa_handler = stop, .sa_flags = (int)SA_RESETHAND };

	nv_config_init(&cli.config);
	cli.args = argv; /* the rest is gathered at the front: never more than was there */
	int status = read_line(&cli, &command, argv, argc);

	if (status != GO_ON)
		return status != EXIT_OK && command && command->run == cli_check
			? cli_check_misused()
			: status;
	if (!command && cli.arg_count && is_missing(cli.args[0]))
		return cli_fail(EXIT_INPUT,
			"%s: neither a command nor a file; netvitals --help lists the commands",
			cli.args[0]);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return finish(command ? command : &commands[0], &cli);
}
