/* SPDX-License-Identifier: MIT */
/*
 * Shorthand of the two files that list the columns: getters are one line each.
 */
#ifndef NV_COLUMNS_H
#define NV_COLUMNS_H

#include "tables.h"

#define GETTER(name)                                                                               \
	static void name(const struct nv_scene *scene, unsigned row, struct nv_value *out)
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

#define COLUMN(arc, kind, title, getter)                                                           \
	{                                                                                          \
		.number = (arc), .type = (kind), .name = (title), .get = (getter)                  \
	}
#define SETTABLE(arc, kind, title, getter, what)                                                   \
	{                                                                                          \
		.number = (arc), .type = (kind), .name = (title), .get = (getter),                 \
		.setting = (what)                                                                  \
	}

#define REPORT                (&scene->view->report)
#define NUMBER(value)         (out->number = (uint64_t)(value))
#define STRING(text, longest) nv_value_string(out, (text), (longest))
#define TRUTH(value)          (out->number = (value) ? 1 : 2)

#endif
