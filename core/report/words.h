/* SPDX-License-Identifier: MIT */
/* Sentences about verdicts, classes and events; and the table of everything. */
#ifndef NV_WORDS_H
#define NV_WORDS_H

#include "nv_present.h"

void nv_say_verdict(enum nv_indicator_id, struct nv_verdict *);
/* What the evidence adds to the sentence itself: the program that has gone away. */
void nv_say_gone(const struct nv_report *, enum nv_indicator_id, struct nv_verdict *);
/* Until when, by whom and why; text of NV_TEXT_SIZE. */
void nv_say_mute(const struct nv_report *, const struct nv_verdict *, char text[NV_TEXT_SIZE]);
void nv_say_class(const struct nv_report *, enum nv_class_id, char text[NV_TEXT_SIZE]);
/* shadow: it is kept and it is not sent. */
void nv_say_event(
	const struct nv_report *, double lasted_s, double peak, bool shadow, struct nv_event *);

/* ---- report_table.c: one line of figures for every indicator and interface
 * ------------------------ */

void nv_report_everything(struct nv_out *, const struct nv_report *, const struct nv_report *total,
	const struct nv_style *);

#endif
