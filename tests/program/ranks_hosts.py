"""Ranks on two hosts, which are two network namespaces: TCP alone joins them, and what came over it are the bits of one process."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from program import SMALL, settle, summary

MPI = os.environ.get("SETTLE_MPI", "")
NAMES = ["settle%d%s" % (os.getpid() % 10000, side) for side in "ab"]
ADDRESSES = ["10.77.0.1", "10.77.0.2"]
# What the launcher calls in place of ssh: options, host, command.
ENTER = """#!/bin/sh
while [ "${1#-}" != "$1" ]; do shift; done
host=$1; shift
case $host in %s) space=%s ;; *) space=%s ;; esac
exec ip netns exec $space unshare --uts sh -c "hostname $space; exec sh -c \\"\\$0\\"" "$*"
""" % (ADDRESSES[0], *NAMES)


def ip(*arguments):
    return subprocess.run(["ip", *arguments], capture_output=True).returncode == 0


def build_hosts():
    if not (pathlib.Path(MPI).is_file() and ip("netns", "add", NAMES[0]) and ip("netns", "add", NAMES[1])):
        return False
    links = [name[6:] + "v" for name in NAMES]
    ip("link", "add", links[0], "netns", NAMES[0], "type", "veth", "peer", "name", links[1], "netns", NAMES[1])
    for name, link, address in zip(NAMES, links, ADDRESSES):
        if not (ip("-n", name, "addr", "add", address + "/24", "dev", link) and ip("-n", name, "link", "set", "lo", "up")
                and ip("-n", name, "link", "set", link, "up")):
            return False
    time.sleep(2)  # until the link has a carrier
    return True


def launch(path, *arguments):
    inside = "hostname %s; exec mpirun -launcher ssh -launcher-exec %s -iface %sv -hosts %s:1,%s:1 -n 2 %s %s" % (
        NAMES[0], path / "enter", NAMES[0][6:], *ADDRESSES, MPI, " ".join(map(str, arguments)))
    return subprocess.Popen(["ip", "netns", "exec", NAMES[0], "unshare", "--uts", "sh", "-c", inside], cwd=path, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "UCX_TLS": "tcp"})


def check(path):
    settle("run", "s.toml", "--out", "whole", "--quiet", cwd=path)
    job = launch(path, "run", path / "s.toml", "--out", path / "r", "--quiet", "--threads", 1)
    out, err = job.communicate(timeout=120)
    assert job.returncode == 0, (out, err)
    assert summary(path / "r")["fingerprint"] == summary(path / "whole")["fingerprint"]
    ranks = (path / "r" / "ranks.json").read_text()
    assert all(name in ranks for name in NAMES), ranks
    # The other host's rank is killed.
    job = launch(path, "run", path / "s.toml", "--out", path / "k", "--quiet", "--threads", 1, "--set", "learning.epochs=100000")
    while not (path / "k" / "ranks.json").exists():
        time.sleep(0.01)
    time.sleep(0.5)

    os.kill(json.loads((path / "k" / "ranks.json").read_text())["ranks"][1]["pid"], signal.SIGKILL)
    start = time.monotonic()
    job.communicate(timeout=60)
    assert job.returncode != 0 and time.monotonic() - start < 10, (job.returncode, time.monotonic() - start)
    print("two hosts: %s; a kill ended the job in %.1f s" % (summary(path / "r")["fingerprint"], time.monotonic() - start))


def main():
    try:
        if not build_hosts():
            print("no right to make network namespaces, or no build-mpi/settle")
            return 77
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            (path / "s.toml").write_text(SMALL)
            (path / "enter").write_text(ENTER)
            (path / "enter").chmod(0o755)
            check(path)
        return 0
    finally:
        for name in NAMES:
            ip("netns", "del", name)


if __name__ == "__main__":
    sys.exit(main())
