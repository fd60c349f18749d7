#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How long a read callback of the plugin holds a thread of a real daemon, while what it reads is slow.

The daemon tells it itself: netvitals-self/gauge-held, the longest since the value before. Seconds in
which the daemon waited for a processor do not count.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from checks import Checks, Stopwatch, wait_for
from collectd_daemon import UDP_FAULT, Daemon, recorded_with_pipe, require

HELD = "netvitals-self/gauge-held"
STATUS = "netvitals-lost/gauge-status"
MOST_S = 0.050
NETNS = f"nvheld{os.getpid()}"
RUN = ["ip", "netns", "exec", NETNS]
ADDRESS = "198.51.100.9"
PAIRS = 8000
SAVED = """tcp:
\t{} packets sent
\t\t500 data packets (9 bytes)
\t\t0 data packets (0 bytes) retransmitted
\t1000 packets received
"""
# argv[1] connections to itself, held until its input ends.
HOLD = """
import resource, socket, sys
count = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (2 * count + 100,) * 2)
listener = socket.create_server(("127.0.0.1", 7000), backlog=100)
held = []
for _ in range(count):
    held.append(socket.create_connection(listener.getsockname()))
    held.append(listener.accept()[0])
print("ready", flush=True)
sys.stdin.read()
"""
checks = Checks()


def longest_s(daemon, host=None):
    """Of all reads so far; 0.0 before the first that is known."""
    return max((v for v in daemon.values(HELD, host) if v == v), default=0.0) / 1e6


def check_held(what, daemon, watch, host=None):
    lost = watch.lost()
    held = longest_s(daemon, host)
    print(f"# {what}: at most {held * 1e3:.1f} ms, {lost * 1e3:.1f} ms of waiting for a processor in all")
    checks.check(f"{what}: no read holds the daemon for longer than {MOST_S * 1e3:.0f} ms", 0 < held <= MOST_S + lost,
                 f"{held * 1e3:.1f} ms, {lost * 1e3:.1f} ms lost; {daemon.values(HELD, host)}")


