/* SPDX-License-Identifier: MIT */
/* What every command says and asks: a message, a text of any length on stdout, its style, a number
 * of seconds. */
#include "text/clean.h"
#include "cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cli_fail(int status, const char *format, ...)
{
	char text[4 * NV_PATH_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	nv_clean_text(text); /* arguments and paths are quoted in it */
	fprintf(stderr, "netvitals: %s\n", text);
	return status;
}

int cli_print(void (*write)(struct nv_out *, const void *context), const void *context)
{
	struct nv_out out = { NULL, 0, 0 };
	int status = EXIT_OK;

	write(&out, context); /* once to measure, once to fill */
	out.size = out.used + 1;
	out.used = 0;
	out.buf = malloc(out.size);
	if (!out.buf)
		return cli_fail(EXIT_INPUT, "out of memory");
	write(&out, context);
	if (fwrite(out.buf, 1, out.used, stdout) != out.used || fflush(stdout) != 0)
		status = cli_fail(EXIT_INPUT, "cannot write to standard output");
	free(out.buf);
	return status;
}

struct nv_style cli_style(const struct cli *cli)
{
	const char *term = getenv("TERM");
	const char *plain = getenv("NO_COLOR"); /* an empty one says nothing */
	bool terminal = isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0 &&
		!(plain && *plain);

	return (struct nv_style){ .colour = terminal, .all = cli->all, .width = 80 };
}

bool cli_is_seconds(const char *arg, double *seconds)
{
	if (!*arg || strspn(arg, "0123456789") != strlen(arg))
		return false;
	*seconds = strtod(arg, NULL);
	return true;
}
