"""Real digits on real threads: what one epoch must reach, with any number of threads, by actors that lead and lag."""
import os
import pathlib
import sys
import tempfile

from program import run_all, settle, summary

if not pathlib.Path(os.environ.get("SETTLE_DATA_DIR", "data"), "mnist").is_dir():
    print("no MNIST (set SETTLE_DATA_DIR)")
    sys.exit(77)


def test_one_epoch():
    for threads in (1, 2, 4, 8):
        with tempfile.TemporaryDirectory() as folder:
            settle("run", "mnist-free", "--threads", threads, "--out", folder + "/run", "--quiet")
            found = summary(folder + "/run")
            print("threads %d: test error %.4f, %.0f presentations/s, lead %.2f (%d), lag %.2f (%d), blocked %d times" % (
                threads, found["test_error"], found["samples_per_second"], found["lead_mean"], found["lead_max"], found["lag_mean"],
                found["lag_max"], found["blocked"]))
            assert found["engine"] == "free" and found["threads"] == threads
            assert found["test_error"] <= 0.075
            assert found["ticks"] == (60000 * 200 + 10000 * 100) * 1294
            assert found["messages"] == found["deliveries"] and found["lost"] == 0
            assert found["posts"] > 0 and 0 < found["lead_max"] <= 1 and found["lag_max"] > 0 and found["lead_mean"] > 0


sys.exit(run_all(globals()))
