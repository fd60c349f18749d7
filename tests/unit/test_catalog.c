/* SPDX-License-Identifier: MIT */
/*
 * Invariants of the catalog: what users, SNMP managers and dashboards rely on. A new entry that
 * breaks one is found here, not in the field.
 */
#include "nv_present.h"
#include "support.h"

#include <ctype.h>

static bool camel_case(const char *name)
{
	size_t length = strlen(name);

	if (length < 3 || length > 32 || !islower((unsigned char)name[0]))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name))
			return false;
	return true;
}

/* Whole sentences: a capital or a name at the start, a period or question mark at the end, no odd
 * blanks. */
static void assert_sentences(const char *name, const char *text)
{
	size_t length = text ? strlen(text) : 0;

	if (length < 8 || (text[length - 1] != '.' && text[length - 1] != '?') ||
		strstr(text, "  ") || text[0] == ' ' || strstr(text, " .") || strstr(text, "..") ||
		strchr(text, '\n') || strchr(text, '\t'))
		fail_msg("%s: \"%s\"", name, text ? text : "no text");
}

static void assert_words(const char *name, const char *text)
{
	size_t length = text ? strlen(text) : 0;

	if (!length || text[length - 1] == '.' || text[length - 1] == ' ' || text[0] == ' ' ||
		strstr(text, "  "))
		fail_msg("%s: \"%s\"", name, text ? text : "nothing");
}

/* ---- classes
 * ---------------------------------------------------------------------------------------- */

static void five_classes(void **state)
{
	static const struct {
		enum nv_class_id id;
		char letter;
		const char *name;
	} classes[] = { { (enum nv_class_id)1, 'L', "lost" },
		{ (enum nv_class_id)2, 'C', "corrupted" }, { (enum nv_class_id)3, 'R', "routing" },
		{ (enum nv_class_id)4, 'A', "application" },
		{ (enum nv_class_id)5, 'S', "system" } };

	(void)state;
	assert_int_equal(NV_CLASS_END, 6);
	for (size_t i = 0; i < COUNT(classes); i++) {
		unsigned members = 0;

		assert_int_equal(nv_classes[classes[i].id].letter, classes[i].letter);
		assert_string_equal(nv_classes[classes[i].id].name, classes[i].name);
		assert_int_equal(nv_classes[classes[i].id]
					 .question[strlen(nv_classes[classes[i].id].question) - 1],
			'?');
		for (unsigned k = 1; k < NV_I_END; k++)
			members += nv_indicator_exists(k) &&
				nv_indicators[k].klass == classes[i].id;
		assert_true(members >= 5);
	}
}

/* ---- counters
 * ----------------------------------------------------------------------------------------- */

static void counters_are_named_and_told(void **state)
{
	(void)state;
	for (unsigned id = 1; id < NV_C_END; id++) {
		const struct nv_counter *c = &nv_counters[id];

		if (!nv_counter_exists(id))
			continue;
		if (!camel_case(c->name))
			fail_msg("counter %u: \"%s\"", id, c->name);
		assert_int_equal(nv_counter_find(c->name), id); /* unique, too */
		assert_sentences(c->name, c->text);
		assert_words(c->name, c->unit);
		assert_true(!c->row == !c->key);
		assert_true((c->file == NV_FILE_NONE) == !c->row); /* a place in a file, or none */
		assert_true(c->file < NV_FILE_END);
		if (c->kind == NV_DERIVED)
			assert_null(c->row);
	}
	assert_int_equal(nv_counter_find("nonsense"), NV_C_NONE);
	assert_int_equal(nv_counter_find(""), NV_C_NONE);
	assert_int_equal(nv_counter_find("tcpinsegs"), NV_C_NONE);
	assert_false(nv_counter_exists(0));
	assert_false(nv_counter_exists(NV_C_END));
	assert_false(nv_counter_exists(UINT32_MAX));
}

