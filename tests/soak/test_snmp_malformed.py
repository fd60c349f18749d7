#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A master that lies: truncated headers, lengths that are wrong, unknown types, other sessions, SETs
whose phases come in any order, random damage. And, beside it, mutated SNMP requests through a real
master, reading and writing. NETVITALS_SECONDS sets how long (600).

Only who may open the AgentX socket can be such a master. libnetsnmp 5.9.3 itself uses what it has freed
when phases of a SET overlap (handle_subagent_set_response): each crash is told by its faulting frame,
those of the library are counted and the subagent is started again. A crash whose faulting frame is
ours, or a subagent that neither answers nor comes back, has failed.

snmpd 5.9.3 itself answers nobody any more after a SET of a BIT STRING for any subagent's object, whoever
the subagent is: it cannot encode that type and waits for an answer to what it never sent. When it does
not even answer for its own sysDescr, it is counted and started again; the subagent has to find it."""
import collections
import ctypes
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

SOAK = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(SOAK), "integration"))
import snmp_master
from snmp_master import wait_for

SECONDS = float(os.environ.get("NETVITALS_SECONDS", "600"))
SILENCE_S = 30  # a subagent that has not spoken for so long hangs
OPEN, CLOSE, REGISTER, UNREGISTER, GET, GETNEXT, GETBULK, TESTSET, COMMITSET, UNDOSET, CLEANUPSET, NOTIFY, PING, \
    RESPONSE = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 18
ROOT = [int(x) for x in snmp_master.ROOT.strip(".").split(".")]
snmp_master.require("snmp malformed", "cc")
checks = snmp_master.Checks()
check = checks.check
dice = random.Random(4)


def oid(parts, include=0):
    return struct.pack(">BBBB", len(parts), 0, include, 0) + b"".join(struct.pack(">I", p & 0xffffffff) for p in parts)


def pdu(kind, session, payload=b"", transaction=1, length=None, version=1, flags=0x10):
    return struct.pack(">BBBBIIII", version, kind, flags, 0, session, transaction, dice.randrange(2**31),
                       len(payload) if length is None else length) + payload


def some_oid():
    tail = dice.choice(([1, 3, 1, 3, 1, 1], [1, 4, 1, 2, 1], [2, 2, 1, 1, 1, 1], [1, 1, 1, 0], [1, 10], [], [1]))
    tail = list(tail)
    for _ in range(dice.randrange(3)):
        tail.insert(dice.randrange(len(tail) + 1), dice.choice((0, 1, 4294967295, 4294967294, dice.randrange(2**32))))
    return (ROOT + tail)[:dice.choice((128, 128, 11, 5, 0))]


def search_range():
    return oid(some_oid(), dice.randrange(2)) + oid(dice.choice(([], ROOT[:-1] + [7312], some_oid())))


def variable():
    kind = dice.choice((2, 4, 5, 65, 66, 67, 70, 6, 99))
    data = {2: struct.pack(">i", dice.randrange(-5, 5)), 4: struct.pack(">I", 3) + b"abc\0", 5: b"", 6: oid([1, 3]),
            70: struct.pack(">Q", dice.randrange(2**63)), 99: b""}.get(kind, struct.pack(">I", dice.randrange(2**32)))
    return struct.pack(">HH", kind, 0) + oid(some_oid()) + data


class Liar(threading.Thread):
    """Takes subagents, answers what they need, then says whatever comes to its mind."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        os.chmod(path, 0o777)
        self.listener.listen(5)
        self.listener.settimeout(0.2)
        self.going, self.sent, self.sessions, self.answers, self.transaction = True, 0, 0, 0, 100
        self.heard = time.monotonic()
        self.start()

    def run(self):
        while self.going:
            try:
                peer, _ = self.listener.accept()
            except socket.timeout:
                continue
            with peer:
                self.sessions += 1
                try:
                    self.talk(peer, 4711)
                except OSError:
                    pass

    def serve(self, peer, session):
        """Answer what waits; False when the peer has gone."""
        peer.settimeout(0.02)
        while True:
            try:
                head = peer.recv(20, socket.MSG_WAITALL)
            except socket.timeout:
                return True
            if len(head) < 20:
                return False
            self.heard = time.monotonic()
            _, kind, flags, _, _, transaction, packet, length = struct.unpack(">BBBBIIII", head)
            if not flags & 0x10:
                transaction, packet, length = (struct.unpack("<I", struct.pack(">I", x))[0] for x in (transaction, packet, length))
            peer.settimeout(1)
            if length:
                peer.recv(length, socket.MSG_WAITALL)
            peer.settimeout(0.02)
            if kind == RESPONSE:
                self.answers += 1
            else:
                body = struct.pack(">IHH", 100, 0, 0)
                peer.send(struct.pack(">BBBBIIII", 1, RESPONSE, 0x10, 0, session, transaction, packet, len(body)) + body)

    def set(self, session):
        """The phases of a SET in their order, which may end early, or one of them out of order."""
        if dice.randrange(4) == 0:
            return pdu(dice.choice((TESTSET, COMMITSET, UNDOSET, CLEANUPSET)), session, variable() * dice.randrange(3),
                       dice.randrange(3))
        self.transaction += 1
        phases = [pdu(TESTSET, session, variable() + variable(), self.transaction)]
        phases += [pdu(kind, session, b"", self.transaction) for kind in (dice.choice((COMMITSET, UNDOSET)), CLEANUPSET)]
        return b"".join(phases[:dice.randrange(1, 4)])

    def lie(self, session):
        good = [lambda: pdu(GET, session, search_range()), lambda: pdu(GETNEXT, session, search_range() + search_range()),
                lambda: pdu(GETBULK, session, struct.pack(">HH", dice.randrange(3), dice.randrange(70)) + search_range()),
                lambda: self.set(session)]
        text = dice.choice(good)()
        turn = dice.randrange(12)
        if turn == 0:
            text = pdu(dice.randrange(256), session, search_range())
        elif turn == 1:
            text = pdu(GETNEXT, dice.randrange(2**32), search_range())
        elif turn == 2:
            text = text[:dice.randrange(len(text))]
        elif turn == 3:
            text = pdu(GET, session, search_range(), length=dice.choice((0, 3, 4, 8, 70000, 2**31, 2**32 - 1)))
        elif turn == 4:
            text = pdu(RESPONSE, session, struct.pack(">IHH", 1, dice.randrange(300), 7))
        elif turn <= 6:
            changed = bytearray(text)
            for _ in range(1 + dice.randrange(4)):
                changed[dice.randrange(len(changed))] = dice.randrange(256)
            text = bytes(changed)
        return text, turn in (2, 3, 5, 6)

    def talk(self, peer, session):
        for _ in range(8):
            if not self.serve(peer, session):
                return
        for _ in range(10):
            peer.send(pdu(GETNEXT, session, search_range()))
            self.sent += 1
        deadline = time.monotonic() + 1.5
        while self.going and time.monotonic() < deadline:
            torn = False
            for _ in range(20):
                text, broken = self.lie(session)
                peer.send(text)
                self.sent += 1
                torn = torn or broken
            if not self.serve(peer, session) or (torn and dice.randrange(8) == 0):
                return

    def end(self):
        self.going = False
        self.join()
        self.listener.close()


