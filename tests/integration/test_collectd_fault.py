#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From a fault made in a network namespace to notifications of a real collectd, raised and cleared.

A program there does not read its UDP socket while datagrams arrive: its queue overflows.
"""
import atexit
import json
import os
import re
import subprocess
import sys
import time

from checks import COMMAND, Checks, Stopwatch, wait_for
from collectd_daemon import UDP_FAULT, Daemon, require

NETNS = f"nvcd{os.getpid()}"
RUN = ["ip", "netns", "exec", NETNS]
# One write each, as two may run at once.
HANDLER = """#!/bin/sh
notice=$(cat)
printf '%s\\nEND\\n' "$notice" >> "$1"
"""
ADDRESS = "198.51.100.7"
STATUS = "netvitals-application/gauge-status"
checks = Checks()


def handled(path):
    """What the notification program got: a list of {header: value} with the message as ''."""
    if not os.path.exists(path):
        return []
    with open(path) as file:
        blocks = file.read().split("END\n")[:-1]
    notices = []
    for block in blocks:
        head, _, message = block.partition("\n\n")
        notice = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
        notice[""] = message.strip()
        if notice.get("Plugin") == "netvitals":
            notices.append(notice)
    return notices


def in_order(values):
    known = [value for value in values if value != 4]
    return known and known[0] == 1 and {2, 3} & set(known) and known[-1] == 1


def start():
    daemon = Daemon("", interval=0.5, prefix=RUN)
    script, out = os.path.join(daemon.dir, "handler"), os.path.join(daemon.dir, "handled")
    with open(script, "w") as file:
        file.write(HANDLER)
    os.chmod(script, 0o755)
    open(out, "w").close()
    os.chmod(out, 0o666)
    daemon.events = os.path.join(daemon.dir, "events.json")
    daemon.handled = out
    daemon.memory = os.path.join(daemon.dir, "memory")
    os.mkdir(daemon.memory)
    daemon.configure(f'Window 3\nEventLog "{daemon.events}"\nStateDir "{daemon.memory}"', interval=0.5, plugins="exec",
                     extra=f'<Plugin exec>\nNotificationExec "nobody" "{script}" "{out}"\n</Plugin>')
    return daemon.start()


def check_evidence(notice, events, starved):
    """Evidence has little time; when this machine gives even less, the notification comes without it."""
    if starved and not notice.get("process"):
        checks.skip("fault: program and port in notification and EventLog", "the daemon waited too long for a processor")
        return
    who = {key: notice.get(key) for key in ("evidence", "process", "pid", "port", "local", "count")}
    checks.check("fault: the program and its port are meta data", None not in who.values(), notice)
    checks.check("fault: what is counted are datagrams, not octets", f" {who['count']} datagrams" in str(who["evidence"])
                 and "bytes" not in notice, notice)
    checks.check("fault: the message has the evidence", (who["evidence"] or "?")[:20] in notice[""], notice[""])
    raised = [event["offender"] for event in events if event["status"] in ("warning", "critical")]
    checks.check("EventLog: a raise has who and where", any(o and o["process"] and o["text"] for o in raised), raised)


def check_raise(notice, took_s):
    checks.check("fault: raised within 15 s", took_s <= 15, f"{took_s:.1f} s")
    checks.check("fault: told for netvitals-application/gauge-status",
                 (notice["PluginInstance"], notice["Type"], notice["TypeInstance"])
                 == ("application", "gauge", "status"), notice)
    checks.check("fault: severity warning or failure", notice["Severity"] in ("WARNING", "FAILURE"), notice)
    message = notice[""]
    checks.check("fault: the message begins with class and status, and fits",
                 re.match(r"application (WARNING|CRITICAL) \(was ok\): ", message)
                 and len(message.encode()) <= 255, message)
    meta = {key: notice.get(key) for key in
            ("class", "indicator", "side", "value", "numerator", "denominator", "warn", "crit", "event")}
    checks.check("fault: the numbers are meta data", None not in meta.values(), notice)
    if None in meta.values():
        return
    checks.check("fault: indicator udpInOverflow of class application",
                 (meta["class"], meta["indicator"]) == ("application", "udpInOverflow"), meta)
    checks.check("fault: the message ends with the event's number", message.endswith(f". Event {meta['event']}"), message)
    value, num, den = (float(meta[key]) for key in ("value", "numerator", "denominator"))
    checks.check("fault: value is numerator of denominator in percent",
                 num > 0 and abs(value - min(100, 100 * num / den)) < 0.01, meta)
    checks.check("fault: value exceeds the limit of the status",
                 value >= float(meta["crit" if notice["Severity"] == "FAILURE" else "warn"]), meta)


def check_report(daemon):
    """Somebody looks at the host meanwhile: the command knows what the daemon has told."""
    shown = subprocess.run(RUN + [COMMAND, "--state-dir", daemon.memory, "report", "2"], capture_output=True, text=True,
                           check=False).stdout
    checks.check("meanwhile: a report says whom it asked", "; usual: by collectd" in " ".join(shown.split()), shown)
    checks.check("meanwhile: a report shows what the daemon told today",
                 re.search(r"^ today  .*\d\d:\d\d:\d\d A (warning|critical)$", shown, re.MULTILINE), shown)
    checks.check("meanwhile: a report says since when", re.search(r"^ A application  (WARNING|CRITICAL) +\d+ s ", shown,
                                                                   re.MULTILINE), shown)


def events_of(daemon):
    with open(daemon.events) as file:
        return [json.loads(line) for line in file]


def check_log(daemon):
    events = events_of(daemon)
    told = [event for event in events if event["notified"]]
    checks.check("EventLog: one line of JSON for each event, numbered without gaps",
                 [e["event"] for e in events] == list(range(events[0]["event"], events[0]["event"] + len(events))),
                 [e["event"] for e in events])
    checks.eventually("EventLog: its texts are the messages of the notifications",
                      lambda: [e["text"] for e in told] == [n[""] for n in handled(daemon.handled)],
                      lambda: (told, handled(daemon.handled)))


def main():
    require(checks, "collectd fault", "ip", "unshare")
    if os.geteuid() != 0:
        checks.skip("collectd fault", "not root")
        checks.end()
    made = subprocess.run(["ip", "netns", "add", NETNS], capture_output=True, text=True, check=False)
    if made.returncode:
        checks.skip("collectd fault", f"no network namespace: {made.stderr.strip()}")
        checks.end()
    atexit.register(subprocess.run, ["ip", "netns", "del", NETNS], check=False)
    # Of what goes to a loopback address nothing is told.
    for words in ("link set lo up", "link add fault0 type veth peer name fault1", f"addr add {ADDRESS}/24 dev fault0",
                  "link set fault0 up", "link set fault1 up"):
        subprocess.run(RUN + ["ip"] + words.split(), check=True)

    daemon = start()
    wait_for(lambda: len(daemon.values(STATUS)) >= 8)
    checks.check("healthy: no notification", not handled(daemon.handled), handled(daemon.handled))
    watch = Stopwatch(daemon.child.pid)
    fault = subprocess.Popen(RUN + [sys.executable, "-c", UDP_FAULT, "300", ADDRESS])
    atexit.register(fault.kill)
    notices = wait_for(lambda: handled(daemon.handled))
    if checks.check("fault: a notification arrives", notices, daemon.log()):
        took, starved = watch.seconds(), watch.starved()
        check_raise(notices[0], took)
        check_evidence(notices[0], events_of(daemon), starved)
    check_report(daemon)
    time.sleep(5)
    fault.kill()
    fault.wait()
    ended = time.monotonic()
    notices = wait_for(lambda: [n for n in handled(daemon.handled) if n["Severity"] == "OKAY"], 180)
    if checks.check("cleared: a notification OKAY arrives", notices, daemon.log()):
        print(f"# cleared {time.monotonic() - ended:.1f} s after the end of the fault")
        checks.check("cleared: the same key", (notices[0]["PluginInstance"], notices[0]["TypeInstance"])
                     == ("application", "status"), notices[0])
        checks.check("cleared: the message says ok and what was",
                     re.match(r"application ok \(was (warning|critical)", notices[0][""]), notices[0])
        kinds = [(n["PluginInstance"], n["Severity"]) for n in handled(daemon.handled)]
        checks.check("one fault is one page: at most raised, worse, cleared, all of one class",
                     len(kinds) <= 3 and {k[0] for k in kinds} == {"application"}
                     and [k[1] for k in kinds].count("OKAY") == 1, kinds)
        check_log(daemon)
    checks.eventually("status in csv: ok, then bad, then ok", lambda: in_order(daemon.values(STATUS)),
                      lambda: daemon.values(STATUS))
    checks.check("ends with status 0", daemon.stop() == 0, daemon.log())
    checks.end()


main()
