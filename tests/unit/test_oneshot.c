/* SPDX-License-Identifier: MIT */
/* The verdict on one window as a table: kind, origin, thresholds, least numbers, totals. */
#include "judge/stages.h"
#include "support.h"

#define NOTHING NV_REASON_NONE
#define LIMIT   NV_REASON_THRESHOLD
#define NOTED   NV_REASON_NOTED

static const struct {
	const char *what;
	enum nv_indicator_id indicator;
	double num, den, seconds, share;
	bool total;
	enum nv_status status;
	enum nv_reason reason;
} cases[] = {
	/* ratios: the lower bound decides, not the value */
	{ "clean", NV_I_tcpRetrans, 0, 10000, 60, NAN, false, NV_OK, NOTHING },
	{ "2 % of much", NV_I_tcpRetrans, 200, 10000, 60, NAN, false, NV_WARNING, LIMIT },
	{ "7 % of much", NV_I_tcpRetrans, 700, 10000, 60, NAN, false, NV_CRITICAL, LIMIT },
	{ "just above 1 %: may be chance", NV_I_tcpRetrans, 105, 10000, 60, NAN, false, NV_OK,
		NOTHING },
	{ "the same share of a hundred times as much", NV_I_tcpRetrans, 10500, 1000000, 60, NAN,
		false, NV_WARNING, LIMIT },
	{ "just under 5 % by the bound", NV_I_tcpRetrans, 52, 1000, 60, NAN, false, NV_WARNING,
		LIMIT },
	{ "fewer than the least number", NV_I_tcpRetrans, 7, 20, 60, NAN, false, NV_OK, NOTHING },
	{ "the least number", NV_I_tcpRetrans, 8, 20, 60, NAN, false, NV_CRITICAL, LIMIT },
	{ "all of them", NV_I_tcpRetrans, 8, 8, 60, NAN, false, NV_CRITICAL, LIMIT },
	{ "no traffic", NV_I_tcpRetrans, 0, 0, 60, NAN, false, NV_OK, NOTHING },
	{ "events without traffic", NV_I_tcpRetrans, 20, 0, 60, NAN, false, NV_OK, NOTHING },
	{ "the article's totals are fine", NV_I_tcpRetrans, 249379, 235829612, 86400, NAN, true,
		NV_OK, NOTHING },
	/* shares of repairs and opens need to matter for the traffic as well */
	{ "timeouts that matter", NV_I_tcpTimeouts, 70, 100, 60, 10000, false, NV_CRITICAL, LIMIT },
	{ "pollers of dead hosts", NV_I_tcpTimeouts, 70, 100, 60, 1000000, false, NV_OK, NOTHING },
	{ "at the share", NV_I_tcpTimeouts, 70, 100, 60, 140000, false, NV_CRITICAL, LIMIT },
	{ "share unknown", NV_I_tcpTimeouts, 70, 100, 60, NAN, false, NV_CRITICAL, LIMIT },
	/* counts: per minute, and never less than one minute's worth */
	{ "overflows", NV_I_tcpListenOverflow, 5, NAN, 60, NAN, false, NV_WARNING, LIMIT },
	{ "one fewer", NV_I_tcpListenOverflow, 4, NAN, 60, NAN, false, NV_OK, NOTHING },
	{ "critical", NV_I_tcpListenOverflow, 50, NAN, 60, NAN, false, NV_CRITICAL, LIMIT },
	{ "in five seconds", NV_I_tcpListenOverflow, 5, NAN, 5, NAN, false, NV_WARNING, LIMIT },
	{ "in five seconds, one fewer", NV_I_tcpListenOverflow, 4, NAN, 5, NAN, false, NV_OK,
		NOTHING },
	{ "five in an hour", NV_I_tcpListenOverflow, 5, NAN, 3600, NAN, false, NV_OK, NOTHING },
	{ "300 in an hour", NV_I_tcpListenOverflow, 300, NAN, 3600, NAN, false, NV_WARNING, LIMIT },
	{ "a capture without times", NV_I_tcpListenOverflow, 5, NAN, NAN, NAN, false, NV_WARNING,
		LIMIT },
	{ "one is enough whatever the time: any", NV_I_mbufDenied, 1, NAN, 86400, NAN, false,
		NV_WARNING, LIMIT },
	{ "none of it", NV_I_mbufDenied, 0, NAN, 86400, NAN, false, NV_OK, NOTHING },
	/* levels */
	{ "four sockets", NV_I_tcpCloseWaitUnread, 4, NAN, 60, NAN, false, NV_OK, NOTHING },
	{ "five sockets", NV_I_tcpCloseWaitUnread, 5, NAN, 60, NAN, false, NV_WARNING, LIMIT },
	{ "fifty sockets", NV_I_tcpCloseWaitUnread, 50, NAN, 60, NAN, false, NV_CRITICAL, LIMIT },
	{ "ports, 79 %", NV_I_tcpPortsUsed, 7900, 10000, 60, NAN, false, NV_OK, NOTHING },
	{ "ports, 80 %", NV_I_tcpPortsUsed, 8000, 10000, 60, NAN, false, NV_WARNING, LIMIT },
	{ "ports, 95 %", NV_I_tcpPortsUsed, 9500, 10000, 60, NAN, false, NV_CRITICAL, LIMIT },
	/* unsolicited packets: warning at most, a person is looking; totals say nothing about now
	 */
	{ "scan", NV_I_udpNoPort, 900, 1000, 60, NAN, false, NV_OK, NOTED },
	{ "scans since boot", NV_I_udpNoPort, 900, 1000, 86400, NAN, true, NV_OK, NOTED },
	{ "peers since boot", NV_I_tcpSynRetrans, 900, 1000, 86400, NAN, true, NV_OK, NOTED },
	{ "own faults since boot: where to look", NV_I_tcpRetrans, 700, 10000, 86400, NAN, true,
		NV_WARNING, LIMIT },
	{ "judged only against the usual", NV_I_tcpAppAbort, 900, 1000, 60, NAN, false, NV_OK,
		NOTED },
	{ "told, never judged", NV_I_ipFragNeeded, 900, NAN, 60, NAN, false, NV_OK, NOTED },
	{ "what must last stays warning", NV_I_tcpOutZeroWindow, 900, 1000, 60, NAN, false,
		NV_WARNING, LIMIT },
	{ "what must last, since boot", NV_I_tcpOutZeroWindow, 900, 1000, 86400, NAN, true, NV_OK,
		NOTED },
};

