/* SPDX-License-Identifier: MIT */
/*
 * One socket after another -> summary, in memory that does not depend on how many there are.
 * Private to the socket sources: sock_diag, texts, evidence.
 */
#ifndef NV_SOCKETS_H
#define NV_SOCKETS_H

#include "nv_sockets.h"
#include "text/text.h"

/* States as the kernel numbers them (include/net/tcp_states.h); NEW_SYN_RECV counts as SYN_RECV. */
enum {
	NV_TCP_ESTABLISHED = 1,
	NV_TCP_SYN_SENT,
	NV_TCP_SYN_RECV,
	NV_TCP_FIN_WAIT1,
	NV_TCP_FIN_WAIT2,
	NV_TCP_TIME_WAIT,
	NV_TCP_CLOSE,
	NV_TCP_CLOSE_WAIT,
	NV_TCP_LAST_ACK,
	NV_TCP_LISTEN,
	NV_TCP_CLOSING,
	NV_TCP_NEW_SYN_RECV,
};

enum { NV_TIMER_PERSIST = 4, NV_TIMER_RETRANS = 1 };

struct nv_socket {
	bool udp;
	uint8_t family; /* AF_INET also for IPv4 in IPv6 sockets */
	uint8_t state, timer;
	uint8_t retries; /* of the timer */
	uint16_t local_port, remote_port;
	uint8_t local[16], remote[16];
	uint32_t interface;
	uint32_t receive, send; /* octets; for listeners queue and backlog */
	uint32_t uid, inode;
	uint32_t drops;  /* UDP: since the socket was made */
	uint64_t cookie; /* unique while the host is up; 0 unknown */
	uint64_t cgroup; /* 0 unknown */
	/* seconds since data came, data went, the peer said anything; 0 unknown */
	float received_s, sent_s, heard_s;
};

/* Why a group of sockets is worth a line. */
enum nv_group_kind {
	NV_GROUP_UNREAD,     /* CLOSE_WAIT with unread data */
	NV_GROUP_LEAK,       /* CLOSE_WAIT, everything read */
	NV_GROUP_LISTEN,     /* accept queue full */
	NV_GROUP_NOT_READ,   /* established, data that the local program does not read */
	NV_GROUP_PEER_STUCK, /* established, the peer's window stays zero */
	NV_GROUP_UNANSWERED, /* established, retransmitted again and again */
	NV_GROUP_SYN_SENT,   /* connection attempts repeated */
	NV_GROUP_PORTS,      /* most sockets to one destination */
	NV_GROUP_UDP_DROPS,  /* datagrams dropped since the last look */
	NV_GROUP_END
};

struct nv_socket_group {
	enum nv_group_kind kind;
	bool loopback;
	bool by_local;              /* a server's port; otherwise one destination */
	bool one_remote, one_local; /* all members have the address of the sample */
	bool one_port;              /* and its port there */
	uint32_t count, backlog;
	uint64_t octets; /* in the queues; datagrams for UDP drops */
	double oldest_s; /* how long the oldest member is known to be so */
	struct nv_socket sample;
	/* what a capture says of a member (netstat -p, ss -p); 0 and "": nothing */
	int pid;
	char process[20];
};

#define NV_GROUPS_MAX       64
#define NV_LISTENERS_MAX    256
#define NV_WATCH_MAX        1024
#define NV_DESTINATIONS_MAX 256
#define NV_PORT_WORDS       (65536 / 64)
#define NV_GONE_MAX         16

struct nv_listener {
	uint16_t port;
	uint32_t inode;
	uint64_t cgroup;
};

/* A listener that was there for a while and is no more. */
struct nv_gone {
	bool udp;
	uint16_t port;
	double gone_s; /* CLOCK_MONOTONIC */
};

struct nv_ports {
	uint64_t now[NV_PORT_WORDS], before[NV_PORT_WORDS], steady[NV_PORT_WORDS];
	double steady_s; /* when steady was made of before and now */
	unsigned looks;
};

#define NV_TURN_MASK ((1u << 29) - 1)

struct nv_watched {
	uint64_t key; /* 0: free */
	double since_s;
	uint32_t turn : 29; /* seen in this look of the kind that must see it again, enum nv_look */
	uint32_t seen_by : 2;
	uint32_t busy : 1; /* sends, and nothing says that it is stuck */
	uint32_t value;    /* what must not change: of UDP the drops, else both queues in one */
};

/* One destination in each slot: the one that outvotes the others that hash there. */
struct nv_destination {
	uint64_t key;
	int32_t votes;
	uint32_t hits; /* since it holds the slot */
	uint32_t look; /* an older one than the tally's: free */
	struct nv_socket_end {
		uint8_t family, address[16];
		uint16_t port;
	} to;
};

enum nv_look { NV_LOOK_TCP_MOST, NV_LOOK_TCP_ALL, NV_LOOK_LISTENERS, NV_LOOK_UDP, NV_LOOK_END };

struct nlmsghdr;

struct nv_tally {
	struct nv_socket_summary summary;
	double stay_s;   /* CLOSE_WAIT for longer is no passing state */
	double steady_s; /* a port that had a listener for so long is missed when it goes */
	double now_s;
	enum nv_look look;
	uint32_t watched_now;       /* in CLOSE_WAIT, recognizable */
	uint32_t unwatched[2];      /* no place left: with everything read, with unread data */
	uint32_t turn[NV_LOOK_END]; /* looks so far: what was not seen in this one or the one before
				       is gone */
	double look_s[NV_LOOK_END];
	unsigned port_low, port_high; /* ports of outgoing connections */
	const struct nv_saved_socket
		*saved; /* the one of a capture that is being added; NULL: of the kernel */
	struct nv_ports tcp_ports, udp_ports;
	struct nv_gone gone[NV_GONE_MAX];
	unsigned gone_count;
	struct nv_listener listener[NV_LISTENERS_MAX];
	unsigned listener_count;
	struct nv_socket_group group[NV_GROUPS_MAX];
	unsigned group_count;
	uint32_t destinations_look;
	struct nv_destination
		most; /* the one with most hits in this look, also if it was outvoted since */
	struct nv_watched watched[NV_WATCH_MAX];
	struct nv_destination destination[NV_DESTINATIONS_MAX];
};