class Subagent:
    """One that tells the frames of its crashes, and is started again after each."""

    def __init__(self, directory):
        self.master = snmp_master.Master()
        host = snmp_master.RecordedHost(self.master.dir)
        os.mkdir(f"{self.master.dir}/state")
        self.master.write("netvitals.conf", snmp_master.RECORDED + f"Root {host.path}\nSnmpWrite yes\n"
                          f"StateDir {self.master.dir}/state\n")
        self.frames = f"{directory}/crash_frames.so"
        self.host, self.deaths, self.unknown = host, 0, []

    def start(self):
        self.master.start_agent(env={"LD_PRELOAD": self.frames})

    def poll(self):
        """Start it again if it has died."""
        status = self.master.processes["agent"].poll()
        if status is not None:
            self.deaths += 1
            if status != -signal.SIGSEGV and status != -signal.SIGABRT:
                self.unknown.append(status)
            self.start()
        return status

    def crashes(self):
        """The faulting frame of each: the first that is not libc's own."""
        found = []
        for block in re.findall(r"^CRASH\n(.*?)^END OF CRASH", self.master.read("agent.err"), re.M | re.S):
            named = [re.sub(r".*/| *\[0x.*", "", f) for f in block.splitlines()
                     if not re.search(r"crash_frames\.so|/libc\.so|/libpthread|linux-vdso", f)]
            found.append(named[0] if named else "unknown")
        return found


