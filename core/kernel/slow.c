/* SPDX-License-Identifier: MIT */
/*
 * What changes slowly, or costs much to ask for -> snapshot: drops of the queueing disciplines,
 * next hops that do not answer, connection tracking, the neighbour table, limits, IPv6 at all.
 *
 * Read at the start and then every 60 s; in between the last values are given again. Counters
 * that the kernel keeps for things which come and go (a queue of an interface) are added up here,
 * so that they never run backwards. A big route table is walked only when a neighbour fails, and
 * so seldom that it stays below a thousandth of one processor.
 */
#include "kernel/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/neighbour.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define INTERVAL_S 60.0
#define CPU_SHARE  0.001
#define HOPS_MAX   512
#define FAILED_MAX 32
#define TEXT_ROOM  131072 /* one row for each of 600 processors */

/* One number of one small file. column: names a column of /proc/net/stat; NULL: word number. */
static const struct {
	uint16_t counter;
	const char *path, *column;
	uint8_t word;
} numbers[] = {
	{ NV_C_tcpMemPressurePages, "sys/net/ipv4/tcp_mem", NULL, 1 },
	{ NV_C_tcpMemLimitPages, "sys/net/ipv4/tcp_mem", NULL, 2 },
	{ NV_C_udpMemLimitPages, "sys/net/ipv4/udp_mem", NULL, 2 },
	{ NV_C_ipFragMemoryLimit, "sys/net/ipv4/ipfrag_high_thresh", NULL, 0 },
	{ NV_C_ip6FragMemoryLimit, "sys/net/ipv6/ip6frag_high_thresh", NULL, 0 },
	{ NV_C_tcpOrphanLimit, "sys/net/ipv4/tcp_max_orphans", NULL, 0 },
	{ NV_C_tcpTimeWaitLimit, "sys/net/ipv4/tcp_max_tw_buckets", NULL, 0 },
	{ NV_C_tcpTxRehash, "sys/net/core/txrehash", NULL, 0 },
	{ NV_C_conntrackDrops, "net/stat/nf_conntrack", "drop", 0 },
	{ NV_C_conntrackEarlyDrops, "net/stat/nf_conntrack", "early_drop", 0 },
	{ NV_C_neighborTableFulls, "net/stat/arp_cache", "table_fulls", 0 },
	{ NV_C_neighborTableFulls, "net/stat/ndisc_cache", "table_fulls", 0 },
	{ NV_C_localPorts, "sys/net/ipv4/ip_local_port_range", NULL, 0 },
};

enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };

/* The values that this source fills, in between readings too. */
static const uint16_t filled[] = { NV_C_tcpMemPressurePages, NV_C_tcpMemLimitPages,
	NV_C_udpMemLimitPages, NV_C_ipFragMemoryLimit, NV_C_ip6FragMemoryLimit, NV_C_tcpOrphanLimit,
	NV_C_tcpTimeWaitLimit, NV_C_tcpTxRehash, NV_C_conntrackDrops, NV_C_conntrackEarlyDrops,
	NV_C_neighborTableFulls, NV_C_localPorts, NV_C_neighborsFailed, NV_C_qdiscDrops,
	NV_C_ip6Usable };

enum { FILLED = sizeof(filled) / sizeof(filled[0]) };

struct nv_slow {
	struct nv_netlink route;
	char tree[NV_PATH_SIZE];
	bool live;
	int fd[NUMBERS];
	struct nv_buffer buffer;
	double interval_s, last_s; /* last_s: NAN before the first reading */
	double cost_s;
	uint64_t value[FILLED];
	bool present[FILLED];
	/* queues: as dumped last and before, in the order of the dump */
	struct nv_queue *queue, *queue_before;
	unsigned queue_count, queue_before_count, queue_room, queue_before_room, queue_hint;
	uint64_t queue_drops, last_drops, worst_drops; /* last_drops: since the reading before */
	unsigned worst_queue;
	/* next hops of all routes, and those of them that fail */
	struct nv_next_hop hop[HOPS_MAX];
	unsigned hop_count;
	bool default6; /* one of them leads to the IPv6 internet */
	struct table {
		double read_s, cost_s;
	} table[2]; /* IPv4, IPv6 */
	bool any_failing;
	struct nv_next_hop failed[FAILED_MAX];
	unsigned failed_count;
	bool global6; /* a global IPv6 address */
};

static void set(struct nv_slow *slow, uint16_t counter, uint64_t value)
{
	for (unsigned i = 0; i < FILLED; i++) {
		if (filled[i] != counter)
			continue;
		slow->value[i] = slow->present[i] ? slow->value[i] + value : value;
		slow->present[i] = true;
	}
}

/* ---- small files
 * ---------------------------------------------------------------------------------------- */

