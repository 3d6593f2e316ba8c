"""Reports: what `settle report` shows of a run, for notebooks."""
import html
import json
import os
import re
import tempfile
from typing import Any, Optional

from . import _engine
from .errors import Error


def _write(folder: str, name: str, text: str) -> None:
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)


def page_of(run: Any) -> Optional[str]:
    """The page of settle report on a settle.Run: of its directory, or of what is in memory. None where there can be none: without
    gnuplot or room, where the directory is gone, or where somebody has put into the run what no file holds."""
    try:
        with tempfile.TemporaryDirectory() as scratch:
            directory = run.directory
            if directory is None:
                directory = os.path.join(scratch, "run")
                os.mkdir(directory)
                _write(directory, "scenario.toml", run.scenario)
                _write(directory, "summary.json", json.dumps(run.summary))
                for name, text in run._files.items():
                    _write(directory, name, text)
                _write(directory, "metrics.jsonl", "".join(json.dumps(line) + "\n" for line in run.metrics))
                _write(directory, "manifest.json", json.dumps({"program": "settle", "version": _engine.__version__,
                                                               "commit": _engine.commit, "command_line": [run.call]}))
            return _engine.report_page(directory, os.path.join(scratch, "report"))
    except (Error, OSError, TypeError, ValueError):
        return None


def without_directory(page: str, call: str, data: Any) -> str:
    """The page of a run in memory: there is no directory to run again from, and its data may be of no data set."""
    again = "<section>\n<h2>Run it again</h2>\n<pre><code>%s</code></pre>\n</section>" % html.escape(call)
    page = re.sub(r"<section>\n<h2>Run it again</h2>.*?</section>", lambda _: again, page, flags=re.S)
    if data is None:
        return page
    return re.sub(r"<dt>data</dt><dd>[^<]*</dd>", lambda _: "<dt>data</dt><dd>%s</dd>" % html.escape(repr(data)), page)


def frame_of(page: str) -> str:
    """A page within another one, without what points to the files beside it."""
    page = re.sub(r' <span class="files">.*?</span>|<footer>.*?</footer>\n?', "", page, flags=re.S)
    return '<iframe srcdoc="%s" style="width: 100%%; height: 40em; border: 1px solid #ccc" title="report"></iframe>' % html.escape(page)
