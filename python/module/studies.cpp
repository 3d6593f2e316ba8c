#include "python/module/studies.hpp"

#include <pybind11/stl.h>

#include <cmath>
#include <mutex>
#include <string>
#include <utility>

#include "python/module/background.hpp"
#include "python/module/loaded.hpp"
#include "sim/runs/studies/sweep_run.hpp"

namespace settle::python {

namespace py = pybind11;

namespace {

/// A number as it was written, 1 or 1.0, or a label.
py::object value_of(const Choice& choice) {
    if (!choice.number) return py::str(choice.label);
    const bool whole = choice.label.find_first_not_of("-0123456789") == std::string::npos;
    if (whole && std::abs(*choice.number) < 0x1p53) return py::int_(static_cast<std::int64_t>(*choice.number));
    return py::float_(*choice.number);
}

/// A row of the table: a point and repeat, with the values of its axes.
py::dict row_of(const SweepPoint& point, const std::vector<Axis>& axes) {
    py::dict row;
    row["point"] = point.label;
    for (std::size_t axis = 0; axis < axes.size(); ++axis) {
        const Choice& choice = point.choices[axis];
        row[py::str(axes[axis].name)] = value_of(choice);
    }
    return row;
}

/// What a resumed sweep has read of a run that had ended is its numbers.
std::uint64_t seed_of(const RunRecord& run) {
    const auto told = run.metrics.find("seed");
    if (run.seeds.noise != 0 || told == run.metrics.end()) return run.seeds.noise;
    return static_cast<std::uint64_t>(told->second);
}

py::list rows_of(const Sweep& sweep, const SweepRuns& runs) {
    py::list rows;
    for (std::size_t point = 0; point < runs.size(); ++point) {
        for (const std::optional<RunRecord>& run : runs[point]) {
            if (!run) continue;
            py::dict row = row_of(sweep.points[point], sweep.axes);
            row["repeat"] = run->repeat;
            row["seed"] = seed_of(*run);
            row["fingerprint"] = run->fingerprint;
            if (!run->failure.empty()) row["failure"] = run->failure;
            for (const auto& [name, value] : run->metrics) {
                if (!row.contains(name)) row[py::str(name)] = value;
            }
            rows.append(row);
        }
    }
    return rows;
}

/// A row a point and metric, as means.csv has them.
py::list means_of_points(const Sweep& sweep, const SweepRuns& runs) {
    py::list rows;
    Estimator estimator;
    const std::vector<std::string> names = reproducible_metrics(runs);
    for (std::size_t point = 0; point < runs.size(); ++point) {
        for (const std::string& name : names) {
            const PointEstimate found = estimate_of(runs[point], name, estimator);
            py::dict row = row_of(sweep.points[point], sweep.axes);
            row["metric"] = name;
            row["runs"] = found.runs;
            const bool sure = found.estimate && found.estimate->interval;
            row["mean"] = found.estimate ? py::object(py::float_(found.estimate->mean)) : py::none();
            row["low"] = sure ? py::object(py::float_(found.estimate->interval->first)) : py::none();
            row["high"] = sure ? py::object(py::float_(found.estimate->interval->second)) : py::none();
            if (!found.absence.empty()) row["absence"] = found.absence;
            rows.append(row);
        }
    }
    return rows;
}

/// `call`: how Python was told, for the manifest.
py::dict sweep(const Loaded& what, const std::string& directory, bool resume, const std::string& call,
               const py::object& progress) {
    SweepRun run;
    SweepResult result;
    std::mutex mutex;
    BatchProgress now;
    bool fresh = false;
    StudyObserver observer;
    observer.progress = [&](const BatchProgress& progress_now) {
        const std::lock_guard lock(mutex);
        now = progress_now;
        fresh = true;
    };
    in_background(
        [&](const StopCheck& stop) {
            run.sweep = plan_sweep(what.loaded);
            run.place.directory = directory;
            run.place.resume = resume;
            run.place.command_line = {call};
            run.place.others = what.others;
            observer.stop = stop;
            result = perform(run, observer);
        },
        [&] {
            if (progress.is_none()) return;
            py::dict entry;
            {
                const std::lock_guard lock(mutex);
                if (!std::exchange(fresh, false)) return;
                entry["activity"] = "sweep";
                entry["done"] = now.done;
                entry["all"] = now.all;
                entry["seconds"] = now.seconds;
            }
            progress(entry);
        });
    py::dict ended;
    ended["directory"] = result.directory;
    ended["rows"] = rows_of(run.sweep, result.runs);
    ended["means"] = means_of_points(run.sweep, result.runs);
    ended["summary"] = result.summary_json;
    return ended;
}

}  // namespace

void define_studies(py::module_& module) {
    module.def("sweep", &sweep);
}

}  // namespace settle::python
