#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""SETs that are accepted and then cannot be carried out: the disk is full, the state directory becomes
read-only between two phases, the last of several variables fails. The manager gets an error, nothing
has changed, and a restart reads back what was shown. Needs root, for a small disk of its own; the
subagent runs as nobody, whom a read-only directory stops."""
import os
import re
import subprocess
import threading
import time

import snmp_master
from snmp_master import ROOT, wait_for

snmp_master.require("snmp undo", "mount")
checks = snmp_master.Checks()
check = checks.check
if not snmp_master.AS_NOBODY:
    checks.skip("snmp undo", "not root, or nobody may not run what is built here")
    checks.end()
master = snmp_master.Master()
host = snmp_master.RecordedHost(master.dir)
state = f"{master.dir}/state"
os.mkdir(state)
mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=0777", "netvitals-test", state], capture_output=True, text=True)
if mounted.returncode:
    checks.skip("snmp undo", f"no disk of its own: {mounted.stderr.strip()}")
    checks.end()


def unmount():
    """Before the master removes its directory: what is registered last runs first."""
    master.end("agent")
    subprocess.run(["umount", "-l", state], check=False, capture_output=True)


snmp_master.atexit.register(unmount)
master.write("netvitals.conf", snmp_master.RECORDED + f"Root {host.path}\nStateDir {state}\nSnmpWrite yes\n")
master.start_snmpd()
wait_for(lambda: os.path.exists(master.socket))
os.chmod(master.socket, 0o666)
NOTIFY, WARN, CRIT, MIN, ADMIN = "2.1.1.0", "2.2.1.1.1.1", "2.2.1.2.1.1", "2.2.1.4.1.1", "2.2.1.8.1.1"
SETTINGS = (NOTIFY, "2.1.6.0", WARN, CRIT, MIN, ADMIN)


def start():
    master.start_agent(under=snmp_master.AS_NOBODY)
    return check("the subagent runs as nobody", wait_for(master.answers), master.read("agent.err"))


def put(*words):
    """SET; words: tail, type, value, ... Returns the name of the error, "" if there is none."""
    arguments = [f"{ROOT}.{w}" if i % 3 == 0 else w for i, w in enumerate(words)]
    code, out, err = master.run("snmpset", *arguments, community="secret", timeout=15)
    reason = re.search(r"Reason: (\w+)", out + err)
    return reason.group(1) if reason else "" if code == 0 else (out + err).strip()


def shown():
    return {tail: master.get(tail) for tail in SETTINGS}


def kept():
    """The file of settings, and that of mutes."""
    found = {}
    for name in os.listdir(state):
        if name.endswith(".settings") or name == "mutes.65534":
            with open(f"{state}/{name}", encoding="utf-8") as file:
                found[name] = file.read()
    return found


def left_over():
    return [n for n in os.listdir(state) if n.endswith((".new", ".try"))]


def restarted():
    master.end("agent")
    return start() and shown()


def silence():
    t = time.gmtime(1700000000 + host.uptime + 600)
    until = "".join(f"{n:02X}" for n in (t.tm_year >> 8, t.tm_year & 255, t.tm_mon, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, 0, 43, 0, 0))
    return (ADMIN, "i", "2", "2.2.1.9.1.1", "x", until, "2.2.1.10.1.1", "s", "ann", "2.2.1.13.1.1", "s", "known")


start()
check("a disk with room: accepted", put(WARN, "u", "20000", CRIT, "u", "80000") == "", master.read("agent.err"))
before, files = shown(), kept()
check("and kept", before[WARN] == "20000" and before[CRIT] == "80000" and len(files) == 1, (before, files))

# ---- the disk is full: a file can still be made, but nothing be written into it ---------------------------------
with open(f"{state}/ballast", "wb", buffering=0) as ballast:
    try:
        while ballast.write(b"x" * 4096):
            pass
    except OSError:
        pass
errors = {tail: put(tail, kind, value) for tail, kind, value in (
    (NOTIFY, "i", "2"), ("2.1.6.0", "i", "3"), (WARN, "u", "30000"), (CRIT, "u", "90000"), (MIN, "u", "20"), (ADMIN, "i", "3"))}
check("a full disk: each fails when it is carried out", set(errors.values()) == {"commitFailed"}, errors)
got = put(NOTIFY, "i", "2", WARN, "u", "30000", CRIT, "u", "90000")
check("so do several in one PDU", got == "commitFailed", got)
check("the log names the file and says why", "No space left" in master.read("agent.err") and ".settings" in master.read("agent.err"),
      master.read("agent.err")[-500:])
check("they were undone", "a SET was undone" in master.read("agent.err"), master.read("agent.err")[-500:])
check("nothing changed", shown() == before and kept() == files and not left_over(), (shown(), kept(), left_over()))
again = restarted()
check("a restart reads the old back", again == before, (again, before))
os.unlink(f"{state}/ballast")
check("with room it works again", put(WARN, "u", "30000") == "" and shown()[WARN] == "30000", shown())

# ---- the last of several fails: what went before it is taken back --------------------------------------------------
before, files = shown(), kept()
os.mkdir(f"{state}/mutes.65534.new")  # in the place of the file that mutes are written into
mark = len(master.read("agent.err"))
for what, words in (("of one table", (WARN, "u", "40000", *silence())), ("of two tables", (NOTIFY, "i", "2", WARN, "u", "40000", *silence()))):
    got = put(*words)
    check(f"a mute fails, the last {what}", got == "commitFailed", (got, os.listdir(state)))
    check(f"nothing of that changed, {what}", shown() == before and kept() == files, (shown(), kept()))
check("each was undone", master.read("agent.err")[mark:].count("a SET was undone") == 2, master.read("agent.err")[mark:])
check("nothing is muted", master.get("2.2.1.10.1.1") == "", master.get("2.2.1.10.1.1"))
again = restarted()
check("a restart reads the old back, too", again == before, (again, before))
os.rmdir(f"{state}/mutes.65534.new")
check("without the obstacle it works", put(NOTIFY, "i", "2", WARN, "u", "40000", *silence()) == "" and master.get(ADMIN) == "2",
      (master.get(ADMIN), master.read("agent.err")[-300:]))
check("and back again", put(NOTIFY, "i", "1", ADMIN, "i", "1", CRIT, "u", "90000") == "", shown())

# ---- the SET of the manual, as written, with nothing in its way ------------------------------------------------------------
line = snmp_master.manual("snmpset")[0].replace("snmpset ... ", f"snmpset -v2c -c secret -On -t 15 127.0.0.1:{master.port} ")
done = subprocess.run(line, shell=True, capture_output=True, text=True, env=master.environment)
check("the mute of the manual works", done.returncode == 0 and master.get(ADMIN) == "2" and master.get("2.2.1.10.1.1") == "ann",
      (line, done.stdout, done.stderr))
check("and ends", put(ADMIN, "i", "1") == "" and master.get(ADMIN) == "1", master.get(ADMIN))

# ---- the directory turns read-only and back at any moment, between any two phases ------------------------------------
going = True


def turn():
    while going:
        os.chmod(state, 0o555)
        time.sleep(0.0007)
        os.chmod(state, 0o777)
        time.sleep(0.0011)


turner = threading.Thread(target=turn, daemon=True)
turner.start()
results, wrong = {}, []
value = master.number(WARN)
for i in range(120):
    wanted = 20000 + i
    got = put(WARN, "u", str(wanted), CRIT, "u", str(wanted + 50000))
    results[got] = results.get(got, 0) + 1
    if got == "":
        value = wanted
    both = master.number(WARN), master.number(CRIT)
    if both != (value, value + 50000):
        wrong.append((got, both, value))
        value = both[0]
going = False
turner.join()
os.chmod(state, 0o777)
print(f"# {results}")
check("each SET succeeded whole or failed whole", not wrong, wrong[:5])
check("some were refused and some accepted", results.get("", 0) > 0 and set(results) <= {"", "resourceUnavailable", "commitFailed"}
      and len(results) > 1, results)
# What an UNDO could not write while the directory was read-only is written once it can be.
expected = f"tcpRetrans warn {value / 1e6:.17g}\n"
check("the file has what is shown", wait_for(lambda: any(expected in text for text in kept().values())), (expected, kept()))
check("nothing is left over but what could not be removed", put(MIN, "u", "9") == "" and not left_over(), left_over())
before = shown()
again = restarted()
check("and a restart reads it back", again == before and again[WARN] == str(value), (again, before, value))
checks.end()
