"""[[events]]: what a script does to a run, on every engine, and what stands in events.jsonl."""
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

from program import PROGRAM, SMALL, run_all, settle, summary

TIMED = SMALL.replace('[neuron]', '[scenario.virtual]\n[neuron]').replace('[scenario.virtual]\n', "").replace(
    'name = "small"', 'name = "small"\nengine = "virtual"') + """
[timing]
jitter = 0.1
phase = "random"
latency = { low = 0.3, high = 0.6 }
"""
SAME = {"wall_seconds", "samples_per_second", "resumed_at", "threads", "posts"}


def event(at, action, **parts):
    """The text of one event; `at` as in {"period": 3}."""
    def text(value):
        if isinstance(value, dict):
            return "{ " + ", ".join("%s = %s" % (key, text(one)) for key, one in value.items()) + " }"
        return json.dumps(value)
    lines = {"at": at, "action": action, **parts}
    return "\n[[events]]\n" + "".join("%s = %s\n" % (key, text(value)) for key, value in lines.items())


WITHIN = (event({"period": 3}, "set", key="timing.loss", value=0.1, until={"period": 9}, name="lossy")
          + event({"period": 4}, "ramp", key="timing.jitter", value=0.3, over=5, until={"period": 9})
          + event({"time": "5 ms"}, "set", key="timing.latency", value={"low": 0.2, "high": 0.9})
          + event({"period": 6}, "present", sample="next") + event({"period": 7}, "kill", fraction=0.2, until={"period": 15})
          + event({"period": 8}, "cut", fraction=0.1) + event({"period": 10}, "nudge", beta=0.2) + event({"period": 11}, "release")
          + event({"period": 12}, "restore", fraction=0.5) + event({"period": 13}, "present", sample=3, during="train")
          + event({"period": 14}, "restart-annealing", population=1)
          + event({"period": 22}, "revive") + event({"period": 22}, "mark", name="a mark"))
BETWEEN = (event({"presentation": 10}, "set", key="timing.drift", value=0.05, name="drifting")
           + event({"presentation": 12}, "ramp", key="learning.beta", value=1.0, over=30)
           + event({"epoch": 0.5}, "kill", fraction=0.2, name="dying", until={"epoch": 1.375})
           + event({"epoch": 0.9}, "cut", projection=0, fraction=0.3, name="cutting")
           + event({"epoch": 1}, "set", key="faults.dead_links", value=0.1)
           + event({"epoch": 1.2}, "set", key="neuron.epsilon", value="0.7/t^0.2", until={"epoch": 1.6})
           + event({"epoch": 1.3}, "restore", fraction=0.5) + event({"epoch": 1.4}, "checkpoint")
           + event({"epoch": 1.5}, "set", key="timing.link", value="level") + event({"epoch": 1.7}, "mark"))


class Runs:
    """A folder for runs of scenarios given as text."""
    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        self.count = 0
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def run(self, text, *options, code=0):
        """Runs it; returns its directory."""
        self.count += 1
        (self.path / ("s%d.toml" % self.count)).write_text(text)
        out = self.path / ("r%d" % self.count)
        settle("run", "s%d.toml" % self.count, "--out", out, "--quiet", *options, cwd=self.path, code=code)
        return out

    def print_of(self, text, *options):
        return summary(self.run(text, *options))["fingerprint"]


def lines_of(folder):
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


def test_any_threads_and_shards_give_the_same_bits_through_events_of_all_kinds():
    with Runs() as runs:
        first = runs.run(TIMED + WITHIN + BETWEEN, "--threads", 1)
        assert summary(first)["fingerprint"] != runs.print_of(TIMED)
        for options in (["--threads", 3], ["--threads", 2, "--set", "scenario.shard=1"], ["--threads", 2, "--set", "scenario.shard=7"]):
            other = runs.run(TIMED + WITHIN + BETWEEN, *options)
            for key, value in summary(first).items():
                assert key in SAME or summary(other)[key] == value, (options, key, summary(other)[key], value)
            for name in ("weights.h5", "events.jsonl"):
                assert (other / name).read_bytes() == (first / name).read_bytes(), (options, name)


