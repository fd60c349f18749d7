/* SPDX-License-Identifier: MIT */
/*
 * Messages and texts about neighbours, routes and queues -> plain structures. No I/O.
 * Source: kernel net/core/neighbour.c neigh_fill_info; net/ipv4/fib_semantics.c fib_dump_info;
 * net/sched/sch_api.c tc_fill_qdisc; net/ipv6/addrconf.c if6_seq_show; net/ipv4/arp.c
 * arp_format_neigh_entry; net/ipv4/fib_trie.c fib_route_seq_show.
 */
#include "kernel/kernel.h"

#include <arpa/inet.h>
#include <linux/gen_stats.h>
#include <linux/neighbour.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <math.h>
#include <string.h>
#include <sys/socket.h>

/* Ages in netlink are in USER_HZ, which is 100 on every architecture that Debian knows. */
#define USER_HZ 100.0

/* An entry is INCOMPLETE for a moment in every healthy resolution; the first repeat is after 1 s.
 */
#define UNANSWERED_S 1.0

static size_t address_bytes(unsigned family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

static bool set_address(
	struct nv_next_hop *hop, unsigned family, const unsigned char *data, size_t length)
{
	size_t bytes = address_bytes(family);

	if (!bytes || length < bytes)
		return false;
	hop->family = (uint8_t)family;
	memset(hop->address, 0, sizeof(hop->address));
	memcpy(hop->address, data, bytes);
	return true;
}

/* ---- neighbours
 * -------------------------------------------------------------------------------------- */

bool nv_neighbor_parse(const struct nlmsghdr *header, struct nv_neighbor *out)
{
	struct nv_attributes all = nv_message_attributes(header, sizeof(struct ndmsg));
	struct nv_attribute attribute;
	struct ndmsg message;
	bool addressed = false;

	if (!nv_message_body(header, RTM_NEWNEIGH, &message, sizeof(message)))
		return false;
	*out = (struct nv_neighbor){ .state = message.ndm_state, .age_s = NAN };
	out->hop.index = (unsigned)message.ndm_ifindex;
	while (nv_next_attribute(&all, &attribute)) {
		if (attribute.type == NDA_DST) {
			addressed = set_address(
				&out->hop, message.ndm_family, attribute.data, attribute.length);
		} else if (attribute.type == NDA_CACHEINFO &&
			attribute.length >= sizeof(struct nda_cacheinfo)) {
			struct nda_cacheinfo info;

			memcpy(&info, attribute.data, sizeof(info));
			out->age_s = info.ndm_updated / USER_HZ;
		}
	}
	return addressed;
}

bool nv_neighbor_failing(const struct nv_neighbor *neighbor, double window_s)
{
	/* Where the kernel gives no age, the state alone has to do. */
	if (neighbor->state & NUD_FAILED)
		return !(neighbor->age_s > window_s);
	if (neighbor->state & NUD_INCOMPLETE)
		return !(neighbor->age_s < UNANSWERED_S);
	return false;
}

/* ---- routes
 * -------------------------------------------------------------------------------------------- */

/* RTA_VIA: family and address of a gateway of the other family. */
static bool set_via(struct nv_next_hop *hop, const struct nv_attribute *attribute)
{
	uint16_t family;

	if (attribute->length < sizeof(family))
		return false;
	memcpy(&family, attribute->data, sizeof(family));
	return set_address(
		hop, family, attribute->data + sizeof(family), attribute->length - sizeof(family));
}

static void take_gateway(struct nv_attributes all, unsigned family, unsigned index,
	void (*take)(void *context, const struct nv_next_hop *), void *context)
{
	struct nv_next_hop hop = { .index = index };
	struct nv_attribute attribute;
	bool found = false;

	while (nv_next_attribute(&all, &attribute)) {
		if (attribute.type == RTA_GATEWAY)
			found = set_address(&hop, family, attribute.data, attribute.length);
		else if (attribute.type == RTA_VIA)
			found = set_via(&hop, &attribute);
		else if (attribute.type == RTA_OIF)
			hop.index = nv_attribute_u32(&attribute);
	}
	if (found)
		take(context, &hop);
}

void nv_route_next_hops(const struct nlmsghdr *header,
	void (*take)(void *context, const struct nv_next_hop *), void *context)
{
	struct nv_attributes all = nv_message_attributes(header, sizeof(struct rtmsg));
	struct nv_attribute attribute;
	struct rtmsg route;

	if (!nv_message_body(header, RTM_NEWROUTE, &route, sizeof(route)))
		return;
	if (route.rtm_type != RTN_UNICAST || (route.rtm_flags & RTM_F_CLONED))
		return;
	take_gateway(all, route.rtm_family, 0, take, context);
	while (nv_next_attribute(&all, &attribute)) {
		const unsigned char *at = attribute.data;
		size_t left = attribute.length;
		struct rtnexthop leg;

		if (attribute.type != RTA_MULTIPATH)
			continue;
		while (left >= sizeof(leg)) {
			memcpy(&leg, at, sizeof(leg));
			if (leg.rtnh_len < sizeof(leg) || leg.rtnh_len > left)
				break;
			take_gateway((struct nv_attributes){ at + sizeof(leg),
					     leg.rtnh_len - sizeof(leg) },
				route.rtm_family, (unsigned)leg.rtnh_ifindex, take, context);
			if (NLMSG_ALIGN((size_t)leg.rtnh_len) >= left)
				break;
			at += NLMSG_ALIGN((size_t)leg.rtnh_len);
			left -= NLMSG_ALIGN((size_t)leg.rtnh_len);
		}
	}
}

bool nv_route_is_default6(const struct nlmsghdr *header)
{
	struct nv_attributes all = nv_message_attributes(header, sizeof(struct rtmsg));
	struct nv_attribute attribute;
	unsigned char destination = 0x20;
	struct rtmsg route;

	if (!nv_message_body(header, RTM_NEWROUTE, &route, sizeof(route)))
		return false;
	while (nv_next_attribute(&all, &attribute))
		if (attribute.type == RTA_DST && attribute.length)
			destination = attribute.data[0];
	return route.rtm_family == AF_INET6 && route.rtm_type == RTN_UNICAST &&
		!(route.rtm_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN | RTM_F_CLONED)) &&
		(route.rtm_dst_len == 0 ||
			(route.rtm_dst_len <= 3 && (destination & 0xe0) == 0x20));
}

