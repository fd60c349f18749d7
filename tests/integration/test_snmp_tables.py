#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The subagent against a real snmpd: one expected table, then GET, GETNEXT, order, types, and the
MIB's columns against what is walked. The host is a recorded one whose every counter is its own."""
import json
import os
import re
import resource
import subprocess
import time

import snmp_master
from snmp_master import COMMAND, MIB, ROOT, wait_for

snmp_master.require("snmp tables")
checks = snmp_master.Checks()
check = checks.check
master = snmp_master.Master()
host = snmp_master.RecordedHost(master.dir)
master.write("netvitals.conf", snmp_master.RECORDED + f"Root {host.path}\n")
master.start_all()
host.advance(10, sent=5000, retransmitted=0)
wait_for(lambda: master.get("1.4.1.9.1.1") == "5000")
walk = master.walk()

# ---- expected ------------------------------------------------------------------------------------
expected = {
    "1.3.1.2.1.1": ("STRING", "L"), "1.3.1.2.1.2": ("STRING", "C"), "1.3.1.2.1.3": ("STRING", "R"),
    "1.3.1.2.1.4": ("STRING", "A"), "1.3.1.2.1.5": ("STRING", "S"),
    "1.3.1.12.1.1": ("STRING", "lost"), "1.3.1.12.1.5": ("STRING", "system"),
    "1.2.1.2.1": ("STRING", "self"),
    "1.4.1.2.1.1": ("STRING", "tcpRetrans"), "1.4.1.3.1.1": ("INTEGER", "1"),
    "1.4.1.4.1.1": ("INTEGER", "1"), "1.4.1.5.1.1": ("STRING", "ppm"),
    "1.4.1.6.1.1": ("STRING", "tcpRetransSegs"), "1.4.1.7.1.1": ("STRING", "tcpOutSegs"),
    "1.4.1.23.1.1": ("Gauge32", "10000"), "1.4.1.24.1.1": ("Gauge32", "50000"),
    "1.1.6.0": ("Gauge32", "1"), "1.1.11.0": ("Counter32", "0"), "1.1.12.0": ("Counter32", "0"),
    "1.1.13.0": ("Gauge32", "0"), "1.1.15.0": ("Gauge32", "0"),
}
wrong = {k: walk.get(f"{ROOT}.{k}") for k, v in expected.items() if walk.get(f"{ROOT}.{k}") != v}
check("expected table", not wrong, wrong)
got = master.get("1.4.1.9.1.1")
check("sum of segments sent since the agent started", got == "5000", got)
check("five class rows, each with a status from 1 to 4",
      [walk.get(f"{ROOT}.1.3.1.3.1.{c}", ("", "0"))[1] in "1234" for c in range(1, 6)] == [True] * 5, walk.get(f"{ROOT}.1.3.1.3.1.1"))

# ---- counters: the same as the command reads from the same tree -------------------------------------
done = subprocess.run([COMMAND, "counters", "--json", "--root", host.path], capture_output=True, text=True,
                      env=master.environment)
if done.returncode == 0:
    counters = json.loads(done.stdout)["counters"]
    names = {v[1]: k.rsplit(".", 1)[1] for k, v in walk.items() if k.startswith(f"{ROOT}.1.6.1.2.")}
    differ = []
    for name, value in counters.items():
        row = names.get(name)
        if row is None:
            continue
        kind = walk[f"{ROOT}.1.6.1.8.1.{row}"][1]
        shown = walk[f"{ROOT}.1.6.1.{5 if kind == '1' else 9}.1.{row}"][1]
        if walk[f"{ROOT}.1.6.1.7.1.{row}"][1] == "1" and int(shown) != min(value, 2**32 - 1 if kind == "2" else 2**64):
            differ.append((name, value, shown))
    check(f"counters are those of the command ({len(counters)})", len(counters) > 100 and not differ, differ)
else:
    print(f"skip - counters against the command: {done.stderr.strip()[:200] or 'netvitals counters fails'}")
row = next(k.rsplit(".", 1)[1] for k, v in walk.items() if v[1] == "tcpRetransSegs" and ".1.6.1.2." in k)
check("a counter by hand", master.get(f"1.6.1.5.1.{row}") == str(host.value("snmp", "Tcp", "RetransSegs")),
      master.get(f"1.6.1.5.1.{row}"))

# ---- sockets and memory: the same figures in their own tables --------------------------------------------
def sockstat(protocol, key):
    words = next(line for line in host.text["sockstat"].splitlines() if line.startswith(protocol + ":")).split()
    return words[words.index(key) + 1]


