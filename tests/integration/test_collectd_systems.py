#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Captures of other systems in a real collectd: their habits raise nothing, what they do not count is not ok.

Healthy FreeBSD hosts (OneFS prints the same) receive 5 to 50 percent of their segments twice, and out of
order. Windows and HP-UX count hardly anything of some classes.
"""
import json
import os
import shutil
import stat
import tempfile

from checks import Checks, wait_for
from collectd_daemon import Daemon, require
from test_collectd_capture import freebsd, make_script, user_line

checks = Checks()
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIXTURES = os.path.join(TOP, "tests", "fixtures", "netstat")
SHARES = (5, 10, 30, 50)
INTERVAL = 0.3
SAMPLES = 40  # of which the judge would need three to raise
CLASSES = ("lost", "corrupted", "routing", "application", "system")
# What these systems hardly count.
KNOWN = set(CLASSES) - {"system"}  # of the FreeBSD texts made here
UNKNOWN = {"windows-1": {"corrupted", "system"}, "hpux-1": {"routing"}}


def habit(step, share):
    """A healthy host: 1,000 segments a step, `share` percent of them twice, as many out of order."""
    text = freebsd(step, lambda i: 0)
    count = 10 * share * step
    return (text.replace("0 completely duplicate packets (0 bytes)",
                         f"{count} completely duplicate packets ({1000 * count} bytes)")
                .replace("0 out-of-order packets (0 bytes)", f"{count} out-of-order packets ({1000 * count} bytes)"))


def make_series(work, share):  # share: a number of SHARES; or a name, and the share is 0
    folder = os.path.join(work, f"share-{share}")
    os.makedirs(folder)
    os.chmod(folder, 0o777)
    for step in range(400):
        with open(os.path.join(folder, f"{step:03d}"), "w") as file:
            file.write(habit(step, share if share in SHARES else 0))
    return make_script(work, f"series-{share}", f"""#!/bin/sh
step=$(cat {folder}/at 2>/dev/null) || step=0
[ "$step" -ge 399 ] || echo $((step + 1)) >{folder}/at
cat {folder}/$(printf %03d "$step")
""")


def make_silent(work):
    """A healthy host that answers until there is a file `stop`, and again when that has gone."""
    program = make_series(work, "silent")
    with open(program) as file:
        text = file.read()
    with open(program, "w") as file:
        file.write(text.replace("#!/bin/sh\n", f"#!/bin/sh\n[ ! -e {work}/stop ] || exit 7\n"))
    return program


def capture_block(name, program, *more):
    lines = "\n".join(f"  {line}" for line in (f'Command "{program}"' + "".join(f' "{m}"' for m in more),
                                                user_line(), f"Interval {INTERVAL}"))
    return f'<Capture "{name}">\n{lines}\n</Capture>\n'


def configuration(work):
    blocks = [capture_block(f"onefs-{share}", make_series(work, share)) for share in SHARES]
    blocks.append(capture_block("silent", make_silent(work)))
    for name in UNKNOWN:
        copy = shutil.copy(os.path.join(FIXTURES, name + ".txt"), work)
        os.chmod(copy, 0o644)
        blocks.append(capture_block(name, "/bin/cat", copy))
    return f'Window 1\nNotifyScope both\nEventLog "{work}/events"\n' + "".join(blocks)


def statuses(daemon, klass, host):
    return [int(v) for v in daemon.values(f"netvitals-{klass}/gauge-status", host)]


def check_habits(daemon):
    for share in SHARES:
        host = f"onefs-{share}"
        wait_for(lambda h=host: len(statuses(daemon, "lost", h)) >= SAMPLES, 60, 0.5)
        seen = statuses(daemon, "lost", host)
        checks.check(f"a healthy host that receives {share} percent twice is never raised",
                     len(seen) >= SAMPLES and seen[-1] == 1 and not {2, 3} & set(seen), seen or daemon.log())
        values = [v for v in daemon.values("netvitals-lost/percent-tcpInOutOfOrder", host) if v == v]
        checks.check(f"and its {share} percent out of order are shown all the same",
                     values and abs(values[-1] - share) < 0.5, values[-5:])
    notices = [n for n in daemon.notifications() if n[4].startswith("onefs")]
    checks.check("nobody is notified of habits, of classes or of indicators", not notices, notices)


def check_uncounted(daemon):
    for host, unknown in UNKNOWN.items():
        for klass in CLASSES:
            seen = wait_for(lambda h=host, k=klass: statuses(daemon, k, h)[-3:])
            expected = 4 if klass in unknown else 1
            checks.check(f"{host}: {klass} is {'unknown, not counted there' if expected == 4 else 'ok'}",
                         seen and set(seen) == {expected}, seen or daemon.log())
    notices = [n for n in daemon.notifications() if n[4] in UNKNOWN]
    checks.check("what a system never counts is no news", not notices, notices)


def check_silence(daemon, work):
    """What ends to answer is told, in the daemon's notifications and in the log of events; and its return."""
    notices = lambda: [n for n in daemon.notifications() if n[4] == "silent"]
    wait_for(lambda: 1 in statuses(daemon, "lost", "silent"))
    open(os.path.join(work, "stop"), "w").close()
    told = wait_for(lambda: len(notices()) >= len(KNOWN))
    checks.check("a host that does not answer any more is told, with the reason, once a class",
                 told and len(notices()) == len(KNOWN) and {n[1] for n in notices()} == KNOWN
                 and all("UNKNOWN" in str(n).upper() and "status 7" in str(n) for n in notices()),
                 notices() or daemon.log())
    with open(os.path.join(work, "events")) as file:
        events = [json.loads(line) for line in file]
    checks.check("and is in the log of events", len([e for e in events if e.get("host") == "silent"]) >= len(KNOWN),
                 events)
    checks.eventually("and its statuses are unknown",
                      lambda: all(statuses(daemon, k, "silent")[-1:] == [4] for k in KNOWN))
    os.unlink(os.path.join(work, "stop"))
    checks.eventually("and its return is told",
                      lambda: len([n for n in notices() if n[0] == "OKAY"]) == len(KNOWN), notices)


def main():
    require(checks, "collectd captures of other systems")
    work = tempfile.mkdtemp(prefix="nvcollectd-systems-")
    os.chmod(work, os.stat(work).st_mode | stat.S_IROTH | stat.S_IXOTH | stat.S_IRGRP | stat.S_IXGRP)
    try:
        daemon = Daemon(configuration(work), interval=1).start()
        check_habits(daemon)
        check_uncounted(daemon)
        check_silence(daemon, work)
        checks.check("ends with status 0", daemon.stop() == 0, daemon.log())
    finally:
        shutil.rmtree(work, ignore_errors=True)
    checks.end()


if __name__ == "__main__":
    main()
