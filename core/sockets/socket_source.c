/* SPDX-License-Identifier: MIT */
/*
 * Sockets of the kernel -> summary, seldom enough to cost nearly nothing.
 *
 * The old request TCPDIAG_GETSOCK walks the table once for both families. A walk costs 0.3 ms for
 * nothing at all and each socket that is handed over 0.9 us, against 0.1 us for one that is left
 * in the kernel: so established ones are asked for only when that fits the budget, no walk is made
 * while no segment has come or gone, and where there is nothing but listeners only those are
 * asked for. Each look is timed, and the next one waits until the share of one processor is kept.
 * Source: kernel net/ipv4/inet_diag.c inet_diag_rcv_msg_compat.
 */
#include "sockets/source.h"

#include <linux/sock_diag.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CPU_SHARE       0.001
#define PER_SOCKET_S    1.2e-6 /* of an established one that is handed over, before one was timed */
#define UDP_EVERY_S     10.0
#define PATIENCE_S      120.0 /* a whole look is worth waiting for as long as this */
#define PERSON_STAY_S   0.9   /* between two looks by hand */
#define FRESH_S         2.0
#define REFRESH_LIMIT_S 0.5

/* ---- when to look
 * ---------------------------------------------------------------------------------------------- */

static uint64_t value(const struct nv_snapshot *s, uint16_t counter)
{
	return s->present[counter] ? s->value[counter] : 0;
}

/* Does anything stand there that may change without a segment? */
static bool is_waiting(const struct nv_socket_summary *last)
{
	return last->close_wait || last->close_wait_unread || last->receive_stuck ||
		last->send_stuck || last->receive_octets || last->send_octets;
}

/* All of them, or all but the established ones: what fits the budget. */
static int choose_size(const struct nv_sockets *sockets, double now_s, uint64_t connections)
{
	double whole_s = sockets->per_socket_s * (double)connections + 5e-4;
	double fits_s = isnan(sockets->looked_s) ? 10 : now_s - sockets->looked_s;

	if (sockets->leave_established)
		return NV_LOOK_TCP_MOST;
	if (whole_s <= sockets->share * fits_s)
		return NV_LOOK_TCP_ALL;
	if (now_s - sockets->whole_s >= PATIENCE_S / 2 && whole_s <= sockets->share * PATIENCE_S)
		return NV_LOOK_TCP_ALL;
	return NV_LOOK_TCP_MOST;
}

/* What decides: nothing to do, listeners alone, all but established ones, or all. */
static int choose(struct nv_sockets *sockets, double now_s, const struct nv_snapshot *s)
{
	const struct nv_socket_summary *last = &sockets->tally->summary;
	uint64_t segments = value(s, NV_C_tcpInSegs) + value(s, NV_C_tcpOutSegs);
	uint64_t in_use = value(s, NV_C_tcpSocketsInUse) + value(s, NV_C_tcp6SocketsInUse);
	uint64_t time_wait = value(s, NV_C_tcpSocketsTimeWait);
	bool gated = s->present[NV_C_tcpInSegs] && s->present[NV_C_tcpSocketsInUse] &&
		s->present[NV_C_tcpSocketsTimeWait] && !isnan(sockets->looked_s);

	if (gated && !is_waiting(last) && segments == sockets->segments &&
		in_use == sockets->in_use && time_wait == sockets->time_wait) {
		sockets->looked_s = now_s; /* nothing has changed: as good as a look */
		if (last->established_known)
			sockets->whole_s = now_s;
		return -1;
	}
	if (now_s < sockets->next_s)
		return -1;
	sockets->segments = segments;
	sockets->in_use = in_use;
	sockets->time_wait = time_wait;
	if (gated && !time_wait && in_use == last->listeners)
		return NV_LOOK_LISTENERS;
	return choose_size(sockets, now_s, value(s, NV_C_tcpCurrEstab) + time_wait);
}

static int look_live(
	struct nv_sockets *sockets, double now_s, const struct nv_snapshot *s, struct nv_error *err)
{
	double began_s = nv_cpu_s(), cost_s;
	int look = choose(sockets, now_s, s), result = 0;
	bool no_udp = s->present[NV_C_udpSocketsInUse] && !value(s, NV_C_udpSocketsInUse) &&
		!value(s, NV_C_udp6SocketsInUse) && !sockets->tally->summary.udp[0] &&
		!sockets->tally->summary.udp[1];
	bool udp = !no_udp && now_s - sockets->udp_s >= sockets->udp_every_s - 0.05 &&
		now_s >= sockets->next_s;

