#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Ways in and ways out: whatever bytes a name has that other people chose, what is printed is UTF-8 without controls
and without marks that turn the direction of writing; JSON is JSON; `annotate` keeps the bytes in a pipe."""
import json
import os
import pty
import re
import subprocess
import tempfile
import unicodedata

from checks import COMMAND, Checks, require

checks = Checks()
check = checks.check

# Without what separates words of the formats themselves.
EVIL = [bytes(b for b in range(start, start + 32) if b not in (0, 9, 10, 11, 12, 13, 32, *b'/:"|,;()'))
        for start in range(0, 256, 32)]
EVIL += [b"evil\x1b[31mred\xff\xc2\x9b2Jq", b"\xe2\x80\xaetxt.exe", b"\x9b2J", b"\x1b]0;owned\x07\x1b[2J", b"=cmd\xff\x01\x7f"]
ACTS = {"Cc", "Cf", "Zl", "Zp", "Cs"}


def trouble(data, terminal=False):
    """The first thing in it that acts on something, or None. A terminal may be given our own colours."""
    if terminal:
        data = re.sub(rb"\x1b\[[0-9;]*m", b"", data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return str(error)
    return next((f"U+{ord(c):04X} in {text[max(0, i - 20):i + 20]!r}" for i, c in enumerate(text)
                 if c not in "\n\r\t" and unicodedata.category(c) in ACTS), None)


def run(*words, **more):
    return subprocess.run([COMMAND, *words], capture_output=True, timeout=120, check=False, **more)


def on_terminal(*words):
    """What a terminal is sent."""
    master, slave = pty.openpty()
    process = subprocess.Popen([COMMAND, *words], stdout=slave, stderr=slave, env=dict(os.environ, TERM="xterm"))
    os.close(slave)
    parts = []
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    process.wait()
    os.close(master)
    return b"".join(parts)


def capture(name):
    """A text of a system in which that name stands wherever somebody could choose one."""
    return (b"Tue Dec  1 10:00:00 UTC 2026\n" + b"Linux " + name + b" 6.1.0 x86_64 GNU/Linux\n"
            b"Tcp:\n    1000 segments received\n    900 segments sent out\n    90 segments retransmitted\n"
            b"    7 " + name + b" segments\n" + name + b":\n    3 things\n"
            b"Iface MTU RX-OK RX-ERR RX-DRP RX-OVR TX-OK TX-ERR TX-DRP TX-OVR Flg\n" +
            name[:12] + b" 1500 100 9 0 0 100 9 0 0 BMRU\n"
            b"State Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n"
            b"CLOSE-WAIT 4000 0 10.0.0.1:80 10.0.0.2:40000 users:((\"" + name[:15] + b"\",pid=12,fd=3))\n" * 8)


OUT = {
    "report": lambda path: run("report", path),
    "report --all": lambda path: run("report", "--all", path),
    "report of two": lambda path: run("report", path, path, "--elapsed", "60"),
    "sockets": lambda path: run("sockets", path),
    "counters": lambda path: run("counters", path),
    "counters --csv": lambda path: run("counters", "--csv", path),
}
JSON = {
    "report --json": lambda path: run("report", "--json", path),
    "sockets --json": lambda path: run("sockets", "--json", path),
    "counters --json": lambda path: run("counters", "--json", path),
}


def files(folder):
    for number, name in enumerate(EVIL):
        path = os.path.join(folder.encode(), b"capture%d" % number)
        with open(path, "wb") as file:
            file.write(capture(name))
        yield path


def captures(folder):
    paths = list(files(folder))
    for way, look in OUT.items():
        bad = [str(t) for path in paths for done in [look(path)] for t in [trouble(done.stdout + done.stderr)] if t]
        check(f"a capture by {way} acts on nothing", not bad, "; ".join(bad))
    for way, look in JSON.items():
        bad, read = [], 0
        for path in paths:
            done = look(path)
            bad += [t for t in [trouble(done.stdout)] if t]
            if done.returncode == 0:
                json.loads(done.stdout)
                read += 1
        check(f"a capture by {way} is JSON and acts on nothing", not bad and read, "; ".join(bad) or "none was read")
    bad = [t for path in paths for t in [trouble(on_terminal("annotate", path), terminal=True)] if t]
    check("a capture by annotate acts on no terminal", not bad, "; ".join(bad))
    kept = 0
    for path in paths:
        with open(path, "rb") as file:
            lines = file.read().splitlines()
        printed = run("annotate", path).stdout.split(b"\n")
        kept += len(printed) >= len(lines) and all(p.endswith(line) for p, line in zip(printed, lines))
    check("annotate keeps the bytes in a pipe", kept == len(paths), f"{kept} of {len(paths)}")


def names_of_files(folder):
    bad = []
    for name in EVIL:
        for words in ((b"report", b"/nowhere/" + name), (name,), (b"report", b"--role", name), (b"explain", name),
                      (b"report", b"--root", b"/nowhere/" + name), (b"events", b"--state-dir", folder.encode() + b"/" + name),
                      (b"mute", name, b"--until", name, b"--by", name, b"--why", name)):
            done = run(*words)
            bad += [f"{words[0]!r}: {t}" for t in [trouble(done.stdout + done.stderr)] if t]
    check("arguments are quoted clean", not bad, "; ".join(bad))


def mutes(folder):
    bad, kept = [], 0
    for name in EVIL:
        done = run("mute", "tcpRetrans", "--until", "1h", "--by", b"x" + name, "--why", b"y" + name, "--state-dir", folder)
        kept += done.returncode == 0
        for words in (("mute",), ("report", "--total")):
            out = run(*words, "--state-dir", folder)
            bad += [t for t in [trouble(out.stdout + out.stderr)] if t]
    check("who mutes, and why, acts on nothing", kept and not bad, "; ".join(bad) or "nothing was muted")


def trees(folder):
    """A recorded host whose interfaces and name somebody chose."""
    bad, seen = [], 0
    for number, name in enumerate(EVIL):
        root = os.path.join(folder, f"root{number}")
        os.makedirs(f"{root}/net")
        os.makedirs(f"{root}/sys/kernel/")
        with open(f"{root}/sys/kernel/hostname", "wb") as file:
            file.write(name + b"\n")
        with open(f"{root}/net/dev", "wb") as file:
            file.write(b"Inter-|   Receive  |  Transmit\n face |bytes packets errs drop fifo frame compressed multicast|"
                       b"bytes packets errs drop fifo colls carrier compressed\n" +
                       name[:12] + b": 1000 100 50 0 0 0 0 0 1000 100 50 0 0 0 0 0\n")
        with open(f"{root}/net/snmp", "wb") as file:
            file.write(b"Udp: InDatagrams NoPorts\nUdp: 1 1\n")
        with open(f"{root}/uptime", "wb") as file:
            file.write(b"5000.00 1.00\n")
        for words in (("report", "--total", "--all"), ("report", "--total", "--json"), ("check", "1")):
            done = run(*words, "--root", root)
            bad += [f"{words}: {t}" for t in [trouble(done.stdout + done.stderr)] if t]
            seen += done.returncode == 0
    check("a recorded host's own names act on nothing", seen and not bad, "; ".join(bad) or "nothing was read")


def main():
    require(checks, "text from outside", COMMAND)
    with tempfile.TemporaryDirectory() as folder:
        captures(folder)
        names_of_files(folder)
        mutes(folder)
        trees(folder)
    checks.end()


main()
