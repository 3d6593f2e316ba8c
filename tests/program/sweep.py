"""`settle sweep` and `settle search` as people and scripts use them: files, verdicts, exit codes, kills and resumes.

    sweep.py KILLS   kills of a sweep and of a search with kill -9 at random moments
"""
import csv
import json
import pathlib
import random
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time

from program import PROGRAM, SMALL, run_all, settle, summary

KILLS = int(sys.argv[1])
GRID = SMALL + """
[sweep]
repeats = 3
over = { "neuron.epsilon.initial" = [0.3, 0.9], neuron = [{ label = "predictive" }, { label = "plain, no lambda", lambda = 1 }] }
"""
HUNT = SMALL + """
[search]
objective = "train_error"
trials = 24
over = { "neuron.epsilon.initial" = [0.2, 1.0], "neuron.epsilon.exponent" = [0.0, 1.0] }
"""
LONG = (("epochs = 2", "epochs = 25"), ("train = 40", "train = 200"))
TIMES = {"wall_seconds", "samples_per_second"}


def longer(text):
    for old, new in LONG:
        text = text.replace(old, new)
    return text


class Work:
    def __init__(self, text):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.temporary.name)
        (self.path / "s.toml").write_text(text)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def settle(self, *arguments, code=0):
        return settle(*arguments, code=code, cwd=self.path)

    def lines(self, folder, name):
        return [json.loads(line) for line in (self.path / folder / name).read_text().splitlines()]

    def finished(self, folder, name):
        """What is finished, without the time that it took, in order."""
        found = {}
        for line in self.lines(folder, name):
            for key in TIMES:
                line.get("metrics", {}).pop(key, None)
            number = (line.get("point", line.get("trial")), line.get("repeat"))
            assert number not in found, "%s is there twice" % (number,)
            found[number] = line
        return [found[number] for number in sorted(found, key=str)]

    def table(self, folder, name):
        with open(self.path / folder / name, newline="") as file:
            return list(csv.DictReader(file))


def test_files_of_a_sweep():
    with Work(GRID) as work:
        out, err = work.settle("sweep", "s.toml", "--out", "o")
        assert "2 points" not in out and "4 points x 3 repeats" in out and "0.3, plain, no lambda" in out, out
        assert "95 % interval (Student)" in out and "epsilon.initial 0.3, plain, no lambda" in out, out
        runs = work.finished("o", "points.jsonl")
        assert len(runs) == 12
        for run in runs:
            point, repeat = run["point"], run["repeat"]
            assert run["label"] == ["0.3, predictive", "0.3, plain, no lambda", "0.9, predictive", "0.9, plain, no lambda"][point]
            initial = {"neuron.epsilon.initial": 0.3 if point < 2 else 0.9}
            assert run["values"] == {**initial, **({"neuron.lambda": 1} if point % 2 else {})}
            assert run["labels"]["neuron"] == ("plain, no lambda" if point % 2 else "predictive")
            assert run["seeds"] == {"network": 1 + repeat, "device": 1 + repeat, "noise": 1 + repeat}
            curve = work.lines("o", "curves/%04d-%03d.jsonl" % (point, repeat))
            assert [line["epoch"] for line in curve] == [1, 2]
            assert curve[-1]["fingerprint"] == run["fingerprint"]
        # A run of a sweep is the run that these values and seeds give.
        chosen = next(run for run in runs if run["point"] == 3 and run["repeat"] == 2)
        work.settle("run", "s.toml", "--out", "alone", "--quiet", "--set", "neuron.epsilon.initial=0.9", "--set", "neuron.lambda=1",
                    "--seed", "3")
        assert summary(work.path / "alone")["fingerprint"] == chosen["fingerprint"]
        rows = work.table("o", "sweep.csv")
        assert [int(row["point"]) for row in rows] == sorted(int(row["point"]) for row in rows)
        for run in runs:
            here = {row["metric"]: float(row["value"]) for row in rows if int(row["point"]) == run["point"] and int(row["repeat"]) == run["repeat"]}
            for metric, value in here.items():
                assert run["metrics"][metric] == value
            assert {"train_error", "spikes", "lost"} <= set(here) and not TIMES & set(here)
        means = work.table("o", "means.csv")
        assert len(means) == 4 * len({row["metric"] for row in rows})
        for row in means:
            values = [float(r["value"]) for r in rows if r["point"] == row["point"] and r["metric"] == row["metric"]]
            assert int(row["runs"]) == 3 and abs(float(row["mean"]) - sum(values) / 3) <= 1e-9 * abs(sum(values))
            # Student's interval: t is 4.302653 for two degrees of freedom.
            mean = sum(values) / 3
            half = 4.30265273 * (sum((value - mean) ** 2 for value in values) / 2 / 3) ** 0.5
            for bound, expected in (("low", mean - half), ("high", mean + half)):
                assert abs(float(row[bound]) - expected) <= 1e-7 * (abs(mean) + half), row
            assert row["neuron.epsilon.initial"] in ("0.3", "0.9") and row["label"].endswith(row["neuron"])
        found = summary(work.path / "o")
        assert (found["points"], found["repeats"], found["runs"], found["failed"]) == (4, 3, 12, 0)
        assert found["metric"] == "train_error" and len(found["means"]) == 4
        # The written scenario is the sweep again.
        work.settle("sweep", "o/scenario.toml", "--out", "again", "--quiet")
        assert work.finished("again", "points.jsonl") == runs


