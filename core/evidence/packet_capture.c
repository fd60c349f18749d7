/* SPDX-License-Identifier: MIT */
/*
 * Packets that come by in at most a second -> who sends resets, who is said to be unreachable.
 *
 * A connection that was reset is gone, and no counter says whose it was: its peer can only be seen
 * in the reset itself. The kernel filters, so that nothing else reaches us, and copies headers
 * alone. Only while something is wrong, seldom, for a second; without CAP_NET_RAW not at all. A
 * thread of its own waits for that second, since no sample may: the socket is not left open till
 * the next sample, for each packet of the host passes by its filter meanwhile. Source: packet(7);
 * RFC 9293 section 3.5.2, RFC 792, RFC 4443 section 3.1.
 */
#include "evidence/parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	HEADERS = 128, /* octets of a packet that are looked at */
	IPV6_BYTES = 40,
	TCP_FLAGS_AT = 13,
	TCP_RST = 4,
	ICMP_UNREACHABLE = 3,
	ICMP_TOO_BIG = 4, /* a code: the path MTU, which is no fault */
	ICMP6_UNREACHABLE = 1,
	LISTEN_MS = 1000,
	LOOK_MS = 50, /* whether it was asked to end */
	STACK = 64 * 1024,
};

/* TCP with RST, ICMP unreachable; jumps are relative. Offsets count from the IP header. */
static const struct sock_filter filter[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
	BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 1, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 6, 10, 17),
	/* 4: IPv4, first fragment */
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 15, 0),
	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 2),
	BPF_STMT(BPF_LD | BPF_B | BPF_IND, TCP_FLAGS_AT),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, TCP_RST, 11, 10),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMP, 0, 9),
	BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_UNREACHABLE, 8, 7),
	/* 14: IPv6 */
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 2),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, IPV6_BYTES + TCP_FLAGS_AT),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, TCP_RST, 4, 3),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 0, 2),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, IPV6_BYTES),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP6_UNREACHABLE, 1, 0),
	/* 21: no, 22: yes */
	BPF_STMT(BPF_RET | BPF_K, 0),
	BPF_STMT(BPF_RET | BPF_K, HEADERS),
};

/* ---- one packet
 * --------------------------------------------------------------------------------------- */

struct header {
	uint8_t family, protocol;
	const uint8_t *from, *to, *payload;
	size_t left; /* octets of the payload that are here */
};

static bool read_header(const uint8_t *packet, size_t length, struct header *h)
{
	size_t bytes;

	if (length < 20)
		return false;
	if (packet[0] >> 4 == 4) {
		bytes = (packet[0] & 15u) * 4;
		if (bytes < 20 || bytes > length || ((packet[6] & 0x1f) << 8 | packet[7]) != 0)
			return false;
		*h = (struct header){ AF_INET, packet[9], packet + 12, packet + 16, packet + bytes,
			length - bytes };
		return true;
	}
	if (packet[0] >> 4 != 6 || length < IPV6_BYTES)
		return false;
	*h = (struct header){ AF_INET6, packet[6], packet + 8, packet + 24, packet + IPV6_BYTES,
		length - IPV6_BYTES };
	return true;
}

static void set_address(uint8_t to[16], const struct header *h, const uint8_t *address)
{
	memcpy(to, address, h->family == AF_INET ? 4 : 16);
}

