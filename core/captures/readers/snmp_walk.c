/* SPDX-License-Identifier: MIT */
/*
 * What snmpwalk prints of IF-MIB, TCP-MIB, UDP-MIB, IP-MIB, by names or by numbers -> counters and
 * interfaces. The names of the MIBs are those of the catalog.
 */
#include "captures/capture.h"

#include <stdio.h>
#include <string.h>

#define IF(id) (NV_C_##id - NV_C_ifInPkts)

/* Columns of interfaces: RFC 2863. Packets by kind add up; the wide ones replace the narrow. */
static const struct {
	const char *name, *number;
	uint8_t at;
	bool wide;
} columns[] = { { "ifInOctets", "2.2.1.10", IF(ifInOctets), false },
	{ "ifInUcastPkts", "2.2.1.11", IF(ifInPkts), false },
	{ "ifInNUcastPkts", "2.2.1.12", IF(ifInPkts), false },
	{ "ifInDiscards", "2.2.1.13", IF(ifInDrops), false },
	{ "ifInErrors", "2.2.1.14", IF(ifInErrs), false },
	{ "ifOutOctets", "2.2.1.16", IF(ifOutOctets), false },
	{ "ifOutUcastPkts", "2.2.1.17", IF(ifOutPkts), false },
	{ "ifOutNUcastPkts", "2.2.1.18", IF(ifOutPkts), false },
	{ "ifOutDiscards", "2.2.1.19", IF(ifOutDrops), false },
	{ "ifOutErrors", "2.2.1.20", IF(ifOutErrs), false },
	{ "ifHCInOctets", "31.1.1.1.6", IF(ifInOctets), true },
	{ "ifHCInUcastPkts", "31.1.1.1.7", IF(ifInPkts), true },
	{ "ifHCOutOctets", "31.1.1.1.10", IF(ifOutOctets), true },
	{ "ifHCOutUcastPkts", "31.1.1.1.11", IF(ifOutPkts), true } };

/* Scalars by number: RFC 4293, 4022, 4113. */
static const struct {
	const char *number;
	uint16_t id;
} scalars[] = { { "4.3", NV_C_ipInReceives }, { "4.4", NV_C_ipInHdrErrors },
	{ "4.5", NV_C_ipInAddrErrors }, { "4.6", NV_C_ipForwDatagrams },
	{ "4.7", NV_C_ipInUnknownProtos }, { "4.8", NV_C_ipInDiscards },
	{ "4.9", NV_C_ipInDelivers }, { "4.10", NV_C_ipOutRequests },
	{ "4.11", NV_C_ipOutDiscards }, { "4.12", NV_C_ipOutNoRoutes },
	{ "4.14", NV_C_ipReasmReqds }, { "4.15", NV_C_ipReasmOKs }, { "4.16", NV_C_ipReasmFails },
	{ "4.17", NV_C_ipFragOKs }, { "4.18", NV_C_ipFragFails }, { "4.19", NV_C_ipFragCreates },
	{ "6.5", NV_C_tcpActiveOpens }, { "6.6", NV_C_tcpPassiveOpens },
	{ "6.7", NV_C_tcpAttemptFails }, { "6.8", NV_C_tcpEstabResets },
	{ "6.9", NV_C_tcpCurrEstab }, { "6.10", NV_C_tcpInSegs }, { "6.11", NV_C_tcpOutSegs },
	{ "6.12", NV_C_tcpRetransSegs }, { "6.14", NV_C_tcpInErrs }, { "6.15", NV_C_tcpOutRsts },
	{ "7.1", NV_C_udpInDatagrams }, { "7.2", NV_C_udpNoPorts }, { "7.3", NV_C_udpInErrors },
	{ "7.4", NV_C_udpOutDatagrams } };

/* "IF-MIB::ifInErrors.2 = Counter32: 5" -> object, instance, value as text. */
static bool split(
	struct nv_text text, struct nv_text *object, uint64_t *instance, struct nv_text *value)
{
	const char *equals = memmem(text.at, (size_t)(text.end - text.at), " = ", 3);
	const char *dot, *colon;

