# The judge on synthetic weeks, beside the field's rules: make replay. The default profile over more than
# 1,000 host-weeks, then the other two in one row each; writes docs/replay.md. One program, and with clang
# where there is one, for speed.
REPLAY_HOSTS     ?= 56
REPLAY_INCIDENTS ?= 36
REPLAY_ROWS      ?= 20 20
REPLAY_CC        ?= $(firstword $(shell command -v clang) $(CC))
REPLAY_CFLAGS    ?= -O3 -march=native -fno-math-errno
REPLAY_SRC := $(addprefix tests/replay/,main.c experiments.c table.c ours.c field.c host.c worlds.c processes.c series.c)

$(BUILD)/tests/replay: $(REPLAY_SRC) $(wildcard tests/replay/*.h) $(CORE_SRC) $(wildcard core/*.h core/*/*.h core/catalog/*.def)
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(REPLAY_CC) $(filter-out -MMD -MP,$(NV_CFLAGS)) $(REPLAY_CFLAGS) -flto=auto -Icore -Itests/replay -o $@ $(REPLAY_SRC) $(CORE_SRC) -lm

replay: $(BUILD)/tests/replay
	@mkdir -p docs
	$(BUILD)/tests/replay $(REPLAY_HOSTS) $(REPLAY_INCIDENTS) > $(BUILD)/replay.md
	@{ cat tests/replay/profiles.md; \
	for profile in strict default lenient; do $(BUILD)/tests/replay $(REPLAY_ROWS) $$profile row || exit 1; done; \
	cat tests/replay/worlds.md && $(BUILD)/tests/replay --worlds all $(WORLDS_HOSTS) $(WORLDS_SEED) || exit 1; \
	} >> $(BUILD)/replay.md
	@cp $(BUILD)/replay.md docs/replay.md && cat docs/replay.md

# The judge alone, in each world apart: WORLDS=heavy,bursts leaves the others out, WORLDS_SEED draws other hosts.
WORLDS       ?= all
WORLDS_HOSTS ?= 20 20
WORLDS_SEED  ?= 1210000
replay-worlds: $(BUILD)/tests/replay
	$(BUILD)/tests/replay --worlds $(WORLDS) $(WORLDS_HOSTS) $(WORLDS_SEED)

# The same judge on a fixed small set of seeds, compared with what is written down: make check-judge (about
# fifteen seconds). PIN=1 writes down anew what a change of a constant brings; both lines belong into the
# commit. Built like the library, without what makes sums depend on the processor.
$(BUILD)/tests/replay_%.o: tests/replay/%.c
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(NV_CFLAGS) -fno-math-errno -ffp-contract=off -Icore -Itests/replay -c -o $@ $<

$(BUILD)/tests/replay_check: $(REPLAY_SRC:tests/replay/%.c=$(BUILD)/tests/replay_%.o) $(LIB)
	$(SAY) LD $@
	$(Q)$(CC) $(CFLAGS) $(EXTRA) $(LDFLAGS) -o $@ $^ -lm

check-judge: $(BUILD)/tests/replay_check
	@tests/replay/check $< $(if $(PIN),--pin)

.PHONY: replay replay-worlds check-judge
