/* SPDX-License-Identifier: MIT */
/*
 * From the core's events to collectd's notifications, and to one JSON line an event in a file
 * (EventLog). What is worth telling, and in which words, was decided in the core, so that all front
 * ends say the same.
 */
#include "nv_present.h"
#include "frontend.h"

#include <math.h>

#define AT_ONCE   16
#define LINE_SIZE 4096

/* Threads of several hosts may write at the same time. */
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static c_complain_t log_trouble = C_COMPLAIN_INIT_STATIC; /* with the lock */

static int severity(enum nv_status status)
{
	switch (status) {
	case NV_OK:
	case NV_LEARNING:
	case NV_DISABLED:
		return NOTIF_OKAY;
	case NV_WARNING:
	case NV_UNKNOWN:
		return NOTIF_WARNING;
	case NV_CRITICAL:
		return NOTIF_FAILURE;
	}
	return NOTIF_WARNING;
}

/* A value that is not known, or a limit that does not exist, is no key rather than a strange
 * number. */
static void add_number(notification_t *notice, const char *key, double value)
{
	if (isfinite(value))
		plugin_notification_meta_add_double(notice, key, value);
}

static void add_numbers(notification_t *notice, const struct nv_event *event)
{
	uint16_t i = event->indicator;

	plugin_notification_meta_add_unsigned_int(notice, "event", event->number);
	plugin_notification_meta_add_string(notice, "class", nv_classes[event->klass].name);
	plugin_notification_meta_add_string(notice, "before", nv_status_name(event->before));
	plugin_notification_meta_add_string(notice, "status", nv_status_name(event->now));
	if (!nv_indicator_exists(i))
		return;
	plugin_notification_meta_add_string(notice, "indicator", nv_indicators[i].name);
	plugin_notification_meta_add_string(notice, "side", nv_side_name(event->side));
	plugin_notification_meta_add_string(notice, "reason", nv_reason_name(event->reason));
	add_number(notice, "value", lists_value(i, event->value));
	add_number(notice, "numerator", event->numerator);
	add_number(notice, "denominator", event->denominator);
	add_number(notice, "seconds", event->seconds);
	add_number(notice, "warn", lists_value(i, event->warn));
	add_number(
		notice, "crit", isfinite(event->crit) ? lists_value(i, event->crit) : (double)NAN);
	add_number(notice, "usual", lists_value(i, event->usual));
}

static void add_word(notification_t *notice, const char *key, const char *word)
{
	if (word[0])
		plugin_notification_meta_add_string(notice, key, word);
}

/* "10.0.0.1:8080" -> "8080"; "" if there is none. */
static const char *port_of(const char *end)
{
	const char *colon = strrchr(end, ':');

	return colon && isdigit((unsigned char)colon[1]) ? colon + 1 : "";
}

/* Who and where: of the offender that the message names. */
static void add_evidence(
	notification_t *notice, const struct nv_report *report, const struct nv_event *event)
{
	const struct nv_offender *offender = nv_event_offender(report, event);
	const struct nv_if_state *own = nv_event_interface(report, event);
	const char *interface = own ? own->name : "";

	if (offender) {
		add_word(notice, "local", offender->local);
		add_word(notice, "port", port_of(offender->local));
		add_word(notice, strchr(offender->remote, '/') ? "prefix" : "remote",
			offender->remote);
		add_word(notice, "gateway", offender->gateway);
		add_word(notice, "process", offender->process);
		add_word(notice, "unit", offender->unit);
		if (offender->pid)
			plugin_notification_meta_add_signed_int(notice, "pid", offender->pid);
		if (offender->count)
			plugin_notification_meta_add_unsigned_int(notice, "count", offender->count);
		if (offender->bytes)
			plugin_notification_meta_add_unsigned_int(notice, "bytes", offender->bytes);
		if (offender->interface[0])
			interface = offender->interface;
		add_word(notice, "evidence", offender->text);
	}
	add_word(notice, "interface", interface);
}

