"""The equations of section 1 of the design once more, in plain NumPy, against what the program records: every quantizer with
every step rule, coder, update form and sign of beta, in networks of two to five layers. Bits, states and weights are equal to
the last bit; continuous networks, whose float sums may run in another order, within 1e-4."""
import itertools
import pathlib
import sys
import tempfile

import h5py
import numpy as np
from program import run_all, settle, summary

F = np.float32
ONE, HALF, ZERO = F(1), F(0.5), F(0)

RULES = {"constant": "0.6", "annealed": '"0.843/t^0.4"', "floor": "{ initial = 0.9, exponent = 1.0, floor = 0.2 }",
         "osa": '{ rule = "osa", target = 0.0346, floor = 1e-7 }', "kesten": '{ rule = "kesten", a = 6.81, b = 7.64 }'}
LAMBDAS = {"none": None, "fixed": "0.45", "annealed": '"0.832/t^0.584"', "one": "1"}
QUANTIZERS = ("sigma-delta", "threshold", "second-order-sigma-delta")
SIGNS = ("fixed", "random", "both")
UPDATES = ("bidirectional", "forward", "full")
RESTARTS = {"never": None, "announced": None, "surprise": dict(gain=0.3, spread=0.1, threshold=1.2, pause=3, to=2, input=0.3),
            "warmed-surprise": dict(gain=0.3, spread=0.1, threshold=0.8, pause=3, to=2, input=0.3)}
NETWORKS = ([11, 6], [13, 9, 4], [10, 17, 8, 5], [9, 7, 12, 6, 3], [70, 33, 5])
FREE, NUDGED, BATCH, TRAIN, TEST, VALIDATION = 14, 7, 3, 8, 6, 2


def clip(x):
    return np.where(x > 0, np.minimum(x, ONE), ZERO).astype(F)


def schedule(rule):
    """The step size or lambda at tick t, as float32; None for what adapts itself."""
    return {"constant": lambda t: F(0.6), "annealed": lambda t: F(0.843 / float(t)**0.4),
            "floor": lambda t: F(max(0.2, 0.9 / t))}.get(rule)


def lambda_at(kind):
    return {"none": None, "one": None, "fixed": lambda t: F(0.45), "annealed": lambda t: F(0.832 / float(t)**0.584)}[kind]