def stacks(process):
    """Have the thread that speaks SNMP tell where it is, and die."""
    for task in sorted(map(int, os.listdir(f"/proc/{process.pid}/task")))[-1:]:
        ctypes.CDLL(None).syscall(234, process.pid, task, signal.SIGABRT)  # tgkill, x86-64
    process.wait(10)


scratch = snmp_master.tempfile.mkdtemp(prefix="nvsoak")
snmp_master.atexit.register(snmp_master.shutil.rmtree, scratch, True)
subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", f"{scratch}/crash_frames.so", f"{SOAK}/crash_frames.c"], check=True)
deceived, real = Subagent(scratch), Subagent(scratch)

# ---- requests -----------------------------------------------------------------------------------------------
def tlv(tag, data):
    return bytes([tag]) + (bytes([len(data)]) if len(data) < 128 else b"\x82" + struct.pack(">H", len(data))) + data


def name_of(parts):
    def subid(value):
        out = [value & 0x7f]
        while value > 0x7f:
            value >>= 7
            out.insert(0, value & 0x7f | 0x80)
        return bytes(out)

    return tlv(6, bytes([43]) + b"".join(subid(p) for p in parts[2:]))


def request(random_source, request_id):
    kind = random_source.choice((0xa0, 0xa1, 0xa5, 0xa3))
    values = [b"\5\0", tlv(2, bytes([random_source.randrange(5)])), tlv(0x42, struct.pack(">I", random_source.randrange(10**6))),
              tlv(4, bytes(random_source.randrange(256) for _ in range(random_source.choice((0, 3, 8, 11, 300))))),
              tlv(0x46, struct.pack(">Q", 1)), tlv(6, b"\x2b\6")]
    writable = ([2, 1, 1, 0], [2, 1, 6, 0], [2, 2, 1, 1, 1, 1], [2, 2, 1, 2, 1, 1], [2, 2, 1, 4, 1, 1], [2, 2, 1, 8, 1, 1],
                [2, 2, 1, 9, 1, 1], [2, 2, 1, 10, 1, 1], [2, 2, 1, 13, 1, 1], [2, 2, 1, 1, 1, 4294967295], [1, 3, 1, 3, 1, 1])
    body = b""
    for _ in range(random_source.randrange(1, 4)):
        if kind == 0xa3:
            body += tlv(0x30, name_of(ROOT + random_source.choice(writable)) + random_source.choice(values))
        else:
            body += tlv(0x30, name_of((some_oid() or ROOT)[:40]) + b"\5\0")
    body = (tlv(2, struct.pack(">i", request_id)) + tlv(2, b"\0") + tlv(2, b"\x14" if kind == 0xa5 else b"\0") + tlv(0x30, body))
    return tlv(0x30, tlv(2, b"\1") + tlv(4, b"secret" if kind == 0xa3 else b"public") + tlv(kind, body))


