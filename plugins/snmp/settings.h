/* SPDX-License-Identifier: MIT */
/*
 * What managers have set by SNMP: an overlay over the configuration, kept in a file of its own.
 *
 *     SET -> nv_setting_check (RESERVE1) -> nv_settings_consistent (RESERVE2)
 *         -> nv_setting_apply, nv_settings_save (ACTION) -> the sampler (COMMIT)
 *
 * No Net-SNMP here.
 */
#ifndef NV_SETTINGS_H
#define NV_SETTINGS_H

#include "nv_config.h"

enum nv_setting {
	NV_SET_NOTHING, /* a column that cannot be written */
	NV_SET_NOTIFY,
	NV_SET_SCOPE,
	NV_SET_SEVERITY,
	NV_SET_HOLD,
	NV_SET_REPEAT,
	NV_SET_LOG_MAX,
	NV_SET_FORGET_ALL, /* these two do something and keep nothing */
	NV_SET_FORGET,
	NV_SET_BASELINE,
	NV_SET_WARN,
	NV_SET_CRIT,
	NV_SET_MIN,
	NV_SET_ADMIN, /* this and all that follow make a mute: mute.h */
	NV_SET_UNTIL, /* these three are texts */
	NV_SET_BY,
	NV_SET_WHY,
};

#define NV_HOLD_MAX_S   86400
#define NV_LOG_ROWS     200 /* rows of nvEventTable, unless set */
#define NV_LOG_ROWS_MAX 1000

enum nv_admin {
	NV_ADMIN_AS_CONFIGURED,
	NV_ADMIN_ENABLED = 1,
	NV_ADMIN_MUTED = 2, /* this and acknowledged are kept with the mutes, not here */
	NV_ADMIN_DISABLED = 3,
	NV_ADMIN_ACKNOWLEDGED = 4,
};

/* All as configured: NV_ADMIN_AS_CONFIGURED, 0 and NAN. */
struct nv_settings {
	uint8_t notify;   /* TruthValue: true(1), false(2) */
	uint8_t scope;    /* enum nv_scope */
	uint8_t severity; /* least enum nv_status that is notified: unknown, warning, critical */
	bool hold_set, repeat_set;
	uint16_t log_rows;
	uint32_t hold_s;   /* least time between two notifications of one thing, if hold_set */
	uint32_t repeat_s; /* what stands is notified again so often, if repeat_set; 0 never */
	uint8_t admin[NV_I_END];
	uint8_t baseline[NV_I_END]; /* TruthValue: judged by what is usual as well */
	uint16_t forget[NV_I_END];  /* how often its baseline was to be forgotten; 0: all of them.
				       Not on disk */
	double warn[NV_I_END], crit[NV_I_END], min[NV_I_END];
};

void nv_settings_init(struct nv_settings *);

/* What is in force of these, over what is configured. */
enum nv_status nv_settings_severity(const struct nv_settings *, enum nv_status configured);
double nv_settings_hold_s(const struct nv_settings *, double configured);
double nv_settings_repeat_s(const struct nv_settings *, double configured);
unsigned nv_settings_log_rows(const struct nv_settings *);

/* What may be written at all: range alone. indicator 0 for the scalars. */
bool nv_setting_check(enum nv_setting, enum nv_indicator_id, uint64_t number);

/* Put a checked number in; 0 for a limit is back to the configuration. */
void nv_setting_apply(struct nv_settings *, enum nv_setting, enum nv_indicator_id, uint64_t number);

/* Whether warn <= crit for the indicator; configured: limits in force where nothing is set. */
bool nv_settings_consistent(const struct nv_settings *, enum nv_indicator_id,
	double configured_warn, double configured_crit);

/* Lay the settings over a configuration. */
void nv_settings_overlay(const struct nv_settings *, struct nv_config *);

/* Write by a new file, fsync and rename. -1 and err if anything of it fails; the old file stays. */
int nv_settings_save(const struct nv_settings *, const char *path, struct nv_error *err);

/* 1 loaded, 0 no such file, -1 and err: it cannot be read or is damaged; settings are then empty.
 */
int nv_settings_load(struct nv_settings *, const char *path, struct nv_error *err);

/* Whether a save would find its directory writable. */
bool nv_settings_writable(const char *path);

#endif
