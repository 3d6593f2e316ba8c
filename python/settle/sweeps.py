"""Sweeps: a grid of runs."""
import json
import os
import tempfile
from typing import Any, Dict, List, Mapping, Optional, Union

from . import _engine
from .changes import call_text, change, changes_of, flag, integer, path_of, scenario_name
from .progress import Shown
from .runs import Progress, warn


class Table(list):
    """A list of dicts, one a point and repeat: the point's label, the values of its axes, repeat, seed, fingerprint and all
    metrics; `failure` where a run failed. pandas.DataFrame(table) takes it.

    means: list of dicts, one a point and metric: runs, mean, and Student's 95 % interval low to high; None where a repeat has none.
    summary: dict, what summary.json says; directory: of the sweep, or None.
    """

    def __init__(self, rows: List[Dict[str, Any]], means: List[Dict[str, Any]], summary: Dict[str, Any], directory: Optional[str]):
        super().__init__(rows)
        self.means, self.summary, self.directory = means, summary, directory


def sweep(scenario: Union[str, os.PathLike], changes: Optional[Mapping[str, Any]] = None, *,
          over: Optional[Mapping[str, Any]] = None, repeats: Optional[int] = None,
          out: Union[str, os.PathLike, None] = None, resume: bool = False, seed: Optional[int] = None,
          threads: Optional[int] = None, engine: Optional[str] = None, progress: Progress = None) -> Table:
    """Runs every point of the scenario's [sweep] with all its repeats, as `settle sweep` does.

    over, repeats: in place of the scenario's own, {"timing.jitter": [0, 0.1, 0.2]} and how many networks each.
    The rest is as for settle.run().
    """
    if over is not None and not isinstance(over, Mapping):
        raise TypeError("over must be a dict from keys to lists of values, not %s" % type(over).__name__)
    if flag(resume, "resume") and out is None:
        raise ValueError("resume needs out, the directory to go on with")
    directory = None if out is None else os.path.abspath(path_of(out, "out"))
    given = [] if over is None else [change("over", "sweep.over", over, "over")]
    if repeats is not None:
        given.append(change("repeats", "sweep.repeats", integer(repeats, "repeats", 1), "repeats"))
    loaded = _engine.load(scenario_name(scenario), changes_of(changes, seed=seed, threads=threads, engine=engine) + given, "sweep")
    warn([message for message in loaded.messages if not message.startswith("record.* is written into")])
    call = call_text("sweep", scenario, changes, over=over, repeats=repeats, out=out, resume=resume or None, seed=seed, threads=threads,
                     engine=engine)
    with Shown(progress) as callback, tempfile.TemporaryDirectory() as scratch:
        ended = _engine.sweep(loaded, directory or os.path.join(scratch, "sweep"), bool(resume), call, callback)
    return Table(ended["rows"], ended["means"], json.loads(ended["summary"]), directory)
