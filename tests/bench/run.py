#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From the programs of this directory and private daemons to one table: what netvitals costs, beside
the floor and the best peer, on this machine, in this run.

    make bench [QUICK=1 | FULL=1] [BENCH_SOCKETS=100000]

Ratios alone are judged, and only told: the exit status is 0 unless a program failed to run. Writes
docs/performance.md and docs/performance-*.svg, unless QUICK=1. FULL=1 adds a million sockets: five
gigabytes of kernel memory and some minutes.
"""
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import document

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests", "integration"))
TREE = os.path.join(TOP, "tests", "fixtures", "proc", "numbered")
BUILD = os.environ.get("NETVITALS_BUILD") or os.path.join(TOP, "build")
CYCLE = os.path.join(BUILD, "tests", "bench_cycle")
SOURCES = os.path.join(BUILD, "tests", "bench_sources")
COMMAND = os.path.join(BUILD, "netvitals")


def asked(name):
    return os.environ.get(name, "") not in ("", "0")


QUICK, FULL = asked("QUICK"), asked("FULL")
SOCKETS = ["1000", "10000", os.environ.get("BENCH_SOCKETS") or "100000"] + (["1000000"] if FULL else [])
NAMESPACE = f"nvbench{os.getpid()}"

TIME = re.compile(r"# (.+?)\s+([\d.]+) us hot\s+([\d.]+) us cold(?: \(quartiles (\S+) (\S+) hot, (\S+) (\S+) cold\))?")
CHECK = re.compile(r"(ok|not ok) - (.+): (\S+) \(at most ([^;)]+)(?:; the floor alone (\S+))?\)")
times, checks, notes, broken = {}, [], [], []


def say(line):
    print(line, flush=True)


def check(name, found, most, digits=3):
    met = found <= most
    checks.append((name, f"{found:.{digits}f}", f"{most:.{digits}f}", "", met))
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
        checks.append((match[2], match[3], match[4], match[5] or "", match[1] == "ok"))
    elif line.startswith("skip - "):
        notes.append(f"Left out: {line[7:]}")
    elif line.startswith("# "):
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


def status_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return {key: int(kb) for key, kb in re.findall(r"(\w+):\s+(\d+) kB", file.read())}


def resident_by_file(pid):
    """Resident kB of each part of the process: its file, the C library, the heap ..."""
    found, name = {}, ""
    with open(f"/proc/{pid}/smaps", encoding="ascii") as file:
        for line in file:
            if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                words = line.split()
                name = os.path.basename(words[5]) if len(words) > 5 else "other memory"
            elif line.startswith("Rss:"):
                found[name] = found.get(name, 0) + int(line.split()[1])
    return sorted(found.items(), key=lambda part: -part[1])


def measure_memory():
    """Of a report that is under way, median of five (QUICK=1: three): the loader's random addresses decide which pages
    around those that are used come along."""
    say("== memory")
    runs = []
    for _ in range(3 if QUICK else 5):
        ours = subprocess.Popen([COMMAND, "3"], stdout=subprocess.DEVNULL)
        bare = subprocess.Popen(["sleep", "3"])
        time.sleep(1.6)
        runs.append((status_kb(ours.pid), status_kb(bare.pid), resident_by_file(ours.pid)))
        for child in (ours, bare):
            child.terminate()
            child.wait()
    runs.sort(key=lambda run: run[0]["VmHWM"])
    kb, floor, parts = runs[len(runs) // 2]
    check("B5 resident memory of the command, MB", kb["VmHWM"] / 1024, 2.5, 2)
    note(f"the command: {kb['VmHWM']} kB resident at most ({runs[0][0]['VmHWM']}-{runs[-1][0]['VmHWM']}), "
         f"{kb['RssAnon']} kB of it its own, {kb['RssFile']} kB pages of files; "
         f"sleep(1): {floor['VmHWM']} kB, {floor['RssAnon']} kB, {floor['RssFile']} kB")
    note("the command, resident kB: " + ", ".join(f"{name} {size}" for name, size in parts if size))


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
    names = [os.path.join("tests", "fixtures", "netstat", name) for name in
             ("linux-nettools-1.txt", "aix-1.txt", "freebsd-1.txt")]
    program("captures", CYCLE, "captures", *names)
    with open(os.path.join(TOP, names[0]), "rb") as file:
        text = file.read()
    with tempfile.NamedTemporaryFile(prefix="nvbench") as large:
        large.write(text * (10_000_000 // len(text) + 1))
        large.flush()
        for path, what in ((os.path.join(TOP, names[0]), f"{len(text)} bytes"), (large.name, "ten megabytes")):
            ours, lines, words, nothing = (command_ms(*command) for command in (
                (COMMAND, "counters", path), ("wc", "-l", path), ("wc", path), ("true",)))
            note(f"captures of {what}: netvitals counters {ours:.2f} ms of processor time with exec, wc {words:.2f} ms, "
                 f"wc -l {lines:.2f} ms, true {nothing:.2f} ms")
    check("captures: reading ten megabytes, of wc on them", ours / words, 3)


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
        def start(plugins, ours, options=""):
            extra = "<Plugin tcpconns>\n  ListeningPorts true\n</Plugin>\n" if plugins else ""
            daemons.append(collectd_daemon.Daemon(options, plugins=plugins, extra=extra, prefix=inside, csv=False,
                                                  netvitals=ours).start())
            return daemons[-1].child.pid
        three = "protocols tcpconns interface"
        for what in (("", False), ("", True), (three, False), ("", True, "Sockets unestablished")):
            start(*what)
        time.sleep(4)
        rows = []
        for _ in range(16):
            before = [cpu_ns(d.child.pid) for d in daemons]
            time.sleep(1)
            rows.append([(cpu_ns(d.child.pid) - b) / 1e3 for d, b in zip(daemons, before)])
        base, mine, trio, lean = (statistics.median(column) for column in zip(*rows))
        ratios = sorted((m - base) / (t - base) for b, m, t, _ in rows if t > base)
        note(f"collectd with 10 interfaces and 1,001 sockets, 1 s interval, us a second: bare {base:.0f}, "
             f"with netvitals {mine:.0f}, with protocols, tcpconns and interface {trio:.0f}; "
             f"quartiles of the ratio {ratios[len(ratios) // 4]:.2f} {ratios[len(ratios) * 3 // 4]:.2f}")
        check("B7 collectd with netvitals, of protocols + tcpconns + interface, each less the bare daemon",
              statistics.median(ratios), 0.60)
        check("B7 the same with ESTABLISHED left in the kernel", (lean - base) / (trio - base), 0.40)
        # Which pages come along with one that is touched depends on where the loader put things: some daemons each.
        pids = [[start(*what) for what in (("", False), ("", True), (three, False))] for _ in range(7)]
        time.sleep(20)
        bare, mine, trio = ({key: statistics.median(status_kb(pid)[key] for pid in column) for key in ("VmRSS", "RssAnon")}
                            for column in zip(*pids))
        check("B7 resident memory of collectd with netvitals, of that with those three", mine["VmRSS"] / trio["VmRSS"], 1.0)
        note("resident memory of collectd, kB (own), medians of seven: " + ", ".join(
            f"{name} {kb['VmRSS']:.0f} ({kb['RssAnon']:.0f})" for name, kb in
            (("bare", bare), ("with netvitals", mine), ("with protocols, tcpconns and interface", trio))))
    finally:
        for daemon in daemons:
            daemon.stop(5)
        if holder:
            holder.stdin.close()
            holder.wait()
        subprocess.run(["ip", "netns", "del", NAMESPACE], capture_output=True)


def measure_traps():
    say("== trap latency")
    done = subprocess.run([sys.executable, os.path.join(HERE, "trap_latency.py")], capture_output=True, text=True)
    for line in done.stdout.splitlines():
        take("trap latency", line)
    if done.returncode:
        broken.append(f"trap latency: {done.stderr.strip()[-200:] or done.stdout.strip()[-200:]}")


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
    rate = re.search(r"ratio of neighbours ([\d.]+)", out)
    if rate:
        check("SNMP walk: a value, of one of a bare subagent", float(rate[1]), 1.2, 2)
    for what, words, target in (("all scalars", "scalars", 1 / 500), ("class and indicator tables by rows", "by rows", 1 / 25),
                                ("the same as snmp_exporter asks", "asks", 1 / 25)):
        share = re.search(rf"{words} [\d.]+ ms \(1/(\d+)\)", out)
        if share:
            check(f"B8 {what}, of snmpd's walk of TCP-MIB", 1 / float(share[1]), target, 5)


def main():
    program("text", CYCLE, "text")
    program("idle gate", CYCLE, "idle")
    program("engine step", CYCLE, "step", TREE)
    measure_captures()
    count_calls()
    measure_memory()
    for count in ("10",) if QUICK else ("10", "1000", "5000"):
        program(f"interfaces {count}", SOURCES, "links", count)
    for count in () if QUICK else SOCKETS:
        program(f"sockets {count}", SOURCES, "sockets", count)
    if QUICK:
        skip("sockets, more than ten interfaces, collectd, SNMP: QUICK=1")
    else:
        if not FULL:
            skip("a million sockets: FULL=1 adds them")
        measure_collectd()
        measure_subagent()
        measure_traps()
        document.write(TOP, times, checks, notes)
    met = sum(1 for c in checks if c[4])
    say(f"{met} of {len(checks)} targets met" + ("" if QUICK else ", see docs/performance.md"))
    for line in broken:
        say(f"broken: {line}")
    sys.exit(1 if broken else 0)


main()
