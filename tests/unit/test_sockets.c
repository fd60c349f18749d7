/* SPDX-License-Identifier: MIT */
/* The socket summary on made-up sockets and on texts: what counts, what stays, what is named. */
#include "support.h"

#include <sys/socket.h>

#include "captures/capture.h"
#include "nv_captures.h"
#include "sockets/sockets.h"

static struct nv_tally *tally;

static int make(void **state)
{
	(void)state;
	tally = malloc(sizeof(*tally));
	if (!tally)
		return -1;
	nv_tally_init(tally);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	free(tally);
	return 0;
}

static struct nv_socket tcp(unsigned state, unsigned port, unsigned peer, uint32_t receive)
{
	return (struct nv_socket){ .family = AF_INET,
		.state = (uint8_t)state,
		.local = { 10, 0, 0, 1 },
		.remote = { 10, 0, 0, (uint8_t)(2 + peer / 1000) },
		.local_port = (uint16_t)port,
		.remote_port = (uint16_t)(40000 + peer % 1000),
		.receive = receive,
		.inode = 1,
		.cookie = port * 100000u + peer + 1 };
}

static void look(double now_s, const struct nv_socket *sockets, unsigned count)
{
	nv_tally_begin(tally, NV_LOOK_TCP_ALL, now_s);
	for (unsigned i = 0; i < count; i++)
		nv_tally_add(tally, &sockets[i]);
	nv_tally_end(tally);
}

static const struct nv_socket_group *group(enum nv_group_kind kind)
{
	for (unsigned i = 0; i < tally->group_count; i++)
		if (tally->group[i].kind == kind)
			return &tally->group[i];
	return NULL;
}

/* ---- CLOSE_WAIT
 * --------------------------------------------------------------------------------------------- */

static void close_wait_counts_when_it_stays(void **state)
{
	struct nv_socket s[4] = { tcp(NV_TCP_LISTEN, 80, 0, 0), tcp(NV_TCP_CLOSE_WAIT, 80, 1, 400),
		tcp(NV_TCP_CLOSE_WAIT, 80, 2, 1), tcp(NV_TCP_CLOSE_WAIT, 80, 3, 0) };

	(void)state;
	s[0].remote_port = 0;
	look(100, s, 4);
	assert_int_equal(tally->summary.close_wait_unread, 1);
	assert_int_equal(tally->summary.close_wait, 2); /* one octet is the unread FIN, not data */
	assert_int_equal(tally->summary.leaked_unread + tally->summary.leaked, 0);
	look(102, s, 4);
	assert_int_equal(tally->summary.leaked_unread + tally->summary.leaked, 0);
	look(110, s, 4);
	assert_int_equal(tally->summary.leaked_unread, 1);
	assert_int_equal(tally->summary.leaked, 2);
	assert_non_null(group(NV_GROUP_UNREAD));
	assert_int_equal(group(NV_GROUP_LEAK)->count, 2);
	look(120, s, 1);
	assert_int_equal(tally->summary.leaked_unread + tally->summary.leaked, 0);
	assert_null(group(NV_GROUP_LEAK));
}

/* The peer has closed its half alone and reads on: what still sends is no leak, until it stops. */
static void close_wait_that_sends_works(void **state)
{
	struct nv_socket s[2] = { tcp(NV_TCP_CLOSE_WAIT, 80, 1, 0),
		tcp(NV_TCP_CLOSE_WAIT, 80, 2, 400) };

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		s[0].send = s[1].send = i % 4 == 3 ? 0 : 1000 * i + 500;
		look(100 + i, s, 2);
	}
	assert_int_equal(tally->summary.leaked, 0);
	assert_int_equal(tally->summary.leaked_unread, 1); /* it does not read, whatever it sends */
	s[0].send = 0;
	look(110, s, 2);
	look(120, s, 2);
	assert_int_equal(tally->summary.leaked, 1);
}

/* A busy server: thousands pass through CLOSE_WAIT, each seen once. */
static void passing_close_wait_never_counts(void **state)
{
	static struct nv_socket s[3000];

	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < 3000; i++) {
			s[i] = tcp(NV_TCP_CLOSE_WAIT, 80, i, 10);
			s[i].cookie = round * 100000u + i + 1;
		}
		/* Some looks leave established sockets out; memory must be given back by these too.
		 */
		nv_tally_begin(
			tally, round % 5 ? NV_LOOK_TCP_MOST : NV_LOOK_TCP_ALL, 100 + 10 * round);
		for (unsigned i = 0; i < 3000; i++)
			nv_tally_add(tally, &s[i]);
		nv_tally_end(tally);
		assert_int_equal(tally->summary.leaked_unread, 0);
	}
}

