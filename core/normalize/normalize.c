/* SPDX-License-Identifier: MIT */
/*
 * What happened, as one system counts it -> as the catalog means it.
 *
 * BSD's packets sent contain retransmissions, Solaris has one count for all errors of TCP, systems
 * other than Linux do not count packets as on the wire. What a system prints itself always wins.
 */
#include "normalize/normalize.h"

#include <math.h>

const struct nv_equation nv_equations[] = {
#define MAIN(id)                                                                                   \
	{                                                                                          \
		NV_C_##id, 1, true                                                                 \
	}
#define WITH(id)                                                                                   \
	{                                                                                          \
		NV_C_##id, 1, false                                                                \
	}
#define TAKE(id)                                                                                   \
	{                                                                                          \
		NV_C_##id, -1, false                                                               \
	}
#define EQUATION(id, ...) { NV_C_##id, { __VA_ARGS__ } },
#include "catalog/equations.def"
#undef EQUATION
#undef MAIN
#undef WITH
#undef TAKE
};
const size_t nv_equation_count = sizeof(nv_equations) / sizeof(nv_equations[0]);

/* Octets of 32 bits wrap long before packets do: after so many packets they say nothing. */
#define PACKETS_UNTIL_OCTETS_WRAP                                                                  \
	40000000u /* held by test_normalize: octets_wrap_before_packets                            \
		   */

/* A sum of what is present; which of its terms it chiefly is, 0: none of the main ones is there. */
static uint16_t solve(const struct nv_equation *e, const uint64_t value[NV_C_END],
	const uint8_t present[NV_C_END], uint64_t *sum)
{
	uint64_t plus = 0, minus = 0;
	uint16_t chief = NV_C_NONE;

	for (unsigned k = 0; k < NV_EQUATION_TERMS && e->term[k].counter; k++) {
		uint16_t id = e->term[k].counter;

		if (!present[id])
			continue;
		if (e->term[k].main && !chief)
			chief = id;
		*(e->term[k].sign < 0 ? &minus : &plus) += value[id];
	}
	*sum = plus > minus ? plus - minus : 0;
	return chief;
}

static void put(struct nv_delta *d, unsigned id, uint64_t count)
{
	d->count[id] = count;
	d->valid[id] = 1;
}

static void equate(struct nv_delta *d)
{
	for (size_t i = 0; i < nv_equation_count; i++) {
		uint64_t sum;

		if (!d->valid[nv_equations[i].to] &&
			solve(&nv_equations[i], d->count, d->valid, &sum))
			put(d, nv_equations[i].to, sum);
	}
}

static void take_from(struct nv_delta *d, unsigned id, unsigned from)
{
	if (d->valid[from])
		put(d, id, d->count[from]);
}

static void normalize_foreign(struct nv_delta *d)
{
	bool headers = !d->valid[NV_C_ipInHdrErrors];

	equate(d);
	/* Solaris has one count for all errors of TCP. */
	if (!d->valid[NV_C_tcpInCsumErrors])
		take_from(d, NV_C_tcpInCsumErrors, NV_C_tcpInErrs);
	/* Expired packets are not among these kinds of damage. */
	if (headers)
		take_from(d, NV_C_ipInDamaged, NV_C_ipInHdrErrors);
	/* Shares of what TCP received, as Davids 1997 and Dell PowerScale have them. */
	take_from(d, NV_C_ipInWirePkts, NV_C_tcpInSegs);
}

void nv_normalize(enum nv_platform platform, struct nv_delta *d)
{
	if (platform != NV_PLATFORM_LINUX)
		normalize_foreign(d);
	else if (!d->valid[NV_C_ipInReceives] && !d->valid[NV_C_ipInNoECTPkts])
		take_from(d, NV_C_ipInWirePkts, NV_C_tcpInSegs);
	/* Errors of the checksum are among all errors: no errors, none of those. */
	if (!d->valid[NV_C_tcpInCsumErrors] && d->valid[NV_C_tcpInErrs] &&
		d->count[NV_C_tcpInErrs] == 0)
		put(d, NV_C_tcpInCsumErrors, 0);
}

void nv_normalize_total(const struct nv_snapshot *s, struct nv_delta *d)
{
	nv_normalize(s->platform, d);
	if (s->width_bits == 32 && d->valid[NV_C_tcpInInorderSegs] &&
		d->count[NV_C_tcpInInorderSegs] > PACKETS_UNTIL_OCTETS_WRAP)
		d->valid[NV_C_tcpInDupBytes] = d->valid[NV_C_tcpInInorderBytes] = 0;
}

void nv_normalize_interface(enum nv_platform platform, double vector[NV_C_END])
{
	if (platform != NV_PLATFORM_LINUX && isnan(vector[NV_C_ifInOverruns]))
		vector[NV_C_ifInOverruns] = vector[NV_C_ifInDrops];
}

/* ---- totals ------------------------------------------------------------------------------ */

