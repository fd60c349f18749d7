/* SPDX-License-Identifier: MIT */
/* The product's own engine on a synthetic host: which indicators stand raised, since when. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netvitals.h"
#include "replay.h"

void watch_init(struct watch *w, enum nv_profile profile)
{
	struct nv_config config;
	struct nv_error err;

	memset(w, 0, sizeof(*w));
	nv_config_init(&config);
	config.profile = profile;
	config.fed = true; /* this machine has nothing to do with it */
	w->engine = nv_engine_new(&config, &err);
	if (!w->engine) {
		fprintf(stderr, "replay: %s\n", err.text);
		exit(1);
	}
}

static bool bad(enum nv_status status)
{
	return status == NV_WARNING || status == NV_CRITICAL;
}

void watch_step(struct watch *w, const struct host *h)
{
	struct nv_event events[16];
	unsigned n;

	nv_engine_feed(w->engine, &h->snapshot);
	while ((n = nv_engine_events(w->engine, w->after, events, 16)) > 0) {
		for (unsigned i = 0; i < n; i++) {
			const struct nv_event *event = &events[i];
			bool raise = bad(event->now) && !bad(event->before);

			w->after = event->number;
			if (event->kind == NV_EVENT_CLASS) {
				w->classes += raise;
				continue;
			}
			unsigned id = event->indicator;
			w->indicators += raise;
			w->criticals += event->now == NV_CRITICAL && event->before != NV_CRITICAL;
			w->raises[id] += raise;
			w->clears[id] += bad(event->before) && !bad(event->now);
			if (raise)
				w->raised_step[id] = h->step;
			w->raised[id] = bad(event->now);
		}
	}
}

void watch_fini(struct watch *w)
{
	nv_engine_free(w->engine);
}
