"""Runs: a scenario from its beginning to its summary, in this process."""
import html
import json
import os
import warnings
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Union

import numpy as np

from . import _engine
from .arrays import Data, network_arrays
from .changes import call_text, changes_of, flag, path_of, scenario_name
from .errors import ScenarioWarning
from .events import Events, Population
from .progress import Shown
from .reports import frame_of, page_of, without_directory

Progress = Union[bool, Callable[[Dict[str, Any]], None], None]

#: How the message begins that says so.
IN_A_DIRECTORY = "record.state, bits, weights and queues are written into"


def load(scenario: Any, changes: Any, command: str = "run", **arguments: Any) -> "_engine.Loaded":
    """Loads it, and warns of what it ignores. Raises ScenarioError with all that is wrong."""
    return _engine.load(scenario_name(scenario), changes_of(changes, **arguments), command)


def warn(messages: List[str]) -> None:
    for message in messages:
        warnings.warn(message, ScenarioWarning, stacklevel=3)


def refuse_idle_changes(changes: Any, keys: Sequence[str]) -> None:
    """Raises ValueError where one of the keys is changed, in whose place arrays are given."""
    for key in keys:
        if isinstance(changes, Mapping) and key in changes:
            raise ValueError("changes[%r] changes nothing: data takes the place of the scenario's data set" % key)


class Verdict:
    """What has come of an expectation of the scenario."""

    def __init__(self, passed: bool, expected: str, seen: str, value: Optional[float]):
        self.passed, self.expected, self.seen, self.value = passed, expected, seen, value

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return "<%s %s: %s>" % ("passed" if self.passed else "FAILED", self.expected, self.seen)


class Run:
    """A run that has ended.

    summary: dict, the numbers of summary.json.
    fingerprint: str of 16 hexadecimal digits, equal for equal runs; "" where runs are not reproducible (the free engine).
    metrics: list of dicts, the lines of metrics.jsonl: one an epoch, of converge and stream one a period.
    weights: dict of float32 arrays by projection, "0" (inputs x hidden), "1" …; biases: by population, without the input.
    verdicts: list of Verdict on the scenario's expectations; passed: whether all passed.
    scenario: the resolved scenario as TOML, whose data set is not what was used where data was given; directory: of the run, absolute, or
    None; call: how settle.run was called.
    spikes(), messages(): what record.spikes and record.messages have recorded.
    """

    def __init__(self, loaded: "_engine.Loaded", ended: Dict[str, Any], call: str, data: Optional[Data] = None):
        self._loaded = loaded
        self._data = data
        self.call = call
        self.summary: Dict[str, Any] = json.loads(ended["summary"])
        self.fingerprint: str = self.summary.get("fingerprint", "")
        self.metrics: List[Dict[str, Any]] = [json.loads(line) for line in ended["lines"].splitlines()]
        self.weights: Dict[str, np.ndarray] = ended["weights"]
        self.biases: Dict[str, np.ndarray] = ended["biases"]
        self.verdicts = [Verdict(**verdict) for verdict in ended["verdicts"]]
        self.scenario: str = loaded.toml
        self.directory: Optional[str] = ended["directory"]
        self._files: Dict[str, str] = ended["files"]
        self._spikes = Events("spikes", loaded, ended)
        self._messages = Events("messages", loaded, ended)

    def spikes(self, population: Population = None) -> np.ndarray:
        """The recorded spikes, a structured array (n) with the fields minibatch (int64), presentation (int32, index in the
        minibatch), branch (uint8: 0 main, 1 free, 2 minus), neuron (int32) and time (int64: ps since the presentation began; of
        the free engine the tick), sorted by minibatch, presentation, branch, time and neuron.

        population: name or number; then neuron counts from 0 within it. None: all, and neuron is network-wide.
        The scenario must have record.spikes, which also chooses layers, neurons and minibatches. Raises ValueError where it has not.
        """
        return self._spikes.of(population)

    def messages(self, population: Population = None) -> np.ndarray:
        """The recorded messages of the virtual engine, likewise: minibatch, presentation, branch, source, tick (of the source,
        from 1), copy (1: a duplicate), target (population, neuron or core, by timing.scope), sent, arrived (ps; -1 unless
        delivered), fate (0 delivered, 1 lost, 2 dropped, 3 expired), hops; sorted by minibatch, presentation, branch, sent, source,
        target and copy. population: of the sources; then source counts within it.
        """
        return self._messages.of(population)

    @property
    def passed(self) -> bool:
        return all(self.verdicts)

    def write_weights(self, path: Union[str, os.PathLike]) -> None:
        """Writes weights.h5, as a run directory has it."""
        _engine.write_weights(self._loaded, path_of(path, "path"), network_arrays(self.weights, "weights"), network_arrays(self.biases, "biases"))

    def __repr__(self) -> str:
        error = self.summary.get("test_error")
        return "<settle.Run %s: %s%s>" % (self._loaded.name, self.fingerprint or self._loaded.engine,
                                         "" if error is None else ", test error %.4g" % error)

    def _repr_html_(self) -> str:
        """The report, and where none can be made (without gnuplot) the numbers."""
        page = page_of(self)
        if page is None:
            return self._numbers_as_html()
        if self.directory is None:
            page = without_directory(page, self.call, self._data)
        # Where frames are not shown, as on pages that render notebooks, the line above it still says what came out.
        return "<p>%s</p>%s" % (html.escape(repr(self)), frame_of(page))

    def _numbers_as_html(self) -> str:
        rows = "".join("<tr><th>%s</th><td>%s</td></tr>" % (html.escape(str(key)), html.escape(_shown(value)))
                       for key, value in self.summary.items())
        verdicts = "".join("<li>%s</li>" % html.escape("%s %s: %s" % ("passed" if one else "FAILED", one.expected, one.seen))
                           for one in self.verdicts)
        return "<h3>%s</h3><table>%s</table>%s" % (html.escape(self._loaded.name), rows, "<ul>%s</ul>" % verdicts if verdicts else "")


