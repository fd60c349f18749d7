/* SPDX-License-Identifier: MIT */
/*
 * GET and GETNEXT against a brute-force model: for random tables and random object identifiers
 * (shorter, longer, 0, 4294967295, next to what exists) the binary search must find what a search
 * through the sorted list of all instances finds. The tables of the product are walked as well.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tables.c"
#include "columns.c"
#include "columns_global.c"
#include "values.c"
#undef ID
#include "columns_lists.c"
#undef VERDICT
#undef VIEW
#include "columns_stack.c"
#include "columns_config.c"
#include "settings.c"
#undef ID
#include "evidence.c"
#include "mute.c"

/* ---- a table made of random rows ----------------------------------------------------------------
 */

#define ROWS_MAX    24
#define COLUMNS_MAX 6
#define CASES       400
#define PROBES      250

static unsigned long made_index[ROWS_MAX][NV_INDEX_MAX];
static unsigned made_rows;
static struct nv_table made_table;
static struct nv_column made_columns[COLUMNS_MAX];
static struct nv_scene scene;
static struct nv_view view;
static uint64_t seed = 7;

static unsigned random_below(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static unsigned long random_arc(void)
{
	static const unsigned long edges[] = { 0, 1, 2, 3, 4294967294u, 4294967295u };

	return random_below(3) ? random_below(8) : edges[random_below(6)];
}

static unsigned rows_made(const struct nv_scene *s)
{
	(void)s;
	return made_rows;
}

static void index_made(const struct nv_scene *s, unsigned row, unsigned long index[NV_INDEX_MAX])
{
	(void)s;
	memcpy(index, made_index[row], sizeof(made_index[row]));
}

static int by_made_index(const void *a, const void *b)
{
	return compare(a, made_table.index_parts, b, made_table.index_parts);
}

static void make_table(void)
{
	unsigned number = 0, kept = 0, wanted = random_below(ROWS_MAX + 1);

	memset(&made_table, 0, sizeof(made_table));
	memset(made_index, 0, sizeof(made_index));
	made_table.scalars = random_below(4) == 0;
	made_table.index_parts = made_table.scalars ? 1 : 1 + random_below(NV_INDEX_MAX);
	made_table.column_count = 1 + random_below(COLUMNS_MAX);
	for (unsigned i = 0; i < made_table.column_count; i++) {
		number += 1 + random_below(3);
		made_columns[i] = (struct nv_column){ .number = number };
	}
	made_table.columns = made_columns;
	made_table.rows = rows_made;
	made_table.index = index_made;
	for (unsigned i = 0; i < wanted; i++)
		for (unsigned part = 0; part < made_table.index_parts; part++)
			made_index[i][part] = random_arc();
	qsort(made_index, wanted, sizeof(made_index[0]), by_made_index);
	for (unsigned i = 0; i < wanted; i++)
		if (kept == 0 || by_made_index(made_index[kept - 1], made_index[i]) != 0)
			memcpy(made_index[kept++], made_index[i], sizeof(made_index[0]));
	made_rows = kept;
}

/* ---- the model: every instance, in order, searched from the front
 * --------------------------------- */

struct instance {
	unsigned long suffix[NV_SUFFIX_MAX];
	size_t length;
	unsigned column, row;
};

static struct instance *list_instances(const struct nv_table *table, unsigned *count)
{
	unsigned rows = table->rows(&scene);
	struct instance *all = calloc((size_t)rows * table->column_count + 1, sizeof(*all));

	*count = 0;
	for (unsigned column = 0; column < table->column_count; column++)
		for (unsigned row = 0; row < rows; row++) {
			struct instance *one = &all[(*count)++];
			unsigned long index[NV_INDEX_MAX];
			if (!table->scalars)
				one->suffix[one->length++] = 1;
			one->suffix[one->length++] = table->columns[column].number;
			table->index(&scene, row, index);
			for (unsigned part = 0; part < table->index_parts; part++)
				one->suffix[one->length++] = index[part];
			one->column = column;
			one->row = row;
		}
	return all;
}

static bool is_greater(const struct instance *one, const unsigned long *probe, size_t length)
{
	for (size_t i = 0; i < one->length && i < length; i++)
		if (one->suffix[i] != probe[i])
			return one->suffix[i] > probe[i];
	return one->length > length;
}

static void check_probe(const struct nv_table *table, const struct instance *all, unsigned count,
	const unsigned long *probe, size_t length)
{
	const struct instance *next = NULL, *same = NULL;
	struct nv_place place;

	for (unsigned i = 0; i < count && !next; i++)
		if (is_greater(&all[i], probe, length))
			next = &all[i];
	for (unsigned i = 0; i < count; i++)
		if (all[i].length == length &&
			memcmp(all[i].suffix, probe, length * sizeof(*probe)) == 0)
			same = &all[i];

	bool found = nv_find_next(table, &scene, probe, length, &place);
	assert_int_equal(found, next != NULL);
	if (next) {
		assert_int_equal(place.row, next->row);
		assert_ptr_equal(place.column, &table->columns[next->column]);
		assert_int_equal(place.length, next->length);
		assert_memory_equal(place.suffix, next->suffix, next->length * sizeof(*probe));
	}
	enum nv_found exact = nv_find(table, &scene, probe, length, &place);
	assert_int_equal(exact == NV_FOUND, same != NULL);
	if (same) {
		assert_int_equal(place.row, same->row);
		assert_ptr_equal(place.column, &table->columns[same->column]);
	}
}

static void probe_table(const struct nv_table *table)
{
	unsigned count;
	struct instance *all = list_instances(table, &count);

	for (unsigned i = 0; i < PROBES; i++) {
		unsigned long probe[NV_SUFFIX_MAX + 2];
		size_t length = random_below(NV_SUFFIX_MAX + 3);
		for (size_t k = 0; k < NV_SUFFIX_MAX + 2; k++)
			probe[k] = random_arc();
		if (count > 0 && random_below(2)) { /* near to what exists */
			const struct instance *near = &all[random_below(count)];
			memcpy(probe, near->suffix, sizeof(near->suffix));
			if (random_below(2))
				length = near->length;
			if (random_below(2))
				probe[random_below(NV_SUFFIX_MAX)] += random_below(2)
					? 1
					: (unsigned long)-1;
			for (size_t k = 0; k < NV_SUFFIX_MAX + 2; k++)
				probe[k] &= 0xffffffff;
		}
		check_probe(table, all, count, probe, length);
	}
	free(all);
}

static void random_tables_match_the_model(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CASES; i++) {
		make_table();
		probe_table(&made_table);
	}
}