def test_what_is_shown_and_plotted():
    shown = 'show = ["train_error", "spikes", "synaptic_operations"]\nplot = { x = "spikes", y = "train_error", within = ["neuron"] }\n'
    with Work(GRID + shown) as work:
        out, _ = work.settle("sweep", "s.toml", "--out", "o")
        means = {(row["point"], row["metric"]): row for row in work.table("o", "means.csv")}
        head, *rows = [line for line in out.splitlines() if " ± " in line or "synaptic_operations" in line][:5]
        assert head.split() == ["point", "runs", "train_error", "spikes", "synaptic_operations"], head
        for number, line in enumerate(rows):
            fields = re.split(r"\s{2,}", line.strip())
            assert fields[0] == str(number) and fields[-4] == "3", line
            error = means[str(number), "train_error"]
            assert abs(float(fields[-3].split()[0]) - float(error["mean"])) <= 1e-3 * float(error["mean"]), line
            half = (float(error["high"]) - float(error["low"])) / 2
            assert abs(float(fields[-3].split("±")[1]) - half) <= 0.06 * half, line
        value = {key: float(row["mean"]) for key, row in means.items()}
        pairs = [(point, other) for point in range(4) for other in range(4) if other != point and other % 2 == point % 2]
        beaten = {point for point, other in pairs
                  if all(value[str(other), m] <= value[str(point), m] for m in ("spikes", "train_error"))}
        picture = out[out.index("\n  train_error\n"):]
        for point in range(4):
            assert re.search(r"(?<!\d)%d%s(?![\d*])" % (point, r"\*" if point not in beaten else ""), picture), (point, beaten, picture)
        assert "*: no other point of the same neuron is as good in spikes and train_error" in out
        # What is looked at can change without a run: the report follows.
        runs = (work.path / "o/points.jsonl").read_text()
        work.settle("report", "o")
        assert "train_error against spikes" in (work.path / "o/report.html").read_text()
        work.settle("sweep", "s.toml", "--out", "o", "--resume", "--set", 'sweep.plot={ x = "ticks", y = "spikes" }')
        work.settle("report", "o")
        assert "spikes against ticks" in (work.path / "o/report.html").read_text()
        assert (work.path / "o/points.jsonl").read_text() == runs


