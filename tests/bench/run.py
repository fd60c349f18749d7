#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From the programs of this directory, private daemons and the tests of the subagent, to one table:
what netvitals costs, beside the floor and the best peer, on this machine, in this run.

    make bench [QUICK=1] [BENCH_SOCKETS=1000000]

Ratios alone are judged, and only told: the exit status is 0 unless a program failed to run. Writes
docs/performance.md and docs/performance-*.svg, unless QUICK=1.
"""
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time

import plot

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests", "integration"))
TREE = os.path.join(TOP, "tests", "fixtures", "proc", "numbered")
CYCLE = os.path.join(TOP, "build", "tests", "bench_cycle")
SOURCES = os.path.join(TOP, "build", "tests", "bench_sources")
COMMAND = os.path.join(TOP, "build", "netvitals")
QUICK = os.environ.get("QUICK", "") not in ("", "0")
SOCKETS = os.environ.get("BENCH_SOCKETS") or "100000"
NAMESPACE = f"nvbench{os.getpid()}"

TIME = re.compile(r"# (.+?)\s+([\d.]+) us hot\s+([\d.]+) us cold(?: \(quartiles (\S+) (\S+) hot, (\S+) (\S+) cold\))?")
CHECK = re.compile(r"(ok|not ok) - (.+): (\S+) \(at most (\S+)\)")
times, checks, notes, broken = {}, [], [], []


def say(line):
    print(line, flush=True)


def check(name, found, most, digits=3):
    met = found <= most
    checks.append((name, f"{found:.{digits}f}", f"{most:.{digits}f}", met))
    say(f"{'ok' if met else 'not ok'} - {name}: {found:.{digits}f} (at most {most:.{digits}f})")


def note(text):
    notes.append(text)
    say(f"# {text}")


def skip(text):
    notes.append(f"Left out: {text}")
    say(f"skip - {text}")


def take(state, line):
    """One line of a program's output."""
    say(line)
    match = TIME.match(line)
    if match:
        quartiles = [float(x) if x else None for x in match.groups()[3:]]
        times.setdefault(state, {})[match[1]] = (float(match[2]), float(match[3]), quartiles)
        return
    match = CHECK.match(line)
    if match:
        checks.append((match[2], match[3], match[4], match[1] == "ok"))
    elif line.startswith("skip - "):
        notes.append(f"Left out: {line[7:]}")
    elif line.startswith("# ") and not line.startswith("# the floor itself"):
        notes.append(line[2:])


def program(state, *command):
    say(f"== {state}")
    done = subprocess.run(command, capture_output=True, text=True, cwd=TOP)
    for line in done.stdout.splitlines():
        take(state, line)
    if done.returncode not in (0, 1):
        broken.append(f"{state}: exit status {done.returncode}: {done.stderr.strip()[-200:]}")


# ---- one cycle seen from outside --------------------------------------------------------------------------

def calls_of(count, what):
    done = subprocess.run(["strace", "-f", "-qq", "-c", "-o", "/dev/stdout", CYCLE, "loop", str(count), what],
                          capture_output=True, text=True)
    found = {}
    for line in done.stdout.splitlines():
        words = line.split()
        if len(words) >= 5 and words[0][0].isdigit() and words[-1] != "total":
            found[words[-1]] = int(words[3])
    return found


def count_calls():
    say("== system calls")
    if not shutil.which("strace"):
        skip("B6 system calls: strace is not installed")
        return
    for what, most, title in (("fast", 15, "one cycle, gated"), ("all", 25, "one cycle with all sockets, TCP and UDP")):
        few, many = calls_of(20, what), calls_of(120, what)
        each = {name: (many[name] - few.get(name, 0)) / 100 for name in many if many[name] > few.get(name, 0)}
        if not each:
            skip(f"B6 {title}: strace counted nothing")
            continue
        check(f"B6 system calls of {title}", sum(each.values()), most, 1)
        opened = sum(n for name, n in each.items() if name.startswith("open") or name in ("socket", "brk", "mmap"))
        check(f"B6 opens, sockets and memory asked for, {title}", opened, 0, 2)
        note(f"{title}: " + ", ".join(f"{name} {n:g}" for name, n in sorted(each.items())))


def resident(pid, key):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(rf"{key}:\s+(\d+)", file.read()).group(1))


def measure_memory():
    say("== memory")
    ours = subprocess.Popen([COMMAND, "4"], stdout=subprocess.DEVNULL)
    bare = subprocess.Popen(["sleep", "4"])
    time.sleep(2.5)
    kb, own, floor = resident(ours.pid, "VmRSS"), resident(ours.pid, "RssAnon"), resident(bare.pid, "VmRSS")
    for child in (ours, bare):
        child.terminate()
        child.wait()
    check("B5 resident memory of the command, MB", kb / 1024, 2.5, 2)
    note(f"the command: {kb} kB resident, {own} kB of it its own; sleep(1): {floor} kB")


def command_ms(*command):
    """Processor time with exec, median of nine."""
    spent = []
    for _ in range(9):
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
        spent.append((usage.ru_utime + usage.ru_stime) * 1e3)
    return statistics.median(spent)


