/* SPDX-License-Identifier: MIT */
/* Configuration: what every front end can set, by the same names everywhere. */
#ifndef NV_NV_CONFIG_H
#define NV_NV_CONFIG_H

#include "catalog/status.h"

#define NV_STATE_DIR                                                                               \
	"/var/lib/netvitals" /* where nothing else is said: mutes, and the memory of the agent */

/* ---- configuration --------------------------------------------------------------------------- */

enum nv_profile { NV_PROFILE_DEFAULT, NV_PROFILE_STRICT, NV_PROFILE_LENIENT };
enum nv_scope { NV_SCOPE_CLASS = 1, NV_SCOPE_INDICATOR = 2, NV_SCOPE_BOTH = 3 };
enum nv_mode {
	NV_DAEMON,  /* sliding windows, hysteresis: for programs that run on */
	NV_ONESHOT, /* everything since the first sample, judged once: a person is looking */
};

/* Which sockets are looked at. */
enum nv_sockets_scope {
	NV_SOCKETS_AUTO,          /* established ones when that costs next to nothing */
	NV_SOCKETS_UNESTABLISHED, /* established ones are left in the kernel: no queues of theirs */
	NV_SOCKETS_NONE,
};

struct nv_limits {
	double warn, crit, min; /* as in the catalog; NAN: the catalog's */
	bool disabled;
	bool no_baseline;      /* judged by its limits alone */
	int64_t muted_until_s; /* epoch seconds; 0: not muted; INT64_MAX: for good */
};

struct nv_config {
	enum nv_mode mode;
	double interval_s; /* how often poll is going to be called; 0.1 .. 3600, default 10 */
	double window_s;   /* fast window; 1 .. 3600, default 60; judged six times in it */
	enum nv_profile profile;
	enum nv_role role;
	bool notify; /* false: dry run, events are recorded but not sent */
	enum nv_scope notify_scope;
	enum nv_status notify_least; /* less severe is not notified: warning, critical; default
					unknown, all are */
	double notify_hold_s;    /* least time between two notifications of one thing; 0 .. 86400,
				    default 0 */
	char root[NV_PATH_SIZE]; /* "": this kernel; otherwise a recorded tree or series */
	char state_dir[NV_PATH_SIZE];  /* "": no memory on disk */
	char mutes_from[NV_NAME_SIZE]; /* a user whose mutes are heeded beside root's and one's own
					*/
	char mutes_dir[NV_PATH_SIZE];  /* of the list of mutes; "": state_dir */
	char front_end[NV_NAME_SIZE];  /* "collectd", "agentx": whose memory; "": none */
	double save_interval_s;        /* of the memory on disk; 10 .. 86400, default 300 */
	double accept_days;            /* until a lasting change is usual; 0.5 .. 60, default 3 */
	enum nv_sockets_scope sockets;
	double sockets_percent; /* of one processor, that looking at sockets may cost; default 0.1
				 */
	bool forensics;         /* evidence is gathered while something is wrong */
	bool fed;               /* no source of its own: samples come by nv_engine_feed alone */
	char interfaces[NV_TEXT_SIZE]; /* which are counted in class status: see nv_interfaces_valid
					*/
	struct nv_limits limits[NV_I_END];
};

void nv_config_init(struct nv_config *);

/*
 * Which interfaces are counted in class status: "" those with hardware behind them, and bonds;
 * "all" but loopback; names and /regex/es separated by blanks or commas: these, whatever they are
 * (loopback only by its name); the same behind a !: those with hardware, without these. At most 16
 * of them.
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
 * Read a whole text: `Option value` lines, `<Indicator "name"> ... </Indicator>` blocks, #
 * comments. complain is called once for each line that is refused, of the first 21; reading goes
 * on. Of a text with a byte 0 nothing is taken. Returns the number of BAD lines (UNKNOWN ones are
 * complained about and not counted).
 */
int nv_config_read(struct nv_config *, const char *text, size_t length,
	void (*complain)(void *context, enum nv_config_result, const struct nv_error *),
	void *context);

/* Line `row` of the table of options for manuals: name, value syntax, default, text; false at the
 * end. */
struct nv_option {
	const char *name, *syntax, *initial, *text;
	bool in_indicator;
};
bool nv_option_get(unsigned row, struct nv_option *);

#endif
