/* SPDX-License-Identifier: MIT */
/*
 * relay NETNS:DEVICE NETNS:DEVICE [SEED [napi]]
 *
 * A wire between two TAP devices, "a" and "b", each in its network namespace, that loses, repeats,
 * reorders, delays, damages, cuts and slows down what passes, and counts every frame it touches:
 * the truth against which a verdict is measured. The devices have no offloads, so that one frame
 * is one segment of the wire, whatever the senders hand down (TSO, GSO).
 *
 * Lines on standard input change it in mid-run; each is answered by one line, "ok" or "error ...":
 *   add NAME do=ACTION [dir=ab|ba|both] [p=0..1] [what=ip|ip6|tcp|udp|icmp|fragment]
 *       [part=syn|synack|data|pure|rst] [port=N] [least=BYTES] [ms=N] [jitter=MS] [length=N]
 *       [bps=N] [queue=FRAMES] [where=header|payload] [mend=1] [seq=N] [stamp=N]
 *   ACTION: lose burst duplicate reorder delay corrupt truncate rate mark ghost
 *   del NAME | pause | resume | count | quit (count prints JSON instead of "ok"; end of input quits)
 * Rules apply in the order in which they were added.
 */
#define _GNU_SOURCE
#include "frame.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define RULES_MAX   64
#define FRAMES_MAX  16384
#define MS          1000000ll

enum action { LOSE, BURST, DUPLICATE, REORDER, DELAY, CORRUPT, TRUNCATE, RATE, MARK, GHOST, ACTIONS };
static const char *const action_names[ACTIONS] = { "lose", "burst", "duplicate", "reorder", "delay",
	"corrupt", "truncate", "rate", "mark", "ghost" };

struct rule {
	char name[24];
	bool active, direction[2];
	enum action action;
	struct frame_filter filter;
	double probability, ms, jitter_ms, bits_per_second;
	unsigned length, queue;
	bool header, mend;
	int64_t sequence, stamp;
	uint64_t matched, touched, data;   /* data: touched TCP frames that need an acknowledgment */
	int64_t last_ns[2], free_ns[2];    /* order kept by delay; when the link of rate is free */
	unsigned left[2];                  /* frames still to lose of a burst */
};

struct frame {
	int64_t due_ns;
	uint64_t number;
	uint16_t bytes;
	uint8_t to;
	uint8_t data[FRAME_ROOM];
};

struct relay {
	int fd[2];
	uint64_t random, number, frames[2], overruns, refused;
	bool paused;
	unsigned rules, queued, spare;
	struct rule rule[RULES_MAX];
	uint16_t heap[FRAMES_MAX], pool[FRAMES_MAX];
	struct frame store[FRAMES_MAX];
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 * MS + t.tv_nsec;
}

/* xorshift64*: the same seed gives the same faults. */
static uint32_t draw(struct relay *relay)
{
	relay->random ^= relay->random >> 12;
	relay->random ^= relay->random << 25;
	relay->random ^= relay->random >> 27;
	return (uint32_t)((relay->random * 0x2545f4914f6cdd1dull) >> 32);
}

static bool chance(struct relay *relay, double probability)
{
	return draw(relay) < probability * 4294967296.0;
}

/* ---- frames under way: a heap by due time -------------------------------------------------------- */

static bool earlier(const struct relay *relay, uint16_t a, uint16_t b)
{
	const struct frame *x = &relay->store[a], *y = &relay->store[b];

	return x->due_ns < y->due_ns || (x->due_ns == y->due_ns && x->number < y->number);
}

static void swap(uint16_t *a, uint16_t *b)
{
	uint16_t kept = *a;

	*a = *b;
	*b = kept;
}

static void enqueue(struct relay *relay, unsigned to, const uint8_t *data, size_t bytes, int64_t due)
{
	if (!relay->spare) {
		relay->overruns++;
		return;
	}
	uint16_t slot = relay->pool[--relay->spare];
	struct frame *frame = &relay->store[slot];
	frame->due_ns = due;
	frame->number = relay->number++;
	frame->bytes = (uint16_t)bytes;
	frame->to = (uint8_t)to;
	memcpy(frame->data, data, bytes);

	unsigned at = relay->queued++;
	relay->heap[at] = slot;
	for (; at && earlier(relay, relay->heap[at], relay->heap[(at - 1) / 2]); at = (at - 1) / 2)
		swap(&relay->heap[at], &relay->heap[(at - 1) / 2]);
}