def _shown(value: Any) -> str:
    return "%.6g" % value if isinstance(value, float) else str(value)


def run(scenario: Union[str, os.PathLike], changes: Optional[Mapping[str, Any]] = None, *, data: Optional[Data] = None,
        out: Union[str, os.PathLike, None] = None, resume: bool = False, seed: Optional[int] = None,
        threads: Optional[int] = None, engine: Optional[str] = None, progress: Progress = None) -> Run:
    """Runs a scenario, as `settle run` does: the same numbers and the same fingerprint, bit for bit.

    scenario: the path of a file, or a name of settle.scenarios().
    changes: keys and their values, {"learning.epochs": 2}, as --set takes them; seed, threads and engine likewise.
    data: samples from memory, in place of the scenario's [data] set, path and scale; data.train, data.test … choose among them.
    out: also writes the run directory; resume goes on with what is in it. Of a run that is finished already, only the scenarios that
    its expectations compare it with are run, for its verdicts.
    progress: True for a bar, or a callable that gets a dict (activity, epoch, epochs, done, all, error, seconds).

    Python's lock is released while it runs. Ctrl-C ends it within a minibatch with KeyboardInterrupt and, where `out` is given,
    leaves a checkpoint there. Raises ScenarioError with all that is wrong with what was given, RunError for a run that fails.
    Expectations that fail are no exception: see Run.verdicts.
    """
    if data is not None and not isinstance(data, Data):
        raise TypeError("data must be settle.Data, not %s" % type(data).__name__)
    if data is not None and out is not None:
        raise ValueError("data and out exclude each other: a run directory names the files that it was run on")
    if flag(resume, "resume") and out is None:
        raise ValueError("resume needs out, the directory to go on with")
    if data is not None:
        refuse_idle_changes(changes, ("data.set", "data.path", "data.scale"))
    directory = "" if out is None else os.path.abspath(path_of(out, "out"))
    loaded = load(scenario, changes, seed=seed, threads=threads, engine=engine)
    arrays = None
    if data is not None:
        data.fit(loaded.inputs, loaded.outputs)
        arrays = (data.x, data.labels, data.test_x, data.test_labels, data.scale)
    warn([message for message in loaded.messages if out is None or not message.startswith(IN_A_DIRECTORY)])
    call = call_text("run", scenario, changes, data=data, out=out, resume=resume or None, seed=seed, threads=threads, engine=engine)
    with Shown(progress) as callback:
        ended = _engine.run(loaded, arrays, directory, bool(resume), call, callback)
    warn(ended["warnings"])
    return Run(loaded, ended, call, data)


class Description(str):
    """Text that shows itself as it is."""

    def __repr__(self) -> str:
        return str(self)


def describe(scenario: Union[str, os.PathLike], changes: Optional[Mapping[str, Any]] = None, *, seed: Optional[int] = None,
             threads: Optional[int] = None, engine: Optional[str] = None) -> Description:
    """What `settle describe` prints of a scenario: what it is, takes and may, and what theory says of it."""
    return Description(_engine.describe(load(scenario, changes, seed=seed, threads=threads, engine=engine)))
