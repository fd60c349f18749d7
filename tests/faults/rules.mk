# The fault lab: the relay, the traffic programs, and `make faults`, which runs every scenario.

FAULTS_BIN := build/tests/faults/relay build/tests/faults/traffic
FAULTS_FLAGS := -std=c17 -O2 -g -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Werror

build/tests/faults/relay: tests/faults/relay.c tests/faults/rules.c tests/faults/control.c \
		tests/faults/frame.c tests/faults/frame.h tests/faults/relay.h
	@mkdir -p $(@D)
	$(CC) $(FAULTS_FLAGS) -o $@ $(filter %.c,$^)

build/tests/faults/traffic: tests/faults/traffic.c tests/faults/serve.c tests/faults/client.c \
		tests/faults/datagram.c tests/faults/forge.c tests/faults/traffic.h
	@mkdir -p $(@D)
	$(CC) $(FAULTS_FLAGS) -o $@ $(filter %.c,$^)

.PHONY: faults faults-build
faults-build: $(FAULTS_BIN)
everything: $(FAULTS_BIN)

# Every scenario with three seeds: about forty minutes on two processors. Rewrites docs/faults.md.
faults: faults-build build/netvitals
	tests/faults/run all --seeds 3 --document docs/faults.md
