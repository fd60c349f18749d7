/* SPDX-License-Identifier: MIT */
/*
 * From a recorded series to what the engine says after each step, in the daemon's units: the
 * reference of test_collectd_values.py. One line a step: identifier=value for every class and
 * indicator, values as collectd prints them (%.15g).
 *
 *     test_collectd_engine STEPS OPTION VALUE [OPTION VALUE ...]
 */
#include "engine/engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void print_step(const struct nv_report *report)
{
	for (unsigned klass = 1; klass < NV_CLASS_END; klass++)
		printf("netvitals-%s/gauge-status=%d ", nv_classes[klass].name,
			(int)report->classes[klass].status);
	for (unsigned i = 1; i < NV_I_END; i++) {
		const struct nv_indicator *indicator = &nv_indicators[i];
		double value = report->verdicts[i].value;

		if (!nv_indicator_exists(i))
			continue;
		if (indicator->kind == NV_RATIO)
			value = value > 1 ? 100 : value * 100;
		printf("netvitals-%s/%s-%s=", nv_classes[indicator->klass].name,
			indicator->kind == NV_RATIO ? "percent" : "gauge", indicator->name);
		if (isnan(value) || report->stale)
			printf("nan ");
		else
			printf("%.15g ", value);
	}
	printf("\n");
}

int main(int argc, char **argv)
{
	struct nv_config config;
	struct nv_error error = { 0 };
	struct nv_engine *engine;

	if (argc < 2)
		return 2;
	nv_config_init(&config);
	for (int i = 2; i + 1 < argc; i += 2) {
		if (nv_config_set(&config, NULL, argv[i], argv[i + 1], &error) != NV_CONFIG_SET) {
			fprintf(stderr, "%s\n", error.text);
			return 2;
		}
	}
	engine = nv_engine_new(&config, &error);
	if (!engine) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	for (int step = atoi(argv[1]); step > 0; step--) {
		if (nv_engine_poll(engine, &error) < 0)
			fprintf(stderr, "%s\n", error.text);
		print_step(nv_engine_report(engine));
	}
	nv_engine_free(engine);
	return 0;
}