def test_differences_from_a_point():
    against = 'against = "%s"\n'
    text = GRID.replace("[sweep]\n", "[sweep]\n" + against % "0.3, predictive")
    with Work(text) as work:
        out, _ = work.settle("sweep", "s.toml", "--out", "o")
        assert "train_error minus that of epsilon.initial 0.3, predictive, paired by seed" in out, out
        runs = work.finished("o", "points.jsonl")
        value = {(run["point"], run["repeat"], name): number for run in runs for name, number in run["metrics"].items()}
        rows = work.table("o", "differences.csv")
        assert {row["point"] for row in rows} == {"1", "2", "3"} and {row["against"] for row in rows} == {"0.3, predictive"}
        some = 0
        for row in rows:
            point, name = int(row["point"]), row["metric"]
            differences = [value[point, repeat, name] - value[0, repeat, name] for repeat in range(3)]
            mean = sum(differences) / 3
            error = (sum((d - mean) ** 2 for d in differences) / 6) ** 0.5
            size = max(abs(value[p, repeat, name]) for p in (0, point) for repeat in range(3))
            near = lambda a, b: abs(float(a) - b) <= 1e-7 * (abs(b) + error) + 1e-12 * size
            assert row["pairs"] == "3" and near(row["mean"], mean), row
            assert near(row["low"], mean - 4.30265273 * error) and near(row["high"], mean + 4.30265273 * error), row
            if error < 1e-12 * size or error == 0:
                assert row["p"] == "", row
            else:  # two degrees of freedom
                t = abs(mean) / error
                assert abs(float(row["p"]) - (1 - t / (2 + t * t) ** 0.5)) < 1e-6, row
                some += 1
        assert some > 10 and any(row["metric"] == "ticks" and row["p"] == "" for row in rows)
        found = summary(work.path / "o")
        assert found["against"] == "0.3, predictive" and len(found["differences"]) == 3
        main = {int(row["point"]): float(row["mean"]) for row in rows if row["metric"] == "train_error"}
        assert {row["point"]: row["mean"] for row in found["differences"]} == main
        # Another point, or none, may be chosen later: nothing is run, and the tables are written again.
        log = (work.path / "o" / "points.jsonl").read_bytes()
        for label in ("0.9, predictive", ""):
            (work.path / "s.toml").write_text(text.replace(against % "0.3, predictive", against % label if label else ""))
            work.settle("sweep", "s.toml", "--out", "o", "--resume", "--quiet")
            assert (work.path / "o" / "points.jsonl").read_bytes() == log
            if label:
                assert {row["against"] for row in work.table("o", "differences.csv")} == {label}
            else:
                assert not (work.path / "o" / "differences.csv").exists() and "against" not in summary(work.path / "o")
        (work.path / "s.toml").write_text(text.replace("0.3, predictive", "0.3, predictve"))
        _, err = work.settle("sweep", "s.toml", "--out", "n", code=2)
        assert re.search(r"s\.toml:\d+:\d+: sweep\.against: .*did you mean 0\.3, predictive\?", err), err
        assert not (work.path / "n").exists()


