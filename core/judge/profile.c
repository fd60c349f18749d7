/* SPDX-License-Identifier: MIT */
/* Profile and configuration -> limits, the same for a daemon, a report and two captures. */
#include "judge/profile.h"

#include <math.h>

const struct nv_tuning nv_tunings[NV_PROFILE_LENIENT + 1] = {
	[NV_PROFILE_DEFAULT] = {
		.limits = 1, .z = 1, .increase = 2.5F, .scan = 42, .level = 9,
		.mean_spread = 3, .peak_spread = 3, .factor = 0.4F,
		.own_floor = 0.5F, .count_floor = 0.4F, .peer_floor = 0.8F,
		.habit = 2.5F, .quick_floor = 0.5F, .first_days = { 3, 8, 8 }, .high = true,
	},
	[NV_PROFILE_STRICT] = {
		.limits = 0.5, .z = 1, .increase = 1.8F, .scan = 30, .level = 9,
		.mean_spread = 2, .peak_spread = 2, .factor = 0.35F,
		.own_floor = 0.3F, .count_floor = 0.3F, .peer_floor = 0.6F,
		.habit = 2, .quick_floor = 0.3F, .first_days = { 2, 4, 5 }, .high = false,
	},
	[NV_PROFILE_LENIENT] = {
		.limits = 2, .z = 1.3F, .increase = 3, .scan = 48, .level = 9,
		.mean_spread = 5, .peak_spread = 4, .factor = 0.5F,
		.own_floor = 0.6F, .count_floor = 0.5F, .peer_floor = 0.9F,
		.habit = 3, .quick_floor = 0.5F, .first_days = { 4, 8, 8 }, .high = true,
	},
};

struct nv_limit nv_configured_limit(const struct nv_config *config, unsigned id)
{
	const struct nv_indicator *ind = &nv_indicators[id];
	const struct nv_limits *own = &config->limits[id];
	double scale = ind->any ? 1 : nv_tunings[config->profile].limits;
	struct nv_limit limit = { .profile = config->profile };

	limit.warn = isnan(own->warn) ? ind->warn * scale : own->warn;
	limit.crit = isnan(own->crit) ? ind->crit * scale : own->crit;
	limit.min = isnan(own->min) ? ind->min : own->min;
	/* The one that was configured holds; the other never contradicts it. */
	if (limit.crit < limit.warn && isnan(own->crit))
		limit.crit = limit.warn;
	else if (limit.crit < limit.warn)
		limit.warn = limit.crit;
	return limit;
}
