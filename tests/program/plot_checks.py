"""What holds for every plot of a report, looked for in its SVG: marks along the axes, everything in the picture, intervals side by side.

Widths of texts are those of Helvetica (Adobe's metrics), in which the file itself is shown.
"""
import pathlib
import re
import xml.etree.ElementTree

HELVETICA = dict(zip(map(chr, range(32, 127)), (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556,
    278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,
    611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833,
    556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584)))


def width_of(text):
    return sum(HELVETICA.get(c, 600) for c in text) / 1000


class Text:
    def __init__(self, words, x, y, size, anchor, turned):
        self.words, self.x, self.y, self.size, self.anchor, self.turned = words, x, y, size, anchor, turned
        length = width_of(words) * size
        begin = {"start": 0, "middle": -length / 2, "end": -length}[anchor]
        if turned:  # upwards
            self.box = (x - 0.8 * size, y - begin - length, x + 0.25 * size, y - begin)
        else:
            self.box = (x + begin, y - 0.8 * size, x + begin + length, y + 0.25 * size)


def points_of(path):
    """The polylines of a path that has only M, m, L and l, as lists of points."""
    lines, at = [], (0.0, 0.0)
    for verb, numbers in re.findall(r"([MmLlZz])([^MmLlZz]*)", path):
        values = [float(v) for v in re.findall(r"-?[\d.]+(?:e-?\d+)?", numbers)]
        for x, y in zip(values[::2], values[1::2]):
            at = (x, y) if verb in "ML" else (at[0] + x, at[1] + y)
            if verb in "Mm":
                lines.append([at])
                verb = "L" if verb == "M" else "l"
            else:
                lines[-1].append(at)
    return lines


class Picture:
    """An SVG of gnuplot: its texts, lines by colour and plot, and its axes."""

    def __init__(self, path):
        self.name = str(path)
        root = xml.etree.ElementTree.parse(path).getroot()
        self.width, self.height = [float(v) for v in root.get("viewBox").split()[2:]]
        self.texts, self.lines, self.widths, self.cells, self.uses = [], [], [], [], []
        self.walk(root, 0, None)
        corners = [line for plot, colour, line in self.lines if plot is None and colour == "black" and len(line) == 3]
        self.axes = corners[0] if corners else None  # up, corner, right

    def walk(self, node, plot, transform):
        for child in node:
            tag = child.tag.split("}")[1]
            if tag == "defs":
                continue
            inside = re.match(r"gnuplot_plot_(\d+)", child.get("id") or "")
            if tag == "text":
                self.add_text(node, "".join(child.itertext()))
            elif tag == "path":
                for line in points_of(child.get("d")):
                    self.lines.append((plot or None, child.get("stroke"), line))
                    self.widths.append(float(node.get("stroke-width", 1)))
            elif tag == "polygon":
                self.cells += [(plot or None, child.get("fill"), tuple(map(float, p.split(",")))) for p in child.get("points").split()]
            elif tag == "use":
                at = re.search(r"translate\(([-\d.]+),([-\d.]+)\)", child.get("transform") or "")
                if at:
                    self.uses.append((plot or None, child.get("color"), (float(at.group(1)), float(at.group(2)))))
            self.walk(child, int(inside.group(1)) if inside else plot, transform)

    def add_text(self, group, words):
        if not words.strip():
            return
        at = re.search(r"translate\(([-\d.]+),([-\d.]+)\)", group.get("transform"))
        turned = "rotate(-90" in group.get("transform") or "rotate(270" in group.get("transform")
        size = float(group.get("font-size"))
        self.texts.append(Text(words, float(at.group(1)), float(at.group(2)), size, group.get("text-anchor"), turned))

    def labels_of(self, horizontal):
        """The labels along an axis, in order."""
        return [t.words for t in self.texts_along(horizontal)]

    def texts_along(self, horizontal):
        """The labels along an axis, in order; those of the horizontal one may stand upright."""
        (_, _), (left, bottom), (right, _) = self.axes
        top = self.axes[0][1]
        if horizontal:
            found = [t for t in self.texts if t.anchor == "middle" and not t.turned and bottom < t.y < bottom + 3 * t.size
                     and left - 1 <= t.x <= right + 1]
            upright = [t for t in self.texts if t.anchor == "end" and t.turned and bottom < t.y < bottom + 3 * t.size]
            first = min((t.y for t in upright or found), default=0)
            return [t for t in sorted(upright or found, key=lambda t: t.x) if t.y < first + 1]
        found = [t for t in self.texts if t.anchor == "end" and not t.turned and t.x < left and top - t.size < t.y < bottom + t.size]
        return sorted(found, key=lambda t: -t.y)

    def bars(self, upright):
        """Intervals, upright or level, by plot and colour, as (where, from, to): thinner than lines, thicker than the grid."""
        found, across = {}, 0 if upright else 1
        for (plot, colour, line), thick in zip(self.lines, self.widths):
            if plot is None or len(line) != 2 or not 1.5 < thick < 1.7:
                continue
            (one, other), (low, high) = ((p[across] for p in line), sorted(p[1 - across] for p in line))
            if abs(one - other) < 0.01 and high - low > 1:
                found.setdefault((plot, colour), []).append((one, low, high))
        return found