def test_what_does_not_settle_is_not_averaged_away():
    text = """
[scenario]
task = "converge"
[network]
layers = [12, 8, 4]
[neuron]
quantizer = "stochastic"
epsilon = "1/t^1"
[phases]
free = 60
nudged = 10
settle_tolerance = 0.03
[data]
set = "random"
train = 8
[sweep]
repeats = 4
over = { "neuron.epsilon.exponent" = [0.2, 1.0] }
[[expect]]
metric = "settling_p99"
below = 1000
point = "0.2"
"""
    with Work(text) as work:
        out, _ = work.settle("sweep", "s.toml", "--out", "o", code=1)
        runs = work.finished("o", "points.jsonl")
        means = {(row["point"], row["metric"]): row for row in work.table("o", "means.csv")}
        for name in ("settling_median", "settling_p99"):
            for point in ("0", "1"):
                values = [run["metrics"].get(name) for run in runs if run["point"] == int(point)]
                missing, row = values.count(None), means[point, name]
                assert int(row["runs"]) == 4 - missing and (row["mean"] == "") == (missing > 0), row
                for run in runs:  # 8 presentations: the median is the mean of the 4th and 5th, p99 the 8th
                    late = run["metrics"]["unsettled"]
                    assert (name in run["metrics"]) == (late < (4 if name == "settling_median" else 1)), run
        # This noise never settles.
        assert means["0", "settling_p99"]["runs"] == "0" and "FAILED  settling_p99 below 1000 at point \"0.2\": not settled (4 of 4)" in out, out
        assert "settling_p99 of epsilon.exponent 0.2: not settled (4 of 4)" in out, out
        (work.path / "one.toml").write_text(text[:text.index("[sweep]")] + '[[expect]]\nmetric = "settling_p99"\nbelow = 1000\n')
        out, _ = work.settle("run", "one.toml", "--out", "r", "--set", "neuron.epsilon.exponent=0.2", code=1)
        unsettled = summary(work.path / "r")["unsettled"]
        assert unsettled > 0 and "settling_p99" not in summary(work.path / "r")
        assert "99 %% never; not settled (%d of 8)" % unsettled in out, out
        assert "FAILED  settling_p99 below 1000: not settled (%d of 8)" % unsettled in out, out
        # A search by what did not happen says why it found nothing.
        (work.path / "search.toml").write_text(text[:text.index("[sweep]")] + '[search]\nmethod = "sobol"\ntrials = 1\nobjective = "settling_p99"\n'
                                               'over = { "neuron.epsilon.exponent" = [0.2, 0.2001] }\n')
        _, err = work.settle("search", "search.toml", "--out", "q", code=3)
        trial, = work.finished("q", "trials.jsonl")
        assert re.fullmatch(r"settling_p99: not settled \([1-8] of 8\)", trial["failed"]) and trial["failed"] in err, (trial, err)


def test_what_follows_from_an_axis_follows_in_the_written_scenario_too():
    # Seeds of network and device follow the seed, a latency of one period the period.
    for engine, over in (("virtual", '"timing.period" = ["1 ms", "2 ms"], "scenario.seed" = [1, 2]'), ("lockstep", '"scenario.seed" = [1, 2]')):
        text = SMALL.replace("[scenario]", '[scenario]\nengine = "%s"' % engine) + "[sweep]\nover = { %s }\n" % over
        with Work(text) as work:
            work.settle("sweep", "s.toml", "--out", "o")
            (work.path / "dry.toml").write_text(work.settle("sweep", "s.toml", "--dry-run")[0])
            for again in ("dry.toml", "o/scenario.toml"):
                work.settle("sweep", again, "--out", again[0] + "-again", "--quiet")
                assert work.finished(again[0] + "-again", "points.jsonl") == work.finished("o", "points.jsonl")


def test_threads_change_nothing_and_output_can_be_json_or_nothing():
    with Work(GRID) as work:
        for threads in (1, 2, 5):
            out, err = work.settle("sweep", "s.toml", "--out", "o%d" % threads, "--threads", threads, "--json")
            assert json.loads(out) == summary(work.path / ("o%d" % threads)) and err.count("note") == err.count("\n")
            for name in ("sweep.csv", "means.csv"):
                assert (work.path / ("o%d" % threads) / name).read_bytes() == (work.path / "o1" / name).read_bytes()
            assert work.finished("o%d" % threads, "points.jsonl") == work.finished("o1", "points.jsonl")
        assert work.settle("sweep", "s.toml", "--out", "q", "--quiet") == ("", "")
    with Work(HUNT) as work:
        for threads in (1, 3):
            work.settle("search", "s.toml", "--out", "o%d" % threads, "--threads", threads)
        assert work.finished("o1", "trials.jsonl") == work.finished("o3", "trials.jsonl")
        assert work.settle("search", "s.toml", "--out", "q", "--quiet") == ("", "")


