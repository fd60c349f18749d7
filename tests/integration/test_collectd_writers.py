#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The plugin's values and notifications through the daemon's own writers, read back from each.

One recorded series that ends with a fault; rrdtool, csv, network to a second collectd,
write_prometheus, write_graphite, write_http, notify_nagios and threshold see it.
"""
import glob
import http.server
import json
import math
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import urllib.request

from checks import Checks, free_port, wait_for
from collectd_daemon import Daemon, Series, default_lists, require, traffic

INTERVAL = 0.5
STEPS = 24
RATIO = "netvitals-lost/percent-tcpRetrans"
STATUS = "netvitals-application/gauge-status"
checks = Checks()


class Lines(threading.Thread):
    """Takes TCP connections and keeps the lines: a graphite server as far as we need one."""

    def __init__(self):
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port, self.text = self.server.getsockname()[1], ""
        self.start()

    def run(self):
        while True:
            link, _ = self.server.accept()
            while data := link.recv(65536):
                self.text += data.decode()

    def last(self):
        """{name: newest value}"""
        return {line.split()[0]: float(line.split()[1]) for line in self.text.splitlines()
                if re.fullmatch(r"\S+ \S+ \d+", line)}


class Posts(http.server.BaseHTTPRequestHandler):
    """Keeps the JSON that is posted."""

    kept = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            Posts.kept += json.loads(body)
        except ValueError as error:
            Posts.kept.append({"broken": f"{error}: {body[:200]}"})
        self.send_response(200)
        self.end_headers()

    def log_message(self, *unused):
        pass


def scrape(port):
    """{(plugin instance, type, type instance): value} of a write_prometheus, and the raw text."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            text = answer.read().decode()
    except OSError:
        return {}, ""
    found = {}
    for line in text.splitlines():
        match = re.match(r"collectd_netvitals_(\w+)\{(.*)\} (\S+)", line)
        if match:
            labels = dict(re.findall(r'(\w+)="([^"]*)"', match[2]))
            found[(labels["netvitals"], match[1], labels.get("type", ""))] = float(match[3])
    return found, text


def parts(identifiers):
    """{"netvitals-lost/percent-x"} -> {("lost", "percent", "x")}"""
    return {tuple(re.fullmatch(r"netvitals-(\w+)/(\w+)-(\w+)", name).groups()) for name in identifiers}


def rrd_value(path):
    out = subprocess.run(["rrdtool", "lastupdate", path], capture_output=True, text=True, check=False)
    words = out.stdout.split()
    return float(words[-1]) if words else math.nan


def settings(work, ports, graphite, web):
    return f'''
<Plugin network>
  Server "127.0.0.1" "{ports['network']}"
</Plugin>
<Plugin rrdtool>
  DataDir "{work}/rrd"
</Plugin>
<Plugin write_prometheus>
  Host "127.0.0.1"
  Port "{ports['prometheus']}"
</Plugin>
<Plugin write_graphite>
  <Node "test">
    Host "127.0.0.1"
    Port "{graphite.port}"
    Protocol "tcp"
  </Node>
</Plugin>
<Plugin write_http>
  <Node "test">
    URL "http://127.0.0.1:{web}/"
    Format "JSON"
    BufferSize 4096
    Metrics true
    Notifications true
  </Node>
</Plugin>
<Plugin notify_nagios>
  CommandFile "{work}/nagios.cmd"
</Plugin>
<Plugin threshold>
  <Plugin "netvitals">
    Instance "lost"
    <Type "percent">
      Instance "tcpRetrans"
      WarningMax 0.2
      Persist false
    </Type>
  </Plugin>
</Plugin>
'''


def check_all(daemon, second, work, ports, graphite):
    """Each writer has a thread or a program of its own: what csv has seen may be still to come."""
    names = default_lists()
    expected = daemon.values(RATIO)[-1]
    close = lambda value: math.isclose(value, expected, abs_tol=1e-5)
    checks.check("csv: the ratio is 0.4975 percent at the end", abs(expected - 100 * 5 / 1005) < 1e-3,
                 daemon.values(RATIO))
    check_rrd(work, names, close)

    copied = lambda: second.lists("testhost")
    checks.eventually("network: 20 lists in the second collectd, under the first one's name",
                      lambda: copied() == names, lambda: copied() ^ names)
    ratio = lambda: second.values(RATIO, "testhost") or [-1]
    checks.eventually("network: the ratio", lambda: close(ratio()[-1]), ratio)
    critical = lambda: any(n[1] == "application" and n[0] == "FAILURE" for n in second.notifications())
    checks.eventually("network: the notification arrives with its text", critical, second.log)

    for title, port in (("write_prometheus", ports["prometheus"]),
                        ("write_prometheus behind network", ports["second"])):
        found = lambda: scrape(port)[0]
        checks.eventually(f"{title}: 20 series", lambda: set(found()) == parts(names),
                          lambda: set(found()) ^ parts(names))
        checks.eventually(f"{title}: ratio and status", lambda: close(found().get(("lost", "percent", "tcpRetrans"), -1))
                          and found().get(("application", "gauge", "status")) == 3, lambda: scrape(port)[1])

    dotted = {f"testhost.{name.replace('/', '.')}" for name in names}
    checks.eventually("write_graphite: 20 names", lambda: dotted <= set(graphite.last()),
                      lambda: dotted - set(graphite.last()))
    ratio = lambda: graphite.last().get(f"testhost.{RATIO.replace('/', '.')}", -1)
    checks.eventually("write_graphite: the ratio", lambda: close(ratio()), ratio)
    check_http(names, close)


