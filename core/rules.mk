# What keeps a process small: no library that nothing is taken from; nothing that nobody calls; relocations
# as bits instead of records where the linker can (the C library needs 2.36); no tables for unwinding,
# which debuggers find beside the program, except for sanitizers.
SMALL := -Wl,--as-needed -Wl,--gc-sections \
	$(shell $(CC) -Wl,--help 2>/dev/null | grep -q pack-relative-relocs && echo -Wl,-z,pack-relative-relocs)
NV_CFLAGS += -ffunction-sections -fdata-sections \
	$(if $(findstring sanitize,$(EXTRA) $(CFLAGS)),,-fno-asynchronous-unwind-tables -fno-unwind-tables)

# The sources alone, for their tests in network namespaces.
$(BUILD)/tests/source_probe: tests/integration/source_probe.c $(LIB)
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(NV_CFLAGS) -Icore -o $@ $< $(LIB) -lm

# What they cost: make bench-sources [BENCH_SOCKETS=1000000].
BENCH_SOCKETS ?= 100000

$(BUILD)/tests/bench_sources: tests/bench/sources.c tests/bench/measure.c tests/bench/collectd_stub.c \
		tests/bench/measure.h core/sockets/socket_source.c core/sockets/socket_dump.c $(LIB)
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(filter-out -MMD -MP,$(NV_CFLAGS)) -Wno-missing-prototypes -Icore -rdynamic -o $@ \
		tests/bench/sources.c tests/bench/measure.c tests/bench/collectd_stub.c $(LIB) -lm -ldl \
		-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=socket,--wrap=open

bench-sources: $(BUILD)/tests/bench_sources
	$< links 10 && $< links 1000 && $< links 5000 && $< sockets 10000 && $< sockets $(BENCH_SOCKETS)

.PHONY: bench-sources
