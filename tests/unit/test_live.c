/* SPDX-License-Identifier: MIT */
/*
 * The sources: this kernel against its own text, and recorded trees, whole, changing, broken. What
 * a snapshot says must be what stands in the files, through the same front end that everybody uses.
 */
#include "engine/engine.h"
#include "engine/live.h"
#include "nv_present.h"
#include "support.h"

#include <sys/utsname.h>

static struct nv_config config;
static struct nv_live *live;
static struct nv_snapshot snapshot;
static struct nv_error err;
static char directory[64];

static int begin(void **state)
{
	(void)state;
	nv_config_init(&config);
	memset(&snapshot, 0, sizeof(snapshot));
	memset(&err, 0, sizeof(err));
	make_directory(directory);
	live = NULL;
	return 0;
}

static int end(void **state)
{
	(void)state;
	nv_live_free(live);
	nv_snapshot_fini(&snapshot);
	remove_directory(directory);
	return 0;
}

static void open_root(const char *root)
{
	nv_live_free(live);
	snprintf(config.root, sizeof(config.root), "%s", root);
	live = nv_live_new(&config, &err);
	if (!live)
		fail_msg("%s", err.text);
}

static int read_once(void)
{
	return nv_live_read(live, &snapshot, &err);
}

/* ---- this kernel
 * ------------------------------------------------------------------------------------- */

static uint64_t kernel_says(const char *path, const char *row, const char *key)
{
	char *text = slurp(path, NULL), *save = NULL;
	char names[8192] = "";
	uint64_t value = UINT64_MAX;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *a = NULL, *b = NULL, *name, *number;

		if (strncmp(line, row, strlen(row)) != 0 || line[strlen(row)] != ':')
			continue;
		if (!names[0]) {
			snprintf(names, sizeof(names), "%s", line);
			continue;
		}
		name = strtok_r(names, " ", &a);
		number = strtok_r(line, " ", &b);
		for (; name && number;
			name = strtok_r(NULL, " ", &a), number = strtok_r(NULL, " ", &b))
			if (strcmp(name, key) == 0)
				value = strtoull(number, NULL, 10);
		break;
	}
	free(text);
	return value;
}

static void this_kernel(void **state)
{
	static const struct {
		enum nv_counter_id id;
		const char *path, *row, *key;
	} counters[] = { { NV_C_tcpInSegs, "/proc/net/snmp", "Tcp", "InSegs" },
		{ NV_C_ipInReceives, "/proc/net/snmp", "Ip", "InReceives" },
		{ NV_C_udpOutDatagrams, "/proc/net/snmp", "Udp", "OutDatagrams" },
		{ NV_C_tcpOutDataSegs, "/proc/net/netstat", "TcpExt", "TCPOrigDataSent" },
		{ NV_C_ipInOctets, "/proc/net/netstat", "IpExt", "InOctets" } };
	uint64_t first_ns;

	(void)state;
	open_root("");
	for (int again = 0; again < 2; again++) /* careful, then quick */
		for (size_t i = 0; i < COUNT(counters); i++) {
			uint64_t before = kernel_says(
					 counters[i].path, counters[i].row, counters[i].key),
				 after;

			if (read_once() != 1)
				fail_msg("%s", err.text);
			after = kernel_says(counters[i].path, counters[i].row, counters[i].key);
			assert_int_equal(snapshot.present[counters[i].id], 1);
			assert_in_range(snapshot.value[counters[i].id], before, after);
		}
	assert_string_equal(err.text, "");
	assert_true(snapshot.mono_ns > 0 && snapshot.boot_ns >= snapshot.mono_ns);
	assert_true(snapshot.time_s > 1600000000 && snapshot.hour_of_week >= 0 &&
		snapshot.hour_of_week < 168);
	assert_true(nv_live_cost_us(live) > 0 && nv_live_cost_us(live) < 1e6);
	assert_true(nv_live_age_s(live, &snapshot) >= 0 && nv_live_age_s(live, &snapshot) < 60);
	first_ns = snapshot.mono_ns;
	assert_int_equal(read_once(), 1);
	assert_true(snapshot.mono_ns > first_ns);
}

