# SPDX-License-Identifier: MIT
"""Scenarios that nobody has written: parts.toml and a seed -> healthy traffic with none to two faults in it.

<A..B> in a step is a number between, <a|b> one of the words, <t> a time at which a fault begins.
"""

import pathlib
import random
import re
import tomllib

PARTS = pathlib.Path(__file__).resolve().parent / "parts.toml"


def fill(step, choose, at):
    step = step.replace("<t>", f"{at:.1f}")
    step = re.sub(r"<([\d.]+)\.\.([\d.]+)>", lambda m: f"{choose.uniform(float(m[1]), float(m[2])):.3f}", step)
    return re.sub(r"<([\w.|$]+)>", lambda m: choose.choice(m[1].split("|")), step)


def compose(seed):
    choose = random.Random(seed)
    parts = tomllib.loads(PARTS.read_text())["part"]
    healthy = choose.sample([p for p in parts if p["class"] == "healthy"], choose.randint(2, 4))
    faults = choose.sample([p for p in parts if p["class"] != "healthy"], choose.choice([0, 1, 1, 2, 2]))
    if len({p["name"] for p in faults} & {"loss", "duplicates", "stuck"}) > 1:
        faults = faults[:1]  # each would dilute or hide the other's share
    seconds = choose.choice([10, 12, 15, 20])
    scenario = {"name": "random_" + "_".join(p["name"] for p in faults or healthy), "seconds": seconds, "weight": 2,
                "class": faults[0]["class"] if faults else "healthy", "steps": [], "must": [], "may": [],
                "rtt": choose.choice([0, 2, 10, 40]),
                "text": " + ".join(p["name"] for p in healthy + faults)}
    for part in healthy + faults:
        at = choose.uniform(0.5, 2.5)
        scenario["steps"] += [fill(step, choose, at) for step in part["steps"]]
        for key in ("must", "may"):
            scenario[key] += part.get(key, [])
    return scenario
