/* SPDX-License-Identifier: MIT */
/*
 * An Ethernet frame as the relay sees it: where its headers are, whether a rule means it, and the
 * ways to damage it. Knows nothing of time or of devices.
 */
#ifndef FAULTS_FRAME_H
#define FAULTS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_ROOM 2048

/* Offsets are from the start of the frame; 0: not there. */
struct frame_view {
	uint16_t ether_type;
	size_t ip, l4, payload, end; /* end: after the last byte that IP counts */
	uint8_t protocol;            /* of IPv4, or after the extension headers of IPv6 */
	bool fragment, later_fragment;
	bool tcp_data; /* TCP with payload or FIN and no SYN: needs an acknowledgment */
	uint8_t tcp_flags;
	uint16_t source, destination; /* ports; 0: none */
};

enum frame_what {
	FRAME_ANY,
	FRAME_IP,
	FRAME_IP6,
	FRAME_TCP,
	FRAME_UDP,
	FRAME_ICMP,
	FRAME_FRAGMENT
};
enum frame_part { FRAME_ALL, FRAME_SYN, FRAME_SYNACK, FRAME_DATA, FRAME_PURE, FRAME_RST };

struct frame_filter {
	enum frame_what what;
	enum frame_part part;
	uint16_t port;      /* either end; 0: all */
	size_t least_bytes; /* of the frame */
};

void frame_parse(const uint8_t *frame, size_t length, struct frame_view *);
bool frame_matches(const struct frame_filter *, const struct frame_view *, size_t length);

/*
 * Each returns false and leaves the frame alone if it has no such part. random: any 32 bits, picks
 * the bit to turn. mend: write the right checksum afterwards, so that no stack can notice.
 */
bool frame_corrupt_header(uint8_t *frame, const struct frame_view *, uint32_t random, bool mend);
bool frame_corrupt_payload(uint8_t *frame, const struct frame_view *, uint32_t random, bool mend);
bool frame_mark_congestion(uint8_t *frame, const struct frame_view *); /* IPv4: ECN = CE */
bool frame_shift_tcp(uint8_t *frame, const struct frame_view *, int64_t sequence, int64_t stamp);

#endif
