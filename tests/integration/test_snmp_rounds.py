#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random rounds while a manager walks: snmpd or the subagent is ended, killed or stopped. Each time
the values are back within the ping interval and a second, and meanwhile no sample is late.

NETVITALS_ROUNDS sets how many (5; 100 in the soak), NETVITALS_SEED which. With NETVITALS_UNDER=valgrind
the subagent runs under it, with NETVITALS_UNDER=asan it is one that was built with sanitizers: then
only what they find counts, not the time."""
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

import snmp_master
from snmp_master import ROOT, wait_for

PING_S = 1
LATE_S = 0.05
ROUNDS = int(os.environ.get("NETVITALS_ROUNDS", "5"))
UNDER = os.environ.get("NETVITALS_UNDER", "")
VALGRIND = ["valgrind", "-q", "--error-exitcode=9"]
ACTIONS = ["term snmpd", "kill snmpd", "stop snmpd", "term agent", "kill agent", "stop agent"]
snmp_master.require("snmp rounds", *(VALGRIND[:1] if UNDER == "valgrind" else []))
checks = snmp_master.Checks()
check = checks.check
master = snmp_master.Master()
host = snmp_master.RecordedHost(master.dir)
master.write("netvitals.conf", f"Interval 0.1\nWindow 6\nPingInterval {PING_S}\nRoot {host.path}\n")


class Walker(threading.Thread):
    """A manager that walks all the time and takes what it gets, but not in the wrong order."""

    def __init__(self):
        super().__init__(daemon=True)
        self.going, self.whole, self.broken, self.wrong = True, 0, 0, []
        self.start()

    def run(self):
        while self.going:
            done = subprocess.run(["snmpbulkwalk", "-On", "-v2c", "-c", "public", "-t", "10" if UNDER else "2", "-r", "0", "-Cr25",
                                   f"127.0.0.1:{master.port}", f"{ROOT}.1.4"], capture_output=True, text=True,
                                  env=master.environment, errors="replace")
            names = [tuple(map(int, oid.strip(".").split("."))) for oid in snmp_master.parse_values(done.stdout)]
            if "not increasing" in done.stdout + done.stderr or any(a >= b for a, b in zip(names, names[1:])):
                self.wrong.append(done.stderr[-200:] or "order")
            if len(names) > 1500:
                self.whole += 1
            else:
                self.broken += 1
            time.sleep(0.2)

    def end(self):
        self.going = False
        self.join()


# What sleeps as the sampler does and does nothing else: how late the machine alone makes it.
SLEEPER = """
import time
worst, due = 0.0, time.monotonic()
while True:
    due = max(due + 0.1, time.monotonic())
    time.sleep(max(0, due - time.monotonic()))
    late = time.monotonic() - due
    if late > worst:
        worst = late
        print(worst, flush=True)
