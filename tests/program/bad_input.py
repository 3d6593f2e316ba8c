"""Bad input is refused with exit code 2, a message that says where and what would be right, and nothing is written."""
import gzip
import os
import pathlib
import re
import shutil
import struct
import sys
import tempfile

import h5py
import numpy as np
from program import SMALL, run_all, settle


class Folder:
    """A working directory with a good scenario, in which nothing may appear."""

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.temporary.name)
        self.write("good.toml", SMALL)
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def write(self, name, text):
        (self.path / name).write_text(text)

    def refuse(self, arguments, *expected):
        before = sorted(self.path.rglob("*"))
        out, err = settle("run", *arguments, code=2, cwd=self.path)
        assert sorted(self.path.rglob("*")) == before, "something was written"
        assert out == "", "stdout: " + out
        assert err.startswith("settle: "), err
        for part in expected:
            assert part in err, "%r is not in %r" % (part, err)
        return err


def changed(old, new):
    assert old in SMALL
    return SMALL.replace(old, new)


def refuse_text(text, *expected):
    with Folder() as folder:
        folder.write("bad.toml", text)
        return folder.refuse(["bad.toml"], *expected)


def refuse_options(*options, expected):
    with Folder() as folder:
        folder.refuse(["good.toml", *options], *expected)


def test_unknown_names():
    refuse_text(changed("lambda", "lamda"), "bad.toml:7:1: neuron.lamda: unknown key", "did you mean neuron.lambda?")
    refuse_text(changed("[learning]", "[lerning]"), "bad.toml:11:2: lerning: unknown section", "did you mean learning?")
    refuse_text("x = 1\n" + SMALL, "bad.toml:1:1: x: unknown key")


def test_wrong_types_and_ranges():
    refuse_text(changed("free = 20", 'free = "20"'), "bad.toml:9:1: phases.free: \"20\" is not an integer")
    refuse_text(changed("free = 20", "free = 20.5"), "phases.free: 20.5 is not an integer")
    refuse_text(changed("free = 20", "free = 0"), "phases.free: 0 is out of range", "1 to")
    refuse_text(changed("batch = 7", "batch = -1"), "learning.batch: -1 is out of range")
    refuse_text(changed("[20, 16, 5]", "[20]"), "network.layers")
    refuse_text(changed("[20, 16, 5]", "[20, 0, 5]"), "network.layers: 0 is out of range")
    refuse_text(changed("[20, 16, 5]", "[2000000000, 2000000000]"), "network.layers")
    refuse_text(changed("[0.1, 0.05]", "[0.1]"), "learning.rates: has 1 items; expected 2")
    refuse_text(changed("0.832/t^0.584", "2/t"), "neuron.lambda: is 2 at t = 1")
    refuse_text(changed("0.832/t^0.584", "0/t"), "neuron.lambda: is 0 at t = 1")
    refuse_text(changed("0.832/t^0.584", "1/s"), "neuron.lambda: \"1/s\" is not a schedule")
    refuse_text(changed('set = "random"', 'set = "rando"'), "data.set: \"rando\" is unknown", "did you mean random?")


def test_nan_and_inf():
    refuse_text(changed("[0.1, 0.05]", "[nan, 0.05]"), "bad.toml:12:", "learning.rates: nan is out of range")
    refuse_text(changed("nudged = 10", "nudged = 10\nsettle_tolerance = inf"), "phases.settle_tolerance: inf is out of range")
    refuse_options("--set", "learning.beta=nan", expected=["--set: learning.beta: nan is out of range"])
    refuse_options("--set", "neuron.epsilon=-inf", expected=["neuron.epsilon"])


def test_nested_too_deep():
    many = ".".join(["a"] * 9000)
    for text in (many + " = 1\n", "[%s]\nb = 1\n" % many, "\n  [[ %s ]]\n" % many, "a = { %s = 1 }\n" % many,
                 "a = " + "[" * 9000 + "\n", "a = " + "{ a = " * 9000 + "\n", '"a".' * 9000 + "b = 1\n"):
        err = refuse_text(text, "is nested deeper than 64 levels")
        assert re.match(r"settle: bad.toml:\d+:\d+: ", err), err
    with Folder() as folder:
        for setting in (many + "=1", "neuron.epsilon={%s=1}" % many, "network.layers=" + "[" * 9000):
            err = folder.refuse(["good.toml", "--set", setting], "settle: --set: ")
            assert len(err) < 400, err


