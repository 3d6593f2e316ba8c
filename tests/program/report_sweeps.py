"""settle report on sweeps and searches: means with intervals, maps, fronts, what did not settle."""
import json
import re
import shutil
import subprocess
import sys

import report_runs
from plot_checks import Picture, check_plots, problems_of
from program import run_all, settle
from report_page import Folder, Page, data_of, figures, report


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


def test_metrics_that_the_sweep_shows_have_their_plots_before_others():
    with Folder() as folder:
        run = report_runs.sweep(folder)
        assert "metric-update-cosine-1" not in figures(report(run))
        shown = report_runs.make(folder, "shown", "sweep", (run / "scenario.toml").read_text(), "--set",
                                 'sweep.show=["update_cosine_1", "spikes"]')
        found = [name for name in figures(report(shown)) if name.startswith("metric-")]
        assert found[:2] == ["metric-update-cosine-1", "metric-spikes"] and "metric-final-distance" in found, found


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


if __name__ == "__main__":
    if shutil.which("gnuplot") is None:
        print("gnuplot is not installed (tools/setup)")
        sys.exit(77)
    sys.exit(run_all(globals()))
