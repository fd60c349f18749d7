# SPDX-License-Identifier: MIT
"""Three network namespaces, a relay between them, traffic and observers, for one run of a scenario.

    client c0 --veth-- r0 router r1 ==relay== s0 server

Everything that a run makes carries the process id of the driver in its name and is gone afterwards,
also after an error or Ctrl-C; what a killed driver left behind is removed by the next one.
"""

import fcntl
import json
import os
import pathlib
import re
import select
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/integration"))
from checks import PATIENCE_S, waited_s  # noqa: E402
BUILD = ROOT / "build"
OUT = BUILD / "faults"
RELAY = BUILD / "tests/faults/relay"
TRAFFIC = BUILD / "tests/faults/traffic"
NETVITALS = BUILD / "netvitals"

NETVITALS_COPY = OUT / f"netvitals-{os.getpid()}"  # a build in between does not change what is measured

ADDRESSES = {"C": "10.77.1.2", "R1": "10.77.1.1", "R2": "10.77.2.1", "S": "10.77.2.2",
             "C6": "fd77:1::2", "Q1": "fd77:1::1", "Q2": "fd77:2::1", "S6": "fd77:2::2"}
CLIENT_PROGRAMS = {"bulk", "talk", "udp", "ping", "scan", "trace", "forge"}
COUNTER_FILES = ("snmp", "netstat", "snmp6")
START_S = 0.7   # from the start of the observers to time 0 of the steps
TAIL_S = 1.6    # quiet at the end: what is under way arrives, what was lost is repaired


class LabError(Exception):
    """The lab itself failed; says nothing about the product."""


def shell(command, check=True):
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=4 * PATIENCE_S)
    if check and done.returncode:
        raise LabError(f"{command.strip().splitlines()[0]}: {done.stderr.strip()[:300]}")
    return done.stdout


def missing():
    """The reason why no lab can be made here, or None."""
    if os.geteuid() != 0:
        return "needs root"
    if not os.path.exists("/dev/net/tun"):
        return "no /dev/net/tun"
    for tool in ("ip", "tc", "nft", "ethtool"):
        if not any(os.access(f"{d}/{tool}", os.X_OK) for d in ("/usr/sbin", "/sbin", "/usr/bin", "/bin")):
            return f"no {tool} installed"
    for program in (RELAY, TRAFFIC):
        if not program.exists():
            return f"{program.relative_to(ROOT)} is not built"
    try:
        shell(f"ip netns add nvf{os.getpid()}-try && ip netns del nvf{os.getpid()}-try")
    except (LabError, subprocess.TimeoutExpired) as error:
        return f"no network namespaces: {error}"
    return None


# ---- settings of the whole machine: saved in a file first, so that a killed run can be mended ------

JOURNAL = OUT / f"restore-{os.getpid()}.json"


class MachineLock:
    """Runs share the machine; a run that changes settings of the whole machine has it alone, among all
    drivers. The gate keeps new ones out while somebody waits to be alone."""

    def __init__(self, alone):
        self.kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH

    def __enter__(self):
        OUT.mkdir(parents=True, exist_ok=True)
        self.file = open(OUT / "machine.lock", "w")
        with open(OUT / "gate.lock", "w") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            fcntl.flock(self.file, self.kind)
        return self

    def __exit__(self, *_):
        self.file.close()


def set_globals(values):
    saved = {}
    for name in values:
        saved[name] = pathlib.Path("/proc/sys/" + name.replace(".", "/")).read_text().strip()
    OUT.mkdir(parents=True, exist_ok=True)
    JOURNAL.write_text(json.dumps(saved))
    for name, value in values.items():
        pathlib.Path("/proc/sys/" + name.replace(".", "/")).write_text(str(value))


def restore_globals(journal=JOURNAL):
    if not journal.exists():
        return
    for name, value in json.loads(journal.read_text()).items():
        pathlib.Path("/proc/sys/" + name.replace(".", "/")).write_text(value)
    journal.unlink()


