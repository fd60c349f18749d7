/* SPDX-License-Identifier: MIT */
/*
 * Formulas of the catalog on vectors of counters, and the lower bound of a fraction against a
 * binomial sum that shares no line with it.
 */
#include "judge/stages.h"
#include "support.h"

#define C(name, number)                                                                            \
	{                                                                                          \
		NV_C_##name, (number)                                                              \
	}

static void vector_of(double vector[NV_C_END], double everywhere)
{
	for (unsigned id = 0; id < NV_C_END; id++)
		vector[id] = everywhere;
}

/* ---- the formulas that were measured
 * ---------------------------------------------------------------- */

static const struct {
	const char *what;
	enum nv_indicator_id indicator;
	struct {
		uint16_t id;
		double number;
	} in[8]; /* all others are absent */
	double numerator, denominator, value;
} cases[] = {
	{ "the article's host: 249379 of 235829612, 0.105 %", NV_I_tcpRetrans,
		{ C(tcpRetransSegs, 249379), C(tcpOutSegs, 235580233) }, 249379, 235829612,
		0.00105746 },
	{ "5 % loss: 1414 of 28193", NV_I_tcpRetrans,
		{ C(tcpRetransSegs, 1414), C(tcpOutSegs, 26779), C(tcpSynRetrans, 0) }, 1414, 28193,
		0.0501543 },
	{ "22 sent again, 5 of them not needed", NV_I_tcpRetrans,
		{ C(tcpRetransSegs, 22), C(tcpInDsackSegs, 5), C(tcpOutSegs, 322) }, 17, 344,
		0.0494186 },
	{ "a stopped reader loses nothing", NV_I_tcpRetrans,
		{ C(tcpRetransSegs, 8), C(tcpInDsackSegs, 8), C(tcpOutSegs, 564) }, 0, 572, 0 },
	{ "late is not lost", NV_I_tcpRetrans,
		{ C(tcpRetransSegs, 557), C(tcpInDsackSegs, 549), C(tcpOutSegs, 50000) }, 8, 50557,
		0.000158237 },
	{ "SYNs are no data", NV_I_tcpRetrans,
		{ C(tcpRetransSegs, 20), C(tcpSynRetrans, 20), C(tcpOutSegs, 60) }, 0, 60, 0 },
	{ "more taken away than there is: 0, never below", NV_I_tcpRetrans,
		{ C(tcpRetransSegs, 5), C(tcpInDsackSegs, 9), C(tcpOutSegs, 100) }, 0, 105, 0 },
	{ "30 % of SYNs lost", NV_I_tcpSynRetrans,
		{ C(tcpSynRetrans, 45), C(tcpActiveOpens, 50), C(tcpPassiveOpens, 50) }, 45, 145,
		0.310345 },
	{ "strangers never answer", NV_I_tcpSynRetrans,
		{ C(tcpSynRetrans, 66), C(tcpSynAckUnasked, 66), C(tcpActiveOpens, 0),
			C(tcpPassiveOpens, 5) },
		0, 5, 0 },
	{ "datagrams are counted when they are read", NV_I_udpInOverflow,
		{ C(udpInDatagrams, 0), C(udpInErrors, 500), C(udpRcvbufErrors, 500),
			C(udpNoPorts, 0) },
		500, 500, 1 },
	{ "no segment, no opinion", NV_I_tcpInChecksum, { C(tcpInCsumErrors, 0), C(tcpInSegs, 0) },
		0, 0, NAN },
	{ "805 of 805 found", NV_I_tcpInChecksum, { C(tcpInCsumErrors, 805), C(tcpInSegs, 26656) },
		805, 26656, 0.0301996 },
	{ "a count is per minute", NV_I_tcpListenOverflow, { C(tcpListenOverflows, 212) }, 212, NAN,
		424 },
	{ "a level is what it is", NV_I_tcpCloseWaitUnread, { C(tcpCloseWaitUnread, 12) }, 12, NAN,
		12 },
	{ "a level of something is a share of it", NV_I_tcpPortsUsed,
		{ C(tcpPortsToOne, 14116), C(localPorts, 28232) }, 14116, 28232, 0.5 },
};

static void seed_figures(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nv_reading r;
		double vector[NV_C_END];

		vector_of(vector, NAN);
		for (size_t k = 0; k < COUNT(cases[i].in) && cases[i].in[k].id; k++)
			vector[cases[i].in[k].id] = cases[i].in[k].number;
		nv_read(cases[i].indicator, vector, 30, &r);
		if (!r.present)
			fail_msg("%s: absent", cases[i].what);
		assert_near(r.num, cases[i].numerator, 0);
		if (isnan(cases[i].denominator))
			assert_nan(r.den);
		else
			assert_near(r.den, cases[i].denominator, 0);
		if (isnan(cases[i].value))
			assert_nan(r.value);
		else
			assert_near(r.value, cases[i].value, 1e-5 * cases[i].value + 1e-12);
		assert_near(r.seconds, 30, 0);
	}
}

/* ---- what holds for every indicator
 * ------------------------------------------------------------------- */

static void absent_main_term(void **state)
{
	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_indicator *ind = &nv_indicators[i];
		double vector[NV_C_END];
		struct nv_reading r;

		if (!nv_indicator_exists(i))
			continue;
		vector_of(vector, 10);
		vector[ind->num[0].counter] = NAN;
		nv_read((enum nv_indicator_id)i, vector, 60, &r);
		if (r.present || !isnan(r.value))
			fail_msg("%s without %s", ind->name, nv_counters[ind->num[0].counter].name);
		if (!ind->den[0].counter)
			continue;
		vector_of(vector, 10);
		vector[ind->den[0].counter] = NAN;
		nv_read((enum nv_indicator_id)i, vector, 60, &r);
		if (r.present || !isnan(r.value))
			fail_msg("%s without %s", ind->name, nv_counters[ind->den[0].counter].name);
	}
}

