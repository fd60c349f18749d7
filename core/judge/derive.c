/* SPDX-License-Identifier: MIT */
/*
 * Window sums -> vector of doubles, derived counters included.
 *
 * A derived counter is a pure function of window sums, clamped at 0. An absent main term makes it
 * absent (NAN); an absent further term counts 0. What a system counts itself is not derived.
 */
#include "judge/stages.h"

#include <math.h>

/* The little algebra of absent values: the first argument is the main one. */
static double or_zero(double x)
{
	return isnan(x) ? 0 : x;
}

static double plus(double main, double more)
{
	return main + or_zero(more);
}

static double less(double main, double part)
{
	double left = main - or_zero(part);

	return left < 0 ? 0 : left;
}

static double smaller(double main, double bound)
{
	return isnan(main) ? main : main < or_zero(bound) ? main : or_zero(bound);
}

static double larger(double main, double other)
{
	return isnan(main) ? main : main > or_zero(other) ? main : or_zero(other);
}

#define C(name) c[NV_C_##name]

/* GRO merges packets before IP counts them; the codepoint counters still count each one. */
static double derive_ipInWirePkts(const double *c)
{
	double v4 = plus(
		plus(plus(C(ipInNoECTPkts), C(ipInECT1Pkts)), C(ipInECT0Pkts)), C(ipInCEPkts));
	double v6 = plus(
		plus(plus(C(ip6InNoECTPkts), C(ip6InECT1Pkts)), C(ip6InECT0Pkts)), C(ip6InCEPkts));

	return plus(isnan(v4) ? C(ipInReceives) : v4, isnan(v6) ? C(ip6InReceives) : v6);
}

/* BSD family: by octets, because an empty keepalive probe is a duplicate too. */
static bool counts_octets(const double *c)
{
	return !isnan(C(tcpInDupBytes)) && !isnan(C(tcpInInorderBytes));
}

static double derive_tcpInTwice(const double *c)
{
	return counts_octets(c)
		? C(tcpInDupBytes)
		: less(plus(C(tcpInDupPkts), C(tcpDsackOfoSent)), C(tcpToZeroWindow));
}

static double derive_tcpInTwiceOf(const double *c)
{
	return counts_octets(c) ? C(tcpInInorderBytes) + C(tcpInDupBytes) : C(ipInWirePkts);
}

/* A refused connection fails without a timer, a timer that ends a connection leaves no failed
 * attempt. */
static double derive_tcpConnectTimeouts(const double *c)
{
	return smaller(C(tcpAttemptFails), C(tcpConnDropTimeout));
}

/*
 * The kernel counts the timers of SYNs and SYN-ACKs, and the last one that gives up, in the same
 * counter. A timer of data sends data again, or gives up: there are no more of them than of those.
 */
static double derive_tcpDataTimeouts(const double *c)
{
	double timers = less(less(C(tcpRexmtTimeouts), C(tcpSynRetrans)), C(tcpConnectTimeouts));
	double repeats = plus(less(C(tcpRetransSegs), C(tcpSynRetrans)), C(tcpConnDropTimeout));

	return isnan(repeats) ? timers : smaller(timers, repeats);
}

static double timeouts_unexplained(const double *c)
{
	return less(C(tcpConnDropTimeout), C(tcpConnectTimeouts));
}

/*
 * Timers after which nothing was tried again: those that gave up, and all of SYN-ACKs. Unknown
 * (NAN) on older kernels and where the kernel is configured to try no other path: what follows a
 * timeout is not counted there.
 */
static double timers_without_sequel(const double *c)
{
	if (isnan(C(tcpTimeoutRehash)) || C(tcpTxRehash) == 0)
		return (double)NAN;
	return less(C(tcpRexmtTimeouts), C(tcpTimeoutRehash));
}

static double derive_tcpConnDropRexmit(const double *c)
{
	double last = timers_without_sequel(c),
	       most = smaller(timeouts_unexplained(c), C(tcpDataTimeouts));

	return isnan(last) ? most : smaller(most, last);
}

/*
 * Whoever sends a SYN and never answers makes this host repeat its SYN-ACK by a timer. A client
 * that did not get it sends its SYN again, and what that calls for needs no timer.
 */
