// The gnuplot script that draws a plot.
#pragma once

#include <string>

#include "sim/reports/plot.hpp"
#include "sim/reports/plot_style.hpp"

namespace settle {

/// gnuplot commands that draw NAME.svg, NAME.png or NAME.pdf, as the style has it, from NAME.dat in the working
/// directory. All texts are inside the picture by the widths of text_size.hpp.
std::string gnuplot_script(const Plot& plot, const PlotStyle& style = {});

}  // namespace settle
