/* SPDX-License-Identifier: MIT */
/*
 * Lines that `date` prints, in many languages, and names of files -> seconds. Times without a zone
 * are compared with each other only, so they are taken as UTC.
 */
#include "captures/capture.h"

#include <string.h>
#include <strings.h>

/* By its first letters, in the languages of Europe; a point or a comma may follow. 0: none. */
static int month_of(struct nv_text word)
{
	static const struct {
		const char *begins;
		int month;
	} names[] = { { "jan", 1 }, { "ene", 1 }, { "gen", 1 }, { "feb", 2 }, { "fev", 2 },
		{ "f\303\251v", 2 }, { "mar", 3 }, { "m\303\244r", 3 }, { "mrz", 3 }, { "apr", 4 },
		{ "avr", 4 }, { "abr", 4 }, { "may", 5 }, { "mai", 5 }, { "maj", 5 }, { "mag", 5 },
		{ "mei", 5 }, { "jun", 6 }, { "juin", 6 }, { "giu", 6 }, { "jul", 7 },
		{ "juil", 7 }, { "lug", 7 }, { "aug", 8 }, { "ao\303\273", 8 }, { "ago", 8 },
		{ "sep", 9 }, { "set", 9 }, { "oct", 10 }, { "okt", 10 }, { "out", 10 },
		{ "ott", 10 }, { "nov", 11 }, { "dec", 12 }, { "dez", 12 }, { "d\303\251c", 12 },
		{ "dic", 12 } };

	if (word.end - word.at < 3 || word.end - word.at > 12)
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i].begins);

		if ((size_t)(word.end - word.at) >= n &&
			strncasecmp(word.at, names[i].begins, n) == 0)
			return names[i].month;
	}
	return 0;
}

