"""The front page says what the program says: the table of keys, the commands."""
import re
import sys

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


def test_nothing_is_left_to_fill_in():
    assert "@" not in re.sub(r"`[^`]*`", "", README), "a placeholder is left"


sys.exit(run_all(globals()))
