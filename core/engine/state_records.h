/* SPDX-License-Identifier: MIT */
/*
 * What a state file holds: records of a kind, a permanent number and a size of their own. A reader
 * skips kinds and numbers that it does not know, and takes of a longer or shorter record what both
 * releases know. So these structures only ever grow, at their end: a field keeps its place for
 * ever, and a new one comes with the figure of its _Static_assert.
 */
#ifndef NV_STATE_RECORDS_H
#define NV_STATE_RECORDS_H

#include "engine/engine.h"

/* Records since version 6; it does not change with what they hold. */
#define NV_STATE_VERSION 6
/* Bytes of a file of this release or of one that knows more; what is not used is not touched. */
#define NV_STATE_ROOM ((size_t)1 << 20)

struct nv_saved_engine {
	int64_t saved_s;
	uint32_t last_event, unused;
};

struct nv_saved_indicator {
	uint8_t status, reported, by_baseline, seen;
	uint16_t hold;
	uint8_t last_notified; /* status that was notified last */
	uint8_t unused;
	float raised_at, crit_at;
	double peak;
	int64_t since_s, raised_s;
	uint32_t breaches, unused_too;
};

struct nv_saved_class {
	uint8_t reported, last_notified;
	uint16_t worst_indicator;
	uint32_t changes;
	int64_t since_s, raised_s;
	double peak;
};

/* No padding at an end: there the next field begins. */
_Static_assert(sizeof(struct nv_saved_engine) == 16, "records only grow at their end");
_Static_assert(sizeof(struct nv_saved_indicator) == 48, "records only grow at their end");
_Static_assert(sizeof(struct nv_saved_class) == 32, "records only grow at their end");
_Static_assert(sizeof(struct nv_baseline) == 1068, "records only grow at their end");
_Static_assert(sizeof(struct nv_event) == 360, "records only grow at their end");

/* What the records say, by number; what there is no record of is zero. */
struct nv_state {
	struct nv_saved_engine engine;
	struct nv_baseline baselines[NV_I_END];
	struct nv_saved_indicator indicators[NV_I_END];
	struct nv_saved_class classes[NV_CLASS_END];
	struct nv_event events[NV_EVENTS]; /* a ring, as in the engine */
	unsigned left_out;                 /* records with invalid values */
	char left_out_first[NV_NAME_SIZE * 2];
	uint8_t file[NV_STATE_ROOM]; /* the bytes on their way */
};

/* Into s->file; how many bytes. */
size_t nv_encode_state(struct nv_state *s);
/* Bytes of this version, or of version 5, into the nv_state that context is; NULL, or what is
 * wrong with all of it. */
const char *nv_decode_state(void *context, uint32_t version, const uint8_t *bytes, size_t size);

#endif
