"""Two runs side by side: the first difference, the metrics, the exit code."""
import json
import pathlib
import re
import shutil
import sys
import tempfile

import h5py
from program import SMALL, run_all, settle

RECORD = "[record]\nstate = true\nbits = true\nweights = true\n"


# Projections that lead past populations; two that join the same.
GRAPH = """
[[population]]
name = "image"
shape = [2, 6, 6]
role = "input"
[[population]]
name = "edges"
shape = [3, 3, 3]
[[population]]
name = "code"
size = 8
[[population]]
name = "answer"
size = 3
role = "output"
[[projection]]
between = ["edges", "answer"]
kind = "dense"
rate = 0.1
[[projection]]
between = ["image", "edges"]
kind = "convolution"
kernel = 3
stride = 2
padding = 1
rate = 0.03
[[projection]]
between = ["code", "code"]
kind = "sparse"
links = { probability = 0.5 }
rate = 0.05
[[projection]]
between = ["answer", "code"]
kind = "sparse"
links = { fan_in = 2 }
rate = 0.08
[[projection]]
between = ["answer", "code"]
kind = "dense"
rate = 0.02
[[projection]]
between = ["code", "code"]
kind = "dense"
rate = 0.02
""" + SMALL.replace("[network]\nlayers = [20, 16, 5]\n", "").replace("rates = [0.1, 0.05]\n", "")


class Runs:
    def __init__(self, scenario=SMALL):
        self.scenario = scenario

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.temporary.name)
        (self.path / "s.toml").write_text(self.scenario + RECORD)
        self.run("a")
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def run(self, name, *options):
        settle("run", "s.toml", "--out", name, "--quiet", *options, cwd=self.path)

    def copy(self, name):
        shutil.rmtree(self.path / name, ignore_errors=True)
        shutil.copytree(self.path / "a", self.path / name)
        return self.path / name

    def compare(self, other, code, json_too=True):
        out, err = settle("compare", "a", other, cwd=self.path, code=code)
        assert err == "", err
        if json_too:
            found, _ = settle("compare", "a", other, "--json", cwd=self.path, code=code)
            return out, json.loads(found)
        return out


def test_equal_runs():
    with Runs() as runs:
        runs.run("b", "--threads", "2")
        out, found = runs.compare("b", 0)
        assert "a and b: the same" in out and "no difference in 12 minibatches" in out, out
        assert found["equal"] and found["first_difference"] is None and found["compared_minibatches"] == 12
        assert found["scenario"] == {"scenario.threads": [0, 2]}, found["scenario"]
        assert found["metrics"]["fingerprint"][0] == found["metrics"]["fingerprint"][1]


def test_first_difference_of_recordings():
    with Runs() as runs:
        def changed(*edits):
            with h5py.File(runs.copy("b") / "recording.h5", "r+") as file:
                for name, at, change in edits:
                    file["minibatch"][name][at] = file["minibatch"][name][at] + change
            return runs.compare("b", 1)

        # Row, presentation, column; the last one is the earliest: presentations of a minibatch do not wait for each other.
        out, found = changed(("000003/bits", (2, 5, 0), 1), ("000003/state", (29, 4, 17), 0.5), ("000004/bits", (0, 0, 0), 1))
        first = found["first_difference"]
        assert first.pop("values")[1] - 0.5 <= 1
        assert first == {"minibatch": 3, "presentation": 4, "tick": 30, "layer": 2, "neuron": 1, "what": "state"}, first
        assert "first difference: minibatch 3, presentation 4 of it, tick 30: the state of neuron 1 of layer 2 is " in out, out
        _, found = changed(("000003/bits", (7, 5, 20), 1), ("000003/state", (7, 5, 20), 0.5), ("000003/bits", (6, 5, 40), 1))
        first = found["first_difference"]
        assert (first["what"], first["tick"], first["layer"], first["neuron"]) == ("bits", 7, 2, 4), first
        out, found = changed(("000002/weights/1", (15, 3), 0.25), ("000002/biases/1", 2, 0.25))
        first = found["first_difference"]
        first.pop("values")
        assert first == {"minibatch": 2, "layer": 2, "neuron": 3, "source": 15, "what": "weight"}, first
        assert "minibatch 2, after its update: the weight from neuron 15 of layer 1 to neuron 3 of layer 2" in out, out


