"""settle: asynchronous spiking hardware that computes by settling, simulated in this process, with arrays instead of files.

    run = settle.run("digits", {"learning.epochs": 2}, seed=3)
    run.summary["test_error"], run.fingerprint      # the same as the program's, bit for bit
    settle.present("digits", network=run, x=x, record=["state"]).state
    settle.sweep("jitter-learning", {"data.train": 2000}).means

settle.scenarios(), settle.keys() and settle.metrics() say what there is.
"""
from typing import Any, Dict, List

from . import _engine
from .arrays import Data
from .errors import Error, Problem, RunError, ScenarioError, ScenarioWarning
from .presenting import Presented, present
from .runs import Run, Verdict, describe, run
from .sweeps import Table, sweep

__version__: str = _engine.__version__

__all__ = ["Data", "Error", "Presented", "Problem", "Run", "RunError", "ScenarioError", "ScenarioWarning", "Table", "Verdict",
           "describe", "keys", "metrics", "present", "run", "scenarios", "sweep"]


def keys() -> List[Dict[str, str]]:
    """All keys of a scenario: key, type, default, range, unit, engines that honour it, when events may change it, help."""
    return _engine.keys()


def metrics() -> List[Dict[str, Any]]:
    """All metrics of a summary: metric, unit, help, and the tasks and engines that have it (none named: all)."""
    return _engine.metrics()


def scenarios() -> Dict[str, str]:
    """The built-in scenarios: names and what they are."""
    return _engine.scenarios()
