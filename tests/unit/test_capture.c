/* SPDX-License-Identifier: MIT */
/* Saved captures: every fixture gives exactly what stands beside it; and what must be refused or
 * doubted. */
#include "captures/compare.h"
#include "nv_captures.h"
#include "support.h"

#include <dirent.h>

#define FIXTURES "tests/fixtures/netstat"

static char json[1 << 20];

static struct nv_captures *read_text(const char *name, const char *text)
{
	struct nv_error err = { 0, "" };
	struct nv_captures *all = nv_captures_new(NULL, &err);

	assert_non_null(all);
	if (nv_captures_add(all, name, text, strlen(text), &err) || nv_captures_finish(all, &err))
		fail_msg("%s: %s", name, err.text);
	return all;
}

static char *read_file(const char *path, size_t *length)
{
	FILE *file = fopen(path, "r");
	char *text = malloc(1 << 20);

	if (!file || !text)
		fail_msg("%s: cannot be read", path);
	*length = fread(text, 1, (1 << 20) - 1, file);
	text[*length] = 0;
	fclose(file);
	return text;
}

static uint64_t value_of(const struct nv_captures *all, enum nv_counter_id id)
{
	const struct nv_snapshot *s = nv_captures_snapshot(all, 0);

	if (!s->present[id])
		fail_msg("%s is absent", nv_counters[id].name);
	return s->value[id];
}

static bool has(const struct nv_captures *all, enum nv_counter_id id)
{
	return nv_captures_snapshot(all, 0)->present[id];
}

static const char *letters_of(const struct nv_captures *all, unsigned line)
{
	static char letters[NV_CLASS_END + 1];

	nv_captures_line_letters(all, line, letters);
	return letters;
}

static const char *as_json(const struct nv_captures *all)
{
	struct nv_out out = { json, sizeof(json), 0 };

	nv_captures_counters_json(&out, all, 0);
	assert_true(out.used < sizeof(json));
	return json;
}

/* ---- fixtures ---------------------------------------------------------------------------- */

static unsigned count_of(const char *text, const char *what)
{
	unsigned n = 0;

	while ((text = strstr(text, what)))
		n++, text++;
	return n;
}

static int check_fixture(const char *stem)
{
	char path[512], line[256], name[128], value[128], needle[300];
	size_t length;
	char *text;
	struct nv_captures *all;
	FILE *expected;
	int bad = 0;

	snprintf(path, sizeof(path), "%s/%s.txt", FIXTURES, stem);
	text = read_file(path, &length);
	all = read_text(path, text);
	as_json(all);
	snprintf(path, sizeof(path), "%s/%s.expected", FIXTURES, stem);
	expected = fopen(path, "r");
	assert_non_null(expected);
	while (fgets(line, sizeof(line), expected)) {
		assert_int_equal(sscanf(line, "%127s %127s", name, value), 2);
		if (strcmp(name, "platform") == 0) {
			snprintf(needle, sizeof(needle), "\"platform\":\"%s\"", value);
		} else if (strcmp(name, "unrecognized") == 0) {
			unsigned unread = count_of(strstr(json, "\"unrecognized\""), "{\"line\":");

			if (unread != (unsigned)atoi(value)) {
				print_error("%s: %u lines not understood, expected %s\n", stem,
					unread, value);
				bad++;
			}
			continue;
		} else {
			snprintf(needle, sizeof(needle), "\"%s\":%s", name, value);
		}
		const char *found = strstr(json, needle);
		if (!found || (found[strlen(needle)] != ',' && found[strlen(needle)] != '}')) {
			print_error("%s: expected %s\n", stem, needle);
			bad++;
		}
	}
	fclose(expected);
	nv_captures_free(all);
	free(text);
	return bad;
}

static void every_fixture_is_read_exactly(void **state)
{
	DIR *dir = opendir(FIXTURES);
	struct dirent *entry;
	int fixtures = 0, bad = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		char *end = strstr(entry->d_name, ".expected");

		if (!end)
			continue;
		*end = 0;
		fixtures++;
		bad += check_fixture(entry->d_name);
	}
	closedir(dir);
	assert_true(fixtures >= 44);
	assert_int_equal(bad, 0);
}

/* ---- figures of Davids 1997 and Dell PowerScale
 * ------------------------------------------------------------------------ */

static const char one_fs[] = "node-7# netstat -s -p tcp\n"
			     "tcp:\n"
			     "\t235829612 packets sent\n"
			     "\t\t181023345 data packets (243210987654 bytes)\n"
			     "\t\t249379 data packets (301234567 bytes) retransmitted\n"
			     "\t224112233 packets received\n"
			     "\t\t939030 duplicate acks\n"
			     "\t\t151000111 packets (198765432109 bytes) received in-sequence\n"
			     "\t\t441501 out-of-order packets (500111222 bytes)\n"
			     "\t\t0 discarded for bad checksums\n";

static struct nv_comparison *compare(struct nv_captures *before, struct nv_captures *after,
	double elapsed_s, struct nv_error *err)
{
	static struct nv_config config;

	nv_config_init(&config);
	return nv_compare(before, after, 0, elapsed_s, &config, err);
}

