/* SPDX-License-Identifier: MIT */
/*
 * Reports in both forms: JSON by a checker of its own and the permanent keys, text within 80
 * columns whatever stands in it, colours only where they are wanted.
 */
#include "engine/engine.h"
#include "nv_present.h"
#include "support.h"

#include <ctype.h>

static struct nv_report report, total;
static struct nv_if_state interfaces[2];
static struct nv_offender offenders[2];
static char buf[512 * 1024];

/* ---- a checker of JSON (RFC 8259), strict
 * --------------------------------------------------------------- */

static const char *value_end(const char *p, int depth);

static const char *blanks(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

static const char *string_end(const char *p)
{
	if (*p++ != '"')
		return NULL;
	for (; *p != '"'; p++) {
		if ((unsigned char)*p < 0x20)
			return NULL;
		if (*p != '\\')
			continue;
		p++;
		if (*p == 'u') {
			for (int i = 1; i <= 4; i++)
				if (!isxdigit((unsigned char)p[i]))
					return NULL;
			p += 4;
		} else if (!*p || !strchr("\"\\/bfnrt", *p)) {
			return NULL;
		}
	}
	return p + 1;
}

static const char *number_end(const char *p)
{
	const char *digits;

	p += *p == '-';
	digits = p;
	p += strspn(p, "0123456789");
	if (p == digits || (*digits == '0' && p > digits + 1))
		return NULL;
	if (*p == '.') {
		digits = ++p;
		p += strspn(p, "0123456789");
		if (p == digits)
			return NULL;
	}
	if (*p == 'e' || *p == 'E') {
		p++;
		p += *p == '+' || *p == '-';
		digits = p;
		p += strspn(p, "0123456789");
		if (p == digits)
			return NULL;
	}
	return p;
}

static const char *members_end(const char *p, char close, int depth)
{
	p = blanks(p + 1);
	if (*p == close)
		return p + 1;
	for (;;) {
		if (close == '}') {
			p = string_end(p);
			if (!p)
				return NULL;
			p = blanks(p);
			if (*p++ != ':')
				return NULL;
		}
		p = value_end(blanks(p), depth + 1);
		if (!p)
			return NULL;
		p = blanks(p);
		if (*p == close)
			return p + 1;
		if (*p++ != ',')
			return NULL;
		p = blanks(p);
	}
}

static const char *value_end(const char *p, int depth)
{
	static const char *const words[] = { "null", "true", "false" };

	if (depth > 20)
		return NULL;
	for (size_t i = 0; i < COUNT(words); i++)
		if (strncmp(p, words[i], strlen(words[i])) == 0)
			return p + strlen(words[i]);
	if (*p == '"')
		return string_end(p);
	if (*p == '{')
		return members_end(p, '}', depth);
	if (*p == '[')
		return members_end(p, ']', depth);
	return number_end(p);
}

static bool is_json(const char *text)
{
	const char *end = value_end(blanks(text), 0);

	return end && !*blanks(end);
}

static void the_checker_can_say_no(void **state)
{
	static const char *const good[] = { "{}", "[]", "[1,-2.5e+3,\"\\u00e4\\n\",null,true]",
		"{\"a\":{\"b\":[{}]}}\n" };
	static const char *const bad[] = { "", "{", "{]", "[1,]", "{\"a\":1,}", "{\"a\" 1}",
		"{a:1}", "[01]", "[1.]", "[nan]", "[-]", "[\"\n\"]", "[\"\\x\"]", "[1] 2", "[inf]",
		"[.5]", "[\"\\u12\"]" };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(is_json(good[i]));
	for (size_t i = 0; i < COUNT(bad); i++)
		if (is_json(bad[i]))
			fail_msg("%s", bad[i]);
}

/* ---- reports to write
 * ----------------------------------------------------------------------------------------- */

/* A real report of a sick host: loss, corruption, overflows, scans. */
static void fill_report(bool sick)
{
	struct nv_config config;
	struct nv_error err;
	struct nv_engine *engine;
	struct nv_snapshot host;

	nv_config_init(&config);
	config.mode = NV_ONESHOT;
	config.interval_s = 1;
	snprintf(config.root, sizeof(config.root), "%s", NUMBERED);
	engine = nv_engine_new(&config, &err);
	assert_non_null(engine);
	host_init(&host);
	nv_engine_feed(engine, &host);
	for (unsigned i = 0; i < 5; i++) {
		host_run(&host, 1);
		for (unsigned id = 1; sick && id < NV_C_END; id++)
			if (nv_counters[id].kind == NV_COUNTER && !nv_counters[id].row)
				continue;
			else if (nv_counter_exists(id) && nv_counters[id].kind == NV_COUNTER &&
				id != NV_C_tcpInDsackSegs)
				host.value[id] += 700 + id;
			else if (nv_counters[id].file == NV_FILE_SOCKETS)
				host.value[id] = 60;
		nv_engine_feed(engine, &host);
	}
	report = *nv_engine_report(engine);
	nv_engine_total(engine, &total);
	report.interfaces = total.interfaces = interfaces;
	report.interface_count = total.interface_count = 2;
	report.offenders = offenders;
	report.offender_count = 2;
	memset(interfaces, 0, sizeof(interfaces));
	memset(offenders, 0, sizeof(offenders));
	for (unsigned i = 0; i < 2; i++) {
		snprintf(interfaces[i].name, sizeof(interfaces[i].name), "%s",
			i ? "a\"b\\c" : "eth0");
		interfaces[i].status = i ? NV_WARNING : NV_OK;
		memcpy(interfaces[i].text, "x", 2);
		for (unsigned k = 0; k < NV_IF_INDICATORS; k++)
			interfaces[i].verdicts[k] = report.verdicts[nv_if_indicators[k]];
		offenders[i].klass = NV_CLASS_APPLICATION;
		offenders[i].indicator = NV_I_tcpCloseWaitUnread;
		snprintf(offenders[i].local, sizeof(offenders[i].local),
			"[2001:db8:1234:5678:9abc:def0:1234:5678]:65535");
		snprintf(offenders[i].remote, sizeof(offenders[i].remote), "10.0.0.1:8080");
		snprintf(offenders[i].process, sizeof(offenders[i].process), "%s",
			i ? "" : "ng\"inx\n\xff");
		offenders[i].pid = i ? 0 : 1532;
		offenders[i].bytes = UINT64_C(1) << 60;
		memset(offenders[i].text, 0, sizeof(offenders[i].text));
		for (unsigned k = 0; k < NV_TEXT_SIZE - 1; k++)
			offenders[i].text[k] = k % 7 == 6 ? ' ' : 'o';
	}
	nv_snapshot_fini(&host);
	nv_engine_free(engine);
}

static const char *as_json(void)
{
	struct nv_out out = { .buf = buf, .size = sizeof(buf) };

	nv_report_json(&out, &report);
	assert_true(out.used < sizeof(buf));
	return buf;
}

static void report_is_json(void **state)
{
	(void)state;
	for (int sick = 0; sick < 2; sick++) {
		fill_report(sick);
		if (!is_json(as_json()))
			fail_msg("%s", buf);
	}
	/* nothing known at all */
	memset(&report, 0, sizeof(report));
	report.kind = "live";
	report.platform = "linux";
	report.seconds = NAN;
	assert_true(is_json(as_json()));
	assert_contains(buf, "\"seconds\":null");
}

static unsigned occurrences(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

static void keys_are_permanent(void **state)
{
	static const char *const keys[] = { "\"netvitals\":1", "\"host\":\"",
		"\"time\":", "\"source\":{\"kind\":\"live\",\"platform\":\"linux\"}",
		"\"seconds\":5", "\"total\":false", "\"role\":\"host\"", "\"status\":\"critical\"",
		"\"classes\":[", "\"indicators\":[", "\"interfaces\":[", "\"offenders\":[",
		"\"class\":\"L\",\"name\":\"lost\"",
		"\"worst\":", "\"what\":\"tcpCloseWaitUnread\"",
		"\"local\":", "\"remote\":", "\"pid\":1532", "\"pid\":null", "\"process\":null",
		"\"unit\":null", "\"bytes\":", "\"count\":", "\"index\":" };
	static const char *const of_indicators[] = { "\"name\":\"tcp", "\"number\":", "\"kind\":\"",
		"\"reason\":\"", "\"side\":\"",
		"\"value\":", "\"numerator\":", "\"denominator\":", "\"warn\":", "\"crit\":",
		"\"usual\":", "\"consequenceOf\":", "\"label\":", "\"text\":", "\"hint\":" };
	unsigned indicators = 0;
	const char *at;

	(void)state;
	fill_report(true);
	as_json();
	for (size_t i = 0; i < COUNT(keys); i++)
		assert_contains(buf, keys[i]);
	for (unsigned i = 1; i < NV_I_END; i++)
		indicators += nv_indicator_exists(i);
	for (size_t i = 1; i < COUNT(of_indicators); i++)
		assert_true(occurrences(buf, of_indicators[i]) >= indicators);
	assert_int_equal(occurrences(buf, "\"number\":"), indicators + 2 * NV_IF_INDICATORS);
	/* five classes, always in this order */
	at = buf;
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		char part[64];

		snprintf(part, sizeof(part), "{\"class\":\"%c\",\"name\":\"%s\"",
			nv_classes[klass].letter, nv_classes[klass].name);
		at = strstr(at, part);
		assert_non_null(at);
	}
}

/* ---- text
 * -------------------------------------------------------------------------------------------------------
 */

static const char *as_text(bool colour, bool all, bool with_total, unsigned width)
{
	struct nv_style style = { .colour = colour, .all = all, .width = width };
	struct nv_out out = { .buf = buf, .size = sizeof(buf) };

	nv_report_text(&out, &report, with_total ? &total : NULL, &style);
	assert_true(out.used < sizeof(buf));
	return buf;
}

/* Columns of each line, escape codes not counted. */
static void assert_columns(unsigned most)
{
	unsigned column = 0;
	const char *line = buf;

	for (const char *p = buf; *p; p++) {
		if (*p == '\033') {
			p = strchr(p, 'm');
			assert_non_null(p);
		} else if (*p == '\n') {
			if (column > most)
				fail_msg("%u columns: %.*s", column, (int)(p - line), line);
			if (p > line && p[-1] == ' ')
				fail_msg("blank at the end: \"%.*s\"", (int)(p - line), line);
			column = 0;
			line = p + 1;
		} else {
			assert_true((unsigned char)*p >= 0x20);
			column++;
		}
	}
	assert_int_equal(column, 0); /* the last line ends */
	assert_null(strstr(buf, "nan"));
	assert_null(strstr(buf, "(null)"));
}

static void text_fits_80_columns(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 32; k++) {
		fill_report(k & 1);
		if (k & 2) { /* the longest names there can be */
			memset(report.host, 'h', sizeof(report.host) - 1);
			memset(report.kernel, 'k', sizeof(report.kernel) - 1);
			report.uptime_s = 1e9;
			memset(interfaces[0].name, 'i', sizeof(interfaces[0].name) - 1);
			for (unsigned i = 0; i < NV_SOURCES; i++)
				report.sources[i] = (struct nv_source_state){ 86400, 123456 };
			report.role = NV_ROLE_CONTAINER;
		}
		as_text(k & 4, k & 8, k & 16, 80);
		assert_columns(80);
	}
}

