"""The tour, docs/tour.ipynb, runs as it stands, and what it prints is what it shows."""
import contextlib
import io
import json

import pytest

from conftest import SOURCE

matplotlib = pytest.importorskip("matplotlib")
pytestmark = pytest.mark.filterwarnings("ignore")


def test_every_cell_runs_and_prints_what_the_notebook_shows():
    matplotlib.use("Agg")
    from matplotlib import pyplot
    notebook = json.loads((SOURCE / "docs/tour.ipynb").read_text())
    scope, plots = {}, 0
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("".join(cell["source"]), "docs/tour.ipynb", "exec"), scope)
        shown = [output for output in cell["outputs"] if output["output_type"] == "stream"]
        assert printed.getvalue() == "".join(line for output in shown for line in output["text"])
        plots += len(pyplot.get_fignums())
        pictures = [output for output in cell["outputs"] if "image/png" in output.get("data", {})]
        assert len(pictures) == len(pyplot.get_fignums())
        pyplot.close("all")
    assert plots == 5
