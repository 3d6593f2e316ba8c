#include "sim/formats/nesting.hpp"

#include <fmt/format.h>

#include <vector>

namespace settle {

namespace {

/// Goes through a text, knowing line and column.
class Cursor {
public:
    explicit Cursor(std::string_view text) : text_(text) {}

    bool done() const { return at_ >= text_.size(); }
    char now() const { return text_[at_]; }
    bool looking_at(std::string_view what) const { return text_.substr(at_, what.size()) == what; }
    DeepPlace place() const { return {line_, static_cast<int>(at_ - line_begin_) + 1}; }

    void step(std::size_t characters = 1) {
        for (; characters > 0 && !done(); --characters) {
            if (text_[at_++] != '\n') continue;
            ++line_;
            line_begin_ = at_;
        }
    }
    void skip_line() {
        while (!done() && now() != '\n') step();
    }

    /// Over a string that begins here with `quote` and ends with it; a backslash covers what follows it. A string on
    /// one line that does not end there is none, and its line break is left.
    void skip_string(std::string_view quote, bool escapes) {
        step(quote.size());
        while (!done() && !looking_at(quote)) {
            if (quote.size() == 1 && now() == '\n') return;
            step(escapes && now() == '\\' ? 2 : 1);
        }
        step(quote.size());
        // Up to two more quotation marks may belong to a string on several lines.
        for (int extra = 0; quote.size() == 3 && extra < 2 && !done() && now() == quote.front(); ++extra) step();
    }

private:
    std::string_view text_;
    std::size_t at_ = 0, line_begin_ = 0;
    int line_ = 1;
};

/// Goes through TOML, statement by statement: a header, or a key with its value.
class TomlScan {
public:
    explicit TomlScan(std::string_view text) : at_(text) {}

    std::optional<DeepPlace> run() {
        if (at_.looking_at("\xef\xbb\xbf")) at_.step(3);
        while (!at_.done() && !deep_) {
            if (at_.now() == ' ' || at_.now() == '\t') {
                at_.step();
            } else if (at_.now() == '[') {
                header();
            } else {
                statement();
            }
        }
        return deep_;
    }

private:
    /// A level more; true where that is one too many.
    bool deeper(int& depth) {
        if (++depth > deepest_nesting && !deep_) deep_ = at_.place();
        return deep_.has_value();
    }

    /// Skips a string if one begins here. Keys know strings on one line only, and so does the library.
    bool skip_string(bool value) {
        for (const char* quote : {"\"\"\"", "'''"}) {
            if (value && at_.looking_at(quote)) return at_.skip_string(quote, quote[0] == '"'), true;
        }
        for (const char* quote : {"\"", "'"}) {
            if (at_.looking_at(quote)) return at_.skip_string(quote, quote[0] == '"'), true;
        }
        return false;
    }

    /// [a.b] or [[a.b]].
    void header() {
        header_ = 0;
        if (at_.looking_at("[[")) deeper(header_);
        deeper(header_);
        while (!at_.done() && at_.now() != '\n' && !deep_) {
            if (at_.now() == '#') return at_.skip_line();
            if (skip_string(false)) continue;
            if (at_.now() == '.' && deeper(header_)) return;
            at_.step();
        }
        at_.step();
    }

    /// A key = value, an empty line, or what is no TOML.
    void statement() {
        int depth = header_;
        levels_.clear();
        in_key_ = true;
        if (deeper(depth)) return;
        while (!at_.done() && !deep_) {
            const char c = at_.now();
            if (c == '\n' && levels_.empty()) return at_.step();
            if (c == '#') {
                at_.skip_line();
            } else if (!skip_string(!in_key_)) {
                symbol(c, depth);
                if (!deep_) at_.step();
            }
        }
    }

    void symbol(char c, int& depth) {
        if (in_key_ && c == '.') {
            deeper(depth);
        } else if (in_key_ && c == '=') {
            in_key_ = false;
        } else if (c == '[' || c == '{') {
            levels_.push_back({c == '{', depth});
            if (deeper(depth)) return;
            in_key_ = in_key_ || c == '{';  // in front of the equals sign it is no array
        } else if (c == ',' && !levels_.empty()) {
            // The next item is as deep as the first one was.
            depth = levels_.back().depth + 1;
            in_key_ = levels_.back().table;
        } else if ((c == ']' || c == '}') && !levels_.empty()) {
            depth = levels_.back().depth;
            levels_.pop_back();
            in_key_ = false;
        }
    }

    struct Level {
        bool table;
        int depth;  ///< outside
    };

    Cursor at_;
    int header_ = 0;             ///< levels of the last header
    std::vector<Level> levels_;  ///< of the value at hand
    bool in_key_ = true;
    std::optional<DeepPlace> deep_;
};

}  // namespace

std::optional<DeepPlace> too_deep_toml(std::string_view text) {
    return TomlScan(text).run();
}

std::optional<DeepPlace> too_deep_json(std::string_view text) {
    Cursor at(text);
    int depth = 0;
    while (!at.done()) {
        const char c = at.now();
        if (c == '"') {
            at.skip_string("\"", true);
            continue;
        }
        if ((c == '[' || c == '{') && ++depth > deepest_nesting) return at.place();
        if (c == ']' || c == '}') --depth;
        at.step();
    }
    return std::nullopt;
}

void refuse_deep_json(std::string_view text, const std::string& place, int first_line) {
    const auto deep = too_deep_json(text);
    if (deep) throw Error(Blame::input, {nesting_problem(place, deep->line + first_line - 1, deep->column)});
}

Problem nesting_problem(const std::string& place, int line, int column) {
    Problem problem;
    problem.place = place;
    problem.line = line;
    problem.column = column;
    problem.message = fmt::format("is nested deeper than {} levels", deepest_nesting);
    problem.expected = "arrays, tables and dotted keys of fewer levels";
    return problem;
}

}  // namespace settle
