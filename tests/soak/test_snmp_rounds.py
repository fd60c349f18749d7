#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/integration/test_snmp_rounds.py at length: 100 random rounds (NETVITALS_ROUNDS), then each kind
once with the subagent under valgrind, and once with one that is built with sanitizers."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
ROUNDS = os.path.join(TOP, "tests", "integration", "test_snmp_rounds.py")
SANITIZED = os.path.join(TOP, "build", "asan")
failed = False


def run(title, **environment):
    global failed
    print(f"# {title}", flush=True)
    done = subprocess.run([sys.executable, ROUNDS], env=dict(os.environ, **environment), check=False)
    if done.returncode not in (0, 1):
        print(f"not ok - {title}: exit status {done.returncode}", flush=True)
    failed = failed or done.returncode != 0


built = subprocess.run(["make", "--no-print-directory", "-s", f"{SANITIZED}/netvitals-agentx", f"BUILD={SANITIZED}", "CC=clang",
                        "EXTRA=-Werror -fsanitize=address,undefined -fno-sanitize-recover=all", "CFLAGS=-O1 -g"], cwd=TOP,
                       capture_output=True, text=True, check=False)
run("random rounds", NETVITALS_ROUNDS=os.environ.get("NETVITALS_ROUNDS", "100"))
run("under valgrind", NETVITALS_ROUNDS="6", NETVITALS_UNDER="valgrind")
if built.returncode == 0:
    run("with sanitizers", NETVITALS_ROUNDS="6", NETVITALS_UNDER="asan", NETVITALS_BUILD=SANITIZED)
else:
    print(f"not ok - the subagent builds with sanitizers: {' '.join((built.stdout + built.stderr).split())[-600:]}")
    failed = True
sys.exit(1 if failed else 0)