static void interfaces_of_this_kernel(void **state)
{
	char *text = slurp("/proc/net/dev", NULL);
	unsigned lines = 0;
	bool loopback = false;

	(void)state;
	for (char *p = text; (p = strchr(p, ':')); p++)
		lines++;
	open_root("");
	assert_int_equal(read_once(), 1);
	assert_int_equal(snapshot.interface_count, lines);
	for (unsigned i = 0; i < snapshot.interface_count; i++) {
		const struct nv_interface *x = &snapshot.interfaces[i];

		assert_non_null(strstr(text, x->name));
		assert_true(x->index > 0);
		if (strcmp(x->name, "lo") != 0)
			continue;
		loopback = true;
		assert_false(x->feeds); /* no hardware behind it */
		assert_int_equal(x->index, 1);
	}
	assert_true(loopback);
	free(text);
	snprintf(config.interfaces, sizeof(config.interfaces), "lo");
	open_root("");
	assert_int_equal(read_once(), 1);
	for (unsigned i = 0; i < snapshot.interface_count; i++)
		assert_int_equal(snapshot.interfaces[i].feeds,
			strcmp(snapshot.interfaces[i].name, "lo") == 0);
}

static void identity(void **state)
{
	char host[NV_NAME_SIZE], kernel[NV_NAME_SIZE];
	struct utsname name;

	(void)state;
	uname(&name);
	open_root("");
	nv_live_identity(live, host, kernel);
	assert_true(strncmp(host, name.nodename, NV_NAME_SIZE - 1) == 0);
	assert_true(strncmp(kernel, "Linux ", 6) == 0);
	put_file(directory, "net/snmp", "Tcp: InSegs\nTcp: 5\n");
	put_file(directory, "sys/kernel/hostname", "web-17\n");
	open_root(directory);
	nv_live_identity(live, host, kernel);
	assert_string_equal(host, "web-17");
}

/* ---- recorded trees
 * ------------------------------------------------------------------------------------- */

static void the_numbered_tree(void **state)
{
	(void)state;
	open_root(NUMBERED);
	assert_int_equal(read_once(), 1);
	assert_string_equal(err.text, "");
	assert_near(snapshot.uptime_s, 86400.25, 1e-9);
	assert_int_equal(snapshot.mono_ns, UINT64_C(86400250000000));
	assert_int_equal(snapshot.boot_ns, snapshot.mono_ns);
	assert_int_equal(snapshot.time_s, 1700000000 + 86400);
	assert_int_equal(snapshot.interface_count, 4);
	assert_true(snapshot.interfaces[1].feeds);  /* eth0 */
	assert_false(snapshot.interfaces[0].feeds); /* lo */
	assert_false(snapshot.interfaces[3].feeds); /* veth12ab34c */
	for (unsigned id = 1; id < NV_C_END; id++)
		if (nv_counter_exists(id) && nv_counters[id].row &&
			nv_counters[id].file <= NV_FILE_SOFTNET)
			if (!snapshot.present[id])
				fail_msg("%s is absent", nv_counters[id].name);
	assert_int_equal(read_once(), 0); /* its clock stands still */
}

/* The normalized counters of that tree, as a program would get them, number by number. */
static void the_numbered_tree_as_json(void **state)
{
	static char buf[256 * 1024];
	struct nv_out out = { .buf = buf, .size = sizeof(buf) };
	char *golden;

	(void)state;
	open_root(NUMBERED);
	assert_int_equal(read_once(), 1);
	nv_counters_json(&out, &snapshot, "linux");
	assert_true(out.used < sizeof(buf));
	if (getenv("NV_WRITE_GOLDEN"))
		put_file("tests/golden", "live-numbered.json", buf);
	golden = slurp("tests/golden/live-numbered.json", NULL);
	for (const char *a = buf, *b = golden; *a || *b;
		a += strcspn(a, "\n") + 1, b += strcspn(b, "\n") + 1) {
		size_t length = strcspn(a, "\n");

		if (length != strcspn(b, "\n") || strncmp(a, b, length) != 0)
			fail_msg("got %.*s, expected %.*s", (int)length, a, (int)strcspn(b, "\n"),
				b);
	}
	free(golden);
}

static void only_snmp_is_required(void **state)
{
	(void)state;
	put_file(directory, "uptime", "7.5 1\n");
	put_file(directory, "net/snmp", "Tcp: InSegs\nTcp: 5\n");
	open_root(directory);
	assert_int_equal(read_once(), 1);
	assert_string_equal(err.text, "");
	assert_int_equal(snapshot.value[NV_C_tcpInSegs], 5);
	assert_int_equal(snapshot.present[NV_C_tcpOutSegs], 0);
	assert_int_equal(snapshot.time_s, 0); /* no stat: no date */
	assert_int_equal(snapshot.hour_of_week, -1);
	assert_false(snapshot.initial_netns);
}

