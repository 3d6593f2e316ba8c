"""settle report: plots with their scripts and data, and one page that needs nothing else."""
import html.parser
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import report_runs
from program import run_all, settle

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Page(html.parser.HTMLParser):
    """A page whose elements must close in order; keeps what tests ask about."""

    def __init__(self, path):
        super().__init__()
        self.text, self.open, self.ids, self.tags, self.attributes, self.svgs = "", [], [], [], [], 0
        self.source = pathlib.Path(path).read_text()
        self.feed(self.source)
        self.close()
        assert self.open == [], "not closed: %s" % self.open
        assert len(self.ids) == len(set(self.ids)), "an id is there twice"

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attributes)))
        self.ids += [value for name, value in attributes if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attributes)))
        self.ids += [value for name, value in attributes if name == "id"]

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, "%s closes in %s" % (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


def report(*runs, out=None):
    """Makes a report and checks what holds for every one; returns its page."""
    options = ["--out", out] if out else []
    said, _ = settle("report", *runs, *options)
    folder = pathlib.Path(out or runs[0])
    assert "report.html" in said
    page = Page(folder / "report.html")
    source = page.source
    assert source.startswith("<!DOCTYPE html>") and '<html lang="en">' in source and 'name="viewport"' in source
    assert "prefers-color-scheme: dark" in source
    for tag, attributes in page.attributes:
        assert tag not in ("script", "iframe", "object", "embed", "base", "form"), tag
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in ("href", "src", "xlink:href"):
                assert re.match(r"#|plots/[a-z0-9-]+\.(svg|png|gp|dat)$|data:,$", value), value
    assert "http:" not in source and "https:" not in source and "url(" not in source and "@import" not in source
    for tag, attributes in page.attributes:
        if tag == "svg":
            assert attributes["role"] == "img" and len(attributes["aria-label"]) > 20
    names = sorted(path.stem for path in (folder / "plots").glob("*.gp"))
    assert page.tags.count("figure") == page.tags.count("svg") and page.tags.count("h1") == 1
    for name in names:
        xml.etree.ElementTree.parse(folder / "plots" / (name + ".svg"))
        image = (folder / "plots" / (name + ".png")).read_bytes()
        assert image[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", image[16:24])[0] == 1000
        assert (folder / "plots" / (name + ".dat")).stat().st_size > 0
    assert not list(folder.glob(".report*")) and not list(folder.glob("*.tmp"))
    return page


def figures(page):
    return [attributes["id"][6:] for tag, attributes in page.attributes
            if tag == "h3" and attributes.get("id", "").startswith("title-")]


def data_of(folder, plot):
    """The blocks of a data file: (label, rows)."""
    blocks = re.split("^# ", (folder / "plots" / (plot + ".dat")).read_text(), flags=re.M)[1:]
    return [(block.split("\n")[0], [[float(x) for x in line.split()] for line in block.split("\n")[1:] if line]) for block in blocks]


class Folder:
    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        return pathlib.Path(self.temporary.name)

    def __exit__(self, *_):
        self.temporary.cleanup()


def test_training():
    with Folder() as folder:
        run = report_runs.training(folder)
        page = report(run)
        assert figures(page) == ["errors", "settling", "settling-curve", "raster"], figures(page)
        lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().split("\n") if line]
        label, rows = data_of(run, "errors")[0]
        assert rows == [[line["epoch"], float("%.9g" % (100 * line["train_error"]))] for line in lines], (label, rows)
        summary = json.loads((run / "summary.json").read_text())
        assert summary["fingerprint"] in page.text and "lost equal to 0" in page.text and "✓ passed" in page.text
        curve = [json.loads(line) for line in (run / "settling.jsonl").read_text().split("\n") if line]
        assert [line["period"] for line in curve] == list(range(1, 21)) and curve[-1]["error"] == summary["train_error"]
        # The commands to run it again do what they say.
        command = "settle run scenario.toml --out again"
        assert command in page.text and "settle run learning.toml --out learning" in page.text
        settle(*command.split()[1:], "--quiet", cwd=run)
        assert json.loads((run / "again" / "summary.json").read_text())["fingerprint"] == summary["fingerprint"]
        # Plots can be drawn again from what stands beside them.
        for name in ("errors.svg", "errors.png"):
            (run / "plots" / name).unlink()
        subprocess.run(["gnuplot", "errors.gp"], cwd=run / "plots", check=True)
        assert (run / "plots" / "errors.svg").exists() and (run / "plots" / "errors.png").exists()


def test_raster_has_the_recorded_bits():
    import h5py
    with Folder() as folder:
        run = report_runs.convergence(folder)
        report(run)
        with h5py.File(run / "recording.h5") as file:
            bits = file["minibatch/000000/bits"][:, 0, :]
        drawn = [len(rows) // 2 for _, rows in data_of(run, "raster")]  # a tick is a line of two points
        ends = [12, 22, 26]
        assert drawn == [int((bits[:, a:b] > 0).sum()) for a, b in zip([0] + ends, ends)], drawn


def test_convergence():
    with Folder() as folder:
        run, other = report_runs.convergence(folder), report_runs.lossy(folder)
        page = report(run)
        assert figures(page) == ["distance", "distance-by-bits", "distance-nudged", "distance-by-population", "energy",
                                 "raster"], figures(page)
        script = (run / "plots" / "distance.gp").read_text()
        assert "set logscale x" in script and "set logscale y" in script and "'nudge' at 40," in script
        labels = [label for label, _ in data_of(run, "distance")]
        assert labels[1:] == ["1/√t: x y", "1/t: x y"], labels
        first, root, inverse = [rows for _, rows in data_of(run, "distance")]
        assert len(first) == 70 and root[0][1] == inverse[0][1] == first[0][1]
        assert abs(root[1][1] * 70 ** 0.5 - first[0][1]) < 1e-6 and abs(inverse[1][1] * 70 - first[0][1]) < 1e-6
        page = report(other)
        assert "distance-effective" in figures(page)
        page = report(run, other, out=folder / "both")
        assert "2 runs" in page.text and "timing.loss" in page.text and "raster-of-run-2" in figures(page)
        assert [label for label, _ in data_of(folder / "both", "distance")][:2] == ["settling: x y", "lossy: x y"]


def test_sweep():
    with Folder() as folder:
        run = report_runs.sweep(folder)
        page = report(run)
        assert {"curves", "metric-final-distance", "metric-update-cosine"} <= set(figures(page)), figures(page)
        assert len(data_of(run, "curves")) == 6 + 2  # points and references
        lines = data_of(run, "metric-final-distance")
        assert [label.split(":")[0] for label, _ in lines] == ["pulse", "level"]
        assert all(len(row) == 4 and row[2] <= row[1] <= row[3] for _, rows in lines for row in rows)
        assert [row[0] for row in lines[0][1]] == [0, 0.1, 0.4]
        # The mean is that of the runs.
        points = [json.loads(line) for line in (run / "points.jsonl").read_text().split("\n") if line]
        found = [p["metrics"]["final_distance"] for p in points if p["labels"] == {"timing.jitter": "0.1", "timing.link": "level"}]
        assert len(found) == 3 and abs(lines[1][1][1][1] - sum(found) / 3) < 1e-8
        assert "from the least to the greatest" in page.text and "95 % interval" not in page.text
        # That nothing changes is a result, too.
        page = report(report_runs.no_effect(folder))
        assert "metric-final-distance" in figures(page) and "final_distance" in page.text, figures(page)
        page = report(report_runs.schemes(folder))
        assert "constant 'eps' <0.3>" in page.text and "metric-final-distance" in figures(page)


def test_search():
    with Folder() as folder:
        run = report_runs.search(folder)
        page = report(run)
        assert figures(page) == ["objective", "objective-by-key-1", "objective-by-key-2"], figures(page)
        trials = [json.loads(line) for line in (run / "trials.jsonl").read_text().split("\n") if line]
        values = [trial["objective"] for trial in sorted(trials, key=lambda trial: trial["trial"]) if "objective" in trial]
        (_, each), (_, best) = data_of(run, "objective")
        assert len(each) == len(values) and all(abs(row[1] - min(values[:i + 1])) < 1e-8 for i, row in enumerate(best))
        assert "settle run best.toml --out best" in page.text
        assert "The best trials" in page.text and "neuron.lambda.exponent" in page.text


def test_unfinished_runs_show_what_there_is():
    with Folder() as folder:
        run = report_runs.convergence(folder)
        (run / "summary.json").unlink()
        with open(run / "metrics.jsonl", "a") as file:
            file.write('{"period": 71, "dist')
        page = report(run)
        assert "Not finished" in page.text and "The last line of metrics.jsonl is not complete" in page.text
        grid = report_runs.sweep(folder)
        lines = (grid / "points.jsonl").read_text().split("\n")
        (grid / "points.jsonl").write_text("\n".join(lines[:7]) + "\n")
        (grid / "summary.json").unlink()
        (grid / "means.csv").unlink()
        page = report(grid)
        assert "means so far" in page.text and "Not finished" in page.text
        empty = report_runs.search(folder)
        (empty / "trials.jsonl").write_text("")
        (empty / "summary.json").unlink()
        assert figures(report(empty)) == []


def test_nothing_gets_out_of_its_text():
    with Folder() as folder:
        run = report_runs.hostile(folder, report_runs.training(folder))
        page = report(run)
        assert "<script" not in page.source and "\u202e" not in page.source
        assert "</title><script>alert(\"1\")</script> & 'quoted' `id`" in page.text
        marked = folder / "it's $(touch pwned) `touch pwned`"
        shutil.copytree(run, marked)
        report(marked, run, out=folder / "both")
        assert not list(folder.rglob("pwned"))


def test_bad_input():
    with Folder() as folder:
        run = report_runs.training(folder)
        before = sorted(path.name for path in run.iterdir())

        def refused(expected, *arguments, code=2, environment=None):
            _, said = settle("report", *arguments, code=code, environment=environment)
            assert expected in said and said.startswith("settle: "), said
            assert sorted(path.name for path in run.iterdir()) == before

        refused("is not there", folder / "missing")
        refused("is not a run directory; expected the --out folder of settle run", folder)
        refused("RUN is required")
        (folder / "file").write_text("")
        refused("--out", run, "--out", folder / "file")
        for name, text, expected in (
                ("metrics.jsonl", '{"epoch": 1}\n{"epoch": \n{"epoch": 3}\n', "metrics.jsonl:2: is not what settle wrote; expected a JSON object"),
                ("metrics.jsonl", "[1]\n", "metrics.jsonl:1: is not"), ("summary.json", "{", "summary.json: is not"),
                ("manifest.json", "", "manifest.json: is not"), ("scenario.toml", "a = ", "scenario.toml:1:")):
            kept = (run / name).read_text()
            (run / name).write_text(text)
            refused(expected, run)
            (run / name).write_text(kept)
        refused("gnuplot: is not installed, and draws the plots of a report; expected the package gnuplot-nox", run, code=3,
                environment={"PATH": str(folder)})
        broken = folder / "bin"
        broken.mkdir()
        (broken / "gnuplot").write_text("#!/bin/sh\necho 'out of memory' >&2; exit 1\n")
        (broken / "gnuplot").chmod(0o755)
        refused("gnuplot: failed: out of memory", run, code=3, environment={"PATH": "%s:%s" % (broken, os.environ["PATH"])})


if __name__ == "__main__":
    if shutil.which("gnuplot") is None:
        print("gnuplot is not installed (tools/setup)")
        sys.exit(77)
    sys.exit(run_all(globals()))
