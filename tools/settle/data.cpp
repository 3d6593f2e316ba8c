#include <fmt/format.h>

#include <cstdio>

#include "core/error.hpp"
#include "sim/data/catalogue.hpp"
#include "sim/data/mnist.hpp"
#include "tools/settle/commands.hpp"

namespace settle {

namespace {

void require_mnist(const std::string& set) {
    if (set == "mnist") return;
    Problem problem;
    problem.place = "data";
    problem.message = "there is nothing to check or fetch for " + set;
    problem.expected = "mnist";
    problem.suggestion = nearest_name(set, {"mnist"});
    throw Error(Blame::input, {problem});
}

/// Prints a line a file; false if one is not good.
bool print_checks(const std::vector<FileCheck>& checks) {
    bool good = true;
    for (const FileCheck& check : checks) {
        fmt::print("{:<26}  {}\n", check.name, check.message);
        good = good && check.good;
    }
    return good;
}

}  // namespace

int data_list_command() {
    for (const DataSetEntry& entry : list_data_sets()) {
        fmt::print("{:<8}  {:<10}  {}\n{:20}  {}\n", entry.name, entry.available ? "available" : "missing",
                   entry.description, "", entry.location);
    }
    return exit_good;
}

int data_check_command(const std::string& set, const std::optional<std::string>& folder) {
    require_mnist(set);
    const std::string path = folder ? *folder : find_mnist("");
    fmt::print("{}\n", path);
    return print_checks(check_mnist(path)) ? exit_good : exit_input;
}

int data_fetch_command(const std::string& set, const std::optional<std::string>& folder,
                       const std::optional<std::string>& address) {
    require_mnist(set);
    const std::string path = folder ? *folder : default_mnist_folder();
    fmt::print("{}\n", path);
    std::fflush(stdout);
    return print_checks(fetch_mnist(path, address ? *address : mnist_address)) ? exit_good : exit_runtime;
}

}  // namespace settle
