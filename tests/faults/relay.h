/* SPDX-License-Identifier: MIT */
/* The relay's state, and what its parts call of each other: control -> rules -> queue. */
#ifndef FAULTS_RELAY_H
#define FAULTS_RELAY_H

#include "frame.h"

#define RULES_MAX  64
#define FRAMES_MAX 16384
#define MS         1000000ll

enum action {
	LOSE,
	BURST,
	DUPLICATE,
	REORDER,
	DELAY,
	CORRUPT,
	TRUNCATE,
	RATE,
	MARK,
	GHOST,
	ACTIONS
};
extern const char *const action_names[ACTIONS];

struct rule {
	char name[24];
	bool active, direction[2];
	enum action action;
	struct frame_filter filter;
	double probability, ms, jitter_ms, bits_per_second;
	unsigned length, queue;
	bool header, mend;
	int64_t sequence, stamp;
	uint64_t matched, touched, data; /* data: touched TCP frames that need an acknowledgment */
	int64_t last_ns[2], free_ns[2];  /* order kept by delay; when the link of rate is free */
	unsigned left[2];                /* frames still to lose of a burst */
};

struct frame {
	int64_t due_ns;
	uint64_t number;
	uint16_t bytes;
	uint8_t to;
	uint8_t data[FRAME_ROOM];
};

struct relay {
	int fd[2];
	uint64_t random, number, frames[2], overruns, refused;
	bool paused;
	unsigned rules, queued, spare;
	struct rule rule[RULES_MAX];
	uint16_t heap[FRAMES_MAX], pool[FRAMES_MAX];
	struct frame store[FRAMES_MAX];
};

int64_t now_ns(void);

/* relay.c: hands a frame to device `to` (0 a, 1 b) when its time has come. No room: counted,
 * dropped. */
void enqueue(struct relay *, unsigned to, const uint8_t *data, size_t bytes, int64_t due_ns);

/* rules.c */
void warm_up(struct relay *, uint64_t seed);
void pass(struct relay *, unsigned from, uint8_t *data, size_t bytes); /* a frame has come in */

/* control.c: whole lines of standard input are obeyed. False: quit. */
bool read_control(struct relay *);
void print_counts(const struct relay *);

#endif
