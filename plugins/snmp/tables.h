/* SPDX-License-Identifier: MIT */
/*
 * What NETVITALS-MIB shows, as data: tables of columns, each column with a type and a getter.
 *
 *     nv_view (copied from the engine) + nv_scene (the agent's own figures)
 *         -> nv_find: object identifier -> table, row, column  -> nv_value
 *
 * Nothing here knows of Net-SNMP, so GET, GETNEXT and their order are tested without an agent.
 * Names and numbers are those of mibs/NETVITALS-MIB.txt; the tests compare the two.
 */
#ifndef NV_TABLES_H
#define NV_TABLES_H

#include "evidence.h"
#include "mute.h"
#include "settings.h"

/* The one place of the code that knows the root; the other is nvMIB in the MIB itself. */
#define NV_ROOT_OID 1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 7311

#define NV_SELF_NETNS      1 /* nvNetnsIndex of the agent's own namespace */
#define NV_INDEX_MAX       4 /* parts of the longest index */
#define NV_SUFFIX_MAX      (2 + NV_INDEX_MAX)
#define NV_OFFENDERS_SHOWN 16
#define NV_NEVER_U32       UINT32_MAX

/* One sample, copied out of the engine and never changed while anybody may read it. */
struct nv_view {
	struct nv_report report; /* its pointers lead into this view */
	struct nv_if_state *interfaces;
	unsigned interface_count, interface_room;
	struct nv_offender offenders[NV_OFFENDERS_SHOWN];
	uint64_t counter[NV_C_END];
	uint8_t counter_present[NV_C_END];
	uint32_t counter_rate[NV_C_END]; /* thousandths a second, in the window */
	double interval_s, window_s;
	uint32_t delay_us, delay_max_us; /* how late the newest sample began; the latest of all */
	uint32_t delay_own_max_us;       /* the same, without waiting for a processor */
	bool notify;                     /* as configured, before any SET */
	enum nv_scope scope;
	enum nv_status least;
	double hold_s; /* nvNotifyHoldTime */
	struct nv_limits limits[NV_I_END];
};

/* One row of nvEventTable. */
struct nv_logged {
	struct nv_event event;
	struct nv_trap_evidence evidence;
	bool handed; /* the master took the notification */
};

/* Everything that the tables show. Owned by the thread that speaks SNMP. */
struct nv_scene {
	const struct nv_view *view;
	bool sampler_dead;    /* no sign of life: nothing here may look healthy */
	double idle_s;        /* since the sampler's last sign of life */
	uint64_t netns_inode; /* 0 unknown */
	uint32_t stack_ticks; /* sysUpTime when the stack's counters restarted; 0 before */
	uint32_t gap_ticks;   /* sysUpTime at the last discontinuity; 0 before */
	uint32_t rows_ticks;  /* sysUpTime when rows last came or went */
	uint32_t sent, lost, pending;
	unsigned repeat_s;              /* nvNotifyRepeat, as configured */
	struct nv_settings settings;    /* made by SET */
	struct nv_mute mutes[NV_MUTES]; /* of all front ends, as read last */
	unsigned mute_count;
	bool writable, kept; /* SET is allowed; settings survive a restart */
	uint16_t indicators[NV_I_END], counters[NV_C_END]; /* numbers in use, rising */
	unsigned indicator_count, counter_count;
	uint8_t counter_class[NV_C_END];
	struct nv_logged
		log[NV_LOG_ROWS_MAX]; /* a ring of the first log_room, oldest at log_first */
	unsigned log_room, log_first, log_count;
};

enum nv_type {
	NV_INTEGER, /* enumerations, TruthValue */
	NV_GAUGE32, /* Gauge32 and Unsigned32 are one type on the wire */
	NV_COUNTER32,
	NV_COUNTER64,
	NV_TICKS,  /* TimeStamp */
	NV_OCTETS, /* SnmpAdminString, DateAndTime */
};

