/* SPDX-License-Identifier: MIT */
/*
 * The thread that speaks AgentX: connects to the master, answers for the tables, comes back when
 * the master was away.
 *
 * Net-SNMP keeps its state in globals without locks, so this thread alone calls it. The order of
 * the calls in start() matters: init_agent() resets the ping interval, init_snmp() connects.
 * A stalled master costs 0.3 s a try, not seven seconds; a lost one is found again after one ping
 * interval. Requests are answered from memory: they never wait for the sampler.
 */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <net-snmp/library/fd_event_manager.h>
#include <net-snmp/agent/sysORTable.h>

#include "agent.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME            "netvitals-agentx"
#define STALL_US        300000
#define REFUSED_RETRY_S 10
#define AGENTX_SESSION                                                                             \
	0xC1 /* the library's "version" of an AgentX session; in none of its headers */

static const oid root_oid[] = { NV_ROOT_OID };

/*
 * For the library's callbacks: it frees what is registered with them, so they cannot carry the
 * pointer. One agent a process is the library's own limit.
 */
static struct nv_agent *own_agent;

/* ---- answers ------------------------------------------------------------------------------------
 */

static int asn_type(enum nv_type type)
{
	switch (type) {
	case NV_INTEGER:
		return ASN_INTEGER;
	case NV_GAUGE32:
		return ASN_GAUGE;
	case NV_COUNTER32:
		return ASN_COUNTER;
	case NV_COUNTER64:
		return ASN_COUNTER64;
	case NV_TICKS:
		return ASN_TIMETICKS;
	case NV_OCTETS:
		return ASN_OCTET_STR;
	}
	return ASN_NULL;
}

static void answer(
	netsnmp_variable_list *variable, const struct nv_scene *scene, const struct nv_place *place)
{
	struct nv_value value = { .number = 0 };
	u_char type = (u_char)asn_type(place->column->type);

	place->column->get(scene, place->row, &value);
	if (type == ASN_OCTET_STR) {
		snmp_set_var_typed_value(variable, type, value.bytes, value.length);
	} else if (type == ASN_COUNTER64) {
		struct counter64 wide = { .high = (u_long)(value.number >> 32),
			.low = (u_long)(value.number & 0xffffffff) };
		snmp_set_var_typed_value(variable, type, &wide, sizeof(wide));
	} else if (type == ASN_INTEGER) {
		long number = (long)(int32_t)value.number;
		snmp_set_var_typed_value(variable, type, &number, sizeof(number));
	} else {
		u_long number = (u_long)(uint32_t)value.number;
		snmp_set_var_typed_value(variable, type, &number, sizeof(number));
	}
}

static void get(netsnmp_agent_request_info *info, netsnmp_request_info *request,
	const struct nv_scene *scene, const struct nv_table *table, size_t length)
{
	struct nv_place place;

	switch (nv_find(table, scene, request->requestvb->name + length,
		request->requestvb->name_length - length, &place)) {
	case NV_FOUND:
		answer(request->requestvb, scene, &place);
		return;
	case NV_NO_OBJECT:
		netsnmp_set_request_error(info, request, SNMP_NOSUCHOBJECT);
		return;
	case NV_NO_INSTANCE:
		netsnmp_set_request_error(info, request, SNMP_NOSUCHINSTANCE);
		return;
	}
}

/* A request that gets no value goes on to the next table: that is Net-SNMP's rule. */
static void get_next(netsnmp_request_info *request, const struct nv_scene *scene,
	const struct nv_table *table, const oid *base, size_t length)
{
	const netsnmp_variable_list *asked = request->requestvb;
	size_t common = asked->name_length < length ? asked->name_length : length;
	int order = snmp_oid_compare(asked->name, common, base, common);
	struct nv_place place;
	oid name[MAX_OID_LEN];

	/* Before the table (the master asks by ranges), inside it, or behind it. */
	if (order > 0)
		return;
	bool inside = order == 0 && asked->name_length > length;
	if (!nv_find_next(table, scene, inside ? asked->name + length : NULL,
		    inside ? asked->name_length - length : 0, &place))
		return;
	memcpy(name, base, length * sizeof(oid));
	memcpy(name + length, place.suffix, place.length * sizeof(oid));
	snmp_set_var_objid(request->requestvb, name, length + place.length);
	answer(request->requestvb, scene, &place);
}

static int handle(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
	netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	struct nv_agent *agent = handler->myvoid;
	const struct nv_table *table = registration->my_reg_void;

	nv_look_at_sampler(agent);
	if (info->mode != MODE_GET && info->mode != MODE_GETNEXT)
		return nv_set(agent, table, registration->rootoid_len, info, requests);
	for (netsnmp_request_info *request = requests; request; request = request->next) {
		if (request->processed)
			continue;
		if (info->mode == MODE_GET)
			get(info, request, &agent->scene, table, registration->rootoid_len);
		else
			get_next(request, &agent->scene, table, registration->rootoid,
				registration->rootoid_len);
	}
	return SNMP_ERR_NOERROR;
}

