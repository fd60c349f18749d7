/* SPDX-License-Identifier: MIT */
/*
 * Text of the kernel -> snapshot. The fixture gives every counter its own number; the expected
 * values come from a plain search in that text, written apart from the reader under test.
 */
#include "kernel/proc_text.h"
#include "support.h"

#include <ctype.h>

static struct nv_plan plan;
static struct nv_snapshot snapshot;
static struct nv_error err;

/* ---- helpers ------------------------------------------------------------------------------------
 */

static int read_as(struct nv_plan *p, enum nv_file file, const char *string, struct nv_snapshot *to)
{
	struct guarded g = guard(text_of(string));
	int bad = 0;

	nv_snapshot_clear(to);
	memset(&err, 0, sizeof(err));
	if (nv_plan_read(p, g.text, to))
		bad = 0;
	else if (file == NV_FILE_SNMP || file == NV_FILE_NETSTAT)
		bad = nv_read_pairs(p, file, g.text, to, &err);
	else if (file == NV_FILE_SNMP6)
		bad = nv_read_names(p, file, g.text, to, &err);
	else if (file == NV_FILE_SOFTNET)
		bad = nv_read_softnet(g.text, to, &err);
	else if (file == NV_FILE_INTERFACE)
		bad = nv_read_dev(g.text, to, &err);
	else
		bad = nv_read_sockstat(p, file, g.text, to, &err);
	unguard(&g);
	return bad;
}

static int read_text(enum nv_file file, const char *string)
{
	return read_as(&plan, file, string, &snapshot);
}

static const char *path_of(enum nv_file file)
{
	static const char *const names[NV_FILE_END] = {
		[NV_FILE_SNMP] = NUMBERED "/net/snmp",
		[NV_FILE_NETSTAT] = NUMBERED "/net/netstat",
		[NV_FILE_SNMP6] = NUMBERED "/net/snmp6",
		[NV_FILE_SOCKSTAT] = NUMBERED "/net/sockstat",
		[NV_FILE_SOCKSTAT6] = NUMBERED "/net/sockstat6",
		[NV_FILE_SOFTNET] = NUMBERED "/net/softnet_stat",
		[NV_FILE_INTERFACE] = NUMBERED "/net/dev",
	};

	return names[file];
}

static const enum nv_file named_files[] = { NV_FILE_SNMP, NV_FILE_NETSTAT, NV_FILE_SNMP6,
	NV_FILE_SOCKSTAT, NV_FILE_SOCKSTAT6 };

/* Position of a word in a line, from 0; -1 if it is not there. */
static int position(const char *line, const char *word)
{
	char copy[16384];
	int at = 0;

	snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(line, "\n"), line);
	for (char *w = strtok(copy, " \t"); w; w = strtok(NULL, " \t"), at++)
		if (strcmp(w, word) == 0)
			return at;
	return -1;
}

static const char *word_at(const char *line, int at)
{
	static char copy[16384];
	char *w;

	snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(line, "\n"), line);
	for (w = strtok(copy, " \t"); w && at > 0; at--)
		w = strtok(NULL, " \t");
	return w ? w : "";
}

