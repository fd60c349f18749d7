/* SPDX-License-Identifier: MIT */
/*
 * engine -> view and events. Runs in the main thread, which never speaks SNMP.
 */
#include "netvitals.h"
#include "sampler.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INDEX_UNKNOWN 1000000000u /* where a recorded tree has no ifIndex */

static int by_index(const void *a, const void *b)
{
	const struct nv_if_state *left = a, *right = b;

	return left->index < right->index ? -1 : left->index > right->index;
}

/* Copy the interfaces, sorted by an index that is unique and not 0. */
static void copy_interfaces(const struct nv_report *report, struct nv_view *view)
{
	if (report->interface_count > view->interface_room) {
		unsigned room = report->interface_count + 16;
		struct nv_if_state *more = realloc(view->interfaces, room * sizeof(*more));
		if (more) {
			view->interfaces = more;
			view->interface_room = room;
		}
	}
	unsigned count = 0;
	for (unsigned i = 0; i < report->interface_count && count < view->interface_room; i++) {
		view->interfaces[count] = report->interfaces[i];
		if (view->interfaces[count].index == 0)
			view->interfaces[count].index = INDEX_UNKNOWN + i;
		count++;
	}
	if (count > 0)
		qsort(view->interfaces, count, sizeof(*view->interfaces), by_index);
	/* An index that was given to a new interface while the old one is still shown: newest wins.
	 */
	unsigned kept = 0;
	for (unsigned i = 0; i < count; i++) {
		if (kept > 0 && view->interfaces[kept - 1].index == view->interfaces[i].index) {
			if (!view->interfaces[i].gone)
				view->interfaces[kept - 1] = view->interfaces[i];
			continue;
		}
		view->interfaces[kept++] = view->interfaces[i];
	}
	view->interface_count = kept;
}

static double sum(double earlier, double now)
{
	return isnan(now) ? earlier : earlier + now;
}

/* Add what earlier engines of this process had counted. */
static void add_earlier(const struct nv_sampler *sampler, struct nv_report *report)
{
	report->samples += sampler->samples;
	report->failures += sampler->failures;
	report->last_event += sampler->number_offset;
	for (unsigned i = 1; i < NV_CLASS_END; i++)
		report->classes[i].changes += sampler->changes[i];
	for (unsigned i = 1; i < NV_I_END; i++) {
		struct nv_verdict *verdict = &report->verdicts[i];
		verdict->sum_numerator = sum(sampler->sum_numerator[i], verdict->sum_numerator);
		verdict->sum_denominator = sum(
			sampler->sum_denominator[i], verdict->sum_denominator);
		verdict->breaches += sampler->breaches[i];
	}
}

static void copy_rates(const struct nv_engine *engine, struct nv_view *view)
{
	double per_second[NV_C_END];

	nv_engine_rates(engine, per_second);
	for (unsigned i = 0; i < NV_C_END; i++)
		view->counter_rate[i] = nv_whole(1000 * per_second[i]);
}

static void add_event(void *context, const struct nv_event *event)
{
	nv_engine_add_event(context, event);
}

static void publish(struct nv_sampler *sampler)
{
	struct nv_view *view = nv_exchange_free_view(sampler->exchange);
	const struct nv_snapshot *snapshot = nv_engine_snapshot(sampler->engine);

	view->report = *nv_engine_report(sampler->engine);
	copy_interfaces(&view->report, view);
	view->report.interfaces = view->interfaces;
	view->report.interface_count = view->interface_count;
	if (view->report.offender_count > NV_OFFENDERS_SHOWN)
		view->report.offender_count = NV_OFFENDERS_SHOWN;
	if (view->report.offender_count > 0)
		memcpy(view->offenders, view->report.offenders,
			view->report.offender_count * sizeof(view->offenders[0]));
	view->report.offenders = view->offenders;
	view->report.mutes = NULL; /* the engine's; what they say stands in the texts */
	nv_watch(&sampler->watch, &view->report, sampler->config.window_s, add_event,
		sampler->engine);
	view->report.last_event = nv_engine_numbers(sampler->engine)->last_event;
	add_earlier(sampler, &view->report);
	copy_rates(sampler->engine, view);
	if (snapshot) {
		memcpy(view->counter, snapshot->value, sizeof(view->counter));
		memcpy(view->counter_present, snapshot->present, sizeof(view->counter_present));
	}
	view->interval_s = sampler->config.interval_s;
	view->window_s = sampler->config.window_s;
	view->delay_us = sampler->delay_us;
	view->delay_max_us = sampler->delay_max_us;
	view->delay_own_max_us = sampler->delay_own_max_us;
	view->notify = sampler->configured.notify;
	view->scope = sampler->configured.notify_scope;
	view->least = sampler->configured.notify_least;
	view->hold_s = sampler->configured.notify_hold_s;
	memcpy(view->limits, sampler->configured.limits, sizeof(view->limits));
	nv_exchange_publish(sampler->exchange, view);
}

