// The page of a report: one file of HTML that needs nothing else, neither network nor script.
#pragma once

#include <string>
#include <vector>

#include "sim/reports/html.hpp"
#include "sim/reports/plot_style.hpp"
#include "sim/reports/run_files.hpp"

namespace settle {

struct DrawnPlot {
    Plot plot;
    std::string svg;  ///< as gnuplot drew it for the page
};

/// What is shown together under one heading.
struct ReportSection {
    std::string title;
    std::vector<DrawnPlot> plots;
    std::vector<Table> tables;
    std::string words = {};  ///< before them; empty: none
};

struct Report {
    std::vector<RunFiles> runs;  ///< with labels
    std::vector<ReportSection> sections;
    std::vector<PlotFormat> formats = {PlotFormat::svg, PlotFormat::png};  ///< of the pictures in plots/
    std::string command;                                                   ///< that makes this report
    std::string program_version;                                           ///< that made it
};

std::string report_page(const Report& report);

/// The metrics of several runs side by side; those of one run with their meaning.
Table metrics_table(const std::vector<RunFiles>& runs);

/// The settings in which runs differ.
Table differing_settings(const std::vector<RunFiles>& runs);

}  // namespace settle
