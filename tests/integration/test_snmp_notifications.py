#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Notifications of interfaces and of resets, which come with NotifyScope both alone, at a real
snmptrapd; and snmptt, run by that snmptrapd with the definitions that are shipped, makes of each
kind a line with our sentence and its severity."""
import os
import re
import shutil
import time

import snmp_master
from snmp_master import ROOT, TOP, wait_for

PATIENCE_S = 30
snmp_master.require("snmp notifications")
checks = snmp_master.Checks()
check = checks.check
master = snmp_master.Master()
host = snmp_master.RecordedHost(master.dir)
SNMPTT = shutil.which("snmptt", path="/usr/sbin:/usr/bin")


class Wire:
    """eth0 of the recorded host: what came in, what of it was damaged."""
    packets = damaged = 0

    def publish(self):
        line = f"  eth0: {self.packets * 100} {self.packets} {self.damaged} 0 0 {self.damaged} 0 0 0 0 0 0 0 0 0 0\n"
        host.text["dev"] = "".join(host.text["dev"].splitlines(True)[:2]) + line


class Ageing(snmp_master.Ageing):
    """As there, with packets on a wire of which a share is damaged."""
    damage = 0.0

    def run(self):
        while self.going:
            time.sleep(0.1)
            wire.packets += 1000
            wire.damaged += int(1000 * self.damage)
            wire.publish()
            host.advance(self.step_s, sent=1000, retransmitted=int(1000 * self.loss))


wire = Wire()
wire.publish()
host.publish()
CONFIG = snmp_master.RECORDED + f"Root {host.path}\nInterfaces all\n"
if SNMPTT:
    master.write("snmptt.ini", f"""[General]