/* ---- the product's tables
 * --------------------------------------------------------------------------- */

static struct nv_if_state interfaces[3] = { { .name = "lo", .index = 1 },
	{ .name = "eth0", .index = 2 }, { .name = "veth9", .index = 4000000000u } };

static int set_up(void **state)
{
	(void)state;
	nv_scene_init(&scene);
	scene.log_count = scene.log_first = 0;
	scene.view = &view;
	view.interfaces = interfaces;
	view.interface_count = 3;
	view.interval_s = 10;
	for (unsigned i = 1; i <= NV_LOG_ROWS + 50; i++)
		nv_scene_log(&scene, &(struct nv_event){ .number = i * 2, .kind = NV_EVENT_CLASS });
	return 0;
}

static void product_tables_match_the_model(void **state)
{
	(void)state;
	for (unsigned i = 0; i < nv_tables_count; i++)
		for (unsigned n = 0; n < 20; n++)
			probe_table(nv_tables[i]);
}

/* A walk by GETNEXT meets every instance once, rising, each with a value. */
static void walk_is_complete(void **state)
{
	(void)state;
	for (unsigned i = 0; i < nv_tables_count; i++) {
		unsigned count, seen = 0;
		struct instance *all = list_instances(nv_tables[i], &count);
		struct nv_place place = { .length = 0 };
		while (nv_find_next(nv_tables[i], &scene, place.suffix, place.length, &place)) {
			struct nv_value value = { .number = 0 };
			assert_true(seen < count);
			assert_memory_equal(
				place.suffix, all[seen].suffix, all[seen].length * sizeof(long));
			place.column->get(&scene, place.row, &value);
			if (place.column->type == NV_OCTETS)
				assert_non_null(value.bytes);
			seen++;
		}
		assert_int_equal(seen, count);
		assert_true(count > 0);
		free(all);
	}
}

