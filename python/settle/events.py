"""Recorded spikes and messages: structured arrays, of the whole network or of one of its populations."""
import warnings
from typing import Any, Dict, List, Optional, Tuple, Union

import numpy as np

from . import _engine
from .errors import ScenarioWarning

Population = Union[str, int, None]

#: By what is recorded: the field whose neurons are chosen.
NEURONS = {"spikes": "neuron", "messages": "source"}


def neurons_of(populations: List[Tuple[str, int]], population: Population) -> Tuple[int, int]:
    """The first network-wide number of a population, given by name or number, and the one behind its last; None: of all. Raises
    ValueError that names the populations there are."""
    sizes = [size for _, size in populations]
    if population is None:
        return 0, sum(sizes)
    names = [name for name, _ in populations]
    known = population in names if isinstance(population, str) else (
        isinstance(population, (int, np.integer)) and not isinstance(population, bool) and 0 <= population < len(names))
    if not known:
        raise ValueError("population: %r is not known; expected any of %s, or a number from 0 to %d"
                         % (population, ", ".join(map(repr, names)), len(names) - 1))
    number = names.index(population) if isinstance(population, str) else int(population)
    first = sum(sizes[:number])
    return first, first + sizes[number]


class Events:
    """What a run has recorded of one kind, "spikes" or "messages": in memory, or in the files of its directory."""

    def __init__(self, kind: str, loaded: Any, ended: Dict[str, Any]):
        self._kind = kind
        self._populations: List[Tuple[str, int]] = loaded.populations
        self._recorded: bool = loaded.records_spikes if kind == "spikes" else loaded.records_messages
        self._directory: Optional[str] = ended["directory"]
        self._array: np.ndarray = ended[kind]

    def of(self, population: Population) -> np.ndarray:
        if not self._recorded:
            raise ValueError("the run has recorded no %s: run it with {\"record.%s\": True}%s" % (
                self._kind, self._kind, ", of binary neurons on the virtual engine" if self._kind == "messages" else ", of binary neurons"))
        first, end = neurons_of(self._populations, population)
        field = NEURONS[self._kind]
        if self._directory is not None:
            read = _engine.read_spikes if self._kind == "spikes" else _engine.read_messages
            found, notes = read(self._directory, first, end)
            for note in notes:
                warnings.warn(note, ScenarioWarning, stacklevel=4)
        elif population is None:
            return self._array
        else:
            found = self._array[(self._array[field] >= first) & (self._array[field] < end)]
        found[field] -= first
        return found