/* Two counters of one place would each get half of the reader's attention. */
static void no_two_counters_of_one_place(void **state)
{
	(void)state;
	for (unsigned a = 1; a < NV_C_END; a++)
		for (unsigned b = 1; b < a; b++)
			if (nv_counter_exists(a) && nv_counter_exists(b) && nv_counters[a].row &&
				nv_counters[b].row && nv_counters[a].file == nv_counters[b].file &&
				strcmp(nv_counters[a].row, nv_counters[b].row) == 0 &&
				strcmp(nv_counters[a].key, nv_counters[b].key) == 0)
				fail_msg("%s and %s", nv_counters[a].name, nv_counters[b].name);
}

static void interface_counters_are_consecutive(void **state)
{
	static const char *const names[] = { "ifInPkts", "ifInErrs", "ifInDrops", "ifInOverruns",
		"ifOutPkts", "ifOutErrs", "ifOutDrops", "ifCollisions", "ifInOctets",
		"ifOutOctets" };

	(void)state;
	assert_int_equal(NV_IF_VALUES, COUNT(names));
	for (unsigned i = 0; i < COUNT(names); i++) {
		assert_string_equal(nv_counters[NV_C_ifInPkts + i].name, names[i]);
		assert_int_equal(nv_counters[NV_C_ifInPkts + i].file, NV_FILE_INTERFACE);
		assert_int_equal(nv_counters[NV_C_ifInPkts + i].kind, NV_COUNTER);
	}
	for (unsigned id = 1; id < NV_C_END; id++)
		if (nv_counter_exists(id) && nv_counters[id].file == NV_FILE_INTERFACE)
			assert_true(id >= NV_C_ifInPkts && id <= NV_C_ifOutOctets);
}

/* Numbers that are out in the world already. */
static void numbers_are_permanent(void **state)
{
	static const struct {
		const char *name;
		unsigned number;
	} counters[] = { { "ipForwarding", 1 }, { "ipInReceives", 2 }, { "tcpActiveOpens", 63 },
		{ "tcpInSegs", 68 }, { "tcpOutSegs", 69 }, { "tcpRetransSegs", 70 },
		{ "tcpListenOverflows", 89 }, { "udpNoPorts", 140 }, { "ip6InReceives", 148 },
		{ "icmp6InMsgs", 176 }, { "socketsUsed", 213 }, { "softnetProcessed", 228 },
		{ "ifInPkts", 231 }, { "ifOutOctets", 240 } },
	  indicators[] = { { "tcpRetrans", 1 }, { "tcpTimeouts", 2 }, { "tcpDropRetrans", 3 },
		  { "tcpSynRetrans", 4 }, { "tcpInDuplicates", 5 }, { "tcpInOutOfOrder", 6 },
		  { "tcpReordering", 7 }, { "ipReasmTimeout", 11 }, { "ipInHeaderErrors", 12 },
		  { "tcpInChecksum", 14 }, { "ifInErrors", 19 }, { "ipNoRoute", 20 },
		  { "icmpInUnreachable", 22 }, { "neighborFailed", 30 }, { "udpNoPort", 31 },
		  { "udpInOverflow", 32 }, { "tcpConnectFailed", 35 }, { "tcpOutZeroWindow", 36 },
		  { "tcpListenOverflow", 43 }, { "tcpCloseWaitUnread", 44 }, { "tcpPortsUsed", 46 },
		  { "ipReasmMemory", 48 }, { "tcpMemory", 51 }, { "tcpPruned", 53 },
		  { "ifOutDrops", 55 }, { "ifOutErrors", 56 }, { "ifCollisions", 57 },
		  { "conntrackFull", 65 }, { "mbufDenied", 71 }, { "tcpInWindowProbe", 72 },
		  { "icmpOutSourceQuench", 73 } };

	(void)state;
	for (size_t i = 0; i < COUNT(counters); i++)
		assert_int_equal(nv_counter_find(counters[i].name), counters[i].number);
	for (size_t i = 0; i < COUNT(indicators); i++)
		assert_int_equal(nv_indicator_find(indicators[i].name), indicators[i].number);
}