for what, tail, value in (
        ("TCP sockets over IPv4", "1.8.1.4.1.6.1.99", sockstat("TCP", "inuse")),
        ("connections in TIME-WAIT", "1.8.1.4.1.6.3.11", sockstat("TCP", "tw")),
        ("connections established", "1.8.1.4.1.6.3.5", str(host.value("snmp", "Tcp", "CurrEstab"))),
        ("UDP sockets over IPv4", "1.8.1.4.1.17.1.99", sockstat("UDP", "inuse")),
        ("memory of TCP", "1.9.1.2.1.1", sockstat("TCP", "mem")),
        ("its units", "1.9.1.8.1.1", "pages"),
        ("orphans", "1.9.1.2.1.7", sockstat("TCP", "orphan")),
        ("sockets of IPv6, not recorded, are not known", "1.8.1.9.1.6.2.99", "2"),
        ("their count reads 0", "1.8.1.4.1.6.2.99", "0")):
    check(what, walk.get(f"{ROOT}.{tail}", ("", ""))[1] == value, (walk.get(f"{ROOT}.{tail}"), value))

# ---- order, completeness, the same by every way to walk ----------------------------------------------
def key(oid):
    return tuple(int(x) for x in oid.strip(".").split("."))


oids = list(walk)
check(f"a walk rises strictly ({len(oids)} values)",
      len(oids) > 2000 and all(key(a) < key(b) for a, b in zip(oids, oids[1:])), "order")
VOLATILE = (".1.1.5.0", ".1.1.7.0", ".1.1.9.0", ".1.1.14.0", ".1.1.18.0", ".1.1.19.0",
            ".1.1.20.0", ".1.1.21.0", ".1.1.22.0", ".1.1.23.0")


def stable(values):
    return {k: v for k, v in values.items() if not k.endswith(VOLATILE)}


for size in (1, 7, 100):
    tail = "" if size == 100 else "1.3"
    other = master.walk(tail, bulk=size)
    mine = {k: v for k, v in walk.items() if k.startswith(f"{ROOT}.{tail}")}
    check(f"bulk walk of {size} is the same", stable(other) == stable(mine),
          list(set(stable(mine).items()) ^ set(stable(other).items()))[:5])
stepwise = master.walk("1.3", bulk=0)
check("GETNEXT by GETNEXT is the same", stable(stepwise) == {k: v for k, v in stable(walk).items() if ".7311.1.3." in k},
      len(stepwise))
old = master.walk("1.4", bulk=0, version="1")
check("SNMPv1 walks everything but Counter64",
      set(old) == {k for k, v in walk.items() if ".7311.1.4." in k and v[0] != "Counter64"}, len(old))

# ---- GET ------------------------------------------------------------------------------------------------
sample = oids[::37]
code, out, err = master.run("snmpget", *sample[:60])
got = snmp_master.parse_values(out)
check("many variables of all tables in one GET", list(got) == sample[:60] and code == 0, err or len(got))
for what, tail, answer in (
        ("no such instance: index too short", "1.3.1.3.1", "No Such Instance"),
        ("no such instance: index too long", "1.3.1.3.1.1.1", "No Such Instance"),
        ("no such instance: other namespace", "1.3.1.3.2.1", "No Such Instance"),
        ("no such instance: largest index", "1.4.1.2.1.4294967295", "No Such Instance"),
        ("no such object: unused column", "1.6.1.11.1.1", "No Such Object"),
        ("no such object: index column", "1.3.1.1.1.1", "No Such Object"),
        ("no such instance: scalar without 0", "1.1.1.1", "No Such Instance")):
    _, out, _ = master.run("snmpget", f"{ROOT}.{tail}")
    check(what, answer in out, out)
for what, tail, following in (
        ("next of the last class column is the first indicator", "1.3.1.14.1.5", "1.4.1.2.1.1"),
        ("next of a partial index", "1.3.1.3.1", "1.3.1.3.1.1"),
        ("next of an index beyond the last row", "1.3.1.3.4294967295.4294967295", "1.3.1.4.1.1"),
        ("next of a column between two", "2.2.1.3", "2.2.1.4.1.1"),
        ("next of an index column", "1.3.1.1.1.1", "1.3.1.2.1.1"),
        ("next of the table itself", "1.3", "1.3.1.2.1.1"),
        ("next of an entry 0", "1.3.0.4.5", "1.3.1.2.1.1"),
        ("next of an entry 2", "1.3.2", "1.4.1.2.1.1")):
    _, out, _ = master.run("snmpgetnext", f"{ROOT}.{tail}")
    check(what, out.startswith(f"{ROOT}.{following} ="), out)

