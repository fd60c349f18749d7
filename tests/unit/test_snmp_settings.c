/* SPDX-License-Identifier: MIT */
/*
 * Settings made by SNMP: ranges, overlay, and a file that is whole or refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "nv_config.h"
#include "settings.c"

#include <sys/stat.h>

static struct nv_settings settings, loaded;
static struct nv_error err;
static char directory[] = "/tmp/nvsettingsXXXXXX", path[64];

static int set_up(void **state)
{
	(void)state;
	nv_settings_init(&settings);
	unlink(path);
	return 0;
}

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/a.settings", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

static void ranges(void **state)
{
	(void)state;
	assert_true(nv_setting_check(NV_SET_WARN, NV_I_tcpRetrans, 1000000));
	assert_false(nv_setting_check(NV_SET_WARN, NV_I_tcpRetrans, 1000001));
	assert_true(nv_setting_check(NV_SET_CRIT, NV_I_tcpDropRetrans, 1000000000));
	assert_false(nv_setting_check(NV_SET_CRIT, NV_I_tcpDropRetrans, UINT32_MAX));
	assert_false(nv_setting_check(NV_SET_ADMIN, NV_I_tcpRetrans, 5));
	assert_false(nv_setting_check(NV_SET_NOTIFY, NV_I_NONE, 0));
	assert_false(nv_setting_check(NV_SET_SCOPE, NV_I_NONE, 4));
	assert_false(nv_setting_check(NV_SET_NOTHING, NV_I_NONE, 1));
	static const struct {
		enum nv_setting setting;
		uint64_t least, most;
	} rows[] = { { NV_SET_SEVERITY, 2, 4 }, { NV_SET_HOLD, 0, 86400 },
		{ NV_SET_REPEAT, 0, 86400 }, { NV_SET_LOG_MAX, 1, 1000 },
		{ NV_SET_FORGET_ALL, 1, 2 }, { NV_SET_FORGET, 1, 2 }, { NV_SET_BASELINE, 1, 2 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(nv_setting_check(rows[i].setting, NV_I_tcpRetrans, rows[i].least));
		assert_true(nv_setting_check(rows[i].setting, NV_I_tcpRetrans, rows[i].most));
		assert_false(nv_setting_check(rows[i].setting, NV_I_tcpRetrans, rows[i].most + 1));
		assert_false(rows[i].least &&
			nv_setting_check(rows[i].setting, NV_I_tcpRetrans, rows[i].least - 1));
	}
}

static void pairs_are_judged_with_what_is_configured(void **state)
{
	(void)state;
	nv_setting_apply(&settings, NV_SET_WARN, NV_I_tcpRetrans, 60000);
	assert_false(nv_settings_consistent(&settings, NV_I_tcpRetrans, 0.01, 0.05));
	assert_true(nv_settings_consistent(&settings, NV_I_tcpRetrans, 0.01, NAN));
	nv_setting_apply(&settings, NV_SET_CRIT, NV_I_tcpRetrans, 60000);
	assert_true(nv_settings_consistent(&settings, NV_I_tcpRetrans, 0.01, 0.05));
	nv_setting_apply(&settings, NV_SET_WARN, NV_I_tcpRetrans, 0);
	nv_setting_apply(&settings, NV_SET_CRIT, NV_I_tcpRetrans, 9999);
	assert_false(nv_settings_consistent(&settings, NV_I_tcpRetrans, 0.01, 0.05));
}

static void overlay_changes_only_what_was_set(void **state)
{
	struct nv_config config, same;

	(void)state;
	nv_config_init(&config);
	config.limits[NV_I_tcpRetrans].crit = 0.4;
	same = config;
	nv_settings_overlay(&settings, &config);
	assert_memory_equal(&config, &same, sizeof(config));
	nv_setting_apply(&settings, NV_SET_WARN, NV_I_tcpRetrans, 21300);
	nv_setting_apply(&settings, NV_SET_ADMIN, NV_I_tcpTimeouts, NV_ADMIN_DISABLED);
	nv_setting_apply(&settings, NV_SET_NOTIFY, NV_I_NONE, 2);
	nv_settings_overlay(&settings, &config);
	assert_true(fabs(config.limits[NV_I_tcpRetrans].warn - 0.0213) < 1e-12);
	assert_true(fabs(config.limits[NV_I_tcpRetrans].crit - 0.4) < 1e-12);
	assert_true(config.limits[NV_I_tcpTimeouts].disabled);
	assert_false(config.notify);
	nv_setting_apply(&settings, NV_SET_BASELINE, NV_I_tcpRetrans, 2);
	nv_settings_overlay(&settings, &config);
	assert_true(config.limits[NV_I_tcpRetrans].no_baseline);
	nv_setting_apply(&settings, NV_SET_BASELINE, NV_I_tcpRetrans, 1);
	nv_settings_overlay(&settings, &config);
	assert_false(config.limits[NV_I_tcpRetrans].no_baseline);
}

/* How severe and how often: as configured until it is set, and 0 is something that can be set. */
static void what_is_set_comes_before_what_is_configured(void **state)
{
	(void)state;
	assert_int_equal(nv_settings_severity(&settings, NV_CRITICAL), NV_CRITICAL);
	assert_true(nv_settings_hold_s(&settings, 60) == 60);
	nv_setting_apply(&settings, NV_SET_SEVERITY, NV_I_NONE, NV_WARNING);
	nv_setting_apply(&settings, NV_SET_HOLD, NV_I_NONE, 0);
	assert_true(nv_settings_repeat_s(&settings, 60) == 60);
	nv_setting_apply(&settings, NV_SET_REPEAT, NV_I_NONE, 0);
	assert_int_equal(nv_settings_severity(&settings, NV_CRITICAL), NV_WARNING);
	assert_true(nv_settings_hold_s(&settings, 60) == 0);
	assert_int_equal(nv_settings_save(&settings, path, &err), 0);
	assert_int_equal(nv_settings_load(&loaded, path, &err), 1);
	assert_true(nv_settings_hold_s(&loaded, 60) == 0);
	assert_true(nv_settings_repeat_s(&loaded, 60) == 0);
}