static void numbers_of_the_article(void **state)
{
	struct nv_error err = { 0, "" };
	struct nv_captures *all = read_text("onefs.txt", one_fs);
	struct nv_comparison *c = compare(NULL, all, NAN, &err);
	const struct nv_report *r;
	char said[32];

	(void)state;
	assert_non_null(c);
	r = nv_comparison_report(c);
	assert_near(r->verdicts[NV_I_tcpRetrans].numerator, 249379, 0);
	assert_near(r->verdicts[NV_I_tcpRetrans].denominator, 235829612, 0);
	nv_say_value(NV_RATIO, true, r->verdicts[NV_I_tcpRetrans].value, said, sizeof(said));
	assert_string_equal(said, "0.105 %");
	nv_say_value(NV_RATIO, true, r->verdicts[NV_I_tcpInDupAcks].value, said, sizeof(said));
	assert_string_equal(said, "0.419 %");
	nv_say_value(NV_RATIO, true, r->verdicts[NV_I_tcpInOutOfOrder].value, said, sizeof(said));
	assert_string_equal(said, "0.197 %");
	assert_int_equal(r->verdicts[NV_I_tcpRetrans].status, NV_OK);
	assert_string_equal(
		r->verdicts[NV_I_tcpRetrans].label, "data packets (301234567 bytes) retransmitted");
	assert_int_equal(r->classes[NV_CLASS_LOST].status, NV_OK);
	assert_int_equal(r->classes[NV_CLASS_ROUTING].status, NV_UNKNOWN);
	nv_comparison_free(c);
	nv_captures_free(all);
}

static enum nv_status total_status(const char *text, unsigned indicator)
{
	struct nv_error err = { 0, "" };
	struct nv_captures *all = read_text("x", text);
	struct nv_comparison *c = compare(NULL, all, NAN, &err);
	enum nv_status status = nv_comparison_report(c)->verdicts[indicator].status;

	nv_comparison_free(c);
	nv_captures_free(all);
	return status;
}

static void thresholds_of_the_article(void **state)
{
	static const char head[] = "Name Mtu Network Address Ipkts Ierrs Idrop Opkts Oerrs Coll\n";
	char text[300];

	(void)state;
	snprintf(text, sizeof(text),
		"%sem0 1500 <Link#1> 00:00:5e:00:53:01 1000000 9000 0 1000000 9000 90000\n", head);
	assert_int_equal(total_status(text, NV_I_ifInErrors), NV_OK);
	assert_int_equal(total_status(text, NV_I_ifOutErrors), NV_OK);
	assert_int_equal(total_status(text, NV_I_ifCollisions), NV_OK);
	snprintf(text, sizeof(text),
		"%sem0 1500 <Link#1> 00:00:5e:00:53:01 1000000 11000 0 1000000 11000 120000\n",
		head);
	assert_int_equal(total_status(text, NV_I_ifInErrors), NV_WARNING);
	assert_int_equal(total_status(text, NV_I_ifOutErrors), NV_WARNING);
	assert_int_equal(total_status(text, NV_I_ifCollisions), NV_WARNING);
	assert_int_equal(
		total_status(
			"tcp:\n\t1000000 packets sent\n\t\t12000 data packets (1 byte) retransmitted\n",
			NV_I_tcpRetrans),
		NV_WARNING);
	assert_int_equal(
		total_status("0/1/2 requests for mbufs denied (mbufs/clusters/mbuf+clusters)\n",
			NV_I_mbufDenied),
		NV_WARNING);
}

/* ---- the same words, other places -------------------------------------------------------- */

static void words_by_place_and_form(void **state)
{
	static const char text[] =
		"tcp:\n"
		"1 packet sent\n"
		"0 window update packet\n"
		"7 packets received   <--- look here\n"
		"3 window update packets\n"
		"12 <== connection requests\n"
		"5 acks(for 6 bytes)\n"
		"2 syncache entries added\n"
		"8 retransmitted\n"
		"udp:\n"
		"44 datagrams received\n"
		"9 with data size &lt; data length\n"
		"ip:\n"
		"9 with data size &lt; data length\n"
		"0 packets forwarded (2 packets fast forwarded)\t\t6531 packets not forwardable\n";
	struct nv_captures *all = read_text("x", text);

	(void)state;
	assert_int_equal(value_of(all, NV_C_tcpOutPkts), 1);
	assert_int_equal(value_of(all, NV_C_tcpOutWindowUpdates), 0);
	assert_int_equal(value_of(all, NV_C_tcpInSegs), 7);
	assert_int_equal(value_of(all, NV_C_tcpInWindowUpdates), 3);
	assert_int_equal(value_of(all, NV_C_tcpActiveOpens), 12);
	assert_int_equal(value_of(all, NV_C_tcpInAckBytes), 6);
	assert_int_equal(value_of(all, NV_C_tcpSyncacheRetrans), 8);
	assert_false(has(all, NV_C_tcpRetransDataSegs));
	assert_int_equal(value_of(all, NV_C_ipInTooShort), 9);
	assert_int_equal(value_of(all, NV_C_ipFastForward), 2);
	assert_int_equal(value_of(all, NV_C_ipCantForward), 6531);
	assert_non_null(strstr(as_json(all), "\"unrecognized\":[{\"line\":12,"));
	nv_captures_free(all);
}

static void unknown_lines_are_listed_not_guessed(void **state)
{
	struct nv_captures *all = read_text(
		"x", "tcp:\n\t5 packets sent\n\t77 packets flurbled\n\tsome text\n");

	(void)state;
	assert_non_null(strstr(as_json(all), "{\"line\":3,\"text\":\"77 packets flurbled\"}"));
	assert_null(strstr(json, ":77"));
	assert_string_equal(letters_of(all, 3), "?");
	nv_captures_free(all);
}

