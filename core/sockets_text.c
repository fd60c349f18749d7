/* SPDX-License-Identifier: MIT */
/*
 * Texts with one socket a line -> struct nv_socket: /proc/net/tcp and its kin of a recorded tree,
 * and what `netstat -an` or `ss -an` print on any system.
 *
 * Words decide, never columns: netstat of Linux, BSD kin and AIX says "proto recv-q send-q local
 * foreign state", Windows leaves the queues out, Solaris puts the state last and windows between;
 * ss says "[netid] state recv-q send-q local peer".
 * Source: kernel net/ipv4/tcp_ipv4.c get_tcp4_sock, net/ipv4/udp.c udp4_format_sock.
 */
#include "sockets.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define WORDS_MAX 16
#define CELLS_MAX 32 /* netstat -x of FreeBSD has 24 */

/* ---- /proc/net ------------------------------------------------------------------------------------------ */

/* Addresses are printed as 32-bit words of a little-endian host. */
static bool hex_end(struct nv_text word, bool six, uint8_t address[16], uint16_t *port)
{
	unsigned words = six ? 4 : 1;
	uint64_t value;

	memset(address, 0, 16);
	if ((size_t)(word.end - word.at) != words * 8 + 5 || word.at[words * 8] != ':')
		return false;
	for (unsigned i = 0; i < words; i++) {
		struct nv_text part = { word.at + i * 8, word.at + i * 8 + 8 };

		if (!nv_hex_number(part, &value))
			return false;
		for (unsigned k = 0; k < 4; k++)
			address[i * 4 + k] = (uint8_t)(value >> (8 * k));
	}
	if (!nv_hex_number((struct nv_text) { word.end - 4, word.end }, &value))
		return false;
	*port = (uint16_t)value;
	return true;
}

static bool hex_pair(struct nv_text word, uint64_t *first, uint64_t *second)
{
	const char *colon = memchr(word.at, ':', (size_t)(word.end - word.at));

	return colon && nv_hex_number((struct nv_text) { word.at, colon }, first) &&
		nv_hex_number((struct nv_text) { colon + 1, word.end }, second);
}

/* sl local remote st tx:rx tr:when retransmits uid timeout inode ref pointer [drops] */
static bool proc_line(struct nv_text line, bool udp, bool six, struct nv_socket *s)
{
	uint64_t state, transmit, receive, timer, when, retries, uid, inode, drops = 0;
	struct nv_text word[WORDS_MAX];
	unsigned count = 0;

	while (count < WORDS_MAX && nv_next_word(&line, &word[count]))
		count++;
	*s = (struct nv_socket) { .udp = udp, .family = six ? AF_INET6 : AF_INET };
	if (count < 10 || !hex_end(word[1], six, s->local, &s->local_port) ||
		!hex_end(word[2], six, s->remote, &s->remote_port) ||
		!nv_hex_number(word[3], &state) || !hex_pair(word[4], &transmit, &receive) ||
		!hex_pair(word[5], &timer, &when) || !nv_hex_number(word[6], &retries) ||
		!nv_number(word[7], &uid) || !nv_number(word[9], &inode))
		return false;
	if (udp && count >= 13 && !nv_number(word[12], &drops))
		return false;
	s->state = (uint8_t)state;
	s->timer = (uint8_t)timer;
	s->retries = (uint8_t)retries;
	s->receive = (uint32_t)receive;
	/* The text does not tell the backlog of a listener. */
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

/* ---- netstat and ss ---------------------------------------------------------------------------------------- */

/* Letters and digits alone decide: CLOSE_WAIT, CLOSE-WAIT, FIN_WAIT_1 and FIN-WAIT-1. 0: none. */
static unsigned state_of(struct nv_text word)
{
	static const struct {
		const char *name;
		uint8_t state;
	} names[] = { { "ESTABLISHED", NV_TCP_ESTABLISHED }, { "ESTAB", NV_TCP_ESTABLISHED },
		{ "SYNSENT", NV_TCP_SYN_SENT }, { "SYNRECV", NV_TCP_SYN_RECV },
		{ "SYNRCVD", NV_TCP_SYN_RECV }, { "SYNRECEIVED", NV_TCP_SYN_RECV },
		{ "FINWAIT1", NV_TCP_FIN_WAIT1 }, { "FINWAIT2", NV_TCP_FIN_WAIT2 },
		{ "TIMEWAIT", NV_TCP_TIME_WAIT }, { "CLOSED", NV_TCP_CLOSE },
		{ "CLOSE", NV_TCP_CLOSE }, { "UNCONN", NV_TCP_CLOSE }, { "IDLE", NV_TCP_CLOSE },
		{ "BOUND", NV_TCP_CLOSE }, { "CLOSEWAIT", NV_TCP_CLOSE_WAIT },
		{ "LASTACK", NV_TCP_LAST_ACK }, { "LISTEN", NV_TCP_LISTEN },
		{ "LISTENING", NV_TCP_LISTEN }, { "CLOSING", NV_TCP_CLOSING } };
	char plain[16];
	size_t used = 0;

	for (const char *p = word.at; p < word.end; p++) {
		if (*p == '_' || *p == '-')
			continue;
		if (used + 1 == sizeof(plain))
			return 0;
		plain[used++] = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
	}
	plain[used] = 0;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(plain, names[i].name) == 0)
			return names[i].state;
	return 0;
}

