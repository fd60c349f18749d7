/* SPDX-License-Identifier: MIT */
/*
 * Network namespaces of this machine, seen from outside: by /proc/PID/net of any process inside,
 * which needs no privilege.
 */
#ifndef NV_NETNS_H
#define NV_NETNS_H

#include "catalog/snapshot.h"
#include "kernel/proc_text.h"
#include "text/memory.h"

/* The inode of net/snmp: one for all processes of a namespace. 0: this process cannot be seen. */
uint64_t nv_netns_inode(const char *pid);

/* Calls take for each process that can be seen. Returns how many could not; -1: no /proc. */
int nv_netns_walk(void (*take)(void *context, int pid, uint64_t inode), void *context);

struct nv_netns_name {
	const char *kind;          /* "pod", "docker", "podman" ... "process" */
	char name[NV_NAME_SIZE];   /* "shop/cart-7f9c", "nginx[812]" */
	char id[NV_NAME_SIZE + 8]; /* of the container (64 digits) or pod; "" none */
};

/* What people call the namespace of that process, by its control group. */
void nv_netns_name(int pid, struct nv_netns_name *out);
/* The same from the text of /proc/PID/cgroup. False: it names nothing. Pure but for the names of
 * pods, which are directories below `pods` ("/var/log/pods"). */
bool nv_netns_name_of(struct nv_text cgroup, const char *pods, struct nv_netns_name *out);

/* What all namespaces of one kernel share: the layout of their texts, and one buffer. */
struct nv_netns_reader {
	struct nv_plan plans[5];
	struct nv_buffer buffer;
};

/*
 * Counters of the namespace `inode` through one of its processes. Each file is opened, read and
 * closed: a descriptor that stays open would keep the namespace alive after its last process.
 * False: the process has gone, or is in another namespace by now.
 */
bool nv_netns_read(
	struct nv_netns_reader *, int pid, uint64_t inode, struct nv_snapshot *, struct nv_error *);

#endif
