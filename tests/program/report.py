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
from plot_checks import Picture, check_plots, problems_of
from program import run_all, settle

PALETTE = ["rgb(  0, 114, 178)", "rgb(213,  94,   0)", "rgb(  0, 138, 100)"]
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
    if names:
        assert check_plots(folder) == len(names)
    for name in names:
        script = (folder / "plots" / (name + ".gp")).read_text()
        for axis, label in re.findall(r"^set ([xy])label \(?'(.*?)'", script, flags=re.M):
            counted = not re.search(r"distance|bias|fluctuation|variance|time|timing|bits of value 1 sent|neuron", label)
            assert not (counted and "set logscale " + axis in script), (name, label)
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


def marks_of(run):
    """Marks of the raster by colour, from its picture."""
    counts = {}
    for plot, colour, line in Picture(run / "plots" / "raster.svg").lines:
        if plot is not None:
            assert len(line) == 2 and line[0][0] == line[1][0], line
            counts[colour] = counts.get(colour, 0) + 1
    return counts


def recorded_marks(run, layers, sizes):
    """Bits of the neurons that a raster shows, by the colour of their layer: at most 40 of one, evenly spaced."""
    import h5py
    with h5py.File(run / "recording.h5") as file:
        bits = file["minibatch"][min(file["minibatch"])]["bits"][:, 0, :]
    assert bits.shape[1] == sum(sizes), (bits.shape, sizes)
    counts, begin = {}, 0
    for layer, size in zip(layers, sizes):
        shown = [begin + i * size // min(size, 40) for i in range(min(size, 40))]
        begin += size
        if bits[:, shown].any():
            counts[PALETTE[layer]] = int((bits[:, shown] > 0).sum())
    return counts


def test_raster_has_the_recorded_bits_of_every_layer():
    sizes = [12, 10, 4]
    with Folder() as folder:
        for number in range(1, 8):
            layers = [l for l in range(3) if number >> l & 1]
            run = report_runs.convergence(folder, "layers-%d" % number, "--set", "record.bits={ layers = %s }" % layers)
            report(run)
            assert marks_of(run) == recorded_marks(run, layers, [sizes[l] for l in layers]), layers
        page = report(run)  # drawn again, over what is there
        assert "raster" in figures(page) and marks_of(run)
        run = report_runs.convergence(folder, "one", "--set", "record.bits={ layers = [0], neurons = 1 }")
        report(run)
        assert marks_of(run) == recorded_marks(run, [0], [1])
        wide = report_runs.convergence(folder, "wide", "--set", "network.layers=[100, 50, 4]")
        report(wide)
        assert marks_of(wide) == recorded_marks(wide, [0, 1, 2], [100, 50, 4])
        for options, layers, sizes in (("layers = [1, 2], neurons = 3, from = 2", [1, 2], [3, 3]),
                                       ("neurons = 6, to = 4, every = 2", [0, 1, 2], [6, 6, 5])):
            name = "training-%d" % len(options)
            run = report_runs.training(folder, name, "--set", "record.bits={ %s }" % options)
            report(run)
            assert marks_of(run) == recorded_marks(run, layers, sizes), options


def test_convergence():
    with Folder() as folder:
        run, other = report_runs.convergence(folder), report_runs.lossy(folder)
        page = report(run)
        assert figures(page) == ["distance", "distance-by-bits", "distance-nudged", "distance-by-population", "hopfield-energy",
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
        assert "95 % intervals (Student)" in page.text
        # That nothing changes is a result, too.
        page = report(report_runs.no_effect(folder))
        assert "metric-final-distance" in figures(page) and "final_distance" in page.text, figures(page)
        page = report(report_runs.schemes(folder))
        assert "constant 'eps' <0.3>" in page.text and "metric-final-distance" in figures(page)


def test_what_did_not_settle_is_at_the_edge_and_differences_have_a_table():
    with Folder() as folder:
        run = report_runs.unsettled(folder)
        page = report(run)
        points = [json.loads(line) for line in (run / "points.jsonl").read_text().split("\n") if line]
        values = {float(label): [p["metrics"].get("settling_p99") for p in points if p["label"] == label] for label in ("0.0", "0.4", "0.6")}
        assert [found.count(None) for found in values.values()] == [2, 1, 0], values
        whole = [x for x, found in values.items() if None not in found]
        assert [row[0] for row in data_of(run, "metric-settling-p99")[0][1]] == whole
        script = (run / "plots" / "metric-settling-p99.gp").read_text()
        edge = [float(x) for x in re.findall(r"^set label '' at first (\S+), graph \S+ point", script, re.M)]
        assert edge == [x for x, found in values.items() if None in found], script
        assert "not settled (2 of 3)" in page.text and "not settled (1 of 3)" in page.text and "A triangle at the edge" in page.text
        assert "Differences from 0.6, paired by seed" in page.text and "paired t test" in page.text
        # A metric that no point has is seen to be asked for: triangles, and an axis without numbers.
        text = (folder / "unsettled.toml").read_text().replace("[0.0, 0.4, 0.6]", "[0.0, 0.01]").replace('against = "0.6"', "")
        none = report_runs.make(folder, "none", "sweep", text)
        page = report(none)
        assert "metric-settling-p99" in figures(page) and data_of(none, "metric-settling-p99") == [("no value at 0, 0.01", [])]
        script = (none / "plots" / "metric-settling-p99.gp").read_text()
        assert len(re.findall(r"^set label '' at first \S+, graph \S+ point", script, re.M)) == 2 and "'none' 0.98" in script, script
        # One run by itself says it too.
        page = report(report_runs.make(folder, "one", "run", (folder / "unsettled.toml").read_text(), "--set", "neuron.epsilon.exponent=0"))
        assert "not settled (6 of 6)" in page.text


def test_two_sweeps_are_laid_over_each_other():
    with Folder() as folder:
        one = report_runs.jitters(folder, "perfect", [0.0, 0.1, 0.4])
        two = report_runs.jitters(folder, "lossy", [0.0, 0.2, 0.4], 2, "--set", "timing.loss=0.1")
        page = report(one, two, out=folder / "both")
        lines = data_of(folder / "both", "metric-final-distance")
        assert [label.split(":")[0] for label, _ in lines] == ["perfect", "lossy"]
        assert [[row[0] for row in rows] for _, rows in lines] == [[0, 0.1, 0.4], [0, 0.2, 0.4]]
        alone = report(one)
        assert data_of(one, "metric-final-distance")[0][1] == lines[0][1]
        assert figures(page).count("metric-final-distance") == 1 and "perfect: jitter = 0.1" in page.text
        assert "metric-final-distance" in figures(alone)
        # Several lines each: the same dash in a sweep, the same colour in both.
        grid = report_runs.sweep(folder)
        again = shutil.copytree(grid, folder / "again")
        page = report(grid, again, out=folder / "grids")
        labels = [label.split(": x y")[0] for label, _ in data_of(folder / "grids", "metric-final-distance")]
        assert labels == ["grid: pulse", "grid: level", "again: pulse", "again: level"], labels
        schemes = report_runs.schemes(folder)
        report(schemes, shutil.copytree(schemes, folder / "others"), out=folder / "labels")
        _, said = settle("report", one, schemes, "--out", folder / "mixed", code=2)
        assert "is a sweep over neuron; expected a sweep over the same as %s, timing.jitter" % one in said, said
        assert not (folder / "mixed").exists()
        help_text, _ = settle("report", "--help")
        assert "several sweeps over the same axes" in " ".join(help_text.split())


def test_a_sweep_over_two_numbers_has_a_heat_map():
    with Folder() as folder:
        run = report_runs.pairs(folder)
        page = report(run)
        assert "map-final-distance" in figures(page) and "metric-final-distance" in figures(page), figures(page)
        (_, cells), = data_of(run, "map-final-distance")
        points = [json.loads(line) for line in (run / "points.jsonl").read_text().split("\n") if line]
        for column, jitter in enumerate((0.0, 0.1, 0.4)):
            for row, loss in enumerate((0.0, 0.1)):
                found = [p["metrics"]["final_distance"] for p in points if p["values"] == {"timing.jitter": jitter, "timing.loss": loss}]
                value, = [v for c, r, v in cells if (c, r) == (column, row)]
                assert len(found) == 2 and abs(value - sum(found) / 2) < 1e-8
        picture = Picture(run / "plots" / "map-final-distance.svg")
        words = [text.words for text in picture.texts]
        assert all("%.3g" % value in words for _, _, value in cells), words
        assert {"timing.jitter (periods)", "timing.loss", "final_distance"} <= set(words), words
        assert len([fill for plot, fill, _ in picture.cells if plot]) == 6 * 4  # corners
        # A cell without a value is said.
        lines = [line for line in (run / "points.jsonl").read_text().split("\n") if line and '"point":5' not in line.replace(" ", "")]
        (run / "points.jsonl").write_text("\n".join(lines) + "\n")
        (run / "means.csv").unlink()
        page = report(run)
        assert "Without a value: 1." in page.text


def test_names_along_large_heat_maps_can_be_read():
    with Folder() as folder:
        for columns, rows in ((12, 12), (20, 20), (30, 30), (72, 20), (44, 44)):
            run = report_runs.large_map(folder, columns, rows)
            settle("report", run, "--format", "svg", "--quiet")
            check_plots(run)
            pictures = [Picture(path) for path in (run / "plots").glob("map-*.svg")]
            assert pictures
            for picture in pictures:
                assert picture.height < 750, picture.height
                for horizontal, first, step, count in ((True, 0.1, 0.01, columns), (False, 0.0, 0.01, rows)):
                    values = [float(words) for words in picture.labels_of(horizontal)]
                    every = round((values[1] - values[0]) / step)
                    assert [round(v, 6) for v in values] == [round(first + step * i, 6) for i in range(0, count, every)], values
                    assert every <= 2 + count // 8, (picture.name, every)
        # Few columns keep all their names, in any width and font.
        run = report_runs.large_map(folder, 13, 4)
        for style in ((), ("--width", "4cm"), ("--width", "8.5cm", "--font", "Times,9"), ("--font", "Courier,20")):
            settle("report", run, "--format", "svg", "--quiet", *style)
            check_plots(run)
            for path in (run / "plots").glob("map-*.svg"):
                assert len(Picture(path).labels_of(True)) == 13 or style, path


def test_values_that_crowd_together_and_have_exponents():
    with Folder() as folder:
        run = report_runs.crowd(folder)
        page = report(run)
        names = {words for path in (run / "plots").glob("*.svg") for words in [t.words for t in Picture(path).texts]}
        assert {"loss = 10⁻⁶", "10⁻⁵", "10⁻⁶", "jitter = 10⁻⁵, loss = 10⁻⁶"} <= names, names
        assert Picture(run / "plots" / "map-final-distance.svg").labels_of(True) == ["0.0", "10⁻⁵", "0.0001", "0.001", "0.01", "0.1"]
        assert "Differences from 10⁻⁵, 10⁻⁶" in page.text
        cells = re.findall(r"<td>([^<]*)</td>", page.source)
        assert len(cells) > 100 and not [text for text in cells if re.search(r"\d[eE][-+]?\d", text)]
        # Bars of different lines at one value stand apart, and as far at every value.
        bars = Picture(run / "plots" / "metric-final-distance.svg").bars(True)
        assert len(bars) == 3, bars
        for one, other in zip(sorted(bars), sorted(bars)[1:]):
            apart = [x2 - x for (x, _, _), (x2, _, _) in zip(bars[one], bars[other])]
            assert len(apart) == 6 and min(apart) > 2 and max(apart) - min(apart) < 0.1, apart
        # What no drawing can show side by side is left out, and that is said.
        many = report_runs.large_map(folder, 20, 20, repeats=2)
        settle("report", many, "--format", "svg", "--quiet")
        assert check_plots(many) and "The intervals of 20 lines hide each other and are left out" in Page(many / "report.html").text
        few = report_runs.large_map(folder, 12, 12, repeats=2)
        settle("report", few, "--format", "svg", "--quiet")
        assert check_plots(few) and "The intervals of" not in Page(few / "report.html").text


def test_points_by_two_metrics_with_the_front_that_nothing_beats():
    with Folder() as folder:
        run = report_runs.fronts(folder)
        page = report(run)
        assert "points-1" in figures(page) and "final_distance against spikes" in page.text, figures(page)
        points = [json.loads(line) for line in (run / "points.jsonl").read_text().split("\n") if line]
        found = {}
        for p in points:
            found.setdefault((p["labels"]["timing.loss"], p["labels"]["timing.jitter"]), []).append(
                [p["metrics"][key] for key in ("spikes", "final_distance", "mean_distance")])
        means = {key: [sum(column) / len(values) for column in zip(*values)] for key, values in found.items()}
        front = {key for key, one in means.items()
                 if not any(other[0] == key[0] and means[other] != one and all(a <= b for a, b in zip(means[other], one)) for other in means)}
        lines = data_of(run, "points-1")
        marks = sorted(row for label, rows in lines if label.endswith("diameter") for row in rows)
        assert len(marks) == 6
        largest = max(value[2] for value in means.values())
        for (x, y, diameter), value in zip(marks, sorted(means.values())):
            assert abs(x - value[0]) < 1e-6 * x and abs(y - value[1]) < 1e-6 * y
            assert abs(diameter - max(0.35, 1.8 * (value[2] / largest) ** 0.5)) < 1e-3
        joined = sorted(tuple(row) for label, rows in lines if not label.endswith("diameter") for row in rows)
        groups = [[key for key in front if key[0] == loss] for loss in ("0.0", "0.1")]
        wanted = sorted({tuple(means[key][:2]) for group in groups if len(group) > 1 for key in group})
        assert len(wanted) >= 2
        assert len(joined) == len(wanted) and all(abs(a[1] - b[1]) < 1e-8 for a, b in zip(joined, wanted)), (joined, wanted)
        assert "The area of a mark is its mean_distance" in page.text and "of the same timing.loss" in page.text
        names = {text.words for text in Picture(run / "plots" / "points-1.svg").texts}
        assert len(names & set("012345")) >= 3, names


def test_few_and_many_points():
    with Folder() as folder:
        page = report(report_runs.jitters(folder, "one", [0.1]))
        assert figures(page) == ["curves"] and "Points:" in page.text, figures(page)
        eight = report_runs.jitters(folder, "eight", [0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0])
        page = report(eight)
        assert all(len(rows[0]) == 4 for label, rows in data_of(eight, "curves")[:8]) and "bands reach" in page.text
        nine = report_runs.jitters(folder, "nine", [0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2])
        page = report(nine)
        assert len(data_of(nine, "curves")[0][1][0]) == 2 and "Bands from the lowest to the highest are left out" in page.text
        page = report(report_runs.long_names(folder))
        words = "".join(text.words for text in Picture(folder / "long" / "plots" / "curves.svg").texts)
        assert "W" * 40 in words and "another line of text" in words.replace("anotherline", "another line"), words
        once = report_runs.training(folder, "once", "--set", "learning.epochs=1")
        assert figures(report(once))[0] == "errors"


def test_numbers_are_for_people():
    with Folder() as folder:
        run = report_runs.training(folder)
        summary = json.loads((run / "summary.json").read_text())
        summary.update(spikes=46812345, samples_per_second=123456.789, messages=1234567890123, lead_mean=0.000012345678)
        (run / "summary.json").write_text(json.dumps(summary))
        with open(run / "scenario.toml", "a") as file:
            for bound in range(10):
                file.write("[[expect]]\nmetric = 'spikes'\nabove = %d.0625\n" % (12345678 + bound))
            file.write("[[expect]]\nmetric = 'samples_per_second'\nbelow = 0.123456789\n")
        page = report(run)
        assert "46.81 M" in page.text and "123.5 k" in page.text and "1.235 T" in page.text and "1.235·10⁻⁵" in page.text
        cells = re.findall(r"<td>([^<]*)</td>", page.source)
        verdicts = re.findall(r'<span class="seen">\(([^<]*)\)</span>', page.source) + re.findall(r"</b><span>([^<]*)", page.source)
        assert len(cells) > 20 and len(verdicts) > 20
        for text in cells + verdicts:
            if text != summary["fingerprint"]:
                assert not [n for n in re.findall(r"[\d.]+", text) if len(n.replace(".", "").strip("0")) > 4], text
                assert not re.search(r"\d[eE][-+]?\d", text), text
        # What failed stands open, the rest folds.
        failed = page.source.index("✗ failed")
        folded = page.source.index("<summary>11 of 12 passed</summary>")
        assert failed < folded < page.source.index("✓ passed") and page.source.count("✗ failed") == 1


def test_energy_has_its_name():
    with Folder() as folder:
        run = report_runs.convergence(folder)
        said, _ = settle("run", "settling.toml", "--out", "again", cwd=folder)
        assert "Hopfield energy" in said and not re.search(r"(?<!Hopfield )energy", said), said
        page = report(run)
        assert "Hopfield energy" in page.text and "hopfield_energy" in json.loads((run / "summary.json").read_text())
        assert [t.words for t in Picture(run / "plots" / "hopfield-energy.svg").texts if t.turned] == ["Hopfield energy E(s)"]


def test_pictures_for_papers():
    with Folder() as folder:
        run = report_runs.convergence(folder)
        report(run)
        settle("report", run, "--format", "pdf", "--font", "DejaVu Serif,8", "--width", "8.5cm", "--quiet")
        plots, page = run / "plots", Page(run / "report.html")
        assert {path.suffix for path in plots.iterdir()} == {".pdf", ".gp", ".dat"}
        for path in plots.glob("*.pdf"):
            source = path.read_bytes()
            width, = {float(v) for v in re.findall(rb"/MediaBox \[ ?0 0 ([\d.]+) ", source)}
            assert source.startswith(b"%PDF") and abs(width - 8.5 / 2.54 * 72) < 1.5, (path, width)
        assert page.tags.count("svg") == len(list(plots.glob("*.gp"))) and 'viewBox="0 0 500 ' in page.source
        assert "plots/distance.pdf" in page.source and "plots/distance.svg" not in page.source
        assert "--format pdf --font 'DejaVu Serif,8' --width 8.5cm" in page.text, page.text[-600:]
        settle("report", run, "--format", "svg,png", "--font", "Times,9", "--width", "3in", "--quiet")
        check_plots(run)
        picture = Picture(plots / "distance.svg")
        assert picture.width == 288 and {text.size for text in picture.texts} == {12}
        assert 'font-family="Times"' in (plots / "distance.svg").read_text()
        assert struct.unpack(">II", (plots / "distance.png").read_bytes()[16:24])[0] == 900
        assert not list(plots.glob("*.pdf"))
        # Other widths and sizes, too, keep everything inside.
        for width, font in (("4cm", "Helvetica"), ("120mm", "Helvetica,7"), ("500pt", "Courier"), ("800px", "Helvetica,12pt")):
            settle("report", run, "--format", "svg", "--width", width, "--font", font, "--quiet")
            check_plots(run)
        before = sorted(path.stat().st_mtime_ns for path in plots.iterdir())
        for option, value, expected in (
                ("--format", "gif", "expected svg, pdf or png"), ("--format", "svg,,pdf", "expected svg, pdf or png"),
                ("--width", "8", "expected a length from 4 cm to 100 cm with its unit"), ("--width", "1cm", "expected a length"),
                ("--width", "infcm", "expected a length"), ("--width", "8 parsec", "cm, mm, in, pt or px"), ("--width", "-9cm", "expected a length"),
                ("--font", ",9", "expected NAME or NAME,SIZE"), ("--font", "Times,0", "4 to 72 points"), ("--font", "Times,big", "NAME,SIZE"),
                ("--font", "a'b", "NAME")):
            _, said = settle("report", run, "%s=%s" % (option, value), code=2)
            assert said.startswith("settle: %s: " % option) and expected in said, said
        assert sorted(path.stat().st_mtime_ns for path in plots.iterdir()) == before


def test_the_checks_of_plots_find_what_is_wrong():
    with Folder() as folder:
        run = report_runs.pairs(folder)
        report(run)
        path = run / "plots" / "metric-final-distance.svg"
        source = path.read_text()

        def said_of(changed):
            assert changed != source
            path.write_text(changed)
            return " ".join(problems_of(path))

        assert problems_of(path) == []
        assert "horizontal axis has the labels ['0']" in said_of(re.sub(r"<text>0\.[1-9]</text>(?=\s*</g>\s*</g>)", "<text></text>", source))
        assert "reaches outside" in said_of(source.replace("timing.jitter (periods)", "timing.jitter (periods) " * 4))
        assert "no number for people" in said_of(source.replace("<text>0.1</text>", "<text>1e-01</text>", 1))
        assert "outside the picture" in said_of(re.sub(r"(gnuplot_plot_1.*? d=')M", r"\1M900.00,10.00 L", source, count=1, flags=re.S))
        scripts = sorted((run / "plots").glob("metric-*.gp"))
        for script in scripts:
            script.write_text(re.sub(r"\(\$1[+-][-\d.e]+\)", "1", script.read_text()))
        subprocess.run(["gnuplot", *[script.name for script in scripts]], cwd=run / "plots", check=True)
        assert any("lie on each other" in " ".join(problems_of(script.with_suffix(".svg"))) for script in scripts)


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
