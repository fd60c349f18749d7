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

#include "text/clean.h"
#include "agent.h"

#include <signal.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

#define SAVE_AGAIN_S 5

struct target {
	const struct nv_column *column;
	enum nv_indicator_id indicator;
	uint64_t number;
	const unsigned char *octets; /* texts */
	size_t length;
};

/* SNMP_ERR_NOERROR and the target, or the error for the manager. */
static int find_column(const struct nv_agent *agent, const struct nv_table *table,
	size_t base_length, const netsnmp_request_info *request, struct target *out)
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

static int check_text(const netsnmp_variable_list *variable, struct target *target)
{
	bool until = target->column->setting == NV_SET_UNTIL;
	size_t longest = until                         ? 11
		: target->column->setting == NV_SET_BY ? NV_NAME_SIZE - 1
						       : NV_TEXT_SET_MAX;

	if (variable->type != ASN_OCTET_STR)
		return SNMP_ERR_WRONGTYPE;
	target->octets = variable->val.string;
	target->length = variable->val_len;
	if (target->length > longest || (until && target->length != 8 && target->length != 11))
		return SNMP_ERR_WRONGLENGTH;
	if (until ? nv_time_of(target->octets, target->length) <= 0
		  : !nv_words_good(target->octets, target->length, longest))
		return SNMP_ERR_WRONGVALUE;
	return SNMP_ERR_NOERROR;
}

static int check(
	const struct nv_agent *agent, const netsnmp_request_info *request, struct target *target)
{
	const netsnmp_variable_list *variable = request->requestvb;
	u_char expected = target->column->type == NV_INTEGER ? ASN_INTEGER : ASN_GAUGE;

	if (!agent->scene.writable)
		return SNMP_ERR_NOTWRITABLE;
	if (target->column->type == NV_OCTETS)
		return check_text(variable, target);
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
		int error = find_column(agent, table, base_length, request, &target);
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
		if (find_column(agent, table, base_length, request, &target) != SNMP_ERR_NOERROR ||
			check(agent, request, &target) != SNMP_ERR_NOERROR)
			continue;
		nv_setting_apply(settings, target.column->setting, target.indicator, target.number);
	}
}

/* ---- mutes and acknowledgements ---- */

static struct nv_wish *wish_of(struct nv_wish *wishes, unsigned *count, enum nv_indicator_id id)
{
	for (unsigned i = 0; i < *count; i++)
		if (wishes[i].indicator == id)
			return &wishes[i];
	if (*count == NV_MUTES)
		return NULL;
	wishes[*count] = (struct nv_wish){ .indicator = id };
	return &wishes[(*count)++];
}

static void take_value(const struct target *target, struct nv_wish *wish)
{
	const char *octets = (const char *)target->octets;
	const struct nv_text text = { octets, octets + target->length };

	if (target->column->setting == NV_SET_ADMIN)
		wish->admin = (enum nv_admin)target->number;
	else if (target->column->setting == NV_SET_UNTIL)
		wish->until_s = nv_time_of(target->octets, target->length);
	else if (target->column->setting == NV_SET_BY)
		nv_copy_text(wish->by, sizeof(wish->by), text);
	else if (target->column->setting == NV_SET_WHY)
		nv_copy_text(wish->why, sizeof(wish->why), text);
}

/* What the PDU wants, indicator by indicator. False: more of them than mutes can be kept. */
static bool gather_wishes(const struct nv_agent *agent, const struct nv_table *table,
	size_t base_length, const netsnmp_request_info *requests, struct nv_wish wishes[NV_MUTES],
	unsigned *count)
{
	*count = 0;
	for (const netsnmp_request_info *request = requests; request; request = request->next) {
		struct target target;
		if (find_column(agent, table, base_length, request, &target) != SNMP_ERR_NOERROR ||
			check(agent, request, &target) != SNMP_ERR_NOERROR)
			continue;
		if (target.column->setting < NV_SET_ADMIN)
			continue;
		struct nv_wish *wish = wish_of(wishes, count, target.indicator);
		if (!wish)
			return false;
		take_value(&target, wish);
	}
	return true;
}

void nv_mutes_refresh(struct nv_agent *agent)
{
	struct nv_scene *scene = &agent->scene;
	struct nv_error err;
	int count = 0;

	if (agent->state_dir[0])
		count = nv_mutes_read(agent->state_dir, NULL, scene->view->report.time_s,
			scene->mutes, NV_MUTES, &err);
	scene->mute_count = count > 0 ? (unsigned)count : 0;
	agent->mutes_read_s = (double)nv_mono_ns() / 1e9;
}

static int check_wishes(struct nv_agent *agent, const struct nv_table *table, size_t base_length,
	const netsnmp_request_info *requests)
{
	struct nv_wish wishes[NV_MUTES];
	unsigned count;

	if (!gather_wishes(agent, table, base_length, requests, wishes, &count))
		return SNMP_ERR_RESOURCEUNAVAILABLE;
	for (unsigned i = 0; i < count; i++) {
		if (!nv_wish_consistent(&wishes[i], agent->scene.view->report.time_s))
			return SNMP_ERR_INCONSISTENTVALUE;
		if (wishes[i].until_s > 0 && agent->state_dir[0] == 0)
			return SNMP_ERR_RESOURCEUNAVAILABLE;
	}
	return SNMP_ERR_NOERROR;
}

