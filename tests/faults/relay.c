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
 *   del NAME | pause | resume | count | quit (count prints JSON instead of "ok"; end of input
 * quits) Rules apply in the order in which they were added.
 */
#define _GNU_SOURCE
#include "relay.h"

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

int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 * MS + t.tv_nsec;
}

/* ---- frames under way: a heap by due time
 * -------------------------------------------------------- */

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

void enqueue(struct relay *relay, unsigned to, const uint8_t *data, size_t bytes, int64_t due)
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
		if (left + 1 < relay->queued &&
			earlier(relay, relay->heap[left + 1], relay->heap[least]))
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

/* ---- devices
 * --------------------------------------------------------------------------------------- */

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
		int64_t left = relay->queued ? relay->store[relay->heap[0]].due_ns - now_ns()
					     : 1000 * MS;

		if (left < 1000 * MS)
			wait = (struct timespec){ 0, left > 0 ? left : 0 };
		short packets = relay->paused ? 0 : POLLIN;
		struct pollfd polls[3] = { { relay->fd[0], packets, 0 },
			{ relay->fd[1], packets, 0 }, { 0, POLLIN, 0 } };
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
	warm_up(&relay, argc > 3 ? strtoull(argv[3], NULL, 0) : 1);
	for (int i = 0; i < 2; i++)
		if ((relay.fd[i] = open_tap(argv[1 + i], argc > 4 && !strcmp(argv[4], "napi"))) < 0)
			return 1;
	for (relay.spare = 0; relay.spare < FRAMES_MAX; relay.spare++)
		relay.pool[relay.spare] = (uint16_t)relay.spare;
	puts("ready");
	run(&relay);
	print_counts(&relay);
	return 0;
}
