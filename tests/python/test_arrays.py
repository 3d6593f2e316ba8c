"""Data, weights and records as arrays: taken as they are, or refused by the name of the argument."""
import os
import subprocess
import sys
import warnings

import h5py
import numpy as np
import pytest

import settle

RANDOM = np.random.default_rng(7)
IMAGES = RANDOM.integers(0, 256, (60, 784), dtype=np.uint8)
LABELS = RANDOM.integers(0, 10, 60)
SIZES = {"data.train": 40, "data.test": 20, "learning.epochs": 1, "network.layers": [784, 20, 10]}


def data(x=IMAGES, labels=LABELS, **more):
    return settle.Data(x[:40], labels[:40], x[40:], labels[40:], **more)


def run(given):
    return settle.run("digits", SIZES, data=given, threads=1)


def test_arrays_are_as_good_as_a_file(tmp_path, program):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x"], file["labels"], file["test_x"], file["test_labels"] = IMAGES[:40], LABELS[:40], IMAGES[40:], LABELS[40:]
    summary, _ = program.run("digits", dict(SIZES, **{"data.set": "hdf5", "data.path": str(tmp_path / "data.h5")}))
    assert run(data()).fingerprint == summary["fingerprint"]


def test_layout_and_byte_order_do_not_matter():
    wanted = run(data()).fingerprint
    shaped = IMAGES.reshape(60, 28, 28)
    strided = np.repeat(IMAGES, 2, axis=0)[::2]
    frozen = IMAGES.copy()
    frozen.setflags(write=False)
    for x in (shaped, strided, frozen, np.asfortranarray(IMAGES)):
        assert run(data(x)).fingerprint == wanted
    # A byte is float32(byte) / float32(255).
    floats = IMAGES.astype(np.float32) / np.float32(255)
    for x in (floats, floats.astype(">f4"), floats.astype(np.float64), np.asfortranarray(floats)):
        assert run(data(x)).fingerprint == wanted
    for labels in (LABELS.astype(">i2"), LABELS.astype(np.uint8), np.repeat(LABELS, 2)[::2]):
        assert run(data(labels=labels)).fingerprint == wanted


def test_arrays_that_do_not_begin_at_a_multiple_of_four_are_taken_too():
    floats = IMAGES.astype(np.float32) / np.float32(255)
    crooked = np.frombuffer(b" " + floats.tobytes(), np.float32, floats.size, offset=1).reshape(floats.shape)
    assert not crooked.flags.aligned and run(data(crooked)).fingerprint == run(data(floats)).fingerprint


IN_PLACE = """
import sys
import numpy as np, settle

def most():  # MB
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) / 1024

x = np.full((100_000, 784), 1, sys.argv[1])
labels = np.zeros(len(x), int)
changes = {"data.train": len(x), "data.validation": len(x) - 100, "data.test": 10, "learning.epochs": 0, "network.layers": [784, 20, 10]}
before = most()
data = settle.Data(x, labels, x[:10], labels[:10], **{} if x.dtype.kind == "f" else {"scale": 255})
settle.run("digits", changes, data=data, threads=1)
print(most() - before, x.nbytes / 2**20)
"""


@pytest.mark.parametrize("kind", ["uint8", "float32"])
def test_samples_stay_where_they_are(kind):
    said = subprocess.run([sys.executable, "-c", IN_PLACE, kind], stdout=subprocess.PIPE, text=True, check=True,
                          env=dict(os.environ, PYTHONPATH=os.path.dirname(os.path.dirname(settle.__file__)))).stdout
    more, size = map(float, said.split())
    assert more < size / 3, (more, size)


def test_bytes_of_0_and_1_are_divided_like_others_and_that_is_said(tmp_path, program):
    binary = (IMAGES > 127).astype(np.uint8)
    with pytest.warns(settle.ScenarioWarning, match="bytes of 0 and 1 and are divided by 255; scale=1 takes them"):
        divided = run(data(binary))
    assert divided.fingerprint == run(data(binary, scale=255)).fingerprint
    found = run(data(binary, scale=1))
    assert found.fingerprint == run(data(binary.astype(np.float32))).fingerprint != divided.fingerprint
    # A part of them says nothing else: what a network has learnt from them it is shown so.
    seen = settle.present("digits", SIZES, network=divided, x=binary[40:])
    assert seen.fingerprint == settle.present("digits", SIZES, network=divided, x=binary[40:] / np.float32(255)).fingerprint
    # A file of them is taken as it is.
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x"], file["labels"], file["test_x"], file["test_labels"] = binary[:40], LABELS[:40], binary[40:], LABELS[40:]
    summary, _ = program.run("digits", dict(SIZES, **{"data.set": "hdf5", "data.path": str(tmp_path / "data.h5")}))
    assert found.fingerprint == summary["fingerprint"]
    # Both sets decide: a training set that happens to be dark is not taken for another kind.
    grey = binary.copy()
    grey[50, 3] = 200
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert data(grey).scale == 255


def test_bytes_are_divided_by_255_unless_scale_says_otherwise():
    small = IMAGES // 16
    assert run(data(small)).fingerprint == run(data(small.astype(np.float32) / np.float32(255))).fingerprint
    assert run(data(small, scale=15)).fingerprint == run(data(small.astype(np.float32) / np.float32(15))).fingerprint
    with pytest.raises(ValueError, match="x has .* above 1"):
        data(scale=15)
    with pytest.raises(ValueError, match="^scale is for uint8"):
        data(small.astype(np.float32) / np.float32(15), scale=15)