def test_every_engine_obeys_what_it_can_honour():
    common = (event({"period": 6}, "present", sample="next") + event({"period": 7}, "kill", fraction=0.2, until={"period": 15})
              + event({"period": 8}, "cut", fraction=0.2, until={"period": 14}) + event({"period": 3}, "nudge", beta=0.3)
              + event({"period": 5}, "release") + event({"period": 9}, "restart-annealing") + event({"epoch": 0.5}, "kill", population=1, neurons=[0, 3])
              + event({"epoch": 1}, "set", key="learning.rates", value=[0.2, 0.1]))
    with Runs() as runs:
        for engine in ("lockstep", "virtual", "free"):
            out = runs.run(SMALL + common, "--engine", engine)
            assert len(lines_of(out)) == 8, lines_of(out)
            if engine != "free":
                assert summary(out)["fingerprint"] != runs.print_of(SMALL, "--engine", engine), engine
        # The law of virtual time at zero jitter holds through a script too.
        assert runs.print_of(SMALL + common, "--engine", "virtual") == runs.print_of(SMALL + common)


def test_an_event_of_size_0_changes_no_bit():
    nothing = (event({"period": 3}, "set", key="timing.loss", value=0) + event({"period": 3}, "set", key="timing.jitter", value=0.1)
               + event({"period": 4}, "ramp", key="timing.latency.low", value=0.3, over=3) + event({"period": 5}, "kill", fraction=0)
               + event({"period": 5}, "cut", fraction=0) + event({"period": 6}, "revive") + event({"period": 6}, "restore")
               + event({"period": 7}, "mark") + event({"presentation": 7}, "set", key="learning.beta", value=0.5)
               + event({"epoch": 0.5}, "kill", fraction=0) + event({"epoch": 0.5}, "cut", fraction=0) + event({"epoch": 1}, "revive")
               + event({"epoch": 1}, "set", key="neuron.epsilon.initial", value=0.843) + event({"epoch": 1.5}, "checkpoint"))
    with Runs() as runs:
        plain, scripted = runs.run(TIMED), runs.run(TIMED + nothing)
        assert summary(plain)["fingerprint"] == summary(scripted)["fingerprint"]
        assert (plain / "weights.h5").read_bytes() == (scripted / "weights.h5").read_bytes()
        assert not (plain / "events.jsonl").exists()


def test_a_key_set_before_the_first_minibatch_is_as_if_it_had_been_given():
    keys = {"timing.loss": 0.1, "timing.jitter": 0.3, "timing.latency": {"low": 0.2, "high": 0.4}, "timing.latency_jitter": 0.2,
            "timing.duplication": 0.1, "timing.drift": 0.05, "timing.phase": "aligned", "timing.link": "level",
            "faults.stuck_at_zero": 0.2, "faults.stuck_at_one": 0.2, "faults.dead_links": 0.2, "learning.beta": 0.7,
            "learning.rates": [0.3, 0.2], "neuron.epsilon": "0.6/t^0.1", "neuron.lambda": 0.5}
    with Runs() as runs:
        plain = runs.print_of(TIMED)
        for key, value in keys.items():
            given = runs.print_of(TIMED, "--set", "%s=%s" % (key, json.dumps(value).replace(":", " =").replace('"low"', "low").replace('"high"', "high")))
            scripted = runs.print_of(TIMED + event({"presentation": 0}, "set", key=key, value=value))
            assert scripted == given, (key, scripted, given)
            assert scripted != plain, key
        for key in ("timing.loss", "timing.jitter", "timing.latency", "timing.latency_jitter", "timing.duplication"):
            given = runs.print_of(TIMED + event({"presentation": 0}, "set", key=key, value=keys[key]))
            assert runs.print_of(TIMED + event({"period": 0}, "set", key=key, value=keys[key])) == given, key


