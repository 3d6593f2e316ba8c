"""The network of hardware.py in Brian2: the neurons of `mnist-async`, with the weights and the image that settle had, latencies of .3 to .6
periods, of an axon or of every wire (brian_neurons.py). Prints the seconds that the run took, building left out, and the spikes of each
population.

    brian_hardware.py IMAGE.h5 WEIGHTS.h5 PERIODS axon|synapse FOLDER
"""
import sys

import h5py
import numpy as np

import brian_neurons as brian


def main():
    data, weights, periods, scope, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5]
    brian.begin(folder)
    with h5py.File(data) as file:
        x = file["x"][0].astype(np.float32)
    with h5py.File(weights) as file:
        layers = [file["weights/%d" % k][:] for k in range(2)]
    random = np.random.default_rng(1)
    schedules = brian.schedules(periods)
    groups = [brian.inputs(x, random, schedules)] + [brian.neurons(w.shape[1], random, schedules) for w in layers]
    synapses = []
    for source, target, matrix in ((0, 1, layers[0]), (1, 2, layers[1]), (2, 1, layers[1].T)):
        pre, post = [indices.ravel() for indices in np.indices(matrix.shape)]
        delays = random.integers(3, 7, len(pre)) if scope == "synapse" else random.integers(3, 7, matrix.shape[0])[pre]
        synapses.append(brian.join(groups[source], groups[target], pre, post, matrix.ravel(), delays))
    seconds, spikes = brian.run(groups, synapses, periods, folder)
    print(seconds, *spikes)


main()