def measure_captures():
    folder = os.path.join(TOP, "tests", "fixtures", "netstat")
    files = [os.path.join("tests", "fixtures", "netstat", name) for name in
             ("linux-nettools-1.txt", "aix-1.txt", "freebsd-1.txt") if os.path.exists(os.path.join(folder, name))]
    program("captures", CYCLE, "captures", *files)
    for name in files[:1]:
        path = os.path.join(TOP, name)
        ours, peer, nothing = command_ms(COMMAND, "counters", path), command_ms("wc", "-l", path), command_ms("true")
        note(f"netvitals counters {os.path.basename(name)}: {ours:.2f} ms, wc -l {peer:.2f} ms, true {nothing:.2f} ms "
             f"of processor time with exec: {ours / peer:.2f} of wc -l")


# ---- daemons ------------------------------------------------------------------------------------------------------

HOLD = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", 0), backlog=600)
held = []
for _ in range(500):
    held.append(socket.create_connection(listener.getsockname()))
    held.append(listener.accept()[0])
print("ready", flush=True)
sys.stdin.read()
"""


def cpu_ns(pid):
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total


def measure_collectd():
    say("== collectd")
    import collectd_daemon
    if not os.path.exists(collectd_daemon.PLUGIN) or not os.access(collectd_daemon.COLLECTD, os.X_OK):
        skip("B7: collectd or the plugin is not here")
        return
    if subprocess.run(["ip", "netns", "add", NAMESPACE], capture_output=True).returncode:
        skip("B7: no network namespace can be made here")
        return
    inside = ["ip", "netns", "exec", NAMESPACE]
    daemons, holder = [], None
    try:
        subprocess.run(inside + ["ip", "link", "set", "lo", "up"], check=True)
        for i in range(5):
            subprocess.run(inside + ["ip", "link", "add", f"a{i}", "type", "veth", "peer", "name", f"b{i}"], check=True)
        holder = subprocess.Popen(inside + [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        holder.stdout.readline()
        for plugins, ours in (("", False), ("", True), ("protocols tcpconns interface", False)):
            extra = "<Plugin tcpconns>\n  ListeningPorts true\n</Plugin>\n" if plugins else ""
            daemons.append(collectd_daemon.Daemon(plugins=plugins, extra=extra, prefix=inside, csv=False,
                                                  netvitals=ours).start())
        time.sleep(4)
        rows = []
        for _ in range(16):
            before = [cpu_ns(d.child.pid) for d in daemons]
            time.sleep(1)
            rows.append([(cpu_ns(d.child.pid) - b) / 1e3 for d, b in zip(daemons, before)])
        base, mine, trio = (statistics.median(column) for column in zip(*rows))
        ratios = sorted((m - base) / (t - base) for b, m, t in rows if t > base)
        note(f"collectd with 10 interfaces and 1,001 sockets, 1 s interval, us a second: bare {base:.0f}, "
             f"with netvitals {mine:.0f}, with protocols, tcpconns and interface {trio:.0f}; "
             f"quartiles of the ratio {ratios[len(ratios) // 4]:.2f} {ratios[len(ratios) * 3 // 4]:.2f}")
        check("B7 collectd with netvitals, of protocols + tcpconns + interface, each less the bare daemon",
              statistics.median(ratios), 0.60)
    finally:
        for daemon in daemons:
            daemon.stop(5)
        if holder:
            holder.stdin.close()
            holder.wait()
        subprocess.run(["ip", "netns", "del", NAMESPACE], capture_output=True)


def measure_subagent():
    say("== subagent")
    done = subprocess.run([sys.executable, os.path.join(TOP, "tests", "bench", "snmp_cost.py")],
                          capture_output=True, text=True)
    out = done.stdout
    for line in out.splitlines():
        if line.startswith("skip - "):
            skip(f"B8 {line[7:]}")
        elif line.startswith("# "):
            note(f"subagent: {line[2:]}")
    rate = re.search(r"ours ([\d.]+) us a value \((\d+)\), bare ([\d.]+) us", out)
    if rate:
        check("SNMP walk: a value, of one of a bare subagent", float(rate[1]) / float(rate[3]), 1.2, 2)
    scalars = re.search(r"scalars [\d.]+ ms \(1/(\d+)\)", out)
    if scalars:
        check("B8 all scalars, of snmpd's walk of TCP-MIB", 1 / float(scalars[1]), 1 / 500, 5)


# ---- document ------------------------------------------------------------------------------------------------------

# State, ours, floor, peer: names as the programs print them.
COMPARED = [
    ("text", "six texts", "raw pread of six", "open, read, close of six"),
    ("text", "snmp and netstat", "raw pread of both", "collectd protocols"),
    ("interfaces 10", "interfaces", "raw RTM_GETSTATS", "collectd interface"),
    ("interfaces 1000", "interfaces", "raw RTM_GETSTATS", "collectd interface"),
    ("interfaces 5000", "interfaces", "raw RTM_GETSTATS", "collectd interface"),
    ("sockets 10000", "all", "raw, all", "collectd tcpconns"),
    ("sockets 10000", "all but ESTABLISHED", "raw, all but ESTABLISHED", "collectd tcpconns"),
    (f"sockets {SOCKETS}", "all", "raw, all", "collectd tcpconns"),
    (f"sockets {SOCKETS}", "all but ESTABLISHED", "raw, all but ESTABLISHED", "collectd tcpconns"),
    ("idle gate", "idle cycle, gated", "idle cycle, with walk", None),
]


def cell(entry):
    if not entry:
        return "-"
    hot, cold, quartiles = entry
    spread = f" ({quartiles[2]:.0f}-{quartiles[3]:.0f})" if quartiles[2] is not None else ""
    return f"{hot:,.0f} / {cold:,.0f}{spread}"


def of(entry, other):
    return f"{entry[0] / other[0]:.2f} / {entry[1] / other[1]:.2f}" if entry and other else "-"


def version(pattern, *command):
    """The part of what the command prints that tells its version."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
        return re.search(pattern, done.stdout + done.stderr)[0]
    except (OSError, TypeError):
        return f"{command[0]}: not here"


