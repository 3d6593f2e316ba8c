"""settle report: plots with their scripts and data, and one page that needs nothing else."""
import json
import os
import re
import shutil
import struct
import subprocess
import sys

import report_runs
from plot_checks import Picture, check_plots
from program import run_all, settle
from report_page import Folder, Page, data_of, figures, report

PALETTE = ["rgb(  0, 114, 178)", "rgb(213,  94,   0)", "rgb(  0, 138, 100)"]


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