@pytest.mark.parametrize("x, labels, named", [
    (np.zeros((4, 784)) + np.nan, np.zeros(4, int), "^x has nan"),
    (np.zeros((4, 784)) + 2, np.zeros(4, int), "^x has 2"),
    (np.zeros(784), np.zeros(1, int), "^x has the shape"),
    (np.zeros((0, 784)), np.zeros(0, int), "^x is empty"),
    (np.zeros((4, 784), dtype=np.int32), np.zeros(4, int), "^x must be of uint8"),
    (np.zeros((4, 784), dtype=complex), np.zeros(4, int), "^x must be an array of numbers"),
    (np.zeros((4, 784)), np.zeros(3, int), "^labels has the shape"),
    (np.zeros((4, 784)), np.zeros(4), "^labels must be whole numbers"),
    (np.zeros((4, 784)), np.array([0, 1, 2, -1]), "^labels has -1"),
    ("nothing", np.zeros(4, int), "^x must be"),
    (None, np.zeros(4, int), "^x must be"),
    ([[0.0], [0.0, 1.0]], np.zeros(2, int), "^x ")])
def test_bad_arrays_are_refused_by_name(x, labels, named):
    with pytest.raises((ValueError, TypeError), match=named):
        settle.Data(x, labels)


def test_samples_must_fit_the_network():
    with pytest.raises(ValueError, match="^x has 5 values"):
        settle.run("digits", SIZES, data=settle.Data(np.zeros((40, 5)), np.zeros(40, int)))
    with pytest.raises(ValueError, match="^labels has 10"):
        settle.run("digits", SIZES, data=settle.Data(np.zeros((40, 784)), np.full(40, 10)))
    with pytest.raises(ValueError, match="^test_x is missing"):
        settle.Data(IMAGES, LABELS, test_labels=LABELS)
    with pytest.raises(settle.ScenarioError, match="data.train"):
        settle.run("digits", dict(SIZES, **{"data.train": 41}), data=data())


def test_what_arrays_take_the_place_of_is_not_changed_too():
    for key, value in (("data.set", "mnist"), ("data.path", "x.h5"), ("data.scale", 2)):
        with pytest.raises(ValueError, match="%s'. changes nothing" % key):
            settle.run("digits", dict(SIZES, **{key: value}), data=data())


def test_presented_samples_are_those_of_infer(tmp_path, program):
    trained = run(data())
    trained.write_weights(tmp_path / "weights.h5")
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x"], file["labels"], file["test_x"], file["test_labels"] = IMAGES[:40], LABELS[:40], IMAGES[:40], LABELS[:40]
    infer = {"scenario.task": "infer", "data.set": "hdf5", "data.path": str(tmp_path / "data.h5"), "data.train": 40, "data.test": 40,
             "network.layers": [784, 20, 10], "network.weights": str(tmp_path / "weights.h5")}
    for engine in ("lockstep", "virtual"):
        program.folder = tmp_path / engine
        program.folder.mkdir()
        summary, _ = program.run("digits", infer, "--engine", engine)
        for network in (trained, tmp_path / "weights.h5"):
            seen = settle.present("digits", SIZES, network=network, x=IMAGES[:40], labels=LABELS[:40], engine=engine,
                                  record=["state", "bits", "hopfield_energy"])
            assert seen.fingerprint == summary["fingerprint"]
            assert seen.wrong == round(summary["test_error"] * 40)
        assert seen.state.shape == (40, 50, 30) and seen.bits.shape == (40, 50, 814) and seen.hopfield_energy.shape == (40, 50)
        assert np.array_equal(seen.outputs.argmax(axis=1), seen.answers)
    lists = settle.present("digits", SIZES, weights=list(trained.weights.values()), biases=list(trained.biases.values()), x=IMAGES[:40],
                           engine="virtual")
    assert lists.fingerprint == summary["fingerprint"] and lists.state is None and lists.wrong is None


def test_weights_are_refused_by_name():
    trained = run(data())
    call = dict(x=IMAGES[:2])
    for weights, named in (({"0": trained.weights["0"]}, 'weights\\["1"\\] is missing'),
                           ([trained.weights["1"], trained.weights["0"]], 'weights\\["0"\\] has the shape'),
                           ([trained.weights["0"] + np.nan, trained.weights["1"]], "not finite"), (3, "^weights must be")):
        with pytest.raises((ValueError, TypeError), match=named):
            settle.present("digits", SIZES, weights=weights, biases=trained.biases, **call)
    with pytest.raises(ValueError, match="exactly one of network"):
        settle.present("digits", SIZES, **call)
    with pytest.raises(settle.ScenarioError):
        settle.present("digits", SIZES, network="nowhere.h5", **call)
    with pytest.warns(settle.ScenarioWarning, match="biases"):
        settle.present("digits", SIZES, weights=trained.weights, **call)


def test_arrays_live_as_long_as_somebody_has_them():
    weights = run(data()).weights["0"]
    copy = weights.copy()
    for _ in range(5):
        run(data())
    assert np.array_equal(weights, copy)
