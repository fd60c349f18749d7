/* SPDX-License-Identifier: MIT */
/* Whether a change of status is notified now, later or not. */
#include "netvitals.h"

enum nv_due nv_due(enum nv_status least, double hold_s, enum nv_status reported, double since_s,
	enum nv_status before, enum nv_status now)
{
	/* Who was notified of trouble is notified how it goes on, however mild that is. */
	bool knows = reported ? nv_severity(reported) > 0
			      : nv_severity(before) >= nv_severity(least);

	if (nv_severity(now) < nv_severity(least) && !knows)
		return NV_DUE_NOT;
	return since_s >= 0 && since_s < hold_s ? NV_DUE_LATER : NV_DUE_NOW;
}