static uint16_t dequeue(struct relay *relay)
{
	uint16_t first = relay->heap[0];

	relay->heap[0] = relay->heap[--relay->queued];
	for (unsigned at = 0;;) {
		unsigned least = at, left = 2 * at + 1;

		if (left < relay->queued && earlier(relay, relay->heap[left], relay->heap[least]))
			least = left;
		if (left + 1 < relay->queued && earlier(relay, relay->heap[left + 1], relay->heap[least]))
			least = left + 1;
		if (least == at)
			return first;
		swap(&relay->heap[at], &relay->heap[least]);
		at = least;
	}
}

static void deliver(struct relay *relay, int64_t now)
{
	while (relay->queued && relay->store[relay->heap[0]].due_ns <= now) {
		uint16_t slot = dequeue(relay);
		struct frame *frame = &relay->store[slot];

		if (write(relay->fd[frame->to], frame->data, frame->bytes) < 0)
			relay->refused++;
		relay->pool[relay->spare++] = slot;
	}
}

/* ---- rules --------------------------------------------------------------------------------------- */

/* What the rules make of one frame. */
struct passage {
	uint8_t *data;
	size_t bytes;
	unsigned from;
	int64_t due_ns;
	bool gone;
	struct frame_view view;
};

static bool lose_burst(struct relay *relay, struct rule *rule, unsigned from)
{
	if (!rule->left[from] && chance(relay, rule->probability))
		rule->left[from] = rule->length;
	if (!rule->left[from])
		return false;
	rule->left[from]--;
	return true;
}

static bool slow_down(struct rule *rule, struct passage *p)
{
	double bits = (double)p->bytes * 8;
	int64_t *free_ns = &rule->free_ns[p->from];

	if (*free_ns < p->due_ns)
		*free_ns = p->due_ns;
	double waiting = (double)(*free_ns - p->due_ns) * 1e-9 * rule->bits_per_second / (1514 * 8);
	if (waiting > rule->queue)
		return false;
	*free_ns += (int64_t)(bits / rule->bits_per_second * 1e9);
	p->due_ns = *free_ns;
	return true;
}

static void hold(struct relay *relay, struct rule *rule, struct passage *p)
{
	p->due_ns += (int64_t)((rule->ms + rule->jitter_ms * draw(relay) / 4294967296.0) * (double)MS);
	if (p->due_ns < rule->last_ns[p->from])
		p->due_ns = rule->last_ns[p->from];
	rule->last_ns[p->from] = p->due_ns;
}

static bool haunt(struct relay *relay, struct rule *rule, const struct passage *p)
{
	uint8_t copy[FRAME_ROOM];

	memcpy(copy, p->data, p->bytes);
	if (!frame_shift_tcp(copy, &p->view, rule->sequence, rule->stamp))
		return false;
	enqueue(relay, !p->from, copy, p->bytes, p->due_ns + (int64_t)(rule->ms * (double)MS));
	return true;
}

/* True if the rule did something to the frame that counts as touched. */
static bool apply(struct relay *relay, struct rule *rule, struct passage *p)
{
	switch (rule->action) {
	case LOSE:
		return p->gone = chance(relay, rule->probability);
	case BURST:
		return p->gone = lose_burst(relay, rule, p->from);
	case DELAY:
		hold(relay, rule, p);
		return true;
	case RATE:
		return p->gone = !slow_down(rule, p);
	case DUPLICATE:
	case REORDER:
	case CORRUPT:
	case TRUNCATE:
	case MARK:
	case GHOST:
	case ACTIONS:
		break;
	}
	if (!chance(relay, rule->probability))
		return false;
	if (rule->action == DUPLICATE)
		enqueue(relay, !p->from, p->data, p->bytes, p->due_ns + (int64_t)(rule->ms * (double)MS));
	else if (rule->action == REORDER)
		p->due_ns += (int64_t)(rule->ms * (double)MS);
	else if (rule->action == MARK)
		return frame_mark_congestion(p->data, &p->view);
	else if (rule->action == GHOST)
		return haunt(relay, rule, p);
	else if (rule->action == CORRUPT && rule->header)
		return frame_corrupt_header(p->data, &p->view, draw(relay), rule->mend);
	else if (rule->action == CORRUPT)
		return frame_corrupt_payload(p->data, &p->view, draw(relay), rule->mend);
	else if (p->view.end > p->view.ip + 40 && p->bytes > rule->length)
		p->bytes = rule->length;
	else
		return false;
	return true;
}

