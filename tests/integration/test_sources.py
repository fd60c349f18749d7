#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
The live sources in real network namespaces: interfaces, queues, next hops, sockets and their owners.

Two namespaces joined by a pair of veth; in them small programs that leak connections, do not
accept, do not read; source_probe reads the sources and the readings are compared with what was
done. Prints one line a check. Root only.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import time

from checks import COMMAND, PATIENCE_S, TOP, Checks, wait_for

PROBE = os.path.join(TOP, "build", "tests", "source_probe")
A, B, C = ("nvsrc%d-%s" % (os.getpid(), name) for name in "abc")
checks = Checks()
check = checks.check
children = []


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def ip(*words):
    return run("ip", *words)


def inside(namespace, *words):
    return ["ip", "netns", "exec", namespace, *words]


# ---- the programs in the namespaces: this file again, with a role ------------------------------------

def listen(address, port, backlog=64):
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port))
    s.listen(backlog)
    return s


def name_process(name):
    with open("/proc/self/comm", "w") as f:
        f.write(name)


def ready():
    print("ready", flush=True)


def role_leak(address, port, read):
    """Accepts and never closes; reads to the end only if told."""
    name_process("leaky")
    s, held = listen(address, int(port)), []
    ready()
    while True:
        held.append(s.accept()[0])
        while read == "read" and held[-1].recv(65536):
            pass


def role_deaf(address, port):
    """Listens with a backlog of 3 and never accepts."""
    name_process("deaf")
    held = listen(address, int(port), 3)
    ready()
    signal.pause()
    held.close()


def role_unread(address, port):
    """Accepts, keeps the connection and never reads."""
    name_process("unread")
    s = listen(address, int(port))
    ready()
    held = s.accept()[0]
    signal.pause()
    held.close()


def role_echo(address, port):
    """A healthy server: one connection after another, everything answered, everything closed."""
    name_process("echo")
    s = listen(address, int(port))
    ready()
    while True:
        with s.accept()[0] as c:
            while True:
                data = c.recv(65536)
                if not data:
                    break
                c.sendall(data)


def role_visit(address, port, count, octets):
    """Opens connections, sends, and closes its side at once."""
    for _ in range(int(count)):
        with socket.create_connection((address, int(port)), 5) as c:
            c.sendall(b"x" * int(octets))
    ready()
    signal.pause()


def role_knock(address, port, count):
    """Opens connections without waiting for them, and keeps them."""
    held = []
    for _ in range(int(count)):
        c = socket.socket()
        c.setblocking(False)
        c.connect_ex((address, int(port)))
        held.append(c)
    ready()
    signal.pause()


def role_push(address, port):
    """Sends until the peer takes no more."""
    c = socket.create_connection((address, int(port)), 5)
    c.settimeout(0.5)
    try:
        while True:
            c.sendall(b"x" * 65536)
    except socket.timeout:
        pass
    ready()
    signal.pause()


def role_chat(address, port):
    """Healthy traffic: requests with think time, and bulk."""
    ready()
    while True:
        with socket.create_connection((address, int(port)), 5) as c:
            for size in (100, 200000, 1000):
                c.sendall(b"x" * size)
                left = size
                while left:
                    left -= len(c.recv(65536))
                time.sleep(0.05)
            c.shutdown(socket.SHUT_WR)
            while c.recv(65536):
                pass


def role_sink(*addresses):
    """Reads whatever comes, on port 9000 of every address."""
    import threading

    def serve(s):
        while True:
            threading.Thread(target=drain, args=(s.accept()[0],), daemon=True).start()

    def drain(c):
        while c.recv(1 << 20):
            pass

    for address in addresses:
        threading.Thread(target=serve, args=(listen(address, 9000),), daemon=True).start()
    ready()
    signal.pause()


