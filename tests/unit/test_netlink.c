/* SPDX-License-Identifier: MIT */
/* Parsers of netlink messages on constructed bytes: whole, cut short anywhere, malformed. */
#include "kernel/links.h"
#include "sockets/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/if_arp.h>
#include <linux/inet_diag.h>
#include <linux/neighbour.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a writer of messages
 * ------------------------------------------------------------------------------- */

static _Alignas(8) unsigned char bytes[8192];
static size_t used;

static struct nlmsghdr *begin(uint16_t type, const void *fixed, size_t size)
{
	struct nlmsghdr *header = (struct nlmsghdr *)(void *)(bytes + used);

	memset(bytes + used, 0, sizeof(bytes) - used);
	*header = (struct nlmsghdr){
		.nlmsg_type = type, .nlmsg_seq = 7, .nlmsg_len = (uint32_t)NLMSG_LENGTH(size)
	};
	memcpy(NLMSG_DATA(header), fixed, size);
	used += NLMSG_ALIGN(header->nlmsg_len);
	return header;
}

static struct nlmsghdr *start(uint16_t type, const void *fixed, size_t size)
{
	used = 0;
	return begin(type, fixed, size);
}

static struct nlattr *put(struct nlmsghdr *header, unsigned type, const void *data, size_t size)
{
	struct nlattr *attribute = (struct nlattr *)(void *)((unsigned char *)header +
		NLMSG_ALIGN(header->nlmsg_len));

	attribute->nla_type = (uint16_t)type;
	attribute->nla_len = (uint16_t)(sizeof(*attribute) + size);
	if (size)
		memcpy(attribute + 1, data, size);
	header->nlmsg_len = (uint32_t)(NLMSG_ALIGN(header->nlmsg_len) +
		((attribute->nla_len + 3u) & ~3u));
	used = (size_t)((unsigned char *)header - bytes) + NLMSG_ALIGN(header->nlmsg_len);
	return attribute;
}

static struct nlmsghdr *link_message(
	uint16_t type, int family, unsigned hardware, const char *name, const char *kind)
{
	struct ifinfomsg info = { .ifi_family = (unsigned char)family,
		.ifi_type = (unsigned short)hardware,
		.ifi_index = 3 };
	struct nlmsghdr *header = start(type, &info, sizeof(info));

	put(header, IFLA_IFNAME, name, strlen(name) + 1);
	if (kind) {
		struct nlattr *nested = put(header, IFLA_LINKINFO | NLA_F_NESTED, NULL, 0);
		uint32_t before = header->nlmsg_len;

		put(header, IFLA_INFO_KIND, kind, strlen(kind) + 1);
		nested->nla_len = (uint16_t)(nested->nla_len + header->nlmsg_len - before);
	}
	return header;
}

/* ---- walking
 * ---------------------------------------------------------------------------------------------- */

static void count_message(void *context, const struct nlmsghdr *header)
{
	(void)header;
	++*(unsigned *)context;
}

static void walk_knows_ends_and_errors(void **state)
{
	struct ifinfomsg info = { .ifi_index = 1 };
	struct nlmsgerr error = { .error = -EPERM };
	unsigned count = 0;
	int code = 0, none = 0;

	(void)state;
	start(RTM_NEWLINK, &info, sizeof(info));
	begin(RTM_NEWLINK, &info, sizeof(info));
	assert_int_equal(
		nv_netlink_walk(bytes, used, 7, count_message, &count, &code), NV_NETLINK_MORE);
	assert_int_equal(count, 2);
	begin(NLMSG_DONE, &none, sizeof(none));
	assert_int_equal(
		nv_netlink_walk(bytes, used, 7, count_message, &count, &code), NV_NETLINK_DONE);
	assert_int_equal(count, 4);
	/* Answers to an earlier request, which was given up, are passed over. */
	assert_int_equal(
		nv_netlink_walk(bytes, used, 8, count_message, &count, &code), NV_NETLINK_MORE);
	assert_int_equal(count, 4);
	((struct nlmsghdr *)(void *)bytes)->nlmsg_flags = NLM_F_DUMP_INTR;
	assert_int_equal(nv_netlink_walk(bytes, used, 7, count_message, &count, &code),
		NV_NETLINK_INTERRUPTED);
	start(NLMSG_ERROR, &error, sizeof(error));
	assert_int_equal(
		nv_netlink_walk(bytes, used, 7, count_message, &count, &code), NV_NETLINK_FAILED);
	assert_int_equal(code, EPERM);
	none = -EBUSY;
	start(NLMSG_DONE, &none, sizeof(none));
	assert_int_equal(
		nv_netlink_walk(bytes, used, 7, count_message, &count, &code), NV_NETLINK_FAILED);
	assert_int_equal(code, EBUSY);
}

