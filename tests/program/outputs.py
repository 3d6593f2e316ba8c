"""What a run leaves behind, and that it says so the same way every time."""
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import tomllib

import h5py
import numpy as np
from program import PROGRAM, SMALL, run_all, settle, summary

RECORD = "[record]\nstate = true\nbits = true\nweights = true\n"


def prepared(text=SMALL):
    folder = tempfile.TemporaryDirectory()
    path = pathlib.Path(folder.name)
    (path / "s.toml").write_text(text)
    return folder, path


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_same_bits_for_any_number_of_threads_and_any_instruction_set():
    for quantizer in ("sigma-delta", "stochastic"):
        folder, path = prepared(SMALL + RECORD)
        with folder:
            seen = set()
            variants = [(threads, None) for threads in (1, 2, 3, 8)]
            _, err = settle("run", "s.toml", "--dry-run", code=2, cwd=path, environment={"SETTLE_INSTRUCTION_SET": "?"})
            variants += [(2, name) for name in err.split("expected ")[1].split(", ")]
            assert len(variants) >= 5, err
            for i, (threads, instructions) in enumerate(variants):
                environment = {"SETTLE_INSTRUCTION_SET": instructions.strip()} if instructions else {}
                settle("run", "s.toml", "--out", "r%d" % i, "--threads", threads, "--quiet", "--set",
                       "neuron.quantizer=" + quantizer, cwd=path, environment=environment)
                out = path / ("r%d" % i)
                seen.add((summary(out)["fingerprint"], digest(out / "recording.h5"), digest(out / "weights.h5")))
                assert summary(out)["threads"] == threads
            assert len(seen) == 1, seen


def test_seeds_and_streams():
    folder, path = prepared()
    with folder:
        prints = {}
        for name, options in {"a": [], "again": [], "seed": ["--seed", "2"], "noise": ["--set", "network.seed=7"]}.items():
            settle("run", "s.toml", "--out", name, "--quiet", *options, cwd=path)
            prints[name] = summary(path / name)["fingerprint"]
        assert prints["a"] == prints["again"]
        assert len(set(prints.values())) == 3, prints


def test_run_directory():
    folder, path = prepared(SMALL + RECORD)
    with folder:
        out, err = settle("run", "s.toml", "--out", "r", cwd=path)
        assert "test" not in err
        names = sorted(p.name for p in (path / "r").iterdir())
        assert names == ["checkpoint", "manifest.json", "metrics.jsonl", "recording.h5", "scenario.toml", "settling.jsonl", "summary.json",
                         "weights.h5"], names
        manifest = json.loads((path / "r" / "manifest.json").read_text())
        for key in ("version", "commit", "compiler", "machine", "command_line"):
            assert manifest[key], key
        metrics = [json.loads(line) for line in (path / "r" / "metrics.jsonl").read_text().splitlines()]
        assert [line["epoch"] for line in metrics] == [1, 2]
        assert metrics[-1]["fingerprint"] == summary(path / "r")["fingerprint"]
        with h5py.File(path / "r" / "weights.h5") as weights:
            assert weights["weights/0"].shape == (20, 16) and weights["weights/0"].dtype == np.float32
            assert weights["biases/1"].shape == (5,)
        with h5py.File(path / "r" / "recording.h5") as recording:
            assert sorted(recording["minibatch"]) == ["%06d" % i for i in range(12)]
            assert recording["minibatch/000000/state"].shape == (30, 7, 21)
            assert recording["minibatch/000000/bits"].shape == (30, 7, 41)
            assert recording["minibatch/000005/state"].shape == (30, 5, 21), "a last, smaller minibatch is used"
            assert recording["minibatch/000000/state"].dtype == np.float32
            assert recording["minibatch/000000/bits"].dtype == np.uint8


def check_conserved(counted):
    for key in ("ticks", "spikes", "messages", "deliveries", "lost", "duplicated", "expired", "synaptic_operations"):
        assert counted[key] == sum(counted[key + "_by_population"]), key
    columns = [counted[key + "_by_population"] for key in ("messages", "duplicated", "deliveries", "lost", "expired")]
    for messages, duplicated, deliveries, lost, expired in zip(*columns, strict=True):
        assert messages + duplicated == deliveries + lost + expired


