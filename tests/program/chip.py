"""A network on a chip, as its user sees it: every arrival of record.messages is where a program of its own puts it,
which knows the rules of docs/chip.md and the files of a run."""
import csv
import heapq
import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile

import h5py
import numpy

from program import SMALL, run_all, settle, summary

DELIVERED, LOST, DROPPED, EXPIRED = range(4)
LAYERS = [20, 16, 5]
BUSY = {"encode": 5100, "link": 60000, "hop_x": 4100, "hop_y": 6500, "decode": 16000, "synapse": 40000}


class Chip:
    """Servers are (kind, where): "encode" and "decode" of a core, W, E, N and S of a tile."""

    def __init__(self, mesh, times, buffer=0, full="wait", multicast=True, cores_per_tile=1, factors=None):
        self.factors = factors or {}
        self.columns, self.rows = mesh
        self.times, self.buffer, self.full, self.multicast, self.cores_per_tile = times, buffer, full, multicast, cores_per_tile

    def onward(self, tile, core):
        """What a packet for a core joins at a tile."""
        there = core // self.cores_per_tile
        x, y = there % self.columns - tile % self.columns, there // self.columns - tile // self.columns
        if x:
            return ("E" if x > 0 else "W", tile)
        if y:
            return ("S" if y > 0 else "N", tile)
        return ("decode", core)

    def beyond(self, server):
        """The tile where what leaves a server is."""
        kind, where = server
        if kind == "encode":
            return where // self.cores_per_tile
        return where + {"E": 1, "W": -1, "S": self.columns, "N": -self.columns}[kind]

    def slowed(self, server, time):
        return math.floor(time * self.factors.get(server, 1.0) + 0.5)

    def hop(self, server):
        times = {"E": self.times["hop_x"], "W": self.times["hop_x"], "N": self.times["hop_y"], "S": self.times["hop_y"]}
        return self.slowed(server, times.get(server[0], 0))

    def service(self, server, packet):
        kind, where = server
        if kind == "encode":
            return self.slowed(server, self.times["encode"])
        if kind == "decode":
            return self.slowed(server, self.times["decode"] + self.times["synapse"] * packet["cores"][where])
        return self.slowed(server, self.times["link"])

    def number(self, server):
        """Of a server, in recordings."""
        kind, where = server
        cores = self.columns * self.rows * self.cores_per_tile
        return where if kind == "encode" else cores + where if kind == "decode" else 2 * cores + 4 * where + "WENS".index(kind)

    def run(self, packets):
        """{(source, tick, copy, core): (fate, when it left its decoder or was dropped, hops)}, and (time, server, packets, busy) wherever the
        packets in a queue or whether its server serves are others than before that time."""
        ends, flying, over, held, changes = {}, [], [], {}, []
        queues, serving, unsent, asked, coming = {}, {}, {}, {}, {}
        for number, packet in enumerate(packets):
            heapq.heappush(flying, (packet["enters"], number, ("encode", packet["core"]), packet))
        count = len(packets)

        def order(packet):
            return (*packet["id"], 0 if self.multicast else min(packet["cores"]))

        def limited(server):
            return self.buffer > 0 and server[0] != "encode"

        while flying or over:
            now = min([flying[0][0]] if flying else [], default=None) if not over else min(over[0][0], flying[0][0] if flying else over[0][0])
            moved = True
            while moved:
                moved = False
                arriving = []
                while flying and flying[0][0] == now:
                    arriving.append(heapq.heappop(flying)[2:])
                for server, packet in sorted(arriving, key=lambda one: order(one[1])):
                    moved = True
                    queue = queues.setdefault(server, [])
                    coming[server] = coming.get(server, 0) - 1
                    if limited(server) and self.full == "drop" and len(queue) >= self.buffer:
                        for core in packet["cores"]:
                            ends[(*packet["id"], core)] = (DROPPED, now, packet["hops"])
                    else:
                        queue.append(packet)
                while over and over[0][0] == now:
                    moved = True
                    _, _, server = heapq.heappop(over)
                    packet = queues[server][0]
                    del serving[server]
                    if server[0] == "decode":
                        ends[(*packet["id"], server[1])] = (DELIVERED, now, packet["hops"])
                        queues[server].pop(0)
                        continue
                    parts = {}
                    for core, targets in packet["cores"].items():
                        parts.setdefault(self.onward(self.beyond(server), core), {})[core] = targets
                    hops = packet["hops"] + (server[0] != "encode")
                    unsent[server] = {to: {**packet, "cores": cores, "hops": hops} for to, cores in parts.items()}
                    asked[server] = now
                while True:
                    free = [(asked[server], order(part), server, to) for server, parts in unsent.items() for to, part in parts.items()
                            if not (limited(to) and self.full == "wait") or len(queues.get(to, [])) + coming.get(to, 0) < self.buffer]
                    if not free:
                        break
                    moved = True
                    _, _, server, to = min(free)
                    count += 1
                    coming[to] = coming.get(to, 0) + 1
                    heapq.heappush(flying, (now + self.hop(server), count, to, unsent[server].pop(to)))
                    if not unsent[server]:
                        del unsent[server]
                        queues[server].pop(0)
                for server, queue in queues.items():
                    if queue and server not in serving and server not in unsent:
                        moved = True
                        count += 1
                        serving[server] = True
                        heapq.heappush(over, (now + self.service(server, queue[0]), count, server))
            for server, queue in queues.items():
                now_held = (len(queue), int(server in serving))
                if held.get(server, (0, 0)) != now_held:
                    changes.append((now, self.number(server), *now_held))
                held[server] = now_held
        return ends, sorted(changes)