def open_writer(pipe):
    """The other end of a pipe that somebody has opened; None if nobody has."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


def let_go(pipe):
    """Open and close the other end: whoever waits for it reads an empty file. False if nobody does."""
    writer = open_writer(pipe)
    if writer is not None:
        os.close(writer)
    return writer is not None


def test_hanging_source(work):
    """A recorded tree of which one file is a pipe that nobody writes to, for some seconds."""
    root, pipe = recorded_with_pipe(work, "hanging", 0.5, 60, 6)
    daemon = Daemon(f'Root "{root}"\nSelf true', interval=0.5).start()
    watch = Stopwatch(daemon.child.pid)
    if not wait_for(lambda: "the source hangs" in daemon.log()):
        checks.skip("a source that hangs", "the pipe did not make the source wait")
        daemon.stop()
        return
    before = len(daemon.values(HELD))
    wait_for(lambda: let_go(pipe))
    wait_for(lambda: len(daemon.values(HELD)) >= before + 4)
    checks.check("a source that hangs: the reads that waited for it are among those measured", longest_s(daemon) > 0.02,
                 daemon.values(HELD))
    check_held("a source that hangs", daemon, watch)
    checks.check("a source that hangs: ends with status 0", daemon.stop() == 0, daemon.log())


def test_late(work):
    """An answer that takes a second is published soon after it, not at the next read."""
    interval = 8
    root, pipe = recorded_with_pipe(work, "late", 10, 4, 1)
    daemon = Daemon(f'Root "{root}"', interval=interval, plugins="write_log",
                    extra="<Plugin write_log>\n  Format JSON\n</Plugin>").start()
    numbers = lambda key: [float(number) for number in re.findall(rf'"{key}":([\d.]+)', daemon.log())]
    first = wait_for(lambda: numbers("time"))[0]
    # Opening a pipe is what waits, and the second read began to: its other end stays closed for a second.
    wait_for(lambda: time.time() >= first + interval + 1)
    watch, rows = Stopwatch(daemon.child.pid), len(daemon.values(STATUS))
    if not checks.check("a late answer: the source waits for it", let_go(pipe) and rows == 1, daemon.log()):
        return
    came = wait_for(lambda: len(daemon.values(STATUS)) > rows)
    took = watch.seconds()
    checks.check("a late answer: published within 4 s, the next read is 7 s away", came and took <= 4, f"{took:.1f} s")
    checks.eventually("a late answer: its values have the daemon's interval",
                      lambda: set(numbers("interval")) == {interval}, lambda: numbers("interval"))
    checks.check("a late answer: ends with status 0", daemon.stop() == 0, daemon.log())


def test_slow_program(work):
    """Two other hosts: a program that takes a second for its answer, one that never gives any."""
    text = os.path.join(work, "saved.txt")
    with open(text, "w") as file:
        file.write(SAVED.format(1000))
    os.chmod(work, 0o755)
    user = 'User "nobody"' if os.geteuid() == 0 else ""
    block = '<Capture "{}">\n  Command {}\n  {}\n  Interval {}\n  Timeout 100\n</Capture>\n'
    daemon = Daemon("Self true\n"
                    + block.format("slow", f'"/bin/sh" "-c" "sleep 1; cat {text}"', user, 1)
                    + block.format("never", '"/bin/sleep" "1000"', user, 0.5), interval=0.5).start()
    watch = Stopwatch(daemon.child.pid)
    wait_for(lambda: len(daemon.values(HELD, "slow")) >= 4 and len(daemon.values(HELD)) >= 12)
    check_held("a program that takes a second", daemon, watch, "slow")
    check_held("this host beside it", daemon, watch)
    checks.check("a program that takes a second: ends with status 0", daemon.stop() == 0, daemon.log())


def test_evidence(work):
    """Thousands of sockets, and a fault for whose evidence all of them and all programs are looked through; events
    go to a pipe that nobody reads."""
    pipe = os.path.join(work, "events")
    os.mkfifo(pipe)
    for words in ("link set lo up", "link add held0 type veth peer name held1", f"addr add {ADDRESS}/24 dev held0",
                  "link set held0 up", "link set held1 up"):
        subprocess.run(RUN + ["ip"] + words.split(), check=True)
    holder = subprocess.Popen(RUN + [sys.executable, "-c", HOLD, str(PAIRS)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    fault = None
    try:
        if holder.stdout.readline() != "ready\n":
            checks.skip("evidence", f"{2 * PAIRS} sockets cannot be made here")
            return
        daemon = Daemon(f'Window 3\nSelf true\nEventLog "{pipe}"', interval=0.5, prefix=RUN).start()
        watch = Stopwatch(daemon.child.pid)
        wait_for(lambda: len(daemon.values(STATUS)) >= 6)
        fault = subprocess.Popen(RUN + [sys.executable, "-c", UDP_FAULT, "300", ADDRESS])
        told = wait_for(daemon.notifications)
        count = len(daemon.values(HELD))
        wait_for(lambda: len(daemon.values(HELD)) >= count + 12)
        checks.check("evidence: the fault is told although nobody reads the event log", told, daemon.log())
        checks.check("evidence: the log says that the event log cannot be written, once",
                     len(daemon.remarks("EventLog: cannot write")) == 1, daemon.log())
        check_held(f"evidence among {2 * PAIRS} sockets", daemon, watch)
        checks.check("evidence: ends with status 0", daemon.stop() == 0, daemon.log())
    finally:
        for child in filter(None, (fault, holder)):
            child.kill()
            child.wait()


def main():
    require(checks, "collectd held")
    work = tempfile.mkdtemp(prefix="nvcollectd-held-")
    try:
        test_hanging_source(work)
        test_late(work)
        test_slow_program(work)
        if os.geteuid() != 0:
            checks.skip("evidence", "not root")
        elif subprocess.run(["ip", "netns", "add", NETNS], capture_output=True, check=False).returncode:
            checks.skip("evidence", "no network namespace can be made here")
        else:
            test_evidence(work)
    finally:
        subprocess.run(["ip", "netns", "del", NETNS], capture_output=True, check=False)
        shutil.rmtree(work, ignore_errors=True)
    checks.end()


main()
