/* SPDX-License-Identifier: MIT */
/*
 * The core's table of options -> the OPTIONS part of netvitals.conf(5), so that the manual cannot
 * disagree with the program. Run by packaging/man/generate; never installed.
 */
#include "nv_config.h"

#include <stdio.h>

static void print_options(bool in_indicator)
{
	struct nv_option option;

	printf(".Bl -tag -width Ds\n");
	for (unsigned row = 0; nv_option_get(row, &option); row++) {
		if (option.in_indicator != in_indicator)
			continue;
		printf(".It Cm %s\n%s\nValue: %s.\n", option.name, option.text, option.syntax);
		if (option.initial[0])
			printf("Default: %s.\n", option.initial);
	}
	printf(".El\n");
}

int main(void)
{
	print_options(false);
	printf(".Ss Options of one indicator\n"
	       "Put them between\n"
	       ".Ql <Indicator \\(dqNAME\\(dq>\nand\n.Ql </Indicator> .\n"
	       "Without a line the limits are those of the catalog; see\n.Xr netvitals 7 .\n");
	print_options(true);
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
