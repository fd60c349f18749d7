/* SPDX-License-Identifier: MIT */
/*
 * The least that an AgentX subagent can be: one table of constants. What ours costs more than this
 * is our own. Built and run by tests/bench/snmp_cost.py: snmp_bare_agent SOCKET ROWS COLUMNS.
 */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <stdlib.h>

static oid table_oid[] = { 1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 7312 };
static unsigned long rows, columns;

static int handle(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
	netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	(void)handler;
	for (netsnmp_request_info *request = requests; request; request = request->next) {
		netsnmp_table_request_info *place = netsnmp_extract_table_info(request);
		unsigned long row = place->number_indexes
			? (unsigned long)*place->indexes->val.integer
			: 0;
		if (info->mode == MODE_GETNEXT && ++row > rows) {
			row = 1;
			if (++place->colnum > columns)
				continue;
		}
		if (row < 1 || row > rows || place->colnum > columns)
			continue;
		*place->indexes->val.integer = (long)row;
		u_long value = row;
		netsnmp_table_build_result(
			registration, request, place, ASN_GAUGE, (u_char *)&value, sizeof(value));
	}
	return SNMP_ERR_NOERROR;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	rows = strtoul(argv[2], NULL, 10);
	columns = strtoul(argv[3], NULL, 10);
	netsnmp_enable_subagent();
	netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, argv[1]);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	init_agent("bare");
	netsnmp_handler_registration *registration = netsnmp_create_handler_registration(
		"bare", handle, table_oid, OID_LENGTH(table_oid), HANDLER_CAN_RONLY);
	netsnmp_table_registration_info *table = calloc(1, sizeof(*table));
	netsnmp_table_helper_add_indexes(table, ASN_UNSIGNED, 0);
	table->min_column = 1;
	table->max_column = (unsigned)columns;
	netsnmp_register_table(registration, table);
	init_snmp("bare");
	for (;;)
		agent_check_and_process(1);
}
