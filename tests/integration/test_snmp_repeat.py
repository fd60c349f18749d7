#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A manager that was away: nvNotifyRepeat says again what stands, as no new raise; the numbers of the notifications
have a gap where one was lost; each names its host."""
import time

import snmp_master
from snmp_master import ROOT, wait_for

REPEAT_S = 3
NUMBER, OLD_STATUS, HOST = f"{ROOT}.1.11.21.0", f"{ROOT}.1.11.1.0", f"{ROOT}.1.1.17.0"
snmp_master.require("snmp repeat")
checks = snmp_master.Checks()
check = checks.check
master = snmp_master.Master()
host = snmp_master.RecordedHost(master.dir)
master.write("netvitals.conf", snmp_master.RECORDED + f"Root {host.path}\nNotifyRepeat {REPEAT_S}\n")
master.start_all()
ageing = snmp_master.Ageing(host)


def numbers():
    return [int(trap[NUMBER][1]) for trap in master.traps()]


check("the option is shown", master.get("2.1.7.0") == str(REPEAT_S), master.get("2.1.7.0"))
time.sleep(REPEAT_S + 1)
check("what is ok is not repeated", not master.traps(), master.traps())
ageing.loss = 0.08
wait_for(lambda: len(master.traps()) >= 4)
traps = master.traps()
check("numbers rise by one from 1", numbers() == list(range(1, len(numbers()) + 1)), numbers())
check("the last variable is the host", traps and all(list(trap)[-1] == HOST and trap[HOST][1] == master.get("1.1.17.0") != ""
                                                     for trap in traps), traps and list(traps[0].items())[-2:])
again = [event for event, trap in zip(master.events(), traps) if trap[OLD_STATUS][1] == event[2]]
check("what stands is repeated, as no new raise", len(again) >= 1 and again[-1][0] == 3, master.events())

# ---- away -------------------------------------------------------------------------------------------------
newest = numbers()[-1]
master.end("snmptrapd")
time.sleep(3 * REPEAT_S)
watch = master.watch()
master.start_trapd()  # which writes its log anew
back = wait_for(lambda: 0 < len(master.traps()) < newest and master.traps())
took = watch.seconds()
check("a manager that was away knows what stands within the time to repeat", back and took <= REPEAT_S + 2, f"{took:.1f} s")
check("and sees that it missed some", back and numbers()[0] > newest + 1, numbers())
check("none is a new raise", back and all(trap[OLD_STATUS][1] == event[2] for event, trap in
                                          zip(master.events(), master.traps())), master.events())
ageing.loss = 0
wait_for(lambda: [event for event in master.events() if event[0] == 4])
cleared = len(master.traps())
time.sleep(2 * REPEAT_S)
check("what has cleared is not repeated", len(master.traps()) == cleared, master.events()[cleared:])
ageing.end()
checks.end()