/* Days since 1970-01-01 of the proleptic Gregorian calendar. */
static int64_t days_of(int64_t year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = y / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool digits(const char **at, const char *end, unsigned count, int *value)
{
	const char *p = *at;

	*value = 0;
	if ((size_t)(end - p) < count)
		return false;
	for (unsigned i = 0; i < count; i++, p++) {
		if (*p < '0' || *p > '9')
			return false;
		*value = *value * 10 + (*p - '0');
	}
	*at = p;
	return true;
}

/* "05:23:14", "9:12"; seconds may be missing. -1: none. */
static int clock_of(struct nv_text word)
{
	const char *p = word.at;
	int h, m, s = 0;

	if (!digits(&p, word.end, word.end - p > 1 && p[1] == ':' ? 1 : 2, &h) || p >= word.end ||
		*p++ != ':' || !digits(&p, word.end, 2, &m))
		return -1;
	if (p < word.end && *p == ':') {
		p++;
		if (!digits(&p, word.end, 2, &s))
			return -1;
	}
	return h < 24 && m < 60 && s < 61 ? h * 3600 + m * 60 + s : -1;
}

/* Seconds to take away for a zone; unknown names count 0. */
static int zone_of(struct nv_text word)
{
	static const struct {
		const char *name;
		int hours;
	} zones[] = { { "CET", 1 }, { "CEST", 2 }, { "MET", 1 }, { "MEST", 2 }, { "EET", 2 },
		{ "EEST", 3 }, { "BST", 1 }, { "EST", -5 }, { "EDT", -4 }, { "CST", -6 },
		{ "CDT", -5 }, { "MST", -7 }, { "MDT", -6 }, { "PST", -8 }, { "PDT", -7 },
		{ "JST", 9 } };
	const char *p = word.at + 1;
	int h, m;

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (nv_is(word, zones[i].name))
			return zones[i].hours * 3600;
	if (word.end - word.at >= 5 && (*word.at == '+' || *word.at == '-') &&
		digits(&p, word.end, 2, &h)) {
		if (p < word.end && *p == ':')
			p++;
		if (digits(&p, word.end, 2, &m))
			return (*word.at == '-' ? -1 : 1) * (h * 3600 + m * 60);
	}
	return 0;
}

/* 2026-11-22, 2026/11/22, 20261122; days or 0. */
static int64_t iso_days(const char **at, const char *end)
{
	const char *p = *at;
	int y, m, d;
	char between;

	if (!digits(&p, end, 4, &y) || p >= end || y < 1980 || y > 2200)
		return 0;
	between = *p;
	if (between == '-' || between == '/' || between == '.' || between == '_')
		p++;
	if (!digits(&p, end, 2, &m) || (p < end && *p == between && p++ == end))
		return 0;
	if (!digits(&p, end, 2, &d) || m < 1 || m > 12 || d < 1 || d > 31)
		return 0;
	*at = p;
	return days_of(y, m, d);
}

/* 11/22/2026 (Windows; month first unless that cannot be), 22.11.2026; days or 0. */
static int64_t local_days(struct nv_text word)
{
	int part[3] = { 0, 0, 0 }, n = 0, day, month;
	char between = 0;

	for (const char *p = word.at; p < word.end; p++) {
		if (*p >= '0' && *p <= '9') {
			part[n] = part[n] < 10000 ? part[n] * 10 + (*p - '0') : part[n];
			continue;
		}
		if ((*p != '/' && *p != '.') || (between && *p != between) || ++n > 2)
			return 0;
		between = *p;
	}
	day = between == '.' || part[0] > 12 ? part[0] : part[1];
	month = between == '.' || part[0] > 12 ? part[1] : part[0];
	if (n != 2 || part[2] < 1980 || part[2] > 2200 || day < 1 || day > 31 || month < 1 ||
		month > 12)
		return 0;
	return days_of(part[2], month, day);
}

struct date {
	int month, day, clock, zone, year;
	int64_t days;
};

/* Year, month and day with a sign behind each, apart or in one word: Chinese and Japanese. */
static bool take_signs(struct nv_text word, struct date *d)
{
	bool signs = false;

	for (const char *p = word.at; p < word.end;) {
		int number = 0;

		signs = signs || (uint8_t)*p >= 0x80;
		if (*p < '0' || *p > '9') {
			p++;
			continue;
		}
		for (; p < word.end && *p >= '0' && *p <= '9'; p++)
			number = number < 10000 ? number * 10 + (*p - '0') : number;
		if (p >= word.end || (uint8_t)*p < 0x80)
			return false;
		if (number >= 1980 && number <= 2200)
			d->year = number;
		else if (!d->month && number >= 1 && number <= 12)
			d->month = number;
		else if (!d->day && number >= 1 && number <= 31)
			d->day = number;
	}
	return signs;
}

static bool is_filler(struct nv_text word)
{
	return nv_is(word, "de") || nv_is(word, "of") || nv_is(word, "at") || nv_is(word, "um");
}

/* False: this word is of no date. */
static bool take_word(struct nv_text word, struct date *d, bool first)
{
	const char *p = word.at;
	int64_t iso = iso_days(&p, word.end);
	int64_t local = iso ? 0 : local_days(word);
	uint64_t number;

	while (word.end > word.at && (word.end[-1] == ',' || word.end[-1] == '.'))
		word.end--; /* "28." and "Nov." */
	if (iso) {
		d->days = iso;
		if (p < word.end && (*p == 'T' || *p == '_') && d->clock < 0)
			d->clock = clock_of((struct nv_text){ p + 1, word.end });
		if (d->clock >= 0 && word.end - word.at > 19)
			d->zone = zone_of((struct nv_text){ word.at + 19, word.end });
	} else if (local) {
		d->days = local;
	} else if (month_of(word)) {
		d->month = month_of(word); /* "mar." is a day of the week before a month */
	} else if (d->clock < 0 && clock_of(word) >= 0) {
		d->clock = clock_of(word);
	} else if (d->clock >= 0 && word.end - word.at == 2 && strncasecmp(word.at, "PM", 2) == 0) {
		d->clock += d->clock < 12 * 3600 ? 12 * 3600 : 0;
	} else if (d->clock >= 0 && word.end - word.at == 2 && strncasecmp(word.at, "AM", 2) == 0) {
		d->clock -= d->clock >= 12 * 3600 ? 12 * 3600 : 0;
	} else if (nv_number(word, &number) && number >= 1 && number <= 31 && !d->day) {
		d->day = (int)number;
	} else if (nv_number(word, &number) && number >= 1980 && number <= 2200) {
		d->year = (int)number;
	} else if (d->clock >= 0) {
		d->zone = zone_of(word);
	} else {
		return first || take_signs(word, d) || is_filler(word); /* the day of the week */
	}
	return true;
}

/* What `date` prints, in the spellings of C, POSIX, ISO 8601 and other languages. 0: none. */
int64_t nv_date_of(struct nv_text line)
{
	struct nv_text rest = line, word;
	struct date d = { .clock = -1 };

	for (unsigned n = 0; n < 10 && nv_next_word(&rest, &word); n++) {
		if (n == 0 && (uint8_t)word.end[-1] >= 0x80)
			take_signs(word, &d);
		if (!take_word(word, &d, n == 0))
			return 0; /* other words before any time */
	}
	if (d.clock < 0)
		return 0;
	if (!d.days && d.month && d.day && d.year)
		d.days = days_of(d.year, d.month, d.day);
	return d.days ? d.days * 86400 + d.clock - d.zone : 0;
}

/* report-20261122-1432.txt, 2026-11-22T14:32:08.txt, netstat.1700000000, 1300.txt (a time of day).
 */
int64_t nv_time_of_name(const char *file_name)
{
	const char *slash = strrchr(file_name, '/'), *name = slash ? slash + 1 : file_name;
	const char *end = name + strlen(name);

	for (const char *p = name; p < end; p++) {
		const char *q = p;
		int64_t days;
		int h, m, s = 0;
		size_t run = strspn(p, "0123456789");

		if (p > name && p[-1] >= '0' && p[-1] <= '9')
			continue;
		if (run == 10 && (*p == '1' || *p == '2')) {
			int64_t t = 0;

			for (unsigned i = 0; i < 10; i++)
				t = t * 10 + (p[i] - '0');
			return t;
		}
		days = iso_days(&q, end);
		if (!days)
			continue;
		if (q < end && strchr("-_T.", *q))
			q++;
		if (!digits(&q, end, 2, &h))
			return 0;
		if (q < end && strchr(":-_.h", *q))
			q++;
		if (!digits(&q, end, 2, &m) || h > 23 || m > 59)
			return 0;
		if (q < end && strchr(":-_.", *q))
			q++;
		if (!digits(&q, end, 2, &s) || s > 60)
			s = 0;
		return days * 86400 + h * 3600 + m * 60 + s;
	}
	if (strspn(name, "0123456789") == 4) {
		int h = (name[0] - '0') * 10 + name[1] - '0',
		    m = (name[2] - '0') * 10 + name[3] - '0';

		return h < 24 && m < 60 ? 86400 + h * 3600 + m * 60 : 0;
	}
	return 0;
}
