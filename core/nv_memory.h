/* SPDX-License-Identifier: MIT */
/* What is kept on disk, seen from outside: what a daemon knows; mutes and acknowledgements. */
#ifndef NV_NV_MEMORY_H
#define NV_NV_MEMORY_H

#include "netvitals.h"

/* ---- the memory on disk, seen from outside ------------------------------------------------------
 */

struct nv_state;

/* What is known of one indicator at one hour of the week. */
struct nv_usual {
	uint32_t hours; /* learned */
	bool ready;
	double usual;  /* NAN unknown */
	double spread; /* factor; NAN unknown */
	double limit;  /* above it is unusual, in the hour when it was saved; NAN */
};

/* NULL and err if there is none or it cannot be used; otherwise err->text says which parts were
 * left out, "" none. Nothing on disk is changed. */
struct nv_state *nv_state_open(const char *path, struct nv_error *err);
void nv_state_close(struct nv_state *);
int64_t nv_state_time(const struct nv_state *); /* epoch seconds */
unsigned nv_state_events(
	const struct nv_state *, uint32_t after, struct nv_event *out, unsigned room);
bool nv_state_usual(
	const struct nv_state *, unsigned indicator, int hour_of_week, struct nv_usual *);
bool nv_state_forget(struct nv_state *, unsigned indicator);
/*
 * For a one-shot report: what this front end knows stands beside what is seen now, namely usual
 * values of this hour as far as they are ready, since when a class has been raised, what was
 * reported. It judges nothing. The state must live as long as the engine.
 */
void nv_engine_consult(struct nv_engine *, const struct nv_state *, const char *front_end);
/* Write it; locked: refuse while a daemon uses that file. */
int nv_state_save(struct nv_state *, const char *path, bool locked, struct nv_error *err);

/* ---- mutes and acknowledgements: once for all front ends
 * ---------------------------------------------- */

#define NV_MUTES 32

struct nv_mute {
	char name[NV_NAME_SIZE]; /* of an indicator or a class */
	bool acknowledged;       /* ends early: when the status rises or clears */
	int64_t made_s, until_s; /* epoch seconds */
	char by[NV_NAME_SIZE], why[NV_TEXT_SIZE];
};

/* Those in force now; how many, or -1 and err. No file: 0. */
int nv_mutes_read(const char *state_dir, const char *also_from, int64_t now_s, struct nv_mute *out,
	unsigned room, struct nv_error *);
/* Add one, replacing that of the same name; what has ended is dropped. -1 and err, also when
 * NV_MUTES are in force. */
int nv_mutes_add(const char *state_dir, int64_t now_s, const struct nv_mute *, struct nv_error *);

/* ---- files in directories that may belong to somebody else --------------------------------- */

enum { NV_PLAIN_NONE = -1, NV_PLAIN_REFUSED = -2 };

struct stat;
/*
 * A regular file, no link to one, of root, of this user or of the directory's owner, of `most`
 * bytes at the most; never waits. info: what fstat said, or NULL. A descriptor; NV_PLAIN_NONE:
 * there is none; NV_PLAIN_REFUSED: err says why.
 */
int nv_open_plain(const char *path, uint64_t most, struct stat *info, struct nv_error *err);

#endif
