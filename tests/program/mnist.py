"""Real digits: what one epoch must reach, with how much memory, and the same bits on any number of threads."""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

from program import PROGRAM, SHORTENED, run_all, settle, summary

if not pathlib.Path(os.environ.get("SETTLE_DATA_DIR", "data"), "mnist").is_dir():
    print("no MNIST (set SETTLE_DATA_DIR)")
    sys.exit(77)


def errors(scenario):
    found = []
    for seed in (1, 2, 3):
        with tempfile.TemporaryDirectory() as folder:
            settle("run", scenario, "--set", "learning.epochs=1", "--seed", seed, "--out", folder + "/run", "--quiet", code=SHORTENED)
            found.append(summary(folder + "/run")["test_error"])
    print(scenario, found)
    return found


def test_one_epoch_of_binary_neurons():
    assert statistics.mean(errors("mnist")) <= 0.055


def test_one_epoch_of_the_continuous_network():
    assert statistics.mean(errors("mnist-continuous")) <= 0.055


def test_one_epoch_in_virtual_time():
    with tempfile.TemporaryDirectory() as folder:
        settle("run", "mnist-async", "--set", "learning.epochs=1", "--out", folder + "/run", "--quiet", code=SHORTENED)
        print("mnist-async after one epoch:", summary(folder + "/run")["test_error"])
        assert summary(folder + "/run")["test_error"] <= 0.065


def test_memory():
    with tempfile.TemporaryDirectory() as folder:
        child = subprocess.Popen([PROGRAM, "run", "mnist", "--set", "learning.epochs=1", "--quiet", "--out", folder + "/run"])
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        print("mnist: %.0f MB" % (usage.ru_maxrss / 1024))
        assert child.returncode in SHORTENED and usage.ru_maxrss / 1024 <= 250


def test_threads():
    prints = set()
    for threads in (1, 2, 3, 8):
        with tempfile.TemporaryDirectory() as folder:
            settle("run", "mnist", "--set", "learning.epochs=1", "--set", "data.train=4000", "--set", "data.test=1000", "--threads",
                   threads, "--out", folder + "/run", "--quiet", code=SHORTENED)
            prints.add(summary(folder + "/run")["fingerprint"])
    assert len(prints) == 1, prints


def test_three_hidden_layers_learn():
    with tempfile.TemporaryDirectory() as folder:
        settle("run", "mnist-3-hidden", "--set", "learning.epochs=1", "--out", folder + "/run", "--quiet", code=SHORTENED)
        print("mnist-3-hidden after one epoch:", summary(folder + "/run")["test_error"])
        assert summary(folder + "/run")["test_error"] < 0.5


sys.exit(run_all(globals()))