class Plain:
    """One minibatch of a network, all neurons in step. Arrays are (batch x neurons), one for each layer."""

    def __init__(self, case, weights, biases, x, labels):
        self.case, self.x, self.t = case, x, 0
        self.biases, self.weights = biases, weights
        self.integers = [np.rint(w.astype("f8") * 2**22).astype("i8") for w in weights]
        self.y = np.eye(biases[-1].size, dtype=F)[labels]
        sizes = [x.shape[1]] + [b.size for b in biases]
        make = lambda value=0: [np.full((len(x), n), value, F) for n in sizes]
        self.s, self.v, self.phi, self.phi2, self.sent = make(), make(), make(), make(), make()
        self.nu, self.k = make(1), make(1)
        self.avg, self.bias, self.delta, self.gain, self.err = make(), make(), make(), make(), make()
        # Restarts: the t of the schedules and of the adaptive rule, ticks since the last one, means of the innovation.
        self.counter, self.age, self.since, self.m, self.p, self.heard = make(), make(), make(), make(), make(), make()
        self.restarts = 0

    def copy(self):
        other = Plain.__new__(Plain)
        other.__dict__.update({k: list(v) if isinstance(v, list) else v for k, v in self.__dict__.items()})
        return other

    def received(self, j):
        if self.case["kind"] == "continuous":
            u = self.sent[j - 1] @ self.weights[j - 1]
            return u + self.sent[j + 1] @ self.weights[j].T if j + 1 < len(self.s) else u
        u = self.sent[j - 1].astype("i8") @ self.integers[j - 1]
        if j + 1 < len(self.s):
            u = u + self.sent[j + 1].astype("i8") @ self.integers[j].T
        assert np.abs(u).max() < 2**31
        return u.astype("i4").astype(F) * F(2.0**-22)

    def anneal(self, j, u):
        """The counters of layer j go on, or begin anew where its neurons are surprised by what they receive."""
        rule = RESTARTS[self.case["restart"]]
        if rule and j == 0:
            # The first tick of an annealing has no value before it.
            found = (np.abs(self.x - self.s[0]) > F(rule["input"])) & (self.counter[0] > 0)
        elif rule:
            gain, spread, threshold, innovation = F(rule["gain"]), F(rule["spread"]), F(rule["threshold"]), u - self.v[j]
            self.m[j] = (ONE - gain) * self.m[j] + gain * innovation
            self.heard[j] = self.heard[j] + ONE
            if self.case["restart"] == "warmed-surprise":
                spread = np.maximum(spread, ONE / self.heard[j])
            self.p[j] = (ONE - spread) * self.p[j] + spread * (innovation * innovation)
            found = self.m[j] * self.m[j] > threshold * threshold * (self.p[j] * gain / (F(2) - gain) + F(1e-6))
        self.counter[j], self.age[j], self.since[j] = self.counter[j] + ONE, self.age[j] + ONE, self.since[j] + ONE
        if not rule:
            return
        found &= self.since[j] > rule["pause"]
        self.restarts += np.count_nonzero(found)
        for variable, value in ((self.counter, rule["to"]), (self.age, 1), (self.since, 0), (self.m, 0), (self.nu, 1), (self.k, 1),
                                (self.avg, 0), (self.bias, 0), (self.delta, 0), (self.gain, 0), (self.err, 0)):
            variable[j] = np.where(found, F(value), variable[j])

    def restart(self, layers):
        """The annealing of these layers begins anew: their next tick has t = 1."""
        for j in layers:
            for variable, value in ((self.counter, 0), (self.age, 0), (self.since, 0), (self.m, 0), (self.nu, 1), (self.k, 1),
                                    (self.avg, 0), (self.bias, 0), (self.delta, 0), (self.gain, 0), (self.err, 0)):
                variable[j] = np.full_like(variable[j], value)

    def obey(self):
        """The events at the end of the period that is over."""
        for period, action, what in self.case["events"]:
            if period != self.t:
                continue
            if action == "present":
                x, label = self.case["samples"]
                self.x = np.tile(x[what], (len(self.x), 1))
                self.y = np.tile(np.eye(self.biases[-1].size, dtype=F)[label[what]], (len(self.x), 1))
                if self.case["restart"] == "announced":
                    self.restart(range(len(self.s)))
            else:
                self.restart(range(len(self.s)) if what is None else [what])

    def at(self, function, j):
        """A schedule's values at the counters of layer j."""
        return np.array([function(t + 1) for t in range(self.t + 2)], F)[self.counter[j].astype("i8") - 1]

    def step(self, j, d):
        """The step size of layer j for the signal d."""
        t, rule = self.age[j], self.case["rule"]
        if rule == "osa":
            target, floor = F(0.0346), F(1e-7)
            self.nu[j] = self.nu[j] / (ONE + self.nu[j] - target)
            nu, err = self.nu[j], d - self.avg[j]
            self.bias[j] = (ONE - nu) * self.bias[j] + nu * err
            self.delta[j] = (ONE - nu) * self.delta[j] + nu * (err * err)
            sigma2 = (self.delta[j] - self.bias[j] * self.bias[j]) / (ONE + self.gain[j])
            e = np.where(t == 1, ONE, ONE - (sigma2 + floor) / (self.delta[j] + floor))
            self.gain[j] = (ONE - e) * (ONE - e) * self.gain[j] + e * e
        elif rule == "kesten":
            err = d - self.avg[j]
            raised = np.where(t <= 2, ONE, (np.sign(err) * np.sign(self.err[j]) < 0).astype(F))
            self.k[j], self.err[j] = self.k[j] + raised, err
            e = F(6.81) / (F(7.64) + self.k[j])
        else:
            return self.at(schedule(rule), j)
        self.avg[j] = (ONE - e) * self.avg[j] + e * d
        return e

    def quantize(self, j, a):
        if self.case["quantizer"] == "threshold":
            return (a > HALF).astype(F)
        self.phi[j] = self.phi[j] + a
        if self.case["quantizer"] == "sigma-delta":
            q = (self.phi[j] > HALF).astype(F)
        else:
            self.phi2[j] = self.phi2[j] + self.phi[j]
            q = (self.phi2[j] > HALF).astype(F)
            self.phi2[j] = self.phi2[j] - q
        self.phi[j] = self.phi[j] - q
        return q

    def tick(self, beta=0.0):
        """Returns (state of layers 1..L, bits of all layers) as rows of the recording."""
        self.obey()
        self.t += 1
        lambda_ = lambda_at(self.case["lambda"])
        u = [None] + [self.received(j) for j in range(1, len(self.s))]
        sent = []
        for j in range(len(self.s)):
            before = self.s[j]
            self.anneal(j, u[j])
            l = self.at(lambda_, j) if lambda_ else None
            if j == 0:
                self.s[0] = self.x
            else:
                self.v[j] = (ONE - l) * self.v[j] + l * u[j] if lambda_ else u[j]
                d = self.v[j] + self.biases[j - 1]
                if beta and j == len(self.s) - 1:
                    d = d + F(2) * F(beta) * (self.y - before)
                e = self.step(j, d)
                self.s[j] = clip((ONE - e) * before + e * d)
            if self.case["kind"] == "continuous":
                sent.append(self.s[j])
                continue
            a = (self.s[j] - (ONE - l) * before) / l if lambda_ else self.s[j]
            sent.append(self.quantize(j, a))
        self.sent = sent
        return np.concatenate(self.s[1:], 1), np.concatenate(sent, 1).astype("u1")

    def phase(self, ticks, beta=0.0):
        """Returns (states, bits, readout of all layers)."""
        rows, mean = [], [np.zeros_like(s) for s in self.s]
        count = self.case["readout"] or 1
        for k in range(ticks):
            rows.append(self.tick(beta))
            if k >= ticks - count:
                mean = [m + s for m, s in zip(mean, self.s)]
        read = mean if count == 1 else [m / F(count) for m in mean]
        return [r[0] for r in rows], [r[1] for r in rows], [self.x] + read[1:]


