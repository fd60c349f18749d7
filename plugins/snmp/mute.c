/* SPDX-License-Identifier: MIT */
/*
 * Variables of a SET -> a mute or an acknowledgement, or its end.
 */
#include "text/clean.h"
#include "mute.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t nv_time_of(const unsigned char *octets, size_t length)
{
	if (length != 8 && length != 11)
		return -1;
	struct tm tm = { .tm_year = octets[0] * 256 + octets[1] - 1900,
		.tm_mon = octets[2] - 1,
		.tm_mday = octets[3],
		.tm_hour = octets[4],
		.tm_min = octets[5],
		.tm_sec = octets[6],
		.tm_isdst = -1 };
	if (tm.tm_year < 70 || tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 ||
		tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60 ||
		octets[7] > 9)
		return -1;
	if (length == 8)
		return (int64_t)mktime(&tm);
	if ((octets[8] != '+' && octets[8] != '-') || octets[9] > 14 || octets[10] > 59)
		return -1;
	int64_t offset_s = octets[9] * 3600 + octets[10] * 60;
	return (int64_t)timegm(&tm) - (octets[8] == '-' ? -offset_s : offset_s);
}

bool nv_words_good(const unsigned char *octets, size_t length, size_t longest)
{
	const char *text = (const char *)octets;

	return length > 0 && length <= longest &&
		nv_is_clean_text((struct nv_text){ text, text + length });
}

static bool silences(enum nv_admin admin)
{
	return admin == NV_ADMIN_MUTED || admin == NV_ADMIN_ACKNOWLEDGED;
}

bool nv_wish_consistent(const struct nv_wish *wish, int64_t now_s)
{
	if (silences(wish->admin))
		return wish->until_s > now_s && wish->by[0] && wish->why[0];
	return wish->until_s == 0 && !wish->by[0] && !wish->why[0];
}

const struct nv_mute *nv_mute_find(
	const struct nv_mute *mutes, unsigned count, int64_t now_s, enum nv_indicator_id id)
{
	for (unsigned i = 0; i < count; i++)
		if (mutes[i].until_s > now_s && strcmp(mutes[i].name, nv_indicators[id].name) == 0)
			return &mutes[i];
	return NULL;
}

bool nv_mute_of(const struct nv_wish *wish, const struct nv_mute *existing, int64_t now_s,
	struct nv_mute *out)
{
	memset(out, 0, sizeof(*out));
	if (!silences(wish->admin)) {
		if (wish->admin == NV_ADMIN_AS_CONFIGURED || !existing)
			return false;
		*out = *existing;
		out->until_s = now_s; /* over: the store drops it when it is read next */
		return true;
	}
	nv_copy_text(out->name, sizeof(out->name), nv_as_text(nv_indicators[wish->indicator].name));
	nv_copy_text(out->by, sizeof(out->by), nv_as_text(wish->by));
	nv_copy_text(out->why, sizeof(out->why), nv_as_text(wish->why));
	out->acknowledged = wish->admin == NV_ADMIN_ACKNOWLEDGED;
	out->made_s = now_s;
	out->until_s = wish->until_s;
	return true;
}