def test_run_directories_that_are_nested_too_deep():
    with tempfile.TemporaryDirectory() as temporary:
        path = pathlib.Path(temporary)
        (path / "good.toml").write_text(SMALL.replace("epochs = 2", "epochs = 1"))
        (path / "sweep.toml").write_text((path / "good.toml").read_text() + '[sweep]\nover = { "learning.beta" = [0.1, 0.2] }\n')
        settle("run", "good.toml", "--out", "run", cwd=path)
        settle("sweep", "sweep.toml", "--out", "sweep", cwd=path)
        many = 300_000
        deep = {"array": "[" * many + "]" * many, "object": '{"a":' * many + "1" + "}" * many,
                "mixed": '{"a": [' * many + "]}" * many}
        for kind, text in deep.items():
            for folder, name in (("run", "summary.json"), ("run", "metrics.jsonl"), ("run", "manifest.json"), ("sweep", "summary.json"),
                                 ("sweep", "points.jsonl"), ("run", "scenario.toml")):
                kept = (path / folder / name).read_text()
                (path / folder / name).write_text("a = " + text.replace(":", "=") if name.endswith(".toml") else text + "\n" + text + "\n")
                shutil.copytree(path / folder, path / "copy")
                commands = [["report", "copy"]]
                if folder == "run":
                    commands += [["compare", "copy", "copy"], ["run", "good.toml", "--out", "copy", "--resume"]]
                else:
                    commands += [["sweep", "sweep.toml", "--out", "copy", "--resume"]]
                told = 0
                for command in commands:
                    out, err = settle(*command, code=(0, 1, 2), cwd=path)
                    told += "is nested deeper than 64 levels" in out + err
                assert told > 0, (kind, folder, name)
                shutil.rmtree(path / "copy")
                (path / folder / name).write_text(kept)


def test_no_toml():
    refuse_text(SMALL + "\nbeta = .5\n", "bad.toml:19:8: this is not TOML", "; did you mean 0.5?")
    for wrong, right in (("-.1", "-0.1"), ("+.5", "0.5"), ("1.", "1.0")):
        refuse_text(SMALL + "\nbeta = %s\n" % wrong, "bad.toml:19:", "; did you mean %s?" % right)
    refuse_text(SMALL + "[network]\n", "bad.toml:18:", "this is not TOML")
    refuse_text("\0\1\2", "bad.toml:1:1")


def test_all_problems_at_once_unknown_names_first():
    err = refuse_text(changed("free = 20", "free = 0").replace("batch", "bacth").replace("[0.1, 0.05]", "[-1, 0.05]"))
    lines = err.strip().split("\n")
    assert len(lines) == 3, err
    assert "learning.bacth" in lines[0] and "phases.free" in lines[1] and "learning.rates" in lines[2], err


def test_missing_keys():
    refuse_text(changed("layers = [20, 16, 5]", ""), "network.layers: is missing")
    refuse_text(changed("rates = [0.1, 0.05]", ""), "learning.rates: is missing")
    refuse_text(changed('set = "random"', 'set = "hdf5"'), "data.path: is missing")


def test_options():
    refuse_options("--set", "a.b=1", expected=["--set: a.b: unknown key"])
    refuse_options("--set", "neuron.lamda=1", expected=["--set: neuron.lamda: unknown key", "did you mean neuron.lambda?"])
    refuse_options("--set", "learning.batch", expected=["--set", "KEY=VALUE"])
    refuse_options("--set", "events.at=1", expected=["--set: events.at"])
    # What the data contradict is told of the place where it was asked for, too.
    refuse_options("--set", "data.set=digits", "--set", "network.layers=[784,5,10]", "--set", "data.train=20000",
                   expected=["--set: data.train: asks for 20000 samples, but there are 10000 (digits); expected at most 10000"])
    refuse_text(changed('set = "random"', 'set = "digits"'), "bad.toml:5:1: network.layers: the first layer has 20 neurons")
    refuse_options("--threads", "-1", expected=["--threads: scenario.threads: -1 is out of range"])
    refuse_options("--threads=many", expected=["--threads: scenario.threads"])
    refuse_options("--seed", "-5", expected=["--seed: scenario.seed"])
    refuse_options("--engine", "lokstep", expected=["--engine: scenario.engine", "did you mean lockstep?"])
    refuse_options("--thread", "1", expected=["--thread: unknown option", "did you mean --threads?"])
    refuse_options("--frobnicate", expected=["--frobnicate: unknown option"])
    refuse_options("surplus", expected=["surplus: was not expected"])