/* ---- registration
 * --------------------------------------------------------------------------------- */

static size_t table_oid(const struct nv_table *table, oid name[MAX_OID_LEN])
{
	memcpy(name, root_oid, sizeof(root_oid));
	name[OID_LENGTH(root_oid)] = table->arcs[0];
	name[OID_LENGTH(root_oid) + 1] = table->arcs[1];
	return OID_LENGTH(root_oid) + 2;
}

static void register_tables(struct nv_agent *agent)
{
	for (unsigned i = 0; i < nv_tables_count; i++) {
		oid name[MAX_OID_LEN];
		size_t length = table_oid(nv_tables[i], name);
		netsnmp_handler_registration *registration = netsnmp_create_handler_registration(
			"netvitals", handle, name, length,
			nv_tables[i]->writable ? HANDLER_CAN_RWRITE : HANDLER_CAN_RONLY);
		if (!registration) {
			nv_log(LOG_ERR, "no memory to register table %u", i);
			continue;
		}
		registration->handler->myvoid = agent;
		registration->my_reg_void = (void *)(uintptr_t)nv_tables[i];
		if (netsnmp_register_handler(registration) != MIB_REGISTERED_OK)
			nv_log(LOG_ERR, "cannot register table %u", i);
	}
}

/* Notify the master of a table: minor is SNMPD_CALLBACK_REGISTER_OID or ..._UNREGISTER_OID. */
static void report_master(const struct nv_table *table, int minor)
{
	oid name[MAX_OID_LEN];
	struct register_parameters parameters = { .name = name, .priority = DEFAULT_MIB_PRIORITY };

	parameters.namelen = table_oid(table, name);
	snmp_call_callbacks(SNMP_CALLBACK_APPLICATION, minor, &parameters);
}

/*
 * A second instance is refused every table (error 263) and the library never tries again, so the
 * values would stay away after the first instance has left. Withdraw and offer all again.
 */
static void retry_refused(unsigned int id, void *context)
{
	struct nv_agent *agent = context;

	(void)id;
	if (agent->refused == 0 || !agent->session)
		return;
	agent->refused = 0;
	for (unsigned i = 0; i < nv_tables_count; i++)
		report_master(nv_tables[i], SNMPD_CALLBACK_UNREGISTER_OID);
	for (unsigned i = 0; i < nv_tables_count; i++)
		report_master(nv_tables[i], SNMPD_CALLBACK_REGISTER_OID);
	if (agent->refused == 0) {
		nv_log(LOG_NOTICE, "all tables are registered now");
		agent->refused_reported = false;
	}
}

/* ---- what the library reports
 * ---------------------------------------------------------------------- */

static int on_log(int major, int minor, void *message, void *context)
{
	struct nv_agent *agent = own_agent;
	const struct snmp_log_message *log = message;
	size_t length = strcspn(log->msg, "\n");

	(void)major, (void)minor, (void)context;
	if (strstr(log->msg, "registering pdu failed")) {
		agent->refused++;
		if (!agent->refused_reported)
			nv_log(LOG_ERR,
				"the master refuses our tables (%.*s): is another instance running? "
				"Trying again every %d s",
				(int)length, log->msg, REFUSED_RETRY_S);
		agent->refused_reported = true;
		return 0;
	}
	/* The library's own words about every try would fill the log; ours follow the edges. */
	if (strstr(log->msg, "AgentX") || strstr(log->msg, "agentx"))
		return 0;
	nv_log(log->priority <= LOG_WARNING ? log->priority : LOG_DEBUG, "%.*s", (int)length,
		log->msg);
	return 0;
}

static int on_session(int major, int minor, void *session, void *context)
{
	netsnmp_session *new_session = session;

	(void)major, (void)minor, (void)context;
	if (new_session && new_session->version == AGENTX_SESSION) {
		new_session->timeout = STALL_US;
		new_session->retries = 0;
	}
	return 0;
}

/* sysUpTime is the master's: what lies before its start is reported as 0. */
static void check_ticks(struct nv_scene *scene)
{
	u_long now = netsnmp_get_agent_uptime();

	if (scene->gap_ticks > now)
		scene->gap_ticks = 0;
	if (scene->stack_ticks > now)
		scene->stack_ticks = 0;
	if (scene->rows_ticks > now)
		scene->rows_ticks = 0;
}

static int on_connected(int major, int minor, void *session, void *context)
{
	struct nv_agent *agent = own_agent;

	(void)major, (void)minor, (void)context;
	agent->session = session;
	agent->refused = 0;
	nv_log(LOG_NOTICE, "connected to the master agent");
	nv_traps_connected(agent);
	check_ticks(&agent->scene);
	return 0;
}

