"""A run in Python is the run of the program, bit for bit."""
import fractions
import html
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

import h5py
import numpy as np
import pytest

import settle
from conftest import CIRCUMSTANCES, results

SMALL = {"digits": {"data.train": 100, "data.test": 40, "learning.epochs": 2},
         "digits-async": {"data.train": 60, "data.test": 20, "learning.epochs": 1},
         "convergence": {"data.train": 20},
         "hopfield": {"data.train": 60, "data.test": 20, "learning.epochs": 1},
         "one-actor-per-neuron": {}}

HOLDS_ITSELF = {}
HOLDS_ITSELF["epsilon"] = HOLDS_ITSELF


class Unwilling(os.PathLike):
    def __fspath__(self):
        raise KeyError("no")


@pytest.mark.parametrize("engine", ["lockstep", "virtual"])
@pytest.mark.parametrize("scenario", sorted(SMALL))
@pytest.mark.filterwarnings("ignore::settle.ScenarioWarning")
def test_numbers_fingerprint_and_arrays_are_those_of_the_program(program, scenario, engine):
    changes = SMALL[scenario]
    summary, directory = program.run(scenario, changes, "--engine", engine, "--seed", "5", "--threads", "2")
    run = settle.run(scenario, changes, engine=engine, seed=5, threads=1)
    assert results(run.summary) == results(summary)
    assert run.fingerprint == summary["fingerprint"] and len(run.fingerprint) == 16
    lines = [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]
    assert [results(line) for line in run.metrics] == [results(line) for line in lines]
    with h5py.File(directory / "weights.h5") as file:
        assert set(file["weights"]) == set(run.weights) and set(file["biases"]) == set(run.biases)
        for name, array in run.weights.items():
            kept = file["weights"][name]
            kept = kept["weight"] if isinstance(kept, h5py.Group) else kept  # of a sparse projection
            assert array.dtype == np.float32 and np.array_equal(array, kept[...])
        for name, array in run.biases.items():
            assert np.array_equal(array, file["biases"][name][...])
    assert len(run.verdicts) == summary["expectations_passed"] + summary["expectations_failed"]
    assert run.passed == (summary["expectations_failed"] == 0)


def test_the_free_engine_runs_too():
    run = settle.run("digits-free", {"data.train": 20, "data.test": 10, "learning.epochs": 1})
    assert run.fingerprint == "" and 0 <= run.summary["test_error"] <= 1 and run.summary["lost"] == 0


def test_out_writes_the_run_directory_and_resume_goes_on(tmp_path):
    changes = {"data.train": 60, "data.test": 20, "learning.epochs": 1}
    first = settle.run("digits", changes, out=tmp_path / "run")
    assert first.directory == str(tmp_path / "run") and (tmp_path / "run/weights.h5").exists()
    assert first.fingerprint == settle.run("digits", changes).fingerprint
    longer = dict(changes, **{"learning.epochs": 2})
    gone_on = settle.run("digits", longer, out=tmp_path / "run", resume=True)
    assert gone_on.fingerprint == settle.run("digits", longer).fingerprint
    again = settle.run("digits", longer, out=tmp_path / "run", resume=True)  # it is finished
    assert again.fingerprint == gone_on.fingerprint and np.array_equal(again.weights["0"], gone_on.weights["0"])
    with pytest.raises(settle.ScenarioError):
        settle.run("digits", changes, out=tmp_path / "run")


