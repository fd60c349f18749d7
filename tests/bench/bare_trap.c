/* SPDX-License-Identifier: MIT */
/*
 * The least that can send a notification through a master agent: a subagent that answers SIGUSR1
 * with one send_v2trap. What ours takes longer is our own. Run by tests/bench/trap_latency.py:
 * bare_trap SOCKET.
 */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void on_signal(int fd, void *context)
{
	static const oid trap_oid[] = { 1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0 };
	static const oid own[] = { 1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 7312, 0, 1 };
	struct signalfd_siginfo reported;
	netsnmp_variable_list *list = NULL;

	(void)context;
	if (read(fd, &reported, sizeof(reported)) != (ssize_t)sizeof(reported))
		return;
	snmp_varlist_add_variable(
		&list, trap_oid, OID_LENGTH(trap_oid), ASN_OBJECT_ID, own, sizeof(own));
	send_v2trap(list);
	snmp_free_varbind(list);
}

int main(int argc, char **argv)
{
	sigset_t signals;

	if (argc != 2)
		return 2;
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	netsnmp_enable_subagent();
	netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, argv[1]);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	init_agent("bare_trap");
	register_readfd(signalfd(-1, &signals, SFD_CLOEXEC), on_signal, NULL);
	init_snmp("bare_trap");
	for (;;)
		agent_check_and_process(1);
}
