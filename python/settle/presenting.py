"""Samples presented to weights: what a network says about them, and how it comes to say it."""
import os
import warnings
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple, Union

import numpy as np

from . import _engine
from .arrays import checked_labels, checked_scale, fit, network_arrays, refuse_idle_scale, samples
from .changes import path_of
from .errors import ScenarioWarning
from .progress import Shown
from .runs import IN_A_DIRECTORY, Progress, Run, load, warn

RECORDS = ("state", "bits", "hopfield_energy", "spikes", "messages")


class Presented:
    """n presentations of p periods each.

    answers: (n) the output with the highest state, int32; outputs: (n, outputs) the states of the outputs that were read, float32.
    settled_at: (n) the period from which on the answer is the last one, int64.
    state: (n, p, neurons without inputs) at the end of each period, float32; bits: (n, p, neurons) bits of value 1 that each neuron
    sent, uint8; hopfield_energy: (n, p) the Hopfield energy, float64. spikes, messages: structured arrays as Run.spikes() and
    Run.messages() give them, where presentation is the index in x, and minibatch and branch are 0. None where they were not asked for.
    wrong: answers that are not the label, where labels were given; fingerprint: str, as `settle run` prints for the same samples.
    """

    def __init__(self, seen: Dict[str, Any], labelled: bool):
        self.answers: np.ndarray = seen["answers"]
        self.outputs: np.ndarray = seen["outputs"]
        self.settled_at: np.ndarray = seen["settled_at"]
        self.state: Optional[np.ndarray] = seen["state"]
        self.bits: Optional[np.ndarray] = seen["bits"]
        self.hopfield_energy: Optional[np.ndarray] = seen["hopfield_energy"]
        self.spikes: Optional[np.ndarray] = seen["spikes"]
        self.messages: Optional[np.ndarray] = seen["messages"]
        self.wrong: Optional[int] = seen["wrong"] if labelled else None
        self._periods: int = seen["periods"]
        self.fingerprint: str = "%016x" % seen["fingerprint"] if seen["fingerprint"] else ""

    @property
    def energy(self) -> Optional[np.ndarray]:
        """hopfield_energy, in short; record=["energy"] asks for it."""
        return self.hopfield_energy

    def __repr__(self) -> str:
        return "<settle.Presented: %d samples, %d periods>" % (len(self.answers), self._periods)


def _names_of(record: Any) -> List[str]:
    """As a list: whatever they are given in may be gone through once only."""
    names = list(record) if isinstance(record, Iterable) and not isinstance(record, str) else [None]
    if not all(isinstance(name, str) for name in names):
        raise TypeError("record must be a list of names, any of %s" % ", ".join(RECORDS))
    for name in names:
        if name not in RECORDS and name != "energy":
            raise ValueError("record: %r is not known; expected any of %s" % (name, ", ".join(RECORDS)))
    return ["hopfield_energy" if name == "energy" else name for name in names]


def _network(loaded: Any, network: Any, weights: Any, biases: Any) -> Tuple[Dict[str, np.ndarray], Dict[str, np.ndarray]]:
    if (network is None) == (weights is None):
        raise ValueError("exactly one of network (a run, or the path of weights.h5) and weights must be given")
    if network is not None:
        if biases is not None:
            raise ValueError("biases belong to weights; network has its own")
        if isinstance(network, Run):
            return network_arrays(network.weights, "network.weights"), network_arrays(network.biases, "network.biases")
        return _engine.read_weights(loaded, path_of(network, "network"))
    own = network_arrays(weights, "weights")
    if biases is not None:
        return own, network_arrays(biases, "biases")
    warnings.warn("biases are not given: they are 0", ScenarioWarning, stacklevel=4)
    return own, {str(number): np.zeros(size, np.float32) for number, size in enumerate(loaded.biases)}


def present(scenario: Union[str, os.PathLike], changes: Optional[Mapping[str, Any]] = None, *, x: Any, labels: Any = None,
            network: Union[Run, str, os.PathLike, None] = None, weights: Any = None, biases: Any = None,
            record: Iterable[str] = (), scale: Optional[float] = None, seed: Optional[int] = None,
            threads: Optional[int] = None, engine: Optional[str] = None, progress: Progress = None) -> Presented:
    """Presents samples, in their order, to a network of these weights on the scenario's neurons, engine and chip. Its task, its data
    and its learning are not looked at.

    x, labels, scale: as Data has them; labels may be left out.
    network: a run, or the path of a weights.h5; or weights and biases: dicts or lists of arrays, as Run has them.
    record: any of "state", "bits", "hopfield_energy", "spikes", "messages" (of the virtual engine); "energy" is "hopfield_energy".
    The noise is that of the task infer on a test set of the same samples: so are answers and fingerprint.
    """
    record = _names_of(record)
    divisor = checked_scale(scale)
    inputs = samples(x, "x", divisor)
    refuse_idle_scale(scale, inputs)
    classes = np.zeros(0, np.int64) if labels is None else checked_labels(labels, "labels", len(inputs))
    loaded = load(scenario, changes, seed=seed, threads=threads, engine=engine)
    if "messages" in record and loaded.engine != "virtual":
        raise ValueError("record: 'messages' are those of the virtual engine, and the engine is %r" % loaded.engine)
    fit(inputs, classes, loaded.inputs, loaded.outputs)
    own_weights, own_biases = _network(loaded, network, weights, biases)
    warn([message for message in loaded.messages if not message.startswith(IN_A_DIRECTORY)])
    with Shown(progress) as callback:
        seen = _engine.present(loaded, (inputs, classes, divisor), own_weights, own_biases, record, callback)
    return Presented(seen, labels is not None)
