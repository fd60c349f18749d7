/* SPDX-License-Identifier: MIT */
/*
 * Interfaces of the live kernel -> snapshot.interfaces.
 *
 * Counters come from one RTM_GETSTATS dump a cycle, a fifth of the cost of /proc/net/dev and a
 * twelfth of RTM_GETLINK at a thousand interfaces. It carries no names: those are listed once and
 * then kept up to date by the kernel's link notifications. A kernel without RTM_GETSTATS (before
 * 4.7), or a recorded tree, is read from net/dev.
 * Source: kernel net/core/rtnetlink.c rtnl_stats_dump; include/uapi/linux/if_link.h.
 */
#include "kernel/links.h"
#include "kernel/proc_text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEV_MOST (64u << 20) /* of net/dev: half a million interfaces */

/* So many interfaces answer in one small message: 232 bytes each. */
enum { SMALL_DUMP = NV_NETLINK_SMALL / 240 };

struct nv_links {
	struct nv_netlink route; /* requests, and the notifications of RTNLGRP_LINK */
	struct nv_link_table table;
	bool stale; /* the table misses something */
	bool no_memory;
	bool text;  /* counters come from net/dev */
	bool named; /* the table is the kernel's; otherwise guessed from the names in net/dev */
	bool live;
	char tree[NV_PATH_SIZE]; /* where net/dev is */
	bool worked;             /* net/dev could be read once: from then on it is missed */
	int dev_fd; /* of the running kernel; a recorded tree is opened anew each time */
	struct nv_buffer dev;
	struct nv_link_rule *rule;
	struct nv_snapshot *snapshot; /* being filled */
};

/* ---- the table of names
 * -------------------------------------------------------------------------- */

static void take_link(void *context, const struct nlmsghdr *header)
{
	struct nv_links *links = context;
	struct nv_link link;

	if (!nv_link_parse(header, &link))
		return;
	if (header->nlmsg_type != RTM_NEWLINK) {
		nv_link_remove(&links->table, link.index);
		return;
	}
	link.feeds = nv_link_rule_feeds(links->rule, &link);
	links->no_memory |= !nv_link_insert(&links->table, &link);
}

/* The answer of RTM_GETLINK without statistics: names and kinds of all links. */
static int list_links(struct nv_links *links, struct nv_error *err)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
		struct nlattr attribute;
		uint32_t mask;
	} request = {
		.header = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETLINK },
		.attribute = { .nla_len = 8, .nla_type = IFLA_EXT_MASK },
		.mask = RTEXT_FILTER_SKIP_STATS,
	};

	links->table.count = 0;
	links->stale = false;
	links->no_memory = false;
	if (nv_netlink_dump(&links->route, &request.header, take_link, links, NULL, err) < 0) {
		links->stale = true;
		return -1;
	}
	if (links->no_memory) {
		links->stale = true;
		nv_source_fail(err, "interfaces: no memory for more than %u", links->table.room);
		return -1;
	}
	links->named = true;
	return 0;
}

/* ---- counters
 * ------------------------------------------------------------------------------------- */

/* The next place of the snapshot. What is left in it of an earlier cycle is overwritten. */
static struct nv_interface *append(struct nv_snapshot *to)
{
	if (to->interface_count < to->interface_room)
		return &to->interfaces[to->interface_count++];
	return nv_snapshot_interface(to, (struct nv_text){ "", "" });
}

static void take_stats(void *context, const struct nlmsghdr *header)
{
	struct nv_links *links = context;
	struct nv_snapshot *to = links->snapshot;
	struct nv_interface *interface = append(to);
	const struct nv_link *link;
	unsigned index;

	if (!interface) {
		links->no_memory = true;
		return;
	}
	/* Twice, where the table changes during the dump. */
	if (!nv_link_stats_parse(header, &index, interface->value) ||
		(to->interface_count > 1 && interface[-1].index == index)) {
		to->interface_count--;
		return;
	}
	link = nv_link_find(&links->table, index);
	if (!link) {
		links->stale = true; /* newer than the last notification */
		to->interface_count--;
		return;
	}
	nv_copy_text(interface->name, sizeof(interface->name), nv_as_text(link->name));
	interface->index = index;
	interface->feeds = link->feeds;
	interface->present = (1u << NV_IF_VALUES) - 1;
}

static int read_stats(struct nv_links *links, struct nv_error *err)
{
	struct {
		struct nlmsghdr header;
		struct if_stats_msg stats;
	} request = {
		.header = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETSTATS },
		.stats = { .filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64) },
	};
	unsigned start = links->snapshot->interface_count;
	int code = 0, result = 1;

	if (links->table.count > SMALL_DUMP)
		links->route.room = NV_NETLINK_BUFFER;
	/* A dump that changes meanwhile is taken again; then what was seen has to do. */
	for (int attempt = 0; attempt < 3 && (result == 1 || code == ENOBUFS); attempt++) {
		links->snapshot->interface_count = start;
		links->table.hint = 0;
		links->no_memory = false;
		result = nv_netlink_dump(
			&links->route, &request.header, take_stats, links, &code, err);
	}
	if (result < 0 && (code == EOPNOTSUPP || code == EINVAL)) {
		links->snapshot->interface_count = start;
		links->text = true;
		return 0;
	}
	if (result >= 0 && links->no_memory) {
		nv_source_fail(err, "interfaces: no memory for more than %u",
			links->snapshot->interface_count);
		return -1;
	}
	return result < 0 ? -1 : 0;
}

