#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A day of a fleet, accelerated: recorded hosts, each with its own collectd, into one collectd.

SOAK_HOSTS (100) and SOAK_STEPS (1200 samples of 10 s each, one every second) set the size. A tenth of the
hosts has an incident. Seen at the end: no process grew, no value was lost on the way, and exactly the
notifications of the incidents arrived.
"""
import os
import re
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))

from collectd_daemon import (Checks, Daemon, Series, default_lists, require, traffic,  # noqa: E402
                             wait_for)

HOSTS = int(os.environ.get("SOAK_HOSTS", "100"))
STEPS = int(os.environ.get("SOAK_STEPS", "1200"))
INTERVAL, STEP_S = 1.0, 10.0
PORT = 25926
GROWTH_KB = 512
checks = Checks()


def record(path, sick):
    series = Series(path, STEP_S)
    for step in range(STEPS):
        bad = sick and STEPS // 6 <= step < STEPS // 6 + 20
        traffic(series, segments=10000, retransmitted=3, overflows=50 if bad else 0)
    return path


def rss_kb(daemon):
    with open(f"/proc/{daemon.child.pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])


def check_values(collector, hosts):
    wrong = []
    for host in hosts:
        name = host.hostname
        if collector.lists(name) != default_lists():
            wrong.append(f"{name}: {len(collector.lists(name))} lists")
            continue
        counts = {len(collector.values(identity, name)) for identity in default_lists()}
        sent = host.log().count("Exiting")  # it ended by itself, nothing was cut off
        if max(counts) - min(counts) > 0 or min(counts) < STEPS or not sent:
            wrong.append(f"{name}: {sorted(counts)} values a list")
    checks.check(f"{len(hosts)} hosts: every list has the same number of values, at least {STEPS}", not wrong,
                 wrong)


def check_notifications(collector, hosts, sick):
    wrong = []
    for host in hosts:
        told = [(n[1], n[0]) for n in collector.notifications() if n[4] == host.hostname]
        expected = [("application", "FAILURE"), ("application", "OKAY")] if host.hostname in sick else []
        short = [n for n in told if n[1] != "WARNING"]  # critical may go through warning on both ways
        if short != expected:
            wrong.append(f"{host.hostname}: {told}")
    checks.check(f"{len(sick)} incidents: one raise and one clear each, nothing of the others", not wrong, wrong)


def main():
    require(checks, "collectd fleet")
    work = tempfile.mkdtemp(prefix="nvcollectd-fleet-")
    hosts, sick = [], set()
    try:
        roots = {True: record(f"{work}/sick", True), False: record(f"{work}/well", False)}
        collector = Daemon(hostname="collector", netvitals=False, interval=INTERVAL, plugins="network",
                           extra=f'<Plugin network>\nListen "127.0.0.1" "{PORT}"\n</Plugin>').start()
        wait_for(lambda: "entering read-loop" in collector.log(), 20)
        for number in range(HOSTS):
            name, bad = f"host{number:03d}", number % 10 == 0
            if bad:
                sick.add(name)
            hosts.append(Daemon(f'Root "{roots[bad]}"', interval=INTERVAL, hostname=name, csv=False,
                                plugins="network",
                                extra=f'<Plugin network>\nServer "127.0.0.1" "{PORT}"\n</Plugin>').start())
        time.sleep(min(60, STEPS * INTERVAL / 4))
        early = {d.hostname: rss_kb(d) for d in hosts + [collector]}
        last = f"{default_lists().pop()}"
        wait_for(lambda: min(len(collector.values(last, d.hostname)) for d in hosts) >= STEPS,
                 STEPS * INTERVAL * 1.5 + 60, 5)
        late = {d.hostname: rss_kb(d) for d in hosts + [collector]}
        status = [d.stop() for d in hosts]
        checks.check("every host's daemon ends with status 0", set(status) == {0}, status)
        time.sleep(2 * INTERVAL)
        check_values(collector, hosts)
        check_notifications(collector, hosts, sick)
        grown = {name: (early[name], late[name]) for name in early if late[name] - early[name] > GROWTH_KB}
        checks.check(f"no process grew by more than {GROWTH_KB} kB", not grown, grown)
        print(f"# {HOSTS} hosts, {STEPS} samples: RSS of a host {max(late[d.hostname] for d in hosts)} kB, "
              f"of the collector {late['collector']} kB")
    finally:
        for daemon in hosts:
            daemon.remove()
        shutil.rmtree(work, ignore_errors=True)
    checks.end()


main()
