/* SPDX-License-Identifier: MIT */
/*
 * The collectd door: from the daemon's callbacks to the source that delivers values and
 * notifications. `LoadPlugin netvitals` alone is enough. The daemon refuses a plugin for good if
 * its init callback fails, therefore nothing here fails: what cannot be read now is tried again
 * at every interval.
 */
#include "door.h"

#define LOOK TIME_T_TO_CDTIME_T_STATIC(1)

/* The daemon hands no context to its config, init and shutdown callbacks. */
static struct {
	struct door_options options;
	struct door_source *source;
} door;

static int door_config(oconfig_item_t *block)
{
	options_read(&door.options, block);
	return 0;
}

static int door_read(user_data_t *unused)
{
	(void)unused;
	source_read(door.source);
	return 0; /* an error would make the daemon ask less and less often */
}

static int door_look(user_data_t *unused)
{
	(void)unused;
	source_look(door.source);
	return 0;
}

static int door_init(void)
{
	if (door.source)
		return 0;
	options_finish(&door.options);
	door.source = source_new(&door.options);
	if (!door.source)
		return -1;
	captures_init(&door.options);
	/* A notification must not wait for the next read because the evidence for it took a while.
	 */
	if (door.options.interval > LOOK)
		plugin_register_complex_read(NULL, DOOR_NAME "/late", door_look, LOOK, NULL);
	return plugin_register_complex_read(NULL, DOOR_NAME, door_read, 0, NULL);
}

static int door_shutdown(void)
{
	captures_fini();
	source_free(door.source);
	door.source = NULL;
	notices_fini();
	plugin_unregister_complex_config(DOOR_NAME); /* the daemon itself would not free it */
	return 0;
}

__attribute__((visibility("default"))) void module_register(void)
{
	options_init(&door.options);
	plugin_register_complex_config(DOOR_NAME, door_config);
	plugin_register_init(DOOR_NAME, door_init);
	plugin_register_shutdown(DOOR_NAME, door_shutdown);
}
