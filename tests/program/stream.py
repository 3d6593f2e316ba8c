"""task = "stream": an independent NumPy judge of every figure, from recorded states and bits; what is trained first; and what a
user meets around it."""
import json
import pathlib
import sys
import tempfile

import h5py
import numpy as np
from program import run_all, settle, summary

SIZES = [14, 30, 20, 6]
STREAMS, INPUTS, LOW, HIGH = 5, 7, 3, 40
SAMPLES = 12
TRAINER = """
[scenario]
name = "trainer"
[network]
layers = [14, 30, 20, 6]
[phases]
free = 20
nudged = 10
[learning]
rates = [0.1, 0.05, 0.02]
epochs = 3
batch = 4
[data]
set = "hdf5"
path = "data.h5"
"""
STREAM = """
[scenario]
name = "small"
task = "stream"
[network]
layers = [14, 30, 20, 6]
[neuron]
lambda = "0.832/t^0.584"
[learning]
batch = 2
[stream]
dwell = { low = 3, high = 40 }
inputs = 7
streams = 5
train = "trainer.toml"
[data]
set = "hdf5"
path = "data.h5"
[record]
state = true
bits = true
"""
VIRTUAL = {"scenario.engine": "virtual", "timing.phase": "random", "timing.latency": "{ low = 0.3, high = 0.6 }", "timing.jitter": "0.1"}
FIGURES = ("correct_after_median", "correct_after_p90", "never_correct", "stream_error", "static_distance", "tracking_distance",
           "bits_moving", "bits_still")


class Folder:
    """Both scenarios and their data, which NumPy knows too."""

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.temporary.name)
        draw = np.random.default_rng(3)
        self.x, self.labels = draw.random((SAMPLES, SIZES[0])).astype(np.float32), draw.integers(0, SIZES[-1], SAMPLES)
        with h5py.File(self.path / "data.h5", "w") as file:
            file["x"], file["labels"] = draw.random((20, SIZES[0])).astype(np.float32), draw.integers(0, SIZES[-1], 20)
            file["test_x"], file["test_labels"] = self.x, self.labels
        (self.path / "trainer.toml").write_text(TRAINER)
        (self.path / "s.toml").write_text(STREAM)
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def run(self, name, settings=None, *options, code=0, scenario="s.toml"):
        sets = [part for key, value in (settings or {}).items() for part in ("--set", "%s=%s" % (key, value))]
        return settle("run", scenario, "--out", name, *sets, *options, cwd=self.path, code=code)

    def lines(self, name, file):
        return [json.loads(line) for line in (self.path / name / file).read_text().splitlines()]


def arrays(path):
    with h5py.File(path) as file:
        return [[file["%s/%d" % (what, l)][...].astype(float) for l in range(len(SIZES) - 1)] for what in ("weights", "biases")]


def relaxed(weights, biases, x):
    """Where the continuous network comes to rest, populations 1..L."""
    s = [x] + [np.zeros(n) for n in SIZES[1:]]
    for _ in range(1000):
        u = [s[l - 1] @ weights[l - 1] + (weights[l] @ s[l + 1] if l + 1 < len(s) else 0) + biases[l - 1] for l in range(1, len(s))]
        s = [x] + [np.clip(0.5 * s[l] + 0.5 * u[l - 1], 0, 1) for l in range(1, len(s))]
    return np.concatenate(s[1:])


def by_population(values):
    return np.split(values, np.cumsum(SIZES[1:])[:-1], axis=-1)


