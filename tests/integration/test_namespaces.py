#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Network namespaces of this machine, as the command sees them from outside, with no privilege: the one
that is sick by its name, the others ok, the host as it was, and none kept alive by being looked at."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMMAND = os.path.join(os.environ.get("NETVITALS_BUILD", os.path.join(TOP, "build")), "netvitals")
COUNT = 6
failed = 0


def say(name, problem=""):
    global failed
    failed += bool(problem)
    print(f"not ok - {name}: {problem}" if problem else f"ok - {name}", flush=True)


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def as_nobody(*arguments):
    return run("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all",
               "--bounding-set=-all", COMMAND, *arguments)


# Datagrams to a closed port of its own, sixty a second: udpNoPort and icmpInUnreachable, none in a healthy one.
SICK = """
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    for port in range(20000, 20040):
        c = socket.socket(); c.setblocking(False)
        try: c.connect(("127.0.0.1", port))
        except OSError: pass
        c.close()
        try: s.sendto(b"x", ("127.0.0.1", port))
        except OSError: pass
    time.sleep(.2)
"""
WELL = "import time; time.sleep(600)"


def start(program):
    # exec keeps the pid: unshare, ip link up, then the program itself.
    return subprocess.Popen(["unshare", "-n", "sh", "-c", 'ip link set lo up; exec python3 -c "$0"', program])


def listed(found, process):
    return next((n for n in found if n["leader"] == process.pid), None)


def wait_for(condition, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        result = condition()
        if result:
            return result
        time.sleep(.2)
    return None


def main():
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("setpriv"):
        print("skip - network namespaces: needs root, unshare and setpriv")
        return 0
    sick = start(SICK)
    well = [start(WELL) for _ in range(COUNT - 1)]
    everyone = [sick] + well
    host = os.stat("/proc/self/net/snmp").st_ino
    try:
        wait_for(lambda: all(os.stat(f"/proc/{p.pid}/net/snmp").st_ino != host for p in everyone))
        wait_for(lambda: open(f"/proc/{sick.pid}/comm").read().startswith("python"))
        check(sick, well)
    finally:
        for p in everyone:
            p.kill()
            p.wait()
    return failed > 0


def check(sick, well):
    answer = as_nobody("namespaces", "--json", "4")
    try:
        found = json.loads(answer.stdout)["namespaces"]
    except (ValueError, KeyError):
        say("without any privilege all are listed", answer.stdout[:300])
        return
    missing = [p.pid for p in [sick] + well if not listed(found, p)]
    say("without any privilege all are listed", f"{missing} are missing" if missing else "")
    bad = listed(found, sick) or {}
    # Tests that run beside this one have namespaces of their own, and faults in them.
    ours = {p.pid for p in [sick] + well}
    order = [n["leader"] for n in found if n["leader"] in ours] or [0]
    say("the sick one is worst, by name, class and indicator",
        "" if order[0] == sick.pid and bad.get("status") in ("warning", "critical")
        and bad.get("worst") and bad.get("text") and str(sick.pid) in bad["name"] else f"{bad}")
    others = [n for n in (listed(found, p) for p in well) if not n or n["status"] != "ok"]
    say("the others are ok", f"{others}" if others else "")

    answer = run(COMMAND, "--json", "3")
    report = json.loads(answer.stdout)
    names = [n["name"] for n in report["namespaces"]]
    say("the report of the host lists them", "" if bad.get("name") in names else f"{names}")
    plain = run(COMMAND, "report", "3").stdout
    say("and says it in one line", "" if "other network namespaces:" in plain and bad.get("name", "?") in
        " ".join(plain.split()) or found[0] is not bad else plain)
    whole = run(COMMAND, "report", "--json", "--netns", str(sick.pid), "3")
    say("--netns reports one of them", "" if json.loads(whole.stdout)["host"] == bad.get("name") else whole.stdout[:200])
    wrong = run(COMMAND, "report", "--netns", "nobody-is-named-so", "1")
    say("a name that nobody has is an error", "" if wrong.returncode == 1 and "nobody-is-named-so" in wrong.stdout
        else f"{wrong.returncode} {wrong.stdout}")
    gone(well[0])


def gone(process):
    """A namespace ends with its last process although it is looked at: its veth goes with it."""
    link = f"nvt{os.getpid() % 100000}"
    run("ip", "link", "add", link, "type", "veth", "peer", "name", "inside", "netns", str(process.pid))
    if not os.path.exists(f"/sys/class/net/{link}"):
        print("skip - no namespace is kept alive: veth cannot be made here")
        return
    watching = subprocess.Popen([COMMAND, "namespaces", "30"], stdout=subprocess.DEVNULL)
    try:
        time.sleep(2.5)  # three rounds
        process.kill()
        process.wait()
        ended = wait_for(lambda: not os.path.exists(f"/sys/class/net/{link}"))
        say("no namespace is kept alive", "" if ended else "its veth is still there")
        watching.send_signal(signal.SIGINT)
        status = watching.wait(timeout=10)
        say("one that ends while it is looked at is no error", f"exit {status}" if status else "")
    finally:
        watching.kill()
        run("ip", "link", "del", link)


if __name__ == "__main__":
    sys.exit(main())
