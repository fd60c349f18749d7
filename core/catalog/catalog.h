/* SPDX-License-Identifier: MIT */
/*
 * The knowledge of the product as constant tables: classes, counters, indicators.
 *
 * Each entry is declared once, in catalog/ *.def; the enumerators here make the compiler check
 * every name that a formula mentions. Numbers of classes, counters and indicators are public
 * (SNMP indices, JSON, state files): a retired one leaves a gap, none is ever used again.
 */
#ifndef NV_CATALOG_H
#define NV_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- systems whose statistics can be read -----------------------------------------------------
 */

enum nv_platform {
	NV_PLATFORM_UNKNOWN,
	NV_PLATFORM_LINUX,
	NV_PLATFORM_FREEBSD,
	NV_PLATFORM_MACOS,
	NV_PLATFORM_NETBSD,
	NV_PLATFORM_OPENBSD,
	NV_PLATFORM_BSD,
	NV_PLATFORM_JUNOS,
	NV_PLATFORM_SOLARIS,
	NV_PLATFORM_AIX,
	NV_PLATFORM_HPUX,
	NV_PLATFORM_SCO,
	NV_PLATFORM_WINDOWS,
	NV_PLATFORM_END
};

/* Sets of systems, a bit each. */
#define NV_ON(platform) (1u << NV_PLATFORM_##platform)
#define NV_ON_FOREIGN   (NV_ON(END) - 1 - NV_ON(LINUX))

extern const char *const nv_platform_names[NV_PLATFORM_END];  /* "freebsd": as in JSON */
extern const char *const nv_platform_titles[NV_PLATFORM_END]; /* "FreeBSD": for people */
enum nv_platform nv_platform_find(const char *name);          /* NV_PLATFORM_END: none */

/* ---- classes -------------------------------------------------------------------------------- */

enum nv_class_id {
	NV_CLASS_NONE,
#define CLASS(id, number, letter, ...) NV_CLASS_##id = (number),
#include "catalog/classes.def"
#undef CLASS
	NV_CLASS_END
};

struct nv_class {
	const char *name; /* "lost" */
	char letter;      /* 'L' */
	const char *question;
};

extern const struct nv_class nv_classes[NV_CLASS_END];

/* ---- counters ------------------------------------------------------------------------------- */

/* Where Linux prints a counter. NV_FILE_NONE: not counted by Linux (or derived). */
enum nv_file {
	NV_FILE_NONE,
	NV_FILE_SNMP,      /* /proc/net/snmp: row pairs */
	NV_FILE_NETSTAT,   /* /proc/net/netstat: row pairs */
	NV_FILE_SNMP6,     /* /proc/net/snmp6: name value */
	NV_FILE_SOCKSTAT,  /* /proc/net/sockstat */
	NV_FILE_SOCKSTAT6, /* /proc/net/sockstat6 */
	NV_FILE_SOFTNET,   /* /proc/net/softnet_stat: hexadecimal columns, summed over processors */
	NV_FILE_INTERFACE, /* summed over the interfaces that are counted in class status */
	NV_FILE_SLOW,      /* the slow sources: qdisc, neighbours, conntrack, limits */
	NV_FILE_SOCKETS,   /* the socket summary */
	NV_FILE_END
};

enum nv_counter_kind {
	NV_COUNTER, /* monotonic, events since boot */
	NV_GAUGE,   /* a level that goes up and down */
	NV_DERIVED, /* computed from window sums by core/derive.c, never read */
};

/* Whose statistics it is part of, IPv4 and IPv6 alike. */
enum nv_protocol {
	NV_PROTOCOL_NONE,
	NV_PROTOCOL_IP,
	NV_PROTOCOL_ICMP,
	NV_PROTOCOL_TCP,
	NV_PROTOCOL_UDP,
	NV_PROTOCOL_END
};

enum nv_counter_id {
	NV_C_NONE,
#define COUNTER(id, number, ...) NV_C_##id = (number),
#define GAUGE(id, number, ...)   NV_C_##id = (number),
#define DERIVED(id, number, ...) NV_C_##id = (number),
#include "catalog/counters.def"
#undef COUNTER
#undef GAUGE
#undef DERIVED
	NV_C_END
};