def role_feed(*addresses):
    """Sends a little to port 9000 of every address, again and again, on two connections each."""
    peers = [socket.create_connection((a, 9000), 5) for a in addresses for _ in range(2)]
    ready()
    for c in peers:
        c.setblocking(False)
    while True:
        for c in peers:
            try:
                c.send(b"x" * 20000)
            except BlockingIOError:
                pass
        time.sleep(0.02)


def role_udp_full(address, port):
    """A UDP server that does not read, with a small buffer."""
    name_process("udpfull")
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.bind((address, int(port)))
    ready()
    signal.pause()


def role_udp_send(address, port, count, octets):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(int(count)):
        s.sendto(b"x" * int(octets), (address, int(port)))
    ready()
    signal.pause()


def role_refused(address, port):
    """Tries to connect where nobody listens, again and again."""
    ready()
    while True:
        c = socket.socket()
        c.connect_ex((address, int(port)))
        c.close()
        time.sleep(0.02)


def role_astray(address, port):
    """Sends datagrams, again and again."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ready()
    while True:
        try:
            s.sendto(b"x", (address, int(port)))
        except OSError:
            pass
        time.sleep(0.02)


def start(namespace, role, *arguments):
    child = subprocess.Popen(
        inside(namespace, sys.executable, os.path.abspath(__file__), role, *map(str, arguments)),
        stdout=subprocess.PIPE, text=True)
    children.append(child)
    line = child.stdout.readline()
    if line != "ready\n":
        raise RuntimeError("%s did not start: %r" % (role, line))
    return child


def end(*which):
    for child in which:
        child.kill()
        child.wait()
        child.stdout.close()
        children.remove(child)


# ---- readings ------------------------------------------------------------------------------------------

def probe(namespace, count=1, interval=1.0, root="-", evidence_for=None):
    text = run(*inside(namespace, PROBE, root, str(count), str(interval),
                       *([evidence_for] if evidence_for else [])))
    return [json.loads(line) for line in text.splitlines()]


def offenders(reading, what):
    return [o for o in reading["sockets"]["offenders"] if o["what"] == what]


def eventually(namespace, sound, count=2, interval=0.2, **options):
    """The last of so many readings, as often as it takes until it is as expected, and whether it was."""
    reading = None

    def look():
        nonlocal reading
        reading = probe(namespace, count, interval, **options)[-1]
        return sound(reading)

    good = wait_for(look)
    return reading, good


class Watcher:
    """A probe that goes on reading while the test changes something."""

    def __init__(self, namespace, interval):
        self.process = subprocess.Popen(inside(namespace, PROBE, "-", "100000", str(interval)),
                                        stdout=subprocess.PIPE, text=True)

    def read(self):
        return json.loads(self.process.stdout.readline())

    def until(self, sound):
        """The first reading that is as expected, or the last one before the deadline."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            reading = self.read()
            if sound(reading) or time.monotonic() > deadline:
                return reading

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


# ---- checks ----------------------------------------------------------------------------------------------

