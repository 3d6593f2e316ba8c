"""An epoch of mnist on two ranks of one thread each: at least 1.7 times as fast as on one, as predicted within 20 %, and the exchange below
5 % of it. Alone on the machine.

What else a machine does can only make it slower, and two ranks more than one, since each waits for the other. So 1.7 times and 5 % are
to be reached in the best round, and, of what two processes that have nothing to do with each other get done at the same time, 1.7 / 2 in
the median of the rounds: on any machine, whatever its cores share."""
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

from program import settle, summary

MPI = os.environ.get("SETTLE_MPI", "")
DATA = pathlib.Path(os.environ.get("SETTLE_DATA_DIR", "data")) / "mnist"
ROUNDS = 5


def epoch(ranks, out):
    return subprocess.Popen(["mpirun", "-n", str(ranks), MPI, "run", "mnist", "--threads", "1", "--set", "learning.epochs=1", "--set", "data.test=0",
                             "--no-expect", "--quiet", "--out", out])


def summaries(folder, *ranks):
    """What runs of so many ranks each, all at once, have printed."""
    runs = [epoch(count, "%s/%d-%d" % (folder, i, count)) for i, count in enumerate(ranks)]
    assert [run.wait() for run in runs] == [0] * len(runs)
    return [summary("%s/%d-%d" % (folder, i, count)) for i, count in enumerate(ranks)]


def main():
    if not pathlib.Path(MPI).is_file() or not DATA.is_dir() or os.cpu_count() < 2:
        print("no build-mpi/settle, no MNIST, or one core")
        return 77
    ratios, of_two, parts = [], [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            one, = summaries(folder, 1)
            two, = summaries(folder, 2)
        with tempfile.TemporaryDirectory() as folder:
            apart = summaries(folder, 1, 1)
        assert one["fingerprint"] == two["fingerprint"] == apart[0]["fingerprint"]
        ratios.append(two["samples_per_second"] / one["samples_per_second"])
        of_two.append(two["samples_per_second"] / sum(run["samples_per_second"] for run in apart))
        parts.append(two["exchange_seconds"] / two["wall_seconds"])
        print("2 ranks / 1: %.2f, of two runs at once: %.2f, exchange %.1f %% of %.1f s"
              % (ratios[-1], of_two[-1], 100 * parts[-1], two["wall_seconds"]))
    assert max(ratios) >= 1.7, ratios
    assert statistics.median(of_two) >= 1.7 / 2, of_two
    assert min(parts) < 0.05, parts
    predicted = float(re.search(r"speed +([\d.]+) x one rank", settle("describe", "mnist", "--ranks", 2)[0]).group(1))
    assert abs(predicted / max(ratios) - 1) < 0.2, (predicted, ratios)
    return 0


if __name__ == "__main__":
    sys.exit(main())
