/* SPDX-License-Identifier: MIT */
/* Commands that look at the running kernel, or at a recorded tree: report, counters, check. */
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
static int sample(const struct cli *cli, struct nv_engine *engine, struct nv_namespaces *namespaces)
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

static struct nv_engine *open_engine(const struct cli *cli)
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
	engine = open_engine(cli);
	if (!engine)
		return EXIT_INPUT;
	front_end = ask_frontend(cli, engine);
	namespaces = cli->total || cli->config.root[0] ? NULL
						       : nv_namespaces_new(&cli->config, &err);
	status = sample(cli, engine, namespaces);
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
	engine = open_engine(cli);
	if (!engine)
		return EXIT_INPUT;
	status = sample(cli, engine, NULL);
	if (status == EXIT_OK)
		status = cli_print(cli->csv ? counters_csv
				: cli->json ? counters_json
					    : counters_text,
			nv_engine_snapshot(engine));
	nv_engine_free(engine);
	return status;
}

/* ---- check
 * --------------------------------------------------------------------------------------------------
 */

enum { NAGIOS_UNKNOWN = 3 };

static int nagios_status(enum nv_status status)
{
	switch (status) {
	case NV_OK:
		return 0;
	case NV_WARNING:
		return 1;
	case NV_CRITICAL:
		return 2;
	case NV_UNKNOWN:
	case NV_LEARNING:
	case NV_DISABLED:
		break;
	}
	return NAGIOS_UNKNOWN;
}

/* A check runs unattended: what unsolicited packets can raise does not page. */
static void calm_strangers(struct nv_report *r)
{
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i) && r->verdicts[i].status == NV_WARNING &&
			(nv_indicators[i].origin == NV_UNSOLICITED || r->verdicts[i].unsolicited)) {
			r->verdicts[i].status = NV_OK;
			r->verdicts[i].reason = NV_REASON_NOTED;
		}
}

/* The worst indicator of a class that is left; 0: none. The core's own choice, if it is one of the
 * worst. */
static unsigned worst_of(const struct nv_report *r, unsigned klass, enum nv_status *status)
{
	unsigned worst = r->classes[klass].worst;

	*status = r->classes[klass].status == NV_UNKNOWN ? NV_UNKNOWN : NV_OK;
	if (worst && !nv_is_raised(r->verdicts[worst].status))
		worst = 0;
	if (worst)
		*status = r->verdicts[worst].status;
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_verdict *v = &r->verdicts[i];

		if (!nv_indicator_exists(i) || nv_indicators[i].klass != klass ||
			!nv_is_raised(v->status) || nv_is_silenced(v) ||
			nv_worse(*status, v->status) == *status)
			continue;
		*status = v->status;
		worst = i;
	}
	return worst;
}

/* The classes anew, without what unsolicited packets raised. Returns the indicator to show, 0 if
 * there is none.
 */
static unsigned worst_left(const struct nv_report *r, enum nv_status *status)
{
	unsigned worst = 0;

	*status = NV_OK;
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		enum nv_status own;
		unsigned i = worst_of(r, klass, &own);

		if (nv_worse(*status, own) == *status)
			continue;
		*status = own;
		worst = i;
	}
	return worst;
}

/* A bar would begin the performance data, and a program may be named as it likes. */
static void print_plain(const char *text)
{
	for (; *text; text++)
		putchar(*text == '|' ? '?' : *text);
}

/* The class in words, what it is, and the first who is behind it. */
static void print_cause(const struct nv_report *r, unsigned worst)
{
	printf("%s: ", nv_classes[nv_indicators[worst].klass].name);
	print_plain(r->classes[nv_indicators[worst].klass].worst == worst
			? r->classes[nv_indicators[worst].klass].text
			: r->verdicts[worst].text);
	for (unsigned i = 0; i < r->offender_count; i++)
		if (r->offenders[i].indicator == worst) {
			printf("; ");
			print_plain(r->offenders[i].text);
			return;
		}
}

static void print_check(const struct nv_report *r, enum nv_status status, unsigned worst)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

	printf("NETVITALS %s - ", words[nagios_status(status)]);
	if (worst)
		print_cause(r, worst);
	else if (status == NV_OK)
		printf("no problem seen in %.0f s", r->seconds);
	else
		printf("no data");
	printf(" |");
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_indicator *ind = &nv_indicators[i];
		double scale = ind->kind == NV_RATIO ? 100 : 1;

		if (!nv_indicator_exists(i) || !ind->headline)
			continue;
		/* Always all of them: a graph is made of the same columns each time. U is unknown.
		 */
		if (isnan(r->verdicts[i].value))
			printf(" %s=U;", ind->name);
		else
			printf(" %s=%.4g%s;", ind->name, r->verdicts[i].value * scale,
				ind->kind == NV_RATIO ? "%" : "");
		if (!isnan(r->verdicts[i].warn))
			printf("%g", r->verdicts[i].warn * scale);
		printf(";");
		if (!isnan(r->verdicts[i].crit))
			printf("%g", r->verdicts[i].crit * scale);
	}
	printf("\n");
}

/* Status 2 is CRITICAL for Nagios: a misspelt option must not page anybody. */
int cli_check_misused(void)
{
	printf("NETVITALS UNKNOWN - check: wrong usage; netvitals check [OPTION...] [SECONDS]\n");
	return NAGIOS_UNKNOWN;
}

int cli_check(struct cli *cli)
{
	static struct nv_report report;
	struct nv_engine *engine;
	enum nv_status status;
	unsigned worst;

	if (cli->arg_count > 1 ||
		(cli->arg_count == 1 && !cli_is_seconds(cli->args[0], &cli->seconds)) ||
		cli->seconds < 1 || cli->seconds > 3600) {
		printf("NETVITALS UNKNOWN - check: expected 1 to 3600 SECONDS\n");
		return NAGIOS_UNKNOWN;
	}
	engine = open_engine(cli);
	if (!engine || sample(cli, engine, NULL) != EXIT_OK) {
		printf("NETVITALS UNKNOWN - no counters could be read\n");
		nv_engine_free(engine);
		return NAGIOS_UNKNOWN;
	}
	report = *nv_engine_report(engine);
	calm_strangers(&report);
	worst = worst_left(&report, &status);
	print_check(&report, status, worst);
	nv_engine_free(engine);
	return nagios_status(status);
}
