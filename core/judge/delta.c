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

/* By number, and the blocks that they are in. */
static const uint8_t is_gauge[NV_C_END] = {
#define COUNTER(...)
#define GAUGE(id, ...) [NV_C_##id] = 1,
#define DERIVED(...)
#include "catalog/counters.def"
#undef COUNTER
#undef GAUGE
#undef DERIVED
};
static const uint64_t gauge_blocks = 0
#define COUNTER(...)
#define GAUGE(id, ...) | UINT64_C(1) << NV_C_##id / NV_BLOCK
#define DERIVED(...)
#include "catalog/counters.def"
#undef COUNTER
#undef GAUGE
#undef DERIVED
	;

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
		out->moved |= UINT64_C(1) << (NV_C_ifInPkts + i) / NV_BLOCK;
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

/* Takes the lowest block out of a set of blocks: its number. */
static unsigned take_block(uint64_t *blocks)
{
	unsigned block = (unsigned)__builtin_ctzll(*blocks);

	*blocks &= *blocks - 1;
	return block;
}

static bool has_gauges(unsigned block)
{
	return gauge_blocks >> block & 1;
}

static bool differs(const uint64_t *a, const uint64_t *b)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < NV_BLOCK; i++)
		bits |= a[i] ^ b[i];
	return bits;
}

/* Distances where both are known, 0 elsewhere. True if any ran backwards. */
static bool subtract(uint64_t *restrict count, const uint64_t *restrict before,
	const uint64_t *restrict after, const uint8_t *restrict valid)
{
	uint64_t backwards = 0;

	for (unsigned i = 0; i < NV_BLOCK; i++) {
		uint64_t both = -(uint64_t)valid[i];

		count[i] = (after[i] - before[i]) & both;
		backwards |= both & -(uint64_t)(after[i] < before[i]);
	}
	return backwards;
}

/* Counts of a block that has moved; false if one of them ran backwards. Gauges are the caller's. */
static bool block_forward(const struct nv_snapshot *before, const struct nv_snapshot *after,
	unsigned first, struct nv_delta *out)
{
	bool backwards = subtract(&out->count[first], &before->value[first], &after->value[first],
		&out->valid[first]);

	for (unsigned id = first; backwards && id < first + NV_BLOCK; id++)
		if (out->valid[id] && !is_gauge[id] &&
			!nv_distance(before->value[id], after->value[id], after->width_bits,
				&out->count[id]))
			return false;
	return true;
}

static void valid_in_both(
	uint8_t *restrict out, const uint8_t *restrict before, const uint8_t *restrict after)
{
	for (unsigned id = 0; id < NV_C_END; id++)
		out[id] = before[id] & after[id];
}