static void walk_refuses_lengths_that_do_not_fit(void **state)
{
	struct ifinfomsg info = { .ifi_index = 1 };
	struct nlmsghdr *header = start(RTM_NEWLINK, &info, sizeof(info));
	unsigned count = 0;
	int code = 0;

	(void)state;
	assert_int_equal(nv_netlink_walk(bytes, used - 1, 7, count_message, &count, &code),
		NV_NETLINK_MALFORMED);
	header->nlmsg_len = 3;
	assert_int_equal(nv_netlink_walk(bytes, used, 7, count_message, &count, &code),
		NV_NETLINK_MALFORMED);
	header->nlmsg_len = 0x7fffffff;
	assert_int_equal(nv_netlink_walk(bytes, used, 7, count_message, &count, &code),
		NV_NETLINK_MALFORMED);
	assert_int_equal(count, 0);
}

/* What the kernel would send: the answer of a request, a message too long for a small room, and its
 * end. */
static void answer(int fd, uint32_t sequence, size_t length)
{
	static _Alignas(8) unsigned char message[NV_NETLINK_BUFFER + 16];
	struct nlmsghdr *header = (struct nlmsghdr *)(void *)message;

	*header = (struct nlmsghdr){
		.nlmsg_type = RTM_NEWLINK, .nlmsg_seq = sequence, .nlmsg_len = (uint32_t)length
	};
	assert_int_equal(send(fd, message, length, 0), length);
	*header = (struct nlmsghdr){ .nlmsg_type = NLMSG_DONE,
		.nlmsg_seq = sequence,
		.nlmsg_len = NLMSG_LENGTH(sizeof(int)) };
	memset(NLMSG_DATA(header), 0, sizeof(int));
	assert_int_equal(send(fd, message, header->nlmsg_len, 0), header->nlmsg_len);
}

static void a_message_too_long_is_asked_for_again(void **state)
{
	static _Alignas(8) unsigned char room[NV_NETLINK_BUFFER];
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
	} request = { .header = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETLINK } };
	struct nv_netlink netlink = { .room = NV_NETLINK_SMALL, .buffer = room };
	unsigned count = 0;
	struct nv_error err;
	int code, ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	netlink.fd = ends[0];
	answer(ends[1], 1, NV_NETLINK_SMALL + 16);
	answer(ends[1], 2, NV_NETLINK_SMALL + 16);
	assert_int_equal(
		nv_netlink_dump(&netlink, &request.header, count_message, &count, &code, &err), 0);
	assert_int_equal(count, 1);
	assert_int_equal(netlink.room, NV_NETLINK_BUFFER);
	/* Nothing is larger than the whole room. */
	answer(ends[1], 3, NV_NETLINK_BUFFER + 16);
	assert_int_equal(
		nv_netlink_dump(&netlink, &request.header, count_message, &count, &code, &err), -1);
	assert_non_null(strstr(err.text, "longer than"));
	assert_int_equal(count, 1);
	close(ends[0]);
	close(ends[1]);
}

static void attributes_end_where_a_length_does_not_fit(void **state)
{
	struct ifinfomsg info = { .ifi_index = 1 };
	struct nlmsghdr *header = start(RTM_NEWLINK, &info, sizeof(info));
	struct nlattr *attribute = put(header, IFLA_IFNAME, "eth0", 5);
	struct nv_attributes all;
	struct nv_attribute one;

	(void)state;
	for (unsigned length = 0; length < 64; length++) {
		attribute->nla_len = (uint16_t)length;
		all = nv_message_attributes(header, sizeof(info));
		assert_int_equal(nv_next_attribute(&all, &one), length >= 4 && length <= 12);
	}
}

/* ---- links
 * -------------------------------------------------------------------------------------------------
 */