def remove_leftovers():
    """Settings, copies and namespaces of drivers that no longer live."""
    for path in [*OUT.glob("restore-*.json"), *OUT.glob("netvitals-*")]:
        if not os.path.exists("/proc/" + re.search(r"-(\d+)", path.name)[1]):
            if path.suffix == ".json":
                restore_globals(path)
            else:
                path.unlink()
    for name in re.findall(r"^nvf(\d+)-\S+", shell("ip netns list", check=False), re.M):
        if not os.path.exists(f"/proc/{name}"):
            for full in re.findall(rf"^(nvf{name}-\S+)", shell("ip netns list"), re.M):
                shell(f"ip netns del {full}", check=False)


# ---- counters, straight from the kernel: the evidence beside every verdict ---------------------------

def read_counters(pid):
    values = {}
    for name in COUNTER_FILES:
        try:
            lines = pathlib.Path(f"/proc/{pid}/net/{name}").read_text().splitlines()
        except OSError:
            continue
        if name == "snmp6":
            values.update((line.split()[0], int(line.split()[1])) for line in lines)
            continue
        for names, numbers in zip(lines[::2], lines[1::2]):
            row = names.split(":")[0]
            pairs = zip(names.split()[1:], numbers.split()[1:])
            values.update((f"{row}.{key}", int(number)) for key, number in pairs)
    return values


TCP_STATES = {1: "ESTABLISHED", 2: "SYN_SENT", 3: "SYN_RECV", 4: "FIN_WAIT1", 5: "FIN_WAIT2", 6: "TIME_WAIT",
              8: "CLOSE_WAIT", 9: "LAST_ACK", 10: "LISTEN", 11: "CLOSING"}


def read_levels(pid, space):
    """What no counter holds: sockets by state, what queues dropped, neighbours that failed."""
    levels = {}
    for name in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]:
            state = TCP_STATES.get(int(line.split()[3], 16), "?")
            levels[state] = levels.get(state, 0) + 1
    text = shell(f"tc -n {space} -s qdisc", check=False)
    levels["qdisc dropped"] = sum(map(int, re.findall(r"dropped (\d+)", text)))
    text = shell(f"ip -n {space} neigh; ip -n {space} -6 neigh", check=False)
    levels["neighbours failed"] = sorted(set(re.findall(r".*(?:FAILED|INCOMPLETE).*", text)))
    stat = pathlib.Path(f"/proc/{pid}/net/stat/nf_conntrack")
    if stat.exists():
        lines = stat.read_text().splitlines()
        for key in ("drop", "early_drop"):
            at = lines[0].split().index(key)
            levels[f"conntrack {key}"] = sum(int(line.split()[at], 16) for line in lines[1:])
    return levels


def difference(before, after):
    return {k: v - before.get(k, 0) for k, v in after.items() if v != before.get(k, 0)}


# ---- one run --------------------------------------------------------------------------------------