	if (!equals)
		return false;
	*object = (struct nv_text){ text.at, equals };
	*value = nv_trim((struct nv_text){ equals + 3, text.end });
	colon = memmem(object->at, (size_t)(object->end - object->at), "::", 2);
	if (colon)
		object->at = colon + 2;
	dot = memrchr(object->at, '.', (size_t)(object->end - object->at));
	if (!dot || !nv_number((struct nv_text){ dot + 1, object->end }, instance))
		return false;
	object->end = dot;
	colon = memchr(value->at, ':', (size_t)(value->end - value->at));
	if (colon && colon - value->at < 14) /* "Counter32: ", "STRING: " */
		*value = nv_trim((struct nv_text){ colon + 1, value->end });
	if (value->end - value->at > 1 && *value->at == '"' && value->end[-1] == '"') {
		value->at++;
		value->end--;
	}
	return true;
}

/* "iso.3.6.1.2.1.6.10", ".1.3.6.1.2.1.6.10": what is behind mib-2; else the name itself. */
static struct nv_text behind_mib2(struct nv_text object)
{
	static const char *const roots[] = { ".1.3.6.1.2.1.", "1.3.6.1.2.1.", "iso.3.6.1.2.1.",
		"SNMPv2-SMI::mib-2.", "mib-2." };

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (nv_starts(object, roots[i]))
			return (struct nv_text){ object.at + strlen(roots[i]), object.end };
	return object;
}

/* Interfaces are known by number until their name is said, before or after. */
static struct nv_interface *interface_of(struct nv_capture *to, uint64_t instance)
{
	struct nv_interface *x;
	char name[24];
	bool is_new;

	for (unsigned i = 0; i < to->snapshot.interface_count; i++)
		if (to->snapshot.interfaces[i].index == instance)
			return &to->snapshot.interfaces[i];
	snprintf(name, sizeof(name), "if%u", (unsigned)(instance % 1000000));
	x = nv_capture_interface_of(to, nv_as_text(name), (unsigned)instance, true, &is_new);
	if (x)
		x->index = (unsigned)instance;
	return x;
}

static bool store_interface(struct nv_captures *all, struct nv_capture *to, struct nv_text object,
	uint64_t instance, struct nv_text text)
{
	struct nv_interface *x;
	uint64_t value;

	if (instance > UINT32_MAX)
		return false;
	if (nv_is(object, "ifDescr") || nv_is(object, "ifName") || nv_is(object, "2.2.1.2") ||
		nv_is(object, "31.1.1.1.1")) {
		x = interface_of(to, instance);
		if (x && nv_starts(nv_as_text(x->name), "if") && nv_is_digit(x->name[2])) {
			nv_copy_text(x->name, sizeof(x->name), text);
			x->feeds = nv_capture_has_wire(text);
		}
		return true;
	}
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		uint8_t at = columns[i].at;

		if ((!nv_is(object, columns[i].name) && !nv_is(object, columns[i].number)) ||
			!nv_number(text, &value))
			continue;
		x = interface_of(to, instance);
		if (!x)
			return false;
		if (!(x->present & 1u << at) || columns[i].wide)
			x->value[at] = value > x->value[at] ? value : x->value[at];
		else
			x->value[at] += value;
		x->present = (uint16_t)(x->present | 1u << at);
		to->saw_interfaces = true;
		to->numbers_read++;
		return true;
	}
	(void)all;
	return false;
}

bool nv_capture_snmp_walk(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	struct nv_text object, text;
	enum nv_counter_id id = NV_C_NONE;
	uint64_t instance, value;
	char name[NV_NAME_SIZE];

	(void)line;
	if (!split(all->text, &object, &instance, &text))
		return false;
	if (!nv_contains(all->text, "::") && !nv_starts(all->text, ".1.3.6.1.") &&
		!nv_starts(all->text, "iso.3.6.1.") && !nv_starts(all->text, "1.3.6.1."))
		return false;
	if (to->mode != NV_GRAMMAR_SNMP_WALK)
		nv_store_heading(to, 0);
	to->mode = NV_GRAMMAR_SNMP_WALK;
	if (nv_starts(object, "mib-2."))
		object.at += 6;
	object = behind_mib2(object);
	if (store_interface(all, to, object, instance, text) || !nv_number(text, &value))
		return true;
	for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++)
		if (nv_is(object, scalars[i].number))
			id = (enum nv_counter_id)scalars[i].id;
	nv_copy_text(name, sizeof(name), object);
	if (strncmp(name, "tcpHC", 5) == 0 || strncmp(name, "udpHC", 5) == 0)
		memmove(name + 3, name + 5, strlen(name + 5) + 1);
	id = id ? id : nv_counter_find(name);
	if (id && instance == 0)
		nv_store_counter(
			all, to, id, value, object, (enum nv_class_id)all->index.class_of[id]);
	return true;
}
