/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a capture: read, told in every form, compared with themselves and with a cut of
 * themselves, annotated, redacted. Nothing may crash, leak, overflow or take long.
 */
#include "captures/compare.h"
#include "nv_captures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char buffer[1 << 18];

static struct nv_captures *read_capture(const uint8_t *data, size_t size)
{
	struct nv_error err = { 0, "" };
	struct nv_captures *all = nv_captures_new(NULL, &err);
	char *text = malloc(size + 1); /* the exact size, so that a byte too far is seen */

	if (!all || !text)
		abort();
	memcpy(text, data, size);
	if (nv_captures_add(all, "fuzz-20261122-1300.txt", text, size, &err) ||
		nv_captures_finish(all, &err)) {
		if (!err.text[0])
			abort(); /* a refusal says why */
		nv_captures_free(all);
		all = NULL;
	}
	free(text);
	return all;
}

/* json: the dearest form, and the one that says least of the readers; told now and then. */
static void tell(const struct nv_captures *before, const struct nv_captures *after, bool json)
{
	struct nv_out out = { buffer, sizeof(buffer), 0 };
	struct nv_style style = { false, true, 80 };
	struct nv_error err = { 0, "" };
	static struct nv_config config;

	nv_config_init(&config);
	for (unsigned i = 0; i < nv_captures_count(after) && i < 3; i++) {
		struct nv_comparison *c = nv_compare(before, after, i, NAN, &config, &err);

		if (!c)
			continue;
		nv_comparison_text(&out, c, &style);
		if (json)
			nv_report_json(&out, nv_comparison_report(c));
		nv_comparison_nodes_text(&out, &c, 1);
		nv_comparison_free(c);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nv_out out = { buffer, sizeof(buffer), 0 };
	struct nv_error err = { 0, "" };
	struct nv_captures *all = read_capture(data, size), *part;
	struct nv_redactor *redactor;

	if (!all)
		return 0;
	for (unsigned i = 0; i < nv_captures_count(all) && i < 3; i++) {
		nv_captures_counters_json(&out, all, i);
		nv_captures_counters_text(&out, all, i);
	}
	nv_captures_csv(&out, (const struct nv_captures *const *)&all, 1);
	for (unsigned line = 0; line < 100; line++) {
		char letters[NV_CLASS_END + 1];

		nv_captures_line_letters(all, line, letters);
		if (strspn(letters, "LCRAS?") != strlen(letters))
			abort();
	}
	tell(NULL, all, size % 8 == 0);
	tell(all, all, false);
	if (size % 4 == 0) {
		part = read_capture(data, size / 2);
		if (part)
			tell(part, all, false);
		nv_captures_free(part);
	}
	redactor = nv_redactor_new(&err);
	out.used = 0;
	if (redactor) {
		nv_redactor_names(redactor, all);
		nv_redact(redactor, &out, (const char *)data, size < 4096 ? size : 4096);
	}
	nv_redactor_free(redactor);
	nv_captures_free(all);
	return 0;
}
