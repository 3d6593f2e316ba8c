#include "sim/runs/store/line_file.hpp"

#include <filesystem>

#include "core/error.hpp"
#include "sim/formats/whole_file.hpp"

namespace settle {

namespace fs = std::filesystem;

std::vector<std::string> read_lines(const std::string& path) {
    std::error_code ignored;
    std::vector<std::string> lines;
    if (!fs::exists(path, ignored)) return lines;
    const std::string text = read_whole_file(path);
    for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
        lines.push_back(text.substr(begin, end - begin));
    }
    return lines;
}

LineFile::LineFile(std::string path) : path_(std::move(path)) {
    std::error_code failure;
    if (!fs::exists(path_, failure)) return;
    const std::string text = read_whole_file(path_);
    const std::size_t end = text.rfind('\n');
    const std::size_t whole = end == std::string::npos ? 0 : end + 1;
    if (whole == text.size()) return;
    fs::resize_file(path_, whole, failure);
    if (failure) throw runtime_failure(path_, "cannot be written: " + failure.message(), "write permission");
}

void LineFile::add(const std::string& line) const {
    append_text(path_, line + "\n");
}

}  // namespace settle