/* The interfaces of a recorded tree, in another order each time; which is counted in class status.
 */
static void interfaces_of_a_tree(void **state)
{
#define DEV       "a\nb\n"
#define ROW(name) name ": 1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0\n"
	static const struct {
		const char *rule, *fed;
	} cases[] = { { "", " eth0 wlan0" }, { "all", " eth0 wlan0 wg0" }, { "! /^eth/", " wlan0" },
		{ "wg0, lo", " lo wg0" } };
	static const char *const texts[] = { DEV ROW("lo") ROW("eth0") ROW("wlan0") ROW("wg0"),
		DEV ROW("wlan0") ROW("lo") ROW("wg0") ROW("eth0"), DEV ROW("eth0"),
		DEV ROW("wg0") ROW("eth0") };
	char uptime[32], path[96];

	(void)state;
	put_file(directory, "net/snmp", "Tcp: InSegs\nTcp: 5\n");
	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(config.interfaces, sizeof(config.interfaces), "%s", cases[i].rule);
		open_root(directory);
		for (unsigned k = 0; k < 2 * COUNT(texts); k++) {
			snprintf(uptime, sizeof(uptime), "%u.5 1\n", 10 * (unsigned)i + k);
			put_file(directory, "uptime", uptime);
			put_file(directory, "net/dev", texts[k % COUNT(texts)]);
			assert_int_equal(read_once(), 1);
			assert_string_equal(err.text, "");
			assert_true(snapshot.interface_count > 0);
			for (unsigned n = 0; n < snapshot.interface_count; n++) {
				char name[NV_NAME_SIZE + 1];

				snprintf(name, sizeof(name), " %s", snapshot.interfaces[n].name);
				assert_int_equal(snapshot.interfaces[n].feeds,
					strstr(cases[i].fed, name) != NULL);
			}
		}
	}
	snprintf(path, sizeof(path), "%s/net/dev", directory);
	assert_int_equal(unlink(path), 0);
	put_file(directory, "uptime", "99 1\n");
	assert_int_equal(read_once(), 1);
	assert_contains(err.text, "/net/dev"); /* it was there before */
	assert_int_equal(snapshot.interface_count, 0);
}

/* IPv4 next hops that do not answer; a neighbour that is none does not count. Queues are in no
 * file. */
static void next_hops_of_a_tree(void **state)
{
	(void)state;
	put_file(directory, "net/snmp", "Tcp: InSegs\nTcp: 5\n");
	put_file(directory, "uptime", "7.5 1\n");
	put_file(directory, "net/route",
		"Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
		"eth0 00000000 0100000A 0003 0 0 0 00000000 0 0 0\n"
		"eth0 0000580A 6300000A 0003 0 0 0 0000FFFF 0 0 0\n"
		"eth0 0000000A 00000000 0001 0 0 0 00FFFFFF 0 0 0\n");
	open_root(directory);
	assert_int_equal(read_once(), 1);
	assert_int_equal(snapshot.present[NV_C_neighborsFailed], 0); /* half of it says nothing */
	put_file(directory, "net/arp",
		"IP address HW type Flags HW address Mask Device\n"
		"10.0.0.1 0x1 0x2 02:00:00:00:00:01 * eth0\n"
		"10.0.0.99 0x1 0x0 00:00:00:00:00:00 * eth0\n"
		"10.0.0.50 0x1 0x0 00:00:00:00:00:00 * eth0\n");
	put_file(directory, "uptime", "8.5 1\n");
	assert_int_equal(read_once(), 1);
	assert_int_equal(snapshot.present[NV_C_neighborsFailed], 1);
	assert_int_equal(snapshot.value[NV_C_neighborsFailed], 1);
	assert_int_equal(snapshot.present[NV_C_qdiscDrops], 0);
}

static void the_initial_namespace(void **state)
{
	(void)state;
	put_file(directory, "uptime", "7.5 1\n");
	put_file(directory, "net/snmp", "Tcp: InSegs\nTcp: 5\n");
	put_file(directory, "net/stat/arp_cache", "entries\n00000000\n");
	open_root(directory);
	assert_int_equal(read_once(), 1);
	assert_true(snapshot.initial_netns);
}