def judged(folder, name):
    """Every change of every stream, in order, from what was recorded."""
    weights, biases = arrays(folder.path / name / "weights.h5")
    points = [relaxed(weights, biases, x.astype(float)) for x in folder.x]
    changes, curves = [], []
    with h5py.File(folder.path / name / "recording.h5") as file:
        for number in sorted(file["minibatch"]):
            m = file["minibatch"][number]
            for b in range(len(m["periods"])):
                samples, begins = m["inputs/samples"][b], m["inputs/begins"][b]
                ends = list(begins[1:]) + [m["periods"][b]]
                assert len(samples) == INPUTS and (m["inputs/labels"][b] == folder.labels[samples]).all() and begins[0] == 0
                assert all(LOW <= d <= HIGH for d in np.diff([*begins, ends[-1]])) and len(set(samples)) == INPUTS
                assert m["samples"][b] == samples[0] and not m["state"][m["periods"][b]:, b].any()
                for i in range(1, INPUTS):
                    state = m["state"][begins[i]:ends[i], b].astype(float)
                    bits = m["bits"][begins[i]:ends[i], b, SIZES[0]:].sum(axis=1) / sum(SIZES[1:])
                    off = np.mean([p.mean(axis=1) for p in by_population(np.abs(state - points[samples[i]]))], axis=0)
                    right = by_population(state)[-1].argmax(axis=1) == folder.labels[samples[i]]
                    dwell = len(state)
                    quarter = max(1, dwell // 4)
                    after = next((k + 1 for k in range(dwell) if right[k:].all()), None)
                    changes.append(dict(dwell=dwell, correct_after=after, wrong=not right[-1], static_distance=off[-quarter:].mean(),
                                        tracking_distance=off.mean(), bits_moving=bits[:quarter].mean(),
                                        bits_still=bits[-quarter:].mean(), sample=samples[i], label=folder.labels[samples[i]]))
                    curves.append((off, ~right, bits))
    return changes, curves


def check(folder, name):
    changes, curves = judged(folder, name)
    assert len(changes) == STREAMS * (INPUTS - 1)
    found = summary(folder.path / name)
    after = sorted(c["correct_after"] or c["dwell"] for c in changes)
    expected = {key: np.mean([c[key] for c in changes]) for key in ("static_distance", "tracking_distance", "bits_moving", "bits_still")}
    expected["correct_after_median"] = np.median(after)
    expected["correct_after_p90"] = after[-(-9 * len(after) // 10) - 1]
    expected["never_correct"] = np.mean([c["correct_after"] is None for c in changes])
    expected["stream_error"] = np.mean([c["wrong"] for c in changes])
    for key in FIGURES:
        assert abs(found[key] - expected[key]) < 1e-6, (key, found[key], expected[key])
    assert found["changes"] == len(changes) and found["presentations"] == STREAMS and "test_error" not in found
    assert 0 < found["never_correct"] < 1  # or the rest says little
    lines = folder.lines(name, "changes.jsonl")
    assert [(line["stream"], line["input"]) for line in lines] == [(s, i) for s in range(STREAMS) for i in range(1, INPUTS)]
    for line, change in zip(lines, changes):
        assert line.get("correct_after") == change["correct_after"]
        for key in ("dwell", "static_distance", "tracking_distance", "bits_moving", "bits_still", "sample", "label"):
            assert abs(line[key] - change[key]) < 1e-6, (key, line, change)
    longest = max(c["dwell"] for c in changes)
    metrics = folder.lines(name, "metrics.jsonl")
    assert [line["period"] for line in metrics] == list(range(1, longest + 1))
    for line in metrics:
        k = line["period"]
        there = [curve for curve in curves if len(curve[0]) >= k]
        assert line["n"] == len(there)
        for at, key in enumerate(("distance", "error", "bits")):
            assert abs(line[key] - np.mean([curve[at][k - 1] for curve in there])) < 1e-6, (k, key)
    return found


def test_figures_are_those_of_the_recording():
    with Folder() as folder:
        folder.run("lockstep")
        found = check(folder, "lockstep")
        folder.run("virtual", VIRTUAL)
        check(folder, "virtual")
        folder.run("free", {"scenario.engine": "free"})
        check(folder, "free")
        # The weights may come from a file as well, and what is recorded changes no figure.
        (folder.path / "w.toml").write_text(STREAM.replace('train = "trainer.toml"\n', ""))
        folder.run("given", {"network.weights": "lockstep/train/weights.h5", "record.state": "false", "record.bits": "false"},
                   scenario="w.toml")
        given = summary(folder.path / "given")
        assert all(given[key] == found[key] for key in FIGURES) and given["fingerprint"] == found["fingerprint"]


def test_what_is_trained_first():
    with Folder() as folder:
        folder.run("alone", None, "--seed", "5", scenario="trainer.toml")
        out, _ = folder.run("run", None, "--seed", "5")
        assert "trainer.toml" in out and "test error" in out
        alone, first = summary(folder.path / "alone"), summary(folder.path / "run/train")
        assert alone["fingerprint"] == first["fingerprint"] and first["seed"] == 5  # this run's seed
        for ours, theirs in zip(arrays(folder.path / "run/weights.h5"), arrays(folder.path / "alone/weights.h5")):
            assert all((a == b).all() for a, b in zip(ours, theirs))  # a stream does not learn
        # The resolved scenario is the whole experiment; parts of the training can be set.
        settle("run", "run/scenario.toml", "--out", "again", cwd=folder.path)
        assert summary(folder.path / "again")["fingerprint"] == summary(folder.path / "run")["fingerprint"]
        folder.run("short", {"stream.train.epochs": 1, "stream.train.samples": 8})
        assert summary(folder.path / "short/train")["presentations"] == 8 + SAMPLES
        _, err = folder.run("run", None, "--seed", "5", "--resume")
        (folder.path / "run/summary.json").unlink()
        folder.run("run", None, "--seed", "5", "--resume")
        assert summary(folder.path / "run")["fingerprint"] == summary(folder.path / "again")["fingerprint"]


def test_sweeps_and_comparisons_train_too():
    with Folder() as folder:
        text = STREAM.replace("[record]\nstate = true\nbits = true\n", "")
        (folder.path / "other.toml").write_text(text.replace("lambda = ", "epsilon = 0.2\nlambda = "))
        (folder.path / "sweep.toml").write_text(
            text + '[sweep]\nover = { "stream.dwell" = [4, 9] }\n[[expect]]\nmetric = "changes"\nequals = 0\nthan = "other.toml"\n')
        out, _ = folder.run("compared", scenario="sweep.toml")
        assert "passed  changes" in out
        settle("sweep", "sweep.toml", "--out", "swept", "--no-expect", cwd=folder.path)
        points = folder.lines("swept", "points.jsonl")
        for point in points:
            folder.run("dwell-%d" % point["point"], {"stream.dwell": [4, 9][point["point"]]}, "--seed", point["seeds"]["noise"],
                       scenario="sweep.toml", code=(0, 1))
            alone = summary(folder.path / ("dwell-%d" % point["point"]))
            assert all(point["metrics"][key] == alone[key] for key in FIGURES), (point, alone)


def test_a_sweep_goes_on_with_the_networks_it_began_with():
    with Folder() as folder:
        text = STREAM.replace("[record]\nstate = true\nbits = true\n", "")
        (folder.path / "sweep.toml").write_text(text + '[sweep]\nover = { "stream.dwell" = [4, 9] }\n')
        (folder.path / "trainer.toml").write_text(TRAINER.replace("data.h5", "own.h5"))
        own = (folder.path / "data.h5").read_bytes()
        (folder.path / "own.h5").write_bytes(own)
        settle("sweep", "sweep.toml", "--out", "swept", cwd=folder.path)
        more = ["sweep", "sweep.toml", "--out", "swept", "--resume", "--set", "sweep.repeats=2"]
        with h5py.File(folder.path / "own.h5", "r+") as file:
            file["labels"][0] = (file["labels"][0] + 1) % SIZES[-1]
        _, err = settle(*more, cwd=folder.path, code=2)
        assert "own.h5" in err and "has changed" in err, err
        (folder.path / "own.h5").write_bytes(own)
        settle(*more, cwd=folder.path)
        assert len(folder.lines("swept", "points.jsonl")) == 4


def test_what_cannot_be_is_refused_before_anything_is_written():
    with Folder() as folder:
        none = STREAM.replace('train = "trainer.toml"\n', "")
        (folder.path / "none.toml").write_text(none)
        for settings, scenario, said in (
                ({}, "none.toml", "stream.train: is missing"),
                ({"stream.inputs": 13}, "s.toml", "stream.inputs: asks for 13 samples, but there are 12"),
                ({"stream.inputs": 1}, "s.toml", "stream.inputs: 1 is out of range"),
                ({"stream.dwell": 0}, "s.toml", "stream.dwell: 0 is out of range"),
                ({"stream.dwell": "{ low = 5, high = 4 }"}, "s.toml", "stream.dwell: high is below low"),
                ({"stream.dwell": "{ low = 5 }"}, "s.toml", "stream.dwell: the table has no high"),
                ({"stream.order": "shufled"}, "s.toml", "did you mean shuffled"),
                ({"stream.train": "digit"}, "s.toml", "did you mean digits"),
                ({"stream.train": "digits"}, "s.toml", "stream.train: digits trains a network 784-100-10"),
                ({"stream.train": "s.toml"}, "s.toml", "does not train"),
                ({"network.weights": "alone/weights.h5"}, "s.toml", "does not go with network.weights"),
                ({"phases.readout": "{ mean = 3 }"}, "s.toml", "phases.readout: a stream reads its answer at every period end")):
            for options in (["--dry-run"], []):
                _, err = folder.run("refused", settings, *options, scenario=scenario, code=2)
                assert said in err, (settings, err)
                assert not (folder.path / "refused").exists()


def test_a_report_draws_tracking_against_time_since_the_change():
    with Folder() as folder:
        folder.run("run")
        settle("report", "run", cwd=folder.path)
        page = (folder.path / "run/report.html").read_text()
        assert "time since the input changed" in page and "correct_after_median" in page
        assert (folder.path / "run/plots/tracking.svg").exists() and (folder.path / "run/plots/tracking-error.dat").exists()
        settle("describe", "s.toml", cwd=folder.path)


if __name__ == "__main__":
    sys.exit(run_all(globals()))
