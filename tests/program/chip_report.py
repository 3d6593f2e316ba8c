"""What a run on a chip says of it, held against what else it leaves: records of its messages, its counters, its places."""
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from decimal import Decimal

import h5py

from program import PROGRAM, SMALL, run_all, settle, summary

LAYERS = [20, 16, 5]
FIRST = [0, 20, 36]
TIMES = {"encode": "5.1 ns", "link": "60 ns", "hop_x": "4.1 ns", "hop_y": "6.5 ns", "decode": "16 ns", "synapse": "40 ns"}
CHIP = {"mesh": [3, 2], "neurons_per_core": 8, "buffer": 2}
ENERGY = ["energy.preset=loihi", "energy.decode=1.7 pJ", "energy.static=0.123 mW"]
COSTS = {"update": 72800, "spike": 69300, "encode": 111000, "hop_x": 3000, "hop_y": 4200, "decode": 1700, "synapse": 35500}


def command(name, *changes, engine="virtual", threads=2, times=TIMES, resume=False, **chip):
    keys = {**CHIP, **times, **chip}
    changes = ["chip.%s=%s" % (key, json.dumps(value)) for key, value in keys.items()] + ["timing.period=1 us"] + list(changes)
    if engine == "virtual":
        changes += ["timing.phase=random", "timing.jitter=0.1"]
    return ["run", "s.toml", "--engine", engine, "--threads", str(threads), "--out", name, *(["--resume"] if resume else []),
            *[part for change in changes for part in ("--set", change)]]


def run(path, name, *changes, code=0, **more):
    return settle(*command(name, *changes, **more), cwd=path, code=code)


def table(file):
    with open(file) as lines:
        return list(csv.DictReader(lines))


def exactly(folder):
    return json.loads((pathlib.Path(folder) / "summary.json").read_text(), parse_float=Decimal)


def spread_folder(text=SMALL.replace("train = 40", "train = 14").replace("epochs = 2", "epochs = 1")):
    folder = tempfile.TemporaryDirectory()
    path = pathlib.Path(folder.name)
    (path / "s.toml").write_text(text)
    return folder, path


def listeners(neuron):
    layer = max(l for l in range(3) if FIRST[l] <= neuron)
    return [n for l in (layer - 1, layer + 1) if 0 < l < 3 for n in range(FIRST[l], FIRST[l] + LAYERS[l])]


def test_joules_add_up_by_cause_population_and_place():
    folder, path = spread_folder()
    with folder:
        for number, (keys, changes) in enumerate([({}, []), ({"full": "drop", "multicast": False}, ["phases.splitstream=true"]),
                                                  ({"cores_per_tile": 2, "placement": "random", "slow": 0.2}, ["timing.link=level"])]):
            name = "r%d" % number
            run(path, name, *ENERGY, *changes, **keys)
            said, rows = exactly(path / name), table(path / name / "chip.csv")
            whole = said["energy_joules"]
            assert sum(Decimal(row["energy"]) for row in rows) == whole
            assert sum(said["energy_by_cause"].values()) == whole
            assert sum(said["energy_by_population"].values()) + said["energy_by_cause"]["static"] == whole
            # Of a server: what its packets cost.
            of = {"encoder": "encode", "decoder": "decode"}
            for row in rows:
                if row["kind"] == "core":
                    continue
                cause = of.get(row["kind"]) or ("hop_x" if row["direction"] in "WE" else "hop_y")
                assert Decimal(row["energy"]) * 10**15 == int(row["packets"]) * COSTS[cause], row
            assert said["energy_by_cause"]["synapse"] * 10**15 == said["synaptic_operations"] * COSTS["synapse"]
            # Power × time × cores in use.
            branches = 14 * (40 if "phases.splitstream=true" in changes else 30)
            cores = len({row["core"] for row in table(path / name / "place.csv")})
            assert said["energy_by_cause"]["static"] * 10**15 == cores * branches * 10**6 * Decimal("0.123")
            run(path, name + "-3", *ENERGY, *changes, threads=3, **keys)
            for file in ("chip.csv", "latencies.csv", "place.csv"):
                assert (path / name / file).read_bytes() == (path / (name + "-3") / file).read_bytes()


