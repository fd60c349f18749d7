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
#include "sockets/sockets.h"
#include "kernel/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CPU_SHARE       0.001
#define PER_SOCKET_S    1.2e-6 /* of an established one that is handed over, before one was timed */
#define UDP_EVERY_S     10.0
#define PATIENCE_S      120.0 /* a whole look is worth waiting for as long as this */
#define PERSON_STAY_S   0.9   /* between two looks by hand */
#define FRESH_S         2.0
#define REFRESH_LIMIT_S 0.5
#define ALL_STATES      ((1u << (NV_TCP_NEW_SYN_RECV + 1)) - 2)

struct nv_sockets {
	struct nv_tally *tally;
	struct nv_netlink diag;
	bool live;
	bool leave_established;
	char tree[NV_PATH_SIZE];
	double share;
	double looked_s, next_s, whole_s, udp_s; /* when; looked_s NAN: never */
	double whole_cost_us;
	double udp_every_s;
	double per_socket_s;
	uint64_t segments, in_use, time_wait; /* at the last look */
	unsigned bad_lines;
	struct nv_buffer text;
};

/* ---- sock_diag
 * ------------------------------------------------------------------------------------------ */

static void take_tcp(void *context, const struct nlmsghdr *header)
{
	struct nv_sockets *sockets = context;
	struct nv_socket s;

	if (!nv_socket_parse(header, false, &s))
		return;
	/* Only what may become an offender needs its owner. */
	if (s.receive || s.send || s.state == NV_TCP_CLOSE_WAIT)
		nv_socket_parse_more(header, &s);
	nv_tally_add(sockets->tally, &s);
}

static void take_udp(void *context, const struct nlmsghdr *header)
{
	struct nv_sockets *sockets = context;
	struct nv_socket s;

	if (!nv_socket_parse(header, true, &s))
		return;
	nv_socket_parse_more(header, &s);
	nv_tally_add(sockets->tally, &s);
}

/* ages: ask for tcp_info, which makes each message three times as long. */
static int dump_tcp(struct nv_sockets *sockets, enum nv_look look, bool ages, double now_s,
	struct nv_error *err)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req request;
	} request = { .header = { .nlmsg_len = sizeof(request), .nlmsg_type = TCPDIAG_GETSOCK },
		.request = { .idiag_family = AF_INET, .idiag_states = ALL_STATES } };
	int result;

	if (ages)
		request.request.idiag_ext = 1u << (INET_DIAG_INFO - 1);
	if (look == NV_LOOK_LISTENERS)
		request.request.idiag_states = 1u << NV_TCP_LISTEN;
	else if (look == NV_LOOK_TCP_MOST)
		request.request.idiag_states &= ~(1u << NV_TCP_ESTABLISHED);
	nv_tally_begin(sockets->tally, look, now_s);
	result = nv_netlink_dump(&sockets->diag, &request.header, take_tcp, sockets, NULL, err);
	nv_tally_end(sockets->tally);
	return result < 0 ? -1 : 0;
}

static int dump_udp(struct nv_sockets *sockets, double now_s, struct nv_error *err)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	int result = 0;

	nv_tally_begin(sockets->tally, NV_LOOK_UDP, now_s);
	for (unsigned i = 0; i < sizeof(families); i++) {
		struct {
			struct nlmsghdr header;
			struct inet_diag_req_v2 request;
		} request = { .header = { .nlmsg_len = sizeof(request),
				      .nlmsg_type = SOCK_DIAG_BY_FAMILY },
			.request = { .sdiag_family = families[i],
				.sdiag_protocol = IPPROTO_UDP,
				.idiag_ext = 1u << (INET_DIAG_SKMEMINFO - 1),
				.idiag_states = UINT32_MAX } };
		int code = 0;

		/* A kernel without IPv6, or without the module for UDP, refuses. */
		if (nv_netlink_dump(
			    &sockets->diag, &request.header, take_udp, sockets, &code, err) < 0 &&
			code != ENOENT && code != EINVAL)
			result = -1;
	}
	nv_tally_end(sockets->tally);
	return result;
}

/* ---- a recorded tree
 * --------------------------------------------------------------------------------------- */

