"""The unit of time follows the period: chips from 1 GHz to less than 1 Hz are simulated alike, and what a unit is too coarse for is
said."""
import json
import pathlib
import sys
import tempfile
import zlib

from program import SHORTENED, SMALL, run_all, settle, summary

CHIP = SMALL.replace("[network]", 'engine = "virtual"\n[network]') + """
[timing]
phase = "random"
loss = 0.05
drift = { distribution = "normal", width = 0.0004 }
"""

KEPT = ("fingerprint", "ticks", "spikes", "messages", "deliveries", "lost", "expired", "synaptic_operations", "train_error")

CONVERGES = ("scenario.engine=virtual", "timing.phase=random", "timing.latency={low=0.3,high=0.6}", "phases.free=60", "phases.nudged=20")


def sets(*changes):
    return [part for change in changes for part in ("--set", change)]


def run(scenario, *changes, code=0):
    """Summary, manifest and what was said of a run of a built-in scenario, or of a text."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        if "\n" in scenario:
            (path / "s.toml").write_text(scenario)
            scenario = "s.toml"
        _, said = settle("run", scenario, "--out", "out", *sets(*changes), cwd=path, code=code)
        # The resolved scenario is the same run.
        _, again = settle("run", "out/scenario.toml", "--out", "again", "--engine", "virtual", cwd=path, code=code)
        found = summary(path / "out")
        assert found["fingerprint"] == summary(path / "again")["fingerprint"]
        return found, json.loads((path / "out" / "manifest.json").read_text()), said


def test_times_scale():
    # Durations with units, a drift of 400 ppm, and everything else in periods: 2 ms, 2 us, 20 s and 200 s.
    for engine in ("virtual", "lockstep"):
        results = []
        for exponent, unit in ((-3, "1 ns"), (-6, "1 ps"), (1, "10 us"), (2, "100 us")):
            timing = ["timing.period=2e%d s" % exponent]
            if engine == "virtual":
                timing += ["timing.jitter=0.14e%d s" % exponent, "timing.latency={low='0.6e%d s',high='1.234567e%d s'}" % (exponent, exponent),
                           "timing.latency_jitter=0.05"]
            text = CHIP if engine == "virtual" else SMALL
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder)
                (path / "s.toml").write_text(text)
                _, said = settle("run", "s.toml", "--out", "out", *sets(*timing), cwd=path)
                assert "warning" not in said, said
                found = summary(path / "out")
                assert json.loads((path / "out" / "manifest.json").read_text())["time_unit"] == unit
                settle("run", "out/scenario.toml", "--out", "again", cwd=path)
                assert summary(path / "again")["fingerprint"] == found["fingerprint"]
                assert "in units of %s\n" % unit in settle("describe", "out/scenario.toml", cwd=path)[0]
            results.append({key: found[key] for key in KEPT})
        assert all(result == results[0] for result in results), results


def test_a_chip_of_100_mhz_drifts():
    usual = run("convergence", *CONVERGES, "timing.drift=0.05", code=SHORTENED)[0]
    fast, manifest, _ = run("convergence", *CONVERGES, "timing.drift=0.05", 'timing.period="10 ns"', code=SHORTENED)
    still = run("convergence", *CONVERGES, 'timing.period="10 ns"', code=SHORTENED)[0]
    assert manifest["time_unit"] == "1 ps"
    assert fast["fingerprint"] != still["fingerprint"] and fast["ticks"] != still["ticks"]
    # The same chip but for what 10^4 units a period round away.
    assert abs(fast["ticks"] / usual["ticks"] - 1) < 1e-4, (fast["ticks"], usual["ticks"])
    assert abs(fast["final_distance"] / usual["final_distance"] - 1) < 0.2, (fast["final_distance"], usual["final_distance"])
    assert fast["unsettled"] <= usual["unsettled"] + 2


def test_what_a_unit_is_too_coarse_for_is_said():
    _, err = settle("run", "convergence", "--dry-run", *sets(*CONVERGES, "timing.drift=0.00005", 'timing.period="10 ns"'), code=2)
    assert "--set: timing.drift: comes to 0.5 units of time (1 ps); expected 0, or at least one unit" in err, err
    out, err = settle("run", "convergence", "--dry-run", *sets(*CONVERGES, "timing.jitter=0.0005", 'timing.period="10 ns"'))
    assert "warning: --set: timing.jitter: comes to 5 units of time (1 ps), so that draws take few values" in err, err
    _, err = settle("run", "convergence", "--dry-run", *sets(*CONVERGES[:2], 'timing.latency="1500.4 ns"'))
    assert 'warning: --set: timing.latency: "1500.4 ns" is 1500.4 units of time (1 ns), and rounded to 1500' in err, err
    _, err = settle("run", "convergence", "--dry-run", *sets(*CONVERGES, 'timing.period="0.5 ns"'), code=2)
    assert 'timing.period: "0.5 ns" is out of range; expected 1 ns to 10^12 s' in err, err


def test_a_checkpoint_that_counted_in_nanoseconds():
    """Earlier versions did so at every period, and their checkpoints had no list of files."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "s.toml").write_text(SMALL)

        def run(period, code=0):
            name = period.replace(" ", "")
            if not (folder / name).exists():
                settle("run", "s.toml", "--set", 'timing.period="%s"' % period, "--out", name, cwd=folder)
                old_checkpoint(folder / name / "checkpoint")
            return settle("run", "s.toml", "--set", 'timing.period="%s"' % period, "--out", name, "--resume",
                          "--set", "learning.epochs=3", cwd=folder, code=code)

        run("1 ms")
        before = None
        for _ in range(2):
            _, err = run("20 us", code=2)
            assert "20us/checkpoint: timing.period: this checkpoint is of an earlier version" in err, err
            now = {path.name: path.read_bytes() for path in (folder / "20us").iterdir()}
            assert before in (None, now)
            before = now


def test_a_sweep_that_counted_in_nanoseconds():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "s.toml").write_text(SMALL + '[sweep]\nover = { "timing.period" = ["1 ms", "20 us"] }\n'
                                       '[search]\ntrials = 2\nobjective = "train_error"\nover = { "learning.beta" = [0.1, 1.0] }\n')
        for command, more in (("sweep", "sweep.repeats=2"), ("search", "search.trials=3")):
            options = ("--set", 'timing.period="20 us"') if command == "search" else ()
            settle(command, "s.toml", "--out", command, *options, cwd=folder)
            manifest = json.loads((folder / command / "manifest.json").read_text())
            del manifest["inputs"], manifest["time_unit"]
            (folder / command / "manifest.json").write_text(json.dumps(manifest))
            log = folder / command / ("points.jsonl" if command == "sweep" else "trials.jsonl")
            before = log.read_bytes()
            settle(command, "s.toml", "--out", command, "--resume", *options, cwd=folder)  # finished: as it was
            _, err = settle(command, "s.toml", "--out", command, "--resume", *options, "--set", more, cwd=folder, code=2)
            assert "timing.period: this was begun by an earlier version" in err and log.read_bytes() == before, err


def old_checkpoint(path):
    """Makes one of version 3: the map loses its empty list of files."""
    payload = path.read_bytes()[24:]
    assert payload.count(b"\x66inputs\x80") == 1
    payload = bytes([payload[0] - 1]) + payload[1:].replace(b"\x66inputs\x80", b"")
    body = len(payload).to_bytes(8, "little") + payload
    path.write_bytes(b"settleCP" + (3).to_bytes(4, "little") + zlib.crc32(body).to_bytes(4, "little") + body)


sys.exit(run_all(globals()))