def test_a_search_keeps_everything_and_its_best_runs():
    with Work(HUNT + '[[expect]]\nmetric = "train_error"\nbelow = 0.99\n') as work:
        out, _ = work.settle("search", "s.toml", "--out", "o")
        trials = work.lines("o", "trials.jsonl")
        assert sorted(trial["trial"] for trial in trials) == list(range(24))
        best = min(trials, key=lambda trial: (trial["objective"], trial["trial"]))
        assert all(trial["objective"] == trial["metrics"]["train_error"] for trial in trials)
        found = summary(work.path / "o")
        assert (found["best_trial"], found["best_objective"]) == (best["trial"], best["objective"])
        assert found["best_values"] == best["values"] and found["expectations_passed"] == 1
        rows = re.findall(r"^(\d+) +([0-9.e-]+)", out, re.M)
        assert int(rows[0][0]) == best["trial"] and len(rows) == 10
        work.settle("run", "o/best.toml", "--out", "best", "--quiet")
        assert summary(work.path / "best")["fingerprint"] == best["fingerprint"]
        # More trials are added; fewer are refused.
        work.settle("search", "s.toml", "--out", "o", "--resume", "--set", "search.trials=30", "--quiet")
        assert len(work.finished("o", "trials.jsonl")) == 30 and summary(work.path / "o")["resumed_at"] == 24
        _, err = work.settle("search", "s.toml", "--out", "o", "--resume", code=2)
        assert "search.trials: 24 is below what has been run; expected at least 30" in err, err


def test_verdicts_and_exit_codes():
    good = '[[expect]]\nmetric = "lost"\nequals = 0\npoint = "0.3, predictive"\n'
    bad = '[[expect]]\nmetric = "spikes"\nbelow = 0\npoint = "0.9, predictive"\nthan = "0.9, predictive"\n'
    own = '[[expect]]\nmetric = "spikes"\nbelow = 0\n'
    with Work(GRID + good + own) as work:
        out, err = work.settle("sweep", "s.toml", "--out", "good")
        assert "passed  lost equal to 0 at point" in out and "left to settle run" in err, (out, err)
        work.settle("run", "s.toml", "--out", "run", code=1)
    with Work(GRID + good + bad) as work:
        out, _ = work.settle("sweep", "s.toml", "--out", "bad", code=1)
        assert 'FAILED  spikes minus that of point "0.9, predictive" below 0' in out, out
        _, err = work.settle("sweep", "s.toml", "--out", "silent", "--quiet", code=1)
        assert "expectation failed" in err
        # Finished is finished: a script that resumes until it gets 0 comes to its end.
        out, _ = work.settle("sweep", "s.toml", "--out", "bad", "--resume")
        assert "bad is finished" in out
    diverges = SMALL + '[sweep]\nrepeats = 2\nover = { "network.init_scale" = [1.0, 1e5] }\n'
    with Work(diverges) as work:
        _, err = work.settle("sweep", "s.toml", "--out", "o")
        assert "2 of 4 runs failed" in err and "diverged" in err, err
        assert summary(work.path / "o")["failed"] == 2
        work.settle("sweep", "s.toml", "--out", "all", "--set", 'sweep.over={ "network.init_scale" = [1e5] }', code=3)


def test_dry_run_lists_the_points_and_is_a_scenario():
    with Work(GRID + HUNT[len(SMALL):]) as work:
        for command, count in (("sweep", 4), ("search", 24)):
            out, _ = work.settle(command, "s.toml", "--dry-run")
            assert len(re.findall(r"^# +\d+  ", out, re.M)) == count, out
            (work.path / "again.toml").write_text(out)
            again, _ = work.settle(command, "again.toml", "--dry-run")
            assert again == out
        assert sorted(path.name for path in work.path.iterdir()) == ["again.toml", "s.toml"]


