"""The style of the sources: formatting, function and file length, direction of dependencies, what is included and called where.

    style.py [ROOT]       checks the sources below ROOT (default: this checkout)
    style.py --self-test  shows that each rule finds what it should and nothing else
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FOLDERS = ("core", "models", "sim", "tools", "python", "tests")
MAY_INCLUDE = {"core": {"core"}, "models": {"core", "models"}, "sim": {"core", "models", "sim"},
               "tools": {"core", "models", "sim", "tools"}, "python": {"core", "models", "sim", "python"}}
LIBRARY = ("core", "models", "sim")
ENGINES = {"sim/engines", "sim/engines/lockstep", "sim/engines/virtual", "sim/engines/free", "sim/engines/engine"}
# Rooms inside a folder, each with those beside itself that it may look into. A name is a folder, or a file without its suffix; the longest
# that fits holds. What stands in none of them, and what they are not said to see, may not be included from a room of the same folder.
ROOMS = {
    "models/kernels": set(),
    "models/neuron": {"models/kernels"},
    "models/network": {"models/kernels", "models/neuron"},
    "models/device": {"models/kernels", "models/neuron", "models/network"},
    "models/chip": {"models/device"},
    "models/theory": {"models/kernels", "models/neuron", "models/network", "models/device"},
    # The contract of all engines; each engine; the choice among them.
    "sim/engines": set(),
    "sim/engines/lockstep": {"sim/engines"},
    "sim/engines/actors": {"sim/engines"},
    "sim/engines/virtual": {"sim/engines", "sim/engines/actors"},
    "sim/engines/free": {"sim/engines", "sim/engines/actors"},
    "sim/engines/engine": ENGINES - {"sim/engines/engine"},
    "sim/formats": set(),
    "sim/scenarios": set(),
    "sim/measures": {"sim/engines"},
    "sim/scenario": {"sim/formats", "sim/measures", "sim/scenarios"},
    "sim/data": {"sim/formats", "sim/scenario"},
    # Processes that do something together.
    "sim/runs/ranks": {"sim/engines"},
    # One run in memory; directories and their files; a run in its directory; many runs.
    "sim/runs/session": ENGINES | {"sim/runs/ranks", "sim/formats", "sim/measures", "sim/scenario", "sim/data"},
    "sim/runs/store": {"sim/formats", "sim/engines", "sim/scenario", "sim/data", "sim/runs/session"},
    "sim/runs": ENGINES | {"sim/formats", "sim/measures", "sim/scenario", "sim/data", "sim/runs/ranks", "sim/runs/session", "sim/runs/store"},
    "sim/runs/studies": {"sim/runs/ranks", "sim/formats", "sim/scenario", "sim/data", "sim/runs/session", "sim/runs/store", "sim/runs"},
    "sim/reports": {"sim/formats", "sim/measures", "sim/scenario", "sim/runs/store"},
    "sim/exports": {"sim/formats", "sim/scenario", "sim/engines", "sim/runs/store"},
}
FUNCTION_LIMIT = {"tests": 120}  # a test case tells a story
FILE_LIMIT = 600

# Whose files are HDF5.
HDF5_FILES = {"sim/formats/" + name for name in ("hdf5_file.hpp", "hdf5_file.cpp", "hdf5_source.hpp", "hdf5_source.cpp", "weights_file.hpp", "weights_file.cpp",
              "links_file.cpp")} | {
    "sim/data/hdf5.cpp", "sim/runs/store/hdf5_recording.cpp", "sim/runs/store/recording.hpp", "sim/runs/store/recording.cpp",
    "sim/runs/store/run_directory.cpp", "sim/exports/sonata.cpp"}
# (pattern, folders it is forbidden in, files where it may stand, what to say)
FORBIDDEN = [
    (r"#include [<\"]hdf5\.h", LIBRARY + ("tools",), {"sim/formats/hdf5_file.cpp", "sim/formats/hdf5_source.cpp"},
     "HDF5 belongs to sim/formats/hdf5_file and hdf5_source"),
    (r"#include [<\"]toml\+\+", FOLDERS, {"sim/formats/toml.cpp"}, "TOML belongs to sim/formats/toml"),
    (r"std::\w+_distribution|std::hash\b|std::rand\b|\bsrand\(|std::random_device|std::mt19937", LIBRARY, set(),
     "differs between machines or libraries; use core/draw"),
    (r"std::cout|std::cerr|\bprintf\(|\bfputs\(|\bputs\(|fmt::print|std::exit|\bexit\(|\babort\(", LIBRARY, set(),
     "library code neither prints nor exits"),
    (r"std::fma\b|MulAdd|NegMulAdd|ApproximateReciprocal", FOLDERS, set(), "fused or approximate arithmetic changes the bits"),
    (r"\bTODO\b|\bFIXME\b|\bXXX\b", FOLDERS, set(), "finish it, or file it"),
    (r"\t| +$", FOLDERS, set(), "tab or trailing space"),
    (r"\bPanelMatrix\b|panel_matrix\.hpp", ("sim", "tools"), set(), "how weights are stored is known in models/ alone; use the verbs of Projection"),
    (r"\bHdf5\w|/hdf5_file\.hpp", ("sim", "tools"), HDF5_FILES, "files of this format are read and written elsewhere: sim/runs/store/recording_sink, recording"),
]
COSTLY = re.compile(r"#include [<\"](toml\+\+|CLI/|nlohmann/|boost/asio)")


def sources(root, suffixes):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file():
                yield folder, path


def strip(code):
    """Blanks comments and literals, keeping line breaks, so that braces can be counted."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    pattern = r'R"(\w*)\((?:.|\n)*?\)\1"|//[^\n]*|/\*(?:.|\n)*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\''
    return re.sub(pattern, blank, code)


