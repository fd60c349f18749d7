/* SPDX-License-Identifier: MIT */
/* One synthetic host as a series of `counters --csv` rows, with one incident if asked for. */
#include <stdio.h>
#include <stdlib.h>

#include "nv_present.h"
#include "replay.h"

int write_series(uint64_t seed, int days, const char *indicator)
{
	static struct host h;
	static char buf[1 << 16];
	struct host_options options = { .dispersion = 1, .kind = -1 };
	struct incident incident = { 0 };
	struct nv_out out = { buf, sizeof(buf), 0 };

	host_init(&h, seed, &options);
	if (indicator) {
		uint16_t id = (uint16_t)nv_indicator_find(indicator);
		incident.process = id ? process_of(id) : process_count;
		if (incident.process == process_count) {
			fprintf(stderr, "replay: no incident is made of \"%s\"\n", indicator);
			return 1;
		}
		incident.target = 3 * nv_indicators[id].warn;
		incident.end = (int64_t)days * DAY_STEPS - HOUR_STEPS;
		incident.start = incident.end - HOUR_STEPS / 2;
		h.incidents = &incident;
		h.incident_count = 1;
	}
	nv_counters_csv_header(&out);
	fputs(buf, stdout);
	for (int64_t i = 0; i < (int64_t)days * DAY_STEPS; i++) {
		host_step(&h);
		out.used = 0;
		nv_counters_csv_row(&out, &h.snapshot);
		fputs(buf, stdout);
	}
	return ferror(stdout) ? 1 : 0;
}