static const char *line_with(const char *text, const char *prefix, int which)
{
	for (const char *line = text; line && *line;
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (strncmp(line, prefix, strlen(prefix)) == 0 && which-- == 0)
			return line;
	return NULL;
}

/* What stands under the name, as text; "" if it is not in the file. */
static const char *expected(const char *text, const struct nv_counter *c)
{
	char prefix[64];
	const char *names, *values;

	if (!*c->row) {
		snprintf(prefix, sizeof(prefix), "%s", c->key);
		names = line_with(text, prefix, 0);
		while (names && !isspace((unsigned char)names[strlen(prefix)]))
			names = line_with(strchr(names, '\n') + 1, prefix, 0);
		return names ? word_at(names, 1) : "";
	}
	snprintf(prefix, sizeof(prefix), "%s:", c->row);
	names = line_with(text, prefix, 0);
	if (!names || position(names, c->key) < 0)
		return "";
	values = line_with(text, prefix, 1);
	return word_at(values ? values : names, position(names, c->key) + (values ? 0 : 1));
}

static void assert_as_printed(enum nv_file file, const char *text)
{
	unsigned counters = 0;

	for (unsigned id = 1; id < NV_C_END; id++) {
		const struct nv_counter *c = &nv_counters[id];
		char number[32];

		if (!nv_counter_exists(id))
			continue;
		if (c->file != file || !c->row) {
			if (file != NV_FILE_SOFTNET && snapshot.present[id])
				fail_msg("%s came out of a file that is not its own", c->name);
			continue;
		}
		snprintf(number, sizeof(number), "%llu", (unsigned long long)snapshot.value[id]);
		if (!snapshot.present[id])
			fail_msg("%s (%s %s) was not found", c->name, c->row, c->key);
		assert_string_equal(number, expected(text, c));
		counters++;
	}
	assert_true(counters >= 3);
}

/* ---- the numbered fixture
 * ------------------------------------------------------------------------- */

static void every_number_is_unique(void **state)
{
	(void)state;
	for (size_t f = 0; f < COUNT(named_files); f++) {
		char *text = slurp(path_of(named_files[f]), NULL);

		for (unsigned id = 1; id < NV_C_END; id++)
			for (unsigned other = 1; other < id; other++) {
				char value[32];

				if (!nv_counter_exists(id) ||
					nv_counters[id].file != named_files[f] ||
					!nv_counter_exists(other) ||
					nv_counters[other].file != named_files[f])
					continue;
				snprintf(value, sizeof(value), "%s",
					expected(text, &nv_counters[id]));
				assert_string_not_equal(value, expected(text, &nv_counters[other]));
			}
		free(text);
	}
}

/* Three times: careful, quick, and quick again with changed numbers. */
static void every_counter_by_its_name(void **state)
{
	(void)state;
	for (size_t f = 0; f < COUNT(named_files); f++) {
		char *text = slurp(path_of(named_files[f]), NULL);

		memset(&plan, 0, sizeof(plan));
		assert_int_equal(read_text(named_files[f], text), 0);
		assert_as_printed(named_files[f], text);
		assert_true(plan.columns > 0);
		assert_int_equal(read_text(named_files[f], text), 0);
		assert_as_printed(named_files[f], text);
		for (char *p = text; *p; p++) /* every number changes, none changes its length */
			if (p > text && isspace((unsigned char)p[-1]) && *p == '1')
				*p = '7';
		assert_int_equal(read_text(named_files[f], text), 0);
		assert_as_printed(named_files[f], text);
		free(text);
	}
}

static void assert_refused(const char *text, const char *what, size_t at)
{
	struct guarded g = guard(text_of(text));

	nv_snapshot_clear(&snapshot);
	if (nv_plan_read(&plan, g.text, &snapshot))
		fail_msg("%s at %zu: not noticed", what, at);
	unguard(&g);
	for (unsigned id = 0; id < NV_C_END; id++)
		assert_true(!snapshot.present[id] && !snapshot.value[id]);
}

/* Another letter anywhere between the numbers, and two neighbours that change places, however far
 * apart. */
static void another_layout_is_noticed(void **state)
{
	(void)state;
	for (size_t f = 0; f < COUNT(named_files); f++) {
		size_t length;
		char *text = slurp(path_of(named_files[f]), &length);

		memset(&plan, 0, sizeof(plan));
		assert_int_equal(read_text(named_files[f], text), 0);
		for (size_t i = 0; i < length; i++) {
			char was = text[i];

			if (!isalpha((unsigned char)was))
				continue;
			text[i] = (char)(was ^ 1);
			assert_refused(text, "a letter", i);
			text[i] = was;
		}
		for (size_t i = 0; i + 16 < length; i++)
			for (size_t apart = 1; apart <= 16; apart++) {
				char was = text[i], other = text[i + apart];

				if (was == other || !isalpha((unsigned char)was) ||
					!isalpha((unsigned char)other))
					continue;
				text[i] = other;
				text[i + apart] = was;
				assert_refused(text, "two letters", i);
				text[i] = was;
				text[i + apart] = other;
			}
		free(text);
	}
}

static void softnet_sums_processors(void **state)
{
	char *text = slurp(path_of(NV_FILE_SOFTNET), NULL);
	uint64_t sums[3] = { 0 };

	(void)state;
	for (const char *line = text; line && *line; line = strchr(line, '\n') + 1)
		for (int i = 0; i < 3; i++)
			sums[i] += strtoull(word_at(line, i), NULL, 16);
	assert_int_equal(read_text(NV_FILE_SOFTNET, text), 0);
	assert_int_equal(snapshot.value[NV_C_softnetProcessed], sums[0]);
	assert_int_equal(snapshot.value[NV_C_softnetDropped], sums[1]);
	assert_int_equal(snapshot.value[NV_C_softnetSqueezed], sums[2]);
	free(text);
}

static void interfaces_by_their_columns(void **state)
{
	/* columns of /proc/net/dev, counted from the name */
	static const struct {
		enum nv_counter_id id;
		int column;
	} columns[] = { { NV_C_ifInOctets, 1 }, { NV_C_ifInPkts, 2 }, { NV_C_ifInErrs, 3 },
		{ NV_C_ifInDrops, 4 }, { NV_C_ifInOverruns, 5 }, { NV_C_ifOutOctets, 9 },
		{ NV_C_ifOutPkts, 10 }, { NV_C_ifOutErrs, 11 }, { NV_C_ifOutDrops, 12 },
		{ NV_C_ifCollisions, 14 } };
	static const char *const names[] = { "lo", "eth0", "eth1", "veth12ab34c" };
	char *text = slurp(path_of(NV_FILE_INTERFACE), NULL);

	(void)state;
	assert_int_equal(COUNT(columns), NV_IF_VALUES);
	assert_int_equal(read_text(NV_FILE_INTERFACE, text), 0);
	assert_int_equal(snapshot.interface_count, COUNT(names));
	for (unsigned i = 0; i < COUNT(names); i++) {
		char prefix[32];
		const char *line = NULL;

		assert_string_equal(snapshot.interfaces[i].name, names[i]);
		for (int width = 0; !line; width++) {
			snprintf(prefix, sizeof(prefix), "%*s:", width, names[i]);
			line = line_with(text, prefix, 0);
		}
		for (size_t k = 0; k < COUNT(columns); k++)
			assert_int_equal(
				snapshot.interfaces[i].value[columns[k].id - NV_C_ifInPkts],
				strtoull(word_at(line, columns[k].column), NULL, 10));
		assert_int_equal(snapshot.interfaces[i].present, (1u << NV_IF_VALUES) - 1);
	}
	free(text);
}

/* ---- other layouts
 * -------------------------------------------------------------------------------- */

/* The words of both lines of each pair in the opposite order; rows in the opposite order. */
static char *permuted_pairs(const char *text)
{
	size_t size = strlen(text) + 1024;
	char *out = calloc(1, size);
	const char *lines[64];
	size_t count = 0, used = 0;

	for (const char *line = text; line && *line; line = strchr(line, '\n') + 1)
		lines[count++] = line;
	for (size_t i = count; i >= 2; i -= 2)
		for (size_t k = i - 2; k < i; k++) {
			int words = 0;

			while (*word_at(lines[k], words))
				words++;
			used += (size_t)snprintf(
				out + used, size - used, "%s", word_at(lines[k], 0));
			while (--words > 0)
				used += (size_t)snprintf(
					out + used, size - used, " %s", word_at(lines[k], words));
			used += (size_t)snprintf(out + used, size - used, "\n");
		}
	return out;
}

static void permuted_columns_give_the_same(void **state)
{
	static const enum nv_file pairs[] = { NV_FILE_SNMP, NV_FILE_NETSTAT };
	static struct nv_snapshot straight;

	(void)state;
	for (size_t f = 0; f < COUNT(pairs); f++) {
		char *text = slurp(path_of(pairs[f]), NULL);
		char *permuted = permuted_pairs(text);

		assert_string_not_equal(text, permuted);
		memset(&plan, 0, sizeof(plan));
		read_as(&plan, pairs[f], text, &straight);
		/* with the plan of the other order still in place: it must not be believed */
		assert_int_equal(read_text(pairs[f], permuted), 0);
		assert_memory_equal(snapshot.value, straight.value, sizeof(straight.value));
		assert_memory_equal(snapshot.present, straight.present, sizeof(straight.present));
		assert_int_equal(read_text(pairs[f], permuted), 0);
		assert_memory_equal(snapshot.value, straight.value, sizeof(straight.value));
		free(text);
		free(permuted);
	}
}

/* Small texts: what becomes of three counters, and how many lines are refused. NO: absent. */
#define NO UINT64_MAX - 1
static const struct {
	const char *what;
	enum nv_file file;
	const char *text;
	int bad;
	uint64_t in_segs, retrans, csum; /* Tcp InSegs, RetransSegs, InCsumErrors */
} layouts[] = {
	{ "plain", NV_FILE_SNMP, "Tcp: InSegs RetransSegs InCsumErrors\nTcp: 5 6 7\n", 0, 5, 6, 7 },
	{ "missing column", NV_FILE_SNMP, "Tcp: InSegs InCsumErrors\nTcp: 5 7\n", 0, 5, NO, 7 },
	{ "new column first", NV_FILE_SNMP,
		"Tcp: New InSegs RetransSegs InCsumErrors\nTcp: 1 5 6 7\n", 0, 5, 6, 7 },
	{ "new row before", NV_FILE_SNMP,
		"Mptcp: InSegs\nMptcp: 99\nTcp: InSegs RetransSegs InCsumErrors\nTcp: 5 6 7\n", 0,
		5, 6, 7 },
	{ "-1", NV_FILE_SNMP, "Tcp: MaxConn InSegs RetransSegs InCsumErrors\nTcp: -1 5 6 7\n", 0, 5,
		6, 7 },
	{ "-1 is not a value", NV_FILE_SNMP, "Tcp: InSegs RetransSegs InCsumErrors\nTcp: 5 -1 7\n",
		0, 5, NO, 7 },
	{ "no columns", NV_FILE_SNMP, "Tcp:\nTcp:\n", 0, NO, NO, NO },
	{ "no value", NV_FILE_SNMP, "Tcp: InSegs RetransSegs InCsumErrors\nTcp:\n", 1, NO, NO, NO },
	{ "torn in a line", NV_FILE_SNMP, "Tcp: InSegs RetransSegs InCsumErrors\nTcp: 5 6\n", 1, 5,
		6, NO },
	{ "torn after names", NV_FILE_SNMP, "Tcp: InSegs RetransSegs InCsumErrors\n", 1, NO, NO,
		NO },
	{ "torn in names", NV_FILE_SNMP, "Tcp: InSegs RetransSe", 1, NO, NO, NO },
	{ "no newline at the end", NV_FILE_SNMP, "Tcp: InSegs RetransSegs InCsumErrors\nTcp: 5 6 7",
		0, 5, 6, 7 },
	{ "value without a name", NV_FILE_SNMP,
		"Tcp: InSegs RetransSegs InCsumErrors\nTcp: 5 6 7 8\n", 1, 5, 6, 7 },
	{ "no number", NV_FILE_SNMP, "Tcp: InSegs RetransSegs InCsumErrors\nTcp: 5 x6 7\n", 1, 5,
		NO, 7 },
	{ "two in one", NV_FILE_SNMP, "Tcp: InSegs RetransSegs InCsumErrors\nTcp: 5-6 7\n", 2, NO,
		7, NO },
	{ "values without names", NV_FILE_SNMP,
		"Udp: 1 2\nTcp: InSegs RetransSegs InCsumErrors\nTcp: 5 6 7\n", 1, 5, 6, 7 },
	{ "a stray line", NV_FILE_SNMP,
		"what is this\nTcp: InSegs RetransSegs InCsumErrors\nTcp: 5 6 7\n", 1, 5, 6, 7 },
	{ "a blank line", NV_FILE_SNMP, "\nTcp: InSegs RetransSegs InCsumErrors\nTcp: 5 6 7\n", 1,
		5, 6, 7 },
	{ "CR LF", NV_FILE_SNMP, "Tcp: InSegs RetransSegs InCsumErrors\r\nTcp: 5 6 7\r\n", 0, 5, 6,
		7 },
	{ "tabs", NV_FILE_SNMP, "Tcp:\tInSegs\tRetransSegs  InCsumErrors\nTcp:\t5\t6\t7\n", 0, 5, 6,
		7 },
	{ "the largest", NV_FILE_SNMP,
		"Tcp: InSegs RetransSegs InCsumErrors\nTcp: 18446744073709551615 6 18446744073709551613\n",
		0, UINT64_MAX, 6, UINT64_MAX - 2 },
	{ "one beyond", NV_FILE_SNMP,
		"Tcp: InSegs RetransSegs InCsumErrors\nTcp: 18446744073709551616 6 7\n", 1, NO, 6,
		7 },
	{ "another file's row", NV_FILE_NETSTAT,
		"Tcp: InSegs RetransSegs InCsumErrors\nTcp: 5 6 7\n", 0, NO, NO, NO },
	{ "prefix of a row", NV_FILE_SNMP, "Tc: InSegs RetransSegs InCsumErrors\nTc: 5 6 7\n", 0,
		NO, NO, NO },
	{ "names of another row", NV_FILE_SNMP, "TcpX: InSegs\nTcp: 5\n", 2, NO, NO, NO },
	{ "empty", NV_FILE_SNMP, "", 0, NO, NO, NO },
	{ "the same row twice: the later counts", NV_FILE_SNMP,
		"Tcp: InSegs RetransSegs InCsumErrors\nTcp: 1 2 3\nTcp: InSegs RetransSegs InCsumErrors\nTcp: 5 6 7\n",
		0, 5, 6, 7 },
};

static void assert_value(const char *what, unsigned id, uint64_t value)
{
	bool absent = value == NO;

	if (absent != !snapshot.present[id] || (!absent && snapshot.value[id] != value))
		fail_msg("%s: %s is %s %llu", what, nv_counters[id].name,
			snapshot.present[id] ? "present" : "absent",
			(unsigned long long)snapshot.value[id]);
}

/* Read twice with the same plan: what was learned must never change the answer. */
static void layouts_of_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(layouts); i++) {
		memset(&plan, 0, sizeof(plan));
		for (int again = 0; again < 2; again++) {
			int bad = read_text(layouts[i].file, layouts[i].text);

			if (bad != layouts[i].bad)
				fail_msg("%s, reading %d: %d lines refused (%s)", layouts[i].what,
					again + 1, bad, err.text);
			assert_value(layouts[i].what, NV_C_tcpInSegs, layouts[i].in_segs);
			assert_value(layouts[i].what, NV_C_tcpRetransSegs, layouts[i].retrans);
			assert_value(layouts[i].what, NV_C_tcpInCsumErrors, layouts[i].csum);
			if (bad) {
				assert_true(err.line > 0);
				assert_contains(err.text, "line ");
			}
		}
	}
}