/* Fifteen digits: nothing is cut, the limit moves to a line of its own. */
static void text_of_long_numbers(void **state)
{
	struct nv_verdict *v = &report.verdicts[NV_I_tcpRetrans];

	(void)state;
	fill_report(true);
	v->status = NV_CRITICAL;
	v->numerator = 123456789012345;
	v->denominator = 999999999999999;
	v->value = v->numerator / v->denominator;
	v->warn = 0.01;
	v->crit = 0.05;
	v->usual = 0.0006;
	as_text(false, false, false, 80);
	assert_columns(80);
	assert_contains(
		buf, " 123,456,789,012,345 of 999,999,999,999,999\n   crit 5 %  usual 0.06 %\n");
}

static void text_says_the_worst_first(void **state)
{
	const char *order = "CRITICAL WARNING UNKNOWN ok";
	const char *last = order;

	(void)state;
	fill_report(true);
	as_text(false, false, false, 80);
	for (const char *line = strstr(buf, "\n ") + 1; *line == ' ' && line[1] != '\n';
		line = strchr(line, '\n') + 1) {
		char word[16];
		const char *found;

		if (sscanf(line, " %*c %*s %15s", word) != 1 || !(found = strstr(order, word)))
			break;
		assert_true(found >= last);
		last = found;
	}
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		char part[32];

		snprintf(part, sizeof(part), "\n %c %s", nv_classes[klass].letter,
			nv_classes[klass].name);
		assert_int_equal(occurrences(buf, part), 1);
	}
	assert_contains(buf, "Path: ");
	assert_contains(buf, "   -> ");
}