static void what_is_wrong_is_named(void **state)
{
	static const char *const clocks[] = { "", "soon\n", "-5 0\n", "nan\n", "1e300\n" };

	(void)state;
	put_file(directory, "net/snmp", "Tcp: InSegs\nTcp: 5\n");
	open_root(directory);
	assert_int_equal(read_once(), -1); /* no clock */
	assert_contains(err.text, "/uptime");
	for (size_t i = 0; i < COUNT(clocks); i++) {
		put_file(directory, "uptime", clocks[i]);
		if (read_once() != -1)
			fail_msg("uptime \"%s\" is taken", clocks[i]);
		assert_contains(err.text, "/uptime");
	}
	put_file(directory, "uptime", "7.5 1\n");
	put_file(directory, "net/snmp", "");
	assert_int_equal(read_once(), -1);
	assert_contains(err.text, "/net/snmp");
	/* A part that cannot be read is reported beside the rest. */
	put_file(directory, "net/snmp", "Tcp: InSegs\nTcp: 5\nUdp: InDatagrams\nUdp: many\n");
	assert_int_equal(read_once(), 1);
	assert_contains(err.text, "/net/snmp: line 4");
	assert_int_equal(snapshot.value[NV_C_tcpInSegs], 5);
	put_file(directory, "uptime", "8.5 1\n");
	put_file(directory, "net/snmp", "Tcp: InSegs\nTcp: 6\n");
	put_file(directory, "net/netstat", "TcpExt: ListenDrops\nTcpExt: 3\n");
	assert_int_equal(read_once(), 1);
	assert_string_equal(err.text, "");
	/* What worked once and is gone is reported as well. */
	put_file(directory, "uptime", "9.5 1\n");
	put_file(directory, "net/netstat", "");
	assert_int_equal(read_once(), 1);
	assert_contains(err.text, "/net/netstat");
	assert_int_equal(snapshot.present[NV_C_tcpListenDrops], 0);
}

static void a_file_larger_than_the_buffer(void **state)
{
	size_t size = 400 * 1024, used = 0;
	char *text = malloc(size);

	(void)state;
	put_file(directory, "uptime", "7.5 1\n");
	put_file(directory, "net/snmp", "Tcp: InSegs\nTcp: 5\n");
	while (used < size - 64)
		used += (size_t)snprintf(text + used, size - used, "Name%zu 7\n", used);
	snprintf(text + used, size - used, "Udp6NoPorts 99\n");
	put_file(directory, "net/snmp6", text);
	free(text);
	open_root(directory);
	assert_int_equal(read_once(), 1);
	assert_int_equal(snapshot.value[NV_C_udp6NoPorts], 99);
}

static void roles(void **state)
{
	struct nv_snapshot host;

	(void)state;
	host_init(&host);
	assert_int_equal(nv_guess_role(&host), NV_ROLE_HOST);
	nv_snapshot_interface(&host, text_of("veth1"));
	assert_int_equal(nv_guess_role(&host), NV_ROLE_HOST); /* it does not forward */
	host.value[NV_C_ipForwarding] = 1;
	assert_int_equal(nv_guess_role(&host), NV_ROLE_CONTAINER);
	host.interface_count = 1;
	assert_int_equal(nv_guess_role(&host), NV_ROLE_ROUTER);
	host.present[NV_C_ipForwarding] = 0;
	assert_int_equal(nv_guess_role(&host), NV_ROLE_HOST);
	nv_snapshot_fini(&host);
}

/* What only sockets say is absent without them. */
static void sockets_by_option(void **state)
{
	static const char *const words[] = { "auto", "none" };

	(void)state;
	for (unsigned i = 0; i < COUNT(words); i++) {
		const struct nv_snapshot *s;
		struct nv_engine *e;
		unsigned found = 0;

		nv_config_init(&config);
		assert_int_equal(
			nv_config_set(&config, NULL, "Sockets", words[i], &err), NV_CONFIG_SET);
		e = nv_engine_new(&config, &err);
		assert_non_null(e);
		assert_int_equal(nv_engine_poll(e, &err), 1);
		s = nv_engine_snapshot(e);
		for (unsigned id = 1; id < NV_C_END; id++)
			found += s->present[id] && nv_counters[id].file == NV_FILE_SOCKETS;
		assert_true(i ? found == 0 : found > 0);
		nv_engine_free(e);
	}
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(this_kernel),
		CASE(interfaces_of_this_kernel),
		CASE(identity),
		CASE(the_numbered_tree),
		CASE(the_numbered_tree_as_json),
		CASE(only_snmp_is_required),
		CASE(interfaces_of_a_tree),
		CASE(next_hops_of_a_tree),
		CASE(the_initial_namespace),
		CASE(what_is_wrong_is_named),
		CASE(a_file_larger_than_the_buffer),
		CASE(roles),
		CASE(sockets_by_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
