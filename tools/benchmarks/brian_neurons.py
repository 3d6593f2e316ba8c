"""The neurons of the scenarios in Brian2, C++ standalone on one thread: they tick once a period, at the step of their phase, without
jitter; the predictive encoder, and sigma-delta. For brian_sheet.py and brian_hardware.py."""
import brian2 as b
import numpy as np

STEPS = 10  # of a period: latencies of .3 to .6 periods have to differ

# Whoever is not on stays as it is.
ENCODE = """
    phi = phi + int(on > 0) * (rho - (1 - lam(t)) * last) / lam(t)
    fired = int(on > 0) * int(phi > 0.5)
    phi = phi - fired
    last = last + int(on > 0) * (rho - last)
"""
SETTLE = """
    on = int(abs(phase - step(t)) < 0.5)
    v = v + int(on > 0) * lam(t) * (u - v)
    u = u * (1 - int(on > 0))
    s = s + int(on > 0) * (clip((1 - eps(t)) * s + eps(t) * v, 0, 1) - s)
    rho = s
"""


def begin(folder):
    b.set_device("cpp_standalone", directory=folder, build_on_run=False)
    b.prefs.core.default_float_dtype = np.float32
    b.prefs.devices.cpp_standalone.openmp_threads = 0
    b.prefs.codegen.cpp.extra_compile_args_gcc = ["-O3", "-march=native", "-ffast-math", "-w"]
    b.defaultclock.dt = 1 * b.ms / STEPS


def schedules(periods):
    """By step, so that nothing is raised to a power at every tick; a period holds a tick of every neuron."""
    dt = b.defaultclock.dt
    ticks = np.arange(1, periods + 2, dtype=np.float64)
    return {"lam": b.TimedArray(np.repeat(0.832 / ticks**0.584, STEPS).astype(np.float32), dt=dt),
            "eps": b.TimedArray(np.repeat(0.843 / ticks**0.0923, STEPS).astype(np.float32), dt=dt),
            "step": b.TimedArray(np.tile(np.arange(STEPS, dtype=np.float32), periods + 1), dt=dt)}


def inputs(x, random, scope):
    """Neurons clamped to x."""
    group = b.NeuronGroup(len(x), "phase : 1\nrho : 1\nphi : 1\nlast : 1\nfired : 1\non : 1", threshold="fired > 0", reset="", namespace=scope)
    group.rho = x
    group.run_regularly("on = int(abs(phase - step(t)) < 0.5)" + ENCODE)
    group.phase = random.integers(0, STEPS, len(x))
    return group


def neurons(n, random, scope):
    """Neurons that settle; what arrives is added to u."""
    group = b.NeuronGroup(n, "phase : 1\nu : 1\nv : 1\ns : 1\nphi : 1\nlast : 1\nfired : 1\non : 1\nrho : 1", threshold="fired > 0", reset="",
                          namespace=scope)
    group.run_regularly(SETTLE + ENCODE)
    group.phase = random.integers(0, STEPS, n)
    return group


def join(source, target, pre, post, weight, delays):
    """`delays`: in steps, of each link."""
    joined = b.Synapses(source, target, "w : 1", on_pre="u_post += w")
    joined.connect(i=pre, j=post)
    joined.w = weight
    joined.delay = delays * b.defaultclock.dt
    return joined


def run(groups, synapses, periods, folder):
    """Seconds that it took, building left out, and the spikes of each group."""
    counts = [b.SpikeMonitor(group, record=False) for group in groups]
    b.Network(*groups, *synapses, *counts).run(periods * b.ms)
    b.device.build(directory=folder, compile=True, run=True, with_output=False)
    return b.device._last_run_time, [int(count.num_spikes) for count in counts]