def learn(weights, biases, minus, plus, case, beta, share):
    """W += rate / beta dW, in place; sums over the minibatch in its order."""
    for l, rate in enumerate(case["rates"]):
        if rate == 0:
            continue
        batch = len(minus[0])
        scale = F(rate * share / beta / batch)
        delta = plus[l + 1] - minus[l + 1]
        dw, db = np.zeros_like(weights[l]), np.zeros_like(biases[l])
        for b in range(batch):
            if case["update"] == "full":
                term = np.outer(plus[l][b], plus[l + 1][b]) - np.outer(minus[l][b], minus[l + 1][b])
            else:
                term = np.outer(minus[l][b], delta[b])
                if case["update"] == "bidirectional" and l > 0:
                    term = term + np.outer(plus[l][b] - minus[l][b], minus[l + 1][b])
            dw, db = dw + term, db + delta[b]
        weights[l], biases[l] = weights[l] + scale * dw, biases[l] + scale * db


def same(case, name, expected, recorded):
    recorded = np.asarray(recorded)
    assert expected.shape == recorded.shape and expected.dtype == recorded.dtype, (case, name, recorded.shape, recorded.dtype)
    tolerance = 1e-4 if case["kind"] == "continuous" else 0
    difference = np.abs(expected.astype("f8") - recorded.astype("f8")).max()
    assert difference <= tolerance, (case, name, difference)


