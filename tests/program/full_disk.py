"""A full disk loses nothing that was saved, exits 3 and says what to do; with room again, the run goes on to the same end."""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from program import PROGRAM, SMALL, run_all, settle, summary

if "SETTLE_FULL_DISK" not in os.environ:
    # A mount name space of its own: nothing outside sees the small disk, and it goes away with the test.
    os.environ["SETTLE_FULL_DISK"] = "1"
    for unshare in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
        tried = subprocess.run([*unshare, "sh", "-c", "mount -t tmpfs none /mnt"], capture_output=True)
        if tried.returncode == 0:
            os.execvp(unshare[0], [*unshare, sys.executable, *sys.argv])
    print("no right to mount a small disk")
    sys.exit(77)

TEXT = SMALL.replace("epochs = 2", "epochs = 300").replace("train = 40", "train = 200") + "[checkpoint]\nevery = 35\n"


class Disk:
    """A disk of `size` bytes with the scenario on another one, beside the uninterrupted run."""

    def __init__(self, size, text=TEXT):
        self.size, self.text = size, text

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.temporary.name)
        (self.path / "s.toml").write_text(self.text)
        (self.path / "disk").mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % self.size, "none", self.path / "disk"], check=True)
        settle("run", "s.toml", "--out", "whole", "--quiet", "--set", "checkpoint.every=0", cwd=self.path)
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", self.path / "disk"], check=True)
        self.temporary.cleanup()

    def run(self, *options, code=0):
        return settle("run", "s.toml", "--out", "disk/r", "--quiet", *options, cwd=self.path, code=code)

    def fill(self):
        with open(self.path / "disk" / "ballast", "ab", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(b"x" * 512)
            except OSError:
                pass

    def free(self):
        (self.path / "disk" / "ballast").unlink()

    def same_as_whole(self):
        one, other = summary(self.path / "whole"), summary(self.path / "disk" / "r")
        assert one["fingerprint"] == other["fingerprint"] and one["train_error"] == other["train_error"]
        assert (self.path / "whole" / "weights.h5").read_bytes() == (self.path / "disk" / "r" / "weights.h5").read_bytes()

    def saved(self):
        return {p.name: p.read_bytes() for p in (self.path / "disk" / "r").iterdir() if "checkpoint" in p.name}


def says_what_to_do(err):
    assert err.count("\n") == 1, err
    assert err.startswith("settle: disk/r/") and "cannot be" in err and "expected free space" in err, err


def test_a_disk_that_fills_up_while_training():
    with Disk(1_200_000) as disk:
        process = subprocess.Popen([PROGRAM, "run", "s.toml", "--out", "disk/r", "--quiet"], cwd=disk.path, text=True,
                                   stderr=subprocess.PIPE)
        while not (disk.path / "disk" / "r" / "checkpoint.previous").exists():
            time.sleep(0.001)
        disk.fill()
        _, err = process.communicate()
        assert process.returncode == 3, (process.returncode, err)
        says_what_to_do(err)
        saved = disk.saved()
        assert saved
        # Still full: nothing is lost, nothing is claimed.
        _, err = disk.run("--resume", code=3)
        says_what_to_do(err)
        assert disk.saved() == saved
        disk.free()
        disk.run("--resume")
        disk.same_as_whole()
        assert summary(disk.path / "disk" / "r")["resumed_at"] > 0


def test_a_recording_that_fills_the_disk():
    with Disk(1_500_000) as disk:
        _, err = disk.run("--set", "record.weights=true", code=3)
        assert err.startswith("settle: disk/r/"), err
        assert "full" in err or "space" in err, err
        assert "checkpoint" in disk.saved()
        for recording in (disk.path / "disk" / "r").glob("recording*.h5"):
            recording.unlink()
        disk.run("--resume")
        disk.same_as_whole()
        assert summary(disk.path / "disk" / "r")["resumed_at"] > 0


def test_a_finished_run_keeps_its_results():
    with Disk(1_200_000) as disk:
        disk.run("--set", "learning.epochs=3")
        before = {p.name: p.read_bytes() for p in (disk.path / "disk" / "r").iterdir()}
        disk.fill()
        _, err = disk.run("--resume", code=3)
        says_what_to_do(err)
        for name in ("summary.json", "weights.h5", "metrics.jsonl", "checkpoint"):
            assert (disk.path / "disk" / "r" / name).read_bytes() == before[name], name
        disk.free()
        disk.run("--resume")
        disk.same_as_whole()


def test_no_room_from_the_start():
    with Disk(16_384) as disk:
        disk.fill()
        _, err = disk.run(code=3)
        assert err.startswith("settle: disk/r"), err


sys.exit(run_all(globals()))