static struct nv_reading reading(
	enum nv_indicator_id id, double num, double den, double seconds, double share)
{
	const struct nv_indicator *ind = &nv_indicators[id];
	struct nv_reading r = { .sign = NAN,
		.num = num,
		.den = den,
		.seconds = seconds,
		.share = share,
		.proof = NAN,
		.with = NAN,
		.present = true };

	if (ind->kind == NV_COUNT)
		r.value = isnan(seconds) ? (double)NAN : num * 60 / seconds;
	else if (ind->den[0].counter)
		r.value = den > 0 ? num / den : (double)NAN;
	else
		r.value = num;
	return r;
}

static void table(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct nv_indicator *ind = &nv_indicators[cases[i].indicator];
		struct nv_limit limit = { .warn = ind->warn, .crit = ind->crit, .min = ind->min };
		struct nv_reading r = reading(cases[i].indicator, cases[i].num, cases[i].den,
			cases[i].seconds, cases[i].share);
		struct nv_verdict v = { .status = NV_CRITICAL };

		nv_judge_once(cases[i].indicator, &r, &limit, cases[i].total, &v);
		if (v.status != cases[i].status || v.reason != cases[i].reason)
			fail_msg("%s: %s, %s; expected %s, %s", cases[i].what,
				nv_status_name(v.status), nv_reason_name(v.reason),
				nv_status_name(cases[i].status), nv_reason_name(cases[i].reason));
	}
}

/* Too few for all that is sent, but one host is behind them. */
static void few_destinations(void **state)
{
	static const double few[] = { NAN, 4, 5 };

	(void)state;
	for (unsigned i = 0; i < COUNT(few); i++) {
		const struct nv_indicator *ind = &nv_indicators[NV_I_tcpSynRetrans];
		struct nv_limit limit = { .warn = ind->warn, .crit = ind->crit, .min = ind->min };
		struct nv_reading r = reading(NV_I_tcpSynRetrans, 30, 50, 60, 1e6);
		struct nv_verdict v = { .status = NV_OK };

		r.few = few[i];
		nv_judge_once(NV_I_tcpSynRetrans, &r, &limit, false, &v);
		assert_int_equal(v.status, few[i] >= 5 ? NV_CRITICAL : NV_OK);
	}
}

static void absent_is_no_opinion(void **state)
{
	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_indicator *ind = &nv_indicators[i];
		struct nv_limit limit = { .warn = ind->warn, .crit = ind->crit, .min = ind->min };
		struct nv_reading r = {
			.num = NAN, .den = NAN, .value = NAN, .share = NAN, .seconds = 60
		};
		struct nv_verdict v = { .status = NV_CRITICAL };

		if (!nv_indicator_exists(i))
			continue;
		nv_judge_once((enum nv_indicator_id)i, &r, &limit, false, &v);
		assert_int_equal(v.status, NV_OK);
		assert_int_equal(v.reason, NV_REASON_NONE);
	}
}

