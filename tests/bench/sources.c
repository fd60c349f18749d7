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
#include "../../core/source_sockets.c"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { HOT = 101, COLD = 21, COLD_US = 100000, VARIANTS_MAX = 8 };

static double samples[2][VARIANTS_MAX][HOT]; /* hot, cold */
static unsigned sample_count[2] = { HOT, COLD }, warm_runs = 3;

static unsigned failures, allocations, opens;
static bool counting;

/* ---- what a cycle must not do: the linker sends these calls here (--wrap) ------------------------------ */

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
int __real_socket(int, int, int);
int __real_open(const char *, int, ...);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);
int __wrap_socket(int, int, int);
int __wrap_open(const char *, int, ...);

void *__wrap_malloc(size_t size)
{
	allocations += counting;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	allocations += counting;
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	allocations += counting;
	return __real_realloc(old, size);
}

int __wrap_socket(int family, int type, int protocol)
{
	opens += counting;
	return __real_socket(family, type, protocol);
}

int __wrap_open(const char *path, int flags, ...)
{
	opens += counting;
	return __real_open(path, flags, 0);
}

/* ---- collectd's side: enough of its daemon for a read callback --------------------------------------------- */

static int (*collectd_read)(void), (*collectd_init)(void);

int plugin_register_read(const char *name, int (*callback)(void));
int plugin_register_init(const char *name, int (*callback)(void));
int plugin_register_config(const char *name, void *callback, const char **keys, int count);
int plugin_dispatch_values(const void *list);
void plugin_log(int level, const char *format, ...);
char *sstrdup(const char *text);
char *sstrerror(int code, char *buf, size_t size);
char *sstrncpy(char *to, const char *from, size_t size);
int strsplit(char *text, char **fields, size_t size);

int plugin_register_read(const char *name, int (*callback)(void))
{
	(void)name;
	collectd_read = callback;
	return 0;
}

int plugin_register_init(const char *name, int (*callback)(void))
{
	(void)name;
	collectd_init = callback;
	return 0;
}

int plugin_register_config(const char *name, void *callback, const char **keys, int count)
{
	(void)name, (void)callback, (void)keys, (void)count;
	return 0;
}

int plugin_dispatch_values(const void *list)
{
	(void)list;
	return 0;
}

void plugin_log(int level, const char *format, ...)
{
	(void)level, (void)format;
}

char *sstrdup(const char *text)
{
	return text ? strdup(text) : NULL;
}

char *sstrerror(int code, char *buf, size_t size)
{
	snprintf(buf, size, "error %d", code);
	return buf;
}

char *sstrncpy(char *to, const char *from, size_t size)
{
	snprintf(to, size, "%s", from);
	return to;
}

int strsplit(char *text, char **fields, size_t size)
{
	size_t count = 0;
	char *rest = NULL;

	for (char *word = strtok_r(text, " \t\r\n", &rest); word && count < size;
		word = strtok_r(NULL, " \t\r\n", &rest))
		fields[count++] = word;
	return (int)count;
}

static bool load_collectd(const char *plugin)
{
	char path[128];
	void (*module_register)(void);
	void *library;

	snprintf(path, sizeof(path), "/usr/lib/collectd/%s.so", plugin);
	library = dlopen(path, RTLD_LAZY | RTLD_GLOBAL);
	if (!library)
		return false;
	*(void **)&module_register = dlsym(library, "module_register");
	collectd_read = collectd_init = NULL;
	if (module_register)
		module_register();
	if (collectd_init)
		collectd_init();
	return collectd_read != NULL;
}

static void run_collectd(void)
{
	collectd_read();
}

/* ---- measuring ------------------------------------------------------------------------------------------------ */

