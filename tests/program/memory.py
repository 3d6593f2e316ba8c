"""What `describe` says of the memory of a run is what the run takes, within 30 %: engines, shards, batches, tasks, recordings."""
import os
import pathlib
import re
import sys
import tempfile

from program import PROGRAM, run_all, settle

QUICK = ["--set", "learning.epochs=1", "--set", "data.train=40", "--set", "data.test=20", "--set", "phases.free=20", "--set",
         "phases.nudged=10", "--threads", "2"]
CHIP = ["--set", "chip.placement=random", "--set", "chip.decode=16 ns", "--set", "chip.synapse=3.8 ns", "--set", "chip.link=2 ns"]
RANDOM = """
[phases]
free = 8
nudged = 4
[learning]
epochs = 1
batch = 2
[data]
set = "random"
train = 4
"""
SHEET = """
[scenario]
task = "infer"
[[population]]
name = "image"
shape = [1, 300, 300]
role = "input"
[[population]]
name = "sheet"
shape = [1, 300, 300]
[[population]]
name = "answer"
size = 10
role = "output"
[[projection]]
between = ["image", "sheet"]
kind = "sparse"
links = { radius = 0 }
rate = 0.1
[[projection]]
between = ["sheet", "sheet"]
kind = "sparse"
links = { radius = 4 }
rate = 0.1
[[projection]]
between = ["sheet", "answer"]
kind = "sparse"
links = { fan_in = 1000 }
rate = 0.1
""" + RANDOM
# Few weights, and many places that they join.
KERNEL = """
[[population]]
name = "image"
shape = [1, 150, 150]
role = "input"
[[population]]
name = "map"
shape = [1, 150, 150]
[[population]]
name = "answer"
size = 10
role = "output"
[[projection]]
between = ["image", "map"]
kind = "convolution"
kernel = 25
padding = 12
rate = 0.00001
[[projection]]
between = ["map", "answer"]
kind = "dense"
rate = 0.00001
""" + RANDOM
# Few targets, so that the drive is summed for many ticks at once.
FEW = """
[scenario]
task = "infer"
[[population]]
name = "image"
shape = [1, 1000, 700]
role = "input"
[[population]]
name = "answer"
size = 10
role = "output"
[[projection]]
between = ["image", "answer"]
kind = "sparse"
links = { fan_in = 30000 }
rate = 0.1
""" + RANDOM.replace("free = 8", "free = 300")
# Channels that fill vectors badly, and few links.
CHANNELS = KERNEL.replace('map"\nshape = [1,', 'map"\nshape = [3,').replace("kernel = 25\npadding = 12", "kernel = 1").replace(
    "batch = 2", 'batch = 8\nbeta_sign = "both"').replace("train = 4", "train = 8")