def layer_of(neuron):
    return 0 if neuron < LAYERS[0] else 1 if neuron < LAYERS[0] + LAYERS[1] else 2


def listeners(neuron):
    """Neurons of the layers beside it; the input listens to nobody."""
    first = [0, LAYERS[0], LAYERS[0] + LAYERS[1], sum(LAYERS)]
    return [n for layer in (layer_of(neuron) - 1, layer_of(neuron) + 1) if 0 < layer < 3 for n in range(first[layer], first[layer + 1])]


def places(folder):
    with open(folder / "place.csv") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["neuron", "core"]
    found = {int(neuron): int(core) for neuron, core in rows[1:]}
    assert sorted(found) == list(range(sum(LAYERS)))
    return found


def factors(folder):
    """By which the times of every server are multiplied, as chip.csv says."""
    found = {}
    with open(folder / "chip.csv") as file:
        for row in csv.DictReader(file):
            if row["kind"] == "link":
                found[(row["direction"], int(row["tile"]))] = float(row["factor"])
            elif row["kind"] in ("encoder", "decoder"):
                found[(row["kind"][:-1], int(row["core"]))] = float(row["factor"])
    return found


def toml(value):
    if isinstance(value, dict):
        return "{ %s }" % ", ".join("%s = %s" % (key, toml(part)) for key, part in value.items())
    return json.dumps(value)


def run(path, name, *changes, threads=2, mesh=(3, 2), times=BUSY, code=0, more=(), **keys):
    chip = {"mesh": list(mesh), "neurons_per_core": 8, **{key: "%d ps" % time for key, time in times.items()}, **keys}
    changes = ["chip.%s=%s" % (key, toml(value)) for key, value in chip.items()] + list(changes)
    return settle("run", "s.toml", "--engine", "virtual", "--threads", threads, "--out", name, "--set", "timing.period=1 us", "--set",
                  "timing.phase=random", "--set", "timing.jitter=0.1", "--set", "record.messages=true", "--set", "learning.epochs=1",
                  *more, *[part for change in changes for part in ("--set", change)], cwd=path, code=code)