static void more_than_can_be_watched_are_estimated(void **state)
{
	static struct nv_socket s[20000];

	(void)state;
	for (unsigned i = 0; i < 20000; i++)
		s[i] = tcp(NV_TCP_CLOSE_WAIT, 80, i, 10);
	look(100, s, 20000);
	look(110, s, 20000);
	assert_int_equal(tally->summary.leaked_unread, 20000);
	assert_true(tally->unwatched[1] > 10000);
}

static void loopback_is_set_apart(void **state)
{
	struct nv_socket s[2] = { tcp(NV_TCP_CLOSE_WAIT, 80, 1, 400),
		tcp(NV_TCP_CLOSE_WAIT, 80, 2, 400) };

	(void)state;
	s[0].local[0] = 127;
	memcpy(s[1].remote, s[1].local, 4); /* to its own address */
	look(100, s, 2);
	look(110, s, 2);
	assert_int_equal(tally->summary.leaked_unread, 0);
	assert_int_equal(tally->summary.loopback[NV_TCP_CLOSE_WAIT], 2);
	assert_int_equal(tally->summary.loopback_octets, 800);
	assert_int_equal(tally->summary.receive_octets, 0);
}

/* ---- queues
 * ----------------------------------------------------------------------------------------------------
 */

static void a_queue_that_moves_is_not_stuck(void **state)
{
	struct nv_socket s = tcp(NV_TCP_ESTABLISHED, 80, 1, 100000);

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		s.receive += 1;
		look(100 + 10 * i, &s, 1);
		assert_int_equal(tally->summary.receive_stuck, 0);
	}
	look(200, &s, 1);
	assert_int_equal(tally->summary.receive_stuck, 1);
	assert_non_null(group(NV_GROUP_NOT_READ));
}

static void a_queue_stands_still_after_three_seconds(void **state)
{
	struct nv_socket s = tcp(NV_TCP_ESTABLISHED, 80, 1, 100000);

	(void)state;
	look(100, &s, 1);
	look(102.9, &s, 1);
	assert_int_equal(tally->summary.receive_stuck, 0);
	look(103, &s, 1);
	assert_int_equal(tally->summary.receive_stuck, 1);
}

/* From the size of a window on it keeps the peer waiting; less waits until it is old. */
static void a_window_full_is_a_large_queue(void **state)
{
	struct nv_socket s[2] = { tcp(NV_TCP_ESTABLISHED, 80, 1, 32768),
		tcp(NV_TCP_ESTABLISHED, 80, 2, 32767) };

	(void)state;
	look(100, s, 2);
	look(105, s, 2);
	assert_int_equal(tally->summary.receive_stuck, 1);
	look(110, s, 2);
	assert_int_equal(tally->summary.receive_stuck, 2);
}

/* A look that leaves established sockets in the kernel says nothing about them: they stay. */
static void what_a_look_cannot_see_stays(void **state)
{
	struct nv_socket s[2] = { tcp(NV_TCP_ESTABLISHED, 80, 1, 100000),
		tcp(NV_TCP_LISTEN, 80, 0, 0) };

	(void)state;
	look(100, s, 2);
	look(110, s, 2);
	nv_tally_begin(tally, NV_LOOK_TCP_MOST, 120);
	nv_tally_add(tally, &s[1]);
	nv_tally_end(tally);
	assert_int_equal(tally->summary.receive_stuck, 1);
	assert_non_null(group(NV_GROUP_NOT_READ));
	nv_tally_begin(tally, NV_LOOK_LISTENERS, 130); /* chosen when there is nothing else */
	nv_tally_add(tally, &s[1]);
	nv_tally_end(tally);
	assert_int_equal(tally->summary.receive_stuck, 0);
	assert_null(group(NV_GROUP_NOT_READ));
}

static void a_small_request_may_wait_for_a_while(void **state)
{
	struct nv_socket s = tcp(NV_TCP_ESTABLISHED, 80, 1, 200);

	(void)state;
	look(100, &s, 1);
	look(109, &s, 1);
	assert_int_equal(tally->summary.receive_stuck, 0);
	look(111, &s, 1);
	assert_int_equal(tally->summary.receive_stuck, 1);
}

