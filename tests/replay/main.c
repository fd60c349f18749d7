/* SPDX-License-Identifier: MIT */
/*
 * replay [hosts] [incident hosts] [default|strict|lenient] [row|check]: run the experiments on all
 * processors and print the tables, or one row of the trade-off, or what check-judge compares.
 * replay --worlds NAME,NAME|all [hosts] [incident hosts] [seed] [profile]: the judge alone in each
 * world; what was chosen on some worlds is looked at on the others.
 * replay csv SEED DAYS [INDICATOR]: one host as a series, with an incident of three times the
 * threshold for half an hour, one hour before the end. Workers are processes; each fills its own
 * result in shared memory.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nv_config.h"
#include "replay.h"

#define WORKERS 2

static void add_unsigned(unsigned *sum, const unsigned *more, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sum[i] += more[i];
}

static void add_found(struct found *sum, const struct found *more)
{
	add_unsigned((unsigned *)sum, (const unsigned *)more, sizeof(*sum) / sizeof(unsigned));
}

static void add_rate(struct rate *sum, const struct rate *more)
{
	sum->months += more->months;
	sum->raises += more->raises;
	sum->classes += more->classes;
	sum->criticals += more->criticals;
}

static void add_result(struct result *sum, const struct result *more)
{
	for (unsigned g = 0; g < GROUPS; g++) {
		add_rate(&sum->week1[g], &more->week1[g]);
		add_rate(&sum->later[g], &more->later[g]);
	}
	add_unsigned(&sum->per_indicator[0][0], &more->per_indicator[0][0], 2 * NV_I_END);
	sum->hosts += more->hosts;
	sum->hosts_without += more->hosts_without;
	for (unsigned kind = 0; kind < INCIDENT_KINDS; kind++)
		add_found(&sum->found[kind], &more->found[kind]);
	add_found(&sum->twice_many, &more->twice_many);
	add_found(&sum->twice_strange, &more->twice_strange);
	add_found(&sum->other[0], &more->other[0]);
	add_found(&sum->other[1], &more->other[1]);
	sum->shift_once += more->shift_once;
	sum->field_months += more->field_months;
	add_unsigned(&sum->field_raises[0][0], &more->field_raises[0][0], FIELD_RULES * SCALES);
	sum->steps += more->steps;
}

static enum nv_profile profile_of(const char *name)
{
	return strcmp(name, "strict") == 0     ? NV_PROFILE_STRICT
		: strcmp(name, "lenient") == 0 ? NV_PROFILE_LENIENT
					       : NV_PROFILE_DEFAULT;
}

static bool is_named(const char *list, const char *name)
{
	size_t length = strlen(name);

	if (strcmp(list, "all") == 0)
		return true;
	for (const char *at = strstr(list, name); at; at = strstr(at + 1, name))
		if ((at == list || at[-1] == ',') && (!at[length] || at[length] == ','))
			return true;
	return false;
}

static struct result *shared_results(unsigned count)
{
	void *memory = mmap(NULL, count * sizeof(struct result), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		perror("replay: mmap");
		exit(1);
	}
	return memory;
}

static int run_worlds(int argc, char **argv)
{
	const char *names = argc > 2 ? argv[2] : "all";
	unsigned hosts = argc > 3 ? (unsigned)atoi(argv[3]) : 20;
	const unsigned scale[2] = { hosts, argc > 4 ? (unsigned)atoi(argv[4]) : hosts };
	uint64_t seed = argc > 5 ? (uint64_t)atoll(argv[5]) : 1210000;
	enum nv_profile profile = profile_of(argc > 6 ? argv[6] : "default");
	struct result *results = shared_results(WORKERS * WORLDS);
	int failed = 0, status;

	for (unsigned worker = 0; worker < WORKERS; worker++) {
		pid_t pid = fork();
		if (pid < 0) {
			perror("replay: fork");
			return 1;
		}
		if (pid > 0)
			continue;
		for (unsigned w = 0; w < WORLDS; w++)
			if (is_named(names, world_names[w]))
				experiment_world(&results[worker * WORLDS + w], (enum world)w, seed,
					worker, WORKERS, scale, profile);
		fflush(stdout);
		_exit(0);
	}
	while (wait(&status) > 0)
		failed |= status;
	for (unsigned i = WORLDS; i < WORKERS * WORLDS; i++)
		add_result(&results[i % WORLDS], &results[i]);
	print_worlds(results);
	return failed ? 1 : 0;
}

/* Reported to stop: the tables of what was seen until now. */
static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

int main(int argc, char **argv)
{
	if (argc > 3 && strcmp(argv[1], "csv") == 0)
		return write_series(
			(uint64_t)atoi(argv[2]), atoi(argv[3]), argc > 4 ? argv[4] : NULL);
	if (argc > 1 && strcmp(argv[1], "--worlds") == 0)
		return run_worlds(argc, argv);
	unsigned hosts = argc > 1 ? (unsigned)atoi(argv[1]) : 120;
	unsigned with_incidents = argc > 2 ? (unsigned)atoi(argv[2]) : 12;
	enum nv_profile profile = profile_of(argc > 3 ? argv[3] : "default");
	bool row = argc > 4 && strcmp(argv[4], "row") == 0;
	bool check = argc > 4 && strcmp(argv[4], "check") == 0;
	struct result *results = shared_results(WORKERS);
	pid_t workers[WORKERS];
	struct rusage usage;
	int failed = 0, status;

	for (unsigned worker = 0; worker < WORKERS; worker++) {
		pid_t pid = workers[worker] = fork();
		if (pid < 0) {
			perror("replay: fork");
			return 1;
		}
		if (pid == 0) {
			signal(SIGINT, SIG_IGN);
			experiment_incidents(&results[worker], worker, WORKERS, with_incidents,
				row || check, profile);
			experiment_false(&results[worker], worker, WORKERS, hosts, profile);
			fflush(stdout);
			_exit(0);
		}
	}
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = stop }, NULL);
	sigaction(SIGINT, &(struct sigaction){ .sa_handler = stop }, NULL);
	while (wait(&status) > 0 || (errno == EINTR && stopped)) {
		failed |= !stopped && status;
		for (unsigned worker = 0; stopped && worker < WORKERS; worker++)
			kill(workers[worker], SIGKILL);
	}
	for (unsigned worker = 1; worker < WORKERS; worker++)
		add_result(&results[0], &results[worker]);
	if (row || check) {
		(row ? print_row : print_check)(&results[0], profile);
		return failed ? 1 : 0;
	}
	getrusage(RUSAGE_CHILDREN, &usage);
	print_table(&results[0], profile,
		(double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 +
			(double)usage.ru_stime.tv_sec);
	return failed ? 1 : 0;
}
