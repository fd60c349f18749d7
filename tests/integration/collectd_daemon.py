# SPDX-License-Identifier: MIT
"""A private collectd with the plugin, for tests: from options to what came out of the daemon.

Everything lies in one temporary directory: configuration, pid file, socket, log, csv files. The
daemon is a child that is gone after stop(), also when the test fails.
"""
import atexit
import glob
import grp
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile

import checks as common
from checks import BUILD, CLASSES, COMMAND, TOP, Checks, Stopwatch, free_port, wait_for  # noqa: F401

PLUGIN = os.path.join(BUILD, "collectd", "netvitals.so")
COLLECTD = common.program("collectd")
STOCK = next((d for d in ("/usr/lib/collectd", "/usr/lib64/collectd",
                          "/usr/lib/x86_64-linux-gnu/collectd") if os.path.isdir(d)), "")
TYPES = "/usr/share/collectd/types.db"

HEADLINES = """tcpRetrans tcpTimeouts tcpSynRetrans tcpInOutOfOrder ipReasmTimeout tcpInChecksum
ifInErrors icmpInUnreachable ipNoRoute udpNoPort udpInOverflow tcpOutZeroWindow tcpListenOverflow
ifOutErrors tcpMemory""".split()


# A program that does not read its UDP socket at argv[2] while datagrams arrive, for argv[1] seconds.
UDP_FAULT = """
import socket, sys, time
reader = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
reader.bind((sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1", 0))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    for _ in range(20):
        sender.sendto(b"x" * 512, reader.getsockname())
    time.sleep(0.1)
"""


def require(checks, name, *programs):
    """End the test with one printed reason if something that it needs is not here."""
    common.require(checks, name, PLUGIN, "collectd", *programs)
    if not STOCK:
        checks.skip(name, "the plugins of collectd are not installed")
        checks.end()


