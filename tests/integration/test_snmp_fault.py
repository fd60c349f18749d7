#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real fault, a real trap, a real alert: a bulk transfer between two network namespaces of which nftables drops
5 %; the subagent, snmpd and snmptrapd run in the sender's. The raise, then, after the rule is gone,
its clear with the same key. A clean transfer before it raises nothing. At last a peer that refuses connections.

Beside it, where their packages are installed: prometheus-snmp-exporter with our module, scraped by
a prometheus with our rules; check_snmp with the line of the manual; a traphandle of snmptrapd."""
import atexit
import os
import json
import re
import shutil
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
s.setsockopt(socket.SOL_SOCKET, 33, 4 << 20)  # SO_RCVBUFFORCE: seconds without a processor are no fault
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
handled = f"{master.dir}/handled"
master.write("handle.sh", f"#!/bin/sh\n{{ cat; echo end; }} >>{handled}\n")
os.chmod(f"{master.dir}/handle.sh", 0o755)
master.write("snmptrapd.conf", f"disableAuthorization yes\ntraphandle {ROOT}.0.3 {master.dir}/handle.sh\n"
             f"traphandle {ROOT}.0.4 {master.dir}/handle.sh\n")
master.start_all()
NMS = os.path.join(snmp_master.TOP, "plugins", "snmp", "nms")
CHECK = "/usr/lib/nagios/plugins/check_snmp"
have_prometheus = bool(shutil.which("prometheus") and shutil.which("prometheus-snmp-exporter"))
if have_prometheus:
    master.write("prometheus.yml", f"""
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [{NMS}/prometheus-alerts.yml]
scrape_configs:
- job_name: netvitals
  metrics_path: /snmp
  params: {{module: [netvitals]}}
  static_configs: [{{targets: ['127.0.0.1:{master.port}']}}]
  relabel_configs:
  - {{source_labels: [__address__], target_label: __param_target}}
  - {{source_labels: [__param_target], target_label: instance}}
  - {{target_label: __address__, replacement: '127.0.0.1:9116'}}
