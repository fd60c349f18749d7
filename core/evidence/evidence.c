/* SPDX-License-Identifier: MIT */
/*
 * A class leaves ok -> who and where: the networks that retransmissions go to and the route there,
 * programs that hold up sockets, listeners that turn clients away, next hops that do not answer.
 *
 * Runs only when something is wrong, in bounded time and memory. Asking all established
 * connections for their counters costs about a microsecond each; of more than a few hundred
 * thousand no more is asked than the time allows.
 */
#include "evidence/evidence.h"
#include "evidence/networks.h"
#include "evidence/parts.h"
#include "evidence/shares.h"
#include "text/clean.h"

#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define EVERY_S       10.0
#define SECOND_S      2.0
#define COMPARE_MAX_S 60.0
#define EVIDENCE_MAX  16
#define OWNERS_S      0.3

struct nv_evidence {
	struct nv_netlink diag, route;
	struct nv_networks *networks;
	double collected_s, networks_s; /* NAN: not yet */
	unsigned collections;           /* in a row, without a pause */
	struct nv_offender evidence[EVIDENCE_MAX];
	unsigned count;
	const struct nv_links *links;    /* while collecting */
	struct nv_packet_groups packets; /* resets and unreachables */
	bool patient;                    /* someone looks on and waits for them */
	/* the listener that turned most away */
	struct nv_socket worst;
};

/* Which evidence speaks for which indicator. */
enum {
	NETWORKS = 1,
	GROUPS = 2,
	LISTENERS = 4,
	HOPS = 8,
	QUEUES = 16,
	GONE = 32,
	RESETS_IN = 64,
	RESETS_OUT = 128,
	UNREACHABLES = 256,
	DEFAULT_ROUTE = 512,
};

static const struct {
	uint16_t indicator;
	uint16_t evidence;
} rules[] = {
	{ NV_I_tcpRetrans, NETWORKS },
	{ NV_I_tcpTimeouts, NETWORKS | GROUPS | HOPS },
	{ NV_I_tcpDropRetrans, NETWORKS | GROUPS },
	{ NV_I_tcpReordering, NETWORKS },
	{ NV_I_tcpSynRetrans, GROUPS | HOPS },
	{ NV_I_tcpConnectFailed, GROUPS | HOPS | RESETS_IN },
	{ NV_I_icmpInUnreachable, UNREACHABLES | HOPS | GONE },
	{ NV_I_ipNoRoute, HOPS | DEFAULT_ROUTE },
	{ NV_I_neighborFailed, HOPS },
	{ NV_I_udpNoPort, GONE },
	{ NV_I_tcpOutReset, RESETS_OUT | GONE },
	{ NV_I_tcpInReset, RESETS_IN },
	{ NV_I_tcpAppAbort, RESETS_OUT },
	{ NV_I_udpInOverflow, GROUPS },
	{ NV_I_tcpOutZeroWindow, GROUPS },
	{ NV_I_tcpOutWindowProbe, GROUPS },
	{ NV_I_tcpDropPersist, GROUPS },
	{ NV_I_tcpCloseUnread, GROUPS | RESETS_OUT },
	{ NV_I_tcpListenOverflow, LISTENERS | GROUPS },
	{ NV_I_tcpSynFlood, LISTENERS },
	{ NV_I_tcpCloseWaitUnread, GROUPS },
	{ NV_I_tcpCloseWait, GROUPS },
	{ NV_I_tcpPortsUsed, GROUPS },
	{ NV_I_tcpMemory, GROUPS },
	{ NV_I_tcpPruned, GROUPS },
	{ NV_I_tcpAbortMemory, GROUPS },
	{ NV_I_qdiscDrops, QUEUES },
	{ NV_I_udpOutErrors, QUEUES },
};

static struct nv_offender *add(struct nv_evidence *f, uint16_t indicator)
{
	struct nv_offender *o;

	if (f->count == EVIDENCE_MAX)
		return NULL;
	o = &f->evidence[f->count++];
	memset(o, 0, sizeof(*o));
	o->indicator = indicator;
	o->klass = nv_indicators[indicator].klass;
	return o;
}

/* ---- networks
 * ------------------------------------------------------------------------------------------------
 */