struct variant {
	const char *name;
	void (*run)(void);
	unsigned at; /* row of samples */
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *values, unsigned count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

static void measure(struct variant *variants, unsigned count)
{
	for (unsigned cold = 0; cold < 2; cold++) {
		for (unsigned s = 0; s < sample_count[cold]; s++) {
			for (unsigned k = 0; k < count; k++) {
				/* There and back again: none always follows the same other. */
				unsigned i = s % 2 ? count - 1 - k : k;
				double began_s;

				/* Hot is after itself, not after another that left its own things in the caches. */
				if (cold)
					usleep(COLD_US);
				for (unsigned warm = 0; !cold && warm < warm_runs; warm++)
					variants[i].run();
				began_s = cpu_s();
				variants[i].run();
				samples[cold][i][s] = (cpu_s() - began_s) * 1e6;
			}
		}
	}
	for (unsigned i = 0; i < count; i++) {
		double hot[HOT], cold[HOT];

		variants[i].at = i;
		memcpy(hot, samples[0][i], sizeof(hot));
		memcpy(cold, samples[1][i], sizeof(cold));
		printf("# %-28s %10.1f us hot %10.1f us cold\n", variants[i].name,
			median(hot, sample_count[0]), median(cold, sample_count[1]));
	}
}

/* Median of the ratios of neighbours in time: the machine's speed changes from moment to moment. */
static double ratio(const struct variant *ours, const struct variant *theirs, unsigned cold)
{
	double ratios[HOT];

	for (unsigned s = 0; s < sample_count[cold]; s++)
		ratios[s] = samples[cold][ours->at][s] / samples[cold][theirs->at][s];
	return median(ratios, sample_count[cold]);
}

static double cold_us(const struct variant *v)
{
	double cold[HOT];

	memcpy(cold, samples[1][v->at], sizeof(cold));
	return median(cold, sample_count[1]);
}

static void check(const char *name, double found, double limit)
{
	bool sound = found <= limit;

	failures += !sound;
	printf("%s - %s: %.3f (at most %.3f)\n", sound ? "ok" : "not ok", name, found, limit);
}

static void check_both(const char *name, const struct variant *ours, const struct variant *theirs, double limit)
{
	char text[128];

	snprintf(text, sizeof(text), "%s, hot", name);
	check(text, ratio(ours, theirs, 0), limit);
	snprintf(text, sizeof(text), "%s, cold", name);
	check(text, ratio(ours, theirs, 1), limit);
}

/*
 * Where the floor itself needs nearly as much as is allowed, nobody can do better than the floor;
 * what is asked for is then no more than 1.10 of it.
 */
static void check_with_floor(const char *name, double found, double floor, double limit)
{
	printf("# the floor itself is %.3f of it\n", floor);
	check(name, found, floor * 1.10 > limit ? floor * 1.10 : limit);
}

/* Processor time of a command, exec included. */
static double command_us(char *const *words)
{
	extern char **environ;
	posix_spawn_file_actions_t actions;
	double spent[3];

	for (unsigned i = 0; i < 3; i++) {
		struct rusage usage;
		pid_t pid;
		int status;

		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
		if (posix_spawnp(&pid, words[0], &actions, NULL, words, environ) != 0 ||
			wait4(pid, &status, 0, &usage) < 0 || status)
			return NAN;
		posix_spawn_file_actions_destroy(&actions);
		spent[i] = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
			(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	}
	return median(spent, 3);
}

/* Own memory; pages of the program file come in as its parts are used. statm is too coarse. */
static long own_kb(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "r");
	char line[256];
	long kb = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Anonymous: %ld", &kb) == 1)
			break;
	if (file)
		fclose(file);
	return kb;
}

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
		for (const struct nlmsghdr *h = (const void *)netlink->buffer; NLMSG_OK(h, left) && more;
			h = NLMSG_NEXT(h, left))
			more = h->nlmsg_type != NLMSG_DONE;
	}
}

/* ---- interfaces ---------------------------------------------------------------------------------------------------- */

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
	snprintf(name, sizeof(name), "%u interfaces, of raw RTM_GETSTATS", snapshot.interface_count);
	check_both(name, &v[0], &v[1], 1.10);
	if (collectd)
		measure(v, 3);
	snprintf(name, sizeof(name), "%u interfaces, of collectd interface", snapshot.interface_count);
	if (collectd)
		check_with_floor(name, ratio(&v[0], &v[2], 0), ratio(&v[1], &v[2], 0),
			count < 100 ? 0.20 : count < 3000 ? 0.13 : 0.28);
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

