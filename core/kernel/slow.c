/* SPDX-License-Identifier: MIT */
/*
 * What changes slowly, or costs much to ask for -> snapshot: drops of the queueing disciplines,
 * next hops that do not answer, connection tracking, the neighbour table, limits, IPv6 at all.
 *
 * Read at the start and then every 60 s; in between the last values are given again. Counters
 * that the kernel keeps for things which come and go (a queue of an interface) are added up here,
 * so that they never run backwards. Next hops: slow_hops.c.
 */
#include "kernel/slow.h"

#include <fcntl.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
	{ NV_C_conntrackEntries, "sys/net/netfilter/nf_conntrack_count", NULL, 0 },
	{ NV_C_conntrackLimit, "sys/net/netfilter/nf_conntrack_max", NULL, 0 },
	{ NV_C_conntrackDrops, "net/stat/nf_conntrack", "drop", 0 },
	{ NV_C_conntrackEarlyDrops, "net/stat/nf_conntrack", "early_drop", 0 },
	{ NV_C_neighborTableFulls, "net/stat/arp_cache", "table_fulls", 0 },
	{ NV_C_neighborTableFulls, "net/stat/ndisc_cache", "table_fulls", 0 },
	{ NV_C_localPorts, "sys/net/ipv4/ip_local_port_range", NULL, 0 },
};

_Static_assert(sizeof(numbers) / sizeof(numbers[0]) == NV_SLOW_NUMBERS, "one descriptor each");

/* The values that this source fills, in between readings too. */
static const uint16_t filled[] = { NV_C_tcpMemPressurePages, NV_C_tcpMemLimitPages,
	NV_C_udpMemLimitPages, NV_C_ipFragMemoryLimit, NV_C_ip6FragMemoryLimit, NV_C_tcpOrphanLimit,
	NV_C_tcpTimeWaitLimit, NV_C_tcpTxRehash, NV_C_conntrackEntries, NV_C_conntrackLimit,
	NV_C_conntrackDrops, NV_C_conntrackEarlyDrops, NV_C_neighborTableFulls, NV_C_localPorts,
	NV_C_neighborsFailed, NV_C_qdiscDrops, NV_C_ip6Usable };

_Static_assert(sizeof(filled) / sizeof(filled[0]) == NV_SLOW_FILLED, "one value each");

void nv_slow_set(struct nv_slow *slow, uint16_t counter, uint64_t value)
{
	for (unsigned i = 0; i < NV_SLOW_FILLED; i++) {
		if (filled[i] != counter)
			continue;
		slow->value[i] = slow->present[i] ? slow->value[i] + value : value;
		slow->present[i] = true;
	}
}

/* ---- small files
 * ---------------------------------------------------------------------------------------- */

/* What can be read of it, up to NV_SLOW_TEXT_ROOM bytes. */
struct nv_text nv_slow_text(struct nv_slow *slow, int fd)
{
	struct nv_buffer *buffer = &slow->buffer;

	(void)nv_read_whole(fd, buffer, NV_SLOW_TEXT_ROOM, NV_END_AT_ZERO);
	return (struct nv_text){ buffer->at, buffer->at + buffer->used };
}

int nv_slow_open(const struct nv_slow *slow, const char *path)
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
	for (unsigned i = 0; i < NV_SLOW_NUMBERS; i++) {
		int fd = slow->live ? slow->fd[i] : nv_slow_open(slow, numbers[i].path);
		uint64_t value = 0;
		struct nv_text text;

		if (fd < 0)
			continue;
		text = nv_slow_text(slow, fd);
		if (numbers[i].column
				? nv_stat_column(text, numbers[i].column, &value)
				: word_value(text, numbers[i].counter, numbers[i].word, &value))
			nv_slow_set(slow, numbers[i].counter, value);
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
	nv_slow_set(slow, NV_C_qdiscDrops, slow->queue_drops);
	return 0;
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
			nv_slow_read_inet6_text(slow);
			nv_slow_read_neighbors_text(slow);
		} else if (slow->route.fd >= 0) {
			result |= read_queues(slow, err);
			nv_slow_read_inet6(slow, mono_s);
			result |= nv_slow_read_neighbors(slow, mono_s, err);
		}
		slow->cost_s = nv_cpu_s() - began_s;
	}
	for (unsigned i = 0; i < NV_SLOW_FILLED; i++) {
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
		slow->buffer = (struct nv_buffer){ malloc(NV_SLOW_TEXT_ROOM), 0,
			NV_SLOW_TEXT_ROOM };
	if (!slow || !slow->buffer.at) {
		nv_source_fail(err, "slow sources: no memory");
		free(slow);
		return NULL;
	}
	slow->live = !root || !root[0];
	slow->interval_s = NV_SLOW_INTERVAL_S;
	slow->last_s = NAN;
	slow->table[0].read_s = slow->table[1].read_s = -INFINITY;
	slow->route.fd = -1;
	snprintf(slow->tree, sizeof(slow->tree), "%s", slow->live ? "/proc" : root);
	for (unsigned i = 0; i < NV_SLOW_NUMBERS; i++)
		slow->fd[i] = slow->live ? nv_slow_open(slow, numbers[i].path) : -1;
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
	for (unsigned i = 0; i < NV_SLOW_NUMBERS; i++)
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
