/* SPDX-License-Identifier: MIT */
/*
 * What a front end sees: configuration, engine, report, events. The core never prints, logs,
 * sleeps or exits; it allocates only in the *_new functions (and when interfaces appear).
 *
 *     config -> engine -> poll, poll, poll ... -> report (all of now) and events (what changed)
 *
 * Units: fractions for ratios (0.01 is 1 percent), events per minute for counts, the level itself
 * for levels; seconds; NAN is "no opinion". All strings end with 0 and are UTF-8.
 * One engine belongs to one thread at a time; any number of engines may live in one process.
 */
#ifndef NV_NETVITALS_H
#define NV_NETVITALS_H

#include "catalog.h"

#define NV_VERSION   "0.1.0"
#define NV_TEXT_SIZE 256 /* the longest sentence and its ending 0 */
#define NV_NAME_SIZE 64
#define NV_PATH_SIZE 512
#define NV_STATE_DIR "/var/lib/netvitals" /* where nothing else is said: mutes, and the memory of the agent */

/* ---- statuses: the numbers are those of JSON, SNMP and collectd ------------------------------ */

enum nv_status {
	NV_OK = 1,
	NV_WARNING = 2,
	NV_CRITICAL = 3,
	NV_UNKNOWN = 4,
	NV_LEARNING = 5, /* indicators alone */
	NV_DISABLED = 6, /* indicators alone: muted for good, or not counted here */
};

enum nv_reason {
	NV_REASON_NONE = 1,
	NV_REASON_THRESHOLD = 2,
	NV_REASON_BASELINE = 3,
	NV_REASON_SUSTAINED = 4,    /* held by hysteresis */
	NV_REASON_MISSING = 5,      /* no data */
	NV_REASON_NOTED = 6,        /* seen, no verdict */
	NV_REASON_MUTED = 7,
	NV_REASON_ACKNOWLEDGED = 8,
	NV_REASON_ACCEPTED = 9,     /* a lasting change that the baseline took over */
	NV_REASON_CONSEQUENCE = 10, /* the echo of another indicator */
};

/* Names as in JSON: "ok", "threshold", "thisHost", "ratio". Never NULL. */
const char *nv_status_name(enum nv_status);
const char *nv_reason_name(enum nv_reason);
const char *nv_side_name(enum nv_side);
/* "THE PATH. " before a hint; "" where it is unknown. */
const char *nv_side_capitals(enum nv_side);
const char *nv_kind_name(enum nv_kind);

/* critical 3, warning 2, unknown 1; ok, learning and disabled 0. */
int nv_severity(enum nv_status);
/* Is it warning or critical? */
bool nv_is_raised(enum nv_status);
enum nv_due {
	NV_DUE_NOT,   /* not severe enough, nor was what was told before */
	NV_DUE_LATER, /* too soon: how it stands then, if that is not what was told */
	NV_DUE_NOW,
};

/*
 * Whether a change is to be notified: less severe than `least` is not, and hold_s seconds at least lie
 * between two of the same thing. told: what was told last of it, 0: nothing that is known; since_s: how
 * long ago, NAN: never.
 */
enum nv_due nv_due(enum nv_status least, double hold_s, enum nv_status told, double since_s, enum nv_status before,
	enum nv_status now);

/* The worse of two: critical > warning > unknown > ok; learning and disabled count as ok. */
enum nv_status nv_worse(enum nv_status, enum nv_status);

/*
 * As fmax and fmin: the other one if one is NAN. In place, so that nobody needs the library for them;
 * where b is a number, as nearly always, what is left is one instruction.
 */
static inline double nv_larger(double a, double b)
{
	if (__builtin_expect(b != b, 0))
		return a;
	return a > b ? a : b;
}

static inline double nv_smaller(double a, double b)
{
	if (__builtin_expect(b != b, 0))
		return a;
	return a < b ? a : b;
}

/* Filled by the function that failed. line is 0 where there is no line. */
struct nv_error {
	unsigned line;
	char text[2 * NV_TEXT_SIZE + NV_PATH_SIZE];
};

