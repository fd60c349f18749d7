#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the front ends remember and the command tells: events once each, in 80 columns on a terminal; and what the
command mutes is silent in a collectd with nothing but its defaults."""
import json
import os
import pty
import shutil
import subprocess
import sys
import tempfile

from checks import COMMAND, PATIENCE_S, Checks, program, wait_for
from collectd_daemon import Daemon, Series, require, traffic

checks = Checks()
check = checks.check


def command(*words, prefix=()):
    return subprocess.run([*prefix, COMMAND, *words], capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def on_a_terminal(*words):
    """What a person sees."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen([COMMAND, *words], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    text = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is gone
            break
        if not piece:
            break
        text += piece
    child.wait()
    os.close(ours)
    return text.decode().replace("\r\n", "\n")


# ---- events -----------------------------------------------------------------------------------------------

def check_one_language(known, logged):
    """What the command says of events and what the plugin appends to EventLog: the same, in the same order of keys.
    Evidence is not remembered; and collectd says under which name it knows the host."""
    check("EventLog: every event that is remembered", len(logged) == len(known) > 0, (len(logged), len(known)))
    for of_plugin, of_memory in zip(logged, known):
        check(f"event {of_plugin['event']}: the same keys in EventLog and in events --json",
              list(of_plugin) == list(of_memory), (list(of_plugin), list(of_memory)))
        differ = {key for key in of_plugin if of_plugin[key] != of_memory[key]}
        check(f"event {of_plugin['event']}: the same values", differ <= {"host", "offender"},
              {key: (of_plugin[key], of_memory[key]) for key in differ})
        check(f"event {of_plugin['event']}: a host, class and front end",
              of_memory["host"] and of_plugin["host"] and of_memory["frontEnd"] == "collectd" and
              (of_memory["class"], of_memory["name"]) == ("L", "lost"), of_memory)


def check_events(work):
    series = Series(f"{work}/series")
    for step in range(120):
        traffic(series, segments=1000, retransmitted=30 if 30 < step < 60 else 0)
    state = f"{work}/state"
    os.mkdir(state)
    log = f"{work}/events.json"
    daemon = Daemon(f'Root "{series.path}"\nStateDir "{state}"\nEventLog "{log}"\nWindow 6', interval=0.1).start()
    cleared = wait_for(lambda: [n for n in daemon.notifications() if n[3].startswith("lost ok ")])
    check("a fault of a recorded host is told and cleared", cleared, daemon.notifications() or daemon.log()[-500:])
    daemon.stop()
    daemon.remove()
    lines = command("events", "--state-dir", state).stdout.splitlines()
    every = command("events", "--all", "--state-dir", state).stdout.splitlines()
    known = json.loads(command("events", "--json", "--state-dir", state).stdout)
    check("--json has them all", len(known) == len(every) > len(lines), (len(known), len(every), len(lines)))
    with open(log) as file:
        check_one_language(known, [json.loads(line) for line in file])
    told = [line for line in lines if " L " in line and ("WARNING" in line or "CRITICAL" in line)]
    check("what the class tells is told once", told and all(" L lost " in line for line in told), lines)
    check("and of the indicator with --all", any(" L tcpRetrans WARNING" in line for line in every), every)
    seen = on_a_terminal("events", "--state-dir", state)
    check("a terminal has 80 columns", max(map(len, seen.splitlines())) <= 80 and "\033" not in seen, seen)
    check("and the same words", " ".join(seen.split()) == " ".join(" ".join(lines).split()), (seen, lines))


# ---- mutes --------------------------------------------------------------------------------------------------

# A host of its own: no route for what it sends, and its own /var/lib.
HOST = """
mount --make-rprivate / && mount -t tmpfs -o mode=755 tmpfs /var/lib && ip link set lo up && echo ready
exec python3 -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    for _ in range(5):
        try:
            s.sendto(b"x", ("192.0.2.1", 9))
        except OSError:
            pass
    time.sleep(0.1)'
"""


def check_mutes():
    host = subprocess.Popen(["unshare", "-n", "-m", "sh", "-c", HOST], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)
    try:
        if host.stdout.readline().strip() != "ready":
            checks.skip("mutes in collectd", "no namespaces may be made here")
            return
        inside = ["nsenter", "-t", str(host.pid), "-n", "-m"]
        done = command("mute", "ipNoRoute", "--until", "1h", "--by", "me", "--why", "test", prefix=inside)
        check("the command mutes where no front end has been yet", done.returncode == 0, done.stderr)
        daemon = Daemon("Window 3", interval=0.5, prefix=inside).start()
        try:
            check_muted(daemon, inside)
        finally:
            daemon.remove()
    finally:
        host.kill()
        host.wait()


def check_muted(daemon, inside):
    status, value = "netvitals-routing/gauge-status", "netvitals-routing/gauge-ipNoRoute"
    raised = wait_for(lambda: len([v for v in daemon.values(value) if v > 100]) >= 20)
    check("what is muted is counted", raised, daemon.values(value))
    check("and silent in a collectd with its defaults", 1 in daemon.values(status) and not {2, 3} & set(daemon.values(status))
          and not daemon.notifications(), (daemon.values(status), daemon.notifications()))
    done = command("mute", "ipNoRoute", "--until", "now", "--by", "me", "--why", "test", prefix=inside)
    check("it can be ended", done.returncode == 0, done.stderr)
    told = wait_for(lambda: [n for n in daemon.notifications() if n[3].startswith("routing WARNING (was ok): ")])
    check("and is told then", told, (daemon.values(status), daemon.notifications()))


def main():
    require(checks, "what the front ends remember")
    work = tempfile.mkdtemp(prefix="nvmemory")
    try:
        check_events(work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if os.geteuid() != 0 or not program("unshare") or not program("nsenter"):
        checks.skip("mutes in collectd", "needs root, unshare and nsenter")
    else:
        check_mutes()
    checks.end()


sys.exit(main())