static double derive_tcpSynAckUnasked(const double *c)
{
	return smaller(less(timers_without_sequel(c), C(tcpConnDropTimeout)), C(tcpSynRetrans));
}

/* Neither retransmission nor connect: then probes distinguish persist and keepalive. */
static double derive_tcpConnDropPersist(const double *c)
{
	double rest = less(timeouts_unexplained(c), C(tcpConnDropRexmit));

	return or_zero(C(tcpOutWindowProbes)) > 0 && !(or_zero(C(tcpKeepaliveProbes)) > 0)
		? rest
		: rest * 0;
}

static double derive_tcpConnDropKeepalive(const double *c)
{
	double rest = less(timeouts_unexplained(c), C(tcpConnDropRexmit));

	return or_zero(C(tcpKeepaliveProbes)) > 0 ? rest : rest * 0;
}

static double derive_tcpOwnAborts(const double *c)
{
	return plus(plus(plus(plus(C(tcpAbortOnData), C(tcpAbortOnClose)), C(tcpConnDropTimeout)),
			    C(tcpAbortOnMemory)),
		C(tcpAbortOnLinger));
}

/*
 * The sender learns of reordering in several ways; the largest is nearest. DSACKs with neither a
 * probe nor a timer behind them mean late, not lost, as far as they are more than three quarters of
 * the retransmissions: a healthy host has its share of them.
 */
static double derive_tcpReordered(const double *c)
{
	double found = larger(larger(C(tcpReorderSack), C(tcpReorderTs)), C(tcpReorderReno));
	double hasty = plus(plus(C(tcpLossProbes), C(tcpRexmtTimeouts)), C(tcpSlowStartRetrans));
	double late = less(C(tcpInDsackSegs), hasty);
	double beyond = less(4 * C(tcpInDsackSegs), 3 * C(tcpRetransSegs));

	return beyond > 0 ? larger(found, smaller(late, beyond)) : found;
}

static double derive_ipExpired(const double *c)
{
	double v4 = C(icmpOutTimeExcds) > 0
		? less(plus(plus(C(icmpOutTimeExcds), C(icmpOutRateLimitHost)),
			       C(icmpOutRateLimitGlobal)),
			  C(ipReasmTimeout))
		: C(icmpOutTimeExcds);
	double v6 = C(icmp6OutTimeExcds) > 0
		? less(plus(C(icmp6OutTimeExcds), C(icmp6OutRateLimitHost)), C(ip6ReasmTimeout))
		: C(icmp6OutTimeExcds);

	return plus(v4, v6);
}

/* InHdrErrors also counts expired packets of forwarding: what was answered, or not for the limit.
 */
static double derive_ipInDamaged(const double *c)
{
	double v4 = less(C(ipInHdrErrors),
		C(icmpOutTimeExcds) > 0 ? plus(plus(C(icmpOutTimeExcds), C(icmpOutRateLimitHost)),
						  C(icmpOutRateLimitGlobal))
					: 0);
	double v6 = less(C(ip6InHdrErrors),
		C(icmp6OutTimeExcds) > 0 ? plus(C(icmp6OutTimeExcds), C(icmp6OutRateLimitHost))
					 : 0);

	return plus(larger(v4, C(ipInCsumErrors)), v6);
}

/* Unreachables that quote no socket of this host answer what others sent in its name: errors as
 * well. */
static double unreachables_met(const double *c)
{
	double strange = plus(less(C(icmpInErrors), C(icmpInCsumErrors)),
		less(C(icmp6InErrors), C(icmp6InCsumErrors)));

	return less(plus(C(icmpInDestUnreachs), C(icmp6InDestUnreachs)), strange);
}

/*
 * What others say about packets of this host. Taken away is what is no fault:
 * - a host that is no router sends unreachables only for closed ports, or to itself: for a
 * neighbour that is not there, for a packet too big; those it receives again;
 * - one that sends to its own closed port receives exactly as many as it sends;
 * - where no datagram was sent, no open failed and no timer ran out, nobody was hurt: a router has
 *   said "fragmentation needed", and path MTU discovery works.
 */
