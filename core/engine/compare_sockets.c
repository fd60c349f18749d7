/* SPDX-License-Identifier: MIT */
/* Sockets of a capture -> offenders: who has not read, who has not closed, whose queue is full. */
#include "engine/comparing.h"
#include "text/clean.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct nv_offender *offender_of(
	struct nv_comparison *c, unsigned indicator, const struct nv_saved_socket *s)
{
	struct nv_report *r = &c->report;
	struct nv_offender *o;

	for (unsigned i = 0; i < r->offender_count; i++) {
		o = &c->offenders[i];
		if (o->indicator == indicator && o->pid == s->pid &&
			strcmp(o->process, s->process) == 0 &&
			(s->pid || strcmp(o->local, s->local) == 0))
			return o;
	}
	if (r->offender_count == NV_CAPTURE_OFFENDERS)
		return NULL;
	o = &c->offenders[r->offender_count++];
	memset(o, 0, sizeof(*o));
	o->klass = NV_CLASS_APPLICATION;
	o->indicator = (uint16_t)indicator;
	snprintf(o->local, sizeof(o->local), "%s", s->local);
	snprintf(o->remote, sizeof(o->remote), "%s", s->remote);
	nv_copy_text(o->process, sizeof(o->process), nv_as_text(s->process));
	o->pid = s->pid;
	return o;
}

static void blame(struct nv_comparison *c, unsigned indicator, const struct nv_saved_socket *s,
	uint64_t bytes, const char *what)
{
	struct nv_offender *o = offender_of(c, indicator, s);
	char bytes_reported[40];

	if (!o)
		return;
	o->count++;
	o->bytes += bytes;
	snprintf(bytes_reported, sizeof(bytes_reported), ", %" PRIu64 " byte%s", o->bytes,
		o->bytes == 1 ? "" : "s");
	snprintf(o->text, sizeof(o->text), "%s%s%s: %" PRIu64 " %s%s", o->local,
		o->process[0] ? " " : "", o->process, o->count, what,
		o->bytes ? bytes_reported : "");
}

void nv_capture_look_at_sockets(struct nv_comparison *c)
{
	for (unsigned i = 0; i < c->after->socket_count; i++) {
		const struct nv_saved_socket *s = &c->after->sockets[i];
		bool listens = strcmp(s->state, "LISTEN") == 0,
		     waits = strcmp(s->state, "CLOSE_WAIT") == 0;

		if (!s->queues || (!s->recv_q && !s->send_q && !waits))
			continue;
		if (s->loopback) {
			c->loopback_stuck += s->recv_q || s->send_q;
			continue;
		}
		if (waits && s->recv_q) {
			blame(c, NV_I_tcpCloseWaitUnread, s, s->recv_q,
				"in CLOSE_WAIT with unread data");
		} else if (waits) {
			blame(c, NV_I_tcpCloseWait, s, 0, "in CLOSE_WAIT");
		} else if (listens) {
			if (s->backlog && s->send_q && s->recv_q > s->send_q)
				blame(c, NV_I_tcpListenOverflow, s, 0,
					"with its accept queue full");
		} else if (s->recv_q && s->state[0]) {
			c->stuck_receive++;
			blame(c, NV_I_tcpOutZeroWindow, s, s->recv_q, "with unread data");
		} else if (s->recv_q) {
			blame(c, NV_I_udpInOverflow, s, s->recv_q, "with unread datagrams");
		} else if (s->state[0] && strncmp(s->state, "SYN", 3) != 0) {
			c->stuck_send++;
			blame(c, NV_I_tcpOutWindowProbe, s, s->send_q, "with unacknowledged data");
		}
	}
	c->report.offenders = c->offenders;
}
