"""[energy]: joules as one gets them by hand from the counters, on every engine; and nothing else changes."""
import json
import pathlib
import sys
import tempfile
from decimal import Decimal

from program import SMALL, run_all, settle

COSTS = {"update": "72.8", "spike": "69.3", "encode": "111", "hop_x": "3", "hop_y": "4.2", "decode": "0", "synapse": "35.5"}
LOIHI = '[energy]\npreset = "loihi"\n'
NAMES = {"energy_joules", "energy_per_presentation", "energy_to_settle", "energy_delay", "energy_by_cause",
         "energy_by_population", "energy_unpriced"}
CIRCUMSTANCES = {"wall_seconds", "samples_per_second", "posts"}


def run(text, *options, code=0):
    """(summary with exact decimals, what was printed)"""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "s.toml").write_text(text)
        out, _ = settle("run", "s.toml", "--out", "run", *options, cwd=path, code=code)
        return json.loads((path / "run" / "summary.json").read_text(), parse_float=Decimal), out


def check_bill(s, costs, static=Decimal(0)):
    pico = Decimal("1e-12")
    by_cause = {name: Decimal(cost) * pico for name, cost in costs.items()}
    level = s["messages"] > s["spikes"]
    # Everybody is heard here.
    counts = {"update": s["ticks"], "spike": s["spikes"], "encode": s["ticks"] if level else s["spikes"], "hop_x": 0, "hop_y": 0,
              "decode": s["deliveries"], "synapse": s["synaptic_operations"]}
    expected = {name: cost * counts[name] for name, cost in by_cause.items()}
    expected["static"] = static
    assert list(s["energy_by_cause"]) == list(expected)
    for name, value in expected.items():
        assert Decimal(s["energy_by_cause"][name]) == value, (name, s["energy_by_cause"][name], value)
    whole = sum(expected.values())
    assert s["energy_joules"] == whole, (s["energy_joules"], whole)
    assert sum(map(Decimal, s["energy_by_population"].values())) + static == whole
    assert abs(s["energy_per_presentation"] * s["presentations"] - whole) < Decimal("1e-18")
    for p, name in enumerate(s["energy_by_population"]):
        encodes = s["ticks_by_population"] if level else s["spikes_by_population"]
        own = (s["ticks_by_population"][p] * by_cause["update"] + s["spikes_by_population"][p] * by_cause["spike"] +
               encodes[p] * by_cause["encode"] + s["synaptic_operations_by_population"][p] * by_cause["synapse"])
        rest = s["energy_by_population"][name] - own
        assert rest >= 0 and (by_cause["decode"] > 0 or rest == 0), (name, rest)
    return whole


def test_every_engine_gives_what_its_counters_say():
    costs = dict(COSTS, decode="16.25")
    text = SMALL + LOIHI + 'decode = "16.25 pJ"\n'
    found = {}
    for engine in ("lockstep", "virtual", "free"):
        found[engine], _ = run(text, "--engine", engine, "--set", "phases.splitstream=true", "--set", "learning.beta_sign=fixed")
        check_bill(found[engine], costs)
    # Law 3 has the same answer, period by period.
    for name in NAMES:
        assert found["lockstep"][name] == found["virtual"][name], name
    noisy = ("--engine", "virtual", "--set", "timing.loss=0.1", "--set", "timing.jitter=0.2", "--set", "timing.phase=random")
    check_bill(run(text, *noisy)[0], costs)
    check_bill(run(text, *noisy, "--set", "timing.link=level", "--set", "timing.duplication=0.1")[0], costs)


def test_static_energy_is_power_times_the_time_of_all_branches():
    text = SMALL + '[energy]\nstatic = "2 mW"\n'
    s, out = run(text, "--set", "data.test=0", "--set", "phases.free=10", "--set", "phases.nudged=5", "--set", "phases.splitstream=true",
                 "--set", "learning.beta_sign=fixed", "--set", "timing.period=\"10 us\"")
    # Main 15 periods, the branch that stays free 5.
    check_bill(s, dict.fromkeys(COSTS, "0"), Decimal("0.002") * s["presentations"] * 20 * Decimal("1e-5"))
    assert s["energy_unpriced"] == "update, spike, encode, hop_x, hop_y, decode, synapse", s["energy_unpriced"]
    assert "unit costs of 0: update, spike, encode, hop_x, hop_y, decode, synapse\n" in out, out
    both, _ = run(text, "--engine", "free", "--set", "data.test=0", "--set", "phases.free=10", "--set", "phases.nudged=5", "--set",
                  "learning.beta_sign=both")
    # Hardware that runs freely presents once more to nudge the other way.
    check_bill(both, dict.fromkeys(COSTS, "0"), Decimal("0.002") * both["presentations"] * 30 * Decimal("1e-3"))


def test_until_the_answer_is_final():
    # Of the last epoch. All neurons cost a tick a period, and nothing else costs anything: so the energy is the mean period of settling.
    s, _ = run(SMALL + '[energy]\nupdate = "1 pJ"\n')
    neurons = s["ticks"] * 5 // s["ticks_by_population"][2]
    assert s["energy_to_settle"] > 0 and neurons == 41, neurons
    periods = s["energy_to_settle"] / Decimal("41e-12")
    assert abs(periods * 40 - round(periods * 40)) < Decimal("1e-9"), periods
    assert abs(s["energy_delay"] - s["energy_to_settle"] * s["settling_median"] * Decimal("1e-3")) < Decimal("1e-22")


def test_nothing_else_changes():
    for options in ((), ("--engine", "virtual", "--set", "timing.jitter=0.3", "--set", "timing.loss=0.1")):
        plain, _ = run(SMALL, *options)
        priced, _ = run(SMALL + LOIHI, *options)
        assert not any(name.startswith("energy") for name in plain), plain
        assert priced.keys() - plain.keys() <= NAMES
        for name in plain.keys() - CIRCUMSTANCES:
            assert plain[name] == priced[name], name


def test_a_sweep_a_search_and_an_expectation_are_about_joules():
    text = SMALL.replace("epochs = 2", "epochs = 1") + LOIHI + (
        '[sweep]\nover = { "energy.synapse" = ["35.5 pJ", "1 pJ"] }\nshow = ["energy_per_presentation"]\n'
        '[search]\nobjective = "energy_per_presentation"\ntrials = 2\nover = { "neuron.epsilon.initial" = [0.5, 0.9] }\n'
        '[[expect]]\nmetric = "energy_per_presentation"\nabove = 1\n')
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "s.toml").write_text(text)
        out, _ = settle("sweep", "s.toml", "--out", "sweep", cwd=path)
        assert "synapse 35.5 pJ" in out and "energy_per_presentation" in out, out
        means = (path / "sweep" / "means.csv").read_text()
        rows = [line.split(",") for line in means.splitlines() if ",energy_per_presentation," in line]
        values = [float(row[-3]) for row in rows]
        assert len(values) == 2 and values[0] > 2 * values[1] > 0, means
        settle("search", "s.toml", "--out", "search", cwd=path, code=1)
        settle("run", "s.toml", "--out", "run", cwd=path, code=1)
        (path / "t.toml").write_text(text.replace(LOIHI, ""))
        _, err = settle("run", "t.toml", "--out", "none", cwd=path, code=2)
        assert "there is no [energy]" in err, err


sys.exit(run_all(globals()))