	/* As good as a look: all that is seen later is new, and its drops as well. */
	if (no_udp)
		sockets->tally->look_s[NV_LOOK_UDP] = now_s;
	if (look >= 0) {
		uint64_t handed = value(s, NV_C_tcpCurrEstab) + value(s, NV_C_tcpSocketsTimeWait);

		result = nv_sockets_dump_tcp(
			sockets, (enum nv_look)look, sockets->share >= 1, now_s, err);
		sockets->looked_s = now_s;
		if (look != NV_LOOK_TCP_MOST) {
			sockets->whole_s = now_s; /* listeners alone: there is nothing else */
			sockets->whole_cost_us = (nv_cpu_s() - began_s) * 1e6;
			if (look == NV_LOOK_TCP_ALL && handed > 10000)
				sockets->per_socket_s = (nv_cpu_s() - began_s) / (double)handed;
		}
	}
	if (udp) {
		result |= nv_sockets_dump_udp(sockets, now_s, err);
		sockets->udp_s = now_s;
	}
	if (look < 0 && !udp)
		return 0;
	cost_s = nv_cpu_s() - began_s;
	sockets->tally->summary.cost_us = cost_s * 1e6;
	sockets->next_s = now_s + cost_s / sockets->share;
	return result;
}

static void take_port_range(struct nv_tally *tally, const char *tree)
{
	char path[NV_PATH_SIZE + 64];
	unsigned low, high;
	FILE *file;

	snprintf(path, sizeof(path), "%s/sys/net/ipv4/ip_local_port_range", tree);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fscanf(file, "%u %u", &low, &high) == 2 && low <= high && high <= 65535) {
		tally->port_low = low;
		tally->port_high = high;
	}
	fclose(file);
}

int nv_sockets_read(
	struct nv_sockets *sockets, double mono_s, struct nv_snapshot *to, struct nv_error *err)
{
	int result;

	if (sockets->live) {
		result = look_live(sockets, mono_s, to, err);
	} else {
		result = nv_sockets_read_tree(sockets, mono_s, err);
		sockets->looked_s = sockets->whole_s = mono_s;
	}
	if (result < 0)
		return -1;
	if (isnan(sockets->looked_s))
		return 0;
	sockets->tally->summary.age_s = mono_s - sockets->looked_s;
	nv_tally_fill(sockets->tally, to);
	return 0;
}

/* ---- start, end, and a look by hand
 * ------------------------------------------------------------------------------ */

struct nv_sockets *nv_sockets_new(const char *root, struct nv_error *err)
{
	struct nv_sockets *sockets = calloc(1, sizeof(*sockets));

	if (sockets)
		sockets->tally = malloc(sizeof(*sockets->tally));
	if (!sockets || !sockets->tally) {
		nv_source_fail(err, "sockets: no memory");
		free(sockets);
		return NULL;
	}
	nv_tally_init(sockets->tally);
	sockets->live = !root || !root[0];
	sockets->share = CPU_SHARE;
	sockets->udp_every_s = UDP_EVERY_S;
	sockets->per_socket_s = PER_SOCKET_S;
	sockets->looked_s = NAN;
	sockets->next_s = sockets->whole_s = sockets->udp_s = -INFINITY;
	sockets->diag.fd = -1;
	snprintf(sockets->tree, sizeof(sockets->tree), "%s", sockets->live ? "/proc" : root);
	take_port_range(sockets->tally, sockets->tree);
	if (sockets->live && nv_netlink_open(&sockets->diag, NETLINK_SOCK_DIAG, 0, err) < 0) {
		nv_sockets_free(sockets);
		return NULL;
	}
	return sockets;
}

void nv_sockets_free(struct nv_sockets *sockets)
{
	if (!sockets)
		return;
	nv_netlink_close(&sockets->diag);
	free(sockets->text.at);
	free(sockets->tally);
	free(sockets);
}

void nv_sockets_set_tree(struct nv_sockets *sockets, const char *tree)
{
	if (sockets->live)
		return;
	snprintf(sockets->tree, sizeof(sockets->tree), "%s", tree);
}

void nv_sockets_leave_established(struct nv_sockets *sockets)
{
	sockets->leave_established = true;
}

void nv_sockets_set_budget(struct nv_sockets *sockets, double share)
{
	sockets->share = share;
	/* Whoever waits for the answer wants each change seen: programs that go, queues that stand.
	 */
	if (share >= 1) {
		sockets->udp_every_s = 0;
		sockets->tally->stay_s = sockets->tally->steady_s = PERSON_STAY_S;
	}
}

