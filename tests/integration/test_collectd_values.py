#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From a recorded series through a real collectd to csv: names, and values equal to the engine's."""
import math
import os
import re
import shutil
import subprocess
import tempfile

from checks import BUILD, CLASSES, TOP, Checks, wait_for
from collectd_daemon import Daemon, Series, default_lists, require, traffic

INTERVAL = 0.2
STEPS = 150
WINDOW = 6 * INTERVAL
RATIO = "netvitals-lost/percent-tcpRetrans"
checks = Checks()


def record(path):
    """30 s of time: healthy, 3 s with 7 percent retransmitted, then healthy again."""
    series = Series(path, INTERVAL)
    for step in range(STEPS):
        sick = 15 <= step < 30
        traffic(series, retransmitted=75 if sick else 0, no_ports=2 if step % 7 == 0 else 0)
    return path


def engine_says(work, root):
    """What the core itself says after each step: a list of {identifier: float}."""
    program = os.path.join(work, "engine")
    source = os.path.join(TOP, "tests", "integration", "test_collectd_engine.c")
    subprocess.run([os.environ.get("CC", "cc"), "-std=c17", "-D_GNU_SOURCE", "-o", program,
                    "-I", os.path.join(TOP, "core"), source,
                    os.path.join(BUILD, "libnetvitals.a"), "-lm", "-pthread"], check=True)
    out = subprocess.run([program, str(STEPS), "Interval", str(INTERVAL), "Window", str(WINDOW),
                          "Root", root], check=True, capture_output=True, text=True).stdout
    return [{k: float(v) for k, v in (word.split("=") for word in line.split())}
            for line in out.splitlines()]


def same(a, b):
    """The csv plugin writes six digits after the point."""
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=0, abs_tol=1e-6)


def squeeze(values):
    """Without repetitions: the daemon may look once more at a series that has ended."""
    short = []
    for value in values:
        if not short or not same(short[-1], value):
            short.append(value)
    return short


def run_series(root):
    """A daemon that has seen the whole series; once more if this machine starved it meanwhile."""
    for _ in range(3):
        daemon = Daemon(f'Root "{root}"\nWindow {WINDOW}\nIndicators all', interval=INTERVAL).start()
        wait_for(lambda: len(daemon.values("netvitals-lost/gauge-status")) >= STEPS + 4, 200, 0.5)
        status = daemon.stop()
        if not daemon.starved():
            break
    return daemon, status


def test_series(work, root):
    expected = engine_says(work, root)
    daemon, status = run_series(root)
    checks.check("recorded series: the daemon ends with status 0", status == 0, daemon.log())

    names = set(expected[-1])
    checks.check("Indicators all: one list for each status and indicator",
                 daemon.lists() == names, daemon.lists() ^ names)
    wrong = []
    for name in sorted(names):
        ours = squeeze(daemon.values(name))
        theirs = squeeze([step[name] for step in expected])
        if len(ours) != len(theirs) or not all(map(same, ours, theirs)):
            wrong.append(f"{name}: {ours[:20]} instead of {theirs[:20]};")
    checks.check(f"recorded series: {len(names)} lists have exactly the engine's values in their order",
                 not wrong, " ".join(wrong))
    status = [step["netvitals-lost/gauge-status"] for step in expected]
    checks.check("recorded series: lost went to critical and back to ok",
                 3 in status and status[-1] == 1, squeeze(status))
    told = daemon.notifications()
    checks.check("recorded series: the fault is raised and cleared by notifications for its class alone",
                 told and {t[1] for t in told} == {"lost"} and {t[2] for t in told} == {"status"}
                 and told[-1][0] == "OKAY" and "FAILURE" in [t[0] for t in told], told)
    values = daemon.values(RATIO)
    checks.check("recorded series: the ratio is in percent (75 of 1075 is 6.98)",
                 any(abs(v - 100 * 75 / 1075) < 0.01 for v in values), values)
    checks.check("recorded series: two intervals from the start to the first value at most",
                 any(v == v for v in values[:3]), values[:10])
    return daemon


def test_defaults():
    daemon = Daemon(block=False, interval=0.5).start()
    names = default_lists()
    wait_for(lambda: daemon.lists() >= names)
    wait_for(lambda: len(daemon.values("netvitals-lost/gauge-status")) >= 4)
    found = daemon.lists()
    checks.check("LoadPlugin alone: exactly the 20 lists of the contract", found == names,
                 f"missing {names - found}, too many {found - names}")
    status = [v for c in CLASSES for v in daemon.values(f"netvitals-{c}/gauge-status")]
    checks.check("LoadPlugin alone: every status is 1 to 4 and never a bare 0",
                 status and set(status) <= {1.0, 2.0, 3.0, 4.0}, set(status))
    values = daemon.ask("LISTVAL")
    known = {line.split(" ", 1)[1].split("/", 1)[1] for line in values[1:] if "netvitals" in line}
    checks.check("unixsock lists the same 20", known == names, known ^ names)
    answer = daemon.ask('GETVAL "testhost/netvitals-lost/gauge-status"')
    checks.check("unixsock gives the status", re.match(r"value=[1-4]\.0", answer[-1]), answer)
    checks.check("LoadPlugin alone: no error and no warning in the log", not daemon.complaints(),
                 daemon.complaints())
    checks.check("LoadPlugin alone: ends with status 0", daemon.stop() == 0)


