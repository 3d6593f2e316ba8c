#include "core/error.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

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

/// What differences of writing leave: small letters, and one kind of dash.
static std::string simplified(std::string name) {
    for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (c == '_' || c == ' ') c = '-';
    }
    return name;
}

/// Damerau and Levenshtein's, each letter swapped once at most ("optimal string alignment").
static std::size_t slips_between(const std::string& a, const std::string& b) {
    std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        next[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            next[j + 1] = std::min({row[j] + (a[i] == b[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1});
            if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j])
                next[j + 1] = std::min(next[j + 1], before[j - 1] + 1);
        }
        before.swap(row);
        row.swap(next);
    }
    return row.back();
}

static std::size_t most_slips(std::size_t letters) {
    return letters <= 2 ? 0 : letters <= 5 ? 1 : letters <= 9 ? 2 : 3;
}

static std::vector<std::string> parts_of(const std::string& name) {
    std::vector<std::string> parts(1);
    for (const char c : name) {
        if (c == '.') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

/// nullopt where they have nothing to do with each other.
static std::optional<std::size_t> distance_of_names(const std::string& wrong, const std::string& name) {
    const std::vector<std::string> a = parts_of(wrong), b = parts_of(name);
    // A dot may be missing, or be another sign.
    if (a.size() != b.size()) {
        const std::size_t slips = slips_between(wrong, name);
        return slips <= 1 ? std::optional(slips) : std::nullopt;
    }
    std::size_t sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const std::size_t slips = slips_between(a[i], b[i]);
        if (slips > most_slips(std::max(a[i].size(), b[i].size()))) return std::nullopt;
        sum += slips;
    }
    return sum;
}

/// Whether one of the two is the beginning or, behind a dot, the end of the other: "batch_size" of batch, "conv" of
/// converge, "epsilon.floor" of neuron.epsilon.floor.
static bool goes_on(const std::string& wrong, const std::string& name) {
    constexpr std::size_t least = 3;
    if (wrong.size() < least || name.size() < least) return false;
    if (name.rfind(wrong, 0) == 0 || wrong.rfind(name + "-", 0) == 0) return true;
    return name.size() > wrong.size() && name.ends_with("." + wrong);
}

std::string nearest_name(const std::string& wrong, const std::vector<std::string>& names) {
    const std::string simple = simplified(wrong);
    std::string best, longer;
    std::optional<std::size_t> least;
    bool one_way = true;  // all that go on do so from the shortest of them
    for (const std::string& name : names) {
        const std::string other = simplified(name);
        const auto distance = distance_of_names(simple, other);
        if (distance && (!least || *distance < *least)) {
            best = name;
            least = distance;
        }
        if (!goes_on(simple, other)) continue;
        if (longer.empty() || longer.rfind(name, 0) == 0) {
            longer = name;
        } else if (name.rfind(longer, 0) != 0) {
            one_way = false;
        }
    }
    return !best.empty() || !one_way ? best : longer;
}

}  // namespace settle
