"""What asynchrony does to learning: from weights trained in lockstep, the cosine of the contrastive update with the continuous
network's, by projection, and the test error after further presentations, for several kinds of hardware.

Uses nothing but the program and the files it writes. All runs of a seed see the same images, weights and, where they draw, keys.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("SETTLE_PROGRAM", ROOT / "build/settle")
EPOCHS = 1  # of training in lockstep
MINIBATCHES, BATCH = 100, 20  # whose updates are compared
RATE = 1e-3  # at which they are made
FURTHER = 4000  # presentations

SCENARIO = """
[network]
layers = [784, 100, 10]
[neuron]
quantizer = "sigma-delta"
epsilon = "0.843/t^0.0923"
lambda = "0.832/t^0.584"
[phases]
free = 50
nudged = 20
[learning]
beta = 0.5
beta_sign = "random"
rates = [0.1, 0.05]
batch = 20
[data]
set = "mnist"
"""

CONTINUOUS = """
[network]
layers = [784, 100, 10]
[neuron]
kind = "continuous"
epsilon = 0.5
[phases]
free = 200
nudged = 200
[learning]
beta = 0.5
rates = [0.1, 0.05]
batch = 20
[data]
set = "mnist"
"""

VIRTUAL = {"scenario.engine": "virtual", "timing.phase": "random", "timing.latency": "{ low = 0.3, high = 0.6 }"}
HARDWARE = {
    "lockstep": {},
    "own clocks and latencies": VIRTUAL,
    "… and jitter 0.1": {**VIRTUAL, "timing.jitter": 0.1},
    "… and drift 0.05": {**VIRTUAL, "timing.drift": 0.05},
    "… and loss 0.05": {**VIRTUAL, "timing.loss": 0.05},
}
SPLIT, MEAN = {"phases.splitstream": "true"}, {"phases.readout": "{ mean = 10 }"}
READING = {"neither": {}, "splitstream": SPLIT, "mean of 10": MEAN, "both": {**SPLIT, **MEAN}}


ROWS = (("cosine, 784→100", "%.3f"), ("cosine, 100→10", "%.3f"),
        ("of single minibatches, 784→100", "%.3f"), ("of single minibatches, 100→10", "%.3f"), ("test error", "%.2f %%"))


def cosine(a, b):
    return np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b)


class Bench:
    """Runs in a temporary folder, all with one seed; knows the weights trained in lockstep."""

    def __init__(self, seed=1, threads=0):
        self.seed, self.threads = seed, threads
        self.folder = tempfile.TemporaryDirectory()
        self.runs = 0
        self.bits = 0  # messages a presentation of the latest updates of binary neurons in virtual time
        self.trained, self.trained_error = None, None
        out, summary = self.run(SCENARIO, {"learning.epochs": EPOCHS})
        self.trained, self.trained_error = out / "weights.h5", summary["test_error"]
        self.continuous = self.updates(CONTINUOUS, {})

    def run(self, scenario, keys):
        """Run directory and summary of one run from the trained weights, once there are some."""
        self.runs += 1
        file = pathlib.Path(self.folder.name, "%d.toml" % self.runs)
        file.write_text(scenario)
        if self.trained:
            keys = {**keys, "network.weights": self.trained}
        command = [PROGRAM, "run", file, "--json", "--seed", self.seed, "--threads", self.threads, "--out", file.with_suffix("")]
        for key, value in keys.items():
            command += ["--set", "%s=%s" % (key, value)]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            sys.exit(done.stderr)
        return file.with_suffix(""), json.loads(done.stdout)

    def updates(self, scenario, keys):
        """The contrastive updates of all minibatches, by projection: (minibatches x weights). The rate is so small that the
        weights stay what they are, and large enough for float32 to see them move."""
        out, summary = self.run(scenario, {**keys, "learning.rates": "[%g, %g]" % (RATE, RATE), "learning.beta_sign": "fixed",
                                           "learning.epochs": 1, "data.train": MINIBATCHES * BATCH, "data.test": 0,
                                           "data.shuffle": "false", "record.weights": "true"})
        self.bits = summary.get("messages", 0) / (MINIBATCHES * BATCH)
        with h5py.File(self.trained) as before, h5py.File(out / "recording.h5") as recording:
            minibatches = [recording["minibatch"][name]["weights"] for name in sorted(recording["minibatch"])]
            assert len(minibatches) == MINIBATCHES
            found = []
            for l in sorted(before["weights"]):
                path = np.array([before["weights"][l][...]] + [weights[l][...] for weights in minibatches], "f8")
                found.append(np.diff(path, axis=0).reshape(MINIBATCHES, -1) / RATE)
        (out / "recording.h5").unlink()
        return found

    def cosines(self, keys):
        """With the continuous network's: of the mean update, by projection; then of the single ones, laid end to end (a network that
        is right about a whole minibatch has an update of zero, and no cosine of its own)."""
        pairs = list(zip(self.updates(SCENARIO, keys), self.continuous))
        return ([cosine(a.mean(0), b.mean(0)) for a, b in pairs],
                [cosine(a.ravel(), b.ravel()) for a, b in pairs])

    def error_after(self, keys):
        return self.run(SCENARIO, {**keys, "data.train": FURTHER})[1]["test_error"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    bench = Bench(arguments.seed, arguments.threads)
    print("784-100-10, 50 + 20 periods, seed %d, after %d epoch in lockstep: test error %.2f %%\n"
          % (arguments.seed, EPOCHS, 100 * bench.trained_error), flush=True)
    print("| hardware | | " + " | ".join(READING) + " |")
    print("|---|---|" + "---|" * len(READING))
    for name, hardware in HARDWARE.items():
        cells = []
        for reading in READING.values():
            mean, single = bench.cosines({**hardware, **reading})
            cells.append((*mean, *single, 100 * bench.error_after({**hardware, **reading})))
        for i, (what, form) in enumerate(ROWS):
            print("| %s | %s | %s |" % ("" if i else name, what, " | ".join(form % cell[i] for cell in cells)), flush=True)


if __name__ == "__main__":
    main()