static void a_bulk_sender_is_no_offender(void **state)
{
	struct nv_socket s = tcp(NV_TCP_ESTABLISHED, 80, 1, 0);

	(void)state;
	s.send = 4000000; /* full, and full again after it moved: the same number by chance */
	s.timer = NV_TIMER_RETRANS;
	look(100, &s, 1);
	look(110, &s, 1);
	assert_int_equal(tally->summary.send_stuck, 0);
	s.timer = NV_TIMER_PERSIST;
	look(120, &s, 1);
	assert_int_equal(tally->summary.send_stuck, 1);
	assert_non_null(group(NV_GROUP_PEER_STUCK));
	s.timer = NV_TIMER_RETRANS;
	s.retries = 3;
	look(130, &s, 1);
	assert_non_null(group(NV_GROUP_UNANSWERED));
}

/* Ten thousand that send much, each queue another at each look, leave room for those that are
 * stuck. */
static void stuck_ones_are_found_among_many_busy_ones(void **state)
{
	static struct nv_socket s[10100];

	(void)state;
	for (unsigned i = 0; i < 10100; i++) {
		s[i] = tcp(NV_TCP_ESTABLISHED, 80, i, 0);
		s[i].send = 100000;
		s[i].timer = NV_TIMER_RETRANS;
		if (i >= 10000)
			s[i].timer = NV_TIMER_PERSIST;
	}
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 10000; i++)
			s[i].send += i + round;
		look(100 + 10 * round, s, 10100);
	}
	assert_int_equal(tally->summary.send_stuck, 100);
}

/* 30 ports of one host and one of another: two lines, not 31. */
static void a_silent_host_is_one(void **state)
{
	struct nv_snapshot snapshot = { 0 };
	struct nv_socket s[31];
	struct nv_offender o[4];

	(void)state;
	for (unsigned i = 0; i < 31; i++) {
		s[i] = tcp(NV_TCP_SYN_SENT, 50000 + i, i < 30 ? i : 1000, 0);
		s[i].retries = 3;
	}
	tally->port_low = 32768;
	tally->port_high = 60999;
	look(100, s, 31);
	assert_int_equal(nv_tally_offenders(tally, false, o, 4), 2);
	assert_int_equal(o[0].count, 30);
	assert_string_equal(o[0].remote, "10.0.0.2");
	assert_non_null(
		strstr(o[0].text, "to 10.0.0.2, several ports, 30 attempts to open, no answer"));
	assert_string_equal(o[1].remote, "10.0.0.3:40000");
	assert_non_null(strstr(o[1].text, "to 10.0.0.3:40000 1 attempt to open, no answer"));
	nv_snapshot_clear(&snapshot);
	nv_tally_fill(tally, &snapshot);
	assert_int_equal(snapshot.value[NV_C_tcpSilentToOne], 30);
	nv_snapshot_fini(&snapshot);
}

static void listeners_and_their_queues(void **state)
{
	struct nv_socket s[2] = { tcp(NV_TCP_LISTEN, 80, 0, 129), tcp(NV_TCP_LISTEN, 81, 0, 3) };

	(void)state;
	s[0].send = 128;
	s[1].send = 128;
	look(100, s, 2);
	assert_int_equal(tally->summary.listeners, 2);
	assert_int_equal(tally->summary.listeners_full, 1);
	assert_int_equal(tally->summary.not_accepted, 132);
	assert_int_equal(group(NV_GROUP_LISTEN)->sample.local_port, 80);
}

/* ---- ports
 * --------------------------------------------------------------------------------------------------------
 */

static void the_destination_with_most_sockets_is_found(void **state)
{
	static struct nv_socket s[60000];
	unsigned count = 0;

	(void)state;
	/* Many destinations with a few each, and one with 20,000, mixed. */
	for (unsigned i = 0; i < 60000; i++) {
		struct nv_socket *to = &s[count++];

		*to = tcp(i % 5 ? NV_TCP_TIME_WAIT : NV_TCP_ESTABLISHED, 32768 + i % 28000, 0, 0);
		to->remote[2] = (uint8_t)(i % 3 ? i / 7 : 0);
		to->remote[3] = (uint8_t)(i % 3 ? i : 9);
		to->remote_port = i % 3 ? (uint16_t)(1000 + i % 7) : 5432;
	}
	look(100, s, count);
	assert_in_range(tally->summary.ports_to_one, 19000, 20000);
	assert_int_equal(group(NV_GROUP_PORTS)->sample.remote_port, 5432);
}

