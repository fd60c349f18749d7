#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Half an hour of all front ends on a healthy host: no event, no notification, no trap.

As root the host is a network namespace of our own with ordinary traffic to another one: connections in
both directions, datagrams with answers. Otherwise it is this machine, which has to be healthy itself.
SOAK_SECONDS (1800) sets how long.
"""
import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECONDS = float(os.environ.get("SOAK_SECONDS", "1800"))
NAMES = [f"nvidle{os.getpid()}a", f"nvidle{os.getpid()}b"]
ADDRESSES = ["198.51.100.1", "198.51.100.2"]

# Serves at argv[1] and asks at argv[2], over TCP and UDP, until it is ended; an answer of 20 kB each.
TRAFFIC = """
import socket, sys, threading, time
own, other = sys.argv[1:]
listener = socket.create_server((own, 7070), backlog=64)
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind((own, 7071))
def serve():
    while True:
        with listener.accept()[0] as link:
            link.recv(100)
            link.sendall(b"x" * 20000)
def answer():
    while True:
        data, peer = datagrams.recvfrom(2000)
        datagrams.sendto(data, peer)
def ask():
    with socket.create_connection((other, 7070), timeout=20) as link:
        link.sendall(b"hello")
        while link.recv(65536):
            pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as query:
        query.settimeout(4)
        for again in range(5): # a datagram may be lost where a next hop is asked for anew
            query.sendto(b"y" * 500, (other, 7071))
            try:
                query.recv(2000)
                return
            except TimeoutError:
                pass
        raise TimeoutError("no answer to five datagrams")
for work in (serve, answer):
    threading.Thread(target=work, daemon=True).start()
print("ready", flush=True)
sys.stdin.readline()
while True:
    ask()
    time.sleep(0.2)
"""


def run_private():
    path = os.path.join(TOP, "packaging", "run-private")
    loader = importlib.machinery.SourceFileLoader("run_private", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_private", loader))
    loader.exec_module(module)
    return module


def main():
    front_ends = run_private().FrontEnds("soak")
    failed = False
    try:
        front_ends.start()
        began = time.monotonic()
        while time.monotonic() - began < SECONDS:
            time.sleep(5)
            if front_ends.dead():
                break
        with open(os.path.join(front_ends.dir, "collectd.log")) as file:
            notices = [line for line in file if "Notification" in line]
        checks = [
            ("all programs still run", not front_ends.dead(), front_ends.dead()),
            ("no trap", not front_ends.traps(), front_ends.traps()),
            ("no notification", not notices, notices),
            ("no event", front_ends.walk("1.1.13") in ({0: "0"}, {}), front_ends.walk("1.10.1.9")),
            ("five classes are ok by SNMP", set((front_ends.snmp_classes() or {}).values()) == {"ok"}, front_ends.snmp_classes()),
        ]
        for name, good, what in checks:
            failed = failed or not good
            print(f"ok - {name} in {SECONDS:.0f} s" if good else f"not ok - {name} in {SECONDS:.0f} s: {what}", flush=True)
    finally:
        front_ends.stop()
    sys.exit(1 if failed else 0)


def in_namespaces():
    """Everything again, inside; the exit status."""
    inside = [["ip", "netns", "exec", name] for name in NAMES]
    talkers = []
    try:
        for name in NAMES:
            subprocess.run(["ip", "netns", "add", name], check=True)
        subprocess.run(["ip", "link", "add", "idle0", "netns", NAMES[0], "type", "veth", "peer", "name", "idle1",
                        "netns", NAMES[1]], check=True)
        for i, address in enumerate(ADDRESSES):
            for words in (f"addr add {address}/24 dev idle{i}", f"link set idle{i} up", "link set lo up"):
                subprocess.run(inside[i] + ["ip"] + words.split(), check=True)
        for i, address in enumerate(ADDRESSES):
            talkers.append(subprocess.Popen(inside[i] + [sys.executable, "-c", TRAFFIC, address, ADDRESSES[1 - i]],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        for talker in talkers:
            talker.stdout.readline()  # both listen before either asks
        for talker in talkers:
            talker.stdin.write("\n")
            talker.stdin.flush()
        status = subprocess.call(inside[0] + [sys.executable, os.path.abspath(__file__)], env=dict(os.environ, SOAK_INSIDE="1"))
        quiet = [t.poll() for t in talkers if t.poll() is not None]
        print(f"not ok - the traffic went on: {quiet}" if quiet else "ok - the traffic went on")
        return 1 if quiet else status
    finally:
        for talker in talkers:
            talker.kill()
            talker.wait()
        for name in NAMES:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


if __name__ == "__main__":
    if os.geteuid() == 0 and "SOAK_INSIDE" not in os.environ:
        sys.exit(in_namespaces())
    main()
