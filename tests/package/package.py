"""cmake --install gives a program that runs and a package that another project finds and links."""
import os
import pathlib
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["SETTLE_SOURCE"])
BUILD = pathlib.Path(os.environ["SETTLE_PROGRAM"]).parent

with tempfile.TemporaryDirectory() as folder:
    prefix, build = folder + "/prefix", folder + "/build"

    def run(*command):
        subprocess.run([str(part) for part in command], check=True, stdin=subprocess.DEVNULL)

    run("cmake", "--install", BUILD, "--prefix", prefix)
    run(prefix + "/bin/settle", "list")
    run("cmake", "-S", SOURCE / "tests/package", "-B", build, "-G", "Ninja", "-DCMAKE_PREFIX_PATH=" + prefix)
    run("cmake", "--build", build)
    run(build + "/consumer")
    print("an installed package works")
sys.exit(0)