/* A counter of 32 bits printed with a sign; of 64 bits nobody can say what it was. */
static void negative_numbers(void **state)
{
	struct nv_captures *all = read_text("x",
		"AIX mill1 1 7 00F6\ntcp:\n\t-5 packets sent\n\t\t6 data packets (-7 bytes)\n"
		"\t-99999999999 persist timeouts\n\t-5 packets flurbled\n");

	(void)state;
	assert_int_equal(value_of(all, NV_C_tcpOutPkts), UINT32_MAX - 4);
	assert_int_equal(value_of(all, NV_C_tcpOutDataSegs), 6);
	assert_int_equal(value_of(all, NV_C_tcpOutDataBytes), UINT32_MAX - 6);
	assert_non_null(strstr(as_json(all),
		"{\"line\":5,\"text\":\"-99999999999 persist timeouts\"},"
		"{\"line\":6,\"text\":\"-5 packets flurbled\"}"));
	assert_null(strstr(json, "\"line\":3"));
	assert_string_equal(letters_of(all, 6), "?");
	nv_captures_free(all);

	all = read_text("x",
		"Tcp:\n    -5 segments sent out\n    8 segments received\n"
		"    -1 connections established\nTcpExt:\n    TCPRcvCoalesce: 9\n"
		"    3 times the listen queue of a socket overflowed\n    TCPLossProbes: -3\n");
	assert_false(has(all, NV_C_tcpOutSegs) || has(all, NV_C_tcpCurrEstab) ||
		has(all, NV_C_tcpLossProbes));
	assert_int_equal(value_of(all, NV_C_tcpInSegs), 8);
	assert_non_null(strstr(as_json(all),
		"\"unrecognized\":[{\"line\":2,\"text\":\"-5 segments sent out\"},{\"line\":4,"));
	assert_string_equal(letters_of(all, 2), "?");
	nv_captures_free(all);

	/* left out because it is 0, it would be; printed, it is not */
	all = read_text("x",
		"{\"kernel\":{\"TcpInSegs\":5,\"TcpExtListenOverflows\":-4,\"TcpExtTCPTimeouts\":-2}}");
	assert_true(has(all, NV_C_tcpListenDrops) && !has(all, NV_C_tcpListenOverflows));
	assert_non_null(strstr(as_json(all), "TcpExtListenOverflows -4"));
	assert_non_null(strstr(json, "TcpExtTCPTimeouts -2"));
	nv_captures_free(all);
}

/* No limit is reported as -1; everything else that is negative was a counter, in tables too. */
static void negative_numbers_of_tables(void **state)
{
	struct nv_captures *all = read_text("x",
		"TCP     tcpMaxConn          =    -1     tcpActiveOpens      =   -15\n"
		"        tcpCurrEstab        =    -3     tcpPassiveOpens     =     4\n");

	(void)state;
	assert_int_equal(value_of(all, NV_C_tcpActiveOpens), UINT32_MAX - 14);
	assert_int_equal(value_of(all, NV_C_tcpPassiveOpens), 4);
	assert_false(has(all, NV_C_tcpCurrEstab));
	assert_non_null(strstr(as_json(all), "\"unrecognized\":[{\"line\":2,"));
	nv_captures_free(all);

	all = read_text("x", "Tcp: MaxConn ActiveOpens RetransSegs\nTcp: -1 5 3\n");
	assert_non_null(strstr(as_json(all), "\"unrecognized\":[]"));
	nv_captures_free(all);
	all = read_text("x", "Tcp: MaxConn ActiveOpens RetransSegs\nTcp: -1 -5 3\n");
	assert_non_null(strstr(as_json(all), "\"unrecognized\":[{\"line\":2,"));
	assert_false(has(all, NV_C_tcpActiveOpens));
	nv_captures_free(all);

	all = read_text("x",
		"TCP Statistics for IPv4\n\n  Active Opens = -10\n  Passive Opens = 10\n"
		"  Segments Received = 100\n  Current Connections = -2\n");
	assert_int_equal(value_of(all, NV_C_tcpActiveOpens), UINT32_MAX - 9);
	assert_int_equal(value_of(all, NV_C_tcpPassiveOpens), 10);
	assert_false(has(all, NV_C_tcpCurrEstab));
	nv_captures_free(all);

	all = read_text("x",
		"Name  Mtu Network Address Ipkts Ierrs Opkts Oerrs Coll\n"
		"en0 1500 <Link#1> 0:1 -5 0 -6 0 0\n");
	assert_int_equal(nv_captures_snapshot(all, 0)->interfaces[0].value[0], UINT32_MAX - 4);
	assert_non_null(strstr(as_json(all), "\"unrecognized\":[]"));
	nv_captures_free(all);
	all = read_text("x",
		"Name  Mtu Network Address Ipkts Ierrs Idrop Opkts Oerrs Coll\n"
		"vtnet0 1500 <Link#1> 0:1 -5 7 0 -6 0 0\n");
	assert_null(strstr(as_json(all), "\"ifInPkts\""));
	assert_non_null(strstr(json, "\"ifInErrs\":7"));
	assert_int_equal(count_of(json, "{\"line\":2,"), 1);
	nv_captures_free(all);
}

static void a_section_printed_twice_counts_once(void **state)
{
	struct nv_captures *all = read_text("x",
		"udp:\n\t5 with bad checksum\n$ netstat -s -p udp\nudp:\n\t6 with bad checksum\n");

	(void)state;
	assert_int_equal(value_of(all, NV_C_udpInCsumErrors), 6);
	nv_captures_free(all);
}

static void margin_says_the_class(void **state)
{
	struct nv_captures *all = read_text("x",
		"tcp:\n\t5 packets sent\n\t\t1 data packet (2 bytes) retransmitted\n"
		"\t\t3 discarded for bad checksums\n\t4 persist timeouts\n");

	(void)state;
	assert_string_equal(letters_of(all, 1), "");
	assert_string_equal(letters_of(all, 2), "");
	assert_string_equal(letters_of(all, 3), "L");
	assert_string_equal(letters_of(all, 4), "C");
	assert_string_equal(letters_of(all, 5), "A");
	assert_string_equal(letters_of(all, 99), "");
	nv_captures_free(all);
}