def make_namespaces():
    for name in (A, B):
        ip("netns", "add", name)
        run(*inside(name, "ip", "link", "set", "lo", "up"))
        run(*inside(name, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0"))
    ip("-n", A, "link", "add", "va", "type", "veth", "peer", "name", "vb", "netns", B)
    for name, link, host in ((A, "va", 1), (B, "vb", 2)):
        ip("-n", name, "addr", "add", "10.77.0.%d/24" % host, "dev", link)
        ip("-n", name, "addr", "add", "2001:db8:77::%d/64" % host, "dev", link)
        ip("-n", name, "link", "set", link, "up")


def check_links():
    watcher = Watcher(A, 0.3)
    first = watcher.read()
    check("interfaces: loopback and veth are seen", set(first["interfaces"]) == {"lo", "va"}, first["interfaces"])
    check("interfaces: none of them feeds a class",
          not any(i["feeds"] for i in first["interfaces"].values()), first["interfaces"])

    def seen(name, sound):
        reading = watcher.until(lambda r: sound(set(r["interfaces"])))
        check("interfaces: " + name, sound(set(reading["interfaces"])), reading["interfaces"])

    ip("-n", A, "link", "add", "new0", "type", "veth", "peer", "name", "new1")
    seen("new ones appear by notification", lambda names: {"new0", "new1"} <= names)
    ip("-n", A, "link", "set", "new0", "name", "other0")
    seen("a new name is taken over", lambda names: "other0" in names and "new0" not in names)
    ip("-n", A, "link", "del", "other0")
    seen("what is gone is gone", lambda names: names == {"lo", "va"})
    # So many between two readings that the kernel has to drop notifications.
    watcher.end()
    watcher = Watcher(A, 1.5)
    watcher.read()
    many = {"%s%d" % (side, n) for n in range(400) for side in "yz"}
    batch("".join("link add y%d type veth peer name z%d\n" % (n, n) for n in range(400)))
    seen("800 new ones at once are all there", lambda names: names == {"lo", "va"} | many)
    batch("".join("link del y%d\n" % n for n in range(400)))
    seen("and all gone", lambda names: names == {"lo", "va"})
    watcher.end()


def batch(commands):
    subprocess.run(inside(A, "ip", "-batch", "-"), check=True, text=True, input=commands)


def check_links_under_a_daemon():
    """Interfaces come, carry traffic, change their names, go, move over with all they have counted."""
    daemon = subprocess.Popen(inside(A, PROBE, "watch", "100000", "0.2", "all"), stdout=subprocess.PIPE, text=True)
    reports, names = [], set()

    def read():
        line = json.loads(daemon.stdout.readline())
        reports.append(line)
        names.update(i["name"] for i in line["report"]["interfaces"] if i["feeds"])
        return line["report"]

    def seen(*wanted):
        return wait_for(lambda: set(wanted) <= {i["name"] for i in read()["interfaces"]}, step=0)

    def gone(*unwanted):
        return wait_for(lambda: not set(unwanted) & {i["name"] for i in read()["interfaces"]}, step=0)

    def pair(space, name, number):
        ip("-n", space, "link", "add", name + "0", "type", "veth", "peer", "name", name + "1")
        for end_of in (name + "0", name + "1"):
            ip("-n", space, "link", "set", end_of, "up")
        ip("-n", space, "addr", "add", "10.84.%d.1/24" % number, "dev", name + "0")
        ip("-n", space, "neigh", "add", "10.84.%d.2" % number, "lladdr", "02:00:00:00:00:02", "dev", name + "0")

    def traffic(space, number):
        run(*inside(space, sys.executable, "-c", "import socket\ns=socket.socket(2,2)\n"
                    "for _ in range(3000): s.sendto(b'x'*100,('10.84.%d.2',9))" % number))

    seen("va")
    for turn in range(3):
        for n in range(8):
            pair(A, "t%d-" % n, n)
        check_seen = seen(*("t%d-0" % n for n in range(8)))
        traffic(A, turn)
        ip("-n", A, "link", "set", "t0-0", "name", "renamed")
        check_seen = check_seen and seen("renamed") and gone("t0-0")
        for n in range(8):
            ip("-n", A, "link", "del", "t%d-1" % n)
        check_seen = check_seen and gone("renamed", *("t%d-0" % n for n in range(8)))
    pair(B, "m", 20)
    traffic(B, 20)
    ip("-n", B, "link", "set", "m0", "netns", A)
    ip("-n", A, "link", "set", "m0", "up")
    seen("m0")
    for _ in range(15):
        read()
    last = reports[-1]["report"]
    check("a daemon sees interfaces come, change their names and go", check_seen and {"renamed", "m0"} <= names, names)
    check("a daemon: none of that is an event, a finding or an offender",
          not any(r["lastEvent"] or r["report"]["offenders"] or
                  any(c["status"] not in ("ok", "unknown") for c in r["report"]["classes"]) for r in reports),
          [r["report"]["classes"] for r in reports if r["lastEvent"]][:1])
    check("a daemon: the classes are ok in the end", all(c["status"] == "ok" for c in last["classes"]),
          last["classes"])
    moved = next(i for i in last["interfaces"] if i["name"] == "m0")
    check("a daemon: what an interface counted elsewhere is not news",
          all((i["numerator"] or 0) == 0 for i in moved["indicators"]), moved)
    check("a daemon: the age of what is not read each time is told",
          any(1 <= (r["report"]["sources"]["slow"]["age"] or 0) <= 120 for r in reports) and
          last["sources"]["sockets"]["age"] is not None and last["sources"]["slow"]["costMicroseconds"] > 0,
          last["sources"])
    daemon.kill()
    daemon.wait()
    daemon.stdout.close()
    ip("-n", A, "link", "del", "m0")


def check_counters_agree():
    """By netlink between two looks at the text of the kernel."""
    def row():
        text = run(*inside(A, "cat", "/proc/net/dev"))
        return [line.split(":")[1].split() for line in text.splitlines() if line.strip().startswith("va:")][0]

    before, va, after = row(), probe(A)[0]["interfaces"]["va"], row()
    check("interfaces: counters equal /proc/net/dev", int(before[1]) <= va["in"] <= int(after[1])
          and int(before[9]) <= va["out"] <= int(after[9]), (before, va, after))


def neighbor_failed(address):
    """Whether the kernel has given up looking for this neighbour."""
    return wait_for(lambda: "FAILED" in ip("-n", A, "neigh", "show", address), step=0.2)


def check_next_hops():
    ip("-n", A, "route", "add", "10.88.0.0/16", "via", "10.77.0.99")
    send = "import socket\ns=socket.socket(2,2)\ns.sendto(b'x',('%s',9))"
    run(*inside(A, sys.executable, "-c", send % "10.77.0.50"))
    neighbor_failed("10.77.0.50")
    values = probe(A)[0]["values"]
    check("next hops: an absent neighbour that is no next hop does not count",
          values["neighborsFailed"] == 0, values["neighborsFailed"])
    run(*inside(A, sys.executable, "-c", send % "10.88.1.1"))
    reading, found = eventually(A, lambda r: r["values"]["neighborsFailed"] == 1)
    check("next hops: one that does not answer is found", found, reading["values"]["neighborsFailed"])
    ip("-n", A, "route", "del", "10.88.0.0/16")
    values = probe(A)[0]["values"]
    check("next hops: without a route it is none", values["neighborsFailed"] == 0,
          values["neighborsFailed"])


def check_inet6():
    values = probe(A)[0]["values"]
    check("ip6Usable: an address without a default route is not enough", values.get("ip6Usable") == 0,
          values.get("ip6Usable"))
    ip("-n", A, "route", "add", "default", "via", "2001:db8:77::2", "dev", "va")
    values = probe(A)[0]["values"]
    check("ip6Usable: with a default route it is", values.get("ip6Usable") == 1, values.get("ip6Usable"))
    check("host-wide limits are absent in a namespace",
          "tcpMemLimitPages" not in values and "neighborTableFulls" not in values, sorted(values)[-20:])
    low, high = map(int, run(*inside(A, "cat", "/proc/sys/net/ipv4/ip_local_port_range")).split())
    check("localPorts is the size of the range", values["localPorts"] == high - low + 1,
          values["localPorts"])


def check_queue_drops():
    watcher = Watcher(A, 0.5)
    drops = lambda reading: reading["values"]["qdiscDrops"]
    first = drops(watcher.read())
    ip("-n", A, "link", "add", "q0", "type", "veth", "peer", "name", "q1")
    for link in ("q0", "q1"):
        ip("-n", A, "link", "set", link, "up")
    ip("-n", A, "addr", "add", "10.79.0.1/24", "dev", "q0")
    ip("-n", A, "neigh", "add", "10.79.0.2", "lladdr", "02:00:00:00:00:02", "dev", "q0")
    run(*inside(A, "tc", "qdisc", "add", "dev", "q0", "root", "tbf", "rate", "8kbit", "burst", "2000",
                "limit", "4000"))
    sender = start(A, "udp_send", "10.79.0.2", 9, 100, 1000)
    told = int(run(*inside(A, "tc", "-s", "qdisc", "show", "dev", "q0")).split("dropped ")[1].split(",")[0])
    now = drops(watcher.until(lambda r: drops(r) == first + told))
    check("queues: drops equal what tc tells", told > 50 and now == first + told, (first, now, told))
    ip("-n", A, "link", "del", "q0")
    watcher.until(lambda r: "q0" not in r["interfaces"])
    last = [drops(watcher.read()) for _ in range(4)]
    check("queues: the sum does not run backwards when a queue goes", set(last) == {now}, (now, last))
    watcher.end()
    end(sender)


def check_close_wait():
    server = start(A, "leak", "10.77.0.1", 7001, "unread")
    client = start(B, "visit", "10.77.0.1", 7001, 20, 400)
    first = probe(A)[0]
    check("CLOSE_WAIT: a first look is no verdict", first["values"]["tcpCloseWaitUnread"] == 0,
          first["values"]["tcpCloseWaitUnread"])
    last, sound = eventually(A, lambda r: r["values"]["tcpCloseWaitUnread"] == 20
                             and [o["count"] for o in offenders(r, "tcpCloseWaitUnread")] == [20], 5, 1)
    check("CLOSE_WAIT: 20 with unread data", sound, last["values"]["tcpCloseWaitUnread"])
    check("CLOSE_WAIT: none with everything read", last["values"]["tcpCloseWait"] == 0,
          last["values"]["tcpCloseWait"])
    found = offenders(last, "tcpCloseWaitUnread")
    check("CLOSE_WAIT: one offender with 20 connections", len(found) == 1 and found[0]["count"] == 20,
          found)
    found = found[0] if found else {}
    check("CLOSE_WAIT: the offender names program, pid, port and peer",
          (found.get("process"), found.get("local")) == ("leaky", "10.77.0.1:7001") and
          found.get("pid") and found.get("remote") == "10.77.0.2", found)
    screen = run(*inside(A, COMMAND, "sockets"))
    flat = " ".join(screen.split())
    check("CLOSE_WAIT: the command says what, since when, who, and what to do",
          flat.startswith("A :7001 20 connections in CLOSE_WAIT, 8020 B unread for ") and
          " s, from 10.77.0.2; leaky[" in flat and "-> This host: " in flat, screen)
    end(server, client)

    server = start(A, "leak", "2001:db8:77::1", 7002, "read")
    client = start(B, "visit", "2001:db8:77::1", 7002, 1, 400)
    reading, sound = eventually(A, lambda r: r["sockets"]["closeWait"] == 1)
    check("CLOSE_WAIT: IPv6, everything read", sound and reading["sockets"]["closeWaitUnread"] == 0,
          reading["sockets"])
    end(server, client)

    server = start(A, "leak", "127.0.0.1", 7003, "unread")
    client = start(A, "visit", "127.0.0.1", 7003, 8, 100)
    last, sound = eventually(A, lambda r: r["sockets"]["states"]["CLOSE_WAIT"]["loopback"] == 8, 5, 1)
    check("CLOSE_WAIT: loopback is set apart", sound and last["values"]["tcpCloseWaitUnread"] == 0,
          last["sockets"]["states"])
    end(server, client)


def check_listen_queue():
    server = start(A, "deaf", "10.77.0.1", 7004)
    client = start(B, "knock", "10.77.0.1", 7004, 12)
    reading, sound = eventually(A, lambda r: r["values"]["tcpListenFull"] == 1)
    check("accept queue: full", sound, reading["values"]["tcpListenFull"])
    check("accept queue: what waits in it is counted", reading["values"]["tcpNotAccepted"] == 4,
          reading["values"]["tcpNotAccepted"])
    found = offenders(reading, "tcpListenOverflow")
    check("accept queue: port and program are named",
          len(found) == 1 and found[0]["local"] == "10.77.0.1:7004" and found[0]["process"] == "deaf",
          found)
    end(server, client)


def check_stuck():
    server = start(A, "unread", "10.77.0.1", 7005)
    client = start(B, "push", "10.77.0.1", 7005)
    here, sound = eventually(A, lambda r: r["values"]["tcpReceiveStuck"] == 1 and
                             [o["process"] for o in offenders(r, "tcpOutZeroWindow")] == ["unread"], 6, 1)
    check("stopped reader: found where it is", sound, (here["values"]["tcpReceiveStuck"], here["sockets"]["offenders"]))
    there, sound = eventually(B, lambda r: r["values"]["tcpSendStuck"] == 1 and
                              len(offenders(r, "tcpOutWindowProbe")) == 1 and not offenders(r, "tcpOutZeroWindow"), 6, 1)
    check("stopped reader: the sender is told that the peer does not read", sound, there["sockets"]["offenders"])
    end(server, client)


def check_udp():
    server = start(A, "udp_full", "10.77.0.1", 7006)
    probe_process = subprocess.Popen(inside(A, PROBE, "-", "4", "10"), stdout=subprocess.PIPE, text=True)
    probe_process.stdout.readline()
    client = start(B, "udp_send", "10.77.0.1", 7006, 200, 500)
    reading = json.loads(probe_process.stdout.readline())
    found = offenders(reading, "udpInOverflow")
    probe_process.kill()
    probe_process.wait()
    probe_process.stdout.close()
    errors = reading["values"]["udpRcvbufErrors"]
    check("UDP: the socket that drops is named, with its drops",
          errors > 0 and len(found) == 1 and (found[0]["count"], found[0]["bytes"]) == (errors, 0) and
          found[0]["process"] == "udpfull" and found[0]["local"] == "10.77.0.1:7006", (errors, found))
    check("UDP: what waits is counted", reading["sockets"]["udpBytes"] > 0, reading["sockets"]["udpBytes"])
    end(server, client)


def check_healthy():
    server = start(A, "echo", "10.77.0.1", 7007)
    clients = [start(B, "chat", "10.77.0.1", 7007) for _ in range(3)]
    readings = probe(A, 8, 0.7)
    check("healthy traffic: no offender", not any(r["sockets"]["offenders"] for r in readings),
          [r["sockets"]["offenders"] for r in readings])
    check("healthy traffic: no gauge moves",
          all(r["values"][g] == 0 for r in readings for g in
              ("tcpCloseWaitUnread", "tcpCloseWait", "tcpListenFull", "tcpReceiveStuck", "tcpSendStuck")),
          "")
    end(*clients, server)


def check_text_agrees():
    server = start(A, "leak", "10.77.0.1", 7008, "unread")
    client = start(B, "visit", "10.77.0.1", 7008, 5, 50)
    keys = ("states", "closeWaitUnread", "closeWait", "listeners", "receiveBytes", "udp")
    diag = text = {}

    def same():  # connections in TIME_WAIT may end between the two
        nonlocal diag, text
        diag, text = probe(A)[0]["sockets"], probe(A, root="/proc")[0]["sockets"]
        return all(diag[key] == text[key] for key in keys)

    wait_for(same, step=0.2)
    for key in keys:
        check("the text gives the same as sock_diag: " + key, diag[key] == text[key],
              (diag[key], text[key]))
    end(server, client)


def make_four_networks():
    """Behind B, in C: 10.81.1-3.0/24 on one wire, 10.81.4.0/24 on another, narrow one."""
    ip("netns", "add", C)
    run(*inside(C, "ip", "link", "set", "lo", "up"))
    run(*inside(B, "sysctl", "-qw", "net.ipv4.ip_forward=1"))
    for n, (near, far) in enumerate((("w1", "x1"), ("w2", "x2"))):
        ip("-n", B, "link", "add", near, "type", "veth", "peer", "name", far, "netns", C)
        ip("-n", B, "addr", "add", "10.82.%d.1/24" % n, "dev", near)
        ip("-n", C, "addr", "add", "10.82.%d.2/24" % n, "dev", far)
        ip("-n", B, "link", "set", near, "up")
        ip("-n", C, "link", "set", far, "up")
    for n in (1, 2, 3, 4):
        ip("-n", C, "addr", "add", "10.81.%d.1/24" % n, "dev", "lo")
        ip("-n", B, "route", "add", "10.81.%d.0/24" % n, "via", "10.82.%d.2" % (n == 4))
    ip("-n", C, "route", "add", "default", "via", "10.82.0.1")
    ip("-n", A, "route", "add", "10.81.0.0/16", "via", "10.77.0.2")
    run(*inside(B, "tc", "qdisc", "add", "dev", "w2", "root", "tbf", "rate", "2mbit", "burst", "4000",
                "limit", "8000"))


def check_networks():
    make_four_networks()
    addresses = ["10.81.%d.1" % n for n in (1, 2, 3, 4)]
    server = start(C, "sink", *addresses)
    client = start(A, "feed", *addresses)
    best = {"text": "", "remote": "", "gateway": "", "interface": ""}

    def told():
        nonlocal best
        last = probe(A, 4, 2, evidence_for="tcpRetrans")[-1]["evidence"]
        best = last[0] if last else best
        share = best["text"].split(" %")[0]
        return best["remote"] == "10.81.4.0/24" and share.isdigit() and int(share) >= 80 \
            and " via 10.77.0.2 dev va (2 connections); 3 other networks:" in best["text"]

    wait_for(told)
    share = best["text"].split(" %")[0]
    check("evidence: loss towards one of four networks is told as its network",
          best["remote"] == "10.81.4.0/24" and share.isdigit() and int(share) >= 80, best)
    check("evidence: with gateway, interface and the number of connections",
          (best["gateway"], best["interface"]) == ("10.77.0.2", "va") and
          " via 10.77.0.2 dev va (2 connections); 3 other networks:" in best["text"], best)
    check("evidence: a second collection tells what happens now",
          "counted over the life" not in best["text"], best["text"])
    end(client, server)


def check_evidence():
    server = start(A, "deaf", "10.77.0.1", 7010)
    client = start(B, "knock", "10.77.0.1", 7010, 12)
    reading, sound = eventually(A, lambda r: [
        (e["local"], e["process"]) for e in r["evidence"] if e["what"] == "tcpListenOverflow"
        and "queue 4 of 3" in e["text"]] == [("10.77.0.1:7010", "deaf")], 1, evidence_for="tcpListenOverflow")
    check("evidence: the listener that turns clients away, with its program", sound, reading["evidence"])
    end(client, server)
    ip("-n", A, "route", "add", "10.90.0.0/16", "via", "10.77.0.98")
    run(*inside(A, sys.executable, "-c",
                "import socket\ns=socket.socket(2,2)\ns.sendto(b'x',('10.90.1.1',9))"))
    reading, sound = eventually(A, lambda r: [e["text"] for e in r["evidence"]] ==
                                ["next hop 10.77.0.98 dev va does not answer ARP"], 1, evidence_for="neighborFailed")
    check("evidence: the next hop that does not answer", sound, reading["evidence"])
    ip("-n", A, "route", "del", "10.90.0.0/16")


def evidence(namespace, indicator, sound):
    """Evidence for the indicator, collected anew until some of it is as expected: that, and all."""
    found = []

    def told():
        nonlocal found
        found = [e for e in probe(namespace, evidence_for=indicator)[-1]["evidence"] if e["what"] == indicator]
        return next((e for e in found if sound(e)), None)

    return wait_for(told), found


def check_packets():
    """What no counter tells: whose the resets are, and what is unreachable."""
    client = start(A, "refused", "10.77.0.2", 7020)
    best, found = evidence(A, "tcpConnectFailed", lambda e: e["remote"] == "10.77.0.2")
    check("evidence: the peer that refuses, with its port and the way there",
          best and best["interface"] == "va" and best["count"] >= 3 and
          best["text"].endswith("resets seen come from 10.77.0.2 dev va, most port 7020"), found)
    best, found = evidence(B, "tcpOutReset", lambda e: e["remote"] == "10.77.0.1")
    check("evidence: whom this host refuses, and at which port",
          best and best["text"].endswith("resets seen go to 10.77.0.1 dev vb, most from our :7020"), found)
    end(client)
    run(*inside(B, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.icmp_ratelimit=0"))
    ip("-n", B, "route", "add", "unreachable", "10.83.7.0/24")
    ip("-n", A, "route", "add", "10.83.0.0/16", "via", "10.77.0.2")
    sender = start(A, "astray", "10.83.7.9", 53)
    best, found = evidence(A, "icmpInUnreachable", lambda e: e["remote"] == "10.83.7.9")
    check("evidence: what is unreachable, who says so, and the way there",
          best and (best["gateway"], best["interface"]) == ("10.77.0.2", "va") and
          best["text"].startswith('10.77.0.2 answers "host unreachable" for 10.83.7.9 port 53 '
                                  "(via 10.77.0.2 dev va), "), found)
    found = probe(B, evidence_for="tcpInReset")[-1]["evidence"]
    check("evidence: no resets, nobody to blame", not found, found)
    end(sender)
    ip("-n", A, "route", "del", "10.83.0.0/16")


def check_way_out():
    best, found = evidence(A, "ipNoRoute", lambda e: True)
    check("evidence: there is no default route", best and best["text"] == "there is no IPv4 default route", found)
    ip("-n", A, "route", "add", "default", "via", "10.77.0.2")
    best, found = evidence(A, "ipNoRoute", lambda e: e["gateway"] == "10.77.0.2")
    check("evidence: or there is one, and it is not to blame",
          best and best["text"].startswith("the IPv4 default route via 10.77.0.2 dev va stands"), found)
    ip("-n", A, "route", "del", "default")


def main():
    if len(sys.argv) > 1:
        return globals()["role_" + sys.argv[1]](*sys.argv[2:])
    if os.geteuid() != 0:
        print("skip - sources: network namespaces need root")
        return 0
    built = subprocess.run(["make", "-s", "-C", TOP, "build/tests/source_probe"],
                           capture_output=True, text=True)
    if built.returncode:
        print("not ok - sources: " + built.stderr.strip().replace("\n", "; "))
        return 1
    try:
        make_namespaces()
    except subprocess.CalledProcessError as e:
        print("skip - sources: no network namespaces here (%s)" % e.stderr.strip())
        clean_up()
        return 0
    try:
        for step in (check_links, check_links_under_a_daemon, check_counters_agree, check_next_hops, check_inet6, check_queue_drops,
                     check_close_wait, check_listen_queue, check_stuck, check_udp, check_healthy,
                     check_text_agrees, check_networks, check_evidence, check_packets, check_way_out):
            try:
                step()
            except (RuntimeError, OSError, subprocess.CalledProcessError, ValueError, KeyError) as e:
                check(step.__name__, False, repr(e) + str(getattr(e, "stderr", "")))
                end(*list(children))
    finally:
        clean_up()
    return 1 if checks.failed else 0


def clean_up():
    end(*list(children))
    for name in (A, B, C):
        subprocess.run(["ip", "netns", "del", name], capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