static void every_indicator_with_all(void **state)
{
	(void)state;
	fill_report(false);
	as_text(false, true, false, 80);
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i))
			assert_contains(buf, nv_indicators[i].name);
	assert_contains(buf, "eth0");
}

static void colours_only_on_demand(void **state)
{
	(void)state;
	fill_report(true);
	assert_null(strchr(as_text(false, true, true, 80), '\033'));
	assert_non_null(strchr(as_text(true, true, true, 80), '\033'));
	/* each colour ends where it began */
	assert_int_equal(occurrences(buf, "\033["), 2 * occurrences(buf, "\033[0m"));
}

/* ---- counters
 * ------------------------------------------------------------------------------------------------------
 */

static void counters_in_three_forms(void **state)
{
	struct nv_snapshot host;
	struct nv_out out = { .buf = buf, .size = sizeof(buf) };
	unsigned commas;

	(void)state;
	host_init(&host);
	host.value[NV_C_ipInOctets] = UINT64_MAX;
	host.present[NV_C_tcpInSegs] = 0;
	host.interfaces[0].value[0] = 12;
	nv_counters_json(&out, &host, "linux");
	assert_true(is_json(buf));
	assert_contains(buf, "\"ipInOctets\":18446744073709551615");
	assert_null(strstr(buf, "\"tcpInSegs\""));
	assert_contains(buf, "\"ifInPkts\":12");
	assert_contains(buf, "\"unrecognized\":[");
	out.used = 0;
	nv_counters_csv_header(&out);
	commas = occurrences(buf, ",");
	assert_true(strncmp(buf, "time,ipForwarding,", 18) == 0);
	out.used = 0;
	nv_counters_csv_row(&out, &host);
	assert_int_equal(occurrences(buf, ","), commas);
	assert_true(strncmp(buf, "1700000000,2,", 13) == 0);
	assert_contains(buf, ",,"); /* absent is empty, not 0 */
	host.time_s = 0;
	out.used = 0;
	nv_counters_csv_row(&out, &host);
	assert_int_equal(buf[0], ',');
	out.used = 0;
	nv_counters_text(&out, &host);
	assert_contains(buf, "ipInOctets");
	assert_contains(buf, "18446744073709551615");
	nv_snapshot_fini(&host);
}

static void catalog_as_json(void **state)
{
	struct nv_out out = { .buf = buf, .size = sizeof(buf) };

	(void)state;
	assert_true(nv_catalog_write(&out, "json"));
	assert_true(is_json(buf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_checker_can_say_no),
		cmocka_unit_test(report_is_json),
		cmocka_unit_test(keys_are_permanent),
		cmocka_unit_test(text_fits_80_columns),
		cmocka_unit_test(text_of_long_numbers),
		cmocka_unit_test(text_says_the_worst_first),
		cmocka_unit_test(every_indicator_with_all),
		cmocka_unit_test(colours_only_on_demand),
		cmocka_unit_test(counters_in_three_forms),
		cmocka_unit_test(catalog_as_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
