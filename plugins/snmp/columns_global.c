/* SPDX-License-Identifier: MIT */
/* Columns of the agent as a whole: the scalars, and the namespaces. */
#include "netvitals.h"
#include "text/out.h"
#include "columns.h"

#include <math.h>
#include <string.h>

static unsigned one_row(const struct nv_scene *scene)
{
	(void)scene;
	return 1;
}

/* ---- nvGlobal: scalars -------------------------------------------------------------------------
 */

GETTER(agent_version)
{
	(void)scene, (void)row, STRING(NV_VERSION, 255);
}
GETTER(overall_status)
{
	(void)row, NUMBER(nv_shown_status(scene, REPORT->status));
}
GETTER(stack_up)
{
	(void)row, NUMBER(scene->stack_ticks);
}
GETTER(discontinuity)
{
	(void)row, NUMBER(scene->gap_ticks);
}
GETTER(last_sample)
{
	(void)row, nv_value_time(out, REPORT->time_s);
}
GETTER(sample_interval)
{
	(void)row, NUMBER(fmax(1, ceil(scene->view->interval_s)));
}
GETTER(samples)
{
	(void)row, NUMBER(REPORT->samples);
}
GETTER(sample_failures)
{
	(void)row, NUMBER(REPORT->failures);
}
GETTER(sample_cost)
{
	(void)row, NUMBER(nv_whole(REPORT->cost_us));
}
GETTER(rows_change)
{
	(void)row, NUMBER(scene->rows_ticks);
}
GETTER(sample_delay)
{
	(void)row, NUMBER(scene->view->delay_us);
}
GETTER(sample_delay_max)
{
	(void)row, NUMBER(scene->view->delay_max_us);
}
GETTER(sample_delay_own)
{
	(void)row, NUMBER(scene->view->delay_own_max_us);
}
GETTER(sent)
{
	(void)row, NUMBER(scene->sent);
}
GETTER(lost)
{
	(void)row, NUMBER(scene->lost);
}
GETTER(pending)
{
	(void)row, NUMBER(scene->pending);
}
GETTER(unseen)
{
	(void)row, STRING(REPORT->note, 255);
}
GETTER(host)
{
	(void)row, STRING(REPORT->host, 64);
}

GETTER(event_last)
{
	(void)row;
	uint32_t logged = scene->log_count ? nv_scene_row(scene, scene->log_count - 1)->event.number
					   : 0;
	NUMBER(logged > REPORT->last_event ? logged : REPORT->last_event);
}

GETTER(sample_age)
{
	(void)row;
	NUMBER(nv_whole(floor(fmax(REPORT->sample_age_s, 0) + scene->idle_s)));
}

/* How old what a source said last is now; all ones: nothing yet. */
static uint32_t source_age(const struct nv_scene *scene, enum nv_source source)
{
	double age_s = REPORT->sources[source].age_s;

	return isnan(age_s)
		? UINT32_MAX
		: nv_whole(floor(age_s + fmax(REPORT->sample_age_s, 0) + scene->idle_s));
}

GETTER(sockets_age)
{
	(void)row, NUMBER(source_age(scene, NV_SOURCE_SOCKETS));
}
GETTER(established_age)
{
	(void)row, NUMBER(source_age(scene, NV_SOURCE_ESTABLISHED));
}
GETTER(slow_age)
{
	(void)row, NUMBER(source_age(scene, NV_SOURCE_SLOW));
}

static const struct nv_column scalar_columns[] = {
	COLUMN(1, NV_OCTETS, "nvAgentVersion", agent_version),
	COLUMN(2, NV_INTEGER, "nvOverallStatus", overall_status),
	COLUMN(3, NV_TICKS, "nvStackUpTime", stack_up),
	COLUMN(4, NV_TICKS, "nvCounterDiscontinuityTime", discontinuity),
	COLUMN(5, NV_OCTETS, "nvLastSampleTime", last_sample),
	COLUMN(6, NV_GAUGE32, "nvSampleInterval", sample_interval),
	COLUMN(7, NV_COUNTER32, "nvSamples", samples),
	COLUMN(8, NV_COUNTER32, "nvSampleFailures", sample_failures),
	COLUMN(9, NV_GAUGE32, "nvSampleCost", sample_cost),
	COLUMN(10, NV_TICKS, "nvTableLastChange", rows_change),
	COLUMN(11, NV_COUNTER32, "nvNotificationsSent", sent),
	COLUMN(12, NV_COUNTER32, "nvNotificationsLost", lost),
	COLUMN(13, NV_GAUGE32, "nvEventLast", event_last),
	COLUMN(14, NV_GAUGE32, "nvSampleAge", sample_age),
	COLUMN(15, NV_GAUGE32, "nvNotificationsPending", pending),
	COLUMN(16, NV_OCTETS, "nvUnseen", unseen),
	COLUMN(17, NV_OCTETS, "nvHostName", host),
	COLUMN(18, NV_GAUGE32, "nvSampleDelay", sample_delay),
	COLUMN(19, NV_GAUGE32, "nvSampleDelayMax", sample_delay_max),
	COLUMN(20, NV_GAUGE32, "nvSocketsAge", sockets_age),
	COLUMN(21, NV_GAUGE32, "nvEstablishedAge", established_age),
	COLUMN(22, NV_GAUGE32, "nvSlowSourcesAge", slow_age),
	COLUMN(23, NV_GAUGE32, "nvSampleDelayOwnMax", sample_delay_own),
};

static void scalar_index(
	const struct nv_scene *scene, unsigned row, unsigned long index[NV_INDEX_MAX])
{
	(void)scene, (void)row;
	index[0] = 0;
}

const struct nv_table nv_scalar_table = {
	.arcs = { 1, 1 },
	.scalars = true,
	.index_parts = 1,
	.rows = one_row,
	.index = scalar_index,
	.columns = scalar_columns,
	.column_count = COUNT(scalar_columns),
};

/* ---- nvNetnsTable ------------------------------------------------------------------------------
 */

GETTER(netns_name)
{
	(void)scene, (void)row, STRING("self", 64);
}
GETTER(netns_inode)
{
	(void)row, NUMBER(scene->netns_inode > UINT32_MAX ? 0 : scene->netns_inode);
}

static const struct nv_column netns_columns[] = {
	COLUMN(2, NV_OCTETS, "nvNetnsName", netns_name),
	COLUMN(3, NV_GAUGE32, "nvNetnsInode", netns_inode),
	COLUMN(4, NV_INTEGER, "nvNetnsStatus", overall_status),
	COLUMN(5, NV_TICKS, "nvNetnsDiscontinuityTime", discontinuity),
};

static void netns_index(
	const struct nv_scene *scene, unsigned row, unsigned long index[NV_INDEX_MAX])
{
	(void)scene, (void)row;
	index[0] = NV_SELF_NETNS;
}

const struct nv_table nv_netns_table = {
	.arcs = { 1, 2 },
	.index_parts = 1,
	.rows = one_row,
	.index = netns_index,
	.columns = netns_columns,
	.column_count = COUNT(netns_columns),
};
