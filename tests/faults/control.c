/* SPDX-License-Identifier: MIT */
/* Lines of standard input -> rules; counts -> JSON. The words are described in relay.c. */
#define _GNU_SOURCE
#include "relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const action_names[ACTIONS] = { "lose", "burst", "duplicate", "reorder", "delay",
	"corrupt", "truncate", "rate", "mark", "ghost" };

static int find(const char *const *names, int count, const char *word)
{
	for (int i = 0; i < count; i++)
		if (names[i] && !strcmp(names[i], word))
			return i;
	return -1;
}

static bool set(struct rule *rule, const char *key, const char *value)
{
	static const char *const whats[] = { "any", "ip", "ip6", "tcp", "udp", "icmp", "fragment" };
	static const char *const parts[] = { "all", "syn", "synack", "data", "pure", "rst" };
	double number = strtod(value, NULL);
	int at;

	if (!strcmp(key, "do")) {
		at = find(action_names, ACTIONS, value);
		rule->action = (enum action)at;
		return at >= 0;
	}
	if (!strcmp(key, "what")) {
		at = find(whats, 7, value);
		rule->filter.what = (enum frame_what)at;
		return at >= 0;
	}
	if (!strcmp(key, "part")) {
		at = find(parts, 6, value);
		rule->filter.part = (enum frame_part)at;
		return at >= 0;
	}
	if (!strcmp(key, "dir")) {
		rule->direction[0] = strcmp(value, "ba") != 0;
		rule->direction[1] = strcmp(value, "ab") != 0;
		return !strcmp(value, "ab") || !strcmp(value, "ba") || !strcmp(value, "both");
	}
	if (!strcmp(key, "where")) {
		rule->header = !strcmp(value, "header");
		return rule->header || !strcmp(value, "payload");
	}
	if (!strcmp(key, "p"))
		rule->probability = number;
	else if (!strcmp(key, "ms"))
		rule->ms = number;
	else if (!strcmp(key, "jitter"))
		rule->jitter_ms = number;
	else if (!strcmp(key, "bps"))
		rule->bits_per_second = number;
	else if (!strcmp(key, "length"))
		rule->length = (unsigned)number;
	else if (!strcmp(key, "queue"))
		rule->queue = (unsigned)number;
	else if (!strcmp(key, "port"))
		rule->filter.port = (uint16_t)number;
	else if (!strcmp(key, "least"))
		rule->filter.least_bytes = (size_t)number;
	else if (!strcmp(key, "seq"))
		rule->sequence = (int64_t)number;
	else if (!strcmp(key, "stamp"))
		rule->stamp = (int64_t)number;
	else if (!strcmp(key, "mend"))
		rule->mend = number > 0;
	else
		return false;
	return true;
}

static const char *add(struct relay *relay, const char *name, char *rest)
{
	struct rule rule = { .active = true,
		.direction = { true, true },
		.probability = 1,
		.length = 10,
		.queue = 100,
		.bits_per_second = 1e7 };

	if (relay->rules == RULES_MAX)
		return "error too many rules";
	snprintf(rule.name, sizeof rule.name, "%s", name);
	for (char *save, *word = strtok_r(rest, " \n", &save); word;
		word = strtok_r(NULL, " \n", &save)) {
		char *value = strchr(word, '=');

		if (!value)
			return "error expected KEY=VALUE";
		*value++ = 0;
		if (!set(&rule, word, value))
			return "error unknown key or value";
	}
	relay->rule[relay->rules++] = rule;
	return "ok";
}

void print_counts(const struct relay *relay)
{
	printf("{\"ab\":%llu,\"ba\":%llu,\"overruns\":%llu,\"refused\":%llu,\"rules\":[",
		(unsigned long long)relay->frames[0], (unsigned long long)relay->frames[1],
		(unsigned long long)relay->overruns, (unsigned long long)relay->refused);
	for (unsigned i = 0; i < relay->rules; i++) {
		const struct rule *rule = &relay->rule[i];

		printf("%s{\"name\":\"%s\",\"do\":\"%s\",\"matched\":%llu,\"touched\":%llu,\"data\":%llu}",
			i ? "," : "", rule->name, action_names[rule->action],
			(unsigned long long)rule->matched, (unsigned long long)rule->touched,
			(unsigned long long)rule->data);
	}
	puts("]}");
}

/* False: quit. */
static bool obey(struct relay *relay, char *line)
{
	char verb[16] = "", name[24] = "";
	int used = 0;
	const char *answer = "error unknown verb";

	sscanf(line, "%15s %23s%n", verb, name, &used);
	if (!strcmp(verb, "quit"))
		return false;
	if (!strcmp(verb, "count")) {
		print_counts(relay);
		return true;
	}
	if (!strcmp(verb, "add")) {
		answer = add(relay, name, line + used);
	} else if (!strcmp(verb, "del")) {
		answer = "error no such rule";
		for (unsigned i = 0; i < relay->rules; i++)
			if (relay->rule[i].active && !strcmp(relay->rule[i].name, name)) {
				relay->rule[i].active = false;
				answer = "ok";
			}
	} else if (!strcmp(verb, "pause") || !strcmp(verb, "resume")) {
		relay->paused = verb[0] == 'p';
		answer = "ok";
	}
	puts(answer);
	return true;
}

/* Whole lines only; the rest stays for the next call. False: quit. */
bool read_control(struct relay *relay)
{
	static char text[4096];
	static size_t used;
	ssize_t got = read(0, text + used, sizeof text - 1 - used);

	if (got <= 0)
		return false;
	used += (size_t)got;
	text[used] = 0;
	for (char *end; (end = strchr(text, '\n'));) {
		*end = 0;
		if (!obey(relay, text))
			return false;
		used -= (size_t)(end + 1 - text);
		memmove(text, end + 1, used + 1);
	}
	return true;
}
