"""Progress: a bar where tqdm is installed, a line on the terminal where it is not, or whatever callable is given."""
import sys
from typing import Any, Callable, Dict, Optional

Callback = Callable[[Dict[str, Any]], None]


class Bar:
    """One bar for each activity of a run."""

    def __init__(self):
        try:
            from tqdm.auto import tqdm
        except ImportError:
            tqdm = None
        self._tqdm, self._bar, self._activity, self._shown = tqdm, None, None, False

    def __call__(self, now: Dict[str, Any]) -> None:
        epochs = now.get("epochs", 0)
        activity = now["activity"] + (" %d/%d" % (now["epoch"], epochs) if epochs else "")
        if self._tqdm is None:
            sys.stderr.write("\r%s %d of %d   " % (activity, now["done"], now["all"]))
            self._shown = True
            return
        if activity != self._activity:
            self.close()
            self._bar, self._activity = self._tqdm(total=now["all"], desc=activity), activity
        self._bar.update(now["done"] - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        if self._shown:
            sys.stderr.write("\n")
            self._shown = False


class Shown:
    """`with Shown(progress) as callback`: None, a callable or a Bar, which is closed behind it."""

    def __init__(self, progress: Any):
        if progress is None or progress is False:
            self._callback: Optional[Callback] = None
        elif progress is True:
            self._callback = Bar()
        elif callable(progress):
            self._callback = progress
        else:
            raise TypeError("progress must be True, False or a callable, not %s" % type(progress).__name__)

    def __enter__(self) -> Optional[Callback]:
        return self._callback

    def __exit__(self, *raised: Any) -> None:
        if isinstance(self._callback, Bar):
            self._callback.close()
