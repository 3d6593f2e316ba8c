"""Runs the program and the yardstick in turns and prints presentations a second, medians and ratios."""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# A run takes a second or more: what begins a run (threads that start, memory that is touched first) does not count for much.
SAMPLES = {"mnist": 20000, "mnist-continuous": 40000, "mnist-async": 4000}
ASYNC = "mnist-async, splitstream off"
CONTINUOUS = "mnist-continuous, 100 + 50 ticks"
NEURONS = 1294  # of both networks; summary.json counts the ticks of single neurons


def instruction_sets():
    """Those of this machine, the best first."""
    done = subprocess.run([ROOT / "build/settle", "run", "digits", "--dry-run"], capture_output=True, text=True, env={**os.environ, "SETTLE_INSTRUCTION_SET": "?"})
    return done.stderr.split("expected ")[1].strip().split(", ")


def settle(scenario, threads, *keys, instructions=""):
    """Training presentations a second, microseconds a tick of one presentation, and pool posts a delivery (or None)."""
    with tempfile.TemporaryDirectory() as folder:
        run = [ROOT / "build/settle", "run", scenario, "--threads", str(threads), "--json", "--out", folder + "/run",
               "--set", "learning.epochs=1", "--set", "data.train=%d" % SAMPLES[scenario], "--set", "data.test=0"]
        for key in keys:
            run += ["--set", key]
        environment = {**os.environ, **({"SETTLE_INSTRUCTION_SET": instructions} if instructions else {})}
        done = subprocess.run(run, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=environment)
        if done.returncode not in (0, 1):  # 1: the scenario's expectations, which are of a whole run
            sys.exit(done.stderr)
        summary = json.loads(done.stdout)
    rate = summary["samples_per_second"]
    posts = summary["posts"] / summary["deliveries"] if "posts" in summary else None
    return rate, 1e6 * SAMPLES[scenario] * NEURONS / (rate * summary["ticks"]), posts


def yardstick(folder):
    done = subprocess.run([sys.executable, ROOT / "tools/benchmarks/yardstick.py", folder, "60"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return float(done.stdout.split()[0])


def main():
    rounds = int(sys.argv[1])
    folder = os.environ["SETTLE_DATA_DIR"] + "/mnist" if os.environ.get("SETTLE_DATA_DIR") else "data/mnist"
    if not pathlib.Path(folder, "train-images-idx3-ubyte.gz").exists():
        sys.exit("bench: no MNIST in %s; run `build/settle data fetch mnist`, or set SETTLE_DATA_DIR" % folder)
    unsplit = "phases.splitstream=false"  # the yardstick's 150 ticks
    runs = {"mnist": ("mnist", 1), "mnist, 2 threads": ("mnist", 2), "mnist-continuous": ("mnist-continuous", 1),
            CONTINUOUS: ("mnist-continuous", 1, "phases.free=100", "phases.nudged=50"),
            ASYNC: ("mnist-async", 1, unsplit), ASYNC + ", 2 threads": ("mnist-async", 2, unsplit)}
    older = {}  # runs with what a machine without the best instructions has
    for instructions in instruction_sets()[1:]:
        for name in ("mnist", ASYNC):
            older["%s, %s" % (name, instructions)] = (runs[name], instructions)
    posts = {}
    names = ["NumPy yardstick", *runs, *older]
    rates, ticks = {name: [] for name in names}, {name: [] for name in names}
    for i in range(rounds):
        rates[names[0]].append(yardstick(folder))
        for name, run in runs.items():
            rate, tick, posts[name] = settle(*run)
            rates[name].append(rate)
            ticks[name].append(tick)
        for name, (run, instructions) in older.items():
            rate, tick, _ = settle(*run, instructions=instructions)
            rates[name].append(rate)
            ticks[name].append(tick)
        print("round %d: " % (i + 1) + ", ".join("%s %.0f" % (name, rates[name][-1]) for name in names), flush=True)

    def ratio(a, b):
        return statistics.median(x / y for x, y in zip(rates[a], rates[b]))

    print("\ninstruction sets: %s; NumPy has the best" % ", ".join(instruction_sets()))
    print("medians of %d rounds                     presentations/s   us a tick" % rounds)
    for name in names:
        tick = "%8.2f" % statistics.median(ticks[name]) if ticks[name] else "       -"
        print("%-40s %15.0f   %s" % (name, statistics.median(rates[name]), tick))
    print()
    for name in ("mnist", ASYNC):
        print("%-60s %5.2f" % (name + " / NumPy yardstick, one thread", ratio(name, "NumPy yardstick")))
        two = name + ", 2 threads"
        print("%-60s %5.2f" % (name + ", two threads / one", ratio(two, name)))
        # Other work on a machine only ever makes runs slower.
        print("%-60s %5.2f" % (name + ", two threads / one, best round of each", max(rates[two]) / max(rates[name])))
    for name in older:
        print("%-60s %5.2f" % (name + " / NumPy yardstick, one thread", ratio(name, "NumPy yardstick")))
    name = ASYNC + ", 2 threads"
    print("%-60s %5.3f %%" % (name + ", pool posts per delivery", 100 * posts[name]))
    # At as many ticks as mnist has; at its own 24 a presentation they carry more of what is done once a presentation.
    slower = statistics.median(a / b for a, b in zip(ticks[CONTINUOUS], ticks["mnist"]))
    print("%-60s %5.2f" % ("a tick of %s / of mnist" % CONTINUOUS, slower))


main()
