/* SPDX-License-Identifier: MIT */
/* Packets by device and layer, `netstat -D` of AIX -> interfaces: only devices with a wire count.
 */
#include "captures/capture.h"

#include <string.h>

#define AT(id) (NV_C_##id - NV_C_ifInPkts)

bool nv_capture_devices_heading(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	(void)line;
	if (!nv_starts(all->text, "Source") || !nv_contains(all->text, "Idrops"))
		return false;
	nv_store_heading(to, 0);
	to->mode = NV_GRAMMAR_AIX_DEVICES;
	to->score[NV_PLATFORM_AIX] += 10;
	return true;
}

bool nv_capture_devices(struct nv_captures *all, struct nv_capture *to, struct nv_text line)
{
	static const uint8_t at[] = { AT(ifInPkts), AT(ifOutPkts), AT(ifInDrops), AT(ifOutDrops) };
	struct nv_text rest = nv_trim(line), name, word;
	struct nv_interface *x;
	uint64_t value[4];
	unsigned n = 0;
	bool is_new;

	if (!nv_next_word(&rest, &name) || *name.at == '-')
		return true;
	while (n < 4 && nv_next_word(&rest, &word) &&
		(nv_number(word, &value[n]) || nv_is(word, "N/A")))
		n++;
	/* totals, drivers, demultiplexers: the same packets again */
	if (n < 4 || !nv_starts(name, "ent"))
		return nv_contains(line, "Total") || n == 4;
	x = nv_capture_interface_of(to, name, 0, false, &is_new);
	if (!x) {
		nv_store_unread(all, to, all->line, line);
		return true;
	}
	for (unsigned i = 0; i < 4; i++) {
		x->value[at[i]] = value[i];
		x->present = (uint16_t)(x->present | 1u << at[i]);
	}
	if (value[2] || value[3])
		nv_store_class(all, NV_CLASS_SYSTEM);
	to->numbers_read += 4;
	to->saw_interfaces = true;
	return true;
}