/* What can be read of it, up to TEXT_ROOM bytes. */
static struct nv_text read_text(struct nv_slow *slow, int fd)
{
	struct nv_buffer *buffer = &slow->buffer;

	(void)nv_read_whole(fd, buffer, TEXT_ROOM, NV_END_AT_ZERO);
	return (struct nv_text){ buffer->at, buffer->at + buffer->used };
}

static int open_in_tree(const struct nv_slow *slow, const char *path)
{
	char whole[NV_PATH_SIZE + 64];

	snprintf(whole, sizeof(whole), "%s/%s", slow->tree, path);
	return open(whole, O_RDONLY | O_CLOEXEC);
}

/* Number `at` of the first line; for a range, its size. */
static bool word_value(struct nv_text text, uint16_t counter, unsigned at, uint64_t *value)
{
	uint64_t number[3] = { 0 };
	struct nv_text line, word;
	unsigned count = 0;

	if (!nv_next_line(&text, &line))
		return false;
	while (count < 3 && nv_next_word(&line, &word) && nv_number(word, &number[count]))
		count++;
	if (counter == NV_C_localPorts) {
		*value = number[1] - number[0] + 1;
		return count >= 2 && number[1] >= number[0];
	}
	*value = number[at];
	return at < count;
}

static void read_numbers(struct nv_slow *slow)
{
	for (unsigned i = 0; i < NUMBERS; i++) {
		int fd = slow->live ? slow->fd[i] : open_in_tree(slow, numbers[i].path);
		uint64_t value = 0;
		struct nv_text text;

		if (fd < 0)
			continue;
		text = read_text(slow, fd);
		if (numbers[i].column
				? nv_stat_column(text, numbers[i].column, &value)
				: word_value(text, numbers[i].counter, numbers[i].word, &value))
			set(slow, numbers[i].counter, value);
		if (!slow->live)
			close(fd);
	}
}

/* ---- queues
 * ------------------------------------------------------------------------------------------------
 */

static const struct nv_queue *queue_as_before(struct nv_slow *slow, const struct nv_queue *now)
{
	for (unsigned i = 0; i < slow->queue_before_count; i++) {
		unsigned at = (slow->queue_hint + i) % slow->queue_before_count;
		const struct nv_queue *was = &slow->queue_before[at];

		if (was->index == now->index && was->handle == now->handle) {
			slow->queue_hint = at + 1;
			return was;
		}
	}
	return NULL;
}

static void take_queue(void *context, const struct nlmsghdr *header)
{
	struct nv_slow *slow = context;
	const struct nv_queue *was;
	struct nv_queue now;
	uint64_t drops;

	/* The drops of classes and inner queues are counted at the root again. */
	if (!nv_queue_parse(header, &now) || !now.root)
		return;
	if (!nv_grow(&slow->queue, &slow->queue_room, slow->queue_count + 1, sizeof(*slow->queue)))
		return;
	slow->queue[slow->queue_count++] = now;
	was = queue_as_before(slow, &now);
	/* The kernel's counter has 32 bits; a smaller value is a wrap or a new queue. */
	drops = !was                                      ? now.drops
		: now.drops >= was->drops                 ? now.drops - was->drops
		: was->drops - now.drops > UINT32_MAX / 2 ? now.drops + UINT32_MAX + 1 - was->drops
							  : now.drops;
	slow->queue_drops += drops;
	slow->last_drops += drops;
	if (drops > slow->worst_drops) {
		slow->worst_drops = drops;
		slow->worst_queue = now.index;
	}
}

static int read_queues(struct nv_slow *slow, struct nv_error *err)
{
	struct {
		struct nlmsghdr header;
		struct tcmsg message;
	} request = { .header = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETQDISC } };
	struct nv_queue *swap = slow->queue_before;
	unsigned room = slow->queue_before_room;

	slow->queue_before = slow->queue;
	slow->queue_before_count = slow->queue_count;
	slow->queue_before_room = slow->queue_room;
	slow->queue = swap;
	slow->queue_room = room;
	slow->queue_count = slow->queue_hint = slow->worst_queue = 0;
	slow->worst_drops = slow->last_drops = 0;
	if (nv_netlink_dump(&slow->route, &request.header, take_queue, slow, NULL, err) < 0)
		return -1;
	set(slow, NV_C_qdiscDrops, slow->queue_drops);
	return 0;
}

/* ---- next hops
 * ---------------------------------------------------------------------------------------------- */