static void take_connection(void *context, const struct nlmsghdr *header)
{
	struct nv_evidence *f = context;
	struct nv_attributes all = nv_message_attributes(header, sizeof(struct inet_diag_msg));
	struct nv_attribute attribute;
	struct tcp_info info = { 0 };
	struct nv_socket s;

	if (!nv_socket_parse(header, false, &s) || nv_socket_is_loopback(&s))
		return;
	while (nv_next_attribute(&all, &attribute))
		if (attribute.type == INET_DIAG_INFO)
			memcpy(&info, attribute.data,
				attribute.length < sizeof(info) ? attribute.length : sizeof(info));
	/* Kernels before 4.6 do not count the segments sent: the share of all is then unknown. */
	nv_networks_add(f->networks, &s, info.tcpi_total_retrans, info.tcpi_data_segs_out);
}

static void collect_networks(struct nv_evidence *f, uint16_t indicator, double mono_s)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req request;
	} request = { .header = { .nlmsg_len = sizeof(request), .nlmsg_type = TCPDIAG_GETSOCK },
		.request = { .idiag_family = AF_INET,
			.idiag_ext = 1u << (INET_DIAG_INFO - 1),
			.idiag_states = 1u << NV_TCP_ESTABLISHED | 1u << NV_TCP_CLOSE_WAIT |
				1u << NV_TCP_FIN_WAIT1 | 1u << NV_TCP_CLOSING |
				1u << NV_TCP_LAST_ACK } };
	const struct nv_network *n;

	nv_networks_begin(f->networks, mono_s - f->networks_s <= COMPARE_MAX_S);
	f->networks_s = mono_s;
	if (nv_netlink_dump(&f->diag, &request.header, take_connection, f, NULL, NULL) < 0)
		return;
	for (unsigned rank = 0; rank < 3; rank++) {
		struct nv_offender *o;

		n = nv_networks_rank(f->networks, rank);
		if (!n ||
			(double)n->retransmitted <
				NV_SHARE_MIN * (double)f->networks->retransmitted)
			return;
		o = add(f, indicator);
		if (o)
			nv_network_blame(f->networks, n, &f->route, f->links, o);
	}
}

/* ---- listeners
 * ------------------------------------------------------------------------------------------------
 */

static void take_listener(void *context, const struct nlmsghdr *header)
{
	struct nv_evidence *f = context;
	struct nv_socket s;

	if (!nv_socket_parse(header, false, &s))
		return;
	nv_socket_parse_more(header, &s);
	/* What a listener dropped is counted at its socket. */
	if (s.drops > f->worst.drops)
		f->worst = s;
}

static void collect_listeners(struct nv_evidence *f, uint16_t indicator)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req request;
	} request = { .header = { .nlmsg_len = sizeof(request), .nlmsg_type = TCPDIAG_GETSOCK },
		.request = { .idiag_family = AF_INET,
			.idiag_states = 1u << NV_TCP_LISTEN,
			.idiag_ext = 1u << (INET_DIAG_SKMEMINFO - 1) } };
	struct nv_owner owner;
	struct nv_offender *o;

	memset(&f->worst, 0, sizeof(f->worst));
	if (nv_netlink_dump(&f->diag, &request.header, take_listener, f, NULL, NULL) < 0 ||
		!f->worst.drops)
		return;
	o = add(f, indicator);
	if (!o)
		return;
	owner = (struct nv_owner){ .inode = f->worst.inode, .cgroup = f->worst.cgroup };
	(void)nv_owners_find(&owner, 1, OWNERS_S);
	nv_listener_blame(&f->worst, &owner, o);
	/* It says more of the same listener than a group did that was found before. */
	for (struct nv_offender *e = f->evidence; e < o; e++)
		if (e->indicator == indicator && strcmp(e->local, o->local) == 0) {
			*e = *o;
			f->count--;
			break;
		}
}

/* ---- groups, next hops, queues, vanished listeners
 * ---------------------------------------------------------------- */

