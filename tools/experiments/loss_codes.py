"""What loss takes from learning's direction, by link: the cosine of the contrastive update of the weights 784→100 with the continuous
network's, for the mean update and for single minibatches laid end to end, in the network that asynchrony.py trains; with
splitstream, means over chips (timing.device_seed 1, 2, …) that see the same images.
"""
import argparse

import numpy as np

import asynchrony

LINKS = ("pulse", "level", "parity", "parity-held", "parity-2-held")
LOSSES = ({}, {"timing.loss": 0.05}, {"timing.loss": 0.1}, {"timing.loss": 0.05, "timing.burst": 5},
          {"timing.jitter": 0.2, "timing.drift": 0.05}, {"timing.jitter": 0.2, "timing.drift": 0.05, "timing.loss": 0.05})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--chips", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=asynchrony.EPOCHS, help="of training in lockstep")
    parser.add_argument("--minibatches", type=int, default=20)
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    asynchrony.MINIBATCHES, asynchrony.EPOCHS = arguments.minibatches, arguments.epochs
    bench = asynchrony.Bench(1, arguments.threads)
    print("784-100-10 after %d epochs in lockstep: test error %.2f %%\n" % (arguments.epochs, 100 * bench.trained_error))
    print("| hardware | link | mean update | single minibatches | deviation over chips |\n|---|---|---|---|---|")
    for loss in LOSSES:
        name = ", ".join("%s %g" % (key.split(".")[1], value) for key, value in loss.items()) or "no loss"
        for link in LINKS:
            keys = {**asynchrony.VIRTUAL, **asynchrony.SPLIT, **loss, "timing.link": link}
            found = [bench.cosines({**keys, "timing.device_seed": chip + 1}) for chip in range(arguments.chips)]
            mean, single = ([part[i][0] for part in found] for i in (0, 1))
            deviation = np.std(single, ddof=1) if len(single) > 1 else 0
            print("| %s | %s | %.3f | %.3f | %.3f |" % (name, link, np.mean(mean), np.mean(single), deviation), flush=True)


if __name__ == "__main__":
    main()
