/* SPDX-License-Identifier: MIT */
/*
 * Lines of number and label -> counters: netstat -s of the BSD family.
 *
 * Depth is not trusted (pasted text loses it): the parent is the last line that is known to have
 * lines below it. A line that belongs to two parents is recognised by it alone.
 */
#include "captures/capture.h"

#include <stdio.h>
#include <string.h>

/* Arrows that someone drew: "249379 <--- data packets", "... packets sent  <==". */
static bool is_arrow(struct nv_text word)
{
	bool head = false;

	if (word.end - word.at < 2)
		return false;
	for (const char *p = word.at; p < word.end; p++) {
		if (!strchr("<>-=", *p))
			return false;
		head = head || *p == '<' || *p == '>';
	}
	return head;
}

static struct nv_text without_arrows(struct nv_text text)
{
	struct nv_text rest = text, word;

	if (!memchr(text.at, '<', (size_t)(text.end - text.at)) &&
		!memchr(text.at, '>', (size_t)(text.end - text.at)))
		return text;
	while (nv_next_word(&rest, &word)) {
		if (!is_arrow(word))
			continue;
		if (word.at == text.at)
			text.at = rest.at; /* before the label */
		else
			text.end = word.at; /* behind it */
		return nv_trim(text);
	}
	return text;
}

static unsigned words_of(struct nv_text text)
{
	struct nv_text word;
	unsigned n = 0;

	while (nv_next_word(&text, &word))
		n++;
	return n;
}

/*
 * "*" below a parent stands for any short name. Types of ICMP have their number last, "#77: 5"; "5
 * in other words" below their histogram begins something else.
 */
static int find_any(const struct nv_captures *all, const struct nv_capture *to,
	struct nv_text label, bool number_last)
{
	int at;

	if (!to->in.parent || words_of(label) > 3)
		return -1;
	at = nv_alias_find(&all->index, to->in.section, to->in.parent, all->index.any);
	if (at < 0)
		return -1;
	return nv_aliases[at].label[0] == '*' &&
			(number_last || strcmp(nv_aliases[at].section, "icmp") != 0)
		? at
		: -1;
}

static int find_label(struct nv_captures *all, struct nv_capture *to, uint64_t hash)
{
	int at = nv_alias_find(&all->index, to->in.section, to->in.parent, hash);

	return at < 0 && to->in.section_v4
		? nv_alias_find(&all->index, to->in.section_v4, to->in.parent, hash)
		: at;
}

static bool store_line(struct nv_captures *all, struct nv_capture *to, uint64_t first,
	struct nv_text label, bool number_last)
{
	struct nv_label read;
	uint64_t numbers[NV_NUMBERS_MAX + 1];
	unsigned count = 0;
	int at;

	nv_label_read(label, false, &read);
	at = find_label(all, to, read.hash);
	if (at < 0)
		at = find_any(all, to, label, number_last);
	if (at < 0)
		return false;
	if (read.negative)
		all->negative_line = all->line;
	numbers[count++] = first;
	for (unsigned k = 0; k < read.count && count < NV_NUMBERS_MAX; k++)
		numbers[count++] = read.number[k];
	nv_store_alias(all, to, at, numbers, count, label);
	if ((size_t)at < nv_alias_count && all->index.parent_key[at])
		to->in.parent = all->index.parent_key[at];
	return true;
}

/* macOS forgets an end of line: "... fast forwarded)\t\t6531 packets not forwardable". */
static struct nv_text cut_second(struct nv_text *label)
{
	struct nv_text second = { label->end, label->end };

	for (const char *p = label->at; p + 2 < label->end; p++)
		if (*p == '\t' && p > label->at && p[1] == '\t' && p[2] >= '0' && p[2] <= '9') {
			second.at = p + 2;
			label->end = p;
			*label = nv_trim(*label);
			break;
		}
	return second;
}

bool nv_capture_statistic(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = nv_trim(line), word, label, second;
	uint64_t number;

	if (rest.at >= rest.end)
		return true;
	label = rest;
	if (nv_next_word(&label, &word) && nv_capture_number(all, word, &number)) {
		label = without_arrows(nv_trim(label));
		second = cut_second(&label);
		if (label.at >= label.end)
			return false;
		if (!store_line(all, to, number, label, false))
			return false;
		return second.at >= second.end || nv_capture_statistic(all, to, second);
	}
	if (nv_capture_number_last(all, rest, &label, &number))
		return store_line(all, to, number, label, true);
	if (nv_begins_with_number(rest))
		return false;
	/* "Input histogram:", "Output packet histogram:" */
	if (nv_contains(rest, "istogram") &&
		(nv_starts(rest, "Input") || nv_starts(rest, "Output")))
		to->in.parent = nv_label_hash(
			*rest.at == 'I' ? "Input histogram" : "Output histogram");
	else
		to->in.parent = nv_label_hash_text(rest);
	return true;
}

/*
 * A line of `netstat -s | grep ...`, whose section is not there: known if no other section has its
 * words. The number is a word of the labels of Linux, and stands before those of the others.
 */
static bool store_alone(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text rest = nv_trim(line), word, label = rest;
	struct nv_label linux_label, other;
	uint64_t number;
	int at;

	nv_label_read(rest, true, &linux_label);
	at = nv_alias_find_alone(&all->index, linux_label.hash);
	if (nv_next_word(&label, &word) && nv_capture_number(all, word, &number)) {
		int bsd;

		label = nv_trim(label);
		nv_label_read(label, false, &other);
		bsd = nv_alias_find_alone(&all->index, other.hash);
		if (at >= 0 && bsd >= 0 && all->index.to[at][0] != all->index.to[bsd][0])
			return false;
		if (at < 0 && bsd >= 0 && to->score[NV_PLATFORM_LINUX] == 0) {
			if (to->mode != NV_GRAMMAR_ALONE)
				nv_store_heading(to, 0);
			to->mode = NV_GRAMMAR_ALONE;
			nv_store_alias(all, to, bsd, &number, 1, label);
			return true;
		}
	} else {
		label = rest;
	}
	if (at < 0 || linux_label.count != 1)
		return false;
	if (to->mode != NV_GRAMMAR_ALONE)
		nv_store_heading(to, 0);
	to->mode = NV_GRAMMAR_ALONE;
	nv_store_alias(all, to, at, linux_label.number, 1, label);
	to->score[NV_PLATFORM_LINUX] += 2;
	return true;
}

/* "   12 packets sent" without any heading: the file begins in the middle. */
bool nv_capture_statistic_alone(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	static const char *const names[] = { "tcp", "udp", "ip", "icmp" };
	struct nv_text rest = nv_trim(line), word;
	uint64_t number;

	if (to->mode == NV_GRAMMAR_BSD || to->mode == NV_GRAMMAR_NETTOOLS)
		return false;
	if (store_alone(all, to, line))
		return true;
	if (to->score[NV_PLATFORM_LINUX] || !nv_next_word(&rest, &word) ||
		!nv_capture_number(all, word, &number))
		return false;
	for (unsigned i = 0; i < 4; i++) {
		if (nv_alias_find(
			    &all->index, nv_label_hash(names[i]), 0, nv_label_hash_text(rest)) < 0)
			continue;
		to->in.section = nv_label_hash(names[i]);
		to->in.section_v4 = 0;
		to->mode = NV_GRAMMAR_BSD;
		nv_copy_text(to->in.name, sizeof(to->in.name), nv_as_text(names[i]));
		nv_store_heading(to, 0);
		return nv_capture_statistic(all, to, line);
	}
	return false;
}