def test_a_finished_run_has_its_verdicts_again_and_those_that_compare_too(tmp_path):
    scenario = tmp_path / "compared.toml"
    scenario.write_text("""[scenario]
name = "compared"
task = "train"
[network]
layers = [784, 10, 10]
[learning]
rates = [0.1, 0.05]
[data]
set = "digits"
train = 20
test = 20
[[expect]]
metric = "test_error"
below = 1.5
[[expect]]
metric = "test_error"
below = -0.01
than = "digits-small.toml"
""")
    (tmp_path / "digits-small.toml").write_text(scenario.read_text().split("[[expect]]")[0].replace("compared", "small"))
    told = [[(verdict.passed, verdict.expected, verdict.seen, verdict.value) for verdict in run.verdicts]
            for run in (settle.run(scenario, out=tmp_path / "run"), settle.run(scenario, out=tmp_path / "run", resume=True),
                        settle.run(scenario))]
    assert told[0] == told[1] == told[2] and [verdict[0] for verdict in told[0]] == [True, False], told


def test_expectations_are_verdicts_and_no_exceptions():
    run = settle.run("digits", {"data.train": 20, "data.test": 20, "learning.epochs": 1})
    assert not run.passed and any(not verdict for verdict in run.verdicts)


def what_it_ends_with(script):
    """Exit code, output and errors of an interpreter of its own."""
    ended = subprocess.run([sys.executable, "-W", "ignore", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60,
                           env=dict(os.environ, PYTHONPATH=os.path.dirname(os.path.dirname(settle.__file__))))
    return ended.returncode, ended.stdout, ended.stderr


def test_threads_that_nobody_waits_for_do_not_end_the_interpreter_badly(tmp_path):
    script = ("import sys, threading, time, settle\n"
              "def work(call): call('digits', {'learning.epochs': 1000, 'data.train': 200}, threads=1)\n"
              "def many(): settle.sweep('digits', {'learning.epochs': 1000}, over={'timing.jitter': [0, 0.1]}, threads=1, engine='virtual')\n"
              "for target, arguments in ((work, (settle.run,)), (many, ())):\n"
              "    threading.Thread(target=target, args=arguments, daemon=True).start()\n"
              "time.sleep(0.7); print('end')\n")
    assert what_it_ends_with(script) == (0, "end\n", "")


def test_threads_that_nobody_waits_for_end_before_finalizers_take_away_what_they_need():
    script = ("import threading, time, weakref, settle\n"
              "calls = []\n"
              "def look():\n"
              "    before = len(calls); time.sleep(1); print(len(calls) - before)\n"
              "weakref.finalize(settle, look)\n"
              "def work(): settle.run('digits', {'learning.epochs': 1000, 'data.train': 200}, threads=1, progress=calls.append)\n"
              "threading.Thread(target=work, daemon=True).start()\n"
              "while not calls: time.sleep(0.01)\n")
    assert what_it_ends_with(script) == (0, "0\n", "")


def test_a_run_keeps_its_directory_where_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = settle.run("digits", {"data.train": 20, "data.test": 10, "learning.epochs": 1, "record.spikes": True}, out="r")
    many = len(run.spikes())
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert run.directory == str(tmp_path / "r") and len(run.spikes()) == many > 0


def test_memory_that_is_not_there_is_a_run_error_with_arrays_too():
    script = ("import numpy as np, resource, settle\n"
              "small = {'data.train': 20, 'data.test': 0, 'learning.epochs': 1, 'network.layers': [784, 5, 10]}\n"
              "x, y = np.zeros((20, 784), np.float32), np.arange(20) % 10\n"
              "run = settle.run('digits', small, data=settle.Data(x, y))\n"
              "resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))\n"
              "for call in (lambda: settle.run('digits', {**small, 'network.layers': [784, 30000, 30000, 10], 'learning.rates': [0.1, 0.1, 0.1]}, data=settle.Data(x, y)),\n"
              "             lambda: settle.present('digits', {**small, 'phases.free': 10000000}, network=run, x=x, record=['state'])):\n"
              "    try: call()\n"
              "    except settle.RunError as error: print(error.problems[0].message)\n")
    said = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True,
                          env=dict(os.environ, PYTHONPATH=os.path.dirname(os.path.dirname(settle.__file__)))).stdout.splitlines()
    assert len(said) == 2 and all("needs about" in line for line in said), said


