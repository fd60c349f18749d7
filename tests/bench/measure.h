/* SPDX-License-Identifier: MIT */
/*
 * Measuring processor time of variants of one thing, side by side: hot (back to back) and cold
 * (0.1 s apart), in turns, and the ratios of neighbours in time. Shared by the programs of make
 * bench; one line a variant (`# name: ...`) and one a check (`ok - name: found (at most limit)`).
 *
 * Cold is what a daemon meets that samples at long distances: other programs had the processor, its
 * caches and its clock have gone down. Nothing is flushed by hand, since nothing does so in real
 * life.
 */
#ifndef NV_MEASURE_H
#define NV_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

enum { HOT = 101, COLD = 21, LEAST = 15, COLD_US = 100000, VARIANTS_MAX = 8 };

struct variant {
	const char *name;
	void (*run)(void);
	unsigned at; /* row of samples */
};

extern unsigned sample_count[2], warm_runs; /* hot, cold; runs before a hot one */
extern unsigned failures, allocations, opens;
extern bool counting; /* allocations and opens: linked with --wrap */

void measure(struct variant *, unsigned count);
/* Median of the ratios of neighbours in time: the machine's speed changes from moment to moment. */
double ratio(const struct variant *ours, const struct variant *theirs, unsigned cold);
double cold_us(const struct variant *);
double median(double *values, unsigned count);

void check(const char *name, double found, double limit);
void check_both(
	const char *name, const struct variant *ours, const struct variant *theirs, double limit);
/* The same, and what the floor alone would have got: nobody can do better. */
void check_beside_floor(const char *name, double found, double floor, double limit);

double command_us(char *const *words); /* NAN: it cannot be run */
long own_kb(void);
bool new_namespace(void);

/* collectd's read callback, dispatch left out. */
bool load_collectd(const char *plugin);
void run_collectd(void);

#endif