/* ---- configuration --------------------------------------------------------------------------- */

enum nv_role { NV_ROLE_AUTO, NV_ROLE_HOST, NV_ROLE_CONTAINER, NV_ROLE_ROUTER };
/* Behind the time that a report covers: "; role: router", "" for a plain host. */
const char *nv_role_words(enum nv_role);
enum nv_profile { NV_PROFILE_DEFAULT, NV_PROFILE_STRICT, NV_PROFILE_LENIENT };
enum nv_scope { NV_SCOPE_CLASS = 1, NV_SCOPE_INDICATOR = 2, NV_SCOPE_BOTH = 3 };
enum nv_mode {
	NV_DAEMON,  /* sliding windows, hysteresis: for programs that run on */
	NV_ONESHOT, /* everything since the first sample, judged once: a person is looking */
};

/* Which sockets are looked at. */
enum nv_sockets_scope {
	NV_SOCKETS_AUTO,           /* established ones when that costs next to nothing */
	NV_SOCKETS_UNESTABLISHED,  /* established ones are left in the kernel: no queues of theirs */
	NV_SOCKETS_NONE,
};

struct nv_limits {
	double warn, crit, min; /* as in the catalog; NAN: the catalog's */
	bool disabled;
	bool no_baseline;       /* judged by its limits alone */
	int64_t muted_until_s;  /* epoch seconds; 0: not muted; INT64_MAX: for good */
};

struct nv_config {
	enum nv_mode mode;
	double interval_s; /* how often poll is going to be called; 0.1 .. 3600, default 10 */
	double window_s;   /* fast window; 1 .. 3600, default 60; judged six times in it */
	enum nv_profile profile;
	enum nv_role role;
	bool notify;               /* false: shadow mode, events say would-have-been */
	enum nv_scope notify_scope;
	enum nv_status notify_least; /* less severe is not notified: warning, critical; default unknown, all are */
	double notify_hold_s;        /* least time between two notifications of one thing; 0 .. 86400, default 0 */
	char root[NV_PATH_SIZE];       /* "": this kernel; otherwise a recorded tree or series */
	char state_dir[NV_PATH_SIZE];  /* "": no memory on disk */
	char mutes_dir[NV_PATH_SIZE];  /* of the list of mutes; "": state_dir */
	char door[NV_NAME_SIZE];       /* "collectd", "agentx": whose memory; "": none */
	double save_interval_s;        /* of the memory on disk; 10 .. 86400, default 300 */
	double accept_days;            /* until a lasting change is usual; 0.5 .. 60, default 3 */
	enum nv_sockets_scope sockets;
	double sockets_percent;        /* of one processor, that looking at sockets may cost; default 0.1 */
	bool forensics;                /* evidence is gathered while something is wrong */
	bool fed;                      /* no source of its own: samples come by nv_engine_feed alone */
	char interfaces[NV_TEXT_SIZE]; /* which feed a class: see nv_interfaces_valid */
	struct nv_limits limits[NV_I_END];
};

void nv_config_init(struct nv_config *);

/*
 * Which interfaces feed a class: "" those with hardware behind them, and bonds; "all" but loopback;
 * names and /regex/es separated by blanks or commas: these, whatever they are (loopback only by its
 * name); the same behind a !: those with hardware, without these. At most 16 of them.
 */
bool nv_interfaces_valid(const char *rule);

/* "true", "no", "on", "0" ... False: neither. */
bool nv_boolean(const char *value, bool *yes);

enum nv_config_result { NV_CONFIG_BAD = -1, NV_CONFIG_SET = 0, NV_CONFIG_UNKNOWN = 1 };

/*
 * Set one option by its name (case does not matter). indicator: NULL, or the name of the block
 * that the option stands in. BAD and UNKNOWN leave the configuration as it was; err then names
 * option, value and what was expected.
 */
enum nv_config_result nv_config_set(struct nv_config *, const char *indicator, const char *option,
	const char *value, struct nv_error *err);