/* ---- queues
 * -------------------------------------------------------------------------------------------- */

bool nv_queue_parse(const struct nlmsghdr *header, struct nv_queue *queue)
{
	struct nv_attributes all = nv_message_attributes(header, sizeof(struct tcmsg));
	struct nv_attribute attribute, inner;
	struct gnet_stats_queue stats;
	struct tcmsg message;
	bool counted = false;

	if (!nv_message_body(header, RTM_NEWQDISC, &message, sizeof(message)))
		return false;
	*queue = (struct nv_queue){ .index = (unsigned)message.tcm_ifindex,
		.handle = message.tcm_handle,
		.root = message.tcm_parent == TC_H_ROOT };
	while (nv_next_attribute(&all, &attribute)) {
		struct nv_attributes nested = { attribute.data, attribute.length };

		if (attribute.type != TCA_STATS2)
			continue;
		while (nv_next_attribute(&nested, &inner)) {
			if (inner.type != TCA_STATS_QUEUE || inner.length < sizeof(stats))
				continue;
			memcpy(&stats, inner.data, sizeof(stats));
			queue->drops = stats.drops;
			counted = true;
		}
	}
	return counted;
}

/* ---- texts
 * -----------------------------------------------------------------------------------------------
 */

bool nv_stat_column(struct nv_text text, const char *name, uint64_t *sum)
{
	struct nv_text line, word;
	unsigned column = 0, rows = 0;
	bool found = false;

	if (!nv_next_line(&text, &line))
		return false;
	while (!found && nv_next_word(&line, &word)) {
		found = nv_is(word, name);
		column += !found;
	}
	if (!found)
		return false;
	*sum = 0;
	while (nv_next_line(&text, &line)) {
		uint64_t value = 0;
		unsigned i = 0;

		while (i <= column && nv_next_word(&line, &word))
			i++;
		if (i <= column || !nv_hex_number(word, &value))
			continue;
		*sum += value;
		rows++;
	}
	return rows > 0;
}

