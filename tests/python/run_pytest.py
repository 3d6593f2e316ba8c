"""Runs the tests of the Python package, or says that it was not built: tools/build python."""
import os
import pathlib
import subprocess
import sys

package = pathlib.Path(os.environ["SETTLE_PYTHON_PACKAGE"])
if not list(package.glob("settle/_engine*.so")):
    print("not built: tools/build python")
    sys.exit(77)
sys.exit(subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", pathlib.Path(__file__).parent, *sys.argv[1:]],
                        env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1")).returncode)