/* Learned from one text, used on another: every pair of layouts, as after a change of the kernel.
 */
static void a_plan_is_never_believed_blindly(void **state)
{
	static struct nv_snapshot fresh;

	(void)state;
	for (size_t learned = 0; learned < COUNT(layouts); learned++)
		for (size_t i = 0; i < COUNT(layouts); i++) {
			static struct nv_plan empty;
			int bad, bad_fresh;

			memset(&plan, 0, sizeof(plan));
			memset(&empty, 0, sizeof(empty));
			read_text(NV_FILE_SNMP, layouts[learned].text);
			bad = read_text(NV_FILE_SNMP, layouts[i].text);
			bad_fresh = read_as(&empty, NV_FILE_SNMP, layouts[i].text, &fresh);
			if (bad != bad_fresh)
				fail_msg("\"%s\" after \"%s\"", layouts[i].what,
					layouts[learned].what);
			assert_memory_equal(snapshot.present, fresh.present, sizeof(fresh.present));
			for (unsigned id = 1; id < NV_C_END; id++)
				if (fresh.present[id])
					assert_int_equal(snapshot.value[id], fresh.value[id]);
		}
}

/* The quick path counts the values of each row: one too many here, one too few there is no match.
 */
static void shifted_rows_are_refused(void **state)
{
	static const char straight[] =
		"Ip: InReceives InDelivers\nIp: 1 2\nTcp: InSegs RetransSegs\nTcp: 5 6\n";
	static const char shifted[] =
		"Ip: InReceives InDelivers\nIp: 1 2 3\nTcp: InSegs RetransSegs\nTcp: 5\n";

	(void)state;
	memset(&plan, 0, sizeof(plan));
	assert_int_equal(read_text(NV_FILE_SNMP, straight), 0);
	assert_int_equal(read_text(NV_FILE_SNMP, shifted), 2);
	assert_int_equal(snapshot.value[NV_C_tcpInSegs], 5);
	assert_int_equal(snapshot.present[NV_C_tcpRetransSegs], 0);
}

