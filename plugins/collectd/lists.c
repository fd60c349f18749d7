/* SPDX-License-Identifier: MIT */
/*
 * From a report to collectd's value lists, with stock types only and names that never change:
 *
 *     netvitals-<class>/gauge-status              the number of the status
 *     netvitals-<class>/percent-<indicator>       ratios; gauge-<indicator> for all else
 *     netvitals-<class>/percent-<indicator>-usual with Usual
 *     netvitals-<class>/gauge-<indicator>-numerator, -denominator with Parts
 *     netvitals-self/gauge-age, -cost, -held, -failures, -age-sockets, -age-established, -age-slow
 * with Self netvitals-if-<interface>/...                with Interfaces
 *     netvitals-counters/protocol_counter-<name>  with Counters; gauge-<name> for what goes up and
 * down
 */
#include "text/out.h"
#include "frontend.h"

#include <math.h>

const char *lists_type(uint16_t indicator)
{
	return nv_indicators[indicator].kind == NV_RATIO ? "percent" : "gauge";
}

double lists_value(uint16_t indicator, double value)
{
	return nv_indicators[indicator].kind == NV_RATIO ? nv_to_percent(value) : value;
}

static void put(
	value_list_t *list, const char *type, const char *name, const char *suffix, value_t value)
{
	sstrncpy(list->type, type, sizeof(list->type));
	snprintf(list->type_instance, sizeof(list->type_instance), "%s%s", name, suffix);
	list->values = &value;
	list->values_len = 1;
	plugin_dispatch_values(list); /* the daemon itself says what goes wrong here */
	list->values = NULL;
}

static void put_gauge(
	value_list_t *list, const char *type, const char *name, const char *suffix, double value)
{
	put(list, type, name, suffix, (value_t){ .gauge = value });
}

static void put_indicator(const struct frontend_options *options, value_list_t *list,
	uint16_t indicator, const struct nv_verdict *verdict)
{
	const char *name = nv_indicators[indicator].name, *type = lists_type(indicator);

	put_gauge(list, type, name, "",
		verdict ? lists_value(indicator, verdict->value) : (double)NAN);
	if (options->usual)
		put_gauge(list, type, name, "-usual",
			verdict ? lists_value(indicator, verdict->usual) : (double)NAN);
	if (!options->parts)
		return;
	put_gauge(list, "gauge", name, "-numerator", verdict ? verdict->numerator : (double)NAN);
	if (nv_indicators[indicator].den[0].counter)
		put_gauge(list, "gauge", name, "-denominator",
			verdict ? verdict->denominator : (double)NAN);
}

static void put_class(const struct frontend_options *options, value_list_t *list,
	enum nv_class_id klass, const struct nv_report *report)
{
	enum nv_status status = report ? report->classes[klass].status : NV_UNKNOWN;
	bool fresh = report && !report->stale;

	sstrncpy(list->plugin_instance, nv_classes[klass].name, sizeof(list->plugin_instance));
	put_gauge(list, "gauge", "status", "", (double)status);
	for (uint16_t i = 1; i < NV_I_END; i++)
		if (options->indicators[i] && nv_indicators[i].klass == klass)
			put_indicator(options, list, i, fresh ? &report->verdicts[i] : NULL);
}

static void put_interface(const struct frontend_options *options, value_list_t *list,
	const struct nv_if_state *interface, bool fresh)
{
	snprintf(list->plugin_instance, sizeof(list->plugin_instance), "if-%s", interface->name);
	put_gauge(list, "gauge", "status", "", (double)(fresh ? interface->status : NV_UNKNOWN));
	for (unsigned i = 0; i < NV_IF_INDICATORS; i++)
		put_indicator(
			options, list, nv_if_indicators[i], fresh ? &interface->verdicts[i] : NULL);
}

static void put_counters(const struct frontend_options *options, value_list_t *list,
	const struct nv_snapshot *snapshot)
{
	sstrncpy(list->plugin_instance, "counters", sizeof(list->plugin_instance));
	for (unsigned i = 1; i < NV_C_END; i++) {
		if (!snapshot->present[i] || !nv_counter_exists(i))
			continue;
		if (options->counters == FRONTEND_COUNTERS_USED && !options->counter_used[i])
			continue;
		if (nv_counters[i].kind == NV_COUNTER)
			put(list, "protocol_counter", nv_counters[i].name, "",
				(value_t){ .derive = (derive_t)snapshot->value[i] });
		else if (nv_counters[i].kind == NV_GAUGE)
			put_gauge(
				list, "gauge", nv_counters[i].name, "", (double)snapshot->value[i]);
	}
}

/*
 * How old the newest sample is (seconds), what it cost and how long a read held the daemon
 * (microseconds), how many failed; how old what is not read each time was with it.
 */
static void put_self(value_list_t *list, const struct nv_report *report, double held_us)
{
	sstrncpy(list->plugin_instance, "self", sizeof(list->plugin_instance));
	put_gauge(list, "gauge", "age", "", report->samples ? report->sample_age_s : (double)NAN);
	put_gauge(list, "gauge", "cost", "", report->cost_us);
	put_gauge(list, "gauge", "held", "", held_us);
	put_gauge(list, "gauge", "failures", "", (double)report->failures);
	for (unsigned i = 0; i < NV_SOURCES; i++)
		put_gauge(list, "gauge", "age-", nv_source_name((enum nv_source)i),
			report->sources[i].age_s);
}

void lists_dispatch(const struct frontend_options *options, const char *host,
	struct frontend_when when, const struct nv_report *report,
	const struct nv_snapshot *snapshot)
{
	value_list_t list = VALUE_LIST_INIT;
	bool fresh = report && !report->stale;

	list.time = when.time ? when.time : cdtime(); /* one instant for all of them */
	list.interval = when.interval;
	sstrncpy(list.host, host, sizeof(list.host));
	sstrncpy(list.plugin, FRONTEND_NAME, sizeof(list.plugin));
	for (unsigned klass = NV_CLASS_NONE + 1; klass < NV_CLASS_END; klass++)
		put_class(options, &list, (enum nv_class_id)klass, report);
	for (unsigned i = 0; report && i < report->interface_count; i++)
		if (options->interfaces && report->interfaces[i].feeds &&
			!report->interfaces[i].gone)
			put_interface(options, &list, &report->interfaces[i], fresh);
	if (report && options->self)
		put_self(&list, report, when.held_us);
	if (fresh && snapshot && options->counters != FRONTEND_COUNTERS_NONE)
		put_counters(options, &list, snapshot);
}
