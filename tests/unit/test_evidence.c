/* SPDX-License-Identifier: MIT */
/*
 * Evidence without a kernel: packets that say of resets and unreachables, whose they are, and the
 * interface with the largest share of what is wrong.
 */
#include "support.h"

#include "engine/engine.h"
#include "evidence/parts.h"
#include "evidence/shares.h"

#include <arpa/inet.h>

/* ---- packets
 * ---------------------------------------------------------------------------------------------- */

static uint8_t packet[160];
static size_t length;

static void begin_packet(unsigned version, unsigned protocol, const char *from, const char *to)
{
	bool four = version == 4;

	memset(packet, 0, sizeof(packet));
	packet[0] = four ? 0x45 : 0x60;
	packet[four ? 9 : 6] = (uint8_t)protocol;
	assert_int_equal(inet_pton(four ? AF_INET : AF_INET6, from, packet + (four ? 12 : 8)), 1);
	assert_int_equal(inet_pton(four ? AF_INET : AF_INET6, to, packet + (four ? 16 : 24)), 1);
	length = four ? 20 : 40;
}

static void add_tcp(unsigned from, unsigned to, unsigned flags)
{
	packet[length] = (uint8_t)(from >> 8);
	packet[length + 1] = (uint8_t)from;
	packet[length + 2] = (uint8_t)(to >> 8);
	packet[length + 3] = (uint8_t)to;
	packet[length + 13] = (uint8_t)flags;
	length += 20;
}

static void wrap_unreachable(unsigned version, unsigned code, const char *from, const char *to)
{
	uint8_t quoted[160];
	size_t bytes = length;

	memcpy(quoted, packet, sizeof(quoted));
	begin_packet(version, version == 4 ? 1 : 58, from, to);
	packet[length] = version == 4 ? 3 : 1;
	packet[length + 1] = (uint8_t)code;
	memcpy(packet + length + 8, quoted, bytes);
	length += 8 + bytes;
}

static void is_address(unsigned version, const uint8_t address[16], const char *text)
{
	char buf[64];

	nv_address_say(version == 4 ? AF_INET : AF_INET6, address, buf);
	assert_string_equal(buf, text);
}

static void resets(void **state)
{
	static const struct {
		unsigned version;
		const char *peer, *own;
	} cases[] = { { 4, "10.2.3.4", "10.0.0.1" }, { 6, "2001:db8::4", "2001:db8::1" } };
	struct nv_packet t;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		begin_packet(cases[i].version, 6, cases[i].peer, cases[i].own);
		add_tcp(8080, 40000, 0x14);
		assert_true(nv_packet_parse(packet, length, false, &t));
		assert_int_equal(t.kind, NV_PACKET_RESET_IN);
		assert_int_equal(t.remote_port, 8080);
		assert_int_equal(t.local_port, 40000);
		is_address(cases[i].version, t.remote, cases[i].peer);
		is_address(cases[i].version, t.local, cases[i].own);
		begin_packet(cases[i].version, 6, cases[i].own, cases[i].peer);
		add_tcp(25, 50000, 4);
		assert_true(nv_packet_parse(packet, length, true, &t));
		assert_int_equal(t.kind, NV_PACKET_RESET_OUT);
		assert_int_equal(t.remote_port, 50000);
		assert_int_equal(t.local_port, 25);
		is_address(cases[i].version, t.remote, cases[i].peer);
		begin_packet(cases[i].version, 6, cases[i].own, cases[i].peer);
		add_tcp(25, 50000, 0x11); /* FIN */
		assert_false(nv_packet_parse(packet, length, true, &t));
		/* Whatever is cut off is not read. */
		begin_packet(cases[i].version, 6, cases[i].peer, cases[i].own);
		add_tcp(8080, 40000, 4);
		for (size_t cut = 0; cut + 6 < length; cut++) {
			uint8_t *exact = malloc(cut ? cut : 1);

			memcpy(exact, packet, cut);
			assert_false(nv_packet_parse(exact, cut, false, &t));
			free(exact);
		}
	}
	begin_packet(4, 6, "10.2.3.4", "10.0.0.1");
	add_tcp(8080, 40000, 4);
	packet[7] = 1; /* a later fragment has no header of TCP */
	assert_false(nv_packet_parse(packet, length, false, &t));
	begin_packet(4, 17, "10.2.3.4", "10.0.0.1");
	assert_false(nv_packet_parse(packet, sizeof(packet), false, &t));
}