def test_unknown_commands():
    for arguments, expected in ((["rnu"], "rnu: unknown command"), (["data", "lsit"], "lsit: unknown command"),
                                (["--frob"], "--frob: unknown option"), ([], "required")):
        _, err = settle(*arguments, code=2)
        assert expected in err, err
    assert "did you mean list?" in settle("lits", code=2)[1]


def test_keys_that_lockstep_cannot_honour():
    refuse_text(SMALL + "[timing]\njitter = 0.1\n", "bad.toml:19:1: timing.jitter: the lockstep engine cannot honour it")
    refuse_text(SMALL + "[faults]\ndead_links = 0.1\n", "faults.dead_links: the lockstep engine cannot honour it")
    refuse_text(SMALL + "[timing]\nlatency = 0\n", "timing.latency", "at least 1 ns")
    with Folder() as folder:
        folder.write("timed.toml", SMALL + "[timing]\njitter = 0.1\n")
        _, err = settle("run", "timed.toml", "--engine", "lockstep", "--out", "out", cwd=folder.path)
        assert "warning: timing.jitter" in err, err
        folder.write("default.toml", SMALL + '[timing]\njitter = 0\nperiod = "2 ms"\n')
        settle("run", "default.toml", "--out", "out2", cwd=folder.path)


def test_missing_and_foreign_files():
    with Folder() as folder:
        folder.refuse(["nothing.toml"], "nothing.toml", "settle list")
        folder.refuse(["mnsit"], "did you mean mnist?")
        folder.refuse(["good.toml", "--set", "network.weights=none.h5"], "none.h5: network.weights: no such file")
        folder.refuse(["good.toml", "--set", "data.set=hdf5", "--set", "data.path=none.h5", "--set", "data.train=all"], "none.h5")
        folder.write("text.h5", "this is no HDF5 file")
        folder.refuse(["good.toml", "--set", "network.weights=text.h5"], "text.h5")


def data_file(path, x, labels):
    with h5py.File(path, "w") as file:
        file["x"] = np.asarray(x, "f4")
        file["labels"] = np.asarray(labels, "i4")


