#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A sampler that hangs: a file of the recorded host is a pipe that nobody writes into, so that it waits
for ever. The values are answered all the time, nothing looks healthy, the manager is told, and told
again when samples arrive; and the subagent still ends when it is told to."""
import os

import snmp_master
from snmp_master import ROOT, wait_for

snmp_master.require("snmp hung")
checks = snmp_master.Checks()
check = checks.check
master = snmp_master.Master()
host = snmp_master.RecordedHost(master.dir)
master.write("netvitals.conf", snmp_master.RECORDED + f"Root {host.path}\n")
master.start_all()


def statuses():
    return [master.get(f"1.3.1.3.1.{c}") for c in range(1, 6)]


def hang():
    """With the next sample a file is a pipe."""
    host.pipes.add("snmp")
    host.advance(1, 100)


def release():
    """Open the other end, which lets go who waits for it. What is read from a pipe does not matter."""
    try:
        os.close(os.open(f"{host.path}/net/snmp", os.O_WRONLY | os.O_NONBLOCK))
        return True
    except OSError:
        return False


def told(status, number):
    """How many classes the manager was told last to have that status, in that many notifications or more."""
    events = master.events(kinds=(3, 4))
    last = {e[1]: e[2] for e in events}
    return len(events) >= number and sum(value == status for value in last.values())


check("healthy at first", wait_for(lambda: (host.advance(1, 100), statuses())[1] == ["1"] * 5), statuses())
hang()
check("a sampler that hangs makes every class unknown", wait_for(lambda: statuses() == ["4"] * 5), statuses())
check("and every indicator that is judged", set(v for _, v in master.walk("1.4.1.15").values()) <= {"4", "6"}, master.walk("1.4.1.15"))
check("the text says why", "hangs" in (master.get("1.3.1.7.1.1") or ""), master.get("1.3.1.7.1.1"))
check("the sample grows old", wait_for(lambda: (master.number("1.1.14.0") or 0) > 6), master.get("1.1.14.0"))
check("the manager is told, for each class once", wait_for(lambda: told("4", 5) == 5), master.events())
check("the log says so once", master.read("agent.err").count("the sampler hangs") == 1, master.read("agent.err"))
first = master.events()[:1]
check("in our words", first and "no sample arrives" in first[0][3], first)

# ---- it comes back ---------------------------------------------------------------------------------------------
host.pipes.clear()
check("the pipe is read", wait_for(release), os.listdir(f"{host.path}/net"))
check("samples arrive again", wait_for(lambda: (host.advance(1, 100), statuses())[1] == ["1"] * 5), statuses())
check("the manager is told that as well", wait_for(lambda: told("1", 10) == 5), master.events())
check("raise and clear have the same keys", {e[1] for e in master.events(kinds=(3,))} == {e[1] for e in master.events(kinds=(4,))}
      == {f"{ROOT}.1.3.1.3.1.{c}" for c in range(1, 6)}, master.events())

# ---- it hangs again, and is told to end -----------------------------------------------------------------------
hang()
check("it hangs again", wait_for(lambda: statuses() == ["4"] * 5), statuses())
process = master.processes["agent"]
took = master.end("agent")
check("SIGTERM ends it all the same", took is not None and process.returncode == 0, (took, process.returncode))
print(f"# after {took:.2f} s")
checks.end()
