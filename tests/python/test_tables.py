"""What there is: the same tables as the program's."""
import subprocess

import settle
from conftest import PROGRAM


def printed(*arguments):
    return subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, check=True, text=True).stdout


def test_scenarios_keys_and_metrics_are_those_of_the_program():
    assert [line.split()[0] for line in printed("list").splitlines()] == list(settle.scenarios())
    keys, metrics = printed("keys"), printed("metrics")
    assert len(settle.keys()) > 60 and all("`%s`" % key["key"] in keys for key in settle.keys())
    assert len(settle.metrics()) > 30 and all(metric["metric"] in metrics for metric in settle.metrics())
    assert printed("--version").split()[1] == settle.__version__


def test_a_description_is_that_of_the_program():
    text = settle.describe("digits", {"learning.epochs": 3})
    assert printed("describe", "digits", "--set", "learning.epochs=3").startswith(text) and "learning.epochs" in text
