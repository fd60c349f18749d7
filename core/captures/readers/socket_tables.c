/* SPDX-License-Identifier: MIT */
/*
 * Tables of sockets -> sockets, and the few counters that come of them: netstat -an of every
 * system, ss. What matters is who has not read and who has not closed; connections of the host with
 * itself are set apart.
 */
#include "captures/capture.h"
#include "captures/readers/socket_kinds.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

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

/* One spelling for each state; "" if the word is none. SCO cuts: "ESTABL."; letters beyond ASCII
 * are passed over. */
static const char *state_of(struct nv_text word)
{
	static const struct {
		const char *printed;
		unsigned state;
	} others[] = { { "ESTAB", 0 }, { "HERGESTELLT", 0 }, { "ESTABLECIDO", 0 }, { "ABHREN", 3 },
		{ "WARTEND", 2 }, { "SCHLIESSEN_WARTEN", 1 }, { "FIN_WARTEN_1", 6 },
		{ "FIN_WARTEN_2", 7 }, { "SYN_GESENDET", 4 }, { "SYN_EMPFANGEN", 5 },
		{ "LISTENING", 3 }, { "SYN_RCVD", 5 }, { "SYN_RECEIVED", 5 }, { "SYN_RCV", 5 },
		{ "FIN_WAIT1", 6 }, { "FIN_WAIT2", 7 }, { "CLOSE", 10 }, { "TIMEWAIT", 2 },
		{ "Established", 0 }, { "CloseWait", 1 }, { "TimeWait", 2 }, { "Listen", 3 },
		{ "SynSent", 4 }, { "SynReceived", 5 }, { "FinWait1", 6 }, { "FinWait2", 7 },
		{ "LastAck", 8 }, { "Closing", 9 }, { "Closed", 10 }, { "Bound", 13 } };
	char name[20];
	size_t n = 0;

	for (const char *p = word.at; p < word.end && n < sizeof(name) - 1; p++)
		if ((uint8_t)*p < 0x80)
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

static bool is_local_name(const char *end)
{
	return strncmp(end, "127.", 4) == 0 || strncmp(end, "localhost", 9) == 0 ||
		strncmp(end, "::1", 3) == 0 || strncmp(end, "[::1]", 5) == 0 ||
		strncmp(end, "[::ffff:127.", 12) == 0 || strncmp(end, "::ffff:127.", 11) == 0;
}

/* The host with itself, by a loopback address or any other of its own. */
static bool is_loopback(const char *local, const char *remote)
{
	size_t length = strlen(local), host = length;

	if (is_local_name(local) && is_local_name(remote))
		return true;
	while (host && local[host - 1] != ':' && local[host - 1] != '.')
		host--;
	/* "fe80::aede:48ff:.4" was cut to the width of the column */
	return host > 2 && local[host - 2] != ':' && local[0] != '*' &&
		strncmp(local, "0.0.0.0", 7) != 0 && strncmp(local, "[::]", 4) != 0 &&
		strncmp(local, ":::", 3) != 0 && strncmp(local, remote, host) == 0 &&
		remote[host] != '*' && !strchr(remote + host, ':') && !strchr(remote + host, '.');
}

/* Where the sockets of a line belong: one file, or the copies of /proc of one directory; a date
 * begins anew. */
static uint32_t source_of(const struct nv_captures *all, const struct nv_capture *to)
{
	const char *name = all->files[all->file], *slash = strrchr(name, '/');

	if (to->table.kind[0] == KIND_PROC_TCP || to->table.kind[0] == KIND_PROC_UDP)
		return nv_name_hash((struct nv_text){ name, slash ? slash : name }) | 1u << 31;
	return (all->file + 1u) << 16 |
		(to->dated_file == all->file_count ? to->dated_line & 0xffff : 0);
}

static struct nv_saved_socket *add_socket(struct nv_captures *all, struct nv_capture *to)
{
	struct nv_saved_socket *s;

	if (!nv_grow(&to->sockets, &to->socket_room, to->socket_count + 1, sizeof(*s))) {
		all->no_memory = true;
		return NULL;
	}
	s = &to->sockets[to->socket_count++];
	memset(s, 0, sizeof(*s));
	return s;
}

/* "1532/nginx", users:(("nginx",pid=1532,fd=6)). */
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
		word.end -= word.end > slash + 1 && word.end[-1] == ':'; /* "nginx: worker" */
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
	uint8_t timer, retries;
};