def comparison():
    yield "| state | what | ours | floor | peer | of floor | of peer |"
    yield "|---|---|---|---|---|---|---|"
    for state, ours, floor, peer in COMPARED:
        found = times.get(state, {})
        if ours not in found:
            continue
        yield (f"| {state} | {ours} | {cell(found[ours])} | {cell(found.get(floor))} | {cell(found.get(peer))} "
               f"| {of(found[ours], found.get(floor))} | {of(found[ours], found.get(peer))} |")


def document():
    text = [
        "# What netvitals costs", "",
        "Written by `make bench`; every figure is of one run on one machine. Judge the ratios: microseconds",
        "belong to this machine and this hour.", "",
        f"* {time.strftime('%Y-%m-%d')}, {platform.system()} {platform.release()}, {os.cpu_count()} processors",
        f"* {version('.+', 'cc', '--version')}; {' '.join(platform.libc_ver())}",
        f"* {version('collectd [0-9.]*[0-9]', 'collectd', '-h')}; {version('NET-SNMP version: *[0-9.]+', 'snmpget', '-V')}",
        "", "Processor time (user and system) of the reading thread, microseconds, medians: hot (back to back) /",
        "cold (0.1 s apart, quartiles behind it). Variants take turns in one process; the ratios of this table are",
        "those of the medians, the targets below look at medians of the ratios of neighbours. The floor is the kernel's",
        "answer received and thrown away; for the gate it is the same cycle without it. Peers: the read callbacks of",
        "collectd's own plugins, their dispatch left out; for the six texts, a descriptor opened anew for each.", ""]
    text += comparison()
    text += ["", "![Cost against sockets](performance-sockets.svg)", "",
             "![Cost against interfaces](performance-interfaces.svg)", "", "## Targets", "",
             "| what | found | at most | |", "|---|---|---|---|"]
    text += [f"| {name} | {found} | {most} | {'met' if met else '**not met**'} |" for name, found, most, met in checks]
    text += ["", "## Beside these", ""] + [f"* {line}" for line in notes]
    own = os.path.join(HERE, "remarks.md")
    if os.path.exists(own):
        with open(own, encoding="utf-8") as file:
            text += ["", file.read().rstrip()]
    with open(os.path.join(TOP, "docs", "performance.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(text) + "\n")


def series(prefix, name):
    return sorted((int(state.split()[1]), found[name][1]) for state, found in times.items()
                  if state.startswith(prefix) and name in found)


def plots():
    for kind, unit, names in (
            ("sockets", "TCP sockets", {"all": "netvitals, all", "all but ESTABLISHED": "netvitals, all but ESTABLISHED",
                                        "raw, all": "floor: sock_diag, all", "collectd tcpconns": "collectd tcpconns"}),
            ("interfaces", "interfaces", {"interfaces": "netvitals", "raw RTM_GETSTATS": "floor: RTM_GETSTATS",
                                          "collectd interface": "collectd interface"})):
        lines = {title: series(kind, name) for name, title in names.items()}
        plot.write(os.path.join(TOP, "docs", f"performance-{kind}.svg"), f"One reading against {unit}", unit,
                   "processor time, us (cold)", {title: line for title, line in lines.items() if line})


def main():
    program("text", CYCLE, "text")
    program("idle gate", CYCLE, "idle")
    program("engine step", CYCLE, "step", TREE)
    measure_captures()
    count_calls()
    measure_memory()
    for count in ("10",) if QUICK else ("10", "1000", "5000"):
        program(f"interfaces {count}", SOURCES, "links", count)
    for count in () if QUICK else ("1000", "10000", SOCKETS):
        program(f"sockets {count}", SOURCES, "sockets", count)
    if not QUICK:
        measure_collectd()
        measure_subagent()
        plots()
        document()
    met = sum(1 for c in checks if c[3])
    say(f"{met} of {len(checks)} targets met" + ("" if QUICK else ", see docs/performance.md"))
    for line in broken:
        say(f"broken: {line}")
    sys.exit(1 if broken else 0)


main()