/* Every counter that both have; false if one ran backwards. */
static bool all_forward(
	const struct nv_snapshot *before, const struct nv_snapshot *after, struct nv_delta *out)
{
	valid_in_both(out->valid, before->present, after->present);
	for (unsigned first = 0; first < NV_C_END; first += NV_BLOCK) {
		if (!differs(&before->value[first], &after->value[first]))
			continue;
		out->moved |= UINT64_C(1) << first / NV_BLOCK;
		if (!block_forward(before, after, first, out))
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

/* Nothing has happened: only what has moved is not 0 yet. */
static void empty(struct nv_delta *d)
{
	for (uint64_t left = d->moved; left;)
		memset(&d->count[take_block(&left) * NV_BLOCK], 0, NV_BLOCK * sizeof(d->count[0]));
	memset(d->valid, 0, sizeof(d->valid));
	d->changed |= d->moved;
	d->moved = 0;
	d->seconds = 0;
}

static void take_gauges(const struct nv_snapshot *after, struct nv_delta *out)
{
	for (size_t i = 0; i < GAUGES; i++) {
		unsigned id = gauges[i];

		if (!after->present[id])
			continue;
		out->valid[id] = 1;
		out->count[id] = after->value[id];
		if (out->count[id])
			out->moved |= UINT64_C(1) << id / NV_BLOCK;
	}
}

enum nv_gap nv_delta(const struct nv_snapshot *before, const struct nv_snapshot *after,
	double longest_s, struct nv_delta *out)
{
	double mono_ns = (double)after->mono_ns - (double)before->mono_ns;
	double boot_ns = (double)after->boot_ns - (double)before->boot_ns;
	bool torn = false;

	empty(out);
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
	take_gauges(after, out);
	if (memcmp(before->present, after->present, sizeof(before->present)) != 0)
		torn = lost_or_gained(before, after);
	add_interfaces(before, after, out);
	return torn ? NV_GAP_TORN : NV_GAP_NONE;
}

void nv_delta_total(const struct nv_snapshot *s, struct nv_delta *out)
{
	nv_delta_clear(out);
	out->moved = NV_BLOCKS_ALL;
	out->seconds = s->uptime_s;
	for (unsigned id = 1; id < NV_C_END; id++) {
		out->count[id] = s->present[id] ? s->value[id] : 0;
		out->valid[id] = s->present[id];
	}
	for (unsigned i = 0; i < s->interface_count; i++)
		if (s->interfaces[i].feeds)
			add_interface(out, s->interfaces[i].present, s->interfaces[i].value);
}

/* ---- sums of deltas
 * ------------------------------------------------------------------------------ */

static void add_block(uint64_t *restrict sum, const uint64_t *restrict more)
{
	for (unsigned i = 0; i < NV_BLOCK; i++)
		sum[i] += more[i];
}

static void subtract_block(uint64_t *restrict sum, const uint64_t *restrict less)
{
	for (unsigned i = 0; i < NV_BLOCK; i++)
		sum[i] -= less[i];
}

/* The same of a block with gauges: of these the larger one stays. */
static void add_mixed_block(
	uint64_t *restrict sum, const uint64_t *restrict more, const uint8_t *restrict gauge)
{
	for (unsigned i = 0; i < NV_BLOCK; i++) {
		uint64_t total = sum[i] + more[i], most = more[i] > sum[i] ? more[i] : sum[i];

		sum[i] = gauge[i] ? most : total;
	}
}

/* Of these nothing is taken away. True if any was as high in what leaves. */
static bool subtract_mixed_block(
	uint64_t *restrict sum, const uint64_t *restrict less, const uint8_t *restrict gauge)
{
	uint64_t highest = 0;

	for (unsigned i = 0; i < NV_BLOCK; i++) {
		highest |= gauge[i] && less[i] == sum[i] ? less[i] : 0;
		sum[i] -= gauge[i] ? 0 : less[i];
	}
	return highest;
}

static void add_valid(uint8_t *restrict sum, const uint8_t *restrict more)
{
	for (unsigned id = 0; id < NV_C_END; id++)
		sum[id] |= more[id];
}

/* What is not valid counts 0, so that sums need no condition; ten thousand of these an hour. */
void nv_delta_add(struct nv_delta *sum, const struct nv_delta *more)
{
	for (uint64_t left = more->moved; left;) {
		unsigned block = take_block(&left), first = block * NV_BLOCK;

		if (has_gauges(block))
			add_mixed_block(&sum->count[first], &more->count[first], &is_gauge[first]);
		else
			add_block(&sum->count[first], &more->count[first]);
	}
	if (memcmp(sum->valid, more->valid, sizeof(sum->valid)) != 0) {
		add_valid(sum->valid, more->valid);
		sum->changed = NV_BLOCKS_ALL;
	}
	sum->moved |= more->moved;
	sum->changed |= more->moved;
	sum->seconds += more->seconds;
}

/* The largest level of the slots that stay. */
static uint64_t level_of_others(const struct nv_delta slots[NV_SLOTS], unsigned leaves, unsigned id)
{
	uint64_t level = 0;

	for (unsigned i = 0; i < NV_SLOTS; i++)
		if (i != leaves && slots[i].count[id] > level)
			level = slots[i].count[id];
	return level;
}

/* Whose level it was, leaves it to the next in height. */
static void lower_levels(struct nv_delta *sum, const struct nv_delta slots[NV_SLOTS],
	unsigned leaves, unsigned first)
{
	for (unsigned id = first; id < first + NV_BLOCK; id++)
		if (is_gauge[id] && slots[leaves].count[id] == sum->count[id])
			sum->count[id] = level_of_others(slots, leaves, id);
}

static void leave(struct nv_delta *sum, const struct nv_delta slots[NV_SLOTS], unsigned leaves,
	unsigned newest)
{
	const struct nv_delta *leaving = &slots[leaves];

	for (uint64_t left = leaving->moved; left;) {
		unsigned block = take_block(&left), first = block * NV_BLOCK;

		if (!has_gauges(block))
			subtract_block(&sum->count[first], &leaving->count[first]);
		else if (subtract_mixed_block(
				 &sum->count[first], &leaving->count[first], &is_gauge[first]))
			lower_levels(sum, slots, leaves, first);
	}
	sum->changed |= leaving->moved;
	sum->seconds = 0;
	for (unsigned i = 0; i < NV_SLOTS; i++)
		sum->seconds += i == leaves ? 0 : slots[i].seconds;
	if (memcmp(leaving->valid, slots[newest].valid, sizeof(sum->valid)) == 0)
		return; /* what it knew, the newest knows as well */
	memset(sum->valid, 0, sizeof(sum->valid));
	for (unsigned i = 0; i < NV_SLOTS; i++)
		if (i != leaves)
			add_valid(sum->valid, slots[i].valid);
	sum->changed = NV_BLOCKS_ALL;
}

void nv_delta_slide(
	struct nv_delta *sum, struct nv_delta slots[NV_SLOTS], unsigned *count, unsigned at)
{
	unsigned next = at + 1 < NV_SLOTS ? at + 1 : 0;

	if (*count == NV_FAST)
		leave(sum, slots, next, at);
	else
		++*count;
	empty(&slots[next]);
}

void nv_delta_clear(struct nv_delta *d)
{
	memset(d, 0, sizeof(*d));
	d->changed = NV_BLOCKS_ALL;
}