def test_bad_input_is_refused_before_anything_is_written():
    table = [
        ("sweep", "", "s.toml: sweep.over: is missing"),
        ("search", "", "s.toml: search.over: is missing"),
        ("sweep", '[sweep]\nover = { "timing.jiter" = [1] }\n', "did you mean timing.jitter?"),
        ("sweep", '[sweep]\nover = { "phases.free" = [] }\n', "is empty"),
        ("sweep", '[sweep]\nover = { "phases.free" = [9, 0] }\n', "s.toml:19:30: phases.free: 0 is out of range"),
        ("sweep", '[sweep]\nover = { "data.train" = [9, 40] }\n[[expect]]\nmetric = "lost"\nequals = 0\npoint = "41"\n', "did you mean 40?"),
        ("sweep", '[sweep]\nover = { "network.weights" = ["none.h5"] }\n', "network.weights"),
        ("sweep", '[sweep]\nrepeats = 0\nover = { "phases.free" = [9] }\n', "sweep.repeats: 0 is out of range"),
        ("search", '[search]\nobjective = "lost"\nover = { "phases.free" = [9, 9] }\n', "the range [9, 9] is empty"),
        ("search", '[search]\nobjective = "final_distance"\nover = { "phases.free" = [5, 9] }\n', "is not reported by the task train"),
        ("search", '[search]\nobjective = "lead_max"\nover = { "phases.free" = [5, 9] }\n', "is not reported by the task train"),
        ("search", '[search]\nobjective = "los"\nover = { "phases.free" = [5, 9] }\n', "did you mean lost?"),
        ("search", '[search]\nobjective = "lost"\nover = { "phases.fre" = [5, 9] }\n', "did you mean phases.free?"),
        ("search", '[search]\nobjective = "lost"\nover = { "neuron.epsilon" = [2.0, 3.0] }\n', "0 to 1 at every t"),
    ]
    for command, lines, expected in table:
        with Work(SMALL + lines) as work:
            out, err = work.settle(command, "s.toml", "--out", "o", code=2)
            assert out == "" and expected in err and re.search("^settle: (?!note)", err, re.M), (command, lines, err)
            assert [path.name for path in work.path.iterdir()] == ["s.toml"]
    with Work(GRID) as work:
        _, err = work.settle("sweep", "s.toml", "--resume", code=2)
        assert "--out DIR" in err
        work.settle("run", "s.toml", "--out", "run", "--quiet")
        _, err = work.settle("sweep", "s.toml", "--out", "run", "--resume", code=2)
        assert "is not empty" in err
        work.settle("sweep", "s.toml", "--out", "o", "--quiet")
        for changes, key in ((["--seed", "2"], "scenario.seed"), (["--set", "phases.free=9"], "phases.free"),
                             (["--set", 'sweep.over={ "phases.free" = [9] }'], "sweep.over")):
            before = (work.path / "o" / "points.jsonl").read_bytes()
            _, err = work.settle("sweep", "s.toml", "--out", "o", "--resume", *changes, code=2)
            assert "--resume: %s: is not what o began with" % key in err, err
            assert (work.path / "o" / "points.jsonl").read_bytes() == before and (work.path / "o" / "summary.json").exists()
        # More repeats are no other sweep.
        work.settle("sweep", "s.toml", "--out", "o", "--resume", "--quiet", "--set", "sweep.repeats=4", "--threads", "1")
        assert len(work.finished("o", "points.jsonl")) == 16 and summary(work.path / "o")["resumed_at"] == 12
        _, err = work.settle("sweep", "s.toml", "--out", "o", "--resume", code=2)
        assert "sweep.repeats: 3 is below what has been run; expected at least 4" in err, err
        lines = (work.path / "o" / "points.jsonl").read_text().splitlines(True)
        (work.path / "o" / "points.jsonl").write_text("".join(lines[:3] + ["{}\n"] + lines[3:]))
        _, err = work.settle("sweep", "s.toml", "--out", "o", "--resume", "--set", "sweep.repeats=4", code=2)
        assert "o/points.jsonl:4: is damaged" in err, err


