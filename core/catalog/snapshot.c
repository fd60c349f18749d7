/* SPDX-License-Identifier: MIT */
/* Memory of a snapshot: fixed arrays, and a table of interfaces that grows when interfaces appear.
 */
#include "catalog/snapshot.h"
#include "text/memory.h"
#include "text/text.h"

#include <stdlib.h>
#include <string.h>

void nv_snapshot_clear(struct nv_snapshot *s)
{
	struct nv_interface *interfaces = s->interfaces;
	unsigned room = s->interface_room;

	memset(s, 0, sizeof(*s));
	s->interfaces = interfaces;
	s->interface_room = room;
	s->width_bits = 64;
	s->platform = NV_PLATFORM_LINUX;
	s->hour_of_week = -1;
}

void nv_snapshot_fini(struct nv_snapshot *s)
{
	free(s->interfaces);
	s->interfaces = NULL;
	s->interface_count = s->interface_room = 0;
}

static bool grow(struct nv_snapshot *s, unsigned needed)
{
	return nv_grow(&s->interfaces, &s->interface_room, needed, sizeof(*s->interfaces));
}

struct nv_interface *nv_snapshot_interface(struct nv_snapshot *s, struct nv_text name)
{
	struct nv_interface *i;

	if (!grow(s, s->interface_count + 1))
		return NULL;
	i = &s->interfaces[s->interface_count++];
	memset(i, 0, sizeof(*i));
	nv_copy_text(i->name, sizeof(i->name), name);
	return i;
}

const struct nv_interface *nv_interface_find(
	const struct nv_interface *in, unsigned count, const struct nv_interface *as, unsigned hint)
{
	for (unsigned i = 0; i < count; i++) {
		const struct nv_interface *x = &in[(hint + i) % count];

		if ((x->index == as->index || !x->index || !as->index) &&
			strcmp(x->name, as->name) == 0)
			return x;
	}
	return NULL;
}

int nv_snapshot_copy(struct nv_snapshot *to, const struct nv_snapshot *from)
{
	struct nv_interface *interfaces;
	unsigned room;

	if (!grow(to, from->interface_count))
		return -1;
	interfaces = to->interfaces;
	room = to->interface_room;
	*to = *from;
	to->interfaces = interfaces;
	to->interface_room = room;
	if (from->interface_count)
		memcpy(interfaces, from->interfaces, from->interface_count * sizeof(*interfaces));
	return 0;
}