/* A line of /proc has counters of many classes, and each of them counts. */
static void margin_of_copies_of_proc(void **state)
{
	struct nv_captures *all = read_text("x",
		"Tcp: ActiveOpens RetransSegs InErrs InCsumErrors\nTcp: 1 2 3 4\n"
		"TcpExt: PruneCalled ListenOverflows TCPTimeouts\nTcpExt: 5 6 7\n"
		"Udp: InDatagrams NoPorts FlurbledPkts\nUdp: 7 8 9\n");

	(void)state;
	assert_string_equal(letters_of(all, 1), "");
	assert_string_equal(letters_of(all, 2), "LC");
	assert_string_equal(letters_of(all, 4), "LAS");
	assert_string_equal(letters_of(all, 6), "A?");
	nv_captures_free(all);
}

static void all_zero_is_not_available(void **state)
{
	static const char text[] =
		"tcp:\n\t0 packet sent\n\t\t0 data packet (0 byte)\n\t\t0 data packet (0 byte) retransmitted\n"
		"\t\t0 ack-only packet (0 delayed)\n\t\t0 data packet sent after flow control\n\t0 packet received\n"
		"\t\t0 duplicate ack\n\t\t0 out-of-order packet (0 byte)\n\t\t0 discarded for bad checksums\n"
		"\t0 connection request\n\t0 connection accept\n\t0 retransmit timeout\nudp:\n\t88 datagrams received\n";
	struct nv_error err = { 0, "" };
	struct nv_captures *all = read_text("x", text);
	struct nv_comparison *c = compare(NULL, all, NAN, &err);

	(void)state;
	assert_false(has(all, NV_C_tcpOutPkts));
	assert_non_null(strstr(as_json(all), "not available"));
	assert_int_equal(nv_comparison_report(c)->classes[NV_CLASS_LOST].status, NV_UNKNOWN);
	nv_comparison_free(c);
	nv_captures_free(all);
}

static void wrapped_totals_have_no_share(void **state)
{
	static const char text[] =
		"tcp:\n\t229689213 packets sent\n\t\t3064597202 data packets (768862559 bytes)\n"
		"\t\t20559568 data packets (3867788765 bytes) retransmitted\n";
	struct nv_error err = { 0, "" };
	struct nv_captures *all = read_text("x", text);
	struct nv_comparison *c = compare(NULL, all, NAN, &err);
	const struct nv_verdict *v = &nv_comparison_report(c)->verdicts[NV_I_tcpRetrans];

	(void)state;
	assert_nan(v->value);
	assert_int_equal(v->status, NV_DISABLED);
	assert_non_null(strstr(v->text, "wrapped"));
	assert_int_equal(nv_comparison_report(c)->classes[NV_CLASS_LOST].status, NV_UNKNOWN);
	nv_comparison_free(c);
	nv_captures_free(all);
}

/* ---- two captures ------------------------------------------------------------------------ */

static struct nv_captures *tcp(const char *head, unsigned sent, unsigned again, unsigned received)
{
	char text[400];

	snprintf(text, sizeof(text),
		"%stcp:\n\t%u packets sent\n\t\t%u data packets (%u bytes) retransmitted\n\t%u packets received\n",
		head, sent, again, again, received);
	return read_text("x", text);
}

static void difference_over_the_wrap(void **state)
{
	struct nv_error err = { 0, "" };
	struct nv_captures *before = tcp("Mon Nov 23 13:00:02 CET 2026\n", 4290112005u, 1000, 5000);
	struct nv_captures *after = tcp("Mon Nov 23 14:00:06 CET 2026\n", 9346086u, 301000, 6000);
	struct nv_comparison *c = compare(before, after, NAN, &err);
	const struct nv_report *r;

	(void)state;
	if (!c)
		fail_msg("%s", err.text);
	r = nv_comparison_report(c);
	assert_near(r->seconds, 3604, 0);
	assert_near(r->verdicts[NV_I_tcpRetrans].numerator, 300000, 0);
	assert_near(r->verdicts[NV_I_tcpRetrans].denominator, 14201377, 0);
	assert_int_equal(r->verdicts[NV_I_tcpRetrans].status, NV_WARNING);
	assert_false(r->total);
	nv_comparison_free(c);
	nv_captures_free(before);
	nv_captures_free(after);
}

static void expect_refusal(struct nv_captures *before, struct nv_captures *after, const char *word)
{
	struct nv_error err = { 0, "" };

	assert_null(compare(before, after, 60, &err));
	if (!strstr(err.text, word))
		fail_msg("\"%s\" does not say \"%s\"", err.text, word);
	nv_captures_free(before);
	nv_captures_free(after);
}

static void what_cannot_be_compared(void **state)
{
	(void)state;
	expect_refusal(tcp("", 1000000, 100, 5000), tcp("", 990000, 99, 4900), "reversed");
	expect_refusal(tcp("", 1000000, 100, 5000), tcp("", 90, 1, 40), "restarted");
	expect_refusal(tcp("Mon Nov 23 14:00:06 CET 2026\n", 5, 1, 5),
		tcp("Mon Nov 23 13:00:02 CET 2026\n", 6, 1, 6), "reversed order");
	expect_refusal(tcp("AIX mill1 1 7 00F6\n", 5, 1, 5), tcp("AIX mill2 1 7 00F6\n", 6, 1, 6),
		"host mill2");
	expect_refusal(tcp("AIX mill1 1 7 00F6\n", 5, 1, 5),
		tcp("HP-UX mill1 B.11.31 U ia64\n", 6, 1, 6), "HP-UX");
}