def test_data_that_does_not_fit():
    good = np.full((9, 20), 0.5)
    options = ["good.toml", "--set", "data.set=hdf5", "--set", "data.path=data.h5", "--set", "data.train=all"]
    with Folder() as folder:
        data_file(folder.path / "data.h5", np.full((9, 21), 0.5), range(9))
        folder.refuse(options, "network.layers", "21")
        data_file(folder.path / "data.h5", good, [0, 1, 2, 3, 4, 5, 0, 1, 2])
        folder.refuse(options, "label", "5")
        data_file(folder.path / "data.h5", good, [0, 1, -2, 3, 4, 0, 0, 1, 2])
        folder.refuse(options, "label", "-2")
        bad = good.copy()
        bad[3, 4] = np.nan
        data_file(folder.path / "data.h5", bad, [0] * 9)
        folder.refuse(options, "nan")
        bad[3, 4] = 1.5
        data_file(folder.path / "data.h5", bad, [0] * 9)
        folder.refuse(options, "1.5")
        data_file(folder.path / "data.h5", good, [0] * 8)
        folder.refuse(options, "labels")
        data_file(folder.path / "data.h5", good, [0] * 9)
        folder.refuse(options + ["--set", "data.train=10"], "data.train", "10", "9")
        content = (folder.path / "data.h5").read_bytes()
        for length in (0, 10, 100, len(content) // 2, len(content) - 1):
            (folder.path / "data.h5").write_bytes(content[:length])
            folder.refuse(options, "data.h5")


def test_weights_that_do_not_fit():
    options = ["good.toml", "--set", "network.weights=weights.h5"]

    def weights(shapes, value=0.1):
        with h5py.File(folder.path / "weights.h5", "w") as file:
            for i, (pre, post) in enumerate(shapes):
                file["weights/%d" % i] = np.full((pre, post), value, "f4")
                file["biases/%d" % i] = np.zeros(post, "f4")

    with Folder() as folder:
        weights([(20, 16), (16, 4)])
        folder.refuse(options, "weights.h5", "weights/1", "16 x 4", "16 x 5")
        weights([(20, 16)])
        folder.refuse(options, "weights/1")
        weights([(20, 16), (16, 5), (5, 3)])
        folder.refuse(options, "weights/2")
        weights([(20, 16), (16, 5)], np.nan)
        folder.refuse(options, "weights/0", "nan")
        weights([(20, 16), (16, 5)], np.inf)
        folder.refuse(options, "weights/0", "inf")


def idx(magic, dimensions, content):
    return struct.pack(">I%dI" % len(dimensions), magic, *dimensions) + content


def test_idx_files():
    options = ["good.toml", "--set", "data.set=idx", "--set", "data.path=.", "--set", "data.train=all"]
    images = idx(0x803, (6, 4, 5), os.urandom(120))
    labels = idx(0x801, (6,), bytes([0, 1, 2, 3, 4, 0]))
    with Folder() as folder:
        folder.refuse(options, "train-images-idx3-ubyte")
        image_file, label_file = folder.path / "train-images-idx3-ubyte.gz", folder.path / "train-labels-idx1-ubyte"
        image_file.write_bytes(gzip.compress(images))
        label_file.write_bytes(labels)
        settle("run", *options, "--dry-run", cwd=folder.path)
        image_file.write_bytes(gzip.compress(images)[:-20])
        folder.refuse(options, "train-images-idx3-ubyte.gz")
        image_file.write_bytes(gzip.compress(images[:-1]))
        folder.refuse(options, "train-images-idx3-ubyte.gz")
        image_file.write_bytes(gzip.compress(idx(0x803, (2**31, 4, 5), bytes(120))))
        folder.refuse(options, "train-images-idx3-ubyte.gz")
        image_file.write_bytes(gzip.compress(images))
        label_file.write_bytes(idx(0x801, (6,), bytes([0, 1, 2, 3, 4, 5])))
        folder.refuse(options, "train-labels-idx1-ubyte", "label")
        label_file.write_bytes(idx(0x801, (5,), bytes(5)))
        folder.refuse(options, "train-labels-idx1-ubyte")


def test_output_directory_that_is_not_empty():
    with Folder() as folder:
        (folder.path / "full").mkdir()
        (folder.path / "full" / "precious").write_text("keep me")
        folder.refuse(["good.toml", "--out", "full"], "--out", "not empty")
        folder.refuse(["good.toml", "--out", "good.toml"], "--out", "not a directory")
        folder.refuse(["good.toml", "--out", ""], "--out", "is empty")
        folder.refuse(["good.toml", "--out", "/proc/none"], "--out: /proc/none", "cannot be created")
        (folder.path / "empty").mkdir()
        settle("run", "good.toml", "--out", "empty", cwd=folder.path)
        settle("run", "good.toml", "--out", "new/deep/one", cwd=folder.path)


def test_expectations():
    refuse_text(SMALL + '[[expect]]\nmetric = "tets_error"\nbelow = 1\n', "bad.toml:19:1: expect.metric: \"tets_error\" is unknown",
                "did you mean test_error?")
    refuse_text(SMALL + '[[expect]]\nmetric = "lost"\nbelow = "1"\n', "bad.toml:20:1: expect.below: \"1\" is not a number")
    refuse_text(SMALL + '[[expect]]\nmetric = "lost"\nequals = 0\nthan = "mnits"\n', "bad.toml:21:1: expect.than", "did you mean mnist?")
    refuse_options("--set", "expect.metric=lost", expected=["--set: expect.metric: arrays of tables cannot be set"])


def test_events():
    refuse_text(SMALL + '[[events]]\nat = { tick = 1 }\naction = "mark"\n', "bad.toml:19:8: events.at.tick: unknown key")
    refuse_text(SMALL + '[[events]]\nat = { period = 1 }\naction = "present"\nsample = 100000\n', "bad.toml:21:1: events.sample: ",
                "has no sample 100000")
    refuse_text(SMALL + '[[events]]\nat = { epoch = 99 }\naction = "mark"\n', "bad.toml:19:1: events.at: never happens")


def test_what_is_not_there_yet_is_refused():
    refuse_options("--resume", expected=["--resume", "--out"])
    refuse_options("--engine", "free", "--set", "timing.jitter=0.1",
                   expected=["--set: timing.jitter", "free engine", "what the machine does"])
    with Folder() as folder:
        folder.write("sweep.toml", SMALL + "[sweep]\nrepeats = 2\n")
        _, err = settle("run", "sweep.toml", "--out", "out", cwd=folder.path)
        assert "[sweep] is ignored" in err, err


sys.exit(run_all(globals()))
