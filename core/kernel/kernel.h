/* SPDX-License-Identifier: MIT */
/*
 * The sources beyond the text files of /proc/net: interfaces, slow sources, sockets, evidence.
 * live.c owns them and calls them once a cycle; they fill values of the snapshot and nothing else.
 *
 * Common shape: nv_X_new(root, err) opens and allocates everything (root "": this kernel, else a
 * recorded tree), nv_X_read(x, mono_s, snapshot, err) is one cycle, nv_X_free(x) takes NULL. A
 * cycle opens nothing and allocates nothing, except that tables grow when interfaces appear.
 * read: 0, or -1 and err; a value that could not be read is absent from the snapshot.
 */
#ifndef NV_SOURCES_H
#define NV_SOURCES_H

#include "netvitals.h"
#include "text/memory.h"
#include "text/text.h"

#include <linux/netlink.h>
#include <string.h>
#include <time.h>

/* ---- netlink.c: requests and dumps -------------------------------------------------------------
 */

/* The kernel fills at most 32 KiB of a dump at a time; a larger buffer brings nothing. */
#define NV_NETLINK_BUFFER 32768
/*
 * The kernel takes as much memory for an answer as can be received. This fits into eight kilobytes
 * of it, which come from a slab and not from the allocator of pages: a tenth of a dump of ten
 * interfaces.
 */
#define NV_NETLINK_SMALL 7680

struct nv_netlink {
	int fd; /* -1: not open */
	uint32_t sequence;
	/* Notifications of the groups come between the answers: each message goes to hear. */
	void (*hear)(void *context, const struct nlmsghdr *);
	void *hear_context;
	bool lost;   /* some were lost; for whoever cares to note and to clear */
	size_t room; /* bytes received at a time: NV_NETLINK_BUFFER, or _SMALL until more is needed
		      */
	unsigned char *buffer; /* NV_NETLINK_BUFFER bytes, 8-aligned */
};

enum nv_netlink_walked {
	NV_NETLINK_MORE,        /* the dump goes on; *code 1: the table changed meanwhile */
	NV_NETLINK_DONE,        /* it is complete */
	NV_NETLINK_INTERRUPTED, /* complete, but the table changed meanwhile */
	NV_NETLINK_FAILED,      /* the kernel refused: *code is a positive errno */
	NV_NETLINK_MALFORMED,   /* a length does not fit */
};

/* protocol: NETLINK_ROUTE, NETLINK_SOCK_DIAG; groups: bit mask of notifications, 0 none. */
int nv_netlink_open(struct nv_netlink *, int protocol, uint32_t groups, struct nv_error *);
void nv_netlink_close(struct nv_netlink *);

/*
 * Send the request and hand every message of the answer to take. Fills sequence and flags of the
 * request. 0; 1 if the table changed meanwhile (what was seen is usable, entries may be missing or
 * twice); -1 and err. *code (may be NULL): errno of a refusal, 0 otherwise; ENOBUFS: notifications
 * were lost and the answer with them, the socket is empty again and may be asked once more.
 */
int nv_netlink_dump(struct nv_netlink *, struct nlmsghdr *request,
	void (*take)(void *context, const struct nlmsghdr *), void *context, int *code,
	struct nv_error *);
/* The same for a request with one answer. */
int nv_netlink_ask(struct nv_netlink *, struct nlmsghdr *request,
	void (*take)(void *context, const struct nlmsghdr *), void *context, int *code,
	struct nv_error *);

/* One received buffer: messages of another sequence are passed over (0 takes all). */
enum nv_netlink_walked nv_netlink_walk(const void *bytes, size_t length, uint32_t sequence,
	void (*take)(void *context, const struct nlmsghdr *), void *context, int *code);

struct nv_attribute {
	unsigned type; /* without the nested and byte order flags */
	const unsigned char *data;
	size_t length;
};

/* What follows the fixed part of a message. False at the end, or where a length does not fit. */
struct nv_attributes {
	const unsigned char *at;
	size_t left;
};

/* Copies what stands before the attributes; false: another type, or too short for it. */
bool nv_message_body(const struct nlmsghdr *, unsigned type, void *body, size_t size);

/* Here, not in a file of their own: thousands of messages a cycle go through them. */
static inline struct nv_attributes nv_message_attributes(
	const struct nlmsghdr *header, size_t fixed_bytes)
{
	size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(fixed_bytes);

	if (header->nlmsg_len <= skip)
		return (struct nv_attributes){ NULL, 0 };
	return (struct nv_attributes){ (const unsigned char *)header + skip,
		header->nlmsg_len - skip };
}

static inline bool nv_next_attribute(struct nv_attributes *all, struct nv_attribute *attribute)
{
	struct nlattr header;
	size_t step;

	if (all->left < sizeof(header))
		return false;
	memcpy(&header, all->at, sizeof(header));
	if (header.nla_len < sizeof(header) || header.nla_len > all->left)
		return false;
	attribute->type = header.nla_type & (unsigned)NLA_TYPE_MASK;
	attribute->data = all->at + sizeof(header);
	attribute->length = header.nla_len - sizeof(header);
	step = (header.nla_len + 3u) & ~(size_t)3;
	if (step > all->left)
		step = all->left;
	all->at += step;
	all->left -= step;
	return true;
}

/* 0 if the attribute is shorter. */
uint32_t nv_attribute_u32(const struct nv_attribute *);
uint64_t nv_attribute_u64(const struct nv_attribute *);