static void names_line_of_20_kilobytes(void **state)
{
	size_t size = 128 * 1024, used = 0;
	char *text = malloc(size);
	unsigned others = 20 * 1024 / 8;

	(void)state;
	memset(&plan, 0, sizeof(plan));
	used += (size_t)snprintf(text + used, size - used, "TcpExt:");
	for (unsigned i = 0; i < others; i++)
		used += (size_t)snprintf(text + used, size - used, " Name%04u", i);
	used += (size_t)snprintf(text + used, size - used, " ListenOverflows\nTcpExt:");
	assert_true(used > 20 * 1024);
	for (unsigned i = 0; i < others; i++)
		used += (size_t)snprintf(text + used, size - used, " %u", i);
	snprintf(text + used, size - used, " 77\n");
	for (int again = 0; again < 2; again++) {
		assert_int_equal(read_text(NV_FILE_NETSTAT, text), 0);
		assert_int_equal(snapshot.value[NV_C_tcpListenOverflows], 77);
	}
	free(text);
}

/* Cut the real file behind every byte: never a wrong number, only refused or missing ones. */
static void torn_anywhere(void **state)
{
	static const enum nv_file files[] = { NV_FILE_SNMP, NV_FILE_SNMP6, NV_FILE_SOCKSTAT,
		NV_FILE_INTERFACE };
	static struct nv_snapshot whole;

	(void)state;
	for (size_t f = 0; f < COUNT(files); f++) {
		size_t length;
		char *text = slurp(path_of(files[f]), &length);

		memset(&plan, 0, sizeof(plan));
		read_as(&plan, files[f], text, &whole);
		for (size_t cut = length - 1; cut > 0; cut--) {
			bool in_number = isdigit((unsigned char)text[cut]) &&
				isdigit((unsigned char)text[cut - 1]);

			text[cut] = 0;
			read_text(files[f], text);
			for (unsigned id = 1; id < NV_C_END && !in_number; id++)
				if (snapshot.present[id] && snapshot.value[id] != whole.value[id])
					fail_msg("%s cut after %zu bytes: %s %llu",
						path_of(files[f]), cut, nv_counters[id].name,
						(unsigned long long)snapshot.value[id]);
		}
		free(text);
	}
}

