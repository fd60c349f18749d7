/* SPDX-License-Identifier: MIT */
/*
 * Columns of what is judged: the classes, the indicators.
 *
 * One line a column: number and name as in the MIB, type on the wire, getter. What is not known is
 * reported as 0, never as a hole: pollers walk column by column and match rows by position.
 */
#include "netvitals.h"
#include "text/out.h"
#include "columns.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static enum nv_reason shown_reason(const struct nv_scene *scene, enum nv_reason reason)
{
	return scene->sampler_dead ? NV_REASON_MISSING : reason;
}

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

/* The core says it as a factor: how many times the usual value an hour's peak may be. */
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
