"""No call ends the interpreter: whatever is given, there is a result or an exception that says what is wrong."""
import random

import numpy as np
import pytest

import settle

X, Y = np.zeros((4, 784), np.float32), np.zeros(4, int)
WEIGHTS = [np.zeros((784, 5), np.float32), np.zeros((5, 10), np.float32)]
BIASES = [np.zeros(5, np.float32), np.zeros(10, np.float32)]
RUN = {"data.train": 4, "data.test": 2, "learning.epochs": 1, "network.layers": [784, 5, 10]}


class Lies:
    """Says that it is an array, and is none."""

    @property
    def __array_interface__(self):
        return {"shape": (4, 784), "typestr": "<f4", "data": (0, True), "version": 2, "strides": "x"}


class Raises:
    def __array__(self, *_):
        raise RuntimeError("no")

    def __iter__(self):
        raise RuntimeError("no")


def values(rng):
    return rng.choice([
        None, True, -1, 0, 3, 10**30, 0.5, float("nan"), float("inf"), "", "x", "digits", "\0", "\udcff", "é" * 300, b"bytes", [], [1, "a"],
        [[1.0], [1.0, 2.0]], {}, {"a": None}, {1: 2}, object(), Lies(), Raises(), X, X[:, ::2], X.T, X[:0], np.zeros((4, 784, 1, 2), np.float32),
        X.astype(complex), np.array(["a"]), np.full((4, 784), np.nan), np.zeros(4, int), np.full(4, 99), np.array(3), np.float32(2), settle, int,
        lambda *_: 3, {"learning.epochs": -1}, {"network.layers": [10**9, 10**9]}, {"neuron.epsilon": {"a": [1]}}, {"": 1}, {"x\n": "y"},
        {"data.set": "nothing"}, {"scenario.task": 7}, {"learning.batch": 2**63}, {"phases.free": 1e300}, ["state", "spikes"], "state"])


def call(rng):
    """Arguments of which about one is wrong."""
    def odd(right, share=0.15):
        return values(rng) if rng.random() < share else right

    changes = dict(RUN)
    if rng.random() < 0.4:
        changes[rng.choice([key["key"] for key in settle.keys()])] = values(rng)
    changes, scenario = odd(changes), odd("digits", 0.05)
    options = {name: odd(right) for name, right in (("seed", 1), ("threads", 1), ("engine", "virtual")) if rng.random() < 0.5}
    which = rng.randrange(5)
    if which == 0:
        return settle.Data(odd(X), odd(Y), odd(X), odd(Y), odd(None))
    if which == 1:
        data = odd(settle.Data(X, Y, X[:2], Y[:2]))
        return settle.run(scenario, changes, data=data, progress=odd(None), **options)
    if which == 2:
        return settle.present(scenario, changes, x=odd(X), weights=odd(WEIGHTS), biases=odd(BIASES), labels=odd(Y), record=odd(["state"]), **options)
    if which == 3:
        return settle.present(scenario, RUN, x=odd(X), network=odd(None, 0.7), scale=odd(None), **options)
    return settle.sweep(scenario, changes, over=odd({"timing.jitter": [0.0, odd(0.1)]}), repeats=odd(1), **options)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(4))
def test_random_calls_end_in_a_result_or_an_exception_that_says_what_is_wrong(seed):
    rng, ended = random.Random(seed), {}
    for _ in range(60):
        try:
            call(rng)
            outcome = "result"
        except (settle.Error, TypeError, ValueError) as error:
            assert str(error)
            outcome = type(error).__name__
        ended[outcome] = ended.get(outcome, 0) + 1
    assert sum(ended.values()) == 60 and len(ended) >= 3 and ended["result"] >= 5, ended