static void clients_of_a_server_are_no_used_ports(void **state)
{
	static struct nv_socket s[30001];

	(void)state;
	s[0] = tcp(NV_TCP_LISTEN, 80, 0, 0);
	for (unsigned i = 1; i < 30001; i++)
		s[i] = tcp(NV_TCP_TIME_WAIT, 80, 5, 0);
	look(100, s, 30001);
	assert_int_equal(tally->summary.ports_to_one, 0);
}

static void a_listener_that_vanishes_is_remembered(void **state)
{
	struct nv_socket s[3] = { tcp(NV_TCP_LISTEN, 80, 0, 0), tcp(NV_TCP_LISTEN, 514, 0, 0),
		tcp(NV_TCP_LISTEN, 40000, 0, 0) };

	(void)state;
	look(100, s, 3);
	look(110, s, 3);
	look(120, s, 1);
	assert_int_equal(tally->summary.listeners_gone, 0); /* it was there for a moment only */
	for (unsigned i = 0; i < 10; i++)
		look(130 + 10 * i, s, 3);
	look(240, s, 1);
	assert_int_equal(tally->summary.listeners_gone, 1); /* 40000 is a port of clients */
	assert_int_equal(tally->gone[0].port, 514);
	look(1000, s, 1);
	assert_int_equal(tally->summary.listeners_gone, 1);
	look(1010, s, 2);
	assert_int_equal(tally->summary.listeners_gone, 0);
}

/* Two looks half a minute apart make a listener one that was there. */
static void a_listener_is_steady_after_half_a_minute(void **state)
{
	struct nv_socket s[2] = { tcp(NV_TCP_LISTEN, 80, 0, 0), tcp(NV_TCP_LISTEN, 514, 0, 0) };
	static const struct {
		double seen_s;
		unsigned gone;
	} cases[] = { { 29, 0 }, { 30, 1 } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		nv_tally_init(tally);
		look(100, s, 2);
		look(100 + cases[i].seen_s, s, 2);
		look(140, s, 1);
		assert_int_equal(tally->summary.listeners_gone, cases[i].gone);
	}
}

static void a_vanished_listener_is_told_for_an_hour(void **state)
{
	struct nv_socket s[2] = { tcp(NV_TCP_LISTEN, 80, 0, 0), tcp(NV_TCP_LISTEN, 514, 0, 0) };

	(void)state;
	look(100, s, 2);
	look(130, s, 2);
	look(140, s, 1);
	look(140 + 3599, s, 1);
	assert_int_equal(tally->summary.listeners_gone, 1);
	look(140 + 3600, s, 1);
	assert_int_equal(tally->summary.listeners_gone, 0);
}

/* ---- texts
 * ---------------------------------------------------------------------------------------------------------
 */

static void lines_of_proc(void **state)
{
	static const char four[] =
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
		"   0: 0100000A:1F90 00000000:0000 0A 00000000:00000005 00:00000000 00000000  1000        0 11 1 0\n"
		"   1: 0100000A:1F90 0200000A:C350 08 00000000:00000191 00:00000000 00000000  1000        0 12 1 0\n"
		"   2: 0100000A:9C40 0300000A:0050 01 00010000:00000000 04:000000FF 00000003  1000        0 13 1 0\n"
		"   3: rubbish\n";
	static const char six[] =
		"  sl  local_address remote_address st ...\n"
		"   0: B80D0120000000000000000001000000:0016 B80D0120000000000000000002000000:D431 01 "
		"00000000:00000000 00:00000000 00000000     0        0 14 1 0\n"
		"   1: 0000000000000000FFFF00000100000A:0016 0000000000000000FFFF00000200000A:D432 01 "
		"00000000:00000000 00:00000000 00000000     0        0 15 1 0\n";

	(void)state;
	tally->stay_s = 0;
	nv_tally_begin(tally, NV_LOOK_TCP_ALL, 100);
	assert_int_equal(nv_socket_lines(text_of(four), false, false, tally), 1);
	assert_int_equal(nv_socket_lines(text_of(six), false, true, tally), 0);
	nv_tally_end(tally);
	assert_int_equal(tally->summary.listeners, 1);
	assert_int_equal(tally->summary.not_accepted, 5);
	assert_int_equal(tally->summary.listeners_full, 0); /* the text says no backlog */
	assert_int_equal(tally->summary.close_wait_unread, 1);
	assert_int_equal(tally->summary.tcp[0][NV_TCP_ESTABLISHED], 2); /* one of them mapped */
	assert_int_equal(tally->summary.tcp[1][NV_TCP_ESTABLISHED], 1);
	assert_int_equal(tally->summary.send_octets, 65536);
	assert_int_equal(tally->listener[0].port, 8080);
	assert_int_equal(tally->listener[0].inode, 11);
	assert_int_equal(group(NV_GROUP_UNREAD)->sample.local[0], 10);
}

