# SPDX-License-Identifier: MIT
"""A private snmpd, snmptrapd and subagent for tests, and a recorded host that the test can age.

Everything lies in one temporary directory, listens on loopback ports that were free, reads no
configuration of the system, and is gone after the test, also when it fails.
"""
import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import checks as common
from checks import BUILD, CLASSES, COMMAND, HERE, TOP, Checks, Stopwatch, free_port, wait_for  # noqa: F401

AGENT = os.path.join(BUILD, "netvitals-agentx")
MIB = os.path.join(TOP, "mibs", "NETVITALS-MIB.txt")
STUBS = os.path.join(TOP, "tests", "lint", "smi-stubs")
ROOT = ".1.3.6.1.4.1.8072.9999.9999.7311"
SNMPD = common.program("snmpd")
SNMPTRAPD = common.program("snmptrapd")


def require(name, *programs):
    """End the test with one printed reason if something that it needs is not here."""
    common.require(Checks(), name, AGENT, "snmpd", "snmptrapd", "snmpget", *programs)


def as_nobody():
    """The words before a command that is to run as nobody; none if that is not possible here."""
    words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if os.geteuid() != 0 or not common.program("setpriv"):
        return []
    able = subprocess.run([*words, "test", "-x", AGENT], check=False).returncode == 0
    return words if able else []


AS_NOBODY = as_nobody()


def parse_values(text):
    """Lines of `-On` output: {OID: (type, value)}; keeps their order. Values may span lines."""
    found = {}
    oid = None
    for line in text.splitlines():
        match = re.match(r"(\.1\.[\d.]+) = (.*)", line)
        if match:
            oid, rest = match.groups()
            kind, colon, value = rest.partition(": ")
            if not colon:
                kind, value = ("STRING", "") if rest in ('""', "") else (rest, None)
            found[oid] = (kind, value.strip('"') if kind == "STRING" and value else value)
        elif oid and found[oid][1] is not None:
            found[oid] = (found[oid][0], found[oid][1] + "\n" + line.rstrip('"'))
    return found


def manual(program):
    """Lines of our manual page that begin with that program, as an operator would type them."""
    with open(os.path.join(TOP, "plugins", "snmp", "netvitals-agentx.8"), encoding="utf-8") as file:
        text = re.sub(r" *\\e\n\s*", " ", file.read())
    return re.findall(rf"^{program} .*", text, re.M)