@pytest.mark.parametrize("call, error, named", [
    (lambda: settle.run("digits", {"timing.jitter": fractions.Fraction(10**400)}), ValueError, r"changes\['timing.jitter'\]"),
    (lambda: settle.run("digits", {"neuron": HOLDS_ITSELF}), ValueError, r"changes\['neuron'\] holds itself"),
    (lambda: settle.run("digits", resume="x"), TypeError, "^resume must be True or False"),
    (lambda: settle.sweep("digits", over={"timing.jitter": [object()]}), TypeError, r"^over\['timing.jitter'\]"),
    (lambda: settle.Data(np.zeros((2, 784), np.uint8), [0, 1], scale=10**400), ValueError, "^scale"),
    (lambda: settle.Data(np.zeros((2, 784), np.uint8), [0, 1], scale=1e39), ValueError, "^scale"),
    (lambda: settle.Data(np.zeros((2, 784), np.uint8), [0, 1], scale=np.timedelta64(3)), TypeError, "^scale"),
    (lambda: settle.present("digits", x=np.zeros((2, 784), np.uint8), record=None), TypeError, "^record"),
    (lambda: settle.run(Unwilling()), TypeError, "^scenario is no path"),
])
def test_what_cannot_be_is_told_by_the_name_of_the_argument(call, error, named):
    with pytest.raises(error, match=named):
        call()


def test_names_of_records_may_be_gone_through_once(tmp_path):
    changes = {"data.train": 20, "data.test": 10, "learning.epochs": 1}
    run, x = settle.run("digits", changes), np.zeros((3, 784), np.float32)
    seen = settle.present("digits", changes, network=run, x=x, record=(name for name in ("state", "energy")))
    assert seen.state.shape[0] == 3 and seen.energy is seen.hopfield_energy is not None
    assert "25 periods" in repr(settle.present("digits", {**changes, "phases.free": 25}, network=run, x=x))


def test_in_a_notebook_a_run_shows_its_report_and_without_gnuplot_its_numbers(tmp_path, monkeypatch):
    changes = {"data.train": 40, "data.test": 20, "learning.epochs": 2}
    runs = [settle.run("digits", changes, seed=3, out=out) for out in (None, tmp_path / "run")]
    drawn = set()
    for run in runs:
        shown = run._repr_html_()
        page = html.unescape(re.search('srcdoc="([^"]*)"', shown).group(1))
        drawn.add((page.count("<svg"), page.count("<h2")))
        assert page.startswith("<!DOCTYPE html>") and run.fingerprint in page and page.count("<svg") > 1
        assert "plots/" not in page and "/tmp/" not in page.replace(str(tmp_path), "")
        assert html.escape(run.call) in page.replace("&#39;", "&#x27;") and "test error" in shown
    assert len(drawn) == 1, drawn  # as much of what is in memory as of files
    assert runs[0].call == "settle.run('digits', %r, seed=3)" % changes
    assert json.loads((tmp_path / "run/manifest.json").read_text())["command_line"] == [runs[1].call]
    # What is in memory has no directory to run again from, and may be of no data set.
    given = settle.run("digits", {"learning.epochs": 1}, data=settle.Data(np.zeros((40, 784), np.float32), np.arange(40) % 10))
    for run, has_directory, shows in ((runs[0], False, "<dt>data</dt><dd>digits</dd>"), (runs[1], True, "<dt>data</dt><dd>digits</dd>"),
                                      (given, False, "<dt>data</dt><dd>&lt;settle.Data: 40 samples")):
        page = html.unescape(re.search('srcdoc="([^"]*)"', run._repr_html_()).group(1))
        assert ("run directory" in page) == has_directory and shows in page
    # What no file holds is no reason to show nothing.
    given.summary["mine"] = np.float32(1)
    assert "<table" in given._repr_html_()
    monkeypatch.setenv("PATH", str(tmp_path))
    for run in runs:
        shown = run._repr_html_()
        assert "<iframe" not in shown and "<table" in shown and run.fingerprint in shown
        assert all(("passed" if verdict else "FAILED") in shown for verdict in run.verdicts)