class Mutator(threading.Thread):
    """Requests, three of four damaged, through a real master; now and then a good one must be answered."""

    def __init__(self, subagent):
        super().__init__(daemon=True)
        self.subagent, self.count, self.answers, self.stuck, self.silent, self.ended = subagent, 0, 0, 0, 0, []
        self.start()

    def look(self):
        """A good request is answered; if not, is it snmpd, which answers nothing of its own either?"""
        master = self.subagent.master
        for _ in range(8):
            if master.answers():
                return
            time.sleep(0.5)
        if "STRING" not in master.run("snmpget", ".1.3.6.1.2.1.1.1.0", timeout=3, retries=2)[1]:
            self.stuck += 1
            master.end("snmpd", signal.SIGKILL)
            master.start_snmpd()
        self.silent += not wait_for(master.answers)

    def run(self):
        mine = random.Random(5)
        deadline = time.monotonic() + SECONDS
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.setblocking(False)
            while time.monotonic() < deadline:
                packet = bytearray(request(mine, self.count + 1))
                for _ in range(mine.randrange(4)):
                    packet[mine.randrange(len(packet))] = mine.randrange(256)
                udp.sendto(packet, ("127.0.0.1", self.subagent.master.port))
                self.count += 1
                time.sleep(0.004)
                try:
                    while True:
                        udp.recv(65536)
                        self.answers += 1
                except OSError:
                    pass
                if self.count % 500 == 0:
                    self.look()
                    status = self.subagent.poll()
                    if status is not None:
                        self.ended.append(status)
                if self.subagent.master.processes["snmpd"].poll() is not None:
                    self.ended.append("snmpd")
                    return


# ---- both at a time ---------------------------------------------------------------------------------------------
real.master.start_snmpd()
wait_for(lambda: os.path.exists(real.master.socket))
real.start()
check("the real master has a subagent", wait_for(real.master.answers), real.master.read("agent.err"))
mutator = Mutator(real)
liar = Liar(deceived.master.socket)
deceived.start()
hung = 0
deadline = time.monotonic() + SECONDS
while time.monotonic() < deadline:
    time.sleep(0.1)
    if deceived.poll() is not None:
        liar.heard = time.monotonic()
    elif time.monotonic() - liar.heard > SILENCE_S:
        hung += 1
        stacks(deceived.master.processes["agent"])
        liar.heard = time.monotonic()
sent, sessions, answers = liar.sent, liar.sessions, liar.answers
liar.end()
mutator.join()

# ---- a lying master -------------------------------------------------------------------------------------------
crashes = collections.Counter(deceived.crashes())
print(f"# {sent} PDUs in {sessions} sessions, {answers} answers, {deceived.deaths} deaths in {SECONDS:.0f} s: "
      f"{dict(crashes) or 'no crash'}")
check("the lying master was listened to", sent > 10 * SECONDS and answers > 2 * SECONDS and sessions > 2, (sent, answers, sessions))
check("no crash in our code", not [f for f in crashes if not f.startswith("libnetsnmp")], crashes)
check("every death is a crash whose frames are known", deceived.deaths == sum(crashes.values()) and not deceived.unknown,
      (deceived.deaths, crashes, deceived.unknown))
check("it never hangs", hung == 0, hung)
os.unlink(deceived.master.socket)
deceived.host.advance(5, 100)
deceived.poll()
deceived.master.start_snmpd()
check("with a real master its values are back", wait_for(lambda: deceived.master.answers() or deceived.poll() and False),
      deceived.master.read("agent.err")[-400:])
check("all of them", wait_for(lambda: len(deceived.master.walk()) > 2000), len(deceived.master.walk()))

# ---- mutated requests -----------------------------------------------------------------------------------------------
print(f"# {mutator.count} requests through a real master, {mutator.answers} answered; snmpd itself was stuck {mutator.stuck} times; "
      f"ended: {mutator.ended or 'none'}")
check("the real master was asked and answered", mutator.count > 10 * SECONDS and mutator.answers > mutator.count / 20,
      (mutator.count, mutator.answers))
check("the subagent's values were there whenever snmpd answered at all", mutator.silent == 0, mutator.silent)
check("neither it nor its subagent ended", not mutator.ended, (mutator.ended, real.crashes()))
check("and both answer still", wait_for(real.master.answers))
for name, subagent in (("deceived", deceived), ("real", real)):
    process = subagent.master.processes["agent"]
    took = subagent.master.end("agent")
    check(f"the {name} one ends when it is told to", took is not None and process.returncode == 0, (took, process.returncode))
checks.end()
