"""Recovery after events: an independent NumPy judge from recorded states, and what a user meets around it."""
import json
import math
import pathlib
import sys
import tempfile

import h5py
import numpy as np
import plot_checks
from program import run_all, settle, summary

SIZES = [14, 40, 25, 6]
FREE, NUDGED, BATCH, BETA = 120, 60, 6, 0.4
SCENARIO = """
[scenario]
name = "eventful"
task = "converge"
engine = "virtual"
[network]
layers = [14, 40, 25, 6]
init_scale = 0.4
[neuron]
epsilon = 0.3
lambda = 0.2
[phases]
free = 120
nudged = 60
settle_tolerance = 0.008
[learning]
beta = 0.4
batch = 6
[data]
set = "hdf5"
path = "data.h5"
test = 0
[timing]
phase = "random"
latency = { low = 0.3, high = 0.6 }
[record]
state = true
"""
EVENTS = """
[[events]]
name = "other input"
at = { period = 30 }
action = "present"
sample = 7
[[events]]
name = "bits get lost"
at = { period = 55 }
until = { period = 70 }
action = "set"
key = "timing.loss"
value = 0.3
[[events]]
at = { period = 90 }
action = "kill"
population = 1
neurons = [0, 1, 2, 3, 4, 5, 6, 7]
[[events]]
name = "cut"
at = { period = 150 }
action = "cut"
projection = 1
fraction = 1
"""
NAMES = ["other input", "bits get lost", "event 3", "cut"]


class Folder:
    """A folder with the scenario and its data, which NumPy knows too."""

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.temporary.name)
        draw = np.random.default_rng(5)
        self.x = np.where(draw.random((9, SIZES[0])) < 0.3, 0, draw.random((9, SIZES[0]))).astype(np.float32)
        self.labels = draw.integers(0, SIZES[-1], 9).astype(np.int32)
        with h5py.File(self.path / "data.h5", "w") as file:
            file["x"], file["labels"] = self.x, self.labels
        (self.path / "s.toml").write_text(SCENARIO + EVENTS)
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def run(self, name, *sets, file="s.toml", code=0):
        options = [part for change in sets for part in ("--set", change)]
        self.said = settle("run", file, "--out", name, *options, cwd=self.path, code=code)
        return summary(self.path / name)

    def states(self, name):
        with h5py.File(self.path / name / "recording.h5") as file:
            return file["minibatch/000000/state"][...].astype(float)

    def arrays(self, name):
        with h5py.File(self.path / name / "weights.h5") as file:
            return ([file["weights/%d" % l][...].astype(float) for l in range(len(SIZES) - 1)],
                    [file["biases/%d" % l][...].astype(float) for l in range(len(SIZES) - 1)])


def relax(weights, biases, x, y, start, ticks, beta=0.0, factor=1.0, killed=(), cut=()):
    """The continuous network, epsilon 0.5: states of layers 1..L. `killed`: neurons of layer 1; `cut`: projections."""
    weights = [0 * w if l in cut else factor * w for l, w in enumerate(weights)]
    s = [x] + start
    for _ in range(ticks):
        out = [a.copy() for a in s]
        out[1][:, list(killed)] = 0
        new = [x]
        for l in range(1, len(s)):
            d = out[l - 1] @ weights[l - 1] + biases[l - 1]
            if l + 1 < len(s):
                d = d + out[l + 1] @ weights[l].T
            else:
                d = d + 2 * beta * (y - s[l])
            new.append(np.clip(0.5 * s[l] + 0.5 * d, 0, 1))
        s = new
    return s[1:]


def distances(states, stretches, weights, biases, end):
    """(periods x batch) from the fixed points of stretches (from, x, y, what relax() takes), each from where the one before rested."""
    parts = np.split(states, np.cumsum(SIZES[1:-1]), axis=-1)
    found = np.empty(states.shape[:2])
    rest = [np.zeros((states.shape[1], n)) for n in SIZES[1:]]
    for (begin, x, y, chip), after in zip(stretches, [s[0] for s in stretches[1:]] + [end]):
        rest = relax(weights, biases, x, y, rest, 10 * (NUDGED if begin >= FREE else FREE), **chip)
        found[begin:after] = np.mean([np.abs(p[begin:after] - r).mean(axis=-1) for p, r in zip(parts, rest)], axis=0)
    return found


