#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Saved text as people paste it: whatever a mailer, a page, a logger or a hand did to an output, the
counters that are read from it are those of the output itself. One check a way of pasting."""
import json
import os
import re
import subprocess
import textwrap

from checks import COMMAND, TOP, Checks

FIXTURES = os.path.join(TOP, "tests", "fixtures", "netstat")
# One of each grammar of sentences, tables and names.
NAMES = ["linux-nettools-1", "linux-nettools-2", "linux-nstat-1", "freebsd-1", "freebsd-memory-2", "aix-1", "macos-2",
         "hpux-1", "windows-1", "windows-2", "junos-1", "bsd44-1", "openbsd-1", "netbsd-1"]
SENTENCES = [n for n in NAMES if not n.startswith(("windows", "linux-nstat", "freebsd-memory"))]
checks = Checks()


def run(*args, text):
    done = subprocess.run([COMMAND, *args, "-"], input=text.encode(), capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def counters(text):
    status, out, err = run("counters", "--json", text=text)
    return (json.loads(out)["counters"], len(json.loads(out)["unrecognized"])) if status == 0 else (err, -1)


def each(prefix):
    """A prefix before each line; {n} is its number, {s} seconds that go on."""
    return lambda text: "".join(prefix.format(n=i + 1, s=f"{i * 7 % 60:02}", p=1200 + i // 9) + line + "\n"
                                for i, line in enumerate(text.splitlines()))


def grouped(by):
    return lambda text: re.sub(r"(?m)(^\s*|(?<=[(=] )|(?<=[(=]))(\d{4,})(?= [a-z])",
                               lambda m: m[1] + f"{int(m[2]):,}".replace(",", by), text)


def coloured(text):
    return re.sub(r"(packet|segment|Segment)", "\033[01;31m\033[K\\1\033[m\033[K", text)


def html(text):
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("  ", "&nbsp; ")
    return "<html><body><pre class=\"code\">" + text.replace("\n", "<br />\n") + "</pre></body></html>\n"


def remarked(how):
    """Every fifth statistic is pointed at."""
    def mangle(text):
        lines = text.splitlines()
        for i, line in enumerate(lines):
            if i % 5 == 0 and re.match(r"\s*\d+ \w", line):
                lines[i] = re.sub(r"^(\s*)(.*?)\s*$", how, line)
        return "\n".join(lines) + "\n"
    return mangle


def wrapped(width):
    def mangle(text):
        out = []
        for line in text.splitlines():
            indent = re.match(r"\s*", line)[0].expandtabs()
            out += textwrap.wrap(line.strip(), width, initial_indent=indent, break_on_hyphens=False,
                                 break_long_words=False) or [""]
        return "\n".join(out) + "\n"
    return mangle


EVERY = {
    "a mail quotes it": each("> "),
    "a mail quotes it twice": each(">> "),
    "quotes of quotes": each("> > "),
    "a comment of a shell": each("# "),
    "a comment of C": each("// "),
    "a comment of an ini file": each("; "),
    "cat -n": lambda t: "".join(f"{i + 1:6}\t{line}\n" for i, line in enumerate(t.splitlines())),
    "grep -n": each("{n}:"),
    "numbers with a colon": each("{n}: "),
    "numbers with a bar": each("{n}| "),
    "grep over files": each("/var/tmp/out.txt:"),
    "grep over files in a folder": each("host-1/netstat_-s.txt:"),
    "syslog": each("May  6 10:00:{s} web1 collect[{p}]: "),
    "syslog of RFC 5424": each("2024-05-01T10:00:{s}.123456Z web1 collect[{p}]: "),
    "a time stamp in brackets": each("[2024-05-01 10:00:{s}] "),
    "a table of a page": each("| "),
    "a table with both bars": lambda t: "".join(f"| {line} |\n" for line in t.splitlines()),
    "indented for a page": each("    "),
    "indented by a tab": each("\t"),
    "line ends of Windows": lambda t: t.replace("\n", "\r\n"),
    "line ends of old Macs": lambda t: t.replace("\n", "\r"),
    "line ends LF CR": lambda t: t.replace("\n", "\n\r"),
    "colours of grep": coloured,
    "tags and escapes": html,
    "a fence": lambda t: "```\n" + t + "```\n",
    "a fence with words around": lambda t: "Here is what we see:\n\n```text\n" + t + "```\n\nAny idea?\n",
    "a zero width space": lambda t: "\u200b" + t,
    "blanks that do not break": lambda t: t.replace("  ", "\u00a0 "),
}
SENTENCE = {
    "thousands by commas": grouped(","),
    "thousands by points": grouped("."),
    "thousands by apostrophes": grouped("'"),
    "thousands by blanks": grouped(" "),
    "thousands by narrow blanks": grouped("\u202f"),
    "an arrow behind it": remarked(r"\1\2   <--- HERE"),
    "another arrow behind it": remarked(r"\1\2 <== !!!"),
    "an arrow of Unicode": remarked("\\1\\2 \u2190 look"),
    "a remark behind it": remarked(r"\1\2   # this one"),
    "in bold letters": remarked(r"\1**\2**"),
    "in letters of code": remarked(r"\1`\2`"),
    "an arrow before it": remarked(r"\1=> \2"),
    "stars before it": remarked(r"\1*** \2"),
    "exclamation marks behind it": remarked(r"\1\2 !!!"),
    "a list": remarked(r"\1- \2"),
    "printed over": remarked(r"\1\2 x" + "\b "),
}
WRAPPED = {f"wrapped at {n} columns": wrapped(n) for n in (36, 40, 52, 60, 72)}


def try_ways(ways, names, allowed=0):
    texts = {}
    for name in names:
        with open(os.path.join(FIXTURES, name + ".txt"), encoding="utf-8") as file:
            texts[name] = file.read()
    plain = {name: counters(text) for name, text in texts.items()}
    for way, mangle in ways.items():
        wrong = []
        for name, text in texts.items():
            got, unread = counters(mangle(text))
            want, unread_plain = plain[name]
            if isinstance(got, str):
                wrong.append(f"{name}: {got}")
                continue
            different = [f"{k} {want.get(k)} became {got.get(k)}" for k in sorted(set(want) | set(got))
                         if want.get(k) != got.get(k)]
            if len(different) > allowed or unread > unread_plain + allowed:
                wrong.append(f"{name}: {len(different)} of {len(want)}, {unread} not understood: {different[:3]}")
        checks.check(f"{way}: the same counters", not wrong, "; ".join(wrong))


for coding in ("utf-16", "utf-16-le", "utf-16-be"):
    with open(os.path.join(FIXTURES, "windows-1.txt"), encoding="utf-8") as file:
        plain_text = file.read()
    done = subprocess.run([COMMAND, "counters", "--json", "-"], input=plain_text.encode(coding), capture_output=True,
                          timeout=60, check=False)
    checks.check(f"{coding}: the same counters",
                 done.returncode == 0 and json.loads(done.stdout)["counters"] == counters(plain_text)[0], done.stderr)
status, out, _ = run("counters", text="".join("> " + line + "\n" for line in plain_text.splitlines()))
checks.check("what was taken away is told", "# taken away before reading: quote or comment signs" in out, out[-300:])
status, out, _ = run("annotate", text=plain_text.replace("\n", "\r"))
checks.check("annotate shows the lines that were read", out == run("annotate", text=plain_text)[1], out[:300])
try_ways(EVERY, NAMES)
try_ways(SENTENCE, SENTENCES)
try_ways(WRAPPED, ["linux-nettools-1", "linux-nettools-2"])
checks.end()