/* ---- the smaller files
 * ------------------------------------------------------------------------------ */

static void lines_of_names(void **state)
{
	static const struct {
		const char *text;
		int bad;
		uint64_t receives; /* Ip6InReceives */
	} cases[] = {
		{ "Ip6InReceives                   \t5\n", 0, 5 },
		{ "New 1\nIp6InReceives 5\nOther 2\n", 0, 5 },
		{ "Ip6InReceivesX 5\n", 0, NO },
		{ "Ip6InReceives 18446744073709551615\n", 0, UINT64_MAX },
		{ "Ip6InReceives 18446744073709551616\n", 1, NO },
		{ "Ip6InReceives\n", 1, NO },
		{ "Ip6InReceives 5 6\n", 1, NO },
		{ "Ip6InReceives x\n", 1, NO },
		{ "Ip6InRecei", 1, NO },
		{ "Ip6InReceives 5", 0, 5 },
		{ "\n\nIp6InReceives 5\n", 0, 5 },
		{ "Ip6InReceives 5\r\n", 0, 5 },
		{ "", 0, NO },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		memset(&plan, 0, sizeof(plan));
		for (int again = 0; again < 2; again++) {
			if (read_text(NV_FILE_SNMP6, cases[i].text) != cases[i].bad)
				fail_msg("\"%s\": %s", cases[i].text, err.text);
			assert_value(cases[i].text, NV_C_ip6InReceives, cases[i].receives);
		}
	}
}

