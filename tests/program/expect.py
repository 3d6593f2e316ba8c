"""A scenario's verdict: what is printed, counted, and given as exit code."""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

from program import PROGRAM, SMALL, run_all, settle, summary

GOOD = '[[expect]]\nmetric = "lost"\nequals = 0\n'
BAD = '[[expect]]\nmetric = "train_error"\nbelow = 1e-6\n'


class Folder:
    def __init__(self, **texts):
        self.texts = texts

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.temporary.name)
        for name, text in self.texts.items():
            (self.path / (name + ".toml")).write_text(text)
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def settle(self, *arguments, code=0):
        return settle(*arguments, cwd=self.path, code=code)


def test_good_and_failed():
    with Folder(good=SMALL + GOOD, bad=SMALL + GOOD + BAD + GOOD) as folder:
        out, _ = folder.settle("run", "good.toml", "--out", "good")
        assert "expectations\n  passed  lost equal to 0: 0\n" in out, out
        assert summary(folder.path / "good")["expectations_passed"] == 1
        assert summary(folder.path / "good")["expectations_failed"] == 0
        out, err = folder.settle("run", "bad.toml", "--out", "bad", code=1)
        found = summary(folder.path / "bad")
        assert "  FAILED  train_error below 1e-06: %s\n" % found["train_error"] in out and err == "", out + err
        assert out.count("  passed  ") == 2
        assert (found["expectations_passed"], found["expectations_failed"]) == (2, 1)
        assert (folder.path / "bad" / "weights.h5").exists()


def test_no_expect_is_silent_about_them():
    points = '[[expect]]\nmetric = "lost"\npoint = "0.5"\nequals = 0\n[sweep]\nover = { "learning.beta" = [0.5, 0.6] }\n'
    hopeless = '[[expect]]\nmetric = "test_error"\nbelow = 1\n'
    with Folder(s=SMALL + points + GOOD + hopeless) as folder:
        for command in ("run", "sweep"):
            _, err = folder.settle(command, "s.toml", "--dry-run", "--set", "data.test=0")
            assert "of the expectations " in err and "which is expected, will not be there" in err, err
            _, err = folder.settle(command, "s.toml", "--dry-run", "--no-expect", "--set", "data.test=0", "--set", "sweep.over={ \"learning.beta\" = [0.6] }")
            assert "expect" not in err, err
        # What is wrong with one is wrong all the same.
        (folder.path / "s.toml").write_text(SMALL + '[[expect]]\nmetric = "no_such"\nbelow = 1\n')
        _, err = folder.settle("run", "s.toml", "--dry-run", "--no-expect", code=2)
        assert "no_such" in err, err


def test_quiet_and_json_say_what_failed():
    with Folder(bad=SMALL + BAD) as folder:
        for option in ("--json", "--quiet"):
            out, err = folder.settle("run", "bad.toml", "--out", option[2:], option, code=1)
            assert err.startswith("settle: expectation failed: train_error below 1e-06; seen 0.") and err.count("\n") == 1, err
            if option == "--json":
                assert json.loads(out)["expectations_failed"] == 1
            else:
                assert out == ""


def test_judged_as_written_whatever_is_set():
    with Folder(s=SMALL + '[[expect]]\nmetric = "epochs"\nequals = 2\n') as folder:
        folder.settle("run", "s.toml", "--out", "a", "--quiet")
        folder.settle("run", "s.toml", "--out", "b", "--quiet", "--set", "learning.epochs=1", code=1)


def test_resolved_scenario_keeps_them():
    with Folder(s=SMALL + BAD) as folder:
        out, _ = folder.settle("run", "s.toml", "--dry-run")
        assert '[[expect]]\nmetric = "train_error"\nbelow = 1e-06\n' in out
        (folder.path / "again.toml").write_text(out)
        folder.settle("run", "again.toml", "--out", "r", "--quiet", code=1)
        assert out == (folder.path / "r" / "scenario.toml").read_text()
        out, _ = folder.settle("describe", "s.toml")
        assert "\nexpectations\n  train_error below 1e-06\n" in out


def test_a_finished_run_is_good_but_a_new_verdict_is_not():
    with Folder(s=SMALL + BAD) as folder:
        folder.settle("run", "s.toml", "--out", "r", "--quiet", code=1)
        folder.settle("run", "s.toml", "--out", "r", "--quiet", "--resume")
        folder.settle("run", "s.toml", "--out", "r", "--quiet", "--resume", "--set", "learning.epochs=3", code=1)
        assert summary(folder.path / "r")["resumed_at"] == 80


def test_than():
    expect = '[[expect]]\nmetric = "ticks"\nthan = "half.toml"\nequals = %d\n'
    half = SMALL.replace("train = 40", "train = 20") + BAD
    with Folder(s=SMALL + expect % (2 * 20 * 30 * 41), half=half, wrong=SMALL + expect % 1) as folder:
        out, _ = folder.settle("run", "s.toml", "--out", "r")
        assert "to compare with: " in out and "ticks minus that of %s equal to 49200: 49200 (98400 here, 49200 there)" % (
            folder.path.resolve() / "half.toml") in out, out
        assert sorted(p.name for p in folder.path.iterdir()) == ["half.toml", "r", "s.toml", "wrong.toml"]
        folder.settle("run", "wrong.toml", "--out", "w", "--quiet", code=1)
        # One epoch instead of two, in both.
        _, err = folder.settle("run", "s.toml", "--out", "e", "--json", "--set", "learning.epochs=1", code=1)
        assert "seen 24600 (49200 here, 24600 there)" in err, err
        # What is wrong with the other one is found before anything is written.
        (folder.path / "half.toml").write_text(half.replace("[20, 16, 5]", "[]"))
        _, err = folder.settle("run", "s.toml", "--out", "n", code=2)
        assert "half.toml:5:1: network.layers" in err and not (folder.path / "n").exists(), err


def test_interrupted_while_the_other_one_runs():
    expect = '[[expect]]\nmetric = "ticks"\nthan = "long.toml"\nbelow = 0\n'
    with Folder(s=SMALL + expect, long=SMALL.replace("epochs = 2", "epochs = 100000")) as folder:
        process = subprocess.Popen([PROGRAM, "run", "s.toml", "--out", "r", "--quiet"], cwd=folder.path, text=True,
                                   stderr=subprocess.PIPE)
        while not (folder.path / "r" / "checkpoint").exists():
            time.sleep(0.01)
        time.sleep(0.1)
        process.terminate()
        _, err = process.communicate()
        assert process.returncode == 143 and "stopped by SIGTERM after 80 training presentations" in err, err
        assert not (folder.path / "r" / "summary.json").exists()
        (folder.path / "long.toml").write_text(SMALL.replace("epochs = 2", "epochs = 3"))
        folder.settle("run", "s.toml", "--out", "r", "--quiet", "--resume")
        folder.settle("run", "s.toml", "--out", "whole", "--quiet")
        for key in ("fingerprint", "train_error", "expectations_passed", "presentations", "settling_p99"):
            assert summary(folder.path / "r")[key] == summary(folder.path / "whole")[key], key


sys.exit(run_all(globals()))
