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


class Runs:
    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.temporary.name)
        (self.path / "s.toml").write_text(SMALL + RECORD)
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
