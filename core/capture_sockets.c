/* SPDX-License-Identifier: MIT */
/*
 * Tables of sockets -> sockets, and the few counters that come of them: netstat -an of every
 * system, ss. What matters is who has not read and who has not closed; connections of the host with
 * itself are set apart.
 */
#include "capture.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KIND_NETSTAT, KIND_NO_QUEUES, KIND_SOLARIS, KIND_SS, KIND_SS_STATE, KIND_SKIP,
	KIND_REXMIT,   /* FreeBSD -T: three numbers in place of the queues */
	KIND_PROC_TCP, /* copies of /proc/net/tcp and udp */
	KIND_PROC_UDP };

/* "Proto" is one of the first words: "Proto Recv-Q ...", "Socket Flowhash Proto Recv-Q ...". */
static bool names_protocol(struct nv_text line)
{
	struct nv_text word;

	for (unsigned i = 0; i < 3 && nv_next_word(&line, &word); i++)
		if (nv_is(word, "Proto"))
			return true;
	return false;
}

/* UDP has one more column; other protocols are of no use and known by the name of the file. */
static uint8_t proc_kind(const struct nv_captures *all, struct nv_text heading)
{
	const char *name = all->files[all->file], *slash = strrchr(name, '/');

	name = slash ? slash + 1 : name;
	if (strncmp(name, "raw", 3) == 0 || strncmp(name, "icmp", 4) == 0 ||
		strncmp(name, "udplite", 7) == 0)
		return KIND_SKIP;
	return nv_contains(heading, "drops") || strncmp(name, "udp", 3) == 0 ? KIND_PROC_UDP
									     : KIND_PROC_TCP;
}

bool nv_capture_socket_heading(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = line, word;
	uint8_t kind;

	if (!nv_next_word(&rest, &word))
		return false;
	if (nv_is(word, "sl") && nv_contains(line, "local_address")) {
		to->table.kind[0] = proc_kind(all, line);
		to->mode = NV_GRAMMAR_SOCKETS;
		to->score[NV_PLATFORM_LINUX] += 5;
		return true;
	}
	if (nv_is(word, "Active") &&
		(nv_contains(line, "onnections") || nv_contains(line, "sockets"))) {
		to->mode = NV_GRAMMAR_SOCKETS;
		to->table.kind[0] = nv_contains(line, "UNIX") || nv_contains(line, "LOCAL") ||
						    nv_contains(line, "domain") ||
						    nv_contains(line, "Bluetooth")
					    ? KIND_SKIP
					    : KIND_NETSTAT;
		return true;
	}
	if (nv_contains(line, "Swind") && nv_contains(line, "Rwind")) {
		kind = KIND_SOLARIS;
		to->score[NV_PLATFORM_SOLARIS] += 5;
	} else if (nv_is(word, "Netid") && nv_contains(line, "Recv-Q")) {
		kind = KIND_SS;
		to->score[NV_PLATFORM_LINUX] += 5;
	} else if (nv_is(word, "State") && nv_contains(line, "Recv-Q")) {
		kind = KIND_SS_STATE;
		to->score[NV_PLATFORM_LINUX] += 5;
	} else if (names_protocol(line) && !nv_contains(line, "RefCnt") &&
		   !nv_contains(line, "PSM") && !nv_contains(line, "Channel") &&
		   !nv_contains(line, "Type")) {
		/* translated headings hold "Proto" too */
		kind = nv_contains(line, "Recv-Q") ? KIND_NETSTAT : KIND_NO_QUEUES;
		if (nv_contains(line, "Flowhash") || nv_contains(line, "rxbytes"))
			to->score[NV_PLATFORM_MACOS] += 2000;
		if (nv_contains(line, "(state)"))
			to->score[NV_PLATFORM_BSD] += 1;
		else if (kind == KIND_NETSTAT && nv_contains(line, "Foreign Address"))
			to->score[NV_PLATFORM_LINUX] += 3;
		else if (kind == KIND_NO_QUEUES && nv_contains(line, "State"))
			to->score[NV_PLATFORM_WINDOWS] += 3;
		if (nv_contains(line, "Rexmit"))
			kind = KIND_REXMIT;
	} else if (nv_is(word, "Proto") || (nv_is(word, "Address") && nv_contains(line, "Type"))) {
		kind = KIND_SKIP; /* unix, bluetooth */
	} else {
		return false;
	}
	to->mode = NV_GRAMMAR_SOCKETS;
	to->table.kind[0] = kind;
	return true;
}

