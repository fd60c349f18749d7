/* SPDX-License-Identifier: MIT */
/* Report and counters as JSON and CSV: keys are permanent, null where there is nothing. */
#include "nv_present.h"

#include <math.h>

static void key(struct nv_out *out, const char *name)
{
	nv_put(out, "\"%s\":", name);
}

static void number(struct nv_out *out, const char *name, double value)
{
	key(out, name);
	nv_put_json_number(out, value);
	nv_put(out, ",");
}

static void string(struct nv_out *out, const char *name, const char *value)
{
	key(out, name);
	nv_put_json_string(out, value);
	nv_put(out, ",");
}

static const char *indicator_name(unsigned id)
{
	return id ? nv_indicators[id].name : NULL;
}

static const char *role_name(enum nv_role role)
{
	switch (role) {
	case NV_ROLE_AUTO:
	case NV_ROLE_HOST:
		break;
	case NV_ROLE_CONTAINER:
		return "container";
	case NV_ROLE_ROUTER:
		return "router";
	}
	return "host";
}

static void put_verdict(struct nv_out *out, unsigned id, const struct nv_verdict *v)
{
	const struct nv_indicator *ind = &nv_indicators[id];
	char letter[2] = { nv_classes[ind->klass].letter, 0 };

	nv_put(out, "{");
	string(out, "name", ind->name);
	number(out, "number", id);
	string(out, "class", letter);
	string(out, "kind", nv_kind_name(ind->kind));
	string(out, "status", nv_status_name(v->status));
	string(out, "reason", nv_reason_name(v->reason));
	string(out, "side", nv_side_name(v->side));
	number(out, "value", v->value);
	number(out, "numerator", v->numerator);
	number(out, "denominator", v->denominator);
	number(out, "seconds", v->seconds);
	number(out, "total", v->total_value);
	number(out, "warn", v->warn);
	number(out, "crit", v->crit);
	number(out, "usual", v->usual);
	string(out, "consequenceOf", indicator_name(v->consequence_of));
	string(out, "label", v->label);
	string(out, "text", v->text);
	key(out, "hint");
	nv_put_json_string(out, ind->hint);
	nv_put(out, "}");
}

static void put_class(struct nv_out *out, unsigned klass, const struct nv_class_state *c)
{
	char letter[2] = { nv_classes[klass].letter, 0 };

	nv_put(out, "{");
	string(out, "class", letter);
	string(out, "name", nv_classes[klass].name);
	string(out, "status", nv_status_name(c->status));
	string(out, "reason", nv_reason_name(c->reason));
	string(out, "worst", indicator_name(c->worst));
	string(out, "side", nv_side_name(c->side));
	key(out, "text");
	nv_put_json_string(out, c->text);
	nv_put(out, "}");
}

static void put_interface(struct nv_out *out, const struct nv_if_state *i)
{
	nv_put(out, "{");
	string(out, "name", i->name);
	number(out, "index", i->index);
	nv_put(out, "\"feeds\":%s,", i->feeds ? "true" : "false");
	string(out, "status", nv_status_name(i->status));
	string(out, "text", i->text);
	key(out, "indicators");
	for (unsigned k = 0; k < NV_IF_INDICATORS; k++) {
		nv_put(out, k ? "," : "[");
		put_verdict(out, nv_if_indicators[k], &i->verdicts[k]);
	}
	nv_put(out, "]}");
}

void nv_offender_json(struct nv_out *out, const struct nv_offender *o)
{
	char letter[2] = { nv_classes[o->klass].letter, 0 };

	nv_put(out, "{");
	string(out, "class", letter);
	string(out, "what", indicator_name(o->indicator));
	string(out, "local", o->local[0] ? o->local : NULL);
	string(out, "remote", o->remote[0] ? o->remote : NULL);
	string(out, "gateway", o->gateway[0] ? o->gateway : NULL);
	string(out, "interface", o->interface[0] ? o->interface : NULL);
	number(out, "pid", o->pid ? o->pid : (double)NAN);
	string(out, "process", o->process[0] ? o->process : NULL);
	string(out, "unit", o->unit[0] ? o->unit : NULL);
	number(out, "bytes", (double)o->bytes);
	number(out, "count", (double)o->count);
	key(out, "text");
	nv_put_json_string(out, o->text);
	nv_put(out, "}");
}

