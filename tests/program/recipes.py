"""The recipes of docs/extending.md that are patches: applied to a copy of the sources they touch as few files as they say,
build, and do what they say."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from program import SOURCE, run_all

# Files that each may touch at most.
LIMITS = {"quantizer": 3, "step-rule": 3, "distribution": 3, "metric": 2, "scenario": 1}
PATCHES = {name: SOURCE / "docs/extending" / (name + ".patch") for name in LIMITS}
PARTS = ("core", "models", "sim", "tools", "python", "cmake", "docs", "CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE", "CITATION.cff")


def do(*command, cwd=None):
    done = subprocess.run([str(part) for part in command], cwd=cwd, text=True, capture_output=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, "%s: %s%s" % (command[:3], done.stdout[-3000:], done.stderr[-3000:])
    return done.stdout


class Extended:
    """The copy with all five, built once."""
    folder = None
    program = None

    @classmethod
    def place(cls, name):
        cls.settle("list")
        return pathlib.Path(tempfile.mkdtemp(dir=cls.folder.name)) / name

    @classmethod
    def settle(cls, *arguments):
        if cls.program is None:
            cls.folder = tempfile.TemporaryDirectory()
            copy = pathlib.Path(cls.folder.name) / "copy"
            copy.mkdir()
            for part in PARTS:
                source = SOURCE / part
                shutil.copytree(source, copy / part) if source.is_dir() else shutil.copy(source, copy / part)
            for patch in PATCHES.values():
                do("patch", "-p1", "--fuzz=0", "-i", patch, cwd=copy)
            do("cmake", "-S", copy, "-B", copy / "build", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DSETTLE_TESTS=OFF")
            do("cmake", "--build", copy / "build", "--target", "settle", "--parallel", os.cpu_count())
            cls.program = copy / "build/settle"
        return do(cls.program, *arguments)


BRIEF = ("--set", "data.train=400", "--set", "data.test=200", "--set", "learning.epochs=1", "--no-expect", "--json", "--out")


def result(text, name):
    return float(re.search(r'"%s": ([-+.e0-9]+)' % name, text).group(1))


def fingerprint(text):
    return re.search(r'"fingerprint": "(\w+)"', text).group(1)


def run(name, *more):
    return Extended.settle("run", "digits", *BRIEF, Extended.place(name), *more)


def test_each_patch_touches_as_few_files_as_it_says():
    page = (SOURCE / "docs/extending.md").read_text()
    for name, patch in PATCHES.items():
        touched = set(re.findall(r"^\+\+\+ b/(\S+)", patch.read_text(), re.M))
        assert 0 < len(touched) <= LIMITS[name], (name, touched)
        said = int(re.search(r"^\| %s \| (\d+) \|" % name.replace("-", " "), page, re.M).group(1))
        assert len(touched) <= said <= LIMITS[name], (name, touched, said)


def test_quantizer():
    leaky = run("leaky", "--set", "neuron.quantizer=leaky-sigma-delta")
    plain = run("plain")
    assert fingerprint(leaky) != fingerprint(plain)
    assert result(leaky, "test_error") < 0.8, leaky
    scripted = Extended.place("scripted.toml")
    # Inputs that are at 0 from then on go on leaking before they rest.
    scripted.write_text("""
[scenario]
[network]
layers = [784, 20, 10]
[neuron]
quantizer = "leaky-sigma-delta"
lambda = "0.832/t^0.584"
[phases]
free = 40
nudged = 10
[learning]
rates = [0.1, 0.05]
epochs = 1
[data]
set = "digits"
train = 40
test = 40
[[events]]
at = { period = 9 }
action = "present"
sample = "next"
[[events]]
at = { period = 23 }
action = "present"
sample = "next"
""")
    for scenario in (("digits", *BRIEF[:-1], "--set", "neuron.quantizer=leaky-sigma-delta"), (scripted, "--no-expect", "--json")):
        both = [fingerprint(Extended.settle("run", *scenario, "--engine", engine)) for engine in ("lockstep", "virtual")]
        assert both[0] == both[1], "virtual time without noise is lockstep, with a new quantizer too"


def test_step_rule():
    out = Extended.settle("run", "digits", "--dry-run", "--set", "neuron.epsilon.rule=harmonic", "--set", "neuron.epsilon.a=8")
    assert re.search(r"epsilon = \{[^}]*harmonic", out) and "a = 8" in out, out
    assert result(run("harmonic", "--set", "neuron.epsilon={rule=\"harmonic\",a=8}"), "test_error") < 0.8


def test_distribution():
    hardware = ("--engine", "virtual", "--set", "timing.phase=random", "--set")
    found = {kind: fingerprint(run(kind, *hardware, 'timing.jitter={distribution="%s",width=0.3}' % kind))
             for kind in ("uniform", "normal", "triangular")}
    assert len(set(found.values())) == 3, found


def test_pages_follow():
    for command, page in (("keys", "docs/keys.md"), ("metrics", "docs/outputs.md")):
        printed = Extended.settle(command)
        assert printed in (Extended.program.parents[1] / page).read_text(), page
        assert printed not in (SOURCE / page).read_text(), page


def test_metric():
    text = run("metric")
    assert abs(result(text, "spikes_a_presentation") - result(text, "spikes") / result(text, "presentations")) < 1e-9
    assert "| `spikes_a_presentation` |" in Extended.settle("metrics")


def test_scenario():
    assert "digits-brief" in Extended.settle("list")
    assert "passed" in Extended.settle("run", "digits-brief", "--out", Extended.place("brief"))


sys.exit(run_all(globals()))
