"""Theory beside measurement: what `describe` says of delay, and what the sweep over weights and latency finds."""
import json
import pathlib
import re
import sys
import tempfile

from program import run_all, settle


def described(scale):
    """Greatest eigenvalue and critical delay, as `settle describe` prints them."""
    out, _ = settle("describe", "critical-delay", "--set", "network.init_scale=%s" % scale)
    least, greatest = map(float, re.search(r"eigenvalues +(\S+) to ([^ ,]+),", out).groups())
    assert least == -greatest, out
    return greatest, re.search(r"critical delay +(.*)", out).group(1)


def test_no_delay_makes_it_oscillate_and_time_is_what_delay_costs():
    with tempfile.TemporaryDirectory() as folder:
        # Its expectations say that fluctuation stays where it is.
        settle("sweep", "critical-delay", "--set", "sweep.repeats=1", "--out", folder + "/sweep", "--quiet")
        points = [json.loads(line) for line in pathlib.Path(folder, "sweep", "points.jsonl").read_text().splitlines()]
    found = {point["label"]: point["metrics"] for point in points}
    for scale in ("0.5", "1.0", "2.0", "4.0"):
        greatest, delay = described(scale)
        assert greatest < 1 and delay == "none: stable at any delay", (scale, greatest, delay)
        medians = [found["%s, %d" % (scale, latency)]["settling_median"] for latency in (1, 4, 16, 64)]
        assert medians == sorted(medians), (scale, medians)
    # The slowest mode of weak weights shrinks like exp(-r t) with 1 - r = mu exp(r tau).
    mu, _ = described("0.5")

    def rate(tau):
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if 1 - middle > mu * 2.718281828459045 ** (middle * tau) else (low, middle)
        return low

    slower = rate(0.1) / rate(6.4)
    measured = found["0.5, 64"]["settling_median"] / found["0.5, 1"]["settling_median"]
    assert 1 / 1.5 < measured / slower < 1.5, (measured, slower)
    print("settling is %.2f times slower with a latency of 64 periods instead of 1; theory: %.2f" % (measured, slower))


sys.exit(run_all(globals()))
