"""Learning on jittery hardware points where the continuous network's does, once both states are read equally annealed and averaged."""
import os
import pathlib
import sys

from program import SOURCE, run_all

sys.path.insert(0, str(SOURCE / "tools" / "experiments"))
from asynchrony import HARDWARE, READING, Bench  # noqa: E402

if not pathlib.Path(os.environ.get("SETTLE_DATA_DIR", "data"), "mnist").is_dir():
    print("no MNIST (set SETTLE_DATA_DIR)")
    sys.exit(77)


def test_update_under_jitter():
    bench = Bench()
    jittery = HARDWARE["… and jitter 0.1"]
    neither, both = (bench.cosines({**jittery, **READING[reading]}) for reading in ("neither", "both"))
    print("cosines by projection: neither", neither, "both", both)
    assert both[0][0] >= 0.9
    for i in (0, 1):  # of the mean update, and of single minibatches
        assert both[i][0] > neither[i][0]


sys.exit(run_all(globals()))