/*
 * Read a whole text: `Option value` lines, `<Indicator "name"> ... </Indicator>` blocks, # comments.
 * complain is called once for each line that is refused, of the first 21; reading goes on. Of a text
 * with a byte 0 nothing is taken. Returns the number of BAD lines (UNKNOWN ones are complained about and
 * not counted).
 */
int nv_config_read(struct nv_config *, const char *text, size_t length,
	void (*complain)(void *context, enum nv_config_result, const struct nv_error *), void *context);

/* Line `row` of the table of options for manuals: name, value syntax, default, text; false at the end. */
struct nv_option {
	const char *name, *syntax, *initial, *text;
	bool in_indicator;
};
bool nv_option_get(unsigned row, struct nv_option *);

/* ---- snapshot: absolute values of one instant ------------------------------------------------ */

#define NV_IF_VALUES (NV_C_ifOutOctets - NV_C_ifInPkts + 1)

struct nv_interface {
	char name[NV_NAME_SIZE];
	unsigned index;               /* ifIndex; 0 unknown */
	bool feeds;                   /* feeds a class (hardware behind it, or configured) */
	uint16_t present;             /* bit i: value[i] was printed */
	uint64_t value[NV_IF_VALUES]; /* in the order of the catalog: NV_C_ifInPkts + i */
};

struct nv_snapshot {
	uint64_t value[NV_C_END];
	uint8_t present[NV_C_END];
	uint8_t width_bits;    /* 64; 32 where counters of the source wrap */
	bool initial_netns;    /* host-wide sources may be judged */
	uint64_t mono_ns;      /* CLOCK_MONOTONIC, or the uptime of a recorded tree */
	uint64_t boot_ns;      /* CLOCK_BOOTTIME */
	int64_t time_s;        /* seconds since the epoch; 0 unknown */
	int hour_of_week;      /* local time: 24 * weekday (Sunday 0) + hour; -1 unknown */
	double uptime_s;       /* since boot; NAN unknown */
	struct nv_interface *interfaces;
	unsigned interface_count, interface_room;
};

/* ---- report ---------------------------------------------------------------------------------- */

struct nv_verdict {
	enum nv_status status;
	enum nv_reason reason;
	enum nv_side side;
	double value;              /* fraction, per minute or level; NAN: no opinion or no traffic */
	double numerator;          /* events in the window, clamped at 0; NAN: absent */
	double denominator;        /* NAN: absent or none */
	double seconds;            /* of the window that numerator and denominator come from */
	double total_value;        /* since boot (live) or in the whole capture */
	double sum_numerator, sum_denominator; /* since the engine started; never decrease */
	double warn, crit;         /* the limits in force; NAN where there is none */
	double usual, spread;      /* of this hour; NAN while unknown */
	double max10m;             /* largest value of the last 10 minutes; NAN if none */
	uint16_t consequence_of;   /* enum nv_indicator_id */
	uint16_t mute;             /* its place in the report's mutes, from 1; 0: none, or by configuration */
	int64_t since_s;           /* epoch seconds of the last change of status; 0 never */
	uint32_t breaches;         /* times raised since the engine started */
	uint32_t learned_hours;    /* behind usual and spread; 0: nothing is learned of it */
	char text[NV_TEXT_SIZE];   /* one sentence with value, both numbers, window, limit */
	const char *label;         /* as the system prints it, for captures; NULL otherwise */
};

/* Muted or acknowledged: it is told, and colours nothing. */
bool nv_is_silenced(const struct nv_verdict *);

struct nv_class_state {
	enum nv_status status;
	enum nv_reason reason;
	enum nv_side side;
	uint16_t worst;            /* enum nv_indicator_id; 0: none worth naming */
	unsigned warnings, criticals;
	enum nv_status worst10m;   /* worst status of the last 10 minutes */
	int64_t since_s;
	uint32_t changes;
	char text[NV_TEXT_SIZE];
};

