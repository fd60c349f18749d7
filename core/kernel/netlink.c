/* SPDX-License-Identifier: MIT */
/*
 * Netlink without a library: a request goes out, the answer is walked message by message.
 *
 * The room that a socket receives with only grows: once it was large, the kernel truncates what it
 * gives to a smaller one. A truncated or refused answer is read to its end before the error is
 * reported, because the kernel refuses the next dump while one is under way. A socket never waits
 * longer than two seconds. Notifications may share the socket with the answers: a second socket in
 * every cycle would cost more than the messages of ten interfaces do. Source: RFC 3549; kernel
 * net/netlink/af_netlink.c netlink_dump.
 */
#include "kernel/kernel.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_S 2

void nv_source_fail(struct nv_error *err, const char *format, ...)
{
	va_list arguments;

	if (!err)
		return;
	err->line = 0;
	va_start(arguments, format);
	vsnprintf(err->text, sizeof(err->text), format, arguments);
	va_end(arguments);
}

int nv_netlink_open(struct nv_netlink *netlink, int protocol, uint32_t groups, struct nv_error *err)
{
	struct sockaddr_nl own = { .nl_family = AF_NETLINK, .nl_groups = groups };
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int on = 1;

	*netlink = (struct nv_netlink){ .fd = -1 };
	netlink->room = NV_NETLINK_BUFFER;
	netlink->buffer = malloc(NV_NETLINK_BUFFER);
	if (!netlink->buffer) {
		nv_source_fail(
			err, "netlink: no memory for a buffer of %d bytes", NV_NETLINK_BUFFER);
		return -1;
	}
	netlink->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (netlink->fd < 0 || bind(netlink->fd, (struct sockaddr *)&own, sizeof(own)) < 0) {
		nv_source_fail(err, "netlink protocol %d: %s", protocol, strerror(errno));
		nv_netlink_close(netlink);
		return -1;
	}
	/* Old kernels know no strict checks; they then filter less and we pass over more. */
	(void)setsockopt(netlink->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	(void)setsockopt(netlink->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return 0;
}

void nv_netlink_close(struct nv_netlink *netlink)
{
	if (netlink->fd >= 0)
		close(netlink->fd);
	free(netlink->buffer);
	*netlink = (struct nv_netlink){ .fd = -1 };
}

enum nv_netlink_walked nv_netlink_walk(const void *bytes, size_t length, uint32_t sequence,
	void (*take)(void *context, const struct nlmsghdr *), void *context, int *code)
{
	const unsigned char *at = bytes;
	bool interrupted = false;

	while (length >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *header = (const void *)at;
		size_t step = NLMSG_ALIGN((size_t)header->nlmsg_len);

		if (header->nlmsg_len < sizeof(*header) || header->nlmsg_len > length)
			return NV_NETLINK_MALFORMED;
		if (sequence && header->nlmsg_seq != sequence) {
			/* of an earlier request */
		} else if (header->nlmsg_type >= NLMSG_MIN_TYPE) {
			interrupted |= (header->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
			take(context, header);
		} else if (header->nlmsg_type == NLMSG_DONE) {
			int result = 0;

			interrupted |= (header->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
			if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(result)))
				memcpy(&result, at + NLMSG_HDRLEN, sizeof(result));
			if (result < 0) {
				*code = -result;
				return NV_NETLINK_FAILED;
			}
			return interrupted ? NV_NETLINK_INTERRUPTED : NV_NETLINK_DONE;
		} else if (header->nlmsg_type == NLMSG_ERROR) {
			int result = 0;

			if (header->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)))
				return NV_NETLINK_MALFORMED;
			memcpy(&result, at + NLMSG_HDRLEN, sizeof(result));
			*code = -result;
			return result ? NV_NETLINK_FAILED : NV_NETLINK_DONE;
		}
		if (step >= length)
			break;
		at += step;
		length -= step;
	}
	*code = interrupted;
	return NV_NETLINK_MORE;
}

static int complain(int code, const struct nlmsghdr *request, struct nv_error *err)
{
	nv_source_fail(
		err, "netlink request %u: %s", (unsigned)request->nlmsg_type, strerror(code));
	return -1;
}

static int send_request(
	struct nv_netlink *netlink, struct nlmsghdr *request, unsigned flags, struct nv_error *err)
{
	request->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	if (++netlink->sequence == 0)
		netlink->sequence = 1;
	request->nlmsg_seq = netlink->sequence;
	while (send(netlink->fd, request, request->nlmsg_len, 0) < 0)
		if (errno != EINTR)
			return complain(errno, request, err);
	return 0;
}

/*
 * Notifications have filled the socket, so that the kernel could not answer. All that is there is
 * read, which lets a dump that has begun come to its end.
 */
static void drain(struct nv_netlink *netlink)
{
	int code = 0;

	netlink->lost = true;
	for (;;) {
		struct sockaddr_nl from = { .nl_groups = 0 };
		socklen_t size = sizeof(from);
		ssize_t got = recvfrom(netlink->fd, netlink->buffer, netlink->room, MSG_DONTWAIT,
			(struct sockaddr *)&from, &size);

		if (got < 0 && errno != EINTR && errno != ENOBUFS)
			return;
		if (got > 0 && from.nl_groups && netlink->hear)
			(void)nv_netlink_walk(netlink->buffer, (size_t)got, 0, netlink->hear,
				netlink->hear_context, &code);
	}
}