static bool is_protocol(struct nv_text word)
{
	static const char *const names[] = { "tcp", "udp", "tcp4", "tcp6", "udp4", "udp6", "tcp46",
		"udp46", "TCP", "UDP", "TCPv6", "UDPv6", "tcp64", "mptcp" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (nv_is(word, names[i]))
			return true;
	return false;
}

static const char *const states[] = { "ESTABLISHED", "CLOSE_WAIT", "TIME_WAIT", "LISTEN",
	"SYN_SENT", "SYN_RECV", "FIN_WAIT_1", "FIN_WAIT_2", "LAST_ACK", "CLOSING", "CLOSED",
	"UNCONN", "IDLE", "BOUND" };

/* One spelling for each state; "" if the word is none. SCO cuts: "ESTABL.". */
static const char *state_of(struct nv_text word)
{
	static const struct {
		const char *printed;
		unsigned state;
	} others[] = { { "ESTAB", 0 }, { "HERGESTELLT", 0 }, { "ESTABLECIDO", 0 },
		{ "LISTENING", 3 }, { "SYN_RCVD", 5 }, { "SYN_RECEIVED", 5 }, { "SYN_RCV", 5 },
		{ "FIN_WAIT1", 6 }, { "FIN_WAIT2", 7 }, { "CLOSE", 10 }, { "TIMEWAIT", 2 } };
	char name[20];
	size_t n = 0;

	for (const char *p = word.at; p < word.end && n < sizeof(name) - 1; p++)
		name[n++] = *p == '-' ? '_' : *p;
	while (n && name[n - 1] == '.')
		n--;
	name[n] = 0;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(name, states[i]) == 0)
			return states[i];
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(name, others[i].printed) == 0)
			return states[others[i].state];
	for (size_t i = 0; n >= 5 && i < sizeof(states) / sizeof(states[0]); i++)
		if (strncmp(name, states[i], n) == 0)
			return states[i];
	return "";
}

static bool is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strncmp(address, "localhost", 9) == 0 ||
	       strncmp(address, "::1", 3) == 0 || strncmp(address, "[::1]", 5) == 0 ||
	       strncmp(address, "[::ffff:127.", 12) == 0 ||
	       strncmp(address, "::ffff:127.", 11) == 0;
}

/* The same sockets again in another file (netstat beside ss): the later one counts. */
static void forget_earlier(struct nv_captures *all, struct nv_capture *to, unsigned udp)
{
	unsigned kept = 0;

	uint32_t source = all->file + 1u;

	if (to->table.kind[0] == KIND_PROC_TCP || to->table.kind[0] == KIND_PROC_UDP) {
		/* tcp and tcp6 of one directory belong together */
		const char *name = all->files[all->file], *slash = strrchr(name, '/');

		source = nv_name_hash((struct nv_text){ name, slash ? slash : name }) | 1u << 31;
	}
	if (to->socket_file[udp] == source)
		return;
	to->socket_file[udp] = source;
	for (unsigned i = 0; i < to->socket_count; i++)
		if ((to->sockets[i].proto[0] == 'u') != (udp == 1))
			to->sockets[kept++] = to->sockets[i];
	to->socket_count = kept;
}

static struct nv_saved_socket *add_socket(struct nv_captures *all, struct nv_capture *to)
{
	struct nv_saved_socket *s;