#define NV_IF_INDICATORS 5 /* ifInErrors ifOutDrops ifOutErrors ifCollisions ifInOverruns */
extern const uint16_t nv_if_indicators[NV_IF_INDICATORS];

struct nv_if_state {
	char name[NV_NAME_SIZE];
	unsigned index;
	bool feeds;
	bool gone; /* vanished; kept for a few samples */
	double in_drops; /* ifInDrops in relation to packets received, in the window: shown, never judged */
	enum nv_status status;
	struct nv_verdict verdicts[NV_IF_INDICATORS]; /* in the order of nv_if_indicators */
	uint64_t value[NV_IF_VALUES];
	char text[NV_TEXT_SIZE];
};

struct nv_offender {
	enum nv_class_id class;
	enum nv_side side; /* what it says of who is at fault; unknown: nothing */
	uint16_t indicator;
	char local[NV_NAME_SIZE], remote[NV_NAME_SIZE];
	char gateway[NV_NAME_SIZE], interface[NV_NAME_SIZE]; /* the way to remote, or the interface at fault */
	int pid; /* 0 unknown */
	char process[32], unit[NV_NAME_SIZE];
	uint64_t bytes; /* in its queues; 0 if that is not what is told */
	uint64_t count; /* of sockets, or of what was dropped or waits */
	char text[NV_TEXT_SIZE];
};

/* Sources that are not read with every sample; what they said last stands meanwhile. */
enum nv_source {
	NV_SOURCE_SOCKETS,     /* a look at the sockets, or nothing has changed since */
	NV_SOURCE_ESTABLISHED, /* the same with established connections */
	NV_SOURCE_SLOW,        /* queues, neighbours, limits */
	NV_SOURCES
};

/* "sockets", "established", "slow": as in JSON. */
const char *nv_source_name(enum nv_source);

struct nv_source_state {
	double age_s;   /* of what it said last, when the newest sample was taken; NAN: nothing yet */
	double cost_us; /* processor time of that, microseconds; NAN unknown */
};

struct nv_report {
	char host[NV_NAME_SIZE];
	char kernel[NV_NAME_SIZE]; /* "Linux 6.1.0"; "" for captures */
	const char *kind;          /* "live" or "capture" */
	const char *platform;      /* "linux", "freebsd" ... "unknown" */
	int64_t time_s;
	double uptime_s;
	double seconds;            /* what the report covers; NAN unknown */
	bool total;                /* since boot */
	enum nv_role role;
	unsigned namespaces;       /* one-shot: network namespaces here, of which this is one; 0 unknown */
	enum nv_status status;     /* the worst class */
	unsigned samples;          /* samples taken since the engine started */
	unsigned failures;         /* samples that failed */
	double sample_age_s;       /* age of the newest sample */
	double cost_us;            /* processor time of the newest sample, microseconds */
	struct nv_source_state sources[NV_SOURCES];
	bool stale;                /* the source fails: nothing here is an opinion of now */
	uint32_t discontinuities;  /* resets, gaps, suspends seen */
	int64_t discontinuity_s;   /* epoch seconds of the last one; 0 none */
	uint32_t last_event;       /* number of the newest event; 0 none */
	unsigned listeners_gone;   /* ports that had a listener within the last hour */
	struct nv_class_state classes[NV_CLASS_END];   /* by class number */
	struct nv_verdict verdicts[NV_I_END];          /* by indicator number */
	const struct nv_if_state *interfaces;          /* owned by the engine */
	unsigned interface_count;
	const struct nv_offender *offenders;           /* owned by the engine */
	unsigned offender_count;
	const struct nv_mute *mutes;                   /* owned by the engine; verdict.mute counts in it */
	char consulted[NV_NAME_SIZE];                  /* the door that was asked what is usual; "" none */
	const struct nv_event *past;                   /* what that door has told, oldest first; owned by the engine */
	unsigned past_count;
	char note[NV_TEXT_SIZE];   /* what this report cannot see; "" if nothing */
};

/* ---- events ---------------------------------------------------------------------------------- */

