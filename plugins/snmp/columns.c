/* SPDX-License-Identifier: MIT */
/*
 * Columns of what is judged: the scalars, the namespaces, the classes, the indicators.
 *
 * One line a column: number and name as in the MIB, type on the wire, getter. What is not known is
 * told as 0, never as a hole: pollers walk column by column and match rows by position.
 */
#include "netvitals.h"
#include "text/out.h"
#include "columns.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- values ---------------------------------------------------------------------------------- */

uint32_t nv_whole(double value)
{
	if (isnan(value) || value <= 0)
		return 0;
	return value >= UINT32_MAX ? UINT32_MAX : (uint32_t)llround(value);
}

uint32_t nv_scaled(enum nv_indicator_id id, double value)
{
	if (isnan(value))
		return 0;
	return nv_is_fraction(&nv_indicators[id]) ? nv_to_ppm(value) : nv_whole(value);
}

uint32_t nv_scaled_limit(enum nv_indicator_id id, double limit)
{
	return isfinite(limit) ? nv_scaled(id, limit) : NV_NEVER_U32;
}

/* Cut at a whole character: UTF-8 continuation bytes are 10xxxxxx. */
void nv_value_string(struct nv_value *out, const char *text, size_t longest)
{
	size_t length = strlen(text);

	if (length > longest) {
		length = longest;
		while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
	}
	out->bytes = text;
	out->length = length;
}

void nv_value_time(struct nv_value *out, int64_t time_s)
{
	time_t when = (time_t)time_s;
	struct tm tm;

	memset(out->room, 0, sizeof(out->room));
	out->bytes = out->room;
	out->length = 8;
	if (time_s <= 0 || !localtime_r(&when, &tm))
		return;
	long offset = tm.tm_gmtoff < 0 ? -tm.tm_gmtoff : tm.tm_gmtoff;
	const long field[] = { (tm.tm_year + 1900) >> 8, (tm.tm_year + 1900) & 0xff, tm.tm_mon + 1,
		tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, 0, tm.tm_gmtoff < 0 ? '-' : '+',
		offset / 3600, offset / 60 % 60 };
	out->length = COUNT(field);
	for (size_t i = 0; i < COUNT(field); i++)
		out->room[i] = (char)field[i];
}

unsigned nv_side_number(enum nv_side side)
{
	return side == NV_SIDE_UNKNOWN ? NV_SIDE_END : (unsigned)side;
}

enum nv_status nv_shown_status(const struct nv_scene *scene, enum nv_status status)
{
	return scene->sampler_dead && status != NV_DISABLED ? NV_UNKNOWN : status;
}

static enum nv_reason shown_reason(const struct nv_scene *scene, enum nv_reason reason)
{
	return scene->sampler_dead ? NV_REASON_MISSING : reason;
}

bool nv_wanted(const struct nv_scene *scene, enum nv_event_kind kind)
{
	const struct nv_settings *set = &scene->settings;
	bool notify = set->notify != 0 ? set->notify == 1 : scene->view->notify;
	unsigned scope = set->scope != 0 ? set->scope : (unsigned)scene->view->scope;

	/* Interfaces and resets lie behind the classes, as the indicators do. */
	return notify &&
		(scope &
			(unsigned)(kind == NV_EVENT_CLASS ? NV_SCOPE_CLASS : NV_SCOPE_INDICATOR)) !=
		0;
}

static unsigned one_row(const struct nv_scene *scene)
{
	(void)scene;
	return 1;
}

/* ---- nvGlobal: scalars -------------------------------------------------------------------------
 */

#define REPORT (&scene->view->report)

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

/* ---- nvClassTable -------------------------------------------------------------------------------
 */

#define CLASS_ID    (row + 1)
#define CLASS_STATE (&REPORT->classes[CLASS_ID])

GETTER(class_status)
{
	NUMBER(nv_shown_status(scene, CLASS_STATE->status));
}
GETTER(class_reason)
{
	NUMBER(shown_reason(scene, CLASS_STATE->reason));
}
GETTER(class_worst)
{
	NUMBER(CLASS_STATE->worst);
}
GETTER(class_warnings)
{
	NUMBER(CLASS_STATE->warnings);
}
GETTER(class_criticals)
{
	NUMBER(CLASS_STATE->criticals);
}
GETTER(class_since)
{
	nv_value_time(out, CLASS_STATE->since_s);
}
GETTER(class_changes)
{
	NUMBER(CLASS_STATE->changes);
}
GETTER(class_name)
{
	(void)scene, STRING(nv_classes[CLASS_ID].name, 64);
}
GETTER(class_side)
{
	NUMBER(nv_side_number(CLASS_STATE->side));
}
GETTER(class_worst10m)
{
	NUMBER(nv_shown_status(scene, CLASS_STATE->worst10m));
}