def test_extras(root):
    daemon = Daemon(f'Root "{root}"\nWindow {WINDOW}\nUsual true\nParts true\nSelf true\nCounters used\nInterfaces true\n'
                    'Interface "lo"', interval=INTERVAL).start()
    wait_for(lambda: len(daemon.values("netvitals-lost/gauge-status")) >= 30, step=0.5)
    daemon.stop()
    found = daemon.lists()
    usual = {name + "-usual" for name in default_lists() if not name.endswith("gauge-status")}
    checks.check("Usual adds one list to each of the 15", usual <= found, usual - found)
    checks.check("Interface \"lo\" gives netvitals-if-lo with its status and ratios",
                 {"netvitals-if-lo/gauge-status", "netvitals-if-lo/percent-ifInErrors"} <= found
                 and {n.split("/")[0] for n in found if "-if-" in n} == {"netvitals-if-lo"}, found)
    used = {n for n in found if n.startswith("netvitals-counters/protocol_counter-")}
    checks.check("Counters used gives protocol_counter lists",
                 "netvitals-counters/protocol_counter-tcpOutSegs" in used and len(used) > 30, used)
    rates = daemon.values("netvitals-counters/protocol_counter-tcpOutSegs")
    checks.check("Counters: absolute values grow by 1000 a step",
                 rates and all(b - a in (0, 1000) for a, b in zip(rates, rates[1:])), rates)
    parts = {f"{name.replace('percent', 'gauge')}-{part}" for name in default_lists()
             for part in ("numerator", "denominator") if not name.endswith("gauge-status")
             and (part == "numerator" or "percent" in name)}
    checks.check("Parts adds numerators, and denominators to the ratios", parts <= found, parts - found)
    num = daemon.values("netvitals-lost/gauge-tcpRetrans-numerator")
    den = daemon.values("netvitals-lost/gauge-tcpRetrans-denominator")
    ratio = daemon.values(RATIO)
    checks.check("Parts: numerator of denominator is the ratio",
                 num and any(num) and all(abs(r - 100 * n / d) < 1e-3 for n, d, r in zip(num, den, ratio)
                                          if r == r and d), (num[-5:], den[-5:], ratio[-5:]))
    self = {f"netvitals-self/gauge-{name}" for name in ("age", "cost", "held", "failures", "age-sockets", "age-established", "age-slow")}
    checks.check("Self adds the plugin's own age, cost and failures, and the age of its sources", self <= found, self - found)
    rest = found - usual - used - parts - self - default_lists()
    rest = {n for n in rest if "-if-" not in n and not n.startswith("netvitals-counters/gauge-")}
    checks.check("nothing else", not rest, rest)


def test_interface(work):
    """Output errors of one of two interfaces: the notification names it."""
    series = Series(os.path.join(work, "interfaces"), INTERVAL)
    series.interfaces = {"eth0": [0] * 16, "eth1": [0] * 16}
    for step in range(60):
        for row in series.interfaces.values():
            row[1] += 1000
            row[9] += 1000
        series.interfaces["eth1"][10] += 100 if step >= 8 else 0
        traffic(series)
    exec_out = os.path.join(work, "handled")
    open(exec_out, "w").close()
    os.chmod(exec_out, 0o666)
    daemon = Daemon(f'Root "{series.path}"\nWindow {WINDOW}\nInterfaces all\nInterfaces true',
                    interval=INTERVAL, plugins="exec",
                    extra=f'<Plugin exec>\nNotificationExec "nobody" "/usr/bin/tee" "-a" "{exec_out}"\n</Plugin>')
    daemon.start()
    told = lambda: open(exec_out).read()
    checks.eventually("an interface with errors is named in the meta data",
                      lambda: "ifOutErrors" in told() and "interface: eth1\n" in told(),
                      lambda: told() + daemon.log())
    wait_for(lambda: len(daemon.values("netvitals-if-eth1/gauge-status")) >= 20)
    status = {name: set(daemon.values(f"netvitals-if-{name}/gauge-status")) for name in series.interfaces}
    checks.check("netvitals-if-eth1 is bad, netvitals-if-eth0 is not",
                 status["eth1"] & {2.0, 3.0} and not status["eth0"] & {2.0, 3.0}, status)
    daemon.stop()


def main():
    require(checks, "collectd values", "cc")
    work = tempfile.mkdtemp(prefix="nvcollectd-series-")
    os.chmod(work, 0o755)
    try:
        root = record(os.path.join(work, "root"))
        test_defaults()
        test_series(work, root)
        test_extras(root)
        if os.geteuid() == 0:
            test_interface(work)
        else:
            checks.skip("evidence in meta data", "not root: the exec plugin runs programs as nobody")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    checks.end()


main()
