/* SPDX-License-Identifier: MIT */
/* The list of network namespaces -> a line for the report of the host, a table, JSON. */
#include "nv_present.h"
#include "report/page.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* "L WARNING 5.6 % of segments sent were sent again" in few words. */
static void brief(const struct nv_namespace *n, char *buf, size_t size)
{
	const struct nv_indicator *ind = &nv_indicators[n->indicator];
	char value[32], label[NV_NAME_SIZE];

	if (!n->klass) {
		snprintf(buf, size, "%s", n->seconds > 0 ? "" : "too new to be judged");
		return;
	}
	nv_say_value(ind->kind, nv_is_fraction(ind), n->value, value, sizeof(value));
	snprintf(buf, size, "%c %s %s", nv_classes[n->klass].letter, value,
		nv_label_for(ind, n->value, label));
}

static const char *capitals(enum nv_status status)
{
	return status == NV_CRITICAL ? "CRITICAL" : "WARNING";
}

static unsigned count_of(const struct nv_namespace *all, unsigned count, bool (*is)(enum nv_status))
{
	unsigned n = 0;

	for (unsigned i = 0; i < count; i++)
		n += is(all[i].status);
	return n;
}

static bool is_ok(enum nv_status status)
{
	return status == NV_OK;
}

void nv_namespaces_line(struct nv_out *out, const struct nv_namespace *all, unsigned count)
{
	unsigned raised = count_of(all, count, nv_is_raised), ok = count_of(all, count, is_ok);
	char words[NV_TEXT_SIZE];

	nv_put(out, "%u other network namespace%s: %u ok", count, count == 1 ? "" : "s", ok);
	if (raised)
		nv_put(out, ", %u not", raised);
	if (count > ok + raised)
		nv_put(out, ", %u unknown", count - ok - raised);
	for (unsigned i = 0; i < raised && i < 3; i++) { /* worst first */
		brief(&all[i], words, sizeof(words));
		nv_put(out, "; %s %s %s", all[i].name, capitals(all[i].status), words);
	}
	if (raised > 3)
		nv_put(out, "; and %u more: netvitals namespaces", raised - 3);
}

void nv_namespaces_text(struct nv_out *out, const struct nv_namespace *all, unsigned count,
	unsigned hidden, const struct nv_style *style)
{
	char words[NV_TEXT_SIZE], line[2 * NV_TEXT_SIZE];

	nv_put(out, "%-32s %-10s %7s %5s  %-8s  %s\n", "namespace", "kind", "pid", "procs",
		"status", "what");
	for (unsigned i = 0; i < count; i++) {
		const struct nv_namespace *n = &all[i];

		brief(n, words, sizeof(words));
		snprintf(line, sizeof(line), "%-32s %-10s %7d %5u  %-8s  %s%s", n->name, n->kind,
			n->leader, n->processes,
			nv_is_raised(n->status) ? capitals(n->status) : nv_status_name(n->status),
			n->gone ? "gone; " : "", words);
		for (size_t end = strlen(line); end && line[end - 1] == ' ';)
			line[--end] = 0;
		nv_put(out, "%s\n", line);
	}
	if (!count)
		nv_put(out, "no other network namespace has a process that can be seen\n");
	if (hidden)
		nv_put_wrapped(out, style->width, "",
			"Some processes cannot be looked at (hidepid, or they ended meanwhile): namespaces that only they are in are not listed.");
}

static void put_word(struct nv_out *out, const char *key, const char *value)
{
	nv_put(out, "\"%s\":", key);
	nv_put_json_string(out, value);
	nv_put(out, ",");
}

void nv_namespaces_json(struct nv_out *out, const struct nv_namespace *all, unsigned count)
{
	nv_put(out, "[");
	for (unsigned i = 0; i < count; i++) {
		const struct nv_namespace *n = &all[i];

		nv_put(out, "%s\n{", i ? "," : "");
		put_word(out, "name", n->name);
		put_word(out, "kind", n->kind);
		put_word(out, "id", n->id[0] ? n->id : NULL);
		nv_put(out, "\"leader\":%d,\"processes\":%u,\"gone\":%s,\"seconds\":", n->leader,
			n->processes, n->gone ? "true" : "false");
		nv_put_json_number(out, n->seconds > 0 ? n->seconds : (double)NAN);
		nv_put(out, ",");
		put_word(out, "status", nv_status_name(n->status));
		nv_put(out, "\"classes\":{");
		for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
			nv_put(out, "%s\"%c\":\"%s\"", klass == 1 ? "" : ",",
				nv_classes[klass].letter, nv_status_name(n->classes[klass]));
		nv_put(out, "},");
		put_word(out, "worst", n->indicator ? nv_indicators[n->indicator].name : NULL);
		nv_put(out, "\"value\":");
		nv_put_json_number(out, n->value);
		nv_put(out, ",\"text\":");
		nv_put_json_string(out, n->text[0] ? n->text : NULL);
		nv_put(out, "}");
	}
	nv_put(out, "]");
}