static void numbers_of_columns_rise(void **state)
{
	(void)state;
	for (unsigned i = 0; i < nv_tables_count; i++)
		for (unsigned k = 1; k < nv_tables[i]->column_count; k++)
			assert_true(nv_tables[i]->columns[k - 1].number <
				nv_tables[i]->columns[k].number);
}

static void ring_keeps_the_newest_events(void **state)
{
	(void)state;
	assert_int_equal(scene.log_count, NV_LOG_ROWS);
	assert_null(nv_scene_logged(&scene, 100));
	assert_non_null(nv_scene_logged(&scene, 102));
	assert_non_null(nv_scene_logged(&scene, 500));
	assert_null(nv_scene_logged(&scene, 501));
}

/* Whatever was written before: the newest rows, rising, as many as wanted. */
static void ring_changes_its_size(void **state)
{
	static const unsigned sizes[] = { 200, 3, 1000, 999, 1, 500, 2, 200 };
	uint32_t number = 600;

	(void)state;
	for (unsigned k = 0; k < 80; k++) {
		unsigned rows = sizes[k * 5 % 8], before = scene.log_count;
		nv_scene_log_resize(&scene, rows);
		assert_int_equal(scene.log_count, before < rows ? before : rows);
		for (unsigned n = k * 37 % 130; n > 0; n--)
			nv_scene_log(&scene,
				&(struct nv_event){ .number = ++number, .kind = NV_EVENT_CLASS });
		assert_true(scene.log_count > 0 && scene.log_count <= rows);
		for (unsigned i = 1; i < scene.log_count; i++)
			assert_true(nv_scene_row(&scene, i)->event.number >
				nv_scene_row(&scene, i - 1)->event.number);
		assert_true(nv_scene_row(&scene, scene.log_count - 1)->event.number ==
			(number == 600 ? 500 : number));
	}
}

/* ---- values
 * ---------------------------------------------------------------------------------------- */

static const struct nv_column *column(const struct nv_table *table, const char *name)
{
	for (unsigned i = 0; i < table->column_count; i++)
		if (strcmp(table->columns[i].name, name) == 0)
			return &table->columns[i];
	fail_msg("no column %s", name);
	return NULL;
}

static uint64_t number(const struct nv_table *table, const char *name, unsigned row)
{
	struct nv_value value = { .number = 0 };

	column(table, name)->get(&scene, row, &value);
	return value.number;
}

static void values_are_scaled(void **state)
{
	(void)state;
	unsigned row = 0; /* tcpRetrans, number 1 */
	struct nv_verdict *verdict = &view.report.verdicts[scene.indicators[row]];

	assert_int_equal(scene.indicators[row], NV_I_tcpRetrans);
	verdict->value = 0.0213;
	verdict->warn = 0.01;
	verdict->crit = INFINITY;
	verdict->sum_numerator = 0x1p53;
	verdict->numerator = NAN;
	verdict->usual = 0.0006;
	verdict->spread = 1.5;
	assert_int_equal(number(&nv_indicator_table, "nvIndValue", row), 21300);
	assert_int_equal(number(&nv_indicator_table, "nvIndWarn", row), 10000);
	assert_int_equal(number(&nv_indicator_table, "nvIndCrit", row), UINT32_MAX);
	assert_int_equal(number(&nv_indicator_table, "nvIndNumerTotal", row), 9007199254740992);
	assert_int_equal(number(&nv_indicator_table, "nvIndNumerWindow", row), 0);
	assert_int_equal((int64_t)number(&nv_indicator_table, "nvIndDeviation", row), 69000);
	verdict->value = 1e9;
	assert_int_equal(number(&nv_indicator_table, "nvIndValue", row), UINT32_MAX);
	verdict->value = NAN;
	assert_int_equal(number(&nv_indicator_table, "nvIndValue", row), 0);
	assert_int_equal(number(&nv_indicator_table, "nvIndDeviation", row), 0);
	assert_int_equal(nv_scaled(NV_I_tcpDropRetrans, 0.2), 0);
	assert_int_equal(nv_scaled(NV_I_tcpDropRetrans, 211.6), 212);
}

