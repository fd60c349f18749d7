/* SPDX-License-Identifier: MIT */
/* Ethernet frame -> view of its headers; filters; damage with or without a mended checksum. */
#include "frame.h"

#include <string.h>

enum {
	ETHER_BYTES = 14,
	ETHER_IP = 0x0800,
	ETHER_IP6 = 0x86dd,
	PROTO_ICMP = 1,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_FRAGMENT6 = 44,
	PROTO_ICMP6 = 58,
	TCP_FIN = 1,
	TCP_SYN = 2,
	TCP_RST = 4,
	TCP_ACK = 16,
};

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p + 2, value);
}

static uint64_t sum16(const uint8_t *p, size_t bytes, uint64_t sum)
{
	for (; bytes > 1; p += 2, bytes -= 2)
		sum += get16(p);
	return bytes ? sum + (uint64_t)(p[0] << 8) : sum;
}

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void parse_l4(const uint8_t *frame, size_t length, struct frame_view *view)
{
	size_t at = view->l4;

	view->payload = at;
	if (view->later_fragment)
		return;
	if (view->protocol == PROTO_TCP && at + 20 <= length) {
		view->payload = at + (size_t)(frame[at + 12] >> 4) * 4;
		view->tcp_flags = frame[at + 13];
		view->tcp_data = !(view->tcp_flags & (TCP_SYN | TCP_RST)) &&
			(view->end > view->payload || view->tcp_flags & TCP_FIN);
	} else if ((view->protocol == PROTO_UDP || view->protocol == PROTO_ICMP ||
			   view->protocol == PROTO_ICMP6) &&
		at + 8 <= length) {
		view->payload = at + 8;
	} else {
		return;
	}
	if (view->protocol == PROTO_TCP || view->protocol == PROTO_UDP) {
		view->source = get16(frame + at);
		view->destination = get16(frame + at + 2);
	}
}

void frame_parse(const uint8_t *frame, size_t length, struct frame_view *view)
{
	*view = (struct frame_view){ 0 };
	if (length < ETHER_BYTES)
		return;
	view->ether_type = get16(frame + 12);
	size_t ip = ETHER_BYTES;
	if (view->ether_type == ETHER_IP && length >= ip + 20) {
		uint16_t offset = get16(frame + ip + 6);

		view->ip = ip;
		view->l4 = ip + (size_t)(frame[ip] & 15) * 4;
		view->end = ip + get16(frame + ip + 2);
		view->protocol = frame[ip + 9];
		view->fragment = (offset & 0x3fff) != 0;
		view->later_fragment = (offset & 0x1fff) != 0;
	} else if (view->ether_type == ETHER_IP6 && length >= ip + 40) {
		view->ip = ip;
		view->l4 = ip + 40;
		view->end = ip + 40 + get16(frame + ip + 4);
		view->protocol = frame[ip + 6];
		if (view->protocol == PROTO_FRAGMENT6 && length >= ip + 48) {
			view->fragment = true;
			view->later_fragment = get16(frame + ip + 42) >> 3 != 0;
			view->protocol = frame[ip + 40];
			view->l4 += 8;
		} else if (view->protocol == 0 && length >= ip + 48) {
			view->protocol = frame[ip + 40]; /* hop by hop: MLD */
			view->l4 += ((size_t)frame[ip + 41] + 1) * 8;
		}
	} else {
		return;
	}
	if (view->end > length)
		view->end = length;
	if (view->l4 <= view->end)
		parse_l4(frame, length, view);
	else
		view->l4 = view->payload = 0;
}

static bool matches_part(enum frame_part part, const struct frame_view *view)
{
	uint8_t handshake = view->tcp_flags & (TCP_SYN | TCP_ACK);

	switch (part) {
	case FRAME_ALL:
		return true;
	case FRAME_SYN:
		return handshake == TCP_SYN;
	case FRAME_SYNACK:
		return handshake == (TCP_SYN | TCP_ACK);
	case FRAME_DATA:
		return view->tcp_data || (view->protocol != PROTO_TCP && view->end > view->payload);
	case FRAME_PURE:
		return handshake == TCP_ACK && !view->tcp_data && !(view->tcp_flags & TCP_RST);
	case FRAME_RST:
		return view->tcp_flags & TCP_RST;
	}
	return false;
}