"""


def start_agent():
    master.start_agent(under=VALGRIND if UNDER == "valgrind" else (), env={"ASAN_OPTIONS": "detect_leaks=0"} if UNDER else None)


def findings(text):
    """What valgrind, the sanitizers or libc have found: (ours, those whose faulting frame is in libnetsnmp)."""
    ours, others = [], []
    blocks = re.findall(r"(?:^==\d+==  ?(?! ).*\n)(?:^==\d+== {4}.*\n)+", text, re.M)
    for block in blocks:
        title = re.sub(r"^==\d+== *", "", block.splitlines()[0])
        stack = re.findall(r"==\d+== +(?:at|by) 0x\w+: (.*)", block)
        frame = next((f for f in stack if not re.search(r"/libc\.so|vgpreload|\(in /usr/lib\S*/ld-", f)), "?")
        if re.match(r"Address 0x|Block was alloc|Thread \d|Uninitialised value was", title):
            continue
        (others if "libnetsnmp" in frame else ours).append(f"{title}: {frame}")
    for line in text.splitlines():
        if re.search(r"AddressSanitizer|runtime error:|free\(\): |malloc\(\): |corrupt", line):
            ours.append(line)
    return ours, others


def late():
    """How late a sample of this subagent ever was, in seconds: as it is, and without the time in which it
    was ready and others had all the processors, which is not its doing."""
    return tuple((master.number(f"1.1.{n}.0") or 0) / 1e6 for n in (19, 23))


def sleeper():
    """How late the process that only sleeps ever was, in seconds."""
    return float((master.read("sleeper.err").split() or ["0"])[-1])


def act(what):
    """One blow; returns since when the values are due."""
    action, name = what.split()
    if action == "stop":
        master.processes[name].send_signal(signal.SIGSTOP)
        time.sleep(dice.random() * 1.5)
        master.processes[name].send_signal(signal.SIGCONT)
        return master.watch()
    master.end(name, signal.SIGTERM if action == "term" else signal.SIGKILL)
    time.sleep(dice.random())
    if name == "agent":
        start_agent()
        return master.watch()
    master.start_snmpd()
    wait_for(lambda: os.path.exists(master.socket))
    return master.watch()


dice = random.Random(int(os.environ.get("NETVITALS_SEED", "1")))
master.start_snmpd()
wait_for(lambda: os.path.exists(master.socket))
start_agent()
check("the subagent answers", wait_for(master.answers), master.read("agent.err"))
ageing = snmp_master.Ageing(host)
master.start("sleeper", [sys.executable, "-c", SLEEPER])
walker = Walker()
slowest, latest_raw, latest_own, bad, order = 0.0, 0.0, 0.0, [], []
for turn in range(ROUNDS):
    if not order:  # each kind comes once in six rounds
        order = dice.sample(ACTIONS, len(ACTIONS))
    what = order.pop()
    time.sleep(dice.random() * 0.3)
    watch = act(what)
    if not wait_for(master.answers):
        bad.append((turn, what, "no values", master.read("agent.err")[-300:]))
        break
    took = watch.seconds()
    slowest = max(slowest, took)
    if took > PING_S + 1 and not UNDER:
        bad.append((turn, what, f"values after {took:.2f} s"))
    if master.processes["agent"].poll() is not None:
        bad.append((turn, what, f"the agent ended with {master.processes['agent'].returncode}"))
        start_agent()
    if what == "stop agent":  # its samples were late by our doing
        master.end("agent")
        start_agent()
        wait_for(master.answers)
        continue
    raw, own = late()
    latest_raw, latest_own = max(latest_raw, raw), max(latest_own, own)
    # A hypervisor that runs somebody else is seen by who only sleeps, and by nobody's own clock.
    if own > LATE_S + sleeper() and not UNDER:
        bad.append((turn, what, f"a sample {raw * 1000:.0f} ms late, {own * 1000:.0f} of it its own"))
check(f"{ROUNDS} random rounds", not bad, bad)
print(f"# slowest return {slowest:.2f} s; latest sample {latest_raw * 1000:.1f} ms late, {latest_own * 1000:.1f} ms "
      f"without waiting for a processor; a process that only sleeps "
      f"{sleeper() * 1000:.1f} ms; load {os.getloadavg()[0]:.1f}")
whole = wait_for(lambda: walker.whole)
walker.end()
ageing.end()
print(f"# {walker.whole} walks were whole, {walker.broken} broke off")
check("a walk was whole", whole, (walker.whole, walker.broken))
check("none went back", not walker.wrong, walker.wrong)
check("all values are there", wait_for(lambda: len(master.walk("1.3")) == 65), len(master.walk("1.3")))
process = master.processes["agent"]
took = master.end("agent")
check("the subagent leaves when it is told to", took is not None and process.returncode == 0,
      (took, process.returncode, master.read("agent.err")[-500:]))
ours, others = findings(master.read("agent.err"))
if others:  # a session that ends while libnetsnmp calls its own callbacks: it goes on with one that it has freed
    print(f"# in libnetsnmp itself: {others}")
check(f"nothing was found in our code{' by ' + UNDER if UNDER else ''}", not ours, ours)
checks.end()
