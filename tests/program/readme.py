"""The front page says what the program says: the table of keys, the commands."""
import pathlib
import re
import sys
import tempfile

from program import SOURCE, run_all, settle

README = (SOURCE / "README.md").read_text()


def test_table_of_keys():
    out, _ = settle("keys")
    assert out in README, "README's table of keys is not what `settle keys` prints"


def test_commands_exist():
    helped = settle("--help")[0]
    for command in set(re.findall(r"build/settle (\w+)", README)) - {"keys"}:
        assert re.search(r"^ +%s" % command, helped, re.M), command
    for script in set(re.findall(r"tools/(\w+)\b(?!\.py|/)", README)) - {"settle", "yardstick"}:
        assert (SOURCE / "tools" / script).exists(), script


def test_demo_is_the_one_that_is_printed():
    """The signature test runs the demo and compares this fingerprint."""
    assert (SOURCE / "tests" / "program" / "digits.fingerprint").read_text().strip() in README


def test_links_lead_somewhere():
    titles = {re.sub(r"[^a-z0-9 -]", "", line.lower()).strip().replace(" ", "-") for line in re.findall(r"^#+ (.*)", README, re.M)}
    targets = re.findall(r"\]\(([^)\s]+)\)", README)
    assert len(targets) > 3, targets
    for target in targets:
        if target.startswith("#"):
            assert target[1:] in titles, target
        elif not target.startswith("https:"):
            assert (SOURCE / target).exists(), target


def test_examples_are_scenarios():
    with tempfile.TemporaryDirectory() as folder:
        mine, study = (next(text for text in re.findall(r"```toml\n(.*?)```", README, re.S) if text.startswith(first))
                       for first in ("[scenario]", "[sweep]"))
        path = pathlib.Path(folder) / "mine.toml"
        path.write_text(mine)
        settle("run", path, "--dry-run")
        path.write_text(mine.replace("lambda", "lamda"))
        _, err = settle("run", "mine.toml", code=2, cwd=folder)
        assert "    " + err.strip() in README, err
        path.write_text('[scenario]\ntask = "converge"\nengine = "virtual"\n[network]\nlayers = [20, 10]\n'
                        '[neuron]\nlambda = "0.8/t^0.6"\n[data]\nset = "random"\n' + study)
        for command, runs in (("sweep", "120 runs"), ("search", "200 trials")):
            out, _ = settle(command, path, "--dry-run")
            assert runs in out, out[-300:]


def test_nothing_is_left_to_fill_in():
    assert "@" not in re.sub(r"`[^`]*`", "", README), "a placeholder is left"


sys.exit(run_all(globals()))
