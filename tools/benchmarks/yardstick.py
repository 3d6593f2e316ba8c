"""The yardstick for speed: the same lockstep work in plain NumPy, one thread.

784-500-10, batches of 20 MNIST digits, 100 free + 50 nudged ticks, predictive sigma-delta coding with
annealed epsilon and lambda, bidirectional update. Prints training presentations per second.

    apt-get install python3-numpy libopenblas0-pthread
    python3 tools/benchmarks/yardstick.py FOLDER-OF-MNIST [minibatches]

With the reference BLAS instead of OpenBLAS NumPy is about ten times slower: that is no fair yardstick,
and the script refuses it. The authors' published PyTorch code reaches 0.5 to 0.65 of this speed.
"""
import os
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
import gzip
import sys
import time

import numpy as np

SIZES, BATCH, FREE, NUDGED, BETA, RATES = (784, 500, 10), 20, 100, 50, 0.5, (0.1, 0.05)


def load(folder):
    images = gzip.open(folder + "/train-images-idx3-ubyte.gz").read()
    labels = gzip.open(folder + "/train-labels-idx1-ubyte.gz").read()
    x = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784).astype("f4") / np.float32(255)
    return x, np.frombuffer(labels, np.uint8, offset=8)


def train(images, labels, minibatches):
    """Returns seconds for `minibatches` updates, after one more to warm up."""
    rng = np.random.RandomState(0)
    weights = [(rng.uniform(-1, 1, (a, b)) * np.sqrt(6 / (a + b))).astype("f4") for a, b in zip(SIZES, SIZES[1:])]
    biases = [np.zeros(n, "f4") for n in SIZES[1:]]
    ticks = range(1, FREE + NUDGED + 1)
    epsilon = [np.float32(0.843 / t**0.0923) for t in ticks]
    lam = [np.float32(0.832 / t**0.584) for t in ticks]
    last = len(SIZES) - 1
    for k in range(minibatches + 1):
        if k == 1:
            start = time.perf_counter()
        x = images[k * BATCH:(k + 1) * BATCH]
        y = np.eye(SIZES[-1], dtype="f4")[labels[k * BATCH:(k + 1) * BATCH]]
        beta = np.float32(BETA * rng.choice([-1, 1]))
        s = [x] + [np.zeros((BATCH, n), "f4") for n in SIZES[1:]]
        q, prev, phi, v = ([np.zeros((BATCH, n), "f4") for n in SIZES] for _ in range(4))
        for t in range(FREE + NUDGED):
            e, l = epsilon[t], lam[t]
            new = [x]
            for j in range(1, last + 1):
                u = q[j - 1] @ weights[j - 1]
                if j < last:
                    u = u + q[j + 1] @ weights[j].T
                v[j] = (1 - l) * v[j] + l * u
                d = v[j] + biases[j - 1]
                if j == last and t >= FREE:
                    d = d + 2 * beta * (y - s[j])
                new.append(np.clip((1 - e) * s[j] + e * d, 0, 1))
            s = new
            for j in range(last + 1):
                a = (s[j] - (1 - l) * prev[j]) / l + phi[j]
                q[j] = (a > 0.5).astype("f4")
                phi[j] = a - q[j]
                prev[j] = s[j]
            if t == FREE - 1:
                free = [a.copy() for a in s]
        for j, rate in enumerate(RATES):
            dw = free[j].T @ (s[j + 1] - free[j + 1])
            if j:
                dw = dw + (s[j] - free[j]).T @ free[j + 1]
            weights[j] += np.float32(rate / BATCH) / beta * dw
            biases[j] += np.float32(rate) / beta * (s[j + 1] - free[j + 1]).mean(0)
    return time.perf_counter() - start


def check_blas():
    a = np.ones((512, 512), "f4")
    a @ a
    start = time.perf_counter()
    a @ a
    if 2 * 512**3 / (time.perf_counter() - start) < 1.5e10:
        sys.exit("yardstick: this NumPy multiplies too slowly; install libopenblas0-pthread")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    check_blas()
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    print("%.1f presentations/s" % (count * BATCH / train(*load(sys.argv[1]), count)))
