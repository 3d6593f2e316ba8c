"""[[population]] and [[projection]]: any Hopfield network, told in files and looked at in files."""
import os
import pathlib
import sys
import tempfile

import h5py
import numpy as np
from program import SMALL, run_all, settle, summary

POPULATIONS = """
[[population]]
name = "image"
shape = [1, 6, 6]
role = "input"
[[population]]
name = "edges"
shape = [3, 3, 3]
[[population]]
name = "code"
size = 8
[[population]]
name = "answer"
size = 3
role = "output"
"""

PROJECTIONS = """
[[projection]]
between = ["image", "edges"]
kind = "convolution"
kernel = 3
stride = 2
padding = 1
rate = 0.03
[[projection]]
between = ["edges", "edges"]
kind = "sparse"
links = { radius = 1 }
rate = 0.05
init_scale = 0.5
[[projection]]
between = ["edges", "code"]
kind = "sparse"
links = { fan_in = 5 }
rate = 0.08
[[projection]]
between = ["code", "code"]
kind = "dense"
rate = 0.02
[[projection]]
between = ["image", "code"]
kind = "sparse"
links = { probability = 0.3 }
rate = 0.04
[[projection]]
between = ["code", "answer"]
kind = "dense"
rate = 0.1
"""

REST = """
[neuron]
lambda = "0.832/t^0.584"
[phases]
free = 20
nudged = 10
[learning]
batch = 7
epochs = 2
[data]
set = "random"
train = 40
"""

MIXED = POPULATIONS + PROJECTIONS + REST

CHAIN = """
[[population]]
name = "pixels"
size = 20
role = "input"
[[population]]
name = "middle"
size = 16
[[population]]
name = "answer"
size = 5
role = "output"
[[projection]]
between = ["pixels", "middle"]
kind = "dense"
rate = 0.1
[[projection]]
between = ["middle", "answer"]
kind = "dense"
rate = 0.05
"""


class Folder:
    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.temporary.name)
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def run(self, name, text, *arguments, task="run", code=0):
        (self.path / (name + ".toml")).write_text(text)
        out, err = settle(task, name + ".toml", *arguments, *(["--out", name] if task == "run" else []), cwd=self.path, code=code)
        return summary(self.path / name) if task == "run" and code == 0 and "--dry-run" not in arguments else out + err


def long_form():
    return CHAIN + SMALL.replace("[network]\nlayers = [20, 16, 5]\n", "").replace("rates = [0.1, 0.05]\n", "")


def test_a_chain_in_the_long_form_has_the_fingerprint_of_the_short_one():
    with Folder() as folder:
        short = folder.run("short", SMALL)
        long = folder.run("long", long_form())
        assert long["fingerprint"] == short["fingerprint"], (long, short)
        assert long["messages"] == short["messages"] and long["synaptic_operations"] == short["synaptic_operations"]
        rates = folder.run("rates", long_form(), "--set", "learning.rates=[0.2, 0.05]")
        again = folder.run("again", SMALL, "--set", "learning.rates=[0.2, 0.05]")
        assert rates["fingerprint"] == again["fingerprint"] != short["fingerprint"]
        for engine in ("virtual", ):
            assert folder.run("l" + engine, long_form(), "--engine", engine)["fingerprint"] == short["fingerprint"]


def test_a_mixed_network_runs_the_same_again_and_its_resolved_scenario_is_the_same():
    with Folder() as folder:
        first = folder.run("mixed", MIXED, "--threads", "1")
        assert folder.run("threads", MIXED, "--threads", "2")["fingerprint"] == first["fingerprint"]
        resolved = folder.run("mixed2", MIXED, "--dry-run")
        assert folder.run("resolved", resolved)["fingerprint"] == first["fingerprint"]
        assert folder.run("resolved2", resolved, "--dry-run") == resolved
        assert folder.run("seed", MIXED, "--set", "network.seed=9")["fingerprint"] != first["fingerprint"]