static uint16_t port_at(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static bool read_reset(const struct header *h, bool outgoing, struct nv_packet *out)
{
	if (h->left < TCP_FLAGS_AT + 1 || !(h->payload[TCP_FLAGS_AT] & TCP_RST))
		return false;
	out->kind = outgoing ? NV_PACKET_RESET_OUT : NV_PACKET_RESET_IN;
	set_address(out->remote, h, outgoing ? h->to : h->from);
	set_address(out->local, h, outgoing ? h->from : h->to);
	out->local_port = port_at(h->payload + (outgoing ? 0 : 2));
	out->remote_port = port_at(h->payload + (outgoing ? 2 : 0));
	return true;
}

/* The packet that could not be delivered is quoted: where it went is what matters. */
static bool read_unreachable(const struct header *h, struct nv_packet *out)
{
	bool four = h->family == AF_INET;
	struct header quoted;

	if (h->left < 8 || h->payload[0] != (four ? ICMP_UNREACHABLE : ICMP6_UNREACHABLE) ||
		(four && h->payload[1] == ICMP_TOO_BIG) ||
		!read_header(h->payload + 8, h->left - 8, &quoted) || quoted.family != h->family)
		return false;
	out->kind = NV_PACKET_UNREACHABLE;
	out->code = h->payload[1];
	set_address(out->sender, h, h->from);
	set_address(out->remote, h, quoted.to);
	set_address(out->local, h, quoted.from);
	if (quoted.left >= 4 &&
		(quoted.protocol == IPPROTO_TCP || quoted.protocol == IPPROTO_UDP)) {
		out->local_port = port_at(quoted.payload);
		out->remote_port = port_at(quoted.payload + 2);
	}
	return true;
}

bool nv_packet_parse(const uint8_t *packet, size_t length, bool outgoing, struct nv_packet *out)
{
	struct header h;

	memset(out, 0, sizeof(*out));
	if (!read_header(packet, length, &h))
		return false;
	out->family = h.family;
	if (h.protocol == IPPROTO_TCP)
		return read_reset(&h, outgoing, out);
	if (outgoing || h.protocol != (h.family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return false;
	return read_unreachable(&h, out);
}

const char *nv_packet_code(const struct nv_packet *t)
{
	static const char *const four[] = { "network unreachable", "host unreachable",
		"protocol unreachable", "port unreachable", [5] = "source route failed",
		[6] = "network unknown", [7] = "host unknown", [9] = "network prohibited",
		[10] = "host prohibited", [13] = "prohibited by a filter" };
	static const char *const six[] = { "no route", "prohibited by a filter", "beyond the scope",
		"address unreachable", "port unreachable", "refused by policy", "route rejected" };
	const char *name = NULL;

	if (t->family == AF_INET && t->code < sizeof(four) / sizeof(four[0]))
		name = four[t->code];
	else if (t->family == AF_INET6 && t->code < sizeof(six) / sizeof(six[0]))
		name = six[t->code];
	return name ? name : "unreachable";
}

enum nv_side nv_packet_side(const struct nv_packet *t)
{
	bool answered_there = t->family == AF_INET ? t->code == 2 || t->code == 3 : t->code == 4;

	return answered_there ? NV_SIDE_PEER : NV_SIDE_PATH;
}

/* ---- a second of them
 * ---------------------------------------------------------------------------------- */

static int open_tap(void)
{
	const struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]),
		(struct sock_filter *)(uintptr_t)filter };
	struct sockaddr_ll all = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	/* Protocol 0: nothing comes before the filter is there. */
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0 &&
		bind(fd, (struct sockaddr *)&all, sizeof(all)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* How many were heard; -1: not permitted. */
static int listen_to(struct nv_packet_capture *tap)
{
	uint64_t end_ns = nv_clock_ns(CLOCK_MONOTONIC) + LISTEN_MS * UINT64_C(1000000);
	int fd = open_tap(), captured = 0;

	if (fd < 0)
		return -1;
	while (captured < NV_PACKETS_MAX && !tap->stop && nv_clock_ns(CLOCK_MONOTONIC) < end_ns) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		struct sockaddr_ll from = { 0 };
		socklen_t size = sizeof(from);
		uint8_t packet[HEADERS];
		ssize_t got = recvfrom(
			fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &size);

		if (got < 0 && errno != EAGAIN && errno != ENETDOWN && errno != EINTR)
			break;
		if (got < 0)
			(void)poll(&wait, 1, LOOK_MS);
		if (got > 0 &&
			(from.sll_pkttype == PACKET_HOST || from.sll_pkttype == PACKET_OUTGOING) &&
			nv_packet_parse(packet, (size_t)got, from.sll_pkttype == PACKET_OUTGOING,
				&tap->captured[captured]))
			captured++;
	}
	close(fd);
	return captured;
}

static void *run(void *context)
{
	struct nv_packet_capture *tap = context;

	tap->count = listen_to(tap);
	tap->done = true;
	return NULL;
}

bool nv_packet_capture_start(struct nv_packet_capture *tap)
{
	pthread_attr_t attributes;
	sigset_t all, before;

	if (tap->running)
		return true;
	tap->stop = tap->done = false;
	if (pthread_attr_init(&attributes) != 0)
		return false;
	(void)pthread_attr_setstacksize(&attributes, STACK);
	/* Signals are the host program's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	tap->running = pthread_create(&tap->thread, &attributes, run, tap) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return tap->running;
}

bool nv_packet_capture_ready(struct nv_packet_capture *tap, bool wait)
{
	if (!tap->running || (!wait && !tap->done))
		return false;
	pthread_join(tap->thread, NULL);
	tap->running = false;
	return true;
}

void nv_packet_capture_end(struct nv_packet_capture *tap)
{
	tap->stop = true;
	(void)nv_packet_capture_ready(tap, true);
}
