/* SPDX-License-Identifier: MIT */
/* Captures -> the normalized counters as text, JSON and rows of a table (the spreadsheet of the
 * article). */
#include "captures/capture.h"
#include "nv_captures.h"

#include <inttypes.h>
#include <string.h>

static uint64_t own_value(const struct nv_own *own)
{
	return own->part.amount[0] + own->part.amount[1];
}

/* Sums over the interfaces that are counted in class status, where no table of totals gave them. */
static bool interface_sum(const struct nv_capture *c, unsigned id, uint64_t *value)
{
	unsigned at = id - NV_C_ifInPkts;
	bool any = false;

	*value = 0;
	if (id < NV_C_ifInPkts || id > NV_C_ifOutOctets)
		return false;
	for (unsigned i = 0; i < c->snapshot.interface_count; i++) {
		const struct nv_interface *x = &c->snapshot.interfaces[i];

		if (!x->feeds || !(x->present & 1u << at))
			continue;
		*value += x->value[at];
		any = true;
	}
	return any;
}

static bool counter_value(const struct nv_capture *c, unsigned id, uint64_t *value)
{
	if (c->snapshot.present[id]) {
		*value = c->snapshot.value[id];
		return !c->wrapped[id] || !c->computed[id];
	}
	return interface_sum(c, id, value);
}

static const char *file_of(const struct nv_captures *all, unsigned file)
{
	return file < all->file_count ? all->files[file] : "";
}

void nv_captures_counters_text(struct nv_out *out, const struct nv_captures *all, unsigned at)
{
	const struct nv_capture *c = all->list[at];
	char taken[NV_TEXT_SIZE];
	uint64_t value;

	nv_put(out, "# %s%s%s, %u bits\n", c->host, c->host[0] ? ", " : "",
		nv_platform_titles[c->platform], c->snapshot.width_bits);
	for (unsigned id = 1; id < NV_C_END; id++)
		if (nv_counter_exists(id) && counter_value(c, id, &value))
			nv_put(out, "%-32s %20" PRIu64 "%s\n", nv_counters[id].name, value,
				c->wrapped[id] ? "  wrapped" : "");
	for (unsigned i = 0; i < c->own_count; i++)
		nv_put(out, "%-32s %20" PRIu64 "\n", c->own[i].name, own_value(&c->own[i]));
	for (unsigned i = 0; i < c->snapshot.interface_count; i++) {
		const struct nv_interface *x = &c->snapshot.interfaces[i];

		for (unsigned k = 0; k < NV_IF_VALUES; k++)
			if (x->present & 1u << k)
				nv_put(out, "%s.%-*s %20" PRIu64 "\n", x->name,
					(int)(31 - (strlen(x->name) < 31 ? strlen(x->name) : 30)),
					nv_counters[NV_C_ifInPkts + k].name, x->value[k]);
	}
	if (c->not_available[0])
		nv_put(out, "# %s\n", c->not_available);
	nv_captures_taken(all, taken, sizeof(taken));
	if (taken[0])
		nv_put(out, "# taken away before reading: %s\n", taken);
	for (unsigned i = 0; i < c->unread_count; i++)
		nv_put(out, "# not understood: %s, line %u: %s\n", file_of(all, c->unread[i].file),
			c->unread[i].line, c->unread[i].text);
}

static void interfaces_json(struct nv_out *out, const struct nv_snapshot *s)
{
	nv_put(out, "\"interfaces\":[");
	for (unsigned i = 0; i < s->interface_count; i++) {
		const struct nv_interface *x = &s->interfaces[i];

		nv_put(out, "%s{\"name\":", i ? "," : "");
		nv_put_json_string(out, x->name);
		nv_put(out, ",\"index\":%u,\"feeds\":%s", x->index, x->feeds ? "true" : "false");
		for (unsigned k = 0; k < NV_IF_VALUES; k++)
			if (x->present & 1u << k)
				nv_put(out, ",\"%s\":%" PRIu64, nv_counters[NV_C_ifInPkts + k].name,
					x->value[k]);
		nv_put(out, "}");
	}
	nv_put(out, "]");
}