struct nv_value {
	uint64_t number;   /* every type but NV_OCTETS */
	const char *bytes; /* NV_OCTETS; may point to room */
	size_t length;
	char room[16];
};

struct nv_column {
	unsigned number;
	enum nv_type type;
	const char *name; /* as in the MIB */
	void (*get)(const struct nv_scene *, unsigned row, struct nv_value *);
	enum nv_setting setting; /* what a SET changes */
};

/* Scalars are a table of one row without an entry arc, index 0. */
struct nv_table {
	unsigned long arcs[2]; /* below the root */
	bool scalars;
	bool writable; /* has columns that can be written */
	unsigned index_parts;
	unsigned (*rows)(const struct nv_scene *);
	/* Rows rise strictly by their index. */
	void (*index)(const struct nv_scene *, unsigned row, unsigned long index[NV_INDEX_MAX]);
	const struct nv_column *columns; /* rising by number */
	unsigned column_count;
};

/* In the order of their object identifiers. */
extern const struct nv_table *const nv_tables[];
extern const unsigned nv_tables_count;

extern const struct nv_table nv_scalar_table, nv_netns_table, nv_class_table, nv_indicator_table;
extern const struct nv_table nv_counter_table, nv_interface_table, nv_event_table;
extern const struct nv_table nv_socket_table, nv_memory_table;
extern const struct nv_table nv_config_table, nv_threshold_table;

enum nv_found { NV_FOUND, NV_NO_OBJECT, NV_NO_INSTANCE };

/* A value's place: the suffix is the identifier behind the table's own. */
struct nv_place {
	const struct nv_column *column;
	unsigned row;
	unsigned long suffix[NV_SUFFIX_MAX];
	size_t length;
};

/* GET: the value of exactly this suffix. */
enum nv_found nv_find(const struct nv_table *, const struct nv_scene *, const unsigned long *suffix,
	size_t length, struct nv_place *);

/* GETNEXT: the first value whose suffix is greater. False: the table has no more. */
bool nv_find_next(const struct nv_table *, const struct nv_scene *, const unsigned long *suffix,
	size_t length, struct nv_place *);

/* Fill the lists of rows that never change. *scene is all zero. */
void nv_scene_init(struct nv_scene *);

/* Append to the ring of events, with the evidence of the view; the oldest makes room. */
void nv_scene_log(struct nv_scene *, const struct nv_event *);
/* So many rows from now on; the oldest go. Memory that is not needed is not touched. */
void nv_scene_log_resize(struct nv_scene *, unsigned rows);
/* The i-th row, oldest first. */
struct nv_logged *nv_scene_row(const struct nv_scene *, unsigned i);
/* The row of that event number, NULL if it has left the ring. */
struct nv_logged *nv_scene_logged(struct nv_scene *, uint32_t number);

/* ---- values, shared with the notifications ---- */

/* ppm for fractions, otherwise the whole number next to it; NAN 0. */
uint32_t nv_scaled(enum nv_indicator_id, double value);
/* A limit, scaled; NV_NEVER_U32 where there is none. */
uint32_t nv_scaled_limit(enum nv_indicator_id, double limit);
/* A count: NAN 0, saturating at 4294967295. */
uint32_t nv_whole(double);
void nv_value_string(struct nv_value *, const char *text, size_t longest);
/* DateAndTime, 11 octets, local time; 8 octets of zero for 0. */
void nv_value_time(struct nv_value *, int64_t time_s);
/* NvSide: enumerations of a MIB begin with 1, so unknown comes last. */
unsigned nv_side_number(enum nv_side);
/* Whether events of that kind are to be notified, as set or else as configured. */
bool nv_wanted(const struct nv_scene *, enum nv_event_kind);
/* The status as it may be shown: a dead sampler never looks healthy. */
enum nv_status nv_shown_status(const struct nv_scene *, enum nv_status);

#endif