static void elapsed_time_comes_from_names_too(void **state)
{
	static const char text[] = "tcp:\n\t500 packets sent\n";
	struct nv_error err = { 0, "" };
	struct nv_captures *before = read_text("mx-20261122-1300.txt", text);
	struct nv_captures *after = read_text("mx-20261122-1405.txt", text);
	struct nv_comparison *c = compare(before, after, NAN, &err);

	(void)state;
	assert_non_null(c);
	assert_near(nv_comparison_report(c)->seconds, 65 * 60, 0);
	nv_comparison_free(c);
	c = compare(before, after, 77, &err);
	assert_near(nv_comparison_report(c)->seconds, 77, 0);
	nv_comparison_free(c);
	nv_captures_free(before);
	nv_captures_free(after);
}

/* ---- tables ------------------------------------------------------------------------------ */

static void dates_in_every_spelling(void **state)
{
	static const struct {
		const char *line;
		int64_t time_s;
	} dates[] = {
		{ "Sun Nov 22 14:32:08 CET 2026", 1795354328 },
		{ "Sun 22 Nov 2026 02:32:08 PM CET", 1795354328 },
		{ "2026-11-22T14:32:08+01:00", 1795354328 },
		{ "2026-11-22 14:32:08", 1795357928 },
		{ "Sun 11/22/2026 14:32:08.12", 1795357928 },
		{ "22.11.2026 14:32:08,12", 1795357928 },
		{ "1795435202", 1795435202 },
		{ "version 22.11.2026", 0 },
		{ "Nov 22 14:32:08 web-17 sshd[12]: session opened", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(dates); i++) {
		struct nv_captures *all;
		char text[200];

		snprintf(text, sizeof(text), "%s\ntcp:\n\t5 packets sent\n", dates[i].line);
		all = read_text("x", text);
		if (nv_captures_snapshot(all, 0)->time_s != dates[i].time_s)
			fail_msg("%s: %lld", dates[i].line,
				(long long)nv_captures_snapshot(all, 0)->time_s);
		nv_captures_free(all);
	}
}

static const struct nv_interface *interface_of(const struct nv_captures *all, const char *name)
{
	const struct nv_snapshot *s = nv_captures_snapshot(all, 0);

	for (unsigned i = 0; i < s->interface_count; i++)
		if (strcmp(s->interfaces[i].name, name) == 0)
			return &s->interfaces[i];
	fail_msg("no interface %s", name);
	return NULL;
}

#define IF(all, name, counter) ((int)interface_of(all, name)->value[NV_C_##counter - NV_C_ifInPkts])

static void interface_tables(void **state)
{
	struct nv_captures *all;

	(void)state;
	all = read_text("x",
		"Name    Mtu Network       Address              Ipkts Ierrs Idrop    Opkts Oerrs  Coll\n"
		"em0    1500 <Link#1>      00:00:5e:00:53:06   189449     3     4   211310     5     6\n"
		"em0       - 192.0.2.0/24  192.0.2.1             77     -     -       66     -     -\n"
		"lo0   16384 <Link#2>                             26     0     0       27     0     0\n"
		"gif0* 1280  <Link#3>                              0     0     0        0     0     0\n");
	assert_int_equal(IF(all, "em0", ifInPkts), 189449);
	assert_int_equal(IF(all, "em0", ifInErrs), 3);
	assert_int_equal(IF(all, "em0", ifInDrops), 4);
	assert_int_equal(IF(all, "em0", ifOutPkts), 211310);
	assert_int_equal(IF(all, "em0", ifOutErrs), 5);
	assert_int_equal(IF(all, "em0", ifCollisions), 6);
	assert_int_equal(IF(all, "lo0", ifOutPkts), 27);
	assert_true(interface_of(all, "em0")->feeds);
	assert_false(interface_of(all, "lo0")->feeds);
	assert_false(interface_of(all, "gif0")->feeds);
	nv_captures_free(all);

	all = read_text("x",
		"Kernel Interface table\n"
		"Iface      MTU Met    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n"
		"eth0      1500   0 11 12 13 14 15 16 17 18 BMRU\n");
	assert_int_equal(IF(all, "eth0", ifInPkts), 11);
	assert_int_equal(IF(all, "eth0", ifInOverruns), 14);
	assert_int_equal(IF(all, "eth0", ifOutPkts), 15);
	assert_int_equal(IF(all, "eth0", ifOutDrops), 17);
	nv_captures_free(all);

	all = read_text("x",
		"Name  Mtu  Net/Dest      Address        Ipkts  Ierrs Opkts  Oerrs Collis Queue\n"
		"net3  1500 0.0.0.0       0.0.0.0        21 22     23 24     25      26\n");
	assert_int_equal(IF(all, "net3", ifCollisions), 25);
	assert_string_equal(nv_captures_platform(all, 0), "solaris");
	nv_captures_free(all);

	all = read_text("x",
		"Name    Mtu Network       Address              Ipkts Ierrs Idrop    Opkts Oerrs  Coll\n"
		"ix0    1.5K <Link#1>      00:00:5e:00:53:06     5.6G     3     4     34M     5     6\n");
	assert_int_equal(interface_of(all, "ix0")->value[0] / 100000000, 56);
	nv_captures_free(all);
}

static void memory_tables(void **state)
{
	struct nv_captures *all = read_text("x",
		"257/1018/1275 mbufs in use (current/cache/total)\n576K/3298K/3874K bytes allocated to network "
		"(current/cache/total)\n1/2/3 requests for mbufs denied (mbufs/clusters/mbuf+clusters)\n"
		"0/4/0 requests for jumbo clusters denied (4k/9k/16k)\n5/0/0 requests for mbufs delayed "
		"(mbufs/clusters/mbuf+clusters)\n6 requests for sfbufs denied\n");

	(void)state;
	assert_int_equal(value_of(all, NV_C_mbufDenied), 10);
	assert_int_equal(value_of(all, NV_C_mbufDelayed), 5);
	assert_non_null(strstr(as_json(all), "\"mbufMbufsInUseCurrent\":257"));
	assert_non_null(strstr(json, "\"unrecognized\":[]"));
	nv_captures_free(all);
	all = read_text("x",
		"12/64 mapped pages in use\n\t9 mbufs allocated to data\n128 Kbytes allocated to network (12% in "
		"use)\n7 requests for memory denied\n8 requests for memory delayed\n9 calls to protocol drain "
		"routines\n");
	assert_int_equal(value_of(all, NV_C_mbufDenied), 7);
	assert_int_equal(value_of(all, NV_C_mbufDrains), 9);
	assert_non_null(strstr(as_json(all), "\"unrecognized\":[]"));
	nv_captures_free(all);
}

static void socket_tables(void **state)
{
	static const char linux_table[] =
		"Active Internet connections (servers and established)\n"
		"Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name\n"
		"tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      12/sshd\n"
		"tcp     8756      0 192.0.2.1:8080          198.51.100.9:41022      CLOSE_WAIT  77/java\n"
		"tcp       12      0 192.0.2.1:8080          198.51.100.9:41023      CLOSE_WAIT  77/java\n"
		"tcp        0      0 192.0.2.1:8080          198.51.100.9:41024      CLOSE_WAIT  77/java\n"
		"tcp      500      0 127.0.0.1:9000          127.0.0.1:41000         CLOSE_WAIT  78/php\n"
		"Active UNIX domain sockets (servers and established)\n"
		"Proto RefCnt Flags       Type       State         I-Node   Path\n"
		"unix  2      [ ]         DGRAM                    36371    /run/x\n";
	struct nv_error err = { 0, "" };
	struct nv_captures *all = read_text("x", linux_table);
	struct nv_comparison *c = compare(NULL, all, NAN, &err);
	const struct nv_report *r = nv_comparison_report(c);

	(void)state;
	assert_int_equal(value_of(all, NV_C_tcpCloseWaitUnread), 2);
	assert_int_equal(value_of(all, NV_C_tcpCloseWait), 1);
	assert_int_equal(r->offender_count, 2);
	assert_int_equal(r->offenders[0].indicator, NV_I_tcpCloseWaitUnread);
	assert_int_equal(r->offenders[0].pid, 77);
	assert_int_equal(r->offenders[0].bytes, 8768);
	assert_int_equal(r->offenders[0].count, 2);
	assert_string_equal(r->offenders[0].process, "java");
	nv_comparison_free(c);
	nv_captures_free(all);
	all = read_text("x",
		"Netid State      Recv-Q Send-Q Local Address:Port Peer Address:Port\n"
		"tcp   CLOSE-WAIT 9 0 192.0.2.1:80 198.51.100.1:999 users:((\"httpd\",pid=5,fd=3))\n"
		"tcp   LISTEN 129 128 0.0.0.0:443 0.0.0.0:*\n");
	assert_int_equal(value_of(all, NV_C_tcpCloseWaitUnread), 1);
	assert_int_equal(value_of(all, NV_C_tcpListenFull), 1);
	nv_captures_free(all);
	all = read_text("x",
		"Active Connections\r\n\r\n  Proto  Local Address          Foreign Address        State\r\n"
		"  TCP    192.0.2.1:80           198.51.100.1:999       CLOSE_WAIT\r\n");
	assert_string_equal(nv_captures_platform(all, 0), "windows");
	assert_int_equal(value_of(all, NV_C_tcpCloseWait), 1);
	nv_captures_free(all);
}

static void windows_interface_statistics(void **state)
{
	struct nv_captures *all = read_text("x",
		"Interface Statistics\r\n\r\n                           Received            Sent\r\n\r\n"
		"Bytes                    1834723981       343242243\r\nUnicast packets             2234522         "
		"1543122\r\nNon-unicast packets           44321            9876\r\nDiscards                          3    "
		"           4\r\nErrors                            5               6\r\nUnknown protocols                77\r\n");

	(void)state;
	assert_int_equal(value_of(all, NV_C_ifInPkts), 2234522 + 44321);
	assert_int_equal(value_of(all, NV_C_ifOutPkts), 1543122 + 9876);
	assert_int_equal(value_of(all, NV_C_ifOutDrops), 4);
	assert_int_equal(value_of(all, NV_C_ifInErrs), 5);
	nv_captures_free(all);
}

static void other_tables_of_sockets_and_memory(void **state)
{
	struct nv_captures *all;

	(void)state;
	all = read_text("x",
		"TCP: IPv4\n   Local Address        Remote Address    Swind Send-Q Rwind Recv-Q    State\n"
		"10.0.0.5.8080        10.0.0.9.41000       49640      0 49640   8756 CLOSE_WAIT\n");
	assert_string_equal(nv_captures_platform(all, 0), "solaris");
	assert_int_equal(value_of(all, NV_C_tcpCloseWaitUnread), 1);
	nv_captures_free(all);
	all = read_text("x",
		"By size           inuse     calls failed   delayed    free   hiwat   freed\n"
		"64                   79    123456      1         2      49    5240       0\n"
		"128                 111    223344      2         3      17    2620       0\n");
	assert_string_equal(nv_captures_platform(all, 0), "aix");
	assert_int_equal(value_of(all, NV_C_mbufDenied), 3);
	assert_int_equal(value_of(all, NV_C_mbufDelayed), 5);
	nv_captures_free(all);
	all = read_text("x",
		"Total: 180 (kernel 0)\nTCP:   60 (estab 12, closed 30, orphaned 1, synrecv 0, timewait 28/0), "
		"ports 0\n");
	assert_int_equal(value_of(all, NV_C_tcpCurrEstab), 12);
	assert_int_equal(value_of(all, NV_C_tcpSocketsTimeWait), 28);
	nv_captures_free(all);
}

static void zeros_that_the_grammar_leaves_out(void **state)
{
	struct nv_captures *all = read_text("x",
		"Ip:\n    7 total packets received\nTcp:\n    5 segments received\n"
		"TcpExt:\n    3 delayed acks sent\nIpExt:\n    InOctets: 5\n");

	(void)state;
	assert_int_equal(
		value_of(all, NV_C_tcpListenOverflows), 0); /* printed only when it is not zero */
	assert_int_equal(value_of(all, NV_C_ipOutNoRoutes), 0);
	assert_false(has(all, NV_C_tcpRetransSegs)); /* always printed: it was cut off */
	assert_false(has(all, NV_C_ipInDelivers));
	assert_false(has(all, NV_C_udpNoPorts));
	nv_captures_free(all);
	/* the text ends in the section: what would stand below its last line was cut off */
	all = read_text("x", "TcpExt:\n    5 resets received for embryonic SYN_RECV sockets\n");
	assert_int_equal(value_of(all, NV_C_tcpSynCookiesSent), 0);
	assert_false(has(all, NV_C_tcpListenOverflows));
	nv_captures_free(all);
	/* a line of it was not understood: it may be the one */
	all = read_text("x",
		"TcpExt:\n    3 delayed acks sent\n    12 tiems the listen queue overflowed\nIpExt:\n"
		"    InOctets: 5\n");
	assert_false(has(all, NV_C_tcpListenOverflows));
	nv_captures_free(all);
	all = read_text("x", "Tcp:\n    5 segments received\n");
	assert_false(has(all, NV_C_tcpListenOverflows)); /* its section is not there */
	nv_captures_free(all);
}

static void nodes_are_kept_apart(void **state)
{
	struct nv_captures *all = read_text("x",
		"node-1: tcp:\nnode-1: \t5 packets sent\nnode-2: tcp:\nnode-2: \t7 packets sent\n");

	(void)state;
	assert_int_equal(nv_captures_count(all), 2);
	assert_string_equal(nv_captures_node(all, 1), "node-2");
	assert_int_equal(nv_captures_snapshot(all, 0)->value[NV_C_tcpOutPkts], 5);
	assert_int_equal(nv_captures_snapshot(all, 1)->value[NV_C_tcpOutPkts], 7);
	nv_captures_free(all);
}

static void one_cause_is_told_once(void **state)
{
	struct nv_error err = { 0, "" };
	struct nv_captures *before = read_text("a",
		"udp:\n\t1000 datagrams received\n\t10 dropped due to no socket\nip:\n\t9000 total packets received\n\t500 packets sent from this host\n"
		"\t10 packets for unknown/unsupported protocol\nicmp:\n\tOutput histogram:\n\t\tdestination unreachable: 10\n"
		"\tInput histogram:\n\t\tdestination unreachable: 10\n");
	struct nv_captures *after = read_text("b",
		"udp:\n\t9000 datagrams received\n\t4112 dropped due to no socket\nip:\n\t90000 total packets received\n\t50000 packets sent from this host\n"
		"\t4113 packets for unknown/unsupported protocol\nicmp:\n\tOutput histogram:\n\t\tdestination unreachable: "
		"4108\n\tInput histogram:\n\t\tdestination unreachable: 4112\n");
	struct nv_comparison *c = compare(before, after, 3600, &err);
	const struct nv_report *r = nv_comparison_report(c);

	(void)state;
	assert_int_equal(r->verdicts[NV_I_udpNoPort].status, NV_WARNING);
	assert_int_equal(r->verdicts[NV_I_ipUnknownProto].status, NV_OK);
	assert_int_equal(r->verdicts[NV_I_ipUnknownProto].reason, NV_REASON_CONSEQUENCE);
	assert_int_equal(r->verdicts[NV_I_ipUnknownProto].consequence_of, NV_I_udpNoPort);
	assert_int_equal(r->verdicts[NV_I_icmpInUnreachable].status, NV_OK);
	assert_int_equal(r->verdicts[NV_I_udpNoPort].side, NV_SIDE_THIS_HOST);
	nv_comparison_free(c);
	nv_captures_free(before);
	nv_captures_free(after);
}

/* So many datagrams for its own closed port, and so many of the unreachables that they make. */
static bool is_own_port(unsigned ports, unsigned unreachables)
{
	static const char form[] =
		"udp:\n\t%u datagrams received\n\t%u dropped due to no socket\n"
		"ip:\n\t%u total packets received\n\t%u packets sent from this host\n"
		"icmp:\n\tOutput histogram:\n\t\tdestination unreachable: %u\n"
		"\tInput histogram:\n\t\tdestination unreachable: %u\n";
	struct nv_error err = { 0, "" };
	char text[2][512];

	snprintf(text[0], sizeof(text[0]), form, 1000, 10, 9000, 500, 10, 10);
	snprintf(text[1], sizeof(text[1]), form, 9000, 10 + ports, 90000, 50000, 10 + unreachables,
		10 + unreachables);
	struct nv_captures *before = read_text("a", text[0]), *after = read_text("b", text[1]);
	struct nv_comparison *c = compare(before, after, 3600, &err);
	bool own = nv_comparison_report(c)->verdicts[NV_I_udpNoPort].side == NV_SIDE_THIS_HOST;

	nv_comparison_free(c);
	nv_captures_free(before);
	nv_captures_free(after);
	return own;
}

/* Equal is what differs by two packets and two in a hundred. */
static void nearly_equal_counts_are_one_cause(void **state)
{
	(void)state;
	assert_true(is_own_port(1000, 1022));
	assert_false(is_own_port(1000, 1023));
	assert_true(is_own_port(1022, 1000));
	assert_false(is_own_port(1023, 1000));
}

/* netstat -ibh: near the truth as far as it can be counted; what no counter holds is no number. */
static void numbers_with_a_unit(void **state)
{
	static const struct {
		const char *octets;
		uint64_t value;
		bool present;
	} cases[] = { { "1.1G", 1100000000, true }, { "18E", UINT64_C(18000000000000000000), true },
		{ "990E", 0, false }, { "19E", 0, false } };
	unsigned octets = NV_C_ifInOctets - NV_C_ifInPkts;
	char text[512];

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct nv_captures *all;
		const struct nv_snapshot *s;

		snprintf(text, sizeof(text),
			"Name    Mtu Network       Address              Ipkts Ierrs Idrop     Ibytes    Opkts Oerrs     Obytes  Coll\n"
			"ext-1  1500 <Link#1>      00:50:56:aa:bb:01     1.2M     0     0     %6s     993K     0       812M     0\n",
			cases[i].octets);
		all = read_text("netstat-ibh.txt", text);
		s = nv_captures_snapshot(all, 0);
		if (cases[i].present) {
			assert_int_equal(s->interface_count, 1);
			assert_true(s->interfaces[0].value[octets] == cases[i].value);
		} else {
			assert_int_equal(s->interface_count, 0);
			assert_non_null(strstr(as_json(all), "\"unrecognized\":[{\"line\":2,"));
		}
		nv_captures_free(all);
	}
}