/* ---- indicators
 * ---------------------------------------------------------------------------------------- */

static void indicators_are_named_and_told(void **state)
{
	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_indicator *ind = &nv_indicators[i];

		if (!nv_indicator_exists(i))
			continue;
		if (!camel_case(ind->name) || strlen(ind->name) > 24)
			fail_msg("indicator %u: \"%s\"", i, ind->name);
		assert_int_equal(nv_indicator_find(ind->name), i);
		assert_sentences(ind->name, ind->text);
		assert_sentences(ind->name, ind->hint);
		assert_words(ind->name, ind->label);
		assert_words(ind->name, nv_label_alone(ind));
		assert_int_not_equal(
			strncmp(nv_label_alone(ind), "of ", 3), 0); /* of nothing, there */
		assert_words(ind->name, ind->unit);
		assert_words(ind->name, ind->source);
		assert_true(strlen(ind->label) <= 60);
		assert_true(ind->klass > NV_CLASS_NONE && ind->klass < NV_CLASS_END);
		assert_true(ind->side < NV_SIDE_END);
	}
	assert_int_equal(nv_indicator_find("nonsense"), NV_I_NONE);
	assert_false(nv_indicator_exists(0));
	assert_false(nv_indicator_exists(UINT32_MAX));
}

static void limits_make_sense(void **state)
{
	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_indicator *ind = &nv_indicators[i];

		if (!nv_indicator_exists(i))
			continue;
		if (!(ind->warn > 0) || !(ind->warn < ind->crit))
			fail_msg("%s: warning %g, critical %g", ind->name, ind->warn, ind->crit);
		if (!(ind->min >= 1))
			fail_msg("%s: least number %g", ind->name, ind->min);
		if (ind->kind == NV_RATIO || ind->den[0].counter)
			assert_true(ind->warn <= 1 && (isinf(ind->crit) || ind->crit <= 1));
		assert_true((ind->min_share > 0) == (ind->share_of != 0));
		assert_true(ind->floor >= 0);
		if (ind->any)
			assert_int_equal(ind->kind, NV_COUNT);
		/* What unsolicited packets can raise is never critical on a threshold alone, nor
		 * what must not be judged. */
		if (ind->origin == NV_UNSOLICITED && ind->never_learned)
			fail_msg("%s: strangers' doing has to become usual", ind->name);
		if (ind->baseline_only && ind->never_learned)
			fail_msg("%s: judged against what is never learned", ind->name);
	}
}

static void formulas_make_sense(void **state)
{
	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_indicator *ind = &nv_indicators[i];
		const struct nv_term *sides[] = { ind->num, ind->den };

		if (!nv_indicator_exists(i))
			continue;
		if (!ind->num[0].counter || ind->num[0].sign != 1)
			fail_msg("%s: its main term", ind->name);
		assert_true(ind->kind != NV_RATIO || ind->den[0].counter);
		assert_true(ind->kind != NV_COUNT || !ind->den[0].counter);
		for (size_t side = 0; side < COUNT(sides); side++)
			for (unsigned k = 0; k < NV_TERMS_MAX; k++) {
				unsigned id = sides[side][k].counter;

				if (!id) {
					assert_int_equal(sides[side][k].sign, 0);
					continue;
				}
				assert_true(nv_counter_exists(id));
				assert_true(sides[side][k].sign == 1 || sides[side][k].sign == -1);
				assert_true(k == 0 ||
					sides[side][k - 1].counter); /* no hole in the list */
				if (ind->kind == NV_COUNT && nv_counters[id].kind == NV_GAUGE)
					fail_msg("%s counts a level, %s", ind->name,
						nv_counters[id].name);
			}
	}
}