/* The second text of the same layout goes the quick way; another layout is learned again. */
static void sockstat_is_learned(void **state)
{
	static const char *const texts[] = {
		"sockets: used 5\nTCP: inuse 1 orphan 2 tw 3 alloc 4 mem 6\n",
		"sockets: used 50\nTCP: inuse 10 orphan 20 tw 30 alloc 40 mem 60\n",
		"TCP: inuse 7 tw 8 orphan 9 alloc 40 mem 60\nsockets: used 5\n",
		"TCP: inuse 7 tw 18446744073709551615 orphan 9 alloc 40 mem 60\nsockets: used 5\n",
	};
	static const struct {
		uint64_t in_use, orphan, time_wait;
	} expected[] = { { 1, 2, 3 }, { 10, 20, 30 }, { 7, 9, 8 }, { 7, 9, UINT64_MAX } };

	(void)state;
	nv_plan_forget(&plan);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(read_text(NV_FILE_SOCKSTAT, texts[i]), 0);
		assert_true(snapshot.value[NV_C_tcpSocketsInUse] == expected[i].in_use);
		assert_true(snapshot.value[NV_C_tcpSocketsOrphan] == expected[i].orphan);
		assert_true(snapshot.value[NV_C_tcpSocketsTimeWait] == expected[i].time_wait);
		assert_int_equal(plan.columns, 6);
	}
	assert_int_equal(read_text(NV_FILE_SOCKSTAT, "sockets: used 5\nTCP: inuse x\n"), 1);
	assert_int_equal(plan.columns, 0);
	assert_int_equal(read_text(NV_FILE_SOCKSTAT, "sockets: used 5\nTCP: inuse 1"), 0);
	assert_true(snapshot.value[NV_C_tcpSocketsInUse] == 1);
}

