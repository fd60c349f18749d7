# Fuzzers: clang's libFuzzer with address and undefined-behaviour sanitizers over the whole core.
#   make fuzz                    each for FUZZ_SECONDS (1800), seeds: the fixtures: saved text (capture), what
#                                the kernel says (kernel), what is kept on disk (state)
#   make fuzz FUZZ_SECONDS=20    the short run
FUZZ_SECONDS ?= 1800
FUZZ_CC      ?= clang
FUZZ_FLAGS    = -std=c17 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined -Icore -MMD -MP
FUZZ_CORE    := $(CORE_SRC:%.c=$(BUILD)/fuzz/%.o)
FUZZERS      := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

$(BUILD)/fuzz/core/%.o: core/%.c
	@mkdir -p $(@D)
	$(SAY) FUZZ $<
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -c -o $@ $<

$(BUILD)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(FUZZ_CORE)
	@mkdir -p $(@D)
	$(SAY) FUZZ $<
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $< $(FUZZ_CORE) -lm

-include $(FUZZ_CORE:.o=.d)

fuzzers: $(FUZZERS)

# Findings and what was learned stay in build/fuzz; seeds are never written to.
fuzz: fuzzers
	@for f in $(FUZZERS); do \
		mkdir -p $$f.corpus $$f.findings; \
		echo "$$f: $(FUZZ_SECONDS) s"; \
		$$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 -max_len=20000 -print_final_stats=1 \
			-artifact_prefix=$$f.findings/ $$f.corpus tests/fixtures || exit 1; \
	done

.PHONY: fuzz fuzzers
