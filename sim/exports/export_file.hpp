// A file that an export writes: beside its place until it is whole.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

namespace settle {

/// Throws Error (runtime). Without finish() nothing is left, and what was there before stays.
class ExportFile {
public:
    explicit ExportFile(std::string path);
    ~ExportFile();
    ExportFile(const ExportFile&) = delete;
    ExportFile& operator=(const ExportFile&) = delete;

    void write(std::string_view text);
    /// Over what has been written.
    void overwrite(std::int64_t offset, std::string_view text);
    std::int64_t size() const { return size_; }
    void finish();

private:
    [[noreturn]] void fail() const;

    std::string path_, part_;
    std::ofstream out_;
    std::int64_t size_ = 0;
    bool finished_ = false;
};

}  // namespace settle
