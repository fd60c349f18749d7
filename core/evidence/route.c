/* SPDX-License-Identifier: MIT */
/*
 * Address -> gateway and interface: the kernel is asked for the route that it would use now.
 * Source: RFC 3549 section 2.3.3.1; kernel net/ipv4/route.c inet_rtm_getroute.
 */
#include "evidence/parts.h"
#include "text/out.h"
#include "text/clean.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct answer {
	const struct nv_links *links;
	struct nv_route *way;
	bool found;
};

static void take_route(void *context, const struct nlmsghdr *header)
{
	struct answer *answer = context;
	struct nv_attributes all = nv_message_attributes(header, sizeof(struct rtmsg));
	struct nv_attribute attribute;
	struct rtmsg route;

	if (!nv_message_body(header, RTM_NEWROUTE, &route, sizeof(route)))
		return;
	answer->way->local = route.rtm_type == RTN_LOCAL;
	answer->found = route.rtm_type == RTN_UNICAST || answer->way->local;
	while (nv_next_attribute(&all, &attribute)) {
		uint8_t address[16] = { 0 };

		if (attribute.type == RTA_OIF && answer->links) {
			nv_copy_text(answer->way->interface, NV_NAME_SIZE,
				nv_as_text(nv_links_name(
					answer->links, nv_attribute_u32(&attribute))));
		} else if (attribute.type == RTA_GATEWAY && attribute.length <= sizeof(address)) {
			memcpy(address, attribute.data, attribute.length);
			nv_address_say(route.rtm_family, address, answer->way->gateway);
		}
	}
}

bool nv_route_find(struct nv_netlink *netlink, const struct nv_links *links, unsigned family,
	const uint8_t address[16], struct nv_route *out)
{
	size_t bytes = family == AF_INET6 ? 16 : 4;
	struct {
		struct nlmsghdr header;
		struct rtmsg route;
		struct nlattr attribute;
		uint8_t address[16];
	} request = { .header = { .nlmsg_len = (uint32_t)(sizeof(request) - 16 + bytes),
			      .nlmsg_type = RTM_GETROUTE },
		.route = { .rtm_family = (unsigned char)family,
			.rtm_dst_len = (unsigned char)(8 * bytes) },
		.attribute = { .nla_len = (uint16_t)(4 + bytes), .nla_type = RTA_DST } };
	struct answer answer = { .links = links, .way = out };

	memset(out, 0, sizeof(*out));
	memcpy(request.address, address, bytes);
	return nv_netlink_ask(netlink, &request.header, take_route, &answer, NULL, NULL) == 0 &&
		answer.found;
}

void nv_route_text(const struct nv_route *way, char *buf, size_t size)
{
	if (!way->interface[0])
		buf[0] = 0;
	else
		snprintf(buf, size, "%s%s dev %s", way->gateway[0] ? " via " : "", way->gateway,
			way->interface);
}

void nv_route_fill(const struct nv_route *way, struct nv_offender *o)
{
	memcpy(o->gateway, way->gateway, sizeof(o->gateway));
	nv_copy_text(o->interface, sizeof(o->interface), nv_as_text(way->interface));
}

/* "10.0.0.1:80", "[2001:db8::1]:80" */
static unsigned parse_end(const char *end, uint8_t address[16])
{
	bool six = end[0] == '[';
	size_t length = strcspn(end + six, six ? "]" : ":");
	char text[NV_NAME_SIZE];

	if (length >= sizeof(text))
		return AF_UNSPEC;
	memcpy(text, end + six, length);
	text[length] = 0;
	return inet_pton(six ? AF_INET6 : AF_INET, text, address) == 1 ? (six ? AF_INET6 : AF_INET)
								       : AF_UNSPEC;
}

void nv_route_add(struct nv_netlink *netlink, const struct nv_links *links, struct nv_offender *o)
{
	uint8_t address[16] = { 0 };
	unsigned family = parse_end(o->remote, address);
	struct nv_route way;

	if (family != AF_UNSPEC && !o->interface[0] &&
		nv_route_find(netlink, links, family, address, &way) && !way.local)
		nv_route_fill(&way, o);
}

void nv_route_blame_hop(
	const struct nv_links *links, const struct nv_next_hop *hop, struct nv_offender *o)
{
	const char *name = links ? nv_links_name(links, hop->index) : "";
	struct nv_out text = { o->text, sizeof(o->text), 0 };

	nv_address_say(hop->family, hop->address, o->gateway);
	nv_copy_text(o->interface, sizeof(o->interface), nv_as_text(name));
	o->count = 1;
	nv_put(&text, "next hop %s dev %s does not answer %s", o->gateway, name[0] ? name : "?",
		hop->family == AF_INET ? "ARP" : "neighbour discovery");
}

/* Which destinations had no route nobody counts; whether there is a way out at all can be reported.
 */
void nv_route_blame_default(
	struct nv_netlink *netlink, const struct nv_links *links, struct nv_offender *o)
{
	static const uint8_t somewhere[16] = { 192, 0, 2, 1 }; /* RFC 5737: nobody's */
	struct nv_out text = { o->text, sizeof(o->text), 0 };
	char to[2 * NV_NAME_SIZE + 16];
	struct nv_route way;

	if (!nv_route_find(netlink, links, AF_INET, somewhere, &way)) {
		nv_put(&text, "there is no IPv4 default route");
		return;
	}
	nv_route_fill(&way, o);
	nv_route_text(&way, to, sizeof(to));
	nv_put(&text, "the IPv4 default route%s stands: another route rejects, or IPv6 lacks one",
		to);
}