void nv_equate_totals(struct nv_snapshot *s, uint16_t from[NV_C_END])
{
	for (size_t i = 0; i < nv_equation_count; i++) {
		uint16_t to = nv_equations[i].to, chief;
		uint64_t sum;

		if (s->present[to])
			continue;
		chief = solve(&nv_equations[i], s->value, s->present, &sum);
		if (!chief)
			continue;
		s->value[to] = sum;
		s->present[to] = NV_FOLLOWS;
		from[to] = chief;
	}
}

/* A part that is larger than its whole says that the whole has wrapped. */
static const struct {
	uint16_t part, whole;
} wholes[] = {
#define OF(part, whole)                                                                            \
	{                                                                                          \
		NV_C_##part, NV_C_##whole                                                          \
	}
	OF(tcpOutDataSegs, tcpOutPkts),
	OF(tcpRetransDataSegs, tcpOutPkts),
	OF(tcpOutAckOnly, tcpOutPkts),
	OF(tcpOutWindowUpdates, tcpOutPkts),
	OF(tcpOutControl, tcpOutPkts),
	OF(tcpRetransSegs, tcpOutPkts),
	OF(tcpInAcks, tcpInSegs),
	OF(tcpInDupAcks, tcpInSegs),
	OF(tcpInInorderSegs, tcpInSegs),
	OF(tcpInDupPkts, tcpInSegs),
	OF(tcpInOutOfOrder, tcpInSegs),
	OF(tcpInWindowUpdates, tcpInSegs),
	OF(tcpInInorderSegs, tcpInInorderBytes),
	OF(tcpInDupPkts, tcpInDupBytes),
	OF(tcpOutDataSegs, tcpOutDataBytes),
	OF(udpInDatagrams, udpInDatagramsAll),
	OF(udpNoPorts, udpInDatagramsAll),
	OF(ipReasmReqds, ipInReceives),
	OF(ipReasmOKs, ipReasmReqds),
	OF(ipFragOKs, ipFragCreates),
	OF(icmpInDestUnreachs, icmpInMsgs),
#undef OF
};

/* What follows from others is below zero if one of them has wrapped, and as wrong as they are. */
static bool follows_from_wrapped(
	const struct nv_snapshot *s, const struct nv_equation *e, const uint8_t wrapped[NV_C_END])
{
	uint64_t plus = 0, minus = 0;

	for (unsigned k = 0; k < NV_EQUATION_TERMS && e->term[k].counter; k++) {
		uint16_t id = e->term[k].counter;

		if (!s->present[id])
			continue;
		if (wrapped[id])
			return true;
		*(e->term[k].sign < 0 ? &minus : &plus) += s->value[id];
	}
	return minus > plus;
}

void nv_find_wrapped(const struct nv_snapshot *s, uint8_t wrapped[NV_C_END])
{
	for (size_t i = 0; s->width_bits == 32 && i < sizeof(wholes) / sizeof(wholes[0]); i++) {
		uint16_t part = wholes[i].part, whole = wholes[i].whole;

		if (s->present[part] == NV_COUNTED && s->present[whole] &&
			s->value[part] > s->value[whole] && s->value[part] > UINT32_MAX / 16)
			wrapped[whole] = 1;
	}
	for (size_t i = 0; i < nv_equation_count; i++)
		if (s->present[nv_equations[i].to] == NV_FOLLOWS &&
			follows_from_wrapped(s, &nv_equations[i], wrapped))
			wrapped[nv_equations[i].to] = 1;
}

/* What a derived counter of a share is chiefly read from. */
static uint16_t read_from(uint16_t counter)
{
	switch (counter) {
	case NV_C_ipInWirePkts:
	case NV_C_tcpInTwiceOf:
		return NV_C_tcpInSegs;
	case NV_C_tcpInTwice:
		return NV_C_tcpInDupPkts;
	default:
		return counter;
	}
}

bool nv_share_is_wrapped(
	const struct nv_snapshot *s, const uint8_t wrapped[NV_C_END], unsigned indicator)
{
	const struct nv_indicator *ind = &nv_indicators[indicator];
	bool wide = false, any = false;
	double narrow = 0;

	if (ind->kind != NV_RATIO)
		return false;
	for (unsigned k = 0; k < NV_TERMS_MAX && ind->den[k].counter; k++) {
		uint16_t den = read_from(ind->den[k].counter);

		any = any || wrapped[den];
		if (den == NV_C_tcpOutSegs)
			any = any || wrapped[NV_C_tcpOutPkts];
		wide = wide || (s->present[den] && s->value[den] > UINT32_MAX);
	}
	for (unsigned k = 0; k < NV_TERMS_MAX && ind->num[k].counter; k++) {
		uint16_t num = read_from(ind->num[k].counter);

		any = any || wrapped[num];
		if (s->present[num])
			narrow += (double)s->value[num];
	}
	if (!(narrow > 0))
		return false; /* none is none, whatever the whole is */
	/* Solaris counts segments with 64 bits and retransmissions with 32. */
	return any || (wide && s->width_bits == 32 && narrow <= UINT32_MAX);
}
