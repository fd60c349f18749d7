#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A master that lies: truncated headers, lengths that are wrong, unknown types, other sessions, SETs
that end in the middle, random damage. The subagent must neither crash nor hang; with a real master
afterwards its values are back. And mutated SNMP requests through a real master.

NETVITALS_SECONDS sets how long each part lasts (12; 600 in the soak). A crash inside libnetsnmp is
the library's: it is recorded as such, by its signal, and the agent started again."""
import os
import random
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "integration"))
import snmp_master
from snmp_master import wait_for

# Phases of a SET that overlap in any order make libnetsnmp 5.9.3 itself use what it has freed
# (handle_subagent_set_response); only who may open the AgentX socket can send them. NETVITALS_ANY_ORDER=1
# sends them all the same.
ANY_ORDER = os.environ.get("NETVITALS_ANY_ORDER") == "1"
SECONDS = float(os.environ.get("NETVITALS_SECONDS", "12"))
OPEN, CLOSE, REGISTER, UNREGISTER, GET, GETNEXT, GETBULK, TESTSET, COMMITSET, UNDOSET, CLEANUPSET, NOTIFY, PING, \
    RESPONSE = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 18
ROOT = [int(x) for x in snmp_master.ROOT.strip(".").split(".")]
snmp_master.require("snmp malformed")
checks = snmp_master.Checks()
check = checks.check
master = snmp_master.Master()
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
        """The phases of a SET in their order, which may end early; with ANY_ORDER in any order."""
        if ANY_ORDER:
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
            for _ in range(5):
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


# ---- a lying master -------------------------------------------------------------------------------------
host = snmp_master.RecordedHost(master.dir)
master.write("netvitals.conf", snmp_master.RECORDED + f"Root {host.path}\nSnmpWrite yes\n")
liar = Liar(master.socket)
master.start_agent()
died = []
deadline = time.monotonic() + SECONDS
while time.monotonic() < deadline:
    time.sleep(0.1)
    status = master.processes["agent"].poll()
    if status is not None:
        died.append(status)
        master.start_agent()
sent, sessions, answers = liar.sent, liar.sessions, liar.answers
liar.end()
os.unlink(master.socket)
print(f"# {sent} PDUs in {sessions} sessions, {answers} answers, {len(died)} deaths {died}")
check("the lying master was listened to", sent > 50 and answers > 20 and sessions > 2, (sent, sessions, answers))
check("the agent is alive after a master that lies", not died, died)
host.advance(5, 100)
process = master.processes["agent"]
master.start_snmpd()
check("with a real master its values are back", wait_for(master.answers, 8) and len(master.walk()) > 2000,
      master.read("agent.err")[-400:])
check("it is the same process", process.poll() is None)

# ---- mutated requests through a real master ------------------------------------------------------------------
def request(kind, parts, request_id):
    def tlv(tag, data):
        return bytes([tag]) + (bytes([len(data)]) if len(data) < 128 else b"\x82" + struct.pack(">H", len(data))) + data

    def subid(value):
        out = [value & 0x7f]
        while value > 0x7f:
            value >>= 7
            out.insert(0, value & 0x7f | 0x80)
        return bytes(out)

    name = bytes([43]) + b"".join(subid(p) for p in parts[2:])
    varbind = tlv(0x30, tlv(6, name) + tlv(5, b""))
    body = tlv(2, struct.pack(">i", request_id)) + tlv(2, b"\0") + tlv(2, b"\x14" if kind == 0xa5 else b"\0") + tlv(0x30, varbind * dice.randrange(1, 4))
    return tlv(0x30, tlv(2, b"\1") + tlv(4, b"public") + tlv(kind, body))


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
    udp.setblocking(False)
    deadline, count = time.monotonic() + SECONDS / 2, 0
    while time.monotonic() < deadline:
        packet = bytearray(request(dice.choice((0xa0, 0xa1, 0xa5)), (some_oid() + ROOT)[:40], count + 1))
        for _ in range(dice.randrange(4)):
            packet[dice.randrange(len(packet))] = dice.randrange(256)
        udp.sendto(packet, ("127.0.0.1", master.port))
        count += 1
        time.sleep(0.003)
        try:
            while True:
                udp.recv(65536)
        except OSError:
            pass
print(f"# {count} mutated requests")
check("after mutated requests master and agent answer", wait_for(master.answers, 5) and process.poll() is None
      and master.processes["snmpd"].poll() is None)
took = master.end("agent")
check("the agent ends cleanly", took is not None and took < 1 and process.returncode == 0, (took, process.returncode))
checks.end()
