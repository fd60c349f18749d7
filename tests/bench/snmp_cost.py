#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the subagent costs, as ratios to something on the same machine in the same run: a bare
subagent with a table of constants, and snmpd's own walk of TCP-MIB with 1,001 sockets.

Tables are asked in three ways. By rows: all columns of ten rows in a GETBULK, as snmptable does. By
columns: snmpbulkwalk of the whole table, 25 repetitions. As prometheus-snmp-exporter does with the module
that we ship: the columns that are worth keeping, 25 values in a GET. snmpd passes no GETBULK on: it asks a subagent by
GETNEXT, once for each repetition, so by columns every value is a message to and fro.

In a network namespace of its own: connections that come and go end snmpd's walk of its table early."""
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "integration"))
import snmp_master
from snmp_master import ROOT, TOP, wait_for

if os.geteuid() == 0 and snmp_master.common.program("unshare") and "NETVITALS_ALONE" not in os.environ:
    os.execvpe("unshare", ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$0" "$@"', sys.executable, *sys.argv],
               dict(os.environ, NETVITALS_ALONE="1"))

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


def spent(series, repeat):
    """Processor seconds of each action, [(names, action), ...], one list each: taken in turns, there and back
    again, since the machine is shared and its speed changes from moment to moment. No minimum is looked at: the
    scheduler's clock books too little where the machine was taken away."""
    found = [[] for _ in series]
    for turn in range(repeat):
        for i in (range(len(series)) if turn % 2 == 0 else reversed(range(len(series)))):
            names, action = series[i]
            began = cpu(*names)
            action()
            found[i].append(cpu(*names) - began)
    return found


def of(ours, theirs):
    """Median of the ratios of neighbours in time, and its quartiles."""
    ratios = sorted(a / b for a, b in zip(ours, theirs) if b)
    return statistics.median(ratios), ratios[len(ratios) // 4], ratios[len(ratios) * 3 // 4]


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
count, bare_count = walk(f"{ROOT}.1.4"), walk(BARE)
ours, bare = spent([(("snmpd", "agent"), lambda: walk(f"{ROOT}.1.4")), (("snmpd", "bare"), lambda: walk(BARE))], 31)
ratio, low, high = (part * bare_count / count for part in of(ours, bare))
print(f"# ours {statistics.median(ours) / count * 1e6:.1f} us a value ({count}), "
      f"bare {statistics.median(bare) / bare_count * 1e6:.1f} us ({bare_count}); ratio of neighbours {ratio:.3f}, "
      f"quartiles {low:.2f} {high:.2f} of {len(ours)}")
check("a value costs at most 1.2 of a bare one", count > 1500 and bare_count > 1500 and ratio <= 1.2, f"{ratio:.3f}")
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


def walk_tcp():
    """Values of TCP-MIB; it may take long."""
    done = subprocess.run(["snmpbulkwalk", "-v2c", "-c", "public", "-On", "-t", "60", "-r", "0",
                           f"127.0.0.1:{master.port}", ".1.3.6.1.2.1.6"], capture_output=True, text=True, env=master.environment)
    return done.stdout.count(" = ")


seen = []
tcp_mib, = spent([(("snmpd",), lambda: seen.append(walk_tcp()))], 3)
tcp_mib = statistics.median(tcp_mib)
wait_for(master.answers, 30)
with open(os.path.join(TOP, "plugins", "snmp", "nms", "snmp-exporter.yml"), encoding="ascii") as file:
    module = [f".{oid}" for oid in re.findall(r"^  - (1\.3\.6\.[\d.]+)$", file.read(), re.M)]
judged = [oid for oid in module if oid.startswith((f"{ROOT}.1.3.", f"{ROOT}.1.4."))]
both = ("snmpd", "agent")
scalars, = spent([(both, lambda: walk(f"{ROOT}.1.1"))], 25)
scalars = statistics.median(scalars)
series = spent(
    [(both, lambda: (rows_of(f"{ROOT}.1.3.1", range(2, 15)), rows_of(f"{ROOT}.1.4.1", INDICATOR))),
     (both, lambda: [master.run("snmpget", *judged[i:i + 25]) for i in range(0, len(judged), 25)]),
     (both, lambda: (walk(f"{ROOT}.1.3"), walk(f"{ROOT}.1.4"))),
     (("snmpd", "bare"), lambda: walk(BARE)), (("snmpd",), lambda: walk(BARE))], 15)
columns_of_bare = of(series[2], series[3])[0]
by_rows, by_exporter, by_columns, bare_both, alone = map(statistics.median, series)


def share(seconds):
    return f"{seconds * 1e3:.1f} ms (1/{tcp_mib / seconds:.0f})"


print(f"# TCP-MIB {tcp_mib * 1e3:.0f} ms for {min(seen)} values, scalars {scalars * 1e3:.2f} ms (1/{tcp_mib / scalars:.0f}), "
      f"class and indicator tables by rows {share(by_rows)}, by columns {share(by_columns)}, {len(judged)} values of them "
      f"as snmp_exporter asks {share(by_exporter)}")
print(f"# by columns each value is a message between snmpd and the subagent: a bare subagent's {rows} x {columns} constants "
      f"cost {share(bare_both)}, of which {share(alone)} are snmpd's own")
if min(seen) < 7000:
    print(f"skip - cost against TCP-MIB: snmpd's own walk broke off after {seen} values")
    checks.end()
check("all scalars cost at most 1/500 of it", scalars <= tcp_mib / 500, f"1/{tcp_mib / scalars:.0f}")
check("both tables, asked by rows, cost at most 1/25 of it", by_rows <= tcp_mib / 25, f"1/{tcp_mib / by_rows:.0f}")
check("and as snmp_exporter asks with our module", len(judged) > 500 and by_exporter <= tcp_mib / 25, share(by_exporter))
check("by columns no more than 1.2 of a bare subagent's", columns_of_bare <= 1.2 * (count + 65) / bare_count,
      f"{columns_of_bare:.3f}, {share(by_columns)}, bare {share(bare_both)}")
began = time.monotonic()
walk(f"{ROOT}.1.3"), walk(f"{ROOT}.1.4")
print(f"# both tables in {(time.monotonic() - began) * 1e3:.0f} ms")
checks.end()
