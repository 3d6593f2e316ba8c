"""The free engine from outside: it ran and it was asynchronous, its statistics are lockstep's, and signals are safe."""
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

from program import PROGRAM, SHORTENED, run_all, settle, summary

SMALL = ("--set", "learning.epochs=1", "--set", "data.train=600", "--set", "data.test=200")


def run(*arguments, code=0):
    with tempfile.TemporaryDirectory() as folder:
        settle("run", *arguments, "--out", folder + "/run", "--quiet", code=code)
        return summary(folder + "/run")


def check_ran_free(found, threads, neurons_ticks):
    assert found["engine"] == "free" and found["threads"] == threads
    assert found["ticks"] == neurons_ticks, found["ticks"]
    assert found["messages"] == found["deliveries"] > 0
    assert found["lost"] == found["duplicated"] == found["expired"] == 0
    # Actors had turns of their own, led and lagged.
    assert found["posts"] > found["presentations"] and found["lead_max"] > 0 and found["lag_max"] > 0, found
    assert 0 < found["lead_mean"] <= found["lead_max"] <= 1 and 0 < found["lag_mean"] <= found["lag_max"], found
    assert 1 < found["source_bits_max"] <= 4 and found["window_bits_mean"] <= found["window_bits_max"]
    assert 0 < found["in_flight_mean"] <= found["in_flight_max"]
    assert "fingerprint" not in found and "late_ticks" not in found


def test_it_ran_and_was_asynchronous():
    for threads in (1, 2, 4, 8):
        found = run("digits-free", "--threads", threads, *SMALL, code=SHORTENED)
        print("threads", threads, {key: found[key] for key in ("test_error", "lead_mean", "lag_mean", "source_bits_max", "blocked")})
        # 75 periods and a branch of 25 for each of 600, 50 for each of 200; every neuron ticks in every one.
        check_ran_free(found, threads, (600 * 100 + 200 * 50) * 894)
        assert found["test_error"] < 0.8


def answers_and_states(path, engine, threads):
    weights = path / "trained" / "weights.h5"
    out = path / ("%s-%d" % (engine, threads))
    settle("run", "digits", "--engine", engine, "--threads", threads, "--set", "scenario.task=infer", "--set", "network.weights=%s" % weights,
           "--set", "data.train=20", "--set", "data.test=600", "--set", "record.state={to=4}", "--out", out, "--quiet", code=SHORTENED)
    with h5py.File(out / "recording.h5") as recording:
        states = [recording["minibatch/%06d/state" % i][-10:].mean(axis=0) for i in range(4)]
    return summary(out), np.concatenate(states)


def test_statistics_agree_with_lockstep():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        settle("run", "digits", "--set", "learning.epochs=1", "--set", "data.train=3000", "--set", "data.test=20", "--out", path / "trained",
               "--quiet", code=SHORTENED)
        plain, expected = answers_and_states(path, "lockstep", 1)
        for threads in (1, 2, 4, 8):
            found, states = answers_and_states(path, "free", threads)
            distance = np.abs(states - expected).mean()
            print("threads %d: error %.4f (lockstep %.4f), mean distance %.4f" % (
                threads, found["test_error"], plain["test_error"], distance))
            assert abs(found["test_error"] - plain["test_error"]) <= 0.02
            assert distance <= 0.02, distance


def test_a_run_goes_on_where_it_was():
    with tempfile.TemporaryDirectory() as folder:
        options = ("digits-free", "--threads", 2, "--set", "data.train=200", "--set", "data.test=50", "--out", folder + "/run", "--quiet")
        settle("run", *options, "--set", "learning.epochs=1", code=SHORTENED)
        once = summary(folder + "/run")
        settle("run", *options, "--set", "learning.epochs=2", "--resume", code=SHORTENED)
        found = summary(folder + "/run")
        assert found["resumed_at"] == 200 and found["epochs"] == 2
        assert found["ticks"] == 2 * once["ticks"] and found["posts"] > once["posts"] and found["messages"] == found["deliveries"]


def test_pace():
    start = time.monotonic()
    found = run("digits-free", "--threads", 2, "--set", "free.pace=1 ms", "--set", "learning.epochs=1", "--set", "data.train=4",
                "--set", "data.test=2", code=SHORTENED)
    # Two presentations at once, each at least 49 + 24 + 24 ms; and 49 ms of the test.
    assert time.monotonic() - start > 0.24 and found["late_ticks"] >= 0 and found["ticks"] == (4 * 100 + 2 * 50) * 894


def test_interrupted_at_any_moment():
    draw = random.Random(5)
    for threads in (1, 2, 8):
        with tempfile.TemporaryDirectory() as folder:
            command = [PROGRAM, "run", "digits-free", "--threads", str(threads), "--out", folder + "/run", "--resume", "--quiet", "--set",
                       "data.train=1000", "--set", "data.test=200", "--set", "learning.epochs=1"]
            for attempt in range(5):
                child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                time.sleep(draw.uniform(0.02, 0.6))
                child.send_signal(draw.choice((signal.SIGINT, signal.SIGTERM)))
                _, errors = child.communicate(timeout=60)
                # Before the program watches for signals it just ends.
                assert child.returncode in (130, 143, -signal.SIGINT, -signal.SIGTERM, *SHORTENED), (child.returncode, errors)
            assert subprocess.run(command, capture_output=True, timeout=200).returncode in SHORTENED
            if (pathlib.Path(folder) / "run" / "summary.json").exists():
                found = summary(folder + "/run")
                assert found["messages"] == found["deliveries"] and found["ticks"] >= (1000 * 100 + 200 * 50) * 894


def test_describe():
    out, _ = settle("describe", "digits-free")
    assert "cannot show" in out and "drift" in out and "max_lead = 1" in out and "not available" not in out


sys.exit(run_all(globals()))
