/* SPDX-License-Identifier: MIT */
/* Commands that print what the catalog knows: explain, catalog. */
#include "cli.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static void list_names(struct nv_out *out, const void *context)
{
	(void)context;
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		char letter[2] = { nv_classes[klass].letter, 0 };

		nv_explain(out, letter);
	}
	nv_put(out, "Not counted by Linux, with what stands for it:\n");
	for (size_t i = 0; i < nv_substitutes_count; i++)
		nv_put(out, "  %s\n", nv_substitutes[i].name);
	nv_put(out,
		"The words of netstat will do as well: netvitals explain duplicate packets received\n");
}

static void explain(struct nv_out *out, const void *context)
{
	nv_explain(out, context);
}

/* Names like the word, by any letter case: ours, the kernel's, or a word of what is explained. */
static int say_unknown(const char *word)
{
	char near[512] = "";
	struct nv_out out = { near, sizeof(near), 0 };
	unsigned found = 0;

	for (unsigned i = 1; i < NV_I_END && found < 6; i++)
		if (*word && nv_indicator_exists(i) &&
			(strcasestr(nv_indicators[i].name, word) ||
				strcasestr(nv_indicators[i].label, word)))
			nv_put(&out, "%s%s", found++ ? ", " : "; near it: ", nv_indicators[i].name);
	for (unsigned i = 1; i < NV_C_END && found < 6; i++)
		if (*word && nv_counter_exists(i) &&
			((nv_counters[i].key && strcasecmp(nv_counters[i].key, word) == 0) ||
				strcasecmp(nv_counters[i].name, word) == 0))
			nv_put(&out, "%s%s", found++ ? ", " : "; near it: ", nv_counters[i].name);
	return cli_fail(EXIT_USAGE,
		"explain: \"%s\" is unknown%s; netvitals explain lists the names", word, near);
}

static bool is_known(const char *name)
{
	struct nv_out measure = { NULL, 0, 0 };

	return nv_explain(&measure, name);
}

/* names: with a blank between. */
static int explain_each(const char *names)
{
	int status = EXIT_OK;

	while (*names && status == EXIT_OK) {
		char name[NV_NAME_SIZE];
		size_t length = strcspn(names, " ");

		snprintf(name, sizeof(name), "%.*s", (int)length, names);
		status = cli_print(explain, name);
		names += length + (names[length] == ' ');
	}
	return status;
}

/* All arguments together as the words of an article: explain out of order packets. NULL: they are
 * none. */
static const char *names_of_words(const struct cli *cli)
{
	char words[256];
	struct nv_out out = { words, sizeof(words), 0 };

	for (int i = 0; i < cli->arg_count; i++)
		nv_put(&out, "%s%s", i ? " " : "", cli->args[i]);
	return out.used < sizeof(words) ? nv_names_of(words) : NULL;
}

int cli_explain(struct cli *cli)
{
	int status = EXIT_OK;
	const char *names;

	if (!cli->arg_count)
		return cli_print(list_names, NULL);
	if (cli->arg_count > 1 && (names = names_of_words(cli)))
		return explain_each(names);
	for (int i = 0; i < cli->arg_count; i++) {
		names = is_known(cli->args[i]) ? cli->args[i] : nv_names_of(cli->args[i]);
		if (!names)
			status = say_unknown(cli->args[i]);
		else if (explain_each(names) != EXIT_OK)
			return EXIT_INPUT;
	}
	return status;
}

static void write_catalog(struct nv_out *out, const void *context)
{
	nv_catalog_write(out, context);
}

int cli_catalog(struct cli *cli)
{
	const char *format = cli->format ? cli->format : cli->json ? "json" : "md";
	struct nv_out measure = { NULL, 0, 0 };

	if (cli->arg_count)
		return cli_fail(EXIT_USAGE, "catalog: \"%s\": expected no argument", cli->args[0]);
	if (!nv_catalog_write(&measure, format))
		return cli_fail(
			EXIT_USAGE, "catalog: --format %s: expected md, man, mib or json", format);
	return cli_print(write_catalog, format);
}
