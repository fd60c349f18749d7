#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the subagent costs, as ratios to something on the same machine in the same run: a bare
subagent with a table of constants, and snmpd's own walk of TCP-MIB with 1,001 sockets."""
import os
import re
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "integration"))
import snmp_master
from snmp_master import ROOT, wait_for

snmp_master.require("snmp cost", "cc")
checks = snmp_master.Checks()
check = checks.check
master = snmp_master.Master()
BARE = ".1.3.6.1.4.1.8072.9999.9999.7312"
program = f"{master.dir}/bare"
done = subprocess.run(["cc", "-O2", "-o", program, os.path.join(snmp_master.HERE, "snmp_bare_agent.c"),
                       "-lnetsnmpagent", "-lnetsnmp"], capture_output=True, text=True)
if done.returncode:
    print(f"skip - snmp cost: the bare subagent cannot be built: {done.stderr.strip()[:200]}")
    sys.exit(0)
master.write("netvitals.conf", "Interval 10\n")
master.start_all()
rows = len(master.walk("1.4.1.15"))
columns = 27
master.start("bare", [program, f"unix:{master.socket}", str(rows), str(columns)])


def bare_answers():
    return master.run("snmpget", f"{BARE}.1.1.1")[1].count("Gauge32") == 1


if not wait_for(bare_answers, 20):
    check("the bare subagent answers", False, master.read("bare.err"))
    checks.end()


def memory(name):
    """Resident memory that is not shared with others, kB: what the process itself takes."""
    text = open(f"/proc/{master.processes[name].pid}/smaps_rollup", encoding="ascii").read()
    return sum(int(x) for x in re.findall(r"^Private_\w+:\s+(\d+) kB", text, re.M))


def resident(name):
    text = open(f"/proc/{master.processes[name].pid}/status", encoding="ascii").read()
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1))


def cpu(*names):
    """Processor seconds so far, from the scheduler's nanoseconds."""
    total = 0
    for name in names:
        for task in os.listdir(f"/proc/{master.processes[name].pid}/task"):
            with open(f"/proc/{master.processes[name].pid}/task/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
    return total / 1e9


def spent(series, times, repeat=5):
    """Processor seconds of each action, [(names, action), ...]: taken in turns, since the machine is
    shared, and the least of each, since others only add."""
    best = [float("inf")] * len(series)
    for _ in range(repeat):
        for i, (names, action) in enumerate(series):
            began = cpu(*names)
            for _ in range(times):
                action()
            best[i] = min(best[i], (cpu(*names) - began) / times)
    return best


def walk(oid):
    return len(snmp_master.parse_values(master.run("snmpbulkwalk", "-Cr25", oid)[1]))


INDICATOR = list(range(2, 29))


def rows_of(entry, numbers, at_once=10):
    """Ask for all columns of ten rows in each GETBULK, as snmptable does. Returns how many values came."""
    names, count = [f"{entry}.{n}" for n in numbers], 0
    inside = tuple(f"{name}." for name in names)
    while True:
        values = list(snmp_master.parse_values(master.run("snmpbulkget", "-Cn0", f"-Cr{at_once}", *names)[1]))
        count += sum(v.startswith(inside) for v in values)
        last = values[-len(names):]
        if len(values) < len(names) * at_once or not last[0].startswith(inside[0]):
            return count
        names = last


# ---- against the bare subagent ------------------------------------------------------------------------
ours, bare = spent([(("snmpd", "agent"), lambda: walk(f"{ROOT}.1.4")), (("snmpd", "bare"), lambda: walk(BARE))], 1, 12)
count, bare_count = walk(f"{ROOT}.1.4"), walk(BARE)
print(f"# ours {ours / count * 1e6:.1f} us a value ({count}), bare {bare / bare_count * 1e6:.1f} us ({bare_count})")
check("a value costs at most 1.2 of a bare one", count > 1500 and bare_count > 1500
      and ours / count <= 1.2 * bare / bare_count, f"{ours / count * 1e6:.1f} us, bare {bare / bare_count * 1e6:.1f} us")
print(f"# resident {resident('agent')} kB, bare {resident('bare')} kB; own {memory('agent')} kB, bare {memory('bare')} kB")
check("resident memory at most 1.5 MB above a bare subagent's", resident("agent") <= resident("bare") + 1536,
      (resident("agent"), resident("bare")))

# ---- against snmpd's walk of TCP-MIB ---------------------------------------------------------------------
sockets = []
listener = socket.create_server(("127.0.0.1", 0), backlog=600)
for _ in range(500):
    one = socket.create_connection(listener.getsockname())
    other, _ = listener.accept()
    sockets += [one, other]
began = cpu("snmpd")
other_walk = subprocess.Popen(["snmpbulkwalk", "-v2c", "-c", "public", "-On", "-t", "30", "-r", "0",
                               f"127.0.0.1:{master.port}", ".1.3.6.1.2.1.6"], stdout=open(f"{master.dir}/tcp", "w"),
                              stderr=subprocess.STDOUT, env=master.environment)
try:
    other_walk.wait(12)
except subprocess.TimeoutExpired:
    other_walk.kill()  # it takes longer: what it cost so far is a lower bound
    other_walk.wait()
tcp_mib = cpu("snmpd") - began
wait_for(master.answers, 30)
seen = master.read("tcp").count(" = ")
both = ("snmpd", "agent")
scalars, = spent([(both, lambda: walk(f"{ROOT}.1.1"))], 5)
by_rows, by_columns, alone = spent([(both, lambda: (rows_of(f"{ROOT}.1.3.1", range(2, 15)), rows_of(f"{ROOT}.1.4.1", INDICATOR))),
                                    (both, lambda: (walk(f"{ROOT}.1.3"), walk(f"{ROOT}.1.4"))),
                                    (("snmpd",), lambda: walk(BARE))], 1)
print(f"# TCP-MIB at least {tcp_mib * 1e3:.0f} ms, scalars {scalars * 1e3:.2f} ms (1/{tcp_mib / scalars:.0f}), "
      f"class and indicator tables by rows {by_rows * 1e3:.1f} ms (1/{tcp_mib / by_rows:.0f}), "
      f"by columns {by_columns * 1e3:.1f} ms (1/{tcp_mib / by_columns:.0f})")
print(f"# by columns each value is a message between snmpd and the subagent; of that snmpd's half alone is "
      f"{alone * 1e3:.1f} ms (1/{tcp_mib / alone:.0f}) even for a bare subagent's {rows} x {columns} constants")
if seen < 7000 and tcp_mib < 2:
    print(f"skip - cost against TCP-MIB: snmpd's own walk broke off after {seen} values: {master.read('tcp')[-100:].strip()}")
    checks.end()
check("all scalars cost at most 1/500 of it", scalars <= tcp_mib / 500, f"1/{tcp_mib / scalars:.0f}")
check("both tables, asked by rows, cost at most 1/25 of it", by_rows <= tcp_mib / 25, f"1/{tcp_mib / by_rows:.0f}")
began = time.monotonic()
walk(f"{ROOT}.1.3"), walk(f"{ROOT}.1.4")
print(f"# both tables in {(time.monotonic() - began) * 1e3:.0f} ms")
checks.end()