static void link_kinds(void **state)
{
	static const struct {
		const char *name, *kind;
		unsigned type;
		bool hardware, loopback;
	} cases[] = {
		{ "eth0", NULL, ARPHRD_ETHER, true, false },
		{ "lo", NULL, ARPHRD_LOOPBACK, false, true },
		{ "veth3f", "veth", ARPHRD_ETHER, false, false },
		{ "bond0", "bond", ARPHRD_ETHER, true, false },
		{ "team0", "team", ARPHRD_ETHER, true, false },
		{ "bondage", "bondx", ARPHRD_ETHER, false, false },
		{ "br0", "bridge", ARPHRD_ETHER, false, false },
		{ "wg0", "wireguard", ARPHRD_NONE, false, false },
		{ "ib0", NULL, ARPHRD_INFINIBAND, true, false },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nv_link link;

		assert_true(nv_link_parse(link_message(RTM_NEWLINK, AF_UNSPEC, cases[i].type,
						  cases[i].name, cases[i].kind),
			&link));
		assert_string_equal(link.name, cases[i].name);
		assert_int_equal(link.index, 3);
		assert_int_equal(link.hardware, cases[i].hardware);
		assert_int_equal(link.loopback, cases[i].loopback);
	}
}

static void a_port_that_leaves_a_bridge_is_no_deleted_link(void **state)
{
	struct nv_link link;

	(void)state;
	assert_false(nv_link_parse(
		link_message(RTM_DELLINK, AF_BRIDGE, ARPHRD_ETHER, "eth0", NULL), &link));
	assert_true(nv_link_parse(
		link_message(RTM_DELLINK, AF_UNSPEC, ARPHRD_ETHER, "eth0", NULL), &link));
}

static void link_statistics_of_any_length(void **state)
{
	struct if_stats_msg message = { .ifindex = 9 };
	struct rtnl_link_stats64 stats = { .rx_packets = 1,
		.tx_packets = 2,
		.rx_bytes = 3,
		.tx_bytes = 4,
		.rx_errors = 5,
		.tx_errors = 6,
		.rx_dropped = 7,
		.tx_dropped = 8,
		.collisions = 10,
		.rx_fifo_errors = 100,
		.rx_missed_errors = 1000,
		.rx_over_errors = 10000 };
	uint64_t value[NV_IF_VALUES];
	struct nlmsghdr *header;
	unsigned index = 0;

	(void)state;
	for (size_t size = 8; size <= sizeof(stats); size += 8) {
		header = start(RTM_NEWSTATS, &message, sizeof(message));
		put(header, IFLA_STATS_LINK_64, &stats, size);
		assert_true(nv_link_stats_parse(header, &index, value));
		assert_int_equal(index, 9);
		assert_int_equal(value[0], 1);
		assert_int_equal(value[NV_C_ifOutPkts - NV_C_ifInPkts], size >= 16 ? 2 : 0);
	}
	assert_int_equal(value[NV_C_ifInErrs - NV_C_ifInPkts], 5);
	assert_int_equal(value[NV_C_ifInDrops - NV_C_ifInPkts], 7);
	assert_int_equal(value[NV_C_ifInOverruns - NV_C_ifInPkts], 11100);
	assert_int_equal(value[NV_C_ifOutErrs - NV_C_ifInPkts], 6);
	assert_int_equal(value[NV_C_ifOutDrops - NV_C_ifInPkts], 8);
	assert_int_equal(value[NV_C_ifCollisions - NV_C_ifInPkts], 10);
	assert_int_equal(value[NV_C_ifOutOctets - NV_C_ifInPkts], 4);
	header = start(RTM_NEWSTATS, &message, sizeof(message));
	assert_false(nv_link_stats_parse(header, &index, value));
	header = start(RTM_NEWLINK, &message, sizeof(message));
	put(header, IFLA_STATS_LINK_64, &stats, sizeof(stats));
	assert_false(nv_link_stats_parse(header, &index, value));
}

