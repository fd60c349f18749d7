/* SPDX-License-Identifier: MIT */
/* Reports of the nodes of a cluster -> one line a node, and who stands out from the others. */
#include "captures/compare.h"
#include "nv_captures.h"

#include <math.h>

static double median_of(struct nv_comparison *const *list, unsigned count, unsigned id)
{
	double best = NAN;
	unsigned least = count;

	/* the value with as many below as above; few nodes, so the plain way will do */
	for (unsigned i = 0; i < count; i++) {
		double x = list[i]->report.verdicts[id].value;
		unsigned lower = 0, higher = 0, off;

		if (isnan(x))
			continue;
		for (unsigned k = 0; k < count; k++) {
			lower += list[k]->report.verdicts[id].value < x;
			higher += list[k]->report.verdicts[id].value > x;
		}
		off = lower > higher ? lower - higher : higher - lower;
		if (off < least) {
			least = off;
			best = x;
		}
	}
	return best;
}

void nv_comparison_nodes_text(struct nv_out *out, struct nv_comparison *const *list, unsigned count)
{
	nv_put(out, "%-16s %-9s", "node", "status");
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
		nv_put(out, " %c", nv_classes[klass].letter);
	nv_put(out, "  stands out\n");
	for (unsigned i = 0; i < count; i++) {
		const struct nv_report *r = &list[i]->report;
		double worst = 1;
		unsigned which = 0;

		nv_put(out, "%-16s %-9s", list[i]->after->node, nv_status_name(r->status));
		for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
			nv_put(out, " %c",
				"-.!#?"[r->classes[klass].status == NV_OK                 ? 1
						: r->classes[klass].status == NV_WARNING  ? 2
						: r->classes[klass].status == NV_CRITICAL ? 3
											  : 4]);
		for (unsigned id = 1; id < NV_I_END; id++) {
			double usual, times;

			if (!nv_indicator_exists(id) || !(r->verdicts[id].numerator >= 20) ||
				nv_indicators[id].kind != NV_RATIO)
				continue;
			usual = median_of(list, count, id);
			times = r->verdicts[id].value / (usual > 1e-6 ? usual : 1e-6);
			if (times > worst * 1.0001 && times >= 4) {
				worst = times;
				which = id;
			}
		}
		if (which)
			nv_put(out, "  %s, %.0f times the median", r->verdicts[which].text, worst);
		nv_put(out, "\n");
	}
}
