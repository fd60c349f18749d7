#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Notifications: raise and clear of a recorded host, an outage of the master, bursts.

A burst of 500 sent without reading the socket makes a subagent and snmpd block each other for
ever; here 500 and 10,000 are injected, and snmpd has to answer all the time."""
import signal
import time

import snmp_master
from snmp_master import ROOT, wait_for

PING_S = 1
snmp_master.require("snmp traps")
checks = snmp_master.Checks()
check = checks.check
master = snmp_master.Master()
host = snmp_master.RecordedHost(master.dir)
master.write("netvitals.conf", snmp_master.RECORDED + f"Root {host.path}\n")
master.start_all(env={"NETVITALS_INJECT": "500"})
ageing = snmp_master.Ageing(host)

# ---- one fault: one raise, one clear, the same key and the same places -----------------------------
time.sleep(2)
check("no notification while all is well", not master.traps(), master.traps())
ageing.loss = 0.03
raised = wait_for(master.events)
check("a fault raises its class", raised and raised[0][0] == 3 and raised[0][1] == f"{ROOT}.1.3.1.3.1.1"
      and raised[0][2] in "23", raised)
check("the status can be polled", master.get("1.3.1.3.1.1") in ("2", "3"), master.get("1.3.1.3.1.1"))
check("the worst indicator is named", master.get("1.3.1.6.1.1") == "tcpRetrans", master.get("1.3.1.6.1.1"))
ageing.loss = 0
cleared = wait_for(lambda: [e for e in master.events() if e[0] == 4])
check("and clears it", cleared and cleared[0][2] == "1" and cleared[0][1] == raised[0][1], cleared)
check("nothing else is sent", {e[1] for e in master.events()} == {f"{ROOT}.1.3.1.3.1.1"}, master.events())
if raised and cleared:
    traps = master.traps()
    places = [[(name, kind) for name, (kind, _) in trap.items()] for trap in (traps[0], traps[-1])]
    strings = [[(n, "text" if "STRING" in k else k) for n, k in p[2:]] for p in places]
    check("raise and clear have the same variables in the same places", strings[0] == strings[1], strings)
    first = traps[0]
    check("the value is in parts per million", 15000 < int(first[f"{ROOT}.1.11.9.0"][1]) <= 31000, first)
    check("both numbers are told", int(first[f"{ROOT}.1.11.10.0"][1]) > 0 and int(first[f"{ROOT}.1.11.11.0"][1]) > 0, first)
    check("the limits are told", first[f"{ROOT}.1.11.13.0"][1] == "10000", first[f"{ROOT}.1.11.13.0"])
    check("class and indicator are named", first[f"{ROOT}.1.11.5.0"][1] == "lost"
          and first[f"{ROOT}.1.11.6.0"][1] == "tcpRetrans", first)
    check("the text is that of the event table",
          master.get(f"1.10.1.9.{raised[0][4]}") == raised[0][3], master.get(f"1.10.1.9.{raised[0][4]}"))
    check("the event is marked as notified", master.get(f"1.10.1.10.{raised[0][4]}") == "1", master.walk("1.10.1.10"))
    check("numbers rise", [e[4] for e in master.events()] == sorted({e[4] for e in master.events()}), master.events())
    size = sum(len(v or "") for _, v in first.values()) + 30 * len(first)
    check("a notification fits into one packet", size < 1400, size)
kinds = {oid[len(ROOT):].split(".")[4]: kind for oid, (kind, _) in master.walk("1.10").items()}
check("the event table has its columns", kinds.get("2") == "Hex-STRING" and kinds.get("8") == "Gauge32"
      and kinds.get("9") == "STRING" and len(kinds) == 15, kinds)

# ---- the master is away while a class changes ---------------------------------------------------------
before = len(master.events())
master.end("snmpd")
ageing.loss = 0.08
time.sleep(4)
master.start_snmpd()
watch = master.watch()
back = wait_for(master.answers)
took = watch.seconds()
check("values are back within the ping interval plus a second", back and took <= PING_S + 1, f"{took:.2f} s")
print(f"# back after {took:.2f} s")
late = wait_for(lambda: [e for e in master.events()[before:] if e[0] == 3])
check("what happened meanwhile is told after the reconnect", late and late[0][1] == f"{ROOT}.1.3.1.3.1.1"
      and late[0][2] in "23", late)
before = len(master.events())
master.end("snmpd", signal.SIGKILL)
ageing.loss = 0
time.sleep(15)
master.start_snmpd()
wait_for(master.answers)
late = wait_for(lambda: [e for e in master.events()[before:] if e[0] == 4])
check("15 s away: the clear is told as well", late and late[-1][2] == "1", master.events()[before:])


def states():
    """Of each class: what was told last, what is polled."""
    told = {e[1].rsplit(".", 1)[1]: e[2] for e in master.events()}
    return [(told.get(str(c), "1"), master.get(f"1.3.1.3.1.{c}")) for c in range(1, 6)]


check("no class is left in a state that was not told", wait_for(lambda: all(a == b for a, b in states())), states())
before = len(master.events())
ageing.loss = 0.08
wait_for(lambda: [e for e in master.events()[before:] if e[2] == "3"])
before = len(master.events())
master.end("snmpd")
master.start_snmpd()
again = wait_for(lambda: master.events()[before:])
check("a class that is not ok is told again to a new master", again and again[0][0] == 3
      and again[0][2] == "3", again)
ageing.loss = 0
wait_for(lambda: [e for e in master.events()[before:] if e[0] == 4])

# ---- bursts --------------------------------------------------------------------------------------------
def flood(seconds, done):
    """Poll until done() or the deadline; the longest answer in seconds, inf if one did not come."""
    deadline, longest = time.monotonic() + seconds, 0.0
    while time.monotonic() < deadline:
        longest = max(longest, master.answer_s())
        if done() or longest == float("inf"):
            break
        time.sleep(0.05)
    return longest


def settled():
    return master.number("1.1.15.0") == 0


def accounts(injected):
    sent = master.number("1.1.11.0", 10) - sent_before
    lost = master.number("1.1.12.0", 10) - lost_before
    fresh = [e[4] for e in master.events()[told_before:] if "injected" in e[3]]
    overflow = len(master.events(kinds=(8,))) - overflow_before
    told = len(master.events()) - told_before
    good = (sent == told + overflow and len(fresh) == len(set(fresh))
            and len(fresh) + lost == injected)
    return good, f"sent {sent} lost {lost} fresh {len(fresh)} told {told} overflow {overflow}"


for injected in (500, 10000):
    if injected == 10000:
        master.end("agent")
        master.start_agent(env={"NETVITALS_INJECT": "10000"})
        wait_for(master.answers)
    told_before, overflow_before = len(master.events()), len(master.events(kinds=(8,)))
    sent_before, lost_before = master.number("1.1.11.0", 10), master.number("1.1.12.0", 10)
    newest_before = master.number("1.1.13.0", 10)
    began = time.monotonic()
    master.processes["agent"].send_signal(signal.SIGUSR1)
    wait_for(lambda: master.number("1.1.13.0", 10) >= newest_before + injected)
    print(f"# {injected} events after {time.monotonic() - began:.1f} s")
    longest = flood(180 if injected == 10000 else 4, settled)
    check(f"{injected} notifications at once: snmpd answers within 1 s", longest <= 1, f"{longest:.2f} s")
    print(f"# longest answer {longest * 1000:.0f} ms, after {time.monotonic() - began:.0f} s")
    if injected == 500:
        check("500: what does not wait was sent or counted", wait_for(
            lambda: master.number("1.1.11.0", 10) - sent_before >= 50
            and master.number("1.1.12.0", 10) - lost_before == 500 - 256), (master.get("1.1.11.0"), master.get("1.1.12.0")))
        continue
    wait_for(lambda: settled() and accounts(injected)[0])
    good, what = accounts(injected)
    check(f"{injected}: sent and lost account for all", good, what)
    print(f"# {what}")
    belief = lambda: [e for e in master.events() if e[1] == f"{ROOT}.1.3.1.3.1.1"][-1]
    check(f"{injected}: the last word on the class is true", wait_for(lambda: belief()[2] == master.get("1.3.1.3.1.1")),
          belief())
rows = [int(o.rsplit(".", 1)[1]) for o in master.walk("1.10.1.5")]
check("the newest 200 events stay readable", len(rows) == 200 and rows[-1] == newest_before + 10000, rows[-3:])
ageing.end()
check("the agent survived", master.processes["agent"].poll() is None)
print("# " + master.read("agent.err").strip().replace("\n", "\n# ")[-1500:])
checks.end()
