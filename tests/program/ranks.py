"""Several processes joined by MPI end at the bits of one; what kills one of them ends the job, and loses nothing saved.

    ranks.py [KILLS]   kills of a rank in the midst of training (10)
"""
import filecmp
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy

from program import PROGRAM, SMALL, run_all, settle, summary

MPI = os.environ.get("SETTLE_MPI", "")
if not pathlib.Path(MPI).is_file():
    print("no build-mpi/settle (tools/build mpi)")
    sys.exit(77)
KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 10
# Of the same run these may differ.
CHANGES = {"wall_seconds", "samples_per_second", "resumed_at", "threads", "posts", "ranks", "exchange_bytes", "exchange_seconds"}
ASYNCHRONOUS = """
[timing]
jitter = 0.1
drift = 0.05
phase = "random"
latency = { low = 0.3, high = 0.6 }
loss = 0.02
"""
TESTED = SMALL + "validation = 9\n"
VIRTUAL = TESTED.replace('name = "small"', 'name = "small"\nengine = "virtual"') + ASYNCHRONOUS


def launch(ranks, *arguments, cwd, **popen):
    return subprocess.Popen(["mpirun", "-n", str(ranks), MPI, *map(str, arguments)], cwd=cwd, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **popen)


def launch_told(ranks, *arguments, cwd):
    """As launch; the file `codes` gets the exit code of each rank."""
    return subprocess.Popen(["mpirun", "-n", str(ranks), "sh", "-c", 'trap : TERM; "$@"; code=$?; echo $code >>codes; exit $code', "sh", MPI,
                             *map(str, arguments)], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_until_all_watch(folder):
    """Until no rank of the job that writes `folder` prepares any more: one that does ends at once at a signal, and the others with it. Those
    that watch for signals ignore SIGPIPE."""
    for rank in json.loads((folder / "ranks.json").read_text())["ranks"]:
        status = pathlib.Path("/proc/%d/status" % rank["pid"])
        end = time.monotonic() + 60
        while not int(re.search("SigIgn:\\s*([0-9a-f]+)", status.read_text())[1], 16) >> (signal.SIGPIPE - 1) & 1:
            assert time.monotonic() < end, rank
            time.sleep(0.02)


def stopped_by_sigterm(job, path):
    """What a job said whose ranks all ended with 143. mpirun gives that on; but the one of mpich 4.0 returns 0 now and then for any program,
    with MPI or without, that ends at its signal."""
    job.send_signal(signal.SIGTERM)
    out, err = job.communicate(timeout=30)
    assert (path / "codes").read_text().split() == ["143", "143"] and job.returncode in (143, 0), (job.returncode, out, err)
    (path / "codes").unlink()
    return err


def mpi(ranks, *arguments, cwd, code=0):
    job = launch(ranks, *arguments, cwd=cwd)
    try:
        out, err = job.communicate(timeout=300)  # ranks that share few cores with other tests come on slowly
    except subprocess.TimeoutExpired:
        job.terminate()  # and its ranks, which would go on beside the tests that follow
        raise AssertionError("not over after 300 s", ranks, arguments, job.communicate(timeout=60)) from None
    assert job.returncode in (code if isinstance(code, tuple) else (code,)), (ranks, arguments, job.returncode, out, err)
    return out, err


def kill_one(folder, draw):
    """Kills one rank of the job that writes `folder`, and returns the PIDs of all. Raises ProcessLookupError where it has gone: its PID may
    be somebody else's by then, such as that of a test beside this one."""
    pids = [rank["pid"] for rank in json.loads((folder / "ranks.json").read_text())["ranks"]]
    pid = draw.choice(pids)
    process = os.pidfd_open(pid)
    try:
        if pathlib.Path("/proc/%d/cwd" % pid).resolve() != folder.parent.resolve():
            raise ProcessLookupError(pid)
        signal.pidfd_send_signal(process, signal.SIGKILL)
    except OSError as error:
        raise ProcessLookupError(pid) from error
    finally:
        os.close(process)
    return pids


class Folder:
    def __init__(self, text):
        self.text = text

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.temporary.name)
        (self.path / "s.toml").write_text(self.text)
        return self.path

    def __exit__(self, *_):
        self.temporary.cleanup()


