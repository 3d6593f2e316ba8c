"""kill -9 at random moments of a training run: every resume ends at the uninterrupted run's bits.

    kill.py KILLS   kills on each engine that is reproducible
"""
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from program import PROGRAM, SMALL, reproducible_engines, settle, summary

KILLS = int(sys.argv[1])
EPOCHS = 400
TEXT = SMALL.replace("epochs = 2", "epochs = %d" % EPOCHS).replace("train = 40", "train = 200") + "[checkpoint]\nevery = 175\n"
CHANGES = {"wall_seconds", "samples_per_second", "resumed_at", "threads", "posts"}


def command(name, engine, threads):
    return ["run", "s.toml", "--engine", engine, "--threads", threads, "--out", name, "--quiet"]


def timed(*arguments, cwd):
    start = time.monotonic()
    settle(*arguments, cwd=cwd)
    return time.monotonic() - start


def kill_and_resume(path, engine, draw, most_seconds):
    """Kills one run so many times, unless it comes to its end before; returns the kills."""
    kills = 0
    while kills < KILLS:
        process = subprocess.Popen([PROGRAM, *map(str, command("r", engine, draw.choice((1, 2, 3)))), "--resume"], cwd=path)
        try:
            process.wait(timeout=draw.uniform(0, most_seconds))
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            assert process.returncode == -9
            kills += 1
    settle(*command("r", engine, 2), "--resume", cwd=path)
    return kills


def check(engine):
    draw = random.Random("kill " + engine)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "s.toml").write_text(TEXT)
        whole_seconds = timed(*command("whole", engine, 1), cwd=path)
        # One that is killed before it has begun gets nowhere: on a busy machine many kills would all be of that kind.
        start_seconds = timed(*command("one", engine, 1), "--set", "learning.epochs=1", cwd=path)
        whole, kills, rounds, resumed = summary(path / "whole"), 0, 0, 0
        while kills < KILLS:
            rounds += 1
            kills += kill_and_resume(path, engine, draw, start_seconds + 2.2 * whole_seconds / KILLS)
            found = summary(path / "r")
            for key, value in whole.items():
                assert key in CHANGES or found[key] == value, (engine, key, found[key], value)
            assert (path / "r" / "weights.h5").read_bytes() == (path / "whole" / "weights.h5").read_bytes()
            resumed = max(resumed, found["resumed_at"])
            (path / "r").rename(path / ("r%d" % rounds))
        assert resumed > 0, "no run was ever resumed"
        print("%s: %d kills in %d runs of %.1f s, all ended at %s, resumed at %d of %d" % (
            engine, kills, rounds, whole_seconds, whole["fingerprint"], resumed, 200 * EPOCHS))


for name in reproducible_engines():
    check(name)
