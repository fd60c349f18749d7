/* SPDX-License-Identifier: MIT */
/* Words and numbers out of text, at every edge, with nothing readable behind the text. */
#include "support.h"
#include "text/memory.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

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

/* A byte that is no UTF-8, or whose rest is cut off, becomes one ?. */
static void characters(void **state)
{
	static const struct {
		const char *text, *copy;
		size_t size;
	} cases[] = {
		{ "plain", "plain", 32 },
		{ "plain", "pla", 4 },
		{ "h\303\266st", "h\303\266st", 32 },
		{ "h\303\266st", "h", 3 }, /* no half of a character */
		{ "h\303", "h?", 32 },     /* cut in the text */
		{ "\342\202\254", "\342\202\254", 32 },
		{ "\300\257", "??", 32 }, /* longer than need be */
		{ "\340\237\277", "???", 32 },
		{ "\355\240\200", "???", 32 }, /* half of UTF-16 */
		{ "\360\237\230\200", "\360\237\230\200", 32 },
		{ "\360\217\277\277", "????", 32 },
		{ "\364\220\200\200", "????", 32 }, /* beyond Unicode */
		{ "\377x", "?x", 32 },
		{ "", "", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct guarded g = guard(text_of(cases[i].text));
		char copy[32];

		nv_copy_text(copy, cases[i].size, g.text);
		assert_string_equal(copy, cases[i].copy);
		unguard(&g);
	}
}

static void arrays_grow(void **state)
{
	uint16_t *array = NULL;
	unsigned room = 0;

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		assert_true(nv_grow(&array, &room, i + 1, sizeof(*array)));
		assert_true(room > i);
		array[i] = (uint16_t)i;
	}
	for (unsigned i = 0; i < 5000; i++)
		assert_int_equal(array[i], i);
	assert_true(room < 2 * 5000); /* doubles, and no more */
	assert_false(nv_grow(&array, &room, UINT_MAX / 2, SIZE_MAX / 4));
	assert_int_equal(array[4999], 4999);
	free(array);
}

static void files_are_read_whole(void **state)
{
	char name[] = "/tmp/netvitals-scan-XXXXXX", line[100];
	struct nv_buffer buffer = { NULL, 0, 0 };
	int fd = mkstemp(name);

	(void)state;
	assert_true(fd >= 0);
	unlink(name);
	memset(line, 'x', sizeof(line));
	for (unsigned i = 0; i < 500; i++)
		assert_int_equal(write(fd, line, sizeof(line)), sizeof(line));
	for (int end = NV_END_AT_ZERO; end <= NV_END_AT_SHORT; end++) {
		assert_int_equal(nv_read_whole(fd, &buffer, 1 << 20, (enum nv_file_end)end), 0);
		assert_int_equal(buffer.used, 500 * sizeof(line));
	}
	free(buffer.at);
	buffer = (struct nv_buffer){ NULL, 0, 0 };
	assert_int_equal(nv_read_whole(fd, &buffer, 30000, NV_END_AT_ZERO), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(buffer.used, 30000); /* what was read until then */
	close(fd);
	assert_int_equal(nv_read_whole(fd, &buffer, 30000, NV_END_AT_ZERO), -1);
	assert_int_equal(errno, EBADF);
	free(buffer.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(lines_and_words),
		cmocka_unit_test(names),
		cmocka_unit_test(characters),
		cmocka_unit_test(arrays_grow),
		cmocka_unit_test(files_are_read_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
