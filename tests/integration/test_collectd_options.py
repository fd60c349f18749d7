#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From wrong options to messages that name option, value and range, in a plugin that runs on."""
import glob
import json
import os
import re
import shutil
import tempfile

from checks import TOP, Checks, wait_for
from collectd_daemon import Daemon, Series, default_lists, require, traffic

checks = Checks()

# options, level of the complaint, words that must stand in one line of it
REFUSED = [
    ("Window 99999", "error", ["Window", "99999", "3600"]),
    ('Window "long"', "error", ["Window", "long", "seconds"]),
    ('Profile "nervous"', "error", ["Profile", "nervous", "strict"]),
    ('Role "gateway"', "error", ["Role", "gateway", "router"]),
    ("NotifyScope everything", "error", ["NotifyScope", "everything", "class"]),
    ("NotifyMinSeverity ok", "error", ["NotifyMinSeverity", "ok", "unknown | warning | critical"]),
    ("NotifyHoldTime 86401", "error", ["NotifyHoldTime", "86401", "0 to 86400"]),
    ('Notify "perhaps"', "error", ["Notify", "perhaps", "true"]),
    ('Sockets "some"', "error", ["Sockets", "some", "unestablished"]),
    ("Forensics 7", "error", ["Forensics", "7", "true | false"]),
    ('<Indicator "tcpTimeouts">\nMute "soon"\n</Indicator>', "error",
     ["tcpTimeouts", "Mute", "soon", "day when it ends"]),
    ('<Indicator "tcpTimeouts">\nBaseline 0.5\n</Indicator>', "error",
     ["tcpTimeouts", "Baseline", "0.5", "true | false"]),
    ("Usual 3", "error", ["Usual", '"3" is refused', "true or false"]),
    ("Counters some", "error", ["Counters", "some", "used"]),
    ('Indicators "tcpNonsense"', "error", ["Indicators", "tcpNonsense", "headline"]),
    ('Interface "/(/"', "error", ["Interface", "/(", "regular expression"]),
    ('Interfaces "/eth"', "error", ["Interfaces", "/eth", "regular expression"]),
    ('EventLog "relative"', "error", ["EventLog", "relative", "absolute"]),
    ('<Indicator "tcpRetrans">\nWarning 101\n</Indicator>', "error",
     ["tcpRetrans", "Warning", "101", "percent"]),
    ('<Indicator "tcpNonsense">\nWarning 1\n</Indicator>', "error", ["<Indicator>", "tcpNonsense"]),
    ('<Indicator "tcpRetrans">\nWarnung 1\n</Indicator>', "warning", ["tcpRetrans", "Warnung", "unknown"]),
    ("Fenster 60", "warning", ["Fenster", "unknown"]),
    ("Interval 5", "warning", ["Interval", "LoadPlugin"]),
]


def test_refused():
    options = "\n".join(entry[0] for entry in REFUSED)
    daemon = Daemon(options, interval=0.5).start()
    wait_for(lambda: len(daemon.values("netvitals-lost/gauge-status")) >= 4)
    lines = daemon.log().splitlines()
    for text, level, words in REFUSED:
        hits = [line for line in lines
                if f"[{level}]" in line and all(word in line for word in words)]
        name = " ".join(text.replace("\n", " ").split())
        checks.check(f"{name}: one {level} with {', '.join(words)}", len(hits) == 1,
                     f"{len(hits)} such lines in: {' | '.join(lines)}")
    checks.eventually("the plugin runs on with all of its lists", lambda: daemon.lists() == default_lists(),
                      lambda: daemon.lists() ^ default_lists())
    checks.check("and ends with status 0", daemon.stop() == 0)


def test_accepted():
    daemon = Daemon('''Window 120
Profile strict
Role host
Sockets unestablished
Forensics false
NotifyScope both
NotifyMinSeverity warning
NotifyHoldTime 60
Notify true
Interfaces "/^eth/"
<Indicator "tcpRetrans">
  Warning 30
  Failure 60
  Events 20
  Mute "2031-12-31"
  Baseline false
</Indicator>
<Indicator "tcpListenOverflow">
  Enabled false
</Indicator>
<Indicator "tcpTimeouts">
  Mute 2031-12-31
</Indicator>
<Indicator "ifInErrors">
  Mute 2031-08-09
</Indicator>
Indicators headline tcpDropRetrans
Counters none
Usual false''', interval=0.5).start()
    wait_for(lambda: len(daemon.values("netvitals-lost/gauge-status")) >= 4)
    checks.check("right options bring no complaint", not daemon.complaints(), daemon.complaints())
    expected = default_lists() | {"netvitals-lost/gauge-tcpDropRetrans"}
    checks.eventually("Indicators: a list of names adds these", lambda: daemon.lists() == expected,
                      lambda: daemon.lists() ^ expected)
    daemon.stop()


