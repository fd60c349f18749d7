#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From netstat output of other systems, printed by a program or saved in a file, to their values.

A program replays a FreeBSD series with an incident in it; a file with two nodes is rewritten; programs
that fail, hang, print too much or may not be run are named in the log and hurt nobody else.
"""
import os
import shutil
import stat
import subprocess
import tempfile
import time

from checks import PATIENCE_S, Checks, wait_for
from collectd_daemon import Daemon, default_lists, require

checks = Checks()
RATIO = "netvitals-lost/percent-tcpRetrans"
STATUS = "netvitals-lost/gauge-status"
INTERVAL = 0.3

# FreeBSD 13, `netstat -s`: packets sent holds the retransmitted ones.
TEXT = """tcp:
	{sent} packets sent
		{data} data packets ({octets} bytes)
		{retransmitted} data packets ({retransmitted_octets} bytes) retransmitted
		0 data packets unnecessarily retransmitted
		0 resends initiated by MTU discovery
		1000 ack-only packets (10 delayed)
		0 URG only packets
		0 window probe packets
		0 window update packets
		0 control packets
	{received} packets received
		{received} acks (for {octets} bytes)
		0 duplicate acks
		0 UDP tunneled pkts
		0 acks for unsent data
		{received} packets ({octets} bytes) received in-sequence
		0 completely duplicate packets (0 bytes)
		0 old duplicate packets
		0 packets with some dup. data (0 bytes duped)
		0 out-of-order packets (0 bytes)
		0 discarded for bad checksums
		0 discarded for bad header offset fields
		0 discarded because packet too short
	100 connection requests
	200 connection accepts
	0 bad connection attempts
	0 listen queue overflows
	{timeouts} retransmit timeouts
udp:
	{received} datagrams received
	0 with incomplete header
	0 with bad data length field
	0 with bad checksum
	0 dropped due to no socket
	0 dropped due to full socket buffers
	{received} delivered
	{received} datagrams output
ip:
	{received} total packets received
	0 bad header checksums
	0 with size smaller than minimum
	{received} packets for this host
	0 output packets dropped due to no bufs, etc.
	0 output packets discarded due to no route
