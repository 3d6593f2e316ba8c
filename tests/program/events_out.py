"""Recordings of spikes and messages, and what `settle export` makes of them."""
import csv
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import h5py
import numpy

from program import PROGRAM, SMALL, SOURCE, run_all, settle, summary

EVERYTHING = ["record.spikes=true", "record.messages=true", "record.state=true", "record.bits=true", "data.test=0",
              "learning.epochs=1"]
NOISE = ["timing.loss=0.1", "timing.duplication=0.2", "timing.latency_jitter=0.4", "timing.jitter=0.1",
         "timing.phase=random", "timing.latency={low=0.3,high=0.6}", "phases.splitstream=true"]
SPIKES = ("presentation", "branch", "neuron", "time")
MESSAGES = ("presentation", "branch", "source", "tick", "copy", "target", "sent", "arrived", "fate", "hops")


def write(path):
    (path / "s.toml").write_text(SMALL)


def record(path, name, *changes, engine="virtual", threads=2, code=0):
    changes = [part for change in changes for part in ("--set", change)]
    return settle("run", "s.toml", "--engine", engine, "--threads", threads, "--out", name, *changes, cwd=path, code=code)


def table(folder, names):
    return {name: folder[name][...] for name in names}


def rows_of(file, kind, names):
    """All rows of all minibatches, with the minibatch first."""
    rows = []
    for number in file["minibatch"]:
        columns = table(file["minibatch"][number][kind], names)
        assert len({len(column) for column in columns.values()}) == 1
        rows.append(numpy.stack([numpy.full(len(columns[names[0]]), int(number)), *(columns[name].astype("int64") for name in names)], axis=1))
    return numpy.concatenate(rows)


def is_sorted(rows, order):
    keys = rows[:, order]
    return (keys == keys[numpy.lexsort(keys.T[::-1])]).all()


def test_records_are_as_many_as_their_counters_say_in_order_and_byte_for_byte_the_same():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        write(path)
        files = []
        for link, scope in (("pulse", "axon"), ("level", "axon"), ("pulse", "synapse"), ("parity-held", "axon")):
            for threads, shard in ((1, 0), (3, 7), (2, 1)):
                name = "%s-%s-%d" % (link, scope, threads)
                record(path, name, *EVERYTHING, *NOISE, "timing.link=" + link, "timing.scope=" + scope,
                       "scenario.shard=%d" % shard, threads=threads)
                files.append((path / name / "recording.h5").read_bytes())
            assert files[-3] == files[-2] == files[-1], (link, scope)
            file, counted = h5py.File(path / name / "recording.h5"), summary(path / name)
            spikes, messages = rows_of(file, "spikes", SPIKES), rows_of(file, "messages", MESSAGES)
            assert len(spikes) == counted["spikes"] > 0
            assert len(messages) == counted["messages"] + counted["duplicated"]
            fates = [int((messages[:, 9] == fate).sum()) for fate in range(4)]
            assert fates == [counted["deliveries"], counted["lost"], 0, counted["expired"]] and min(fates[0], fates[1], fates[3]) > 0
            assert is_sorted(spikes, [0, 1, 2, 4, 3]) and is_sorted(messages, [0, 1, 2, 7, 3, 6, 5])
            assert ((messages[:, 8] >= 0) == (messages[:, 9] == 0)).all() and (messages[:, 8] > messages[:, 7])[messages[:, 9] == 0].all()
            assert (messages[:, 10] == 0).all() and set(messages[:, 2]) == {0, 1}
            types = {name: file["minibatch/000000/messages"][name].dtype for name in MESSAGES}
            assert types["sent"] == types["arrived"] == numpy.int64 and types["fate"] == types["branch"] == numpy.uint8
            # In this chain every population is heard by one that is not clamped: a pulse each, and its duplicate.
            if (link, scope) == ("pulse", "axon"):
                pulses = messages[(messages[:, 2] == 0) & (messages[:, 5] == 0)][:, [0, 1, 7, 3]]
                fired = spikes[spikes[:, 2] == 0][:, [0, 1, 4, 3]]
                assert len(pulses) == len(fired) and (pulses == fired).all()


