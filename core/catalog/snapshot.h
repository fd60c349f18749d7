/* SPDX-License-Identifier: MIT */
/* Absolute values of one instant, of each counter of the catalog and of each interface; and what
 * happened between two. */
#ifndef NV_SNAPSHOT_H
#define NV_SNAPSHOT_H

#include "catalog/status.h"

/* ---- snapshot: absolute values of one instant ------------------------------------------------ */

#define NV_IF_VALUES (NV_C_ifOutOctets - NV_C_ifInPkts + 1)

struct nv_interface {
	char name[NV_NAME_SIZE];
	unsigned index;   /* ifIndex; 0 unknown */
	bool feeds;       /* is counted in class status (hardware behind it, or configured) */
	uint16_t present; /* bit i: value[i] was printed */
	uint64_t value[NV_IF_VALUES]; /* in the order of the catalog: NV_C_ifInPkts + i */
};

/* What is known of a value. What follows from others is shown, and judged by those others. */
enum nv_present { NV_ABSENT, NV_COUNTED, NV_FOLLOWS };

struct nv_snapshot {
	uint64_t value[NV_C_END];
	uint8_t present[NV_C_END]; /* enum nv_present */
	uint8_t width_bits;        /* 64; 32 where counters of the source wrap */
	enum nv_platform platform; /* whose counters these are: normalize/ knows what they mean */
	bool initial_netns;        /* host-wide sources may be judged */
	uint64_t mono_ns;          /* CLOCK_MONOTONIC, or the uptime of a recorded tree */
	uint64_t boot_ns;          /* CLOCK_BOOTTIME */
	int64_t time_s;            /* seconds since the epoch; 0 unknown */
	int hour_of_week;          /* local time: 24 * weekday (Sunday 0) + hour; -1 unknown */
	double uptime_s;           /* since boot; NAN unknown */
	struct nv_interface *interfaces;
	unsigned interface_count, interface_room;
};

/* ---- delta: what happened between two instants ------------------------------------------------
 */

/*
 * Counters: events between the two. Gauges: the value after. valid[] 0: unknown, and then the count
 * is 0.
 */
struct nv_delta {
	uint64_t count[NV_C_END];
	uint8_t valid[NV_C_END];
	double seconds;
};

struct nv_text;
/* A further interface of that name, all zero. NULL: no memory. */
struct nv_interface *nv_snapshot_interface(struct nv_snapshot *, struct nv_text name);
/*
 * The same interface in another table, by name and number; text without numbers has names alone.
 * hint: where it stands in its own table, which is most often where it is. NULL: not there.
 */
const struct nv_interface *nv_interface_find(const struct nv_interface *in, unsigned count,
	const struct nv_interface *as, unsigned hint);
void nv_snapshot_clear(struct nv_snapshot *); /* forgets values, keeps memory */
void nv_snapshot_fini(struct nv_snapshot *);
int nv_snapshot_copy(struct nv_snapshot *to, const struct nv_snapshot *from); /* -1: no memory */

#endif