class Master:
    def __init__(self, prefix=(), agent_options=(), trap_port=None):
        """prefix: command that each process runs under, such as ip netns exec NAME."""
        self.dir = tempfile.mkdtemp(prefix="nvsnmp")
        os.chmod(self.dir, 0o755)
        self.prefix = list(prefix)
        self.port = free_port()
        self.trap_port = trap_port or free_port()
        self.socket = f"{self.dir}/agentx"
        self.processes = {}
        self.environment = dict(os.environ, SNMP_PERSISTENT_DIR=f"{self.dir}/persist", MIBS="",
                                MIBDIRS=f"{self.dir}/none", SNMPCONFPATH=f"{self.dir}/conf", TZ="UTC")
        self.agent_options = list(agent_options)
        for name in ("persist", "conf"):
            os.mkdir(f"{self.dir}/{name}")
        self.write("snmpd.conf", f"""agentaddress udp:127.0.0.1:{self.port}
master agentx
agentXSocket unix:{self.socket}
agentXTimeout 5
rocommunity public 127.0.0.1
rwcommunity secret 127.0.0.1
rwcommunity narrow 127.0.0.1 {ROOT}.1
trap2sink 127.0.0.1:{self.trap_port} public
maxGetbulkResponses 500
""")
        self.write("snmptrapd.conf", "disableAuthorization yes\n")
        self.write("netvitals.conf", "Interval 1\nWindow 6\nPingInterval 1\n")
        atexit.register(self.stop)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(1))

    def write(self, name, text):
        with open(f"{self.dir}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        try:
            with open(f"{self.dir}/{name}", encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def start(self, name, command, env=None):
        log = open(f"{self.dir}/{name}.err", "a", encoding="utf-8")
        self.processes[name] = subprocess.Popen(self.prefix + command, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, env=dict(self.environment, **(env or {})))
        log.close()

    def start_snmpd(self):
        self.start("snmpd", [SNMPD, "-f", "-C", "-c", f"{self.dir}/snmpd.conf", "-I", "-smux",
                             "-Lf", f"{self.dir}/snmpd.log", "-p", f"{self.dir}/snmpd.pid"])

    def start_trapd(self):
        self.start("snmptrapd", [SNMPTRAPD, "-f", "-C", "-c", f"{self.dir}/snmptrapd.conf", "-On",
                                 "-Lf", f"{self.dir}/traps", "-F", "TRAP %v\\n",
                                 "-p", f"{self.dir}/trapd.pid", f"udp:127.0.0.1:{self.trap_port}"])

    def start_agent(self, name="agent", env=None, options=(), under=()):
        """under: a command that runs it, such as AS_NOBODY."""
        self.start(name, [*under, AGENT, "-f", "-L", "-c", f"{self.dir}/netvitals.conf",
                          "-x", f"unix:{self.socket}"] + self.agent_options + list(options), env)

    def start_all(self, env=None):
        self.start_snmpd()
        self.start_trapd()
        if not wait_for(lambda: os.path.exists(self.socket)):
            raise RuntimeError("snmpd does not start: " + self.read("snmpd.log"))
        self.start_agent(env=env)
        if not wait_for(self.answers):
            raise RuntimeError("the subagent does not answer: " + self.read("agent.err"))

    def end(self, name, number=signal.SIGTERM, seconds=30):
        """Seconds that it took to end, waiting for a processor not counted; None if it had to be killed."""
        process = self.processes.pop(name, None)
        if not process:
            return 0
        watch = Stopwatch(process.pid)
        process.send_signal(number)
        deadline, took = time.monotonic() + seconds, 0
        while process.poll() is None:
            if time.monotonic() > deadline:
                process.kill()
                process.wait()
                return None
            took = watch.seconds()
            time.sleep(0.01)
        return took

    def stop(self):
        for name in list(self.processes):
            self.processes[name].send_signal(signal.SIGCONT)
            self.end(name)
        shutil.rmtree(self.dir, ignore_errors=True)

    def run(self, tool, *arguments, community="public", version="2c", timeout=5, retries=0):
        done = subprocess.run(self.prefix + [tool, "-On", f"-v{version}", "-c", community,
            "-t", str(timeout), "-r", str(retries), *[a for a in arguments if a.startswith("-C")],
            f"127.0.0.1:{self.port}", *[a for a in arguments if not a.startswith("-C")]],
            capture_output=True, text=True, env=self.environment, timeout=300, errors="replace")
        return done.returncode, done.stdout, done.stderr

    def get(self, tail, **options):
        """Value of ROOT.tail as text, None if there is none."""
        _, out, _ = self.run("snmpget", f"{ROOT}.{tail}", **options)
        value = parse_values(out).get(f"{ROOT}.{tail}")
        return None if not value or value[0].startswith("No ") else value[1]

    def number(self, tail, seconds=0):
        """Value of ROOT.tail as a number; None if there is none after so many seconds."""
        value = wait_for(lambda: self.get(tail), seconds) if seconds else self.get(tail)
        return int(value) if value and value.isdigit() else None

    def answers(self):
        return self.get("1.3.1.3.1.5", timeout=1) is not None

    def answer_s(self):
        """Seconds that one value takes, waiting for a processor not counted; inf without an answer."""
        watch = self.watch()
        client = subprocess.Popen(self.prefix + ["snmpget", "-On", "-v2c", "-c", "public", "-t", "20", "-r", "0",
            f"127.0.0.1:{self.port}", f"{ROOT}.1.3.1.3.1.5"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, env=self.environment)
        watch.also(client.pid)
        os.waitid(os.P_PID, client.pid, os.WEXITED | os.WNOWAIT)  # what it waited for can be read until it is reaped
        took = watch.seconds()
        return took if "INTEGER" in client.communicate()[0] else float("inf")

    def watch(self):
        """Of the seconds in which a master and a subagent have to do something."""
        return Stopwatch(*(process.pid for process in self.processes.values()))

    def walk(self, tail="", bulk=25, **options):
        """{OID: (type, value)} of everything below."""
        oid = f"{ROOT}.{tail}" if tail else ROOT
        if bulk:
            _, out, _ = self.run("snmpbulkwalk", f"-Cr{bulk}", oid, **options)
        else:
            _, out, _ = self.run("snmpwalk", oid, **options)
        return parse_values(out)

    def traps(self):
        """Ours, received so far: a list of {OID: (type, value)}, sysUpTime first. snmpd sends others."""
        found = []
        for line in self.read("traps").split("TRAP ")[1:]:
            trap = parse_values(line.strip().replace("\t", "\n"))
            if trap.get(".1.3.6.1.6.3.1.1.4.1.0", ("", ""))[1].startswith(ROOT + ".0."):
                found.append(trap)
        return found

    def events(self, kinds=(1, 2, 3, 4)):
        """Received raises and clears: (notification number, first OID, status, text, seq)."""
        found = []
        for trap in self.traps():
            names = list(trap)
            kind = int(trap[".1.3.6.1.6.3.1.1.4.1.0"][1].rsplit(".", 1)[1])
            if kind in kinds:
                found.append((kind, names[2], trap[names[2]][1], trap[f"{ROOT}.1.11.4.0"][1],
                              int(trap[f"{ROOT}.1.11.2.0"][1])))
        return found


class RecordedHost:
    """A tree as `Root` reads it, made of this machine's files; the test makes time and events."""

    def __init__(self, directory):
        self.path = f"{directory}/root"
        self.dir = directory
        self.uptime = 1000.0
        self.generation = 0
        self.text = {}
        self.pipes = set()  # files that are pipes, so that who reads them waits
        for name in ("snmp", "netstat", "sockstat", "dev"):
            with open(f"/proc/net/{name}", encoding="ascii") as file:
                self.text[name] = file.read()
        # Every counter of its own, so that a column that is mixed up shows.
        for name in ("snmp", "netstat"):
            lines = self.text[name].splitlines()
            for i in range(1, len(lines), 2):
                words = lines[i].split()
                base = 1000 * (i + 1) + (500000 if name == "netstat" else 0)
                lines[i] = " ".join([words[0]] + [str(base + n) for n in range(1, len(words))])
            self.text[name] = "\n".join(lines) + "\n"
        for key, value in (("Forwarding", 2), ("RtoAlgorithm", 1), ("RtoMin", 200),
                           ("RtoMax", 120000), ("MaxConn", -1), ("CurrEstab", 3)):
            self.set("snmp", "Ip" if key == "Forwarding" else "Tcp", key, value)
        self.publish()

    def _cell(self, name, row, key):
        lines = self.text[name].splitlines()
        for i in range(0, len(lines), 2):
            if lines[i].startswith(row + ":"):
                return lines, i + 1, lines[i].split().index(key)
        raise KeyError(f"{name} {row} {key}")

    def value(self, name, row, key):
        lines, line, column = self._cell(name, row, key)
        return int(lines[line].split()[column])

    def set(self, name, row, key, value):
        lines, line, column = self._cell(name, row, key)
        words = lines[line].split()
        words[column] = str(value)
        lines[line] = " ".join(words)
        self.text[name] = "\n".join(lines) + "\n"

    def publish(self):
        """All files of one instant, put in place by one rename."""
        self.generation += 1
        tree = f"{self.dir}/tree{self.generation}"
        os.makedirs(f"{tree}/net")
        for name, text in self.text.items():
            if name in self.pipes:
                os.mkfifo(f"{tree}/net/{name}")
                continue
            with open(f"{tree}/net/{name}", "w", encoding="ascii") as file:
                file.write(text)
        with open(f"{tree}/uptime", "w", encoding="ascii") as file:
            file.write(f"{self.uptime:.2f} {self.uptime:.2f}\n")
        with open(f"{tree}/stat", "w", encoding="ascii") as file:
            file.write("cpu 0 0 0 0\nbtime 1700000000\n")
        os.symlink(tree, f"{self.path}.new")
        os.rename(f"{self.path}.new", self.path)
        shutil.rmtree(f"{self.dir}/tree{self.generation - 3}", ignore_errors=True)

    def advance(self, seconds, sent=0, retransmitted=0):
        self.uptime += seconds
        for key, more in (("OutSegs", sent), ("InSegs", sent), ("RetransSegs", retransmitted)):
            self.set("snmp", "Tcp", key, self.value("snmp", "Tcp", key) + more)
        self.publish()


class Ageing(threading.Thread):
    """Lets a recorded host live: a few seconds of its time every tenth of a second of ours."""

    def __init__(self, host, step_s=1.0):
        super().__init__(daemon=True)
        self.host, self.step_s = host, step_s
        self.loss = 0.0
        self.going = True
        self.start()

    def run(self):
        while self.going:
            time.sleep(0.1)
            self.host.advance(self.step_s, sent=1000, retransmitted=int(1000 * self.loss))

    def end(self):
        self.going = False
        self.join()


RECORDED = "Interval 0.1\nWindow 6\nPingInterval 1\n"
