/* SPDX-License-Identifier: MIT */
/* Commands that print what the catalog knows: explain, catalog. */
#include "cli.h"

static void list_names(struct nv_out *out, const void *context)
{
	(void)context;
	for (unsigned class = 1; class < NV_CLASS_END; class ++) {
		char letter[2] = { nv_classes[class].letter, 0 };

		nv_explain(out, letter);
	}
	nv_put(out, "Not counted by Linux, with what stands for it:\n");
	for (size_t i = 0; i < nv_substitutes_count; i++)
		nv_put(out, "  %s\n", nv_substitutes[i].name);
}

static void explain(struct nv_out *out, const void *context)
{
	nv_explain(out, context);
}

int cli_explain(struct cli *cli)
{
	int status = EXIT_OK;

	if (!cli->arg_count)
		return cli_print(list_names, NULL);
	for (int i = 0; i < cli->arg_count; i++) {
		struct nv_out measure = { NULL, 0, 0 };

		if (!nv_explain(&measure, cli->args[i]))
			status = cli_fail(EXIT_USAGE, "explain: \"%s\" is unknown; netvitals explain lists the names",
				cli->args[i]);
		else if (cli_print(explain, cli->args[i]) != EXIT_OK)
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
		return cli_fail(EXIT_USAGE, "catalog: --format %s: expected md, man, mib or json", format);
	return cli_print(write_catalog, format);
}