def entering(table, rows, chip, core_of):
    """The packets that these rows of a table of messages come to."""
    packets, sent_at = {}, {}
    for i in rows:
        key = (table["source"][i], table["tick"][i], table["copy"][i])
        sent_at[key] = table["sent"][i]
        if table["fate"][i] == LOST:
            continue
        heard = sum(core_of[n] == table["target"][i] for n in listeners(key[0]))
        assert heard > 0
        packets.setdefault(key, {})[table["target"][i]] = heard
    enter = []
    for key, cores in packets.items():
        one = {"enters": sent_at[key], "id": key, "core": core_of[key[0]], "hops": 0}
        enter += [{**one, "cores": cores}] if chip.multicast else [{**one, "cores": {core: n}} for core, n in cores.items()]
    return enter


def queue_rows(minibatch, presentation, branch=0):
    """(time, server, packets, busy) as they were recorded."""
    columns = {key: minibatch["queues"][key][...].tolist() for key in ("presentation", "branch", "time", "server", "packets", "busy")}
    return [(t, s, n, b) for p, r, t, s, n, b in zip(*columns.values(), strict=True) if (p, r) == (presentation, branch)]


def check_arrivals(path, name, chip):
    """Of every presentation that has one branch."""
    file = h5py.File(path / name / "recording.h5")
    core_of, unit, period = places(path / name), int(file.attrs["unit_ps"]), int(file.attrs["period_ps"])
    seen = {fate: 0 for fate in range(4)}
    for minibatch in file["minibatch"].values():
        table = {key: minibatch["messages"][key][...].tolist() for key in minibatch["messages"]}
        assert set(table["branch"]) == {0}
        for presentation in sorted(set(table["presentation"])):
            rows = [i for i, one in enumerate(table["presentation"]) if one == presentation]
            ends, changes = chip.run(entering(table, rows, chip, core_of))
            last = 30 * period
            assert queue_rows(minibatch, presentation) == [one for one in changes if one[0] <= last]
            for i in rows:
                key = (table["source"][i], table["tick"][i], table["copy"][i], table["target"][i])
                seen[table["fate"][i]] += 1
                if table["fate"][i] == LOST:
                    assert table["arrived"][i] == -1
                    continue
                fate, at, hops = ends.pop(key)
                arrives = max(-(-at // unit), table["sent"][i] // unit + 1) * unit
                if (arrives if fate == DELIVERED else at) > last:
                    fate = EXPIRED
                assert table["fate"][i] == fate, (key, fate, table["fate"][i])
                assert table["arrived"][i] == (arrives if fate == DELIVERED else -1), (key, arrives, table["arrived"][i])
                assert fate != DELIVERED or table["hops"][i] == hops
            assert not ends
    counted = summary(path / name)
    assert [seen[DELIVERED], seen[LOST], seen[DROPPED], seen[EXPIRED]] == [counted[key] for key in ("deliveries", "lost", "dropped", "expired")]
    assert counted["messages"] + counted["duplicated"] == sum(seen.values())
    for one in zip(*(counted[key + "_by_population"] for key in ("messages", "duplicated", "deliveries", "lost", "dropped", "expired")), strict=True):
        assert one[0] + one[1] == sum(one[2:])
    return seen


def test_every_arrival_is_where_another_program_puts_it():
    settings = [({}, [], {}), ({"buffer": 1, "full": "drop"}, [], {DROPPED}), ({"buffer": 1, "multicast": False}, [], {EXPIRED}),
                ({"buffer": 2, "placement": "random", "cores_per_tile": 3, "mesh": (2, 1)}, [], set()),
                ({"buffer": 2, "slow": {"distribution": "normal", "width": 0.2}, "multicast": False}, [], set()),
                ({"buffer": 2, "full": "drop", "placement": "spread"},
                 ["timing.link=level", "timing.loss=0.2", "timing.duplication=0.1", "data.train=7"], {LOST, DROPPED}),
                ({"buffer": 2, "full": "drop"},
                 ["timing.link=parity-2-held", "timing.loss=0.2", "timing.burst=4", "timing.duplication=0.1", "data.train=7"], {LOST, DROPPED})]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "s.toml").write_text(SMALL.replace("train = 40", "train = 14"))
        for number, (keys, changes, fates) in enumerate(settings):
            keys = {"mesh": (3, 2), **keys}
            recordings = []
            for threads, shard in ((1, 0), (3, 7)):
                run(path, "%d-%d" % (number, threads), *changes, "scenario.shard=%d" % shard, threads=threads, **keys)
                recordings.append((path / ("%d-%d" % (number, threads)) / "recording.h5").read_bytes())
            assert recordings[0] == recordings[1], keys
            of_chip = {key: value for key, value in keys.items() if key not in ("placement", "slow")}
            chip = Chip(times=BUSY, factors=factors(path / ("%d-1" % number)), **of_chip)
            assert ("slow" in keys) == (len(set(chip.factors.values())) > 1)
            seen = check_arrivals(path, "%d-1" % number, chip)
            assert seen[DELIVERED] > 500 and all(seen[fate] > 0 for fate in fates), seen


def test_forks_have_rows_in_each_branch_and_a_table_of_places_gives_the_same_run():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "s.toml").write_text(SMALL)
        run(path, "one", "phases.splitstream=true", buffer=2, placement="random")
        counted = summary(path / "one")
        rows = h5py.File(path / "one" / "recording.h5")["minibatch/000000/messages"]
        assert set(rows["branch"][...].tolist()) == {0, 1}
        file = h5py.File(path / "one" / "recording.h5")
        assert sum(len(one["messages/sent"]) for one in file["minibatch"].values()) == counted["messages"] + counted["duplicated"]
        assert counted["duplicated"] > 0
        run(path, "two", "phases.splitstream=true", buffer=2, placement=str(path / "one" / "place.csv"))
        assert summary(path / "two")["fingerprint"] == counted["fingerprint"]
        assert (path / "two" / "place.csv").read_bytes() == (path / "one" / "place.csv").read_bytes()
        # Who goes on must find the neurons where they were.
        head, first, *rest = (path / "one" / "place.csv").read_text().split("\n")
        (path / "one" / "place.csv").write_text("\n".join([head, "0,4" if first == "0,5" else "0,5", *rest]))
        _, error = run(path, "two", "phases.splitstream=true", "learning.epochs=2", more=["--resume"], buffer=2,
                       placement=str(path / "one" / "place.csv"), code=2)
        assert "chip.placement" in error and "has changed" in error, error
        settle("export", "one", "--format", "csv", "--minibatch", "0", "--out", "rows.csv", cwd=path)
        with open(path / "rows.csv") as file:
            table = list(csv.DictReader(file))
        assert [int(one["target"]) for one in table] == rows["target"][...].tolist()
        assert [int(one["hops"]) for one in table] == rows["hops"][...].tolist() and rows["hops"][...].max() > 0


