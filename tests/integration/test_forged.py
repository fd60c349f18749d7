#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Packets with a forged source, of each kind that counts somewhere. The catalog says of each indicator whether one
such packet can count in it: what moves must be declared, what is declared must move. A daemon raises nothing for them."""
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time

from checks import BUILD, COMMAND, Checks, require, wait_for

HOST, SENDER = f"nvf{os.getpid()}h", f"nvf{os.getpid()}s"
HERE, THERE, STRANGER, ELSEWHERE = "10.77.0.1", "10.77.0.2", "203.0.113.9", "198.51.100.7"
MAC = bytes.fromhex("02004d000001")
OPEN, CLOSED, ECHO = 7001, 7002, 7003
AGENT = os.path.join(BUILD, "netvitals-agentx")
checks = Checks()
check = checks.check


# ---- packets -------------------------------------------------------------------------------------

def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip(protocol, payload, source=STRANGER, to=HERE, ttl=64, offset=0, number=1, options=b"", length=None, sealed=True):
    header = struct.pack(">BBHHHBBH4s4s", 0x45 + len(options) // 4, 0, length or 20 + len(options) + len(payload), number,
                         offset, ttl, protocol, 0, socket.inet_aton(source), socket.inet_aton(to)) + options
    seal = checksum(header) if sealed else checksum(header) ^ 0x55
    return header[:10] + struct.pack(">H", seal) + header[12:] + payload


def pseudo(protocol, payload, source, to):
    return socket.inet_aton(source) + socket.inet_aton(to) + struct.pack(">BBH", 0, protocol, len(payload)) + payload


def tcp(port, flags, number, sealed=True, source=STRANGER, sequence=None, **more):
    segment = struct.pack(">HHIIBBHHH", 20000 + number % 30000, port, sequence or 1 + number, 2, 0x50, flags, 1000, 0, 0)
    seal = checksum(pseudo(6, segment, source, more.get("to", HERE))) ^ (0 if sealed else 0x55)
    return ip(6, segment[:16] + struct.pack(">H", seal) + segment[18:], source=source, **more)


def udp(port, number, size=20, sealed=True, source=STRANGER, **more):
    datagram = struct.pack(">HHHH", 20000 + number % 30000, port, 8 + size, 0) + b"x" * size
    seal = checksum(pseudo(17, datagram, source, more.get("to", HERE))) ^ (0 if sealed else 0x55)
    return ip(17, datagram[:6] + struct.pack(">H", seal) + datagram[8:], source=source, **more)


def icmp(kind, code, rest=b"\0\0\0\0", payload=b"", sealed=True, **more):
    message = struct.pack(">BBH", kind, code, 0) + rest + payload
    seal = checksum(message) ^ (0 if sealed else 0x55)
    return ip(1, message[:2] + struct.pack(">H", seal) + message[4:], **more)


def quoted():
    """A datagram that this host never sent, from a port that it has."""
    return ip(17, struct.pack(">HHHH", ECHO, 53, 28, 0) + b"x" * 20, source=HERE, to=STRANGER)[:28]


def icmp6(kind, rest, payload):
    source, to = (socket.inet_pton(socket.AF_INET6, a) for a in ("fe80::99", "fe80::4dff:fe00:1"))
    message = struct.pack(">BBH", kind, 0, 0) + rest + payload
    seal = checksum(source + to + struct.pack(">II", len(message), 58) + message)
    message = message[:2] + struct.pack(">H", seal) + message[4:]
    return struct.pack(">IHBB", 0x60000000, len(message), 58, 255) + source + to + message


def reset(number):
    """Of the half-open connection of that SYN."""
    return tcp(OPEN, 4, number, sequence=2 + number)


FRAGMENT = b"y" * 64
# kind: the packets of one round, of a running number; settings of the host; indicators that it counts in.
KINDS = {
    "segment with a wrong checksum": (lambda n: [tcp(CLOSED, 2, n, sealed=False)], "", ["tcpInChecksum"]),
    "datagram with a wrong checksum": (lambda n: [udp(CLOSED, n, sealed=False)], "", ["udpInChecksum"]),
    "ICMP with a wrong checksum": (lambda n: [icmp(8, 0, sealed=False)], "", ["icmpInChecksum"]),
    "damaged IP header": (lambda n: [ip(17, b"z" * 20, sealed=False)], "", ["ipInHeaderErrors"]),
    "shorter than it says": (lambda n: [ip(17, b"z" * 20, length=400)], "", ["ipInTruncated"]),
    "fragment without the rest": (lambda n: [ip(17, FRAGMENT, offset=0x2000, number=n % 60000)], "", ["ipReasmTimeout"]),
    "overlapping fragments": (lambda n: [ip(17, FRAGMENT, offset=0x2000, number=n % 60000),
                                         ip(17, FRAGMENT, offset=0x2004, number=n % 60000)], "", ["ipReasmOverlap"]),
    "broken IP option": (lambda n: [ip(17, b"z" * 20, options=b"\x07\x03\x02\x00", number=n)], "", ["icmpOutParamProblem"]),
    "unknown protocol": (lambda n: [ip(253, b"z" * 20)], "", ["ipUnknownProto"]),
    "datagram for a closed port": (lambda n: [udp(CLOSED, n)], "", ["udpNoPort"]),
    "datagram to all": (lambda n: [udp(CLOSED, n, to="10.77.0.255")], "", ["udpNoPortBroadcast"]),
    "SYN from where no route leads": (lambda n: [tcp(OPEN, 2, n)], "no default route", []),
    "datagram from where no route leads": (lambda n: [udp(CLOSED, n)], "no default route", ["udpNoPort"]),
    "to be forwarded nowhere": (lambda n: [udp(CLOSED, n, to=ELSEWHERE)], "ip_forward=1, no default route",
                                ["ipForwardNoRoute"]),
    "SYN for a closed port": (lambda n: [tcp(CLOSED, 2, n)], "", ["tcpOutReset"]),
    "SYN for an open port": (lambda n: [tcp(OPEN, 2, n)], "", []),
    "SYN and RST for an open port": (lambda n: [tcp(OPEN, 2, n), reset(n)], "", []),
    "the same SYN again": (lambda n: [tcp(OPEN, 2, n // 3)], "", ["tcpSynRetrans"]),
    "unasked SYN-ACK": (lambda n: [tcp(CLOSED, 0x12, n)], "", ["tcpOutReset"]),
    "unasked RST": (lambda n: [tcp(CLOSED, 4, n)], "", []),
    "destination unreachable": (lambda n: [icmp(3, 1, payload=quoted())], "", ["icmpInUnreachable"]),
    "time exceeded": (lambda n: [icmp(11, 0, payload=quoted())], "", ["icmpInTimeExceeded"]),
    "source quench": (lambda n: [icmp(4, 0, payload=quoted())], "", ["icmpInSourceQuench"]),
    "parameter problem": (lambda n: [icmp(12, 0, payload=quoted())], "", ["icmpInParamProblem"]),
    "redirect": (lambda n: [icmp(5, 1, rest=socket.inet_aton(THERE), payload=quoted())], "", ["icmpInRedirect"]),
    "packet too big": (lambda n: [icmp6(2, struct.pack(">I", 1300), b"q" * 60)], "", ["icmpInTooBig"]),
    "not for this host": (lambda n: [udp(CLOSED, n, to=ELSEWHERE)], "", ["ipNotForUs"]),
    "from behind another interface": (lambda n: [udp(CLOSED, n, source="10.78.0.9")], "rp_filter=1", ["ipReversePath"]),
    "to be forwarded": (lambda n: [udp(CLOSED, n, to="10.78.0.9")], "ip_forward=1", ["ipForwarded"]),
    "to be forwarded back": (lambda n: [udp(CLOSED, n, source=THERE, to="10.77.0.9")], "ip_forward=1",
                             ["icmpOutRedirect", "ipForwarded"]),
    "expired": (lambda n: [udp(CLOSED, n, to="10.78.0.9", ttl=1)], "ip_forward=1", ["icmpOutTimeExceeded"]),
    "too big to be forwarded": (lambda n: [udp(CLOSED, n, size=1300, to="10.78.0.9", offset=0x4000)], "ip_forward=1",
                                ["ipFragNeeded"]),
}


# ---- the two hosts -------------------------------------------------------------------------------

def run(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True)


def inside(namespace, *words, **more):
    return subprocess.run(["ip", "netns", "exec", namespace, *words], capture_output=True, text=True, timeout=300,
                          check=False, **more)


def build():
    run("ip", "netns", "add", HOST)
    run("ip", "netns", "add", SENDER)
    run("ip", "link", "add", "h0", "netns", HOST, "address", MAC.hex(":"), "type", "veth", "peer", "s0", "netns", SENDER)
    for namespace, device, address in ((HOST, "h0", HERE), (SENDER, "s0", THERE)):
        run("ip", "-n", namespace, "addr", "add", address + "/24", "dev", device)
        run("ip", "-n", namespace, "link", "set", device, "up")
        run("ip", "-n", namespace, "link", "set", "lo", "up")
    run("ip", "link", "add", "d0", "netns", HOST, "type", "veth", "peer", "d1", "netns", SENDER)
    run("ip", "-n", SENDER, "link", "set", "d1", "up")
    run("ip", "-n", HOST, "addr", "add", "10.78.0.1/24", "dev", "d0")
    run("ip", "-n", HOST, "link", "set", "d0", "mtu", "600", "up")
    run("ip", "-n", HOST, "neigh", "add", "10.78.0.9", "lladdr", MAC.hex(":"), "dev", "d0")
    run("ip", "-n", HOST, "neigh", "add", "10.77.0.9", "lladdr", "02:00:4d:00:00:09", "dev", "h0")
    run("ip", "-n", HOST, "addr", "replace", "fe80::4dff:fe00:1/64", "dev", "h0", "nodad")
    settle("ipfrag_time=1")


def settle(settings):
    """rp_filter=1, ip_forward=1, no default route; what is not named is as it is by default."""
    inside(HOST, "sh", "-c", f"""
        cd /proc/sys/net/ipv4
        echo {int('rp_filter=1' in settings)} >conf/h0/rp_filter; echo {int('rp_filter=1' in settings)} >conf/all/rp_filter
        echo {int('ip_forward=1' in settings)} >ip_forward; echo 1 >ipfrag_time; echo 1 >conf/h0/send_redirects
        ip route {'del' if 'no default' in settings else 'replace'} default via {THERE} 2>/dev/null; exit 0""")


def serve():
    server = socket.create_server((HERE, ECHO))
    listener = socket.create_server((HERE, OPEN), backlog=512)  # noqa: F841 kept open
    answer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    answer.bind((HERE, ECHO))
    print("ready", flush=True)
    connection = server.accept()[0]
    connection.settimeout(0.01)
    while True:
        try:
            connection.sendall(connection.recv(1000))
            answer.sendto(b"pong", (THERE, ECHO))
        except TimeoutError:
            pass


def visit():
    """Honest traffic, some hundred segments a second."""
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind((THERE, ECHO))
    connection = socket.create_connection((HERE, ECHO))
    print("ready", flush=True)
    while True:
        connection.sendall(b"ping" * 50)
        connection.recv(1000)
        time.sleep(0.004)


def send(kind, rate):
    """Until it is ended."""
    make = KINDS[kind][0]
    wire = {4: 0x0800, 6: 0x86dd}
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
    number = sum(kind.encode()) * 997 % 20000
    print("ready", flush=True)
    while True:
        for packet in make(number):
            raw.sendto(packet, ("s0", wire[packet[0] >> 4], 0, 0, MAC))
        number += 1
        if rate:
            time.sleep(1 / rate)


def start(namespace, *words):
    process = subprocess.Popen(["ip", "netns", "exec", namespace, sys.executable, __file__, *words],
                               stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    return process


def stop(process):
    process.kill()
    process.wait()


# ---- what counts ---------------------------------------------------------------------------------

def moved():
    """{indicator: verdict} of those in which anything counted during a second."""
    seen = inside(HOST, COMMAND, "report", "--json", "1")
    return {i["name"]: i for i in json.loads(seen.stdout)["indicators"] if i["numerator"]}


def catalog():
    return {i["name"]: i for i in json.loads(run(COMMAND, "catalog", "--format=json").stdout)["indicators"]}


def forge(known):
    told = {}
    settle("")
    quiet = set(moved())
    for kind, (_, settings, expected) in KINDS.items():
        settle(settings)
        sender = start(SENDER, "send", kind, "40")
        got = moved()
        for _ in range(3):  # a fragment is given up after a second; a busy machine is late
            if set(expected) <= set(got):
                break
            got = moved()
        stop(sender)
        more = {name for name in got if name not in quiet and known[name]["forged"] == "never"}
        check(f"{kind}: counts in {' '.join(expected) or 'nothing that a connection has to do with'}",
              set(expected) <= set(got) and not more, f"counted {sorted(got)}, not declared {sorted(more)}")
        for name in got:
            told.setdefault(name, got[name])
        if "no default" in settings:
            settle("")
    declared = {name for name, i in known.items() if i["forged"] == "counts"}
    check("what is declared to count has counted", declared <= set(told), sorted(declared - set(told)))


# ---- what a daemon says --------------------------------------------------------------------------

CONFIG = """Interval 1
Window 6
StateDir "{state}"
"""


def daemon():
    """The agent without a master, each attack for a while: no event of a class."""
    if not os.path.exists(AGENT):
        checks.skip("a daemon raises nothing for forged packets", "build/netvitals-agentx is not built")
        return
    with tempfile.TemporaryDirectory() as state:
        with open(f"{state}/conf", "w", encoding="ascii") as file:
            file.write(CONFIG.format(state=state))
        agent = subprocess.Popen(["ip", "netns", "exec", HOST, AGENT, "-f", "-L", "-c", f"{state}/conf", "-x",
                                  f"unix:{state}/none"], stderr=subprocess.PIPE, text=True)
        time.sleep(8)
        for kind, rate in (("segment with a wrong checksum", 2), ("damaged IP header", 20),
                           ("fragment without the rest", 20), ("SYN for an open port", 0),
                           ("destination unreachable", 0), ("datagram for a closed port", 0)):
            sender = start(SENDER, "send", kind, str(rate))
            time.sleep(9)
            stop(sender)
        agent.terminate()
        log = agent.communicate(timeout=30)[1]
        events = inside(HOST, COMMAND, "events", "--json", "--state-dir", state)
        raised = [line for line in events.stdout.splitlines() + log.splitlines()
                  if any(word in line.lower() for word in ("warning", "critical")) and "disk" not in line]
        check("a daemon raises nothing for forged packets", events.returncode == 0 and not raised,
              "; ".join(raised) or events.stderr or log)


def main():
    if len(sys.argv) > 1:
        role = {"serve": serve, "visit": visit, "send": lambda: send(sys.argv[2], float(sys.argv[3]))}[sys.argv[1]]
        return role()
    if os.geteuid() != 0:
        checks.skip("forged packets", "not root (network namespaces)")
        checks.end()
    require(checks, "forged packets", "ip", COMMAND)
    processes = []
    try:
        build()
        processes = [start(HOST, "serve"), start(SENDER, "visit")]
        check("honest traffic passes", wait_for(lambda: inside(HOST, COMMAND, "check", "1").returncode == 0),
              inside(HOST, COMMAND, "check", "1").stdout)
        forge(catalog())
        daemon()
    finally:
        for process in processes:
            stop(process)
        for namespace in (HOST, SENDER):
            subprocess.run(["ip", "netns", "del", namespace], check=False, stderr=subprocess.DEVNULL)
    checks.end()


main()