def simulate(case, beta, weights, biases, x, labels):
    """One minibatch of training; returns what is recorded, by name, and the answers of the free phase."""
    main = Plain(case, weights, biases, x, labels)
    states, bits, read = main.phase(FREE)
    case["restarts"] = case.get("restarts", 0) + main.restarts
    answers, minus, record, others = read[-1].argmax(1), read, {}, {}
    if case["splitstream"]:
        states_, bits_, minus = main.copy().phase(NUDGED)
        others["free"] = states_, bits_
    fork = main.copy()
    nudged_states, nudged_bits, plus = main.phase(NUDGED, beta)
    weights, biases = list(weights), list(biases)
    share = 0.5 if case["sign"] == "both" else 1
    learn(weights, biases, minus, plus, case, beta, share)
    if case["sign"] == "both":
        states_, bits_, opposite = fork.phase(NUDGED, -beta)
        others["minus"] = states_, bits_
        learn(weights, biases, minus, opposite, case, -beta, share)
    record["state"], record["bits"] = np.array(states + nudged_states), np.array(bits + nudged_bits)
    for branch, (states_, bits_) in others.items():
        record["branch/%s/state" % branch], record["branch/%s/bits" % branch] = np.array(states_), np.array(bits_)
    for l in range(len(weights)):
        record["weights/%d" % l], record["biases/%d" % l] = weights[l], biases[l]
    if case["kind"] == "continuous":
        record = {name: value for name, value in record.items() if not name.endswith("bits")}
    return record, answers, weights, biases


def scenario_text(case):
    lines = ["[network]", "layers = %s" % case["layers"], 'weights = "weights.h5"', "[neuron]", 'kind = "%s"' % case["kind"],
             "epsilon = " + RULES[case["rule"]]]
    if case["kind"] == "binary":
        lines.append('quantizer = "%s"' % case["quantizer"])
    if LAMBDAS[case["lambda"]]:
        lines.append("lambda = " + LAMBDAS[case["lambda"]])
    if case["restart"] != "never":
        parts = "".join(", %s = %r" % part for part in (RESTARTS[case["restart"]] or {}).items())
        lines.append('restart = { rule = "%s"%s }' % (case["restart"], parts))
    lines += ["[phases]", "free = %d" % FREE, "nudged = %d" % NUDGED, "splitstream = %s" % str(case["splitstream"]).lower()]
    if case["readout"]:
        lines.append("readout = { mean = %d }" % case["readout"])
    lines += ["[learning]", "beta = %r" % case["beta"], 'beta_sign = "%s"' % case["sign"], 'update = "%s"' % case["update"],
              "rates = %s" % case["rates"], "batch = %d" % BATCH, "[data]", 'set = "hdf5"', 'path = "data.h5"', "shuffle = false",
              "validation = %d" % VALIDATION, "[record]", "state = true", "bits = true", "weights = true"]
    for period, action, what in case["events"]:
        lines += ["[[events]]", "at = { period = %d }" % period, 'action = "%s"' % action, 'during = "train"']
        if what is not None:
            lines.append("sample = %d" % what if action == "present" else 'population = "%d"' % what)
    return "\n".join(lines) + "\n"


def make_files(path, layers, seed):
    rng = np.random.RandomState(seed)
    weights = [(rng.uniform(-1, 1, (a, b)) * np.sqrt(6 / (a + b)) * 1.5).astype(F) for a, b in zip(layers, layers[1:])]
    biases = [rng.uniform(-0.2, 0.3, b).astype(F) for b in layers[1:]]
    with h5py.File(path / "weights.h5", "w") as file:
        for l in range(len(weights)):
            file["weights/%d" % l], file["biases/%d" % l] = weights[l], biases[l]
    data = {}
    for prefix, count in (("", TRAIN), ("test_", TEST)):
        x = rng.uniform(-0.3, 1.2, (count, layers[0])).clip(0, 1).astype(F)
        data[prefix + "x"], data[prefix + "labels"] = x, rng.randint(0, layers[-1], count).astype("i4")
    with h5py.File(path / "data.h5", "w") as file:
        for name, value in data.items():
            file[name] = value
    return weights, biases, data


