/* SPDX-License-Identifier: MIT */
/*
 * The table of what happens on healthy hosts: counter, what it is a share of, usual range, size of
 * bursts. Clumps of eight on average make a variance of 15 times the mean.
 */
#include "host.h"

#define P(counter_, indicator_, base_, low_, high_, public_low, public_high, burst_, scanned_)     \
	{                                                                                          \
#counter_, NV_C_##counter_, indicator_, base_, low_, high_, public_low,            \
			public_high, burst_, scanned_                                              \
	}
#define I(name) NV_I_##name

/* clang-format off */
const struct process_kind process_kinds[] = {
	P(tcpRetransSegs, I(tcpRetrans), SEGS_OUT, 1e-5F, 1e-3F, 5e-4F, 1.5e-2F, 8, false),
	P(tcpRexmtTimeouts, 0, REPAIRED, .01F, .3F, .05F, .3F, 2, false),
	P(tcpSackRecoveries, 0, REPAIRED, .2F, .6F, .2F, .6F, 2, false),
	P(tcpInDsackSegs, 0, REPAIRED, .05F, .3F, .05F, .3F, 2, false),
	P(tcpSynRetrans, I(tcpSynRetrans), OPENS, 1e-4F, .01F, .005F, .06F, 5, true),
	P(tcpInDupPkts, I(tcpInDuplicates), SEGS_IN, 1e-5F, 1e-3F, 1e-4F, 4e-3F, 8, false),
	P(tcpInOutOfOrder, I(tcpInOutOfOrder), SEGS_IN, 1e-4F, .02F, 1e-3F, .06F, 8, false),
	P(tcpReorderSack, I(tcpReordering), DATA_OUT, 1e-6F, 3e-4F, 1e-5F, 2e-3F, 8, false),
	P(icmpInTimeExcds, I(icmpInTimeExceeded), PER_MINUTE, 1e-4F, .03F, .005F, 1, 4, false),
	P(ipReasmTimeout, I(ipReasmTimeout), FRAGMENTS, 1e-5F, 1e-3F, 1e-4F, 3e-3F, 3, false),
	P(ipOutNoRoutes, I(ipNoRoute), PER_MINUTE, 1e-4F, .05F, 1e-4F, .05F, 3, false),
	P(icmpInDestUnreachs, I(icmpInUnreachable), PKT_OUT, 1e-7F, 3e-5F, 1e-5F, 2e-3F, 4, true),
	P(icmpInRedirects, I(icmpInRedirect), PER_MINUTE, 1e-5F, 1e-2F, 1e-5F, 1e-2F, 2, false),
	P(ipInAddrErrors, I(ipNotForUs), PER_MINUTE, 1e-3F, .3F, .05F, 10, 5, true),
	P(ipReversePath, I(ipReversePath), PER_MINUTE, 1e-4F, .1F, .05F, 8, 5, true),
	P(udpNoPorts, I(udpNoPort), UDP_IN, 1e-5F, 5e-3F, .005F, .3F, 8, true),
	P(ipInUnknownProtos, I(ipUnknownProto), PKT_IN, 1e-9F, 1e-7F, 1e-7F, 3e-5F, 3, true),
	P(udpRcvbufErrors, I(udpInOverflow), UDP_IN, 1e-8F, 3e-5F, 1e-8F, 3e-5F, 8, false),
	P(udpSndbufErrors, I(udpOutErrors), PER_MINUTE, 1e-5F, 1e-2F, 1e-5F, 1e-2F, 8, false),
	P(tcpAttemptFails, I(tcpConnectFailed), OPENS_ACTIVE, 1e-3F, .03F, .01F, .18F, 4, false),
	P(tcpEmbryonicRsts, 0, OPENS, 1e-5F, 1e-2F, 1e-3F, .3F, 4, true),
	P(tcpToZeroWindow, I(tcpOutZeroWindow), SEGS_OUT, 1e-7F, 5e-4F, 1e-7F, 5e-4F, 8, false),
	P(tcpOutWindowProbes, I(tcpOutWindowProbe), SEGS_OUT, 1e-8F, 5e-5F, 1e-7F, 2e-4F, 5, false),
	P(tcpEstabResets, I(tcpInReset), OPENS, 1e-3F, .3F, .01F, .3F, 4, false),
	P(tcpAbortOnClose, I(tcpCloseUnread), OPENS, 1e-4F, .3F, 1e-3F, .3F, 4, false),
	P(tcpAbortOnData, I(tcpAppAbort), OPENS, 1e-4F, .3F, 1e-3F, .4F, 4, false),
	P(tcpOutRsts, I(tcpOutReset), SEGS_OUT, 1e-6F, 1e-3F, 1e-4F, 1e-2F, 8, true),
	P(tcpInPawsDrops, I(tcpPaws), PER_MINUTE, 1e-5F, 1e-2F, 1e-2F, 3, 4, false),
	P(tcpChallengeAcks, 0, PER_MINUTE, 1e-5F, 1e-2F, 1e-2F, 5, 4, true),
	P(qdiscDrops, I(qdiscDrops), PER_MINUTE, 1e-4F, .5F, 1e-3F, 2, 8, false),
	P(tcpInCsumErrors, I(tcpInChecksum), SEGS_IN, 1e-11F, 1e-8F, 1e-9F, 1e-6F, 2, false),
	P(udpInCsumErrors, I(udpInChecksum), UDP_IN, 1e-11F, 1e-8F, 1e-9F, 1e-5F, 2, false),
	P(icmpInCsumErrors, 0, PER_MINUTE, 1e-6F, 1e-5F, 1e-6F, 1e-4F, 1, false),
	P(tcpListenOverflows, I(tcpListenOverflow), PER_MINUTE, 1e-6F, 1e-4F, 1e-6F, 1e-4F, 2, false),
	P(tcpPruneCalled, 0, PER_MINUTE, 1e-5F, 5e-3F, 1e-5F, 5e-3F, 3, false),
	P(tcpInAfterWindow, I(tcpInAfterWindow), PER_MINUTE, 1e-5F, 1e-2F, 1e-5F, 3e-2F, 2, false),
	P(tcpConnDropTimeout, 0, PER_MINUTE, 1e-5F, 2e-3F, 1e-4F, 3e-2F, 1, false),
	P(tcpKeepaliveProbes, 0, PER_MINUTE, 1e-2F, 10, 1e-2F, 10, 3, false),
	P(tcpTimeWaitOverflow, I(tcpTimeWaitOverflow), PER_MINUTE, 1e-7F, 1e-5F, 1e-7F, 1e-5F, 2, false),
	P(ipReasmOverlaps, I(ipReasmOverlap), PER_MINUTE, 1e-7F, 1e-5F, 1e-7F, 1e-3F, 2, false),
	P(udpNoPortsBcast, 0, PER_MINUTE, .1F, 60, .1F, 60, 6, false),
	P(conntrackEarlyDrops, I(conntrackFull), PER_MINUTE, 1e-7F, 1e-5F, 1e-7F, 1e-4F, 2, false),
};
/* clang-format on */

const unsigned process_count = sizeof(process_kinds) / sizeof(process_kinds[0]);
_Static_assert(sizeof(process_kinds) / sizeof(process_kinds[0]) <= PROCESSES, "room for processes");

unsigned process_of(uint16_t indicator)
{
	unsigned i = 0;
	while (i < process_count && process_kinds[i].indicator != indicator)
		i++;
	return i;
}
