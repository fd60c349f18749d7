#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command on saved text: reports, JSON, CSV, annotate, redact, directories, errors, golden texts."""
import json
import os
import re
import subprocess
import tempfile

from checks import COMMAND, TOP, Checks

FIXTURES = os.path.join(TOP, "tests", "fixtures", "netstat")
GOLDEN = os.path.join(TOP, "tests", "golden")
checks = Checks()
check = checks.check


def run(*args, text=None):
    done = subprocess.run([COMMAND, *args], input=text, capture_output=True, text=True, timeout=300, cwd=FIXTURES)
    return done.returncode, done.stdout, done.stderr


def block(date, host, sent, again, received, duplicates, gaps, dropped):
    return (f"AIX {host} 1 7 00F6\n{date}\ntcp:\n        {sent} packets sent\n"
            f"                {again} data packets (1 bytes) retransmitted\n        {received} packets received\n"
            f"                {duplicates} duplicate acks\n                {gaps} out-of-order packets (5 bytes)\n"
            f"                9 discarded for bad checksums\n        8000 retransmit timeouts\n"
            f"                {dropped} connections dropped by rexmit timeout\n")


def wide(out):
    return [line for line in out.splitlines() if len(line) > 80]


def golden():
    """Reports of the fixtures, word for word. NETVITALS_GOLDEN=write writes them anew."""
    for name in sorted(os.listdir(FIXTURES)):
        if not name.endswith("-1.txt"):
            continue
        status, out, err = run("report", name)
        path = os.path.join(GOLDEN, "report-" + name)
        if os.environ.get("NETVITALS_GOLDEN") == "write":
            with open(path, "w", encoding="utf-8") as file:
                file.write(out)
        with open(path, encoding="utf-8") as file:
            want = file.read()
        check(f"golden report of {name}", status == 0 and out == want, f"exit {status} {err} differs from {path}")
        check(f"report of {name} fits 80 columns", not wide(out), wide(out)[:1])
        for args in (("report", "--all", name), ("report", name, name), ("sockets", name)):
            _, out, _ = run(*args)
            check(f"{' '.join(args)} fits 80 columns", not wide(out), wide(out)[:1])