/* ---- sockets --------------------------------------------------------------------------------------------------------- */

static struct nv_sockets *ours;

static void look_at(enum nv_look look)
{
	static double now_s = 1000;
	struct nv_error err;

	if (dump_tcp(ours, look, now_s += 10, &err) < 0)
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
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
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
		unsigned share = files.rlim_max < 40000 ? (unsigned)files.rlim_max - 100 : 40000;
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

static void bench_sockets(unsigned count)
{
	struct variant v[6] = { { "all but ESTABLISHED", run_most, 0 }, { "all", run_all, 0 },
		{ "raw, all", run_raw_all, 0 }, { "raw, all but ESTABLISHED", run_raw_most, 0 },
		{ "listeners alone", run_listeners, 0 }, { "collectd tcpconns", run_collectd, 0 } };
	char *netstat[] = { (char *)(uintptr_t)"netstat", (char *)(uintptr_t)"-tan", NULL };
	bool collectd = load_collectd("tcpconns");
	struct nv_error err;
	double netstat_us;
	unsigned made;
	char name[96];
	long before_kb;

	if (count > 20000) /* each look costs tens of milliseconds */
		sample_count[0] = sample_count[1] = count > 500000 ? 3 : 15, warm_runs = count <= 500000;
	ours = nv_sockets_new("", &err);
	if (!ours || nv_netlink_open(&raw, NETLINK_SOCK_DIAG, 0, &err) < 0)
		abort();
	if (make_sockets(1000) < 1000) {
		printf("skip - sockets: cannot make 1000 of them here\n");
		return;
	}
	for (unsigned i = 0; i < 3; i++)
		run_all();
	before_kb = own_kb();
	made = 1000 + (count > 1000 ? make_sockets(count - 1000) : 0);
	if (made < count)
		printf("# only %u sockets could be made\n", made);
	counting = true;
	for (unsigned i = 0; i < 3; i++) {
		run_all();
		run_most();
	}
	counting = false;
	check("sockets: allocations and opened files in six looks", allocations + opens, 0);
	check("sockets: growth of own memory from 1,000 sockets on, kB", (double)(own_kb() - before_kb), 64);
	measure(v, collectd ? 6 : 5);
	netstat_us = command_us(netstat);
	printf("# %-28s %10.0f us\n", "netstat -tan", netstat_us);
	snprintf(name, sizeof(name), "%u sockets, all, of raw sock_diag", made);
	check_both(name, &v[1], &v[2], 1.05);
	snprintf(name, sizeof(name), "%u sockets, all but ESTABLISHED, of collectd tcpconns", made);
	if (made < 50000)
		return; /* an empty walk outweighs the sockets */
	if (collectd)
		check_with_floor(name, ratio(&v[0], &v[5], 0), ratio(&v[3], &v[5], 0),
			made < 500000 ? 0.17 : 0.14);
	else
		printf("skip - %s: /usr/lib/collectd/tcpconns.so is not installed\n", name);
	if (isnan(netstat_us)) {
		printf("skip - netstat -tan: not installed\n");
		return;
	}
	snprintf(name, sizeof(name), "%u sockets, all but ESTABLISHED, of netstat -tan", made);
	check_with_floor(name, cold_us(&v[0]) / netstat_us, cold_us(&v[3]) / netstat_us, 0.025);
	snprintf(name, sizeof(name), "%u sockets, all, of netstat -tan", made);
	check_with_floor(name, cold_us(&v[1]) / netstat_us, cold_us(&v[2]) / netstat_us, 0.14);
}

static bool new_namespace(void)
{
	struct ifreq lo = { .ifr_flags = IFF_UP | IFF_RUNNING };
	int s;

	if (unshare(CLONE_NEWNET) != 0)
		return false;
	strcpy(lo.ifr_name, "lo");
	s = socket(AF_INET, SOCK_DGRAM, 0);
	if (s < 0 || ioctl(s, SIOCSIFFLAGS, &lo) != 0)
		return false;
	close(s);
	return true;
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
