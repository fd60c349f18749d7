# What netvitals costs, beside its floors and its peers, on this machine: make bench [QUICK=1 | FULL=1].
# Ratios alone are judged. Writes docs/performance.md and its plots; QUICK=1 takes less than a minute
# and writes nothing, FULL=1 adds a million sockets (some minutes, five gigabytes).

BENCH_WRAPS := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=socket,--wrap=open
BENCH_SHARED := tests/bench/measure.c tests/bench/collectd_stub.c

$(BUILD)/tests/bench_cycle: tests/bench/cycle.c $(BENCH_SHARED) tests/bench/measure.h core/engine/live.c $(LIB)
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(filter-out -MMD -MP,$(NV_CFLAGS)) -Wno-missing-prototypes -Icore -rdynamic -o $@ \
		tests/bench/cycle.c $(BENCH_SHARED) $(LIB) -lm -ldl $(BENCH_WRAPS)

# One cycle on recorded text, for counting instructions; the core's objects as everywhere.
$(BUILD)/tests/bench_instructions: tests/bench/instructions.c $(LIB)
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(NV_CFLAGS) -Icore -o $@ $< $(LIB) -lm

bench: all $(BUILD)/tests/bench_cycle $(BUILD)/tests/bench_sources
	@NETVITALS_BUILD=$(abspath $(BUILD)) QUICK=$(QUICK) FULL=$(FULL) BENCH_SOCKETS=$(BENCH_SOCKETS) \
		python3 tests/bench/run.py

.PHONY: bench
