"""The sheet of sheet.py in Brian2: the neurons of `sheet`, with the weights and the image that settle had, an axon's latency of .3 to .6
periods (brian_neurons.py). Prints the seconds that the run took, building left out, and the spikes of the image and of the sheet.

    brian_sheet.py IMAGE.h5 WEIGHTS.h5 PERIODS FOLDER
"""
import sys

import h5py
import numpy as np

import brian_neurons as brian


def main():
    data, weights, periods, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    brian.begin(folder)
    with h5py.File(data) as file:
        x = file["x"][0].astype(np.float32)
    with h5py.File(weights) as file:
        links = [[file["weights/%d/%s" % (k, name)][:] for name in ("pre", "post", "weight")] for k in range(2)]
    n = len(x)
    random = np.random.default_rng(1)
    scope = brian.schedules(periods)
    image, sheet = brian.inputs(x, random, scope), brian.neurons(n, random, scope)
    synapses = []
    for source, (pre, post, weight) in ((image, links[0]), (sheet, both_ways(*links[1]))):
        synapses.append(brian.join(source, sheet, pre, post, weight, random.integers(3, 7, n)[pre]))  # of an axon
    seconds, spikes = brian.run([image, sheet], synapses, periods, folder)
    print(seconds, *spikes)


def both_ways(pre, post, weight):
    return np.concatenate([pre, post]), np.concatenate([post, pre]), np.concatenate([weight, weight])


main()