/* As ss prints it: "10.0.0.10:80", "[2001:db8::1]:80"; an IPv4 address in IPv6 as IPv4. */
static void put_end(char *to, size_t size, struct nv_text word)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	uint8_t address[16];
	char text[INET6_ADDRSTRLEN];
	uint16_t port;
	bool wide, six;

	to[0] = 0;
	if (!nv_hex_end(word, address, &wide, &port))
		return;
	six = wide && memcmp(address, mapped, sizeof(mapped)) != 0;
	inet_ntop(six ? AF_INET6 : AF_INET, wide && !six ? address + 12 : address, text,
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
	uint64_t state, timer, when, retries;
	uint8_t address[16];
	uint16_t port;
	bool six;

	if (r->n < 10 || !nv_hex_end(r->words[1], address, &six, &port) ||
		!nv_hex_end(r->words[2], address, &six, &port) ||
		!nv_hex_number(r->words[3], &state) || !state ||
		state >= sizeof(by_number) / sizeof(by_number[0]) ||
		!nv_hex_pair(r->words[4], &r->send_q, &r->recv_q))
		return false;
	if (nv_hex_pair(r->words[5], &timer, &when) && nv_hex_number(r->words[6], &retries)) {
		r->timer = (uint8_t)timer;
		r->retries = (uint8_t)(retries < 255 ? retries : 255);
	}
	r->proc_state = kind == KIND_PROC_UDP ? "" : by_number[state];
	r->proto = r->state = 99;
	r->local = 1;
	return true;
}

/* LocalAddress LocalPort RemoteAddress RemotePort State ... OwningProcess: put together below. */
static bool locate_powershell(struct row *r)
{
	uint64_t port;

	r->queues = false;
	r->proto = 99;
	r->local = 0;
	r->state = 4;
	return r->n >= 5 && nv_number(r->words[1], &port) && nv_number(r->words[3], &port) &&
		state_of(r->words[4])[0];
}

static bool locate_solaris(struct row *r)
{
	if (r->n < 7 || !nv_number(r->words[3], &r->send_q) || !nv_number(r->words[5], &r->recv_q))
		return false;
	r->local = 0;
	r->state = 6;
	r->proto = 99;
	return state_of(r->words[6])[0] != 0;
}

static bool locate_ss(struct row *r, uint8_t kind)
{
	unsigned at = kind == KIND_SS;

	if (r->n < at + 5 || (at && !is_protocol(r->words[0])) ||
		!nv_number(r->words[at + 1], &r->recv_q) ||
		!nv_number(r->words[at + 2], &r->send_q))
		return false;
	r->proto = at ? 0 : 99;
	r->state = at;
	r->local = at + 3;
	return true;
}

