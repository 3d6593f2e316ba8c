// The plots of a report: what each kind of run is looked at through. Each function gives the plots that the files have
// numbers for, perhaps none.
#pragma once

#include <string>
#include <vector>

#include "sim/reports/measured_sweep.hpp"
#include "sim/reports/plot.hpp"
#include "sim/reports/run_files.hpp"
#include "sim/reports/tried_search.hpp"

namespace settle {

/// Of converge runs, laid over each other: distance against time and against bits sent, effective distance, populations
/// (of one run), hopfield-energy.
std::vector<Plot> convergence_figures(const std::vector<const RunFiles*>& runs);

/// Of streams, laid over each other, against the time since the input changed: distance from its fixed point, wrong
/// answers, bits sent.
std::vector<Plot> stream_figures(const std::vector<const RunFiles*>& runs);

/// Of training and inference, laid over each other: errors and settling by epoch.
std::vector<Plot> training_figures(const std::vector<const RunFiles*>& runs);

/// A sweep with the directory it is in.
struct SweepOfRun {
    const RunFiles* run;
    MeasuredSweep sweep;
};

/// Of sweeps over the same axes, laid over each other: the curves of all points, and the main metrics against the axes.
/// Of each over two axes of numbers also a heat map for every metric.
std::vector<Plot> sweep_figures(const std::vector<SweepOfRun>& sweeps);

/// Those that sweep.plot asks for: the points by two metrics.
std::vector<Plot> point_figures(const SweepOfRun& sweep);

/// Throws Error (input) that names the directories and what they go over, unless all sweeps have the same axes.
void check_axes(const std::vector<SweepOfRun>& sweeps);

/// Heat maps of a metric, one for every combination of the other axes.
std::vector<Plot> heat_maps(const SweepOfRun& sweep, const std::string& metric);

/// Of one search: objective by trial, and against every searched key.
std::vector<Plot> search_figures(const TriedSearch& search);

/// Bits of the first presentation that was recorded; none without a recording of bits. What cannot be read is said in
/// `notes`.
std::vector<Plot> raster_figures(const RunFiles& run, std::vector<std::string>& notes);

/// Adds 1/t and 1/sqrt(t) to a plot on two logarithmic axes, both through the first value of its first series.
void add_time_references(Plot& plot);

}  // namespace settle