def spent_s(path, text):
    """Processor time of reading this, and whether it could be read."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    before = os.times()
    done = subprocess.run([COMMAND, "counters", "--json", path], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, timeout=300, check=False)
    after = os.times()
    os.unlink(path)
    return (after.children_user + after.children_system - before.children_user - before.children_system,
            done.returncode == 0)


def hostile(directory):
    """Ten megabytes that name more things than any host has: the time must not grow with their number. What
    takes longer than 2.5 s, on a slow machine, takes at most 30 times as long as a tenth of it."""
    heading = "Name  Mtu Network Address Ipkts Ierrs Opkts Oerrs Coll\n"
    texts = {
        "interfaces": (heading, lambda i: f"e{i} 1500 <Link#{i}> 1 0 1 0 0\n", 310000),
        "links of one name": (heading, lambda i: f"e0 1500 <Link#{i}> 1 0 1 0 0\n", 310000),
        "names of ICMP types": ("icmp6:\n\tOutput packet histogram:\n", lambda i:
                                f"\t\tm{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}{chr(97 + i // 676 % 26)}: 5\n", 1000000),
        "nodes": ("", lambda i: f"node-{i}: tcp:\nnode-{i}:  12 packets sent\n", 230000),
        "devices": ("Inter-| Receive | Transmit\n",
                    lambda i: f"e{i}: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n", 200000),
    }
    path = os.path.join(directory, "hostile.txt")
    for name, (head, line, count) in texts.items():
        text = head + "".join(line(i) for i in range(count))
        spent, good = spent_s(path, text)
        if spent >= 2.5:
            tenth, _ = spent_s(path, head + "".join(line(i) for i in range(count // 10)))
            good = good and spent < 30 * tenth
        check(f"hostile {name}: {len(text) >> 20} MB are read in time that grows with their length",
              good, f"{spent:.2f} s")


def both_count_the_same():
    """`sockets` and `report` count the same; what stands under names is said, not counted, by the former."""
    apart = {}
    for name in sorted(os.listdir(FIXTURES)):
        if not name.endswith(".txt"):
            continue
        _, out, err = run("sockets", "--json", name)
        named = re.search(r"(\d+) of \d+ sockets stand under names or", err)
        found = json.loads(out) if out else {"states": {}, "udp": {}}
        one = (sum(sum(of.values()) for of in found["states"].values()) + sum(found["udp"].values())
               + (int(named[1]) if named else 0))
        other = max([int(n) for n in re.findall(r'"sockets":(\d+)', run("counters", "--json", name)[1])] or [0])
        if one != other:
            apart[name] = (one, other)
    check("sockets and report find the same number of sockets in every text", not apart, apart)
    named = ("Active Internet connections\nSocket   Flowhash Proto Recv-Q Send-Q  Local Address Foreign Address (state)\n"
             "7fb03cb94d505aed cedd0cbf tcp4 9 0 192.0.2.1.80 192.0.2.2.5123 CLOSE_WAIT\n"
             "7fb03cb94d505aee cedd0cb tcp4 0 0 web.example.http peer.example.5124 ESTABLISHED\n")
    status, out, err = run("sockets", "--json", "-", text=named)
    check("sockets of macOS with two words before the protocol", status == 0 and json.loads(out)["closeWaitUnread"] == 1
          and "1 of 2 sockets stand under names" in err, (status, out[:300], err))
    rexmit = ("Active Internet connections (including servers)\nProto Rexmit OOORcv 0-win  Local Address  Foreign Address\n"
              "tcp4 3 0 0 192.0.2.1.22 192.0.2.7.64330\nudp4           *.514        *.*\n")
    found = json.loads(run("sockets", "--json", "-", text=rexmit)[1])
    check("netstat -T: UDP has no numbers there", sum(found["udp"].values()) == 1, found)
    cut = ("Proto Recv-Q Send-Q Local Address Foreign Address (state)\ntcp6 0 0 fe80::aede:48ff:.4 fe80::aede:48ff:.5 ESTABLISHED\n"
           "tcp4 0 7 192.0.2.1.80 192.0.2.1.51000 ESTABLISHED\n")
    status, out, err = run("sockets", "--json", "-", text=cut)
    found = json.loads(out)
    check("addresses cut to their column are no addresses", "1 of 2 sockets stand under names or cut addresses" in err, err)
    check("the host with its own address is loopback", found["states"]["ESTABLISHED"]["loopback"] == 1
          and "1 more within the host" in run("report", "-", text=cut)[1], found)
    check("connections without states: none in CLOSE_WAIT is not said", "tcpCloseWait" not in
          json.loads(run("counters", "--json", "-", text=rexmit)[1])["counters"], rexmit)
    german = ("  Proto  Lokale Adresse         Remoteadresse          Status\n  TCP    0.0.0.0:135  0.0.0.0:0  ABH\u00d6REN\n"
              "  TCP    192.0.2.30:50124       198.51.100.9:443       SCHLIESSEN_WARTEN\n")
    for text, states in ((german, {"tcpCloseWait": 1}), (german.replace("SCHLIESSEN", "ANDERES"), {})):
        found = json.loads(run("counters", "--json", "-", text=text)[1])["counters"]
        check("states in German are read, others are not taken for none", found.get("tcpCloseWait") == states.get("tcpCloseWait"), found)
    for heading, platform in (("Proto   Recv-Q Send-Q  Local Address  Foreign Address  TCP-State", "openbsd"),
                              ("PCB/ADDR         Proto Recv-Q Send-Q  Local Address      Foreign Address    (state)", "aix")):
        row = ("f1000e000236c3b8 " if platform == "aix" else "") + "tcp4 0 0 192.0.2.9.22 198.51.100.8.5123 ESTABLISHED\n"
        found = json.loads(run("counters", "--json", "-", text=f"Active Internet connections\n{heading}\n{row}")[1])
        check(f"a table of {platform}", found["platform"] == platform and found["sockets"] == 1, found)
    full = ("State Recv-Q Send-Q Local Address:Port Peer Address:Port Process\nLISTEN 129 128 192.0.2.1:8443 0.0.0.0:*\n"
            "SYN-SENT 0 1 192.0.2.1:40001 203.0.113.9:25\n")
    status, out, err = run("report", "-", text=full)
    check("an accept queue that is full is no ok", "A application  WARNING   1 listener with a full accept queue" in out
          and "unacknowledged" not in out and "0 bytes" not in out, out)
    nodes = "".join(f"n-{i}: Proto Recv-Q Send-Q Local Address Foreign Address (state)\nn-{i}: tcp4 {i} 0 192.0.2.1.80 192.0.2.2.5 "
                    "CLOSE_WAIT\n" for i in (1, 2))
    found = json.loads(run("sockets", "--json", "-", text=nodes)[1])
    check("sockets of nodes are never summed", [f["receiveBytes"] for f in found] == [1, 2], found)
    check("sockets of nodes: each under its name", run("sockets", "-", text=nodes)[1].startswith("n-1\n")
          and "\n\nn-2\n" in run("sockets", "-", text=nodes)[1], run("sockets", "-", text=nodes)[1])


def sockets(directory):
    """The forms in which sockets are saved; copies of /proc/net/tcp and tcp6 of one directory are one host's."""
    for name, states in {"bsd-sockets-1.txt": ("1", "2"), "freebsd-sockets-1.txt": ("1", "1"),
                         "freebsd-sockets-2.txt": ("1", "1"), "linux-sockets-1.txt": ("2", "2"),
                         "linux-ss-1.txt": ("1", "2")}.items():
        status, out, err = run("sockets", name)
        table = out.partition("TCP state ")[2].split("\n\n")[0].splitlines()  # what is wrong comes before it
        cells = {line.split()[0]: line.split() for line in table}
        check(f"sockets of {name}", status == 0 and cells.get("ESTABLISHED", "..")[1] == states[0]
              and cells.get("CLOSE_WAIT", "..")[1] == states[1], (err, out[:300]))
    tree = os.path.join(directory, "sos", "proc", "net")
    os.makedirs(tree)
    with open(os.path.join(FIXTURES, "linux-sockets-1.txt"), encoding="utf-8") as file:
        parts = file.read().split("  sl ")[1:]
    for name, part in zip(("tcp", "tcp6", "udp", "udp6"), parts):
        with open(os.path.join(tree, name), "w", encoding="utf-8") as file:
            file.write("  sl " + part)
    whole = run("sockets", "--json", "linux-sockets-1.txt")
    check("sockets of a directory: tcp, tcp6, udp and udp6 are one", run("sockets", "--json", os.path.join(directory, "sos"))
          == whole and '"CLOSE_WAIT":{"ipv4":2,"ipv6":1,"loopback":1}' in whole[1], whole[1][:300])
    status, out, err = run("annotate", os.path.join(directory, "sos"))
    names = [line[4:-4] for line in out.splitlines() if line.startswith("==> ")]
    check("annotate of a directory: each file under its name", status == 0 and names == [os.path.join(tree, name)
          for name in ("tcp", "tcp6", "udp", "udp6")] and "\nA     1: " in out, (err, out[:500]))
    os.mkdir(os.path.join(directory, "saved"))
    for name in ("aix-1.txt", "freebsd-sockets-1.txt", "bsd-sockets-1.txt"):
        with open(os.path.join(FIXTURES, name), encoding="utf-8") as file, \
                open(os.path.join(directory, "saved", name), "w", encoding="utf-8") as copy:
            copy.write(file.read())
    check("sockets of a directory: no socket counts twice", run("sockets", os.path.join(directory, "saved"))
          == run("sockets", "bsd-sockets-1.txt"), run("sockets", os.path.join(directory, "saved")))
    os.mkdir(os.path.join(directory, "empty"))
    for command in ("sockets", "annotate", "counters", "report"):
        status, out, err = run(command, os.path.join(directory, "empty"))
        check(f"{command} of a directory without any", status == 1 and "no file in this directory" in err and err.count("\n") == 1,
              (status, err))
    status, out, err = run("counters", "--json", os.path.join(directory, "sos"))
    data = json.loads(out) if status == 0 else {}
    check("copies of /proc/net in a directory", data.get("sockets") == 10
          and data["counters"]["tcpCloseWaitUnread"] == 2 and data["counters"]["tcpCurrEstab"] == 2, err or out[:300])