enum nv_event_kind {
	NV_EVENT_CLASS = 1,
	NV_EVENT_INDICATOR = 2,
	NV_EVENT_INTERFACE = 3, /* these two by nv_engine_add_event() alone */
	NV_EVENT_RESET = 4,     /* counters started over */
};

/* "class", "indicator", "interface", "reset". */
const char *nv_event_kind_name(enum nv_event_kind);

struct nv_event {
	uint32_t number; /* from 1, without gaps, kept over restarts by the state file */
	enum nv_event_kind kind;
	int64_t time_s;
	enum nv_class_id class;
	uint16_t indicator; /* the one that changed, or the worst of the class; 0 none */
	enum nv_status before, now;
	enum nv_side side;
	enum nv_reason reason;
	double value, numerator, denominator, seconds, warn, crit, usual;
	bool notify; /* a front end is to tell it: notifications are on, scope, severity and time fit */
	char text[NV_TEXT_SIZE]; /* the same bytes in every door */
	uint32_t interface;      /* ifIndex of an NV_EVENT_INTERFACE; otherwise 0 */
};

/* ---- engine ---------------------------------------------------------------------------------- */

struct nv_engine;

/* NULL and err on failure. The configuration is copied. */
struct nv_engine *nv_engine_new(const struct nv_config *, struct nv_error *err);
void nv_engine_free(struct nv_engine *); /* takes NULL */

/*
 * Another configuration for a running engine: limits, profile, role and notifications take effect with
 * the next sample, and nothing is forgotten. False, and nothing done, if what is read, how often, or
 * where memory lies differs: that takes a new engine.
 */
bool nv_engine_adjust(struct nv_engine *, const struct nv_config *);

/*
 * Read the source once and judge. 1: a new sample; 0: nothing new (a recording at its end, a clock
 * that stands); -1: the source failed, err says where. The report is up to date after each.
 * err->text is "" unless something could not be read: also beside 1, when only a part failed.
 */
int nv_engine_poll(struct nv_engine *, struct nv_error *err);

/* Judge a snapshot that the caller made. Same results as poll, without a source. */
int nv_engine_feed(struct nv_engine *, const struct nv_snapshot *);

/* Valid until the next call on this engine. Sentences are made here, when somebody reads them. */
const struct nv_report *nv_engine_report(struct nv_engine *);
/* The same without its sentences, which cost more than all the rest: their text is an earlier one's. */
const struct nv_report *nv_engine_numbers(struct nv_engine *);
const struct nv_snapshot *nv_engine_snapshot(const struct nv_engine *);
/* Events per second of each counter in the window that is judged; NAN for gauges and what is not known. */
void nv_engine_rates(const struct nv_engine *, double per_second[NV_C_END]);

/* What is usual is learned anew, of one indicator or (0) of all; on disk as soon as it can be written. */
void nv_engine_forget_baseline(struct nv_engine *, unsigned indicator);

/* The newest snapshot judged as totals since boot: never above warning. */
void nv_engine_total(struct nv_engine *, struct nv_report *out);

/* Copy events with a number above `after`, oldest first; at most room. Returns how many. */
unsigned nv_engine_events(
	const struct nv_engine *, uint32_t after, struct nv_event *out, unsigned room);

/*
 * What a front end alone has seen, among the events: it gets the next number, which is told behind its
 * text. The front end finds it by nv_engine_events, like the others.
 */
void nv_engine_add_event(struct nv_engine *, const struct nv_event *);
/* Numbers of a verdict into an event; NULL: there are none. */
void nv_event_fill(struct nv_event *, const struct nv_verdict *);

/*
 * The evidence that speaks for an event that was just told: of its indicator, or else of its class.
 * NULL: none, or nothing is wrong any more. The event's text ends with its words, as far as they fit.
 */
const struct nv_offender *nv_event_offender(const struct nv_report *, const struct nv_event *);
/* The first interface that feeds its class and whose own share of the event's indicator is raised; NULL: none. */
const struct nv_if_state *nv_event_interface(const struct nv_report *, const struct nv_event *);