/* The row of a table by its index; -1 if there is none. */
static unsigned row_of(const struct nv_table *table, const unsigned long wanted[NV_INDEX_MAX])
{
	unsigned long index[NV_INDEX_MAX];

	for (unsigned row = 0; row < table->rows(&scene); row++) {
		table->index(&scene, row, index);
		if (memcmp(index, wanted, table->index_parts * sizeof(index[0])) == 0)
			return row;
	}
	fail_msg("no such row");
	return 0;
}

static void count(enum nv_counter_id id, uint64_t level)
{
	view.counter[id] = level;
	view.counter_present[id] = 1;
}

static void sockets_and_memory_add_up(void **state)
{
	static const unsigned long total[NV_INDEX_MAX] = { 1, 6, 3, 99 },
				   tcp[NV_INDEX_MAX] = { 1, 1 };
	static const unsigned long established[NV_INDEX_MAX] = { 1, 6, 3, 5 },
				   sockets[NV_INDEX_MAX] = { 1, 5 };
	const struct nv_table *t = &nv_socket_table, *m = &nv_memory_table;

	(void)state;
	memset(view.counter_present, 0, sizeof(view.counter_present));
	count(NV_C_tcpSocketsInUse, 40);
	assert_int_equal(number(t, "nvSockCount", row_of(t, total)), 0);
	assert_int_equal(
		number(t, "nvSockKnown", row_of(t, total)), 2); /* half of it is not all of it */
	count(NV_C_tcp6SocketsInUse, 2);
	assert_int_equal(number(t, "nvSockCount", row_of(t, total)), 42);
	assert_int_equal(number(t, "nvSockKnown", row_of(t, total)), 1);
	count(NV_C_tcpReceiveStuck, UINT32_MAX);
	count(NV_C_tcpSendStuck, 3);
	assert_int_equal(number(t, "nvSockStuck", row_of(t, established)), UINT32_MAX);

	view.report.verdicts[NV_I_tcpMemory].status = NV_CRITICAL;
	view.report.verdicts[NV_I_tcpMemory].sum_numerator = 12;
	assert_int_equal(
		number(m, "nvMemStatus", row_of(m, tcp)), NV_UNKNOWN); /* not counted here */
	count(NV_C_tcpMemPages, 300);
	assert_int_equal(number(m, "nvMemUtil", row_of(m, tcp)), 0); /* no limit known */
	count(NV_C_tcpMemLimitPages, 400);
	assert_int_equal(number(m, "nvMemUtil", row_of(m, tcp)), 750000);
	assert_int_equal(number(m, "nvMemStatus", row_of(m, tcp)), NV_CRITICAL);
	assert_int_equal(number(m, "nvMemFailures", row_of(m, tcp)), 12);
	view.report.verdicts[NV_I_tcpMemory].sum_numerator = NAN;
	assert_int_equal(number(m, "nvMemFailures", row_of(m, tcp)), 0);
	count(NV_C_socketsUsed, 5);
	assert_int_equal(
		number(m, "nvMemStatus", row_of(m, sockets)), NV_UNKNOWN); /* nothing judges it */
	assert_int_equal(number(m, "nvMemUsed", row_of(m, sockets)), 5);
}

static void times_are_read_back(void **state)
{
	static const unsigned char east[] = { 7, 231, 11, 15, 3, 43, 20, 0, '+', 5, 30 };
	unsigned char octets[11];
	struct nv_value value;

	(void)state;
	assert_int_equal(nv_time_of(east, 11), 1700000000);
	nv_value_time(&value, 1800000000);
	assert_int_equal(nv_time_of((const unsigned char *)value.bytes, value.length), 1800000000);
	assert_int_equal(nv_time_of(east, 9), -1);
	memcpy(octets, east, 11);
	octets[2] = 13;
	assert_int_equal(nv_time_of(octets, 11), -1);
	memset(octets, 0, 11); /* what reads when there is none */
	assert_int_equal(nv_time_of(octets, 8), -1);
}

