"""No function of the library has a second body in the tests. One name space holds both, and where an inline function of a test has the name
and parameters of a function of the library, the linker takes either for both, even if they return different types.

    one_definition.py BUILD    looks at the objects of a build
"""
import pathlib
import subprocess
import sys


def symbols(paths, kinds):
    """The symbols of these kinds (of nm), each with a file that defines it."""
    listing = subprocess.run(["nm", "--defined-only", "--print-file-name", *map(str, paths)], check=True, text=True, stdout=subprocess.PIPE).stdout
    found = {}
    for line in listing.split("\n"):
        words = line.rsplit(None, 2)
        if len(words) == 3 and words[1] in kinds:
            found[words[2]] = words[0].split(":")[0]
    return found


def main(build):
    libraries = sorted(build.glob("libsettle_*.a"))
    tests = [path for target in ("settle_tests", "settle_busy_tests") for path in (build / "CMakeFiles" / (target + ".dir")).rglob("*.o")]
    own, others = symbols(libraries, "T"), symbols(tests, "WT")
    twice = sorted(own.keys() & others.keys())
    for symbol in twice:
        print("%s: in %s and %s" % (subprocess.run(["c++filt", symbol], text=True, stdout=subprocess.PIPE).stdout.strip(), own[symbol], others[symbol]))
    print("%d functions of the library, %d of the tests, %d in both" % (len(own), len(others), len(twice)))
    return 1 if twice or not own or not others else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
