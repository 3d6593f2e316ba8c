"""Asynchronous hardware in virtual time, as its users meet it: units, warnings, recordings, one result for any threads."""
import pathlib
import sys
import tempfile

import h5py
import numpy as np
from program import SHORTENED, SMALL, run_all, settle, summary

ASYNC = SMALL.replace("[network]", 'engine = "virtual"\n[network]') + """
[timing]
jitter = 0.2
phase = "random"
drift = 0.3
latency = { low = 0.3, high = 0.6 }
loss = 0.05
"""

COUNTERS = ("ticks", "spikes", "messages", "deliveries", "lost", "duplicated", "expired", "synaptic_operations")


def run(text, *options, err=None, environment=None):
    """Summary, recording (data sets by name) and final weights of a run."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "s.toml").write_text(text)
        _, said = settle("run", "s.toml", "--out", "out", *options, cwd=path, environment=environment)
        for expected in err or []:
            assert expected in said, said
        arrays = {}
        for name in ("recording.h5", "weights.h5"):
            if (path / "out" / name).exists():
                with h5py.File(path / "out" / name) as file:
                    file.visititems(lambda at, item: arrays.update({at: item[...]}) if isinstance(item, h5py.Dataset) else None)
        return summary(path / "out"), arrays


def sets(**keys):
    return [part for key, value in keys.items() for part in ("--set", "%s=%s" % (key.replace("__", "."), value))]


def same(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


def test_one_result_for_any_threads_and_shards():
    results = [run(ASYNC, "--threads", threads, *sets(scenario__shard=shard))
               for threads, shard in ((1, 0), (2, 1), (3, 7), (8, 64))]
    for found, arrays in results[1:]:
        for key in ("fingerprint", *COUNTERS, "test_error", "train_error"):
            assert found.get(key) == results[0][0].get(key), key
        for key in COUNTERS:
            assert found[key + "_by_population"] == results[0][0][key + "_by_population"], key
        assert same(arrays, results[0][1])
    found = results[0][0]
    assert found["lost"] > 0
    assert all(found[key] == sum(found[key + "_by_population"]) for key in COUNTERS)
    for l in range(3):
        messages, duplicated, deliveries, lost, expired = (
            found[key + "_by_population"][l] for key in ("messages", "duplicated", "deliveries", "lost", "expired"))
        assert messages + duplicated == deliveries + lost + expired and (messages > 0) == (l > 0)


# A chain whose neurons speak to many, where every shard is one or a few neurons.
CROWD = ASYNC.replace("[20, 16, 5]", "[40, 32, 10]").replace("train = 40", "train = 9").replace("batch = 7", "batch = 4") + """
latency_jitter = 0.3
duplication = 0.1
[record]
spikes = true
messages = true
state = true
bits = true
[[events]]
at = { presentation = 4 }
action = "checkpoint"
[[events]]
at = { period = 6 }
action = "set"
key = "timing.loss"
value = 0.2
[[events]]
at = { period = 9 }
action = "kill"
fraction = 0.2
[[events]]
at = { period = 12 }
action = "present"
sample = "next"
"""


def test_small_shards_give_what_large_ones_give_on_any_hardware_and_through_events():
    for options in ({}, {"timing__link": "level"}, {"timing__link": "parity-held"}, {"timing__burst": 3},
                    {"phases__splitstream": "true", "timing__latency": 2.5}):
        expected, arrays = run(CROWD, "--threads", 1, *sets(**options))
        assert expected["lost"] > 0 and expected["duplicated"] > 0 and expected["spikes"] > 0
        for threads, shard in ((1, 1), (3, 1), (2, 3), (2, 8)):
            found, others = run(CROWD, "--threads", threads, *sets(scenario__shard=shard, **options))
            for key in ("fingerprint", *COUNTERS, "test_error", "train_error"):
                assert found.get(key) == expected.get(key), (options, threads, shard, key)
            assert same(others, arrays), (options, threads, shard)


def test_automatic_shards_seldom_bother_the_pool():
    # In a minibatch with work enough for all workers, and alone.
    for layers, batch, threads in (([784, 500, 10], 20, 2), ([784, 500, 10], 1, 2), ([784, 500, 10], 1, 4), ([784, 1000, 10, 10], 1, 3)):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder, "out")
            said, _ = settle("run", "digits-async", "--out", out, "--threads", threads, code=SHORTENED,
                             *sets(network__layers=str(layers), learning__rates=str([0.05] * (len(layers) - 1)), learning__epochs=1,
                                   learning__batch=batch, data__train=40 if threads == 2 else 8, data__test=0))
            found = summary(out)
            assert (found["posts"] > 0) == (batch == 1), found["posts"]
            assert found["posts"] <= 0.01 * found["deliveries"], (found["posts"], found["deliveries"])
            assert "pool posts       %d, " % found["posts"] in said, said


def test_one_result_for_any_instruction_set():
    plain, weights = run(ASYNC)
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "s.toml").write_text(ASYNC)
        _, err = settle("run", "s.toml", "--dry-run", code=2, cwd=folder, environment={"SETTLE_INSTRUCTION_SET": "?"})
    names = [name.strip() for name in err.split("expected ")[1].split(", ")]
    assert names, err
    for name in names:
        found, arrays = run(ASYNC, environment={"SETTLE_INSTRUCTION_SET": name})
        assert found["fingerprint"] == plain["fingerprint"] and same(arrays, weights), name


def test_durations_with_units_and_in_periods():
    plain, weights = run(ASYNC)
    units, same_weights = run(ASYNC, *sets(timing__latency='{ low = "300 us", high = "600000 ns" }', timing__jitter='"0.2 ms"'))
    assert units["fingerprint"] == plain["fingerprint"] and same(weights, same_weights)
    # In periods, time may be stretched without anybody noticing; in units, latency stays what it is.
    quiet = sets(timing__jitter=0, timing__drift=0, timing__phase="aligned", timing__loss=0)
    short, stretched = (run(ASYNC, *quiet, *sets(timing__latency=0.7, timing__period=period))
                        for period in ('"1 ms"', '"2 ms"'))
    assert same(short[1], stretched[1]) and short[0]["fingerprint"] != stretched[0]["fingerprint"]
    fixed = run(ASYNC, *quiet, *sets(timing__latency='"1.4 ms"', timing__period='"2 ms"'))
    assert fixed[0]["fingerprint"] == stretched[0]["fingerprint"]


def test_a_latency_of_zero_says_why():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "s.toml")
        path.write_text(ASYNC)
        _, err = settle("run", path, "--set", "timing.latency=0", code=2, cwd=folder)
        assert "--set: timing.latency: a bit cannot arrive at the tick that sent it" in err and "1 ns" in err, err


def test_short_presentations_bound_how_many_late_bits_meet():
    # Bits up to 200 periods late: in a long run 25 of a source may meet in one window, in three periods not more than 4.
    late = sets(timing__latency_jitter=200, timing__jitter=0, timing__drift=0, network__init_scale=8)
    run(ASYNC, *late, *sets(phases__free=2, phases__nudged=1))
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "s.toml").write_text(ASYNC)
        for task in ("train", "infer"):
            _, err = settle("run", "s.toml", "--out", task, *late, *sets(phases__free=2000, scenario__task=task), code=3, cwd=folder)
            assert "diverged" in err and "one source can land 25 bits" in err, err


def test_lockstep_on_request_warns_of_timing_and_refuses_faults():
    timed, _ = run(ASYNC, "--engine", "lockstep", err=["warning: timing.jitter", "warning: timing.loss", "warning: timing.latency"])
    assert timed["fingerprint"] == run(SMALL)[0]["fingerprint"] and timed["engine"] == "lockstep"
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "s.toml")
        path.write_text(ASYNC + "[faults]\nstuck_at_one = 0.1\n")
        _, err = settle("run", path, "--engine", "lockstep", code=2, cwd=folder)
        assert "faults.stuck_at_one: the lockstep engine cannot honour it" in err, err


def test_recording_has_a_row_a_period():
    options = sets(record__state="true", record__bits="true", phases__splitstream="true", phases__free=70, data__test=0,
                   data__train=7, learning__epochs=1)
    found, recorded = run(ASYNC, *options)
    state, bits = recorded["minibatch/000000/state"], recorded["minibatch/000000/bits"]
    free = recorded["minibatch/000000/branch/free/bits"]
    assert state.shape == (80, 7, 21) and bits.shape == (80, 7, 41) and free.shape == (10, 7, 41)
    # Every bit that was sent is in one row; clocks that run fast send two in a period.
    assert bits.sum(dtype=int) + free.sum(dtype=int) == found["spikes"]
    assert bits.max() >= 2
    assert state.min() >= 0 and state.max() <= 1 and len(np.unique(state)) > 100
    # A shorter free phase sees the same rows: recording takes nothing from what comes later.
    _, shorter = run(ASYNC, *options, *sets(phases__free=30))
    assert np.array_equal(shorter["minibatch/000000/state"][:30], state[:30])
    assert np.array_equal(shorter["minibatch/000000/bits"][:30], bits[:30])
    # Recording changes nothing.
    assert run(ASYNC, *options, *sets(record__state="false", record__bits="false"))[0]["fingerprint"] == found["fingerprint"]


def test_faults():
    dead, weights = run(ASYNC, *sets(faults__dead_links=0.2, learning__rates="[0.0, 0.0]", learning__epochs=1))
    _, whole = run(ASYNC, *sets(learning__rates="[0.0, 0.0]", learning__epochs=1))
    # A dead link does not learn, and the file says what its weight was before it died.
    assert same(weights, whole)
    _, learned = run(ASYNC, *sets(faults__dead_links=1, learning__epochs=1))
    assert all(np.array_equal(learned["weights/%d" % l], whole["weights/%d" % l]) for l in (0, 1))
    mute, _ = run(ASYNC, *sets(faults__stuck_at_zero=1))
    assert mute["spikes"] == mute["messages"] == 0 and mute["ticks"] > 0
    loud, _ = run(ASYNC, *sets(faults__stuck_at_one=1))
    assert loud["spikes"] == loud["ticks"]


sys.exit(run_all(globals()))
