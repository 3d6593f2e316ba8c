"""What a run directory promises where the world is not kind: no locks, no room, no permission, files that are gone or others."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import h5py
import numpy as np
from program import PROGRAM, SMALL, run_all, settle, summary

TEXT = SMALL.replace('set = "random"\ntrain = 40', 'set = "hdf5"\npath = "data.h5"\ntrain = 40\ntest = 20')
SWEEP = '[sweep]\nrepeats = 2\nover = { "learning.beta" = [0.5, 0.25] }\n'
LINKED = TEXT.replace("[network]\nlayers = [20, 16, 5]\n", """
[[population]]
name = "image"
size = 20
role = "input"
[[population]]
name = "middle"
size = 16
[[population]]
name = "answer"
size = 5
role = "output"
[[projection]]
between = ["image", "middle"]
kind = "dense"
rate = 0.1
[[projection]]
between = ["middle", "answer"]
kind = "sparse"
links = { file = "links.h5" }
rate = 0.05
""").replace("rates = [0.1, 0.05]\n", "")
SEARCH = '[search]\ntrials = 3\nobjective = "train_error"\nover = { "learning.beta" = [0.1, 1.0] }\n'
# Calls that some file systems do not have; each fails with the error number that the environment names.
MISSING_CALLS = """
#include <errno.h>
#include <stdlib.h>
static int fail(void) { errno = atoi(getenv("SETTLE_TEST_ERROR")); return -1; }
int flock(int file, int operation) { (void)file; (void)operation; return fail(); }
int fsync(int file) { (void)file; errno = EINVAL; return -1; }
"""


def write_data(path, seed, count=60):
    rng = np.random.default_rng(seed)
    with h5py.File(path, "w") as file:
        for prefix, samples in (("", count), ("test_", 20)):
            file[prefix + "x"] = rng.random((samples, 20), dtype=np.float32)
            file[prefix + "labels"] = rng.integers(0, 5, samples)


def write_links(path, count, weight=0.5):
    with h5py.File(path, "w") as file:
        file["pre"], file["post"] = np.arange(count, dtype=np.int32) % 16, np.arange(count, dtype=np.int32) % 5
        file["weight"] = np.full(count, weight, np.float32)


class Place:
    """A working directory with data.h5, other.h5, and a finished run `whole` of s.toml."""

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.temporary.name)
        self.path.chmod(0o755)
        (self.path / "s.toml").write_text(TEXT)
        write_data(self.path / "data.h5", 1)
        write_data(self.path / "other.h5", 2, 50)
        self.run("whole")
        return self

    def __exit__(self, *_):
        subprocess.run(["chmod", "-R", "u+rwx", self.path])
        self.temporary.cleanup()

    def run(self, name, *options, code=0, command="run", scenario="s.toml", environment=None):
        return settle(command, scenario, "--out", name, "--quiet", *options, cwd=self.path, code=code, environment=environment)

    def copy(self, name):
        shutil.copytree(self.path / "whole", self.path / name)
        return self.path / name

    def shell(self, text, code=0):
        done = subprocess.run(["bash", "-c", text.replace("SETTLE", PROGRAM)], cwd=self.path, capture_output=True, text=True)
        assert done.returncode == code, (text, done.returncode, done.stdout, done.stderr)
        return done.stdout, done.stderr

    def other_data(self):
        shutil.copy(self.path / "data.h5", self.path / "kept.h5")
        shutil.copy(self.path / "other.h5", self.path / "data.h5")

    def same_data(self):
        shutil.copy(self.path / "kept.h5", self.path / "data.h5")

    def same_as_whole(self, name, files=("weights.h5", "settling.jsonl")):
        one, other = summary(self.path / "whole"), summary(self.path / name)
        assert one["fingerprint"] == other["fingerprint"] and one["test_error"] == other["test_error"]
        for file in files:
            assert (self.path / "whole" / file).read_bytes() == (self.path / name / file).read_bytes(), file


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


def test_a_file_system_without_locks():
    with Place() as place:
        (place.path / "calls.c").write_text(MISSING_CALLS)
        library = place.path / "calls.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, place.path / "calls.c"], check=True)
        for name in ("ENOLCK", "EOPNOTSUPP", "ENOSYS"):
            import errno
            environment = {"LD_PRELOAD": str(library), "SETTLE_TEST_ERROR": str(getattr(errno, name))}
            out, err = settle("run", "s.toml", "--out", name, "--set", "record.bits=true", cwd=place.path, environment=environment)
            assert err.startswith("settle: warning: %s: this file system does not lock" % name), err
            assert err.count("\n") == 1, err
            place.same_as_whole(name)
            place.run(name, "--resume", "--set", "learning.epochs=3", "--set", "record.bits=true", environment=environment)
            assert summary(place.path / name)["epochs"] == 3
            settle("compare", "whole", name, cwd=place.path, code=1, environment=environment)
        (place.path / "sweep.toml").write_text(TEXT + SWEEP)
        _, err = settle("sweep", "sweep.toml", "--out", "sweep", cwd=place.path, environment=environment)
        assert "warning: sweep: this file system does not lock" in err, err
        place.run("quiet", environment=environment)


def test_a_finished_run_gets_what_it_lacks():
    with Place() as place:
        files = ("weights.h5", "settling.jsonl", "metrics.jsonl", "scenario.toml")
        for name in files:
            run = place.copy("lacks-" + name)
            before = (run / "summary.json").read_bytes()
            (run / name).unlink()
            out, _ = settle("run", "s.toml", "--out", run, "--resume", cwd=place.path)
            assert "is finished; made again: " + name in out, out
            assert (run / "summary.json").read_bytes() == before
            place.same_as_whole(run, files)
        for name in ("manifest.json", "summary.json"):
            run = place.copy("lacks-" + name)
            (run / name).unlink()
            place.run(run, "--resume")
            place.same_as_whole(run)
            assert manifest(run)["inputs"] == manifest(place.path / "whole")["inputs"]
        run = place.copy("cut")
        (run / "weights.h5").write_bytes((run / "weights.h5").read_bytes()[:3000])
        place.run(run, "--resume")
        place.same_as_whole(run, files)
        # As a machine leaves files that loses its power.
        for name in ("settling.jsonl", "metrics.jsonl", "manifest.json", "summary.json"):
            for left in (0, 100):
                run = place.copy("cut-%d-%s" % (left, name))
                if name == "manifest.json" and left > 0:
                    continue
                (run / name).write_bytes((run / name).read_bytes()[:left])
                place.run(run, "--resume")
                place.same_as_whole(run)
                place.same_as_whole(run, files)
                assert manifest(run)["inputs"] == manifest(place.path / "whole")["inputs"]
        # Without a checkpoint the run itself makes it again.
        for task in ("infer", "converge"):
            options = ("--set", "scenario.task=" + task, "--set", "record.state=true")
            place.run(task, *options)
            whole = {p.name: p.read_bytes() for p in (place.path / task).iterdir()}
            for name in set(whole) - {"manifest.json", "scenario.toml"}:
                (place.path / task / name).unlink()
                place.run(task, *options, "--resume")
                same = name not in ("summary.json",)
                assert not same or (place.path / task / name).read_bytes() == whole[name], (task, name)


def test_a_finished_study_gets_what_it_lacks():
    with Place() as place:
        for command, text, names in (("sweep", SWEEP, ("sweep.csv", "means.csv", "summary.json")),
                                     ("search", SEARCH, ("best.toml", "summary.json"))):
            (place.path / "x.toml").write_text(TEXT + text)
            place.run(command, command=command, scenario="x.toml")
            for name in names:
                before = (place.path / command / name).read_bytes()
                (place.path / command / name).unlink()
                place.run(command, "--resume", command=command, scenario="x.toml")
                assert name == "summary.json" or (place.path / command / name).read_bytes() == before, name
                assert (place.path / command / "summary.json").exists()
                # Cut anywhere, or of other bytes: it is what the runs give, again.
                for damaged in (before[:-1], before[:len(before) // 2], before.replace(b"1", b"2"), b""):
                    if name == "summary.json":
                        break
                    (place.path / command / name).write_bytes(damaged)
                    place.run(command, "--resume", command=command, scenario="x.toml")
                    assert (place.path / command / name).read_bytes() == before, (name, len(damaged))
            # Nothing to mend is left alone, whatever else a study may be gone on with.
            times = {path.name: path.stat().st_mtime_ns for path in (place.path / command).iterdir()}
            place.run(command, "--resume", "--threads", "1", "--set", "record.metrics_every=2", command=command, scenario="x.toml")
            assert times == {path.name: path.stat().st_mtime_ns for path in (place.path / command).iterdir()}
            if command == "sweep":
                curves = sorted((place.path / command / "curves").iterdir())
                curves[1].unlink()
                _, err = settle(command, "x.toml", "--out", command, "--resume", cwd=place.path)
                assert "1 of %d finished runs is without a curve (curves/%s)" % (len(curves), curves[1].name) in err, err
            for left in (0, 100):
                cut = place.path / command / "summary.json"
                cut.write_bytes(cut.read_bytes()[:left])
                place.run(command, "--resume", command=command, scenario="x.toml")
                json.loads(cut.read_text())
            # Nobody knows what was run: nothing is thrown away, and nothing mixed.
            (place.path / command / "scenario.toml").unlink()
            log = place.path / command / ("points.jsonl" if command == "sweep" else "trials.jsonl")
            before = log.read_bytes()
            _, err = place.run(command, "--resume", command=command, scenario="x.toml", code=2)
            assert "scenario.toml: is gone" in err and log.read_bytes() == before, err


def test_files_behind_links_are_read_too():
    with Place() as place:
        shutil.copy(place.path / "data.h5", place.path / "far.h5")
        with h5py.File(place.path / "links.h5", "w") as file:
            for name in ("x", "labels", "test_x", "test_labels"):
                file[name] = h5py.ExternalLink("far.h5", name)
        place.run("r", "--set", "data.path=links.h5")
        read = manifest(place.path / "r")["inputs"]
        assert [(file.get("part"), pathlib.Path(file["path"]).name) for file in read] == [(None, "links.h5"), ("linked file", "far.h5")], read
        assert (place.path / "r" / "weights.h5").read_bytes() == (place.path / "whole" / "weights.h5").read_bytes()
        write_data(place.path / "far.h5", 5)
        _, err = place.run("r", "--resume", "--set", "data.path=links.h5", "--set", "learning.epochs=3", code=2)
        assert "far.h5: data.path: has changed" in err, err


def test_a_limit_on_the_size_of_files_is_a_full_disk():
    with Place() as place:
        whole = place.path / "whole"
        sizes = {name: (whole / name).stat().st_size for name in ("checkpoint", "weights.h5")}
        limit = -(-sizes["checkpoint"] // 1024)
        assert limit * 1024 < sizes["weights.h5"], sizes
        run = "SETTLE run s.toml --quiet --set checkpoint.every=0 "
        # The state is saved before the weights are written: nothing of the training is lost.
        _, err = place.shell("ulimit -f %d; %s --out weights" % (limit, run), 3)
        assert err.startswith("settle: weights/weights.h5") and "File too large" in err, err
        assert {p.name for p in (place.path / "weights").iterdir()} == {"checkpoint", "manifest.json", "metrics.jsonl", "scenario.toml"}
        place.run("weights", "--resume")
        place.same_as_whole("weights")
        assert summary(place.path / "weights")["resumed_at"] == 80
        # What no file of that kind could hold is told before anything is trained.
        _, err = place.shell("ulimit -f 2; %s --out early" % run, 3)
        assert err.startswith("settle: early/write-test.h5: ") and (place.path / "early" / "metrics.jsonl").read_text() == "", err
        # A sanitizer's own file, made before the program begins, would be too large as well: it finds no folder for it.
        _, err = place.shell("ulimit -f 0; TMPDIR=/nowhere %s --out nothing" % run, 3)
        assert err.startswith("settle: nothing/manifest.json: cannot be written: File too large"), err
        assert 3 * 1024 < sizes["checkpoint"], sizes
        _, err = place.shell("ulimit -f 3; %s --out often --set checkpoint.every=7" % run, 3)
        assert err.startswith("settle: often/checkpoint.tmp: cannot be written: File too large"), err
        _, err = place.shell("ulimit -f 16; %s --out recorded --set record.state=true" % run, 3)
        assert err.startswith("settle: recorded/recording.h5: "), err
        for name in ("early", "nothing", "often", "recorded"):
            place.run(name, "--resume")
            place.same_as_whole(name)
            assert not [p for p in (place.path / name).iterdir() if p.suffix in (".tmp", ".part") or "test" in p.name]
        _, err = place.shell("ulimit -f 1; SETTLE keys >keys.txt", 3)
        assert err.startswith("settle: standard output: cannot be written"), err
        (place.path / "sweep.toml").write_text(TEXT + SWEEP.replace("repeats = 2", "repeats = 8"))
        _, err = place.shell("ulimit -f 4; SETTLE sweep sweep.toml --out sweep --quiet", 3)
        assert err.startswith("settle: sweep/points.jsonl: cannot be written: File too large"), err
        assert all(json.loads(line) for line in (place.path / "sweep" / "points.jsonl").read_text().splitlines())
        place.run("sweep", "--resume", command="sweep", scenario="sweep.toml")
        _, err = place.shell("ulimit -f 4; SETTLE report whole --out page --quiet", 3)
        assert ("File too large" in err or "ulimit -f" in err) and not (place.path / "page" / "report.html").exists(), err


def test_going_on_with_other_data_is_refused():
    with Place() as place:
        read = manifest(place.path / "whole")["inputs"]
        assert [(file["key"], file["path"], file["bytes"]) for file in read] == [
            ("data.path", str((place.path / "data.h5").resolve()), (place.path / "data.h5").stat().st_size)], read
        import zlib
        assert int(read[0]["crc32"], 16) == zlib.crc32((place.path / "data.h5").read_bytes())
        more = ("--resume", "--set", "learning.epochs=3")
        place.copy("of-weights")
        for name, command, text in (("sweep", "sweep", SWEEP), ("search", "search", SEARCH)):
            (place.path / (name + ".toml")).write_text(TEXT + text)
            place.run(name, command=command, scenario=name + ".toml")
        place.other_data()
        named = "%s: data.path: has changed" % (place.path / "data.h5").resolve()
        for options in (more, ("--resume",), (*more, "--dry-run")):
            before = {p.name: p.read_bytes() for p in (place.path / "whole").iterdir()}
            _, err = place.run("whole", *options, code=2)
            assert named in err, err
            assert before == {p.name: p.read_bytes() for p in (place.path / "whole").iterdir()}
        for name, key in (("sweep", "sweep.repeats=3"), ("search", "search.trials=5")):
            _, err = place.run(name, "--resume", "--set", key, code=2, command=name, scenario=name + ".toml")
            assert named in err, err
        # A checkpoint alone knows it, too.
        run = place.copy("without-manifest")
        (run / "manifest.json").unlink()
        _, err = place.run(run, *more, code=2)
        assert named in err, err
        # Runs of other data say so when they are compared.
        place.run("b")
        out, _ = settle("compare", "whole", "b", cwd=place.path, code=1)
        assert "data and weights that differ\n~ data.path\n" in out, out
        found = json.loads(settle("compare", "whole", "b", "--json", cwd=place.path, code=1)[0])
        assert list(found["inputs"]) == ["data.path"] and "%d bytes" % (place.path / "data.h5").stat().st_size in found["inputs"]["data.path"][1]
        place.same_data()
        os.utime(place.path / "data.h5", (0, 0))
        place.run("whole", *more)
        for name, key in (("sweep", "sweep.repeats=3"), ("search", "search.trials=5")):
            place.run(name, "--resume", "--set", key, command=name, scenario=name + ".toml")
        # A finished run says what came out even if its data have gone.
        (place.path / "data.h5").unlink()
        place.run("whole", *more)


def test_going_on_with_other_links_is_refused():
    with Place() as place:
        links = place.path / "links.h5"
        write_links(links, 12)
        (place.path / "sp.toml").write_text(LINKED)
        (place.path / "sweep.toml").write_text(LINKED + SWEEP)
        place.run("r", scenario="sp.toml")
        place.run("sweep", command="sweep", scenario="sweep.toml")
        read = manifest(place.path / "r")["inputs"]
        assert [(file["key"], file.get("part")) for file in read] == [("data.path", None), ("projection", "links")], read
        more = ("--resume", "--set", "learning.epochs=3")
        # Other weights are the same network to the checkpoint; other links are another one.
        for count, weight in ((12, 0.25), (13, 0.5), (11, 0.5)):
            write_links(links, count, weight)
            for options in (more, ("--resume",), (*more, "--dry-run")):
                before = {p.name: p.read_bytes() for p in (place.path / "r").iterdir()}
                _, err = place.run("r", *options, scenario="sp.toml", code=2)
                assert err.startswith("settle: %s: projection: has changed" % links.resolve()) and err.count("\n") == 1, err
                assert before == {p.name: p.read_bytes() for p in (place.path / "r").iterdir()}
            _, err = place.run("sweep", "--resume", "--set", "sweep.repeats=3", command="sweep", scenario="sweep.toml", code=2)
            assert "%s: projection: has changed" % links.resolve() in err, err
        links.unlink()
        _, err = place.run("r", *more, scenario="sp.toml", code=2)
        assert "%s: no such file" % links.resolve() in err and ": :" not in err, err
        write_links(links, 12)
        place.run("r", *more, scenario="sp.toml")
        assert summary(place.path / "r")["epochs"] == 3


def test_other_weights_and_moved_or_compressed_data():
    with Place() as place:
        options = ("--set", "network.weights=w.h5")
        shutil.copy(place.path / "whole" / "weights.h5", place.path / "w.h5")
        place.run("r", *options)
        with h5py.File(place.path / "w.h5", "r+") as file:
            file["weights/0"][0, 0] += 0.25
        _, err = place.run("r", *options, "--resume", "--set", "learning.epochs=3", code=2)
        assert "%s: network.weights: has changed" % (place.path / "w.h5").resolve() in err, err
        # MNIST, by an environment that moves, and compressed: the same content.
        if not shutil.which("gzip"):
            return
        import struct
        rng = np.random.default_rng(3)
        for name in ("one", "two"):
            (place.path / name / "mnist").mkdir(parents=True)
        for kind, count in (("train", 20), ("t10k", 10)):
            images = struct.pack(">IIII", 2051, count, 28, 28) + rng.integers(0, 256, count * 784, dtype=np.uint8).tobytes()
            labels = struct.pack(">II", 2049, count) + rng.integers(0, 10, count, dtype=np.uint8).tobytes()
            (place.path / "one/mnist" / (kind + "-images-idx3-ubyte")).write_bytes(images)
            (place.path / "one/mnist" / (kind + "-labels-idx1-ubyte")).write_bytes(labels)
        for file in (place.path / "one/mnist").iterdir():
            shutil.copy(file, place.path / "two/mnist")
        subprocess.run("gzip -9 two/mnist/*-images*", shell=True, cwd=place.path, check=True)
        text = TEXT.replace('set = "hdf5"\npath = "data.h5"\ntrain = 40\ntest = 20', 'set = "mnist"').replace("[20, 16, 5]", "[784, 16, 10]")
        (place.path / "m.toml").write_text(text)
        one, two = ({"SETTLE_DATA_DIR": str(place.path / name)} for name in ("one", "two"))
        place.run("m", scenario="m.toml", environment=one)
        assert [file["part"] for file in manifest(place.path / "m")["inputs"]] == [
            "training images", "training labels", "test images", "test labels"]
        place.run("m", "--resume", "--set", "learning.epochs=3", scenario="m.toml", environment=two)
        assert manifest(place.path / "m")["inputs"][0]["path"].endswith("train-images-idx3-ubyte.gz")
        labels = place.path / "two/mnist/t10k-labels-idx1-ubyte"
        labels.write_bytes(labels.read_bytes()[:-1] + b"\0")
        _, err = place.run("m", "--resume", "--set", "learning.epochs=4", scenario="m.toml", environment=two, code=2)
        assert err.startswith("settle: %s: data.path: has changed" % labels) and err.count("\n") == 1, err


def test_a_resumed_run_keeps_its_manifest():
    with Place() as place:
        first = manifest(place.path / "whole")
        for epochs in (3, 4):
            place.run("whole", "--resume", "--set", "learning.epochs=%d" % epochs)
        now = manifest(place.path / "whole")
        resumed = now.pop("resumed")
        assert now == first
        assert [entry["command_line"][-1] for entry in resumed] == ["learning.epochs=3", "learning.epochs=4"]
        (place.path / "sweep.toml").write_text(TEXT + SWEEP)
        place.run("sweep", command="sweep", scenario="sweep.toml")
        first = manifest(place.path / "sweep")
        place.run("sweep", "--resume", "--set", "sweep.repeats=3", command="sweep", scenario="sweep.toml")
        assert manifest(place.path / "sweep").pop("resumed")[0]["command_line"][-1] == "sweep.repeats=3"
        assert manifest(place.path / "sweep")["command_line"] == first["command_line"]
        # What an old version left has no inputs, and is gone on with.
        old = json.loads((place.path / "sweep" / "manifest.json").read_text())
        del old["inputs"], old["resumed"]
        (place.path / "sweep" / "manifest.json").write_text(json.dumps(old))
        place.run("sweep", "--resume", "--set", "sweep.repeats=4", command="sweep", scenario="sweep.toml")
        # Without a whole manifest nobody knows what the runs that are done have read.
        log = (place.path / "sweep" / "points.jsonl").read_bytes()
        for left in (b"", json.dumps(first)[:100].encode()):
            (place.path / "sweep" / "manifest.json").write_bytes(left)
            err = place.run("sweep", "--resume", "--set", "sweep.repeats=5", command="sweep", scenario="sweep.toml", code=2)[1]
            assert "manifest.json: is gone or damaged" in err, err
            assert (place.path / "sweep" / "points.jsonl").read_bytes() == log


def test_what_is_broken_on_the_chip_is_told():
    with Place() as place:
        faults = ("--engine", "virtual", "--set", "faults.stuck_at_zero=0.2", "--set", "faults.stuck_at_one=0.1", "--set",
                  "faults.dead_links=0.1")
        place.run("r", *faults, "--set", "record.bits=true")
        told = manifest(place.path / "r")["faults"]
        assert told["dead_links"]["of"] == 20 * 16 + 16 * 5 and 20 < told["dead_links"]["count"] < 60
        with h5py.File(place.path / "r" / "recording.h5") as file:
            bits = np.concatenate([file["minibatch/%06d/bits" % m][:].reshape(-1, 41) for m in range(4)])
        first = np.array([0, 20, 36])
        for kind, silent in (("stuck_at_zero", bits.max(0) == 0), ("stuck_at_one", bits.min(0) > 0)):
            neurons = told[kind]["neurons"]
            assert len(neurons) == told[kind]["count"] > 0
            assert all(silent[first[layer] + neuron] for layer, neuron in neurons), (kind, neurons)
        stuck = sum(told[kind]["count"] for kind in ("stuck_at_zero", "stuck_at_one"))
        assert (bits.min(0) > 0).sum() == told["stuck_at_one"]["count"] and stuck < 25
        assert "faults" not in manifest(place.path / "whole")


def test_an_unreadable_place_is_told_as_such():
    if os.getuid() != 0:
        return
    with Place() as place:
        place.copy("closed").chmod(0o700)
        (place.path / "open").mkdir(mode=0o777)
        (place.path / "open").chmod(0o777)
        shutil.copy(place.path / "data.h5", place.path / "secret.h5")
        (place.path / "secret.h5").chmod(0o600)
        (place.path / "mnist").mkdir(mode=0o700)
        shutil.copy(place.path / "s.toml", place.path / "closed")
        user = "setpriv --reuid 54323 --regid 54323 --clear-groups SETTLE "
        for command in ("compare closed whole", "report closed --out open", "run s.toml --out closed", "run s.toml --out closed --resume",
                        "run s.toml --out closed/sub", "run closed/s.toml --out open/r", "sweep s.toml --set sweep.repeats=1 --out closed",
                        "run s.toml --set data.path=secret.h5 --out open/r", "run s.toml --set data.path=closed/data.h5 --out open/r",
                        "run s.toml --set data.set=idx --set data.path=closed --out open/r",
                        "run s.toml --set data.set=mnist --set data.path=mnist --set 'network.layers=[784,9,10]' --out open/r",
                        "run s.toml --set network.weights=closed/weights.h5 --out open/r"):
            if command.startswith("sweep"):
                (place.path / "sweep.toml").write_text(TEXT + SWEEP)
                command = "sweep sweep.toml --out closed"
            _, err = place.shell(user + command, 2)
            assert "Permission denied" in err and "internal" not in err and err.count("\n") == 1, (command, err)
        assert not list((place.path / "open").iterdir())


def test_names_that_are_too_long():
    with Place() as place:
        (place.path / "sweep.toml").write_text(TEXT + SWEEP)
        long, deep = "n" * 300, "/tmp/" + "/".join(["d" * 200] * 30)
        for command in ("run s.toml --out LONG", "run s.toml --out LONG --resume", "run s.toml --out a/LONG/b", "run s.toml --out DEEP",
                        "run s.toml --set data.path=LONG", "run s.toml --set data.set=idx --set data.path=LONG",
                        "run s.toml --set network.weights=DEEP", "run LONG", "compare LONG whole", "report whole --out LONG",
                        "sweep sweep.toml --out LONG", "run s.toml --set data.set=mnist --set data.path=LONG"):
            _, err = place.shell("SETTLE " + command.replace("LONG", long).replace("DEEP", deep), 2)
            assert "File name too long" in err and "internal" not in err, (command, err)
        _, err = place.shell("SETTLE run s.toml --set scenario.name=" + long, 2)
        assert "scenario.name" in err and "300 characters" in err and "at most 200" in err, err


def test_a_working_directory_that_is_gone():
    with Place() as place:
        (place.path / "gone").mkdir()
        (place.path / "sweep.toml").write_text(TEXT + SWEEP)
        gone = "cd gone; rmdir ../gone; "
        for command, code in (("run HERE/s.toml --out HERE/r --quiet", 0), ("run digits --dry-run", 0), ("compare HERE/whole HERE/whole", 0),
                              ("report HERE/whole --quiet", 0), ("sweep HERE/sweep.toml --out HERE/sw --quiet", 0), ("data list", 0),
                              ("run HERE/s.toml", 2), ("run digits --set network.weights=w.h5", 2), ("describe HERE/s.toml", 0)):
            (place.path / "gone").mkdir(exist_ok=True)
            _, err = place.shell(gone + "SETTLE " + command.replace("HERE", str(place.path)), code)
            assert "internal" not in err and (err == "") == (code == 0), (command, err)
        place.same_as_whole("r")
        # The name of a built-in scenario is no path, here as where there is a file of this name.
        for command in ("list", "describe saccade", "run saccade --dry-run --quiet", "run saccade-restart --dry-run --quiet",
                        "sweep saccade-restart --dry-run --quiet", "describe saccade-restart", "run recovery-loss --dry-run --quiet"):
            (place.path / "gone").mkdir(exist_ok=True)
            out, err = place.shell(gone + "SETTLE " + command)
            assert err == "" and out, (command, out, err)
            for name in ("digits", "recovery-calm"):
                (place.path / name).write_text("no scenario")
            assert place.shell("SETTLE " + command)[0] == out, command
            for name in ("digits", "recovery-calm"):
                (place.path / name).unlink()


def test_compare():
    with Place() as place:
        out, _ = settle("compare", "whole", "whole", cwd=place.path)
        assert "not known" not in out, out
        lines = place.copy("half") / "metrics.jsonl"
        lines.write_text(lines.read_text() + '{"epoch":3,"presen')
        settle("compare", "whole", "half", cwd=place.path)
        place.run("b", "--set", "learning.beta=0.25")
        out, _ = settle("compare", "whole", "b", cwd=place.path, code=1)
        assert "not known" in out
        for name, seed in (("c", "1"), ("d", "2")):
            place.run(name, "--set", "scenario.task=converge", "--set", "network.layers=[20, 9, 9, 9, 9, 5]", "--set",
                      "learning.rates=[0.1, 0.1, 0.1, 0.1, 0.1]", "--seed", seed)
        out, _ = settle("compare", "c", "d", cwd=place.path, code=1)
        # All rows begin their columns at the same place; what would not fit stands below.
        rows = [line for line in out.split("metrics (!")[1].splitlines()[1:] if line[:1] in " !~" and not line.startswith("    ")]
        columns = {line.index(line.split(None, 2 if line[0] != " " else 1)[-1]) for line in rows if len(line.split()) > 2}
        assert len(columns) == 1 and max(map(len, rows)) < 100, out
        assert any(line.startswith("    [") for line in out.splitlines()), out


def test_no_expectations():
    with Place() as place:
        (place.path / "e.toml").write_text(TEXT + '[[expect]]\nmetric = "test_error"\nbelow = 0.001\n')
        place.run("judged", scenario="e.toml", code=1)
        place.run("r", "--no-expect", scenario="e.toml")
        assert summary(place.path / "r")["expectations_failed"] == summary(place.path / "r")["expectations_passed"] == 0
        assert "expect" not in (place.path / "r" / "scenario.toml").read_text()
        place.run("judged", "--resume", "--set", "learning.epochs=3", "--no-expect", scenario="e.toml")
        (place.path / "sweep.toml").write_text(TEXT + SWEEP + '[[expect]]\nmetric = "test_error"\nbelow = 0.001\npoint = "0.5"\n')
        place.run("sj", scenario="sweep.toml", command="sweep", code=1)
        place.run("sr", "--no-expect", scenario="sweep.toml", command="sweep")
        assert summary(place.path / "sr")["expectations"] == []
        (place.path / "search.toml").write_text(TEXT + SEARCH + '[[expect]]\nmetric = "test_error"\nbelow = 0.001\n')
        place.run("search", "--no-expect", scenario="search.toml", command="search")


def test_describe_ends_with_a_command_that_runs_just_that():
    with Place() as place:
        (place.path / "sweep.toml").write_text(TEXT + SWEEP)
        out, _ = settle("describe", "sweep.toml", "--set", "neuron.lambda=0.8/t^0.5", "--set", "scenario.name=other", "--seed", "3", "--engine",
                        "virtual", "--threads", "1", cwd=place.path)
        command = [line.split(": ", 1)[1] for line in out.splitlines() if line.startswith("run it: ")][0]
        assert command.startswith("settle run sweep.toml --set "), command
        place.shell("SETTLE" + command[len("settle"):] + " --quiet --out r")
        text = (place.path / "r" / "scenario.toml").read_text()
        assert 'name = "other"' in text and "seed = 3" in text and 'engine = "virtual"' in text and "0.8" in text, text
        assert "sweep it: " + command.replace("run", "sweep", 1) in out


sys.exit(run_all(globals()))