static bool same_hop(const struct nv_next_hop *a, const struct nv_next_hop *b)
{
	return a->index == b->index && a->family == b->family &&
		memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

static bool is_hop(const struct nv_slow *slow, const struct nv_next_hop *hop)
{
	for (unsigned i = 0; i < slow->hop_count; i++)
		if (same_hop(&slow->hop[i], hop))
			return true;
	return false;
}

static void add_hop(void *context, const struct nv_next_hop *hop)
{
	struct nv_slow *slow = context;

	if (slow->hop_count < HOPS_MAX && !is_hop(slow, hop))
		slow->hop[slow->hop_count++] = *hop;
}

static void take_route(void *context, const struct nlmsghdr *header)
{
	struct nv_slow *slow = context;

	nv_route_next_hops(header, add_hop, slow);
	slow->default6 |= nv_route_is_default6(header);
}

/* Forget the next hops of one family. */
static void drop_hops(struct nv_slow *slow, unsigned family)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < slow->hop_count; i++)
		if (slow->hop[i].family != family)
			slow->hop[kept++] = slow->hop[i];
	slow->hop_count = kept;
}

/* A dump, not a look-up: looking a route up makes the kernel probe a dead IPv6 router again. */
static int read_routes(
	struct nv_slow *slow, unsigned char family, double mono_s, struct nv_error *err)
{
	struct {
		struct nlmsghdr header;
		struct rtmsg route;
	} request = { .header = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETROUTE },
		.route = { .rtm_family = family } };
	struct table *table = &slow->table[family == AF_INET6];
	double began_s = nv_cpu_s();
	int code = 0, result;

	if (mono_s - table->read_s < table->cost_s / CPU_SHARE)
		return 0; /* a big table: the next hops of last time have to do */
	drop_hops(slow, family);
	if (family == AF_INET6)
		slow->default6 = false;
	result = nv_netlink_dump(&slow->route, &request.header, take_route, slow, &code, err);
	table->read_s = mono_s;
	table->cost_s = nv_cpu_s() - began_s;
	return result < 0 && code != EOPNOTSUPP && code != EAFNOSUPPORT ? -1 : 0;
}

static void take_neighbor(void *context, const struct nlmsghdr *header)
{
	struct nv_slow *slow = context;
	struct nv_neighbor neighbor;
	double window_s = slow->interval_s > INTERVAL_S ? slow->interval_s : INTERVAL_S;

	if (!nv_neighbor_parse(header, &neighbor) || !nv_neighbor_failing(&neighbor, window_s))
		return;
	slow->any_failing = true;
	if (slow->failed_count < FAILED_MAX && is_hop(slow, &neighbor.hop))
		slow->failed[slow->failed_count++] = neighbor.hop;
}

static int read_neighbors(struct nv_slow *slow, double mono_s, struct nv_error *err)
{
	struct {
		struct nlmsghdr header;
		struct ndmsg message;
	} request = { .header = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETNEIGH } };

	slow->any_failing = false;
	slow->failed_count = 0;
	if (nv_netlink_dump(&slow->route, &request.header, take_neighbor, slow, NULL, err) < 0)
		return -1;
	if (slow->any_failing) {
		/* Only now the routes matter. Those of IPv6 were read just before. */
		if (read_routes(slow, AF_INET, mono_s, err) < 0)
			return -1;
		slow->failed_count = 0;
		if (nv_netlink_dump(&slow->route, &request.header, take_neighbor, slow, NULL, err) <
			0)
			return -1;
	}
	set(slow, NV_C_neighborsFailed, slow->failed_count);
	return 0;
}

/* ---- IPv6 beyond the own network
 * ------------------------------------------------------------------------------ */

static void take_address(void *context, const struct nlmsghdr *header)
{
	struct nv_slow *slow = context;
	struct ifaddrmsg address;

	if (header->nlmsg_type != RTM_NEWADDR || header->nlmsg_len < NLMSG_LENGTH(sizeof(address)))
		return;
	memcpy(&address, (const unsigned char *)header + NLMSG_HDRLEN, sizeof(address));
	if (address.ifa_family == AF_INET6 && address.ifa_scope == RT_SCOPE_UNIVERSE &&
		!(address.ifa_flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)))
		slow->global6 = true;
}

static void read_inet6(struct nv_slow *slow, double mono_s)
{
	struct {
		struct nlmsghdr header;
		struct ifaddrmsg address;
	} request = { .header = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETADDR },
		.address = { .ifa_family = AF_INET6 } };

	slow->global6 = false;
	/* No IPv6 in this kernel: not counted, rather than 0. */
	if (nv_netlink_dump(&slow->route, &request.header, take_address, slow, NULL, NULL) < 0 ||
		read_routes(slow, AF_INET6, mono_s, NULL) < 0)
		return;
	set(slow, NV_C_ip6Usable, slow->global6 && slow->default6);
}

static void read_inet6_text(struct nv_slow *slow)
{
	int addresses = open_in_tree(slow, "net/if_inet6"),
	    routes = open_in_tree(slow, "net/ipv6_route");

	if (addresses >= 0 && routes >= 0)
		set(slow, NV_C_ip6Usable,
			nv_inet6_has_global(read_text(slow, addresses)) &&
				nv_inet6_has_default(read_text(slow, routes)));
	if (addresses >= 0)
		close(addresses);
	if (routes >= 0)
		close(routes);
}

