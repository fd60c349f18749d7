/* SPDX-License-Identifier: MIT */
/* A frame that came in -> what the rules make of it: gone, later, damaged, twice; and the counts.
 */
#include "relay.h"

#include <string.h>

/* xorshift64*: the same seed gives the same faults. */
static uint32_t draw(struct relay *relay)
{
	relay->random ^= relay->random >> 12;
	relay->random ^= relay->random << 25;
	relay->random ^= relay->random >> 27;
	return (uint32_t)((relay->random * 0x2545f4914f6cdd1dull) >> 32);
}

static bool chance(struct relay *relay, double probability)
{
	return draw(relay) < probability * 4294967296.0;
}

void warm_up(struct relay *relay, uint64_t seed)
{
	relay->random = seed * 0x9e3779b97f4a7c15ull + 1;
	for (int i = 0; i < 20; i++)
		draw(relay);
}

/* What the rules make of one frame. */
struct passage {
	uint8_t *data;
	size_t bytes;
	unsigned from;
	int64_t due_ns;
	bool gone;
	struct frame_view view;
};

static bool lose_burst(struct relay *relay, struct rule *rule, unsigned from)
{
	if (!rule->left[from] && chance(relay, rule->probability))
		rule->left[from] = rule->length;
	if (!rule->left[from])
		return false;
	rule->left[from]--;
	return true;
}

static bool slow_down(struct rule *rule, struct passage *p)
{
	double bits = (double)p->bytes * 8;
	int64_t *free_ns = &rule->free_ns[p->from];

	if (*free_ns < p->due_ns)
		*free_ns = p->due_ns;
	double waiting = (double)(*free_ns - p->due_ns) * 1e-9 * rule->bits_per_second / (1514 * 8);
	if (waiting > rule->queue)
		return false;
	*free_ns += (int64_t)(bits / rule->bits_per_second * 1e9);
	p->due_ns = *free_ns;
	return true;
}

static void hold(struct relay *relay, struct rule *rule, struct passage *p)
{
	p->due_ns += (int64_t)((rule->ms + rule->jitter_ms * draw(relay) / 4294967296.0) *
		(double)MS);
	if (p->due_ns < rule->last_ns[p->from])
		p->due_ns = rule->last_ns[p->from];
	rule->last_ns[p->from] = p->due_ns;
}

static bool haunt(struct relay *relay, struct rule *rule, const struct passage *p)
{
	uint8_t copy[FRAME_ROOM];

	memcpy(copy, p->data, p->bytes);
	if (!frame_shift_tcp(copy, &p->view, rule->sequence, rule->stamp))
		return false;
	enqueue(relay, !p->from, copy, p->bytes, p->due_ns + (int64_t)(rule->ms * (double)MS));
	return true;
}

/* True if the rule did something to the frame that counts as touched. */
static bool apply(struct relay *relay, struct rule *rule, struct passage *p)
{
	switch (rule->action) {
	case LOSE:
		return p->gone = chance(relay, rule->probability);
	case BURST:
		return p->gone = lose_burst(relay, rule, p->from);
	case DELAY:
		hold(relay, rule, p);
		return true;
	case RATE:
		return p->gone = !slow_down(rule, p);
	case DUPLICATE:
	case REORDER:
	case CORRUPT:
	case TRUNCATE:
	case MARK:
	case GHOST:
	case ACTIONS:
		break;
	}
	if (!chance(relay, rule->probability))
		return false;
	if (rule->action == DUPLICATE)
		enqueue(relay, !p->from, p->data, p->bytes,
			p->due_ns + (int64_t)(rule->ms * (double)MS));
	else if (rule->action == REORDER)
		p->due_ns += (int64_t)(rule->ms * (double)MS);
	else if (rule->action == MARK)
		return frame_mark_congestion(p->data, &p->view);
	else if (rule->action == GHOST)
		return haunt(relay, rule, p);
	else if (rule->action == CORRUPT && rule->header)
		return frame_corrupt_header(p->data, &p->view, draw(relay), rule->mend);
	else if (rule->action == CORRUPT)
		return frame_corrupt_payload(p->data, &p->view, draw(relay), rule->mend);
	else if (p->view.end > p->view.ip + 40 && p->bytes > rule->length)
		p->bytes = rule->length;
	else
		return false;
	return true;
}

void pass(struct relay *relay, unsigned from, uint8_t *data, size_t bytes)
{
	struct passage p = { .data = data, .bytes = bytes, .from = from, .due_ns = now_ns() };

	relay->frames[from]++;
	frame_parse(data, bytes, &p.view);
	for (unsigned i = 0; i < relay->rules && !p.gone; i++) {
		struct rule *rule = &relay->rule[i];

		if (!rule->active || !rule->direction[from] ||
			!frame_matches(&rule->filter, &p.view, bytes))
			continue;
		rule->matched++;
		if (apply(relay, rule, &p)) {
			rule->touched++;
			rule->data += p.view.tcp_data;
		}
	}
	if (!p.gone)
		enqueue(relay, !from, p.data, p.bytes, p.due_ns);
}
