/* SPDX-License-Identifier: MIT */
/*
 * Two tables of interfaces -> the interface with the largest share of what is wrong. Damage that is
 * found above the interface (checksums) is reported with the interface that most packets came by,
 * and with the errors that it counts itself: a cable shows there, a broken router does not.
 */
#include "evidence/shares.h"
#include "text/out.h"
#include "text/clean.h"

#include <stdio.h>
#include <string.h>

enum { AT_MOST = 2 };

#define AT(name) (NV_C_##name - NV_C_ifInPkts)

/* Of each indicator: what counts, of what. */
static const struct {
	uint16_t indicator;
	uint8_t bad, of;
	const char *what;
} rows[] = {
	{ NV_I_ifInErrors, AT(ifInErrs), AT(ifInPkts), "received with errors" },
	{ NV_I_ifInOverruns, AT(ifInOverruns), AT(ifInPkts), "lost in the receive ring" },
	{ NV_I_ifOutErrors, AT(ifOutErrs), AT(ifOutPkts), "not sent, errors" },
	{ NV_I_ifOutDrops, AT(ifOutDrops), AT(ifOutPkts), "not sent, dropped" },
	{ NV_I_ifCollisions, AT(ifCollisions), AT(ifOutPkts), "collided" },
	{ NV_I_tcpInChecksum, AT(ifInPkts), AT(ifInErrs), NULL },
	{ NV_I_udpInChecksum, AT(ifInPkts), AT(ifInErrs), NULL },
	{ NV_I_icmpInChecksum, AT(ifInPkts), AT(ifInErrs), NULL },
	{ NV_I_ipInHeaderErrors, AT(ifInPkts), AT(ifInErrs), NULL },
	{ NV_I_ipInTruncated, AT(ifInPkts), AT(ifInErrs), NULL },
	{ NV_I_softnetDrops, AT(ifInPkts), AT(ifInErrs), NULL },
};

/* The two tables that are compared. */
struct span {
	const struct nv_interface *before;
	unsigned before_count;
	const struct nv_snapshot *now;
};

/* What an interface did; one that is new, or was reset, did nothing that is known. */
static uint64_t grown(const struct span *span, unsigned at, unsigned value)
{
	const struct nv_interface *now = &span->now->interfaces[at];
	const struct nv_interface *was = nv_interface_find(
		span->before, span->before_count, now, at);

	return was && now->value[value] > was->value[value] ? now->value[value] - was->value[value]
							    : 0;
}

/* Its own errors are counted in class status; packets may come by anything but loopback. */
static bool counts(const struct nv_interface *x, const char *what)
{
	return what ? x->feeds : strcmp(x->name, "lo") != 0;
}

static void format_share(
	struct nv_offender *o, const char *what, uint64_t bad, uint64_t of, double share)
{
	struct nv_out text = { o->text, sizeof(o->text), 0 };

	if (what)
		nv_put(&text, "%s: %llu packets %s, %llu well; %.0f %% of all such", o->interface,
			(unsigned long long)bad, what, (unsigned long long)of, 100 * share);
	else if (of)
		nv_put(&text,
			"%.0f %% of the packets came by %s, which itself counts %llu errors in %llu",
			100 * share, o->interface, (unsigned long long)of, (unsigned long long)bad);
	else
		nv_put(&text, "%.0f %% of the packets came by %s, which counts no error itself",
			100 * share, o->interface);
}

/* What is wrong at that interface; 0 where it is not asked about. */
static uint64_t wrong(const struct span *span, unsigned row, unsigned at)
{
	return counts(&span->now->interfaces[at], rows[row].what) ? grown(span, at, rows[row].bad)
								  : 0;
}

/* The interface with most of it; but: less than that, or as much further on. -1: none. */
static int most_of(const struct span *span, unsigned row, int but)
{
	uint64_t limit = but < 0 ? UINT64_MAX : wrong(span, row, (unsigned)but), most = 0;
	int best = -1;

	for (unsigned i = 0; i < span->now->interface_count; i++) {
		uint64_t n = wrong(span, row, i);

		if (n <= most || n > limit || (n == limit && (int)i <= but))
			continue;
		most = n;
		best = (int)i;
	}
	return best;
}

static unsigned add_row(
	const struct span *span, unsigned row, struct nv_offender *out, unsigned room)
{
	uint64_t sum = 0;
	unsigned written = 0;
	int at = -1;

	for (unsigned i = 0; i < span->now->interface_count; i++)
		sum += wrong(span, row, i);
	while (written < room && written < AT_MOST && (at = most_of(span, row, at)) >= 0) {
		uint64_t most = wrong(span, row, (unsigned)at);
		struct nv_offender *o = &out[written];

		if ((double)most < NV_SHARE_MIN * (double)sum)
			break;
		memset(o, 0, sizeof(*o));
		o->indicator = rows[row].indicator;
		o->klass = nv_indicators[o->indicator].klass;
		nv_copy_text(o->interface, sizeof(o->interface),
			nv_as_text(span->now->interfaces[at].name));
		o->count = most;
		format_share(o, rows[row].what, most, grown(span, (unsigned)at, rows[row].of),
			(double)most / (double)sum);
		written++;
	}
	return written;
}

unsigned nv_interface_shares(const bool wanted[NV_I_END], const struct nv_interface *before,
	unsigned before_count, const struct nv_snapshot *now, struct nv_offender *out,
	unsigned room)
{
	const struct span span = { before, before_count, now };
	unsigned written = 0;

	for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++)
		if (wanted[rows[r].indicator])
			written += add_row(&span, r, out + written, room - written);
	return written;
}