static struct nv_sockets *saved;

/* The sockets of a text into `saved`; how many. */
static unsigned take_text(const char *text, size_t length)
{
	struct nv_error err = { 0, "" };
	struct nv_captures *all = nv_captures_new(NULL, &err);
	unsigned count = 0;

	saved = nv_sockets_new(".", &err);
	assert_non_null(saved);
	assert_non_null(all);
	if (nv_captures_add(all, "text", text, length, &err) == 0 &&
		nv_captures_finish(all, &err) == 0) {
		const struct nv_saved_socket *list = nv_captures_sockets(all, 0, &count);

		nv_sockets_take(saved, list, count, &err);
	}
	nv_captures_free(all);
	return count;
}

/* One connection in CLOSE_WAIT with 8,756 octets unread, as many systems print it. */
/* Who holds it, where the text says so; what a program calls itself commands no terminal. */
static void captures_name_programs(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "tcp  8756 0 10.0.0.1:8080 10.0.0.2:50000 CLOSE_WAIT  1532/nginx: worker\n",
			"; nginx[1532]" },
		{ "tcp  8756 0 10.0.0.1:8080 10.0.0.2:50000 CLOSE_WAIT  -\n", NULL },
		{ "CLOSE-WAIT 8756 0 10.0.0.1:8080 10.0.0.2:50002 users:((\"ab\",pid=77,fd=5),(\"c\",pid=78,fd=5))\n",
			"; ab[77]" },
		{ "CLOSE-WAIT 8756 0 10.0.0.1:8080 10.0.0.2:50003 users:((\"cut off\n", NULL },
		{ "LISTEN 4 3 10.0.0.1:8080 0.0.0.0:* users:((\"slow-\007[2J-a-name-of-thirty-one\",pid=79,fd=3))\n",
			"; slow-?[2J-a-name-of[79]" },
		{ "  Proto  Local Address    Foreign Address   State           PID\n"
		  "  TCP    10.0.0.1:8080    10.0.0.2:50000    CLOSE_WAIT      1234\n",
			"; pid 1234" },
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct nv_offender who;

		print_message("%s\n", cases[i].text);
		assert_int_equal(take_text(cases[i].text, strlen(cases[i].text)), 1);
		assert_int_equal(nv_sockets_offenders(saved, &who, 1), 1);
		print_message("%s\n", who.text);
		assert_int_equal(who.pid > 0, cases[i].says != NULL);
		assert_true(cases[i].says ? strstr(who.text, cases[i].says) != NULL
					  : !strchr(who.text, ';'));
		nv_sockets_free(saved);
	}
}

static void captures_of_many_systems(void **state)
{
	static const struct {
		const char *name, *text;
		bool queues;
	} cases[] = {
		{ "linux", "tcp     8756      0 10.0.0.1:8080   10.0.0.2:50000   CLOSE_WAIT\n",
			true },
		{ "linux -p",
			"tcp   8756   0 10.0.0.1:8080   10.0.0.2:50000  CLOSE_WAIT  1532/nginx: worker\n",
			true },
		{ "freebsd", "tcp4    8756      0 10.0.0.1.8080   10.0.0.2.50000   CLOSE_WAIT\n",
			true },
		{ "aix -A",
			"f1000e0003a0bbb8 tcp4 8756 0 10.0.0.1.8080 10.0.0.2.50000 CLOSE_WAIT\n",
			true },
		{ "macos six",
			"tcp6    8756   0 fe80::1%lo0.8080   fe80::2%lo0.50000   CLOSE_WAIT\n",
			true },
		{ "windows", "  TCP    10.0.0.1:8080    10.0.0.2:50000    CLOSE_WAIT      1234\n",
			false },
		{ "windows six",
			"  TCP    [2001:db8::1]:8080    [2001:db8::2]:50000    CLOSE_WAIT\n",
			false },
		{ "solaris", "10.0.0.1.8080  10.0.0.2.50000  65535   0 128480  8756 CLOSE_WAIT\n",
			true },
		{ "ss -tan", "CLOSE-WAIT 8756   0      10.0.0.1:8080     10.0.0.2:50000\n", true },
		{ "ss -an",
			"tcp   CLOSE-WAIT 8756   0  [::ffff:10.0.0.1]:8080 [::ffff:10.0.0.2]:50000\n",
			true },
	};
	static const char noise[] =
		"Active Internet connections (servers and established)\n"
		"Proto Recv-Q Send-Q Local Address           Foreign Address         State\n"
		"unix  3      [ ]         STREAM     CONNECTED     12345\n"
		"udp        0      0 0.0.0.0:68              0.0.0.0:*\n"
		"eth0 1500 0 123 0 0 0 456 0 0 0 BMRU\n";

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct nv_socket_summary *summary;
		struct nv_offender who[4];

		print_message("%s\n", cases[i].name);
		assert_int_equal(take_text(cases[i].text, strlen(cases[i].text)), 1);
		summary = nv_sockets_summary(saved);
		assert_int_equal(summary->close_wait_unread, cases[i].queues);
		assert_int_equal(summary->close_wait, !cases[i].queues);
		assert_int_equal(summary->receive_octets, cases[i].queues ? 8756 : 0);
		assert_true(nv_sockets_offenders(saved, who, COUNT(who)) >= 1);
		assert_non_null(strstr(who[0].local, "8080"));
		nv_sockets_free(saved);
	}
	assert_int_equal(take_text(noise, strlen(noise)), 1);
	assert_int_equal(nv_sockets_summary(saved)->udp[0], 1);
	nv_sockets_free(saved);
}

