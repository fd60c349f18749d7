/* SPDX-License-Identifier: MIT */
/*
 * Derived counters: what was measured on real faults, as tables, and what holds for any input.
 * An absent main term makes a derived counter absent, an absent further one counts 0.
 */
#include "judge/stages.h"
#include "support.h"

#define C(name, number)                                                                            \
	{                                                                                          \
		NV_C_##name, (number)                                                              \
	}

struct entry {
	uint16_t id;
	double number;
};

static const struct {
	const char *what;
	struct entry in[12]; /* all others are absent */
	struct entry out[4];
} cases[] = {
	{ "20 silent hosts: every timer was that of a SYN",
		{ C(tcpRexmtTimeouts, 40), C(tcpSynRetrans, 20), C(tcpConnDropTimeout, 20),
			C(tcpAttemptFails, 20) },
		{ C(tcpConnectTimeouts, 20), C(tcpDataTimeouts, 0), C(tcpConnDropRexmit, 0) } },
	{ "refused connections fail without a timer",
		{ C(tcpRexmtTimeouts, 0), C(tcpSynRetrans, 0), C(tcpConnDropTimeout, 0),
			C(tcpAttemptFails, 24) },
		{ C(tcpConnectTimeouts, 0), C(tcpDataTimeouts, 0), C(tcpConnDropRexmit, 0) } },
	{ "3 connections died of data never acknowledged",
		{ C(tcpRexmtTimeouts, 45), C(tcpSynRetrans, 0), C(tcpConnDropTimeout, 3),
			C(tcpAttemptFails, 0) },
		{ C(tcpDataTimeouts, 45), C(tcpConnDropRexmit, 3), C(tcpConnDropPersist, 0),
			C(tcpConnDropKeepalive, 0) } },
	{ "2 died behind a closed window",
		{ C(tcpRexmtTimeouts, 0), C(tcpConnDropTimeout, 2), C(tcpAttemptFails, 0),
			C(tcpOutWindowProbes, 30), C(tcpKeepaliveProbes, 0) },
		{ C(tcpConnDropRexmit, 0), C(tcpConnDropPersist, 2), C(tcpConnDropKeepalive, 0) } },
	{ "4 died of keepalive",
		{ C(tcpRexmtTimeouts, 0), C(tcpConnDropTimeout, 4), C(tcpAttemptFails, 0),
			C(tcpKeepaliveProbes, 36) },
		{ C(tcpConnDropRexmit, 0), C(tcpConnDropPersist, 0), C(tcpConnDropKeepalive, 4) } },
	{ "12 died of keepalive while others lost segments: each timer of data tried again",
		{ C(tcpRexmtTimeouts, 6), C(tcpTimeoutRehash, 6), C(tcpSynRetrans, 0),
			C(tcpRetransSegs, 618), C(tcpConnDropTimeout, 12), C(tcpAttemptFails, 0),
			C(tcpKeepaliveProbes, 24) },
		{ C(tcpConnDropRexmit, 0), C(tcpConnDropKeepalive, 12) } },
	{ "3 died of data never acknowledged: their last timers tried nothing more",
		{ C(tcpRexmtTimeouts, 12), C(tcpTimeoutRehash, 9), C(tcpRetransSegs, 9),
			C(tcpConnDropTimeout, 3), C(tcpAttemptFails, 0) },
		{ C(tcpConnDropRexmit, 3) } },
	{ "strangers send SYNs and never answer",
		{ C(tcpSynRetrans, 66), C(tcpRexmtTimeouts, 66), C(tcpTimeoutRehash, 0),
			C(tcpConnDropTimeout, 0) },
		{ C(tcpSynAckUnasked, 66) } },
	{ "SYN-ACKs do not arrive: clients ask again",
		{ C(tcpSynRetrans, 32), C(tcpRexmtTimeouts, 17), C(tcpTimeoutRehash, 0),
			C(tcpConnDropTimeout, 0) },
		{ C(tcpSynAckUnasked, 17) } },
	{ "20 hosts do not answer, and strangers scan",
		{ C(tcpSynRetrans, 53), C(tcpRexmtTimeouts, 73), C(tcpTimeoutRehash, 20),
			C(tcpConnDropTimeout, 20) },
		{ C(tcpSynAckUnasked, 33) } },
	{ "a kernel without the counter of new hashes",
		{ C(tcpSynRetrans, 32), C(tcpRexmtTimeouts, 17), C(tcpConnDropTimeout, 0) },
		{ C(tcpSynAckUnasked, NAN) } },
	{ "a host that tries no other path after a timeout, so that its SYNs go without a new hash",
		{ C(tcpSynRetrans, 40), C(tcpRexmtTimeouts, 40), C(tcpTimeoutRehash, 0),
			C(tcpConnDropTimeout, 3), C(tcpTxRehash, 0) },
		{ C(tcpSynAckUnasked, NAN) } },
	{ "149 expired: 8 answered, 141 not for the limit of rate",
		{ C(ipInHdrErrors, 149), C(icmpOutTimeExcds, 8), C(icmpOutRateLimitHost, 141),
			C(ipReasmTimeout, 0) },
		{ C(ipExpired, 149), C(ipInDamaged, 0) } },
	{ "damage is what is beyond the expired",
		{ C(ipInHdrErrors, 159), C(icmpOutTimeExcds, 8), C(icmpOutRateLimitHost, 141) },
		{ C(ipInDamaged, 10) } },
	{ "the checksum counter is proof", { C(ipInHdrErrors, 0), C(ipInCsumErrors, 12) },
		{ C(ipInDamaged, 12) } },
	{ "limits of rate without a time exceeded are other messages'",
		{ C(ipInHdrErrors, 9), C(icmpOutTimeExcds, 0), C(icmpOutRateLimitHost, 141) },
		{ C(ipExpired, 0), C(ipInDamaged, 9) } },
	{ "fragments that time out answer time exceeded as well",
		{ C(icmpOutTimeExcds, 8), C(icmpOutRateLimitHost, 2), C(ipReasmTimeout, 10) },
		{ C(ipExpired, 0) } },
	{ "3 % of the segments overtook each other",
		{ C(tcpReorderSack, 30), C(tcpReorderTs, 12), C(tcpReorderReno, 0),
			C(tcpInDsackSegs, 4), C(tcpLossProbes, 4), C(tcpRetransSegs, 40) },
		{ C(tcpReordered, 30) } },
	{ "late, not lost: 549 of 557 were not needed",
		{ C(tcpReorderSack, 20), C(tcpInDsackSegs, 549), C(tcpLossProbes, 9),
			C(tcpRetransSegs, 557) },
		{ C(tcpReordered, 525) } },
	{ "a second and a half of silence: what timers and probes repeated was late, nothing overtook anything",
		{ C(tcpReorderSack, 0), C(tcpInDsackSegs, 90), C(tcpLossProbes, 30),
			C(tcpRexmtTimeouts, 60), C(tcpRetransSegs, 90) },
		{ C(tcpReordered, 0) } },
	{ "3 % lost and 3 % late at once: each late one was taken for lost, and little is known of them",
		{ C(tcpReorderSack, 37), C(tcpReorderTs, 70), C(tcpInDsackSegs, 392),
			C(tcpLossProbes, 18), C(tcpRexmtTimeouts, 6), C(tcpRetransSegs, 951) },
		{ C(tcpReordered, 70) } },
	{ "3 % lost and 4 % doubled: of the repeated ones as well",
		{ C(tcpReorderSack, 0), C(tcpInDsackSegs, 24), C(tcpLossProbes, 14),
			C(tcpRexmtTimeouts, 6), C(tcpSlowStartRetrans, 1), C(tcpRetransSegs, 519) },
		{ C(tcpReordered, 0) } },
	{ "most retransmissions were needed: DSACKs say nothing",
		{ C(tcpReorderSack, 0), C(tcpInDsackSegs, 5), C(tcpLossProbes, 0),
			C(tcpRetransSegs, 22) },
		{ C(tcpReordered, 0) } },
	{ "GRO: 128936 packets stand for 4059334 on the wire",
		{ C(ipInReceives, 128936), C(ipInNoECTPkts, 4059330), C(ipInECT0Pkts, 3),
			C(ipInCEPkts, 1), C(ip6InReceives, 10), C(ip6InNoECTPkts, 20) },
		{ C(ipInWirePkts, 4059354) } },
	{ "no codepoint counters: the packets themselves",
		{ C(ipInReceives, 500), C(ip6InReceives, 70) }, { C(ipInWirePkts, 570) } },
	{ "no IPv6", { C(ipInReceives, 500) }, { C(ipInWirePkts, 500) } },
	{ "to its own closed port: one cause counted four times",
		{ C(icmpInDestUnreachs, 4102), C(icmpOutDestUnreachs, 4098), C(udpNoPorts, 4102) },
		{ C(icmpInUnreachsOthers, 4) } },
	{ "a scan from outside beside an unreachable destination",
		{ C(icmpInDestUnreachs, 50), C(icmpOutDestUnreachs, 900), C(udpNoPorts, 900) },
		{ C(icmpInUnreachsOthers, 50) } },
	{ "a server that does not accept fills both queues",
		{ C(tcpReqQFullDoCookies, 0), C(tcpReqQFullDrop, 40), C(tcpListenDrops, 300),
			C(tcpListenOverflows, 200) },
		{ C(tcpSynQueueDrops, 0) } },
	{ "five that it does not accept fill both queues as well",
		{ C(tcpReqQFullDoCookies, 0), C(tcpReqQFullDrop, 40), C(tcpListenDrops, 5),
			C(tcpListenOverflows, 5) },
		{ C(tcpSynQueueDrops, 0) } },
	{ "four are passing, and the queue of half-open connections is the finding",
		{ C(tcpReqQFullDoCookies, 0), C(tcpReqQFullDrop, 40), C(tcpListenDrops, 4),
			C(tcpListenOverflows, 4) },
		{ C(tcpSynQueueDrops, 40) } },
	{ "a flood of SYNs",
		{ C(tcpReqQFullDoCookies, 400), C(tcpReqQFullDrop, 0), C(tcpListenDrops, 0),
			C(tcpListenOverflows, 0) },
		{ C(tcpSynQueueDrops, 400) } },
	{ "half-open connections that no answer reaches: their clients are behind nobody's address",
		{ C(tcpReqQFullDoCookies, 0), C(tcpReqQFullDrop, 0), C(tcpListenDrops, 15),
			C(tcpListenOverflows, 0), C(icmpInDestUnreachs, 47), C(icmpInErrors, 32) },
		{ C(tcpSynQueueDrops, 0) } },
	{ "a flood without cookies, in whose name others answer",
		{ C(tcpReqQFullDoCookies, 0), C(tcpReqQFullDrop, 0), C(tcpListenDrops, 900),
			C(tcpListenOverflows, 0), C(icmpInDestUnreachs, 50), C(icmpInErrors, 30) },
		{ C(tcpSynQueueDrops, 880) } },
	{ "own aborts",
		{ C(tcpAbortOnData, 1), C(tcpAbortOnClose, 2), C(tcpConnDropTimeout, 4),
			C(tcpAbortOnMemory, 8), C(tcpAbortOnLinger, 16) },
		{ C(tcpOwnAborts, 31) } },
	{ "memory of TCP: under 80 % of the pressure limit",
		{ C(tcpMemoryPressures, 0), C(tcpMemPages, 79), C(tcpMemPressurePages, 100) },
		{ C(tcpMemoryShort, 0) } },
	{ "memory of TCP: 80 %",
		{ C(tcpMemoryPressures, 2), C(tcpRcvQDrop, 3), C(tcpMemPages, 80),
			C(tcpMemPressurePages, 100) },
		{ C(tcpMemoryShort, 6) } },
	{ "IPv6 that leads nowhere is nobody's fault",
		{ C(ipOutNoRoutes, 1), C(ip6OutNoRoutes, 70), C(ip6Usable, 0) },
		{ C(ipOutNoRoutesAll, 1) } },
	{ "IPv6 in use", { C(ipOutNoRoutes, 1), C(ip6OutNoRoutes, 70), C(ip6Usable, 1) },
		{ C(ipOutNoRoutesAll, 71) } },
	{ "SYNs from where no route leads",
		{ C(ipOutNoRoutes, 41), C(tcpListenDrops, 60), C(tcpListenOverflows, 20) },
		{ C(ipOutNoRoutesAll, 1), C(tcpSynQueueDrops, NAN) } },
	{ "the same are no full queue",
		{ C(tcpReqQFullDoCookies, 0), C(ipOutNoRoutes, 41), C(tcpListenDrops, 60),
			C(tcpListenOverflows, 0) },
		{ C(tcpSynQueueDrops, 19) } },
	{ "IPv6 use unknown", { C(ipOutNoRoutes, 1), C(ip6OutNoRoutes, 70) },
		{ C(ipOutNoRoutesAll, 1) } },
	{ "main terms absent: absent",
		{ C(tcpSynRetrans, 5), C(tcpAttemptFails, 5), C(ip6OutNoRoutes, 7),
			C(tcpAbortOnClose, 2) },
		{ C(tcpDataTimeouts, NAN), C(ipOutNoRoutesAll, NAN), C(tcpOwnAborts, NAN),
			C(tcpConnDropRexmit, NAN) } },
	{ "what a system counts itself is not derived",
		{ C(tcpConnDropRexmit, 212), C(tcpRexmtTimeouts, 3), C(tcpConnDropTimeout, 1) },
		{ C(tcpConnDropRexmit, 212) } },
};