static void redaction_is_consistent(void **state)
{
	static const char text[] =
		"web-17 10.1.2.3:80 10.1.2.4.443 10.1.2.3 127.0.0.1 fe80::1:2ff:fe03:4 00:1b:21:aa:bb:cc "
		"db1.corp.example.net.5432 0.0.0.0 12.5 % 14:00:06 1.2K\n";
	char buffer[600];
	struct nv_out out = { buffer, sizeof(buffer), 0 };
	struct nv_error err = { 0, "" };
	struct nv_captures *all = read_text(
		"x", "root@web-17:~# netstat -s\ntcp:\n\t5 packets sent\n");
	struct nv_redactor *r = nv_redactor_new(&err);

	(void)state;
	nv_redactor_names(r, all);
	nv_redact(r, &out, text, strlen(text));
	assert_null(strstr(buffer, "web-17"));
	assert_null(strstr(buffer, "10.1.2"));
	assert_null(strstr(buffer, "fe80"));
	assert_null(strstr(buffer, "1b:21"));
	assert_null(strstr(buffer, "corp"));
	assert_non_null(strstr(buffer, "127.0.0.1 "));
	assert_non_null(strstr(buffer, " 0.0.0.0 12.5 % 14:00:06 1.2K\n"));
	assert_int_equal(count_of(buffer, "192.0.2.2"), 2); /* the same address, twice */
	nv_redactor_free(r);
	nv_captures_free(all);
}

