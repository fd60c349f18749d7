/* SPDX-License-Identifier: MIT */
/*
 * Two snapshots -> what happened between them: reset, wrap, missing, suspend.
 *
 * A distance that cannot be trusted is refused as a whole: better no opinion than a false one,
 * because a formula that misses one of its terms says something else.
 */
#include "judge/stages.h"

#include <string.h>

/* The few values that are levels and not sums. */
static const bool is_gauge[NV_C_END] = {
#define COUNTER(...)
#define GAUGE(id, ...) [NV_C_##id] = true,
#define DERIVED(...)
#include "catalog/counters.def"
#undef COUNTER
#undef GAUGE
#undef DERIVED
};

/* The two clocks of a machine that does not sleep drift apart by much less. */
#define SUSPEND_NS 2000000000.0

/* 64-bit counters do not live to see a wrap. */
enum nv_way nv_distance(uint64_t before, uint64_t after, unsigned width_bits, uint64_t *count)
{
	*count = after - before;
	if (after >= before)
		return NV_WAY_FORWARD;
	if (width_bits != 32 || before > UINT32_MAX)
		return NV_WAY_BACKWARDS;
	*count = after + (UINT64_C(1) << 32) - before;
	/* more than half the range is a reset, not a wrap */
	return *count < UINT64_C(1) << 31 ? NV_WAY_WRAPPED : NV_WAY_BACKWARDS;
}

bool nv_delta_interface(const struct nv_interface *before, const struct nv_interface *after,
	unsigned width_bits, uint64_t count[NV_IF_VALUES])
{
	bool forward = true;

	for (unsigned i = 0; i < NV_IF_VALUES; i++)
		forward = nv_distance(before->value[i], after->value[i], width_bits, &count[i]) &&
			forward;
	return forward && before->present == after->present;
}

static void add_interface(
	struct nv_delta *out, uint16_t present, const uint64_t count[NV_IF_VALUES])
{
	for (unsigned i = 0; i < NV_IF_VALUES; i++) {
		if (!(present & 1u << i))
			continue;
		out->count[NV_C_ifInPkts + i] += count[i];
		out->valid[NV_C_ifInPkts + i] = 1;
	}
}

/* Interfaces that come, go or start anew are left out of the sum; they never make an event. */
static void add_interfaces(
	const struct nv_snapshot *before, const struct nv_snapshot *after, struct nv_delta *out)
{
	for (unsigned i = 0; i < after->interface_count; i++) {
		const struct nv_interface *now = &after->interfaces[i];
		const struct nv_interface *was = now->feeds
			? nv_interface_find(before->interfaces, before->interface_count, now, i)
			: NULL;
		uint64_t count[NV_IF_VALUES];

		if (was && nv_delta_interface(was, now, after->width_bits, count))
			add_interface(out, now->present, count);
	}
}

/* Every counter that both have, and gauges as they are now; false if a counter ran backwards. */
static bool all_forward(
	const struct nv_snapshot *before, const struct nv_snapshot *after, struct nv_delta *out)
{
	for (unsigned id = 1; id < NV_C_END; id++) {
		uint64_t was = before->value[id], now = after->value[id];

		out->valid[id] = after->present[id] == NV_COUNTED &&
			(before->present[id] == NV_COUNTED || is_gauge[id]);
		out->count[id] = 0;
		if (!out->valid[id] || (now == was && !is_gauge[id]))
			continue;
		if (is_gauge[id])
			out->count[id] = now;
		else if (!nv_distance(was, now, after->width_bits, &out->count[id]))
			return false;
	}
	return true;
}

/* Did a counter of the files that formulas live on come or go? */
static bool lost_or_gained(const struct nv_snapshot *before, const struct nv_snapshot *after)
{
	for (unsigned id = 1; id < NV_C_END; id++)
		if (before->present[id] != after->present[id] &&
			nv_counters[id].file <= NV_FILE_SNMP6)
			return true;
	return false;
}

enum nv_gap nv_delta(const struct nv_snapshot *before, const struct nv_snapshot *after,
	double longest_s, struct nv_delta *out)
{
	double mono_ns = (double)after->mono_ns - (double)before->mono_ns;
	double boot_ns = (double)after->boot_ns - (double)before->boot_ns;
	bool torn = false;

	nv_delta_clear(out);
	if (mono_ns < 0 || boot_ns < 0 || before->initial_netns != after->initial_netns)
		return NV_GAP_RESET;
	if (mono_ns == 0)
		return NV_GAP_STILL;
	if (boot_ns - mono_ns > SUSPEND_NS)
		return NV_GAP_SUSPEND;
	out->seconds = mono_ns / 1e9;
	if (out->seconds > longest_s)
		return NV_GAP_LONG;
	if (!all_forward(before, after, out))
		return NV_GAP_RESET;
	if (memcmp(before->present, after->present, sizeof(before->present)) != 0)
		torn = lost_or_gained(before, after);
	add_interfaces(before, after, out);
	return torn ? NV_GAP_TORN : NV_GAP_NONE;
}

void nv_delta_total(const struct nv_snapshot *s, struct nv_delta *out)
{
	nv_delta_clear(out);
	out->seconds = s->uptime_s;
	for (unsigned id = 1; id < NV_C_END; id++) {
		out->valid[id] = s->present[id] == NV_COUNTED;
		out->count[id] = out->valid[id] ? s->value[id] : 0;
	}
	for (unsigned i = 0; i < s->interface_count; i++)
		if (s->interfaces[i].feeds)
			add_interface(out, s->interfaces[i].present, s->interfaces[i].value);
}

/* ---- sums of deltas
 * ------------------------------------------------------------------------------ */

/* What is not valid counts 0, so that sums need no condition. */
void nv_delta_add(struct nv_delta *sum, const struct nv_delta *more)
{
	for (unsigned id = 1; id < NV_C_END; id++) {
		uint64_t count = more->count[id];

		if (!is_gauge[id])
			sum->count[id] += count;
		else if (count > sum->count[id])
			sum->count[id] = count;
		sum->valid[id] |= more->valid[id];
	}
	sum->seconds += more->seconds;
}

void nv_delta_slide(
	struct nv_delta *sum, struct nv_delta slots[NV_SLOTS], unsigned *count, unsigned at)
{
	unsigned next = at + 1 < NV_SLOTS ? at + 1 : 0;

	nv_delta_clear(&slots[next]);
	if (*count < NV_FAST) {
		++*count;
		return;
	}
	nv_delta_clear(sum);
	for (unsigned i = 0; i < NV_SLOTS; i++)
		nv_delta_add(sum, &slots[i]);
}

void nv_delta_clear(struct nv_delta *d)
{
	memset(d, 0, sizeof(*d));
}
