#include "core/error.hpp"

#include <algorithm>
#include <numeric>

namespace settle {

std::string to_text(const Problem& problem) {
    std::string text = problem.place;
    if (problem.line > 0) text.append(":").append(std::to_string(problem.line));
    if (problem.line > 0 && problem.column > 0) text.append(":").append(std::to_string(problem.column));
    if (!text.empty()) text.append(": ");
    if (!problem.key.empty()) text.append(problem.key).append(": ");
    text.append(problem.message);
    if (!problem.expected.empty()) text.append("; expected ").append(problem.expected);
    if (!problem.suggestion.empty()) text.append("; did you mean ").append(problem.suggestion).append("?");
    return text;
}

static std::string join_texts(const std::vector<Problem>& problems) {
    std::string text;
    for (const Problem& problem : problems) text += (text.empty() ? "" : "\n") + to_text(problem);
    return text;
}

Error::Error(Blame blame, std::vector<Problem> problems)
    : std::runtime_error(join_texts(problems)), blame_(blame), problems_(std::move(problems)) {}

Error input_error(std::string place, std::string key, std::string message, std::string expected) {
    Problem problem;
    problem.place = std::move(place);
    problem.key = std::move(key);
    problem.message = std::move(message);
    problem.expected = std::move(expected);
    return Error(Blame::input, {problem});
}

Error runtime_failure(std::string place, std::string message, std::string expected) {
    Problem problem;
    problem.place = std::move(place);
    problem.message = std::move(message);
    problem.expected = std::move(expected);
    return Error(Blame::runtime, {problem});
}

Error out_of_memory() {
    return runtime_failure("", "out of memory",
                           "a smaller network, minibatch, data set or recording, fewer --threads, or a larger "
                           "scenario.shard; settle describe estimates what is needed");
}

static std::size_t edit_distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t substitution = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({substitution, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

std::string nearest_name(const std::string& wrong, const std::vector<std::string>& names) {
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(2, wrong.size() / 3) + 1;
    for (const std::string& name : names) {
        const std::size_t distance = edit_distance(wrong, name);
        if (distance < best_distance) {
            best = name;
            best_distance = distance;
        }
    }
    return best;
}

}  // namespace settle