def metrics(folder):
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "train_seconds"} for line in lines]


def same_recordings(a, b):
    found = []

    def look(name, thing):
        if isinstance(thing, h5py.Dataset):
            found.append(name)
            assert numpy.array_equal(thing[()], other[name][()]), name

    with h5py.File(a) as one, h5py.File(b) as other:
        one.visititems(look)
    assert found


def assert_same(whole, other, ranks):
    expected, found = summary(whole), summary(other)
    assert found["ranks"] == ranks and (found["exchange_bytes"] > 0) == (ranks > 1), found
    for key, value in expected.items():
        assert key in CHANGES or found[key] == value, (other.name, key, found[key], value)
    assert set(found) - set(expected) == {"ranks", "exchange_bytes", "exchange_seconds"}, set(found) ^ set(expected)
    assert metrics(whole) == metrics(other)
    for name in ("weights.h5", "settling.jsonl", "events.jsonl", "changes.jsonl"):
        if (whole / name).exists():
            assert filecmp.cmp(whole / name, other / name, shallow=False), name
    if (whole / "recording.h5").exists():
        same_recordings(whole / "recording.h5", other / "recording.h5")
    assert len(json.loads((other / "ranks.json").read_text())["ranks"]) == ranks


def check_bits(text, combinations, *options):
    with Folder(text) as path:
        settle("run", "s.toml", "--out", "whole", "--quiet", "--threads", 1, *options, cwd=path)
        for ranks, threads in combinations:
            name = "r%d-%d" % (ranks, threads)
            out, err = mpi(ranks, "run", "s.toml", "--out", name, "--quiet", "--threads", threads, *options, cwd=path)
            assert out == "" and err == "", (out, err)
            assert_same(path / "whole", path / name, ranks)


ALL = [(ranks, threads) for ranks in (1, 2, 3, 4) for threads in (1, 2)]


def test_lockstep():
    check_bits(TESTED, ALL)


def test_virtual():
    check_bits(VIRTUAL, ALL)


def test_splitstream_and_both_signs_and_a_batch_smaller_than_the_ranks():
    some = [(2, 1), (3, 2), (4, 1)]
    check_bits(VIRTUAL, some, "--set", "phases.splitstream=true")
    check_bits(TESTED, some, "--set", "phases.splitstream=true")
    check_bits(VIRTUAL, some, "--set", "learning.beta_sign=both")
    check_bits(TESTED, some, "--set", "learning.beta_sign=both", "--set", "learning.batch=2")
    check_bits(VIRTUAL, [(4, 1)], "--set", "learning.batch=1")


def test_events_and_recordings():
    events = """
[[events]]
name = "other input"
at = { period = 8 }
action = "present"
sample = "next"
[[events]]
name = "cut"
at = { presentation = 21 }
action = "kill"
population = 1
fraction = 0.3
[record]
state = true
bits = true
weights = true
"""
    for text in (TESTED, VIRTUAL):
        check_bits(text + events, [(2, 1), (3, 2)])


def test_the_other_tasks():
    converge = VIRTUAL.replace("[network]", 'task = "converge"\n[network]').replace("validation = 9\n", "")
    check_bits(converge, [(3, 1)], "--set", "record.state=true", "--set", "data.repeats=2")
    infer = TESTED.replace("[network]", 'task = "infer"\n[network]')
    check_bits(infer, [(3, 1)], "--set", "record.bits=true")
    stream = VIRTUAL.replace("[network]", 'task = "stream"\n[network]').replace("validation = 9\n", "")
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "t.toml").write_text(TESTED)
        stream += '[stream]\ntrain = "%s/t.toml"\nstreams = 5\ninputs = 3\ndwell = 6\n' % folder
        check_bits(stream, [(3, 1)], "--set", "record.state=true", "--set", "learning.batch=3")


