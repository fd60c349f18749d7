# SPDX-License-Identifier: MIT
"""What every test with a process in it needs: lines for the runner, waiting for what comes late,
ports that nobody else takes, and seconds in which other work on the machine does not count.

A test looks at what another process does, so it never looks once: wait_for() until it holds.
"""
import glob
import os
import random
import shutil
import socket
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("NETVITALS_BUILD", os.path.join(TOP, "build"))
COMMAND = os.path.join(BUILD, "netvitals")
CLASSES = ["lost", "corrupted", "routing", "application", "system"]
PROGRAMS = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"

# Only a check that fails waits as long as this: enough for a machine that is slow and busy.
PATIENCE_S = 60


class Checks:
    """Prints one line a check and remembers whether one failed."""

    def __init__(self):
        self.failed = 0

    def check(self, name, good, what=""):
        if good:
            print(f"ok - {name}", flush=True)
        else:
            self.failed += 1
            print(f"not ok - {name}: {' '.join(str(what).split())[:1500]}", flush=True)
        return bool(good)

    def eventually(self, name, condition, what=lambda: ""):
        """A check that may take until the deadline to hold; what(): why it does not."""
        good = wait_for(condition)
        return self.check(name, good, "" if good else what())

    def skip(self, name, reason):
        print(f"skip - {name}: {reason}", flush=True)

    def end(self):
        sys.exit(1 if self.failed else 0)


def program(name):
    """Its path; None if it is not installed."""
    return shutil.which(name, path=PROGRAMS)


def require(checks, name, *needed):
    """End the test with one printed reason if something that it needs is not here: programs, or
    files that have been built."""
    for what in needed:
        if os.path.isabs(what) and not os.path.exists(what):
            checks.skip(name, f"{os.path.relpath(what, TOP)} is not built")
            checks.end()
        if not os.path.isabs(what) and not program(what):
            checks.skip(name, f"{what} is not installed")
            checks.end()


def wait_for(condition, seconds=0.0, step=0.05):
    """The first true value of condition(), or the last false one at the deadline, which is never
    less than PATIENCE_S away."""
    deadline = time.monotonic() + max(seconds, PATIENCE_S)
    while True:
        late = time.monotonic() >= deadline
        value = condition()
        if value or late:
            return value
        time.sleep(step)


_ports = []


def free_port():
    """A port of 127.0.0.1 that is free for UDP and TCP, lies outside the range that the kernel gives to
    clients, and is given to nobody else who asks here while this process lives."""
    for port in random.SystemRandom().sample(range(20000, 32000), 2000):
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0netvitals-test-port-{port}")
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        _ports.append(claim)
        return port
    raise RuntimeError("no free port from 20000 to 31999")


def waited_s(pids):
    """Seconds so far in which the threads of these processes were ready to run and another one ran,
    and in which the machine below this one gave no processor at all."""
    total_ns = 0
    for pid in pids:
        for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
            try:
                with open(path, encoding="ascii") as file:
                    total_ns += int(file.read().split()[1])
            except (OSError, IndexError):
                pass
    with open("/proc/stat", encoding="ascii") as file:
        words = file.readline().split()
    stolen = int(words[8]) / os.sysconf("SC_CLK_TCK") if len(words) > 8 else 0
    return total_ns / 1e9 + stolen


class Stopwatch:
    """Measures what the product promises in seconds: those since it was made, less those in which the
    processes that take part waited for a processor."""

    def __init__(self, *pids):
        self.pids = pids
        self.began, self.waited = time.monotonic(), waited_s(pids)

    def also(self, pid):
        """One that has been started since."""
        self.pids += (pid,)

    def lost(self):
        """Seconds in which they waited for a processor."""
        return max(0.0, waited_s(self.pids) - self.waited)

    def starved(self):
        """Whether what has a budget of tenths of a second, as evidence has, may have been cut short."""
        return self.lost() > 0.2

    def seconds(self):
        elapsed = time.monotonic() - self.began
        return max(0.0, elapsed - self.lost())