def translated():
    """What is translated is shown, read by position where the grammar is one of positions, and never read as 0."""
    status, out, err = run("counters", "--json", "linux-translated-1.txt")
    data = json.loads(out)
    check("translated net-tools: nothing is guessed, every line is listed", data["counters"] == {}
          and [u["line"] for u in data["unrecognized"]] == [2, 3, 4, 5, 7, 8, 9, 10, 11], out[:300])
    status, out, err = run("report", "linux-translated-1.txt")
    check("translated net-tools: no class is ok", " ok" not in out and "Not understood" in out, out)


def pairs(directory):
    before, after = os.path.join(directory, "1300.txt"), os.path.join(directory, "1400.txt")
    with open(before, "w", encoding="utf-8") as file:
        file.write(block("Mon Nov 23 13:00:02 CET 2026", "mill1", 4290112005, 20559568, 4245933464, 212569079, 6875968, 157))
    with open(after, "w", encoding="utf-8") as file:
        file.write(block("Mon Nov 23 14:00:06 CET 2026", "mill1", 9346086, 20914878, 4259921870, 213600303, 6894188, 369))
    status, out, err = run("report", before, after)
    check("difference: exit status 0", status == 0, err)
    check("difference: time and where it is from", "60 min 4 s (date lines); same boot; ~ = wrapped at 2^32" in out, out)
    check("difference: both totals, the wrap, the label",
          "4290112005      9346086~    14,201,377           packets sent" in out, out)
    check("difference: ratio", "2.5 %  data packets (1 bytes)" in out, out)
    check("difference: direction", "What it SENDS is lost, what it receives is clean" in out, out)
    check("difference: next command of that system", "entstat -d" in out, out)
    check("difference: what to ask for", "Not in these files: interfaces, mbufs, connections." in out, out)
    status, out, err = run("report", "--json", before, after)
    data = json.loads(out)
    lost = {i["name"]: i for i in data["indicators"]}
    check("json: source", data["source"] == {"kind": "capture", "platform": "aix"}, data["source"])
    check("json: seconds, not total", data["seconds"] == 3604 and data["total"] is False, data["seconds"])
    check("json: five classes in order", "".join(c["class"] for c in data["classes"]) == "LCRAS", data["classes"])
    check("json: numerator of the difference", lost["tcpRetrans"]["numerator"] == 355310, lost["tcpRetrans"])
    check("json: label as printed", lost["tcpDropRetrans"]["label"] == "connections dropped by rexmit timeout",
          lost["tcpDropRetrans"])
    check("json: absent is disabled and null",
          lost["udpNoPort"]["status"] == "disabled" and lost["udpNoPort"]["value"] is None, lost["udpNoPort"])
    status, out, err = run("report", after, before)
    check("reversed order is refused", status == 1 and "reversed order" in err and err.count("\n") == 1, err)
    status, out, err = run("report", "--json", "--elapsed", "1802", before, after)
    check("--elapsed wins", json.loads(out)["seconds"] == 1802, out[:200])
    other = os.path.join(directory, "other.txt")
    with open(other, "w", encoding="utf-8") as file:
        file.write(block("Mon Nov 23 15:00:06 CET 2026", "mill2", 19346086, 20914978, 4259921970, 213600403, 6894288, 370))
    status, out, err = run("report", before, other)
    check("another host is refused", status == 1 and "not the same host" in err, err)
    status, out, err = run("report", before, after, other)
    check("three captures are a usage error", status == 2, (status, err))
    status, out, err = run("counters", "--csv", before, after)
    rows = [line.split(",") for line in out.splitlines()]
    check("csv: a heading and a row a capture", len(rows) == 3 and rows[0][0] == "time", out[:200])
    check("csv: epoch seconds", rows[1][0] == "1795435202" and rows[2][0] == "1795438806", rows[1][0])
    column = rows[0].index("tcpRetransDataSegs")
    check("csv: values", rows[1][column] == "20559568" and rows[2][column] == "20914878", rows[1][column])
    status, out, err = run("counters", "--json", before, after)
    check("counters: an array for several", [c["platform"] for c in json.loads(out)] == ["aix", "aix"], out[:100])
    status, out, err = run("report", "--redact", "--json", before, after)
    check("--redact hides the host", "mill1" not in out and json.loads(out)["host"] == "host-1.example", out[:100])


