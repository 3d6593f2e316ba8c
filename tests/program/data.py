"""Data as people have them, made with h5py: what is read, as what, and what is said of the rest."""
import gzip
import json
import os
import pathlib
import re
import shutil
import struct
import sys
import tempfile

import h5py
import numpy

from program import run_all, settle

SCENARIO = """
[scenario]
name = "data"
[network]
layers = [12, 8, 3]
[neuron]
lambda = "0.832/t^0.584"
[phases]
free = 12
nudged = 6
[learning]
rates = [0.1, 0.05]
batch = 4
[data]
set = "hdf5"
path = "data.h5"
shuffle = %s
"""

RANDOM = numpy.random.default_rng(1)
BYTES = RANDOM.integers(0, 256, (14, 12)).astype("uint8")
BYTES[3, 5] = 255
BINARY = RANDOM.integers(0, 2, (14, 12)).astype("uint8")
LABELS = RANDOM.integers(0, 3, 14)


class Place:
    """A folder with a scenario, and data in it."""

    def __init__(self, shuffle=False):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        (self.path / "s.toml").write_text(SCENARIO % str(shuffle).lower())

    def write(self, name="data.h5", **sets):
        with h5py.File(self.path / name, "w") as file:
            for key, content in sets.items():
                file[key] = content

    def run(self, *arguments, code=0):
        out = self.path / "out"
        shutil.rmtree(out, ignore_errors=True)
        text, err = settle("run", self.path / "s.toml", "--out", out, *arguments, code=code, cwd=self.path)
        return (text if code == 0 else err), out

    def fingerprint(self, *arguments):
        _, out = self.run(*arguments)
        return json.loads((out / "summary.json").read_text())["fingerprint"]


def parts(x, labels=LABELS):
    return {"x": x[:10], "labels": labels[:10], "test_x": x[10:], "test_labels": labels[10:]}


def reference(x):
    """The fingerprint of these numbers as float32."""
    place = Place()
    place.write(**parts(x.astype("float32")))
    return place.fingerprint()


def test_integers_of_every_width_are_their_255th_parts():
    place, expected = Place(), reference(BYTES.astype("float32") / numpy.float32(255))
    for kind in ("uint8", "int16", "uint16", ">u2", "int32", "uint32", "int64", "uint64", ">i8"):
        place.write(**parts(BYTES.astype(kind)))
        assert place.fingerprint() == expected, kind
    out, folder = place.run()
    assert "inputs: integers divided by 255" in out, out
    assert json.loads((folder / "manifest.json").read_text())["scaling"] == "integers divided by 255"
    (place.path / "sweep.toml").write_text((place.path / "s.toml").read_text() + '[sweep]\nover = { "learning.beta" = [0.1, 0.2] }\n')
    out, _ = settle("sweep", place.path / "sweep.toml", "--out", place.path / "sweep")
    assert "inputs: integers divided by 255" in out, out
    assert json.loads((place.path / "sweep" / "manifest.json").read_text())["scaling"] == "integers divided by 255"


def test_integers_0_and_1_are_taken_as_they_are():
    place, expected = Place(), reference(BINARY)
    for kind in ("bool", "int8", "uint8", "int32", "float16", "float64"):
        place.write(**parts(BINARY.astype(kind)))
        assert place.fingerprint() == expected, kind
    place.write(**parts(BINARY.astype("bool")))
    assert "inputs: integers 0 and 1 as they are" in place.run()[0]
    # An enumeration is its numbers.
    with h5py.File(place.path / "data.h5", "w") as file:
        for key, content in parts(BINARY).items():
            kind = h5py.enum_dtype({"OFF": 0, "ON": 1, "OTHER": 2}, basetype="i1")
            file.create_dataset(key, data=content.astype("i1"), dtype=kind)
    assert place.fingerprint() == expected


