# netvitals: build, test, run. `make help` lists the targets.
# Quiet unless V=1. Everything that is built or run lives under build/.

PREFIX     ?= /usr/local
DESTDIR    ?=
BINDIR     ?= $(PREFIX)/bin
SBINDIR    ?= $(PREFIX)/sbin
MANDIR     ?= $(PREFIX)/share/man
SYSCONFDIR ?= /etc
MIBDIR     ?= $(PREFIX)/share/snmp/mibs
COLLECTD_PLUGINDIR ?= $(PREFIX)/lib/collectd
UNITDIR    ?= $(PREFIX)/lib/systemd/system

CC      ?= cc
AR      ?= ar
CFLAGS  ?= -O2 -g
LDFLAGS ?=
WARN     = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings
NV_CFLAGS = -std=c17 -D_GNU_SOURCE -fPIC -MMD -MP $(WARN) $(CPPFLAGS) $(CFLAGS) $(EXTRA)

BUILD ?= build
ifeq ($(V),1)
Q =
SAY = @:
else
Q = @
SAY = @printf '  %-4s %s\n'
endif

has_header = $(shell printf '\043include <stddef.h>\n\043include <stdio.h>\n\043include <$(1)>\n' | $(CC) $(2) -E - >/dev/null 2>&1 && echo yes)
HAVE_NETSNMP  := $(call has_header,net-snmp/net-snmp-config.h)
HAVE_COLLECTD := $(call has_header,collectd/core/daemon/plugin.h,-DHAVE_CONFIG_H -I/usr/include/collectd)

CORE_SRC := $(sort $(wildcard core/*/*.c core/*/*/*.c))
CORE_OBJ := $(CORE_SRC:%.c=$(BUILD)/%.o)
CLI_OBJ  := $(patsubst cli/%.c,$(BUILD)/cli/%.o,$(wildcard cli/*.c))
SNMP_OBJ := $(patsubst plugins/snmp/%.c,$(BUILD)/snmp/%.o,$(wildcard plugins/snmp/*.c))
COLLECTD_OBJ := $(patsubst plugins/collectd/%.c,$(BUILD)/collectd/%.o,$(wildcard plugins/collectd/*.c))
LIB := $(BUILD)/libnetvitals.a

PARTS := $(LIB) $(BUILD)/netvitals
ifeq ($(HAVE_NETSNMP),yes)
PARTS += $(BUILD)/netvitals-agentx
else
LEFT_OUT += "netvitals-agentx: net-snmp/net-snmp-config.h not found (package libsnmp-dev; make deps)"
endif
ifeq ($(HAVE_COLLECTD),yes)
PARTS += $(BUILD)/collectd/netvitals.so
else
LEFT_OUT += "collectd plugin: collectd/core/daemon/plugin.h not found (package collectd-dev; make deps)"
endif

all: $(PARTS)
	@for part in $(LEFT_OUT); do echo "left out: $$part"; done

# ---- core and command ---------------------------------------------------------------------------

$(BUILD)/core/%.o: core/%.c
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(NV_CFLAGS) -Icore -c -o $@ $<

$(LIB): $(CORE_OBJ)
	$(SAY) AR $@
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

$(BUILD)/cli/%.o: cli/%.c
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(NV_CFLAGS) -Icore -Icli -c -o $@ $<

$(BUILD)/netvitals: $(CLI_OBJ) $(CORE_OBJ)
	$(SAY) LD $@
	$(Q)$(CC) $(CFLAGS) $(EXTRA) $(LDFLAGS) $(SMALL) -o $@ $^ -lm

# ---- front ends ---------------------------------------------------------------------------------------

$(BUILD)/snmp/%.o: plugins/snmp/%.c
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(NV_CFLAGS) -Icore -isystem /usr/include/net-snmp -c -o $@ $<

$(BUILD)/netvitals-agentx: $(SNMP_OBJ) $(LIB)
	$(SAY) LD $@
	$(Q)$(CC) $(CFLAGS) $(EXTRA) $(LDFLAGS) -o $@ $^ $(SMALL) -lnetsnmpagent -lnetsnmp -lpthread -lm

$(BUILD)/collectd/%.o: plugins/collectd/%.c
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(NV_CFLAGS) -Icore $(COLLECTD_CFLAGS) -c -o $@ $<

$(BUILD)/collectd/netvitals.so: $(COLLECTD_OBJ) $(CORE_OBJ)
	$(SAY) LD $@
	$(Q)$(CC) $(CFLAGS) $(EXTRA) $(LDFLAGS) $(COLLECTD_LDFLAGS) -o $@ $^ -lm

# ---- tests ----------------------------------------------------------------------------------------

UNIT := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))

# Unit tests may include a file of a front end to reach its inside; the archive gives the rest. A change of
# the core links them again and compiles none.
$(BUILD)/tests/test_%.o: tests/unit/test_%.c
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(NV_CFLAGS) -Wno-missing-prototypes -Icore -Icli -Iplugins/snmp -Itests/unit -c -o $@ $<

$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(LIB)
	$(SAY) LD $@
	$(Q)$(CC) $(CFLAGS) $(EXTRA) $(LDFLAGS) $(TEST_LDFLAGS_$*) -o $@ $< $(LIB) -lcmocka -lm

-include $(wildcard core/rules.mk cli/rules.mk plugins/*/rules.mk tests/*/rules.mk packaging/rules.mk)

unit: $(UNIT)

help:
	@echo 'make [all]      build what the installed headers allow'
	@echo 'make run        all three front ends live, privately, until Ctrl-C (ONCE=1: one round)'
	@echo 'make test       every test this machine permits;  make check: the quick ones, no root'
	@echo 'make lint format generate faults replay bench fuzz soak install uninstall deb rpm clean'

# Packages that build, tests and demonstration need; the system's daemons are not started.
deps:
	@packaging/install-deps $(sort $(wildcard packaging/deps/*))

check: all unit
	@tests/run unit

test: deps
	@$(MAKE) --no-print-directory everything

everything: all
	@tests/run all

run: deps
	@$(MAKE) --no-print-directory all
	@ONCE=$(ONCE) packaging/run-private

lint: all
	@tests/lint/run

format:
	clang-format -i $(shell git ls-files '*.c' '*.h')

# What derives from the catalog: documents and comments of the MIB.
generate: $(BUILD)/netvitals
	@packaging/generate
	@packaging/collectd/generate
	@plugins/snmp/nms/generate

soak: all
	@tests/run soak

clean:
	rm -rf $(BUILD)

compile_commands.json:
	bear -- $(MAKE) -B all unit

.PHONY: all generate help deps check test everything run lint format soak clean unit
.DELETE_ON_ERROR:

-include $(wildcard $(BUILD)/*/*.d $(BUILD)/core/*/*.d $(BUILD)/core/*/*/*.d)
.SECONDARY: $(UNIT:=.o)
