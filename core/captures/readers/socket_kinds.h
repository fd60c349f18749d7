/* SPDX-License-Identifier: MIT */
/* Kinds of tables of sockets: which cells a row has. Private to the readers of sockets. */
#ifndef NV_SOCKET_KINDS_H
#define NV_SOCKET_KINDS_H

enum nv_socket_kind {
	KIND_NETSTAT,
	KIND_NO_QUEUES,
	KIND_SOLARIS,
	KIND_SS,
	KIND_SS_STATE,
	KIND_SKIP,
	KIND_REXMIT,   /* FreeBSD -T: three numbers in place of the queues */
	KIND_PROC_TCP, /* copies of /proc/net/tcp and udp */
	KIND_PROC_UDP,
	KIND_POWERSHELL, /* Get-NetTCPConnection: addresses and ports apart */
};

#endif
