"""What can go wrong. Nothing else is raised by this package, but for TypeError and ValueError that name an argument, and
KeyboardInterrupt."""
from typing import List, NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong. What is not known is "" or 0."""
    key: str         #: of the scenario ("learning.batch"), or the name of an array inside a file
    place: str       #: file, or the argument that said it: "changes", "seed"
    line: int        #: 1-based
    column: int      #: 1-based
    message: str     #: what is wrong
    expected: str    #: what would be right
    suggestion: str  #: nearest valid name


class Error(Exception):
    """All problems, of which str() is the text, one a line."""

    def __init__(self, text: str, problems: List[Problem]):
        super().__init__(text)
        self.problems = problems

    def __reduce__(self):
        return (type(self), (self.args[0], self.problems))


class ScenarioError(Error, ValueError):
    """Something that was given is wrong: a scenario, a change of it, data, weights, a directory."""


class RunError(Error, RuntimeError):
    """A run failed: no memory, a full disk, weights that diverged."""


class ScenarioWarning(UserWarning):
    """What a run ignores or leaves out of what was given."""
