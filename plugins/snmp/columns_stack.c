/* SPDX-License-Identifier: MIT */
/*
 * Columns of what the stack holds: sockets by protocol, family and state; memory and what is
 * limited like it. Both are views of the catalog's gauges, so a row is a line of data: which gauges
 * add up to which cell, and which indicator judges it. What is not counted reads 0 and says so.
 */
#include "catalog/status.h"
#include "text/out.h"
#include "columns.h"

#define VIEW  (scene->view)
#define PARTS 2 /* gauges that add up to one cell */

struct cell {
	uint16_t gauge[PARTS]; /* enum nv_counter_id; NV_C_NONE ends the list */
};

#define ONE(name)                                                                                  \
	{                                                                                          \
		{                                                                                  \
			NV_C_##name                                                                \
		}                                                                                  \
	}
#define TWO(name, other)                                                                           \
	{                                                                                          \
		{                                                                                  \
			NV_C_##name, NV_C_##other                                                  \
		}                                                                                  \
	}

/* A cell is known if each of its gauges is. */
static bool known(const struct nv_scene *scene, const struct cell *cell)
{
	if (cell->gauge[0] == NV_C_NONE)
		return false;
	for (unsigned i = 0; i < PARTS && cell->gauge[i] != NV_C_NONE; i++)
		if (!VIEW->counter_present[cell->gauge[i]])
			return false;
	return true;
}

static uint32_t level(const struct nv_scene *scene, const struct cell *cell)
{
	uint64_t sum = 0;

	if (!known(scene, cell))
		return 0;
	for (unsigned i = 0; i < PARTS && cell->gauge[i] != NV_C_NONE; i++) {
		uint64_t value = VIEW->counter[cell->gauge[i]];
		sum = value > UINT32_MAX - sum ? UINT32_MAX : sum + value;
	}
	return (uint32_t)sum;
}

/* ---- nvSockTable
 * ---------------------------------------------------------------------------------- */

enum { TCP = 6, UDP = 17, RAW = 255 };
enum { IPV4 = 1, IPV6 = 2, ANY = 3 };
enum {
	LISTEN = 2,
	SYN_SENT = 3,
	SYN_RECEIVED = 4,
	ESTABLISHED = 5,
	CLOSE_WAIT = 8,
	TIME_WAIT = 11,
	CLOSING_ANY = 98,
	TOTAL = 99
};

static const struct socket_row {
	unsigned long protocol, family, state;
	struct cell count, receive_queue, send_queue, stuck, oldest;
	bool looked_at; /* from the look at all sockets, which has an age */
} socket_rows[] = {
	{ TCP, IPV4, TOTAL, .count = ONE(tcpSocketsInUse) },
	{ TCP, IPV6, TOTAL, .count = ONE(tcp6SocketsInUse) },
	{ TCP, ANY, LISTEN, .count = ONE(tcpListening), .looked_at = true },
	{ TCP, ANY, SYN_SENT, .count = ONE(tcpSynSent), .looked_at = true },
	{ TCP, ANY, SYN_RECEIVED, .count = ONE(tcpSynReceived), .looked_at = true },
	{ TCP, ANY, ESTABLISHED, .count = ONE(tcpCurrEstab),
		.stuck = TWO(tcpReceiveStuck, tcpSendStuck), .oldest = ONE(tcpStuckOldest) },
	{ TCP, ANY, CLOSE_WAIT, .count = TWO(tcpCloseWait, tcpCloseWaitUnread),
		.stuck = ONE(tcpCloseWaitUnread), .oldest = ONE(tcpCloseWaitOldest),
		.looked_at = true },
	{ TCP, ANY, TIME_WAIT, .count = ONE(tcpSocketsTimeWait) },
	{ TCP, ANY, CLOSING_ANY, .count = ONE(tcpFinWait), .looked_at = true },
	{ TCP, ANY, TOTAL, .count = TWO(tcpSocketsInUse, tcp6SocketsInUse),
		.receive_queue = ONE(tcpReceiveQueue), .send_queue = ONE(tcpSendQueue) },
	{ UDP, IPV4, TOTAL, .count = ONE(udpSocketsInUse) },
	{ UDP, IPV6, TOTAL, .count = ONE(udp6SocketsInUse) },
	{ UDP, ANY, TOTAL, .count = TWO(udpSocketsInUse, udp6SocketsInUse),
		.receive_queue = ONE(udpReceiveQueue) },
	{ RAW, IPV4, TOTAL, .count = ONE(rawSocketsInUse) },
};

#define SOCKET (&socket_rows[row])

GETTER(sock_count)
{
	NUMBER(level(scene, &SOCKET->count));
}
GETTER(sock_receive_queue)
{
	NUMBER(level(scene, &SOCKET->receive_queue));
}
GETTER(sock_send_queue)
{
	NUMBER(level(scene, &SOCKET->send_queue));
}
GETTER(sock_stuck)
{
	NUMBER(level(scene, &SOCKET->stuck));
}
GETTER(sock_oldest)
{
	NUMBER(level(scene, &SOCKET->oldest));
}
GETTER(sock_known)
{
	TRUTH(known(scene, &SOCKET->count));
}

GETTER(sock_age)
{
	static const struct cell age = ONE(socketsAge);
	NUMBER(SOCKET->looked_at ? level(scene, &age) : 0);
}