FILES = {"few.toml": FEW, "channels.toml": CHANNELS, "sheet.toml": SHEET, "sheet-trains.toml": SHEET.replace('task = "infer"', ""), "kernel.toml": KERNEL}
WIDE = ["--set", "network.layers=[784,800,800,10]", "--set", "learning.rates=[0.1,0.1,0.1]"]
MIDDLE = ["--set", "network.layers=[784,400,10]"]
SPIKES = ["--set", "record.spikes=true"]
MESSAGES = [*SPIKES, "--set", "record.messages=true"]
EVENTS = ["digits", *QUICK, "--engine", "virtual", *MESSAGES]
LONGER = ["digits", "--engine", "virtual", "--set", "data.train=400", "--set", "data.test=20", "--set", "learning.epochs=1", "--threads", "2"]
CASES = {
    "tiny": ["digits", *QUICK],
    "all digits": ["digits", *QUICK, "--set", "data.train=5000", "--set", "data.test=1000", "--set", "phases.free=2", "--set", "phases.nudged=1"],
    "wide": ["digits", *QUICK, *WIDE],
    "wide, infer": ["digits", *QUICK, *WIDE, "--set", "scenario.task=infer"],
    "wide, converge": ["convergence", *WIDE, "--set", "phases.free=20", "--set", "phases.nudged=10", "--threads", "2"],
    "large batch": ["digits", *QUICK, "--set", "learning.batch=3000", "--set", "data.train=3000", "--set", "phases.free=4", "--set", "phases.nudged=2"],
    "batch beyond the data": ["digits", *QUICK, "--set", "learning.batch=100000"],
    "long phases": ["digits", *QUICK, "--set", "phases.free=100000", "--set", "data.train=2", "--set", "data.test=2", "--set",
                    "network.layers=[784,20,10]"],
    "random data": ["digits", *QUICK, "--set", "data.set=random", "--set", "data.train=20000", "--set", "data.test=0", "--set",
                    "phases.free=2", "--set", "phases.nudged=1"],
    "virtual": ["digits", *QUICK, *MIDDLE, "--engine", "virtual", "--set", "timing.phase=random"],
    "virtual, shards of 16": ["digits", *QUICK, *MIDDLE, "--engine", "virtual", "--set", "scenario.shard=16"],
    "virtual, a neuron a shard": ["digits", *QUICK, "--engine", "virtual", "--set", "scenario.shard=1", "--set", "network.layers=[784,150,10]", "--set",
                                  "data.test=0", "--set", "phases.free=8", "--set", "phases.nudged=4"],
    "virtual, many inputs in small shards": ["digits", *QUICK, "--engine", "virtual", "--set", "scenario.shard=8", "--set", "network.layers=[3072,10]",
                                             "--set", "learning.rates=[0.1]", "--set", "data.set=random", "--set", "data.train=4", "--set", "data.test=0",
                                             "--set", "learning.batch=4", "--set", "phases.free=8", "--set", "phases.nudged=4", "--threads", "4"],
    "virtual, synapses": ["digits", *QUICK, *MIDDLE, "--engine", "virtual", "--set", "timing.scope=synapse", "--set",
                          "timing.latency={low=0.3,high=0.6}", "--set", "data.train=10", "--set", "data.test=0"],
    "virtual, splitstream": ["digits", *QUICK, *MIDDLE, "--engine", "virtual", "--set", "scenario.shard=16", "--set", "phases.splitstream=true"],
    "a chip, narrow cores": ["digits", *QUICK, "--engine", "virtual", *CHIP, "--set", "chip.mesh=[12,12]", "--set", "chip.neurons_per_core=12",
                             "--set", "data.train=10", "--set", "data.test=0", "--set", "learning.batch=10"],
    "a chip, splitstream": ["digits", *QUICK, *MIDDLE, "--engine", "virtual", *CHIP, "--set", "chip.mesh=[6,6]", "--set", "phases.splitstream=true"],
    "free": ["digits", *QUICK, *MIDDLE, "--engine", "free"],
    "free, shards of 16": ["digits", *QUICK, *MIDDLE, "--engine", "free", "--set", "scenario.shard=16"],
    "free, a neuron a shard": ["digits", *QUICK, "--engine", "free", "--set", "scenario.shard=1", "--set", "network.layers=[784,200,10]", "--set",
                               "data.train=20", "--set", "data.test=0"],
    "sparse, infer": ["sheet.toml", "--threads", "2"],
    "sparse, train": ["sheet-trains.toml", "--threads", "1"],
    "sparse, few targets": ["few.toml", "--threads", "2"],
    "virtual, convolution": ["channels.toml", "--engine", "virtual", "--threads", "8", "--set", "network.init_scale=0.1"],
    "convolution": ["kernel.toml", "--threads", "2"],
    "a stream that trains": ["saccade", "--set", "stream.train=wide.toml", "--set", "stream.streams=2", "--set", "stream.inputs=4", "--set",
                             "network.layers=[784,8000,10]", "--threads", "2"],
    "recording": ["digits", *QUICK, "--set", "record.state=true", "--set", "record.bits=true"],
    "infer": ["digits", *QUICK, "--set", "scenario.task=infer", "--set", "data.test=40"],
    "virtual, 8 threads": ["digits", *QUICK, *WIDE, "--engine", "virtual", "--threads", "8"],
    "spikes": ["digits", *QUICK, *SPIKES],
    "spikes, free": ["digits", *QUICK, *SPIKES, "--engine", "free"],
    "spikes, virtual": [*LONGER, *SPIKES],
    "messages": [*LONGER, *MESSAGES],
    "messages, few": EVENTS,
    "messages, infer": [*EVENTS, "--set", "scenario.task=infer"],
    "messages, splitstream": [*EVENTS, "--set", "phases.splitstream=true"],
    "messages, 8 threads": [*EVENTS, "--set", "network.layers=[784,800,10]", "--threads", "8"],
    "messages, more than fit": [*EVENTS, "--set", "learning.batch=200", "--set", "data.train=400"],
    "messages of synapses": [*EVENTS, "--set", "timing.scope=synapse", "--set", "network.layers=[784,50,10]", "--set", "data.train=10", "--set",
                             "learning.batch=5"],
    "messages and queues of a chip": [*EVENTS, *CHIP, "--set", "chip.mesh=[6,6]"],
    "messages, many minibatches": [*EVENTS, "--set", "learning.batch=1", "--set", "data.train=500"],
}


# What a stream trains first.
FILES["wide.toml"] = """
[network]
layers = [784, 8000, 10]
[neuron]
lambda = "0.832/t^0.584"
[phases]
free = 8
nudged = 4
[learning]
rates = [0.01, 0.01]
epochs = 1
[data]
train = 40
test = 20
"""


def said(arguments, cwd):
    out, _ = settle("describe", *arguments, cwd=cwd)
    return float(re.search(r"^memory +about (\d+) MB", out, re.M).group(1))


def taken(arguments, cwd):
    """The most that a run has held, MB."""
    arguments = [str(cwd / argument) if argument in FILES else argument.replace("=wide.toml", "=%s/wide.toml" % cwd) for argument in arguments]
    with tempfile.TemporaryDirectory() as folder:
        # Not through a fork of this process, whose own memory would count.
        null = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0), (os.POSIX_SPAWN_OPEN, 2, folder + "/err", os.O_WRONLY | os.O_CREAT, 0o644)]
        child = os.posix_spawn(PROGRAM, [PROGRAM, "run", *arguments, "--out", folder + "/r", "--quiet"], os.environ, file_actions=null)
        _, status, usage = os.wait4(child, 0)
        assert os.waitstatus_to_exitcode(status) in (0, 1), open(folder + "/err").read()
        return usage.ru_maxrss * 1024 / 1e6


def test_describe_says_what_a_run_takes():
    wrong = []
    only = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        files = pathlib.Path(folder)
        for name, text in FILES.items():
            (files / name).write_text(text)
        for name, arguments in CASES.items():
            if only and name not in only:
                continue
            estimate, measured = said(arguments, files), taken(arguments, files)
            print("%-26s said %4.0f MB, took %4.0f MB" % (name, estimate, measured), flush=True)
            if not measured / 1.3 <= estimate <= measured * 1.3:
                wrong.append((name, estimate, measured))
    assert not wrong, wrong


sys.exit(run_all(globals()))
