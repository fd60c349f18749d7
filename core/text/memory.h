/* SPDX-License-Identifier: MIT */
/* Memory that grows: arrays, and whole files in a buffer. */
#ifndef NV_TEXT_MEMORY_H
#define NV_TEXT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * *array, a pointer, points to room for `need` elements of that size afterwards; what is new is not
 * set. False: no memory, and all is as before.
 */
bool nv_grow(void *array, unsigned *room, unsigned need, size_t element_size);

/* Bytes of a file; kept from one reading to the next. */
struct nv_buffer {
	char *at;
	size_t used, room;
};

enum nv_file_end {
	NV_END_AT_ZERO,  /* a file that is handed out in pieces: net/dev */
	NV_END_AT_SHORT, /* a file that comes whole: one call less */
};

/*
 * The whole file from its beginning, wherever the descriptor stands. -1: errno says why, EFBIG if
 * it is longer than `most` bytes; what was read until then is there.
 */
int nv_read_whole(int fd, struct nv_buffer *, size_t most, enum nv_file_end);

#endif
