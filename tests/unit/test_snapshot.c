/* SPDX-License-Identifier: MIT */
/* Memory of snapshots: growth, long names, copies that share nothing, clearing that forgets values.
 */
#include "support.h"

static void clear_forgets_values_and_keeps_memory(void **state)
{
	struct nv_snapshot s;
	struct nv_interface *kept;

	(void)state;
	host_init(&s);
	kept = s.interfaces;
	nv_snapshot_clear(&s);
	assert_int_equal(s.present[NV_C_tcpInSegs], 0);
	assert_int_equal(s.value[NV_C_tcpInSegs], 0);
	assert_int_equal(s.interface_count, 0);
	assert_ptr_equal(s.interfaces, kept);
	assert_int_equal(s.width_bits, 64);
	assert_int_equal(s.hour_of_week, -1);
	assert_false(s.initial_netns);
	nv_snapshot_fini(&s);
	assert_null(s.interfaces);
	nv_snapshot_fini(&s); /* twice does no harm */
}

static void interfaces_grow_and_stay(void **state)
{
	struct nv_snapshot s = { .interfaces = NULL };
	char name[16];

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "veth%u", i);
		struct nv_interface *x = nv_snapshot_interface(&s, text_of(name));

		assert_non_null(x);
		assert_int_equal(x->present, 0);
		assert_int_equal(x->value[NV_IF_VALUES - 1], 0);
		x->value[NV_IF_VALUES - 1] = i + 1;
	}
	assert_int_equal(s.interface_count, 300);
	for (unsigned i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "veth%u", i);
		assert_string_equal(s.interfaces[i].name, name);
		assert_int_equal(s.interfaces[i].value[NV_IF_VALUES - 1], i + 1);
	}
	nv_snapshot_fini(&s);
}

static void long_names_are_cut(void **state)
{
	struct nv_snapshot s = { .interfaces = NULL };
	char name[200];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	struct nv_interface *i = nv_snapshot_interface(&s, text_of(name));
	assert_int_equal(strlen(i->name), NV_NAME_SIZE - 1);
	nv_snapshot_fini(&s);
}

static void copies_share_nothing(void **state)
{
	struct nv_snapshot from, to = { .interfaces = NULL };

	(void)state;
	host_init(&from);
	from.value[NV_C_tcpInSegs] = 7;
	from.interfaces[0].value[3] = 9;
	assert_int_equal(nv_snapshot_copy(&to, &from), 0);
	assert_ptr_not_equal(to.interfaces, from.interfaces);
	from.interfaces[0].value[3] = 10;
	from.value[NV_C_tcpInSegs] = 8;
	assert_int_equal(to.interfaces[0].value[3], 9);
	assert_string_equal(to.interfaces[0].name, "eth0");
	assert_int_equal(to.value[NV_C_tcpInSegs], 7);
	assert_int_equal(to.mono_ns, from.mono_ns);
	/* into a larger one: the room stays */
	struct nv_snapshot empty = { .interfaces = NULL };
	unsigned room = to.interface_room;

	assert_int_equal(nv_snapshot_copy(&to, &empty), 0);
	assert_int_equal(to.interface_count, 0);
	assert_int_equal(to.interface_room, room);
	nv_snapshot_fini(&from);
	nv_snapshot_fini(&to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clear_forgets_values_and_keeps_memory),
		cmocka_unit_test(interfaces_grow_and_stay),
		cmocka_unit_test(long_names_are_cut),
		cmocka_unit_test(copies_share_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
