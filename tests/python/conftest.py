"""Where the package and the program are: build/python and build/settle, unless the environment says otherwise."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

SOURCE = pathlib.Path(os.environ.get("SETTLE_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
sys.path.insert(0, os.environ.get("SETTLE_PYTHON_PACKAGE", str(SOURCE / "build/python")))
PROGRAM = os.environ.get("SETTLE_PROGRAM", str(SOURCE / "build/settle"))

#: What differs between equal runs.
CIRCUMSTANCES = {"wall_seconds", "samples_per_second", "train_seconds", "posts", "threads"}


class Program:
    """The program, run from outside as its users do."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, scenario, changes, *options, command="run"):
        """(summary, directory)"""
        directory = self.folder / "program"
        arguments = [PROGRAM, command, scenario, "--out", str(directory), "--quiet", *options]
        for key, value in changes.items():
            arguments += ["--set", "%s=%s" % (key, value if isinstance(value, str) else json.dumps(value))]
        ended = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert ended.returncode in (0, 1), ended.stderr
        return json.loads((directory / "summary.json").read_text()), directory


@pytest.fixture
def program(tmp_path):
    return Program(tmp_path)


def results(numbers):
    """Without what differs between equal runs."""
    return {key: value for key, value in numbers.items() if key not in CIRCUMSTANCES}