static void put_sources(struct nv_out *out, const struct nv_report *r)
{
	key(out, "sources");
	for (unsigned i = 0; i < NV_SOURCES; i++) {
		nv_put(out, "%s\"%s\":{\"age\":", i ? "," : "{", nv_source_name((enum nv_source)i));
		nv_put_json_number(out, r->sources[i].age_s);
		nv_put(out, ",\"costMicroseconds\":");
		nv_put_json_number(out, r->sources[i].cost_us);
		nv_put(out, "}");
	}
	nv_put(out, "},");
}

void nv_report_json(struct nv_out *out, const struct nv_report *r)
{
	unsigned shown = 0;

	nv_put(out, "{\"netvitals\":1,");
	string(out, "host", r->host);
	number(out, "time", r->time_s ? (double)r->time_s : (double)NAN);
	nv_put(out, "\"source\":{\"kind\":\"%s\",\"platform\":\"%s\"},", r->kind, r->platform);
	number(out, "seconds", r->seconds);
	nv_put(out, "\"total\":%s,", r->total ? "true" : "false");
	string(out, "role", role_name(r->role));
	string(out, "status", nv_status_name(r->status));
	number(out, "samples", r->samples);
	number(out, "costMicroseconds", r->cost_us);
	number(out, "sampleAge", r->sample_age_s);
	put_sources(out, r);
	number(out, "namespaceCount", r->namespaces ? r->namespaces : (double)NAN);
	key(out, "namespaces");
	if (r->others)
		nv_namespaces_json(out, r->others, r->other_count);
	else
		nv_put(out, "null");
	nv_put(out, ",");
	string(out, "usualFrom", r->consulted[0] ? r->consulted : NULL);
	key(out, "classes");
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		nv_put(out, klass == 1 ? "[" : ",");
		put_class(out, klass, &r->classes[klass]);
	}
	nv_put(out, "],\"indicators\":[");
	for (unsigned i = 1; i < NV_I_END; i++) {
		if (!nv_indicator_exists(i))
			continue;
		nv_put(out, shown++ ? ",\n" : "\n");
		put_verdict(out, i, &r->verdicts[i]);
	}
	nv_put(out, "],\n\"interfaces\":[");
	for (unsigned i = 0; i < r->interface_count; i++) {
		nv_put(out, i ? ",\n" : "\n");
		put_interface(out, &r->interfaces[i]);
	}
	nv_put(out, "],\n\"offenders\":[");
	for (unsigned i = 0; i < r->offender_count; i++) {
		nv_put(out, i ? ",\n" : "\n");
		nv_offender_json(out, &r->offenders[i]);
	}
	nv_put(out, "],");
	key(out, "note");
	nv_put_json_string(out, r->note);
	nv_put(out, "}\n");
}

/* ---- events ---------------------------------------------------------------------------------- */

/* A state file may be of a release with more indicators, and knows no evidence. */
void nv_event_json(struct nv_out *out, const struct nv_event *e, const struct nv_event_source *of)
{
	const struct nv_class *klass = &nv_classes[e->klass];
	char letter[2] = { klass->letter, 0 };

	nv_put(out, "{\"netvitals\":1,");
	number(out, "event", e->number);
	number(out, "time", (double)e->time_s);
	string(out, "host", of->host);
	string(out, "frontEnd", of->front_end);
	string(out, "kind", nv_event_kind_name(e->kind));
	string(out, "class", e->klass ? letter : NULL);
	string(out, "name", e->klass ? klass->name : NULL);
	string(out, "indicator", indicator_name(e->indicator));
	string(out, "before", nv_status_name(e->before));
	string(out, "status", nv_status_name(e->now));
	string(out, "reason", nv_reason_name(e->reason));
	string(out, "side", nv_side_name(e->side));
	number(out, "value", e->value);
	number(out, "numerator", e->numerator);
	number(out, "denominator", e->denominator);
	number(out, "seconds", e->seconds);
	number(out, "warn", e->warn);
	number(out, "crit", e->crit);
	number(out, "usual", e->usual);
	number(out, "interface", e->interface ? (double)e->interface : (double)NAN);
	key(out, "offender");
	if (of->offender)
		nv_offender_json(out, of->offender);
	else
		nv_put(out, "null");
	nv_put(out, ",\"notified\":%s,", e->notify ? "true" : "false");
	key(out, "text");
	nv_put_json_string(out, e->text);
	nv_put(out, "}");
}