/* Epoch seconds by the clock of the source (the recording's own for a Root tree); 0 unknown. */
int64_t nv_engine_time(const struct nv_engine *);

/* A message for the log that was not given before: trouble with the memory on disk. */
bool nv_engine_notice(struct nv_engine *, char *text, size_t size);

/* ---- the memory on disk, seen from outside ------------------------------------------------------ */

struct nv_state;

/* What is known of one indicator at one hour of the week. */
struct nv_usual {
	uint32_t hours; /* learned */
	bool ready;
	double usual;   /* NAN unknown */
	double spread;  /* factor; NAN unknown */
	double limit;   /* above it is unusual, in the hour when it was saved; NAN */
};

/* NULL and err if there is none or it cannot be used. Nothing on disk is changed. */
struct nv_state *nv_state_open(const char *path, struct nv_error *err);
void nv_state_close(struct nv_state *);
int64_t nv_state_time(const struct nv_state *); /* epoch seconds */
unsigned nv_state_events(const struct nv_state *, uint32_t after, struct nv_event *out, unsigned room);
bool nv_state_usual(const struct nv_state *, unsigned indicator, int hour_of_week, struct nv_usual *);
bool nv_state_forget(struct nv_state *, unsigned indicator);
/*
 * For a one-shot report: what this door knows stands beside what is seen now, namely usual values of this
 * hour as far as they are ready, since when a class has been raised, what was told. It judges nothing.
 * The state must live as long as the engine.
 */
void nv_engine_consult(struct nv_engine *, const struct nv_state *, const char *door);
/* Write it; locked: refuse while a daemon uses that file. */
int nv_state_save(const struct nv_state *, const char *path, bool locked, struct nv_error *err);

/* ---- mutes and acknowledgements: once for all doors ---------------------------------------------- */

#define NV_MUTES 32

struct nv_mute {
	char name[NV_NAME_SIZE];      /* of an indicator or a class */
	bool acknowledged;            /* ends early: when the status rises or clears */
	int64_t made_s, until_s;      /* epoch seconds */
	char by[NV_NAME_SIZE], why[NV_TEXT_SIZE];
};

/* Those in force now; how many, or -1 and err. No file: 0. */
int nv_mutes_read(const char *state_dir, int64_t now_s, struct nv_mute *out, unsigned room, struct nv_error *);
/* Add one, replacing that of the same name; what has ended is dropped. -1 and err, also when NV_MUTES are in force. */
int nv_mutes_add(const char *state_dir, int64_t now_s, const struct nv_mute *, struct nv_error *);

/* ---- output into a caller's buffer ------------------------------------------------------------ */

/*
 * A growing position in a fixed buffer. What does not fit is counted and cut, never overrun;
 * `used` may exceed `size`: then the text is cut and the caller can retry with used + 1 bytes.
 */
struct nv_out {
	char *buf;
	size_t size, used;
};

