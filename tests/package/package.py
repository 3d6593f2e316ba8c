"""cmake --install gives a program that runs and a package that another project finds, links and moves."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["SETTLE_SOURCE"])
BUILD = pathlib.Path(os.environ["SETTLE_PROGRAM"]).parent


def run(*command, codes=(0,), **more):
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, **more)
    assert done.returncode in codes, (command, done.stdout[-4000:], done.stderr[-4000:])
    return done.stdout


def examples():
    """The programs of docs/library.md: one that trains, one that sweeps."""
    return [text for text in re.findall(r"```cpp\n(.*?)```", (SOURCE / "docs/library.md").read_text(), re.S) if "int main" in text]


with tempfile.TemporaryDirectory() as folder:
    first, prefix, build, sources = (pathlib.Path(folder) / name for name in ("first", "moved", "build", "sources"))
    run("cmake", "--install", BUILD, "--prefix", first)
    shutil.move(first, prefix)
    run(prefix / "bin/settle", "list")

    # Nothing that belongs to this machine, nothing that could be another project's.
    for path in [*(prefix / "lib").rglob("*.cmake"), *(prefix / "lib").rglob("*.pc")]:
        text = re.sub(r"(?m)^#.*", "", path.read_text())
        assert not re.search(r'[ ";=]/[a-z]', text) and ".so" not in text, path
    assert {path.name for path in (prefix / "include").iterdir()} == {"settle"}
    libraries = sorted((prefix / "lib").rglob("*.a"))
    assert len(libraries) == 3 and all(path.name.startswith("libsettle_") for path in libraries), libraries
    headers = sorted((prefix / "include").rglob("*.hpp"))
    for path in headers:
        text = path.read_text()
        assert not re.search(r'#include "', text), path
        assert all(macro.startswith("SETTLE_") for macro in re.findall(r"#define (\w+)", text)), path

    sources.mkdir()
    (sources / "consumer.cpp").write_text((SOURCE / "tests/package/consumer.cpp").read_text())
    for name, text in zip(("library", "study"), examples(), strict=True):
        (sources / (name + ".cpp")).write_text(text)
    (sources / "headers.cpp").write_text("".join("#include <%s>\n" % path.relative_to(prefix / "include") for path in headers))
    run("cmake", "-S", SOURCE / "tests/package", "-B", build, "-G", "Ninja", "-DCMAKE_PREFIX_PATH=%s" % prefix,
        "-DCMAKE_BUILD_TYPE=Debug", "-DSOURCES=%s" % sources)
    run("cmake", "--build", build)
    run(build / "consumer")
    out = run(build / "library", cwd=folder)
    # One epoch need not do what the scenario expects of all.
    done = json.loads(run(prefix / "bin/settle", "run", "digits", "--set", "learning.epochs=1", "--json", "--out",
                          folder + "/run", codes=(0, 1)))
    assert out.startswith("test error %.2f %%\n" % (100 * done["test_error"])), (out, done)
    assert len(out.split("\n")[1].split()) == 10, out

    out = run(build / "study", cwd=folder)
    means = json.loads((pathlib.Path(folder) / "quantizers/summary.json").read_text())["means"]
    assert out == "".join("%s %.6f\n" % (point["label"], point["mean"]) for point in means) and len(means) == 2, (out, means)
    run(build / "study", cwd=folder, codes=(1,))

    environment = dict(os.environ, PKG_CONFIG_PATH=str(next((prefix / "lib").rglob("settle.pc")).parent))
    flags = run("pkg-config", "--cflags", "--libs", "settle", env=environment).split()
    run("c++", "-std=c++20", "-I", SOURCE / "tests/package/own", sources / "consumer.cpp", "-o", sources / "consumer", *flags)
    run(sources / "consumer")
    print("an installed package works")
sys.exit(0)