def functions(code):
    """(first line, lines) of every function body: a block whose head ends with a parameter list and is no control statement."""
    code = strip(code)
    stack, found, head_start = [], [], 0
    for at, char in enumerate(code):
        if char == "{":
            head = code[head_start:at].strip()
            bare = re.sub(r"^(\s*#[^\n]*\n)+", "", head).strip()
            is_function = ")" in bare and not re.match(
                r"(if|for|while|switch|else|do|catch|namespace|class|struct|enum|union|extern|return|case)\b", bare) and "=" not in re.sub(
                r"[=!<>]=|operator\S*|\([^()]*\)|\[=\]", "", bare)
            inside_function = any(kind for kind, _ in stack)
            start = code.count("\n", 0, at - len(code[head_start:at].lstrip())) + 1
            stack.append((is_function and not inside_function, start))
            head_start = at + 1
        elif char == "}":
            if stack:
                kind, start = stack.pop()
                if kind:
                    found.append((start, code.count("\n", 0, at) + 2 - start))
            head_start = at + 1
        elif char == ";":
            head_start = at + 1
    return found


def room_of(name):
    """The room of a source or of what is included; None: it is in none."""
    stem = name.rsplit(".", 1)[0]
    fits = [room for room in ROOMS if stem == room or stem.startswith(room + "/")]
    return max(fits, key=len) if fits else None


def room_problem(name, included):
    """What is wrong with the direction of an include, or None."""
    here, there = room_of(name), room_of(included)
    same_folder = name.split("/")[0] == included.split("/")[0]
    folder = name.split("/")[0]
    if here is None and (folder == "models" or folder == "sim" and name.count("/") > 1):
        return "%s/ has rooms: %s" % (folder, ", ".join(sorted(room for room in ROOMS if room.startswith(folder + "/"))))
    if here is None or here == there or not same_folder:
        return None
    if there is not None:
        return None if there in ROOMS[here] else "%s must not depend on %s" % (here, there)
    return "%s must not depend on what is in no room: %s" % (here, included)


def check_text(folder, name, text):
    """Problems of one source, as (line, message)."""
    problems = []
    lines = text.split("\n")
    if len(lines) > FILE_LIMIT:
        problems.append((FILE_LIMIT, "file of %d lines; at most %d" % (len(lines), FILE_LIMIT)))
    limit = FUNCTION_LIMIT.get(folder, 70)
    for start, length in functions(text):
        if length >= limit:
            problems.append((start, "function of %d lines; less than %d" % (length, limit)))
    for number, line in enumerate(lines, 1):
        included = re.match(r'#include "(\w+)/', line)
        if included and folder in MAY_INCLUDE and included.group(1) in FOLDERS and included.group(1) not in MAY_INCLUDE[folder]:
            problems.append((number, "%s must not depend on %s" % (folder, included.group(1))))
        path = re.match(r'#include "([\w/]+\.\w+)"', line)
        wrong = path and room_problem(name, path.group(1))
        if wrong:
            problems.append((number, wrong))
        if name.endswith(".hpp") and COSTLY.match(line):
            problems.append((number, "costly to compile: include it in one .cpp"))
        for pattern, where, allowed, message in FORBIDDEN:
            if folder in where and name not in allowed and re.search(pattern, line):
                problems.append((number, message))
    if name.endswith(".hpp"):
        if "#pragma once" not in text and "HWY_TARGET_TOGGLE" not in text:
            problems.append((1, "a header needs #pragma once"))
        if not lines[0].startswith("//"):
            problems.append((1, "a header begins with a comment that says what it is"))
    return problems