static void unreachables(void **state)
{
	struct nv_packet t;

	(void)state;
	begin_packet(4, 17, "10.0.0.1", "10.9.9.9");
	add_tcp(40000, 53, 0);
	wrap_unreachable(4, 1, "10.0.0.254", "10.0.0.1");
	assert_true(nv_packet_parse(packet, length, false, &t));
	assert_int_equal(t.kind, NV_PACKET_UNREACHABLE);
	is_address(4, t.remote, "10.9.9.9");
	is_address(4, t.local, "10.0.0.1");
	is_address(4, t.sender, "10.0.0.254");
	assert_int_equal(t.remote_port, 53);
	assert_string_equal(nv_packet_code(&t), "host unreachable");
	assert_int_equal(nv_packet_side(&t), NV_SIDE_PATH);
	t.code = 3;
	assert_int_equal(nv_packet_side(&t), NV_SIDE_PEER); /* no program at that port */
	t.code = 1;
	assert_false(nv_packet_parse(packet, length, true, &t)); /* what we say ourselves */
	begin_packet(4, 17, "10.0.0.1", "10.9.9.9");
	wrap_unreachable(4, 4, "10.0.0.254", "10.0.0.1");
	assert_false(nv_packet_parse(packet, length, false, &t)); /* too big is no fault */
	begin_packet(6, 17, "2001:db8::1", "2001:db8:9::9");
	wrap_unreachable(6, 0, "2001:db8::fe", "2001:db8::1");
	assert_true(nv_packet_parse(packet, length, false, &t));
	is_address(6, t.remote, "2001:db8:9::9");
	assert_string_equal(nv_packet_code(&t), "no route");
	for (unsigned code = 0; code < 256; code++) {
		t.code = (uint8_t)code;
		assert_true(strlen(nv_packet_code(&t)) > 4);
	}
	for (size_t cut = 0; cut < 40 + 8 + 40; cut++)
		assert_false(nv_packet_parse(packet, cut, false, &t));
}

static void hear(struct nv_packet_groups *packets, const char *peer, unsigned peer_port,
	unsigned own_port, unsigned times)
{
	struct nv_packet t;

	begin_packet(4, 6, peer, "10.0.0.1");
	add_tcp(peer_port, own_port, 4);
	assert_true(nv_packet_parse(packet, length, false, &t));
	while (times--)
		nv_packet_groups_add(packets, &t);
}

static void packets_by_network(void **state)
{
	static struct nv_packet_groups packets;
	const struct nv_packet_group *g;

	(void)state;
	memset(&packets, 0, sizeof(packets));
	hear(&packets, "10.5.5.5", 80, 40000, 4);
	hear(&packets, "10.2.3.9", 443, 40001, 3);
	hear(&packets, "10.2.3.4", 8080, 40002, 9);
	hear(&packets, "10.2.3.4", 8080, 40003, 9);
	assert_int_equal(packets.total[NV_PACKET_RESET_IN], 25);
	g = nv_packet_groups_rank(&packets, NV_PACKET_RESET_IN, 0);
	assert_non_null(g);
	assert_int_equal(g->count, 21);
	assert_false(g->one_remote);
	is_address(4, g->most.remote, "10.2.3.4");
	assert_int_equal(g->most.remote_port, 8080);
	g = nv_packet_groups_rank(&packets, NV_PACKET_RESET_IN, 1);
	assert_non_null(g);
	assert_true(g->one_remote && g->count == 4);
	assert_null(nv_packet_groups_rank(&packets, NV_PACKET_RESET_IN, 2));
	assert_null(nv_packet_groups_rank(&packets, NV_PACKET_UNREACHABLE, 0));
	/* More networks than there are places: counted, not stored. */
	for (unsigned i = 0; i < 300; i++) {
		char peer[32];

		snprintf(peer, sizeof(peer), "10.7.%u.1", i % 250);
		hear(&packets, peer, 1, 2, 1);
	}
	assert_int_equal(packets.total[NV_PACKET_RESET_IN], 325);
	assert_int_equal(packets.count, NV_PACKET_GROUPS_MAX);
}

