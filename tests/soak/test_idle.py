#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Ten minutes of all doors on an idle, healthy machine: no event, no notification, no trap."""
import importlib.machinery
import importlib.util
import os
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECONDS = float(os.environ.get("SOAK_SECONDS", "600"))


def run_private():
    path = os.path.join(TOP, "packaging", "run-private")
    loader = importlib.machinery.SourceFileLoader("run_private", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_private", loader))
    loader.exec_module(module)
    return module


def main():
    doors = run_private().Doors("soak")
    failed = False
    try:
        doors.start()
        began = time.monotonic()
        while time.monotonic() - began < SECONDS:
            time.sleep(5)
            if doors.dead():
                break
        with open(os.path.join(doors.dir, "collectd.log")) as file:
            notices = [line for line in file if "Notification" in line]
        checks = [
            ("all programs still run", not doors.dead(), doors.dead()),
            ("no trap", not doors.traps(), doors.traps()),
            ("no notification", not notices, notices),
            ("no event", doors.walk("1.1.13") in ({0: "0"}, {}), doors.walk("1.1.13")),
            ("five classes are ok by SNMP", set((doors.snmp_classes() or {}).values()) == {"ok"}, doors.snmp_classes()),
        ]
        for name, good, what in checks:
            failed = failed or not good
            print(f"ok - {name} in {SECONDS:.0f} s" if good else f"not ok - {name} in {SECONDS:.0f} s: {what}")
    finally:
        doors.stop()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