def waveforms(file):
    """{name: [(time, value)]} of the queues and of whether servers serve, and the scopes of each name."""
    scope, names, found = [], {}, {}
    time = 0
    for line in file.read_text().splitlines():
        words = line.split()
        if words[0] == "$scope":
            scope.append(words[2])
        elif words[0] == "$upscope":
            scope.pop()
        elif words[0] == "$var" and words[4].endswith(("_queue", "_busy")):
            names[words[3]] = ".".join(scope[1:] + [words[4]])
            found[names[words[3]]] = []
        elif line[0] == "#":
            time = int(line[1:])
        elif line[0] == "b" and words[1] in names:
            found[names[words[1]]].append((time, int(words[0][1:], 2)))
        elif line[0] in "01" and line[1:] in names:
            found[names[line[1:]]].append((time, int(line[0])))
    return found


def name_of(chip, number):
    """Of a server in a dump of waveforms."""
    cores = chip.columns * chip.rows * chip.cores_per_tile
    if number >= 2 * cores:
        tile, direction = divmod(number - 2 * cores, 4)
        return "tile_%d.link_%s" % (tile, "WENS"[direction])
    core = number % cores
    return "tile_%d.core_%d.%s" % (core // chip.cores_per_tile, core, "encoder" if number < cores else "decoder")


def expected_waveforms(chip, changes):
    """What a dump must show: everything at 0 to begin with, and then every change."""
    found = {}
    for time, number, packets, busy in changes:
        for part, value in (("_queue", packets), ("_busy", busy)):
            wave = found.setdefault(name_of(chip, number) + part, [(0, 0)])
            if wave[-1][1] != value:
                wave.append((time, value))
    return found


def test_waveforms_show_every_queue_as_another_program_counts_it():
    times = {key: time // 2000 for key, time in BUSY.items()}
    for keys, of_times, empties in (({"buffer": 2, "cores_per_tile": 2, "mesh": (3, 1)}, BUSY, False), ({"buffer": 1, "full": "drop"}, BUSY, False),
                                    ({"mesh": (3, 2)}, times, True)):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            (path / "s.toml").write_text(SMALL.replace("train = 40", "train = 7"))
            dumps = []
            for threads in (1, 3):
                run(path, "r%d" % threads, "record.spikes=true", "record.state=true", threads=threads, times=of_times, **keys)
                settle("export", "r%d" % threads, "--format", "vcd", "--presentation", 1, "--out", "x%d.vcd" % threads, cwd=path)
                dumps.append((path / ("x%d.vcd" % threads)).read_bytes())
            assert dumps[0] == dumps[1]
            file = h5py.File(path / "r1" / "recording.h5")
            table = {key: file["minibatch/000000/messages"][key][...].tolist() for key in file["minibatch/000000/messages"]}
            chip = Chip(times=of_times, **{"mesh": (3, 2), **keys})
            rows = [i for i, one in enumerate(table["presentation"]) if one == 1]
            _, changes = chip.run(entering(table, rows, chip, places(path / "r1")))
            found = waveforms(path / "x1.vcd")
            assert found == expected_waveforms(chip, [one for one in changes if one[0] <= 30 * int(file.attrs["period_ps"])])
            assert empties or max(value for wave in found.values() for _, value in wave) > 1
            assert any(name.startswith("tile_0.link_E") for name in found)
            # What has all arrived has left every queue.
            expired = sum(table["fate"][i] == EXPIRED for i in rows)
            assert (expired == 0) == empties and (sum(wave[-1][1] for wave in found.values()) == 0) == empties
            if shutil.which("vcd2fst"):
                subprocess.run(["vcd2fst", path / "x1.vcd", path / "x.fst"], check=True, capture_output=True)


def test_a_branch_begins_with_the_queues_that_it_forks():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "s.toml").write_text(SMALL.replace("train = 40", "train = 14"))
        chip = Chip(times=BUSY, mesh=(3, 2), buffer=2)
        run(path, "r", "phases.splitstream=true", buffer=2)
        file = h5py.File(path / "r" / "recording.h5")
        core_of, period, forked = places(path / "r"), int(file.attrs["period_ps"]), 0
        for minibatch in file["minibatch"].values():
            table = {key: minibatch["messages"][key][...].tolist() for key in minibatch["messages"]}
            for presentation in sorted(set(table["presentation"])):
                rows = [i for i, one in enumerate(table["presentation"]) if one == presentation]
                main, fork = [i for i in rows if table["branch"][i] == 0], 20 * period
                _, changes = chip.run(entering(table, main, chip, core_of))
                assert queue_rows(minibatch, presentation) == [one for one in changes if one[0] <= 30 * period]
                # Until then main's, and then its own.
                own = [i for i in main if table["sent"][i] <= fork] + [i for i in rows if table["branch"][i] == 1 and table["sent"][i] > fork]
                _, changes = chip.run(entering(table, own, chip, core_of))
                held = {}
                for time, number, *what in changes:
                    if time <= fork:
                        held[number] = (fork, number, *what)
                held = sorted(one for one in held.values() if one[2] > 0)
                forked += len(held)
                assert queue_rows(minibatch, presentation, 1) == held + [one for one in changes if fork < one[0] <= 30 * period]
        assert forked > 0
        settle("export", "r", "--format", "vcd", "--presentation", 2, "--branch", "free", "--out", "x.vcd", cwd=path)
        assert waveforms(path / "x.vcd") == expected_waveforms(chip, queue_rows(file["minibatch/000000"], 2, 1))


def test_queues_are_recorded_when_they_are_asked_for():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "s.toml").write_text(SMALL.replace("train = 40", "train = 21"))
        run(path, "all", buffer=2)
        run(path, "some", "record.messages={layers=[2], from=1}", buffer=2)
        run(path, "none", "record.queues=false", buffer=2)
        run(path, "alone", "record.messages=false", "record.queues={from=1, every=2}", buffer=2)
        files = {name: h5py.File(path / name / "recording.h5")["minibatch"] for name in ("all", "some", "none", "alone")}
        assert [number for number in files["all"] if "queues" in files["all"][number]] == ["000000", "000001", "000002"]
        assert [number for number in files["some"] if "queues" in files["some"][number]] == ["000001", "000002"]
        assert not any("queues" in one for one in files["none"].values()) and all("messages" in one for one in files["none"].values())
        assert {number: sorted(one) for number, one in files["alone"].items()} == {"000001": ["labels", "positions", "queues", "samples"]}
        for name, number in (("some", "000002"), ("alone", "000001")):
            for column in ("presentation", "branch", "time", "server", "packets", "busy"):
                assert (files[name][number]["queues"][column][...] == files["all"][number]["queues"][column][...]).all()
        assert len({summary(path / name)["fingerprint"] for name in files}) == 1
        # As every other format shows them; and a limit stops them last.
        settle("export", "alone", "--format", "csv", "--presentation", 3, "--out", "rows.csv", cwd=path)
        with open(path / "rows.csv") as file:
            rows = [tuple(int(row[key]) for key in ("time", "server", "packets", "busy")) for row in csv.DictReader(file)]
        assert rows == queue_rows(files["all"]["000001"], 3) and rows
        settle("export", "all", "--format", "npz", "--out", "rows.npz", cwd=path)
        arrays, whole = numpy.load(path / "rows.npz"), files["all"]["000000"]["queues"]
        assert all((arrays["queues/" + key] == whole[key][...]).all() and arrays["queues/" + key].dtype == whole[key].dtype for key in whole)
        messages = len(files["all"]["000000"]["messages/sent"])
        _, told = run(path, "cut", "record.limit=%d" % (39 * messages + 22 * 100 + 3), buffer=2)
        assert "record.limit" in told and "minibatch 0" in told
        cut = h5py.File(path / "cut" / "recording.h5")["minibatch"]
        assert len(cut["000000/messages/sent"]) == messages and (cut["000000/queues/time"][...] == whole["time"][:100]).all()
        assert cut["000000/queues"].attrs["left_out"] == len(whole["time"]) - 100 and "queues" not in cut["000001"]
        # Refused where there are none.
        changes = ["--set", "record.queues=true", "--set", "learning.epochs=1"]
        for engine, word in (("virtual", "[chip]"), ("lockstep", "virtual"), ("free", "virtual")):
            _, error = settle("run", "s.toml", "--engine", engine, "--out", "no", *changes, cwd=path, code=2)
            assert "record.queues" in error and word in error, error
        _, error = run(path, "no", "record.queues={layers=[1]}", code=2)
        assert "record.queues" in error and "layers" in error, error


def test_what_is_wrong_is_said_before_anything_is_written():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "s.toml").write_text(SMALL)
        for change, said in (("chip.mesh=[1, 1]", "33 of 41 neurons find no place"), ("chip.encode=1.5 pJ", "chip.encode"), ("timing.scope=axon", "timing.scope")):
            _, error = run(path, "no", change, code=2)
            assert said in error and not (path / "no").exists(), error
        (path / "empty.toml").write_text(SMALL + "[chip]\n")
        _, error = settle("run", "empty.toml", "--engine", "virtual", "--out", "no", cwd=path, code=2)
        assert "chip.mesh" in error and "empty.toml:%d" % (SMALL.count("\n") + 1) in error, error


if __name__ == "__main__":
    sys.exit(run_all(globals()))
