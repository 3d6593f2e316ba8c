"""The built-in scenario `sheet`, and smaller ones like it: neurons that tick and synaptic operations a second, memory, what four times the
neurons and a second thread come to; then the same network, image, weights and latencies in Brian2 (brian_sheet.py), in turns.

    sheet.py [ROUNDS] [SIDE]    medians; SIDE: of the sheet that Brian2 runs, too
"""
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PERIODS = (5, 55)  # of two runs, whose difference is what time goes on for


def scenario(side, changes=()):
    """The text of `sheet` with another side."""
    text = (ROOT / "sim/scenarios/sheet.toml").read_text()
    text = re.sub(r"\[1, 1000, 1000\]", "[1, %d, %d]" % (side, side), text).split("[[expect]]")[0]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def run(path, folder, periods, threads):
    """The summary, the peak of memory in MB, and seconds of the processors."""
    command = [ROOT / "build/settle", "run", path, "--json", "--threads", str(threads), "--out", folder]
    if periods:
        command += ["--set", "phases.free=%d" % periods]
    with tempfile.TemporaryFile("w+") as out:
        child = os.posix_spawn(command[0], [str(word) for word in command], os.environ, file_actions=[
            (os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)])
        _, status, used = os.wait4(child, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            sys.exit("sheet: %s failed" % path)
        out.seek(0)
        return json.loads(out.read()), used.ru_maxrss / 1024, used.ru_utime + used.ru_stime


def speed(path, threads):
    """Of a whole run, what makes the network and writes its weights included; and the processor's seconds."""
    with tempfile.TemporaryDirectory() as folder:
        found, memory, used = run(path, folder + "/run", None, threads)
    return found["wall_seconds"], found["ticks"], found["synaptic_operations"], memory, used


def going_on(path, folder):
    """Seconds, ticks and synaptic operations of 50 periods; and the summary of the longer run."""
    short, long = [run(path, folder / ("run%d" % periods), periods, 1)[0] for periods in PERIODS]
    return [long[key] - short[key] for key in ("wall_seconds", "ticks", "synaptic_operations")] + [long]


def measure(rounds):
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for side in (500, 1000):
            paths[side] = pathlib.Path(folder, "sheet-%d.toml" % side)
            paths[side].write_text(scenario(side))
        ways = [(500, 1), (1000, 1), (1000, 2)]
        found = {way: [] for way in ways}
        for _ in range(rounds):
            for way in ways:
                found[way].append(speed(paths[way[0]], way[1]))
    for side, threads in ways:
        seconds = statistics.median(one[0] for one in found[side, threads])
        _, ticks, operations, memory, _ = found[side, threads][0]
        busy = statistics.median(one[4] for one in found[side, threads])
        print("sheet, %4d x %-4d, %d thread%s: %6.2f s, %5.1f M ticks/s, %5.1f M synaptic operations/s, %5.0f MB; %.2f s of processors"
              % (side, side, threads, " " if threads == 1 else "s", seconds, ticks / seconds / 1e6, operations / seconds / 1e6, memory, busy))
    for name, over, under in (("four times the sheet / one", (1000, 1), (500, 1)), ("one thread / two", (1000, 1), (1000, 2))):
        print("%-60s %5.2f" % ("sheet, " + name, statistics.median(a[0] / b[0] for a, b in zip(found[over], found[under]))))


def beside_brian(rounds, side):
    import h5py
    import numpy as np
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with h5py.File(folder / "image.h5", "w") as file:
            file["x"] = np.random.default_rng(1).random((1, side * side), dtype=np.float32)
            file["labels"] = np.zeros(1, np.int64)
        image = 'set = "hdf5"\npath = "%s"' % (folder / "image.h5")
        (folder / "sheet.toml").write_text(scenario(side, [('set = "random"', image), ("jitter = 0.1\n", "")]))
        ratios = []
        for i in range(rounds):
            seconds, ticks, operations, long = going_on(folder / "sheet.toml", folder / str(i))
            done = subprocess.run(["/usr/bin/python3", ROOT / "tools/benchmarks/brian_sheet.py", folder / "image.h5", folder / str(i) / "run55/weights.h5",
                                   str(PERIODS[1]), folder / ("brian%d" % i)], capture_output=True, text=True)
            if done.returncode:
                sys.exit(done.stderr)
            taken, *spikes = [float(word) for word in done.stdout.split()[:3]]
            # What both simulate is the same: bits, within what their clocks differ by.
            assert all(abs(a / b - 1) < 0.02 for a, b in zip(spikes, long["spikes_by_population"])), (spikes, long)
            brian = taken * (PERIODS[1] - PERIODS[0]) / PERIODS[1]
            ratios.append((brian / seconds, operations / seconds / 1e6, operations / brian / 1e6))
    ours, theirs = [statistics.median(one[k] for one in ratios) for k in (1, 2)]
    print("sheet, %d x %d, 50 periods, M synaptic operations/s: settle %.1f, Brian2 %.1f" % (side, side, ours, theirs))
    print("%-60s %5.2f" % ("sheet, settle / Brian2 C++ standalone, one thread", statistics.median(one[0] for one in ratios)))


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    measure(rounds)
    beside_brian(rounds, int(sys.argv[2]) if len(sys.argv) > 2 else 300)


main()