class Daemon:
    def __init__(self, options="", interval=1, plugins="", extra="", prefix=(), hostname="testhost",
                 block=True, csv=True, tail="", netvitals=True):
        self.dir = tempfile.mkdtemp(prefix="nvcollectd-")
        os.chmod(self.dir, 0o755)
        self.prefix, self.hostname, self.child = list(prefix), hostname, None
        self.log_path = os.path.join(self.dir, "log")
        self.csv_dir = os.path.join(self.dir, "csv")
        self.socket_path = os.path.join(self.dir, "sock")
        self.conf = os.path.join(self.dir, "collectd.conf")
        self.configure(options, interval, plugins, extra, block, csv, tail, netvitals)
        atexit.register(self.remove)

    def configure(self, options="", interval=1, plugins="", extra="", block=True, csv=True, tail="",
                  netvitals=True):
        """One writing thread: several may put two values that follow at once into either order."""
        load = "".join(f"LoadPlugin {name}\n" for name in plugins.split())
        text = f'''Hostname "{self.hostname}"
FQDNLookup false
BaseDir "{self.dir}"
PIDFile "{self.dir}/pid"
TypesDB "{TYPES}"
Interval {interval}
WriteThreads 1
PluginDir "{STOCK}"
LoadPlugin logfile
<Plugin logfile>
  LogLevel info
  File "{self.log_path}"
  Timestamp false
  PrintSeverity true
</Plugin>
LoadPlugin unixsock
<Plugin unixsock>
  SocketFile "{self.socket_path}"
  SocketGroup "{grp.getgrgid(os.getgid()).gr_name}"
</Plugin>
'''
        if csv:
            text += f'LoadPlugin csv\n<Plugin csv>\n  DataDir "{self.csv_dir}"\n</Plugin>\n'
        text += f"{load}{extra}\n"
        if netvitals:
            text += f'PluginDir "{os.path.dirname(PLUGIN)}"\nLoadPlugin netvitals\n'
        if netvitals and block:
            text += f"<Plugin netvitals>\n{options}\n</Plugin>\n"
        with open(self.conf, "w") as file:
            file.write(text + tail)

    def start(self, environment=None):
        self.console = open(os.path.join(self.dir, "console"), "ab")
        self.child = subprocess.Popen(
            self.prefix + [COLLECTD, "-f", "-C", self.conf], stdin=subprocess.DEVNULL,
            stdout=self.console, stderr=self.console, env=environment)
        return self

    def stop(self, seconds=common.PATIENCE_S):
        """Ask it to end; its exit status, or None if it had to be killed."""
        if not self.child:
            return None
        self.child.send_signal(signal.SIGTERM)
        try:
            status = self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            status = None
        self.child = None
        self.console.close()
        return status

    def remove(self):
        if self.child:
            self.stop(15)
        if os.environ.get("NETVITALS_KEEP"):
            print(f"# kept: {self.dir}")
        else:
            shutil.rmtree(self.dir, ignore_errors=True)

    def running(self):
        return self.child is not None and self.child.poll() is None

    def log(self):
        text = ""
        for path in (self.log_path, os.path.join(self.dir, "console")):
            if os.path.exists(path):
                with open(path, errors="replace") as file:
                    text += file.read()
        return text

    def starved(self):
        """Whether the plugin got no processor for so long that it took its source for dead."""
        return "the source hangs" in self.log()

    def remarks(self, pattern):
        """Lines of the log, but not those that say that this machine is slow."""
        return [line for line in self.log().splitlines() if re.search(pattern, line)
                and not re.search("above its read interval|the source hangs|answers again", line)]

    def complaints(self):
        return self.remarks(r"\[(error|warning)\]")

    def lists(self, host=None):
        """Identifiers (without the host) of all value lists in the csv directory."""
        base = os.path.join(self.csv_dir, host or self.hostname)
        found = set()
        for path in glob.glob(os.path.join(base, "*", "*")):
            name = os.path.relpath(path, base)
            found.add(re.sub(r"-\d{4}-\d\d-\d\d$", "", name))
        return found

    def values(self, identifier, host=None):
        """All values of one list, oldest first, as the csv file has them (lists of floats)."""
        base = os.path.join(self.csv_dir, host or self.hostname, identifier)
        rows = []
        for path in sorted(glob.glob(base + "-????-??-??")):
            with open(path) as file:
                for line in file:
                    if line.endswith("\n") and not line.startswith("epoch"):
                        rows.append([float(word) for word in line.strip().split(",")[1:]])
        return [row[0] if len(row) == 1 else row for row in rows]

    def notifications(self):
        """(severity, instance, type instance, message, host) of each, from the logfile plugin."""
        pattern = re.compile(r"Notification: severity = (\w+), host = ([^,]*), plugin = netvitals, "
                             r"plugin_instance = ([^,]*), type = ([^,]*), type_instance = ([^,]*), "
                             r"message = (.*)")
        return [(m[1], m[3], m[5], m[6], m[2]) for m in pattern.finditer(self.log())]

    def ask(self, command):
        """One command over the daemon's socket: the lines of the answer."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(common.PATIENCE_S)
            link.connect(self.socket_path)
            link.sendall(command.encode() + b"\n")
            stream = link.makefile()
            head = stream.readline().strip()
            match = re.match(r"(-?\d+)", head)
            count = max(0, int(match[1])) if match else 0
            return [head] + [stream.readline().strip() for _ in range(count)]


def default_lists():
    """The 20 identities that every installation has, computed from the contract alone."""
    kinds = {"ipNoRoute": "gauge", "tcpListenOverflow": "gauge", "tcpMemory": "gauge"}
    home = {}
    for name in "tcpRetrans tcpTimeouts tcpSynRetrans tcpInOutOfOrder ipReasmTimeout".split():
        home[name] = "lost"
    for name in "tcpInChecksum ifInErrors".split():
        home[name] = "corrupted"
    for name in "icmpInUnreachable ipNoRoute".split():
        home[name] = "routing"
    for name in "udpNoPort udpInOverflow tcpOutZeroWindow tcpListenOverflow".split():
        home[name] = "application"
    for name in "ifOutErrors tcpMemory".split():
        home[name] = "system"
    lists = {f"netvitals-{name}/gauge-status" for name in CLASSES}
    lists |= {f"netvitals-{home[n]}/{kinds.get(n, 'percent')}-{n}" for n in HEADLINES}
    return lists


class Series:
    """A recorded Root series: the layout of this kernel's files, with numbers that the test sets."""

    FILES = ("snmp", "netstat", "snmp6", "sockstat", "sockstat6", "softnet_stat", "dev")

    def __init__(self, path, step_s=1.0, after=None):
        """after: a series that this one continues, on the same host."""
        self.path, self.step_s, self.count = path, step_s, 0
        self.text = {}
        for name in self.FILES:
            try:
                with open(f"/proc/net/{name}") as file:
                    self.text[name] = file.read()
            except FileNotFoundError:
                pass
        self.pairs = {}
        for name in ("snmp", "netstat"):
            lines = self.text[name].splitlines()
            self.pairs[name] = []
            for head, _ in zip(lines[::2], lines[1::2]):
                row, keys = head.split(":")
                self.pairs[name].append((row, {key: 0 for key in keys.split()}))
        self.interfaces = {}  # name: 16 numbers as in dev; empty: the text of this kernel
        self.uptime_s = 100000.0
        if after:
            self.pairs, self.uptime_s = after.pairs, after.uptime_s
        os.makedirs(path)

    def add(self, row, **counts):
        """Let counters of one row grow: add("Tcp", OutSegs=1000)."""
        for pairs in self.pairs.values():
            for name, keys in pairs:
                if name != row:
                    continue
                for key, more in counts.items():
                    if key in keys:
                        keys[key] += more

    def record(self):
        """Write the next step of the series."""
        step = os.path.join(self.path, f"{self.count:04d}")
        os.makedirs(os.path.join(step, "net"))
        for name, text in self.text.items():
            if name in self.pairs:
                text = "".join(f"{row}: {' '.join(keys)}\n{row}: {' '.join(map(str, keys.values()))}\n"
                               for row, keys in self.pairs[name])
            elif name == "dev" and self.interfaces:
                text = "".join(text.splitlines(True)[:2])
                text += "".join(f"{device}: {' '.join(map(str, row))}\n" for device, row in self.interfaces.items())
            with open(os.path.join(step, "net", name), "w") as file:
                file.write(text)
        with open(os.path.join(step, "uptime"), "w") as file:
            file.write(f"{self.uptime_s:.2f} 1000.00\n")
        with open(os.path.join(step, "stat"), "w") as file:
            file.write("cpu  0 0 0 0 0 0 0 0 0 0\nbtime 1700000000\n")
        self.uptime_s += self.step_s
        self.count += 1


def traffic(series, segments=1000, retransmitted=0, timeouts=0, no_ports=0,
            overflows=0):
    """One step of an ordinary host, with some trouble if asked for."""
    series.add("Ip", InReceives=segments, InDelivers=segments, OutRequests=segments)
    series.add("Tcp", InSegs=segments, OutSegs=segments, RetransSegs=retransmitted, PassiveOpens=5)
    series.add("TcpExt", TCPTimeouts=timeouts, TCPSackRecovery=retransmitted, TCPFastRetrans=retransmitted,
               TCPOrigDataSent=segments, ListenOverflows=overflows, ListenDrops=overflows)
    series.add("IpExt", InNoECTPkts=segments)
    series.add("Udp", InDatagrams=100, OutDatagrams=100, NoPorts=no_ports)
    series.record()


def recorded_with_pipe(work, name, interval, samples, at):
    """A recorded tree of so many samples; net/netstat of one of them is a pipe that nobody writes to. (root, pipe)"""
    root = os.path.join(work, name)
    series = Series(root, interval)
    for _ in range(samples):
        traffic(series)
    pipe = os.path.join(root, f"{at:04d}", "net", "netstat")
    os.unlink(pipe)
    os.mkfifo(pipe)
    return root, pipe
