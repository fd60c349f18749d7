/* SPDX-License-Identifier: MIT */
/*
 * Mutes and acknowledgements -> reasons of verdicts: what a person has silenced is reported, and
 * affects no status. They are read again every ten seconds; those of the configuration need no
 * file.
 */
#include "engine/engine.h"

#include <string.h>

/* An acknowledgement holds for what stood when it was first seen, and no worse. */
static bool ack_holds(struct nv_history *h, const struct nv_mute *mute, enum nv_status status)
{
	if (h->ack_over_s == mute->made_s)
		return false;
	if (h->ack_s != mute->made_s) {
		h->ack_s = mute->made_s;
		h->acked = status;
	}
	if (nv_is_raised(status) && status <= h->acked)
		return true;
	h->ack_over_s = mute->made_s;
	return false;
}

static bool is_meant(const struct nv_mute *mute, unsigned i)
{
	return strcmp(mute->name, nv_indicators[i].name) == 0 ||
		strcmp(mute->name, nv_classes[nv_indicators[i].klass].name) == 0;
}

/* Those of the configuration, which need no memory on disk. */
static void apply_configured(struct nv_engine *e)
{
	for (unsigned i = 1; i < NV_I_END; i++) {
		struct nv_verdict *v = &e->report.verdicts[i];

		if (!nv_is_raised(v->status))
			continue;
		v->mute = 0;
		if (e->config.limits[i].muted_until_s > e->report.time_s)
			v->reason = NV_REASON_MUTED;
	}
}

void nv_apply_mutes(struct nv_engine *e)
{
	struct nv_error err = { 0 };
	int n;

	apply_configured(e);
	/* A look of a person heeds what the front ends keep; a daemon without memory has none. */
	if (e->config.mode == NV_DAEMON ? !e->state_path[0] : !e->config.state_dir[0])
		return;
	if (e->report.time_s >= e->mutes_read_s + 10 || e->report.time_s < e->mutes_read_s) {
		e->mutes_read_s = e->report.time_s;
		n = nv_mutes_read(
			e->config.mutes_dir[0] ? e->config.mutes_dir : e->config.state_dir,
			e->config.mutes_from, e->report.time_s, e->mutes, NV_MUTES, &err);
		if (n < 0 && !e->mutes_failing)
			nv_notice(e, &err); /* once, until it works again */
		e->mutes_failing = n < 0;
		e->mute_count = n < 0 ? 0 : (unsigned)n;
	}
	e->report.mutes = e->mutes;
	for (unsigned k = 0; k < e->mute_count; k++)
		for (unsigned i = 1; i < NV_I_END; i++) {
			struct nv_verdict *v = &e->report.verdicts[i];
			const struct nv_mute *mute = &e->mutes[k];

			if (!nv_indicator_exists(i) || !is_meant(mute, i))
				continue;
			/* Whether it got worse since it was acknowledged, only a daemon remembers.
			 */
			if (mute->acknowledged && e->config.mode == NV_DAEMON &&
				ack_holds(&e->indicators[i], mute, v->status))
				v->reason = NV_REASON_ACKNOWLEDGED;
			else if (!mute->acknowledged && nv_is_raised(v->status) &&
				mute->until_s > e->report.time_s)
				v->reason = NV_REASON_MUTED;
			else
				continue;
			v->mute = (uint16_t)(k + 1);
		}
}