"""


def freebsd(step, sick):
    """Text number `step`; sick(step) is how many packets were retransmitted in that step."""
    lost = sum(sick(i) for i in range(step + 1))
    sent = 50000 + 1000 * step + lost
    return TEXT.format(sent=sent, data=sent - 2000, octets=sent * 1000, retransmitted=lost,
                       retransmitted_octets=lost * 1000, received=60000 + 1000 * step, timeouts=lost // 4)


def incident(step):
    return 120 if 12 <= step < 30 else 0


def make_script(work, name, text):
    path = os.path.join(work, name)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, 0o755)
    return path


def make_replay(work):
    """A program that prints the next text of the series each time."""
    series = os.path.join(work, "series")
    os.makedirs(series)
    for step in range(140):
        with open(os.path.join(series, f"{step:03d}.txt"), "w") as file:
            file.write(freebsd(step, incident))
    state = os.path.join(work, "state")
    os.makedirs(state)
    os.chmod(state, 0o777)
    program = make_script(work, "replay", f'''#!/bin/sh
at={state}/at
step=$(cat $at 2>/dev/null) || step=0
[ "$step" -ge 139 ] || echo $((step + 1)) >$at
echo "$(id -u) $(id -g) $(id -G) open: $(ls -l /proc/$$/fd | grep -cE 'socket|/proc|log|netlink')" >{state}/who
printf '<%s>' "$@" >>{state}/who
cat {series}/$(printf %03d "$step").txt
''')
    return program, state


def write_nodes(path, step):
    """Two nodes in one file; the second one is sick."""
    lines = [f"node-1: {line}" for line in freebsd(step, lambda i: 0).splitlines()]
    lines += [f"node-2: {line}" for line in freebsd(step, lambda i: 200).splitlines()]
    with open(path + ".new", "w") as file:
        file.write("\n".join(lines) + "\n")
    os.rename(path + ".new", path)


def user_line():
    return 'User "nobody"' if os.geteuid() == 0 else ""


def configuration(work, replay):
    user = user_line()
    broken = make_script(work, "broken", "#!/bin/sh\nexit 3\n")
    hangs = make_script(work, "hangs", "#!/bin/sh\nsleep 600 & sleep 600\n")
    floods = make_script(work, "floods", "#!/bin/sh\nexec yes 1234567890\n")
    return f'''
Window 1
<Capture "freebsd-1">
  Command "{replay}" "with blank" "$HOME;x"
  {user}
  Platform "freebsd"
  Interval {INTERVAL}
</Capture>
<Capture "powerscale">
  File "{work}/nodes.txt"
  Interval {INTERVAL}
  Host "cluster"
</Capture>
<Capture "broken">
  Command "{broken}"
  {user}
  Interval {INTERVAL}
</Capture>
<Capture "hangs">
  Command "{hangs}"
  {user}
  Interval {INTERVAL}
  Timeout 0.5
</Capture>
<Capture "floods">
  Command "{floods}"
  {user}
  Interval {INTERVAL}
</Capture>
<Capture "own">
  Command "/bin/true"
  {user}
  Host "TestHost"
</Capture>
<Capture "none">
  Interval 5
</Capture>
<Capture "slash">
  File "/x"
  Host "a/b"
</Capture>
<Capture "slow">
  File "/x"
  Interval 99999
</Capture>
<Capture "vms">
  File "/x"
  Platform "vms"
</Capture>
<Capture "nouser">
  Command "/bin/true"
  User "no-such-user"
</Capture>
<Capture "asroot">
  Command "/bin/true"
  User "root"
</Capture>
<Capture "relative">
  Command "true"
  {user}
</Capture>
'''


def check_lists(daemon, name, host=None):
    checks.eventually(name, lambda: daemon.lists(host) == default_lists(),
                      lambda: daemon.lists(host) ^ default_lists())


def check_replay(daemon, state):
    told = lambda: [n for n in daemon.notifications() if n[4] == "freebsd-1"]
    good = wait_for(lambda: told() and told()[-1][0] == "OKAY", 90, 0.5)
    notices = told()
    checks.check("program: the incident of the FreeBSD host is raised and cleared under its name",
                 good and {n[1] for n in notices} == {"lost"} and notices[0][0] in ("WARNING", "FAILURE"),
                 notices or daemon.log())
    check_lists(daemon, "program: its 20 lists", "freebsd-1")
    values = [v for v in daemon.values(RATIO, "freebsd-1") if v == v]
    checks.check("program: the ratio reaches 120 of 1120 (10.7 percent) and is 0 before",
                 values and abs(max(values) - 100 * 120 / 1120) < 0.3 and values[0] == 0, values)
    nan = daemon.values("netvitals-application/percent-tcpOutZeroWindow", "freebsd-1")
    checks.check("program: what FreeBSD does not count has no value", nan and all(v != v for v in nan), nan)
    who = open(os.path.join(state, "who")).read()
    if os.geteuid() == 0:
        checks.check("program: runs as nobody, with its group alone", who.startswith("65534 65534 65534 open"),
                     who)
    checks.check("program: no shell touches its arguments", "<with blank><$HOME;x>" in who, who)
    checks.check("program: no file of the daemon is open in it", "open: 0" in who, who)


def check_file(daemon, path):
    step = 0
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        write_nodes(path, step)
        step += 1
        if any(n[4] == "cluster-node-2" for n in daemon.notifications()):
            break
        time.sleep(INTERVAL)
    notices = [n for n in daemon.notifications() if n[4].startswith("cluster")]
    checks.check("file with nodes: the sick node is told, the healthy one is not",
                 notices and {(n[4], n[1]) for n in notices} == {("cluster-node-2", "lost")},
                 notices or daemon.log())
    for node in ("cluster-node-1", "cluster-node-2"):
        check_lists(daemon, f"file with nodes: 20 lists of {node}", node)
    checks.eventually("file that is not written any more: unknown after a few intervals, and told",
                      lambda: daemon.values(STATUS, "cluster-node-2")[-1] == 4
                      and "has not changed" in daemon.log(), lambda: daemon.values(STATUS, "cluster-node-2"))


def check_refused(daemon):
    def errors(name, words):
        return [line for line in daemon.log().splitlines() if "[error] netvitals" in line
                and f'"{name}"' in line and all(word in line for word in words)]

    for name, *words in (("own", "Host", "TestHost", "daemon's own"), ("none", "File or Command"), ("slash", "Host", "a/b", "without /"),
                         ("slow", "Interval", "99999", "3600"), ("vms", "platform", "vms", "freebsd"),
                         ("nouser", "User", "no-such-user"), ("asroot", "root"),
                         ("relative", "true", "absolute path"),
                         ("broken", "broken", "status 3"), ("hangs", "hangs", "Timeout"),
                         ("floods", "floods", "4 MiB")):
        hits = wait_for(lambda: errors(name, words))
        checks.check(f"Capture {name}: an error with {', '.join(words)}, not one a read",
                     1 <= len(hits) <= 12, hits or daemon.log())
    values = wait_for(lambda: daemon.values(STATUS, "broken"))
    checks.check("a program that fails: its host is unknown, never ok", values and set(values) == {4.0}, values)
    check_lists(daemon, "this host goes on beside all that")


def main():
    require(checks, "collectd capture")
    work = tempfile.mkdtemp(prefix="nvcollectd-capture-")
    os.chmod(work, os.stat(work).st_mode | stat.S_IROTH | stat.S_IXOTH | stat.S_IRGRP | stat.S_IXGRP)
    try:
        replay, state = make_replay(work)
        write_nodes(f"{work}/nodes.txt", 0)
        daemon = Daemon(configuration(work, replay), interval=1).start()
        check_file(daemon, f"{work}/nodes.txt")
        check_replay(daemon, state)
        check_refused(daemon)
        checks.check("ends with status 0 although a program hangs", daemon.stop() == 0, daemon.log())
        left = lambda: subprocess.run(["pgrep", "-af", work], capture_output=True, text=True, check=False).stdout
        checks.eventually("no program is left behind", lambda: not left().strip(), left)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    checks.end()


if __name__ == "__main__":
    main()