def test_a_sample_that_is_presented_from_the_start_is_the_presentation():
    few = SMALL.replace("train = 40", "train = 8") + event({"period": 0}, "present", sample=0)
    with Runs() as runs:
        # Quantizers without noise: every presentation of a sample is alike, and so is the answer.
        errors = []
        for sample in range(8):
            out = runs.run(few.replace("sample = 0", "sample = %d" % sample), "--set", "scenario.task=infer")
            errors.append(summary(out)["train_error"])
        assert set(errors) <= {0, 1}, errors
        plain = runs.run(few.split("[[events]]")[0], "--set", "scenario.task=infer")
        assert summary(plain)["train_error"] == sum(errors) / 8, errors
        curve = [json.loads(line)["error"] for line in (plain / "settling.jsonl").read_text().splitlines()]
        # Until period 10 the first sample is looked at, and then the second: the error is of the one that is there.
        late = runs.run(few.replace("period = 0", "period = 10").replace("sample = 0", "sample = 1"), "--set", "scenario.task=infer")
        lines = [json.loads(line)["error"] for line in (late / "settling.jsonl").read_text().splitlines()]
        assert lines[:10] == curve[:10]
        assert summary(late)["train_error"] == lines[-1]


def test_until_brings_back_what_was_there_and_the_later_event_wins():
    with Runs() as runs:
        once = runs.print_of(TIMED + event({"presentation": 7}, "set", key="timing.loss", value=0.2, until={"presentation": 21}))
        assert once != runs.print_of(TIMED)
        inner = event({"presentation": 14}, "set", key="timing.loss", value=0.2, until={"presentation": 28})
        # The first ends under the second, and the second under the first; both are over at 28.
        both = runs.print_of(TIMED + event({"presentation": 7}, "set", key="timing.loss", value=0.2, until={"presentation": 14}) + inner)
        one = runs.print_of(TIMED + event({"presentation": 7}, "set", key="timing.loss", value=0.2, until={"presentation": 28}))
        assert both == one
        over = runs.print_of(TIMED + event({"presentation": 7}, "set", key="timing.loss", value=0.2, until={"presentation": 28})
                             + event({"presentation": 14}, "set", key="timing.loss", value=0.2, until={"presentation": 21}))
        assert over == one
        killed = event({"presentation": 0}, "kill", fraction=0.5, until={"presentation": 7}, name="k")
        assert runs.print_of(TIMED + killed) != runs.print_of(TIMED)


def test_a_network_recovers_when_loss_goes_back_unless_it_has_become_slow():
    with tempfile.TemporaryDirectory() as folder:
        settle("run", "recovery-loss", "--out", "constant", cwd=folder)  # its expectations are the law
        rows = [json.loads(line)["distance"] for line in (pathlib.Path(folder) / "constant/metrics.jsonl").read_text().splitlines()]
        assert np.mean(rows[289:300]) > 2 * np.mean(rows[239:250]), "nothing was disturbed"
        assert np.mean(rows[389:400]) < 1.1 * np.mean(rows[239:250])
        # By then annealed neurons have a long memory of what they got while bits were lost.
        out, _ = settle("run", "recovery-loss", "--set", "neuron.epsilon=0.775/t^0.313", "--set", "neuron.lambda=0.67/t^0.578",
                        "--set", "learning.batch=40", "--out", "annealed", cwd=folder, code=1)
        assert "passed  mean_distance" in out and "FAILED  final_distance" in out, out


def test_events_that_are_wrong_only_together_are_refused_before_anything_is_written():
    text = (TIMED + event({"period": 5}, "set", key="timing.latency.low", value=0.55)
            + event({"period": 10}, "set", key="timing.latency.high", value=0.4, name="last"))
    line = text[:text.index('name = "last"')].rindex("at = ")
    place = "s.toml:%d:1: events.value: after the events that act before it, timing.latency" % (text.count("\n", 0, line) + 1)
    with Runs() as runs:
        (runs.path / "s.toml").write_text(text)
        for command in (["run", "s.toml", "--dry-run"], ["run", "s.toml", "--out", "no"]):
            _, err = settle(*command, cwd=runs.path, code=2)
            assert place in err, err
        assert not (runs.path / "no").exists()
        (runs.path / "sweep.toml").write_text(text + '[sweep]\nover = { "timing.jitter" = [0, 0.1] }\n')
        _, err = settle("sweep", "sweep.toml", "--out", "no", cwd=runs.path, code=2)
        assert place.split(":", 2)[2] in err and not (runs.path / "no").exists(), err
        # Each of the two is right.
        for without in ("low", "high"):
            kept = [part for part in text.split("\n[[events]]") if "latency." + without not in part]
            runs.run("\n[[events]]".join(kept))