def test_first_difference_of_a_graph():
    with Runs(GRAPH) as runs:
        def changed(name, at, text, **expected):
            with h5py.File(runs.copy("b") / "recording.h5", "r+") as file:
                array = file["minibatch/000002"][name]
                array[at] = array[at] + 0.25
            out, found = runs.compare("b", 1)
            first = found["first_difference"]
            first.pop("values")
            assert first == {"minibatch": 2, **expected}, (name, first)
            assert "first difference: minibatch 2, %s is " % text in out, (text, out)

        def link(name, item):
            with h5py.File(runs.path / "a" / "recording.h5") as file:
                return [int(file["minibatch/000002"][name][end][item]) for end in ("pre", "post")]

        changed("weights/0", (5, 2), "after its update: the weight from neuron 5 of edges to neuron 2 of answer (projection 0)",
                layer=3, population="answer", neuron=2, source=5, source_layer=1, source_population="edges", projection=0, what="weight")
        changed("weights/1", (2, 1, 0, 2), "after its update: the weight at row 0 and column 2 of the kernel from channel 1 of image to "
                "channel 2 of edges (projection 1)", layer=1, population="edges", channel=2, source_channel=1, source_layer=0,
                source_population="image", projection=1, kernel={"row": 0, "column": 2}, what="weight")
        pre, post = link("weights/2", 4)
        changed("weights/2/weight", 4, "after its update: the weight from neuron %d of code to neuron %d of code (projection 2)" % (pre, post),
                layer=2, population="code", neuron=post, source=pre, source_layer=2, source_population="code", projection=2, what="weight")
        pre, post = link("weights/3", 7)
        changed("weights/3/weight", 7, "after its update: the weight from neuron %d of answer to neuron %d of code (projection 3)" % (pre, post),
                layer=2, population="code", neuron=post, source=pre, source_layer=3, source_population="answer", projection=3, what="weight")
        changed("weights/4", (2, 6), "after its update: the weight from neuron 2 of answer to neuron 6 of code (projection 4)",
                layer=2, population="code", neuron=6, source=2, source_layer=3, source_population="answer", projection=4, what="weight")
        changed("weights/5", (1, 4), "after its update: the weight from neuron 1 of code to neuron 4 of code (projection 5)",
                layer=2, population="code", neuron=4, source=1, source_layer=2, source_population="code", projection=5, what="weight")
        # Where a convolution names a population second, a channel has a bias.
        changed("biases/0", 1, "after its update: the bias of channel 1 of edges", layer=1, population="edges", channel=1, what="bias")
        changed("biases/2", 1, "after its update: the bias of neuron 1 of answer", layer=3, population="answer", neuron=1, what="bias")
        changed("state", (0, 0, 28), "presentation 0 of it, tick 1: the state of neuron 1 of code", presentation=0, tick=1, layer=2,
                population="code", neuron=1, what="state")


def test_real_differences_of_a_graph():
    with Runs(GRAPH) as runs:
        # The same populations, drawn otherwise: the link of a is told, and that b has another there.
        runs.run("b", "--set", "network.seed=9", "--set", "record.state=false", "--set", "record.bits=false")
        out, found = runs.compare("b", 1)
        assert found["first_difference"].get("source_population") == "edges", found["first_difference"]
        shutil.copy(runs.path / "b" / "recording.h5", runs.path / "other.h5")
        with h5py.File(runs.copy("b") / "recording.h5", "r+") as file, h5py.File(runs.path / "other.h5") as other:
            for part in ("pre", "post", "weight"):
                file["minibatch/000002/weights/3"][part][:] = other["minibatch/000002/weights/3"][part][:]
        out, found = runs.compare("b", 1)
        assert found["first_difference"].get("projection") == 3, found["first_difference"]
        assert "note: weights/3 has other links in the other run" in out, out