	if (to->socket_count == to->socket_room) {
		unsigned room = to->socket_room ? to->socket_room * 2 : 128;

		s = realloc(to->sockets, room * sizeof(*s));
		if (!s) {
			all->no_memory = true;
			return NULL;
		}
		to->sockets = s;
		to->socket_room = room;
	}
	s = &to->sockets[to->socket_count++];
	memset(s, 0, sizeof(*s));
	return s;
}

/* "1532/nginx", users:(("nginx",pid=1532,fd=6)), or the PID alone. */
static void read_process(struct nv_saved_socket *s, struct nv_text word)
{
	const char *slash = memchr(word.at, '/', (size_t)(word.end - word.at));
	uint64_t pid;

	if (nv_starts(word, "users:((\"")) {
		const char *name = word.at + 9,
			   *quote = memchr(name, '"', (size_t)(word.end - name));
		const char *at = memmem(word.at, (size_t)(word.end - word.at), "pid=", 4);

		if (quote)
			nv_copy_text(
				s->process, sizeof(s->process), (struct nv_text){ name, quote });
		if (at) {
			struct nv_text digits = { at + 4, at + 4 };

			while (digits.end < word.end && *digits.end >= '0' && *digits.end <= '9')
				digits.end++;
			if (nv_number(digits, &pid) && pid < 1u << 30)
				s->pid = (int)pid;
		}
	} else if (slash && nv_number((struct nv_text){ word.at, slash }, &pid) && pid < 1u << 30) {
		s->pid = (int)pid;
		nv_copy_text(
			s->process, sizeof(s->process), (struct nv_text){ slash + 1, word.end });
	}
}

static unsigned split(struct nv_text line, struct nv_text *words, unsigned room)
{
	unsigned n = 0;

	while (n < room && nv_next_word(&line, &words[n])) {
		/* macOS leaves a gap before the port: "2001:db8::f     .https" */
		if (n && *words[n].at == '.' && words[n].end - words[n].at > 1 &&
			memchr(words[n - 1].at, ':',
				(size_t)(words[n - 1].end - words[n - 1].at))) {
			words[n - 1].end = words[n].end;
			continue;
		}
		n++;
	}
	return n;
}

static void squeeze(char *to, size_t size, struct nv_text word)
{
	size_t n = 0;
	char raw[2 * NV_NAME_SIZE];

	nv_copy_text(raw, sizeof(raw), word);
	for (const char *p = raw; *p && n < size - 1; p++)
		if (*p != ' ')
			to[n++] = *p;
	to[n] = 0;
}

struct row {
	struct nv_text words[24];
	unsigned n, proto, local, state;
	bool queues;
	uint64_t recv_q, send_q;
	const char *proc_state; /* of /proc, where all is hexadecimal */
};

/* "0100007F:1F90": 32-bit words as a little-endian host prints them. */
static bool hex_end(struct nv_text word, uint8_t address[16], unsigned *length, unsigned *port)
{
	size_t digits = (size_t)(word.end - word.at);
	uint64_t value;

	if ((digits != 13 && digits != 37) || word.at[digits - 5] != ':')
		return false;
	*length = digits == 37 ? 16 : 4;
	for (unsigned i = 0; i < *length / 4; i++) {
		struct nv_text part = { word.at + (size_t)i * 8, word.at + (size_t)i * 8 + 8 };

		if (!nv_hex_number(part, &value))
			return false;
		for (unsigned k = 0; k < 4; k++)
			address[i * 4 + k] = (uint8_t)(value >> (8 * k));
	}
	if (!nv_hex_number((struct nv_text){ word.end - 4, word.end }, &value))
		return false;
	*port = (unsigned)value;
	return true;
}

