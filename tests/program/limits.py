"""A machine that gives few threads or little memory: a run goes on with the threads it gets and says so, or says what to change."""
import itertools
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile

from program import PROGRAM, SMALL, run_all, summary

# Limits on processes do not bind root, and count all processes of a user: one that has no others.
NOBODY = 54323


class Machine:
    """A directory of such a user, and the program in it under limits."""

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.temporary.name)
        self.path.chmod(0o777)
        (self.path / "s.toml").write_text(SMALL)
        # Where the program stands, such a user may not look.
        shutil.copy(PROGRAM, self.path / "settle")
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def settle(self, *arguments, processes=None, memory=None, code=0):
        def limit():
            if processes is not None:
                if os.geteuid() == 0:
                    os.setgroups([])
                    os.setgid(NOBODY)
                    os.setuid(NOBODY)
                resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
            if memory is not None:
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        done = subprocess.run([self.path / "settle", *map(str, arguments)], cwd=self.path, capture_output=True, text=True, preexec_fn=limit,
                              stdin=subprocess.DEVNULL, timeout=120)
        assert done.returncode == code, (arguments, done.returncode, done.stderr)
        return done.stdout, done.stderr


def test_fewer_threads_than_were_asked_for():
    # Root can have a user without any other process; else all threads are refused.
    given = (1, 4) if os.geteuid() == 0 else (1,)
    for engine in ("lockstep", "virtual", "free"):
        with Machine() as machine:
            machine.settle("run", "s.toml", "--engine", engine, "--threads", 1, "--out", "one", "--json")
            whole = summary(machine.path / "one")
            for threads in given:
                name = "given%d" % threads
                _, err = machine.settle("run", "s.toml", "--engine", engine, "--threads", 8, "--out", name, processes=threads)
                found = summary(machine.path / name)
                assert found["threads"] == max(threads - 1, 1), (engine, threads, found["threads"])
                assert "--threads" in err and "8" in err, err
                assert found["presentations"] == whole["presentations"] and found["ticks"] == whole["ticks"]
                assert found.get("fingerprint") == whole.get("fingerprint")
                assert found["messages"] == found["deliveries"] + found["lost"] + found["expired"]


def test_sweeps_searches_and_convergence_too():
    axes = '[sweep]\nover = { "phases.free" = [5, 9] }\n[search]\ntrials = 3\nobjective = "train_error"\nover = { "phases.free" = [3, 9] }\n'
    with Machine() as machine:
        (machine.path / "s.toml").write_text(SMALL + axes)
        for command, log in (("sweep", "points.jsonl"), ("search", "trials.jsonl")):
            _, err = machine.settle(command, "s.toml", "--threads", 8, "--out", command, processes=1)
            assert "--threads" in err, err
            assert summary(machine.path / command)["failed"] == 0 and (machine.path / command / log).read_text()
        machine.settle("run", "s.toml", "--set", "scenario.task=converge", "--threads", 8, "--out", "c", processes=1)
        machine.settle("describe", "s.toml", "--threads", 8, processes=1)


def test_a_recording_needs_no_thread_of_its_own():
    options = ("--set", "record.state=true", "--set", "record.bits=true", "--set", "record.weights=true")
    with Machine() as machine:
        machine.settle("run", "s.toml", "--out", "with", "--threads", 2, *options)
        machine.settle("run", "s.toml", "--out", "without", "--threads", 2, *options, processes=1)
        import h5py
        import numpy as np
        with h5py.File(machine.path / "with/recording.h5") as one, h5py.File(machine.path / "without/recording.h5") as other:
            names = []
            one.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
            assert len(names) > 20
            for name in names:
                assert np.array_equal(one[name][()], other[name][()]), name


def test_a_pace_without_its_thread_is_refused():
    with Machine() as machine:
        _, err = machine.settle("run", "s.toml", "--engine", "free", "--set", "free.pace=1 ms", "--threads", 2, "--out", "r", processes=1,
                                code=3)
        assert "free.pace" in err and "--threads" in err and "internal" not in err, err


def test_too_little_memory_is_told_before_it_is_taken():
    large = ("--set", "network.layers=[784,4000,4000,10]", "--set", "learning.rates=[0.1,0.1,0.1]")
    with Machine() as machine:
        for options, key in ((large, "network.layers"), (("--engine", "virtual", "--set", "network.layers=[784,2000,10]", "--set",
                                                          "scenario.shard=1"), "scenario.shard"),
                             (("--set", "learning.batch=4000", "--set", "phases.free=20000"), "learning.batch")):
            _, err = machine.settle("run", "digits", *options, "--threads", 1, "--out", "r", memory=200_000_000, code=3)
            assert key in err and "memory" in err and err.count("\n") <= 2, err
            assert not (machine.path / "r").exists()


def test_memory_that_runs_out_is_no_internal_error():
    # The estimate lets it pass, by a little.
    with Machine() as machine:
        for memory in range(40_000_000, 160_000_000, 20_000_000):
            done = subprocess.run([PROGRAM, "run", "digits", "--threads", "1", "--out", "r%d" % memory, "--quiet", "--set", "learning.epochs=1",
                                   "--set", "network.layers=[784,600,10]", "--set", "data.train=40", "--set", "data.test=20"], cwd=machine.path,
                                  capture_output=True, text=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory)))
            assert done.returncode in (0, 1, 3, 127), (memory, done.returncode, done.stderr)
            assert "internal" not in done.stderr, done.stderr
            if done.returncode == 3:
                assert "memory" in done.stderr, done.stderr


def test_memory_that_runs_out_with_many_threads_is_told_too():
    # Stacks, and what every thread allocates from, use the address space up before anybody has run out of anything else.
    with Machine() as machine:
        codes = set()
        for number, (memory, threads, engine) in enumerate(itertools.product(
                (72_000, 120_000, 132_000, 174_000, 250_000, 600_000), (8, 64), ("lockstep", "virtual", "free"))):
            done = subprocess.run([PROGRAM, "run", "digits", "--engine", engine, "--threads", str(threads), "--out", "r%d" % number, "--quiet",
                                   "--no-expect", "--set", "learning.epochs=1", "--set", "data.train=60", "--set", "data.test=20"],
                                  cwd=machine.path, capture_output=True, text=True, timeout=120,
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (memory << 10, memory << 10)))
            assert done.returncode in (0, 3), (memory, threads, engine, done.returncode, done.stderr)
            assert done.returncode == 0 or "memory" in done.stderr or "thread" in done.stderr, (memory, threads, engine, done.stderr)
            codes.add(done.returncode)
        assert 0 in codes


def test_describing_takes_no_more_than_there_is():
    # Fixed points in double precision of a network that has 40 million weights.
    wide = SMALL.replace("layers = [20, 16, 5]", "layers = [784, 6000, 6000, 5]").replace("[0.1, 0.05]", "[0.1, 0.05, 0.05]")
    with Machine() as machine:
        (machine.path / "s.toml").write_text(wide)
        out, _ = machine.settle("describe", "s.toml", memory=700 << 20)
        assert "not known" in out and "this run needs about" in out and "network.layers" in out, out
        assert "run it: settle run" in out, out


sys.exit(run_all(globals()))
