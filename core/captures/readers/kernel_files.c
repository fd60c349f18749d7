/* SPDX-License-Identifier: MIT */
/*
 * Limits and small tables of the Linux kernel -> counters: sysctl -a, copies of /proc/sys and of
 * softnet_stat, conntrack -S, tc -s qdisc. Rows and columns are those of the catalog.
 */
#include "captures/capture.h"

#include <string.h>

/* The numbers of a setting: "tcp_mem" has three, the catalog says which of them is which. */
static bool store_setting(
	struct nv_captures *all, struct nv_capture *to, struct nv_text row, struct nv_text values)
{
	uint64_t number[4] = { 0 };
	struct nv_text word;
	unsigned count = 0;
	bool any = false;

	while (count < 4 && nv_next_word(&values, &word) && nv_number(word, &number[count]))
		count++;
	for (unsigned id = 1; count && id < NV_C_END; id++) {
		const struct nv_counter *c = &nv_counters[id];
		unsigned at = c->key && nv_is_digit(c->key[0]) ? (unsigned)(c->key[0] - '0') : 0;
		uint64_t value;

		if (c->file != NV_FILE_SLOW || c->kind != NV_GAUGE || !nv_is(row, c->row) ||
			at >= count)
			continue;
		value = id == NV_C_localPorts && count > 1 ? number[1] - number[0] + 1 : number[at];
		if (!any)
			nv_store_heading(to, 0);
		nv_store_counter(all, to, (enum nv_counter_id)id, value, row, NV_CLASS_NONE);
		any = true;
	}
	if (any)
		to->score[NV_PLATFORM_LINUX] += 3;
	return any;
}

bool nv_capture_is_setting(struct nv_text file)
{
	const char *slash = memrchr(file.at, '/', (size_t)(file.end - file.at));

	file.at = slash ? slash + 1 : file.at;
	for (unsigned id = 1; id < NV_C_END; id++)
		if (nv_counters[id].file == NV_FILE_SLOW && nv_counters[id].kind == NV_GAUGE &&
			nv_is(file, nv_counters[id].row))
			return true;
	return false;
}

/* "net.ipv4.tcp_mem = 189864 253153 379728": all of net is taken, what is not known says nothing.
 */
bool nv_capture_sysctl(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text text = all->text, name = text;
	const char *equals = memchr(text.at, '=', (size_t)(text.end - text.at));
	bool statistics = to->saw_statistics;

	(void)line;
	if (!nv_starts(text, "net.") || !equals)
		return false;
	name.end = equals;
	name = nv_trim(name);
	for (const char *p = name.at; p < name.end; p++)
		if (*p == '.')
			name.at = p + 1;
	store_setting(all, to, name, (struct nv_text){ equals + 1, text.end });
	to->saw_statistics = statistics; /* a limit is no statistic */
	return true;
}

/* A copy of /proc/sys/...: its row is the name of the file. */
bool nv_capture_proc_sys(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	const char *file = all->files[all->file], *base = strrchr(file, '/');
	bool statistics = to->saw_statistics, any;

	(void)line;
	if (!all->is_setting)
		return false;
	any = store_setting(all, to, nv_as_text(base ? base + 1 : file), all->text);
	to->saw_statistics = statistics;
	return any;
}

/* Rows of 8 hexadecimal digits, one a processor: processed, dropped, squeezed. */
bool nv_capture_softnet(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	static const uint16_t ids[] = { NV_C_softnetProcessed, NV_C_softnetDropped,
		NV_C_softnetSqueezed };
	struct nv_text rest = all->text, word;
	uint64_t number[16];
	unsigned n = 0;

	(void)line;
	if (rest.end - rest.at < 9 * 9 - 1 || rest.at[8] != ' ' || rest.at[17] != ' ')
		return false;
	for (; n < 16 && nv_next_word(&rest, &word); n++)
		if (word.end - word.at != 8 || !nv_hex_number(word, &number[n]))
			return false;
	if (n < 9)
		return false;
	if (to->mode != NV_GRAMMAR_SOFTNET)
		nv_store_heading(to, 0);
	to->mode = NV_GRAMMAR_SOFTNET;
	for (unsigned i = 0; i < 3; i++)
		nv_store_counter(all, to, (enum nv_counter_id)ids[i], number[i],
			nv_as_text(nv_counters[ids[i]].name),
			i == 1 ? NV_CLASS_SYSTEM : NV_CLASS_NONE);
	if (number[1])
		nv_store_class(all, NV_CLASS_SYSTEM);
	to->numbers_read += n - 3;
	to->score[NV_PLATFORM_LINUX] += 5;
	return true;
}

/* "cpu=0 found=0 invalid=130 ... drop=0 early_drop=0": conntrack -S, a line a processor. */
bool nv_capture_conntrack(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = all->text, word;

	(void)line;
	if (!nv_starts(rest, "cpu=") || !nv_contains(rest, "drop="))
		return false;
	if (to->mode != NV_GRAMMAR_CONNTRACK)
		nv_store_heading(to, 0);
	to->mode = NV_GRAMMAR_CONNTRACK;
	while (nv_next_word(&rest, &word)) {
		const char *equals = memchr(word.at, '=', (size_t)(word.end - word.at));
		struct nv_text key = { word.at, equals };
		char own[NV_NAME_SIZE];
		uint64_t value;

		if (!equals || !nv_number((struct nv_text){ equals + 1, word.end }, &value))
			continue;
		nv_own_name("conntrack", "", key, own);
		if (nv_is(key, "drop"))
			nv_store_counter(all, to, NV_C_conntrackDrops, value, key, NV_CLASS_SYSTEM);
		else if (nv_is(key, "early_drop"))
			nv_store_counter(
				all, to, NV_C_conntrackEarlyDrops, value, key, NV_CLASS_SYSTEM);
		else if (!nv_is(key, "cpu"))
			nv_store_own(all, to, own, value, key, NV_CLASS_NONE);
	}
	to->score[NV_PLATFORM_LINUX] += 5;
	return true;
}

/* "qdisc fq_codel 0: dev eth1 root refcnt 2": drops of inner queues are counted at the root again.
 */
bool nv_capture_qdisc_heading(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	(void)line;
	if (!nv_starts(all->text, "qdisc ") || !nv_contains(all->text, " dev "))
		return false;
	if (to->mode != NV_GRAMMAR_QDISC)
		nv_store_heading(to, 0);
	to->mode = NV_GRAMMAR_QDISC;
	to->table.links = nv_contains(all->text, " root");
	to->score[NV_PLATFORM_LINUX] += 5;
	return true;
}

/* "Sent 9009 bytes 100000 pkt (dropped 50000, overlimits 0 requeues 3)" */
bool nv_capture_qdisc(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = nv_trim(line), word, before = { rest.at, rest.at };
	uint64_t value;

	if (!nv_starts(rest, "Sent "))
		return line.at != all->text.at; /* details of the queue */
	while (nv_next_word(&rest, &word)) {
		struct nv_text digits = word;

		digits.end -= digits.end > digits.at && digits.end[-1] == ',';
		if (nv_is(before, "(dropped") && nv_number(digits, &value) && to->table.links) {
			nv_store_counter(all, to, NV_C_qdiscDrops, value, nv_as_text("dropped"),
				NV_CLASS_SYSTEM);
			if (value)
				nv_store_class(all, NV_CLASS_SYSTEM);
		}
		if (nv_is(word, "pkt") && nv_number(before, &value) && to->table.links)
			nv_store_counter(all, to, NV_C_qdiscPackets, value, nv_as_text("pkt"),
				NV_CLASS_NONE);
		before = word;
	}
	return true;
}