struct nv_counter {
	const char *name; /* canonical: RFC or kernel term in camel case, protocol in front */
	enum nv_counter_kind kind;
	enum nv_protocol protocol;
	enum nv_file file;
	const char *row; /* "Tcp"; "" where the file has no rows; NULL if Linux does not print it */
	const char *key; /* "RetransSegs" */
	const char *unit;
	const char *text; /* whole sentences: what it counts */
};

extern const struct nv_counter nv_counters[NV_C_END];

/* One term of a formula: the window sum of a counter, added or taken away. */
struct nv_term {
	uint16_t counter; /* enum nv_counter_id; NV_C_NONE ends the list */
	int16_t sign; /* +1 or -1; 0, of a derived counter only: it is looked at, and not part of
			 the sum */
};

#define NV_INPUTS_MAX 16

/* What a derived counter is computed from. */
struct nv_derived {
	uint16_t counter; /* enum nv_counter_id */
	struct nv_term of[NV_INPUTS_MAX + 1];
};

extern const struct nv_derived nv_derived[];
extern const size_t nv_derived_count;
/* NULL: it is read, not computed. */
const struct nv_derived *nv_derived_find(enum nv_counter_id);

/* ---- indicators ----------------------------------------------------------------------------- */

enum nv_kind {
	NV_RATIO = 1, /* fraction: numerator / denominator of window sums */
	NV_COUNT = 2, /* a census: events in the window; thresholds are per minute */
	NV_LEVEL = 3, /* a gauge: the worst seen; with a denominator, a fraction of it */
};

/* Whose side a finding points to: it picks who gets the ticket. */
enum nv_side {
	NV_SIDE_UNKNOWN,
	NV_SIDE_THIS_HOST,
	NV_SIDE_PEER,
	NV_SIDE_PATH,
	NV_SIDE_UNSOLICITED,
	NV_SIDE_END
};

/* Who can raise it. What anyone can raise by sending packets never pages on a threshold alone. */
enum nv_origin {
	NV_OWN,         /* the host itself, its stack, wires and programs */
	NV_PEERS,       /* shares that vary with the destinations: baseline first */
	NV_UNSOLICITED, /* anyone who can send a packet */
};

/* Can one packet with a forged source count in it? Each indicator answers. */
enum nv_forged {
	NV_FORGED_NEVER = 1, /* it takes a connection, or the wire itself */
	NV_FORGED_COUNTS,    /* each such packet counts */
	NV_FORGED_FILLS,     /* they count where a queue or table is full already, or fill it */
};

#define NV_TERMS_MAX    10
#define NV_EXPLAINS_MAX 8

enum nv_indicator_id {
	NV_I_NONE,
#define INDICATOR(id, number, ...) NV_I_##id = (number),
#include "catalog/indicators.def"
#undef INDICATOR
	NV_I_END
};

/*
 * An indicator relates events to the traffic that they belong to.
 *
 * num, den  The first term is the main one: absent there, the indicator is absent. Every further
 *           term that is absent counts 0. The sum is clamped at 0. A count has no den.
 * warn,crit A fraction for ratios and for levels with a den; events per minute for counts; the
 *           level itself for levels without den. INFINITY: never on its own.
 * min       Least number of numerator events in a window before there is any verdict.
 * floor     Least value that a baseline may call unusual; 0: 0.5 warn (see judge).
 */
