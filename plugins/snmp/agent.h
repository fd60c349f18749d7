/* SPDX-License-Identifier: MIT */
/*
 * The AgentX subagent: the thread that alone calls Net-SNMP, and what it owns.
 */
#ifndef NV_AGENT_H
#define NV_AGENT_H

#include "nv_memory.h"
#include "exchange.h"
#include "ports.h"

#define NV_TABLES_ROOM 16

/* Options of this front end, beside those of the core. */
struct nv_options {
	char socket[NV_PATH_SIZE]; /* "": Net-SNMP's own default, /var/agentx/master */
	bool write;                /* SET is allowed */
	unsigned repeat_s;         /* what stands is notified again so often; 0 never */
	unsigned ping_s;           /* how often a lost master is looked for; 1 .. 60 */
};

struct snmp_session;

struct nv_agent {
	struct nv_options options;
	struct nv_exchange *exchange;
	struct nv_scene scene;
	struct nv_queue queue;
	struct nv_ports ports;
	struct snmp_session *session; /* NULL: no master */
	bool was_connected;           /* there was a master before */
	bool restate_all;             /* reconnected: say every class that is not ok */
	bool restate;                 /* events were given up: say what changed meanwhile */
	unsigned long acked_seen;     /* acknowledgements of this session that the queue knows */
	double doubt_s;               /* since when a timed-out notification is pending; 0: none */
	bool timer_armed;
	bool hung;         /* the sampler gives no sign of life, and that was reported */
	bool unsaved;      /* what was set differs from what is on disk */
	double saved_s;    /* when that was tried last, CLOCK_MONOTONIC */
	bool woken;        /* the sampler has something, or time has passed */
	double received_s; /* when it was looked for last, CLOCK_MONOTONIC */
	unsigned refused;  /* registrations that the master refused as duplicates */
	bool refused_reported;
	uint32_t discontinuities; /* of the view before */
	double uptime_s;
	unsigned interface_count;
	char settings_path[NV_PATH_SIZE + NV_NAME_SIZE +
		32];                           /* "": settings are forgotten at the end */
	char state_dir[NV_PATH_SIZE];          /* where mutes are kept; "": nowhere */
	double mutes_read_s;                   /* when the mutes were read last, CLOCK_MONOTONIC */
	struct nv_mute mutes_before[NV_MUTES]; /* what UNDO stores again */
	unsigned mutes_before_count;
	struct nv_settings before; /* a SET is under way: what UNDO brings back */
	bool setting;
};

/* Thread function: speaks SNMP until the exchange says stop. The argument is a struct nv_agent. */
void *nv_agent_run(void *agent);

/* Take over what the sampler has published. Called once a turn. */
void nv_receive(struct nv_agent *);
/* Whether it still gives signs of life. */
void nv_look_at_sampler(struct nv_agent *);

/* Send what may be sent now. Called once a turn. */
void nv_traps_pump(struct nv_agent *);
/* The session has come or gone. */
void nv_traps_connected(struct nv_agent *);
void nv_traps_disconnected(struct nv_agent *);

struct netsnmp_agent_request_info_s;
struct netsnmp_request_info_s;

/* One phase of a SET on one table. */
int nv_set(struct nv_agent *, const struct nv_table *, size_t base_length,
	struct netsnmp_agent_request_info_s *, struct netsnmp_request_info_s *);
/* The master went away within a SET: what was done stays. */
void nv_set_abandoned(struct nv_agent *);

/* What an UNDO could not write, for the disk was full or read-only, is tried again. */
void nv_set_save_again(struct nv_agent *);

/* Mutes may have been made by other front ends, or have ended. */
void nv_mutes_refresh(struct nv_agent *);

/* ---- main.c ---- */

/* To standard error or to syslog; priority as of syslog. */
void nv_log(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- options.c ---- */

void nv_options_init(struct nv_options *);

/*
 * Take this front end's options out of the text of a configuration (their lines become blank, so
 * the core's reader counts lines as the file does). complain as for nv_config_read.
 */
void nv_options_read(struct nv_options *, char *text, size_t length,
	void (*complain)(void *context, enum nv_config_result, const struct nv_error *),
	void *context);

/* ---- supervise.c: systemd's notifications, if it listens ---- */

void nv_supervise(const char *state);
/* Seconds between two signs of life; 0: no watchdog. */
unsigned nv_supervise_interval_s(void);

#endif
