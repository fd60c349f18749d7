#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From a fault in a network namespace through collectd and a real prometheus to a firing alert.

Also the generated files: equal to the catalog, accepted by promtool, every query of the dashboards
understood, and the series that they name delivered by the plugin.
"""
import atexit
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from checks import COMMAND, TOP, Checks, wait_for
from collectd_daemon import UDP_FAULT, Daemon, require

PACKAGED = os.path.join(TOP, "packaging", "collectd")
NETNS = f"nvcp{os.getpid()}"
RUN = ["ip", "netns", "exec", NETNS]
METRICS, WEB = 19103, 19090
GET = "import sys,urllib.request;sys.stdout.write(urllib.request.urlopen(sys.argv[1],timeout=30).read().decode())"
checks = Checks()


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def queries(board):
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield target["expr"].replace("$host", "testhost").replace("$indicator", "tcpRetrans")


def test_files(work):
    """Returns the queries of both dashboards."""
    made = run(os.path.join(PACKAGED, "generate"), "--check")
    checks.check("generated files are as the catalog says", made.returncode == 0, made.stderr)
    rules = run("promtool", "check", "rules", os.path.join(PACKAGED, "netvitals-alerts.yml"))
    checks.check("promtool accepts the alert rules", rules.returncode == 0, rules.stdout + rules.stderr)
    found = []
    for name in ("grafana-fleet.json", "grafana-host.json"):
        with open(os.path.join(PACKAGED, name)) as file:
            found += list(queries(json.load(file)))
    path = os.path.join(work, "queries.yml")
    with open(path, "w") as file:
        file.write("groups:\n- name: q\n  rules:\n")
        file.writelines(f"  - record: q{i}\n    expr: {json.dumps(q)}\n" for i, q in enumerate(found))
    parsed = run("promtool", "check", "rules", path)
    checks.check(f"promtool understands all {len(found)} queries of the dashboards",
                 parsed.returncode == 0 and len(found) > 40, parsed.stdout + parsed.stderr)
    return found


def get(path):
    out = run(*RUN, sys.executable, "-c", GET, f"http://127.0.0.1:{WEB}/{path}")
    return json.loads(out.stdout)["data"] if out.returncode == 0 and out.stdout else {}


def alerts():
    return [a for a in get("api/v1/alerts").get("alerts", []) if a["state"] == "firing"]


def start_prometheus(work):
    config = os.path.join(work, "prometheus.yml")
    with open(config, "w") as file:
        file.write(f"""global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: ["{PACKAGED}/netvitals-alerts.yml"]
scrape_configs:
  - job_name: collectd
    honor_labels: true
    static_configs: [{{targets: ["127.0.0.1:{METRICS}"]}}]
""")
    log = open(os.path.join(work, "prometheus.log"), "w")
    return subprocess.Popen(
        RUN + ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={work}/data",
               f"--web.listen-address=127.0.0.1:{WEB}"], stdout=log, stderr=log)


def test_alert(work, found):
    daemon = Daemon("Window 6\nUsual true\nParts true\nSelf true", interval=1, prefix=RUN,
                    plugins="write_prometheus",
                    extra=f'<Plugin write_prometheus>\nHost "127.0.0.1"\nPort "{METRICS}"\n</Plugin>').start()
    prometheus = start_prometheus(work)
    atexit.register(prometheus.kill)
    status = 'api/v1/query?query=collectd_netvitals_gauge%7Btype%3D%22status%22%7D'
    known = wait_for(lambda: len(get(status).get("result", [])) == 5, step=0.5)
    checks.check("prometheus scrapes the five statuses", known, get(status))
    names = {m for q in found for m in re.findall(r'type="([\w-]+)"', q)}
    delivered = lambda: {entry.get("type") for entry in
                         get("api/v1/series?match[]=%7B__name__%3D~%22collectd_netvitals_.*%22%7D") or []}
    checks.eventually("every series that a dashboard names is delivered", lambda: names <= delivered(),
                      lambda: names - delivered())
    wait_for(lambda: len(daemon.values("netvitals-application/gauge-status")) >= 8)
    checks.check("no alert on a healthy host", not alerts(), alerts())
    fault = subprocess.Popen(RUN + [sys.executable, "-c", UDP_FAULT, "300"])
    atexit.register(fault.kill)
    fired = wait_for(lambda: [a for a in alerts() if a["labels"]["severity"] in ("page", "ticket")], 120, 0.5)
    checks.check("the fault fires an alert for application on testhost",
                 fired and {(a["labels"]["netvitals"], a["labels"]["instance"]) for a in fired}
                 == {("application", "testhost")}, fired or daemon.log())
    detail = wait_for(lambda: [a for a in alerts() if a["labels"]["severity"] == "detail"], step=0.5)
    checks.check("beside it the indicator with its side and what to do",
                 detail and detail[0]["labels"]["indicator"] == "udpInOverflow"
                 and detail[0]["labels"]["side"] == "thisHost" and "%" in detail[0]["annotations"]["summary"]
                 and len(detail[0]["annotations"]["description"]) > 60, detail)
    fault.kill()
    fault.wait()
    prometheus.terminate()
    prometheus.wait(120)
    print(f"# {daemon.notifications()}")
    checks.check("collectd ends with status 0", daemon.stop() == 0)


def main():
    require(checks, "collectd prometheus", COMMAND, "ip", "promtool", "prometheus")
    work = tempfile.mkdtemp(prefix="nvcollectd-prometheus-")
    try:
        found = test_files(work)
        made = run("ip", "netns", "add", NETNS)
        if made.returncode:
            checks.skip("alert by a fault", f"no network namespace: {made.stderr.strip()}")
        else:
            atexit.register(run, "ip", "netns", "del", NETNS)
            # An address besides loopback's: write_prometheus looks its own up with AI_ADDRCONFIG.
            run(*RUN, "ip", "link", "set", "lo", "up")
            run(*RUN, "ip", "link", "add", "nvp0", "type", "veth", "peer", "nvp1")
            run(*RUN, "ip", "address", "add", "192.0.2.1/24", "dev", "nvp0")
            run(*RUN, "ip", "link", "set", "nvp0", "up")
            test_alert(work, found)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    checks.end()


main()
