/* SPDX-License-Identifier: MIT */
/*
 * The tuned constants of judge/, each measured from outside: at which value does the verdict turn?
 * A constant that moves either way moves its line of the table. Who retunes one reads the new
 * figure out of the failure, writes it here, and says in the commit why (and what `make
 * check-judge` says of it).
 */
#include "judged_host.h"

#include "judge/baseline.h"
#include "judge/judge.h"

#define DEN 1e6 /* segments a slot: a ratio is met to a millionth */

/* The largest x between low and high for which `holds` is what it is at low, to a thousandth. */
static double edge(bool (*holds)(double), double low, double high)
{
	bool at_low = holds(low);

	if (holds(high) == at_low)
		fail_msg("nothing turns between %g and %g", low, high);
	for (unsigned i = 0; i < 20; i++) {
		double middle = (low + high) / 2;

		if (holds(middle) == at_low)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* ---- judge.c -------------------------------------------------------------------------------- */

static struct host host;

static void raised_host(void)
{
	host_init(&host, NV_I_tcpRetrans);
	slots(&host, 60, 1, DEN);
	until(&host, NV_WARNING, 0.04 * DEN, DEN);
}

static bool is_lowered(double of_limit)
{
	raised_host();
	slots(&host, 30, 0.01 * of_limit * DEN, DEN); /* what raised it leaves the ring */
	return slots(&host, 60, 0.01 * of_limit * DEN, DEN) < NV_WARNING;
}

static double hysteresis(void)
{
	return edge(is_lowered, 0.3, 1);
}

/* Lost for four minutes, then for one no more than that of the limit: raised when the limit comes
 * down. */
static bool is_fresh(double of_limit)
{
	host_init(&host, NV_I_tcpRetrans);
	host.limit.warn = host.limit.crit = 0.9;
	slots(&host, 60, 0, DEN);
	slots(&host, 23, 0.2 * DEN, DEN);
	slots(&host, 6, 0.01 * of_limit * DEN, DEN);
	host.limit.warn = 0.01;
	return slots(&host, 1, 0.01 * of_limit * DEN, DEN) >= NV_WARNING;
}

static double fresh(void)
{
	return edge(is_fresh, 0.1, 1);
}

static unsigned evaluations_to_lower(void)
{
	unsigned count = 0;

	until(&host, NV_WARNING, 0.04 * DEN, DEN);
	while (host.verdict.status >= NV_WARNING && count < 2000) {
		slots(&host, 1, 0, DEN);
		count++;
	}
	return count;
}

/* Nothing is lost any more: the window needs six slots to say so, the ring thirty. */
static double lower_after(void)
{
	raised_host();
	return evaluations_to_lower();
}

static double lower_most(void)
{
	double most = 0;

	host_init(&host, NV_I_tcpRetrans);
	for (unsigned i = 0; i < 6; i++)
		most = evaluations_to_lower();
	return most;
}

/* Does it hold longer, raised again that many seconds after it was lowered? */
static bool holds_longer(double seconds)
{
	raised_host();
	unsigned first = evaluations_to_lower();
	double lowered = host.mono_s;

	slots(&host, 40, 0, DEN);
	/* The few slots that it takes to raise are part of the time. */
	host.mono_s = lowered + seconds - 10 * SLOT_S;
	struct host copy = host;
	unsigned took = until(&copy, NV_WARNING, 0.04 * DEN, DEN);
	host.mono_s = lowered + seconds - took * SLOT_S;
	return evaluations_to_lower() > first + 10;
}

static double again_within_s(void)
{
	return edge(holds_longer, 1000, 20000);
}

/* A ratio that came too slowly to be an increase, above what must not last. */
static double lasts(void)
{
	unsigned count = 0;

	host_init(&host, NV_I_tcpRetrans);
	host.limit.warn = host.limit.crit = 0.5;
	host.limit.lasting = 0.02;
	slots(&host, 200, 0.019 * DEN, DEN);
	while (host.verdict.status < NV_WARNING && count < 5000) {
		slots(&host, 1, 0.3 * DEN, DEN);
		count++;
	}
	return count;
}

static double lasts_hold(void)
{
	unsigned count = 0;

	lasts();
	while (host.verdict.status >= NV_WARNING && count < 5000) {
		slots(&host, 1, 0, DEN);
		count++;
	}
	return count;
}

/* Above for so long, then half an hour below: how many more it takes. */
static double lasts_less(void)
{
	host_init(&host, NV_I_tcpRetrans);
	host.memory.lasting = 1000;
	host.limit.lasting = 0.02;
	slots(&host, 100, 0, DEN);
	return host.memory.lasting;
}

static bool is_raised_in_the_first_hour(double of_limit)
{
	host_init(&host, NV_I_tcpRetrans);
	host.limit.first_hour = true;
	host.limit.threshold = nv_indicators[NV_I_tcpRetrans].warn;
	return slots(&host, 100, 0.01 * of_limit * DEN, DEN) >= NV_WARNING;
}

/* As R sees it: even slots are believed to 87 % in the longest window. */
static double first_hour(void)
{
	return edge(is_raised_in_the_first_hour, 0.8, 4);
}

static bool is_an_increase(double of_recent)
{
	host_init(&host, NV_I_tcpRetrans);
	host.limit.warn = 0.022;
	host.limit.lasting = 0.5;
	slots(&host, 300, 0.02 * DEN, DEN);
	return until(&host, NV_WARNING, 0.02 * of_recent * DEN, DEN) <= 30;
}

static double increase(void)
{
	return edge(is_an_increase, 1.5, 12);
}

static bool is_a_jump(double events)
{
	struct nv_memory *m = &host.memory;

	host_init(&host, NV_I_tcpRetrans);
	host.limit.mean = 0.001;
	slots(&host, 20, floor(events), 500);
	return m->jump > 0;
}

/* Twenty slots with so many events each, and nothing known of before. */
static double jump_events(void)
{
	return floor(20 * edge(is_a_jump, 3, 60));
}

static double unsolicited_stay(void)
{
	host_init(&host, NV_I_udpNoPort);
	host.limit.from_baseline = true;
	host.limit.warn = 0.1;
	return until(&host, NV_WARNING, 0.9 * DEN, DEN);
}

static double level_stay(void)
{
	host_init(&host, NV_I_tcpCloseWaitUnread);
	return until(&host, NV_WARNING, 20, NAN);
}

/* ---- bound.c -------------------------------------------------------------------------------- */

/* S over the value, of a fault of one share that fills the last slots evenly. */
static double believed(enum nv_indicator_id id, unsigned lossy)
{
	struct nv_sums all;

	host_init(&host, id);
	host.limit.warn = 1e-9; /* no thin traffic */
	slots(&host, 60, 0, DEN);
	for (unsigned i = 0; i < lossy; i++)
		slots(&host, 1, 0.1 * DEN, DEN);
	return (double)nv_statistic(
		       &nv_indicators[id], &host.memory, &host.limit, 1, SLOT_S, &all) /
		0.1;
}

#define BELIEVED(id, lossy)                                                                        \
	static double believed_##id##_##lossy(void)                                                \
	{                                                                                          \
		return believed(NV_I_##id, lossy);                                                 \
	}
#define EACH_BELIEVED(id)                                                                          \
	BELIEVED(id, 3)                                                                            \
	BELIEVED(id, 4)                                                                            \
	BELIEVED(id, 5)                                                                            \
	BELIEVED(id, 8)                                                                            \
	BELIEVED(id, 12)                                                                           \
	BELIEVED(id, 18)                                                                           \
	BELIEVED(id, 30)
EACH_BELIEVED(tcpRetrans)
EACH_BELIEVED(tcpSynRetrans)
EACH_BELIEVED(udpNoPort)

/* Up to how many times the usual value short windows are not believed. */
static double episode(void)
{
	struct nv_sums all;
	double low = 0.0001, high = 0.1, quick;

	host_init(&host, NV_I_tcpRetrans);
	slots(&host, 60, 0, DEN);
	slots(&host, 12, 0.1 * DEN, DEN);
	quick = (double)nv_statistic(
		&nv_indicators[host.id], &host.memory, &host.limit, 1, SLOT_S, &all);
	for (unsigned i = 0; i < 40; i++) {
		host.limit.mean = (low + high) / 2;
		if (nv_statistic(&nv_indicators[host.id], &host.memory, &host.limit, 1, SLOT_S,
			    &all) > 0)
			low = host.limit.mean;
		else
			high = host.limit.mean;
	}
	return quick / low;
}

/* Is anything believed of so many slots with so many events each, among a hundred times as much? */
static bool is_believed(unsigned lossy, double events)
{
	struct nv_sums all;

	host_init(&host, NV_I_tcpRetrans);
	slots(&host, 60, 0, 1000);
	slots(&host, lossy, events, 1000);
	return nv_statistic(&nv_indicators[host.id], &host.memory, &host.limit, 1, SLOT_S, &all) >
		0;
}

/* Few events: the slots that it takes, LIVELIEST and OUTSIDE, each with the others at their place.
 */
static double few_slots(void)
{
	unsigned lossy = 1;

	while (lossy < 30 && !is_believed(lossy, 4))
		lossy++;
	return lossy;
}

static double many_slots(void)
{
	unsigned lossy = 1;

	while (lossy < 30 && !is_believed(lossy, 100))
		lossy++;
	return lossy;
}

static bool are_many(double events)
{
	return is_believed(10, events);
}

static double many_events(void)
{
	return 10 * edge(are_many, 5, 100);
}

/* Fifteen slots of four events, then two with so many; fewer than MANY in all. */
static bool is_outlasting(double events)
{
	struct nv_sums all;

	host_init(&host, NV_I_tcpRetrans);
	slots(&host, 60, 0, 1000);
	slots(&host, 15, 4, 1000);
	slots(&host, 2, events, 1000);
	return nv_statistic(&nv_indicators[host.id], &host.memory, &host.limit, 1, SLOT_S, &all) >
		0;
}

static double outlasting(void)
{
	double beside = 2 * edge(is_outlasting, 1, 3.9);

	return beside / (60 + beside);
}

static bool is_showing(double of_lively)
{
	struct nv_sums all;

	host_init(&host, NV_I_tcpRetrans);
	slots(&host, 60, 0, 1e6);
	slots(&host, 6, of_lively * 1e5, 1e6);
	slots(&host, 6, 1e5, 1e6);
	return nv_statistic(&nv_indicators[host.id], &host.memory, &host.limit, .1, SLOT_S, &all) >
		0;
}

/* Half of the slots have that many times the others: a part of the value in between. */
static double showing(void)
{
	double times = edge(is_showing, 2, 30);

	return 1 / ((times + 1) / 2);
}

static double crit_lasts(void)
{
	unsigned above = 0;

	host_init(&host, NV_I_tcpRetrans);
	slots(&host, 60, 0, 10);
	while (host.verdict.status < NV_CRITICAL && above < 200) {
		slots(&host, 1, 2, 10);
		above = host.memory.above_crit;
	}
	return above;
}

static bool is_critical_at_once(double events)
{
	host_init(&host, NV_I_tcpRetrans);
	slots(&host, 60, 0, 10);
	return slots(&host, 20, floor(events), 10) >= NV_CRITICAL;
}

static double crit_events(void)
{
	return 20 * floor(edge(is_critical_at_once, 2, 9.9) + 0.01);
}

/* The quarter of an hour before: how much of it is left after a quarter of an hour more. */
static double recent(void)
{
	host_init(&host, NV_I_tcpRetrans);
	host.limit.warn = host.limit.crit = 0.9;
	slots(&host, 30 + 90, 0.1 * DEN, DEN);
	slots(&host, 30, 0, DEN);
	double full = nv_recent_value(&host.memory, 0);
	slots(&host, 90, 0, DEN);
	return nv_recent_value(&host.memory, 0) / full;
}

/* ---- limit.c -------------------------------------------------------------------------------- */

/* A baseline three weeks old whose mean is that share of the threshold, and whose peaks swing wide.
 */
static struct nv_baseline *grown(double mean_of_warn, double log_of_peaks)
{
	struct nv_baseline *b = &host.baseline;
	float mean = (float)(0.01 * mean_of_warn);

	host_init(&host, NV_I_tcpRetrans);
	b->hours = 3 * WEEK_HOURS;
	b->hour = 30;
	b->bursts = 6;
	b->all_n = 1e9F;
	b->all_k = mean * b->all_n;
	b->high = b->anchor = b->all_peak = (float)(log(0.01) + log_of_peaks);
	b->rare = b->rare_jump = -20;
	b->spread = 0.01F;
	for (unsigned cell = 0; cell < NV_CELLS; cell++) {
		b->cell_n[cell] = 1e8F;
		b->cell_k[cell] = mean * b->cell_n[cell];
		b->cell_days[cell] = 20;
		b->cell_peak[cell] = -20;
	}
	return b;
}

static double limit_of(struct nv_baseline *b)
{
	struct nv_learning learning = { .slot_s = SLOT_S, .accept_days = 3, .warn = 0.01 };

	nv_compute_limit(host.id, b, &learning);
	return (double)b->limit / 0.01;
}

static double promise(void)
{
	return limit_of(grown(0.1, 3));
}

static bool is_promised(double mean_of_warn)
{
	return limit_of(grown(mean_of_warn, 3)) < 5;
}

static double promised_below(void)
{
	return edge(is_promised, 0.2, 1);
}

static double promised_times(void)
{
	return limit_of(grown(0.65, 3)) / 0.65;
}

static double rare_room(void)
{
	struct nv_baseline *b = grown(0.1, 3);

	b->rare = logf(0.02F);
	return limit_of(b) / 2;
}

static double rare_above(void)
{
	struct nv_baseline *b = grown(0.1, 3);

	b->anchor = logf(0.02F);
	b->rare = 0;
	return log(limit_of(b) / 2);
}

static double anchor_room(void)
{
	struct nv_baseline *b = grown(0.9, 3);

	b->anchor = logf(0.01F);
	return log(limit_of(b));
}

static double lasting_times(void)
{
	struct nv_baseline *b = grown(0.65, 0);

	limit_of(b);
	return (double)b->lasting / 0.0065;
}

static double lasting_least(void)
{
	struct nv_baseline *b = grown(0.05, 0);

	limit_of(b);
	return (double)b->lasting / 0.01;
}

static double jump_least(void)
{
	struct nv_baseline *b = grown(0.05, 0);

	limit_of(b);
	return (double)b->jump / 0.01;
}

static double jump_means(void)
{
	struct nv_baseline *b = grown(0.58, 0);

	limit_of(b);
	return (double)b->jump / 0.0058;
}

static double jump_times(void)
{
	struct nv_baseline *b = grown(0.1, 0);

	limit_of(b);
	return (double)b->jump_times;
}

static double jump_room(void)
{
	struct nv_baseline *b = grown(0.1, 0);

	b->rare_jump = logf(4);
	limit_of(b);
	return (double)b->jump_times / 4;
}

static bool is_jump_possible(enum nv_indicator_id id, double mean_of_warn)
{
	struct nv_baseline *b = grown(mean_of_warn, 0);

	host.id = id;
	limit_of(b);
	return b->jump > 0;
}

static bool own_jumps(double mean_of_warn)
{
	return is_jump_possible(NV_I_tcpOutZeroWindow, mean_of_warn);
}

static bool lost_jumps(double mean_of_warn)
{
	return is_jump_possible(NV_I_tcpSynRetrans, mean_of_warn);
}

static double own_below(void)
{
	return edge(own_jumps, 0.1, 2);
}

static double lost_below(void)
{
	return edge(lost_jumps, 0.1, 2);
}

static double rare_caution(void)
{
	struct nv_limit limit;

	limit_of(grown(0, 0));
	nv_baseline_limit(host.id, &host.baseline, &host.limit, &limit);
	return limit.caution;
}

/* ---- baseline.c ----------------------------------------------------------------------------- */

static void learn(struct nv_baseline *b, int hour, double seconds)
{
	struct nv_learning learning = {
		.hour_of_week = hour, .slot_s = SLOT_S, .accept_days = 3, .warn = 0.01
	};
	struct nv_reading window = { .num = 6, .den = 60000, .value = 1e-4, .seconds = 60 };

	for (double s = 0; s < seconds; s += SLOT_S)
		nv_baseline_learn(host.id, b, &host.memory, &window, &learning);
}

static bool is_an_hour(double seconds)
{
	host_init(&host, NV_I_tcpRetrans);
	learn(&host.baseline, 30, floor(seconds / SLOT_S) * SLOT_S);
	learn(&host.baseline, 31, SLOT_S);
	return host.baseline.hours > 0;
}

static double least_hour_s(void)
{
	return edge(is_an_hour, 100, 3600);
}

/* An hour in which R was that high, learned by a baseline three weeks old. */
static double rise_after_an_hour(double factor, float (*of)(const struct nv_baseline *))
{
	struct nv_baseline *b = grown(0.1, -1);

	for (unsigned cell = 0; cell < NV_CELLS; cell++)
		b->cell_peak[cell] = b->high;
	double before = (double)of(b);
	host.memory.sustained = (float)(exp((double)b->high) * factor);
	learn(b, 30, 3600);
	learn(b, 31, SLOT_S);
	return (double)of(b) - before;
}

static float anchor_of(const struct nv_baseline *b)
{
	return b->anchor;
}

static float peak_of(const struct nv_baseline *b)
{
	return b->cell_peak[nv_cell_of(30)];
}

static float mean_of(const struct nv_baseline *b)
{
	return b->cell_n[nv_cell_of(30)];
}

static double anchor_rise(void)
{
	return rise_after_an_hour(10, anchor_of);
}

static double peak_step(void)
{
	return rise_after_an_hour(exp(1), peak_of);
}

static double cell_keeps(void)
{
	return 1 + (rise_after_an_hour(1, mean_of) - 60000 * 60) / 1e8;
}

static const struct {
	const char *constant;
	double (*measure)(void);
	double expected, tolerance;
} pins[] = {
	{ "judge.c HYSTERESIS", hysteresis, 0.8, 0.005 },
	{ "judge.c FRESH", fresh, 0.5, 0.005 },
	{ "judge.c LOWER_AFTER", lower_after, 30 + 4, 0 },
	{ "judge.c LOWER_MOST", lower_most, 720 + 4, 0 },
	{ "judge.c AGAIN_WITHIN_S", again_within_s, 7200, 15 },
	{ "judge.c LASTS", lasts, 1080 + 30, 0 },
	{ "judge.c LASTS_HOLD", lasts_hold, 180 + 5, 0 },
	{ "judge.c LASTS_LESS", lasts_less, 600, 0 },
	{ "judge.c FIRST_HOUR", first_hour, 1.4 / 0.8722, 0.005 },
	{ "judge.c JUMP_EVENTS", jump_events, 100, 3 },
	{ "judge.c tunings[default].last_notified", increase, 2.5 / 0.7738, 0.01 },
	{ "judge.c tunings[default].unsolicited", unsolicited_stay, 42 + 4, 0 },
	{ "judge.c tunings[default].level", level_stay, 9 + 2, 0 },
	{ "judge.c CRIT_LASTS", crit_lasts, 30, 0 },
	{ "judge.c CRIT_EVENTS", crit_events, 100, 0 },
	{ "bound.c LIVELIEST, OUTSIDE", few_slots, 15 + 2, 0 },
	{ "bound.c BUSY", many_slots, 9, 0 },
	{ "bound.c MANY", many_events, 150, 1 },
	{ "bound.c OUTLASTING", outlasting, 0.1, 0.002 },
	{ "bound.c SHOWING", showing, 0.25, 0.005 },
	{ "bound.c EPISODE", episode, 6.5, 0.01 },
	{ "bound.c RECENT_S", recent, 0.2987, 0.002 },
#define BELIEVES(id, lossy, expected)                                                              \
	{                                                                                          \
		"bound.c windows: " #id " for " #lossy " slots", believed_##id##_##lossy,          \
			expected, 0.002                                                            \
	}
	BELIEVES(tcpRetrans, 3, 0),
	BELIEVES(tcpRetrans, 4, 0),
	BELIEVES(tcpRetrans, 5, 0),
	BELIEVES(tcpRetrans, 8, 0),
	BELIEVES(tcpRetrans, 12, 0.783),
	BELIEVES(tcpRetrans, 18, 0.835),
	BELIEVES(tcpRetrans, 30, 0.872),
	BELIEVES(tcpSynRetrans, 3, 0),
	BELIEVES(tcpSynRetrans, 4, 0),
	BELIEVES(tcpSynRetrans, 5, 0),
	BELIEVES(tcpSynRetrans, 8, 0),
	BELIEVES(tcpSynRetrans, 12, 0.627),
	BELIEVES(tcpSynRetrans, 18, 0.835),
	BELIEVES(tcpSynRetrans, 30, 0.872),
	BELIEVES(udpNoPort, 3, 0),
	BELIEVES(udpNoPort, 4, 0.304),
	BELIEVES(udpNoPort, 5, 0.424),
	BELIEVES(udpNoPort, 8, 0.730),
	BELIEVES(udpNoPort, 12, 0.730),
	BELIEVES(udpNoPort, 18, 0.730),
	BELIEVES(udpNoPort, 30, 0.730),
	{ "limit.c PROMISE", promise, 1.5, 0.005 },
	{ "limit.c PROMISED_BELOW", promised_below, 0.7, 0.005 },
	{ "limit.c PROMISED_TIMES", promised_times, 3, 0.01 },
	{ "limit.c RARE_ROOM", rare_room, 1.25, 0.005 },
	{ "limit.c RARE_ABOVE", rare_above, 0.7 + 0.2231, 0.005 },
	{ "limit.c ANCHOR_ROOM", anchor_room, 1.1 + 0.4, 0.005 },
	{ "limit.c LASTING_TIMES", lasting_times, 3.3, 0.01 },
	{ "limit.c LASTING_LEAST", lasting_least, 1.2, 0.005 },
	{ "limit.c JUMP_LEAST", jump_least, 1.2, 0.005 },
	{ "limit.c JUMP_MEANS", jump_means, 2.4, 0.005 },
	{ "limit.c JUMP_TIMES", jump_times, 2, 0.005 },
	{ "limit.c JUMP_ROOM", jump_room, 1.17, 0.002 },
	{ "limit.c OWN_BELOW", own_below, 0.6, 0.005 },
	{ "limit.c LOST_BELOW", lost_below, 0.65, 0.005 },
	{ "limit.c RARE_CAUTION", rare_caution, 0.8, 0.002 },
	{ "baseline.c LEAST_HOUR_S", least_hour_s, 1200, 15 },
	{ "baseline.c ANCHOR_RISE", anchor_rise, 0.008, 0.0002 },
	{ "baseline.c PEAK_STEP", peak_step, 0.07, 0.001 },
	{ "baseline.c CELL_KEEPS", cell_keeps, 0.93, 0.001 },
};

static void each_tuned_constant_is_where_it_was(void **state)
{
	unsigned moved = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
		double got = pins[i].measure();

		if (fabs(got - pins[i].expected) <= pins[i].tolerance)
			continue;
		print_error("%s: the verdict turns at %.6g, written down is %.6g\n",
			pins[i].constant, got, pins[i].expected);
		moved++;
	}
	assert_int_equal(moved, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_tuned_constant_is_where_it_was),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
