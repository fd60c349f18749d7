/* SPDX-License-Identifier: MIT */
/*
 * Packets that no healthy stack sends, or that pretend to come from elsewhere: options -> raw IPv4
 * packets, and for kind=lldp raw frames. to= and from= are addresses; spread: from counts up.
 *
 *   halfopen   SYN without a listener behind it: the own stack answers the SYN-ACK by RST
 *   syn        SYN from addresses that never answer
 *   synack     unasked SYN-ACK (backscatter)
 *   rst        unasked RST (backscatter)
 *   unreach    destination unreachable that quotes a packet nobody sent (backscatter)
 *   quench     source quench; redirect: redirect; param: parameter problem; both quote such a
 * packet unknown    protocol 253 overlap    two fragments that overlap fragment   a first fragment
 * without the rest ttl        a datagram with time to live hops= options    a datagram with a
 * broken IP option lldp       an Ethernet frame of a type nobody here speaks (dev=)
 */
#define _GNU_SOURCE
#include "traffic.h"

#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>

struct forged {
	uint8_t data[256];
	size_t bytes;
	uint32_t number;         /* of the packet: makes ports and identifications differ */
	uint32_t source, target; /* network order */
};

static struct iphdr *ip_of(struct forged *f)
{
	return (struct iphdr *)f->data;
}

static void add_ip(struct forged *f, uint8_t protocol)
{
	*ip_of(f) = (struct iphdr){ .version = 4,
		.ihl = 5,
		.ttl = 64,
		.protocol = protocol,
		.saddr = f->source,
		.daddr = f->target,
		.id = htons((uint16_t)(f->number + 1)) };
	f->bytes = sizeof(struct iphdr);
}

static void seal(struct forged *f)
{
	struct iphdr *ip = ip_of(f);

	ip->tot_len = htons((uint16_t)f->bytes);
	ip->check = 0;
	ip->check = checksum(f->data, (size_t)ip->ihl * 4, 0);
}

static void add_tcp(struct forged *f, const struct options *o, uint8_t flags)
{
	struct tcphdr tcp = { 0 };
	uint16_t port = (uint16_t)(20000 + f->number % 30000);
	uint32_t sum = IPPROTO_TCP + sizeof tcp;

	add_ip(f, IPPROTO_TCP);
	tcp.th_sport = htons(port);
	tcp.th_dport = htons((uint16_t)o->port);
	tcp.th_seq = htonl(f->number * 7919 + 1);
	tcp.th_off = 5;
	tcp.th_flags = flags;
	tcp.th_win = htons(1024);
	sum += (ntohl(f->source) >> 16) + (ntohl(f->source) & 0xffff);
	sum += (ntohl(f->target) >> 16) + (ntohl(f->target) & 0xffff);
	tcp.th_sum = checksum(&tcp, sizeof tcp, sum);
	memcpy(f->data + f->bytes, &tcp, sizeof tcp);
	f->bytes += sizeof tcp;
}

static void add_udp(struct forged *f, const struct options *o, size_t payload)
{
	struct udphdr udp = { .uh_sport = htons(40000),
		.uh_dport = htons((uint16_t)o->port),
		.uh_ulen = htons((uint16_t)(sizeof udp + payload)) };

	memcpy(f->data + f->bytes, &udp, sizeof udp);
	f->bytes += sizeof udp + payload;
}

/* An ICMP error about a datagram that the target is said to have sent. */
static void add_icmp(struct forged *f, uint8_t type, uint8_t code)
{
	struct icmphdr icmp = { .type = type, .code = code };
	struct iphdr quoted = { .version = 4,
		.ihl = 5,
		.ttl = 60,
		.protocol = IPPROTO_UDP,
		.saddr = f->target,
		.daddr = f->source,
		.tot_len = htons(60) };
	uint8_t *at = f->data + sizeof(struct iphdr);

	add_ip(f, IPPROTO_ICMP);
	if (type == ICMP_REDIRECT)
		icmp.un.gateway = f->source + htonl(1);
	quoted.check = checksum(&quoted, sizeof quoted, 0);
	memcpy(at, &icmp, sizeof icmp);
	memcpy(at + sizeof icmp, &quoted, sizeof quoted);
	memcpy(at + sizeof icmp + sizeof quoted, "\x9c\x40\x9c\x41\x00\x28\x00\x00", 8);
	icmp.checksum = checksum(at, sizeof icmp + sizeof quoted + 8, 0);
	memcpy(at, &icmp, sizeof icmp);
	f->bytes += sizeof icmp + sizeof quoted + 8;
}

