"""What `describe` says of the memory of a run is what the run takes, within 30 %: engines, shards, batches, tasks, recordings."""
import os
import re
import sys
import tempfile

from program import PROGRAM, run_all, settle

QUICK = ["--set", "learning.epochs=1", "--set", "data.train=40", "--set", "data.test=20", "--set", "phases.free=20", "--set",
         "phases.nudged=10", "--threads", "2"]
WIDE = ["--set", "network.layers=[784,800,800,10]", "--set", "learning.rates=[0.1,0.1,0.1]"]
MIDDLE = ["--set", "network.layers=[784,400,10]"]
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
    "virtual, synapses": ["digits", *QUICK, *MIDDLE, "--engine", "virtual", "--set", "timing.scope=synapse", "--set",
                          "timing.latency={low=0.3,high=0.6}", "--set", "data.train=10", "--set", "data.test=0"],
    "virtual, splitstream": ["digits", *QUICK, *MIDDLE, "--engine", "virtual", "--set", "scenario.shard=16", "--set", "phases.splitstream=true"],
    "free": ["digits", *QUICK, *MIDDLE, "--engine", "free"],
    "free, shards of 16": ["digits", *QUICK, *MIDDLE, "--engine", "free", "--set", "scenario.shard=16"],
    "free, a neuron a shard": ["digits", *QUICK, "--engine", "free", "--set", "scenario.shard=1", "--set", "network.layers=[784,200,10]", "--set",
                               "data.train=20", "--set", "data.test=0"],
    "recording": ["digits", *QUICK, "--set", "record.state=true", "--set", "record.bits=true"],
}


def said(arguments):
    out, _ = settle("describe", *arguments)
    return float(re.search(r"^memory +about (\d+) MB", out, re.M).group(1))


def taken(arguments):
    """The most that a run has held, MB."""
    with tempfile.TemporaryDirectory() as folder:
        # Not through a fork of this process, whose own memory would count.
        null = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0), (os.POSIX_SPAWN_OPEN, 2, folder + "/err", os.O_WRONLY | os.O_CREAT, 0o644)]
        child = os.posix_spawn(PROGRAM, [PROGRAM, "run", *arguments, "--out", folder + "/r", "--quiet"], os.environ, file_actions=null)
        _, status, usage = os.wait4(child, 0)
        assert os.waitstatus_to_exitcode(status) in (0, 1), open(folder + "/err").read()
        return usage.ru_maxrss * 1024 / 1e6


def test_describe_says_what_a_run_takes():
    wrong = []
    for name, arguments in CASES.items():
        estimate, measured = said(arguments), taken(arguments)
        print("%-26s said %4.0f MB, took %4.0f MB" % (name, estimate, measured))
        if not measured / 1.3 <= estimate <= measured * 1.3:
            wrong.append((name, estimate, measured))
    assert not wrong, wrong


sys.exit(run_all(globals()))
