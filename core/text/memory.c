/* SPDX-License-Identifier: MIT */
/* Arrays and buffers that double when they are full. */
#include "text/memory.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEAST_ELEMENTS = 32, LEAST_BYTES = 16384 };

bool nv_grow(void *array, unsigned *room, unsigned need, size_t element_size)
{
	size_t wanted = *room ? *room : LEAST_ELEMENTS;
	void *old, *more;

	if (need <= *room)
		return true;
	/* So that neither the doubled number nor its size in bytes overflows. */
	if (need > UINT_MAX / 2 || need > SIZE_MAX / 4 / element_size)
		return false;
	while (wanted < need)
		wanted *= 2;
	memcpy(&old, array, sizeof(old)); /* of whatever type it is */
	more = reallocarray(old, wanted, element_size);
	if (!more)
		return false;
	memcpy(array, &more, sizeof(more));
	*room = (unsigned)wanted;
	return true;
}

static int make_room(struct nv_buffer *buffer, size_t most)
{
	size_t wanted = buffer->room ? 2 * buffer->room : LEAST_BYTES;
	char *more;

	if (buffer->used < buffer->room)
		return 0;
	if (buffer->room >= most) {
		errno = EFBIG;
		return -1;
	}
	wanted = wanted < most ? wanted : most;
	more = realloc(buffer->at, wanted);
	if (!more)
		return -1;
	buffer->at = more;
	buffer->room = wanted;
	return 0;
}

int nv_read_whole(int fd, struct nv_buffer *buffer, size_t most, enum nv_file_end end)
{
	buffer->used = 0;
	for (;;) {
		size_t room;
		ssize_t n;

		if (make_room(buffer, most))
			return -1;
		room = buffer->room - buffer->used;
		n = pread(fd, buffer->at + buffer->used, room, (off_t)buffer->used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		buffer->used += (size_t)n;
		if (n == 0 || (end == NV_END_AT_SHORT && (size_t)n < room))
			return 0;
	}
}