static void add_options(struct forged *f, const struct options *o)
{
	static const uint8_t broken[] = { 0x83, 0x02, 0x00, 0x00 }; /* source route too short */

	add_ip(f, IPPROTO_UDP);
	ip_of(f)->ihl = 6;
	memcpy(f->data + f->bytes, broken, sizeof broken);
	f->bytes += sizeof broken;
	add_udp(f, o, 16);
}

static bool forge(struct forged *f, const struct options *o, bool second)
{
	const char *kind = o->kind;

	memset(f->data, 0, sizeof f->data);
	if (!strcmp(kind, "halfopen") || !strcmp(kind, "syn")) {
		add_tcp(f, o, TH_SYN);
	} else if (!strcmp(kind, "synack")) {
		add_tcp(f, o, TH_SYN | TH_ACK);
	} else if (!strcmp(kind, "rst")) {
		add_tcp(f, o, TH_RST | TH_ACK);
	} else if (!strcmp(kind, "unreach")) {
		add_icmp(f, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH);
	} else if (!strcmp(kind, "quench")) {
		add_icmp(f, ICMP_SOURCE_QUENCH, 0);
	} else if (!strcmp(kind, "redirect")) {
		add_icmp(f, ICMP_REDIRECT, ICMP_REDIR_HOST);
	} else if (!strcmp(kind, "param")) {
		add_icmp(f, ICMP_PARAMETERPROB, 0);
	} else if (!strcmp(kind, "unknown")) {
		add_ip(f, 253);
		f->bytes += 32;
	} else if (!strcmp(kind, "overlap") || !strcmp(kind, "fragment")) {
		add_ip(f, IPPROTO_UDP);
		ip_of(f)->frag_off = htons(second ? IP_MF | 4 : IP_MF);
		add_udp(f, o, 56);
	} else if (!strcmp(kind, "ttl")) {
		add_ip(f, IPPROTO_UDP);
		ip_of(f)->ttl = (uint8_t)o->hops;
		add_udp(f, o, 16);
	} else if (!strcmp(kind, "options")) {
		add_options(f, o);
	} else {
		return false;
	}
	seal(f);
	return true;
}

static int lldp_socket(const struct options *o, struct forged *f, struct address *to)
{
	static const uint8_t frame[60] = { 0x01, 0x80, 0xc2, 0, 0, 0x0e, 2, 0, 0, 0, 0, 1, 0x88,
		0xcc };
	struct sockaddr_ll *link = (struct sockaddr_ll *)&to->room;
	int fd = open_socket(o, AF_PACKET, SOCK_RAW, 0);

	*link = (struct sockaddr_ll){ .sll_family = AF_PACKET,
		.sll_protocol = htons(0x88cc),
		.sll_halen = 6,
		.sll_ifindex = (int)if_nametoindex(o->device ? o->device : "") };
	to->length = sizeof *link;
	memcpy(f->data, frame, sizeof frame);
	f->bytes = sizeof frame;
	return fd;
}

int run_forge(const struct options *o, struct tally *tally)
{
	struct address from, to;
	struct forged f = { 0 };
	bool lldp = !strcmp(o->kind, "lldp");
	int64_t start = clock_ns();

	if (!lldp && (!o->to || !o->from || !make_address(o->to, 0, 0, &to)))
		return fputs("traffic: forge needs to= and from=\n", stderr), 2;
	int fd = lldp ? lldp_socket(o, &f, &to) : open_socket(o, AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0)
		return 1;
	say_ready();
	for (;; f.number++) {
		wait_until(start + (int64_t)(f.number / o->rate * 1e9));
		if (stopped || (o->each && f.number >= o->each) ||
			(o->seconds > 0 && (double)(clock_ns() - start) > o->seconds * 1e9))
			return 0;
		if (!lldp) {
			if (!make_address(o->from, 0, o->spread ? f.number % o->count : 0, &from))
				return 2;
			f.source = ((struct sockaddr_in *)&from.room)->sin_addr.s_addr;
			f.target = ((struct sockaddr_in *)&to.room)->sin_addr.s_addr;
			if (!forge(&f, o, false))
				return fprintf(stderr, "traffic: kind=%s: unknown\n", o->kind), 2;
		}
		bool sent = sendto(fd, f.data, f.bytes, 0, &to.any, to.length) > 0;
		if (sent && !strcmp(o->kind, "overlap")) {
			forge(&f, o, true);
			sent = sendto(fd, f.data, f.bytes, 0, &to.any, to.length) > 0;
		}
		*(sent ? &tally->sent : &tally->errors) += 1;
	}
}
