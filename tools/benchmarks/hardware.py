"""The hardware of `mnist-async`, 784-500-10, as it settles on one image, one thread: a latency an axon, a latency a wire, one actor a
neuron; the first two beside the same network, image, weights and latencies in Brian2 (brian_hardware.py), in turns.

    hardware.py [ROUNDS]    medians
"""
import gzip
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

import h5py
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
PERIODS = 150
# Presentations of two runs, whose difference counts.
WAYS = {"axon": ((20, 220), ()), "synapse": ((20, 120), ("timing.scope=synapse",)), "one actor a neuron": ((1, 4), ("scenario.shard=1",))}
NAMES = {"axon": "a latency an axon", "synapse": "a latency a wire", "one actor a neuron": "one actor a neuron"}


def prepare(folder):
    mnist = pathlib.Path(os.environ["SETTLE_DATA_DIR"] if os.environ.get("SETTLE_DATA_DIR") else "data", "mnist")
    image = np.frombuffer(gzip.open(mnist / "train-images-idx3-ubyte.gz").read(16 + 784), np.uint8, offset=16)
    with h5py.File(folder / "image.h5", "w") as file:
        file["x"] = np.repeat(image[None].astype(np.float32) / 255, max(WAYS["axon"][0]), axis=0)
        file["labels"] = np.zeros(len(file["x"]), np.int64)
    text = (ROOT / "sim/scenarios/mnist-async.toml").read_text().split("[[expect]]")[0]
    for old, new in (('engine = "virtual"', 'engine = "virtual"\ntask = "infer"'), ('set = "mnist"', 'set = "hdf5"\npath = "%s"' % (folder / "image.h5")),
                     ("free = 100\nnudged = 50\nsplitstream = true\n", "free = %d\nnudged = 0\n" % PERIODS), ("jitter = 0.1\n", "")):
        assert old in text
        text = text.replace(old, new)
    (folder / "hardware.toml").write_text(re.sub(r"\[learning\].*?\[data\]", "[data]", text, flags=re.S))


def settle(folder, way):
    """Seconds and synaptic operations of a presentation; the spikes of each population."""
    counts, keys = WAYS[way]
    found = []
    for count in counts:
        with tempfile.TemporaryDirectory() as out:
            command = [ROOT / "build/settle", "run", folder / "hardware.toml", "--json", "--quiet", "--threads", "1", "--out", out + "/run",
                       "--set", "data.train=%d" % count]
            for key in keys:
                command += ["--set", key]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                sys.exit(done.stderr)
            found.append(json.loads(done.stdout))
            os.replace(out + "/run/weights.h5", folder / "weights.h5")
    few, many = found
    more = counts[1] - counts[0]
    return [(many[key] - few[key]) / more for key in ("wall_seconds", "synaptic_operations")] + [[s / counts[1] for s in many["spikes_by_population"]]]


def brian(folder, scope):
    with tempfile.TemporaryDirectory() as out:
        done = subprocess.run(["/usr/bin/python3", ROOT / "tools/benchmarks/brian_hardware.py", folder / "image.h5", folder / "weights.h5", str(PERIODS),
                               scope, out + "/brian"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    seconds, *spikes = [float(word) for word in done.stdout.split()]
    return seconds, spikes


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    ours, theirs = {way: [] for way in WAYS}, {way: [] for way in ("axon", "synapse")}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        prepare(folder)
        for _ in range(rounds):
            for way in WAYS:
                seconds, operations, spikes = settle(folder, way)
                ours[way].append(seconds)
                if way not in theirs:
                    continue
                taken, others = brian(folder, way)
                # What both simulate is the same: bits, within what their clocks and latencies differ by.
                assert abs(sum(others) / sum(spikes) - 1) < 0.05, (others, spikes)
                theirs[way].append(taken)
    print("784-500-10, one image, %d periods%28s periods/s   synaptic operations/s" % (PERIODS, ""))
    for way in WAYS:
        for who, times in (("settle", ours), ("Brian2 C++ standalone", theirs)):
            if way in times:
                seconds = statistics.median(times[way])
                print("%-60s %9.0f   %21.2g" % (who + ", " + NAMES[way], PERIODS / seconds, operations / seconds))
    for way in theirs:
        print("%-60s %9.2f" % ("settle / Brian2, " + NAMES[way], statistics.median(b / a for a, b in zip(ours[way], theirs[way]))))


main()