static bool same_class_or_wanted(const struct nv_offender *o, const bool wanted[NV_I_END])
{
	if (wanted[o->indicator])
		return true;
	for (unsigned i = 0; i < NV_I_END; i++)
		if (wanted[i] && nv_indicators[i].klass == o->klass)
			return true;
	/* Memory that runs out is held by those who do not read. */
	return o->indicator == NV_I_tcpOutZeroWindow &&
		(wanted[NV_I_tcpMemory] || wanted[NV_I_tcpPruned] || wanted[NV_I_tcpAbortMemory]);
}

static bool has_local(const struct nv_evidence *f, const struct nv_offender *as)
{
	for (unsigned i = 0; i < f->count; i++)
		if (f->evidence[i].indicator == as->indicator && f->evidence[i].local[0] &&
			strcmp(f->evidence[i].local, as->local) == 0)
			return true;
	return false;
}

static void collect_groups(struct nv_evidence *f, const struct nv_sources *from,
	const bool wanted[NV_I_END], double mono_s)
{
	struct nv_offender found[EVIDENCE_MAX];
	unsigned count;

	if (!from->sockets)
		return;
	(void)nv_sockets_refresh(from->sockets, mono_s, NULL);
	count = nv_sockets_offenders(from->sockets, found, EVIDENCE_MAX);
	for (unsigned i = 0; i < count && f->count < EVIDENCE_MAX; i++) {
		if (!same_class_or_wanted(&found[i], wanted) || has_local(f, &found[i]))
			continue;
		nv_route_add(&f->route, f->links, &found[i]);
		f->evidence[f->count++] = found[i];
	}
}

static void collect_hops(struct nv_evidence *f, const struct nv_sources *from, uint16_t indicator)
{
	struct nv_next_hop hops[4];
	unsigned count = from->slow ? nv_slow_next_hops(from->slow, hops, 4) : 0;

	for (unsigned i = 0; i < count; i++) {
		struct nv_offender *o = add(f, indicator);

		if (o)
			nv_route_blame_hop(f->links, &hops[i], o);
	}
}

static void collect_queues(struct nv_evidence *f, const struct nv_sources *from, uint16_t indicator)
{
	uint64_t drops = 0, all = 0;
	unsigned index = from->slow ? nv_slow_worst_queue(from->slow, &drops, &all) : 0;
	struct nv_offender *o = index ? add(f, indicator) : NULL;
	const char *name = f->links ? nv_links_name(f->links, index) : "";

	if (!o)
		return;
	nv_copy_text(o->interface, sizeof(o->interface), nv_as_text(name));
	o->count = drops;
	snprintf(o->text, sizeof(o->text),
		"queue of %.15s dropped %" PRIu64 " packets, %.0f %% of all dropped",
		name[0] ? name : "?", drops, 100.0 * (double)drops / (double)all);
}

static void collect_packets(struct nv_evidence *f, uint16_t indicator, enum nv_packet_kind kind)
{
	struct nv_offender found[3];
	unsigned count = nv_packet_groups_offenders(
		&f->packets, &f->route, f->links, kind, found, 3);

	for (unsigned i = 0; i < count; i++) {
		struct nv_offender *o = add(f, indicator);

		if (!o)
			return;
		found[i].indicator = o->indicator;
		found[i].klass = o->klass;
		*o = found[i];
	}
}

static void collect_default_route(struct nv_evidence *f, uint16_t indicator)
{
	struct nv_offender *o = add(f, indicator);

	if (o)
		nv_route_blame_default(&f->route, f->links, o);
}

/* True: a program that has gone away explains it. */
static bool collect_gone(
	struct nv_evidence *f, const struct nv_sources *from, uint16_t indicator, double mono_s)
{
	bool udp = indicator != NV_I_tcpOutReset;
	char text[NV_TEXT_SIZE];
	struct nv_offender *o;

	if (!from->sockets || !nv_sockets_gone(from->sockets, udp, mono_s, text, sizeof(text)))
		return false;
	o = add(f, indicator);
	if (o)
		memcpy(o->text, text, sizeof(o->text));
	return true;
}

/* ---- one collection
 * --------------------------------------------------------------------------------------------------
 */

static const struct {
	uint16_t evidence;
	enum nv_packet_kind kind;
} packets[] = { { RESETS_IN, NV_PACKET_RESET_IN }, { RESETS_OUT, NV_PACKET_RESET_OUT },
	{ UNREACHABLES, NV_PACKET_UNREACHABLE } };
