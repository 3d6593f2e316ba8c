"""The front page and docs/ say what the program says: the table of keys, the commands, errors, examples."""
import pathlib
import re
import subprocess
import sys
import tempfile

from program import SOURCE, run_all, settle

PAGES = {path: path.read_text() for path in [SOURCE / "README.md", *sorted((SOURCE / "docs").glob("*.md"))]}
README = PAGES[SOURCE / "README.md"]
EVERYTHING = "\n".join(PAGES.values())


def page(name):
    return PAGES[SOURCE / "docs" / name]


def test_front_page_is_short():
    assert len(README.split("\n")) <= 130, "README has %d lines; the rest belongs into docs/" % len(README.split("\n"))


def test_table_of_keys():
    out, _ = settle("keys")
    assert out in page("keys.md"), "the table in docs/keys.md is not what `settle keys` prints"


def test_table_of_metrics():
    out, _ = settle("metrics")
    assert out in page("outputs.md"), "the table in docs/outputs.md is not what `settle metrics` prints"


def test_commands_exist():
    helped = settle("--help")[0]
    commands = set(re.findall(r"build/settle (\w+)", EVERYTHING))
    assert len(commands) > 8, commands
    for command in commands - {"keys"}:
        assert re.search(r"^ +%s" % command, helped, re.M), command
    for script in set(re.findall(r"tools/(\w+)\b(?!\.py|/)", EVERYTHING)) - {"settle", "benchmarks"}:
        assert (SOURCE / "tools" / script).exists(), script


def test_demo_is_the_one_that_is_printed():
    """The signature test runs the demo and compares this fingerprint."""
    assert (SOURCE / "tests" / "program" / "digits.fingerprint").read_text().strip() in README


def test_links_lead_somewhere():
    titles = {path: {re.sub(r"[^a-z0-9 -]", "", line.lower()).strip().replace(" ", "-") for line in re.findall(r"^#+ (.*)", text, re.M)}
              for path, text in PAGES.items()}
    links = [(path, target) for path, text in PAGES.items() for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    assert len(links) > 12, links
    for path, target in links:
        if target.startswith("https:"):
            continue
        name, _, title = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        assert there.exists(), (path.name, target)
        assert not title or title in titles[there], (path.name, target)


def test_every_page_is_linked_from_the_front_page():
    for path in PAGES:
        assert path.name == "README.md" or "(docs/%s)" % path.name in README, path


def test_examples_are_scenarios():
    with tempfile.TemporaryDirectory() as folder:
        mine, study = (next(text for text in re.findall(r"```toml\n(.*?)```", page("scenarios.md"), re.S) if text.startswith(first))
                       for first in ("[scenario]", "[sweep]"))
        path = pathlib.Path(folder) / "mine.toml"
        path.write_text(mine)
        settle("run", path, "--dry-run")
        path.write_text(mine.replace("lambda", "lamda"))
        _, err = settle("run", "mine.toml", code=2, cwd=folder)
        assert "    " + err.strip() in page("scenarios.md"), err
        path.write_text('[scenario]\ntask = "converge"\nengine = "virtual"\n[network]\nlayers = [20, 10]\n'
                        '[neuron]\nlambda = "0.8/t^0.6"\n[data]\nset = "random"\n' + study)
        for command, runs in (("sweep", "120 runs"), ("search", "200 trials")):
            out, _ = settle(command, path, "--dry-run")
            assert runs in out, out[-300:]


def test_recipes_fit_the_sources():
    patches = sorted((SOURCE / "docs/extending").glob("*.patch"))
    assert len(patches) == 5, patches
    for patch in patches:
        done = subprocess.run(["patch", "--dry-run", "--fuzz=0", "-p1", "-d", SOURCE, "-i", patch], capture_output=True, text=True)
        assert done.returncode == 0, (patch.name, done.stdout)


def test_files_that_are_named_are_there():
    """Whole paths of sources; a file that moves takes its name in the pages along."""
    named = {(path.name, name) for path, text in PAGES.items() for name in re.findall(r"`((?:core|models|sim|tools|tests|docs)/[\w/.*-]+)`", text)}
    assert len(named) > 40, named
    for page_name, name in sorted(named):
        assert "NAME" in name or any(path for suffix in ("", ".hpp", ".py") for path in SOURCE.glob(name.rstrip("/") + suffix)), (page_name, name)


def test_nothing_is_left_to_fill_in():
    assert "@" not in re.sub(r"```.*?```|`[^`]*`", "", EVERYTHING, flags=re.S), "a placeholder is left"


sys.exit(run_all(globals()))