static void sockstat_lines(void **state)
{
	(void)state;
	assert_int_equal(
		read_text(NV_FILE_SOCKSTAT, "TCP: mem 9 inuse 5 new 1 orphan 2\nNEW: inuse 7\n"),
		0);
	assert_int_equal(snapshot.value[NV_C_tcpMemPages], 9);
	assert_int_equal(snapshot.value[NV_C_tcpSocketsInUse], 5);
	assert_int_equal(snapshot.value[NV_C_tcpSocketsOrphan], 2);
	assert_int_equal(snapshot.present[NV_C_udpSocketsInUse], 0);
	assert_int_equal(
		read_text(NV_FILE_SOCKSTAT, "TCP: inuse 5 orphan\nUDP: inuse x mem 3\n"), 2);
	assert_int_equal(err.line, 1);
	assert_int_equal(snapshot.value[NV_C_tcpSocketsInUse], 5);
	assert_int_equal(snapshot.present[NV_C_tcpSocketsOrphan], 0);
	assert_int_equal(snapshot.value[NV_C_udpMemPages], 3);
}

static void softnet_lines(void **state)
{
	(void)state;
	assert_int_equal(read_text(NV_FILE_SOFTNET, "a 1 2\n"), 0);
	assert_int_equal(snapshot.value[NV_C_softnetProcessed], 10);
	/* One processor that cannot be read: the sum would run backwards, so there is none. */
	assert_int_equal(read_text(NV_FILE_SOFTNET, "a 1 2 3\na 1\n"), 1);
	assert_int_equal(snapshot.present[NV_C_softnetProcessed], 0);
	assert_int_equal(read_text(NV_FILE_SOFTNET, ""), 0);
	assert_int_equal(snapshot.present[NV_C_softnetProcessed], 0);
}

static void dev_lines(void **state)
{
	(void)state;
	assert_int_equal(
		read_text(NV_FILE_INTERFACE,
			"h\nh\n eth0:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18\n short: 1 2 3\nstray\n"),
		2);
	assert_int_equal(err.line, 4);
	assert_int_equal(snapshot.interface_count, 1);
	assert_string_equal(snapshot.interfaces[0].name, "eth0");
	assert_int_equal(snapshot.interfaces[0].value[0], 2);
	assert_int_equal(read_text(NV_FILE_INTERFACE, "h\nh\n"), 0);
	assert_int_equal(snapshot.interface_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_number_is_unique),
		cmocka_unit_test(every_counter_by_its_name),
		cmocka_unit_test(another_layout_is_noticed),
		cmocka_unit_test(softnet_sums_processors),
		cmocka_unit_test(interfaces_by_their_columns),
		cmocka_unit_test(permuted_columns_give_the_same),
		cmocka_unit_test(layouts_of_rows),
		cmocka_unit_test(a_plan_is_never_believed_blindly),
		cmocka_unit_test(shifted_rows_are_refused),
		cmocka_unit_test(names_line_of_20_kilobytes),
		cmocka_unit_test(torn_anywhere),
		cmocka_unit_test(lines_of_names),
		cmocka_unit_test(sockstat_lines),
		cmocka_unit_test(sockstat_is_learned),
		cmocka_unit_test(softnet_lines),
		cmocka_unit_test(dev_lines),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	nv_snapshot_fini(&snapshot);
	return failed;
}
