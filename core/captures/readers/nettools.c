/* SPDX-License-Identifier: MIT */
/*
 * Lines of netstat -s of Linux (net-tools) -> counters: the number stands anywhere among the words,
 * and names of the kernel stand where it has none.
 */
#include "captures/capture.h"

#include <stdio.h>
#include <string.h>

/* "TCPLossProbes: 12": a name of the kernel in a section that is a row of it. */
static bool store_kernel_name(
	struct nv_captures *all, struct nv_capture *to, struct nv_text name, uint64_t value)
{
	char full[NV_NAME_SIZE];
	int at;

	if (memchr(name.at, ' ', (size_t)(name.end - name.at)) || name.end - name.at > 40)
		return false;
	snprintf(full, sizeof(full), "%s%.*s", to->in.name, (int)(name.end - name.at), name.at);
	at = nv_alias_find(&all->index, all->index.kernel_names, 0, nv_label_hash(full));
	if (at < 0 && to->in.name[0] == 'I' && memcmp(full, to->in.name, 6) == 0)
		at = nv_alias_find(
			&all->index, all->index.kernel_names, 0, nv_label_hash_text(name));
	if (at >= 0) {
		nv_store_alias(all, to, at, &value, 1, name);
		return true;
	}
	if ((strcmp(to->in.name, "IcmpMsg") == 0 || strcmp(to->in.name, "Icmp6") == 0) &&
		(nv_starts(name, "InType") || nv_starts(name, "OutType"))) {
		snprintf(full, sizeof(full), "%s_%.*s",
			strcmp(to->in.name, "Icmp6") ? "icmpMsg" : "icmp6",
			(int)(name.end - name.at), name.at);
		nv_store_own(all, to, full, value, name, NV_CLASS_NONE);
		nv_store_class(all, NV_CLASS_NONE);
		return true;
	}
	return false;
}

/* The older family prints `Tcp:` too: Junos. */
static bool store_as_bsd(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	uint64_t section = to->in.section;
	struct nv_text lower = nv_as_text(to->in.name), rest = nv_trim(line), word;

	if (!nv_is(lower, "Tcp") && !nv_is(lower, "Udp") && !nv_is(lower, "Ip") &&
		!nv_is(lower, "Icmp"))
		return false;
	if (!nv_next_word(&rest, &word) || !nv_begins_with_number(word))
		return false;
	to->in.section = nv_label_hash(to->in.name); /* case does not matter */
	to->mode = NV_GRAMMAR_BSD;
	if (nv_capture_statistic(all, to, line))
		return true;
	to->in.section = section;
	to->mode = NV_GRAMMAR_NETTOOLS;
	return false;
}

bool nv_capture_nettools(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = nv_trim(line), label;
	struct nv_label read;
	uint64_t number;
	int at = -1;

	if (rest.at >= rest.end || nv_starts(rest, "error parsing"))
		return true;
	if (rest.end[-1] == ':') {
		rest.end--;
		to->in.parent = nv_label_hash_text(rest);
		return true;
	}
	if (nv_capture_number_last(all, rest, &label, &number)) {
		nv_label_read(label, false, &read);
		at = nv_alias_find(&all->index, to->in.section, to->in.parent, read.hash);
		if (at < 0 && store_kernel_name(all, to, label, number)) {
			to->score[NV_PLATFORM_LINUX] += 2;
			return true;
		}
		read.number[0] = number;
		read.count = 1;
	}
	if (at < 0) {
		label = rest;
		nv_label_read(rest, true, &read);
		at = nv_alias_find(&all->index, to->in.section, 0, read.hash);
	}
	if (at < 0 || !read.count)
		return store_as_bsd(all, to, line);
	if (read.negative)
		all->negative_line = all->line;
	if (nv_begins_with_number(label)) { /* "12 segments received": the words alone */
		struct nv_text word;

		nv_next_word(&label, &word);
		label = nv_trim(label);
	}
	nv_store_alias(all, to, at, read.number, 1, label);
	to->score[NV_PLATFORM_LINUX] += 2;
	return true;
}
