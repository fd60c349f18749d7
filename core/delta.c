/* SPDX-License-Identifier: MIT */
/*
 * Two snapshots -> what happened between them: reset, wrap, missing, suspend.
 *
 * A distance that cannot be trusted is refused as a whole: better no opinion than a false one,
 * because a formula that misses one of its terms says something else.
 */
#include "stages.h"

#include <math.h>
#include <string.h>

/* The few values that are levels and not sums. */
static const uint16_t gauges[] = {
#define COUNTER(...)
#define GAUGE(id, ...) NV_C_##id,
#define DERIVED(...)
#include "catalog/counters.def"
#undef COUNTER
#undef GAUGE
#undef DERIVED
};
#define GAUGES (sizeof(gauges) / sizeof(gauges[0]))

/* The two clocks of a machine that does not sleep drift apart by much less. */
#define SUSPEND_NS 2000000000.0

/* False: it ran backwards. 32-bit counters wrap; 64-bit ones do not live to see it. */
static bool distance(uint64_t before, uint64_t after, unsigned width_bits, uint64_t *count)
{
	if (after >= before) {
		*count = after - before;
		return true;
	}
	if (width_bits != 32 || before > UINT32_MAX)
		return false;
	*count = after + (UINT64_C(1) << 32) - before;
	return *count < UINT64_C(1) << 31; /* more than half the range is a reset, not a wrap */
}

bool nv_delta_interface(const struct nv_interface *before, const struct nv_interface *after,
	unsigned width_bits, uint64_t count[NV_IF_VALUES])
{
	bool forward = true;

	for (unsigned i = 0; i < NV_IF_VALUES; i++)
		forward = distance(before->value[i], after->value[i], width_bits, &count[i]) && forward;
	return forward && before->present == after->present;
}

static const struct nv_interface *same_interface(
	const struct nv_snapshot *in, const struct nv_interface *as, unsigned hint)
{
	for (unsigned i = 0; i < in->interface_count; i++) {
		const struct nv_interface *x = &in->interfaces[(hint + i) % in->interface_count];

		if (x->index == as->index && strcmp(x->name, as->name) == 0)
			return x;
	}
	return NULL;
}

static void add_interface(struct nv_delta *out, uint16_t present, const uint64_t count[NV_IF_VALUES])
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
		const struct nv_interface *was = now->feeds ? same_interface(before, now, i) : NULL;
		uint64_t count[NV_IF_VALUES];

		if (was && nv_delta_interface(was, now, after->width_bits, count))
			add_interface(out, now->present, count);
	}
}

/* Every counter that both have; false if one ran backwards. Gauges are the caller's. */
static bool all_forward(
	const struct nv_snapshot *before, const struct nv_snapshot *after, struct nv_delta *out)
{
	unsigned backwards = 0;

	for (unsigned id = 1; id < NV_C_END; id++) {
		uint8_t both = before->present[id] & after->present[id];

		out->count[id] = both ? after->value[id] - before->value[id] : 0;
		out->valid[id] = both;
		backwards += both && after->value[id] < before->value[id];
	}
	for (unsigned id = 1; backwards && id < NV_C_END; id++)
		if (out->valid[id] && nv_counters[id].kind != NV_GAUGE &&
			!distance(before->value[id], after->value[id], after->width_bits, &out->count[id]))
			return false;
	return true;
}

/* Did a counter of the files that formulas live on come or go? */
static bool lost_or_gained(const struct nv_snapshot *before, const struct nv_snapshot *after)
{
	for (unsigned id = 1; id < NV_C_END; id++)
		if (before->present[id] != after->present[id] && nv_counters[id].file <= NV_FILE_SNMP6)
			return true;
	return false;
}

enum nv_gap nv_delta(const struct nv_snapshot *before, const struct nv_snapshot *after, double longest_s,
	struct nv_delta *out)
{
	double mono_ns = (double)after->mono_ns - (double)before->mono_ns;
	double boot_ns = (double)after->boot_ns - (double)before->boot_ns;
	bool torn = false;

	nv_delta_clear(out);
	if (mono_ns < 0 || boot_ns < 0)
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
	for (size_t i = 0; i < GAUGES; i++) {
		out->count[gauges[i]] = after->value[gauges[i]];
		out->valid[gauges[i]] = after->present[gauges[i]];
	}
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
		out->count[id] = s->value[id];
		out->valid[id] = s->present[id];
	}
	for (unsigned i = 0; i < s->interface_count; i++)
		if (s->interfaces[i].feeds)
			add_interface(out, s->interfaces[i].present, s->interfaces[i].value);
}

/* No conditions and no overlap: compilers make vectors of these. */
static void add_counts(uint64_t *restrict sum, const uint64_t *restrict more)
{
	for (unsigned id = 0; id < NV_C_ROOM; id++)
		sum[id] += more[id];
}

static void take_counts(uint64_t *restrict sum, const uint64_t *restrict less)
{
	for (unsigned id = 0; id < NV_C_ROOM; id++)
		sum[id] -= less[id];
}

static void add_valid(uint8_t *restrict sum, const uint8_t *restrict more)
{
	for (unsigned id = 0; id < NV_C_ROOM; id++)
		sum[id] |= more[id];
}

/* What is not valid counts 0, so that sums need no condition; ten thousand of these an hour. */
void nv_delta_add(struct nv_delta *sum, const struct nv_delta *more)
{
	uint64_t levels[GAUGES];

	for (size_t i = 0; i < GAUGES; i++) {
		unsigned id = gauges[i];

		levels[i] = sum->valid[id] ? sum->count[id] : 0;
		if (more->valid[id] && more->count[id] > levels[i])
			levels[i] = more->count[id];
	}
	add_counts(sum->count, more->count);
	add_valid(sum->valid, more->valid);
	for (size_t i = 0; i < GAUGES; i++)
		sum->count[gauges[i]] = levels[i];
	sum->seconds += more->seconds;
}

void nv_delta_slide(struct nv_delta *sum, struct nv_delta slots[], unsigned *count, unsigned at,
	const struct nv_delta *entering)
{
	struct nv_delta *leaving = &slots[at];

	if (*count == NV_FAST)
		take_counts(sum->count, leaving->count);
	*leaving = *entering;
	*count += *count < NV_FAST;
	add_counts(sum->count, entering->count);
	memset(sum->valid, 0, sizeof(sum->valid));
	for (size_t i = 0; i < GAUGES; i++)
		sum->count[gauges[i]] = 0;
	sum->seconds = 0;
	for (unsigned back = 0; back < *count; back++) {
		const struct nv_delta *slot = &slots[(at + NV_FAST - back) % NV_FAST];

		add_valid(sum->valid, slot->valid);
		for (size_t i = 0; i < GAUGES; i++)
			if (slot->count[gauges[i]] > sum->count[gauges[i]])
				sum->count[gauges[i]] = slot->count[gauges[i]];
		sum->seconds += slot->seconds;
	}
}

void nv_delta_clear(struct nv_delta *d)
{
	memset(d, 0, sizeof(*d));
}