def test_figures_are_those_of_the_recorded_messages():
    folder, path = spread_folder()
    with folder:
        run(path, "r", "record.messages=true", buffer=0)
        rows = [one["messages"] for one in h5py.File(path / "r" / "recording.h5")["minibatch"].values()]
        packets, latencies, hops = 0, [], []
        for number, one in enumerate(rows):
            columns = {key: one[key][...].tolist() for key in ("presentation", "source", "tick", "sent", "arrived", "fate", "hops")}
            packets += len(set(zip(columns["presentation"], columns["source"], columns["tick"])))
            for sent, arrived, fate, far in zip(columns["sent"], columns["arrived"], columns["fate"], columns["hops"]):
                if fate == 0:
                    latencies.append((arrived - sent) / 1000)
                    hops.append(far)
        said = summary(path / "r")
        latencies.sort()
        assert said["packets"] == packets and said["dropped"] == 0
        assert abs(said["chip_latency_mean"] - sum(latencies) / len(latencies)) < 1e-6
        assert said["chip_latency_max"] == latencies[-1]
        for name, part in (("chip_latency_p50", .5), ("chip_latency_p99", .99)):
            exact = latencies[-(-int(part * 1000 * len(latencies)) // 1000) - 1]
            assert abs(said[name] - exact) <= .005 * exact, (name, said[name], exact)
        assert abs(said["hops_mean"] - sum(hops) / len(hops)) < 1e-9
        bins = table(path / "r" / "latencies.csv")
        assert sum(int(one["bits"]) for one in bins) == len(latencies)
        for one in bins:
            assert sum(float(one["from"]) <= latency < float(one["below"]) for latency in latencies) == int(one["bits"])
        servers = table(path / "r" / "chip.csv")
        busiest = max(servers, key=lambda row: float(row["busy"]))
        name = "%s of core %s" % (busiest["kind"], busiest["core"]) if busiest["core"] else "link (%d,%d)→%s" % (
            int(busiest["tile"]) % 3, int(busiest["tile"]) // 3, busiest["direction"])
        assert said["busiest_server"] == name and abs(said["busiest"] - float(busiest["busy"])) < 1e-12
        assert said["queue_max"] == max(int(row["queue_max"]) for row in servers)


def test_engines_without_traffic_pay_for_the_whole_route():
    folder, path = spread_folder()
    with folder:
        for engine in ("lockstep", "free"):
            run(path, engine, *ENERGY, engine=engine, times={})
            said = exactly(path / engine)
            assert not (path / engine / "chip.csv").exists() and "busiest" not in said
            core_of = {int(row["neuron"]): int(row["core"]) for row in table(path / engine / "place.csv")}
            assert len(core_of) == sum(LAYERS)
            # By population only if all its packets ask for the same: so with one core for each.
            places = path / "places.csv"
            places.write_text("neuron,core\n" + "".join("%d,%d\n" % (n, [0, 5, 1][max(l for l in range(3) if FIRST[l] <= n)])
                                                         for n in range(sum(LAYERS))))
            run(path, engine + "-2", *ENERGY, engine=engine, times={}, placement=str(places), neurons_per_core=20)
            said = exactly(path / (engine + "-2"))
            spikes = said["spikes_by_population"]
            # Core 0 at (0, 0), 5 at (2, 1), 1 at (1, 0): inputs go 2 + 1 links, hidden neurons and outputs 1 + 1.
            cause = {key: value * 10**15 for key, value in said["energy_by_cause"].items()}
            assert cause["encode"] == sum(spikes) * COSTS["encode"], (engine, cause, spikes)
            assert cause["decode"] == sum(spikes) * COSTS["decode"], (engine, cause, spikes)
            assert cause["hop_x"] == (2 * spikes[0] + spikes[1] + spikes[2]) * COSTS["hop_x"], (engine, cause, spikes)
            assert cause["hop_y"] == sum(spikes) * COSTS["hop_y"], (engine, cause, spikes)


def test_a_resumed_run_says_the_same():
    folder, path = spread_folder()
    with folder:
        run(path, "whole", *ENERGY, "learning.epochs=2")
        run(path, "parts", *ENERGY)
        run(path, "parts", *ENERGY, "learning.epochs=2", resume=True)
        for file in ("chip.csv", "latencies.csv"):
            assert (path / "whole" / file).read_bytes() == (path / "parts" / file).read_bytes()
        kept = {file: (path / "parts" / file).read_bytes() for file in ("chip.csv", "latencies.csv", "place.csv")}
        for gone in (["chip.csv", "place.csv"], ["latencies.csv"]):
            for file in gone:
                (path / "parts" / file).unlink()
            run(path, "parts", *ENERGY, "learning.epochs=2", resume=True)
            assert kept == {file: (path / "parts" / file).read_bytes() for file in kept}
        ours = [{key: value for key, value in exactly(path / name).items() if "seconds" not in key or key == "blocked_seconds"} for name in ("whole", "parts")]
        for said in ours:
            for key in ("resumed_at", "posts", "samples_per_second"):
                said.pop(key, None)
        assert ours[0] == ours[1]


def test_tables_of_a_run_that_goes_on_and_is_stopped_are_not_those_of_before():
    folder, path = spread_folder()
    with folder:
        run(path, "parts", *ENERGY)
        assert (path / "parts/chip.csv").exists() and (path / "parts/latencies.csv").exists()
        going = subprocess.Popen([PROGRAM, *command("parts", *ENERGY, "learning.epochs=100000", resume=True), "--quiet"], cwd=path,
                                 stdin=subprocess.DEVNULL)
        lines = len((path / "parts/metrics.jsonl").read_text().splitlines())
        while going.poll() is None and len((path / "parts/metrics.jsonl").read_text().splitlines()) < lines + 2:
            time.sleep(0.01)
        going.terminate()
        assert going.wait() == 143
        assert not (path / "parts/chip.csv").exists() and not (path / "parts/latencies.csv").exists()


def test_the_report_names_the_bottleneck_and_describe_foresees_it():
    folder, path = spread_folder()
    with folder:
        run(path, "r", *ENERGY, "record.spikes=true", "record.messages=true", "record.state=true")
        settle("report", "r", cwd=path)
        page = (path / "r" / "report.html").read_text()
        assert "of the waiting" in page and "How busy the chip is" in page
        assert not re.search(r"\de[+-]\d+ %", page)
        for plot in ("chip-busy", "chip-energy", "chip-latency"):
            assert (path / "r" / "plots" / (plot + ".svg")).stat().st_size > 1000
        changes = [part for key, value in {**CHIP, **TIMES}.items() for part in ("--set", "chip.%s=%s" % (key, json.dumps(value)))]
        out, _ = settle("describe", "s.toml", "--set", "scenario.engine=virtual", "--set", "timing.period=1 us", *changes, cwd=path)
        load = out.split("\nload of the chip\n")[1].split("\n\n")[0]
        core_of = {int(row["neuron"]): int(row["core"]) for row in table(path / "r" / "place.csv")}
        decoding = {}
        for source in range(sum(LAYERS)):
            heard = [core_of[n] for n in listeners(source)]
            for core in set(heard):
                packets, busy = decoding.get(core, (0, 0))
                decoding[core] = (packets + 1, busy + 16000 + 40000 * heard.count(core))
        core, (packets, busy) = max(decoding.items(), key=lambda one: one[1][1])
        assert "decoder of core %d: %d packets, %.4g us" % (core, packets, busy / 1e6) in load, load
        assert "periods of %.4g us and more" % (busy / 1e6) in load, load


def test_waveforms_have_scopes_of_tiles_and_cores():
    folder, path = spread_folder()
    with folder:
        run(path, "r", "record.spikes=true", "record.messages=true", "record.state=true", cores_per_tile=2, mesh=[3, 1])
        settle("export", "r", "--format", "vcd", "--presentation", 1, "--out", "x.vcd", cwd=path)
        core_of = {int(row["neuron"]): int(row["core"]) for row in table(path / "r" / "place.csv")}
        scope, found, flying, last, edges = [], {}, {}, {}, 0
        for line in (path / "x.vcd").read_text().splitlines():
            words = line.split()
            if words[0] == "$scope":
                scope.append(words[2])
            elif words[0] == "$upscope":
                scope.pop()
            elif words[0] == "$var" and words[4].startswith("spike_"):
                found[words[3]] = (scope[1:], int(words[4][6:]))
            elif words[0] == "$var" and words[4] == "in_flight":
                flying[words[3]] = int(scope[-1][5:])
            elif line[0] == "b" and words[1] in flying:
                last[words[1]] = int(words[0][1:], 2)
            elif line[0] == "1" and line[1:] in found:
                edges += 1
        assert not scope and len(found) == sum(LAYERS) and set(flying.values()) == set(core_of.values())
        first = {"input": 0, "layer_1": 20, "output": 36}
        for names, number in found.values():
            assert names[0] == "tile_%d" % (int(names[1][5:]) // 2)
            assert names[1] == "core_%d" % core_of[first[names[2]] + number], names
        spikes = h5py.File(path / "r" / "recording.h5")["minibatch/000000/spikes"]
        mine = [(p, b) for p, b in zip(spikes["presentation"][...].tolist(), spikes["branch"][...].tolist()) if p == 1 and b == 0]
        assert edges == len(mine) > 0
        messages = h5py.File(path / "r" / "recording.h5")["minibatch/000000/messages"]
        for code, core in flying.items():
            expired = sum(p == 1 and f == 3 and t == core for p, f, t in zip(*(messages[key][...].tolist() for key in ("presentation", "fate", "target"))))
            assert last.get(code, 0) == expired


def test_metrics_of_a_chip_are_judged_and_refused_without_one():
    folder, path = spread_folder(SMALL.replace("train = 40", "train = 7").replace("epochs = 2", "epochs = 1").replace('"small"', '"small"\nengine = "virtual"') +
                                 '[[expect]]\nmetric = "busiest"\nabove = 0\nbelow = 1\n[[expect]]\nmetric = "blocked_seconds"\nabove = -1\n')
    with folder:
        out, _ = run(path, "r")
        assert out.count("passed  ") == 2 and " busy, the longest queue " in out, out
        _, error = settle("run", "s.toml", "--engine", "virtual", "--out", "no", cwd=path, code=2)
        assert "busiest" in error and "there is no [chip]" in error, error


if __name__ == "__main__":
    sys.exit(run_all(globals()))
