/* SPDX-License-Identifier: MIT */
/*
 * Mutes and acknowledgements made by SET: what one PDU wants of one indicator, and the store that
 * all front ends share. Who, until when and why stand in the same PDU, so nothing falls silent for
 * ever.
 */
#ifndef NV_MUTE_H
#define NV_MUTE_H

#include "nv_memory.h"
#include "settings.h"

#define NV_TEXT_SET_MAX 128 /* octets of a reason: it must fit a line of the store */

/* What the variables of one PDU say about one indicator. */
struct nv_wish {
	enum nv_indicator_id indicator;
	enum nv_admin admin; /* NV_ADMIN_AS_CONFIGURED: not in the PDU */
	int64_t until_s;     /* 0: not in the PDU */
	char by[NV_NAME_SIZE], why[NV_TEXT_SET_MAX + 1];
};

/* DateAndTime of 8 (local time) or 11 octets -> epoch seconds; -1: no such time. */
int64_t nv_time_of(const unsigned char *octets, size_t length);

/* Words of people: printable, not empty, at most `longest` octets. */
bool nv_words_good(const unsigned char *octets, size_t length, size_t longest);

/* All four, and the end lies ahead, or none but the switch. */
bool nv_wish_consistent(const struct nv_wish *, int64_t now_s);

/* The mute or acknowledgement of that indicator which is in force, NULL if there is none. */
const struct nv_mute *nv_mute_find(
	const struct nv_mute *, unsigned count, int64_t now_s, enum nv_indicator_id);

/* What has to be stored for the wish. False: nothing. existing: what is in force now, or NULL. */
bool nv_mute_of(
	const struct nv_wish *, const struct nv_mute *existing, int64_t now_s, struct nv_mute *);

#endif
