#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real fault, a real trap: a bulk transfer between two network namespaces of which nftables drops
5 %; the subagent, snmpd and snmptrapd run in the sender's. The raise, then, after the rule is gone,
its clear with the same key. A clean transfer before it raises nothing."""
import atexit
import os
import subprocess
import sys
import textwrap
import time

import snmp_master
from snmp_master import ROOT, wait_for

snmp_master.require("snmp fault in a namespace", "ip", "nft")
if os.geteuid() != 0:
    print("skip - snmp fault in a namespace: needs root")
    sys.exit(0)
NEAR, FAR = f"nvsnmp{os.getpid()}a", f"nvsnmp{os.getpid()}b"


def shell(command, check=True):
    return subprocess.run(command, shell=True, check=check, capture_output=True, text=True)


traffic = []


def clean():
    for process in traffic:
        process.kill()
        process.wait()
    for name in (NEAR, FAR):
        shell(f"ip netns del {name}", check=False)


atexit.register(clean)
try:
    shell(f"""set -e
ip netns add {NEAR}; ip netns add {FAR}
ip -n {NEAR} link add v0 type veth peer name v1 netns {FAR}
ip -n {NEAR} addr add 10.98.1.1/24 dev v0; ip -n {FAR} addr add 10.98.1.2/24 dev v1
for n in {NEAR} {FAR}; do ip -n $n link set lo up; done
ip -n {NEAR} link set v0 up; ip -n {FAR} link set v1 up
ip netns exec {FAR} nft 'add table ip t; add chain ip t in {{ type filter hook prerouting priority -300; }}'
ip netns exec {FAR} nft 'add rule ip t in tcp dport 5001 numgen random mod 100 < 5 drop; flush chain ip t in'""")
except subprocess.CalledProcessError as error:
    print(f"skip - snmp fault in a namespace: {error.stderr.strip()[:200]}")
    sys.exit(0)

SERVER = """
import socket
s = socket.create_server(("10.98.1.2", 5001))
print("ready", flush=True)
while True:
    c, _ = s.accept()
    while c.recv(1 << 16): pass
    c.close()
"""
# Paced, so that two processors are enough for everything: about 700 segments a second.
CLIENT = """
import socket, time
while True:
    c = socket.create_connection(("10.98.1.2", 5001), timeout=10)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 18)
    c.settimeout(30)
    try:
        while True:
            c.sendall(b"x" * 20000)
            time.sleep(0.02)
    except OSError:
        c.close()
"""


def python(namespace, text):
    process = subprocess.Popen(["ip", "netns", "exec", namespace, sys.executable, "-c", textwrap.dedent(text)],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    traffic.append(process)
    return process


checks = snmp_master.Checks()
check = checks.check
master = snmp_master.Master(prefix=["ip", "netns", "exec", NEAR])
shell(f"ip netns exec {FAR} ethtool -K v1 gro off; ip netns exec {NEAR} ethtool -K v0 tso off gso off", check=False)
python(FAR, SERVER).stdout.readline()
python(NEAR, CLIENT)
master.start_all()
time.sleep(15)
check("a clean transfer of 15 s raises nothing", not master.events(), master.events())
check("its segments are seen", (master.number("1.4.1.9.1.1") or 0) > 1000, master.get("1.4.1.14.1.1"))
shell(f"ip netns exec {FAR} nft 'add rule ip t in tcp dport 5001 numgen random mod 100 < 5 drop'")
began = time.monotonic()
raised = wait_for(lambda: [e for e in master.events() if e[1] == f"{ROOT}.1.3.1.3.1.1"], 40)
print(f"# raised after {time.monotonic() - began:.1f} s: {raised[0][3] if raised else 'nothing'}")
check("5 % loss raises class lost within 40 s", raised and raised[0][0] == 3 and raised[0][2] in "23",
      raised or master.get("1.4.1.14.1.1"))
check("it says which indicator", "retransmitted" in raised[0][3] if raised else False, raised)
check("the class can be polled", master.get("1.3.1.3.1.1") in ("2", "3"), master.get("1.3.1.3.1.1"))
shell(f"ip netns exec {FAR} nft flush chain ip t in")
began = time.monotonic()
cleared = wait_for(lambda: [e for e in master.events() if e[1] == f"{ROOT}.1.3.1.3.1.1" and e[0] == 4], 90)
print(f"# cleared after {time.monotonic() - began:.1f} s: {cleared[0][3] if cleared else 'nothing'}")
check("the clear has the key of the raise", cleared and cleared[0][2] == "1", cleared or master.get("1.4.1.14.1.1"))
keys = {e[1] for e in master.events()}
check("no other class is raised", keys == {f"{ROOT}.1.3.1.3.1.1"}, keys)
check("ten minutes' worst remembers it", master.get("1.3.1.14.1.1") in ("2", "3"), master.get("1.3.1.14.1.1"))
checks.end()