def test_the_log_says_what_comes_back_where_most_does():
    text = (TIMED + event({"period": 3}, "kill", population=2, neurons=[1], during="train")
            + event({"period": 5}, "kill", fraction=0.3, during="validation") + event({"period": 6}, "cut", fraction=0.2, during="validation")
            + event({"period": 8}, "revive") + event({"period": 8}, "restore"))
    with Runs() as runs:
        few, killed, cut, revived, restored = lines_of(runs.run(text, "--set", "data.validation=10"))
        assert few["hit"] == 1 and killed["hit"] > 1 and cut["hit"] > 1
        assert revived["hit"] == killed["hit"] and revived["neurons"] == killed["neurons"], revived
        assert restored["hit"] == cut["hit"] and restored["links"] == cut["links"], restored


def test_the_log_says_who_was_hit():
    text = TIMED + event({"period": 5}, "kill", fraction=0.3, name="k") + event({"period": 6}, "kill", population=2, neurons=[1, 4])
    with Runs() as runs:
        out = runs.run(text)
        first, second = lines_of(out)
        assert first["name"] == "k" and first["period"] == 5 and first["action"] == "kill" and first["fraction"] == 0.3
        assert first["during"] == ["train", "validation", "test"]
        assert first["hit"] == sum(map(len, first["neurons"].values()))
        assert second["name"] == "event 2" and second["hit"] == 2 and second["neurons"] == {"2": [1, 4]}
        more = lines_of(runs.run(text.replace("fraction = 0.3", "fraction = 0.6")))[0]
        assert more["hit"] > first["hit"] > 0
        for population, neurons in first["neurons"].items():
            assert set(neurons) <= set(more["neurons"][population]), "a larger fraction has others"
        chip = lines_of(runs.run(text, "--set", "timing.device_seed=9"))[0]
        assert chip["neurons"] != first["neurons"]
        assert lines_of(runs.run(text, "--seed", 9, "--set", "timing.device_seed=1"))[0]["neurons"] == first["neurons"]


def test_cut_links_do_not_learn_until_they_are_restored():
    cut = event({"presentation": 0}, "cut", projection=0, fraction=0.3, name="c")
    with Runs() as runs:
        start = runs.run(TIMED + cut, "--set", "learning.epochs=1", "--set", "learning.rates=[0,0]")
        given = ["--set", "network.weights=%s" % (start / "weights.h5")]
        out = runs.run(TIMED + cut, *given)
        line, = lines_of(out)
        assert line["presentation"] == 0 and line["epoch"] == 0 and list(line["links"]) == ["0"]
        assert line["hit"] == len(line["links"]["0"]) and 0.2 < line["hit"] / (20 * 16) < 0.4
        before, after = (h5py.File(one / "weights.h5")["/weights/0"][:] for one in (start, out))
        dead = np.zeros(before.shape, bool)
        dead[tuple(np.array(line["links"]["0"]).T)] = True
        assert (before == after)[dead].all() and (before != after)[~dead].any()
        back = runs.run(TIMED + cut + event({"epoch": 1}, "restore", name="back"), *given)
        restored = h5py.File(back / "weights.h5")["/weights/0"][:]
        assert (before != restored)[dead].any()
        assert lines_of(back)[1]["links"] == line["links"]


def test_what_happens_between_minibatches_is_told_when_it_does():
    with Runs() as runs:
        out = runs.run(TIMED + BETWEEN)
        lines = lines_of(out)
        # Minibatches of 7 of 40 samples begin at 0, 7, … 35, 40, 47 ….
        seen = [(line["name"], line["presentation"], line.get("ended", False)) for line in lines]
        assert seen == [("drifting", 14, False), ("event 2", 14, False), ("dying", 21, False), ("cutting", 40, False),
                        ("event 5", 40, False), ("event 6", 54, False), ("event 7", 54, False), ("dying", 61, True),
                        ("event 8", 61, False), ("event 9", 61, False), ("event 6", 68, True), ("event 10", 68, False)], seen
        assert lines[10]["value"] == "0.843/t^0.0923"
        assert lines[7]["neurons"] == lines[2]["neurons"]


