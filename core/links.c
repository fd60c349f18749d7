/* SPDX-License-Identifier: MIT */
/*
 * One link: its messages parsed, and the rule that says which links feed a class.
 *
 * Only devices with hardware behind them, and bonds, feed a class by default: what happens to a
 * veth, bridge or tunnel has happened to a real device, or is a container's own affair. A device
 * of a driver has no IFLA_INFO_KIND; every virtual one names its kind there.
 * Source: kernel net/core/rtnetlink.c rtnl_link_fill.
 */
#include "links.h"

#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PATTERNS_MAX 16

struct pattern {
	bool is_regex;
	regex_t regex;
	char name[16];
};

struct nv_link_rule {
	bool all, inverted;
	unsigned count;
	struct pattern pattern[PATTERNS_MAX];
};

/* ---- messages ---------------------------------------------------------------------------------------- */

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
	/* AF_BRIDGE messages tell of a port that joined or left, not of a device. */
	if (info.ifi_family != AF_UNSPEC || info.ifi_index <= 0)
		return false;
	*link = (struct nv_link) { .index = (unsigned)info.ifi_index,
		.loopback = info.ifi_type == ARPHRD_LOOPBACK,
		.hardware = info.ifi_type != ARPHRD_LOOPBACK };
	while (nv_next_attribute(&all, &attribute)) {
		if (attribute.type == IFLA_IFNAME) {
			size_t length = strnlen((const char *)attribute.data, attribute.length);

			if (length >= sizeof(link->name))
				length = sizeof(link->name) - 1;
			memcpy(link->name, attribute.data, length);
			link->name[length] = 0;
		} else if (attribute.type == IFLA_LINKINFO) {
			struct nv_attributes nested = { attribute.data, attribute.length };

			while (nv_next_attribute(&nested, &inner))
				if (inner.type == IFLA_INFO_KIND)
					link->hardware = kind_is_hardware(&inner);
		}
	}
	return header->nlmsg_type == RTM_DELLINK || link->name[0];
}

bool nv_link_stats_index(const struct nlmsghdr *header, unsigned *index)
{
	const struct if_stats_msg *stats = NLMSG_DATA(header);

	if (header->nlmsg_type != RTM_NEWSTATS || header->nlmsg_len < NLMSG_LENGTH(sizeof(*stats)))
		return false;
	*index = stats->ifindex;
	return true;
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

bool nv_link_stats_parse(const struct nlmsghdr *header, uint64_t value[NV_IF_VALUES])
{
	struct nv_attributes all = nv_message_attributes(header, sizeof(struct if_stats_msg));
	unsigned char whole[sizeof(struct rtnl_link_stats64)];
	const unsigned char *stats = NULL;
	struct nv_attribute attribute;

	while (!stats && nv_next_attribute(&all, &attribute))
		if (attribute.type == IFLA_STATS_LINK_64)
			stats = attribute.data;
	if (!stats)
		return false;
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

/* ---- which feed a class -------------------------------------------------------------------------------- */

struct nv_link nv_link_guess(const char *name)
{
	static const char *const virtual[] = { "veth", "docker", "br-", "virbr", "cni", "cali", "flannel",
		"vxlan", "tun", "tap", "wg", "dummy", "ifb", "sit", "gre", "erspan", "ip6", "ip_vti",
		"tunl", "teql", "lxc", "lxd", "vnet", "vmnet", "kube-", "nodelocaldns", "ovs", "ppp",
		"macvtap", "macvlan", "ipvlan", "nlmon", "cilium", "weave", "antrea", "podman" };
	struct nv_link link = { .loopback = strcmp(name, "lo") == 0 };
	size_t length = strnlen(name, sizeof(link.name) - 1);

	memcpy(link.name, name, length);
	link.hardware = !link.loopback && !strpbrk(name, ".@:");
	for (unsigned i = 0; i < sizeof(virtual) / sizeof(virtual[0]); i++)
		if (strncmp(name, virtual[i], strlen(virtual[i])) == 0)
			link.hardware = false;
	if (strncmp(name, "br", 2) == 0 && name[2] >= '0' && name[2] <= '9')
		link.hardware = false;
	return link;
}

bool nv_link_rule_feeds(const struct nv_link_rule *rule, const struct nv_link *link)
{
	bool named = false;

	if (rule->all)
		return !link->loopback;
	if (!rule->count)
		return link->hardware;
	for (unsigned i = 0; i < rule->count && !named; i++) {
		const struct pattern *p = &rule->pattern[i];

		named = p->is_regex ? regexec(&p->regex, link->name, 0, NULL, 0) == 0 :
				      strcmp(p->name, link->name) == 0;
		/* A regular expression as wide as /./ does not mean loopback. */
		if (p->is_regex && link->loopback)
			named = rule->inverted;
	}
	if (rule->inverted)
		return !named && link->hardware;
	return named;
}

static int add_pattern(
	struct nv_link_rule *rule, const char *text, size_t length, struct nv_error *err)
{
	struct pattern *to = &rule->pattern[rule->count];
	char buf[NV_TEXT_SIZE], why[80];
	int code;

	if (rule->count == PATTERNS_MAX || length >= sizeof(buf)) {
		nv_source_fail(err, "interfaces: more than %d names or expressions, or one that is too "
				    "long: %.*s",
			PATTERNS_MAX, (int)(length < 64 ? length : 64), text);
		return -1;
	}
	if (text[0] != '/') {
		if (length >= sizeof(to->name)) {
			nv_source_fail(err, "interfaces: expected a name of at most 15 characters or a "
					    "/regex/, found %.*s",
				(int)length, text);
			return -1;
		}
		memcpy(to->name, text, length);
		to->name[length] = 0;
		rule->count++;
		return 0;
	}
	memcpy(buf, text + 1, length - 1);
	buf[length - 1] = 0;
	if (length < 3 || buf[length - 2] != '/') {
		nv_source_fail(err, "interfaces: expected /regex/, found %.*s", (int)length, text);
		return -1;
	}
	buf[length - 2] = 0;
	code = regcomp(&to->regex, buf, REG_EXTENDED | REG_NOSUB);
	if (code) {
		regerror(code, &to->regex, why, sizeof(why));
		nv_source_fail(err, "interfaces: %.*s: %s", (int)length, text, why);
		return -1;
	}
	to->is_regex = true;
	rule->count++;
	return 0;
}

struct nv_link_rule *nv_link_rule_new(const char *text, struct nv_error *err)
{
	struct nv_link_rule *rule = calloc(1, sizeof(*rule));

	if (!rule) {
		nv_source_fail(err, "interfaces: no memory");
		return NULL;
	}
	text += strspn(text, " \t,");
	if (strcmp(text, "all") == 0) {
		rule->all = true;
		return rule;
	}
	rule->inverted = text[0] == '!';
	text += rule->inverted;
	for (text += strspn(text, " \t,"); *text; text += strspn(text, " \t,")) {
		size_t length = strcspn(text, " \t,");

		/* Inside slashes a comma or a blank belongs to the expression. */
		if (text[0] == '/') {
			const char *end = strchr(text + 1, '/');

			length = end ? (size_t)(end - text) + 1 : strlen(text);
		}
		if (add_pattern(rule, text, length, err) < 0) {
			nv_link_rule_free(rule);
			return NULL;
		}
		text += length;
	}
	return rule;
}

void nv_link_rule_free(struct nv_link_rule *rule)
{
	if (!rule)
		return;
	for (unsigned i = 0; i < rule->count; i++)
		if (rule->pattern[i].is_regex)
			regfree(&rule->pattern[i].regex);
	free(rule);
}