def check_rrd(work, names, close):
    files = lambda: {os.path.relpath(path, f"{work}/rrd/testhost")[:-4]
                     for path in glob.glob(f"{work}/rrd/testhost/netvitals-*/*.rrd")}
    checks.eventually("rrdtool: 20 files", lambda: files() == names, lambda: files() ^ names)
    value = lambda: rrd_value(f"{work}/rrd/testhost/{RATIO}.rrd")
    checks.eventually("rrdtool: the ratio", lambda: close(value()), value)


def check_http(names, close):
    """What is posted comes in batches, as a buffer fills."""
    lists = lambda: [post for post in list(Posts.kept) if post.get("plugin") == "netvitals" and "values" in post]
    web = lambda: {f"netvitals-{p['plugin_instance']}/{p['type']}-{p['type_instance']}" for p in lists()}
    checks.eventually("write_http: 20 lists", lambda: web() == names, lambda: web() ^ names)
    values = lambda name: [p["values"][0] for p in lists() if p["type_instance"] == name]
    checks.eventually("write_http: the ratio", lambda: close((values("tcpRetrans") or [-1])[-1] or -1),
                      lambda: values("tcpRetrans")[-3:])
    checks.check("write_http: no opinion is null", set(values("ipReasmTimeout")) == {None}, values("ipReasmTimeout"))
    alerts = wait_for(lambda: [p for p in list(Posts.kept) if p.get("labels", {}).get("netvitals") == "application"])
    checks.check("write_http: the notification as an alert with severity, text and numbers",
                 alerts and alerts[0]["labels"]["severity"] == "FAILURE"
                 and alerts[0]["annotations"]["summary"].startswith("application CRITICAL")
                 and alerts[0]["annotations"].get("indicator") == "tcpListenOverflow"
                 and float(alerts[0]["annotations"].get("value", 0)) > 50,
                 alerts or [p for p in Posts.kept if "values" not in p])
    broken = [p for p in Posts.kept if "broken" in p]
    checks.check("write_http: JSON that can be read", not broken, broken)


def check_notifiers(daemon, work):
    def command():
        with open(f"{work}/nagios.cmd") as file:
            return file.read()

    checks.eventually("notify_nagios: a critical service check result with the shared text",
                      lambda: re.search(r"PROCESS_SERVICE_CHECK_RESULT;testhost;netvitals-application/gauge-status;2;"
                                        r"application CRITICAL", command()), command)
    checks.eventually("threshold: the stock plugin judges our percent values",
                      lambda: "WARNING" in [n[0] for n in daemon.notifications() if n[2] == "tcpRetrans"],
                      daemon.notifications)
    ours = [n for n in daemon.notifications() if n[2] == "status"]
    checks.check("our own notifications: one class, no repeats",
                 {n[1] for n in ours} == {"application"} and 1 <= len(ours) <= 2, ours)


def run(work):
    root = os.path.join(work, "root")
    series = Series(root, INTERVAL)
    for step in range(STEPS):
        traffic(series, retransmitted=5, overflows=0 if step < 4 else 50)
    open(os.path.join(work, "nagios.cmd"), "w").close()  # notify_nagios does not create it
    graphite = Lines()
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Posts)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    ports = {name: free_port() for name in ("network", "prometheus", "second")}
    second = Daemon(hostname="collector", netvitals=False, interval=INTERVAL,
                    plugins="network write_prometheus", extra=f'''
<Plugin network>
  Listen "127.0.0.1" "{ports['network']}"
</Plugin>
<Plugin write_prometheus>
  Host "127.0.0.1"
  Port "{ports['second']}"
</Plugin>''').start()
    wait_for(lambda: "entering read-loop" in second.log())
    daemon = Daemon(f'Root "{root}"\nWindow 3', interval=INTERVAL,
                    plugins="network rrdtool write_prometheus write_graphite write_http "
                            "notify_nagios threshold",
                    extra=settings(work, ports, graphite, web.server_port)).start()
    wait_for(lambda: len(daemon.values(STATUS)) >= STEPS + 4, 120, 0.5)
    check_all(daemon, second, work, ports, graphite)
    check_notifiers(daemon, work)
    log = daemon.remarks("] netvitals plugin: ")
    checks.check("no complaint of the plugin in the log", not log, log)
    checks.check("both end with status 0", (daemon.stop(), second.stop()) == (0, 0))
    web.shutdown()


def main():
    require(checks, "collectd writers", "rrdtool")
    work = tempfile.mkdtemp(prefix="nvcollectd-writers-")
    os.chmod(work, 0o755)
    try:
        run(work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    checks.end()


main()