mode = standalone
dns_enable = 0
net_snmp_perl_enable = 0
translate_integers = 0
[Logging]
log_enable = 1
log_file = {master.dir}/snmptt.log
syslog_enable = 0
syslog_system_enable = 0
unknown_trap_log_enable = 1
unknown_trap_log_file = {master.dir}/snmptt.unknown
[Exec]
exec_enable = 0
pre_exec_enable = 0
[TrapFiles]
snmptt_conf_files = <<END
{TOP}/packaging/samples/snmptt-netvitals.conf
END
""")
    sample = open(os.path.join(TOP, "packaging", "samples", "snmptrapd-netvitals.conf"), encoding="ascii").read()
    line = re.search(r"^#(traphandle \S+ \S*snmptt)$", sample, re.M)
    check("the sample of snmptrapd.conf has a line for snmptt", line, sample)
    master.write("snmptrapd.conf", f"disableAuthorization yes\n{line.group(1)} --ini={master.dir}/snmptt.ini\n")
else:
    print("skip - snmptt: not installed")
master.write("netvitals.conf", CONFIG)
master.start_all(env={"NETVITALS_INJECT": "400"})
ageing = Ageing(host)
PORT = wait_for(lambda: [oid.rsplit(".", 1)[1] for oid, (_, value) in master.walk("1.7.1.2").items() if value == "eth0"],
                PATIENCE_S)[0]
STATUS = f"{ROOT}.1.7.1.3.1.{PORT}"


def events(kind):
    return master.events(kinds=(kind,))


def resets():
    return [t for t in master.traps() if t[".1.3.6.1.6.3.1.1.4.1.0"][1] == f"{ROOT}.0.7"]


def rows(kind):
    """Events of that kind in the table: {number: (interface, before, now, to be told, handed over, text)}."""
    names = {oid.rsplit(".", 1)[1] for oid, (_, value) in master.walk("1.10.1.11").items() if value == str(kind)}
    return {n: tuple(master.get(f"1.10.1.{column}.{n}") for column in (16, 6, 7, 14, 10, 9)) for n in names}


# ---- by default a class alone is told ------------------------------------------------------------------
ageing.damage = 0.05
check("a damaged wire raises its class", wait_for(lambda: events(3), PATIENCE_S), master.walk("1.3.1.7"))
check("its interface can be polled", wait_for(lambda: master.get(f"1.7.1.3.1.{PORT}") in ("2", "3"), PATIENCE_S),
      master.walk("1.7"))
# It is watched at a pace of its own, which may be slow beside other work: not over before it is seen.
check("and has raised an event", wait_for(lambda: rows(3), PATIENCE_S), master.walk("1.10.1"))
ageing.damage = 0
check("and clears", wait_for(lambda: events(4), 2 * PATIENCE_S), master.events())
host.uptime = 5  # the recorded host was started again: its clock stands before
check("a reset is seen", wait_for(lambda: (master.get("1.1.3.0") or "0").split()[0].strip("()") != "0", PATIENCE_S),
      master.walk("1.1"))
check("neither interface nor reset are notified by default", not events(5) and not events(6) and not resets(), master.traps())
found = wait_for(lambda: [r for r in rows(3).values() if r[2] == "1"])
check("an interface is an event all the same, raised and cleared", found and {r[0] for r in rows(3).values()} == {PORT}
      and sorted(r[2] for r in rows(3).values())[0] == "1" and {r[3:5] for r in rows(3).values()} == {("2", "2")}, rows(3))
found = wait_for(lambda: list(rows(4).values()))
check("so is a reset", found and found[0][:3] == ("0", "1", "1") and "started over" in found[0][5], rows(4))

# ---- NotifyScope both ------------------------------------------------------------------------------------
master.end("agent")
master.write("netvitals.conf", CONFIG + "NotifyScope both\n")
master.start_agent(env={"NETVITALS_INJECT": "400"})
check("the agent is back", wait_for(master.answers, PATIENCE_S), master.read("agent.err"))
ageing.damage = 0.05
raised = wait_for(lambda: events(5), PATIENCE_S)
check("a damaged wire raises its interface", raised and raised[0][1] == STATUS and raised[0][2] in "23", raised)
ageing.damage = 0
cleared = wait_for(lambda: events(6), 2 * PATIENCE_S)
check("and clears it by the same key", cleared and cleared[0][1] == STATUS and cleared[0][2] == "1", cleared)
if raised and cleared:
    first, last = ([t for t in master.traps() if list(t)[2] == STATUS][i] for i in (0, -1))
    check("raise and clear have the same variables in the same places", list(first) == list(last), (first, last))
    check("the interface and what is wrong are named", first[f"{ROOT}.1.11.18.0"][1] == "eth0"
          and first[f"{ROOT}.1.11.6.0"][1] == "ifInErrors" and "eth0 " in raised[0][3], first)
    check("value, numbers and limit are told", 10000 < int(first[f"{ROOT}.1.11.9.0"][1]) <= 60000
          and int(first[f"{ROOT}.1.11.10.0"][1]) > 0 and int(first[f"{ROOT}.1.11.13.0"][1]) > 0, first)
for events_of, what in ((raised, "raise"), (cleared, "clear")):
    row = wait_for(lambda: (rows(3).get(str(events_of[0][4])) or ("",) * 6)[4] == "1" and rows(3)[str(events_of[0][4])]) \
        if events_of else None
    check(f"the {what} has the number and the text of its row, which says that it was handed over",
          row and row[0] == PORT and row[2] == events_of[0][2] and row[5] == events_of[0][3]
          and row[5].endswith(f"Event {events_of[0][4]}"), (events_of, rows(3)))
check("one clear, after all raises", len(events(6)) == 1 and master.events(kinds=(5, 6))[-1][0] == 6, master.events(kinds=(5, 6)))

# ---- a reset ------------------------------------------------------------------------------------------------
changes = [master.get(f"1.3.1.11.1.{c}") for c in range(1, 6)]
host.uptime = 5
found = wait_for(resets, PATIENCE_S)
check("counters that start over are told", found and "started over" in found[0][f"{ROOT}.1.11.4.0"][1], master.traps()[-1:])
if found:
    number = found[0][f"{ROOT}.1.11.2.0"][1]
    check("it has a row of its own", wait_for(lambda: (rows(4).get(number) or ("",) * 6)[4] == "1"), (number, rows(4)))
    ticks = found[0].get(f"{ROOT}.1.2.1.5.1", ("", ""))
    check("with the time that the table has", ticks[0] == "Timeticks" and ticks[1] == master.walk("1.2.1.5")[f"{ROOT}.1.2.1.5.1"][1],
          (ticks, master.walk("1.2.1.5")))
host.uptime = 5
wait_for(lambda: host.uptime > 12, PATIENCE_S)
check("a second one within the minute is not told", len(resets()) == 1, resets())
check("no class changes by that", [master.get(f"1.3.1.11.1.{c}") for c in range(1, 6)] == changes, changes)

# ---- the master is away while a wire is damaged ---------------------------------------------------------------
before = len(events(5))
master.end("snmpd")
ageing.damage = 0.05
# The agent's own view cannot be asked meanwhile: as much of the host's time as raising takes, twice.
until = host.uptime + 40
check("time passes", wait_for(lambda: host.uptime > until, PATIENCE_S))
master.start_snmpd()
check("the master is back", wait_for(master.answers, PATIENCE_S), master.read("agent.err"))
check("the interface is told after the reconnect", wait_for(lambda: len(events(5)) > before, PATIENCE_S), events(5))
ageing.damage = 0
check("and its clear", wait_for(lambda: events(6)[-1:] and master.events(kinds=(5, 6))[-1][0] == 6, 2 * PATIENCE_S), events(6))

check("class and indicator clear, too", wait_for(lambda: events(2) and master.events(kinds=(3, 4))[-1][0] == 4, 2 * PATIENCE_S),
      master.events(kinds=(1, 2, 3, 4)))


def logged(kinds):
    """Whether snmptt has written a line for each of these kinds."""
    return {f"{ROOT}.0.{k}" for k in kinds} <= set(re.findall(r" (\.1\.3\.6\.1\.4\.1\.8072\.9999\.9999\.7311\.0\.\d) ",
                                                            master.read("snmptt.log")))


# ---- an overflow, so that snmptt has seen every kind ------------------------------------------------------------
# snmptt takes out what means something to a shell.
sentences = {kind: (events(kind) or [[""] * 5])[0][3].replace(";", "") for kind in (3, 5, 6)}
if SNMPTT:
    check("snmptt has a line for each kind so far", wait_for(lambda: logged(range(1, 8)), 2 * PATIENCE_S, 0.5),
          master.read("snmptt.log")[-1500:] + master.read("snmptrapd.err"))
    # A program for each of some hundred notifications would take the machine: for the overflow alone.
    master.end("snmptrapd")
    master.write("snmptrapd.conf", master.read("snmptrapd.conf").replace(f"{ROOT}.*", f"{ROOT}.0.8"))
    master.start_trapd()
    check("snmptrapd is back", wait_for(lambda: os.path.exists(f"{master.dir}/trapd.pid"), PATIENCE_S), master.read("snmptrapd.err"))
master.processes["agent"].send_signal(snmp_master.signal.SIGUSR1)
check("an overflow is told", wait_for(lambda: events(8), 4 * PATIENCE_S), master.get("1.1.12.0"))
ageing.end()
if SNMPTT:
    check("snmptt has one for the overflow", wait_for(lambda: logged([8]), 2 * PATIENCE_S, 0.5), master.read("snmptrapd.err"))
    text = master.read("snmptt.log")
    for name, number, severity in (("nvClassRaised", 3, "Critical"), ("nvIfRaised", 5, "Warning"), ("nvIfCleared", 6, "Normal")):
        found = [line for line in text.splitlines() if f"{ROOT}.0.{number} {severity} " in line]
        check(f"snmptt: {name} has its severity and our sentence", sentences[number]
              and any(sentences[number] in line for line in found), (sentences[number], found[:2], text[:300]))
    check("snmptt knows every one of ours", ROOT not in master.read("snmptt.unknown"), master.read("snmptt.unknown")[:500])
check("the agent survived", master.processes["agent"].poll() is None, master.read("agent.err"))
checks.end()