GETTER(class_letter)
{
	(void)scene;
	out->room[0] = nv_classes[CLASS_ID].letter;
	out->bytes = out->room;
	out->length = 1;
}

GETTER(class_worst_name)
{
	const char *name = nv_indicators[CLASS_STATE->worst].name;
	STRING(name ? name : "", 64);
}

GETTER(class_text)
{
	STRING(scene->sampler_dead ? "no sample arrives: the sampler hangs" : CLASS_STATE->text,
		255);
}

static const struct nv_column class_columns[] = {
	COLUMN(2, NV_OCTETS, "nvClassLetter", class_letter),
	COLUMN(3, NV_INTEGER, "nvClassStatus", class_status),
	COLUMN(4, NV_INTEGER, "nvClassReason", class_reason),
	COLUMN(5, NV_GAUGE32, "nvClassWorstIndicator", class_worst),
	COLUMN(6, NV_OCTETS, "nvClassWorstName", class_worst_name),
	COLUMN(7, NV_OCTETS, "nvClassText", class_text),
	COLUMN(8, NV_GAUGE32, "nvClassWarnings", class_warnings),
	COLUMN(9, NV_GAUGE32, "nvClassCriticals", class_criticals),
	COLUMN(10, NV_OCTETS, "nvClassSince", class_since),
	COLUMN(11, NV_COUNTER32, "nvClassChanges", class_changes),
	COLUMN(12, NV_OCTETS, "nvClassName", class_name),
	COLUMN(13, NV_INTEGER, "nvClassSide", class_side),
	COLUMN(14, NV_INTEGER, "nvClassWorst10m", class_worst10m),
};

static unsigned class_rows(const struct nv_scene *scene)
{
	(void)scene;
	return NV_CLASS_END - 1;
}

static void class_index(
	const struct nv_scene *scene, unsigned row, unsigned long index[NV_INDEX_MAX])
{
	(void)scene;
	index[0] = NV_SELF_NETNS;
	index[1] = CLASS_ID;
}

const struct nv_table nv_class_table = {
	.arcs = { 1, 3 },
	.index_parts = 2,
	.rows = class_rows,
	.index = class_index,
	.columns = class_columns,
	.column_count = COUNT(class_columns),
};

/* ---- nvIndTable
 * ----------------------------------------------------------------------------------- */

#define ID      (scene->indicators[row])
#define VERDICT (&REPORT->verdicts[ID])

/* Sums only grow; a double counts exactly up to 2^53. */
static uint64_t total(double sum)
{
	return isnan(sum) || sum <= 0 ? 0 : sum >= 0x1p63 ? (uint64_t)INT64_MAX : (uint64_t)sum;
}

/* The first term names a formula; the rest of it is in the manual and in `netvitals explain`. */
static const char *main_term(const struct nv_term *terms)
{
	return terms[0].counter == NV_C_NONE ? "" : nv_counters[terms[0].counter].name;
}

GETTER(ind_name)
{
	STRING(nv_indicators[ID].name, 64);
}
GETTER(ind_class)
{
	NUMBER(nv_indicators[ID].klass);
}
GETTER(ind_kind)
{
	NUMBER(nv_indicators[ID].kind);
}
GETTER(ind_numerator_name)
{
	STRING(main_term(nv_indicators[ID].num), 64);
}
GETTER(ind_denominator_name)
{
	STRING(main_term(nv_indicators[ID].den), 64);
}
GETTER(ind_numerator_total)
{
	NUMBER(total(VERDICT->sum_numerator));
}
GETTER(ind_denominator_total)
{
	NUMBER(total(VERDICT->sum_denominator));
}
GETTER(ind_numerator)
{
	NUMBER(nv_whole(VERDICT->numerator));
}
GETTER(ind_denominator)
{
	NUMBER(nv_whole(VERDICT->denominator));
}
GETTER(ind_value)
{
	NUMBER(nv_scaled(ID, VERDICT->value));
}
GETTER(ind_value_total)
{
	NUMBER(nv_scaled(ID, VERDICT->total_value));
}
GETTER(ind_text)
{
	STRING(VERDICT->text, 255);
}
GETTER(ind_status)
{
	NUMBER(nv_shown_status(scene, VERDICT->status));
}
GETTER(ind_reason)
{
	NUMBER(shown_reason(scene, VERDICT->reason));
}
GETTER(ind_usual)
{
	NUMBER(nv_scaled(ID, VERDICT->usual));
}

/* The core tells it as a factor: how many times the usual value an hour's peak may be. */
static double spread_of(const struct nv_verdict *verdict)
{
	return verdict->usual * (verdict->spread - 1);
}

