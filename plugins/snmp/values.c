/* SPDX-License-Identifier: MIT */
/* Numbers, times, texts and statuses as they go over the wire. */
#include "netvitals.h"
#include "text/out.h"
#include "columns.h"

#include <math.h>
#include <string.h>
#include <time.h>

uint32_t nv_whole(double value)
{
	if (isnan(value) || value <= 0)
		return 0;
	return value >= UINT32_MAX ? UINT32_MAX : (uint32_t)llround(value);
}

uint32_t nv_scaled(enum nv_indicator_id id, double value)
{
	if (isnan(value))
		return 0;
	return nv_is_fraction(&nv_indicators[id]) ? nv_to_ppm(value) : nv_whole(value);
}

uint32_t nv_scaled_limit(enum nv_indicator_id id, double limit)
{
	return isfinite(limit) ? nv_scaled(id, limit) : NV_NEVER_U32;
}

/* Cut at a whole character: UTF-8 continuation bytes are 10xxxxxx. */
void nv_value_string(struct nv_value *out, const char *text, size_t longest)
{
	size_t length = strlen(text);

	if (length > longest) {
		length = longest;
		while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
	}
	out->bytes = text;
	out->length = length;
}

void nv_value_time(struct nv_value *out, int64_t time_s)
{
	time_t when = (time_t)time_s;
	struct tm tm;

	memset(out->room, 0, sizeof(out->room));
	out->bytes = out->room;
	out->length = 8;
	if (time_s <= 0 || !localtime_r(&when, &tm))
		return;
	long offset = tm.tm_gmtoff < 0 ? -tm.tm_gmtoff : tm.tm_gmtoff;
	const long field[] = { (tm.tm_year + 1900) >> 8, (tm.tm_year + 1900) & 0xff, tm.tm_mon + 1,
		tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, 0, tm.tm_gmtoff < 0 ? '-' : '+',
		offset / 3600, offset / 60 % 60 };
	out->length = COUNT(field);
	for (size_t i = 0; i < COUNT(field); i++)
		out->room[i] = (char)field[i];
}

unsigned nv_side_number(enum nv_side side)
{
	return side == NV_SIDE_UNKNOWN ? NV_SIDE_END : (unsigned)side;
}

enum nv_status nv_shown_status(const struct nv_scene *scene, enum nv_status status)
{
	return scene->sampler_dead && status != NV_DISABLED ? NV_UNKNOWN : status;
}

bool nv_wanted(const struct nv_scene *scene, enum nv_event_kind kind)
{
	const struct nv_settings *set = &scene->settings;
	bool notify = set->notify != 0 ? set->notify == 1 : scene->view->notify;
	unsigned scope = set->scope != 0 ? set->scope : (unsigned)scene->view->scope;

	/* Interfaces and resets lie behind the classes, as the indicators do. */
	return notify &&
		(scope &
			(unsigned)(kind == NV_EVENT_CLASS ? NV_SCOPE_CLASS : NV_SCOPE_INDICATOR)) !=
		0;
}