void nv_put(struct nv_out *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Words of text behind lead, broken before column width; further lines stand under the first word. */
void nv_put_wrapped(struct nv_out *, unsigned width, const char *lead, const char *text);
void nv_put_json_string(struct nv_out *, const char *text); /* with quotes; NULL is null */
void nv_put_json_number(struct nv_out *, double value);     /* NAN and infinities are null */

struct nv_style {
	bool colour;
	bool all;       /* every indicator, not only those worth a line */
	unsigned width; /* columns; 80 */
};

void nv_report_text(struct nv_out *, const struct nv_report *, const struct nv_report *total,
	const struct nv_style *);
void nv_report_json(struct nv_out *, const struct nv_report *);
void nv_offender_json(struct nv_out *, const struct nv_offender *);
void nv_counters_text(struct nv_out *, const struct nv_snapshot *);
void nv_counters_json(struct nv_out *, const struct nv_snapshot *, const char *platform);
void nv_counters_csv_header(struct nv_out *);
void nv_counters_csv_row(struct nv_out *, const struct nv_snapshot *);

/* Explain a class, a counter, an indicator or a statistic of the articles. False: no such name. */
bool nv_explain(struct nv_out *, const char *name);

/* The catalog as "mib", "man", "md" or "json". False: no such format. */
bool nv_catalog_write(struct nv_out *, const char *format);

/* A value in people's words: "7.1 %", "212", "0.105 %". Writes at most size bytes. */
void nv_say_value(enum nv_kind, bool fraction, double value, char *buf, size_t size);

/* Its label where no share stands before it. */
const char *nv_label_alone(const struct nv_indicator *);

/* Its label behind a number: "1 packet without a route", "7 packets without a route". */
const char *nv_label_for(const struct nv_indicator *, double number, char buf[NV_NAME_SIZE]);

/* A limit of an indicator: "1 %", "50/min", "any" where one event is one too many, "never". */
void nv_say_limit(const struct nv_indicator *, double limit, char *buf, size_t size);

/* 41230 as "41,230": long numbers are compared by eye. */
void nv_say_grouped(double number, char *buf, size_t size);

/* The rims: parts per million, saturating at 4294967295; percent, clamped at 100. NAN: 0, NAN. */
uint32_t nv_to_ppm(double fraction);
double nv_to_percent(double fraction);

/* ---- sockets: states, queues, offenders ------------------------------------------------------- */

#define NV_SOCKET_STATES 12 /* by the kernel's numbers: 1 ESTABLISHED .. 11 CLOSING */

/* What one look at all sockets gives; loopback is counted apart and in nothing else. */
struct nv_socket_summary {
	uint32_t tcp[2][NV_SOCKET_STATES]; /* IPv4, IPv6; without loopback */
	uint32_t loopback[NV_SOCKET_STATES];
	uint64_t receive_octets, send_octets; /* in the queues of connections */
	uint64_t loopback_octets;             /* in both queues of those over loopback */
	uint32_t close_wait_unread, close_wait; /* of now, data unread or not */
	uint32_t leaked_unread, leaked;         /* of these, longer than a moment */
	uint32_t listeners, listeners_full, not_accepted;
	uint32_t receive_stuck, send_stuck; /* queues that did not move between two looks */
	uint32_t ports_to_one;              /* most sockets to one destination */
	uint32_t udp[2];
	uint64_t udp_octets, udp_drops; /* waiting; dropped since the last look */
	uint32_t listeners_gone;        /* ports that had a listener within the last hour */
	bool established_known;         /* false: those were left in the kernel */
	bool queues_untold;             /* a capture of a system that prints none: what waits is not known */
	bool one_look;                  /* of a recording: what is stuck is not known */
	double age_s, cost_us;
};

struct nv_sockets;

/* root "": this kernel; else a recorded tree with net/tcp, tcp6, udp, udp6. NULL and err. */
struct nv_sockets *nv_sockets_new(const char *root, struct nv_error *err);
void nv_sockets_free(struct nv_sockets *); /* takes NULL */
/* Look at every socket now, whatever it costs; two looks a second apart tell stuck from busy. */
int nv_sockets_look(struct nv_sockets *, struct nv_error *err);
/* Take these instead, of a capture. -1: none under numbers. 0 with a text: some were under names. */
struct nv_saved_socket;
int nv_sockets_take(struct nv_sockets *, const struct nv_saved_socket *, unsigned count, struct nv_error *err);
const struct nv_socket_summary *nv_sockets_summary(const struct nv_sockets *);
/* Worst first, with process and unit where they can be known; at most room. Returns how many. */
unsigned nv_sockets_offenders(struct nv_sockets *, struct nv_offender *out, unsigned room);
void nv_sockets_text(struct nv_out *, struct nv_sockets *, const struct nv_style *);
void nv_sockets_json(struct nv_out *, struct nv_sockets *);

/* ---- captures: saved text of any system -------------------------------------------------------- */

/*
 * What netstat, nstat, ss and copies of /proc/net of one host have printed: one capture, however many
 * files it is in. Texts whose lines begin with `node-1: ` give one capture a node.
 */
struct nv_captures;

/* platform: its name as in JSON, or NULL to recognize it from the text. NULL and err on failure. */
struct nv_captures *nv_captures_new(const char *platform, struct nv_error *err);
void nv_captures_free(struct nv_captures *); /* takes NULL */
/* Read one more text of the same host. name is for messages and may tell the time. -1: not text. */
int nv_captures_add(struct nv_captures *, const char *name, const char *text, size_t length,
	struct nv_error *err);
/* After the last text, before anything is asked. -1: there was nothing in it that can be read. */
int nv_captures_finish(struct nv_captures *, struct nv_error *err);

/* Files of hosts of two systems were put into one capture: text says which. */
bool nv_captures_mixed(const struct nv_captures *, char *text, size_t size);
unsigned nv_captures_count(const struct nv_captures *); /* nodes; 1 for a single host */
const char *nv_captures_node(const struct nv_captures *, unsigned at); /* "" for a single host */
const char *nv_captures_platform(const struct nv_captures *, unsigned at);
const struct nv_snapshot *nv_captures_snapshot(const struct nv_captures *, unsigned at);

/* A line of a table of sockets, of any system. */
struct nv_saved_socket {
	char proto[8];                                 /* "tcp4", "udp" */
	char local[NV_NAME_SIZE], remote[NV_NAME_SIZE]; /* as printed */
	char state[16];                                /* "CLOSE_WAIT"; "" for UDP */
	char process[32];
	int pid;                /* 0 not told */
	bool queues;            /* were printed */
	bool backlog;           /* send_q of a listener is its backlog */
	bool loopback;          /* both ends on this host */
	uint8_t timer, retries; /* as the kernel numbers them; 0 none, or not told */
	uint64_t recv_q, send_q;
	uint32_t source; /* the core's own: sockets that were printed together */
};
const struct nv_saved_socket *nv_captures_sockets(const struct nv_captures *, unsigned at, unsigned *count);

/*
 * The letters of the classes that line (from 1) of the last text speaks for, and ? if something in it
 * is not understood: "", "L", "LA" for the many counters of a line of /proc.
 */
void nv_captures_line_letters(const struct nv_captures *, unsigned line, char letters[NV_CLASS_END + 1]);

void nv_captures_counters_text(struct nv_out *, const struct nv_captures *, unsigned at);
void nv_captures_counters_json(struct nv_out *, const struct nv_captures *, unsigned at);
/* One row a capture and node; columns: what at least one of them counts. */
void nv_captures_csv(struct nv_out *, const struct nv_captures *const *, unsigned count);

struct nv_comparison;

/*
 * Judge one node of a capture (before NULL: its totals, never above warning) or what happened between
 * two. elapsed_s: given by the user; NAN: from dates in the texts or names of the files. NULL and err if
 * the two are of different hosts, in reversed order, or from before and after a restart. What it
 * returns points into the captures: free it first.
 */
struct nv_comparison *nv_compare(const struct nv_captures *before, const struct nv_captures *after,
	unsigned node, double elapsed_s, const struct nv_config *, struct nv_error *err);
void nv_comparison_free(struct nv_comparison *); /* takes NULL */
const struct nv_report *nv_comparison_report(const struct nv_comparison *);
void nv_comparison_text(struct nv_out *, const struct nv_comparison *, const struct nv_style *);
/* Nodes side by side: the worst of them and who stands out. Only for more than one. */
void nv_comparison_nodes_text(struct nv_out *, struct nv_comparison *const *, unsigned count);

/*
 * The same text with addresses and host names replaced, each always by the same stand-in. The
 * redactor remembers between calls, so that several texts stay consistent.
 */
struct nv_redactor;
struct nv_redactor *nv_redactor_new(struct nv_error *err);
void nv_redactor_free(struct nv_redactor *); /* takes NULL */
void nv_redactor_names(struct nv_redactor *, const struct nv_captures *); /* hosts known by name */
void nv_redact(struct nv_redactor *, struct nv_out *, const char *text, size_t length);

#endif
