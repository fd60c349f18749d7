/* SPDX-License-Identifier: MIT */
/* The socket summary and its offenders -> a table for people, JSON. */
#include "nv_sockets.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define OFFENDERS_SHOWN 16

static const char *const state_names[NV_SOCKET_STATES] = { NULL, "ESTABLISHED", "SYN_SENT",
	"SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK",
	"LISTEN", "CLOSING" };

/* ---- for people
 * ---------------------------------------------------------------------------------------------- */

static void put_states(struct nv_out *out, const struct nv_socket_summary *s)
{
	nv_put(out, "%-12s %9s %9s %9s\n", "TCP state", "IPv4", "IPv6", "loopback");
	for (unsigned i = 1; i < NV_SOCKET_STATES; i++)
		if (s->tcp[0][i] || s->tcp[1][i] || s->loopback[i])
			nv_put(out, "%-12s %9u %9u %9u\n", state_names[i], s->tcp[0][i],
				s->tcp[1][i], s->loopback[i]);
	nv_put(out, "%-12s %9u %9u\n", "UDP", s->udp[0], s->udp[1]);
}

static void put_line(struct nv_out *out, unsigned width, const char *name, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void put_line(struct nv_out *out, unsigned width, const char *name, const char *format, ...)
{
	char lead[16], text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(lead, sizeof(lead), "%-12s ", name);
	nv_put_wrapped(out, width, lead, text);
}

static void put_queues(struct nv_out *out, const struct nv_socket_summary *s, unsigned width)
{
	char receive[24], send[24], loopback[24], udp[24];

	nv_octets_say(s->receive_octets, receive, sizeof(receive));
	nv_octets_say(s->send_octets, send, sizeof(send));
	nv_octets_say(s->loopback_octets, loopback, sizeof(loopback));
	nv_octets_say(s->udp_octets, udp, sizeof(udp));
	nv_put(out, "\n");
	if (s->queues_unknown) {
		put_line(out, width, "queues",
			"not printed in this capture: what waits in them is not known");
		put_line(out, width, "listeners", "%u", s->listeners);
	} else {
		put_line(out, width, "queues",
			"%s not read, %s not acknowledged, UDP %s, loopback %s", receive, send, udp,
			loopback);
		if (!s->one_look)
			put_line(out, width, "stuck", "%u not read here, %u not taken by the peer",
				s->receive_stuck, s->send_stuck);
		put_line(out, width, "CLOSE_WAIT", "%u with unread data, %u with everything read",
			s->close_wait_unread, s->close_wait);
		put_line(out, width, "listeners",
			"%u, %u with a full accept queue; %u connections not yet accepted",
			s->listeners, s->listeners_full, s->not_accepted);
	}
	if (s->ports_to_one)
		put_line(out, width, "ports", "%u local ports towards the busiest destination",
			s->ports_to_one);
	if (s->listeners_gone)
		put_line(out, width, "gone", "%u ports lost their listener within the last hour",
			s->listeners_gone);
}

/* Worst first, what is wrong and with whom; what to do behind the last one of each kind. */
static void put_offenders(struct nv_out *out, struct nv_sockets *sockets, unsigned width)
{
	const struct nv_socket_summary *s = nv_sockets_summary(sockets);
	struct nv_offender offenders[OFFENDERS_SHOWN];
	unsigned count = nv_sockets_offenders(sockets, offenders, OFFENDERS_SHOWN);

	for (unsigned i = 0; i < count; i++) {
		uint16_t indicator = offenders[i].indicator;
		char lead[8], hint[2 * NV_TEXT_SIZE];

		snprintf(lead, sizeof(lead), " %c ", nv_classes[offenders[i].klass].letter);
		nv_put_wrapped(out, width, lead, offenders[i].text);
		if (i + 1 < count && offenders[i + 1].indicator == indicator)
			continue;
		snprintf(hint, sizeof(hint), "%s%s", nv_side_lead(nv_indicators[indicator].side),
			nv_indicators[indicator].hint);
		nv_put_wrapped(out, width, "   -> ", hint);
	}
	if (!count)
		nv_put_wrapped(out, width, s->one_look ? "no problem seen: " : "nothing is stuck: ",
			s->queues_unknown ? "no CLOSE_WAIT; queues are not printed in this capture"
				: s->one_look
				? "no CLOSE_WAIT, no accept queue full; a single reading cannot show what is stuck"
				: "no CLOSE_WAIT that stays, no queue that stands still, no accept queue full");
	nv_put(out, "\n");
}

void nv_sockets_text(struct nv_out *out, struct nv_sockets *sockets, const struct nv_style *style)
{
	const struct nv_socket_summary *s = nv_sockets_summary(sockets);

	put_offenders(out, sockets, style->width);
	put_states(out, s);
	put_queues(out, s, style->width);
}

/* ---- JSON
 * ------------------------------------------------------------------------------------------------------
 */

static void put_number(struct nv_out *out, const char *key, double value)
{
	nv_put(out, "\"%s\":", key);
	nv_put_json_number(out, value);
	nv_put(out, ",");
}

void nv_sockets_json(struct nv_out *out, struct nv_sockets *sockets)
{
	struct nv_offender offenders[OFFENDERS_SHOWN];
	unsigned count = nv_sockets_offenders(sockets, offenders, OFFENDERS_SHOWN);
	const struct nv_socket_summary *s = nv_sockets_summary(sockets);
	bool unknown = s->queues_unknown;

	nv_put(out, "{\"netvitals\":1,\"states\":{");
	for (unsigned i = 1; i < NV_SOCKET_STATES; i++)
		nv_put(out, "%s\"%s\":{\"ipv4\":%u,\"ipv6\":%u,\"loopback\":%u}", i > 1 ? "," : "",
			state_names[i], s->tcp[0][i], s->tcp[1][i], s->loopback[i]);
	nv_put(out, "},\"udp\":{\"ipv4\":%u,\"ipv6\":%u},", s->udp[0], s->udp[1]);
	put_number(out, "receiveBytes", unknown ? (double)NAN : (double)s->receive_octets);
	put_number(out, "sendBytes", unknown ? (double)NAN : (double)s->send_octets);
	put_number(out, "loopbackBytes", unknown ? (double)NAN : (double)s->loopback_octets);
	put_number(out, "udpBytes", unknown ? (double)NAN : (double)s->udp_octets);
	put_number(out, "closeWaitUnread", unknown ? (double)NAN : s->close_wait_unread);
	put_number(out, "closeWait", s->close_wait);
	put_number(out, "listeners", s->listeners);
	put_number(out, "listenersFull", unknown ? (double)NAN : s->listeners_full);
	put_number(out, "notAccepted", unknown ? (double)NAN : s->not_accepted);
	put_number(out, "receiveStuck", s->one_look ? (double)NAN : s->receive_stuck);
	put_number(out, "sendStuck", s->one_look ? (double)NAN : s->send_stuck);
	put_number(out, "portsToOne", s->ports_to_one);
	put_number(out, "listenersGone", s->listeners_gone);
	put_number(out, "age", s->age_s);
	put_number(out, "costMicroseconds", s->cost_us);
	nv_put(out, "\"offenders\":[");
	for (unsigned i = 0; i < count; i++) {
		nv_put(out, i ? ",\n" : "\n");
		nv_offender_json(out, &offenders[i]);
	}
	nv_put(out, "]}");
}
