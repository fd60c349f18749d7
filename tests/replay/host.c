/* SPDX-License-Identifier: MIT */
/* One synthetic host: traffic by hour and weekday, processes of clumped events, healthy trouble. */
#include "host.h"

#include <math.h>
#include <string.h>

#define LOCAL_PORTS 28232
#define WAVE_STEPS  30 /* the natural swing moves every 5 minutes */

/* ---- random numbers ---------------------------------------------------------------------------
 */

static uint64_t next(struct random *r)
{
	uint64_t z = (r->state += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

double uniform(struct random *r)
{
	return (double)(next(r) >> 11) * 0x1p-53;
}

double log_uniform(struct random *r, double low, double high)
{
	return low * pow(high / low, uniform(r));
}

/* The logarithm of a number between 0 and 1; seven digits of it are enough, its tail is whole. */
static double log_of_uniform(struct random *r)
{
	return (double)logf((float)(1 - uniform(r)));
}

double exponential(struct random *r)
{
	return -log_of_uniform(r);
}

static double normal(struct random *r)
{
	double sum = 0;
	for (int i = 0; i < 4; i++)
		sum += uniform(r);
	return (sum - 2) * 1.7320508; /* near enough, without tails of half a million */
}

/* Mostly one, seldom many: the same mean, a heavy tail. */
static double heavy_size(struct random *r, double burst)
{
	double x = (double)powf((float)(1 - uniform(r)), -1 / 2.2F) - 1; /* mean 5/6 */
	return 1 + floor(fmin(x * (burst - 1) * 1.2, 40 * burst) + uniform(r));
}

static void set_burst(struct process *p, double burst)
{
	p->burst = burst;
	p->bursts = 1 / burst;
	p->per_log = burst > 1 ? 1 / log(1 - 1 / burst) : 0;
}

static uint64_t size_of_burst(struct random *r, const struct process *p, enum law law)
{
	if (p->burst <= 1)
		return 1;
	if (law == OTHER)
		return (uint64_t)heavy_size(r, p->burst);
	return 1 + (uint64_t)(log_of_uniform(r) * p->per_log);
}

/* Events of a step with so many bursts that they are drawn as one number. */
static uint64_t many_bursts(struct random *r, double rate, const struct process *p, enum law law)
{
	double mean = rate * p->burst;
	double k = mean + normal(r) * sqrt(mean * (law == OTHER ? 3 * p->burst : 2 * p->burst - 1));

	return k > 0 ? (uint64_t)(k + 0.5) : 0;
}

/* Apart: most steps of most processes do without. */
static __attribute__((noinline)) uint64_t some_bursts(
	struct random *r, const struct process *p, enum law law, double *due)
{
	uint64_t events = 0;

	while (*due < 0) {
		*due += exponential(r);
		events += size_of_burst(r, p, law);
	}
	return events;
}

/* Events of a step whose bursts come at `rate`; seldom any. */
static inline uint64_t bursty(
	struct random *r, double rate, const struct process *p, enum law law, double *due)
{
	if (rate > 20)
		return many_bursts(r, rate, p, law);
	*due -= rate;
	return *due < 0 ? some_bursts(r, p, law, due) : 0;
}

/* ---- a host is drawn
 * ------------------------------------------------------------------------------ */

static bool is_public(const struct host *h)
{
	return h->kind == INTERNET || h->kind == PROXY;
}

static void draw_traffic(struct host *h, const struct host_options *options)
{
	static const double low[HOST_KINDS] = { 3, 100, 200, 1000, 2000 };
	static const double high[HOST_KINDS] = { 30, 5000, 20000, 100000, 200000 };
	struct random *r = &h->healthy;

	h->peak = log_uniform(r, low[h->kind], high[h->kind]);
	if (options->peak > 0)
		h->peak = options->peak;
	h->depth = 0.3 + 0.65 * uniform(r);
	h->weekend = 0.3 + 0.7 * uniform(r);
	h->phase = 12 + 6 * uniform(r);
	h->backup_hour = (int)(uniform(r) * 6);
	h->backup_minutes = uniform(r) < 0.6 ? 10 + (int)(uniform(r) * 45) : 0;
	h->backup_factor = log_uniform(r, 2, 20);
	h->weekly_hour = uniform(r) < 0.4 ? (int)(uniform(r) * 8) : -1; /* Sunday morning */
	h->udp_share = log_uniform(r, 1e-3, 0.2);
	h->fragment_share = log_uniform(r, 1e-6, 1e-3);
	h->open_share = log_uniform(r, 1e-3, 2e-2);
}

void host_init(struct host *h, uint64_t seed, const struct host_options *options)
{
	memset(h, 0, sizeof(*h));
	h->healthy.state = seed * UINT64_C(0x2545f4914f6cdd1d) + 1;
	h->injected.state = ~h->healthy.state;
	h->kind = options->kind >= 0 ? (enum host_kind)options->kind
				     : (enum host_kind)(seed % HOST_KINDS);
	h->dispersion = options->dispersion;
	h->law = options->law;
	draw_traffic(h, options);
	h->world.kind = options->world;
	for (unsigned i = 0; i < process_count; i++) {
		const struct process_kind *kind = &process_kinds[i];
		struct process *p = &h->process[i];
		bool open = is_public(h);

		p->usual = log_uniform(&h->healthy, (double)(open ? kind->low_public : kind->low),
			(double)(open ? kind->high_public : kind->high));
		p->sd = log_uniform(&h->healthy, 0.04, 0.9);
		set_burst(p, 1 + (kind->burst - 1) * uniform(&h->healthy) * h->dispersion);
		p->due = exponential(&h->healthy);
		p->episode = 1;
	}
	struct nv_snapshot *s = &h->snapshot;
	s->width_bits = 64;
	s->platform = NV_PLATFORM_LINUX;
	s->initial_netns = true;
	s->time_s = 1700352000; /* a Sunday, 00:00 UTC */
	s->uptime_s = 1e6;
	s->mono_ns = s->boot_ns = UINT64_C(1000000000000000);
	for (unsigned i = 0; i < process_count; i++)
		s->present[process_kinds[i].counter] = 1;
	s->interfaces = &h->interface;
	s->interface_count = s->interface_room = 1;
	strcpy(h->interface.name, "eth0");
	h->interface.index = 2;
	h->interface.feeds = true;
	world_init(h);
}

/* ---- one step
 * --------------------------------------------------------------------------------------- */

static double backup(const struct host *h)
{
	int64_t of_week = h->step % WEEK_STEPS;
	int hour = (int)(of_week / HOUR_STEPS), minute = (int)(of_week % HOUR_STEPS) / 6;

	if (h->weekly_hour >= 0 && hour == h->weekly_hour)
		return 2 * h->backup_factor;
	if (h->backup_minutes && hour % 24 == h->backup_hour && minute < h->backup_minutes)
		return h->backup_factor;
	return 1;
}

static double shape(const struct host *h)
{
	int64_t of_week = h->step % WEEK_STEPS;
	double hour = (double)(of_week % DAY_STEPS) / HOUR_STEPS;
	int day = (int)(of_week / DAY_STEPS);
	double wave;

	if (h->law == OTHER) { /* office hours, an hour of lunch, a little in the evening */
		double at = hour - h->phase + 14;
		wave = at < 8 || at >= 22 ? 0 : at >= 18 ? 0.4 : at >= 12 && at < 13 ? 0.7 : 1;
	} else {
		wave = 0.5 + 0.5 * (double)cosf((float)(hour - h->phase) * 0.261799388F);
	}
	return (1 - h->depth * (1 - wave)) * (day == 0 || day == 6 ? h->weekend : 1);
}

static void add(struct host *h, unsigned counter, uint64_t count)
{
	h->snapshot.value[counter] += count;
	h->snapshot.present[counter] = 1;
}

static void set(struct host *h, unsigned counter, uint64_t value)
{
	h->snapshot.value[counter] = value;
	h->snapshot.present[counter] = 1;
}

static void add_interface(struct host *h, unsigned counter, uint64_t count)
{
	h->interface.value[counter - NV_C_ifInPkts] += count;
	h->interface.present |= (uint16_t)(1U << (counter - NV_C_ifInPkts));
}

/* The traffic of this step; what the processes are shares of. */
static void traffic(struct host *h, uint64_t base[BASES])
{
	h->backup_now = backup(h);
	h->shape = shape(h);
	double out = h->peak * STEP_S * h->shape * (0.85 + 0.3 * uniform(&h->healthy)) *
		h->world.traffic;
	double in = out * 0.9;
	double opens = out * h->open_share;
	out *= h->backup_now;

	base[PER_MINUTE] = 0;
	base[SEGS_OUT] = (uint64_t)out;
	base[SEGS_IN] = (uint64_t)in;
	base[DATA_OUT] = (uint64_t)(out * 0.6);
	base[OPENS_ACTIVE] = (uint64_t)(opens * 0.4 + uniform(&h->healthy));
	base[OPENS] = base[OPENS_ACTIVE] + (uint64_t)(opens * 0.6 + uniform(&h->healthy));
	base[UDP_IN] = (uint64_t)(out / h->backup_now * h->udp_share + uniform(&h->healthy));
	base[PKT_IN] = base[SEGS_IN] + base[UDP_IN];
	base[PKT_OUT] = base[SEGS_OUT] + base[UDP_IN];
	base[FRAGMENTS] = (uint64_t)(out * h->fragment_share + uniform(&h->healthy));
	base[REPAIRED] = 0;

	add(h, NV_C_tcpOutSegs, base[SEGS_OUT]);
	add(h, NV_C_tcpInSegs, base[SEGS_IN]);
	add(h, NV_C_tcpOutDataSegs, base[DATA_OUT]);
	add(h, NV_C_tcpActiveOpens, base[OPENS_ACTIVE]);
	add(h, NV_C_tcpPassiveOpens, base[OPENS] - base[OPENS_ACTIVE]);
	add(h, NV_C_udpInDatagrams, base[UDP_IN]);
	add(h, NV_C_udpOutDatagrams, base[UDP_IN]);
	add(h, NV_C_udpInErrors, 0);
	add(h, NV_C_ipInReceives, base[PKT_IN]);
	add(h, NV_C_ipInNoECTPkts, base[PKT_IN]);
	add(h, NV_C_ipInDelivers, base[PKT_IN]);
	add(h, NV_C_ipOutRequests, base[PKT_OUT]);
	add(h, NV_C_ipReasmOKs, base[FRAGMENTS]);
	add(h, NV_C_ipReasmFails, 0);
	add(h, NV_C_icmpOutDestUnreachs, 0);
	add(h, NV_C_icmpInMsgs, 1);
	add(h, NV_C_softnetProcessed, base[PKT_IN]);
	add(h, NV_C_softnetDropped, 0);
	add(h, NV_C_conntrackDrops, 0);
	add(h, NV_C_ipInHdrErrors, 0);
	add(h, NV_C_icmpOutTimeExcds, 0);
	add(h, NV_C_tcpMemoryPressures, 0);
	add(h, NV_C_tcpAbortOnMemory, 0);
	add(h, NV_C_tcpListenDrops, 0);
	add(h, NV_C_ipForwDatagrams, h->kind == ROUTER ? base[PKT_IN] : 0);
	add_interface(h, NV_C_ifInPkts, base[PKT_IN]);
	add_interface(h, NV_C_ifOutPkts, base[PKT_OUT]);
	add_interface(h, NV_C_ifInErrs, 0);
	add_interface(h, NV_C_ifOutErrs, 0);
	add_interface(h, NV_C_ifOutDrops, 0);
	add_interface(h, NV_C_ifInOverruns, 0);
	add_interface(h, NV_C_ifCollisions, 0);
}

/* Some counters are part of others. */
void count_events(struct host *h, unsigned process, uint64_t k, uint64_t base[BASES])
{
	unsigned counter = process_kinds[process].counter;

	if (!k)
		return;
	add(h, counter, k);
	if (counter == NV_C_tcpRetransSegs)
		base[REPAIRED] += k;
	else if (counter == NV_C_tcpSynRetrans)
		add(h, NV_C_tcpRetransSegs, k), add(h, NV_C_tcpRexmtTimeouts, k);
	else if (counter == NV_C_udpRcvbufErrors || counter == NV_C_udpInCsumErrors)
		add(h, NV_C_udpInErrors, k);
	else if (counter == NV_C_ipReasmTimeout || counter == NV_C_ipReasmOverlaps)
		add(h, NV_C_ipReasmFails, k);
	else if (counter == NV_C_tcpEmbryonicRsts)
		add(h, NV_C_tcpAttemptFails, k);
	else if (counter == NV_C_tcpAbortOnClose || counter == NV_C_tcpAbortOnData)
		add(h, NV_C_tcpEstabResets, k), add(h, NV_C_tcpOutRsts, k);
	else if (counter == NV_C_icmpInDestUnreachs)
		add(h, NV_C_icmpInMsgs, k);
	else if (counter == NV_C_udpNoPorts)
		add(h, NV_C_icmpOutDestUnreachs, k / 2);
	else if (counter == NV_C_tcpListenOverflows)
		add(h, NV_C_tcpListenDrops, k);
}

/* Now and then a process is a few times as variable for up to 150 s: healthy. */
static void maybe_episode(struct host *h)
{
	if (uniform(&h->healthy) > 1.0 / (4 * HOUR_STEPS))
		return;
	struct process *p = &h->process[(unsigned)(uniform(&h->healthy) * process_count)];
	p->episode = log_uniform(&h->healthy, 1.5, 6);
	p->episode_end = h->step + 1 + (int64_t)(uniform(&h->healthy) * 15);
}

static void maybe_scan(struct host *h)
{
	double per_day = is_public(h) ? 12 : 0.2;
	if (h->step >= h->scan_end && uniform(&h->healthy) < per_day / DAY_STEPS) {
		h->scan_end = h->step + 1 + (int64_t)(uniform(&h->healthy) * 24);
		h->scan_rate = log_uniform(&h->healthy, 0.5, 50) * STEP_S;
	}
}

/* Levels that jump, every 40 minutes or so, and seldom far; surges of up to two minutes. */
static void jump(struct host *h, struct process *p)
{
	if (h->step >= p->level_end) {
		double size = exponential(&h->healthy) * 0.7;
		p->wave = uniform(&h->healthy) < 0.5 ? -size : fmin(size, 2.5);
		p->wave_now = exp(p->sd * p->wave);
		p->level_end = h->step + 30 + (int64_t)(exponential(&h->healthy) * 210);
	}
	p->surge = 1;
	if (uniform(&h->healthy) < 0.15) {
		p->surge = 1 + 2 * uniform(&h->healthy);
		p->surge_end = h->step + 3 + (int64_t)(uniform(&h->healthy) * 9);
	}
}

static void move_waves(struct host *h)
{
	for (unsigned i = 0; i < process_count; i++) {
		struct process *p = &h->process[i];
		if (h->law == OTHER) {
			jump(h, p);
			continue;
		}
		p->wave = 0.93 * p->wave + 0.3676 * normal(&h->healthy);
		p->wave_now = exp(p->sd * p->wave);
	}
}

double host_usual(const struct host *h, unsigned process)
{
	return h->process[process].usual;
}

static double expected_events(const struct host *h, unsigned process, const uint64_t base[BASES])
{
	const struct process *p = &h->process[process];
	const struct process_kind *kind = &process_kinds[process];
	double value = p->usual * p->wave_now;

	if (p->surge_end > h->step)
		value *= p->surge;
	if (p->episode_end > h->step)
		value *= p->episode;
	if (h->backup_now > 1 && kind->base == SEGS_OUT && !kind->scanned)
		value *= 2;
	if (kind->base == REPAIRED)
		value = fmin(value, 0.4);
	double amount = kind->base == PER_MINUTE ? STEP_S / 60.0 : (double)base[kind->base];
	double events = value * amount;
	if (kind->scanned && h->scan_end > h->step)
		events += h->scan_rate * (kind->counter == NV_C_tcpSynRetrans ? 0.002 : 0.3);
	return events;
}

/* What the incidents add in this step, from their own random numbers. */
static void inject(struct host *h, const struct process *processes, uint64_t base[BASES])
{
	while (h->incident_from < h->incident_count &&
		h->step >= h->incidents[h->incident_from].end)
		h->incident_from++;
	for (unsigned i = h->incident_from; i < h->incident_count; i++) {
		struct incident *incident = &h->incidents[i];
		if (h->step < incident->start)
			break;
		if (h->step >= incident->end)
			continue;
		const struct process_kind *kind = &process_kinds[incident->process];
		const struct process *p = &processes[incident->process];
		double value = incident->target;
		if (incident->doubling_steps > 0)
			value *= exp2((double)(h->step - incident->end) / incident->doubling_steps);
		double amount = kind->base == PER_MINUTE ? STEP_S / 60.0 : (double)base[kind->base];
		if (kind->base != PER_MINUTE)
			value = fmin(value, 0.9);
		double more = value * amount - p->usual * p->wave_now * amount;
		if (kind->counter == NV_C_tcpRetransSegs || kind->base == OPENS ||
			kind->base == UDP_IN)
			more /= fmax(0.1, 1 - value); /* they are part of their own denominator */
		double due = exponential(&h->injected);
		struct process fault = *p;
		set_burst(&fault, fmin(p->burst, 4)); /* a fault is steadier than chance */
		if (h->step == incident->start)
			incident->expected = value * amount * 60 / STEP_S;
		if (more > 0)
			count_events(h, incident->process,
				bursty(&h->injected, more * fault.bursts, &fault, ONE, &due), base);
	}
}

static void levels(struct host *h)
{
	double busy = h->kind == IDLE ? 0.3 : 1;

	set(h, NV_C_tcpCloseWait, (uint64_t)(exponential(&h->healthy) * busy));
	set(h, NV_C_tcpCloseWaitUnread, (uint64_t)(exponential(&h->healthy) * 0.6 * busy));
	set(h, NV_C_tcpPortsToOne,
		(uint64_t)(LOCAL_PORTS * 0.3 * h->shape * fmin(1, h->peak / 1e5)));
	set(h, NV_C_localPorts, LOCAL_PORTS);
	set(h, NV_C_neighborsFailed, 0);
}

/* A reboot: everything starts at 0. */
static void reboot(struct host *h)
{
	memset(h->snapshot.value, 0, sizeof(h->snapshot.value));
	memset(h->interface.value, 0, sizeof(h->interface.value));
	h->snapshot.mono_ns = h->snapshot.boot_ns = UINT64_C(60000000000);
	h->snapshot.uptime_s = 60;
}

void host_step(struct host *h)
{
	uint64_t *base = h->base;
	struct nv_snapshot *s = &h->snapshot;

	h->step++;
	world_before(h);
	s->time_s += STEP_S;
	s->mono_ns += UINT64_C(1000000000) * STEP_S;
	s->boot_ns = s->mono_ns;
	s->uptime_s += STEP_S;
	s->hour_of_week = (int)(h->step % WEEK_STEPS / HOUR_STEPS);
	if (h->step % WAVE_STEPS == 1)
		move_waves(h);
	if (h->step % HOUR_STEPS == 7 && uniform(&h->healthy) < 1.0 / (21 * 24))
		reboot(h);
	maybe_episode(h);
	maybe_scan(h);
	traffic(h, base);
	for (unsigned i = 0; i < process_count; i++) {
		struct process *p = &h->process[i];
		double events = expected_events(h, i, base);
		count_events(
			h, i, bursty(&h->healthy, events * p->bursts, p, h->law, &p->due), base);
	}
	world_after(h);
	inject(h, h->process, base);
	levels(h);
	world_hide(h);
}

/* Between two steps the struck host keeps what its incidents have added since the reboot. */
void host_step_both(struct host *healthy, struct host *struck)
{
	struct nv_snapshot *s = &struck->snapshot;
	const struct nv_snapshot *of = &healthy->snapshot;
	uint64_t added[NV_C_END];

	for (unsigned id = 0; id < NV_C_END; id++)
		added[id] = s->value[id] - of->value[id];
	host_step(healthy);
	if (of->mono_ns < s->mono_ns)
		memset(added, 0, sizeof(added));
	for (unsigned id = 0; id < NV_C_END; id++) {
		s->value[id] = of->value[id] + added[id];
		s->present[id] |= of->present[id];
	}
	s->time_s = of->time_s;
	s->mono_ns = of->mono_ns;
	s->boot_ns = of->boot_ns;
	s->uptime_s = of->uptime_s;
	s->hour_of_week = of->hour_of_week;
	struck->interface = healthy->interface;
	struck->step = healthy->step;
	inject(struck, healthy->process, healthy->base);
}