/* Nothing is read behind the last byte, wherever the text ends. */
static void captures_end_anywhere(void **state)
{
	static const char *const texts[] = {
		"tcp4", "udp46", "tcp        0      0 10.0.0.1:80 10.0.0.2:1234 ESTABLISHED",
		"ESTAB 0 0 [::1]:22 [::2]:55",
		"  sl  local_address rem_address st\n0: 0100007F:0016 00000000:0000 0A 0:0 00:0 0"
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(texts); i++)
		for (const char *end = texts[i] + strlen(texts[i]); end > texts[i]; end--) {
			struct guarded g = guard((struct nv_text){ texts[i], end });

			take_text(g.text.at, (size_t)(g.text.end - g.text.at));
			nv_sockets_free(saved);
			unguard(&g);
		}
}

static void units_in_paths(void **state)
{
	static const char *const cases[][2] = {
		{ "/system.slice/nginx.service", "nginx.service" },
		{ "/user.slice/user-1000.slice/session-3.scope\n", "session-3.scope" },
		{ "/system.slice/docker-3f2a9c41d07b3f2a9c41d07b3f2a9c41d07b3f2a9c41d07b3f2a9c41d07b3f2a.scope",
			"docker-3f2a9c41d07b" },
		{ "/docker/3f2a9c41d07b3f2a9c41d07b3f2a9c41d07b3f2a9c41d07b3f2a9c41d07b3f2a",
			"3f2a9c41d07b" },
		{ "/lxc/web", "web" },
		{ "/system.slice/containerd.service/inner", "containerd.service" },
		{ "/", "" },
		{ "", "" },
	};
	char unit[NV_NAME_SIZE];

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		nv_unit_of_path(cases[i][0], unit);
		assert_string_equal(unit, cases[i][1]);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(close_wait_counts_when_it_stays),
		TEST(close_wait_that_sends_works),
		TEST(passing_close_wait_never_counts),
		TEST(more_than_can_be_watched_are_estimated),
		TEST(loopback_is_set_apart),
		TEST(a_queue_that_moves_is_not_stuck),
		TEST(a_queue_stands_still_after_three_seconds),
		TEST(a_window_full_is_a_large_queue),
		TEST(what_a_look_cannot_see_stays),
		TEST(a_small_request_may_wait_for_a_while),
		TEST(a_bulk_sender_is_no_offender),
		TEST(stuck_ones_are_found_among_many_busy_ones),
		TEST(a_silent_host_is_one),
		TEST(listeners_and_their_queues),
		TEST(the_destination_with_most_sockets_is_found),
		TEST(clients_of_a_server_are_no_used_ports),
		TEST(a_listener_that_vanishes_is_remembered),
		TEST(a_listener_is_steady_after_half_a_minute),
		TEST(a_vanished_listener_is_told_for_an_hour),
		TEST(lines_of_proc),
		TEST(captures_name_programs),
		TEST(captures_of_many_systems),
		TEST(captures_end_anywhere),
		TEST(units_in_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
