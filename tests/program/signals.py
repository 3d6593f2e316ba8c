"""A signal ends any run within seconds, however long its minibatch takes, says what it does, and keeps what can be kept."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from program import PROGRAM, run_all

# One minibatch takes minutes, in any engine.
LONG = """
[scenario]
name = "long"
engine = "ENGINE"
task = "TASK"
threads = 2
[network]
layers = [784, 1500, 1500, 10]
[neuron]
lambda = "0.832/t^0.584"
[phases]
free = 4000
nudged = 2000
[learning]
rates = [0.02, 0.02, 0.02]
batch = 100
[data]
set = "random"
train = 200
test = 0
"""
# Promised are 5; a machine that does other things as well may take longer to do what little is left.
SECONDS = 15


def text(engine, task="train"):
    return LONG.replace("ENGINE", engine).replace("TASK", task)


class Folder:
    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.temporary.name)
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def interrupt(self, command, scenario, number, begun, *options):
        """Sends a signal once `begun()`; returns stderr and how long it took to end."""
        (self.path / "s.toml").write_text(scenario)
        child = subprocess.Popen([PROGRAM, command, "s.toml", "--out", "r", "--quiet", *options], cwd=self.path, stderr=subprocess.PIPE,
                                 stdout=subprocess.DEVNULL, text=True)
        while not begun(self.path / "r"):
            assert child.poll() is None, child.communicate()
            time.sleep(0.01)
        time.sleep(0.5)
        start = time.monotonic()
        child.send_signal(number)
        _, err = child.communicate(timeout=120)
        assert child.returncode == 128 + number, (child.returncode, err)
        return err, time.monotonic() - start


def directory_made(run):
    return (run / "metrics.jsonl").exists()


def test_training_drops_a_minibatch_that_takes_long():
    for engine, number in (("lockstep", signal.SIGTERM), ("virtual", signal.SIGUSR1), ("free", signal.SIGINT)):
        with Folder() as folder:
            err, seconds = folder.interrupt("run", text(engine), number, directory_made)
            print("%s: %.1f s after %s" % (engine, seconds, number.name))
            assert seconds < SECONDS, seconds
            assert "stopping after this minibatch\n" in err and "after 0 training presentations; go on with: " in err, err
            assert (folder.path / "r" / "checkpoint").exists() and not (folder.path / "r" / "summary.json").exists()


def test_what_keeps_nothing_stops_where_it_is():
    for engine in ("lockstep", "virtual", "free"):
        for task in ("infer", "converge"):
            with Folder() as folder:
                err, seconds = folder.interrupt("run", text(engine, task), signal.SIGTERM, directory_made)
                assert seconds < SECONDS and "nothing is kept" in err, (engine, task, seconds, err)
                assert "stopping after" not in err


def test_points_trials_and_what_is_compared_with():
    axes = '[sweep]\nover = { "phases.nudged" = [2000, 2001] }\n[search]\ntrials = 2\nobjective = "train_error"\n' \
           'over = { "phases.nudged" = [2000, 2001] }\n'
    for command, log in (("sweep", "points.jsonl"), ("search", "trials.jsonl")):
        with Folder() as folder:
            err, seconds = folder.interrupt(command, text("lockstep") + axes, signal.SIGTERM, lambda run: (run / log).exists())
            assert seconds < SECONDS and "stopped by SIGTERM after 0 of 2" in err, (seconds, err)
    with Folder() as folder:
        (folder.path / "other.toml").write_text(text("lockstep"))
        short = text("lockstep").replace("free = 4000\nnudged = 2000", "free = 2\nnudged = 1").replace("1500, 1500", "10, 10")
        compared = short + '[[expect]]\nmetric = "ticks"\nthan = "other.toml"\nbelow = 0\n'
        err, seconds = folder.interrupt("run", compared, signal.SIGTERM, lambda run: (run / "checkpoint").exists())
        assert seconds < SECONDS and "stopped by SIGTERM after 200 training presentations" in err, (seconds, err)


def test_signals_of_batch_systems():
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU):
        with Folder() as folder:
            # They come again of themselves, which hurries nobody.
            quick = text("lockstep").replace("free = 4000\nnudged = 2000", "free = 20\nnudged = 10").replace("train = 200", "train = 20000")
            quick = quick.replace("1500, 1500", "100, 100").replace("batch = 100", "batch = 100\nepochs = 100000")
            (folder.path / "s.toml").write_text(quick)
            child = subprocess.Popen([PROGRAM, "run", "s.toml", "--out", "r", "--quiet"], cwd=folder.path, stderr=subprocess.PIPE, text=True)
            while not directory_made(folder.path / "r"):
                time.sleep(0.01)
            time.sleep(0.3)
            for _ in range(3):
                child.send_signal(number)
            _, err = child.communicate(timeout=120)
            assert child.returncode == 128 + number and "stopped by %s after " % number.name in err, (child.returncode, err)
            assert (folder.path / "r" / "checkpoint").exists()


def begin(folder, *arguments):
    """The program, a moment after it was started."""
    child = subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    time.sleep(0.3)
    return child


def test_what_has_not_begun_ends_at_once():
    # A named pipe that nobody writes to is a file system that hangs: data, weights, a scenario, recordings.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
        with Folder() as folder:
            (folder.path / "s.toml").write_text(text("lockstep").replace('set = "random"\ntrain = 200', 'set = "idx"\npath = "pipes"'))
            (folder.path / "pipes").mkdir()
            for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
                os.mkfifo(folder.path / "pipes" / name)
            os.mkfifo(folder.path / "pipe.toml")
            for arguments in (("run", "s.toml", "--out", "r"), ("sweep", "pipe.toml", "--out", "r"), ("describe", "pipe.toml"),
                              ("search", "pipe.toml", "--out", "r"), ("data", "check", "mnist", "--folder", "pipes")):
                child = begin(folder.path, *arguments)
                if child.poll() is not None:  # it refuses pipes
                    child.communicate()
                    assert child.returncode in (1, 2), (arguments, child.returncode)
                    continue
                start = time.monotonic()
                child.send_signal(number)
                _, err = child.communicate(timeout=60)
                assert time.monotonic() - start < SECONDS and child.returncode == 128 + number, (arguments, child.returncode, err)
                assert "stopped by " in err and not (folder.path / "r" / "scenario.toml").exists(), (arguments, err)
    # Preparing: a network that takes long to draw.
    with Folder() as folder:
        (folder.path / "s.toml").write_text(text("lockstep").replace("1500, 1500", "9000, 9000"))
        child = begin(folder.path, "run", "s.toml", "--out", "r")
        assert child.poll() is None and not (folder.path / "r" / "metrics.jsonl").exists()
        child.terminate()
        _, err = child.communicate(timeout=60)
        assert child.returncode == 128 + signal.SIGTERM and err == "settle: stopped by SIGTERM\n", err


def test_long_tables_are_given_up():
    long = text("lockstep", "infer").replace("free = 4000", "free = 10000000").replace("1500, 1500", "10, 10").replace("train = 200", "train = 1")
    sweep = long + '[sweep]\nover = { "scenario.seed" = [1, 2] }\n'
    for command, scenario, begun in (("run", long, directory_made), ("sweep", sweep, lambda run: (run / "points.jsonl").exists())):
        with Folder() as folder:
            err, seconds = folder.interrupt(command, scenario, signal.SIGTERM, begun)
            print("%s: %.1f s" % (command, seconds))
            assert seconds < SECONDS and "stopped by SIGTERM" in err, (seconds, err)


def test_what_cannot_be_left_says_that_it_stops():
    # A sweep draws the network of every point: nothing looks at a signal meanwhile.
    wide = text("lockstep", "infer").replace("1500, 1500", "12000, 12000").replace("train = 200", "train = 2").replace("free = 4000", "free = 2")
    wide = wide.replace("nudged = 2000", "nudged = 0") + '[sweep]\nover = { "scenario.seed" = [1, 2, 3, 4] }\n'
    with Folder() as folder:
        err, seconds = folder.interrupt("sweep", wide, signal.SIGTERM, lambda run: (run / "points.jsonl").exists(), "--threads", "1")
        print("%.1f s" % seconds)
        assert "stopped by SIGTERM after" in err, err
        assert seconds < 5 or "SIGTERM came: stopping as soon as what is being done has ended\n" in err, (seconds, err)


sys.exit(run_all(globals()))
