/* SPDX-License-Identifier: MIT */
/* One <Capture> block: what was configured, and what is known of its nodes. */
#ifndef NETVITALS_CAPTURES_H
#define NETVITALS_CAPTURES_H

#include "frontend.h"

struct node {
	char host[DATA_MAX_NAME_LEN];
	char name[NV_NAME_SIZE]; /* as in the text; "" for a single host */
	struct nv_engine *engine;
	bool fed;                   /* in this interval */
	uint32_t reported, written; /* number of the newest event: notified, in the event log */
};

struct capture {
	char name[DATA_MAX_NAME_LEN], host[DATA_MAX_NAME_LEN];
	char title[DATA_MAX_NAME_LEN + 16]; /* for messages: Capture "name" */
	char file[NV_PATH_SIZE];
	char platform[32]; /* "": recognized */
	struct frontend_program program;
	double interval_s;

	const struct frontend_options *options;
	struct nv_config config;
	struct frontend_worker *worker;
	struct stat seen; /* of the file when it was read */
	struct node *nodes;
	size_t node_count;
	struct nv_error error; /* of the newest attempt; "" if it succeeded */
	unsigned old;          /* attempts in a row without new text */
	cdtime_t due;          /* the next attempt */
	c_complain_t failing;
};

/* Fills what was configured. False: refused, with a message. */
bool capture_configure(struct capture *, const oconfig_item_t *block);

#endif