static int open_text(const struct nv_links *links)
{
	char path[NV_PATH_SIZE + 16];

	snprintf(path, sizeof(path), "%s/net/dev", links->tree);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The whole of net/dev; the buffer grows when interfaces appear. */
static int load_text(struct nv_links *links, int fd, struct nv_text *text, struct nv_error *err)
{
	if (nv_read_whole(fd, &links->dev, DEV_MOST, NV_END_AT_ZERO)) {
		nv_source_fail(err, "%s/net/dev: %s", links->tree, strerror(errno));
		return -1;
	}
	*text = (struct nv_text){ links->dev.at, links->dev.at + links->dev.used };
	return 0;
}

static int read_text(struct nv_links *links, struct nv_snapshot *to, struct nv_error *err)
{
	int fd = links->live ? links->dev_fd : open_text(links), result;
	struct nv_error first = { 0, "" };
	struct nv_text text;

	if (fd < 0) {
		if (links->worked)
			nv_source_fail(err, "%s/net/dev: %s", links->tree, strerror(errno));
		return links->worked ? -1 : 0;
	}
	result = load_text(links, fd, &text, err);
	if (!links->live)
		close(fd);
	if (result < 0)
		return -1;
	links->worked = true;
	result = nv_read_dev(text, to, &first);
	for (unsigned i = 0; i < to->interface_count; i++) {
		const struct nv_link *link = links->named
			? nv_link_named(&links->table, to->interfaces[i].name, i)
			: nv_link_guessed(&links->table, links->rule, to->interfaces[i].name, i);

		to->interfaces[i].index = link ? link->index : 0;
		to->interfaces[i].feeds = link && link->feeds;
	}
	if (result > 0)
		nv_source_fail(err, "%s/net/dev: %s", links->tree, first.text);
	return result > 0 ? -1 : 0;
}

int nv_links_read(
	struct nv_links *links, double mono_s, struct nv_snapshot *to, struct nv_error *err)
{
	int result = -1;

	(void)mono_s;
	links->snapshot = to;
	/* Once more where the table turns out to miss something. */
	for (unsigned attempt = 0; attempt < 3 && !links->text; attempt++) {
		links->stale |= links->route.lost;
		links->route.lost = false;
		if (links->stale)
			(void)list_links(links, err);
		to->interface_count = 0;
		result = read_stats(links, err);
		if (result == 0 && !links->stale && !links->route.lost)
			break;
	}
	if (result == 0 && !links->text)
		return 0;
	/* Not that way, or not now: the text has it as well. */
	to->interface_count = 0;
	return read_text(links, to, err);
}

/* ---- start and end
 * ---------------------------------------------------------------------------------- */

struct nv_links *nv_links_new(const char *root, struct nv_error *err)
{
	struct nv_links *links = calloc(1, sizeof(*links));

	if (!links) {
		nv_source_fail(err, "interfaces: no memory");
		return NULL;
	}
	links->live = !root || !root[0];
	links->route.fd = links->dev_fd = -1;
	snprintf(links->tree, sizeof(links->tree), "%s", links->live ? "/proc" : root);
	links->rule = nv_link_rule_new("", err);
	if (!links->rule) {
		nv_links_free(links);
		return NULL;
	}
	links->dev_fd = links->live ? open_text(links) : -1;
	if (links->live && nv_netlink_open(&links->route, NETLINK_ROUTE, RTMGRP_LINK, err) == 0) {
		links->route.room = NV_NETLINK_SMALL;
		links->route.hear = take_link;
		links->route.hear_context = links;
		if (list_links(links, err) == 0)
			return links;
	}
	/* A recorded tree, or a jail without netlink. */
	nv_netlink_close(&links->route);
	links->stale = false;
	links->text = true;
	return links;
}

void nv_links_set_tree(struct nv_links *links, const char *tree)
{
	if (!links->live)
		snprintf(links->tree, sizeof(links->tree), "%s", tree);
}

int nv_links_choose(struct nv_links *links, const char *rule, struct nv_error *err)
{
	struct nv_link_rule *chosen = nv_link_rule_new(rule, err);

	if (!chosen)
		return -1;
	nv_link_rule_free(links->rule);
	links->rule = chosen;
	for (unsigned i = 0; i < links->table.count; i++)
		links->table.at[i].feeds = nv_link_rule_feeds(chosen, &links->table.at[i]);
	return 0;
}

void nv_links_free(struct nv_links *links)
{
	if (!links)
		return;
	nv_netlink_close(&links->route);
	if (links->dev_fd >= 0)
		close(links->dev_fd);
	nv_link_rule_free(links->rule);
	free(links->dev.at);
	free(links->table.at);
	free(links);
}

const char *nv_links_name(const struct nv_links *links, unsigned index)
{
	const struct nv_link *link = nv_link_at(&links->table, index);

	return link ? link->name : "";
}