def everything(directory):
    status, out, err = run("report", "--all", "linux-ifconfig-1.txt")
    rows = {line[3:].split()[0]: line for line in out.splitlines() if line[:3].strip() in ("L", "C", "R", "A", "S", "if")}
    status, text, err = run("report", "--json", "linux-ifconfig-1.txt")
    data = json.loads(text)
    names = {i["name"] for i in data["indicators"]} | {i["name"] for i in data["interfaces"]}
    check("--all: a line for every indicator and interface", names <= set(rows) and len(names) > 71 and wide(out) == [],
          sorted(names - set(rows)) or wide(out))
    check("--all: what is not known, and why", rows.get("tcpRetrans", "").endswith("disabled not in these files")
          and " ok " in rows.get("eth0", "") and "not counted in class status" in rows.get("lo", ""), rows.get("tcpRetrans", ""))
    status, out, err = run("report", "--all", "aix-1.txt")
    check("--all: totals in full", "13.3 %    1 %       7,758,028 of 57,972,378\n" in out and "of 5...\n" not in out, out)
    status, plain, err = run("report", "aix-1.txt")
    check("--all: and the rest as without", [l for l in plain.splitlines() if l not in out.splitlines()] == [], plain)


def same_instant(directory):
    """One look, given twice, says nothing of what happened: a dead sampler never looks healthy."""
    for name in sorted(os.listdir(FIXTURES)):
        if not name.endswith("-1.txt") or "translated" in name:  # that one has nothing to compare
            continue
        status, out, err = run("report", name, name)
        check(f"{name} compared with itself: nothing is ok but sockets of now", status == 0 and not wide(out)
              and not [l for l in out.splitlines()[2:7] if " ok " in l and ("-sockets-" not in name and "-ss-" not in name)],
              (err, out[:500]))
    text = block("Mon Nov 23 13:00:02 CET 2026", "mill1", 100, 5, 100, 0, 0, 0)
    long = os.path.join(directory, "a-file-with-a-name-that-is-as-long-as-people-make-them")
    for path, what in ((long, text), (long + "-too", text), ("later", text.replace("13:00:02", "13:05:02")),
                       ("dateless", text.replace("Mon Nov 23 13:00:02 CET 2026\n", "")),
                       ("moved", text.replace("100 packets sent", "101 packets sent"))):
        with open(os.path.join(directory, path), "w", encoding="utf-8") as file:
            file.write(what)
    later, dateless, moved = (os.path.join(directory, name) for name in ("later", "dateless", "moved"))
    status, out, err = run("report", long, long + "-too")
    check("the same instant: all five unknown, and why", out.splitlines()[0].endswith(" unknown")
          and "\n  the same instant; same boot\n" in out and out.count("unknown   the same instant twice: nothing happened") == 2
          and out.count("unknown   ") == 5, out)
    check("names of any length leave the rest within 80 columns", [l for l in out.splitlines() if len(l) > 80] == [], out)
    status, out, err = run("report", "--json", long, long)
    data = json.loads(out)
    check("the same instant: json", data["status"] == "unknown" and {c["status"] for c in data["classes"]} == {"unknown"}
          and {i["status"] for i in data["indicators"]} <= {"unknown", "disabled"}, out[:300])
    status, out, err = run("report", "--elapsed", "300", long, long)
    check("the same date is the same instant, whatever --elapsed says", " C corrupted    unknown" in out, out)
    for what, args in {"later, and nothing happened": (long, later), "no dates, but --elapsed": ("--elapsed", "300", dateless, dateless),
                       "the same minute, and packets": (long, moved)}.items():
        status, out, err = run("report", *args)
        check(f"not the same instant: {what}", " C corrupted    ok" in out and "same instant" not in out, out)
    status, out, err = run("report", dateless, dateless)
    check("no dates, no --elapsed, no packet: the same instant", "the same instant; same boot" in out
          and " C corrupted    unknown" in out, out)


