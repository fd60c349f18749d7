/* SPDX-License-Identifier: MIT */
/* One file on disk, replaced as a whole, locked and checked. */
#ifndef NV_STATE_FILE_H
#define NV_STATE_FILE_H

#include "catalog/status.h"

/*
 * The block that is written is needed for some milliseconds in minutes: its pages, all zero, are
 * the system's between. NULL: no memory.
 */
void *nv_state_block(size_t size);
void nv_state_block_clear(void *block, size_t size);
void nv_state_block_free(void *block, size_t size); /* takes NULL */
/* Replace the file as a whole; the one before stays as PATH.previous. -1: err says why. */
int nv_state_write(
	const char *path, uint32_t version, const void *data, size_t size, struct nv_error *);
/* Where the bytes of a file go, and who makes something of them. */
struct nv_state_reader {
	uint8_t *bytes;
	size_t room;
	/* NULL, or what is wrong with all of it; NULL as a function: any bytes will do. */
	const char *(*decode)(void *context, uint32_t version, const uint8_t *bytes, size_t size);
	void *context;
};

/*
 * 1: read (PATH, or PATH.previous where PATH is missing); 2: PATH is of no use, err says why, and
 * the previous one was read; 0: there is none; -1: none of use, err says why. What was read is
 * undefined unless positive. set_aside: rename what is of no use to PATH.bad.
 */
int nv_state_read(
	const char *path, const struct nv_state_reader *, bool set_aside, struct nv_error *);
/* Replace a text as a whole: at no moment is it absent or half written. -1: err says why. */
int nv_file_replace(const char *path, const void *data, size_t size, struct nv_error *);
/* A descriptor that holds the lock while it is open; -1: someone else does; -2: no right or no
 * room. */
int nv_state_lock(const char *path, struct nv_error *);

#endif
