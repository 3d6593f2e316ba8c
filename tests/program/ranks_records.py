"""Spikes, messages, states and bits that several processes record: byte for byte the recording of one."""
import filecmp
import random
import sys
import time

import h5py

from program import run_all, settle, summary
from ranks import LONG, TESTED, VIRTUAL, Folder, kill_one, launch, mpi, wait_for

CHIP = """
[chip]
mesh = [3, 2]
neurons_per_core = 8
decode = "16 us"
link = "20 us"
buffer = 2
full = "drop"
"""
LOCKSTEP_RECORDS = ("record.spikes=true", "record.state=true", "record.bits=true", "record.weights=true")
VIRTUAL_RECORDS = (*LOCKSTEP_RECORDS, "record.messages=true")


def sets(changes):
    return [part for change in changes for part in ("--set", change)]


def same_files(whole, other):
    for name in ("recording.h5", "weights.h5"):
        assert filecmp.cmp(whole / name, other / name, shallow=False), (other.name, name)
    assert summary(whole)["fingerprint"] == summary(other)["fingerprint"]


def check(text, combinations, *changes):
    """Each of (ranks, threads) records the bytes of one process; returns what that has recorded."""
    with Folder(text) as path:
        settle("run", "s.toml", "--out", "whole", "--quiet", "--threads", 1, *sets(changes), cwd=path)
        for ranks, threads in combinations:
            name = "r%d-%d" % (ranks, threads)
            mpi(ranks, "run", "s.toml", "--out", name, "--quiet", "--threads", threads, *sets(changes), cwd=path)
            same_files(path / "whole", path / name)
            assert not [one for one in (path / name).iterdir() if one.name.startswith(".events")]
        forms = ("csv", "npz") if "record.spikes" in str(changes) else ()
        for form in forms:
            for run in ("whole", name):
                settle("export", run, "--format", form, "--quiet", cwd=path)
            exports = sorted(one.name for one in (path / "whole").glob("export*"))
            assert exports and exports == sorted(one.name for one in (path / name).glob("export*")), exports
            for one in exports:
                assert filecmp.cmp(path / "whole" / one, path / name / one, shallow=False), one
        with h5py.File(path / "whole" / "recording.h5") as file:
            sizes = {}
            for minibatch in file["minibatch"].values():
                assert {"labels", "samples", "positions"} <= set(minibatch)
                for kind in ("spikes", "messages"):
                    sizes[kind] = sizes.get(kind, 0) + (len(minibatch[kind]["presentation"]) if kind in minibatch else 0)
        return sizes


def test_lockstep():
    assert check(TESTED, [(1, 1), (2, 1), (2, 2), (3, 1)], *LOCKSTEP_RECORDS)["spikes"] > 0


def test_virtual():
    sizes = check(VIRTUAL, [(1, 1), (2, 1), (2, 2), (3, 1)], *VIRTUAL_RECORDS)
    assert sizes["spikes"] > 0 and sizes["messages"] > 0


def test_branches_levels_chips_and_ranks_that_have_nothing_to_do():
    check(VIRTUAL, [(2, 1)], *VIRTUAL_RECORDS, "phases.splitstream=true", "timing.duplication=0.2")
    check(TESTED, [(3, 2)], *LOCKSTEP_RECORDS, "learning.beta_sign=both", "learning.batch=2")
    check(VIRTUAL, [(3, 1)], *VIRTUAL_RECORDS, "timing.link=level", "timing.scope=synapse", "learning.batch=2", "learning.epochs=1")
    on_chip = TESTED.replace('name = "small"', 'name = "small"\nengine = "virtual"') + CHIP
    assert check(on_chip, [(2, 2)], *VIRTUAL_RECORDS)["messages"] > 0


def test_the_other_tasks():
    converge = VIRTUAL.replace("[network]", 'task = "converge"\n[network]').replace("validation = 9\n", "")
    assert check(converge, [(3, 1)], *VIRTUAL_RECORDS[:3], "record.messages=true", "data.repeats=2")["messages"] > 0
    infer = TESTED.replace("[network]", 'task = "infer"\n[network]')
    assert check(infer, [(3, 1)], "record.spikes=true", "record.bits=true")["spikes"] > 0
    stream = VIRTUAL.replace("[network]", 'task = "stream"\n[network]').replace("validation = 9\n", "")
    with Folder(TESTED) as path:
        stream += '[stream]\ntrain = "%s/s.toml"\nstreams = 5\ninputs = 3\ndwell = 6\n' % path
        assert check(stream, [(3, 1)], "record.spikes=true", "record.messages=true", "learning.batch=3")["messages"] > 0


