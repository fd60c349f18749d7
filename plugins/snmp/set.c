/* SPDX-License-Identifier: MIT */
/*
 * SET, phase by phase. The master keeps everybody else out meanwhile.
 *
 *     RESERVE1 type, range        RESERVE2 warn <= crit over the whole PDU, the file can be written
 *     ACTION   apply and save     COMMIT   the sampler takes it     UNDO  as it was before ACTION
 *
 * An error in COMMIT never reaches the manager, so nothing there can fail; UNDO may come for a
 * table whose ACTION failed, never ran, or ran in part, so it puts back all that was before.
 * Who sends a SET only the master knows: SnmpWrite and its view are the guards.
 */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>

#include "agent.h"

#include <signal.h>
#include <syslog.h>
#include <unistd.h>

struct target {
	const struct nv_column *column;
	enum nv_indicator_id indicator;
	uint64_t number;
};

/* SNMP_ERR_NOERROR and the target, or the error for the manager. */
static int find(const struct nv_agent *agent, const struct nv_table *table, size_t base_length,
	const netsnmp_request_info *request, struct target *out)
{
	const netsnmp_variable_list *variable = request->requestvb;
	struct nv_place place;

	switch (nv_find(table, &agent->scene, variable->name + base_length,
		variable->name_length - base_length, &place)) {
	case NV_FOUND:
		break;
	case NV_NO_OBJECT:
		return SNMP_ERR_NOTWRITABLE;
	case NV_NO_INSTANCE:
		return SNMP_ERR_NOCREATION;
	}
	if (place.column->setting == NV_SET_NOTHING)
		return SNMP_ERR_NOTWRITABLE;
	out->column = place.column;
	out->indicator = table->scalars ? NV_I_NONE : agent->scene.indicators[place.row];
	return SNMP_ERR_NOERROR;
}

static int check(const struct nv_agent *agent, const netsnmp_request_info *request, struct target *target)
{
	const netsnmp_variable_list *variable = request->requestvb;
	u_char expected = target->column->type == NV_INTEGER ? ASN_INTEGER : ASN_GAUGE;

	if (!agent->scene.writable)
		return SNMP_ERR_NOTWRITABLE;
	if (variable->type != expected)
		return SNMP_ERR_WRONGTYPE;
	if (variable->val_len != sizeof(long))
		return SNMP_ERR_WRONGLENGTH;
	if (expected == ASN_INTEGER && *variable->val.integer < 0)
		return SNMP_ERR_WRONGVALUE;
	target->number = (uint64_t)*variable->val.integer & UINT32_MAX;
	if (!nv_setting_check(target->column->setting, target->indicator, target->number))
		return SNMP_ERR_WRONGVALUE;
	return SNMP_ERR_NOERROR;
}

static int reserve1(const struct nv_agent *agent, const struct nv_table *table, size_t base_length,
	netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	for (netsnmp_request_info *request = requests; request; request = request->next) {
		struct target target;
		int error = find(agent, table, base_length, request, &target);
		if (error == SNMP_ERR_NOERROR)
			error = check(agent, request, &target);
		if (error != SNMP_ERR_NOERROR) {
			netsnmp_set_request_error(info, request, error);
			return error;
		}
	}
	return SNMP_ERR_NOERROR;
}

static void apply(const struct nv_agent *agent, const struct nv_table *table, size_t base_length,
	const netsnmp_request_info *requests, struct nv_settings *settings)
{
	for (const netsnmp_request_info *request = requests; request; request = request->next) {
		struct target target;
		if (find(agent, table, base_length, request, &target) != SNMP_ERR_NOERROR
			|| check(agent, request, &target) != SNMP_ERR_NOERROR)
			continue;
		nv_setting_apply(settings, target.column->setting, target.indicator, target.number);
	}
}

