"""Behaviour has a number: the fingerprint of the digits scenario. A commit that changes it changes it here, and says why."""
import sys
import tempfile

from program import SOURCE, run_all, settle, summary

EXPECTED = (SOURCE / "tests/program/digits.fingerprint").read_text().strip()


def test_digits_learns_and_has_its_fingerprint():
    for threads in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            out, _ = settle("run", "digits", "--threads", threads, "--out", folder + "/run")
            s = summary(folder + "/run")
            assert s["test_error"] < 0.08, s["test_error"]
            assert s["fingerprint"] == EXPECTED, "the fingerprint is %s; expected %s" % (s["fingerprint"], EXPECTED)
            for part in ("test error", "settling", "label → answer", "fingerprint"):
                assert part in out, part


sys.exit(run_all(globals()))
