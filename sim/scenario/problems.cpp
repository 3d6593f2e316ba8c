#include "sim/scenario/problems.hpp"

#include <algorithm>
#include <climits>
#include <utility>

#include "sim/formats/utf8.hpp"

namespace settle {

static bool belongs_to(const std::string& path, const std::string& key) {
    return path == key || path.rfind(key + ".", 0) == 0;
}

bool Problems::about(const std::string& key) const {
    return std::any_of(wrong.begin(), wrong.end(), [&](const Problem& p) { return belongs_to(p.key, key); }) ||
           std::any_of(unknown.begin(), unknown.end(),
                       [&](const Problem& p) { return belongs_to(p.key, key) || belongs_to(p.suggestion, key); });
}

static void sort_by_place(std::vector<Problem>& problems) {
    std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
        const auto rank = [](const Problem& p) { return std::pair(p.line > 0 ? p.line : INT_MAX, p.column); };
        return rank(a) < rank(b);
    });
}

std::vector<Problem> Problems::in_order() const {
    std::vector<Problem> all = unknown, rest = wrong;
    sort_by_place(all);
    sort_by_place(rest);
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
}

Problem problem_at(const Place& place, const std::string& key, const std::string& message,
                   const std::string& expected) {
    Problem problem;
    problem.place = place.name;
    problem.line = place.line;
    problem.column = place.column;
    problem.key = key;
    problem.message = message;
    problem.expected = expected;
    return problem;
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

std::string quoted(const std::string& text) {
    return "\"" + printable(text, 60) + "\"";
}

}  // namespace settle
