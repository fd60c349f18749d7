/* SPDX-License-Identifier: MIT */
/* Addresses as people write them. */
#include "kernel/kernel.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

void nv_end_say(unsigned family, const uint8_t address[16], unsigned port, char buf[NV_NAME_SIZE])
{
	static const uint8_t any[16];
	char text[INET6_ADDRSTRLEN] = "*", number[12] = "*";

	if (memcmp(address, any, 16) != 0)
		inet_ntop(family == AF_INET6 ? AF_INET6 : AF_INET, address, text, sizeof(text));
	if (port)
		snprintf(number, sizeof(number), "%u", port);
	snprintf(buf, NV_NAME_SIZE, strchr(text, ':') ? "[%s]:%s" : "%s:%s", text, number);
}

void nv_address_say(unsigned family, const uint8_t address[16], char buf[NV_NAME_SIZE])
{
	if (!inet_ntop(family == AF_INET6 ? AF_INET6 : AF_INET, address, buf, NV_NAME_SIZE))
		buf[0] = 0;
}
