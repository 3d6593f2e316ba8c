#include "sim/runs/studies/merge.hpp"

#include "core/error.hpp"
#include "tools/settle/commands.hpp"

namespace settle {

int merge_command(const MergeOptions& options) {
    if (options.run.out.value_or("").empty())
        throw input_error("--out", "", "is missing", "a new or empty directory for the whole sweep");
    merge_parts(options.parts, *options.run.out);
    // What is left of the sweep is to make its tables.
    RunOptions rest = options.run;
    rest.scenario.scenario = *options.run.out + "/scenario.toml";
    rest.resume = true;
    return sweep_command(rest);
}

}  // namespace settle
