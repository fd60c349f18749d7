#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the engineer in front of a sick host reads: a program that leaks connections, one that does not accept, one
that does not read, one that is not there, and a network without a route. One screen of 80 columns, each cause once."""
import json
import os
import signal
import socket
import subprocess
import sys
import time

from checks import COMMAND, Checks, require, wait_for

SERVER, CLIENT = f"nvw{os.getpid()}s", f"nvw{os.getpid()}c"
HERE, THERE = "10.99.9.1", "10.99.9.2"
LEAK, DEAF, ABSENT, SLOW, MISSING = 8001, 8002, 8003, 514, 515
checks = Checks()
check = checks.check


def serve():
    """Reads nothing of UDP, accepts on one port without ever closing, and never on the other."""
    held, sockets = [], []
    for port, backlog in ((LEAK, 128), (DEAF, 2)):
        sockets.append(socket.create_server((HERE, port), backlog=backlog))
    sockets.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    sockets[2].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2000)
    sockets[2].bind((HERE, SLOW))
    print("ready", flush=True)
    while True:
        held.append(sockets[0].accept()[0])


def visit():
    """Twenty rounds a second: opens, sends, closes; opens what nobody takes; sends what nobody reads."""
    udp, kept = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), []
    print("ready", flush=True)
    while True:
        for port in (LEAK, DEAF, ABSENT):
            opened = socket.socket()
            opened.setblocking(False)
            opened.connect_ex((HERE, port))
            if port == LEAK:
                time.sleep(0.005)
                try:
                    opened.send(b"x" * 100)
                except OSError:
                    pass
                opened.close()
            else:
                kept = (kept + [opened])[-400:]
        for to in [(HERE, SLOW)] * 20 + [(HERE, MISSING), ("192.0.2.77", 9)]:
            try:
                udp.sendto(b"y" * 500, to)
            except OSError:
                pass
        time.sleep(0.05)


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True)


def start(namespace, role):
    process = subprocess.Popen(["ip", "netns", "exec", namespace, sys.executable, __file__, role],
                               stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    return process


def look(namespace, *options):
    return subprocess.run(["ip", "netns", "exec", namespace, COMMAND, *options], capture_output=True, text=True,
                          timeout=300, check=False)


def seen(namespace, condition):
    """The first report in JSON for which it holds, or the last one; and whether it held."""
    last = [None]

    def holds():
        done = look(namespace, "report", "--json", "2")
        last[0] = json.loads(done.stdout) if done.returncode == 0 else None
        return last[0] and condition(last[0])

    return bool(wait_for(holds)), last[0]


def verdicts(report):
    return {i["name"]: i for i in report["indicators"]} if report else {}


def evidence(report, indicator):
    return [o for o in report["offenders"] if o["what"] == indicator] if report else []


def raised(report, *names):
    return all(verdicts(report)[name]["status"] in ("warning", "critical") for name in names)


def check_server():
    wanted = ("tcpCloseWaitUnread", "tcpListenOverflow", "udpInOverflow")
    good, report = seen(SERVER, lambda r: raised(r, *wanted) and all(evidence(r, name) for name in wanted) and
                        any("turned away" in o["text"] for o in evidence(r, "tcpListenOverflow")))
    check("three programs are found, each with its port", good, report and report["offenders"])
    found = evidence(report, "tcpListenOverflow")
    check("a listener is told once", len(found) == 1 and found[0]["local"] == f"{HERE}:{DEAF}", found)


def check_client():
    good, report = seen(CLIENT, lambda r: raised(r, "tcpConnectFailed", "ipNoRoute", "tcpSynRetrans"))
    check("refused, without a route and without an answer are three findings", good,
          report and [(i["name"], i["status"]) for i in report["indicators"] if i["status"] != "ok"])
    check("a refused connection is no consequence of a missing route",
          good and verdicts(report)["tcpConnectFailed"]["consequenceOf"] is None, verdicts(report).get("tcpConnectFailed"))


def check_screens():
    for namespace, options in ((SERVER, ["3"]), (SERVER, ["--all", "1"]), (SERVER, ["--total"]), (SERVER, ["sockets"]),
                               (CLIENT, ["3"]), (CLIENT, ["sockets"])):
        done = look(namespace, *options)
        wide = [line for line in done.stdout.splitlines() if len(line) > 80 or line != line.rstrip()]
        check(f"{'server' if namespace == SERVER else 'client'}: netvitals {' '.join(options)} fits 80 columns",
              done.returncode == 0 and done.stdout and not wide, (done.returncode, done.stderr, wide[:2]))


def main():
    require(checks, "a sick host", "ip", COMMAND)
    if os.geteuid() != 0:
        checks.skip("a sick host", "needs root")
        checks.end()
    processes = []
    try:
        for namespace in (SERVER, CLIENT):
            run("ip", "netns", "add", namespace)
        run("ip", "link", "add", "s0", "netns", SERVER, "type", "veth", "peer", "name", "c0", "netns", CLIENT)
        for namespace, device, address in ((SERVER, "s0", HERE), (CLIENT, "c0", THERE)):
            run("ip", "-n", namespace, "addr", "add", f"{address}/24", "dev", device)
            run("ip", "-n", namespace, "link", "set", "lo", "up")
            run("ip", "-n", namespace, "link", "set", device, "up")
        processes += [start(SERVER, "serve"), start(CLIENT, "visit")]
        check_server()
        check_client()
        check_screens()
    finally:
        for process in processes:
            process.send_signal(signal.SIGKILL)
            process.wait()
        for namespace in (SERVER, CLIENT):
            subprocess.run(["ip", "netns", "del", namespace], check=False, stderr=subprocess.DEVNULL)
    checks.end()


if len(sys.argv) > 1:
    {"serve": serve, "visit": visit}[sys.argv[1]]()
else:
    main()
