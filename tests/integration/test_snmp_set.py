#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""SET: every writable object against every way to be refused; then what is accepted takes effect,
survives a restart, and two variables of one PDU change together or not at all. Where possible the
agent runs as nobody."""
import os
import re
import time

import snmp_master
from snmp_master import ROOT, wait_for

snmp_master.require("snmp set")
checks = snmp_master.Checks()
check = checks.check
master = snmp_master.Master()
host = snmp_master.RecordedHost(master.dir)
state = f"{master.dir}/state"
os.mkdir(state)
os.chmod(state, 0o777)
CONFIG = snmp_master.RECORDED + f"Root {host.path}\nStateDir {state}\n"
root = bool(snmp_master.AS_NOBODY)
master.start_snmpd()
master.start_trapd()
wait_for(lambda: os.path.exists(master.socket))
os.chmod(master.socket, 0o666)


def start(write):
    master.write("netvitals.conf", CONFIG + f"SnmpWrite {write}\n")
    master.start_agent(under=snmp_master.AS_NOBODY)
    check(f"the agent runs{' as nobody' if root else ''}, SnmpWrite {write}", wait_for(master.answers),
          master.read("agent.err"))


def put(*words, community="secret"):
    """SET; words: tail, type, value, ... Returns the name of the error, "" if there is none."""
    arguments = [f"{ROOT}.{w}" if i % 3 == 0 else w for i, w in enumerate(words)]
    code, out, err = master.run("snmpset", *arguments, community=community, timeout=15)
    reason = re.search(r"Reason: (\w+)", out + err)
    return reason.group(1) if reason else "" if code == 0 else (out + err).strip()


def last_event():
    return master.number("1.1.13.0") or 0


def settled(values):
    return {tail: master.get(tail) for tail in values}


# tail: type letter, a good value, one out of range
WRITABLE = {"2.1.1.0": ("i", "2", "3"), "2.1.6.0": ("i", "3", "4"),
            "2.1.2.0": ("i", "3", "1"), "2.1.3.0": ("u", "60", "86401"), "2.1.4.0": ("i", "2", "3"),
            "2.1.5.0": ("u", "50", "1001"), "2.2.1.11.1.1": ("i", "2", "3"), "2.2.1.14.1.1": ("i", "2", "3"),
            "2.2.1.1.1.1": ("u", "20000", "1000001"), "2.2.1.2.1.1": ("u", "80000", "4294967295"),
            "2.2.1.4.1.1": ("u", "20", "1000000001"), "2.2.1.8.1.1": ("i", "3", "5")}

# ---- refused by default --------------------------------------------------------------------------------
start("no")
before = settled(WRITABLE)
check("defaults", before == {"2.1.1.0": "1", "2.1.6.0": "1", "2.1.2.0": "4", "2.1.3.0": "0", "2.1.4.0": "1",
                             "2.1.5.0": "200", "2.2.1.11.1.1": "1", "2.2.1.14.1.1": "1",
                             "2.2.1.1.1.1": "10000", "2.2.1.2.1.1": "50000",
                             "2.2.1.4.1.1": "8", "2.2.1.8.1.1": "1"}, before)
errors = {tail: put(tail, kind, good) for tail, (kind, good, _) in WRITABLE.items()}
check("SnmpWrite no: nothing can be written", set(errors.values()) == {"notWritable"}, errors)
master.end("agent")

# ---- the matrix --------------------------------------------------------------------------------------------
start("yes")
for tail, (kind, good, wide) in WRITABLE.items():
    results = {
        "wrong type, a string": (put(tail, "s", "1"), {"wrongType"}),
        "wrong type, another number": (put(tail, "u" if kind == "i" else "i", good), {"wrongType"}),
        "wrong type, a time": (put(tail, "t", good), {"wrongType"}),
        "out of range": (put(tail, kind, wide), {"wrongValue"}),
        "read-only community": (put(tail, kind, good, community="public"), {"noAccess"}),
        "outside the view": (put(tail, kind, good, community="narrow"), {"noAccess"}),
        "no such row": (put(tail + ".7" if tail.endswith(".0") else tail[:-1] + "9999", kind, good), {"noCreation"}),
    }
    if kind == "i":
        results["negative"] = (put(tail, kind, "-1"), {"wrongValue"})
    wrong = {what: got for what, (got, wanted) in results.items() if got not in wanted}
    check(f"{tail}: {len(results)} ways to be refused", not wrong, wrong)
for tail, kind, value in (("2.2.1.1.1.1", "u", "60000"), ("2.2.1.2.1.1", "u", "9000")):
    got = put(tail, kind, value)
    check(f"{tail}: warning above critical", got == "inconsistentValue", got)
for tail in ("2.1.2.0", "2.1.5.0"):  # the lower end of what is not from 0 on
    got = put(tail, WRITABLE[tail][0], "0")
    check(f"{tail}: 0 is no value", got == "wrongValue", got)
got = put("2.2.1.12.1.1", "i", "2")
check("the storage type is read-only", got == "notWritable", got)
check("nothing changed by all this", settled(WRITABLE) == before, settled(WRITABLE))
if root:
    os.chmod(state, 0o555)
else:
    os.rename(state, state + ".away")
errors = {tail: put(tail, kind, good) for tail, (kind, good, _) in WRITABLE.items()}
check("state directory not writable", set(errors.values()) == {"resourceUnavailable"}, errors)
check("nothing changed by that", settled(WRITABLE) == before, settled(WRITABLE))
if root:
    os.chmod(state, 0o777)
else:
    os.rename(state + ".away", state)

# ---- both or none ---------------------------------------------------------------------------------------------
got = put("2.2.1.1.1.1", "u", "20000", "2.2.1.2.1.1", "u", "99999999")
check("a PDU with one bad variable changes nothing", got == "wrongValue" and settled(WRITABLE) == before, got)
got = put("2.1.1.0", "i", "2", "2.2.1.1.1.1", "u", "60000")
check("nor does one over two tables", got == "inconsistentValue" and settled(WRITABLE) == before, got)
got = put("2.2.1.1.1.1", "u", "60000", "2.2.1.2.1.1", "u", "90000")
check("a pair that moves together is accepted", got == "" and master.get("2.2.1.1.1.1") == "60000"
      and master.get("2.2.1.2.1.1") == "90000", got)
check("the new limits come into force", wait_for(lambda: (host.advance(1, 100), master.get("1.4.1.23.1.1"))[1] == "60000"),
      master.get("1.4.1.23.1.1"))
got = put("2.2.1.1.1.1", "u", "0", "2.2.1.2.1.1", "u", "0")
check("0 goes back to what is configured", got == "" and wait_for(
    lambda: (host.advance(1, 100), master.get("2.2.1.1.1.1"))[1] == "10000"), master.get("2.2.1.1.1.1"))

# ---- effect ------------------------------------------------------------------------------------------------------
errors = {tail: put(tail, kind, good) for tail, (kind, good, _) in WRITABLE.items() if tail != "2.2.1.8.1.1"}
check("each is accepted", set(errors.values()) == {""}, errors)
check("and logged", master.read("agent.err").count("SET nvThrWarn of tcpRetrans to 20000") == 1, master.read("agent.err")[-600:])
check("a baseline that is forgotten is logged", all(f"SET {name}" in master.read("agent.err") for name in (
      "nvBaselineReset to 2", "nvThrBaseReset of tcpRetrans to 2")), master.read("agent.err")[-900:])
wanted = {"2.1.1.0": "2", "2.1.6.0": "3", "2.1.2.0": "3", "2.1.3.0": "60", "2.1.4.0": "1", "2.1.5.0": "50",
          "2.2.1.11.1.1": "1", "2.2.1.14.1.1": "2", "2.2.1.1.1.1": "20000", "2.2.1.2.1.1": "80000", "2.2.1.4.1.1": "20",
          "2.2.1.8.1.1": "1"}
check("reads as written", settled(WRITABLE) == wanted, settled(WRITABLE))
check("everything is notified again, at once", put("2.1.2.0", "i", "4", "2.1.3.0", "u", "0") == "", settled(WRITABLE))
ageing = snmp_master.Ageing(host)
ageing.loss = 0.1
check("a fault is seen with notifications off", wait_for(lambda: master.get("1.3.1.3.1.1") in ("2", "3")), master.get("1.3.1.3.1.1"))
rows = wait_for(lambda: master.walk("1.10.1.14"))
check("it is an event that was not to be notified", rows and {v for _, v in rows.values()} == {"2"}
      and not master.events(), (rows, master.events()))
put("2.1.1.0", "i", "1")
ageing.loss = 0
check("notifications on again: its clear is sent, for class and indicator", wait_for(
    lambda: {e[0] for e in master.events()} >= {2, 4}), master.events())
count = len(master.walk("1.10.1.9"))
got = put("2.1.5.0", "u", "2")
check("fewer rows of events: the newest stay", got == "" and count > 2 and wait_for(
    lambda: [int(oid.rsplit(".", 1)[1]) for oid in master.walk("1.10.1.9")] == [last_event() - 1, last_event()]),
    (got, count, master.walk("1.10.1.9")))
put("2.1.5.0", "u", "50")
put("2.2.1.8.1.1", "i", "3")
check("a disabled indicator says so", wait_for(lambda: master.get("1.4.1.15.1.1") == "6"), master.get("1.4.1.15.1.1"))
ageing.loss = 0.1
time.sleep(3)
check("and no longer counts for its class", master.get("1.3.1.3.1.1") == "1", master.walk("1.3.1.7"))
put("2.2.1.8.1.1", "i", "1")
ageing.loss = 0
time.sleep(0.5)
ageing.end()

# ---- mute and acknowledge: an end, a name and a reason in one PDU ------------------------------------------------------
def date(seconds):
    """DateAndTime, so many seconds from now by the clock of the recorded host, as snmpset takes it."""
    t = time.gmtime(1700000000 + host.uptime + seconds)
    return "".join(f"{n:02X}" for n in (t.tm_year >> 8, t.tm_year & 255, t.tm_mon, t.tm_mday, t.tm_hour, t.tm_min,
                                        t.tm_sec, 0, ord("+"), 0, 0))


def silence(admin, seconds, by="ann", why="known, ticket 7"):
    return put("2.2.1.8.1.1", "i", admin, "2.2.1.9.1.1", "x", date(seconds), "2.2.1.10.1.1", "s", by, "2.2.1.13.1.1", "s", why)


def read():
    return [master.get(f"2.2.1.{column}.1.1") for column in (8, 10, 13)]


def advance_until(condition, loss=0):
    return wait_for(lambda: (host.advance(1, 1000, int(1000 * loss)), condition())[1])


none = ["1", "", ""]
check("not muted", read() == none, read())
for what, got, wanted in (
        ("muted alone", put("2.2.1.8.1.1", "i", "2"), "inconsistentValue"),
        ("acknowledged alone", put("2.2.1.8.1.1", "i", "4"), "inconsistentValue"),
        ("an end alone", put("2.2.1.9.1.1", "x", date(600)), "inconsistentValue"),
        ("a name alone", put("2.2.1.10.1.1", "s", "ann"), "inconsistentValue"),
        ("enabled with an end", silence("1", 600), "inconsistentValue"),
        ("an end that is over", silence("2", -10), "inconsistentValue"),
        ("no name", silence("2", 600, by=""), "wrongValue"),
        ("a name that is too long", silence("2", 600, by="n" * 64), "wrongLength"),
        ("a reason of two lines", silence("2", 600, why="a\nb"), "wrongValue"),
        ("an end that is no time", put("2.2.1.9.1.1", "x", "07E70D3200000000"), "wrongValue"),
        ("an end of the wrong type", put("2.2.1.9.1.1", "i", "5"), "wrongType")):
    check(f"refused: {what}", got == wanted, got)
check("nothing changed by that, too", read() == none and not os.path.exists(f"{state}/mutes.65534"), read())
got = put("2.2.1.8.1.1", "i", "2", "2.2.1.9.1.1", "x", date(600), "2.2.1.10.1.1", "s", "ann", "2.2.1.13.1.1", "s", "why",
          "2.2.1.1.1.1", "u", "90000")
check("a PDU that also sets bad limits mutes nothing", got == "inconsistentValue" and read() == none, (got, read()))
check("it is raised", advance_until(lambda: master.get("1.3.1.3.1.1") in ("2", "3"), 0.1), master.get("1.3.1.3.1.1"))
got = silence("2", 100)
check("a mute is accepted and reads back", got == "" and read() == ["2", "ann", "known, ticket 7"], (got, read()))
check("it comes into force", advance_until(lambda: master.get("1.4.1.16.1.1") == "7", 0.1), master.get("1.4.1.16.1.1"))
check("the indicator stays raised, its class does not", advance_until(lambda: master.get("1.4.1.15.1.1") in ("2", "3")
      and master.get("1.3.1.3.1.1") == "1", 0.1), (master.get("1.4.1.15.1.1"), master.get("1.3.1.3.1.1")))
with open(f"{state}/mutes.65534", encoding="utf-8") as file:
    kept = file.read()
check("it is kept for all front ends", kept.count("\n") == 1 and kept.startswith("mute\ttcpRetrans\t"), kept)
check("and ends at its time, the class is raised again", advance_until(lambda: master.get("1.3.1.3.1.1") in ("2", "3"), 0.1)
      and advance_until(lambda: read() == none, 0.1), (read(), master.get("1.3.1.3.1.1")))
check("an acknowledgement", silence("4", 3600, by="bob") == "" and read() == ["4", "bob", "known, ticket 7"], read())
check("comes into force", advance_until(lambda: master.get("1.4.1.16.1.1") == "8", 0.1), master.get("1.4.1.16.1.1"))
got = put("2.2.1.8.1.1", "i", "1")
check("enabled ends it", got == "" and read() == none and advance_until(lambda: master.get("1.4.1.16.1.1") != "8", 0.1),
      (got, read(), master.get("1.4.1.16.1.1")))
got = put("2.2.1.9.1.1", "x", date(3600), "2.2.1.8.1.1", "i", "2", "2.2.1.13.1.1", "s", "night", "2.2.1.10.1.1", "s", "eve")
check("their order does not matter", got == "" and read() == ["2", "eve", "night"], (got, read()))
check("enabled ends that, too", put("2.2.1.8.1.1", "i", "1") == "" and read() == none, read())
check("it clears", advance_until(lambda: master.get("1.3.1.3.1.1") == "1"), master.get("1.3.1.3.1.1"))

# ---- restart and read back -------------------------------------------------------------------------------------------
wanted = settled(WRITABLE)
check("storage is nonVolatile", master.get("2.2.1.12.1.1") == "3", master.get("2.2.1.12.1.1"))
number, last_row = last_event(), [v for _, v in master.walk("1.10.1.9").values()][-1:]
master.end("agent", snmp_master.signal.SIGKILL)
start("yes")
check("the same after SIGKILL and restart", settled(WRITABLE) == wanted, (settled(WRITABLE), wanted))
check("what happened before is still in the table", wait_for(
    lambda: [v for _, v in master.walk("1.10.1.9").values()][-1:] == last_row and last_event() == number), (master.walk("1.10.1.9"), last_row))
check("in force as well", wait_for(lambda: (host.advance(1, 100), master.get("1.4.1.23.1.1"))[1] == "20000"),
      master.get("1.4.1.23.1.1"))
master.end("agent")
files = [f for f in os.listdir(state) if f.endswith(".settings")]
check("one file keeps them, nothing is left over", len(files) == 1
      and not [f for f in os.listdir(state) if f.endswith((".new", ".try"))], os.listdir(state))
with open(f"{state}/{files[0]}", "r+", encoding="ascii") as file:
    text = file.read()
    file.seek(0)
    file.write(text.replace("0.02", "0.03"))
start("yes")
check("a damaged file is named and ignored", wait_for(lambda: "is damaged" in master.read("agent.err"))
      and master.get("2.2.1.1.1.1") == "10000", master.get("2.2.1.1.1.1"))

# ---- how severe, how often: another agent, which has seen nothing yet ------------------------------------------------------
def told():
    """Notifications of the class lost, by what it was and became."""
    return [(t[f"{ROOT}.1.11.1.0"][1], t[f"{ROOT}.1.3.1.3.1.1"][1]) for t in master.traps() if f"{ROOT}.1.3.1.3.1.1" in t]


def lost(status, number, loss=0.0):
    """The class lost becomes that, and it is an event after that number."""
    return advance_until(lambda: master.get("1.3.1.3.1.1") == status and last_event() > number, loss)


master.end("agent")
for name in os.listdir(state):
    os.unlink(f"{state}/{name}")
start("yes")
before = told()
got = put("2.1.2.0", "i", "3", "2.2.1.1.1.1", "u", "20000", "2.2.1.2.1.1", "u", "900000")
check("criticals alone are wanted", got == "", got)
check("a warning is an event", lost("2", 0, 0.1), master.walk("1.3.1.7"))
number = last_event()
put("2.2.1.2.1.1", "u", "30000")
check("it becomes critical", lost("3", number, 0.1), master.walk("1.3.1.7"))
check("that alone is told", wait_for(lambda: told() != before) and told() == before + [("2", "3")], told()[len(before):])
number = last_event()
put("2.1.3.0", "u", "3600")
check("it clears", lost("1", number), master.walk("1.3.1.7"))
check("in the time to hold nothing is told", told() == before + [("2", "3")], told()[len(before):])
put("2.1.3.0", "u", "1")
check("then how it stands is told", advance_until(lambda: told() == before + [("2", "3"), ("3", "1")]), told()[len(before):])

# ---- the same by the configuration: what is set comes before it, 0 as well ------------------------------------------
def quiet():
    return master.get("2.1.2.0"), master.get("2.1.3.0")


master.end("agent")
for name in os.listdir(state):
    os.unlink(f"{state}/{name}")
CONFIG += "NotifyMinSeverity critical\nNotifyHoldTime 90\n"
start("yes")
check("configured: severity and time to hold", quiet() == ("3", "90"), quiet())
got = put("2.1.2.0", "i", "4", "2.1.3.0", "u", "0")
check("set instead", got == "" and quiet() == ("4", "0"), (got, quiet()))
master.end("agent")
start("yes")
check("and still so after a restart", quiet() == ("4", "0"), quiet())
checks.end()