def test_what_data_contradict_is_told_of_its_place():
    with Work(HUNT) as work:
        _, err = work.settle("search", "s.toml", "--out", "n", "--set", "data.test=5", code=2)
        assert "--set: data.test: asks for 5 samples, but there are 0" in err and not (work.path / "n").exists(), err


def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on():
    for command, text, log in (("sweep", GRID, "points.jsonl"), ("search", HUNT, "trials.jsonl")):
        with Work(longer(text)) as work:
            work.settle(command, "s.toml", "--out", "whole", "--quiet")
            process = subprocess.Popen([PROGRAM, command, "s.toml", "--out", "o", "--threads", "1"], cwd=work.path, text=True,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            while process.poll() is None and not ((work.path / "o" / log).exists() and (work.path / "o" / log).read_text()):
                time.sleep(0.002)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate()
            assert process.returncode == 130, (process.returncode, err)
            done = int(re.search(r"stopped by Ctrl-C after (\d+) of", err).group(1))
            assert 1 <= done == len(work.finished("o", log))
            again = subprocess.run(shlex.split(re.search("go on with: (.*)", err).group(1)), cwd=work.path, text=True, capture_output=True)
            assert again.returncode == 0 and "going on after %d of" % done in again.stdout, again.stderr
            assert work.finished("o", log) == work.finished("whole", log)
            assert summary(work.path / "o")["resumed_at"] == done


def test_kills_lose_no_finished_run():
    draw = random.Random("sweep")
    for command, text, log in (("sweep", GRID, "points.jsonl"), ("search", HUNT, "trials.jsonl")):
        with Work(longer(text)) as work:
            start = time.monotonic()
            work.settle(command, "s.toml", "--out", "whole", "--quiet")
            seconds, kills, rounds, finished = time.monotonic() - start, 0, 0, 0
            whole = work.finished("whole", log)
            # Up to when a kill comes, in seconds: long enough to finish a run now and then, however busy the machine is,
            # and short enough not to finish all.
            reach = 2 * seconds / min(KILLS, 10)
            while kills < KILLS or not finished:
                rounds += 1
                name = "o%d" % rounds
                kept = []
                while kills < KILLS or not finished:
                    process = subprocess.Popen([PROGRAM, command, "s.toml", "--out", name, "--resume", "--quiet", "--threads",
                                                str(draw.choice((1, 2, 3)))], cwd=work.path)
                    try:
                        process.wait(timeout=draw.uniform(0, reach))
                        assert process.returncode == 0
                        reach *= 0.8
                        break
                    except subprocess.TimeoutExpired:
                        process.kill()
                        process.wait()
                        kills += 1
                    path = work.path / name / log
                    text_now = path.read_text() if path.exists() else ""
                    lines = text_now[:text_now.rfind("\n") + 1].splitlines()
                    assert lines[:len(kept)] == kept, "a finished run was lost"
                    if len(lines) == len(kept):
                        reach *= 1.2
                    finished = max(finished, len(lines))
                    kept = lines
                work.settle(command, "s.toml", "--out", name, "--resume", "--quiet")
                assert work.finished(name, log) == whole
                for table in ("sweep.csv", "means.csv", "best.toml"):
                    if (work.path / "whole" / table).exists():
                        same = [re.sub("^threads = .*", "", (work.path / folder / table).read_text(), flags=re.M) for folder in (name, "whole")]
                        assert same[0] == same[1], table
            print("%s: %d kills in %d rounds, whole %.2f s, at most %d of %d finished at a kill" % (
                command, kills, rounds, seconds, finished, len(whole)))


sys.exit(run_all(globals()))