def test_free_running_counts_everything():
    text = TESTED.replace('name = "small"', 'name = "small"\nengine = "free"')
    with Folder(text) as path:
        settle("run", "s.toml", "--out", "one", "--quiet", cwd=path)
        mpi(3, "run", "s.toml", "--out", "three", "--quiet", "--threads", 1, cwd=path)
        one, three = summary(path / "one"), summary(path / "three")
        assert one["presentations"] == three["presentations"] and one["ticks"] == three["ticks"]
        assert three["messages"] == three["deliveries"] + three["lost"] + three["expired"]


STUDY = VIRTUAL + """
[sweep]
repeats = 3
over = { "timing.jitter" = [0.0, 0.2], "learning.batch" = [5, 9] }
against = "0.0, 5"
[search]
trials = 9
objective = "train_error"
over = { "timing.jitter" = [0.0, 0.3] }
"""


def assert_same_sweep(whole, other):
    for name in ("sweep.csv", "means.csv", "differences.csv"):
        assert (whole / name).read_bytes() == (other / name).read_bytes(), name
    assert sorted((whole / "points.jsonl").read_text().splitlines()) != []
    curves = sorted(path.name for path in (whole / "curves").iterdir())
    assert curves == sorted(path.name for path in (other / "curves").iterdir()) and len(curves) == 12
    for name in curves:
        lines = [[json.loads(line) for line in (folder / "curves" / name).read_text().splitlines()] for folder in (whole, other)]
        for curve in lines:
            for line in curve:
                line.pop("train_seconds")
        assert lines[0] == lines[1], name


def test_sweeps_and_searches():
    with Folder(STUDY) as path:
        settle("sweep", "s.toml", "--out", "whole", "--quiet", cwd=path)
        settle("search", "s.toml", "--out", "sought", "--quiet", cwd=path)
        best = {key: summary(path / "sought")[key] for key in ("best_trial", "best_objective", "failed", "trials")}
        for ranks in (2, 4):
            mpi(ranks, "sweep", "s.toml", "--out", "s%d" % ranks, "--quiet", "--threads", 1, cwd=path)
            assert_same_sweep(path / "whole", path / ("s%d" % ranks))
            mpi(ranks, "search", "s.toml", "--out", "t%d" % ranks, "--quiet", "--threads", 2, cwd=path)
            found = summary(path / ("t%d" % ranks))
            assert {key: found[key] for key in best} == best and found["ranks"] == ranks
            lines = [sorted((path / name / "trials.jsonl").read_text().splitlines(), key=lambda line: json.loads(line)["trial"])
                     for name in ("sought", "t%d" % ranks)]
            for both in zip(*lines):
                a, b = ({key: value for key, value in json.loads(line).items() if key != "metrics"} for line in both)
                assert a == b, both
            assert (path / "sought" / "best.toml").read_text().replace("threads = 0", "threads = 2") == (
                path / ("t%d" % ranks) / "best.toml").read_text()


def test_parts_are_merged():
    with Folder(STUDY) as path:
        settle("sweep", "s.toml", "--out", "whole", "--quiet", cwd=path)
        for part in (1, 2, 3):
            out, _ = settle("sweep", "s.toml", "--part", "%d/3" % part, "--out", "p%d" % part, "--json", cwd=path)
            assert json.loads(out) == {"part": part, "parts": 3, "runs": 4, "failed": 0}
            assert not (path / ("p%d" % part) / "sweep.csv").exists()
        _, err = settle("merge", "p1", "p3", "--out", "m", cwd=path, code=2)
        assert "4 of 12 runs are in none of these directories" in err and not (path / "m").exists(), err
        settle("merge", "p3", "p1", "p2", "--out", "m", "--quiet", cwd=path)
        assert_same_sweep(path / "whole", path / "m")
        settle("sweep", "s.toml", "--set", "timing.drift=0", "--part", "2/3", "--out", "other", "--quiet", cwd=path)
        _, err = settle("merge", "p1", "other", "p3", "--out", "n", cwd=path, code=2)
        assert "timing.drift" in err, err
        for wrong in ("0/3", "4/3", "1", "a/b", "1/2/3", "-1/3"):
            _, err = settle("sweep", "s.toml", "--part=" + wrong, "--out", "n", cwd=path, code=2)
            assert "--part" in err, err
        _, err = settle("merge", "p1", ".", "--out", "n", cwd=path, code=2)
        assert "holds no sweep" in err, err
        assert not (path / "n").exists()


