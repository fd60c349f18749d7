/* SPDX-License-Identifier: MIT */
/*
 * One link: what its messages say. A device of a driver has no IFLA_INFO_KIND; every virtual one
 * names its kind there. Source: kernel net/core/rtnetlink.c rtnl_link_fill.
 */
#include "kernel/kernel.h"

#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/* Bonds and teams have a kind and stand for hardware. */
static bool kind_is_hardware(const struct nv_attribute *kind)
{
	static const char *const bonds[] = { "bond", "team" };

	for (unsigned i = 0; i < sizeof(bonds) / sizeof(bonds[0]); i++)
		if (kind->length >= 4 && memcmp(kind->data, bonds[i], 4) == 0 &&
			(kind->length == 4 || kind->data[4] == 0))
			return true;
	return false;
}

bool nv_link_parse(const struct nlmsghdr *header, struct nv_link *link)
{
	struct nv_attributes all = nv_message_attributes(header, sizeof(struct ifinfomsg));
	struct nv_attribute attribute, inner;
	struct ifinfomsg info;

	if ((header->nlmsg_type != RTM_NEWLINK && header->nlmsg_type != RTM_DELLINK) ||
		header->nlmsg_len < NLMSG_LENGTH(sizeof(info)))
		return false;
	memcpy(&info, (const unsigned char *)header + NLMSG_HDRLEN, sizeof(info));
	/* AF_BRIDGE messages are about a port that joined or left, not of a device. */
	if (info.ifi_family != AF_UNSPEC || info.ifi_index <= 0)
		return false;
	*link = (struct nv_link){ .index = (unsigned)info.ifi_index,
		.loopback = info.ifi_type == ARPHRD_LOOPBACK,
		.hardware = info.ifi_type != ARPHRD_LOOPBACK };
	while (nv_next_attribute(&all, &attribute)) {
		if (attribute.type == IFLA_IFNAME) {
			const char *name = (const char *)attribute.data;

			nv_copy_text(link->name, sizeof(link->name),
				(struct nv_text){ name, name + strnlen(name, attribute.length) });
		} else if (attribute.type == IFLA_LINKINFO) {
			struct nv_attributes nested = { attribute.data, attribute.length };

			while (nv_next_attribute(&nested, &inner))
				if (inner.type == IFLA_INFO_KIND)
					link->hardware = kind_is_hardware(&inner);
		}
	}
	return header->nlmsg_type == RTM_DELLINK || link->name[0];
}

/* One field of the structure, wherever it lies. */
static uint64_t stat_at(const unsigned char *stats, size_t offset)
{
	uint64_t value;

	memcpy(&value, stats + offset, sizeof(value));
	return value;
}

#define STAT(field) stat_at(stats, offsetof(struct rtnl_link_stats64, field))
#define AT(id)      value[NV_C_##id - NV_C_ifInPkts]

bool nv_link_stats_parse(
	const struct nlmsghdr *header, unsigned *index, uint64_t value[NV_IF_VALUES])
{
	struct nv_attributes all = nv_message_attributes(header, sizeof(struct if_stats_msg));
	const struct if_stats_msg *about = NLMSG_DATA(header);
	unsigned char whole[sizeof(struct rtnl_link_stats64)];
	const unsigned char *stats = NULL;
	struct nv_attribute attribute;

	if (header->nlmsg_type != RTM_NEWSTATS)
		return false;
	while (!stats && nv_next_attribute(&all, &attribute))
		if (attribute.type == IFLA_STATS_LINK_64)
			stats = attribute.data;
	if (!stats)
		return false;
	*index = about->ifindex;
	/* Older kernels send a shorter structure. */
	if (attribute.length < sizeof(whole)) {
		memset(whole, 0, sizeof(whole));
		memcpy(whole, stats, attribute.length);
		stats = whole;
	}
	AT(ifInPkts) = STAT(rx_packets);
	AT(ifInErrs) = STAT(rx_errors);
	AT(ifInDrops) = STAT(rx_dropped);
	AT(ifInOverruns) = STAT(rx_missed_errors) + STAT(rx_fifo_errors) + STAT(rx_over_errors);
	AT(ifOutPkts) = STAT(tx_packets);
	AT(ifOutErrs) = STAT(tx_errors);
	AT(ifOutDrops) = STAT(tx_dropped);
	AT(ifCollisions) = STAT(collisions);
	AT(ifInOctets) = STAT(rx_bytes);
	AT(ifOutOctets) = STAT(tx_bytes);
	return true;
}
