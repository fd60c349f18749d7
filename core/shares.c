/* SPDX-License-Identifier: MIT */
/*
 * Two tables of interfaces -> the interface with the largest share of what is wrong. Damage that is
 * found above the interface (checksums) is told with the interface that most packets came by, and
 * with the errors that it counts itself: a cable shows there, a broken router does not.
 */
#include "stages.h"

#include <stdio.h>
#include <string.h>

#define SHARE_MIN 0.2 /* below that an interface is not worth a line */

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
	{ NV_I_ifCollisions, AT(ifCollisions), AT(ifOutPkts), "collisions" },
	{ NV_I_tcpInChecksum, AT(ifInPkts), AT(ifInErrs), NULL },
	{ NV_I_udpInChecksum, AT(ifInPkts), AT(ifInErrs), NULL },
	{ NV_I_icmpInChecksum, AT(ifInPkts), AT(ifInErrs), NULL },
	{ NV_I_ipInHeaderErrors, AT(ifInPkts), AT(ifInErrs), NULL },
	{ NV_I_ipInTruncated, AT(ifInPkts), AT(ifInErrs), NULL },
	{ NV_I_softnetDrops, AT(ifInPkts), AT(ifInErrs), NULL },
};

static const struct nv_interface *before_of(
	const struct nv_interface *now, const struct nv_interface *before, unsigned count, unsigned hint)
{
	for (unsigned i = 0; i < count; i++) {
		const struct nv_interface *x = &before[(hint + i) % count];

		if (x->index == now->index && strcmp(x->name, now->name) == 0)
			return x;
	}
	return NULL;
}

/* What an interface did; one that is new, or was reset, did nothing that is known. */
static uint64_t grown(const struct nv_interface *now, const struct nv_interface *was, unsigned value)
{
	return was && now->value[value] > was->value[value] ? now->value[value] - was->value[value] : 0;
}

/* Its own errors feed a class; packets may come by anything but loopback. */
static bool counts(const struct nv_interface *x, const char *what)
{
	return what ? x->feeds : strcmp(x->name, "lo") != 0;
}

static void say(struct nv_offender *o, const char *what, uint64_t bad, uint64_t of, double share)
{
	struct nv_out text = { o->text, sizeof(o->text), 0 };

	if (what)
		nv_put(&text, "%s: %llu of %llu packets %s, %.0f %% of all such", o->interface,
			(unsigned long long)bad, (unsigned long long)of, what, 100 * share);
	else
		nv_put(&text, "%.0f %% of the packets came by %s, which itself counts %llu errors in %llu", 100 * share,
			o->interface, (unsigned long long)of, (unsigned long long)bad);
}

unsigned nv_interface_shares(const bool wanted[NV_I_END], const struct nv_interface *before,
	unsigned before_count, const struct nv_snapshot *now, struct nv_offender *out, unsigned room)
{
	unsigned written = 0;

	for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		uint64_t sum = 0, limit = UINT64_MAX;
		unsigned last = 0;

		if (!wanted[rows[r].indicator])
			continue;
		for (unsigned i = 0; i < now->interface_count; i++)
			if (counts(&now->interfaces[i], rows[r].what))
				sum += grown(&now->interfaces[i],
					before_of(&now->interfaces[i], before, before_count, i), rows[r].bad);
		for (unsigned rank = 0; sum && rank < AT_MOST && written < room; rank++) {
			const struct nv_interface *best = NULL;
			struct nv_offender *o = &out[written];
			uint64_t most = 0;
			unsigned at = 0;

			/* Fewer than the one before, or as many further on. */
			for (unsigned i = 0; i < now->interface_count; i++) {
				const struct nv_interface *x = &now->interfaces[i];
				uint64_t n = counts(x, rows[r].what) ?
					grown(x, before_of(x, before, before_count, i), rows[r].bad) : 0;

				if (n > most && (n < limit || (n == limit && i > last))) {
					best = x;
					most = n;
					at = i;
				}
			}
			if (!best || (double)most < SHARE_MIN * (double)sum)
				break;
			limit = most;
			last = at;
			memset(o, 0, sizeof(*o));
			o->indicator = rows[r].indicator;
			o->class = nv_indicators[o->indicator].class;
			snprintf(o->interface, sizeof(o->interface), "%s", best->name);
			o->count = most;
			say(o, rows[r].what, most,
				grown(best, before_of(best, before, before_count, at), rows[r].of),
				(double)most / (double)sum);
			written++;
		}
	}
	return written;
}
