/* SPDX-License-Identifier: MIT */
/*
 * The collectd front end: from the daemon's callbacks to the source that delivers values and
 * notifications. `LoadPlugin netvitals` alone is enough. The daemon refuses a plugin for good if
 * its init callback fails, therefore nothing here fails: what cannot be read now is tried again
 * at every interval.
 */
#include "frontend.h"

#define LOOK TIME_T_TO_CDTIME_T_STATIC(1)

/* The daemon hands no context to its config, init and shutdown callbacks. */
static struct {
	struct frontend_options options;
	struct frontend_source *source;
} front_end;

static int frontend_config(oconfig_item_t *block)
{
	options_read(&front_end.options, block);
	return 0;
}

static int frontend_read(user_data_t *unused)
{
	(void)unused;
	source_read(front_end.source);
	return 0; /* an error would make the daemon ask less and less often */
}

static int frontend_look(user_data_t *unused)
{
	(void)unused;
	source_look(front_end.source);
	return 0;
}

static int frontend_init(void)
{
	if (front_end.source)
		return 0;
	options_finish(&front_end.options);
	front_end.source = source_new(&front_end.options);
	if (!front_end.source)
		return -1;
	captures_init(&front_end.options);
	/* A notification must not wait for the next read because the evidence for it took a while.
	 */
	if (front_end.options.interval > LOOK)
		plugin_register_complex_read(
			NULL, FRONTEND_NAME "/late", frontend_look, LOOK, NULL);
	return plugin_register_complex_read(NULL, FRONTEND_NAME, frontend_read, 0, NULL);
}

static int frontend_shutdown(void)
{
	captures_fini();
	source_free(front_end.source);
	front_end.source = NULL;
	notices_fini();
	plugin_unregister_complex_config(FRONTEND_NAME); /* the daemon itself would not free it */
	return 0;
}

__attribute__((visibility("default"))) void module_register(void)
{
	options_init(&front_end.options);
	plugin_register_complex_config(FRONTEND_NAME, frontend_config);
	plugin_register_init(FRONTEND_NAME, frontend_init);
	plugin_register_shutdown(FRONTEND_NAME, frontend_shutdown);
}