static void measured_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nv_delta sums;
		double vector[NV_C_END];

		nv_delta_clear(&sums);
		for (size_t k = 0; k < COUNT(cases[i].in) && cases[i].in[k].id; k++) {
			sums.count[cases[i].in[k].id] = (uint64_t)cases[i].in[k].number;
			sums.valid[cases[i].in[k].id] = 1;
		}
		nv_derive(&sums, vector);
		for (size_t k = 0; k < COUNT(cases[i].out) && cases[i].out[k].id; k++) {
			double got = vector[cases[i].out[k].id], wanted = cases[i].out[k].number;

			if (isnan(got) != isnan(wanted) || (!isnan(got) && got != wanted))
				fail_msg("%s: %s is %g, expected %g", cases[i].what,
					nv_counters[cases[i].out[k].id].name, got, wanted);
		}
	}
}

static uint64_t random_state = 88172645463325252u;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Any counters, any of them absent: never negative, never infinite, and read counters pass as they
 * are. */
static void never_negative(void **state)
{
	unsigned present = 0, absent = 0;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct nv_delta sums;
		double vector[NV_C_END];

		nv_delta_clear(&sums);
		for (unsigned id = 1; id < NV_C_END; id++)
			if (nv_counter_exists(id) && nv_counters[id].kind != NV_DERIVED &&
				next_random() % 8) {
				sums.valid[id] = 1;
				sums.count[id] = next_random() >> (next_random() % 64);
			}
		nv_derive(&sums, vector);
		for (unsigned id = 1; id < NV_C_END; id++) {
			if (vector[id] < 0 || isinf(vector[id]))
				fail_msg("%s is %g", nv_counters[id].name, vector[id]);
			if (nv_counter_exists(id) && nv_counters[id].kind == NV_DERIVED) {
				present += isnan(vector[id]) ? 0 : 1;
				absent += isnan(vector[id]) ? 1 : 0;
			} else if (sums.valid[id]) {
				assert_true(vector[id] == (double)sums.count[id]);
			} else {
				assert_true(isnan(vector[id]));
			}
		}
	}
	assert_true(present > 0 && absent > 0);
}