/* As ss prints it: "10.0.0.10:80", "[2001:db8::1]:80"; an IPv4 address in IPv6 as IPv4. */
static void put_end(char *to, size_t size, struct nv_text word)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	uint8_t address[16];
	char text[INET6_ADDRSTRLEN];
	unsigned length, port;
	bool six;

	to[0] = 0;
	if (!hex_end(word, address, &length, &port))
		return;
	six = length == 16 && memcmp(address, mapped, sizeof(mapped)) != 0;
	inet_ntop(six ? AF_INET6 : AF_INET, length == 16 && !six ? address + 12 : address, text,
		sizeof(text));
	snprintf(to, size, port ? six ? "[%s]:%u" : "%s:%u" : six ? "[%s]:*" : "%s:*", text, port);
}

/* sl local remote st tx:rx tr:when retransmits uid timeout inode ... */
static bool locate_proc(struct row *r, uint8_t kind)
{
	/* Source: kernel include/net/tcp_states.h */
	static const char *const by_number[] = { "", "ESTABLISHED", "SYN_SENT", "SYN_RECV",
		"FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT", "CLOSED", "CLOSE_WAIT", "LAST_ACK",
		"LISTEN", "CLOSING", "SYN_RECV" };
	uint8_t address[16];
	unsigned length, port;
	struct nv_text queue;
	const char *colon;
	uint64_t state;

	if (r->n < 10 || !hex_end(r->words[1], address, &length, &port) ||
		!hex_end(r->words[2], address, &length, &port) ||
		!nv_hex_number(r->words[3], &state) || !state ||
		state >= sizeof(by_number) / sizeof(by_number[0]))
		return false;
	queue = r->words[4];
	colon = memchr(queue.at, ':', (size_t)(queue.end - queue.at));
	if (!colon || !nv_hex_number((struct nv_text){ queue.at, colon }, &r->send_q) ||
		!nv_hex_number((struct nv_text){ colon + 1, queue.end }, &r->recv_q))
		return false;
	r->proc_state = kind == KIND_PROC_UDP ? "" : by_number[state];
	r->proto = r->state = 99;
	r->local = 1;
	return true;
}

/* Where the cells are; false if this is no row of a socket. */
static bool locate(struct row *r, uint8_t kind)
{
	unsigned at = 0;

	r->queues = kind != KIND_NO_QUEUES && kind != KIND_REXMIT;
	if (kind == KIND_SOLARIS) {
		if (r->n < 7 || !nv_number(r->words[3], &r->send_q) ||
			!nv_number(r->words[5], &r->recv_q))
			return false;
		r->local = 0;
		r->state = 6;
		r->proto = 99;
		return state_of(r->words[6])[0] != 0;
	}
	if (kind == KIND_PROC_TCP || kind == KIND_PROC_UDP)
		return locate_proc(r, kind);
	if (kind == KIND_SS || kind == KIND_SS_STATE) {
		at = kind == KIND_SS;
		if (r->n < at + 5 || (at && !is_protocol(r->words[0])) ||
			!nv_number(r->words[at + 1], &r->recv_q) ||
			!nv_number(r->words[at + 2], &r->send_q))
			return false;
		r->proto = at ? 0 : 99;
		r->state = at;
		r->local = at + 3;
		return true;
	}
	while (at < r->n && at < 3 && !is_protocol(r->words[at]))
		at++;
	if (at >= r->n || at >= 3)
		return false;
	r->proto = at++;
	if (kind == KIND_REXMIT)
		at += 3;
	else if (r->n > at + 3 && nv_number(r->words[at], &r->recv_q) &&
		 nv_number(r->words[at + 1], &r->send_q))
		at += 2;
	else
		r->queues = false;
	r->local = at;
	r->state = at + 2;
	/* -x and -b of FreeBSD put the state last */
	while (r->state < r->n && !state_of(r->words[r->state])[0])
		r->state++;
	return r->n >= at + 2;
}