static void consequences_exist(void **state)
{
	unsigned pairs = 0;

	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++)
		for (unsigned k = 0; nv_indicator_exists(i) && k < NV_EXPLAINS_MAX; k++) {
			unsigned consequence = nv_indicators[i].explains[k];

			if (!consequence)
				continue;
			assert_true(nv_indicator_exists(consequence));
			assert_int_not_equal(consequence, i);
			assert_true(k == 0 || nv_indicators[i].explains[k - 1]);
			for (unsigned other = 0; other < k; other++)
				assert_int_not_equal(nv_indicators[i].explains[other], consequence);
			pairs++;
		}
	assert_true(pairs > 10);
}

static void the_15_headlines(void **state)
{
	static const char *const names[] = { "tcpRetrans", "tcpTimeouts", "tcpSynRetrans",
		"tcpInOutOfOrder", "ipReasmTimeout", "tcpInChecksum", "ifInErrors",
		"icmpInUnreachable", "ipNoRoute", "udpNoPort", "udpInOverflow", "tcpOutZeroWindow",
		"tcpListenOverflow", "ifOutErrors", "tcpMemory" };
	unsigned headlines = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		enum nv_indicator_id id = nv_indicator_find(names[i]);

		if (!id || !nv_indicators[id].headline)
			fail_msg("%s is no headline", names[i]);
	}
	for (unsigned i = 1; i < NV_I_END; i++)
		headlines += nv_indicators[i].headline;
	assert_int_equal(headlines, 15);
}

static void indicators_of_interfaces(void **state)
{
	unsigned marked = 0;

	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++)
		marked += nv_indicators[i].per_interface;
	assert_int_equal(marked, NV_IF_INDICATORS);
	for (unsigned i = 0; i < NV_IF_INDICATORS; i++) {
		const struct nv_indicator *ind = &nv_indicators[nv_if_indicators[i]];

		assert_true(ind->per_interface);
		assert_int_equal(nv_counters[ind->num[0].counter].file, NV_FILE_INTERFACE);
	}
}

/* What was agreed with users about unsolicited packets: noted or bounded, never a page by itself.
 */
static void unsolicited(void **state)
{
	static const char *const names[] = { "udpNoPort", "tcpOutReset", "tcpInReset",
		"icmpInUnreachable", "ipReversePath", "ipNotForUs", "ipUnknownProto", "tcpPaws",
		"tcpChallengeAck", "icmpInRedirect", "icmpOutRedirect", "icmpInTimeExceeded",
		"icmpOutTimeExceeded" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		if (nv_indicators[nv_indicator_find(names[i])].origin != NV_UNSOLICITED)
			fail_msg("%s", names[i]);
}

/* Each indicator answers; where a forged packet counts there is a rule for it. */
static void who_can_forge_it_is_said(void **state)
{
	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_indicator *ind = &nv_indicators[i];

		if (!nv_indicator_exists(i))
			continue;
		if (ind->forged < NV_FORGED_NEVER || ind->forged > NV_FORGED_FILLS)
			fail_msg("%s does not say whether it can be forged", ind->name);
		if (ind->forged == NV_FORGED_COUNTS && ind->origin != NV_UNSOLICITED &&
			!ind->noted && !ind->sign)
			fail_msg("%s can be forged and has no sign of own traffic", ind->name);
		if (ind->sign && (ind->forged == NV_FORGED_NEVER || !(ind->sign_share > 0)))
			fail_msg("%s has a sign that says nothing", ind->name);
	}
}