/* False: no such file. */
static bool read_file(struct nv_sockets *sockets, const char *name, struct nv_text *text)
{
	char path[NV_PATH_SIZE + 16];
	int fd;

	snprintf(path, sizeof(path), "%s/net/%s", sockets->tree, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	(void)nv_read_whole(fd, &sockets->text, SIZE_MAX, NV_END_AT_ZERO);
	close(fd);
	*text = (struct nv_text){ sockets->text.at, sockets->text.at + sockets->text.used };
	return true;
}

static int read_tree(struct nv_sockets *sockets, double now_s, struct nv_error *err)
{
	static const char *const names[2][2] = { { "tcp", "tcp6" }, { "udp", "udp6" } };
	unsigned found = 0, bad = 0;
	struct nv_text text;

	for (unsigned udp = 0; udp < 2; udp++) {
		nv_tally_begin(sockets->tally, udp ? NV_LOOK_UDP : NV_LOOK_TCP_ALL, now_s);
		for (unsigned six = 0; six < 2; six++) {
			if (!read_file(sockets, names[udp][six], &text))
				continue;
			bad += nv_socket_lines(text, udp, six, sockets->tally);
			found++;
		}
		nv_tally_end(sockets->tally);
	}
	if (bad)
		nv_source_fail(
			err, "%s/net/tcp and kin: %u lines are no sockets", sockets->tree, bad);
	return found ? 0 : -1;
}

/* ---- when to look
 * ---------------------------------------------------------------------------------------------- */

static uint64_t value(const struct nv_snapshot *s, uint16_t counter)
{
	return s->present[counter] ? s->value[counter] : 0;
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
	bool waiting = last->close_wait || last->close_wait_unread || last->receive_stuck ||
		last->send_stuck || last->receive_octets || last->send_octets;
	double whole_s, fits_s;

	if (gated && !waiting && segments == sockets->segments && in_use == sockets->in_use &&
		time_wait == sockets->time_wait) {
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
	if (sockets->leave_established)
		return NV_LOOK_TCP_MOST;
	whole_s = sockets->per_socket_s * (double)(value(s, NV_C_tcpCurrEstab) + time_wait) + 5e-4;
	fits_s = isnan(sockets->looked_s) ? 10 : now_s - sockets->looked_s;
	if (whole_s <= sockets->share * fits_s)
		return NV_LOOK_TCP_ALL;
	if (now_s - sockets->whole_s >= PATIENCE_S / 2 && whole_s <= sockets->share * PATIENCE_S)
		return NV_LOOK_TCP_ALL;
	return NV_LOOK_TCP_MOST;
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

		result = dump_tcp(sockets, (enum nv_look)look, sockets->share >= 1, now_s, err);
		sockets->looked_s = now_s;
		if (look != NV_LOOK_TCP_MOST) {
			sockets->whole_s = now_s; /* listeners alone: there is nothing else */
			sockets->whole_cost_us = (nv_cpu_s() - began_s) * 1e6;
			if (look == NV_LOOK_TCP_ALL && handed > 10000)
				sockets->per_socket_s = (nv_cpu_s() - began_s) / (double)handed;
		}
	}
	if (udp) {
		result |= dump_udp(sockets, now_s, err);
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
		result = read_tree(sockets, mono_s, err);
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
		result = dump_tcp(sockets, NV_LOOK_TCP_ALL, true, now_s, err);
		result |= dump_udp(sockets, now_s, err);
	} else {
		sockets->tally->stay_s = 0; /* a recording tells no ages */
		result = read_tree(sockets, now_s, err);
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
		if (dump_udp(sockets, mono_s, err) < 0)
			return -1;
	}
	if (mono_s - sockets->looked_s < FRESH_S)
		return 0;
	/* Evidence of a million sockets would come too late. */
	if (sockets->per_socket_s * (double)known > REFRESH_LIMIT_S)
		return dump_tcp(sockets, NV_LOOK_TCP_MOST, true, mono_s, err);
	sockets->looked_s = sockets->whole_s = mono_s;
	return dump_tcp(sockets, NV_LOOK_TCP_ALL, true, mono_s, err);
}

bool nv_sockets_gone(
	const struct nv_sockets *sockets, bool udp, double mono_s, char *buf, size_t size)
{
	const struct nv_gone *newest = NULL;

	for (unsigned i = 0; i < sockets->tally->gone_count; i++) {
		const struct nv_gone *g = &sockets->tally->gone[i];

		if (g->udp == udp && (!newest || g->gone_s > newest->gone_s))
			newest = g;
	}
	if (!newest)
		return false;
	struct timespec now = { 0 };
	struct tm local = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	time_t until = now.tv_sec - (time_t)(mono_s - newest->gone_s);
	localtime_r(&until, &local);
	snprintf(buf, size, "%s/%u had a listener until %02d:%02d", udp ? "udp" : "tcp",
		newest->port, local.tm_hour, local.tm_min);
	return true;
}