def forms(directory):
    with open(os.path.join(FIXTURES, "aix-1.txt"), encoding="utf-8") as file:
        text = file.read()
    status, plain, err = run("counters", "--json", "-", text=text)
    plain = json.loads(plain)
    for name, other in {"CRLF": text.replace("\n", "\r\n"), "escaped": text.replace("<", "&lt;"),
                        "doubled blank lines": text.replace("\n", "\n\n"),
                        "no indentation": "\n".join(l.strip() for l in text.split("\n")),
                        "a prompt before": "root@mill1:/ # netstat -s\n" + text,
                        "indented by spaces": text.replace("\t", "        ")}.items():
        status, out, err = run("counters", "--json", "-", text=other)
        check(f"read the same: {name}", json.loads(out)["counters"] == plain["counters"], err)
    status, out, err = run("counters", "--json", "-", text=text[:len(text) // 2 - 3])
    cut = json.loads(out)["counters"]
    wrong = [k for k in cut if k in plain["counters"] and cut[k] != plain["counters"][k]]
    # Sums that lack their last terms are smaller; the line that was cut may be.
    check("a file cut at the end is read as far as it goes", len(cut) > 40 and len(wrong) <= 4, wrong)
    status, out, err = run("annotate", "-", text=text)
    lines = out.splitlines()
    check("annotate keeps every line", [l[3:] for l in lines] == text.splitlines(), len(lines))
    letter = {l[3:].strip().split(" ", 1)[-1]: l[0] for l in lines}
    check("annotate: letters", letter["retransmit timeouts"] == "L" and letter["persist timeouts"] == "A"
          and letter["with bad options"] == "C" and letter["output packets discarded due to no route"] == "R"
          and letter["packets dropped due to memory allocation failure"] == "S", letter.get("retransmit timeouts"))
    status, out, err = run("annotate", "linux-proc-1.txt")
    margin = [(l[:7].strip(), l[7:].split(":")[0]) for l in out.splitlines() if ":" in l]
    check("annotate: every class of a line of /proc", ("LRAS", "TcpExt") in margin and ("", "TcpExt") in margin
          and max(len(m) for m, _ in margin) == 5, margin)
    tree = os.path.join(directory, "tree", "proc", "net")
    os.makedirs(tree)
    with open(os.path.join(FIXTURES, "linux-proc-1.txt"), encoding="utf-8") as file:
        pairs_, names = [], []
        for line in file:
            (pairs_ if ":" in line else names).append(line)
    with open(os.path.join(tree, "snmp"), "w", encoding="utf-8") as file:
        file.writelines(pairs_)
    with open(os.path.join(tree, "snmp6"), "w", encoding="utf-8") as file:
        file.writelines(names)
    with open(os.path.join(directory, "tree", "hostname"), "w", encoding="utf-8") as file:
        file.write("web-17\n")
    status, out, err = run("counters", "--json", os.path.join(directory, "tree"))
    data = json.loads(out)
    check("a directory is one capture", data["host"] == "web-17" and data["counters"]["tcpInSegs"]
          and data["counters"]["ip6InReceives"], out[:100])
    nodes = "".join(f"node-{n}: {l}\n" for n, rate in ((1, 10), (2, 12), (3, 9000), (4, 11)) for l in
                    ("tcp:", "\t1000000 packets sent", f"\t\t{rate} data packets (5 bytes) retransmitted"))
    status, out, err = run("report", "-", text=nodes)
    check("nodes side by side, the outlier named", "node-3" in out and "times the median" in
          [l for l in out.splitlines() if l.startswith("node-3")][0], out[:400])
    status, out, err = run("report", "--json", "-", text=nodes)
    check("json: one report a node", len(json.loads(out)) == 4, out[:100])


def untold_queues():
    """Windows prints no queues: none is not zero, and nobody says that nothing is stuck."""
    text = "  Proto  Local Address          Foreign Address        State\n" \
           "  TCP    10.0.0.1:80            10.0.0.2:50000         ESTABLISHED\n" \
           "  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING\n"
    _, out, _ = run("sockets", "-", text=text)
    check("sockets without queues: said so", "not printed in this capture" in out and "nothing is stuck" not in out and
          "0 B" not in out, out)
    data = json.loads(run("sockets", "--json", "-", text=text)[1])
    check("sockets without queues: null, not 0", data["listeners"] == 1 and
          all(data[key] is None for key in ("receiveBytes", "closeWaitUnread", "listenersFull", "receiveStuck")), data)
    waiting = {i["name"]: i["status"] for i in json.loads(run("report", "--json", "-", text=text)[1])["indicators"]}
    check("report of sockets without queues: unread data is not counted, sockets are",
          waiting["tcpCloseWaitUnread"] == "disabled" and waiting["tcpCloseWait"] == "ok", waiting)
    text = "tcp        0    212 10.0.0.1:80      10.0.0.2:50000     ESTABLISHED\n"
    data = json.loads(run("sockets", "--json", "-", text=text)[1])
    check("sockets of one look: queues are told, what is stuck is not",
          data["sendBytes"] == 212 and data["sendStuck"] is None, data)


def asked_for(directory):
    """(date; hostname; ...) as the report itself asks for it: the host is known by its line."""
    def saved(name, minute, host, sent):
        path = os.path.join(directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"Mon Nov 23 13:{minute:02} :02 CET 2026\n".replace(" :", ":") + f"{host}\n#kernel\n"
                       f"TcpOutSegs                      {sent}              0.0\nTcpRetransSegs  3  0.0\n")
        return path

    first, second = saved("h1.txt", 1, "web-17.example.com", 1000), saved("h2.txt", 2, "web-17", 2000)
    other = saved("h3.txt", 3, "db-2", 3000)
    status, out, err = run("report", "--json", first, second)
    check("the host is read from the line after the date", status == 0 and json.loads(out)["host"] == "web-17", out[:80] + err)
    status, _, err = run("report", first, other)
    check("another host is refused by its line", status == 1 and "host db-2: not the same host" in err, err)


def two_systems(directory):
    """Captures of two hosts in one directory: added up they are neither."""
    tree = os.path.join(directory, "two")
    os.mkdir(tree)
    for name in ("aix-1.txt", "windows-1.txt"):
        with open(os.path.join(FIXTURES, name), encoding="utf-8") as file, \
                open(os.path.join(tree, name), "w", encoding="utf-8") as copy:
            copy.write(file.read())
    status, _, err = run("report", tree)
    check("two systems in a directory are told", status == 0 and "one host in a directory" in err and err.count("\n") == 1 and
          "windows" in err and "aix" in err, (status, err))
    os.unlink(os.path.join(tree, "windows-1.txt"))
    status, _, err = run("report", tree)
    check("one system in a directory is not", status == 0 and err == "", (status, err))


SETTINGS = """# settings of the kernel, one of them commented out
#kernel.panic = 3 4 1 3
# Forward packets for IPv4, and answer as a router for IPv4
net.ipv4.ip_forward = 1
net.ipv4.tcp_syncookies = 0
net.ipv4.conf.all.rp_filter = 2
net.ipv4.tcp_mem = 7
"""


def strangers(directory):
    """What stands beside statistics in a directory, or behind them in one file, is neither read nor reported."""
    status, out, err = run("counters", "-", text=SETTINGS)
    check("settings of a kernel are no statistics", status == 1 and "no statistics found" in err, (status, out, err))
    tree = os.path.join(directory, "beside")
    os.mkdir(tree)
    with open(os.path.join(FIXTURES, "linux-nettools-1.txt"), encoding="utf-8") as file:
        statistics = file.read()
    files = {"a-sysctl.conf": SETTINGS, "netstat_-s": statistics + "TcpExt:\n    17 packets nobody has heard of\n",
             "z.ini": "[TCP Statistics for IPv4]\n# see TCP Statistics for IPv4\nTCP Statistics for IPv4\nrate = 12 a minute\n"}
    for name, text in files.items():
        with open(os.path.join(tree, name), "w", encoding="utf-8") as file:
            file.write(text)
    status, out, err = run("counters", "--json", tree)
    found = json.loads(out)
    check("files without statistics beside some: nothing of them", status == 0 and err == "" and found["platform"] == "linux"
          and [u["text"] for u in found["unrecognized"]] == ["17 packets nobody has heard of"], (err, found["unrecognized"]))
    status, out, err = run("report", tree)
    check("a line of a directory is named with its file", re.search(r"netstat_-s,\s+line\s+\d+:\s+17\s+packets\s+nobody", out),
          out[-300:])
    check("a line that is not understood fits 80 columns", not wide(out), wide(out))
    several = "".join(f"==> {name} <==\n{text}\n" for name, text in files.items())
    several += "==> /proc/sys/kernel/hostname <==\nmx1\n\n==> uname <==\nnothing to see\n"
    status, out, err = run("counters", "--json", "-", text=several)
    found = json.loads(out)
    check("files one after another: each by itself", status == 0 and found["host"] == "mx1" and found["platform"] == "linux"
          and [u["file"] for u in found["unrecognized"]] == ["standard input: netstat_-s"], (err, found["host"], found["unrecognized"]))


def dates():
    """`date` speaks the language of its host; what it says is the time of the capture, and the host stands below."""
    noon = 1795867931  # 2026-11-28 12:12:11 UTC
    for text, want in {"Sat Nov 28 12:12:11 UTC 2026": noon, "Sa 28. Nov 13:12:11 CET 2026": noon,
                       "sam. 28 nov. 2026 13:12:11 CET": noon, "mar. 24 nov. 2026 13:12:11 CET": noon - 4 * 86400,
                       "Samstag, 28. November 2026 13:12:11 CET": noon, "s\u00e1bado, 28 de noviembre de 2026, 13:12:11 CET": noon,
                       "28/11/2026 12:12:11.45": noon, "11/28/2026  9:12:11 PM": noon + 9 * 3600,
                       "2026\u5e74 11\u6708 28\u65e5 \u571f\u66dc\u65e5 21:12:11 JST": noon, "jeu. 25 juin 2026 08:00:01 CEST": 1782367201,
                       "2026-11-28T12:12:11Z": noon, "5 out of 2026 packets at 12:12:11": None}.items():
        found = json.loads(run("counters", "--json", "-", text=f"{text}\nmx1\ntcp:\n\t5 packets sent\n")[1])
        check(f"date: {text}", found["time"] == want and found["host"] == ("mx1" if want else None), found)


def zeros():
    """macOS shows zeros to who is not root: even a few lines of them are no ok."""
    text = ("tcp:\n\t0 packet sent\n\t\t0 data packet (0 byte) retransmitted\n\t\t0 data packet sent after flow control\n"
            "\t0 packet received\nip:\n\t1812345 total packets received\n")
    status, out, err = run("report", "-", text=text)
    check("a short block of zeros of macOS is not available", "TCP: every counter is 0" in out and "L lost         unknown" in out, out)


def wide_characters(directory):
    """What PowerShell saves is in UTF-16: the same capture as in UTF-8."""
    with open(os.path.join(FIXTURES, "windows-german-1.txt"), encoding="utf-8") as file:
        text = file.read()
    plain = os.path.join(directory, "utf-8.txt")
    with open(plain, "w", encoding="utf-8") as file:
        file.write(text + "\U0001f4e1\n")
    for name in ("utf-16-le", "utf-16-be"):
        path = os.path.join(directory, name + ".txt")
        with open(path, "wb") as file:
            file.write(("\ufeff" + text + "\U0001f4e1\n").encode(name))
        check(f"a capture in {name}", run("annotate", path) == run("annotate", plain) and run("annotate", path)[0] == 0
              and run("counters", "--csv", path)[1].replace(name, "utf-8") == run("counters", "--csv", plain)[1], run("annotate", path))
    with open(path, "wb") as file:
        file.write(b"\xff\xfe" + "tcp:\n\t5 packets sent\n".encode("utf-16-le") + b"\x00\xd8x")
    check("UTF-16 that is cut", run("counters", path)[0] == 0, run("counters", path))


def refusals(directory):
    status, out, err = run("report", os.path.join(directory, "missing.txt"))
    check("a missing file is named", status == 1 and "missing.txt" in err and err.count("\n") == 1, err)
    status, out, err = run("report", "-", text="nothing of the kind\n")
    check("no capture: file and line", status == 1 and "standard input, line 1" in err, err)
    status, out, err = run("report", "--platform", "vms", "-", text="tcp:\n\t5 packets sent\n")
    check("a wrong platform is a usage error", status == 2 and "vms" in err, (status, err))
    status, out, err = run("annotate")
    check("annotate without a file is a usage error", status == 2, (status, err))


with tempfile.TemporaryDirectory() as temporary:
    golden()
    translated()
    pairs(temporary)
    everything(temporary)
    same_instant(temporary)
    forms(temporary)
    refusals(temporary)
    two_systems(temporary)
    strangers(temporary)
    zeros()
    dates()
    wide_characters(temporary)
    untold_queues()
    asked_for(temporary)
    both_count_the_same()
    sockets(temporary)
    if "sanitize" in os.environ.get("NETVITALS_BUILD", ""):
        checks.skip("hostile files", "built with sanitizers")
    else:
        hostile(temporary)
checks.end()
