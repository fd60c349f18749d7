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
#include "links.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* More notifications than this in one cycle: list all links again instead. */
#define NOTIFICATIONS_MAX 256

struct nv_links {
	struct nv_netlink route;  /* requests */
	struct nv_netlink notify; /* RTNLGRP_LINK */
	struct nv_link *table;    /* sorted by index */
	unsigned count, room;
	unsigned hint;            /* where the next index is expected */
	bool stale;               /* the table misses something */
	bool no_memory;
	bool text;                /* counters come from net/dev */
	bool named;               /* the table is known, also where counters come from text */
	int dev_fd;
	char *dev_text;
	size_t dev_room;
	struct nv_link_rule *rule;
	struct nv_snapshot *snapshot; /* being filled */
};

/* ---- the table of names -------------------------------------------------------------------------- */

/* Position of the index, or where it belongs. */
static unsigned place(const struct nv_links *links, unsigned index)
{
	unsigned low = 0, high = links->count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (links->table[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct nv_link *find(struct nv_links *links, unsigned index)
{
	unsigned at = links->hint;

	if (at >= links->count || links->table[at].index != index)
		at = place(links, index);
	if (at >= links->count || links->table[at].index != index)
		return NULL;
	links->hint = at + 1;
	return &links->table[at];
}

static void insert(struct nv_links *links, const struct nv_link *link)
{
	unsigned at = place(links, link->index);

	if (at < links->count && links->table[at].index == link->index) {
		links->table[at] = *link;
		return;
	}
	if (links->count == links->room) {
		unsigned room = links->room ? 2 * links->room : 64;
		struct nv_link *more = realloc(links->table, room * sizeof(*more));

		if (!more) {
			links->no_memory = true;
			return;
		}
		links->table = more;
		links->room = room;
	}
	memmove(&links->table[at + 1], &links->table[at], (links->count - at) * sizeof(*link));
	links->table[at] = *link;
	links->count++;
}

static void take_link(void *context, const struct nlmsghdr *header)
{
	struct nv_links *links = context;
	struct nv_link link;
	unsigned at;

	if (!nv_link_parse(header, &link))
		return;
	if (header->nlmsg_type == RTM_NEWLINK) {
		link.feeds = nv_link_rule_feeds(links->rule, &link);
		insert(links, &link);
		return;
	}
	at = place(links, link.index);
	if (at < links->count && links->table[at].index == link.index) {
		links->count--;
		memmove(&links->table[at], &links->table[at + 1],
			(links->count - at) * sizeof(link));
	}
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

	links->count = 0;
	links->stale = false;
	links->no_memory = false;
	if (nv_netlink_dump(&links->route, &request.header, take_link, links, NULL, err) < 0) {
		links->stale = true;
		return -1;
	}
	if (links->no_memory) {
		links->stale = true;
		nv_source_fail(err, "interfaces: no memory for more than %u", links->room);
		return -1;
	}
	links->named = true;
	return 0;
}

/* Apply what the kernel said about links since the last cycle. */
static void hear_notifications(struct nv_links *links)
{
	struct nv_netlink *from = &links->notify;

	for (unsigned i = 0; i < NOTIFICATIONS_MAX; i++) {
		int code = 0;
		ssize_t got = recv(from->fd, from->buffer, NV_NETLINK_BUFFER,
			MSG_DONTWAIT | MSG_TRUNC);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (got < 0 || got > NV_NETLINK_BUFFER) {
			links->stale = true; /* the kernel had to drop some */
			continue;
		}
		if (nv_netlink_walk(from->buffer, (size_t)got, 0, take_link, links, &code) ==
			NV_NETLINK_MALFORMED)
			links->stale = true;
	}
	links->stale = true;
}

/* ---- counters ------------------------------------------------------------------------------------- */

/* The next place of the snapshot. What is left in it of an earlier cycle is overwritten. */
static struct nv_interface *append(struct nv_snapshot *to)
{
	if (to->interface_count < to->interface_room)
		return &to->interfaces[to->interface_count++];
	return nv_snapshot_interface(to, (struct nv_text) { "", "" });
}

static void take_stats(void *context, const struct nlmsghdr *header)
{
	struct nv_links *links = context;
	struct nv_snapshot *to = links->snapshot;
	const struct nv_link *link;
	struct nv_interface *interface;
	unsigned index;

	if (!nv_link_stats_index(header, &index))
		return;
	if (to->interface_count && to->interfaces[to->interface_count - 1].index == index)
		return; /* twice: the table changed during the dump */
	link = find(links, index);
	if (!link) {
		links->stale = true; /* newer than the last notification */
		return;
	}
	interface = append(to);
	if (!interface) {
		links->no_memory = true;
		return;
	}
	if (!nv_link_stats_parse(header, interface->value)) {
		to->interface_count--;
		return;
	}
	memcpy(interface->name, link->name, sizeof(link->name));
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

	/* A dump that changes meanwhile is taken again once; then what was seen has to do. */
	for (int attempt = 0; attempt < 2 && result == 1; attempt++) {
		links->snapshot->interface_count = start;
		links->hint = 0;
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

/* The whole of net/dev through the kept descriptor; grows when interfaces appear. */
static int read_text(struct nv_links *links, struct nv_snapshot *to, struct nv_error *err)
{
	unsigned start = to->interface_count;
	size_t used = 0;

	for (;;) {
		ssize_t got;

		if (links->dev_room - used < 4096) {
			size_t room = links->dev_room ? 2 * links->dev_room : 16384;
			char *more = realloc(links->dev_text, room);

			if (!more) {
				nv_source_fail(err, "net/dev: no memory for %zu bytes", room);
				return -1;
			}
			links->dev_text = more;
			links->dev_room = room;
		}
		got = pread(links->dev_fd, links->dev_text + used, links->dev_room - used,
			(off_t)used);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			nv_source_fail(err, "net/dev: %s", strerror(errno));
			return -1;
		}
		if (got == 0)
			break;
		used += (size_t)got;
	}
	if (nv_read_dev((struct nv_text) { links->dev_text, links->dev_text + used }, to, err) > 0)
		return -1;
	for (unsigned i = start; i < to->interface_count; i++) {
		struct nv_link link = nv_link_guess(to->interfaces[i].name);

		for (unsigned k = 0; links->named && k < links->count; k++)
			if (strcmp(links->table[k].name, link.name) == 0)
				link = links->table[k];
		to->interfaces[i].index = link.index;
		to->interfaces[i].feeds = nv_link_rule_feeds(links->rule, &link);
	}
	return 0;
}

int nv_links_read(
	struct nv_links *links, double mono_s, struct nv_snapshot *to, struct nv_error *err)
{
	(void)mono_s;
	links->snapshot = to;
	if (links->notify.fd >= 0)
		hear_notifications(links);
	if (links->stale && links->route.fd >= 0 && list_links(links, err) < 0)
		return -1;
	if (!links->text && read_stats(links, err) < 0)
		return -1;
	return links->text ? read_text(links, to, err) : 0;
}

/* ---- start and end ---------------------------------------------------------------------------------- */

struct nv_links *nv_links_new(const char *root, struct nv_error *err)
{
	struct nv_links *links = calloc(1, sizeof(*links));
	bool live = !root || !root[0];
	char path[NV_PATH_SIZE + 16];

	if (!links) {
		nv_source_fail(err, "interfaces: no memory");
		return NULL;
	}
	links->route.fd = links->notify.fd = -1;
	snprintf(path, sizeof(path), "%s/net/dev", live ? "/proc" : root);
	links->dev_fd = open(path, O_RDONLY | O_CLOEXEC);
	links->rule = nv_link_rule_new("", err);
	if (!links->rule)
		goto out;
	if (live && nv_netlink_open(&links->route, NETLINK_ROUTE, 0, err) == 0 &&
		nv_netlink_open(&links->notify, NETLINK_ROUTE, RTMGRP_LINK, err) == 0) {
		links->stale = true;
		if (list_links(links, err) == 0)
			return links;
	}
	/* A recorded tree, or a jail without netlink. */
	nv_netlink_close(&links->route);
	nv_netlink_close(&links->notify);
	links->stale = false;
	links->text = true;
	if (links->dev_fd >= 0)
		return links;
	nv_source_fail(err, "%s: %s", path, strerror(errno));
out:
	nv_links_free(links);
	return NULL;
}

int nv_links_choose(struct nv_links *links, const char *rule, struct nv_error *err)
{
	struct nv_link_rule *chosen = nv_link_rule_new(rule, err);

	if (!chosen)
		return -1;
	nv_link_rule_free(links->rule);
	links->rule = chosen;
	for (unsigned i = 0; i < links->count; i++)
		links->table[i].feeds = nv_link_rule_feeds(chosen, &links->table[i]);
	return 0;
}

void nv_links_free(struct nv_links *links)
{
	if (!links)
		return;
	nv_netlink_close(&links->route);
	nv_netlink_close(&links->notify);
	if (links->dev_fd >= 0)
		close(links->dev_fd);
	nv_link_rule_free(links->rule);
	free(links->dev_text);
	free(links->table);
	free(links);
}

const char *nv_links_name(const struct nv_links *links, unsigned index)
{
	unsigned at = place(links, index);

	return at < links->count && links->table[at].index == index ? links->table[at].name : "";
}