class Lab:
    _numbers = iter(range(1, 1 << 30))
    _lock = threading.Lock()

    def __init__(self, scenario, seed):
        with Lab._lock:
            number = next(Lab._numbers)
        self.scenario, self.seed = scenario, seed
        self.space = {who: f"nvf{os.getpid()}-{number}{who[0]}" for who in ("client", "router", "server")}
        self.processes, self.labels, self.talkers = [], {}, []
        self.relay = None
        self.holders = {}

    def __enter__(self):
        try:
            self._build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.processes:
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for space in self.space.values():
            shell(f"ip netns del {space}", check=False)

    # -- namespaces

    def _build(self):
        c, r, s = (self.space[who] for who in ("client", "router", "server"))
        shell(f"ip netns add {c} && ip netns add {r} && ip netns add {s}\n"
              f"ip link add c0 netns {c} type veth peer name r0 netns {r}")
        napi = ["napi"] if self.scenario.get("gro") else []
        self.relay = self._spawn([RELAY, f"{r}:r1", f"{s}:s0", str(self.seed), *napi], control=True)
        self._wait_line(self.relay, "ready")
        quiet = ("for d in /proc/sys/net/ipv6/conf/*; do for n in router_solicitations accept_dad accept_ra;"
                 " do echo 0 > $d/$n; done; done;"
                 " for d in /proc/sys/net/ipv4/conf/*; do echo 0 > $d/rp_filter; done; ip link set lo up;")
        a = ADDRESSES
        self.run_in("client", quiet + "echo 0 > /proc/sys/net/ipv4/ip_forward;"
                    f"ip addr add {a['C']}/24 dev c0; ip addr add {a['C6']}/64 dev c0 nodad;"
                    f"ip link set c0 up; ip route add default via {a['R1']};"
                    f"ip -6 route add default via {a['Q1']}")
        self.run_in("router", quiet + "echo 1 > /proc/sys/net/ipv4/ip_forward;"
                    "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding;"
                    f"ip addr add {a['R1']}/24 dev r0; ip addr add {a['Q1']}/64 dev r0 nodad;"
                    f"ip addr add {a['R2']}/24 dev r1; ip addr add {a['Q2']}/64 dev r1 nodad;"
                    "ip link set r1 txqueuelen 8000; ip link set r0 up; ip link set r1 up")
        self.run_in("server", quiet + "echo 0 > /proc/sys/net/ipv4/ip_forward;"
                    f"ip addr add {a['S']}/24 dev s0; ip addr add {a['S6']}/64 dev s0 nodad;"
                    f"ip link set s0 txqueuelen 8000; ip link set s0 up; ip route add default via {a['R2']};"
                    f"ip -6 route add default via {a['Q2']}")
        self._wait_carrier(c, "c0")
        self._wait_carrier(r, "r0")
        for who in self.space:
            self.holders[who] = self._traffic(who, ["hold"])
        for address in (a["S"], a["S6"]):  # neighbours known before the first count
            self._warm(address)
        time.sleep(0.1)
        rtt = self.scenario.get("rtt", 2)
        if rtt:
            self.control(f"add rtt do=delay ms={rtt / 2}")

    @staticmethod
    def _wait_carrier(space, device):
        """The kernel tells IPv6 of a carrier late (linkwatch); without it the address does not answer."""
        for _ in range(10 * PATIENCE_S):
            if "state UP" in shell(f"ip -n {space} link show {device}"):
                return
            time.sleep(0.1)
        raise LabError(f"{device} has no carrier")

    def _warm(self, address):
        for _ in range(8):
            ping = self._traffic("client", ["ping", f"to={address}", "rate=20", "each=6"])
            if json.loads(ping.communicate(timeout=PATIENCE_S)[0].splitlines()[-1])["received"] >= 2:
                return
        raise LabError(f"no answer from {address}")

    def run_in(self, who, command):
        return shell(f"ip netns exec {self.space[who]} sh -ec '{command}'")

    # -- processes

    def _spawn(self, words, control=False):
        process = subprocess.Popen([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   stdin=subprocess.PIPE if control else subprocess.DEVNULL, text=True, bufsize=1,
                                   start_new_session=True)
        self.processes.append(process)
        return process

    def _wait_line(self, process, expected=None):
        if not select.select([process.stdout], [], [], PATIENCE_S)[0]:
            raise LabError(f"{process.args[:3]}: no answer within {PATIENCE_S} s")
        line = process.stdout.readline().strip()
        if not line or (expected and line != expected):
            raise LabError(f"{' '.join(process.args[:4])}: said '{line}' {process.stderr.readline().strip()}")
        return line

    def _traffic(self, who, words):
        process = self._spawn([TRAFFIC, words[0], f"netns={self.space[who]}", *words[1:]])
        self._wait_line(process, "ready")
        return process

    def control(self, line):
        self.relay.stdin.write(line + "\n")
        self.relay.stdin.flush()
        answer = self._wait_line(self.relay)
        if answer.startswith("error"):
            raise LabError(f"relay: {line}: {answer}")
        return answer

    # -- steps: "TIME WHO[@LABEL] WORDS" with TIME in seconds or "-" (before the observers start)

    def _step(self, step, when):
        _, who, rest = step.split(None, 2)
        rest = re.sub(r"\$([A-Z]+\d?)\b", lambda m: ADDRESSES.get(m[1], str(self.seed)), rest)
        who, _, label = who.partition("@")
        if who == "relay":
            self.control(rest)
        elif who in ("kill", "stop", "cont"):
            raise LabError(f"{step}: write 'signal {who} LABEL'")
        elif who == "signal":
            what, name = rest.split()
            number = {"kill": signal.SIGKILL, "term": signal.SIGTERM, "stop": signal.SIGSTOP,
                      "cont": signal.SIGCONT}[what]
            self.labels[name].send_signal(number)
        elif who == "host$":
            shell(rest)
        elif who.endswith("$"):
            self.run_in(who[:-1], rest)
        else:
            words = rest.split()
            if words[0] in CLIENT_PROGRAMS and "for=" not in rest:
                left = self.scenario["seconds"] - START_S - TAIL_S - when
                words.append(f"for={max(0.5, left):.2f}")
            process = self._traffic(who, words)
            self.talkers.append((who, " ".join(words), process))
            if label:
                self.labels[label] = process

    def observe(self):
        """Run the scenario; returns what was said, what was counted and what was true."""
        scenario, seconds = self.scenario, self.scenario["seconds"]
        steps = [(s.split(None, 1)[0], s) for s in scenario["steps"]]
        for when, step in steps:
            if when == "-":
                self._step(step, 0)
        watch = scenario.get("watch", ["client", "router", "server"])
        before = {who: read_counters(self.holders[who].pid) for who in self.space}
        truth_before = json.loads(self.control("count"))
        start, waited = time.monotonic(), waited_s([self.relay.pid])
        observers = {who: self._observer(who, seconds) for who in watch}
        for when, step in sorted(((float(w), s) for w, s in steps if w != "-"), key=lambda x: x[0]):
            left = start + START_S + when - time.monotonic()
            if left > 0:
                time.sleep(left)
            self._step(step, when)
        reports = {who: self._report(who, observer, start + seconds + PATIENCE_S) for who, observer in observers.items()}
        left = start + seconds - time.monotonic()
        if left > 0:
            time.sleep(left)
        after = {who: read_counters(self.holders[who].pid) for who in self.space}
        levels = {who: read_levels(self.holders[who].pid, self.space[who]) for who in self.space}
        truth = json.loads(self.control("count"))
        waited = waited_s([self.relay.pid]) - waited
        if truth["overruns"]:
            raise LabError(f"relay: {truth['overruns']} frames found no room; the scenario sends too much")
        known = {rule["name"]: rule for rule in truth_before["rules"]}
        for rule in truth["rules"]:
            for key in ("matched", "touched", "data"):
                rule[key] -= known.get(rule["name"], {}).get(key, 0)
        return {"reports": reports, "truth": truth, "traffic": self._tallies(),
                "counters": {who: difference(before[who], after[who]) for who in self.space},
                "levels": levels, "waited": waited / seconds}

    def _observer(self, who, seconds):
        if not NETVITALS_COPY.exists():
            return None
        where = [] if who == "host" else ["ip", "netns", "exec", self.space[who]]
        role = self.scenario.get("role")
        return self._spawn([*where, NETVITALS_COPY, "report", "--json", "--interfaces", "all",
                            *(["--role", role] if role else []), str(seconds)])

    def _report(self, who, observer, deadline):
        if observer is None:
            return None
        try:
            out, err = observer.communicate(timeout=max(1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise LabError(f"netvitals in {who} did not end in time") from None
        try:
            return json.loads(out)
        except ValueError:
            raise LabError(f"netvitals in {who}: exit {observer.returncode}, no JSON: "
                           f"{(err or out).strip()[:300]}") from None

    def _tallies(self):
        tallies = []
        for who, words, process in self.talkers:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
            try:
                out, err = process.communicate(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
            lines = [line for line in out.splitlines() if line.startswith("{")]
            tallies.append({"who": who, "what": words, "said": json.loads(lines[-1]) if lines else None,
                            "complaints": err.strip()[:300]})
        return tallies