static double derived_of(const struct nv_delta *sums, unsigned id)
{
	double vector[NV_C_END];

	nv_derive(sums, vector);
	return vector[id];
}

static bool same(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

/*
 * Few events and many: what decides shows with both. Derived counters are always given, so that
 * they are not derived of others.
 */
static void change(struct nv_delta *sums, unsigned id)
{
	sums->valid[id] = nv_counters[id].kind == NV_DERIVED || next_random() % 8 != 0;
	sums->count[id] = sums->valid[id] && next_random() % 2
		? next_random() % (next_random() % 4 ? 12 : 1000)
		: 0;
}

/* The catalog says what a derived counter is computed from: of nothing else, and of all of it. */
static void inputs_are_declared(void **state)
{
	(void)state;
	for (size_t d = 0; d < nv_derived_count; d++) {
		const struct nv_derived *derived = &nv_derived[d];
		bool declared[NV_C_END] = { false }, matters[NV_INPUTS_MAX] = { false };

		for (unsigned i = 0; derived->of[i].counter; i++)
			declared[derived->of[i].counter] = true;
		for (int round = 0; round < 3000; round++) {
			struct nv_delta sums, other;
			double was;

			nv_delta_clear(&sums);
			for (unsigned id = 1; id < NV_C_END; id++)
				if (nv_counter_exists(id) && id != derived->counter)
					change(&sums, id);
			was = derived_of(&sums, derived->counter);
			other = sums;
			for (unsigned id = 1; id < NV_C_END; id++)
				if (nv_counter_exists(id) && id != derived->counter &&
					!declared[id])
					change(&other, id);
			if (!same(derived_of(&other, derived->counter), was))
				fail_msg("%s has an input that is not declared",
					nv_counters[derived->counter].name);
			for (unsigned i = 0; derived->of[i].counter; i++) {
				other = sums;
				change(&other, derived->of[i].counter);
				matters[i] |= !same(derived_of(&other, derived->counter), was);
			}
		}
		for (unsigned i = 0; derived->of[i].counter; i++)
			if (!matters[i])
				fail_msg("%s: %s does not matter",
					nv_counters[derived->counter].name,
					nv_counters[derived->of[i].counter].name);
	}
}

/* Every derived counter has a formula: with everything counted, none is absent; with nothing, all
 * are. */
static void every_derived_counter_is_derived(void **state)
{
	struct nv_delta sums;
	double vector[NV_C_END];

	(void)state;
	nv_delta_clear(&sums);
	nv_derive(&sums, vector);
	for (unsigned id = 1; id < NV_C_END; id++)
		assert_true(isnan(vector[id]));
	for (unsigned id = 1; id < NV_C_END; id++)
		sums.valid[id] = nv_counter_exists(id) && nv_counters[id].kind != NV_DERIVED;
	sums.count[NV_C_tcpTxRehash] = 1; /* a switch, not a count: on */
	nv_derive(&sums, vector);
	for (unsigned id = 1; id < NV_C_END; id++)
		if (nv_counter_exists(id) && isnan(vector[id]))
			fail_msg("%s is never derived", nv_counters[id].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(measured_faults),
		cmocka_unit_test(never_negative),
		cmocka_unit_test(inputs_are_declared),
		cmocka_unit_test(every_derived_counter_is_derived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
