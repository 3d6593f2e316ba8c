#include <fmt/format.h>

#include <cstdio>

#include "core/error.hpp"
#include "sim/data/catalogue.hpp"
#include "sim/data/idx_folder.hpp"
#include "sim/data/published_set.hpp"
#include "tools/settle/commands.hpp"

namespace settle {

namespace {

const PublishedSet& require_published(const std::string& name) {
    std::vector<std::string> names;
    for (const PublishedSet& set : published_sets()) {
        if (name == set.name) return set;
        names.push_back(set.name);
    }
    Problem problem;
    problem.place = "data";
    problem.message = "there is nothing to check or fetch for " + name;
    problem.expected = fmt::format("{}", fmt::join(names, " or "));
    problem.suggestion = nearest_name(name, names);
    throw Error(Blame::input, {problem});
}

/// Prints a line a file; false if one is wrong or missing.
bool print_checks(const std::vector<FileCheck>& checks) {
    bool good = true;
    for (const FileCheck& check : checks) {
        fmt::print("{:<26}  {}\n", check.name, check.message);
        good = good && check.state != FileCheck::State::wrong;
    }
    return good;
}

}  // namespace

int data_list_command() {
    for (const DataSetEntry& entry : list_data_sets()) {
        fmt::print("{:<13}  {:<10}  {}\n{:25}  {}\n", entry.name, entry.available ? "available" : "missing",
                   entry.description, "", entry.location);
    }
    return exit_good;
}

int data_check_command(const std::string& name, const std::optional<std::string>& folder) {
    const PublishedSet& set = require_published(name);
    const std::string path = folder ? find_idx_folder(*folder).value_or(*folder) : find_published(set, "");
    fmt::print("{}\n", path);
    return print_checks(check_published(set, path)) ? exit_good : exit_input;
}

int data_fetch_command(const std::string& name, const std::optional<std::string>& folder,
                       const std::optional<std::string>& address) {
    const PublishedSet& set = require_published(name);
    const std::string path = folder ? *folder : default_folder(set);
    fmt::print("{}\n", path);
    std::fflush(stdout);
    return print_checks(fetch_published(set, path, address.value_or(set.address))) ? exit_good : exit_runtime;
}

}  // namespace settle