GETTER(ind_spread)
{
	NUMBER(nv_scaled(ID, spread_of(VERDICT)));
}
GETTER(ind_learned)
{
	NUMBER(VERDICT->learned_hours);
}
GETTER(ind_since)
{
	nv_value_time(out, VERDICT->since_s);
}
GETTER(ind_breaches)
{
	NUMBER(VERDICT->breaches);
}
GETTER(ind_warn)
{
	NUMBER(nv_scaled_limit(ID, VERDICT->warn));
}
GETTER(ind_crit)
{
	NUMBER(nv_scaled_limit(ID, VERDICT->crit));
}
GETTER(ind_side)
{
	NUMBER(nv_side_number(VERDICT->side));
}
GETTER(ind_max10m)
{
	NUMBER(nv_scaled(ID, VERDICT->max10m));
}
GETTER(ind_consequence_of)
{
	NUMBER(VERDICT->consequence_of);
}
GETTER(ind_window)
{
	NUMBER(nv_whole(VERDICT->seconds));
}

GETTER(ind_units)
{
	enum nv_indicator_id id = (enum nv_indicator_id)ID;
	const char *unit = nv_indicators[id].unit;
	STRING(nv_is_fraction(&nv_indicators[id])            ? "ppm"
			: nv_indicators[id].kind == NV_COUNT ? "per minute"
			: unit                               ? unit
							     : "",
		64);
}

/* Distance from the usual value in thousandths of the spread; 0 while there is no opinion. */
GETTER(ind_deviation)
{
	const struct nv_verdict *verdict = VERDICT;
	double distance = (verdict->value - verdict->usual) / spread_of(verdict) * 1000;

	if (!isfinite(distance))
		distance = 0;
	NUMBER((int64_t)fmax(fmin(distance, INT32_MAX), INT32_MIN));
}

static const struct nv_column indicator_columns[] = {
	COLUMN(2, NV_OCTETS, "nvIndName", ind_name),
	COLUMN(3, NV_INTEGER, "nvIndClass", ind_class),
	COLUMN(4, NV_INTEGER, "nvIndKind", ind_kind),
	COLUMN(5, NV_OCTETS, "nvIndUnits", ind_units),
	COLUMN(6, NV_OCTETS, "nvIndNumerName", ind_numerator_name),
	COLUMN(7, NV_OCTETS, "nvIndDenomName", ind_denominator_name),
	COLUMN(8, NV_COUNTER64, "nvIndNumerTotal", ind_numerator_total),
	COLUMN(9, NV_COUNTER64, "nvIndDenomTotal", ind_denominator_total),
	COLUMN(10, NV_GAUGE32, "nvIndNumerWindow", ind_numerator),
	COLUMN(11, NV_GAUGE32, "nvIndDenomWindow", ind_denominator),
	COLUMN(12, NV_GAUGE32, "nvIndValue", ind_value),
	COLUMN(13, NV_GAUGE32, "nvIndValueTotal", ind_value_total),
	COLUMN(14, NV_OCTETS, "nvIndValueText", ind_text),
	COLUMN(15, NV_INTEGER, "nvIndStatus", ind_status),
	COLUMN(16, NV_INTEGER, "nvIndReason", ind_reason),
	COLUMN(17, NV_GAUGE32, "nvIndUsual", ind_usual),
	COLUMN(18, NV_GAUGE32, "nvIndSpread", ind_spread),
	COLUMN(19, NV_GAUGE32, "nvIndBaseSamples", ind_learned),
	COLUMN(20, NV_INTEGER, "nvIndDeviation", ind_deviation),
	COLUMN(21, NV_OCTETS, "nvIndSince", ind_since),
	COLUMN(22, NV_COUNTER32, "nvIndBreaches", ind_breaches),
	COLUMN(23, NV_GAUGE32, "nvIndWarn", ind_warn),
	COLUMN(24, NV_GAUGE32, "nvIndCrit", ind_crit),
	COLUMN(25, NV_INTEGER, "nvIndSide", ind_side),
	COLUMN(26, NV_GAUGE32, "nvIndMax10m", ind_max10m),
	COLUMN(27, NV_GAUGE32, "nvIndConsequenceOf", ind_consequence_of),
	COLUMN(28, NV_GAUGE32, "nvIndWindow", ind_window),
};

static unsigned indicator_rows(const struct nv_scene *scene)
{
	return scene->indicator_count;
}

static void indicator_index(
	const struct nv_scene *scene, unsigned row, unsigned long index[NV_INDEX_MAX])
{
	index[0] = NV_SELF_NETNS;
	index[1] = ID;
}

const struct nv_table nv_indicator_table = {
	.arcs = { 1, 4 },
	.index_parts = 2,
	.rows = indicator_rows,
	.index = indicator_index,
	.columns = indicator_columns,
	.column_count = COUNT(indicator_columns),
};