static double derive_icmpInUnreachsOthers(const double *c)
{
	double in = unreachables_met(c);
	double out = plus(C(icmpOutDestUnreachs), C(icmp6OutDestUnreachs));
	double forwarded = plus(C(ipForwDatagrams), C(ip6OutForwDatagrams));

	if (plus(C(udpOutDatagrams), C(udp6OutDatagrams)) + C(tcpAttemptFails) +
			C(tcpRexmtTimeouts) ==
		0)
		return in * 0;
	if (fabs(in - out) <= floor(0.02 * or_zero(in)))
		return less(in, out);
	return forwarded > 0 ? in : less(in, less(out, plus(C(udpNoPorts), C(udp6NoPorts))));
}

/* What a listener dropped while its accept queue had room. */
static double listener_drops(const double *c)
{
	return less(C(tcpListenDrops), C(tcpListenOverflows));
}

/*
 * A server that does not accept fills both queues; then the accept queue is the finding. A
 * half-open connection that an unreachable ends is a drop of the listener too: nothing was full.
 * The five is held by test_derive.
 */
static double derive_tcpSynQueueDrops(const double *c)
{
	double full = plus(C(tcpReqQFullDoCookies), C(tcpReqQFullDrop));

	if (C(tcpListenOverflows) >= 5)
		return full * 0;
	return larger(full, less(less(listener_drops(c), unreachables_met(c)), C(ipOutNoRoutes)));
}

static double derive_tcpMemoryShort(const double *c)
{
	double events = plus(C(tcpMemoryPressures), C(tcpRcvQDrop));

	if (C(tcpMemPressurePages) > 0 && C(tcpMemPages) >= 0.8 * C(tcpMemPressurePages))
		events = plus(events, 1);
	return events;
}

/*
 * A host without IPv6 beyond its own network tries it all the same, and means nothing by it. A SYN
 * from where no route leads, which anybody can send, is a drop of the listener as well.
 */
static double derive_ipOutNoRoutesAll(const double *c)
{
	return less(plus(C(ipOutNoRoutes), C(ip6Usable) > 0 ? C(ip6OutNoRoutes) : 0),
		listener_drops(c));
}

static double derive_tcpOwnTimers(const double *c)
{
	return C(tcpTxRehash) == 0 ? (double)NAN : C(tcpTimeoutRehash);
}

static double derive_ipReassembled(const double *c)
{
	return plus(C(ipReasmOKs), C(ip6ReasmOKs));
}

static double derive_tcpOutWindowUpdates(const double *c)
{
	return C(tcpFromZeroWindow);
}

/* In the order of their dependence on each other. */
static void derive_all(const uint8_t valid[NV_C_END], double out[NV_C_END])
{
#define DERIVE(name)                                                                               \
	if (!valid[NV_C_##name])                                                                   \
	out[NV_C_##name] = derive_##name(out)
	DERIVE(ipInWirePkts);
	DERIVE(tcpInTwice);
	DERIVE(tcpInTwiceOf);
	DERIVE(tcpConnectTimeouts);
	DERIVE(tcpDataTimeouts);
	DERIVE(tcpConnDropRexmit);
	DERIVE(tcpConnDropPersist);
	DERIVE(tcpConnDropKeepalive);
	DERIVE(tcpOwnAborts);
	DERIVE(tcpReordered);
	DERIVE(ipExpired);
	DERIVE(ipInDamaged);
	DERIVE(icmpInUnreachsOthers);
	DERIVE(tcpSynQueueDrops);
	DERIVE(tcpSynAckUnasked);
	DERIVE(tcpMemoryShort);
	DERIVE(ipOutNoRoutesAll);
	DERIVE(ipReassembled);
	DERIVE(tcpOwnTimers);
	DERIVE(tcpOutWindowUpdates);
#undef DERIVE
}

void nv_derive(const struct nv_delta *sums, double out[NV_C_END])
{
	for (unsigned id = 0; id < NV_C_END; id++)
		out[id] = sums->valid[id] ? (double)sums->count[id] : (double)NAN;
	derive_all(sums->valid, out);
}
