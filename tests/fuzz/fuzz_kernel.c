/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as what the kernel says: every text of /proc/net, every netlink message, a packet, and
 * the sockets that netstat or ss print. Each reader gets all of it; nothing may crash, overflow or
 * take long.
 */
#include "captures/capture.h"
#include "evidence/parts.h"
#include "kernel/proc_text.h"
#include "nv_captures.h"
#include "sockets/sockets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char buffer[1 << 18];

static void take_hop(void *context, const struct nv_next_hop *hop)
{
	char address[NV_NAME_SIZE];

	(void)context;
	nv_address_say(hop->family, hop->address, address);
}

/* ---- texts
 * --------------------------------------------------------------------------------------- */

/* Twice with the same plan: what was learned of the layout must hold for what differs from it. */
static void read_counters(struct nv_text text)
{
	static struct nv_plan plans[NV_FILE_END];
	static struct nv_snapshot s;
	struct nv_error err = { 0, "" };

	nv_snapshot_clear(&s);
	nv_read_pairs(&plans[NV_FILE_SNMP], NV_FILE_SNMP, text, &s, &err);
	nv_read_pairs(&plans[NV_FILE_NETSTAT], NV_FILE_NETSTAT, text, &s, &err);
	nv_read_names(&plans[NV_FILE_SNMP6], NV_FILE_SNMP6, text, &s, &err);
	nv_read_sockstat(&plans[NV_FILE_SOCKSTAT], NV_FILE_SOCKSTAT, text, &s, &err);
	nv_read_sockstat(&plans[NV_FILE_SOCKSTAT6], NV_FILE_SOCKSTAT6, text, &s, &err);
	nv_read_softnet(text, &s, &err);
	nv_read_dev(text, &s, &err);
	for (unsigned i = 0; i < s.interface_count; i++)
		if (!memchr(s.interfaces[i].name, 0, sizeof(s.interfaces[i].name)))
			abort();
}

static void read_tables(struct nv_text text)
{
	uint64_t sum;

	nv_stat_column(text, "unresolved_discards", &sum);
	nv_inet6_has_global(text);
	nv_inet6_has_default(text);
	nv_route_text_next_hops(text, take_hop, NULL);
	nv_arp_text_failing(text, take_hop, NULL);
}

static void read_sockets(const char *bytes, size_t size)
{
	static struct nv_tally *tally;
	struct nv_out out = { buffer, sizeof(buffer), 0 };
	struct nv_style style = { false, true, 80 };
	struct nv_error err = { 0, "" };
	struct nv_captures *captures;
	struct nv_sockets *sockets;

	tally = tally ? tally : malloc(sizeof(*tally));
	if (!tally)
		abort();
	nv_tally_init(tally);
	nv_tally_begin(tally, NV_LOOK_TCP_ALL, 1);
	nv_socket_lines((struct nv_text){ bytes, bytes + size }, false, size % 2, tally);
	nv_socket_lines((struct nv_text){ bytes, bytes + size }, true, size % 2, tally);
	nv_tally_end(tally);
	if (size % 4) /* the dearest reader: now and then */
		return;
	sockets = nv_sockets_new("", &err);
	captures = nv_captures_new(NULL, &err);
	if (!sockets || !captures)
		abort();
	if (nv_captures_add(captures, "fuzz.txt", bytes, size, &err) == 0 &&
		nv_captures_finish(captures, &err) == 0) {
		unsigned count;
		const struct nv_saved_socket *saved = nv_captures_sockets(captures, 0, &count);

		if (nv_sockets_take(sockets, saved, count, &err) == 0) {
			nv_sockets_text(&out, sockets, &style);
			out.used = 0;
			nv_sockets_json(&out, sockets);
		} else if (!err.text[0]) {
			abort(); /* a refusal says why */
		}
	}
	nv_captures_free(captures);
	nv_sockets_free(sockets);
}

/* ---- messages
 * -------------------------------------------------------------------------------------- */

static void take_message(void *context, const struct nlmsghdr *header)
{
	uint64_t value[NV_IF_VALUES];
	struct nv_socket socket;
	struct nv_neighbor neighbor;
	struct nv_queue queue;
	struct nv_link link;
	unsigned index;

	(void)context;
	if (nv_link_parse(header, &link) && !memchr(link.name, 0, sizeof(link.name)))
		abort();
	nv_link_stats_parse(header, &index, value);
	if (nv_neighbor_parse(header, &neighbor))
		nv_neighbor_failing(&neighbor, 60);
	nv_route_next_hops(header, take_hop, NULL);
	nv_route_is_default6(header);
	nv_queue_parse(header, &queue);
	for (int udp = 0; udp < 2; udp++)
		if (nv_socket_parse(header, udp, &socket))
			nv_socket_parse_more(header, &socket);
}

/* The same bytes under each type of message that is known: mutation need not find it. */
static void read_messages(const uint8_t *bytes, size_t size)
{
	static const uint16_t types[] = { 0, 16, 20, 24, 28, 36, 92 };
	struct nlmsghdr header;
	uint8_t *copy = malloc(
		size + sizeof(header)); /* the exact size, so that a byte too far is seen */
	int code;

	if (!copy)
		abort();
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		header = (struct nlmsghdr){ .nlmsg_len = (uint32_t)(size + sizeof(header)),
			.nlmsg_type = types[i] };
		memcpy(copy, &header, sizeof(header));
		if (size)
			memcpy(copy + sizeof(header), bytes, size);
		/* 0: as they are, whatever they say of their lengths */
		nv_netlink_walk(types[i] ? copy : copy + sizeof(header),
			types[i] ? size + sizeof(header) : size, 0, take_message, NULL, &code);
	}
	free(copy);
}

static void read_packet(const uint8_t *bytes, size_t size)
{
	size_t length = size < 128 ? size : 128;
	uint8_t *packet = malloc(length + !length);
	struct nv_packet tapped;

	if (!packet)
		abort();
	if (length)
		memcpy(packet, bytes, length);
	for (int outgoing = 0; outgoing < 2; outgoing++)
		if (nv_packet_parse(packet, length, outgoing, &tapped) && !nv_packet_code(&tapped))
			abort();
	free(packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + !size);

	if (!text)
		abort();
	if (size)
		memcpy(text, data, size);
	read_counters((struct nv_text){ text, text + size });
	read_tables((struct nv_text){ text, text + size });
	read_sockets(text, size);
	free(text);
	read_messages(data, size);
	read_packet(data, size);
	return 0;
}
