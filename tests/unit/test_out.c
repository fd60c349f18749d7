/* SPDX-License-Identifier: MIT */
/* Text into a caller's buffer: cut and counted, never overrun; JSON of any bytes; the API boundary
 * of units. */
#include "text/out.h"
#include "support.h"

static void cut_and_counted(void **state)
{
	char buf[8 + 1];
	struct nv_out out = { .buf = buf, .size = 8 };

	(void)state;
	memset(buf, '#', sizeof(buf));
	nv_put(&out, "%s", "abc");
	assert_string_equal(buf, "abc");
	assert_int_equal(out.used, 3);
	nv_put(&out, "%s", "defghi");
	assert_string_equal(buf, "abcdefg");
	assert_int_equal(out.used, 9);
	nv_put(&out, "%s", "jk");
	assert_int_equal(out.used, 11); /* what a retry needs, less its ending 0 */
	assert_string_equal(buf, "abcdefg");
	assert_int_equal(buf[8], '#');
	struct nv_out nothing = { .buf = NULL, .size = 0 };
	nv_put(&nothing, "%d", 12345);
	assert_int_equal(nothing.used, 5);
}

static const char *json_of(const char *text)
{
	static char buf[256];
	struct nv_out out = { .buf = buf, .size = sizeof(buf) };

	nv_put_json_string(&out, text);
	return buf;
}

static const char *json_number_of(double value)
{
	static char buf[64];
	struct nv_out out = { .buf = buf, .size = sizeof(buf) };

	nv_put_json_number(&out, value);
	return buf;
}

static void json(void **state)
{
	(void)state;
	assert_string_equal(json_of("a\"b\\c"), "\"a\\\"b\\\\c\"");
	assert_string_equal(json_of("\n\t\001"), "\"\\u000a\\u0009\\u0001\"");
	assert_string_equal(json_of("\xc3\xa4"), "\"\xc3\xa4\"");
	assert_string_equal(json_of(""), "\"\"");
	assert_string_equal(json_of(NULL), "null");
	assert_string_equal(json_number_of(0), "0");
	assert_string_equal(json_number_of(5770), "5770");
	assert_string_equal(json_number_of(-3), "-3");
	assert_string_equal(json_number_of(0.0213), "0.0213");
	assert_string_equal(json_number_of((double)0.01F), "0.01"); /* limits are kept as floats */
	assert_string_equal(json_number_of(0.123456789), "0.123456789");
	assert_string_equal(json_number_of(4294967296.0 * 1024), "4398046511104");
	assert_string_equal(json_number_of(NAN), "null");
	assert_string_equal(json_number_of(INFINITY), "null");
	assert_string_equal(json_number_of(-INFINITY), "null");
}

/* Bytes that are no UTF-8 (names of processes, lines of captures) must not spoil the document. */
static void json_of_broken_utf8(void **state)
{
	static const char *const texts[] = { "\xff", "a\xc3", "\xe2\x82", "\xc3(", "\x80zz",
		"\xf5\x80\x80\x80", "\xed\xa0\x80", "\xc0\xaf" };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_contains(json_of(texts[i]), "\\ufffd");
		for (const char *p = json_of(texts[i]); *p; p++)
			if (*p & 0x80)
				fail_msg("text %zu: %s", i, json_of(texts[i]));
	}
	assert_string_equal(json_of("\xf0\x9f\x98\x80 \xe2\x82\xac \xc3\xa4"),
		"\"\xf0\x9f\x98\x80 \xe2\x82\xac \xc3\xa4\"");
}

static void rims(void **state)
{
	(void)state;
	assert_int_equal(nv_to_ppm(0), 0);
	assert_int_equal(nv_to_ppm(0.0213), 21300);
	assert_int_equal(nv_to_ppm(1), 1000000);
	assert_int_equal(nv_to_ppm(0.0000004), 0);
	assert_int_equal(nv_to_ppm(0.0000006), 1);
	assert_int_equal(nv_to_ppm(NAN), 0);
	assert_int_equal(nv_to_ppm(-1), 0);
	assert_int_equal(nv_to_ppm(1e9), UINT32_MAX);
	assert_int_equal(nv_to_ppm(INFINITY), UINT32_MAX);
	assert_near(nv_to_percent(0.5), 50, 0);
	assert_near(nv_to_percent(1), 100, 0);
	assert_near(nv_to_percent(1.2), 100, 0);
	assert_nan(nv_to_percent(NAN));
}

/* The numbers are those of SNMP and collectd, the names those of JSON: permanent. */
static void names(void **state)
{
	static const char *const statuses[] = { "ok", "warning", "critical", "unknown", "learning",
		"disabled" };
	static const char *const reasons[] = { "none", "threshold", "baseline", "sustained",
		"missing", "noted", "muted", "acknowledged", "accepted", "consequence" };
	static const char *const sides[] = { "unknown", "thisHost", "peer", "path", "unsolicited" };
	static const char *const kinds[] = { "ratio", "count", "level" };

	(void)state;
	for (unsigned i = 0; i < COUNT(statuses); i++)
		assert_string_equal(nv_status_name((enum nv_status)(i + 1)), statuses[i]);
	for (unsigned i = 0; i < COUNT(reasons); i++)
		assert_string_equal(nv_reason_name((enum nv_reason)(i + 1)), reasons[i]);
	for (unsigned i = 0; i < COUNT(sides); i++)
		assert_string_equal(nv_side_name((enum nv_side)i), sides[i]);
	for (unsigned i = 0; i < COUNT(kinds); i++)
		assert_string_equal(nv_kind_name((enum nv_kind)(i + 1)), kinds[i]);
	assert_non_null(nv_status_name((enum nv_status)99));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_and_counted),
		cmocka_unit_test(json),
		cmocka_unit_test(json_of_broken_utf8),
		cmocka_unit_test(rims),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