/* ---- counters
 * --------------------------------------------------------------------------------------- */

static void put_interface_counters(struct nv_out *out, const struct nv_interface *i)
{
	nv_put(out, "{");
	string(out, "name", i->name);
	key(out, "index");
	nv_put_json_number(out, i->index);
	for (unsigned k = 0; k < NV_IF_VALUES; k++)
		if (i->present & 1u << k)
			nv_put(out, ",\"%s\":%llu", nv_counters[NV_C_ifInPkts + k].name,
				(unsigned long long)i->value[k]);
	nv_put(out, "}");
}

void nv_counters_json(struct nv_out *out, const struct nv_snapshot *s, const char *platform)
{
	bool first = true;

	nv_put(out, "{\"netvitals\":1,\"platform\":\"%s\",", platform);
	number(out, "time", s->time_s ? (double)s->time_s : (double)NAN);
	key(out, "counters");
	nv_put(out, "{");
	for (unsigned id = 1; id < NV_C_END; id++) {
		if (!nv_counter_exists(id) || !s->present[id])
			continue;
		nv_put(out, "%s\n\"%s\":%llu", first ? "" : ",", nv_counters[id].name,
			(unsigned long long)s->value[id]);
		first = false;
	}
	nv_put(out, "},\"interfaces\":[");
	for (unsigned i = 0; i < s->interface_count; i++) {
		nv_put(out, i ? ",\n" : "\n");
		put_interface_counters(out, &s->interfaces[i]);
	}
	nv_put(out, "],\"unrecognized\":[]}\n");
}

void nv_counters_text(struct nv_out *out, const struct nv_snapshot *s)
{
	for (unsigned id = 1; id < NV_C_END; id++)
		if (nv_counter_exists(id) && s->present[id])
			nv_put(out, "%-28s %20llu %s\n", nv_counters[id].name,
				(unsigned long long)s->value[id], nv_counters[id].unit);
	for (unsigned i = 0; i < s->interface_count; i++)
		for (unsigned k = 0; k < NV_IF_VALUES; k++)
			if (s->interfaces[i].present & 1u << k)
				nv_put(out, "%-15s %-12s %20llu %s\n", s->interfaces[i].name,
					nv_counters[NV_C_ifInPkts + k].name,
					(unsigned long long)s->interfaces[i].value[k],
					nv_counters[NV_C_ifInPkts + k].unit);
}

/* Columns are the catalog's, derived ones left out; an absent counter is an empty cell. */
void nv_counters_csv_header(struct nv_out *out)
{
	nv_put(out, "time");
	for (unsigned id = 1; id < NV_C_END; id++)
		if (nv_counter_exists(id) && nv_counters[id].kind != NV_DERIVED)
			nv_put(out, ",%s", nv_counters[id].name);
	nv_put(out, "\n");
}

/* Interface counters are summed over the interfaces that are counted in class status. */
static bool csv_value(const struct nv_snapshot *s, unsigned id, uint64_t *value)
{
	bool any = s->present[id];

	*value = s->value[id];
	if (id < NV_C_ifInPkts || id >= NV_C_ifInPkts + NV_IF_VALUES)
		return any;
	for (unsigned i = 0; i < s->interface_count; i++) {
		unsigned k = id - NV_C_ifInPkts;

		if (!s->interfaces[i].feeds || !(s->interfaces[i].present & 1u << k))
			continue;
		*value += s->interfaces[i].value[k];
		any = true;
	}
	return any;
}

void nv_counters_csv_row(struct nv_out *out, const struct nv_snapshot *s)
{
	if (s->time_s)
		nv_put(out, "%lld", (long long)s->time_s);
	for (unsigned id = 1; id < NV_C_END; id++) {
		uint64_t value;

		if (!nv_counter_exists(id) || nv_counters[id].kind == NV_DERIVED)
			continue;
		nv_put(out, ",");
		if (csv_value(s, id, &value))
			nv_put(out, "%llu", (unsigned long long)value);
	}
	nv_put(out, "\n");
}
