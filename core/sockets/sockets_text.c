/* SPDX-License-Identifier: MIT */
/*
 * Texts with one socket a line -> struct nv_socket: /proc/net/tcp and its family of a recorded
 * tree, and what a capture holds of any system's table.
 *
 * Source: kernel net/ipv4/tcp_ipv4.c get_tcp4_sock, net/ipv4/udp.c udp4_format_sock.
 */
#include "sockets/sockets.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#define WORDS_MAX 16

/* ---- /proc/net
 * ------------------------------------------------------------------------------------------ */

/* sl local remote st tx:rx tr:when retransmits uid timeout inode ref pointer [drops] */
static bool proc_line(struct nv_text line, bool udp, bool six, struct nv_socket *s)
{
	uint64_t state, transmit, receive, timer, when, retries, uid, inode, drops = 0;
	struct nv_text word[WORDS_MAX];
	unsigned count = 0;
	bool is_six[2];

	while (count < WORDS_MAX && nv_next_word(&line, &word[count]))
		count++;
	*s = (struct nv_socket){ .udp = udp, .family = six ? AF_INET6 : AF_INET };
	if (count < 10 || !nv_hex_end(word[1], s->local, &is_six[0], &s->local_port) ||
		!nv_hex_end(word[2], s->remote, &is_six[1], &s->remote_port) || is_six[0] != six ||
		is_six[1] != six || !nv_hex_number(word[3], &state) ||
		!nv_hex_pair(word[4], &transmit, &receive) ||
		!nv_hex_pair(word[5], &timer, &when) || !nv_hex_number(word[6], &retries) ||
		!nv_number(word[7], &uid) || !nv_number(word[9], &inode))
		return false;
	if (udp && count >= 13 && !nv_number(word[12], &drops))
		return false;
	s->state = (uint8_t)state;
	s->timer = (uint8_t)timer;
	s->retries = (uint8_t)retries;
	s->receive = (uint32_t)receive;
	/* The text does not say the backlog of a listener. */
	s->send = !udp && state == NV_TCP_LISTEN ? UINT32_MAX : (uint32_t)transmit;
	s->uid = (uint32_t)uid;
	s->inode = (uint32_t)inode;
	s->drops = (uint32_t)drops;
	nv_socket_unmap(s);
	return true;
}

unsigned nv_socket_lines(struct nv_text text, bool udp, bool six, struct nv_tally *tally)
{
	struct nv_text line;
	struct nv_socket s;
	unsigned bad = 0;

	nv_next_line(&text, &line); /* the heading */
	while (nv_next_line(&text, &line)) {
		if (proc_line(line, udp, six, &s))
			nv_tally_add(tally, &s);
		else
			bad++;
	}
	return bad;
}

/* ---- captures
 * ------------------------------------------------------------------------------------------------
 */

/* "10.0.0.1:80", "10.0.0.1.80", "[::1]:80", ":::80", "*.22", "fe80::1%eth0.22". */
static bool end_of(const char *printed, struct nv_socket *s, uint8_t address[16], uint16_t *port)
{
	struct nv_text word = { printed, printed + strlen(printed) };
	const char *mark = word.end, *at = word.at, *end;
	char text[INET6_ADDRSTRLEN + 1];
	uint64_t number = 0;
	size_t length;

	while (mark > word.at && mark[-1] != ':' && mark[-1] != '.')
		mark--;
	if (mark == word.at)
		return false;
	if (!nv_is((struct nv_text){ mark, word.end }, "*") &&
		(!nv_number((struct nv_text){ mark, word.end }, &number) || number > 65535))
		return false;
	*port = (uint16_t)number;
	end = mark - 1;
	if (end > at && *at == '[' && end[-1] == ']') {
		at++;
		end--;
	}
	length = (size_t)(end - at);
	if (memchr(at, '%', length))
		length = (size_t)((const char *)memchr(at, '%', length) - at);
	if (length >= sizeof(text))
		return false;
	memcpy(text, at, length);
	text[length] = 0;
	if (strcmp(text, "*") == 0 || !length)
		return true;
	if (inet_pton(AF_INET, text, address) == 1)
		return true;
	if (inet_pton(AF_INET6, text, address) != 1)
		return false;
	s->family = AF_INET6;
	return true;
}

static uint8_t state_number(const char *name)
{
	static const char *const names[] = { [NV_TCP_ESTABLISHED] = "ESTABLISHED",
		[NV_TCP_SYN_SENT] = "SYN_SENT",
		[NV_TCP_SYN_RECV] = "SYN_RECV",
		[NV_TCP_FIN_WAIT1] = "FIN_WAIT_1",
		[NV_TCP_FIN_WAIT2] = "FIN_WAIT_2",
		[NV_TCP_TIME_WAIT] = "TIME_WAIT",
		[NV_TCP_CLOSE] = "CLOSED",
		[NV_TCP_CLOSE_WAIT] = "CLOSE_WAIT",
		[NV_TCP_LAST_ACK] = "LAST_ACK",
		[NV_TCP_LISTEN] = "LISTEN",
		[NV_TCP_CLOSING] = "CLOSING" };

	for (uint8_t i = 1; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return NV_TCP_CLOSE; /* IDLE, BOUND, or none */
}

static uint32_t most_of_32(uint64_t value)
{
	return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX - 1;
}

bool nv_socket_of(const struct nv_saved_socket *saved, struct nv_socket *s)
{
	*s = (struct nv_socket){ .family = AF_INET,
		.udp = saved->proto[0] == 'u',
		.timer = saved->timer,
		.retries = saved->retries };
	if (!end_of(saved->local, s, s->local, &s->local_port) ||
		!end_of(saved->remote, s, s->remote, &s->remote_port))
		return false;
	s->state = s->udp ? NV_TCP_CLOSE : state_number(saved->state);
	s->receive = most_of_32(saved->recv_q);
	s->send = s->state == NV_TCP_LISTEN && !saved->backlog ? UINT32_MAX
							       : most_of_32(saved->send_q);
	nv_socket_unmap(s);
	return true;
}