static bool matches_what(enum frame_what what, const struct frame_view *view)
{
	switch (what) {
	case FRAME_ANY:
		return true;
	case FRAME_IP:
		return view->ether_type == ETHER_IP;
	case FRAME_IP6:
		return view->ether_type == ETHER_IP6;
	case FRAME_TCP:
		return view->protocol == PROTO_TCP;
	case FRAME_UDP:
		return view->protocol == PROTO_UDP;
	case FRAME_ICMP: /* echo only: neighbour discovery must go on */
		return view->protocol == PROTO_ICMP || view->protocol == PROTO_ICMP6;
	case FRAME_FRAGMENT:
		return view->fragment;
	}
	return false;
}

bool frame_matches(const struct frame_filter *filter, const struct frame_view *view, size_t length)
{
	if (filter->what != FRAME_ANY && !view->ip)
		return false;
	if (filter->port && filter->port != view->source && filter->port != view->destination)
		return false;
	return length >= filter->least_bytes && matches_what(filter->what, view) &&
		matches_part(filter->part, view);
}

static void mend_header(uint8_t *frame, const struct frame_view *view)
{
	put16(frame + view->ip + 10, 0);
	put16(frame + view->ip + 10, fold(sum16(frame + view->ip, view->l4 - view->ip, 0)));
}

static void mend_l4(uint8_t *frame, const struct frame_view *view)
{
	bool ip6 = view->ether_type == ETHER_IP6;
	size_t bytes = view->end - view->l4, at;
	uint64_t sum = 0;

	if (view->protocol == PROTO_TCP)
		at = view->l4 + 16;
	else if (view->protocol == PROTO_UDP)
		at = view->l4 + 6;
	else
		at = view->l4 + 2;
	put16(frame + at, 0);
	if (view->protocol != PROTO_ICMP) {
		sum = sum16(frame + view->ip + (ip6 ? 8 : 12), ip6 ? 32 : 8, 0);
		sum += view->protocol + (uint64_t)bytes;
	}
	uint16_t sealed = fold(sum16(frame + view->l4, bytes, sum));
	put16(frame + at, sealed || view->protocol != PROTO_UDP ? sealed : 0xffff);
}

bool frame_corrupt_header(uint8_t *frame, const struct frame_view *view, uint32_t random, bool mend)
{
	if (!view->ip || !view->l4)
		return false;
	if (view->ether_type == ETHER_IP6) {
		frame[view->ip] ^=
			0x10; /* no checksum there: the version is all that a stack can see */
		return true;
	}
	/* A bit of the identification: the packet stays for the same host and protocol. */
	frame[view->ip + 4 + (random >> 3) % 2] ^= (uint8_t)(1u << random % 8);
	if (mend)
		mend_header(frame, view);
	return true;
}

bool frame_corrupt_payload(
	uint8_t *frame, const struct frame_view *view, uint32_t random, bool mend)
{
	if (!view->l4)
		return false;
	if (view->end > view->payload) {
		size_t bytes = view->end - view->payload;
		frame[view->payload + (random >> 3) % bytes] ^= (uint8_t)(1u << random % 8);
	} else if (view->protocol == PROTO_TCP && view->end >= view->l4 + 20) {
		frame[view->l4 + 18] ^= (uint8_t)(1u << random % 8); /* the urgent pointer */
	} else {
		return false;
	}
	if (mend && !view->fragment)
		mend_l4(frame, view);
	return true;
}

bool frame_mark_congestion(uint8_t *frame, const struct frame_view *view)
{
	if (view->ether_type != ETHER_IP || !view->l4)
		return false;
	frame[view->ip + 1] |= 3;
	mend_header(frame, view);
	return true;
}

static void shift_stamp(uint8_t *frame, const struct frame_view *view, int64_t by)
{
	for (size_t at = view->l4 + 20; at + 10 <= view->payload;) {
		if (frame[at] == 1) {
			at++;
		} else if (frame[at] == 8) {
			put32(frame + at + 2, (uint32_t)(get32(frame + at + 2) + (uint64_t)by));
			return;
		} else if (frame[at] == 0 || frame[at + 1] < 2) {
			return;
		} else {
			at += frame[at + 1];
		}
	}
}

bool frame_shift_tcp(uint8_t *frame, const struct frame_view *view, int64_t sequence, int64_t stamp)
{
	if (view->protocol != PROTO_TCP || !view->l4 || view->fragment)
		return false;
	put32(frame + view->l4 + 4, (uint32_t)(get32(frame + view->l4 + 4) + (uint64_t)sequence));
	if (stamp)
		shift_stamp(frame, view, stamp);
	mend_l4(frame, view);
	return true;
}
