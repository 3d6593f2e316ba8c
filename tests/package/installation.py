"""What the tests of the installed package share: installing it, what it must not contain, and the examples of its documentation."""
import json
import os
import pathlib
import re
import shutil
import subprocess

SOURCE = pathlib.Path(os.environ["SETTLE_SOURCE"])
BUILD = pathlib.Path(os.environ["SETTLE_PROGRAM"]).parent
DOCUMENT = SOURCE / "docs/library.md"


def run(*command, codes=(0,), **more):
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, **more)
    assert done.returncode in codes, (command, done.stdout[-4000:], done.stderr[-4000:])
    return done.stdout


def install(folder):
    """Installs the build below `folder` and moves it; returns the prefix."""
    first, prefix = folder / "first", folder / "moved"
    run("cmake", "--install", BUILD, "--prefix", first)
    shutil.move(first, prefix)
    run(prefix / "bin/settle", "list")
    return prefix


def headers(prefix):
    """As they are included: settle/core/error.hpp."""
    found = [str(path.relative_to(prefix / "include")) for path in sorted((prefix / "include").rglob("*.hpp"))]
    assert len(found) > 50 and "settle/settle.hpp" in found, found
    return found


def check_contents(prefix):
    """Nothing that belongs to this machine, nothing that could be another project's."""
    exported = [*(prefix / "lib").rglob("*.cmake"), *(prefix / "lib").rglob("*.pc")]
    assert {"settle-config.cmake", "settle-targets.cmake", "settle.pc"} <= {path.name for path in exported}, exported
    for path in exported:
        text = re.sub(r"(?m)^#.*", "", path.read_text())
        assert not re.search(r'([ ";=]|-[IL])/[a-z]', text) and ".so" not in text, path
    assert {path.name for path in (prefix / "include").iterdir()} == {"settle"}
    libraries = sorted((prefix / "lib").rglob("*.a"))
    assert len(libraries) == 3 and all(path.name.startswith("libsettle_") for path in libraries), libraries
    for name in headers(prefix):
        text = (prefix / "include" / name).read_text()
        assert not re.search(r'#include "', text), name
        assert all(macro.startswith("SETTLE_") for macro in re.findall(r"# *define +(\w+)", text)), name
        for included in re.findall(r"#include <((?:settle|core|models|sim)/[^>]*)>", text):
            assert (prefix / "include" / included).exists(), (name, included)


def examples():
    """The programs of the documentation by name, one that trains and one that sweeps; and what it shows of a third."""
    blocks = re.findall(r"```cpp\n(.*?)```", DOCUMENT.read_text(), re.S)
    programs = [text for text in blocks if "int main" in text]
    return dict(zip(("library", "study"), programs, strict=True)), [text for text in blocks if "int main" not in text]


def write_examples(folder):
    """library.cpp, study.cpp, and fragments.cpp, which has around it what the text around it says."""
    programs, fragments = examples()
    for name, text in programs.items():
        (folder / (name + ".cpp")).write_text(text)
    whole = "#include <cstdio>\n#include <settle/settle.hpp>\n"
    for number, text in enumerate(fragments):
        whole += "void fragment_%d(const settle::LoadedScenario& loaded) {\n%s}\n" % (number, text)
    (folder / "fragments.cpp").write_text(whole)


def compile_by_pkg_config(prefix, *arguments):
    """With the command that the documentation gives to those who do not use CMake."""
    command = re.search(r"``g\+\+ (.*?) consumer.cpp \$\((pkg-config [^)]*)\)``", DOCUMENT.read_text())
    environment = dict(os.environ, PKG_CONFIG_PATH=str(next((prefix / "lib").rglob("settle.pc")).parent))
    run("c++", *command[1].split(), *arguments, *run(*command[2].split(), env=environment).split())


def check_examples(prefix, folder):
    """The programs library and study in `folder` do what the documentation says of them."""
    out = run(folder / "library", cwd=folder)
    # One epoch need not do what the scenario expects of all.
    done = json.loads(run(prefix / "bin/settle", "run", "digits", "--set", "learning.epochs=1", "--json", "--out",
                          folder / "run", codes=(0, 1)))
    assert out.startswith("test error %.2f %%\n" % (100 * done["test_error"])), (out, done)
    assert len(out.split("\n")[1].split()) == 10, out

    out = run(folder / "study", cwd=folder)
    means = json.loads((folder / "quantizers/summary.json").read_text())["means"]
    assert out == "".join("%s %.6f\n" % (point["label"], point["mean"]) for point in means) and len(means) == 2, (out, means)
    run(folder / "study", cwd=folder, codes=(1,))