/* Of all, of some, of one: as a person would say it. */
static void how_many_packets(void **state)
{
	static struct nv_packet_groups packets;
	const struct nv_route way = { .interface = "eth1" };
	struct nv_offender o;

	(void)state;
	memset(&packets, 0, sizeof(packets));
	hear(&packets, "10.5.5.5", 80, 40000, 1);
	memset(&o, 0, sizeof(o));
	nv_packet_groups_fill(
		&packets, nv_packet_groups_rank(&packets, NV_PACKET_RESET_IN, 0), &way, &o);
	assert_string_equal(o.text, "1 reset seen comes from 10.5.5.5 dev eth1 port 80");
	hear(&packets, "10.5.5.5", 80, 40000, 3);
	memset(&o, 0, sizeof(o));
	nv_packet_groups_fill(
		&packets, nv_packet_groups_rank(&packets, NV_PACKET_RESET_IN, 0), &way, &o);
	assert_string_equal(o.text, "all 4 resets seen come from 10.5.5.5 dev eth1, most port 80");
	hear(&packets, "10.2.3.4", 8080, 40002, 2);
	memset(&o, 0, sizeof(o));
	nv_packet_groups_fill(
		&packets, nv_packet_groups_rank(&packets, NV_PACKET_RESET_IN, 0), &way, &o);
	assert_string_equal(o.text, "4 of 6 resets seen come from 10.5.5.5 dev eth1, most port 80");
}

/* ---- shares of interfaces
 * ---------------------------------------------------------------------------------- */

static struct nv_interface before[4], now[4];

static void interface(unsigned i, const char *name, bool feeds, uint64_t packets, uint64_t errors)
{
	snprintf(before[i].name, sizeof(before[i].name), "%s", name);
	before[i].index = i + 1;
	before[i].feeds = feeds;
	before[i].value[NV_C_ifInPkts - NV_C_ifInPkts] = 1000;
	before[i].value[NV_C_ifInErrs - NV_C_ifInPkts] = 50;
	now[i] = before[i];
	now[i].value[NV_C_ifInPkts - NV_C_ifInPkts] += packets;
	now[i].value[NV_C_ifInErrs - NV_C_ifInPkts] += errors;
}

static void shares(void **state)
{
	struct nv_snapshot host = { .interfaces = now, .interface_count = 4 };
	bool wanted[NV_I_END] = { false };
	struct nv_offender o[4];

	(void)state;
	interface(0, "lo", false, 100000, 0);
	interface(1, "eth0", true, 300, 10);
	interface(2, "eth1", true, 700, 90);
	interface(3, "veth0", false, 0, 500);
	assert_int_equal(nv_interface_shares(wanted, before, 4, &host, o, 4), 0);
	wanted[NV_I_ifInErrors] = true;
	assert_int_equal(nv_interface_shares(wanted, before, 4, &host, o, 4), 1);
	assert_string_equal(o[0].interface, "eth1");
	assert_int_equal(o[0].klass, NV_CLASS_CORRUPTED);
	assert_int_equal(o[0].count, 90);
	assert_string_equal(
		o[0].text, "eth1: 90 packets received with errors, 700 well; 90 % of all such");
	/* Damage found above: the interfaces that packets came by, and their own errors. */
	wanted[NV_I_ifInErrors] = false;
	wanted[NV_I_tcpInChecksum] = true;
	assert_int_equal(nv_interface_shares(wanted, before, 4, &host, o, 4), 2);
	assert_string_equal(o[0].interface, "eth1");
	assert_string_equal(o[0].text,
		"70 % of the packets came by eth1, which itself counts 90 errors in 700");
	assert_string_equal(o[1].interface, "eth0");
	assert_int_equal(nv_interface_shares(wanted, before, 4, &host, o, 1), 1);
	/* Equal shares are both reported, once each. */
	interface(1, "eth0", true, 700, 0);
	assert_int_equal(nv_interface_shares(wanted, before, 4, &host, o, 4), 2);
	assert_string_equal(o[0].interface, "eth0");
	assert_string_equal(o[1].interface, "eth1");
	wanted[NV_I_tcpInChecksum] = true;
	interface(2, "eth1", true, 0, 0);
	assert_int_equal(nv_interface_shares(wanted, before, 4, &host, o, 4), 1);
	assert_string_equal(
		o[0].text, "100 % of the packets came by eth0, which counts no error itself");
	interface(2, "eth1", true, 700, 90);
	/* New, or reset: nothing is known of it. */
	now[1].index = 77;
	now[2].value[NV_C_ifInPkts - NV_C_ifInPkts] = 3;
	assert_int_equal(nv_interface_shares(wanted, before, 4, &host, o, 4), 0);
}

/* A fifth is worth a line, less is not. */
static void small_shares_are_not_named(void **state)
{
	struct nv_snapshot host = { .interfaces = now, .interface_count = 2 };
	bool wanted[NV_I_END] = { [NV_I_ifInErrors] = true };
	struct nv_offender o[4];

	(void)state;
	interface(0, "eth0", true, 1000, 80);
	interface(1, "eth1", true, 1000, 20);
	assert_int_equal(nv_interface_shares(wanted, before, 2, &host, o, 4), 2);
	interface(1, "eth1", true, 1000, 19);
	assert_int_equal(nv_interface_shares(wanted, before, 2, &host, o, 4), 1);
}

