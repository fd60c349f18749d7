/* SPDX-License-Identifier: MIT */
/*
 * One indicator of a made-up host, judged slot by slot as the engine does it: slots of 10 s, the
 * fast window is the sum of the last six. With an hour of the week its baseline learns along. For
 * the tests of judge/.
 */
#ifndef NV_TEST_JUDGED_HOST_H
#define NV_TEST_JUDGED_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "judge/stages.h"

#define SLOT_S        10.0
#define SLOTS_AN_HOUR 360
#define NO_HOUR       (-2) /* nothing is learned, the limit is the configured one */

struct host {
	enum nv_indicator_id id;
	struct nv_memory memory;
	struct nv_baseline baseline;
	struct nv_limit limit; /* as configured */
	struct nv_reading slots[NV_FAST];
	unsigned count, raises, clears, accepted;
	double mono_s;
	struct nv_verdict verdict;
};

static inline void host_init(struct host *host, enum nv_indicator_id id)
{
	const struct nv_indicator *indicator = &nv_indicators[id];

	memset(host, 0, sizeof(*host));
	host->id = id;
	host->limit = (struct nv_limit){
		.warn = indicator->warn, .crit = indicator->crit, .min = indicator->min
	};
	host->verdict.status = NV_OK;
}

/* The slot alone, and the window that it closes. */
static inline struct nv_reading host_window(struct host *host, double num, double den)
{
	enum nv_kind kind = nv_indicators[host->id].kind;
	struct nv_reading window = { .share = NAN, .sign = NAN, .present = true };
	struct nv_reading *one = &host->slots[host->count++ % NV_FAST];

	*one = (struct nv_reading){ .num = num,
		.den = den,
		.seconds = SLOT_S,
		.share = NAN,
		.present = true,
		.value = num };
	if (kind == NV_RATIO)
		one->value = den > 0 ? num / den : (double)NAN;
	for (unsigned i = 0; i < NV_FAST; i++) {
		window.seconds += host->slots[i].seconds;
		window.den += host->slots[i].den;
		window.num = kind == NV_LEVEL ? num : window.num + host->slots[i].num;
	}
	window.value = window.num;
	if (kind == NV_RATIO)
		window.value = window.den > 0 ? window.num / window.den : (double)NAN;
	if (kind == NV_COUNT)
		window.value = window.num * 60 / window.seconds;
	return window;
}

static inline void host_learn(struct host *host, int hour_of_week, const struct nv_reading *window)
{
	struct nv_learning learning = { .hour_of_week = hour_of_week,
		.slot_s = SLOT_S,
		.accept_days = 3,
		.warn = host->limit.warn };

	if (nv_baseline_learn(host->id, &host->baseline, &host->memory, window, &learning) !=
		NV_LEARNED_ACCEPTED)
		return;
	host->accepted++;
	if (nv_judge_accept(&host->memory, host->mono_s))
		host->verdict.status = NV_OK;
}

static inline enum nv_status host_slot(struct host *host, int hour_of_week, double num, double den)
{
	struct nv_limit limit = host->limit;
	struct nv_reading window = host_window(host, num, den);
	bool was = nv_is_raised(host->verdict.status);

	host->mono_s += SLOT_S;
	if (hour_of_week != NO_HOUR)
		nv_baseline_limit(host->id, &host->baseline, &host->limit, &limit);
	nv_judge(host->id, &host->memory, &host->slots[(host->count - 1) % NV_FAST], &window,
		&limit, SLOT_S, host->mono_s, &host->verdict);
	if (hour_of_week != NO_HOUR)
		host_learn(host, hour_of_week, &window);
	bool is = nv_is_raised(host->verdict.status);
	host->raises += is && !was;
	host->clears += was && !is;
	return host->verdict.status;
}

static inline enum nv_status slots(struct host *host, unsigned count, double num, double den)
{
	enum nv_status status = host->verdict.status;

	while (count--)
		status = host_slot(host, NO_HOUR, num, den);
	return status;
}

/* Slots until the status is at least that; 999 if never within 60 minutes. */
static inline unsigned until(struct host *host, enum nv_status status, double num, double den)
{
	for (unsigned i = 1; i <= 360; i++)
		if (host_slot(host, NO_HOUR, num, den) >= status)
			return i;
	return 999;
}

#endif