static bool locate_netstat(struct row *r, uint8_t kind)
{
	unsigned at = 0;

	while (at < r->n && at < 3 && !is_protocol(r->words[at]))
		at++;
	if (at >= r->n || at >= 3)
		return false;
	r->proto = at++;
	if (kind == KIND_REXMIT) /* blank for UDP */
		at += r->n > at + 4 && nv_number(r->words[at], &r->recv_q) ? 3 : 0;
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

/* Where the cells are; false if this is no row of a socket. */
static bool locate(struct row *r, uint8_t kind)
{
	r->queues = kind != KIND_NO_QUEUES && kind != KIND_REXMIT;
	if (kind == KIND_SOLARIS)
		return locate_solaris(r);
	if (kind == KIND_PROC_TCP || kind == KIND_PROC_UDP)
		return locate_proc(r, kind);
	if (kind == KIND_POWERSHELL)
		return locate_powershell(r);
	if (kind == KIND_SS || kind == KIND_SS_STATE)
		return locate_ss(r, kind);
	return locate_netstat(r, kind);
}

/* "::1" and 443: as ss prints them, "[::1]:443". */
static void join_end(char *to, size_t size, struct nv_text address, struct nv_text port)
{
	bool six = memchr(address.at, ':', (size_t)(address.end - address.at)) != NULL;

	snprintf(to, size, "%s%.*s%s:%.*s", six ? "[" : "",
		address.end - address.at > 46 ? 46 : (int)(address.end - address.at), address.at,
		six ? "]" : "", port.end - port.at > 5 ? 5 : (int)(port.end - port.at), port.at);
}

static void fill_socket(struct nv_saved_socket *s, const struct row *r, uint8_t kind, bool udp)
{
	uint64_t pid;

	if (r->proc_state) {
		put_end(s->local, sizeof(s->local), r->words[r->local]);
		put_end(s->remote, sizeof(s->remote), r->words[r->local + 1]);
		snprintf(s->proto, sizeof(s->proto), "%s", kind == KIND_PROC_UDP ? "udp" : "tcp");
		snprintf(s->state, sizeof(s->state), "%s", r->proc_state);
	} else if (kind == KIND_POWERSHELL) {
		join_end(s->local, sizeof(s->local), r->words[0], r->words[1]);
		join_end(s->remote, sizeof(s->remote), r->words[2], r->words[3]);
	} else {
		squeeze(s->local, sizeof(s->local), r->words[r->local]);
		squeeze(s->remote, sizeof(s->remote), r->words[r->local + 1]);
	}
	s->queues = r->queues;
	s->backlog = kind == KIND_SS || kind == KIND_SS_STATE;
	s->timer = r->timer;
	s->retries = r->retries;
	s->recv_q = r->recv_q;
	s->send_q = r->send_q;
	if (r->state < r->n)
		snprintf(s->state, sizeof(s->state), "%s", state_of(r->words[r->state]));
	if (strcmp(s->state, "UNCONN") == 0)
		snprintf(s->state, sizeof(s->state), "%s", udp ? "" : "CLOSED");
	for (unsigned i = r->local + 2; i < r->n && !r->proc_state; i++)
		read_process(s, r->words[i]);
	/* netstat -o of Windows, which prints no queues, ends with the number of the process. */
	if ((kind == KIND_NO_QUEUES || kind == KIND_POWERSHELL) && r->n > r->local + 2 &&
		nv_number(r->words[r->n - 1], &pid) && pid < 1u << 30)
		s->pid = (int)pid;
}

/* "TCP" of Windows, "tcp4" of a BSD: how it is written is a sign of the system. */
static void name_protocol(struct nv_capture *to, struct nv_saved_socket *s, struct nv_text word)
{
	nv_copy_text(s->proto, sizeof(s->proto), word);
	if (s->proto[0] == 'T' || s->proto[0] == 'U') {
		for (char *p = s->proto; *p; p++)
			*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
		to->score[NV_PLATFORM_WINDOWS] += 1;
	}
	if (strchr(s->proto, '4'))
		to->score[NV_PLATFORM_BSD] += 4;
}

bool nv_capture_socket(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	uint8_t kind = to->table.kind[0];
	struct nv_saved_socket *s;
	struct row r;
	bool udp;

	if (kind == KIND_SKIP)
		return true;
	memset(&r, 0, sizeof(r));
	r.n = split(line, r.words, 24);
	if (!locate(&r, kind)) {
		if ((kind == KIND_SS || kind == KIND_SS_STATE) && to->socket_count &&
			all->text.at != line.at)
			nv_capture_socket_details(&to->sockets[to->socket_count - 1], line);
		return r.n > 0 && to->socket_count > 0; /* lines of programs, continuations */
	}
	udp = kind == KIND_PROC_UDP || (r.proto < r.n && (*r.words[r.proto].at | 32) == 'u') ||
		(kind == KIND_SS_STATE && nv_is(r.words[r.state], "UNCONN"));
	if (to->socket_source_now[udp] != source_of(all, to)) {
		nv_capture_settle_sockets(to, udp);
		to->socket_source_now[udp] = source_of(all, to);
	}
	s = add_socket(all, to);
	if (!s)
		return true;
	s->source = to->socket_source_now[udp];
	to->saw_sockets = true;
	to->sockets_read++;
	to->numbers_read += r.queues ? 2 : 0;
	name_protocol(to, s, r.proto < r.n ? r.words[r.proto] : nv_as_text(udp ? "udp" : "tcp"));
	fill_socket(s, &r, kind, udp);
	if (kind == KIND_SS || kind == KIND_SS_STATE) /* ss -O puts all on one line */
		nv_capture_socket_details(s, line);
	s->loopback = is_loopback(s->local, s->remote);
	if (s->state[0] && !s->loopback && strcmp(s->state, "CLOSE_WAIT") == 0)
		nv_store_class(all, NV_CLASS_APPLICATION);
	return true;
}

static bool looks_like_end(struct nv_text word)
{
	return word.end - word.at >= 3 &&
		(memchr(word.at, ':', (size_t)(word.end - word.at)) ||
			memchr(word.at, '.', (size_t)(word.end - word.at)));
}

/* By the row itself, where no heading says it. */
static uint8_t kind_of_row(const struct row *r)
{
	if (is_protocol(r->words[0]))
		return state_of(r->words[1])[0] ? KIND_SS : KIND_NETSTAT;
	if (is_protocol(r->words[1]) || (r->n > 4 && is_protocol(r->words[2])))
		return KIND_NETSTAT; /* -A: the address of a block comes first */
	if (r->n >= 5 && state_of(r->words[0])[0])
		return KIND_SS_STATE;
	return r->n == 7 && state_of(r->words[6])[0] ? KIND_SOLARIS : KIND_SKIP;
}

bool nv_capture_socket_alone(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct row r;
	uint8_t kind;

	if (to->mode == NV_GRAMMAR_SOCKETS)
		return false; /* its heading says more */
	memset(&r, 0, sizeof(r));
	r.n = split(line, r.words, 24);
	if (r.n < 3)
		return false;
	kind = kind_of_row(&r);
	if (kind == KIND_SKIP || !locate(&r, kind) || r.local + 1 >= r.n ||
		!looks_like_end(r.words[r.local]) || !looks_like_end(r.words[r.local + 1]))
		return false;
	/* addr:port with queues: others print addr.port, Windows no queues */
	if (kind == KIND_SS || kind == KIND_SS_STATE ||
		(kind == KIND_NETSTAT && r.queues &&
			memchr(r.words[r.local].at, ':',
				(size_t)(r.words[r.local].end - r.words[r.local].at)) &&
			!memchr(r.words[0].at, '4', (size_t)(r.words[0].end - r.words[0].at))))
		to->score[NV_PLATFORM_LINUX] += 3;
	to->mode = NV_GRAMMAR_SOCKETS;
	to->table.kind[0] = kind;
	return nv_capture_socket(all, to, line);
}