def recovery(good, begin, end):
    """Periods until `good` (periods x batch) stays true to `end`; inf where it does not."""
    found = []
    for b in range(good.shape[1]):
        bad = np.nonzero(~good[begin:end, b])[0]
        first = bad[-1] + 2 if len(bad) else 1
        found.append(first if first <= end - begin else np.inf)
    return found


def check_figures(s, name, periods):
    periods = sorted(periods)
    median, p99 = np.median(periods), periods[math.ceil(0.99 * len(periods)) - 1]
    for key, value in (("recovery_median", median), ("recovery_p99", p99)):
        assert s.get("%s.%s" % (key, name), np.inf) == value, (key, name, s.get("%s.%s" % (key, name)), periods)
    assert s["unrecovered." + name] == np.mean(np.isinf(periods)), (name, s, periods)


def judge(folder, name, tolerance, *sets):
    """Every figure of a run, a second time; returns its summary."""
    s = folder.run(name, "phases.settle_tolerance=%s" % tolerance, *sets)
    weights, biases = folder.arrays(name)
    states = folder.states(name)
    x, y = folder.x[:BATCH].astype(float), np.eye(SIZES[-1])[folder.labels[:BATCH]]
    other, target = np.repeat(folder.x[7:8].astype(float), BATCH, 0), np.repeat(np.eye(SIZES[-1])[folder.labels[7:8]], BATCH, 0)
    ideal = [(0, x, y, {}), (30, other, target, {}), (FREE, other, target, {"beta": BETA})]
    dead = {"killed": range(8)}
    chip = [(0, x, y, {}), (30, other, target, {}), (55, other, target, {"factor": 0.7}), (70, other, target, {}),
            (90, other, target, dead), (FREE, other, target, {"beta": BETA, **dead}),
            (150, other, target, {"beta": BETA, "cut": [1], **dead})]
    distance = distances(states, ideal, weights, biases, FREE + NUDGED)
    effective = distances(states, chip, weights, biases, FREE + NUDGED)
    lines = [json.loads(line) for line in (folder.path / name / "metrics.jsonl").read_text().splitlines()]
    for k, line in enumerate(lines):
        assert abs(line["distance"] - distance[k].mean()) < 1e-6, (k, line, distance[k].mean())
        assert abs(line["distance_effective"] - effective[k].mean()) < 1e-6, (k, line, effective[k].mean())
    good = effective < tolerance
    for event, begin, end in zip(NAMES, (30, 55, 90, 150), (55, 90, FREE, FREE + NUDGED)):
        check_figures(s, event, recovery(good, begin, end))
    return s


def test_figures_from_recorded_states():
    with Folder() as folder:
        s = judge(folder, "a", 0.008)
        # All are disturbed and come back, the loss only after it has ended.
        assert s["recovery_median.other input"] > 10 and 15 < s["recovery_median.bits get lost"] and s["recovery_p99.cut"] < 20, s
        slow = judge(folder, "slow", 0.02, "network.init_scale=0.6")
        assert 0 < slow["unrecovered.other input"] < 1 and "recovery_p99.other input" not in slow, slow
        # The same bits, and so the same figures, whoever computes them.
        again = folder.run("b", "scenario.threads=3", "scenario.shard=7")
        assert {k: v for k, v in s.items() if "recover" in k} == {k: v for k, v in again.items() if "recover" in k}
        said = folder.said[0]
        assert 'after "other input": settled again half within' in said, said


def test_answers_that_are_right_again():
    with Folder() as folder:
        scenario = SCENARIO.replace('"converge"', '"infer"').replace("batch = 6", "batch = 9")
        scenario += '[[events]]\nname = "swap"\nat = { period = 60 }\naction = "present"\nsample = "next"\n'
        (folder.path / "i.toml").write_text(scenario)
        s = folder.run("i", file="i.toml")
        outputs = folder.states("i")[:, :, -SIZES[-1]:]
        after = np.roll(folder.labels, -1)
        good = np.argmax(outputs, axis=-1) == np.where(np.arange(FREE)[:, None] < 60, folder.labels, after)
        check_figures(s, "swap", recovery(good, 60, FREE))
        assert s["train_error"] == np.mean(~good[-1]), s
        assert 0 < s["unrecovered.swap"] < 1, s
        errors = [json.loads(line)["error"] for line in (folder.path / "i/settling.jsonl").read_text().splitlines()]
        assert np.allclose(errors, np.mean(~good, axis=1)), errors


