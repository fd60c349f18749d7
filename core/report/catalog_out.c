/* SPDX-License-Identifier: MIT */
/*
 * The catalog in words: explanations of single names, and the whole of it for manuals, MIB,
 * documents and programs. The program prints its own manual, so the two cannot disagree.
 */
#include "nv_present.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* How much there must be before there is a verdict; "" where the limit itself says it. */
static void least_words(const struct nv_indicator *ind, char *buf, size_t size)
{
	struct nv_out out = { buf, size, 0 };

	buf[0] = 0;
	if (ind->kind != NV_LEVEL && ind->min > 1)
		nv_put(&out, "; at least %.0f events in a window", ind->min);
	else if (nv_is_fraction(ind) && ind->min > 1)
		nv_put(&out, "; only where there are at least %.0f", ind->min);
	if (ind->min_share > 0)
		nv_put(&out, " that are also %g %% of %s", ind->min_share * 100,
			nv_counters[ind->share_of].name);
	if (ind->few)
		nv_put(&out, ", or %s is %.0f", nv_counters[ind->few].name, ind->few_min);
	if (ind->sustain_min)
		nv_put(&out, "; for %u minutes on end", ind->sustain_min);
}

/* What unsolicited packets can raise, and what has to last, is never critical, whatever the limit.
 */
static double critical_of(const struct nv_indicator *ind)
{
	return ind->origin == NV_UNSOLICITED || ind->sustain_min || ind->noted ? (double)INFINITY
									       : ind->crit;
}

static const char *origin_words(const struct nv_indicator *ind)
{
	if (ind->noted)
		return "Reported, never judged by itself.";
	if (ind->baseline_only)
		return "Judged only against what is usual on this host at this hour; noted until that is known.";
	if (ind->sign)
		return "Anyone can raise it by sending packets: noted until this host's own traffic suffers as well.";
	switch (ind->origin) {
	case NV_OWN:
		return ind->never_learned ? "Never becomes usual." : NULL;
	case NV_PEERS:
		return "Varies with the destinations, so once a baseline exists it is used before the limit.";
	case NV_UNSOLICITED:
		return "Anyone can raise it by sending packets: never above warning, judged against the baseline.";
	}
	return NULL;
}

static const char *role_words(const struct nv_indicator *ind)
{
	if (!ind->router_normal)
		return NULL;
	return "Normal work of a router or container host: judged there against what is usual alone.";
}

/* Names of the indicators that are only the consequence of this one; "" for none. */
static void consequence_words(const struct nv_indicator *ind, char *buf, size_t size)
{
	struct nv_out list = { buf, size, 0 };

	buf[0] = 0;
	for (unsigned i = 0; i < NV_EXPLAINS_MAX && ind->explains[i]; i++)
		nv_put(&list, "%s%s", i ? ", " : "", nv_indicators[ind->explains[i]].name);
}

enum { WIDTH = 80 };

static void explain_indicator(struct nv_out *out, unsigned id)
{
	const struct nv_indicator *ind = &nv_indicators[id];
	char formula[512], warn[32], crit[32], least[128], consequences[256];
	const char *origin = origin_words(ind), *role = role_words(ind);

	nv_put(out, "%s  indicator %u, class %c %s, %s\n", ind->name, id,
		nv_classes[ind->klass].letter, nv_classes[ind->klass].name,
		nv_kind_name(ind->kind));
	nv_put_wrapped(out, WIDTH, "  ", ind->text);
	nv_formula(ind->num, formula, sizeof(formula));
	nv_put_wrapped(out, WIDTH, "  formula    ", formula);
	nv_formula(ind->den, formula, sizeof(formula));
	if (formula[0])
		nv_put_wrapped(out, WIDTH, "  divided by ", formula);
	nv_say_limit(ind, ind->warn, warn, sizeof(warn));
	nv_say_limit(ind, critical_of(ind), crit, sizeof(crit));
	least_words(ind, least, sizeof(least));
	snprintf(formula, sizeof(formula), "%s, critical %s%s", warn, crit, least);
	nv_put_wrapped(out, WIDTH, "  warning    ", formula);
	if (origin)
		nv_put_wrapped(out, WIDTH, "  judged     ", origin);
	if (role)
		nv_put_wrapped(out, WIDTH, "  role       ", role);
	nv_put(out, "  side       %s\n", nv_side_name(ind->side));
	for (size_t i = 0; i < nv_substitutes_count; i++)
		if (nv_substitutes[i].of == id)
			nv_put_wrapped(out, WIDTH, "  on Linux   ", nv_substitutes[i].text);
	consequence_words(ind, consequences, sizeof(consequences));
	if (consequences[0])
		nv_put_wrapped(out, WIDTH, "  explains   ", consequences);
	nv_put_wrapped(out, WIDTH, "  to do      ", ind->hint);
	nv_put_wrapped(out, WIDTH, "  source     ", ind->source);
}