void nv_source_fail(struct nv_error *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- clock.c: clocks and names ------------------------------------------------------------- */

uint64_t nv_clock_ns(clockid_t);
/* Processor time of this thread, seconds. */
double nv_cpu_s(void);
/* The clocks of the running kernel, or of a recorded tree (false, and err, without its uptime). */
/* Local time: 24 * weekday (Sunday 0) + hour; -1: of no time (0). */
int nv_hour_of_week(int64_t time_s);
void nv_clocks_read(struct nv_snapshot *);
bool nv_clocks_recorded(const char *tree, struct nv_snapshot *, struct nv_error *);
/* Network namespaces of the processes that this user may look at, 1024 at most; 0 unknown. A link
 * read a process. */
unsigned nv_count_namespaces(void);
void nv_host_identity(
	const char *root, bool series, char host[NV_NAME_SIZE], char kernel[NV_NAME_SIZE]);

/* ---- link_source.c: interfaces -----------------------------------------------------------------
 */

struct nv_links;

struct nv_links *nv_links_new(const char *root, struct nv_error *);
/* Which interfaces are counted in class status, as nv_interfaces_valid says. -1 and err: the rule
 * stays as it was.
 */
int nv_links_choose(struct nv_links *, const char *rule, struct nv_error *);
/* A recorded series: where the next reading finds its files. Nothing to do for the kernel. */
void nv_links_set_tree(struct nv_links *, const char *tree);
int nv_links_read(struct nv_links *, double mono_s, struct nv_snapshot *, struct nv_error *);
void nv_links_free(struct nv_links *);
/* "" if there is no such interface. */
const char *nv_links_name(const struct nv_links *, unsigned index);

/* One message each, for tests: what RTM_NEWLINK and RTM_NEWSTATS say. */
struct nv_link {
	unsigned index;
	bool loopback, hardware, feeds;
	char name[16];
};
bool nv_link_parse(const struct nlmsghdr *, struct nv_link *);
bool nv_link_stats_parse(const struct nlmsghdr *, unsigned *index, uint64_t value[NV_IF_VALUES]);

/* ---- slow.c: what changes slowly or costs much -------------------------------------------- */

struct nv_slow;

/* A next hop that does not answer. */
struct nv_next_hop {
	uint8_t family; /* AF_INET, AF_INET6 */
	uint8_t address[16];
	unsigned index; /* interface */
};

struct nv_slow *nv_slow_new(const char *root, struct nv_error *);
/* How old the values may grow; 60 by default. 0: read in every cycle. */
void nv_slow_set_interval(struct nv_slow *, double seconds);
/* A recorded series: where the next reading finds its files. Nothing to do for the kernel. */
void nv_slow_set_tree(struct nv_slow *, const char *tree);
int nv_slow_read(struct nv_slow *, double mono_s, struct nv_snapshot *, struct nv_error *);
void nv_slow_free(struct nv_slow *);
struct nv_source_state nv_slow_state(const struct nv_slow *, double mono_s);
/* Next hops that failed at the last reading; at most room. Returns how many were written. */
unsigned nv_slow_next_hops(const struct nv_slow *, struct nv_next_hop *out, unsigned room);
/* The interface whose queue dropped most between the last two readings, of how many; 0 none. */
unsigned nv_slow_worst_queue(const struct nv_slow *, uint64_t *drops, uint64_t *all);

/* Parsers, for tests. */
struct nv_neighbor {
	struct nv_next_hop hop;
	unsigned state; /* NUD_* */
	double age_s;   /* since its state changed last; NAN unknown */
};
bool nv_neighbor_parse(const struct nlmsghdr *, struct nv_neighbor *);
/* A neighbour that is not there: failed in the last window_s, or asked for a second in vain. */
bool nv_neighbor_failing(const struct nv_neighbor *, double window_s);
/* Calls take for each next hop of a route. */
void nv_route_next_hops(const struct nlmsghdr *,
	void (*take)(void *context, const struct nv_next_hop *), void *context);
/* A route that leads to all of the IPv6 internet: ::/0, or a prefix as wide as 2000::/3. */
bool nv_route_is_default6(const struct nlmsghdr *);
struct nv_queue {
	unsigned index; /* interface */
	uint32_t handle;
	bool root;
	uint64_t drops;
};
bool nv_queue_parse(const struct nlmsghdr *, struct nv_queue *);
/* A file of /proc/net/stat: sum of the column over the processors. False: no such column. */
bool nv_stat_column(struct nv_text, const char *name, uint64_t *sum);
/* Texts of net/if_inet6 and net/ipv6_route. */
bool nv_inet6_has_global(struct nv_text);
bool nv_inet6_has_default(struct nv_text);
/* Texts of net/route and net/arp: next hops of IPv4, neighbours that do not answer. Their interface
 * is 0. */
void nv_route_text_next_hops(
	struct nv_text, void (*take)(void *context, const struct nv_next_hop *), void *context);
void nv_arp_text_failing(
	struct nv_text, void (*take)(void *context, const struct nv_next_hop *), void *context);

/* ---- address.c: addresses as people write them --------------------------------------------------
 */

/* "10.0.0.1:80", "[2001:db8::1]:80", "*:80"; at most NV_NAME_SIZE bytes. */
void nv_end_say(unsigned family, const uint8_t address[16], unsigned port, char buf[NV_NAME_SIZE]);
/* An address without a port: "10.0.0.1", "2001:db8::1". */
void nv_address_say(unsigned family, const uint8_t address[16], char buf[NV_NAME_SIZE]);

#endif
