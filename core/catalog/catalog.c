/* SPDX-License-Identifier: MIT */
/* Expands the .def files into the constant tables; formulas to words; classes of counters. Nothing
 * else lives here. */
#include "catalog/catalog.h"

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
#define COUNTER(id, number, protocol_, file_, row_, key_, unit_, text_)                            \
	[NV_C_##id] = { #id, NV_COUNTER, NV_PROTOCOL_##protocol_, NV_FILE_##file_, row_, key_,     \
		unit_, text_ },
#define GAUGE(id, number, protocol_, file_, row_, key_, unit_, text_)                              \
	[NV_C_##id] = { #id, NV_GAUGE, NV_PROTOCOL_##protocol_, NV_FILE_##file_, row_, key_,       \
		unit_, text_ },
#define DERIVED(id, number, protocol_, unit_, text_, ...)                                          \
	[NV_C_##id] = { #id, NV_DERIVED, NV_PROTOCOL_##protocol_, NV_FILE_NONE, NULL, NULL, unit_, \
		text_ },
#include "catalog/counters.def"
#undef COUNTER
#undef GAUGE
#undef DERIVED
};

#define PLUS(id)                                                                                   \
	{                                                                                          \
		NV_C_##id, 1                                                                       \
	}
#define LESS(id)                                                                                   \
	{                                                                                          \
		NV_C_##id, -1                                                                      \
	}
#define GIVEN(id)                                                                                  \
	{                                                                                          \
		NV_C_##id, 0                                                                       \
	}
#define CONSEQUENCE(id) NV_I_##id
#define PCT(x)          ((x) / 100.0)
#define PER_MINUTE(x)   (x)
#define NEVER           ((double)INFINITY)

const struct nv_derived nv_derived[] = {
#define COUNTER(...)
#define GAUGE(...)
#define DERIVED(id, number, protocol_, unit_, text_, ...) { NV_C_##id, { __VA_ARGS__ } },
#include "catalog/counters.def"
#undef COUNTER
#undef GAUGE
#undef DERIVED
};
const size_t nv_derived_count = sizeof(nv_derived) / sizeof(nv_derived[0]);

const struct nv_indicator nv_indicators[NV_I_END] = {
#define INDICATOR(id, number, class_, ...)                                                         \
	[NV_I_##id] = { .name = #id, .klass = NV_CLASS_##class_, __VA_ARGS__ },
#include "catalog/indicators.def"
#undef INDICATOR
};

const struct nv_substitute nv_substitutes[] = {
#define SUBSTITUTE(name_, of_, text_) { name_, NV_I_##of_, text_ },
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
		int n = snprintf(
			buf + used, size - used, "%s%s", join, nv_counters[terms[i].counter].name);

		if (n < 0 || (size_t)n >= size - used)
			return size ? size - 1 : 0;
		used += (size_t)n;
	}
	return used;
}

const struct nv_derived *nv_derived_find(enum nv_counter_id id)
{
	for (size_t i = 0; i < nv_derived_count; i++)
		if (nv_derived[i].counter == id)
			return &nv_derived[i];
	return NULL;
}

static void class_terms(
	uint8_t class_of[NV_C_END], const struct nv_term *terms, unsigned most, uint8_t klass)
{
	for (unsigned k = 0; k < most && terms[k].counter; k++) {
		const struct nv_derived *derived = nv_derived_find(
			(enum nv_counter_id)terms[k].counter);

		if (terms[k].sign <= 0)
			continue;
		if (!class_of[terms[k].counter])
			class_of[terms[k].counter] = klass;
		if (derived)
			class_terms(class_of, derived->of, NV_INPUTS_MAX, klass);
	}
}

void nv_counter_classes(uint8_t class_of[NV_C_END])
{
	memset(class_of, NV_CLASS_NONE, NV_C_END);
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_indicator *ind = &nv_indicators[i];

		class_terms(class_of, ind->num, NV_TERMS_MAX, (uint8_t)ind->klass);
		for (unsigned k = 0; k < 2 && ind->beside[k]; k++)
			class_of[ind->beside[k]] = (uint8_t)ind->klass;
	}
}

const uint16_t nv_if_indicators[NV_IF_INDICATORS] = { NV_I_ifInErrors, NV_I_ifOutDrops,
	NV_I_ifOutErrors, NV_I_ifCollisions, NV_I_ifInOverruns };
