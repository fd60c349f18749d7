/* SPDX-License-Identifier: MIT */
/*
 * What interfaces and sockets cost, against the floor (the kernel's answer received and thrown
 * away) and against what others spend, on the same state, interleaved, in one process.
 *
 *     bench_sources links COUNT | sockets COUNT
 *
 * Makes its own network namespace. Prints one line a check: medians of the processor time of this
 * thread, hot (back to back) and cold (0.1 s apart), and their ratios; only ratios can fail.
 * collectd's read callbacks are loaded from its plugins, with a dispatch that does nothing.
 */
#include "kernel/kernel.h"
#include "sockets/sockets.h"
#include "sockets/socket_source.c"
#include "sockets/socket_dump.c"
#include "measure.h"

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* The answer of a dump received and thrown away: the floor. */
static void receive_raw(struct nv_netlink *netlink, struct nlmsghdr *request)
{
	bool more = true;

	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	if (send(netlink->fd, request, request->nlmsg_len, 0) < 0)
		abort();
	while (more) {
		ssize_t got = recv(netlink->fd, netlink->buffer, NV_NETLINK_BUFFER, 0);
		size_t left = got > 0 ? (size_t)got : 0;

		if (got <= 0)
			abort();
		for (const struct nlmsghdr *h = (const void *)netlink->buffer;
			NLMSG_OK(h, left) && more; h = NLMSG_NEXT(h, left))
			more = h->nlmsg_type != NLMSG_DONE;
	}
}

/* ---- interfaces
 * ----------------------------------------------------------------------------------------------------
 */

static struct nv_links *links;
static struct nv_snapshot snapshot;
static struct nv_netlink raw;

static void run_links(void)
{
	struct nv_error err;

	snapshot.interface_count = 0;
	if (nv_links_read(links, 0, &snapshot, &err) < 0)
		abort();
}

static void run_raw_links(void)
{
	struct {
		struct nlmsghdr header;
		struct if_stats_msg stats;
	} request = { .header = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETSTATS },
		.stats = { .filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64) } };

	receive_raw(&raw, &request.header);
}

static bool make_links(unsigned count)
{
	FILE *ip = popen("ip -batch - >/dev/null", "w");

	if (!ip)
		return false;
	for (unsigned i = 0; i < count / 2; i++)
		fprintf(ip, "link add a%u type veth peer name b%u\n", i, i);
	return pclose(ip) == 0;
}

static void bench_links(unsigned count)
{
	struct variant v[3] = { { "interfaces", run_links, 0 },
		{ "raw RTM_GETSTATS", run_raw_links, 0 },
		{ "collectd interface", run_collectd, 0 } };
	bool collectd = load_collectd("interface");
	char name[96];
	struct nv_error err;

	if (!make_links(count) || nv_netlink_open(&raw, NETLINK_ROUTE, 0, &err) < 0) {
		printf("skip - links: cannot make %u of them here\n", count);
		return;
	}
	links = nv_links_new("", &err);
	if (!links)
		abort();
	measure(v, 2);
	snprintf(
		name, sizeof(name), "%u interfaces, of raw RTM_GETSTATS", snapshot.interface_count);
	check_both(name, &v[0], &v[1], 1.10);
	if (collectd)
		measure(v, 3);
	snprintf(name, sizeof(name), "%u interfaces, of collectd interface",
		snapshot.interface_count);
	if (collectd)
		check_beside_floor(name, ratio(&v[0], &v[2], 0), ratio(&v[1], &v[2], 0),
			count < 100            ? 0.20
				: count < 3000 ? 0.13
					       : 0.28);
	else
		printf("skip - %s: /usr/lib/collectd/interface.so is not installed\n", name);
	counting = true;
	for (unsigned i = 0; i < 10; i++)
		run_links();
	counting = false;
	check("interfaces: allocations and opened files in ten cycles", allocations + opens, 0);
	nv_links_free(links);
	nv_snapshot_fini(&snapshot);
	nv_netlink_close(&raw);
}

/* ---- sockets
 * ---------------------------------------------------------------------------------------------------------
 */

static struct nv_sockets *ours;

static void look_at(enum nv_look look)
{
	static double now_s = 1000;
	struct nv_error err;

	if (nv_sockets_dump_tcp(ours, look, false, now_s += 10, &err) < 0)
		abort();
}

static void run_most(void)
{
	look_at(NV_LOOK_TCP_MOST);
}

static void run_all(void)
{
	look_at(NV_LOOK_TCP_ALL);
}

static void run_listeners(void)
{
	look_at(NV_LOOK_LISTENERS);
}

static void receive_raw_sockets(uint32_t states)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req request;
	} request = { .header = { .nlmsg_len = sizeof(request), .nlmsg_type = TCPDIAG_GETSOCK },
		.request = { .idiag_family = AF_INET, .idiag_states = states } };

	receive_raw(&raw, &request.header);
}

static void run_raw_all(void)
{
	receive_raw_sockets(ALL_STATES);
}

static void run_raw_most(void)
{
	receive_raw_sockets(ALL_STATES & ~(1u << NV_TCP_ESTABLISHED));
}

/* A child holds pairs of connected sockets, both ends, as many as it may have files. */
static void hold_sockets(unsigned count, unsigned port, int tell)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	unsigned made = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (bind(listener, (struct sockaddr *)&to, sizeof(to)) == 0 && listen(listener, 128) == 0)
		for (; made + 1 < count; made += 2) {
			int s = socket(AF_INET, SOCK_STREAM, 0);

			if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof(to)) != 0 ||
				accept(listener, NULL, NULL) < 0)
				break;
		}
	if (write(tell, &made, sizeof(made)) < 0)
		_exit(1);
	for (;;)
		pause();
}