def test_what_is_wrong_is_said_all_at_once_with_key_place_and_nearest_name():
    with pytest.raises(settle.ScenarioError) as caught:
        settle.run("digits", {"learning.epoch": 2, "learning.batch": 0})
    problems = {problem.key: problem for problem in caught.value.problems}
    assert problems["learning.epoch"].suggestion == "learning.epochs"
    assert problems["learning.epoch"].place == "changes"
    with pytest.raises(settle.ScenarioError) as caught:
        settle.run("digits", {"learning.batch": 0}, seed=3)
    assert caught.value.problems[0].key == "learning.batch" and "changes" in str(caught.value)
    with pytest.raises(settle.ScenarioError, match="digits"):
        settle.run("digit")


def test_what_is_ignored_is_warned_of():
    with pytest.warns(settle.ScenarioWarning, match="record"):
        settle.run("digits", {"data.train": 20, "data.test": 10, "learning.epochs": 1, "record.state": True})


def test_a_run_that_fails_is_a_run_error():
    with pytest.raises(settle.RunError, match="diverged"):
        settle.run("digits", {"data.train": 100, "data.test": 0, "learning.epochs": 1, "learning.rates": [1e6, 1e6]})


def test_progress_goes_to_the_callable_and_what_it_raises_ends_the_run():
    seen = []
    settle.run("digits", {"data.train": 2000, "data.test": 0, "learning.epochs": 3}, progress=seen.append)
    assert seen and all(now["done"] <= now["all"] for now in seen)

    def refuse(now):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        settle.run("digits", {"learning.epochs": 1000000}, progress=refuse)


@pytest.mark.parametrize("out", [False, True])
def test_ctrl_c_ends_a_run_within_a_second(tmp_path, out):
    code = ("import settle, sys\nprint('on', flush=True)\n"
            "settle.run('digits', {'learning.epochs': 1000000}, out=%r)\n" % (str(tmp_path / "run") if out else None))
    environment = dict(os.environ, PYTHONPATH=str(pathlib.Path(settle.__file__).parent.parent))
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "on\n"
    deadline = time.monotonic() + 60
    while out and not (tmp_path / "run/metrics.jsonl").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    told = time.monotonic()
    errors = process.communicate(timeout=60)[1]
    assert "KeyboardInterrupt" in errors
    assert time.monotonic() - told < 20  # a second on an idle machine
    if out:
        assert list((tmp_path / "run").glob("checkpoint*"))


def test_two_runs_in_two_threads_are_as_two_processes():
    changes = [{"data.train": 200, "data.test": 50, "learning.epochs": 3}, {"data.train": 150, "data.test": 40, "learning.epochs": 4}]
    alone = [settle.run("digits", one, threads=1) for one in changes]
    together = [None, None]

    def work(at):
        together[at] = settle.run("digits", changes[at], threads=1)

    threads = [threading.Thread(target=work, args=(at,)) for at in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [run.fingerprint for run in together] == [run.fingerprint for run in alone]


def resident():
    for line in open("/proc/self/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024


def test_memory_is_flat_over_a_hundred_runs():
    x = np.random.default_rng(1).random((20, 784), dtype=np.float32)
    data = settle.Data(x, np.arange(20) % 10)
    changes = {"data.train": 20, "data.test": 0, "data.validation": 0, "learning.epochs": 1, "network.layers": [784, 300, 10]}
    sizes = []
    for _ in range(100):
        run = settle.run("digits", changes, data=data, threads=2)
        settle.present("digits", changes, network=run, x=x, record=["state"])
        sizes.append(resident())
    # One network more a run would be a megabyte, a hundred of them a hundred.
    assert sizes[-1] - sizes[20] < 20, sizes[::10]