/* "tcpRexmtTimeouts - tcpSynRetrans, given tcpRetransSegs" */
static void explain_inputs(struct nv_out *out, const struct nv_derived *derived)
{
	static const char *const before[3] = { " - ", ", given ", " + " };
	char text[NV_INPUTS_MAX * (NV_NAME_SIZE + 8)];
	struct nv_out line = { text, sizeof(text), 0 };

	for (unsigned i = 0; derived->of[i].counter; i++) {
		bool again = i && !derived->of[i].sign && !derived->of[i - 1].sign;

		nv_put(&line, "%s%s",
			!i              ? ""
				: again ? ", "
					: before[derived->of[i].sign + 1],
			nv_counters[derived->of[i].counter].name);
	}
	nv_put(out, "  source     computed by netvitals (core/derive.c) of\n");
	nv_put_wrapped(out, WIDTH, "             ", text);
}

static void explain_counter(struct nv_out *out, unsigned id)
{
	static const char *const files[NV_FILE_END] = {
		[NV_FILE_SNMP] = "/proc/net/snmp",
		[NV_FILE_NETSTAT] = "/proc/net/netstat",
		[NV_FILE_SNMP6] = "/proc/net/snmp6",
		[NV_FILE_SOCKSTAT] = "/proc/net/sockstat",
		[NV_FILE_SOCKSTAT6] = "/proc/net/sockstat6",
		[NV_FILE_SOFTNET] = "/proc/net/softnet_stat",
		[NV_FILE_INTERFACE] = "interfaces that are counted in class status",
		[NV_FILE_SLOW] = "slow sources",
		[NV_FILE_SOCKETS] = "sock_diag",
	};
	const struct nv_counter *c = &nv_counters[id];

	nv_put(out, "%s  counter %u, %s, %s\n", c->name, id, c->unit,
		c->kind == NV_GAUGE             ? "goes up and down"
			: c->kind == NV_DERIVED ? "derived from window sums"
						: "since boot");
	nv_put_wrapped(out, WIDTH, "  ", c->text);
	if (c->kind == NV_DERIVED)
		explain_inputs(out, nv_derived_find(id));
	else if (!c->row)
		nv_put(out, "  source     other systems; Linux does not count it\n");
	else
		nv_put(out, "  source     Linux %s%s%s%s%s\n", files[c->file], *c->row ? " " : "",
			c->row, *c->key ? " " : "", c->key);
	for (unsigned i = 1; i < NV_I_END; i++)
		for (unsigned k = 0; nv_indicator_exists(i) && k < NV_TERMS_MAX; k++)
			if (nv_indicators[i].num[k].counter == id)
				nv_put(out, "  used by    %s\n", nv_indicators[i].name);
}

/* By its name in any letter case, or by the number that SNMP and traps carry. */
static bool is_indicator(unsigned id, const char *name)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", id);
	return nv_indicator_exists(id) &&
		(strcasecmp(nv_indicators[id].name, name) == 0 || strcmp(number, name) == 0);
}

/* By our name or the kernel's, in any letter case: RetransSegs as in /proc, TcpRetransSegs as nstat
 * prints it. A key that is only the number of a column is nobody's name. */
static bool is_counter(unsigned id, const char *name)
{
	const struct nv_counter *c = &nv_counters[id];
	size_t row = c->row ? strlen(c->row) : 0;

	if (!nv_counter_exists(id))
		return false;
	if (strcasecmp(c->name, name) == 0)
		return true;
	if (!c->key || !*c->key || strspn(c->key, "0123456789") == strlen(c->key))
		return false;
	return strcasecmp(c->key, name) == 0 ||
		(row && strncasecmp(c->row, name, row) == 0 && strcasecmp(c->key, name + row) == 0);
}

