"""No kernel copies or fills memory by a string instruction, whatever the instruction set: `rep movs` and `rep stos` take tens of cycles to
start, and a compiler that keeps a table on the stack hides one in an inner loop.

    kernels.py OBJECTS SOURCES   looks at what the Highway kernels of a folder of sources were compiled to, in the same places below OBJECTS
"""
import pathlib
import re
import subprocess
import sys

FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")
STRING = re.compile(r"\brep (movs|stos)")


def string_instructions(listing):
    """(kernel, instruction) of a disassembly, in its order."""
    name = ""
    for line in listing.split("\n"):
        head = FUNCTION.match(line)
        if head:
            name = head.group(1)
        elif "::N_" in name and STRING.search(line):
            yield name, line.split("\t")[-1].strip()


def main(objects, sources):
    listing = "0000 <settle::N_AVX2::one(int)>:\n  10:\tcall x\n  12:\trep movsq %ds:(%rsi),%es:(%rdi)\n0030 <settle::two()>:\n  30:\trep stos %al,%es:(%rdi)\n"
    if [name for name, _ in string_instructions(listing)] != ["settle::N_AVX2::one(int)"]:
        print("a string instruction in a kernel is not found")
        return 1
    kernels = problems = 0
    for source in sorted(sources.rglob("*.cpp")):
        if "HWY_EXPORT" not in source.read_text():
            continue
        compiled = objects / source.parent.name / (source.name + ".o")
        kernels += 1
        disassembly = subprocess.run(["objdump", "--disassemble", "--demangle", "--no-show-raw-insn", compiled], check=True, text=True,
                                     stdout=subprocess.PIPE).stdout
        if "::N_" not in disassembly:
            print("%s: no kernel in what it was compiled to" % source)
            return 1
        for name, instruction in string_instructions(disassembly):
            problems += 1
            print("%s: %s in %s" % (source, instruction, name))
    print("%d files of kernels, %d string instructions" % (kernels, problems))
    return 1 if problems or kernels == 0 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