/* "10.0.0.1:80", "10.0.0.1.80", "[::1]:80", ":::80", "*.22", "fe80::1%eth0.22". */
static bool end_of(struct nv_text word, struct nv_socket *s, uint8_t address[16], uint16_t *port)
{
	const char *mark = word.end, *at = word.at, *end;
	char text[INET6_ADDRSTRLEN + 1];
	uint64_t number = 0;
	size_t length;

	while (mark > word.at && mark[-1] != ':' && mark[-1] != '.')
		mark--;
	if (mark == word.at)
		return false;
	if (!nv_is((struct nv_text) { mark, word.end }, "*") &&
		(!nv_number((struct nv_text) { mark, word.end }, &number) || number > 65535))
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

/* Everything that a line may say, word by word; nothing is known of columns. */
static bool capture_line(struct nv_text line, struct nv_socket *s, bool *queues)
{
	uint64_t number[6];
	unsigned numbers = 0, before = 0, ends = 0, words = 0;
	bool ss = false, named = false;
	struct nv_text word;

	*s = (struct nv_socket) { .family = AF_INET };
	while (nv_next_word(&line, &word) && words++ < CELLS_MAX) {
		unsigned state = state_of(word);

		if (words == 1 && word.end - word.at >= 3 &&
			(strncmp(word.at, "tcp", 3) == 0 || strncmp(word.at, "TCP", 3) == 0)) {
			named = true;
		} else if (words == 1 && word.end - word.at >= 3 &&
			(strncmp(word.at, "udp", 3) == 0 || strncmp(word.at, "UDP", 3) == 0)) {
			named = s->udp = true;
		} else if (state && !s->state) {
			s->state = (uint8_t)state;
			ss = !ends;
		} else if (numbers < 6 && nv_number(word, &number[numbers])) {
			numbers++;
		} else if (ends == 0) {
			if (!end_of(word, s, s->local, &s->local_port))
				return false;
			ends++;
		} else if (ends == 1) {
			if (!end_of(word, s, s->remote, &s->remote_port))
				return false;
			ends++;
		}
		before = ends ? before : numbers;
		if (before > 3)
			return false;
	}
	if (ends != 2 || (!s->state && !s->udp) || (!named && !s->state))
		return false;
	*queues = *queues || (!named && !ss && numbers >= 4) || ((named || ss) && numbers >= 2 && before < 3);
	if (!named && !ss && numbers >= 4) { /* Solaris: swind send-q rwind recv-q */
		s->send = (uint32_t)number[1];
		s->receive = (uint32_t)number[3];
	} else if ((named || ss) && numbers >= 2 && before < 3) { /* -T has no queues */
		s->receive = (uint32_t)number[0];
		s->send = (uint32_t)number[1];
	}
	if (s->state == NV_TCP_LISTEN && !ss)
		s->send = UINT32_MAX;
	if (s->udp)
		s->state = NV_TCP_CLOSE;
	return true;
}

static bool names_protocol(struct nv_text word)
{
	return word.end - word.at >= 3 &&
		(strncasecmp(word.at, "tcp", 3) == 0 || strncasecmp(word.at, "udp", 3) == 0);
}

/* The address of a control block may stand first (-A of BSD and AIX), on macOS a hash too; they say nothing. */
static struct nv_text without_block(struct nv_text line)
{
	struct nv_text rest = line, word;
	uint64_t value;

	for (unsigned i = 0; i < 3; i++) {
		struct nv_text here = rest;

		if (!nv_next_word(&rest, &word))
			break;
		if (i && names_protocol(word))
			return here;
		if (!nv_hex_number(word, &value))
			break;
	}
	return line;
}

/* The heading of a copy of /proc/net/tcp or udp; udp has the column more. */
static bool proc_heading(struct nv_text line, bool *udp)
{
	struct nv_text word;

	if (!nv_next_word(&line, &word) || !nv_is(word, "sl"))
		return false;
	*udp = memmem(line.at, (size_t)(line.end - line.at), "drops", 5) != NULL;
	return true;
}

static bool proc_capture_line(struct nv_text line, bool udp, struct nv_socket *s)
{
	struct nv_text rest = line, word;

	if (!nv_next_word(&rest, &word) || !nv_next_word(&rest, &word))
		return false;
	return proc_line(line, udp, word.end - word.at > 13, s);
}

/* "tcp4 0 0 web.https *.* ...": a socket, but under names instead of numbers. */
static bool is_named_socket(struct nv_text line)
{
	struct nv_text word, rest = line;
	unsigned ends = 0;

	if (!nv_next_word(&rest, &word) || word.end - word.at > 5 || !names_protocol(word))
		return false;
	while (nv_next_word(&rest, &word))
		ends += memchr(word.at, '.', (size_t)(word.end - word.at)) || memchr(word.at, ':', (size_t)(word.end - word.at));
	return ends >= 2;
}

unsigned nv_socket_capture(struct nv_text text, struct nv_tally *tally)
{
	struct nv_text line;
	struct nv_socket s;
	unsigned found = 0;
	bool proc = false, udp = false;

	tally->unread = 0;
	tally->queues_told = false;
	while (nv_next_line(&text, &line)) {
		if (proc_heading(line, &udp)) {
			proc = tally->queues_told = true;
			continue;
		}
		if (!(proc && proc_capture_line(line, udp, &s)) &&
			!capture_line(without_block(line), &s, &tally->queues_told)) {
			tally->unread += is_named_socket(without_block(line));
			continue;
		}
		nv_socket_unmap(&s);
		nv_tally_add(tally, &s);
		found++;
	}
	return found;
}