int nv_sockets_look(struct nv_sockets *sockets, struct nv_error *err)
{
	double began_s = nv_cpu_s(), now_s;
	struct timespec t;
	int result;

	clock_gettime(CLOCK_MONOTONIC, &t);
	now_s = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
	sockets->tally->stay_s = PERSON_STAY_S;
	if (sockets->live) {
		result = nv_sockets_dump_tcp(sockets, NV_LOOK_TCP_ALL, true, now_s, err);
		result |= nv_sockets_dump_udp(sockets, now_s, err);
	} else {
		sockets->tally->stay_s = 0; /* a recording has no ages */
		result = nv_sockets_read_tree(sockets, now_s, err);
		sockets->tally->summary.one_look = true;
	}
	sockets->looked_s = now_s;
	sockets->tally->summary.cost_us = (nv_cpu_s() - began_s) * 1e6;
	return result < 0 ? -1 : 0;
}

int nv_sockets_take(struct nv_sockets *sockets, const struct nv_saved_socket *saved, unsigned count,
	struct nv_error *err)
{
	unsigned named = 0;
	bool queues = false;

	sockets->live = false;
	sockets->tally->stay_s = 0;
	nv_tally_begin(sockets->tally, NV_LOOK_UDP, 0);
	nv_tally_end(sockets->tally);
	nv_tally_begin(sockets->tally, NV_LOOK_TCP_ALL, 0);
	for (unsigned i = 0; i < count; i++) {
		struct nv_socket s;

		queues = queues || saved[i].queues;
		sockets->tally->saved = &saved[i];
		if (nv_socket_of(&saved[i], &s))
			nv_tally_add(sockets->tally, &s);
		else
			named++;
	}
	sockets->tally->saved = NULL;
	nv_tally_end(sockets->tally);
	sockets->tally->summary.queues_unknown = !queues;
	sockets->tally->summary.one_look = true;
	if (named)
		snprintf(err->text, sizeof(err->text),
			"%u of %u sockets stand under names or cut addresses and are not counted: netstat -n prints numbers, "
			"-W or -l whole addresses",
			named, count);
	if (!count)
		nv_source_fail(
			err, "expected sockets as netstat -an or ss -an print them, found none");
	return count > named ? 0 : -1;
}

void nv_sockets_state(
	const struct nv_sockets *sockets, double mono_s, struct nv_source_state out[NV_SOURCES])
{
	out[NV_SOURCE_SOCKETS] = (struct nv_source_state){ mono_s - sockets->looked_s,
		sockets->tally->summary.cost_us };
	if (!isinf(sockets->whole_s))
		out[NV_SOURCE_ESTABLISHED] = (struct nv_source_state){ mono_s - sockets->whole_s,
			sockets->whole_cost_us };
}

const struct nv_socket_summary *nv_sockets_summary(const struct nv_sockets *sockets)
{
	return &sockets->tally->summary;
}

unsigned nv_sockets_offenders(struct nv_sockets *sockets, struct nv_offender *out, unsigned room)
{
	return nv_tally_offenders(sockets->tally, sockets->live, out, room);
}

int nv_sockets_refresh(struct nv_sockets *sockets, double mono_s, struct nv_error *err)
{
	const struct nv_socket_summary *s = &sockets->tally->summary;
	uint64_t known = 0;

	for (unsigned i = 1; i < NV_SOCKET_STATES; i++)
		known += (uint64_t)s->tcp[0][i] + s->tcp[1][i] + s->loopback[i];
	if (!sockets->live)
		return 0;
	if (mono_s - sockets->udp_s >= FRESH_S) {
		sockets->udp_s = mono_s;
		if (nv_sockets_dump_udp(sockets, mono_s, err) < 0)
			return -1;
	}
	if (mono_s - sockets->looked_s < FRESH_S)
		return 0;
	/* Evidence of a million sockets would come too late. */
	if (sockets->per_socket_s * (double)known > REFRESH_LIMIT_S)
		return nv_sockets_dump_tcp(sockets, NV_LOOK_TCP_MOST, true, mono_s, err);
	sockets->looked_s = sockets->whole_s = mono_s;
	return nv_sockets_dump_tcp(sockets, NV_LOOK_TCP_ALL, true, mono_s, err);
}

bool nv_sockets_gone(
	const struct nv_sockets *sockets, bool udp, double mono_s, char *buf, size_t size)
{
	return nv_tally_gone(sockets->tally, udp, mono_s, buf, size);
}