static void mutes_take_an_end_a_name_and_a_reason(void **state)
{
	const struct nv_wish whole = { .indicator = NV_I_tcpRetrans,
		.admin = NV_ADMIN_MUTED,
		.until_s = 2000,
		.by = "ann",
		.why = "known" };
	struct nv_wish wish = whole;
	struct nv_mute mute, over;

	(void)state;
	assert_true(nv_wish_consistent(&wish, 1000));
	assert_false(nv_wish_consistent(&wish, 2000));
	wish.by[0] = 0;
	assert_false(nv_wish_consistent(&wish, 1000));
	wish = whole, wish.why[0] = 0;
	assert_false(nv_wish_consistent(&wish, 1000));
	wish = whole, wish.admin = NV_ADMIN_ENABLED;
	assert_false(nv_wish_consistent(&wish, 1000));
	wish = (struct nv_wish){ .indicator = NV_I_tcpRetrans, .admin = NV_ADMIN_ENABLED };
	assert_true(nv_wish_consistent(&wish, 1000));
	assert_false(nv_mute_of(&wish, NULL, 1000, &over)); /* nothing to end */
	assert_true(nv_mute_of(&whole, NULL, 1000, &mute));
	assert_string_equal(mute.name, "tcpRetrans");
	assert_false(mute.acknowledged);
	assert_ptr_equal(nv_mute_find(&mute, 1, 1999, NV_I_tcpRetrans), &mute);
	assert_null(nv_mute_find(&mute, 1, 2000, NV_I_tcpRetrans));
	assert_null(nv_mute_find(&mute, 1, 1999, NV_I_tcpTimeouts));
	assert_true(nv_mute_of(&wish, &mute, 1500, &over));
	assert_null(nv_mute_find(&over, 1, 1500, NV_I_tcpRetrans));
	assert_true(nv_words_good((const unsigned char *)"a b", 3, 3));
	assert_false(nv_words_good((const unsigned char *)"a\tb", 3, 3));
	assert_false(nv_words_good((const unsigned char *)"", 0, 3));
	assert_false(nv_words_good((const unsigned char *)"four", 4, 3));
}

static void evidence_is_that_of_the_event(void **state)
{
	static struct nv_offender offenders[] = {
		{ .klass = 4,
			.indicator = NV_I_tcpCloseWaitUnread,
			.local = "10.0.0.1:8080",
			.remote = "10.9.9.9:443",
			.process = "worker",
			.unit = "app.service",
			.text = "20 sockets" },
		{ .klass = 1,
			.indicator = NV_I_tcpRetrans,
			.remote = "10.2.3.0/24",
			.text = "71 % of it" },
		{ .klass = 3,
			.indicator = NV_I_neighborFailed,
			.gateway = "10.0.0.254",
			.text = "next hop" },
	};
	struct nv_if_state eth = { .name = "eth0", .feeds = true, .text = "2 % damaged" };
	struct nv_report report = { .offenders = offenders,
		.offender_count = 3,
		.interfaces = &eth,
		.interface_count = 1 };
	struct nv_event event = { .kind = NV_EVENT_CLASS,
		.klass = 4,
		.indicator = NV_I_tcpCloseWaitUnread,
		.now = NV_WARNING };
	struct nv_trap_evidence found;

	(void)state;
	nv_trap_evidence_find(&report, &event, &found);
	assert_int_equal(found.port, 8080);
	assert_string_equal(found.process, "worker");
	assert_string_equal(found.text, "20 sockets");
	assert_string_equal(found.interface, "");
	event.now = NV_OK; /* what clears has no culprit */
	nv_trap_evidence_find(&report, &event, &found);
	assert_int_equal(found.port, 0);
	assert_string_equal(found.text, "");
	event = (struct nv_event){ .kind = NV_EVENT_INDICATOR,
		.klass = 1,
		.indicator = NV_I_tcpRetrans,
		.now = NV_CRITICAL };
	nv_trap_evidence_find(&report, &event, &found);
	assert_string_equal(found.prefix, "10.2.3.0/24");
	event.indicator =
		NV_I_tcpTimeouts; /* another one of the class: not its evidence, but the class's */
	nv_trap_evidence_find(&report, &event, &found);
	assert_string_equal(found.prefix, "");
	event.kind = NV_EVENT_CLASS;
	nv_trap_evidence_find(&report, &event, &found);
	assert_string_equal(found.prefix, "10.2.3.0/24");
	event = (struct nv_event){ .kind = NV_EVENT_CLASS,
		.klass = 3,
		.indicator = NV_I_neighborFailed,
		.now = NV_WARNING };
	nv_trap_evidence_find(&report, &event, &found);
	assert_string_equal(found.gateway, "10.0.0.254");
	assert_string_equal(found.prefix, "");
	event = (struct nv_event){
		.kind = NV_EVENT_CLASS, .klass = 2, .indicator = NV_I_ifInErrors, .now = NV_WARNING
	};
	nv_trap_evidence_find(&report, &event, &found);
	assert_string_equal(found.interface, ""); /* this one is well */
	for (unsigned k = 0; k < NV_IF_INDICATORS; k++)
		eth.verdicts[k].status = NV_WARNING;
	nv_trap_evidence_find(&report, &event, &found);
	assert_string_equal(found.interface, "eth0");
	assert_string_equal(found.text, "2 % damaged");
}