enum { TAPS = sizeof(packets) / sizeof(packets[0]) };

/* What only passing packets say. A bit a kind. */
static unsigned kinds_of(const bool wanted[NV_I_END])
{
	unsigned kinds = 0;

	for (unsigned i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		for (unsigned k = 0; wanted[rules[i].indicator] && k < TAPS; k++)
			if (rules[i].evidence & packets[k].evidence)
				kinds |= 1u << packets[k].kind;
	return kinds;
}

void nv_evidence_prepare(struct nv_evidence *f, const bool suspected[NV_I_END], double mono_s)
{
	unsigned kinds = kinds_of(suspected);

	if (kinds)
		nv_packet_groups_capture(&f->packets, &f->route, kinds, mono_s, false);
}

static void collect(struct nv_evidence *f, const struct nv_sources *from,
	const bool wanted[NV_I_END], double mono_s)
{
	unsigned kinds = kinds_of(wanted);
	uint16_t done = 0;

	f->count = 0;
	f->links = from->links;
	if (kinds)
		nv_packet_groups_capture(&f->packets, &f->route, kinds, mono_s, f->patient);
	for (unsigned i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		uint16_t id = rules[i].indicator;
		uint16_t todo = rules[i].evidence & (uint16_t)~done;

		if (!wanted[id])
			continue;
		done |= rules[i].evidence;
		if (todo & NETWORKS)
			collect_networks(f, id, mono_s);
		if (todo & LISTENERS)
			collect_listeners(f, id);
		if (todo & GROUPS)
			collect_groups(f, from, wanted, mono_s);
		if (todo & HOPS)
			collect_hops(f, from, id);
		if (todo & QUEUES)
			collect_queues(f, from, id);
		if (todo & DEFAULT_ROUTE)
			collect_default_route(f, id);
		/* Of UDP or of TCP, by the indicator: never done for another. */
		if (rules[i].evidence & GONE &&
			!(id == NV_I_icmpInUnreachable && wanted[NV_I_udpNoPort]) &&
			collect_gone(f, from, id, mono_s))
			todo &= (uint16_t)~RESETS_OUT; /* it explains them */
		for (unsigned k = 0; k < TAPS; k++)
			if (todo & packets[k].evidence)
				collect_packets(f, id, packets[k].kind);
	}
}

unsigned nv_evidence_collect(struct nv_evidence *f, const struct nv_sources *from,
	const bool wanted[NV_I_END], double mono_s, struct nv_offender *out, unsigned room)
{
	double since_s = mono_s - f->collected_s;
	unsigned count;

	if (!(since_s <= EVERY_S * 6))
		f->collections = 0; /* a new incident, or the first one */
	if (!f->collections || since_s >= (f->collections == 1 ? SECOND_S : EVERY_S) - 0.05) {
		collect(f, from, wanted, mono_s);
		f->collected_s = mono_s;
		f->collections++;
	}
	count = f->count < room ? f->count : room;
	memcpy(out, f->evidence, count * sizeof(*out));
	return count;
}

struct nv_evidence *nv_evidence_new(bool patient, struct nv_error *err)
{
	struct nv_evidence *f = calloc(1, sizeof(*f));

	if (!f) {
		nv_source_fail(err, "evidence: no memory");
		return NULL;
	}
	f->patient = patient;
	f->diag.fd = f->route.fd = -1;
	f->collected_s = f->networks_s = f->packets.captured_s = NAN;
	/* Two megabytes of address space, which cost nothing before they are needed. */
	f->networks = calloc(1, sizeof(*f->networks));
	if (f->networks && nv_netlink_open(&f->diag, NETLINK_SOCK_DIAG, 0, err) == 0 &&
		nv_netlink_open(&f->route, NETLINK_ROUTE, 0, err) == 0)
		return f;
	if (!f->networks)
		nv_source_fail(err, "evidence: no memory");
	nv_evidence_free(f);
	return NULL;
}

void nv_evidence_free(struct nv_evidence *f)
{
	if (!f)
		return;
	nv_packet_capture_end(&f->packets.tap);
	nv_netlink_close(&f->diag);
	nv_netlink_close(&f->route);
	free(f->networks);
	free(f);
}