def test_shortest_interval():
    """The daemon's clock has no exact tenth of a second."""
    daemon = Daemon("", interval=0.1).start()
    wait_for(lambda: len(daemon.values("netvitals-lost/gauge-status")) >= 4)
    checks.check("an interval of 0.1 s is taken as it is", not daemon.complaints(), daemon.complaints())
    daemon.stop()


def test_two_blocks():
    daemon = Daemon("Indicators all", interval=0.5,
                    tail="<Plugin netvitals>\nUsual true\nWindow 0\n</Plugin>\n").start()
    wanted = {"netvitals-lost/gauge-tcpDropRetrans", "netvitals-lost/gauge-tcpDropRetrans-usual"}
    checks.eventually("a second block adds to the first", lambda: wanted <= daemon.lists(), daemon.lists)
    checks.check("and its bad option is told", "Window" in daemon.log(), daemon.log())
    daemon.stop()


def test_missing_root():
    """A source that is not there yet: told once, unknown and no value meanwhile, told when it comes."""
    work = tempfile.mkdtemp(prefix="nvcollectd-root-")
    root = os.path.join(work, "later")
    daemon = Daemon(f'Root "{root}"', interval=0.25).start()
    status = "netvitals-lost/gauge-status"
    wait_for(lambda: len(daemon.values(status)) >= 16)
    checks.check("a missing Root: all statuses unknown, ratios without a value",
                 set(daemon.values(status)) == {4.0}
                 and all(v != v for v in daemon.values("netvitals-lost/percent-tcpRetrans")),
                 daemon.values(status))
    errors = [line for line in daemon.complaints() if "[error]" in line]
    checks.check("a missing Root: an error that names it, ever less often, not one a read",
                 1 <= len(errors) <= len(daemon.values(status)) / 2 and root in errors[0], errors)
    series = Series(root + ".new", 0.25)
    for _ in range(40):
        traffic(series)
    os.rename(root + ".new", root)
    good = wait_for(lambda: daemon.values(status)[-1] == 1.0)
    checks.check("the Root appears: ok without a restart", good, daemon.log())
    checks.eventually("the Root appears: recovery is told", lambda: "again" in daemon.log(), daemon.log)
    checks.check("and ends with status 0", daemon.stop() == 0)
    shutil.rmtree(work, ignore_errors=True)


def test_severity():
    """What is not severe enough is an event and a value, and nobody's call."""
    work = tempfile.mkdtemp(prefix="nvcollectd-severity-")
    log, series = os.path.join(work, "events"), Series(os.path.join(work, "series"))
    for step in range(120):
        traffic(series, retransmitted=30 if 30 < step < 60 else 0)

    def events():
        if not os.path.exists(log):
            return []
        with open(log) as file:
            return [json.loads(line) for line in file if line.endswith("\n")]

    daemon = Daemon(f'Root "{series.path}"\nWindow 6\nNotifyMinSeverity critical\nEventLog "{log}"', interval=0.1).start()
    seen = wait_for(lambda: [e["status"] for e in events() if e["kind"] == "class"] == ["warning", "ok"])
    checks.check("NotifyMinSeverity critical: a warning is an event that nobody was told of",
                 seen and not any(e["notified"] for e in events()), events())
    checks.check("and no notification", not daemon.notifications(), daemon.notifications())
    checks.check("but a value", 2.0 in daemon.values("netvitals-lost/gauge-status"))
    daemon.stop()
    shutil.rmtree(work, ignore_errors=True)


def test_manual():
    """Every option that the code knows stands in the manual page."""
    known = set()
    for path in glob.glob(os.path.join(TOP, "plugins", "collectd", "*options.c")):
        with open(path) as file:
            known |= set(re.findall(r'(?:is|strcasecmp)\(line->key, "(\w+)"\)', file.read()))
    with open(os.path.join(TOP, "core", "engine", "config.c")) as file:
        core = set(re.findall(r'\{ \{ "(\w+)", "', file.read()))
    with open(os.path.join(TOP, "plugins", "collectd", "collectd-netvitals.5")) as file:
        page = file.read()
    missing = {name for name in known | core if not re.search(rf"(Cm|Li <)\s*{name}\b", page)}
    checks.check(f"the manual has all {len(known | core)} options", len(core) > 10 and not missing, missing)


require(checks, "collectd options")
test_manual()
test_refused()
test_accepted()
test_shortest_interval()
test_two_blocks()
test_missing_root()
test_severity()
checks.end()
