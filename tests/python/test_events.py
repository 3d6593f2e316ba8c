"""Spikes and messages as arrays: those of the program's recording, whoever records."""
import warnings

import h5py
import numpy as np
import pytest

import settle

SPIKES = ("presentation", "branch", "neuron", "time")
MESSAGES = ("presentation", "branch", "source", "tick", "copy", "target", "sent", "arrived", "fate", "hops")
CHANGES = {"data.train": 30, "data.test": 0, "learning.epochs": 1, "record.spikes": True, "network.layers": [784, 20, 10],
           "phases.free": 12, "phases.nudged": 4}
VIRTUAL = dict(CHANGES, **{"record.messages": True, "timing.jitter": 0.2, "timing.loss": 0.1, "phases.splitstream": True})


def same_as_file(array, path, kind, names):
    assert array.dtype.names == ("minibatch",) + names
    with h5py.File(path) as file:
        whole = {name: np.concatenate([file["minibatch"][number][kind][name][...] for number in file["minibatch"]]) for name in names}
        sizes = [len(file["minibatch"][number][kind][names[0]]) for number in file["minibatch"]]
        for name in names:
            assert np.array_equal(array[name], whole[name]), name
            assert array.dtype[name] == whole[name].dtype, name
        assert np.array_equal(array["minibatch"], np.repeat([int(number) for number in file["minibatch"]], sizes))
    assert len(array) > 0


@pytest.mark.parametrize("out", [False, True])
def test_events_of_a_run_are_those_of_the_programs_recording(program, tmp_path, out):
    _, directory = program.run("digits", VIRTUAL, "--engine", "virtual", "--seed", "4")
    run = settle.run("digits", VIRTUAL, engine="virtual", seed=4, threads=2, out=tmp_path / "run" if out else None)
    same_as_file(run.spikes(), directory / "recording.h5", "spikes", SPIKES)
    same_as_file(run.messages(), directory / "recording.h5", "messages", MESSAGES)
    assert len(run.spikes()) == run.summary["spikes"]
    spikes = run.spikes()
    hidden = run.spikes("1")
    inside = (spikes["neuron"] >= 784) & (spikes["neuron"] < 804)
    assert np.array_equal(hidden["neuron"], spikes["neuron"][inside] - 784) and np.array_equal(hidden["time"], spikes["time"][inside])
    assert np.array_equal(run.spikes(1), hidden) and 0 < len(hidden) < len(spikes)
    assert np.array_equal(run.spikes(), spikes)  # nothing was changed by looking
    assert sum(len(run.messages(population)) for population in range(3)) == len(run.messages())
    assert run.messages("2")["source"].max() < 10


def test_lockstep_and_data_from_memory_have_spikes_too():
    x = np.random.default_rng(1).random((30, 784), dtype=np.float32)
    data = settle.Data(x, np.arange(30) % 10)
    run = settle.run("digits", {"learning.epochs": 1, "record.spikes": {"layers": [1], "from": 1}}, data=data)
    assert set(run.spikes()["minibatch"]) == {1} and run.spikes()["neuron"].min() >= 784
    assert len(run.spikes(0)) == 0


def test_what_was_not_recorded_and_who_is_not_there_is_said():
    changes = {"data.train": 20, "data.test": 0, "learning.epochs": 1}
    run = settle.run("digits", changes)
    for kind in ("spikes", "messages"):
        with pytest.raises(ValueError, match="record." + kind):
            getattr(run, kind)()
    run = settle.run("digits", dict(changes, **{"record.spikes": True}))
    for wrong in ("hidden", 3, -1, True, 1.0):
        with pytest.raises(ValueError, match="population.*'0', '1', '2'"):
            run.spikes(wrong)


@pytest.mark.parametrize("out", [False, True])
def test_a_limit_is_warned_of(tmp_path, out):
    with pytest.warns(settle.ScenarioWarning, match="record.limit"):
        run = settle.run("digits", dict(CHANGES, **{"record.limit": 17 * 1000}), out=tmp_path / "run" if out else None)
    assert len(run.spikes()) == 1000


def test_events_of_samples_that_are_presented():
    run = settle.run("digits", {"data.train": 30, "data.test": 0, "learning.epochs": 1})
    x = np.random.default_rng(2).random((5, 784), dtype=np.float32)
    changes = {"timing.jitter": 0.1, "timing.latency": 0.5}
    seen = settle.present("digits", changes, network=run, x=x, record=["spikes", "messages", "bits"], engine="virtual", threads=2)
    assert np.array_equal(np.unique(seen.spikes["presentation"]), np.arange(5))
    counted = np.zeros((5, 894), int)
    np.add.at(counted, (seen.spikes["presentation"], seen.spikes["neuron"]), 1)
    assert np.array_equal(counted, seen.bits.sum(axis=1))
    order = np.lexsort((seen.spikes["neuron"], seen.spikes["time"], seen.spikes["presentation"]))
    assert np.array_equal(order, np.arange(len(seen.spikes)))
    delivered = seen.messages[seen.messages["fate"] == 0]
    assert len(delivered) > 0 and (delivered["arrived"] > delivered["sent"]).all()
    alone = settle.present("digits", changes, network=run, x=x, record=["spikes"], engine="virtual", threads=1)
    assert np.array_equal(alone.spikes, seen.spikes) and alone.messages is None and alone.bits is None
    ticks = settle.present("digits", network=run, x=x, record=["spikes"], engine="lockstep").spikes
    assert len(ticks) > 0
    with pytest.raises(ValueError, match="messages.*virtual"):
        settle.present("digits", network=run, x=x, record=["messages"], engine="lockstep")


def test_whoever_has_given_out_is_not_told_to_give_it(tmp_path):
    changes = {"data.train": 10, "data.test": 10, "learning.epochs": 1, "record.state": True}
    with pytest.warns(settle.ScenarioWarning, match="give `out`"):
        settle.run("digits", changes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        settle.run("digits", changes, out=tmp_path / "run")
