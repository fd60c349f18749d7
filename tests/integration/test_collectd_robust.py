#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A collectd that runs on while a source hangs, and that ends with all memory given back."""
import os
import shutil
import socket
import tempfile
import xml.etree.ElementTree

from checks import Checks, wait_for
from collectd_daemon import Daemon, Series, recorded_with_pipe, require, traffic

checks = Checks()
STATUS = "netvitals-lost/gauge-status"


def let_go(pipe):
    """Open and close the other end: whoever waits for it reads an empty file. False if nobody does."""
    try:
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
        return True
    except OSError:
        return False


def test_hanging_source(work):
    """One file of the recorded tree is a pipe that nobody writes to; the daemon has one read thread."""
    root, pipe = recorded_with_pipe(work, "hanging", 0.5, 6, 3)
    daemon = Daemon(f'Root "{root}"', interval=0.5, plugins="uptime", extra="ReadThreads 1").start()
    hangs = wait_for(lambda: "the source hangs" in daemon.log())
    if not hangs:
        checks.skip("a source that hangs", "the pipe did not make the source wait")
        daemon.stop()
        return
    before = len(daemon.values("uptime/uptime"))
    unknown = wait_for(lambda: daemon.values(STATUS)[-1] == 4.0)
    more = wait_for(lambda: len(daemon.values("uptime/uptime")) >= before + 6)
    checks.check("a source that hangs: the other plugins read on", more, daemon.log())
    checks.check("a source that hangs: all is unknown after a few intervals", unknown,
                 daemon.values(STATUS))
    ratio = lambda: daemon.values("netvitals-lost/percent-tcpRetrans") or [0.0]
    checks.eventually("a source that hangs: no value then", lambda: ratio()[-1] != ratio()[-1], ratio)
    checks.check("a source that hangs: told once or twice, not at each read",
                 1 <= daemon.log().count("the source hangs") <= 3, daemon.log())
    wait_for(lambda: let_go(pipe))
    good = wait_for(lambda: "answers again" in daemon.log())
    checks.check("the source answers again: told, and values again",
                 good and wait_for(lambda: daemon.values(STATUS)[-1] == 1.0), daemon.log())
    checks.check("ends with status 0", daemon.stop() == 0, daemon.log())


def test_hanging_shutdown(work):
    root, pipe = recorded_with_pipe(work, "stuck", 0.5, 1, 0)
    daemon = Daemon(f'Root "{root}"', interval=0.5).start()
    hangs = wait_for(lambda: "the source hangs" in daemon.log())
    if not hangs:
        checks.skip("shutdown while a source hangs", "the pipe did not make the source wait")
        daemon.stop()
        return
    checks.check("shutdown while a source hangs: ends by itself", daemon.stop() == 0, daemon.log())


def under_valgrind(report):
    return ["valgrind", "--leak-check=full", "--show-leak-kinds=all", "--keep-debuginfo=yes",
            "--xml=yes", f"--xml-file={report}", "--num-callers=40"]


def ours_in(report):
    """What valgrind says of the plugin; what the daemon does is not ours to mend."""
    found = []
    for error in xml.etree.ElementTree.parse(report).getroot().iter("error"):
        frames = list(error.iter("frame"))
        if any((frame.findtext("obj") or "").endswith("netvitals.so") for frame in frames):
            names = [frame.findtext("fn") or "?" for frame in frames]
            found.append(f"{error.findtext('kind')}: {' < '.join(names)};")
    return found


def test_busy_shutdown(work):
    """Ended in the middle of its work: sockets of the kernel every 0.1 s, a program that goes on for long."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=300)
    links = [end for _ in range(200) for end in (socket.create_connection(listener.getsockname()), listener.accept()[0])]
    report = os.path.join(work, "busy.xml")
    daemon = Daemon(f'''Window 1
Indicators all
<Capture "slow">
  Command "/bin/sleep" "1000"
  {'User "nobody"' if os.geteuid() == 0 else ''}
  Interval 0.5
  Timeout 600
</Capture>''', interval=0.1, prefix=under_valgrind(report)).start()
    ran = wait_for(lambda: len(daemon.values(STATUS)) >= 10, 150, 0.5)
    status = daemon.stop(120)
    for end in links + [listener]:
        end.close()
    checks.check("valgrind: ended while it looks at sockets and waits for a program, with status 0", ran and status == 0,
                 f"{status} {daemon.log()}")
    ours = ours_in(report)
    checks.check("valgrind: nothing is left behind then", not ours, " ".join(ours))


def test_valgrind(work):
    root = os.path.join(work, "memory")
    series = Series(root, 0.5)
    for step in range(20):
        traffic(series, overflows=0 if step < 3 else 100)
    os.chmod(work, 0o755)
    with open(f"{work}/saved.txt", "w") as file:
        file.write("tcp:\n\t1000 packets sent\n\t\t500 data packets (9 bytes)\n"
                   "\t\t0 data packets (0 bytes) retransmitted\n\t1000 packets received\n")
    report = os.path.join(work, "valgrind.xml")
    daemon = Daemon(f'''Root "{root}"
Window 1
Indicators all
Usual true
Counters all
Interface "lo"
Interface "/^e/"
Interface "/(/"
NotifyScope both
EventLog "{work}/events.json"
<Indicator "tcpRetrans">
  Warning 2
</Indicator>
<Capture "saved">
  File "{work}/saved.txt"
  Interval 0.5
</Capture>
<Capture "printed">
  Command "/bin/cat" "{work}/saved.txt"
  {'User "nobody"' if os.geteuid() == 0 else ''}
  Interval 0.5
</Capture>
<Capture "refused">
  Command "/bin/cat" "x"
  User "root"
</Capture>''', interval=0.5, prefix=under_valgrind(report)).start()
    told = wait_for(lambda: daemon.notifications() and len(daemon.values(STATUS)) >= 16
                    and daemon.values(STATUS, "saved") and daemon.values(STATUS, "printed"), 150, 0.5)
    status = daemon.stop(120)
    checks.check("valgrind: the daemon ran, notified and ended with status 0", told and status == 0,
                 f"{status} {daemon.log()}")
    checks.check("valgrind: file and program of other hosts were read",
                 daemon.values(STATUS, "saved") and daemon.values(STATUS, "printed"), daemon.log())
    ours = ours_in(report)
    checks.check("valgrind: no bad access and no memory left by the plugin", not ours, " ".join(ours))


def main():
    require(checks, "collectd robust")
    work = tempfile.mkdtemp(prefix="nvcollectd-robust-")
    try:
        test_hanging_source(work)
        test_hanging_shutdown(work)
        if shutil.which("valgrind"):
            test_valgrind(work)
            test_busy_shutdown(work)
        else:
            checks.skip("valgrind", "not installed")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    checks.end()


main()