static void absent_further_terms_count_nothing(void **state)
{
	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++)
		for (unsigned k = 1; nv_indicator_exists(i) && k < NV_TERMS_MAX; k++) {
			const struct nv_indicator *ind = &nv_indicators[i];
			double zero[NV_C_END], absent[NV_C_END];
			struct nv_reading with_zero, without;
			unsigned term = ind->num[k].counter;

			if (!term || term == ind->num[0].counter || term == ind->den[0].counter)
				continue;
			vector_of(zero, 10);
			vector_of(absent, 10);
			zero[ind->num[0].counter] = absent[ind->num[0].counter] = 1000;
			zero[term] = 0;
			absent[term] = NAN;
			nv_read((enum nv_indicator_id)i, zero, 60, &with_zero);
			nv_read((enum nv_indicator_id)i, absent, 60, &without);
			assert_true(without.present);
			assert_near(without.num, with_zero.num, 0);
			if (ind->den[0].counter)
				assert_near(without.den, with_zero.den, 0);
		}
}

static void never_below_zero(void **state)
{
	(void)state;
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_indicator *ind = &nv_indicators[i];
		double vector[NV_C_END];
		struct nv_reading r;

		if (!nv_indicator_exists(i))
			continue;
		vector_of(vector, 3);
		for (unsigned k = 0; k < NV_TERMS_MAX && ind->num[k].counter; k++)
			if (ind->num[k].sign < 0)
				vector[ind->num[k].counter] = 1e6;
		nv_read((enum nv_indicator_id)i, vector, 60, &r);
		assert_true(r.present);
		assert_true(r.num >= 0);
		assert_true(isnan(r.den) || r.den >= 0);
		assert_true(isnan(r.value) || r.value >= 0);
	}
}

/* ---- the lower bound
 * ------------------------------------------------------------------------------------- */

/* P(X >= k) of n throws that hit with p, as the sum of its terms. */
static double chance_of_at_least(unsigned k, unsigned n, double p)
{
	double below = 0;

	for (unsigned x = 0; x < k; x++) {
		double log_term = (n - x) * log1p(-p) + x * log(p);

		for (unsigned i = 1; i <= x; i++)
			log_term += log((double)(n - x + i) / i);
		below += exp(log_term);
	}
	return 1 - below;
}

static void bound_is_exact(void **state)
{
	static const struct {
		unsigned k, n;
	} pairs[] = { { 1, 2 }, { 1, 100 }, { 5, 100 }, { 8, 200 }, { 3, 3000 }, { 50, 100 },
		{ 99, 100 }, { 20, 1000 }, { 200, 2000 } };

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		double bound = nv_lower_bound(pairs[i].k, pairs[i].n);

		assert_true(bound > 0 && bound < (double)pairs[i].k / pairs[i].n);
		assert_near(chance_of_at_least(pairs[i].k, pairs[i].n, bound), 0.025, 1e-7);
	}
	assert_near(
		nv_lower_bound(1, 100), 1 - pow(0.975, 0.01), 1e-10); /* 0.000253 in closed form */
	assert_near(nv_lower_bound(1, 100), 0.000253146, 1e-9);
	assert_near(nv_lower_bound(5, 100), 0.0164319, 1e-6);
}

static void bound_at_its_edges(void **state)
{
	(void)state;
	assert_near(nv_lower_bound(0, 100), 0, 0);
	assert_near(nv_lower_bound(0, 0), 0, 0);
	assert_near(nv_lower_bound(5, 0), 0, 0);
	assert_near(nv_lower_bound(NAN, 10), 0, 0);
	assert_near(nv_lower_bound(1, 1), 0.025, 1e-12);
	assert_near(nv_lower_bound(100, 100), pow(0.025, 0.01), 1e-12);
	assert_near(
		nv_lower_bound(120, 100), pow(0.025, 0.01), 1e-12); /* more events than traffic */
}

static void bound_of_large_numbers(void **state)
{
	double k = 249379, n = 235829612;
	double p = k / n;

	(void)state;
	/* the normal approximation is good here */
	assert_near(nv_lower_bound(k, n), p - 1.959964 * sqrt(p * (1 - p) / n), 1e-4 * p);
	assert_true(nv_lower_bound(1e15, 1e18) > 0.99e-3 && nv_lower_bound(1e15, 1e18) <= 1e-3);
	assert_true(nv_lower_bound(1, 1e15) > 0);
}

static void bound_is_monotonic(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 4000; n = n * 3 / 2 + 1)
		for (unsigned k = 1; k <= n; k = k * 4 / 3 + 1) {
			double bound = nv_lower_bound(k, n);

			assert_true(bound > nv_lower_bound(k - 1, n));
			assert_true(bound > nv_lower_bound(k, n + 1));
			/* the same share of more traffic is surer */
			if (k < n)
				assert_true(nv_lower_bound(10 * k, 10 * n) > bound);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seed_figures),
		cmocka_unit_test(absent_main_term),
		cmocka_unit_test(absent_further_terms_count_nothing),
		cmocka_unit_test(never_below_zero),
		cmocka_unit_test(bound_is_exact),
		cmocka_unit_test(bound_at_its_edges),
		cmocka_unit_test(bound_of_large_numbers),
		cmocka_unit_test(bound_is_monotonic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