def test_expectations_and_refusals():
    with Folder() as folder:
        def run(expect, code, command="run"):
            (folder.path / "e.toml").write_text(SCENARIO.replace("state = true", "") + EVENTS + "[[expect]]\n" + expect)
            out = folder.path / ("e%d" % len(list(folder.path.iterdir())))
            return settle(command, "e.toml", "--out", out, cwd=folder.path, code=code)

        said, _ = run('recovered_by = 25\nafter = "other input"\n', (0, 1))
        assert '99 of 100 presentations settled again by period 25 after "other input"' in said, said
        _, err = run('recovered_by = 25\nafter = "other inputs"\n', 2)
        line = (SCENARIO.replace("state = true", "") + EVENTS).count("\n") + 3
        assert "e.toml:%d:1: expect.after: \"other inputs\": no event has this name" % line in err, err
        assert 'did you mean other input?' in err, err
        _, err = run('metric = "recovery_p99.cat"\nbelow = 25\n', 2)
        assert "recovery_p99.cut" in err and "no event has this name" in err, err
        said, _ = run('metric = "unrecovered.cut"\nwithin = [0, 1]\n', 0)
        assert "passed  unrecovered.cut within 0 to 1" in said, said


def test_marks_in_reports():
    with Folder() as folder:
        (folder.path / "s.toml").write_text(SCENARIO.replace("[record]", "[record]\nbits = true") + EVENTS)
        folder.run("a")
        settle("report", "a", cwd=folder.path)
        assert plot_checks.check_plots(folder.path / "a") >= 4
        for name in ("distance", "distance-effective", "distance-by-population", "hopfield-energy", "raster"):
            picture = plot_checks.Picture(folder.path / "a/plots" / (name + ".svg"))
            words = [text.words for text in picture.texts]
            assert all(event in words for event in NAMES + ["nudge"]), (name, words)
            assert len(marks_of(picture)) == 5, (name, marks_of(picture))
        # Between minibatches: at their epochs.
        training = SCENARIO.replace('"converge"', '"train"').replace("[learning]", "[learning]\nepochs = 4\nrates = [0.1, 0.1, 0.1]")
        training = training.replace("state = true", "").replace("batch = 6", "batch = 3")
        training += '[[events]]\nname = "soon"\nat = { epoch = 0.5 }\naction = "set"\nkey = "learning.beta"\nvalue = 0.3\n'
        training += '[[events]]\nname = "late"\nat = { presentation = 30 }\naction = "mark"\n'
        (folder.path / "t.toml").write_text(training)
        folder.run("t", file="t.toml")
        settle("report", "t", cwd=folder.path)
        plot_checks.check_plots(folder.path / "t")
        picture = plot_checks.Picture(folder.path / "t/plots/errors.svg")
        assert {"soon", "late"} <= {text.words for text in picture.texts}
        (_, _), (left, _), (right, _) = picture.axes
        # The axis begins with training: 9 presentations are an epoch.
        soon, late = (x - left for x in marks_of(picture))
        assert abs(soon / late - 0.5 / (30 / 9)) < 0.01 and late < right - left, (soon, late, right - left)


def marks_of(picture):
    """Where dashed upright lines of marks stand, from the left."""
    top, bottom = picture.axes[0][1], picture.axes[1][1]
    return sorted({round(line[0][0], 1) for plot, colour, line in picture.lines
                   if plot is None and "118" in str(colour) and len(line) == 2 and abs(line[0][0] - line[1][0]) < 0.1
                   and abs(abs(line[0][1] - line[1][1]) - abs(bottom - top)) < 2})


if __name__ == "__main__":
    sys.exit(run_all(globals()))
