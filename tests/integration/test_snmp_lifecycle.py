#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What happens to masters and subagents: late, stopped, killed, frozen, twice. In any order:
test_snmp_rounds.py."""
import os
import signal
import time

import snmp_master
from snmp_master import ROOT, wait_for

PING_S = 1
snmp_master.require("snmp lifecycle")
checks = snmp_master.Checks()
check = checks.check
master = snmp_master.Master()
host = snmp_master.RecordedHost(master.dir)
CONFIG = f"Interval 0.1\nWindow 6\nPingInterval {PING_S}\nRoot {host.path}\n"
master.write("netvitals.conf", CONFIG)


def back(what, watch):
    """Values return within the ping interval plus a second."""
    good = wait_for(master.answers)
    took = watch.seconds()
    check(f"{what}: values within the ping interval plus a second", good and took <= PING_S + 1, f"{took:.2f} s")
    print(f"# {what}: {took:.2f} s")


def snmpd_ready():
    return os.path.exists(master.socket)


def samples():
    return master.number("1.1.7.0") or 0


ageing = snmp_master.Ageing(host)

# ---- the subagent comes first ------------------------------------------------------------------------
master.start_agent()
time.sleep(3)
check("waits for a master", master.processes["agent"].poll() is None, master.read("agent.err"))
master.start_snmpd()
wait_for(snmpd_ready)
back("started before snmpd", master.watch())
check("said once that there is no master", master.read("agent.err").count("no master agent") == 1, master.read("agent.err"))
check("took samples meanwhile", samples() >= 10, samples())

# ---- the master restarts ------------------------------------------------------------------------------
for what, number in (("restart", signal.SIGTERM), ("SIGKILL", signal.SIGKILL)):
    master.end("snmpd", number)
    master.start_snmpd()
    wait_for(snmpd_ready)
    back(what, master.watch())
master.end("snmpd")
if os.path.exists(master.socket):
    os.unlink(master.socket)
time.sleep(2)
master.start_snmpd()
wait_for(snmpd_ready)
back("socket removed and made again", master.watch())

# ---- the master freezes: samples go on, the agent stays, the values return --------------------------------
before = samples()
master.processes["snmpd"].send_signal(signal.SIGSTOP)
time.sleep(6)
master.processes["snmpd"].send_signal(signal.SIGCONT)
watch = master.watch()
wait_for(master.answers)
# 60 are due. A sampler that waits for the master takes none in these 6 s, and at most ten while we look.
check("frozen for 6 s: samples went on", samples() - before >= 20, samples() - before)
check("frozen: the agent is there", master.processes["agent"].poll() is None)
back("frozen for 6 s", watch)

# ---- the end ---------------------------------------------------------------------------------------------
process = master.processes["agent"]
took = master.end("agent")
check("SIGTERM ends it within a second, status 0", took is not None and took < 1 and process.returncode == 0,
      f"{took} s, status {process.returncode}, {master.read('agent.err')[-300:]}")
check("its values leave with it", wait_for(lambda: not master.answers()))
master.start_agent()
wait_for(master.answers)
master.processes["snmpd"].send_signal(signal.SIGSTOP)
time.sleep(0.5)
process = master.processes["agent"]
took = master.end("agent")
check("SIGTERM ends it within a second while the master is frozen", took is not None and took < 1
      and process.returncode == 0, f"{took} s, status {process.returncode}")
master.processes["snmpd"].send_signal(signal.SIGCONT)

# ---- two instances ------------------------------------------------------------------------------------------
master.start_agent()
wait_for(master.answers)
master.start_agent("second")
wait_for(lambda: "refuses our tables" in master.read("second.err"))
time.sleep(1)
check("a second instance says once that it is refused",
      master.read("second.err").count("refuses our tables") == 1, master.read("second.err"))
check("the first goes on", wait_for(master.answers))
scalars = len(master.walk("1.1"))
master.end("agent")
check("the second takes over when the first has left", wait_for(master.answers),
      master.read("second.err"))
check("with all tables", wait_for(lambda: len(master.walk("1.1")) == scalars > 15 and len(master.walk("1.4")) > 500),
      len(master.walk("1.1")))
master.end("second")

# ---- permission denied, then granted ---------------------------------------------------------------------------
if snmp_master.AS_NOBODY:
    os.chmod(master.socket, 0o600)
    master.start_agent(under=snmp_master.AS_NOBODY)
    time.sleep(1.5)
    check("without permission it waits", master.processes["agent"].poll() is None and not master.answers(),
          master.read("agent.err")[-300:])
    os.chmod(master.socket, 0o666)
    back("permission granted to nobody", master.watch())
    master.end("agent")
else:
    checks.skip("permission granted to nobody", "not root, or nobody may not run what is built here")

ageing.end()

# ---- configuration -----------------------------------------------------------------------------------------------
master.write("netvitals.conf", CONFIG + "Intervall 3\nPingInterval 99\nWindow many\n")
mark = len(master.read("agent.err"))
master.start_agent()
check("bad options: it runs with the defaults", wait_for(master.answers))
said = master.read("agent.err")[mark:]
check("an unknown option is named with file and line", "netvitals.conf:5" in said and "Intervall" in said, said)
check("a bad value is named with option, value and range", "netvitals.conf:6" in said and "PingInterval" in said
      and '"99"' in said and "1 to 60" in said, said)
check("so is one of the core", "netvitals.conf:7" in said and "many" in said, said)
for _ in range(3):
    host.advance(5, sent=500, retransmitted=0)
    time.sleep(0.3)
check("sums grow", wait_for(lambda: master.number("1.4.1.9.1.1") or 0), master.get("1.4.1.9.1.1"))
sums = master.number("1.4.1.9.1.1") or 0
master.write("netvitals.conf", CONFIG + '<Indicator "tcpRetrans">\nWarning 2\n</Indicator>\n')
master.processes["agent"].send_signal(signal.SIGHUP)
check("SIGHUP reads the configuration again", wait_for(lambda: "read again" in master.read("agent.err")[mark:]),
      master.read("agent.err")[mark:])
host.advance(5, sent=500)
check("the new limit is in force", wait_for(lambda: master.get("1.4.1.23.1.1") == "20000"), master.get("1.4.1.23.1.1"))
check("sums never decrease over it", (master.number("1.4.1.9.1.1") or 0) >= sums > 0, (sums, master.number("1.4.1.9.1.1")))

# ---- a recorded host that goes away ---------------------------------------------------------------------------------
os.rename(host.path, host.path + ".away")
check("a source that fails makes every class unknown", wait_for(
    lambda: [master.get(f"1.3.1.3.1.{c}") for c in range(1, 6)] == ["4"] * 5),
      [master.get(f"1.3.1.3.1.{c}") for c in range(1, 6)])
check("and counts", wait_for(lambda: (master.number("1.1.8.0") or 0) > 0), master.get("1.1.8.0"))
os.rename(host.path + ".away", host.path)
host.advance(5, sent=500)
check("it comes back", wait_for(lambda: master.get("1.3.1.3.1.5") == "1"), master.get("1.3.1.3.1.5"))

check("no crash", "free()" not in master.read("agent.err") and "rror:" not in master.read("agent.err")
      and master.processes["agent"].poll() is None, master.read("agent.err")[-500:])
checks.end()