LONG = SMALL.replace("epochs = 2", "epochs = 800").replace("train = 40", "train = 200") + "[checkpoint]\nevery = 175\n"


def wait_for(path, job, seconds=60):
    end = time.monotonic() + seconds
    while not path.exists():
        assert job.poll() is None, job.communicate()
        assert time.monotonic() < end, "%s never came" % path
        time.sleep(0.01)


def test_a_rank_is_killed_again_and_again():
    draw = random.Random("ranks")
    with Folder(LONG) as path:
        settle("run", "s.toml", "--out", "whole", "--quiet", cwd=path)
        kills, rounds, resumed = 0, 0, 0
        while kills < KILLS:
            rounds += 1
            folder = path / ("r%d" % rounds)
            while kills < KILLS:
                ranks = draw.choice((2, 3))
                (folder / "ranks.json").unlink(missing_ok=True)
                job = launch(ranks, "run", "s.toml", "--out", folder.name, "--quiet", "--threads", 1, "--resume", cwd=path)
                try:
                    wait_for(folder / "ranks.json", job)
                    time.sleep(draw.uniform(0, 0.4))
                    if job.poll() is not None:
                        break
                    pids = kill_one(folder, draw)
                except (AssertionError, ProcessLookupError):
                    assert job.wait(timeout=60) == 0, (job.returncode, job.stderr.read())
                    break
                start = time.monotonic()
                told = "".join(job.communicate(timeout=60))
                assert time.monotonic() - start < 10, "the job went on without one of its ranks"
                kills += job.returncode != 0
                assert job.returncode == 0 or any(str(pid) in told for pid in pids), told
                if job.returncode == 0:
                    break
            mpi(draw.choice((1, 2, 4)), "run", "s.toml", "--out", folder.name, "--quiet", "--threads", 1, "--resume", cwd=path)
            expected, found = summary(path / "whole"), summary(folder)
            assert found["fingerprint"] == expected["fingerprint"]
            for key, value in expected.items():
                assert key in CHANGES or found[key] == value, (key, found[key], value)
            assert (folder / "weights.h5").read_bytes() == (path / "whole" / "weights.h5").read_bytes()
            resumed = max(resumed, found["resumed_at"])
        assert resumed > 0, "no run was ever resumed"
        print("%d kills in %d runs" % (kills, rounds))


def test_a_scheduler_ends_the_job():
    with Folder(LONG) as path:
        settle("run", "s.toml", "--out", "whole", "--quiet", cwd=path)
        job = launch_told(2, "run", "s.toml", "--out", "r", "--threads", 1, cwd=path)
        wait_for(path / "r" / "ranks.json", job)
        time.sleep(0.3)
        err = stopped_by_sigterm(job, path)
        assert err.count("stopped by SIGTERM") == 1 and "mpirun -n 2" in err and "--resume" in err, err
        assert (path / "r" / "checkpoint").exists() and not (path / "r" / "summary.json").exists()
        settle("run", "s.toml", "--out", "r", "--resume", "--quiet", cwd=path)  # one process, without MPI
        assert summary(path / "r")["fingerprint"] == summary(path / "whole")["fingerprint"]
        assert summary(path / "r")["resumed_at"] > 0
        # A sweep keeps the runs that are finished.
        (path / "s.toml").write_text(STUDY.replace("epochs = 2", "epochs = 300"))
        job = launch_told(2, "sweep", "s.toml", "--out", "s", "--threads", 1, cwd=path)
        wait_for(path / "s" / "ranks.json", job)
        time.sleep(0.3)
        err = stopped_by_sigterm(job, path)
        assert err.count("stopped by SIGTERM") == 1, err