/* MSG_TRUNC makes recv return the true length. */
static ssize_t receive_one(struct nv_netlink *netlink, bool *notified)
{
	struct sockaddr_nl from = { .nl_groups = 0 };
	socklen_t size = sizeof(from);
	ssize_t got;

	*notified = false;
	if (!netlink->hear)
		return recv(netlink->fd, netlink->buffer, netlink->room, MSG_TRUNC);
	got = recvfrom(netlink->fd, netlink->buffer, netlink->room, MSG_TRUNC,
		(struct sockaddr *)&from, &size);
	*notified = got >= 0 && from.nl_groups != 0;
	return got;
}

/* What is too long for a small room fits into the whole one the next time. */
static bool fits(struct nv_netlink *netlink, ssize_t got)
{
	bool fit = got <= (ssize_t)netlink->room;

	if (!fit)
		netlink->room = NV_NETLINK_BUFFER;
	return fit;
}

static void hear(struct nv_netlink *netlink, ssize_t got)
{
	int code = 0;

	/* Too long for the room, or malformed: as good as lost. */
	if (!fits(netlink, got) ||
		nv_netlink_walk(netlink->buffer, (size_t)got, 0, netlink->hear,
			netlink->hear_context, &code) == NV_NETLINK_MALFORMED)
		netlink->lost = true;
}

/* Receives until the answer is complete; once: the first message completes it. */
static int receive(struct nv_netlink *netlink, const struct nlmsghdr *request, bool once,
	void (*take)(void *context, const struct nlmsghdr *), void *context, int *code,
	struct nv_error *err)
{
	bool truncated = false, interrupted = false, notified;

	for (;;) {
		enum nv_netlink_walked walked;
		ssize_t got = receive_one(netlink, &notified), room;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == ENOBUFS && netlink->hear) {
			drain(netlink);
			*code = ENOBUFS;
			return complain(ENOBUFS, request, err);
		}
		if (got < 0)
			return complain(errno, request, err);
		if (notified) {
			hear(netlink, got);
			continue;
		}
		room = (ssize_t)netlink->room;
		if (!fits(netlink, got)) {
			truncated = true;
			got = room;
		}
		walked = nv_netlink_walk(
			netlink->buffer, (size_t)got, netlink->sequence, take, context, code);
		switch (walked) {
		case NV_NETLINK_MORE:
			interrupted |= *code != 0;
			*code = 0;
			if (!once || truncated)
				continue;
			return 0;
		case NV_NETLINK_MALFORMED:
			if (truncated)
				continue; /* the end is still to come */
			nv_source_fail(err, "netlink request %u: malformed answer",
				(unsigned)request->nlmsg_type);
			return -1;
		case NV_NETLINK_FAILED:
			return complain(*code, request, err);
		case NV_NETLINK_DONE:
		case NV_NETLINK_INTERRUPTED:
			interrupted |= walked == NV_NETLINK_INTERRUPTED;
			if (!truncated)
				return interrupted;
			nv_source_fail(err, "netlink request %u: a message is longer than %d bytes",
				(unsigned)request->nlmsg_type, NV_NETLINK_BUFFER);
			return -1;
		}
	}
}

int nv_netlink_dump(struct nv_netlink *netlink, struct nlmsghdr *request,
	void (*take)(void *context, const struct nlmsghdr *), void *context, int *code,
	struct nv_error *err)
{
	int own_code = 0, result;
	size_t room;

	if (!code)
		code = &own_code;
	do {
		room = netlink->room;
		*code = 0;
		if (send_request(netlink, request, NLM_F_DUMP, err) < 0)
			return -1;
		result = receive(netlink, request, false, take, context, code, err);
	} while (result < 0 && netlink->room > room);
	return result;
}

int nv_netlink_ask(struct nv_netlink *netlink, struct nlmsghdr *request,
	void (*take)(void *context, const struct nlmsghdr *), void *context, int *code,
	struct nv_error *err)
{
	int own_code = 0;

	if (!code)
		code = &own_code;
	*code = 0;
	if (send_request(netlink, request, 0, err) < 0)
		return -1;
	return receive(netlink, request, true, take, context, code, err) < 0 ? -1 : 0;
}

bool nv_message_body(const struct nlmsghdr *header, unsigned type, void *body, size_t size)
{
	if (header->nlmsg_type != type || header->nlmsg_len < NLMSG_LENGTH(size))
		return false;
	memcpy(body, (const unsigned char *)header + NLMSG_HDRLEN, size);
	return true;
}

uint32_t nv_attribute_u32(const struct nv_attribute *attribute)
{
	uint32_t value = 0;

	if (attribute->length >= sizeof(value))
		memcpy(&value, attribute->data, sizeof(value));
	return value;
}

uint64_t nv_attribute_u64(const struct nv_attribute *attribute)
{
	uint64_t value = 0;

	if (attribute->length >= sizeof(value))
		memcpy(&value, attribute->data, sizeof(value));
	return value;
}