bool nv_explain(struct nv_out *out, const char *name)
{
	bool found = false;

	for (unsigned i = 1; i < NV_I_END; i++)
		if (is_indicator(i, name)) {
			explain_indicator(out, i);
			found = true;
		}
	for (unsigned i = 1; i < NV_C_END; i++)
		if (is_counter(i, name)) {
			explain_counter(out, i);
			found = true;
		}
	for (size_t i = 0; i < nv_substitutes_count; i++)
		if (strcmp(nv_substitutes[i].name, name) == 0) {
			nv_put(out, "%s  not counted by Linux\n", name);
			nv_put_wrapped(out, WIDTH, "  ", nv_substitutes[i].text);
			found = true;
		}
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		char letter[2] = { nv_classes[klass].letter, 0 };
		char lead[4] = { letter[0], ' ', ' ', 0 }, head[NV_TEXT_SIZE];

		if (strcasecmp(nv_classes[klass].name, name) != 0 && strcmp(letter, name) != 0)
			continue;
		snprintf(head, sizeof(head), "class %s: %s", nv_classes[klass].name,
			nv_classes[klass].question);
		nv_put_wrapped(out, WIDTH, lead, head);
		for (unsigned i = 1; i < NV_I_END; i++)
			if (nv_indicator_exists(i) && nv_indicators[i].klass == klass)
				nv_put(out, "  %-20s %s\n", nv_indicators[i].name,
					nv_label_alone(&nv_indicators[i]));
		found = true;
	}
	return found;
}

/* ---- whole catalog
 * ---------------------------------------------------------------------------------- */

static void write_md(struct nv_out *out)
{
	nv_put(out,
		"| number | indicator | class | numerator | denominator | least | warning | critical | meaning |\n");
	nv_put(out, "|---|---|---|---|---|---|---|---|---|\n");
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_indicator *ind = &nv_indicators[i];
		char num[512], den[512], warn[32], crit[32];

		if (!nv_indicator_exists(i))
			continue;
		nv_formula(ind->num, num, sizeof(num));
		nv_formula(ind->den, den, sizeof(den));
		nv_say_limit(ind, ind->warn, warn, sizeof(warn));
		nv_say_limit(ind, critical_of(ind), crit, sizeof(crit));
		nv_put(out, "| %u | `%s` | %c | %s | %s | %.0f | %s | %s | %s |\n", i, ind->name,
			nv_classes[ind->klass].letter, num, den[0] ? den : "-", ind->min, warn,
			crit, ind->text);
	}
}

static void write_man_indicator(struct nv_out *out, unsigned id)
{
	static const char *const sides[NV_SIDE_END] = {
		[NV_SIDE_THIS_HOST] = "this host",
		[NV_SIDE_PEER] = "the peer",
		[NV_SIDE_PATH] = "the path",
		[NV_SIDE_UNSOLICITED] = "unsolicited traffic",
	};
	const struct nv_indicator *ind = &nv_indicators[id];
	const char *origin = origin_words(ind), *role = role_words(ind);
	char num[512], den[512], warn[32], crit[32], least[128], consequences[256];

	nv_formula(ind->num, num, sizeof(num));
	nv_formula(ind->den, den, sizeof(den));
	nv_say_limit(ind, ind->warn, warn, sizeof(warn));
	nv_say_limit(ind, critical_of(ind), crit, sizeof(crit));
	consequence_words(ind, consequences, sizeof(consequences));
	nv_put(out, ".It Sy %s Pq %u\n%s\n.br\nFormula: %s%s%s.\n.br\n", ind->name, id, ind->text,
		num, den[0] ? ", divided by " : "", den);
	least_words(ind, least, sizeof(least));
	nv_put(out, "Warning %s, critical %s%s.\n", warn, crit, least);
	if (origin || role)
		nv_put(out, "%s%s%s\n", origin ? origin : "", origin && role ? "\n" : "",
			role ? role : "");
	if (sides[ind->side])
		nv_put(out, ".br\nPoints to: %s.\n", sides[ind->side]);
	if (consequences[0])
		nv_put(out, "Its consequences, reported with it: %s.\n", consequences);
	nv_put(out, ".br\nTo do: %s\n", ind->hint);
}

static void write_man(struct nv_out *out)
{
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		nv_put(out, ".Ss %c, %s\n%s\n.Bl -tag -width Ds\n", nv_classes[klass].letter,
			nv_classes[klass].name, nv_classes[klass].question);
		for (unsigned i = 1; i < NV_I_END; i++)
			if (nv_indicator_exists(i) && nv_indicators[i].klass == klass)
				write_man_indicator(out, i);
		nv_put(out, ".El\n");
	}
}

