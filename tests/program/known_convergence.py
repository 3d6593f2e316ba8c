"""Known answers of independent programs for convergence, on the networks of the built-in scenario: of the paper's schemes
(a NumPy version, final distance, mean of 15 networks), and of asynchronous hardware (an event-accurate prototype, distance at
the free end). Networks differ by a factor of two or more, so means of a few agree within a factor of 1.5, no better."""
import json
import pathlib
import sys
import tempfile
import tomllib

from program import SOURCE, run_all, settle, summary

NETWORKS = range(1, 9)
FACTOR = 1.5

SCHEMES = {"predictive annealed": 0.0030, "OSA with lambda": 0.0048, "OSA": 0.0073, "predictive fixed": 0.0115,
           "sigma-delta 1/sqrt(t)": 0.0116, "stochastic": 0.034, "sigma-delta 1/t": 0.063, "constant": 0.087}

VIRTUAL = {"scenario.engine": "virtual", "timing.phase": "random", "timing.latency": "{ low = 0.3, high = 0.6 }"}
# The prototype's drift is the standard deviation of a normal distribution. Figures: ideal, effective (where it was measured).
HARDWARE = {
    ("pulse", "timing.jitter", "0.5"): (0.0058, None),
    ("pulse", "timing.drift", '{ distribution = "normal", width = 0.05 }'): (0.0196, 0.0043),
    ("pulse", "timing.loss", "0.05"): (0.0290, 0.0086),
    ("level", "timing.jitter", "0.5"): (0.0225, None),
    ("level", "timing.drift", '{ distribution = "normal", width = 0.05 }'): (0.0078, None),
    ("level", "timing.loss", "0.05"): (0.0117, None),
}


def means(settings):
    """Of every number of the summary, and of the distance after 50 periods, over networks."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in NETWORKS:
            out = pathlib.Path(folder) / str(seed)
            sets = [part for key, value in settings.items() for part in ("--set", "%s=%s" % (key, value))]
            settle("run", "convergence", "--out", out, "--quiet", "--seed", seed, *sets, code=(0, 1))
            lines = (out / "metrics.jsonl").read_text().splitlines()
            found.append({**summary(out), "distance_50": json.loads(lines[49])["distance"]})
    # What is absent in one of them, such as when nothing settles, has no mean.
    return {key: sum(one[key] for one in found) / len(found) for key, value in found[0].items()
            if isinstance(value, float) and all(key in one for one in found)}


def agrees(value, known, what):
    print("%-60s %.4f, known %.4f" % (what, value, known))
    assert known / FACTOR <= value <= known * FACTOR, "%s: %.4f instead of %.4f" % (what, value, known)


def toml(value):
    return json.dumps(value) if isinstance(value, str) else \
        "{ %s }" % ", ".join("%s = %s" % (k, toml(v)) for k, v in value.items()) if isinstance(value, dict) else repr(value)


def test_schemes():
    scenario = tomllib.loads((SOURCE / "sim/scenarios/convergence.toml").read_text())
    points = {point.pop("label"): point for point in scenario["sweep"]["over"]["neuron"]}
    assert points.keys() == SCHEMES.keys()
    found = {label: means({"neuron." + key: toml(value) for key, value in points[label].items()}) for label in SCHEMES}
    for label, known in SCHEMES.items():
        agrees(found[label]["final_distance"], known, label)
    final = {label: one["final_distance"] for label, one in found.items()}
    assert min(final, key=final.get) == "predictive annealed"
    assert final["sigma-delta 1/t"] > final["sigma-delta 1/sqrt(t)"] < final["stochastic"]
    assert found["constant"]["free_distance"] > 0.05
    # It settles no further: what is left is the noise of the bits.
    assert found["constant"]["free_distance"] > 0.9 * found["constant"]["distance_50"], found["constant"]
    assert found["predictive annealed"]["free_distance"] < 0.5 * found["predictive annealed"]["distance_50"]


def test_asynchronous_hardware():
    agrees(means({})["free_distance"], 0.0060, "lockstep")
    for (link, key, value), (ideal, effective) in HARDWARE.items():
        found = means({**VIRTUAL, "timing.link": link, key: value})
        what = "%s %s %s" % (link, key, value)
        agrees(found["free_distance"], ideal, what)
        if effective:
            agrees(found["free_distance_effective"], effective, what + ", effective")


sys.exit(run_all(globals()))