static const struct nv_column socket_columns[] = {
	COLUMN(4, NV_GAUGE32, "nvSockCount", sock_count),
	COLUMN(5, NV_GAUGE32, "nvSockRecvQ", sock_receive_queue),
	COLUMN(6, NV_GAUGE32, "nvSockSendQ", sock_send_queue),
	COLUMN(7, NV_GAUGE32, "nvSockStuck", sock_stuck),
	COLUMN(8, NV_GAUGE32, "nvSockOldest", sock_oldest),
	COLUMN(9, NV_INTEGER, "nvSockKnown", sock_known),
	COLUMN(10, NV_GAUGE32, "nvSockAge", sock_age),
};

static unsigned count_of_sockets(const struct nv_scene *scene)
{
	(void)scene;
	return COUNT(socket_rows);
}

static void socket_index(
	const struct nv_scene *scene, unsigned row, unsigned long index[NV_INDEX_MAX])
{
	(void)scene;
	index[0] = NV_SELF_NETNS;
	index[1] = SOCKET->protocol;
	index[2] = SOCKET->family;
	index[3] = SOCKET->state;
}

const struct nv_table nv_socket_table = {
	.arcs = { 1, 8 },
	.index_parts = 4,
	.rows = count_of_sockets,
	.index = socket_index,
	.columns = socket_columns,
	.column_count = COUNT(socket_columns),
};

/* ---- nvMemTable
 * ----------------------------------------------------------------------------------- */

static const struct memory_row {
	unsigned long number;
	const char *name;
	struct cell used, pressure, limit;
	uint16_t indicator; /* what judges it; NV_I_NONE: nothing does */
} memory_rows[] = {
	{ 1, "tcp", ONE(tcpMemPages), ONE(tcpMemPressurePages), ONE(tcpMemLimitPages),
		NV_I_tcpMemory },
	{ 2, "udp", .used = ONE(udpMemPages), .limit = ONE(udpMemLimitPages),
		.indicator = NV_I_udpInOverflow },
	{ 3, "fragments IPv4", .used = ONE(ipFragMemory), .limit = ONE(ipFragMemoryLimit),
		.indicator = NV_I_ipReasmMemory },
	{ 4, "fragments IPv6", .used = ONE(ip6FragMemory), .limit = ONE(ip6FragMemoryLimit),
		.indicator = NV_I_ipReasmMemory },
	{ 5, "sockets", .used = ONE(socketsUsed) },
	{ 7, "orphans", .used = ONE(tcpSocketsOrphan), .limit = ONE(tcpOrphanLimit),
		.indicator = NV_I_tcpAbortMemory },
	{ 8, "time-wait", .used = ONE(tcpSocketsTimeWait), .limit = ONE(tcpTimeWaitLimit),
		.indicator = NV_I_tcpTimeWaitOverflow },
};

#define MEMORY (&memory_rows[row])
#define JUDGE  (&VIEW->report.verdicts[MEMORY->indicator])

GETTER(mem_used)
{
	NUMBER(level(scene, &MEMORY->used));
}
GETTER(mem_pressure)
{
	NUMBER(level(scene, &MEMORY->pressure));
}
GETTER(mem_limit)
{
	NUMBER(level(scene, &MEMORY->limit));
}
GETTER(mem_units)
{
	(void)scene, STRING(nv_counters[MEMORY->used.gauge[0]].unit, 64);
}
GETTER(mem_name)
{
	(void)scene, STRING(MEMORY->name, 64);
}
GETTER(mem_known)
{
	TRUTH(known(scene, &MEMORY->used));
}
GETTER(mem_indicator)
{
	(void)scene, NUMBER(MEMORY->indicator);
}

GETTER(mem_share)
{
	uint32_t limit = level(scene, &MEMORY->limit);
	NUMBER(limit > 0 ? nv_to_ppm((double)level(scene, &MEMORY->used) / limit) : 0);
}

/* Sums of one indicator that judges more than one row stand at each of them. */
GETTER(mem_failures)
{
	double sum = MEMORY->indicator ? JUDGE->sum_numerator : 0;
	NUMBER(sum > 0 ? (uint64_t)sum : 0); /* false for NAN */
}

GETTER(mem_status)
{
	bool judged = MEMORY->indicator && known(scene, &MEMORY->used);
	NUMBER(judged ? nv_shown_status(scene, JUDGE->status) : NV_UNKNOWN);
}

static const struct nv_column memory_columns[] = {
	COLUMN(2, NV_GAUGE32, "nvMemUsed", mem_used),
	COLUMN(3, NV_GAUGE32, "nvMemPressure", mem_pressure),
	COLUMN(4, NV_GAUGE32, "nvMemLimit", mem_limit),
	COLUMN(5, NV_GAUGE32, "nvMemUtil", mem_share),
	COLUMN(6, NV_COUNTER64, "nvMemFailures", mem_failures),
	COLUMN(7, NV_INTEGER, "nvMemStatus", mem_status),
	COLUMN(8, NV_OCTETS, "nvMemUnits", mem_units),
	COLUMN(9, NV_OCTETS, "nvMemName", mem_name),
	COLUMN(10, NV_GAUGE32, "nvMemIndicator", mem_indicator),
	COLUMN(11, NV_INTEGER, "nvMemKnown", mem_known),
};

static unsigned count_of_memory(const struct nv_scene *scene)
{
	(void)scene;
	return COUNT(memory_rows);
}

static void memory_index(
	const struct nv_scene *scene, unsigned row, unsigned long index[NV_INDEX_MAX])
{
	(void)scene;
	index[0] = NV_SELF_NETNS;
	index[1] = MEMORY->number;
}

const struct nv_table nv_memory_table = {
	.arcs = { 1, 9 },
	.index_parts = 2,
	.rows = count_of_memory,
	.index = memory_index,
	.columns = memory_columns,
	.column_count = COUNT(memory_columns),
};