def test_summary_agrees_with_the_recording():
    folder, path = prepared(SMALL + RECORD)
    with folder:
        settle("run", "s.toml", "--out", "r", "--quiet", cwd=path)
        s = summary(path / "r")
        assert s["task"] == "train" and s["engine"] == "lockstep" and s["seed"] == 1 and s["epochs"] == 2
        assert s["presentations"] == 80 and s["resumed_at"] == 0 and len(s["fingerprint"]) == 16
        assert "test_error" not in s, "there is no test set"
        assert "posts" not in s, "lockstep has no actors"
        spikes, messages, operations = np.zeros(3, int), np.zeros(3, int), np.zeros(3, int)
        with h5py.File(path / "r" / "recording.h5") as recording:
            for minibatch in recording["minibatch"].values():
                bits = minibatch["bits"][...].astype(int)
                sent = [bits[..., :20], bits[..., 20:36], bits[..., 36:]]
                spikes += [layer.sum() for layer in sent]
                # By the population that they are sent to: nobody sends to layer 0.
                messages += [0, sent[0].sum() + sent[2].sum(), sent[1].sum()]
                operations += [0, 16 * (sent[0][:-1].sum() + sent[2][:-1].sum()), 5 * sent[1][:-1].sum()]
        expected = {"spikes": spikes, "messages": messages, "synaptic_operations": operations,
                    "ticks": 80 * 30 * np.array([20, 16, 5])}
        for key, populations in expected.items():
            assert s[key + "_by_population"] == populations.tolist() and s[key] == populations.sum(), key
        check_conserved(s)
        lines = [json.loads(line) for line in (path / "r" / "metrics.jsonl").read_text().splitlines()]
        for line in lines:
            check_conserved(line)
        assert all(lines[-1][key] == s[key] for key in s if key.endswith("_by_population"))


def test_quiet_and_json():
    folder, path = prepared()
    with folder:
        out, err = settle("run", "s.toml", "--out", "q", "--quiet", cwd=path)
        assert out == "" and err == "", out + err
        out, err = settle("run", "s.toml", "--out", "j", "--json", cwd=path)
        assert json.loads(out)["fingerprint"] == summary(path / "q")["fingerprint"] and err == ""


