#include "sim/runs/line_file.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/error.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in.is_open() || in.bad()) throw input_error(path, "", "cannot be read", "a file of lines");
    return text;
}

}  // namespace

std::vector<std::string> read_lines(const std::string& path) {
    std::error_code ignored;
    std::vector<std::string> lines;
    if (!fs::exists(path, ignored)) return lines;
    const std::string text = content(path);
    for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
        lines.push_back(text.substr(begin, end - begin));
    }
    return lines;
}

LineFile::LineFile(std::string path) : path_(std::move(path)) {
    std::error_code failure;
    if (!fs::exists(path_, failure)) return;
    const std::string text = content(path_);
    const std::size_t end = text.rfind('\n');
    const std::size_t whole = end == std::string::npos ? 0 : end + 1;
    if (whole == text.size()) return;
    fs::resize_file(path_, whole, failure);
    if (failure) throw runtime_failure(path_, "cannot be written: " + failure.message(), "write permission");
}

void LineFile::add(const std::string& line) const {
    std::ofstream out(path_, std::ios::binary | std::ios::app);
    out << line + '\n';
    out.close();
    if (!out) throw runtime_failure(path_, "cannot be written", "free space and write permission");
}

}  // namespace settle
