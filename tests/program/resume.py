"""A run that was interrupted goes on to the same end: the same bits, metrics and weights."""
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import h5py
from program import PROGRAM, SMALL, reproducible_engines, run_all, settle, summary

# Long enough to be interrupted, with an evaluation, a smaller last minibatch and a coin for beta.
LONG = SMALL.replace("epochs = 2", "epochs = 60").replace("[20, 16, 5]", "[784, 16, 10]").replace(
    'set = "random"\ntrain = 40', 'set = "digits"\ntrain = 400\ntest = 30\nvalidation = 20') + "[checkpoint]\nevery = 63\n[energy]\npreset = \"loihi\"\nstatic = \"1 mW\"\n"
CHANGES = {"wall_seconds", "samples_per_second", "resumed_at", "threads", "posts"}


class Runs:
    """A working directory with the long scenario and its uninterrupted run, `whole`."""

    def __init__(self, text=LONG, engine="lockstep"):
        self.text = text.replace("[scenario]", '[scenario]\nengine = "%s"' % engine)

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.temporary.name)
        (self.path / "s.toml").write_text(self.text)
        self.run("whole", "--set", "checkpoint.every=0")
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def run(self, name, *options, code=0):
        return settle("run", "s.toml", "--out", name, "--quiet", *options, cwd=self.path, code=code)

    def resume(self, name, *options, code=0):
        return self.run(name, "--resume", *options, code=code)

    def start(self, name, *options):
        return subprocess.Popen([PROGRAM, "run", "s.toml", "--out", name, *options], cwd=self.path, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=not_under_nohup)

    def interrupt(self, name, *options, number=signal.SIGTERM):
        """Runs until some checkpoints are there, then sends a signal; returns (stderr, exit code)."""
        # A busy machine may let the run come to its end before this script gets its turn: once more then.
        for _ in range(20):
            process = self.start(name, *options)
            wait_for(lambda: (self.path / name / "metrics.jsonl").exists() and
                     (self.path / name / "metrics.jsonl").read_text().count("\n") >= 3)
            process.send_signal(number)
            _, err = process.communicate()
            if not (self.path / name / "summary.json").exists():
                return err, process.returncode
            shutil.rmtree(self.path / name)
        raise AssertionError("it was always finished before it could be interrupted")

    def same_as_whole(self, name, resumed=True):
        one, other = (self.path / "whole"), (self.path / name)
        for key, value in summary(one).items():
            if key not in CHANGES:
                assert summary(other)[key] == value, (key, summary(other)[key], value)
        assert summary(one).keys() == summary(other).keys()
        assert (summary(other)["resumed_at"] > 0) == resumed, summary(other)["resumed_at"]
        assert metrics(one) == metrics(other)
        assert (one / "weights.h5").read_bytes() == (other / "weights.h5").read_bytes()


def not_under_nohup():
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def metrics(run):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "train_seconds"} for line in lines]


