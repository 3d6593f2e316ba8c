"""Law 3 on real digits: 200 minibatches of `mnist` in virtual time, without noise, are those of lockstep, bit for bit."""
import os
import pathlib
import sys
import tempfile

import h5py
import numpy as np
from program import SHORTENED, run_all, settle, summary

if not pathlib.Path(os.environ.get("SETTLE_DATA_DIR", "data"), "mnist").is_dir():
    print("no MNIST (set SETTLE_DATA_DIR)")
    sys.exit(77)

MINIBATCHES, BATCH = 200, 20


def run(*options):
    with tempfile.TemporaryDirectory() as folder:
        settle("run", "mnist", "--set", "learning.epochs=1", "--set", "data.train=%d" % (MINIBATCHES * BATCH), "--set",
               "data.test=500", "--out", folder + "/run", "--quiet", *options, code=SHORTENED)
        with h5py.File(folder + "/run/weights.h5") as file:
            return summary(folder + "/run"), [file["weights"][l][...] for l in sorted(file["weights"])]


def test_virtual_time_is_lockstep():
    expected, weights = run()
    assert expected["presentations"] >= MINIBATCHES * BATCH
    for link in ("pulse", "level"):
        found, other = run("--engine", "virtual", "--set", "timing.link=" + link)
        assert all(np.array_equal(a, b) for a, b in zip(weights, other)), link
        for key in ("fingerprint", "ticks", "spikes", "test_error", "train_error"):
            assert found[key] == expected[key], (link, key)


sys.exit(run_all(globals()))