/* The same through the engine: what it was fed with names the interface, without any kernel. */
static void the_engine_names_the_interface(void **state)
{
	struct nv_snapshot host = {
		.interfaces = now, .interface_count = 4, .uptime_s = 100, .hour_of_week = -1
	};
	struct nv_error err = { 0, "" };
	const struct nv_report *report;
	struct nv_engine *engine;
	struct nv_config config;

	(void)state;
	nv_config_init(&config);
	config.mode = NV_ONESHOT;
	config.fed = true;
	engine = nv_engine_new(&config, &err);
	assert_non_null(engine);
	interface(0, "lo", false, 0, 0);
	interface(1, "eth0", true, 0, 0);
	interface(2, "eth1", true, 0, 0);
	interface(3, "veth0", false, 0, 0);
	for (unsigned i = 0; i < 4; i++)
		now[i].present = before[i].present = (1u << NV_IF_VALUES) - 1;
	for (unsigned t = 0; t < 20; t++) {
		host.mono_ns = host.boot_ns = (100 + t) * UINT64_C(1000000000);
		now[1].value[NV_C_ifInPkts - NV_C_ifInPkts] += 1000;
		now[2].value[NV_C_ifInPkts - NV_C_ifInPkts] += 1000;
		now[2].value[NV_C_ifInErrs - NV_C_ifInPkts] += 100;
		assert_true(nv_engine_feed(engine, &host) >= 0);
	}
	report = nv_engine_report(engine);
	assert_true(nv_is_raised(report->verdicts[NV_I_ifInErrors].status));
	assert_int_equal(report->offender_count, 1);
	assert_int_equal(report->offenders[0].indicator, NV_I_ifInErrors);
	assert_string_equal(report->offenders[0].interface, "eth1");
	assert_contains(report->offenders[0].text, "100 % of all such");
	nv_engine_free(engine);
}

/* With or without the right to hear anything: it is begun, and ends when it is reported to. */
static void listening(void **state)
{
	static struct nv_packet_capture tap;
	static struct nv_packet_groups packets = { .captured_s = NAN };
	static struct nv_netlink route = { .fd = -1 };
	double begun_s;

	(void)state;
	assert_false(nv_packet_capture_ready(&tap, true)); /* nothing was begun */
	for (unsigned i = 0; i < 2; i++) {
		assert_true(nv_packet_capture_start(&tap));
		assert_true(nv_packet_capture_start(&tap)); /* still the same */
		nv_packet_capture_end(&tap);
		assert_false(tap.running);
		assert_in_range(tap.count + 1, 0, NV_PACKETS_MAX + 1);
		assert_false(
			nv_packet_capture_ready(&tap, true)); /* that second was given already */
	}
	/* What does not wait comes back before the second is over; what was heard lately is not
	 * asked for again. */
	nv_packet_groups_capture(&packets, &route, 1u << NV_PACKET_RESET_IN, 100, false);
	assert_true(packets.tap.running);
	begun_s = packets.captured_s;
	assert_true(begun_s == 100);
	nv_packet_groups_capture(&packets, &route, 1u << NV_PACKET_RESET_IN, 105, true);
	assert_false(packets.tap.running);
	packets.total[NV_PACKET_RESET_IN] = 3;
	nv_packet_groups_capture(&packets, &route, 1u << NV_PACKET_RESET_IN, 130, true);
	nv_packet_groups_capture(&packets, &route, 1u << NV_PACKET_RESET_IN, 159, true);
	assert_true(packets.captured_s == 100);
	assert_int_equal(packets.total[NV_PACKET_RESET_IN], 3);
	/* Of an hour ago: forgotten, and begun anew. */
	nv_packet_groups_capture(&packets, &route, 1u << NV_PACKET_RESET_IN, 3700, false);
	assert_true(packets.captured_s == 3700);
	assert_int_equal(packets.total[NV_PACKET_RESET_IN], 0);
	nv_packet_capture_end(&packets.tap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resets),
		cmocka_unit_test(unreachables),
		cmocka_unit_test(packets_by_network),
		cmocka_unit_test(how_many_packets),
		cmocka_unit_test(shares),
		cmocka_unit_test(small_shares_are_not_named),
		cmocka_unit_test(the_engine_names_the_interface),
		cmocka_unit_test(listening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
