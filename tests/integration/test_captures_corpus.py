#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Real outputs of many systems, if there is a directory of them (NETVITALS_CORPUS, or ../shared/corpus
beside the repository): how many of the numbers in them are read. At least 99 % of the
protocol statistics, all of the interface tables; what is not read must be listed with its line.
"""
import json
import os
import re
import subprocess
import sys

from checks import COMMAND, TOP, Checks

CORPUS = os.environ.get("NETVITALS_CORPUS", os.path.join(TOP, "..", "shared", "corpus"))
PROTOCOLS = {"tcp", "udp", "ip", "icmp", "ip6", "ipv6", "icmp6", "icmpv6", "igmp", "arp", "tcpext", "ipext", "icmpmsg",
             "udplite", "mptcpext", "udp6", "udplite6"}
PLATFORMS = {"linux-old": {"linux"}, "freebsd": {"freebsd", "bsd"}, "junos": {"junos", "bsd", "freebsd"},
             "macos": {"macos", "bsd"}, "synthetic": {"bsd", "macos"}}
checks = Checks()
check = checks.check


def numbers_of(text):
    """(line number, number) of everything that belongs to a protocol of interest."""
    section, pair = None, None
    for at, line in enumerate(text.splitlines(), 1):
        head = re.fullmatch(r"\s*([A-Za-z0-9_-]+):\s*", line)
        if head:
            section = head.group(1).lower()
            continue
        if section and section not in PROTOCOLS:
            continue
        row = re.match(r"([A-Za-z0-9]+): (.*)$", line)
        if row and re.match(r"[A-Z]", row.group(2)):
            pair = row.group(1)
            continue
        body = line if not row or row.group(1) != pair else row.group(2)
        for number in re.findall(r"(?<![\w.#%-])(\d+)(?![\w.%#:-])", re.sub(r"= *(\d+)", r"= \1", body)):
            yield at, int(number)


def literal(line):
    """Numbers that are words of a label."""
    return {int(n) for n in re.findall(r"(?:less than|than|or|coalesced|to) (\d+)", line)}


def coverage(path, kind):
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    done = subprocess.run([COMMAND, "counters", "--json", path], capture_output=True, text=True, timeout=300)
    if done.returncode:
        return None, done.stderr.strip()
    data = json.loads(done.stdout)
    unread = {u["line"] for u in data["unrecognized"] if not u["text"].startswith("section ")}
    values = {int(v) for v in data["counters"].values()}
    for interface in data["interfaces"]:
        values |= {v for v in interface.values() if isinstance(v, int)}
    lines, total, read, lost = text.splitlines(), 0, 0, []
    numbers = list(numbers_of(text)) if kind == "s" else []
    every = {n for _, n in numbers}
    if kind == "i":
        for at, line in enumerate(lines, 1):
            row = re.match(r"\S+\s+(?:\d+|-)\s", line)
            if not row or (re.search(r"<Link|link#", text) and not re.search(r"<Link|link#", line)):
                continue
            numbers += [(at, int(n)) for n in re.findall(r"(?<=\s)(\d+)(?=\s|$)", line[row.end():])[-9:]]
    for at, number in numbers:
        if kind == "s" and number in literal(lines[at - 1]):
            continue
        total += 1
        summed = any(value - number in every for value in values) if number not in values else True
        if at not in unread and (number in values or number == 0 or summed):
            read += 1
        else:
            lost.append((at, lines[at - 1].strip()[:60]))
    return (data["platform"], total, read, lost), None


def main():
    if not os.path.isdir(CORPUS):
        checks.skip("coverage of a corpus", f"no directory {CORPUS} (NETVITALS_CORPUS names it)")
        return 0
    for directory in sorted(os.listdir(CORPUS)):
        where = os.path.join(CORPUS, directory)
        for name in sorted(os.listdir(where)) if os.path.isdir(where) else []:
            kind = "s" if re.search(r"netstat-s|nstat|snmp|proc-net-netstat|-tcp-|-s-\d", name) else \
                "i" if "netstat-i" in name else "an" if re.search(r"-an-|ss-", name) else "m"
            figures, error = coverage(os.path.join(where, name), kind)
            label = f"{directory}/{name}"
            if error:
                check(label, False, error)
                continue
            platform, total, read, lost = figures
            good = platform in PLATFORMS.get(directory, {directory})
            if directory in ("freebsd", "macos", "junos", "hpux") and kind != "s":
                good = platform != "linux" and platform != "windows"
            check(f"{label}: platform {platform}", good, f"expected {directory}")
            if kind in "si" and total:
                need = 1.0 if kind == "i" else 0.99
                check(f"{label}: {read} of {total} numbers read, {100 * read / total:.1f} %", read >= need * total,
                      f"{100 * read / total:.1f} % is below {100 * need:.0f} %: {lost[:4]}")
    return 1 if checks.failed else 0


sys.exit(main())