def test_scale_divides_and_stands_in_the_resolved_scenario():
    place = Place()
    place.write(**parts(BYTES))
    expected = reference(BYTES.astype("float32") / numpy.float32(300.5))
    assert place.fingerprint("--set", "data.scale=300.5") == expected
    assert "scale = 300.5" in (place.path / "out" / "scenario.toml").read_text()
    assert settle("run", place.path / "out" / "scenario.toml", "--out", place.path / "again") and json.loads(
        (place.path / "again" / "summary.json").read_text())["fingerprint"] == expected
    place.write(**parts(BYTES.astype("uint16") * 16))
    err, out = place.run(code=2)
    assert "/x: the largest of its integers is 4080, which divided by 255 is more than 1; expected data.scale = 4080 or more" in err, err
    assert not out.exists()
    assert place.fingerprint("--set", "data.scale=4080") == reference(
        (BYTES.astype("float32") * 16) / numpy.float32(4080))
    # What is suggested is taken, from 2^63 on too, where TOML has no integers.
    for largest, kind in ((2**62 + 1, "uint64"), (2**63, "uint64"), (2**63 + 2**41 - 1, "uint64"), (10**19, "uint64"), (2**64 - 1, "uint64"),
                          (2.0**63, "float64"), (1.8e19, "float32"), (3.1e38, "float64")):
        numbers = numpy.zeros(BYTES.shape, kind)
        numbers[BYTES > 200] = largest
        place.write(**parts(numbers))
        err, _ = place.run(code=2)
        scale = re.search(r"data\.scale = (\S+) or more", err)
        assert scale, (largest, kind, err)
        found = numpy.float32(largest) / numpy.float32(float(scale[1]))
        assert found == 1 and place.fingerprint("--set", "data.scale=" + scale[1]) == reference(
            (BYTES > 200).astype("float32")), (largest, kind, scale[1])
    place.write(**parts(BYTES.astype("float64") * 1e300))
    err, _ = place.run(code=2)
    assert "/x: " in err and "data.scale" not in err, err  # there is none
    for wrong in ("0", "-1", "nan", "1e-60", "all"):
        assert "data.scale" in place.run("--set", "data.scale=" + wrong, code=2)[0]
    _, err = settle("run", "digits", "--set", "data.scale=2", "--dry-run", code=2)
    assert "--set: data.scale: the data set digits is drawn by the program" in err, err


def test_samples_of_any_shape_and_labels_in_a_column():
    place = Place()
    x = BYTES.astype("float32") / numpy.float32(255)
    for shape in ((3, 4), (1, 3, 4), (12, 1), (2, 1, 2, 3)):
        place.write(**parts(BYTES.reshape(-1, *shape), LABELS.reshape(-1, 1)))
        assert place.fingerprint() == reference(x), shape
    for kind in ("int8", "uint8", "uint64", ">i4"):
        place.write(**parts(BYTES, LABELS.astype(kind)))
        assert place.fingerprint() == reference(x), kind
    place.write(**parts(BYTES, LABELS > 0))
    place.run()
    wrong = {"has the shape 10 x 3; expected 10, one label": numpy.eye(3, dtype=int)[LABELS],
             "(from 0) is 4294967298; expected 0 to 2": LABELS * 0 + 2 + numpy.int64(2) ** 32,
             "is 18446744073709551615": numpy.full(14, 2 ** 64 - 1, "uint64"),
             "(from 0) is -1; expected 0 to 2": LABELS * 0 - 1,
             "holds floating point numbers; expected integers": LABELS.astype("float32"),
             "does not hold plain numbers": numpy.array([b"a"] * 14)}
    for message, labels in wrong.items():
        place.write(**parts(BYTES, labels))
        err, _ = place.run(code=2)
        assert "data.h5: /labels: " in err and message in err, err
    place.write(**parts(BYTES.astype("complex64")))
    assert "/x: does not hold plain numbers" in place.run(code=2)[0]


