/* SPDX-License-Identifier: MIT */
/* One look at all sockets, of the kernel or of a recorded tree -> the tally. */
#include "sockets/source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ALL_STATES ((1u << (NV_TCP_NEW_SYN_RECV + 1)) - 2)

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
int nv_sockets_dump_tcp(struct nv_sockets *sockets, enum nv_look look, bool ages, double now_s,
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

int nv_sockets_dump_udp(struct nv_sockets *sockets, double now_s, struct nv_error *err)
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

int nv_sockets_read_tree(struct nv_sockets *sockets, double now_s, struct nv_error *err)
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
		nv_source_fail(err, "%s/net/tcp, tcp6, udp and udp6: %u lines are no sockets",
			sockets->tree, bad);
	return found ? 0 : -1;
}
