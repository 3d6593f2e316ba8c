// What a user reads when something fails.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "core/error.hpp"

namespace settle {

/// The text of the Error that the action throws, which the given one is to blame for; "" if it throws none.
template <typename Action>
std::string error_text(Action action, Blame blame = Blame::input) {
    try {
        action();
        return "";
    } catch (const Error& error) {
        CHECK(error.blame() == blame);
        return error.what();
    }
}

inline bool contains(const std::string& text, const std::string& part) {
    if (text.find(part) != std::string::npos) return true;
    MESSAGE("\"" << text << "\" lacks \"" << part << "\"");
    return false;
}

}  // namespace settle