/* ---- a recorded tree: queues and neighbours of IPv6 are in no file
 * ---------------------------------------------------- */

static void add_failed(void *context, const struct nv_next_hop *hop)
{
	struct nv_slow *slow = context;

	if (slow->failed_count < FAILED_MAX && is_hop(slow, hop))
		slow->failed[slow->failed_count++] = *hop;
}

static void read_neighbors_text(struct nv_slow *slow)
{
	int routes = open_in_tree(slow, "net/route"), arps = open_in_tree(slow, "net/arp");

	slow->hop_count = slow->failed_count = 0;
	if (routes >= 0 && arps >= 0) {
		nv_route_text_next_hops(read_text(slow, routes), add_hop, slow);
		nv_arp_text_failing(read_text(slow, arps), add_failed, slow);
		set(slow, NV_C_neighborsFailed, slow->failed_count);
	}
	if (routes >= 0)
		close(routes);
	if (arps >= 0)
		close(arps);
}

/* ---- a cycle, start and end
 * -------------------------------------------------------------------------------------- */

int nv_slow_read(struct nv_slow *slow, double mono_s, struct nv_snapshot *to, struct nv_error *err)
{
	int result = 0;

	if (!slow->live || isnan(slow->last_s) ||
		mono_s - slow->last_s >= slow->interval_s - 0.05 || mono_s < slow->last_s) {
		double began_s = nv_cpu_s();

		slow->last_s = mono_s;
		memset(slow->present, 0, sizeof(slow->present));
		read_numbers(slow);
		if (!slow->live) {
			read_inet6_text(slow);
			read_neighbors_text(slow);
		} else if (slow->route.fd >= 0) {
			result |= read_queues(slow, err);
			read_inet6(slow, mono_s);
			result |= read_neighbors(slow, mono_s, err);
		}
		slow->cost_s = nv_cpu_s() - began_s;
	}
	for (unsigned i = 0; i < FILLED; i++) {
		if (!slow->present[i])
			continue;
		to->value[filled[i]] = slow->value[i];
		to->present[filled[i]] = 1;
	}
	return result;
}

struct nv_slow *nv_slow_new(const char *root, struct nv_error *err)
{
	struct nv_slow *slow = calloc(1, sizeof(*slow));

	if (slow)
		slow->buffer = (struct nv_buffer){ malloc(TEXT_ROOM), 0, TEXT_ROOM };
	if (!slow || !slow->buffer.at) {
		nv_source_fail(err, "slow sources: no memory");
		free(slow);
		return NULL;
	}
	slow->live = !root || !root[0];
	slow->interval_s = INTERVAL_S;
	slow->last_s = NAN;
	slow->table[0].read_s = slow->table[1].read_s = -INFINITY;
	slow->route.fd = -1;
	snprintf(slow->tree, sizeof(slow->tree), "%s", slow->live ? "/proc" : root);
	for (unsigned i = 0; i < NUMBERS; i++)
		slow->fd[i] = slow->live ? open_in_tree(slow, numbers[i].path) : -1;
	/* Without netlink the small files still answer. */
	if (slow->live)
		(void)nv_netlink_open(&slow->route, NETLINK_ROUTE, 0, err);
	return slow;
}

void nv_slow_set_interval(struct nv_slow *slow, double seconds)
{
	slow->interval_s = seconds;
}

void nv_slow_set_tree(struct nv_slow *slow, const char *tree)
{
	if (!slow->live)
		snprintf(slow->tree, sizeof(slow->tree), "%s", tree);
}

void nv_slow_free(struct nv_slow *slow)
{
	if (!slow)
		return;
	nv_netlink_close(&slow->route);
	for (unsigned i = 0; i < NUMBERS; i++)
		if (slow->fd[i] >= 0)
			close(slow->fd[i]);
	free(slow->queue);
	free(slow->queue_before);
	free(slow->buffer.at);
	free(slow);
}

unsigned nv_slow_next_hops(const struct nv_slow *slow, struct nv_next_hop *out, unsigned room)
{
	unsigned count = slow->failed_count < room ? slow->failed_count : room;

	memcpy(out, slow->failed, count * sizeof(*out));
	return count;
}

unsigned nv_slow_worst_queue(const struct nv_slow *slow, uint64_t *drops, uint64_t *all)
{
	*drops = slow->worst_drops;
	*all = slow->last_drops;
	return slow->worst_queue;
}

struct nv_source_state nv_slow_state(const struct nv_slow *slow, double mono_s)
{
	return (struct nv_source_state){ mono_s - slow->last_s, slow->cost_s * 1e6 };
}
