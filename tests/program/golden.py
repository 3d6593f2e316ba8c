"""Every golden trajectory, through the program alone, on every engine that promises it (law 3): bits equal, states and weights
within 1e-4; and one fingerprint."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

TOLERANCE = 1e-4


def golden_folder():
    source = pathlib.Path(os.environ["SETTLE_SOURCE"])
    folder = pathlib.Path(os.environ.get("SETTLE_GOLDEN_DIR", source.parent / "shared" / "golden"))
    if not folder.is_dir():
        print("no golden trajectories in", folder, "(set SETTLE_GOLDEN_DIR)")
        sys.exit(77)
    return folder


def golden_cases():
    """Those of chains, and of networks that are none."""
    folders = [golden_folder(), golden_folder().parent / "golden-graph"]
    return sorted(p for folder in folders if folder.is_dir() for p in folder.iterdir() if (p / "scenario.toml").is_file())


def compare(name, expected, recorded):
    if name not in recorded:
        return "%s is missing" % name
    a, b = expected[name][...], recorded[name][...]
    if a.shape != b.shape:
        return "%s has shape %s instead of %s" % (name, b.shape, a.shape)
    if name.endswith("bits"):
        if b.dtype != np.uint8:
            return "%s is %s" % (name, b.dtype)
        return "" if np.array_equal(a, b) else "%s: %d bits differ" % (name, np.count_nonzero(a != b))
    if name.endswith(("/pre", "/post")):
        return "" if b.dtype == np.int32 and np.array_equal(a, b) else "%s differs" % name
    if b.dtype != np.float32:
        return "%s is %s" % (name, b.dtype)
    error = np.abs(a - b).max()
    return "" if error <= TOLERANCE else "%s is off by %g" % (name, error)


PRESENTED = ("/labels", "/samples", "/positions")


def what_was_presented(case, recorded):
    """Every minibatch says which samples it had: unshuffled, one after the other, with the labels of the data."""
    with h5py.File(case / "data.h5", "r") as data:
        labels = data["labels"][...].ravel()
    samples = np.concatenate([recorded["minibatch"][name]["samples"][...] for name in sorted(recorded["minibatch"])])
    problems = []
    if not np.array_equal(samples, np.arange(len(samples)) % len(labels)):
        problems.append("samples are %s" % samples)
    for name in recorded["minibatch"]:
        group = recorded["minibatch"][name]
        if not np.array_equal(group["labels"][...], labels[group["samples"][...]]):
            problems.append("minibatch/%s/labels are %s" % (name, group["labels"][...]))
        if not np.array_equal(group["positions"][...], group["samples"][...]):
            problems.append("minibatch/%s/positions are %s" % (name, group["positions"][...]))
    return problems


VIRTUAL = ["--engine", "virtual"]
WAYS = {"lockstep": ["--threads", "1"], "lockstep 2 threads": ["--threads", "2"],
        "virtual pulse": VIRTUAL + ["--set", "timing.link=pulse"],
        "virtual level": VIRTUAL + ["--set", "timing.link=level", "--set", "scenario.shard=5", "--threads", "2"],
        "virtual synapse": VIRTUAL + ["--set", "timing.scope=synapse", "--set", "scenario.shard=1"]}


def check(case, out, arguments):
    program = os.environ["SETTLE_PROGRAM"]
    run = [program, "run", str(case / "scenario.toml"), "--out", str(out), "--quiet"] + arguments
    subprocess.run(run, check=True, stdin=subprocess.DEVNULL)
    names = []
    with h5py.File(case / "expected.h5", "r") as expected, h5py.File(out / "recording.h5", "r") as recorded:
        expected.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        problems = [p for p in (compare(name, expected, recorded) for name in names) if p]
        extra = []
        recorded.visititems(lambda name, item: extra.append(name) if isinstance(item, h5py.Dataset) and name not in names else None)
        problems += ["%s was not expected" % name for name in extra if not name.endswith(PRESENTED)]
        problems += what_was_presented(case, recorded)
    with h5py.File(out / "weights.h5", "r") as final, h5py.File(case / "expected.h5", "r") as expected:
        last = sorted(expected["minibatch"])[-1]
        after = expected["minibatch"][last]
        arrays = []
        after.visititems(lambda name, item: arrays.append(name) if isinstance(item, h5py.Dataset) else None)
        for name in arrays:
            if not name.startswith(("weights/", "biases/")):
                continue
            error = np.abs(after[name][...] - final[name][...]).max()
            if error > TOLERANCE:
                problems.append("weights.h5 %s is off by %g" % (name, error))
    return problems, len(names)


def main():
    cases = golden_cases()
    if not cases:
        sys.exit("no golden cases")
    failed = 0
    for case in cases:
        text = (case / "scenario.toml").read_text()
        binary = 'kind = "continuous"' not in text
        fingerprints = set()
        with tempfile.TemporaryDirectory() as folder:
            for way, arguments in WAYS.items():
                if way.startswith("virtual") and not binary:
                    continue
                out = pathlib.Path(folder) / way.replace(" ", "-")
                problems, compared = check(case, out, arguments)
                fingerprints.add(json.loads((out / "summary.json").read_text())["fingerprint"])
                if len(fingerprints) > 1:
                    problems.append("another fingerprint")
                print("%-24s %-20s %3d data sets  %s" % (case.name, way, compared, "; ".join(problems) or "equal"))
                failed += bool(problems)
    sys.exit("%d cases differ" % failed if failed else 0)


main()
