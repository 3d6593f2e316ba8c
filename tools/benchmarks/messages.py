"""Messages a second, 64 actors that each send one bit to each of 32 others at every tick: settle's runtime against the C++
Actor Framework, in turns, with equal threads.

    messages.py [ROUNDS]    builds tools/benchmarks/messages and prints medians and their ratio
"""
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
TICKS = {"settle": 5000, "caf": 500}  # about half a second each; a tick is 2048 messages


def build():
    """The programs that there are."""
    for step in (["cmake", "--preset", "release"], ["cmake", "--build", BUILD, "--target", "messages"]):
        done = subprocess.run(step, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
    return [name for name in TICKS if (BUILD / (name + "_messages")).exists()]


def rate(name, threads):
    done = subprocess.run([BUILD / (name + "_messages"), str(threads), str(TICKS[name])], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return float(done.stdout)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    names = build()
    for threads in sorted({1, min(2, os.cpu_count())}):
        rates = {name: [] for name in names}
        for _ in range(rounds):
            for name in names:
                rates[name].append(rate(name, threads))
        who = "%d thread%s" % (threads, "s" if threads > 1 else "")
        for name in names:
            print("%-60s %5.1f" % ("messages, 64 to 32 actors, %s, %s: million/s" % (name, who), statistics.median(rates[name])))
        if "caf" in names:
            print("%-60s %5.1f" % ("messages, settle / caf, %s" % who, statistics.median(a / b for a, b in zip(*rates.values()))))
    if "caf" not in names:
        print("messages: no C++ Actor Framework here; tools/setup --bench installs it")


main()
