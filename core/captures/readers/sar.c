/* SPDX-License-Identifier: MIT */
/*
 * Tables of rates, `sar -n DEV,EDEV,TCP,ETCP,IP,EIP,UDP,SOFT` -> counts: each rate times the
 * seconds that it is of. They say what happened in these hours, not since boot.
 */
#include "captures/capture.h"

#include <string.h>

#define AT(id) (NV_C_##id)

enum { OTHER = 0, DAY_S = 86400, USUAL_S = 600 };

static const struct {
	const char *head;
	uint16_t id;
} heads[] = { { "iseg/s", AT(tcpInSegs) }, { "oseg/s", AT(tcpOutSegs) },
	{ "active/s", AT(tcpActiveOpens) }, { "passive/s", AT(tcpPassiveOpens) },
	{ "atmptf/s", AT(tcpAttemptFails) }, { "estres/s", AT(tcpEstabResets) },
	{ "retrans/s", AT(tcpRetransSegs) }, { "isegerr/s", AT(tcpInErrs) },
	{ "orsts/s", AT(tcpOutRsts) }, { "idgm/s", AT(udpInDatagrams) },
	{ "odgm/s", AT(udpOutDatagrams) }, { "noport/s", AT(udpNoPorts) },
	{ "idgmerr/s", AT(udpInErrors) }, { "irec/s", AT(ipInReceives) },
	{ "fwddgm/s", AT(ipForwDatagrams) }, { "idel/s", AT(ipInDelivers) },
	{ "orq/s", AT(ipOutRequests) }, { "asmrq/s", AT(ipReasmReqds) },
	{ "asmok/s", AT(ipReasmOKs) }, { "fragok/s", AT(ipFragOKs) },
	{ "fragcrt/s", AT(ipFragCreates) }, { "ihdrerr/s", AT(ipInHdrErrors) },
	{ "iadrerr/s", AT(ipInAddrErrors) }, { "iukwnpr/s", AT(ipInUnknownProtos) },
	{ "idisc/s", AT(ipInDiscards) }, { "odisc/s", AT(ipOutDiscards) },
	{ "onort/s", AT(ipOutNoRoutes) }, { "asmf/s", AT(ipReasmFails) },
	{ "fragf/s", AT(ipFragFails) }, { "total/s", AT(softnetProcessed) },
	{ "dropd/s", AT(softnetDropped) }, { "squeezd/s", AT(softnetSqueezed) },
	{ "rxpck/s", AT(ifInPkts) }, { "txpck/s", AT(ifOutPkts) }, { "rxerr/s", AT(ifInErrs) },
	{ "txerr/s", AT(ifOutErrs) }, { "coll/s", AT(ifCollisions) }, { "rxdrop/s", AT(ifInDrops) },
	{ "txdrop/s", AT(ifOutDrops) }, { "rxfifo/s", AT(ifInOverruns) } };

/* "12.50", "12,50": what happens a second. False: no such number. */
static bool rate_of(struct nv_text word, double *rate)
{
	double value = 0, scale = 0;

	for (const char *p = word.at; p < word.end; p++) {
		if ((*p == '.' || *p == ',') && scale == 0) {
			scale = 1;
			continue;
		}
		if (!nv_is_digit(*p))
			return false;
		value = value * 10 + (*p - '0');
		scale *= 10;
	}
	*rate = scale > 0 ? value / scale : value;
	return word.end > word.at && word.end - word.at < 18;
}

/* "10:00:01 AM" at the beginning of a line; -1: another line. */
static int take_clock(struct nv_text *rest)
{
	struct nv_text word, after = *rest;
	int clock[3] = { 0, 0, 0 };
	unsigned part = 0;

	if (!nv_next_word(&after, &word) || word.end - word.at != 8)
		return -1;
	for (const char *p = word.at; p < word.end; p++) {
		if (*p == ':' && part < 2)
			part++;
		else if (nv_is_digit(*p))
			clock[part] = clock[part] * 10 + (*p - '0');
		else
			return -1;
	}
	if (part != 2)
		return -1;
	*rest = after;
	if (nv_next_word(&after, &word) && (nv_is(word, "AM") || nv_is(word, "PM"))) {
		*rest = after;
		clock[0] = clock[0] % 12 + (*word.at == 'P' ? 12 : 0);
	}
	return clock[0] * 3600 + clock[1] * 60 + clock[2];
}

/* "10:00:01 AM  IFACE  rxpck/s  txpck/s ..." */
bool nv_capture_sar_heading(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = all->text, word;
	struct nv_table table;
	unsigned known = 0;
	int clock;

	(void)line;
	if (!nv_contains(rest, "/s") || nv_contains(rest, "bytes"))
		return false;
	memset(&table, 0, sizeof(table));
	clock = take_clock(&rest);
	if (clock < 0 && (!nv_next_word(&rest, &word) || !nv_is(word, "Average:")))
		return false;
	for (; table.columns < NV_COLUMNS_MAX && nv_next_word(&rest, &word); table.columns++)
		for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
			if (nv_is(word, heads[i].head)) {
				table.kind[table.columns] = (uint8_t)(i + 1);
				known++;
			}
	if (!known)
		return false;
	if (to->mode != NV_GRAMMAR_SAR)
		nv_store_heading(to, 0);
	to->mode = NV_GRAMMAR_SAR;
	to->table = table;
	to->table.clock = to->table.clock_before = clock;
	to->increments = true;
	to->score[NV_PLATFORM_LINUX] += 5;
	return true;
}

static void store(struct nv_captures *all, struct nv_capture *to, uint16_t id, uint64_t count)
{
	bool is_new;
	struct nv_interface *x;
	unsigned at = (unsigned)id - NV_C_ifInPkts;

	if (id < NV_C_ifInPkts || id > NV_C_ifOutOctets) {
		nv_store_counter(all, to, (enum nv_counter_id)id, count,
			nv_as_text(nv_counters[id].name),
			(enum nv_class_id)all->index.class_of[id]);
		return;
	}
	x = nv_capture_interface_of(to, nv_as_text(to->table.name), 0, false, &is_new);
	if (!x)
		return;
	x->value[at] += count;
	x->present = (uint16_t)(x->present | 1u << at);
	to->saw_interfaces = true;
	to->numbers_read++;
}

/* "10:10:01 AM  eth0  1234.00 ...": averages repeat what the rows have said. */
bool nv_capture_sar(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_table *t = &to->table;
	struct nv_text rest = nv_trim(line), word;
	int clock = take_clock(&rest);
	double seconds = USUAL_S, rate;

	if (clock < 0)
		return nv_starts(rest, "Average:") || nv_contains(rest, "LINUX RESTART");
	if (clock != t->clock)
		t->clock_before = t->clock;
	t->clock = clock;
	if (t->clock_before >= 0 && clock != t->clock_before)
		seconds = (clock - t->clock_before + DAY_S) % DAY_S;
	for (unsigned i = 0; i < t->columns && nv_next_word(&rest, &word); i++) {
		if (!t->kind[i]) {
			if (i == 0)
				nv_copy_text(t->name, sizeof(t->name), word);
			continue;
		}
		if (!rate_of(word, &rate))
			return false;
		store(all, to, heads[t->kind[i] - 1].id, (uint64_t)(rate * seconds + 0.5));
	}
	if (clock != t->clock_counted) {
		t->clock_counted = clock;
		to->span_s += seconds;
	}
	return true;
}
