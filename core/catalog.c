/* SPDX-License-Identifier: MIT */
/* Expands the .def files into the constant tables; formulas to words; classes of counters. Nothing else lives here. */
#include "catalog.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct nv_class nv_classes[NV_CLASS_END] = {
#define CLASS(id, number, letter_, name_, question_)                                               \
	[NV_CLASS_##id] = { .name = name_, .letter = letter_, .question = question_ },
#include "catalog/classes.def"
#undef CLASS
};

const struct nv_counter nv_counters[NV_C_END] = {
#define COUNTER(id, number, file_, row_, key_, unit_, text_)                                       \
	[NV_C_##id] = { #id, NV_COUNTER, NV_FILE_##file_, row_, key_, unit_, text_ },
#define GAUGE(id, number, file_, row_, key_, unit_, text_)                                         \
	[NV_C_##id] = { #id, NV_GAUGE, NV_FILE_##file_, row_, key_, unit_, text_ },
#define DERIVED(id, number, unit_, text_)                                                          \
	[NV_C_##id] = { #id, NV_DERIVED, NV_FILE_NONE, NULL, NULL, unit_, text_ },
#include "catalog/counters.def"
#undef COUNTER
#undef GAUGE
#undef DERIVED
};

#define PLUS(id)      { NV_C_##id, 1 }
#define LESS(id)      { NV_C_##id, -1 }
#define ECHO(id)      NV_I_##id
#define PCT(x)        ((x) / 100.0)
#define PER_MINUTE(x) (x)
#define NEVER         ((double)INFINITY)

const struct nv_indicator nv_indicators[NV_I_END] = {
#define INDICATOR(id, number, class_, ...)                                                         \
	[NV_I_##id] = { .name = #id, .class = NV_CLASS_##class_, __VA_ARGS__ },
#include "catalog/indicators.def"
#undef INDICATOR
};

const struct nv_substitute nv_substitutes[] = {
#define SUBSTITUTE(name_, text_) { name_, text_ },
#include "catalog/substitutes.def"
#undef SUBSTITUTE
};
const size_t nv_substitutes_count = sizeof(nv_substitutes) / sizeof(nv_substitutes[0]);

bool nv_counter_exists(unsigned number)
{
	return number > NV_C_NONE && number < NV_C_END && nv_counters[number].name;
}

enum nv_counter_id nv_counter_find(const char *name)
{
	for (unsigned i = 1; i < NV_C_END; i++)
		if (nv_counter_exists(i) && strcmp(nv_counters[i].name, name) == 0)
			return (enum nv_counter_id)i;
	return NV_C_NONE;
}

enum nv_indicator_id nv_indicator_find(const char *name)
{
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i) && strcmp(nv_indicators[i].name, name) == 0)
			return (enum nv_indicator_id)i;
	return NV_I_NONE;
}

size_t nv_formula(const struct nv_term terms[NV_TERMS_MAX], char *buf, size_t size)
{
	size_t used = 0;

	if (size)
		buf[0] = 0;
	for (unsigned i = 0; i < NV_TERMS_MAX && terms[i].counter; i++) {
		const char *join = terms[i].sign < 0 ? (i ? " - " : "-") : (i ? " + " : "");
		int n = snprintf(buf + used, size - used, "%s%s", join,
			nv_counters[terms[i].counter].name);

		if (n < 0 || (size_t)n >= size - used)
			return size ? size - 1 : 0;
		used += (size_t)n;
	}
	return used;
}

/* Counters that indicators know by way of a derived one. */
static const struct {
	uint16_t counter, indicator;
} sources[] = {
	{ NV_C_ipInHdrErrors, NV_I_ipInHeaderErrors }, { NV_C_ip6InHdrErrors, NV_I_ipInHeaderErrors },
	{ NV_C_ipInCsumErrors, NV_I_ipInHeaderErrors }, { NV_C_ipOutNoRoutes, NV_I_ipNoRoute },
	{ NV_C_ip6OutNoRoutes, NV_I_ipNoRoute }, { NV_C_icmpInDestUnreachs, NV_I_icmpInUnreachable },
	{ NV_C_icmp6InDestUnreachs, NV_I_icmpInUnreachable },
	{ NV_C_icmpOutDestUnreachs, NV_I_icmpInUnreachable },
	{ NV_C_icmp6OutDestUnreachs, NV_I_icmpInUnreachable },
	{ NV_C_icmpOutTimeExcds, NV_I_icmpOutTimeExceeded },
	{ NV_C_icmp6OutTimeExcds, NV_I_icmpOutTimeExceeded },
	{ NV_C_tcpRexmtTimeouts, NV_I_tcpTimeouts }, { NV_C_tcpConnDropTimeout, NV_I_tcpDropRetrans },
	{ NV_C_tcpReorderSack, NV_I_tcpReordering }, { NV_C_tcpReorderTs, NV_I_tcpReordering },
	{ NV_C_tcpReorderReno, NV_I_tcpReordering }, { NV_C_tcpListenDrops, NV_I_tcpListenOverflow },
	{ NV_C_tcpReqQFullDoCookies, NV_I_tcpSynFlood }, { NV_C_tcpReqQFullDrop, NV_I_tcpSynFlood },
	{ NV_C_tcpMemoryPressures, NV_I_tcpMemory }, { NV_C_tcpRcvQDrop, NV_I_tcpMemory },
	{ NV_C_tcpFromZeroWindow, NV_I_tcpOutWindowUpdates },
};

void nv_counter_classes(uint8_t class_of[NV_C_END])
{
	memset(class_of, NV_CLASS_NONE, NV_C_END);
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		class_of[sources[i].counter] = (uint8_t)nv_indicators[sources[i].indicator].class;
	for (unsigned i = 1; i < NV_I_END; i++)
		for (unsigned k = 0; k < NV_TERMS_MAX && nv_indicators[i].num[k].counter; k++)
			if (nv_indicators[i].num[k].sign > 0 && !class_of[nv_indicators[i].num[k].counter])
				class_of[nv_indicators[i].num[k].counter] = (uint8_t)nv_indicators[i].class;
}
