/* SPDX-License-Identifier: MIT */
/* Values, labels and limits of indicators -> words. */
#include "nv_present.h"

#include <math.h>
#include <stdio.h>

/* Three digits, cut and not rounded: 0.10574 is 0.105. Then nobody reads "1 %" where it is less. */
void nv_say_value(enum nv_kind kind, bool fraction, double value, char *buf, size_t size)
{
	double scale = 1;
	double x = fraction ? value * 100 : value;
	const char *unit = fraction ? " %" : kind == NV_COUNT ? "/min" : "";
	int decimals = 0;

	if (isnan(value)) {
		snprintf(buf, size, "-");
		return;
	}
	for (; decimals < 6 && x > 0 && x * scale < 99.9999; decimals++)
		scale *= 10;
	/* Limits that were kept as floats stay whole. */
	x = floor(x * scale + fmin(x * scale * 1e-6, 1e-3)) / scale;
	while (decimals > 0 && fabs(x * scale / 10 - floor(x * scale / 10 + 0.5)) < 1e-6) {
		decimals--;
		scale /= 10;
	}
	if (value > 0 && !(x > 0))
		snprintf(buf, size, "<0.000001%s", unit); /* never a zero that is none */
	else
		snprintf(buf, size, "%.*f%s", decimals, x, unit);
}

const char *nv_label_alone(const struct nv_indicator *ind)
{
	return ind->alone ? ind->alone : ind->label;
}

const char *nv_label_for(const struct nv_indicator *ind, double number, char buf[NV_NAME_SIZE])
{
	size_t plural;

	if (nv_is_fraction(ind) || number != 1)
		return ind->label;
	/* The first word that ends with an s is what is counted; the unit tests hold the catalog to
	 * that. */
	for (plural = 0; ind->label[plural]; plural++)
		if (ind->label[plural] == 's' &&
			(ind->label[plural + 1] == ' ' || !ind->label[plural + 1]))
			break;
	snprintf(buf, NV_NAME_SIZE, "%.*s%s", (int)plural, ind->label,
		ind->label[plural] ? ind->label + plural + 1 : "");
	return buf;
}

void nv_say_limit(const struct nv_indicator *ind, double limit, char *buf, size_t size)
{
	if (isinf(limit))
		snprintf(buf, size, "never");
	else if (ind->any && limit <= 1)
		snprintf(buf, size, "any");
	else if (ind->any && !isnan(limit)) /* whatever the time: no rate */
		snprintf(buf, size, "%.0f", limit);
	else
		nv_say_value(ind->kind, nv_is_fraction(ind), limit, buf, size);
}
