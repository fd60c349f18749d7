#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A day of a fleet, accelerated: recorded hosts, each with its own collectd, into one collectd.

SOAK_HOSTS (100), SOAK_STEPS (8640 samples of 10 s: a day) and SOAK_INTERVAL (0.25 s between them, which
makes 36 minutes) set the size. A tenth of the hosts has three incidents. Seen at the end: no process
grew, no datagram and no value was lost on the way, and the notifications that arrived are those, word by
word, that the hosts wrote into their event logs, one raise and one clear for each incident.

The collector has nothing of ours in it, and 8,000 values a second to write instead of a real fleet's 200. When
it gets too little processor for that they wait in its write queue, a kilobyte each, and the C library keeps what
the longest queue needed: 12 s at a twelfth of a processor made 13 MB 98 MB with 81,000 values waiting; the same
again added nothing; malloc_trim() gave back the same 64 MB both times. On a whole day, 99,347 values waited at once
in its first hours and made 108 MB, of which nothing was added by the 14 million values that followed. So it may grow
by its longest queue, which it tells itself, and by no more.
"""
import collections
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))

from collectd_daemon import (Checks, Daemon, Series, default_lists, require, traffic,  # noqa: E402
                             wait_for)

HOSTS = int(os.environ.get("SOAK_HOSTS", "100"))
STEPS = int(os.environ.get("SOAK_STEPS", "8640"))
INTERVAL = float(os.environ.get("SOAK_INTERVAL", "0.25"))
STEP_S = 10.0
PORT, METRICS = 25826, 9103  # in a network namespace of our own
NAMESPACE = f"nvfleet{os.getpid()}"
INSIDE = ["ip", "netns", "exec", NAMESPACE]
GROWTH_KB = 512
COLLECTOR_KB, QUEUED_KB = 2048, 1.3  # beside the queue; of a value in it, with the heap's gaps
SEVERITY = {"ok": "OKAY", "warning": "WARNING", "unknown": "WARNING", "critical": "FAILURE"}
# Several threads would put two values of a list that follow at once into either order.
ORDER = "WriteThreads 1\n"
# Share of the day at which it begins, steps that it lasts, class, what traffic() is told.
INCIDENTS = [(1 / 6, 40, "application", {"overflows": 50}),
             (1 / 2, 60, "lost", {"retransmitted": 900}),
             (4 / 5, 40, "application", {"overflows": 80})]
checks = Checks()


class Day(Series):
    """A series of which only the files that change are written anew."""

    CHANGING = ("snmp", "netstat")

    def record(self):
        if not self.count:
            super().record()
            return
        first = os.path.join(self.path, "0000")
        step = os.path.join(self.path, f"{self.count:04d}")
        os.makedirs(os.path.join(step, "net"))
        for name in self.text:
            if name not in self.CHANGING:
                os.link(os.path.join(first, "net", name), os.path.join(step, "net", name))
        for name in self.CHANGING:
            with open(os.path.join(step, "net", name), "w") as file:
                for row, keys in self.pairs[name]:
                    file.write(f"{row}: {' '.join(keys)}\n{row}: {' '.join(map(str, keys.values()))}\n")
        with open(os.path.join(step, "uptime"), "w") as file:
            file.write(f"{self.uptime_s:.2f} 1000.00\n")
        os.link(os.path.join(first, "stat"), os.path.join(step, "stat"))
        self.uptime_s += self.step_s
        self.count += 1


def record(path, sick):
    series = Day(path, STEP_S)
    for step in range(STEPS):
        segments = int(9000 - 7000 * math.cos(2 * math.pi * step / 8640))  # the night is quiet
        trouble = {"retransmitted": segments // 3000}
        for share, length, _, told in INCIDENTS if sick else []:
            if STEPS * share <= step < STEPS * share + length:
                trouble.update(told)
        traffic(series, segments=segments, **trouble)
    return path


def rss_kb(daemon):
    with open(f"/proc/{daemon.child.pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])


def longest_queue(collector):
    return int(max(collector.values("collectd-write_queue/queue_length"), default=0))


def count_values(collector, host, identity):
    """Rows of one list; the first line of each file is its head."""
    base = os.path.join(collector.csv_dir, host, os.path.dirname(identity))
    rows = 0
    for name in os.listdir(base) if os.path.isdir(base) else []:
        if name[:-11] == os.path.basename(identity):
            with open(os.path.join(base, name), "rb") as file:
                rows += file.read().count(b"\n") - 1
    return rows


def datagrams():
    """Sent, received, and dropped by a receiver, all in this namespace."""
    with_names = subprocess.run(INSIDE + ["cat", "/proc/net/snmp"], capture_output=True, text=True, check=True).stdout
    names, numbers = [line.split()[1:] for line in with_names.splitlines() if line.startswith("Udp:")]
    count = dict(zip(names, map(int, numbers)))
    return count["OutDatagrams"], count["InDatagrams"], count["InErrors"] + count["RcvbufErrors"] + count["NoPorts"]


def check_values(collector, hosts):
    wrong, total = [], 0
    for host in hosts:
        name = host.hostname
        if collector.lists(name) != default_lists():
            wrong.append(f"{name}: {len(collector.lists(name))} lists")
            continue
        counts = {count_values(collector, name, identity) for identity in default_lists()}
        total += min(counts) * len(default_lists())
        if len(counts) > 1 or min(counts) < STEPS:
            wrong.append(f"{name}: {sorted(counts)} values a list")
    checks.check(f"{len(hosts)} hosts: every list has the same number of values, at least {STEPS}", not wrong, wrong)
    print(f"# {total} values arrived")


def check_notifications(collector, hosts, sick, work):
    arrived = collections.Counter((n[4], n[1], n[0], n[3]) for n in collector.notifications())
    sent, wrong = collections.Counter(), []
    for host in hosts:
        path, ends = f"{work}/{host.hostname}.json", collections.Counter()
        for line in open(path) if os.path.exists(path) else []:
            event = json.loads(line)
            if not event["notified"]:
                continue
            sent[(host.hostname, event["class"], SEVERITY[event["status"]], event["text"])] += 1
            ends[event["class"], "clear" if event["status"] == "ok" else
                 "raise" if event["before"] == "ok" else "change"] += 1
        expected = collections.Counter()
        for _, _, name, _ in INCIDENTS if host.hostname in sick else []:
            expected.update([(name, "raise"), (name, "clear")])
        if collections.Counter({k: n for k, n in ends.items() if k[1] != "change"}) != expected:
            wrong.append(f"{host.hostname}: {dict(ends)}")
    checks.check(f"{len(sick)} hosts with {len(INCIDENTS)} incidents: one raise and one clear each; nothing of the others",
                 not wrong, wrong)
    checks.check(f"the {sum(sent.values())} notifications sent are the {sum(arrived.values())} that arrived, word by word",
                 sent == arrived and sent, f"lost {sent - arrived}, not sent {arrived - sent}")


def check_metrics(hosts):
    read = f"import urllib.request as u; print(u.urlopen('http://127.0.0.1:{METRICS}/metrics').read().decode())"

    def missing():
        text = subprocess.run(INSIDE + [sys.executable, "-c", read], capture_output=True, text=True).stdout
        found = collections.Counter(re.findall(r'^collectd_netvitals_\w+\{.*instance="(\w+)"', text, re.M))
        return [h.hostname for h in hosts if found[h.hostname] != len(default_lists())]
    checks.check(f"write_prometheus has {len(default_lists())} metrics of each of {len(hosts)} hosts",
                 wait_for(lambda: not missing(), 60, 1), missing())


def start(work, hosts, sick):
    roots = {True: record(f"{work}/sick", True), False: record(f"{work}/well", False)}
    subprocess.run(["ip", "netns", "add", NAMESPACE], check=True)
    # An address beside loopback: without one, names of addresses are not looked up.
    for words in ("link set lo up", "link add fleet0 type veth peer name fleet1", "addr add 192.0.2.1/24 dev fleet0",
                  "link set fleet0 up", "link set fleet1 up"):
        subprocess.run(INSIDE + ["ip"] + words.split(), check=True)
    collector = Daemon(hostname="collector", netvitals=False, interval=INTERVAL, plugins="network write_prometheus",
                       prefix=INSIDE, extra=f'{ORDER}CollectInternalStats true\n<Plugin network>\nListen "127.0.0.1" "{PORT}"\n</Plugin>\n'
                                            f'<Plugin write_prometheus>\nHost "127.0.0.1"\nPort "{METRICS}"\n</Plugin>').start()
    wait_for(lambda: "entering read-loop" in collector.log(), 60)
    for number in range(HOSTS):
        name, bad = f"host{number:03d}", number % 10 == 0
        if bad:
            sick.add(name)
        hosts.append(Daemon(f'Root "{roots[bad]}"\nEventLog "{work}/{name}.json"', interval=INTERVAL, hostname=name,
                            csv=False, plugins="network", prefix=INSIDE + ["nice", "-n", "10"],
                            extra=f'{ORDER}<Plugin network>\nServer "127.0.0.1" "{PORT}"\n</Plugin>').start())
    return collector


def main():
    require(checks, "collectd fleet", "ip")
    work = tempfile.mkdtemp(prefix="nvcollectd-fleet-")
    hosts, sick = [], set()
    try:
        collector = start(work, hosts, sick)
        began = time.monotonic()
        last = sorted(default_lists())[-1]

        def all_have(rows):
            return all(count_values(collector, d.hostname, last) >= rows for d in reversed(hosts))
        course = []  # RSS of the collector and the values that waited in it at most, each tenth of the day
        for tenth in range(1, 11):
            # A busy machine needs longer; what counts is that all of it arrives.
            come = wait_for(lambda: all_have(STEPS * tenth // 10), 600 + STEPS * INTERVAL, 5)
            if not checks.check(f"{tenth} tenths of {STEPS} samples of each host have arrived", come):
                break
            course.append((rss_kb(collector), longest_queue(collector)))
            print(f"# RSS of the collector {course[-1][0]} kB, longest queue {course[-1][1]}", flush=True)
            if tenth == 1:
                early = {d.hostname: rss_kb(d) for d in hosts}
        late = {d.hostname: rss_kb(d) for d in hosts}
        check_metrics(hosts)
        status = [d.stop() for d in hosts]
        checks.check("every host's daemon ends with status 0", set(status) == {0}, status)
        wait_for(lambda: datagrams()[0] == datagrams()[1], 30, 1)
        sent, received, dropped = datagrams()
        checks.check(f"{sent} datagrams: none lost between the hosts and the collector", sent == received and not dropped,
                     f"received {received}, dropped {dropped}")
        ended = collector.stop()
        checks.check("the collector ends with status 0", ended == 0, ended)
        check_values(collector, hosts)
        check_notifications(collector, hosts, sick, work)
        grown = {name: (early[name], late[name]) for name in early if late[name] - early[name] > GROWTH_KB}
        checks.check(f"no host's daemon grew by more than {GROWTH_KB} kB after the first tenth", not grown, grown)
        growth = sorted(late[d.hostname] - early[d.hostname] for d in hosts)
        print(f"# {HOSTS} hosts, {STEPS} samples each, {time.monotonic() - began:.0f} s: RSS of a host "
              f"{max(late.values())} kB, grown by {growth[len(growth) // 2]} (median), {growth[-1]} (most)")
        too_much = [(kb, queue) for kb, queue in course if kb > course[0][0] + COLLECTOR_KB + QUEUED_KB * queue]
        checks.check(f"the collector grew by its longest queue ({course[-1][1]} values) and not by more: {course[0][0]} to "
                     f"{course[-1][0]} kB", not too_much, course)
    finally:
        for daemon in hosts:
            daemon.remove()
        subprocess.run(["ip", "netns", "del", NAMESPACE], capture_output=True)
        shutil.rmtree(work, ignore_errors=True)
    checks.end()


main()