def test_links_are_followed_from_the_folder_of_the_file_that_links():
    place = Place()
    expected = reference(BYTES.astype("float32") / numpy.float32(255))
    (place.path / "raw").mkdir()
    # Larger than the file that links to it.
    place.write("raw/train.h5", images=BYTES[:10], labels=LABELS[:10], more=numpy.zeros(10000))
    place.write("raw/test.h5", images=BYTES[10:], labels=LABELS[10:])
    with h5py.File(place.path / "raw" / "middle.h5", "w") as file:
        file["images"] = h5py.ExternalLink("train.h5", "/images")
    with h5py.File(place.path / "data.h5", "w") as file:
        file["x"] = h5py.ExternalLink("raw/middle.h5", "/images")
        file["labels"] = h5py.ExternalLink("raw/train.h5", "/labels")
        file["test"] = h5py.ExternalLink("raw/test.h5", "/")
        file["test_x"] = h5py.SoftLink("/test/images")
        file["test_labels"] = h5py.SoftLink("/test/labels")
    assert place.fingerprint() == expected
    os.rename(place.path / "raw" / "train.h5", place.path / "raw" / "other.h5")
    err, _ = place.run(code=2)
    assert "data.h5: /labels: is a link to /labels of " + str(place.path / "raw" / "train.h5") + ", which is not there" in err or \
        "data.h5: /x: is a link to /images of " in err, err
    place.write("raw/train.h5", other=BYTES)
    err, _ = place.run(code=2)
    assert "where it cannot be opened" in err, err
    (place.path / "raw" / "train.h5").write_bytes((place.path / "raw" / "other.h5").read_bytes()[:600])
    err, _ = place.run(code=2)
    assert "where it cannot be opened (unable to open external file, external link file name = 'train.h5')" in err, err
    (place.path / "raw" / "middle.h5").write_bytes((place.path / "raw" / "middle.h5").read_bytes()[:-100])
    err, _ = place.run(code=2)
    assert "raw/middle.h5, which cannot be read (truncated file" in err, err
    place.write("data.h5", labels=LABELS)
    with h5py.File(place.path / "data.h5", "r+") as file:
        file.create_group("x")
    err, _ = place.run(code=2)
    assert "data.h5: /x: is a group; expected a data set of this name" in err and "damaged" not in err, err


def test_virtual_data_sets_are_read_whole_or_not_at_all():
    place = Place()
    expected = reference(BYTES.astype("float32") / numpy.float32(255))
    (place.path / "raw").mkdir()
    for i in range(5):
        place.write("raw/%d.h5" % i, images=BYTES[2 * i:2 * i + 2])

    def write(count=5):
        with h5py.File(place.path / "data.h5", "w") as file:
            layout = h5py.VirtualLayout(shape=(10, 12), dtype="uint8")
            for i in range(count):
                layout[2 * i:2 * i + 2] = h5py.VirtualSource("raw/%d.h5" % i, "images", shape=(2, 12))
            file.create_virtual_dataset("x", layout)
            for key in ("labels", "test_x", "test_labels"):
                file[key] = parts(BYTES)[key]

    write()
    assert place.fingerprint() == expected
    write(4)
    assert "/x: is a virtual data set whose sources hold 96 of its 120 numbers" in place.run(code=2)[0]
    write()
    os.rename(place.path / "raw" / "3.h5", place.path / "raw" / "moved.h5")
    err, _ = place.run(code=2)
    assert "/x: takes images from %s, which is not there" % (place.path / "raw" / "3.h5") in err, err
    place.write("raw/3.h5", other=BYTES)
    assert "where there is no such data set" in place.run(code=2)[0]
    with h5py.File(place.path / "data.h5", "w") as file:
        layout = h5py.VirtualLayout(shape=(10, 12), dtype="uint8")
        layout[:] = h5py.VirtualSource("data.h5", "x", shape=(10, 12))
        file.create_virtual_dataset("x", layout)
        file["labels"] = LABELS[:10]
    assert "/x: " in place.run(code=2)[0]


def test_a_filter_that_is_missing_is_named_with_a_way_out():
    place = Place()
    with h5py.File(place.path / "data.h5", "w") as file:
        for key, content in parts(BYTES).items():
            file.create_dataset(key, data=content, compression="lzf")
    err, _ = place.run(code=2)
    assert "/x: is compressed with the filter lzf (32000), which is not there" in err, err
    assert "h5repack -f GZIP=4 %s NEW.h5" % (place.path / "data.h5") in err, err
    # What it says works.
    script = err.split("python3 -c '")[1].split("' ")[0]
    new = place.path / "new.h5"
    assert os.system("/usr/bin/python3 -c '%s' %s %s" % (script, place.path / "data.h5", new)) == 0
    os.rename(new, place.path / "data.h5")
    assert place.fingerprint() == reference(BYTES.astype("float32") / numpy.float32(255))
    for options in ({"compression": "gzip", "shuffle": True}, {"scaleoffset": 0}, {"fletcher32": True}):
        with h5py.File(place.path / "data.h5", "w") as file:
            for key, content in parts(BYTES).items():
                file.create_dataset(key, data=content, chunks=True, **options)
        place.run()


def idx(numbers, kind=8):
    types = {8: ">u1", 0x0c: ">i4", 0x0d: ">f4", 0x0e: ">f8"}
    return struct.pack(">BBBB%dI" % numbers.ndim, 0, 0, kind, numbers.ndim, *numbers.shape) + numbers.astype(types[kind]).tobytes()