static void strings_json(struct nv_out *out, const char *key, const char *value)
{
	nv_put(out, ",\"%s\":", key);
	nv_put_json_string(out, value && value[0] ? value : NULL);
}

void nv_captures_counters_json(struct nv_out *out, const struct nv_captures *all, unsigned at)
{
	const struct nv_capture *c = all->list[at];
	char taken[NV_TEXT_SIZE];
	uint64_t value;
	bool any = false;

	nv_put(out, "{\"netvitals\":1,\"platform\":\"%s\"", nv_platform_names[c->platform]);
	strings_json(out, "host", c->host);
	strings_json(out, "node", c->node);
	strings_json(out, "file", c->file);
	nv_put(out, ",\"time\":");
	nv_put_json_number(
		out, c->snapshot.time_s ? (double)c->snapshot.time_s : (double)__builtin_nan(""));
	nv_put(out, ",\"width\":%u,\"counters\":{", c->snapshot.width_bits);
	for (unsigned id = 1; id < NV_C_END; id++) {
		if (!nv_counter_exists(id) || !counter_value(c, id, &value))
			continue;
		nv_put(out, "%s\"%s\":%" PRIu64, any ? "," : "", nv_counters[id].name, value);
		any = true;
	}
	for (unsigned i = 0; i < c->own_count; i++, any = true)
		nv_put(out, "%s\"%s\":%" PRIu64, any ? "," : "", c->own[i].name,
			own_value(&c->own[i]));
	nv_put(out, "},\"wrapped\":[");
	any = false;
	for (unsigned id = 1; id < NV_C_END; id++)
		if (nv_counter_exists(id) && c->snapshot.present[id] && c->wrapped[id]) {
			nv_put(out, "%s\"%s\"", any ? "," : "", nv_counters[id].name);
			any = true;
		}
	nv_put(out, "],");
	interfaces_json(out, &c->snapshot);
	nv_put(out, ",\"sockets\":%u,\"numbers\":%" PRIu64, c->socket_count, c->numbers_read);
	strings_json(out, "notAvailable", c->not_available);
	nv_captures_taken(all, taken, sizeof(taken));
	strings_json(out, "takenAway", taken);
	nv_put(out, ",\"unrecognized\":[");
	for (unsigned i = 0; i < c->unread_count; i++) {
		nv_put(out, "%s{\"line\":%u,\"text\":", i ? "," : "", c->unread[i].line);
		nv_put_json_string(out, c->unread[i].text);
		if (all->file_count > 1)
			strings_json(out, "file", file_of(all, c->unread[i].file));
		nv_put(out, "}");
	}
	nv_put(out, "]}");
}

/* ---- one row a capture ------------------------------------------------------------------- */

static bool any_has(const struct nv_captures *const *list, unsigned count, unsigned id)
{
	uint64_t value;

	for (unsigned i = 0; i < count; i++)
		for (unsigned n = 0; n < list[i]->count; n++)
			if (counter_value(list[i]->list[n], id, &value))
				return true;
	return false;
}

void nv_captures_csv(struct nv_out *out, const struct nv_captures *const *list, unsigned count)
{
	uint8_t column[NV_C_END] = { 0 };
	uint64_t value;

	nv_put(out, "time");
	for (unsigned id = 1; id < NV_C_END; id++) {
		column[id] = nv_counter_exists(id) && any_has(list, count, id);
		if (column[id])
			nv_put(out, ",%s", nv_counters[id].name);
	}
	nv_put(out, "\n");
	for (unsigned i = 0; i < count; i++)
		for (unsigned n = 0; n < list[i]->count; n++) {
			const struct nv_capture *c = list[i]->list[n];

			if (c->snapshot.time_s)
				nv_put(out, "%" PRId64, c->snapshot.time_s);
			for (unsigned id = 1; id < NV_C_END; id++) {
				if (!column[id])
					continue;
				nv_put(out, ",");
				if (counter_value(c, id, &value))
					nv_put(out, "%" PRIu64, value);
			}
			nv_put(out, "\n");
		}
}
