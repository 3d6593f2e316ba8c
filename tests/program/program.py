"""What the script tests share: running the program as a user does."""
import json
import os
import pathlib
import subprocess
import traceback

PROGRAM = os.environ["SETTLE_PROGRAM"]
SOURCE = pathlib.Path(os.environ["SETTLE_SOURCE"])

SMALL = """
[scenario]
name = "small"
[network]
layers = [20, 16, 5]
[neuron]
lambda = "0.832/t^0.584"
[phases]
free = 20
nudged = 10
[learning]
rates = [0.1, 0.05]
batch = 7
epochs = 2
[data]
set = "random"
train = 40
"""


SHORTENED = (0, 1)  # exit codes of a built-in scenario cut short: its expectations are of the whole run


def settle(*arguments, code=0, cwd=None, environment=None, within=None):
    """Runs the program, whose exit code must be `code` or one of them, and that ends within so many seconds; returns
    (stdout, stderr) as text."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          cwd=cwd, env={**os.environ, **(environment or {})}, timeout=within)
    assert done.returncode in (code if isinstance(code, tuple) else (code,)), "settle %s gave %d instead of %s\n%s%s" % (
        " ".join(map(str, arguments)), done.returncode, code, done.stdout, done.stderr)
    return done.stdout, done.stderr


def reproducible_engines(scenario="digits"):
    """The engines of this version that a scenario allows and that give the same bits every time."""
    out, _ = settle("describe", scenario)
    lines = out.split("\nengines\n")[1].split("\n\n")[0].split("\n")
    found = [line.split()[0] for line in lines if "bit-identical" in line and "not available" not in line]
    assert "lockstep" in found
    return found


def summary(folder):
    return json.loads((pathlib.Path(folder) / "summary.json").read_text())


def run_all(tests):
    """Runs functions named test_…; returns the exit code of the script."""
    failed = 0
    for name, test in sorted(tests.items()):
        if not name.startswith("test_"):
            continue
        try:
            test()
            print("passed", name)
        except AssertionError as error:
            failed += 1
            line = traceback.extract_tb(error.__traceback__)[-1]
            print("FAILED", name, error, "(%s, line %d: %s)" % (pathlib.Path(line.filename).name, line.lineno, line.line))
    return 1 if failed else 0