# ---- the lines of the manual, as written ---------------------------------------------------------------------
lines = [line for program in ("snmpget", "snmpwalk", "snmpbulkget") for line in snmp_master.manual(program)]
check("the manual has lines to try", len(lines) == 3, lines)
for line in lines:
    done = subprocess.run(line.replace("127.0.0.1", f"127.0.0.1:{master.port}").split(), capture_output=True, text=True,
                          env=master.environment)
    values = snmp_master.parse_values(done.stdout)
    check(f"{line.split()[0]} of the manual answers", done.returncode == 0 and values
          and all(oid.startswith(ROOT) and value is not None for oid, (_, value) in values.items()), (line, done.stdout, done.stderr))

# ---- SET is refused ----------------------------------------------------------------------------------------
_, out, err = master.run("snmpset", f"{ROOT}.1.3.1.3.1.1", "i", "1", community="secret")
check("nothing can be written", "notWritable" in err, out + err)

# ---- the MIB: every accessible column is walked with its type, and nothing else -------------------------------
with open(MIB, encoding="ascii") as file:
    mib = file.read()
conventions = {"NvStatus": "INTEGER", "NvClass": "INTEGER", "NvReason": "INTEGER", "NvSide": "INTEGER",
               "NvKind": "INTEGER", "TruthValue": "INTEGER", "SnmpAdminString": "STRING",
               "DateAndTime": "Hex-STRING", "TimeStamp": "Timeticks", "Unsigned32": "Gauge32",
               "Integer32": "INTEGER", "InterfaceIndex": "INTEGER", "StorageType": "INTEGER"}
arcs = {"nvMIB": ""}
objects = {}
definition = re.compile(r"^(nv\w+)\s+(OBJECT-TYPE|OBJECT IDENTIFIER|NOTIFICATION-TYPE)(.*?)::= \{ (\w+) (\d+) \}", re.M | re.S)
for name, macro, body, parent, number in definition.findall(mib):
    arcs[name] = f"{arcs[parent]}.{number}"
    if macro == "OBJECT-TYPE" and re.search(r"MAX-ACCESS\s+read-(?:only|write)", body):
        syntax = re.search(r"SYNTAX\s+(\w+)", body).group(1)
        objects[arcs[name]] = (name, conventions.get(syntax, syntax))
walked = {}
for oid, (kind, _) in walk.items():
    arc = oid[len(ROOT):].split(".")[1:]
    walked.setdefault("." + ".".join(arc[:3] if arc[1] == "1" else arc[:4]), set()).add(kind)
walked_tables = {a for a in objects if not a.startswith((".1.10.", ".1.7."))}
absent = [objects[a][0] for a in walked_tables if a not in walked]
check(f"every readable object of the MIB is walked ({len(objects)})", len(objects) > 90 and not absent, absent)
unknown = [a for a in walked if a not in objects]
check("nothing is walked that the MIB does not name", not unknown, unknown)
types = [(objects[a][0], walked[a]) for a in walked if a in objects
         and not walked[a] <= {objects[a][1], *(["STRING"] if objects[a][1] == "Hex-STRING" else [])}]
check("every object has the type of the MIB", not types, types)

# ---- the figures: processor time of all three, so that other work on the machine does not count --------------
def processor_s():
    """What snmpd, the subagent and the clients have used so far."""
    client = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = client.ru_utime + client.ru_stime
    for name in ("snmpd", "agent"):
        with open(f"/proc/{master.processes[name].pid}/stat", encoding="ascii", errors="replace") as file:
            words = file.read().rpartition(")")[2].split()
        total += (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    return total


def measured(tail):
    """Values walked, seconds by the clock, seconds of processors."""
    began, used = time.monotonic(), processor_s()
    count = len(master.walk(tail, bulk=25))
    return count, time.monotonic() - began, processor_s() - used


count, took, used = measured("")
check("the full tree takes 2 s of processor time", count > 2000 and used <= 2, f"{used:.2f} s for {count}")
print(f"# {count} values in {took * 1000:.0f} ms, {used * 1000:.0f} ms of processor time")
count, took, used = measured("1.3")
check("the class table takes 200 ms", count == 65 and used <= 0.2, f"{used:.3f} s for {count}")
checks.end()
