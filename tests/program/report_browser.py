"""Reports in a real browser: on a phone and on a desk, in light and in dark.

    report_browser.py [FOLDER]   keeps the screenshots there
"""
import pathlib
import shutil
import sys
import tempfile

import report_runs
from browser import Browser
from program import run_all, settle

KEEP = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None
WIDTHS = {"phone": (390, 844), "desk": (1280, 900)}

# The least contrast (WCAG) of texts with what is behind them, of the page and of the plots; and of lines of plots.
CONTRAST = """(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
                           return canvas.getImageData(0, 0, 1, 1).data; };
  const light = c => [c[0], c[1], c[2]].map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
                       .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ratio = (a, b) => (Math.max(light(a), light(b)) + .05) / (Math.min(light(a), light(b)) + .05);
  // A number in a cell of a heat map stands on the cell.
  const cell = element => { const svg = element.closest('svg'); if (!svg) return null;
    const at = element.getBoundingClientRect(), x = (at.left + at.right) / 2, y = (at.top + at.bottom) / 2;
    return [...svg.querySelectorAll('polygon')].filter(e => { const box = e.getBoundingClientRect();
      return box.left <= x && x <= box.right && box.top <= y && y <= box.bottom && !e.getAttribute('fill-opacity'); }).pop(); };
  const behind = element => { for (let e = element; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > 0) return c; } return [255, 255, 255, 255]; };
  let text = 100, line = 100;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim()) continue;
    const style = getComputedStyle(e);
    const on = cell(e);
    text = Math.min(text, ratio(rgba(e.closest('svg') ? style.fill : style.color), on ? rgba(getComputedStyle(on).fill) : behind(e)));
  }
  const grid = rgba(getComputedStyle(document.documentElement).getPropertyValue('--grid'));
  for (const e of document.querySelectorAll('svg path, svg polygon[fill-opacity], svg use')) {
    if (e.closest('defs')) continue;
    const c = rgba(getComputedStyle(e).stroke === 'none' ? getComputedStyle(e).fill : getComputedStyle(e).stroke);
    if (c[0] == grid[0] && c[1] == grid[1] && c[2] == grid[2]) continue;
    if (c[3] > 0) line = Math.min(line, ratio(c, behind(e)));
  }
  return [text, line];
})()"""

# Texts of plots that reach out of their picture, in the font of the page.
CUT_TEXTS = """[...document.querySelectorAll('figure svg text')].filter(e => e.textContent.trim()).filter(e => {
  const text = e.getBoundingClientRect(), svg = e.closest('svg').getBoundingClientRect();
  return text.left < svg.left - 1 || text.right > svg.right + 1 || text.top < svg.top - 1 || text.bottom > svg.bottom + 1;
}).map(e => e.textContent)"""

# Wide tables that do not scroll in their box.
STUCK_TABLES = """[...document.querySelectorAll('table')].filter(e => { const box = e.closest('.scroll');
  return !box || !['auto', 'scroll'].includes(getComputedStyle(box).overflowX) ||
         (e.scrollWidth > box.clientWidth + 1 && box.scrollWidth <= box.clientWidth); }).map(e => e.textContent.slice(0, 80))"""

SMALLEST_TEXT = """Math.min(...[...document.querySelectorAll('svg text')].filter(e => e.textContent.trim()).map(e => e.getBoundingClientRect().height))"""


def look_at(browser, page, name):
    for device, (width, height) in WIDTHS.items():
        for scheme in ("light", "dark"):
            where = "%s on a %s in the %s" % (name, device, scheme)
            browser.open(page, width, height, scheme)
            size = browser.evaluate("[document.documentElement.scrollWidth, document.body.scrollWidth, innerWidth]")
            assert size[0] <= size[2] == width and size[1] <= width, (where, size)
            wide = browser.evaluate("[...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, pre, svg') && "
                                    "e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.outerHTML.slice(0, 80))")
            assert wide == [], (where, wide)
            text, line = browser.evaluate(CONTRAST)
            assert text >= 4.5, "%s: a text has a contrast of %.2f" % (where, text)
            assert line >= 3, "%s: a line has a contrast of %.2f" % (where, line)
            cut = browser.evaluate(CUT_TEXTS)
            assert cut == [], (where, cut)
            stuck = browser.evaluate(STUCK_TABLES)
            assert stuck == [], (where, stuck)
            if browser.evaluate("document.querySelectorAll('svg text').length"):
                assert browser.evaluate(SMALLEST_TEXT) >= 9, where
            dark = browser.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (sum(map(int, dark[4:-1].split(","))) < 200) == (scheme == "dark"), (where, dark)
            assert browser.evaluate("document.querySelectorAll('figure svg').length === document.querySelectorAll('figure').length && "
                                    "[...document.querySelectorAll('svg')].every(e => e.getBoundingClientRect().height > 100)")
            assert browser.complaints() == [], (where, browser.complaints())
            picture = browser.picture()
            assert picture[:4] == b"\x89PNG" and len(picture) > 20000
            if KEEP:
                KEEP.mkdir(parents=True, exist_ok=True)
                (KEEP / ("%s-%s-%s.png" % (name, device, scheme))).write_bytes(picture)


def test_reports_in_a_browser():
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        training = report_runs.training(folder)
        runs = {"training": [training], "converging": [report_runs.convergence(folder)], "lossy": [report_runs.lossy(folder)],
                "sweep": [report_runs.sweep(folder)], "schemes": [report_runs.schemes(folder)],
                "search": [report_runs.search(folder)], "hostile": [report_runs.hostile(folder, training)]}
        # Sweeps over other axes are not laid over each other.
        runs["several"] = sum((directories for name, directories in runs.items() if name != "schemes"), [])
        runs["pairs"], runs["long"] = [report_runs.pairs(folder)], [report_runs.long_names(folder)]
        for name, directories in runs.items():
            out = pathlib.Path(folder) / ("report of " + name)
            settle("report", *directories, "--out", out)
            look_at(browser, out / "report.html", name)


def test_the_tests_find_what_is_wrong():
    """A page that is too wide, asks for something, says something and is pale: all of it is seen."""
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        page = pathlib.Path(folder) / "bad.html"
        page.write_text("<!DOCTYPE html><html lang=en><meta name=viewport content='width=device-width'><title>bad</title>"
                        "<body style='background:#fff'><p style='width:900px;color:#aaa'>pale</p>"
                        "<img src='missing.png'><script>console.error('no')</script>")
        browser.open(page, 390, 844, "light")
        assert browser.evaluate("document.documentElement.scrollWidth > 390")
        assert browser.evaluate(CONTRAST)[0] < 4.5
        said = " ".join(browser.complaints())
        assert "console:" in said and "loadingFailed" in said, said


if shutil.which("chromium") is None:
    print("chromium is not installed (tools/setup --browser)")
    sys.exit(77)
sys.exit(run_all(globals()))