def test_weights_files_say_what_they_hold_and_are_taken_up():
    with Folder() as folder:
        first = folder.run("mixed", MIXED)
        with h5py.File(folder.path / "mixed" / "weights.h5") as file:
            kinds = [file["weights/%d" % k].attrs["kind"] for k in range(6)]
            assert kinds == ["convolution", "sparse", "sparse", "dense", "sparse", "dense"], kinds
            assert list(file["weights/0"].attrs["between"]) == ["image", "edges"]
            assert file["weights/0"].shape == (3, 1, 3, 3) and file["biases/0"].shape == (3,)
            pre, post = file["weights/1/pre"][...], file["weights/1/post"][...]
            pairs = list(zip(pre, post))
            assert (pre < post).all() and pairs == sorted(pairs) and len(set(pairs)) == len(pairs)
            place = np.array([(i // 3 % 3, i % 3) for i in range(27)])
            wanted = [(i, j) for i in range(27) for j in range(i + 1, 27) if abs(place[i] - place[j]).max() <= 1]
            assert pairs == wanted
            fan = np.bincount(file["weights/2/post"][...], minlength=8)
            assert (fan == 5).all(), fan
            lateral = file["weights/3"][...]
            assert (lateral == lateral.T).all() and (np.diag(lateral) == 0).all() and (lateral != 0).sum() == 56
        infer = MIXED.replace("epochs = 2", "epochs = 0") + "[network]\nweights = \"mixed/weights.h5\"\n"
        taken = folder.run("taken", infer)
        with h5py.File(folder.path / "mixed" / "weights.h5") as one, h5py.File(folder.path / "taken" / "weights.h5") as other:
            names = []
            one.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
            for name in names:
                assert (one[name][...] == other[name][...]).all(), name
        # Other links are another network.
        err = folder.run("other", infer, "--set", "network.seed=5", code=2)
        assert "the links of the projection, in its order" in err and "network.weights" not in err.split("expected")[1], err
        assert taken["epochs"] == 0 and first["epochs"] == 2


def test_links_of_a_file_keep_its_order_and_bring_weights():
    with Folder() as folder:
        pre, post = np.array([4, 0, 2], np.int32), np.array([1, 2, 0], np.int32)
        with h5py.File(folder.path / "links.h5", "w") as file:
            file["pre"], file["post"], file["weight"] = pre, post, np.array([0.5, -0.25, 0.125], np.float32)
        text = long_form().replace('["middle", "answer"]\nkind = "dense"', '["middle", "answer"]\nkind = "sparse"\nlinks = { file = "links.h5" }')
        folder.run("file", text, "--set", "learning.epochs=0")
        with h5py.File(folder.path / "file" / "weights.h5") as file:
            assert (file["weights/1/pre"][...] == pre).all() and (file["weights/1/post"][...] == post).all()
            assert (file["weights/1/weight"][...] == [0.5, -0.25, 0.125]).all()
        for change, expected in (((0, 16), "is out of range"), ((1, 2), "is there twice")):
            with h5py.File(folder.path / "links.h5", "a") as file:
                file["pre"][1], file["post"][1] = (change[1], 2) if change[0] == 0 else (2, 0)
            err = folder.run("file", text, "--dry-run", code=2)
            assert "file.toml:" in err and "projection.links.file" in err and expected in err, err


def refuse(replaced, by, *expected, text=MIXED):
    assert replaced in text
    with Folder() as folder:
        err = folder.run("bad", text.replace(replaced, by, 1), code=2)
        assert not (folder.path / "bad").exists()
        for part in ("bad.toml:",) + expected:
            assert part in err, "%r is not in %r" % (part, err)


def test_shapes_that_do_not_fit_say_what_they_would_be():
    refuse("shape = [3, 3, 3]", "shape = [3, 4, 3]", "projection.between", "[3, 3, 3] for \"edges\"")
    refuse("kernel = 3", "kernel = 9", "bad.toml:20:1: projection.kernel", "larger than the image, 8 x 8", "at most 8")
    refuse("shape = [3, 3, 3]", "size = 27", "projection.between", "has no shape")


def test_roles_and_names():
    refuse('size = 8', 'size = 8\nrole = "input"', "population.role", "is the second input")
    refuse('size = 8', 'size = 8\nrole = "output"', "population.role", "is the second output")
    refuse('size = 3\nrole = "output"', "size = 3", "population", "there is no output")
    refuse('role = "input"', "", "population.role", "the first population is no input")
    refuse('name = "code"', 'name = "edges"', "population.name", 'two populations "edges"')
    refuse('["edges", "code"]', '["egdes", "code"]', "projection.between", "did you mean edges?")
    refuse('["image", "edges"]', '["edges", "image"]', "projection.between", "hears nobody")
    refuse('size = 8', 'size = 8\nshape = [8, 1, 1]', "population.size", "beside shape")
    refuse('size = 8', 'sice = 8', "population.sice: unknown key")
    # What is wrong with populations says nothing about rates.
    with Folder() as folder:
        err = folder.run("bad", MIXED.replace('role = "output"', 'role = "outpt"'), code=2)
        assert "did you mean output?" in err and "rate" not in err, err
        # Nor does a key that is misspelt say what the shape would be without it.
        err = folder.run("bad", MIXED.replace("stride = 2", "strid = 2"), code=2)
        assert "did you mean projection.stride?" in err and "has the shape" not in err, err
    refuse('kind = "dense"', 'kind = "dence"', "projection.kind", "did you mean dense?")


def test_islands_missing_parts_and_both_forms():
    island = POPULATIONS.replace('[[population]]\nname = "answer"', '[[population]]\nname = "alone"\nsize = 4\n[[population]]\nname = "answer"')
    refuse("X", "", '"alone" is an island', "population.name", text="X" + island + PROJECTIONS + REST)
    refuse("X", "", "network.layers", "[[population]]", text="X[network]\nlayers = [36, 3]\n" + MIXED)
    refuse("X", "", "projection", "populations that are not there", text="X" + PROJECTIONS + REST)
    refuse("rate = 0.05\n", "", "bad.toml:", "projection.rate: is missing")
    refuse("links = { radius = 1 }", "", "projection.links: is missing")
    refuse("links = { radius = 1 }", "links = { radius = 1, fan_in = 2 }", "projection.links")
    refuse("links = { fan_in = 5 }", "links = { fan_in = 28 }", "projection.links.fan_in", "1 to 27")
    refuse("links = { fan_in = 5 }", "links = { fan_inn = 5 }", "projection.links", "did you mean fan_in?")
    refuse('"code", "code"]\nkind = "dense"', '"code", "code"]\nkind = "sparse"\nlinks = { fan_in = 1 }', "projection.links.fan_in",
           '"code" is one neuron', text=MIXED.replace("size = 8", "size = 1"))
    refuse("links = { fan_in = 5 }", 'links = { file = "" }', "projection.links.file", "the path is empty")
    refuse('kind = "dense"\nrate = 0.02', 'kind = "convolution"\nkernel = 1\nrate = 0.02', "projection.kind", "to itself")


def test_more_than_a_machine_holds_is_refused_before_it_is_allocated():
    refuse("links = { fan_in = 5 }", "links = { probability = 1 }", "too many weights",
           text=MIXED.replace("shape = [3, 3, 3]", "size = 400000").replace("size = 8", "size = 400000")
           .replace('kind = "convolution"\nkernel = 3\nstride = 2\npadding = 1', 'kind = "sparse"\nlinks = { fan_in = 2 }')
           .replace("radius = 1", "fan_in = 2").replace('["code", "code"]\nkind = "dense"', '["code", "code"]\nkind = "sparse"\nlinks = { fan_in = 1 }')
           .replace("probability = 0.3", "probability = 0.0000001"))


def test_kernels_whose_tables_no_number_counts_are_refused():
    # A kernel of 16385 x 16385 has less than 10^9 weights; in panels of sixteen channels they are 2^32.
    small = MIXED.replace("shape = [1, 6, 6]", "shape = [1, 1, 1]").replace("shape = [3, 3, 3]", "shape = [1, 1, 1]").replace(
        "stride = 2\npadding = 1", "padding = 8192")
    refuse("kernel = 3", "kernel = 16385", "bad.toml:20:1: projection.kernel", "4295491600 weights", "less than 2^31", text=small)
    # Ten thousand weights that join four million places with ten thousand each.
    large = MIXED.replace("shape = [1, 6, 6]", "shape = [1, 2000, 2000]").replace("shape = [3, 3, 3]", "shape = [1, 2000, 2000]").replace(
        "stride = 2\npadding = 1", "padding = 50")
    refuse("kernel = 3", "kernel = 101", "bad.toml:20:1: projection.kernel", "pairs of places", "less than 2^31", text=large)
    with Folder() as folder:
        out = folder.run("bad", small.replace("kernel = 3", "kernel = 16385"), task="describe", code=2)
        assert "projection.kernel" in out, out


def test_what_describe_lists_is_what_runs():
    with Folder() as folder:
        twice = long_form() + '[[projection]]\nbetween = ["pixels", "middle"]\nkind = "dense"\nrate = 0.1\n'
        for name, text in (("mixed", MIXED), ("twice", twice), ("chain", long_form())):
            listed = folder.run(name, text, task="describe").split("\nengines\n")[1].split("\n\n")[0]
            for engine in ("lockstep", "virtual", "free"):
                runs = "engine" in engine_answer(folder, name, text, engine)
                assert (engine in [line.split()[0] for line in listed.split("\n")]) == runs, (name, engine, listed)


def engine_answer(folder, name, text, engine):
    """The resolved scenario, or what the engine cannot do."""
    (folder.path / (name + ".toml")).write_text(text)
    out, _ = settle("run", name + ".toml", "--engine", engine, "--dry-run", cwd=folder.path, code=(0, 2))
    return out


def test_figures_and_tables_call_populations_by_their_names():
    # The output stands before the last population.
    answer = '[[population]]\nname = "answer"\nsize = 3\nrole = "output"\n'
    code = '[[population]]\nname = "code"\nsize = 8\n'
    assert code in POPULATIONS and answer in POPULATIONS
    text = POPULATIONS.replace(answer, "").replace(code, answer + code) + PROJECTIONS + REST + "[record]\nbits = true\n"
    with Folder() as folder:
        (folder.path / "s.toml").write_text(text)
        out, _ = settle("run", "s.toml", "--out", "s", cwd=folder.path)
        rows = [line.split()[0] for line in out.split("by population")[1].splitlines()[2:6]]
        assert rows == ["image", "edges", "answer", "code"], out
        settle("report", "s", cwd=folder.path)
        raster = (folder.path / "s" / "plots" / "raster.svg").read_text()
        for name in rows:
            assert name in raster, name
        assert "output" not in raster and "layer 1" not in raster
        converge = text.replace("[record]\nbits = true\n", "").replace("[learning]\n", '[scenario]\ntask = "converge"\n[learning]\n')
        (folder.path / "c.toml").write_text(converge)
        settle("run", "c.toml", "--out", "c", cwd=folder.path)
        settle("report", "c", cwd=folder.path)
        distances = (folder.path / "c" / "plots" / "distance-by-population.svg").read_text()
        for name in ("edges", "answer", "code"):
            assert name in distances, name
        assert "population 1" not in distances


def test_init_scale_beside_weights_of_a_file():
    with Folder() as folder:
        with h5py.File(folder.path / "links.h5", "w") as file:
            file["pre"], file["post"], file["weight"] = np.array([4], np.int32), np.array([1], np.int32), np.array([0.5], np.float32)
        text = long_form().replace('["middle", "answer"]\nkind = "dense"', '["middle", "answer"]\nkind = "sparse"\nlinks = { file = "links.h5" }\ninit_scale = %s')
        folder.run("one", text % "1", "--set", "learning.epochs=0")
        err = folder.run("two", text % "2", code=2)
        assert "two.toml:" in err and "projection.init_scale" in err and "links.file" in err, err
        _, err = settle("run", "one.toml", "--set", "network.weights=one/weights.h5", "--set", "network.init_scale=2", "--dry-run", cwd=folder.path)
        assert "init_scale is ignored" in err, err


def test_what_has_no_links_reaches_nobody():
    island = PROJECTIONS.split("[[projection]]")
    assert '["image", "edges"]' in island[1]
    text = POPULATIONS + "[[projection]]" + island[1] + "[[projection]]" + island[6] + \
        '[[projection]]\nbetween = ["edges", "code"]\nkind = "sparse"\nlinks = { probability = 0.5 }\nrate = 0.1\n' + REST
    with Folder() as folder:
        folder.run("good", text, "--dry-run")
        for name in ("code", "answer"):
            refuse("probability = 0.5", "probability = 0", 'population.name', '"%s" is an island' % name, text=text)
        with h5py.File(folder.path / "none.h5", "w") as file:
            file["pre"], file["post"], file["weight"] = np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32)
        err = folder.run("empty", text.replace("{ probability = 0.5 }", '{ file = "none.h5" }'), code=2)
        assert '"code" is an island' in err, err


HARDWARE = """
[timing]
jitter = 0.1
phase = "random"
latency = { low = 0.3, high = 0.6 }
loss = 0.02
"""


def conserved(run):
    return run["messages"] + run["duplicated"] == run["deliveries"] + run["lost"] + run["expired"]


def test_virtual_time_without_noise_is_lockstep():
    with Folder() as folder:
        lockstep = folder.run("lockstep", MIXED)
        for name, arguments in (("pulse", ()), ("level", ("--set", "timing.link=level")), ("synapse", ("--set", "timing.scope=synapse")),
                                ("single", ("--set", "scenario.shard=1"))):
            run = folder.run(name, MIXED, "--engine", "virtual", *arguments)
            assert run["fingerprint"] == lockstep["fingerprint"], name
            if name in ("pulse", "single"):
                assert all(run[key] == lockstep[key] for key in ("messages", "deliveries", "synaptic_operations")), (run, lockstep)


def test_the_output_may_be_any_population_but_the_first():
    # Before a population that is narrower than it, rounded up to sixteen.
    middle = '[[population]]\nname = "middle"\nsize = 16\n'
    assert middle in CHAIN and 'size = 5\nrole = "output"\n' in CHAIN
    wide = CHAIN.replace(middle, "").replace('size = 5\nrole = "output"\n', 'size = 20\nrole = "output"\n' + middle.replace("16", "5")) + REST
    with Folder() as folder:
        first = folder.run("lockstep", wide)
        again = folder.run("virtual", wide, "--engine", "virtual")
        assert all(first[key] == again[key] for key in ("fingerprint", "train_error")) and 0 < first["train_error"] < 1, first
        assert 0 < folder.run("free", wide, "--engine", "free")["train_error"] < 1
        assert folder.run("inferred", wide, "--set", "scenario.task=infer")["train_error"] > 0


def test_virtual_time_does_not_depend_on_threads_and_shards():
    with Folder() as folder:
        for name, more in (("axon", ""), ("synapse", 'scope = "synapse"\n'), ("level", 'link = "level"\n')):
            text = MIXED + HARDWARE + more
            first = folder.run(name, text, "--engine", "virtual")
            assert first["lost"] > 0 and conserved(first), first
            for shard, threads in ((1, 2), (9, 2), (30, 1)):
                again = folder.run("%s%d" % (name, shard), text, "--engine", "virtual", "--threads", threads, "--set", "scenario.shard=%d" % shard)
                assert all(again[key] == first[key] for key in ("fingerprint", "messages", "lost", "synaptic_operations")), (name, shard)
            assert folder.run(name + "seed", text, "--engine", "virtual", "--seed", "2")["fingerprint"] != first["fingerprint"]


def test_real_threads_lose_nothing():
    with Folder() as folder:
        for shard in ("0", "1", "11"):
            run = folder.run("free" + shard, MIXED, "--engine", "free", "--threads", "2", "--set", "scenario.shard=" + shard)
            assert conserved(run) and run["lost"] == run["expired"] == 0 and run["messages"] > 0, run


def test_convolutions_learn_on_asynchronous_hardware():
    text = """
[[population]]
name = "image"
shape = [1, 28, 28]
role = "input"
[[population]]
name = "edges"
shape = [8, 7, 7]
[[population]]
name = "answer"
size = 10
role = "output"
[[projection]]
between = ["image", "edges"]
kind = "convolution"
kernel = 6
stride = 4
padding = 2
rate = 0.01
[[projection]]
between = ["edges", "answer"]
kind = "dense"
rate = 0.2
[neuron]
lambda = "0.832/t^0.584"
[phases]
free = 40
nudged = 15
splitstream = true
readout = { mean = 5 }
[learning]
epochs = 6
[data]
set = "digits"
train = 600
test = 200
""" + HARDWARE
    with Folder() as folder:
        run = folder.run("learns", text, "--engine", "virtual")
        assert run["lost"] > 0 and conserved(run), run
        assert run["test_error"] < 0.45, run["test_error"]


def test_tables_are_not_reached_by_options():
    with Folder() as folder:
        err = folder.run("set", MIXED, "--set", "population=[]", code=2)
        assert "arrays of tables cannot be set" in err and "[[population]]" in err, err


def test_describe_draws_the_graph():
    with Folder() as folder:
        text = folder.run("mixed", MIXED, task="describe")
        assert "4 populations" in text and "convolution, kernel 3, stride 2, padding 1; 192 links, 27 weights" in text, text
        assert "edges <-> edges: sparse, radius 1, lateral" in text and "image -> code" in text


def test_rates_decay_with_the_epochs():
    with Folder() as folder:
        text = MIXED.replace("epochs = 2", "epochs = 1")
        whole = folder.run("one", text)
        assert folder.run("decay1", text, "--set", "learning.decay=0.5")["fingerprint"] == whole["fingerprint"]
        two = folder.run("two", MIXED)
        assert folder.run("decay2", MIXED, "--set", "learning.decay=0.5")["fingerprint"] != two["fingerprint"]
        err = folder.run("zero", MIXED, "--set", "learning.decay=0", code=2)
        assert "learning.decay: 0 is out of range" in err, err


sys.exit(run_all(globals()))
