/* SPDX-License-Identifier: MIT */
/*
 * Routes and neighbours -> next hops that do not answer; addresses and routes -> is there IPv6
 * beyond the own network. A big route table is walked only when a neighbour fails, and so seldom
 * that it stays below a thousandth of one processor.
 */
#include "kernel/slow.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CPU_SHARE 0.001

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

	if (slow->hop_count < NV_SLOW_HOPS_MAX && !is_hop(slow, hop))
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
	double window_s = slow->interval_s > NV_SLOW_INTERVAL_S ? slow->interval_s
								: NV_SLOW_INTERVAL_S;

	if (!nv_neighbor_parse(header, &neighbor) || !nv_neighbor_failing(&neighbor, window_s))
		return;
	slow->any_failing = true;
	if (slow->failed_count < NV_SLOW_FAILED_MAX && is_hop(slow, &neighbor.hop))
		slow->failed[slow->failed_count++] = neighbor.hop;
}

int nv_slow_read_neighbors(struct nv_slow *slow, double mono_s, struct nv_error *err)
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
	nv_slow_set(slow, NV_C_neighborsFailed, slow->failed_count);
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

void nv_slow_read_inet6(struct nv_slow *slow, double mono_s)
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
	nv_slow_set(slow, NV_C_ip6Usable, slow->global6 && slow->default6);
}

void nv_slow_read_inet6_text(struct nv_slow *slow)
{
	int addresses = nv_slow_open(slow, "net/if_inet6"),
	    routes = nv_slow_open(slow, "net/ipv6_route");

	if (addresses >= 0 && routes >= 0)
		nv_slow_set(slow, NV_C_ip6Usable,
			nv_inet6_has_global(nv_slow_text(slow, addresses)) &&
				nv_inet6_has_default(nv_slow_text(slow, routes)));
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

	if (slow->failed_count < NV_SLOW_FAILED_MAX && is_hop(slow, hop))
		slow->failed[slow->failed_count++] = *hop;
}

void nv_slow_read_neighbors_text(struct nv_slow *slow)
{
	int routes = nv_slow_open(slow, "net/route"), arps = nv_slow_open(slow, "net/arp");

	slow->hop_count = slow->failed_count = 0;
	if (routes >= 0 && arps >= 0) {
		nv_route_text_next_hops(nv_slow_text(slow, routes), add_hop, slow);
		nv_arp_text_failing(nv_slow_text(slow, arps), add_failed, slow);
		nv_slow_set(slow, NV_C_neighborsFailed, slow->failed_count);
	}
	if (routes >= 0)
		close(routes);
	if (arps >= 0)
		close(arps);
}