static int on_disconnected(int major, int minor, void *session, void *context)
{
	struct nv_agent *agent = own_agent;

	(void)major, (void)minor, (void)session, (void)context;
	if (agent->session)
		nv_log(LOG_WARNING, "the master agent is gone; looking for it every %u s",
			agent->options.ping_s);
	agent->session = NULL;
	nv_set_abandoned(agent);
	nv_traps_disconnected(agent);
	return 0;
}

static void on_wake(int fd, void *context)
{
	uint64_t count;
	ssize_t got = read(fd, &count, sizeof(count));
	struct nv_agent *agent = context;

	(void)got; /* the loop looks at everything after this turn */
	agent->woken = true;
}

static void on_alarm(unsigned int id, void *context)
{
	(void)id, (void)context; /* its only work is to end the select */
}

/* ---- the thread
 * ----------------------------------------------------------------------------------------- */

static void start(struct nv_agent *agent)
{
	oid sysor_oid[] = { NV_ROOT_OID };
	unsigned watchdog_s = nv_supervise_interval_s();

	own_agent = agent;
	snmp_disable_log();
	snmp_enable_calllog();
	snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, NULL);
	netsnmp_enable_subagent();
	if (agent->options.socket[0])
		netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET,
			agent->options.socket);
	netsnmp_ds_set_boolean(
		NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_NO_CONNECTION_WARNINGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_ALARM_DONT_USE_SIG, 1);
	snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_SESSION_INIT, on_session, NULL);
	snmp_register_callback(
		SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START, on_connected, NULL);
	snmp_register_callback(
		SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP, on_disconnected, NULL);
	init_agent(NAME);
	netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL,
		(int)agent->options.ping_s);
	register_tables(agent);
	register_readfd(agent->exchange->wake_fd, on_wake, agent);
	init_snmp(NAME);
	REGISTER_SYSOR_ENTRY(sysor_oid, "health of the TCP/IP stack: NETVITALS-MIB");
	snmp_alarm_register(REFUSED_RETRY_S, SA_REPEAT, retry_refused, agent);
	if (watchdog_s > 0)
		snmp_alarm_register(watchdog_s, SA_REPEAT, on_alarm, agent);
	if (!agent->session)
		nv_log(LOG_WARNING, "no master agent at %s; looking for it every %u s",
			agent->options.socket[0] ? agent->options.socket : "the default socket",
			agent->options.ping_s);
}

/* Signals are the main thread's, which samples; while that hangs, nobody else would take them. */
static bool asked_to_end(void)
{
	const struct timespec at_once = { .tv_sec = 0 };
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	return sigtimedwait(&signals, NULL, &at_once) > 0;
}

static uint64_t own_netns(void)
{
	struct stat status;

	return stat("/proc/self/ns/net", &status) == 0 ? status.st_ino : 0;
}

void *nv_agent_run(void *context)
{
	oid sysor_oid[] = { NV_ROOT_OID };
	struct nv_agent *agent = context;
	const struct nv_view *view = nv_exchange_take(agent->exchange);
	double fed_s = 0, watchdog_s = nv_supervise_interval_s();

	nv_scene_init(&agent->scene);
	agent->scene.repeat_s = agent->options.repeat_s;
	nv_queue_init(&agent->queue);
	agent->scene.view = view;
	nv_exchange_get_settings(agent->exchange, &agent->scene.settings);
	nv_scene_log_resize(&agent->scene, nv_settings_log_rows(&agent->scene.settings));
	agent->scene.writable = agent->options.write;
	agent->scene.kept = agent->settings_path[0] != 0;
	agent->scene.netns_inode = own_netns();
	agent->discontinuities = view->report.discontinuities;
	agent->uptime_s = view->report.uptime_s;
	agent->interface_count = view->interface_count;
	start(agent);
	nv_supervise("READY=1");
	while (!agent->exchange->stop) {
		agent_check_and_process(1);
		double now_s = (double)nv_mono_ns() / 1e9;
		/* A walk has thousands of turns: what is between two samples need not be asked in
		 * each. */
		if (agent->woken || now_s - agent->received_s >= 0.5) {
			agent->woken = false;
			agent->received_s = now_s;
			nv_receive(agent);
		}
		nv_traps_pump(agent);
		if (agent->hung && asked_to_end())
			break;
		if (watchdog_s > 0 && now_s - fed_s >= watchdog_s) {
			nv_supervise("WATCHDOG=1");
			fed_s = now_s;
		}
	}
	UNREGISTER_SYSOR_ENTRY(sysor_oid);
	snmp_shutdown(NAME);
	if (!agent->exchange->stop)
		_exit(0); /* the main thread hangs; what it last saved stays */
	return NULL;
}