static void notify(const char *host, const struct nv_report *report, const struct nv_event *event)
{
	notification_t notice = { .severity = severity(event->now), .time = cdtime() };
	uint16_t i = event->indicator;
	bool of_class = event->kind == NV_EVENT_CLASS || !nv_indicator_exists(i);

	sstrncpy(notice.message, event->text, sizeof(notice.message));
	sstrncpy(notice.host, host[0] ? host : hostname_g, sizeof(notice.host));
	sstrncpy(notice.plugin, FRONTEND_NAME, sizeof(notice.plugin));
	sstrncpy(notice.plugin_instance, nv_classes[event->klass].name,
		sizeof(notice.plugin_instance));
	sstrncpy(notice.type, of_class ? "gauge" : lists_type(i), sizeof(notice.type));
	sstrncpy(notice.type_instance, of_class ? "status" : nv_indicators[i].name,
		sizeof(notice.type_instance));
	add_numbers(&notice, event);
	if (nv_indicator_exists(i))
		add_evidence(&notice, report, event);
	plugin_dispatch_notification(&notice);
	plugin_notification_meta_free(notice.meta);
}

/*
 * Opened anew for each event: events are rare, and the file may have been rotated away. It may be a
 * pipe, for which nobody waits.
 */
static void write_line(const char *path, const char *host, const struct nv_report *report,
	const struct nv_event *event)
{
	char line[LINE_SIZE];
	struct nv_out out = { .buf = line, .size = sizeof(line) };
	const struct nv_event_source of = { host[0] ? host : hostname_g, "collectd",
		nv_event_offender(report, event) };
	int fd;

	nv_event_json(&out, event, &of);
	nv_put(&out, "\n");
	if (out.used >= sizeof(line)) {
		c_complain(LOG_ERR, &log_trouble,
			FRONTEND_NAME " plugin: event %" PRIu32 " is too long for %s",
			event->number, path);
		return;
	}
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
	if (fd < 0 || write(fd, line, out.used) != (ssize_t)out.used)
		c_complain(LOG_ERR, &log_trouble,
			FRONTEND_NAME " plugin: EventLog: cannot write to %s: %s", path,
			strerror(errno));
	else
		c_release(LOG_NOTICE, &log_trouble,
			FRONTEND_NAME " plugin: EventLog: %s is written again.", path);
	if (fd >= 0)
		close(fd);
}

static void notify_of(const struct frontend_options *options, const char *host,
	const struct nv_report *report, const struct nv_event *event)
{
	(void)options;
	if (event->notify)
		notify(host, report, event);
}

static void write_of(const struct frontend_options *options, const char *host,
	const struct nv_report *report, const struct nv_event *event)
{
	pthread_mutex_lock(&log_lock);
	write_line(options->event_log, host, report, event);
	pthread_mutex_unlock(&log_lock);
}

/* Returns the number of the newest event. */
static uint32_t for_each(const struct frontend_options *options, const char *host,
	struct nv_engine *engine, uint32_t after,
	void (*emit)(const struct frontend_options *, const char *host, const struct nv_report *,
		const struct nv_event *))
{
	struct nv_event events[AT_ONCE];
	unsigned count;

	while ((count = nv_engine_events(engine, after, events, AT_ONCE)) > 0) {
		const struct nv_report *report = nv_engine_report(engine);

		for (unsigned i = 0; i < count; i++)
			emit(options, host, report, &events[i]);
		after = events[count - 1].number;
	}
	return after;
}

uint32_t notices_dispatch(const struct frontend_options *options, const char *host,
	struct nv_engine *engine, uint32_t reported)
{
	return for_each(options, host, engine, reported, notify_of);
}

uint32_t notices_write(const struct frontend_options *options, const char *host,
	struct nv_engine *engine, uint32_t written)
{
	return options->event_log[0] ? for_each(options, host, engine, written, write_of) : written;
}

void notices_log(struct nv_engine *engine)
{
	char text[NV_TEXT_SIZE + NV_PATH_SIZE];

	if (nv_engine_notice(engine, text, sizeof(text)))
		WARNING(FRONTEND_NAME " plugin: %s", text);
}

void notices_fini(void)
{
	C_COMPLAIN_INIT(&log_trouble);
}