/* For UNDO: what was there, or, if nothing was, the new one as ended. */
static void remember_mute(struct nv_agent *agent, const struct nv_mute *existing,
	const struct nv_mute *made, int64_t now_s)
{
	struct nv_mute before = existing ? *existing : *made;

	if (!existing)
		before.until_s = now_s;
	if (agent->mutes_before_count < NV_MUTES)
		agent->mutes_before[agent->mutes_before_count++] = before;
}

static int store_wishes(struct nv_agent *agent, const struct nv_table *table, size_t base_length,
	const netsnmp_request_info *requests)
{
	int64_t now_s = agent->scene.view->report.time_s;
	struct nv_wish wishes[NV_MUTES];
	struct nv_error err;
	unsigned count;

	gather_wishes(agent, table, base_length, requests, wishes, &count);
	if (count > 0 && agent->state_dir[0])
		nv_mutes_refresh(agent);
	for (unsigned i = 0; i < count && agent->state_dir[0]; i++) {
		const struct nv_mute *existing = nv_mute_find(
			agent->scene.mutes, agent->scene.mute_count, now_s, wishes[i].indicator);
		struct nv_mute mute;
		if (!nv_mute_of(&wishes[i], existing, now_s, &mute))
			continue;
		remember_mute(agent, existing, &mute, now_s);
		if (nv_mutes_add(agent->state_dir, now_s, &mute, &err) < 0) {
			nv_log(LOG_ERR, "%s", err.text);
			return -1;
		}
	}
	if (count > 0)
		nv_mutes_refresh(agent);
	return 0;
}

static void restore_mutes(struct nv_agent *agent)
{
	struct nv_error err;

	for (unsigned i = 0; i < agent->mutes_before_count; i++)
		if (nv_mutes_add(agent->state_dir, agent->scene.view->report.time_s,
			    &agent->mutes_before[i], &err) < 0)
			nv_log(LOG_ERR, "%s", err.text);
	if (agent->mutes_before_count > 0)
		nv_mutes_refresh(agent);
	agent->mutes_before_count = 0;
}

/* ---- phases ---- */

static int reserve2(struct nv_agent *agent, const struct nv_table *table, size_t base_length,
	netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	struct nv_settings settings = agent->scene.settings;

	apply(agent, table, base_length, requests, &settings);
	for (netsnmp_request_info *request = requests; request; request = request->next) {
		struct target target;
		if (find_column(agent, table, base_length, request, &target) != SNMP_ERR_NOERROR)
			continue;
		const struct nv_verdict *verdict =
			&agent->scene.view->report.verdicts[target.indicator];
		if (target.indicator != NV_I_NONE &&
			!nv_settings_consistent(
				&settings, target.indicator, verdict->warn, verdict->crit)) {
			netsnmp_set_request_error(info, request, SNMP_ERR_INCONSISTENTVALUE);
			return SNMP_ERR_INCONSISTENTVALUE;
		}
	}
	int error = check_wishes(agent, table, base_length, requests);
	if (error != SNMP_ERR_NOERROR) {
		netsnmp_set_request_error(info, requests, error);
		return error;
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
		agent->mutes_before_count = 0;
		agent->setting = true;
	}
	apply(agent, table, base_length, requests, &agent->scene.settings);
	if (save(agent) < 0 || store_wishes(agent, table, base_length, requests) < 0) {
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
	agent->unsaved = save(agent) < 0;
	agent->saved_s = (double)nv_mono_ns() / 1e9;
	restore_mutes(agent);
	nv_log(LOG_WARNING, "a SET was undone");
}

void nv_set_save_again(struct nv_agent *agent)
{
	double now_s = (double)nv_mono_ns() / 1e9;

	if (!agent->unsaved || agent->setting || now_s - agent->saved_s < SAVE_AGAIN_S)
		return;
	agent->saved_s = now_s;
	agent->unsaved = save(agent) < 0;
}

static void hand_over(struct nv_agent *agent)
{
	nv_scene_log_resize(&agent->scene, nv_settings_log_rows(&agent->scene.settings));
	nv_exchange_put_settings(agent->exchange, &agent->scene.settings);
	agent->setting = false;
	kill(getpid(), SIGUSR2); /* blocked in every thread: the sampler waits for it */
}

static void commit(struct nv_agent *agent, const struct nv_table *table, size_t base_length,
	const netsnmp_request_info *requests)
{
	for (const netsnmp_request_info *request = requests; request; request = request->next) {
		struct target target;
		if (find_column(agent, table, base_length, request, &target) != SNMP_ERR_NOERROR)
			continue;
		const char *name = nv_indicators[target.indicator].name;
		if (target.column->setting == NV_SET_UNTIL)
			continue; /* octets; the words beside it are reported */
		if (target.column->type == NV_OCTETS)
			nv_log(LOG_NOTICE, "SET %s of %s to \"%.*s\"", target.column->name, name,
				(int)request->requestvb->val_len,
				(const char *)request->requestvb->val.string);
		else
			nv_log(LOG_NOTICE, "SET %s%s%s to %lu", target.column->name,
				name ? " of " : "", name ? name : "",
				(unsigned long)*request->requestvb->val.integer);
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
