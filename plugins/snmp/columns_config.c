/* SPDX-License-Identifier: MIT */
/*
 * Columns that can be written: notifications and limits. They read as what is in force, whether it
 * was set here, configured in the file, or comes from the catalog.
 */
#include "nv_memory.h"
#include "columns.h"

#include <math.h>

/* ---- nvGlobalConfig
 * ------------------------------------------------------------------------------ */

GETTER(notify_enable)
{
	(void)row;
	const struct nv_settings *set = &scene->settings;
	TRUTH(set->notify != 0 ? set->notify == 1 : scene->view->notify);
}

GETTER(notify_scope)
{
	(void)row;
	NUMBER(scene->settings.scope != 0 ? scene->settings.scope : (unsigned)scene->view->scope);
}

GETTER(notify_severity)
{
	(void)row, NUMBER(nv_settings_severity(&scene->settings, scene->view->least));
}
GETTER(notify_hold)
{
	(void)row, NUMBER(nv_whole(nv_settings_hold_s(&scene->settings, scene->view->hold_s)));
}
GETTER(notify_repeat)
{
	(void)row, NUMBER(nv_whole(nv_settings_repeat_s(&scene->settings, scene->repeat_s)));
}
GETTER(log_rows)
{
	(void)row, NUMBER(nv_settings_log_rows(&scene->settings));
}
GETTER(idle)
{
	(void)scene, (void)row, NUMBER(1);
}

static const struct nv_column config_columns[] = {
	SETTABLE(1, NV_INTEGER, "nvNotifyEnable", notify_enable, NV_SET_NOTIFY),
	SETTABLE(2, NV_INTEGER, "nvNotifyMinSeverity", notify_severity, NV_SET_SEVERITY),
	SETTABLE(3, NV_GAUGE32, "nvNotifyHoldTime", notify_hold, NV_SET_HOLD),
	SETTABLE(4, NV_INTEGER, "nvBaselineReset", idle, NV_SET_FORGET_ALL),
	SETTABLE(5, NV_GAUGE32, "nvEventLogMax", log_rows, NV_SET_LOG_MAX),
	SETTABLE(6, NV_INTEGER, "nvNotifyScope", notify_scope, NV_SET_SCOPE),
	SETTABLE(7, NV_GAUGE32, "nvNotifyRepeat", notify_repeat, NV_SET_REPEAT),
};

static unsigned config_rows(const struct nv_scene *scene)
{
	(void)scene;
	return 1;
}

static void config_index(
	const struct nv_scene *scene, unsigned row, unsigned long index[NV_INDEX_MAX])
{
	(void)scene, (void)row;
	index[0] = 0;
}

const struct nv_table nv_config_table = {
	.arcs = { 2, 1 },
	.scalars = true,
	.writable = true,
	.index_parts = 1,
	.rows = config_rows,
	.index = config_index,
	.columns = config_columns,
	.column_count = COUNT(config_columns),
};

/* ---- nvThrTable
 * ------------------------------------------------------------------------------------ */

#define ID         (scene->indicators[row])
#define VERDICT    (&scene->view->report.verdicts[ID])
#define CONFIGURED (&scene->view->limits[ID])
#define MUTE                                                                                       \
	nv_mute_find(scene->mutes, scene->mute_count, scene->view->report.time_s,                  \
		(enum nv_indicator_id)ID)

static double first_known(double set, double configured, double in_force)
{
	return !isnan(set) ? set : !isnan(configured) ? configured : in_force;
}

GETTER(thr_warn)
{
	NUMBER(nv_scaled_limit(
		ID, first_known(scene->settings.warn[ID], CONFIGURED->warn, VERDICT->warn)));
}

GETTER(thr_crit)
{
	NUMBER(nv_scaled_limit(
		ID, first_known(scene->settings.crit[ID], CONFIGURED->crit, VERDICT->crit)));
}

GETTER(thr_min)
{
	NUMBER(nv_whole(
		first_known(scene->settings.min[ID], CONFIGURED->min, nv_indicators[ID].min)));
}

GETTER(thr_admin)
{
	uint8_t admin = scene->settings.admin[ID];
	const struct nv_mute *mute = MUTE;

	if (admin == NV_ADMIN_AS_CONFIGURED)
		admin = CONFIGURED->disabled ? NV_ADMIN_DISABLED : NV_ADMIN_ENABLED;
	if (admin == NV_ADMIN_ENABLED && mute)
		admin = mute->acknowledged ? NV_ADMIN_ACKNOWLEDGED : NV_ADMIN_MUTED;
	NUMBER(admin);
}

GETTER(thr_baseline)
{
	uint8_t set = scene->settings.baseline[ID];
	TRUTH(set != 0 ? set == 1 : !CONFIGURED->no_baseline);
}

GETTER(thr_until)
{
	const struct nv_mute *mute = MUTE;
	nv_value_time(out, mute ? mute->until_s : 0);
}

GETTER(thr_by)
{
	const struct nv_mute *mute = MUTE;
	STRING(mute ? mute->by : "", 63);
}

GETTER(thr_why)
{
	const struct nv_mute *mute = MUTE;
	STRING(mute ? mute->why : "", 255);
}

/* nonVolatile(3) or volatile(2). */
GETTER(thr_storage)
{
	(void)row, NUMBER(scene->kept ? 3 : 2);
}

static const struct nv_column threshold_columns[] = {
	SETTABLE(1, NV_GAUGE32, "nvThrWarn", thr_warn, NV_SET_WARN),
	SETTABLE(2, NV_GAUGE32, "nvThrCrit", thr_crit, NV_SET_CRIT),
	SETTABLE(4, NV_GAUGE32, "nvThrMinEvents", thr_min, NV_SET_MIN),
	SETTABLE(8, NV_INTEGER, "nvThrAdmin", thr_admin, NV_SET_ADMIN),
	SETTABLE(9, NV_OCTETS, "nvThrMuteUntil", thr_until, NV_SET_UNTIL),
	SETTABLE(10, NV_OCTETS, "nvThrMuteBy", thr_by, NV_SET_BY),
	SETTABLE(11, NV_INTEGER, "nvThrBaseReset", idle, NV_SET_FORGET),
	COLUMN(12, NV_INTEGER, "nvThrStorage", thr_storage),
	SETTABLE(13, NV_OCTETS, "nvThrMuteReason", thr_why, NV_SET_WHY),
	SETTABLE(14, NV_INTEGER, "nvThrBaseline", thr_baseline, NV_SET_BASELINE),
};

static unsigned threshold_rows(const struct nv_scene *scene)
{
	return scene->indicator_count;
}

static void threshold_index(
	const struct nv_scene *scene, unsigned row, unsigned long index[NV_INDEX_MAX])
{
	index[0] = NV_SELF_NETNS;
	index[1] = ID;
}

const struct nv_table nv_threshold_table = {
	.arcs = { 2, 2 },
	.writable = true,
	.index_parts = 2,
	.rows = threshold_rows,
	.index = threshold_index,
	.columns = threshold_columns,
	.column_count = COUNT(threshold_columns),
};