/* Columns: address, index, prefix length, scope, flags, name. */
bool nv_inet6_has_global(struct nv_text text)
{
	struct nv_text line, word[6];

	while (nv_next_line(&text, &line)) {
		uint64_t flags = 0;
		unsigned columns = 0;

		while (columns < 6 && nv_next_word(&line, &word[columns]))
			columns++;
		/* Scope 0 is global; tentative (0x40) and failed (0x08) addresses cannot be used.
		 */
		if (columns == 6 && nv_is(word[3], "00") && nv_hex_number(word[4], &flags) &&
			!(flags & 0x48))
			return true;
	}
	return false;
}

/* Columns: destination, its length, source, its length, next hop, metric, ..., flags, device. */
bool nv_inet6_has_default(struct nv_text text)
{
	static const char any[] = "00000000000000000000000000000000";
	struct nv_text line, word[10];

	while (nv_next_line(&text, &line)) {
		uint64_t flags = 0;
		unsigned columns = 0;

		while (columns < 10 && nv_next_word(&line, &word[columns]))
			columns++;
		/* 0x1 up, 0x200 reject: the kernel's own "unreachable" entry on lo. */
		if (columns == 10 && nv_is(word[0], any) && nv_is(word[1], "00") &&
			nv_hex_number(word[8], &flags) && (flags & 0x201) == 0x1 &&
			!nv_is(word[9], "lo"))
			return true;
	}
	return false;
}

/* Columns: interface, destination, gateway, flags, ...; addresses as words of a little-endian host.
 */
void nv_route_text_next_hops(
	struct nv_text text, void (*take)(void *context, const struct nv_next_hop *), void *context)
{
	struct nv_text line, word[4];

	while (nv_next_line(&text, &line)) {
		struct nv_next_hop hop = { .family = AF_INET };
		uint64_t flags = 0, gateway = 0;
		unsigned columns = 0;

		while (columns < 4 && nv_next_word(&line, &word[columns]))
			columns++;
		/* 0x1 up, 0x2 by a gateway */
		if (columns < 4 || !nv_hex_number(word[3], &flags) || (flags & 0x3) != 0x3 ||
			!nv_hex_number(word[2], &gateway))
			continue;
		for (unsigned i = 0; i < 4; i++)
			hop.address[i] = (uint8_t)(gateway >> (8 * i));
		take(context, &hop);
	}
}

/* Columns: address, type of hardware, flags (0x0: asked for and not found), ... */
void nv_arp_text_failing(
	struct nv_text text, void (*take)(void *context, const struct nv_next_hop *), void *context)
{
	struct nv_text line, word[3];

	while (nv_next_line(&text, &line)) {
		struct nv_next_hop hop = { .family = AF_INET };
		char address[INET_ADDRSTRLEN] = "";
		unsigned columns = 0;

		while (columns < 3 && nv_next_word(&line, &word[columns]))
			columns++;
		if (columns < 3 || !nv_is(word[2], "0x0") ||
			(size_t)(word[0].end - word[0].at) >= sizeof(address))
			continue;
		memcpy(address, word[0].at, (size_t)(word[0].end - word[0].at));
		if (inet_pton(AF_INET, address, hop.address) == 1)
			take(context, &hop);
	}
}