/* What the inbox cannot take stays in the engine's own ring until the next time. */
static void post_events(struct nv_sampler *sampler)
{
	struct nv_event events[16];
	unsigned count;

	do {
		count = nv_engine_events(sampler->engine, sampler->last_number, events, 16);
		for (unsigned i = 0; i < count; i++)
			events[i].number += sampler->number_offset;
		unsigned taken = nv_exchange_post(sampler->exchange, events, count);
		if (taken > 0) {
			sampler->posted = events[taken - 1].number;
			sampler->last_number = sampler->posted - sampler->number_offset;
		}
		if (taken < count)
			return;
	} while (count > 0);
}

/*
 * Test hook, reached only with NETVITALS_INJECT=COUNT in the environment and SIGUSR1: made-up
 * transitions of the class lost, warning and ok in turn, as fast as the SNMP thread takes them.
 */
void nv_sampler_inject(struct nv_sampler *sampler)
{
	unsigned before = sampler->to_inject;

	while (sampler->to_inject > 0) {
		bool raise = sampler->number_offset % 2 == 0;
		struct nv_event event = {
			.number = sampler->posted + 1,
			.kind = NV_EVENT_CLASS,
			.klass = (enum nv_class_id)1,
			.indicator = 1,
			.time_s = nv_engine_time(sampler->engine),
			.before = raise ? NV_OK : NV_WARNING,
			.now = raise ? NV_WARNING : NV_OK,
			.side = NV_SIDE_THIS_HOST,
			.reason = NV_REASON_THRESHOLD,
			.value = 0.02,
			.numerator = 2,
			.denominator = 100,
			.seconds = 10,
			.warn = 0.01,
			.crit = 0.05,
			.usual = NAN,
			.notify = true,
		};
		snprintf(event.text, sizeof(event.text), "injected by a test. Event %u",
			event.number);
		if (nv_exchange_post(sampler->exchange, &event, 1) == 0)
			break;
		sampler->posted++;
		sampler->number_offset++;
		sampler->to_inject--;
	}
	if (sampler->to_inject != before)
		nv_exchange_wake(sampler->exchange);
}