static void what_is_no_capture_is_refused(void **state)
{
	struct nv_error err = { 0, "" };
	struct nv_captures *all = nv_captures_new(NULL, &err);

	(void)state;
	assert_int_equal(nv_captures_add(all, "novel.txt", "It was a dark night.\n", 21, &err), 0);
	assert_int_equal(nv_captures_finish(all, &err), -1);
	assert_non_null(strstr(err.text, "novel.txt, line 1"));
	nv_captures_free(all);
	assert_null(nv_captures_new("vms", &err));
	assert_non_null(strstr(err.text, "vms"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fixture_is_read_exactly),
		cmocka_unit_test(numbers_of_the_article),
		cmocka_unit_test(thresholds_of_the_article),
		cmocka_unit_test(words_by_place_and_form),
		cmocka_unit_test(unknown_lines_are_listed_not_guessed),
		cmocka_unit_test(negative_numbers),
		cmocka_unit_test(negative_numbers_of_tables),
		cmocka_unit_test(a_section_printed_twice_counts_once),
		cmocka_unit_test(margin_says_the_class),
		cmocka_unit_test(margin_of_copies_of_proc),
		cmocka_unit_test(all_zero_is_not_available),
		cmocka_unit_test(wrapped_totals_have_no_share),
		cmocka_unit_test(difference_over_the_wrap),
		cmocka_unit_test(what_cannot_be_compared),
		cmocka_unit_test(elapsed_time_comes_from_names_too),
		cmocka_unit_test(dates_in_every_spelling),
		cmocka_unit_test(interface_tables),
		cmocka_unit_test(memory_tables),
		cmocka_unit_test(socket_tables),
		cmocka_unit_test(windows_interface_statistics),
		cmocka_unit_test(other_tables_of_sockets_and_memory),
		cmocka_unit_test(zeros_that_the_grammar_leaves_out),
		cmocka_unit_test(nodes_are_kept_apart),
		cmocka_unit_test(one_cause_is_told_once),
		cmocka_unit_test(nearly_equal_counts_are_one_cause),
		cmocka_unit_test(numbers_with_a_unit),
		cmocka_unit_test(redaction_is_consistent),
		cmocka_unit_test(what_is_no_capture_is_refused),
	};

	return cmocka_run_group_tests_name("capture", tests, NULL, NULL);
}
