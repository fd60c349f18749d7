/* SPDX-License-Identifier: MIT */
/* From functions to call, to medians of the thread's processor time and their ratios. */
#include "measure.h"

#include <fcntl.h>
#include <math.h>
#include <net/if.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double samples[2][VARIANTS_MAX][HOT]; /* hot, cold */
unsigned sample_count[2] = { HOT, COLD }, warm_runs = 3;

unsigned failures, allocations, opens;
bool counting;

/* ---- what a cycle must not do: the linker sends these calls here (--wrap)
 * ------------------------------ */

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
int __real_socket(int, int, int);
int __real_open(const char *, int, ...);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);
int __wrap_socket(int, int, int);
int __wrap_open(const char *, int, ...);

void *__wrap_malloc(size_t size)
{
	allocations += counting;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	allocations += counting;
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	allocations += counting;
	return __real_realloc(old, size);
}

int __wrap_socket(int family, int type, int protocol)
{
	opens += counting;
	return __real_socket(family, type, protocol);
}

int __wrap_open(const char *path, int flags, ...)
{
	opens += counting;
	return __real_open(path, flags, 0);
}

static double spent_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- measuring
 * ------------------------------------------------------------------------------------------------
 */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double median(double *values, unsigned count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

/* QUICK=1: no more than the least that is worth a median. */
static void limit_samples(void)
{
	const char *quick = getenv("QUICK");

	for (unsigned cold = 0; quick && *quick && *quick != '0' && cold < 2; cold++)
		if (sample_count[cold] > LEAST)
			sample_count[cold] = LEAST;
}

void measure(struct variant *variants, unsigned count)
{
	limit_samples();
	for (unsigned cold = 0; cold < 2; cold++) {
		for (unsigned s = 0; s < sample_count[cold]; s++) {
			for (unsigned k = 0; k < count; k++) {
				/* There and back again: none always follows the same other. */
				unsigned i = s % 2 ? count - 1 - k : k;
				double began_s;

				/* Hot is after itself, not after another that left its own things
				 * in the caches. */
				if (cold)
					usleep(COLD_US);
				for (unsigned warm = 0; !cold && warm < warm_runs; warm++)
					variants[i].run();
				began_s = spent_s();
				variants[i].run();
				samples[cold][i][s] = (spent_s() - began_s) * 1e6;
			}
		}
	}
	for (unsigned i = 0; i < count; i++) {
		double hot[HOT], cold[HOT];

		variants[i].at = i;
		memcpy(hot, samples[0][i], sizeof(hot));
		memcpy(cold, samples[1][i], sizeof(cold));
		median(hot, sample_count[0]);
		median(cold, sample_count[1]);
		printf("# %-28s %10.1f us hot %10.1f us cold", variants[i].name,
			hot[sample_count[0] / 2], cold[sample_count[1] / 2]);
		printf(" (quartiles %.1f %.1f hot, %.1f %.1f cold)\n", hot[sample_count[0] / 4],
			hot[sample_count[0] * 3 / 4], cold[sample_count[1] / 4],
			cold[sample_count[1] * 3 / 4]);
	}
}

double ratio(const struct variant *ours, const struct variant *theirs, unsigned cold)
{
	double ratios[HOT];

	for (unsigned s = 0; s < sample_count[cold]; s++)
		ratios[s] = samples[cold][ours->at][s] / samples[cold][theirs->at][s];
	return median(ratios, sample_count[cold]);
}

double cold_us(const struct variant *v)
{
	double cold[HOT];

	memcpy(cold, samples[1][v->at], sizeof(cold));
	return median(cold, sample_count[1]);
}

void check(const char *name, double found, double limit)
{
	bool sound = found <= limit;

	failures += !sound;
	printf("%s - %s: %.3f (at most %.3f)\n", sound ? "ok" : "not ok", name, found, limit);
}

void check_both(
	const char *name, const struct variant *ours, const struct variant *theirs, double limit)
{
	char text[128];

	snprintf(text, sizeof(text), "%s, hot", name);
	check(text, ratio(ours, theirs, 0), limit);
	snprintf(text, sizeof(text), "%s, cold", name);
	check(text, ratio(ours, theirs, 1), limit);
}

void check_beside_floor(const char *name, double found, double floor, double limit)
{
	bool sound = found <= limit;

	failures += !sound;
	printf("%s - %s: %.3f (at most %.3f; the floor alone %.3f)\n", sound ? "ok" : "not ok",
		name, found, limit, floor);
}

/* Processor time of a command, exec included. */
double command_us(char *const *words)
{
	extern char **environ;
	posix_spawn_file_actions_t actions;
	double spent[3];

	for (unsigned i = 0; i < 3; i++) {
		struct rusage usage;
		pid_t pid;
		int status;

		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
		if (posix_spawnp(&pid, words[0], &actions, NULL, words, environ) != 0 ||
			wait4(pid, &status, 0, &usage) < 0 || status)
			return NAN;
		posix_spawn_file_actions_destroy(&actions);
		spent[i] = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
			(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	}
	return median(spent, 3);
}

/* Own memory; pages of the program file come in as its parts are used. statm is too coarse. */
long own_kb(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "r");
	char line[256];
	long kb = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Anonymous: %ld", &kb) == 1)
			break;
	if (file)
		fclose(file);
	return kb;
}

bool new_namespace(void)
{
	struct ifreq lo = { .ifr_flags = IFF_UP | IFF_RUNNING };
	int s;

	if (unshare(CLONE_NEWNET) != 0)
		return false;
	strcpy(lo.ifr_name, "lo");
	s = socket(AF_INET, SOCK_DGRAM, 0);
	if (s < 0 || ioctl(s, SIOCSIFFLAGS, &lo) != 0)
		return false;
	close(s);
	return true;
}