def test_output_that_cannot_be_written_is_no_success():
    folder, path = prepared()
    with folder:
        for arguments in (["run", "s.toml", "--json", "--out", "r"], ["run", "s.toml", "--dry-run"], ["list"], ["describe", "s.toml"]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([PROGRAM, *arguments], cwd=path, stdout=full, stderr=subprocess.PIPE, text=True)
            assert done.returncode == 3 and "standard output: cannot be written" in done.stderr, (arguments, done)
        assert summary(path / "r")["epochs"] == 2 and (path / "r" / "weights.h5").exists()


def test_dry_run_prints_what_runs_the_same():
    folder, path = prepared(SMALL + RECORD)
    with folder:
        before = sorted(path.rglob("*"))
        out, _ = settle("run", "s.toml", "--dry-run", "--set", "learning.batch=3", "--seed", "5", cwd=path)
        assert sorted(path.rglob("*")) == before
        resolved = tomllib.loads(out)
        assert resolved["learning"]["batch"] == 3 and resolved["scenario"]["seed"] == 5
        assert resolved["phases"]["splitstream"] is False and resolved["network"]["seed"] == 5
        (path / "resolved.toml").write_text(out)
        settle("run", "s.toml", "--set", "learning.batch=3", "--seed", "5", "--out", "a", "--quiet", cwd=path)
        settle("run", path / "resolved.toml", "--out", path / "b", "--quiet", cwd="/")
        assert summary(path / "a")["fingerprint"] == summary(path / "b")["fingerprint"]
        assert (path / "a" / "scenario.toml").read_text() == out
        # Another seed is asked of the file as of any scenario: what no clock in lockstep could follow is not in its way.
        assert tomllib.loads(settle("run", path / "resolved.toml", "--seed", "6", "--dry-run")[0])["scenario"]["seed"] == 6


def test_overrides():
    folder, path = prepared()
    with folder:
        def resolved(*options):
            return tomllib.loads(settle("run", "--dry-run", *options, "s.toml", cwd=path)[0])

        assert resolved("--set", "neuron.lambda.exponent=0.25")["neuron"]["lambda"] == "0.832/t^0.25"
        assert resolved("--set", "neuron.epsilon=0.775/t^0.313")["neuron"]["epsilon"] == "0.775/t^0.313"
        assert resolved("--set", "neuron.epsilon=0.5", "--set", "neuron.epsilon.floor=0.1")["neuron"]["epsilon"] == {
            "initial": 0.5, "exponent": 0.0, "floor": 0.1}
        assert resolved("--set", 'neuron.epsilon={rule="osa",target=0.05,floor=1e-7}')["neuron"]["epsilon"]["target"] == 0.05
        assert resolved("--set", "neuron.epsilon.rule=kesten", "--set", "neuron.epsilon.a=3")["neuron"]["epsilon"] == {
            "rule": "kesten", "a": 3.0, "b": 2.64}
        assert resolved("--set", "phases.readout.mean=5")["phases"]["readout"] == {"mean": 5}
        assert resolved("--set", "learning.batch=3", "--set", "learning.batch=4")["learning"]["batch"] == 4
        assert resolved("--seed", "9", "--set", "scenario.seed=8")["scenario"]["seed"] == 9
        twice = resolved("--seed", "9", "--engine", "virtual", "--threads=2", "--seed=7", "--engine=lockstep", "--threads", "1")
        assert [twice["scenario"][key] for key in ("seed", "engine", "threads")] == [7, "lockstep", 1], twice["scenario"]
        assert resolved("--set", "timing.phase=aligned")["timing"]["phase"] == "aligned"


def test_learning_forms_change_the_weights():
    folder, path = prepared()
    with folder:
        prints = set()
        for i, options in enumerate([[], ["learning.update=full"], ["learning.update=forward"], ["learning.beta_sign=both"],
                                     ["learning.beta_sign=fixed"], ["phases.splitstream=true"], ["phases.readout={mean=4}"],
                                     ["neuron.quantizer=second-order-sigma-delta"], ["neuron.quantizer=stochastic"],
                                     ["neuron.quantizer=threshold"], ["data.shuffle=false"], ["network.init_scale=0.5"]]):
            sets = [part for option in options for part in ("--set", option)]
            settle("run", "s.toml", "--out", str(i), "--quiet", *sets, cwd=path)
            prints.add(digest(path / str(i) / "weights.h5"))
        assert len(prints) == 12, "an option changed nothing"


def test_inference_and_continuing_from_weights():
    folder, path = prepared(SMALL.replace('set = "random"\ntrain = 40', 'set = "digits"\ntrain = 400\ntest = 100').replace(
        "[20, 16, 5]", "[784, 30, 10]"))
    with folder:
        settle("run", "s.toml", "--out", "t", "--quiet", cwd=path)
        settle("run", "s.toml", "--out", "i", "--quiet", "--set", "scenario.task=infer", "--set", "network.weights=t/weights.h5", cwd=path)
        settle("run", "s.toml", "--out", "p", "--quiet", "--set", "scenario.task=infer", "--set", "network.weights=t/weights.h5",
               "--set", "record.state=true", "--set", "record.bits={to=1}", cwd=path)
        with h5py.File(path / "p" / "recording.h5") as recording:
            assert sorted(recording["minibatch"]) == ["%06d" % i for i in range(15)]
            assert recording["minibatch/000000/state"].shape == (20, 7, 40) and "bits" not in recording["minibatch/000001"]
        assert summary(path / "p")["fingerprint"] == summary(path / "i")["fingerprint"]
        trained, inferred = summary(path / "t"), summary(path / "i")
        assert trained["test_error"] == inferred["test_error"]
        assert inferred["presentations"] == 100 and not {"train_error", "samples_per_second", "epochs"} & set(inferred)
        assert 1 <= inferred["settling_median"] <= inferred["settling_p99"] <= 20


def test_recording_a_part():
    folder, path = prepared(SMALL)
    with folder:
        settle("run", "s.toml", "--out", "r", "--quiet", "--set", "record.state={layers=[2], from=2, to=9, every=3}", "--set",
               "record.bits={neurons=3, to=1}", cwd=path)
        with h5py.File(path / "r" / "recording.h5") as recording:
            assert sorted(recording["minibatch"]) == ["000000", "000002", "000005", "000008"]
            assert recording["minibatch/000002/state"].shape == (30, 7, 5)
            assert recording["minibatch/000000/bits"].shape == (30, 7, 9)


def test_continuous_network_records_no_bits_and_says_so():
    folder, path = prepared(SMALL.replace('lambda = "0.832/t^0.584"', 'kind = "continuous"\nepsilon = 0.5') + RECORD)
    with folder:
        _, err = settle("run", "s.toml", "--out", "r", cwd=path)
        assert "record.bits writes nothing" in err, err
        with h5py.File(path / "r" / "recording.h5") as recording:
            assert "bits" not in recording["minibatch/000000"] and "state" in recording["minibatch/000000"]
        assert "spikes" not in summary(path / "r") and summary(path / "r")["ticks"] == 80 * 30 * 41


def test_divergence_stops_the_run_and_names_the_neuron():
    folder, path = prepared()
    with folder:
        _, err = settle("run", "s.toml", "--out", "r", "--set", "learning.rates=[10000.0, 10000.0]", code=3, cwd=path)
        assert "neuron" in err and "diverged" in err, err


def test_commands():
    out, _ = settle("list")
    for name in ("digits", "mnist", "mnist-osa", "mnist-continuous", "mnist-3-hidden"):
        assert name in out
        settle("describe", name)
    out, _ = settle("describe", "digits")
    assert "lockstep" in out and "learning.rates" in out and "784-100-10" in out
    assert "stable at any delay" in out and "Marcus & Westervelt 1989" in out, out
    out, _ = settle("describe", "mnist", "--set", "data.path=nowhere")
    assert "stability under delay" in out and "not known without the data" in out, out
    for shell in ("bash", "zsh", "fish"):
        out, _ = settle("completion", shell)
        assert "neuron.epsilon" in out and "mnist-osa" in out and "lockstep virtual free" in out and "@" not in out, shell
    out, _ = settle("data", "list")
    assert "mnist" in out and "digits" in out
    settle("--help")
    settle("--version")


sys.exit(run_all(globals()))
