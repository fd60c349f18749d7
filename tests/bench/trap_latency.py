#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How long a notification takes: from the instant in which the subagent learns of an event to the
instant in which the kernel gives its datagram to the receiver, through one snmpd, in turns with a bare
subagent that does nothing but send_v2trap. Then a whole fault: from the first bad counter of a recorded
host to the datagram, which is mostly the time that the judge wants to be sure.

    trap_latency.py [ROUNDS]

Prints `# ...` lines and one `ratio P50 P99` line that make bench reads.
"""
import os
import signal
import socket
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "integration"))
import snmp_master
from snmp_master import wait_for

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 150
SPACING_S = 0.11  # each sends less often than its pace of ten a second
FAULTS = 6
SO_TIMESTAMPNS = 35
OURS = bytes.fromhex("bf08ce0fce0fb90f00")  # 8072.9999.9999.7311.0: the rest names the notification
BARE = bytes.fromhex("bf08ce0fce0fb91000")

snmp_master.require("trap latency", "cc")
master = snmp_master.Master()
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
receiver.bind(("127.0.0.1", master.trap_port))


def build_bare():
    program = f"{master.dir}/bare_trap"
    done = subprocess.run(["cc", "-O2", "-o", program, os.path.join(HERE, "bare_trap.c"),
                           "-lnetsnmpagent", "-lnetsnmp"], capture_output=True, text=True)
    if done.returncode:
        print(f"skip - trap latency: the bare subagent cannot be built: {done.stderr.strip()[:200]}")
        sys.exit(0)
    return program


def receive(mark, seconds):
    """Epoch nanoseconds at which the kernel took the next datagram with the mark; None if none came."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        receiver.settimeout(left)
        try:
            datagram, control, _, _ = receiver.recvmsg(65536, 256)
        except TimeoutError:
            return None
        if mark in datagram:
            second, nano = struct.unpack("qq", control[0][2][:16])
            return second * 10**9 + nano
    return None


def drain():
    receiver.setblocking(False)
    try:
        while True:
            receiver.recv(65536)
    except BlockingIOError:
        pass


def one(name, mark):
    """Milliseconds from the signal to the datagram; None if it was lost."""
    drain()
    began = time.time_ns()
    master.processes[name].send_signal(signal.SIGUSR1)
    came = receive(mark, 5)
    time.sleep(SPACING_S)
    return None if came is None else (came - began) / 1e6


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def notification():
    """Both subagents in turns. The first of each are not counted: they connect, load, allocate."""
    taken = {"agent": [], "bare": []}
    for round_ in range(ROUNDS + 3):
        for name, mark in (("agent", OURS), ("bare", BARE)):
            found = one(name, mark)
            if found is None:
                print(f"not ok - trap latency: no datagram of {name} in round {round_}: "
                      f"{master.read(name + '.err')[-200:]}")
                sys.exit(1)
            if round_ >= 3:
                taken[name].append(found)
    ours, bare = taken["agent"], taken["bare"]
    p50, p99 = ((quantile(ours, share), quantile(bare, share)) for share in (0.5, 0.99))
    print(f"# trap latency, event to datagram, {ROUNDS} of each in turns: ours p50 {p50[0]:.2f} ms, "
          f"p99 {p99[0]:.2f} ms; bare send_v2trap p50 {p50[1]:.2f} ms, p99 {p99[1]:.2f} ms")
    print(f"ratio {p50[0] / p50[1]:.3f} {p99[0] / p99[1]:.3f}")


def fault(recorded):
    """Seconds from the first bad sample to the datagram of the raise, in a recorded host that grows older
    by one second for each sample. A fault that comes again is held longer: each meets a new agent."""
    found = []
    for _ in range(FAULTS):
        master.end("agent")
        master.start_agent()
        ageing = snmp_master.Ageing(recorded)
        wait_for(master.answers, 15)
        time.sleep(1)
        drain()
        ageing.loss = 0.03
        began = time.time_ns()
        came = receive(OURS + b"\x03", 30)
        ageing.end()
        if came is None:
            print("skip - trap latency of a whole fault: no notification within 30 s")
            return
        found.append((came - began) / 1e9)
    print(f"# trap latency, first bad counter to datagram, window of 6 samples, a sample each 0.1 s, {FAULTS} faults: "
          f"median {quantile(found, 0.5):.2f} s, longest {max(found):.2f} s")


bare_program = build_bare()
recorded = snmp_master.RecordedHost(master.dir)
master.write("netvitals.conf", snmp_master.RECORDED + f"Root {recorded.path}\n")
master.start_snmpd()
if not wait_for(lambda: os.path.exists(master.socket), 15):
    sys.exit("trap_latency: snmpd does not start: " + master.read("snmpd.log")[-200:])
master.start_agent(env={"NETVITALS_INJECT": "1"})
master.start("bare", [bare_program, f"unix:{master.socket}"])
if not wait_for(master.answers, 15):
    sys.exit("trap_latency: the subagent does not answer: " + master.read("agent.err")[-200:])
wait_for(lambda: one("bare", BARE), 15)
notification()
fault(recorded)