def types(text):
    """(line, name) of the types that the whole program sees: those outside unnamed name spaces, with "settle::" inside that one."""
    unnamed = inside = False
    for number, line in enumerate(text.split("\n"), 1):
        unnamed = (unnamed or line == "namespace {") and line != "}  // namespace"
        inside = (inside or line.startswith("namespace settle")) and not line.startswith("}  // namespace settle")
        found = None if unnamed else re.match(r"(?:struct|class|union|enum class|enum) (\w+)(?: final)?(?: :[^:].*)? *\{", line)
        if found:
            yield number, ("settle::" if inside else "") + found.group(1)


def check_types(named_texts):
    """Two types of one name are one to the linker, which takes the members of either."""
    seen = {}
    for name, text in named_texts:
        for line, type_name in types(text):
            place = "%s:%d" % (name, line)
            if type_name in seen:
                yield "%s: %s is a type of %s too" % (place, type_name, seen[type_name])
            seen.setdefault(type_name, place)


def check_build_files(root):
    for path in [root / "CMakeLists.txt", root / "CMakePresets.json", *sorted((root / "cmake").glob("*"))]:
        for number, line in enumerate(path.read_text().split("\n"), 1):
            if re.search(r"-march=|-ffast-math|-Ofast|-mtune=native", line):
                yield "%s:%d: makes bits or instructions depend on the machine" % (path.relative_to(root), number)


def check_format(root):
    files = [str(path) for _, path in sources(root, {".cpp", ".hpp"})]
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *files], capture_output=True, text=True)
    if done.returncode == 0:
        return []
    return sorted({line.split(": error")[0] + ": not formatted; run tools/format" for line in done.stderr.split("\n") if ": error" in line})[:20]


def check(root):
    problems = list(check_build_files(root)) + check_format(root)
    problems += check_types((str(path.relative_to(root)), path.read_text()) for _, path in sources(root, {".cpp", ".hpp"}))
    count = 0
    for folder, path in sources(root, {".cpp", ".hpp"}):
        count += 1
        name = str(path.relative_to(root))
        problems += ["%s:%d: %s" % (name, line, message) for line, message in check_text(folder, name, path.read_text())]
    for problem in problems:
        print(problem)
    print("%d files, %d problems" % (count, len(problems)))
    return 1 if problems or count == 0 else 0