static void rules_choose_what_feeds(void **state)
{
	static const struct {
		const char *rule;
		bool eth0, eth1, veth, lo;
	} cases[] = {
		{ "", true, true, false, false },
		{ "all", true, true, true, false },
		{ "eth1", false, true, false, false },
		{ "eth1, veth0", false, true, true, false },
		{ "/^(eth|veth)/", true, true, true, false },
		{ "/./", true, true, true, false },
		{ "!eth1", true, false, false, false },
		{ "! /^eth/", false, false, false, false },
		{ "lo", false, false, false, true },
		{ "/eth[0,1]$/", true, true, true, false },
	};
	static const char *const bad[] = { "/eth", "/(/", "/", "averyveryverylongname",
		("a b c d e f g h i j "
		 "k l m n o p q") };
	struct nv_link eth0 = { .name = "eth0", .hardware = true },
		       eth1 = { .name = "eth1", .hardware = true };
	struct nv_link veth = { .name = "veth0" }, lo = { .name = "lo", .loopback = true };
	struct nv_error err;

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nv_link_rule *rule = nv_link_rule_new(cases[i].rule, &err);

		assert_non_null(rule);
		assert_int_equal(nv_link_rule_feeds(rule, &eth0), cases[i].eth0);
		assert_int_equal(nv_link_rule_feeds(rule, &eth1), cases[i].eth1);
		assert_int_equal(nv_link_rule_feeds(rule, &veth), cases[i].veth);
		assert_int_equal(nv_link_rule_feeds(rule, &lo), cases[i].lo);
		nv_link_rule_free(rule);
	}
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err.text[0] = 0;
		assert_null(nv_link_rule_new(bad[i], &err));
		assert_true(strncmp(err.text, "interfaces: ", 12) == 0);
	}
}

/* ---- neighbours, routes, queues
 * ------------------------------------------------------------------------------ */

static struct nlmsghdr *neighbor_message(unsigned nud, double age_s)
{
	struct ndmsg message = {
		.ndm_family = AF_INET, .ndm_ifindex = 2, .ndm_state = (uint16_t)nud
	};
	struct nda_cacheinfo cache = { .ndm_updated = (uint32_t)(age_s * 100) };
	unsigned char address[4] = { 10, 0, 0, 1 };
	struct nlmsghdr *header = start(RTM_NEWNEIGH, &message, sizeof(message));

	put(header, NDA_DST, address, 4);
	put(header, NDA_CACHEINFO, &cache, sizeof(cache));
	return header;
}

static void which_neighbors_fail(void **state)
{
	static const struct {
		unsigned nud;
		double age_s;
		bool failing;
	} cases[] = { { NUD_REACHABLE, 5, false }, { NUD_STALE, 500, false },
		{ NUD_FAILED, 5, true }, { NUD_FAILED, 59, true },
		{ NUD_FAILED, 3000, false },     /* nobody has asked since */
		{ NUD_INCOMPLETE, 0.01, false }, /* being resolved right now */
		{ NUD_INCOMPLETE, 1.5, true }, { NUD_PROBE, 5, false } };
	struct nv_neighbor neighbor;

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(nv_neighbor_parse(
			neighbor_message(cases[i].nud, cases[i].age_s), &neighbor));
		assert_int_equal(neighbor.hop.index, 2);
		assert_int_equal(neighbor.hop.family, AF_INET);
		assert_int_equal(nv_neighbor_failing(&neighbor, 60), cases[i].failing);
	}
}

static void remember_hop(void *context, const struct nv_next_hop *hop)
{
	struct nv_next_hop **at = context;

	*(*at)++ = *hop;
}

