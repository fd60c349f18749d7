/* SPDX-License-Identifier: MIT */
/* Words and numbers out of text, at every edge, with nothing readable behind the text. */
#include "support.h"

static bool number(const char *string, bool hexadecimal, uint64_t *value)
{
	struct guarded g = guard(text_of(string));
	bool is_number = hexadecimal ? nv_hex_number(g.text, value) : nv_number(g.text, value);

	unguard(&g);
	return is_number;
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		bool hexadecimal, valid;
		uint64_t value;
	} cases[] = {
		{ "0", false, true, 0 },
		{ "00000000000000000000000007", false, true, 7 },
		{ "18446744073709551615", false, true, UINT64_MAX },
		{ "18446744073709551616", false, false, 0 },
		{ "18446744073709551620", false, false, 0 },
		{ "99999999999999999999", false, false, 0 },
		{ "184467440737095516150", false, false, 0 },
		{ "-1", false, false, 0 },
		{ "+1", false, false, 0 },
		{ "", false, false, 0 },
		{ "12a", false, false, 0 },
		{ "1.5", false, false, 0 },
		{ "0x10", false, false, 0 },
		{ "00117ef6", true, true, 0x117ef6 },
		{ "FFFFFFFFFFFFFFFF", true, true, UINT64_MAX },
		{ "10000000000000000", true, false, 0 },
		{ "g", true, false, 0 },
		{ "", true, false, 0 },
		{ "-1", true, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t value = 42;
		bool valid = number(cases[i].text, cases[i].hexadecimal, &value);

		if (valid != cases[i].valid || (valid && value != cases[i].value))
			fail_msg("\"%s\" gives %d %llu", cases[i].text, valid,
				(unsigned long long)value);
		if (!valid)
			assert_int_equal(value, 42); /* a refused word leaves the value alone */
	}
}

/* Lines as "line|line|", words as "word,word,": one string says what was cut. */
static void cut(const char *string, char *out, size_t size)
{
	struct guarded g = guard(text_of(string));
	struct nv_text text = g.text, line, word;
	size_t used = 0;

	out[0] = 0;
	while (nv_next_line(&text, &line)) {
		while (nv_next_word(&line, &word))
			used += (size_t)snprintf(out + used, size - used, "%.*s,",
				(int)(word.end - word.at), word.at);
		assert_false(nv_next_word(&line, &word));
		used += (size_t)snprintf(out + used, size - used, "|");
	}
	assert_false(nv_next_line(&text, &line));
	unguard(&g);
}

static void lines_and_words(void **state)
{
	static const struct {
		const char *text, *cut;
	} cases[] = {
		{ "", "" },
		{ "\n", "|" },
		{ "\n\n", "||" },
		{ "a", "a,|" },
		{ "a\n", "a,|" },
		{ "a b\tc  d \ne", "a,b,c,d,|e,|" },
		{ "  a  \r\n\tb\r\n", "a,|b,|" },
		{ "\r\n", "|" },
		{ "   \n", "|" },
		{ "a\r", "a,|" },
	};
	char out[256];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		cut(cases[i].text, out, sizeof(out));
		assert_string_equal(out, cases[i].cut);
	}
}

static void names(void **state)
{
	struct guarded g = guard(text_of("RetransSegs"));

	(void)state;
	assert_true(nv_is(g.text, "RetransSegs"));
	assert_false(nv_is(g.text, "RetransSeg"));
	assert_false(nv_is(g.text, "RetransSegsX"));
	assert_false(nv_is(g.text, "retransSegs"));
	assert_false(nv_is(g.text, ""));
	assert_true(nv_is((struct nv_text){ g.text.end, g.text.end }, ""));
	unguard(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(lines_and_words),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