struct nv_indicator {
	/* looked at in each evaluation: two cache lines */
	const char *name;
	enum nv_class_id klass;
	enum nv_kind kind;
	enum nv_origin origin;
	enum nv_forged forged;
	bool any;            /* a count that breaches at warn whatever the length of the window */
	bool noted;          /* seen and reported, never a verdict of its own */
	bool baseline_only;  /* judged only against its baseline; until then noted */
	bool never_learned;  /* never becomes usual */
	bool host_wide;      /* the same in every namespace: judged in the initial one only */
	bool router_normal;  /* normal work of a router or container host: baseline there */
	bool router_traffic; /* there it is the traffic itself: never judged */
	bool headline;       /* one of the 15 that collectd dispatches by default */
	bool essential;     /* of its class: where none of these is counted, the class is unknown */
	bool per_interface; /* also computed for each interface */
	uint16_t noted_on;  /* NV_ON(platform): a habit of that system, shown and never a verdict */
	uint8_t sustain_min; /* minutes in a row before it may raise; 0: the judge's own rule */
	uint16_t share_of;   /* enum nv_counter_id */
	uint16_t few;        /* enum nv_counter_id: with few_min of this, min_share is not asked */
	uint16_t proof; /* enum nv_counter_id: with proof_min of this, .min events suffice to breach
			 */
	uint16_t only_with; /* enum nv_counter_id: noted alone while this is not above 0 (one-shot)
			     */
	uint16_t sign; /* enum nv_counter_id: events of this host's own traffic that go with it;
			  fewer than sign_share times the numerator, and it is noted as unsolicited
			*/
	uint16_t
		sign_of; /* enum nv_indicator_id: what is usual of the sign is taken off; 0: nothing
			  */
	struct nv_term num[NV_TERMS_MAX];
	struct nv_term den[NV_TERMS_MAX];
	/* looked at when there are events */
	double warn, crit;
	double min;
	double floor;
	double min_share; /* the numerator must also be this fraction of share_of; 0: no such rule
			   */
	double few_min;
	double proof_min;
	double sign_share;
	enum nv_side side;                  /* when no evidence says better */
	uint16_t explains[NV_EXPLAINS_MAX]; /* enum nv_indicator_id: consequence of this one */
	uint16_t beside[2]; /* enum nv_counter_id: not in the formula, but they speak of the same */
	const char *unit;   /* what a ratio is a share of, or what is counted */
	const char *label;  /* short words for a report line: "retransmitted" */
	const char *alone; /* where no share stands before them: "segments retransmitted"; NULL: the
			      label */
	const char *text;  /* what it means, whole sentences */
	const char *hint;  /* what to do next, whole sentences */
	const char *source; /* RFC, kernel file, article */
};

extern const struct nv_indicator nv_indicators[NV_I_END];

#define NV_IF_INDICATORS 5 /* ifInErrors ifOutDrops ifOutErrors ifCollisions ifInOverruns */
extern const uint16_t nv_if_indicators[NV_IF_INDICATORS];

/* Statistics that docs/sources.md names and Linux does not count, with what stands for them. */
struct nv_substitute {
	const char *name;
	enum nv_indicator_id of; /* what other systems have of it; NV_I_NONE: nothing */
	const char *text;
};

extern const struct nv_substitute nv_substitutes[];
extern const size_t nv_substitutes_count;

/*
 * What the literature calls a statistic -> its names here (indicators, counters, substitutes), a
 * blank between; NULL: none. Case, plurals, blanks and punctuation of the words do not matter.
 */
const char *nv_names_of(const char *words);

/* Find by name, exact case. 0 (NV_C_NONE, NV_I_NONE) if there is none. */
enum nv_counter_id nv_counter_find(const char *name);
enum nv_indicator_id nv_indicator_find(const char *name);

/* True for numbers in use; retired numbers leave gaps. */
bool nv_counter_exists(unsigned number);
static inline bool nv_indicator_exists(unsigned number)
{
	return number > NV_I_NONE && number < NV_I_END && nv_indicators[number].name;
}

/* Is its value a fraction, reported in percent? */
static inline bool nv_is_fraction(const struct nv_indicator *ind)
{
	return ind->kind == NV_RATIO || (ind->kind == NV_LEVEL && ind->den[0].counter);
}

/* Of each counter the class of the first indicator that it speaks for; NV_CLASS_NONE if it is of
 * none. */
void nv_counter_classes(uint8_t class_of[NV_C_END]);

/*
 * The formula in words: "tcpRetransSegs - tcpSynRetrans - tcpInDsackSegs".
 * Writes at most size bytes with the ending 0; "" for an empty list. Returns the length written.
 */
size_t nv_formula(const struct nv_term terms[NV_TERMS_MAX], char *buf, size_t size);

#endif