/* A derived counter is part of a formula; nobody sees it otherwise. */
static void derived_counters_are_used(void **state)
{
	(void)state;
	for (unsigned id = 1; id < NV_C_END; id++) {
		unsigned uses = 0;

		if (!nv_counter_exists(id) || nv_counters[id].kind != NV_DERIVED)
			continue;
		for (unsigned i = 1; i < NV_I_END; i++)
			for (unsigned k = 0; nv_indicator_exists(i) && k < NV_TERMS_MAX; k++)
				uses += (nv_indicators[i].num[k].counter == id ||
						nv_indicators[i].den[k].counter == id)
					? 1
					: 0;
		for (unsigned i = 1; i < NV_I_END; i++)
			uses += nv_indicators[i].sign == id;
		/* two steps on the way to others */
		if (!uses && id != NV_C_tcpConnectTimeouts && id != NV_C_tcpOwnAborts)
			fail_msg("%s is derived for nobody", nv_counters[id].name);
	}
}

static void formulas_in_words(void **state)
{
	char text[512], small[8];

	(void)state;
	nv_formula(nv_indicators[NV_I_tcpRetrans].num, text, sizeof(text));
	assert_string_equal(text, "tcpRetransSegs - tcpSynRetrans - tcpInDsackSegs");
	assert_int_equal(nv_formula(nv_indicators[NV_I_tcpRetrans].num, small, sizeof(small)),
		sizeof(small) - 1);
	assert_string_equal(small, "tcpRetr");
	assert_int_equal(
		nv_formula(nv_indicators[NV_I_tcpListenOverflow].den, text, sizeof(text)), 0);
	assert_string_equal(text, "");
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i)) /* none is cut where it is printed */
			assert_true(nv_formula(nv_indicators[i].num, text, sizeof(text)) <
				sizeof(text) - 1);
}

/* The explanation of a name; every line of it fits on a screen. */
static const char *explanation(const char *name)
{
	static char buf[16384];
	struct nv_out out = { .buf = buf, .size = sizeof(buf) };

	assert_true(nv_explain(&out, name));
	assert_true(out.used < sizeof(buf));
	for (const char *line = buf; *line; line += strcspn(line, "\n") + 1)
		if (strcspn(line, "\n") > 80)
			fail_msg("%.*s", (int)strcspn(line, "\n"), line);
	return buf;
}

/* Every name that a user may meet can be explained; an unknown one is refused. */
static void everything_is_explained(void **state)
{
	struct nv_out out = { NULL, 0, 0 };

	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i)) {
			const struct nv_indicator *ind = &nv_indicators[i];
			const char *text = explanation(ind->name);

			assert_contains(text, nv_counters[ind->num[0].counter].name);
			/* As the judge has it: what unsolicited packets can raise and what has to
			 * last is never critical. */
			if (ind->origin == NV_UNSOLICITED || ind->sustain_min)
				assert_contains(text, "critical never");
			else if (!isinf(ind->crit) && !ind->noted)
				assert_null(strstr(text, "critical never"));
		}
	for (unsigned id = 1; id < NV_C_END; id++)
		if (nv_counter_exists(id))
			(void)explanation(nv_counters[id].name);
	for (size_t i = 0; i < nv_substitutes_count; i++) {
		(void)explanation(nv_substitutes[i].name);
		assert_sentences(nv_substitutes[i].name, nv_substitutes[i].text);
	}
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
		(void)explanation(nv_classes[klass].name);
	assert_false(nv_explain(&out, "nonsense"));
	assert_false(nv_explain(&out, ""));
}

/* A person on Linux who meets the name of what only other systems count is reported so, and what
 * stands for it. */
static void what_linux_does_not_count_is_told(void **state)
{
	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_indicator *ind = &nv_indicators[i];
		const struct nv_counter *main = &nv_counters[ind->num[0].counter];

		if (!nv_indicator_exists(i) || main->kind == NV_DERIVED || main->row)
			continue;
		if (!strstr(explanation(ind->name), "  on Linux   "))
			fail_msg("%s: no substitute on Linux", ind->name);
	}
}

