/* SPDX-License-Identifier: MIT */
/* Messages of sock_diag -> struct nv_socket. Source: kernel net/ipv4/inet_diag.c inet_sk_diag_fill.
 */
#include "sockets/sockets.h"
#include "kernel/kernel.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

bool nv_socket_parse(const struct nlmsghdr *header, bool udp, struct nv_socket *s)
{
	const struct inet_diag_msg *m = NLMSG_DATA(header);

	if (header->nlmsg_len < NLMSG_LENGTH(sizeof(*m)) ||
		(m->idiag_family != AF_INET && m->idiag_family != AF_INET6))
		return false;
	s->udp = udp;
	s->family = m->idiag_family;
	s->state = m->idiag_state;
	s->timer = m->idiag_timer;
	s->retries = m->idiag_retrans;
	s->local_port = ntohs(m->id.idiag_sport);
	s->remote_port = ntohs(m->id.idiag_dport);
	if (s->family == AF_INET) {
		/* The kernel leaves what follows an IPv4 address zero; older ones did not. */
		memset(s->local, 0, sizeof(s->local));
		memset(s->remote, 0, sizeof(s->remote));
		memcpy(s->local, m->id.idiag_src, 4);
		memcpy(s->remote, m->id.idiag_dst, 4);
	} else {
		memcpy(s->local, m->id.idiag_src, sizeof(s->local));
		memcpy(s->remote, m->id.idiag_dst, sizeof(s->remote));
		nv_socket_unmap(s);
	}
	s->interface = m->id.idiag_if;
	s->receive = m->idiag_rqueue;
	s->send = m->idiag_wqueue;
	s->uid = m->idiag_uid;
	s->inode = m->idiag_inode;
	s->cookie = (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0];
	s->drops = 0;
	s->cgroup = 0;
	s->received_s = s->sent_s = s->heard_s = 0;
	return true;
}

void nv_socket_parse_more(const struct nlmsghdr *header, struct nv_socket *s)
{
	struct nv_attributes all = nv_message_attributes(header, sizeof(struct inet_diag_msg));
	struct nv_attribute attribute;

	while (nv_next_attribute(&all, &attribute)) {
		uint32_t memory[SK_MEMINFO_VARS];

		if (attribute.type == INET_DIAG_CGROUP_ID) {
			s->cgroup = nv_attribute_u64(&attribute);
		} else if (attribute.type == INET_DIAG_SKMEMINFO &&
			attribute.length >= sizeof(memory)) {
			memcpy(memory, attribute.data, sizeof(memory));
			s->drops = memory[SK_MEMINFO_DROPS];
		} else if (attribute.type == INET_DIAG_INFO &&
			attribute.length > offsetof(struct tcp_info, tcpi_pmtu)) {
			struct tcp_info info = { 0 };

			memcpy(&info, attribute.data, offsetof(struct tcp_info, tcpi_pmtu));
			s->sent_s = (float)info.tcpi_last_data_sent / 1000;
			s->received_s = (float)info.tcpi_last_data_recv / 1000;
			s->heard_s = (float)info.tcpi_last_ack_recv / 1000;
		}
	}
}