/* To forget is done, not kept: each time counts once more, idle changes nothing, the file knows
 * nothing. */
static void forgetting_is_counted(void **state)
{
	(void)state;
	nv_setting_apply(&settings, NV_SET_FORGET, NV_I_tcpRetrans, 2);
	nv_setting_apply(&settings, NV_SET_FORGET, NV_I_tcpRetrans, 2);
	nv_setting_apply(&settings, NV_SET_FORGET, NV_I_tcpRetrans, 1);
	nv_setting_apply(&settings, NV_SET_FORGET_ALL, NV_I_NONE, 2);
	assert_int_equal(settings.forget[NV_I_tcpRetrans], 2);
	assert_int_equal(settings.forget[NV_I_NONE], 1);
	assert_int_equal(nv_settings_save(&settings, path, &err), 0);
	assert_int_equal(nv_settings_load(&loaded, path, &err), 1);
	assert_int_equal(loaded.forget[NV_I_tcpRetrans], 0);
}

static void file_brings_back_what_was_saved(void **state)
{
	(void)state;
	assert_int_equal(nv_settings_load(&loaded, path, &err), 0);
	for (unsigned i = 1; i < NV_I_END; i++) {
		if (!nv_indicators[i].name)
			continue;
		settings.warn[i] = 1.0 / (i + 2);
		settings.crit[i] = 1.0 / (i + 1);
		settings.min[i] = i;
		settings.admin[i] = i % 2 ? NV_ADMIN_DISABLED : NV_ADMIN_ENABLED;
		settings.baseline[i] = (uint8_t)(1 + i % 2);
	}
	settings.notify = 2;
	settings.scope = 3;
	settings.severity = NV_CRITICAL;
	settings.log_rows = 777;
	nv_setting_apply(&settings, NV_SET_HOLD, NV_I_NONE, 3600);
	assert_int_equal(nv_settings_save(&settings, path, &err), 0);
	assert_int_equal(nv_settings_load(&loaded, path, &err), 1);
	assert_memory_equal(&settings, &loaded, sizeof(settings));
}

/* Cut anywhere, or any byte changed: refused as a whole, never half believed. */
static void damaged_file_is_refused(void **state)
{
	char text[512];

	(void)state;
	nv_setting_apply(&settings, NV_SET_WARN, NV_I_tcpRetrans, 20000);
	nv_setting_apply(&settings, NV_SET_NOTIFY, NV_I_NONE, 2);
	assert_int_equal(nv_settings_save(&settings, path, &err), 0);
	FILE *file = fopen(path, "r");
	size_t length = fread(text, 1, sizeof(text), file);
	fclose(file);
	assert_true(length > 40 && length < sizeof(text));
	for (size_t at = 0; at + 1 < length; at++) {
		for (int cut = 0; cut < 2; cut++) {
			file = fopen(path, "w");
			char was = text[at];
			text[at] = (char)(was ^ 5);
			fwrite(text, 1, cut ? at : length, file);
			text[at] = was;
			fclose(file);
			assert_int_equal(nv_settings_load(&loaded, path, &err), -1);
			assert_int_equal(loaded.notify, 0);
			assert_true(isnan(loaded.warn[NV_I_tcpRetrans]));
		}
	}
}

static void failed_save_leaves_the_old_file(void **state)
{
	(void)state;
	nv_setting_apply(&settings, NV_SET_NOTIFY, NV_I_NONE, 2);
	assert_int_equal(nv_settings_save(&settings, path, &err), 0);
	char temporary[80];
	snprintf(temporary, sizeof(temporary), "%s.new", path);
	assert_int_equal(mkdir(temporary, 0700), 0); /* in the way of the new file */
	nv_setting_apply(&settings, NV_SET_NOTIFY, NV_I_NONE, 1);
	assert_int_equal(nv_settings_save(&settings, path, &err), -1);
	assert_non_null(strstr(err.text, temporary));
	rmdir(temporary);
	assert_int_equal(nv_settings_load(&loaded, path, &err), 1);
	assert_int_equal(loaded.notify, 2);
	assert_true(nv_settings_writable(path));
	assert_false(nv_settings_writable("/proc/none/a.settings"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ranges, set_up),
		cmocka_unit_test_setup(pairs_are_judged_with_what_is_configured, set_up),
		cmocka_unit_test_setup(overlay_changes_only_what_was_set, set_up),
		cmocka_unit_test_setup(what_is_set_comes_before_what_is_configured, set_up),
		cmocka_unit_test_setup(forgetting_is_counted, set_up),
		cmocka_unit_test_setup(file_brings_back_what_was_saved, set_up),
		cmocka_unit_test_setup(damaged_file_is_refused, set_up),
		cmocka_unit_test_setup(failed_save_leaves_the_old_file, set_up),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
