#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A program goes away while others go on sending to it, in a network namespace of its own: the report
says so in the sentence itself, with the port and the hour; without such a program the same packets
name no program, and are only noted where anyone can send them."""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from checks import COMMAND, Checks, program, require  # noqa: E402

PORTS = {"udpNoPort": ("udp", 5514), "tcpOutReset": ("tcp", 5515)}
checks = Checks()


class Programs:
    """One that receives datagrams and one that accepts connections."""

    def __init__(self):
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind(("127.0.0.1", PORTS["udpNoPort"][1]))
        self.streams = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.streams.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.streams.bind(("127.0.0.1", PORTS["tcpOutReset"][1]))
        self.streams.listen(64)
        self.open = True
        self.threads = [threading.Thread(target=self.receive), threading.Thread(target=self.accept)]
        for s in (self.datagrams, self.streams):
            s.settimeout(0.1)
        for t in self.threads:
            t.start()

    def receive(self):
        while self.open:
            try:
                self.datagrams.recv(100)
            except OSError:
                pass

    def accept(self):
        while self.open:
            try:
                self.streams.accept()[0].close()
            except OSError:
                pass

    def end(self):
        self.open = False
        for t in self.threads:
            t.join()
        self.datagrams.close()
        self.streams.close()


class Sender(threading.Thread):
    def __init__(self):
        super().__init__()
        self.go_on = True
        self.start()

    def run(self):
        while self.go_on:
            for name, (kind, port) in PORTS.items():
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as s:
                    try:
                        s.connect(("127.0.0.1", port))
                        s.send(b"x")
                    except OSError:
                        pass
            time.sleep(0.02)


def report(during):
    """What netvitals says of the time in which during() ran."""
    run = subprocess.Popen([COMMAND, "--json", "600"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        during()
        run.send_signal(signal.SIGINT)
        text = run.communicate(timeout=120)[0]
    finally:
        if run.poll() is None:
            run.kill()
            run.wait()
    found = json.loads(text)
    return {i["name"]: i for i in found["indicators"] if i["name"] in PORTS}


def said(found):
    """Of which indicators the sentence names port and hour."""
    return [name for name, (kind, port) in PORTS.items()
            if found[name]["status"] in ("warning", "critical") and
            re.search(rf"; {kind}/{port} had a listener until \d\d:\d\d$", found[name]["text"])]


def vanish(wait_s):
    programs = Programs()

    def during():
        time.sleep(wait_s)
        programs.end()
        time.sleep(wait_s)

    try:
        return report(during)
    finally:
        if programs.open:
            programs.end()


def inside():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    sender = Sender()
    try:
        found = report(lambda: time.sleep(5))
        name = "tcpOutReset"
        checks.check(f"{name} without a program that has gone away is noted alone",
                     found[name]["status"] == "ok", found[name])
        # Here the host itself sends to a closed port of its own, which no packet from outside can look like.
        name = "udpNoPort"
        checks.check(f"{name} of this host's own datagrams is a warning that names no program",
                     found[name]["status"] == "warning" and "had a listener" not in found[name]["text"], found[name])
        # How long until the sockets were looked at depends on what else this machine does.
        for wait_s in (5, 10, 20, 30):
            found = vanish(wait_s)
            if len(said(found)) == len(PORTS):
                break
        for name, (kind, port) in PORTS.items():
            checks.check(f"{name} says that {kind}/{port} had a listener, and until when", name in said(found),
                         found[name])
    finally:
        sender.go_on = False
        sender.join()
    checks.end()


def main():
    if sys.argv[1:] == ["inside"]:
        inside()
    name = "a program goes away"
    require(checks, name, COMMAND, "ip", "unshare")
    if subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode:
        checks.skip(name, "a network namespace needs root")
        checks.end()
    os.execv(program("unshare"), ["unshare", "-n", sys.executable, os.path.abspath(__file__), "inside"])


main()
