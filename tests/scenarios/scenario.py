"""A built-in scenario under an engine: the verdict must be good.

    scenario.py discover CTEST_FILE   writes the tests of all built-in scenarios and of the engines that each allows
    scenario.py NAME ENGINE           runs one

NAME.toml in this folder makes a long scenario shorter: `set` holds --set arguments, `sweep` and `search` further ones for
these commands, `virtual` and `free` for those engines; `replace` pairs of texts, the second in place of the first wherever the resolved scenario has it, for
what --set cannot reach; its [[expect]] tables, if it has any, take the place of the scenario's own, which are meant for its full
size; `learns` names the engines that are given enough samples to learn (absent: all): of the others errors are not judged; `in_step` names
the commands whose findings are those of machines in step, which the free engine need not repeat. A scenario without such a file runs as it is. What can be swept or searched is swept and searched too.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "program"))
from program import PROGRAM, settle, summary  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent


def engines(name):
    """What `settle describe` lists and this version has."""
    out, _ = settle("describe", name)
    lines = out.split("\nengines\n")[1].split("\n\n")[0].split("\n")
    return [line.split()[0] for line in lines if "not available" not in line]


def discover(path):
    names = [line.split()[0] for line in settle("list")[0].splitlines()]
    assert names
    unknown = {file.stem for file in HERE.glob("*.toml")} - set(names)
    assert not unknown, "no built-in scenario of this name: %s" % unknown
    text = ""
    for name in names:
        found = engines(name)
        assert found, "%s allows no engine" % name
        for engine in found:
            test = "scenario-%s-%s" % (name, engine)
            text += 'add_test("%s" "%s" "%s" "%s" "%s")\n' % (test, sys.executable, HERE / "scenario.py", name, engine)
            text += ('set_tests_properties("%s" PROPERTIES TIMEOUT 300 LABELS "program;scenario;slow" SKIP_RETURN_CODE 77 '
                     'ENVIRONMENT "SETTLE_PROGRAM=%s;SETTLE_SOURCE=%s")\n' % (test, PROGRAM, os.environ["SETTLE_SOURCE"]))
    pathlib.Path(path).write_text(text)


def expectations(text):
    """The [[expect]] tables of a scenario and what is before them."""
    at = re.search(r"^\[\[expect\]\]", text, re.M)
    return (text[:at.start()], text[at.start():]) if at else (text, "")


def commands(name, engine):
    """run, and what else the scenario has a section for."""
    shorter = HERE / (name + ".toml")
    in_step = tomllib.loads(shorter.read_text()).get("in_step", []) if shorter.exists() else []
    for command in ("run", "sweep", "search"):
        if engine == "free" and command in in_step:
            continue
        _, err = settle(command, name, "--dry-run", code=(0, 2))
        if "%s.over: is missing" % command not in err:
            yield command


def run(command, name, engine):
    shorter = HERE / (name + ".toml")
    text = shorter.read_text() if shorter.exists() else ""
    changes = tomllib.loads(text)
    sets = changes.get("set", []) + changes.get(command, []) + changes.get(engine, [])
    options = [part for change in sets for part in ("--set", change)]
    resolved, _ = settle(command, name, "--engine", engine, "--dry-run", *options)
    for old, new in changes.get("replace", []):
        assert old in resolved
        resolved = resolved.replace(old, new)
    scenario, own = expectations(resolved)
    assert own, "%s expects nothing" % name
    chosen = expectations(text)[1] or own
    if engine not in changes.get("learns", [engine]):
        tables = ["[[expect]]" + table for table in chosen.split("[[expect]]")[1:]]
        chosen = "".join(table for table in tables if not re.search(r'metric = "\w+_error"', table))
        assert chosen, "%s expects nothing of the %s engine" % (name, engine)
    judged = [item for item in tomllib.loads(chosen)["expect"] if ("point" in item) == (command == "sweep")]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / (name + ".toml")).write_text(scenario + chosen)
        done = subprocess.run([PROGRAM, command, path / (name + ".toml"), "--out", path / "run"], text=True, capture_output=True)
        print(done.stdout[-3000:], done.stderr)
        if done.returncode != 0:
            return done.returncode
        found = summary(path / "run")
        assert found["engine"] == engine
        assert found["expectations_failed"] == 0 and found["expectations_passed"] == len(judged)
        assert command == "run" or found["failed"] == 0
    return 0


if sys.argv[1] == "discover":
    discover(sys.argv[2])
else:
    describes = settle("describe", sys.argv[1])[0]
    if re.search(r"^data +mnist", describes, re.M) and subprocess.run([PROGRAM, "data", "check", "mnist"],
                                                                      capture_output=True).returncode != 0:
        print("no MNIST (set SETTLE_DATA_DIR)")
        sys.exit(77)
    sys.exit(max(run(command, *sys.argv[1:3]) for command in commands(*sys.argv[1:3])))
