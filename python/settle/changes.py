"""Changes of a scenario: from Python values to the TOML that the scenario's keys are written in."""
import json
import numbers
import os
from typing import Any, List, Mapping, Optional, Tuple

import numpy as np

Change = Tuple[str, str, str]


def toml(value: Any, name: str) -> str:
    """A Python value as TOML. Raises TypeError, which names the argument, for what TOML cannot say."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, numbers.Integral):
        if not -2**63 <= int(value) < 2**63:
            raise ValueError("%s: %d does not fit 64 bits" % (name, int(value)))
        return str(int(value))
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Rational):
        number = float(value)
        if number != number or number in (float("inf"), float("-inf")):
            return "nan" if number != number else "inf" if number > 0 else "-inf"
        return repr(number)
    if isinstance(value, numbers.Rational):
        return repr(number_of(value, name))
    if isinstance(value, os.PathLike):
        value = fspath_of(value, name)
    if isinstance(value, str):
        return text(value, name)
    if isinstance(value, Mapping):
        return "{ %s }" % ", ".join("%s = %s" % (text(key, name), toml(item, "%s[%r]" % (name, key))) for key, item in value.items())
    if isinstance(value, np.ndarray):
        value = value.tolist()
        if not isinstance(value, list):
            return toml(value, name)
    if isinstance(value, (list, tuple, range)):
        return "[%s]" % ", ".join(toml(item, "%s[%d]" % (name, at)) for at, item in enumerate(value))
    raise TypeError("%s: %s is no number, text, list or dict" % (name, type(value).__name__))


def number_of(value: Any, name: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ValueError("%s: the number does not fit 64 bits" % name) from None


def fspath_of(value: Any, name: str) -> Any:
    try:
        return os.fspath(value)
    except Exception as error:  # whatever an object raises that says it is a path
        raise TypeError("%s is no path: %r" % (name, error)) from None


def change(name: str, key: str, value: Any, called: str) -> Change:
    """Of a key, given as `name`; `called`: the value in messages."""
    try:
        return name, _plain(key, name), toml(value, called)
    except RecursionError:
        raise ValueError("%s holds itself, or too many of it lie in each other" % called) from None


def text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError("%s: %r is no text" % (name, value))
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("%s: %r is not text that can be written" % (name, value)) from None
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def integer(value: Any, name: str, least: int) -> int:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
        raise TypeError("%s must be an integer, not %s" % (name, type(value).__name__))
    if int(value) < least:
        raise ValueError("%s must be at least %d, not %d" % (name, least, int(value)))
    return int(value)


def changes_of(changes: Optional[Mapping[str, Any]], seed: Optional[int] = None, threads: Optional[int] = None,
               engine: Optional[str] = None) -> List[Change]:
    """In the order in which they hold: the arguments win over the changes."""
    if changes is None:
        changes = {}
    if not isinstance(changes, Mapping):
        raise TypeError("changes must be a dict from keys to values, not %s" % type(changes).__name__)
    result = []
    for key, value in changes.items():
        if not isinstance(key, str):
            raise TypeError("changes: %r is no key; keys are texts such as 'learning.epochs'" % (key,))
        result.append(change("changes", key, value, "changes[%r]" % key))
    if engine is not None:
        result.append(("engine", "scenario.engine", toml(_text(engine, "engine"), "engine")))
    if threads is not None:
        result.append(("threads", "scenario.threads", str(integer(threads, "threads", 0))))
    if seed is not None:
        result.append(("seed", "scenario.seed", toml(integer(seed, "seed", 0), "seed")))
    return result


def scenario_name(value: Any) -> str:
    """A path or name. Raises TypeError, ValueError."""
    if isinstance(value, os.PathLike):
        value = fspath_of(value, "scenario")
    if not isinstance(value, str):
        raise TypeError("scenario must be the path of a file or the name of a scenario (settle.scenarios()), not %s" % type(value).__name__)
    return _plain(value, "scenario")


def path_of(value: Any, name: str) -> str:
    if isinstance(value, os.PathLike):
        value = fspath_of(value, name)
    if not isinstance(value, str):
        raise TypeError("%s must be a path, not %s" % (name, type(value).__name__))
    if not value:
        raise ValueError("%s is empty" % name)
    return _plain(value, name)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError("%s must be a text, not %s" % (name, type(value).__name__))
    return value


def _plain(value: str, name: str) -> str:
    if "\0" in value:
        raise ValueError("%s: %r has a zero byte" % (name, value))
    text(value, name)
    return value


def call_text(function: str, scenario: Any, changes: Optional[Mapping[str, Any]], **arguments: Any) -> str:
    """How it was called, for people and for the manifest; arguments that are None were not given."""
    words = [_word(scenario)]
    if changes:
        words.append(_word(dict(changes)))
    words += ["%s=%s" % (name, _word(value)) for name, value in arguments.items() if value is not None]
    return ("settle.%s(%s)" % (function, ", ".join(words))).encode("utf-8", "backslashreplace").decode()


def _word(value: Any) -> str:
    try:
        return repr(os.fspath(value) if isinstance(value, os.PathLike) else value)
    except Exception:  # whatever it raises, the run has taken the value
        return "<%s>" % type(value).__name__


def flag(value: Any, name: str) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError("%s must be True or False, not %r" % (name, value))
    return bool(value)