static void pass(struct relay *relay, unsigned from, uint8_t *data, size_t bytes)
{
	struct passage p = { .data = data, .bytes = bytes, .from = from, .due_ns = now_ns() };

	relay->frames[from]++;
	frame_parse(data, bytes, &p.view);
	for (unsigned i = 0; i < relay->rules && !p.gone; i++) {
		struct rule *rule = &relay->rule[i];

		if (!rule->active || !rule->direction[from]
				|| !frame_matches(&rule->filter, &p.view, bytes))
			continue;
		rule->matched++;
		if (apply(relay, rule, &p)) {
			rule->touched++;
			rule->data += p.view.tcp_data;
		}
	}
	if (!p.gone)
		enqueue(relay, !from, p.data, p.bytes, p.due_ns);
}

/* ---- control --------------------------------------------------------------------------------------- */

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
	struct rule rule = { .active = true, .direction = { true, true }, .probability = 1, .length = 10,
		.queue = 100, .bits_per_second = 1e7 };

	if (relay->rules == RULES_MAX)
		return "error too many rules";
	snprintf(rule.name, sizeof rule.name, "%s", name);
	for (char *save, *word = strtok_r(rest, " \n", &save); word; word = strtok_r(NULL, " \n", &save)) {
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

static void print_counts(const struct relay *relay)
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
static bool read_control(struct relay *relay)
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

/* ---- devices --------------------------------------------------------------------------------------- */

/* place: NETNS:DEVICE. Enters the namespace to create the device and stays there. */
static int open_tap(const char *place, bool napi)
{
	char path[256], name[128];
	struct ifreq request = { 0 };

	if (sscanf(place, "%127[^:]:%15s", name, request.ifr_name) != 2)
		return fprintf(stderr, "relay: %s: expected NETNS:DEVICE\n", place), -1;
	snprintf(path, sizeof path, "/var/run/netns/%s", name);
	int space = open(path, O_RDONLY | O_CLOEXEC);
	if (space < 0 || setns(space, CLONE_NEWNET) < 0)
		return fprintf(stderr, "relay: %s: %s\n", path, strerror(errno)), -1;
	close(space);
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	request.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | (napi ? IFF_NAPI : 0));
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0)
		return fprintf(stderr, "relay: /dev/net/tun: %s\n", strerror(errno)), -1;
	return fd;
}

static void drain(struct relay *relay, unsigned from)
{
	uint8_t data[FRAME_ROOM];

	for (int budget = 64; budget > 0; budget--) {
		ssize_t bytes = read(relay->fd[from], data, sizeof data);

		if (bytes <= 0)
			return;
		pass(relay, from, data, (size_t)bytes);
	}
}

static void run(struct relay *relay)
{
	for (bool on = true; on;) {
		struct timespec wait = { 1, 0 };
		int64_t left = relay->queued ? relay->store[relay->heap[0]].due_ns - now_ns() : 1000 * MS;

		if (left < 1000 * MS)
			wait = (struct timespec){ 0, left > 0 ? left : 0 };
		short taps = relay->paused ? 0 : POLLIN;
		struct pollfd polls[3] = { { relay->fd[0], taps, 0 }, { relay->fd[1], taps, 0 },
			{ 0, POLLIN, 0 } };
		if (ppoll(polls, 3, &wait, NULL) < 0 && errno != EINTR)
			return;
		for (unsigned i = 0; i < 2; i++)
			if (polls[i].revents & POLLIN)
				drain(relay, i);
		deliver(relay, now_ns());
		if (polls[2].revents)
			on = read_control(relay);
	}
}

int main(int argc, char **argv)
{
	static struct relay relay;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 3) {
		fputs("usage: relay NETNS:DEVICE NETNS:DEVICE [SEED [napi]]\n", stderr);
		return 2;
	}
	relay.random = (argc > 3 ? strtoull(argv[3], NULL, 0) : 1) * 0x9e3779b97f4a7c15ull + 1;
	for (int i = 0; i < 2; i++)
		if ((relay.fd[i] = open_tap(argv[1 + i], argc > 4 && !strcmp(argv[4], "napi"))) < 0)
			return 1;
	for (relay.spare = 0; relay.spare < FRAMES_MAX; relay.spare++)
		relay.pool[relay.spare] = (uint16_t)relay.spare;
	for (int i = 0; i < 20; i++)
		draw(&relay);
	puts("ready");
	run(&relay);
	print_counts(&relay);
	return 0;
}