/* Each of the terms of docs/sources.md leads somewhere, however it is written. */
static void words_of_the_literature(void **state)
{
	static const struct {
		const char *words, *names;
	} terms[] = {
#define TERM(words_, names_) { words_, names_ },
#include "catalog/terms.def"
#undef TERM
	};
	static const char *const same[][2] = {
		{ "Out-of-order packets", "out of order packet" },
		{ "RETRANSMIT TIME-OUTS", "retransmit timeout" },
		{ "CLOSE_WAIT", "Close Wait" },
		{ "window updates", "window update" },
		{ "fragments dropped (dup, or out of space)",
			"Fragment dropped dup or out of space." },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(terms); i++) {
		char names[256], *save, *name;

		assert_string_equal(
			nv_names_of(terms[i].words), terms[i].names); /* none stands there twice */
		snprintf(names, sizeof(names), "%s", terms[i].names);
		for (name = strtok_r(names, " ", &save); name; name = strtok_r(NULL, " ", &save))
			(void)explanation(name);
	}
	for (size_t i = 0; i < COUNT(same); i++) {
		assert_non_null(nv_names_of(same[i][0]));
		assert_string_equal(nv_names_of(same[i][0]), nv_names_of(same[i][1]));
	}
	assert_null(nv_names_of(""));
	assert_null(nv_names_of("packets"));
	assert_null(nv_names_of("out of order packets out"));
}

static void every_format_has_every_indicator(void **state)
{
	static const char *const formats[] = { "mib", "man", "md", "json" };
	static char buf[512 * 1024];

	(void)state;
	for (size_t f = 0; f < COUNT(formats); f++) {
		struct nv_out out = { .buf = buf, .size = sizeof(buf) };

		assert_true(nv_catalog_write(&out, formats[f]));
		assert_true(out.used < sizeof(buf));
		for (unsigned i = 1; i < NV_I_END; i++)
			if (nv_indicator_exists(i))
				assert_contains(buf, nv_indicators[i].name);
		for (char *p = buf; *p; p++)
			assert_true((unsigned char)*p < 0x80);
	}
	struct nv_out out = { .buf = buf, .size = sizeof(buf) };
	assert_false(nv_catalog_write(&out, "html"));
}

static void classes_of_counters(void **state)
{
	static uint8_t class_of[NV_C_END];

	(void)state;
	nv_counter_classes(class_of);
	assert_int_equal(class_of[NV_C_tcpRetransSegs], NV_CLASS_LOST);
	assert_int_equal(
		class_of[NV_C_ipInHdrErrors], NV_CLASS_CORRUPTED); /* by way of a derived one */
	assert_int_equal(class_of[NV_C_ipOutNoRoutes], NV_CLASS_ROUTING);
	assert_int_equal(class_of[NV_C_udpNoPorts], NV_CLASS_APPLICATION);
	assert_int_equal(class_of[NV_C_tcpOutSegs], NV_CLASS_NONE); /* traffic */
	for (unsigned i = 0; i < NV_C_END; i++)
		assert_true(class_of[i] < NV_CLASS_END);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_classes),
		cmocka_unit_test(counters_are_named_and_told),
		cmocka_unit_test(no_two_counters_of_one_place),
		cmocka_unit_test(interface_counters_are_consecutive),
		cmocka_unit_test(numbers_are_permanent),
		cmocka_unit_test(indicators_are_named_and_told),
		cmocka_unit_test(limits_make_sense),
		cmocka_unit_test(formulas_make_sense),
		cmocka_unit_test(consequences_exist),
		cmocka_unit_test(the_15_headlines),
		cmocka_unit_test(indicators_of_interfaces),
		cmocka_unit_test(unsolicited),
		cmocka_unit_test(who_can_forge_it_is_said),
		cmocka_unit_test(derived_counters_are_used),
		cmocka_unit_test(formulas_in_words),
		cmocka_unit_test(everything_is_explained),
		cmocka_unit_test(what_linux_does_not_count_is_told),
		cmocka_unit_test(words_of_the_literature),
		cmocka_unit_test(every_format_has_every_indicator),
		cmocka_unit_test(classes_of_counters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