static void dead_sampler_never_looks_healthy(void **state)
{
	(void)state;
	view.report.status = NV_OK;
	view.report.classes[1].status = NV_OK;
	assert_int_equal(number(&nv_class_table, "nvClassStatus", 0), NV_OK);
	scene.sampler_dead = true;
	assert_int_equal(number(&nv_class_table, "nvClassStatus", 0), NV_UNKNOWN);
	assert_int_equal(number(&nv_class_table, "nvClassReason", 0), NV_REASON_MISSING);
	assert_int_equal(number(&nv_scalar_table, "nvOverallStatus", 0), NV_UNKNOWN);
	assert_int_equal(number(&nv_netns_table, "nvNetnsStatus", 0), NV_UNKNOWN);
	assert_int_equal(number(&nv_indicator_table, "nvIndStatus", 0), NV_UNKNOWN);
	scene.sampler_dead = false;
}

static void times_are_eleven_octets(void **state)
{
	struct nv_value value;

	(void)state;
	setenv("TZ", "XYZ-5:30", 1); /* east of Greenwich */
	tzset();
	nv_value_time(&value, 1700000000); /* 2023-11-14 22:13:20 UTC = 2023-11-15 03:43:20 */
	static const unsigned char expected[] = { 7, 231, 11, 15, 3, 43, 20, 0, '+', 5, 30 };
	assert_int_equal(value.length, 11);
	assert_memory_equal(value.bytes, expected, 11);
	nv_value_time(&value, 0);
	assert_int_equal(value.length, 8);
}

static void strings_are_cut_at_whole_characters(void **state)
{
	struct nv_value value;

	(void)state;
	nv_value_string(&value, "a\xc3\xa4", 3);
	assert_int_equal(value.length, 3);
	nv_value_string(&value, "a\xc3\xa4", 2);
	assert_int_equal(value.length, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_tables_match_the_model),
		cmocka_unit_test(product_tables_match_the_model),
		cmocka_unit_test(walk_is_complete),
		cmocka_unit_test(numbers_of_columns_rise),
		cmocka_unit_test(ring_keeps_the_newest_events),
		cmocka_unit_test(ring_changes_its_size),
		cmocka_unit_test(values_are_scaled),
		cmocka_unit_test(sockets_and_memory_add_up),
		cmocka_unit_test(evidence_is_that_of_the_event),
		cmocka_unit_test(dead_sampler_never_looks_healthy),
		cmocka_unit_test(times_are_eleven_octets),
		cmocka_unit_test(times_are_read_back),
		cmocka_unit_test(mutes_take_an_end_a_name_and_a_reason),
		cmocka_unit_test(strings_are_cut_at_whole_characters),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
