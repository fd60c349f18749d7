/* SPDX-License-Identifier: MIT */
/* Lines of /proc/PID/cgroup -> what people call the namespace. */
#include "kernel/netns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *what, *cgroup, *kind, *name, *id; /* kind NULL: names nothing */
} cases[] = {
	{ "docker, systemd", "0::/system.slice/docker-" ID ".scope\n", "docker",
		"docker 0123456789ab", ID },
	{ "docker, cgroupfs of version 1", "12:cpu:/docker/" ID "\n11:net_cls:/\n", "docker",
		"docker 0123456789ab", ID },
	{ "rootless podman",
		"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
		".scope/container\n",
		"podman", "podman 0123456789ab", ID },
	{ "a pod, systemd",
		"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1b2c_3d.slice/cri-containerd-" ID
		".scope\n",
		"pod", "shop/cart-7f9c", "1b2c-3d" },
	{ "a pod, cgroupfs", "0::/kubepods/besteffort/pod1b2c-3d/" ID "\n", "pod", "shop/cart-7f9c",
		"1b2c-3d" },
	{ "a pod without logs", "0::/kubepods.slice/kubepods-podffff.slice/crio-" ID ".scope\n",
		"pod", "pod ffff", "ffff" },
	{ "lxc", "0::/lxc.payload.web/init.scope\n", "lxc", "web", "web" },
	{ "a machine of systemd-nspawn", "0::/machine.slice/machine-my\\x2dbox.scope/payload\n",
		"machine", "my-box", "my-box" },
	{ "a name that would write to the terminal", "0::/lxc/we\x1b[31mb\n", "lxc", "we?[31mb",
		"we?[31mb" },
	{ "a service", "0::/system.slice/cron.service\n", NULL, NULL, NULL },
	{ "no control groups", "", NULL, NULL, NULL },
	{ "63 digits are no number of a container", "0::/docker/0123456789abcdef\n", NULL, NULL,
		NULL },
};

static void names(void **state)
{
	(void)state;
	char pods[] = "/tmp/netvitals-pods-XXXXXX", pod[64];

	assert_non_null(mkdtemp(pods));
	snprintf(pod, sizeof(pod), "%s/shop_cart-7f9c_1b2c-3d", pods);
	assert_int_equal(mkdir(pod, 0700), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nv_netns_name found = { 0 };
		bool named = nv_netns_name_of(nv_as_text(cases[i].cgroup), pods, &found);

		if (named != (cases[i].kind != NULL) ||
			(named &&
				(strcmp(found.kind, cases[i].kind) != 0 ||
					strcmp(found.name, cases[i].name) != 0 ||
					strcmp(found.id, cases[i].id) != 0)))
			fail_msg("%s: found %s \"%s\" \"%s\"", cases[i].what,
				named ? found.kind : "nothing", found.name, found.id);
	}
	rmdir(pod);
	rmdir(pods);
}

static void own_counters(void **state)
{
	(void)state;
	static struct nv_netns_reader reader;
	struct nv_snapshot s = { 0 };
	struct nv_error err = { 0, "" };
	uint64_t own = nv_netns_inode("self");

	assert_true(own != 0);
	assert_true(nv_netns_read(&reader, (int)getpid(), own, &s, &err));
	assert_true(s.present[NV_C_tcpInSegs] && s.mono_ns);
	/* A process number that is used again may be of another namespace: that is no sample. */
	assert_false(nv_netns_read(&reader, (int)getpid(), own + 1, &s, &err));
	nv_snapshot_fini(&s);
	free(reader.buffer.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(own_counters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
