#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""netvitals replay on small series: one fault is one raise and one clear, nothing flaps, resets are silent."""
import json
import math
import subprocess
import sys
import tempfile

from checks import COMMAND, Checks, require

START = 1700000000
checks = Checks()
check = checks.check


def series(ratio_of, steps, reset_at=None, step_s=10):
    """Rows with tcpOutSegs and tcpRetransSegs; ratio_of(step) is the share that is repeated."""
    sent = again = 0
    rows = ["time,tcpOutSegs,tcpRetransSegs"]
    for step in range(steps):
        if step == reset_at:
            sent = again = 0
        sent += 10000
        again += round(10000 * ratio_of(step))
        rows.append(f"{START + step * step_s},{sent},{again}")
    return "\n".join(rows) + "\n"


def replay(text, *options):
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write(text)
        file.flush()
        return subprocess.run([COMMAND, "replay", *options, file.name], capture_output=True, text=True, timeout=300)


def transitions(text):
    done = replay(text, "--json")
    if done.returncode != 0:
        return None
    return [(e["kind"], e["before"], e["status"]) for e in json.loads(done.stdout)]


def bad_rows(fault, want):
    """What is wrong with a series is told, and what is left of it judged; fault: one that gives these transitions."""
    rows = fault.splitlines()
    mixed = "\n".join(rows[:100] + [rows[50]] + rows[100:]) + "\n"
    done = replay(mixed, "--json")
    check("a row of an earlier time is passed over and told",
          done.returncode == 0 and "passed over: 1" in done.stderr and transitions(mixed) == want, done.stderr)
    done = replay(series(lambda s: 0, 3, step_s=86400))
    check("rows a day apart are refused, not called healthy",
          done.returncode == 1 and ":3: 86400 s after the row before" in done.stderr, done.stderr)
    cells = [row.split(",") for row in rows]
    unnamed = "\n".join(",".join([c[0], "" if c is cells[0] else "7", *c[1:]]) for c in cells) + "\n"
    check("a column without a name is one all the same", transitions(unnamed) == want, transitions(unnamed))
    done = replay("\033[31mred,tcpOutSegs\n")
    check("what is quoted acts on no terminal",
          done.returncode == 1 and "\033" not in done.stderr and "[31mred" in done.stderr, repr(done.stderr))


def main():
    require(checks, "replay", COMMAND)
    fault = series(lambda s: 0.03 if 200 <= s < 260 else 0.0003, 600)
    got = transitions(fault)
    want = [(of, *change) for change in (("ok", "warning"), ("warning", "ok")) for of in ("indicator", "class")]
    check("one fault is one raise and one clear", got == want, got)
    text = replay(fault).stdout
    check("the sentence names ratio, limit and class", "retransmitted" in text and "warn 1 %" in text and
          " L lost WARNING" in text, text)
    got = transitions(series(lambda s: 0.01 * math.exp(0.22 * math.sin(s / 12)) if 100 <= s < 460 else 0.0003, 800))
    check("swinging round the threshold is at most one raise",
          got is not None and sum(of == "class" and now == "warning" for of, _, now in got) <= 1, got)
    got = transitions(series(lambda s: 0.5 if s % 60 == 0 else 0, 2000))
    check("single bad seconds are nothing", got == [], got)
    got = transitions(series(lambda s: 0.0003, 600, reset_at=300))
    check("a reboot is nothing", got == [], got)
    got = transitions(series(lambda s: 0.03 if 200 <= s < 300 else 0, 600, step_s=60))
    check("rows of 60 s are judged as well", got == want, got)
    bad = replay("time,tcpOutSegs\n1,5\n2,x\n")
    check("a bad cell is named with its line", bad.returncode == 1 and ":3: cell 2" in bad.stderr, bad.stderr)
    bad = replay("tcpOutSegs\n5\n")
    check("a missing time column is named", bad.returncode == 1 and 'expected "time"' in bad.stderr, bad.stderr)
    bad_rows(fault, want)
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