def answers_of(case, weights, biases, x, labels):
    return Plain(case, weights, biases, x, labels).phase(FREE)[2][-1].argmax(1)


def check(case, seed, coins):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        weights, biases, data = make_files(path, case["layers"], seed)
        case["samples"] = data["x"], data["labels"]
        (path / "s.toml").write_text(scenario_text(case))
        settle("run", "s.toml", "--out", "run", "--quiet", "--threads", 1 + seed % 3, "--seed", seed, cwd=path)
        wrong, count = 0, TRAIN - VALIDATION
        with h5py.File(path / "run/recording.h5") as recording:
            assert sorted(recording["minibatch"]) == ["%06d" % k for k in range(-(-count // BATCH))], case
            for k, first in enumerate(range(0, count, BATCH)):
                group, rows = recording["minibatch/%06d" % k], slice(first, min(first + BATCH, count))
                x, labels = data["x"][rows], data["labels"][rows]
                beta = case["beta"]
                if case["sign"] == "random":
                    # The coin is the program's; what it learns tells which side came up.
                    learned = {sign: simulate(case, sign * beta, weights, biases, x, labels)[2] for sign in (1, -1)}
                    off = {sign: sum(np.abs(w - group["weights/%d" % l][...]).max() for l, w in enumerate(learned[sign]))
                           for sign in learned}
                    beta *= min(off, key=off.get)
                    coins.append(beta)
                record, answers, weights, biases = simulate(case, beta, weights, biases, x, labels)
                names = []
                group.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
                assert sorted(names) == sorted([*record, "labels", "samples", "positions"]), (case, names)
                assert group["samples"][...].tolist() == group["positions"][...].tolist() == list(range(count))[rows], case
                assert group["labels"][...].tolist() == labels.tolist(), case
                for name, expected in record.items():
                    same(case, name, expected, group[name])
                if case["kind"] == "continuous":
                    weights, biases = ([group["%s/%d" % (name, l)][...] for l in range(len(weights))] for name in ("weights", "biases"))
                wrong += np.count_nonzero(answers != labels)
        s = summary(path / "run")
        assert case["events"] or s["train_error"] == wrong / count, (case, s["train_error"])
        case = {**case, "events": []}  # they are of the training
        for key, x, labels in (("test_error", data["test_x"], data["test_labels"]),
                               ("validation_error", data["x"][count:], data["labels"][count:])):
            error = np.count_nonzero(answers_of(case, weights, biases, x, labels) != labels) / len(labels)
            assert s[key] == error, (case, key, s[key], error)


def make_case(**changes):
    case = {"kind": "binary", "layers": NETWORKS[2], "rule": "annealed", "lambda": "annealed", "quantizer": "sigma-delta",
            "restart": "never", "events": [], "splitstream": False, "readout": 0, "beta": 0.5, "sign": "fixed", "update": "bidirectional"}
    case.update(changes)
    case["rates"] = [0.3, 0.2, 0.1, 0.4][:len(case["layers"]) - 1]
    return case


def test_every_quantizer_step_rule_coder_and_sign():
    coins = []
    for i, (quantizer, rule, lambda_, sign) in enumerate(itertools.product(QUANTIZERS, RULES, LAMBDAS, SIGNS)):
        # The rest takes turns.
        case = make_case(quantizer=quantizer, rule=rule, sign=sign, update=UPDATES[i // 3 % 3], layers=NETWORKS[i % 5],
                         beta=(0.5, -0.7)[i // 2 % 2], readout=(0, 3, 7)[i // 5 % 3], **{"lambda": lambda_})
        case["splitstream"] = sign != "both" and i // 7 % 2 == 1
        check(case, i, coins)
    assert len(set(coins)) == 4, "the coin of a random sign has one side only"


def test_neurons_that_are_surprised_anneal_anew():
    for i, (quantizer, rule, sign) in enumerate(itertools.product(QUANTIZERS, RULES, SIGNS)):
        # The smallest network hears little that moves.
        case = make_case(quantizer=quantizer, rule=rule, sign=sign, layers=NETWORKS[1 + i % 4],
                         restart=("surprise", "warmed-surprise")[i % 2])
        case["splitstream"] = sign == "fixed"
        check(case, i, [])
        assert case["restarts"] > 100, (case, "nobody was surprised")


def test_other_inputs_and_restarts_by_events():
    events = [(3, "restart-annealing", 1), (5, "present", 3), (8, "restart-annealing", 0), (9, "present", 5), (12, "present", 0),
              (FREE, "restart-annealing", None), (FREE + 3, "present", 4)]
    for i, (restart, rule, sign) in enumerate(itertools.product(RESTARTS, RULES, SIGNS)):
        case = make_case(quantizer=QUANTIZERS[i % 3], rule=rule, sign=sign, layers=NETWORKS[1 + i % 4], restart=restart, events=events)
        case["splitstream"] = sign == "fixed"
        check(case, i, [])


def test_every_update_in_every_network():
    for i, (update, layers, sign) in enumerate(itertools.product(UPDATES, NETWORKS, SIGNS)):
        check(make_case(update=update, layers=layers, sign=sign), i, [])


def test_continuous_network():
    for i, (update, layers, sign) in enumerate(itertools.product(UPDATES, NETWORKS, SIGNS)):
        case = make_case(kind="continuous", rule="constant", update=update, layers=layers, sign=sign, readout=(0, 4)[i % 2],
                         splitstream=sign != "both" and i % 4 == 0, **{"lambda": "none"})
        check(case, i, [])


def test_rate_zero_leaves_a_projection_alone():
    case = make_case()
    case["rates"] = [0.3, 0.0, 0.1]
    check(case, 3, [])


def test_stochastic_bits_are_bernoulli_and_states_follow_from_them():
    """The noise is the program's; the rest is checked with the recorded bits: u from them, s from u, and their frequency."""
    for lambda_ in ("none", "fixed"):
        case = make_case(quantizer="stochastic", rule="constant", layers=[20, 17, 6], **{"lambda": lambda_})
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            weights, biases, data = make_files(path, case["layers"], 5)
            (path / "s.toml").write_text(scenario_text(case))
            settle("run", "s.toml", "--out", "run", "--quiet", cwd=path)
            with h5py.File(path / "run/recording.h5") as recording:
                group = recording["minibatch/000000"]
                bits, states = group["bits"][...], group["state"][...]
        plain = Plain(case, weights, biases, data["x"][:BATCH], data["labels"][:BATCH])
        activations = []
        for t in range(FREE + NUDGED):
            plain.quantize = lambda j, a: activations.append(clip(a)) or a
            state, _ = plain.tick(case["beta"] if t >= FREE else 0)
            same(case, "state", state, states[t])
            plain.sent = np.split(bits[t].astype(F), np.cumsum(case["layers"])[:-1], axis=1)
        p = np.concatenate([a.ravel() for a in activations]).astype("f8")
        q = np.concatenate([part.ravel() for row in bits for part in np.split(row, np.cumsum(case["layers"])[:-1], axis=1)])
        deviation = (q - p).sum() / np.sqrt((p * (1 - p)).sum())
        assert abs(deviation) < 4, deviation
        assert not q[p == 0].any() and q[p == 1].all()
        middle = (p > 0.2) & (p < 0.8)
        assert 0.2 < q[middle].mean() < 0.8


sys.exit(run_all(globals()))
