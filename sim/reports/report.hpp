// From run directories to a report: plots with their scripts and data, and one page.
#pragma once

#include <string>
#include <vector>

#include "sim/reports/plot_style.hpp"

namespace settle {

struct WrittenReport {
    std::string page;   ///< path of report.html
    std::string plots;  ///< folder of NAME.gp, NAME.dat and a picture of each format, NAME.svg
    int plot_count = 0;
    std::vector<std::string> notes;  ///< what could not be shown
};

/// Reads all `directories` before anything is written; writes into `out`, which is made if it is not there (its own
/// files of an earlier report are replaced). `command`: the command line, for the page; `style`: of the files in
/// plots/, while the page has plots of its own. Throws Error (input) for what is no run directory or damaged, and for
/// sweeps over different axes, Error (runtime) without gnuplot or space; then nothing is changed.
WrittenReport write_report(const std::vector<std::string>& directories, const std::string& out,
                           const std::string& command, const PlotStyle& style = {});

}  // namespace settle
