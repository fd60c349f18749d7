#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who may do what is the master's business: the views and groups of the manual, as written there, with
real SNMPv3 users. Reading takes authentication, writing authentication and privacy, a view without
nvConfig hides it, and a community can read alone."""
import re
import os
import subprocess

import snmp_master
from snmp_master import ROOT, TOP, wait_for

snmp_master.require("snmp access")
checks = snmp_master.Checks()
check = checks.check
master = snmp_master.Master()
host = snmp_master.RecordedHost(master.dir)
with open(os.path.join(TOP, "plugins", "snmp", "netvitals-agentx.8"), encoding="utf-8") as file:
    manual = file.read()
rules = re.search(r"\.Bd[^\n]*\n(view +nvro.*?)\.Ed", manual, re.S).group(1)
check("the manual has views, groups and access", rules.count("\n") == 6, rules)
AUTH, PRIV = "authentic word", "private word"
master.write("snmpd.conf", f"""agentaddress udp:127.0.0.1:{master.port}
master agentx
agentXSocket unix:{master.socket}
agentXTimeout 5
createUser monitor SHA "{AUTH}"
createUser operator SHA "{AUTH}" AES "{PRIV}"
createUser narrow SHA "{AUTH}" AES "{PRIV}"
createUser stranger SHA "{AUTH}" AES "{PRIV}"
{rules}
# v2c that reads alone, and a user from whom nvConfig is hidden
rocommunity public 127.0.0.1
view  nvhalf included {ROOT}
view  nvhalf excluded {ROOT}.2
group nvnar usm narrow
access nvnar "" usm authPriv exact nvhalf nvhalf none
""")
master.write("netvitals.conf", snmp_master.RECORDED + f"Root {host.path}\nSnmpWrite yes\n")
master.start_all()
ageing = snmp_master.Ageing(host)
STATUS, WARN = "1.3.1.3.1.1", "2.2.1.1.1.1"
LEVELS = {"none": ("-l", "noAuthNoPriv"), "auth": ("-l", "authNoPriv", "-a", "SHA", "-A", AUTH),
          "priv": ("-l", "authPriv", "-a", "SHA", "-A", AUTH, "-x", "AES", "-X", PRIV),
          "wrong": ("-l", "authPriv", "-a", "SHA", "-A", "another word", "-x", "AES", "-X", PRIV),
          "wrong privacy": ("-l", "authPriv", "-a", "SHA", "-A", AUTH, "-x", "AES", "-X", "another word")}


def ask(tool, user, level, *words):
    """What the tool prints, in one line."""
    done = subprocess.run([tool, "-v3", "-u", user, *LEVELS[level], "-On", "-t", "5", "-r", "1", f"127.0.0.1:{master.port}", *words],
                          capture_output=True, text=True, env=master.environment, errors="replace")
    return " ".join((done.stdout + done.stderr).split())


def get(user, level, tail):
    """Its value; otherwise what the tool says."""
    out = ask("snmpget", user, level, f"{ROOT}.{tail}")
    value = snmp_master.parse_values(out).get(f"{ROOT}.{tail}", ("", None))[1]
    return value if value is not None else out


def put(user, level, tail, value):
    out = ask("snmpset", user, level, f"{ROOT}.{tail}", "u", value)
    reason = re.search(r"Reason: (\w+)", out)
    return reason.group(1) if reason else "" if f"{ROOT}.{tail} =" in out else out


# ---- reading --------------------------------------------------------------------------------------------------
check("monitor reads with authentication", wait_for(lambda: get("monitor", "auth", STATUS) == "1"), get("monitor", "auth", STATUS))
check("and a limit", get("monitor", "auth", WARN) == "10000", get("monitor", "auth", WARN))
check("operator reads with privacy", get("operator", "priv", STATUS) == "1", get("operator", "priv", STATUS))
for user, level, wanted in (("monitor", "none", "authorizationError"), ("operator", "none", "authorizationError"),
                            ("operator", "auth", "authorizationError"), ("stranger", "priv", "authorizationError"),
                            ("nobody", "auth", "Unknown user name"), ("operator", "wrong", "Authentication failure"),
                            ("operator", "wrong privacy", "")):
    out = get(user, level, STATUS)
    check(f"{user}, {level}: nothing is read", out != "1" and wanted in out, out)
check("narrow reads the statuses", get("narrow", "priv", STATUS) == "1", get("narrow", "priv", STATUS))
out = get("narrow", "priv", WARN)
check("but not the settings", "No Such" in out, out)
walked = snmp_master.parse_values(ask("snmpbulkwalk", "narrow", "priv", ROOT).replace(" .1.3.6.1.4.1.8072", "\n.1.3.6.1.4.1.8072"))
check("nor does a walk find them", len(walked) > 2000 and not [o for o in walked if o.startswith(f"{ROOT}.2.")], len(walked))

# ---- writing ----------------------------------------------------------------------------------------------------
for user, level, wanted in (("monitor", "none", "authorizationError"), ("monitor", "auth", "noAccess"), ("operator", "none", "authorizationError"),
                            ("operator", "auth", "authorizationError"), ("narrow", "priv", "noAccess"), ("stranger", "priv", "authorizationError"),
                            ("nobody", "priv", "Unknown user name")):
    out = put(user, level, WARN, "20000")
    check(f"{user}, {level}: nothing is written", wanted in out and out, out)
_, out, err = master.run("snmpset", f"{ROOT}.{WARN}", "u", "20000", community="public")
check("a community that reads alone writes nothing", "noAccess" in out + err, out + err)
check("nothing has changed", get("monitor", "auth", WARN) == "10000", get("monitor", "auth", WARN))
out = put("operator", "priv", STATUS, "1")
check("operator writes nothing outside nvConfig", out == "noAccess", out)
out = put("operator", "priv", WARN, "20000")
check("operator writes with privacy", out == "" and get("monitor", "auth", WARN) == "20000", (out, get("monitor", "auth", WARN)))
check("it is logged", "SET nvThrWarn of tcpRetrans to 20000" in master.read("agent.err"), master.read("agent.err")[-300:])
check("the matrix of errors holds for it as well", put("operator", "priv", WARN, "1000001") == "wrongValue", "")
ageing.end()
checks.end()
