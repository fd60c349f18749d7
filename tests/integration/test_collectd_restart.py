#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A restart of the daemon: what stands is known again, nothing is told twice, what cleared is cleared."""
import os
import shutil
import tempfile

from checks import Checks, wait_for
from collectd_daemon import Daemon, Series, require, traffic

INTERVAL = 0.25
STATUS = "netvitals-application/gauge-status"
checks = Checks()


def record(path, steps, overflows, after=None):
    series = Series(path, INTERVAL, after)
    for step in range(steps):
        traffic(series, overflows=overflows(step))
    return series


def run(work, name, root, until):
    """One life of the daemon; its statuses and notifications."""
    log = os.path.join(work, f"{name}.json")
    daemon = Daemon(f'Root "{root}"\nWindow 1.5\nStateDir "{work}/state"\nEventLog "{log}"',
                    interval=INTERVAL).start()
    wait_for(lambda: until(daemon), 120, 0.25)
    status, values, told = daemon.stop(), daemon.values(STATUS), daemon.notifications()
    if daemon.starved():
        values = values[:1] + [value for value in values[1:] if value != 4]
    checks.check(f"{name}: ends with status 0", status == 0, daemon.log())
    return values, told, daemon.remarks("] netvitals plugin")


def number(notice):
    return int(notice[3].rsplit("Event ", 1)[1].rstrip("."))


def main():
    require(checks, "collectd restart")
    work = tempfile.mkdtemp(prefix="nvcollectd-restart-")
    try:
        os.makedirs(f"{work}/state")
        first = record(f"{work}/first/host", 24, lambda step: 50 if step >= 6 else 0)
        second = record(f"{work}/second/host", 12, lambda step: 50, first)
        record(f"{work}/third/host", 80, lambda step: 0, second)

        values, told, log = run(work, "first life", f"{work}/first/host",
                                lambda d: len(d.values(STATUS)) >= 26)
        checks.check("first life: one notification, critical", [t[0] for t in told] == ["FAILURE"], told)
        raised = number(told[0]) if told else 0
        files = os.listdir(f"{work}/state")
        checks.check("a state file of this front end and host",
                     any(f.startswith("collectd-") and f.endswith(".state") for f in files), files)

        values, told, log = run(work, "second life", f"{work}/second/host",
                                lambda d: len(d.values(STATUS)) >= 14)
        checks.check("second life, the fault goes on: nothing is told again", not told, (told, log))
        checks.check("second life: critical from the second value on, never ok",
                     values and set(values[1:]) == {3.0}, values)

        values, told, log = run(work, "third life", f"{work}/third/host",
                                lambda d: d.notifications() and d.values(STATUS)[-1] == 1)
        checks.check("third life, the fault has gone: told once as ok",
                     [t[0] for t in told] == ["OKAY"] and told[0][3].startswith("application ok (was"), told)
        checks.check("event numbers go on", told and number(told[0]) > raised > 0, (raised, told))
        checks.check("no complaint about the state", not log, log)

        for name in os.listdir(f"{work}/state"):
            with open(f"{work}/state/{name}", "r+b") as file:
                file.seek(100)
                file.write(b"broken")
        values, told, log = run(work, "a broken state file", f"{work}/first/host",
                                lambda d: len(d.values(STATUS)) >= 26)
        checks.check("a broken state file: told in the log, and judged without it",
                     log and [t[0] for t in told] == ["FAILURE"], log)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    checks.end()


main()
