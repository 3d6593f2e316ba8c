"""Builds the wheel that `pip install .` installs, with CMake and what tools/setup --python has installed: nothing is downloaded.

The interface is that of PEP 517. The build is that of tools/build python, in build/, so that what is built already is not built again.
"""
import base64
import hashlib
import pathlib
import re
import subprocess
import sys
import sysconfig
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def get_requires_for_build_wheel(config_settings=None):
    return []


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    run("cmake", "--preset", "release")
    run("cmake", "--build", "--preset", "python", "--parallel")
    package = ROOT / "build/python/settle"
    if not (package / ("_engine" + sysconfig.get_config_var("EXT_SUFFIX"))).exists():
        raise SystemExit("settle: no module was built for this Python (%s); use a virtual environment of /usr/bin/python3, and tools/setup --python, "
                         "which installs what is needed" % sys.version.split()[0])
    files = {"settle/" + path.name: path.read_bytes() for path in sorted(package.iterdir()) if path.is_file()}
    tag = "cp%d%d-cp%d%d-%s" % (sys.version_info[:2] * 2 + (re.sub(r"[-.]", "_", sysconfig.get_platform()),))
    info = "settle-%s.dist-info" % version()
    files[info + "/METADATA"] = metadata().encode()
    files[info + "/WHEEL"] = ("Wheel-Version: 1.0\nGenerator: settle\nRoot-Is-Purelib: false\nTag: %s\n" % tag).encode()
    record = "".join("%s,sha256=%s,%d\n" % (name, digest(content), len(content)) for name, content in files.items())
    files[info + "/RECORD"] = (record + info + "/RECORD,,\n").encode()
    name = "settle-%s-%s.whl" % (version(), tag)
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in files.items():
            wheel.writestr(zipfile.ZipInfo(path, (2000, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return name


def run(*command):
    subprocess.run(command, cwd=ROOT, check=True)


def version():
    return re.search(r"project\(settle VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text()).group(1)


def metadata():
    return ("Metadata-Version: 2.1\nName: settle\nVersion: %s\nSummary: Simulator of asynchronous spiking hardware that computes by settling\n"
            "Requires-Python: >=3.9\nRequires-Dist: numpy\n" % version())


def digest(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