/* Touches all of it, so that it does not grow later. */
void nv_tally_init(struct nv_tally *);
void nv_tally_begin(struct nv_tally *, enum nv_look, double now_s);
void nv_tally_add(struct nv_tally *, const struct nv_socket *);
void nv_tally_end(struct nv_tally *);
/* summary.c */
void nv_tally_fill(const struct nv_tally *, struct nv_snapshot *);
/* ports.c: the listener that went last, in words. False: none did lately. */
bool nv_tally_gone(const struct nv_tally *, bool udp, double mono_s, char *buf, size_t size);

static inline bool nv_ports_has(const uint64_t *set, unsigned port)
{
	return set[port / 64] >> (port % 64) & 1;
}

void nv_ports_add(uint64_t *set, unsigned port);
/* A listener counts as steady when two looks, steady_s apart, both saw it. */
void nv_ports_compare(struct nv_tally *, struct nv_ports *, bool udp);

bool nv_socket_is_loopback(const struct nv_socket *);
/* What it sends does not get through: the peer's window is closed, or nothing comes back. */
static inline bool nv_socket_is_blocked(const struct nv_socket *s)
{
	return s->send && (s->timer == NV_TIMER_PERSIST || s->retries >= 2);
}
/* IPv4 in IPv6 becomes IPv4. */
void nv_socket_unmap(struct nv_socket *);

/* ---- places.c ------------------------------------------------------------------------------ */

uint64_t nv_socket_hash(const void *bytes, size_t length, uint64_t seed); /* never 0 */
/* The same connection in the same state as at the look before, or a new place. NULL: no place left.
 */
struct nv_watched *nv_places_watch(
	struct nv_tally *, const struct nv_socket *, enum nv_look seen_by, bool *is_new);
/* One more socket to this destination; t->most is the one that has most in this look. */
void nv_places_vote(struct nv_tally *, const struct nv_socket *);

/* ---- texts: sockets_text.c ----------------------------------------------------------------------
 */

/* Lines of /proc/net/tcp, tcp6, udp, udp6. Returns the number of lines that could not be read. */
unsigned nv_socket_lines(struct nv_text, bool udp, bool six, struct nv_tally *);
/* One of a capture; false if it stands under names instead of numbers. */
bool nv_socket_of(const struct nv_saved_socket *, struct nv_socket *);

/* ---- sock_diag: socket_messages.c
 * ------------------------------------------------------------------ */

bool nv_socket_parse(const struct nlmsghdr *, bool udp, struct nv_socket *);
/* Attributes that only offenders are asked for. */
void nv_socket_parse_more(const struct nlmsghdr *, struct nv_socket *);

/* ---- owners.c: which program holds a socket
 * ------------------------------------------------------- */

struct nv_owner {
	uint32_t inode;  /* 0: nothing to look for but the control group */
	uint64_t cgroup; /* 0 unknown */
	int pid;         /* 0: not found, or not permitted */
	char process[32], unit[NV_NAME_SIZE];
};

/*
 * Fill pid, process and unit of each. Looks through /proc/PID/fd, first those of the control groups
 * in question; ends after limit_s. True: every /proc/PID/fd that was looked at could be read.
 */
bool nv_owners_find(struct nv_owner *, unsigned count, double limit_s);

/* ---- offenders.c -------------------------------------------------------------------------------
 */

/* Groups, worst first, as offenders; owners of the live kernel where `owners`. */
unsigned nv_tally_offenders(
	const struct nv_tally *, bool owners, struct nv_offender *out, unsigned room);
/* The listener that turned clients away, and who holds it. */
void nv_listener_blame(const struct nv_socket *, const struct nv_owner *, struct nv_offender *);

/* ---- socket_source.c: the socket summary --------------------------------------------------------
 */

/* nv_sockets_new, _free and the rest of the public part: nv_sockets.h */

/*
 * One cycle: looks at the sockets if something has happened and the budget allows, and gives the
 * newest summary. Wants the counters of snmp and sockstat in the snapshot already.
 */
int nv_sockets_read(struct nv_sockets *, double mono_s, struct nv_snapshot *, struct nv_error *);
/* A recorded series: where the next reading finds its files. */
void nv_sockets_set_tree(struct nv_sockets *, const char *tree);
/* Ages and costs, for sockets and for established ones. */
void nv_sockets_state(
	const struct nv_sockets *, double mono_s, struct nv_source_state out[NV_SOURCES]);
/* Share of one processor that looking may cost; 0.001 by default. 1: look in every cycle. */
void nv_sockets_set_budget(struct nv_sockets *, double share);
/* Never ask the kernel for established ones. */
void nv_sockets_leave_established(struct nv_sockets *);

void nv_unit_of_path(const char *path, char unit[NV_NAME_SIZE]);

/* Look again now, for evidence, unless the newest look is fresh or a new one would cost too much.
 */
int nv_sockets_refresh(struct nv_sockets *, double mono_s, struct nv_error *);
/* The newest listener that vanished: "udp/514 had a listener until 03:11", local time. False: none.
 */
bool nv_sockets_gone(const struct nv_sockets *, bool udp, double mono_s, char *buf, size_t size);

#endif
