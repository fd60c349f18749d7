/* SPDX-License-Identifier: MIT */
/* What the files of the command share: options, exit statuses, output. One file a group of
 * commands. */
#ifndef NV_CLI_H
#define NV_CLI_H

#include "nv_present.h"

#include <signal.h>

struct nv_captures;

enum { EXIT_OK = 0, EXIT_INPUT = 1, EXIT_USAGE = 2 };

struct cli {
	struct nv_config config;
	unsigned given; /* bits: options of the command line, by their place in the table */
	bool json, csv, all, total, redact;
	double seconds;               /* of the report; 5 */
	double elapsed_s;             /* --elapsed; NAN */
	const char *platform;         /* --platform; NULL */
	const char *netns;            /* --netns; NULL */
	const char *format;           /* --format of catalog; NULL */
	const char *until, *by, *why; /* of mute and ack; NULL */
	char **args;                  /* what is left after options and the command's name */
	int arg_count;
	volatile const sig_atomic_t *stop; /* set by SIGINT and SIGTERM */
};

/* output.c: print to stderr "netvitals: ..." and return status. */
int cli_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Call write with a buffer large enough and print it on stdout. Returns EXIT_OK or EXIT_INPUT (no
 * memory, or stdout is gone).
 */
int cli_print(void (*write)(struct nv_out *, const void *context), const void *context);

/* The style of text reports on this stdout: colours on a terminal only. */
struct nv_style cli_style(const struct cli *);

/* An all-digit argument is SECONDS. */
bool cli_is_seconds(const char *arg, double *seconds);

/* live.c: is --root a series of trees? */
bool cli_is_series(const struct cli *);

/* Commands, one function each: exit status. */
int cli_report(struct cli *);
int cli_counters(struct cli *);
int cli_namespaces(struct cli *);
int cli_check(struct cli *);
int cli_check_misused(void); /* after a message: what Nagios wants to see, and its exit status */
int cli_explain(struct cli *);
int cli_catalog(struct cli *);
int cli_annotate(struct cli *);
int cli_sockets(struct cli *);
int cli_replay(struct cli *);
int cli_events(struct cli *);
int cli_baseline(struct cli *);
int cli_mute(struct cli *);
int cli_ack(struct cli *);

/* memory.c: NULL if it is of no use; that, or which parts were left out, goes to stderr. */
struct nv_state *cli_open_state(const char *path);
/* memory.c: visit the state files in --state-dir until one visit fails; none is a failure as well.
 */
int cli_each_state(const struct cli *,
	int (*visit)(const struct cli *, const char *path, const char *front_end, void *context),
	void *context);
/* The newest memory that a front end keeps of this host, and the front end's name; NULL: none. The
 * caller closes it. */
struct nv_state *cli_newest_state(
	const struct cli *, const char *host, char front_end[NV_NAME_SIZE]);
/* One line, or one element of a JSON array. */
struct nv_event_source;
void cli_print_event(
	const struct cli *, const struct nv_event *, const struct nv_event_source *, bool first);

/* files.c: the whole text, "-" for standard input; NULL and a message on stderr. The caller frees.
 */
char *cli_read_file(const char *path, size_t *length);
bool cli_is_directory(const char *path); /* never "-" */
/*
 * Visit the files below a directory in the order of their names; of a large tree only what has to
 * do with the network. Returns how many visits were 0.
 */
int cli_walk(const char *path, int (*visit)(const char *path, void *context), void *context);

/* capture.c: print, on request with addresses and the names of hosts replaced. */
int cli_print_captures(const struct cli *, const struct nv_captures *const *captures,
	unsigned count, void (*write)(struct nv_out *, const void *), const void *context);
/* capture.c: a file, a directory or standard input as one capture; NULL and a message. */
struct nv_captures *cli_open_capture(const struct cli *, const char *path);
/* capture.c: report and counters when their arguments are captures. */
int cli_report_captures(struct cli *);
int cli_counters_captures(struct cli *);

/* live.c: an engine for the options given; NULL and a message. */
struct nv_engine *cli_open_engine(const struct cli *);
/* live.c: samples until the seconds are over or a signal ends them; an exit status. namespaces:
 * NULL, or those to read beside it. */
struct nv_namespaces;
int cli_sample(const struct cli *, struct nv_engine *, struct nv_namespaces *namespaces);

#endif
