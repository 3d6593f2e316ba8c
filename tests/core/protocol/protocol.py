"""Models of the activation protocol in Promela, checked by spin: no lost wake-up, no double run, no deadlock, every message
once and in order, a phase that ends only when all is quiet. Each guard that a macro takes out of a model must be missed:
spin then finds the error.

    protocol.py           what is checked every day
    protocol.py --large   larger instances
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
STALLED = "units==0"  # the last turn has ended and work is left
LOST = "seen[cell]==sent[cell]"
MISPLACED = "==(received+1)"
UNCOVERED = "received>=seen_of_sender"
UNSAID = ">=wanted"
CROWDED = "!(gathers)"
TOO_LOW = "==2)"  # the root, when all have promised 2
UNLOGGED = "count>=until"
MISHEARD = "==(heard[actor]+1)"

# (model, its size): a search of all states for wrong assertions and deadlocks
SOUND = [("activation", "LETTERS=1"), ("activation", "LETTERS=2 ACTORS=2"), ("channel", "MESSAGES=5"), ("channel", "MESSAGES=5 RING=2"),
         ("channel", "MESSAGES=4 FAILURE"), ("lead", "TICKS=3"), ("promises", "TICKS=2"), ("promises", "SPEAKERS=3 TICKS=1"),
         ("broadcast", "MESSAGES=4")]
LARGE = [("activation", "LETTERS=3 ACTORS=2"), ("activation", "LETTERS=2"), ("channel", "MESSAGES=9"), ("channel", "MESSAGES=9 RING=3"),
         ("lead", "TICKS=4"), ("lead", "TICKS=3 RING=2"), ("lead", "TICKS=3 FAILURE"), ("lead", "TICKS=3 ACTORS=3"),
         ("promises", "TICKS=3"), ("promises", "TICKS=2 WAITERS=2"), ("promises", "SPEAKERS=3 TICKS=2"), ("promises", "TICKS=2 FAILURE"),
         ("broadcast", "MESSAGES=6"), ("broadcast", "MESSAGES=5 RING=2"), ("broadcast", "MESSAGES=4 FAILURE")]
# the phase ends in every fair run: nobody goes round in circles
LIVE = [("activation", "LETTERS=1"), ("channel", "MESSAGES=4"), ("channel", "MESSAGES=3 FAILURE"), ("lead", "TICKS=2"),
        ("promises", "TICKS=1"), ("broadcast", "MESSAGES=2")]
LARGE_LIVE = [("channel", "MESSAGES=6 RING=2"), ("lead", "TICKS=3")]

# (model, its size, the guard that is taken out, what spin must find)
BROKEN = [
    ("activation", "LETTERS=1", "NO_POKE_FENCE", LOST),
    ("activation", "LETTERS=1", "NO_POKED", LOST),
    ("activation", "LETTERS=1", "PLAIN_IDLE", LOST),
    ("activation", "LETTERS=1", "POST_ALWAYS", "state[actor]=="),
    ("activation", "LETTERS=1", "COUNT_AFTER_POST", STALLED),
    ("activation", "LETTERS=1", "END_BEFORE_IDLE", "!(taken[actor])"),
    ("channel", "MESSAGES=4", "NO_RETRY", STALLED),
    ("channel", "MESSAGES=4", "FLAG_AFTER_RETRY", STALLED),
    ("channel", "MESSAGES=4", "NO_SEND_FENCE", STALLED),
    ("channel", "MESSAGES=4", "NO_DRAIN_FENCE", STALLED),
    ("channel", "MESSAGES=4", "NO_POKE_SENDER", STALLED),
    ("channel", "MESSAGES=4", "NO_POKE_AFTER_SEND", STALLED),
    ("channel", "MESSAGES=4", "NO_POKE_AFTER_FLUSH", STALLED),
    ("channel", "MESSAGES=4", "NO_BEHIND", MISPLACED),
    ("lead", "TICKS=3", "NO_REGISTER", STALLED),
    ("lead", "TICKS=3", "NO_RECHECK", STALLED),
    ("lead", "TICKS=3", "RECHECK_BEFORE_REGISTER", STALLED),
    ("lead", "TICKS=3", "NO_LAGGARD_POKE", STALLED),
    ("lead", "TICKS=3", "MERE_LOOK_FOR_WAITERS", STALLED),
    ("lead", "TICKS=3", "MERE_STORE_OF_WAITER", STALLED),
    ("lead", "TICKS=3", "NO_POKE_FULL", STALLED),
    ("lead", "TICKS=3", "NO_POKE_SENDER", STALLED),
    ("lead", "TICKS=3", "NO_SEND_FENCE", STALLED),
    ("lead", "TICKS=3", "PUBLISH_UNSENT", UNCOVERED),
    ("lead", "TICKS=3", "HEAR_BEFORE_LOOKING", UNCOVERED),
    ("promises", "TICKS=2", "NO_LEAF_FENCE", STALLED),
    ("promises", "TICKS=2", "PLAIN_NODE", TOO_LOW),
    ("promises", "SPEAKERS=3 TICKS=1", "ONE_LEVEL_ONLY", STALLED),
    ("promises", "TICKS=2", "NO_TELL", STALLED),
    ("promises", "TICKS=2", "TELL_BEFORE_RAISE", STALLED),
    ("promises", "TICKS=2", "WAKE_BEFORE_GATHERED", STALLED),
    ("promises", "TICKS=2", "GATHER_ANYHOW", CROWDED),
    ("promises", "TICKS=2", "NO_LOOK_WHO_ASKED", STALLED),
    ("promises", "TICKS=2", "NO_WAIT_FENCE", STALLED),
    ("promises", "TICKS=2", "NO_LOOK_AGAIN", STALLED),
    ("promises", "TICKS=2", "LOOK_BEFORE_SAYING", STALLED),
    ("promises", "TICKS=2", "PROMISE_UNSAID", UNSAID),
    ("broadcast", "MESSAGES=4", "WRITE_OVER_UNHEARD", MISHEARD),
    ("broadcast", "MESSAGES=4", "HEARD_BEFORE_READING", MISHEARD),
    ("broadcast", "MESSAGES=4", "COUNT_BEFORE_MESSAGE", MISHEARD),
    ("broadcast", "MESSAGES=4", "RING_BEFORE_COPY", MISHEARD),
    ("broadcast", "MESSAGES=4", "RING_BEFORE_COUNT", MISHEARD),
    ("broadcast", "MESSAGES=4", "PROMISE_UNSAID", UNLOGGED),
]


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, "%s: %s" % (" ".join(map(str, command)), (done.stdout + done.stderr)[-2000:])
    return done.stdout


def search(model, macros, live=False, megabytes=900, optimize="-O1"):
    """Builds and runs a verifier; returns (what it found or "", states)."""
    macros = macros.split() + (["LIVE"] if live else [])
    with tempfile.TemporaryDirectory() as folder:
        run(["spin", "-a", *["-D" + macro for macro in macros], HERE / (model + ".pml")], folder)
        mode = "-DNFAIR=3" if live else "-DSAFETY"
        run(["gcc", optimize, "-w", mode, "-DCOLLAPSE", "-DVECTORSZ=2048", "-DMEMLIM=%d" % megabytes, "-o", "pan", "pan.c"], folder)
        out = run(["./pan", "-m100000", *(["-a", "-f"] if live else [])], folder)
    error = re.search(r"^pan:\d+: (.*) \(at depth", out, re.M)
    complete = re.search(r"errors: (\d+)", out)
    assert complete and "max search depth too small" not in out and "MEMLIM bound" not in out, out[-2000:]
    assert (int(complete.group(1)) > 0) == (error is not None), out[-2000:]
    return error.group(1) if error else "", int(float(re.search(r"([\d.e+]+) states, stored", out).group(1)))


def check_sound(cases, live, megabytes):
    problems = 0
    for model, size in cases:
        found, states = search(model, size, live, megabytes)
        print("%-11s %-20s %-9s %9d states  %s" % (model, size, "liveness" if live else "safety", states, found or "no error"), flush=True)
        problems += found != ""
    return problems


def check_broken():
    problems = 0
    for model, size, guard, expected in BROKEN:
        # A misspelt macro would take nothing out.
        assert any(re.search(r"#ifn?def %s$" % guard, path.read_text(), re.M) for path in HERE.glob("*.pml")), guard
        found, states = search(model, size + " " + guard, optimize="-O0")
        right = expected in found
        print("%-11s without a guard: %-24s %s %s" % (model, guard, "found:" if right else "NOT FOUND:", found), flush=True)
        problems += not right
    return problems


def steps(paths, begin=""):
    """The words in brackets, and where they stand; in a line, only what follows `begin`."""
    return {step: path for path in paths for line in path.read_text().split("\n")
            for step in re.findall(r"\[([a-z]+\.[a-z]+)\]", line.partition(begin)[2] if begin else line)}


def check_steps():
    """A step that a model names stands at the same step of the code, and the other way round."""
    models = steps(sorted(HERE.glob("*.pml")))
    core = steps(sorted((SOURCE / "core").glob("*.?pp")), "//")
    engines = steps(sorted((SOURCE / "sim/engines").glob("*.?pp")), "//")
    code = {**core, **engines}
    problems = ["%s names [%s], which no model has" % (path.name, step) for step, path in code.items() if step not in models]
    # The rule of the lead is the free engine's, and is named there as one.
    whole = lambda step: not step.startswith("lead.") or any(known.startswith("lead.") for known in engines)
    problems += ["%s names [%s], which is nowhere in the code" % (path.name, step) for step, path in models.items()
                 if step not in code and whole(step)]
    print("\n".join(problems) or "%d steps have the same name in the models and in the code" % len(code))
    return len(problems)


def main():
    if not shutil.which("spin") or not shutil.which("gcc"):
        print("no spin or no gcc; tools/setup --tests installs them")
        return 77
    os.environ["LC_ALL"] = "C"
    if "--large" in sys.argv:
        return 1 if check_sound(LARGE, False, 6000) + check_sound(LARGE_LIVE, True, 6000) else 0
    return 1 if check_steps() + check_sound(SOUND, False, 900) + check_sound(LIVE, True, 900) + check_broken() else 0


if __name__ == "__main__":
    sys.exit(main())
