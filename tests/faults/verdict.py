# SPDX-License-Identifier: MIT
"""What was said of a run against what must and what may be said; sums and the table of all runs.

A finding is (namespace, indicator) with status warning or critical. An expectation is written
"client tcpRetrans", or "client tcpRetrans|tcpTimeouts" where either will do.
"""

import datetime
import platform

BAD = ("warning", "critical")


def findings(reports):
    found = {}
    for who, report in reports.items():
        for indicator in (report or {}).get("indicators", []):
            if indicator["status"] in BAD:
                found[(who, indicator["name"])] = indicator
    return found


def expand(entries, groups):
    """@NAME stands for a list of [groups]; a finding of any of "a|b" satisfies one expectation."""
    out = []
    for entry in entries:
        if entry.startswith("@"):
            out += expand(groups[entry[1:]], groups)
        else:
            who, names = entry.split()
            out.append({(who, name) for name in names.split("|")})
    return out


def measure(rule, reports, truth):
    """rule: "client tcpRetrans NAME matched|touched|data": the report's numerator beside the relay's count."""
    who, name, relay_rule, what = rule.split()
    numerator = denominator = None
    for indicator in (reports.get(who) or {}).get("indicators", []):
        if indicator["name"] == name:
            numerator, denominator = indicator["numerator"], indicator["denominator"]
    true = sum(r[what] for r in truth["rules"] if r["name"] == relay_rule)
    return {"who": who, "indicator": name, "measured": numerator, "denominator": denominator, "true": true}


def near(measured, allowed_share, allowed_events):
    if measured["measured"] is None:
        return False
    off = abs(measured["measured"] - measured["true"])
    return off <= allowed_events or off <= allowed_share * measured["true"]


def judge(scenario, groups, run):
    """run: what Lab.observe returned. Adds nothing to it; returns the verdict on the verdict."""
    found = findings(run["reports"])
    must = expand(scenario.get("must", []), groups)
    may = expand(scenario.get("may", []), groups)
    allowed = set().union(*must, *may)
    missed = [wanted for wanted in must if not wanted & set(found)]
    wrong = [key for key in found if key not in allowed]
    colours = []
    for who, report in run["reports"].items():
        classes = {c["class"]: c["status"] for c in (report or {}).get("classes", [])}
        seen = {i["class"] for (w, _), i in found.items() if w == who}
        colours += [f"{who} {letter} {status}" for letter, status in classes.items()
                    if (status in BAD) != (letter in seen)]
    echoes = []
    for echo in scenario.get("echo", []):  # "client tcpRetrans tcpInChecksum": the first, because of the second
        who, name, cause = echo.split()
        if (who, name) in found and found[(who, name)].get("consequenceOf") != cause:
            echoes.append(echo)
    sides = []
    for side in scenario.get("side", []):  # "client tcpConnectFailed peer": whose trouble it is said to be
        who, name, wanted = side.split()
        if (who, name) in found and found[(who, name)].get("side") != wanted:
            sides.append(f"{side}: {found[(who, name)].get('side')}")
    measured = [measure(rule, run["reports"], run["truth"]) for rule in scenario.get("measure", [])]
    exact = [measure(rule, run["reports"], run["truth"]) for rule in scenario.get("exact", [])]
    off = [m for m in measured if not near(m, 0.03, 3)] + [m for m in exact if not near(m, 0, 0)]
    return {
        "found": sorted(f"{w} {n} {found[(w, n)]['status']}" for w, n in found),
        "must": len(must), "hit": len(must) - len(missed),
        "missed": sorted("|".join(sorted(f"{w} {n}" for w, n in wanted)) for wanted in missed),
        "false": sorted(f"{w} {n}: {found[(w, n)]['text']}" for w, n in wrong),
        "true_findings": len(found) - len(wrong), "classes_not_following": colours, "echoes_not_told": echoes,
        "wrong_sides": sides,
        "measured": measured, "exact": exact, "off": off,
        "pass": not (missed or wrong or colours or echoes or sides or off),
    }


def rate(part, whole):
    return part / whole if whole else 1.0