static void next_hops_of_routes(void **state)
{
	struct rtmsg route = { .rtm_family = AF_INET, .rtm_type = RTN_UNICAST };
	struct nv_next_hop hops[8], *end = hops;
	unsigned char first[4] = { 10, 0, 0, 1 }, second[4] = { 10, 0, 1, 1 };
	struct nlmsghdr *header;
	uint32_t index = 5;
	struct {
		struct rtnexthop leg;
		struct nlattr attribute;
		unsigned char address[4];
	} legs[2] = { { .leg = { .rtnh_len = 16, .rtnh_ifindex = 3 },
			      .attribute = { .nla_len = 8, .nla_type = RTA_GATEWAY } },
		{ .leg = { .rtnh_len = 16, .rtnh_ifindex = 4 },
			.attribute = { .nla_len = 8, .nla_type = RTA_GATEWAY } } };

	(void)state;
	header = start(RTM_NEWROUTE, &route, sizeof(route));
	put(header, RTA_GATEWAY, first, 4);
	put(header, RTA_OIF, &index, 4);
	nv_route_next_hops(header, remember_hop, &end);
	assert_int_equal(end - hops, 1);
	assert_int_equal(hops[0].index, 5);
	assert_memory_equal(hops[0].address, first, 4);

	memcpy(legs[0].address, first, 4);
	memcpy(legs[1].address, second, 4);
	end = hops;
	header = start(RTM_NEWROUTE, &route, sizeof(route));
	put(header, RTA_MULTIPATH, legs, sizeof(legs));
	nv_route_next_hops(header, remember_hop, &end);
	assert_int_equal(end - hops, 2);
	assert_int_equal(hops[1].index, 4);
	assert_memory_equal(hops[1].address, second, 4);

	end = hops; /* a leg that is longer than the attribute */
	legs[1].leg.rtnh_len = 17;
	header = start(RTM_NEWROUTE, &route, sizeof(route));
	put(header, RTA_MULTIPATH, legs, sizeof(legs));
	nv_route_next_hops(header, remember_hop, &end);
	assert_int_equal(end - hops, 1);

	end = hops; /* connected: no gateway; and one that refuses */
	header = start(RTM_NEWROUTE, &route, sizeof(route));
	put(header, RTA_OIF, &index, 4);
	nv_route_next_hops(header, remember_hop, &end);
	route.rtm_type = RTN_UNREACHABLE;
	header = start(RTM_NEWROUTE, &route, sizeof(route));
	put(header, RTA_GATEWAY, first, 4);
	nv_route_next_hops(header, remember_hop, &end);
	assert_int_equal(end - hops, 0);
}

static void default_routes_of_inet6(void **state)
{
	static const struct {
		unsigned char type, length, first;
		unsigned flags;
		bool sound;
	} cases[] = { { RTN_UNICAST, 0, 0, 0, true }, { RTN_UNREACHABLE, 0, 0, 0, false },
		{ RTN_UNICAST, 3, 0x20, 0, true }, { RTN_UNICAST, 8, 0xfd, 0, false },
		{ RTN_UNICAST, 64, 0x20, 0, false },
		{ RTN_UNICAST, 0, 0, RTNH_F_LINKDOWN, false } };

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rtmsg route = { .rtm_family = AF_INET6,
			.rtm_type = cases[i].type,
			.rtm_dst_len = cases[i].length,
			.rtm_flags = cases[i].flags };
		unsigned char destination[16] = { cases[i].first };
		struct nlmsghdr *header = start(RTM_NEWROUTE, &route, sizeof(route));

		if (cases[i].length)
			put(header, RTA_DST, destination, 16);
		assert_int_equal(nv_route_is_default6(header), cases[i].sound);
	}
}

static void queues_of_interfaces(void **state)
{
	struct tcmsg message = { .tcm_ifindex = 6, .tcm_handle = 0x10000, .tcm_parent = TC_H_ROOT };
	struct gnet_stats_queue stats = { .drops = 77 };
	struct nlmsghdr *header = start(RTM_NEWQDISC, &message, sizeof(message));
	struct nlattr *nested;
	struct nv_queue queue;
	uint32_t before;

	(void)state;
	assert_false(nv_queue_parse(header, &queue)); /* without statistics */
	nested = put(header, TCA_STATS2 | NLA_F_NESTED, NULL, 0);
	before = header->nlmsg_len;
	put(header, TCA_STATS_QUEUE, &stats, sizeof(stats));
	nested->nla_len = (uint16_t)(nested->nla_len + header->nlmsg_len - before);
	assert_true(nv_queue_parse(header, &queue));
	assert_int_equal(queue.drops, 77);
	assert_int_equal(queue.index, 6);
	assert_true(queue.root);
}

/* Every parser, on every message, cut short at every length: nothing outside it is read (ASan). */
static void ignore_hop(void *context, const struct nv_next_hop *hop)
{
	(void)context;
	(void)hop;
}