def test_kill_and_resume_through_events_end_at_the_same_bits():
    text = (TIMED + WITHIN + BETWEEN).replace("epochs = 2", "epochs = 60").replace("train = 40", "train = 80") + "[checkpoint]\nevery = 35\n"
    text += "".join(event({"epoch": epoch + 0.3}, "kill", fraction=0.1, until={"epoch": epoch + 1.6}) for epoch in range(2, 58, 3))
    draw = random.Random("events")
    with Runs() as runs:
        start = time.monotonic()
        whole = runs.run(text, "--threads", 2)
        seconds = time.monotonic() - start
        command = [PROGRAM, "run", "s1.toml", "--out", "killed", "--quiet", "--resume", "--threads"]
        kills = 0
        for _ in range(8):
            process = subprocess.Popen(command + [str(draw.choice((1, 2, 3)))], cwd=runs.path)
            try:
                process.wait(timeout=draw.uniform(0.05, seconds / 3))
                break
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
        settle(*command[1:], 2, cwd=runs.path)
        killed = runs.path / "killed"
        assert kills > 0
        for key, value in summary(whole).items():
            assert key in SAME or summary(killed)[key] == value, (key, summary(killed)[key], value)
        for name in ("weights.h5", "events.jsonl", "metrics.jsonl"):
            if name != "metrics.jsonl":
                assert (killed / name).read_bytes() == (whole / name).read_bytes(), name
        # A finished run gets back what is gone.
        log = (whole / "events.jsonl").read_text()
        (killed / "events.jsonl").unlink()
        settle(*command[1:], 2, cwd=runs.path)
        assert (killed / "events.jsonl").read_text() == log
        (killed / "events.jsonl").write_text(log[:100])
        settle(*command[1:], 2, cwd=runs.path)
        assert (killed / "events.jsonl").read_text() == log


def test_another_script_is_another_run():
    text = TIMED + event({"epoch": 0.5}, "kill", fraction=0.2)
    with Runs() as runs:
        out = runs.run(text)
        (runs.path / "other.toml").write_text(text.replace("fraction = 0.2", "fraction = 0.3"))
        _, err = settle("run", "other.toml", "--out", out, "--resume", cwd=runs.path, code=2)
        assert "--resume: events: is not what the run in" in err, err
        other = runs.run(text.replace("fraction = 0.2", "fraction = 0.3"))
        text, _ = settle("compare", out, other, code=1)
        assert "events" in text, text


def test_the_resolved_scenario_of_a_script_is_the_same_run():
    with Runs() as runs:
        out = runs.run(TIMED + WITHIN + BETWEEN)
        assert runs.print_of((out / "scenario.toml").read_text()) == summary(out)["fingerprint"]
        (runs.path / "s.toml").write_text(TIMED + WITHIN + BETWEEN)
        described, _ = settle("describe", "s.toml", cwd=runs.path)
        assert "\nevents\n  period 3: timing.loss becomes 0.1 until period 9  \"lossy\"\n" in described, described
        dry, _ = settle("run", "s.toml", "--dry-run", cwd=runs.path)
        assert dry.count("[[events]]") == 23, dry


def test_points_of_a_sweep_have_the_events_and_an_impossible_one_is_told():
    sweep = '[sweep]\nover = { "phases.free" = [20, %d] }\n'
    text = TIMED + event({"period": 25}, "set", key="timing.loss", value=0.5)
    with Runs() as runs:
        (runs.path / "s.toml").write_text(text + sweep % 30)
        settle("sweep", "s.toml", "--out", "sweep", "--quiet", cwd=runs.path)
        (runs.path / "s.toml").write_text(text + sweep % 10)
        _, err = settle("sweep", "s.toml", "--out", "bad", cwd=runs.path, code=2)
        assert "events.at: never happens: period 25 is beyond the phases" in err, err
        assert not (runs.path / "bad").exists()


sys.exit(run_all(dict(globals())))