def test_what_is_not_recorded_is_not_waited_for():
    with Folder(TESTED) as path:
        # Evaluation takes minibatches of another size where nothing is recorded; continuous neurons have no bits.
        infer = ["--set", "scenario.task=infer", "--set", "data.train=100"]
        continuous = ["--set", "neuron.kind=continuous", "--set", "neuron.epsilon=0.5", "--set", "record.bits=true", "--set", "record.spikes=true"]
        (path / "c.toml").write_text(TESTED.replace('lambda = "0.832/t^0.584"\n', ""))
        for number, (file, changes) in enumerate((("s.toml", infer), ("c.toml", continuous))):
            settle("run", file, "--out", "w%d" % number, "--quiet", *changes, cwd=path)
            mpi(3, "run", file, "--out", "r%d" % number, "--quiet", "--threads", 1, *changes, cwd=path)
            assert summary(path / ("w%d" % number))["fingerprint"] == summary(path / ("r%d" % number))["fingerprint"]
            assert not list(path.glob("r%d/recording*" % number))


def test_chosen_neurons_and_minibatches():
    sizes = check(VIRTUAL, [(2, 1), (3, 1)], "record.spikes={layers=[1],neurons=3,from=1,every=2}", "record.messages={layers=[2]}")
    assert sizes["spikes"] > 0 and sizes["messages"] > 0


def test_a_limit_is_that_of_one_process_and_told_once():
    with Folder(VIRTUAL) as path:
        changes = sets((*VIRTUAL_RECORDS, "record.limit=60000"))
        _, told = settle("run", "s.toml", "--out", "whole", *changes, cwd=path)
        assert told.count("record.limit") == 1, told
        for ranks in (2, 3):
            _, told = mpi(ranks, "run", "s.toml", "--out", "r%d" % ranks, "--threads", 1, *changes, cwd=path)
            assert told.count("record.limit") == 1, told
            same_files(path / "whole", path / ("r%d" % ranks))
        with h5py.File(path / "whole" / "recording.h5") as file:
            assert "limit_reached" in file.attrs


def test_free_running_records_what_it_counts():
    with Folder(TESTED.replace('name = "small"', 'name = "small"\nengine = "free"').replace("validation = 9\n", "")) as path:
        mpi(3, "run", "s.toml", "--out", "r", "--quiet", "--threads", 1, "--set", "record.spikes=true", "--set", "data.test=0", cwd=path)
        with h5py.File(path / "r" / "recording.h5") as file:
            assert sum(len(minibatch["spikes/time"]) for minibatch in file["minibatch"].values()) == summary(path / "r")["spikes"] > 0


def test_a_killed_job_that_is_resumed_by_other_ranks_has_the_whole_recording():
    draw = random.Random("records")
    text = LONG.replace("epochs = 800", "epochs = 12").replace('name = "small"', 'name = "small"\nengine = "virtual"')
    changes = sets(("record.spikes=true", "record.messages={layers=[1]}"))
    with Folder(text) as path:
        settle("run", "s.toml", "--out", "whole", "--quiet", *changes, cwd=path)
        job = launch(2, "run", "s.toml", "--out", "cut", "--quiet", "--threads", 1, *changes, cwd=path)
        wait_for(path / "cut" / "checkpoint", job)
        time.sleep(draw.uniform(0, 0.2))
        kill_one(path / "cut", draw)
        job.communicate(timeout=60)
        assert job.returncode != 0
        mpi(3, "run", "s.toml", "--out", "cut", "--quiet", "--threads", 1, "--resume", *changes, cwd=path)
        assert summary(path / "cut")["fingerprint"] == summary(path / "whole")["fingerprint"] and summary(path / "cut")["resumed_at"] > 0
        files = [h5py.File(name) for name in sorted((path / "cut").glob("recording*.h5"))]
        found = {number: file["minibatch"][number] for file in files for number in file["minibatch"]}
        with h5py.File(path / "whole" / "recording.h5") as file:
            assert sorted(found) == sorted(file["minibatch"]) and len(files) == 2
            for number, minibatch in file["minibatch"].items():
                for kind in ("spikes", "messages"):
                    for name in minibatch[kind]:
                        assert (minibatch[kind][name][...] == found[number][kind][name][...]).all(), (number, kind, name)


if __name__ == "__main__":
    sys.exit(run_all(globals()))