def content(path):
    """Of a checkpoint of a run that goes on: for a moment, between two renames, there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


def test_signals_save_say_how_to_go_on_and_give_their_exit_code():
    with Runs() as runs:
        for number, name in ((signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP")):
            err, code = runs.interrupt(name, "--set", "checkpoint.every=0", number=number)
            assert code == 128 + number and (runs.path / name / "checkpoint").exists()
            assert "stopped by %s after " % name in err, err
            # What it says is what works.
            command = shlex.split(re.search(r"go on with: (.*)", err).group(1))
            done = subprocess.run(command, cwd=runs.path, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            assert "going on after " in done.stdout
            runs.same_as_whole(name)


def test_nobody_listening_ends_no_run():
    with Runs(LONG.replace("epochs = 60", "epochs = 20")) as runs:
        process = runs.start("deaf")
        assert process.stdout.readline() != ""
        process.stdout.close()
        assert process.wait() == 0, process.stderr.read()
        runs.same_as_whole("deaf", resumed=False)
        # As under nohup, SIGHUP is ignored.
        command = [PROGRAM, "run", "s.toml", "--out", "nohup", "--quiet"]
        process = subprocess.Popen(command, cwd=runs.path, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        wait_for(lambda: (runs.path / "nohup" / "metrics.jsonl").exists())
        process.send_signal(signal.SIGHUP)
        assert process.wait() == 0
        runs.same_as_whole("nohup", resumed=False)


def test_other_threads_and_several_interruptions():
    for engine in reproducible_engines():
        other_threads_and_several_interruptions(engine)


def other_threads_and_several_interruptions(engine):
    with Runs(engine=engine) as runs:
        runs.interrupt("r", "--threads", "2")
        done = 0
        for threads in (1, 3):
            before = content(runs.path / "r" / "checkpoint")
            process = runs.start("r", "--resume", "--threads", str(threads))
            wait_for(lambda: content(runs.path / "r" / "checkpoint") not in (b"", before))
            process.terminate()
            _, err = process.communicate()
            assert process.returncode == 143, (process.returncode, err)
            now = int(re.search(r"after (\d+) training", err).group(1))
            assert now > done
            done = now
        runs.resume("r", "--threads", "8")
        runs.same_as_whole("r")
        assert summary(runs.path / "r")["resumed_at"] == done and summary(runs.path / "r")["threads"] == 8


def test_interrupted_evaluation():
    text = LONG.replace("test = 30", "test = 2000").replace("[phases]\nfree = 20", "[phases]\nfree = 60")
    with Runs(text.replace("epochs = 60", "epochs = 6")) as runs:
        for _ in range(20):
            shutil.rmtree(runs.path / "r", ignore_errors=True)
            process = runs.start("r", "--threads", "1")
            # Most of the time is spent in evaluations.
            wait_for(lambda: (runs.path / "r" / "metrics.jsonl").exists() and (runs.path / "r" / "metrics.jsonl").read_text())
            time.sleep(0.05)
            process.terminate()
            process.communicate()
            if process.returncode != 0:  # else a busy machine let it come to its end
                break
        assert process.returncode == 143
        runs.resume("r")
        runs.same_as_whole("r")


def test_more_epochs():
    with Runs() as runs:
        runs.run("r", "--set", "learning.epochs=7")
        assert summary(runs.path / "r")["epochs"] == 7
        runs.resume("r")
        runs.same_as_whole("r")
        # Asked for what is there already, it only says what came out, even from a directory that lost its results.
        runs.resume("r")
        (runs.path / "r" / "summary.json").unlink()
        (runs.path / "r" / "weights.h5").unlink()
        runs.resume("r")
        runs.same_as_whole("r")
        _, err = runs.resume("r", "--set", "learning.epochs=59", code=2)
        assert "learning.epochs: 59 is below what the run has begun; expected at least 60" in err, err


def test_more_epochs_leave_out_the_evaluation_that_ended_the_run():
    text = LONG.replace("epochs = 60", "epochs = 6")
    for engine in reproducible_engines():
        with Runs(text + "[record]\nmetrics_every = 2\n", engine) as runs:
            runs.run("r", "--set", "learning.epochs=3")
            assert [line["epoch"] for line in metrics(runs.path / "r")] == [2, 3]
            # Between the last checkpoint and the summary: nothing is left to do, and that is kept, too.
            (runs.path / "r" / "summary.json").unlink()
            runs.resume("r", "--set", "learning.epochs=3")
            runs.resume("r", "--set", "learning.epochs=5")
            runs.resume("r")
            runs.same_as_whole("r")
            # One that is due stays.
            runs.run("s", "--set", "learning.epochs=3")
            runs.resume("s", "--set", "record.metrics_every=3")
            assert [line["epoch"] for line in metrics(runs.path / "s")] == [2, 3, 6]


def test_a_run_of_no_epochs_can_be_given_some():
    with Runs(LONG.replace("epochs = 60", "epochs = 2")) as runs:
        runs.run("r", "--set", "learning.epochs=0")
        assert summary(runs.path / "r")["epochs"] == 0
        runs.resume("r", "--set", "learning.epochs=0")
        assert summary(runs.path / "r")["epochs"] == 0
        runs.resume("r")
        runs.same_as_whole("r", resumed=False)


def test_refused_changes_are_named_and_touch_nothing():
    with Runs() as runs:
        runs.interrupt("r")
        before = {p: p.read_bytes() for p in (runs.path / "r").iterdir()}
        _, err = runs.resume("r", "--seed", "9", "--set", "learning.batch=8", code=2)
        for key in ("scenario.seed", "network.seed", "learning.batch"):
            assert "--resume: %s: is not what the run in r began with" % key in err, err
        assert "learning.rates" not in err
        assert before == {p: p.read_bytes() for p in (runs.path / "r").iterdir()}
        # These may change.
        runs.resume("r", "--set", "record.bits={to=1}", "--set", "checkpoint.every=1 s", "--threads", "2")
        runs.same_as_whole("r")


def test_where_there_is_nothing_to_go_on_from():
    with Runs() as runs:
        out, err = settle("run", "s.toml", "--resume", code=2, cwd=runs.path)
        assert "--resume: does not know which run is meant; expected --out DIR" in err, err
        assert sorted(p.name for p in runs.path.iterdir()) == ["s.toml", "whole"]
        runs.resume("nothing")
        runs.same_as_whole("nothing", resumed=False)
        (runs.path / "empty").mkdir()
        runs.resume("empty")
        runs.same_as_whole("empty", resumed=False)
        # Killed before its first checkpoint.
        shutil.copytree(runs.path / "whole", runs.path / "early")
        for name in ("summary.json", "weights.h5", "checkpoint", "checkpoint.previous"):
            (runs.path / "early" / name).unlink(missing_ok=True)
        runs.resume("early")
        runs.same_as_whole("early", resumed=False)
        # Killed while its first files were written.
        manifest = (runs.path / "whole" / "manifest.json").read_text()
        for number, files in enumerate(({"manifest.json.tmp": manifest[:9]}, {"manifest.json": manifest},
                                        {"manifest.json": manifest, "scenario.toml.tmp": ""})):
            name = "barely-%d" % number
            (runs.path / name).mkdir()
            for file, text in files.items():
                (runs.path / name / file).write_text(text)
            runs.run(name, code=2)
            runs.resume(name)
            runs.same_as_whole(name, resumed=False)
            assert not list((runs.path / name).glob("*.tmp"))
        # Somebody else's folder.
        for file, text in (("letter.txt", "Dear"), ("manifest.json", "{}"), ("scenario.toml", runs.text)):
            foreign = runs.path / "foreign" / file
            foreign.mkdir(parents=True)
            (foreign / file).write_text(text)
            _, err = runs.resume("foreign/" + file, code=2)
            assert "is not empty" in err and [p.name for p in foreign.iterdir()] == [file], err
            assert (foreign / file).read_text() == text


def test_one_run_at_a_time_writes_a_directory():
    with Runs() as runs:
        process = runs.start("a")
        wait_for(lambda: (runs.path / "a" / "metrics.jsonl").exists())
        before = sorted(path.name for path in (runs.path / "a").iterdir())
        for again in ((), ("--resume",)):
            _, err = runs.run("a", *again, code=2)
            assert "another run is writing" in err, err
        assert "manifest.json" in before and process.poll() is None
        process.communicate()
        assert process.returncode == 0
        runs.same_as_whole("a", resumed=False)
        # Without --out, each finds a directory of its own, however many begin in the same second.
        several = [subprocess.Popen([PROGRAM, "run", "s.toml", "--quiet", "--seed", str(seed), "--set", "learning.epochs=1"],
                                    cwd=runs.path) for seed in range(4)]
        assert all(process.wait() == 0 for process in several)
        made = sorted((runs.path / "runs").iterdir())
        assert sorted(summary(path)["seed"] for path in made) == [0, 1, 2, 3], made


def test_a_sweep_or_search_is_no_run():
    with Runs() as runs:
        for log in ("points.jsonl", "trials.jsonl"):
            (runs.path / log).mkdir()
            for name in ("manifest.json", "scenario.toml", "summary.json"):
                (runs.path / log / name).write_bytes((runs.path / "whole" / name).read_bytes())
            (runs.path / log / log).write_text("")
            _, err = runs.resume(log, code=2)
            assert "holds a " + {"p": "sweep", "t": "search"}[log[0]] in err, err
            assert "holds a" in settle("compare", "whole", log, cwd=runs.path, code=2)[1]


def test_finished_runs_say_what_came_out():
    with Runs() as runs:
        before = {p: p.stat().st_mtime_ns for p in (runs.path / "whole").iterdir()}
        out, _ = settle("run", "s.toml", "--out", "whole", "--resume", cwd=runs.path)
        assert "whole is finished" in out and summary(runs.path / "whole")["fingerprint"] in out
        out, _ = settle("run", "s.toml", "--out", "whole", "--resume", "--json", cwd=runs.path)
        assert json.loads(out) == summary(runs.path / "whole")
        assert runs.resume("whole") == ("", "")
        assert before == {p: p.stat().st_mtime_ns for p in (runs.path / "whole").iterdir()}
        settle("run", "s.toml", "--out", "infer", "--quiet", "--set", "scenario.task=infer", cwd=runs.path)
        runs.resume("infer", "--set", "scenario.task=infer")
        _, err = runs.resume("infer", "--set", "scenario.task=infer", "--seed", "3", code=2)
        assert "scenario.seed" in err, err


def test_intervals():
    with Runs(LONG.replace("epochs = 60", "epochs = 2")) as runs:
        def saved(value):
            """Checkpoints that were written before the last one: seen through the times at which training had stood."""
            name = "i" + re.sub(r"\W", "", value)
            process = subprocess.run(["strace", "-f", "-e", "trace=rename", PROGRAM, "run", "s.toml", "--out", name, "--quiet",
                                      "--set", "checkpoint.every=" + value], cwd=runs.path, capture_output=True, text=True)
            assert process.returncode == 0, process.stderr[-500:]
            return len(re.findall(r'rename\(".*checkpoint.tmp"', process.stderr))

        if shutil.which("strace") is None:
            runs.run("p", "--set", "checkpoint.every=0")
            assert not (runs.path / "p" / "checkpoint.previous").exists()
            runs.run("q", "--set", "checkpoint.every=1 ns")
            assert (runs.path / "q" / "checkpoint.previous").exists()
            return
        # 380 presentations an epoch in minibatches of 7 (the last of 2), two epochs, one checkpoint at the end.
        assert saved("0") == 1
        assert saved("10 min") == 1
        assert saved("1 ns") == 2 * 55 + 1
        assert saved("1") == 2 * 55 + 1
        assert saved("21") == 760 // 21 + 1, saved("21")


def test_recording_goes_on_in_a_file_of_its_own():
    text = LONG.replace("epochs = 60", "epochs = 12") + "[record]\nstate = true\nbits = true\nweights = true\n"
    with Runs(text) as runs:
        runs.interrupt("r")
        runs.resume("r")
        runs.same_as_whole("r")
        names = sorted(p.name for p in (runs.path / "r").glob("recording*.h5"))
        assert len(names) == 2 and re.fullmatch(r"recording-from-\d{6}\.h5", names[0]), names
        first = int(names[0][15:21])
        found = {}
        for name in reversed(names):  # where two have a minibatch, the later file counts
            with h5py.File(runs.path / "r" / name) as file:
                numbers = sorted(map(int, file["minibatch"]))
                assert numbers[0] == (0 if name == "recording.h5" else first)
                for number in file["minibatch"]:
                    group = file["minibatch"][number]
                    found[number] = [group[part][...].tobytes() for part in ("state", "bits", "weights/0", "biases/1")]
        with h5py.File(runs.path / "whole" / "recording.h5") as file:
            assert sorted(found) == sorted(file["minibatch"])
            for number, parts in found.items():
                group = file["minibatch"][number]
                assert parts == [group[part][...].tobytes() for part in ("state", "bits", "weights/0", "biases/1")], number


def test_damaged_checkpoint():
    with Runs() as runs:
        runs.interrupt("r")
        checkpoint = runs.path / "r" / "checkpoint"
        data = bytearray(checkpoint.read_bytes())
        data[len(data) // 2] ^= 4
        checkpoint.write_bytes(data)
        _, err = runs.resume("r", code=2)
        assert "r/checkpoint: this checkpoint is damaged: its checksum does not fit; to go on from the previous one: " in err, err
        command = re.search(r"previous one: (mv \S+ \S+)", err).group(1).rstrip(";")
        subprocess.run(shlex.split(command), cwd=runs.path, check=True)
        runs.resume("r")
        runs.same_as_whole("r")


sys.exit(run_all(globals()))
