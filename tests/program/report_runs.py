"""Small runs of every kind, for the tests of reports: made by the program, and spoilt by hand where people spoil them."""
import json
import pathlib
import re
import shutil

from program import SMALL, settle

HOSTILE = """</title><script>alert("1")</script> & 'quoted' `id` "x" \\u202e"""

CONVERGE = """
[scenario]
name = "settling"
description = "Small & <quick>: a 'random' network"
task = "converge"
[network]
layers = [12, 10, 4]
[neuron]
epsilon = "0.775/t^0.313"
lambda = "0.67/t^0.578"
[phases]
free = 40
nudged = 30
[data]
set = "random"
train = 6
[record]
bits = true
[[expect]]
metric = "final_distance"
below = 1.0
"""

SWEEP = """
[sweep]
repeats = 3
over = { "timing.jitter" = [0.0, 0.1, 0.4], "timing.link" = ["pulse", "level"] }
"""

PAIRS = """
[sweep]
repeats = 2
over = { "timing.jitter" = [0.0, 0.1, 0.4], "timing.loss" = [0.0, 0.1] }
"""

SCHEMES = """
[sweep]
repeats = 2
over = { "neuron" = [{ label = "annealed" }, { label = "constant 'eps' <0.3>", epsilon = 0.3, lambda = 1.0 }] }
"""

SEARCH = """
[search]
trials = 12
objective = "final_distance"
over = { "neuron.epsilon.initial" = [0.1, 1.0], "neuron.lambda.exponent" = [0.0, 1.0] }
"""


def make(folder, name, command, text, *options):
    """Runs a scenario into folder/name; returns that directory."""
    folder = pathlib.Path(folder)
    (folder / (name + ".toml")).write_text(text)
    settle(command, name + ".toml", "--out", name, "--quiet", *options, cwd=folder, code=(0, 1))
    return folder / name


def training(folder, name="learning", *options):
    return make(folder, name, "run", SMALL + "[record]\nbits = { to = 1 }\n[[expect]]\nmetric = 'lost'\nequals = 0\n",
                *options)


def convergence(folder, name="settling", *options):
    return make(folder, name, "run", CONVERGE, *options)


def lossy(folder, name="lossy"):
    return convergence(folder, name, "--engine", "virtual", "--set", "timing.loss=0.1", "--set", "timing.drift=0.05")


def sweep(folder, name="grid"):
    return make(folder, name, "sweep", CONVERGE + SWEEP, "--engine", "virtual")


def pairs(folder, name="pairs"):
    """A sweep over two axes of numbers."""
    return make(folder, name, "sweep", CONVERGE + PAIRS, "--engine", "virtual")


def large_map(folder, columns, rows, repeats=1):
    """A sweep over two axes of so many numbers."""
    over = '"timing.jitter" = %s, "timing.loss" = %s' % ([round(0.1 + 0.01 * i, 2) for i in range(columns)], [round(0.01 * i, 2) for i in range(rows)])
    text = CONVERGE.replace("free = 40", "free = 4").replace("nudged = 30", "nudged = 2").replace("train = 6", "train = 2")
    return make(folder, "map-%d-%d-%d" % (columns, rows, repeats), "sweep", text + "[sweep]\nrepeats = %d\nover = { %s }\n" % (repeats, over),
                "--engine", "virtual")


def crowd(folder, name="crowd"):
    """A sweep over values most of which lie at one place of a linear axis, some of them written with exponents."""
    over = '"timing.jitter" = [0.0, 1e-5, 1e-4, 1e-3, 0.01, 0.1], "timing.loss" = [0, 1e-6, 0.5]'
    return make(folder, name, "sweep", CONVERGE + '[sweep]\nrepeats = 3\nagainst = "1e-05, 1e-06"\nover = { %s }\n' % over, "--engine", "virtual")


def fronts(folder, name="fronts"):
    """Points by three metrics, of which those of the same loss compete."""
    plot = 'plot = { x = "spikes", y = "final_distance", size = "mean_distance", within = ["timing.loss"] }\n'
    return make(folder, name, "sweep", CONVERGE + PAIRS + plot, "--engine", "virtual")


def jitters(folder, name, values, repeats=2, *options):
    """A sweep over one axis of numbers."""
    text = CONVERGE + '[sweep]\nrepeats = %d\nover = { "timing.jitter" = %s }\n' % (repeats, values)
    return make(folder, name, "sweep", text, "--engine", "virtual", *options)


def long_names(folder, name="long"):
    """Labels longer than a plot is wide, with and without places to break them."""
    labels = ["predictive coding, annealed as in the paper of the authors whose names would take another line of text",
              "a_name_" + "without_any_space_" * 4 + "W" * 40, "short"]
    over = ", ".join('{ label = "%s", epsilon = %.1f }' % (label, 0.3 + 0.1 * i) for i, label in enumerate(labels))
    return make(folder, name, "sweep", CONVERGE + "[sweep]\nrepeats = 2\nover = { neuron = [%s] }\n" % over)


def no_effect(folder, name="no-effect"):
    """A sweep at whose points everything is the same, by law 3."""
    return make(folder, name, "sweep", CONVERGE + '[sweep]\nover = { "timing.link" = ["pulse", "level"] }\n', "--engine", "virtual")


def unsettled(folder, name="unsettled"):
    """A sweep of which some repeats do not settle at all points but the last, with which they are compared."""
    over = '[sweep]\nrepeats = 3\nagainst = "0.6"\nover = { "neuron.epsilon.exponent" = [0.0, 0.4, 0.6] }\n'
    text = CONVERGE.replace("free = 40", "free = 400\nsettle_tolerance = 0.07").replace('lambda = "0.67/t^0.578"', 'quantizer = "stochastic"')
    return make(folder, name, "sweep", text + over)


def schemes(folder, name="schemes"):
    return make(folder, name, "sweep", CONVERGE + SCHEMES)


def search(folder, name="search"):
    return make(folder, name, "search", CONVERGE + SEARCH)


def hostile(folder, of, name="hostile"):
    """A copy of a run whose texts try to break out of the page."""
    run = pathlib.Path(folder) / name
    shutil.copytree(of, run)
    toml = json.dumps(HOSTILE.encode().decode("unicode_escape"))
    text = (run / "scenario.toml").read_text()
    for key in ("name", "description"):
        text = re.sub(r'^%s = .*$' % key, lambda _: "%s = %s" % (key, toml), text, count=1, flags=re.M)
    (run / "scenario.toml").write_text(text)
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["command_line"] = ["/somewhere/settle", "run", HOSTILE]
    (run / "manifest.json").write_text(json.dumps(manifest))
    return run
