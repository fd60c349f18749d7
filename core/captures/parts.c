/* SPDX-License-Identifier: MIT */
/* What part of the statistics a capture has, and which of its counters an indicator speaks for. */
#include "captures/compare.h"
#include "normalize/normalize.h"

static bool is_linux(const struct nv_capture *c)
{
	return c->platform == NV_PLATFORM_LINUX;
}

struct choice {
	enum nv_counter_id moved, still; /* the first that is not 0, and that is */
};

static void consider(const struct nv_capture *c, unsigned id, struct choice *choice)
{
	enum nv_counter_id *first = c->snapshot.value[id] ? &choice->moved : &choice->still;

	if (c->snapshot.present[id] && c->computed[id] != 1)
		*first = *first ? *first : (enum nv_counter_id)id;
}

/* What is computed is not in the text, but what it is computed from. */
static void consider_parts(const struct nv_capture *c, unsigned id, struct choice *choice)
{
	consider(c, id, choice);
	for (size_t i = 0; i < nv_equation_count; i++)
		for (unsigned k = 0; nv_equations[i].to == id && k < NV_EQUATION_TERMS; k++)
			if (nv_equations[i].term[k].main)
				consider(c, nv_equations[i].term[k].counter, choice);
}

enum nv_counter_id nv_capture_main(const struct nv_capture *c, unsigned indicator)
{
	const struct nv_indicator *ind = &nv_indicators[indicator];
	struct choice choice = { NV_C_NONE, NV_C_NONE };

	for (unsigned k = 0; k < NV_TERMS_MAX && ind->num[k].counter; k++) {
		const struct nv_derived *derived = nv_derived_find(
			(enum nv_counter_id)ind->num[k].counter);

		if (ind->num[k].sign < 0)
			continue;
		consider_parts(c, ind->num[k].counter, &choice);
		for (unsigned i = 0; derived && derived->of[i].counter; i++)
			if (derived->of[i].sign > 0)
				consider_parts(c, derived->of[i].counter, &choice);
		if (ind->num[k].counter == NV_C_tcpInCsumErrors)
			consider(c, NV_C_tcpInErrs, &choice); /* Solaris counts all errors in one */
	}
	return choice.moved ? choice.moved : choice.still;
}

/* Linux prints its statistics in several files; a copy of one says nothing of the others. */
static bool has_file(const struct nv_capture *c, enum nv_file file)
{
	for (unsigned id = 1; id < NV_C_END; id++)
		if (c->snapshot.present[id] && nv_counters[id].file == file && !c->computed[id])
			return true;
	return false;
}

bool nv_capture_has_part(const struct nv_capture *c, unsigned indicator)
{
	const struct nv_indicator *ind = &nv_indicators[indicator];
	const struct nv_counter *counter = &nv_counters[ind->num[0].counter];

	if (counter->file == NV_FILE_SOCKETS)
		return c->saw_sockets;
	if (counter->file == NV_FILE_INTERFACE)
		return c->saw_interfaces;
	if (ind->num[0].counter == NV_C_mbufDenied)
		return c->saw_mbufs;
	if (counter->protocol && !c->saw_protocol[counter->protocol])
		return false;
	if (is_linux(c) && counter->file != NV_FILE_SNMP && counter->file != NV_FILE_NONE)
		return has_file(c, counter->file);
	if (is_linux(c) && counter->kind == NV_DERIVED && !has_file(c, NV_FILE_NETSTAT))
		return false;
	return c->saw_statistics;
}

/* Linux counts it: what is missing is missing in the text, where netstat leaves out what is 0. */
bool nv_capture_only_hidden(const struct nv_capture *c, unsigned indicator)
{
	const struct nv_counter *counter = &nv_counters[nv_indicators[indicator].num[0].counter];

	return is_linux(c) && (counter->row || counter->kind == NV_DERIVED);
}