SLOW_TO_SETTLE = """[scenario]
name = "slow"
engine = "lockstep"
task = "TASK"
[network]
layers = [784, 2000, 2000, 10]
init_scale = 0.9
[neuron]
lambda = "0.67/t^0.578"
[phases]
free = 10
nudged = 4
[learning]
batch = 20
rates = [0.1, 0.05, 0.02]
[data]
set = "random"
train = 200
"""


def test_what_only_rank_0_computes_ends_with_all_ranks():
    stream = SLOW_TO_SETTLE.replace("TASK", "stream") + '[stream]\ntrain = "t.toml"\ndwell = 10\ninputs = 100\nstreams = 20\n'
    with Folder(SLOW_TO_SETTLE.replace("TASK", "converge")) as path:
        (path / "t.toml").write_text(SLOW_TO_SETTLE.replace("TASK", "train"))
        for name, scenario in (("converge", (path / "s.toml").read_text()), ("stream", stream.replace("free = 10", "free = 60"))):
            (path / "s.toml").write_text(scenario)
            job = launch_told(2, "run", "s.toml", "--out", name, "--threads", 1, "--set", "learning.epochs=1", cwd=path)
            wait_for(path / name / "ranks.json", job)
            if name == "stream":
                wait_for(path / name / "train" / "summary.json", job)
            wait_until_all_watch(path / name)
            time.sleep(0.5)
            start = time.monotonic()
            err = stopped_by_sigterm(job, path)
            assert err.count("stopped by SIGTERM") == 1 and "Abort" not in err, err
            assert time.monotonic() - start < 10, name


def test_wrong_use_is_told_once():
    with Folder(TESTED) as path:
        for arguments, text in ((["run", "s.toml", "--set", "nonsense=1"], "nonsense"), (["walk"], "unknown command"),
                                (["run", "s.toml", "--set", "data.train=4000000000000"], "data.train"), (["sweep", "s.toml"], "sweep.over")):
            out, err = mpi(3, *arguments, cwd=path, code=2)
            lines = [line for line in err.splitlines() if line.startswith("settle: ")]
            assert len(lines) == 1 and text in lines[0], err
        (path / "full").mkdir()
        (path / "full" / "x").write_text("x")
        _, err = mpi(2, "run", "s.toml", "--out", "full", cwd=path, code=2)
        assert err.count("is not empty") == 1, err
        out, _ = mpi(3, "list", cwd=path)
        assert out == settle("list")[0]
        # Two ranks that are about to do different things.
        done = subprocess.run(["mpirun", "-n", "1", MPI, "run", "s.toml", "--out", "r", ":", "-n", "1", MPI, "run", "s.toml", "--out",
                               "r", "--seed", "2"], cwd=path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and "has another scenario than rank 0" in done.stderr and not (path / "r").exists(), done.stderr
        done = subprocess.run(["mpirun", "-n", "3", PROGRAM, "run", "s.toml", "--out", "r"], cwd=path, capture_output=True, text=True)
        assert done.returncode == 2 and done.stderr.count("build-mpi/settle") == 1 and not (path / "r").exists(), done.stderr


def test_a_full_disk():
    text = LONG.replace("layers = [20, 16, 5]", "layers = [200, 300, 5]").replace("epochs = 800", "epochs = 2")
    with Folder(text) as path:
        (path / "disk").mkdir()
        job = "mount -t tmpfs -o size=100k none disk && exec mpirun -n 2 %s run s.toml --out disk/r --quiet" % MPI
        for unshare in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
            done = subprocess.run([*unshare, "sh", "-c", job], cwd=path, capture_output=True, text=True, timeout=60)
            if "mount" not in done.stderr and "unshare" not in done.stderr:
                break
        else:
            return
        assert done.returncode == 3 and done.stderr.count("settle: ") == 1 and "space" in done.stderr, (done.returncode, done.stderr)


if __name__ == "__main__":
    sys.exit(run_all(globals()))
