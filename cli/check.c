/* SPDX-License-Identifier: MIT */
/* A plugin of Nagios and Icinga: one line, performance data, exit status 0 to 3. */
#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAGIOS_UNKNOWN = 3 };

static int nagios_status(enum nv_status status)
{
	switch (status) {
	case NV_OK:
		return 0;
	case NV_WARNING:
		return 1;
	case NV_CRITICAL:
		return 2;
	case NV_UNKNOWN:
	case NV_LEARNING:
	case NV_DISABLED:
		break;
	}
	return NAGIOS_UNKNOWN;
}

/* A check runs unattended: what unsolicited packets can raise does not page. */
static void calm_unsolicited(struct nv_report *r)
{
	for (unsigned i = 1; i < NV_I_END; i++)
		if (nv_indicator_exists(i) && r->verdicts[i].status == NV_WARNING &&
			(nv_indicators[i].origin == NV_UNSOLICITED || r->verdicts[i].unsolicited)) {
			r->verdicts[i].status = NV_OK;
			r->verdicts[i].reason = NV_REASON_NOTED;
		}
}

/* The worst indicator of a class that is left; 0: none. The core's own choice, if it is one of the
 * worst. */
static unsigned worst_of(const struct nv_report *r, unsigned klass, enum nv_status *status)
{
	unsigned worst = r->classes[klass].worst;

	*status = r->classes[klass].status == NV_UNKNOWN ? NV_UNKNOWN : NV_OK;
	if (worst && !nv_is_raised(r->verdicts[worst].status))
		worst = 0;
	if (worst)
		*status = r->verdicts[worst].status;
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_verdict *v = &r->verdicts[i];

		if (!nv_indicator_exists(i) || nv_indicators[i].klass != klass ||
			!nv_is_raised(v->status) || nv_is_silenced(v) ||
			nv_worse(*status, v->status) == *status)
			continue;
		*status = v->status;
		worst = i;
	}
	return worst;
}

/* The classes anew, without what unsolicited packets raised. Returns the indicator to show, 0 if
 * there is none.
 */
static unsigned worst_left(const struct nv_report *r, enum nv_status *status)
{
	unsigned worst = 0;

	*status = NV_OK;
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++) {
		enum nv_status own;
		unsigned i = worst_of(r, klass, &own);

		if (nv_worse(*status, own) == *status)
			continue;
		*status = own;
		worst = i;
	}
	return worst;
}

/* A bar would begin the performance data, and a program may be named as it likes. */
static void print_plain(const char *text)
{
	for (; *text; text++)
		putchar(*text == '|' ? '?' : *text);
}

/* The class in words, what it is, and the first who is behind it. */
static void print_cause(const struct nv_report *r, unsigned worst)
{
	printf("%s: ", nv_classes[nv_indicators[worst].klass].name);
	print_plain(r->classes[nv_indicators[worst].klass].worst == worst
			? r->classes[nv_indicators[worst].klass].text
			: r->verdicts[worst].text);
	for (unsigned i = 0; i < r->offender_count; i++)
		if (r->offenders[i].indicator == worst) {
			printf("; ");
			print_plain(r->offenders[i].text);
			return;
		}
}

static void print_check(const struct nv_report *r, enum nv_status status, unsigned worst)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

	printf("NETVITALS %s - ", words[nagios_status(status)]);
	if (worst)
		print_cause(r, worst);
	else if (status == NV_OK)
		printf("no problem seen in %.0f s", r->seconds);
	else
		printf("no data");
	printf(" |");
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_indicator *ind = &nv_indicators[i];
		double scale = ind->kind == NV_RATIO ? 100 : 1;

		if (!nv_indicator_exists(i) || !ind->headline)
			continue;
		/* Always all of them: a graph is made of the same columns each time. U is unknown.
		 */
		if (isnan(r->verdicts[i].value))
			printf(" %s=U;", ind->name);
		else
			printf(" %s=%.4g%s;", ind->name, r->verdicts[i].value * scale,
				ind->kind == NV_RATIO ? "%" : "");
		if (!isnan(r->verdicts[i].warn))
			printf("%g", r->verdicts[i].warn * scale);
		printf(";");
		if (!isnan(r->verdicts[i].crit))
			printf("%g", r->verdicts[i].crit * scale);
	}
	printf("\n");
}

/* Status 2 is CRITICAL for Nagios: a misspelt option must not page anybody. */
int cli_check_misused(void)
{
	printf("NETVITALS UNKNOWN - check: wrong usage; netvitals check [OPTION...] [SECONDS]\n");
	return NAGIOS_UNKNOWN;
}

int cli_check(struct cli *cli)
{
	static struct nv_report report;
	struct nv_engine *engine;
	enum nv_status status;
	unsigned worst;

	if (cli->arg_count > 1 ||
		(cli->arg_count == 1 && !cli_is_seconds(cli->args[0], &cli->seconds)) ||
		cli->seconds < 1 || cli->seconds > 3600) {
		printf("NETVITALS UNKNOWN - check: expected 1 to 3600 SECONDS\n");
		return NAGIOS_UNKNOWN;
	}
	engine = cli_open_engine(cli);
	if (!engine || cli_sample(cli, engine, NULL) != EXIT_OK) {
		printf("NETVITALS UNKNOWN - no counters could be read\n");
		nv_engine_free(engine);
		return NAGIOS_UNKNOWN;
	}
	report = *nv_engine_report(engine);
	calm_unsolicited(&report);
	worst = worst_left(&report, &status);
	print_check(&report, status, worst);
	nv_engine_free(engine);
	return nagios_status(status);
}