def test_recordings_of_different_parts():
    with Runs() as runs:
        runs.run("b", "--set", "record.state={layers=[2], neurons=3, from=4}", "--set", "record.bits=false")
        _, found = runs.compare("b", 0)
        assert found["compared_minibatches"] == 12
        with h5py.File(runs.path / "b" / "recording.h5", "r+") as file:
            file["minibatch/000006/state"][1, 2, 2] += 1
        _, found = runs.compare("b", 1)
        first = found["first_difference"]
        assert [first[key] for key in ("minibatch", "presentation", "tick", "layer", "neuron")] == [6, 2, 2, 2, 2], first


def test_real_differences():
    with Runs() as runs:
        # The nudge is the first thing that beta changes.
        runs.run("b", "--set", "learning.beta=0.25")
        out, found = runs.compare("b", 1)
        first = found["first_difference"]
        assert first["minibatch"] == 0 and first["presentation"] == 0 and first["tick"] == 21 and first["what"] == "state", first
        assert found["scenario"] == {"learning.beta": [0.5, 0.25]}
        assert found["metrics"]["fingerprint"][0] != found["metrics"]["fingerprint"][1]
        runs.run("c", "--set", "learning.epochs=3")
        out, found = runs.compare("c", 1)
        assert found["first_difference"] is None and "one has 2 lines of metrics, the other 3" in out, out
        runs.run("d", "--set", "learning.batch=8")
        out, found = runs.compare("d", 1)
        assert "/minibatch/000000/state has the shapes 30 x 7 x 21 and 30 x 8 x 21" in out, out


def test_metrics_have_four_digits_unless_they_hide_a_difference():
    with Runs() as runs:
        def changed(error):
            summary = json.loads((runs.copy("b") / "summary.json").read_text())
            summary.update(train_error=error, samples_per_second=37530.4583125743, ticks=summary["ticks"])
            (runs.path / "b" / "summary.json").write_text(json.dumps(summary))
            return runs.compare("b", 1)[0]

        ticks = json.loads((runs.path / "a" / "summary.json").read_text())["ticks"]
        error = json.loads((runs.path / "a" / "summary.json").read_text())["train_error"]
        out = changed(0.123456789)
        assert re.search(r"^! train_error +\S+ +0\.1235$", out, re.M), out
        assert re.search(r"^~ samples_per_second +\S+ +37530$", out, re.M), out
        assert re.search(r"^  ticks +%d +%d$" % (ticks, ticks), out, re.M), out
        out = changed(error + 1e-9)
        found = re.search(r"^! train_error +(\S+) +(\S+)$", out, re.M)
        assert found and float(found[1]) == error and float(found[2]) == error + 1e-9, out


def test_without_recordings():
    with Runs() as runs:
        for name, seed in (("b", "1"), ("c", "2")):
            runs.run(name, "--seed", seed, "--set", "network.seed=1", "--set", "record.state=false", "--set",
                     "record.bits=false", "--set", "record.weights=false")
        out, found = runs.compare("b", 0)
        assert "without recordings of both" not in out
        out, found = runs.compare("c", 1)
        assert "without recordings of both" in out
        assert "first different metrics: epoch 1: " in out, out


def test_unfinished_and_damaged_runs():
    with Runs() as runs:
        (runs.copy("b") / "summary.json").unlink()
        out, found = runs.compare("b", 1)
        assert "b is not finished" in out and found["first_difference"] is None
        (runs.copy("b") / "recording.h5").write_bytes(b"cut")
        out, _ = runs.compare("b", 0)
        assert "note: b/recording.h5: " in out, out
        (runs.copy("b") / "summary.json").write_text("[]")
        _, err = settle("compare", "a", "b", cwd=runs.path, code=2)
        assert "b/summary.json: is not what settle wrote" in err, err


def test_no_runs():
    with Runs() as runs:
        _, err = settle("compare", "a", "nowhere", cwd=runs.path, code=2)
        assert err == "settle: nowhere: is not there; expected the --out folder of settle run\n", err
        _, err = settle("compare", "a", ".", cwd=runs.path, code=2)
        assert err == "settle: .: is not a run directory; expected the --out folder of settle run\n", err
        _, err = settle("compare", "a", cwd=runs.path, code=2)
        assert "B" in err, err


sys.exit(run_all(globals()))