/* The worst imaginable reading of every indicator: the caps hold, and the judged ones do speak. */
static void caps_hold_for_every_indicator(void **state)
{
	unsigned critical = 0;

	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++)
		for (int total = 0; total < 2; total++) {
			const struct nv_indicator *ind = &nv_indicators[i];
			struct nv_limit limit = {
				.warn = ind->warn, .crit = ind->crit, .min = ind->min
			};
			struct nv_reading r = reading((enum nv_indicator_id)i, 1e6, 1e6, 60, 1e6);
			struct nv_verdict v = { .status = NV_OK };

			if (!nv_indicator_exists(i))
				continue;
			r.with = 1;
			nv_judge_once((enum nv_indicator_id)i, &r, &limit, total, &v);
			if (v.status == NV_CRITICAL &&
				(total || ind->origin == NV_UNSOLICITED || ind->sustain_min ||
					isinf(ind->crit)))
				fail_msg("%s is critical", ind->name);
			if ((ind->noted || ind->baseline_only) &&
				(v.status != NV_OK || v.reason != NOTED))
				fail_msg("%s is judged", ind->name);
			if (!total && !ind->noted && !ind->baseline_only && v.status == NV_OK)
				fail_msg("%s says nothing", ind->name);
			critical += v.status == NV_CRITICAL;
		}
	assert_true(critical > 10);
}

/* Evidence from elsewhere: a listener that left, sockets that stand still, opens that fail. */
static void other_evidence(void **state)
{
	static const struct {
		const char *what;
		enum nv_indicator_id indicator;
		double num, den, proof, with;
		enum nv_status status;
		enum nv_reason reason;
	} rows[] = {
		{ "a listener left", NV_I_udpNoPort, 900, 1000, NAN, 1, NV_WARNING, LIMIT },
		{ "no listener left", NV_I_udpNoPort, 900, 1000, NAN, 0, NV_OK, NOTED },
		{ "too few knocks", NV_I_udpNoPort, 4, 5, NAN, 1, NV_OK, NOTHING },
		{ "resets, no listener left", NV_I_tcpOutReset, 900, 1000, NAN, 0, NV_OK, NOTED },
		{ "thin, nothing stands still", NV_I_tcpOutZeroWindow, 5, 3163, 0, NAN, NV_OK,
			NOTHING },
		{ "thin, a socket stands still", NV_I_tcpOutZeroWindow, 5, 3163, 1, NAN, NV_WARNING,
			LIMIT },
		{ "a socket stands still, no zero window", NV_I_tcpOutZeroWindow, 0, 3163, 1, NAN,
			NV_OK, NOTHING },
		{ "two unreachables", NV_I_icmpInUnreachable, 2, 1603, 4, NAN, NV_OK, NOTHING },
		{ "two unreachables, opens fail", NV_I_icmpInUnreachable, 2, 1603, 50, NAN,
			NV_WARNING, LIMIT },
		{ "one unreachable, opens fail", NV_I_icmpInUnreachable, 1, 1603, 50, NAN, NV_OK,
			NOTHING },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct nv_indicator *ind = &nv_indicators[rows[i].indicator];
		struct nv_limit limit = { .warn = ind->warn, .crit = ind->crit, .min = ind->min };
		struct nv_reading r = reading(rows[i].indicator, rows[i].num, rows[i].den, 8, NAN);
		struct nv_verdict v = { .status = NV_CRITICAL };

		r.proof = rows[i].proof;
		r.with = rows[i].with;
		nv_judge_once(rows[i].indicator, &r, &limit, false, &v);
		if (v.status != rows[i].status || v.reason != rows[i].reason)
			fail_msg("%s: %s, %s", rows[i].what, nv_status_name(v.status),
				nv_reason_name(v.reason));
	}
}

static void no_limit_no_verdict(void **state)
{
	static const double none[] = { NAN, INFINITY };

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++) {
		struct nv_limit limit = { .warn = none[i], .crit = none[i], .min = 1 };
		struct nv_reading r = reading(NV_I_tcpRetrans, 900, 1000, 60, NAN);
		struct nv_verdict v = { .status = NV_CRITICAL };

		nv_judge_once(NV_I_tcpRetrans, &r, &limit, false, &v);
		assert_int_equal(v.status, NV_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(few_destinations),
		cmocka_unit_test(absent_is_no_opinion),
		cmocka_unit_test(caps_hold_for_every_indicator),
		cmocka_unit_test(other_evidence),
		cmocka_unit_test(no_limit_no_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