def test_idx_folders_as_people_have_them():
    place = Place()
    images = BYTES.reshape(-1, 3, 4)
    expected = reference(BYTES.astype("float32") / numpy.float32(255))
    folder = place.path / "d" / "MNIST" / "raw"
    folder.mkdir(parents=True)
    (folder / "train-images.idx3-ubyte").write_bytes(idx(images[:10]))
    columns = numpy.full((10, 8), 7)
    columns[:, 0] = LABELS[:10]
    (folder / "train-labels-idx2-int.gz").write_bytes(gzip.compress(idx(columns, 0x0c)))
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images[10:])))
    (folder / "t10k-labels-idx1-ubyte").write_bytes(idx(LABELS[10:]))
    given = ("--set", "data.set=idx", "--set", "data.path=" + str(place.path / "d"))
    assert place.fingerprint(*given) == expected
    for kind in (0x0d, 0x0e):
        floats = (images.astype("float32") / numpy.float32(255)).astype("float64")
        (folder / "train-images.idx3-ubyte").write_bytes(idx(floats[:10], kind))
        (folder / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(floats[10:], kind)))
        assert place.fingerprint(*given) == expected, kind
    (folder / "train-images.idx3-ubyte").write_bytes(idx(BINARY.reshape(-1, 3, 4)[:10]))
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(BINARY.reshape(-1, 3, 4)[10:])))
    assert place.fingerprint(*given) == reference(BINARY)
    out, _ = settle("data", "check", "fashion-mnist", "--folder", place.path / "d", code=2)
    assert "train-images-idx3-ubyte     no published sum" in out and "not Fashion-MNIST's: MD5" in out, out
    assert "fashion-mnist" in settle("data", "list")[0]


def test_a_recording_says_whose_it_is_and_what_it_shows():
    place = Place(shuffle=True)
    place.write(**parts(BYTES))
    record = ("--set", "record.state=true", "--seed", "7", "--set", "learning.epochs=2", "--set", "data.validation=1")
    _, out = place.run(*record)
    with h5py.File(out / "recording.h5") as file:
        attributes = dict(file.attrs)
        assert attributes["scenario"] == "data" and attributes["seed"] == 7 and attributes["part"] == "train", attributes
        assert attributes["version"] == json.loads((out / "manifest.json").read_text())["version"]
        assert attributes["period_ps"] == 10 ** 9 and attributes["unit_ps"] == 1000
        assert list(attributes["population_names"]) == ["0", "1", "2"] and list(attributes["population_sizes"]) == [12, 8, 3]
        minibatches = [file["minibatch"][name] for name in sorted(file["minibatch"])]
        assert len(minibatches) == 6
        for epoch in range(2):
            mine = minibatches[3 * epoch:3 * epoch + 3]
            samples = numpy.concatenate([m["samples"][()] for m in mine])
            assert sorted(samples) == list(range(9)), samples
            assert list(samples) != list(range(9))
            assert list(numpy.concatenate([m["positions"][()] for m in mine])) == list(range(9))
            for m in mine:
                assert list(m["labels"][()]) == list(LABELS[m["samples"][()]])
    again = place.path / "again"
    settle("run", place.path / "s.toml", "--out", again, *record, "--threads", "1")
    assert (again / "recording.h5").read_bytes() == (out / "recording.h5").read_bytes()
    _, out = place.run("--set", "scenario.task=infer", "--set", 'record.state={from=0}')
    with h5py.File(out / "recording.h5") as file:
        assert file.attrs["part"] == "test"
        assert list(file["minibatch/000000/samples"][()]) == list(range(4))
        assert list(file["minibatch/000000/labels"][()]) == list(LABELS[10:14])
    for period, picoseconds, unit in (("1 us", 10 ** 6, 1), ("20 s", 2 * 10 ** 13, 10 ** 7), ("1e9 s", 10 ** 21, 10 ** 15)):
        _, out = place.run("--set", "record.state=true", "--set", 'timing.period="%s"' % period)
        with h5py.File(out / "recording.h5") as file:
            assert file.attrs["period_ps"] == picoseconds and file.attrs["unit_ps"] == unit, dict(file.attrs)
    _, out = place.run("--set", "record.weights=true")
    with h5py.File(out / "recording.h5") as file:
        assert list(file["minibatch/000001/positions"][()]) == [4, 5, 6, 7]
        assert "state" not in file["minibatch/000001"]


sys.exit(run_all(globals()))
