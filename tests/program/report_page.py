"""Pages of settle report as the tests read them, and what holds for every one."""
import html.parser
import pathlib
import re
import struct
import tempfile
import xml.etree.ElementTree

from plot_checks import check_plots
from program import settle

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
