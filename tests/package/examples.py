"""What is installed has nothing of this machine or of other projects in it, and the examples of docs/library.md compile with it, link and run."""
import pathlib
import sys
import tempfile

from installation import check_contents, check_examples, compile_by_pkg_config, install, write_examples

with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    prefix = install(folder)
    check_contents(prefix)
    write_examples(folder)
    for program in ("library", "study"):
        compile_by_pkg_config(prefix, folder / (program + ".cpp"), "-o", folder / program)
    check_examples(prefix, folder)
    compile_by_pkg_config(prefix, "-fsyntax-only", folder / "fragments.cpp")
    print("the examples of the documentation work")
sys.exit(0)
