#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""NETVITALS-MIB itself: smilint finds nothing, the tools resolve its names, its enumerations are
those of the program, and nothing that was released has changed its meaning.

tests/lint/mib-released lists object, identifier and syntax of the last release. `--release` writes
it anew; only what is added may differ."""
import os
import re
import shutil
import subprocess
import sys

import snmp_master
from snmp_master import MIB, STUBS, TOP, Checks

RELEASED = os.path.join(TOP, "tests", "lint", "mib-released")
checks = Checks()
check = checks.check
with open(MIB, encoding="ascii") as file:
    text = file.read()


def definitions():
    """name -> (identifier, access, syntax with its enumeration)"""
    arcs = {"enterprises": "1.3.6.1.4.1"}
    found = {}
    body = re.sub(r'"[^"]*"', '""', text)
    conventions = {name: " ".join(syntax.split()) for name, syntax in
                   re.findall(r"^(Nv\w+) ::= TEXTUAL-CONVENTION.*?SYNTAX\s+(INTEGER \{.*?\})", body, re.M | re.S)}
    for name, macro, inside, parent, numbers in re.findall(
            r"^([a-z]\w+)\s+(OBJECT-TYPE|OBJECT IDENTIFIER|NOTIFICATION-TYPE|MODULE-IDENTITY|OBJECT-GROUP|"
            r"NOTIFICATION-GROUP|MODULE-COMPLIANCE)(.*?)::= \{ (\w+) ([\d ]+) \}", body, re.M | re.S):
        arcs[name] = arcs[parent] + "." + numbers.replace(" ", ".")
        syntax = re.search(r"SYNTAX\s+(.*?)\n\s+(?:UNITS|MAX-ACCESS)", inside, re.S)
        access = re.search(r"MAX-ACCESS\s+([\w-]+)", inside)
        word = " ".join(syntax.group(1).split()) if syntax else macro
        if macro == "NOTIFICATION-TYPE":
            word += " " + " ".join(re.search(r"OBJECTS\s+(\{.*?\})", inside, re.S).group(1).split())
        found[name] = (arcs[name], access.group(1) if access else "-", conventions.get(word, word))
    return found, conventions


found, conventions = definitions()
if "--release" in sys.argv:
    with open(RELEASED, "w", encoding="ascii") as file:
        file.writelines(f"{name}\t{oid}\t{access}\t{syntax}\n" for name, (oid, access, syntax) in found.items())

# ---- smilint -----------------------------------------------------------------------------------------
if shutil.which("smilint"):
    def lint(path):
        done = subprocess.run(["smilint", "-l", "6", "-s", path], capture_output=True, text=True,
                              env=dict(os.environ, SMIPATH=STUBS))
        return [line for line in (done.stdout + done.stderr).splitlines()
                if line.strip() and "implicit node definition" not in line]

    complaints = lint(MIB)
    check("smilint -l 6 finds nothing but the implicit node", not complaints, complaints)
    planted = os.path.join(snmp_master.tempfile.mkdtemp(prefix="nvmib"), "NETVITALS-MIB")
    for what, old, new in (("an unknown type", "SYNTAX      NvSide", "SYNTAX      NvSideways"),
                           ("a notification with an unknown object", "nvNotifySeq,", "nvNotifySequence,"),
                           ("a number used twice", "::= { nvClassEntry 4 }", "::= { nvClassEntry 3 }")):
        assert old in text
        with open(planted, "w", encoding="ascii") as file:
            file.write(text.replace(old, new, 1))
        check(f"it would find {what}", lint(planted))
    shutil.rmtree(os.path.dirname(planted))
else:
    print("skip - smilint: not installed")

# ---- names -----------------------------------------------------------------------------------------------
if shutil.which("snmptranslate"):
    scratch = snmp_master.tempfile.mkdtemp(prefix="nvmib")
    snmp_master.atexit.register(shutil.rmtree, scratch, True)

    def translate(*arguments):
        done = subprocess.run(["snmptranslate", *arguments], capture_output=True, text=True,
                              env=dict(os.environ, MIBDIRS=f"{STUBS}:{os.path.dirname(MIB)}", MIBS="NETVITALS-MIB",
                                       SNMP_PERSISTENT_DIR=scratch, SNMPCONFPATH=scratch))
        return done.stdout.strip(), done.stderr

    out, err = translate("-On", "NETVITALS-MIB::nvClassStatus.1.1")
    check("nvClassStatus.1.1 is a constant", out == f"{snmp_master.ROOT}.1.3.1.3.1.1", out + err)
    wrong = []
    for name, (oid, _, _) in found.items():
        out, err = translate("-On", f"NETVITALS-MIB::{name}")
        if out != "." + oid:
            wrong.append((name, oid, out, err[:100]))
    check(f"every name resolves to its identifier ({len(found)})", len(found) > 120 and not wrong, wrong)
else:
    print("skip - names: snmptranslate is not installed")

# ---- enumerations: those of the header ---------------------------------------------------------------------
header = ""
for name in ("netvitals.h", "nv_config.h", "catalog/status.h"):
    with open(os.path.join(TOP, "core", name), encoding="ascii") as file:
        header += file.read()
with open(os.path.join(TOP, "core", "catalog", "classes.def"), encoding="ascii") as file:
    classes = file.read()


def enumeration(name):
    return {word: int(number) for word, number in re.findall(r"(\w+)\((\d+)\)", conventions[name])}


def of_header(prefix, first, last):
    part = header[header.index(first):]
    part = part[:part.index(last)]
    return {word.lower(): int(number) for word, number in re.findall(rf"{prefix}(\w+) = (\d+)", part)}


check("NvStatus is enum nv_status", enumeration("NvStatus") == of_header("NV_", "enum nv_status {", "};"), enumeration("NvStatus"))
check("NvReason is enum nv_reason", enumeration("NvReason") == of_header("NV_REASON_", "enum nv_reason {", "};"), enumeration("NvReason"))
names = {name: int(number) for number, name in re.findall(r'CLASS\(\w+, (\d+), \'.\', "(\w+)"', classes)}
check("NvClass is the catalog's classes", enumeration("NvClass") == names, names)
check("NvKind and NvSide", list(enumeration("NvKind").values()) == [1, 2, 3]
      and list(enumeration("NvSide")) == ["thisHost", "peer", "path", "unsolicited", "unknown"])

# ---- one number, one meaning --------------------------------------------------------------------------------
check("no identifier twice", len({o for o, _, _ in found.values()}) == len(found))
with open(RELEASED, encoding="ascii") as file:
    changed = []
    for line in file:
        name, oid, access, syntax = line.rstrip("\n").split("\t")
        now = found.get(name)
        numbers = set(re.findall(r"\w+\(\d+\)", syntax)) if syntax.startswith("INTEGER {") else set()
        grown = now and numbers and numbers <= set(re.findall(r"\w+\(\d+\)", now[2]))
        if not now or now[:2] != (oid, access) or (now[2] != syntax and not grown):
            changed.append((name, (oid, access, syntax), now))
check("nothing that was released has changed", not changed, changed)
in_groups = set(re.findall(r"nv\w+", " ".join(re.findall(r"OBJECT-GROUP\s+OBJECTS\s+\{(.*?)\}", text, re.S))))
outside = [n for n, (_, access, _) in found.items() if access not in ("-", "not-accessible") and n not in in_groups]
check("every accessible object is in a group", not outside, outside)
checks.end()
