"""The package as it is installed: by pip into a virtual environment, without a network, and by CMake below a prefix. Both compute the same."""
import os
import pathlib
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["SETTLE_SOURCE"])
BUILD = pathlib.Path(os.environ["SETTLE_PROGRAM"]).parent
CODE = """
import settle
run = settle.run("digits", {"data.train": 50, "data.test": 10, "learning.epochs": 1}, seed=4)
print(settle.__file__, run.fingerprint)
"""


def run(*command, **more):
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def main():
    if not list(BUILD.glob("python/settle/_engine*.so")):
        print("not built: tools/build python")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        environment, prefix = pathlib.Path(folder) / "environment", pathlib.Path(folder) / "prefix"
        run(sys.executable, "-m", "venv", "--system-site-packages", environment)
        run(environment / "bin/pip", "install", "--no-index", "--quiet", SOURCE)
        by_pip = run(environment / "bin/python", "-c", CODE, cwd=folder).split()
        run("cmake", "--install", BUILD, "--prefix", prefix)
        packages = list(prefix.glob("lib/python*/*-packages"))
        by_cmake = run(sys.executable, "-c", CODE, cwd=folder, env=dict(os.environ, PYTHONPATH=str(packages[0]))).split()
    print(by_pip, by_cmake)
    assert by_pip[0].startswith(str(environment)) and by_cmake[0].startswith(str(prefix))
    assert by_pip[1] == by_cmake[1] and len(by_pip[1]) == 16
    return 0


if __name__ == "__main__":
    sys.exit(main())