static void parsers_survive_any_length(void **state)
{
	static const uint16_t types[] = { RTM_NEWLINK, RTM_NEWSTATS, RTM_NEWNEIGH, RTM_NEWROUTE,
		RTM_NEWQDISC, SOCK_DIAG_BY_FAMILY };
	uint32_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		struct nlmsghdr *header;
		uint64_t value[NV_IF_VALUES];
		struct nv_neighbor neighbor;
		struct nv_socket socket;
		struct nv_queue queue;
		struct nv_link link;
		unsigned index;

		memset(bytes, 0, 256);
		for (unsigned i = 16; i < 256; i++) {
			seed = seed * 1103515245u + 12345u;
			bytes[i] = (unsigned char)(seed >> 16 & (seed >> 28 & 1 ? 0xff : 0x0f));
		}
		header = (struct nlmsghdr *)(void *)bytes;
		header->nlmsg_type = types[round % 6];
		header->nlmsg_len = 16 + seed % 240;
		(void)nv_link_parse(header, &link);
		(void)nv_link_stats_parse(header, &index, value);
		(void)nv_neighbor_parse(header, &neighbor);
		nv_route_next_hops(header, ignore_hop, NULL);
		(void)nv_route_is_default6(header);
		(void)nv_queue_parse(header, &queue);
		if (nv_socket_parse(header, false, &socket))
			nv_socket_parse_more(header, &socket);
	}
}

/* ---- sockets
 * -----------------------------------------------------------------------------------------------------
 */

static void sockets_of_both_families(void **state)
{
	struct inet_diag_msg message = { .idiag_family = AF_INET,
		.idiag_state = NV_TCP_CLOSE_WAIT,
		.idiag_rqueue = 401,
		.idiag_inode = 99 };
	static const unsigned char mapped[16] = { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 7 };
	uint32_t memory[SK_MEMINFO_VARS] = { [SK_MEMINFO_DROPS] = 12 };
	uint64_t group = 4711;
	struct nlmsghdr *header;
	struct nv_socket s;

	(void)state;
	message.id.idiag_sport = htons(8080);
	message.id.idiag_dport = htons(55555);
	message.id.idiag_src[0] = htonl(0x0a000001);
	message.id.idiag_src[1] = 0xdeadbeef; /* older kernels leave rubbish behind it */
	message.id.idiag_cookie[0] = 5;
	header = start(SOCK_DIAG_BY_FAMILY, &message, sizeof(message));
	put(header, INET_DIAG_SKMEMINFO, memory, sizeof(memory));
	put(header, INET_DIAG_CGROUP_ID, &group, sizeof(group));
	assert_true(nv_socket_parse(header, false, &s));
	nv_socket_parse_more(header, &s);
	assert_int_equal(s.local_port, 8080);
	assert_int_equal(s.remote_port, 55555);
	assert_int_equal(s.local[0], 10);
	assert_int_equal(s.local[4], 0);
	assert_int_equal(s.receive, 401);
	assert_int_equal(s.drops, 12);
	assert_int_equal(s.cgroup, 4711);
	assert_int_equal(s.cookie, 5);

	message.idiag_family = AF_INET6;
	memcpy(message.id.idiag_src, mapped, 16);
	memcpy(message.id.idiag_dst, mapped, 16);
	header = start(SOCK_DIAG_BY_FAMILY, &message, sizeof(message));
	assert_true(nv_socket_parse(header, false, &s));
	assert_int_equal(s.family, AF_INET);
	assert_int_equal(s.local[0], 10);
	assert_int_equal(s.local[3], 7);
	message.idiag_family = AF_UNIX;
	assert_false(
		nv_socket_parse(start(SOCK_DIAG_BY_FAMILY, &message, sizeof(message)), false, &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walk_knows_ends_and_errors),
		cmocka_unit_test(walk_refuses_lengths_that_do_not_fit),
		cmocka_unit_test(a_message_too_long_is_asked_for_again),
		cmocka_unit_test(attributes_end_where_a_length_does_not_fit),
		cmocka_unit_test(link_kinds),
		cmocka_unit_test(a_port_that_leaves_a_bridge_is_no_deleted_link),
		cmocka_unit_test(link_statistics_of_any_length),
		cmocka_unit_test(rules_choose_what_feeds),
		cmocka_unit_test(which_neighbors_fail),
		cmocka_unit_test(next_hops_of_routes),
		cmocka_unit_test(default_routes_of_inet6),
		cmocka_unit_test(queues_of_interfaces),
		cmocka_unit_test(parsers_survive_any_length),
		cmocka_unit_test(sockets_of_both_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