static uint32_t in_us(int64_t ns)
{
	int64_t us = ns / 1000;

	return us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

/* Nanoseconds in which this thread was ready to run and another one ran; 0 where the kernel does
 * not say. */
static int64_t waited_ns(struct nv_sampler *sampler)
{
	char text[96] = "";
	long long ran, waited = 0;

	if (sampler->schedstat_fd < 0)
		sampler->schedstat_fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	if (sampler->schedstat_fd < 0 ||
		pread(sampler->schedstat_fd, text, sizeof(text) - 1, 0) <= 0 ||
		sscanf(text, "%lld %lld", &ran, &waited) != 2)
		return 0;
	return waited;
}

void nv_sampler_late(struct nv_sampler *sampler, int64_t late_ns)
{
	int64_t waited = waited_ns(sampler);
	int64_t own_ns = late_ns - (waited - sampler->waited_ns);

	sampler->waited_ns = waited;
	sampler->delay_us = in_us(late_ns);
	if (sampler->delay_us > sampler->delay_max_us)
		sampler->delay_max_us = sampler->delay_us;
	if (in_us(own_ns) > sampler->delay_own_max_us)
		sampler->delay_own_max_us = in_us(own_ns);
}

int nv_sampler_sample(struct nv_sampler *sampler, struct nv_error *err)
{
	int result = nv_engine_poll(sampler->engine, err);

	publish(sampler);
	post_events(sampler);
	sampler->exchange->beat_ns = nv_mono_ns();
	nv_exchange_wake(sampler->exchange);
	return result < 0 ? -1 : 0;
}

void nv_sampler_forget(struct nv_sampler *sampler, const struct nv_settings *settings)
{
	for (unsigned i = 0; i < NV_I_END; i++)
		if (settings->forget[i] != sampler->forgotten[i]) {
			nv_engine_forget_baseline(sampler->engine, i);
			sampler->forgotten[i] = settings->forget[i];
		}
}

/* Events that the state file brought are history: never reported twice. */
static void start(struct nv_sampler *sampler)
{
	const struct nv_report *report = nv_engine_report(sampler->engine);

	nv_watch_begin(&sampler->watch, report);
	sampler->last_number = report->last_event;
	sampler->number_offset = 0;
	if (sampler->posted > sampler->last_number)
		sampler->number_offset = sampler->posted - sampler->last_number;
	else
		sampler->posted = sampler->last_number;
}

/* What happened before this process is shown again, and interfaces in trouble go on from there. */
static void recall(struct nv_sampler *sampler)
{
	struct nv_event events[16];
	uint32_t after = 0;
	unsigned count;

	sampler->exchange->history = sampler->posted;
	while ((count = nv_engine_events(sampler->engine, after, events, 16)) > 0) {
		nv_watch_resume(&sampler->watch, events, count);
		if (nv_exchange_post(sampler->exchange, events, count) < count)
			return;
		after = events[count - 1].number;
	}
}

/*
 * What is configured, below what was set. How severe and how often is the queue's business, which
 * knows what the manager took.
 */
static struct nv_config for_the_engine(
	const struct nv_config *configured, const struct nv_settings *settings)
{
	struct nv_config config = *configured;

	nv_settings_overlay(settings, &config);
	config.notify_least = NV_UNKNOWN;
	config.notify_hold_s = 0;
	return config;
}

int nv_sampler_init(struct nv_sampler *sampler, const struct nv_config *config,
	const struct nv_settings *settings, struct nv_exchange *exchange, struct nv_error *err)
{
	memset(sampler, 0, sizeof(*sampler));
	sampler->schedstat_fd = -1;
	sampler->exchange = exchange;
	sampler->configured = *config;
	sampler->config = for_the_engine(config, settings);
	sampler->engine = nv_engine_new(&sampler->config, err);
	if (!sampler->engine)
		return -1;
	start(sampler);
	recall(sampler);
	return 0;
}

void nv_sampler_fini(struct nv_sampler *sampler)
{
	nv_engine_free(sampler->engine);
	sampler->engine = NULL;
	if (sampler->schedstat_fd >= 0)
		close(sampler->schedstat_fd);
}

static void add_sums(struct nv_sampler *sampler)
{
	const struct nv_report *report = nv_engine_report(sampler->engine);

	sampler->samples += report->samples;
	sampler->failures += report->failures;
	for (unsigned i = 1; i < NV_CLASS_END; i++)
		sampler->changes[i] += report->classes[i].changes;
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_verdict *verdict = &report->verdicts[i];
		sampler->sum_numerator[i] = sum(sampler->sum_numerator[i], verdict->sum_numerator);
		sampler->sum_denominator[i] = sum(
			sampler->sum_denominator[i], verdict->sum_denominator);
		sampler->breaches[i] += verdict->breaches;
	}
}

int nv_sampler_reconfigure(struct nv_sampler *sampler, const struct nv_config *config,
	const struct nv_settings *settings, struct nv_error *err)
{
	struct nv_config wanted = for_the_engine(config, settings);
	struct nv_error again;
	int result = 0;

	if (nv_engine_adjust(sampler->engine, &wanted)) {
		sampler->configured = *config;
		sampler->config = wanted;
		return 0;
	}
	post_events(sampler);
	add_sums(sampler);
	nv_engine_free(sampler->engine); /* first: it holds the lock of the state file */
	sampler->engine = nv_engine_new(&wanted, err);
	if (sampler->engine) {
		sampler->configured = *config;
		sampler->config = wanted;
	} else {
		result = -1;
		sampler->engine = nv_engine_new(&sampler->config, &again);
		if (!sampler->engine)
			return -2;
	}
	start(sampler);
	return result;
}
