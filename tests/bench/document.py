# SPDX-License-Identifier: MIT
"""What a run of the benchmark found -> docs/performance.md and its plots. remarks.md, written by
hand, is its end."""
import os
import platform
import re
import subprocess
import time

import plot

HERE = os.path.dirname(os.path.abspath(__file__))

# State, ours, floor, peer: names as the programs print them.
INTERFACES = [("interfaces", "raw RTM_GETSTATS", "collectd interface")]
SOCKETS = [("all", "raw, all", "collectd tcpconns"),
           ("all but ESTABLISHED", "raw, all but ESTABLISHED", "collectd tcpconns")]
COMPARED = [
    ("text", "six texts", "raw pread of six", "open, read, close of six"),
    ("text", "snmp and netstat", "raw pread of both", "collectd protocols"),
    ("text", "netstat", None, "open, read, close of netstat"),
    ("interfaces", *INTERFACES[0]),
    ("sockets", *SOCKETS[0]),
    ("sockets", *SOCKETS[1]),
    ("idle gate", "idle cycle, gated", "idle cycle, with walk", None),
]


def cell(entry):
    if not entry:
        return "-"
    hot, cold, quartiles = entry
    spread = [f" ({quartiles[i]:,.0f}-{quartiles[i + 1]:,.0f})" if quartiles[i] is not None else "" for i in (0, 2)]
    return f"{hot:,.0f}{spread[0]} / {cold:,.0f}{spread[1]}"


def of(entry, other):
    return f"{entry[0] / other[0]:.2f} / {entry[1] / other[1]:.2f}" if entry and other else "-"


def version(pattern, *command):
    """The part of what the command prints that tells its version."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
        return re.search(pattern, done.stdout + done.stderr)[0]
    except (OSError, TypeError):
        return f"{command[0]}: not here"


def states(times, kind):
    """"sockets" -> "sockets 1000", "sockets 10000" ..."""
    found = [state for state in times if state == kind or state.startswith(kind + " ")]
    return sorted(found, key=lambda state: int("0" + re.sub(r"\D", "", state)))


def comparison(times):
    yield "| state | what | ours | floor | peer | of floor | of peer |"
    yield "|---|---|---|---|---|---|---|"
    for kind, ours, floor, peer in COMPARED:
        for state in states(times, kind):
            found = times[state]
            if ours in found:
                yield (f"| {state} | {ours} | {cell(found[ours])} | {cell(found.get(floor))} | {cell(found.get(peer))} "
                       f"| {of(found[ours], found.get(floor))} | {of(found[ours], found.get(peer))} |")


HEAD = """
Processor time (user and system) of the reading thread, microseconds, medians and quartiles: hot (back to back,
after itself) / cold. Cold is what a daemon meets that sleeps between its samples: 0.1 s of sleep before each, in
which other programs have the processor and its caches, and the clock goes down; nothing is flushed by hand. 15 to
101 samples of each variant; the variants take turns in one process. The ratios of this table are those of the
medians, the targets below look at medians of the ratios of neighbours. The floor is the kernel's answer received
and thrown away; for the gate it is the same cycle without it. Peers: the read callbacks of collectd's own plugins,
their dispatch left out; for texts, a descriptor opened anew for each. What commands (ss, netstat) need for the same
is among the targets: their processor time with exec, median of three.
"""


def verdict(floor, most, met):
    """Where what the kernel needs for its answer, read by nobody, is already more than the target, no reader can meet it."""
    if met:
        return "met"
    if floor and float(floor) > float(most):
        return f"**not met**: the kernel's own part alone is {floor}, so no reader can meet it here"
    return "**not met**"


def text_of(times, checks, notes):
    yield from (
        "# What netvitals costs", "",
        "Written by `make bench`; every figure is of one run on one machine. Judge the ratios: microseconds",
        "belong to this machine and this hour.", "",
        f"* {time.strftime('%Y-%m-%d')}, {platform.system()} {platform.release()}, {os.cpu_count()} processors",
        f"* {version('.+', 'cc', '--version')}; {' '.join(platform.libc_ver())}",
        f"* {version('collectd [0-9.]*[0-9]', 'collectd', '-h')}; {version('NET-SNMP version: *[0-9.]+', 'snmpget', '-V')}",
        HEAD)
    yield from comparison(times)
    yield from ("", "![Cost against sockets](performance-sockets.svg)", "",
                "![Cost against interfaces](performance-interfaces.svg)", "", "## Targets", "",
                f"{sum(1 for c in checks if c[4])} of {len(checks)} met. The floor is the kernel's answer received and thrown "
                "away in the same run, as a", "share of the same peer: what is asked for below it cannot be met by any program "
                "that reads what the kernel tells.", "",
                "| what | found | at most | the floor alone | |", "|---|---|---|---|---|")
    for name, found, most, floor, met in checks:
        yield f"| {name} | {found} | {most} | {floor} | {'met' if met else '**not met**'} |"
    yield from ("", "## Beside these", "")
    yield from (f"* {line}" for line in notes)
    with open(os.path.join(HERE, "remarks.md"), encoding="utf-8") as file:
        yield from ("", file.read().rstrip())


def series(times, kind, name):
    return sorted((int(state.split()[1]), found[name][1]) for state, found in times.items()
                  if state.startswith(kind) and name in found)


def plots(docs, times):
    for kind, unit, names in (
            ("sockets", "TCP sockets", {"all": "netvitals, all", "all but ESTABLISHED": "netvitals, all but ESTABLISHED",
                                        "raw, all": "floor: sock_diag, all", "collectd tcpconns": "collectd tcpconns"}),
            ("interfaces", "interfaces", {"interfaces": "netvitals", "raw RTM_GETSTATS": "floor: RTM_GETSTATS",
                                          "collectd interface": "collectd interface"})):
        lines = {title: series(times, kind, name) for name, title in names.items()}
        plot.write(os.path.join(docs, f"performance-{kind}.svg"), f"One reading against {unit}", unit,
                   "processor time, us (cold)", {title: line for title, line in lines.items() if line})


def write(top, times, checks, notes):
    docs = os.path.join(top, "docs")
    plots(docs, times)
    with open(os.path.join(docs, "performance.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(text_of(times, checks, notes)) + "\n")
