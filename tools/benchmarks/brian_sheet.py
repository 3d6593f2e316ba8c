"""The sheet of sheet.py in Brian2, C++ standalone on one thread: the neurons of `sheet`, with the weights and the image that settle had,
clocks of random phase, an axon's latency of .3 to .6 periods. Neurons tick once a period, at one of its ten steps, without jitter.
Prints the seconds that the run took, building left out, and the spikes of the image and of the sheet.

    brian_sheet.py IMAGE.h5 WEIGHTS.h5 PERIODS FOLDER
"""
import sys

import brian2 as b
import h5py
import numpy as np

STEPS = 10  # of a period: latencies of .3 to .6 periods have to differ


def main():
    data, weights, periods, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    b.set_device("cpp_standalone", directory=folder, build_on_run=False)
    b.prefs.core.default_float_dtype = np.float32
    b.prefs.devices.cpp_standalone.openmp_threads = 0
    b.prefs.codegen.cpp.extra_compile_args_gcc = ["-O3", "-march=native", "-ffast-math", "-w"]
    with h5py.File(data) as file:
        x = file["x"][0].astype(np.float32)
    with h5py.File(weights) as file:
        links = [{name: file["weights/%d/%s" % (k, name)][:] for name in ("pre", "post", "weight")} for k in range(2)]
    n = len(x)
    dt = b.defaultclock.dt = 1 * b.ms / STEPS
    random = np.random.default_rng(1)
    # Schedules by step, so that nothing is raised to a power at every tick; a period holds a tick of every neuron.
    ticks = np.arange(1, periods + 2, dtype=np.float64)
    scope = {"lam": b.TimedArray(np.repeat(0.832 / ticks**0.584, STEPS).astype(np.float32), dt=dt),
             "eps": b.TimedArray(np.repeat(0.843 / ticks**0.0923, STEPS).astype(np.float32), dt=dt),
             "step": b.TimedArray(np.tile(np.arange(STEPS, dtype=np.float32), periods + 1), dt=dt)}
    # Whoever is not on stays as it is. The predictive encoder, and sigma-delta.
    encode = """
        phi = phi + int(on > 0) * (rho - (1 - lam(t)) * last) / lam(t)
        fired = int(on > 0) * int(phi > 0.5)
        phi = phi - fired
        last = last + int(on > 0) * (rho - last)
    """
    image = b.NeuronGroup(n, "phase : 1\nrho : 1\nphi : 1\nlast : 1\nfired : 1\non : 1", threshold="fired > 0", reset="", namespace=scope)
    image.rho = x
    image.run_regularly("on = int(abs(phase - step(t)) < 0.5)" + encode)
    sheet = b.NeuronGroup(n, "phase : 1\nu : 1\nv : 1\ns : 1\nphi : 1\nlast : 1\nfired : 1\non : 1\nrho : 1", threshold="fired > 0",
                          reset="", namespace=scope)
    sheet.run_regularly("""
        on = int(abs(phase - step(t)) < 0.5)
        v = v + int(on > 0) * lam(t) * (u - v)
        u = u * (1 - int(on > 0))
        s = s + int(on > 0) * (clip((1 - eps(t)) * s + eps(t) * v, 0, 1) - s)
        rho = s
    """ + encode)
    for group in (image, sheet):
        group.phase = random.integers(0, STEPS, n)
    synapses = []
    for source, (pre, post, weight) in ((image, [links[0][k] for k in ("pre", "post", "weight")]),
                                        (sheet, both_ways(links[1]))):
        joined = b.Synapses(source, sheet, "w : 1", on_pre="u_post += w")
        joined.connect(i=pre, j=post)
        joined.w = weight
        joined.delay = random.integers(3, 7, n)[pre] * dt  # of an axon: .3 to .6 periods
        synapses.append(joined)
    counts = [b.SpikeMonitor(group, record=False) for group in (image, sheet)]
    network = b.Network(image, sheet, *synapses, *counts)
    network.run(periods * b.ms)
    b.device.build(directory=folder, compile=True, run=True, with_output=False)
    print(b.device._last_run_time, int(counts[0].num_spikes), int(counts[1].num_spikes), float(np.mean(sheet.s[:])))


def both_ways(lateral):
    return (np.concatenate([lateral["pre"], lateral["post"]]), np.concatenate([lateral["post"], lateral["pre"]]),
            np.concatenate([lateral["weight"], lateral["weight"]]))


main()