def problems_of(path):
    """What is wrong with a picture, as texts."""
    picture, said = Picture(path), []
    if picture.axes is None:
        if not [line for plot, colour, line in picture.lines if plot is None and colour == "black" and len(line) >= 2]:
            said.append("there is no axis")
    else:
        for horizontal in (True, False):
            labels = picture.labels_of(horizontal)
            if len(set(labels)) < 2:
                said.append("the %s axis has the labels %s" % ("horizontal" if horizontal else "vertical", labels))
        said += labels_that_touch(picture)
    if any(plot is None for plot, _, _ in picture.cells):
        # The bar of a heat map: its numbers begin to its right.
        bar = max(x for plot, _, (x, _) in picture.cells if plot is None)
        numbers = [t for t in picture.texts if t.anchor == "start" and bar < t.x < bar + 2.5 * t.size and not t.turned]
        if len(numbers) < 2:
            said.append("the colour bar has the labels %s" % [t.words for t in numbers])
    for text in picture.texts:
        left, top, right, bottom = text.box
        if left < -0.5 or top < -0.5 or right > picture.width + 0.5 or bottom > picture.height + 0.5:
            said.append("%r reaches outside the picture: %s" % (text.words, [round(v) for v in text.box]))
        if re.search(r"\d[eE][-+]?\d", text.words):
            said.append("%r is no number for people" % text.words)
    places = [p for _, _, line in picture.lines for p in line] + [p for _, _, p in picture.cells + picture.uses]
    if any(x < -1 or y < -1 or x > picture.width + 1 or y > picture.height + 1 for x, y in places):
        said.append("something is drawn outside the picture")
    said += overlaps(picture) + texts_on_texts(picture)
    return ["%s: %s" % (path, text) for text in said]


def overlaps(picture):
    """Intervals of two series that lie on each other."""
    said = []
    for bars in (picture.bars(True), picture.bars(False)):
        for one in bars:
            for other in bars:
                if one < other and any(abs(x - x2) < 0.5 and low < high2 and low2 < high
                                       for x, low, high in bars[one] for x2, low2, high2 in bars[other]):
                    said.append("intervals of %s and %s lie on each other" % (one, other))
    return said


def labels_that_touch(picture):
    """Labels of an axis without room between them: beside each other a tenth of a line, above each other none, but for what only
    letters such as g would take."""
    said = []
    for horizontal in (True, False):
        labels = picture.texts_along(horizontal)
        for one, other in zip(labels, labels[1:]):
            apart = other.box[0] - one.box[2] if horizontal else one.box[1] - other.box[3]
            if apart < (0.1 if horizontal and not one.turned else -0.25) * one.size:
                said.append("the labels %r and %r touch" % (one.words, other.words))
    return said


def texts_on_texts(picture):
    """Texts that run into each other; by a quarter of a line at most, since boxes are wider than letters."""
    said, texts = [], picture.texts
    for i, one in enumerate(texts):
        for other in texts[i + 1:]:
            wide = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
            high = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
            if wide > 0.25 * one.size and high > 0.25 * one.size:
                said.append("%r and %r lie on each other" % (one.words, other.words))
    return said


def check_plots(folder):
    """Every SVG in folder/plots; returns how many there were."""
    pictures = sorted((pathlib.Path(folder) / "plots").glob("*.svg"))
    problems = sum((problems_of(path) for path in pictures), [])
    assert not problems, "\n".join(problems)
    return len(pictures)