static unsigned make_sockets(unsigned count)
{
	static unsigned port = 10000;
	unsigned made = 0, got = 0;
	struct rlimit files;
	int tell[2];

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || pipe(tell) != 0)
		return 0;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	do {
		/* The kernel prefers even ports, and looks at all 14,116 of them once they are
		 * taken. */
		unsigned share = files.rlim_max < 27000 ? (unsigned)files.rlim_max - 100 : 26000;
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0)
			hold_sockets(count - made < share ? count - made : share, port, tell[1]);
		port++;
		if (read(tell[0], &got, sizeof(got)) != (ssize_t)sizeof(got))
			break;
		made += got;
	} while (got && made + 1 < count);
	close(tell[0]);
	close(tell[1]);
	return made;
}

static void look_six_times(void)
{
	counting = true;
	for (unsigned i = 0; i < 3; i++) {
		run_all();
		run_most();
	}
	counting = false;
}

static void bench_sockets(unsigned count)
{
	struct variant v[6] = { { "all but ESTABLISHED", run_most, 0 }, { "all", run_all, 0 },
		{ "raw, all", run_raw_all, 0 }, { "raw, all but ESTABLISHED", run_raw_most, 0 },
		{ "listeners alone", run_listeners, 0 }, { "collectd tcpconns", run_collectd, 0 } };
	char *netstat[] = { (char *)(uintptr_t) "netstat", (char *)(uintptr_t) "-tan", NULL };
	char *ss[] = { (char *)(uintptr_t) "ss", (char *)(uintptr_t) "-tan", NULL };
	char *text[] = { (char *)(uintptr_t) "cat", (char *)(uintptr_t) "/proc/net/tcp", NULL };
	bool collectd = load_collectd("tcpconns");
	struct nv_error err;
	double netstat_us, ss_us, text_us;
	unsigned made;
	char name[96];
	long before_kb, growth_kb;

	if (count > 20000) /* each look costs tens of milliseconds */
		sample_count[0] = sample_count[1] = 15, warm_runs = count <= 500000;
	ours = nv_sockets_new("", &err);
	if (!ours || nv_netlink_open(&raw, NETLINK_SOCK_DIAG, 0, &err) < 0)
		abort();
	if (make_sockets(1000) < 1000) {
		printf("skip - sockets: cannot make 1000 of them here\n");
		return;
	}
	/* Whatever this program itself touches when it counts and prints is touched now. */
	look_six_times();
	(void)own_kb();
	before_kb = own_kb();
	made = 1000 + (count > 1000 ? make_sockets(count - 1000) : 0);
	if (made < count)
		printf("# only %u sockets could be made\n", made);
	look_six_times();
	growth_kb = own_kb() - before_kb;
	check("sockets: allocations and opened files in six looks", allocations + opens, 0);
	check("sockets: growth of own memory from 1,000 sockets on, kB", (double)growth_kb, 0);
	measure(v, collectd ? 6 : 5);
	netstat_us = command_us(netstat);
	ss_us = command_us(ss);
	text_us = command_us(text);
	printf("# %u sockets: netstat -tan %.0f us, ss -tan %.0f us of processor time with exec\n",
		made, netstat_us, ss_us);
	printf("# %u sockets, us for each: sock_diag received and thrown away %.2f, /proc/net/tcp read and thrown away "
	       "%.2f, ss -tan %.2f, netstat -tan %.2f\n",
		made, cold_us(&v[2]) / made, text_us / made, ss_us / made, netstat_us / made);
	snprintf(name, sizeof(name), "%u sockets, all, of raw sock_diag", made);
	check_both(name, &v[1], &v[2], 1.05);
	snprintf(name, sizeof(name), "%u sockets, all but ESTABLISHED, of collectd tcpconns", made);
	if (made < 50000)
		return; /* an empty walk outweighs the sockets */
	if (collectd)
		check_beside_floor(name, ratio(&v[0], &v[5], 0), ratio(&v[3], &v[5], 0),
			made < 500000 ? 0.17 : 0.14);
	else
		printf("skip - %s: /usr/lib/collectd/tcpconns.so is not installed\n", name);
	snprintf(name, sizeof(name), "%u sockets, all, of ss -tan", made);
	if (isnan(ss_us))
		printf("skip - %s: ss cannot be run\n", name);
	else
		check_beside_floor(name, cold_us(&v[1]) / ss_us, cold_us(&v[2]) / ss_us, 0.25);
	if (isnan(netstat_us)) {
		printf("skip - netstat -tan: not installed\n");
		return;
	}
	snprintf(name, sizeof(name), "%u sockets, all but ESTABLISHED, of netstat -tan", made);
	check_beside_floor(name, cold_us(&v[0]) / netstat_us, cold_us(&v[3]) / netstat_us, 0.025);
	snprintf(name, sizeof(name), "%u sockets, all, of netstat -tan", made);
	check_beside_floor(name, cold_us(&v[1]) / netstat_us, cold_us(&v[2]) / netstat_us, 0.14);
}

int main(int argc, char **argv)
{
	unsigned count = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!count) {
		fprintf(stderr, "usage: bench_sources links COUNT | sockets COUNT\n");
		return 2;
	}
	if (!new_namespace()) {
		printf("skip - %s: a network namespace needs root\n", argv[1]);
		return 0;
	}
	if (strcmp(argv[1], "links") == 0)
		bench_links(count);
	else
		bench_sockets(count);
	return failures != 0;
}
