/* SPDX-License-Identifier: MIT */
/*
 * The other network namespaces of this machine: each is judged by its own counters, from outside
 * and without privilege. They never colour the host.
 */
#ifndef NV_NAMESPACES_H
#define NV_NAMESPACES_H

#include "netvitals.h"

struct nv_namespaces;

struct nv_namespace {
	uint64_t inode;
	int leader;         /* a process inside */
	unsigned processes; /* that can be seen */
	const char *kind;   /* "pod", "docker" ... "process" */
	char name[NV_NAME_SIZE], id[NV_NAME_SIZE + 8];
	double seconds; /* what the statuses cover; 0: too new to be judged */
	bool gone;      /* its processes have ended */
	enum nv_status status;
	enum nv_status classes[NV_CLASS_END];
	enum nv_class_id klass;  /* the worst class; 0: nothing is raised */
	uint16_t indicator;      /* its worst indicator; 0 none */
	double value;            /* of that; NAN unknown */
	char text[NV_TEXT_SIZE]; /* of that class; "" where nothing is raised */
};

/* NULL and err: no memory, or a recorded tree, which has one namespace alone. */
struct nv_namespaces *nv_namespaces_new(const struct nv_config *, struct nv_error *);
void nv_namespaces_free(struct nv_namespaces *); /* takes NULL */
/* Look for new ones and read all, the own one left out. 0, or -1 and err. */
int nv_namespaces_poll(struct nv_namespaces *, struct nv_error *);
/* Judge what was seen since the first poll, worst first; owned, valid until the next call. */
const struct nv_namespace *nv_namespaces_judge(struct nv_namespaces *, unsigned *count);
/* The whole report on one: name, id, a prefix of the id (four characters at least), or the pid of a
 * process inside that leads. NULL and err: none, or several. Valid until the next call. */
const struct nv_report *nv_namespaces_report(
	struct nv_namespaces *, const char *which, struct nv_error *);
/* Processes that could not be looked at: /proc is mounted with hidepid. */
unsigned nv_namespaces_hidden(const struct nv_namespaces *);

#endif