def test_spikes_of_lockstep_are_its_bits_and_free_ones_are_as_many_as_they_are_counted():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        write(path)
        record(path, "l", *[change for change in EVERYTHING if "messages" not in change], engine="lockstep")
        file = h5py.File(path / "l" / "recording.h5")
        period = file.attrs["period_ps"]
        total = 0
        for minibatch in file["minibatch"].values():
            spikes = table(minibatch["spikes"], SPIKES)
            tick, presentation, neuron = minibatch["bits"][...].nonzero()
            found = set(zip(spikes["presentation"].tolist(), ((2 * spikes["time"] // period + 1) // 2).tolist(), spikes["neuron"].tolist()))
            assert found == set(zip(presentation.tolist(), (tick + 1).tolist(), neuron.tolist()))
            assert ((2 * spikes["time"]) % (2 * period) == period).all()
            assert set(minibatch) >= {"labels", "samples", "positions"}
            total += len(spikes["time"])
        assert total == summary(path / "l")["spikes"]
        for sign in ("fixed", "both"):
            record(path, "f" + sign, "record.spikes=true", "data.test=0", "learning.beta_sign=" + sign, engine="free")
            spikes = rows_of(h5py.File(path / ("f" + sign) / "recording.h5"), "spikes", SPIKES)
            assert len(spikes) == summary(path / ("f" + sign))["spikes"] and spikes[:, 4].min() == 1 and spikes[:, 4].max() == 30
        _, error = record(path, "no", "record.messages=true", engine="lockstep", code=2)
        assert "record.messages" in error and "lockstep" in error and "virtual" in error
        assert not (path / "no").exists()


def test_chosen_neurons_minibatches_and_a_limit_that_is_told():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        write(path)
        record(path, "all", *EVERYTHING, *NOISE)
        record(path, "some", *NOISE, "data.test=0", "learning.epochs=1", "record.spikes={layers=[1],neurons=3,from=1,every=2}",
               "record.messages={layers=[2]}")
        whole, some = h5py.File(path / "all" / "recording.h5"), h5py.File(path / "some" / "recording.h5")
        spikes = rows_of(whole, "spikes", SPIKES)
        spikes = spikes[(spikes[:, 0] % 2 == 1) & (spikes[:, 3] >= 20) & (spikes[:, 3] < 23)]
        found = [table(some["minibatch"][n]["spikes"], SPIKES)["time"] for n in some["minibatch"] if "spikes" in some["minibatch"][n]]
        assert (numpy.concatenate(found) == spikes[:, 4]).all() and len(spikes) > 0
        messages = rows_of(whole, "messages", MESSAGES)
        assert (rows_of(some, "messages", MESSAGES) == messages[messages[:, 3] >= 36]).all()
        # Enough for the spikes of the first minibatch, and for some of its messages: the first of them.
        first = whole["minibatch/000000"]
        limit = 17 * len(first["spikes/time"]) + 39 * 1000 + 5
        _, told = record(path, "cut", *EVERYTHING, *NOISE, "record.limit=%d" % limit)
        assert "record.limit" in told and "minibatch 0" in told, told
        cut = h5py.File(path / "cut" / "recording.h5")
        assert cut.attrs["limit_reached"] == 0
        messages = cut["minibatch/000000/messages"]
        assert len(messages["sent"]) == 1000 and messages.attrs["left_out"] == len(first["messages/sent"]) - 1000
        assert all((messages[name][...] == first["messages"][name][:1000]).all() for name in MESSAGES)
        assert "spikes" not in cut["minibatch/000001"] and "state" in cut["minibatch/000001"]
        assert "limit_reached" not in whole.attrs
        assert summary(path / "cut")["fingerprint"] == summary(path / "all")["fingerprint"]
        for wrong in ("0", "-1", "many", "4 Gib", "1.5"):
            _, error = record(path, "no", "record.limit=" + wrong, code=2)
            assert "record.limit" in error, error


def test_a_run_that_was_killed_and_resumed_has_the_recording_of_one_that_was_not():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        write(path)
        changes = ["record.spikes=true", "record.messages=true", "data.test=0", "learning.epochs=30", "checkpoint.every=35"]
        record(path, "whole", *changes)
        command = [PROGRAM, "run", "s.toml", "--engine", "virtual", "--out", "cut", "--quiet"]
        command += [part for change in changes for part in ("--set", change)]
        process = subprocess.Popen(command, cwd=path)
        while process.poll() is None and not (path / "cut" / "checkpoint").exists():
            pass
        process.kill()
        assert process.wait() in (0, -9)
        settle(*command[1:], "--resume", cwd=path)
        whole = h5py.File(path / "whole" / "recording.h5")
        files = [h5py.File(name) for name in sorted((path / "cut").glob("recording*.h5"))]
        expected = sorted(whole["minibatch"])
        found = {number: file for file in files for number in file["minibatch"]}
        assert sorted(found) == expected
        for number in expected:
            for kind, names in (("spikes", SPIKES), ("messages", MESSAGES)):
                for name in names:
                    key = "minibatch/%s/%s/%s" % (number, kind, name)
                    assert (whole[key][...] == found[number][key][...]).all(), key
        # Nothing is left of what waited to be sorted.
        assert not [name for name in (path / "cut").iterdir() if name.name.startswith(".events")]
        settle("export", "cut", "--format", "csv", "--minibatch", int(expected[-1]), "--quiet", cwd=path)
        settle("export", "whole", "--format", "csv", "--minibatch", int(expected[-1]), "--quiet", cwd=path)
        assert (path / "cut/export.csv").read_bytes() == (path / "whole/export.csv").read_bytes()


def test_what_a_limit_has_stopped_stays_stopped_when_a_run_goes_on_and_an_export_says_what_is_missing():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        write(path)
        record(path, "uncut", *EVERYTHING)
        first = h5py.File(path / "uncut/recording.h5")["minibatch/000000"]
        limit = 17 * len(first["spikes/time"]) + 39 * 1000
        _, told = record(path, "parts", *EVERYTHING, "record.limit=%d" % limit)
        assert "in minibatch 0" in told, told
        # With more room the events of the next epoch would stand behind a hole.
        changes = [*EVERYTHING[:-1], "learning.epochs=2", "record.limit=%d" % (10 * limit)]
        changes = [part for change in changes for part in ("--set", change)]
        _, told = settle("run", "s.toml", "--engine", "virtual", "--out", "parts", "--resume", *changes, cwd=path)
        assert "in minibatch 0" in told, told
        later = [set(minibatch) for file in (path / "parts").glob("recording-from-*.h5")
                 for minibatch in h5py.File(file)["minibatch"].values()]
        assert later and all("state" in names and not {"spikes", "messages"} & names for names in later), later
        for form, of_messages in (("csv", True), ("npz", True), ("vcd", True), ("sonata", False)):
            _, told = settle("export", "parts", "--format", form, cwd=path)
            left_out = "left %d messages of minibatch 0 out" % (len(first["messages/sent"]) - 1000)
            assert (left_out in told) == of_messages and told.count("record.limit") == of_messages, (form, told)
        _, told = settle("export", "uncut", "--format", "csv", cwd=path)
        assert "record.limit" not in told


def exported(path, run, form, *options):
    out, _ = settle("export", run, "--format", form, *options, cwd=path)
    return [path / line.split(None, 1)[1] for line in out.splitlines()]


def test_csv_and_npz_have_what_is_recorded():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        write(path)
        record(path, "r", *EVERYTHING, *NOISE, "record.state={layers=[2]}")
        first = h5py.File(path / "r" / "recording.h5")["minibatch/000000"]
        files = exported(path, "r", "csv")
        assert [file.name for file in files] == ["export.csv", "export-messages.csv", "export-states.csv"]
        for file, kind, names in zip(files, ("spikes", "messages"), (SPIKES, MESSAGES)):
            lines = list(csv.reader(file.open()))
            assert lines[0] == list(names)
            expected = numpy.stack([first[kind][name][...].astype("int64") for name in names], axis=1)
            assert (numpy.array(lines[1:], dtype="int64") == expected).all()
        lines = list(csv.DictReader(files[2].open()))
        assert len(lines) == first["state"].size + first["branch/free/state"].size
        for line in lines[:: 97]:
            branch, period = int(line["branch"]), int(line["period"])
            state = first["state"][period - 1] if branch == 0 else first["branch/free/state"][period - 21]
            assert numpy.float32(line["state"]) == state[int(line["presentation"]), int(line["neuron"]) - 36]
        arrays = numpy.load(exported(path, "r", "npz")[0])
        for kind, names in (("spikes", SPIKES), ("messages", MESSAGES)):
            for name in names:
                array = arrays["%s/%s" % (kind, name)]
                assert array.dtype == first[kind][name].dtype and (array == first[kind][name][...]).all()
        assert (arrays["state"] == first["state"][...]).all() and (arrays["branch/free/state"] == first["branch/free/state"][...]).all()
        assert arrays["state_neurons"].tolist() == list(range(36, 41)) and arrays["labels"].tolist() == first["labels"][...].tolist()
        some = numpy.load(exported(path, "r", "npz", "--presentation", 3, "--neurons", "layer 1:2-4,39", "--branch", "main", "--out", path / "x.npz")[0])
        spikes = table(first["spikes"], SPIKES)
        chosen = (spikes["presentation"] == 3) & (spikes["branch"] == 0) & numpy.isin(spikes["neuron"], (22, 23, 24, 39))
        assert (some["spikes/time"] == spikes["time"][chosen]).all() and chosen.any() and some["state"].shape == (30, 1, 1)


def test_sonata_opens_by_its_specification():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        write(path)
        record(path, "r", *EVERYTHING, *NOISE)
        first = h5py.File(path / "r" / "recording.h5")["minibatch/000000"]
        file = h5py.File(exported(path, "r", "sonata", "--presentation", 2)[0])
        assert file.attrs["magic"] == 0x0A7A and file.attrs["magic"].dtype == numpy.uint32
        assert file.attrs["version"].tolist() == [0, 1] and file.attrs["version"].dtype == numpy.uint32
        spikes = table(first["spikes"], SPIKES)
        chosen = (spikes["presentation"] == 2) & (spikes["branch"] == 0)
        seen = 0
        for name, begin, size in (("0", 0, 20), ("1", 20, 16), ("2", 36, 5)):
            population = file["spikes"][name]
            times, nodes = population["timestamps"], population["node_ids"]
            assert times.dtype == numpy.float64 and nodes.dtype == numpy.uint64 and times.attrs["units"] == "ms"
            kind = h5py.check_enum_dtype(h5py.h5a.open(population.id, b"sorting").dtype)
            assert kind == {"none": 0, "by_id": 1, "by_time": 2} and population.attrs["sorting"] == 2
            mine = chosen & (spikes["neuron"] >= begin) & (spikes["neuron"] < begin + size)
            assert (nodes[...] == spikes["neuron"][mine] - begin).all() and numpy.allclose(times[...], spikes["time"][mine] / 1e9, rtol=1e-15)
            assert (numpy.diff(times[...]) >= 0).all()
            seen += len(times)
            if begin == 0:
                assert name not in file["report"]
                continue
            report, mapping = file["report"][name], file["report"][name]["mapping"]
            assert report["data"].shape == (30, size) and report["data"].dtype == numpy.float32 and "units" in report["data"].attrs
            assert (report["data"][...] == first["state"][:, 2, begin - 20:begin - 20 + size]).all()
            assert mapping["node_ids"][...].tolist() == list(range(size)) and mapping["index_pointers"][...].tolist() == list(range(size + 1))
            assert len(mapping["element_ids"]) == size and mapping["element_ids"].dtype == numpy.uint32
            assert numpy.allclose(mapping["time"][...], [1, 31, 1]) and mapping["time"].attrs["units"] == "ms"
        assert seen == chosen.sum() > 0


def vcd(file):
    """Names of the variables by code, and (time, code, value) of all changes."""
    names, changes, time, scope = {}, [], None, []
    lines = iter(file.read_text().splitlines())
    for line in lines:
        words = line.split()
        if words[0] == "$scope":
            scope.append(words[2])
        elif words[0] == "$upscope":
            scope.pop()
        elif words[0] == "$var":
            names[words[3]] = ".".join(scope[1:] + [words[4]])
        elif words[0] == "$enddefinitions":
            break
    for line in lines:
        if line[0] == "#":
            assert time is None or int(line[1:]) >= time
            time = int(line[1:])
        elif line[0] in "01":
            changes.append((time, line[1:], int(line[0])))
        elif line[0] in "rb":
            value, code = line[1:].split()
            changes.append((time, code, float(value) if line[0] == "r" else int(value, 2)))
    return names, changes


def test_vcd_has_an_edge_for_every_spike_and_gtkwave_takes_it():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        write(path)
        record(path, "r", *EVERYTHING, *NOISE)
        first = h5py.File(path / "r" / "recording.h5")["minibatch/000000"]
        file = exported(path, "r", "vcd", "--presentation", 1)[0]
        assert "$timescale 1 ps $end" in file.read_text()
        names, changes = vcd(file)
        spikes = table(first["spikes"], SPIKES)
        chosen = (spikes["presentation"] == 1) & (spikes["branch"] == 0)
        layers = [("input", 0), ("layer_1", 20), ("output", 36)]
        expected = []
        for time, neuron in zip(spikes["time"][chosen].tolist(), spikes["neuron"][chosen].tolist()):
            layer, begin = [one for one in layers if one[1] <= neuron][-1]
            expected.append((time, "%s.spike_%d" % (layer, neuron - begin)))
        rising = [(time, names[code]) for time, code, value in changes if "spike" in names[code] and value == 1]
        assert sorted(rising) == sorted(expected) and expected
        falling = [(time, names[code]) for time, code, value in changes if "spike" in names[code] and value == 0 and time > 0]
        assert sorted(falling) == sorted((time + 1000, name) for time, name in expected)
        states = [(time, names[code], value) for time, code, value in changes if "state" in names[code] and time > 0]
        assert len(states) == 30 * 21
        for time, name, value in states[::37]:
            layer, number = name.split(".state_")
            column = int(number) + (0 if layer == "layer_1" else 16)
            assert numpy.float32(value) == first["state"][time // 10**9 - 1, 1, column] and time % 10**9 == 0
        # What is on its way at the end has expired.
        messages = table(first["messages"], MESSAGES)
        mine = (messages["presentation"] == 1) & (messages["branch"] == 0)
        last = {names[code]: value for _, code, value in changes if "in_flight" in names[code]}
        assert sum(last.values()) == (mine & (messages["fate"] == 3)).sum()
        if not shutil.which("vcd2fst"):
            return print("vcd2fst (Debian's gtkwave) is not there: not tried")
        subprocess.run(["vcd2fst", file, path / "x.fst"], check=True, capture_output=True)
        assert (path / "x.fst").stat().st_size > 0


def test_every_place_names_the_formats_of_the_table():
    page = (SOURCE / "docs/outputs.md").read_text()
    names = re.findall(r"^\| `(\w+)` \|", page[page.index("| `--format` |"):].split("\n\n")[0], re.M)
    listed = "%s or %s" % (", ".join(names[:-1]), names[-1])
    told, _ = settle("export", "--help")
    assert re.search(r"--format FORMAT REQUIRED +%s\n" % listed, told), told
    assert told.startswith("write what a run has recorded as %s or %s\n" % (", ".join(names[:-1]).upper(), names[-1].upper())), told
    one_axis = re.findall(r"; (.+) have one, ", told)
    assert len(one_axis) == 2 and one_axis[0] == one_axis[1] and set(re.split(", | and ", one_axis[0])) < set(names), told
    script, _ = settle("completion", "fish")
    assert "-l format -x -a '%s'" % " ".join(names) in script, script
    _, error = settle("export", "r", "--format", "cvs", code=2)
    assert error == "settle: --format: there is no format cvs; expected %s; did you mean csv?\n" % listed, error


def test_export_says_what_is_not_there():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        write(path)
        record(path, "r", "record.spikes={from=1,every=2}", "record.state=false", engine="lockstep")
        record(path, "none", engine="lockstep")
        for options, words in ((("none", "--format", "csv"), ("record.spikes", "none")),
                               (("r", "--format", "cvs"), ("--format", "csv")),
                               (("r", "--format", "vcd", "--minibatch", 2), ("--minibatch", "1, 3, 5", "record.spikes")),
                               (("r", "--format", "vcd", "--minibatch", "x"), ("--minibatch", "number")),
                               (("r", "--format", "vcd", "--presentation", 7), ("--presentation", "0 to 6")),
                               (("r", "--format", "vcd", "--branch", "left"), ("--branch", "minus")),
                               (("r", "--format", "vcd", "--neurons", "outptu"), ("--neurons", "output")),
                               (("r", "--format", "vcd", "--neurons", "0-41"), ("--neurons", "40")),
                               (("r", "--format", "vcd", "--out", "no/where.vcd"), ("no/where.vcd",)),
                               (("nowhere", "--format", "vcd"), ("nowhere",))):
            code = 3 if "no/where.vcd" in options else 2
            _, error = settle("export", *options, cwd=path, code=code)
            assert all(word in error for word in words) and len(error.splitlines()) == 1, error
        assert not list(path.glob("*/export*"))


def test_a_raster_is_drawn_of_the_neurons_whose_spikes_are_recorded():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        write(path)
        record(path, "r", "record.spikes={layers=[1]}", "learning.epochs=1", *NOISE)
        settle("report", "r", "--quiet", cwd=path)
        picture = (path / "r" / "plots" / "raster.svg").read_text()
        assert "layer 1" in picture and "output" not in picture and "input" not in picture
        # At their times, which are not those of whole periods.
        spikes = table(h5py.File(path / "r" / "recording.h5")["minibatch/000000/spikes"], SPIKES)
        times = numpy.sort(spikes["time"][(spikes["presentation"] == 0) & (spikes["branch"] == 0)] / 1e9)
        drawn = [line.split() for line in (path / "r" / "plots" / "raster.dat").read_text().splitlines()]
        drawn = numpy.sort([float(words[0]) for words in drawn if len(words) == 2])[::2]
        assert len(drawn) == len(times) and numpy.allclose(drawn, times, atol=1e-3) and (times % 1 != 0).any()


sys.exit(run_all(globals()))
