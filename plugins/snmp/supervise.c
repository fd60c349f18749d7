/* SPDX-License-Identifier: MIT */
/*
 * Report to the service manager how we are, by its datagram socket (sd_notify(3)), without its
 * library.
 */
#include "agent.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void nv_supervise(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof(to.sun_path))
		return;
	size_t length = strlen(path);
	memcpy(to.sun_path, path, length);
	if (path[0] == '@')
		to.sun_path[0] = 0; /* an abstract name */
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	ssize_t sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	(void)sent; /* no one is left to report it to */
	close(fd);
}

unsigned nv_supervise_interval_s(void)
{
	const char *text = getenv("WATCHDOG_USEC");
	unsigned long long microseconds = text ? strtoull(text, NULL, 10) : 0;

	if (microseconds == 0)
		return 0;
	return microseconds < 3000000 ? 1 : (unsigned)(microseconds / 3000000);
}