/* Lines for the MIB's description of nvIndIndex: number and name. */
static void write_mib(struct nv_out *out)
{
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
		nv_put(out, "-- class %u %s (%c)\n", klass, nv_classes[klass].name,
			nv_classes[klass].letter);
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i))
			nv_put(out, "-- indicator %u %s (%c)\n", i, nv_indicators[i].name,
				nv_classes[nv_indicators[i].klass].letter);
	for (unsigned i = 1; i < NV_C_END; i++)
		if (nv_counter_exists(i))
			nv_put(out, "-- counter %u %s\n", i, nv_counters[i].name);
}

static void json_pair(struct nv_out *out, const char *key, const char *value)
{
	nv_put(out, "\"%s\":", key);
	nv_put_json_string(out, value);
	nv_put(out, ",");
}

static void write_json_indicator(struct nv_out *out, unsigned id)
{
	const struct nv_indicator *ind = &nv_indicators[id];
	char letter[2] = { nv_classes[ind->klass].letter, 0 };
	char formula[512];

	nv_put(out, "{\"number\":%u,", id);
	json_pair(out, "name", ind->name);
	json_pair(out, "class", letter);
	json_pair(out, "kind", nv_kind_name(ind->kind));
	nv_formula(ind->num, formula, sizeof(formula));
	json_pair(out, "numerator", formula);
	nv_formula(ind->den, formula, sizeof(formula));
	json_pair(out, "denominator", formula[0] ? formula : NULL);
	nv_put(out, "\"warn\":");
	nv_put_json_number(out, ind->warn);
	nv_put(out, ",\"crit\":");
	nv_put_json_number(out, ind->crit);
	nv_put(out, ",\"min\":%.0f,\"headline\":%s,\"perInterface\":%s,", ind->min,
		ind->headline ? "true" : "false", ind->per_interface ? "true" : "false");
	json_pair(out, "forged",
		ind->forged == NV_FORGED_COUNTS          ? "counts"
			: ind->forged == NV_FORGED_FILLS ? "fills"
							 : "never");
	json_pair(out, "origin",
		ind->origin == NV_OWN             ? "own"
			: ind->origin == NV_PEERS ? "peers"
						  : "unsolicited");
	json_pair(out, "side", nv_side_name(ind->side));
	json_pair(out, "unit", ind->unit);
	json_pair(out, "label", ind->label);
	json_pair(out, "text", ind->text);
	json_pair(out, "hint", ind->hint);
	nv_put(out, "\"source\":");
	nv_put_json_string(out, ind->source);
	nv_put(out, "}");
}

static void write_json(struct nv_out *out)
{
	const char *comma = "";

	nv_put(out, "{\"netvitals\":1,\"version\":\"%s\",\"classes\":[", NV_VERSION);
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		nv_put(out, "%s{\"number\":%u,\"letter\":\"%c\",", comma, klass,
			nv_classes[klass].letter);
		json_pair(out, "name", nv_classes[klass].name);
		nv_put(out, "\"question\":");
		nv_put_json_string(out, nv_classes[klass].question);
		nv_put(out, "}");
		comma = ",";
	}
	nv_put(out, "],\n\"indicators\":[");
	comma = "\n";
	for (unsigned i = 1; i < NV_I_END; i++) {
		if (!nv_indicator_exists(i))
			continue;
		nv_put(out, "%s", comma);
		write_json_indicator(out, i);
		comma = ",\n";
	}
	nv_put(out, "],\n\"counters\":[");
	comma = "\n";
	for (unsigned i = 1; i < NV_C_END; i++) {
		if (!nv_counter_exists(i))
			continue;
		nv_put(out, "%s{\"number\":%u,", comma, i);
		json_pair(out, "name", nv_counters[i].name);
		json_pair(out, "unit", nv_counters[i].unit);
		nv_put(out, "\"text\":");
		nv_put_json_string(out, nv_counters[i].text);
		nv_put(out, "}");
		comma = ",\n";
	}
	nv_put(out, "]}\n");
}

bool nv_catalog_write(struct nv_out *out, const char *format)
{
	static const struct {
		const char *name;
		void (*write)(struct nv_out *);
	} formats[] = { { "md", write_md }, { "man", write_man }, { "mib", write_mib },
		{ "json", write_json } };

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, format) == 0) {
			formats[i].write(out);
			return true;
		}
	return false;
}