def summary(results):
    """results: [(scenario, seed, verdict)]."""
    verdicts = [v for _, _, v in results]
    healthy = [v for s, _, v in results if s["class"] == "healthy"]
    measured = [m for v in verdicts for m in v["measured"] if m["measured"] is not None]
    exact = [m for v in verdicts for m in v["exact"] if m["measured"] is not None]
    found = sum(v["true_findings"] + len(v["false"]) for v in verdicts)
    return {
        "scenarios": len({s["name"] for s, _, _ in results}), "runs": len(results),
        "healthy_runs": len(healthy), "passed": sum(v["pass"] for v in verdicts),
        "must": sum(v["must"] for v in verdicts), "hit": sum(v["hit"] for v in verdicts),
        "findings": found, "false": sum(len(v["false"]) for v in verdicts),
        "healthy_false": sum(len(v["false"]) for v in healthy),
        "recall": rate(sum(v["hit"] for v in verdicts), sum(v["must"] for v in verdicts)),
        "precision": rate(sum(v["true_findings"] for v in verdicts), found),
        "lost": sum(m["true"] for m in measured), "retransmitted": sum(m["measured"] for m in measured),
        "measured_near": sum(near(m, 0.03, 3) for m in measured), "measured_runs": len(measured),
        "corrupted": sum(m["true"] for m in exact), "counted": sum(m["measured"] for m in exact),
        "exact_runs": len(exact), "exact_equal": sum(near(m, 0, 0) for m in exact),
    }


def table(results, failures):
    s = summary(results)
    lines = [
        "| figure | value | wanted |", "|---|---|---|",
        f"| scenarios, runs | {s['scenarios']}, {s['runs']} ({s['healthy_runs']} healthy) | 100, 300 |",
        f"| recall of findings that must appear | {s['recall']:.4f} ({s['hit']} of {s['must']}) | 0.99 |",
        f"| precision of all findings | {s['precision']:.4f} ({s['false']} false of {s['findings']}) | 0.99 |",
        f"| findings in healthy runs | {s['healthy_false']} | 0 |",
        f"| tcpRetrans against frames lost by the relay | {s['retransmitted']:.0f} against {s['lost']};"
        f" within 3 % or 3 frames in {s['measured_near']} of {s['measured_runs']} runs | all |",
        f"| checksum indicators against frames damaged | {s['counted']:.0f} against {s['corrupted']};"
        f" equal in {s['exact_equal']} of {s['exact_runs']} runs | all |",
        f"| runs that the lab itself failed | {len(failures)} | 0 |",
    ]
    return "\n".join(lines)


def rows(results):
    """One line a scenario."""
    lines = ["| scenario | class | seeds passed | must | missed | false | measured / true | what it is |",
             "|---|---|---|---|---|---|---|---|"]
    by_name = {}
    for scenario, _, verdict in results:
        by_name.setdefault(scenario["name"], (scenario, []))[1].append(verdict)
    for name, (scenario, verdicts) in by_name.items():
        missed = sorted({m for v in verdicts for m in v["missed"]})
        false = sorted({f.split(":")[0] for v in verdicts for f in v["false"]})
        pairs = [f"{m['measured']:.0f}/{m['true']}" for v in verdicts for m in v["measured"] + v["exact"]
                 if m["measured"] is not None]
        lines.append(f"| {name} | {scenario['class']} | {sum(v['pass'] for v in verdicts)} of {len(verdicts)} "
                     f"| {', '.join(scenario.get('must', [])).replace('|', ' or ')} "
                     f"| {', '.join(missed).replace('|', ' or ')} | {', '.join(false)} "
                     f"| {' '.join(pairs)} | {scenario['text']} |")
    return "\n".join(lines)


NOT_COVERED = [
    "* ifInOverruns: a receive ring that runs over needs hardware. Of the virtual devices only GRE with sequence",
    "  numbers counts in the same place (rx_fifo_errors), and not every kernel has it.",
    "* net.ipv4.udp_mem used up: kernel 6.18 drops without counting it; only the socket's own drops (ss -uam) move.",
]


def document(results, failures, seeds):
    day = datetime.date.today().isoformat()
    text = [
        "# The fault lab: what netvitals says about faults that are really there", "",
        f"Written by `make faults` on {day}, kernel {platform.release()}, {seeds} seeds a scenario.", "",
        "Each scenario runs in three network namespaces (client, router, server) on the real kernel; a relay",
        "between router and server loses, repeats, reorders, delays, damages or slows down frames and counts each",
        "one. `netvitals report --json` runs in every namespace. A finding is (namespace, indicator) with status",
        "warning or critical. `tests/faults/run list` prints the scenarios, `tests/faults/run NAME` runs one.", "",
        "## Figures", "", table(results, failures), "", "## Scenarios", "", rows(results), "",
        "## Not covered", "", *NOT_COVERED, "",
    ]
    if failures:
        text += ["## Runs that the lab itself failed", ""] + [f"- {n} seed {s}: {e}" for n, s, e in failures] + [""]
    return "\n".join(text)
