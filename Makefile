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
NV_CFLAGS = -std=c17 -D_GNU_SOURCE -fPIC -fno-math-errno -MMD -MP $(WARN) $(CPPFLAGS) $(CFLAGS) $(EXTRA)

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

# TEST=words: that one alone.
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_$(or $(TEST),*).c))

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

# A line a target, in the order in which they stand.
help:
	@sed -n 's/^## //p' Makefile

## all (default)  build what the installed headers allow; V=1 shows the commands
## run            all three front ends live, privately, until Ctrl-C; ONCE=1: one round, then compare
## test           install what is missing, build with gcc and clang, run every test this machine permits
## check          the unit tests: seconds, no root; TEST=words runs tests/unit/test_words.c alone
## check-judge    the judge on fixed seeds beside tests/replay/check.expected; PIN=1 writes that anew
## unit           build the unit tests, run none
## lint           who includes whom, formats, manuals, MIB: what no compiler checks
## format         write all C files in the one format (clang-format 14)
## generate       after a change of the catalog: manuals, MIB, dashboards, alert rules
## mutants        change each tuned constant in a copy and see a test fail (minutes)
## replay         the judge on synthetic weeks, writes docs/replay.md (an hour)
## replay-worlds  the judge in each world of hosts apart, WORLDS=a,b alone, and the worst of them
## faults         real faults in network namespaces, writes docs/faults.md (root, forty minutes)
## bench          what a cycle costs, writes docs/performance.md; QUICK=1 writes nothing
## bench-sources  what interfaces and sockets cost; BENCH_SOCKETS=1000000
## fuzz           each fuzzer for FUZZ_SECONDS=1800
## fuzzers        build the fuzzers, run none
## soak           hours of daemons, packages, other architectures
## everything     what `test` does, without installing packages
## deps           install the packages that build and tests need (Debian)
## install        copy to PREFIX=/usr/local below DESTDIR=; uninstall takes away what it brought
## deb, rpm       packages, left in build/
## compile_commands.json  how each file is compiled, for editors and clang-tidy
## clean          remove build/

# Packages that build, tests and demonstration need; the system's daemons are not started.
deps:
	@packaging/install-deps $(sort $(wildcard packaging/deps/*))

check: $(if $(TEST),unit,all unit)
	@tests/run unit $(TEST)

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

# A check of the tests themselves, some minutes.
mutants:
	@tests/mutants/run

soak: all
	@tests/run soak

clean:
	rm -rf $(BUILD)

# What make would run for each object, as a database; no package is needed.
compile_commands.json: FORCE
	@$(MAKE) --no-print-directory -nB V=1 all unit | tests/compile_commands >$@

FORCE:

.PHONY: FORCE mutants all generate help deps check test everything run lint format soak clean unit
.DELETE_ON_ERROR:

-include $(wildcard $(BUILD)/*/*.d $(BUILD)/core/*/*.d $(BUILD)/core/*/*/*.d)
.SECONDARY: $(UNIT:=.o)
