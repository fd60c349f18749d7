# The judge on synthetic weeks, beside the field's rules: make replay [REPLAY_HOSTS=126].
# About ten minutes on two processors; writes docs/replay.md. Built as one program for speed.
REPLAY_HOSTS     ?= 126
REPLAY_INCIDENTS ?= 14
REPLAY_SRC := $(addprefix tests/replay/,main.c experiments.c table.c ours.c field.c host.c processes.c series.c)

$(BUILD)/tests/replay: $(REPLAY_SRC) $(wildcard tests/replay/*.h) $(CORE_SRC) $(wildcard core/*.h core/catalog/*.def)
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(filter-out -MMD -MP,$(NV_CFLAGS)) -flto=auto -Icore -Itests/replay -o $@ $(REPLAY_SRC) $(CORE_SRC) -lm

replay: $(BUILD)/tests/replay
	@mkdir -p docs
	$(BUILD)/tests/replay $(REPLAY_HOSTS) $(REPLAY_INCIDENTS) > $(BUILD)/replay.md
	@cp $(BUILD)/replay.md docs/replay.md && cat docs/replay.md

.PHONY: replay