static int reserve2(const struct nv_agent *agent, const struct nv_table *table, size_t base_length,
	netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	struct nv_settings settings = agent->scene.settings;

	apply(agent, table, base_length, requests, &settings);
	for (netsnmp_request_info *request = requests; request; request = request->next) {
		struct target target;
		if (find(agent, table, base_length, request, &target) != SNMP_ERR_NOERROR)
			continue;
		const struct nv_verdict *verdict = &agent->scene.view->report.verdicts[target.indicator];
		if (target.indicator != NV_I_NONE
			&& !nv_settings_consistent(&settings, target.indicator, verdict->warn, verdict->crit)) {
			netsnmp_set_request_error(info, request, SNMP_ERR_INCONSISTENTVALUE);
			return SNMP_ERR_INCONSISTENTVALUE;
		}
	}
	if (agent->settings_path[0] && !nv_settings_writable(agent->settings_path)) {
		nv_log(LOG_ERR, "SET refused: %s cannot be written", agent->settings_path);
		netsnmp_set_request_error(info, requests, SNMP_ERR_RESOURCEUNAVAILABLE);
		return SNMP_ERR_RESOURCEUNAVAILABLE;
	}
	return SNMP_ERR_NOERROR;
}

static int save(const struct nv_agent *agent)
{
	struct nv_error err;

	if (agent->settings_path[0] == 0)
		return 0;
	if (nv_settings_save(&agent->scene.settings, agent->settings_path, &err) == 0)
		return 0;
	nv_log(LOG_ERR, "%s", err.text);
	return -1;
}

static int action(struct nv_agent *agent, const struct nv_table *table, size_t base_length,
	netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	if (!agent->setting) {
		agent->before = agent->scene.settings;
		agent->setting = true;
	}
	apply(agent, table, base_length, requests, &agent->scene.settings);
	if (save(agent) < 0) {
		netsnmp_set_request_error(info, requests, SNMP_ERR_COMMITFAILED);
		return SNMP_ERR_COMMITFAILED;
	}
	return SNMP_ERR_NOERROR;
}

static void undo(struct nv_agent *agent)
{
	if (!agent->setting)
		return;
	agent->scene.settings = agent->before;
	agent->setting = false;
	save(agent);
	nv_log(LOG_WARNING, "a SET was undone");
}

static void hand_over(struct nv_agent *agent)
{
	nv_exchange_put_settings(agent->exchange, &agent->scene.settings);
	agent->setting = false;
	kill(getpid(), SIGUSR2); /* blocked in every thread: the sampler waits for it */
}

static void commit(struct nv_agent *agent, const struct nv_table *table, size_t base_length,
	const netsnmp_request_info *requests)
{
	for (const netsnmp_request_info *request = requests; request; request = request->next) {
		struct target target;
		if (find(agent, table, base_length, request, &target) != SNMP_ERR_NOERROR)
			continue;
		const char *name = nv_indicators[target.indicator].name;
		nv_log(LOG_NOTICE, "SET %s%s%s to %lu", target.column->name, name ? " of " : "",
			name ? name : "", (unsigned long)*request->requestvb->val.integer);
	}
	if (agent->setting)
		hand_over(agent);
}

int nv_set(struct nv_agent *agent, const struct nv_table *table, size_t base_length,
	netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	switch (info->mode) {
	case MODE_SET_RESERVE1:
		nv_set_abandoned(agent);
		return reserve1(agent, table, base_length, info, requests);
	case MODE_SET_RESERVE2:
		return reserve2(agent, table, base_length, info, requests);
	case MODE_SET_ACTION:
		return action(agent, table, base_length, info, requests);
	case MODE_SET_COMMIT:
		commit(agent, table, base_length, requests);
		return SNMP_ERR_NOERROR;
	case MODE_SET_UNDO:
		undo(agent);
		return SNMP_ERR_NOERROR;
	default: /* FREE: nothing was reserved */
		return SNMP_ERR_NOERROR;
	}
}

void nv_set_abandoned(struct nv_agent *agent)
{
	if (agent->setting)
		hand_over(agent);
}