""")
    master.start("exporter", ["prometheus-snmp-exporter", f"--config.file={NMS}/snmp-exporter.yml",
                              "--web.listen-address=127.0.0.1:9116"])
    master.start("prometheus", ["prometheus", f"--config.file={master.dir}/prometheus.yml",
                                f"--storage.tsdb.path={master.dir}/tsdb", "--web.listen-address=127.0.0.1:9090"])
else:
    print("skip - prometheus: prometheus or prometheus-snmp-exporter is not installed")


def prometheus(path):
    """Answer of the API, {} if there is none yet."""
    done = subprocess.run(["ip", "netns", "exec", NEAR, sys.executable, "-c",
        f"import urllib.request as u; print(u.urlopen('http://127.0.0.1:9090/api/v1/{path}', timeout=30).read().decode())"],
        capture_output=True, text=True)
    return json.loads(done.stdout)["data"] if done.returncode == 0 else {}


def alerts():
    return {(a["labels"]["alertname"], a["labels"].get("nvClassName")) for a in prometheus("alerts").get("alerts", [])
            if a["state"] == "firing"}


def check_class(number):
    """Exit status of the line that the manual gives."""
    with open(os.path.join(snmp_master.TOP, "plugins", "snmp", "netvitals-agentx.8"), encoding="utf-8") as file:
        manual = file.read().replace("\\e\n", " ")
    line = re.search(r"^check_snmp -H HOST.*", manual, re.M).group(0)
    words = line.replace("HOST", f"127.0.0.1 -p {master.port}").split()
    words[-1] = re.sub(r"\d+$", str(number), words[-1])
    done = subprocess.run(["ip", "netns", "exec", NEAR, CHECK] + words[1:], capture_output=True, text=True,
                          env=master.environment)
    return done.returncode, done.stdout


time.sleep(15)
if os.path.exists(CHECK):
    check("check_snmp says ok", all(check_class(c)[0] == 0 for c in range(1, 6)), [check_class(c) for c in range(1, 6)])
else:
    print("skip - check_snmp: monitoring-plugins are not installed")
if have_prometheus:
    found = wait_for(lambda: prometheus("query?query=nvClassStatus").get("result", []), step=0.5)
    check("prometheus has five classes by name", sorted(r["metric"]["nvClassName"] for r in found)
          == sorted(snmp_master.CLASSES), found or master.read("prometheus.err")[-500:])
    check("and no alert", not alerts(), alerts())
check("a clean transfer of 15 s raises nothing", not master.events(), master.events())
check("its segments are seen", wait_for(lambda: (master.number("1.4.1.9.1.1") or 0) > 1000), master.get("1.4.1.14.1.1"))
shell(f"ip netns exec {FAR} nft 'add rule ip t in tcp dport 5001 numgen random mod 100 < 5 drop'")
watch = master.watch()
raised = wait_for(lambda: [e for e in master.events() if e[1] == f"{ROOT}.1.3.1.3.1.1"], 120)
took, starved = watch.seconds(), watch.starved()
print(f"# raised after {took:.1f} s: {raised[0][3] if raised else 'nothing'}")
check("5 % loss raises class lost within 40 s", raised and raised[0][0] == 3 and raised[0][2] in "23" and took <= 40,
      (took, raised or master.get("1.4.1.14.1.1")))
if raised and starved and "10.98.1" not in raised[0][3]:
    checks.skip("it says which network", "the agent waited too long for a processor to collect evidence")
elif raised:
    trap = next(t for t in master.traps() if t[f"{ROOT}.1.11.2.0"][1] == str(raised[0][4]))
    check("it says which network", trap[f"{ROOT}.1.11.17.0"][1] == "10.98.1.0/24", trap)
    check("and by which interface", trap[f"{ROOT}.1.11.18.0"][1] == "v0", trap)
    told = master.get(f"1.10.1.15.{raised[0][4]}") or ""
    check("the event has the evidence", "10.98.1.0/24" in told and "dev v0" in told, told)
check("it says which indicator", "retransmitted" in raised[0][3] if raised else False, raised)
if os.path.exists(CHECK):
    check("check_snmp says warning or critical", wait_for(
        lambda: check_class(1)[0] == int(master.get("1.3.1.3.1.1")) - 1 > 0), (check_class(1), master.get("1.3.1.3.1.1")))
if have_prometheus:
    fired = wait_for(lambda: alerts() & {("NetvitalsWarning", "lost"), ("NetvitalsCritical", "lost")}, step=0.5)
    check("the alert rule fires", fired, alerts())
    value = wait_for(lambda: [v for v in prometheus("query?query=nvIndValue{nvIndName=%22tcpRetrans%22}").get("result", [])
                              if float(v["value"][1]) > 10000], step=0.5)
    check("its value can be queried", value, value)
check("the traphandle was called with the class", wait_for(lambda: "7311.1.3.1.3.1.1 " in master.read("handled")),
      master.read("handled")[:600])
check("the class can be polled", master.get("1.3.1.3.1.1") in ("2", "3"), master.get("1.3.1.3.1.1"))
shell(f"ip netns exec {FAR} nft flush chain ip t in")
began = time.monotonic()
cleared = wait_for(lambda: [e for e in master.events() if e[1] == f"{ROOT}.1.3.1.3.1.1" and e[0] == 4], 180)
print(f"# cleared after {time.monotonic() - began:.1f} s: {cleared[0][3] if cleared else 'nothing'}")
check("the clear has the key of the raise", cleared and cleared[0][2] == "1", cleared or master.get("1.4.1.14.1.1"))
if have_prometheus:
    check("the alert resolves", wait_for(lambda: not alerts() & {("NetvitalsWarning", "lost"), ("NetvitalsCritical", "lost")},
                                         step=0.5), alerts())
check("the traphandle was called for the clear", wait_for(lambda: master.read("handled").count("\nend\n") >= 2),
      master.read("handled")[-600:])
keys = {e[1] for e in master.events()}
check("no other class is raised", keys == {f"{ROOT}.1.3.1.3.1.1"}, keys)
check("ten minutes' worst remembers it", master.get("1.3.1.14.1.1") in ("2", "3"), master.get("1.3.1.14.1.1"))

# ---- a peer that refuses: who it is stands in the packets alone, which are listened to before the raise -----------------
APPLICATION = f"{ROOT}.1.3.1.3.1.4"
watch = master.watch()
python(NEAR, """
import socket, time
while True:
    with socket.socket() as s:
        s.connect_ex(("10.98.1.2", 7020))
    time.sleep(0.05)
""")
raised = wait_for(lambda: [e for e in master.events() if e[1] == APPLICATION], 120)
print(f"# raised after {watch.seconds():.1f} s: {raised[0][3] if raised else 'nothing'}")
if raised and watch.starved() and "resets" not in raised[0][3]:
    checks.skip("a refused connection names the peer", "the agent waited too long for a processor to listen")
else:
    check("a refused connection names the peer in the very raise", raised and
          "resets seen come from 10.98.1.2 dev v0, most port 7020" in raised[0][3], raised)
late_s = int(master.get("1.1.23.0") or 10 ** 9) / 1e6
check("no sample waited for that", late_s < 0.5 + watch.lost(), (late_s, watch.lost()))
checks.end()