def self_test():
    long_body = "void f(int x) {\n" + "    x++;\n" * 69 + "}\n"
    short_body = "void f(int x) {\n" + "    x++;\n" * 60 + "}\n"
    member = "struct A {\n    int f() const {\n" + "        g();\n" * 70 + "    }\n};\n"
    bad = [("core", "core/a.cpp", '#include "models/neuron/neuron.hpp"\n'), ("models", "models/neuron/a.cpp", '#include "sim/a.hpp"\n'),
           ("sim", "sim/a.cpp", '#include "tools/settle/a.hpp"\n'), ("sim", "sim/a.cpp", long_body), ("sim", "sim/a.cpp", member),
           ("sim", "sim/a.cpp", "namespace b {\ntemplate <class T>\nT f(T x) {\n" + "    x++;\n" * 70 + "}\n}\n"),
           ("core", "core/a.cpp", "int x;\n" * 601), ("core", "core/a.cpp", "std::cout << 1;\n"), ("sim", "sim/a.cpp", "std::exit(1);\n"),
           ("sim", "sim/a.cpp", "#include <hdf5.h>\n"), ("sim", "sim/a.cpp", "#include <toml++/toml.h>\n"),
           ("core", "core/a.hpp", "// A.\n#pragma once\n#include <boost/asio/post.hpp>\n"), ("core", "core/a.hpp", "// A.\nint x;\n"),
           ("core", "core/a.hpp", "#pragma once\n"), ("models", "models/a.cpp", "std::normal_distribution<float> d;\n"),
           ("models", "models/a.cpp", "x = hn::MulAdd(a, b, c);\n"), ("tools", "tools/a.cpp", "// TODO: this\n"), ("core", "core/a.cpp", "int x; \n"),
           ("models", "models/kernels/a.cpp", '#include "models/neuron/a.hpp"\n'),
           ("models", "models/network/a.cpp", '#include "models/device/a.hpp"\n'),
           ("models", "models/a.cpp", '#include "models/kernels/a.hpp"\n'),
           ("models", "models/kernels/a.cpp", '#include "models/a.hpp"\n'),
           ("sim", "sim/engines/plan.hpp", '// A.\n#pragma once\n#include "sim/settle.hpp"\n'),
           ("sim", "sim/engines/plan.hpp", '// A.\n#pragma once\n#include "sim/engines/lockstep/a.hpp"\n'),
           ("sim", "sim/engines/lockstep/a.cpp", '#include "sim/engines/actors/a.hpp"\n'),
           ("sim", "sim/engines/actors/a.cpp", '#include "sim/engines/virtual/a.hpp"\n'),
           ("sim", "sim/engines/virtual/a.cpp", '#include "sim/engines/engine.hpp"\n'),
           ("sim", "sim/runs/session/a.cpp", '#include "sim/runs/store/a.hpp"\n'),
           ("sim", "sim/runs/a.cpp", '#include "sim/runs/studies/a.hpp"\n'),
           ("sim", "sim/scenario/a.cpp", '#include "sim/data/a.hpp"\n'),
           ("sim", "sim/extra/a.cpp", '#include "sim/formats/a.hpp"\\n'),
           ("sim", "sim/runs/a.cpp", "PanelMatrix<float> weights;\n"),
           ("sim", "sim/runs/store/recorder.cpp", "Hdf5Writer file;\n"), ("sim", "sim/reports/a.cpp", '#include "sim/formats/hdf5_file.hpp"\n'),
           ("tools", "tools/a.cpp", '#include "models/kernels/panel_matrix.hpp"\n')]
    good = [("sim", "sim/a.cpp", short_body), ("models", "models/device/a.cpp", '#include "core/error.hpp"\n'),
            ("models", "models/theory/a.cpp", '#include "models/kernels/a.hpp"\n#include "models/theory/b.hpp"\n'),
            ("sim", "sim/engines/free/a.cpp", '#include "sim/engines/actors/a.hpp"\n#include "sim/engines/plan.hpp"\n'),
            ("sim", "sim/engines/engine.hpp", '// A.\n#pragma once\n#include "sim/engines/free/a.hpp"\n'),
            ("sim", "sim/runs/a.cpp", '#include "sim/engines/engine.hpp"\n#include "models/theory/a.hpp"\n'),
            ("sim", "sim/formats/hdf5_file.cpp", "#include <hdf5.h>\n"), ("core", "core/a.hpp", "// A.\n#pragma once\n"),
            ("sim", "sim/a.cpp", "static const int values[] = {\n" + "    1,\n" * 100 + "};\n"),
            ("sim", "sim/a.cpp", "enum class A {\n" + "    b,\n" * 100 + "};\n"), ("tools", "tools/a.cpp", "std::exit(1);\n"),
            ("core", "core/a.cpp", 'const char* s = "{";\nchar c = \'{\';\n' + short_body), ("tests", "tests/a.cpp", long_body)]
    failed = 0
    for folder, name, text in bad:
        if not check_text(folder, name, text):
            failed += 1
            print("not found:", name, text[:60])
    for folder, name, text in good:
        if check_text(folder, name, text):
            failed += 1
            print("found by mistake:", name, text[:60], check_text(folder, name, text))
    inside = "namespace settle {\nnamespace {\nstruct A {\n};\n}  // namespace\n}\n"
    if not list(check_types([("a.hpp", "struct A {\n};\n"), ("b.hpp", "struct A : B {\n};\n")])):
        failed += 1
        print("not found: two types of one name")
    in_settle = "namespace settle {\nstruct A {\n};\n}  // namespace settle\n"
    if not list(check_types([("a.hpp", in_settle), ("tests/b.hpp", in_settle)])):
        failed += 1
        print("not found: a type of the library that a test has too")
    if list(check_types([("a.hpp", "struct A;\nstruct A {\n};\n"), ("b.cpp", inside), ("c.cpp", inside)])):
        failed += 1
        print("found by mistake: types of one file each")
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "core").mkdir()
        (root / "core" / "a.cpp").write_text("int   x ;\n")
        (root / ".clang-format").write_text("BasedOnStyle: Google\n")
        if not check_format(root):
            failed += 1
            print("not found: bad formatting")
        (root / "cmake").mkdir()
        (root / "CMakePresets.json").write_text("{}")
        (root / "CMakeLists.txt").write_text("add_compile_options(-march=native)\n")
        if not list(check_build_files(root)):
            failed += 1
            print("not found: -march=native")
    print("%d rules fail their self-test" % failed if failed else "every rule finds what it should")
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    sys.exit(check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)) + "/../..").resolve()))