bool nv_capture_socket(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	uint8_t kind = to->table.kind[0];
	struct nv_saved_socket *s;
	struct row r;

	if (kind == KIND_SKIP)
		return true;
	memset(&r, 0, sizeof(r));
	r.n = split(line, r.words, 24);
	if (!locate(&r, kind))
		return r.n > 0 && to->socket_count > 0; /* lines of programs, continuations */
	forget_earlier(all, to,
		kind == KIND_PROC_UDP || (r.proto < r.n && (*r.words[r.proto].at == 'u' || *r.words[r.proto].at == 'U')));
	s = add_socket(all, to);
	if (!s)
		return true;
	to->saw_sockets = true;
	to->numbers_read += r.queues ? 2 : 0;
	nv_copy_text(
		s->proto, sizeof(s->proto), r.proto < r.n ? r.words[r.proto] : nv_as_text("tcp"));
	if (s->proto[0] == 'T' || s->proto[0] == 'U') {
		for (char *p = s->proto; *p; p++)
			*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
		to->score[NV_PLATFORM_WINDOWS] += 1;
	}
	if (strchr(s->proto, '4'))
		to->score[NV_PLATFORM_BSD] += 4;
	if (r.proc_state) {
		put_end(s->local, sizeof(s->local), r.words[r.local]);
		put_end(s->remote, sizeof(s->remote), r.words[r.local + 1]);
		snprintf(s->proto, sizeof(s->proto), "%s", kind == KIND_PROC_UDP ? "udp" : "tcp");
		snprintf(s->state, sizeof(s->state), "%s", r.proc_state);
	} else {
		squeeze(s->local, sizeof(s->local), r.words[r.local]);
		squeeze(s->remote, sizeof(s->remote), r.words[r.local + 1]);
	}
	s->queues = r.queues;
	s->recv_q = r.recv_q;
	s->send_q = r.send_q;
	if (r.state < r.n)
		snprintf(s->state, sizeof(s->state), "%s", state_of(r.words[r.state]));
	if (strcmp(s->state, "UNCONN") == 0)
		s->state[0] = 0;
	for (unsigned i = r.local + 2; i < r.n && !r.proc_state; i++)
		read_process(s, r.words[i]);
	s->loopback = is_loopback(s->local) && is_loopback(s->remote);
	if (s->state[0] && !s->loopback && strcmp(s->state, "CLOSE_WAIT") == 0)
		nv_store_class(all, NV_CLASS_APPLICATION);
	return true;
}

void nv_capture_socket_sums(struct nv_capture *c)
{
	uint64_t unread = 0, waiting = 0, full = 0, established = 0;
	bool queues = !c->socket_count; /* where none are printed, nobody knows what waits in them */

	if (!c->saw_sockets)
		return;
	for (unsigned i = 0; i < c->socket_count; i++) {
		const struct nv_saved_socket *s = &c->sockets[i];

		queues = queues || s->queues;
		established += strcmp(s->state, "ESTABLISHED") == 0;
		if (strcmp(s->state, "LISTEN") == 0)
			full += s->queues && s->send_q > 0 && s->recv_q > s->send_q;
		if (s->loopback || strcmp(s->state, "CLOSE_WAIT") != 0)
			continue;
		if (s->queues && s->recv_q)
			unread++;
		else
			waiting++;
	}
	c->snapshot.value[NV_C_tcpCloseWaitUnread] = unread;
	c->snapshot.present[NV_C_tcpCloseWaitUnread] = queues;
	c->snapshot.value[NV_C_tcpCloseWait] = waiting;
	c->snapshot.present[NV_C_tcpCloseWait] = 1;
	c->snapshot.value[NV_C_tcpListenFull] = full;
	c->snapshot.present[NV_C_tcpListenFull] = queues;
	if (!c->snapshot.present[NV_C_tcpCurrEstab]) {
		c->snapshot.value[NV_C_tcpCurrEstab] = established;
		c->snapshot.present[NV_C_tcpCurrEstab] = 1;
	}
}
